//! How the rows behind a percentile are spread: counted where they lie, so that a week of a million tickets is one row.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use rust_decimal::Decimal;

use super::Warehouse;
use super::catalog::Query;
use super::entities::of_period;
use super::header::{Header, Shape};
use super::table::read;
use crate::review::picture::{Distribution, LEAST_SPREAD, bounds};

impl Warehouse {
    /// The distribution of a percentile's entities in a period, `None` for figures of another shape. Below five entities only
    /// their number is told.
    pub fn spread(&self, header: &Header, query: &Query, period: &str) -> Result<Option<Distribution>> {
        if !matches!(header.shape, Shape::Quantile(_)) {
            return Ok(None);
        }
        let bounds = bounds(header.unit);
        let below = bounds.iter().fold(String::new(), |mut sql, bound| {
            let _ = write!(sql, ", count(*) filter (where value < {bound})");
            sql
        });
        let percentile =
            |p: &str| format!("cast(percentile_cont({p}) within group (order by value) as decimal(20, 3))");
        let sql = format!(
            "select count(*), {median}, {p90}{below} from ({rows}) as rows where value is not null",
            median = percentile("0.5"),
            p90 = percentile("0.9"),
            rows = of_period(query, period),
        );
        let sql = columns_named(&sql, bounds.len() + 3);
        let table = read(self.connection(), &sql)?;
        let row = table.rows.first().context("no result")?;
        let count = |i: usize| row[i].as_deref().unwrap_or("0").parse::<u64>();
        let figure = |i: usize| row[i].as_deref().map(str::parse::<Decimal>).transpose();
        let n = count(0)?;
        let metric = header.metric.clone();
        if n < LEAST_SPREAD {
            return Ok(Some(Distribution {
                metric,
                n,
                bounds: Vec::new(),
                counts: Vec::new(),
                median: None,
                p90: None,
            }));
        }
        let mut counts = Vec::with_capacity(bounds.len() + 1);
        let mut before = 0;
        for place in 0..bounds.len() {
            let below = count(place + 3)?;
            counts.push(below - before);
            before = below;
        }
        counts.push(n - before);
        let (median, p90) = (figure(1)?.map(|v| v.normalize()), figure(2)?.map(|v| v.normalize()));
        Ok(Some(Distribution { metric, n, bounds, counts, median, p90 }))
    }
}

/// Counted columns have long names of their own; these are short and differ.
fn columns_named(sql: &str, columns: usize) -> String {
    let names: Vec<String> = (0..columns).map(|i| format!("c{i}")).collect();
    format!("select * from (\n{sql}\n) as counted ({})", names.join(", "))
}
