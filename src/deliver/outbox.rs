//! The outbox: what is to be sent is durable before the first attempt, and so is every state around each attempt.
//!
//! One sender per store at a time, by a lock the kernel releases with the process. A row found *sending* under that lock
//! was left by a sender that died between the message's first byte and the recorded answer: it is uncertain, and stays so
//! until the operator (`release_delivery`) or the policy (`release_uncertain`, once) puts it back. Everything else may be tried
//! again freely.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use lettre::Address;

use super::message::{Letter, address_of};
use super::smtp::{Attempt, Session, SmtpSettings};
use super::transport::{Transport, write_eml};
use super::{Stop, files, masked, without_address};
use crate::ledger::Ledger;
use crate::ledger::deliveries::{DeliveryRow, DeliveryState, NewDelivery, Settlement};

/// Pauses between attempts, in minutes, none longer than [`LONGEST_PAUSE`](crate::ledger::deliveries::LONGEST_PAUSE); after the last one
/// the mail has failed. A day and a half in all.
const BACKOFF_MINUTES: [i64; 10] = [1, 5, 15, 30, 60, 120, 240, 480, 600, 600];

/// So many mails in a row that broke off, on a new connection too, and the rest is spared the wait, and the doubt.
const BREAKS: usize = 3;

/// What one call did about one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOutcome {
    /// Bare address.
    pub recipient: String,
    /// Where it stands now.
    pub state: DeliveryState,
    /// The server's answer, or the error.
    pub response: Option<String>,
    /// The file, where mail goes to a folder.
    pub path: Option<PathBuf>,
}

