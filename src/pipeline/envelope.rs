//! The last look before mail leaves: whether these are still the report's readers, want it, and were approved; and what is
//! tried again when its time has come.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use lettre::message::Mailbox;
use serde::Deserialize;

use super::publish::Sent;
use super::{Environment, transport};
use crate::config::{Config, OnUncertain, Report, Usage, nearest};
use crate::deliver::masked;
use crate::deliver::message::{Letter, address_of};
use crate::deliver::outbox::{DeliveryOutcome, send_chosen, settle_interrupted};
use crate::deliver::transport::Transport;
use crate::ledger::Ledger;
use crate::ledger::deliveries::{DeliveryRow, DeliveryState};
use crate::review::model::Problem;

/// Bare addresses of a report's readers, as the configuration has them now.
pub(super) fn readers(report: &Report) -> Result<Vec<String>> {
    let bare = |text: &String| {
        let mailbox: Mailbox = text.parse().with_context(|| format!("{text:?} is not an e-mail address"))?;
        Ok(address_of(&mailbox))
    };
    report.to.iter().map(bare).collect()
}

fn has(addresses: &[String], address: &str) -> bool {
    addresses.iter().any(|known| known.eq_ignore_ascii_case(address))
}

/// Takes those off a letter who want no more of the report, and says so. `false`: nobody is left.
pub(super) fn leave_out(environment: &Environment, letter: &mut Letter<'_>, one: &mut Sent) -> Result<bool> {
    let suppressed = environment.ledger.suppressed(&one.report)?;
    let wants = |reader: &Mailbox| !suppressed.contains(&address_of(reader).to_lowercase());
    let (staying, left): (Vec<Mailbox>, Vec<Mailbox>) = letter.recipients.drain(..).partition(wants);
    letter.recipients = staying;
    let names: Vec<String> = left.iter().map(|reader| masked(&address_of(reader))).collect();
    if letter.recipients.is_empty() && !left.is_empty() {
        one.problems.push(Problem {
            subject: format!("report {}", one.report),
            message: format!(
                "nobody receives it: {} unsubscribed; name another reader in [reports.{}] to, or see `bizreview suppress list`",
                names.join(", "),
                one.report
            ),
        });
        return Ok(false);
    }
    if !names.is_empty() {
        one.notes.push(format!("not mailed to {}, who unsubscribed (`bizreview suppress list`)", names.join(", ")));
    }
    Ok(true)
}

/// Marks whose mail waits, where a schedule sends it; whoever sends by hand approves of the recipients.
pub(super) fn approve_or_hold(
    environment: &Environment,
    trigger: &str,
    transport: &Transport,
    letter: &mut Letter<'_>,
) -> Result<()> {
    let Environment { config, ledger, now, .. } = environment;
    if !transport.reaches_people() || !config.mail.asks_approval() {
        return Ok(());
    }
    let report = &letter.edition.report;
    let addresses: Vec<String> = letter.recipients.iter().map(address_of).collect();
    if trigger == "schedule" {
        let approved = ledger.approved(report)?;
        letter.waiting = addresses.into_iter().filter(|address| !approved.contains(&address.to_lowercase())).collect();
        return Ok(());
    }
    ledger.approve(report, &addresses, "run", *now)?;
    release(environment, report, &addresses)?;
    Ok(())
}

/// Lets the held mail of approved readers go, each one's latest period; what is older is past, and is kept as not sent.
/// The editions with mail to send now, and how many mails are past.
fn release(environment: &Environment, report: &str, addresses: &[String]) -> Result<(BTreeSet<i64>, usize)> {
    let Environment { ledger, now, .. } = environment;
    let mut held = ledger.deliveries_in(DeliveryState::Held)?;
    held.retain(|row| row.report == report && has(addresses, &row.recipient));
    let (mut editions, mut past) = (BTreeSet::new(), 0);
    for row in &held {
        let is_later = |other: &&DeliveryRow| {
            other.recipient == row.recipient && other.period != row.period && other.delivery_id > row.delivery_id
        };
        if let Some(later) = held.iter().find(is_later) {
            let reason = format!(
                "{} came before its recipient was approved; `bizreview resend {report} {}` sends it",
                later.period, row.period
            );
            past += usize::from(ledger.withdraw_delivery(row.delivery_id, &reason, *now)?);
        } else if ledger.release_held(row.delivery_id, *now)? {
            editions.insert(row.edition_id);
        }
    }
    Ok((editions, past))
}

/// Recipients who wait for the operator's approval, as report and bare address: of scheduled reports, and of held mail.
pub fn unapproved(environment: &Environment) -> Result<Vec<(String, String)>> {
    unapproved_in(&environment.config, Some(&environment.ledger))
}

