//! What the company sells: products, prices and coupons.

use super::{random::id, time::Secs};

/// A product of the price list.
#[derive(Debug, Clone)]
pub struct Product {
    pub id: String,
    pub name: &'static str,
    pub created: Secs,
}

/// A price, per seat and interval. `unit` is in thousandths of the minor unit: prices may be below a cent.
#[derive(Debug, Clone)]
pub struct Price {
    pub id: String,
    pub product: usize,
    pub currency: &'static str,
    pub months: i64,
    pub unit: i64,
    pub created: Secs,
    pub nickname: String,
}

/// How long a coupon lasts on a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    Forever,
    Once,
    Months(i64),
}

/// A percentage off.
#[derive(Debug, Clone)]
pub struct Coupon {
    pub id: &'static str,
    pub name: &'static str,
    pub percent: i64,
    pub duration: Duration,
    pub created: Secs,
}

/// The price list.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub products: Vec<Product>,
    pub prices: Vec<Price>,
    pub coupons: Vec<Coupon>,
}

/// Position of a plan among the products.
pub const STARTER: usize = 0;
/// Position of a plan among the products.
pub const TEAM: usize = 1;
/// Position of a plan among the products.
pub const SCALE: usize = 2;
const ADD_ON: usize = 3;

impl Catalog {
    /// The list as founded at `born`, with the dearer Starter price from `raised` if it ever comes.
    pub fn new(seed: u64, born: Secs, raised: Option<Secs>) -> Catalog {
        let products = ["Starter", "Team", "Scale", "Add-on"]
            .into_iter()
            .enumerate()
            .map(|(n, name)| Product { id: id(seed, "prod_", n as u64, 14), name, created: born })
            .collect();
        let mut prices: Vec<Price> = Vec::new();
        let mut add = |product, currency, months, unit, created, nickname: String| {
            let number = prices.len() as u64;
            prices.push(Price {
                id: id(seed, "price_1", number, 23),
                product,
                currency,
                months,
                unit,
                created,
                nickname,
            });
        };
        for currency in ["usd", "eur"] {
            for (plan, name, cents) in [(STARTER, "Starter", 1900), (TEAM, "Team", 3900), (SCALE, "Scale", 7900)] {
                let cents = if currency == "eur" { cents - 200 } else { cents };
                add(plan, currency, 1, cents * 1000, born, format!("{name} monthly"));
                add(plan, currency, 12, cents * 10_000, born, format!("{name} annual"));
            }
        }
        for pack in 0..11_i64 {
            let unit = if pack == 0 { 2_500 } else { (500 + pack * 100) * 1000 };
            add(ADD_ON, "usd", 1, unit, born, format!("Add-on pack {pack}"));
        }
        if let Some(at) = raised {
            for (currency, cents) in [("usd", 2900), ("eur", 2600)] {
                add(STARTER, currency, 1, cents * 1000, at, "Starter monthly (new)".to_owned());
                add(STARTER, currency, 12, cents * 10_000, at, "Starter annual (new)".to_owned());
            }
        }
        let coupons = vec![
            Coupon { id: "PARTNER20", name: "Partner", percent: 20, duration: Duration::Forever, created: born },
            Coupon {
                id: "WELCOME50",
                name: "First month half price",
                percent: 50,
                duration: Duration::Once,
                created: born,
            },
            Coupon {
                id: "SPRING25",
                name: "Three months a quarter off",
                percent: 25,
                duration: Duration::Months(3),
                created: born,
            },
        ];
        Catalog { products, prices, coupons }
    }

    /// The newest price of a plan that existed at `at`.
    pub fn price(&self, product: usize, currency: &str, months: i64, at: Secs) -> usize {
        let fits = |price: &Price| {
            price.product == product && price.currency == currency && price.months == months && price.created <= at
        };
        self.prices.iter().rposition(fits).unwrap_or(0)
    }

    /// The add-on prices.
    pub fn add_ons(&self) -> impl Iterator<Item = usize> {
        self.prices.iter().enumerate().filter(|(_, price)| price.product == ADD_ON).map(|(position, _)| position)
    }
}

impl Price {
    /// What `quantity` costs per interval, in minor units, half up.
    pub fn amount(&self, quantity: u32) -> i64 {
        (self.unit * i64::from(quantity) + 500).div_euclid(1000)
    }

    /// What `quantity` is worth per month in minor units after `percent` off: multiplied first, rounded once.
    pub fn monthly(&self, quantity: u32, percent: i64) -> i64 {
        let scale = 1000 * 100 * self.months;
        (2 * self.unit * i64::from(quantity) * (100 - percent) + scale).div_euclid(2 * scale)
    }

    /// `unit_amount`: absent when the price is below a minor unit.
    pub fn unit_amount(&self) -> Option<i64> {
        (self.unit % 1000 == 0).then_some(self.unit / 1000)
    }

    /// `unit_amount_decimal`, without superfluous zeros.
    pub fn unit_amount_decimal(&self) -> String {
        let text = format!("{}.{:03}", self.unit / 1000, self.unit % 1000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}
