//! Which edition was mailed to correct which, and what each published.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::params;

use super::Ledger;
use super::judgements::{PublishedRow, published_row};
use super::runs::stamp;

impl Ledger {
    /// Notes, before its mail is enqueued, that an edition corrects another.
    pub fn record_correction(&self, edition_id: i64, corrected: i64, now: Timestamp) -> Result<()> {
        self.lock().execute(
            "insert or replace into correction (edition_id, corrected_edition_id, decided_at) values (?, ?, ?)",
            params![edition_id, corrected, stamp(now)],
        )?;
        Ok(())
    }

    /// The corrections of a report and period that are out, or on their way, to somebody, oldest first: correcting and corrected edition.
    pub fn corrections(&self, report: &str, period: &str) -> Result<Vec<(i64, i64)>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select correction.edition_id, correction.corrected_edition_id from correction \
             join edition using (edition_id) where edition.report = ? and edition.period = ? \
             and correction.edition_id in (select edition_id from delivery where is_test = 0 and state <> 'failed') order by edition.number",
        )?;
        let rows = query.query_map(params![report, period], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What one edition published of its own period.
    pub fn published_by(&self, edition_id: i64) -> Result<Vec<PublishedRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select published.metric, published.period, published.value, published.hash, published.sql_hash, \
             edition.number, edition.period from published join edition using (edition_id) \
             where edition_id = ? order by published.metric, published.period",
        )?;
        let rows = query.query_map([edition_id], published_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
