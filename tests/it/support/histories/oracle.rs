//! MRR and its movements by the specification, in plain Rust: an account at a time, from what its subscriptions truly were.
//!
//! Money is a whole number of minor units. Instants are whole seconds, so that the left limit at an end is what was in force a
//! second before it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Account, Discount, Item, PRODUCTS, State, Subscription, World};

/// A period: its ends as instants and as days.
pub struct Span {
    pub id: String,
    pub start: i64,
    pub end: i64,
    pub start_on: Date,
    pub end_on: Date,
}

/// One currency of an account in a period. Values are absent where a rate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub movement: &'static str,
    pub opening_local: i128,
    pub closing_local: i128,
    pub values: Option<Values>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values {
    pub opening: i128,
    pub new: i128,
    pub reactivation: i128,
    pub expansion: i128,
    pub contraction: i128,
    pub churn: i128,
    pub transfer: i128,
    pub fx: i128,
    pub closing: i128,
    pub closing_constant: i128,
}

/// Half away from zero.
pub fn half_up(numerator: i128, denominator: i128) -> i128 {
    let size = (2 * numerator.abs() + denominator) / (2 * denominator);
    if numerator < 0 { -size } else { size }
}

/// A live item and what it brings a month.
struct Live<'a> {
    item: &'a Item,
    currency: &'static str,
    mrr: i128,
}

/// Prices are in 10^-6, shares in 10^-4 each, two of them at most.
const SCALE: i128 = 1_000_000 * 10_000 * 10_000;

fn live<'a>(world: &World, of: &'a Subscription, at: i64) -> Vec<Live<'a>> {
    let state = of.at(at);
    let is_over = at < of.start || of.ended.is_some_and(|(ended, _)| at >= ended);
    let is_counted = matches!(state.status, "active" | "past_due") && (world.is_paused_counted || !state.is_paused);
    if is_over || !is_counted {
        return Vec::new();
    }
    let mut items: Vec<&Item> = state.items.iter().collect();
    items.sort_by_key(|item| &item.id);
    let mut left_off = off(world, &state.discounts, at) * SCALE;
    let mut found = Vec::new();
    for item in items {
        let price = &world.prices[item.price];
        if price.is_metered {
            continue;
        }
        let cost = cost(world, state, item, at);
        let net = (cost - left_off).max(0);
        left_off = (left_off - cost).max(0);
        let (times, months) = match price.interval {
            ("day", count) => (365, 12 * count),
            ("week", count) => (52, 12 * count),
            ("month", count) => (1, count),
            (_, count) => (1, 12 * count),
        };
        let mrr = half_up(net * times, SCALE * i128::from(months));
        if mrr > 0 {
            found.push(Live { item, currency: price.currency, mrr });
        }
    }
    found
}

/// What an item costs per billing interval, less percentages and its own amounts off.
fn cost(world: &World, state: &State, item: &Item, at: i64) -> i128 {
    let price = &world.prices[item.price];
    let units = match price.package {
        None => item.quantity,
        Some((size, false)) => item.quantity.div_euclid(size),
        Some((size, true)) => item.quantity.div_euclid(size) + i64::from(item.quantity.rem_euclid(size) > 0),
    };
    let mut cost = price.unit_e6 * i128::from(units) * (SCALE / 1_000_000);
    for discount in in_force(world, &state.discounts, at).chain(in_force(world, &item.discounts, at)) {
        if let Some(percent_e2) = world.coupons[discount.coupon].percent_e2 {
            cost = cost * i128::from(10_000 - percent_e2) / 10_000;
        }
    }
    (cost - off(world, &item.discounts, at) * SCALE).max(0)
}

fn off(world: &World, discounts: &[Discount], at: i64) -> i128 {
    in_force(world, discounts, at).filter_map(|d| world.coupons[d.coupon].off_minor).map(i128::from).sum()
}

fn in_force<'a>(world: &'a World, discounts: &'a [Discount], at: i64) -> impl Iterator<Item = &'a Discount> {
    discounts.iter().filter(move |discount| {
        let counts = match world.discounts {
            "all" => true,
            "forever" => world.coupons[discount.coupon].duration == "forever",
            _ => false,
        };
        counts && discount.start <= at && discount.end.is_none_or(|end| at < end)
    })
}

/// What an account is worth at an instant, by currency, and its plan: the product of its largest item, at one size that of
/// the first.
#[derive(Default)]
struct Standing {
    mrr: BTreeMap<&'static str, i128>,
    plan: Option<&'static str>,
}

fn standing(world: &World, account: &Account, at: i64) -> Standing {
    let all: Vec<Live<'_>> = account.subscriptions.iter().flat_map(|of| live(world, of, at)).collect();
    let mut mrr = BTreeMap::new();
    for live in &all {
        *mrr.entry(live.currency).or_default() += live.mrr;
    }
    // an item of another currency is compared at the latest rate
    let worth = |live: &Live<'_>| match mrr.len() {
        1 => live.mrr,
        _ => live.mrr * latest_rate(world, live.currency) * 1000 / minor_units(live.currency),
    };
    let sized = all.iter().map(|live| (worth(live), live.mrr, std::cmp::Reverse(&live.item.id), live.item.price));
    let plan = sized.max().map(|(.., price)| PRODUCTS[world.prices[price].product]);
    Standing { mrr, plan }
}

