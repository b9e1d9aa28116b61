//! Trials, receivables, renewals, first months, value, owners, fit, costs, plans and segments: each figure worked out by hand
//! beside it, for a company whose every customer is there for a reason.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::store::{Books, Rows, Store, rows};
use crate::support::stripe::{Line, Price, Subscription, at, monthly, price, subscription};

const NOW: &str = "2026-07-06T06:00:00Z";

fn of(case: &str, price: &Price, quantity: i64, start: &str) -> Subscription {
    subscription(&format!("sub_{case}"), &format!("cus_{case}"), price, quantity, start)
}

/// A pulled company and every figure of its months, asked for once.
struct Told {
    store: Store,
    months: Rows,
}

impl Told {
    fn new(books: Books, name: &str) -> Told {
        let store = books.pull(name, NOW);
        let args = [
            "values",
            "--grain",
            "month",
            "--from",
            "2026-01",
            "--to",
            "2026-06",
            "--segment",
            "all",
            "--format",
            "csv",
        ];
        // exit code 1: support and product are not connected
        let months = rows(&String::from_utf8(store.run(&args).stdout).unwrap());
        Told { store, months }
    }

    fn of<'a>(&'a self, metric: &'a str, month: &'a str, segment: &'a str) -> impl Iterator<Item = &'a Row> {
        let is_it =
            move |row: &&Row| row["metric"] == metric && row["period"] == month && row["segment_name"] == segment;
        self.months.iter().filter(is_it)
    }

    /// A metric's total in a month: "value" or "numerator/denominator", and the count behind it; "unknown" without a value.
    fn figure(&self, metric: &str, month: &str) -> String {
        let Some(row) = self.of(metric, month, "total").next() else { return "unknown".into() };
        let n = &row["n"];
        match (row["numerator"].as_str(), row["denominator"].as_str(), row["value"].as_str()) {
            (_, _, "") => "unknown".into(),
            ("", _, value) => format!("{value} of {n}"),
            (above, below, _) => format!("{above}/{below} of {n}"),
        }
    }

    /// A metric's value in each value of a segment in a month.
    fn by_segment(&self, metric: &str, month: &str, segment: &str) -> BTreeMap<String, String> {
        self.of(metric, month, segment).map(|row| (row["segment_value"].clone(), row["value"].clone())).collect()
    }
}

type Row = std::collections::HashMap<String, String>;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Customers by what happens to them over time.
fn lives() -> &'static Told {
    static STORE: OnceLock<Told> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        trials(&mut books);
        receivables(&mut books);
        renewals(&mut books);
        first_months(&mut books);
        benefits(&mut books);
        books.file("churn_reasons.csv", REASONS);
        books.file("fx_rate.csv", "date,currency,rate\n2025-01-01,eur,1.10\n2026-03-01,eur,1.20\n");
        books.settings(
            "[value]\nhour_rate = 50\n[billing]\nsize_bands = [40, 1000]\n[accounts]\nowner_segment = \"owner\"\n\
             [teams.customer_success]\nname = \"CS\"\n[reports.customer_success]\ntitle = \"CS review\"\n\
             team = \"customer_success\"\nto = [\"cs@acme.example\"]\ngrain = \"month\"\nmetrics = [\"early_churn\"]\n\
             lists = [\"renewals_due\", \"churn_without_reason\"]\ncustomers = \"names\"\n",
        );
        Told::new(books, "money-lives")
    })
}

fn trials(books: &mut Books) {
    let fifty = monthly(5000);
    let trial = |case: &str, status: &str, end: &str| {
        let start = of(case, &fifty, 1, "2026-02-10").set("status", json!(status));
        start.set("trial_start", json!(at("2026-02-10"))).set("trial_end", json!(at(end)))
    };
    books.one(&trial("trial_kept", "active", "2026-03-03"));
    books.one(&trial("trial_left", "canceled", "2026-03-03").ended("2026-03-03"));
    books.one(&trial("trial_early", "canceled", "2026-03-20").ended("2026-03-10"));
    books.one(&trial("trial_later", "canceled", "2026-03-15").ended("2026-03-15"));
    books.subscribe(&subscription("sub_paid_later", "cus_trial_later", &fifty, 1, "2026-03-25"));
    books.one(&trial("trial_running", "trialing", "2026-07-20"));
    // billing says a minute after the end that it is paid
    let paid = trial("trial_event", "active", "2026-03-12");
    books.one(&paid).event(&trial("trial_event", "trialing", "2026-03-12"), "2026-02-10 00:00");
    books.event(&paid, "2026-03-12 00:01");
    // over for less than a day
    books.one(&trial("trial_fresh", "active", "2026-07-05 12:00"));
}

