//! Promises stated to segments of customers: whether they were kept, and how evenly over the customers they were made to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::compare::{headline, is_small};
use super::model::{Better, PromiseFigure, SegmentPromise, Spread};
use super::row::Context;
use super::series::MetricInfo;
use super::target::{in_force, is_met};

/// Name and value of a segment.
pub type Segment = (String, String);

/// Customers' own figures of a metric in the reviewed period, by segment: what a spread is made of.
pub type AccountValues = BTreeMap<(String, Segment), Vec<Decimal>>;

/// Judges the promises of every segment that has a target for one of the metrics. `texts` are the promises in words.
pub fn promises(
    context: &Context<'_>,
    metrics: &[MetricInfo],
    texts: &BTreeMap<Segment, String>,
    values: &AccountValues,
) -> Vec<SegmentPromise> {
    let mut promises: BTreeMap<Segment, SegmentPromise> = BTreeMap::new();
    for info in metrics {
        let mut segments: Vec<&Segment> =
            context.targets.iter().filter(|t| t.metric == info.metric).filter_map(|t| t.segment.as_ref()).collect();
        segments.sort();
        segments.dedup();
        for segment in segments {
            let Some(figure) = figure(context, info, segment, values) else { continue };
            let promise = promises.entry(segment.clone()).or_insert_with(|| SegmentPromise {
                segment_name: segment.0.clone(),
                segment_value: segment.1.clone(),
                text: texts.get(segment).cloned(),
                figures: Vec::new(),
            });
            promise.figures.push(figure);
        }
    }
    promises.into_values().collect()
}

fn figure(
    context: &Context<'_>,
    info: &MetricInfo,
    segment: &Segment,
    values: &AccountValues,
) -> Option<PromiseFigure> {
    let target = in_force(context.targets, &info.metric, Some(segment), context.period)?;
    let points = context.figures.segments(&info.metric, &headline(context, info, context.period).id);
    let point = points.iter().find(|p| p.segment_name == segment.0 && p.segment_value == segment.1);
    let judged = point.filter(|p| !is_small(context, info, p)).and_then(|p| p.value);
    let own = values.get(&(info.metric.clone(), segment.clone()));
    Some(PromiseFigure {
        metric: info.metric.clone(),
        title: info.title.clone(),
        unit: info.unit,
        better: info.better,
        target,
        value: point.and_then(|p| p.value),
        n: point.map_or(0, |p| p.n),
        is_kept: judged.map(|value| is_met(info.better, value, target)),
        spread: own.and_then(|own| spread(own, info.better, target)),
    })
}

/// Nearest-rank percentiles, and how many keep the target. `None` without values.
pub fn spread(values: &[Decimal], better: Better, target: Decimal) -> Option<Spread> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1).copied();
    Some(Spread {
        accounts: sorted.len() as u64,
        kept: sorted.iter().filter(|value| is_met(better, **value, target)).count() as u64,
        p10: rank(10)?,
        p90: rank(90)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_that_is_met_may_hide_customers_for_whom_it_is_not() {
        // ten customers: nine at 100 %, one at 0 %: 90 % on the whole, and one promise broken
        let values: Vec<Decimal> = [0, 1, 1, 1, 1, 1, 1, 1, 1, 1].map(Decimal::from).to_vec();
        let spread = spread(&values, Better::Higher, Decimal::new(9, 1)).unwrap();
        assert_eq!((spread.accounts, spread.kept), (10, 9));
        assert_eq!((spread.p10, spread.p90), (Decimal::ZERO, Decimal::ONE), "the first and the ninth of ten");
        assert_eq!(super::spread(&[], Better::Higher, Decimal::ONE), None);
    }
}
