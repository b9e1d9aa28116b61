//! Runs, and editions with the files they consist of.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::Ledger;

/// One execution of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table run")]
pub struct RunRow {
    pub run_id: i64,
    pub trigger: String,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub exit_code: Option<i32>,
    pub pid: u32,
    pub problems: Vec<String>,
}

/// An edition about to be listed: its folder is already complete and in place.
#[derive(Debug, Clone)]
pub struct NewEdition<'a> {
    /// Key of `[reports]`.
    pub report: &'a str,
    /// Period id, `2026-W46`.
    pub period: &'a str,
    /// 1 for the first edition of a period.
    pub number: u32,
    /// Folder relative to the store.
    pub path: &'a str,
    /// The run that made it.
    pub run_id: i64,
    /// Some source was late or some figure withheld.
    pub is_provisional: bool,
    /// Mail subject.
    pub subject: &'a str,
    /// Digest over names and digests of the files.
    pub sha256: &'a str,
}

/// A listed edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table edition")]
pub struct EditionRow {
    pub edition_id: i64,
    pub report: String,
    pub period: String,
    pub number: u32,
    pub path: String,
    pub created_at: String,
    pub run_id: Option<i64>,
    pub is_provisional: bool,
    pub subject: String,
    pub sha256: String,
}

/// A file of an edition; what is not listed is not served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionFile {
    /// Relative to the edition's folder, `/` between parts.
    pub name: String,
    /// Hex digest.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

const EDITION_COLUMNS: &str =
    "edition_id, report, period, number, path, created_at, run_id, is_provisional, subject, sha256";

impl Ledger {
    /// Opens a run. `trigger` is `schedule`, `manual` or `demo`.
    pub fn start_run(&self, trigger: &str, now: Timestamp) -> Result<i64> {
        let db = self.lock();
        db.execute(
            "insert into run (trigger, started_at, pid) values (?, ?, ?)",
            params![trigger, stamp(now), std::process::id()],
        )?;
        Ok(db.last_insert_rowid())
    }

    /// Closes a run with its exit code and the problems it printed.
    pub fn finish_run(&self, run_id: i64, exit_code: i32, problems: &[String], now: Timestamp) -> Result<()> {
        self.lock().execute(
            "update run set finished_at = ?, exit_code = ?, problems = ? where run_id = ?",
            params![stamp(now), exit_code, serde_json::to_string(problems)?, run_id],
        )?;
        Ok(())
    }

    /// Closes runs that a process of this very number left open: it has just started, so they are another's of before. In a container
    /// every service is process 1, and its dead runs would look alive for ever.
    pub fn close_runs_left_open(&self, now: Timestamp) -> Result<usize> {
        Ok(self.lock().execute(
            "update run set finished_at = ?, exit_code = 1, problems = ? where finished_at is null and pid = ?",
            params![stamp(now), r#"["the process ended in the middle of it"]"#, std::process::id()],
        )?)
    }

    /// The latest runs, newest first.
    pub fn runs(&self, limit: u32) -> Result<Vec<RunRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select run_id, trigger, started_at, finished_at, exit_code, pid, coalesce(problems, '[]') \
             from run order by run_id desc limit ?",
        )?;
        let rows = query.query_map([limit], run_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number the next edition of a period gets.
    pub fn next_edition_number(&self, report: &str, period: &str) -> Result<u32> {
        Ok(self.lock().query_row(
            "select coalesce(max(number), 0) + 1 from edition where report = ? and period = ?",
            params![report, period],
            |row| row.get(0),
        )?)
    }

    /// Lists an edition and its files: from here on it exists.
    pub fn record_edition(&self, edition: &NewEdition<'_>, files: &[EditionFile], now: Timestamp) -> Result<i64> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        transaction.execute(
            "insert into edition (report, period, number, path, created_at, run_id, is_provisional, subject, sha256) \
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                edition.report,
                edition.period,
                edition.number,
                edition.path,
                stamp(now),
                edition.run_id,
                edition.is_provisional,
                edition.subject,
                edition.sha256
            ],
        )?;
        let edition_id = transaction.last_insert_rowid();
        for file in files {
            transaction.execute(
                "insert into edition_file (edition_id, name, sha256, bytes) values (?, ?, ?, ?)",
                params![edition_id, file.name, file.sha256, file.bytes as i64],
            )?;
        }
        transaction.commit()?;
        Ok(edition_id)
    }

    /// Editions of one report or of all, newest first.
    pub fn editions(&self, report: Option<&str>) -> Result<Vec<EditionRow>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select {EDITION_COLUMNS} from edition where ?1 is null or report = ?1 \
             order by report, period desc, number desc"
        ))?;
        let rows = query.query_map([report], edition_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One edition by its name.
    pub fn edition(&self, report: &str, period: &str, number: u32) -> Result<Option<EditionRow>> {
        let sql = format!("select {EDITION_COLUMNS} from edition where report = ? and period = ? and number = ?");
        Ok(self.lock().query_row(&sql, params![report, period, number], edition_row).optional()?)
    }

    /// The files an edition consists of.
    pub fn edition_files(&self, edition_id: i64) -> Result<Vec<EditionFile>> {
        let db = self.lock();
        let mut query =
            db.prepare("select name, sha256, bytes from edition_file where edition_id = ? order by name")?;
        let rows = query.query_map([edition_id], |row| {
            let bytes: i64 = row.get(2)?;
            Ok(EditionFile { name: row.get(0)?, sha256: row.get(1)?, bytes: bytes as u64 })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Of columns run_id to problems, as [`RunRow`] has them.
pub(super) fn run_row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let problems: String = row.get(6)?;
    Ok(RunRow {
        run_id: row.get(0)?,
        trigger: row.get(1)?,
        started_at: row.get(2)?,
        finished_at: row.get(3)?,
        exit_code: row.get(4)?,
        pid: row.get(5)?,
        problems: serde_json::from_str(&problems).unwrap_or_else(|_| vec![problems]),
    })
}

pub(super) fn edition_row(row: &Row<'_>) -> rusqlite::Result<EditionRow> {
    Ok(EditionRow {
        edition_id: row.get(0)?,
        report: row.get(1)?,
        period: row.get(2)?,
        number: row.get(3)?,
        path: row.get(4)?,
        created_at: row.get(5)?,
        run_id: row.get(6)?,
        is_provisional: row.get(7)?,
        subject: row.get(8)?,
        sha256: row.get(9)?,
    })
}

/// Whole seconds of UTC, always the same width, so that text compares like time.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
