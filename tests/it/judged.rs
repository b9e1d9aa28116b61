//! Process charts, baselines, owners' reasons and `explain`, through the command line.

use crate::support::company::Desk;
use crate::support::scratch::Scratch;
use crate::support::store::{bizreview, rows};

/// A metric of one's own over outcomes.csv, a value a week: what a published process chart is fed through.
pub fn chart_of(values: &[&str]) -> Scratch {
    let folder = Scratch::new("chart");
    std::fs::create_dir_all(folder.join("files")).unwrap();
    std::fs::create_dir_all(folder.join("queries/metrics/quality")).unwrap();
    let monday = jiff::civil::date(2026, 1, 5);
    let mut outcomes = String::from("outcome_id,account,recorded_on,kind,amount,currency\n");
    for (week, value) in values.iter().enumerate() {
        let day = monday.saturating_add(jiff::Span::new().weeks(week as i64));
        outcomes += &format!("o{week},plant,{day},flow,{value},\n");
    }
    std::fs::write(folder.join("files/outcomes.csv"), outcomes).unwrap();
    let metric = "-- metric: flow_rate\n-- title: Flow rate\n-- team: product\n-- dimension: quality\n-- kind: driver\n\
        -- unit: number\n-- better: higher\n-- needs: outcomes\n-- shape: sum\n-- definition: Flow rate of a batch.\n\
        select period_day.period_id, cast(null as varchar) as account_id, outcome.outcome_id as entity_id, outcome.amount as value\n\
        from core.outcome join period_day on period_day.local_date = outcome.recorded_on\n";
    std::fs::write(folder.join("queries/metrics/quality/flow_rate.sql"), metric).unwrap();
    let config = "[company]\nname = 'Plant'\ntimezone = 'UTC'\ncurrency = 'usd'\n[store]\npath = 'store'\nqueries = 'queries'\n\
        [sources.files]\nmanifest = 'files'\ndirectory = 'files'\n[mail]\nfrom = 'Reviews <reviews@plant.example>'\n\
        [teams.product]\nname = 'Product'\n[reports.product]\ntitle = 'Plant review'\nteam = 'product'\n\
        to = ['product@plant.example']\nmetrics = ['flow_rate']\n";
    std::fs::write(folder.join("bizreview.toml"), config).unwrap();
    folder
}

