//! Series that a chart must survive, and a week with everything that is drawn.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::{MONDAY, dec, exception, full, mrr, row};
use crate::review::model::{
    Better, Cohort, Cohorts, DimensionLine, Distribution, Event, JudgedPoint, Judgement, Kept, Point, Review, Row,
    Rule, SignalOn, Unit,
};
use crate::review::picture::{DIMENSIONS, bounds};
use crate::review::signal::{Observation, changes, last_signal, marks, process};

/// Weeks of a sample's process chart.
const WEEKS: i64 = 46;

fn week(back: i64) -> (String, Date) {
    let first_day = MONDAY.saturating_sub((back * 7).days());
    let iso = first_day.iso_week_date();
    (format!("{}-W{:02}", iso.year(), iso.week()), first_day)
}

/// Judges weeks ending with the reviewed one as the review itself does.
fn judged(values: &[Option<Decimal>], signal_on: SignalOn) -> Judgement {
    let weeks: Vec<(String, Date)> = (0..values.len() as i64).rev().map(week).collect();
    let mut series: Vec<Observation> = weeks
        .iter()
        .zip(values)
        .map(|((period, _), value)| Observation { period: period.clone(), value: *value })
        .collect();
    let is_of_changes = signal_on == SignalOn::Change;
    if is_of_changes {
        series = changes(&series);
    }
    match process(&series, None) {
        Err(why) => Judgement { unjudged: Some(why.into()), is_of_changes, ..Judgement::default() },
        Ok(process) => {
            let marks = marks(&series, &process);
            let points = marks.iter().map(|mark| JudgedPoint {
                period: mark.period.clone(),
                first_day: weeks.iter().find(|(id, _)| *id == mark.period).map(|(_, day)| *day),
                value: mark.value,
                is_signal: mark.is_signal(),
            });
            Judgement {
                signal: last_signal(&marks, &process),
                points: points.collect(),
                process: Some(process),
                unjudged: None,
                is_of_changes,
            }
        }
    }
}

/// A row whose last six weeks are the end of a longer judged series.
fn with_judgement(mut row: Row, values: &[Option<Decimal>], signal_on: SignalOn) -> Row {
    row.judgement = judged(values, signal_on);
    row
}

/// Routine around a level: steps that repeat, so that every run gives the same picture.
fn routine(level: i64, step: i64, scale: u32) -> Vec<Option<Decimal>> {
    let steps = [0, 2, -1, 1, -2, 3, -1, 0, 1, -3, 2, -1];
    (0..WEEKS as usize).map(|i| Some(dec(level + steps[i % steps.len()] * step, scale))).collect()
}

/// A week in which everything is drawn: signals, changes judged, events, cohorts, spreads, the six dimensions.
#[must_use]
pub fn drawn() -> Review {
    let mut review = full();
    review.head.title = "Executive review".into();
    let mut replies = routine(915, 6, 3);
    replies.splice(40.., [931, 925, 938, 889, 920, 810].map(|v| Some(dec(v, 3))));
    let mut churn = routine(30, 5, 4);
    churn[11] = None;
    churn.splice(43.., [71, 78, 92].map(|v| Some(dec(v, 4))));
    for row in review.sections.iter_mut().flat_map(|s| &mut s.rows) {
        row.judgement = match row.metric.as_str() {
            "sla/first_reply" => judged(&replies, SignalOn::Value),
            "churn/gross_mrr" => judged(&churn, SignalOn::Value),
            "growth/mrr" => judged(
                &(0..WEEKS).map(|i| Some(dec(31_000_000 + i * 220_000 + i * i % 7 * 45_000, 2))).collect::<Vec<_>>(),
                SignalOn::Change,
            ),
            "quality/csat" => judged(&routine(940, 1, 3)[..6], SignalOn::Value),
            _ => continue,
        };
    }
    if let Some(row) = review.sections.iter_mut().flat_map(|s| &mut s.rows).find(|r| r.metric == "churn/gross_mrr") {
        row.history = (0..6)
            .rev()
            .map(week)
            .zip([28, 30, 27, 71, 78, 92])
            .map(|((period, first_day), v)| Point { period, first_day, value: Some(dec(v, 4)) })
            .collect();
        row.value = Some(dec(92, 4));
    }
    let signal = review
        .sections
        .iter()
        .flat_map(|s| &s.rows)
        .find(|r| r.metric == "churn/gross_mrr")
        .and_then(|r| r.judgement.signal.clone());
    review.exceptions.insert(
        0,
        crate::review::model::Exception {
            signal,
            is_better: Some(false),
            ..exception("churn/gross_mrr", Rule::Signal, 3, "2026-W44")
        },
    );
    let event = |day, text: &str, metric: Option<&str>| Event {
        day,
        text: text.into(),
        team: None,
        metric: metric.map(Into::into),
    };
    review.events = vec![
        event(date(2026, 1, 20), "Automations <b>released</b>", None),
        event(date(2026, 5, 1), "Labour Day", None),
        event(date(2026, 9, 1), "Price rise of the Starter plan", None),
        event(date(2026, 10, 28), "Application outage, 3 h", None),
        event(date(2026, 11, 10), "Half of the team at a training", Some("sla/first_reply")),
    ];
    review.dimensions = dimensions();
    review.cohorts = Some(cohorts());
    review.distributions = vec![
        Distribution {
            metric: "sla/resolution".into(),
            n: 412,
            bounds: bounds(Unit::BusinessDuration),
            counts: vec![0, 0, 0, 3, 7, 9, 21, 30, 44, 68, 91, 77, 41, 16, 4, 1],
            median: Some(dec(21_600, 0)),
            p90: Some(dec(127_800, 0)),
        },
        Distribution {
            metric: "quality/csat".into(),
            n: 3,
            bounds: Vec::new(),
            counts: Vec::new(),
            median: None,
            p90: None,
        },
    ];
    review
}

