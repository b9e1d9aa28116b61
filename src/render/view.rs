//! The view: a review with every figure in words, ready for templates. Mail, text and page print the same view.

use std::sync::Arc;

use serde::Serialize;

use super::chart::Chart;
use super::cohort::{self, CohortView};
use super::correction::{self, CorrectionView};
use super::dimension::{self, DimensionView};
use super::format::Format;
use super::judged::{self, PromiseView};
use super::list::{self, ListView};
use super::row::{RowView, RowWriter};
use super::story::{ExceptionView, Story, choose_for_mail};
use super::text::{clean, clean_to, first_sentences, lower_first, plain_spaces, sentence_case};
use super::voice::{self, VoicesView};
use super::walk::{self, WalkView};
use super::words::{Words, args};
use super::workbook::{FileLink, links};
use crate::review::model::{ColumnUnit, Comparison, Exception, NotMeasured, Review, Row, RowsFile, Unit};

/// Scorecard rows in the mail; the rest is counted.
const MAIL_ROWS: usize = 12;
/// Restatements told in the mail; the rest is counted.
const MAIL_RESTATEMENTS: usize = 5;

/// Characters of a definition, which says all it has to.
const DEFINITION: usize = 2000;

/// Everything the templates print.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    pub lang: String,
    pub subject: String,
    pub preheader: String,
    pub company: String,
    /// Printed in place of the company's name, with the name as its alternative.
    pub logo: Option<super::logo::LogoView>,
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
    /// The six dimensions in a line each; empty where the report does not ask for them.
    pub dimensions: Vec<DimensionView>,
    /// For the page.
    pub cohorts: Option<CohortView>,
    /// What changes in the scorecard are measured against, printed once.
    pub basis: String,
    pub basis_year_ago: String,
    pub sections: Vec<SectionView>,
    /// "48 more metrics …"; empty when the mail holds all.
    pub more_rows: String,
    pub lists: Vec<ListView>,
    /// "None in this period: missed SLA targets; incidents."; empty where every list has entries.
    pub empty_lists: String,
    /// What owners say and promise, beside what stands with exceptions.
    pub voices: VoicesView,
    /// Promises to segments of customers: kept or broken, and how evenly.
    pub promises: Vec<PromiseView>,
    /// Figures of earlier editions that are different today, a sentence each.
    pub restatements: Vec<String>,
    /// "2 more …"; empty when the mail tells all.
    pub more_restatements: String,
    /// What it says otherwise than the edition its readers have; `None` for an ordinary edition.
    pub correction: Option<CorrectionView>,
    /// Who had withheld sections printed, and why; empty where nobody had.
    pub forced: String,
    pub not_measured: Vec<NotMeasuredView>,
    pub problems: Vec<ProblemView>,
    pub freshness: Vec<FreshnessView>,
    pub coverage: Vec<String>,
    pub definitions: Vec<DefinitionView>,
    /// Files beside the page: workbook, CSV, print.
    pub files: Vec<FileLink>,
    /// What is attached to the mail, and what was too large to be; empty where nothing is asked for.
    pub enclosed: String,
    /// Those of the mail's own rows, where there is no link to the page.
    pub mail_definitions: Vec<DefinitionView>,
}

/// A trend with its caption.
#[derive(Debug, Clone, Serialize)]
pub struct Leading {
    pub caption: String,
    pub chart: Chart,
    pub cid: String,
    pub alt: String,
}

/// Metrics of one dimension.
#[derive(Debug, Clone, Serialize)]
pub struct SectionView {
    pub name: String,
    pub in_mail: bool,
    pub rows: Vec<RowView>,
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

/// When sources were last pulled.
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
    /// Its first sentences.
    pub short: String,
    pub hash: String,
    /// Path and text of its SQL; empty where an edition did not keep it.
    pub file: String,
    pub sql: String,
    /// Paths of the queries it is made from.
    pub made_from: String,
    /// "72 / 90", the parts of the figure; empty for a figure without.
    pub parts: String,
    /// The file of its rows beside the page; empty without one.
    pub rows: String,
    /// "1,000 of 1,204", or how many there are.
    pub rows_count: String,
    /// What opens it on the command line.
    pub command: String,
}

