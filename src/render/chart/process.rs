//! The process chart: every judged point with the mean and the limits of its baseline, and which of them are signals.
//!
//! A signal is told by shape (a diamond), by colour and by the name of its period; the point under review by a ring and its
//! figure.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::super::judged;
use super::super::words::args;
use super::event::{self, EventMark, Events};
use super::label::{self, LINE, Label, label, stack, text_width, under_axis, widest};
use super::point::{self, PointView, Told};
use super::scale::{Scale, axis, axis_start, axis_unit, compact};
use super::trend::Frame;
use super::{Spot, WIDTH, number, tidy};
use crate::review::model::{JudgedPoint, Process as Limits, Row};

/// A series with its limits.
#[derive(Debug, Clone, Serialize)]
pub struct Process {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    /// SVG path data; gaps where periods are missing.
    pub line: String,
    /// Between the limits.
    pub band_y: f64,
    pub band_height: f64,
    pub mean_y: f64,
    /// Absent where nothing can be beyond it.
    pub upper_y: Option<f64>,
    pub lower_y: Option<f64>,
    /// The periods the limits come from; `None` where they lie before the chart.
    pub base: Option<Bracket>,
    /// Points of routine variation.
    pub dots: Vec<Spot>,
    /// SVG path data of a diamond each.
    pub signals: Vec<String>,
    /// The ring around the period under review.
    pub last: Option<Spot>,
    pub grid: Vec<f64>,
    pub labels: Vec<Label>,
    pub events: Vec<EventMark>,
    pub events_text: String,
    pub points: Vec<PointView>,
    pub title: String,
    pub description: String,
}

/// From one place of the axis to another.
#[derive(Debug, Clone, Serialize)]
pub struct Bracket {
    pub from: f64,
    pub to: f64,
    pub y: f64,
}

/// Height of the plot.
const PLOT: f64 = 150.0;

struct Axes {
    scale: Scale,
    left: f64,
    right: f64,
}

/// The process chart of a row, or nothing where no limits are drawn or fewer than two points are judged.
pub fn process(row: &Row, frame: &Frame<'_>) -> Option<Process> {
    let limits = row.judgement.process.as_ref()?;
    let points = &row.judgement.points;
    if points.len() < 2 {
        return None;
    }
    let dates: Vec<Date> = points.iter().map(|p| p.first_day).collect::<Option<_>>()?;
    let f = frame.f;
    let (first_day, last_day) = (*dates.first()?, frame.period.last_day);
    let events = || frame.events.iter().filter(|e| e.concerns(row));
    let has_events = events().any(|e| e.day >= first_day && e.day <= last_day);
    let top = if has_events { event::STRIP + 12.0 } else { 12.0 };
    let bottom = top + PLOT;
    let bounded = |value| number(Some(judged::bounded(row, value))).unwrap_or_default();
    let (lower, upper) = (bounded(limits.lower), bounded(limits.upper));
    let figures = points.iter().filter_map(|p| number(Some(p.value)));
    let scale = Scale::over(figures.chain([lower, upper]), top, bottom)?;

    let unit = axis_unit(row.unit, scale.high.max(-scale.low));
    let (ticks, on_axis) = axis(&scale, f, row.unit, unit);
    let left = widest(on_axis.iter().map(|text| (text.as_str(), "axis"))).max(22.0) + 12.0;
    let mut ends = end_labels(row, frame, limits, &scale, unit);
    let right = WIDTH - 14.0 - widest(ends.iter().map(|l| (l.text.as_str(), l.class)));
    for end in &mut ends {
        end.x = tidy(right + 12.0);
    }
    stack(&mut ends, top + 5.0, bottom);

    let axes = Axes { scale, left, right };
    let xs = places(&dates, left, right);
    let spots: Vec<Spot> = points
        .iter()
        .zip(&xs)
        .map(|(p, x)| Spot { x: tidy(*x), y: axes.scale.y(number(Some(p.value)).unwrap_or_default()) })
        .collect();
    let named: Vec<(String, f64)> = points.iter().zip(&xs).map(|(p, x)| (f.period_tick(&p.period), *x)).collect();
    let mut labels: Vec<Label> = ticks
        .iter()
        .zip(on_axis)
        .map(|(t, text)| label(left - 8.0, axes.scale.y(*t) + 4.5, text, "end", "axis"))
        .collect();
    labels.extend(under_axis(&named, bottom + 20.0));
    labels.extend(signal_labels(points, &spots, &named, &axes));
    labels.append(&mut ends);
    let mut height = bottom + 26.0;
    let base = bracket(points, &xs, limits, height + 6.0);
    if let Some(base) = &base {
        height += 6.0 + LINE;
        labels.push(base_label(frame, base, limits, height - 3.0, &axes));
        height += 3.0;
    }
    if !axes.scale.has_zero() {
        height += LINE;
        labels.push(label(left, height - 6.0, axis_start(f, row.unit, axes.scale.low, unit), "start", "axis"));
    }
    let at: Vec<(Date, f64)> = dates.iter().copied().zip(xs.iter().copied()).collect();
    let Events { marks, text } = event::marks(f, events(), &at, last_day, bottom);
    let y = |value: f64| axes.scale.y(value);
    Some(Process {
        width: WIDTH,
        height,
        left: tidy(left),
        right: tidy(right),
        bottom,
        line: line(&dates, &spots),
        band_y: y(upper),
        band_height: tidy(y(lower) - y(upper)),
        mean_y: y(number(Some(limits.mean)).unwrap_or_default()),
        upper_y: (judged::bounded(row, limits.upper) == limits.upper).then(|| y(upper)),
        lower_y: (judged::bounded(row, limits.lower) == limits.lower).then(|| y(lower)),
        base,
        dots: points.iter().zip(&spots).filter(|(p, _)| !p.is_signal).map(|(_, s)| s.clone()).collect(),
        signals: points.iter().zip(&spots).filter(|(p, _)| p.is_signal).map(|(_, s)| diamond(s)).collect(),
        last: is_reviewed(row, frame).then(|| spots.last().cloned()).flatten(),
        grid: ticks.iter().map(|t| y(*t)).collect(),
        labels,
        events: marks,
        points: told(row, frame, &spots, &axes),
        description: if text.is_empty() { frame.description.clone() } else { format!("{} {text}", frame.description) },
        events_text: text,
        title: frame.title.clone(),
    })
}

