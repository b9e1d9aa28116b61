//! Chart geometry: where lines, bars and labels go. Drawing is the templates' job (`components/chart.html`), for the page
//! and the mail's pictures alike; every number a chart shows is also printed as text.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::format::Format;
use super::words::args;
use crate::review::model::{Point, Row, Unit};

/// Width of a chart in CSS pixels: a phone shows it at about nine tenths, so its text stays above 12 px.
pub(super) const WIDTH: f64 = 380.0;

/// A place on the drawing.
#[derive(Debug, Clone, Serialize)]
pub struct Spot {
    pub x: f64,
    pub y: f64,
}

/// Words at a place.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    pub x: f64,
    pub y: f64,
    pub text: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// CSS class: `now`, `past`, `goal` or `axis`.
    pub class: &'static str,
}

/// A metric over its last periods, with the year before and the target, labelled directly.
#[derive(Debug, Clone, Serialize)]
pub struct Trend {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    /// SVG path data; gaps where a period has no figure.
    pub line: String,
    pub year_ago: String,
    pub dots: Vec<Spot>,
    pub last: Option<Spot>,
    pub target_y: Option<f64>,
    pub grid: Vec<f64>,
    pub labels: Vec<Label>,
    pub title: String,
    pub description: String,
}

/// A small line for a scorecard row.
#[derive(Debug, Clone, Serialize)]
pub struct Spark {
    pub width: f64,
    pub height: f64,
    pub line: String,
    pub last: Option<Spot>,
    pub target_y: Option<f64>,
    pub title: String,
}

/// A bar of the mail's mini-trend: a table cell with a height.
#[derive(Debug, Clone, Serialize)]
pub struct Bar {
    pub height: u32,
    pub is_last: bool,
}

pub(super) fn number(value: Option<Decimal>) -> Option<f64> {
    value.and_then(|v| v.to_f64())
}

pub(super) fn tidy(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Maps figures to heights, with a little air above and below.
struct Scale {
    low: f64,
    high: f64,
    top: f64,
    bottom: f64,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>, top: f64, bottom: f64) -> Option<Scale> {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            return None;
        }
        let air = if high > low { (high - low) * 0.12 } else { high.abs().max(1.0) * 0.1 };
        let floor = if low >= 0.0 && low - air < 0.0 { 0.0 } else { low - air };
        Some(Scale { low: floor, high: high + air, top, bottom })
    }

    fn y(&self, value: f64) -> f64 {
        tidy(self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top))
    }

    /// Two to five figures inside the scale, round in the given unit (3600 for hours).
    fn ticks(&self, unit: f64) -> Vec<f64> {
        let (low, high) = (self.low / unit, self.high / unit);
        let span = high - low;
        let magnitude = 10f64.powf((span / 4.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * magnitude).find(|s| span / s <= 4.0).unwrap_or(span);
        let first = (low / step).ceil();
        (0..6).map(|i| (first + f64::from(i)) * step).filter(|t| *t <= high).map(|t| t * unit).collect()
    }
}

/// Seconds in the unit an axis of durations is marked in.
fn axis_unit(unit: Unit, high: f64) -> f64 {
    match unit {
        Unit::Duration if high >= 2.0 * 86_400.0 => 86_400.0,
        Unit::Duration | Unit::BusinessDuration if high >= 2.0 * 3600.0 => 3600.0,
        Unit::Duration | Unit::BusinessDuration => 60.0,
        _ => 1.0,
    }
}

