//! Histories from a seed. Equal seeds give equal histories, whatever the number of accounts.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{
    Account, BEGIN, CURRENCIES, Coupon, Discount, EVENTS_FROM, Item, Price, SECOND_PULL, State, Subscription, World,
    midnight, seconds,
};

const DAY: i64 = 86_400;

/// Price and interval of each price of a currency, cheapest unit first: millionths of a minor unit.
const TARIFF: [(i128, (&str, i64)); 16] = [
    (1_900_000_000, ("month", 1)),
    (4_999_000_000, ("month", 1)),
    (333_000_000, ("month", 1)),
    (12_500_000_000, ("month", 1)),
    (10_000_000_000, ("year", 1)),
    (119_988_000_000, ("year", 1)),
    (100_000_000_000, ("year", 2)),
    (10_000_000_000, ("month", 3)),
    (27_450_000_000, ("month", 6)),
    (1_000_000_000, ("week", 1)),
    (1_999_000_000, ("week", 2)),
    (777_000_000, ("day", 10)),
    (370_500, ("month", 1)),
    (500_000_000, ("month", 1)),
    (900_000_000, ("month", 1)),
    (0, ("month", 1)),
];
const FRACTION: usize = 12;
const PACKAGE: usize = 13;
const METERED: usize = 14;
const FREE: usize = 15;

pub fn world(seed: u64, accounts: usize) -> World {
    let mut world = World {
        prices: prices(),
        coupons: coupons(),
        customers: Vec::new(),
        accounts: Vec::new(),
        rates: rates(seed),
        map: Vec::new(),
        discounts: ["forever", "all", "none"][(seed % 3) as usize],
        is_paused_counted: seed % 2 == 1,
    };
    for number in 0..accounts {
        let mut rng = Rng::with_seed(
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number as u64).wrapping_mul(0xA24B_AED4_963E_E407),
        );
        account(&mut rng, number, &mut world);
    }
    world
}

fn prices() -> Vec<Price> {
    let of = |currency: &'static str| {
        TARIFF.iter().enumerate().map(move |(at, (unit_e6, interval))| Price {
            id: format!("price_{currency}_{at}"),
            product: at % 4,
            currency,
            unit_e6: *unit_e6,
            interval: *interval,
            package: (at == PACKAGE).then_some((10, currency != "eur")),
            is_metered: at == METERED,
        })
    };
    CURRENCIES.into_iter().flat_map(of).collect()
}

fn coupons() -> Vec<Coupon> {
    let mut coupons = Vec::new();
    for currency in CURRENCIES {
        for (duration, percent_e2, off_minor) in [
            ("forever", Some(2500), None),
            ("forever", Some(3333), None),
            ("forever", None, Some(1500)),
            ("once", Some(5000), None),
            ("repeating", Some(1250), None),
            ("repeating", None, Some(700)),
            ("forever", Some(10_000), None),
        ] {
            let id = format!("coupon_{currency}_{}", coupons.len());
            coupons.push(Coupon { id, duration, percent_e2, off_minor, currency });
        }
    }
    coupons
}
const COUPONS_EACH: usize = 7;

fn rates(seed: u64) -> Vec<(Date, &'static str, i128)> {
    let mut rng = Rng::with_seed(seed ^ 0x5EED);
    let mut rates = Vec::new();
    for (currency, base) in [("eur", 110_000_000), ("jpy", 650_000), ("kwd", 325_000_000)] {
        let mut day = date(2023, 1, 1);
        while day < date(2026, 7, 1) {
            rates.push((day, currency, base + rng.i128(-base / 10..=base / 10)));
            // on the first of a month, or on any day
            day = day.saturating_add(if rng.bool() { rng.i64(3..80).days() } else { 1.month() });
            if rng.bool() {
                day = day.first_of_month();
            }
            if rates.last().is_some_and(|(last, ..)| *last >= day) {
                day = rates[rates.len() - 1].0.saturating_add(1.day());
            }
        }
    }
    rates
}

/// An instant in a range, often where a period ends or a second beside it.
fn instant(rng: &mut Rng, from: i64, to: i64) -> i64 {
    let any = rng.i64(from..to.max(from + 1));
    if rng.u8(0..10) < 6 {
        return any;
    }
    let day = jiff::Timestamp::from_second(any).expect("an instant").to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = match rng.u8(0..4) {
        0 => day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days()),
        1 => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        2 => day,
        _ => day.first_of_month(),
    };
    let edge = midnight(day) + [0, 0, -1, 1][rng.usize(0..4)];
    if (from..to).contains(&edge) { edge } else { any }
}

