//! Invented one-account reviews: all there is, next to nothing, and words that mean harm.

use jiff::civil::date;
use rust_decimal::Decimal;

use crate::review::account::{
    AccountReview, Audience, Body, Fact, Match, OwnFigure, OwnPromise, Section, Table, Value,
};
use crate::review::model::{Better, NotMeasured, Point, Problem, ReviewPeriod, Unit};

/// Every kind of account that the templates must survive, by name.
#[must_use]
pub fn accounts() -> Vec<(&'static str, AccountReview)> {
    vec![("account", full()), ("unknown account", unknown()), ("hostile account", hostile())]
}

fn dec(units: i64, scale: u32) -> Decimal {
    Decimal::new(units, scale)
}

fn period(id: &str, month: i8, last: i8) -> ReviewPeriod {
    ReviewPeriod {
        id: id.into(),
        grain: "month".into(),
        first_day: date(2026, month, 1),
        last_day: date(2026, month, last),
    }
}

fn fact(label: &str, value: Option<Value>, before: Option<Value>, note: &str) -> Fact {
    let note = (!note.is_empty()).then(|| note.to_owned());
    Fact { label: label.into(), value, whole: None, before, before_whole: None, note, is_headline: false }
}

fn section(name: &str, title: &str, audience: Audience, body: Body) -> Section {
    Section { name: name.into(), title: title.into(), note: String::new(), audience, body }
}

fn full() -> AccountReview {
    let mrr = Fact {
        is_headline: true,
        ..fact("MRR at the end", Some(Value::Money(dec(124_000, 2))), Some(Value::Money(dec(110_000, 2))), "")
    };
    let replies = Fact {
        whole: Some(Value::Count(dec(4, 0))),
        before_whole: Some(Value::Count(dec(6, 0))),
        is_headline: true,
        ..fact("First replies within the target", Some(Value::Count(dec(3, 0))), Some(Value::Count(dec(6, 0))), "")
    };
    let point = |month: i8, value: Option<i64>| Point {
        period: format!("2026-{month:02}"),
        first_day: date(2026, month, 1),
        value: value.map(Decimal::from),
    };
    let movements = Table {
        columns: ["Month", "Movement", "Change", "MRR after", "Reason"].map(str::to_owned).to_vec(),
        rows: vec![vec![
            Some(Value::Period("2026-10".into())),
            Some(Value::Word("expanded".into())),
            Some(Value::Money(dec(14_000, 2))),
            Some(Value::Money(dec(124_000, 2))),
            None,
        ]],
        total_rows: 1,
        empty: "Their MRR did not change.".into(),
    };
    AccountReview {
        report: "account.cus_1".into(),
        company: "Northwind Reports".into(),
        currency: "USD".into(),
        currency_digits: 2,
        locale: "en".into(),
        timezone: "Europe/Berlin".into(),
        generated_at: "2026-11-16T09:00:00Z".into(),
        link: Some("https://reviews.northwind-reports.example/account".into()),
        account_id: "cus_1".into(),
        name: "Amber Logistics GmbH".into(),
        period: period("2026-10", 10, 31),
        previous: period("2026-09", 9, 30),
        provisional: vec!["support was last pulled before the period ended".into()],
        sections: vec![
            section(
                "profile",
                "Who they are",
                Audience::Internal,
                Body::Facts(vec![
                    mrr,
                    replies,
                    fact("Owner", None, None, "nobody is recorded as looking after them"),
                    fact(
                        "MRR at the end (EUR)",
                        Some(Value::Amount { currency: "EUR".into(), amount: dec(105_010, 2) }),
                        None,
                        "",
                    ),
                    fact("Paying since", Some(Value::Date(date(2025, 3, 4))), None, ""),
                    fact("Share", Some(Value::Percent(dec(25, 2))), None, ""),
                    fact(
                        "Median",
                        Some(Value::BusinessDuration(dec(12_000, 0))),
                        Some(Value::Duration(dec(3600, 0))),
                        "",
                    ),
                ]),
            ),
            section(
                "mrr",
                "MRR over twelve months",
                Audience::Internal,
                Body::Trend {
                    unit: Unit::Money,
                    points: vec![point(8, None), point(9, Some(1100)), point(10, Some(1240))],
                },
            ),
            section("movements", "What changed their MRR", Audience::Internal, Body::Table(movements)),
            section("tickets", "Tickets", Audience::Customer, Body::Unknown("a check".into())),
        ],
        promises: vec![OwnPromise {
            segment_name: "plan".into(),
            segment_value: "Scale".into(),
            text: Some("answered by people who know the account".into()),
            figures: [Some(dec(75, 2)), Some(dec(1, 0)), None].map(own).to_vec(),
        }],
        matches: vec![
            Match { system: "billing".into(), ids: vec![("cus_1".into(), "id".into())], is_connected: true },
            Match { system: "support".into(), ids: vec![("36000".into(), "domain".into())], is_connected: true },
            Match { system: "product".into(), ids: vec![], is_connected: true },
        ],
        not_measured: vec![NotMeasured {
            titles: vec!["Use of the product".into()],
            ids: vec!["section-adoption".into()],
            need: String::new(),
            why: "no id of product is matched to this customer".into(),
            how: "bizreview accounts link product ID cus_1".into(),
        }],
        problems: vec![Problem { subject: "section x".into(), message: "could not be read".into() }],
        freshness: Vec::new(),
    }
}

fn own(value: Option<Decimal>) -> OwnFigure {
    OwnFigure {
        metric: "first_reply_sla".into(),
        title: "First-reply SLA".into(),
        unit: Unit::Percent,
        better: Better::Higher,
        target: dec(9, 1),
        value,
        numerator: value.map(|v| v * dec(4, 0)),
        denominator: value.map(|_| dec(4, 0)),
        n: if value.is_some() { 4 } else { 0 },
    }
}

fn unknown() -> AccountReview {
    let point = Point { period: "2026-10".into(), first_day: date(2026, 10, 1), value: None };
    AccountReview {
        sections: vec![section(
            "mrr",
            "MRR",
            Audience::Customer,
            Body::Trend { unit: Unit::Money, points: vec![point] },
        )],
        promises: Vec::new(),
        problems: Vec::new(),
        provisional: Vec::new(),
        link: None,
        ..full()
    }
}

fn hostile() -> AccountReview {
    let mut review = full();
    let words = "<script>alert(1)</script> {{ 7 * 7 }} =cmd()|' /C calc'!A0 \u{202e}gpj.exe 🚀";
    review.name = words.into();
    review.account_id = words.into();
    for section in &mut review.sections {
        section.title = words.into();
        if let Body::Facts(facts) = &mut section.body {
            facts.push(fact(words, Some(Value::Text(words.repeat(9))), None, words));
        }
        if let Body::Table(table) = &mut section.body {
            table.rows.push(table.columns.iter().map(|_| Some(Value::Text(words.into()))).collect());
        }
    }
    review
}
