//! Metric points: the output contract of every metric, and series made of them.

use rust_decimal::Decimal;
use serde::Serialize;

/// One figure: a metric in a period for the total or a segment.
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
