//! How long the warehouse takes for a company of many accounts: load, every model, every metric, over 60 weeks and 36 months at
//! once, under the default limit of memory.
//!
//! `cargo bench --bench metrics -- 100000` for a hundred thousand accounts (20 000 unless given); a folder after it overrides
//! queries by name, to compare with. The billing history is made
//! as landing files, in the API's wire format, by DuckDB itself: a pull over HTTP would take most of the time.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark fails by panicking and prints its table")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bizreview::calendar::{Calendar, Period};
use bizreview::config::{Config, Grain};
use bizreview::ledger::Ledger;
use bizreview::ledger::pulls::{Commit, NewBatch};
use bizreview::warehouse::Warehouse;
use bizreview::warehouse::inputs::Horizon;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const NOW: &str = "2026-07-06T06:00:00Z";

/// The simulated subscriptions: several at one account, some in euros, some ended, with quantities that change.
const HISTORY: &str = include_str!("history.sql");

fn main() {
    let accounts = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(20_000_u64);
    let store = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{accounts}"));
    let _ = std::fs::remove_dir_all(&store);
    let ledger = Ledger::open(&store).unwrap();
    let started = Instant::now();
    land(&store, &ledger, accounts);
    println!("{accounts} accounts, landing made in {:.0} s", started.elapsed().as_secs_f64());
    let queries = std::env::args().skip(1).find(|arg| Path::new(arg).is_dir()).map(PathBuf::from);
    measure(&store, &ledger, queries.as_deref());
    std::fs::remove_dir_all(&store).unwrap();
}

fn land(store: &Path, ledger: &Ledger, accounts: u64) {
    let options = duckdb::Config::default().max_memory("1GB").unwrap();
    let connection = duckdb::Connection::open_in_memory_with_flags(options).unwrap();
    let spill = store.join("landing-spill");
    connection.execute_batch(&format!("set temp_directory = '{}'", spill.display())).unwrap();
    connection.execute_batch(&HISTORY.replace("range(20000)", &format!("range({accounts})"))).unwrap();
    for (source, stream, mode) in [
        ("billing", "customers", "merge"),
        ("billing", "subscriptions", "versions"),
        ("billing", "invoices", "merge"),
        ("billing", "prices", "merge"),
        ("billing", "products", "merge"),
        ("billing", "events", "append"),
        ("files", "fx_rate", "replace"),
    ] {
        let pull_id = ledger.start_pull(source, stream, NOW).unwrap();
        let folder = format!("landing/{source}/{stream}");
        std::fs::create_dir_all(store.join(&folder)).unwrap();
        let path = format!("{folder}/{pull_id}-0.parquet");
        let copy = format!(
            "copy (select key, record, timestamp '2026-07-06 06:00:00' as extracted_at, row_number() over () - 1 as seq
               from {stream}) to '{}' (format parquet, compression zstd, row_group_size 20000)",
            store.join(&path).display()
        );
        let rows = connection.execute(&copy, []).unwrap() as u64;
        let batch = NewBatch { path, rows, sha256: String::new(), window_from: None, window_to: None };
        ledger
            .commit_batches(&Commit {
                pull_id,
                source,
                manifest: if source == "billing" { "stripe" } else { "files" },
                stream,
                write_mode: mode,
                extracted_at: NOW,
                batches: &[batch],
                cursor: None,
                quarantined: &[],
            })
            .unwrap();
        ledger.finish_pull(pull_id, NOW, rows, 1, "ok", None).unwrap();
        println!("{stream:>24} {rows:>9} records");
    }
}

fn config(store: &Path) -> Config {
    let text = format!(
        "[company]\nname = 'Acme'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = '{}'\nmemory_limit = '2GB'\n\
         [billing]\nsize_bands = [100, 1000]\n\
         [sources.billing]\nmanifest = 'stripe'\nbase_url = 'http://127.0.0.1:9'\ntoken = {{ env = 'TEST_TOKEN' }}\n\
         [sources.files]\nmanifest = 'files'\ndirectory = 'files'\n",
        store.display()
    );
    Config::parse(&text, store).unwrap()
}

