//! Words on a drawing: how wide they are, what is cut, and how they keep out of each other's way.

use serde::Serialize;

use super::tidy;

/// Height of a line of labels.
pub(super) const LINE: f64 = 19.0;

/// Words at a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    pub x: f64,
    pub y: f64,
    pub text: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// CSS class: `now`, `past`, `goal`, `signal`, `signal-now`, `count` or `axis`.
    pub class: &'static str,
}

pub(super) fn label(x: f64, y: f64, text: String, anchor: &'static str, class: &'static str) -> Label {
    Label { x: tidy(x), y: tidy(y), text, anchor, class }
}

/// About how wide a text is in the widest of the fonts readers have (a page brings none of its own): rather too wide than cut.
pub fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | '\'' | '’' | ':' | '|' | ' ' | '\u{a0}' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '-' | '/' | 'I' => 0.41,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '▲' | '▼' => 0.97,
        '+' | '−' | '=' | '<' | '>' => 0.84,
        c if c.is_ascii_uppercase() => 0.7,
        c if c.is_ascii() || c == '€' || c == '–' => 0.64,
        c if c.is_alphabetic() && (c as u32) < 0x250 => 0.66,
        _ => 1.05,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// As [`text_width`], in the size and weight of a class of labels.
pub(super) fn width(text: &str, class: &str) -> f64 {
    match class {
        "now" | "signal-now" => text_width(text, 16.0) * BOLD,
        "signal" => text_width(text, 14.0) * BOLD,
        _ => text_width(text, 14.0),
    }
}

/// How much wider semi-bold letters are.
pub const BOLD: f64 = 1.1;

/// Widest of some labels.
pub(super) fn widest<'a>(labels: impl Iterator<Item = (&'a str, &'static str)>) -> f64 {
    labels.map(|(text, class)| width(text, class)).fold(0.0, f64::max)
}

/// Pushes labels in one column apart where they would touch, and back up where they would leave the drawing.
pub(super) fn stack(labels: &mut [Label], top: f64, bottom: f64) {
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut at = top;
    for label in labels.iter_mut() {
        label.y = tidy(label.y.max(at));
        at = label.y + LINE;
    }
    let mut limit = bottom;
    for label in labels.iter_mut().rev() {
        label.y = tidy(label.y.min(limit));
        limit = label.y - LINE;
    }
}

/// Names of periods under an axis, from the last one back, as many as have room.
pub(super) fn under_axis(periods: &[(String, f64)], y: f64) -> Vec<Label> {
    const GAP: f64 = 6.0;
    let mut labels: Vec<Label> = Vec::new();
    let mut free = f64::MAX;
    for (name, x) in periods.iter().rev() {
        let half = text_width(name, 14.0) / 2.0;
        if x + half + GAP <= free {
            labels.push(label(*x, y, name.clone(), "middle", "axis"));
            free = x - half;
        }
    }
    labels.reverse();
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart_and_inside() {
        let mut labels: Vec<Label> = [100.0, 101.0, 102.0].map(|y| label(0.0, y, "x".into(), "start", "axis")).to_vec();
        stack(&mut labels, 10.0, 110.0);
        let ys: Vec<f64> = labels.iter().map(|l| l.y).collect();
        assert_eq!(ys, [72.0, 91.0, 110.0]);
    }

    #[test]
    fn the_last_period_is_always_named() {
        let periods: Vec<(String, f64)> = (0..60).map(|i| (format!("W{i}"), 3.0 * f64::from(i))).collect();
        let labels = under_axis(&periods, 0.0);
        assert_eq!(labels.last().map(|l| l.text.as_str()), Some("W59"));
        assert!(labels.windows(2).all(|pair| pair[1].x - pair[0].x > 30.0));
    }
}
