//! When reports are due: pure functions of cron lines, zones, the ledger's facts and a given now.
//!
//! A cron line names wall-clock times, the moments a report is promised for. Each becomes exactly one instant of its zone: one that
//! a clock change skips fires at the first valid instant after the gap, one that is repeated fires the first time. Instants
//! therefore never go backwards, and counting from the last recorded one neither loses nor doubles any.
//!
//! Around each promised moment lie the phases: data is pulled and owners are asked before it, corrections follow it.

mod cron;
mod due;

use anyhow::{Context, Result, ensure};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};
use serde::Serialize;

use crate::config::Config;

pub use cron::parse_cron;
pub use due::{Facts, due};

/// How late a missed occurrence is still sent, unless the report says otherwise.
pub const CATCH_UP: SignedDuration = SignedDuration::from_hours(36);

/// How long a late source may hold the send, unless the report says otherwise.
pub const DEADLINE: SignedDuration = SignedDuration::from_hours(1);

/// What happens around a promised moment, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Data is fetched beforehand, so that the send does not wait for it.
    Pull,
    /// Owners are asked for comments on what the draft says.
    Draft,
    /// Readers get it.
    Send,
    /// What was sent is compared with what is known since.
    Correct,
}

impl Phase {
    /// As stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Pull => "pull",
            Phase::Draft => "draft",
            Phase::Send => "send",
            Phase::Correct => "correct",
        }
    }

    /// The phase of that name.
    pub fn parse(text: &str) -> Result<Phase> {
        let all = [Phase::Pull, Phase::Draft, Phase::Send, Phase::Correct];
        all.into_iter().find(|p| p.as_str() == text).with_context(|| format!("unknown phase {text:?}"))
    }
}

/// When one report is sent, and what happens before.
#[derive(Debug, Clone)]
pub struct ReportSchedule {
    /// Key of `[reports]`.
    pub report: String,
    /// Five fields.
    pub cron: croner::Cron,
    /// The zone `cron` is written in.
    pub zone: TimeZone,
    /// How late a missed occurrence is still sent.
    pub catch_up: SignedDuration,
    /// How long before the promised moment data is pulled; zero: as part of the send.
    pub pull_before: Span,
    /// How long before it owners are asked; `None`: they are not.
    pub draft_before: Option<Span>,
    /// How long a late source may hold the send.
    pub deadline: SignedDuration,
}

/// A promised moment of a report, and one phase of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Key of `[reports]`.
    pub report: String,
    pub phase: Phase,
    /// The promised moment; of [`Phase::Correct`] the moment of looking, days after it.
    pub due_at: Timestamp,
    /// What is to be done about it.
    pub action: Action,
}

/// What is to be done about an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Do it.
    Run,
    /// The service was stopped in the middle of it: look for what was already done, then finish.
    Resume,
    /// Too late, or overtaken by a later one: record it and tell the operator.
    Miss,
}

impl ReportSchedule {
    /// Every report with a cron line, in name order.
    pub fn all(config: &Config) -> Result<Vec<ReportSchedule>> {
        let mut schedules = Vec::new();
        for name in config.reports.keys() {
            schedules.extend(ReportSchedule::of(config, name).with_context(|| format!("[reports.{name}]"))?);
        }
        Ok(schedules)
    }

    /// The schedule of one report; `None` without a cron line.
    pub fn of(config: &Config, name: &str) -> Result<Option<ReportSchedule>> {
        let Some(report) = config.reports.get(name) else { return Ok(None) };
        let Some(line) = &report.cron else { return Ok(None) };
        let zone = report.timezone.as_deref().unwrap_or(&config.company.timezone);
        let schedule = ReportSchedule {
            report: name.to_owned(),
            cron: parse_cron(line).context("cron")?,
            zone: TimeZone::get(zone).context("timezone")?,
            catch_up: report.catch_up.unwrap_or(CATCH_UP),
            pull_before: report.pull_before.unwrap_or_else(|| Span::new().hours(1)),
            draft_before: report.draft_before,
            deadline: report.deadline.unwrap_or(DEADLINE),
        };
        let spans = [("pull_before", Some(schedule.pull_before)), ("draft_before", schedule.draft_before)];
        for (key, span) in spans {
            ensure!(span.is_none_or(|s| !s.is_negative()), "{key}: a length of time before the send, such as \"1d\"");
        }
        ensure!(!schedule.catch_up.is_negative(), "catch_up: a length of time, such as \"36h\"");
        ensure!(!schedule.deadline.is_negative(), "deadline: a length of time after the send, such as \"2h\"");
        Ok(Some(schedule))
    }

    /// The first promised moment after `after`, `None` when the calendar ends before one.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let mut wall = after.to_zoned(self.zone.clone()).datetime();
        loop {
            wall = cron::next_wall_time(&self.cron, wall)?;
            let instant = instant_of(&self.zone, wall)?;
            if instant > after {
                return Some(instant);
            }
        }
    }

    /// Whether a phase is still worth doing: before the promised moment, or as late as it is caught up.
    pub fn is_of_use(&self, phase: Phase, due_at: Timestamp, now: Timestamp) -> bool {
        match phase {
            Phase::Pull | Phase::Draft => now < due_at,
            Phase::Send | Phase::Correct => now.duration_since(due_at) <= self.catch_up,
        }
    }

    /// When a phase before the promised moment begins; `None` where the report has no such phase. Days are days of the report's
    /// zone: a day before 8:00 is 8:00.
    pub fn begins(&self, phase: Phase, promised: Timestamp) -> Option<Timestamp> {
        let before = match phase {
            Phase::Pull => Some(self.pull_before).filter(|span| !span.is_zero()),
            Phase::Draft => self.draft_before,
            Phase::Send => return Some(promised),
            Phase::Correct => None,
        }?;
        Some(promised.to_zoned(self.zone.clone()).checked_sub(before).ok()?.timestamp())
    }
}

/// The one instant a wall-clock time stands for.
fn instant_of(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let at = |offset: Offset| offset.to_timestamp(wall).ok();
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => at(offset),
        AmbiguousOffset::Fold { before, .. } => at(before),
        AmbiguousOffset::Gap { before, after } => {
            let (early, late) = (at(after)?, at(before)?);
            let change = zone.following(early).next().map(|t| t.timestamp());
            change.filter(|t| *t <= late).or(Some(late))
        }
    }
}

#[cfg(test)]
mod tests;
