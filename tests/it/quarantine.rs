//! Records that are not what was agreed: listed, shown, landed once they are, and over once they come again well.

use std::sync::{Arc, Mutex};

use bizreview::extract::Outcome;
use bizreview::ledger::pulls::{Commit, Quarantined};
use serde_json::{Value, json};

use crate::support::company::{Said, said};
use crate::support::lone::Lone;
use crate::support::wire::{Reply, Wire};

/// A list that a test changes between pulls.
struct Aside {
    lone: Lone,
    _wire: Wire,
    list: Arc<Mutex<Value>>,
}

impl Aside {
    fn new(list: Value, rest: &str) -> Aside {
        let list = Arc::new(Mutex::new(list));
        let served = Arc::clone(&list);
        let wire = Wire::serve(move |_| Reply::json(json!({"data": *served.lock().unwrap()})));
        let manifest = format!(
            "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\n\
             required = {{ \"/amount\" = \"integer\" }}\n{rest}"
        );
        let lone = Lone::new(&wire.url(), "", &manifest);
        lone.write("queries/staging/m/list.sql", "select source_name, record_key, batch, record from landing.m_list\n");
        Aside { lone, _wire: wire, list }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.lone.command(arguments))
    }

    fn serve(&self, list: Value) {
        *self.list.lock().unwrap() = list;
    }
}

fn wrong() -> Value {
    json!([
        {"id": "a", "amount": 1},
        {"id": "b", "amount": "12 EUR", "more": {"x": [1, 2]}},
        {"id": "c", "amount": "none"},
        {"id": "d"},
        {"amount": 5},
    ])
}

#[test]
fn what_is_set_aside_is_listed_by_reason_and_shown_whole() {
    let aside = Aside::new(wrong(), "write = \"merge\"");
    aside.run(&["quarantine"]).exits(0).prints(&["nothing is set aside"]);
    let pulled = aside.run(&["pull"]).exits(1);
    pulled.prints(&["4 records set aside"]).explains(&["hint: bizreview quarantine"]);
    let listed = aside.run(&["quarantine"]).exits(0).prints(&[
        "source  stream  path     reason                 records  days",
        "s       list    /amount  is not a whole number        2",
        "s       list    /amount  is missing",
        "s       list    /id      has no key",
        "4 records; bizreview quarantine show NUMBER",
    ]);
    assert!(!listed.out.contains("At most"), "{}", listed.out);
    aside.run(&["status"]).prints(&["4 records are set aside: bizreview quarantine"]);
    let shown = aside.run(&["quarantine", "show", "1"]).exits(0);
    shown.prints(&[
        "s list, key b: /amount is not a whole number but \"12 EUR\"\nset aside 2026-03-10T12:00:00Z\n",
        "  {\n>   \"amount\": \"12 EUR\",\n    \"id\": \"b\",\n    \"more\": {\n",
    ]);
    aside.run(&["quarantine", "show", "3"]).prints(&[">", "/amount is not there"]);
    aside.run(&["quarantine", "show", "99"]).exits(2).explains(&["no record 99 is set aside"]);
    aside.run(&["quarantine", "list", "t"]).exits(2).explains(&["there is no source \"t\""]);
    aside.run(&["quarantine", "list", "--format", "csv"]).prints(&["s,list,/amount,is not a whole number,2,0,"]);
}

#[test]
fn the_same_record_set_aside_again_is_one() {
    let aside = Aside::new(wrong(), "write = \"merge\"");
    for day in ["2026-03-10T12:00:00Z", "2026-03-12T12:00:00Z"] {
        // something else differs, so that the list lands anew
        aside.serve({
            let mut list = wrong();
            list[0]["amount"] = json!(day.len() + usize::from(day.contains("12T")));
            list
        });
        assert_eq!(aside.lone.pull_at(day, false)[0].quarantined, 4);
    }
    aside.run(&["quarantine"]).prints(&["4 records"]);
    aside
        .run(&["quarantine", "show", "1"])
        .prints(&["set aside 2026-03-10T12:00:00Z, 2 times, last 2026-03-12T12:00:00Z"]);
}

#[test]
fn a_retry_lands_what_fulfils_its_contract_now_and_says_what_does_not() {
    let aside = Aside::new(wrong(), "write = \"merge\"");
    aside.lone.pull();
    aside
        .run(&["quarantine", "retry"])
        .exits(1)
        .prints(&["s list: 0 landed", "still set aside: 2 (/amount is not a whole number)"]);
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"integer\"", "\"/amount\" = \"any\"");
    aside.run(&["quarantine", "retry", "s", "list"]).exits(1).prints(&[
        "s list: 2 landed",
        "still set aside: 1 (/amount is missing)",
        "still set aside: 1 (/id has no key)",
    ]);
    let keys: Vec<String> = aside.lone.known("list").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    aside.run(&["quarantine", "show", "1"]).prints(&["landed by a retry 2026-03-10T12:00:00Z"]);
    aside.run(&["quarantine"]).prints(&["2 records"]);
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"any\"", "\"/amount\" = \"any?\"");
    aside.run(&["quarantine", "retry", "s"]).exits(1).prints(&["s list: 1 landed", "has no key"]);
    // a retry is no pull: what is told of pulls stays
    let pulls = aside.lone.ledger().last_pulls().unwrap();
    assert_eq!((pulls.len(), pulls[0].outcome.as_deref(), pulls[0].rows), (1, Some("ok"), 1));
}

