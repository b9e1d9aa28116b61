//! The outbox: one row per mail and person, its bytes fixed before the first attempt.
//!
//! `held → pending → sending → sent | failed | uncertain`. A row is *sending* only from just before the message's bytes go out
//! until the server's answer is recorded: what is found there without a living sender is uncertain, and nothing else is.
//! It is *held* while its recipient waits for the operator's approval.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, TransactionBehavior, params};
use serde::Serialize;

use super::Ledger;
use super::runs::stamp;

/// State of one mail to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Not to be handed over before the operator approves its recipient.
    Held,
    /// Not handed over; tried again at `next_attempt_at`.
    Pending,
    /// The bytes are going out now.
    Sending,
    /// Accepted by the server.
    Sent,
    /// Refused for good.
    Failed,
    /// Handed over without an answer: held until the operator decides.
    Uncertain,
}

impl DeliveryState {
    /// As stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Held => "held",
            DeliveryState::Pending => "pending",
            DeliveryState::Sending => "sending",
            DeliveryState::Sent => "sent",
            DeliveryState::Failed => "failed",
            DeliveryState::Uncertain => "uncertain",
        }
    }

    fn parse(text: &str) -> Result<DeliveryState> {
        let all = [Self::Held, Self::Pending, Self::Sending, Self::Sent, Self::Failed, Self::Uncertain];
        all.into_iter().find(|s| s.as_str() == text).with_context(|| format!("unknown delivery state {text:?}"))
    }
}

/// A mail to put in the outbox.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// The edition it carries.
    pub edition_id: i64,
    /// Bare address.
    pub recipient: String,
    /// Envelope sender, a bare address.
    pub sender: String,
    /// With angle brackets.
    pub message_id: String,
    /// Where it goes, without credentials.
    pub transport: String,
    /// For a look (`--to`): it is not what the report's readers are owed.
    pub is_test: bool,
    /// Its recipient is not approved yet.
    pub is_held: bool,
    /// Hex digest of `mime`.
    pub sha256: String,
    /// The exact bytes.
    pub mime: Vec<u8>,
}

/// A row of the outbox with the name of its edition, without the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of tables delivery and edition")]
pub struct DeliveryRow {
    pub delivery_id: i64,
    pub edition_id: i64,
    pub report: String,
    pub period: String,
    pub number: u32,
    pub recipient: String,
    pub sender: String,
    pub message_id: String,
    pub transport: String,
    pub is_test: bool,
    pub sha256: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub next_attempt_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    pub response: Option<String>,
    pub released_by: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The new state.
    pub state: DeliveryState,
    /// The server's answer or the error, for people.
    pub response: Option<String>,
    /// When a pending one is tried again.
    pub next_attempt_at: Option<Timestamp>,
    /// Count this as an attempt (a claim has counted itself).
    pub counts: bool,
}

/// The longest pause between two attempts: what waits for longer was put off by a clock that was ahead.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(10);

pub(super) const SELECT: &str = "select d.delivery_id, d.edition_id, e.report, e.period, e.number, d.recipient, d.message_id, \
    d.transport, d.sha256, d.state, d.attempts, d.next_attempt_at, d.updated_at, d.response, d.sender, d.created_at, d.is_test, \
    d.released_by \
    from delivery d join edition e using (edition_id)";

impl Ledger {
    /// Puts mails in the outbox in one transaction, one after the other, so that one message at a time is in memory. A recipient
    /// who has the edition there already keeps that mail, its bytes and its state, wherever it went.
    pub fn enqueue_deliveries(
        &self,
        deliveries: impl IntoIterator<Item = Result<NewDelivery>>,
        now: Timestamp,
    ) -> Result<Vec<i64>> {
        let mut db = self.lock();
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut ids = Vec::new();
        for new in deliveries {
            let new = new?;
            let state = if new.is_held { DeliveryState::Held } else { DeliveryState::Pending };
            transaction.execute(
                "insert into delivery \
                 (edition_id, recipient, sender, message_id, transport, sha256, mime, is_test, state, created_at, updated_at) \
                 select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10 \
                 where not exists (select 1 from delivery where edition_id = ?1 and recipient = ?2)",
                params![
                    new.edition_id,
                    new.recipient,
                    new.sender,
                    new.message_id,
                    new.transport,
                    new.sha256,
                    new.mime,
                    new.is_test,
                    state.as_str(),
                    stamp(now)
                ],
            )?;
            ids.push(transaction.query_row(
                "select max(delivery_id) from delivery where edition_id = ? and recipient = ?",
                params![new.edition_id, new.recipient],
                |row| row.get(0),
            )?);
        }
        transaction.commit()?;
        Ok(ids)
    }

