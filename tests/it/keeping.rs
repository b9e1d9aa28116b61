//! What is kept: retention, backup and restore, and ledgers of earlier versions.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bizreview::ledger::copy::{before, examine, listed};
use bizreview::ledger::{Ledger, SCHEMA};
use rusqlite::Connection;

use crate::support::company::{Desk, Killed};
use crate::support::scratch::Scratch;

const FIRST: &str = include_str!("../../src/ledger/schema/4_reviews.sql");

/// Every table with its columns.
fn shape(connection: &Connection) -> BTreeMap<String, Vec<String>> {
    let mut query = connection
        .prepare("select list.name, info.name || ' ' || info.type || ' ' || info.\"notnull\" || coalesce(info.dflt_value, '') \
                  || info.pk from pragma_table_list as list join pragma_table_info(list.name) as info \
                  where list.schema = 'main' and list.name not like 'sqlite_%' order by 1, info.cid")
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let mut shape: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in rows.map(Result::unwrap) {
        shape.entry(table).or_default().push(column);
    }
    shape
}

fn count(connection: &Connection, table: &str) -> i64 {
    connection.query_row(&format!("select count(*) from \"{table}\""), [], |row| row.get(0)).unwrap()
}

/// A ledger of the first released schema with two rows in every table.
fn first_ledger(store: &Path) -> BTreeMap<String, i64> {
    let connection = Connection::open(store.join("ledger.sqlite")).unwrap();
    connection.execute_batch(FIRST).unwrap();
    connection.pragma_update(None, "user_version", 4).unwrap();
    connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
    let mut counts = BTreeMap::new();
    for (table, columns) in shape(&connection) {
        for n in 1..=2 {
            let value = |column: &String| {
                let mut words = column.split(' ');
                let (name, kind) = (words.next().unwrap(), words.next().unwrap());
                match kind {
                    "INTEGER" if name.starts_with("is_") => "0".to_owned(),
                    "INTEGER" => n.to_string(),
                    "BLOB" => format!("x'0{n}'"),
                    _ if name.ends_with("_at") => format!("'2026-11-0{n}T08:00:00Z'"),
                    _ if name.ends_with("_on") => format!("'2026-11-0{n}'"),
                    _ => format!("'{name} {n}'"),
                }
            };
            let values: Vec<String> = columns.iter().map(value).collect();
            connection.execute(&format!("insert into \"{table}\" values ({})", values.join(", ")), []).unwrap();
        }
        counts.insert(table.clone(), count(&connection, &table));
    }
    counts
}

#[test]
fn a_ledger_of_the_first_version_is_brought_up_to_date_with_everything_in_it() {
    let store = Scratch::new("migrate");
    let counts = first_ledger(&store);
    drop(Ledger::open(&store).unwrap());
    let path = store.join("ledger.sqlite");
    let migrated = Connection::open(&path).unwrap();
    for (table, rows) in &counts {
        assert_eq!(count(&migrated, table), *rows, "{table}");
    }
    let fresh = Scratch::new("fresh");
    drop(Ledger::open(&fresh).unwrap());
    let fresh = Connection::open(fresh.join("ledger.sqlite")).unwrap();
    assert_eq!(shape(&migrated), shape(&fresh));
    assert_eq!(examine(&path).unwrap(), (SCHEMA, vec![]));
    // as it was, for whoever goes back to the version before
    let kept = before(&path, SCHEMA);
    assert_eq!(examine(&kept).unwrap().0, 4);
    let kept = Connection::open(kept).unwrap();
    for (table, rows) in &counts {
        assert_eq!(count(&kept, table), *rows, "{table}");
    }
}

