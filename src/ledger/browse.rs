//! What the pages of the web part show: read only, never more rows than a page can hold.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use rust_decimal::Decimal;

use super::Ledger;
use super::deliveries::DeliveryRow;
use super::runs::{EditionRow, RunRow, edition_row, run_row, stamp};

/// The newest edition of a report and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The edition.
    pub edition: EditionRow,
    /// How many there are of its report and period.
    pub editions: u32,
    /// It was mailed to correct an earlier one.
    pub is_correction: bool,
}

/// A figure as an edition published it, with the edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFigure {
    /// Report and period of the edition, and its number.
    pub report: String,
    pub edition_period: String,
    pub number: u32,
    pub is_provisional: bool,
    /// Period or window the figure is of.
    pub period: String,
    /// `None`: unknown.
    pub value: Option<Decimal>,
    /// Definition hash of the SQL alone.
    pub sql_hash: String,
}

/// A pull of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "columns of table pull")]
pub struct PullRow {
    pub source: String,
    pub stream: String,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub rows: u64,
    pub requests: u64,
    pub outcome: Option<String>,
    pub message: Option<String>,
}

/// A moment of a report's schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "columns of table occurrence")]
pub struct Moment {
    pub report: String,
    pub phase: String,
    pub due_at: String,
    pub state: String,
    pub recorded_at: String,
    pub note: Option<String>,
}

const EDITION: &str =
    "e.edition_id, e.report, e.period, e.number, e.path, e.created_at, e.run_id, e.is_provisional, e.subject, e.sha256";
const RUN: &str = "run_id, trigger, started_at, finished_at, exit_code, pid, coalesce(problems, '[]')";

