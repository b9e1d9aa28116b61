//! The view: a review with every figure in words, ready for templates. Mail, text and page print the same view.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::{self, Trend, Waterfall};
use super::format::{self, Format};
use super::row::{RowView, RowWriter};
use super::story::{ExceptionView, Story, choose_for_mail};
use super::text::{clean, plain_spaces, sentence_case, shorten};
use crate::review::model::{Cell, Column, Comparison, List, Review, Row, Walk};

/// Scorecard rows in the mail; the rest is counted.
const MAIL_ROWS: usize = 12;
/// Rows of a list in the mail.
const MAIL_LIST_ROWS: usize = 10;

/// Everything the templates print.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    pub lang: &'static str,
    pub subject: String,
    pub preheader: String,
    pub company: String,
    pub title: String,
    pub team: String,
    /// "W46 (9–15 Nov 2026)".
    pub period: String,
    /// "week".
    pub grain: String,
    pub generated: String,
    pub timezone: String,
    /// Link to the edition on the web; empty without one.
    pub link: String,
    /// The Discussion address; empty without one.
    pub reply_to: String,
    pub provisional: Vec<String>,
    pub verdict: String,
    pub exceptions: Vec<ExceptionView>,
    /// "2 more exceptions, all on the page: …"; empty when all are told.
    pub more_exceptions: String,
    /// The chart shown when nothing is exceptional.
    pub leading: Option<Leading>,
    pub walk: Option<WalkView>,
    /// What changes in the scorecard are measured against, printed once.
    pub basis: String,
    pub basis_year_ago: String,
    pub sections: Vec<SectionView>,
    /// "48 more metrics …"; empty when the mail holds all.
    pub more_rows: String,
    pub lists: Vec<ListView>,
    pub not_measured: Vec<NotMeasuredView>,
    pub problems: Vec<ProblemView>,
    pub freshness: Vec<FreshnessView>,
    pub coverage: Vec<String>,
    pub definitions: Vec<DefinitionView>,
    /// Those of the mail's own rows, where there is no link to the page.
    pub mail_definitions: Vec<DefinitionView>,
}

/// A trend with its caption.
#[derive(Debug, Clone, Serialize)]
pub struct Leading {
    pub caption: String,
    pub chart: Trend,
    pub cid: String,
    pub alt: String,
}

/// Opening to closing MRR.
#[derive(Debug, Clone, Serialize)]
pub struct WalkView {
    pub lines: Vec<WalkLine>,
    pub chart: Waterfall,
    pub cid: String,
    pub alt: String,
    /// MRR in currencies without a rate; empty when there is none.
    pub unvalued: String,
}

/// One line of the walk, exact.
#[derive(Debug, Clone, Serialize)]
pub struct WalkLine {
    pub label: &'static str,
    pub amount: String,
    /// "212 customers"; empty where not counted.
    pub accounts: String,
    pub is_total: bool,
}

/// Metrics of one dimension.
#[derive(Debug, Clone, Serialize)]
pub struct SectionView {
    pub name: String,
    pub in_mail: bool,
    pub rows: Vec<RowView>,
}

/// A table of accounts, tickets or renewals.
#[derive(Debug, Clone, Serialize)]
pub struct ListView {
    pub title: String,
    pub columns: Vec<ColumnView>,
    pub rows: Vec<ListRow>,
    /// "10 of 34", for the mail; empty when it shows all.
    pub mail_count: String,
    /// The same for the page.
    pub page_count: String,
}

/// A column's heading.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnView {
    pub title: String,
    pub is_number: bool,
}

/// One row: the first cell names it, on a phone the others follow on a second line.
#[derive(Debug, Clone, Serialize)]
pub struct ListRow {
    pub in_mail: bool,
    /// The first cell, shortened for the mail.
    pub name: String,
    pub cells: Vec<CellView>,
    /// "MRR €1,200.00 · Reason price".
    pub details: String,
}

/// A list's cell.
#[derive(Debug, Clone, Serialize)]
pub struct CellView {
    pub text: String,
    pub is_number: bool,
}

/// Metrics left out, with the reason and the remedy.
#[derive(Debug, Clone, Serialize)]
pub struct NotMeasuredView {
    pub titles: String,
    pub why: String,
    pub how: String,
}

