//! What a report draws besides its series: events, cohorts, distributions, and the leading metrics of the six dimensions.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::infos::team_of;
use super::is_listed;
use super::measure::{Measured, Warehoused};
use crate::calendar::Period;
use crate::config::{Config, Report};
use crate::review::assemble::{Lead, Pictures};
use crate::review::model::{Cohort, Cohorts, Distribution, Event, Kept, Problem};
use crate::review::picture::DIMENSIONS;
use crate::warehouse::Warehouse;
use crate::warehouse::header::Shape;

/// Reads them for a report and its period. What cannot be read is a problem, and the report goes without it.
pub fn pictures(
    opened: &Warehoused,
    config: &Config,
    report: &Report,
    period: &Period,
    problems: &mut Vec<Problem>,
) -> Pictures {
    let mut tell = |subject: &str, error: &anyhow::Error| {
        problems.push(Problem { subject: subject.to_owned(), message: format!("{error:#}") });
    };
    let mut pictures = Pictures::default();
    match events(opened, config, period) {
        Ok((events, unknown)) => {
            pictures.events = events;
            for error in unknown {
                tell("events.csv", &error);
            }
        }
        Err(error) => tell("events", &error),
    }
    if report.cohorts {
        match cohorts(&opened.warehouse, config, period) {
            Ok(cohorts) => pictures.cohorts = cohorts,
            Err(error) => tell("cohorts", &error),
        }
    }
    match distributions(opened, config, report, period) {
        Ok(distributions) => pictures.distributions = distributions,
        Err(error) => tell("distributions", &error),
    }
    pictures
}

/// Events up to the period's end, and what they name that does not exist.
fn events(opened: &Warehoused, config: &Config, period: &Period) -> Result<(Vec<Event>, Vec<anyhow::Error>)> {
    let table = opened.warehouse.query(&format!(
        "select local_date, title, team, metric from core.event where local_date < date '{}' order by 1, 2, 3, 4",
        period.end_on
    ))?;
    let known: Vec<String> =
        opened.catalog.metrics.iter().flat_map(|(h, _)| h.series()).map(|(metric, ..)| metric).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let teams: Vec<&str> = config.teams.keys().map(String::as_str).collect();
    let (mut events, mut unknown) = (Vec::new(), Vec::new());
    for row in table.rows {
        let [Some(day), Some(text), team, metric] = row.as_slice() else { continue };
        let day: Date = day.parse().with_context(|| format!("{day:?} is not a date"))?;
        if let Some(metric) = metric.as_deref().filter(|m| !known.contains(m)) {
            let near = crate::config::nearest(metric, &known);
            unknown.push(anyhow::anyhow!("{day}: no metric is called {metric:?}{near}; the event is not drawn"));
            continue;
        }
        let team_name = team.as_ref().and_then(|key| config.teams.get(key)).map(|team| team.name.clone());
        if let (Some(key), None) = (team, &team_name) {
            let near = crate::config::nearest(key, &teams);
            unknown.push(anyhow::anyhow!("{day}: {key:?} is not in [teams]{near}; the event is not drawn"));
            continue;
        }
        events.push(Event { day, text: text.clone(), team: team_name, metric: metric.clone() });
    }
    Ok((events, unknown))
}

/// Cohorts that a review keeps: five years of them.
const COHORTS: usize = 60;
/// Months after its own in which a cohort is followed.
const FOLLOWED: u32 = 12;

/// The cohorts of the last years, as far as their months were over at the period's end.
fn cohorts(warehouse: &Warehouse, config: &Config, period: &Period) -> Result<Option<Cohorts>> {
    let digits = crate::review::money::digits(&config.currency());
    let table = warehouse.query(&format!(
        "select cohort_month, accounts_start, accounts_paying, mrr_minor from marts.cohort_retention
         where cast(cohort_month + to_months(cast(months_since + 1 as integer)) as date) <= date '{}'
           and months_since <= {FOLLOWED}
         order by cohort_month, months_since",
        period.end_on
    ))?;
    let mut rows: Vec<Cohort> = Vec::new();
    for row in &table.rows {
        let cell = |i: usize| row[i].as_deref().with_context(|| format!("marts.cohort_retention: column {i} is empty"));
        let first_day: Date = cell(0)?.parse()?;
        let mrr = row[3].as_deref().map(str::parse).transpose()?.map(|minor| Decimal::new(minor, digits));
        let kept = Kept { accounts: cell(2)?.parse()?, mrr };
        match rows.last_mut().filter(|cohort| cohort.first_day == first_day) {
            Some(cohort) => cohort.kept.push(kept),
            None => rows.push(Cohort { first_day, accounts: cell(1)?.parse()?, kept: vec![kept] }),
        }
    }
    rows.drain(..rows.len().saturating_sub(COHORTS));
    Ok((!rows.is_empty()).then_some(Cohorts { rows, small_number: config.review.small_number }))
}

/// Of every percentile on the report.
fn distributions(opened: &Warehoused, config: &Config, report: &Report, period: &Period) -> Result<Vec<Distribution>> {
    let Warehoused { warehouse, catalog } = opened;
    let mut distributions = Vec::new();
    for (header, index) in &catalog.metrics {
        let is_shown = matches!(header.shape, Shape::Quantile(_))
            && config.is_enabled(&header.metric)
            && is_listed(report, team_of(header, config), &header.dimension, &header.metric);
        if !is_shown {
            continue;
        }
        let of = header.headline_id(&period.id);
        let spread = warehouse.spread(header, &catalog.queries[*index], &of);
        distributions.extend(spread.with_context(|| header.metric.clone())?);
    }
    Ok(distributions)
}

/// The metrics that lead the six dimensions (`-- leads: yes`), in catalogue order.
pub fn leading(opened: &Warehoused, config: &Config) -> BTreeMap<String, Vec<String>> {
    let mut leading: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (header, _) in opened.catalog.metrics.iter().filter(|(h, _)| h.is_leading && config.is_enabled(&h.metric)) {
        leading.entry(header.dimension.clone()).or_default().push(header.metric.clone());
    }
    leading
}

/// One for each dimension: the first of its leading metrics that is measured, or why none is.
pub fn leads(measured: &Measured, report: &Report) -> Vec<Lead> {
    if !report.dimensions {
        return Vec::new();
    }
    DIMENSIONS.iter().map(|dimension| lead(measured, dimension)).collect()
}

fn lead(measured: &Measured, dimension: &str) -> Lead {
    let metrics = measured.leading.get(dimension).map_or(&[][..], Vec::as_slice);
    let metric = metrics.iter().find(|metric| !measured.unmet.contains_key(*metric));
    let metric = metric.and_then(|metric| measured.infos.iter().find(|info| info.metric == *metric)).cloned();
    let need = metrics.first().and_then(|metric| measured.unmet.get(metric)).filter(|_| metric.is_none());
    let why = need.map(|need| need.why.clone());
    let off = || "its leading metric is switched off".to_owned();
    Lead {
        dimension: dimension.to_owned(),
        how: need.map(|need| need.how.clone()),
        why: if metric.is_none() { Some(why.unwrap_or_else(off)) } else { None },
        metric,
    }
}
