//! One metric over all editions that published it: its figures as they were published and corrected, what it means, and what was
//! said of it. It exists for whoever may read a report that shows it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use axum::response::Response;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::archive::Link;
use super::kept::review_of;
use super::report::role_name;
use super::voices::{self, Said, Which};
use super::{Asked, Named, encoded, title};
use crate::calendar::{Calendar, Period};
use crate::ledger::browse::PublishedFigure;
use crate::ledger::runs::EditionRow;
use crate::render::{MetricPage, Speech, one_line};
use crate::review::model::{Point, Review};

/// Periods shown and drawn: a year of weeks, the first included.
const PERIODS: usize = 53;
/// Comments shown.
const COMMENTS: usize = 30;

#[derive(Debug, Serialize)]
struct MetricView {
    metric: String,
    title: String,
    report: Link,
    report_key: String,
    /// The latest edition that has it: what is said of the metric is said by this one.
    edition: Link,
    period_key: String,
    /// What that edition says; `None` where it cannot be read any more.
    m: Option<MetricPage>,
    history: Vec<Line>,
    /// The other reports that show it.
    others: Vec<Link>,
    comments: Vec<Said>,
    /// The rows behind the figure; empty without any, or for whoever may not take them.
    rows: String,
    /// There are rows for who signs in.
    has_rows: bool,
    role: &'static str,
}

/// A figure as it was published.
#[derive(Debug, Default, Serialize)]
struct Line {
    period: String,
    href: String,
    figure: String,
    /// What earlier editions of the period said instead.
    was: Vec<String>,
    is_provisional: bool,
    /// It is counted otherwise than the period before.
    is_redefined: bool,
}

/// Figures of one period, by edition.
struct OfPeriod<'a> {
    period: Period,
    figures: Vec<&'a PublishedFigure>,
}

pub(super) async fn metric(asked: Asked, Named(metric): Named<String>) -> Response {
    asked.answer(move |asked| show(asked, &metric)).await
}

fn show(asked: &Asked, metric: &str) -> Result<Option<Response>> {
    let site = &asked.site;
    let calendar = Calendar::new(&asked.config.company)?;
    let mut figures = site.ledger.published_of(metric)?;
    let mut readable: BTreeSet<String> = figures.iter().map(|f| f.report.clone()).collect();
    readable.retain(|report| asked.visitor.may_read(report));
    figures.retain(|f| readable.contains(&f.report));
    let Some(report) = chosen(&asked.parameter("report"), &figures, &calendar) else { return Ok(None) };
    let speech = asked.speech(Some(&report))?;
    let Some(latest) = latest_edition(&figures, &report, &calendar) else { return Ok(None) };
    let Some(edition) = site.ledger.edition(&report, &latest.edition_period, latest.number)? else { return Ok(None) };
    let store = site.store();
    let review = review_of(&store, &edition);
    let headline = review.as_ref().and_then(|review| headline(review, metric));
    let periods = by_period(&figures, &report, headline.as_deref(), &calendar);
    let (m, history) = told(asked, &speech, metric, review.as_ref(), &periods)?;
    let titles = [(metric.to_owned(), m.as_ref().map_or_else(|| one_line(metric), |m| m.title().to_owned()))];
    let which = Which { metrics: &titles, period: None, after: None };
    let name = titles[0].1.clone();
    let rows = rows(asked, &edition, m.as_ref())?;
    let view = MetricView {
        metric: metric.to_owned(),
        title: name.clone(),
        report: Link { href: format!("/reports/{report}/"), title: title(&asked.config, &report) },
        edition: Link {
            href: format!("/reports/{report}/{}/{}/", edition.period, edition.number),
            title: period_name(&speech, &calendar, &edition.period),
        },
        period_key: edition.period.clone(),
        history,
        others: others(asked, metric, &figures, &report),
        comments: voices::comments(asked, &speech, &which, COMMENTS)?,
        has_rows: !rows.is_empty(),
        rows: if asked.visitor.may_take_rows(&report) { rows } else { String::new() },
        role: role_name(asked.visitor.role(&report)),
        report_key: report,
        m,
    };
    asked.html("metric", &speech, &name, &view)
}

/// The report asked for, else the one with the latest figure.
fn chosen(wish: &str, figures: &[PublishedFigure], calendar: &Calendar) -> Option<String> {
    let asked = figures.iter().find(|f| f.report == wish);
    let latest =
        || figures.iter().max_by_key(|f| (last_day(calendar, &f.edition_period), std::cmp::Reverse(&f.report)));
    asked.or_else(latest).map(|f| f.report.clone())
}