#[test]
fn a_record_that_came_again_well_is_not_landed_in_its_old_state() {
    let aside = Aside::new(wrong(), "write = \"merge\"");
    aside.lone.pull();
    aside.serve(json!([{"id": "b", "amount": 12}, {"id": "c", "amount": "none"}, {"id": "d"}]));
    aside.lone.pull_at("2026-03-11T12:00:00Z", false);
    aside.run(&["quarantine", "show", "1"]).prints(&["came again and was taken 2026-03-11T12:00:00Z"]);
    aside.run(&["quarantine"]).prints(&["3 records"]);
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"integer\"", "\"/amount\" = \"any?\"");
    aside.run(&["quarantine", "retry"]).prints(&["s list: 2 landed"]);
    let b = aside.lone.known("list").into_iter().find(|(key, _)| key == "b").unwrap();
    assert_eq!(b.1["amount"], 12);
}

#[test]
fn a_retry_of_a_list_that_replaces_adds_to_it_and_replaces_nothing() {
    let aside = Aside::new(wrong(), "write = \"replace\"");
    aside.lone.pull();
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"integer\"", "\"/amount\" = \"any\"");
    aside.run(&["quarantine", "retry"]).prints(&["s list: 2 landed"]);
    let staged = "select string_agg(record_key, ' ' order by record_key) as keys from staging.m_list";
    aside.run(&["query", staged, "--format", "csv"]).exits(0).prints(&["a b c"]);
    let modes: Vec<String> =
        aside.lone.ledger().batches("m", "list").unwrap().into_iter().map(|batch| batch.write_mode).collect();
    assert_eq!(modes, ["replace", "merge"]);
    assert_eq!(aside.lone.ledger().landed("s", "list").unwrap().rows, 3, "the list, and what was added to it");
    assert_eq!(aside.lone.pull().result, Outcome::Ok);
    let keys: Vec<String> = aside.lone.known("list").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a", "b", "c"], "and the next list has them all");
    aside.run(&["query", staged, "--format", "csv"]).exits(0).prints(&["a b c"]);
}

#[test]
fn what_a_retry_lands_of_days_is_kept_no_longer_than_they_are() {
    let window = "write = \"replace_window\"\nretain_days = 30\nretain_by = \"/day\"\n\
                  params = { from = \"{from}\", to = \"{to}\" }\n\
                  incremental = { kind = \"window\", step_days = 400, lookback_days = 400 }";
    let day = |id: &str, amount: Value| json!({"id": id, "day": "2026-03-01", "amount": amount});
    let aside = Aside::new(json!([day("a", json!(1)), day("b", json!("two"))]), window);
    let sql = "select source_name, record_key, batch, cast(json_extract_string(record, '$.day') as date) as day \
               from landing.m_list\n";
    aside.lone.write("queries/staging/m/list.sql", sql);
    aside.lone.pull();
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"integer\"", "\"/amount\" = \"any\"");
    aside.run(&["quarantine", "retry"]).exits(0).prints(&["s list: 1 landed"]);
    let staged = "select coalesce(string_agg(record_key, ' ' order by record_key), 'none') as keys from staging.m_list";
    aside.run(&["query", staged, "--format", "csv"]).exits(0).prints(&["\na b\n"]);
    let mut late = aside.lone.command(&["clean"]);
    said(late.env("BIZREVIEW_NOW", "2026-05-01T12:00:00Z")).exits(0).prints(&["expired"]);
    aside.run(&["query", staged, "--format", "csv"]).exits(0).prints(&["\nnone\n"]);
    assert!(aside.lone.landed("list").is_empty());
}

#[test]
fn a_field_that_was_not_agreed_is_not_agreed_by_a_retry_and_what_is_hashed_by_now_lands_so() {
    let aside = Aside::new(json!([{"id": "a", "amount": 1}]), "write = \"merge\"\ncontract = \"freeze\"");
    aside.lone.pull();
    aside.serve(json!([{"id": "a", "amount": 1}, {"id": "b", "amount": 2, "email": "ada@acme.example"}]));
    aside.lone.pull_at("2026-03-11T12:00:00Z", false);
    aside
        .run(&["quarantine", "retry"])
        .exits(1)
        .prints(&["s list: 0 landed", "still set aside: 1 (/email is a field that was not agreed)"]);
    aside.lone.edit("manifests/m.toml", "contract = \"freeze\"", "hash = [\"/email\"]");
    aside.run(&["quarantine", "retry"]).exits(0).prints(&["s list: 1 landed"]);
    let b = aside.lone.known("list").into_iter().find(|(key, _)| key == "b").unwrap();
    assert!(b.1["email"].as_str().unwrap().starts_with("h_"), "{b:?}");
}

