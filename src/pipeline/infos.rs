//! What is known of each metric besides its figures: the header with the configuration's overrides, and its targets.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::config::Config;
use crate::review::model::{Problem, Unit};
use crate::review::series::{Made, MetricInfo, Sample, TargetFrom};
use crate::warehouse::catalog::Need;
use crate::warehouse::header::{Header, Shape};
use crate::warehouse::{Catalog, Warehouse};

/// The catalogue's metrics that are on, with the config's overrides.
pub fn infos(catalog: &Catalog, config: &Config) -> Result<Vec<MetricInfo>> {
    let settings = crate::warehouse::inputs::defining_settings(config)?;
    let mut infos = Vec::new();
    for (header, index) in catalog.metrics.iter().filter(|(header, _)| config.is_enabled(&header.metric)) {
        let team = team_of(header, config);
        let (hash, sql_hash) = catalog.definition_hash(&catalog.queries[*index], &settings);
        for (metric, title, _) in header.series() {
            infos.push(MetricInfo {
                metric,
                title,
                team_name: config.teams.get(team).map_or_else(|| team.replace('_', " "), |t| t.name.clone()),
                team: team.to_owned(),
                dimension: header.dimension.clone(),
                kind: header.kind,
                unit: header.unit,
                better: header.better,
                guardrail: header.guardrail.clone(),
                sample: sample(header),
                made: made(header),
                signal: header.signal,
                is_trailing: header.is_trailing,
                is_level: header.is_level,
                is_money: header.unit == Unit::Money || header.has_money_parts,
                definition: header.definition.clone(),
                hash: hash.clone(),
                sql_hash: sql_hash.clone(),
            });
        }
    }
    Ok(infos)
}

/// The team accountable for a metric.
pub fn team_of<'a>(header: &'a Header, config: &'a Config) -> &'a str {
    config.metrics.get(&header.metric).and_then(|m| m.team.as_deref()).unwrap_or(&header.team)
}

fn sample(header: &Header) -> Sample {
    match header.shape {
        _ if header.is_census => Sample::Complete,
        Shape::Proportion => Sample::Proportion,
        Shape::Ratio | Shape::Quantile(_) | Shape::Custom => Sample::Other,
        Shape::Sum | Shape::Level | Shape::Distinct | Shape::Split(_) => Sample::Complete,
    }
}

fn made(header: &Header) -> Made {
    match header.shape {
        Shape::Ratio | Shape::Proportion => Made::Ratio,
        Shape::Sum | Shape::Level | Shape::Distinct => Made::Additive,
        Shape::Quantile(_) | Shape::Split(_) | Shape::Custom => Made::Opaque,
    }
}

/// Targets: `targets.csv` and the constants of `[metrics.NAME]`. What cannot be read is a problem.
pub fn targets(warehouse: &Warehouse, config: &Config, problems: &mut Vec<Problem>) -> Vec<TargetFrom> {
    let mut targets: Vec<TargetFrom> = Vec::new();
    for (metric, settings) in &config.metrics {
        if let Some(value) = settings.target {
            targets.push(TargetFrom { metric: metric.clone(), segment: None, from: Date::MIN, value });
        }
    }
    let problem = |error: anyhow::Error| Problem { subject: "targets".into(), message: format!("{error:#}") };
    match warehouse.query("select metric, segment, from_on, target from core.target") {
        Ok(table) => {
            for row in table.rows {
                match target(&row) {
                    Ok(target) => targets.extend(target),
                    Err(error) => problems.push(problem(error)),
                }
            }
        }
        Err(error) => problems.push(problem(error)),
    }
    targets
}

fn target(row: &[Option<String>]) -> Result<Option<TargetFrom>> {
    let [Some(metric), segment, Some(from), Some(value)] = row else { return Ok(None) };
    let segment = segment_of(segment.as_deref().unwrap_or_default())
        .with_context(|| format!("{metric}: segment {segment:?}; write plan=Scale, or total"))?;
    let value: Decimal = value.parse().with_context(|| format!("{metric}: {value:?} is not a number"))?;
    let from = from.parse().with_context(|| format!("{metric}: {from:?} is not a day"))?;
    Ok(Some(TargetFrom { metric: metric.clone(), segment, from, value: value.normalize() }))
}

/// `plan=Scale`, or the total where the cell is empty or says so.
fn segment_of(cell: &str) -> Result<Option<(String, String)>> {
    if cell.is_empty() || cell == "total" {
        return Ok(None);
    }
    let (name, value) = cell.split_once('=').context("it names no value")?;
    Ok(Some((name.trim().to_owned(), value.trim().to_owned())))
}

/// What each series lacks: a further quantile lacks what its file's metric does.
pub fn needs_by_series(catalog: &Catalog, unmet: &BTreeMap<String, String>) -> BTreeMap<String, Need> {
    let mut needs = BTreeMap::new();
    for (header, _) in &catalog.metrics {
        if let Some(need) = unmet.get(&header.metric).and_then(|need| catalog.needs.get(need)) {
            needs.extend(header.series().into_iter().map(|(metric, ..)| (metric, need.clone())));
        }
    }
    needs
}
