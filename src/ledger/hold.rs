//! Sending held back: after a restore nobody knows what was sent since the backup, until the operator says so.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::runs::stamp;

/// Why and since when nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// When it began.
    pub held_at: Timestamp,
    /// The moment of the backup: what happened after it is not in this ledger.
    pub backup_at: Timestamp,
    /// For people.
    pub reason: String,
}

/// A scheduled moment of which the operator said what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOccurrence {
    /// Key of `[reports]`.
    pub report: String,
    /// `pull`, `draft`, `send` or `correct`.
    pub phase: String,
    /// The moment.
    pub due_at: Timestamp,
}

impl Ledger {
    /// Why nothing may be sent, in words for the operator; `None` when mail may leave.
    pub fn sending_frozen(&self) -> Result<Option<String>> {
        Ok(self.hold()?.map(|hold| format!("{}; `bizreview thaw` shows what to decide and lets it go", hold.reason)))
    }

    /// The hold in force.
    pub fn hold(&self) -> Result<Option<Hold>> {
        let sql = "select held_at, backup_at, reason from hold where released_at is null order by hold_id limit 1";
        let found: Option<(String, String, String)> =
            self.lock().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        found
            .map(|(held_at, backup_at, reason)| {
                Ok(Hold { held_at: held_at.parse()?, backup_at: backup_at.parse()?, reason })
            })
            .transpose()
    }

    /// From now on nothing is sent.
    pub fn hold_sending(&self, reason: &str, backup_at: Timestamp, now: Timestamp) -> Result<()> {
        self.lock().execute(
            "insert into hold (held_at, reason, backup_at) values (?, ?, ?)",
            params![stamp(now), reason, stamp(backup_at)],
        )?;
        Ok(())
    }

    /// Lets mail leave again, with what the operator said about it, in one transaction: these occurrences were served, and these
    /// mails of the outbox were sent.
    pub fn release_hold(
        &self,
        by: &str,
        decision: &str,
        served: &[SaidOccurrence],
        sent: &[i64],
        now: Timestamp,
    ) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let released = transaction.execute(
            "update hold set released_at = ?, released_by = ?, decision = ? where released_at is null",
            params![stamp(now), by, decision],
        )?;
        ensure!(released > 0, "nothing is held");
        for one in served {
            transaction.execute(
                "insert into occurrence (report, phase, due_at, state, recorded_at, note) values (?, ?, ?, 'done', ?, ?) \
                 on conflict do update set state = 'done', recorded_at = excluded.recorded_at, note = excluded.note",
                params![one.report, one.phase, stamp(one.due_at), stamp(now), format!("before the restore, says {by}")],
            )?;
        }
        for delivery_id in sent {
            transaction.execute(
                "update delivery set state = 'sent', next_attempt_at = null, updated_at = ?, response = ? \
                 where delivery_id = ? and state in ('pending', 'sending', 'uncertain')",
                params![stamp(now), format!("sent before the restore, says {by}"), delivery_id],
            )?;
        }
        Ok(transaction.commit()?)
    }
}
