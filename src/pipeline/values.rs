//! Figures without a review: what `values` prints.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::{Environment, parse_period};
use crate::calendar::{Calendar, Period, Window};
use crate::config::{Grain, Usage, nearest};
use crate::review::model::Problem;
use crate::review::series::MetricPoint;

/// Which figures.
#[derive(Debug, Clone)]
pub struct Values {
    /// Names, `folder/*` or folder/name; empty for all.
    pub metrics: Vec<String>,
    pub grain: Grain,
    /// Each period itself, or the window that ends with it.
    pub window: Window,
    /// Default: as far back as there are data, at most 160 weeks, 120 months, 40 quarters or 10 years.
    pub from: Option<String>,
    /// Default: the last complete period.
    pub to: Option<String>,
    /// Only this segment (`plan`, `size`); `total` for totals; `None` for everything.
    pub segment: Option<String>,
}

/// Computes them from what has been pulled so far. Points are sorted by metric, period and segment.
pub fn values(environment: &Environment, wanted: &Values) -> Result<(Vec<MetricPoint>, Vec<Problem>)> {
    let calendar = Calendar::new(&environment.config.company)?;
    let periods = periods(environment, &calendar, wanted)?;
    let in_range: BTreeSet<String> =
        periods.iter().filter(|p| p.window == wanted.window).map(|p| p.id.clone()).collect();
    let (opened, mut problems) = super::up_to_date(environment, &calendar, periods)?;
    let names = names(&opened.catalog, &wanted.metrics)?;
    let results = opened.warehouse.metrics(&opened.catalog, &environment.config, &names)?;
    for (metric, need) in &results.unmet {
        let need = &opened.catalog.needs[need];
        problems
            .push(Problem { subject: metric.clone(), message: format!("not measured: {}; {}", need.why, need.how) });
    }
    for (metric, message) in results.failed {
        problems.push(Problem { subject: metric, message });
    }
    let mut points: Vec<MetricPoint> = results
        .points
        .into_iter()
        .filter(|p| in_range.contains(&p.period) && (names.is_empty() || names.contains(&p.metric)))
        .filter(|p| wanted.segment.as_ref().is_none_or(|s| *s == p.segment_name))
        .collect();
    points.sort_by(|a, b| {
        let key = |p: &MetricPoint| (p.metric.clone(), p.period.clone(), p.segment_name != "total");
        key(a).cmp(&key(b)).then_with(|| (&a.segment_name, &a.segment_value).cmp(&(&b.segment_name, &b.segment_value)))
    });
    Ok((points, problems))
}

/// Periods looked back over where no first one is named; those before the data begin have no rows.
fn reach(grain: Grain) -> usize {
    match grain {
        Grain::Week => 160,
        Grain::Month => 120,
        Grain::Quarter => 40,
        Grain::Year => 10,
    }
}

fn periods(environment: &Environment, calendar: &Calendar, wanted: &Values) -> Result<Vec<Period>> {
    let of_grain = |text: &str| -> Result<Period> {
        let period = parse_period(calendar, text)?;
        // a month may bound weeks and the other way round: what counts is the day
        Ok(if period.grain == wanted.grain { period } else { calendar.containing(wanted.grain, period.start_on) })
    };
    let last_complete = calendar.last_complete(wanted.grain, environment.now);
    let to = match &wanted.to {
        Some(text) => of_grain(text)?.min(last_complete),
        None => last_complete,
    };
    let from = match &wanted.from {
        Some(text) => of_grain(text)?,
        None => (1..reach(wanted.grain)).fold(to.clone(), |p, _| calendar.previous(&p)),
    };
    if from.start_on > to.start_on {
        bail!(Usage(format!(
            "{} is after {}: nothing lies between (only complete periods have values)",
            from.id, to.id
        )));
    }
    let periods = calendar.series(wanted.grain, from.start_on, to.start_on);
    if wanted.window == Window::Period {
        return Ok(periods);
    }
    // the periods too: they tell where the data begin
    let windows: Vec<Period> = periods.iter().map(|p| calendar.window(p, wanted.window)).collect();
    Ok(periods.into_iter().chain(windows).collect())
}

/// Series names of patterns; the near ones are offered for a name nobody has.
fn names(catalog: &crate::warehouse::Catalog, patterns: &[String]) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let all: Vec<(String, String)> = catalog
        .metrics
        .iter()
        .flat_map(|(h, _)| h.series().into_iter().map(|(name, ..)| (h.dimension.clone(), name)))
        .collect();
    for pattern in patterns {
        let found: Vec<&String> = all
            .iter()
            .filter(|(dimension, name)| match pattern.strip_suffix("/*") {
                Some(folder) => folder == dimension,
                None => pattern == name || *pattern == format!("{dimension}/{name}"),
            })
            .map(|(_, name)| name)
            .collect();
        if found.is_empty() {
            let known: Vec<&str> = all.iter().map(|(_, name)| name.as_str()).collect();
            bail!(Usage(format!("metric {pattern:?} does not exist{}", nearest(pattern, &known))));
        }
        names.extend(found.into_iter().cloned());
    }
    Ok(names)
}
