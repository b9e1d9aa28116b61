//! `explain`: one figure opened.

use std::fmt::Write as _;

use anyhow::Result;
use clap::ValueEnum;
use rust_decimal::Decimal;

use super::print::{self, Format as RowFormat};
use crate::config::Usage;
use crate::pipeline::{self, Environment, Explain, Explained};
use crate::review::model::{Comparison, Driver, Judgement, Pattern, Row, Side};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview explain gross_mrr_churn --period 2026-10
  bizreview explain first_reply_sla --period 2026-W46 --segment plan=Scale
  bizreview explain churned_mrr --period 2026-10 --rows > churned.csv")]
pub struct Args {
    /// Name of a metric.
    metric: String,
    /// 2026-W46, 2026-10, 2026-Q3 or 2026; the last complete week by default.
    #[arg(long)]
    period: Option<String>,
    /// One value of a segment, for example plan=Scale; the total by default.
    #[arg(long, value_name = "NAME=VALUE")]
    segment: Option<String>,
    /// Print the rows behind the figure as CSV, and nothing else.
    #[arg(long, conflicts_with = "format")]
    rows: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let segment = args.segment.as_deref().map(segment).transpose()?;
    let wanted = Explain { metric: args.metric.clone(), period: args.period.clone(), segment };
    let explained = pipeline::explain(environment, &wanted)?;
    if args.rows {
        let columns: Vec<&str> = explained.rows.columns.iter().map(String::as_str).collect();
        print::rows(&columns, &explained.rows.rows, RowFormat::Csv)?;
    } else if args.format == Format::Json {
        println!("{}", serde_json::to_string_pretty(&json(&explained))?);
    } else {
        print!("{}", text(&explained, args.segment.as_deref()));
    }
    print::problems(&explained.problems);
    Ok(u8::from(!explained.problems.is_empty()))
}

fn segment(text: &str) -> Result<(String, String)> {
    let parts = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    parts.ok_or_else(|| Usage(format!("--segment {text:?}: write NAME=VALUE, for example plan=Scale")).into())
}

fn json(explained: &Explained) -> serde_json::Value {
    let Explained { info, period, row, guardrail, file, sql, made_from, rows, .. } = explained;
    serde_json::json!({
        "metric": info.metric, "title": info.title, "team": info.team_name, "definition": info.definition,
        "definition_hash": info.hash, "period": period.id, "first_day": period.start_on, "last_day": period.last_day(),
        "figure": row, "guardrail": guardrail, "file": file, "sql": sql, "made_from": made_from,
        "columns": rows.columns, "rows": rows.rows,
    })
}

fn text(explained: &Explained, segment: Option<&str>) -> String {
    let Explained { info, period, row, guardrail, file, sql, made_from, rows, .. } = explained;
    let mut out = String::new();
    let kind = format!("{:?}", row.kind).to_lowercase();
    let better = format!("{:?} is better", row.better).replace("Neutral is better", "neither direction is better");
    let _ = writeln!(out, "{} ({}) · {} · {kind} · {}", info.title, info.metric, info.team_name, better.to_lowercase());
    let _ = writeln!(out, "  {}\n", info.definition);
    let days = format!("{} to {}, {} days", period.start_on, period.last_day(), period.days());
    line(&mut out, "period", &format!("{} ({days}){}", period.id, trailing(row)));
    if let Some(segment) = segment {
        line(&mut out, "segment", segment);
    }
    line(&mut out, "value", &value(row));
    line(&mut out, "previous", &comparison(&row.previous));
    if row.year_ago.period.is_some() {
        line(&mut out, "year ago", &comparison(&row.year_ago));
    }
    for window in &row.windows {
        let of = parts(window.value, window.numerator, window.denominator);
        let basis = comparison(&window.year_ago);
        line(&mut out, &window.window, &format!("{of} ({} to {}); {basis}", window.first_day, window.last_day));
    }
    if let Some(target) = &row.target {
        let verdict = match target.is_met.filter(|_| !row.is_small) {
            Some(true) => "met".to_owned(),
            Some(false) => format!("missed, {} in a row", target.missed_in_a_row.max(1)),
            None => "not judged".to_owned(),
        };
        line(&mut out, "target", &format!("{}: {verdict}", target.value));
    }
    judgement(&mut out, &row.judgement);
    if let Some(driver) = &row.driver {
        self::driver(&mut out, driver);
    }
    if let Some(guard) = guardrail {
        line(&mut out, "guardrail", &format!("{} ({}): {}", guard.title, guard.metric, value(guard)));
    }
    line(&mut out, "rows", &format!("{} behind it; --rows prints them", rows.rows.len()));
    line(&mut out, "hash", &info.hash.chars().take(12).collect::<String>());
    line(&mut out, "made from", &made_from.join(", "));
    let _ = writeln!(out, "\n-- queries/{file}\n{}", sql.trim_end());
    out
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "{name:<10} {text}");
}

