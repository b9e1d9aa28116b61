//! One scorecard row: value, comparisons with their basis, target, history, segments and the verdict.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::model::{Better, Comparison, Point, Row, SegmentFigure, Status, Target, Unit};
use super::series::{Figures, MetricInfo, MetricPoint, Sample, TargetFrom};
use crate::calendar::{Calendar, Period};
use crate::config::Grain;

/// What every row of a review shares.
pub struct Context<'a> {
    pub calendar: &'a Calendar,
    pub period: &'a Period,
    pub figures: &'a Figures,
    pub targets: &'a [TargetFrom],
    /// Below this `n`, counts and intervals take the place of percentages.
    pub small_number: u32,
    /// First local day of the horizon for which figures were computed.
    pub horizon_from: Date,
}

/// Judges one metric. `withheld` carries the reason where a failed check forbids printing it.
pub fn row(context: &Context<'_>, info: &MetricInfo, withheld: Option<String>) -> Row {
    let point = context.figures.total(&info.metric, &context.period.id).filter(|_| withheld.is_none());
    let value = point.and_then(|p| p.value);
    let is_small = point.is_some_and(|p| is_small(context, info, p));
    let withheld = withheld.or_else(|| value.is_none().then(|| unknown(context, info, point)));
    let previous = compare(context, info, &context.calendar.previous(context.period), value, is_small);
    let year_ago = compare(context, info, &context.calendar.year_ago(context.period), value, is_small);
    let target = target(context, info, value);
    let status = status(value, is_small, target.as_ref());
    Row {
        metric: info.metric.clone(),
        title: info.title.clone(),
        team: info.team_name.clone(),
        kind: info.kind,
        unit: info.unit,
        better: info.better,
        value,
        n: point.map(|p| p.n),
        numerator: point.and_then(|p| p.numerator),
        denominator: point.and_then(|p| p.denominator),
        is_small,
        interval: point.filter(|_| is_small && info.sample == Sample::Proportion).and_then(wilson),
        withheld,
        previous,
        year_ago,
        target,
        history: history(context, info, context.period),
        history_year_ago: year_ago_history(context, info),
        segments: segments(context, info),
        status,
    }
}

fn is_small(context: &Context<'_>, info: &MetricInfo, point: &MetricPoint) -> bool {
    info.sample != Sample::Complete && point.n < u64::from(context.small_number)
}

fn unknown(context: &Context<'_>, info: &MetricInfo, point: Option<&MetricPoint>) -> String {
    match point {
        Some(_) => "nothing to measure in this period".into(),
        None if context.figures.has_any(&info.metric) => "no data for this period".into(),
        None => "no data yet".into(),
    }
}

fn compare(
    context: &Context<'_>,
    info: &MetricInfo,
    other: &Period,
    value: Option<Decimal>,
    is_small: bool,
) -> Comparison {
    let mut comparison = Comparison {
        period: Some(other.id.clone()),
        first_day: Some(other.start_on),
        last_day: Some(other.last_day()),
        days: Some(other.days()),
        ..Comparison::default()
    };
    let Some(point) = context.figures.total(&info.metric, &other.id) else {
        comparison.withheld = Some("insufficient history".into());
        return comparison;
    };
    if history_begins_in(context, info, other) {
        comparison.withheld = Some("history begins in that period".into());
        return comparison;
    }
    comparison.value = point.value;
    let (Some(value), Some(base)) = (value, point.value) else {
        comparison.withheld = Some("nothing to measure then".into());
        return comparison;
    };
    if is_small || self::is_small(context, info, point) {
        comparison.withheld = Some("too few to compare".into());
        return comparison;
    }
    comparison.change = Some(value - base);
    if info.unit != Unit::Percent && base > Decimal::ZERO {
        comparison.relative = (value - base).checked_div(base).map(|r| r.round_dp(6));
    }
    comparison
}

/// The first period of a series may hold only part of its days: it is never compared with.
fn history_begins_in(context: &Context<'_>, info: &MetricInfo, period: &Period) -> bool {
    let before = context.calendar.previous(period);
    before.start_on >= context.horizon_from && context.figures.total(&info.metric, &before.id).is_none()
}

fn target(context: &Context<'_>, info: &MetricInfo, value: Option<Decimal>) -> Option<Target> {
    let target = in_force(context.targets, &info.metric, context.period)?;
    Some(Target {
        value: target,
        variance: value.map(|v| v - target),
        is_met: value.map(|v| is_met(info.better, v, target)),
        missed_in_a_row: misses(context, info).len() as u32,
        guardrail: info.guardrail.clone(),
    })
}

/// The reviewed period and those directly before it in which the target of the time was missed, newest first.
pub fn misses(context: &Context<'_>, info: &MetricInfo) -> Vec<String> {
    let mut missed = Vec::new();
    let mut period = context.period.clone();
    while period.start_on >= context.horizon_from {
        let point = context.figures.total(&info.metric, &period.id);
        let value = point.filter(|p| !is_small(context, info, p)).and_then(|p| p.value);
        match (value, in_force(context.targets, &info.metric, &period)) {
            (Some(value), Some(target)) if !is_met(info.better, value, target) => missed.push(period.id.clone()),
            _ => break,
        }
        period = context.calendar.previous(&period);
    }
    missed
}

fn in_force(targets: &[TargetFrom], metric: &str, period: &Period) -> Option<Decimal> {
    let mut known: Vec<&TargetFrom> = targets.iter().filter(|t| t.metric == metric && t.from < period.end_on).collect();
    known.sort_by_key(|t| t.from);
    known.last().map(|t| t.value)
}