#[test]
fn a_trial_is_decided_when_it_ends() {
    // kept and event of kept, left, early, later and event; the running one is not decided
    assert_eq!(lives().figure("trial_conversion", "2026-03"), "2/5 of 5");
    assert_eq!(lives().figure("trial_conversion", "2026-04"), "unknown", "no trial ended");
    let args = ["values", "trial_conversion", "--grain", "week", "--from", "2026-W27", "--format", "csv"];
    let week = lives().store.ok(&args);
    assert!(rows(&week).iter().all(|row| row["value"].is_empty()), "its day is not over: {week}");
}

/// An invoice without lines: what is owed, by when, and what became of it.
fn owed(id: &str, issued: &str, due: Option<&str>, minor: i64) -> Value {
    json!({
        "id": format!("in_{id}"), "object": "invoice", "created": at(issued), "customer": "cus_debtor", "currency": "usd",
        "status": "open", "billing_reason": "manual", "livemode": true, "metadata": {}, "total": minor, "amount_due": minor,
        "amount_paid": 0, "amount_remaining": minor, "attempt_count": 0, "due_date": due.map(at),
        "status_transitions":
            {"finalized_at": at(issued), "paid_at": null, "voided_at": null, "marked_uncollectible_at": null},
        "parent": null, "lines": {"object": "list", "has_more": false, "url": "/v1/invoices/lines", "data": []},
    })
}

fn settled(mut invoice: Value, status: &str, field: &str, on: &str) -> Value {
    invoice["status"] = json!(status);
    invoice["status_transitions"][field] = json!(at(on));
    if status == "paid" {
        invoice["amount_paid"] = invoice["amount_due"].clone();
        invoice["amount_remaining"] = json!(0);
    }
    invoice
}

fn receivables(books: &mut Books) {
    books.one(&of("debtor", &monthly(5000), 1, "2025-06-10"));
    let late = owed("late", "2026-02-01", Some("2026-03-03"), 30_000);
    books.add("invoices", settled(late, "paid", "paid_at", "2026-04-10"));
    let void = owed("void", "2026-02-15", Some("2026-03-17"), 20_000);
    books.add("invoices", settled(void, "void", "voided_at", "2026-05-05"));
    let mut partly = owed("partly", "2026-03-20", Some("2026-04-19"), 40_000);
    partly["amount_paid"] = json!(25_000);
    partly["amount_remaining"] = json!(15_000);
    books.add("invoices", partly);
    // due and paid at the very midnights between two months
    let mut euro = owed("euro", "2026-03-02", Some("2026-04-01"), 10_000);
    euro["currency"] = json!("eur");
    books.add("invoices", settled(euro, "paid", "paid_at", "2026-05-01"));
    let lost = owed("lost", "2026-02-10", Some("2026-03-10"), 7000);
    books.add("invoices", settled(lost, "uncollectible", "marked_uncollectible_at", "2026-04-15"));
    books.add("invoices", owed("at_once", "2026-03-05", None, 99_900));
}

#[test]
fn receivables_are_overdue_as_things_stood_at_the_end_of_the_month() {
    assert_eq!(lives().figure("overdue_receivables", "2026-03"), "570 of 3"); // 300 + 200 + 70
    // 200, 150 left of 400, and 100 € at 1.20; 300 was paid on 10 April, 70 written off on the 15th
    assert_eq!(lives().figure("overdue_receivables", "2026-04"), "470 of 3");
    assert_eq!(lives().figure("overdue_receivables", "2026-05"), "150 of 1");
}

