//! What an edition said and what is known now: restatements with their causes, and replays that reproduce every figure.

use crate::support::company::{Apis, Desk, REPORTS, said};

const PROMISES: &str = "commitment_id,account,kind,promised_on,due_on,delivered_on\n\
    com-1,cus_a,delivery,2026-10-20,2026-11-09,2026-11-08\n\
    com-2,cus_a,delivery,2026-10-20,2026-11-10,2026-11-10\n\
    com-3,cus_b,delivery,2026-10-20,2026-11-11,2026-11-11\n\
    com-4,cus_b,delivery,2026-10-20,2026-11-12,2026-11-13\n";

/// The shipped company with four promises due in W46, three of them kept, and one edition that says so.
fn published() -> Desk {
    let desk = Desk::pulled().write("files/commitments.csv", PROMISES);
    desk.run(&["pull", "files"]).exits(0);
    desk.run(&["run", "operations", "--no-pull"]).exits(0);
    desk
}

fn restatements(desk: &Desk, edition: &str) -> Vec<(String, String, String, String)> {
    let review: serde_json::Value =
        serde_json::from_str(&desk.read(&format!("store/archive/{edition}/report.json"))).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("unknown").to_owned();
    // the sentence's id: its words are of the reader's language
    let cause = |value: &serde_json::Value| text(&value["id"]);
    let all = review["restatements"].as_array().unwrap();
    all.iter().map(|r| (text(&r["metric"]), text(&r["old"]), text(&r["new"]), cause(&r["cause"]))).collect()
}

fn of(metric: &str, old: &str, new: &str, cause: &str) -> (String, String, String, String) {
    (metric.into(), old.into(), new.into(), cause.into())
}

#[test]
fn a_late_a_corrected_and_a_deleted_record_are_told_and_the_old_edition_is_made_again() {
    let desk = published();
    // com-5 came late, com-2 was not on time after all, com-3 was no promise
    let corrected = PROMISES
        .replace("2026-11-10,2026-11-10", "2026-11-10,2026-11-12")
        .replace("com-3,cus_b,delivery,2026-10-20,2026-11-11,2026-11-11\n", "")
        + "com-5,cus_c,delivery,2026-10-20,2026-11-13,2026-11-13\n";
    let desk = desk.write("files/commitments.csv", &corrected);
    desk.run(&["pull", "files"]).exits(0);
    desk.run(&["run", "operations", "--no-pull"]).exits(0);
    let found = restatements(&desk, "operations/2026-W46/2");
    assert!(found.contains(&of("on_time_delivery", "0.75", "0.5", "cause-example")), "{found:?}");
    let text = desk.read("store/archive/operations/2026-W46/2/email.txt");
    let cause = "1 record came late, 1 record changed, 1 record no longer counts (com-2)";
    assert!(text.contains("CHANGED SINCE IT WAS PUBLISHED"), "{text}");
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(cause), "{text}");

    for edition in ["operations/2026-W46/1", "operations/2026-W46/2"] {
        let said = desk.run(&["run", "--as-known-in", edition]).exits(0);
        assert!(said.out.contains(" values compared, 0 different"), "{}", said.out);
        let compared: usize = said.out.split(": ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(compared > 100, "{}", said.out);
    }
    let values = desk.run(&["values", "on_time_delivery", "--from", "2026-W46", "--to", "2026-W46", "--format", "csv"]);
    assert!(values.exits(0).out.contains(",2,4,4,0.5"), "the replay left the warehouse as it was");
    assert_eq!(desk.names("store/archive/operations/2026-W46"), ["1", "2"], "and archived nothing");
}

#[test]
fn a_changed_definition_and_a_changed_setting_are_causes_of_their_own() {
    let desk = published();
    let sql = include_str!("../../queries/metrics/operations/on_time_delivery.sql")
        .replace("delivered_on <= ", "delivered_on < ");
    let desk = desk.edit("# queries = \"queries\"", "queries = \"queries\"");
    let desk = desk.write("queries/metrics/operations/on_time_delivery.sql", &sql);
    desk.run(&["run", "operations", "--no-pull"]).exits(0);
    let found = restatements(&desk, "operations/2026-W46/2");
    assert_eq!(found, [of("on_time_delivery", "0.75", "0.25", "cause-definition")]);
    // the old edition keeps its own query
    desk.run(&["run", "--as-known-in", "operations/2026-W46/1"]).exits(0).prints(&["0 different"]);

    let desk = Desk::pulled();
    desk.run(&["run", "finance", "--no-pull"]).exits(0);
    let paying = desk.run(&["accounts", "--format", "csv"]).exits(0).out;
    let largest = crate::support::store::rows(&paying)[0]["account_id"].clone();
    let desk = desk.edit("excluded = []", &format!("excluded = [\"{largest}\"]"));
    desk.run(&["run", "finance", "--no-pull"]).exits(0);
    let found = restatements(&desk, "finance/2026-10/2");
    assert!(found.iter().any(|(metric, _, _, cause)| metric == "mrr" && cause == "cause-setting"), "{found:?}");
    desk.run(&["run", "--as-known-in", "finance/2026-10/1"]).exits(0).prints(&["0 different"]);

    // who joins or removes landing files and who replays wait for each other
    let path = desk.join("store/keeping.lock");
    let keeping = std::fs::File::options().write(true).create(true).truncate(false).open(path).unwrap();
    keeping.lock().unwrap();
    let mut replay = desk.command(&["run", "--as-known-in", "finance/2026-10/1"]);
    let told = said(replay.env("BIZREVIEW_WAIT_SECONDS", "0"));
    told.exits(1).explains(&["a backup, clean or forget is at work on", "try again when it is done"]);
    keeping.unlock().unwrap();
    keeping.lock_shared().unwrap();
    desk.run(&["run", "--as-known-in", "finance/2026-10/1"]).exits(0).prints(&["0 different"]);
    desk.run(&["clean"]).exits(1).explains(&["a backup, clean, forget or replay is at work on"]);
}