fn trailing(row: &Row) -> &'static str {
    if row.headline.is_some() { ", the twelve months that end with it" } else { "" }
}

fn value(row: &Row) -> String {
    let Some(value) = row.value else {
        return format!("unknown: {}", row.withheld.as_deref().unwrap_or("no figure"));
    };
    let n = row.n.map(|n| format!(", n = {n}")).unwrap_or_default();
    let small = match (row.is_small, row.interval) {
        (true, Some((low, high))) => format!("; too few to judge, 95 % interval {low} to {high}"),
        (true, None) => "; too few to judge".to_owned(),
        (false, _) => String::new(),
    };
    format!("{}{n}{small}", parts(Some(value), row.numerator, row.denominator))
}

fn parts(value: Option<Decimal>, numerator: Option<Decimal>, denominator: Option<Decimal>) -> String {
    let shown = value.map_or_else(|| "unknown".to_owned(), |v| v.to_string());
    match (numerator, denominator) {
        (Some(n), Some(d)) => format!("{shown} = {n} / {d}"),
        _ => shown,
    }
}

fn comparison(comparison: &Comparison) -> String {
    let basis = match (&comparison.period, comparison.first_day, comparison.last_day) {
        (Some(id), Some(first), Some(last)) => format!("vs {id} ({first} to {last})"),
        _ => "vs nothing".to_owned(),
    };
    match (comparison.value, comparison.change) {
        (Some(value), Some(change)) => {
            let relative = comparison.relative.map(|r| format!(", {} %", (r * Decimal::ONE_HUNDRED).round_dp(2)));
            format!("{value} {basis}: change {change}{}", relative.unwrap_or_default())
        }
        _ => format!("{basis}: {}", comparison.withheld.as_deref().unwrap_or("no comparison")),
    }
}

fn judgement(out: &mut String, judgement: &Judgement) {
    if let Some(why) = &judgement.unjudged {
        line(out, "process", &format!("no limits: {why}"));
    }
    let Some(process) = &judgement.process else { return };
    let round = |d: Decimal| d.round_dp(6).normalize();
    let of = if judgement.is_of_changes { "changes: " } else { "" };
    let state = if process.is_locked { "locked" } else { "not full yet" };
    line(
        out,
        "process",
        &format!(
            "{of}mean {}, limits {} to {}, range limit {} (baseline {} to {}, {} points, {state})",
            round(process.mean),
            round(process.lower),
            round(process.upper),
            round(process.range_limit),
            process.from,
            process.to,
            process.points
        ),
    );
    let verdict = match &judgement.signal {
        None => "none: routine variation".to_owned(),
        Some(signal) => {
            let why: Vec<&str> = signal.patterns.iter().map(|p| pattern(*p)).collect();
            let side = if signal.side == Side::Above { "above" } else { "below" };
            format!("{side} the mean: {}; since {} ({} periods)", why.join(", "), signal.since, signal.periods)
        }
    };
    line(out, "signal", &verdict);
}

/// A broken rule in words.
pub fn pattern(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Outside => "outside a limit",
        Pattern::Run => "eight or more in a row on one side",
        Pattern::NearLimit => "three of four near a limit",
    }
}

fn driver(out: &mut String, driver: &Driver) {
    let round = |d: Decimal| d.round_dp(6).normalize();
    line(
        out,
        "moved by",
        &format!(
            "{}: change {} = rate {} + mix {}",
            driver.segment_name,
            round(driver.change),
            round(driver.rate),
            round(driver.mix)
        ),
    );
    let shown = |value: Option<Decimal>| value.map_or_else(|| "–".to_owned(), |v| round(v).to_string());
    for part in &driver.parts {
        let _ = writeln!(
            out,
            "             {}: {} (rate {}, mix {}), {} → {}",
            part.segment,
            round(part.total()),
            round(part.rate),
            round(part.mix),
            shown(part.before),
            shown(part.now)
        );
    }
}
