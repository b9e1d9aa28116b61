//! `history`: what ran, what came of it, and who was sent what.

use std::fmt::Write;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::config::{Usage, nearest};
use crate::ledger::deliveries::DeliveryRow;
use crate::ledger::facts::{OccurrenceFact, RunFact};
use crate::ledger::runs::EditionRow;
use crate::pipeline::{Environment, moment};

/// How far back promises are looked at where nothing ever ran.
const UNMET: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Addresses are printed in full, with what the mail server answered: the text is for the operator's eyes.

Examples:
  bizreview history                       the last ten runs
  bizreview history support --limit 3     of one report"
)]
pub struct Args {
    /// A name under [reports]
    report: Option<String>,
    /// How many runs.
    #[arg(long, default_value_t = 10, value_name = "N")]
    limit: u32,
    /// For programs.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct History {
    /// Newest first.
    runs: Vec<RunEntry>,
    /// Promised since the oldest of them, and not done: failed, missed, or waiting.
    unmet: Vec<OccurrenceFact>,
}

#[derive(Debug, Serialize)]
struct RunEntry {
    #[serde(flatten)]
    run: RunFact,
    /// Seconds.
    took: Option<i64>,
    /// Records pulled since the run before it, and the requests they took.
    records: u64,
    requests: u64,
    editions: Vec<EditionEntry>,
}

#[derive(Debug, Serialize)]
struct EditionEntry {
    #[serde(flatten)]
    edition: EditionRow,
    deliveries: Vec<DeliveryRow>,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let Environment { config, ledger, .. } = environment;
    let editions = ledger.editions(args.report.as_deref())?;
    let runs = ledger.run_facts(args.report.as_deref(), Timestamp::MIN, args.limit)?;
    if let Some(name) = &args.report
        && !config.reports.contains_key(name)
        && runs.is_empty()
    {
        let known: Vec<&str> = config.reports.keys().map(String::as_str).collect();
        return Err(Usage(format!("report {name:?} is not in [reports] and never ran{}", nearest(name, &known))).into());
    }
    // without any run what was promised of late is all there is to tell
    let since = runs.last().map_or_else(|| environment.now - UNMET, |run| run.started_at);
    let mut unmet = ledger.occurrences_since(since)?;
    unmet.retain(|o| {
        (matches!(o.state.as_str(), "failed" | "missed") || o.state == "started" && o.note.is_some())
            && args.report.as_ref().is_none_or(|report| *report == o.report)
    });
    let entries = runs.into_iter().map(|run| {
        let (records, requests) = ledger.pulled_for(&run)?;
        let own = editions.iter().filter(|e| e.run_id == Some(run.run_id));
        let own = own.map(|e| Ok(EditionEntry { edition: e.clone(), deliveries: ledger.deliveries(e.edition_id)? }));
        let took = run.finished_at.map(|end| end.duration_since(run.started_at).as_secs());
        Ok(RunEntry { took, records, requests, editions: own.collect::<Result<_>>()?, run })
    });
    let history = History { runs: entries.collect::<Result<_>>()?, unmet };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&history)?);
    } else {
        let zone = TimeZone::get(&config.company.timezone).context("[company] timezone")?;
        print!("{}", text(&history, &zone)?);
    }
    Ok(0)
}

fn text(history: &History, zone: &TimeZone) -> Result<String> {
    let mut out = String::new();
    if history.runs.is_empty() {
        out += "Nothing ran yet.\n";
    }
    for o in &history.unmet {
        let why = o.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
        writeln!(out, "{} of {} due {}: {}{why}", o.phase, o.report, moment(o.due_at, zone), o.state)?;
    }
    for entry in &history.runs {
        if !out.is_empty() {
            out.push('\n');
        }
        let run = &entry.run;
        let reports: Vec<&str> = run.reports.iter().map(String::as_str).collect();
        let end = match (entry.took, run.exit_code) {
            (Some(took), Some(code)) => format!("took {took} s, exit code {code}"),
            _ => "not finished".to_owned(),
        };
        let of = if reports.is_empty() { "no edition".to_owned() } else { reports.join(", ") };
        writeln!(out, "run {} ({}), {}, {end}: {of}", run.run_id, run.trigger, moment(run.started_at, zone))?;
        writeln!(out, "  {} records pulled since the run before, in {} requests", entry.records, entry.requests)?;
        for problem in &run.problems {
            writeln!(out, "  problem: {problem}")?;
        }
        for EditionEntry { edition, deliveries } in &entry.editions {
            let mark = if edition.is_provisional { ", provisional" } else { "" };
            writeln!(out, "  {} {}/{}{mark}: {}", edition.report, edition.period, edition.number, edition.subject)?;
            for mail in deliveries {
                writeln!(out, "    {}", delivery(mail, zone)?)?;
            }
        }
    }
    Ok(out)
}

fn delivery(mail: &DeliveryRow, zone: &TimeZone) -> Result<String> {
    let at: Timestamp = mail.updated_at.parse()?;
    let tries = if mail.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", mail.attempts) };
    let test = if mail.is_test { ", a test" } else { "" };
    let said = mail.response.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
    Ok(format!("{} {} {}, {tries}{test}{said}", mail.recipient, mail.state.as_str(), moment(at, zone)))
}
