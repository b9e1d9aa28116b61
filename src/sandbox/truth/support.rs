//! Support beyond the first reply: what was decided when, how long it took, who asked, who answered.

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;

use super::{
    super::{
        Company,
        simulate::{
            accounts::{GroupLink, OrgLink},
            clocks::{self, Clock},
            product::Kind,
            support::{Author, Rating, Status, Ticket},
        },
        time::{BusinessHours, Secs},
    },
    Period, TruthRow, money,
    rest::{level, share, tickets},
};

/// Business minutes to the resolution: the target of the shipped configuration.
pub(super) const RESOLUTION: i64 = 1440;

/// The rows of a period.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    promises(company, period, rows);
    solved(company, period, rows);
    asked(company, period, rows);
    agents(company, period, rows);
    self_service(company, period, rows);
    let ages = tickets(company).filter(|ticket| {
        let standing = ticket.statuses().take_while(|(at, _)| *at < period.end).last();
        standing.is_some_and(|(_, status)| !matches!(status, Status::Solved | Status::Closed))
    });
    rows.push(TruthRow::quantile(
        "backlog_age_p90",
        period,
        ages.map(|ticket| period.end - ticket.created).collect(),
        900,
    ));
}

/// A clock counts where it was decided: met in time, or its target passed.
pub(super) fn decided(hours: &BusinessHours, period: &Period, clock: &Clock) -> (usize, usize) {
    let (at, is_met) = match (clock.met(hours), clock.fulfilled) {
        (Some(true), Some(at)) => (at, true),
        _ => (clock.passed, false),
    };
    (usize::from(is_met && period.holds(at)), usize::from(period.holds(at)))
}

fn promises(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let hours = &company.world.hours;
    let (mut replies, mut resolutions, mut nights) = ((0, 0), (0, 0), (0, 0));
    let add = |sum: &mut (usize, usize), clock: &Clock| {
        let (met, all) = decided(hours, period, clock);
        *sum = (sum.0 + met, sum.1 + all);
    };
    for ticket in tickets(company) {
        for clock in clocks::next_replies(hours, ticket) {
            add(&mut replies, &clock);
        }
        add(&mut resolutions, &clocks::resolution(hours, ticket, RESOLUTION));
        if let Some(opened) = hours.opens(ticket.created).filter(|opened| period.holds(*opened)) {
            let reply = clocks::first_reply(hours, ticket).fulfilled;
            nights = (nights.0 + usize::from(reply.is_some_and(|at| at < opened)), nights.1 + 1);
        }
    }
    rows.push(share("next_reply_sla", period, replies.0, replies.1));
    rows.push(share("resolution_sla", period, resolutions.0, resolutions.1));
    rows.push(share("out_of_hours_coverage", period, nights.0, nights.1));
}

/// When a ticket was last solved, if that was in the period and it still was at its end.
pub(super) fn solved_at(ticket: &Ticket, period: &Period) -> Option<Secs> {
    let before = || ticket.statuses().take_while(|(at, _)| *at < period.end);
    let (_, standing) = before().last()?;
    let (at, _) = before().filter(|(_, status)| *status == Status::Solved).last()?;
    (matches!(standing, Status::Solved | Status::Closed) && period.holds(at)).then_some(at)
}

fn solved(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let (mut took, mut one_touch, mut rated) = (Vec::new(), 0, 0);
    for ticket in tickets(company) {
        let Some(solved) = solved_at(ticket, period) else { continue };
        took.push(company.world.hours.elapsed(ticket.created, solved));
        let replies = ticket.audits.iter().filter(|audit| {
            matches!(audit.author, Author::Agent(_)) && audit.comment == Some(true) && audit.at <= solved
        });
        one_touch += usize::from(replies.count() < 2);
        let is_rated = ticket.audits.iter().any(|audit| matches!(audit.rating, Some(Rating::Good | Rating::Bad)));
        rated += usize::from(is_rated);
    }
    rows.push(share("one_touch_rate", period, one_touch, took.len()));
    rows.push(share("csat_response_rate", period, rated, took.len()));
    rows.push(TruthRow::quantile("resolution_time", period, took.clone(), 500));
    rows.push(TruthRow::quantile("resolution_time_p90", period, took, 900));
}

/// The account of a ticket, where the help desk knows it.
fn known(company: &Company, ticket: &Ticket) -> Option<usize> {
    ticket.account.filter(|account| company.accounts[*account].org != OrgLink::Unmatched)
}

fn asked(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let created: Vec<&Ticket> = tickets(company).filter(|ticket| period.holds(ticket.created)).collect();
    let proactive = created.iter().filter(|ticket| ticket.tags.contains(&"proactive")).count();
    rows.push(share("proactive_share", period, proactive, created.len()));
    rows.push(level("channel_mix", period, created.len()));
    let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
    for ticket in &created {
        *channels.entry(ticket.channel).or_default() += 1;
    }
    for (channel, count) in channels {
        let row = level("channel_mix", period, count);
        rows.push(TruthRow { segment_name: "channel", segment_value: channel.to_owned(), ..row });
    }
    let paying = money::paying(company, period.end);
    let theirs =
        created.iter().filter(|ticket| known(company, ticket).is_some_and(|account| paying.contains(&account)));
    let (above, below) = (Decimal::from(100 * theirs.count()), Decimal::from(paying.len()));
    rows.push(TruthRow::ratio("tickets_per_100_accounts", period, above, below, paying.len()));
}

/// Replies of each agent, where at least five replied.
fn agents(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let mut replies: BTreeMap<usize, i64> = BTreeMap::new();
    for audit in tickets(company).flat_map(|ticket| &ticket.audits).filter(|audit| period.holds(audit.at)) {
        if let (Author::Agent(agent), Some(true)) = (audit.author, audit.comment) {
            *replies.entry(agent).or_default() += 1;
        }
    }
    if replies.len() >= 5 {
        let counts: Vec<i64> = replies.into_values().collect();
        rows.push(TruthRow::quantile("agent_load", period, counts.clone(), 500));
        rows.push(TruthRow::quantile("agent_load_p90", period, counts, 900));
    }
}

/// People who read the help, and people who asked; of accounts known to both systems.
fn self_service(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let visits = company.product.events.iter().filter(|event| event.kind == Kind::HelpViewed && period.holds(event.at));
    let is_known = |account: u32| {
        let account = &company.accounts[account as usize];
        account.counts() && account.group != GroupLink::Unmatched
    };
    let readers: HashSet<(u32, u32)> =
        visits.filter(|event| is_known(event.account)).map(|event| (event.account, event.person)).collect();
    let created = tickets(company).filter(|ticket| period.holds(ticket.created) && !ticket.tags.contains(&"proactive"));
    let askers: HashSet<(usize, usize)> =
        created.filter_map(|ticket| Some((known(company, ticket)?, ticket.person))).collect();
    let (above, below) = (Decimal::from(readers.len()), Decimal::from(askers.len()));
    rows.push(TruthRow::ratio("self_service_ratio", period, above, below, askers.len()));
}
