//! The blocks of the configuration that say what counts: product, support, billing, accounts, rules and metrics.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::civil::Date;
use serde::Deserialize;

use super::{nearest, thirty, yes};

/// `[product]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Events that mean a customer did real work. Activity metrics need at least one.
    #[serde(default)]
    pub meaningful_events: Vec<String>,
    /// Event after which an account counts as activated.
    #[serde(default)]
    pub activation_event: Option<String>,
    #[serde(default = "fourteen")]
    pub activation_days: u32,
    /// Events of features whose adoption is followed.
    #[serde(default)]
    pub features: Vec<String>,
    /// Subscription quantities are seats: people who use the product are set against them.
    #[serde(default)]
    pub seats: bool,
    /// Events that mean somebody read the help instead of asking.
    #[serde(default)]
    pub help_events: Vec<String>,
}

/// `[fit]`: the customer the company is made for, as far as billing knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// Score (0 to 100) from which an account is a good fit.
    #[serde(default = "sixty")]
    pub threshold: u32,
    /// The score is the weight of what applies over the weight of all. None: fit is not measured.
    #[serde(default)]
    pub criteria: Vec<FitCriterion>,
}

impl Default for Fit {
    fn default() -> Self {
        Self { threshold: sixty(), criteria: Vec::new() }
    }
}

/// One entry of `[[fit.criteria]]`; `any_of` or `at_least` must be given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitCriterion {
    pub attribute: FitAttribute,
    /// Accepted values of `plan` (product name) or `interval` (month, year).
    #[serde(default)]
    pub any_of: Vec<String>,
    /// Least value of `seats`.
    #[serde(default)]
    pub at_least: Option<u32>,
    #[serde(default = "one")]
    pub weight: u32,
}

/// What an account was when it began to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FitAttribute {
    Plan,
    Seats,
    Interval,
}

impl FitAttribute {
    /// As written in the configuration and in `setting_fit_criterion`.
    pub fn name(self) -> &'static str {
        match self {
            FitAttribute::Plan => "plan",
            FitAttribute::Seats => "seats",
            FitAttribute::Interval => "interval",
        }
    }
}

/// `[support]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Agents that are programs, by the helpdesk's user id or e-mail.
    #[serde(default)]
    pub bots: Vec<String>,
    /// Tag that marks a ticket as a defect.
    #[serde(default)]
    pub bug_tag: Option<String>,
    /// Tag that marks a ticket the company opened before the customer had to ask.
    #[serde(default)]
    pub proactive_tag: Option<String>,
    /// Tag that marks a defect as something that had worked before.
    #[serde(default)]
    pub regression_tag: Option<String>,
    /// Tag of tickets opened to get back to somebody who had scored low.
    #[serde(default)]
    pub followup_tag: Option<String>,
    /// Name of the schedule tickets follow unless a rule says otherwise.
    #[serde(default)]
    pub default_schedule: Option<String>,
    /// Which tickets follow another schedule: the first rule that matches decides.
    #[serde(default)]
    pub schedule_rules: Vec<ScheduleRule>,
    /// Schedules for a helpdesk that has none, or in addition to its own.
    #[serde(default)]
    pub schedules: BTreeMap<String, Schedule>,
    /// Targets where the helpdesk has no policies: hours by clock and priority.
    #[serde(default)]
    pub targets: Vec<SlaTarget>,
}

/// `[support.schedules.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub timezone: String,
    /// `monday = ["09:00-17:00"]`, …
    pub hours: BTreeMap<String, Vec<String>>,
    /// Whole local days without service.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// One entry of `[[support.schedule_rules]]`: exactly one of the four lists says which tickets it is about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRule {
    /// A name of `[support.schedules]`, or the id of a schedule of the helpdesk.
    pub schedule: String,
    #[serde(default)]
    pub group: Vec<String>,
    #[serde(default)]
    pub brand: Vec<String>,
    #[serde(default)]
    pub organization: Vec<String>,
    #[serde(default)]
    pub tag: Vec<String>,
}

impl ScheduleRule {
    /// Its lists by the name of what they are about, the empty ones too.
    pub fn lists(&self) -> [(&'static str, &[String]); 4] {
        [("group", &self.group), ("brand", &self.brand), ("organization", &self.organization), ("tag", &self.tag)]
    }
}

/// One entry of `[[support.targets]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlaTarget {
    /// `first_reply`, `next_reply`, `resolution`, `requester_wait_time` or `agent_work_time`.
    pub clock: String,
    /// `urgent`, `high`, `normal`, `low`; absent for every priority.
    #[serde(default)]
    pub priority: Option<String>,
    pub minutes: u32,
    #[serde(default = "yes")]
    pub business_hours: bool,
}

