//! Hostile billing histories: what truly was, how a billing API shows it, and what follows from it by the specification.
//!
//! [`generate`] invents histories from a seed; [`wire`] shows them as of an instant in the API's objects, events and
//! invoice lines; [`oracle`] computes MRR and its movements from them in plain Rust, knowing nothing of the SQL. What an API
//! cannot show is not invented: a subscription whose events are gone had only what invoices tell.

pub mod generate;
pub mod oracle;
pub mod wire;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The first history begins no earlier.
pub const BEGIN: &str = "2024-07-01T00:00:00Z";
/// Two pulls: what was listed at the first is known beside what was listed at the second.
pub const FIRST_PULL: &str = "2026-05-18T06:00:00Z";
pub const SECOND_PULL: &str = "2026-07-06T06:00:00Z";
/// The API had forgotten the events before this day when it was first asked.
pub const EVENTS_FROM: &str = "2026-04-19T06:00:00Z";

pub const PRODUCTS: [&str; 4] = ["Basic", "Plus", "Scale", "Add-on"];
/// The yen has no minor unit, the dinar three digits of it; nobody says what a pound is worth.
pub const CURRENCIES: [&str; 5] = ["usd", "eur", "jpy", "kwd", "gbp"];

pub fn seconds(instant: &str) -> i64 {
    instant.parse::<jiff::Timestamp>().expect("an instant").as_second()
}

/// Midnight in Berlin.
pub fn midnight(day: Date) -> i64 {
    day.to_zoned(TimeZone::get("Europe/Berlin").expect("a zone")).expect("a midnight").timestamp().as_second()
}

/// A price as it stands in the price list.
pub struct Price {
    pub id: String,
    pub product: usize,
    pub currency: &'static str,
    /// Millionths of a minor unit.
    pub unit_e6: i128,
    pub interval: (&'static str, i64),
    /// Size of a package, and whether a part of one counts as a whole.
    pub package: Option<(i64, bool)>,
    pub is_metered: bool,
}

pub struct Coupon {
    pub id: String,
    pub duration: &'static str,
    /// Hundredths of a percent.
    pub percent_e2: Option<i64>,
    pub off_minor: Option<i64>,
    pub currency: &'static str,
}

#[derive(Clone)]
pub struct Discount {
    pub id: String,
    pub coupon: usize,
    pub start: i64,
    pub end: Option<i64>,
}

#[derive(Clone)]
pub struct Item {
    pub id: String,
    pub price: usize,
    pub quantity: i64,
    pub discounts: Vec<Discount>,
}

/// What a subscription was from an instant on.
#[derive(Clone)]
pub struct State {
    pub at: i64,
    pub status: &'static str,
    pub trial: Option<(i64, i64)>,
    pub is_paused: bool,
    pub is_leaving: bool,
    pub items: Vec<Item>,
    pub discounts: Vec<Discount>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a hostility of its own")]
pub struct Subscription {
    pub id: String,
    pub customer: String,
    pub currency: &'static str,
    pub start: i64,
    /// When it was entered, which is later where it was backdated.
    pub created: i64,
    /// Every change was seen in an event; else only those the API still remembered.
    pub is_documented: bool,
    pub has_invoices: bool,
    pub is_old_version: bool,
    pub states: Vec<State>,
    /// When it ended, and when that was entered.
    pub ended: Option<(i64, i64)>,
    pub is_credited_at_end: bool,
}

pub struct Account {
    pub id: String,
    pub subscriptions: Vec<Subscription>,
}

/// A company's billing, and the settings it is read with.
pub struct World {
    pub prices: Vec<Price>,
    pub coupons: Vec<Coupon>,
    pub customers: Vec<String>,
    pub accounts: Vec<Account>,
    /// Day, currency and 10^8 dollars for one unit.
    pub rates: Vec<(Date, &'static str, i128)>,
    /// Lines of `account_map.csv`.
    pub map: Vec<String>,
    /// `forever`, `all` or `none`.
    pub discounts: &'static str,
    pub is_paused_counted: bool,
}

impl Subscription {
    /// What it was at an instant; its first state before all.
    pub fn at(&self, instant: i64) -> &State {
        self.states.iter().rev().find(|state| state.at <= instant).unwrap_or(&self.states[0])
    }
}