/// The same for a configuration whose store may not exist yet.
pub fn unapproved_in(config: &Config, ledger: Option<&Ledger>) -> Result<Vec<(String, String)>> {
    let mut waiting = Vec::new();
    if !config.mail.asks_approval() {
        return Ok(waiting);
    }
    for (name, report) in config.reports.iter().filter(|(_, report)| report.cron.is_some()) {
        let mut known = ledger.map(|l| l.approved(name)).transpose()?.unwrap_or_default();
        known.extend(ledger.map(|l| l.suppressed(name)).transpose()?.unwrap_or_default());
        let new = readers(report)?.into_iter().filter(|address| !known.contains(&address.to_lowercase()));
        waiting.extend(new.map(|address| (name.clone(), address)));
    }
    for row in ledger.map(|l| l.deliveries_in(DeliveryState::Held)).transpose()?.unwrap_or_default() {
        if !waiting.iter().any(|(name, address)| *name == row.report && address.eq_ignore_ascii_case(&row.recipient)) {
            waiting.push((row.report, row.recipient));
        }
    }
    Ok(waiting)
}

/// Reports of which every reader is suppressed.
pub fn unread(config: &Config, ledger: &Ledger) -> Result<Vec<String>> {
    let mut unread = Vec::new();
    for (name, report) in &config.reports {
        let suppressed = ledger.suppressed(name)?;
        if readers(report)?.iter().all(|address| suppressed.contains(&address.to_lowercase())) {
            unread.push(name.clone());
        }
    }
    Ok(unread)
}

/// What an approval did.
#[derive(Debug, Default)]
pub struct Approved {
    /// Report and bare address, newly approved.
    pub recipients: Vec<(String, String)>,
    /// What became of the mail that waited for it.
    pub deliveries: Vec<DeliveryOutcome>,
    /// Mails of earlier periods that are not sent any more.
    pub past: usize,
}

/// Approves recipients of a report (of all: `None`), all who wait or the named ones, and sends what waited for that.
pub async fn approve(environment: &Environment, report: Option<&str>, addresses: &[String]) -> Result<Approved> {
    let Environment { config, ledger, now, .. } = environment;
    let mut chosen = unapproved(environment)?;
    if let Some(name) = report {
        let known: Vec<&str> = config.reports.keys().map(String::as_str).collect();
        let Some(block) = config.reports.get(name) else {
            bail!(Usage(format!("report {name:?} is not in [reports]{}", nearest(name, &known))));
        };
        let readers = readers(block)?;
        for address in addresses {
            if !has(&readers, address) {
                let known: Vec<&str> = readers.iter().map(String::as_str).collect();
                bail!(Usage(format!("{address} is not in [reports.{name}] to{}", nearest(address, &known))));
            }
        }
        chosen.retain(|(of, address)| of == name && (addresses.is_empty() || has(addresses, address)));
    }
    let mut approved = Approved::default();
    let (mut editions, reports) =
        (BTreeSet::new(), chosen.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>());
    for name in reports {
        let of_report: Vec<String> = chosen.iter().filter(|(of, _)| *of == name).map(|(_, a)| a.clone()).collect();
        ledger.approve(&name, &of_report, "approve", *now)?;
        let (released, past) = release(environment, &name, &of_report)?;
        editions.extend(released);
        approved.past += past;
    }
    if !editions.is_empty() {
        let transport = transport(environment)?;
        let editions: Vec<i64> = editions.into_iter().collect();
        approved.deliveries = send(environment, &transport, &editions).await?;
    }
    approved.recipients = chosen;
    Ok(approved)
}

/// Tries mail of earlier runs whose time has come, and settles what an interrupted sender left.
pub async fn send_due(environment: &Environment) -> Result<Vec<DeliveryOutcome>> {
    let Environment { config, ledger, now, .. } = environment;
    if ledger.sending_frozen()?.is_some() {
        // after a restore mails wait: no attempt, no failure
        return Ok(Vec::new());
    }
    settle_interrupted(ledger, *now)?;
    if !config.mail.asks_approval() {
        // it did when these were held
        for row in ledger.deliveries_in(DeliveryState::Held)? {
            release(environment, &row.report, &[row.recipient])?;
        }
    }
    let mut editions = ledger.editions_to_send(*now)?;
    if config.mail.on_uncertain == OnUncertain::Resend {
        editions.extend(ledger.editions_to_resend()?);
        editions.sort_unstable();
        editions.dedup();
    }
    // after a restore mails wait: no attempt, no failure
    if editions.is_empty() || ledger.sending_frozen()?.is_some() {
        return Ok(Vec::new());
    }
    let transport = Transport::open(config, &environment.secrets)?;
    send(environment, &transport, &editions).await
}

