//! Monthly recurring revenue and its movements, each expected figure worked out by hand beside it.
//!
//! One company holds a customer per case. What is compared is the account's own story: a line for each month in which its
//! MRR moved, with the MRR at both ends in minor units of its currency.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::store::{Books, Store};
use crate::support::stripe::{Line, Price, Subscription, coupon, monthly, price, subscription, tiered};

const NOW: &str = "2026-07-06T06:00:00Z";

/// Movements of one account, one line a month.
const STORY: &str = "select account_id, period.period_id, movement, opening_local, closing_local from marts.mrr_movement \
    join period on period.period_id = mrr_movement.period_id \
    where period.grain = 'month' and movement <> 'unchanged' order by account_id, period.period_id";

fn stories(lines: &[String], account: &str) -> Vec<String> {
    let start = format!("{account} ");
    lines.iter().filter_map(|line| line.strip_prefix(&start).map(str::to_owned)).collect()
}

fn story(account: &str) -> Vec<String> {
    static LINES: OnceLock<Vec<String>> = OnceLock::new();
    stories(LINES.get_or_init(|| company().lines(STORY)), account)
}

/// A subscription of the customer named like the case.
fn of(case: &str, price: &Price, quantity: i64, start: &str) -> Subscription {
    subscription(&format!("sub_{case}"), &format!("cus_{case}"), price, quantity, start)
}

/// A line of one unit.
fn charge<'a>(amount: i64, price: &'a Price, from: &'a str, to: &'a str) -> Line<'a> {
    Line { amount, quantity: 1, price, from, to, is_proration: false }
}

fn company() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        movements(&mut books);
        intervals(&mut books);
        quantities(&mut books);
        tiers(&mut books);
        discounts(&mut books);
        states(&mut books);
        strangers(&mut books);
        identity(&mut books);
        books.settings(
            "[accounts]\ninternal_domains = [\"acme.example\"]\nexcluded = [\"cus_partner\"]\n\
             [billing]\ndiscounts = \"forever\"\npaused = false\n",
        );
        books.pull("money", NOW)
    })
}

fn movements(books: &mut Books) {
    let fifty = monthly(5000);
    books.one(&of("new", &fifty, 1, "2026-02-10"));
    let grown = of("grown", &fifty, 3, "2026-01-10");
    books.one(&grown).month(&grown, 1, 1, "2026-01-10", "2026-02-10").month(&grown, 2, 1, "2026-02-10", "2026-03-10");
    books.month(&grown, 3, 3, "2026-03-10", "2026-04-10");
    let shrunk = of("shrunk", &fifty, 1, "2026-01-10");
    books.one(&shrunk).month(&shrunk, 1, 4, "2026-01-10", "2026-02-10").month(
        &shrunk,
        2,
        1,
        "2026-02-10",
        "2026-03-10",
    );
    books.one(&of("left", &fifty, 1, "2026-01-10").ended("2026-04-15 12:00"));
    books.one(&of("back", &fifty, 1, "2026-01-10").ended("2026-02-20"));
    books.subscribe(&subscription("sub_back_again", "cus_back", &monthly(7000), 1, "2026-05-05"));
    books.one(&of("passer", &fifty, 1, "2026-03-03").ended("2026-03-21"));
    books.subscribe(&subscription("sub_passer_again", "cus_passer", &fifty, 1, "2026-06-02"));
    books.one(&of("pause", &fifty, 1, "2026-01-10").ended("2026-04-05"));
    books.subscribe(&subscription("sub_pause_again", "cus_pause", &fifty, 1, "2026-04-25"));
    books.one(&of("midnight", &fifty, 1, "2026-01-01").ended("2026-05-01 00:00"));
    books.one(&of("second_before", &fifty, 1, "2025-12-31 23:59").ended("2026-04-30 23:59"));
}

fn intervals(books: &mut Books) {
    books.one(&of("annual", &price(120_000, "year", 1, "usd"), 1, "2026-02-10"));
    books.one(&of("annual_odd", &price(10_000, "year", 1, "usd"), 1, "2026-02-10"));
    books.one(&of("biennial", &price(100_000, "year", 2, "usd"), 1, "2026-02-10"));
    books.one(&of("quarterly", &price(10_000, "month", 3, "usd"), 2, "2026-02-10"));
    books.one(&of("weekly", &price(1000, "week", 1, "usd"), 1, "2026-02-10"));
    books.one(&of("fortnightly", &price(1000, "week", 2, "usd"), 1, "2026-02-10"));
    books.one(&of("daily", &price(100, "day", 1, "usd"), 1, "2026-02-10"));
    books.one(&of("yen", &price(10_000, "year", 1, "jpy"), 1, "2026-02-10"));
    let fraction = monthly(0).with("price_fraction", "/unit_amount", json!(null));
    let fraction = fraction.with("price_fraction", "/unit_amount_decimal", json!("0.5"));
    books.one(&of("fraction", &fraction, 12_345, "2026-02-10"));
    let metered = monthly(900).with("price_metered", "/recurring/usage_type", json!("metered"));
    books.one(&of("metered", &metered, 10, "2026-02-10"));
    let package = monthly(500);
    let package = package.with("price_package", "/transform_quantity", json!({"divide_by": 10, "round": "up"}));
    books.one(&of("package", &package, 41, "2026-02-10"));
    books.one(&of("free", &monthly(0), 5, "2026-02-10"));
}