/// The last 60 weeks and 36 months.
fn periods(calendar: &Calendar) -> Vec<Period> {
    let mut periods = Vec::new();
    for (grain, count) in [(Grain::Week, 60), (Grain::Month, 36)] {
        let last = calendar.last_complete(grain, NOW.parse().unwrap());
        let first = (1..count).fold(last.clone(), |period, _| calendar.previous(&period));
        periods.extend(calendar.series(grain, first.start_on, last.start_on));
    }
    periods
}

fn measure(store: &Path, ledger: &Ledger, queries: Option<&Path>) {
    let config = config(store);
    let calendar = Calendar::new(&config.company).unwrap();
    let horizon = Horizon::new(periods(&calendar), NOW.parse().unwrap());
    // the peak of making the data is not ours
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let models = Models::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(models.clone())).unwrap();
    let warehouse = Warehouse::open(store, &config.store.memory_limit, "a benchmark", Duration::ZERO).unwrap();
    let catalog = warehouse.catalog(queries).unwrap();
    let mut times = Vec::new();
    let started = Taken::start();
    let sources = BTreeMap::from([("billing", "stripe"), ("files", "files")]);
    let loaded = warehouse.load(&catalog, ledger, &sources, &BTreeSet::new(), i64::MAX).unwrap();
    assert!(loaded.failed.is_empty(), "{:?}", loaded.failed);
    times.push(("load".to_owned(), started.end()));
    models.begin();
    let started = Taken::start();
    warehouse.build(&catalog, &config, &calendar, &horizon).unwrap();
    times.push(("build".to_owned(), started.end()));
    report("load and build", &times, 0.0);
    report("models", &models.0.lock().unwrap().built, 0.1);
    let mut metrics = Vec::new();
    let mut points = 0;
    for (header, _) in &catalog.metrics {
        let wanted = header.series().into_iter().map(|(name, ..)| name).collect();
        let started = Taken::start();
        let results = warehouse.metrics(&catalog, &config, &wanted).unwrap();
        assert!(results.failed.is_empty(), "{:?}", results.failed);
        points += results.points.len();
        if results.unmet.is_empty() {
            metrics.push((header.metric.clone(), started.end()));
        }
    }
    report("metrics", &metrics, 0.0);
    println!("{points} points, peak resident memory {} MB", peak_mb());
}

/// Seconds by the clock, and of processors: those a busy machine does not lengthen.
#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
}

struct Started(Instant, f64);

impl Taken {
    fn start() -> Started {
        Started(Instant::now(), cpu_seconds())
    }
}

impl Started {
    fn end(&self) -> Taken {
        Taken { wall: self.0.elapsed().as_secs_f64(), cpu: cpu_seconds() - self.1 }
    }
}

/// Of all threads so far; Linux counts hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

/// Slowest first, what is shorter than `least` in one line.
fn report(title: &str, times: &[(String, Taken)], least: f64) {
    let total = |of: fn(&Taken) -> f64| times.iter().map(|(_, time)| of(time)).sum::<f64>();
    println!("\n{title}: {:.1} s, {:.1} s of processors", total(|t| t.wall), total(|t| t.cpu));
    let mut sorted: Vec<_> = times.iter().collect();
    sorted.sort_by(|(_, a), (_, b)| b.cpu.total_cmp(&a.cpu));
    let (long, short): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|(_, time)| time.cpu >= least);
    for (name, time) in long {
        println!("{name:>40} {:>9.2} s {:>9.2} s", time.wall, time.cpu);
    }
    if !short.is_empty() {
        println!("{:>40} under {least:.1} s each", format!("{} more", short.len()));
    }
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// How long each model took, from what the build logs after each.
#[derive(Clone, Default)]
struct Models(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    cpu: f64,
    built: Vec<(String, Taken)>,
}

impl Models {
    fn begin(&self) {
        self.0.lock().unwrap().cpu = cpu_seconds();
    }
}

#[derive(Default)]
struct Built {
    model: Option<String>,
    duration_ms: Option<u64>,
}

impl Visit for Built {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "model" {
            self.model = Some(value.to_owned());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "duration_ms" {
            self.duration_ms = Some(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Models {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut built = Built::default();
        event.record(&mut built);
        if let (Some(model), Some(ms)) = (built.model, built.duration_ms) {
            let mut log = self.0.lock().unwrap();
            let cpu = cpu_seconds();
            let taken = Taken { wall: Duration::from_millis(ms).as_secs_f64(), cpu: cpu - log.cpu };
            log.built.push((model, taken));
            log.cpu = cpu;
        }
    }
}