/// Puts a whole review into words.
pub(super) fn build(review: &Review, words: &Arc<Words>) -> View {
    let head = &review.head;
    let f = Format::new(words.clone(), &head.currency, head.currency_digits);
    let story = Story { review, writer: RowWriter { f: &f, period: &review.period } };
    let mut exceptions: Vec<ExceptionView> =
        review.exceptions.iter().enumerate().filter_map(|(i, e)| story.exception(i, e)).collect();
    tell_events_once(&mut exceptions, &f);
    let (sections, basis, basis_year_ago, more_rows) = scorecard(review, &story);
    let definitions = definitions(review, &f);
    let is_in_mail = |anchor: &str| sections.iter().flat_map(|s| &s.rows).any(|r| r.in_mail && r.anchor == anchor);
    let mail_definitions = match head.link {
        Some(_) => Vec::new(),
        None => merged(definitions.iter().filter(|d| is_in_mail(&d.anchor))),
    };
    let p = &review.period;
    View {
        lang: f.word("lang"),
        subject: plain_spaces(&story.subject()),
        preheader: story.preheader(),
        company: clean(&head.company),
        logo: None,
        title: clean(&head.title),
        team: clean(&head.team_name),
        period: f.period_label(&p.id, p.first_day, p.last_day),
        grain: f.say("grain", &args!["grain" => p.grain.as_str()]),
        generated: f.moment(&head.generated_at, &head.timezone),
        timezone: clean(&head.timezone),
        link: head.link.clone().unwrap_or_default(),
        reply_to: head.reply_to.as_deref().map(clean).unwrap_or_default(),
        provisional: review.provisional.iter().map(|p| f.phrase(p, &head.timezone)).collect(),
        verdict: story.verdict(),
        leading: if exceptions.is_empty() { leading(&story) } else { None },
        more_exceptions: more_exceptions(&exceptions, &f),
        exceptions,
        walk: review.walk.as_ref().map(|w| walk::build(w, &f, &f.period_label(&p.id, p.first_day, p.last_day))),
        dimensions: dimension::build(&story, &basis),
        cohorts: review.cohorts.as_ref().map(|c| cohort::build(c, &f)),
        basis,
        basis_year_ago,
        sections,
        more_rows,
        lists: review.lists.iter().filter(|l| !l.rows.is_empty()).map(|l| list::build(l, &f)).collect(),
        empty_lists: empty_lists(review, &f),
        voices: voice::build(review, &f),
        promises: judged::promises(review, &f),
        more_restatements: match review.restatements.len().saturating_sub(MAIL_RESTATEMENTS) {
            0 => String::new(),
            n => f.say("restated-more", &args!["count" => n]),
        },
        restatements: review.restatements.iter().map(|r| judged::restatement(&f, r, &head.timezone)).collect(),
        correction: review.correction.as_ref().map(|c| correction::build(review, c, &f)),
        forced: forced(review, &f),
        not_measured: not_measured(&review.not_measured, &f),
        problems: review
            .problems
            .iter()
            .map(|p| ProblemView { subject: clean(&p.subject), message: clean(&p.message) })
            .collect(),
        freshness: freshness(review, &f),
        coverage: coverage(review, &f),
        definitions,
        files: links(review, &f),
        enclosed: String::new(),
        mail_definitions,
    }
}

/// Charts of one length mark the same events: their words are told with the first.
fn tell_events_once(exceptions: &mut [ExceptionView], f: &Format) {
    let mut told: Vec<String> = Vec::new();
    for exception in exceptions.iter_mut().filter(|e| !e.events.is_empty()) {
        if told.contains(&exception.events) {
            exception.events = f.word("events-as-above");
        } else {
            told.push(exception.events.clone());
        }
    }
}

/// Every exception that can be told, with its sentences.
pub(super) fn exceptions<'a>(review: &'a Review, f: &Format) -> Vec<(&'a Exception, ExceptionView)> {
    let story = Story { review, writer: RowWriter { f, period: &review.period } };
    let told = |(index, exception)| Some((exception, story.exception(index, exception)?));
    review.exceptions.iter().enumerate().filter_map(told).collect()
}

