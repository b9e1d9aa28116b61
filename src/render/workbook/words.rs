//! Ids of the workbook's words in the language files: names of sheets, headings, and what its first sheet says.

use super::super::format::Format;
use super::super::row;
use super::super::words::args;
use crate::review::model::{Customers, Kind, Rule, Status, Unit};

pub(super) const READ_ME: [&str; 2] = ["item", "is"];
pub(super) const ATTENTION: [&str; 8] = ["metric", "rule", "since", "run", "figure", "unit", "moved-by", "behind"];
pub(super) const SECTION: [&str; 25] = [
    "metric",
    "team",
    "kind",
    "unit",
    "covers",
    "figure",
    "no-figure",
    "n",
    "numerator",
    "denominator",
    "low",
    "high",
    "before",
    "change",
    "change-percent",
    "basis",
    "no-comparison",
    "year-ago",
    "year-change",
    "year-change-percent",
    "year-basis",
    "no-year-ago",
    "target",
    "variance",
    "status",
];
pub(super) const SEGMENTS: [&str; 9] =
    ["metric", "unit", "segment", "segment-value", "figure", "before", "n", "numerator", "denominator"];
pub(super) const PERIODS: [&str; 6] = ["metric", "unit", "period", "first-day", "figure", "year-ago"];
pub(super) const WINDOWS: [&str; 9] =
    ["metric", "unit", "covers", "first-day", "last-day", "figure", "n", "year-ago", "no-year-ago"];
pub(super) const WALK: [&str; 3] = ["line", "amount", "customers"];
pub(super) const FACTORS: [&str; 5] = ["reason", "function", "churned", "share", "customers"];
pub(super) const PROMISES: [&str; 11] = [
    "segment",
    "segment-value",
    "promise",
    "metric",
    "unit",
    "target",
    "figure",
    "n",
    "kept",
    "kept-for",
    "of-customers",
];
pub(super) const RESTATEMENTS: [&str; 7] = ["metric", "unit", "period", "published", "today", "edition", "cause"];
pub(super) const DEFINITIONS: [&str; 4] = ["metric", "definition", "name", "hash"];

/// What holds of every workbook, in order.
pub(super) const NOTES: [&str; 6] = [
    "book-note-internal",
    "book-note-empty",
    "book-note-units",
    "book-note-digits",
    "book-note-formulas",
    "book-note-few",
];

pub(super) const WALK_LINES: [&str; 9] = [
    "walk-opening",
    "walk-new",
    "walk-reactivation",
    "walk-expansion",
    "walk-contraction",
    "walk-churn",
    "walk-transfer",
    "walk-fx",
    "walk-closing",
];

/// A heading, or the name of a sheet.
pub(super) fn heading(f: &Format, id: &str) -> String {
    f.word(&format!("book-{id}"))
}

pub(super) fn customers(f: &Format, customers: Customers) -> String {
    let how = match customers {
        Customers::Names => "names",
        Customers::Ids => "ids",
        Customers::None => "none",
    };
    f.say("book-customers-shown", &args!["how" => how])
}

/// The unit of a figure, as a column says it.
pub(super) fn unit(f: &Format, unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Money => currency.to_owned(),
        Unit::Percent => "%".to_owned(),
        Unit::Count => f.word("book-unit-count"),
        Unit::Number => f.word("book-unit-number"),
        Unit::Duration => f.word("book-unit-hours"),
        Unit::BusinessDuration => f.word("book-unit-business-hours"),
    }
}

pub(super) fn kind(f: &Format, kind: Kind) -> String {
    f.word(match kind {
        Kind::Outcome => "kind-outcome",
        Kind::Driver => "kind-driver",
    })
}

pub(super) fn status(f: &Format, status: Status) -> String {
    f.word(row::status(status))
}

pub(super) fn rule(f: &Format, rule: Rule) -> String {
    f.word(match rule {
        Rule::TargetMissed => "book-rule-target",
        Rule::GuardrailMissed => "book-rule-guardrail",
        Rule::GuardrailConflict => "book-rule-conflict",
        Rule::Signal => "book-rule-signal",
    })
}

/// What a figure covers.
pub(super) fn window(f: &Format, window: &str) -> String {
    f.say("book-window", &args!["window" => window])
}

pub(super) fn kept(f: &Format, is_kept: Option<bool>) -> String {
    f.word(match is_kept {
        Some(true) => "promise-kept",
        Some(false) => "promise-broken",
        None => "promise-too-few",
    })
}

/// What the mail says of its attachments: those that are there, then those too large to be.
pub(super) fn enclosed(f: &Format, attached: &[String], left_out: &[String], limit: u64, link: Option<&str>) -> String {
    let mut parts = Vec::new();
    if !attached.is_empty() {
        parts.push(f.say("attached", &args!["files" => attached.join(", ")]));
    }
    if !left_out.is_empty() {
        let (files, limit) = (left_out.join(", "), size(f, limit));
        parts.push(match link {
            Some(link) => f.say("not-attached-link", &args!["files" => files, "limit" => limit, "link" => link]),
            None => f.say("not-attached", &args!["files" => files, "limit" => limit]),
        });
    }
    parts.join(" ")
}

fn size(f: &Format, bytes: u64) -> String {
    if bytes >= 1_000_000 {
        format!("{}\u{a0}MB", f.count(bytes / 1_000_000))
    } else {
        format!("{}\u{a0}kB", f.count(bytes / 1000))
    }
}