#[test]
fn a_ledger_of_a_newer_version_is_refused_and_left_alone() {
    let desk = Desk::pulled();
    let path = desk.join("store/ledger.sqlite");
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", SCHEMA + 1).unwrap();
    drop(connection);
    let bytes = std::fs::read(&path).unwrap();
    desk.run(&["run", "support", "--no-pull"])
        .exits(2)
        .explains(&["newer bizreview", &format!("schema {}", SCHEMA + 1)]);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

fn sql(desk: &Desk, statement: &str) {
    Connection::open(desk.join("store/ledger.sqlite")).unwrap().execute_batch(statement).unwrap();
}

fn number(desk: &Desk, query: &str) -> i64 {
    let connection = Connection::open(desk.join("store/ledger.sqlite")).unwrap();
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

/// A list that changed is landed again: the former one is kept for whom it was known to, and goes when nobody reads it.
#[test]
fn what_nothing_needs_goes_and_everything_else_stays() {
    let desk = Desk::pulled();
    let dates = "select count(*) from batch where stream = 'followups'";
    for day in ["2026-11-17", "2026-11-18", "2026-11-19"] {
        let desk = &desk;
        let path = desk.join("files/followups.csv");
        std::fs::write(path, format!("account,followed_up_at,author\ncus_1,{day},Mara\n")).unwrap();
        desk.run_at(&format!("{day}T09:00:00Z"), &["pull", "files"]);
        if day == "2026-11-18" {
            desk.run_at("2026-11-18T10:00:00Z", &["run", "customer_success", "--no-pull"]);
        }
    }
    let landed = number(&desk, dates);
    assert!(landed >= 3, "{landed}");
    let metrics = desk.run(&["values", "--grain", "week"]).out;
    let bytes = "select count(*) from delivery where mime is not null";
    let mails = number(&desk, bytes);
    assert!(mails > 0);

    // nothing is old yet
    desk.run_at("2026-11-20T09:00:00Z", &["clean"]).exits(0).prints(&["nothing is old enough"]);
    let late = "2027-01-10T09:00:00Z";
    let look = desk.run_at(late, &["clean", "--dry-run"]).exits(0);
    look.prints(&["landing/files/followups", "mail_bytes"]);
    assert_eq!((number(&desk, dates), number(&desk, bytes)), (landed, mails));
    desk.run_at(late, &["clean"]).exits(0).prints(&["landing", "mail_bytes"]);
    // of 18 November the edition, of 19 November the warehouse
    assert_eq!(number(&desk, dates), 2);
    assert_eq!(number(&desk, bytes), 0);
    assert_eq!(number(&desk, "select count(*) from delivery where sha256 <> ''"), mails);
    for (path, _) in listed(&desk.join("store/ledger.sqlite")).unwrap() {
        assert!(desk.join("store").join(&path).exists(), "{path}");
    }

    // what is left is enough to make everything again
    std::fs::remove_file(desk.join("store/warehouse.duckdb")).unwrap();
    assert_eq!(desk.run(&["values", "--grain", "week"]).out, metrics);
    let edition = "customer_success/2026-W46/1";
    desk.run(&["run", "--as-known-in", edition]).prints(&[", 0 different"]);
    desk.run_at(late, &["clean"]).exits(0).prints(&["nothing is old enough"]);
}

#[test]
fn what_an_interrupted_cleaning_left_is_swept() {
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]);
    let left = desk.join("store/archive/support/2026-W46/9");
    std::fs::create_dir_all(&left).unwrap();
    desk.run(&["clean"]).exits(0);
    assert!(!left.exists() && desk.join("store/archive/support/2026-W46/1").exists());
}

/// Once a night, in the company's zone, whatever becomes of it.
#[test]
fn the_service_cleans_once_a_night() {
    let desk = Desk::pulled();
    let config = bizreview::config::Config::load(&desk.join("bizreview.toml")).unwrap();
    let mut environment = bizreview::pipeline::Environment {
        ledger: Arc::new(Ledger::open(&config.store()).unwrap()),
        config: Arc::new(config),
        secrets: bizreview::config::Secrets::default(),
        now: "2026-11-16T09:00:00Z".parse().unwrap(),
        who: "a test".into(),
        patience: Duration::from_secs(1),
        stop: bizreview::deliver::Stop::default(),
    };
    let mut is_cleaned_at = |now: &str| {
        environment.now = now.parse().unwrap();
        bizreview::pipeline::housekeep_nightly(&environment).unwrap().is_some()
    };
    let hours = [
        "2026-11-16T09:00:00Z",
        "2026-11-16T09:01:00Z",
        "2026-11-17T01:59:00Z",
        "2026-11-17T02:01:00Z",
        "2026-11-17T23:00:00Z",
    ];
    assert_eq!(hours.map(&mut is_cleaned_at), [true, false, false, true, false]);
}

