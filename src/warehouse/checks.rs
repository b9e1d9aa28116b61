//! Checks: a query that returns rows has found failures. Its header says what they withhold.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::Warehouse;
use super::catalog::{Catalog, Layer, Query};
use super::header;

/// What a failing check does to the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Its dimensions are not printed; the reason is.
    Withhold,
    /// The edition is marked provisional.
    Provisional,
    /// Printed among the problems.
    Warn,
}

/// A check that found something.
#[derive(Debug, Clone)]
pub struct Failure {
    pub check: String,
    pub title: String,
    pub severity: Severity,
    /// Dimensions it concerns.
    pub dimensions: Vec<String>,
    /// Failing rows, the first few of them in words; 0 for a check that could not be run.
    pub rows: usize,
    pub sample: String,
}

/// What the checks found, and those that could not be run.
#[derive(Debug, Default)]
pub struct CheckResults {
    pub failures: Vec<Failure>,
    /// File and error.
    pub broken: Vec<(String, String)>,
}

impl Warehouse {
    /// Runs every check. One that cannot be run stops no other.
    pub fn checks(&self, catalog: &Catalog) -> CheckResults {
        let mut results = CheckResults::default();
        for query in catalog.layer(Layer::Checks) {
            match self.check(query) {
                Ok((failure, error)) => {
                    results.failures.extend(failure);
                    results.broken.extend(error.map(|error| (query.file.clone(), error)));
                }
                Err(error) => results.broken.push((query.file.clone(), format!("{error:#}"))),
            }
        }
        results
    }

    fn check(&self, query: &Query) -> Result<(Option<Failure>, Option<String>)> {
        let fields = header::fields(&query.sql, &["check", "title", "severity", "dimensions"])?;
        let get = |key: &str| fields.get(key).cloned().with_context(|| format!("the header has no `-- {key}: …`"));
        let severity = match get("severity")?.as_str() {
            "withhold" => Severity::Withhold,
            "provisional" => Severity::Provisional,
            "warn" => Severity::Warn,
            other => bail!("severity {other:?}: use withhold, provisional or warn"),
        };
        let failure = |rows: usize, sample: String| -> Result<Failure> {
            Ok(Failure {
                check: get("check")?,
                title: get("title")?,
                severity,
                dimensions: get("dimensions")?.split(',').map(|d| d.trim().to_owned()).collect(),
                rows,
                sample,
            })
        };
        match super::table::read(self.connection(), query.body()) {
            Ok(table) if table.rows.is_empty() => Ok((None, None)),
            Ok(table) => Ok((Some(failure(table.rows.len(), sample(&table))?), None)),
            // what could not be checked is not known to be right: it is treated as what it guards against
            Err(error) => Ok((Some(failure(0, String::new())?), Some(format!("{error:#}")))),
        }
    }
}

fn sample(table: &super::table::Table) -> String {
    let words = |row: &Vec<Option<String>>| {
        let cells: BTreeMap<_, _> = table.columns.iter().zip(row).collect();
        cells.iter().map(|(c, v)| format!("{c} {}", v.as_deref().unwrap_or("unknown"))).collect::<Vec<_>>().join(", ")
    };
    table.rows.iter().take(3).map(words).collect::<Vec<_>>().join("; ")
}