/// Whether the last judged point is the period under review: it may be incomplete, or rest on too few.
fn is_reviewed(row: &Row, frame: &Frame<'_>) -> bool {
    row.judgement.points.last().is_some_and(|p| p.period == frame.period.id)
}

/// Places in proportion to time, so that missing periods leave a gap.
fn places(dates: &[Date], left: f64, right: f64) -> Vec<f64> {
    let days = |day: &Date| f64::from((*day - dates[0]).get_days());
    let all = dates.last().map_or(1.0, days).max(1.0);
    dates.iter().map(|day| left + (right - left) * days(day) / all).collect()
}

/// A line through neighbouring periods.
fn line(dates: &[Date], spots: &[Spot]) -> String {
    let days = |pair: &[Date]| (pair[1] - pair[0]).get_days();
    let usual = dates.windows(2).map(days).min().unwrap_or_default();
    let mut data = String::new();
    for (i, spot) in spots.iter().enumerate() {
        let follows = i > 0 && days(&dates[i - 1..=i]) * 2 < usual * 3;
        data += &format!("{}{} {} ", if follows { 'L' } else { 'M' }, spot.x, spot.y);
    }
    data.trim_end().to_owned()
}

fn diamond(spot: &Spot) -> String {
    const R: f64 = 5.5;
    let Spot { x, y } = spot;
    format!("M{} {y}L{x} {}L{} {y}L{x} {}Z", tidy(x - R), tidy(y - R), tidy(x + R), tidy(y + R))
}

/// The baseline's stretch of the axis, as far as the chart shows it.
fn bracket(points: &[JudgedPoint], xs: &[f64], limits: &Limits, y: f64) -> Option<Bracket> {
    let inside = |p: &JudgedPoint| (limits.from.as_str()..=limits.to.as_str()).contains(&p.period.as_str());
    let from = points.iter().position(inside)?;
    let to = points.iter().rposition(inside)?;
    Some(Bracket { from: tidy(xs[from] - 3.0), to: tidy(xs[to] + 3.0), y })
}

/// Below the bracket, kept inside the drawing.
fn base_label(frame: &Frame<'_>, base: &Bracket, limits: &Limits, y: f64, axes: &Axes) -> Label {
    let (from, to) = (frame.name(&limits.from), frame.name(&limits.to));
    let full = frame.f.say("chart-label-baseline", &args!["from" => from, "to" => to]);
    let half = text_width(&full, 14.0) / 2.0;
    let text = if half * 2.0 <= WIDTH - axes.left { full } else { frame.f.word("chart-label-baseline-short") };
    let half = text_width(&text, 14.0) / 2.0;
    let x = f64::midpoint(base.from, base.to).clamp(axes.left - 10.0 + half, WIDTH - half);
    label(x, y, text, "middle", "axis")
}

