//! A customer who is forgotten is nowhere in the store any more, does not come back, and what was published says so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use calamine::Reader;

use crate::support::company::{Desk, said, soon};

/// A customer with support and product ids, as `accounts` prints it.
struct Customer {
    account: String,
    name: String,
    ids: BTreeSet<String>,
}

/// The one with the largest MRR whose ids are known in every system.
fn customer(desk: &Desk) -> Customer {
    let said = desk.run(&[
        "query",
        "select account.account_id, account.name, string_agg(link.external_id, ' ')
         from core.account join core.account_link as link on link.account_id = account.account_id
         join marts.account_overview as overview on overview.account_id = account.account_id
         group by all having count(distinct link.system) = 3 order by max(overview.mrr_minor) desc, 1 limit 1",
        "--format",
        "csv",
    ]);
    let text = said.exits(0).out;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row = reader.records().next().expect("a customer").unwrap();
    let ids = row[2].split(' ').map(str::to_owned).chain([row[0].to_owned()]).collect();
    Customer { account: row[0].to_owned(), name: row[1].to_owned(), ids }
}

/// Every way in which a file's bytes say something: as they are, unpacked, and as text.
fn contents(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    let mut said = vec![String::from_utf8_lossy(&bytes).into_owned()];
    match path.extension().and_then(|e| e.to_str()) {
        Some("parquet") => {
            let file = std::fs::File::open(path).unwrap();
            let reader = parquet::file::reader::SerializedFileReader::new(file).unwrap();
            said.extend(reader.into_iter().map(|row| row.unwrap().to_json_value_text()));
        }
        Some("xlsx") => {
            let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
            for (_, sheet) in book.worksheets() {
                said.extend(sheet.cells().map(|(.., cell)| cell.to_string()));
            }
        }
        _ => {}
    }
    said
}

trait Told {
    fn to_json_value_text(&self) -> String;
}

