//! The outbox: what is to be sent is durable before the first attempt, and so is every state around each attempt.
//!
//! One sender per store at a time, by a lock the kernel releases with the process. A row found *sending* under that lock
//! was left by a sender that died between the message's first byte and the recorded answer: it is uncertain, is held,
//! and only the operator (`release_delivery`) puts it back. Everything else may be tried again freely.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use lettre::Address;

use super::message::{Letter, address_of};
use super::smtp::{Attempt, Session, SmtpSettings};
use super::transport::{Transport, write_eml};
use super::{files, masked};
use crate::ledger::Ledger;
use crate::ledger::deliveries::{DeliveryRow, DeliveryState, NewDelivery, Settlement};

/// Pauses between attempts, in minutes; after the last one the mail has failed. A day and a half in all.
const BACKOFF_MINUTES: [i64; 10] = [1, 5, 15, 30, 60, 120, 240, 480, 600, 600];

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
    let deliveries: Vec<NewDelivery> = letter
        .recipients
        .iter()
        .map(|recipient| {
            let composed = letter.compose(recipient)?;
            Ok(NewDelivery {
                edition_id: letter.edition.edition_id,
                recipient: address_of(recipient),
                sender: letter.from.email.to_string(),
                message_id: composed.message_id,
                transport: label.clone(),
                is_test: letter.is_test,
                sha256: files::sha256(&composed.bytes),
                mime: composed.bytes,
            })
        })
        .collect::<Result<_>>()?;
    let mut ids = ledger.enqueue_deliveries(&deliveries, now)?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Tries every mail of these editions that is pending on this transport and whose time has come.
///
/// One recipient's trouble is that recipient's alone; only a server that cannot be used at all postpones the rest.
pub async fn send_pending(
    ledger: &Ledger,
    transport: &Transport,
    edition_ids: &[i64],
    now: Timestamp,
) -> Result<Vec<DeliveryOutcome>> {
    if let Some(why) = ledger.sending_frozen()? {
        bail!("nothing is sent: {why}");
    }
    let _lock = sole_sender(ledger).await?;
    settle_orphans(ledger, transport, now)?;
    let rows = ledger.pending_deliveries(edition_ids, &transport.label(), now)?;
    let outcomes = match transport {
        Transport::Directory(folder) => {
            rows.iter().map(|row| to_folder(ledger, folder, row, now)).collect::<Result<Vec<_>>>()?
        }
        Transport::Smtp(settings) => Courier { ledger, settings, session: None, now }.carry(&rows).await?,
    };
    for (row, outcome) in rows.iter().zip(&outcomes) {
        tracing::info!(
            report = row.report,
            period = row.period,
            recipient = masked(&row.recipient),
            state = outcome.state.as_str(),
            response = outcome.response,
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

/// Under the lock nobody is sending: rows that say so were left by a sender that died.
fn settle_orphans(ledger: &Ledger, transport: &Transport, now: Timestamp) -> Result<()> {
    let label = transport.label();
    for row in ledger.deliveries_in(DeliveryState::Sending)?.iter().filter(|row| row.transport == label) {
        // Writing a file again is harmless; mail is not.
        let (state, text) = match transport {
            Transport::Directory(_) => (DeliveryState::Pending, "interrupted"),
            Transport::Smtp(_) => (DeliveryState::Uncertain, "interrupted after the message was handed over"),
        };
        let end = Settlement { state, response: Some(text.into()), next_attempt_at: None, counts: false };
        ledger.settle_delivery(row.delivery_id, &end, now)?;
    }
    Ok(())
}

fn to_folder(ledger: &Ledger, folder: &Path, row: &DeliveryRow, now: Timestamp) -> Result<DeliveryOutcome> {
    let bytes = bytes_of(ledger, row)?;
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

/// The bytes fixed at the start; anything else is not sent.
fn bytes_of(ledger: &Ledger, row: &DeliveryRow) -> Result<Vec<u8>> {
    let bytes = ledger.delivery_bytes(row.delivery_id)?.context("the outbox no longer has the bytes of this mail")?;
    if files::sha256(&bytes) != row.sha256 {
        bail!("the bytes of delivery {} have changed in the ledger; it is not sent", row.delivery_id);
    }
    Ok(bytes)
}

/// Carries mails over one connection, opening another when in doubt.
struct Courier<'a> {
    ledger: &'a Ledger,
    settings: &'a SmtpSettings,
    session: Option<Session<'a>>,
    now: Timestamp,
}

impl Courier<'_> {
    async fn carry(mut self, rows: &[DeliveryRow]) -> Result<Vec<DeliveryOutcome>> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut unusable: Option<String> = None;
        for row in rows {
            if unusable.is_none()
                && self.session.is_none()
                && let Err(error) = self.connect().await
            {
                unusable = Some(format!("{error:#}"));
            }
            outcomes.push(match &unusable {
                Some(reason) => postpone(self.ledger, row, reason.clone(), self.now)?,
                None => self.deliver(row).await?,
            });
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
        let bytes = bytes_of(self.ledger, row)?;
        let attempt = match self.attempt(row, &bytes).await? {
            // A connection that served others may just have been idle too long: one more try on a new one.
            Attempt::Broken(first) => match self.connect().await {
                Ok(()) => self.attempt(row, &bytes).await?,
                Err(error) => Attempt::Broken(format!("{first}; then {error:#}")),
            },
            other => other,
        };
        match attempt {
            Attempt::Accepted(text) => settle(self.ledger, row, DeliveryState::Sent, Some(text), self.now),
            Attempt::Refused(text) => settle(self.ledger, row, DeliveryState::Failed, Some(text), self.now),
            Attempt::Unknown(text) => settle(self.ledger, row, DeliveryState::Uncertain, Some(text), self.now),
            Attempt::Deferred(text) | Attempt::Broken(text) => postpone(self.ledger, row, text, self.now),
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
        let claim = || self.ledger.claim_delivery(row.delivery_id, self.now);
        let attempt = session.deliver(&from, &to, bytes, claim).await?;
        if let Attempt::Broken(text) = &attempt {
            // Nothing was sent, and that is durable before anything else happens.
            let end = Settlement {
                state: DeliveryState::Pending,
                response: Some(text.clone()),
                next_attempt_at: None,
                counts: false,
            };
            self.ledger.settle_delivery(row.delivery_id, &end, self.now)?;
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
