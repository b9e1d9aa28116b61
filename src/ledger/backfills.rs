//! Stretches of history that were asked for again, and how far they got.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::pulls::{Commit, write_commit};
use super::runs::stamp;

/// A stretch of one stream's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillRow {
    pub backfill_id: i64,
    /// First and last day.
    pub from_on: Date,
    pub to_on: Date,
    /// The engine's JSON; absent before the first commit.
    pub state: Option<String>,
    /// RFC 3339.
    pub started_at: String,
}

/// The outcome of pulls that are backfills: no figure of freshness or volume is taken from them.
pub const OUTCOME: &str = "backfill";

impl Ledger {
    /// One that was begun and not finished, from the same day on, to the same day where one is named.
    pub fn unfinished_backfill(
        &self,
        source: &str,
        stream: &str,
        from: Date,
        to: Option<Date>,
    ) -> Result<Option<BackfillRow>> {
        let sql = "select backfill_id, from_on, to_on, state, started_at from backfill \
                   where source = ?1 and stream = ?2 and from_on = ?3 and (?4 is null or to_on = ?4) and finished_at is null \
                   order by backfill_id desc limit 1";
        let to = to.map(|day| day.to_string());
        let row = self.lock().query_row(sql, params![source, stream, from.to_string(), to], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get(3)?, row.get(4)?))
        });
        let Some((backfill_id, from_on, to_on, state, started_at)) = row.optional()? else { return Ok(None) };
        let day = |text: String| text.parse::<Date>().with_context(|| format!("{text:?} in the ledger is no day"));
        Ok(Some(BackfillRow { backfill_id, from_on: day(from_on)?, to_on: day(to_on)?, state, started_at }))
    }

    /// The unfinished one, else a new one; without a last day it goes to `today`.
    pub fn open_backfill(
        &self,
        source: &str,
        stream: &str,
        from: Date,
        to: Option<Date>,
        today: Date,
        now: Timestamp,
    ) -> Result<BackfillRow> {
        if let Some(row) = self.unfinished_backfill(source, stream, from, to)? {
            return Ok(row);
        }
        let (to_on, started_at) = (to.unwrap_or(today), stamp(now));
        let db = self.lock();
        db.execute(
            "insert into backfill (source, stream, from_on, to_on, started_at) values (?, ?, ?, ?, ?)",
            params![source, stream, from.to_string(), to_on.to_string(), started_at],
        )?;
        Ok(BackfillRow { backfill_id: db.last_insert_rowid(), from_on: from, to_on, state: None, started_at })
    }

    /// It was read to its end.
    pub fn finish_backfill(&self, backfill_id: i64, now: Timestamp) -> Result<()> {
        self.lock().execute(
            "update backfill set finished_at = ?, state = null where backfill_id = ?",
            params![stamp(now), backfill_id],
        )?;
        Ok(())
    }

    /// Files, quarantine and the stretch's own state become true together; the stream's cursor is left alone.
    pub fn commit_backfill(&self, backfill_id: i64, commit: &Commit<'_>) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction().context("cannot write to the ledger")?;
        write_commit(&transaction, &Commit { cursor: None, ..*commit })
            .and_then(|()| {
                let sql = "update backfill set state = ? where backfill_id = ?";
                transaction.execute(sql, params![commit.cursor, backfill_id])
            })
            .context("cannot write to the ledger")?;
        transaction.commit().context("cannot write to the ledger")
    }

    /// Notes that a pull for a stretch begins.
    pub fn start_backfill_pull(&self, source: &str, stream: &str, started_at: &str) -> Result<i64> {
        let pull_id = self.start_pull(source, stream, started_at)?;
        self.lock().execute("update pull set outcome = ? where pull_id = ?", params![OUTCOME, pull_id])?;
        Ok(pull_id)
    }

    /// Notes what it brought, rows and requests, and why it failed if it did.
    pub fn finish_backfill_pull(
        &self,
        pull_id: i64,
        finished_at: &str,
        (rows, requests): (u64, u64),
        message: Option<&str>,
    ) -> Result<()> {
        self.finish_pull(pull_id, finished_at, rows, requests, OUTCOME, message)
    }
}