impl Told for parquet::record::Row {
    fn to_json_value_text(&self) -> String {
        self.get_column_iter().flat_map(|(_, field)| [field.to_string(), " ".to_owned()]).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

/// Where below a folder any of these is named.
fn naming(folder: &Path, terms: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let said = contents(&path);
        for term in terms.iter().filter(|term| said.iter().any(|text| text.contains(term.as_str()))) {
            found.push(format!("{}: {term}", path.strip_prefix(folder).unwrap().display()));
        }
    }
    found
}

/// The customer's name in every spelling, addresses and ids.
fn terms(desk: &Desk, customer: &Customer) -> Vec<String> {
    let html = customer.name.replace('&', "&amp;").replace('\'', "&#x27;");
    let mut terms: BTreeSet<String> = [customer.name.clone(), html].into();
    terms.extend(customer.ids.iter().filter(|id| id.len() >= 6).cloned());
    let said = desk.run(&[
        "query",
        &format!(
            "select distinct email_domain from staging.stripe_customer where customer_id = '{}'",
            customer.account
        ),
        "--format",
        "csv",
    ]);
    terms.extend(said.exits(0).out.lines().skip(1).map(|domain| format!("@{domain}")));
    terms.into_iter().collect()
}

/// How many customers the warehouse knows.
fn customers(desk: &Desk) -> i64 {
    let said = desk.run(&["query", "select count(*) from core.account", "--format", "csv"]).exits(0);
    said.out.lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_forgotten_customer_is_nowhere_in_the_store_and_does_not_come_back() {
    let desk = Desk::pulled();
    let store = desk.join("store");
    let whom = customer(&desk);
    let terms = terms(&desk, &whom);
    for report in ["executive", "finance", "support"] {
        desk.run(&["run", report, "--no-pull"]);
    }
    desk.run(&["run", "account", "--customer", &whom.account, "--no-pull"]);
    desk.run(&["run", "sales", "--no-pull", "--dry-run"]);
    let unhappy = format!("{} is unhappy", whom.name);
    desk.run(&["comment", "mrr", &unhappy, "--period", "2026-W46", "--author", "Mara"]).exits(0);
    let known = customers(&desk);
    // what a pull and a publication that were killed left behind
    for left in ["landing/crm/contacts/1.tmp", "archive/executive/2026-W45/7/index.html"] {
        std::fs::create_dir_all(store.join(left).parent().unwrap()).unwrap();
        std::fs::write(store.join(left), &whom.name).unwrap();
    }
    let before = naming(&store, &terms);
    for place in ["landing/billing/customers", "landing/support/organizations", "archive/executive", "ledger.sqlite"] {
        assert!(before.iter().any(|found| found.contains(place)), "the customer is not in {place}: {before:#?}");
    }

    // a look touches nothing, and needs nobody's name (a container knows none)
    let nameless = |arguments: &[&str]| said(desk.command(arguments).env_remove("USER").env_remove("LOGNAME"));
    let look = nameless(&["forget", "--customer", &whom.account, "--dry-run"]).exits(0);
    look.prints(&[&whom.name, "landing/billing/customers", "archive/executive", &unhappy]);
    assert_eq!(naming(&store, &terms), before);

    // words of people wait for somebody to read them
    desk.run(&["forget", "--customer", &whom.account, "--author", "Ops", "--reason", "asked"])
        .exits(1)
        .explains(&["--comments"]);
    nameless(&["forget", "--resume", "--comments"]).exits(0);
    assert_eq!(naming(&store, &terms), Vec::<String>::new());
    let again = desk.run(&["forget", "--customer", &whom.account, "--author", "Ops"]).exits(0);
    again.prints(&["forgotten already"]);

    // what was published is still there, says so, and is whole
    let page = desk.read("store/archive/executive/2026-W46/1/index.html");
    assert!(page.contains("A customer was forgotten") && page.contains("[erased]"));
    assert!(!store.join(format!("archive/account.{}", whom.account)).exists());
    desk.run(&["backup", "copy"]).exits(0);

    // the sources still know the customer; what they send of it does not land
    desk.run(&["pull", "--full"]);
    desk.run(&["run", "executive", "--no-pull", "--again"]);
    // and what became different is told with its cause
    let restated = desk.read("store/archive/executive/2026-W46/2/report.json");
    assert!(
        restated.contains("cause-erasure"),
        "{}",
        &restated[restated.find("restatements").unwrap_or(0)..][..2000.min(restated.len())]
    );
    assert_eq!(naming(&store, &terms), Vec::<String>::new());
    assert_eq!(customers(&desk), known - 1);
    let replayed = desk.run(&["run", "--as-known-in", "executive/2026-W46/1"]);
    replayed.explains(&["a customer was forgotten on 2026-11-16"]);
}

#[test]
fn an_interrupted_erasure_is_finished_by_the_next() {
    let desk = Desk::pulled();
    let whom = customer(&desk);
    let terms = terms(&desk, &whom);
    desk.run(&["run", "executive", "--no-pull"]);
    // it is killed at several instants after it began to write; whatever it had done by then, the next one ends it
    let ledger = desk.join("store/ledger.sqlite");
    let is_begun = || {
        let begun = "select exists (select 1 from erasure where finished_at is null)";
        rusqlite::Connection::open(&ledger).unwrap().query_row(begun, [], |row| row.get::<_, bool>(0)).unwrap()
    };
    let (mut interrupted, mut rewritten) = (0, 0);
    for pause in [0, 120, 300, 500] {
        let mut child = desk
            .command(&["forget", "--customer", &whom.account, "--author", "Ops", "--comments"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        assert!(soon(60, is_begun));
        // the first attempt is begun only after it has found whom it is about
        std::thread::sleep(std::time::Duration::from_millis(pause));
        let _ = child.kill();
        interrupted += usize::from(!child.wait().unwrap().success());
        // the ledger lists nothing that is not there
        let listed = bizreview::ledger::copy::listed(&ledger).unwrap();
        rewritten = listed.iter().filter(|(path, _)| path.contains("-e1.parquet")).count();
        for (path, _) in listed {
            assert!(desk.join("store").join(&path).exists(), "{path} is listed and not there");
        }
    }
    println!("interrupted {interrupted} times, the last with {rewritten} landing files rewritten");
    let said = desk.run(&["forget", "--customer", &whom.account, "--author", "Ops", "--comments"]).exits(0);
    assert_eq!(naming(&desk.join("store"), &terms), Vec::<String>::new(), "{}", said.out);
    desk.run(&["backup", "copy"]).exits(0);
    desk.run(&["run", "executive", "--no-pull"]);
}

/// A run may archive what it has read before; one that was killed has nothing in hand, whoever has its process number now.
#[test]
fn a_run_in_hand_is_waited_for_and_one_that_was_killed_is_not() {
    let desk = Desk::pulled();
    let whom = customer(&desk);
    let ledger = rusqlite::Connection::open(desk.join("store/ledger.sqlite")).unwrap();
    let begin = || {
        let sql = "insert into run (trigger, started_at, pid) values ('schedule', '2026-11-16T08:00:00Z', ?)";
        ledger.execute(sql, [std::process::id()]).unwrap();
    };
    let forget = || desk.run(&["forget", "--customer", &whom.account, "--author", "Ops"]);
    begin();
    forget().exits(1).explains(&["is in hand"]);
    begin();
    ledger
        .execute_batch(
            "update run set finished_at = '2026-11-16T08:01:00Z' where run_id = (select max(run_id) from run)",
        )
        .unwrap();
    forget().exits(0);
}
