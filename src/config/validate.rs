//! What the parser cannot see: zones, currencies, names that refer to each other.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::{Config, FitAttribute, UptimeCommitment};

impl Config {
    /// A number, after the name of its source where that is not the first of its system.
    fn is_helpdesk_id(&self, id: &str) -> bool {
        let number = match id.split_once(':') {
            Some((source, number)) if self.sources.contains_key(source) => number,
            _ => id,
        };
        number.chars().all(|c| c.is_ascii_digit())
    }

    pub(super) fn validate(&self) -> Result<()> {
        let company = &self.company;
        zone(&company.timezone).context("[company] timezone")?;
        ensure!(
            (1..=12).contains(&company.fiscal_year_start_month),
            "[company] fiscal_year_start_month is {}, it must be 1 to 12",
            company.fiscal_year_start_month
        );
        ensure!(
            company.currency.len() == 3 && company.currency.chars().all(|c| c.is_ascii_alphabetic()),
            "[company] currency {:?} is not a three-letter ISO 4217 code",
            company.currency
        );
        ensure!(
            ["forever", "all", "none"].contains(&self.billing.discounts.as_str()),
            "[billing] discounts {:?}: use forever, all or none",
            self.billing.discounts
        );
        ensure!(self.billing.size_bands.is_sorted(), "[billing] size_bands must rise");
        for target in &self.support.targets {
            known("clock", &target.clock, &CLOCKS)?;
            if let Some(priority) = &target.priority {
                known("priority", priority, &PRIORITIES)?;
            }
        }
        for rule in &self.support.schedule_rules {
            ensure!(
                rule.lists().iter().filter(|(_, ids)| !ids.is_empty()).count() == 1,
                "[[support.schedule_rules]] schedule {:?}: give exactly one of group, brand, organization or tag, for example \
                 group = [\"360000123\"]",
                rule.schedule
            );
            // a number is a schedule of the helpdesk, known only once it was pulled
            let own: Vec<&str> = self.support.schedules.keys().map(String::as_str).collect();
            ensure!(
                own.contains(&rule.schedule.as_str()) || self.is_helpdesk_id(&rule.schedule),
                "[[support.schedule_rules]] schedule {:?} is neither in [support.schedules] nor an id of the helpdesk{}",
                rule.schedule,
                nearest(&rule.schedule, &own)
            );
        }
        for (name, schedule) in &self.support.schedules {
            zone(&schedule.timezone).with_context(|| format!("[support.schedules.{name}] timezone"))?;
        }
        self.validate_voices()?;
        self.operator.as_ref().map_or(Ok(()), super::Operator::validate)?;
        if let Some(selector) = &self.mail.dkim_selector {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            ensure!(
                !selector.is_empty() && selector.chars().all(is_name),
                "[mail] dkim_selector {selector:?}: write the name before ._domainkey, for example \"s1\""
            );
        }
        self.validate_segments()?;
        ensure!(
            self.value.hour_rate.is_none_or(|rate| rate.is_sign_positive() && !rate.is_zero()),
            "[value] hour_rate must be above 0; leave it out where hours have no price"
        );
        self.validate_commitments()?;
        for criterion in &self.fit.criteria {
            let has_bound = criterion.at_least.is_some();
            ensure!(
                has_bound == (criterion.attribute == FitAttribute::Seats) && has_bound == criterion.any_of.is_empty(),
                "[[fit.criteria]] attribute {}: plan and interval take any_of = [\"…\"], seats takes at_least = N",
                criterion.attribute.name()
            );
        }
        for segment in self.promises.keys() {
            ensure!(
                segment
                    .split_once('=')
                    .is_some_and(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty()),
                "[promises] {segment:?}: write the segment as \"plan=Scale\""
            );
        }
        for (name, source) in &self.sources {
            if let Some(key) = source.tap.as_ref().and_then(|tap| super::written_secret(&tap.config)) {
                bail!(
                    "[sources.{name}.tap.config] {key}: a secret is named, not written here: {{ env = \"VARIABLE\" }} or \
                     {{ file = \"PATH\" }}"
                );
            }
        }
        for name in self.sources.keys().chain(self.reports.keys()).chain(self.teams.keys()) {
            ensure!(
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
                "{name:?}: names of sources, teams and reports are letters, digits, - and _"
            );
        }
        ensure!(
            !self.reports.contains_key("account"),
            "[reports.account]: `run account --customer ID` is the review of one customer; give this report another name"
        );
        for (name, report) in &self.reports {
            self.validate_report(name, report).with_context(|| format!("[reports.{name}]"))?;
        }
        self.validate_web()
    }

