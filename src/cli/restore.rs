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
use crate::schedule::ReportSchedule;

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
    after_help = "Without a decision it shows what is to be decided: the editions that were due after the backup was made, and \
    the mails that waited in the outbox then. Look into a reader's mailbox or the mail server's log.

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

/// An edition that was due after the backup.
struct Due {
    occurrence: SaidOccurrence,
    name: String,
}

pub fn thaw(cli: &Cli, args: &ThawArgs, now: Timestamp) -> Result<u8> {
    let config = config(cli)?;
    let ledger = super::open_ledger(&config)?;
    let Some(hold) = ledger.hold()? else {
        println!("nothing is held: mail leaves as it is due");
        return Ok(0);
    };
    let due = due_since(&config, &hold, now)?;
    let known: BTreeSet<&str> = due.iter().map(|one| one.name.as_str()).collect();
    if let Some(unknown) = args.except.iter().find(|name| !known.contains(name.as_str())) {
        let known: Vec<&str> = known.into_iter().collect();
        bail!(Usage(format!(
            "--except {unknown:?} was not due since the backup{}",
            crate::config::nearest(unknown, &known)
        )));
    }
    if !args.sent && !args.not_sent {
        show(&ledger, &hold, &due)?;
        return Ok(1);
    }
    let is_out = |one: &&Due| args.sent != args.except.contains(&one.name);
    let served: Vec<SaidOccurrence> = due.iter().filter(is_out).map(|one| one.occurrence.clone()).collect();
    let decision = match (args.sent, args.except.is_empty()) {
        (true, true) => "all was sent".to_owned(),
        (true, false) => format!("all was sent but {}", args.except.join(", ")),
        (false, true) => "nothing was sent".to_owned(),
        (false, false) => format!("nothing was sent but {}", args.except.join(", ")),
    };
    let by = super::person();
    let by = if by.is_empty() { "the operator" } else { by.as_str() };
    let settled = ledger.release_hold(by, &decision, &served, args.sent, now)?;
    println!(
        "mail leaves again: {decision}; {} editions count as sent, {settled} mails of the outbox too",
        served.len()
    );
    Ok(0)
}

/// Every scheduled moment after the backup, up to now, with the period it is about.
fn due_since(config: &Config, hold: &Hold, now: Timestamp) -> Result<Vec<Due>> {
    let calendar = Calendar::new(&config.company)?;
    let mut due = Vec::new();
    for schedule in ReportSchedule::all(config)? {
        let grain = config.reports[&schedule.report].grain;
        let mut at = hold.backup_at;
        while let Some(next) = schedule.next_after(at).filter(|next| *next <= now) {
            at = next;
            let period = calendar.last_complete(grain, next).id;
            let occurrence = SaidOccurrence { report: schedule.report.clone(), phase: "send".into(), due_at: next };
            due.push(Due { name: format!("{}/{period}", schedule.report), occurrence });
        }
    }
    Ok(due)
}

fn show(ledger: &Ledger, hold: &Hold, due: &[Due]) -> Result<()> {
    println!("held since {:.0}: {}", hold.held_at, hold.reason);
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    for Due { name, occurrence } in due {
        rows.push(vec![Some(name.clone()), Some(format!("due {:.0}", occurrence.due_at)), None]);
    }
    for state in [DeliveryState::Pending, DeliveryState::Sending, DeliveryState::Uncertain] {
        for mail in ledger.deliveries_in(state)? {
            let name = format!("{}/{}", mail.report, mail.period);
            rows.push(vec![
                Some(name),
                Some(format!("mail was {} then", state.as_str())),
                Some(crate::deliver::masked(&mail.recipient)),
            ]);
        }
    }
    if rows.is_empty() {
        println!("nothing was due since, and no mail waited: `bizreview thaw --not-sent` lets mail go");
        return Ok(());
    }
    print!("{}", print::table(&["possibly sent since the backup", "why", "to"], &rows));
    eprintln!(
        "hint: `bizreview thaw --sent` if readers have them, `--not-sent` if they have not, `--except REPORT/PERIOD` for single ones"
    );
    Ok(())
}