/// Path data over evenly spaced places, broken where a value is missing.
fn path(values: &[Option<f64>], x: impl Fn(usize) -> f64, scale: &Scale) -> String {
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

fn values(points: &[Point]) -> Vec<Option<f64>> {
    points.iter().map(|p| number(p.value)).collect()
}

/// The trend of a row, or nothing where fewer than two periods have a figure.
pub(super) fn trend(row: &Row, f: &Format, title: &str, description: &str) -> Option<Trend> {
    const TOP: f64 = 14.0;
    const BOTTOM: f64 = 172.0;
    const LEFT: f64 = 54.0;
    const RIGHT: f64 = 238.0;
    let now = values(&row.history);
    let past = values(&row.history_year_ago);
    if now.iter().flatten().count() < 2 {
        return None;
    }
    let target = row.target.as_ref().and_then(|t| number(Some(t.value)));
    let scale = Scale::over(now.iter().chain(&past).flatten().copied().chain(target), TOP, BOTTOM)?;
    let step = (RIGHT - LEFT) / (now.len() - 1) as f64;
    let x = |i: usize| LEFT + step * i as f64;
    let last = now.last().copied().flatten().map(|v| Spot { x: RIGHT, y: scale.y(v) });

    let unit = axis_unit(row.unit, scale.high);
    let ticks = scale.ticks(unit);
    let mut labels: Vec<Label> = ticks
        .iter()
        .map(|t| label(LEFT - 8.0, scale.y(*t) + 4.5, axis_text(f, row.unit, *t, unit), "end", "axis"))
        .collect();
    labels.extend(period_labels(row, f, x, BOTTOM + 20.0));
    labels.extend(end_labels(row, f, &scale, target, last.as_ref(), RIGHT + 10.0));
    Some(Trend {
        width: WIDTH,
        height: 204.0,
        left: LEFT,
        right: RIGHT,
        bottom: BOTTOM,
        line: path(&now, x, &scale),
        year_ago: path(&past, x, &scale),
        dots: now.iter().enumerate().filter_map(|(i, v)| v.map(|v| Spot { x: tidy(x(i)), y: scale.y(v) })).collect(),
        last,
        target_y: target.map(|t| scale.y(t)),
        grid: ticks.iter().map(|t| scale.y(*t)).collect(),
        labels,
        title: title.to_owned(),
        description: description.to_owned(),
    })
}

fn label(x: f64, y: f64, text: String, anchor: &'static str, class: &'static str) -> Label {
    Label { x: tidy(x), y: tidy(y), text, anchor, class }
}

/// Compact axis figures, because the left margin is narrow.
fn axis_text(f: &Format, unit: Unit, value: f64, divisor: f64) -> String {
    let decimal = |v: f64| Decimal::from_f64_retain(v).unwrap_or_default().round_dp(4).normalize();
    let number = |id, v| f.say(id, &args!["number" => f.plain(Unit::Number, decimal(v))]);
    match unit {
        Unit::Money if value.abs() >= 1e6 => number("millions", value / 1e6),
        Unit::Money | Unit::Count if value.abs() >= 1e4 => number("thousands", value / 1e3),
        Unit::Money => f.plain(Unit::Number, decimal(value)),
        Unit::Duration | Unit::BusinessDuration => {
            let (id, name) = match divisor {
                d if d >= 86_400.0 => ("days", "d"),
                d if d >= 3600.0 => ("hours", "h"),
                _ => ("minutes", "min"),
            };
            f.say(id, &args![name => f.plain(Unit::Number, decimal(value / divisor))])
        }
        _ => f.plain(unit, decimal(value)),
    }
}

/// As many period names under the axis as fit, always with the last one.
fn period_labels(row: &Row, f: &Format, x: impl Fn(usize) -> f64, y: f64) -> Vec<Label> {
    let last = row.history.len().saturating_sub(1);
    let every = if row.history.len() > 7 { 3 } else { 1 };
    let named = row.history.iter().enumerate().filter(|(i, _)| (last - i).is_multiple_of(every));
    named
        .map(|(i, p)| {
            let name = f.period_tick(&p.period);
            label(x(i), y, name, "middle", "axis")
        })
        .collect()
}

/// Names and figures at the right end of each line, pushed apart where they would touch.
fn end_labels(row: &Row, f: &Format, scale: &Scale, target: Option<f64>, last: Option<&Spot>, x: f64) -> Vec<Label> {
    const GAP: f64 = 19.0;
    let aim = row.target.as_ref().map(|t| t.value);
    let mut labels = Vec::new();
    if let (Some(spot), Some(value)) = (last, row.value) {
        labels.push(label(x, spot.y + 5.0, f.beside(row.unit, value, aim), "start", "now"));
    }
    if let (Some(y), Some(value)) = (target.map(|t| scale.y(t)), aim) {
        labels.push(label(
            x,
            y + 5.0,
            f.say("chart-label-target", &args!["target" => f.plain(row.unit, value)]),
            "start",
            "goal",
        ));
    }
    if let Some((value, y)) =
        row.history_year_ago.last().and_then(|p| p.value).and_then(|v| number(Some(v)).map(|n| (v, scale.y(n))))
    {
        labels.push(label(
            x,
            y + 5.0,
            f.say("chart-label-year-ago", &args!["value" => f.value(row.unit, value)]),
            "start",
            "past",
        ));
    }
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    for i in 1..labels.len() {
        labels[i].y = tidy(labels[i].y.max(labels[i - 1].y + GAP));
    }
    let overflow = labels.last().map_or(0.0, |l| (l.y - (scale.bottom - 2.0)).max(0.0));
    for label in &mut labels {
        label.y = tidy(label.y - overflow);
    }
    labels
}

/// The scorecard's small line, or nothing where fewer than two periods have a figure.
pub(super) fn spark(row: &Row, title: &str) -> Option<Spark> {
    const W: f64 = 96.0;
    const H: f64 = 28.0;
    let now = values(&row.history);
    if now.iter().flatten().count() < 2 {
        return None;
    }
    let target = row.target.as_ref().and_then(|t| number(Some(t.value)));
    let scale = Scale::over(now.iter().flatten().copied().chain(target), 3.0, H - 3.0)?;
    let step = (W - 8.0) / (now.len() - 1) as f64;
    let x = |i: usize| 4.0 + step * i as f64;
    let last = now.last().copied().flatten().map(|v| Spot { x: W - 4.0, y: scale.y(v) });
    let line = path(&now, x, &scale);
    Some(Spark { width: W, height: H, line, last, target_y: target.map(|t| scale.y(t)), title: title.to_owned() })
}

/// Bars from zero, so that a bar twice as high is twice as much; none for series that go below zero.
pub(super) fn bars(points: &[Point]) -> Vec<Bar> {
    const HEIGHT: f64 = 22.0;
    let values = values(points);
    let high = values.iter().flatten().copied().fold(0.0, f64::max);
    if high <= 0.0 || values.iter().flatten().any(|v| *v < 0.0) || values.iter().flatten().count() < 2 {
        return Vec::new();
    }
    let height = |v: &Option<f64>| v.map_or(0, |v| (v / high * HEIGHT).round().max(1.0) as u32);
    let last = values.len() - 1;
    values.iter().enumerate().map(|(i, v)| Bar { height: height(v), is_last: i == last }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn points(values: &[Option<i64>]) -> Vec<Point> {
        let point = |v: &Option<i64>| Point {
            period: "2026-W46".into(),
            first_day: date(2026, 11, 9),
            value: v.map(Decimal::from),
        };
        values.iter().map(point).collect()
    }

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
    fn bars_start_at_zero() {
        let heights: Vec<u32> = bars(&points(&[Some(50), None, Some(100)])).iter().map(|b| b.height).collect();
        assert_eq!(heights, [11, 0, 22]);
        assert!(bars(&points(&[Some(-1), Some(2)])).is_empty());
    }
}
