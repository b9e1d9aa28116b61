//! How accounts and their people use the product, and what they say of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{Span, civil::Date};
use rust_decimal::Decimal;

use super::{
    super::{
        Company, MEANINGFUL_EVENTS,
        simulate::{
            accounts::GroupLink,
            product::{Event, Kind},
        },
        time::{self, DAY, Secs},
    },
    Period, TruthRow, money, quantile,
    rest::{level, share},
};

/// A person within an account.
type Person = (u32, u32);

/// `[product] activation_days` of the shipped configuration.
const ACTIVATION_DAYS: i64 = 14;

/// The rows of a period.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    people(company, period, rows);
    lifecycle(company, period, rows);
    paid_for(company, period, rows);
    activation(company, period, rows);
    surveys(company, period, rows);
}

/// Whether what is done in its name can be traced to an account that counts.
fn is_known(company: &Company, event: &Event) -> bool {
    let account = &company.accounts[event.account as usize];
    account.counts() && account.group != GroupLink::Unmatched
}

/// Meaningful events of known accounts from `from` to before `to`.
fn uses(company: &Company, from: Secs, to: Secs) -> impl Iterator<Item = &Event> {
    company.product.events.iter().filter(move |event| {
        from <= event.at && event.at < to && MEANINGFUL_EVENTS.contains(&event.kind.name()) && is_known(company, event)
    })
}

fn users(company: &Company, from: Secs, to: Secs) -> HashSet<Person> {
    uses(company, from, to).map(|event| (event.account, event.person)).collect()
}

fn people(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let zone = &company.world.zone;
    let back = |days: i64| time::plus_days(period.until, -days);
    let weekly = users(company, time::midnight(back(7), zone), period.end).len();
    rows.push(level("wau", period, weekly));
    let days = if period.is_week() { 28 } else { i64::from((period.until - period.first).get_days()) };
    let from = time::midnight(back(days), zone);
    let active_days: HashSet<(Person, Date)> = uses(company, from, period.end)
        .map(|event| ((event.account, event.person), time::date(event.at, zone)))
        .collect();
    let people = users(company, from, period.end).len();
    let (above, below) = (Decimal::from(active_days.len()), Decimal::from(people) * Decimal::from(days));
    rows.push(TruthRow::ratio("stickiness", period, above, below, people));
}

fn lifecycle(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let before = if period.is_week() { Span::new().days(7) } else { Span::new().months(1) };
    let before = time::midnight(period.first.saturating_sub(before), &company.world.zone);
    let now = users(company, period.start, period.end);
    let then = users(company, before, period.start);
    let ever = users(company, 0, period.start);
    let mut counts: BTreeMap<&str, usize> =
        ["dormant", "new", "resurrecting", "returning"].into_iter().map(|category| (category, 0)).collect();
    for person in now.union(&then) {
        let category = match (now.contains(person), then.contains(person), ever.contains(person)) {
            (false, ..) => "dormant",
            (true, true, _) => "returning",
            (true, false, true) => "resurrecting",
            (true, false, false) => "new",
        };
        *counts.entry(category).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    rows.push(level("lifecycle", period, all));
    for (category, count) in counts {
        rows.push(TruthRow {
            segment_name: "lifecycle",
            segment_value: category.to_owned(),
            numerator: Some(Decimal::from(count)),
            denominator: Some(Decimal::from(all)),
            ..level("lifecycle", period, count)
        });
    }
}

/// What is paid for, and whether it is used.
fn paid_for(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let mut people: BTreeMap<usize, i64> = BTreeMap::new();
    for (account, _) in users(company, period.start, period.end) {
        *people.entry(account as usize).or_default() += 1;
    }
    let paying = money::standing(company, period.end - 1);
    let active = paying.keys().filter(|account| people.contains_key(account)).count();
    rows.push(share("active_account_share", period, active, paying.len()));
    let seats: i64 = paying.values().map(|standing| standing.seats).sum();
    let used: i64 = paying
        .iter()
        .map(|(account, standing)| people.get(account).copied().unwrap_or_default().min(standing.seats))
        .sum();
    let (used, seats) = (Decimal::from(used), Decimal::from(seats));
    rows.push(TruthRow::ratio("seat_utilisation", period, used, seats, paying.len()));
}

fn activation(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let zone = &company.world.zone;
    let Some(recorded) = company.product.events.iter().chain(&company.product.shown).map(|event| event.at).min() else {
        return;
    };
    let recorded = time::date(recorded, zone);
    let shared: BTreeSet<(usize, Secs)> = company
        .product
        .events
        .iter()
        .filter(|event| event.kind == Kind::FirstReportShared && is_known(company, event))
        .map(|event| (event.account as usize, event.at))
        .collect();
    let (mut judged, mut days) = (0, Vec::new());
    for (account, paid) in money::first_paid(company) {
        let joined = time::date(paid, zone);
        let judged_on = time::plus_days(joined, ACTIVATION_DAYS);
        if joined < recorded || judged_on < period.first || judged_on >= period.until {
            continue;
        }
        judged += 1;
        let first = shared.range((account, 0)..(account, Secs::MAX)).next().map(|(_, at)| time::date(*at, zone));
        if let Some(reached) = first.filter(|day| *day <= judged_on) {
            days.push(i64::from((reached - joined).get_days()).max(0) * DAY);
        }
    }
    rows.push(share("activation_rate", period, days.len(), judged));
    let (n, is_partial) = (days.len(), days.len() < judged);
    rows.push(TruthRow {
        numerator: is_partial.then(|| Decimal::from(n)),
        denominator: is_partial.then(|| Decimal::from(judged)),
        value: quantile(&mut days, 500),
        ..level("time_to_value", period, n)
    });
}

fn surveys(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let answers =
        || company.product.events.iter().filter(|event| event.kind == Kind::SurveySent && is_known(company, event));
    let shown = company.product.shown.iter().filter(|event| period.holds(event.at) && is_known(company, event)).count();
    let given = answers().filter(|event| period.holds(event.at)).count();
    rows.push(level("survey_responses", period, given));
    rows.push(share("nps_response_rate", period, given, shown));
    let mut waits: Vec<Secs> = answers()
        .filter(|answer| answer.value <= 6)
        .filter_map(|answer| {
            let of_account = company.work.followups.iter().filter(|after| after.account == answer.account as usize);
            let first = of_account.map(|after| after.at).filter(|at| *at >= answer.at).min()?;
            period.holds(first).then_some(first - answer.at)
        })
        .collect();
    for (metric, permille) in [("detractor_followup_hours", 500), ("detractor_followup_hours_p90", 900)] {
        let value = quantile(&mut waits, permille);
        rows.push(TruthRow { value, ..level(metric, period, waits.len()) });
    }
}
