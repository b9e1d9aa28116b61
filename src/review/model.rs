//! What a review is: everything a page, a mail or a workbook prints, in plain data with unformatted numbers.

use jiff::civil::Date;
use rust_decimal::Decimal;

pub use super::correction::{Change, Changed, Correction};
pub use super::driver::{Contribution, Driver};
pub use super::judged::{
    AccountPart, Edition, Exception, Factor, Forced, GuardrailFigure, JudgedPoint, Judgement, PromiseFigure,
    Restatement, Rule, SegmentPromise, Spread, WindowFigure,
};
use super::phrase::Phrase;
pub use super::picture::{Cohort, Cohorts, DimensionLine, Distribution, Event, Kept};
pub use super::signal::{Pattern, Process, Side, Signal};
pub use super::voice::{Comment, MetricComments, OwnerPromise, Silence, Standing};
use serde::{Deserialize, Serialize};

/// One report for one period: assembled from metric points, immutable, saved as `report.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Review {
    pub head: Head,
    pub period: ReviewPeriod,
    /// Why the edition is provisional, one entry per cause; empty for a final one.
    pub provisional: Vec<Phrase>,
    /// Ranked, the worst first; rendering tells the first three and counts the rest.
    pub exceptions: Vec<Exception>,
    /// What owners say of the figures, those of exceptions first; also where an owner was asked and said nothing.
    #[serde(default)]
    pub comments: Vec<MetricComments>,
    /// What owners promised to do, open or kept since the period began: the longest overdue first.
    #[serde(default)]
    pub promises: Vec<OwnerPromise>,
    /// Promises stated to segments of customers: kept or not, and how evenly.
    #[serde(default)]
    pub segment_promises: Vec<SegmentPromise>,
    /// Why MRR was lost in the period, largest first, with the function that answers for it.
    #[serde(default)]
    pub factors: Vec<Factor>,
    /// Figures of earlier editions that are different today.
    #[serde(default)]
    pub restatements: Vec<Restatement>,
    /// What it says otherwise than the edition its readers were mailed, where it was made to correct that one.
    #[serde(default)]
    pub correction: Option<Correction>,
    /// Who sent it although a check forbade it, and why.
    #[serde(default)]
    pub forced: Option<Forced>,
    /// Opening to closing MRR; present where the report lists `growth/*` or `churn/*` money metrics and billing is connected.
    pub walk: Option<Walk>,
    /// Days to mark on the charts, oldest first.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Fit, churn, growth, advocacy, adoption and value in a line each; empty where the report does not ask for them.
    #[serde(default)]
    pub dimensions: Vec<DimensionLine>,
    /// What became of each month's new accounts; `None` where the report does not ask for it or nobody has paid yet.
    #[serde(default)]
    pub cohorts: Option<Cohorts>,
    /// How what lies behind a figure is spread, for rows that are a percentile.
    #[serde(default)]
    pub distributions: Vec<Distribution>,
    /// In the order of the report's `metrics` list, grouped by dimension.
    pub sections: Vec<Section>,
    pub lists: Vec<List>,
    /// Metrics left out because a source or a setting is absent.
    pub not_measured: Vec<NotMeasured>,
    /// What went wrong on the way to this review: failed sources, checks, metrics.
    pub problems: Vec<Problem>,
    pub freshness: Vec<Freshness>,
    /// Share of MRR matched to support and product accounts.
    pub coverage: Vec<Coverage>,
    /// One per metric shown.
    pub definitions: Vec<Definition>,
}

/// Whose review this is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// Key in the config, `[reports.NAME]`.
    pub report: String,
    pub title: String,
    /// Key of the accountable team, `[teams.NAME]`.
    pub team: String,
    pub team_name: String,
    pub company: String,
    /// ISO 4217, upper case: the currency of every money figure.
    pub currency: String,
    /// Digits after the point of that currency (2 for USD, 0 for JPY).
    pub currency_digits: u32,
    /// BCP 47: the language, its separators and dates.
    pub locale: String,
    /// IANA zone of the business: periods are days of this zone.
    pub timezone: String,
    pub customers: Customers,
    /// RFC 3339, UTC: when the figures were computed.
    pub generated_at: String,
    /// Link to the edition on the web, where `public_url` is set.
    pub link: Option<String>,
    /// The Discussion address, if the team has one.
    pub reply_to: Option<String>,
}

