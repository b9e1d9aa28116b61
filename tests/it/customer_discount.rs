//! Discounts that are not simply one off a subscription: a customer's, which billing takes off every invoice of it, and one for
//! certain products.

use serde_json::json;

use crate::support::store::Books;
use crate::support::stripe::{at, coupon, monthly, subscription};

#[test]
fn a_customers_discount_lowers_its_subscriptions_unless_they_have_their_own() {
    let mut books = Books::default();
    let of =
        |case: &str| subscription(&format!("sub_{case}"), &format!("cus_{case}"), &monthly(10_000), 1, "2026-01-10");
    let quarter = coupon("quarter", "forever", Some(25.0), None);
    let discount = |coupon: serde_json::Value| json!({"id": "di_1", "object": "discount", "start": at("2026-03-10"), "end": null, "subscription": null, "source": {"type": "coupon", "coupon": coupon}});
    books.customer_as("cus_plain", "discount", discount(quarter.clone())).subscribe(&of("plain"));
    // not expanded: the list of coupons says what it is
    books.add("coupons", quarter.clone());
    books.customer_as("cus_by_id", "discount", discount(json!("quarter"))).subscribe(&of("by_id"));
    // its own goes before
    let own = of("own").coupon(coupon("tenth", "forever", Some(10.0), None), "2026-01-10", None);
    books.customer_as("cus_own", "discount", discount(quarter)).subscribe(&own);
    // a passing one is no lower price
    let passing = coupon("once", "once", Some(50.0), None);
    books.customer_as("cus_passing", "discount", discount(passing)).subscribe(&of("passing"));
    let store = books.pull("customer_discount", "2026-07-06T06:00:00Z");
    let mrr = "select period_id, account_id, closing_local from marts.mrr_movement where period_id in ('2026-02', '2026-06') order by all";
    assert_eq!(
        store.lines(mrr),
        [
            "2026-02 cus_by_id 10000",
            "2026-02 cus_own 9000",
            "2026-02 cus_passing 10000",
            "2026-02 cus_plain 10000",
            "2026-06 cus_by_id 7500",
            "2026-06 cus_own 9000",
            "2026-06 cus_passing 10000",
            "2026-06 cus_plain 7500",
        ]
    );
}

#[test]
fn a_coupon_for_certain_products_lowers_the_items_of_them_and_no_others() {
    let mut books = Books::default();
    let addon = monthly(4000).with("price_addon", "/product", json!("prod_addon"));
    let for_products = |id: &str, percent_off: Option<f64>, amount_off: Option<i64>, products: &[&str]| {
        let mut coupon = coupon(id, "forever", percent_off, amount_off);
        coupon["applies_to"] = json!({"products": products});
        coupon
    };
    let coupons = [
        for_products("addon", Some(25.0), None, &["prod_addon", "prod_other"]),
        for_products("basic", Some(25.0), None, &["prod_basic"]),
        for_products("other", Some(25.0), None, &["prod_other"]),
        for_products("amount", None, Some(1500), &["prod_addon"]),
    ];
    for coupon in coupons {
        books.add("coupons", coupon.clone());
        let id = coupon["id"].as_str().unwrap();
        let both = subscription(&format!("sub_{id}"), &format!("cus_{id}"), &monthly(10_000), 1, "2026-01-10");
        // what is expanded with a discount does not say for what it is
        let shown = json!({"id": id, "object": "coupon", "duration": "forever", "percent_off": coupon["percent_off"], "amount_off": coupon["amount_off"]});
        let mut both = both.coupon(shown, "2026-01-10", None);
        let mut second = both.json["items"]["data"][0].clone();
        second["id"] = json!(format!("si_addon_{id}"));
        second["price"] = addon.json.clone();
        both.json["items"]["data"].as_array_mut().unwrap().push(second);
        books.one(&both);
    }
    let store = books.pull("product_discount", "2026-07-06T06:00:00Z");
    let mrr = "select account_id, closing_local from marts.mrr_movement where period_id = '2026-06' order by all";
    assert_eq!(store.lines(mrr), ["cus_addon 13000", "cus_amount 12500", "cus_basic 11500", "cus_other 14000"]);
}