fn is_met(better: Better, value: Decimal, target: Decimal) -> bool {
    match better {
        Better::Lower => value <= target,
        Better::Higher | Better::Neutral => value >= target,
    }
}

fn status(value: Option<Decimal>, is_small: bool, target: Option<&Target>) -> Status {
    match (value, target.and_then(|t| t.is_met)) {
        (None, _) => Status::Unknown,
        (Some(_), None) => Status::NoTarget,
        (Some(_), Some(_)) if is_small => Status::TooFew,
        (Some(_), Some(true)) => Status::TargetMet,
        (Some(_), Some(false)) => Status::TargetMissed,
    }
}

/// Six weeks or twelve months (four quarters, three years) ending with `last`, oldest first.
fn history(context: &Context<'_>, info: &MetricInfo, last: &Period) -> Vec<Point> {
    let mut points = Vec::new();
    let mut period = last.clone();
    for _ in 0..shown(last.grain) {
        let value = context.figures.total(&info.metric, &period.id).and_then(|p| p.value);
        points.push(Point { period: period.id.clone(), first_day: period.start_on, value });
        period = context.calendar.previous(&period);
    }
    points.reverse();
    points
}

fn year_ago_history(context: &Context<'_>, info: &MetricInfo) -> Vec<Point> {
    let points = history(context, info, &context.calendar.year_ago(context.period));
    if points.iter().any(|p| p.value.is_some()) { points } else { Vec::new() }
}

/// Periods a chart shows.
pub fn shown(grain: Grain) -> usize {
    match grain {
        Grain::Week => 6,
        Grain::Month => 12,
        Grain::Quarter => 4,
        Grain::Year => 3,
    }
}

/// The segments' own figures, those that carry most first.
fn segments(context: &Context<'_>, info: &MetricInfo) -> Vec<SegmentFigure> {
    let before = context.calendar.previous(context.period);
    let earlier = context.figures.segments(&info.metric, &before.id);
    let mut figures: Vec<SegmentFigure> = context
        .figures
        .segments(&info.metric, &context.period.id)
        .iter()
        .map(|point| segment_figure(point, earlier))
        .collect();
    let weight = |f: &SegmentFigure| f.denominator.or(f.value).unwrap_or_default().abs();
    figures.sort_by(|a, b| {
        a.name.cmp(&b.name).then(weight(b).cmp(&weight(a))).then_with(|| a.value_name.cmp(&b.value_name))
    });
    figures
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

/// The segment whose part of the total moved most in the direction that is worse; `None` where the total did not get
/// worse or cannot be compared.
pub fn worst_segment(context: &Context<'_>, info: &MetricInfo) -> Option<SegmentFigure> {
    let before = context.calendar.previous(context.period);
    let now = context.figures.total(&info.metric, &context.period.id)?;
    let then = context.figures.total(&info.metric, &before.id)?;
    let earlier = context.figures.segments(&info.metric, &before.id);
    let change = now.value? - then.value?;
    if is_small(context, info, now) || is_small(context, info, then) || history_begins_in(context, info, &before) {
        return None;
    }
    if change.is_zero() || (change > Decimal::ZERO) != (info.better == Better::Lower) {
        return None;
    }
    let mut worst: Option<(Decimal, &MetricPoint)> = None;
    for point in context.figures.segments(&info.metric, &context.period.id) {
        let base =
            earlier.iter().find(|p| p.segment_name == point.segment_name && p.segment_value == point.segment_value);
        let moved = part(point, now) - base.map_or(Decimal::ZERO, |b| part(b, then));
        let harm = if info.better == Better::Lower { moved } else { -moved };
        if point.n > 0
            && point.segment_value != "(none)"
            && harm > Decimal::ZERO
            && worst.is_none_or(|(most, _)| harm > most)
        {
            worst = Some((harm, point));
        }
    }
    worst.map(|(_, point)| segment_figure(point, earlier))
}

/// What a segment adds to the total: its numerator over the whole denominator, or its value.
fn part(point: &MetricPoint, total: &MetricPoint) -> Decimal {
    match (point.numerator, total.denominator) {
        (Some(numerator), Some(denominator)) => numerator.checked_div(denominator).unwrap_or_default(),
        _ => point.value.unwrap_or_default(),
    }
}

/// Wilson's 95 % score interval of a proportion (Wilson 1927; z = 1.959964).
fn wilson(point: &MetricPoint) -> Option<(Decimal, Decimal)> {
    use rust_decimal::MathematicalOps;
    let n = point.denominator.filter(|n| *n > Decimal::ZERO)?;
    let p = point.numerator?.checked_div(n)?;
    let z = Decimal::new(1_959_964, 6);
    let z2 = z * z;
    let centre = p + z2 / (Decimal::TWO * n);
    let spread = z * (p * (Decimal::ONE - p) / n + z2 / (Decimal::from(4) * n * n)).sqrt()?;
    let scale = Decimal::ONE + z2 / n;
    let bound = |x: Decimal| (x / scale).clamp(Decimal::ZERO, Decimal::ONE).round_dp(6);
    Some((bound(centre - spread), bound(centre + spread)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_interval_as_published() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 15 of 148 gives 0.0624 to 0.1605
        let point = MetricPoint {
            metric: "m".into(),
            period: "p".into(),
            segment_name: "total".into(),
            segment_value: String::new(),
            numerator: Some(Decimal::from(15)),
            denominator: Some(Decimal::from(148)),
            n: 148,
            value: None,
        };
        let (low, high) = wilson(&point).unwrap();
        assert_eq!((low.round_dp(4).to_string(), high.round_dp(4).to_string()), ("0.0624".into(), "0.1605".into()));
    }
}
