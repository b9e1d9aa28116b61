//! Small landing files that were joined hold the same records, known by the same batches: a load, a replay and an erasure see no
//! difference. And whatever is loaded bit by bit is what a rebuild makes of it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bizreview::config::{Config, Secrets};
use bizreview::deliver::Stop;
use bizreview::extract::erase::{Fate, keep_out, rewrite};
use bizreview::extract::join::join;
use bizreview::ledger::Ledger;
use bizreview::ledger::pulls::{Batch, Commit, NewBatch};
use bizreview::pipeline::{Environment, housekeep};
use bizreview::warehouse::{Lock, Warehouse};

use crate::support::lone::Lone;
use crate::support::scratch::Scratch;
use crate::support::wire::{Reply, Wire};

const STREAMS: [(&str, &str); 3] = [("customers", "merge"), ("subscriptions", "versions"), ("events", "append")];
const TABLES: [&str; 2] = ["staging.stripe_customer", "staging.stripe_subscription"];

/// The record of a stream that has this number, as it is at that time; two of three keys come again.
fn record(stream: &str, number: i64, time: i64) -> (String, String) {
    let key = number % 3 + time % 2;
    match stream {
        // gone since
        "customers" if (number, time) == (1, 11) => {
            ("cus_2".into(), r#"{"id":"cus_2","object":"customer","deleted":true}"#.into())
        }
        "customers" => (
            format!("cus_{key}"),
            format!(
                r#"{{"id":"cus_{key}","object":"customer","created":{time},"name":"of pull {time}","metadata":{{}}}}"#
            ),
        ),
        "subscriptions" => (format!("sub_{key}"), subscription(key, time)),
        _ => (
            format!("evt_{time}_{number}"),
            format!(
                r#"{{"id":"evt_{time}_{number}","type":"customer.subscription.updated","created":{},"data":{{"object":{}}}}}"#,
                1000 + time,
                subscription(key, time)
            ),
        ),
    }
}

fn subscription(key: i64, time: i64) -> String {
    format!(
        r#"{{"id":"sub_{key}","customer":"cus_{key}","status":"active","currency":"usd","created":1,"items":{{"data":[{{"id":"si_{key}","quantity":{time},"price":{{"id":"p","currency":"usd","unit_amount":1000,"unit_amount_decimal":"1000.25"}}}}],"has_more":false}}}}"#
    )
}

/// One pull of all streams.
fn pull(store: &Path, ledger: &Ledger, time: i64) {
    let db = duckdb::Connection::open_in_memory().unwrap();
    for (stream, write_mode) in STREAMS {
        let at = format!("2026-11-01T{time:02}:00:00Z");
        let pull_id = ledger.start_pull("billing", stream, &at).unwrap();
        let folder = format!("landing/billing/{stream}");
        std::fs::create_dir_all(store.join(&folder)).unwrap();
        let path = format!("{folder}/{pull_id}-0.parquet");
        let values: Vec<String> = (0..4)
            .map(|number| {
                let (key, record) = record(stream, number, time);
                format!("('{key}', '{record}', {number})")
            })
            .collect();
        db.execute_batch(&format!(
            "copy (select key, record, timestamp '2026-11-01 {time:02}:00:00' as extracted_at, seq::bigint as seq
               from (values {}) as landed (key, record, seq)) to '{}' (format parquet, compression zstd)",
            values.join(", "),
            store.join(&path).display()
        ))
        .unwrap();
        let sha256 = bizreview::extract::file_hash(&store.join(&path)).unwrap();
        let commit = Commit {
            pull_id,
            source: "billing",
            manifest: "stripe",
            stream,
            write_mode,
            extracted_at: &at,
            batches: &[NewBatch { path, rows: 4, sha256, window_from: None, window_to: None }],
            cursor: None,
            quarantined: &[],
        };
        ledger.commit_batches(&commit).unwrap();
        ledger.finish_pull(pull_id, &at, 4, 1, "ok", None).unwrap();
    }
}

fn load(warehouse: &Warehouse, ledger: &Ledger, last_batch: i64) -> Vec<Vec<Vec<Option<String>>>> {
    let catalog = warehouse.catalog(None).unwrap();
    let sources = BTreeMap::from([("billing", "stripe")]);
    let loaded = warehouse.load(&catalog, ledger, &sources, &BTreeSet::new(), last_batch).unwrap();
    assert!(loaded.failed.is_empty(), "{:?}", loaded.failed);
    let rows = |table| warehouse.query(&format!("select * from {table} order by all")).unwrap().rows;
    TABLES.map(rows).into()
}

