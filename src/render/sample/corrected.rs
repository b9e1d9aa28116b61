//! An edition that corrects the one its readers have.

use super::{dec, full};
use crate::review::model::{Change, Changed, Correction, Edition, Review, Status, Unit};

/// A late record turned a met target into a missed one, and moved the money walk.
pub(super) fn corrected() -> Review {
    let mut review = full();
    let change = |what: Changed, title: &str, unit: Unit, old, new, cause: &str| Change {
        what,
        title: title.to_owned(),
        unit,
        old,
        new,
        old_status: Status::NoTarget,
        new_status: Status::NoTarget,
        was_told: false,
        is_told: false,
        cause: cause.into(),
    };
    let metric = |name: &str| Changed::Metric(name.to_owned());
    let late = "1 record came late (<b>tick_1</b>)";
    review.correction = Some(Correction {
        of: Edition { report: review.head.report.clone(), period: review.period.id.clone(), number: 1 },
        subject: "All 4 targets met · Support review W46 (9–15 Nov)".into(),
        mailed_at: "2026-11-16T07:00:00Z".into(),
        changes: vec![
            Change {
                old_status: Status::TargetMet,
                new_status: Status::TargetMissed,
                is_told: true,
                ..change(
                    metric("sla/first_reply"),
                    "First-reply SLA",
                    Unit::Percent,
                    Some(dec(92, 2)),
                    Some(dec(81, 2)),
                    late,
                )
            },
            change(metric("growth/mrr"), "MRR", Unit::Money, Some(dec(41_230_049, 2)), None, "its definition changed"),
            change(
                Changed::Walk("churn".into()),
                "",
                Unit::Money,
                Some(dec(-120_000, 2)),
                Some(dec(-150_000, 2)),
                late,
            ),
        ],
        completed: vec!["support was last pulled on 14 Nov: tickets of 15 Nov are missing".into()],
    });
    review
}