fn renewals(books: &mut Books) {
    let yearly = price(120_000, "year", 1, "usd");
    let line = |amount, price, from, to, is_proration| Line { amount, quantity: 1, price, from, to, is_proration };
    let annual = of("annual", &yearly, 1, "2025-05-10");
    books.one(&annual).invoice(&annual, 1, &[line(120_000, &yearly, "2025-05-10", "2026-05-10", false)]);
    books.invoice(&annual, 2, &[line(120_000, &yearly, "2026-05-10", "2027-05-10", false)]);
    let half = price(60_000, "month", 6, "usd");
    let half_yearly = of("half_yearly", &half, 1, "2025-12-10");
    books.one(&half_yearly).invoice(&half_yearly, 1, &[line(60_000, &half, "2025-12-10", "2026-06-10", false)]);
    // no invoice: the subscription itself says what it is paid for
    let mut current = of("current", &yearly, 1, "2025-09-01");
    let item = &mut current.json["items"]["data"][0];
    (item["current_period_start"], item["current_period_end"]) = (json!(at("2025-09-01")), json!(at("2026-09-01")));
    books.one(&current);
    // a year from April 2025, monthly since 15 March
    let ten = monthly(1000);
    let switched = of("switched", &ten, 1, "2025-04-10");
    books.one(&switched).invoice(&switched, 1, &[line(120_000, &yearly, "2025-04-10", "2026-04-10", false)]);
    let credit = line(-8500, &yearly, "2026-03-15", "2026-04-10", true);
    books.invoice(&switched, 2, &[credit, line(1000, &ten, "2026-03-15", "2026-04-15", false)]);
}

#[test]
fn what_is_up_for_renewal_is_known_for_the_past_too() {
    let due = |month: &str| lives().figure("renewals_due_90d", month);
    assert_eq!(due("2026-01"), "100 of 1"); // to 2 May: switched on 10 April, annual on 10 May not yet
    assert_eq!(due("2026-02"), "200 of 2"); // to 30 May: both
    assert_eq!(due("2026-03"), "100 of 1"); // switched is monthly since
    assert_eq!(due("2026-05"), "0 of 0"); // annual was renewed; current ends on 1 September, after 30 August
    assert_eq!(due("2026-06"), "100 of 1"); // to 29 September: current
}

fn first_months(books: &mut Books) {
    let fifty = monthly(5000);
    books.one(&of("early_left", &fifty, 1, "2026-01-05").ended("2026-03-20"));
    books.one(&of("early_kept", &fifty, 1, "2026-01-05").ended("2026-04-20"));
    // 6 January and 90 days are 6 April, and what happens at its midnight comes after it
    books.one(&of("early_midnight", &fifty, 1, "2026-01-06").ended("2026-04-06"));
    books.one(&of("early_back", &fifty, 1, "2026-01-07").ended("2026-02-01"));
    books.subscribe(&subscription("sub_early_back_again", "cus_early_back", &fifty, 1, "2026-03-15"));
}

/// Of somebody who left on 20 March: in no order, and two on the day nearest to it.
const REASONS: &str = "account,churned_on,reason,author\ncus_early_left,2026-04-10,moved,mara\n\
    cus_early_left,2026-03-21,price,mara\ncus_early_left,2026-03-21,missing,tom\ncus_early_left,2026-03-01,bugs,tom\n";

#[test]
fn the_reason_closest_to_the_churn_counts() {
    let sql = "select period_id, reason from marts.churned_account where account_id = 'cus_early_left' \
         and period_id in ('2026-03', '2026-W12') order by 1";
    assert_eq!(lives().store.lines(sql), ["2026-03 missing", "2026-W12 missing"]);
}

#[test]
fn a_young_account_is_decided_once_on_its_ninetieth_day() {
    assert_eq!(lives().figure("early_churn", "2026-04"), "1/4 of 4");
    assert_eq!(lives().figure("early_churn", "2026-05"), "unknown", "for nobody that day came in May");
}

fn benefits(books: &mut Books) {
    let hundred_euro = price(10_000, "month", 1, "eur");
    books.one(&of("value_hours", &monthly(5000), 1, "2025-06-10"));
    books.one(&of("value_euro", &hundred_euro, 1, "2025-06-10"));
    books.one(&of("value_old", &monthly(5000), 1, "2024-06-10"));
    books.one(&of("value_pound", &monthly(5000), 1, "2025-06-10"));
    books.file(
        "outcomes.csv",
        "outcome_id,account,recorded_on,kind,amount,currency\n\
         1,cus_value_hours,2026-03-10,revenue,400,usd\n2,cus_value_hours,2026-03-20,hours,3,\n\
         3,cus_value_euro,2026-02-15,cost,200,EUR\n4,cus_value_old,2024-12-01,revenue,5000,usd\n\
         5,cus_value_pound,2026-03-05,revenue,900,gbp\n",
    );
}

