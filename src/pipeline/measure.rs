//! The part of a run that holds the warehouse: load → build → metrics, lists, walk and checks; then it is let go.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::{Environment, is_listed};
use crate::calendar::{Calendar, Period, Window};
use crate::config::{Config, Grain, Report, Usage, nearest};
use crate::review::model::{Coverage, List, Problem, Unit, Walk};
use crate::review::series::{Figures, MetricInfo, Sample, TargetFrom};
use crate::warehouse::catalog::Need;
use crate::warehouse::checks::{CheckResults, Failure};
use crate::warehouse::header::{Header, Shape};
use crate::warehouse::inputs::Horizon;
use crate::warehouse::metrics::MetricResults;
use crate::warehouse::{Catalog, Warehouse};

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
    pub failed_checks: Vec<Failure>,
    pub targets: Vec<TargetFrom>,
    /// By report.
    pub details: BTreeMap<String, Details>,
    pub problems: Vec<Problem>,
    /// First local day for which periods of a grain were measured.
    pub horizon_from: BTreeMap<Grain, Date>,
    /// The queries used, for the edition.
    pub queries: Vec<(String, String)>,
}

/// What is particular to one report and its period.
#[derive(Debug, Default)]
pub struct Details {
    pub lists: Vec<List>,
    /// Titles of lists left out, with what each needs.
    pub unmet_lists: Vec<(String, Need)>,
    pub walk: Option<Walk>,
    pub coverage: Vec<Coverage>,
    pub problems: Vec<Problem>,
}

/// Opens the warehouse, waiting for another process as long as the environment's patience allows.
pub fn open(environment: &Environment) -> Result<Warehoused> {
    let config = &environment.config;
    let warehouse =
        Warehouse::open(&config.store(), &config.store.memory_limit, &environment.who, environment.patience)?;
    let catalog = warehouse.catalog(config.store.queries.as_ref().map(|p| config.resolve(p)).as_deref());
    // a query that cannot be read is the operator's to mend, as `check` says
    let catalog = catalog.map_err(|error| Usage(format!("{error:#}")))?;
    Ok(Warehoused { warehouse, catalog })
}

/// Measures what the reports ask for.
pub fn measure(environment: &Environment, calendar: &Calendar, reports: &[(String, Period)]) -> Result<Measured> {
    let config = &environment.config;
    let opened = open(environment)?;
    super::check_reports(config, &opened.catalog, reports.iter().map(|(name, _)| name))?;
    let horizon = horizon(environment, calendar, reports)?;
    let mut load_problems = prepare(&opened, environment, calendar, &horizon)?;
    let Warehoused { warehouse, catalog } = &opened;

    problems_of_schedule(&opened, config, &mut load_problems);
    let infos = infos(catalog, config)?;
    let results = warehouse.metrics(catalog, config, &asked_for(config, &infos, reports))?;
    let MetricResults { points, unmet, failed } = results;
    let mut problems = load_problems;
    problems
        .extend(failed.into_iter().map(|(metric, message)| Problem { subject: format!("metric {metric}"), message }));
    let CheckResults { failures: failed_checks, broken } = warehouse.checks(catalog);
    problems.extend(broken.into_iter().map(|(file, message)| Problem { subject: format!("queries/{file}"), message }));
    problems.extend(failed_checks.iter().filter(|f| f.rows > 0).map(|f| Problem {
        subject: format!("check {}", f.check),
        message: format!("{} ({} found: {})", f.title, f.rows, f.sample),
    }));
    let mut details = BTreeMap::new();
    let met = warehouse.needs_met(catalog)?;
    for (name, period) in reports {
        details.insert(name.clone(), self::details(&opened, config, &config.reports[name], period, &met)?);
    }
    let unmet = needs_by_series(catalog, &unmet);
    Ok(Measured {
        figures: Figures::new(points),
        infos,
        unmet,
        failed_checks,
        targets: targets(warehouse, config, &mut problems),
        details,
        problems,
        horizon_from: horizon_from(&horizon),
        queries: catalog.queries.iter().map(|q| (q.file.clone(), q.sql.clone())).collect(),
    })
}

