//! A week in which owners answered, one did not, and a promise is overdue.

use jiff::civil::date;

use super::full;
use crate::review::model::{Comment, MetricComments, OwnerPromise, Review, Silence, Standing};

const WORDS: &str = "Two of five agents were ill until Thursday;\nsince Friday we are five again: https://wiki.company.example/rota.\n\n\
    <script>alert(1)</script> is what one customer sent, {{ as it is }}.\n- no overtime\n- javascript:alert(1)";

/// As [`super::full`], with everything an owner can say or leave unsaid.
pub(super) fn voices() -> Review {
    let mut review = full();
    let comment = |period: &str, author: &str, text: &str, day: i8| Comment {
        period: period.into(),
        author: author.into(),
        text: text.into(),
        said_on: date(2026, 11, day),
        noted_at: date(2026, 11, day).at(9, 0, 0, 0).in_tz("UTC").map(|z| z.timestamp()).unwrap_or_default(),
    };
    let about = |metric: &str| MetricComments {
        metric: metric.into(),
        said: Vec::new(),
        last: None,
        late: Vec::new(),
        silence: None,
    };
    review.comments = vec![
        MetricComments { said: vec![comment("2026-W46", "Ada Lindqvist", WORDS, 16)], ..about("sla/first_reply") },
        MetricComments {
            last: Some(comment("2026-W45", "Ben <b>Okafor</b>", "A backlog of the migration.", 9)),
            silence: Some(Silence { asked_on: date(2026, 11, 13), had_time: true }),
            ..about("sla/resolution")
        },
        MetricComments {
            said: vec![comment("2026-W46", "Mara", "A price rise took effect on 10 November.", 16)],
            late: vec![comment("2026-W45", "Priya Nair", "One account came back on Friday.", 13)],
            ..about("churn/revenue_churn")
        },
    ];
    let promise = |id, text: &str, owner: &str, due_on, standing, days| OwnerPromise {
        id,
        text: text.into(),
        owner: owner.into(),
        made_for: "Support".into(),
        metric: None,
        made_on: date(2026, 10, 5),
        due_on,
        done_on: None,
        note: None,
        standing,
        days,
    };
    review.promises = vec![
        OwnerPromise {
            metric: Some("sla/first_reply".into()),
            ..promise(1, "Hire a second support team <now>", "Ada Lindqvist", date(2026, 11, 4), Standing::Overdue, 12)
        },
        promise(2, "Publish the rota", "Ben Okafor", date(2026, 11, 16), Standing::Due, 0),
        OwnerPromise {
            done_on: Some(date(2026, 11, 12)),
            note: Some("One of two shifts".into()),
            ..promise(3, "Open a late shift", "Ada Lindqvist", date(2026, 11, 10), Standing::Kept, 2)
        },
    ];
    review
}
