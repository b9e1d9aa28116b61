//! Recurring revenue: levels, the walk between the ends of a period, and the ratios.

use std::collections::{BTreeMap, HashSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    super::{
        Company,
        catalog::Duration,
        simulate::subscriptions::{State, Status, Subscription},
        time::{self, Secs},
    },
    Period, TruthRow,
};

/// What an account paid per month just before the two ends of a period, in minor units of its currency.
struct Ends {
    opening: i64,
    closing: i64,
    /// Whether it had ever paid before the period.
    before: bool,
    opening_plan: Option<&'static str>,
    closing_plan: Option<&'static str>,
    opening_rate: Decimal,
    closing_rate: Decimal,
}

/// The money rows of a period: the total, then each plan.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let all = ends(company, period);
    let plans = company.catalog.products.iter().take(3).map(|product| Some(product.name));
    for plan in std::iter::once(None).chain(plans) {
        // A level belongs to the plan at the end; a movement to the plan at the opening, or where it began.
        let closing: Vec<&Ends> = all.iter().filter(|ends| plan.is_none() || ends.closing_plan == plan).collect();
        let moving: Vec<&Ends> =
            all.iter().filter(|ends| plan.is_none() || ends.opening_plan.or(ends.closing_plan) == plan).collect();
        levels(period, &closing, plan, rows);
        walk(period, &moving, plan, rows);
        ratios(period, &moving, plan, rows);
    }
    let issued = company.billing.invoices.iter().filter(|invoice| {
        let account = company.subscriptions[invoice.subscription].account;
        company.accounts[account].counts() && period.holds(invoice.finalized)
    });
    let issued = issued.count();
    rows.push(TruthRow::level("invoices_issued", period, Decimal::from(issued), issued));
}

/// What an account pays for.
pub struct Standing {
    pub plan: &'static str,
    pub seats: i64,
}

/// The accounts that pay at an instant.
pub fn standing(company: &Company, at: Secs) -> BTreeMap<usize, Standing> {
    let mut standing: BTreeMap<usize, Standing> = BTreeMap::new();
    for subscription in company.subscriptions.iter().filter(|s| company.accounts[s.account].counts()) {
        let (Some(plan), Some(state)) = (plan(company, subscription, at), subscription.state(at)) else { continue };
        let seats: i64 = state.lines.iter().map(|(_, quantity)| i64::from(*quantity)).sum();
        standing.entry(subscription.account).or_insert(Standing { plan, seats: 0 }).seats += seats;
    }
    standing
}

/// When each account first paid.
pub fn first_paid(company: &Company) -> BTreeMap<usize, Secs> {
    let mut first: BTreeMap<usize, Secs> = BTreeMap::new();
    for subscription in company.subscriptions.iter().filter(|s| company.accounts[s.account].counts()) {
        let mut paid = subscription.states.iter().filter(|state| worth(company, subscription, state) > 0);
        if let Some(state) = paid.next() {
            let at = first.entry(subscription.account).or_insert(state.at);
            *at = state.at.min(*at);
        }
    }
    first
}

/// The invoices of a period that were right, as known at an instant.
pub fn invoice_accuracy(company: &Company, period: &Period, as_of: Secs) -> TruthRow {
    let credited: HashSet<usize> =
        company.billing.credit_notes.iter().filter(|note| note.created <= as_of).map(|note| note.invoice).collect();
    let issued = company.billing.invoices.iter().enumerate().filter(|(_, invoice)| {
        company.accounts[company.subscriptions[invoice.subscription].account].counts()
            && period.holds(invoice.finalized)
    });
    let (mut right, mut all) = (0, 0);
    for (position, invoice) in issued {
        all += 1;
        right += usize::from(!credited.contains(&position) && invoice.voided.is_none_or(|at| at > as_of));
    }
    TruthRow::ratio("invoice_accuracy", period, Decimal::from(right), Decimal::from(all), all)
}

