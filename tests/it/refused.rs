//! Records that land and that a staging query cannot read: the others load, they are listed, shown, tried again, and over once
//! they come again and can be read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::company::{Said, said};
use crate::support::lone::Lone;
use crate::support::wire::{Reply, Wire};

const FIRST: &str = "2026-03-10T12:00:00Z";
const SECOND: &str = "2026-03-11T12:00:00Z";

const QUERY: &str = r#"with parsed as (
  select source_name, record_key, batch, record, strictly(record, '{"id":"VARCHAR","amount":"BIGINT","tags":["VARCHAR"],
    "o":{"n":"DOUBLE"},"day":"DATE"}') as r
  from landing.m_list
  where has_shape(record, ['$.o'], ['$.tags'])
)
select source_name, record_key, batch, r.amount as amount, cast(json_extract_string(record, '$.on') as date) as on_day, r.tags as tags,
  r.o.n as n, r.day as day
from parsed
"#;

/// A list that a test changes between pulls, and the table made of it.
struct Table {
    lone: Lone,
    _wire: Wire,
    list: Arc<Mutex<String>>,
}

impl Table {
    fn new(rest: &str, query: &str) -> Table {
        let list = Arc::new(Mutex::new(String::new()));
        let served = Arc::clone(&list);
        let wire = Wire::serve(move |_| Reply::bytes(format!("{{\"data\":{}}}", served.lock().unwrap()).into_bytes()));
        let manifest =
            format!("[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\n{rest}");
        let lone = Lone::new(&wire.url(), "", &manifest);
        lone.write("queries/staging/m/list.sql", query);
        Table { lone, _wire: wire, list }
    }

    fn of_mode(mode: &str) -> Table {
        Table::new(&format!("write = \"{mode}\""), QUERY)
    }

    #[track_caller]
    fn pulls(&self, now: &str, list: &Value) {
        self.pulls_text(now, &list.to_string());
    }

    #[track_caller]
    fn pulls_text(&self, now: &str, list: &str) {
        list.clone_into(&mut self.list.lock().unwrap());
        let pulled = self.lone.pull_at(now, true);
        assert!(pulled.iter().all(|stream| stream.quarantined == 0), "{pulled:?}");
    }

    fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.lone.command(arguments))
    }

    /// Keys and the sum of amounts.
    fn rows(&self) -> Said {
        let sql = "select coalesce(string_agg(record_key || '=' || coalesce(amount::varchar, '-'), ' ' \
                   order by record_key, amount), 'none') as rows from staging.m_list";
        self.run(&["query", sql, "--format", "csv"])
    }

    /// Nothing is left out any more, and nobody is told so.
    #[track_caller]
    fn is_whole(&self, rows: &str) {
        let said = self.rows().exits(0);
        said.prints(&[&format!("\n{rows}\n")]);
        self.run(&["quarantine"]).exits(0).prints(&["nothing is set aside"]);
    }
}

