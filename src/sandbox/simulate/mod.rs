//! The log: who joined, paid, asked, used and left, decided once and kept in order.

pub mod accounts;
pub mod billing;
pub mod clocks;
mod help;
pub mod product;
pub mod promises;
pub mod status;
pub mod subscriptions;
pub mod support;
pub mod work;

use jiff::{civil::Date, tz::TimeZone};

use super::{
    Options, Stories,
    catalog::Catalog,
    time::{self, BusinessHours, DAY, Secs, WEEK},
};
use accounts::Account;
use billing::Billing;
use product::Product;
use promises::Promises;
use status::Incident;
use subscriptions::Subscription;
use support::Support;
use work::Work;

/// What truly happened in the simulated company.
#[derive(Debug)]
pub struct Company {
    pub(super) world: World,
    pub(super) catalog: Catalog,
    pub(super) accounts: Vec<Account>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) billing: Billing,
    pub(super) support: Support,
    pub(super) product: Product,
    pub(super) incidents: Vec<Incident>,
    pub(super) promises: Promises,
    pub(super) work: Work,
}

/// The frame everything happens in.
#[derive(Debug)]
pub struct World {
    pub seed: u64,
    pub zone: TimeZone,
    pub accounts: u32,
    /// When the company was founded; the first accounts join here, before the reported weeks.
    pub born: Secs,
    /// Monday midnight of the first reported week.
    pub start: Secs,
    pub end: Secs,
    /// The end of the simulation.
    pub horizon: Secs,
    /// Days without support: name, first and last day.
    pub holidays: Vec<(&'static str, Date, Date)>,
    pub hours: BusinessHours,
    pub story: Option<Story>,
}

/// When the planted stories take place.
#[derive(Debug)]
pub struct Story {
    /// Starter becomes dearer.
    pub price_rise: Secs,
    /// The outage, from and to.
    pub outage: (Secs, Secs),
    /// The last instant at which the outage still brings tickets.
    pub outage_echo: Secs,
    /// The weekday nobody answered.
    pub holiday: Date,
    /// `automation_run` begins to spread.
    pub spread: Secs,
    /// The returner leaves and comes back.
    pub returner: (Secs, Secs),
    /// The passer-by joins and leaves.
    pub passer_by: (Secs, Secs),
}

impl Company {
    /// Simulates the whole company: the same options give the same log.
    pub fn simulate(options: &Options) -> Company {
        let world = World::new(options);
        let catalog = Catalog::new(world.seed, world.born, world.story.as_ref().map(|story| story.price_rise));
        let accounts = accounts::simulate(&world);
        let mut subscriptions = subscriptions::simulate(&world, &catalog, &accounts);
        let billing = billing::simulate(&world, &catalog, &accounts, &mut subscriptions);
        let lives = subscriptions::lives(&world, accounts.len(), &subscriptions);
        let incidents = status::simulate(&world);
        let product = product::simulate(&world, &lives);
        Company {
            support: support::simulate(&world, &accounts, &lives),
            work: work::simulate(&world, &accounts, &product.events),
            product,
            promises: promises::simulate(&world, &accounts, &subscriptions),
            world,
            catalog,
            accounts,
            subscriptions,
            billing,
            incidents,
        }
    }
}

impl Company {
    /// When a customer record was deleted: some are, a fortnight after the account left for good.
    pub(super) fn deleted_at(&self, account: usize) -> Option<Secs> {
        let mine = self.subscriptions.iter().filter(|subscription| subscription.account == account);
        let ends: Option<Vec<Secs>> = mine.map(Subscription::ended).collect();
        let last = ends?.into_iter().max()?;
        self.accounts[account].deleted.then_some(last + 14 * DAY)
    }
}

impl World {
    fn new(options: &Options) -> World {
        let zone = options.zone.clone();
        let end = options.end.as_second();
        let this_monday = time::monday(time::date(end, &zone));
        let start = time::midnight(time::plus_days(this_monday, -7 * i64::from(options.weeks)), &zone);
        let horizon = end + i64::from(options.ahead_weeks) * WEEK;
        let born = start - 52 * WEEK;
        let story = (options.stories == Stories::All).then(|| Story::new(this_monday, &zone));
        let holidays = holidays(born, horizon, &zone, story.as_ref());
        let closed: Vec<(Date, Date)> = holidays.iter().map(|(_, first, last)| (*first, *last)).collect();
        let hours = BusinessHours::new(born, horizon + 60 * DAY, &zone, &closed);
        World {
            seed: options.seed,
            zone,
            accounts: options.accounts,
            born,
            start,
            end,
            horizon,
            holidays,
            hours,
            story,
        }
    }
}

impl Story {
    fn new(this_monday: Date, zone: &TimeZone) -> Story {
        let at = |weeks: i64, weekday: i64, hour: i8, minute: i64| {
            time::at_hour(time::plus_days(this_monday, weekday - 7 * weeks), hour, zone) + minute * 60
        };
        Story {
            price_rise: at(14, 0, 9, 0),
            outage: (at(5, 1, 10, 12), at(5, 1, 15, 20)),
            outage_echo: at(4, 1, 10, 12),
            holiday: time::plus_days(this_monday, 2 - 7 * 7),
            spread: at(30, 0, 0, 0),
            returner: (at(38, 3, 15, 41), at(12, 2, 11, 7)),
            passer_by: (at(3, 1, 10, 23), at(3, 3, 16, 48)),
        }
    }
}

/// The fixed public holidays, and the story's own.
fn holidays(from: Secs, to: Secs, zone: &TimeZone, story: Option<&Story>) -> Vec<(&'static str, Date, Date)> {
    let (first, last) = (time::date(from, zone), time::date(to, zone));
    let mut days = Vec::new();
    for year in first.year()..=last.year() {
        for (name, month, day, length) in [
            ("New Year's Day", 1, 1, 1),
            ("Labour Day", 5, 1, 1),
            ("Day of German Unity", 10, 3, 1),
            ("Christmas", 12, 25, 2),
        ] {
            if let Ok(date) = Date::new(year, month, day) {
                days.push((name, date, time::plus_days(date, length - 1)));
            }
        }
    }
    if let Some(story) = story {
        days.push(("Regional holiday", story.holiday, story.holiday));
    }
    days.retain(|(_, day, _)| first <= *day && *day <= last);
    days.sort_by_key(|(_, day, _)| *day);
    days
}