pub fn run(folder: &Scratch, weeks: i64, args: &[&str]) -> (Option<i32>, String, String) {
    let now = jiff::civil::date(2026, 1, 5).saturating_add(jiff::Span::new().weeks(weeks));
    let output = bizreview(&folder.join("bizreview.toml"), &format!("{now}T06:00:00Z"), args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub fn ok(folder: &Scratch, weeks: i64, args: &[&str]) -> String {
    let (code, out, err) = run(folder, weeks, args);
    assert_eq!(code, Some(0), "bizreview {args:?}\n{out}\n{err}");
    out
}

#[test]
fn a_published_chart_of_individuals_comes_out_as_published() {
    // NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rates of ten batches. Published: mean 50.81, mean moving
    // range 1.8778, limits 45.8159 and 55.8041 (3 / 1.128 = 2.6596 where 2.66 is used here), in control.
    let folder = chart_of(&["49.6", "47.6", "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1"]);
    ok(&folder, 10, &["pull"]);
    let chart = rows(&ok(&folder, 10, &["signals", "flow_rate", "--all", "--format", "csv"]));
    assert_eq!(chart.len(), 10);
    let number = |name: &str| chart[9][name].parse::<rust_decimal::Decimal>().unwrap();
    assert_eq!(number("mean").to_string(), "50.81");
    assert_eq!(number("upper").round_dp(2).to_string(), "55.80");
    assert_eq!(number("lower").round_dp(2).to_string(), "45.82");
    // 3.268 × 1.8778
    assert_eq!(number("range_limit").round_dp(2).to_string(), "6.14");
    assert!(chart.iter().all(|row| row["signal"].is_empty()));
}

/// Twenty-eight weeks around ten, then ten around twenty.
fn shifted() -> Scratch {
    let mut values = vec!["9", "11", "8", "12", "9.5", "10.5", "9", "11", "8", "12"];
    values.extend([
        "9", "11", "8.5", "11.5", "9", "11", "8", "12", "9", "11", "9", "11", "8", "12", "10.2", "9.9", "9", "11",
    ]);
    values.extend(["20", "21", "19", "20.5", "19.5", "22", "18", "20", "21", "19"]);
    chart_of(&values)
}

#[test]
fn a_shift_stays_a_signal_until_its_owner_accepts_a_new_baseline_with_a_reason() {
    let folder = shifted();
    ok(&folder, 38, &["pull"]);
    let last = |weeks| rows(&ok(&folder, weeks, &["signals", "flow_rate", "--format", "csv"]))[0]["signal"].clone();
    assert_eq!(last(28), "");
    assert_eq!(last(29), "outside a limit");
    assert_eq!(last(38), "outside a limit; eight or more in a row on one side; three of four near a limit");
    ok(&folder, 38, &["run", "--no-pull"]);
    let text = std::fs::read_to_string(folder.join("store/archive/product/2026-W39/1/email.txt")).unwrap();
    // the last of the old weeks, 11, was above the mean of 10 already: the run began with it
    assert!(
        text.contains("above its limit of 17") && text.contains("A signal 11 weeks in a row, since W29."),
        "{text}"
    );

    let accept =
        ["baseline", "accept", "flow_rate", "--from", "2026-W30", "--to", "2026-W39", "--author", "Priya Nair"];
    let (code, _, err) = run(&folder, 38, &accept);
    assert_eq!(code, Some(2), "a reason is asked for: {err}");
    let said = ok(&folder, 38, &[&accept[..], &["--reason", "new pump since July"]].concat());
    assert!(said.contains("mean 20,") || said.contains("mean 20 "), "{said}");
    assert_eq!(last(38), "");
    let list = rows(&ok(&folder, 38, &["baseline", "--format", "csv"]));
    let told: Vec<(&str, &str)> = list.iter().map(|r| (r["author"].as_str(), r["reason"].as_str())).collect();
    assert_eq!(told, [("", "first twenty complete periods"), ("Priya Nair", "new pump since July")]);
}

#[test]
fn a_baseline_that_says_too_little_is_refused_with_the_reason() {
    let folder = shifted();
    ok(&folder, 38, &["pull"]);
    let refuse = |from: &str, to: &str, words: &str| {
        let (code, _, err) =
            run(&folder, 38, &["baseline", "accept", "flow_rate", "--from", from, "--to", to, "--reason", "because"]);
        assert!(code == Some(2) && err.contains(words), "{code:?} {err}");
    };
    refuse("2026-W34", "2026-W39", "fewer than eight complete figures");
    refuse("2026-W30", "2026-09", "not of one length");
    let (code, _, err) = run(&folder, 38, &["signals", "flow_rat"]);
    assert!(code == Some(2) && err.contains("did you mean flow_rate?"), "{err}");
}

#[test]
fn explain_opens_a_figure_down_to_its_customers() {
    let desk = Desk::pulled();
    let said = desk.run(&["explain", "gross_mrr_churn", "--period", "2026-10"]).exits(0);
    said.prints(&[
        "Gross MRR churn (gross_mrr_churn)",
        "Expansion never offsets it",
        "previous",
        "guardrail  Expansion MRR",
        "queries/metrics/churn/gross_mrr_churn.sql",
        "made from  ",
        "core/subscription_span.sql",
    ]);
    let values = rows(
        &desk
            .run(&[
                "values",
                "gross_mrr_churn",
                "--grain",
                "month",
                "--from",
                "2026-10",
                "--to",
                "2026-10",
                "--format",
                "csv",
            ])
            .exits(0)
            .out,
    );
    let behind = rows(&desk.run(&["explain", "gross_mrr_churn", "--period", "2026-10", "--rows"]).exits(0).out);
    let sum = |name: &str| behind.iter().map(|row| row[name].parse::<i64>().unwrap()).sum::<i64>();
    let minor = |name: &str| {
        (values[0][name].parse::<rust_decimal::Decimal>().unwrap() * rust_decimal::Decimal::ONE_HUNDRED)
            .normalize()
            .to_string()
    };
    assert_eq!(sum("numerator").to_string(), minor("numerator"), "the rows are the figure");
    assert_eq!(sum("denominator").to_string(), minor("denominator"));
    let largest: Vec<i64> = behind.iter().map(|row| row["numerator"].parse().unwrap()).collect();
    assert!(largest.is_sorted_by(|a, b| a >= b), "those that lost most come first");
}

#[test]
fn explain_of_one_segment_is_that_segments_figure_and_rows() {
    let desk = Desk::pulled();
    let args = [
        "values",
        "mrr",
        "--grain",
        "month",
        "--from",
        "2026-10",
        "--to",
        "2026-10",
        "--segment",
        "plan",
        "--format",
        "csv",
    ];
    let plans = rows(&desk.run(&args).exits(0).out);
    let team = plans.iter().find(|row| row["segment_value"] == "Team").unwrap();
    let args = ["explain", "mrr", "--period", "2026-10", "--segment", "plan=Team"];
    let json = desk.run(&[&args[..], &["--format", "json"]].concat()).exits(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["figure"]["value"], team["value"]);
    let rows = rows(&desk.run(&[&args[..], &["--rows"]].concat()).exits(0).out);
    assert_eq!(rows.len().to_string(), team["n"]);
    desk.run(&["explain", "mrr", "--segment", "plan=Taem"]).exits(2).explains(&["plan=Team"]);
    desk.run(&["explain", "mrrr"]).exits(2).explains(&["did you mean mrr"]);
}

#[test]
fn an_owners_reason_counts_before_billings() {
    let desk = Desk::pulled();
    let left = rows(&desk.run(&["churn", "--format", "csv"]).exits(0).out);
    let account =
        left.iter().find(|row| row["left_on"].as_str() >= "2026-06").unwrap_or(&left[0])["account_id"].clone();
    desk.run(&["churn", "reason", &account, "too_expnsive", "--author", "Mara"])
        .exits(2)
        .explains(&["did you mean too_expensive?"]);
    desk.run(&["churn", "reason", "cus_nobody", "unused", "--author", "Mara"]).exits(2).explains(&["is no account"]);
    desk.run(&["churn", "reason", &account, "unused", "--author", "Mara"]).exits(0).prints(&["for unused, says Mara"]);
    desk.run(&["churn", "reason", &account, "missing_features", "--author", "Jonas"]).exits(0);
    let after = rows(&desk.run(&["churn", "--format", "csv"]).exits(0).out);
    let row = after.iter().find(|row| row["account_id"] == account).unwrap();
    assert_eq!(
        (row["reason"].as_str(), row["answers_for_it"].as_str(), row["author"].as_str()),
        ("missing_features", "engineering", "Jonas"),
        "the latest word counts"
    );
}