#[test]
fn what_a_query_cannot_read_is_left_out_and_the_others_load() {
    let table = Table::of_mode("merge");
    table.pulls_text(
        FIRST,
        r#"[{"id":"a","amount":1,"on":"2026-01-31","tags":["x"],"o":{"n":1.5}},
            {"id":"b","amount":"12 EUR","more":{"x":[1,2]}},
            {"id":"c","on":"2026-02-30"},
            {"id":"d","tags":{"x":1}},
            {"id":"e","amount":9223372036854775808},
            {"id":"f","amount":1e400},
            {"id":"g","o":[]},
            {"id":"h","amount":null,"tags":null,"o":null},
            {"id":"i","amount":{"value":1}},
            {"id":"j"},
            {"id":"k","amount":"7"}]"#,
    );
    let loaded = table.rows().exits(1);
    loaded
        .prints(&["\na=1 h=- j=- k=7\n"])
        .explains(&["s list: 7 records are left out of staging.m_list: queries/staging/m/list.sql cannot read them"]);
    let listed = table.run(&["quarantine"]).exits(0).prints(&[
        "source  stream  path     reason",
        "s       list    /amount  Could not convert string '…' to INT64",
        "s       list    /tags    is not a list",
        "s       list    /o       is not an object",
        "s       list    /on      date field value out of range: \"…\"",
        "staging.m_list",
        "7 records; bizreview quarantine show NUMBER",
    ]);
    assert!(!listed.out.contains("EUR"), "{}", listed.out);
    table.run(&["status"]).prints(&["7 records are set aside: bizreview quarantine"]);
    table.run(&["sources"]).prints(&["7"]);
    let shown = table.run(&["quarantine", "show", "r1"]).exits(0);
    shown.prints(&[
        "s list, key b: queries/staging/m/list.sql cannot read /amount: Conversion Error: Could not convert string '12 EUR' to INT64",
        "\nlanded 2026-03-10T12:00:00Z, kept out of staging.m_list\n",
        ">   \"amount\": \"12 EUR\",\n",
    ]);
    table.run(&["quarantine", "show", "r99"]).exits(2).explains(&["no record r99 is set aside"]);
    table.run(&["quarantine", "show", "x"]).exits(2);
    table.run(&["quarantine", "list", "--format", "csv"]).prints(&["s,list,/tags,is not a list,1,0,"]);

    // made again, with what the ledger knows and without: the same rows, and the same are missing
    let file = table.lone.folder.join("store/warehouse.duckdb");
    for is_known in [true, false] {
        std::fs::remove_file(&file).unwrap();
        if !is_known {
            assert_eq!(table.lone.ledger().drop_refused().unwrap(), 7);
        }
        table.rows().exits(1).prints(&["\na=1 h=- j=- k=7\n"]);
        table.run(&["quarantine"]).prints(&["7 records;"]);
    }

    // a retry tries them all; a query that reads them has them without being told
    table
        .run(&["quarantine", "retry", "s"])
        .exits(1)
        .prints(&["s list: 0 read into staging.m_list", "still kept out of it: 7"]);
    table.lone.edit("queries/staging/m/list.sql", "\"amount\":\"BIGINT\"", "\"amount\":\"VARCHAR\"");
    table.rows().exits(1).explains(&["3 records are left out"]);
}

#[test]
fn a_record_that_comes_again_and_can_be_read_is_no_longer_missing() {
    for mode in ["merge", "append", "replace"] {
        let table = Table::of_mode(mode);
        table.pulls(FIRST, &json!([{"id": "a", "amount": 1}, {"id": "b", "amount": "two"}]));
        table.rows().exits(1).prints(&["\na=1\n"]).explains(&["1 record is left out of staging.m_list"]);
        table.pulls(SECOND, &json!([{"id": "a", "amount": 1}, {"id": "b", "amount": 2}]));
        table.is_whole("a=1 b=2");
        if mode == "merge" {
            // the same where both are loaded at once
            std::fs::remove_file(table.lone.folder.join("store/warehouse.duckdb")).unwrap();
            table.is_whole("a=1 b=2");
        }
    }
}

#[test]
fn a_version_that_cannot_be_read_is_missing_whatever_comes_after_it() {
    let table = Table::of_mode("versions");
    table.pulls(FIRST, &json!([{"id": "a", "amount": 1}, {"id": "b", "amount": "two"}]));
    table.rows().exits(1).prints(&["\na=1\n"]).explains(&["1 record is left out of staging.m_list"]);
    table.pulls(SECOND, &json!([{"id": "a", "amount": 1}, {"id": "b", "amount": 2}]));
    table.rows().exits(1).prints(&["\na=1 a=1 b=2\n"]).explains(&["1 record is left out of staging.m_list"]);
    // the same where both are loaded at once
    std::fs::remove_file(table.lone.folder.join("store/warehouse.duckdb")).unwrap();
    table.rows().exits(1).prints(&["\na=1 a=1 b=2\n"]).explains(&["1 record is left out of staging.m_list"]);
    table.lone.edit("queries/staging/m/list.sql", "\"amount\":\"BIGINT\"", "\"amount\":\"VARCHAR\"");
    table.is_whole("a=1 a=1 b=2 b=two");
}

