//! `restore` and `thaw`: a backup becomes a store again, which sends nothing until somebody said what was sent since.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::{Cli, config, print};
use crate::calendar::Calendar;
use crate::config::{Config, Usage};
use crate::ledger::Ledger;
use crate::ledger::deliveries::DeliveryState;
use crate::ledger::hold::{Hold, SaidOccurrence};
use crate::pipeline;
use crate::schedule::{Phase, ReportSchedule};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The backup is verified first. Stop the service before. Afterwards nothing is sent, whatever is due, until \
    `bizreview thaw` was told what readers got after the backup was made."
)]
pub struct RestoreArgs {
    /// What `backup` made.
    dir: PathBuf,
    /// Where to (default: the configuration's store). Empty, or not there.
    #[arg(long, value_name = "STORE")]
    into: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a decision it shows what is to be decided (exit code 1): the editions that were due after the backup was \
    made, the questions owners were to be asked, and the mails that waited in the outbox then. Look into a reader's mailbox or the \
    mail server's log. Not shown: corrections that were mailed after the backup; they may be mailed once more.

Examples:
  bizreview thaw
  bizreview thaw --sent
  bizreview thaw --sent --except support/2026-W46
  bizreview thaw --not-sent"
)]
pub struct ThawArgs {
    /// All of it was sent: it is not sent again
    #[arg(long, conflicts_with = "not_sent")]
    sent: bool,
    /// None of it was sent: what is due is sent as after any interruption
    #[arg(long)]
    not_sent: bool,
    /// Of these editions the opposite is true; repeatable
    #[arg(long, value_name = "REPORT/PERIOD")]
    except: Vec<String>,
}

pub fn restore(cli: &Cli, args: &RestoreArgs, now: Timestamp) -> Result<u8> {
    let store = match &args.into {
        Some(store) => store.clone(),
        None => config(cli)?.store(),
    };
    let told = super::backup::told("restoring");
    let manifest = tokio::task::block_in_place(|| pipeline::restore(&args.dir, &store, now, told))?;
    println!("{}: {} files of {:.0}", store.display(), manifest.files.len(), manifest.made_at);
    println!("nothing is sent from it until `bizreview thaw` is told what was sent since");
    Ok(0)
}

/// What may have been sent after the backup.
struct Possible {
    /// `support/2026-W46`.
    name: String,
    why: String,
    to: Option<String>,
    what: What,
}

enum What {
    /// An edition that was due, or questions to owners about its draft.
    Occurrence(SaidOccurrence),
    /// A mail of the outbox.
    Mail(i64),
}

pub fn thaw(cli: &Cli, args: &ThawArgs, now: Timestamp) -> Result<u8> {
    let config = config(cli)?;
    let ledger = super::open_ledger(&config)?;
    let Some(hold) = ledger.hold()? else {
        println!("nothing is held: mail leaves as it is due");
        return Ok(0);
    };
    let due = due_since(&config, &hold, now)?;
    let waiting = waiting(&ledger, &hold, &due)?;
    let known: BTreeSet<&str> = due.iter().chain(&waiting).map(|one| one.name.as_str()).collect();
    if let Some(unknown) = args.except.iter().find(|name| !known.contains(name.as_str())) {
        let known: Vec<&str> = known.into_iter().collect();
        bail!(Usage(format!(
            "--except {unknown:?} was not due since the backup, nor did mail of it wait{}",
            crate::config::nearest(unknown, &known)
        )));
    }
    if !args.sent && !args.not_sent {
        show(&hold, due.iter().chain(&waiting));
        return Ok(1);
    }
    let (mut served, mut sent) = (Vec::new(), Vec::new());
    for one in due.into_iter().chain(waiting).filter(|one| args.sent != args.except.contains(&one.name)) {
        match one.what {
            What::Occurrence(occurrence) => served.push(occurrence),
            What::Mail(delivery_id) => sent.push(delivery_id),
        }
    }
    let decision = match (args.sent, args.except.is_empty()) {
        (true, true) => "all was sent".to_owned(),
        (true, false) => format!("all was sent but {}", args.except.join(", ")),
        (false, true) => "nothing was sent".to_owned(),
        (false, false) => format!("nothing was sent but {}", args.except.join(", ")),
    };
    let by = super::person();
    let by = if by.is_empty() { "the operator" } else { by.as_str() };
    ledger.release_hold(by, &decision, &served, &sent, now)?;
    println!(
        "mail leaves again: {decision}. Counted as sent: {} that were due, {} mails of the outbox",
        served.len(),
        sent.len()
    );
    Ok(0)
}

