//! Sample reviews: what `bizreview check` renders every template against, and what the tests look at.

mod access;
mod account;
mod corrected;
mod drawn;
mod judged;
mod voices;

pub use drawn::{drawn, strange_series};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use crate::review::model::{
    Better, Cell, Column, ColumnUnit, Comparison, Coverage, Customers, Definition, Exception, Freshness, Head,
    Judgement, Kind, List, NotMeasured, Point, Problem, Review, ReviewPeriod, Row, RowsFile, Rule, Section,
    SegmentFigure, Status, Target, Unit, Walk,
};

pub use access::{door, link_letter};
pub use account::accounts;

const MONDAY: Date = date(2026, 11, 9);

/// Every kind of review a template must survive, by name.
#[must_use]
pub fn all() -> Vec<(&'static str, Review)> {
    vec![
        ("full", full()),
        ("quiet", quiet()),
        ("provisional", provisional()),
        ("no-data", no_data()),
        ("small-numbers", small_numbers()),
        ("hostile-text", hostile_text()),
        ("sixty-metrics", sixty_metrics()),
        ("monthly", monthly()),
        ("judged", judged::judged()),
        ("drawn", drawn()),
        ("strange-series", strange_series()),
        ("voices", voices::voices()),
        ("corrected", corrected::corrected()),
    ]
}

fn dec(units: i64, scale: u32) -> Decimal {
    Decimal::new(units, scale)
}

/// A week with two exceptions, a walk, lists, stale data and a source that failed.
#[must_use]
pub fn full() -> Review {
    let sections = vec![
        section("sla", vec![first_reply(), resolution()]),
        section("quality", vec![reopened(), csat()]),
        section("churn", vec![revenue_churn(), logo_churn()]),
        section("growth", vec![mrr(), quick_ratio()]),
    ];
    Review {
        head: head(),
        period: ReviewPeriod {
            id: "2026-W46".into(),
            grain: "week".into(),
            first_day: MONDAY,
            last_day: date(2026, 11, 15),
        },
        provisional: Vec::new(),
        exceptions: vec![
            Exception {
                segment: Some(segment("plan", "Enterprise", 72, 90, 41)),
                ..exception("sla/first_reply", Rule::TargetMissed, 3, "2026-W44")
            },
            exception("sla/resolution", Rule::GuardrailMissed, 1, "2026-W46"),
        ],
        comments: Vec::new(),
        promises: Vec::new(),
        segment_promises: Vec::new(),
        factors: Vec::new(),
        restatements: Vec::new(),
        correction: None,
        forced: None,
        walk: Some(walk()),
        events: Vec::new(),
        dimensions: Vec::new(),
        cohorts: None,
        distributions: Vec::new(),
        definitions: definitions(&sections),
        sections,
        lists: vec![lost_accounts()],
        not_measured: vec![NotMeasured {
            titles: vec!["Weekly active accounts".into(), "Activation rate".into()],
            ids: Vec::new(),
            need: String::new(),
            why: "product data is not connected".into(),
            how: "add a [sources.product] block to bizreview.toml".into(),
        }],
        problems: vec![Problem {
            subject: "check unmatched_accounts".into(),
            message: "14 support organisations match no billing customer".into(),
        }],
        freshness: vec![
            Freshness {
                source: "billing".into(),
                pulled_at: Some("2026-11-16T05:40:00Z".into()),
                records: 18_204,
                is_stale: false,
            },
            Freshness {
                source: "support".into(),
                pulled_at: Some("2026-11-16T05:41:30Z".into()),
                records: 3_911,
                is_stale: false,
            },
        ],
        coverage: vec![Coverage {
            system: "support".into(),
            mrr_share: Some(dec(914, 3)),
            accounts_matched: 201,
            accounts_total: 214,
        }],
    }
}

