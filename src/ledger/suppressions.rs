//! Who is sent no more mail of a report: readers who unsubscribed, and those the operator took off.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::Ledger;
use super::runs::stamp;

/// Somebody who gets no mail of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "columns of table suppression")]
pub struct Suppression {
    pub report: String,
    /// Bare, in lower case.
    pub address: String,
    /// `unsubscribed` or `operator`.
    pub how: String,
    pub suppressed_at: String,
}

impl Ledger {
    /// Sends an address no more mail of a report; `false` when it got none before.
    pub fn suppress(&self, report: &str, address: &str, how: &str, at: Timestamp) -> Result<bool> {
        let inserted = self.lock().execute(
            "insert into suppression (report, address, how, suppressed_at) values (?, ?, ?, ?) on conflict do nothing",
            params![report, address.to_lowercase(), how, stamp(at)],
        )?;
        Ok(inserted == 1)
    }

    /// Everybody who is sent no mail of some report, the latest first.
    pub fn suppressions(&self) -> Result<Vec<Suppression>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select report, address, how, suppressed_at from suppression order by suppressed_at desc, report, address",
        )?;
        let rows = query.query_map([], |row| {
            Ok(Suppression { report: row.get(0)?, address: row.get(1)?, how: row.get(2)?, suppressed_at: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Addresses, in lower case, that are sent no mail of a report.
    pub fn suppressed(&self, report: &str) -> Result<BTreeSet<String>> {
        let db = self.lock();
        let mut query = db.prepare("select address from suppression where report = ?")?;
        let rows = query.query_map([report], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Sends mail of a report again; `false` when it was not suppressed.
    pub fn lift_suppression(&self, report: &str, address: &str) -> Result<bool> {
        let deleted = self.lock().execute(
            "delete from suppression where report = ? and address = ?",
            params![report, address.to_lowercase()],
        )?;
        Ok(deleted == 1)
    }

    /// Every report and bare address that mail was ever made for.
    pub fn addressees(&self) -> Result<Vec<(String, String)>> {
        let db = self.lock();
        let mut query =
            db.prepare("select distinct e.report, d.recipient from delivery d join edition e using (edition_id)")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
