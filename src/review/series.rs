//! Metric points and what is known of a metric: the input of a review.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::model::{Better, Kind, SignalOn, Unit};

/// One figure: a metric in a period for the total or a segment. The output contract of every metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricPoint {
    pub metric: String,
    pub period: String,
    /// `total` for totals, else the segment's name (`plan`, `size`).
    pub segment_name: String,
    /// Empty for totals; `(none)` where an account has no such segment.
    pub segment_value: String,
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    /// Entities (accounts, tickets, responses) behind the figure.
    pub n: u64,
    /// `None` is unknown (a ratio over nothing), not zero.
    pub value: Option<Decimal>,
}

/// How far small numbers matter to a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// A share of entities: small ones get counts and an interval.
    Proportion,
    /// A quotient or a quantile over entities: small ones are shown, not judged.
    Other,
    /// It counts or measures everything there is: never small.
    Complete,
}

/// How a total is made of its segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Numerators and denominators add up.
    Ratio,
    /// Values add up.
    Additive,
    /// Neither: medians, splits, finished rows.
    Opaque,
}

/// A metric as a review needs it.
#[derive(Debug, Clone)]
pub struct MetricInfo {
    pub metric: String,
    pub title: String,
    /// Key of the accountable team.
    pub team: String,
    pub team_name: String,
    pub dimension: String,
    pub kind: Kind,
    pub unit: Unit,
    pub better: Better,
    pub guardrail: Option<String>,
    pub sample: Sample,
    pub made: Made,
    /// What its process chart watches.
    pub signal: SignalOn,
    /// Its headline covers the trailing twelve months.
    pub is_trailing: bool,
    /// It stands at a period's end: the same in every window that ends there.
    pub is_level: bool,
    /// Its value, or its parts, are money.
    pub is_money: bool,
    pub definition: String,
    /// Hash of its SQL and its ancestors', and of the settings they read.
    pub hash: String,
    /// Hash of the SQL alone: tells a changed definition from a changed setting.
    pub sql_hash: String,
}

/// A target in force from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFrom {
    pub metric: String,
    /// Name and value of the segment it was promised to; `None` for the total.
    pub segment: Option<(String, String)>,
    pub from: Date,
    pub value: Decimal,
}

/// Points by metric and period, totals and segments apart.
#[derive(Debug, Default)]
pub struct Figures {
    totals: BTreeMap<String, BTreeMap<String, MetricPoint>>,
    segments: BTreeMap<(String, String), Vec<MetricPoint>>,
    begins: BTreeMap<String, Date>,
}

impl Figures {
    /// Sorts points into series. `begins` is the first day with data of those series that know it.
    pub fn new(points: Vec<MetricPoint>, begins: BTreeMap<String, Date>) -> Figures {
        let mut figures = Figures { begins, ..Figures::default() };
        for point in points {
            if point.segment_name == "total" {
                figures.totals.entry(point.metric.clone()).or_default().insert(point.period.clone(), point);
            } else {
                figures.segments.entry((point.metric.clone(), point.period.clone())).or_default().push(point);
            }
        }
        figures
    }

    /// The total of a metric in a period.
    pub fn total(&self, metric: &str, period: &str) -> Option<&MetricPoint> {
        self.totals.get(metric)?.get(period)
    }

    /// Segments of a metric in a period.
    pub fn segments(&self, metric: &str, period: &str) -> &[MetricPoint] {
        self.segments.get(&(metric.to_owned(), period.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The first day with data, where that is known.
    pub fn begins(&self, metric: &str) -> Option<Date> {
        self.begins.get(metric).copied()
    }

    /// Periods for which a metric has a total.
    pub fn has_any(&self, metric: &str) -> bool {
        self.totals.get(metric).is_some_and(|periods| !periods.is_empty())
    }
}
