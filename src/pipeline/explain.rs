//! One figure opened: its definition, SQL, comparisons, judgement, and the rows behind it; and process charts as tables.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::behind::header;
use super::infos::{infos, needs_by_series, targets};
use super::known::Known;
use super::measure::{self, Warehoused};
use super::{Environment, open, parse_period};
use crate::calendar::{Calendar, Period, Window};
use crate::config::{Grain, Usage, nearest};
use crate::review::judge::observations;
use crate::review::model::{Problem, Row, SignalOn, Status};
use crate::review::row::{Context, row};
use crate::review::series::{Figures, MetricInfo};
use crate::review::signal::{self, Mark, Process};
use crate::warehouse::catalog::Catalog;
use crate::warehouse::table::Table;

/// Which figure.
#[derive(Debug, Clone)]
pub struct Explain {
    pub metric: String,
    /// Default: the last complete week.
    pub period: Option<String>,
    /// Name and value of a segment; `None` for the total.
    pub segment: Option<(String, String)>,
}

/// A figure with all that is known of it.
#[derive(Debug)]
pub struct Explained {
    pub info: MetricInfo,
    pub period: Period,
    pub row: Row,
    /// The guardrail's row, where there is one.
    pub guardrail: Option<Row>,
    /// Path of its SQL below `queries/`, and the SQL.
    pub file: String,
    pub sql: String,
    /// Relations it is made from, in the order they are made.
    pub made_from: Vec<String>,
    /// What stands behind it, those that carry most first.
    pub rows: Table,
    pub problems: Vec<Problem>,
}

/// Opens one figure.
pub fn explain(environment: &Environment, wanted: &Explain) -> Result<Explained> {
    let calendar = Calendar::new(&environment.config.company)?;
    let period = match &wanted.period {
        Some(text) => parse_period(&calendar, text)?,
        None => calendar.last_complete(Grain::Week, environment.now),
    };
    let sight = Sight::open(environment, &calendar, &period, std::slice::from_ref(&wanted.metric), None)?;
    let info = sight.info(&wanted.metric)?.clone();
    if let Some(need) = sight.unmet(&info.metric) {
        bail!(Usage(format!("{} is not measured: {need}", info.metric)));
    }
    let context = sight.context(&calendar, &period);
    let mut shown = row(&context, &info, None);
    if let Some((name, value)) = &wanted.segment {
        narrow(&mut shown, name, value)?;
    }
    let guardrail = info.guardrail.as_ref().and_then(|g| sight.infos.iter().find(|i| i.metric == *g));
    let guardrail = guardrail.map(|info| row(&context, info, None));
    let Warehoused { warehouse, catalog } = &sight.opened;
    let Some((header, index)) = header(catalog, &info.metric) else { bail!("{} has no file", info.metric) };
    let query = &catalog.queries[*index];
    let of = crate::review::compare::headline(&context, &info, &period);
    let segment = wanted.segment.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
    let rows = warehouse.rows_behind(header, query, &of.id, segment)?;
    Ok(Explained {
        row: shown,
        guardrail,
        file: query.file.clone(),
        sql: query.sql.clone(),
        made_from: ancestors(catalog, &query.relation),
        rows,
        period,
        info,
        problems: sight.problems,
    })
}