#[test]
fn what_was_known_of_a_record_stays_while_its_newest_state_cannot_be_read() {
    for (mode, rows) in [("merge", "a=1 b=2"), ("versions", "a=1 a=1 b=2"), ("replace", "a=1")] {
        let table = Table::of_mode(mode);
        table.pulls(FIRST, &json!([{"id": "a", "amount": 1}, {"id": "b", "amount": 2}]));
        table.is_whole("a=1 b=2");
        table.pulls(SECOND, &json!([{"id": "a", "amount": 1}, {"id": "b", "amount": "three"}]));
        table.rows().exits(1).prints(&[&format!("\n{rows}\n")]).explains(&["1 record is left out"]);
        std::fs::remove_file(table.lone.folder.join("store/warehouse.duckdb")).unwrap();
        table.rows().exits(1).prints(&[&format!("\n{rows}\n")]).explains(&["1 record is left out"]);
    }
}

#[test]
fn days_that_are_asked_for_again_are_no_longer_missing() {
    let window = "write = \"replace_window\"\nparams = { from = \"{from}\", to = \"{to}\" }\n\
                  incremental = { kind = \"window\", step_days = 400, lookback_days = 400 }";
    let table = Table::new(window, QUERY);
    let day = |amount: Value| json!([{"id": "a", "day": "2026-03-01", "amount": 1}, {"id": "b", "day": "2026-03-02", "amount": amount}]);
    table.pulls(FIRST, &day(json!("two")));
    table.rows().exits(1).prints(&["\na=1\n"]).explains(&["1 record is left out"]);
    table.pulls(SECOND, &day(json!(2)));
    table.is_whole("a=1 b=2");
    // a day that is gone takes with it what of it could not be read
    table.pulls("2026-03-12T12:00:00Z", &day(json!("three")));
    table.rows().exits(1).prints(&["\na=1\n"]);
    table.pulls("2026-03-13T12:00:00Z", &json!([{"id": "a", "day": "2026-03-01", "amount": 1}]));
    table.is_whole("a=1");
}

