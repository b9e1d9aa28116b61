//! The one-account review in words: headline, sections as facts, tables and trends, promises, and what is not known.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::Chart;
use super::chart::trend::{Frame, trend as draw};
use super::format::Format;
use super::text::{clean, plain_spaces, sentence_case, shorten, slug};
use super::view::{self, FreshnessView, NotMeasuredView, ProblemView};
use super::words::{Words, args};
use crate::review::account::{
    AccountReview, Audience, Body, Fact, Match, OwnFigure, OwnPromise, Section, Table, Value,
};
use crate::review::model::{Better, Comparison, Freshness, Judgement, Kind, Point, ReviewPeriod, Row, Status, Unit};
use crate::review::money::digits;

/// Rows of a table in the mail; the rest is counted.
const MAIL_ROWS: usize = 5;
/// Facts told at the top.
const HEADLINES: usize = 4;

/// Everything the account templates print.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    pub lang: String,
    pub subject: String,
    pub preheader: String,
    pub company: String,
    pub name: String,
    pub account_id: String,
    /// "October 2026".
    pub period: String,
    /// What changes are against.
    pub previous: String,
    pub generated: String,
    pub timezone: String,
    /// Link to the edition on the web; empty without one.
    pub link: String,
    pub verdict: String,
    pub provisional: Vec<String>,
    /// Systems that do not know them, and what follows; empty where all do.
    pub unmatched: String,
    /// Titles of the sections that are not for the customer.
    pub internal: String,
    pub sections: Vec<SectionView>,
    /// Some sections but the first are empty.
    pub has_empty: bool,
    pub promises: Vec<PromiseView>,
    pub matches: Vec<MatchView>,
    pub not_measured: Vec<NotMeasuredView>,
    pub problems: Vec<ProblemView>,
    pub freshness: Vec<FreshnessView>,
}

/// One section.
#[derive(Debug, Clone, Serialize)]
pub struct SectionView {
    pub anchor: String,
    pub title: String,
    pub note: String,
    pub is_internal: bool,
    /// A table without rows: the mail tells those together at the end.
    pub is_empty: bool,
    /// Why nothing is printed; empty where something is.
    pub unknown: String,
    pub facts: Vec<FactView>,
    pub table: Option<TableView>,
    pub trend: Option<TrendView>,
}

/// A named figure.
#[derive(Debug, Clone, Serialize)]
pub struct FactView {
    pub label: String,
    /// "3 of 4", or empty.
    pub value: String,
    /// The same in the period before; empty without one.
    pub before: String,
    /// What it rests on; with an empty value, why it is unknown.
    pub note: String,
}

/// Rows of what happened.
#[derive(Debug, Clone, Serialize)]
pub struct TableView {
    pub columns: Vec<ColumnView>,
    pub rows: Vec<RowView>,
    /// "5 of 34"; empty when the mail shows all.
    pub mail_count: String,
    pub page_count: String,
    pub empty: String,
}

/// A column's heading.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnView {
    pub title: String,
    pub is_number: bool,
}

/// A row: its cells, and for the mail its first one and the others in a line.
#[derive(Debug, Clone, Serialize)]
pub struct RowView {
    pub in_mail: bool,
    pub name: String,
    pub details: String,
    pub cells: Vec<String>,
}

/// Figures over time, drawn and written.
#[derive(Debug, Clone, Serialize)]
pub struct TrendView {
    /// `None` where fewer than two periods have a figure.
    pub chart: Option<Chart>,
    pub cid: String,
    pub alt: String,
    /// Every figure.
    pub text: String,
    /// Oldest first.
    pub points: Vec<PointView>,
}

/// One figure of a trend.
#[derive(Debug, Clone, Serialize)]
pub struct PointView {
    pub period: String,
    pub value: String,
}

/// A promise to a segment of theirs.
#[derive(Debug, Clone, Serialize)]
pub struct PromiseView {
    pub headline: String,
    pub lines: Vec<PromiseLine>,
}

/// One target of a promise.
#[derive(Debug, Clone, Serialize)]
pub struct PromiseLine {
    pub state: String,
    pub tone: &'static str,
    pub text: String,
}

/// How a system knows them.
#[derive(Debug, Clone, Serialize)]
pub struct MatchView {
    pub system: String,
    pub text: String,
}

