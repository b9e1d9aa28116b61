//! Periods and windows against published figures: six weeks, months, week on week, year on year, and to-date boxes of the
//! Working Backwards WBR application's own test scenarios.

use std::sync::OnceLock;

use rust_decimal::Decimal;

use crate::support::scratch::Scratch;
use crate::support::store::{Rows, bizreview, rows};

/// The Sunday after the week that ends on 25 September 2021.
const NOW: &str = "2021-09-26T12:00:00Z";

const METRIC: &str = "-- metric: page_views
-- title: Page views
-- team: product
-- dimension: adoption
-- kind: outcome
-- unit: count
-- better: higher
-- needs: outcomes
-- shape: sum
-- definition: Pages viewed.
select period_day.period_id, cast(null as varchar) as account_id, outcome.outcome_id as entity_id, cast(outcome.amount as bigint) as value
from core.outcome
join period_day on period_day.local_date = outcome.recorded_on
";

/// A company whose weeks begin on Sunday, with the published page views as its only data.
fn company(fiscal_start: u8) -> Scratch {
    let folder = Scratch::shared(&format!("wbr-{fiscal_start}"));
    let published = include_str!("fixtures/wbr/page_views.csv");
    let mut outcomes = String::from("outcome_id,account,recorded_on,kind,amount,currency\n");
    for line in published.lines().skip(1) {
        let (day, views) = line.split_once(',').unwrap();
        outcomes += &format!("{day},site,{day},views,{views},\n");
    }
    std::fs::create_dir_all(folder.join("files")).unwrap();
    std::fs::create_dir_all(folder.join("queries/metrics/adoption")).unwrap();
    std::fs::write(folder.join("files/outcomes.csv"), outcomes).unwrap();
    std::fs::write(folder.join("queries/metrics/adoption/page_views.sql"), METRIC).unwrap();
    let config = format!(
        "[company]\nname = 'Site'\ntimezone = 'UTC'\ncurrency = 'usd'\nweek_start = 'sunday'\n\
         fiscal_year_start_month = {fiscal_start}\n[store]\npath = 'store'\nqueries = 'queries'\n\
         [sources.files]\nmanifest = 'files'\ndirectory = 'files'\n[mail]\nfrom = 'Reviews <reviews@site.example>'\n\
         [teams.product]\nname = 'Product'\n[reports.product]\ntitle = 'Site review'\nteam = 'product'\n\
         to = ['product@site.example']\nmetrics = ['page_views']\n"
    );
    std::fs::write(folder.join("bizreview.toml"), config).unwrap();
    ok(&folder, &["pull"]);
    folder
}

fn ok(folder: &Scratch, args: &[&str]) -> String {
    let output = bizreview(&folder.join("bizreview.toml"), NOW, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "bizreview {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A company whose fiscal year ends in December, and one whose ends in May.
fn calendar_year() -> &'static Scratch {
    static COMPANY: OnceLock<Scratch> = OnceLock::new();
    COMPANY.get_or_init(|| company(1))
}

fn year_to_may() -> &'static Scratch {
    static COMPANY: OnceLock<Scratch> = OnceLock::new();
    COMPANY.get_or_init(|| company(6))
}

fn values(grain: &str, from: &str, to: &str) -> Vec<i64> {
    let args = ["values", "page_views", "--grain", grain, "--from", from, "--to", to, "--format", "csv"];
    let rows: Rows = rows(&ok(calendar_year(), &args));
    rows.iter().map(|row| row["value"].parse().unwrap()).collect()
}

#[test]
fn six_weeks_and_the_six_364_days_before_are_as_published() {
    let this_year = [496_725_868, 499_671_126, 464_148_871, 457_477_195, 460_207_741, 470_759_324];
    assert_eq!(values("week", "2021-W33", "2021-W38"), this_year);
    // the same weekdays a year before: weeks 33 to 38 of 2020 begin on 16 August
    let year_before = [429_282_793, 439_825_733, 453_443_686, 402_629_589, 383_456_304, 383_306_638];
    assert_eq!(values("week", "2020-W34", "2020-W39"), year_before);
}

