//! Exceptions from figures, as one review after the other would tell them.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::exception::{Judged, exceptions};
use super::model::{Better, Exception, Kind, Rule, SignalOn, Unit};
use super::row::{Context, row};
use super::series::{Figures, Made, MetricInfo, MetricPoint, Sample, TargetFrom};
use super::signal::Side;
use crate::calendar::{Calendar, Period};

/// Twenty-five weeks around their mean: routine.
const ROUTINE: [i64; 24] =
    [50, 54, 47, 55, 51, 46, 53, 49, 52, 48, 50, 54, 47, 55, 51, 46, 53, 49, 52, 48, 50, 53, 49, 51];

fn info(metric: &str, better: Better, guardrail: Option<&str>) -> MetricInfo {
    MetricInfo {
        metric: metric.into(),
        title: metric.into(),
        team: "support".into(),
        team_name: "Support".into(),
        dimension: "sla".into(),
        kind: Kind::Outcome,
        unit: Unit::Count,
        better,
        guardrail: guardrail.map(Into::into),
        sample: Sample::Complete,
        made: Made::Additive,
        signal: SignalOn::Value,
        is_trailing: false,
        is_level: false,
        is_money: false,
        definition: String::new(),
        hash: String::new(),
        sql_hash: String::new(),
    }
}

fn point(metric: &str, period: &Period, segment: &str, value: i64) -> MetricPoint {
    MetricPoint {
        metric: metric.into(),
        period: period.id.clone(),
        segment_name: if segment.is_empty() { "total" } else { "plan" }.into(),
        segment_value: segment.into(),
        numerator: None,
        denominator: None,
        n: 100,
        value: Some(Decimal::from(value)),
    }
}

struct World {
    calendar: Calendar,
    periods: Vec<Period>,
    points: Vec<MetricPoint>,
    targets: Vec<TargetFrom>,
}

impl World {
    fn new() -> World {
        let calendar = Calendar { zone: TimeZone::UTC, week_start: Weekday::Monday, fiscal_start: 1 };
        let first = calendar.parse("2026-W01").unwrap();
        let periods = std::iter::successors(Some(first), |p| Some(calendar.next(p))).take(30).collect();
        World { calendar, periods, points: Vec::new(), targets: Vec::new() }
    }

    /// A value a week; two plans share it, the smaller one always 10.
    fn series(mut self, metric: &str, values: &[i64]) -> World {
        for (period, value) in self.periods.iter().zip(values) {
            self.points.push(point(metric, period, "", *value));
            self.points.push(point(metric, period, "Team", value - 10));
            self.points.push(point(metric, period, "Starter", 10));
        }
        self
    }

    fn target(mut self, metric: &str, value: i64) -> World {
        let from = jiff::civil::date(2020, 1, 1);
        self.targets.push(TargetFrom { metric: metric.into(), segment: None, from, value: value.into() });
        self
    }

    /// The exceptions of the `week`th review (from 0) of a report that shows `metrics`, with `guards` beside them.
    fn exceptions(&self, week: usize, metrics: &[MetricInfo], guards: &[MetricInfo]) -> Vec<Exception> {
        let figures = Figures::new(self.points.clone(), BTreeMap::new());
        let context = Context {
            calendar: &self.calendar,
            period: &self.periods[week],
            figures: &figures,
            targets: &self.targets,
            small_number: 30,
            periods: &self.periods[..=week],
            baselines: &BTreeMap::new(),
        };
        let judge = |infos: &[MetricInfo]| infos.iter().map(|info| row(&context, info, None)).collect::<Vec<_>>();
        let (rows, guard_rows) = (judge(metrics), judge(guards));
        let pair =
            |infos, rows| std::iter::zip(infos, rows).map(|(info, row)| Judged { info, row }).collect::<Vec<_>>();
        exceptions(&context, &pair(metrics, &rows), &pair(guards, &guard_rows))
    }
}

fn rules(found: &[Exception]) -> Vec<(&str, Rule)> {
    found.iter().map(|e| (e.metric.as_str(), e.rule)).collect()
}

fn with(last: i64) -> Vec<i64> {
    [&ROUTINE[..], &[last]].concat()
}

