//! What charts say beside their figures.

use super::super::format::Format;
use super::scale::axis_text;
use crate::review::model::{Row, Unit};

pub(super) fn target(figure: &str) -> String {
    format!("target {figure}")
}

pub(super) fn year_ago(figure: &str) -> String {
    format!("year ago {figure}")
}

pub(super) fn mean(figure: &str) -> String {
    format!("mean {figure}")
}

pub(super) fn limit(figure: &str) -> String {
    format!("limit {figure}")
}

/// A point told by itself.
pub(super) fn point(period: &str, figure: &str) -> String {
    format!("{period}: {figure}")
}

pub(super) fn signal(period: &str, figure: &str) -> String {
    format!("{period}: {figure}, a signal")
}

/// An axis that is cut says so.
pub(super) fn axis_start(f: &Format, unit: Unit, low: f64, divisor: f64) -> String {
    let from = axis_text(f, unit, rounded(low, divisor), divisor);
    if from == axis_text(f, unit, 0.0, divisor) {
        return "The axis does not begin at zero".to_owned();
    }
    format!("Axis from about {from}, not from zero")
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

pub(super) fn baseline(from: &str, to: &str) -> String {
    format!("baseline {from}–{to}")
}

pub(super) const BASELINE: &str = "baseline";
pub(super) const SIGNAL: &str = "signal";
pub(super) const MEDIAN: &str = "median";
pub(super) const NINE_TENTHS: &str = "9 in 10 within";

/// Why there is no chart.
pub(in super::super) fn no_trend(f: &Format, row: &Row) -> String {
    let known: Vec<_> = row.history.iter().filter(|p| p.value.is_some()).collect();
    match known.as_slice() {
        [] => "No chart: none of the periods shown has a figure.".to_owned(),
        [only] => {
            let value = only.value.map(|v| f.value(row.unit, v)).unwrap_or_default();
            format!(
                "No chart: {} is the only period with a figure, {value}.",
                super::super::dates::period_name(&only.period)
            )
        }
        _ => String::new(),
    }
}
