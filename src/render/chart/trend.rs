//! The trend: a metric over its last periods, with the year before, the target and the calendar's events.

use rust_decimal::Decimal;
use serde::Serialize;

use super::super::format::Format;
use super::super::judged;
use super::super::row::RowWriter;
use super::super::words::args;
use super::event::{self, EventMark, Events};
use super::label::{self, Label, label, stack, under_axis, widest};
use super::point::{self, PointView, Told};
use super::scale::{Scale, axis, axis_start, axis_unit, compact, path};
use super::{Spot, WIDTH, number, tidy};
use crate::review::model::{Event, Point, ReviewPeriod, Row};

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
    pub events: Vec<EventMark>,
    /// What the events' numbers mean; empty without events.
    pub events_text: String,
    pub points: Vec<PointView>,
    pub title: String,
    pub description: String,
}

/// What a chart is drawn with besides its row.
pub struct Frame<'a> {
    pub f: &'a Format,
    pub events: &'a [Event],
    pub period: &'a ReviewPeriod,
    pub title: String,
    pub description: String,
}

impl Frame<'_> {
    /// A period's name, with the year where it is not the reviewed one's.
    pub(super) fn name(&self, id: &str) -> String {
        judged::named(&RowWriter { f: self.f, period: self.period }, id)
    }
}

pub(super) fn values(points: &[Point]) -> Vec<Option<f64>> {
    points.iter().map(|p| number(p.value)).collect()
}

/// Height of the plot, and room for the line of period names below it.
const PLOT: f64 = 158.0;

/// The trend of a row, or nothing where fewer than two periods have a figure.
pub fn trend(row: &Row, frame: &Frame<'_>) -> Option<Trend> {
    let f = frame.f;
    let now = values(&row.history);
    let past = values(&row.history_year_ago);
    if now.iter().flatten().count() < 2 {
        return None;
    }
    let target = row.target.as_ref().and_then(|t| number(Some(t.value)));
    let events = || frame.events.iter().filter(|e| e.concerns(row));
    let first_day = row.history.first()?.first_day;
    let has_events = events().any(|e| e.day >= first_day && e.day <= frame.period.last_day);
    let top = if has_events { event::STRIP + 12.0 } else { 12.0 };
    let bottom = top + PLOT;
    let scale = Scale::over(now.iter().chain(&past).flatten().copied().chain(target), top, bottom)?;

    let unit = axis_unit(row.unit, scale.high);
    let (ticks, figures) = axis(&scale, f, row.unit, unit);
    let left = widest(figures.iter().map(|text| (text.as_str(), "axis"))).max(22.0) + 12.0;
    let mut ends = end_labels(row, f, &scale, target, unit);
    let right = WIDTH - 12.0 - widest(ends.iter().map(|l| (l.text.as_str(), l.class))).max(24.0);
    for end in &mut ends {
        end.x = tidy(right + 10.0);
    }
    stack(&mut ends, top + 5.0, bottom);

    let step = (right - left) / (now.len() - 1) as f64;
    let x = |i: usize| left + step * i as f64;
    let places: Vec<_> = row.history.iter().enumerate().map(|(i, p)| (p.first_day, x(i))).collect();
    let Events { marks, text } = event::marks(f, events(), &places, frame.period.last_day, bottom);
    let named = row.history.iter().enumerate();
    let named: Vec<_> = named.map(|(i, p)| (f.period_tick(&p.period), x(i))).collect();
    let mut labels: Vec<Label> =
        ticks.iter().zip(figures).map(|(t, text)| label(left - 8.0, scale.y(*t) + 4.5, text, "end", "axis")).collect();
    labels.extend(under_axis(&named, bottom + 20.0));
    labels.append(&mut ends);
    let mut height = bottom + 26.0;
    if !scale.has_zero() {
        height += label::LINE;
        labels.push(label(left, height - 6.0, axis_start(f, row.unit, scale.low, unit), "start", "axis"));
    }
    Some(Trend {
        width: WIDTH,
        height,
        left: tidy(left),
        right: tidy(right),
        bottom,
        line: path(&now, x, &scale),
        year_ago: path(&past, x, &scale),
        dots: now.iter().enumerate().filter_map(|(i, v)| v.map(|v| Spot { x: tidy(x(i)), y: scale.y(v) })).collect(),
        last: now.last().copied().flatten().map(|v| Spot { x: tidy(right), y: scale.y(v) }),
        target_y: target.map(|t| scale.y(t)),
        grid: ticks.iter().map(|t| scale.y(*t)).collect(),
        labels,
        events: marks,
        points: points(row, f, &now, x, &scale, (left, right)),
        description: if text.is_empty() { frame.description.clone() } else { format!("{} {text}", frame.description) },
        events_text: text,
        title: frame.title.clone(),
    })
}

