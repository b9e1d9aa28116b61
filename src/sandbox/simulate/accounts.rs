//! Who the accounts are, and how each system knows them.

use super::{
    super::{
        INTERNAL_DOMAIN, catalog, random,
        time::{DAY, Secs},
    },
    World,
};

/// How support knows an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrgLink {
    /// `external_id` is the billing customer.
    ExternalId,
    /// Only the e-mail domain tells.
    Domain,
    /// Only `account_map.csv` tells.
    Map,
    /// Nothing tells.
    Unmatched,
}

/// How the product knows an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupLink {
    /// The group key is the billing customer.
    Customer,
    /// The group key is a slug that `account_map.csv` explains.
    Map,
    /// The group key is a slug nobody explains.
    Unmatched,
}

/// The part an account plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Ordinary,
    /// In test mode: counts nowhere.
    TestMode,
    /// On the company's own domain: counts nowhere.
    Internal,
    /// Leaves and comes back.
    Returner,
    /// Joins and leaves within a week.
    PasserBy,
    /// Has more subscription items than one page holds.
    ManyItems,
}

/// A customer company.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent traits of an account, not states")]
pub struct Account {
    pub name: String,
    pub domain: String,
    /// The billing customer's id, and the account's in every metric.
    pub customer: String,
    pub group_key: String,
    pub org_id: i64,
    pub role: Role,
    pub joined: Secs,
    pub plan: usize,
    pub seats: u32,
    pub annual: bool,
    pub currency: &'static str,
    pub country: &'static str,
    pub region: &'static str,
    pub owner: &'static str,
    /// Whether billing's metadata names the owner.
    pub owned: bool,
    /// From when on the company's own file says otherwise: the owner, or none.
    pub owner_change: Option<(Secs, Option<&'static str>)>,
    pub coupon: Option<usize>,
    pub trial: bool,
    pub converts: bool,
    /// Pays by transfer against an invoice rather than by card.
    pub invoiced: bool,
    pub org: OrgLink,
    pub group: GroupLink,
    /// The customer record is deleted this long after the account left.
    pub deleted: bool,
}

impl Account {
    /// Whether the account counts in any metric.
    pub fn counts(&self) -> bool {
        !matches!(self.role, Role::TestMode | Role::Internal)
    }

    /// Who looks after it just before an instant.
    pub fn owner_before(&self, at: Secs) -> Option<&'static str> {
        let change = self.owner_change.filter(|(since, _)| *since < at);
        change.map_or(self.owned.then_some(self.owner), |(_, owner)| owner)
    }
}

const FIRST: [&str; 40] = [
    "Amber", "Aspen", "Birch", "Blue", "Bright", "Cedar", "Clear", "Cobalt", "Copper", "Coral", "Delta", "Ember",
    "Falcon", "Fern", "Flint", "Garnet", "Granite", "Harbor", "Hazel", "Heron", "Indigo", "Ivory", "Juniper", "Lark",
    "Linden", "Lunar", "Maple", "Meadow", "Mistral", "Nimbus", "North", "Oak", "Onyx", "Orchid", "Pine", "Quartz",
    "Raven", "Sable", "Silver", "Willow",
];
const SECOND: [&str; 20] = [
    "Logistics",
    "Foods",
    "Health",
    "Labs",
    "Media",
    "Energy",
    "Finance",
    "Robotics",
    "Travel",
    "Textiles",
    "Games",
    "Security",
    "Studios",
    "Motors",
    "Retail",
    "Dental",
    "Legal",
    "Schools",
    "Marine",
    "Analytics",
];
const OWNERS: [&str; 4] = ["Mara Lindqvist", "Jonas Weber", "Priya Nair", "Tom Okafor"];

