//! What the operator was told, by which route, and what of it is still so; and what is told on time being kept.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, params};
use serde::Serialize;

use super::Ledger;
use super::runs::stamp;

/// How long after its end a cause is still owed a word to a route that was told of it.
const END_OWED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Something the operator must know, as seen now.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What makes it the same cause the next time.
    pub cause: &'a str,
    /// In words, recipients masked.
    pub summary: &'a str,
    /// When it began.
    pub since: Timestamp,
    /// How bad it is.
    pub weight: i64,
}

/// A cause, and what each route told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table notice")]
pub struct NoticeRow {
    pub notice_id: i64,
    pub cause: String,
    pub summary: String,
    pub since: Timestamp,
    pub first_seen_at: Timestamp,
    pub weight: i64,
    pub resolved_at: Option<Timestamp>,
    /// By route.
    pub told: BTreeMap<String, Told>,
}

/// When a route told of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table notice_told")]
pub struct Told {
    pub told_at: Timestamp,
    pub told_weight: i64,
    pub end_told_at: Option<Timestamp>,
}

/// How a route does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table notice_route")]
pub struct RouteRow {
    pub route: String,
    pub tried_at: Option<Timestamp>,
    pub ok_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub error: Option<String>,
}

/// What became of the ping of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingState {
    /// Whoever watches knows.
    Acknowledged,
    /// Not delivered on time: never told.
    Late,
    /// Delivered on time, and the other side did not answer for a day.
    GivenUp,
}

impl PingState {
    fn as_str(self) -> &'static str {
        match self {
            PingState::Acknowledged => "acknowledged",
            PingState::Late => "late",
            PingState::GivenUp => "given_up",
        }
    }

    fn parse(text: &str) -> Result<PingState> {
        let all = [PingState::Acknowledged, PingState::Late, PingState::GivenUp];
        all.into_iter().find(|s| s.as_str() == text).with_context(|| format!("unknown state of a ping {text:?}"))
    }
}

impl Ledger {
    /// Records which causes there are now: new ones begin, known ones are renewed, those no longer seen have ended.
    pub fn see_causes(&self, seen: &[Seen<'_>], now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for cause in seen {
            transaction.execute(
                "insert into notice (cause, summary, since, first_seen_at, weight) values (?1, ?2, ?3, ?4, ?5) \
                 on conflict (cause) where resolved_at is null do update set summary = ?2, weight = ?5 \
                 where summary <> ?2 or weight <> ?5",
                params![cause.cause, cause.summary, stamp(cause.since), stamp(now), cause.weight],
            )?;
        }
        let still: Vec<&str> = seen.iter().map(|s| s.cause).collect();
        transaction.execute(
            "update notice set resolved_at = ? \
             where resolved_at is null and cause not in (select value from json_each(?))",
            params![stamp(now), serde_json::to_string(&still)?],
        )?;
        Ok(transaction.commit()?)
    }

