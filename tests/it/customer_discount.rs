//! Discounts that are not simply one off a subscription: a customer's, which billing takes off every invoice of it, and one for
//! certain products.

use serde_json::{Value, json};

use crate::support::store::Books;
use crate::support::stripe::{Price, Subscription, at, coupon, monthly, subscription};

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

/// A coupon as the list of coupons has it, for certain products.
fn for_products(id: &str, percent_off: Option<f64>, amount_off: Option<i64>, products: &[&str]) -> Value {
    let mut coupon = coupon(id, "forever", percent_off, amount_off);
    coupon["applies_to"] = json!({"products": products});
    coupon
}

/// The same as it is expanded with a discount: without saying for what it is.
fn expanded(coupon: &Value) -> Value {
    let mut coupon = coupon.clone();
    coupon.as_object_mut().unwrap().remove("applies_to");
    coupon
}

fn price_of(minor: i64, product: &str) -> Price {
    monthly(minor).with(&format!("price_{product}_{minor}"), "/product", json!(product))
}

/// A subscription of prod_basic for 100.00 and, beside it, of something else.
fn of_two(case: &str, second: &Price) -> Subscription {
    let mut both = subscription(&format!("sub_{case}"), &format!("cus_{case}"), &monthly(10_000), 1, "2026-01-10");
    let mut item = both.json["items"]["data"][0].clone();
    item["id"] = json!(format!("si_second_{case}"));
    item["price"] = second.json.clone();
    both.json["items"]["data"].as_array_mut().unwrap().push(item);
    both
}

#[test]
fn a_coupon_for_certain_products_lowers_the_items_of_them_for_as_long_as_they_are() {
    let mut books = Books::default();
    let addon = price_of(4000, "prod_addon");
    let coupons = [
        for_products("addon", Some(25.0), None, &["prod_addon", "prod_else"]),
        for_products("basic", Some(25.0), None, &["prod_basic"]),
        for_products("other", Some(25.0), None, &["prod_else"]),
        for_products("any", Some(25.0), None, &[]),
        for_products("amount", None, Some(1500), &["prod_addon"]),
        for_products("amount_else", None, Some(1500), &["prod_else"]),
        for_products("more_than_it_costs", None, Some(5000), &["prod_addon"]),
    ];
    for coupon in coupons {
        books.add("coupons", coupon.clone());
        let id = coupon["id"].as_str().unwrap();
        books.one(&of_two(id, &addon).coupon(expanded(&coupon), "2026-01-10", None));
    }
    // the whole subscription's amount is taken off what the products' leaves
    let of_all = coupon("of_all", "forever", None, Some(11_000));
    books.add("coupons", of_all.clone());
    let shown = |id: &str, coupon: Value| json!({"id": id, "start": 0, "end": null, "source": {"coupon": coupon}});
    let discounts = json!([shown("di_1", json!("amount")), shown("di_2", of_all)]);
    books.one(&of_two("both", &addon).set("discounts", discounts));
    // a customer's
    let customers = json!({"id": "di_1", "object": "discount", "start": at("2026-03-10"), "end": null, "subscription": null, "source": {"type": "coupon", "coupon": "addon"}});
    books.customer_as("cus_customer", "discount", customers).subscribe(&of_two("customer", &addon));
    // an item that becomes one of another product, its coupon for the one it was or for the one it is
    for (case, product) in [("was", "prod_basic"), ("is", "prod_pro")] {
        let coupon = for_products(case, Some(25.0), None, &[product]);
        books.add("coupons", coupon.clone());
        let before = subscription(&format!("sub_{case}"), &format!("cus_{case}"), &monthly(10_000), 1, "2026-01-10");
        let before = before.coupon(expanded(&coupon), "2026-01-10", None);
        let mut after = before.clone();
        after.json["items"]["data"][0]["price"] = price_of(20_000, "prod_pro").json;
        books.one(&after).event(&before, "2026-05-12 09:00").event(&after, "2026-06-12 09:00");
    }
    let store = books.pull("product_discount", "2026-07-06T06:00:00Z");
    let mrr = |period: &str| {
        let sql = "select account_id[5:], closing_local from marts.mrr_movement where period_id = ";
        store.lines(&format!("{sql}'{period}' order by all")).join(", ")
    };
    assert_eq!(
        mrr("2026-06"),
        "addon 13000, amount 12500, amount_else 14000, any 10500, basic 11500, both 1500, customer 13000, is 15000, \
         more_than_it_costs 10000, other 14000, was 20000"
    );
    assert_eq!(
        mrr("2026-02"),
        "addon 13000, amount 12500, amount_else 14000, any 10500, basic 11500, both 1500, customer 14000, is 10000, \
         more_than_it_costs 10000, other 14000, was 7500"
    );
}
