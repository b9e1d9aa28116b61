//! The promises on a ticket: when each clock started, was met, and would have been broken.

use super::{
    super::time::{BusinessHours, Secs},
    support::{Author, Status, Ticket},
};

/// One promise with its times.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub started: Secs,
    pub fulfilled: Option<Secs>,
    /// The instant at which the target is used up: the helpdesk's breach.
    pub breach: Secs,
    /// The first instant at which more than the target has passed: ours.
    pub passed: Secs,
    /// Business minutes allowed.
    pub target: i64,
}

impl Clock {
    fn new(hours: &BusinessHours, started: Secs, fulfilled: Option<Secs>, target: i64) -> Clock {
        let (breach, passed) = (hours.after(started, target * 60), hours.passes(started, target * 60));
        Clock { started, fulfilled, breach, passed, target }
    }

    /// Whether it was met in time; `None` if it was never met.
    pub fn met(&self, hours: &BusinessHours) -> Option<bool> {
        self.fulfilled.map(|at| hours.elapsed(self.started, at) <= self.target * 60)
    }
}

/// Creation to the first public reply of a person; on a ticket an agent opened in public, to the second.
pub fn first_reply(hours: &BusinessHours, ticket: &Ticket) -> Clock {
    let public =
        |audit: &&super::support::Audit| matches!(audit.author, Author::Agent(_)) && audit.comment == Some(true);
    let skip = usize::from(ticket.by_agent());
    let fulfilled = ticket.audits.iter().filter(public).nth(skip).map(|audit| audit.at);
    Clock::new(hours, ticket.created, fulfilled, ticket.priority.first_reply())
}

/// The oldest unanswered comment of the requester after a reply, to the next public reply; many per ticket.
pub fn next_replies(hours: &BusinessHours, ticket: &Ticket) -> Vec<Clock> {
    let target = ticket.priority.next_reply();
    let (mut replied, mut waiting, mut clocks) = (false, None, Vec::new());
    for audit in ticket.audits.iter().filter(|audit| audit.comment == Some(true)) {
        match audit.author {
            Author::Agent(_) => {
                replied = true;
                if let Some(since) = waiting.take() {
                    clocks.push(Clock::new(hours, since, Some(audit.at), target));
                }
            }
            Author::Requester if replied => {
                waiting.get_or_insert(audit.at);
            }
            _ => {}
        }
    }
    clocks.extend(waiting.map(|since| Clock::new(hours, since, None, target)));
    clocks
}

/// Creation to the first time it is solved.
pub fn resolution(hours: &BusinessHours, ticket: &Ticket, target: i64) -> Clock {
    let solved = ticket.statuses().find(|(_, status)| *status == Status::Solved).map(|(at, _)| at);
    Clock::new(hours, ticket.created, solved, target)
}

/// The intervals a ticket spent in certain statuses, the last open if it still does.
pub fn spans(ticket: &Ticket, counts: impl Fn(Status) -> bool) -> Vec<(Secs, Option<Secs>)> {
    let mut spans: Vec<(Secs, Option<Secs>)> = Vec::new();
    let mut since = None;
    for (at, status) in ticket.statuses() {
        match (since, counts(status)) {
            (None, true) => since = Some(at),
            (Some(start), false) => {
                spans.push((start, Some(at)));
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|start| (start, None)));
    spans
}
