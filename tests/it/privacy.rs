//! Personal data before it lands: hashed with a key of the store, the same in every stream and pull.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::company::Desk;

const MANIFEST: &str = r#"
name = "m"
defaults = { records = "/data", key = ["/id"] }

[[streams]]
name = "people"
path = "/people"
write = "merge"
hash = ["/email", "/phones/*"]
required = { "/id" = "integer", "/age" = "integer?" }

[[streams]]
name = "letters"
path = "/letters"
write = "append"
whose = [{ at = "/customer", system = "billing" }]
hash = ["/customer", "/to/email"]
"#;

/// Every landed record of a source's stream, as text.
fn landed(desk: &Desk, source: &str, stream: &str) -> Vec<String> {
    let mut records = Vec::new();
    for name in desk.names(&format!("store/landing/{source}/{stream}")) {
        let file = std::fs::File::open(desk.join(format!("store/landing/{source}/{stream}/{name}"))).unwrap();
        if !name.ends_with(".parquet") {
            continue;
        }
        let reader = parquet::file::reader::SerializedFileReader::new(file).unwrap();
        for row in reader {
            let row = row.unwrap();
            let (_, record) = row.get_column_iter().find(|(name, _)| *name == "record").unwrap();
            let parquet::record::Field::Str(record) = record else { panic!("a record is text") };
            records.push(record.clone());
        }
    }
    records
}

fn field(record: &str, pointer: &str) -> String {
    let record: serde_json::Value = serde_json::from_str(record).unwrap();
    record.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

#[test]
fn hashed_fields_land_hashed_and_join_over_streams_and_pulls() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    let desk = Desk::pulled();
    let customer = desk.run(&["accounts", "--format", "csv"]).exits(0).out;
    let customer = customer.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let people = json!({"data": [
        {"id": 1, "email": "Ada@Acme.example", "phones": ["+43 1 234567"], "age": 36},
        {"id": 2, "email": "bob@acme.example", "phones": [], "age": "unknown"},
    ]});
    // a page so large that its records are looked at beside the pull
    let others = (8..800).map(|id| json!({"id": id, "customer": "else", "text": "x".repeat(200)}));
    let first = json!({"id": 7, "customer": customer, "to": {"email": "ada@acme.example"}});
    let letters = json!({"data": std::iter::once(first).chain(others).collect::<Vec<_>>()});
    for (place, body) in [("/people", people), ("/letters", letters)] {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        runtime.block_on(Mock::given(path(place)).respond_with(answer).mount(&server));
    }
    let desk =
        desk.write("own/m.toml", MANIFEST).edit("path = \"store\" ", "path = \"store\"\nmanifests = \"own\" ").edit(
            "# ---- Mail",
            &format!("[sources.own]\nmanifest = \"m\"\nbase_url = \"{}\"\n\n# ---- Mail", server.uri()),
        );
    desk.run(&["pull", "own"]).exits(1).explains(&["1 records were set aside"]);

    let people = landed(&desk, "own", "people").join("\n");
    let letters = landed(&desk, "own", "letters");
    let hash = field(&people, "/email");
    assert!(hash.starts_with("h_") && hash.ends_with("@acme.example"), "{people}");
    assert_eq!(hash, field(&letters[0], "/to/email"), "the same value is the same hash: joins hold");
    let ledger = std::fs::read(desk.join("store/ledger.sqlite")).unwrap();
    let ledger = format!("{}{}", String::from_utf8_lossy(&ledger), desk.run(&["sources", "own", "--json"]).out);
    for clear in ["ada@acme", "Ada@Acme", "234567", "bob@acme", customer.as_str()] {
        assert!(!people.contains(clear) && !letters.join("").contains(clear), "{clear}");
        // what was set aside is hashed, too
        assert!(clear == customer || !ledger.contains(clear), "{clear} is in the ledger");
    }
    let key = desk.join("store/keys/hash");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = std::fs::read(&key).unwrap();
    desk.run(&["pull", "own", "--full"]).exits(1);
    assert_eq!(std::fs::read(&key).unwrap(), bytes, "made once");
    assert_eq!(field(landed(&desk, "own", "people").last().unwrap(), "/email"), hash, "stable over pulls");

    desk.run(&["backup", "copy"]).exits(0);
    assert!(desk.join("copy/keys/hash").is_file(), "without the key nothing would join after a restore");
}

/// What needs only to be recognised is not kept readable by the shipped manifests either.
#[test]
fn addresses_of_billing_customers_land_hashed_and_their_companies_are_known() {
    let desk = Desk::pulled();
    let customers = landed(&desk, "billing", "customers");
    assert!(
        customers.iter().all(|record| field(record, "/email").is_empty() || field(record, "/email").starts_with("h_"))
    );
    let domains =
        desk.run(&["query", "select count(distinct email_domain) from core.billing_customer", "--format", "csv"]);
    let domains: u32 = domains.exits(0).out.lines().nth(1).unwrap().parse().unwrap();
    assert!(domains > 10, "{domains}");
}
