//! Small pictures of a series: the line of a scorecard row, and the bars a mail draws without an image.

use serde::Serialize;

use super::scale::{Scale, path};
use super::trend::values;
use super::{Spot, number, tidy};
use crate::review::model::{Point, Row};

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

/// The scorecard's small line, or nothing where fewer than two periods have a figure.
pub fn spark(row: &Row, title: &str) -> Option<Spark> {
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
    let last = now.last().copied().flatten().map(|v| Spot { x: tidy(W - 4.0), y: scale.y(v) });
    let line = path(&now, x, &scale);
    Some(Spark { width: W, height: H, line, last, target_y: target.map(|t| scale.y(t)), title: title.to_owned() })
}

/// Bars from zero, so that a bar twice as high is twice as much; none for series that go below zero.
pub fn bars(points: &[Point]) -> Vec<Bar> {
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
    use jiff::civil::date;
    use rust_decimal::Decimal;

    use super::*;

    fn points(values: &[Option<i64>]) -> Vec<Point> {
        let point = |v: &Option<i64>| Point {
            period: "2026-W46".into(),
            first_day: date(2026, 11, 9),
            value: v.map(Decimal::from),
        };
        values.iter().map(point).collect()
    }

    #[test]
    fn bars_start_at_zero() {
        let heights: Vec<u32> = bars(&points(&[Some(50), None, Some(100)])).iter().map(|b| b.height).collect();
        assert_eq!(heights, [11, 0, 22]);
        assert!(bars(&points(&[Some(-1), Some(2)])).is_empty());
    }
}