/// All targets met: nothing to tell.
#[must_use]
pub fn quiet() -> Review {
    let mut review = full();
    review.exceptions.clear();
    review.walk = None;
    review.lists.clear();
    review.problems.clear();
    review.not_measured.clear();
    for row in review.sections.iter_mut().flat_map(|s| &mut s.rows) {
        if let Some(target) = &mut row.target {
            target.is_met = Some(true);
            target.missed_in_a_row = 0;
            target.value = row.value.unwrap_or_default();
            target.variance = Some(Decimal::ZERO);
            row.status = Status::TargetMet;
        }
    }
    review
}

/// Sent at the deadline with one source late.
#[must_use]
pub fn provisional() -> Review {
    let mut review = full();
    review.provisional = vec!["support was last pulled on 14 Nov: tickets of 15 Nov are missing".into()];
    review.freshness[1].is_stale = true;
    review.freshness[1].pulled_at = None;
    review
}

/// The first week of a new installation: rows without a figure.
#[must_use]
pub fn no_data() -> Review {
    let mut review = full();
    review.exceptions.clear();
    review.walk = None;
    review.lists.clear();
    review.coverage.clear();
    for row in review.sections.iter_mut().flat_map(|s| &mut s.rows) {
        row.value = None;
        row.withheld = Some("no tickets in this period".into());
        row.status = Status::Unknown;
        row.previous = Comparison { withheld: Some("insufficient history".into()), ..Comparison::default() };
        row.year_ago = row.previous.clone();
        row.history.clear();
        row.history_year_ago.clear();
        row.segments.clear();
        if let Some(target) = &mut row.target {
            target.variance = None;
            target.is_met = None;
        }
    }
    review
}

/// A young company: every ratio stands on a handful of customers.
#[must_use]
pub fn small_numbers() -> Review {
    let mut review = full();
    review.exceptions.clear();
    for row in review.sections.iter_mut().flat_map(|s| &mut s.rows) {
        row.is_small = true;
        row.n = Some(11);
        if row.unit == Unit::Percent {
            row.numerator = Some(dec(3, 0));
            row.denominator = Some(dec(11, 0));
            row.value = Some(dec(2727, 4));
            row.interval = Some((dec(975, 4), dec(5656, 4)));
        }
        row.previous.relative = None;
        if row.target.is_some() {
            row.status = Status::TooFew;
        }
    }
    review
}

/// Names that try to be markup, formulas, templates and far too long.
#[must_use]
pub fn hostile_text() -> Review {
    let mut review = full();
    let hostile = [
        "<script>alert(1)</script>",
        "=cmd()|'/c calc'!A0",
        "🚀 Ünïcode 株式会社",
        "{{ config.secret }}",
        "\" onload=\"x",
    ];
    let long = "Donaudampfschifffahrtsgesellschaft".repeat(6);
    review.head.company = "<b>Evil</b> & Söhne".into();
    review.provisional = vec!["<img src=x onerror=alert(1)>".into()];
    for (row, name) in review.lists[0].rows.iter_mut().zip(hostile.into_iter().chain([long.as_str()])) {
        row[0] = Cell::Text(name.to_owned());
    }
    review.sections[0].rows[0].title = "First reply <script>alert(1)</script>".into();
    review.sections[0].rows[0].segments[0].value_name = "</td></tr>".into();
    review.problems[0].message = format!("{long} \u{202e}{}", hostile[3]);
    review
}

/// More metrics than a mail has room for.
#[must_use]
pub fn sixty_metrics() -> Review {
    let mut review = full();
    let template = [first_reply(), resolution(), csat(), revenue_churn(), mrr()];
    for i in 0..60 {
        let mut row = template[i % template.len()].clone();
        row.metric = format!("{}/{i}", row.metric);
        row.title = format!("{} of team {i}", row.title);
        let section = i % review.sections.len();
        review.sections[section].rows.push(row);
    }
    for i in 0..6 {
        review
            .exceptions
            .push(Exception { metric: format!("sla/first_reply/{}", i * 5), ..review.exceptions[0].clone() });
    }
    review.definitions = definitions(&review.sections);
    review
}

