//! Samples that the makers of the APIs publish, through manifest, contract and staging, with the exact rows they become.
//!
//! `fixtures/api/stripe.json`: Stripe's own fixtures of 2026, one object each, and beside them a subscription and an invoice in
//! the shape before 2025-03-31. `zendesk.json`: the examples of Zendesk's OpenAPI; ticket events, ratings, policies and
//! schedules as its reference shows them. `posthog.json`: rows of our rollups and objects of its OpenAPI. `statuspage.json`: as
//! its reference shows them.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::api::Api;
use crate::support::store::{Books, Store};

const NOW: &str = "2020-06-10T06:00:00Z";

const RECORDED: [&str; 4] = [
    include_str!("fixtures/api/stripe.json"),
    include_str!("fixtures/api/zendesk.json"),
    include_str!("fixtures/api/posthog.json"),
    include_str!("fixtures/api/statuspage.json"),
];

/// Words of people in the samples: none of them lands.
const WORDS: [&str; 22] = [
    "Jenny Rosen",
    "They never called me back",
    "old@customer.example",
    "Old Friend",
    "sangeekp",
    "The fire is very colorful",
    "my printer is on fire",
    "Great support!",
    "support@company.com",
    "745",
    "Johnny",
    "+15551234567",
    "donkey",
    "This is a comment",
    "Secret words",
    "Call me on 555",
    "192.0.2.7",
    "I am very unhappy",
    "Mrs Miller",
    "Private words",
    "mara@example.com",
    "automation_email",
];

fn pulled() -> &'static Store {
    static STORE: OnceLock<(Store, Api, String)> = OnceLock::new();
    let (store, ..) = STORE.get_or_init(|| {
        let mut books = Books::default();
        for text in RECORDED {
            let lists: std::collections::BTreeMap<String, Vec<Value>> = serde_json::from_str(text).unwrap();
            for (list, objects) in lists {
                objects.into_iter().for_each(|object| books.add(&list, object));
            }
        }
        books.connect_product("2020-06-01");
        let (store, api) = books.serve("recordings", NOW);
        let said = store.ok(&["pull"]);
        (store, api, said)
    });
    store
}

#[track_caller]
fn check(columns: &str, table: &str, expected: &[&str]) {
    let shown: Vec<String> =
        columns.split(", ").map(|column| format!("coalesce(cast({column} as varchar), '-')")).collect();
    let sql = format!("select {} from staging.{table} order by all", shown.join(" || ' | ' || "));
    assert_eq!(pulled().lines(&sql), expected, "{table}");
}

#[test]
fn every_sample_fulfils_its_contract() {
    let ledger = rusqlite::Connection::open(pulled().folder.join("store/ledger.sqlite")).unwrap();
    let mut query = ledger.prepare("select source || '/' || stream || ': ' || reason from quarantine").unwrap();
    let set_aside: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(set_aside.is_empty(), "{set_aside:#?}");
    // and every list brought what it has
    let mut query =
        ledger.prepare("select source || '/' || stream from batch group by 1 having sum(rows) > 0").unwrap();
    let landed: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for stream in
        ["billing/charges", "billing/events", "support/ticket_events", "product/survey_answers", "status/incidents"]
    {
        assert!(landed.iter().any(|known| known == stream), "{stream} is not in {landed:?}");
    }
}

#[test]
fn words_of_people_do_not_land() {
    let mut files = Vec::new();
    parquet_below(&pulled().folder.join("store/landing"), &mut files);
    assert!(files.len() > 20, "{}", files.len());
    for path in files {
        let file = std::fs::File::open(&path).unwrap();
        let reader = parquet::file::reader::SerializedFileReader::new(file).unwrap();
        for row in reader.into_iter().map(|row| row.unwrap().to_string()) {
            for word in WORDS.iter().filter(|word| row.contains(*word)) {
                panic!("{word:?} is in {}: {row}", path.display());
            }
        }
    }
}

fn parquet_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            parquet_below(&path, found);
        } else if path.extension().is_some_and(|e| e == "parquet") {
            found.push(path);
        }
    }
}

#[test]
fn billing() {
    check("customer_id, name, email_domain, currency, created_at, is_live", "stripe_customer", &[]);
    check(
        "subscription_id, customer_id, status, currency, start_at, current_period_end_at, is_paused, cancel_feedback, len(items), \
         items[1].price.id, items[1].price.unit_amount_decimal, items[1].price.recurring.interval, items[1].quantity, \
         items[1].current_period_end, len(discounts)",
        "stripe_subscription",
        &[],
    );
    check(
        "invoice_id, customer_id, subscription_id, status, currency, total_minor, finalized_at, lines[1].id, lines[1].amount, \
         lines[1].discounted, lines[1].parent.subscription_item_details.subscription_item, lines[1].subscription, \
         lines[1].subscription_item, lines[1].price.id, lines[1].price.unit_amount",
        "stripe_invoice",
        &[],
    );
    check(
        "price_id, product_id, currency, billing_scheme, unit_amount, interval_unit, interval_count, usage_type, package_size",
        "stripe_price",
        &[],
    );
    check("product_id, name", "stripe_product", &[]);
    check("coupon_id, percent_off, off_minor, currency, duration", "stripe_coupon", &[]);
    check("charge_id, customer_id, status, charged_minor, refunded_minor, currency, created_at", "stripe_charge", &[]);
    check("credit_note_id, invoice_id, status, total_minor, currency, created_at", "stripe_credit_note", &[]);
}

#[test]
fn support() {
    check(
        "ticket_id, created_at, updated_at, status, priority, ticket_type, requester_id, organization_id, group_id, tags, channel",
        "zendesk_ticket",
        &[],
    );
    check(
        "ticket_id, event_at, event_type, author_id, is_public, status, group_id, tags, previous_value",
        "zendesk_ticket_event",
        &[],
    );
    check(
        "ticket_id, metric, instance_id, event_type, event_at, target_s, is_business_hours",
        "zendesk_ticket_metric_event",
        &[],
    );
    check("user_id, role, organization_id", "zendesk_user", &[]);
    check("organization_id, name, external_id, domain_names, is_deleted", "zendesk_organization", &[]);
    check("rating_id, ticket_id, score, created_at, updated_at", "zendesk_satisfaction_rating", &[]);
    check("policy_id, title, priority, metric, target_s, is_business_hours", "zendesk_sla_policy", &[]);
    check("schedule_id, time_zone, start_minute, end_minute", "zendesk_schedule", &[]);
    check("schedule_id, name, first_on, last_on", "zendesk_holiday", &[]);
}

#[test]
fn product() {
    check("day, group_key, person_id, event, events", "posthog_usage_day", &[]);
    check("day, sessions, error_sessions, latency_p95_ms", "posthog_quality_day", &[]);
    check("day, latency_ms, requests", "posthog_latency_day", &[]);
    check("day, survey_id, group_key, shown", "posthog_survey_shown_day", &[]);
    check("answer_id, survey_id, group_key, person_id, score, day, answered_at", "posthog_survey_answer", &[]);
    check("group_key, name", "posthog_group", &[]);
}

#[test]
fn status_page() {
    check("incident_id, status, impact, started_at, resolved_at, is_maintenance", "statuspage_incident", &[]);
}
