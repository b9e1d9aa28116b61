//! What stands behind a review: the customers that carry an exception, and what its edition keeps to be opened, held to
//! account and replayed later.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::Environment;
use super::known::Known;
use super::measure::{Measured, Warehoused};
use crate::ledger::Ledger;
use crate::ledger::judgements::{BaselineRow, PublishedRow};
use crate::review::model::{AccountPart, Customers, Review, Rule};
use crate::warehouse::catalog;
use crate::warehouse::header::Header;

/// Exceptions whose customers are named; the rest is counted in print anyway.
const TOLD: usize = 3;
/// Customers named per exception.
const NAMED: usize = 3;

/// Names of the files of an edition that only the program reads again.
pub const ROWS: &str = "rows.parquet";
pub const KNOWN: &str = "known.json";
pub const QUERIES: &str = "queries.sql";
pub const CONFIG: &str = "config.toml";
pub const NEEDS: &str = "needs.toml";

/// What an edition keeps beside what people read, and what the ledger learns from it.
#[derive(Debug, Default)]
pub struct Inputs {
    pub files: Vec<(String, Vec<u8>)>,
    pub published: Vec<PublishedRow>,
    /// Baselines that got their twentieth point.
    pub locks: Vec<BaselineRow>,
}

/// Names the customers behind the first exceptions, as far as the report names customers.
pub fn accounts(opened: &Warehoused, environment: &Environment, review: &mut Review) -> Result<()> {
    let customers = review.head.customers;
    if customers == Customers::None {
        return Ok(());
    }
    let digits = crate::review::money::digits(&environment.config.currency());
    let Warehoused { warehouse, catalog } = opened;
    // who carries a figure is of interest where it got worse
    for exception in review.exceptions.iter_mut().take(TOLD).filter(|e| e.is_better != Some(true)) {
        let guardrail = exception.guardrail.as_ref().filter(|_| exception.rule == Rule::GuardrailMissed);
        let metric = guardrail.map_or(&exception.metric, |g| &g.metric);
        let Some((header, index)) = header(catalog, metric) else { continue };
        let query = &catalog.queries[*index];
        let period = header.headline_id(&review.period.id);
        let parts = warehouse.account_parts(header, query, &period, digits, NAMED)?;
        let is_money = header.has_money_parts || header.unit == crate::review::model::Unit::Money;
        exception.accounts = parts
            .into_iter()
            .map(|of| AccountPart {
                account: if customers == Customers::Ids { of.account } else { of.name },
                part: of.part,
                is_money,
                share: of.share,
            })
            .collect();
    }
    Ok(())
}

/// A metric's header, by the name of any of its series.
pub fn header<'a>(catalog: &'a catalog::Catalog, metric: &str) -> Option<&'a (Header, usize)> {
    catalog.metrics.iter().find(|(header, _)| header.series().iter().any(|(name, ..)| name == metric))
}

/// What every edition of a run keeps alike: queries, needs, configuration, and what was known.
pub fn common(environment: &Environment, known: &Known) -> Result<Vec<(String, Vec<u8>)>> {
    let user = environment.config.store.queries.as_ref().map(|p| environment.config.resolve(p));
    let mut queries = catalog::files(user.as_deref())?;
    let needs = queries.remove(NEEDS).unwrap_or_default();
    Ok(vec![
        (QUERIES.into(), joined(&queries).into_bytes()),
        (NEEDS.into(), needs.into_bytes()),
        (CONFIG.into(), environment.config.text.clone().into_bytes()),
        (KNOWN.into(), serde_json::to_vec_pretty(known)?),
        ("batches.csv".into(), batches(environment, known)?.into_bytes()),
    ])
}

/// Gathers what a review's edition keeps, beside what is common to its run.
pub fn inputs(
    opened: &Warehoused,
    environment: &Environment,
    review: &Review,
    measured: &Measured,
    known: &Known,
    common: &[(String, Vec<u8>)],
) -> Result<Inputs> {
    let mut files = common.to_vec();
    files.extend(rows(opened, review)?.map(|bytes| (ROWS.to_owned(), bytes)));
    Ok(Inputs { files, published: published(review, measured), locks: locks(review, known, environment) })
}