fn quantities(books: &mut Books) {
    let ten = monthly(1000);
    let prorated = of("prorated", &ten, 4, "2026-02-10");
    books.one(&prorated).month(&prorated, 1, 1, "2026-02-10", "2026-03-10").month(
        &prorated,
        2,
        1,
        "2026-03-10",
        "2026-04-10",
    );
    // 20 March: what is left of one seat is credited, what is left of four is charged, both to 10 April
    let (from, to) = ("2026-03-20 10:00", "2026-04-10");
    let line = |amount, quantity| Line { amount, quantity, price: &ten, from, to, is_proration: true };
    books.invoice(&prorated, 3, &[line(-675, 1), line(2700, 4)]).month(&prorated, 4, 4, "2026-04-10", "2026-05-10");
    // a year for 1,200.00 from January; on 15 March back to 10.00 a month, the rest of the year credited
    let switched = of("switched", &ten, 1, "2026-01-10");
    let yearly = price(120_000, "year", 1, "usd");
    let line = |amount, price, from, to, is_proration| Line { amount, quantity: 1, price, from, to, is_proration };
    books.one(&switched).invoice(&switched, 1, &[line(120_000, &yearly, "2026-01-10", "2027-01-10", false)]);
    let credit = line(-98_630, &yearly, "2026-03-15", "2027-01-10", true);
    books.invoice(&switched, 2, &[credit, line(1000, &ten, "2026-03-15", "2026-04-15", false)]);
    // ten dollars, and from 5 April nothing: what is left of them to the 10th is credited, and 0.00 is charged
    let free = monthly(0);
    let freed = of("freed", &free, 1, "2026-02-10");
    books.one(&freed).invoice(&freed, 1, &[Line { price: &ten, ..charge(1000, &free, "2026-03-10", "2026-04-10") }]);
    let (from, to) = ("2026-04-05", "2026-04-10");
    let credit = Line { price: &ten, is_proration: true, ..charge(-161, &free, from, to) };
    books.invoice(&freed, 2, &[credit, Line { is_proration: true, ..charge(0, &free, from, to) }]);
    // two items, one of which was taken off on 5 April: what is left of it is credited, and nothing charged any more
    let kept = of("kept", &ten, 1, "2026-03-10").ended("2026-05-10");
    let mut dropped = subscription("sub_kept", "cus_kept", &ten, 2, "2026-03-10");
    dropped.json["items"]["data"][0]["id"] = json!("si_dropped");
    books.one(&kept).month(&kept, 1, 1, "2026-03-10", "2026-04-10").month(&dropped, 2, 2, "2026-03-10", "2026-04-10");
    books.invoice(
        &dropped,
        3,
        &[Line { quantity: 2, is_proration: true, ..charge(-323, &ten, "2026-04-05", "2026-04-10") }],
    );
    let seen = of("seen", &ten, 6, "2026-04-10");
    books.one(&seen).month(&seen, 1, 2, "2026-04-10", "2026-05-10").month(&seen, 2, 2, "2026-05-10", "2026-06-10");
    books.month(&seen, 3, 2, "2026-06-10", "2026-07-10").event(&seen.clone().quantity(6), "2026-06-20 09:00");
}

/// Five at 10.00, fifteen more at 8.00, all others at 5.00.
const STEPS: [(Option<i64>, &str, &str); 3] = [(Some(5), "1000", "0"), (Some(20), "800", "0"), (None, "500", "0")];

