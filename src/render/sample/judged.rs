//! A week with everything that is judged: a signal with its split, a guardrail conflict, reasons, promises, restatements.

use jiff::civil::date;

use super::{dec, exception, full, segment};
use crate::review::model::{
    AccountPart, Better, Comparison, Contribution, Driver, Edition, Exception, Factor, Forced, GuardrailFigure,
    Judgement, Pattern, Process, PromiseFigure, Restatement, Review, Rule, SegmentPromise, Side, Signal, Spread,
    Status, Unit, WindowFigure,
};

fn signal() -> Signal {
    Signal {
        patterns: vec![Pattern::Outside, Pattern::Run],
        side: Side::Above,
        size: dec(14, 1),
        since: "2026-W44".into(),
        periods: 3,
    }
}

fn judgement() -> Judgement {
    Judgement {
        process: Some(Process {
            from: "2026-W18".into(),
            to: "2026-W37".into(),
            points: 20,
            is_locked: true,
            mean: dec(61, 4),
            lower: dec(-8, 4),
            upper: dec(13, 3),
            mean_range: dec(26, 4),
            range_limit: dec(85, 4),
        }),
        signal: Some(signal()),
        ..Judgement::default()
    }
}

fn driver() -> Driver {
    let part = |segment: &str, rate: i64, mix: i64, before: i64, now: i64| Contribution {
        segment: segment.into(),
        rate: dec(rate, 4),
        mix: dec(mix, 4),
        before: Some(dec(before, 4)),
        now: Some(dec(now, 4)),
    };
    Driver {
        segment_name: "plan".into(),
        change: dec(90, 4),
        rate: dec(84, 4),
        mix: dec(6, 4),
        parts: vec![part("Starter", 78, 5, 80, 410), part("Scale", 6, 1, 30, 40)],
    }
}

fn conflict() -> Exception {
    Exception {
        is_better: Some(true),
        guardrail: Some(GuardrailFigure {
            metric: "quality/reopened".into(),
            dimension: "quality".into(),
            title: "Reopened tickets".into(),
            unit: Unit::Percent,
            better: Better::Lower,
            value: Some(dec(112, 3)),
            previous: Some(dec(41, 3)),
            status: Status::NoTarget,
            row: None,
            signal: Some(signal()),
            is_better: Some(false),
        }),
        ..exception("sla/resolution", Rule::GuardrailConflict, 1, "2026-W46")
    }
}

fn promise() -> SegmentPromise {
    let figure = |is_kept, value| PromiseFigure {
        metric: "sla/first_reply".into(),
        title: "First-reply SLA".into(),
        unit: Unit::Percent,
        better: Better::Higher,
        target: dec(95, 2),
        value,
        n: 212,
        is_kept,
        spread: Some(Spread { accounts: 38, kept: 31, p10: dec(6, 1), p90: dec(1, 0) }),
    };
    SegmentPromise {
        segment_name: "plan".into(),
        segment_value: "Scale".into(),
        text: Some("answered within the hour, by a person who knows you".into()),
        figures: vec![figure(Some(false), Some(dec(912, 3))), figure(None, None)],
    }
}

fn restatement(period: &str, old: i64, new: Option<i64>, cause: &str) -> Restatement {
    Restatement {
        metric: "churn/gross".into(),
        title: "Gross revenue churn".into(),
        unit: Unit::Percent,
        period: period.into(),
        old: Some(dec(old, 4)),
        new: new.map(|new| dec(new, 4)),
        edition: Edition { report: "support".into(), period: period.into(), number: 1 },
        cause: cause.into(),
    }
}

/// Everything at once.
pub(super) fn judged() -> Review {
    let mut review = full();
    let churn = review.sections.iter_mut().flat_map(|s| &mut s.rows).find(|r| r.metric.starts_with("churn/"));
    let metric = churn.map(|row| {
        row.judgement = judgement();
        row.driver = Some(driver());
        row.headline = Some("t12m".into());
        row.windows = vec![window("period", 9), window("mtd", 14), window("ytd", 97)];
        row.metric.clone()
    });
    review.exceptions.insert(
        0,
        Exception {
            signal: Some(signal()),
            is_better: Some(false),
            driver: Some(driver()),
            segment: Some(segment("plan", "Starter", 4, 1, 61)),
            accounts: vec![
                AccountPart {
                    account: "Amber Logistics GmbH".into(),
                    part: dec(124_000, 2),
                    is_money: true,
                    share: Some(dec(31, 2)),
                },
                AccountPart {
                    account: "<script>alert(1)</script>".into(),
                    part: dec(9900, 2),
                    is_money: true,
                    share: Some(dec(25, 2)),
                },
            ],
            ..exception(&metric.unwrap_or_default(), Rule::Signal, 3, "2026-W44")
        },
    );
    review.exceptions.push(conflict());
    review.segment_promises = vec![promise()];
    let factor = |reason: Option<&str>, function: &str, churned: i64, share: i64| Factor {
        reason: reason.map(Into::into),
        function: function.into(),
        churned: dec(churned, 2),
        accounts: 4,
        share: Some(dec(share, 2)),
    };
    review.factors = vec![
        factor(Some("too_expensive"), "marketing & sales", 248_000, 62),
        factor(None, "unattributed", 152_000, 38),
    ];
    review.restatements = (38..45)
        .map(|week| restatement(&format!("2026-W{week}"), 91, Some(97), "2 records came late (sub_1Qx)"))
        .chain([restatement("2026-W45/t12m", 812, None, "its definition changed")])
        .collect();
    review.forced = Some(Forced {
        by: "Priya Nair".into(),
        reason: "the difference is one refund that finance knows of".into(),
        checks: vec!["Opening MRR plus movements does not give closing MRR".into()],
    });
    review
}

fn window(name: &str, value: i64) -> WindowFigure {
    WindowFigure {
        window: name.into(),
        first_day: date(2026, 11, 1),
        last_day: date(2026, 11, 15),
        value: Some(dec(value, 3)),
        n: Some(40),
        numerator: None,
        denominator: None,
        year_ago: Comparison {
            first_day: Some(date(2025, 11, 1)),
            last_day: Some(date(2025, 11, 15)),
            days: Some(15),
            value: Some(dec(value + 2, 3)),
            change: Some(dec(-2, 3)),
            ..Comparison::default()
        },
    }
}
