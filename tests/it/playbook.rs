//! A published data set with a published result: the subscriptions of dbt Labs' mrr-playbook, served in Stripe's list format,
//! must give the monthly walk that project's own SQL gives (see fixtures/mrr_playbook/NOTICE).

use jiff::ToSpan;
use jiff::civil::Date;

use crate::support::store::{Books, Rows, Store, rows};
use crate::support::stripe::{monthly, subscription};

const WALK: &str = "select period_id, opening_minor, new_minor, reactivation_minor, expansion_minor, contraction_minor, \
    churn_minor, closing_minor, accounts_opening, accounts_closing, \
    (select concat_ws(' ', count(*) filter (where new_minor > 0), count(*) filter (where reactivation_minor > 0), \
      count(*) filter (where expansion_minor > 0), count(*) filter (where contraction_minor > 0), \
      count(*) filter (where churn_minor > 0)) \
     from marts.account_movement as movement where movement.period_id = walk.period_id) \
    from marts.walk where period_id like '____-__' and period_id >= '2018-01' order by period_id";

fn fixture(name: &str) -> Rows {
    let path = format!("{}/tests/it/fixtures/mrr_playbook/{name}", env!("CARGO_MANIFEST_DIR"));
    rows(&std::fs::read_to_string(path).unwrap())
}

/// A subscription for every row, and an invoice for each of its months.
fn pulled() -> Store {
    let mut books = Books::default();
    for row in fixture("input_subscription_periods.csv") {
        let customer = format!("cus_{}", row["customer_id"]);
        if !books.has("customers", &customer.clone().into()) {
            books.customer(&customer);
        }
        let price = monthly(row["monthly_amount"].parse::<i64>().unwrap() * 100);
        let (start, end) = (&row["start_date"], &row["end_date"]);
        let subscription = subscription(&format!("sub_{}", row["subscription_id"]), &customer, &price, 1, start);
        let subscription = if end.is_empty() { subscription } else { subscription.ended(end) };
        books.subscribe(&subscription);
        let (mut month, mut number): (Date, u32) = (start.parse().unwrap(), 0);
        while month.to_string() < *end {
            let next = month.checked_add(1.month()).unwrap();
            books.month(&subscription, number, 1, &month.to_string(), &next.to_string());
            (month, number) = (next, number + 1);
        }
    }
    books.pull("playbook", "2020-04-06T06:00:00Z")
}

#[test]
fn the_published_walk_is_met_to_the_cent_in_every_month() {
    let minor = |text: &str| {
        let amount: rust_decimal::Decimal = text.parse().unwrap();
        (amount.abs() * rust_decimal::Decimal::ONE_HUNDRED).normalize()
    };
    let expected: Vec<String> = fixture("expected_monthly_rollup.csv")
        .iter()
        .map(|row| {
            let money =
                ["prior_mrr", "new_mrr", "reactivation_mrr", "upgrade_mrr", "downgrade_mrr", "churn_mrr", "total_mrr"];
            let money: Vec<String> = money.iter().map(|name| minor(&row[*name]).to_string()).collect();
            let counts = ["prior_active", "active_customers", "n_new", "n_react", "n_up", "n_down", "n_churn"];
            let counts: Vec<&str> = counts.iter().map(|name| row[*name].as_str()).collect();
            format!("{} {} {}", &row["date_month"][..7], money.join(" "), counts.join(" "))
        })
        .collect();
    assert_eq!(expected.len(), 26);
    assert_eq!(pulled().lines(WALK), expected);
}