/// How customers appear in print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Customers {
    #[default]
    Names,
    Ids,
    None,
}

/// The period reviewed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewPeriod {
    /// `2026-W46`, `2026-10`, `2026-Q3` or `2026`.
    pub id: String,
    /// `week`, `month`, `quarter` or `year`.
    pub grain: String,
    pub first_day: Date,
    pub last_day: Date,
}

/// Metrics of one of the six dimensions (or sla, quality, operations), in print order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    /// `growth`, `churn`, `sla`, …: the folder of the metric files.
    pub dimension: String,
    pub rows: Vec<Row>,
    /// The check that forbids printing it.
    #[serde(default)]
    pub withheld: Option<String>,
}

/// One metric in the scorecard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub metric: String,
    pub title: String,
    /// Name (not key) of the accountable team.
    pub team: String,
    pub kind: Kind,
    pub unit: Unit,
    /// Its value, or its parts, are money: it weighs customers by what they pay.
    #[serde(default)]
    pub is_money: bool,
    pub better: Better,
    /// `None`: unknown, with `withheld` saying why.
    pub value: Option<Decimal>,
    /// Customers, tickets or responses behind the figure.
    pub n: Option<u64>,
    /// Numerator and denominator where the metric has them: printed as "3 of 11" for small numbers.
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    /// `n` is under the configured minimum: print counts and `interval`, no percentage change.
    pub is_small: bool,
    /// Wilson 95 % interval of a small proportion.
    pub interval: Option<(Decimal, Decimal)>,
    /// Why there is no value.
    pub withheld: Option<String>,
    pub previous: Comparison,
    /// Week: the week 364 days before. Month, quarter, year: the same calendar period a year before.
    pub year_ago: Comparison,
    pub target: Option<Target>,
    /// Oldest first, at most 6 periods for weeks, 12 for months, the last one being this period.
    pub history: Vec<Point>,
    /// The same number of periods a year before, aligned with `history`; empty without data.
    pub history_year_ago: Vec<Point>,
    /// Largest first; each segment's own figure.
    pub segments: Vec<SegmentFigure>,
    pub status: Status,
    /// The window that `value` covers where it is not the period itself: `t12m` for trailing twelve months.
    #[serde(default)]
    pub headline: Option<String>,
    /// To-date and trailing figures; the period's own first where the headline is another.
    #[serde(default)]
    pub windows: Vec<WindowFigure>,
    /// What its process chart says.
    #[serde(default)]
    pub judgement: Judgement,
    /// What moved it since the period before, by the segment that tells most.
    #[serde(default)]
    pub driver: Option<Driver>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Outcome,
    Driver,
}

/// What a value counts. Rendering decides separators and symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Major units of the company's currency.
    Money,
    /// A fraction: 0.0123 prints as 1.23 %; changes print in percentage points.
    Percent,
    Count,
    /// A number with decimals (quick ratio, NPS).
    Number,
    /// Seconds; prints as "3 h 20 min" or "2.1 d".
    Duration,
    /// Business seconds, as above but said so.
    BusinessDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Higher,
    Lower,
    /// Neither direction is good by itself.
    Neutral,
}

/// What a metric's process chart watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalOn {
    /// The figure itself.
    Value,
    /// Its change from period to period: for levels that trend (MRR, active accounts).
    Change,
    /// Nothing: it is shown and never an exception by itself.
    None,
}

/// A value set beside another period's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// Period id compared with; `None` where none exists.
    pub period: Option<String>,
    /// The basis, printed with the comparison: "vs 15–21 Sep 2025, −364 d, 7 of 7 days".
    pub first_day: Option<Date>,
    pub last_day: Option<Date>,
    pub days: Option<u32>,
    pub value: Option<Decimal>,
    /// Difference in the metric's own unit (percentage points for percents).
    pub change: Option<Decimal>,
    /// Fraction; absent for percents, for 0 → x and for small numbers.
    pub relative: Option<Decimal>,
    /// Why it is withheld: "insufficient history", "period incomplete", …
    pub withheld: Option<String>,
}