/// A month, compared with calendar months.
#[must_use]
pub fn monthly() -> Review {
    let mut review = full();
    review.head.title = "Executive review".into();
    review.head.team_name = "Leadership".into();
    review.period = ReviewPeriod {
        id: "2026-10".into(),
        grain: "month".into(),
        first_day: date(2026, 10, 1),
        last_day: date(2026, 10, 31),
    };
    for row in review.sections.iter_mut().flat_map(|s| &mut s.rows) {
        let last = row.value.unwrap_or_default();
        row.history = months(last, 2025, 11);
        row.history_year_ago = months(last * dec(93, 2), 2024, 11);
        let unit = row.unit;
        let frame = |c: &mut Comparison, id: &str, first: Date, days: u32, other: Option<Decimal>| {
            let other = other.unwrap_or_default();
            let is_relative = !matches!(unit, Unit::Percent | Unit::Number) && !other.is_zero();
            *c = Comparison {
                period: Some(id.to_owned()),
                first_day: Some(first),
                last_day: Some(first.last_of_month()),
                days: Some(days),
                value: Some(other),
                change: Some(last - other),
                relative: is_relative.then(|| (last - other) / other),
                withheld: None,
            };
        };
        let (before, year_before) = (row.history[10].value, row.history_year_ago[11].value);
        frame(&mut row.previous, "2026-09", date(2026, 9, 1), 30, before);
        frame(&mut row.year_ago, "2025-10", date(2025, 10, 1), 31, year_before);
    }
    for exception in &mut review.exceptions {
        exception.since = if exception.periods > 1 { "2026-08".into() } else { "2026-10".into() };
    }
    review
}

fn months(last: Decimal, year: i16, month: i8) -> Vec<Point> {
    let start = date(year, month, 1);
    (0..12)
        .map(|i: i64| {
            let first_day = start.saturating_add(i.months());
            let wobble = if i == 11 { 0 } else { (i % 3) * 7 - (11 - i) * 9 };
            let value = Some((last * dec(1000 + wobble, 3)).round_dp(4));
            Point { period: format!("{}-{:02}", first_day.year(), first_day.month()), first_day, value }
        })
        .collect()
}

fn head() -> Head {
    Head {
        report: "support".into(),
        title: "Support".into(),
        team: "support".into(),
        team_name: "Customer Support".into(),
        company: "Northwind Software".into(),
        currency: "EUR".into(),
        currency_digits: 2,
        locale: "en".into(),
        timezone: "Europe/Berlin".into(),
        customers: Customers::Names,
        generated_at: "2026-11-16T06:12:00Z".into(),
        link: Some("https://reviews.northwind.example/support/2026-W46".into()),
        reply_to: Some("support-review@northwind.example".into()),
    }
}

/// A metric's fixed part.
fn row(metric: &str, title: &str, unit: Unit, better: Better) -> Row {
    Row {
        metric: metric.into(),
        title: title.into(),
        team: "Customer Support".into(),
        kind: Kind::Driver,
        unit,
        is_money: unit == Unit::Money,
        better,
        value: None,
        n: Some(412),
        numerator: None,
        denominator: None,
        is_small: false,
        interval: None,
        withheld: None,
        previous: Comparison::default(),
        year_ago: Comparison::default(),
        target: None,
        history: Vec::new(),
        history_year_ago: Vec::new(),
        segments: Vec::new(),
        status: Status::NoTarget,
        headline: None,
        windows: Vec::new(),
        judgement: Judgement::default(),
        driver: None,
    }
}

fn section(dimension: &str, rows: Vec<Row>) -> Section {
    Section { dimension: dimension.into(), rows, withheld: None }
}

fn exception(metric: &str, rule: Rule, periods: u32, since: &str) -> Exception {
    Exception {
        metric: metric.into(),
        rule,
        periods,
        since: since.into(),
        segment: None,
        signal: None,
        is_better: None,
        guardrail: None,
        driver: None,
        weight: Decimal::ONE,
        accounts: Vec::new(),
    }
}