/// Draws every account that ever joins, in the order of joining.
pub fn simulate(world: &World) -> Vec<Account> {
    let founders = u64::from(world.accounts) * 72 / 100;
    let mut joins: Vec<Secs> = Vec::new();
    let mut rng = random::rng(world.seed, "joins", 0);
    for _ in 0..founders {
        joins.push(rng.i64(world.born..world.start));
    }
    // 1.5 % of the founders join per month, evenly spread.
    let gap = (30.44 * 86_400.0 / (0.015 * founders.max(1) as f64)) as i64;
    let mut at = world.start + rng.i64(0..gap);
    while at < world.horizon {
        joins.push(at + rng.i64(0..gap / 2));
        at += gap;
    }
    joins.sort_unstable();
    let mut accounts: Vec<Account> =
        joins.into_iter().enumerate().map(|(number, joined)| ordinary(world, number as u64, joined)).collect();
    let mut special = |role, joined, plan, seats| {
        let mut account = ordinary(world, accounts.len() as u64, joined);
        account.role = role;
        account.plan = plan;
        account.seats = seats;
        account.currency = "usd";
        account.country = "US";
        account.region = "AMER";
        account.annual = false;
        account.trial = false;
        account.invoiced = false;
        account.coupon = None;
        account.org = OrgLink::ExternalId;
        account.group = GroupLink::Customer;
        account.group_key.clone_from(&account.customer);
        accounts.push(account);
    };
    let early = world.born + (world.start - world.born) / 2 + 12_345;
    special(Role::ManyItems, early, catalog::SCALE, 40);
    special(Role::TestMode, early + 5_000, catalog::TEAM, 500);
    special(Role::Internal, early + 9_000, catalog::SCALE, 300);
    if let Some(story) = &world.story {
        special(Role::Returner, early + 20_000, catalog::TEAM, 14);
        special(Role::PasserBy, story.passer_by.0, catalog::TEAM, 9);
    }
    for account in &mut accounts {
        if account.role == Role::Internal {
            INTERNAL_DOMAIN.clone_into(&mut account.domain);
        }
    }
    accounts
}

fn ordinary(world: &World, number: u64, joined: Secs) -> Account {
    let (owned, owner_change) = ownership(world, number, joined);
    let mut rng = random::rng(world.seed, "account", number);
    let (first, second) = (FIRST[number as usize % 40], SECOND[(number as usize / 40 + rng.usize(0..3) * 7) % 20]);
    let name = format!("{first} {second} {}", if number < 800 { "GmbH" } else { "AG" });
    let slug = format!("{}-{}-{number}", first.to_lowercase(), second.to_lowercase());
    let customer = random::id(world.seed, "cus_", number, 14);
    let plan = match rng.u32(0..100) {
        0..50 => catalog::STARTER,
        50..85 => catalog::TEAM,
        _ => catalog::SCALE,
    };
    let seats = match plan {
        catalog::STARTER => rng.u32(1..=8),
        catalog::TEAM => rng.u32(5..=30),
        _ => rng.u32(15..=90),
    };
    let annual = plan != catalog::STARTER && rng.u32(0..100) < 18;
    let euro = rng.u32(0..100) < 15;
    let (country, region) = match rng.u32(0..100) {
        _ if euro => (["DE", "FR", "NL"][rng.usize(0..3)], "EMEA"),
        0..55 => ("US", "AMER"),
        55..80 => ("GB", "EMEA"),
        _ => ("AU", "APAC"),
    };
    let coupon = match rng.u32(0..100) {
        0..5 => Some(0),
        5..8 => Some(1),
        8..11 => Some(2),
        _ => None,
    };
    let org = match rng.u32(0..100) {
        0..80 => OrgLink::ExternalId,
        80..92 => OrgLink::Domain,
        92..97 => OrgLink::Map,
        _ => OrgLink::Unmatched,
    };
    let group = match rng.u32(0..100) {
        0..86 => GroupLink::Customer,
        86..98 => GroupLink::Map,
        _ => GroupLink::Unmatched,
    };
    Account {
        domain: format!("{slug}.example"),
        group_key: if group == GroupLink::Customer { customer.clone() } else { slug.clone() },
        org_id: 360_000_000_000 + number as i64 * 37,
        role: Role::Ordinary,
        joined,
        plan,
        seats,
        annual,
        currency: if euro { "eur" } else { "usd" },
        country,
        region,
        owner: OWNERS[rng.usize(0..4)],
        owned,
        owner_change,
        // A founder's discount would be long over, but for the lasting one.
        coupon: coupon.filter(|coupon| !annual || *coupon == 0),
        trial: rng.u32(0..100) < 40,
        converts: rng.u32(0..100) < 60,
        invoiced: plan == catalog::SCALE && rng.u32(0..100) < 35,
        deleted: rng.u32(0..100) < 4,
        name,
        customer,
        org,
        group,
    }
}

/// Some accounts have no owner, some get one late, and some lose theirs.
fn ownership(world: &World, number: u64, joined: Secs) -> (bool, Option<(Secs, Option<&'static str>)>) {
    let mut rng = random::rng(world.seed, "owner", number);
    let since = joined + rng.i64(60..240) * DAY;
    match rng.u32(0..100) {
        0..3 => (false, None),
        3..8 => (false, Some((since, Some(OWNERS[rng.usize(0..4)])))),
        8..11 => (true, Some((since, None))),
        _ => (true, None),
    }
}
