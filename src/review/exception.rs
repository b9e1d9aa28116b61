//! What needs attention, ranked: missed targets, guardrails that make an improvement hollow, and signals.
//!
//! The rank is the size of the thing against its own limits, plus the promise and the money at stake; outcomes weigh half as
//! much again as drivers. What got better stands behind everything that got worse.

use rust_decimal::Decimal;

use super::judge::is_better;
use super::judged::GuardrailFigure;
use super::model::{Better, Exception, Kind, Row, Rule, Status, Unit};
use super::row::Context;
use super::segment::{largest, since_baseline, since_previous};
use super::series::MetricInfo;
use super::target::misses;

/// A metric with its judged row.
pub struct Judged<'a> {
    pub info: &'a MetricInfo,
    pub row: &'a Row,
}

/// Finds and ranks the exceptions of a review. `guards` are judged guardrails, also those that are not on the report.
pub fn exceptions(context: &Context<'_>, judged: &[Judged<'_>], guards: &[Judged<'_>]) -> Vec<Exception> {
    let mrr = context.figures.total("mrr", &context.period.id).and_then(|p| p.value);
    let mut found: Vec<(bool, Exception)> = Vec::new();
    for one in judged {
        let guard = guards.iter().find(|g| Some(&g.info.metric) == one.info.guardrail.as_ref());
        if let Some(exception) = exception(context, one, guard, mrr) {
            let is_good = exception.rule == Rule::Signal && exception.is_better == Some(true);
            found.push((is_good, exception));
        }
    }
    // a guardrail's own signal is told with the metric it guards, a guardrail that is missed on the report by itself
    let conflicts = found.iter().filter(|(_, e)| e.rule == Rule::GuardrailConflict);
    let told: Vec<String> = conflicts.filter_map(|(_, e)| e.guardrail.as_ref().map(|g| g.metric.clone())).collect();
    found.retain(|(_, e)| e.rule != Rule::Signal || !told.contains(&e.metric));
    let missed: Vec<String> =
        found.iter().filter(|(_, e)| e.rule == Rule::TargetMissed).map(|(_, e)| e.metric.clone()).collect();
    let is_told = |e: &Exception| e.guardrail.as_ref().is_some_and(|g| missed.contains(&g.metric));
    found.retain(|(_, e)| e.rule != Rule::GuardrailMissed || !is_told(e));
    found.sort_by(|a, b| (a.0, -a.1.weight, &a.1.metric).cmp(&(b.0, -b.1.weight, &b.1.metric)));
    found.into_iter().map(|(_, exception)| exception).collect()
}

fn exception(
    context: &Context<'_>,
    one: &Judged<'_>,
    guard: Option<&Judged<'_>>,
    mrr: Option<Decimal>,
) -> Option<Exception> {
    let (info, row) = (one.info, one.row);
    row.value?;
    let signal = row.judgement.signal.clone();
    let better = signal.as_ref().and_then(|s| is_better(info.better, s));
    let mut guardrail = guard.map(figure);
    let rule = match row.status {
        Status::TargetMissed => Rule::TargetMissed,
        Status::TargetMet if guard.is_some_and(|g| g.row.status == Status::TargetMissed) => Rule::GuardrailMissed,
        _ if guardrail.as_ref().is_some_and(|g| g.is_better == Some(false)) && has_improved(row, better) => {
            Rule::GuardrailConflict
        }
        _ if signal.is_some() => Rule::Signal,
        _ => return None,
    };
    // what is told of a missed guardrail is the guardrail's own
    let told = guard.filter(|_| rule == Rule::GuardrailMissed).unwrap_or(one);
    let (info, row) = (told.info, told.row);
    if let Some(figure) = guardrail.as_mut().filter(|_| rule == Rule::GuardrailMissed) {
        figure.row = Some(Box::new(row.clone()));
    }
    let signal = row.judgement.signal.clone();
    let run = misses(context, info);
    let (periods, since) = match (&rule, &signal) {
        (Rule::TargetMissed | Rule::GuardrailMissed, _) => {
            ((run.len() as u32).max(1), run.last().unwrap_or(&context.period.id).clone())
        }
        (_, Some(signal)) => (signal.periods, signal.since.clone()),
        _ => (1, context.period.id.clone()),
    };
    let driver = match (&signal, &row.judgement.process) {
        (Some(signal), Some(process)) => since_baseline(context, info, process, signal),
        _ => since_previous(context, info).filter(|d| got_worse(info, d.change)),
    };
    Some(Exception {
        metric: one.info.metric.clone(),
        rule,
        periods,
        since,
        segment: driver.as_ref().and_then(|d| largest(context, info, d)),
        weight: weight(told, rule, mrr),
        is_better: signal.as_ref().and_then(|s| is_better(info.better, s)),
        signal,
        guardrail,
        driver,
        accounts: Vec::new(),
    })
}

