//! The one-account review in words: headline, sections as facts, tables and trends, promises, and what is not known.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::{self, Trend};
use super::dates;
use super::format::Format;
use super::text::{clean, plain_spaces, sentence_case, shorten, slug};
use crate::review::account::{
    AccountReview, Audience, Body, Fact, Match, OwnFigure, OwnPromise, Section, Table, Value,
};
use crate::review::model::{Better, Comparison, Judgement, Kind, Point, Row, Status, Unit};

/// Rows of a table in the mail; the rest is counted.
const MAIL_ROWS: usize = 5;
/// Facts told at the top.
const HEADLINES: usize = 4;

/// Everything the account templates print.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    pub lang: &'static str,
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
    pub promises: Vec<PromiseView>,
    pub matches: Vec<MatchView>,
    pub not_measured: Vec<NotMeasuredView>,
    pub problems: Vec<(String, String)>,
    pub freshness: Vec<String>,
}

/// One section.
#[derive(Debug, Clone, Serialize)]
pub struct SectionView {
    pub anchor: String,
    pub title: String,
    pub note: String,
    pub is_internal: bool,
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
    pub chart: Option<Trend>,
    pub cid: String,
    pub alt: String,
    /// Period and figure, oldest first.
    pub points: Vec<(String, String)>,
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
    pub state: &'static str,
    pub tone: &'static str,
    pub text: String,
}

/// How a system knows them.
#[derive(Debug, Clone, Serialize)]
pub struct MatchView {
    pub system: String,
    pub text: String,
}

/// Sections left out.
#[derive(Debug, Clone, Serialize)]
pub struct NotMeasuredView {
    pub titles: String,
    pub why: String,
    pub how: String,
}

/// The English sentences of this module, in one place.
mod say {
    use super::Match;

    pub fn subject(name: &str, headline: &str, period: &str) -> String {
        if headline.is_empty() {
            format!("{name} · Account review {period}")
        } else {
            format!("{name}: {headline} · Account review {period}")
        }
    }

    pub fn part(value: &str, whole: &str) -> String {
        format!("{value} of {whole}")
    }

    pub fn headline(label: &str, value: &str, before: &str) -> String {
        match before {
            "" => format!("{label}: {value}"),
            same if same == value => format!("{label}: {value}, as before"),
            before => format!("{label}: {value}, was {before}"),
        }
    }

    pub fn unknown(why: &str) -> String {
        format!("not printed, because a check failed: {why}")
    }

    pub const NO_REASON: &str = "no figure";
    pub const NOTHING_KNOWN: &str = "Nothing could be measured of this customer";
    pub const KEPT: &str = "Kept";
    pub const BROKEN: &str = "Not kept";
    pub const NO_CASE: &str = "No case";

    pub fn promise(segment: &str, value: &str, text: Option<&str>) -> String {
        let to = if segment == "plan" { value.to_owned() } else { format!("{segment} {value}") };
        text.map_or_else(|| format!("Promised to {to}"), |text| format!("Promised to {to}: {text}"))
    }

    pub fn figure(title: &str, own: &str, target: &str, cases: &str) -> String {
        format!("{title}: {own}; promised {target} ({cases})")
    }

    pub fn matched(found: &Match) -> String {
        if !found.is_connected {
            return "not connected".into();
        }
        if found.ids.is_empty() {
            return "knows nothing of them: no id is matched".into();
        }
        let how = |method: &str| match method {
            "map" => "by account_map.csv",
            "domain" => "by its verified e-mail domain",
            _ => "by the id itself",
        };
        let ids: Vec<String> =
            found.ids.iter().map(|(id, method)| format!("{} ({})", super::clean(id), how(method))).collect();
        ids.join(", ")
    }

    pub fn unmatched(systems: &[String]) -> String {
        let verb = if systems.len() == 1 { "does" } else { "do" };
        format!(
            "Not everything is known of this customer: {} {verb} not know it. What is missing is named at the end.",
            systems.join(" and ")
        )
    }

    pub fn trend(title: &str, points: &[(String, String)]) -> String {
        let told: Vec<String> = points.iter().map(|(period, value)| format!("{period} {value}")).collect();
        format!("{title}: {}", told.join(", "))
    }
}

