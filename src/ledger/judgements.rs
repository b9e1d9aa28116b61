//! What people and earlier editions have said: baselines accepted, figures published, reasons of churn.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Ledger;
use super::runs::stamp;

/// Where a metric's limits come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineRow {
    /// Name of the metric.
    pub metric: String,
    /// `week`, `month`, `quarter` or `year`.
    pub grain: String,
    /// First period of the baseline.
    pub from_period: String,
    /// Last period, included.
    pub to_period: String,
    /// When it was locked or accepted.
    pub set_at: String,
    /// Who accepted it; `None`: locked by itself.
    pub author: Option<String>,
    /// Why it was accepted.
    pub reason: Option<String>,
}

/// A figure as an edition published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRow {
    /// Name of the metric.
    pub metric: String,
    /// Period or window id.
    pub period: String,
    /// `None`: unknown.
    pub value: Option<Decimal>,
    /// Definition hash with the settings it reads.
    pub hash: String,
    /// Definition hash of the SQL alone.
    pub sql_hash: String,
    /// Number of the edition.
    pub number: u32,
    /// Period of the edition.
    pub edition_period: String,
}

/// Why an account left, in its owner's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChurnReason {
    /// Account id, or a billing customer id of it.
    pub account: String,
    /// Local day.
    pub churned_on: Date,
    /// `too_expensive`, …
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// When it was noted, RFC 3339.
    pub noted_at: String,
}

impl Ledger {
    /// Records a baseline: accepted by an owner with a reason, or locked by itself.
    pub fn set_baseline(&self, baseline: &BaselineRow) -> Result<()> {
        self.lock().execute(
            "insert into baseline (metric, grain, from_period, to_period, set_at, author, reason) \
             values (?, ?, ?, ?, ?, ?, ?)",
            params![
                baseline.metric,
                baseline.grain,
                baseline.from_period,
                baseline.to_period,
                baseline.set_at,
                baseline.author,
                baseline.reason
            ],
        )?;
        Ok(())
    }

    /// Records a baseline that locked by itself, unless one is in force already: an owner's, or another report's.
    pub fn lock_baseline(&self, baseline: &BaselineRow) -> Result<()> {
        let is_set = self.baselines()?.contains_key(&(baseline.grain.clone(), baseline.metric.clone()));
        if is_set { Ok(()) } else { self.set_baseline(baseline) }
    }

    /// Every baseline ever set, oldest first.
    pub fn baseline_history(&self) -> Result<Vec<BaselineRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select metric, grain, from_period, to_period, set_at, author, reason from baseline order by baseline_id",
        )?;
        let rows = query.query_map([], |row| {
            Ok(BaselineRow {
                metric: row.get(0)?,
                grain: row.get(1)?,
                from_period: row.get(2)?,
                to_period: row.get(3)?,
                set_at: row.get(4)?,
                author: row.get(5)?,
                reason: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The baselines in force, by grain and metric.
    pub fn baselines(&self) -> Result<BTreeMap<(String, String), BaselineRow>> {
        let all = self.baseline_history()?;
        Ok(all.into_iter().map(|row| ((row.grain.clone(), row.metric.clone()), row)).collect())
    }

    /// Records what an edition says of its own period.
    pub fn record_published(&self, edition_id: i64, figures: &[PublishedRow]) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for figure in figures {
            transaction.execute(
                "insert or replace into published (edition_id, metric, period, value, hash, sql_hash) \
                 values (?, ?, ?, ?, ?, ?)",
                params![
                    edition_id,
                    figure.metric,
                    figure.period,
                    figure.value.map(|v| v.to_string()),
                    figure.hash,
                    figure.sql_hash
                ],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// What the latest edition of each period of a report published.
    pub fn published(&self, report: &str) -> Result<Vec<PublishedRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select published.metric, published.period, published.value, published.hash, published.sql_hash, \
             edition.number, edition.period from published join edition using (edition_id) \
             where edition.report = ?1 and edition.number = (select max(later.number) from edition as later \
               where later.report = edition.report and later.period = edition.period \
                 and later.edition_id in (select edition_id from published)) \
             order by edition.period, published.metric, published.period",
        )?;
        let rows = query.query_map([report], published_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes why an account left.
    pub fn note_churn_reason(&self, reason: &ChurnReason) -> Result<()> {
        self.lock().execute(
            "insert into churn_reason (account, churned_on, reason, author, noted_at) values (?, ?, ?, ?, ?)",
            params![reason.account, reason.churned_on.to_string(), reason.reason, reason.author, reason.noted_at],
        )?;
        Ok(())
    }

    /// Every reason noted, oldest first.
    pub fn churn_reasons(&self) -> Result<Vec<ChurnReason>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select account, churned_on, reason, author, noted_at from churn_reason order by churn_reason_id",
        )?;
        let rows: Vec<(String, String, String, String, String)> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
            .collect::<Result<_, _>>()?;
        let reason = |(account, churned_on, reason, author, noted_at): (String, String, String, String, String)| {
            Ok(ChurnReason { account, churned_on: churned_on.parse()?, reason, author, noted_at })
        };
        rows.into_iter().map(reason).collect()
    }

    /// The time as the ledger writes it.
    pub fn stamp(time: Timestamp) -> String {
        stamp(time)
    }
}

/// A row of table published with its edition's number and period.
pub(super) fn published_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PublishedRow> {
    let value: Option<String> = row.get(2)?;
    Ok(PublishedRow {
        metric: row.get(0)?,
        period: row.get(1)?,
        value: value.and_then(|v| v.parse().ok()),
        hash: row.get(3)?,
        sql_hash: row.get(4)?,
        number: row.get(5)?,
        edition_period: row.get(6)?,
    })
}
