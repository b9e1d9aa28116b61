//! What each account subscribed to over time, as the states a subscription went through.

use fastrand::Rng;

use super::{
    super::{
        catalog::{self, Catalog, Duration},
        random,
        time::{self, DAY, HOUR, Secs, WEEK},
    },
    World,
    accounts::{Account, Role},
};

/// A subscription and its history.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: String,
    pub account: usize,
    pub created: Secs,
    pub currency: &'static str,
    pub months: i64,
    pub trial_end: Option<Secs>,
    /// One id per item; items never come or go, only their price and quantity change.
    pub items: Vec<String>,
    /// In order of time; never empty.
    pub states: Vec<State>,
    /// Starts of the billing periods, up to the first after the simulation.
    pub bounds: Vec<Secs>,
    pub discount: Option<Discount>,
}

/// A discount on a subscription: from `start`, to `end` if it ends.
#[derive(Debug, Clone)]
pub struct Discount {
    pub id: String,
    pub coupon: usize,
    pub start: Secs,
    pub end: Option<Secs>,
}

/// Stripe's subscription status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Trialing,
    Active,
    PastDue,
    Canceled,
}

/// What a subscription is from `at` on.
#[derive(Debug, Clone)]
pub struct State {
    pub at: Secs,
    pub status: Status,
    /// Price and quantity of each item.
    pub lines: Vec<(usize, u32)>,
    /// Set while a cancellation at the period's end is scheduled, and after.
    pub cancel_at: Option<Secs>,
    pub canceled_at: Option<Secs>,
    pub ended_at: Option<Secs>,
    pub reason: Option<&'static str>,
    pub feedback: Option<&'static str>,
    /// Whether the change from the state before is prorated on an invoice.
    pub prorated: bool,
}

impl Subscription {
    /// The state in force at an instant.
    pub fn state(&self, at: Secs) -> Option<&State> {
        self.states.partition_point(|state| state.at <= at).checked_sub(1).map(|last| &self.states[last])
    }

    /// The billing period that contains an instant, the trial being the first.
    pub fn period(&self, at: Secs) -> (Secs, Secs) {
        let next = self.bounds.partition_point(|bound| *bound <= at);
        let end = self.bounds.get(next).or(self.bounds.last()).copied().unwrap_or(at);
        (next.checked_sub(1).map_or(self.created, |last| self.bounds[last]), end)
    }

    /// When it truly ended.
    pub fn ended(&self) -> Option<Secs> {
        self.states.last().and_then(|state| state.ended_at)
    }

    /// The percentage off at an instant.
    pub fn percent(&self, catalog: &Catalog, at: Secs) -> i64 {
        self.discount_at(at).map_or(0, |discount| catalog.coupons[discount.coupon].percent)
    }

    /// The discount in force at an instant.
    pub fn discount_at(&self, at: Secs) -> Option<&Discount> {
        self.discount.as_ref().filter(|discount| discount.start <= at && discount.end.is_none_or(|end| at < end))
    }

    /// Changes the state from `at` on, keeping what comes later.
    pub fn change(&mut self, at: Secs, change: impl FnOnce(&mut State)) {
        let position = self.states.partition_point(|state| state.at <= at);
        let Some(mut state) = position.checked_sub(1).map(|last| self.states[last].clone()) else { return };
        state.at = at;
        state.prorated = false;
        change(&mut state);
        self.states.insert(position, state);
    }

    /// Ends it at `at`, forgetting whatever was to come.
    pub fn cut(&mut self, at: Secs, reason: &'static str, feedback: Option<&'static str>) {
        self.states.retain(|state| state.at < at);
        self.change(at, |state| {
            state.status = Status::Canceled;
            state.canceled_at = Some(state.canceled_at.unwrap_or(at));
            state.ended_at = Some(at);
            state.reason = Some(reason);
            state.feedback = feedback.or(state.feedback);
        });
    }
}

