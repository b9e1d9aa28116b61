//! `status`: how everything stands, at a glance, and what needs somebody.

mod text;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::config::Config;
use crate::ledger::facts::RunFact;
use crate::ledger::notices::RouteRow;
use crate::pipeline::{self, Cause, Environment, Severity};
use crate::schedule::ReportSchedule;
use crate::warehouse::Lock;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the ledger and the archive, never the warehouse: it answers while a run is at work. The exit code is 1 when something \
needs you, with what to type beside it; 0 otherwise."
)]
pub struct Args {
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// How everything stands.
#[derive(Debug, Serialize)]
struct Status {
    at: Timestamp,
    /// IANA zone of the times in the text.
    zone: String,
    service: Held,
    warehouse: Held,
    /// The worst first.
    needs_you: Vec<Cause>,
    reports: Vec<ReportStatus>,
    sources: Vec<SourceStatus>,
    /// Ways to the operator, and the ping.
    routes: Vec<RouteRow>,
    disk: Disk,
}

/// Who holds a lock of the store.
#[derive(Debug, Serialize)]
struct Held {
    is_held: bool,
    /// "process 4711 (serve, since …)", also of one that is gone.
    last: Option<String>,
}

#[derive(Debug, Serialize)]
struct ReportStatus {
    report: String,
    /// Without a cron line there is none.
    next_due: Option<Timestamp>,
    last_run: Option<LastRun>,
    last_edition: Option<LastEdition>,
    /// Of that edition's period: readers by the state of their mail.
    mail: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct LastRun {
    at: Timestamp,
    /// `fine`, `problems`, `failed`, `missed`, `waits`, `at work` or `interrupted`.
    outcome: &'static str,
    /// Of one that waits: what for.
    waits_for: Option<String>,
}

#[derive(Debug, Serialize)]
struct LastEdition {
    period: String,
    number: u32,
    created_at: String,
    is_provisional: bool,
}

#[derive(Debug, Serialize)]
struct SourceStatus {
    source: String,
    /// When the stalest of its streams was last pulled well.
    pulled_at: Option<Timestamp>,
    /// Why it was not, where the last try failed.
    failure: Option<String>,
    /// Records that are set aside.
    set_aside: u64,
}

/// Bytes.
#[derive(Debug, Serialize)]
struct Disk {
    landing: u64,
    archive: u64,
    ledger: u64,
    warehouse: u64,
    free: Option<u64>,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let status = look(environment)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&status)?);
    } else {
        let zone = TimeZone::get(&status.zone).context("[company] timezone")?;
        print!("{}", text::text(&status, &zone));
    }
    Ok(u8::from(!status.needs_you.is_empty()))
}

fn look(environment: &Environment) -> Result<Status> {
    let Environment { config, ledger, now, .. } = environment;
    let store = config.store();
    let held = |name: &str| -> Result<Held> {
        let found = Lock::look(&store.join(name))?;
        Ok(Held { is_held: found.as_ref().is_some_and(|(_, is_held)| *is_held), last: found.map(|(last, _)| last) })
    };
    let service = held("serve.lock")?;
    let process = service.last.as_deref().filter(|_| service.is_held).and_then(process);
    let mut needs_you = pipeline::causes(environment, process)?;
    needs_you.extend(dead_service(config, &service, *now));
    let runs = ledger.run_facts(None, Timestamp::MIN, 1000)?;
    let reports = config.reports.keys().map(|name| report(environment, name, &runs, process)).collect::<Result<_>>()?;
    Ok(Status {
        at: *now,
        zone: config.company.timezone.clone(),
        warehouse: held("warehouse.lock")?,
        needs_you,
        reports,
        sources: sources(environment)?,
        routes: ledger.routes()?,
        disk: disk(&store),
        service,
    })
}

/// The number in "process 4711 (serve, since …)".
fn process(holder: &str) -> Option<u32> {
    holder.strip_prefix("process ")?.split(' ').next()?.parse().ok()
}