fn tiers(books: &mut Books) {
    let graduated = tiered("price_graduated", "graduated", &STEPS);
    let volume = tiered("price_volume", "volume", &STEPS);
    for quantity in [5, 6, 20, 23] {
        books.one(&of(&format!("graduated_{quantity}"), &graduated, quantity, "2026-02-10"));
        books.one(&of(&format!("volume_{quantity}"), &volume, quantity, "2026-02-10"));
    }
    let steps = [(Some(10), "0", "10000"), (None, "700", "2000")];
    let flat_graduated = tiered("price_flat_graduated", "graduated", &steps);
    let steps = [(Some(10), "100", "3000"), (None, "50", "5000")];
    let flat_volume = tiered("price_flat_volume", "volume", &steps);
    for quantity in [1, 10, 12] {
        books.one(&of(&format!("flat_graduated_{quantity}"), &flat_graduated, quantity, "2026-02-10"));
        books.one(&of(&format!("flat_volume_{quantity}"), &flat_volume, quantity, "2026-02-10"));
    }
    let fractions = tiered("price_fractions", "graduated", &[(Some(1000), "0.25", "0"), (None, "0.125", "0")]);
    books.one(&of("fractions", &fractions, 1004, "2026-02-10"));
    let yearly = fractions.with("price_fractions_yearly", "/recurring/interval", json!("year"));
    books.one(&of("fractions_yearly", &yearly, 1004, "2026-02-10"));
    let yen = tiered("price_yen_tiers", "graduated", &[(Some(3), "500", "0"), (None, "333", "0")]);
    let yen = yen.with("price_yen_tiers", "/currency", json!("jpy"));
    books.one(&of("yen_tiers", &yen, 5, "2026-02-10"));
    let yen = yen.with("price_yen_tiers_yearly", "/recurring/interval", json!("year"));
    books.one(&of("yen_tiers_yearly", &yen, 5, "2026-02-10"));
    let partner = coupon("partner", "forever", Some(10.0), None);
    books.add("coupons", partner.clone());
    books.one(&of("tiers_off", &graduated, 23, "2026-02-10").coupon(partner, "2026-02-10", None));
    tiers_over_time(books, &graduated);
}

fn tiers_over_time(books: &mut Books, graduated: &Price) {
    // invoiced in a line per tier, as graduated prices are
    let shrunk = of("tiers_shrunk", graduated, 6, "2026-01-10");
    let lines = |parts: &[(i64, i64)], from: &'static str, to: &'static str| -> Vec<Line<'_>> {
        let line = |&(quantity, amount)| Line { amount, quantity, price: graduated, from, to, is_proration: false };
        parts.iter().map(line).collect()
    };
    books.one(&shrunk).invoice(&shrunk, 1, &lines(&[(5, 5000), (15, 12_000), (3, 1500)], "2026-01-10", "2026-02-10"));
    books.invoice(&shrunk, 2, &lines(&[(5, 5000), (1, 800)], "2026-02-10", "2026-03-10"));
    // from 5 to 12 in the middle of a term: the prorated amounts say nothing, the quantity does
    let grown = of("tiers_grown", graduated, 12, "2026-01-10");
    let (from, to) = ("2026-03-20", "2026-04-10");
    let line = |amount, quantity| Line { amount, quantity, price: graduated, from, to, is_proration: true };
    books.one(&grown).invoice(&grown, 1, &lines(&[(5, 5000)], "2026-01-10", "2026-02-10"));
    books.invoice(&grown, 2, &[line(-3387, 5), line(7181, 12)]);
    let seen = of("tiers_seen", graduated, 23, "2026-04-10");
    books.one(&seen).invoice(&seen, 1, &lines(&[(5, 5000)], "2026-04-10", "2026-05-10"));
    books.event(&seen, "2026-06-20 09:00");
    // not on the price list: only the subscription's own item says its tiers
    let carried = of("tiers_carried", &tiered("price_carried", "volume", &STEPS), 6, "2026-02-10");
    books.customer("cus_tiers_carried").add("subscriptions", carried.json);
    // tiers nobody tells
    let mut unknown = tiered("price_unknown_tiers", "graduated", &STEPS);
    unknown.json["tiers"] = json!(null);
    let told = of("tiers_unknown", &unknown, 4, "2026-02-10");
    let line =
        Line { amount: 3300, quantity: 4, price: &unknown, from: "2026-02-10", to: "2026-03-10", is_proration: false };
    books.one(&told).invoice(&told, 1, &[line]);
}

