//! The part of a run that holds the warehouse: load → build → metrics, lists, walk and checks; then it is let go.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::details::{Details, details, factors};
use super::infos::{infos, needs_by_series, targets};
use super::known::Known;
use super::pictures::leading;
use super::{Environment, is_listed};
use crate::calendar::{Calendar, Period, Window};
use crate::config::{Config, Grain, Report, Usage, nearest};
use crate::review::model::Problem;
use crate::review::series::{Figures, MetricInfo, TargetFrom};
use crate::warehouse::catalog::Need;
use crate::warehouse::checks::{CheckResults, Failure};
use crate::warehouse::inputs::Horizon;
use crate::warehouse::metrics::MetricResults;
use crate::warehouse::{Catalog, Offer, Warehouse};

/// An open warehouse with its queries.
pub struct Warehoused {
    pub warehouse: Warehouse,
    pub catalog: Catalog,
}

/// Everything the reviews of a run need from the warehouse.
pub struct Measured {
    pub figures: Figures,
    /// All metrics of the catalogue, by report order of their files.
    pub infos: Vec<MetricInfo>,
    /// Series → what it still needs.
    pub unmet: BTreeMap<String, Need>,
    /// Dimension → the metrics that lead it, in catalogue order.
    pub leading: BTreeMap<String, Vec<String>>,
    pub failed_checks: Vec<Failure>,
    pub targets: Vec<TargetFrom>,
    /// By report.
    pub details: BTreeMap<String, Details>,
    pub problems: Vec<Problem>,
    /// Measured periods of each grain, oldest first.
    pub periods: BTreeMap<Grain, Vec<Period>>,
}

/// Opens the warehouse, waiting for another process as long as the environment's patience allows.
pub fn open(environment: &Environment) -> Result<Warehoused> {
    let config = &environment.config;
    let warehouse =
        Warehouse::open(&config.store(), &config.store.memory_limit, &environment.who, environment.patience)?;
    if let Some(threads) = config.store.threads {
        warehouse.use_threads(threads.get())?;
    }
    let catalog = warehouse.catalog(config.store.queries.as_ref().map(|p| config.resolve(p)).as_deref());
    // a query that cannot be read is the operator's to mend, as `check` says
    let catalog = catalog.map_err(|error| Usage(format!("{error:#}")))?;
    Ok(Warehoused { warehouse, catalog })
}

/// Measures what the reports ask for, as far as it was known.
pub fn measure(
    environment: &Environment,
    opened: &Warehoused,
    calendar: &Calendar,
    reports: &[(String, Period)],
    known: &Known,
) -> Result<Measured> {
    let config = &environment.config;
    super::check_reports(config, &Offer::of(&opened.catalog), reports.iter().map(|(name, _)| name))?;
    let horizon = known.horizon(calendar, reports)?;
    let mut problems = prepare(opened, environment, calendar, &horizon, known.last_batch)?;
    let Warehoused { warehouse, catalog } = opened;

    problems_of_schedule(opened, config, &mut problems);
    let infos = infos(catalog, config)?;
    let leading = leading(opened, config);
    let mut wanted = asked_for(config, &infos, reports);
    if reports.iter().any(|(name, _)| config.reports[name].dimensions) {
        wanted.extend(leading.values().flatten().cloned());
    }
    let results = warehouse.metrics(catalog, config, &wanted)?;
    let MetricResults { points, unmet, failed, begins } = results;
    problems
        .extend(failed.into_iter().map(|(metric, message)| Problem { subject: format!("metric {metric}"), message }));
    let CheckResults { failures: failed_checks, broken } = warehouse.checks(catalog);
    problems.extend(broken.into_iter().map(|(file, message)| Problem { subject: format!("queries/{file}"), message }));
    problems.extend(failed_checks.iter().filter(|f| f.rows > 0).map(|f| Problem {
        subject: format!("check {}", f.check),
        message: format!("{} ({} found: {})", f.title, f.rows, f.sample),
    }));
    let targets = targets(warehouse, config, &mut problems);
    let mut details = BTreeMap::new();
    let met = warehouse.needs_met(catalog)?;
    let factors = factors(warehouse, crate::review::money::digits(&config.currency()))?;
    for (name, period) in reports {
        let report = &config.reports[name];
        details.insert(name.clone(), self::details(opened, config, report, period, &met, &targets, &factors)?);
    }
    let unmet = needs_by_series(catalog, &unmet);
    Ok(Measured {
        figures: Figures::new(points, begins),
        infos,
        unmet,
        leading,
        failed_checks,
        targets,
        details,
        problems,
        periods: by_grain(&horizon),
    })
}

