//! What earlier editions said otherwise: published figures beside today's.

use rust_decimal::Decimal;

use super::model::{Edition, Restatement};
use super::phrase::Phrase;
use super::series::{Figures, MetricInfo};

/// A figure as an edition published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub metric: String,
    /// Period or window id.
    pub period: String,
    pub value: Option<Decimal>,
    /// [`MetricInfo::hash`] and [`MetricInfo::sql_hash`] of the time.
    pub hash: String,
    pub sql_hash: String,
    pub edition: Edition,
}

/// Published figures that are different today, oldest period last, with `cause` saying why.
///
/// Only metrics that are still measured are compared: one that was switched off says nothing new.
pub fn restatements(
    published: &[Published],
    infos: &[MetricInfo],
    figures: &Figures,
    mut cause: impl FnMut(&Published, &MetricInfo) -> Phrase,
) -> Vec<Restatement> {
    let mut found = Vec::new();
    for old in published {
        let Some(info) = infos.iter().find(|info| info.metric == old.metric) else { continue };
        let Some(point) = figures.total(&old.metric, &old.period) else { continue };
        if point.value == old.value {
            continue;
        }
        found.push(Restatement {
            metric: old.metric.clone(),
            title: info.title.clone(),
            unit: info.unit,
            period: old.period.clone(),
            old: old.value,
            new: point.value,
            edition: old.edition.clone(),
            cause: cause(old, info),
        });
    }
    found.sort_by(|a, b| b.period.cmp(&a.period));
    found
}
