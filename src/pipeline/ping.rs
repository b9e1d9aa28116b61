//! The dead-man's ping: fetched when editions were delivered on time, so that its silence is an alarm. A service that merely lives
//! sends none.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Environment;
use super::promised::in_time;
use crate::calendar::Calendar;
use crate::deliver::webhook::Webhook;
use crate::ledger::facts::OccurrenceFact;
use crate::ledger::notices::PingState;

/// How long whoever watches is tried.
const TRIED: SignedDuration = SignedDuration::from_hours(24);
/// An occurrence that is older when it is first looked at is no news.
const HORIZON: SignedDuration = SignedDuration::from_hours(72);

/// Occurrences whose delivery on time is to be told now. Those that came late, and those nobody could be told of for a day, are
/// settled on the way.
pub fn owed(environment: &Environment) -> Result<Vec<(String, Timestamp)>> {
    let Environment { config, ledger, now, .. } = environment;
    let calendar = Calendar::new(&config.company)?;
    let since = now.checked_sub(HORIZON).unwrap_or(Timestamp::MIN);
    let mut sends = ledger.occurrences_since(since)?;
    sends.retain(|o| o.phase == "send" && config.reports.contains_key(&o.report));
    let settled = ledger.pinged(since)?;
    let (mut owed, mut late, mut given_up) = (Vec::new(), Vec::new(), Vec::new());
    let mut all_fine = true;
    for occurrence in &sends {
        let OccurrenceFact { report, due_at, .. } = occurrence;
        let until = in_time(config, report, *due_at);
        let name = (report.clone(), *due_at);
        let known = settled.get(&name).copied();
        // what was on time stays so: a correction that is mailed later makes it no worse
        let standing = match known {
            Some(PingState::Late) => Standing::Late,
            Some(PingState::Acknowledged | PingState::GivenUp) => Standing::OnTime,
            None => standing(environment, &calendar, occurrence, until)?,
        };
        let is_last = !sends.iter().any(|o| o.report == *report && o.due_at > *due_at);
        all_fine &= !is_last || standing == Standing::OnTime;
        if known.is_some() {
            continue;
        }
        match standing {
            Standing::OnTime if *now > until + TRIED => given_up.push(name),
            Standing::OnTime => owed.push(name),
            Standing::Late => late.push(name),
            Standing::Open => {}
        }
    }
    for (names, state) in [(late, PingState::Late), (given_up, PingState::GivenUp)] {
        if !names.is_empty() {
            ledger.settle_pings(&names, state, *now)?;
        }
    }
    // one that is fine says nothing as long as another, due by now, is not
    Ok(if all_fine { owed } else { Vec::new() })
}

/// Tells that these were delivered on time: once for all of them, as they have one watcher.
pub async fn tell(environment: &Environment, hook: &Webhook, owed: &[(String, Timestamp)]) -> Result<()> {
    hook.get().await?;
    environment.ledger.settle_pings(owed, PingState::Acknowledged, environment.now)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Every reader was sent it in time.
    OnTime,
    /// It cannot be on time any more.
    Late,
    /// It can still become either.
    Open,
}

fn standing(
    environment: &Environment,
    calendar: &Calendar,
    occurrence: &OccurrenceFact,
    until: Timestamp,
) -> Result<Standing> {
    let OccurrenceFact { report, due_at, state, .. } = occurrence;
    let grain = environment.config.reports[report].grain;
    let readers = environment.ledger.readers(report, &calendar.last_complete(grain, *due_at).id)?;
    let is_out = |(state, at): &(String, Timestamp)| state == "sent" && *at <= until;
    Ok(match state.as_str() {
        "done" if !readers.is_empty() && readers.values().all(is_out) => Standing::OnTime,
        // one that failed may still come in time: its mail is tried again, or it is run by hand
        "missed" => Standing::Late,
        _ if environment.now > until => Standing::Late,
        _ => Standing::Open,
    })
}
