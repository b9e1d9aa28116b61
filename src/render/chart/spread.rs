//! A distribution: how many entities lie between bounds that double, with the median and the ninth decile marked. Bars start at
//! zero; the axis below them is logarithmic because waiting times are.

use rust_decimal::Decimal;
use serde::Serialize;

use super::super::format::Format;
use super::super::words::args;
use super::label::{self, Label, label, text_width};
use super::point::{self, PointView, Told};
use super::{Spot, WIDTH, number, tidy};
use crate::review::model::{Distribution, Unit};

/// A histogram.
#[derive(Debug, Clone, Serialize)]
pub struct Spread {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    pub bars: Vec<SpreadBar>,
    pub marks: Vec<SpreadMark>,
    pub labels: Vec<Label>,
    pub points: Vec<PointView>,
    pub title: String,
    pub description: String,
}

/// A bar of a histogram.
#[derive(Debug, Clone, Serialize)]
pub struct SpreadBar {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A figure marked on the axis.
#[derive(Debug, Clone, Serialize)]
pub struct SpreadMark {
    pub x: f64,
    pub y: f64,
    /// `goal-line` or `past-line`: dashed and plain, told apart without colour.
    pub class: &'static str,
}

/// One bin: its bounds (the first has no lower, the last no upper one) and how many lie in it.
pub struct Bin {
    pub from: Option<Decimal>,
    pub to: Option<Decimal>,
    pub count: u64,
}

/// The bins from the first that holds something to the last that does.
pub fn bins(distribution: &Distribution) -> Vec<Bin> {
    let bounds = &distribution.bounds;
    let all: Vec<Bin> = distribution
        .counts
        .iter()
        .enumerate()
        .map(|(i, count)| Bin {
            from: i.checked_sub(1).and_then(|before| bounds.get(before)).copied(),
            to: bounds.get(i).copied(),
            count: *count,
        })
        .collect();
    let Some(first) = all.iter().position(|b| b.count > 0) else { return Vec::new() };
    let last = all.iter().rposition(|b| b.count > 0).unwrap_or(first);
    all.into_iter().skip(first).take(last + 1 - first).collect()
}

/// The picture of a distribution; `tell` says a bin in words.
pub fn spread(
    f: &Format,
    unit: Unit,
    distribution: &Distribution,
    tell: impl Fn(&Bin) -> String,
    title: &str,
    description: &str,
) -> Option<Spread> {
    const LEFT: f64 = 8.0;
    const RIGHT: f64 = WIDTH - 8.0;
    const TOP: f64 = 62.0;
    const BOTTOM: f64 = 170.0;
    let bins = bins(distribution);
    let most = bins.iter().map(|b| b.count).max().filter(|m| *m > 0)?;
    let step = ((RIGHT - LEFT) / bins.len() as f64).min(60.0);
    let right = LEFT + step * bins.len() as f64;
    let height = |count: u64| tidy((BOTTOM - TOP) * count as f64 / most as f64);
    let bars: Vec<SpreadBar> = bins
        .iter()
        .enumerate()
        .map(|(i, bin)| SpreadBar {
            x: tidy(LEFT + step * i as f64 + 1.0),
            y: tidy(BOTTOM - height(bin.count)),
            width: tidy(step - 2.0),
            height: height(bin.count),
        })
        .collect();
    let mut labels = bound_labels(f, unit, &bins, LEFT, step, BOTTOM + 19.0);
    let marks = marks(f, unit, distribution, &bins, (LEFT, step), &mut labels);
    for (bar, bin) in bars.iter().zip(&bins).filter(|(_, bin)| bin.count > 0) {
        let text = f.count(bin.count);
        let (x, wide) = (bar.x + bar.width / 2.0, text_width(&text, 14.0));
        // a line through a number makes another number of it; the table has them all
        let is_clear = marks.iter().all(|mark| (mark.x - x).abs() > wide / 2.0);
        if wide <= step + 8.0 && is_clear {
            labels.push(label(x, bar.y - 5.0, text, "middle", "count"));
        }
    }
    let told = bins.iter().zip(&bars).map(|(bin, bar)| Told {
        spot: Spot { x: tidy(bar.x + bar.width / 2.0), y: bar.y },
        is_stop: true,
        lines: vec![tell(bin)],
    });
    Some(Spread {
        width: WIDTH,
        height: BOTTOM + 28.0,
        left: LEFT,
        right: tidy(right),
        bottom: BOTTOM,
        points: point::strips(told.collect(), LEFT, right, (2.0, 2.0)),
        bars,
        marks,
        labels,
        title: title.to_owned(),
        description: description.to_owned(),
    })
}

/// Median and ninth decile: their lines, and their names above the bars.
fn marks(
    f: &Format,
    unit: Unit,
    distribution: &Distribution,
    bins: &[Bin],
    (left, step): (f64, f64),
    labels: &mut Vec<Label>,
) -> Vec<SpreadMark> {
    let figures = [
        (distribution.median, "chart-label-median", ("goal", "goal-line"), 36.0),
        (distribution.p90, "chart-label-p90", ("past", "past-line"), 17.0),
    ];
    let mut marks = Vec::new();
    for (value, id, (words, line), y) in figures {
        let Some(value) = value else { continue };
        let x = place(bins, value, left, step);
        let text = f.say(id, &args!["value" => f.value(unit, value)]);
        let half = text_width(&text, 14.0) / 2.0;
        labels.push(label(x.clamp(2.0 + half, WIDTH - 2.0 - half), y, text, "middle", words));
        marks.push(SpreadMark { x: tidy(x), y: y + 4.0, class: line });
    }
    marks
}

/// Bounds under the axis, as many as have room.
fn bound_labels(f: &Format, unit: Unit, bins: &[Bin], left: f64, step: f64, y: f64) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    let mut free = 0.0;
    for (i, bin) in bins.iter().enumerate() {
        let Some(to) = bin.to.filter(|_| i + 1 < bins.len()) else { continue };
        let text = f.plain(unit, to);
        let half = label::width(&text, "axis") / 2.0;
        let x = left + step * (i + 1) as f64;
        if x - half >= free && x + half <= WIDTH {
            labels.push(label(x, y, text, "middle", "axis"));
            free = x + half + 12.0;
        }
    }
    labels
}

/// Where a figure lies: in proportion to its logarithm between the bounds of its bin.
fn place(bins: &[Bin], value: Decimal, left: f64, step: f64) -> f64 {
    let at = bins.iter().position(|b| b.to.is_none_or(|to| value < to)).unwrap_or(bins.len().saturating_sub(1));
    let log = |v: Option<Decimal>| number(v).filter(|v| *v > 0.0).map(f64::ln);
    let inside = bins.get(at).and_then(|bin| {
        let (from, to, here) = (log(bin.from)?, log(bin.to)?, log(Some(value))?);
        Some(((here - from) / (to - from)).clamp(0.0, 1.0))
    });
    left + step * (at as f64 + inside.unwrap_or(0.5))
}
