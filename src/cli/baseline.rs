//! `baseline`: where process charts take their limits from, and an owner's acceptance of another place.

use anyhow::{Result, bail, ensure};

use super::print::{self, Format, Rows};
use crate::calendar::Calendar;
use crate::config::Usage;
use crate::ledger::Ledger;
use crate::ledger::judgements::BaselineRow;
use crate::pipeline::{self, Environment, parse_period};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A sustained shift stays a signal until somebody who answers for the metric says why its new level is \
the one to judge by.

Examples:
  bizreview baseline
  bizreview baseline accept first_reply_sla --from 2026-W30 --to 2026-W45 --reason 'second support team since July'"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Every baseline, the latest of a metric being in force (the default)
    List,
    /// Judge a metric by other periods from now on
    Accept {
        /// Name of a metric
        metric: String,
        /// First period of the new baseline; its form (2026-W30, 2026-07) says whether weeks or months are meant
        #[arg(long, value_name = "PERIOD")]
        from: String,
        /// Last period, included
        #[arg(long, value_name = "PERIOD")]
        to: String,
        /// Why: it is kept and shown
        #[arg(long)]
        reason: String,
        /// Who accepts it (default: your user name)
        #[arg(long, default_value_t = super::person(), hide_default_value = true)]
        author: String,
    },
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    match &args.command {
        None | Some(Command::List) => list(environment, args.format),
        Some(Command::Accept { metric, from, to, reason, author }) => {
            accept(environment, metric, from, to, reason, author)
        }
    }
}

const COLUMNS: [&str; 7] = ["metric", "grain", "from", "to", "set at", "author", "reason"];

fn list(environment: &Environment, format: Format) -> Result<u8> {
    let rows: Rows = environment
        .ledger
        .baseline_history()?
        .into_iter()
        .map(|row| {
            let [metric, grain, from, to, at] =
                [row.metric, row.grain, row.from_period, row.to_period, row.set_at].map(Some);
            let reason = row.reason.or_else(|| Some("first twenty complete periods".to_owned()));
            vec![metric, grain, from, to, at, row.author, reason]
        })
        .collect();
    print::rows(&COLUMNS, &rows, format)?;
    Ok(0)
}

fn accept(environment: &Environment, metric: &str, from: &str, to: &str, reason: &str, author: &str) -> Result<u8> {
    let calendar = Calendar::new(&environment.config.company)?;
    let (first, last) = (parse_period(&calendar, from)?, parse_period(&calendar, to)?);
    let usage = |text: String| -> anyhow::Error { Usage(text).into() };
    ensure!(first.grain == last.grain, usage(format!("{from} and {to} are not of one length")));
    ensure!(first.start_on <= last.start_on, usage(format!("{from} is after {to}")));
    ensure!(!reason.trim().is_empty(), usage("--reason must say why".into()));
    let proposed = crate::review::signal::Baseline { from: first.id.clone(), to: last.id.clone() };
    let process = pipeline::try_baseline(environment, metric, &last, &proposed)?;
    let process = match process {
        Ok(process) => process,
        Err(why) => bail!(Usage(format!("{metric} cannot be judged by {from} to {to}: {why}"))),
    };
    environment.ledger.set_baseline(&BaselineRow {
        metric: metric.to_owned(),
        grain: first.grain.name().to_owned(),
        from_period: first.id,
        to_period: last.id,
        set_at: Ledger::stamp(environment.now),
        author: Some(author.to_owned()),
        reason: Some(reason.trim().to_owned()),
    })?;
    let round = |d: rust_decimal::Decimal| d.round_dp(6).normalize();
    println!(
        "{metric}: judged by {from} to {to} ({} points) from now on: mean {}, limits {} to {}",
        process.points,
        round(process.mean),
        round(process.lower),
        round(process.upper)
    );
    Ok(0)
}
