//! The metrics, computed from the log in plain Rust: what the warehouse must find.
//!
//! Money is in whole units of the company currency, unrounded; ratios are fractions of one; times are business minutes.

mod accounts;
mod customer;
mod money;
mod product;
mod quality;
mod receipts;
mod rest;
mod support;

pub use customer::{CustomerTruth, customers};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use super::{
    Company,
    time::{self, Secs},
};

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

/// A segment's name and a value of it.
type Segment = (&'static str, &'static str);

/// A whole period of the simulation: half-open.
#[derive(Debug)]
struct Period {
    name: String,
    start: Secs,
    end: Secs,
    first: Date,
    /// The day after the last.
    until: Date,
}

impl Period {
    fn is_week(&self) -> bool {
        time::plus_days(self.first, 7) == self.until
    }

    fn holds(&self, at: Secs) -> bool {
        self.start <= at && at < self.end
    }
}

/// The true metrics of every whole period of the simulation, those beyond `Options::end` included.
pub fn truth(company: &Company, grain: Grain) -> Vec<TruthRow> {
    let mut rows = Vec::new();
    for period in periods(company, grain) {
        money::rows(company, &period, &mut rows);
        accounts::rows(company, &period, &mut rows);
        receipts::rows(company, &period, &mut rows);
        rest::rows(company, &period, &mut rows);
        support::rows(company, &period, &mut rows);
        product::rows(company, &period, &mut rows);
        quality::rows(company, &period, &mut rows);
    }
    rows
}

/// The share of issued invoices that were neither voided nor credited, by period, as known at `as_of`: it changes with what is
/// found wrong later.
pub fn invoice_accuracy(company: &Company, grain: Grain, as_of: Timestamp) -> Vec<TruthRow> {
    periods(company, grain).iter().map(|period| money::invoice_accuracy(company, period, as_of.as_second())).collect()
}

impl TruthRow {
    /// A quantile of values, with how many there are.
    fn quantile(metric: &'static str, period: &Period, mut values: Vec<Secs>, permille: usize) -> TruthRow {
        let value = quantile(&mut values, permille);
        TruthRow { value, ..TruthRow::level(metric, period, Decimal::ZERO, values.len()) }
    }
}

/// A quantile between neighbours, as `percentile_cont` gives it.
fn quantile(values: &mut [Secs], permille: usize) -> Option<Decimal> {
    values.sort_unstable();
    let place = permille * values.len().checked_sub(1)?;
    let (low, rest) = (place / 1000, place % 1000);
    let (below, above) = (Decimal::from(values[low]), Decimal::from(values[(low + 1).min(values.len() - 1)]));
    Some((below + (above - below) * Decimal::from(rest) / Decimal::ONE_THOUSAND).round_dp(3))
}

fn periods(company: &Company, grain: Grain) -> Vec<Period> {
    let zone = &company.world.zone;
    let mut first = time::date(company.world.start, zone);
    if grain == Grain::Month && first.day() > 1 {
        first = next_month(first);
    }
    let mut periods = Vec::new();
    loop {
        let (until, name) = match grain {
            Grain::Week => {
                let week = first.iso_week_date();
                (time::plus_days(first, 7), format!("{}-W{:02}", week.year(), week.week()))
            }
            Grain::Month => (next_month(first), format!("{}-{:02}", first.year(), first.month())),
        };
        let (start, end) = (time::midnight(first, zone), time::midnight(until, zone));
        if end > company.world.horizon {
            return periods;
        }
        periods.push(Period { name, start, end, first, until });
        first = until;
    }
}

fn next_month(date: Date) -> Date {
    time::plus_days(date.first_of_month(), 32).first_of_month()
}

impl TruthRow {
    fn level(metric: &'static str, period: &Period, value: Decimal, n: usize) -> TruthRow {
        TruthRow {
            metric,
            period: period.name.clone(),
            segment_name: "total",
            segment_value: String::new(),
            numerator: None,
            denominator: None,
            n: n as u64,
            value: Some(value),
        }
    }

    fn ratio(metric: &'static str, period: &Period, above: Decimal, below: Decimal, n: usize) -> TruthRow {
        TruthRow {
            numerator: Some(above),
            denominator: Some(below),
            value: above.checked_div(below),
            ..TruthRow::level(metric, period, above, n)
        }
    }

    fn of(self, segment: Option<Segment>) -> TruthRow {
        match segment {
            Some((name, value)) => TruthRow { segment_name: name, segment_value: value.to_owned(), ..self },
            None => self,
        }
    }
}