    /// Takes a pending mail for sending; `false` when it is no longer pending.
    pub fn claim_delivery(&self, delivery_id: i64, now: Timestamp) -> Result<bool> {
        let changed = self.lock().execute(
            "update delivery set state = 'sending', attempts = attempts + 1, updated_at = ? \
             where delivery_id = ? and state = 'pending'",
            params![stamp(now), delivery_id],
        )?;
        Ok(changed == 1)
    }

    /// Records how an attempt ended. A mail that has reached a final state keeps it.
    pub fn settle_delivery(&self, delivery_id: i64, end: &Settlement, now: Timestamp) -> Result<()> {
        self.lock().execute(
            "update delivery set state = ?, response = ?, next_attempt_at = ?, attempts = attempts + ?, updated_at = ? \
             where delivery_id = ? and state in ('pending', 'sending')",
            params![
                end.state.as_str(),
                end.response,
                end.next_attempt_at.map(stamp),
                u32::from(end.counts),
                stamp(now),
                delivery_id
            ],
        )?;
        Ok(())
    }

    /// Takes up the mails of these editions that may be tried now, oldest first. From here on they go over this transport, whatever
    /// they were meant for when they were put in the outbox.
    pub fn take_up_deliveries(&self, edition_ids: &[i64], transport: &str, now: Timestamp) -> Result<Vec<DeliveryRow>> {
        let editions = serde_json::to_string(edition_ids)?;
        self.lock().execute(
            "update or ignore delivery set transport = ?1 where state = 'pending' and transport <> ?1 \
             and (next_attempt_at is null or next_attempt_at <= ?2 or next_attempt_at > ?4) \
             and edition_id in (select value from json_each(?3))",
            params![transport, stamp(now), editions, too_far(now)],
        )?;
        let sql = format!(
            "{SELECT} where d.state = 'pending' and d.transport = ?1 \
             and (d.next_attempt_at is null or d.next_attempt_at <= ?2 or d.next_attempt_at > ?4) \
             and d.edition_id in (select value from json_each(?3)) order by d.delivery_id"
        );
        self.deliveries_where(&sql, params![transport, stamp(now), editions, too_far(now)])
    }

