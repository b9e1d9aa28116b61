//! A simulated SaaS company and the APIs of the systems it uses.
//!
//! [`Company::simulate`] decides once what truly happened (the log); [`Server`] shows that log through the wire formats of
//! Stripe, Zendesk, PostHog and Statuspage as of a clock that only moves when told to; [`truth`] computes the metrics from the
//! log in plain Rust, so that tests can hold the warehouse against it. Nothing here reads the real clock or real randomness:
//! the same [`Options`] give the same company, byte for byte.

pub mod bench;
mod catalog;
mod fault;
mod files;
mod random;
mod server;
mod simulate;
mod time;
mod truth;
mod wire;

use std::str::FromStr;

use anyhow::bail;
use jiff::{Timestamp, tz::TimeZone};

pub use fault::Fault;
pub use files::write_files;
pub use server::Server;
pub use simulate::Company;
pub use truth::{CustomerTruth, Grain, TruthRow, customers, invoice_accuracy, truth};

/// Where the simulated APIs are, below the server's address.
pub const API_PATHS: [&str; 4] = ["/stripe/v1", "/zendesk/api/v2", "/posthog/api/projects/1", "/statuspage/v1"];

/// Product events that count as real use; `login` and `dashboard_viewed` do not.
pub const MEANINGFUL_EVENTS: [&str; 4] = ["report_created", "export_run", "invite_sent", "automation_run"];

/// The e-mail domain of the company itself: a customer on it is internal and counts nowhere.
pub const INTERNAL_DOMAIN: &str = "northwind-reports.example";

/// The Statuspage page id the sandbox serves.
pub const STATUS_PAGE: &str = "kctbh9vrtdwd";

/// What company to simulate and how to serve it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Equal seeds give equal companies.
    pub seed: u64,
    /// Weeks of history before `end`.
    pub weeks: u32,
    /// About how many accounts ever join.
    pub accounts: u32,
    /// The simulated present when the server starts.
    pub end: Timestamp,
    /// Weeks simulated beyond `end`, hidden until the clock moves there.
    pub ahead_weeks: u32,
    /// Which planted stories take place.
    pub stories: Stories,
    /// The systems the company has connected; the others answer 401.
    pub connected: Vec<System>,
    /// The company's zone: business hours, weeks and days are cut in it.
    pub zone: TimeZone,
    /// The credential every API accepts.
    pub token: String,
    /// Whether the vendors' rate limits are enforced.
    pub rate_limits: bool,
    /// What goes wrong on the wire.
    pub faults: Vec<Fault>,
}

impl Options {
    /// The default company, seen from `end`: 400 accounts over 110 weeks, all stories, all systems, Berlin time.
    pub fn new(end: Timestamp) -> Options {
        Options {
            seed: 1,
            weeks: 110,
            accounts: 400,
            end,
            ahead_weeks: 4,
            stories: Stories::All,
            connected: System::ALL.to_vec(),
            zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC),
            token: "sandbox".to_owned(),
            rate_limits: false,
            faults: Vec::new(),
        }
    }
}

/// Which planted stories take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stories {
    /// The price rise, the outage, the holiday, the spreading feature, the returner and the passer-by.
    All,
    /// A stable company.
    None,
}

impl FromStr for Stories {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Stories> {
        match text {
            "all" => Ok(Stories::All),
            "none" => Ok(Stories::None),
            other => bail!("unknown stories '{other}', expected all or none"),
        }
    }
}

/// One of the systems a company can connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    /// Stripe.
    Billing,
    /// Zendesk.
    Support,
    /// PostHog.
    Product,
    /// Statuspage.
    Status,
}

impl System {
    /// Every system.
    pub const ALL: [System; 4] = [System::Billing, System::Support, System::Product, System::Status];
}

impl FromStr for System {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<System> {
        match text {
            "billing" | "stripe" => Ok(System::Billing),
            "support" | "zendesk" => Ok(System::Support),
            "product" | "posthog" => Ok(System::Product),
            "status" | "statuspage" => Ok(System::Status),
            other => bail!("unknown system '{other}', expected billing, support, product or status"),
        }
    }
}