    /// Causes that last, and those that ended of late, oldest first, each with what was told of it.
    pub fn notices(&self, now: Timestamp) -> Result<Vec<NoticeRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select notice_id, cause, summary, since, first_seen_at, weight, resolved_at from notice \
             where resolved_at is null or resolved_at >= ? order by notice_id",
        )?;
        let owed = now.checked_sub(END_OWED).unwrap_or(Timestamp::MIN);
        let rows: Vec<RawNotice> = query.query_map([stamp(owed)], RawNotice::read)?.collect::<rusqlite::Result<_>>()?;
        let mut told: BTreeMap<i64, BTreeMap<String, Told>> = BTreeMap::new();
        let mut query = db.prepare("select notice_id, route, told_at, told_weight, end_told_at from notice_told")?;
        let mut lines = query.query([])?;
        while let Some(row) = lines.next()? {
            let one = Told { told_at: instant(row, 2)?, told_weight: row.get(3)?, end_told_at: maybe(row, 4)? };
            told.entry(row.get(0)?).or_default().insert(row.get(1)?, one);
        }
        rows.into_iter().map(|raw| raw.with(&mut told)).collect()
    }

    /// A route has told of causes (with their weight then), and that others ended.
    pub fn record_told(&self, route: &str, causes: &[(i64, i64)], ended: &[i64], now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for (notice_id, weight) in causes {
            transaction.execute(
                "insert into notice_told (notice_id, route, told_at, told_weight) values (?1, ?2, ?3, ?4) \
                 on conflict (notice_id, route) do update set told_at = ?3, told_weight = ?4",
                params![notice_id, route, stamp(now), weight],
            )?;
        }
        for notice_id in ended {
            transaction.execute(
                "update notice_told set end_told_at = ? where notice_id = ? and route = ?",
                params![stamp(now), notice_id, route],
            )?;
        }
        Ok(transaction.commit()?)
    }

    /// Notes that a route is about to be tried: what cannot be written down is not sent, or it would be sent every minute.
    pub fn record_route_try(&self, route: &str, now: Timestamp) -> Result<()> {
        self.lock().execute(
            "insert into notice_route (route, tried_at) values (?1, ?2) on conflict (route) do update set tried_at = ?2",
            params![route, stamp(now)],
        )?;
        Ok(())
    }

    /// How trying a route went. The first failure of a row of them keeps its time.
    pub fn record_route(&self, route: &str, error: Option<&str>, now: Timestamp) -> Result<()> {
        let sql = match error {
            None => "update notice_route set ok_at = ?2, failed_at = null, error = ?3 where route = ?1",
            Some(_) => "update notice_route set failed_at = coalesce(failed_at, ?2), error = ?3 where route = ?1",
        };
        self.lock().execute(sql, params![route, stamp(now), error])?;
        Ok(())
    }

    /// How the routes do that were ever tried.
    pub fn routes(&self) -> Result<Vec<RouteRow>> {
        let db = self.lock();
        let mut query =
            db.prepare("select route, tried_at, ok_at, failed_at, error from notice_route order by route")?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(RouteRow {
                route: row.get(0)?,
                tried_at: maybe(row, 1)?,
                ok_at: maybe(row, 2)?,
                failed_at: maybe(row, 3)?,
                error: row.get(4)?,
            });
        }
        Ok(found)
    }

    /// Occurrences due since an instant whose ping needs nothing more.
    pub fn pinged(&self, since: Timestamp) -> Result<BTreeMap<(String, Timestamp), PingState>> {
        let db = self.lock();
        let mut query = db.prepare_cached("select report, due_at, state from ping where due_at >= ?")?;
        let mut rows = query.query([stamp(since)])?;
        let mut found = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let state: String = row.get(2)?;
            found.insert((row.get(0)?, instant(row, 1)?), PingState::parse(&state)?);
        }
        Ok(found)
    }

    /// Settles the pings of occurrences.
    pub fn settle_pings(&self, of: &[(String, Timestamp)], state: PingState, now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for (report, due_at) in of {
            transaction.execute(
                "insert into ping (report, due_at, state, settled_at) values (?, ?, ?, ?) on conflict do nothing",
                params![report, stamp(*due_at), state.as_str(), stamp(now)],
            )?;
        }
        Ok(transaction.commit()?)
    }
}

/// Texts of a row, before its instants are read.
struct RawNotice {
    notice_id: i64,
    texts: [String; 2],
    times: [String; 2],
    weight: i64,
    resolved_at: Option<String>,
}

impl RawNotice {
    fn read(row: &Row<'_>) -> rusqlite::Result<RawNotice> {
        Ok(RawNotice {
            notice_id: row.get(0)?,
            texts: [row.get(1)?, row.get(2)?],
            times: [row.get(3)?, row.get(4)?],
            weight: row.get(5)?,
            resolved_at: row.get(6)?,
        })
    }

    fn with(self, told: &mut BTreeMap<i64, BTreeMap<String, Told>>) -> Result<NoticeRow> {
        let ([cause, summary], [since, first_seen_at]) = (self.texts, self.times);
        Ok(NoticeRow {
            notice_id: self.notice_id,
            cause,
            summary,
            since: since.parse()?,
            first_seen_at: first_seen_at.parse()?,
            weight: self.weight,
            resolved_at: self.resolved_at.map(|at| at.parse()).transpose()?,
            told: told.remove(&self.notice_id).unwrap_or_default(),
        })
    }
}

/// An instant the ledger wrote.
pub(super) fn instant(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    let text: String = row.get(column)?;
    text.parse().with_context(|| format!("{text:?} in the ledger is no instant"))
}

/// An instant, or none.
pub(super) fn maybe(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().with_context(|| format!("{text:?} in the ledger is no instant"))).transpose()
}