/// A service that ran once and does not any more sends nothing.
fn dead_service(config: &Config, service: &Held, now: Timestamp) -> Option<Cause> {
    let is_wanted = config.reports.values().any(|report| report.cron.is_some());
    let last = service.last.as_ref().filter(|_| !service.is_held && is_wanted)?;
    Some(Cause {
        key: "service".into(),
        severity: Severity::Ahead,
        what: format!("The service is not running (the last one was {last})"),
        since: now,
        weight: 1,
        anyway: String::new(),
        todo: "Nothing is sent by its schedule until it runs again:".into(),
        commands: vec!["bizreview serve".into()],
        lasts: true,
        is_settling: false,
    })
}

fn report(environment: &Environment, name: &str, runs: &[RunFact], process: Option<u32>) -> Result<ReportStatus> {
    let Environment { config, ledger, now, .. } = environment;
    let next_due = ReportSchedule::of(config, name)?.and_then(|schedule| schedule.next_after(*now));
    let run = runs.iter().find(|run| run.reports.contains(name)).map(|run| LastRun {
        at: run.started_at,
        outcome: match (run.finished_at, run.exit_code) {
            (Some(_), Some(0)) => "fine",
            (Some(_), Some(1)) => "problems",
            (Some(_), _) => "failed",
            (None, _) if run.trigger != "schedule" || Some(run.pid) == process => "at work",
            (None, _) => "interrupted",
        },
        waits_for: None,
    });
    let occurrences = ledger.occurrences_since(run.as_ref().map_or(Timestamp::MIN, |run| run.at))?;
    let unmet = occurrences.iter().rev().find(|o| o.report == *name && o.phase == "send").and_then(|o| {
        let outcome = match o.state.as_str() {
            "failed" => "failed",
            "missed" => "missed",
            "started" if o.note.is_some() => "waits",
            _ => return None,
        };
        Some(LastRun { at: o.due_at, outcome, waits_for: o.note.clone().filter(|_| outcome == "waits") })
    });
    let edition = ledger.editions(Some(name))?.into_iter().max_by_key(|edition| edition.edition_id);
    let mut mail: BTreeMap<String, usize> = BTreeMap::new();
    if let Some(edition) = &edition {
        for (state, _) in ledger.readers(name, &edition.period)?.into_values() {
            *mail.entry(state).or_default() += 1;
        }
    }
    let last_edition = edition.map(|e| LastEdition {
        period: e.period,
        number: e.number,
        created_at: e.created_at,
        is_provisional: e.is_provisional,
    });
    Ok(ReportStatus { report: name.to_owned(), next_due, last_run: unmet.or(run), last_edition, mail })
}

fn sources(environment: &Environment) -> Result<Vec<SourceStatus>> {
    let pulls = environment.ledger.last_pulls()?;
    let aside = environment.ledger.aside_counts()?;
    let enabled = environment.config.sources.iter().filter(|(_, source)| source.enabled);
    let status = |(name, _): (&String, _)| {
        let own: Vec<_> =
            pulls.iter().filter(|p| p.source == *name && p.outcome.as_deref() != Some("skipped")).collect();
        // a source is as fresh as its stalest stream
        let oldest = own.iter().map(|p| p.last_ok_at.as_deref()).min().flatten();
        let failed = own.iter().find(|p| p.outcome.as_deref() == Some("failed"));
        SourceStatus {
            source: name.clone(),
            pulled_at: oldest.and_then(|at| at.parse().ok()),
            failure: failed.map(|p| p.message.clone().unwrap_or_else(|| "no reason known".into())),
            set_aside: aside.get(name).copied().unwrap_or_default(),
        }
    };
    Ok(enabled.map(status).collect())
}

fn disk(store: &Path) -> Disk {
    let database =
        |name: &str| ["", "-wal", "-shm", ".wal"].iter().map(|end| bytes(&store.join(format!("{name}{end}")))).sum();
    Disk {
        landing: bytes(&store.join("landing")),
        archive: bytes(&store.join("archive")),
        ledger: database("ledger.sqlite"),
        warehouse: database("warehouse.duckdb"),
        free: pipeline::free_space(store).map(|(free, _)| free),
    }
}

/// What a file, or everything below a folder, takes up; what cannot be read counts as nothing.
fn bytes(path: &Path) -> u64 {
    let Ok(of) = path.symlink_metadata() else { return 0 };
    if !of.is_dir() {
        return of.len();
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| bytes(&entry.path())).sum()
}
