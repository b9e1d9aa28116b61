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
    Period, Segment, TruthRow,
};

/// What an account paid per month just before the two ends of a period, in minor units of its currency.
pub(super) struct Ends {
    pub account: usize,
    pub opening: i64,
    pub closing: i64,
    /// Whether it had ever paid before the period.
    pub before: bool,
    opening_plan: Option<&'static str>,
    closing_plan: Option<&'static str>,
    /// As billing's metadata say; unknown for customers deleted before the first pull.
    region: &'static str,
    pub opening_rate: Decimal,
    pub closing_rate: Decimal,
}

impl Ends {
    fn is_in(&self, segment: Option<Segment>, plan: Option<&'static str>) -> bool {
        match segment {
            Some(("plan", value)) => plan == Some(value),
            Some((_, value)) => self.region == value,
            None => true,
        }
    }

    /// The closing amount in dollars, at the opening rate as quotients take it.
    pub fn closing_constant(&self) -> Decimal {
        valued(self.closing, self.opening_rate)
    }
}

/// The money rows of a period: the total, then each plan and each region.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let all = ends(company, period);
    let plans = company.catalog.products.iter().take(3).map(|product| Some(("plan", product.name)));
    let regions = ["AMER", "EMEA", "APAC", "(none)"].map(|region| Some(("region", region)));
    for segment in std::iter::once(None).chain(plans).chain(regions) {
        // A level belongs to the plan at the end; a movement to the plan at the opening, or where it began.
        let closing: Vec<&Ends> = all.iter().filter(|ends| ends.is_in(segment, ends.closing_plan)).collect();
        let moving: Vec<&Ends> =
            all.iter().filter(|ends| ends.is_in(segment, ends.opening_plan.or(ends.closing_plan))).collect();
        levels(period, &closing, segment, rows);
        walk(period, &moving, segment, rows);
        ratios(period, &moving, segment, rows);
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
pub(super) fn valued(minor: i64, rate: Decimal) -> Decimal {
    (Decimal::new(minor, 2) * rate).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn levels(period: &Period, ends: &[&Ends], segment: Option<Segment>, rows: &mut Vec<TruthRow>) {
    let paying = ends.iter().filter(|ends| ends.closing > 0).count();
    let mrr: Decimal = ends.iter().map(|ends| valued(ends.closing, ends.closing_rate)).sum();
    rows.push(TruthRow::level("mrr", period, mrr, paying).of(segment));
    rows.push(TruthRow::level("arr", period, Decimal::from(12) * mrr, paying).of(segment));
    let constant = ends.iter().map(|ends| ends.closing_constant()).sum();
    rows.push(TruthRow::ratio("arpa", period, constant, Decimal::from(paying), paying).of(segment));
    rows.push(TruthRow::level("paying_accounts", period, Decimal::from(paying), paying).of(segment));
}

/// Opening + fx + new + reactivation + expansion − contraction − churned = closing.
fn walk(period: &Period, ends: &[&Ends], segment: Option<Segment>, rows: &mut Vec<TruthRow>) {
    let opening: Decimal = ends.iter().map(|ends| valued(ends.opening, ends.opening_rate)).sum();
    let closing: Decimal = ends.iter().map(|ends| valued(ends.closing, ends.closing_rate)).sum();
    let revalued: Decimal = ends.iter().map(|ends| valued(ends.opening, ends.closing_rate)).sum();
    let fx = revalued - opening;
    let live = ends.iter().filter(|ends| ends.opening > 0).count();
    rows.push(TruthRow::level("opening_mrr", period, opening, live).of(segment));
    rows.push(TruthRow::level("closing_mrr", period, closing, live).of(segment));
    rows.push(TruthRow::level("fx_mrr", period, fx, live).of(segment));
    type Moves = fn(&Ends) -> bool;
    let kinds: [(&'static str, Moves); 5] = [
        ("new_mrr", |ends| ends.opening == 0 && ends.closing > 0 && !ends.before),
        ("reactivation_mrr", |ends| ends.opening == 0 && ends.closing > 0 && ends.before),
        ("expansion_mrr", |ends| ends.opening > 0 && ends.closing > ends.opening),
        ("contraction_mrr", |ends| ends.closing > 0 && ends.closing < ends.opening),
        ("churned_mrr", |ends| ends.opening > 0 && ends.closing == 0),
    ];
    let change = |ends: &Ends| valued(ends.closing, ends.closing_rate) - valued(ends.opening, ends.closing_rate);
    for (metric, moves) in kinds {
        let moved: Vec<&&Ends> = ends.iter().filter(|ends| moves(ends)).collect();
        let value = moved.iter().map(|ends| change(ends).abs()).sum();
        rows.push(TruthRow::level(metric, period, value, moved.len()).of(segment));
    }
    let moved: Vec<Decimal> = ends.iter().map(|ends| change(ends)).filter(|change| !change.is_zero()).collect();
    let (gained, lost): (Vec<Decimal>, Vec<Decimal>) = moved.iter().partition(|change| change.is_sign_positive());
    rows.push(TruthRow::level("net_new_mrr", period, moved.iter().sum(), moved.len()).of(segment));
    let (above, below): (Decimal, Decimal) = (gained.iter().sum(), lost.iter().sum());
    rows.push(TruthRow::ratio("quick_ratio", period, above, below.abs(), lost.len()).of(segment));
}

/// Ratios are valued at the opening rate throughout.
fn ratios(period: &Period, ends: &[&Ends], segment: Option<Segment>, rows: &mut Vec<TruthRow>) {
    let live: Vec<&&Ends> = ends.iter().filter(|ends| ends.opening > 0).collect();
    let sum =
        |amount: fn(&Ends) -> i64| -> Decimal { live.iter().map(|ends| valued(amount(ends), ends.opening_rate)).sum() };
    let (n, opening) = (live.len(), sum(|ends| ends.opening));
    let kept = sum(|ends| ends.closing.min(ends.opening));
    let lost = live.iter().filter(|ends| ends.closing == 0).count();
    let mut add = |metric, above, below| rows.push(TruthRow::ratio(metric, period, above, below, n).of(segment));
    add("gross_mrr_churn", opening - kept, opening);
    add("grr", kept, opening);
    add("nrr", sum(|ends| ends.closing), opening);
    add("net_mrr_churn", opening - sum(|ends| ends.closing), opening);
    add("customer_churn", Decimal::from(lost), Decimal::from(n));
}

/// Every account that counts, whether it paid or not.
pub(super) fn ends(company: &Company, period: &Period) -> Vec<Ends> {
    let mut per_account: Vec<Vec<&Subscription>> = vec![Vec::new(); company.accounts.len()];
    for subscription in &company.subscriptions {
        per_account[subscription.account].push(subscription);
    }
    let accounts = company.accounts.iter().zip(per_account).enumerate().filter(|(_, (account, _))| account.counts());
    let ends = accounts.map(|(number, (account, subscriptions))| {
        // The left limit: the last whole second before the end.
        let (before, last) = (period.start - 1, period.end - 1);
        let mrr = |at| subscriptions.iter().map(|subscription| mrr(company, subscription, at)).sum::<i64>();
        let plan = |at| subscriptions.iter().find_map(|subscription| plan(company, subscription, at));
        Ends {
            account: number,
            opening: mrr(before),
            closing: mrr(last),
            before: subscriptions.iter().any(|subscription| paid_before(company, subscription, period.start)),
            opening_plan: plan(before),
            closing_plan: plan(last),
            region: if is_listed(company, number) { account.region } else { "(none)" },
            opening_rate: rate(company, account.currency, before),
            closing_rate: rate(company, account.currency, last),
        }
    });
    ends.collect()
}

/// Whether billing still knew the customer at the first pull.
pub(super) fn is_listed(company: &Company, account: usize) -> bool {
    company.deleted_at(account).is_none_or(|gone| gone > company.world.end)
}

/// Accounts that count and pay something just before an instant.
pub fn paying(company: &Company, end: Secs) -> HashSet<usize> {
    let paid = company.subscriptions.iter().filter(|subscription| mrr(company, subscription, end - 1) > 0);
    paid.map(|subscription| subscription.account).filter(|account| company.accounts[*account].counts()).collect()
}

pub(super) fn worth(company: &Company, subscription: &Subscription, state: &State) -> i64 {
    if !matches!(state.status, Status::Active | Status::PastDue) {
        return 0;
    }
    // Only a lasting discount lowers recurring revenue.
    let coupon = subscription.discount.as_ref().map(|discount| &company.catalog.coupons[discount.coupon]);
    let percent = coupon.filter(|coupon| coupon.duration == Duration::Forever).map_or(0, |coupon| coupon.percent);
    state.lines.iter().map(|(price, quantity)| company.catalog.prices[*price].monthly(*quantity, percent)).sum()
}

pub(super) fn mrr(company: &Company, subscription: &Subscription, at: Secs) -> i64 {
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
pub(super) fn rate(company: &Company, currency: &str, at: Secs) -> Decimal {
    if currency == "usd" {
        return Decimal::ONE;
    }
    let day = time::date(at, &company.world.zone);
    let known = company.promises.euro.iter().rev().find(|(month, _)| *month <= day);
    known.or(company.promises.euro.first()).map_or(Decimal::ONE, |(_, rate)| Decimal::new(*rate, 3))
}