/// A promise in numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    pub value: Decimal,
    /// Value − target in the metric's unit.
    pub variance: Option<Decimal>,
    /// `None` while the value is unknown.
    pub is_met: Option<bool>,
    /// Consecutive periods missed, this one included.
    pub missed_in_a_row: u32,
    /// Metric whose worsening would make an improvement hollow.
    pub guardrail: Option<String>,
}

/// One period of a series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    pub period: String,
    pub first_day: Date,
    pub value: Option<Decimal>,
}

/// A metric for one segment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SegmentFigure {
    /// `plan`, `size`.
    pub name: String,
    pub value_name: String,
    pub value: Option<Decimal>,
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    pub n: u64,
    /// The previous period's value.
    pub previous: Option<Decimal>,
}

/// What the scorecard says of a row in one word. Never carried by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    TargetMet,
    TargetMissed,
    /// No target set.
    NoTarget,
    /// Too few to judge.
    TooFew,
    Unknown,
}

/// Opening MRR to closing MRR, in the company's currency, exact:
/// opening + new + reactivation + expansion − contraction − churn + transfer + fx = closing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Walk {
    pub opening: Decimal,
    pub new: Decimal,
    pub reactivation: Decimal,
    pub expansion: Decimal,
    /// Positive.
    pub contraction: Decimal,
    /// Positive.
    pub churn: Decimal,
    pub transfer: Decimal,
    pub fx: Decimal,
    pub closing: Decimal,
    /// Customers behind each line.
    pub accounts_opening: u64,
    pub accounts_new: u64,
    pub accounts_churned: u64,
    pub accounts_closing: u64,
    /// Currencies with MRR and no rate: (currency, local MRR), shown apart.
    pub unvalued: Vec<(String, Decimal)>,
}

/// A table of accounts, tickets or renewals.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct List {
    pub name: String,
    /// Whose figures it is about: withheld with them. Empty for none.
    #[serde(default)]
    pub dimension: String,
    pub title: String,
    pub columns: Vec<Column>,
    /// At most what the workbook holds; rendering shows the first ten.
    pub rows: Vec<Vec<Cell>>,
    pub total_rows: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub title: String,
    pub unit: ColumnUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnUnit {
    /// A customer's or an owner's own words.
    Text,
    /// Words of the query itself ("churned", "2 missed SLA targets"): printed in the reader's language.
    Word,
    Money,
    Percent,
    Count,
    Date,
    Duration,
    BusinessDuration,
}

/// A cell of a list: text is customer-controlled and never markup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Empty,
    Number(Decimal),
    Date(Date),
    Text(String),
}

/// A group of metrics left out, named once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotMeasured {
    pub titles: Vec<String>,
    /// Ids of those titles in the language files, in the same order: `metric-nrr`, `list-incidents`.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Name in `queries/needs.toml`.
    #[serde(default)]
    pub need: String,
    /// "product data is not connected".
    pub why: String,
    /// What enables it: "add a [sources.…] block with a product analytics manifest".
    pub how: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    /// Source, check, metric or list it concerns.
    pub subject: String,
    pub message: String,
}

/// How fresh one source is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Freshness {
    pub source: String,
    /// RFC 3339; `None`: never pulled.
    pub pulled_at: Option<String>,
    pub records: u64,
    pub is_stale: bool,
}

/// How much of the money could be matched to another system's accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Coverage {
    /// `support`, `product`.
    pub system: String,
    /// Fraction of MRR, 0 to 1.
    pub mrr_share: Option<Decimal>,
    pub accounts_matched: u64,
    pub accounts_total: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Definition {
    pub metric: String,
    pub title: String,
    pub text: String,
    /// First 12 hex digits of the definition's hash.
    pub hash: String,
    /// Path of its SQL below `queries/`, and the SQL as it was run.
    #[serde(default)]
    pub file: String,
    #[serde(default)]
    pub sql: String,
    /// Queries it is made from, in the order they are made.
    #[serde(default)]
    pub made_from: Vec<String>,
    /// The rows behind its figure; `None` where there is no figure, or the report prints no customers.
    #[serde(default)]
    pub rows: Option<RowsFile>,
}

/// Rows behind a figure as a file beside the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsFile {
    /// Relative to the edition: `rows/nrr.csv`.
    pub file: String,
    /// Rows in the file, those that carry most first.
    pub kept: u64,
    /// All rows.
    pub total: u64,
}