/// Every query with its path, one after the other.
fn joined(queries: &std::collections::BTreeMap<String, String>) -> String {
    queries.iter().fold(String::new(), |text, (file, sql)| text + HEADING + file + "\n" + sql + "\n")
}

const HEADING: &str = "-- queries/";

/// The queries of an edition, by path: what [`joined`] wrote.
pub fn parted(text: &str) -> std::collections::BTreeMap<String, String> {
    let mut queries = std::collections::BTreeMap::new();
    // a last heading without a file, so that every query ends where a heading begins
    for part in format!("\n{text}{HEADING}").split(&format!("\n{HEADING}")).skip(1) {
        if let Some((file, sql)) = part.split_once('\n') {
            queries.insert(file.to_owned(), sql.to_owned());
        }
    }
    queries
}

/// The last batch of every stream that the review knew, for people.
fn batches(environment: &Environment, known: &Known) -> Result<String> {
    let mut marks = String::from("manifest,stream,last_batch\n");
    for (manifest, stream) in environment.ledger.streams_landed()? {
        let last = environment.ledger.newest_batch(&manifest, &stream, known.last_batch)?;
        let _ = writeln!(marks, "{manifest},{stream},{}", last.unwrap_or_default());
    }
    Ok(marks)
}

/// The entity rows of every figure of the reviewed period.
fn rows(opened: &Warehoused, review: &Review) -> Result<Option<Vec<u8>>> {
    let Warehoused { warehouse, catalog } = opened;
    let period = &review.period.id;
    let mut figures: Vec<(&Header, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in review.sections.iter().flat_map(|s| &s.rows).filter(|r| r.value.is_some()) {
        let Some((header, _)) = header(catalog, &row.metric) else { continue };
        if seen.insert(header.metric.clone()) {
            figures.push((header, period.clone()));
            figures.extend(row.headline.as_ref().map(|window| (header, format!("{period}/{window}"))));
        }
    }
    let named: Vec<(&Header, &str)> = figures.iter().map(|(header, period)| (*header, period.as_str())).collect();
    let folder = warehouse.spill();
    crate::ledger::private_folder(&folder)?;
    let file = folder.join(format!("rows-{}.parquet", std::process::id()));
    if !warehouse.save_rows(catalog, &named, &file).context("the rows behind the figures")? {
        return Ok(None);
    }
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
    Ok(Some(bytes))
}

/// The figures an edition answers for: its own period's, as printed.
fn published(review: &Review, measured: &Measured) -> Vec<PublishedRow> {
    let rows = review.sections.iter().flat_map(|s| &s.rows).filter(|r| r.value.is_some());
    let figure = |row: &crate::review::model::Row| {
        let info = measured.infos.iter().find(|info| info.metric == row.metric)?;
        let window = row.headline.as_ref().map(|w| format!("/{w}")).unwrap_or_default();
        Some(PublishedRow {
            metric: row.metric.clone(),
            period: format!("{}{window}", review.period.id),
            value: row.value,
            hash: info.hash.clone(),
            sql_hash: info.sql_hash.clone(),
            number: 0,
            edition_period: review.period.id.clone(),
        })
    };
    rows.filter_map(figure).collect()
}

/// Process charts that are full and not locked yet.
fn locks(review: &Review, known: &Known, environment: &Environment) -> Vec<BaselineRow> {
    let grain = &review.period.grain;
    let locked = known.baselines.get(grain);
    let rows = review.sections.iter().flat_map(|s| &s.rows);
    rows.filter(|row| locked.is_none_or(|l| !l.contains_key(&row.metric)))
        .filter_map(|row| {
            let process = row.judgement.process.as_ref().filter(|p| p.is_locked)?;
            Some(BaselineRow {
                metric: row.metric.clone(),
                grain: grain.clone(),
                from_period: process.from.clone(),
                to_period: process.to.clone(),
                set_at: Ledger::stamp(environment.now),
                author: None,
                reason: None,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_read_back_as_they_were_written() {
        let shipped = catalog::files(None).unwrap();
        assert_eq!(parted(&joined(&shipped)), shipped);
    }
}