fn discounts(books: &mut Books) {
    let eighty = monthly(8000);
    let quarter = coupon("quarter", "forever", Some(25.0), None);
    let fifteen = coupon("fifteen", "forever", None, Some(1500));
    let once = coupon("once", "once", Some(50.0), None);
    let repeating = coupon("repeating", "repeating", Some(40.0), None);
    for coupon in [&quarter, &fifteen, &once, &repeating] {
        books.add("coupons", coupon.clone());
    }
    books.one(&of("percent", &eighty, 1, "2026-02-10").coupon(quarter.clone(), "2026-02-10", None));
    // not expanded: the id alone, to be found among the coupons
    books.one(&of("named", &eighty, 1, "2026-02-10").coupon(json!("quarter"), "2026-02-10", None));
    books.one(&of("amount", &eighty, 1, "2026-02-10").coupon(fifteen, "2026-02-10", None));
    // 100,000.00 less a third, twice: too fine for millionths
    let third = coupon("third", "forever", Some(33.33), None);
    books.add("coupons", third);
    let both =
        ["di_first", "di_second"].map(|id| json!({"id": id, "start": 0, "end": null, "source": {"coupon": "third"}}));
    books.one(&of("twice", &monthly(10_000_000), 1, "2026-02-10").set("discounts", json!(both)));
    // in one second of 20 June one more seat, and then no discount any more
    let lifted = of("lifted", &eighty, 1, "2026-02-10").coupon(quarter.clone(), "2026-02-10", None);
    let last = lifted.clone().quantity(2).set("discounts", json!([]));
    books.one(&last).event(&lifted, "2026-06-12 09:00").event(&lifted.quantity(2), "2026-06-20 09:00");
    let created = crate::support::stripe::at("2026-06-20 09:00");
    books.add(
        "events",
        json!({
            "id": "evt_after_the_other", "object": "event", "created": created, "livemode": true,
            "type": "customer.subscription.updated", "data": {"object": last.json, "previous_attributes": {}},
        }),
    );
    books.one(&of("once", &eighty, 1, "2026-02-10").coupon(once, "2026-02-10", Some("2026-03-10")));
    books.one(&of("repeating", &eighty, 1, "2026-02-10").coupon(repeating, "2026-02-10", Some("2026-05-10")));
}

fn states(books: &mut Books) {
    let fifty = monthly(5000);
    let trial = |case: &str, status: &str, end: &str| {
        let end = crate::support::stripe::at(end);
        let start = of(case, &fifty, 1, "2026-02-10").set("status", json!(status));
        start.set("trial_start", json!(crate::support::stripe::at("2026-02-10"))).set("trial_end", json!(end))
    };
    let converted = trial("converted", "active", "2026-03-03");
    let free =
        Line { amount: 0, quantity: 1, price: &fifty, from: "2026-02-10", to: "2026-03-03", is_proration: false };
    books.one(&converted).invoice(&converted, 1, &[free]).month(&converted, 2, 1, "2026-03-03", "2026-04-03");
    books.one(&trial("trying", "trialing", "2026-07-20"));
    books.one(&trial("tried", "canceled", "2026-03-03").ended("2026-03-03"));
    books.one(&of("past_due", &fifty, 1, "2026-02-10").set("status", json!("past_due")));
    books.one(&of("unpaid", &fifty, 1, "2026-02-10").set("status", json!("unpaid")));
    books.one(&of("incomplete", &fifty, 1, "2026-02-10").set("status", json!("incomplete")));
    let lapsed = of("lapsed", &fifty, 1, "2026-02-10").set("status", json!("unpaid"));
    books.one(&lapsed).month(&lapsed, 1, 1, "2026-02-10", "2026-03-10").month(
        &lapsed,
        2,
        1,
        "2026-05-10",
        "2026-06-10",
    );
    books.event(&lapsed, "2026-06-20 09:00");
    let paused = of("paused", &fifty, 1, "2026-02-10").set("pause_collection", json!({"behavior": "void"}));
    books.one(&paused).month(&paused, 1, 1, "2026-02-10", "2026-03-10").event(&paused, "2026-06-12 09:00");
    let leaving = of("leaving", &fifty, 1, "2026-02-10").set("cancel_at_period_end", json!(true));
    books.one(&leaving.set("canceled_at", json!(crate::support::stripe::at("2026-06-15"))));
}

fn strangers(books: &mut Books) {
    let fifty = monthly(5000);
    books.customer_as("cus_test", "livemode", json!(false)).subscribe(&of("test", &fifty, 1, "2026-02-10"));
    books.customer_as("cus_own", "email", json!("it@acme.example")).subscribe(&of("own", &fifty, 1, "2026-02-10"));
    books.one(&of("partner", &fifty, 1, "2026-02-10"));
    // no such customer is listed: it was deleted, its subscription is still there
    books.subscribe(&of("deleted", &fifty, 1, "2026-02-10").ended("2026-05-20"));
}