/// `[operations]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// Uptime that plans are promised by contract.
    #[serde(default)]
    pub commitments: Vec<UptimeCommitment>,
}

/// One entry of `[[operations.commitments]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UptimeCommitment {
    /// Product name, as in the segment `plan`.
    pub plan: String,
    /// Share of the time that the service is up: 0.999.
    pub uptime: rust_decimal::Decimal,
    /// Share of the account's MRR owed where it was not.
    #[serde(default)]
    pub credit: rust_decimal::Decimal,
    /// Over what it is measured: `month`, `quarter` or `year` of the calendar.
    #[serde(default = "month")]
    pub period: String,
}

/// `[billing]`: rulings on MRR a company may want otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Billing {
    /// Which coupons lower MRR: `forever`, `all` or `none`.
    #[serde(default = "forever")]
    pub discounts: String,
    /// Count metered usage prices.
    #[serde(default)]
    pub metered: bool,
    /// Count subscriptions whose collection is paused.
    #[serde(default)]
    pub paused: bool,
    /// Churn reason → accountable function; adds to and replaces the shipped mapping.
    #[serde(default)]
    pub churn_functions: BTreeMap<String, String>,
    /// Upper bounds of the size bands in major units of MRR.
    #[serde(default = "bands")]
    pub size_bands: Vec<u32>,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            discounts: forever(),
            metered: false,
            paused: false,
            churn_functions: BTreeMap::new(),
            size_bands: bands(),
        }
    }
}

/// `[accounts]`: who is not a customer, and what is known of those who are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// E-mail domains of the company itself.
    #[serde(default)]
    pub internal_domains: Vec<String>,
    /// Billing customer ids that are tests or partners.
    #[serde(default)]
    pub excluded: Vec<String>,
    /// Domains that say nothing about the company; adds to the shipped list.
    #[serde(default)]
    pub free_mail_domains: Vec<String>,
    /// Segments beside plan and size: keys of billing customers' metadata, and names used in `segments.csv`.
    #[serde(default)]
    pub segments: Vec<String>,
    /// The segment that says who looks after an account.
    #[serde(default)]
    pub owner_segment: Option<String>,
}

/// `[value]`: what customers gain.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// Worth of an hour saved, in the company's currency. Benefits recorded in hours count only where it is set.
    #[serde(default)]
    pub hour_rate: Option<rust_decimal::Decimal>,
}

/// `[review]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRules {
    /// Below this many behind a figure: counts and an interval instead of a percentage.
    #[serde(default = "thirty")]
    pub small_number: u32,
}

impl Default for ReviewRules {
    fn default() -> Self {
        Self { small_number: thirty() }
    }
}

/// `[metrics.NAME]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricOverride {
    #[serde(default)]
    pub team: Option<String>,
    #[serde(default)]
    pub enabled: Option<bool>,
    /// A constant target; `targets.csv` has those by month and segment.
    #[serde(default)]
    pub target: Option<rust_decimal::Decimal>,
}

impl Schedule {
    /// The weekly hours in minutes since Sunday 00:00: `monday = ["09:00-17:00"]` is (1980, 2460).
    pub fn weekly_minutes(&self) -> Result<Vec<(u32, u32)>> {
        const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
        let mut minutes = Vec::new();
        for (day, stretches) in &self.hours {
            let index = DAYS
                .iter()
                .position(|d| d == day)
                .with_context(|| format!("hours: {day:?} is not a weekday{}", nearest(day, &DAYS)))?;
            for stretch in stretches {
                let (from, to) = stretch
                    .split_once('-')
                    .and_then(|(a, b)| Some((minute(a)?, minute(b)?)))
                    .filter(|(a, b)| a < b)
                    .with_context(|| format!("hours.{day}: {stretch:?}; write \"09:00-17:00\""))?;
                minutes.push((index as u32 * 1440 + from, index as u32 * 1440 + to));
            }
        }
        minutes.sort_unstable();
        Ok(minutes)
    }

    /// Its holidays.
    pub fn closed_on(&self) -> Result<Vec<Date>> {
        let day = |text: &String| {
            text.parse().with_context(|| format!("holidays: {text:?} is not a day; write \"2026-12-25\""))
        };
        self.holidays.iter().map(day).collect()
    }
}

fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours * 60 + minutes <= 1440 && minutes < 60).then_some(hours * 60 + minutes)
}

fn fourteen() -> u32 {
    14
}

fn month() -> String {
    "month".into()
}

fn forever() -> String {
    "forever".into()
}

fn bands() -> Vec<u32> {
    vec![100, 1000]
}

fn sixty() -> u32 {
    60
}

fn one() -> u32 {
    1
}