/// Puts an account's review into words.
pub(super) fn build(review: &AccountReview) -> AccountView {
    let f = Format::new(&review.locale, &review.currency, review.currency_digits);
    let period = |p: &crate::review::model::ReviewPeriod| dates::period_label(&p.id, p.first_day, p.last_day);
    let told: Vec<String> = review.headlines().filter_map(|fact| headline(fact, &f)).take(HEADLINES).collect();
    let name = clean(&review.name);
    let short = dates::period_short(&review.period.id, review.period.first_day, review.period.last_day);
    let lead = told.first().map(|first| first.replacen(": ", " ", 1)).unwrap_or_default();
    let subject = plain_spaces(&shorten(&say::subject(&shorten(&name, 60), &lead, &short), 200));
    let sections: Vec<SectionView> = review.sections.iter().map(|s| section(s, &f)).collect();
    let internal: Vec<&str> = sections.iter().filter(|s| s.is_internal).map(|s| s.title.as_str()).collect();
    let strangers = review.matches.iter().filter(|m| m.is_connected && m.ids.is_empty());
    let strangers: Vec<String> = strangers.map(|m| clean(&m.system)).collect();
    let verdict = if told.is_empty() { say::NOTHING_KNOWN.to_owned() } else { told.join(". ") };
    AccountView {
        lang: f.lang(),
        subject,
        preheader: shorten(&told.iter().skip(1).cloned().collect::<Vec<_>>().join(". "), 140),
        company: clean(&review.company),
        name,
        account_id: clean(&review.account_id),
        period: period(&review.period),
        previous: period(&review.previous),
        generated: dates::moment(&review.generated_at, &review.timezone),
        timezone: clean(&review.timezone),
        link: review.link.clone().unwrap_or_default(),
        verdict: format!("{verdict}."),
        provisional: review.provisional.iter().map(|p| clean(p)).collect(),
        unmatched: if strangers.is_empty() { String::new() } else { say::unmatched(&strangers) },
        internal: internal.join(", "),
        sections,
        promises: review.promises.iter().map(|p| promise(p, &f)).collect(),
        matches: review
            .matches
            .iter()
            .map(|m| MatchView { system: sentence_case(&clean(&m.system)), text: say::matched(m) })
            .collect(),
        not_measured: review
            .not_measured
            .iter()
            .map(|n| NotMeasuredView {
                titles: n.titles.iter().map(|t| clean(t)).collect::<Vec<_>>().join(", "),
                why: clean(&n.why),
                how: clean(&n.how),
            })
            .collect(),
        problems: review.problems.iter().map(|p| (clean(&p.subject), clean(&p.message))).collect(),
        freshness: review.freshness.iter().map(|s| freshness(s, review, &f)).collect(),
    }
}

fn freshness(source: &crate::review::model::Freshness, review: &AccountReview, f: &Format) -> String {
    let name = clean(&source.source);
    match &source.pulled_at {
        None => format!("{name}: never pulled"),
        Some(at) => {
            let stale = if source.is_stale { " (stale)" } else { "" };
            format!(
                "{name}: pulled {}, {} records{stale}",
                dates::moment(at, &review.timezone),
                f.count(source.records)
            )
        }
    }
}

fn headline(fact: &Fact, f: &Format) -> Option<String> {
    let view = fact_view(fact, f);
    (!view.value.is_empty()).then(|| say::headline(&view.label, &view.value, &view.before))
}

fn section(section: &Section, f: &Format) -> SectionView {
    let title = clean(&section.title);
    let mut view = SectionView {
        anchor: slug(&section.name),
        note: clean(&section.note),
        is_internal: section.audience == Audience::Internal,
        unknown: String::new(),
        facts: Vec::new(),
        table: None,
        trend: None,
        title,
    };
    match &section.body {
        Body::Facts(facts) => view.facts = facts.iter().map(|fact| fact_view(fact, f)).collect(),
        Body::Table(table) => view.table = Some(table_view(table, f)),
        Body::Trend { unit, points } => view.trend = Some(trend(section, &view.title, *unit, points, f)),
        Body::Unknown(why) => view.unknown = say::unknown(&clean(why)),
    }
    view
}

fn fact_view(fact: &Fact, f: &Format) -> FactView {
    let both = |value: &Option<Value>, whole: &Option<Value>| match (value, whole) {
        (Some(value), Some(whole)) => say::part(&text(value, f), &text(whole, f)),
        (Some(value), None) => text(value, f),
        (None, _) => String::new(),
    };
    let value = both(&fact.value, &fact.whole);
    let note = fact.note.as_deref().map(clean).unwrap_or_default();
    FactView {
        label: clean(&fact.label),
        before: both(&fact.before, &fact.before_whole),
        note: if value.is_empty() && note.is_empty() { say::NO_REASON.to_owned() } else { note },
        value,
    }
}

