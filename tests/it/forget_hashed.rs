//! Two billing accounts whose customers' ids land hashed: the same id is the same hash in both, and two customers all the same.

use crate::support::api::Api;
use crate::support::store::Books;
use crate::support::stripe::{monthly, subscription};
use crate::support::wide::chargebee;

const BILLING: &str = r#"
[sources.billing]
manifest = "chargebee"
base_url = "http://ADDRESS/chargebee"
token = { env = "TEST_TOKEN" }
budget = { default = 60000 }
settings = { site = "acme" }
"#;

/// The shipped manifest with every customer's id hashed.
fn hashed() -> String {
    let path = format!("{}/config/sources/chargebee.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("hash = [\"/customer/email\"]", "hash = [\"/customer/email\", \"/customer/id\"]");
    let lines =
        text.lines().map(|line| match line.strip_prefix("whose = [{ at = ").and_then(|rest| rest.split_once(',')) {
            Some((at, _)) if at != "\"/customer/id\"" => format!("{line}\nhash = [{at}]\n"),
            _ => format!("{line}\n"),
        });
    lines.collect()
}

fn books(minor: &[i64]) -> Books {
    let mut books = Books::default();
    for (number, minor) in (1..).zip(minor) {
        let customer = format!("cus_{number}");
        books.one(&subscription(&format!("sub_{number}"), &customer, &monthly(*minor), 1, "2026-01-10"));
    }
    books
}

#[test]
fn who_is_known_by_a_hash_is_forgotten_in_the_one_source_that_is_named() {
    let mut lists = chargebee::told(&books(&[3000, 4000]).into_lists());
    // pages so large that their records are looked at beside the pull
    for object in lists.iter_mut().flat_map(|(_, objects)| objects) {
        object["more"] = "x".repeat(70_000).into();
    }
    let api = Api::serve(lists);
    let mut first = Books::default();
    for (list, objects) in chargebee::told(&books(&[1000, 2000]).into_lists()) {
        for object in objects {
            first.add(&list, object);
        }
    }
    let second = BILLING.replace("billing", "billing_eu").replace("ADDRESS", &api.addr.to_string());
    first.connect_only(&format!("{BILLING}{second}"));
    let (store, _api) = first.serve("forget_hashed", "2026-07-06T06:00:00Z");
    let config = store.folder.join("bizreview.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("path = \"store\"", "path = \"store\"\nmanifests = \"own\"")).unwrap();
    std::fs::create_dir(store.folder.join("own")).unwrap();
    std::fs::write(store.folder.join("own/chargebee.toml"), hashed()).unwrap();
    store.ok(&["pull"]);
    let sql = "select starts_with(account_id, 'billing_eu:'), account_id not like '%cus%', closing_local \
               from marts.mrr_movement where period_id = '2026-06' order by all";
    assert_eq!(store.lines(sql), ["false true 1000", "false true 2000", "true true 3000", "true true 4000"]);

    store.ok(&["forget", "--customer", "billing_eu:cus_1", "--author", "Ops", "--reason", "asked"]);
    let left = ["false true 1000", "false true 2000", "true true 4000"];
    assert_eq!(store.lines(sql), left);
    store.ok(&["pull", "--full"]);
    assert_eq!(store.lines(sql), left);
    let subscriptions = "select source_name, count(distinct subscription_id) from staging.chargebee_subscription group by all order by all";
    assert_eq!(store.lines(subscriptions), ["billing 2", "billing_eu 1"]);
}
