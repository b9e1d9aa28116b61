//! What was promised to accounts, what they gained, what a foreign currency was worth, and why some left.

use jiff::civil::Date;

use super::{
    super::{
        catalog, random,
        time::{self, DAY, Secs},
    },
    World,
    accounts::{Account, Role},
    subscriptions::Subscription,
};

/// The facts the company keeps in files.
#[derive(Debug)]
pub struct Promises {
    pub commitments: Vec<Commitment>,
    pub outcomes: Vec<Outcome>,
    /// First day of a month, and the thousandths of a dollar a euro is worth from then on.
    pub euro: Vec<(Date, i64)>,
    /// Account, day it left, the reason and who wrote it down.
    pub churn_reasons: Vec<(usize, Date, &'static str, &'static str)>,
    pub costs: Vec<Cost>,
    /// First day of a month, and the MRR planned from then on, in dollars.
    pub plan: Vec<(Date, i64)>,
}

/// What serving customers cost, first and last day included.
#[derive(Debug)]
pub struct Cost {
    /// For one account, or for all.
    pub account: Option<usize>,
    pub kind: &'static str,
    pub from: Date,
    pub to: Date,
    /// In cents.
    pub amount: i64,
    pub currency: &'static str,
}

/// Something promised by a day.
#[derive(Debug)]
pub struct Commitment {
    pub account: usize,
    pub kind: &'static str,
    pub promised: Date,
    pub due: Date,
    pub delivered: Option<Date>,
}

/// A benefit an account reported.
#[derive(Debug)]
pub struct Outcome {
    pub account: usize,
    pub on: Date,
    pub kind: &'static str,
    pub amount: i64,
}

/// Draws the promises and all else that no API tells.
pub fn simulate(world: &World, accounts: &[Account], subscriptions: &[Subscription]) -> Promises {
    let mut promises = Promises {
        commitments: Vec::new(),
        outcomes: Vec::new(),
        euro: euro(world),
        churn_reasons: Vec::new(),
        costs: costs(world, accounts),
        plan: plan(world),
    };
    for subscription in subscriptions {
        let account = &accounts[subscription.account];
        let mut rng = random::rng(world.seed, "promise", subscription.account as u64);
        let mut promise = |kind, at: Secs, days: i64, promises: &mut Promises| {
            let promised = time::date(at, &world.zone);
            let due = time::plus_days(promised, days);
            let late = if rng.u32(0..100) < 88 { -rng.i64(0..5) } else { rng.i64(1..15) };
            let delivered = Some(time::plus_days(due, late)).filter(|day| *day >= promised && rng.u32(0..100) < 98);
            promises.commitments.push(Commitment { account: subscription.account, kind, promised, due, delivered });
        };
        let end = subscription.ended().unwrap_or(world.horizon).min(world.horizon);
        if account.counts() && account.plan != catalog::STARTER {
            let signed = subscription.trial_end.unwrap_or(subscription.created);
            if signed < end {
                promise("onboarding", signed, 21, &mut promises);
            }
            let mut at = signed + 60 * DAY;
            while account.plan == catalog::SCALE && at + 30 * DAY < end {
                promise("delivery", at, 30, &mut promises);
                at += 75 * DAY;
            }
        }
        if account.counts() && subscription.account % 3 == 0 {
            let mut at = subscription.created + 90 * DAY;
            while at < end {
                let kind = ["revenue", "cost", "hours"][subscription.account / 3 % 3];
                let seats = i64::from(subscription.states[0].lines[0].1);
                let amount = seats * if kind == "hours" { 6 } else { 240 };
                promises.outcomes.push(Outcome {
                    account: subscription.account,
                    on: time::date(at, &world.zone),
                    kind,
                    amount: amount * (80 + (at / DAY) % 40) / 100,
                });
                at += 91 * DAY;
            }
        }
        if let Some(end) = subscription.ended()
            && account.role != Role::PasserBy
            && account.counts()
            && end < world.horizon
            && subscription.account % 4 == 1
        {
            let reason = subscription.states.last().and_then(|state| state.feedback).unwrap_or("unused");
            promises.churn_reasons.push((subscription.account, time::date(end, &world.zone), reason, account.owner));
        }
    }
    promises
}

fn euro(world: &World) -> Vec<(Date, i64)> {
    let mut rng = random::rng(world.seed, "euro", 0);
    let mut month = time::date(world.born, &world.zone).first_of_month();
    let mut rate = 1_090;
    let mut rates = Vec::new();
    while month <= time::date(world.horizon, &world.zone) {
        rates.push((month, rate));
        rate = (rate + rng.i64(-15..=15)).clamp(1_020, 1_180);
        month = time::plus_days(month, 32).first_of_month();
    }
    rates
}

/// Firsts of the months from the founding to the end of the simulation.
fn months(world: &World) -> impl Iterator<Item = Date> {
    let first = time::date(world.born, &world.zone).first_of_month();
    let last = time::date(world.horizon, &world.zone);
    std::iter::successors(Some(first), |month| Some(time::plus_days(*month, 32).first_of_month()))
        .take_while(move |month| *month <= last)
}

/// Hosting and support for all by the month, and a partner who looks after one account by the quarter.
fn costs(world: &World, accounts: &[Account]) -> Vec<Cost> {
    let mut rng = random::rng(world.seed, "costs", 0);
    let (size, looked_after) = (i64::from(world.accounts), accounts.iter().position(|a| a.role == Role::ManyItems));
    let mut costs = Vec::new();
    for (number, from) in months(world).enumerate() {
        let mut cost = |account, kind, months: i64, amount, currency| {
            let next = (0..months).fold(from, |month, _| time::plus_days(month, 32).first_of_month());
            costs.push(Cost { account, kind, from, to: time::plus_days(next, -1), amount, currency });
        };
        cost(None, "hosting", 1, size * rng.i64(900..1_000), "usd");
        cost(None, "support", 1, size * rng.i64(2_000..2_200), "eur");
        if number % 3 == 0 {
            cost(looked_after, "partner", 3, 100 * rng.i64(500..900), "usd");
        }
    }
    costs
}

/// A little more every month.
fn plan(world: &World) -> Vec<(Date, i64)> {
    let start = time::date(world.start, &world.zone);
    let reported = months(world).filter(|month| *month >= start);
    reported.zip(0..).map(|(month, number)| (month, i64::from(world.accounts) * (440 + number))).collect()
}
