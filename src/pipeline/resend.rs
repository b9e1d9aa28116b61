//! `resend`: what of a period's mail is not out, or may not be, is sent from the outbox as it was fixed then. Only ledger and
//! archive are needed.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use lettre::message::Mailbox;

use super::envelope::{self, Vetting};
use super::{Environment, transport};
use crate::config::{Usage, nearest};
use crate::deliver::archive::read_back;
use crate::deliver::message::{Letter, address_of};
use crate::deliver::outbox::{enqueue, settle_interrupted};
use crate::ledger::deliveries::{DeliveryRow, DeliveryState};
use crate::ledger::runs::EditionRow;

/// What is to be sent again.
#[derive(Debug, Clone)]
pub struct Resend {
    /// Key of `[reports]`.
    pub report: String,
    /// Period id.
    pub period: String,
    pub which: Which,
    /// One address instead: its mail of the latest edition.
    pub to: Option<String>,
    /// Say it only.
    pub dry_run: bool,
}

/// Which mail is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Whatever is not sent.
    Unsent,
    /// What was refused or given up.
    Failed,
    /// What may have arrived.
    Uncertain,
}

/// What is done about one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The mail as it is in the outbox, with its Message-ID.
    Send,
    /// A mail made from the archive: the reader's own.
    Make,
    /// The same, marked as a test: the address is no reader.
    MakeTest,
    /// It stays as it is.
    Leave(String),
    /// It is settled without being sent.
    GiveUp(String),
}

/// One mail and what becomes of it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Number of its edition.
    pub number: u32,
    pub recipient: String,
    /// Its state before; `None`: there was no such mail.
    pub before: Option<DeliveryState>,
    pub step: Step,
    /// Its state and the server's answer after; `None` in a dry run.
    pub after: Option<(DeliveryState, Option<String>)>,
    delivery_id: Option<i64>,
}

impl Plan {
    fn of(row: &DeliveryRow, step: Step) -> Plan {
        Plan {
            number: row.number,
            recipient: row.recipient.clone(),
            before: Some(row.state),
            step,
            after: None,
            delivery_id: Some(row.delivery_id),
        }
    }

    /// Whether it is to go out.
    pub fn is_sending(&self) -> bool {
        matches!(self.step, Step::Send | Step::Make | Step::MakeTest)
    }
}

/// Plans, and unless it is a dry run, does it.
pub async fn resend(environment: &Environment, resend: &Resend) -> Result<Vec<Plan>> {
    let Environment { ledger, now, .. } = environment;
    let editions = editions(environment, resend)?;
    if !resend.dry_run {
        // before anything is put back: what may have arrived stays so
        if let Some(why) = ledger.sending_frozen()? {
            bail!("nothing is sent: {why}");
        }
        settle_interrupted(ledger, *now)?;
    }
    let mut plans = match &resend.to {
        Some(address) => vec![to_one(environment, resend, &editions, address)?],
        None => unsent(environment, resend.which, &editions)?,
    };
    if resend.dry_run || plans.is_empty() {
        return Ok(plans);
    }
    let transport = transport(environment)?;
    for plan in &mut plans {
        match (&plan.step, plan.delivery_id) {
            (Step::Send, Some(id)) => drop(ledger.release_delivery(id, *now)?),
            (Step::GiveUp(reason), Some(id)) => drop(ledger.withdraw_delivery(id, reason, *now)?),
            (Step::Make | Step::MakeTest, _) => {
                let latest = &editions[editions.len() - 1];
                let enclose = environment.config.enclose(&resend.report);
                let (edition, rendered) = read_back(&environment.config.store(), ledger, latest, &enclose)?;
                let letter = Letter::of_report(&environment.config, &edition, &rendered, *now)?;
                let letter = if plan.step == Step::MakeTest {
                    letter.as_test(&environment.config, &plan.recipient)?
                } else {
                    ledger.approve(&resend.report, std::slice::from_ref(&plan.recipient), "run", *now)?;
                    letter.to(&environment.config, std::slice::from_ref(&plan.recipient))?
                };
                plan.delivery_id = enqueue(ledger, &letter, &transport, *now)?.first().copied();
            }
            _ => {}
        }
    }
    if plans.iter().any(Plan::is_sending) {
        let ids: Vec<i64> = editions.iter().map(|edition| edition.edition_id).collect();
        let chosen: Vec<i64> = plans.iter().filter(|p| p.is_sending()).filter_map(|p| p.delivery_id).collect();
        envelope::send_only(environment, &transport, &ids, &chosen).await?;
    }
    for plan in &mut plans {
        let Some(id) = plan.delivery_id else { continue };
        let row = ledger.delivery(id)?;
        plan.after = Some((row.state, row.response));
    }
    Ok(plans)
}

/// The period's editions, the first one first.
fn editions(environment: &Environment, resend: &Resend) -> Result<Vec<EditionRow>> {
    let Resend { report, period, .. } = resend;
    let all = environment.ledger.editions(Some(report))?;
    let reports = &environment.config.reports;
    if all.is_empty() && !reports.contains_key(report) {
        let known: Vec<&str> = reports.keys().map(String::as_str).collect();
        bail!(Usage(format!("report {report:?} is not in [reports]{}", nearest(report, &known))));
    }
    let mut editions: Vec<EditionRow> = all.iter().filter(|e| e.period == *period).cloned().collect();
    if editions.is_empty() {
        let mut known: Vec<&str> = all.iter().map(|e| e.period.as_str()).collect();
        known.dedup();
        known.truncate(12);
        bail!(Usage(format!(
            "there is no edition of {report} {period}{}; `bizreview run {report} --period {period}` makes one",
            nearest(period, &known)
        )));
    }
    editions.sort_by_key(|e| e.number);
    Ok(editions)
}

