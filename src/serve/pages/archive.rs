//! The list of reviews: by report, by period, searched and filtered; and what to do while there is none.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use axum::response::Response;
use jiff::civil::Date;
use serde::Serialize;

use super::search::{self, Excerpt, Found};
use super::{Asked, encoded, title};
use crate::calendar::Calendar;
use crate::ledger::browse::Newest;
use crate::render::{Speech, one_line};

/// Reviews on a page.
const PAGE: usize = 50;
/// Reviews of a report on the first page; the rest is on the report's own.
const OF_REPORT: usize = 5;
/// Metrics found by their titles.
const METRICS: usize = 10;

/// What is asked for.
#[derive(Debug, Default)]
struct Wish {
    words: String,
    report: String,
    period: String,
    year: String,
    by_period: bool,
    page: usize,
}

/// The page.
#[derive(Debug, Serialize)]
struct Archive {
    words: String,
    period: String,
    by_period: bool,
    is_filtered: bool,
    reports: Vec<Choice>,
    years: Vec<Choice>,
    groups: Vec<Group>,
    metrics: Vec<Link>,
    /// "Searched back to …", or that nothing was found; empty without a search.
    notes: Vec<String>,
    previous: String,
    next: String,
    is_empty: bool,
}

#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    title: String,
    is_chosen: bool,
}

/// Something to go to.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub href: String,
    pub title: String,
}

/// Reviews under one heading, a report's or a period's.
#[derive(Debug, Serialize)]
struct Group {
    heading: String,
    href: String,
    is_report: bool,
    entries: Vec<Entry>,
    /// How many the report's own page has besides.
    more: String,
}

/// One review in a list: the newest edition of its report and period.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub href: String,
    pub subject: String,
    pub report: String,
    pub period: String,
    pub at: String,
    pub is_provisional: bool,
    pub is_correction: bool,
    /// "edition 2", where there is more than one.
    pub edition: String,
    pub excerpt: Option<Excerpt>,
}

/// A review that the visitor may read.
pub(super) struct Shelved {
    pub newest: Newest,
    pub title: String,
    /// "W46 (9–15 Nov 2026)".
    pub period: String,
    last_day: Date,
}

pub(super) async fn archive(asked: Asked) -> Response {
    let wish = Wish {
        words: asked.parameter("q"),
        report: asked.parameter("report"),
        period: asked.parameter("period"),
        year: asked.parameter("year"),
        by_period: asked.parameter("by") == "period",
        page: asked.parameter("page").parse().unwrap_or(1).clamp(1, 10_000),
    };
    let searches = asked.site.kept.searches.clone();
    let turn = if wish.words.is_empty() { None } else { searches.acquire_owned().await.ok() };
    asked
        .answer(move |asked| {
            let shown = show(asked, &wish);
            drop(turn);
            shown
        })
        .await
}

fn show(asked: &Asked, wish: &Wish) -> Result<Option<Response>> {
    let speech = asked.speech(None)?;
    let shelf = shelf(asked, &speech, None)?;
    let of_company = speech.say("web-archive", &[]);
    let mut page = Archive {
        words: wish.words.clone(),
        period: wish.period.clone(),
        by_period: wish.by_period,
        is_filtered: wish.is_filtered(),
        reports: reports(&shelf, wish),
        years: years(&shelf, wish),
        groups: Vec::new(),
        metrics: Vec::new(),
        notes: Vec::new(),
        previous: String::new(),
        next: String::new(),
        is_empty: shelf.is_empty(),
    };
    if wish.is_filtered() || wish.by_period {
        list(asked, &speech, wish, &shelf, &mut page);
    } else {
        page.groups = by_report(asked, &speech, &shelf);
    }
    asked.html("archive", &speech, &of_company, &page)
}

impl Wish {
    fn is_filtered(&self) -> bool {
        [&self.words, &self.report, &self.period, &self.year].iter().any(|text| !text.is_empty())
    }

    fn admits(&self, shelved: &Shelved) -> bool {
        let edition = &shelved.newest.edition;
        (self.report.is_empty() || edition.report == self.report)
            && (self.year.is_empty() || edition.period.split('-').next() == Some(&self.year))
            && starts_with(&edition.period, &self.period)
    }

