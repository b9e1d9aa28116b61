//! One customer at a time: what its review must find.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::{
    super::{
        Company, MEANINGFUL_EVENTS,
        simulate::{
            accounts::{GroupLink, OrgLink},
            clocks,
            support::{Rating, Status, Ticket},
        },
        time::BusinessHours,
    },
    Grain, Period, money, periods,
    rest::tickets,
    support::{RESOLUTION, decided, solved_at},
};

/// What truly happened to a customer in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTruth {
    /// Its id in billing: the account's.
    pub customer: String,
    pub name: String,
    /// Lower case.
    pub currency: &'static str,
    /// The helpdesk, and the product, know whose it is.
    pub is_known_to_support: bool,
    pub is_known_to_product: bool,
    /// In the company's currency, at the rates of the ends.
    pub opening_mrr: Decimal,
    pub closing_mrr: Decimal,
    pub seats: i64,
    pub tickets_opened: usize,
    pub tickets_solved: usize,
    pub tickets_open: usize,
    /// Met, and decided.
    pub first_replies: (usize, usize),
    pub resolutions: (usize, usize),
    /// Good ratings, and all.
    pub ratings: (usize, usize),
    pub active_people: usize,
}

/// Every customer that counts, in a period by its name; none in a period the simulation does not cover.
pub fn customers(company: &Company, grain: Grain, period: &str) -> Vec<CustomerTruth> {
    let Some(period) = periods(company, grain).into_iter().find(|p| p.name == period) else { return Vec::new() };
    let standing = money::standing(company, period.end - 1);
    let ends = money::ends(company, &period);
    let truth = |ends: &money::Ends| {
        let account = &company.accounts[ends.account];
        let mine: Vec<&Ticket> = tickets(company).filter(|ticket| ticket.account == Some(ends.account)).collect();
        CustomerTruth {
            customer: account.customer.clone(),
            name: account.name.clone(),
            currency: account.currency,
            is_known_to_support: account.org != OrgLink::Unmatched,
            is_known_to_product: account.group != GroupLink::Unmatched,
            opening_mrr: money::valued(ends.opening, ends.opening_rate),
            closing_mrr: money::valued(ends.closing, ends.closing_rate),
            seats: standing.get(&ends.account).map_or(0, |standing| standing.seats),
            active_people: active_people(company, &period, ends.account),
            ..asked(company, &period, &mine)
        }
    };
    ends.iter().map(truth).collect()
}

fn active_people(company: &Company, period: &Period, account: usize) -> usize {
    let done = company.product.events.iter().filter(|event| {
        event.account as usize == account && period.holds(event.at) && MEANINGFUL_EVENTS.contains(&event.kind.name())
    });
    done.map(|event| event.person).collect::<HashSet<u32>>().len()
}

/// What its tickets say; the rest is left empty.
fn asked(company: &Company, period: &Period, mine: &[&Ticket]) -> CustomerTruth {
    let hours = &company.world.hours;
    let sum = |clock: fn(&BusinessHours, &Ticket) -> clocks::Clock| {
        mine.iter()
            .map(|ticket| decided(hours, period, &clock(hours, ticket)))
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    };
    let rated = |wanted: &[Rating]| {
        let audits = mine.iter().flat_map(|ticket| &ticket.audits).filter(|audit| period.holds(audit.at));
        audits.filter(|audit| audit.rating.is_some_and(|rating| wanted.contains(&rating))).count()
    };
    let is_open = |ticket: &&&Ticket| {
        let standing = ticket.statuses().take_while(|(at, _)| *at < period.end).last();
        standing.is_some_and(|(_, status)| !matches!(status, Status::Solved | Status::Closed))
    };
    CustomerTruth {
        customer: String::new(),
        name: String::new(),
        currency: "",
        is_known_to_support: false,
        is_known_to_product: false,
        opening_mrr: Decimal::ZERO,
        closing_mrr: Decimal::ZERO,
        seats: 0,
        active_people: 0,
        tickets_opened: mine.iter().filter(|ticket| period.holds(ticket.created)).count(),
        tickets_solved: mine.iter().filter(|ticket| solved_at(ticket, period).is_some()).count(),
        tickets_open: mine.iter().filter(is_open).count(),
        first_replies: sum(clocks::first_reply),
        resolutions: sum(|hours, ticket| clocks::resolution(hours, ticket, RESOLUTION)),
        ratings: (rated(&[Rating::Good]), rated(&[Rating::Good, Rating::Bad])),
    }
}
