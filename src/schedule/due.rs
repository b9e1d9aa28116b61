//! What is due now.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Action, Occurrence, Phase, ReportSchedule};

/// More missed occurrences of one report than this are not listed one by one: the oldest are left out. Enough for a report by
/// the minute that slept for 400 hours.
pub(super) const MISSED_LISTED: usize = 25_000;

/// How often what was sent is compared with what is known since, and for how many days.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);
const LOOKS: i64 = 7;

/// What the ledger knows of occurrences. Of later ones than now it tells nothing: a clock that was ahead and is right again must
/// not silence a report until that time comes.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The latest recorded occurrence per report and phase, whatever became of it.
    pub last: BTreeMap<(String, Phase), Timestamp>,
    /// The latest promised moment per report whose review went out.
    pub sent: BTreeMap<String, Timestamp>,
}

impl Facts {
    fn last(&self, report: &str, phase: Phase) -> Option<Timestamp> {
        self.last.get(&(report.to_owned(), phase)).copied()
    }
}

/// What is due now, by phase, report and time: of a report's sends at most one to run, the earlier ones as missed.
///
/// For a report without any record nothing up to `since` (the start of the service) is owed.
pub fn due(schedules: &[ReportSchedule], facts: &Facts, since: Timestamp, now: Timestamp) -> Vec<Occurrence> {
    let mut due = Vec::new();
    for schedule in schedules {
        let done = facts.last(&schedule.report, Phase::Send).unwrap_or(since);
        for phase in [Phase::Pull, Phase::Draft] {
            let from = facts.last(&schedule.report, phase).map_or(done, |last| last.max(done));
            due.extend(due_before(schedule, phase, from, now));
        }
        due.extend(due_sends(schedule, done, now));
        due.extend(due_look(schedule, facts, now));
    }
    due.sort_by_key(|occurrence| (occurrence.phase, occurrence.due_at));
    due
}

/// Phases before a promised moment that have begun. Once it has come they are pointless: the send pulls for itself, and asks nobody.
fn due_before(schedule: &ReportSchedule, phase: Phase, from: Timestamp, now: Timestamp) -> Vec<Occurrence> {
    let mut due = Vec::new();
    let mut after = from.max(now);
    while let Some(due_at) = schedule.next_after(after)
        && schedule.begins(phase, due_at).is_some_and(|begins| begins <= now)
    {
        due.push(Occurrence { report: schedule.report.clone(), phase, due_at, action: Action::Run });
        after = due_at;
    }
    due
}

fn due_sends(schedule: &ReportSchedule, start: Timestamp, now: Timestamp) -> Vec<Occurrence> {
    let mut passed = VecDeque::new();
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
            Occurrence { report: schedule.report.clone(), phase: Phase::Send, due_at, action }
        })
        .collect()
}

/// The latest daily look at what was sent, if nobody has looked since.
fn due_look(schedule: &ReportSchedule, facts: &Facts, now: Timestamp) -> Option<Occurrence> {
    let sent = *facts.sent.get(&schedule.report)?;
    let days = (now.duration_since(sent).as_secs() / LOOK_AGAIN.as_secs()).min(LOOKS);
    let due_at = sent.checked_add(LOOK_AGAIN * i32::try_from(days).ok()?).ok()?;
    let is_new = facts.last(&schedule.report, Phase::Correct).is_none_or(|last| due_at > last);
    // a service that slept past the week has nothing to mail any more
    let is_over = now.duration_since(sent) > LOOK_AGAIN * (LOOKS as i32 + 1);
    (days > 0 && is_new && !is_over).then(|| Occurrence {
        report: schedule.report.clone(),
        phase: Phase::Correct,
        due_at,
        action: Action::Run,
    })
}