/// Puts an account's review into words.
pub(super) fn build(review: &AccountReview, words: &Arc<Words>) -> AccountView {
    let f = Format::new(words.clone(), &review.currency, review.currency_digits);
    let period = |p: &ReviewPeriod| f.period_label(&p.id, p.first_day, p.last_day);
    let told: Vec<(String, String)> =
        review.headlines().filter_map(|fact| headline(fact, &f)).take(HEADLINES).collect();
    let name = clean(&review.name);
    let sections: Vec<SectionView> = review.sections.iter().map(|s| section(s, &review.period, &f)).collect();
    let internal: Vec<&str> = sections.iter().filter(|s| s.is_internal).map(|s| s.title.as_str()).collect();
    let strangers = review.matches.iter().filter(|m| m.is_connected && m.ids.is_empty());
    let strangers: Vec<String> = strangers.map(|m| f.term(&m.system)).collect();
    let sentences: Vec<String> =
        told.iter().map(|(_, long)| f.say("sentence", &args!["text" => long.clone()])).collect();
    AccountView {
        lang: f.word("lang"),
        subject: subject(review, &shorten(&name, 60), told.first().map(|(short, _)| short.as_str()), &f),
        preheader: shorten(&sentences.iter().skip(1).cloned().collect::<Vec<_>>().join(" "), 140),
        company: clean(&review.company),
        name,
        account_id: clean(&review.account_id),
        period: period(&review.period),
        previous: period(&review.previous),
        generated: f.moment(&review.generated_at, &review.timezone),
        timezone: clean(&review.timezone),
        link: review.link.clone().unwrap_or_default(),
        verdict: if sentences.is_empty() { f.word("account-nothing") } else { sentences.join(" ") },
        provisional: review.provisional.iter().map(|p| f.phrase(p, &review.timezone)).collect(),
        unmatched: match strangers.len() {
            0 => String::new(),
            count => f.say("account-unmatched", &args!["systems" => strangers.join(", "), "count" => count]),
        },
        internal: internal.join(", "),
        has_empty: sections.iter().skip(1).any(|s| s.is_empty),
        sections,
        promises: review.promises.iter().map(|p| promise(p, &f)).collect(),
        matches: review
            .matches
            .iter()
            .map(|m| MatchView { system: sentence_case(&f.term(&m.system)), text: matched(m, &f) })
            .collect(),
        not_measured: view::not_measured(&review.not_measured, &f),
        problems: review
            .problems
            .iter()
            .map(|p| ProblemView { subject: clean(&p.subject), message: clean(&p.message) })
            .collect(),
        freshness: review.freshness.iter().map(|s| freshness(s, review, &f)).collect(),
    }
}

fn subject(review: &AccountReview, name: &str, headline: Option<&str>, f: &Format) -> String {
    let p = &review.period;
    let period = f.period_short(&p.id, p.first_day, p.last_day);
    let text = match headline {
        Some(headline) => f.say("account-subject", &args!["name" => name, "headline" => headline, "period" => period]),
        None => f.say("account-subject-plain", &args!["name" => name, "period" => period]),
    };
    plain_spaces(&shorten(&text, 200))
}

fn freshness(source: &Freshness, review: &AccountReview, f: &Format) -> FreshnessView {
    let state = match &source.pulled_at {
        None => f.word("never-pulled"),
        Some(at) => {
            let at = f.moment(at, &review.timezone);
            f.say("pulled", &args!["at" => at, "records" => f.count(source.records)])
        }
    };
    FreshnessView { source: clean(&source.source), state, is_stale: source.is_stale || source.pulled_at.is_none() }
}

/// Short for the subject, and with what it was before for the verdict. Nothing of what is unknown.
fn headline(fact: &Fact, f: &Format) -> Option<(String, String)> {
    let view = fact_view(fact, f);
    if view.value.is_empty() {
        return None;
    }
    let (label, value, before) = (view.label, view.value, view.before);
    let short = f.say("account-short", &args!["label" => label.clone(), "value" => value.clone()]);
    let id = match before.as_str() {
        "" => "account-headline",
        before if before == value => "account-headline-same",
        _ => "account-headline-was",
    };
    Some((short, f.say(id, &args!["label" => label, "value" => value, "before" => before])))
}