#[test]
fn routine_is_quiet_and_a_signal_is_split_against_its_baseline() {
    let metrics = [info("tickets", Better::Lower, None)];
    assert!(World::new().series("tickets", &with(52)).exceptions(24, &metrics, &[]).is_empty());
    let found = World::new().series("tickets", &with(90)).exceptions(24, &metrics, &[]);
    assert_eq!(rules(&found), [("tickets", Rule::Signal)]);
    assert_eq!((found[0].is_better, found[0].signal.as_ref().unwrap().side), (Some(false), Side::Above));
    let segment = found[0].segment.as_ref().unwrap();
    assert_eq!((segment.value_name.as_str(), segment.value), ("Team", Some(Decimal::from(80))));
}

#[test]
fn a_change_out_of_routine_is_split_into_changes_not_levels() {
    // a level that rises by about two a week, then by forty
    let mut level = 1000;
    let mut values: Vec<i64> = Vec::new();
    for step in [2, 3, 1, 4, 2, 0, 3, 1, 2, 4, 0, 3, 2, 1, 4, 2, 3, 0, 2, 1, 3, 2, 1, 4, 40] {
        level += step;
        values.push(level);
    }
    let metrics = [MetricInfo { signal: SignalOn::Change, ..info("mrr", Better::Higher, None) }];
    let found = World::new().series("mrr", &values).exceptions(24, &metrics, &[]);
    let driver = found[0].driver.as_ref().unwrap();
    // forty now, about two a week before
    assert!(driver.change > Decimal::from(37) && driver.change < Decimal::from(39), "{driver:?}");
    assert_eq!(driver.parts[0].now, Some(Decimal::from(40)));
}

#[test]
fn a_missed_guardrail_is_told_with_its_own_run_and_row() {
    let metrics = [info("speed", Better::Higher, Some("reopened"))];
    let guards = [info("reopened", Better::Lower, None)];
    let world = World::new().series("speed", &with(52)).series("reopened", &with(58)).target("speed", 40);
    let found = world.target("reopened", 45).exceptions(24, &metrics, &guards);
    assert_eq!(rules(&found), [("speed", Rule::GuardrailMissed)]);
    let row = found[0].guardrail.as_ref().and_then(|g| g.row.as_ref()).unwrap();
    assert_eq!((row.metric.as_str(), found[0].periods), ("reopened", 25), "missed every measured week");
    // where the guardrail is on the report, its own miss is enough
    let both = [metrics[0].clone(), guards[0].clone()];
    let world = World::new().series("speed", &with(52)).series("reopened", &with(58)).target("speed", 40);
    let found = world.target("reopened", 45).exceptions(24, &both, &guards);
    assert_eq!(rules(&found), [("reopened", Rule::TargetMissed)]);
}

#[test]
fn better_while_the_guardrail_signals_worse_is_a_conflict_told_once() {
    let both = [info("speed", Better::Higher, Some("reopened")), info("reopened", Better::Lower, None)];
    let world = World::new().series("speed", &with(90)).series("reopened", &with(90));
    let found = world.exceptions(24, &both, &both[1..]);
    assert_eq!(rules(&found), [("speed", Rule::GuardrailConflict)]);
    // a metric that its own chart calls worse has not improved, whatever last week was
    let mut values = with(10);
    values[23] = 9;
    let found = World::new().series("speed", &values).series("reopened", &with(90)).exceptions(24, &both, &both[1..]);
    assert_eq!(rules(&found), [("speed", Rule::Signal), ("reopened", Rule::Signal)]);
}

#[test]
fn a_sustained_shift_is_counted_from_where_it_began() {
    let values: Vec<i64> = [&ROUTINE[..], &[90, 91, 89, 92, 90]].concat();
    let metrics = [info("tickets", Better::Lower, None)];
    let world = World::new().series("tickets", &values);
    let since: Vec<(u32, String)> = (24..29)
        .map(|week| world.exceptions(week, &metrics, &[]).remove(0))
        .map(|exception| (exception.periods, exception.since))
        .collect();
    assert!(since.iter().all(|one| one.1 == since[0].1) && since[4].0 == since[0].0 + 4, "{since:?}");
    assert_eq!(since[0].1, "2026-W25");
}
