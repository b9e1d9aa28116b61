//! One scorecard row: value, comparisons with their basis, target, history, windows, segments and the verdict.

use std::collections::BTreeMap;

use super::compare::{compare, headline, is_small, wilson};
use super::judge::judge;
use super::model::{Point, Row, WindowFigure};
use super::segment::{segments, since_previous};
use super::series::{Figures, MetricInfo, MetricPoint, Sample, TargetFrom};
use super::signal::Baseline;
use super::target::{status, target};
use crate::calendar::{Calendar, Period, Window};
use crate::config::Grain;

/// What every row of a review shares.
pub struct Context<'a> {
    pub calendar: &'a Calendar,
    pub period: &'a Period,
    pub figures: &'a Figures,
    pub targets: &'a [TargetFrom],
    /// Below this `n`, counts and intervals take the place of percentages.
    pub small_number: u32,
    /// The measured periods of the report's grain, oldest first.
    pub periods: &'a [Period],
    /// Metric → where its baseline is locked.
    pub baselines: &'a BTreeMap<String, Baseline>,
}

impl Context<'_> {
    /// Whether figures were computed for a period.
    pub fn is_measured(&self, period: &Period) -> bool {
        self.periods.binary_search_by(|p| p.start_on.cmp(&period.start_on)).is_ok()
    }
}

/// Judges one metric. `withheld` carries the reason where a failed check forbids printing it.
pub fn row(context: &Context<'_>, info: &MetricInfo, withheld: Option<String>) -> Row {
    let calendar = context.calendar;
    let shown = headline(context, info, context.period);
    let point = context.figures.total(&info.metric, &shown.id).filter(|_| withheld.is_none());
    let value = point.and_then(|p| p.value);
    let is_small = point.is_some_and(|p| is_small(context, info, p));
    let is_withheld = withheld.is_some();
    let withheld = withheld.or_else(|| value.is_none().then(|| unknown(context, info, point)));
    let before = headline(context, info, &calendar.previous(context.period));
    let previous = compare(context, info, &before, value, is_small);
    let year_ago = compare(context, info, &calendar.window_year_ago(&shown), value, is_small);
    let target = target(context, info, value);
    let status = status(value, is_small, target.as_ref());
    Row {
        metric: info.metric.clone(),
        title: info.title.clone(),
        team: info.team_name.clone(),
        kind: info.kind,
        unit: info.unit,
        is_money: info.is_money,
        better: info.better,
        value,
        n: point.map(|p| p.n),
        numerator: point.and_then(|p| p.numerator),
        denominator: point.and_then(|p| p.denominator),
        is_small,
        interval: point.filter(|_| is_small && info.sample == Sample::Proportion).and_then(wilson),
        withheld,
        previous,
        year_ago,
        target,
        history: if is_withheld { Vec::new() } else { history(context, info, context.period) },
        history_year_ago: if is_withheld { Vec::new() } else { year_ago_history(context, info) },
        segments: if is_withheld { Vec::new() } else { segments(context, info) },
        status,
        headline: info.is_trailing.then(|| shown.window.name().to_owned()),
        windows: if is_withheld { Vec::new() } else { windows(context, info) },
        judgement: if is_withheld { super::model::Judgement::default() } else { judge(context, info) },
        driver: if is_withheld { None } else { since_previous(context, info) },
    }
}

fn unknown(context: &Context<'_>, info: &MetricInfo, point: Option<&MetricPoint>) -> String {
    match point {
        Some(_) => "nothing to measure in this period".into(),
        None if info.is_trailing && context.figures.total(&info.metric, &context.period.id).is_some() => {
            "insufficient history for twelve months".into()
        }
        None if context.figures.has_any(&info.metric) => "no data for this period".into(),
        None => "no data yet".into(),
    }
}

/// Figures to date and over twelve months: nothing for what stands at the period's end, where they would say the same.
fn windows(context: &Context<'_>, info: &MetricInfo) -> Vec<WindowFigure> {
    if info.is_level {
        return Vec::new();
    }
    let own = info.is_trailing.then_some(Window::Period);
    let others = Window::of(context.period.grain).iter().copied();
    let others = others.filter(|w| !(info.is_trailing && *w == Window::Trailing12));
    own.into_iter().chain(others).filter_map(|window| window_figure(context, info, window)).collect()
}

fn window_figure(context: &Context<'_>, info: &MetricInfo, window: Window) -> Option<WindowFigure> {
    let period = context.calendar.window(context.period, window);
    let point = context.figures.total(&info.metric, &period.id)?;
    let is_small = is_small(context, info, point);
    Some(WindowFigure {
        window: window.name().to_owned(),
        first_day: period.start_on,
        last_day: period.last_day(),
        value: point.value,
        n: Some(point.n),
        numerator: point.numerator,
        denominator: point.denominator,
        year_ago: compare(context, info, &context.calendar.window_year_ago(&period), point.value, is_small),
    })
}

/// Six weeks or twelve months (four quarters, three years) ending with `last`, oldest first.
fn history(context: &Context<'_>, info: &MetricInfo, last: &Period) -> Vec<Point> {
    let mut points = Vec::new();
    let mut period = last.clone();
    for _ in 0..shown(last.grain) {
        let value = context.figures.total(&info.metric, &headline(context, info, &period).id).and_then(|p| p.value);
        points.push(Point { period: period.id.clone(), first_day: period.start_on, value });
        period = context.calendar.previous(&period);
    }
    points.reverse();
    points
}

fn year_ago_history(context: &Context<'_>, info: &MetricInfo) -> Vec<Point> {
    let points = history(context, info, &context.calendar.year_ago(context.period));
    if points.iter().any(|p| p.value.is_some()) { points } else { Vec::new() }
}

/// Periods a chart shows.
pub fn shown(grain: Grain) -> usize {
    match grain {
        Grain::Week => 6,
        Grain::Month => 12,
        Grain::Quarter => 4,
        Grain::Year => 3,
    }
}
