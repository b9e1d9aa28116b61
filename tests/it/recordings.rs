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
                for object in objects {
                    books.add(&list, object);
                }
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
    for stream in ["billing/charges", "support/ticket_events", "product/survey_answers", "status/incidents"] {
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
            let word = WORDS.iter().find(|word| row.contains(**word));
            assert!(word.is_none(), "{word:?} is in {}: {row}", path.display());
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
    check(
        "customer_id, name, email_domain, currency, created_at, is_live",
        "stripe_customer",
        &["cus_QXg1o8vcGmoR32 | - | - | USD | 2009-02-13 23:31:30 | false"],
    );
    check(
        "subscription_id, customer_id, status, currency, start_at, current_period_end_at, is_paused, cancel_feedback, len(items), \
         items[1].price.id, items[1].price.unit_amount_decimal, items[1].price.recurring.interval, items[1].quantity, \
         items[1].current_period_end, len(discounts)",
        "stripe_subscription",
        &[
            "sub_1Pgc6rB7WZ01zgkWNy0Cn5nw | cus_QXg1o8vcGmoR32 | active | USD | 2009-02-13 23:31:30 | 2000-12-08 15:02:53 | true | - | 1 | price_1PgafmB7WZ01zgkW6dKueIc5 | 2000.000000000000 | month | 1 | 976287773 | 0",
            "sub_old | cus_old | active | EUR | 2020-09-13 12:26:40 | 2022-09-13 12:26:40 | false | customer_service | 1 | price_old | 120000.000000000000 | year | 3 | 1663072000 | 1",
        ],
    );
    check(
        "invoice_id, customer_id, subscription_id, status, currency, total_minor, finalized_at, lines[1].id, lines[1].amount, \
         lines[1].discounted, lines[1].parent.subscription_item_details.subscription_item, lines[1].subscription, \
         lines[1].subscription_item, lines[1].price.id, lines[1].price.unit_amount",
        "stripe_invoice",
        &[
            "in_1Pgc6tB7WZ01zgkWu9fdqL6I | cus_QXg1o8vcGmoR32 | subscription | draft | USD | 1000 | - | il_1Pgc6sB7WZ01zgkWFnxLrLCq | 1000 | 0 | subscription_item | - | - | - | -",
            "in_old | cus_old | sub_old | paid | EUR | 324000 | 2021-09-13 13:26:40 | il_old | 360000 | 36000 | - | sub_old | si_old | price_old | 120000.000000000000",
        ],
    );
    check(
        "price_id, product_id, currency, billing_scheme, unit_amount, interval_unit, interval_count, usage_type, package_size",
        "stripe_price",
        &[
            "price_1PgafmB7WZ01zgkW6dKueIc5 | prod_QXg1hqf4jFNsqG | USD | per_unit | 2000.000000000000 | month | 1 | licensed | 1592560163",
        ],
    );
    check("product_id, name", "stripe_product", &["prod_QXg1hqf4jFNsqG | T-shirt"]);
    check(
        "coupon_id, percent_off, off_minor, currency, duration",
        "stripe_coupon",
        &["Z4OV52SU | 25.5000 | - | USD | forever"],
    );
    check(
        "charge_id, customer_id, status, charged_minor, refunded_minor, currency, created_at",
        "stripe_charge",
        &["ch_1PgafuB7WZ01zgkWXYmPNZs8 | - | succeeded | 100 | 0 | USD | 2009-02-13 23:31:30"],
    );
    check(
        "credit_note_id, invoice_id, status, total_minor, currency, created_at",
        "stripe_credit_note",
        &["cn_1Pgc75B7WZ01zgkWJMPt5riP | in_1Pgc75B7WZ01zgkWYv4iMwt7 | issued | 1690 | USD | 2009-02-13 23:31:30"],
    );
}