/// The service pulls and publishes while the store is copied.
#[test]
fn a_backup_is_consistent_while_others_write_and_is_restored_with_sending_held() {
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]);
    let mails = desk.names("outbox").len();
    assert!(mails > 0);
    // somebody else writes all the time
    let mut writer = Killed(desk.command(&["run", "executive", "--no-pull"]).spawn().unwrap());
    desk.run(&["backup", "copy"]).exits(0).prints(&["verified"]);
    writer.0.wait().unwrap();
    desk.run(&["backup", "copy"]).exits(2).explains(&["not empty"]);
    desk.run(&["backup", "store/copy"]).exits(2).explains(&["inside the store"]);
    desk.run(&["restore", "copy"]).exits(2).explains(&["not empty"]);
    assert!(desk.names("copy").iter().all(|name| !name.contains("wal")), "{:?}", desk.names("copy"));

    // the store is lost
    std::fs::rename(desk.join("store"), desk.join("lost")).unwrap();
    desk.run(&["restore", "nowhere"]).exits(2).explains(&["no backup"]);
    let later = "2026-11-24T09:00:00Z";
    desk.run_at(later, &["restore", "copy"]).exits(0).prints(&["bizreview thaw"]);
    let restored = bizreview::pipeline::verify(&desk.join("copy")).unwrap();
    for file in &restored.files {
        assert!(desk.join("store").join(&file.path).exists(), "{}", file.path);
    }

    // nothing leaves, and the reason is told
    let before = desk.names("outbox").len();
    desk.run_at(later, &["run", "support", "--no-pull"])
        .exits(4)
        .prints(&[])
        .explains(&["restored from a backup", "thaw"]);
    desk.run_at(later, &["ask", "support"]).exits(1).explains(&["restored from a backup"]);
    assert_eq!(desk.names("outbox").len(), before);
    let waiting = number(&desk, "select count(*) from delivery where state = 'pending'");
    assert!(waiting > 0);

    // what may have been sent since the backup is shown, and the operator says so
    desk.run_at("2026-11-23T09:00:00Z", &["thaw"])
        .exits(1)
        .prints(&["owners were to be asked Mon 23 Nov 2026 08:00 CET"]);
    desk.run_at(later, &["thaw"]).exits(1).prints(&["support/2026-W47", "executive/2026-W47"]);
    desk.run_at(later, &["thaw", "--sent", "--except", "support/2026-W99"]).exits(2).explains(&["was not due"]);
    desk.run_at(later, &["thaw", "--sent", "--except", "support/2026-W47"]).exits(0);
    assert_eq!(number(&desk, "select count(*) from occurrence where report = 'executive' and state = 'done'"), 2);
    assert_eq!(number(&desk, "select count(*) from occurrence where report = 'support' and state = 'done'"), 0);
    desk.run_at(later, &["thaw"]).exits(0).prints(&["nothing is held"]);
    desk.run_at(later, &["run", "customer_success", "--no-pull"]);
    assert!(desk.names("outbox").len() > before);
}

#[test]
fn a_damaged_backup_is_refused() {
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]);
    desk.run(&["backup", "copy"]).exits(0);
    let page = desk.join("copy/archive/support/2026-W46/1/index.html");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replacen("W46", "W47", 1)).unwrap();
    desk.run(&["restore", "copy", "--into", "other"]).exits(1).explains(&["index.html", "damaged"]);
    assert!(!desk.join("other").exists() && !desk.join("other.tmp").exists());
    std::fs::write(&page, text).unwrap();
    // listed by the ledger, but not in the backup any more
    std::fs::remove_file(page).unwrap();
    desk.run(&["restore", "copy", "--into", "other"]).exits(1).explains(&["index.html"]);

    // a store with a damaged file is not backed up as if it were whole
    let page = desk.join("store/archive/support/2026-W46/1/index.html");
    std::fs::write(&page, "gone").unwrap();
    desk.run(&["backup", "second"]).exits(1).explains(&["is not what the ledger says"]);
    assert!(!desk.join("second").exists());
    sql(&desk, "select 1");
}