fn section(section: &Section, period: &ReviewPeriod, f: &Format) -> SectionView {
    let id = format!("section-{}", section.name);
    let title = clean(&f.words.find(&id, &args![]).unwrap_or_else(|| section.title.clone()));
    let note = f.words.attribute(&id, "note").unwrap_or_else(|| section.note.clone());
    let mut view = SectionView {
        anchor: slug(&section.name),
        note: clean(&note),
        is_internal: section.audience == Audience::Internal,
        is_empty: matches!(&section.body, Body::Table(table) if table.rows.is_empty()),
        unknown: String::new(),
        facts: Vec::new(),
        table: None,
        trend: None,
        title,
    };
    match &section.body {
        Body::Facts(facts) => view.facts = facts.iter().map(|fact| fact_view(fact, f)).collect(),
        Body::Table(table) => {
            let empty = f.words.attribute(&id, "empty").unwrap_or_else(|| table.empty.clone());
            view.table = Some(table_view(table, &empty, f));
        }
        Body::Trend { unit, points } => view.trend = Some(trend(section, &view.title, *unit, points, period, f)),
        Body::Unknown(why) => view.unknown = f.say("account-withheld", &args!["check" => f.term(why)]),
    }
    view
}

fn fact_view(fact: &Fact, f: &Format) -> FactView {
    let both = |value: &Option<Value>, whole: &Option<Value>| match (value, whole) {
        (Some(value), Some(whole)) => f.say("counted", &args!["part" => text(value, f), "whole" => text(whole, f)]),
        (Some(value), None) => text(value, f),
        (None, _) => String::new(),
    };
    let value = both(&fact.value, &fact.whole);
    let note = fact.note.as_deref().map(|note| f.own_words(note)).unwrap_or_default();
    FactView {
        label: f.own_words(&fact.label),
        before: both(&fact.before, &fact.before_whole),
        note: if value.is_empty() && note.is_empty() { f.word("no-figure") } else { note },
        value,
    }
}

/// A value as people read it. What others wrote is cleaned.
fn text(value: &Value, f: &Format) -> String {
    match value {
        Value::Text(words) => clean(words),
        Value::Word(words) => f.own_words(words),
        Value::Segment { name, value } => f.segment_value(name, value),
        Value::Money(amount) => f.exact(*amount),
        Value::Amount { currency, amount } => {
            Format::new(f.words.clone(), &clean(currency), digits(currency)).exact(*amount)
        }
        Value::Count(n) => f.value(Unit::Count, *n),
        Value::Percent(share) => f.value(Unit::Percent, *share),
        Value::Date(day) => f.day(*day),
        Value::Period(id) => f.period_name(id),
        Value::Duration(seconds) => f.value(Unit::Duration, *seconds),
        Value::BusinessDuration(seconds) => f.value(Unit::BusinessDuration, *seconds),
    }
}

fn is_number(value: &Value) -> bool {
    !matches!(value, Value::Text(_) | Value::Word(_) | Value::Segment { .. } | Value::Date(_) | Value::Period(_))
}

fn table_view(table: &Table, empty: &str, f: &Format) -> TableView {
    let is_numeric = |column: usize| {
        let mut known = table.rows.iter().filter_map(|row| row.get(column)?.as_ref()).peekable();
        known.peek().is_some() && known.all(is_number)
    };
    let heading = |(i, title): (usize, &String)| ColumnView { title: f.term(title), is_number: is_numeric(i) };
    let columns: Vec<ColumnView> = table.columns.iter().enumerate().map(heading).collect();
    let row = |(i, row): (usize, &Vec<Option<Value>>)| {
        let cells: Vec<String> =
            row.iter().map(|c| c.as_ref().map(|value| text(value, f)).unwrap_or_default()).collect();
        let rest = columns.iter().zip(&cells).skip(1).filter(|(_, cell)| !cell.is_empty());
        let detail =
            |column: &str, cell: &str| f.say("detail", &args!["column" => column, "value" => shorten(cell, 80)]);
        let details: Vec<String> = rest.map(|(column, cell)| detail(&column.title, cell)).collect();
        let name = cells.first().map(|cell| shorten(cell, 80)).unwrap_or_default();
        RowView { in_mail: i < MAIL_ROWS, name, details: details.join(" · "), cells }
    };
    let rows: Vec<RowView> = table.rows.iter().enumerate().map(row).collect();
    let count = |shown: usize| {
        if shown as u64 >= table.total_rows {
            return String::new();
        }
        f.say("shown-of", &args!["shown" => f.count(shown as u64), "total" => f.count(table.total_rows)])
    };
    TableView {
        mail_count: count(rows.len().min(MAIL_ROWS)),
        page_count: count(rows.len()),
        empty: clean(empty),
        columns,
        rows,
    }
}

