//! Singer taps: what they say lands, what they must not do is survived, and none outlives us. Most are scripted
//! (`fixtures/singer/scripted.py`); one is a real one from PyPI.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bizreview::config::{Config, Secrets};
use bizreview::extract::{Manifest, Outcome, Progress, Request, StreamOutcome, pull};
use bizreview::ledger::Ledger;
use bizreview::warehouse::Warehouse;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};
use wiremock::matchers::{header, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::company::soon;
use crate::support::scratch::Scratch;

const NOW: &str = "2026-03-10T12:00:00Z";
const SECRET: &str = "sk_very_secret";
const SCRIPTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/singer/scripted.py");
/// The streams most tests read.
const ORDERS: &str = "[[streams]]\nname = \"orders\"\nwrite = \"merge\"\n";
const ITEMS: &str = "[[streams]]\nname = \"items\"\nwrite = \"append\"\noptional = true\n";
const SCHEMA: &str = "{\"type\":\"SCHEMA\",\"stream\":\"orders\",\"schema\":{},\"key_properties\":[\"id\"]}\n";

/// A company whose source `s` is a tap.
struct Company {
    folder: Scratch,
    /// Lines of `[tap]` besides the command, and everything after them.
    manifest: String,
    /// Lines of `[sources.s]` and what follows.
    source: String,
}

impl Company {
    fn new(test: &str, streams: &str) -> Company {
        let folder = Scratch::new(&format!("singer-{test}"));
        for name in ["manifests", "queries/staging/m", "queries/metrics/value"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        let steps = folder.join("steps").display().to_string();
        let source = format!(
            "manifest = \"m\"\ntoken = {{ env = \"TEST_TOKEN\" }}\n[sources.s.tap.config]\nsteps = {steps:?}\n"
        );
        let manifest = format!(
            "start_seconds = 20\nsilence_seconds = 20\nstop_seconds = 5\n\
             [tap.config]\ntoken = \"{{token}}\"\nbatch = \"{{batch}}\"\nstart_date = \"{{start}}\"\n{streams}"
        );
        Company { folder, manifest, source }
    }

    /// A company with one stream, whose tap does this.
    fn of_orders(test: &str, steps: &str) -> Company {
        let company = Company::new(test, ORDERS);
        company.steps(&format!("{SCHEMA}{steps}"));
        company
    }

    fn with(mut self, from: &str, to: &str) -> Company {
        assert!(self.manifest.contains(from), "{from}");
        self.manifest = self.manifest.replace(from, to);
        self
    }

    fn steps(&self, steps: &str) {
        std::fs::write(self.folder.join("steps"), steps).unwrap();
    }

    /// Writes the configuration, its path.
    fn write(&self) -> PathBuf {
        let head = format!("name = \"m\"\nkind = \"singer\"\n[tap]\ncommand = {SCRIPTED:?}\n");
        std::fs::write(self.folder.join("manifests/m.toml"), head + &self.manifest).unwrap();
        let text = format!(
            "[company]\nname = \"A\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"eur\"\n\
             [store]\npath = \"store\"\nmanifests = \"manifests\"\nqueries = \"queries\"\n\
             [teams.product]\nname = \"Product\"\n[sources.s]\n{}",
            self.source
        );
        let path = self.folder.join("bizreview.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&self.folder.join("store")).unwrap()
    }

    fn pull_as(&self, full: bool) -> Vec<StreamOutcome> {
        let config = Config::load(&self.write()).unwrap();
        let ledger = self.ledger();
        let secrets = Secrets::default().with("TEST_TOKEN", SECRET);
        let request = Request {
            config: &config,
            secrets: &secrets,
            ledger: &ledger,
            now: NOW.parse().unwrap(),
            sources: &[],
            full,
            first_page_only: false,
            progress: Progress::Quiet,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let outcomes = runtime.block_on(pull(&request)).unwrap();
        assert!(!format!("{outcomes:?}").contains(SECRET), "{outcomes:?}");
        assert!(!self.folder.join("store/landing/s/.tap").exists(), "what the tap was told is still there");
        outcomes
    }

    /// Pulls and expects that all goes well; how many rows.
    #[track_caller]
    fn pull(&self) -> u64 {
        let outcomes = self.pull_as(false);
        assert!(outcomes.iter().all(|o| o.result == Outcome::Ok), "{outcomes:?}");
        outcomes.iter().map(|o| o.rows).sum()
    }

    /// Pulls and expects that the first stream fails or is left out; why.
    #[track_caller]
    fn failure(&self) -> String {
        let outcomes = self.pull_as(false);
        match &outcomes[0].result {
            Outcome::Failed(why) | Outcome::Skipped(why) => why.clone(),
            Outcome::Ok => panic!("it went well: {outcomes:?}"),
        }
    }

    /// Records of a stream that the ledger lists, with their keys.
    fn landed(&self, stream: &str) -> Vec<(String, Value)> {
        let mut records = Vec::new();
        for batch in self.ledger().batches("m", stream).unwrap() {
            let reader =
                SerializedFileReader::new(std::fs::File::open(self.folder.join("store").join(&batch.path)).unwrap());
            for row in reader.unwrap().get_row_iter(None).unwrap() {
                let row = row.unwrap();
                let text = |at: usize| match row.get_column_iter().nth(at).unwrap().1 {
                    Field::Str(text) => text.clone(),
                    other => other.to_string(),
                };
                records.push((text(0), serde_json::from_str(&text(1)).unwrap()));
            }
        }
        records
    }

    fn keys(&self) -> Vec<String> {
        self.landed("orders").into_iter().map(|(key, _)| key).collect()
    }

    /// The tap's state as the next run gets it.
    fn state(&self) -> Value {
        let cursor = self.ledger().cursor("s", "*").unwrap();
        cursor.map_or(Value::Null, |text| serde_json::from_str::<Value>(&text).unwrap()["state"].clone())
    }

    fn set_aside(&self) -> Vec<String> {
        let set_aside = self.ledger().quarantined(100).unwrap();
        set_aside.into_iter().map(|q| format!("{} {} {}", q.stream, q.reason, q.key.unwrap_or_default())).collect()
    }

    /// What the tap was handed, run by run.
    fn handed(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.join("handed.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Rows of the staging table, which has `id` and `text` of an order.
    fn staged(&self) -> Vec<String> {
        let sql = "select source_name, record_key, extracted_at, batch, json_extract_string(record, '$.id') as id,\n\
                   json_extract_string(record, '$.total') as total from landing.m_orders\n";
        std::fs::write(self.folder.join("queries/staging/m/order.sql"), sql).unwrap();
        let config = Config::load(&self.write()).unwrap();
        let warehouse = Warehouse::open(&config.store(), "512MB", "a test", Duration::ZERO).unwrap();
        let catalog = warehouse.catalog(Some(&self.folder.join("queries"))).unwrap();
        let loaded =
            warehouse.load(&catalog, &self.ledger(), &[("s", "m")].into(), &BTreeSet::new(), i64::MAX).unwrap();
        assert!(loaded.failed.is_empty(), "{:?}", loaded.failed);
        let rows =
            warehouse.query("select id || ',' || total from staging.m_order order by id::int, total").unwrap().rows;
        rows.into_iter().map(|mut row| row.remove(0).unwrap_or_default()).collect()
    }

    fn pid(&self, name: &str) -> Option<u32> {
        std::fs::read_to_string(self.folder.join(name)).ok()?.parse().ok()
    }

    /// Whether a process that the tap wrote down is there, and is no zombie.
    fn is_alive(&self, name: &str) -> bool {
        let Some(pid) = self.pid(name) else { return false };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }
}

fn record(id: u32, total: &str) -> String {
    format!("{{\"type\":\"RECORD\",\"stream\":\"orders\",\"record\":{{\"id\":{id},\"total\":\"{total}\"}}}}\n")
}

fn versioned(id: u32, total: &str, version: u32) -> String {
    record(id, total).replace("}}\n", &format!("}},\"version\":{version}}}\n"))
}

fn activate(version: u32) -> String {
    format!("{{\"type\":\"ACTIVATE_VERSION\",\"stream\":\"orders\",\"version\":{version}}}\n")
}

fn state(at: u32) -> String {
    format!("{{\"type\":\"STATE\",\"value\":{{\"at\":{at}}}}}\n")
}

#[test]
fn one_run_feeds_several_streams_and_the_next_begins_with_its_state() {
    let company = Company::new("streams", &format!("{ORDERS}drop = [\"/email\"]\n{ITEMS}"));
    company.steps(&format!(
        "{SCHEMA}{}{{\"type\":\"SCHEMA\",\"stream\":\"items\",\"schema\":{{}},\"key_properties\":[\"order\",\"no/1\"]}}\n\
         {{\"type\":\"RECORD\",\"stream\":\"orders\",\"record\":{{\"id\":2,\"email\":\"a@b\",\"n\":12345678901234567890.10}},\
         \"time_extracted\":\"2026-01-01T00:00:00Z\"}}\n\
         {{\"type\":\"RECORD\",\"stream\":\"items\",\"record\":{{\"order\":1,\"no/1\":\"x\"}}}}\n{}",
        record(1, "1.50"),
        state(7)
    ));
    let outcomes = company.pull_as(false);
    let counts: Vec<_> = outcomes.iter().map(|o| (o.stream.as_str(), o.rows, o.result == Outcome::Ok)).collect();
    assert_eq!(counts, [("orders", 2, true), ("items", 1, true)]);
    assert_eq!(company.keys(), ["1", "2"]);
    let number = "{\"id\":2,\"n\":12345678901234567890.10}";
    assert_eq!(company.landed("orders")[1].1, serde_json::from_str::<Value>(number).unwrap());
    assert_eq!(company.landed("items")[0].0, "[\"1\",\"x\"]");
    assert_eq!(company.state(), json!({"at": 7}));
    company.pull();
    company.pull_as(true);
    let handed = company.handed();
    // each run is a discovery and the reading itself
    assert_eq!(
        handed.iter().map(|one| one["state"].clone()).collect::<Vec<_>>(),
        [json!(null), json!(null), json!(null), json!({"at": 7}), json!(null), json!(null)]
    );
    let catalog = &handed[1]["catalog"]["streams"];
    assert_eq!(catalog[0]["metadata"][0], json!({"breadcrumb": [], "metadata": {"selected": true}}));
    assert_eq!(handed[1]["config"]["token"], SECRET);
    assert_eq!(handed[1]["config"]["start_date"], "2024-03-09T12:00:00Z");
    assert_eq!(handed[1]["mode"], "0o600");
    assert!(!handed[1]["arguments"].to_string().contains(SECRET));
    let variables = handed[1]["variables"].to_string();
    assert!(variables.contains("\"PATH\"") && !variables.contains("CARGO"), "{variables}");
}

#[test]
fn a_tap_that_dies_halfway_keeps_what_it_brought_and_the_state_before() {
    let steps = format!(
        "{}{}{}{}!err it broke with {{token}}\n!exit 3\n",
        record(1, "1"),
        state(1),
        record(2, "2"),
        record(3, "3")
    );
    let company = Company::of_orders("dies", &steps);
    let why = company.failure();
    assert_eq!(
        why,
        "source s (m), stream orders: scripted.py ended with exit code 3; its last words: it broke with ***"
    );
    assert_eq!((company.keys(), company.state()), (vec!["1".into(), "2".into(), "3".into()], json!({"at": 1})));
    company.steps(&format!("{SCHEMA}{}{}", record(2, "two"), state(3)));
    assert_eq!(company.pull(), 1);
    assert_eq!(company.handed()[3]["state"], json!({"at": 1}));
    assert_eq!(company.staged(), ["1,1", "2,two", "3,3"]);
    company.steps("!err no state yet\n!exit 1\n");
    assert!(company.failure().contains("exit code 1"));
    assert_eq!(company.state(), json!({"at": 3}), "a run that fails at once forgets nothing");
}

#[test]
fn lines_that_are_no_message_are_counted_up_to_a_bound() {
    let garbage = "Traceback (most recent call last):\n!out secret {token}\n{\"progress\": 1}\n\n[1]\n\u{1b}[31mred\n";
    let steps = format!("{garbage}{}{{\"type\":\"METRIC\",\"value\":1}}\n{}", record(1, "1"), state(1));
    let company = Company::of_orders("garbage", &steps);
    assert_eq!(company.pull(), 1);
    let company =
        Company::of_orders("garbage-bound", &steps).with("stop_seconds = 5", "stop_seconds = 5\nstray_lines = 3");
    let why = company.failure();
    assert!(why.contains("more than 3 lines that are no message; the first: Traceback (most recent"), "{why}");
}

#[test]
fn records_that_cannot_be_read_are_set_aside_and_the_others_land() {
    let bad = [
        "{\"type\": \"RECORD\", \"stream\": \"orders\", \"record\": {\"id\": 5, \"x\": NaN}}\n",
        "!hex 7b2274797065223a225245434f5244222c2273747265616d223a226f7264657273222c227265636f7264223a7b226964223a36ff7d7d\n",
        "!hex 7b2274797065223a225245434f5244222c2273747265616d223a226f7264657273222c227265636f7264223a7b226964223a392c22746f74616c223a6e756c6c2c226e616d65223a224dfc6c6c6572227d7d\n",
        "!long 5000\n",
        "{\"type\":\"RECORD\",\"stream\":\"orders\",\"record\":[1]}\n",
        "{\"type\":\"RECORD\",\"stream\":\"orders\",\"record\":{\"no\":1}}\n",
        "{\"type\":\"RECORD\",\"stream\":\"orders\"}\n",
        "{\"type\":\"RECORD\",\"stream\":\"orders\",\"record\":{\"id\":8,\"total\":9}}\n",
    ];
    let company = Company::of_orders("set-aside", &format!("{}{}{}", record(1, "1"), bad.concat(), record(2, "2")))
        .with("write = \"merge\"\n", "write = \"merge\"\nrequired = { \"/total\" = \"string?\" }\n")
        .with("stop_seconds = 5", "stop_seconds = 5\nline_bytes = 2000");
    let outcomes = company.pull_as(false);
    assert_eq!((outcomes[0].rows, outcomes[0].quarantined, &outcomes[0].result), (2, 8, &Outcome::Ok));
    let reasons = company.set_aside().join("\n");
    assert!(reasons.contains("holds bytes that are not UTF-8; only reading it anew mends that 9"), "its key is known");
    for reason in
        ["NaN", "is not UTF-8", "longer than line_bytes", "is not an object", "has no key", "has no record", "a string"]
    {
        assert!(
            reasons.contains(reason) || reason == "NaN" && reasons.contains("is no message"),
            "{reason} in {reasons}"
        );
    }
    assert_eq!(company.keys(), ["1", "2"]);
}

#[test]
fn what_would_be_lost_is_an_error_and_the_tap_is_stopped() {
    for (test, steps, words) in [
        ("state", "{\"type\":\"STATE\",\"value\":{\"a\":\n!sleep 60\n", "a STATE that is no message"),
        ("stream", "{\"type\":\"RECORD\",\"record\":{}}\n!sleep 60\n", "a RECORD without stream"),
        (
            "parquet",
            "{\"type\":\"BATCH\",\"stream\":\"orders\",\"encoding\":{\"format\":\"parquet\"},\"manifest\":[]}\n!sleep 60\n",
            "format \"parquet\", where jsonl is understood",
        ),
    ] {
        let company = Company::of_orders(test, &format!("!pid\n{}{}{steps}", record(1, "1"), state(1)));
        let began = Instant::now();
        let why = company.failure();
        assert!(why.contains(words), "{why}");
        assert!(began.elapsed() < Duration::from_secs(20) && !company.is_alive("tap.pid"));
        assert_eq!(company.state(), json!({"at": 1}));
    }
    let company = Company::new("schema", ORDERS);
    company.steps(&record(1, "1"));
    assert!(company.failure().contains("stream orders: a RECORD came before its SCHEMA"));
}

#[test]
fn a_tap_that_does_not_go_on_is_ended_with_its_children() {
    for (test, silence, total, steps, words) in [
        ("silent", 0.5, 60, "!child\n!sleep 60\n", "said nothing for 0.5 seconds"),
        ("deaf", 0.5, 60, "!deaf\n!child\n!sleep 60\n", "said nothing for 0.5 seconds"),
        ("closed", 20.0, 6, "!child\n!close\n!sleep 60\n", "has not ended in 6 seconds"),
        ("endless", 20.0, 6, "!child\n!records 1 1000000000\n", "has not ended in 6 seconds"),
    ] {
        let company = Company::of_orders(test, &format!("!pid\n{}{}{steps}", record(1, "1"), state(1)))
            .with("silence_seconds = 20", &format!("silence_seconds = {silence:.1}"))
            .with("stop_seconds = 5", "stop_seconds = 0.5")
            .with("[tap.config]", &format!("[limits]\nstream_seconds = {total}\n[tap.config]"));
        let began = Instant::now();
        let why = company.failure();
        assert!(why.contains(words), "{why}");
        assert!(began.elapsed() < Duration::from_secs(25), "{test}: {:?}", began.elapsed());
        assert!(!company.is_alive("tap.pid"), "{test}");
        assert!(soon(5, || !company.is_alive("child.pid")), "{test}: its child is alive");
        assert_eq!((company.keys()[0].as_str(), company.state()), ("1", json!({"at": 1})));
    }
    let company = Company::new("start", ORDERS).with("start_seconds = 20", "start_seconds = 0.5");
    let company = company.with("[tap.config]", "catalog = \"none\"\n[tap.config]");
    company.steps("!sleep 60\n");
    assert!(company.failure().contains("said nothing in its first 0.5 seconds"));
}

#[test]
fn a_child_that_holds_the_output_of_an_ended_tap_does_not_hold_us() {
    let company = Company::of_orders("holder", &format!("{}{}!child\n", record(1, "1"), state(1)));
    let began = Instant::now();
    assert_eq!(company.pull(), 1);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(soon(5, || !company.is_alive("child.pid")), "its child is alive");
}

#[test]
fn a_log_of_any_length_holds_nothing_up_and_counts_as_life() {
    let steps = format!("!errs 30000\n{}!errs 30000\n{}", record(1, "1"), state(1));
    assert_eq!(Company::of_orders("talkative", &steps).pull(), 1);
    let steps = "!err a\n!sleep 0.7\n!err b\n!sleep 0.7\n!err c\n!sleep 0.7\n";
    let company = Company::of_orders("alive", &format!("{steps}{}", record(1, "1")));
    assert_eq!(company.with("silence_seconds = 20", "silence_seconds = 1.2").pull(), 1);
}

#[test]
fn a_tap_that_ends_without_a_word_is_told_of() {
    let company = Company::new("nothing", &format!("{ORDERS}{ITEMS}"));
    company.steps("");
    let outcomes = company.pull_as(false);
    let Outcome::Skipped(why) = &outcomes[0].result else { panic!("{outcomes:?}") };
    assert_eq!(why, "source s (m), stream orders: the tap ended well, but said nothing of this stream");
    assert_eq!(company.state(), Value::Null);
}

#[test]
fn state_is_stored_as_it_comes_even_if_it_goes_back() {
    let company = Company::of_orders("back", &format!("{}{}{}{}", record(1, "1"), state(9), record(2, "2"), state(4)));
    assert_eq!(company.pull(), 2);
    assert_eq!(company.state(), json!({"at": 4}));
}

#[test]
fn files_of_batches_are_read_from_our_folder_only_and_removed() {
    let batch = |file: &str, compression: &str| {
        format!(
            "{{\"type\":\"BATCH\",\"stream\":\"orders\",\"encoding\":{{\"format\":\"jsonl\",\"compression\":{compression}}},\
             \"manifest\":[\"{file}\"]}}\n"
        )
    };
    let steps = format!(
        "!write a.jsonl.gz {{\"id\":1}}|{{\"id\":2}}||{{\"id\":NaN}}\n!write b.jsonl {{\"id\":3}}\n{}{}{}",
        batch("file://{batch}/a.jsonl.gz", "\"gzip\""),
        batch("{batch}/b.jsonl", "null"),
        state(1)
    );
    let company = Company::of_orders("batch", &steps);
    let outcomes = company.pull_as(false);
    assert_eq!((outcomes[0].rows, outcomes[0].quarantined), (3, 1), "{outcomes:?}");
    assert_eq!(company.keys(), ["1", "2", "3"]);
    let outside = company.folder.join("outside.jsonl").display().to_string();
    for (file, words) in [
        (format!("file://{outside}"), "is outside"),
        ("file://{batch}/../config.json".to_owned(), "is outside"),
        ("s3://bucket/x".to_owned(), "only files in"),
        ("file://{batch}/none".to_owned(), "is not there"),
    ] {
        company.steps(&format!("{SCHEMA}!write {outside} {{\"id\":9}}\n{}", batch(&file, "null")));
        let why = company.failure();
        assert!(why.contains(words), "{file}: {why}");
    }
    assert!(Path::new(&outside).exists());
    company
        .steps(&format!("{SCHEMA}!write c.jsonl.gz {{\"id\":4}}\n{}", batch("file://{batch}/c.jsonl.gz", "\"zstd\"")));
    assert!(company.failure().contains("compressed with \"zstd\""));
}

#[test]
fn a_new_version_replaces_the_table_when_it_is_whole_and_not_before() {
    let table = |version: u32, totals: &[(u32, &str)]| -> String {
        totals.iter().map(|(id, total)| versioned(*id, total, version)).collect()
    };
    let company = Company::of_orders("versions", &(table(1, &[(1, "a"), (2, "b")]) + &activate(1) + &state(1)));
    company.pull();
    assert_eq!(company.staged(), ["1,a", "2,b"]);
    // half of the next table changes nothing, and its state is not kept
    company.steps(&format!("{SCHEMA}{}{}!exit 1\n", table(2, &[(2, "c")]), state(2)));
    assert!(company.failure().contains("exit code 1"));
    assert_eq!((company.staged(), company.state()), (vec!["1,a".into(), "2,b".into()], json!({"at": 1})));
    // the whole of it replaces the first; a record that comes twice stands once, and what follows is merged
    let whole = table(2, &[(2, "c"), (3, "d"), (2, "e")]) + &activate(2);
    company.steps(&format!("{SCHEMA}{whole}{}{}", versioned(4, "f", 2), state(2)));
    company.pull();
    assert_eq!((company.staged(), company.state()), (vec!["2,e".into(), "3,d".into(), "4,f".into()], json!({"at": 2})));
    // changes of the same version are merged
    company.steps(&format!("{SCHEMA}{}{}{}", activate(2), versioned(3, "g", 2), state(3)));
    company.pull();
    assert_eq!(company.staged(), ["2,e", "3,g", "4,f"]);
    // a version that is announced first takes effect at the end of the run; one that is never activated adds
    company.steps(&format!("{SCHEMA}{}{}{}", activate(3), versioned(7, "h", 3), state(4)));
    company.pull();
    assert_eq!(company.staged(), ["7,h"]);
    company.steps(&format!("{SCHEMA}{}{}", versioned(8, "i", 4), state(5)));
    company.pull();
    assert_eq!((company.staged(), company.state()), (vec!["7,h".into(), "8,i".into()], json!({"at": 5})));
    // an empty table is one, too
    company.steps(&format!("{SCHEMA}{}{}", activate(5), state(6)));
    company.pull();
    assert!(company.staged().is_empty());
}

#[test]
fn a_replaced_stream_is_landed_whole_or_not_at_all_and_only_when_it_differs() {
    let company = Company::new("replace", "[[streams]]\nname = \"orders\"\nwrite = \"replace\"\n");
    let bookmarks = "{\"type\":\"STATE\",\"value\":{\"bookmarks\":{\"orders\":{\"at\":1},\"other\":{\"at\":2}}}}\n";
    company.steps(&format!("{SCHEMA}{}{}{bookmarks}", record(1, "a"), record(2, "b")));
    assert_eq!(company.pull(), 2);
    assert_eq!(company.staged(), ["1,a", "2,b"]);
    assert_eq!(company.pull(), 0, "the same table is not landed again");
    assert_eq!(company.handed()[3]["state"], json!({"bookmarks": {"other": {"at": 2}}}));
    company.steps(&format!("{SCHEMA}{}{}!exit 1\n", record(3, "c"), state(1)));
    company.failure();
    assert_eq!(company.staged(), ["1,a", "2,b"]);
    company.steps(&format!("{SCHEMA}{}", record(3, "c")));
    assert_eq!(company.pull(), 1);
    assert_eq!(company.staged(), ["3,c"]);
    company.steps(SCHEMA);
    company.pull();
    assert!(company.staged().is_empty(), "an empty table is one, too");
    company.steps("");
    assert!(company.failure().contains("said nothing of this stream"));
}

#[test]
fn columns_may_change_in_the_middle_and_the_key_may_not() {
    let wider = SCHEMA.replace("\"schema\":{}", "\"schema\":{\"properties\":{\"new\":{}}}");
    let company = Company::of_orders("columns", &format!("{}{wider}{}", record(1, "1"), record(2, "2")));
    assert_eq!(company.pull(), 2);
    let other = SCHEMA.replace("[\"id\"]", "[\"id\",\"total\"]");
    company.steps(&other);
    let why = company.failure();
    assert!(why.contains("names the key [\"/id\", \"/total\"], where it was [\"/id\"]"), "{why}");
    let company = Company::of_orders("columns-key", &format!("{}{other}", record(1, "1")));
    assert!(company.failure().contains("the key changed within one run"));
    let company = Company::of_orders("columns-given", &format!("{}{other}{}", record(1, "1"), record(2, "2")))
        .with("write = \"merge\"", "write = \"merge\"\nkey = [\"/id\"]");
    assert_eq!(company.pull(), 2);
    let company = Company::new("keyless", ORDERS);
    company.steps(&SCHEMA.replace("[\"id\"]", "[]"));
    assert!(company.failure().contains("names no key_properties: give the stream a key"));
}

#[test]
fn streams_the_tap_has_not_are_named_and_the_others_read() {
    let streams = format!(
        "{ORDERS}tap = {{ stream = \"public-orders\" }}\n{ITEMS}[[streams]]\nname = \"itms\"\nwrite = \"merge\"\n"
    );
    let mut company = Company::new("absent", &streams);
    company.source += "has = [\"public-orders\", \"other\", \"itmz\"]\n";
    let text = format!("{SCHEMA}{}{}", record(1, "1"), state(1)).replace("\"orders\"", "\"public-orders\"");
    company.steps(&(text.clone() + &text.replace("public-orders", "other")));
    let outcomes = company.pull_as(false);
    assert_eq!((outcomes[0].rows, &outcomes[0].result), (1, &Outcome::Ok));
    assert!(matches!(&outcomes[1].result, Outcome::Skipped(why) if why.contains("the tap has no stream \"items\"")));
    let Outcome::Failed(why) = &outcomes[2].result else { panic!("{outcomes:?}") };
    assert_eq!(why, "source s (m), stream itms: the tap has no stream \"itms\"; did you mean itmz?");
    let selected: Vec<Value> = company.handed()[1]["catalog"]["streams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stream| stream["metadata"][0]["metadata"]["selected"].clone())
        .collect();
    assert_eq!(selected, [true, false, false]);
}

#[test]
fn the_oldest_taps_get_properties_and_those_without_discovery_no_catalogue() {
    let company = Company::of_orders("properties", &record(1, "1"));
    let company = company.with("[tap.config]", "catalog = \"properties\"\n[tap.config]");
    assert_eq!(company.pull(), 1);
    let handed = company.handed();
    assert!(handed[1]["arguments"].to_string().contains("--properties"));
    assert_eq!(handed[1]["catalog"]["streams"][0]["schema"]["selected"], true);
    assert_eq!(handed[1]["catalog"]["streams"][1]["schema"]["selected"], false);
    let company = Company::of_orders("bare", &record(1, "1"));
    let company = company.with("[tap.config]", "args = [\"-v\"]\ncatalog = \"none\"\n[tap.config]");
    assert_eq!(company.pull(), 1);
    assert_eq!(company.handed().len(), 1);
    let arguments = company.handed()[0]["arguments"].as_array().unwrap().len();
    assert_eq!(arguments, 3, "-v --config FILE");
}

#[test]
fn manifests_that_cannot_be_meant_are_refused() {
    let parse = |text: &str| Manifest::parse(text, "m.toml").map(|_| ()).map_err(|error| format!("{error:#}"));
    let head = "name = \"m\"\nkind = \"singer\"\n[tap]\ncommand = \"tap\"\n";
    assert_eq!(parse(&format!("{head}{ORDERS}")), Ok(()));
    for (text, words) in [
        (format!("name = \"m\"\nkind = \"singer\"\n{ORDERS}"), "needs a [tap]"),
        (format!("name = \"m\"\n[tap]\ncommand = \"tap\"\n{ORDERS}"), "needs kind = \"singer\""),
        (format!("{head}command_line = 1\n{ORDERS}"), "unknown field `command_line`"),
        (format!("{head}silence_seconds = 0\n{ORDERS}"), "silence_seconds must be above zero"),
        (format!("{head}[tap.config]\napi_token = \"abc\"\n{ORDERS}"), "a manifest holds no secret"),
        (format!("{head}{ORDERS}path = \"/x\"\n"), "path has no meaning here"),
        (format!("{head}{}", ORDERS.replace("merge", "versions")), "kept by merge, append or replace"),
        (format!("{head}{ORDERS}key = [\"id\"]\n"), "it starts with /"),
        (
            format!("{head}{ORDERS}{}", ORDERS.replace("orders", "o") + "tap = { stream = \"orders\" }\n"),
            "is there twice",
        ),
        (format!("{head}{ORDERS}tap = {{ replication = \"incremental\" }}\n"), "needs a replication_key"),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn the_reference_manifest_shows_every_word_and_is_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/reference/singer.toml");
    let text = std::fs::read_to_string(path).unwrap();
    Manifest::parse(&text, "singer.toml").unwrap();
    // where none is near, the parser names the words it knows
    const WRONG: &str = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1";
    for (table, place) in [("[tap]\n", format!("[tap]\n{WRONG}\n")), ("tap = { ", format!("tap = {{ {WRONG}, "))] {
        let error = format!("{:#}", Manifest::parse(&text.replacen(table, &place, 1), "singer.toml").unwrap_err());
        let (_, words) = error.split_once("known: ").expect("the known words");
        let words = words.lines().next().unwrap_or_default().trim_end_matches(')');
        assert!(words.contains(", "), "{error}");
        for word in words.split(", ") {
            assert!(
                text.contains(&format!("{word} =")) || text.contains(&format!("[tap.{word}]")),
                "{word} is not shown"
            );
        }
    }
}

/// The binary as somebody runs it, with the secret in its environment.
fn command(config: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bizreview"));
    command.arg("--config").arg(config).args(["--now", NOW]).args(args).env("TEST_TOKEN", SECRET);
    command.env_remove("BIZREVIEW_NOW").env_remove("BIZREVIEW_CONFIG").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains(SECRET), "{text}");
    (output.status.code(), text)
}

#[test]
fn check_refuses_what_cannot_run_and_online_says_what_the_tap_has() {
    let mut company = Company::new("check", &format!("{ORDERS}{ITEMS}"));
    company.source += "has = [\"orders\"]\n";
    company.steps("");
    let (_, text) = said(&mut command(&company.write(), &["check", "--online"]));
    assert!(text.contains("every source answers") && !text.contains("error: sources"), "{text}");
    company.source = company.source.replace("has = [\"orders\"]", "has = [\"ordres\"]");
    let (code, text) = said(&mut command(&company.write(), &["check", "--online"]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("the tap has no stream \"orders\"; did you mean ordres?"), "{text}");
    for (lines, words) in [
        (
            "[sources.s.tap]\ncommand = \"tap-that-is-not-there\"\n",
            "tap-that-is-not-there is not on the PATH: install it",
        ),
        ("[sources.s.tap]\ncommand = \"bin/tap\"\n", "bin/tap is not there"),
        (
            "[sources.s.tap.config]\nmore = { env = \"NOT_SET_ANYWHERE\" }\n",
            "set the environment variable NOT_SET_ANYWHERE",
        ),
        ("[sources.s.tap.config]\nclient_secret = \"abc\"\n", "client_secret: a secret is named, not written here"),
    ] {
        company.source = format!("manifest = \"m\"\ntoken = {{ env = \"TEST_TOKEN\" }}\n{lines}");
        let (code, text) = said(&mut command(&company.write(), &["check"]));
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn whoever_ends_a_pull_ends_its_tap() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let company = Company::of_orders(&format!("ended{code}"), "!pid\n!child\n!sleep 60\n");
        let mut pull = command(&company.write(), &["pull"]).spawn().unwrap();
        assert!(soon(30, || company.is_alive("child.pid")), "the tap did not start");
        assert!(Command::new("kill").args([signal, &pull.id().to_string()]).status().unwrap().success());
        assert_eq!(pull.wait().unwrap().code(), Some(code));
        assert!(soon(5, || !company.is_alive("tap.pid") && !company.is_alive("child.pid")), "it outlived us");
        assert!(!company.folder.join("store/landing/s/.tap").exists(), "its configuration is still there");
    }
}

#[test]
fn a_pull_that_is_killed_loses_and_doubles_nothing() {
    let company = Company::of_orders("killed", "!pid\n!slow 400\n");
    let company = company.with("[tap.config]", "[limits]\nfile_rows = 20\n[tap.config]");
    let config = company.write();
    for rows in [20_u32, 150, 260] {
        let mut pull = command(&config, &["pull"]).spawn().unwrap();
        let landed = || company.keys().iter().filter_map(|key| key.parse::<u32>().ok()).max().unwrap_or_default();
        assert!(soon(60, || landed() >= rows), "it did not come so far");
        pull.kill().unwrap();
        pull.wait().unwrap();
        // without a reader the tap ends by itself
        assert!(soon(10, || !company.is_alive("tap.pid")));
        assert!(
            company.state()["at"].as_u64().unwrap() <= u64::from(landed()),
            "the state is never ahead of the records"
        );
    }
    let (code, text) = said(&mut command(&config, &["pull"]));
    assert_eq!(code, Some(0), "{text}");
    let mut keys: Vec<u32> = company.keys().iter().map(|key| key.parse().unwrap()).collect();
    keys.sort_unstable();
    let landed = keys.len();
    keys.dedup();
    assert_eq!(keys, (1..=400).collect::<Vec<u32>>());
    assert_eq!(company.staged().len(), 400);
    assert!(landed <= 400 + 3 * 40, "{landed} records: it began anew");
    let states = company.handed().into_iter().map(|one| one["state"]["at"].as_u64());
    let resumed: Vec<u64> = states.flatten().collect();
    assert!(resumed.is_sorted() && resumed.len() == 3, "{resumed:?}");
}

#[test]
fn from_a_tap_to_a_metric_of_ones_own() {
    let company = Company::of_orders("metric", &format!("{}{}{}", record(1, "1.50"), record(2, "2.25"), state(1)));
    std::fs::write(
        company.folder.join("queries/staging/m/order.sql"),
        "select source_name, record_key, extracted_at, batch, json_extract_string(record, '$.id') as order_id,\n\
         cast(json_extract_string(record, '$.total') as decimal(18, 2)) as total from landing.m_orders\n",
    )
    .unwrap();
    std::fs::write(
        company.folder.join("queries/metrics/value/shop_orders.sql"),
        "-- metric: shop_orders\n-- title: Orders of the shop\n-- team: product\n-- dimension: value\n-- kind: driver\n\
         -- unit: number\n-- better: higher\n-- shape: sum\n-- definition: What the shop took in, summed.\n\
         select period.period_id, cast(null as varchar) as account_id, staged.order_id as entity_id, staged.total as value\n\
         from staging.m_order as staged join period on true\n",
    )
    .unwrap();
    let config = company.write();
    for (args, words) in [(&["pull"][..], "2"), (&["values", "shop_orders", "--format", "csv"], "3.75")] {
        let (code, text) = said(&mut command(&config, args));
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

/// Where the programs of tests/peers are; nothing where they are not installed and need not be.
fn peer(name: &str) -> Option<PathBuf> {
    let venv = std::env::var_os("BIZREVIEW_PEERS_VENV").map(PathBuf::from).or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        Some(cache.join("bizreview/peers"))
    });
    let found = venv.map(|venv| venv.join("bin").join(name)).filter(|path| path.is_file());
    let is_required = std::env::var("BIZREVIEW_PEERS").is_ok_and(|value| value == "required");
    assert!(found.is_some() || !is_required, "{name} is not installed: see .ci/run");
    if found.is_none() {
        println!("skipped: {name} of tests/peers/requirements.txt is not installed");
    }
    found
}

/// A tap that others wrote, with the SDK that most taps are written with: it discovers, reads, keeps its bookmark, and writes
/// its records into files when it is told to.
#[test]
fn a_real_tap_reads_an_api_and_goes_on_from_its_own_bookmark() {
    let Some(tap) = peer("tap-rest-api-msdk") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(MockServer::start());
    let orders = |from: u32| {
        let orders: Vec<Value> = (from..=3)
            .map(|n| json!({"id": n, "total": format!("{n}.50"), "at": format!("2026-01-0{n}T00:00:00Z")}))
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({"data": orders}))
    };
    let asked = |matcher: wiremock::MockBuilder, from| {
        matcher.and(header("X-Key", SECRET)).respond_with(orders(from)).mount(&server)
    };
    runtime.block_on(asked(Mock::given(path("/orders")).and(query_param_is_missing("since")), 1));
    runtime.block_on(asked(Mock::given(path("/orders")).and(query_param("since", "2026-01-03T00:00:00Z")), 3));
    for batches in [false, true] {
        let mut company = Company::new(if batches { "real-batch" } else { "real" }, "");
        company.manifest = format!(
            "[tap.config]\napi_url = \"{{url}}\"\nheaders = {{ X-Key = \"{{token}}\" }}\n{}\
             [[tap.config.streams]]\nname = \"Orders\"\npath = \"/orders\"\nrecords_path = \"$.data[*]\"\nprimary_keys = [\"id\"]\n\
             replication_key = \"at\"\nsource_search_field = \"since\"\nsource_search_query = \"$last_run_date\"\n\
             [settings]\nurl = {{ about = \"the API's address\" }}\n{ORDERS}tap = {{ stream = \"Orders\" }}\n",
            if batches {
                "batch_config = { encoding = { format = \"jsonl\", compression = \"gzip\" }, storage = { root = \"file://{batch}\" } }\n"
            } else {
                ""
            }
        );
        company.source = format!(
            "manifest = \"m\"\ntoken = {{ env = \"TEST_TOKEN\" }}\nsettings = {{ url = \"{}\" }}\n[sources.s.tap]\ncommand = {:?}\n",
            server.uri(),
            tap.display().to_string()
        );
        let (code, text) = said(&mut command(&company.write(), &["check", "--online"]));
        assert!(text.contains("every source answers"), "{code:?}: {text}");
        assert_eq!(company.pull(), 3);
        assert_eq!(company.keys(), ["1", "2", "3"]);
        assert_eq!(company.landed("orders")[0].1, json!({"id": 1, "total": "1.50", "at": "2026-01-01T00:00:00Z"}));
        assert_eq!(company.state()["bookmarks"]["Orders"]["replication_key_value"], "2026-01-03T00:00:00Z");
        assert_eq!(company.pull(), 1, "only the last one comes again");
        assert_eq!(company.staged(), ["1,1.50", "2,2.50", "3,3.50"]);
        company.source = company.source.replace("TEST_TOKEN", "TEST_WRONG");
        let secrets_of_others = company.failure();
        assert!(secrets_of_others.contains("set the environment variable TEST_WRONG"), "{secrets_of_others}");
    }
}
