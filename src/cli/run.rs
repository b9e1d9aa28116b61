//! `run`: the whole line once.

use anyhow::Result;

use super::print;
use crate::ledger::deliveries::DeliveryState;
use crate::pipeline::{self, Environment, Run, Sent, SentState, Summary};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview run                                  every report, its last complete period
  bizreview run support --period 2026-W46        one report, a given week
  bizreview run executive --period 2026-10 --to me@example.com
  bizreview run --dry-run --no-pull              look at it first: nothing is sent")]
pub struct Args {
    /// Names under [reports]; all by default.
    reports: Vec<String>,
    /// 2026-W46, 2026-10, 2026-Q3 or 2026; the last complete period by default.
    #[arg(long)]
    period: Option<String>,
    /// Send to this address only, the subject marked.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Render and stop: no edition is archived, no mail is sent.
    #[arg(long)]
    dry_run: bool,
    /// Use what was pulled before.
    #[arg(long)]
    no_pull: bool,
    /// Mail the period again although it was mailed before.
    #[arg(long)]
    again: bool,
}

pub async fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let run = Run {
        reports: args.reports.clone(),
        period: args.period.clone(),
        to: args.to.clone(),
        dry_run: args.dry_run,
        again: args.again,
        pull: !args.no_pull,
        full: false,
        progress: print::progress(),
        trigger: "manual",
        due_at: None,
    };
    let summary = pipeline::run(environment, &run).await?;
    show(&summary);
    for sent in &summary.sent {
        if let Some(folder) = &sent.folder {
            println!("{}: {}", sent.report, folder.join("index.html").display());
        }
    }
    if summary.sent.iter().any(|s| s.state == SentState::AlreadySent) {
        eprintln!(
            "hint: what was mailed before is archived again, not mailed again; --again mails it, --to ADDRESS sends it to one"
        );
    }
    Ok(summary.exit_code as u8)
}

/// What was pulled, what was sent, what went wrong.
pub fn show(summary: &Summary) {
    if !summary.pulled.is_empty() {
        println!("{}", print::pulled(&summary.pulled));
    }
    let row = |sent: &Sent| {
        let out = sent.deliveries.iter().filter(|d| d.state == DeliveryState::Sent).count();
        let mails = (!sent.deliveries.is_empty()).then(|| format!("{out} of {}", sent.deliveries.len()));
        let state =
            if sent.is_provisional { format!("{}, provisional", sent.state.word()) } else { sent.state.word().into() };
        vec![Some(sent.report.clone()), Some(sent.period.clone()), Some(state), mails, Some(sent.subject.clone())]
    };
    let rows = summary.sent.iter().map(row).collect();
    print!("{}", print::table(&["report", "period", "state", "mails", "subject"], &rows));
    print::problems(&summary.problems);
}