/// Draws the subscriptions of every account, before payments have their say.
pub fn simulate(world: &World, catalog: &Catalog, accounts: &[Account]) -> Vec<Subscription> {
    let mut all = Vec::new();
    for (number, account) in accounts.iter().enumerate() {
        match (account.role, &world.story) {
            (Role::Returner, Some(story)) => {
                let mut first = found(world, catalog, account, number, account.joined, all.len());
                first.cut(story.returner.0, "cancellation_requested", Some("switched_service"));
                all.push(first);
                all.push(found(world, catalog, account, number, story.returner.1, all.len()));
            }
            (Role::PasserBy, Some(story)) => {
                let mut only = found(world, catalog, account, number, account.joined, all.len());
                only.cut(story.passer_by.1, "cancellation_requested", Some("unused"));
                all.push(only);
            }
            _ => {
                let mut subscription = found(world, catalog, account, number, account.joined, all.len());
                if account.role == Role::Ordinary {
                    live(world, catalog, account, number, &mut subscription);
                }
                all.push(subscription);
            }
        }
    }
    all
}

fn found(
    world: &World,
    catalog: &Catalog,
    account: &Account,
    number: usize,
    created: Secs,
    serial: usize,
) -> Subscription {
    let months = if account.annual { 12 } else { 1 };
    let mut lines = vec![(catalog.price(account.plan, account.currency, months, created), account.seats)];
    if account.role == Role::ManyItems {
        lines.extend(catalog.add_ons().zip([1001, 3, 2, 5, 1, 4, 2, 6, 1, 2, 3]));
    }
    let trial_end = account.trial.then_some(created + 14 * DAY);
    let anchor = trial_end.unwrap_or(created);
    let mut bounds: Vec<Secs> = Vec::new();
    for cycle in 0.. {
        bounds.push(time::plus_months(anchor, cycle * months));
        if bounds.last().is_some_and(|last| *last > world.horizon) {
            break;
        }
    }
    let serial = serial as u64;
    let discount = account.coupon.map(|coupon| Discount {
        id: random::id(world.seed, "di_1", serial, 23),
        coupon,
        start: created,
        end: match catalog.coupons[coupon].duration {
            Duration::Forever => None,
            // Used up by the first invoice that costs something.
            Duration::Once => Some(anchor + 2 * HOUR),
            Duration::Months(months) => Some(time::plus_months(created, months)),
        },
    });
    let state = State {
        at: created,
        status: if trial_end.is_some() { Status::Trialing } else { Status::Active },
        lines,
        cancel_at: None,
        canceled_at: None,
        ended_at: None,
        reason: None,
        feedback: None,
        prorated: false,
    };
    let mut subscription = Subscription {
        id: random::id(world.seed, "sub_1", serial, 23),
        account: number,
        created,
        currency: account.currency,
        months,
        trial_end,
        items: (0..state.lines.len())
            .map(|item| random::id(world.seed, "si_", serial * 100 + item as u64, 14))
            .collect(),
        states: vec![state],
        bounds,
        discount,
    };
    if let Some(end) = trial_end {
        subscription.change(end, |state| state.status = Status::Active);
    }
    subscription
}

const FEEDBACK: [Option<&str>; 9] = [
    None,
    None,
    None,
    None,
    Some("missing_features"),
    Some("too_complex"),
    Some("unused"),
    Some("customer_service"),
    Some("low_quality"),
];