/// A value as people read it. What others wrote is cleaned.
fn text(value: &Value, f: &Format) -> String {
    match value {
        Value::Text(words) => clean(words),
        Value::Money(amount) => f.exact(*amount),
        Value::Amount { currency, amount } => f.foreign(&clean(currency), *amount),
        Value::Count(n) => f.value(Unit::Count, *n),
        Value::Percent(share) => f.value(Unit::Percent, *share),
        Value::Date(day) => dates::day(*day),
        Value::Period(id) => dates::period_name(id),
        Value::Duration(seconds) => f.value(Unit::Duration, *seconds),
        Value::BusinessDuration(seconds) => f.value(Unit::BusinessDuration, *seconds),
    }
}

fn is_number(value: &Value) -> bool {
    !matches!(value, Value::Text(_) | Value::Date(_) | Value::Period(_))
}

fn table_view(table: &Table, f: &Format) -> TableView {
    let is_numeric = |column: usize| table.rows.iter().filter_map(|row| row.get(column)?.as_ref()).all(is_number);
    let columns: Vec<ColumnView> = table
        .columns
        .iter()
        .enumerate()
        .map(|(i, title)| ColumnView { title: clean(title), is_number: is_numeric(i) && !table.rows.is_empty() })
        .collect();
    let rows: Vec<RowView> = table
        .rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let cells: Vec<String> =
                row.iter().map(|cell| cell.as_ref().map_or_else(String::new, |value| text(value, f))).collect();
            let rest = columns.iter().zip(&cells).skip(1).filter(|(_, cell)| !cell.is_empty());
            let details: Vec<String> = rest.map(|(c, cell)| format!("{} {}", c.title, shorten(cell, 80))).collect();
            let name = cells.first().map(|cell| shorten(cell, 80)).unwrap_or_default();
            RowView { in_mail: i < MAIL_ROWS, name, details: details.join(" · "), cells }
        })
        .collect();
    let count = |shown: usize| {
        let all = table.total_rows;
        if shown as u64 >= all { String::new() } else { say::part(&f.count(shown as u64), &f.count(all)) }
    };
    TableView {
        mail_count: count(rows.len().min(MAIL_ROWS)),
        page_count: count(rows.len()),
        empty: clean(&table.empty),
        columns,
        rows,
    }
}

fn trend(section: &Section, title: &str, unit: Unit, points: &[Point], f: &Format) -> TrendView {
    let shown = |v: Option<Decimal>| match v {
        Some(v) if unit == Unit::Money => f.exact(v),
        Some(v) => f.value(unit, v),
        None => "n/a".to_owned(),
    };
    let told: Vec<(String, String)> = points.iter().map(|p| (dates::period_name(&p.period), shown(p.value))).collect();
    let alt = say::trend(title, &told);
    TrendView {
        chart: chart::trend(&row(section, unit, points), f, title, &alt),
        cid: format!("{}@bizreview", slug(&section.name)),
        alt,
        points: told,
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
    let text = promise.text.as_deref().map(clean);
    PromiseView {
        headline: say::promise(&clean(&promise.segment_name), &clean(&promise.segment_value), text.as_deref()),
        lines: promise.figures.iter().map(|figure| figure_line(figure, f)).collect(),
    }
}

/// One account has few cases: counts rather than a share of them.
fn figure_line(figure: &OwnFigure, f: &Format) -> PromiseLine {
    let (state, tone) = match figure.is_kept() {
        Some(true) => (say::KEPT, "good"),
        Some(false) => (say::BROKEN, "bad"),
        None => (say::NO_CASE, "quiet"),
    };
    let own = match (figure.value, figure.numerator, figure.denominator) {
        (None, ..) => say::NO_REASON.to_owned(),
        (Some(_), Some(part), Some(whole)) if figure.unit == Unit::Percent => f.counted(part, whole, None),
        (Some(value), ..) => f.beside(figure.unit, value, Some(figure.target)),
    };
    let target = f.plain(figure.unit, figure.target);
    let target = match figure.better {
        Better::Higher => format!("at least {target}"),
        Better::Lower => format!("at most {target}"),
        Better::Neutral => target,
    };
    let cases = format!("n = {}", f.count(figure.n));
    PromiseLine { state, tone, text: say::figure(&clean(&figure.title), &own, &target, &cases) }
}
