//! A metric's process chart: its series of complete figures, judged by locked limits.

use super::compare::{history_begins_in, is_small};
use super::judged::JudgedPoint;
use super::model::{Better, Judgement, SignalOn};
use super::row::Context;
use super::series::MetricInfo;
use super::signal::{self, Observation, Side, Signal};

/// Points of a process chart that a review keeps.
const KEPT: usize = 60;

/// Judges a metric's total in the reviewed period. Segments explain; only totals signal.
pub fn judge(context: &Context<'_>, info: &MetricInfo) -> Judgement {
    if info.signal == SignalOn::None {
        return Judgement::default();
    }
    let mut series = observations(context, info);
    let is_of_changes = info.signal == SignalOn::Change;
    if is_of_changes {
        series = signal::changes(&series);
    }
    let baseline = context.baselines.get(&info.metric);
    let process = match signal::process(&series, baseline) {
        Ok(process) => process,
        Err(why) => return Judgement { unjudged: Some(why.to_owned()), is_of_changes, ..Judgement::default() },
    };
    let marks = signal::marks(&series, &process);
    let is_judged = marks.last().is_some_and(|mark| mark.period == context.period.id);
    let points = marks.iter().skip(marks.len().saturating_sub(KEPT)).map(|mark| JudgedPoint {
        period: mark.period.clone(),
        first_day: context.periods.iter().find(|p| p.id == mark.period).map(|p| p.start_on),
        value: mark.value,
        is_signal: mark.is_signal(),
    });
    Judgement {
        signal: if is_judged { signal::last_signal(&marks, &process) } else { None },
        points: points.collect(),
        process: Some(process),
        unjudged: None,
        is_of_changes,
    }
}

/// The complete figures of a metric's periods, oldest first, up to the reviewed one. What is unknown, rests on too few, or
/// holds only part of its days is a gap.
pub fn observations(context: &Context<'_>, info: &MetricInfo) -> Vec<Observation> {
    let mut series: Vec<Observation> = Vec::new();
    let mut expected = None;
    for period in context.periods.iter().filter(|p| p.start_on <= context.period.start_on) {
        if expected.is_some_and(|day| day != period.start_on) {
            series.push(Observation { period: format!("before {}", period.id), value: None });
        }
        expected = Some(period.end_on);
        let point = context.figures.total(&info.metric, &period.id);
        let complete = point.filter(|p| !is_small(context, info, p) && !history_begins_in(context, info, period));
        series.push(Observation { period: period.id.clone(), value: complete.and_then(|p| p.value) });
    }
    series
}

/// Whether a signal is good news; `None` where neither direction is.
pub fn is_better(better: Better, signal: &Signal) -> Option<bool> {
    match better {
        Better::Neutral => None,
        Better::Higher => Some(signal.side == Side::Above),
        Better::Lower => Some(signal.side == Side::Below),
    }
}
