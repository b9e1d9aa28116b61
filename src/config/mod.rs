//! What the company wrote in `bizreview.toml`, parsed, checked and explained when wrong.
//!
//! Unknown keys are errors with line, caret and the accepted names. Secrets are references ([`secret`]) and are resolved
//! only when a source or the mail transport is opened. Every key is shown, commented, in `config/bizreview.toml`.

mod blocks;
mod keep;
mod locate;
mod mail;
mod operator;
mod secret;
mod size;
mod tap;
mod validate;
mod web;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::review::edition::{Attachment, Enclose};

pub use blocks::{
    Accounts, Billing, Fit, FitAttribute, FitCriterion, MetricOverride, Operations, Product, ReviewRules, Schedule,
    ScheduleRule, SlaTarget, Support, UptimeCommitment, Value,
};
pub use keep::{Age, Keep};
pub use mail::{OAuth, OnUncertain};
pub use operator::Operator;
pub use secret::{SecretRef, Secrets};
pub use size::Size;
pub use tap::{TapSettings, named_secret, named_secrets, written_secret};
pub use validate::nearest;
pub use web::{Proxy, Web, is_meant};

/// What was asked for cannot be: a mistake of the command line or the configuration, not of the world (exit code 2).
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// The whole configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub company: Company,
    pub store: Store,
    /// `[sources.NAME]`, in name order.
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
    #[serde(default)]
    pub mail: Mail,
    #[serde(default)]
    pub render: Render,
    #[serde(default)]
    pub operator: Option<Operator>,
    #[serde(default)]
    pub web: Web,
    #[serde(default)]
    pub keep: Keep,
    #[serde(default)]
    pub teams: BTreeMap<String, Team>,
    #[serde(default)]
    pub product: Product,
    #[serde(default)]
    pub support: Support,
    #[serde(default)]
    pub operations: Operations,
    #[serde(default)]
    pub billing: Billing,
    #[serde(default)]
    pub fit: Fit,
    #[serde(default)]
    pub accounts: Accounts,
    #[serde(default)]
    pub value: Value,
    #[serde(default)]
    pub review: ReviewRules,
    /// `[promises]`: what the customers of a segment were promised, in words, by `name=value` of the segment.
    #[serde(default)]
    pub promises: BTreeMap<String, String>,
    /// `[metrics.NAME]`: overrides of a metric's header.
    #[serde(default)]
    pub metrics: BTreeMap<String, MetricOverride>,
    #[serde(default)]
    pub reports: BTreeMap<String, Report>,
    /// The keys of `[sources]` in the order of the file: of several sources of one system the first keeps its ids as they are.
    #[serde(skip)]
    pub source_order: Vec<String>,
    /// Folder of the file it was read from: relative paths start here.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Folder of what the store keeps to sign in with, where that is not the store's own: a check pulls into a store that is thrown
    /// away, and must not lose a token that was replaced meanwhile.
    #[serde(skip)]
    pub keys: Option<PathBuf>,
    /// The file as it was written, for the edition. Secrets are only named in it.
    #[serde(skip)]
    pub text: String,
}

/// `[company]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    pub name: String,
    /// IANA zone: weeks, months and days are this zone's.
    pub timezone: String,
    #[serde(default)]
    pub week_start: WeekStart,
    /// 1 to 12: quarters and years follow it.
    #[serde(default = "one")]
    pub fiscal_year_start_month: i8,
    /// ISO 4217, any case.
    pub currency: String,
    /// BCP 47: the language of reviews, their separators and dates. `[reports.NAME] locale` sets another.
    #[serde(default = "english")]
    pub locale: String,
    /// PNG or SVG file, at the top of mail and page in place of the name. A report goes out without one that cannot be read.
    #[serde(default)]
    pub logo: Option<PathBuf>,
    /// When people can answer, in the company's zone: `monday = ["09:00-17:00"]`, …. Monday to Friday, 9 to 17 unless given.
    #[serde(default = "office_hours")]
    pub hours: BTreeMap<String, Vec<String>>,
    /// Whole local days on which nobody answers.
    #[serde(default)]
    pub holidays: Vec<String>,
}

impl Company {
    /// Its business hours as a schedule.
    pub fn office(&self) -> Schedule {
        Schedule { timezone: self.timezone.clone(), hours: self.hours.clone(), holidays: self.holidays.clone() }
    }
}