#[test]
fn net_value_speaks_only_for_accounts_that_told_their_benefit() {
    // euro: 200 € × 1.10 = 220.00; paid 28 days of 100 € a month: 100 × 28 × 12/365 × 1.10 = 101.26
    assert_eq!(lives().figure("net_value_per_mrr", "2026-02"), "118.74/101.26 of 1");
    // March has 31 days less an hour. hours: 400 + 3 × 50 = 550, paid 50 × 30.958 × 12/365 = 50.89;
    // euro: nothing recorded, paid 100 € × 30.958 × 12/365 × 1.20 = 122.14
    assert_eq!(lives().figure("net_value_per_mrr", "2026-03"), "376.97/173.03 of 2");
    let unpriced =
        lives().store.with("hour_rate = 50", "", "select count(*) from marts.benefit where value_minor is null");
    assert_eq!(unpriced, ["2"], "pounds without a rate, hours without a price");
}

#[test]
fn a_metric_without_its_setting_or_file_says_what_it_needs() {
    for (metric, how) in
        [("mrr_vs_plan", "targets.csv"), ("cost_to_serve", "costs.csv"), ("accounts_without_owner", "owner_segment")]
    {
        let output = lives().store.run(&["values", metric, "--grain", "month"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(how), "{metric}: {said}");
    }
}

#[test]
fn lists_name_who_is_up_for_renewal_and_who_left_without_a_word() {
    let run = lives().store.run(&["run", "customer_success", "--dry-run", "--no-pull", "--period", "2026-04"]);
    let said = String::from_utf8_lossy(&run.stderr);
    let text = lives().store.folder.join("store/dry-run/customer_success/2026-04/email.txt");
    let text = std::fs::read_to_string(text).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert!(text.contains("cus_annual: Ends 10 May 2026 · MRR $100.00"), "{text}");
    assert!(text.contains("cus_early_kept: Churned MRR $50.00 · Left on 20 Apr 2026"), "{text}");
    assert!(!text.contains("cus_half_yearly"), "{text}");
    assert!(said.contains("outcomes.csv") && said.contains("GBP"), "a currency without a rate is told: {said}");
}

/// Twelve customers of ten dollars a seat, the first with one seat, the twelfth, since June, with twelve; and one whose
/// customer was deleted before the first pull.
fn dozen() -> &'static Told {
    static STORE: OnceLock<Told> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        let ten = monthly(1000);
        for seats in 1..=12 {
            let case = format!("n{seats:02}");
            let start = if seats == 12 { "2026-06-10" } else { "2025-06-10" };
            let mut metadata = json!({});
            match seats {
                1 => metadata = json!({"region": "EMEA", "owner": "Ada"}),
                2 => metadata = json!({"region": "", "owner": "Ada"}),
                4 => metadata = json!({"region": "EMEA", "owner": "Ben"}),
                3 | 5..=8 => metadata = json!({"owner": "Ben", "region": null}),
                _ => {}
            }
            books.customer_as(&format!("cus_{case}"), "metadata", metadata);
            let sold = of(&case, &ten, seats, start);
            books.subscribe(&sold);
            // six and eleven had more seats until 10 April
            if let Some(before) = [(6, 9), (11, 12)].iter().find(|(now, _)| *now == seats) {
                books.month(&sold, 1, before.1, "2025-06-10", "2025-07-10");
                books.month(&sold, 2, before.1, "2026-03-10", "2026-04-10");
                books.month(&sold, 3, seats, "2026-04-10", "2026-05-10");
            }
        }
        books.subscribe(&of("ghost", &monthly(500), 1, "2025-06-10"));
        books.file("segments.csv", &segments());
        books.file("fx_rate.csv", "date,currency,rate\n2025-01-01,eur,1.20\n");
        books.file(
            "costs.csv",
            "cost_id,from,to,kind,amount,currency,account\n1,2026-06-01,2026-06-30,hosting,3000,usd,\n\
             2,2026-05-16,2026-06-14,support,600,EUR,\n3,2026-06-01,2026-06-30,partner,7.50,,cus_n01\n\
             4,2026-06-15,2026-06-30,support,0,,\n5,2026-07-01,2026-12-31,hosting,18000,,\n6,2026-06-02,2026-06-01,hosting,99,,\n",
        );
        books.file(
            "targets.csv",
            "metric,segment,from,value\nmrr,total,2026-05-01,700\nmrr,,2026-06-01,800\nmrr,total,2026-07-01,9000\n",
        );
        books.settings(
            "[accounts]\nsegments = [\"region\", \"tier\"]\nowner_segment = \"owner\"\n\
             [[fit.criteria]]\nattribute = \"seats\"\nat_least = 10\n",
        );
        Told::new(books, "money-dozen")
    })
}