fn identity(books: &mut Books) {
    books.one(&of("north", &monthly(5000), 1, "2026-02-10").ended("2026-04-15"));
    books.one(&of("south", &monthly(7000), 1, "2026-03-10"));
    books.file(
        "account_map.csv",
        "account,system,external_id,valid_from\nmerged,billing,cus_north,2026-01-01\nmerged,billing,cus_south,2026-01-01\n",
    );
}

#[test]
fn an_account_is_new_once() {
    assert_eq!(story("cus_new"), ["2026-02 new 0 5000"]);
}

#[test]
fn more_seats_are_expansion_and_fewer_are_contraction() {
    // 1 × 50.00 until 10 March, 3 × 50.00 from then on
    assert_eq!(story("cus_grown"), ["2026-01 new 0 5000", "2026-03 expansion 5000 15000"]);
    // 4 × 50.00, then 1 × 50.00 from 10 February
    assert_eq!(story("cus_shrunk"), ["2026-01 new 0 20000", "2026-02 contraction 20000 5000"]);
}

#[test]
fn churn_counts_when_the_subscription_ended() {
    assert_eq!(story("cus_left"), ["2026-01 new 0 5000", "2026-04 churn 5000 0"]);
    assert_eq!(story("cus_leaving"), ["2026-02 new 0 5000"], "a cancellation asked for is not churn yet");
    let scheduled = company().value("scheduled_churn_mrr", "month", "2026-06");
    assert_eq!(scheduled, "50", "it is scheduled churn");
}

#[test]
fn who_comes_back_is_reactivated_not_new() {
    assert_eq!(story("cus_back"), ["2026-01 new 0 5000", "2026-02 churn 5000 0", "2026-05 reactivation 0 7000"]);
}

#[test]
fn who_came_and_left_within_a_month_moved_nothing_and_is_known_later() {
    assert_eq!(story("cus_passer"), ["2026-06 reactivation 0 5000"]);
    // within its weeks it did move: Tuesday 3 March to Saturday 21 March
    let weeks = company().lines(
        "select period_id, movement from marts.mrr_movement where account_id = 'cus_passer' and movement <> 'unchanged' \
         and period_id like '%W%' order by 1",
    );
    assert_eq!(weeks, ["2026-W10 new", "2026-W12 churn", "2026-W23 reactivation"]);
}

#[test]
fn who_was_away_within_a_month_only_has_not_moved() {
    // gone from 5 to 25 April: the same 50.00 at both ends of the month
    assert_eq!(story("cus_pause"), ["2026-01 new 0 5000"]);
}

#[test]
fn what_happens_at_midnight_of_the_first_belongs_to_the_month_that_begins() {
    // began 1 January 00:00 and ended 1 May 00:00, Berlin time (22:00 UTC of 30 April)
    assert_eq!(story("cus_midnight"), ["2026-01 new 0 5000", "2026-05 churn 5000 0"]);
    assert_eq!(story("cus_second_before"), ["2025-12 new 0 5000", "2026-04 churn 5000 0"], "a minute earlier");
}

#[test]
fn prices_of_every_interval_are_brought_to_a_month() {
    let mrr = |case: &str, minor: i64| assert_eq!(story(&format!("cus_{case}")), [format!("2026-02 new 0 {minor}")]);
    mrr("annual", 10_000); // 1,200.00 ÷ 12
    mrr("annual_odd", 833); // 100.00 ÷ 12 = 8.333…
    mrr("biennial", 4167); // 1,000.00 ÷ 24 = 41.666…
    mrr("quarterly", 6667); // 2 × 100.00 ÷ 3 = 66.666…, rounded once: not 2 × 33.33
    mrr("weekly", 4333); // 10.00 × 52 ÷ 12 = 43.333…
    mrr("fortnightly", 2167); // 10.00 × 52 ÷ 24 = 21.666…
    mrr("daily", 3042); // 1.00 × 365 ÷ 12 = 30.41666…
    mrr("yen", 833); // ¥10,000 ÷ 12 = 833.33: the yen has no smaller unit
    mrr("fraction", 6173); // 12,345 × 0.5 cents = 6,172.5 cents, half up
    mrr("package", 2500); // 41 in packages of ten: 5 × 5.00
}

fn new_in_february(case: &str, minor: i64) {
    assert_eq!(story(&format!("cus_{case}")), [format!("2026-02 new 0 {minor}")], "{case}");
}

#[test]
fn a_graduated_price_costs_each_tiers_units_at_their_own_price() {
    new_in_february("graduated_5", 5000); // 5 × 10.00
    new_in_february("graduated_6", 5800); // and 1 × 8.00
    new_in_february("graduated_20", 17_000); // 5 × 10.00 + 15 × 8.00
    new_in_february("graduated_23", 18_500); // and 3 × 5.00
    new_in_february("tiers_off", 16_650); // less 10 %
}

