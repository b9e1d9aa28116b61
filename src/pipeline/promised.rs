//! What readers were promised for a time, and whether it came: one answer for notices, `status`, /readyz and the ping.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Environment;
use crate::calendar::Calendar;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::occurrences::{OccurrenceKey, OccurrenceState};
use crate::schedule::{DEADLINE, Phase, ReportSchedule};

/// A mail that was to go out at once, and has not for so long, is overdue.
pub const MAIL_OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// How long a run may take after its deadline and still be on time: a late source holds it until then.
const RUNNING: SignedDuration = SignedDuration::from_mins(15);
/// How far back a send that failed is still looked after.
const BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Until when the mail of a promised moment is on time.
pub fn in_time(config: &Config, report: &str, due_at: Timestamp) -> Timestamp {
    let deadline = config.reports.get(report).and_then(|r| r.deadline).unwrap_or(DEADLINE);
    due_at + deadline + RUNNING
}

/// Of each scheduled report that is overdue the latest moment whose time is over and for which nothing has gone out. One too old to
/// be caught up is missed: it was told, and will never go out.
pub fn overdue(config: &Config, ledger: &Ledger, now: Timestamp) -> Result<BTreeMap<String, Timestamp>> {
    let calendar = Calendar::new(&config.company)?;
    let (first_seen, mut overdue) = (ledger.first_seen()?, BTreeMap::new());
    for schedule in ReportSchedule::all(config)? {
        // seen by no service yet: nothing is owed
        let Some(seen) = first_seen.get(&schedule.report).copied() else { continue };
        let after = now.checked_sub(schedule.catch_up).unwrap_or(Timestamp::MIN).max(seen);
        let until = now - schedule.deadline - RUNNING;
        let Some(due_at) = last_moment(&schedule, after, until) else { continue };
        let key = OccurrenceKey { report: &schedule.report, phase: Phase::Send, due_at };
        let is_done = ledger.occurrence_state(key)? == Some(OccurrenceState::Done);
        if !is_done && !is_out(config, ledger, &calendar, &schedule.report, due_at)? {
            overdue.insert(schedule.report, due_at);
        }
    }
    Ok(overdue)
}

/// Whether any reader was sent the review promised for a moment, by its schedule or by hand. A report that is no longer configured
/// is owed to nobody.
pub fn is_out(config: &Config, ledger: &Ledger, calendar: &Calendar, report: &str, due_at: Timestamp) -> Result<bool> {
    let Some(block) = config.reports.get(report) else { return Ok(true) };
    let readers = ledger.readers(report, &calendar.last_complete(block.grain, due_at).id)?;
    Ok(readers.values().any(|(state, _)| state == "sent"))
}

/// Sends that failed, and whose review went out since, by itself or by hand, are done: what follows a send follows them, too.
pub fn settle_late(environment: &Environment) -> Result<()> {
    let Environment { config, ledger, now, .. } = environment;
    let calendar = Calendar::new(&config.company)?;
    let since = now.checked_sub(BACK).unwrap_or(Timestamp::MIN);
    let failed = ledger.occurrences_since(since)?.into_iter().filter(|o| o.phase == "send" && o.state == "failed");
    for o in failed.filter(|o| config.reports.contains_key(&o.report)) {
        if is_out(config, ledger, &calendar, &o.report, o.due_at)? {
            let key = OccurrenceKey { report: &o.report, phase: Phase::Send, due_at: o.due_at };
            let note = format!("it went out later; at first: {}", o.note.as_deref().unwrap_or("no reason is known"));
            ledger.settle_occurrence(key, OccurrenceState::Done, Some(&note), *now)?;
        }
    }
    Ok(())
}

/// The last promised moment after one and up to another; looked for near the end first, as some reports come every minute.
fn last_moment(schedule: &ReportSchedule, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let near = [1, 24].into_iter().filter_map(|hours| until.checked_sub(SignedDuration::from_hours(hours)).ok());
    near.map(|from| from.max(after)).chain([after]).find_map(|from| {
        let moments = std::iter::successors(schedule.next_after(from), |at| schedule.next_after(*at));
        moments.take_while(|at| *at <= until).last()
    })
}