fn points(
    row: &Row,
    f: &Format,
    now: &[Option<f64>],
    x: impl Fn(usize) -> f64,
    scale: &Scale,
    (left, right): (f64, f64),
) -> Vec<PointView> {
    let told = row.history.iter().enumerate().filter_map(|(i, point)| {
        let y = scale.y((*now.get(i)?)?);
        let name = f.period_name(&point.period);
        let mut lines = vec![f.say(
            "chart-point",
            &args!["period" => name, "value" => f.beside(row.unit, point.value?, Some(nearly_nothing(point.value?)))],
        )];
        if let Some(past) = row.history_year_ago.get(i).and_then(|p| p.value) {
            lines.push(f.say("chart-label-year-ago", &args!["value" => f.value(row.unit, past)]));
        }
        Some(Told { spot: Spot { x: tidy(x(i)), y }, is_stop: true, lines })
    });
    point::strips(told.collect(), left, right, (scale.top, scale.bottom))
}

/// What a figure is told apart from, so that one above nothing never reads as nothing.
pub(in super::super) fn nearly_nothing(value: Decimal) -> Decimal {
    value / Decimal::ONE_THOUSAND
}

/// Widest figure beside the plot: a longer one is printed compactly, as on the axis.
const WIDE: f64 = 150.0;

/// Names and figures for the right end of each line, at their heights.
fn end_labels(row: &Row, f: &Format, scale: &Scale, target: Option<f64>, unit: f64) -> Vec<Label> {
    let aim = row.target.as_ref().map(|t| t.value);
    let fit = |text: String, value: Decimal, class: &'static str| {
        let say = |figure: String| match class {
            "goal" => f.say("chart-label-target", &args!["target" => figure]),
            "past" => f.say("chart-label-year-ago", &args!["value" => figure]),
            _ => figure,
        };
        let long = say(text);
        if label::width(&long, class) <= WIDE {
            return long;
        }
        say(compact(f, row.unit, number(Some(value)).unwrap_or_default(), unit))
    };
    let mut labels = Vec::new();
    let last = row.history.last().and_then(|p| p.value);
    if let (Some(y), Some(value)) = (number(last).map(|v| scale.y(v)), row.value) {
        labels.push(label(
            0.0,
            y + 5.0,
            fit(f.beside(row.unit, value, aim.or(Some(nearly_nothing(value)))), value, "now"),
            "start",
            "now",
        ));
    }
    if last.is_none() {
        labels.push(label(0.0, scale.bottom, f.word("no-figure"), "start", "axis"));
    }
    if let (Some(y), Some(value)) = (target.map(|t| scale.y(t)), aim) {
        labels.push(label(0.0, y + 5.0, fit(f.plain(row.unit, value), value, "goal"), "start", "goal"));
    }
    if let Some(value) = row.history_year_ago.last().and_then(|p| p.value) {
        let y = number(Some(value)).map_or(scale.bottom, |v| scale.y(v));
        labels.push(label(
            0.0,
            y + 5.0,
            fit(f.beside(row.unit, value, Some(nearly_nothing(value))), value, "past"),
            "start",
            "past",
        ));
    }
    labels
}

/// Why there is no trend.
pub fn no_trend(f: &Format, row: &Row) -> String {
    let known: Vec<&Point> = row.history.iter().filter(|p| p.value.is_some()).collect();
    match known.as_slice() {
        [only] => {
            let value = only.value.map(|v| f.value(row.unit, v)).unwrap_or_default();
            f.say("chart-one", &args!["period" => f.period_name(&only.period), "value" => value])
        }
        _ => f.word("chart-none"),
    }
}