/// Puts one message per recipient in the outbox. A recipient who has this edition there already is left alone.
pub fn enqueue(ledger: &Ledger, letter: &Letter<'_>, transport: &Transport, now: Timestamp) -> Result<Vec<i64>> {
    let label = transport.label();
    let deliveries = letter.recipients.iter().map(|recipient| {
        let composed = letter.compose(recipient)?;
        let recipient = address_of(recipient);
        Ok(NewDelivery {
            edition_id: letter.edition.edition_id,
            is_held: letter.waiting.contains(&recipient),
            recipient,
            sender: letter.from.email.to_string(),
            message_id: composed.message_id,
            transport: label.clone(),
            is_test: letter.is_test,
            sha256: files::sha256(&composed.bytes),
            mime: composed.bytes,
        })
    });
    let mut ids = ledger.enqueue_deliveries(deliveries, now)?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Tries every mail of these editions that is pending and whose time has come, whatever transport it was made for.
///
/// One recipient's trouble is that recipient's alone; only a server that cannot be used at all postpones the rest.
pub async fn send_pending(
    ledger: &Ledger,
    transport: &Transport,
    edition_ids: &[i64],
    now: Timestamp,
) -> Result<Vec<DeliveryOutcome>> {
    send_chosen(ledger, transport, edition_ids, |_| true, &Stop::default(), now).await
}

/// The same for some of their mail only. When it is stopped, the mail in hand is finished and the others stay pending.
pub async fn send_chosen(
    ledger: &Ledger,
    transport: &Transport,
    edition_ids: &[i64],
    is_chosen: impl Fn(&DeliveryRow) -> bool,
    stop: &Stop,
    now: Timestamp,
) -> Result<Vec<DeliveryOutcome>> {
    if let Some(why) = ledger.sending_frozen()? {
        bail!("nothing is sent: {why}");
    }
    let _lock = sole_sender(ledger).await?;
    settle_orphans(ledger, now)?;
    let mut rows = ledger.take_up_deliveries(edition_ids, &transport.label(), now)?;
    rows.retain(is_chosen);
    let outcomes = match transport {
        Transport::Directory(folder) => {
            let rows = rows.iter().take_while(|_| !stop.is_raised());
            rows.map(|row| to_folder(ledger, folder, row, now)).collect::<Result<Vec<_>>>()?
        }
        Transport::Smtp(settings) => {
            Courier { ledger, settings, session: None, breaks: 0, stop, began: now, started: Instant::now() }
                .carry(&rows)
                .await?
        }
    };
    for (row, outcome) in rows.iter().zip(&outcomes) {
        tracing::info!(
            report = row.report,
            period = row.period,
            recipient = masked(&row.recipient),
            state = outcome.state.as_str(),
            response = outcome.response.as_ref().map(|answer| without_address(answer, &row.recipient)),
            "delivery"
        );
    }
    Ok(outcomes)
}

/// Waits for the outbox's lock.
async fn sole_sender(ledger: &Ledger) -> Result<File> {
    let path = ledger.path().with_file_name("outbox.lock");
    let file = files::lock_file(&path)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
            Err(TryLockError::WouldBlock) if !told => {
                tracing::info!("waiting for another sender to finish");
                told = true;
            }
            Err(TryLockError::WouldBlock) => {}
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Settles what a sender left that died, unless another is at work.
pub fn settle_interrupted(ledger: &Ledger, now: Timestamp) -> Result<()> {
    if ledger.deliveries_in(DeliveryState::Sending)?.is_empty() {
        return Ok(());
    }
    let file = files::lock_file(&ledger.path().with_file_name("outbox.lock"))?;
    if file.try_lock().is_ok() { settle_orphans(ledger, now) } else { Ok(()) }
}

/// Under the lock nobody is sending: rows that say so were left by a sender that died.
fn settle_orphans(ledger: &Ledger, now: Timestamp) -> Result<()> {
    for row in ledger.deliveries_in(DeliveryState::Sending)? {
        // Writing a file again is harmless; mail is not.
        let (state, text) = if row.transport.starts_with("dir:") {
            (DeliveryState::Pending, "interrupted")
        } else {
            (DeliveryState::Uncertain, "interrupted after the message was handed over")
        };
        let end = Settlement { state, response: Some(text.into()), next_attempt_at: None, counts: false };
        ledger.settle_delivery(row.delivery_id, &end, now)?;
    }
    Ok(())
}

fn to_folder(ledger: &Ledger, folder: &Path, row: &DeliveryRow, now: Timestamp) -> Result<DeliveryOutcome> {
    let bytes = match bytes_of(ledger, row)? {
        Ok(bytes) => bytes,
        Err(why) => return settle(ledger, row, DeliveryState::Failed, Some(why), now),
    };
    if !ledger.claim_delivery(row.delivery_id, now)? {
        return current(ledger, row);
    }
    match write_eml(folder, row, &bytes) {
        Ok(path) => {
            let written = settle(ledger, row, DeliveryState::Sent, None, now)?;
            Ok(DeliveryOutcome { path: Some(path), ..written })
        }
        Err(error) => postpone(ledger, row, format!("{error:#}"), now),
    }
}

/// The bytes fixed at the start, or why there are none: anything else is not sent, and keeps no other mail waiting.
fn bytes_of(ledger: &Ledger, row: &DeliveryRow) -> Result<Result<Vec<u8>, String>> {
    Ok(match ledger.delivery_bytes(row.delivery_id)? {
        Some(bytes) if files::sha256(&bytes) == row.sha256 => Ok(bytes),
        Some(_) => Err(format!("the bytes of delivery {} have changed in the ledger; it is not sent", row.delivery_id)),
        None => Err("the outbox no longer has the bytes of this mail".into()),
    })
}

/// Carries mails over one connection, opening another when in doubt.
struct Courier<'a> {
    ledger: &'a Ledger,
    settings: &'a SmtpSettings,
    session: Option<Session<'a>>,
    /// Mails in a row that broke off.
    breaks: usize,
    stop: &'a Stop,
    /// When it set out, by the caller's clock and by the measured one.
    began: Timestamp,
    started: Instant,
}

impl Courier<'_> {
    /// A slow server makes the last mail later than the first, by whole minutes.
    fn now(&self) -> Timestamp {
        self.began + SignedDuration::from_mins((self.started.elapsed().as_secs() / 60).cast_signed())
    }

    async fn carry(mut self, rows: &[DeliveryRow]) -> Result<Vec<DeliveryOutcome>> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut unusable: Option<String> = None;
        for row in rows.iter().take_while(|_| !self.stop.is_raised()) {
            if unusable.is_none()
                && self.session.is_none()
                && let Err(error) = self.connect().await
            {
                unusable = Some(format!("{error:#}"));
            }
            outcomes.push(match &unusable {
                Some(reason) => postpone(self.ledger, row, reason.clone(), self.now())?,
                None => self.deliver(row).await?,
            });
            if self.breaks >= BREAKS && unusable.is_none() {
                let last = outcomes.last().and_then(|outcome| outcome.response.as_deref()).unwrap_or_default();
                unusable = Some(format!("the mail server broke off {BREAKS} times in a row, at last: {last}"));
            }
        }
        if let Some(session) = self.session.take() {
            session.close().await;
        }
        Ok(outcomes)
    }

    async fn connect(&mut self) -> Result<()> {
        self.session = Some(Session::open(self.settings).await?);
        Ok(())
    }

    async fn deliver(&mut self, row: &DeliveryRow) -> Result<DeliveryOutcome> {
        let bytes = match bytes_of(self.ledger, row)? {
            Ok(bytes) => bytes,
            Err(why) => return settle(self.ledger, row, DeliveryState::Failed, Some(why), self.now()),
        };
        let attempt = match self.attempt(row, &bytes).await? {
            // A connection that served others may just have been idle too long: one more try on a new one.
            Attempt::Broken(first) => match self.connect().await {
                Ok(()) => self.attempt(row, &bytes).await?,
                Err(error) => Attempt::Broken(format!("{first}; then {error:#}")),
            },
            other => other,
        };
        let is_broken = matches!(attempt, Attempt::Broken(_) | Attempt::Unknown(_));
        self.breaks = if is_broken { self.breaks + 1 } else { 0 };
        match attempt {
            Attempt::Accepted(text) => settle(self.ledger, row, DeliveryState::Sent, Some(text), self.now()),
            Attempt::Refused(text) => settle(self.ledger, row, DeliveryState::Failed, Some(text), self.now()),
            Attempt::Unknown(text) => settle(self.ledger, row, DeliveryState::Uncertain, Some(text), self.now()),
            Attempt::Deferred(text) | Attempt::Broken(text) => postpone(self.ledger, row, text, self.now()),
            Attempt::Taken => current(self.ledger, row),
        }
    }

    /// One attempt on the open connection, which is kept only if it is certainly fit for the next message.
    async fn attempt(&mut self, row: &DeliveryRow, bytes: &[u8]) -> Result<Attempt> {
        let Some(mut session) = self.session.take() else { return Ok(Attempt::Broken("not connected".into())) };
        let to: Address = match row.recipient.parse() {
            Ok(address) => address,
            Err(error) => return Ok(Attempt::Refused(format!("not an address: {error}"))),
        };
        let from: Address = row.sender.parse().context("the sender in the outbox is not an address")?;
        let claim = || self.ledger.claim_delivery(row.delivery_id, self.now());
        let attempt = session.deliver(&from, &to, bytes, claim).await?;
        if let Attempt::Broken(text) = &attempt {
            // Nothing was sent, and that is durable before anything else happens.
            let end = Settlement {
                state: DeliveryState::Pending,
                response: Some(text.clone()),
                next_attempt_at: None,
                counts: false,
            };
            self.ledger.settle_delivery(row.delivery_id, &end, self.now())?;
        }
        let fit = match &attempt {
            Attempt::Accepted(_) => true,
            Attempt::Refused(_) | Attempt::Deferred(_) => session.reset().await,
            Attempt::Broken(_) | Attempt::Unknown(_) | Attempt::Taken => false,
        };
        if fit {
            self.session = Some(session);
        }
        Ok(attempt)
    }
}