/// Ten thousand values of a tier, all but one of them held by one account for one day.
fn segments() -> String {
    let mut text = String::from("account,name,value,valid_from\n");
    let first = jiff::civil::date(2000, 1, 1);
    for account in 1..=10 {
        for day in 0..1000 {
            let on = first.saturating_add(jiff::Span::new().days(day));
            text += &format!("cus_n{account:02},tier,v{account:02}-{day:03},{on}\n");
        }
    }
    text += "cus_n11,tier,gold,\ncus_n12,tier,gold,2026-06-10\n";
    text += "cus_n03,region,EMEA,2026-01-01\ncus_n03,region,,2026-05-15\n";
    text += "cus_n04,region,APAC,2026-05-01\ncus_n05,region,APAC,2026-06-01\n";
    text += "cus_n09,owner,Cy,2026-05-01\ncus_n01,owner,,2026-06-15\n";
    text += "cus_n07,planet,Mars,2026-01-01\ncus_n07,plan,Gold,2026-01-01\n";
    text
}

#[test]
fn the_ten_largest_accounts_are_counted_in_all_mrr() {
    // 10 + 20 + … + 120 and 5 are 785, less the three smallest 750
    assert_eq!(dozen().figure("top10_concentration", "2026-06"), "750/785 of 13");
}

#[test]
fn mrr_is_set_against_the_plan_in_force_at_the_end_of_the_month() {
    assert_eq!(dozen().figure("mrr_vs_plan", "2026-05"), "665/700 of 12");
    assert_eq!(dozen().figure("mrr_vs_plan", "2026-06"), "785/800 of 13", "July's plan begins in July");
    assert_eq!(dozen().figure("mrr_vs_plan", "2026-04"), "unknown");
    assert_eq!(dozen().store.value("mrr_vs_plan", "month", "2026-06"), "0.98125");
}

#[test]
fn segments_are_what_an_account_was_at_the_time() {
    let regions = |month| dozen().by_segment("mrr", month, "region");
    // April: 1, 3 and 4 are EMEA: 10 + 30 + 40 of 665
    assert_eq!(regions("2026-04"), values(&[("EMEA", "80"), ("(none)", "585")]));
    // 3 has none since 15 May, 4 is APAC since the 1st; 5 becomes it at the midnight that ends May
    assert_eq!(regions("2026-05"), values(&[("EMEA", "10"), ("APAC", "40"), ("(none)", "615")]));
    assert_eq!(regions("2026-06"), values(&[("EMEA", "10"), ("APAC", "90"), ("(none)", "685")]));
    let ways = dozen().store.lines(
        "select account_id, way, value from marts.account_period_segment where period_id = '2026-05' and name = 'region' \
         and account_id in ('cus_n03', 'cus_n04') order by all",
    );
    let expected = ["cus_n03 flow EMEA", "cus_n03 level (none)", "cus_n04 flow EMEA", "cus_n04 level APAC"];
    assert_eq!(ways, expected, "a movement belongs to where the account was at the opening");
    let new = "select way, value from marts.account_period_segment where period_id = '2026-06' and name = 'tier' \
         and account_id = 'cus_n12' order by all";
    assert_eq!(dozen().store.lines(new), ["flow gold", "level gold"], "a new account is where it began");
}

