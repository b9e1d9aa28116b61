//! `signals`: process charts as tables.

use std::collections::BTreeMap;

use anyhow::Result;
use rust_decimal::Decimal;

use super::explain::pattern;
use super::print::{self, Format, Rows};
use super::values::Grain;
use crate::pipeline::{self, Environment};
use crate::review::signal::Side;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Limits are mean ± 2.66 × mean moving range of the baseline, its first twenty complete periods until an \
owner accepts another (bizreview baseline accept).

Examples:
  bizreview signals                            the last period of every metric that is judged
  bizreview signals first_reply_sla --all      every period of one
  bizreview signals mrr --grain month --all --format csv"
)]
pub struct Args {
    /// Metric names; all that are judged by default.
    metrics: Vec<String>,
    /// Length of the periods.
    #[arg(long, value_enum, default_value_t)]
    grain: Grain,
    /// Last period (default: the last complete one).
    #[arg(long, value_name = "PERIOD")]
    to: Option<String>,
    /// Every judged period, not the last one only.
    #[arg(long)]
    all: bool,
    /// How often every report would have had an exception in that many weeks up to now, and which.
    #[arg(long, value_name = "WEEKS", conflicts_with_all = ["metrics", "to", "all"])]
    backtest: Option<u32>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

const COLUMNS: [&str; 11] = [
    "metric",
    "period",
    "value",
    "mean",
    "lower",
    "upper",
    "moving_range",
    "range_limit",
    "side",
    "signal",
    "baseline",
];

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    if let Some(weeks) = args.backtest {
        return backtest(environment, weeks, args.format);
    }
    let (charts, problems) = pipeline::charts(environment, &args.metrics, args.grain.into(), args.to.as_deref())?;
    let mut rows: Rows = Vec::new();
    for chart in &charts {
        let Some(process) = &chart.process else {
            let why = chart.unjudged.map(str::to_owned);
            let mut row = vec![None; COLUMNS.len()];
            row[0] = Some(chart.metric.clone());
            row[10] = why;
            rows.push(row);
            continue;
        };
        let text = |d: Decimal| Some(d.round_dp(12).normalize().to_string());
        let state = if process.is_locked { "" } else { ", not full yet" };
        let from = if args.all { 0 } else { chart.marks.len().saturating_sub(1) };
        for mark in &chart.marks[from..] {
            let side = mark.side.map(|side| if side == Side::Above { "above" } else { "below" }.to_owned());
            let broken: Vec<&str> = mark.patterns.iter().map(|p| pattern(*p)).collect();
            rows.push(vec![
                Some(chart.metric.clone()),
                Some(mark.period.clone()),
                text(mark.value),
                text(process.mean),
                text(process.lower),
                text(process.upper),
                mark.range.and_then(text),
                text(process.range_limit),
                side,
                mark.is_signal().then(|| broken.join("; ")),
                Some(format!("{} to {}{state}", process.from, process.to)),
            ]);
        }
    }
    print::rows(&COLUMNS, &rows, args.format)?;
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}

/// A line per report: exceptions in a period on average, and the metrics they are about, the most frequent first.
fn backtest(environment: &Environment, weeks: u32, format: Format) -> Result<u8> {
    let mut told: BTreeMap<String, (usize, usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for one in pipeline::backtest(environment, weeks)? {
        let (periods, exceptions, metrics) = told.entry(one.report).or_default();
        *periods += 1;
        *exceptions += one.exceptions.len();
        for exception in one.exceptions {
            *metrics.entry(exception.metric).or_default() += 1;
        }
    }
    let row = |(report, (periods, exceptions, metrics)): (String, (usize, usize, BTreeMap<String, usize>))| {
        let mut metrics: Vec<(String, usize)> = metrics.into_iter().collect();
        metrics.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let about: Vec<String> = metrics.into_iter().map(|(metric, n)| format!("{metric} {n}")).collect();
        let mean = Decimal::from(exceptions) / Decimal::from(periods.max(1));
        vec![
            Some(report),
            Some(periods.to_string()),
            Some(exceptions.to_string()),
            Some(mean.round_dp(2).to_string()),
            Some(about.join(", ")),
        ]
    };
    let rows: Rows = told.into_iter().map(row).collect();
    print::rows(&["report", "periods", "exceptions", "per period", "about"], &rows, format)?;
    Ok(0)
}