/// Sends what is due of these editions, after a last look at whom it goes to.
pub(super) async fn send(
    environment: &Environment,
    transport: &Transport,
    editions: &[i64],
) -> Result<Vec<DeliveryOutcome>> {
    let Environment { config, ledger, now, .. } = environment;
    settle_interrupted(ledger, *now)?;
    // what may have arrived is never written to a folder instead
    if config.mail.on_uncertain == OnUncertain::Resend && transport.reaches_people() {
        let released = ledger.release_uncertain(editions, *now)?;
        if released > 0 {
            tracing::warn!(mails = released, "sent again, with the same Message-ID: they may have arrived before");
        }
    }
    vet(environment, editions)?;
    send_chosen(ledger, transport, editions, |_| true, &environment.stop, *now).await
}

/// Sends these mails and no other.
pub(super) async fn send_only(
    environment: &Environment,
    transport: &Transport,
    editions: &[i64],
    deliveries: &[i64],
) -> Result<Vec<DeliveryOutcome>> {
    vet(environment, editions)?;
    let is_chosen = |row: &DeliveryRow| deliveries.contains(&row.delivery_id);
    send_chosen(&environment.ledger, transport, editions, is_chosen, &environment.stop, environment.now).await
}

/// Gives up what waits and is not to go out any more. What was made for a folder, and would go to people now whom nobody approved,
/// is held.
fn vet(environment: &Environment, editions: &[i64]) -> Result<()> {
    let Environment { config, ledger, now, .. } = environment;
    for edition_id in editions {
        let vetting = Vetting::of(environment, *edition_id)?;
        for row in &vetting.rows {
            if matches!(row.state, DeliveryState::Pending | DeliveryState::Held)
                && let Some(reason) = vetting.objection(config, row)
                && ledger.withdraw_delivery(row.delivery_id, &reason, *now)?
            {
                tracing::warn!(report = row.report, recipient = masked(&row.recipient), reason, "mail is not sent");
            } else if config.mail.asks_approval()
                && row.state == DeliveryState::Pending
                && row.transport.starts_with("dir:")
                && !row.is_test
                && !row.report.contains('.')
                && !ledger.approved(&row.report)?.contains(&row.recipient.to_lowercase())
            {
                ledger.hold_delivery(row.delivery_id, *now)?;
            }
        }
    }
    Ok(())
}

/// What mail of one edition must stand up to.
pub(super) struct Vetting {
    /// The edition's mail.
    pub rows: Vec<DeliveryRow>,
    suppressed: BTreeSet<String>,
    /// The team it was rendered for, as far as the archive tells.
    team: Option<String>,
}

impl Vetting {
    pub(super) fn of(environment: &Environment, edition_id: i64) -> Result<Vetting> {
        let rows = environment.ledger.deliveries(edition_id)?;
        let (mut suppressed, mut team) = (BTreeSet::new(), None);
        if let Some(first) = rows.first() {
            suppressed = environment.ledger.suppressed(&first.report)?;
            team = rendered_for(environment, &first.report, &first.period, first.number)?;
        }
        Ok(Vetting { rows, suppressed, team })
    }

    /// Why a mail is not to go out any more.
    pub(super) fn objection(&self, config: &Config, row: &DeliveryRow) -> Option<String> {
        if let Err(error) = config.check_recipient(&row.recipient) {
            return Some(format!("{error:#}"));
        }
        // one person asked for it: a look, or the review of one customer
        if row.is_test || row.report.contains('.') {
            return None;
        }
        let Some(report) = config.reports.get(&row.report) else {
            return Some(format!("report {:?} is no longer configured", row.report));
        };
        if !readers(report).is_ok_and(|readers| has(&readers, &row.recipient)) {
            return Some(format!("no longer in [reports.{}] to", row.report));
        }
        if self.suppressed.contains(&row.recipient.to_lowercase()) {
            return Some("unsubscribed from this report".into());
        }
        let other = self.team.as_ref().filter(|team| **team != report.team);
        other.map(|team| format!("the edition was made for team {team}, and the report is team {}'s now", report.team))
    }
}

/// The team an edition was rendered for; `None` where its folder is gone.
pub(super) fn rendered_for(
    environment: &Environment,
    report: &str,
    period: &str,
    number: u32,
) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Head {
        team: String,
    }
    #[derive(Deserialize)]
    struct OfReview {
        head: Head,
    }
    let Some(edition) = environment.ledger.edition(report, period, number)? else { return Ok(None) };
    let path = environment.config.store().join(&edition.path).join("report.json");
    let text = std::fs::read_to_string(path).ok();
    Ok(text.and_then(|text| serde_json::from_str::<OfReview>(&text).ok()).map(|review| review.head.team))
}