#[test]
fn support() {
    check(
        "ticket_id, created_at, updated_at, status, priority, ticket_type, requester_id, organization_id, group_id, tags, channel",
        "zendesk_ticket",
        &[
            "35436 | 2009-07-20 22:55:29 | 2011-05-05 10:38:52 | open | high | incident | 20978392 | 509974 | 98738 | [enterprise, other_tag] | web",
        ],
    );
    check(
        "ticket_id, event_at, event_type, author_id, is_public, status, group_id, tags, previous_value",
        "zendesk_ticket_event",
        &[
            "35436 | 2009-06-25 10:15:18 | Change | 5031726587 | - | - | - | - | -",
            "35436 | 2009-06-25 10:15:18 | Change | 5031726587 | - | - | - | - | -",
            "35436 | 2009-06-25 10:15:18 | Change | 5031726587 | - | - | - | [enterprise, other_tag] | [\"enterprise\"]",
            "35436 | 2009-06-25 10:15:18 | Change | 5031726587 | - | - | 98738 | - | 98737",
            "35436 | 2009-06-25 10:15:18 | Change | 5031726587 | - | open | - | - | new",
            "35436 | 2009-06-25 10:15:18 | Comment | 5031726587 | true | - | - | - | -",
        ],
    );
    check(
        "ticket_id, metric, instance_id, event_type, event_at, target_s, is_business_hours",
        "zendesk_ticket_metric_event",
        &[
            "155 | agent_work_time | 1 | measure | 2020-10-26 12:53:12 | - | -",
            "155 | reply_time | 1 | apply_sla | 2020-10-26 12:53:12 | 3600 | false",
        ],
    );
    check("user_id, role, organization_id", "zendesk_user", &["35436 | agent | 57542"]);
    check(
        "organization_id, name, external_id, domain_names, is_deleted",
        "zendesk_organization",
        &["4112492 | Groablet Enterprises | ABC198 | [remain.com] | false"],
    );
    check(
        "rating_id, ticket_id, score, created_at, updated_at",
        "zendesk_satisfaction_rating",
        &["35436 | 208 | bad | 2011-07-20 22:55:29 | 2011-07-20 22:57:29"],
    );
    check(
        "policy_id, title, priority, metric, target_s, is_business_hours",
        "zendesk_sla_policy",
        &[
            "36 | Incidents | normal | first_reply_time | 1800 | false",
            "36 | Incidents | urgent | requester_wait_time | 3600 | true",
        ],
    );
    check(
        "schedule_id, time_zone, start_minute, end_minute",
        "zendesk_schedule",
        &[
            "360000110634 | Pacific Time (US & Canada) | 3420 | 3900",
            "360000110634 | Pacific Time (US & Canada) | 4860 | 5340",
        ],
    );
    check(
        "schedule_id, name, first_on, last_on",
        "zendesk_holiday",
        &["360000110634 | New Year | 2021-12-30 | 2022-01-02"],
    );
}

#[test]
fn product() {
    check(
        "day, group_key, person_id, event, events",
        "posthog_usage_day",
        &[
            "2020-06-01 | - | 0190b3c4-0000-5000-8000-000000000002 | signed up | 1",
            "2020-06-01 | acme | 0190b3c4-0000-5000-8000-000000000001 | $pageview | 12",
        ],
    );
    check(
        "day, sessions, error_sessions, latency_p95_ms",
        "posthog_quality_day",
        &["2020-06-01 | 10 | 1 | 312.5", "2020-06-02 | 0 | 0 | -"],
    );
    check("day, latency_ms, requests", "posthog_latency_day", &["2020-06-01 | 310 | 7"]);
    check("day, survey_id, group_key, shown", "posthog_survey_shown_day", &["2020-06-01 | 0190-survey | acme | 4"]);
    check(
        "answer_id, survey_id, group_key, person_id, score, day, answered_at",
        "posthog_survey_answer",
        &["0190-answer | 0190-survey | acme | 0190-person | 9.00 | 2020-06-01 | 2020-06-01 06:30:00.123"],
    );
    check("group_key, name", "posthog_group", &["acme | Acme Inc"]);
}

#[test]
fn status_page() {
    check(
        "incident_id, status, impact, started_at, resolved_at, is_maintenance",
        "statuspage_incident",
        &[
            "p31zjtct2jer | postmortem | major | 2013-05-07 03:10:00 | 2013-05-07 04:18:00 | false",
            "planned | scheduled | maintenance | 2013-06-02 10:00:00 | - | true",
            "written_later | resolved | critical | 2013-06-01 09:45:00 | 2013-06-01 09:45:00 | false",
        ],
    );
}
