//! `approve`: a schedule sends nobody a report for the first time without the operator's word.

use anyhow::Result;

use super::print;
use crate::config::Usage;
use crate::deliver::outbox::DeliveryOutcome;
use crate::ledger::deliveries::DeliveryState;
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Mail of a schedule to an address that was never sent the report is held until it is approved. Sending by \
hand (`bizreview run REPORT`) approves its recipients too; [mail] approve_recipients = false asks for nothing.

Examples:
  bizreview approve                           who waits
  bizreview approve support                   everybody who waits for this report; what is held for them goes out
  bizreview approve support ann@example.com   one of them
  bizreview approve --all                     everybody"
)]
pub struct Args {
    /// Name under [reports].
    #[arg(conflicts_with = "all")]
    report: Option<String>,
    /// Recipients of it; all who wait by default.
    #[arg(value_name = "ADDRESS", requires = "report")]
    addresses: Vec<String>,
    /// Everybody who waits, of every report.
    #[arg(long)]
    all: bool,
}

/// What is said where recipients wait.
pub fn hint(waiting: usize) -> String {
    let (recipients, wait) = if waiting == 1 { ("recipient", "waits") } else { ("recipients", "wait") };
    format!("{waiting} {recipients} of scheduled reports {wait} for approval: bizreview approve")
}

pub async fn run(environment: &Environment, args: &Args) -> Result<u8> {
    if args.report.is_none() && !args.all {
        return list(environment);
    }
    let bare = args.addresses.iter().map(|text| {
        let mailbox: lettre::message::Mailbox =
            text.parse().map_err(|error| Usage(format!("{text:?} is not an e-mail address: {error}")))?;
        Ok(crate::deliver::message::address_of(&mailbox))
    });
    let addresses = bare.collect::<Result<Vec<String>>>()?;
    let approved = pipeline::approve(environment, args.report.as_deref(), &addresses).await?;
    for (report, address) in &approved.recipients {
        println!("approved: {report} to {address}");
    }
    if approved.recipients.is_empty() {
        println!("nobody waits for approval");
    }
    if approved.past > 0 {
        eprintln!(
            "note: {} held mails of earlier periods are not sent any more; `bizreview resend REPORT PERIOD` sends them",
            approved.past
        );
    }
    let is_sent = |outcome: &&DeliveryOutcome| outcome.state == DeliveryState::Sent;
    let sent = approved.deliveries.iter().filter(is_sent).count();
    if !approved.deliveries.is_empty() {
        println!("{sent} of {} mails that waited were sent", approved.deliveries.len());
    }
    for outcome in approved.deliveries.iter().filter(|outcome| !is_sent(outcome)) {
        let why = outcome.response.as_deref().unwrap_or("no answer");
        eprintln!("problem: mail to {} is {}: {why}", outcome.recipient, outcome.state.as_str());
    }
    Ok(match (sent, approved.deliveries.len()) {
        (sent, all) if sent == all => 0,
        (0, _) => 4,
        _ => 1,
    })
}

fn list(environment: &Environment) -> Result<u8> {
    let waiting = pipeline::unapproved(environment)?;
    if waiting.is_empty() {
        println!("nobody waits for approval");
        return Ok(0);
    }
    let held = environment.ledger.deliveries_in(DeliveryState::Held)?;
    let row = |(report, address): &(String, String)| {
        let is_theirs = |d: &&crate::ledger::deliveries::DeliveryRow| {
            d.report == *report && d.recipient.eq_ignore_ascii_case(address)
        };
        let periods: Vec<&str> = held.iter().filter(is_theirs).map(|d| d.period.as_str()).collect();
        let periods = (!periods.is_empty()).then(|| periods.join(", "));
        vec![Some(report.clone()), Some(address.clone()), periods]
    };
    print!("{}", print::table(&["report", "address", "held"], &waiting.iter().map(row).collect()));
    eprintln!("hint: bizreview approve REPORT [ADDRESS …], or --all");
    Ok(0)
}