/// Load and build; what could not be loaded is a problem, the rest goes on.
pub fn prepare(
    opened: &Warehoused,
    environment: &Environment,
    calendar: &Calendar,
    horizon: &Horizon,
) -> Result<Vec<Problem>> {
    let Warehoused { warehouse, catalog } = opened;
    let sources = environment.config.sources.iter().filter(|(_, s)| s.enabled).map(|(name, _)| name.as_str()).collect();
    let loaded = warehouse.load(catalog, &environment.ledger, &sources)?;
    tracing::debug!(batches = loaded.batches, "loaded");
    warehouse.build(catalog, &environment.config, calendar, horizon)?;
    Ok(loaded
        .failed
        .into_iter()
        .map(|(file, message)| Problem { subject: format!("queries/{file}"), message })
        .collect())
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

/// Weeks and months (and longer periods) back to what comparisons and year-ago histories need.
fn horizon(environment: &Environment, calendar: &Calendar, reports: &[(String, Period)]) -> Result<Horizon> {
    let mut periods: BTreeSet<Period> = BTreeSet::new();
    for (_, last) in reports {
        let back = match last.grain {
            Grain::Week => 60.weeks(),
            Grain::Month => 36.months(),
            Grain::Quarter => 27.months(),
            Grain::Year => 6.years(),
        };
        let from = last.start_on.checked_sub(back)?;
        periods.extend(calendar.series(last.grain, from, last.start_on));
    }
    for (_, period) in reports {
        periods.extend(calendar.windows(period));
        // a headline over twelve months is set against the one of the period before
        periods.insert(calendar.window(&calendar.previous(period), Window::Trailing12));
    }
    Ok(Horizon { periods: periods.into_iter().collect(), as_of: as_of(environment)? })
}

fn horizon_from(horizon: &Horizon) -> BTreeMap<Grain, Date> {
    let mut first: BTreeMap<Grain, Date> = BTreeMap::new();
    for period in horizon.periods.iter().filter(|p| p.window == Window::Period) {
        let day = first.entry(period.grain).or_insert(period.start_on);
        *day = period.start_on.min(*day);
    }
    first
}

/// The latest pull, at most now: what a clock still running had reached by then is all that is known.
pub fn as_of(environment: &Environment) -> Result<Timestamp> {
    let pulled = environment.ledger.last_extraction()?;
    Ok(pulled.map_or(environment.now, |at| at.min(environment.now)))
}

/// Metrics on any of the reports, with their guardrails.
fn asked_for(config: &Config, infos: &[MetricInfo], reports: &[(String, Period)]) -> BTreeSet<String> {
    let on = |report: &Report, info: &MetricInfo| is_listed(report, &info.team, &info.dimension, &info.metric);
    infos
        .iter()
        .filter(|info| reports.iter().any(|(name, _)| on(&config.reports[name], info)))
        .flat_map(|info| std::iter::once(info.metric.clone()).chain(info.guardrail.clone()))
        .collect()
}

/// The catalogue's metrics that are on, with the config's overrides.
pub fn infos(catalog: &Catalog, config: &Config) -> Result<Vec<MetricInfo>> {
    let settings = crate::warehouse::inputs::defining_settings(config)?;
    let mut infos = Vec::new();
    for (header, index) in catalog.metrics.iter().filter(|(header, _)| config.is_enabled(&header.metric)) {
        let team = team_of(header, config);
        let hash = catalog.definition_hash(&catalog.queries[*index], &settings);
        for (metric, title, _) in header.series() {
            infos.push(MetricInfo {
                metric,
                title,
                team_name: config.teams.get(team).map_or_else(|| team.replace('_', " "), |t| t.name.clone()),
                team: team.to_owned(),
                dimension: header.dimension.clone(),
                kind: header.kind,
                unit: header.unit,
                better: header.better,
                guardrail: header.guardrail.clone(),
                sample: sample(header),
                definition: header.definition.clone(),
                hash: hash.clone(),
            });
        }
    }
    Ok(infos)
}

/// The team accountable for a metric.
pub fn team_of<'a>(header: &'a Header, config: &'a Config) -> &'a str {
    config.metrics.get(&header.metric).and_then(|m| m.team.as_deref()).unwrap_or(&header.team)
}

fn sample(header: &Header) -> Sample {
    match header.shape {
        _ if header.is_census => Sample::Complete,
        Shape::Proportion => Sample::Proportion,
        Shape::Ratio | Shape::Quantile(_) | Shape::Custom => Sample::Other,
        Shape::Sum | Shape::Level | Shape::Distinct | Shape::Split(_) => Sample::Complete,
    }
}

/// Targets of the total: `targets.csv` and the constants of `[metrics.NAME]`. What cannot be read is a problem.
fn targets(warehouse: &Warehouse, config: &Config, problems: &mut Vec<Problem>) -> Vec<TargetFrom> {
    let mut targets: Vec<TargetFrom> = Vec::new();
    for (metric, settings) in &config.metrics {
        if let Some(value) = settings.target {
            targets.push(TargetFrom { metric: metric.clone(), from: Date::MIN, value });
        }
    }
    let problem = |error: anyhow::Error| Problem { subject: "targets".into(), message: format!("{error:#}") };
    match warehouse.query("select metric, from_on, target from core.target where segment in ('', 'total')") {
        Ok(table) => {
            for row in table.rows {
                match target(&row) {
                    Ok(target) => targets.extend(target),
                    Err(error) => problems.push(problem(error)),
                }
            }
        }
        Err(error) => problems.push(problem(error)),
    }
    targets
}

fn target(row: &[Option<String>]) -> Result<Option<TargetFrom>> {
    let [Some(metric), Some(from), Some(value)] = row else { return Ok(None) };
    let value: Decimal = value.parse().with_context(|| format!("{metric}: {value:?} is not a number"))?;
    let from = from.parse().with_context(|| format!("{metric}: {from:?} is not a day"))?;
    Ok(Some(TargetFrom { metric: metric.clone(), from, value: value.normalize() }))
}

/// What each series lacks: a further quantile lacks what its file's metric does.
fn needs_by_series(catalog: &Catalog, unmet: &BTreeMap<String, String>) -> BTreeMap<String, Need> {
    let mut needs = BTreeMap::new();
    for (header, _) in &catalog.metrics {
        if let Some(need) = unmet.get(&header.metric).and_then(|need| catalog.needs.get(need)) {
            needs.extend(header.series().into_iter().map(|(metric, ..)| (metric, need.clone())));
        }
    }
    needs
}

fn details(
    opened: &Warehoused,
    config: &Config,
    report: &Report,
    period: &Period,
    met: &BTreeSet<String>,
) -> Result<Details> {
    let Warehoused { warehouse, catalog } = opened;
    let digits = crate::review::money::digits(&config.currency());
    let mut details = Details::default();
    for name in &report.lists {
        if let Ok(Some((title, need))) = warehouse.unmet_list(catalog, name, met) {
            details.unmet_lists.push((title, need.clone()));
            continue;
        }
        match warehouse.list(catalog, name, &period.id, report.customers, digits) {
            Ok(list) => details.lists.push(list),
            Err(error) => {
                details.problems.push(Problem { subject: format!("list {name}"), message: format!("{error:#}") });
            }
        }
    }
    let shows_walk = ["mrr", "churned_mrr"].iter().any(|m| {
        let header = catalog.metrics.iter().map(|(h, _)| h).find(|h| h.metric == *m && h.unit == Unit::Money);
        header.is_some_and(|h| is_listed(report, team_of(h, config), &h.dimension, m))
    });
    if shows_walk {
        details.walk = walk(warehouse, period, digits)?;
    }
    details.coverage = coverage(warehouse, period)?;
    Ok(details)
}

fn walk(warehouse: &Warehouse, period: &Period, digits: u32) -> Result<Option<Walk>> {
    let table = warehouse.query(&format!("select * from marts.walk where period_id = '{}'", period.id))?;
    let Some(row) = table.rows.first() else { return Ok(None) };
    let cell = |name: &str| -> Result<i64> {
        let index =
            table.columns.iter().position(|c| c == name).with_context(|| format!("marts.walk has no {name}"))?;
        Ok(row[index].as_deref().unwrap_or("0").parse()?)
    };
    let money = |name: &str| Ok::<_, anyhow::Error>(Decimal::new(cell(name)?, digits));
    let unvalued = warehouse.query(&format!(
        "select movement.currency, sum(greatest(movement.closing_local, movement.opening_local)), max(currency.digits) from marts.mrr_movement as movement
         join core.currency on currency.currency = movement.currency
         where movement.period_id = '{}' and movement.closing_minor is null
         group by movement.currency order by 1",
        period.id
    ))?;
    let unvalued = unvalued.rows.iter().filter_map(|r| {
        let minor: i64 = r[1].as_deref()?.parse().ok()?;
        Some((r[0].clone()?, Decimal::new(minor, r[2].as_deref()?.parse().ok()?)))
    });
    Ok(Some(Walk {
        opening: money("opening_minor")?,
        new: money("new_minor")?,
        reactivation: money("reactivation_minor")?,
        expansion: money("expansion_minor")?,
        contraction: money("contraction_minor")?,
        churn: money("churn_minor")?,
        transfer: money("transfer_minor")?,
        fx: money("fx_minor")?,
        closing: money("closing_minor")?,
        accounts_opening: cell("accounts_opening")? as u64,
        accounts_new: cell("accounts_new")? as u64,
        accounts_churned: cell("accounts_churned")? as u64,
        accounts_closing: cell("accounts_closing")? as u64,
        unvalued: unvalued.collect(),
    }))
}

fn coverage(warehouse: &Warehouse, period: &Period) -> Result<Vec<Coverage>> {
    let table = warehouse.query(&format!(
        "select system, matched_minor, total_minor, accounts_matched, accounts_total from marts.coverage
         where period_id = '{}' and exists (select 1 from core.account_link as link where link.system = coverage.system)
         order by system desc",
        period.id
    ))?;
    let mut coverage = Vec::new();
    for row in table.rows {
        let number = |i: usize| row[i].as_deref().unwrap_or("0").parse::<i64>();
        let share = Decimal::from(number(1)?).checked_div(Decimal::from(number(2)?));
        coverage.push(Coverage {
            system: row[0].clone().unwrap_or_default(),
            mrr_share: share.map(|s| s.round_dp(6)),
            accounts_matched: number(3)? as u64,
            accounts_total: number(4)? as u64,
        });
    }
    Ok(coverage)
}