/// First day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeekStart {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Landing, ledger, warehouse and archive live here.
    pub path: PathBuf,
    /// DuckDB's memory limit.
    #[serde(default = "memory")]
    pub memory_limit: String,
    /// Processors that DuckDB uses; absent: all there are, eight at most.
    #[serde(default)]
    pub threads: Option<std::num::NonZeroU16>,
    /// Folders whose files replace shipped ones of the same name, or add to them.
    #[serde(default)]
    pub queries: Option<PathBuf>,
    #[serde(default)]
    pub manifests: Option<PathBuf>,
    #[serde(default)]
    pub templates: Option<PathBuf>,
}

/// `[sources.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of a manifest: `NAME` is `config/sources/NAME.toml`.
    pub manifest: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Replaces the manifest's own; required where it has none.
    #[serde(default)]
    pub base_url: Option<String>,
    #[serde(default)]
    pub token: Option<SecretRef>,
    /// Secrets besides the token that its manifest asks for by name: `client_secret`, an application's key.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretRef>,
    /// User name of basic authentication.
    #[serde(default)]
    pub username: Option<String>,
    /// Folder of a `files` manifest.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// The program of a `singer` manifest, and what its own configuration says.
    #[serde(default)]
    pub tap: Option<TapSettings>,
    /// ADBC driver of a `sql` manifest: a name it is installed under, or the path of a library.
    #[serde(default)]
    pub driver: Option<String>,
    /// Secret options of that driver, besides the database's address (`token`).
    #[serde(default)]
    pub options: BTreeMap<String, SecretRef>,
    /// Values for the manifest's `{placeholders}`: project, page, start date.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Requests per minute for one of the manifest's budget groups.
    #[serde(default)]
    pub budget: BTreeMap<String, f64>,
    /// How long its streams are kept, in place of what the manifest says: `"90d"`, `"2y"`, `"forever"`.
    #[serde(default)]
    pub retain: BTreeMap<String, Age>,
    /// Hours after which its data counts as stale (default 30).
    #[serde(default = "thirty")]
    pub stale_after_hours: u32,
}

/// `[mail]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `dir:PATH`, `smtp://HOST[:PORT]` (STARTTLS; plaintext on loopback only) or `smtps://HOST[:PORT]`.
    #[serde(default = "outbox")]
    pub transport: String,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<SecretRef>,
    /// Signs in with a token instead of a password.
    #[serde(default)]
    pub oauth: Option<OAuth>,
    /// PEM file of a private authority that the server's certificate may be from, besides the public ones.
    #[serde(default)]
    pub root_certificate: Option<PathBuf>,
    /// What is done with mail that may have arrived: `hold` (until the operator's `resend`) or `resend` (once, by itself).
    #[serde(default)]
    pub on_uncertain: OnUncertain,
    /// Whether an address that was never sent a report waits for the operator's `approve` before its schedule sends to it; `true`
    /// unless given. Mail to a folder waits for nobody.
    #[serde(default)]
    pub approve_recipients: Option<bool>,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Mailbox whose mail is handed to `comment --from-mail`: owners answer to `NAME+TOKEN@…` of it. Absent: owners who are asked
    /// are told the command instead.
    #[serde(default)]
    pub reply_address: Option<String>,
    /// Selector of the relay's DKIM signature, for `check --online` to look at its key; selectors cannot be listed.
    #[serde(default)]
    pub dkim_selector: Option<String>,
    /// Recipients outside these domains are refused. Empty: no restriction.
    #[serde(default)]
    pub allowed_domains: Vec<String>,
    /// Address of the archive on the web; mails contain no links without it.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Most that the attachments of one mail may weigh together, `"5MB"` unless given. What is larger stays beside the page,
    /// and the mail says so.
    #[serde(default)]
    pub attachment_limit: Option<Size>,
}

/// `[render]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Render {
    /// The browser that prints pages for `run --pdf`; looked for on the PATH unless given.
    #[serde(default)]
    pub chromium: Option<PathBuf>,
}

/// `[teams.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub name: String,
    /// Address that discusses the review; used as Reply-To.
    #[serde(default)]
    pub discussion: Option<String>,
    /// Who is asked for comments on the team's exceptions before a review goes out; the discussion address, else the
    /// recipients of the team's reports, unless given.
    #[serde(default)]
    pub owner: Option<String>,
    /// Addresses, or `@domain` for a whole one, whose answers are taken besides those of whoever was asked: the members of a list.
    #[serde(default)]
    pub commenters: Vec<String>,
}

