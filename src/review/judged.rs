//! What a review concludes: exceptions, signals, what moved them, promises by segment, and what was restated.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::driver::Driver;
use super::model::{Better, Comparison, Row, SegmentFigure, Status, Unit};
use super::phrase::Phrase;
use super::signal::{Process, Signal};

/// Something that needs a reader's attention.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exception {
    /// Key of the row it is about.
    pub metric: String,
    pub rule: Rule,
    /// Periods in a row, this one included.
    pub periods: u32,
    /// First period of the run.
    pub since: String,
    /// The segment that moved it most, with its figure before and now.
    pub segment: Option<SegmentFigure>,
    /// What its process chart says, where that is a signal.
    #[serde(default)]
    pub signal: Option<Signal>,
    /// Whether the signal is in the direction that is better; `None` where neither is.
    #[serde(default)]
    pub is_better: Option<bool>,
    /// Its guardrail, on this report or not.
    #[serde(default)]
    pub guardrail: Option<GuardrailFigure>,
    /// What is different since it began: against the baseline for signals, against the period before for missed targets.
    #[serde(default)]
    pub driver: Option<Driver>,
    /// Rank: size against its limits, the promise and the money at stake.
    #[serde(default)]
    pub weight: Decimal,
    /// Customers that carry most of it, largest first.
    #[serde(default)]
    pub accounts: Vec<AccountPart>,
}

/// Why something is an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The agreed target was missed.
    TargetMissed,
    /// The target was met, and the guardrail named with it was missed.
    GuardrailMissed,
    /// It improved while its guardrail signalled the other way.
    GuardrailConflict,
    /// It left its routine variation.
    Signal,
}

/// A guardrail beside the metric it guards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GuardrailFigure {
    pub metric: String,
    /// `churn`, …: it need not be on the report.
    #[serde(default)]
    pub dimension: String,
    pub title: String,
    pub unit: Unit,
    pub better: Better,
    pub value: Option<Decimal>,
    pub previous: Option<Decimal>,
    pub status: Status,
    /// Its whole row where it is what is told: it may not be on the report.
    #[serde(default)]
    pub row: Option<Box<Row>>,
    pub signal: Option<Signal>,
    /// Whether its signal is in the direction that is better.
    pub is_better: Option<bool>,
}

/// What a metric's process chart says of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Judgement {
    /// The limits; `None` where none are drawn.
    pub process: Option<Process>,
    /// Why there are none; `None` also for metrics that nothing is judged of.
    pub unjudged: Option<String>,
    /// The changes from period to period are judged, not the figures.
    pub is_of_changes: bool,
    pub signal: Option<Signal>,
    /// Judged points, oldest first, at most as many as a year of weeks: period, value, and whether it is a signal.
    pub points: Vec<JudgedPoint>,
}

/// One point of a process chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedPoint {
    pub period: String,
    /// Where it stands on a chart; `None` in editions from before it was kept.
    #[serde(default)]
    pub first_day: Option<Date>,
    pub value: Decimal,
    pub is_signal: bool,
}

/// A figure of a window beside the period's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WindowFigure {
    /// `period`, `mtd`, `qtd`, `ytd` or `t12m`.
    pub window: String,
    pub first_day: Date,
    pub last_day: Date,
    pub value: Option<Decimal>,
    pub n: Option<u64>,
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    /// The same calendar dates a year before; for trailing twelve months the twelve before them.
    pub year_ago: Comparison,
}

/// What one customer has to do with a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPart {
    /// Name or id, as the report prints customers.
    pub account: String,
    /// Its part: money in major units, or a count of cases.
    pub part: Decimal,
    pub is_money: bool,
    /// Fraction of what all customers carry.
    #[serde(default)]
    pub share: Option<Decimal>,
}

/// Churned MRR of one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// `too_expensive`, …; `None`: not recorded.
    pub reason: Option<String>,
    /// The function that answers for it: `marketing & sales`, …, `unattributed`.
    pub function: String,
    pub churned: Decimal,
    pub accounts: u64,
    /// Of all churned MRR.
    pub share: Option<Decimal>,
}

/// What was promised to the customers of a segment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SegmentPromise {
    /// `plan`, …
    pub segment_name: String,
    pub segment_value: String,
    /// The promise in the company's words, where it is stated.
    pub text: Option<String>,
    pub figures: Vec<PromiseFigure>,
}

/// One figure by which a segment's promise is measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PromiseFigure {
    pub metric: String,
    pub title: String,
    pub unit: Unit,
    pub better: Better,
    pub target: Decimal,
    pub value: Option<Decimal>,
    pub n: u64,
    /// `None`: unknown, or too few to judge.
    pub is_kept: Option<bool>,
    pub spread: Option<Spread>,
}

/// How evenly a promise was kept over the customers it was made to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Customers with a figure of their own, and those for whom it meets the target.
    pub accounts: u64,
    pub kept: u64,
    /// Their tenth and ninetieth percentile (nearest rank).
    pub p10: Decimal,
    pub p90: Decimal,
}

/// A published figure that is different today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    pub metric: String,
    pub title: String,
    pub unit: Unit,
    pub period: String,
    /// As published, and today; `None`: unknown.
    pub old: Option<Decimal>,
    pub new: Option<Decimal>,
    /// The edition that published it.
    pub edition: Edition,
    /// Why it changed: "2 records came late (si_…)".
    pub cause: Phrase,
}

/// An edition by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    pub report: String,
    pub period: String,
    pub number: u32,
}

/// A withheld section that somebody had printed all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forced {
    pub by: String,
    pub reason: String,
    /// Titles of the checks that were overruled.
    pub checks: Vec<String>,
}