#[test]
fn a_volume_price_costs_all_units_at_the_price_of_the_last_ones_tier() {
    new_in_february("volume_5", 5000); // 5 × 10.00
    new_in_february("volume_6", 4800); // 6 × 8.00: less than five cost
    new_in_february("volume_20", 16_000); // 20 × 8.00
    new_in_february("volume_23", 11_500); // 23 × 5.00
    new_in_february("tiers_carried", 4800); // 6 × 8.00
}

#[test]
fn flat_amounts_of_the_tiers_reached_are_part_of_the_cost() {
    new_in_february("flat_graduated_1", 10_000); // 100.00 and nothing a unit
    new_in_february("flat_graduated_10", 10_000);
    new_in_february("flat_graduated_12", 13_400); // 100.00 + 20.00 + 2 × 7.00
    new_in_february("flat_volume_1", 3100); // 30.00 + 1 × 1.00
    new_in_february("flat_volume_10", 4000); // 30.00 + 10 × 1.00
    new_in_february("flat_volume_12", 5600); // 50.00 + 12 × 0.50, the first tier's 30.00 no more
}

#[test]
fn tiers_below_a_cent_and_without_cents_are_rounded_once() {
    new_in_february("fractions", 251); // 1,000 × 0.25 + 4 × 0.125 = 250.5 cents, half up
    new_in_february("fractions_yearly", 21); // 250.5 ÷ 12 = 20.875 cents
    new_in_february("yen_tiers", 2166); // 3 × ¥500 + 2 × ¥333
    new_in_february("yen_tiers_yearly", 181); // ¥2,166 ÷ 12 = 180.5, half up
}

#[test]
fn what_a_tiered_quantity_was_is_read_from_invoices_and_events() {
    // 5 + 15 + 3 on one invoice are 23; then 5 + 1 are 6
    assert_eq!(story("cus_tiers_shrunk"), ["2026-01 new 0 18500", "2026-02 contraction 18500 5800"]);
    // 12 = 5 × 10.00 + 7 × 8.00 from 20 March
    assert_eq!(story("cus_tiers_grown"), ["2026-01 new 0 5000", "2026-03 expansion 5000 10600"]);
    assert_eq!(story("cus_tiers_seen"), ["2026-04 new 0 5000", "2026-06 expansion 5000 18500"]);
}

#[test]
fn where_tiers_are_unknown_the_last_invoice_line_says_the_cost() {
    new_in_february("tiers_unknown", 3300);
}

#[test]
fn metered_and_free_prices_are_no_revenue() {
    assert!(story("cus_metered").is_empty());
    assert!(story("cus_free").is_empty());
}

#[test]
fn a_change_of_quantity_is_found_in_proration_lines() {
    // the credit and the charge are never summed: 4 × 10.00 has been in force since 20 March
    assert_eq!(story("cus_prorated"), ["2026-02 new 0 1000", "2026-03 expansion 1000 4000"]);
}

#[test]
fn a_change_from_a_yearly_to_a_monthly_price_is_a_contraction() {
    // 1,200.00 ÷ 12, then 10.00; the credit of 986.30 is no revenue lost
    assert_eq!(story("cus_switched"), ["2026-01 new 0 10000", "2026-03 contraction 10000 1000"]);
}

#[test]
fn a_change_to_a_free_price_is_found_in_proration_lines() {
    // the state of March is known from its invoice; 10 February is the start
    assert_eq!(story("cus_freed"), ["2026-02 new 0 1000", "2026-04 churn 1000 0"]);
}

#[test]
fn an_item_taken_off_is_found_in_its_credit() {
    // 1 × 10.00 and 2 × 10.00; the two until 5 April, the one until the end on 10 May
    assert_eq!(story("cus_kept"), ["2026-03 new 0 3000", "2026-04 contraction 3000 1000", "2026-05 churn 1000 0"]);
}

#[test]
fn a_change_of_quantity_is_found_in_an_event() {
    // no invoice has shown it yet: 2 × 10.00, then 6 × 10.00 from 20 June
    assert_eq!(story("cus_seen"), ["2026-04 new 0 2000", "2026-06 expansion 2000 6000"]);
}

#[test]
fn lasting_discounts_lower_mrr_and_passing_ones_do_not() {
    assert_eq!(story("cus_percent"), ["2026-02 new 0 6000"]); // 80.00 − 25 %
    assert_eq!(story("cus_named"), ["2026-02 new 0 6000"]);
    assert_eq!(story("cus_amount"), ["2026-02 new 0 6500"]); // 80.00 − 15.00
    assert_eq!(story("cus_once"), ["2026-02 new 0 8000"]);
    assert_eq!(story("cus_repeating"), ["2026-02 new 0 8000"]);
}