/// An amount in dollars at a rate, rounded once per account to the cent.
fn valued(minor: i64, rate: Decimal) -> Decimal {
    (Decimal::new(minor, 2) * rate).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn levels(period: &Period, ends: &[&Ends], plan: Option<&'static str>, rows: &mut Vec<TruthRow>) {
    let paying = ends.iter().filter(|ends| ends.closing > 0).count();
    let mrr: Decimal = ends.iter().map(|ends| valued(ends.closing, ends.closing_rate)).sum();
    rows.push(TruthRow::level("mrr", period, mrr, paying).of_plan(plan));
    rows.push(TruthRow::level("paying_accounts", period, Decimal::from(paying), paying).of_plan(plan));
}

/// Opening + fx + new + reactivation + expansion − contraction − churned = closing.
fn walk(period: &Period, ends: &[&Ends], plan: Option<&'static str>, rows: &mut Vec<TruthRow>) {
    let opening: Decimal = ends.iter().map(|ends| valued(ends.opening, ends.opening_rate)).sum();
    let closing: Decimal = ends.iter().map(|ends| valued(ends.closing, ends.closing_rate)).sum();
    let revalued: Decimal = ends.iter().map(|ends| valued(ends.opening, ends.closing_rate)).sum();
    let fx = revalued - opening;
    let live = ends.iter().filter(|ends| ends.opening > 0).count();
    rows.push(TruthRow::level("opening_mrr", period, opening, live).of_plan(plan));
    rows.push(TruthRow::level("closing_mrr", period, closing, live).of_plan(plan));
    rows.push(TruthRow::level("fx_mrr", period, fx, live).of_plan(plan));
    type Moves = fn(&Ends) -> bool;
    let kinds: [(&'static str, Moves); 5] = [
        ("new_mrr", |ends| ends.opening == 0 && ends.closing > 0 && !ends.before),
        ("reactivation_mrr", |ends| ends.opening == 0 && ends.closing > 0 && ends.before),
        ("expansion_mrr", |ends| ends.opening > 0 && ends.closing > ends.opening),
        ("contraction_mrr", |ends| ends.closing > 0 && ends.closing < ends.opening),
        ("churned_mrr", |ends| ends.opening > 0 && ends.closing == 0),
    ];
    for (metric, moves) in kinds {
        let moved: Vec<&&Ends> = ends.iter().filter(|ends| moves(ends)).collect();
        let change = |ends: &Ends| valued(ends.closing, ends.closing_rate) - valued(ends.opening, ends.closing_rate);
        let value = moved.iter().map(|ends| change(ends).abs()).sum();
        rows.push(TruthRow::level(metric, period, value, moved.len()).of_plan(plan));
    }
}

/// Ratios are valued at the opening rate throughout.
fn ratios(period: &Period, ends: &[&Ends], plan: Option<&'static str>, rows: &mut Vec<TruthRow>) {
    let live: Vec<&&Ends> = ends.iter().filter(|ends| ends.opening > 0).collect();
    let sum =
        |amount: fn(&Ends) -> i64| -> Decimal { live.iter().map(|ends| valued(amount(ends), ends.opening_rate)).sum() };
    let (n, opening) = (live.len(), sum(|ends| ends.opening));
    let kept = sum(|ends| ends.closing.min(ends.opening));
    let lost = live.iter().filter(|ends| ends.closing == 0).count();
    let mut add = |metric, above, below| rows.push(TruthRow::ratio(metric, period, above, below, n).of_plan(plan));
    add("gross_mrr_churn", opening - kept, opening);
    add("grr", kept, opening);
    add("nrr", sum(|ends| ends.closing), opening);
    add("customer_churn", Decimal::from(lost), Decimal::from(n));
}

fn ends(company: &Company, period: &Period) -> Vec<Ends> {
    let mut per_account: Vec<Vec<&Subscription>> = vec![Vec::new(); company.accounts.len()];
    for subscription in &company.subscriptions {
        per_account[subscription.account].push(subscription);
    }
    let accounts = company.accounts.iter().zip(per_account).filter(|(account, _)| account.counts());
    let ends = accounts.map(|(account, subscriptions)| {
        // The left limit: the last whole second before the end.
        let (before, last) = (period.start - 1, period.end - 1);
        let mrr = |at| subscriptions.iter().map(|subscription| mrr(company, subscription, at)).sum::<i64>();
        let plan = |at| subscriptions.iter().find_map(|subscription| plan(company, subscription, at));
        Ends {
            opening: mrr(before),
            closing: mrr(last),
            before: subscriptions.iter().any(|subscription| paid_before(company, subscription, period.start)),
            opening_plan: plan(before),
            closing_plan: plan(last),
            opening_rate: rate(company, account.currency, before),
            closing_rate: rate(company, account.currency, last),
        }
    });
    ends.collect()
}

fn worth(company: &Company, subscription: &Subscription, state: &State) -> i64 {
    if !matches!(state.status, Status::Active | Status::PastDue) {
        return 0;
    }
    // Only a lasting discount lowers recurring revenue.
    let coupon = subscription.discount.as_ref().map(|discount| &company.catalog.coupons[discount.coupon]);
    let percent = coupon.filter(|coupon| coupon.duration == Duration::Forever).map_or(0, |coupon| coupon.percent);
    state.lines.iter().map(|(price, quantity)| company.catalog.prices[*price].monthly(*quantity, percent)).sum()
}

fn mrr(company: &Company, subscription: &Subscription, at: Secs) -> i64 {
    subscription.state(at).map_or(0, |state| worth(company, subscription, state))
}

fn plan(company: &Company, subscription: &Subscription, at: Secs) -> Option<&'static str> {
    let state = subscription.state(at).filter(|state| worth(company, subscription, state) > 0)?;
    Some(company.catalog.products[company.catalog.prices[state.lines[0].0].product].name)
}

fn paid_before(company: &Company, subscription: &Subscription, at: Secs) -> bool {
    subscription.states.iter().any(|state| state.at < at && worth(company, subscription, state) > 0)
}

/// Dollars per unit of a currency: the newest monthly rate that had begun.
fn rate(company: &Company, currency: &str, at: Secs) -> Decimal {
    if currency == "usd" {
        return Decimal::ONE;
    }
    let day = time::date(at, &company.world.zone);
    let known = company.promises.euro.iter().rev().find(|(month, _)| *month <= day);
    known.or(company.promises.euro.first()).map_or(Decimal::ONE, |(_, rate)| Decimal::new(*rate, 3))
}
