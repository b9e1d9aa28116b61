//! What became of accounts and their subscriptions: trials, first months, renewals, owners, size and fit.

use std::collections::BTreeMap;

use jiff::ToSpan;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    super::{
        Company,
        catalog::STARTER,
        simulate::subscriptions::{State, Subscription},
        time::{self, Secs},
    },
    Period, TruthRow,
    money::{self, Ends},
};

/// The rows of a period.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let ends = money::ends(company, period);
    let paying: Vec<&Ends> = ends.iter().filter(|ends| ends.closing > 0).collect();
    trials(company, period, rows);
    first_months(company, period, rows);
    renewals(company, period, rows);
    owners(company, period, &paying, rows);
    concentration(period, &paying, rows);
    against_plan(company, period, &paying, rows);
    fit(company, period, &ends, rows);
    reasons(company, period, &ends, rows);
    value(company, period, &paying, rows);
}

fn share(metric: &'static str, period: &Period, above: usize, below: usize) -> TruthRow {
    TruthRow::ratio(metric, period, Decimal::from(above), Decimal::from(below), below)
}

fn counting(company: &Company) -> impl Iterator<Item = &Subscription> {
    company.subscriptions.iter().filter(|subscription| company.accounts[subscription.account].counts())
}

fn trials(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let (mut converted, mut ended) = (0, 0);
    for subscription in counting(company) {
        let Some(trial_end) = subscription.trial_end else { continue };
        let decided = subscription.ended().map_or(trial_end, |end| end.min(trial_end));
        if period.holds(decided) {
            ended += 1;
            let mut paid = subscription.states.iter().filter(|state| money::worth(company, subscription, state) > 0);
            let soon = paid.any(|state| decided <= state.at && state.at < decided + time::DAY);
            converted += usize::from(soon || money::mrr(company, subscription, decided) > 0);
        }
    }
    rows.push(share("trial_conversion", period, converted, ended));
}

/// States of an account's subscriptions in which it paid.
fn paid(company: &Company, account: usize) -> impl Iterator<Item = (&Subscription, &State)> {
    let mine = company.subscriptions.iter().filter(move |subscription| subscription.account == account);
    mine.flat_map(|subscription| subscription.states.iter().map(move |state| (subscription, state)))
        .filter(|(subscription, state)| money::worth(company, subscription, state) > 0)
}

fn mrr(company: &Company, account: usize, at: Secs) -> i64 {
    let mine = company.subscriptions.iter().filter(|subscription| subscription.account == account);
    mine.map(|subscription| money::mrr(company, subscription, at)).sum()
}

fn first_months(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let zone = &company.world.zone;
    let (mut gone, mut decided) = (0, 0);
    for (number, _) in company.accounts.iter().enumerate().filter(|(_, account)| account.counts()) {
        let Some(first) = paid(company, number).map(|(_, state)| state.at).min() else { continue };
        let at = time::midnight(time::plus_days(time::date(first, zone), 90), zone);
        if period.holds(at) {
            decided += 1;
            gone += usize::from(mrr(company, number, at - 1) == 0);
        }
    }
    rows.push(share("early_churn", period, gone, decided));
}

fn renewals(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let horizon = time::plus_days(period.until, 90);
    let due = counting(company).filter(|subscription| subscription.months == 12).filter_map(|subscription| {
        let last = period.end - 1;
        let (_, ends) = subscription.period(last);
        let worth = money::mrr(company, subscription, last);
        let currency = subscription.currency;
        (worth > 0 && time::date(ends, &company.world.zone) < horizon)
            .then(|| money::valued(worth, money::rate(company, currency, last)))
    });
    let due: Vec<Decimal> = due.collect();
    rows.push(TruthRow::level("renewals_due_90d", period, due.iter().sum(), due.len()));
}

fn owners(company: &Company, period: &Period, paying: &[&Ends], rows: &mut Vec<TruthRow>) {
    let known: Vec<_> = paying.iter().filter(|ends| money::is_listed(company, ends.account)).collect();
    let alone = known.iter().filter(|ends| company.accounts[ends.account].owner_before(period.end).is_none());
    rows.push(share("accounts_without_owner", period, alone.count(), known.len()));
}

fn concentration(period: &Period, paying: &[&Ends], rows: &mut Vec<TruthRow>) {
    let mut sizes: Vec<Decimal> = paying.iter().map(|ends| ends.closing_constant()).collect();
    sizes.sort_unstable();
    let (all, top) = (sizes.iter().sum(), sizes.iter().rev().take(10).sum());
    rows.push(TruthRow::ratio("top10_concentration", period, top, all, paying.len()));
}

fn against_plan(company: &Company, period: &Period, paying: &[&Ends], rows: &mut Vec<TruthRow>) {
    let planned = company.promises.plan.iter().rev().find(|(from, _)| *from < period.until);
    if let Some((_, planned)) = planned {
        let mrr = paying.iter().map(|ends| money::valued(ends.closing, ends.closing_rate)).sum();
        rows.push(TruthRow::ratio("mrr_vs_plan", period, mrr, Decimal::from(*planned), paying.len()));
    }
}

/// The profile of the shipped configuration: the plan weighs two thirds and sixty of a hundred are asked for, so the plan an
/// account began on decides.
fn is_good_fit(company: &Company, account: usize) -> bool {
    let first = paid(company, account).min_by_key(|(_, state)| state.at);
    first.is_some_and(|(_, state)| company.catalog.prices[state.lines[0].0].product != STARTER)
}