fn figure(guard: &Judged<'_>) -> GuardrailFigure {
    let signal = guard.row.judgement.signal.clone();
    GuardrailFigure {
        metric: guard.info.metric.clone(),
        dimension: guard.info.dimension.clone(),
        title: guard.info.title.clone(),
        unit: guard.info.unit,
        better: guard.info.better,
        value: guard.row.value,
        previous: guard.row.previous.value,
        status: guard.row.status,
        row: None,
        is_better: signal.as_ref().and_then(|s| is_better(guard.info.better, s)),
        signal,
    }
}

/// By its process chart, or against the period before.
fn has_improved(row: &Row, better: Option<bool>) -> bool {
    // its own chart goes before the change since yesterday
    better.unwrap_or_else(|| {
        row.previous.change.is_some_and(|change| match row.better {
            Better::Higher => change > Decimal::ZERO,
            Better::Lower => change < Decimal::ZERO,
            Better::Neutral => false,
        })
    })
}

fn got_worse(info: &MetricInfo, change: Decimal) -> bool {
    !change.is_zero() && (change > Decimal::ZERO) == (info.better == Better::Lower)
}

/// Size against its limits, plus one for a promise, plus up to two for money (5 % of MRR is one); half as much again for an
/// outcome.
fn weight(one: &Judged<'_>, rule: Rule, mrr: Option<Decimal>) -> Decimal {
    let row = one.row;
    let reach = row.judgement.process.as_ref().filter(|_| !row.judgement.is_of_changes).map(|p| p.upper - p.mean);
    let missed = row.target.as_ref().and_then(|t| Some((t.variance?.abs(), t.value.abs())));
    let size = match (rule, &row.judgement.signal, missed) {
        (Rule::TargetMissed, _, Some((variance, target))) => {
            // without limits, against what the target allows: of 99.9 % uptime that is the tenth of a percent
            let allowed = match (row.unit, row.better) {
                (Unit::Percent, Better::Higher) if target < Decimal::ONE => Decimal::ONE - target,
                (Unit::Percent, Better::Lower) => target,
                _ => target / Decimal::from(5),
            };
            variance.checked_div(reach.unwrap_or(allowed)).unwrap_or_default()
        }
        (_, Some(signal), _) => signal.size,
        _ => Decimal::ZERO,
    };
    let promise = if rule == Rule::Signal { Decimal::ZERO } else { Decimal::ONE };
    let outcome = if row.kind == Kind::Outcome { Decimal::new(15, 1) } else { Decimal::ONE };
    let capped = size.min(Decimal::from(5));
    ((capped + promise + money(one, mrr)) * outcome).round_dp(6)
}

fn money(one: &Judged<'_>, mrr: Option<Decimal>) -> Decimal {
    if !one.info.is_money {
        return Decimal::ZERO;
    }
    let row = one.row;
    let reference = match (&row.judgement.process, row.judgement.is_of_changes) {
        (Some(process), false) => Some(process.mean),
        _ => row.previous.value,
    };
    let Some(moved) = row.value.zip(reference).map(|(value, base)| (value - base).abs()) else {
        return Decimal::ZERO;
    };
    let share = match row.unit {
        Unit::Money => mrr.and_then(|mrr| moved.checked_div(mrr)),
        Unit::Percent => Some(moved),
        _ => None,
    };
    (share.unwrap_or_default() * Decimal::from(20)).min(Decimal::TWO)
}
