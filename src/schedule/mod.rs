//! When reports are due: pure functions of cron lines, zones, the ledger's facts and a given now.
//!
//! A cron line names wall-clock times. Each becomes exactly one instant of its zone: one that a clock change skips fires
//! at the first valid instant after the gap, one that is repeated fires the first time. Instants therefore never go
//! backwards, and counting from the last recorded occurrence neither loses nor doubles one.

use anyhow::{Context, Result, bail, ensure};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::config::Config;

/// How late a missed occurrence is still sent, unless the report says otherwise.
pub const CATCH_UP: SignedDuration = SignedDuration::from_hours(36);

/// More missed occurrences than this are not listed one by one: the oldest are left out.
const MISSED_LISTED: usize = 100;

/// When one report is sent.
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
}

/// A moment at which a report was or is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Key of `[reports]`.
    pub report: String,
    /// The promised moment.
    pub due_at: Timestamp,
    /// What is to be done about it.
    pub action: Action,
}

/// What is to be done about an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run the report.
    Run,
    /// The service was stopped during the run: look for what was already published, then finish.
    Resume,
    /// Too late, or overtaken by a later one: record it and tell the operator.
    Miss,
}

impl ReportSchedule {
    /// Every report with a cron line, in name order.
    pub fn all(config: &Config) -> Result<Vec<ReportSchedule>> {
        let mut schedules = Vec::new();
        for (name, report) in &config.reports {
            let Some(line) = &report.cron else { continue };
            let zone = report.timezone.as_deref().unwrap_or(&config.company.timezone);
            schedules.push(ReportSchedule {
                report: name.clone(),
                cron: parse_cron(line).with_context(|| format!("[reports.{name}] cron"))?,
                zone: TimeZone::get(zone).with_context(|| format!("[reports.{name}] timezone"))?,
                catch_up: report.catch_up.unwrap_or(CATCH_UP),
            });
        }
        Ok(schedules)
    }

    /// The first occurrence after `after`, `None` when the calendar ends before one.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let mut wall = after.to_zoned(self.zone.clone()).datetime();
        loop {
            wall = next_wall_time(&self.cron, wall)?;
            let instant = instant_of(&self.zone, wall)?;
            if instant > after {
                return Some(instant);
            }
        }
    }
}

/// A five-field cron line.
pub fn parse_cron(line: &str) -> Result<croner::Cron> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    ensure!(
        fields.len() == 5,
        "{line:?} has {} fields; a schedule has five: minute hour day-of-month month day-of-week, \
         for example \"0 8 * * MON\"",
        fields.len()
    );
    if fields[2] != "*" && fields[4] != "*" {
        bail!("{line:?} sets day-of-month and day-of-week both; implementations disagree on what that means: set one");
    }
    let cron: croner::Cron = line.parse().map_err(|e| anyhow::anyhow!("{line:?}: {e}"))?;
    ensure!(next_wall_time(&cron, jiff::civil::datetime(2000, 1, 1, 0, 0, 0, 0)).is_some(), "{line:?} never comes");
    Ok(cron)
}

/// What is due now, by report and time: at most one occurrence to run per report, the earlier ones as missed.
///
/// `recorded` gives the last recorded occurrence of a report; for one without any, nothing up to `since` (the start of
/// the service) is owed.
pub fn due(
    schedules: &[ReportSchedule],
    recorded: &dyn Fn(&str) -> Option<Timestamp>,
    since: Timestamp,
    now: Timestamp,
) -> Vec<Occurrence> {
    let mut due = Vec::new();
    for schedule in schedules {
        let start = recorded(&schedule.report).unwrap_or(since);
        due.extend(due_of_one(schedule, start, now));
    }
    due
}

fn due_of_one(schedule: &ReportSchedule, start: Timestamp, now: Timestamp) -> Vec<Occurrence> {
    let mut passed = std::collections::VecDeque::new();
    let mut after = start;
    while let Some(instant) = schedule.next_after(after).filter(|i| *i <= now) {
        passed.push_back(instant);
        if passed.len() > MISSED_LISTED {
            passed.pop_front();
        }
        after = instant;
    }
    let oldest_sent = now.checked_sub(schedule.catch_up).unwrap_or(Timestamp::MIN);
    let last = passed.back().copied();
    passed
        .into_iter()
        .map(|due_at| {
            let runs = Some(due_at) == last && due_at >= oldest_sent;
            let action = if runs { Action::Run } else { Action::Miss };
            Occurrence { report: schedule.report.clone(), due_at, action }
        })
        .collect()
}

/// The next wall-clock time a cron line names. Counted in UTC, which has no clock changes.
fn next_wall_time(cron: &croner::Cron, after: DateTime) -> Option<DateTime> {
    let utc: Zoned = after.to_zoned(TimeZone::UTC).ok()?;
    cron.find_next_occurrence(&utc, false).ok().map(|z| z.datetime())
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
