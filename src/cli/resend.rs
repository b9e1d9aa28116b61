//! `resend`: mail that is not out, or may not be, from the outbox.

use anyhow::Result;

use super::print;
use crate::calendar::Calendar;
use crate::ledger::deliveries::DeliveryState;
use crate::pipeline::{self, Environment, Plan, Resend, Step, Which};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Sends the very mails that are in the outbox: the same bytes, the same Message-ID, so that a mailbox that has \
one already can tell. Nothing is pulled or measured. Mail is uncertain where the server went silent after it was handed over: look \
there, or ask the recipient, before sending it again.

Exit codes: 0 all of it is out, or there was nothing · 1 some is not out · 2 bad usage · 4 none could be sent.

Examples:
  bizreview resend support 2026-W46 --dry-run         what would be done
  bizreview resend support 2026-W46                   whatever is not sent: failed, uncertain, or waiting for its next attempt
  bizreview resend support 2026-W46 --uncertain       only what may have arrived
  bizreview resend support 2026-W46 --to me@example.com   the latest edition to one address, marked as a test unless a reader's own"
)]
pub struct Args {
    /// Name under [reports].
    report: String,
    /// 2026-W46, 2026-10, 2026-Q3 or 2026.
    period: String,
    /// Only what was refused or given up.
    #[arg(long, conflicts_with_all = ["uncertain", "to"])]
    only_failed: bool,
    /// Only what may have arrived.
    #[arg(long, conflicts_with = "to")]
    uncertain: bool,
    /// The latest edition to this address only: a reader who never got it gets their own mail, anybody else within
    /// [mail] allowed_domains a marked one.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Say what would be done.
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let calendar = Calendar::new(&environment.config.company)?;
    let resend = Resend {
        report: args.report.clone(),
        period: pipeline::parse_period(&calendar, &args.period)?.id,
        which: match (args.only_failed, args.uncertain) {
            (true, _) => Which::Failed,
            (_, true) => Which::Uncertain,
            _ => Which::Unsent,
        },
        to: args.to.clone(),
        dry_run: args.dry_run,
    };
    let plans = pipeline::resend(environment, &resend).await?;
    if plans.is_empty() {
        println!("nothing to send: {} {} has no such mail", resend.report, resend.period);
        return Ok(0);
    }
    show(&plans, args.dry_run);
    if args.dry_run {
        return Ok(0);
    }
    let is_out = |plan: &&Plan| matches!(plan.after, Some((DeliveryState::Sent, _)));
    let out = plans.iter().filter(is_out).count();
    let settled = plans.iter().filter(|plan| matches!(plan.step, Step::GiveUp(_))).count();
    println!("{out} of {} sent", plans.len() - settled);
    Ok(match out + settled {
        all if all == plans.len() => 0,
        _ if out > 0 => 1,
        _ => 4,
    })
}

/// A line a mail: what it was, what is done about it, and what came of that.
fn show(plans: &[Plan], dry_run: bool) {
    let row = |plan: &Plan| {
        let step = match &plan.step {
            Step::Send if plan.before == Some(DeliveryState::Uncertain) => "send again, it may have arrived".to_owned(),
            Step::Send => "send".to_owned(),
            Step::Make => "send the archived edition".to_owned(),
            Step::MakeTest => "send the archived edition, marked as a test".to_owned(),
            Step::Leave(reason) => format!("leave: {reason}"),
            Step::GiveUp(reason) => format!("give up: {reason}"),
        };
        let mut row = vec![
            Some(plan.number.to_string()),
            Some(plan.recipient.clone()),
            plan.before.map(|state| state.as_str().to_owned()),
            Some(step),
        ];
        if !dry_run {
            row.push(plan.after.as_ref().map(|(state, response)| match response {
                Some(response) if plan.is_sending() => format!("{}: {response}", state.as_str()),
                _ => state.as_str().to_owned(),
            }));
        }
        row
    };
    let columns = ["edition", "recipient", "before", "what", "now"];
    let columns = if dry_run { &columns[..4] } else { &columns[..] };
    print!("{}", print::table(columns, &plans.iter().map(row).collect()));
}