/// What failed.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemView {
    pub subject: String,
    pub message: String,
}

/// When a source was last pulled.
#[derive(Debug, Clone, Serialize)]
pub struct FreshnessView {
    pub source: String,
    pub state: String,
    pub is_stale: bool,
}

/// What a metric means.
#[derive(Debug, Clone, Serialize)]
pub struct DefinitionView {
    pub anchor: String,
    pub title: String,
    pub text: String,
    /// The first 160 characters.
    pub short: String,
    pub hash: String,
}

/// Puts a whole review into words.
pub(super) fn build(review: &Review) -> View {
    let head = &review.head;
    let f = Format::new(&head.locale, &head.currency, head.currency_digits);
    let story = Story { review, writer: RowWriter { f: &f, period: &review.period } };
    let exceptions: Vec<ExceptionView> =
        review.exceptions.iter().enumerate().filter_map(|(i, e)| story.exception(i, e)).collect();
    let (sections, basis, basis_year_ago, more_rows) = scorecard(review, &story);
    let definitions = definitions(review);
    let is_in_mail = |anchor: &str| sections.iter().flat_map(|s| &s.rows).any(|r| r.in_mail && r.anchor == anchor);
    let mail_definitions = match head.link {
        Some(_) => Vec::new(),
        None => definitions.iter().filter(|d| is_in_mail(&d.anchor)).cloned().collect(),
    };
    let p = &review.period;
    View {
        lang: f.lang(),
        subject: plain_spaces(&story.subject()),
        preheader: story.preheader(),
        company: clean(&head.company),
        title: clean(&head.title),
        team: clean(&head.team_name),
        period: format::period_label(&p.id, p.first_day, p.last_day),
        grain: p.grain.clone(),
        generated: format::moment(&head.generated_at, &head.timezone),
        timezone: clean(&head.timezone),
        link: head.link.clone().unwrap_or_default(),
        reply_to: head.reply_to.as_deref().map(clean).unwrap_or_default(),
        provisional: review.provisional.iter().map(|p| clean(p)).collect(),
        verdict: story.verdict(),
        leading: if exceptions.is_empty() { leading(&story) } else { None },
        more_exceptions: more_exceptions(&exceptions),
        exceptions,
        walk: review.walk.as_ref().map(|w| walk(w, &f, &format::period_label(&p.id, p.first_day, p.last_day))),
        basis,
        basis_year_ago,
        sections,
        more_rows,
        lists: review.lists.iter().map(|l| list(l, &f)).collect(),
        not_measured: not_measured(review),
        problems: review
            .problems
            .iter()
            .map(|p| ProblemView { subject: clean(&p.subject), message: clean(&p.message) })
            .collect(),
        freshness: freshness(review, &f),
        coverage: coverage(review, &f),
        definitions,
        mail_definitions,
    }
}

fn leading(story: &Story<'_>) -> Option<Leading> {
    let row = story.leading_row()?;
    let (chart, alt) = story.chart(row);
    Some(Leading { caption: clean(&row.title), chart: chart?, cid: "leading@bizreview".to_owned(), alt })
}

fn more_exceptions(exceptions: &[ExceptionView]) -> String {
    let rest: Vec<&str> = exceptions.iter().filter(|e| !e.in_mail).map(|e| e.headline.as_str()).collect();
    match rest.len() {
        0 => String::new(),
        1 => format!("1 more: {}.", rest[0]),
        n @ 2..=4 => format!("{n} more: {}.", rest.join("; ")),
        n => format!("{n} more, among them {}.", rest[..3].join("; ")),
    }
}

