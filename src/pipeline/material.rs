//! One review per report: what was measured, with freshness, coverage and what is missing.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{Timestamp, ToSpan};

use super::{Environment, Measured, is_named};
use crate::calendar::{Calendar, Period};
use crate::config::Report;
use crate::review::assemble::{Material, assemble};
use crate::review::model::{Freshness, Head, Kind, NotMeasured, Problem, Review};
use crate::review::row::Context;
use crate::review::series::MetricInfo;
use crate::warehouse::catalog::Need;
use crate::warehouse::checks::Severity;

/// Assembles the reviews of a run, in report order.
pub fn reviews(
    environment: &Environment,
    calendar: &Calendar,
    reports: &[(String, Period)],
    measured: &Measured,
    problems: &[Problem],
) -> Result<Vec<Review>> {
    let freshness = freshness(environment)?;
    reports
        .iter()
        .map(|(name, period)| {
            let context = Context {
                calendar,
                period,
                figures: &measured.figures,
                targets: &measured.targets,
                small_number: environment.config.review.small_number,
                horizon_from: measured.horizon_from.get(&period.grain).copied().unwrap_or(period.start_on),
            };
            let report = &environment.config.reports[name];
            let listed = listed(report, &measured.infos);
            let material = material(environment, calendar, name, period, measured, listed, problems, &freshness)?;
            Ok(assemble(&context, material))
        })
        .collect()
}

/// In the order of the report's patterns; what a pattern brings together, outcomes before drivers.
fn listed<'a>(report: &Report, infos: &'a [MetricInfo]) -> Vec<&'a MetricInfo> {
    let mut listed: Vec<&MetricInfo> = Vec::new();
    for pattern in &report.metrics {
        let mut brought: Vec<&MetricInfo> = infos
            .iter()
            .filter(|i| {
                is_named(report, pattern, &i.team, &i.dimension, &i.metric)
                    && !listed.iter().any(|l| l.metric == i.metric)
            })
            .collect();
        brought.sort_by_key(|info| info.kind == Kind::Driver);
        listed.extend(brought);
    }
    listed
}

#[expect(clippy::too_many_arguments, reason = "one call, one place that gathers what a review is made of")]
fn material(
    environment: &Environment,
    calendar: &Calendar,
    name: &str,
    period: &Period,
    measured: &Measured,
    listed: Vec<&MetricInfo>,
    problems: &[Problem],
    freshness: &[Freshness],
) -> Result<Material> {
    let details = &measured.details[name];
    let (missing, metrics): (Vec<_>, Vec<_>) = listed.into_iter().partition(|i| measured.unmet.contains_key(&i.metric));
    let metrics: Vec<MetricInfo> = metrics.into_iter().cloned().collect();
    let dimensions: Vec<&str> = metrics.iter().map(|m| m.dimension.as_str()).collect();
    let checks = measured.failed_checks.iter();
    let concerned = checks.filter(|c| c.dimensions.iter().any(|d| dimensions.contains(&d.as_str())));
    let mut withheld = BTreeMap::new();
    let mut provisional = late_sources(freshness, calendar, calendar.start_of(period.end_on)?);
    for check in concerned {
        match check.severity {
            Severity::Withhold => withheld.extend(check.dimensions.iter().map(|d| (d.clone(), check.title.clone()))),
            Severity::Provisional => provisional.push(check.title.clone()),
            Severity::Warn => {}
        }
    }
    let walk = details.walk.clone().filter(|_| !withheld.contains_key("growth"));
    let mut problems = problems.to_vec();
    problems.extend(details.problems.iter().cloned());
    Ok(Material {
        head: head(environment, name, period)?,
        metrics,
        withheld,
        provisional,
        walk,
        lists: details.lists.clone(),
        not_measured: not_measured(measured, &missing, &details.unmet_lists),
        problems,
        freshness: freshness.to_vec(),
        coverage: details.coverage.clone(),
    })
}

fn head(environment: &Environment, name: &str, period: &Period) -> Result<Head> {
    let config = &environment.config;
    let report = &config.reports[name];
    let team = &config.teams[&report.team];
    let currency = config.currency();
    let link = match &config.mail.public_url {
        None => None,
        Some(url) => {
            let number = environment.ledger.next_edition_number(name, &period.id)?;
            Some(format!("{}/reports/{name}/{}/{number}/index.html", url.trim_end_matches('/'), period.id))
        }
    };
    Ok(Head {
        report: name.to_owned(),
        title: report.title.clone(),
        team: report.team.clone(),
        team_name: team.name.clone(),
        company: config.company.name.clone(),
        currency_digits: crate::review::money::digits(&currency),
        currency,
        locale: config.company.locale.clone(),
        timezone: config.company.timezone.clone(),
        customers: report.customers,
        generated_at: environment.now.to_string(),
        link,
        reply_to: team.discussion.clone().or_else(|| config.mail.reply_to.clone()),
    })
}

/// One entry per configured source.
fn freshness(environment: &Environment) -> Result<Vec<Freshness>> {
    let pulls = environment.ledger.last_pulls()?;
    let mut freshness = Vec::new();
    for (name, source) in environment.config.sources.iter().filter(|(_, s)| s.enabled) {
        let streams: Vec<_> =
            pulls.iter().filter(|p| p.source == *name && p.outcome.as_deref() != Some("skipped")).collect();
        // a source is as fresh as its stalest stream
        let oldest = streams.iter().map(|p| p.last_ok_at.clone()).min().flatten();
        let pulled: Option<Timestamp> = oldest.as_deref().and_then(|t| t.parse().ok());
        let limit = i64::from(source.stale_after_hours).hours();
        freshness.push(Freshness {
            source: name.clone(),
            pulled_at: oldest,
            records: streams.iter().map(|p| p.rows_total).sum(),
            is_stale: pulled.is_none_or(|at| at + limit < environment.now),
        });
    }
    Ok(freshness)
}

/// Sources not pulled since the period ended: what they know of it is incomplete.
fn late_sources(freshness: &[Freshness], calendar: &Calendar, period_end: Timestamp) -> Vec<String> {
    let late = freshness.iter().filter_map(|source| {
        let Some(pulled_at) = &source.pulled_at else {
            return Some(format!("{} has not been pulled completely yet", source.source));
        };
        let at: Timestamp = pulled_at.parse().ok()?;
        let local = at.to_zoned(calendar.zone.clone()).strftime("%-d %b %Y, %H:%M").to_string();
        (at < period_end).then(|| format!("{} was last pulled on {local}, before the period ended", source.source))
    });
    late.collect()
}

/// Metrics and lists left out, grouped by what they need.
fn not_measured(measured: &Measured, missing: &[&MetricInfo], lists: &[(String, Need)]) -> Vec<NotMeasured> {
    let mut groups: Vec<NotMeasured> = Vec::new();
    let metrics = missing.iter().filter_map(|info| Some((&info.title, measured.unmet.get(&info.metric)?)));
    for (title, need) in metrics.chain(lists.iter().map(|(title, need)| (title, need))) {
        let known = groups.iter().position(|g| g.why == need.why).unwrap_or(groups.len());
        if known == groups.len() {
            groups.push(NotMeasured { titles: Vec::new(), why: need.why.clone(), how: need.how.clone() });
        }
        if !groups[known].titles.contains(title) {
            groups[known].titles.push(title.clone());
        }
    }
    groups
}