/// What a replay of an edition that knew so much would see.
fn replayed(store: &Path, ledger: &Ledger, last_batch: i64) -> Vec<Vec<Vec<Option<String>>>> {
    load(&Warehouse::scratch(store, "200MB").unwrap(), ledger, last_batch)
}

fn environment(store: &Path, ledger: &Arc<Ledger>) -> Environment {
    let text = format!(
        "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = '{}'\n\
         [sources.billing]\nmanifest = 'stripe'\ntoken = {{ env = 'NONE' }}\n",
        store.display()
    );
    Environment {
        config: Arc::new(Config::parse(&text, store).unwrap()),
        secrets: Secrets::default(),
        ledger: Arc::clone(ledger),
        now: "2026-11-02T00:00:00Z".parse().unwrap(),
        who: "a test".into(),
        patience: Duration::ZERO,
        stop: Stop::default(),
    }
}

fn batches(ledger: &Ledger) -> Vec<Batch> {
    STREAMS.iter().flat_map(|(stream, _)| ledger.batches("stripe", stream).unwrap()).collect()
}

#[test]
fn joined_files_are_loaded_and_replayed_as_their_batches_were() {
    let store = Scratch::new("joined");
    let ledger = Arc::new(Ledger::open(&store).unwrap());
    let open = || Warehouse::open(&store, "200MB", "a test", Duration::ZERO).unwrap();
    for time in 1..=10 {
        pull(&store, &ledger, time);
        if time % 4 == 0 {
            load(&open(), &ledger, i64::MAX);
        }
    }
    let before = batches(&ledger);
    let known = [15, i64::MAX].map(|last| replayed(&store, &ledger, last));
    housekeep(&environment(&store, &ledger)).unwrap();
    let after = batches(&ledger);
    let files: BTreeSet<&str> = after.iter().map(|batch| batch.path.as_str()).collect();
    assert_eq!(files.len(), 3, "one of each stream: {files:?}");
    let tale = |batch: &Batch| (batch.batch_id, batch.pull_id, batch.extracted_at.clone(), batch.rows);
    assert_eq!(before.iter().map(tale).collect::<Vec<_>>(), after.iter().map(tale).collect::<Vec<_>>());
    assert_eq!(crate::support::inspect::landing(&store), Vec::<String>::new());
    for (last, known) in [15, i64::MAX].into_iter().zip(&known) {
        assert_eq!(&replayed(&store, &ledger, last), known, "up to batch {last}");
    }
    // bit by bit, across the join, it is the same as at once
    pull(&store, &ledger, 11);
    let bit_by_bit = load(&open(), &ledger, i64::MAX);
    assert_eq!(bit_by_bit, replayed(&store, &ledger, i64::MAX));
    let has = |row: &[Option<String>], text: &str| row.iter().flatten().any(|cell| cell == text);
    assert!(
        bit_by_bit[0].iter().any(|row| has(row, "cus_2") && has(row, "of pull 10")),
        "what was known of a deleted one stays: {:?}",
        bit_by_bit[0]
    );
    assert_eq!(bit_by_bit[1].len(), 2 * 11 * 4, "every version is there, as listed and as each event showed it");
}

#[test]
fn who_is_left_out_of_a_joined_file_is_left_out_of_each_of_its_batches() {
    let store = Scratch::new("joined-erased");
    let ledger = Arc::new(Ledger::open(&store).unwrap());
    (1..=8).for_each(|time| pull(&store, &ledger, time));
    housekeep(&environment(&store, &ledger)).unwrap();
    let from = ledger.batches("stripe", "customers").unwrap().remove(0).path;
    let to = from.replace(".parquet", "-e1.parquet");
    let fate = |key: &str, _: &str| if key == "cus_1" { Fate::Drop } else { Fate::Keep };
    let new = rewrite(&store.join(&from), &store.join(&to), fate).unwrap();
    ledger.replace_file(&from, &to, &new.rows_of, &new.sha256).unwrap();
    std::fs::remove_file(store.join(&from)).unwrap();
    let left = ledger.batches("stripe", "customers").unwrap();
    assert!(left.iter().all(|batch| batch.path == to && batch.is_joined && batch.rows < 4), "{left:?}");
    assert_eq!(left.iter().map(|batch| batch.rows).sum::<u64>(), new.rows);
    let rows = &replayed(&store, &ledger, i64::MAX)[0];
    assert!(!rows.is_empty() && rows.iter().flatten().flatten().all(|cell| cell != "cus_1"), "{rows:?}");
}