/// A row of one segment's figure: comparisons and judgement are of the total and left out.
fn narrow(row: &mut Row, name: &str, value: &str) -> Result<()> {
    let found = row.segments.iter().find(|s| s.name == name && s.value_name == value);
    let Some(segment) = found.cloned() else {
        let known: BTreeSet<String> = row.segments.iter().map(|s| format!("{}={}", s.name, s.value_name)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        bail!(Usage(format!("segment {name}={value} has no figure{}", nearest(&format!("{name}={value}"), &known))));
    };
    row.value = segment.value;
    row.numerator = segment.numerator;
    row.denominator = segment.denominator;
    row.n = Some(segment.n);
    row.previous = crate::review::model::Comparison { value: segment.previous, ..row.previous.clone() };
    row.previous.change = row.value.zip(segment.previous).map(|(now, before)| now - before);
    row.previous.relative = None;
    row.year_ago = crate::review::model::Comparison::default();
    row.target = None;
    row.status = Status::NoTarget;
    row.judgement = crate::review::model::Judgement::default();
    row.driver = None;
    row.windows.clear();
    Ok(())
}

/// Files of everything a relation is made from, in the order they are made.
pub(super) fn ancestors(catalog: &Catalog, relation: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![relation.to_owned()];
    while let Some(relation) = todo.pop() {
        if let Some(query) = catalog.relation(&relation)
            && seen.insert(relation)
        {
            todo.extend(query.reads.tables.iter().cloned());
        }
    }
    seen.remove(relation);
    catalog.queries.iter().filter(|q| seen.contains(&q.relation)).map(|q| q.file.clone()).collect()
}

/// A metric's process chart: every judged point with its limits.
#[derive(Debug)]
pub struct Chart {
    pub metric: String,
    /// `None`: no limits, for the reason given.
    pub process: Option<Process>,
    pub unjudged: Option<&'static str>,
    pub marks: Vec<Mark>,
}

/// Process charts of metrics (all that are judged if none is named), up to a period.
pub fn charts(
    environment: &Environment,
    metrics: &[String],
    grain: Grain,
    to: Option<&str>,
) -> Result<(Vec<Chart>, Vec<Problem>)> {
    let calendar = Calendar::new(&environment.config.company)?;
    let last = match to {
        Some(text) => parse_period(&calendar, text)?,
        None => calendar.last_complete(grain, environment.now),
    };
    if last.grain != grain {
        let (wanted, given) = (grain.name(), last.grain.name());
        bail!(Usage(format!("{} is a {given}, and --grain says {wanted}", last.id)));
    }
    let sight = Sight::open(environment, &calendar, &last, metrics, None)?;
    let context = sight.context(&calendar, &last);
    let mut charts = Vec::new();
    let infos: Vec<&MetricInfo> = match metrics {
        [] => sight.infos.iter().collect(),
        named => named.iter().map(|name| sight.info(name)).collect::<Result<_>>()?,
    };
    for info in infos.into_iter().filter(|i| i.signal != SignalOn::None && sight.unmet(&i.metric).is_none()) {
        let mut series = observations(&context, info);
        if info.signal == SignalOn::Change {
            series = signal::changes(&series);
        }
        let chart = match signal::process(&series, context.baselines.get(&info.metric)) {
            Ok(process) => Chart {
                metric: info.metric.clone(),
                marks: signal::marks(&series, &process),
                process: Some(process),
                unjudged: None,
            },
            Err(why) => Chart { metric: info.metric.clone(), process: None, unjudged: Some(why), marks: Vec::new() },
        };
        charts.push(chart);
    }
    Ok((charts, sight.problems))
}

/// The limits a metric would be judged by with a proposed baseline, or why there would be none.
pub fn try_baseline(
    environment: &Environment,
    metric: &str,
    last: &Period,
    proposed: &signal::Baseline,
) -> Result<std::result::Result<Process, &'static str>> {
    let calendar = Calendar::new(&environment.config.company)?;
    let sight = Sight::open(environment, &calendar, last, &[metric.to_owned()], Some((metric, proposed)))?;
    let info = sight.info(metric)?;
    if info.signal == SignalOn::None {
        return Ok(Err("nothing is judged of it (signal: none)"));
    }
    let mut series = observations(&sight.context(&calendar, last), info);
    if info.signal == SignalOn::Change {
        series = signal::changes(&series);
    }
    Ok(signal::process(&series, Some(proposed)))
}

/// What one period's figures are looked at with.
struct Sight {
    opened: Warehoused,
    infos: Vec<MetricInfo>,
    figures: Figures,
    targets: Vec<crate::review::series::TargetFrom>,
    unmet: std::collections::BTreeMap<String, crate::warehouse::catalog::Need>,
    periods: Vec<Period>,
    baselines: std::collections::BTreeMap<String, signal::Baseline>,
    small_number: u32,
    problems: Vec<Problem>,
}

impl Sight {
    /// Measures the named metrics (all if none) and their guardrails for a period and what came before it.
    /// `proposed` is a baseline to look at as if it were in force.
    fn open(
        environment: &Environment,
        calendar: &Calendar,
        period: &Period,
        metrics: &[String],
        proposed: Option<(&str, &signal::Baseline)>,
    ) -> Result<Sight> {
        let config = &environment.config;
        super::ensure_over(environment, calendar, period)?;
        let opened = open(environment)?;
        let infos = infos(&opened.catalog, config)?;
        let mut wanted: BTreeSet<String> = metrics.iter().cloned().collect();
        for info in infos.iter().filter(|i| metrics.contains(&i.metric)) {
            wanted.extend(info.guardrail.clone());
        }
        let mut known = Known::now(environment, &[])?;
        if let Some((metric, baseline)) = proposed {
            let of_grain = known.baselines.entry(period.grain.name().to_owned()).or_default();
            of_grain.insert(metric.to_owned(), baseline.clone());
        }
        let horizon = known.horizon(calendar, &[(String::new(), period.clone())])?;
        let mut problems = measure::prepare(&opened, environment, calendar, &horizon, known.last_batch)?;
        let results = opened.warehouse.metrics(&opened.catalog, config, &wanted)?;
        problems.extend(results.failed.into_iter().map(|(subject, message)| Problem { subject, message }));
        let mut periods: Vec<Period> = horizon.periods.into_iter().filter(|p| p.window == Window::Period).collect();
        periods.sort_by_key(|p| p.start_on);
        Ok(Sight {
            targets: targets(&opened.warehouse, config, &mut problems),
            unmet: needs_by_series(&opened.catalog, &results.unmet),
            figures: Figures::new(results.points, results.begins),
            baselines: known.baselines_of(period.grain),
            small_number: config.review.small_number,
            infos,
            opened,
            periods,
            problems,
        })
    }

    fn context<'a>(&'a self, calendar: &'a Calendar, period: &'a Period) -> Context<'a> {
        Context {
            calendar,
            period,
            figures: &self.figures,
            targets: &self.targets,
            small_number: self.small_number,
            periods: &self.periods,
            baselines: &self.baselines,
        }
    }

    fn info(&self, metric: &str) -> Result<&MetricInfo> {
        let Some(info) = self.infos.iter().find(|i| i.metric == metric) else {
            let known: Vec<&str> = self.infos.iter().map(|i| i.metric.as_str()).collect();
            bail!(Usage(format!("metric {metric:?} does not exist{}", nearest(metric, &known))));
        };
        Ok(info)
    }

    fn unmet(&self, metric: &str) -> Option<String> {
        self.unmet.get(metric).map(|need| format!("{}; {}", need.why, need.how))
    }
}
