//! What owners say and promise: which words go with a figure, when silence may be printed, and where a promise stands.

use anyhow::{Result, ensure};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::model::{Exception, Review, Rule};
use crate::calendar::{Calendar, OpeningHours, Period};

/// Longest comment and promise taken, in characters.
pub const LONGEST_COMMENT: usize = 2_000;
pub const LONGEST_PROMISE: usize = 300;
/// Longest name of an author or owner.
pub const LONGEST_NAME: usize = 80;

/// Business hours an owner has to answer before silence is printed.
const TIME_TO_ANSWER: SignedDuration = SignedDuration::from_hours(4);

/// An owner's words on a figure of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The period it is about.
    pub period: String,
    pub author: String,
    /// Plain text; paragraphs are separated by an empty line.
    pub text: String,
    /// Local day on which it was noted, and the instant, RFC 3339.
    pub said_on: Date,
    pub noted_at: Timestamp,
}

/// What there is to print of one metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricComments {
    pub metric: String,
    /// Of the reviewed period: the latest of each author, oldest first.
    pub said: Vec<Comment>,
    /// For an exception that goes on: the latest of an earlier period since it began.
    pub last: Option<Comment>,
    /// Of the period before, noted after its edition was made.
    pub late: Vec<Comment>,
    /// For an exception that its owner was asked about and has said nothing of.
    pub silence: Option<Silence>,
}

/// Nobody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Local day of the question.
    pub asked_on: Date,
    /// Whether there were four business hours to answer.
    pub had_time: bool,
}

/// What an owner promised to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerPromise {
    /// As `promise done` names it.
    pub id: i64,
    pub text: String,
    pub owner: String,
    /// Name of the team, or title of the report, that it was made for.
    pub made_for: String,
    /// The metric it is meant to move.
    pub metric: Option<String>,
    pub made_on: Date,
    pub due_on: Date,
    pub done_on: Option<Date>,
    /// What came of it, in its owner's words.
    pub note: Option<String>,
    pub standing: Standing,
    /// Kept: days late. Due: days left. Overdue: days over.
    pub days: u32,
}

/// Where a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    Overdue,
    Due,
    Kept,
}

impl Standing {
    /// As printed in lists.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Overdue => "overdue",
            Standing::Due => "due",
            Standing::Kept => "kept",
        }
    }
}

/// Everything said and asked that an edition may know.
pub struct Voices<'a> {
    pub calendar: &'a Calendar,
    /// The company's business hours.
    pub hours: &'a OpeningHours,
    pub period: &'a Period,
    pub now: Timestamp,
    /// Metric and comment, oldest first, none after `now`.
    pub comments: &'a [(String, Comment)],
    /// Metric and moment of every question about the reviewed period, none after `now`.
    pub asks: &'a [(String, Timestamp)],
    /// When the report's latest edition of the period before was made.
    pub previous_edition: Option<Timestamp>,
}

/// The metrics an exception is about: its own, and the guardrail told with it.
pub fn metrics_of(exception: &Exception) -> impl Iterator<Item = &str> {
    let has_guardrail = matches!(exception.rule, Rule::GuardrailMissed | Rule::GuardrailConflict);
    let guardrail = exception.guardrail.as_ref().filter(|_| has_guardrail).map(|g| g.metric.as_str());
    std::iter::once(exception.metric.as_str()).chain(guardrail)
}

/// The metric whose owner is asked about an exception.
pub fn asked_metric(exception: &Exception) -> &str {
    let guardrail = exception.guardrail.as_ref().filter(|_| exception.rule == Rule::GuardrailMissed);
    guardrail.map_or(exception.metric.as_str(), |g| g.metric.as_str())
}

/// What there is to print, by metric: those of exceptions first, then in print order.
pub fn comments(voices: &Voices<'_>, review: &Review) -> Vec<MetricComments> {
    let mut metrics: Vec<&str> = review.exceptions.iter().flat_map(metrics_of).collect();
    metrics.extend(review.sections.iter().flat_map(|s| &s.rows).map(|row| row.metric.as_str()));
    let mut found: Vec<MetricComments> = Vec::new();
    for metric in metrics {
        if found.iter().all(|f| f.metric != metric) {
            found.push(of_metric(voices, review, metric));
        }
    }
    found.retain(|f| !f.said.is_empty() || f.last.is_some() || !f.late.is_empty() || f.silence.is_some());
    found
}

fn of_metric(voices: &Voices<'_>, review: &Review, metric: &str) -> MetricComments {
    let own: Vec<&Comment> = voices.comments.iter().filter(|(m, _)| m == metric).map(|(_, c)| c).collect();
    let said = latest_of_each(own.iter().copied().filter(|c| c.period == voices.period.id));
    let exception = review.exceptions.iter().find(|e| metrics_of(e).any(|m| m == metric));
    let last = exception.and_then(|e| last_explanation(voices, &own, &e.since));
    let before = voices.calendar.previous(voices.period).id;
    let is_late = |c: &&Comment| c.period == before && voices.previous_edition.is_some_and(|at| c.noted_at > at);
    let mut late = latest_of_each(own.iter().copied().filter(is_late));
    late.retain(|c| Some(c) != last.as_ref());
    let silence = exception.filter(|_| said.is_empty()).and_then(|_| silence(voices, metric));
    MetricComments { metric: metric.to_owned(), said, last, late, silence }
}