/// Every mail of the period that is meant, oldest first.
fn unsent(environment: &Environment, which: Which, editions: &[EditionRow]) -> Result<Vec<Plan>> {
    let Environment { config, ledger, .. } = environment;
    let mut corrections = BTreeSet::new();
    if let Some(first) = editions.first() {
        corrections.extend(ledger.corrections(&first.report, &first.period)?.into_iter().map(|(by, _)| by));
    }
    let vettings: Vec<Vetting> =
        editions.iter().map(|e| Vetting::of(environment, e.edition_id)).collect::<Result<_>>()?;
    let all: Vec<&DeliveryRow> = vettings.iter().flat_map(|vetting| &vetting.rows).collect();
    let mut plans = Vec::new();
    for (row, vetting) in vettings.iter().flat_map(|vetting| vetting.rows.iter().map(move |row| (row, vetting))) {
        let is_meant = match which {
            Which::Unsent => row.state != DeliveryState::Sent && !(row.is_test && row.state == DeliveryState::Failed),
            Which::Failed => row.state == DeliveryState::Failed,
            Which::Uncertain => row.state == DeliveryState::Uncertain,
        };
        if !is_meant {
            continue;
        }
        // a later edition's mail is the one a reader is owed; corrections are owed beside it
        let is_newer = |other: &&&DeliveryRow| {
            other.number > row.number
                && other.recipient.eq_ignore_ascii_case(&row.recipient)
                && !other.is_test
                && !row.is_test
                && corrections.contains(&other.edition_id) == corrections.contains(&row.edition_id)
        };
        let newer = all.iter().rfind(is_newer).map(|newer| {
            format!("edition {} is newer, and its mail to them is {}", newer.number, newer.state.as_str())
        });
        let objection = newer.or_else(|| vetting.objection(config, row));
        let step = match (row.state, objection) {
            (DeliveryState::Held, _) => {
                Step::Leave(format!("its recipient waits for approval: bizreview approve {}", row.report))
            }
            (DeliveryState::Sending, _) => Step::Leave("it is being sent right now".into()),
            (DeliveryState::Failed, Some(reason)) => Step::Leave(reason),
            (_, Some(reason)) => Step::GiveUp(reason),
            (_, None) => with_bytes(environment, row)?,
        };
        plans.push(Plan::of(row, step));
    }
    Ok(plans)
}

/// Sends a mail whose bytes are still there.
fn with_bytes(environment: &Environment, row: &DeliveryRow) -> Result<Step> {
    if environment.ledger.has_delivery_bytes(row.delivery_id)? {
        return Ok(Step::Send);
    }
    let DeliveryRow { report, period, recipient, .. } = row;
    Ok(Step::Leave(format!(
        "its bytes were dropped (retention); `bizreview run {report} --period {period} --to {recipient}` makes the mail anew"
    )))
}

/// The mail of the latest edition to one address: a reader's own, who never got it, or a test.
fn to_one(environment: &Environment, resend: &Resend, editions: &[EditionRow], address: &str) -> Result<Plan> {
    let Environment { config, ledger, .. } = environment;
    let Resend { report, period, .. } = resend;
    config.check_recipient(address).map_err(|error| Usage(format!("--to: {error:#}")))?;
    let Some(block) = config.reports.get(report) else {
        bail!(Usage(format!("report {report:?} is no longer configured: nothing of it is mailed to anybody")));
    };
    let mailbox: Mailbox = address.parse().map_err(|error| Usage(format!("--to {address}: {error}")))?;
    let bare = address_of(&mailbox);
    if ledger.suppressed(report)?.contains(&bare.to_lowercase()) {
        bail!(Usage(format!(
            "{bare} unsubscribed from {report}; `bizreview suppress lift {report} {bare}` if they want it again"
        )));
    }
    let is_reader = envelope::readers(block)?.iter().any(|reader| reader.eq_ignore_ascii_case(&bare));
    let latest = &editions[editions.len() - 1];
    let vetting = Vetting::of(environment, latest.edition_id)?;
    let mut mine = Vec::new();
    for edition in editions {
        let rows = ledger.deliveries(edition.edition_id)?.into_iter();
        mine.extend(rows.filter(|row| row.recipient.eq_ignore_ascii_case(&bare)));
    }
    if let Some(sent) = mine.iter().rfind(|row| is_reader && !row.is_test && row.state == DeliveryState::Sent) {
        bail!(Usage(format!(
            "{bare} was sent edition {} at {}; `bizreview run {report} --period {period} --to {bare}` sends them another one",
            sent.number, sent.updated_at
        )));
    }
    if let Some(row) = mine.iter().rfind(|row| row.edition_id == latest.edition_id) {
        let step = match row.state {
            DeliveryState::Held => Step::Leave(format!("{bare} waits for approval: bizreview approve {report} {bare}")),
            DeliveryState::Sending => Step::Leave("it is being sent right now".into()),
            _ => match vetting.objection(config, row) {
                Some(reason) => Step::Leave(reason),
                None => with_bytes(environment, row)?,
            },
        };
        return Ok(Plan::of(row, step));
    }
    let team = envelope::rendered_for(environment, report, period, latest.number)?;
    if let Some(team) = team.filter(|team| *team != block.team) {
        bail!(Usage(format!(
            "edition {} was made for team {team}, and {report} is team {}'s now",
            latest.number, block.team
        )));
    }
    let step = if is_reader { Step::Make } else { Step::MakeTest };
    Ok(Plan { number: latest.number, recipient: bare, before: None, step, after: None, delivery_id: None })
}