/// Sections with the shared basis taken out of their rows, and what the mail has no room for.
fn scorecard(review: &Review, story: &Story<'_>) -> (Vec<SectionView>, String, String, String) {
    let basis = |pick: fn(&Row) -> &Comparison| {
        let rows = review.sections.iter().flat_map(|s| &s.rows);
        most_frequent(rows.map(|r| story.writer.basis(pick(r))).filter(|b| !b.is_empty()))
    };
    let (previous, year_ago) = (basis(|r| &r.previous), basis(|r| &r.year_ago));
    let mut sections: Vec<SectionView> = review
        .sections
        .iter()
        .map(|s| SectionView {
            name: dimension(&s.dimension),
            in_mail: true,
            rows: s.rows.iter().map(|r| story.writer.row(r)).collect(),
        })
        .collect();
    for row in sections.iter_mut().flat_map(|s| &mut s.rows) {
        for (change, shared) in [(&mut row.previous, &previous), (&mut row.year_ago, &year_ago)] {
            if change.basis != *shared && change.withheld.is_empty() {
                change.own_basis.clone_from(&change.basis);
            }
        }
    }
    let mut rows: Vec<&mut RowView> = sections.iter_mut().flat_map(|s| &mut s.rows).collect();
    choose_for_mail(&mut rows, MAIL_ROWS);
    let more = more_rows(&rows, review.head.link.is_some());
    for section in &mut sections {
        section.in_mail = section.rows.iter().any(|r| r.in_mail);
    }
    (sections, previous, year_ago, more)
}

fn most_frequent(values: impl Iterator<Item = String>) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for value in values {
        match counts.iter_mut().find(|(v, _)| *v == value) {
            Some((_, n)) => *n += 1,
            None => counts.push((value, 1)),
        }
    }
    let most = counts.iter().map(|(_, n)| *n).max();
    counts.into_iter().find(|(_, n)| Some(*n) == most).map(|(v, _)| v).unwrap_or_default()
}

fn more_rows(rows: &[&mut RowView], has_link: bool) -> String {
    let hidden: Vec<&&mut RowView> = rows.iter().filter(|r| !r.in_mail).collect();
    if hidden.is_empty() {
        return String::new();
    }
    let mut parts = Vec::new();
    for status in ["Missed", "Met", "No target", "Too few to judge", "No figure"] {
        let count = hidden.iter().filter(|r| r.status == status).count();
        if count > 0 {
            parts.push(format!("{count} {}", status.to_lowercase()));
        }
    }
    let noun = if hidden.len() == 1 { "metric" } else { "metrics" };
    let place = if has_link { "on the page" } else { "not printed here" };
    format!("{} more {noun} {place}: {}.", hidden.len(), parts.join(", "))
}

fn dimension(folder: &str) -> String {
    match folder {
        "sla" => "Service levels".to_owned(),
        "fit" => "Customer fit".to_owned(),
        "value" => "Value to the customer".to_owned(),
        other => clean(&sentence_case(&other.replace(['_', '-'], " "))),
    }
}