#[test]
fn exchange_rates_and_accounts_matched_anew_are_told_apart_from_records() {
    let desk = Desk::pulled();
    desk.run(&["run", "finance", "--no-pull"]).exits(0);
    let rates = desk.read("files/fx_rate.csv");
    let changed = rates.trim_end().to_owned() + "\n2026-10-15,eur,1.500\n";
    let desk = desk.write("files/fx_rate.csv", &changed);
    desk.run(&["pull", "files"]).exits(0);
    desk.run(&["run", "finance", "--no-pull"]).exits(0);
    let found = restatements(&desk, "finance/2026-10/2");
    assert!(found.iter().any(|(metric, _, _, cause)| metric == "mrr" && cause == "cause-rates"), "{found:?}");

    let desk = Desk::pulled();
    desk.run(&["run", "finance", "--no-pull"]).exits(0);
    let paying = desk.run(&["accounts", "--format", "csv"]).exits(0).out;
    let ids: Vec<String> =
        crate::support::store::rows(&paying).iter().take(2).map(|r| r["account_id"].clone()).collect();
    desk.run(&["accounts", "link", "billing", &ids[0], "merged"]).exits(0);
    desk.run(&["accounts", "link", "billing", &ids[1], "merged"]).exits(0);
    desk.run(&["pull", "files"]).exits(0);
    desk.run(&["run", "finance", "--no-pull"]).exits(0);
    let found = restatements(&desk, "finance/2026-10/2");
    let paying = found.iter().find(|(metric, ..)| metric == "paying_accounts").unwrap();
    assert_eq!(paying.3, "cause-identity", "{found:?}");
    desk.run(&["run", "--as-known-in", "finance/2026-10/1"]).exits(0).prints(&["0 different"]);
}

#[test]
fn an_edition_that_is_not_there_is_refused_with_the_near_ones() {
    let desk = published();
    desk.run(&["run", "--as-known-in", "operations/2026-W45/1"])
        .exits(2)
        .explains(&["is not an edition", "operations/2026-W46/1"]);
    desk.run(&["run", "operations", "--as-known-in", "operations/2026-W46/1"]).exits(2);
}

/// A check that always fails, withholding its dimensions.
const FAILING: &str = "-- check: mine\n-- title: The ledger does not agree with the bank\n-- severity: withhold\n\
    -- dimensions: operations\nselect 1 as difference\n";

#[test]
fn nothing_is_sent_when_no_section_survives_unless_somebody_says_why() {
    let desk = Desk::pulled().edit("# queries = \"queries\"", "queries = \"queries\"");
    let desk = desk.write("queries/checks/mine.sql", FAILING);
    let said = desk.run(&["run", "operations", "support", "--no-pull"]).exits(1);
    assert!(
        said.err.contains("every section is withheld") && said.err.contains("does not agree with the bank"),
        "{}",
        said.err
    );
    assert_eq!(desk.mails().len(), 1, "support's own sections are not concerned");
    desk.run(&["run", "operations", "--no-pull"]).exits(4);
    let force =
        ["run", "operations", "--no-pull", "--force", "one refund that finance knows of", "--author", "Priya Nair"];
    desk.run(&force).exits(1).prints(&["1 of 1"]);
    let text = desk.read("store/archive/operations/2026-W46/1/email.txt");
    assert!(
        text.contains("Printed by order of Priya Nair") && text.contains("one refund that finance knows of"),
        "{text}"
    );
    desk.run(&["run", "--as-known-in", "operations/2026-W46/1"]).exits(0).prints(&["0 different"]);
}

/// Two weeks after [`crate::support::company::NOW`].
const LATER: &str = "2026-11-30T09:00:00Z";

#[test]
fn two_weeks_of_pulls_later_every_edition_is_made_again_figure_by_figure() {
    let apis = Apis::failing(&[]);
    let desk = Desk::new(&apis);
    desk.run(&["run"]).exits(0);
    apis.set_clock(LATER);
    // tickets were reopened, people merged, invoices paid, and days of use came late
    desk.run_at(LATER, &["run"]).exits(0);
    for report in REPORTS.iter() {
        let edition = format!("{}/{}/1", report.name, report.period);
        let said = desk.run_at(LATER, &["run", "--as-known-in", &edition]).exits(0);
        assert!(said.out.contains(" values compared, 0 different"), "{}", said.out);
    }
}
