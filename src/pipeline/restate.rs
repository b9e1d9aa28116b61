//! Why a published figure is different today: its definition, a setting, an exchange rate, identity, or the records.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Environment;
use super::behind::{KNOWN, ROWS, header};
use super::known::Known;
use super::measure::{Measured, Warehoused};
use crate::calendar::{Calendar, Period};
use crate::ledger::judgements::PublishedRow;
use crate::review::model::{Edition, Restatement};
use crate::review::restate::{Published, restatements};
use crate::review::row::shown;
use crate::review::series::MetricInfo;
use crate::warehouse::entities::Difference;

/// The manifest of the company's own files, and its streams that change what others' records mean.
const FILES: &str = "files";
const RATES: &str = "fx_rate";
const IDENTITY: &str = "account_map";

/// What earlier editions of a report said otherwise of the periods that this one still shows.
pub fn restated(
    environment: &Environment,
    opened: &Warehoused,
    measured: &Measured,
    calendar: &Calendar,
    report: &str,
    period: &Period,
) -> Result<Vec<Restatement>> {
    let mut first = period.clone();
    for _ in 1..shown(period.grain) {
        first = calendar.previous(&first);
    }
    let is_shown = |id: &str| {
        calendar
            .parse(id)
            .is_ok_and(|p| p.grain == period.grain && first.start_on <= p.start_on && p.start_on <= period.start_on)
    };
    let published: Vec<Published> = environment
        .ledger
        .published(report)?
        .into_iter()
        .filter(|row| is_shown(&row.edition_period))
        .map(|row| published_of(report, row))
        .collect();
    let cause = |old: &Published, info: &MetricInfo| told(environment, opened, old, info);
    Ok(restatements(&published, &measured.infos, &measured.figures, cause))
}

/// A figure of the ledger, with the edition that published it.
pub fn published_of(report: &str, row: PublishedRow) -> Published {
    Published {
        metric: row.metric,
        period: row.period,
        value: row.value,
        hash: row.hash,
        sql_hash: row.sql_hash,
        edition: Edition { report: report.to_owned(), period: row.edition_period, number: row.number },
    }
}

/// Why a published figure is another one now, in words.
pub fn told(environment: &Environment, opened: &Warehoused, old: &Published, info: &MetricInfo) -> String {
    cause(environment, opened, old, info).unwrap_or_else(|error| {
        tracing::warn!(metric = old.metric, error = format!("{error:#}"), "the cause of a restatement is unknown");
        "the cause is not known: what the edition kept cannot be read".to_owned()
    })
}

fn cause(environment: &Environment, opened: &Warehoused, old: &Published, info: &MetricInfo) -> Result<String> {
    if old.sql_hash != info.sql_hash {
        return Ok("its definition changed".into());
    }
    if old.hash != info.hash {
        return Ok("a setting that it reads changed".into());
    }
    let folder = folder(environment, &old.edition);
    let known = std::fs::read(folder.join(KNOWN)).context("what the edition knew")?;
    let known: Known = serde_json::from_slice(&known)?;
    let changed_since = |stream: &str| -> Result<bool> {
        Ok(environment.ledger.batches(FILES, stream)?.iter().any(|b| b.batch_id > known.last_batch))
    };
    let Warehoused { warehouse, catalog } = opened;
    let (header, index) = header(catalog, &old.metric).context("no such metric")?;
    let kept = folder.join(ROWS);
    let difference = warehouse.compare_rows(header, &catalog.queries[*index], &old.period, &kept)?;
    Ok(words(&difference, changed_since(IDENTITY)?, info.is_money && changed_since(RATES)?))
}

/// The folder of an edition.
pub fn folder(environment: &Environment, edition: &Edition) -> PathBuf {
    let Edition { report, period, number } = edition;
    environment.config.store().join("archive").join(report).join(period).join(number.to_string())
}

/// The difference of the rows in words. Accounts matched anew come and go without a record having done so; rates change
/// amounts and nothing else.
fn words(difference: &Difference, is_identity: bool, are_rates: bool) -> String {
    let Difference { added, removed, changed, moved, sample } = difference;
    let records = |n: u64| if n == 1 { "1 record".to_owned() } else { format!("{n} records") };
    if is_identity && (*added > 0 || *removed > 0 || *moved > 0) {
        return "accounts were matched anew".into();
    }
    if are_rates && *changed > 0 && *added == 0 && *removed == 0 {
        return "exchange rates changed".into();
    }
    let mut parts = Vec::new();
    if *added > 0 {
        parts.push(format!("{} came late", records(*added)));
    }
    if *changed > 0 {
        parts.push(format!("{} changed", records(*changed)));
    }
    if *removed > 0 {
        parts.push(format!("{} no longer count{}", records(*removed), if *removed == 1 { "s" } else { "" }));
    }
    if parts.is_empty() {
        return "the records behind it changed".into();
    }
    let example = sample.as_ref().map(|s| format!(" ({s})")).unwrap_or_default();
    parts.join(", ") + &example
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(added: u64, removed: u64, changed: u64) -> Difference {
        Difference { added, removed, changed, moved: 0, sample: Some("sub_1".into()) }
    }

    #[test]
    fn the_cause_is_told_by_what_happened_to_the_rows() {
        let say = |added, removed, changed| words(&difference(added, removed, changed), false, false);
        assert_eq!(say(2, 0, 0), "2 records came late (sub_1)");
        assert_eq!(say(0, 0, 1), "1 record changed (sub_1)");
        assert_eq!(say(1, 1, 0), "1 record came late, 1 record no longer counts (sub_1)");
        assert_eq!(words(&difference(1, 2, 0), true, false), "accounts were matched anew");
        assert_eq!(words(&difference(0, 0, 9), false, true), "exchange rates changed");
        assert_eq!(words(&difference(1, 0, 9), false, true), "1 record came late, 9 records changed (sub_1)");
    }
}