/// `[reports.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub title: String,
    /// Key of `[teams]`.
    pub team: String,
    pub to: Vec<String>,
    /// Read it on the web besides its recipients: addresses, or `@domain`.
    #[serde(default)]
    pub viewers: Vec<String>,
    /// Five fields, in `timezone`.
    #[serde(default)]
    pub cron: Option<String>,
    /// IANA zone of `cron` (default: the company's).
    #[serde(default)]
    pub timezone: Option<String>,
    /// How late a missed occurrence is still sent, `"36h"` unless given.
    #[serde(default)]
    pub catch_up: Option<jiff::SignedDuration>,
    /// How long before the send data is pulled, so that it goes out on the minute: `"1h"` unless given, `"0s"` pulls with the send.
    #[serde(default)]
    pub pull_before: Option<jiff::Span>,
    /// How long before the send owners are asked for comments on the draft's exceptions: `"1d"`. They are not unless given.
    #[serde(default)]
    pub draft_before: Option<jiff::Span>,
    /// How long after the promised time a source that cannot be pulled may hold the send; then it goes out, what is late marked
    /// provisional. `"1h"` unless given.
    #[serde(default)]
    pub deadline: Option<jiff::SignedDuration>,
    #[serde(default)]
    pub grain: Grain,
    /// Names or `folder/*`. Globs bring metrics of the report's own team only, unless `all_teams`.
    pub metrics: Vec<String>,
    /// Globs bring every team's metrics: for executives.
    #[serde(default)]
    pub all_teams: bool,
    #[serde(default)]
    pub lists: Vec<String>,
    /// Fit, churn, growth, advocacy, adoption and value in a line each: for executives.
    #[serde(default)]
    pub dimensions: bool,
    /// What became of each month's new accounts.
    #[serde(default)]
    pub cohorts: bool,
    /// `names`, `ids` or `none`.
    #[serde(default)]
    pub customers: crate::review::model::Customers,
    /// What its mail takes along: `xlsx`, `csv`. Nothing unless given.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// BCP 47 (default: the company's).
    #[serde(default)]
    pub locale: Option<String>,
}

/// Length of a reviewed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    #[default]
    Week,
    Month,
    Quarter,
    Year,
}

impl Config {
    /// Reads, parses and validates a configuration file.
    pub fn load(path: &Path) -> Result<Config> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read the configuration {} (make one with `bizreview init DIR`)", path.display())
        })?;
        let folder = std::path::absolute(path)?.parent().unwrap_or(Path::new("/")).to_path_buf();
        Config::parse(&text, &folder).with_context(|| format!("in {}", path.display()))
    }

    /// Parses and validates; `folder` is what relative paths start from.
    pub fn parse(text: &str, folder: &Path) -> Result<Config> {
        let mut config: Config =
            toml::from_str(text).map_err(|e| anyhow::anyhow!("{}", secret::blank(e.to_string().trim_end())))?;
        config.folder = folder.to_path_buf();
        config.source_order = locate::keys_in_order(text, "sources");
        text.clone_into(&mut config.text);
        config.validate().map_err(|e| anyhow::anyhow!("{}", locate::with_line(text, &format!("{e:#}"))))?;
        Ok(config)
    }

    /// A message that begins with its table and key, with the line it is about.
    pub fn located(&self, message: &str) -> String {
        locate::with_line(&self.text, message)
    }

    /// A path of the configuration, relative ones taken from the file's folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The store's folder.
    pub fn store(&self) -> PathBuf {
        self.resolve(&self.store.path)
    }

    /// Folder of what the store keeps to sign in with.
    pub fn keys(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.store().join("keys"))
    }

    /// What the mail of a report takes along.
    pub fn enclose(&self, report: &str) -> Enclose {
        let kinds = self.reports.get(report).map(|report| report.attachments.clone()).unwrap_or_default();
        Enclose { kinds, limit: self.mail.attachment_limit.unwrap_or_default().0 }
    }

    /// Whether `[metrics.NAME]` leaves a metric on.
    pub fn is_enabled(&self, metric: &str) -> bool {
        self.metrics.get(metric).and_then(|settings| settings.enabled).unwrap_or(true)
    }

    /// The language of a report.
    pub fn locale<'a>(&'a self, report: &'a Report) -> &'a str {
        report.locale.as_deref().unwrap_or(&self.company.locale)
    }

    /// ISO 4217 code of the company's currency, upper case.
    pub fn currency(&self) -> String {
        self.company.currency.to_uppercase()
    }
}

fn one() -> i8 {
    1
}
fn thirty() -> u32 {
    30
}
fn yes() -> bool {
    true
}
fn english() -> String {
    "en".into()
}
fn office_hours() -> BTreeMap<String, Vec<String>> {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    days.map(|day| (day.to_owned(), vec!["09:00-17:00".to_owned()])).into()
}
fn memory() -> String {
    "2GB".into()
}
fn outbox() -> String {
    "dir:outbox".into()
}