/// The weekly hazards of an ordinary account, until it leaves.
fn live(world: &World, catalog: &Catalog, account: &Account, number: usize, subscription: &mut Subscription) {
    let mut rng = random::rng(world.seed, "life", number as u64);
    if let Some(end) = subscription.trial_end
        && !account.converts
    {
        subscription.change(account.joined + 3 * DAY + rng.i64(0..9 * DAY), |state| {
            state.cancel_at = Some(end);
            state.canceled_at = Some(state.at);
            state.reason = Some("cancellation_requested");
        });
        subscription.cut(end, "cancellation_requested", None);
        return;
    }
    let first = subscription.trial_end.unwrap_or(subscription.created);
    let (mut rises_at, leaves_over_price) = price_rise(world, account, subscription, first, &mut rng);
    let mut week = first;
    while week < world.horizon {
        let at = week + rng.i64(HOUR..WEEK - HOUR);
        // A weekly hazard of 0.16 % is 0.7 % a month; failed payments add the rest of the churn.
        let draw = rng.u32(0..100_000);
        let plan_change = rng.u32(0..100_000);
        week += WEEK;
        if let Some(rise) = rises_at.take_if(|rise| *rise <= at) {
            raise(catalog, account, subscription, rise);
        }
        if let Some(leave) = leaves_over_price
            && leave < week
        {
            leave_at(subscription, leave, Some("too_expensive"), &mut rng);
            return;
        }
        match draw {
            0..190 => {
                leave_at(subscription, at, FEEDBACK[rng.usize(0..FEEDBACK.len())], &mut rng);
                return;
            }
            190..790 => seats(subscription, at, |seats| seats + 1 + seats * 15 / 100),
            790..1_090 if !account.annual => seats(subscription, at, |seats| seats - seats * 20 / 100),
            _ => {}
        }
        if plan_change < 90 {
            let next = (account.plan + 1).min(catalog::SCALE);
            let price = catalog.price(next, account.currency, subscription.months, at);
            if subscription.state(at).is_some_and(|state| catalog.prices[state.lines[0].0].product < next) {
                subscription.change(at, |state| {
                    state.lines[0].0 = price;
                    state.prorated = true;
                });
            }
        }
    }
}

fn seats(subscription: &mut Subscription, at: Secs, change: impl FnOnce(u32) -> u32) {
    subscription.change(at, |state| {
        let before = state.lines[0].1;
        state.lines[0].1 = change(before).max(1);
        state.prorated = state.lines[0].1 != before;
    });
    // A change to the same number is no change.
    if let [.., last] = subscription.states.as_slice()
        && last.at == at
        && !last.prorated
    {
        subscription.states.pop();
    }
}

/// When a Starter account's price rises (at its first renewal after the announcement), and when it leaves over it.
fn price_rise(
    world: &World,
    account: &Account,
    subscription: &Subscription,
    first: Secs,
    rng: &mut Rng,
) -> (Option<Secs>, Option<Secs>) {
    let Some(story) = world.story.as_ref().filter(|story| first < story.price_rise - WEEK) else { return (None, None) };
    if account.plan != catalog::STARTER {
        return (None, None);
    }
    let (_, rise) = subscription.period(story.price_rise);
    let leaves = account.seats <= 5 && rng.u32(0..100) < 38;
    (Some(rise), leaves.then(|| story.price_rise + rng.i64(2 * WEEK..6 * WEEK)))
}

/// Moves an account still on Starter to the newest price.
fn raise(catalog: &Catalog, account: &Account, subscription: &mut Subscription, at: Secs) {
    let price = catalog.price(catalog::STARTER, account.currency, subscription.months, at);
    if subscription.state(at).is_some_and(|state| catalog.prices[state.lines[0].0].product == catalog::STARTER) {
        subscription.change(at, |state| state.lines[0].0 = price);
    }
}

/// Leaves at once, or more often at the end of the period paid for.
fn leave_at(subscription: &mut Subscription, at: Secs, feedback: Option<&'static str>, rng: &mut Rng) {
    subscription.states.retain(|state| state.at < at);
    if rng.u32(0..100) < 30 {
        subscription.cut(at, "cancellation_requested", feedback);
        return;
    }
    let (_, end) = subscription.period(at);
    subscription.change(at, |state| {
        state.cancel_at = Some(end);
        state.canceled_at = Some(at);
        state.reason = Some("cancellation_requested");
        state.feedback = feedback;
    });
    subscription.cut(end, "cancellation_requested", feedback);
}

/// When each account has access: from joining to the end of its last subscription, with its seats.
pub fn lives(world: &World, accounts: usize, subscriptions: &[Subscription]) -> Vec<Vec<(Secs, Secs, u32)>> {
    let mut lives = vec![Vec::new(); accounts];
    for subscription in subscriptions {
        let end = subscription.ended().unwrap_or(world.horizon).min(world.horizon);
        let seats = subscription.states[0].lines[0].1;
        lives[subscription.account].push((subscription.created, end, seats));
    }
    lives
}