#[test]
fn months_are_as_published() {
    let published = [
        1_487_877_710_i64,
        1_508_255_989,
        1_665_665_379,
        1_542_530_033,
        1_546_099_414,
        1_467_102_281,
        1_615_446_881,
        1_953_063_065,
        1_708_890_199,
        1_807_907_694,
        1_820_822_982,
        1_922_478_407,
        2_318_880_564,
        1_969_227_848,
        2_117_874_905,
        2_036_021_000,
        2_057_839_090,
        2_051_219_932,
        2_274_329_968,
        2_207_577_942,
    ];
    assert_eq!(values("month", "2020-01", "2021-08"), published);
}

/// Value and percentage against its comparison, of the reviewed week and its windows; no percentage where it is withheld.
fn boxes(company: &Scratch) -> Vec<(String, Decimal, Option<Decimal>)> {
    let text = ok(company, &["explain", "page_views", "--period", "2021-W38", "--format", "json"]);
    let figure: serde_json::Value = serde_json::from_str::<serde_json::Value>(&text).unwrap()["figure"].clone();
    let decimal = |value: &serde_json::Value| value.as_str().unwrap().parse::<Decimal>().unwrap();
    let percent = |value: &serde_json::Value| {
        value.as_str().map(|text| (text.parse::<Decimal>().unwrap() * Decimal::ONE_HUNDRED).round_dp(2))
    };
    let mut boxes = vec![
        ("week".to_owned(), decimal(&figure["value"]), percent(&figure["previous"]["relative"])),
        ("week, a year ago".to_owned(), decimal(&figure["value"]), percent(&figure["year_ago"]["relative"])),
    ];
    for window in figure["windows"].as_array().unwrap() {
        let name = window["window"].as_str().unwrap().to_owned();
        if name != "t12m" {
            boxes.push((name, decimal(&window["value"]), percent(&window["year_ago"]["relative"])));
        }
    }
    boxes
}

fn expected(figures: [(&str, i64, Option<i64>); 5]) -> Vec<(String, Decimal, Option<Decimal>)> {
    figures
        .map(|(name, value, percent)| (name.to_owned(), Decimal::from(value), percent.map(|p| Decimal::new(p, 2))))
        .to_vec()
}

#[test]
fn week_month_quarter_and_year_boxes_are_as_published() {
    let published = expected([
        ("week", 470_759_324, Some(229)),
        ("week, a year ago", 470_759_324, Some(2282)),
        ("mtd", 1_632_139_558, Some(1535)),
        ("qtd", 6_114_047_468, Some(2269)),
        // published as +31.44 % against a January that lacks its first four days: withheld here
        ("ytd", 18_665_110_807, None),
    ]);
    assert_eq!(boxes(calendar_year()), published);
}

#[test]
fn quarter_and_year_boxes_of_a_fiscal_year_that_ends_in_may_are_as_published() {
    let published = expected([
        ("week", 470_759_324, Some(229)),
        ("week, a year ago", 470_759_324, Some(2282)),
        ("mtd", 1_632_139_558, Some(1535)),
        ("qtd", 1_632_139_558, Some(1535)), // September is the first month of its second quarter
        ("ytd", 8_165_267_400, Some(2658)),
    ]);
    assert_eq!(boxes(year_to_may()), published);
}

#[test]
fn twelve_months_are_withheld_where_history_is_shorter() {
    let text = ok(calendar_year(), &["explain", "page_views", "--period", "2021-W38", "--format", "json"]);
    let figure: serde_json::Value = serde_json::from_str::<serde_json::Value>(&text).unwrap()["figure"].clone();
    let trailing = figure["windows"].as_array().unwrap().iter().find(|w| w["window"] == "t12m").unwrap();
    // 26 September 2020 to 25 September 2021
    assert_eq!((&trailing["first_day"], &trailing["last_day"]), (&"2020-09-26".into(), &"2021-09-25".into()));
    assert_eq!(trailing["year_ago"]["withheld"], "insufficient history", "the data begin in January 2020");
}