#[test]
fn a_field_is_told_by_its_pointer_whatever_it_is_called() {
    let aside = Aside::new(json!([{"id": "a", "amount": 1}]), "write = \"merge\"\ncontract = \"freeze\"");
    aside.lone.pull();
    aside.serve(json!([{"id": "b", "amount": 2, "e/m~": 1}]));
    aside.lone.pull_at("2026-03-11T12:00:00Z", false);
    aside.run(&["quarantine"]).exits(0).prints(&["/e~1m~0  is a field that was not agreed"]);
    aside.run(&["quarantine", "retry"]).exits(1).prints(&["1 (/e~1m~0 is a field that was not agreed)"]);
}

#[test]
fn more_than_the_bound_is_counted_and_that_is_said() {
    let many: Vec<Value> = (0..1200).map(|n| json!({"id": n})).collect();
    let aside = Aside::new(json!(many), "write = \"merge\"");
    let said = aside.run(&["pull"]).exits(1);
    said.explains(&["1200 records were set aside (the first 1000 are kept)"]);
    aside.run(&["quarantine"]).prints(&["1000 records", "At most 1000 of a pull and 10000 of a stream are kept"]);
}

#[test]
fn what_was_too_much_to_be_kept_is_said_until_it_was_read_again() {
    let many: Vec<Value> = (0..1200).map(|n| json!({"id": n, "at": 1_772_000_000})).collect();
    let since = "write = \"merge\"\nincremental = { kind = \"since\", param = \"since\", field = \"/at\" }";
    let aside = Aside::new(json!(many), since);
    aside.run(&["pull"]).exits(1);
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"integer\"", "\"/amount\" = \"integer?\"");
    aside.run(&["quarantine", "retry"]).exits(0).prints(&["s list: 1000 landed"]);
    aside.serve(json!([]));
    for _ in 0..2 {
        let said = aside.run(&["pull"]).exits(1);
        said.explains(&["200 records set aside earlier were too many to be kept", "`bizreview pull s --full`"]);
    }
    aside.serve(json!(many));
    aside.run(&["pull", "--full"]).exits(0);
    assert_eq!(aside.lone.known("list").len(), 1200);
    aside.run(&["pull"]).exits(0);
}

#[test]
fn a_line_that_is_no_json_is_not_landed_by_a_retry() {
    let aside = Aside::new(json!([]), "write = \"merge\"");
    aside.lone.pull();
    let at = "2026-03-10T12:00:00Z";
    let broken = Quarantined {
        source: "s".into(),
        stream: "list".into(),
        key: None,
        json_path: String::new(),
        reason: "line 3: expected value".into(),
        record: r#"{"id":"z","amount":1,"x":NaN}"#.into(),
        seen_at: at.into(),
    };
    let commit = Commit {
        pull_id: 1,
        source: "s",
        manifest: "m",
        stream: "list",
        write_mode: "merge",
        extracted_at: at,
        batches: &[],
        cursor: None,
        quarantined: &[broken],
    };
    aside.lone.ledger().commit_batches(&commit).unwrap();
    aside.run(&["quarantine", "retry"]).exits(1).prints(&["s list: 0 landed", "still set aside: 1 (the record line 3"]);
}

#[test]
fn what_a_list_that_replaces_no_longer_has_is_not_brought_back_by_a_retry() {
    let aside = Aside::new(wrong(), "write = \"replace\"");
    aside.lone.pull();
    // as many are wrong as before, but others
    aside.serve(
        json!([{"id": "a", "amount": 1}, {"id": "c", "amount": "none"}, {"id": "d"}, {"amount": 5}, {"id": "e"}]),
    );
    assert_eq!(aside.lone.pull_at("2026-03-11T12:00:00Z", false)[0].quarantined, 4);
    aside.run(&["quarantine", "show", "1"]).prints(&["no longer in the list as it was read 2026-03-11T12:00:00Z"]);
    aside.run(&["quarantine"]).prints(&["4 records"]);
    // the same list again lands nothing and forgets nothing
    assert_eq!(aside.lone.pull_at("2026-03-12T12:00:00Z", false)[0].quarantined, 4);
    aside.run(&["quarantine"]).prints(&["4 records"]);
    aside.lone.edit("manifests/m.toml", "\"/amount\" = \"integer\"", "\"/amount\" = \"any?\"");
    aside.run(&["quarantine", "retry"]).exits(1).prints(&["s list: 3 landed"]);
    let keys: Vec<String> = aside.lone.known("list").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a", "c", "d", "e"], "b was deleted");
}