impl Ledger {
    /// The newest edition of every report and period. The review of one customer is for whoever asked for it and is left out.
    pub fn newest_editions(&self) -> Result<Vec<Newest>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "with of_period as ( \
               select report, period, max(number) as number, count(*) as editions from edition \
               where instr(report, '.') = 0 group by report, period) \
             select {EDITION}, of_period.editions, \
               exists (select 1 from correction where correction.edition_id = e.edition_id) \
             from edition as e join of_period using (report, period, number) order by e.created_at desc"
        ))?;
        let rows = query.query_map([], |row| {
            Ok(Newest { edition: edition_row(row)?, editions: row.get(10)?, is_correction: row.get(11)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every edition of a report and period, newest first, and whether it was mailed to correct an earlier one.
    pub fn editions_of(&self, report: &str, period: &str) -> Result<Vec<(EditionRow, bool)>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select {EDITION}, exists (select 1 from correction where correction.edition_id = e.edition_id) \
             from edition as e where e.report = ? and e.period = ? order by e.number desc"
        ))?;
        let rows = query.query_map(params![report, period], |row| Ok((edition_row(row)?, row.get(10)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The digest of a listed file; `None` when the edition has no such file.
    pub fn file_digest(&self, report: &str, period: &str, number: u32, name: &str) -> Result<Option<String>> {
        let sql = "select f.sha256 from edition_file as f join edition using (edition_id) \
                   where report = ? and period = ? and number = ? and name = ?";
        Ok(self.lock().query_row(sql, params![report, period, number, name], |row| row.get(0)).optional()?)
    }

    /// Every figure of a metric that was ever published, by report, period and edition, the latest last.
    pub fn published_of(&self, metric: &str) -> Result<Vec<PublishedFigure>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select e.report, e.period, e.number, e.is_provisional, p.period, p.value, p.sql_hash \
             from published as p join edition as e using (edition_id) \
             where p.metric = ? and instr(e.report, '.') = 0 order by e.report, e.period, e.number",
        )?;
        let rows = query.query_map([metric], |row| {
            let value: Option<String> = row.get(5)?;
            Ok(PublishedFigure {
                report: row.get(0)?,
                edition_period: row.get(1)?,
                number: row.get(2)?,
                is_provisional: row.get(3)?,
                period: row.get(4)?,
                value: value.and_then(|v| v.parse().ok()),
                sql_hash: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs before one, newest first.
    pub fn runs_before(&self, before: Option<i64>, limit: u32) -> Result<Vec<RunRow>> {
        let db = self.lock();
        let mut query = db
            .prepare(&format!("select {RUN} from run where ?1 is null or run_id < ?1 order by run_id desc limit ?2"))?;
        let rows = query.query_map(params![before, limit], run_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One run.
    pub fn run(&self, run_id: i64) -> Result<Option<RunRow>> {
        Ok(self.lock().query_row(&format!("select {RUN} from run where run_id = ?"), [run_id], run_row).optional()?)
    }

    /// What runs published, and how many mails of it are in which state, by run.
    pub fn editions_of_runs(&self, from: i64, to: i64) -> Result<Vec<EditionRow>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select {EDITION} from edition as e where e.run_id between ? and ? order by e.edition_id"
        ))?;
        let rows = query.query_map(params![from, to], edition_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Pulls that began in a stretch of time, the end included.
    pub fn pulls_between(&self, from: &str, to: &str) -> Result<Vec<PullRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select source, stream, started_at, finished_at, rows, requests, outcome, message from pull \
             where unixepoch(started_at) between unixepoch(?) and unixepoch(?) order by pull_id limit 1000",
        )?;
        let rows = query.query_map(params![from, to], |row| {
            let (rows, requests): (i64, i64) = (row.get(4)?, row.get(5)?);
            Ok(PullRow {
                source: row.get(0)?,
                stream: row.get(1)?,
                started_at: row.get(2)?,
                finished_at: row.get(3)?,
                rows: rows as u64,
                requests: requests as u64,
                outcome: row.get(6)?,
                message: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Mails of a report's latest editions, newest first.
    pub fn latest_deliveries(&self, report: &str, limit: u32) -> Result<Vec<DeliveryRow>> {
        self.deliveries_where(
            &format!("{} where e.report = ? order by d.delivery_id desc limit ?", super::deliveries::SELECT),
            params![report, limit],
        )
    }

    /// When readers of a report last got one; `None`: never.
    pub fn last_sent(&self) -> Result<BTreeMap<String, Timestamp>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select report, max(updated_at) from delivery join edition using (edition_id) \
             where state = 'sent' and is_test = 0 group by report",
        )?;
        let rows: Vec<(String, String)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        rows.into_iter().map(|(report, at)| Ok((report, at.parse()?))).collect()
    }

    /// Moments of reports' schedules since one, latest first.
    pub fn moments_since(&self, since: Timestamp) -> Result<Vec<Moment>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select report, phase, due_at, state, recorded_at, note from occurrence where due_at >= ? \
             order by due_at desc limit 1000",
        )?;
        let rows = query.query_map([stamp(since)], |row| {
            Ok(Moment {
                report: row.get(0)?,
                phase: row.get(1)?,
                due_at: row.get(2)?,
                state: row.get(3)?,
                recorded_at: row.get(4)?,
                note: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When a report was first seen by the service: nothing before it is owed.
    pub fn first_seen(&self) -> Result<BTreeMap<String, Timestamp>> {
        let db = self.lock();
        let mut query =
            db.prepare("select report, min(due_at) from occurrence where state = 'first_seen' group by report")?;
        let rows: Vec<(String, String)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        rows.into_iter().map(|(report, at)| Ok((report, at.parse()?))).collect()
    }

    /// Names counted: `select NAME, …, count`. For /metrics.
    pub fn tally(&self, tally: Tally) -> Result<Vec<(Vec<String>, u64)>> {
        let db = self.lock();
        let mut query = db.prepare(tally.sql())?;
        let names = query.column_count() - 1;
        let rows = query.query_map([], |row| {
            let labels = (0..names).map(|i| row.get::<_, String>(i)).collect::<Result<_, _>>()?;
            Ok((labels, row.get::<_, i64>(names)? as u64))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What can be counted.
#[derive(Debug, Clone, Copy)]
pub enum Tally {
    /// By trigger and exit code, `running` without one.
    Runs,
    /// By report and state, without those for a look.
    Deliveries,
    /// By source and outcome.
    Pulls,
    /// Rows landed by source.
    Rows,
    /// Moments of schedules by report, phase and state.
    Moments,
}

impl Tally {
    fn sql(self) -> &'static str {
        match self {
            Tally::Runs => {
                "select trigger, coalesce(cast(exit_code as text), 'running'), count(*) from run group by 1, 2 order by 1, 2"
            }
            Tally::Deliveries => {
                "select report, state, count(*) from delivery join edition using (edition_id) \
                 where is_test = 0 and instr(report, '.') = 0 group by 1, 2 order by 1, 2"
            }
            Tally::Pulls => {
                "select source, coalesce(outcome, 'unfinished'), count(*) from pull group by 1, 2 order by 1, 2"
            }
            Tally::Rows => "select source, sum(rows) from pull group by 1 order by 1",
            Tally::Moments => {
                "select report, phase, state, count(*) from occurrence where state <> 'first_seen' \
                 group by 1, 2, 3 order by 1, 2, 3"
            }
        }
    }
}