fn account(rng: &mut Rng, number: usize, world: &mut World) {
    let cus = format!("cus_{number}");
    let mut customers = vec![cus.clone()];
    let mut id = cus.clone();
    match rng.u8(0..10) {
        0 => {
            customers.push(format!("cus_{number}b"));
            id = format!("merged_{number}");
            world.map.push(format!("elsewhere_{number},billing,{cus},2024-01-01"));
            // in force from a day on, which is over; and one that is not
            world.map.push(format!("{id},billing,{cus},2025-06-15"));
            world.map.push(format!("{id},billing,cus_{number}b,"));
            world.map.push(format!("later_{number},billing,cus_{number}b,2027-01-01"));
        }
        1 => world.map.push(format!("later_{number},billing,{cus},2026-12-01")),
        _ => {}
    }
    let home = if rng.bool() { 0 } else { rng.usize(0..CURRENCIES.len()) };
    let mut subscriptions: Vec<Subscription> = Vec::new();
    for (at, customer) in customers.iter().enumerate() {
        for n in 0..[1, 1, 2, 3][rng.usize(0..4)] {
            let before = subscriptions.last().and_then(|last| last.ended).map(|(ended, _)| ended);
            let (from, to) = (seconds(BEGIN), seconds(SECOND_PULL) - 20 * DAY);
            let start = match before {
                // at once, a few days or long after the one before ended; or beside it
                Some(ended) if rng.u8(0..4) > 0 && ended < to => match rng.u8(0..3) {
                    0 => ended,
                    1 => instant(rng, ended, (ended + 12 * DAY).min(to)),
                    _ => instant(rng, ended, to),
                },
                _ => instant(rng, from, to),
            };
            let currency = if rng.u8(0..5) == 0 { rng.usize(0..CURRENCIES.len()) } else { home };
            subscriptions.push(subscription(rng, &format!("sub_{number}_{at}{n}"), customer, currency, start, world));
        }
    }
    // a customer deleted before the first pull is not listed
    if rng.u8(0..20) > 0 {
        world.customers.extend(customers);
    }
    world.accounts.push(Account { id, subscriptions });
}

struct Making<'a> {
    rng: &'a mut Rng,
    world: &'a World,
    id: String,
    currency: usize,
    items: usize,
    discounts: usize,
}

impl Making<'_> {
    /// A licensed price of the currency, of an interval if one is given.
    fn price(&mut self, interval: Option<(&str, i64)>, metered: bool) -> usize {
        loop {
            let at = self.currency * TARIFF.len() + self.rng.usize(0..TARIFF.len());
            let price = &self.world.prices[at];
            if interval.is_none_or(|wanted| wanted == price.interval) && (metered || !price.is_metered) {
                return at;
            }
        }
    }

    fn quantity(&mut self, price: usize) -> i64 {
        match price % TARIFF.len() {
            FRACTION => self.rng.i64(1000..90_000),
            FREE => self.rng.i64(1..4),
            _ => [1, 1, self.rng.i64(0..10), self.rng.i64(1..400)][self.rng.usize(0..4)],
        }
    }

    fn item(&mut self, interval: Option<(&str, i64)>, metered: bool) -> Item {
        let price = self.price(interval, metered);
        self.items += 1;
        Item {
            id: format!("si_{}_{}", self.id, self.items),
            price,
            quantity: self.quantity(price),
            discounts: Vec::new(),
        }
    }

    fn discount(&mut self, start: i64) -> Discount {
        let coupon = self.currency * COUPONS_EACH + self.rng.usize(0..COUPONS_EACH);
        self.discounts += 1;
        let end = (self.world.coupons[coupon].duration != "forever").then(|| start + self.rng.i64(10..200) * DAY);
        Discount { id: format!("di_{}_{}", self.id, self.discounts), coupon, start, end }
    }

    /// One change of what is paid for, as an invoice would tell it.
    fn change_items(&mut self, state: &mut State) {
        let at = self.rng.usize(0..state.items.len());
        match self.rng.u8(0..7) {
            0..=2 => state.items[at].quantity = self.quantity(state.items[at].price),
            3 => {
                let interval = self.world.prices[state.items[at].price].interval;
                state.items[at].price = self.price(Some(interval), false);
                // a few units of a fraction of a cent are charged nothing, which tells nothing
                if state.items[at].price % TARIFF.len() == FRACTION {
                    state.items[at].quantity = self.quantity(state.items[at].price);
                }
            }
            4 => {
                state.items[at].price = self.price(None, false);
                state.items[at].quantity = self.quantity(state.items[at].price);
            }
            5 => {
                let interval = self.world.prices[state.items[0].price].interval;
                let item = self.item(Some(interval), false);
                state.items.push(item);
            }
            _ if state.items.len() > 1 => drop(state.items.remove(at)),
            _ => {}
        }
    }

    /// One change that only an event tells.
    fn change_rest(&mut self, state: &mut State, is_shown: bool) {
        match self.rng.u8(0..6) {
            0 => state.is_paused = !state.is_paused,
            1 => {
                let discount = self.discount(state.at);
                let items = state.items.len();
                let held: usize =
                    state.discounts.len() + state.items.iter().map(|item| item.discounts.len()).sum::<usize>();
                match self.rng.usize(0..2) {
                    _ if held >= 2 => {}
                    0 => state.discounts.push(discount),
                    _ => state.items[self.rng.usize(0..items)].discounts.push(discount),
                }
            }
            // a discount that no version shows was never there
            2 if is_shown => {
                state.discounts.clear();
                state.items.iter_mut().for_each(|item| item.discounts.clear());
            }
            3 => state.is_leaving = !state.is_leaving,
            _ => {
                state.status = match (state.status, self.rng.u8(0..3)) {
                    ("active" | "past_due", 0) => "unpaid",
                    ("active", _) => "past_due",
                    ("past_due" | "unpaid", _) => "active",
                    (other, _) => other,
                }
            }
        }
    }
}

