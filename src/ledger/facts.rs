//! What went wrong, or may have, as the ledger has it: what notices, `status` and `history` are derived from.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::Ledger;
use super::notices::{instant, maybe};
use super::runs::stamp;

/// A mail to a reader, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of tables delivery and edition")]
pub struct MailFact {
    pub report: String,
    pub period: String,
    pub number: u32,
    pub recipient: String,
    /// As stored: states of later versions are told too.
    pub state: String,
    pub attempts: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub response: Option<String>,
}

/// An occurrence of a phase of a report's schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table occurrence")]
pub struct OccurrenceFact {
    pub report: String,
    pub phase: String,
    pub due_at: Timestamp,
    pub state: String,
    pub recorded_at: Timestamp,
    pub run_id: Option<i64>,
    pub note: Option<String>,
}

/// A run, with the scheduled reports it was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table run")]
pub struct RunFact {
    pub run_id: i64,
    pub trigger: String,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub exit_code: Option<i32>,
    pub pid: u32,
    pub problems: Vec<String>,
    /// Of its occurrences and its editions.
    pub reports: BTreeSet<String>,
}

impl Ledger {
    /// Readers' mail that is not sent, nor overtaken by a later mail of the same period to the same reader; oldest first.
    pub fn unsettled_mail(&self) -> Result<Vec<MailFact>> {
        let db = self.lock();
        // named states, so that the index finds them: every other row has the bytes of a mail before its state
        let mut query = db.prepare_cached(
            "select e.report, e.period, e.number, d.recipient, d.state, d.attempts, d.created_at, d.updated_at, d.response \
             from delivery d join edition e using (edition_id) \
             where d.state in ('held', 'pending', 'sending', 'uncertain', 'failed') and d.is_test = 0 \
             and not exists (select 1 from delivery l join edition le using (edition_id) \
               where le.report = e.report and le.period = e.period and l.is_test = 0 and l.state = 'sent' \
               and lower(l.recipient) = lower(d.recipient) and l.delivery_id > d.delivery_id) \
             order by d.delivery_id",
        )?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(MailFact {
                report: row.get(0)?,
                period: row.get(1)?,
                number: row.get(2)?,
                recipient: row.get(3)?,
                state: row.get(4)?,
                attempts: row.get(5)?,
                created_at: instant(row, 6)?,
                updated_at: instant(row, 7)?,
                response: row.get(8)?,
            });
        }
        Ok(found)
    }

    /// Where a period's mail to its readers stands: of each reader the latest one, with its state and when it came to that.
    pub fn readers(&self, report: &str, period: &str) -> Result<BTreeMap<String, (String, Timestamp)>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "select lower(d.recipient), d.state, d.updated_at from delivery d join edition e using (edition_id) \
             where e.report = ? and e.period = ? and d.is_test = 0 order by d.delivery_id",
        )?;
        let mut rows = query.query([report, period])?;
        let mut found = BTreeMap::new();
        while let Some(row) = rows.next()? {
            found.insert(row.get(0)?, (row.get(1)?, instant(row, 2)?));
        }
        Ok(found)
    }

    /// Occurrences of every phase due since an instant, oldest first; first sights are none.
    pub fn occurrences_since(&self, since: Timestamp) -> Result<Vec<OccurrenceFact>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select report, phase, due_at, state, recorded_at, run_id, note from occurrence \
             where state <> 'first_seen' and due_at >= ? order by due_at, report, phase",
        )?;
        let mut rows = query.query([stamp(since)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(OccurrenceFact {
                report: row.get(0)?,
                phase: row.get(1)?,
                due_at: instant(row, 2)?,
                state: row.get(3)?,
                recorded_at: instant(row, 4)?,
                run_id: row.get(5)?,
                note: row.get(6)?,
            });
        }
        Ok(found)
    }

    /// Runs with what they were for, newest first: those that began since an instant, at most so many, of one report where it is
    /// named.
    pub fn run_facts(&self, report: Option<&str>, since: Timestamp, limit: u32) -> Result<Vec<RunFact>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "with latest as (select * from run where started_at >= ?2), \
             run_report as ( \
               select run_id, report from occurrence where run_id in (select run_id from latest) \
               union select run_id, report from edition where run_id in (select run_id from latest)) \
             select r.run_id, r.trigger, r.started_at, r.finished_at, r.exit_code, r.pid, coalesce(r.problems, '[]'), \
               (select json_group_array(report) from run_report rr where rr.run_id = r.run_id) \
             from latest r \
             where ?1 is null or exists (select 1 from run_report rr where rr.run_id = r.run_id and rr.report = ?1) \
             order by r.run_id desc limit ?3",
        )?;
        let mut rows = query.query(params![report, stamp(since), limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (problems, reports): (String, String) = (row.get(6)?, row.get(7)?);
            found.push(RunFact {
                run_id: row.get(0)?,
                trigger: row.get(1)?,
                started_at: instant(row, 2)?,
                finished_at: maybe(row, 3)?,
                exit_code: row.get(4)?,
                pid: row.get(5)?,
                problems: serde_json::from_str(&problems).unwrap_or_else(|_| vec![problems]),
                reports: serde_json::from_str(&reports).unwrap_or_default(),
            });
        }
        Ok(found)
    }

    /// What was pulled since the run before this one: records landed, and requests it took.
    pub fn pulled_for(&self, run: &RunFact) -> Result<(u64, u64)> {
        let sums = "select coalesce(sum(rows), 0), coalesce(sum(requests), 0) from pull \
             where started_at > coalesce((select max(started_at) from run where run_id < ?1), '') \
             and substr(started_at, 1, 19) <= substr(?2, 1, 19)";
        let values = params![run.run_id, stamp(run.started_at)];
        let (rows, requests): (i64, i64) = self.lock().query_row(sums, values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((rows as u64, requests as u64))
    }
}
