//! `ask`: owners are asked for comments before a review goes out.

use anyhow::Result;
use jiff::Timestamp;

use super::print;
use crate::deliver::key::unguessable;
use crate::pipeline::{self, Ask, Environment};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Makes the draft and mails its exceptions to those who answer for them: [teams.NAME] owner, else the team's discussion \
address, else the recipients of that team's reports. Nobody is asked twice about a figure, or about one that was commented on already. With \
[mail] reply_address every figure has an address to answer to; without it the mail names the command.

A review prints that an owner said nothing only if they were asked and had four business hours ([company] hours, holidays).

Examples:
  bizreview ask support
  bizreview ask executive --period 2026-W46 --dry-run"
)]
pub struct Args {
    /// A name under [reports]
    report: String,
    /// 2026-W46, 2026-10, 2026-Q3 or 2026; the last complete period by default
    #[arg(long)]
    period: Option<String>,
    /// Use what was pulled before
    #[arg(long)]
    no_pull: bool,
    /// Print the mails and send none
    #[arg(long)]
    dry_run: bool,
}

/// `clock` is read again once everything is pulled: an owner's hours to answer begin when the mail goes, not before a long pull.
pub async fn run(mut environment: Environment, args: &Args, clock: impl Fn() -> Timestamp) -> Result<u8> {
    let mut late = Vec::new();
    // a report that does not exist is told before anything is pulled
    if !args.no_pull && environment.config.reports.contains_key(&args.report) {
        let pulled = pipeline::pull(&environment, &[], false, print::progress()).await?;
        late = pipeline::pull_problems(&pulled);
        environment.now = clock();
    }
    let ask = Ask { report: args.report.clone(), period: args.period.clone(), problems: late, dry_run: args.dry_run };
    let asked = pipeline::ask(&environment, &ask, &mut unguessable).await?;
    for letter in &asked.letters {
        let state = match (args.dry_run, letter.is_sent) {
            (true, _) => "would be asked",
            (false, true) => "asked",
            (false, false) => "not asked",
        };
        println!("{}, {}: {} {state} about {}", args.report, asked.period, letter.recipient, letter.metrics.join(", "));
        if args.dry_run {
            println!("\n{}", letter.text);
        }
    }
    if asked.letters.is_empty() && asked.problems.is_empty() {
        println!("{}, {}: nobody needs to be asked", args.report, asked.period);
    }
    print::problems(&asked.problems);
    let is_out = args.dry_run || asked.letters.iter().any(|l| l.is_sent);
    Ok(match (asked.problems.is_empty(), is_out || asked.letters.is_empty()) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 4,
    })
}
