//! Metrics: one SQL file of entity rows each, aggregated once by shape for the total and every segment.
//!
//! Entity rows are `period_id, account_id, entity_id` with `numerator, denominator` or `value`. Aggregates are exact:
//! SQL sums integers and decimals, ratios are divided here in decimal arithmetic.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Warehouse;
use super::aggregate::{History, aggregate};
use super::catalog::{Catalog, Need, Query};
use super::header::{Header, Shape};
use crate::config::Config;
use crate::review::model::Unit;
use crate::review::series::MetricPoint;

/// What a catalogue of metrics gave: figures, what is not measured, and what failed.
#[derive(Debug, Default)]
pub struct MetricResults {
    pub points: Vec<MetricPoint>,
    /// Metric name → the unmet need.
    pub unmet: BTreeMap<String, String>,
    /// Metric name → error.
    pub failed: BTreeMap<String, String>,
    /// Series → first local day with data, where its needs say so: a period that begins then is complete.
    pub begins: BTreeMap<String, Date>,
}

impl Warehouse {
    /// Computes the named metrics (all if empty) for every period of `period`.
    pub fn metrics(&self, catalog: &Catalog, config: &Config, wanted: &BTreeSet<String>) -> Result<MetricResults> {
        let mut results = MetricResults::default();
        let met = self.needs_met(catalog)?;
        let complete_from = self.days(catalog, |need| need.history_from.as_deref())?;
        let begins = self.days(catalog, |need| need.begins.as_deref().or(need.history_from.as_deref()))?;
        for (header, index) in &catalog.metrics {
            let named = wanted.is_empty() || header.series().iter().any(|(name, ..)| wanted.contains(name));
            if !named || !config.is_enabled(&header.metric) {
                continue;
            }
            if let Some(need) = header.needs.iter().find(|need| !met.contains(*need)) {
                results.unmet.insert(header.metric.clone(), need.clone());
                continue;
            }
            let query = &catalog.queries[*index];
            let latest =
                |days: &BTreeMap<String, String>| header.needs.iter().filter_map(|n| days.get(n)).max().cloned();
            let history = History {
                complete_from: latest(&complete_from),
                begins: latest(&begins).filter(|_| !header.is_latest_only),
            };
            let first = latest(&complete_from).into_iter().chain(latest(&begins)).max();
            if let Some(first) = first.and_then(|day| day.parse::<Date>().ok()) {
                results.begins.extend(header.series().into_iter().map(|(name, ..)| (name, first)));
            }
            match self.metric(header, query, &config.currency(), &history) {
                Ok(points) => results.points.extend(points),
                Err(error) => {
                    results.failed.insert(header.metric.clone(), format!("{error:#}"));
                }
            }
        }
        Ok(results)
    }

    /// Needs that are satisfied by the data and settings at hand.
    pub fn needs_met(&self, catalog: &Catalog) -> Result<BTreeSet<String>> {
        let mut met = BTreeSet::new();
        for (name, need) in &catalog.needs {
            let mut conditions = Vec::new();
            if let Some(table) = &need.table {
                let filter = need.filter.as_deref().unwrap_or("true");
                conditions.push(format!("exists (select 1 from {table} where {filter})"));
            }
            if let Some(setting) = &need.setting {
                conditions.push(format!("exists (select 1 from setting where len({setting}) > 0)"));
            }
            let sql = format!("select {}", conditions.join(" and "));
            let is_met: bool = self
                .connection()
                .query_row(&sql, [], |row| row.get(0))
                .with_context(|| format!("queries/needs.toml: {name}"))?;
            if is_met {
                met.insert(name.clone());
            }
        }
        Ok(met)
    }