    /// Business hours, and the addresses of those who are asked and answer.
    fn validate_voices(&self) -> Result<()> {
        let office = self.company.office();
        office.weekly_minutes().and(office.closed_on()).context("[company]")?;
        if let Some(address) = &self.mail.reply_address {
            let bare: lettre::Address = address
                .parse()
                .map_err(|e| anyhow::anyhow!("[mail] reply_address {address:?} is not a bare e-mail address: {e}"))?;
            ensure!(
                !bare.user().contains('+'),
                "[mail] reply_address {address:?}: the part after + is added per question"
            );
        }
        for (name, team) in &self.teams {
            if let Some(owner) = &team.owner {
                self.check_recipient(owner).with_context(|| format!("[teams.{name}] owner"))?;
            }
            for entry in &team.commenters {
                let is_domain = entry.strip_prefix('@').is_some_and(|d| d.contains('.') && !d.contains('@'));
                ensure!(
                    is_domain || entry.parse::<lettre::Address>().is_ok(),
                    "[teams.{name}] commenters: {entry:?} is neither a bare e-mail address nor @domain"
                );
            }
        }
        Ok(())
    }

    fn validate_segments(&self) -> Result<()> {
        let accounts = &self.accounts;
        for (index, name) in accounts.segments.iter().enumerate() {
            segment(name).context("[accounts] segments")?;
            ensure!(!accounts.segments[..index].contains(name), "[accounts] segments: {name:?} is listed twice");
        }
        accounts.owner_segment.as_deref().map_or(Ok(()), segment).context("[accounts] owner_segment")
    }

    fn validate_commitments(&self) -> Result<()> {
        let mut plans = BTreeSet::new();
        for commitment in &self.operations.commitments {
            let UptimeCommitment { plan, uptime, credit, period } = commitment;
            let name = format!("[[operations.commitments]] plan {plan:?}");
            let is_share = |share: &Decimal| (Decimal::ZERO..=Decimal::ONE).contains(share) && share.scale() <= 9;
            ensure!(!uptime.is_zero() && is_share(uptime), "{name}: uptime is {uptime}; write a share such as 0.999");
            ensure!(is_share(credit), "{name}: credit is {credit}; write a share such as 0.10");
            ensure!(
                ["month", "quarter", "year"].contains(&period.as_str()),
                "{name}: period {period:?}: use month, quarter or year"
            );
            ensure!(plans.insert((plan, period)), "{name}: there is another one by the {period}");
        }
        Ok(())
    }

    fn validate_report(&self, name: &str, report: &super::Report) -> Result<()> {
        if !self.teams.contains_key(&report.team) {
            let known: Vec<&str> = self.teams.keys().map(String::as_str).collect();
            bail!("team {:?} is not in [teams]{}", report.team, nearest(&report.team, &known));
        }
        ensure!(!report.to.is_empty(), "to: at least one recipient is needed");
        ensure!(!report.metrics.is_empty(), "metrics: at least one, for example [\"churn/*\"]");
        if let Some(timezone) = &report.timezone {
            zone(timezone).context("timezone")?;
        }
        crate::schedule::ReportSchedule::of(self, name)?;
        for address in &report.to {
            self.check_recipient(address)?;
        }
        Ok(())
    }

    /// Refuses an address that is malformed or outside `[mail] allowed_domains`.
    pub fn check_recipient(&self, address: &str) -> Result<()> {
        let parsed: lettre::message::Mailbox =
            address.parse().map_err(|e| anyhow::anyhow!("{address:?} is not an e-mail address: {e}"))?;
        let domain = parsed.email.domain();
        let allowed = &self.mail.allowed_domains;
        ensure!(
            allowed.is_empty() || allowed.iter().any(|d| d.eq_ignore_ascii_case(domain)),
            "recipient {address} is outside [mail] allowed_domains ({})",
            allowed.join(", ")
        );
        Ok(())
    }
}

/// What a target of `[[support.targets]]` may be about.
const CLOCKS: [&str; 5] = ["first_reply", "next_reply", "resolution", "requester_wait_time", "agent_work_time"];
const PRIORITIES: [&str; 4] = ["urgent", "high", "normal", "low"];

fn known(key: &str, value: &str, known: &[&str]) -> Result<()> {
    ensure!(known.contains(&value), "[[support.targets]] {key}: {value:?} is unknown{}", nearest(value, known));
    Ok(())
}

/// A name a company may give a segment: what is computed has its own.
fn segment(name: &str) -> Result<()> {
    ensure!(!["total", "plan", "size"].contains(&name), "{name:?} is what bizreview makes itself: choose another name");
    ensure!(
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
        "{name:?}: names of segments are letters, digits, - and _"
    );
    Ok(())
}

fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).with_context(|| format!("{name:?} is not a time zone; use an IANA name such as Europe/Berlin"))
}

/// "; did you mean …?" with the nearest known names, or the whole short list.
pub fn nearest(wanted: &str, known: &[&str]) -> String {
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(wanted, k), *k))
        .filter(|(distance, k)| *distance <= 2 + k.len() / 4 || k.contains(wanted) || wanted.contains(k))
        .collect();
    near.sort_unstable();
    near.truncate(3);
    if !near.is_empty() {
        let names: Vec<&str> = near.into_iter().map(|(_, k)| k).collect();
        return format!("; did you mean {}?", names.join(" or "));
    }
    match known.len() {
        0 => "; none is configured".into(),
        1..=12 => format!("; known: {}", known.join(", ")),
        _ => String::new(),
    }
}
