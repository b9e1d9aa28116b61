//! No crying wolf: how often the rules speak of a company in which nothing happens, and whether they speak when something does.
//!
//! `cargo bench --profile dev --bench alarms -- [seeds] [weeks]` (20 and 100 by default; 0 weeks for the stories alone) simulates
//! companies with and without stories, pulls each over HTTP, judges every review of the last weeks, and prints both rates.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bizreview::config::{Config, Secrets};
use bizreview::deliver::Stop;
use bizreview::extract::Progress;
use bizreview::ledger::Ledger;
use bizreview::pipeline::{Environment, Told, backtest, pull};
use bizreview::review::driver::largest;
use bizreview::sandbox::{Company, Options, Server, Stories, write_files};
use jiff::{Timestamp, ToSpan};

const NOW: &str = "2026-11-16T06:00:00Z";
const SHIPPED: &str = include_str!("../../config/bizreview.toml");

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<u32>().ok());
    let (seeds, weeks) = (numbers.next().unwrap_or(20), numbers.next().unwrap_or(100));
    let mut quiet: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut about: BTreeMap<(String, String), usize> = BTreeMap::new();
    for seed in (1..=u64::from(seeds)).filter(|_| weeks > 0) {
        for told in judged(seed, weeks, Stories::None) {
            let (periods, exceptions) = quiet.entry(told.report.clone()).or_default();
            *periods += 1;
            *exceptions += told.exceptions.len();
            for exception in told.exceptions {
                *about.entry((told.report.clone(), exception.metric)).or_default() += 1;
            }
        }
    }
    if weeks > 0 {
        quiet_rates(&quiet, &about, seeds, weeks);
    }
    stories(seeds);
}

/// How often nothing was called something.
fn quiet_rates(
    quiet: &BTreeMap<String, (usize, usize)>,
    about: &BTreeMap<(String, String), usize>,
    seeds: u32,
    weeks: u32,
) {
    println!("\nwithout stories: {seeds} companies, {weeks} weeks each");
    println!("{:<18} {:>8} {:>11} {:>10}  about", "report", "reviews", "exceptions", "a review");
    for (report, (periods, exceptions)) in quiet {
        let mut metrics: Vec<(&String, usize)> =
            about.iter().filter(|((r, _), _)| r == report).map(|((_, m), n)| (m, *n)).collect();
        metrics.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let named: Vec<String> = metrics.iter().take(6).map(|(m, n)| format!("{m} {n}")).collect();
        let rate = *exceptions as f64 / *periods as f64;
        println!("{report:<18} {periods:>8} {exceptions:>11} {rate:>10.3}  {}", named.join(", "));
    }
    let (periods, exceptions) = quiet.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("all reports: {:.3} exceptions a review (at most 0.5 is asked for)", exceptions as f64 / periods as f64);
}

/// Whether, and how soon, something was called by its name.
fn stories(seeds: u32) {
    let mut found: BTreeMap<&str, Vec<Option<i64>>> = BTreeMap::new();
    for seed in 1..=u64::from(seeds) {
        let told = judged(seed, 45, Stories::All);
        for story in STORIES {
            let delay = detected(&told, &story);
            found.entry(story.name).or_default().push(delay);
        }
    }
    println!("\nwith stories: {seeds} companies");
    println!(
        "{:<44} {:>6} {:>18} {:>14}",
        "story (among the first three of its team)", "found", "within two weeks", "median delay"
    );
    for (name, delays) in found {
        let mut known: Vec<i64> = delays.iter().filter_map(|d| *d).collect();
        known.sort_unstable();
        let soon = known.iter().filter(|d| **d <= 2).count();
        let median = known.get(known.len() / 2).map_or_else(|| "never".to_owned(), |d| format!("{d} weeks"));
        println!("{name:<44} {:>6} {soon:>18} {median:>14}", format!("{} of {}", known.len(), delays.len()));
    }
}

/// A planted story: the team that must hear of it, from which week (before the present) on, and what it must be told.
struct Story {
    name: &'static str,
    report: &'static str,
    /// Weeks from its first effect to the present.
    weeks_ago: i64,
    metrics: &'static [&'static str],
    segment: Option<&'static str>,
    factor: Option<&'static str>,
}

