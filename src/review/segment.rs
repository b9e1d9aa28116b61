//! Segments of a metric: their own figures, and what of a change each of them explains.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::compare::{headline, history_begins_in, is_small};
use super::driver::{self, Driver, Part};
use super::model::{SegmentFigure, SignalOn};
use super::row::Context;
use super::series::{Made, MetricInfo, MetricPoint};
use super::signal::{Process, Signal};
use crate::calendar::Period;

/// The segments' own figures, those that carry most first.
pub fn segments(context: &Context<'_>, info: &MetricInfo) -> Vec<SegmentFigure> {
    let [now, before] = sides(context, info);
    let earlier = context.figures.segments(&info.metric, &before.id);
    let mut figures: Vec<SegmentFigure> =
        context.figures.segments(&info.metric, &now.id).iter().map(|point| segment_figure(point, earlier)).collect();
    let weight = |f: &SegmentFigure| f.denominator.or(f.value).unwrap_or_default().abs();
    figures.sort_by(|a, b| {
        a.name.cmp(&b.name).then(weight(b).cmp(&weight(a))).then_with(|| a.value_name.cmp(&b.value_name))
    });
    figures
}

fn sides(context: &Context<'_>, info: &MetricInfo) -> [Period; 2] {
    [headline(context, info, context.period), headline(context, info, &context.calendar.previous(context.period))]
}

fn segment_figure(point: &MetricPoint, earlier: &[MetricPoint]) -> SegmentFigure {
    let same = |p: &&MetricPoint| p.segment_name == point.segment_name && p.segment_value == point.segment_value;
    SegmentFigure {
        name: point.segment_name.clone(),
        value_name: point.segment_value.clone(),
        value: point.value,
        numerator: point.numerator,
        denominator: point.denominator,
        n: point.n,
        previous: earlier.iter().find(same).and_then(|p| p.value),
    }
}

/// The change since the period before, split by the segment that tells most; `None` where the two cannot be compared.
pub fn since_previous(context: &Context<'_>, info: &MetricInfo) -> Option<Driver> {
    let [now, before] = sides(context, info);
    let total = |period: &Period| context.figures.total(&info.metric, &period.id).filter(|p| p.value.is_some());
    let (after, earlier) = (total(&now)?, total(&before)?);
    if is_small(context, info, after) || is_small(context, info, earlier) || history_begins_in(context, info, &before) {
        return None;
    }
    split(context, info, &[before], &[now], false)
}

/// What is different since a signal began, against the metric's baseline: both sides pooled over their periods, ratios as sum
/// over sum, additive figures per period. For series judged by their changes, the changes are pooled.
pub fn since_baseline(context: &Context<'_>, info: &MetricInfo, process: &Process, signal: &Signal) -> Option<Driver> {
    let within = |from: &str, to: &str| -> Vec<Period> {
        context.periods.iter().filter(|p| (from..=to).contains(&p.id.as_str())).cloned().collect()
    };
    let base = within(&process.from, &process.to);
    let now: Vec<Period> = within(&signal.since, &context.period.id);
    split(context, info, &base, &now, info.signal == SignalOn::Change)
}

fn split(
    context: &Context<'_>,
    info: &MetricInfo,
    before: &[Period],
    now: &[Period],
    is_of_changes: bool,
) -> Option<Driver> {
    if info.made == Made::Opaque || before.is_empty() || now.is_empty() {
        return None;
    }
    let points = |periods: &[Period]| -> Vec<&MetricPoint> {
        periods.iter().flat_map(|p| context.figures.segments(&info.metric, &p.id)).collect()
    };
    let names: BTreeSet<&str> =
        points(before).into_iter().chain(points(now)).map(|p| p.segment_name.as_str()).collect();
    let drivers = names.into_iter().filter_map(|name| {
        let pooled = |periods: &[Period], value: &str| pooled(context, info, periods, (name, value), is_of_changes);
        let values: BTreeSet<&str> = points(before)
            .into_iter()
            .chain(points(now))
            .filter(|p| p.segment_name == name)
            .map(|p| p.segment_value.as_str())
            .collect();
        let part =
            |value: &str| Part { segment: value.to_owned(), before: pooled(before, value), now: pooled(now, value) };
        let parts: Vec<Part> = values.into_iter().map(part).collect();
        match info.made {
            Made::Ratio => driver::ratio(name, &parts),
            Made::Additive => Some(driver::additive(name, &parts)),
            Made::Opaque => None,
        }
    });
    driver::most_telling(drivers.collect())
}

/// A segment's numerator and denominator over several periods, or its mean value (its mean change, where changes are judged).
fn pooled(
    context: &Context<'_>,
    info: &MetricInfo,
    periods: &[Period],
    (name, value): (&str, &str),
    is_of_changes: bool,
) -> Option<(Decimal, Decimal)> {
    let point = |period: &Period| {
        let all = context.figures.segments(&info.metric, &period.id);
        all.iter().find(|p| p.segment_name == name && p.segment_value == value)
    };
    let found: Vec<&MetricPoint> = periods.iter().filter_map(point).collect();
    if found.is_empty() {
        return None;
    }
    if info.made == Made::Ratio {
        let sum = |part: fn(&MetricPoint) -> Option<Decimal>| found.iter().filter_map(|p| part(p)).sum::<Decimal>();
        return Some((sum(|p| p.numerator), sum(|p| p.denominator)));
    }
    let of = |period: &Period| point(period).and_then(|p| p.value).unwrap_or_default();
    let sum: Decimal = match (is_of_changes, periods.first(), periods.last()) {
        (true, Some(first), Some(last)) => of(last) - of(&context.calendar.previous(first)),
        _ => periods.iter().map(of).sum(),
    };
    Some((sum / Decimal::from(periods.len()), Decimal::ZERO))
}

/// The largest part of a change as a segment's figure: now from the reviewed period, before as the driver has it.
pub fn largest(context: &Context<'_>, info: &MetricInfo, driver: &Driver) -> Option<SegmentFigure> {
    let part = driver::largest(driver)?;
    let [now, _] = sides(context, info);
    let points = context.figures.segments(&info.metric, &now.id);
    let point = points.iter().find(|p| p.segment_name == driver.segment_name && p.segment_value == part.segment);
    Some(SegmentFigure {
        name: driver.segment_name.clone(),
        value_name: part.segment.clone(),
        value: part.now,
        numerator: point.and_then(|p| p.numerator),
        denominator: point.and_then(|p| p.denominator),
        n: point.map_or(0, |p| p.n),
        previous: part.before,
    })
}