fn subscription(rng: &mut Rng, id: &str, customer: &str, currency: usize, start: i64, world: &World) -> Subscription {
    let (forgotten, now) = (seconds(EVENTS_FROM), seconds(SECOND_PULL));
    let is_documented = rng.bool();
    let created =
        if is_documented && rng.u8(0..10) == 0 { (start + rng.i64(1..20) * DAY).min(now - DAY) } else { start };
    let ended = (rng.u8(0..9) < 4 && created + 2 * DAY < now).then(|| instant(rng, created + DAY, now));
    let told = ended.map(|ended| ended + if rng.u8(0..5) == 0 { rng.i64(1..15) * DAY } else { 0 });
    let ended = ended.zip(told).map(|(ended, told)| (ended, if told > now { ended } else { told }));
    let mut making = Making { rng, world, id: id.to_owned(), currency, items: 0, discounts: 0 };
    let mut state = first(&mut making, start, is_documented);
    if created > start {
        state.status = "active";
        state.trial = None;
        // a discount that was over before the subscription was written down is shown by no version
        let is_shown = |discount: &Discount| discount.end.is_none_or(|end| end > created);
        state.discounts.retain(is_shown);
        state.items.iter_mut().for_each(|item| item.discounts.retain(is_shown));
    }
    let last = ended.map_or(now, |(ended, _)| ended);
    let mut instants: Vec<i64> =
        (0..making.rng.usize(0..7)).map(|_| instant(making.rng, created + 1, last.max(created + 2))).collect();
    let trial_end = state.trial.filter(|(_, end)| *end < last).map(|(_, end)| end);
    let activated = (state.status == "incomplete").then_some(start + 3600).filter(|at| *at < last);
    instants.extend(trial_end.into_iter().chain(activated));
    instants.sort_unstable();
    instants.dedup();
    instants.retain(|at| *at > created && *at < last);
    let mut states = vec![state.clone()];
    for at in instants {
        state.at = at;
        let is_told = is_documented || at >= forgotten;
        if trial_end == Some(at) && state.status == "trialing" {
            state.status = if is_told && making.rng.u8(0..6) == 0 { "paused" } else { "active" };
        } else if activated == Some(at) {
            state.status = if making.rng.u8(0..4) == 0 { "incomplete_expired" } else { "active" };
        } else if is_told && state.status == "trialing" && making.rng.u8(0..5) == 0 {
            // a trial cut short
            state.status = "active";
            state.trial = state.trial.map(|(from, _)| (from, at));
        } else if is_told && making.rng.bool() {
            let is_shown = is_documented || states.last().is_some_and(|last| last.at >= forgotten);
            making.change_rest(&mut state, is_shown);
        } else if state.status != "incomplete_expired" {
            making.change_items(&mut state);
        }
        if is_documented && making.rng.u8(0..8) == 0 && !["trialing", "incomplete_expired"].contains(&state.status) {
            // two changes in one second
            states.push(state.clone());
            making.change_items(&mut state);
            making.change_rest(&mut state, true);
        }
        states.push(state.clone());
    }
    Subscription {
        id: id.to_owned(),
        customer: customer.to_owned(),
        currency: CURRENCIES[currency],
        start,
        created,
        is_documented,
        has_invoices: !is_documented || making.rng.bool(),
        is_old_version: making.rng.bool(),
        states,
        ended,
        is_credited_at_end: making.rng.u8(0..3) == 0,
    }
}

fn first(making: &mut Making<'_>, start: i64, is_documented: bool) -> State {
    let interval = making.world.prices[making.price(None, false)].interval;
    let mut items = Vec::new();
    for _ in 0..[1, 1, 2, 3][making.rng.usize(0..4)] {
        let any = making.rng.u8(0..6) == 0;
        items.push(making.item(if any { None } else { Some(interval) }, is_documented));
    }
    let trial = (making.rng.u8(0..5) == 0).then(|| {
        let end = start + making.rng.i64(5..45) * DAY;
        (start, instant(making.rng, end, end + 2 * DAY))
    });
    let mut discounts = Vec::new();
    for _ in 0..[0, 0, 0, 1, 1, 2][making.rng.usize(0..6)] {
        // one that ended can be seen no more once its events are gone
        let discount = making.discount(start);
        if is_documented || discount.end.is_none() {
            discounts.push(discount);
        }
    }
    let status = match trial {
        Some(_) => "trialing",
        None if is_documented && making.rng.u8(0..12) == 0 => "incomplete",
        None => "active",
    };
    State { at: start, status, trial, is_paused: false, is_leaving: false, items, discounts }
}
