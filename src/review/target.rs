//! Targets: what was agreed, in force from a day on, and how often in a row it was missed.

use rust_decimal::Decimal;

use super::compare::{headline, is_small};
use super::model::{Better, Status, Target};
use super::row::Context;
use super::series::{MetricInfo, TargetFrom};
use crate::calendar::Period;

/// The target of a metric's total in the reviewed period, judged.
pub fn target(context: &Context<'_>, info: &MetricInfo, value: Option<Decimal>) -> Option<Target> {
    let target = in_force(context.targets, &info.metric, None, context.period)?;
    Some(Target {
        value: target,
        variance: value.map(|v| v - target),
        is_met: value.map(|v| is_met(info.better, v, target)),
        missed_in_a_row: misses(context, info).len() as u32,
        guardrail: info.guardrail.clone(),
    })
}

/// The reviewed period and those directly before it in which the target of the time was missed, newest first.
pub fn misses(context: &Context<'_>, info: &MetricInfo) -> Vec<String> {
    let mut missed = Vec::new();
    let mut period = context.period.clone();
    while context.is_measured(&period) {
        let point = context.figures.total(&info.metric, &headline(context, info, &period).id);
        let value = point.filter(|p| !is_small(context, info, p)).and_then(|p| p.value);
        match (value, in_force(context.targets, &info.metric, None, &period)) {
            (Some(value), Some(target)) if !is_met(info.better, value, target) => missed.push(period.id.clone()),
            _ => break,
        }
        period = context.calendar.previous(&period);
    }
    missed
}

/// The target in force in a period, for the total or for one value of a segment.
pub fn in_force(
    targets: &[TargetFrom],
    metric: &str,
    segment: Option<&(String, String)>,
    period: &Period,
) -> Option<Decimal> {
    let is_meant = |t: &&TargetFrom| t.metric == metric && t.segment.as_ref() == segment && t.from < period.end_on;
    targets.iter().filter(is_meant).max_by_key(|t| t.from).map(|t| t.value)
}

/// Whether a value keeps a target.
pub fn is_met(better: Better, value: Decimal, target: Decimal) -> bool {
    match better {
        Better::Lower => value <= target,
        Better::Higher | Better::Neutral => value >= target,
    }
}

/// What the scorecard says of a value and its target.
pub fn status(value: Option<Decimal>, is_small: bool, target: Option<&Target>) -> Status {
    match (value, target.and_then(|t| t.is_met)) {
        (None, _) => Status::Unknown,
        (Some(_), None) => Status::NoTarget,
        (Some(_), Some(_)) if is_small => Status::TooFew,
        (Some(_), Some(true)) => Status::TargetMet,
        (Some(_), Some(false)) => Status::TargetMissed,
    }
}
