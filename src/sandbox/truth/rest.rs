//! Support, product, status and promises.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::{
    super::{
        Company, MEANINGFUL_EVENTS,
        simulate::{
            accounts::GroupLink,
            clocks,
            product::Kind,
            status::Impact,
            support::{Rating, Status, Ticket},
        },
        time::Secs,
    },
    Period, TruthRow,
};

/// The rows of a period.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    support(company, period, rows);
    product(company, period, rows);
    status(company, period, rows);
    promises(company, period, rows);
}

/// A count that is its own value.
pub fn level(metric: &'static str, period: &Period, count: usize) -> TruthRow {
    TruthRow::level(metric, period, Decimal::from(count), count)
}

/// Some of a count.
pub fn share(metric: &'static str, period: &Period, above: usize, below: usize) -> TruthRow {
    TruthRow::ratio(metric, period, Decimal::from(above), Decimal::from(below), below)
}

/// Tickets that count: not spam, not from an excluded account.
pub fn tickets(company: &Company) -> impl Iterator<Item = &Ticket> {
    company
        .support
        .tickets
        .iter()
        .filter(|ticket| !ticket.spam() && ticket.account.is_none_or(|account| company.accounts[account].counts()))
}

fn support(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let hours = &company.world.hours;
    let (mut created, mut backlog, mut achieved, mut breached) = (0, 0, 0, 0);
    let (mut solves, mut reopens, mut good, mut bad) = (0, 0, 0, 0);
    let mut waits: Vec<Secs> = Vec::new();
    for ticket in tickets(company) {
        created += usize::from(period.holds(ticket.created));
        let standing = ticket.statuses().take_while(|(at, _)| *at < period.end).last();
        backlog += usize::from(standing.is_some_and(|(_, status)| !matches!(status, Status::Solved | Status::Closed)));
        let clock = clocks::first_reply(hours, ticket);
        if let Some(at) = clock.fulfilled.filter(|at| period.holds(*at)) {
            waits.push(hours.elapsed(clock.started, at));
        }
        match (clock.met(hours), clock.fulfilled) {
            (Some(true), Some(at)) => achieved += usize::from(period.holds(at)),
            _ => breached += usize::from(period.holds(clock.passed)),
        }
        let mut before = None;
        for (at, status) in ticket.statuses() {
            if period.holds(at) {
                solves += usize::from(status == Status::Solved);
                reopens += usize::from(before == Some(Status::Solved) && status == Status::Open);
            }
            before = Some(status);
        }
        for audit in ticket.audits.iter().filter(|audit| period.holds(audit.at)) {
            good += usize::from(audit.rating == Some(Rating::Good));
            bad += usize::from(audit.rating == Some(Rating::Bad));
        }
    }
    rows.push(level("tickets_created", period, created));
    rows.push(level("backlog", period, backlog));
    rows.push(share("first_reply_sla", period, achieved, achieved + breached));
    rows.push(share("reopen_rate", period, reopens, solves));
    rows.push(share("csat", period, good, good + bad));
    for (metric, permille) in [("first_reply_time", 500), ("first_reply_time_p90", 900)] {
        rows.push(TruthRow::quantile(metric, period, waits.clone(), permille));
    }
}

fn product(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let mut active: HashSet<u32> = HashSet::new();
    let mut adopters: HashSet<u32> = HashSet::new();
    let (mut promoters, mut detractors, mut answers) = (0_i64, 0_i64, 0_usize);
    for event in company.product.events.iter().filter(|event| period.holds(event.at)) {
        let account = &company.accounts[event.account as usize];
        // What cannot be traced to an account can count for none.
        if !account.counts() || account.group == GroupLink::Unmatched {
            continue;
        }
        if MEANINGFUL_EVENTS.contains(&event.kind.name()) {
            active.insert(event.account);
        }
        match event.kind {
            Kind::AutomationRun => {
                adopters.insert(event.account);
            }
            Kind::SurveySent => {
                answers += 1;
                promoters += i64::from(event.value >= 9);
                detractors += i64::from(event.value <= 6);
            }
            _ => {}
        }
    }
    rows.push(level("active_accounts", period, active.len()));
    rows.push(share("feature_adoption", period, adopters.len(), active.len()));
    let balance = Decimal::from(100 * (promoters - detractors));
    rows.push(TruthRow::ratio("nps", period, balance, Decimal::from(answers), answers));
}

fn status(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let incidents = company.incidents.iter().filter(|incident| incident.impact != Impact::Maintenance);
    let started = incidents.filter(|incident| period.holds(incident.started)).count();
    rows.push(level("incidents", period, started));
    let whole = Decimal::from(period.end - period.start);
    let lost = Decimal::new(lost(company, period.start, period.end), 1);
    rows.push(TruthRow::ratio("uptime", period, whole - lost, whole, started));
}

/// Time lost to outages between two instants, in tenths of a second; where they overlap, the heaviest counts.
pub(super) fn lost(company: &Company, start: Secs, end: Secs) -> Secs {
    // Statuspage's own weights: a partial outage counts three tenths, degraded performance nothing.
    let weight = |impact| match impact {
        Impact::Critical => 10,
        Impact::Major => 3,
        Impact::Minor | Impact::Maintenance => 0,
    };
    let mut cuts: Vec<Secs> =
        company.incidents.iter().flat_map(|incident| [incident.started, incident.resolved]).collect();
    cuts.extend([start, end]);
    cuts.retain(|at| start <= *at && *at <= end);
    cuts.sort_unstable();
    let mut lost = 0;
    for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
        let at_once = company.incidents.iter().filter(|incident| incident.started <= *from && *to <= incident.resolved);
        lost += (to - from) * at_once.map(|incident| weight(incident.impact)).max().unwrap_or(0);
    }
    lost
}

fn promises(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let due =
        company.promises.commitments.iter().filter(|promise| period.first <= promise.due && promise.due < period.until);
    let (mut kept, mut all) = (0, 0);
    for promise in due {
        all += 1;
        kept += usize::from(promise.delivered.is_some_and(|day| day <= promise.due));
    }
    rows.push(share("on_time_delivery", period, kept, all));
}
