//! One review per report: what was measured, with freshness, coverage and what is missing.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{Timestamp, ToSpan};

use super::known::Known;
use super::{Environment, Force, Measured, is_named, pictures};
use crate::calendar::{Calendar, Period};
use crate::config::Report;
use crate::review::assemble::{Material, assemble};
use crate::review::model::{Forced, Freshness, Head, Kind, NotMeasured, Problem, Restatement, Review};
use crate::review::phrase::{Arg, Phrase};
use crate::review::row::Context;
use crate::review::series::MetricInfo;
use crate::warehouse::catalog::Need;
use crate::warehouse::checks::Severity;

/// What the reviews of a run share.
pub struct Shared<'a> {
    pub environment: &'a Environment,
    pub calendar: &'a Calendar,
    pub measured: &'a Measured,
    pub known: &'a Known,
    pub problems: &'a [Problem],
    /// Who has withheld sections printed all the same, and why.
    pub force: Option<&'a Force>,
    /// What is suspicious about the latest pulls.
    pub anomalies: Vec<Phrase>,
}

/// Assembles the reviews of a run, in report order. `restated` gives what earlier editions of a report said otherwise.
pub fn reviews(
    shared: &Shared<'_>,
    reports: &[(String, Period)],
    mut restated: impl FnMut(&str, &Period) -> Result<Vec<Restatement>>,
) -> Result<Vec<Review>> {
    let freshness = freshness(shared.environment)?;
    let mut reviews = Vec::new();
    for (name, period) in reports {
        let baselines = shared.known.baselines_of(period.grain);
        let context = Context {
            calendar: shared.calendar,
            period,
            figures: &shared.measured.figures,
            targets: &shared.measured.targets,
            small_number: shared.environment.config.review.small_number,
            periods: shared.measured.periods.get(&period.grain).map_or(&[], Vec::as_slice),
            baselines: &baselines,
        };
        let mut material = material(shared, name, period, &freshness)?;
        material.restatements = restated(name, period)?;
        reviews.push(assemble(&context, material));
    }
    Ok(reviews)
}

/// In the order of the report's patterns; what a pattern brings together, outcomes before drivers.
pub fn listed<'a>(report: &Report, infos: &'a [MetricInfo]) -> Vec<&'a MetricInfo> {
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

fn material(shared: &Shared<'_>, name: &str, period: &Period, freshness: &[Freshness]) -> Result<Material> {
    let Shared { environment, calendar, measured, .. } = shared;
    let config = &environment.config;
    let details = &measured.details[name];
    let listed = listed(&config.reports[name], &measured.infos);
    let (missing, metrics): (Vec<_>, Vec<_>) = listed.into_iter().partition(|i| measured.unmet.contains_key(&i.metric));
    let metrics: Vec<MetricInfo> = metrics.into_iter().cloned().collect();
    let mut late = late_sources(freshness, calendar.start_of(period.end_on)?);
    late.extend(shared.anomalies.iter().cloned());
    let Gate { withheld, provisional, forced } = gate(shared, &metrics, late);
    let is_guard = |info: &&MetricInfo| metrics.iter().any(|m| m.guardrail.as_ref() == Some(&info.metric));
    let mut problems = shared.problems.to_vec();
    problems.extend(details.problems.iter().cloned());
    let lists = details.lists.iter().filter(|list| !withheld.contains_key(&list.dimension)).cloned().collect();
    Ok(Material {
        head: head(environment, name, period)?,
        guardrails: measured.infos.iter().filter(is_guard).cloned().collect(),
        walk: details.walk.clone().filter(|_| !["growth", "churn"].iter().any(|d| withheld.contains_key(*d))),
        factors: if withheld.contains_key("churn") { Vec::new() } else { details.factors.clone() },
        metrics,
        withheld,
        provisional,
        promise_texts: config.promises.iter().filter_map(|(key, text)| Some((split(key)?, text.clone()))).collect(),
        account_values: details.account_values.clone(),
        restatements: Vec::new(),
        forced,
        pictures: details.pictures.clone(),
        leads: pictures::leads(measured, &config.reports[name]),
        lists,
        not_measured: not_measured(measured, &missing, &details.unmet_lists),
        problems,
        freshness: freshness.to_vec(),
        coverage: details.coverage.clone(),
    })
}