#[test]
fn a_key_that_is_there_twice_is_refused_by_a_query_that_asks_for_that() {
    let query = "select source_name, record_key, batch, from_json_strict(record, '{\"o\":{\"n\":\"BIGINT\"}}').o.n as amount \
                 from landing.m_list";
    let table = Table::new("write = \"merge\"", query);
    table.pulls_text(FIRST, r#"[{"id":"a","o":{"n":1}},{"id":"b","o":{"n":1,"n":2}},{"id":"c","o":{}}]"#);
    table.rows().exits(1).prints(&["\na=1\n"]);
    table.run(&["quarantine"]).prints(&["has duplicate key", "does not have key"]);
}

#[test]
fn a_query_that_reads_nothing_fails_its_table_and_no_record() {
    let table = Table::of_mode("merge");
    let many: Vec<Value> = (0..300).map(|n| json!({"id": format!("k{n}"), "amount": format!("{n} EUR")})).collect();
    table.pulls(FIRST, &json!(many));
    let failed = table.rows().exits(1).prints(&["\nnone\n"]);
    failed
        .explains(&["queries/staging/m/list.sql: Conversion Error", "none of 20 records that were tried can be read"]);
    table.run(&["quarantine"]).prints(&["nothing is set aside"]);
    table.lone.write(
        "queries/staging/m/list.sql",
        "select source_name, record_key, batch, cast('no' as bigint) as amount from landing.m_list\n",
    );
    table.rows().explains(&["Could not convert string 'no' to INT64"]);
    table.run(&["quarantine"]).prints(&["nothing is set aside"]);
}

#[test]
fn what_is_tried_again_in_vain_is_not_said_to_be_read() {
    let table = Table::of_mode("merge");
    let mut many: Vec<Value> = (0..30).map(|n| json!({"id": format!("k{n}"), "amount": n})).collect();
    many.push(json!({"id": "b", "amount": "two"}));
    table.pulls(FIRST, &json!(many));
    table.rows().exits(1).explains(&["1 record is left out of staging.m_list"]);
    table.lone.edit("queries/staging/m/list.sql", "r.amount as amount", "cast(r.id as bigint) as amount");
    let said = table.run(&["quarantine", "retry", "s"]).exits(1);
    assert!(!said.out.contains("read into"), "{}", said.out);
    said.explains(&["queries/staging/m/list.sql: Conversion Error"]);
}

#[test]
fn what_a_query_could_not_read_goes_with_the_query() {
    let table = Table::of_mode("merge");
    table.pulls(FIRST, &json!([{"id": "b", "amount": "two"}]));
    table.rows().exits(1).explains(&["1 record is left out of staging.m_list"]);
    std::fs::remove_file(table.lone.folder.join("queries/staging/m/list.sql")).unwrap();
    table.run(&["query", "select 1 as one"]).exits(0);
    table.run(&["quarantine"]).exits(0).prints(&["nothing is set aside"]);
}

#[test]
fn one_of_many_is_found_wherever_it_is() {
    let table = Table::of_mode("merge");
    let bad = [0, 1, 1499, 1500, 2999];
    let amount = |n: usize| if bad.contains(&n) { json!("no") } else { json!(1) };
    let many: Vec<Value> = (0..3000).map(|n| json!({"id": format!("k{n:04}"), "amount": amount(n)})).collect();
    table.pulls(FIRST, &json!(many));
    let sql = "select count(*) || ' ' || sum(amount) as rows from staging.m_list";
    table.run(&["query", sql, "--format", "csv"]).exits(1).prints(&["\n2995 2995\n"]);
    table.run(&["quarantine"]).prints(&["5 records;"]);
}

/// `from_json` makes NULL of what it cannot read; objects and lists are checked where a record is read with some.
#[test]
fn shipped_queries_read_strictly() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/staging");
    let mut wrong = Vec::new();
    for folder in std::fs::read_dir(&root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let sql = std::fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if sql.contains("from_json") || sql.contains("json_transform") {
                wrong.push(format!("{name}: strictly is strict, from_json is not"));
            }
            for read in sql.split("strictly(").skip(1) {
                let (of, rest) = read.split_once(", '{").unwrap();
                let spec: Value = serde_json::from_str(&format!("{{{}", rest.split('\'').next().unwrap())).unwrap();
                let (mut at, mut column) = ("$".to_owned(), of);
                let (mut objects, mut lists) = (Vec::new(), Vec::new());
                if let Some(member) = of.strip_prefix("json_extract(record, '$.").and_then(|of| of.strip_suffix("')")) {
                    (at, column) = (format!("$.{member}"), "record");
                    objects.push(at.clone());
                }
                let own = objects.len();
                places(&spec, &at, &mut objects, &mut lists);
                if objects.len() == own && lists.is_empty() {
                    continue;
                }
                let written = sql.split(&format!("has_shape({column}, [")).nth(1).unwrap_or_default();
                let (said, rest) = written.split_once("], [").unwrap_or_default();
                let said_lists = rest.split_once("])").unwrap_or_default().0;
                let set = |text: &str| -> BTreeSet<String> {
                    text.split(", ").filter(|place| !place.is_empty()).map(|place| place.replace('\'', "")).collect()
                };
                let wanted = (objects.into_iter().collect(), lists.into_iter().collect());
                if (set(said), set(said_lists)) != wanted {
                    wrong.push(format!("{name}: has_shape({column}, …) is to name {wanted:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The objects and lists below a place of a spec.
fn places(spec: &Value, at: &str, objects: &mut Vec<String>, lists: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match spec {
        Value::Object(members) => members.iter().map(|(name, inner)| (format!("{at}.{name}"), inner)).collect(),
        Value::Array(of) => of.iter().map(|inner| (format!("{at}[0]"), inner)).collect(),
        _ => return,
    };
    for (place, inner) in inner {
        match inner {
            Value::Object(_) => objects.push(place.clone()),
            Value::Array(_) => lists.push(place.clone()),
            _ => {}
        }
        // what is in the objects of a list is not looked into
        if !at.ends_with(']') && matches!(spec, Value::Object(_)) {
            places(inner, &place, objects, lists);
        }
    }
}
