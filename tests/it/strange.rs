//! Figures and names that no company should have, and some has: each gets a sane sentence, picture and row.

use bizreview::render::{Renderer, audit, sample};
use bizreview::review::edition::Rendered;
use bizreview::review::model::{Cell, Comparison, Review, Row, Status, Unit};
use rust_decimal::Decimal;

use crate::support::company::Desk;

/// A review of one metric in money, the last of `history` being this week's.
fn review(history: &[Option<Decimal>]) -> Review {
    let mut review = sample::quiet();
    let mut row: Row = review.sections[3].rows[0].clone();
    assert_eq!(row.unit, Unit::Money);
    for (point, value) in row.history.iter_mut().rev().zip(history.iter().rev()) {
        point.value = *value;
    }
    row.history.drain(..row.history.len() - history.len());
    row.history_year_ago.clear();
    row.segments.clear();
    row.value = history.last().copied().flatten();
    (row.target, row.status) = (None, if row.value.is_some() { Status::NoTarget } else { Status::Unknown });
    let before = history.len().checked_sub(2).and_then(|i| history[i]);
    let withheld = || Comparison { withheld: Some("insufficient history".into()), ..Comparison::default() };
    row.year_ago = withheld();
    row.previous = match (row.value, before) {
        (Some(now), Some(before)) => Comparison {
            value: Some(before),
            change: Some(now - before),
            relative: (before > Decimal::ZERO).then(|| ((now - before) / before).round_dp(6)),
            ..row.previous
        },
        _ => withheld(),
    };
    review.sections[3].rows = vec![row];
    review.sections.drain(..3);
    review.freshness.clear();
    review.coverage.clear();
    review.definitions.clear();
    review
}

fn render(review: &Review) -> Rendered {
    let rendered = Renderer::new(None).unwrap().render(review).unwrap();
    assert_eq!(audit(&rendered, review.head.link.as_deref()), Vec::<String>::new());
    for part in [&rendered.subject, &rendered.html, &rendered.text, &rendered.page] {
        assert!(!part.contains("NaN") && !part.contains("inf\"") && !part.contains("E+"), "{part}");
    }
    rendered
}

/// Subject, text part and what the pictures say.
fn told(rendered: &Rendered) -> String {
    let alts: Vec<&str> = rendered.images.iter().map(|i| i.alt.as_str()).collect();
    format!("{}\n\n{}\npictures: {alts:?}\n", rendered.subject, rendered.text)
}

#[test]
fn strange_figures() {
    let money = |units: &[i64]| -> Vec<Option<Decimal>> { units.iter().map(|u| Some(Decimal::from(*u))).collect() };
    let trillion: Decimal = "1234567890123.45".parse().unwrap();
    for (name, history) in [
        ("without_data", vec![]),
        ("all_null", vec![None; 6]),
        ("one_point", money(&[48_200])),
        ("one_point_and_gaps", vec![None, None, None, None, None, Some(Decimal::from(48_200))]),
        ("never_moves", money(&[500; 6])),
        ("all_zero", money(&[0; 6])),
        ("negative", money(&[-120, -4_000, -2_500, -90, -30_000, -12_345])),
        ("over_zero", money(&[-120, 300, -250, 90, -30, 45])),
        (
            "a_million_million",
            vec![Some(trillion / Decimal::from(3)), Some(trillion), Some(trillion * Decimal::from(2))],
        ),
        ("from_nothing", money(&[0, 0, 0, 0, 0, 700])),
    ] {
        insta::assert_snapshot!(format!("strange_{name}"), told(&render(&review(&history))));
    }
}

#[test]
fn strange_names() {
    let mut review = sample::full();
    let long = "Donaudampfschifffahrtsgesellschaftskapitän ".repeat(5);
    let long: String = long.chars().take(200).collect();
    let names =
        ["<script>alert(1)</script>", "=cmd()|'/c calc'!A0", "🚀👩‍👩‍👧 株式会社", &long, "\u{202e}evil\r\nBcc: x", ""];
    review.lists[0].rows = names.map(|n| vec![Cell::Text(n.into()), Cell::Empty, Cell::Empty, Cell::Empty]).to_vec();
    review.lists[0].total_rows = 6;
    let row = &mut review.sections[0].rows[0];
    row.title = long.clone();
    row.segments[0].value_name = "</td><script>alert(2)</script>".into();
    review.exceptions[0].segment = Some(row.segments[0].clone());
    review.head.title = long;
    let rendered = render(&review);
    assert!(rendered.subject.chars().count() <= 200, "{}", rendered.subject);
    for html in [&rendered.html, &rendered.page] {
        assert!(!html.contains("<script"));
    }
    insta::assert_snapshot!("strange_names", told(&rendered));
}

#[test]
fn a_metric_that_is_infinite_is_a_problem_and_the_report_goes() {
    let metric = include_str!("../../queries/metrics/growth/mrr.sql");
    let metric = metric.replace("metric: mrr", "metric: endless").replace("title: MRR", "title: Endless");
    let metric =
        metric.replace("unit: money", "unit: number").replace("closing_minor as value", "'inf'::double as value");
    let desk = Desk::pulled().edit("# queries = \"queries\"", "queries = \"queries\"");
    let desk = desk.write("queries/metrics/growth/endless.sql", &metric);
    let desk = desk.edit("[reports.finance]\n", "[reports.finance]\n# endless\n");
    let said = desk.run(&["run", "finance", "--no-pull"]);
    said.exits(1).prints(&["1 of 1"]).explains(&["metric endless", "not a finite number"]);
}

#[test]
fn a_logo_is_on_mail_and_page_and_a_report_goes_without_one_that_cannot_be_read() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"100\"><rect width=\"400\" height=\"100\"/></svg>";
    let desk = Desk::pulled().edit("# logo = \"logo.svg\"", "logo = \"logo.svg\"").write("logo.svg", svg);
    desk.run(&["check"]).exits(0);
    desk.run(&["run", "support", "--no-pull"]).exits(0);
    let edition = "store/archive/support/2026-W46/1";
    let mail = desk.read(&format!("{edition}/email.html"));
    assert!(mail.contains("charts/logo.png") && mail.contains("width=\"160\" height=\"40\""), "{mail}");
    assert!(desk.read(&format!("{edition}/index.html")).contains("src=\"data:image/png;base64,"));

    for (file, content) in [("logo.svg", "not a picture"), ("elsewhere.png", svg)] {
        let desk = Desk::pulled().edit("# logo = \"logo.svg\"", "logo = \"logo.svg\"").write(file, content);
        desk.run(&["check"]).exits(0).explains(&["warning: [company] logo", "logo.svg"]);
        let said = desk.run(&["run", "support", "--no-pull"]);
        said.exits(1).prints(&["1 of 1"]).explains(&["[company] logo", "the report goes without it"]);
    }
}