fn walk(walk: &Walk, f: &Format, period: &str) -> WalkView {
    let people = |n: u64| format!("{} {}", f.count(n), if n == 1 { "customer" } else { "customers" });
    let all: [(&'static str, Decimal, bool, Option<u64>); 9] = [
        ("Opening MRR", walk.opening, true, Some(walk.accounts_opening)),
        ("New", walk.new, false, Some(walk.accounts_new)),
        ("Reactivation", walk.reactivation, false, None),
        ("Expansion", walk.expansion, false, None),
        ("Contraction", -walk.contraction, false, None),
        ("Churn", -walk.churn, false, Some(walk.accounts_churned)),
        ("Transfer", walk.transfer, false, None),
        ("Exchange rates", walk.fx, false, None),
        ("Closing MRR", walk.closing, true, Some(walk.accounts_closing)),
    ];
    let shown: Vec<_> =
        all.into_iter().filter(|(label, v, is_total, _)| *is_total || !v.is_zero() || *label == "Churn").collect();
    let amount = |v: Decimal, is_total: bool| {
        if is_total || v.is_zero() || v.is_sign_negative() {
            f.exact(v.normalize())
        } else {
            format!("+{}", f.exact(v))
        }
    };
    let lines: Vec<WalkLine> = shown
        .iter()
        .map(|(label, v, is_total, accounts)| WalkLine {
            label,
            amount: amount(*v, *is_total),
            accounts: accounts.map(people).unwrap_or_default(),
            is_total: *is_total,
        })
        .collect();
    let bars: Vec<_> = shown.iter().map(|(label, v, t, _)| ((*label).to_owned(), *v, amount(*v, *t), *t)).collect();
    let told: Vec<String> = lines.iter().map(|l| format!("{} {}", l.label, l.amount)).collect();
    let alt = format!("Money walk, {period}: {}.", told.join(", "));
    let unvalued: Vec<String> = walk.unvalued.iter().map(|(code, amount)| f.foreign(&clean(code), *amount)).collect();
    WalkView {
        chart: chart::waterfall(&bars, f, "Opening to closing MRR", &alt),
        cid: "walk@bizreview".to_owned(),
        lines,
        alt,
        unvalued: unvalued.join(", "),
    }
}

fn list(list: &List, f: &Format) -> ListView {
    let columns: Vec<ColumnView> =
        list.columns.iter().map(|c| ColumnView { title: clean(&c.title), is_number: is_number(c) }).collect();
    let rows: Vec<ListRow> = list
        .rows
        .iter()
        .enumerate()
        .map(|(i, cells)| {
            let cells: Vec<CellView> = list.columns.iter().zip(cells).map(|(c, cell)| self::cell(c, cell, f)).collect();
            let rest = columns.iter().zip(&cells).skip(1).filter(|(_, c)| !c.text.is_empty());
            let details: Vec<String> =
                rest.map(|(column, c)| format!("{} {}", column.title, shorten(&c.text, 80))).collect();
            let name = cells.first().map(|c| shorten(&c.text, 80)).filter(|n| !n.is_empty());
            ListRow {
                in_mail: i < MAIL_LIST_ROWS,
                name: name.unwrap_or_else(|| "(no name)".to_owned()),
                details: details.join(" · "),
                cells,
            }
        })
        .collect();
    let count = |shown: usize| {
        if shown as u64 >= list.total_rows { String::new() } else { format!("{shown} of {}", f.count(list.total_rows)) }
    };
    ListView {
        title: clean(&list.title),
        mail_count: count(rows.len().min(MAIL_LIST_ROWS)),
        page_count: count(rows.len()),
        columns,
        rows,
    }
}

fn is_number(column: &Column) -> bool {
    use crate::review::model::ColumnUnit as U;
    matches!(column.unit, U::Money | U::Percent | U::Count | U::Duration | U::BusinessDuration)
}

fn cell(column: &Column, cell: &Cell, f: &Format) -> CellView {
    let text = match cell {
        Cell::Empty => String::new(),
        Cell::Number(n) => f.column(column.unit, *n),
        Cell::Date(d) => format::day(*d),
        Cell::Text(t) => clean(t),
    };
    CellView { text, is_number: is_number(column) }
}

fn not_measured(review: &Review) -> Vec<NotMeasuredView> {
    let view = |n: &crate::review::model::NotMeasured| NotMeasuredView {
        titles: n.titles.iter().map(|t| clean(t)).collect::<Vec<_>>().join(", "),
        why: clean(&n.why),
        how: clean(&n.how),
    };
    review.not_measured.iter().map(view).collect()
}

fn freshness(review: &Review, f: &Format) -> Vec<FreshnessView> {
    let view = |s: &crate::review::model::Freshness| {
        let records = format!("{} records", f.count(s.records));
        let state = match &s.pulled_at {
            None => "never pulled".to_owned(),
            Some(at) => format!("pulled {}, {records}", format::moment(at, &review.head.timezone)),
        };
        FreshnessView { source: clean(&s.source), state, is_stale: s.is_stale || s.pulled_at.is_none() }
    };
    review.freshness.iter().map(view).collect()
}

fn coverage(review: &Review, f: &Format) -> Vec<String> {
    let view = |c: &crate::review::model::Coverage| {
        let share = c.mrr_share.map_or_else(
            || "share of MRR unknown".to_owned(),
            |s| format!("{} of MRR", f.value(crate::review::model::Unit::Percent, s)),
        );
        let matched = format!("{} of {} customers", f.count(c.accounts_matched), f.count(c.accounts_total));
        format!("{}: {share} matched, {matched}", sentence_case(&clean(&c.system)))
    };
    review.coverage.iter().map(view).collect()
}

fn definitions(review: &Review) -> Vec<DefinitionView> {
    let view = |d: &crate::review::model::Definition| DefinitionView {
        anchor: super::text::slug(&d.metric),
        title: clean(&d.title),
        text: clean(&d.text),
        short: shorten(&clean(&d.text), 160),
        hash: clean(&d.hash),
    };
    review.definitions.iter().map(view).collect()
}