    /// Need → a day it says by a SELECT, where it says one.
    fn days(&self, catalog: &Catalog, select: impl Fn(&Need) -> Option<&str>) -> Result<BTreeMap<String, String>> {
        let mut days = BTreeMap::new();
        for (name, need) in &catalog.needs {
            let Some(sql) = select(need) else { continue };
            let day: Option<String> = self
                .connection()
                .query_row(&format!("select cast(({sql}) as varchar)"), [], |row| row.get(0))
                .with_context(|| format!("queries/needs.toml: {name}"))?;
            days.extend(day.map(|day| (name.clone(), day)));
        }
        Ok(days)
    }

    /// Binds a metric and refuses wrong columns and floating-point money.
    pub fn bind_metric(&self, header: &Header, query: &Query) -> Result<()> {
        let described = format!("describe {}", query.body());
        let mut statement = match self.connection().prepare(&described) {
            Ok(statement) => statement,
            Err(error) => bail!("queries/{}: {}", query.file, super::table::first_lines(&error.to_string())),
        };
        let columns: BTreeMap<String, String> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut expected = vec!["period_id", "account_id", "entity_id"];
        match header.shape {
            Shape::Ratio | Shape::Proportion => expected.extend(["numerator", "denominator"]),
            Shape::Sum | Shape::Level | Shape::Quantile(_) => expected.push("value"),
            Shape::Split(_) => expected.push("category"),
            Shape::Distinct => {}
            Shape::Custom => {
                expected = vec!["period_id", "segment_name", "segment_value", "numerator", "denominator", "n", "value"];
            }
        }
        let found: BTreeSet<&str> = columns.keys().map(String::as_str).collect();
        let wanted: BTreeSet<&str> = expected.iter().copied().collect();
        ensure!(
            found == wanted,
            "queries/{}: shape {:?} returns exactly the columns {}; this returns {}",
            query.file,
            header.shape,
            expected.join(", "),
            columns.keys().cloned().collect::<Vec<_>>().join(", ")
        );
        let is_money = header.unit == Unit::Money || matches!(header.shape, Shape::Ratio);
        let floating = columns.iter().find(|(_, kind)| ["DOUBLE", "FLOAT"].contains(&kind.as_str()));
        if let (true, Some((name, _))) = (is_money, floating) {
            bail!("queries/{}: {name} is floating point; use integers (minor units) or DECIMAL", query.file);
        }
        Ok(())
    }

    fn metric(&self, header: &Header, query: &Query, currency: &str, history: &History) -> Result<Vec<MetricPoint>> {
        let mut points = Vec::new();
        for (name, _, level) in header.series() {
            let sql = aggregate(header, query.body(), level, currency, history);
            let mut statement = match self.connection().prepare(&sql) {
                Ok(statement) => statement,
                Err(error) => bail!("{}", super::table::first_lines(&error.to_string())),
            };
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let decimal = |index: usize| -> Result<Option<Decimal>> {
                    let text: Option<String> = row.get(index)?;
                    text.map(|t| parse_decimal(&t)).transpose()
                };
                let (numerator, denominator) = (decimal(3)?, decimal(4)?);
                let value = match header.shape {
                    Shape::Ratio | Shape::Proportion => divide(numerator, denominator),
                    _ => decimal(6)?,
                };
                points.push(MetricPoint {
                    metric: name.clone(),
                    period: row.get(0)?,
                    segment_name: row.get(1)?,
                    segment_value: row.get(2)?,
                    numerator,
                    denominator,
                    n: row.get::<_, i64>(5)? as u64,
                    value,
                });
            }
        }
        Ok(points)
    }
}

fn divide(numerator: Option<Decimal>, denominator: Option<Decimal>) -> Option<Decimal> {
    let (numerator, denominator) = (numerator?, denominator?);
    numerator.checked_div(denominator).map(|d| d.round_dp(12).normalize())
}

fn parse_decimal(text: &str) -> Result<Decimal> {
    let parsed = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text));
    parsed.map(|d| d.normalize()).map_err(|_| anyhow::anyhow!("{text:?} is not a finite number"))
}
