//! `pull`: what is new from the sources, into landing; or, from a date on, what was.

use anyhow::Result;
use jiff::civil::Date;

use super::print::{self, Rows};
use crate::calendar::Calendar;
use crate::config::Usage;
use crate::extract::Outcome;
use crate::extract::backfill::Stretch;
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview pull
  bizreview pull billing support
  bizreview pull billing --full
  bizreview pull --from 2024-01-01 --dry-run       what would be asked, stream by stream; and which streams cannot
  bizreview pull --from 2024-01-01 --to 2024-06-30 product")]
pub struct Args {
    /// Names under [sources]; all that are enabled by default.
    sources: Vec<String>,
    /// Read everything again, not only what is new.
    #[arg(long)]
    full: bool,
    /// Read history from this day on, in windows, beside what is new: the next pull goes on where it would have. An interrupted
    /// one goes on where it stopped when the same is asked again.
    #[arg(long, value_name = "DATE", conflicts_with = "full")]
    from: Option<Date>,
    /// Last day of it (default: today).
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<Date>,
    /// Only show what would be asked.
    #[arg(long, requires = "from")]
    dry_run: bool,
}

pub async fn run(environment: &Environment, args: &Args) -> Result<u8> {
    if let Some(from) = args.from {
        return backfill(environment, args, Stretch { from, to: args.to }).await;
    }
    let outcomes = pipeline::pull(environment, &args.sources, args.full, print::progress()).await?;
    print!("{}", print::pulled(&outcomes));
    let problems = pipeline::pull_problems(&outcomes);
    print::problems(&problems);
    super::quarantine::hint(outcomes.iter().map(|outcome| outcome.quarantined).sum());
    Ok(u8::from(!problems.is_empty()))
}

async fn backfill(environment: &Environment, args: &Args, stretch: Stretch) -> Result<u8> {
    let today = Calendar::new(&environment.config.company)?.local_date(environment.now);
    if stretch.from > stretch.to.unwrap_or(today).min(today) {
        return Err(Usage(format!(
            "--from {} is after {}: there is no history between them",
            stretch.from,
            stretch.to.unwrap_or(today).min(today)
        ))
        .into());
    }
    if args.dry_run {
        let planned = pipeline::plan_backfill(environment, &args.sources, stretch)?;
        let row = |one: &crate::extract::backfill::Planned| {
            let what = one.what.clone().unwrap_or_else(|why| format!("nothing: {why}"));
            vec![Some(one.source.clone()), Some(one.stream.clone()), Some(what), one.goes_on.clone()]
        };
        print!("{}", print::table(&["source", "stream", "asks", "goes on"], &planned.iter().map(row).collect()));
        return Ok(0);
    }
    let outcomes = pipeline::backfill(environment, &args.sources, stretch, print::progress()).await?;
    let mut rows = Rows::new();
    for outcome in &outcomes {
        let state = match &outcome.result {
            Outcome::Ok => "ok".to_owned(),
            Outcome::Failed(_) => "failed; the same command goes on".to_owned(),
            Outcome::Skipped(why) => format!("left out: {why}"),
        };
        let (records, requests) = (outcome.rows.to_string(), outcome.requests.to_string());
        rows.push(vec![
            Some(outcome.source.clone()),
            Some(outcome.stream.clone()),
            Some(records),
            Some(requests),
            Some(state),
        ]);
    }
    print!("{}", print::table(&["source", "stream", "records", "requests", "state"], &rows));
    let problems = pipeline::pull_problems(&outcomes);
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}
