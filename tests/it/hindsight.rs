//! What is learnt later must not rewrite what was, and what is not known must not pass for nothing.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::store::{Books, Store};
use crate::support::stripe::{Line, Subscription, at, coupon, monthly, price, subscription};

const NOW: &str = "2026-07-06T06:00:00Z";

/// MRR of an account at the end of each month from January on, in minor units of its currencies.
fn closing(account: &str) -> Vec<String> {
    static LINES: OnceLock<Vec<String>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        company().lines(
            "select account_id, period.period_id, sum(closing_local) from marts.mrr_movement \
             join period on period.period_id = mrr_movement.period_id \
             where period.grain = 'month' and period.start_on >= '2026-01-01' group by all order by 1, 2",
        )
    });
    let start = format!("cus_{account} 2026-");
    lines.iter().filter_map(|line| line.strip_prefix(&start).map(str::to_owned)).collect()
}

fn of(case: &str, minor: i64) -> Subscription {
    subscription(&format!("sub_{case}"), &format!("cus_{case}"), &monthly(minor), 1, "2026-01-10")
}

fn company() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        let quarter = coupon("quarter", "forever", Some(25.0), None);
        books.add("coupons", quarter.clone());
        // a coupon for life, seen in June and taken away on 20 June
        let discounted = of("discounted", 8000).coupon(quarter, "2026-01-10", None);
        let plain = of("discounted", 8000);
        books.one(&plain).event(&discounted, "2026-06-10").event(&plain, "2026-06-20");
        // a running subscription given a free time in July
        let free_july = of("free_july", 5000).set("status", json!("trialing"));
        let free_july = free_july.set("trial_start", json!(at("2026-07-01"))).set("trial_end", json!(at("2026-08-01")));
        books.one(&free_july).month(&of("free_july", 5000), 1, 1, "2026-06-10", "2026-07-10");
        tiered(&mut books);
        item_coupon(&mut books);
        two_currencies(&mut books);
        books.file("fx_rate.csv", "date,currency,rate\n2025-01-01,eur,1.10\n2026-04-15,gbp,1.30\n");
        books.settings("[billing]\ndiscounts = \"forever\"\n");
        books.pull("hindsight", NOW)
    })
}

/// A price in tiers has no unit amount: what three cost is on the invoice.
fn tiered(books: &mut Books) {
    let tiers = monthly(0).with("price_tiers", "/unit_amount", json!(null));
    let tiers = tiers.with("price_tiers", "/unit_amount_decimal", json!(null));
    let tiers = tiers.with("price_tiers", "/billing_scheme", json!("tiered"));
    let sold = subscription("sub_tiered", "cus_tiered", &tiers, 3, "2026-01-10");
    books.one(&sold);
    let months = ["2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10", "2026-05-10", "2026-06-10", "2026-07-10"];
    for (number, pair) in months.windows(2).enumerate() {
        let line = Line { amount: 23_400, quantity: 3, price: &tiers, from: pair[0], to: pair[1], is_proration: false };
        books.invoice(&sold, number as u32, &[line]);
    }
}

/// Ten dollars off the second item only: 50 and 80 − 10.
fn item_coupon(books: &mut Books) {
    let ten = coupon("ten", "forever", None, Some(1000));
    books.add("coupons", ten.clone());
    let mut both = of("item_coupon", 5000);
    let mut second = both.json["items"]["data"][0].clone();
    second["id"] = json!("si_item_coupon_2");
    second["price"] = monthly(8000).json;
    second["discounts"] = json!([{
        "id": "di_item", "object": "discount", "start": at("2026-01-10"), "end": null, "source": {"type": "coupon", "coupon": ten},
    }]);
    both.json["items"]["data"].as_array_mut().unwrap().push(second);
    books.one(&both);
}

/// Dollars and euros; the euros end in March. Pounds have a rate from the middle of April on.
fn two_currencies(books: &mut Books) {
    books.one(&subscription("sub_two_usd", "cus_two", &monthly(5000), 1, "2026-01-10"));
    let euros = subscription("sub_two_eur", "cus_two", &price(4000, "month", 1, "eur"), 1, "2026-01-10");
    books.subscribe(&euros.ended("2026-03-15"));
    books.one(&subscription("sub_pound", "cus_pound", &price(6000, "month", 1, "gbp"), 1, "2026-01-10"));
}

#[test]
fn a_discount_ends_when_it_is_no_longer_shown() {
    // 80.00 less 25 % while the coupon was there, the whole after 20 June
    assert_eq!(closing("discounted").last().unwrap(), "06 8000");
    assert_eq!(closing("discounted")[4], "05 6000");
}

#[test]
fn a_trial_set_later_takes_nothing_from_before() {
    assert_eq!(closing("free_july"), ["01 5000", "02 5000", "03 5000", "04 5000", "05 5000", "06 5000"]);
}

#[test]
fn a_tiered_price_keeps_what_it_last_cost() {
    assert_eq!(closing("tiered"), ["01 23400", "02 23400", "03 23400", "04 23400", "05 23400", "06 23400"]);
}

#[test]
fn an_amount_off_one_item_lowers_that_item() {
    assert_eq!(closing("item_coupon")[0], "01 12000");
}

#[test]
fn losing_one_of_two_currencies_is_a_contraction() {
    // 40 € at 1.10 are gone; nothing came instead
    let lines = company().lines(
        "select contraction_minor, churn_minor, transfer_minor from marts.account_movement \
         where account_id = 'cus_two' and period_id = '2026-03'",
    );
    assert_eq!(lines, ["4400 0 0"]);
}

#[test]
fn a_currency_whose_rate_begins_late_is_shown_apart_until_then() {
    // April has a closing rate but no opening one; May has both: £60 at 1.30
    let lines = company().lines(
        "select period_id, closing_local, coalesce(closing_minor, -1) from marts.mrr_movement \
         where account_id = 'cus_pound' and period_id in ('2026-03', '2026-04', '2026-05') order by 1",
    );
    assert_eq!(lines, ["2026-03 6000 -1", "2026-04 6000 -1", "2026-05 6000 7800"]);
    let checks = company().run(&["run", "--dry-run", "--no-pull", "--period", "2026-04"]);
    assert!(String::from_utf8_lossy(&checks.stderr).contains("GBP"), "the currency is named");
}

#[test]
fn a_source_that_is_switched_off_counts_no_more_and_comes_back_whole() {
    let mrr = "select sum(closing_minor) from marts.account_movement where period_id = '2026-06'";
    let all = company().lines(mrr);
    let off = company().with("manifest = \"stripe\"", "manifest = \"stripe\"\nenabled = false", mrr);
    assert_eq!(off, [""]);
    assert_eq!(company().lines(mrr), all);
}