/// Load and build; what could not be loaded is a problem, the rest goes on.
pub fn prepare(
    opened: &Warehoused,
    environment: &Environment,
    calendar: &Calendar,
    horizon: &Horizon,
    last_batch: i64,
) -> Result<Vec<Problem>> {
    let problems = load(opened, environment, last_batch)?;
    opened.warehouse.build(&opened.catalog, &environment.config, calendar, horizon)?;
    Ok(problems)
}

/// Loads what has landed; what could not be loaded is a problem.
pub(super) fn load(opened: &Warehoused, environment: &Environment, last_batch: i64) -> Result<Vec<Problem>> {
    let Warehoused { warehouse, catalog } = opened;
    let enabled = environment.config.sources.iter().filter(|(_, source)| source.enabled);
    let sources = enabled.map(|(name, source)| (name.as_str(), source.manifest.as_str())).collect();
    let qualified = super::qualified(&environment.config)?;
    let loaded = warehouse.load(catalog, &environment.ledger, &sources, &qualified, last_batch)?;
    tracing::debug!(batches = loaded.batches, "loaded");
    let failed = loaded.failed.into_iter();
    let mut problems: Vec<Problem> =
        failed.map(|(file, message)| Problem { subject: format!("queries/{file}"), message }).collect();
    problems.extend(super::refused::told(warehouse, &environment.ledger, loaded.refused)?);
    Ok(problems)
}

/// The measured periods of each grain, oldest first; windows are looked up by their ids.
fn by_grain(horizon: &Horizon) -> BTreeMap<Grain, Vec<Period>> {
    let mut periods: BTreeMap<Grain, Vec<Period>> = BTreeMap::new();
    for period in horizon.periods.iter().filter(|p| p.window == Window::Period) {
        periods.entry(period.grain).or_default().push(period.clone());
    }
    for of_grain in periods.values_mut() {
        of_grain.sort_by_key(|p| p.start_on);
    }
    periods
}

/// A default schedule that nobody has would silently mean every hour of the week, and a rule for one nothing at all.
fn problems_of_schedule(opened: &Warehoused, config: &Config, problems: &mut Vec<Problem>) {
    let default = config.support.default_schedule.iter().map(|wanted| {
        (wanted, "[support] default_schedule", "tickets without a schedule of their own are measured around the clock")
    });
    let ruled = config
        .support
        .schedule_rules
        .iter()
        .map(|rule| (&rule.schedule, "[[support.schedule_rules]]", "the rule is passed over"));
    for (wanted, subject, means) in default.chain(ruled) {
        problem_of_schedule(opened, wanted, subject, means, problems);
    }
}

fn problem_of_schedule(opened: &Warehoused, wanted: &str, subject: &str, means: &str, problems: &mut Vec<Problem>) {
    let subject = subject.to_owned();
    match opened.warehouse.query("select distinct schedule_id from core.schedule_interval order by all") {
        Ok(table) => {
            let known: Vec<&str> = table.rows.iter().filter_map(|row| row.first()?.as_deref()).collect();
            if !known.contains(&wanted) {
                let near = nearest(wanted, &known);
                let message = format!("neither the helpdesk nor [support.schedules] has {wanted:?}{near}; {means}");
                problems.push(Problem { subject, message });
            }
        }
        Err(error) => problems.push(Problem { subject, message: format!("{error:#}") }),
    }
}

/// Metrics on any of the reports, with their guardrails.
fn asked_for(config: &Config, infos: &[MetricInfo], reports: &[(String, Period)]) -> BTreeSet<String> {
    let on = |report: &Report, info: &MetricInfo| is_listed(report, &info.team, &info.dimension, &info.metric);
    infos
        .iter()
        .filter(|info| reports.iter().any(|(name, _)| on(&config.reports[name], info)))
        .flat_map(|info| std::iter::once(info.metric.clone()).chain(info.guardrail.clone()))
        // what a change of money is weighed against
        .chain(std::iter::once("mrr".to_owned()))
        .collect()
}
