//! The metrics, computed from the log in plain Rust: what the warehouse must find.

use rust_decimal::Decimal;

use super::Company;

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Monday to Sunday in the company's zone.
    Week,
    /// A calendar month in the company's zone.
    Month,
}

/// One metric of one period and segment.
#[derive(Debug, Clone, PartialEq)]
pub struct TruthRow {
    /// The metric's name, as in its SQL file.
    pub metric: &'static str,
    /// `2026-W46` or `2026-10`.
    pub period: String,
    /// `total`, or the kind of segment.
    pub segment_name: &'static str,
    /// The segment; empty for the total.
    pub segment_value: String,
    /// Above the line, if the metric is a ratio.
    pub numerator: Option<Decimal>,
    /// Below the line, if the metric is a ratio.
    pub denominator: Option<Decimal>,
    /// How many accounts, tickets or answers stand behind the value.
    pub n: u64,
    /// The metric.
    pub value: Option<Decimal>,
}

/// The true metrics of every whole period of the simulation.
pub fn truth(company: &Company, grain: Grain) -> Vec<TruthRow> {
    let _ = (company, grain);
    Vec::new()
}