/// The latest of a metric, period and author counts; `comments` are oldest first.
fn latest_of_each<'a>(comments: impl Iterator<Item = &'a Comment>) -> Vec<Comment> {
    let mut latest: Vec<Comment> = Vec::new();
    for comment in comments {
        latest.retain(|c| c.author != comment.author);
        latest.push(comment.clone());
    }
    latest
}

/// The latest words on a period before this one in which the exception went on already.
fn last_explanation(voices: &Voices<'_>, own: &[&Comment], since: &str) -> Option<Comment> {
    let since = voices.calendar.parse(since).ok()?.start_on;
    let dated = own.iter().filter_map(|c| {
        let period = voices.calendar.parse(&c.period).ok().filter(|p| p.grain == voices.period.grain)?;
        let is_earlier = since <= period.start_on && period.start_on < voices.period.start_on;
        is_earlier.then_some((period.start_on, *c))
    });
    // of equal ones the last, which is the latest
    dated.max_by_key(|(start_on, _)| *start_on).map(|(_, c)| c.clone())
}

/// Silence is printed only of somebody who was asked; and held against them only if there was time to answer.
fn silence(voices: &Voices<'_>, metric: &str) -> Option<Silence> {
    let asked_at = voices.asks.iter().filter(|(m, _)| m == metric).map(|(_, at)| *at).min()?;
    Some(Silence {
        asked_on: voices.calendar.local_date(asked_at),
        had_time: voices.hours.open_between(asked_at, voices.now) >= TIME_TO_ANSWER,
    })
}

/// Where a promise stands on a day, and the days that go with it.
pub fn standing(due_on: Date, done_on: Option<Date>, today: Date) -> (Standing, u32) {
    let days = |from: Date, to: Date| from.until(to).map_or(0, |span| span.get_days().max(0).unsigned_abs());
    match done_on {
        Some(done_on) => (Standing::Kept, days(due_on, done_on)),
        None if due_on < today => (Standing::Overdue, days(due_on, today)),
        None => (Standing::Due, days(today, due_on)),
    }
}

/// The longest overdue first, then what is due soonest, then what was kept last.
pub fn sort(promises: &mut [OwnerPromise]) {
    promises.sort_by_key(|p| (p.standing, p.done_on.map(std::cmp::Reverse), p.due_on, p.id));
}

/// Somebody's words as they are kept: no control or direction characters, no trailing spaces, one empty line between paragraphs.
/// Empty ones and those of more than `longest` characters are errors.
pub fn words(text: &str, longest: usize) -> Result<String> {
    let mut kept = String::with_capacity(text.len());
    let unbroken = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    for line in unbroken.lines() {
        let clean: String = line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
        let clean = clean.trim_end();
        let is_gap = clean.trim().is_empty();
        if !(is_gap && (kept.is_empty() || kept.ends_with("\n\n"))) {
            kept.push_str(if is_gap { "" } else { clean });
            kept.push('\n');
        }
    }
    let kept = kept.trim().to_owned();
    ensure!(!kept.is_empty(), "it says nothing");
    let length = kept.chars().count();
    ensure!(length <= longest, "it has {length} characters, at most {longest} are kept: say the rest in a document");
    Ok(kept)
}

/// Controls, and what turns text around or hides in it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_promise_is_due_on_its_day_and_overdue_the_day_after() {
        let due = date(2026, 11, 13);
        assert_eq!(standing(due, None, date(2026, 11, 12)), (Standing::Due, 1));
        assert_eq!(standing(due, None, due), (Standing::Due, 0));
        assert_eq!(standing(due, None, date(2027, 11, 13)), (Standing::Overdue, 365));
        assert_eq!(standing(due, Some(date(2026, 11, 2)), date(2027, 1, 1)), (Standing::Kept, 0));
        assert_eq!(standing(due, Some(date(2026, 11, 16)), date(2027, 1, 1)), (Standing::Kept, 3));
    }

    #[test]
    fn words_are_kept_without_what_cannot_be_seen() {
        let text = "\r\n  Two were ill.\u{202e}\t \r\n\r\n\r\nBack on Monday.\u{0}\n";
        assert_eq!(words(text, 99).unwrap(), "Two were ill.\n\nBack on Monday.");
        assert!(words(" \u{200b}\n\t", 99).is_err());
        let error = words(&"ö".repeat(100), 99).unwrap_err().to_string();
        assert!(error.contains("100 characters, at most 99"), "{error}");
    }
}