fn fit(company: &Company, period: &Period, ends: &[Ends], rows: &mut Vec<TruthRow>) {
    let (good, bad): (Vec<&Ends>, Vec<&Ends>) = ends.iter().partition(|ends| is_good_fit(company, ends.account));
    let paying = good.iter().filter(|ends| ends.closing > 0).count();
    let all = ends.iter().filter(|ends| ends.closing > 0).count();
    rows.push(share("good_fit_account_share", period, paying, all));
    let new = |side: &[&Ends]| -> Vec<Decimal> {
        let new = side.iter().filter(|ends| ends.closing > 0 && ends.opening == 0 && !ends.before);
        new.map(|ends| money::valued(ends.closing, ends.closing_rate)).collect()
    };
    let (fitting, others) = (new(&good), new(&bad));
    let (above, below) = (fitting.iter().sum(), fitting.iter().chain(&others).sum());
    let joined = fitting.len() + others.len();
    rows.push(TruthRow::ratio("good_fit_new_mrr_share", period, above, below, joined));
    let lost = |side: &[&Ends]| {
        let live: Vec<_> = side.iter().filter(|ends| ends.opening > 0).collect();
        let opening: Decimal = live.iter().map(|ends| money::valued(ends.opening, ends.opening_rate)).sum();
        let kept: Decimal =
            live.iter().map(|ends| money::valued(ends.closing.min(ends.opening), ends.opening_rate)).sum();
        (opening - kept).checked_div(opening).map(|rate| (rate, live.len()))
    };
    if let (Some((bad, few)), Some((good, many))) = (lost(&bad), lost(&good)) {
        let round = |rate: Decimal| rate.round_dp_with_strategy(12, RoundingStrategy::MidpointAwayFromZero);
        rows.push(TruthRow::level("bad_fit_churn_gap", period, round(bad) - round(good), few.min(many)));
    }
}

/// Why an account left in a period: its owner's word, else billing's.
fn reason(company: &Company, account: usize, period: &Period) -> Option<&'static str> {
    let mut told = company.promises.churn_reasons.iter().rev();
    let told = told.find(|(who, day, ..)| *who == account && period.first <= *day && *day < period.until);
    let billed = || {
        let mut mine = company.subscriptions.iter().rev().filter(|subscription| subscription.account == account);
        let ended = mine.find(|subscription| subscription.ended().is_some_and(|end| period.holds(end)))?;
        let last = ended.states.last()?;
        if last.reason == Some("payment_failed") { last.reason } else { last.feedback }
    };
    told.map(|(_, _, reason, _)| *reason).or_else(billed)
}

fn reasons(company: &Company, period: &Period, ends: &[Ends], rows: &mut Vec<TruthRow>) {
    let left: Vec<(Decimal, Option<&str>)> = ends
        .iter()
        .filter(|ends| ends.opening > 0 && ends.closing == 0)
        .map(|ends| (money::valued(ends.opening, ends.closing_rate), reason(company, ends.account, period)))
        .collect();
    let all: Decimal = left.iter().map(|(lost, _)| lost).sum();
    let sum =
        |is_it: fn(&str) -> bool| left.iter().filter(|(_, why)| why.is_some_and(is_it)).map(|(lost, _)| lost).sum();
    let involuntary = sum(|reason| reason == "payment_failed");
    rows.push(TruthRow::ratio("involuntary_churn_share", period, involuntary, all, left.len()));
    rows.push(TruthRow::ratio("attributed_churn_share", period, sum(|_| true), all, left.len()));
}

/// What an hour is worth in the shipped configuration.
const HOUR: i64 = 50;

fn value(company: &Company, period: &Period, paying: &[&Ends], rows: &mut Vec<TruthRow>) {
    let outcomes = &company.promises.outcomes;
    let told = |ends: &&&Ends| outcomes.iter().any(|o| o.account == ends.account && o.on < period.until);
    let known: Decimal = paying.iter().filter(told).map(|ends| ends.closing_constant()).sum();
    let all = paying.iter().map(|ends| ends.closing_constant()).sum();
    rows.push(TruthRow::ratio("value_coverage", period, known, all, paying.len()));

    let year = period.until.saturating_sub(12.months());
    let mut gained: BTreeMap<usize, i64> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| year <= outcome.on && outcome.on < period.until) {
        let worth = outcome.amount * if outcome.kind == "hours" { HOUR } else { 1 };
        *gained.entry(outcome.account).or_default() += if outcome.on < period.first { 0 } else { worth };
    }
    let (mut above, mut below, mut accounts) = (Decimal::ZERO, Decimal::ZERO, 0);
    for (account, gained) in gained {
        let cost = paid_over(company, account, period);
        if !cost.is_zero() {
            accounts += 1;
            above += Decimal::from(gained) - cost;
            below += cost;
        }
    }
    rows.push(TruthRow::ratio("net_value_per_mrr", period, above, below, accounts));
}

/// MRR for the time it was in force, a month being 365/12 days, in dollars.
fn paid_over(company: &Company, account: usize, period: &Period) -> Decimal {
    let mut total = 0_i64;
    for subscription in company.subscriptions.iter().filter(|subscription| subscription.account == account) {
        for (position, state) in subscription.states.iter().enumerate() {
            let until = subscription.states.get(position + 1).map_or(period.end, |next| next.at).min(period.end);
            let seconds = until - state.at.max(period.start);
            if seconds > 0 {
                total += money::worth(company, subscription, state) * seconds;
            }
        }
    }
    let rate = money::rate(company, company.accounts[account].currency, period.end - 1);
    let dollars = Decimal::from(total) * Decimal::from(12) * rate / Decimal::from(365 * 86_400 * 100_i64);
    dollars.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
