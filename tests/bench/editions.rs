//! What an edition costs: rendering (words, charts, mail, text, page) and its audit, on one core, after warm-up; then a hundred
//! teams' editions on two.
//!
//! `cargo bench --profile dev --bench editions -- [ARCHIVE]` takes the sample reviews, or every `report.json` below a store's
//! archive, and prints sizes and times. `[profile.dev]` compiles this crate without optimisation and everything it uses with
//! little: for the times a reader would have, run `cargo bench --no-default-features --bench editions` with
//! `DUCKDB_DOWNLOAD_LIB=1`, which builds no DuckDB.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bizreview::render::{Renderer, audit, sample};
use bizreview::review::edition::Rendered;
use bizreview::review::model::Review;

const ROUNDS: usize = 15;
const TEAMS: usize = 100;
const CORES: usize = 2;

fn main() {
    let archive = std::env::args().skip(1).find(|a| !a.starts_with('-')).map(PathBuf::from);
    let reviews = match archive {
        Some(folder) => archived(&folder),
        None => sample::all().into_iter().map(|(name, review)| (name.to_owned(), review)).collect(),
    };
    let started = Instant::now();
    let renderer = Renderer::new(None).unwrap();
    println!("templates and fonts, once a run: {}", ms(started.elapsed()));
    println!(
        "\n{:<18} {:>8} {:>8} {:>6} {:>7} {:>8} {:>10} {:>9}",
        "one edition", "HTML", "images", "", "text", "page", "render", "audit"
    );
    let mut slowest = Duration::ZERO;
    for (name, review) in &reviews {
        let rendered = renderer.render(review).unwrap();
        assert_eq!(audit(&rendered, review.head.link.as_deref()), Vec::<String>::new(), "{name}");
        let render = median(|| drop(renderer.render(review).unwrap()));
        let audit = median(|| drop(audit(&rendered, review.head.link.as_deref())));
        slowest = slowest.max(render + audit);
        row(name, &rendered, render, audit);
    }
    println!("the slowest: {} (150 ms is asked for)", ms(slowest));
    teams(&renderer, &reviews);
}

fn row(name: &str, rendered: &Rendered, render: Duration, audit: Duration) {
    let images: usize = rendered.images.iter().map(|i| i.png.len()).sum();
    println!(
        "{name:<18} {:>8} {images:>8} {:>6} {:>7} {:>8} {:>10} {:>9}",
        rendered.html.len(),
        format!("in {}", rendered.images.len()),
        rendered.text.len(),
        rendered.page.len(),
        ms(render),
        ms(audit)
    );
}

/// A hundred editions, two at a time, each dropped when it is done, as a run does.
fn teams(renderer: &Renderer, reviews: &[(String, Review)]) {
    // the peak of what came before is not theirs
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (next, started) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..CORES {
            scope.spawn(|| {
                loop {
                    let team = next.fetch_add(1, Ordering::Relaxed);
                    if team >= TEAMS {
                        break;
                    }
                    let mut review = reviews[team % reviews.len()].1.clone();
                    review.head.team_name = format!("Team {team}");
                    let rendered = renderer.render(&review).unwrap();
                    assert!(audit(&rendered, review.head.link.as_deref()).is_empty());
                }
            });
        }
    });
    let peak = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = peak.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
    println!(
        "\n{TEAMS} editions on {CORES} cores: {:.1} s, peak {peak} (10 s and 250 MB are asked for)",
        started.elapsed().as_secs_f64()
    );
}

fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// Every edition of an archive, by report.
fn archived(folder: &Path) -> Vec<(String, Review)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("report.json") {
                let review: Review = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                found.push((review.head.report.clone(), review));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}