    /// The link to another page of the same list.
    fn to_page(&self, page: usize) -> String {
        let by = if self.by_period { "period" } else { "" };
        let page = page.to_string();
        let given =
            [("q", &*self.words), ("report", &self.report), ("period", &self.period), ("year", &self.year), ("by", by)];
        let mut query: Vec<String> = given
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        query.push(format!("page={page}"));
        format!("/?{}", query.join("&"))
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// The newest edition of every report and period the visitor may read, of one report or of all, the latest period first.
pub(super) fn shelf(asked: &Asked, speech: &Speech, report: Option<&str>) -> Result<Vec<Shelved>> {
    let calendar = Calendar::new(&asked.config.company)?;
    let mut periods: BTreeMap<String, (Date, String)> = BTreeMap::new();
    // none of what is not theirs; found out once for each report, not for each edition
    let mut titles: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut shelf = Vec::new();
    for newest in asked.site.ledger.newest_editions()? {
        let edition = &newest.edition;
        if report.is_some_and(|report| edition.report != report) {
            continue;
        }
        let of = &edition.report;
        let theirs = || asked.visitor.may_read(of).then(|| title(&asked.config, of));
        let Some(title) = titles.entry(of.clone()).or_insert_with(theirs).clone() else { continue };
        let (last_day, period) =
            periods.entry(edition.period.clone()).or_insert_with(|| named(&calendar, speech, &edition.period)).clone();
        shelf.push(Shelved { newest, title, period, last_day });
    }
    shelf.sort_by(|a, b| b.last_day.cmp(&a.last_day).then_with(|| a.title.cmp(&b.title)));
    Ok(shelf)
}

/// The last day of a period, and its name. One that is none of the calendar's comes last and is named as it is.
fn named(calendar: &Calendar, speech: &Speech, period: &str) -> (Date, String) {
    match calendar.parse(period) {
        Ok(p) => (p.last_day(), speech.period(&p.id, p.start_on, p.last_day())),
        Err(_) => (Date::MIN, one_line(period)),
    }
}

fn reports(shelf: &[Shelved], wish: &Wish) -> Vec<Choice> {
    let all: BTreeSet<(&str, &str)> = shelf.iter().map(|s| (&*s.title, &*s.newest.edition.report)).collect();
    let choice = |(title, report): (&str, &str)| Choice {
        value: report.to_owned(),
        title: title.to_owned(),
        is_chosen: report == wish.report,
    };
    all.into_iter().map(choice).collect()
}

fn years(shelf: &[Shelved], wish: &Wish) -> Vec<Choice> {
    let all: BTreeSet<&str> = shelf.iter().filter_map(|s| s.newest.edition.period.split('-').next()).collect();
    let choice = |year: &str| Choice { value: year.to_owned(), title: year.to_owned(), is_chosen: year == wish.year };
    all.into_iter().rev().map(choice).collect()
}

pub(super) fn entry(asked: &Asked, speech: &Speech, shelved: &Shelved, excerpt: Option<Excerpt>) -> Entry {
    let Newest { edition, editions, is_correction } = &shelved.newest;
    let number = edition.number.to_string();
    Entry {
        href: format!("/reports/{}/{}/{number}/", edition.report, edition.period),
        subject: one_line(&edition.subject),
        report: shelved.title.clone(),
        period: shelved.period.clone(),
        at: speech.moment(&edition.created_at, &asked.config.company.timezone),
        is_provisional: edition.is_provisional,
        is_correction: *is_correction,
        edition: if *editions > 1 { speech.say("web-edition", &[("number", &number)]) } else { String::new() },
        excerpt,
    }
}

/// Every report with its latest reviews.
fn by_report(asked: &Asked, speech: &Speech, shelf: &[Shelved]) -> Vec<Group> {
    let mut reports: BTreeMap<(&str, &str), Vec<&Shelved>> = BTreeMap::new();
    for shelved in shelf {
        reports.entry((&*shelved.title, &*shelved.newest.edition.report)).or_default().push(shelved);
    }
    let group = |((title, report), reviews): ((&str, &str), Vec<&Shelved>)| Group {
        heading: title.to_owned(),
        href: format!("/reports/{report}/"),
        is_report: true,
        more: match reviews.len().saturating_sub(OF_REPORT) {
            0 => String::new(),
            more => speech.say("web-more-reviews", &[("count", &more.to_string())]),
        },
        entries: reviews.into_iter().take(OF_REPORT).map(|s| entry(asked, speech, s, None)).collect(),
    };
    reports.into_iter().map(group).collect()
}

/// A page of what was asked for, the latest period first.
fn list(asked: &Asked, speech: &Speech, wish: &Wish, shelf: &[Shelved], page: &mut Archive) {
    let admitted = shelf.iter().filter(|s| wish.admits(s));
    let skipped = (wish.page - 1) * PAGE;
    let found: Vec<(&Shelved, Option<Excerpt>)> = if wish.words.is_empty() {
        admitted.skip(skipped).take(PAGE + 1).map(|s| (s, None)).collect()
    } else {
        let Found { reviews, stopped_at } =
            search::search(&asked.site.store(), &wish.words, admitted, skipped + PAGE + 1);
        if let Some(at) = stopped_at {
            page.notes.push(speech.say("web-searched-back-to", &[("period", &at.period)]));
        }
        if wish.page == 1 {
            page.metrics = metrics(asked, speech, &wish.words, shelf);
        }
        reviews.into_iter().skip(skipped).collect()
    };
    if found.is_empty() && !shelf.is_empty() {
        page.notes.insert(0, speech.say("web-nothing-found", &[]));
    }
    page.next = if found.len() > PAGE { wish.to_page(wish.page + 1) } else { String::new() };
    page.previous = if wish.page > 1 { wish.to_page(wish.page - 1) } else { String::new() };
    for (shelved, excerpt) in found.into_iter().take(PAGE) {
        let entry = entry(asked, speech, shelved, excerpt);
        match page.groups.last_mut().filter(|group| group.heading == shelved.period) {
            Some(group) => group.entries.push(entry),
            None => page.groups.push(Group {
                heading: shelved.period.clone(),
                href: String::new(),
                is_report: false,
                entries: vec![entry],
                more: String::new(),
            }),
        }
    }
}

/// Metrics of the newest review of each report whose title or name has all the words.
fn metrics(asked: &Asked, speech: &Speech, words: &str, shelf: &[Shelved]) -> Vec<Link> {
    let words = search::words(words);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for shelved in shelf.iter().filter(|s| seen.insert(s.newest.edition.report.clone())) {
        for (metric, title) in asked.site.kept.titles(&asked.site.store(), &shelved.newest.edition).iter() {
            let title = speech.metric_title(metric, title);
            let text = format!("{title} {metric}").to_lowercase();
            if words.iter().all(|word| text.contains(word)) {
                found.insert(title, metric.clone());
            }
        }
    }
    let link = |(title, metric): (String, String)| Link { href: format!("/metric/{}", encoded(&metric)), title };
    found.into_iter().take(METRICS).map(link).collect()
}