impl Row {
    /// Six weeks ending with the reviewed one, and the six a year before.
    fn sample_series(mut self, weeks: [i64; 6], year_before: [i64; 6], scale: u32) -> Row {
        let series = |values: [i64; 6], end: Date, week: i8| -> Vec<Point> {
            let point = |(i, v): (usize, i64)| {
                let back = 5 - i as i64;
                let number = i64::from(week) - back;
                let first_day = end.saturating_sub((back * 7).days());
                Point { period: format!("{}-W{number:02}", end.year()), first_day, value: Some(dec(v, scale)) }
            };
            values.into_iter().enumerate().map(point).collect()
        };
        self.history = series(weeks, MONDAY, 46);
        self.history_year_ago = series(year_before, date(2025, 11, 10), 46);
        let value = dec(weeks[5], scale);
        let is_relative = !matches!(self.unit, Unit::Percent | Unit::Number);
        let compare = |other: Decimal, id: &str, first: Date| Comparison {
            period: Some(id.into()),
            first_day: Some(first),
            last_day: Some(first.saturating_add(6.days())),
            days: Some(7),
            value: Some(other),
            change: Some(value - other),
            relative: (is_relative && !other.is_zero()).then(|| (value - other) / other),
            withheld: None,
        };
        self.previous = compare(dec(weeks[4], scale), "2026-W45", date(2026, 11, 2));
        self.year_ago = compare(dec(year_before[5], scale), "2025-W46", date(2025, 11, 10));
        self.value = Some(value);
        self
    }

    fn sample_target(mut self, target: Decimal, missed_in_a_row: u32, guardrail: Option<&str>) -> Row {
        let is_met = missed_in_a_row == 0;
        self.target = Some(Target {
            value: target,
            variance: self.value.map(|v| v - target),
            is_met: Some(is_met),
            missed_in_a_row,
            guardrail: guardrail.map(str::to_owned),
        });
        self.status = if is_met { Status::TargetMet } else { Status::TargetMissed };
        self
    }
}

fn first_reply() -> Row {
    let mut row = row("sla/first_reply", "First-reply SLA", Unit::Percent, Better::Higher)
        .sample_series([931, 925, 938, 889, 920, 810], [902, 905, 911, 907, 899, 901], 3)
        .sample_target(dec(90, 2), 3, Some("quality/csat"));
    row.numerator = Some(dec(334, 0));
    row.denominator = Some(dec(412, 0));
    row.segments = vec![
        segment("plan", "Enterprise", 72, 90, 41),
        segment("plan", "Business", 84, 93, 187),
        segment("plan", "Starter", 86, 92, 184),
    ];
    row
}

fn resolution() -> Row {
    row("sla/resolution", "Time to resolve, median", Unit::BusinessDuration, Better::Lower)
        .sample_series(
            [28_800, 27_900, 26_100, 27_000, 25_200, 21_600],
            [30_600, 31_200, 29_900, 30_000, 30_300, 31_000],
            0,
        )
        .sample_target(dec(28_800, 0), 0, Some("quality/reopened"))
}

fn reopened() -> Row {
    row("quality/reopened", "Tickets reopened", Unit::Percent, Better::Lower)
        .sample_series([41, 38, 44, 40, 47, 72], [52, 50, 49, 51, 48, 50], 3)
        .sample_target(dec(5, 2), 1, None)
}

fn csat() -> Row {
    row("quality/csat", "Customer satisfaction", Unit::Percent, Better::Higher)
        .sample_series([942, 938, 940, 945, 939, 941], [921, 925, 930, 928, 931, 927], 3)
        .sample_target(dec(92, 2), 0, None)
}

fn revenue_churn() -> Row {
    let mut row = row("churn/gross_mrr", "Gross MRR churn", Unit::Percent, Better::Lower).sample_series(
        [31, 28, 35, 22, 27, 27],
        [40, 38, 41, 39, 37, 42],
        4,
    );
    row.kind = Kind::Outcome;
    row
}

fn logo_churn() -> Row {
    let mut row = row("churn/logos", "Customers lost", Unit::Count, Better::Lower).sample_series(
        [2, 1, 3, 0, 1, 3],
        [2, 2, 4, 1, 2, 2],
        0,
    );
    row.kind = Kind::Outcome;
    row.year_ago.withheld = Some("insufficient history".into());
    row
}