fn dimensions() -> Vec<DimensionLine> {
    let line = |dimension: &str| {
        let shown = match dimension {
            "churn" => Some(super::revenue_churn()),
            "growth" => Some(mrr()),
            "advocacy" => {
                let mut nps = row("nps", "Net promoter score", Unit::Number, Better::Higher).sample_series(
                    [31, 33, 28, 35, 34, 38],
                    [22, 25, 24, 27, 26, 29],
                    0,
                );
                nps.team = "Customer success".into();
                Some(nps)
            }
            "fit" => Some(row("good_fit", "Customers that fit", Unit::Percent, Better::Higher).sample_series(
                [611, 612, 615, 611, 618, 620],
                [580, 581, 582, 585, 583, 584],
                3,
            )),
            "value" => {
                let mut value = row("net_value", "Net value per MRR paid", Unit::Number, Better::Higher);
                value.withheld = Some("no benefits were recorded in this period".into());
                Some(value)
            }
            _ => None,
        };
        DimensionLine {
            dimension: dimension.to_owned(),
            why: shown.is_none().then(|| "product data is not connected".to_owned()),
            how: shown.is_none().then(|| "add a [sources.NAME] block with a product manifest".to_owned()),
            row: shown.map(Box::new),
        }
    };
    DIMENSIONS.iter().map(|d| line(d)).collect()
}

fn cohorts() -> Cohorts {
    let month = |i: i64| {
        let accounts = [34u64, 41, 38, 12, 45, 52, 9, 33, 36, 48, 31, 40, 44][i as usize];
        let kept = (0..13 - i).map(|k| {
            let left = accounts * (1000 - (38 * k as u64) + (k as u64 * k as u64)) / 1000;
            Kept { accounts: left, mrr: (i != 6).then(|| dec(left as i64 * 12_050 + k * 9_000, 2)) }
        });
        Cohort { first_day: date(2025, 10, 1).saturating_add(i.months()), accounts, kept: kept.collect() }
    };
    Cohorts { rows: (0..13).map(month).collect(), small_number: 30 }
}

/// Rows whose charts have little or strange to show, each an exception, so that mail and page draw them.
#[must_use]
pub fn strange_series() -> Review {
    let mut review = full();
    let series = |metric: &str, title: &str, unit, values: [Option<i64>; 6], scale: u32| {
        let mut row = row(metric, title, unit, Better::Higher);
        row.history = (0..6)
            .rev()
            .map(week)
            .zip(values)
            .map(|((period, first_day), v)| Point { period, first_day, value: v.map(|v| dec(v, scale)) })
            .collect();
        row.value = values[5].map(|v| dec(v, scale));
        row.withheld = row.value.is_none().then(|| "nothing to divide by".into());
        row
    };
    let million = 1_000_000_000_000i64;
    let long =
        "Share of first replies to tickets of the largest customers in <b>all</b> regions within the promised time";
    let some = Some;
    let mut huge = series(
        "x/huge",
        "Pipeline",
        Unit::Money,
        [
            some(million),
            some(million + 5_000_000_000),
            some(987_654_321_012),
            some(million * 2),
            some(million),
            some(1_234_567_890_123),
        ],
        0,
    )
    .sample_target(dec(1_500_000_000_000, 0), 1, None);
    huge.history_year_ago.clone_from(&huge.history);
    let rows = vec![
        huge,
        series(
            "x/negative",
            "Net new MRR",
            Unit::Money,
            [some(-120_000), some(45_000), some(-3), some(0), some(12_050), some(-98_765)],
            2,
        ),
        series("x/one", "First figure", Unit::Percent, [None, None, None, None, None, some(81)], 2),
        series("x/none", "No figure at all", Unit::Number, [None; 6], 0),
        series("x/infinite", "Quick ratio", Unit::Number, [some(210), some(180), None, some(305), some(298), None], 2),
        series("x/flat", "Always the same", Unit::Percent, [some(100); 6], 2),
        series("x/zero", "Nothing ever", Unit::Count, [some(0); 6], 0),
        series("x/tiny", long, Unit::Percent, [some(1), some(3), some(2), some(2), some(1), some(2)], 6),
        with_judgement(
            series(
                "x/levels",
                "A level that falls below nothing",
                Unit::Money,
                [some(1), some(2), some(1), some(2), some(1), some(-90_000_000_000)],
                0,
            ),
            &{
                let mut values = routine(0, 1_000_000_000, 0);
                values.extend([Some(dec(-90_000_000_000, 0))]);
                values
            },
            SignalOn::Value,
        ),
    ];
    review.exceptions = rows
        .iter()
        .map(|row| {
            let rule = if row.judgement.process.is_some() { Rule::Signal } else { Rule::TargetMissed };
            crate::review::model::Exception {
                signal: row.judgement.signal.clone(),
                ..exception(&row.metric, rule, 1, "2026-W46")
            }
        })
        .collect();
    review.sections = vec![super::section("growth", rows)];
    if let Some(walk) = &mut review.walk {
        walk.opening = dec(123_456_789_012_345, 2);
        walk.closing = dec(123_456_789_497_494, 2);
    }
    review
}
