//! Why a published figure is different today: its definition, a setting, an exchange rate, identity, an erasure, or the records.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Environment;
use super::behind::{KNOWN, ROWS, header};
use super::known::Known;
use super::measure::{Measured, Warehoused};
use crate::calendar::{Calendar, Period};
use crate::ledger::judgements::PublishedRow;
use crate::review::model::{Customers, Edition, Restatement};
use crate::review::phrase::Phrase;
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

/// Why a published figure is another one now, to be said in words.
pub fn told(environment: &Environment, opened: &Warehoused, old: &Published, info: &MetricInfo) -> Phrase {
    cause(environment, opened, old, info).unwrap_or_else(|error| {
        tracing::warn!(metric = old.metric, error = format!("{error:#}"), "the cause of a restatement is unknown");
        Phrase::of("cause-unknown")
    })
}

fn cause(environment: &Environment, opened: &Warehoused, old: &Published, info: &MetricInfo) -> Result<Phrase> {
    if old.sql_hash != info.sql_hash {
        return Ok(Phrase::of("cause-definition"));
    }
    if old.hash != info.hash {
        return Ok(Phrase::of("cause-setting"));
    }
    let folder = folder(environment, &old.edition);
    let known = std::fs::read(folder.join(KNOWN)).context("what the edition knew")?;
    let known: Known = serde_json::from_slice(&known)?;
    let changed_since = |stream: &str| -> Result<bool> {
        Ok(environment.ledger.newest_batch(FILES, stream, i64::MAX)?.is_some_and(|newest| newest > known.last_batch))
    };
    let Warehoused { warehouse, catalog } = opened;
    let (header, index) = header(catalog, &old.metric).context("no such metric")?;
    let kept = folder.join(ROWS);
    let mut difference = warehouse.compare_rows(header, &catalog.queries[*index], &old.period, &kept)?;
    // a record is named where the report names customers, and never a person
    let shown = environment.config.reports.get(&old.edition.report).map(|report| report.customers);
    if header.is_of_people || shown.is_none_or(|customers| customers == Customers::None) {
        difference.sample = None;
    }
    Ok(words(&difference, changed_since(IDENTITY)?, info.is_money && changed_since(RATES)?))
}

/// The folder of an edition.
pub fn folder(environment: &Environment, edition: &Edition) -> PathBuf {
    let Edition { report, period, number } = edition;
    environment.config.store().join("archive").join(report).join(period).join(number.to_string())
}

/// The difference of the rows in words. Accounts matched anew come and go without a record having done so; rates change
/// amounts and nothing else.
fn words(difference: &Difference, is_identity: bool, are_rates: bool) -> Phrase {
    let Difference { added, removed, changed, moved, erased, sample } = difference;
    let both = |one: Phrase, other: Phrase| Phrase::of("cause-and").with("one", one).with("other", other);
    if *erased > 0 {
        let others = Difference { erased: 0, ..difference.clone() };
        let is_more = *added + *removed + *changed + *moved > 0;
        let erasure = Phrase::of("cause-erasure");
        return if is_more { both(erasure, words(&others, is_identity, are_rates)) } else { erasure };
    }
    if is_identity && (*added > 0 || *removed > 0 || *moved > 0) {
        return Phrase::of("cause-identity");
    }
    if are_rates && *changed > 0 && *added == 0 && *removed == 0 {
        return Phrase::of("cause-rates");
    }
    let kinds = [("cause-added", *added), ("cause-changed", *changed), ("cause-removed", *removed)];
    let parts = kinds.into_iter().filter(|(_, count)| *count > 0).map(|(id, n)| Phrase::of(id).with("count", n));
    let Some(cause) = parts.reduce(both) else { return Phrase::of("cause-records") };
    match sample {
        Some(sample) => Phrase::of("cause-example").with("cause", cause).with("example", sample.as_str()),
        None => cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(added: u64, removed: u64, changed: u64) -> Difference {
        Difference { added, removed, changed, moved: 0, erased: 0, sample: Some("sub_1".into()) }
    }

    #[test]
    fn the_cause_is_told_by_what_happened_to_the_rows() {
        let said = |added, removed, changed| words(&difference(added, removed, changed), false, false);
        let part = |id: &str, count: u64| Phrase::of(id).with("count", count);
        let both = |one: Phrase, other: Phrase| Phrase::of("cause-and").with("one", one).with("other", other);
        let example = |cause: Phrase| Phrase::of("cause-example").with("cause", cause).with("example", "sub_1");
        assert_eq!(said(2, 0, 0), example(part("cause-added", 2)));
        assert_eq!(said(1, 1, 0), example(both(part("cause-added", 1), part("cause-removed", 1))));
        assert_eq!(said(0, 0, 0), Phrase::of("cause-records"));
        assert_eq!(words(&difference(1, 2, 0), true, false), Phrase::of("cause-identity"));
        let forgotten = Difference { erased: 2, ..difference(0, 0, 0) };
        assert_eq!(words(&forgotten, true, true), Phrase::of("cause-erasure"));
        assert_eq!(words(&difference(0, 0, 9), false, true), Phrase::of("cause-rates"));
        let late_too = words(&difference(1, 0, 9), false, true);
        assert_eq!(late_too, example(both(part("cause-added", 1), part("cause-changed", 9))));
    }
}
