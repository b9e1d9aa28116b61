//! `run`: the whole line once.

use std::path::PathBuf;

use anyhow::Result;

use super::print;
use crate::config::Usage;
use crate::ledger::deliveries::DeliveryState;
use crate::ledger::runs::EditionRow;
use crate::pipeline::{self, AccountRun, Environment, Force, Pull, Run, Sent, SentState, Summary};
use crate::render::pdf::Browser;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview run                                  every report, its last complete period
  bizreview run support --period 2026-W46        one report, a given week
  bizreview run executive --period 2026-10 --to me@example.com
  bizreview run --dry-run --no-pull              look at it first: nothing is sent
  bizreview run account --customer cus_NffrFeUf  everything known of one customer, before a meeting; mailed to nobody
  bizreview run account --customer 'Acme GmbH' --to me@example.com
  bizreview run support --pdf                    with index.pdf beside the page
  bizreview run support --correct                tell those who were mailed what changed since
  bizreview run --as-known-in support/2026-W46/1 make that edition again: its figures must be the same")]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub struct Args {
    /// Names under [reports]; all by default. `account` is the review of one customer (with --customer).
    reports: Vec<String>,
    /// Whose review `account` is: an account's id, its id in any system, or its exact name.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// 2026-W46, 2026-10, 2026-Q3 or 2026; the last complete period by default (of a customer, the last month).
    #[arg(long)]
    period: Option<String>,
    /// Send to this address only, the subject marked.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Render and stop: no edition is archived, no mail is sent.
    #[arg(long)]
    dry_run: bool,
    /// Print every page to index.pdf beside it, with an installed Chromium.
    #[arg(long)]
    pdf: bool,
    /// Use what was pulled before.
    #[arg(long)]
    no_pull: bool,
    /// Mail the period again although it was mailed before.
    #[arg(long)]
    again: bool,
    /// Make the next edition of a period that was mailed, and mail what changed to those who were sent it: in reply to that
    /// mail, only the changes, if a status flipped, a figure moved by more than 1 % or provisional sections are complete;
    /// once per mailed edition, within seven days of it. Says why where nothing is mailed.
    #[arg(long, conflicts_with_all = ["again", "to"])]
    correct: bool,
    /// Print what a failing check withholds; the reason is printed with it.
    #[arg(long, value_name = "REASON")]
    force: Option<String>,
    /// Who forces it (default: your user name).
    #[arg(long, default_value_t = super::person(), hide_default_value = true, requires = "force")]
    author: String,
    /// Make a past edition again from what was known when it was sent, and compare: nothing is archived or sent.
    #[arg(long, value_name = "REPORT/PERIOD/NUMBER", conflicts_with_all = ["reports", "customer", "period", "to", "again", "correct", "force"])]
    as_known_in: Option<String>,
}

pub async fn run(environment: &Environment, args: &Args) -> Result<u8> {
    if let Some(edition) = &args.as_known_in {
        return tokio::task::block_in_place(|| replay(environment, edition));
    }
    if let Some(customer) = customer(args)? {
        return account(environment, args, customer).await;
    }
    let run = Run {
        reports: args.reports.clone(),
        period: args.period.clone(),
        to: args.to.clone(),
        dry_run: args.dry_run,
        again: args.again,
        correct: args.correct,
        force: args.force.as_ref().map(|reason| Force { by: args.author.clone(), reason: reason.clone() }),
        pdf: args.pdf.then(|| browser(environment)),
        pull: if args.no_pull { Pull::Nothing } else { Pull::New },
        progress: print::progress(),
        trigger: "manual",
        occurrence: None,
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

/// Whose review is asked for, if it is one customer's.
fn customer(args: &Args) -> Result<Option<&str>> {
    let is_account = args.reports.iter().any(|name| name == pipeline::ACCOUNT);
    match &args.customer {
        None if is_account => Err(Usage(
            "run account: whose? Add --customer ID: an account's id, its id in any system, or its exact name".into(),
        )
        .into()),
        Some(_) if !is_account || args.reports.len() > 1 => {
            Err(Usage("--customer belongs to one report alone: bizreview run account --customer ID".into()).into())
        }
        Some(_) if args.again || args.correct || args.pdf || args.force.is_some() => Err(Usage(
            "--again, --correct, --pdf and --force have no meaning for a customer's review: it is not sent to readers"
                .into(),
        )
        .into()),
        customer => Ok(customer.as_deref()),
    }
}

async fn account(environment: &Environment, args: &Args, customer: &str) -> Result<u8> {
    let run = AccountRun {
        customer: customer.to_owned(),
        period: args.period.clone(),
        to: args.to.clone(),
        dry_run: args.dry_run,
        pull: !args.no_pull,
        progress: print::progress(),
    };
    let summary = pipeline::account(environment, &run).await?;
    show(&summary);
    for folder in summary.sent.iter().filter_map(|sent| sent.folder.as_ref()) {
        println!("internal, not for the customer as it stands: {}", folder.join("index.html").display());
    }
    Ok(summary.exit_code as u8)
}

/// What prints pages: `BIZREVIEW_CHROMIUM`, what the configuration names, or what is on the PATH.
fn browser(environment: &Environment) -> Result<Browser, String> {
    let named = std::env::var_os("BIZREVIEW_CHROMIUM").map(PathBuf::from);
    let configured = environment.config.render.chromium.as_ref().map(|path| environment.config.resolve(path));
    let path = std::env::var_os("PATH").unwrap_or_default();
    Browser::find(named.or(configured).as_deref(), &path).map_err(|error| format!("{error:#}"))
}

/// Prints how a replay compares with its edition: nothing but a count where it is the same.
fn replay(environment: &Environment, edition: &str) -> Result<u8> {
    let replayed = pipeline::replay(environment, edition)?;
    let EditionRow { report, period, number, created_at, .. } = &replayed.edition;
    println!(
        "{report}/{period}/{number}, made {created_at}: {} values compared, {} different",
        replayed.compared,
        replayed.differences.len()
    );
    for (place, then, now) in &replayed.differences {
        println!("  {place}: {then} then, {now} now");
    }
    for day in &replayed.erased {
        eprintln!("note: a customer was forgotten on {day}: what its records carried cannot be reproduced");
    }
    for (stream, rows, days) in &replayed.expired {
        eprintln!(
            "note: {rows} records of {stream} it knew are gone, kept {days} days: what they carried cannot be reproduced"
        );
    }
    Ok(u8::from(!replayed.differences.is_empty()))
}

/// What was pulled, what was sent, what went wrong.
pub fn show(summary: &Summary) {
    if !summary.pulled.is_empty() {
        println!("{}", print::pulled(&summary.pulled));
        print::notes(&summary.pulled);
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
    for sent in &summary.sent {
        for note in &sent.notes {
            eprintln!("note: {} {}: {note}", sent.report, sent.period);
        }
    }
    print::problems(&summary.problems);
    super::quarantine::hint(summary.pulled.iter().map(|outcome| outcome.quarantined).sum());
}