/// The first instant at which the account was worth anything.
fn first_live(world: &World, account: &Account) -> Option<i64> {
    let mut instants = BTreeSet::new();
    for of in &account.subscriptions {
        instants.insert(of.start);
        for state in &of.states {
            instants.insert(state.at.max(of.start));
            for discount in state.discounts.iter().chain(state.items.iter().flat_map(|item| &item.discounts)) {
                instants.extend([Some(discount.start), discount.end].into_iter().flatten());
            }
        }
    }
    instants.into_iter().find(|at| !standing(world, account, *at).mrr.is_empty())
}

fn minor_units(currency: &str) -> i128 {
    match currency {
        "jpy" => 1,
        "kwd" => 1000,
        _ => 100,
    }
}

/// 10^8 dollars for one unit on the last day before an end.
fn rate(world: &World, currency: &str, before: Date) -> Option<i128> {
    if currency == "usd" {
        return Some(100_000_000);
    }
    let known = world.rates.iter().filter(|(day, of, _)| *of == currency && *day < before);
    known.max_by_key(|(day, ..)| *day).map(|(.., rate)| *rate)
}

fn latest_rate(world: &World, currency: &str) -> i128 {
    rate(world, currency, Date::MAX).unwrap_or_default()
}

/// Local minor units in cents.
fn cents(local: i128, rate: i128, currency: &str) -> i128 {
    half_up(local * rate * 100, 100_000_000 * minor_units(currency))
}

/// What a period made of an account: its rows by currency, and the plans it is counted in, by its opening and by its closing
/// one.
pub type Walked = (BTreeMap<&'static str, Row>, Option<[&'static str; 2]>);

pub fn walk(world: &World, account: &Account, spans: &[Span]) -> Vec<Walked> {
    let Some(first) = first_live(world, account) else { return spans.iter().map(|_| Walked::default()).collect() };
    // what was in force until an end was in force a second before it
    let ends: BTreeSet<i64> = spans.iter().flat_map(|span| [span.start, span.end]).collect();
    let standings = ends.into_iter().map(|end| (end, standing(world, account, end - 1))).collect();
    spans.iter().map(|span| period(world, &standings, span, first)).collect()
}

fn period(world: &World, standings: &BTreeMap<i64, Standing>, span: &Span, first: i64) -> Walked {
    let (Standing { mrr: before, plan: opening }, Standing { mrr: after, plan: closing }) =
        (&standings[&span.start], &standings[&span.end]);
    let gone = before.keys().any(|currency| !after.contains_key(currency));
    let came = after.keys().any(|currency| !before.contains_key(currency));
    let mut rows = BTreeMap::new();
    for currency in before.keys().chain(after.keys()) {
        let at = |sums: &BTreeMap<&str, i128>| sums.get(currency).copied().unwrap_or_default();
        let (opening_local, closing_local) = (at(before), at(after));
        let movement = match (opening_local, closing_local) {
            (open, close) if open > 0 && close > open => "expansion",
            (open, close) if open > 0 && close == open => "unchanged",
            (open, close) if open > 0 && close > 0 => "contraction",
            _ if gone && came => "transfer",
            (open, _) if open > 0 => {
                if after.is_empty() {
                    "churn"
                } else {
                    "contraction"
                }
            }
            _ if !before.is_empty() => "expansion",
            _ if first >= span.start => "new",
            _ => "reactivation",
        };
        let rates = (rate(world, currency, span.start_on), rate(world, currency, span.end_on));
        let values = values(movement, opening_local, closing_local, rates, currency);
        rows.insert(*currency, Row { movement, opening_local, closing_local, values });
    }
    balance(&mut rows);
    let segments = opening.or(*closing).zip(closing.or(*opening)).map(|(flow, level)| [flow, level]);
    (rows, segments)
}

fn values(
    movement: &str,
    open: i128,
    close: i128,
    rates: (Option<i128>, Option<i128>),
    currency: &str,
) -> Option<Values> {
    let closing_rate = rates.1?;
    let opening_rate = if open == 0 { rates.0.unwrap_or(closing_rate) } else { rates.0? };
    let opening = cents(open, opening_rate, currency);
    let revalued = cents(open, closing_rate, currency);
    let closing = cents(close, closing_rate, currency);
    let mut values = Values { opening, closing, fx: revalued - opening, ..Values::default() };
    values.closing_constant = cents(close, opening_rate, currency);
    match movement {
        "new" => values.new = closing,
        "reactivation" => values.reactivation = closing,
        "expansion" => values.expansion = closing - revalued,
        "contraction" => values.contraction = revalued - closing,
        "churn" => values.churn = revalued,
        // to be balanced over the account's currencies
        "transfer" => values.transfer = closing - revalued,
        _ => {}
    }
    Some(values)
}

/// What left in one currency and came in others is a transfer as far as both are equal; what is more is expansion, what is
/// less contraction, of the currencies last in the alphabet.
fn balance(rows: &mut BTreeMap<&'static str, Row>) {
    let moved = |rows: &BTreeMap<&str, Row>, sign: i128| -> i128 {
        rows.values().filter_map(|row| row.values).map(|values| (sign * values.transfer).max(0)).sum()
    };
    let both = moved(rows, 1).min(moved(rows, -1));
    let (mut come, mut gone) = (both, both);
    for values in rows.values_mut().filter_map(|row| row.values.as_mut()) {
        if values.transfer > 0 {
            let part = values.transfer.min(come);
            (come, values.expansion) = (come - part, values.expansion + values.transfer - part);
            values.transfer = part;
        } else if values.transfer < 0 {
            let part = (-values.transfer).min(gone);
            (gone, values.contraction) = (gone - part, values.contraction - values.transfer - part);
            values.transfer = -part;
        }
    }
}