#[test]
fn two_percentages_are_rounded_once() {
    // 10,000,000 × 0.6667 × 0.6667 = 4,444,888.9 cents
    assert_eq!(story("cus_twice"), ["2026-02 new 0 4444889"]);
}

#[test]
fn of_two_changes_in_one_second_the_later_one_says_which_discounts_there_are() {
    // 80.00 − 25 %, and from 20 June 2 × 80.00: what was between the two did not last
    assert_eq!(story("cus_lifted"), ["2026-02 new 0 6000", "2026-06 expansion 6000 16000"]);
}

#[test]
fn the_discount_switch_counts_every_coupon_or_none() {
    let all = company().with("discounts = \"forever\"", "discounts = \"all\"", STORY);
    assert_eq!(stories(&all, "cus_percent"), ["2026-02 new 0 6000"]);
    // 80.00 − 50 % until 10 March
    assert_eq!(stories(&all, "cus_once"), ["2026-02 new 0 4000", "2026-03 expansion 4000 8000"]);
    // 80.00 − 40 % until 10 May
    assert_eq!(stories(&all, "cus_repeating"), ["2026-02 new 0 4800", "2026-05 expansion 4800 8000"]);
    let none = company().with("discounts = \"forever\"", "discounts = \"none\"", STORY);
    for case in ["percent", "named", "amount", "once", "repeating"] {
        assert_eq!(stories(&none, &format!("cus_{case}")), ["2026-02 new 0 8000"], "{case}");
    }
}

#[test]
fn a_trial_counts_from_its_conversion() {
    assert_eq!(story("cus_converted"), ["2026-03 new 0 5000"]);
    assert!(story("cus_trying").is_empty());
    assert!(story("cus_tried").is_empty());
}

#[test]
fn past_due_counts_and_unpaid_does_not() {
    assert_eq!(story("cus_past_due"), ["2026-02 new 0 5000"]);
    assert!(story("cus_unpaid").is_empty());
    assert!(story("cus_incomplete").is_empty());
    // paid from February, unpaid since the event of 20 June
    assert_eq!(story("cus_lapsed"), ["2026-02 new 0 5000", "2026-06 churn 5000 0"]);
}

#[test]
fn paused_collection_is_a_switch() {
    assert_eq!(story("cus_paused"), ["2026-02 new 0 5000", "2026-06 churn 5000 0"]);
    let counted = company().with("paused = false", "paused = true", STORY);
    assert_eq!(stories(&counted, "cus_paused"), ["2026-02 new 0 5000"]);
}

#[test]
fn tests_the_company_itself_and_partners_are_no_customers() {
    for case in ["test", "own", "partner"] {
        assert!(story(&format!("cus_{case}")).is_empty(), "{case}");
    }
}

#[test]
fn a_deleted_customers_subscriptions_still_count() {
    assert_eq!(story("cus_deleted"), ["2026-02 new 0 5000", "2026-05 churn 5000 0"]);
}

#[test]
fn two_billing_customers_mapped_together_are_one_account() {
    // north 50.00 from February, south 70.00 from March; north's end in April is a contraction: the account stays
    let expected = ["2026-02 new 0 5000", "2026-03 expansion 5000 12000", "2026-04 contraction 12000 7000"];
    assert_eq!(story("merged"), expected);
    assert!(story("cus_north").is_empty() && story("cus_south").is_empty());
}

/// Three currencies with rates, one without.
fn exporter() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        let in_currency = |minor, currency| price(minor, "month", 1, currency);
        books.one(&of("dollar", &monthly(20_000), 1, "2026-01-10"));
        books.one(&of("euro", &in_currency(10_000, "eur"), 1, "2026-01-10"));
        let grown = of("euro_grown", &in_currency(1000, "eur"), 8, "2026-01-10");
        books.one(&grown).month(&grown, 1, 5, "2026-01-10", "2026-03-10").month(
            &grown,
            2,
            8,
            "2026-03-10",
            "2026-04-10",
        );
        books.one(&of("euro_left", &in_currency(4000, "eur"), 1, "2026-01-10").ended("2026-03-15"));
        books.one(&of("yen", &in_currency(9999, "jpy"), 1, "2026-02-10"));
        books.one(&of("euro_new", &in_currency(3333, "eur"), 1, "2026-03-10"));
        books.one(&of("pound", &in_currency(6000, "gbp"), 1, "2026-02-10"));
        // one account that changes its currency in April: 100 € before, 120 $ after
        books.one(&of("switch", &in_currency(10_000, "eur"), 1, "2026-01-10").ended("2026-04-20"));
        books.subscribe(&subscription("sub_switched", "cus_switch", &monthly(12_000), 1, "2026-04-20"));
        books.file(
            "fx_rate.csv",
            "date,currency,rate\n2025-12-01,eur,1.10\n2026-03-01,EUR,1.20\n2026-04-01,EUR,1.20\n\
             2026-05-01,EUR,1.083417\n2026-01-01,JPY,0.0065\n",
        );
        books.pull("exporter", NOW)
    })
}

