//! The words of the workbook: names of sheets, headings, and what its first sheet says.

use crate::review::model::{Customers, Kind, Rule, Status, Unit};

pub(super) const READ_ME: &str = "Read me";
pub(super) const ATTENTION: &str = "Needs attention";
pub(super) const SEGMENTS: &str = "Segments";
/// Not "History": spreadsheets keep that name for themselves.
pub(super) const PERIODS: &str = "Periods";
pub(super) const WINDOWS: &str = "To date";
pub(super) const WALK: &str = "Money walk";
pub(super) const FACTORS: &str = "Why MRR was lost";
pub(super) const PROMISES: &str = "Promises to segments";
pub(super) const RESTATEMENTS: &str = "Changed since published";
pub(super) const DEFINITIONS: &str = "Definitions";

pub(super) const READ_ME_COLUMNS: [&str; 2] = ["What", "Value"];
pub(super) const SECTION_COLUMNS: [&str; 25] = [
    "Metric",
    "Team",
    "Kind",
    "Unit",
    "Covers",
    "Figure",
    "Why there is none",
    "n",
    "Numerator",
    "Denominator",
    "Low (95 %)",
    "High (95 %)",
    "Before",
    "Change",
    "Change, %",
    "Compared with",
    "Why not compared",
    "Year ago",
    "Change on year",
    "Change on year, %",
    "Year ago is",
    "Why not compared on year",
    "Target",
    "Against target",
    "Status",
];
pub(super) const SEGMENT_COLUMNS: [&str; 10] =
    ["Metric", "Unit", "Segment", "Value", "Figure", "Why there is none", "Before", "n", "Numerator", "Denominator"];
pub(super) const PERIOD_COLUMNS: [&str; 6] = ["Metric", "Unit", "Period", "First day", "Figure", "Year ago"];
pub(super) const WINDOW_COLUMNS: [&str; 9] =
    ["Metric", "Unit", "Covers", "First day", "Last day", "Figure", "n", "Year ago", "Why not compared"];
pub(super) const ATTENTION_COLUMNS: [&str; 8] = [
    "Metric",
    "Why it is told",
    "Since",
    "Periods in a row",
    "Figure",
    "Unit",
    "Segment that moved it",
    "Customers behind it",
];
pub(super) const WALK_COLUMNS: [&str; 3] = ["Line", "Amount", "Customers"];
pub(super) const FACTOR_COLUMNS: [&str; 5] = ["Reason", "Answers for it", "Churned MRR", "Share", "Customers"];
pub(super) const PROMISE_COLUMNS: [&str; 11] = [
    "Segment",
    "Value",
    "Promise",
    "Metric",
    "Unit",
    "Target",
    "Figure",
    "n",
    "Kept",
    "Customers for whom it was kept",
    "Of customers",
];
pub(super) const RESTATEMENT_COLUMNS: [&str; 7] =
    ["Metric", "Unit", "Period", "As published", "Today", "Edition", "Cause"];
pub(super) const DEFINITION_COLUMNS: [&str; 4] = ["Metric", "Definition", "Name", "Hash"];

pub(super) const COMPANY: &str = "Company";
pub(super) const REPORT: &str = "Report";
pub(super) const FOR: &str = "For";
pub(super) const PERIOD: &str = "Period";
pub(super) const FIRST_DAY: &str = "First day";
pub(super) const LAST_DAY: &str = "Last day";
pub(super) const COMPUTED: &str = "Computed";
pub(super) const CURRENCY: &str = "Currency";
pub(super) const CUSTOMERS: &str = "Customers are shown";
pub(super) const PROVISIONAL: &str = "Provisional: these figures may still change";
pub(super) const FORCED: &str = "Printed although a check failed";
pub(super) const WITHHELD: &str = "Withheld";
pub(super) const PROBLEM: &str = "Problem";
pub(super) const NOT_MEASURED: &str = "Not measured yet";
pub(super) const SOURCE: &str = "Source";
pub(super) const COVERAGE: &str = "Share of MRR matched";
pub(super) const BASIS: &str = "Changes are against";
pub(super) const BASIS_YEAR_AGO: &str = "Year ago is";
pub(super) const LIST_CUT: &str = "List cut short";
pub(super) const HOW: &str = "How to read it";