fn trend(section: &Section, title: &str, unit: Unit, points: &[Point], period: &ReviewPeriod, f: &Format) -> TrendView {
    let shown = |v: Option<Decimal>| match v {
        Some(v) if unit == Unit::Money => f.exact(v),
        Some(v) => f.value(unit, v),
        None => f.not_available(),
    };
    let points_told: Vec<PointView> =
        points.iter().map(|p| PointView { period: f.period_name(&p.period), value: shown(p.value) }).collect();
    let figures: Vec<String> = points_told.iter().map(|p| format!("{} {}", p.period, p.value)).collect();
    let told = |figures: &[String]| f.say("chart-figures", &args!["title" => title, "figures" => figures.join(", ")]);
    let text = told(&figures);
    let frame = Frame { f, events: &[], period, title: title.to_owned(), description: text.clone() };
    TrendView {
        chart: draw(&row(section, unit, points), &frame).map(Chart::Trend),
        cid: format!("{}@bizreview", slug(&section.name)),
        // the figures stand beside it: without pictures they would be read twice
        alt: told(&figures[figures.len().saturating_sub(1)..]),
        text,
        points: points_told,
    }
}

/// A row of the kind that charts draw.
fn row(section: &Section, unit: Unit, points: &[Point]) -> Row {
    Row {
        metric: section.name.clone(),
        title: section.title.clone(),
        team: String::new(),
        kind: Kind::Outcome,
        unit,
        is_money: unit == Unit::Money,
        better: Better::Neutral,
        value: points.last().and_then(|p| p.value),
        n: None,
        numerator: None,
        denominator: None,
        is_small: false,
        interval: None,
        withheld: None,
        previous: Comparison::default(),
        year_ago: Comparison::default(),
        target: None,
        history: points.to_vec(),
        history_year_ago: Vec::new(),
        segments: Vec::new(),
        status: Status::NoTarget,
        headline: None,
        windows: Vec::new(),
        judgement: Judgement::default(),
        driver: None,
    }
}

fn promise(promise: &OwnPromise, f: &Format) -> PromiseView {
    let (name, value) = (clean(&promise.segment_name), clean(&promise.segment_value));
    let segment = if name == "plan" { value } else { f.say("segment", &args!["name" => name, "value" => value]) };
    let headline = match promise.text.as_deref().map(clean) {
        Some(text) => f.say("promise-headline", &args!["segment" => segment, "text" => text]),
        None => segment,
    };
    PromiseView { headline, lines: promise.figures.iter().map(|figure| figure_line(figure, f)).collect() }
}

/// One account has few cases: counts rather than a share of them.
fn figure_line(figure: &OwnFigure, f: &Format) -> PromiseLine {
    let (state, tone) = match figure.is_kept() {
        Some(true) => ("promise-kept", "good"),
        Some(false) => ("promise-broken", "bad"),
        None => ("account-no-case", "quiet"),
    };
    let own = match (figure.value, figure.numerator, figure.denominator) {
        (None, ..) => f.word("no-figure"),
        (Some(_), Some(part), Some(whole)) if figure.unit == Unit::Percent => f.counted((part, whole), false, None),
        (Some(value), ..) => f.beside(figure.unit, value, Some(figure.target)),
    };
    let id = if figure.better == Better::Lower { "promise-at-most" } else { "promise-at-least" };
    let title = clean(&f.metric_title(&figure.metric, &figure.title));
    let target = f.plain(figure.unit, figure.target);
    PromiseLine {
        state: f.word(state),
        tone,
        text: f.say(id, &args!["title" => title, "value" => own, "target" => target]),
    }
}

fn matched(found: &Match, f: &Format) -> String {
    if found.ids.is_empty() {
        return f.word(if found.is_connected { "account-no-id" } else { "account-not-connected" });
    }
    let id = |(id, method): &(String, String)| {
        f.say("account-matched", &args!["id" => clean(id), "method" => method.clone()])
    };
    found.ids.iter().map(id).collect::<Vec<_>>().join(", ")
}
