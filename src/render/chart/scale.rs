//! Axes: figures to heights, round ticks, compact axis figures.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::super::format::Format;
use super::super::words::args;
use super::tidy;
use crate::review::model::Unit;

/// Maps figures to heights, with a little air above and below.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Scale {
    pub(super) fn over(values: impl Iterator<Item = f64>, top: f64, bottom: f64) -> Option<Scale> {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            return None;
        }
        let air = if high > low { (high - low) * 0.12 } else { high.abs().max(1.0) * 0.1 };
        let floor = if low >= 0.0 && low - air < 0.0 { 0.0 } else { low - air };
        Some(Scale { low: floor, high: high + air, top, bottom })
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        tidy(self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top))
    }

    /// Whether nothing is on the axis: then a figure twice as high is twice as much.
    pub(super) fn has_zero(&self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }

    /// Two to five figures inside the scale, round in the given unit (3600 for hours).
    pub(super) fn ticks(&self, unit: f64) -> Vec<f64> {
        let (low, high) = (self.low / unit, self.high / unit);
        let span = high - low;
        let magnitude = 10f64.powf((span / 4.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * magnitude).find(|s| span / s <= 4.0).unwrap_or(span);
        let first = (low / step).ceil();
        (0..6).map(|i| (first + f64::from(i)) * step).filter(|t| *t <= high).map(|t| t * unit).collect()
    }
}

/// Seconds in the unit an axis of durations is marked in.
pub(super) fn axis_unit(unit: Unit, high: f64) -> f64 {
    match unit {
        Unit::Duration if high >= 2.0 * 86_400.0 => 86_400.0,
        Unit::Duration | Unit::BusinessDuration if high >= 2.0 * 3600.0 => 3600.0,
        Unit::Duration | Unit::BusinessDuration => 60.0,
        _ => 1.0,
    }
}

/// Compact axis figures, because the margin is narrow.
pub(super) fn axis_text(f: &Format, unit: Unit, value: f64, divisor: f64) -> String {
    const SHORT: [(f64, &str); 4] = [(1e12, "trillions"), (1e9, "billions"), (1e6, "millions"), (1e3, "thousands")];
    let decimal = |v: f64| Decimal::from_f64_retain(v).unwrap_or_default().round_dp(4).normalize();
    let plain = |v: f64| f.plain(Unit::Number, decimal(v));
    match unit {
        Unit::Money | Unit::Count | Unit::Number => {
            let short = SHORT.iter().find(|(size, _)| value.abs() >= *size && (value.abs() >= 1e4 || *size > 1e3));
            short.map_or_else(|| plain(value), |(size, id)| f.say(id, &args!["number" => plain(value / size)]))
        }
        Unit::Duration | Unit::BusinessDuration => {
            let (id, name) = match divisor {
                d if d >= 86_400.0 => ("days", "d"),
                d if d >= 3600.0 => ("hours", "h"),
                _ => ("minutes", "min"),
            };
            f.say(id, &args![name => plain(value / divisor)])
        }
        Unit::Percent => f.plain(unit, decimal(value)),
    }
}

/// The same for a figure that stands by itself: money says of which currency.
pub(super) fn compact(f: &Format, unit: Unit, value: f64, divisor: f64) -> String {
    let text = axis_text(f, unit, value, divisor);
    if unit == Unit::Money { f.money_in_words(&text) } else { text }
}

/// An axis that is cut says so.
pub(super) fn axis_start(f: &Format, unit: Unit, low: f64, divisor: f64) -> String {
    let from = axis_text(f, unit, rounded(low, divisor), divisor);
    if from == axis_text(f, unit, 0.0, divisor) {
        return f.word("chart-axis-cut");
    }
    f.say("chart-axis-from", &args!["from" => from])
}

/// Two digits are enough to say where an axis begins.
fn rounded(value: f64, divisor: f64) -> f64 {
    let in_unit = value / divisor;
    if in_unit == 0.0 {
        return 0.0;
    }
    let magnitude = 10f64.powf(in_unit.abs().log10().floor() - 1.0);
    (in_unit / magnitude).round() * magnitude * divisor
}

/// Round places of an axis and what is printed there: no share above all where none can be, no part of a customer, and no
/// figure twice.
pub(super) fn axis(scale: &Scale, f: &Format, unit: Unit, divisor: f64) -> (Vec<f64>, Vec<String>) {
    let mut ticks = scale.ticks(divisor);
    match unit {
        Unit::Percent if scale.high < 1.3 => ticks.retain(|t| *t <= 1.0 + 1e-9),
        Unit::Count => ticks.retain(|t| (t - t.round()).abs() < 1e-9),
        _ => {}
    }
    let mut texts: Vec<String> = ticks.iter().map(|t| axis_text(f, unit, *t, divisor)).collect();
    if texts.windows(2).any(|pair| pair[0] == pair[1]) {
        let decimal = |v: f64| Decimal::from_f64_retain(v).unwrap_or_default().round_dp(10).normalize();
        let neighbour = |i: usize| ticks.get(i + 1).or_else(|| ticks.get(i.wrapping_sub(1))).map(|t| decimal(*t));
        texts = ticks.iter().enumerate().map(|(i, t)| f.beside(unit, decimal(*t), neighbour(i))).collect();
    }
    (ticks, texts)
}

/// Path data over places, broken where a value is missing.
pub(super) fn path(values: &[Option<f64>], x: impl Fn(usize) -> f64, scale: &Scale) -> String {
    let mut data = String::new();
    let mut is_open = false;
    for (i, value) in values.iter().enumerate() {
        if let Some(v) = value {
            let command = if is_open { 'L' } else { 'M' };
            let _ = write!(data, "{command}{} {} ", tidy(x(i)), scale.y(*v));
        }
        is_open = value.is_some();
    }
    data.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_period_is_a_gap_and_never_a_zero() {
        let scale = Scale { low: 0.0, high: 10.0, top: 0.0, bottom: 10.0 };
        assert_eq!(path(&[Some(1.0), None, Some(2.0), Some(3.0)], |i| i as f64, &scale), "M0 9 M2 8 L3 7");
    }

    #[test]
    fn an_axis_of_hours_is_marked_in_whole_hours() {
        let scale = Scale { low: 20_000.0, high: 33_000.0, top: 0.0, bottom: 100.0 };
        assert_eq!(
            scale.ticks(axis_unit(Unit::BusinessDuration, scale.high)),
            [21_600.0, 25_200.0, 28_800.0, 32_400.0]
        );
        let ratio = Scale { low: 0.793, high: 0.955, top: 0.0, bottom: 100.0 };
        assert_eq!(ratio.ticks(1.0).len(), 4);
    }

    #[test]
    fn axis_figures_stay_short_whatever_their_size() {
        let words = std::sync::Arc::new(super::super::super::words::Words::shipped("en"));
        let f = Format::new(words, "EUR", 2);
        let text = |value| axis_text(&f, Unit::Money, value, 1.0);
        assert_eq!([text(1e12), text(-2.5e9), text(4e5), text(5000.0)], ["1tn", "−2.5bn", "400k", "5,000"]);
    }
}