    /// Editions with mail that may be tried now.
    pub fn editions_to_send(&self, now: Timestamp) -> Result<Vec<i64>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select distinct edition_id from delivery where state = 'pending' \
             and (next_attempt_at is null or next_attempt_at <= ?1 or next_attempt_at > ?2) order by edition_id",
        )?;
        let rows = query.query_map([stamp(now), too_far(now)], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The exact bytes; `None` once they were dropped after the final state.
    pub fn delivery_bytes(&self, delivery_id: i64) -> Result<Option<Vec<u8>>> {
        let sql = "select mime from delivery where delivery_id = ?";
        Ok(self.lock().query_row(sql, [delivery_id], |row| row.get(0))?)
    }

    /// One row of the outbox.
    pub fn delivery(&self, delivery_id: i64) -> Result<DeliveryRow> {
        let found = self.deliveries_where(&format!("{SELECT} where d.delivery_id = ?"), params![delivery_id])?;
        found.into_iter().next().with_context(|| format!("no delivery {delivery_id} in the ledger"))
    }

    /// Everything sent or to be sent for one edition.
    pub fn deliveries(&self, edition_id: i64) -> Result<Vec<DeliveryRow>> {
        self.deliveries_where(&format!("{SELECT} where d.edition_id = ? order by d.delivery_id"), params![edition_id])
    }

    /// Mails in a state, oldest first: `Uncertain` is what the operator must settle.
    pub fn deliveries_in(&self, state: DeliveryState) -> Result<Vec<DeliveryRow>> {
        self.deliveries_where(&format!("{SELECT} where d.state = ? order by d.delivery_id"), params![state.as_str()])
    }

    /// Whether the exact bytes are still there.
    pub fn has_delivery_bytes(&self, delivery_id: i64) -> Result<bool> {
        let sql = "select mime is not null from delivery where delivery_id = ?";
        Ok(self.lock().query_row(sql, [delivery_id], |row| row.get(0))?)
    }

    /// Puts an uncertain or failed mail back, or one that waits, to be tried at once with the same bytes and Message-ID, as the
    /// operator wants it; `false` when it is none of these, or its bytes are gone. A test that was sent may be sent again.
    pub fn release_delivery(&self, delivery_id: i64, now: Timestamp) -> Result<bool> {
        let changed = self.lock().execute(
            "update delivery set state = 'pending', next_attempt_at = null, attempts = 0, updated_at = ?1, \
             released_at = ?1, released_by = 'operator' \
             where delivery_id = ?2 and mime is not null \
             and (state in ('uncertain', 'failed', 'pending') or state = 'sent' and is_test = 1)",
            params![stamp(now), delivery_id],
        )?;
        Ok(changed == 1)
    }

    /// Editions with uncertain mail that nobody put back before.
    pub fn editions_to_resend(&self) -> Result<Vec<i64>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select distinct edition_id from delivery where state = 'uncertain' and released_by is null \
             and mime is not null order by edition_id",
        )?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Puts the uncertain mail of these editions back, each once in its life, as the policy has it. How many there were.
    pub fn release_uncertain(&self, edition_ids: &[i64], now: Timestamp) -> Result<usize> {
        Ok(self.lock().execute(
            "update delivery set state = 'pending', next_attempt_at = null, attempts = 0, updated_at = ?1, \
             released_at = ?1, released_by = 'policy' \
             where state = 'uncertain' and released_by is null and mime is not null \
             and edition_id in (select value from json_each(?2))",
            params![stamp(now), serde_json::to_string(edition_ids)?],
        )?)
    }

    /// Holds mail that waits: its recipient is to be approved first.
    pub fn hold_delivery(&self, delivery_id: i64, now: Timestamp) -> Result<bool> {
        let changed = self.lock().execute(
            "update delivery set state = 'held', next_attempt_at = null, updated_at = ? where delivery_id = ? and state = 'pending'",
            params![stamp(now), delivery_id],
        )?;
        Ok(changed == 1)
    }

    /// Lets held mail go: the operator approved its recipient.
    pub fn release_held(&self, delivery_id: i64, now: Timestamp) -> Result<bool> {
        let changed = self.lock().execute(
            "update delivery set state = 'pending', response = null, updated_at = ? where delivery_id = ? and state = 'held'",
            params![stamp(now), delivery_id],
        )?;
        Ok(changed == 1)
    }

    /// Gives up a mail that is not to go out any more: it failed, for this reason. `false` when it went out, or is going.
    pub fn withdraw_delivery(&self, delivery_id: i64, reason: &str, now: Timestamp) -> Result<bool> {
        let changed = self.lock().execute(
            "update delivery set state = 'failed', next_attempt_at = null, response = ?, updated_at = ? \
             where delivery_id = ? and state in ('held', 'pending', 'uncertain')",
            params![reason, stamp(now), delivery_id],
        )?;
        Ok(changed == 1)
    }

    pub(super) fn deliveries_where(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<DeliveryRow>> {
        let db = self.lock();
        let mut query = db.prepare(sql)?;
        let mut rows = query.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(delivery_row(row)?);
        }
        Ok(found)
    }
}

fn too_far(now: Timestamp) -> String {
    stamp(now.checked_add(LONGEST_PAUSE).unwrap_or(Timestamp::MAX))
}

fn delivery_row(row: &Row<'_>) -> Result<DeliveryRow> {
    let state: String = row.get(9)?;
    Ok(DeliveryRow {
        delivery_id: row.get(0)?,
        edition_id: row.get(1)?,
        report: row.get(2)?,
        period: row.get(3)?,
        number: row.get(4)?,
        recipient: row.get(5)?,
        message_id: row.get(6)?,
        transport: row.get(7)?,
        sha256: row.get(8)?,
        state: DeliveryState::parse(&state)?,
        attempts: row.get(10)?,
        next_attempt_at: row.get(11)?,
        updated_at: row.get(12)?,
        response: row.get(13)?,
        sender: row.get(14)?,
        created_at: row.get(15)?,
        is_test: row.get(16)?,
        released_by: row.get(17)?,
    })
}