#[test]
fn the_walk_revalues_currencies_and_ties_to_the_cent() {
    let walk = exporter().lines(
        "select period_id, opening_minor, new_minor, expansion_minor, contraction_minor, churn_minor, transfer_minor, \
         fx_minor, closing_minor from marts.walk where period_id in ('2026-03', '2026-04', '2026-05') order by 1",
    );
    // March opens at 1.10 and closes at 1.20. ¥9,999 × 0.0065 = 64.9935 → $64.99 at both ends.
    //   opening 200.00 + 100 € + 50 € + 40 € + 100 € (290 × 1.10 = 319.00) + 64.99 = 583.99
    //   new 33.33 € × 1.20 = 39.996 → 40.00; expansion (80 − 50) × 1.20 = 36.00; churn 40 × 1.20 = 48.00
    //   fx 290 × (1.20 − 1.10) = 29.00
    //   closing 583.99 + 40.00 + 36.00 − 48.00 + 29.00 = 640.99
    //   = 200.00 + 280 × 1.20 + 40.00 + 64.99
    // April stays at 1.20: 100 € become 120 $, which is what they are worth.
    // May closes at 1.083417: fx = 100 × −0.116583 = −11.6583, closing 108.3417 → 108.34, so −11.66;
    //   80 €: 96.00 → 86.67336 → 86.67, −9.33; 33.33 €: 40.00 → 36.11028… → 36.11, −3.89. Sum −24.88.
    assert_eq!(
        walk,
        [
            "2026-03 58399 4000 3600 0 4800 0 2900 64099",
            "2026-04 64099 0 0 0 0 0 0 64099",
            "2026-05 64099 0 0 0 0 0 -2488 61611",
        ]
    );
}

#[test]
fn quotients_do_not_move_with_exchange_rates() {
    // at March's opening rate: closing of those live at its start is 200.00 + (100 + 80 + 100) × 1.10 + 64.99 = 572.99
    let row = |metric: &str| {
        let text = exporter()
            .ok(&["values", metric, "--grain", "month", "--from", "2026-03", "--to", "2026-03", "--format", "csv"]);
        let row = &crate::support::store::rows(&text)[0];
        format!("{}/{}", row["numerator"], row["denominator"])
    };
    assert_eq!(row("nrr"), "572.99/583.99");
    // kept: the 80 € count for the 50 € they were: 200.00 + (100 + 50 + 100) × 1.10 + 64.99 = 539.99
    assert_eq!(row("grr"), "539.99/583.99");
    assert_eq!(row("gross_mrr_churn"), "44/583.99");
    assert_eq!(row("customer_churn"), "1/6");
}

#[test]
fn a_change_of_currency_is_a_transfer_not_churn_and_new() {
    let moved = exporter().lines(
        "select currency, movement, opening_local, closing_local, transfer_minor from marts.mrr_movement \
         where account_id = 'cus_switch' and period_id = '2026-04' order by 1",
    );
    assert_eq!(moved, ["EUR transfer 10000 0 -12000", "USD transfer 0 12000 12000"]);
}

#[test]
fn a_currency_without_a_rate_is_shown_apart_and_warned_of() {
    let pound = exporter().lines(
        "select movement, closing_local, coalesce(cast(closing_minor as varchar), 'no value') from marts.mrr_movement \
         where account_id = 'cus_pound' and period_id = '2026-02'",
    );
    assert_eq!(pound, ["new 6000 no value"]);
    let run = exporter().run(&["run", "--dry-run", "--no-pull", "--period", "2026-03"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("currency without an exchange rate") && said.contains("GBP"), "{said}");
    assert_eq!(run.status.code(), Some(1), "done, with a problem");
    let text = exporter().folder.join("store/dry-run/finance/2026-03/email.txt");
    let text = std::fs::read_to_string(text).unwrap();
    assert!(text.contains("Not included, for want of an exchange rate: GBP 60 of MRR."), "{text}");
    assert!(text.contains("Exchange rates: +$29.00"), "{text}");
}
