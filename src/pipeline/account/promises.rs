//! The promises to the segments an account is in, held against its own figures.

use std::collections::BTreeSet;

use anyhow::Result;

use super::super::Environment;
use super::super::behind::header;
use super::super::infos::{infos, targets};
use super::super::measure::Warehoused;
use crate::calendar::Period;
use crate::review::account::{OwnFigure, OwnPromise};
use crate::review::model::{Problem, Unit};
use crate::review::series::TargetFrom;
use crate::review::target::in_force;

/// The promises to the account's segments, each target with the account's own figure.
pub fn promises(
    environment: &Environment,
    opened: &Warehoused,
    period: &Period,
    account: &str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<OwnPromise>> {
    let config = &environment.config;
    let Warehoused { warehouse, catalog } = opened;
    let targets = targets(warehouse, config, problems);
    let infos = infos(catalog, config)?;
    let mut promises: Vec<OwnPromise> = Vec::new();
    for info in &infos {
        let Some((header, index)) = header(catalog, &info.metric) else { continue };
        for (name, value) in segments(&targets, &info.metric) {
            let of = header.headline_id(&period.id);
            let is_in = warehouse.segment_of(header, &period.id, account, name)?.as_deref() == Some(value.as_str());
            let segment = (name.clone(), value.clone());
            let Some(target) = in_force(&targets, &info.metric, Some(&segment), period).filter(|_| is_in) else {
                continue;
            };
            let own = warehouse.own_figure(header, &catalog.queries[*index], &info.metric, &of, account)?;
            let Some(own) = own else { continue };
            let scale = rust_decimal::Decimal::new(1, crate::review::money::digits(&config.currency()));
            let major = |value: Option<rust_decimal::Decimal>, is_money: bool| {
                value.map(|v| if is_money { (v * scale).normalize() } else { v.normalize() })
            };
            let figure = OwnFigure {
                metric: info.metric.clone(),
                title: info.title.clone(),
                unit: info.unit,
                better: info.better,
                target,
                value: major(own.value, info.unit == Unit::Money),
                numerator: major(own.numerator, header.has_money_parts),
                denominator: major(own.denominator, header.has_money_parts),
                n: own.n,
            };
            match promises.iter_mut().find(|p| p.segment_name == *name && p.segment_value == *value) {
                Some(promise) => promise.figures.push(figure),
                None => promises.push(OwnPromise {
                    segment_name: name.clone(),
                    segment_value: value.clone(),
                    text: text_of(environment, name, value),
                    figures: vec![figure],
                }),
            }
        }
    }
    Ok(promises)
}

fn segments<'a>(targets: &'a [TargetFrom], metric: &str) -> BTreeSet<(&'a String, &'a String)> {
    let of_metric = targets.iter().filter(|t| t.metric == metric);
    of_metric.filter_map(|t| t.segment.as_ref().map(|(name, value)| (name, value))).collect()
}

fn text_of(environment: &Environment, name: &str, value: &str) -> Option<String> {
    let promises = environment.config.promises.iter();
    let mut found =
        promises.filter(|(key, _)| key.split_once('=').is_some_and(|(n, v)| n.trim() == name && v.trim() == value));
    found.next().map(|(_, text)| text.clone())
}