fn joined_files(ledger: &Ledger) -> usize {
    let batches = batches(ledger);
    batches.iter().filter(|batch| batch.is_joined).map(|batch| &batch.path).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_load_goes_on_between_one_file_and_the_next() {
    let store = Scratch::new("joined-beside");
    let ledger = Arc::new(Ledger::open(&store).unwrap());
    (1..=8).for_each(|time| pull(&store, &ledger, time));
    let known = replayed(&store, &ledger, i64::MAX);
    // many records take their time
    let db = duckdb::Connection::open_in_memory().unwrap();
    for batch in batches(&ledger).iter().filter(|batch| batch.stream != "customers") {
        let path = store.join(&batch.path);
        let many = store.join("many.parquet");
        db.execute_batch(&format!(
            "copy (select file.* from read_parquet('{}') as file, range(1500)) to '{}' (format parquet, compression zstd)",
            path.display(),
            many.display()
        ))
        .unwrap();
        std::fs::rename(&many, &path).unwrap();
    }
    let mut beside = environment(&store, &ledger);
    beside.patience = Duration::from_secs(5);
    let cleaning = std::thread::spawn(move || housekeep(&beside).map(drop));
    let mut between = BTreeSet::new();
    while !cleaning.is_finished() {
        if let Ok(lock) = Lock::take(&store.join("warehouse.lock"), "the warehouse", "a test", Duration::ZERO) {
            between.insert(joined_files(&ledger));
            drop(lock);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    cleaning.join().unwrap().unwrap();
    assert_eq!(joined_files(&ledger), 3);
    assert!(between.contains(&1) && between.contains(&2), "{between:?}");
    assert_eq!(replayed(&store, &ledger, i64::MAX)[0], known[0]);
}

#[test]
fn what_somebody_is_at_work_on_is_left_as_it_is() {
    let store = Scratch::new("joined-busy");
    let ledger = Arc::new(Ledger::open(&store).unwrap());
    (1..=8).for_each(|time| pull(&store, &ledger, time));
    let before = batches(&ledger);
    let pulling = keep_out(&store, ["billing"]).unwrap();
    housekeep(&environment(&store, &ledger)).unwrap();
    drop(pulling);
    let loading = Lock::take(&store.join("warehouse.lock"), "the warehouse", "a test", Duration::ZERO).unwrap();
    housekeep(&environment(&store, &ledger)).unwrap();
    drop(loading);
    assert_eq!(batches(&ledger), before);
    assert_eq!(crate::support::inspect::landing(&store), Vec::<String>::new());
    housekeep(&environment(&store, &ledger)).unwrap();
    assert_eq!(joined_files(&ledger), 3);
}

#[test]
fn a_pull_that_begins_and_ends_while_files_are_joined_takes_nothing_from_them() {
    let wire = Wire::serve(|asked| Reply::json(format!("[{{\"id\":{}}}]", asked.nth)));
    let manifest = "[[streams]]\nname = \"list\"\npath = \"/list\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let lone = Lone::new(&wire.url(), "", manifest);
    (0..2).for_each(|_| drop(lone.pull()));
    let store = lone.folder.join("store");
    let batches = lone.ledger().batches("m", "list").unwrap();
    let parts: Vec<(i64, &str)> = batches.iter().map(|batch| (batch.batch_id, batch.path.as_str())).collect();
    let to = "landing/s/list/joined-1-2.parquet";
    let joined = join(&store, &parts, to).unwrap();
    assert_eq!(lone.pull().rows, 1);
    joined.take_name().unwrap();
    assert_eq!(bizreview::extract::file_hash(&store.join(to)).unwrap(), joined.sha256);
}

/// Whatever a crash leaves is written over, or is beside what is listed and read by nobody.
#[test]
fn a_kill_at_any_moment_of_joining_loses_nothing() {
    let store = Scratch::new("joined-killed");
    let ledger = Arc::new(Ledger::open(&store).unwrap());
    let text = format!(
        "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = '{}'\n",
        store.display()
    );
    std::fs::write(store.join("bizreview.toml"), text).unwrap();
    let mut time = 0;
    for delay in [5, 15, 30, 60, 100, 150] {
        for _ in 0..8 {
            time += 1;
            pull(&store, &ledger, time % 24);
        }
        let known = replayed(&store, &ledger, i64::MAX);
        let mut clean =
            crate::support::store::command(&store.join("bizreview.toml"), "2026-11-02T00:00:00Z", &["clean"]);
        let mut clean = clean.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        clean.kill().unwrap();
        clean.wait().unwrap();
        let faults = crate::support::inspect::landing(&store);
        assert!(faults.iter().all(|fault| fault.ends_with("is listed nowhere")), "{delay}: {faults:?}");
        assert_eq!(replayed(&store, &ledger, i64::MAX), known, "killed after {delay} ms");
    }
    housekeep(&environment(&store, &ledger)).unwrap();
    assert_eq!(joined_files(&ledger), 3);
}