/// `plan=Scale`
fn split(key: &str) -> Option<(String, String)> {
    key.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
}

/// What checks let through.
struct Gate {
    withheld: BTreeMap<String, String>,
    provisional: Vec<Phrase>,
    forced: Option<Forced>,
}

/// A failing check withholds its own sections with the reason, or marks the edition provisional; `--force` has withheld
/// sections printed, and says who and why.
fn gate(shared: &Shared<'_>, metrics: &[MetricInfo], mut provisional: Vec<Phrase>) -> Gate {
    let dimensions: Vec<&str> = metrics.iter().map(|m| m.dimension.as_str()).collect();
    let mut withheld = BTreeMap::new();
    let mut overruled = Vec::new();
    for check in &shared.measured.failed_checks {
        let is_concerned = check.dimensions.iter().any(|d| dimensions.contains(&d.as_str()));
        match (check.severity, shared.force) {
            (Severity::Withhold, Some(_)) if is_concerned => overruled.push(check.title.clone()),
            // also what is not on the report itself: a guardrail, a list, the walk
            (Severity::Withhold, None) => {
                withheld.extend(check.dimensions.iter().map(|d| (d.clone(), check.title.clone())));
            }
            (Severity::Provisional, _) if is_concerned => provisional.push(check.title.as_str().into()),
            _ => {}
        }
    }
    let forced = shared.force.filter(|_| !overruled.is_empty()).map(|force| Forced {
        by: force.by.clone(),
        reason: force.reason.clone(),
        checks: overruled,
    });
    Gate { withheld, provisional, forced }
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
        locale: config.locale(report).to_owned(),
        timezone: config.company.timezone.clone(),
        customers: report.customers,
        generated_at: environment.now.to_string(),
        link,
        reply_to: team.discussion.clone().or_else(|| config.mail.reply_to.clone()),
    })
}

/// One entry per configured source.
pub(super) fn freshness(environment: &Environment) -> Result<Vec<Freshness>> {
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
pub(super) fn late_sources(freshness: &[Freshness], period_end: Timestamp) -> Vec<Phrase> {
    let late = freshness.iter().filter_map(|source| {
        let Some(pulled_at) = &source.pulled_at else {
            return Some(Phrase::of("late-never-pulled").with("source", source.source.as_str()));
        };
        let at: Timestamp = pulled_at.parse().ok()?;
        let moment = || Arg::Moment { moment: pulled_at.clone() };
        (at < period_end).then(|| Phrase::of("late-source").with("source", source.source.as_str()).with("at", moment()))
    });
    late.collect()
}

/// Metrics and lists left out, grouped by what they need.
fn not_measured(measured: &Measured, missing: &[&MetricInfo], lists: &[(String, String, Need)]) -> Vec<NotMeasured> {
    let mut groups: Vec<NotMeasured> = Vec::new();
    let metrics = missing
        .iter()
        .filter_map(|info| Some((format!("metric-{}", info.metric), &info.title, measured.unmet.get(&info.metric)?)));
    let lists = lists.iter().map(|(name, title, need)| (format!("list-{name}"), title, need));
    for (id, title, need) in metrics.chain(lists) {
        let known = groups.iter().position(|g| g.why == need.why).unwrap_or(groups.len());
        if known == groups.len() {
            let (why, how) = (need.why.clone(), need.how.clone());
            groups.push(NotMeasured { titles: Vec::new(), ids: Vec::new(), need: need.name.clone(), why, how });
        }
        if !groups[known].titles.contains(title) {
            groups[known].titles.push(title.clone());
            groups[known].ids.push(id);
        }
    }
    groups
}
