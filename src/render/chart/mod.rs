//! Chart geometry: where lines, bars and labels go. Drawing is the templates' job (`components/chart.html`), for the page
//! and the mail's pictures alike; every number a chart shows is also printed as text.
//!
//! [`trend`] shows a metric beside its year before and its target, [`process`] what of it is routine, [`spread`] what lies
//! behind a percentile, [`spark`] the small pictures of scorecards. [`scale`], [`label`], [`event`] and [`point`] are what they
//! share: axes, words that never touch, marked days, and the places that answer to a pointer.

pub(super) mod event;
mod label;
mod point;
pub(super) mod process;
mod scale;
pub(super) mod spark;
pub(super) mod spread;
pub(super) mod trend;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

pub(super) use self::label::{BOLD, text_width};
pub(super) use self::process::Process;
pub(super) use self::trend::{Trend, no_trend};

/// Width of a chart in CSS pixels: the narrowest phone shows it at nine tenths, so that text of 14 px stays above 12.
pub(super) const WIDTH: f64 = 360.0;

/// What an exception is shown by.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Chart {
    Trend(Trend),
    Process(Process),
}

impl Chart {
    /// What the numbers of its events mean; empty without events.
    pub(super) fn events(&self) -> &str {
        match self {
            Chart::Trend(trend) => &trend.events_text,
            Chart::Process(process) => &process.events_text,
        }
    }
}

/// A place on the drawing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spot {
    pub x: f64,
    pub y: f64,
}

pub(super) fn number(value: Option<Decimal>) -> Option<f64> {
    value.and_then(|v| v.to_f64())
}

pub(super) fn tidy(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
