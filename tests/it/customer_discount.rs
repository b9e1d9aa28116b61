//! A discount a customer has, rather than its subscription: billing takes it off every invoice of the customer.

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