#[test]
fn every_live_account_is_in_exactly_one_value_of_every_segment() {
    let wrong = "with live as (select distinct period_id, account_id from marts.account_mrr_at), \
         expected as (select live.*, name, way from live cross join setting_segment \
           cross join (values ('flow'), ('level')) as ways (way)) \
         select count(*) from expected left join marts.account_period_segment as found \
           using (period_id, account_id, name, way) where found.value is null";
    assert_eq!(dozen().store.lines(wrong), ["0"]);
    let twice = "select count(*) from (select 1 from marts.account_period_segment \
         group by period_id, account_id, name, way having count(*) > 1)";
    assert_eq!(dozen().store.lines(twice), ["0"]);
}

#[test]
fn ten_thousand_values_are_bounded_and_told() {
    // gold is the only one two accounts have: 110 + 120; the deleted customer's is not known
    let expected = values(&[("gold", "230"), ("(other)", "550"), ("(none)", "5")]);
    assert_eq!(dozen().by_segment("mrr", "2026-06", "tier"), expected);
    let run = dozen().store.run(&["run", "--dry-run", "--no-pull", "--period", "2026-06"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("segment tier, values_found 10001, values_joined 9951"), "{said}");
    assert!(said.contains("segment planet") && said.contains("segment plan"), "names not listed: {said}");
}

#[test]
fn accounts_without_an_owner_are_those_of_whom_none_is_known() {
    // April: 9 (owned from 1 May on), 10 and 11; the deleted customer may have had one
    assert_eq!(dozen().figure("accounts_without_owner", "2026-04"), "3/11 of 11");
    // June: 10, 11, 12, and 1 since the 15th
    assert_eq!(dozen().figure("accounts_without_owner", "2026-06"), "4/12 of 12");
}

#[test]
fn churn_of_bad_fits_is_set_against_that_of_good_ones() {
    // April opens with 10 + … + 90 and 5, six at 90 instead of 60: 485, of which 30 are lost;
    // ten and eleven (then at 120) are good: 220, of which 10 are lost: 6.1856 % − 4.5455 %
    assert_eq!(dozen().figure("bad_fit_churn_gap", "2026-04"), "0.016401124648 of 2");
}

#[test]
fn costs_are_spread_over_their_days_and_accounts() {
    // 3,000 and 7.50, and 14 of 30 days of 600 € at 1.20: 336.00
    assert_eq!(dozen().figure("cost_to_serve", "2026-06"), "3343.5/13 of 13");
    assert_eq!(dozen().figure("cost_to_serve", "2026-05"), "unknown", "nothing is recorded for its first half");
    let week =
        dozen().store.ok(&["values", "cost_to_serve", "--grain", "week", "--from", "2026-W27", "--format", "csv"]);
    assert!(rows(&week).iter().all(|row| row["value"].is_empty()), "no support is recorded for July: {week}");
    let parts = dozen().of("cost_to_serve", "2026-06", "region").count();
    assert_eq!(parts, 0, "what is shared belongs to no segment");
    let run = dozen().store.run(&["run", "--dry-run", "--no-pull", "--period", "2026-06"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("end before they begin") && said.contains("cost_id 6"), "{said}");
}

#[test]
fn a_key_that_is_there_twice_withholds_what_rests_on_it() {
    let mut books = Books::default();
    let sold = of("grown", &monthly(1000), 10, "2026-01-10");
    books.one(&sold).month(&sold, 1, 5, "2026-01-10", "2026-02-10").month(&sold, 2, 5, "2026-05-10", "2026-06-10");
    books.month(&sold, 3, 5, "2026-06-10", "2026-07-10").event(&sold, "2026-06-02 09:00");
    books.file("fx_rate.csv", "date,currency,rate\n2026-01-01,eur,1.10\n2026-01-01,EUR,1.20\n");
    let store = books.pull("money-twice", NOW);
    let run = store.run(&["run", "--dry-run", "--no-pull", "--period", "2026-06"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("kind exchange rate"), "{said}");
    let text = std::fs::read_to_string(store.folder.join("store/dry-run/finance/2026-06/email.txt"));
    assert!(!text.is_ok_and(|text| text.contains("MRR: $")), "growth rests on it");
    // 97.67 of MRR on average in June, 50.00 invoiced
    assert!(said.contains("differ by more than a tenth") && said.contains("invoiced_minor 5000"), "{said}");
}