/// What holds of every workbook.
pub(super) const NOTES: [&str; 6] = [
    "Internal: not to be forwarded outside the company.",
    "An empty figure is not known; the column beside it says why. It is never a zero.",
    "Durations are hours with decimals; business hours are hours of the team's business time. Changes of percentages are percentage points (pp).",
    "Money is exact. A cell holds fifteen digits: further digits of averages and ratios are rounded away, and an amount or count that would lose one is written as text, digit by digit.",
    "Text that begins like a formula (=, +, -, @) is marked as text and is never calculated, also not when it is edited here. Keep it so when you copy it into other files.",
    "Few cases (see n) do not make a percentage: the counts and the interval they allow are given instead.",
];

pub(super) fn customers(customers: Customers) -> &'static str {
    match customers {
        Customers::Names => "by name",
        Customers::Ids => "by id",
        Customers::None => "not at all",
    }
}

/// The unit of a figure, as a heading would say it.
pub(super) fn unit(unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Money => currency.to_owned(),
        Unit::Percent => "%".to_owned(),
        Unit::Count => "count".to_owned(),
        Unit::Number => "number".to_owned(),
        Unit::Duration => "hours".to_owned(),
        Unit::BusinessDuration => "business hours".to_owned(),
    }
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Outcome => "outcome",
        Kind::Driver => "driver",
    }
}

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::TargetMet => "Met",
        Status::TargetMissed => "Missed",
        Status::NoTarget => "No target",
        Status::TooFew => "Too few to judge",
        Status::Unknown => "No figure",
    }
}

pub(super) fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::TargetMissed => "target missed",
        Rule::GuardrailMissed => "its guardrail was missed",
        Rule::GuardrailConflict => "it improved while its guardrail got worse",
        Rule::Signal => "it left its routine",
    }
}

/// What a figure covers where it is not the period itself.
pub(super) fn window(window: &str) -> &'static str {
    match window {
        "mtd" => "month to date",
        "qtd" => "quarter to date",
        "ytd" => "year to date",
        "t12m" => "12 months",
        _ => "period",
    }
}

pub(super) const WALK_LINES: [&str; 9] = [
    "Opening MRR",
    "New",
    "Reactivation",
    "Expansion",
    "Contraction",
    "Churn",
    "Transfer",
    "Exchange rates",
    "Closing MRR",
];

pub(super) fn unvalued(currency: &str) -> String {
    format!("Not included, no exchange rate: MRR in {currency}")
}

pub(super) const TOO_FEW: &str = "too few for a percentage: see the counts and their interval";
pub(super) const NOT_RECORDED: &str = "not recorded";

pub(super) fn kept(is_kept: Option<bool>) -> &'static str {
    match is_kept {
        Some(true) => "kept",
        Some(false) => "not kept",
        None => "too few or not known",
    }
}

pub(super) fn source(records: u64, pulled: &str, is_stale: bool) -> String {
    let stale = if is_stale { ", stale" } else { "" };
    format!("pulled {pulled}, {records} records{stale}")
}

pub(super) const NEVER_PULLED: &str = "never pulled";

pub(super) fn because(titles: &str, why: &str, how: &str) -> String {
    format!("{titles}: {why}. To change that: {how}.")
}

pub(super) fn forced(by: &str, reason: &str, checks: &str) -> String {
    format!("by order of {by}: {reason} (failed: {checks})")
}

pub(super) fn cut(title: &str, shown: usize, total: u64) -> String {
    format!("{title}: {shown} of {total}")
}

pub(super) fn edition(number: u32, period: &str) -> String {
    format!("{number} of {period}")
}

/// Titles of the files of an edition.
pub(super) const WORKBOOK_TITLE: &str = "Workbook (XLSX)";
pub(super) const SCORECARD_TITLE: &str = "Scorecard (CSV)";
pub(super) const PDF_TITLE: &str = "Print (PDF)";

pub(super) fn list_title(title: &str) -> String {
    format!("{title} (CSV)")
}

/// What the mail says of its attachments: those that are there, then those too large to be.
pub(super) fn enclosed(attached: &[String], left_out: &[String], limit: u64, link: Option<&str>) -> String {
    let mut parts = Vec::new();
    if !attached.is_empty() {
        parts.push(format!("Attached: {}.", attached.join(", ")));
    }
    if !left_out.is_empty() {
        let place = link.map_or_else(
            || "in the archive, beside this edition's page".to_owned(),
            |link| format!("beside the page: {link}"),
        );
        parts.push(format!(
            "Not attached, because together with it the attachments would be larger than {}: {}. You find it {place}.",
            size(limit),
            left_out.join(", ")
        ));
    }
    parts.join(" ")
}

fn size(bytes: u64) -> String {
    if bytes >= 1_000_000 { format!("{} MB", bytes / 1_000_000) } else { format!("{} kB", bytes.div_ceil(1000)) }
}