pub(super) fn forced(review: &Review, f: &Format) -> String {
    let Some(forced) = &review.forced else { return String::new() };
    let by = if forced.by.is_empty() { f.word("forced-by-operator") } else { clean(&forced.by) };
    let checks: Vec<String> = forced.checks.iter().map(|check| f.term(check)).collect();
    f.say("forced", &args!["by" => by, "checks" => checks.join("; "), "reason" => clean(&forced.reason)])
}

fn empty_lists(review: &Review, f: &Format) -> String {
    let empty = review.lists.iter().filter(|list| list.rows.is_empty());
    let titles: Vec<String> = empty.map(|list| clean(&f.list_title(&list.name, &list.title))).collect();
    if titles.is_empty() {
        return String::new();
    }
    f.say("none-in-period", &args!["lists" => titles.join("; ")])
}

fn leading(story: &Story<'_>) -> Option<Leading> {
    let row = story.leading_row()?;
    let picture = story.trend(row);
    let alt = picture.alt;
    Some(Leading { caption: story.writer.title(row), chart: picture.chart?, cid: "leading@bizreview".to_owned(), alt })
}

fn more_exceptions(exceptions: &[ExceptionView], f: &Format) -> String {
    let rest: Vec<&str> = exceptions.iter().filter(|e| !e.in_mail).map(|e| e.headline.as_str()).collect();
    let say = |id, told: &[&str]| f.say(id, &args!["count" => rest.len(), "headlines" => told.join("; ")]);
    match rest.len() {
        0 => String::new(),
        1..=4 => say("more-exceptions", &rest),
        _ => say("more-exceptions-among", &rest[..3]),
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
            name: self::dimension(&s.dimension, story.writer.f),
            in_mail: true,
            rows: s.rows.iter().map(|r| RowView { pictures: story.pictures(r), ..story.writer.row(r) }).collect(),
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
    // sections are by dimension; what matters most is first in the report's own order
    let place = |row: &RowView| review.definitions.iter().position(|d| super::text::slug(&d.metric) == row.anchor);
    rows.sort_by_key(|row| place(row));
    choose_for_mail(&mut rows, MAIL_ROWS);
    let more = more_rows(&rows, review.head.link.is_some(), story.writer.f);
    for section in &mut sections {
        section.in_mail = section.rows.iter().any(|r| r.in_mail);
    }
    (sections, previous, year_ago, more)
}

pub(super) fn most_frequent(values: impl Iterator<Item = String>) -> String {
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

fn more_rows(rows: &[&mut RowView], has_link: bool, f: &Format) -> String {
    let hidden: Vec<&&mut RowView> = rows.iter().filter(|r| !r.in_mail).collect();
    if hidden.is_empty() {
        return String::new();
    }
    let mut parts = Vec::new();
    for status in ["status-missed", "status-met", "status-no-target", "status-too-few", "status-no-figure"] {
        let word = f.word(status);
        let count = hidden.iter().filter(|r| r.status == word).count();
        if count > 0 {
            parts.push(f.say("counted-status", &args!["count" => count, "status" => lower_first(&word)]));
        }
    }
    let id = if has_link { "more-metrics-page" } else { "more-metrics-not-printed" };
    f.say(id, &args!["count" => hidden.len(), "parts" => parts.join(", ")])
}

pub(super) fn dimension(folder: &str, f: &Format) -> String {
    let words = f.words.find(&format!("dimension-{folder}"), &args![]);
    words.unwrap_or_else(|| clean(&sentence_case(&folder.replace(['_', '-'], " "))))
}

pub(super) fn not_measured(groups: &[NotMeasured], f: &Format) -> Vec<NotMeasuredView> {
    let view = |n: &NotMeasured| {
        let (why, how) = f.need(n);
        NotMeasuredView { titles: f.unmeasured_titles(n), why, how }
    };
    groups.iter().map(view).collect()
}

/// When the sources were pulled; those of the same minute in one line, because routine stays quiet.
pub(super) fn freshness(review: &Review, f: &Format) -> Vec<FreshnessView> {
    let mut groups: Vec<(Option<String>, bool, Vec<String>, u64)> = Vec::new();
    for source in &review.freshness {
        let at = source.pulled_at.as_ref().map(|at| f.moment(at, &review.head.timezone));
        let is_stale = source.is_stale || at.is_none();
        let name = clean(&source.source);
        match groups.iter_mut().find(|(of, stale, ..)| *of == at && *stale == is_stale) {
            Some((_, _, names, records)) => {
                names.push(name);
                *records += source.records;
            }
            None => groups.push((at, is_stale, vec![name], source.records)),
        }
    }
    let view = |(at, is_stale, names, records): (Option<String>, bool, Vec<String>, u64)| FreshnessView {
        source: names.join(", "),
        state: match at {
            None => f.word("never-pulled"),
            Some(at) => f.say("pulled", &args!["at" => at, "records" => f.count(records)]),
        },
        is_stale,
    };
    groups.into_iter().map(view).collect()
}

pub(super) fn coverage(review: &Review, f: &Format) -> Vec<String> {
    let view = |c: &crate::review::model::Coverage| {
        let mut args = args![
            "system" => sentence_case(&f.term(&c.system)),
            "matched" => f.count(c.accounts_matched),
            "total" => f.count(c.accounts_total),
        ];
        let Some(share) = c.mrr_share else { return f.say("coverage-unknown", &args) };
        args.set("share", f.value(crate::review::model::Unit::Percent, share));
        f.say("coverage", &args)
    };
    review.coverage.iter().map(view).collect()
}

/// Quantiles and kinds of one metric share a definition: it is printed once, under all their names.
fn merged<'a>(definitions: impl Iterator<Item = &'a DefinitionView>) -> Vec<DefinitionView> {
    let mut merged: Vec<DefinitionView> = Vec::new();
    for definition in definitions {
        match merged.iter_mut().find(|m| m.text == definition.text) {
            Some(same) => same.title = format!("{}; {}", same.title, definition.title),
            None => merged.push(definition.clone()),
        }
    }
    merged
}

fn definitions(review: &Review, f: &Format) -> Vec<DefinitionView> {
    review.definitions.iter().map(|d| definition(review, d, f)).collect()
}

/// What one metric means, as the review was made with it.
pub(super) fn definition_of(review: &Review, metric: &str, f: &Format) -> Option<DefinitionView> {
    review.definitions.iter().find(|d| d.metric == metric).map(|d| definition(review, d, f))
}

fn definition(review: &Review, d: &crate::review::model::Definition, f: &Format) -> DefinitionView {
    let text = clean_to(&f.metric_definition(&d.metric, &d.text), DEFINITION);
    DefinitionView {
        anchor: super::text::slug(&d.metric),
        title: clean(&f.metric_title(&d.metric, &d.title)),
        short: first_sentences(&text, 200),
        text,
        hash: clean(&d.hash),
        file: clean(&d.file),
        sql: source(&d.sql),
        made_from: d.made_from.iter().map(|file| clean(file)).collect::<Vec<_>>().join(", "),
        parts: parts(review, &d.metric, f),
        rows: d.rows.as_ref().map(|rows| rows.file.clone()).unwrap_or_default(),
        rows_count: d.rows.as_ref().map(|rows| rows_count(rows, f)).unwrap_or_default(),
        command: format!("bizreview explain {} --period {}", clean(&d.metric), clean(&review.period.id)),
    }
}

/// What a figure is a quotient of, exactly.
fn parts(review: &Review, metric: &str, f: &Format) -> String {
    let row = review.sections.iter().flat_map(|s| &s.rows).find(|row| row.metric == metric);
    let Some((row, (part, whole))) = row.and_then(|row| Some((row, row.numerator.zip(row.denominator)?))) else {
        return String::new();
    };
    let shown = |part, is_money| if is_money { f.exact(part) } else { f.column(ColumnUnit::Count, part) };
    // money over money is a share; money over anything else is money for each
    format!("{} / {}", shown(part, row.is_money), shown(whole, row.is_money && row.unit != Unit::Money))
}

fn rows_count(rows: &RowsFile, f: &Format) -> String {
    if rows.kept >= rows.total {
        return f.count(rows.total);
    }
    f.say("shown-of", &args!["shown" => f.count(rows.kept), "total" => f.count(rows.total)])
}

/// SQL as it was written. A brace pair is split: it must not look like an unrendered template.
fn source(sql: &str) -> String {
    let is_printed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = sql.chars().filter(is_printed).collect();
    text.replace("{{", "{ {").replace("{%", "{ %").trim_end().to_owned()
}
