//! How fast records come from an API into typed tables, and what a pull costs when much is stored and little is new.
//!
//! `cargo bench --bench extract` for the table (a number: so many records, 200 000 unless given; `first` or `history`: only that part).
//! Subscriptions in the API's wire format, 1.7 kB with 1.15 items each, come in pages of 100 from a server of this process, made
//! beforehand. Every phase is a process of its own, so that its peak of memory is its own. The floor is what nobody can do
//! without: asking for the same pages and doing nothing with them, and `read_json` of the same records as lines. Of three rounds,
//! each with a store of its own, every phase's fastest counts, the floor's as well: what else a machine does only ever slows one.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark fails by panicking and prints its table")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bizreview::cli;
use bizreview::config::{Config, Secrets};
use bizreview::deliver::Stop;
use bizreview::extract::{self, Outcome, Progress};
use bizreview::ledger::Ledger;
use bizreview::ledger::pulls::{Commit, NewBatch};
use bizreview::pipeline::{Environment, housekeep};
use bizreview::sandbox::bench::{Bench as Server, PAGE, id, record};
use bizreview::warehouse::Warehouse;
use bizreview::warehouse::ast::Reads;
use bizreview::warehouse::catalog::{Layer, Query};

const NOW: &str = "2026-11-16T09:00:00Z";
const MEMORY: &str = "150MB";
const ROUNDS: usize = 3;
const SOURCES: [(&str, &str); 1] = [("billing", "stripe")];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let Some((phase, rest)) = arguments.split_first().filter(|(name, _)| name.starts_with('@')) {
        return phases(phase, rest);
    }
    let records = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(200_000_usize);
    let is_only = |part: &str| arguments.iter().any(|a| a == part);
    if !is_only("history") {
        first_pull(records);
    }
    if !is_only("first") {
        histories();
    }
}

/// What a phase took: seconds, of these in the CPU, and the peak of its memory in MB.
struct Took {
    seconds: f64,
    cpu: f64,
    peak: f64,
}

fn first_pull(records: usize) {
    let server = Server::start(records, 0).unwrap();
    let folder = folder("first");
    let stores: Vec<PathBuf> = (0..ROUNDS).map(|round| folder.join(format!("store{round}"))).collect();
    let merged: Vec<PathBuf> = (0..ROUNDS).map(|round| folder.join(format!("merged{round}"))).collect();
    let nowhere = vec![folder.clone(); ROUNDS];
    std::fs::write(folder.join("lines.json"), server.lines()).unwrap();
    println!("{records} records of {} bytes, {:.2} items each\n", server.bytes() / records, 1.15);
    println!("{:<44} {:>8} {:>8} {:>11} {:>8}", "", "s", "CPU s", "records/s", "peak MB");
    let print = |name: &str, took: &Took| {
        let rate = records as f64 / took.seconds;
        println!("{name:<44} {:>8.2} {:>8.2} {rate:>11.0} {:>8.0}", took.seconds, took.cpu, took.peak);
    };
    let sum =
        |a: &Took, b: &Took| Took { seconds: a.seconds + b.seconds, cpu: a.cpu + b.cpu, peak: a.peak.max(b.peak) };
    let fastest = |phase: &str, stores: &[PathBuf]| {
        let rounds: Vec<Took> = stores.iter().map(|store| phase_of(phase, store, &server, records)).collect();
        let fastest = rounds.iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds)).unwrap();
        Took { peak: rounds.iter().map(|took| took.peak).fold(0.0, f64::max), ..*fastest }
    };
    let run = |phase: &str, stores: &[PathBuf]| {
        let took = fastest(phase, stores);
        print(phase.trim_start_matches('@'), &took);
        took
    };
    let fetch = run("@fetch: every page, nothing done with it", &nowhere);
    let read = run("@read_json of the same records as lines", &nowhere);
    let floor = sum(&fetch, &read);
    print("the floor", &floor);
    let made = fastest("@prepare", &stores);
    let what = "an empty warehouse with all tables, once";
    println!("{what:<44} {:>8.2} {:>8.2} {:>11} {:>8.0}", made.seconds, made.cpu, "", made.peak);
    let pull = run("@pull: to landing files and cursor", &stores);
    let load = run("@load: to typed tables, items as rows", &stores);
    let total = sum(&pull, &load);
    print("pull and load", &total);
    println!("{:<44} {:>7.0} %", "of the floor", 100.0 * floor.seconds / total.seconds);
    run("@pull again and load: nothing new", &stores);
    for store in &merged {
        manifest_that_merges(store);
        phase_of("@pull", store, &server, records);
        phase_of("@load", store, &server, records);
    }
    let pull = run("@full pull: every record again", &merged);
    let load = run("@load: every row replaced by its key", &merged);
    print("merge of all rows again", &sum(&pull, &load));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A pull that finds 100 changes, with ever more stored.