/// Periods of signals beside their diamonds, the first of all first, as many as have room. The last point has its words at the end.
fn signal_labels(points: &[JudgedPoint], spots: &[Spot], named: &[(String, f64)], axes: &Axes) -> Vec<Label> {
    let Axes { scale, left, right } = axes;
    let mut taken: Vec<Area> = spots.iter().map(|s| Area::around(s, 6.0)).collect();
    let mut labels = Vec::new();
    for (i, spot) in spots.iter().enumerate().take(spots.len().saturating_sub(1)).filter(|(i, _)| points[*i].is_signal)
    {
        let name = &named[i].0;
        let wide = label::width(name, "signal");
        let at = |x: f64, y: f64| Area { x, y: y - 12.0, width: wide, height: 15.0 };
        // where the series does not run, so that no line goes through the words
        let centred = spot.x - wide / 2.0;
        let beside = [at(spot.x - 10.0 - wide, spot.y + 5.0), at(spot.x + 10.0, spot.y + 5.0)];
        let (above, below) = (at(centred, spot.y - 10.0), at(centred, spot.y + 21.0));
        let is_high = spot.y <= f64::midpoint(scale.top, scale.bottom);
        let stacked = if is_high { [above, below] } else { [below, above] };
        let inside = |a: &Area| {
            a.x >= *left - 4.0
                && a.x + a.width <= *right + 4.0
                && a.y > scale.top - 13.0
                && a.y + a.height < scale.bottom
        };
        let is_free = |a: &Area| inside(a) && taken.iter().all(|t| !t.touches(a));
        let Some(area) = stacked.into_iter().chain(beside).find(is_free) else { continue };
        labels.push(label(area.x, area.y + 12.0, name.clone(), "start", "signal"));
        taken.push(area);
    }
    labels
}

/// A part of the drawing.
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn around(spot: &Spot, reach: f64) -> Area {
        Area { x: spot.x - reach, y: spot.y - reach, width: 2.0 * reach, height: 2.0 * reach }
    }

    fn touches(&self, other: &Area) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// The reviewed figure, the mean and the limits, at the right end of their lines.
fn end_labels(row: &Row, frame: &Frame<'_>, limits: &Limits, scale: &Scale, unit: f64) -> Vec<Label> {
    const WIDE: f64 = 138.0;
    let f = frame.f;
    let place = |value: Decimal, class: &'static str, id: &str| {
        let say = |figure: String| if id.is_empty() { figure } else { f.say(id, &args!["value" => figure]) };
        let height = number(Some(value)).unwrap_or_default();
        let figure = if id.is_empty() { judged::point(f, row, value) } else { judged::limit(f, row, value) };
        let mut text = say(figure);
        if label::width(&text, class) > WIDE {
            text = say(compact(f, row.unit, height, unit));
        }
        label(0.0, scale.y(height) + 5.0, text, "start", class)
    };
    let mut labels = vec![place(limits.mean, "axis", "chart-label-mean")];
    for edge in [limits.upper, limits.lower].into_iter().filter(|edge| judged::bounded(row, *edge) == *edge) {
        labels.push(place(edge, "axis", "chart-label-limit"));
    }
    if let Some(point) = row.judgement.points.last().filter(|_| is_reviewed(row, frame)) {
        let class = if point.is_signal { "signal-now" } else { "now" };
        labels.push(place(point.value, class, ""));
        if point.is_signal {
            let y = labels.last().map_or(scale.top, |l| l.y);
            labels.push(label(0.0, y + 1.0, f.word("chart-label-signal"), "start", "signal"));
        }
    }
    labels
}

fn told(row: &Row, frame: &Frame<'_>, spots: &[Spot], axes: &Axes) -> Vec<PointView> {
    let points = &row.judgement.points;
    let last = points.len() - 1;
    let told = points.iter().zip(spots).enumerate().map(|(i, (point, spot))| {
        let id = if point.is_signal { "chart-point-signal" } else { "chart-point" };
        let value = judged::point(frame.f, row, point.value);
        let line = frame.f.say(id, &args!["period" => frame.name(&point.period), "value" => value]);
        Told { spot: spot.clone(), is_stop: point.is_signal || i == last, lines: vec![line] }
    });
    point::strips(told.collect(), axes.left, axes.right, (axes.scale.top, axes.scale.bottom))
}