fn last_day(calendar: &Calendar, period: &str) -> Date {
    calendar.parse(period).map_or(Date::MIN, |p| p.last_day())
}

fn latest_edition<'a>(
    figures: &'a [PublishedFigure],
    report: &str,
    calendar: &Calendar,
) -> Option<&'a PublishedFigure> {
    let own = figures.iter().filter(|f| f.report == report);
    own.max_by_key(|f| (last_day(calendar, &f.edition_period), f.number))
}

fn headline(review: &Review, metric: &str) -> Option<String> {
    review.sections.iter().flat_map(|s| &s.rows).find(|row| row.metric == metric)?.headline.clone()
}

/// A report's figures of a metric, oldest period first: of the period itself, or of the window that is its headline.
fn by_period<'a>(
    figures: &'a [PublishedFigure],
    report: &str,
    headline: Option<&str>,
    calendar: &Calendar,
) -> Vec<OfPeriod<'a>> {
    let mut periods: BTreeMap<Date, OfPeriod<'a>> = BTreeMap::new();
    for figure in figures.iter().filter(|f| f.report == report) {
        let window = figure.period.strip_prefix(&*figure.edition_period).map(|w| w.trim_start_matches('/'));
        let Ok(period) = calendar.parse(&figure.edition_period) else { continue };
        if window == Some(headline.unwrap_or_default()) {
            let of_period = periods.entry(period.start_on).or_insert_with(|| OfPeriod { period, figures: Vec::new() });
            of_period.figures.push(figure);
        }
    }
    let skipped = periods.len().saturating_sub(PERIODS);
    periods.into_values().skip(skipped).collect()
}

/// What the latest edition says of the metric, and its figures, the latest first.
fn told(
    asked: &Asked,
    speech: &Speech,
    metric: &str,
    review: Option<&Review>,
    periods: &[OfPeriod<'_>],
) -> Result<(Option<MetricPage>, Vec<Line>)> {
    let latest = |of: &OfPeriod<'_>| of.figures.last().and_then(|f| f.value);
    let point =
        |of: &OfPeriod<'_>| Point { period: of.period.id.clone(), first_day: of.period.start_on, value: latest(of) };
    let points: Vec<Point> = periods.iter().map(point).collect();
    let values: Vec<Option<Decimal>> = periods.iter().flat_map(|of| of.figures.iter().map(|f| f.value)).collect();
    let page = match review {
        Some(review) => asked.renderer()?.metric(review, metric, &points, &values)?,
        None => None,
    };
    let mut words = match &page {
        Some(page) => page.figures.clone(),
        None => values.iter().map(|v| v.map_or_else(String::new, |v| speech.decimal(v))).collect(),
    }
    .into_iter();
    let mut lines: Vec<Line> = Vec::new();
    let mut before: Option<&str> = None;
    for of in periods {
        let mut said: Vec<String> = words.by_ref().take(of.figures.len()).collect();
        let (Some(figure), Some(last)) = (said.pop(), of.figures.last()) else { continue };
        said.retain(|earlier| *earlier != figure);
        said.dedup();
        lines.push(Line {
            period: speech.period(&of.period.id, of.period.start_on, of.period.last_day()),
            href: format!("/reports/{}/{}/{}/", last.report, last.edition_period, last.number),
            figure,
            was: said,
            is_provisional: last.is_provisional,
            is_redefined: before.is_some_and(|hash| hash != last.sql_hash),
        });
        before = Some(&last.sql_hash);
    }
    lines.reverse();
    Ok((page, lines))
}

pub(super) fn period_name(speech: &Speech, calendar: &Calendar, period: &str) -> String {
    calendar.parse(period).map_or_else(|_| one_line(period), |p| speech.period(&p.id, p.start_on, p.last_day()))
}

fn others(asked: &Asked, metric: &str, figures: &[PublishedFigure], report: &str) -> Vec<Link> {
    let all: BTreeSet<&str> = figures.iter().map(|f| &*f.report).filter(|other| *other != report).collect();
    let link = |other: &str| Link {
        href: format!("/metric/{}?report={}", encoded(metric), encoded(other)),
        title: title(&asked.config, other),
    };
    all.into_iter().map(link).collect()
}

/// The file of its rows, if the edition has it.
fn rows(asked: &Asked, edition: &EditionRow, page: Option<&MetricPage>) -> Result<String> {
    let Some(name) = page.map(MetricPage::rows).filter(|name| !name.is_empty()) else { return Ok(String::new()) };
    let EditionRow { report, period, number, .. } = edition;
    let listed = asked.site.ledger.file_digest(report, period, *number, name)?;
    Ok(listed.map(|_| format!("/reports/{report}/{period}/{number}/{name}")).unwrap_or_default())
}
