//! What owners say and promise, and who was asked for a comment.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};

use super::Ledger;
use super::runs::stamp;

/// An owner's words on a figure of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentRow {
    /// Name of the metric.
    pub metric: String,
    /// Period id, `2026-W46`.
    pub period: String,
    /// Who says so.
    pub author: String,
    /// Plain text, one or more paragraphs.
    pub text: String,
    /// RFC 3339.
    pub noted_at: String,
    /// `cli`, `file`, `mail` or `web`.
    pub source: String,
    /// File and line, Message-ID, or the address that was signed in.
    pub reference: Option<String>,
}

/// A promise about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPromise {
    /// What will be done.
    pub text: String,
    /// Who does it.
    pub owner: String,
    /// Key of `[teams]` whose reviews show it.
    pub team: Option<String>,
    /// Key of `[reports]` that shows it.
    pub report: Option<String>,
    /// The metric it is meant to move.
    pub metric: Option<String>,
    /// Local day.
    pub due_on: Date,
}

/// A promise and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseRow {
    /// Its number, as people name it.
    pub promise_id: i64,
    /// As it was made.
    pub made: NewPromise,
    /// When it was made.
    pub made_at: Timestamp,
    /// The local day it was kept.
    pub done_on: Option<Date>,
    /// When that was recorded.
    pub done_at: Option<Timestamp>,
    /// What came of it, in its owner's words.
    pub done_note: Option<String>,
}

/// Somebody who was asked for a comment on a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskRow {
    /// The report whose draft was the occasion.
    pub report: String,
    /// Period id.
    pub period: String,
    /// Name of the metric.
    pub metric: String,
    /// Bare address.
    pub recipient: String,
    /// When the mail was accepted; `None`: it may not have arrived.
    pub asked_at: Option<Timestamp>,
}

impl Ledger {
    /// Notes a comment; `false` when this very mail was noted before.
    pub fn note_comment(&self, comment: &CommentRow) -> Result<bool> {
        let noted = self.lock().execute(
            "insert into comment (metric, period, author, text, noted_at, source, reference) \
             values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            params![
                comment.metric,
                comment.period,
                comment.author,
                comment.text,
                comment.noted_at,
                comment.source,
                comment.reference
            ],
        )?;
        Ok(noted == 1)
    }

    /// Every comment ever made, oldest first.
    pub fn comments(&self) -> Result<Vec<CommentRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select metric, period, author, text, noted_at, source, reference from comment order by comment_id",
        )?;
        let rows = query.query_map([], |row| {
            Ok(CommentRow {
                metric: row.get(0)?,
                period: row.get(1)?,
                author: row.get(2)?,
                text: row.get(3)?,
                noted_at: row.get(4)?,
                source: row.get(5)?,
                reference: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes a promise and returns its number.
    pub fn make_promise(&self, promise: &NewPromise, now: Timestamp) -> Result<i64> {
        let db = self.lock();
        db.execute(
            "insert into promise (text, owner, team, report, metric, made_at, due_on) values (?, ?, ?, ?, ?, ?, ?)",
            params![
                promise.text,
                promise.owner,
                promise.team,
                promise.report,
                promise.metric,
                stamp(now),
                promise.due_on.to_string()
            ],
        )?;
        Ok(db.last_insert_rowid())
    }

    /// Records that a promise was kept; `false` when it was closed before or never made.
    pub fn keep_promise(&self, promise_id: i64, done_on: Date, note: Option<&str>, now: Timestamp) -> Result<bool> {
        let kept = self.lock().execute(
            "update promise set done_on = ?, done_at = ?, done_note = ? where promise_id = ? and done_at is null",
            params![done_on.to_string(), stamp(now), note, promise_id],
        )?;
        Ok(kept == 1)
    }

    /// Every promise, in the order they were made.
    pub fn promises(&self) -> Result<Vec<PromiseRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select promise_id, text, owner, team, report, metric, made_at, due_on, done_on, done_at, done_note \
             from promise order by promise_id",
        )?;
        let rows = query.query_map([], |row| {
            Ok(PromiseRow {
                promise_id: row.get(0)?,
                made: NewPromise {
                    text: row.get(1)?,
                    owner: row.get(2)?,
                    team: row.get(3)?,
                    report: row.get(4)?,
                    metric: row.get(5)?,
                    due_on: parsed(row, 7)?,
                },
                made_at: parsed(row, 6)?,
                done_on: perhaps(row, 8)?,
                done_at: perhaps(row, 9)?,
                done_note: row.get(10)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes down that somebody is about to be asked, and returns the row's number for [`Ledger::settle_ask`].
    pub fn prepare_ask(&self, ask: &AskRow, token_hash: Option<&str>) -> Result<i64> {
        let db = self.lock();
        db.execute(
            "insert into ask (report, period, metric, recipient, asked_at, token_hash) values (?, ?, ?, ?, ?, ?)",
            params![ask.report, ask.period, ask.metric, ask.recipient, ask.asked_at.map(stamp), token_hash],
        )?;
        Ok(db.last_insert_rowid())
    }

    /// Records that the mail of these rows was accepted.
    pub fn settle_asks(&self, ask_ids: &[i64], asked_at: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for ask_id in ask_ids {
            transaction.execute("update ask set asked_at = ? where ask_id = ?", params![stamp(asked_at), ask_id])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Everybody who was or may have been asked, oldest first.
    pub fn asks(&self) -> Result<Vec<AskRow>> {
        let db = self.lock();
        let mut query = db.prepare("select report, period, metric, recipient, asked_at from ask order by ask_id")?;
        let rows = query.query_map([], ask)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What a reply token was given out for.
    pub fn ask_of_token(&self, token_hash: &str) -> Result<Option<AskRow>> {
        let db = self.lock();
        let query = "select report, period, metric, recipient, asked_at from ask where token_hash = ?";
        Ok(db.query_row(query, [token_hash], ask).optional()?)
    }
}

fn ask(row: &Row<'_>) -> rusqlite::Result<AskRow> {
    Ok(AskRow {
        report: row.get(0)?,
        period: row.get(1)?,
        metric: row.get(2)?,
        recipient: row.get(3)?,
        asked_at: perhaps(row, 4)?,
    })
}

/// A day or an instant as the ledger writes it.
fn parsed<T: std::str::FromStr<Err = jiff::Error>>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text: String = row.get(index)?;
    let unreadable =
        |error| rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error));
    text.parse().map_err(unreadable)
}

fn perhaps<T: std::str::FromStr<Err = jiff::Error>>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(index)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => parsed(row, index).map(Some),
    }
}
