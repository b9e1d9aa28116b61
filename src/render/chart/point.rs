//! Places on a page's chart that answer to a pointer or the keyboard: the value there, in words. Style sheets show and hide
//! them; nothing is a script.

use serde::Serialize;

use super::{BOLD, Spot, WIDTH, text_width, tidy};

/// A point of a series with its figures in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PointView {
    /// The strip that answers to it.
    pub x: f64,
    pub width: f64,
    pub spot: Spot,
    /// Reached with the tab key. Of a long series only its signals and its end are: the rest is in the table beside it.
    pub is_stop: bool,
    pub lines: Vec<String>,
    /// All in one, for screen readers.
    pub title: String,
    /// The box of the words.
    pub box_x: f64,
    pub box_y: f64,
    pub box_width: f64,
    pub box_height: f64,
}

/// A point before it knows its neighbours.
pub(super) struct Told {
    pub(super) spot: Spot,
    pub(super) is_stop: bool,
    pub(super) lines: Vec<String>,
}

/// Cuts the drawing into strips, one a point, and places each one's words at the top or the bottom of the plot, where the point
/// is not, and clear of the drawing's edges.
pub(super) fn strips(points: Vec<Told>, left: f64, right: f64, (top, bottom): (f64, f64)) -> Vec<PointView> {
    const LINE: f64 = 19.0;
    let xs: Vec<f64> = points.iter().map(|p| p.spot.x).collect();
    points
        .into_iter()
        .enumerate()
        .map(|(i, point)| {
            let from = i.checked_sub(1).map_or(left - 8.0, |before| f64::midpoint(xs[before], xs[i]));
            let to = xs.get(i + 1).map_or(right + 8.0, |next| f64::midpoint(xs[i], *next));
            let widest = point.lines.iter().map(|line| text_width(line, 14.0)).fold(0.0, f64::max);
            let box_width = (widest * BOLD + 14.0).min(WIDTH - 2.0);
            let box_height = LINE * point.lines.len() as f64 + 6.0;
            let is_high = point.spot.y < f64::midpoint(top, bottom);
            PointView {
                x: tidy(from),
                width: tidy(to - from),
                is_stop: point.is_stop,
                title: point.lines.join(", "),
                box_x: tidy((point.spot.x - box_width / 2.0).clamp(1.0, WIDTH - 1.0 - box_width)),
                box_y: tidy(if is_high { bottom - box_height - 4.0 } else { top }),
                box_width: tidy(box_width),
                box_height,
                spot: point.spot,
                lines: point.lines,
            }
        })
        .collect()
}
