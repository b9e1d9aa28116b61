//! What went wrong, or may have, as the ledger has it: what notices, `status` and `history` are derived from.

use std::collections::BTreeSet;

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
    /// Records its pulls landed, and the requests they took.
    pub rows: u64,
    pub requests: u64,
}

impl Ledger {
    /// Readers' mail that is neither sent nor overtaken by a later mail of the same period to the same reader; oldest first.
    pub fn unsettled_mail(&self) -> Result<Vec<MailFact>> {
        self.mail_where(
            "d.state <> 'sent' and not exists (select 1 from delivery l join edition le using (edition_id) \
             where le.report = e.report and le.period = e.period and l.is_test = 0 and l.state = 'sent' \
             and lower(l.recipient) = lower(d.recipient) and l.delivery_id > d.delivery_id)",
            params![],
        )
    }

    /// Every mail of a report's period to its readers, oldest first.
    pub fn mail_of(&self, report: &str, period: &str) -> Result<Vec<MailFact>> {
        self.mail_where("e.report = ? and e.period = ?", params![report, period])
    }

    fn mail_where(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<MailFact>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select e.report, e.period, e.number, d.recipient, d.state, d.attempts, d.created_at, d.updated_at, d.response \
             from delivery d join edition e using (edition_id) where d.is_test = 0 and {condition} order by d.delivery_id"
        ))?;
        let mut rows = query.query(values)?;
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

    /// Runs with what they were for and what they pulled, newest first; of one report where it is named.
    pub fn run_facts(&self, report: Option<&str>, limit: u32) -> Result<Vec<RunFact>> {
        let db = self.lock();
        // what a run pulled has the run's own instant
        let mut query = db.prepare(
            "with run_report as ( \
               select run_id, report from occurrence where run_id is not null \
               union select run_id, report from edition where run_id is not null) \
             select r.run_id, r.trigger, r.started_at, r.finished_at, r.exit_code, r.pid, coalesce(r.problems, '[]'), \
               (select json_group_array(report) from run_report rr where rr.run_id = r.run_id), \
               (select coalesce(sum(p.rows), 0) from pull p where substr(p.started_at, 1, 19) = substr(r.started_at, 1, 19)), \
               (select coalesce(sum(p.requests), 0) from pull p \
                where substr(p.started_at, 1, 19) = substr(r.started_at, 1, 19)) \
             from run r where ?1 is null or exists (select 1 from run_report rr where rr.run_id = r.run_id and rr.report = ?1) \
             order by r.run_id desc limit ?2",
        )?;
        let mut rows = query.query(params![report, limit])?;
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
                rows: row.get::<_, i64>(8)? as u64,
                requests: row.get::<_, i64>(9)? as u64,
            });
        }
        Ok(found)
    }
}