/// As planted in the sandbox. Those who leave over the price may do so from two weeks after the rise on; a feature spreads by
/// one and a third percentage points a week.
const STORIES: [Story; 4] = [
    Story {
        name: "outage: uptime (product)",
        report: "product",
        weeks_ago: 5,
        metrics: &["uptime"],
        segment: None,
        factor: None,
    },
    Story {
        name: "outage: tickets (support)",
        report: "support",
        weeks_ago: 5,
        metrics: &["tickets_per_100_accounts"],
        segment: None,
        factor: None,
    },
    Story {
        name: "price rise: small accounts leave (success)",
        report: "customer_success",
        weeks_ago: 12,
        metrics: &["customer_churn", "gross_mrr_churn"],
        segment: Some("Starter"),
        factor: Some("too_expensive"),
    },
    Story {
        name: "a feature spreads (product)",
        report: "product",
        weeks_ago: 30,
        metrics: &["feature_adoption"],
        segment: None,
        factor: None,
    },
];

/// Weeks from a story's first effect to the first review that tells it among its first three, with the right segment and
/// factor; `None` if none does.
fn detected(told: &[Told], story: &Story) -> Option<i64> {
    let now: Timestamp = NOW.parse().unwrap();
    let monday = now.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).date();
    let planted = monday.saturating_sub((story.weeks_ago * 7).days());
    // who leaves over a price does so at the end of what is paid: the effect begins with the first week of three
    let begins = story.factor.map_or(Some(planted), |wanted| {
        let left = |one: &&Told| {
            let over = one.factors.iter().find(|f| f.reason.as_deref() == Some(wanted));
            one.report == story.report && one.period.start_on >= planted && over.is_some_and(|f| f.accounts >= 3)
        };
        told.iter().find(left).map(|one| one.period.start_on)
    })?;
    let tells = |one: &&Told| {
        one.report == story.report
            && one.period.start_on >= begins
            && one.exceptions.iter().take(3).any(|e| {
                let segment = e.driver.as_ref().and_then(largest).map(|part| part.segment.as_str());
                let is_small = segment.is_some_and(|s| s == "MRR under 100");
                story.metrics.contains(&e.metric.as_str())
                    && story.segment.is_none_or(|wanted| segment == Some(wanted) || is_small)
            })
            // customers are counted, as the sentence about them does
            && story.factor.is_none_or(|wanted| {
                let most = one.factors.iter().filter(|f| f.reason.is_some()).max_by_key(|f| f.accounts);
                most.and_then(|f| f.reason.as_deref()) == Some(wanted)
            })
    };
    let first = told.iter().find(tells)?;
    Some(i64::from((first.period.start_on - begins).get_days()) / 7 + 1)
}

/// Simulates a company, serves it, pulls it, and judges its past.
fn judged(seed: u64, weeks: u32, stories: Stories) -> Vec<Told> {
    let now: Timestamp = NOW.parse().unwrap();
    // so much longer than is judged, that no baseline, of months neither, lies in the founding years
    let options = Options { seed, weeks: weeks + 160, stories, ahead_weeks: 0, ..Options::new(now) };
    let company = Arc::new(Company::simulate(&options));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("alarms-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let told = runtime.block_on(async {
        let server = Server::start(Arc::clone(&company), &options, 0).await.unwrap();
        write_files(&company, &folder.join("files")).unwrap();
        let text = SHIPPED.replace("127.0.0.1:4010", &server.addr.to_string());
        let config = Arc::new(Config::parse(&text, &folder).unwrap());
        let mut secrets = Secrets::default();
        for name in ["BILLING_TOKEN", "SUPPORT_TOKEN", "PRODUCT_TOKEN", "STATUS_TOKEN"] {
            secrets = secrets.with(name, "sandbox");
        }
        let environment = Environment {
            ledger: Arc::new(Ledger::open(&config.store()).unwrap()),
            config,
            secrets,
            now,
            who: "alarms".into(),
            patience: Duration::from_mins(1),
            stop: Stop::default(),
        };
        pull(&environment, &[], false, Progress::Quiet).await.unwrap();
        let told = tokio::task::block_in_place(|| backtest(&environment, weeks)).unwrap();
        server.stop().await;
        told
    });
    let count: usize = told.iter().map(|t| t.exceptions.len()).sum();
    println!("seed {seed}, stories {stories:?}: {} reviews, {count} exceptions", told.len());
    std::fs::remove_dir_all(&folder).unwrap();
    told
}