/// Every scheduled moment after the backup, up to now, with the period it is about; and the questions to owners that came before
/// a moment still ahead.
fn due_since(config: &Config, hold: &Hold, now: Timestamp) -> Result<Vec<Possible>> {
    let calendar = Calendar::new(&config.company)?;
    let mut due = Vec::new();
    for schedule in ReportSchedule::all(config)? {
        let grain = config.reports[&schedule.report].grain;
        let mut possible = |phase: Phase, due_at: Timestamp, why: String| {
            let report = schedule.report.clone();
            let name = format!("{report}/{}", calendar.last_complete(grain, due_at).id);
            let occurrence = SaidOccurrence { report, phase: phase.as_str().into(), due_at };
            due.push(Possible { name, why, to: None, what: What::Occurrence(occurrence) });
        };
        let local = |at: Timestamp| at.to_zoned(schedule.zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string();
        let mut at = hold.backup_at;
        while let Some(next) = schedule.next_after(at).filter(|next| *next <= now) {
            at = next;
            possible(Phase::Send, next, format!("due {}", local(next)));
        }
        let mut at = now;
        while let Some(next) = schedule.next_after(at)
            && let Some(begins) = schedule.begins(Phase::Draft, next).filter(|begins| *begins <= now)
        {
            at = next;
            if begins > hold.backup_at {
                possible(Phase::Draft, next, format!("owners were to be asked {}", local(begins)));
            }
        }
    }
    Ok(due)
}

/// Mails that waited when the backup was made, and those made since the restore of an edition that was due in between.
fn waiting(ledger: &Ledger, hold: &Hold, due: &[Possible]) -> Result<Vec<Possible>> {
    let mut found = Vec::new();
    for state in [DeliveryState::Held, DeliveryState::Pending, DeliveryState::Sending, DeliveryState::Uncertain] {
        for mail in ledger.deliveries_in(state)? {
            let name = format!("{}/{}", mail.report, mail.period);
            let is_old = mail.created_at.parse::<Timestamp>()? <= hold.backup_at;
            if is_old || due.iter().any(|one| one.name == name) {
                let when = if is_old { "when the backup was made" } else { "since the restore" };
                found.push(Possible {
                    name,
                    why: format!("mail {} {when}", state.as_str()),
                    to: Some(crate::deliver::masked(&mail.recipient)),
                    what: What::Mail(mail.delivery_id),
                });
            }
        }
    }
    Ok(found)
}

fn show<'a>(hold: &Hold, possible: impl Iterator<Item = &'a Possible>) {
    println!("held since {:.0}: {}", hold.held_at, hold.reason);
    let row = |one: &Possible| vec![Some(one.name.clone()), Some(one.why.clone()), one.to.clone()];
    let rows: Vec<Vec<Option<String>>> = possible.map(row).collect();
    if rows.is_empty() {
        println!("nothing was due since, and no mail waited: `bizreview thaw --not-sent` lets mail go");
        return;
    }
    print!("{}", print::table(&["possibly sent since the backup", "why", "to"], &rows));
    eprintln!(
        "hint: `bizreview thaw --sent` if readers have them, `--not-sent` if they have not, `--except REPORT/PERIOD` for single ones"
    );
}