fn histories() {
    const EACH: usize = 100;
    println!("\n100 changed records, with so much stored before (batches of {EACH} records in one stream):");
    println!("{:>8} {:>10} {:>10} {:>10} {:>12} {:>8}", "batches", "records", "pull ms", "load ms", "peak MB", "");
    let server = Server::start(100_000, 0).unwrap();
    for times in [1, 10, 50] {
        let folder = folder(&format!("history-{times}"));
        let store = folder.join("store");
        let batches = 100 * times;
        phase_of("@history", &store, &server, batches);
        let report = |when: &str| {
            server.change(100);
            let pull = phase_of("@changed", &store, &server, 100);
            let load = phase_of("@reload", &store, &server, 100);
            println!(
                "{batches:>8} {:>10} {:>10.0} {:>10.0} {:>12.0} {when}",
                batches * EACH,
                pull.seconds * 1e3,
                load.seconds * 1e3,
                pull.peak.max(load.peak)
            );
        };
        report("as landed");
        // what housekeeping does at night
        phase_of("@join", &store, &server, 0);
        report("small files joined");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-extract-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a phase as a process and reads what it says at its end.
fn phase_of(phase: &str, store: &Path, server: &Server, count: usize) -> Took {
    let arguments = [phase, store.to_str().unwrap(), &server.addr.to_string(), &count.to_string()];
    let child = Command::new(std::env::current_exe().unwrap()).args(arguments).env("TEST_TOKEN", "sandbox").output();
    let output = child.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{phase}: {said}{}", String::from_utf8_lossy(&output.stderr));
    let numbers: Vec<f64> =
        said.lines().last().unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect();
    Took { seconds: numbers[0], cpu: numbers[1], peak: numbers[2] }
}

/// One phase, in the process that was started for it.
fn phases(phase: &str, arguments: &[String]) {
    let (store, address, count) = (Path::new(&arguments[0]), &arguments[1], arguments[2].parse::<usize>().unwrap());
    std::fs::create_dir_all(store).unwrap();
    let config = config(store, address);
    let first = phase.trim_start_matches('@').split([':', ' ']).next().unwrap();
    if first == "history" {
        history(&config, store, count);
    }
    let started = Instant::now();
    match first {
        "fetch" => fetch(address, count),
        "read_json" => read_json(store, count),
        "pull" if phase.contains("again") => {
            pull(&config, store, false, 0);
            drop(load(&config, store));
        }
        "pull" | "changed" => pull(&config, store, false, count),
        "full" => pull(&config, store, true, count),
        "load" => {
            items(&load(&config, store), count);
        }
        "reload" | "prepare" => drop(load(&config, store)),
        "join" => join(&config, store),
        _ => {}
    }
    let seconds = started.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let cpu = (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0;
    println!("{seconds} {cpu} {peak}");
}

fn config(store: &Path, address: &str) -> Config {
    let text = format!(
        "[company]\nname = 'Acme'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n\
         [store]\npath = '{}'\nmemory_limit = '{MEMORY}'\n{}\n\
         [sources.billing]\nmanifest = 'stripe'\nbase_url = 'http://{address}'\ntoken = {{ env = 'TEST_TOKEN' }}\n\
         budget = {{ default = 100000000 }}\n",
        store.display(),
        if store.join("manifests").is_dir() {
            format!("manifests = '{}'", store.join("manifests").display())
        } else {
            String::new()
        },
    );
    Config::parse(&text, store).unwrap()
}

/// The shipped manifest, but for subscriptions: of each only the latest counts.
fn manifest_that_merges(store: &Path) {
    std::fs::create_dir_all(store.join("manifests")).unwrap();
    let shipped = include_str!("../../config/sources/stripe.toml");
    std::fs::write(store.join("manifests/stripe.toml"), shipped.replace("\"versions\"", "\"merge\"")).unwrap();
}

fn fetch(address: &str, records: usize) {
    cli::runtime(false).unwrap().block_on(async {
        rustls::crypto::ring::default_provider().install_default().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut bytes = 0;
        for page in 0..records / PAGE {
            let after = if page == 0 { String::new() } else { format!("&starting_after={}", id(page * PAGE - 1)) };
            let url = format!("http://{address}/v1/subscriptions?limit={PAGE}{after}");
            bytes += client.get(url).send().await.unwrap().bytes().await.unwrap().len();
        }
        assert!(bytes > records * 1000);
    });
}

fn read_json(folder: &Path, records: usize) {
    let _ = std::fs::remove_file(folder.join("floor.duckdb"));
    let options = duckdb::Config::default().threads(2).unwrap().max_memory("1GB").unwrap();
    let db = duckdb::Connection::open_with_flags(folder.join("floor.duckdb"), options).unwrap();
    let lines = folder.join("lines.json");
    db.execute_batch(&format!(
        "create table record as select * from read_json('{}', format = 'newline_delimited')",
        lines.display()
    ))
    .unwrap();
    let count: usize = db.query_row("select count(*) from record", [], |row| row.get(0)).unwrap();
    assert_eq!(count, records);
}

fn pull(config: &Config, store: &Path, full: bool, expected: usize) {
    let ledger = Ledger::open(store).unwrap();
    let request = extract::Request {
        config,
        secrets: &Secrets::default(),
        ledger: &ledger,
        now: NOW.parse().unwrap(),
        sources: &[],
        full,
        first_page_only: false,
        progress: Progress::Quiet,
    };
    let outcomes = cli::runtime(false).unwrap().block_on(extract::pull(&request)).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.result == Outcome::Ok), "{outcomes:?}");
    let rows: u64 = outcomes.iter().filter(|o| o.stream == "subscriptions").map(|o| o.rows).sum();
    assert_eq!(rows, expected as u64);
}

fn open(config: &Config, store: &Path) -> Warehouse {
    Warehouse::open(store, &config.store.memory_limit, "a benchmark", Duration::ZERO).unwrap()
}

fn load(config: &Config, store: &Path) -> Warehouse {
    let warehouse = open(config, store);
    let catalog = warehouse.catalog(None).unwrap();
    let ledger = Ledger::open(store).unwrap();
    let loaded = warehouse.load(&catalog, &ledger, &BTreeMap::from(SOURCES), &BTreeSet::new(), i64::MAX).unwrap();
    assert!(loaded.failed.is_empty(), "{:?}", loaded.failed);
    warehouse
}

fn join(config: &Config, store: &Path) {
    let environment = Environment {
        config: Arc::new(config.clone()),
        secrets: Secrets::default(),
        ledger: Arc::new(Ledger::open(store).unwrap()),
        now: NOW.parse().unwrap(),
        who: "a benchmark".into(),
        patience: Duration::ZERO,
        stop: Stop::default(),
    };
    housekeep(&environment).unwrap();
}

/// Items as rows of a table, made as core is made of what is staged.
fn items(warehouse: &Warehouse, records: usize) {
    let item = Query {
        layer: Layer::Core,
        relation: "core.item".into(),
        file: "core/item.sql".into(),
        sql: "select source_name, subscription_id, batch, seq, unnest(item)
              from (select source_name, subscription_id, batch, seq, unnest(items) as item from staging.stripe_subscription)"
            .into(),
        reads: Reads::default(),
    };
    warehouse.model(&item).unwrap();
    let counts = "select (select count(*) from staging.stripe_subscription), (select count(*) from core.item)";
    let counts = warehouse.query(counts).unwrap().rows;
    assert_eq!(counts, [[Some(records.to_string()), Some((records + records * 3 / 20).to_string())]]);
}

/// So many pulls of a hundred subscriptions each have been, are loaded, and the cursors stand behind them.
fn history(config: &Config, store: &Path, batches: usize) {
    pull_nothing(config, store);
    let ledger = Ledger::open(store).unwrap();
    let folder = "landing/billing/subscriptions";
    std::fs::create_dir_all(store.join(folder)).unwrap();
    let db = duckdb::Connection::open_in_memory().unwrap();
    db.execute_batch("create table record (number bigint, key varchar, record varchar)").unwrap();
    {
        let mut appender = db.appender("record").unwrap();
        for number in 0..100 * batches {
            appender.append_row(duckdb::params![number as i64, id(number), record(number, 0)]).unwrap();
        }
    }
    for batch in 0..batches {
        let pull_id = ledger.start_pull("billing", "subscriptions", NOW).unwrap();
        let path = format!("{folder}/{pull_id}-0.parquet");
        let from = batch * 100;
        let copy = format!(
            "copy (select key, record, timestamp '2026-11-15 09:00:00' as extracted_at, number - {from} as seq from record
               where number >= {from} and number < {from} + 100) to '{}' (format parquet, compression zstd)",
            store.join(&path).display()
        );
        db.execute_batch(&copy).unwrap();
        let sha256 = extract::file_hash(&store.join(&path)).unwrap();
        let batch = NewBatch { path, rows: 100, sha256, window_from: None, window_to: None };
        let commit = Commit {
            pull_id,
            source: "billing",
            manifest: "stripe",
            stream: "subscriptions",
            write_mode: "versions",
            extracted_at: "2026-11-15T09:00:00Z",
            batches: &[batch],
            cursor: None,
            quarantined: &[],
        };
        ledger.commit_batches(&commit).unwrap();
        ledger.finish_pull(pull_id, NOW, 100, 1, "ok", None).unwrap();
    }
    drop(load(config, store));
}

/// A first pull of an account that has nothing yet, so that cursors are there.
fn pull_nothing(config: &Config, store: &Path) {
    let mut config = config.clone();
    let billing = config.sources.get_mut("billing").unwrap();
    billing.base_url = billing.base_url.as_ref().map(|url| format!("{url}/empty"));
    pull(&config, store, false, 0);
}
