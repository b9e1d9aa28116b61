//! What a figure is set against: complete periods only, the basis carried along, and the reason where it is withheld.

use rust_decimal::Decimal;

use super::model::{Comparison, Unit};
use super::row::Context;
use super::series::{MetricInfo, MetricPoint, Sample};
use crate::calendar::{Period, Window};

/// The period or window that a metric's headline of a period covers.
pub fn headline(context: &Context<'_>, info: &MetricInfo, period: &Period) -> Period {
    context.calendar.window(period, if info.is_trailing { Window::Trailing12 } else { Window::Period })
}

/// Whether a figure rests on too few to be judged.
pub fn is_small(context: &Context<'_>, info: &MetricInfo, point: &MetricPoint) -> bool {
    info.sample != Sample::Complete && point.n < u64::from(context.small_number)
}

/// Sets a value against another period's, or says why not.
pub fn compare(
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

/// The first period of a series may hold only part of its days: it is neither compared with nor judged, unless the data are
/// known to begin with it or earlier. What precedes it must have been measured to know.
pub fn history_begins_in(context: &Context<'_>, info: &MetricInfo, period: &Period) -> bool {
    let before = context.calendar.previous(period);
    let is_whole = context.figures.begins(&info.metric).is_some_and(|day| day <= period.start_on);
    !is_whole
        && period.window == Window::Period
        && (!context.is_measured(&before) || context.figures.total(&info.metric, &before.id).is_none())
}

/// Wilson's 95 % score interval of a proportion (Wilson 1927; z = 1.959964).
pub fn wilson(point: &MetricPoint) -> Option<(Decimal, Decimal)> {
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