fn settle(
    ledger: &Ledger,
    row: &DeliveryRow,
    state: DeliveryState,
    response: Option<String>,
    now: Timestamp,
) -> Result<DeliveryOutcome> {
    let end = Settlement { state, response, next_attempt_at: None, counts: uncounted(ledger, row)? };
    ledger.settle_delivery(row.delivery_id, &end, now)?;
    current(ledger, row)
}

/// Nothing was sent: again later, until patience ends.
fn postpone(ledger: &Ledger, row: &DeliveryRow, reason: String, now: Timestamp) -> Result<DeliveryOutcome> {
    let (state, next_attempt_at) = match BACKOFF_MINUTES.get(row.attempts as usize) {
        Some(minutes) => (DeliveryState::Pending, Some(now + SignedDuration::from_mins(*minutes))),
        None => (DeliveryState::Failed, None),
    };
    let end = Settlement { state, response: Some(reason), next_attempt_at, counts: uncounted(ledger, row)? };
    ledger.settle_delivery(row.delivery_id, &end, now)?;
    current(ledger, row)
}

/// A claim has counted itself as an attempt; one that did not get that far is counted when it is settled.
fn uncounted(ledger: &Ledger, row: &DeliveryRow) -> Result<bool> {
    Ok(ledger.delivery(row.delivery_id)?.attempts == row.attempts)
}

fn current(ledger: &Ledger, row: &DeliveryRow) -> Result<DeliveryOutcome> {
    let DeliveryRow { recipient, state, response, .. } = ledger.delivery(row.delivery_id)?;
    Ok(DeliveryOutcome { recipient, state, response, path: None })
}
