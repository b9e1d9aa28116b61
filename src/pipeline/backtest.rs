//! What the rules would have said of the past: every review of a stretch of periods, judged from what is known today.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::ToSpan;

use super::infos::{infos, needs_by_series};
use super::known::Known;
use super::material::listed;
use super::measure::{self, Warehoused};
use super::{Environment, open};
use crate::calendar::{Calendar, Period, Window};
use crate::config::Grain;
use crate::review::exception::{Judged, exceptions};
use crate::review::model::{Exception, Factor, Row, SignalOn};
use crate::review::row::{Context, row};
use crate::review::series::{Figures, MetricInfo};
use crate::review::signal::Baseline;

/// One report's exceptions in one period, the worst first.
#[derive(Debug)]
pub struct Told {
    pub report: String,
    pub period: Period,
    pub exceptions: Vec<Exception>,
    /// Why MRR was lost, the largest reason first.
    pub factors: Vec<Factor>,
}

/// How far back a review of each grain looks besides its baselines, as in a run.
fn reach(grain: Grain) -> usize {
    match grain {
        Grain::Week => 60,
        Grain::Month => 36,
        Grain::Quarter => 9,
        Grain::Year => 6,
    }
}

/// Judges every report's complete periods that began in the last `weeks`, oldest first, as if each had been sent in its time:
/// baselines lock when they fill and stay. Figures are those of today.
pub fn backtest(environment: &Environment, weeks: u32) -> Result<Vec<Told>> {
    let config = &environment.config;
    let calendar = Calendar::new(&config.company)?;
    let since = calendar.local_date(environment.now).saturating_sub(i64::from(weeks).weeks());
    let mut grains: BTreeMap<Grain, Vec<Period>> = BTreeMap::new();
    for report in config.reports.values() {
        grains.entry(report.grain).or_insert_with(|| {
            let last = calendar.last_complete(report.grain, environment.now);
            let mut backwards = std::iter::successors(Some(last), |p| Some(calendar.previous(p)));
            let mut periods: Vec<Period> = backwards.by_ref().take_while(|p| p.start_on >= since).collect();
            // the one that ended the judged ones, and what the oldest of them looks back on
            periods.extend(periods.last().map(|p| calendar.previous(p)));
            periods.extend(backwards.take(reach(report.grain) - 1));
            periods.reverse();
            periods
        });
    }
    let opened = open(environment)?;
    let known = Known::now(environment, &[])?;
    let all_infos = infos(&opened.catalog, config)?;
    let mut all: Vec<Period> = grains.values().flatten().cloned().collect();
    let judged = all.iter().filter(|p| p.start_on >= since);
    let trailing: Vec<Period> = judged.map(|p| calendar.window(p, Window::Trailing12)).collect();
    // windows of twelve months cost; without anything that is judged by them they are left out
    let is_judged = |info: &MetricInfo| info.is_trailing && info.signal != SignalOn::None;
    if all_infos.iter().any(is_judged) || config.metrics.values().any(|m| m.target.is_some()) {
        all.extend(trailing);
    }
    measure::prepare(&opened, environment, &calendar, &known.horizon_of(all), known.last_batch)?;
    let Warehoused { warehouse, catalog } = &opened;
    let results = warehouse.metrics(catalog, config, &std::collections::BTreeSet::new())?;
    let unmet = needs_by_series(catalog, &results.unmet);
    let infos: Vec<MetricInfo> = all_infos
        .into_iter()
        .filter(|info| !unmet.contains_key(&info.metric) && !results.failed.contains_key(&info.metric))
        .collect();
    let targets = super::infos::targets(warehouse, config, &mut Vec::new());
    let figures = Figures::new(results.points, results.begins);
    let factors = super::details::factors(warehouse, crate::review::money::digits(&config.currency()))?;
    let mut accepted: BTreeMap<String, BTreeMap<String, Baseline>> = BTreeMap::new();
    for row in environment.ledger.baseline_history()?.into_iter().filter(|row| row.author.is_some()) {
        let baseline = Baseline { from: row.from_period, to: row.to_period };
        accepted.entry(row.grain).or_default().insert(row.metric, baseline);
    }
    let mut told = Vec::new();
    for (name, report) in &config.reports {
        let metrics: Vec<&MetricInfo> = listed(report, &infos);
        let mut baselines = accepted.get(report.grain.name()).cloned().unwrap_or_default();
        let periods = &grains[&report.grain];
        for index in periods.partition_point(|p| p.start_on < since)..periods.len() {
            let first = index.saturating_sub(reach(report.grain));
            let from = baselines.values().filter_map(|b| periods.iter().position(|p| p.id == b.from)).min();
            let context = Context {
                calendar: &calendar,
                period: &periods[index],
                figures: &figures,
                targets: &targets,
                small_number: config.review.small_number,
                periods: &periods[from.unwrap_or(first).min(first)..=index],
                baselines: &baselines,
            };
            let (exceptions, locks) = judge(&context, &metrics, &infos);
            let factors = factors.get(&periods[index].id).cloned().unwrap_or_default();
            told.push(Told { report: name.clone(), period: periods[index].clone(), exceptions, factors });
            baselines.extend(locks);
        }
    }
    Ok(told)
}

/// The exceptions of one period, and the baselines that are full with it.
fn judge(
    context: &Context<'_>,
    metrics: &[&MetricInfo],
    infos: &[MetricInfo],
) -> (Vec<Exception>, BTreeMap<String, Baseline>) {
    let rows: Vec<Row> = metrics.iter().map(|info| row(context, info, None)).collect();
    let is_guard = |info: &&MetricInfo| metrics.iter().any(|m| m.guardrail.as_ref() == Some(&info.metric));
    let guards: Vec<&MetricInfo> = infos.iter().filter(is_guard).collect();
    let guard_rows: Vec<Row> = guards.iter().map(|info| row(context, info, None)).collect();
    let own: Vec<Judged<'_>> = metrics.iter().zip(&rows).map(|(info, row)| Judged { info, row }).collect();
    let others: Vec<Judged<'_>> = guards.iter().zip(&guard_rows).map(|(info, row)| Judged { info, row }).collect();
    let locks = rows.iter().filter_map(|row| {
        let process = row.judgement.process.as_ref().filter(|p| p.is_locked)?;
        let baseline = Baseline { from: process.from.clone(), to: process.to.clone() };
        (!context.baselines.contains_key(&row.metric)).then(|| (row.metric.clone(), baseline))
    });
    (exceptions(context, &own, &others), locks.collect())
}