fn mrr() -> Row {
    let mut row = row("growth/mrr", "MRR at the end of the week", Unit::Money, Better::Higher).sample_series(
        [39_812_000, 40_105_000, 40_230_050, 40_700_000, 40_744_900, 41_230_049],
        [31_000_000, 31_400_000, 31_900_000, 32_000_000, 32_150_000, 32_500_000],
        2,
    );
    row.kind = Kind::Outcome;
    row.team = "Sales".into();
    row
}

fn quick_ratio() -> Row {
    let mut row = row("growth/quick_ratio", "Quick ratio", Unit::Number, Better::Higher).sample_series(
        [210, 340, 180, 420, 305, 324],
        [250, 260, 240, 255, 245, 250],
        2,
    );
    row.kind = Kind::Outcome;
    row.team = "Sales".into();
    row
}

fn segment(name: &str, value_name: &str, percent: i64, before: i64, n: u64) -> SegmentFigure {
    SegmentFigure {
        name: name.into(),
        value_name: value_name.into(),
        value: Some(dec(percent, 2)),
        numerator: None,
        denominator: None,
        n,
        previous: Some(dec(before, 2)),
    }
}

fn walk() -> Walk {
    Walk {
        opening: dec(40_744_900, 2),
        new: dec(542_000, 2),
        reactivation: dec(24_900, 2),
        expansion: dec(211_049, 2),
        contraction: dec(82_300, 2),
        churn: dec(210_500, 2),
        transfer: Decimal::ZERO,
        fx: Decimal::ZERO,
        closing: dec(41_230_049, 2),
        accounts_opening: 212,
        accounts_new: 5,
        accounts_churned: 3,
        accounts_closing: 214,
        unvalued: vec![("SEK".into(), dec(1_250_000, 2))],
    }
}

fn lost_accounts() -> List {
    let column = |name: &str, title: &str, unit| Column { name: name.into(), title: title.into(), unit };
    let names = [
        "Aurora Freight",
        "Bluepine Dental",
        "Casa Lumen",
        "Delta Orchard",
        "Elmwood Clinics",
        "Fjord Analytics",
        "Granite Legal",
        "Harbor & Vine",
        "Iris Robotics",
        "Juniper Foods",
        "Kestrel Media",
        "Lakeside Labs",
    ];
    let rows = names.iter().enumerate().map(|(i, name)| {
        let i = i as i64;
        vec![
            Cell::Text((*name).to_owned()),
            Cell::Number(dec(-120_000 + i * 7_550, 2)),
            Cell::Date(date(2026, 11, 9).saturating_add((i % 7).days())),
            if i % 4 == 3 {
                Cell::Empty
            } else {
                Cell::Text(["price", "missing feature", "closed business"][i as usize % 3].into())
            },
        ]
    });
    List {
        dimension: "churn".into(),
        name: "lost_accounts".into(),
        title: "Accounts lost or reduced".into(),
        columns: vec![
            column("account", "Account", ColumnUnit::Text),
            column("mrr", "MRR", ColumnUnit::Money),
            column("on", "On", ColumnUnit::Date),
            column("reason", "Reason", ColumnUnit::Text),
        ],
        rows: rows.collect(),
        total_rows: 34,
    }
}

fn definitions(sections: &[Section]) -> Vec<Definition> {
    let rows = sections.iter().flat_map(|s| &s.rows);
    rows.map(|r| Definition {
        metric: r.metric.clone(),
        title: r.title.clone(),
        text: format!("{}: what is counted, of which accounts, on which day, and what is left out.", r.title),
        hash: "3f9c1a7be204".into(),
        file: format!("metrics/{}.sql", r.metric),
        sql: "-- metric: a sample\nselect\n  period_id, account_id, ticket_id as entity_id, 1 as numerator, 2 as denominator\nfrom core.ticket\nwhere name <> '<b>{{ 7 }}'\n".into(),
        made_from: vec!["staging/x/ticket.sql".into(), "core/ticket.sql".into()],
        rows: Some(RowsFile { file: "rows/sample.csv".into(), kept: 1000, total: 1204 }),
    })
    .collect()
}
