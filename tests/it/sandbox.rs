//! The simulated company: its APIs over real HTTP, and its own truth.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bizreview::sandbox::{Company, Grain, INTERNAL_DOMAIN, Options, Server, truth, write_files};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn options() -> Options {
    let end: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    Options { weeks: 60, accounts: 120, ..Options::new(end) }
}

struct World {
    server: Server,
    client: reqwest::Client,
    base: String,
}

impl World {
    async fn new(options: Options) -> World {
        let company = Arc::new(Company::simulate(&options));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = Server::start(company, &options, 0).await.unwrap();
        let base = format!("http://{}", server.addr);
        World { server, client: reqwest::Client::new(), base }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}{path}", self.base));
        let credential = if path.starts_with("/statuspage") { "OAuth sandbox" } else { "Bearer sandbox" };
        let response = request.header("authorization", credential).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn hogql(&self, query: &str) -> (u16, Value) {
        let request = self.client.post(format!("{}/posthog/api/projects/1/query/", self.base));
        let body = json!({"query": {"kind": "HogQLQuery", "query": query}, "refresh": "force_blocking"});
        let response = request.bearer_auth("sandbox").json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Every object of a Stripe list, by its own paging.
    async fn stripe(&self, list: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let (status, page) = self.get(&format!("/stripe/v1/{list}{after}")).await;
            assert_eq!(status, 200, "{page}");
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == json!(false) {
                return all;
            }
            after = format!("&starting_after={}", all.last().unwrap()["id"].as_str().unwrap());
        }
    }
}

#[tokio::test]
async fn stripe_pages_are_complete_and_newest_first() {
    let world = World::new(options()).await;
    for list in ["customers", "invoices", "charges", "events", "prices", "credit_notes"] {
        let all = world.stripe(&format!("{list}?limit=100")).await;
        let ids: HashSet<&str> = all.iter().map(|object| object["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), all.len(), "{list} repeats an id");
        assert!(all.is_sorted_by_key(|object| -object["created"].as_i64().unwrap()), "{list} is out of order");
        assert!(!all.is_empty(), "{list} is empty");
    }
    let all = world.stripe("subscriptions?limit=37&status=all").await.len();
    let live = world.stripe("subscriptions?limit=100").await;
    assert!(live.len() < all);
    assert!(live.iter().all(|subscription| subscription["status"] != "canceled"));
    let many = live.iter().find(|subscription| subscription["items"]["has_more"] == json!(true)).unwrap();
    assert_eq!(many["items"]["data"].as_array().unwrap().len(), 10);
    let items =
        world.stripe(&format!("subscription_items?limit=5&subscription={}", many["id"].as_str().unwrap())).await;
    assert_eq!(items.len(), 12);
    world.server.stop().await;
}

#[tokio::test]
async fn wrong_credentials_get_the_vendors_own_answer() {
    let world = World::new(Options { connected: vec!["billing".parse().unwrap()], ..options() }).await;
    let wrong = world.client.get(format!("{}/stripe/v1/customers", world.base)).bearer_auth("nope");
    let answer = wrong.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["type"], "invalid_request_error");
    let (status, body) = world.get("/zendesk/api/v2/groups.json").await;
    assert_eq!((status, body), (401, json!({"error": "Couldn't authenticate you"})));
    world.server.stop().await;
}

#[tokio::test]
async fn nothing_shows_before_the_clock_reaches_it() {
    let world = World::new(options()).await;
    let before = world.stripe("invoices?limit=100").await;
    let later: Timestamp = "2026-12-04T12:00:00Z".parse().unwrap();
    world.server.set_clock(later);
    let after = world.stripe("invoices?limit=100").await;
    let known: HashSet<&str> = before.iter().map(|invoice| invoice["id"].as_str().unwrap()).collect();
    assert!(after.len() > before.len());
    assert!(known.iter().all(|id| after.iter().any(|invoice| invoice["id"] == **id)));
    let (status, _) = world.get("/zendesk/api/v2/incremental/tickets/cursor.json?start_time=1796385590").await;
    assert_eq!(status, 400, "within a minute of now");
    world.server.stop().await;
}

#[tokio::test]
async fn zendesk_exports_end_where_they_say() {
    let world = World::new(options()).await;
    let mut path =
        "/zendesk/api/v2/incremental/tickets/cursor.json?start_time=0&per_page=400&include=metric_sets".to_owned();
    let mut tickets = 0;
    loop {
        let (status, page) = world.get(&path).await;
        assert_eq!(status, 200, "{page}");
        tickets += page["tickets"].as_array().unwrap().len();
        if page["end_of_stream"] == json!(true) {
            break;
        }
        path = format!(
            "/zendesk/api/v2/incremental/tickets/cursor.json?cursor={}",
            page["after_cursor"].as_str().unwrap()
        );
    }
    assert!(tickets > 400, "{tickets}");
    let mut created = HashSet::new();
    let mut start = 0;
    loop {
        let path = format!("/zendesk/api/v2/incremental/ticket_events.json?start_time={start}&include=comment_events");
        let (_, page) = world.get(&path).await;
        for event in page["ticket_events"].as_array().unwrap() {
            let children = event["child_events"].as_array().unwrap();
            if children.iter().any(|child| child["event_type"] == "Create") {
                created.insert(event["ticket_id"].as_i64().unwrap());
            }
        }
        start = page["end_time"].as_i64().unwrap();
        if page["end_of_stream"] == json!(true) {
            break;
        }
    }
    assert_eq!(created.len(), tickets);
    for list in ["organizations", "groups", "satisfaction_ratings", "slas/policies"] {
        let (status, page) = world.get(&format!("/zendesk/api/v2/{list}.json?page[size]=100")).await;
        assert_eq!(status, 200, "{list}");
        assert!(page["meta"]["has_more"].is_boolean(), "{list}");
    }
    let (_, page) = world.get("/zendesk/api/v2/business_hours/schedules.json").await;
    assert!(page["schedules"].is_array() && page["url"].is_string() && page.get("meta").is_none());
    let (_, page) = world.get("/zendesk/api/v2/incremental/ticket_metric_events.json?start_time=0").await;
    assert_eq!(page["count"], 1000);
    world.server.stop().await;
}

#[tokio::test]
async fn hogql_rolls_up_by_local_day_and_keyset() {
    let world = World::new(options()).await;
    let rollup = |having: &str| {
        format!(
            "select toDate(timestamp,'Europe/Berlin') as day, `$group_0` as account, toString(person_id) as person, event, \
             count() as events from events where timestamp >= toDateTime('2026-10-05 00:00:00') and timestamp < toDateTime('2026-10-19') \
             and event in ('login', 'report_created') group by day, account, person, event {having} \
             order by day, account, person, event limit 50"
        )
    };
    let (status, page) = world.hogql(&rollup("")).await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(page["columns"], json!(["day", "account", "person", "event", "events"]));
    assert_eq!(page["hasMore"], json!(true));
    let last: Vec<&str> = (0..4).map(|at| page["results"][49][at].as_str().unwrap()).collect();
    let having = format!(
        "having (day, account, person, event) > (toDate('{}'),'{}','{}','{}')",
        last[0], last[1], last[2], last[3]
    );
    let (status, next) = world.hogql(&rollup(&having)).await;
    assert_eq!(status, 200, "{next}");
    assert_ne!(next["results"][0], page["results"][49]);
    let (status, daily) = world
        .hogql(
            "select toDate(timestamp, 'Europe/Berlin') as day, uniqExact(properties.$session_id) as sessions, \
             countIf(event = '$exception') as exceptions, quantile(0.95)(properties.latency_ms) as p95 from events \
             group by day order by day limit 10",
        )
        .await;
    assert_eq!(status, 200, "{daily}");
    assert_eq!(daily["results"].as_array().unwrap().len(), 10);
    let (status, bad) = world.hogql("select frobnicate(event) from events").await;
    assert_eq!((status, &bad["type"]), (400, &json!("validation_error")));
    let (status, page) = world.get("/posthog/api/projects/1/groups/?group_type_index=0").await;
    assert_eq!(status, 200);
    assert!(page["next"].is_string());
    world.server.stop().await;
}

#[test]
fn the_true_walk_closes_in_every_period_and_plan() {
    let company = Company::simulate(&options());
    for grain in [Grain::Week, Grain::Month] {
        let rows = truth(&company, grain);
        let mut sums: HashMap<(String, String), Decimal> = HashMap::new();
        for row in &rows {
            let sign = match row.metric {
                "opening_mrr" | "fx_mrr" | "new_mrr" | "reactivation_mrr" | "expansion_mrr" => Decimal::ONE,
                "contraction_mrr" | "churned_mrr" | "closing_mrr" => Decimal::NEGATIVE_ONE,
                _ => continue,
            };
            *sums.entry((row.period.clone(), row.segment_value.clone())).or_default() += sign * row.value.unwrap();
        }
        assert!(sums.len() > 40);
        assert!(sums.values().all(Decimal::is_zero), "{sums:?}");
        assert!(rows.iter().any(|row| row.metric == "reactivation_mrr" && row.n > 0), "the returner returns");
    }
}

#[tokio::test]
async fn planned_faults_strike_as_often_as_told() {
    let faults = [
        "billing:/v1/customers:429:times=1",
        "status:/incidents:html",
        "product:/query:truncate",
        "support:groups:wrong_type",
    ];
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let world = World::new(Options { faults, ..options() }).await;
    assert_eq!(world.get("/stripe/v1/customers").await.0, 429);
    assert_eq!(world.get("/stripe/v1/customers").await.0, 200);
    assert_eq!(world.get("/statuspage/v1/pages/kctbh9vrtdwd/incidents").await, (200, Value::Null));
    let (_, page) = world.get("/zendesk/api/v2/groups.json").await;
    assert!(page["groups"][0]["created_at"].is_object());
    world.server.stop().await;
}

/// The subscriptions as Stripe shows them add up to the truth's level, dollar accounts and euro accounts alike.
#[tokio::test]
async fn stripe_shows_the_true_recurring_revenue() {
    let options = options();
    let company = Company::simulate(&options);
    let rows = truth(&company, Grain::Week);
    let world = World::new(options).await;
    // The last second of 2026-W45 in Berlin; the euro is worth what fx_rate.csv says of November.
    world.server.set_clock("2026-11-08T22:59:59Z".parse().unwrap());
    let dir = std::env::temp_dir().join(format!("bizreview-sandbox-{}", std::process::id()));
    write_files(&company, &dir).unwrap();
    let rates = std::fs::read_to_string(dir.join("fx_rate.csv")).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    let rate: Decimal = rates.lines().find_map(|row| row.strip_prefix("2026-11-01,eur,")).unwrap().parse().unwrap();
    let internal: HashSet<String> = world
        .stripe("customers?limit=100")
        .await
        .iter()
        .filter(|customer| customer["email"].as_str().unwrap().ends_with(INTERNAL_DOMAIN))
        .map(|customer| customer["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(internal.len(), 1);
    let expand = "expand[]=data.discounts.source.coupon";
    let mut worth: HashMap<String, Decimal> = HashMap::new();
    for subscription in world.stripe(&format!("subscriptions?limit=100&{expand}")).await {
        let live = subscription["status"] == "active" || subscription["status"] == "past_due";
        let counts = subscription["livemode"] == true && !internal.contains(subscription["customer"].as_str().unwrap());
        if !live || !counts {
            continue;
        }
        let coupon = &subscription["discounts"][0]["source"]["coupon"];
        let off = if coupon["duration"] == "forever" { coupon["percent_off"].as_f64().unwrap() as i64 } else { 0 };
        let id = subscription["id"].as_str().unwrap();
        for item in world.stripe(&format!("subscription_items?limit=100&subscription={id}")).await {
            let unit: Decimal = item["price"]["unit_amount_decimal"].as_str().unwrap().parse().unwrap();
            let months = if item["price"]["recurring"]["interval"] == "year" { 12 } else { 1 };
            let cents = unit * Decimal::from(item["quantity"].as_i64().unwrap()) * Decimal::from(100 - off);
            let cents = (cents / Decimal::from(100 * months))
                .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            let rate = if subscription["currency"] == "eur" { rate } else { Decimal::ONE };
            *worth.entry(subscription["customer"].to_string()).or_default() += cents * rate / Decimal::ONE_HUNDRED;
        }
    }
    // Converted amounts are rounded once per account.
    let cent = |worth: &Decimal| worth.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let total: Decimal = worth.values().map(cent).sum();
    let row = rows.iter().find(|row| row.metric == "mrr" && row.period == "2026-W45" && row.segment_name == "total");
    assert_eq!(row.unwrap().value, Some(total));
    world.server.stop().await;
}

/// Active accounts found with HogQL, over the groups an account can be told from, are the truth's.
#[tokio::test]
async fn posthog_shows_the_true_active_accounts() {
    let options = options();
    let company = Company::simulate(&options);
    let rows = truth(&company, Grain::Week);
    let world = World::new(options).await;
    let dir = std::env::temp_dir().join(format!("bizreview-sandbox-map-{}", std::process::id()));
    write_files(&company, &dir).unwrap();
    let map = std::fs::read_to_string(dir.join("account_map.csv")).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    let excluded = company.excluded();
    let (_, page) = world
        .hogql(
            "select distinct `$group_0` as account from events where event in ('report_created', 'export_run', 'invite_sent', \
             'automation_run') and toDate(timestamp, 'Europe/Berlin') >= toDate('2026-11-02') \
             and toDate(timestamp, 'Europe/Berlin') < toDate('2026-11-09') limit 50000",
        )
        .await;
    let known = |group: &str| {
        let mapped =
            map.lines().any(|row| row.split(',').nth(1) == Some("product") && row.split(',').nth(2) == Some(group));
        (group.starts_with("cus_") || mapped) && !excluded.contains(&group)
    };
    let groups = page["results"].as_array().unwrap();
    let active = groups.iter().filter(|row| known(row[0].as_str().unwrap())).count();
    let row = rows.iter().find(|row| row.metric == "active_accounts" && row.period == "2026-W45");
    assert_eq!(row.unwrap().value, Some(Decimal::from(active)));
    world.server.stop().await;
}

/// Without stories nothing drifts: tickets per week stay within what chance allows.
#[test]
fn a_company_without_stories_is_stable() {
    let options = Options { stories: "none".parse().unwrap(), ..options() };
    let rows = truth(&Company::simulate(&options), Grain::Week);
    let tickets: Vec<f64> = rows.iter().filter(|row| row.metric == "tickets_created").map(|row| row.n as f64).collect();
    let (early, late) = tickets.split_at(tickets.len() / 2);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    assert!((mean(early) - mean(late)).abs() < 0.25 * mean(&tickets), "{} {}", mean(early), mean(late));
    assert!(tickets.iter().all(|count| *count < 2.5 * mean(&tickets)));
}

#[tokio::test]
async fn limits_are_enforced_when_asked() {
    let world = World::new(Options { rate_limits: true, ..options() }).await;
    let path = "/statuspage/v1/pages/kctbh9vrtdwd/incidents?per_page=1";
    assert_eq!(world.get(path).await.0, 200);
    assert_eq!(world.get(path).await.0, 420);
    let path = "/zendesk/api/v2/incremental/users/cursor.json?start_time=0&per_page=1";
    for _ in 0..10 {
        assert_eq!(world.get(path).await.0, 200);
    }
    assert_eq!(
        world.get(path).await,
        (
            429,
            json!({"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"})
        )
    );
    world.server.stop().await;
}

#[tokio::test]
async fn a_list_can_be_made_endless_or_repeat_itself() {
    let faults =
        ["billing:/v1/customers:endless", "billing:/v1/invoices:repeat_cursor", "support:tickets/cursor:repeat_cursor"];
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let world = World::new(Options { faults, ..options() }).await;
    let (mut seen, mut after) = (HashSet::new(), String::new());
    for _ in 0..20 {
        let (_, page) = world.get(&format!("/stripe/v1/customers?limit=100{after}")).await;
        assert_eq!(page["has_more"], true);
        for object in page["data"].as_array().unwrap() {
            assert!(seen.insert(object["id"].as_str().unwrap().to_owned()), "{}", object["id"]);
        }
        after = format!("&starting_after={}", page["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap());
    }
    let (_, first) = world.get("/stripe/v1/invoices").await;
    let (_, second) =
        world.get(&format!("/stripe/v1/invoices?starting_after={}", first["data"][9]["id"].as_str().unwrap())).await;
    assert_eq!(first, second);
    let (_, page) = world.get("/zendesk/api/v2/incremental/tickets/cursor.json?start_time=0&per_page=5").await;
    let cursor = page["after_cursor"].as_str().unwrap();
    let (_, page) = world.get(&format!("/zendesk/api/v2/incremental/tickets/cursor.json?cursor={cursor}")).await;
    assert_eq!((page["after_cursor"].as_str(), page["end_of_stream"].as_bool()), (Some(cursor), Some(false)));
    world.server.stop().await;
}

/// What vendors leave out, write with milliseconds or never leave open is so here too.
#[tokio::test]
async fn records_have_the_vendors_forms() {
    let world = World::new(options()).await;
    let (_, page) = world.get("/zendesk/api/v2/satisfaction_ratings.json?page[size]=100").await;
    for rating in page["satisfaction_ratings"].as_array().unwrap() {
        assert_eq!(rating.get("reason").is_some(), rating["score"] == "bad", "{rating}");
        assert!(rating.get("reason_id").is_none(), "{rating}");
    }
    let (_, page) = world.get("/zendesk/api/v2/organizations.json?page[size]=1").await;
    let organization = &page["organizations"][0];
    let path = format!("/zendesk/api/v2/organizations/{}.json", organization["id"]);
    assert_eq!(world.get(&path).await, (200, json!({"organization": organization})));
    assert_eq!(world.get("/zendesk/api/v2/tickets/1.json").await.0, 404);
    let (_, page) = world.get("/statuspage/v1/pages/kctbh9vrtdwd/incidents?per_page=100").await;
    for incident in page.as_array().unwrap() {
        assert!(incident["created_at"].as_str().unwrap().contains(".000Z"), "{incident}");
        assert!(incident["metadata"].as_object().unwrap().values().all(Value::is_object), "{incident}");
        assert!(incident["auto_transition_to_operational_state"].is_boolean(), "{incident}");
    }
    for charge in world.stripe("charges?limit=100").await {
        assert_eq!(charge["payment_method"].as_str().unwrap().len(), "pm_".len() + 24);
        assert!(charge.get("presentment_details").is_none());
    }
    world.server.stop().await;
}

/// Runs a staging query over records of one stream.
fn staged(stream: &str, sql: &str, records: &[Value]) -> Vec<Value> {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let landing = |name: &str| {
        format!(
            "create table landing.{name} (source_name varchar, record_key varchar, record json, extracted_at timestamp, \
             batch bigint, seq bigint);"
        )
    };
    connection.execute_batch(include_str!("../../src/warehouse/prepare.sql")).unwrap();
    connection.execute_batch(&landing(stream)).unwrap();
    if stream == "stripe_subscriptions" {
        connection.execute_batch(&landing("stripe_events")).unwrap();
    }
    for (seq, record) in (0_i64..).zip(records) {
        let sql = format!("insert into landing.{stream} values ('src', ?, ?, timestamp '2026-01-01', 1, ?)");
        connection.execute(&sql, duckdb::params![seq.to_string(), record.to_string(), seq]).unwrap();
    }
    let mut statement = connection.prepare(&format!("select to_json(staged) from ({sql}) as staged")).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap()).collect()
}

/// Old API versions say plan, and decimals may be missing, numbers or empty: the price is the same.
#[test]
fn staging_reads_a_price_however_it_is_written() {
    let plan = json!({
        "id": "gold", "product": "prod_1", "currency": "usd", "amount": 2500, "amount_decimal": "2500", "interval": "year",
        "interval_count": 1, "usage_type": "licensed", "transform_usage": null, "billing_scheme": "per_unit"
    });
    let item = json!({"id": "si_1", "quantity": 2, "plan": plan});
    let old = json!({"id": "sub_1", "customer": {"id": "cus_1"}, "status": "active", "created": 1, "items": {"data": [item]}});
    let rows = staged(
        "stripe_subscriptions",
        include_str!("../../queries/staging/stripe/subscription.sql"),
        std::slice::from_ref(&old),
    );
    let price = &rows[0]["items"][0]["price"];
    assert_eq!((&price["id"], &price["recurring"]["interval"]), (&json!("gold"), &json!("year")));
    assert_eq!(price["unit_amount_decimal"].as_f64(), Some(2500.0));
    assert_eq!((&rows[0]["currency"], &rows[0]["customer_id"]), (&json!("USD"), &json!("cus_1")));

    let line =
        json!({"id": "il_1", "amount": 5000, "plan": plan, "subscription": "sub_1", "period": {"start": 1, "end": 2}});
    let invoice = json!({"id": "in_1", "customer": "cus_1", "subscription": old, "lines": {"data": [line]}});
    let rows = staged("stripe_invoices", include_str!("../../queries/staging/stripe/invoice.sql"), &[invoice]);
    assert_eq!(rows[0]["subscription_id"], "sub_1");
    assert_eq!(rows[0]["lines"][0]["price"]["unit_amount_decimal"].as_f64(), Some(2500.0));

    let prices = [
        json!({"id": "p", "unit_amount": 2000, "unit_amount_decimal": ""}),
        json!({"id": "p", "unit_amount": 2000}),
        json!({"id": "p", "unit_amount": null, "unit_amount_decimal": 2000}),
    ];
    let rows = staged("stripe_prices", include_str!("../../queries/staging/stripe/price.sql"), &prices);
    assert!(rows.iter().all(|row| row["unit_amount"].as_f64() == Some(2000.0)), "{rows:?}");
}

/// Odd values lose themselves, not the batch; and what is over is not open.
#[test]
fn staging_survives_odd_support_and_status_records() {
    let tickets = [
        json!({"id": 9_223_372_036_854_775_807_i64, "created_at": "2026-01-05T10:00:00.5+02:00", "tags": null}),
        json!({"id": 2, "created_at": "", "priority": ""}),
    ];
    let rows = staged("zendesk_tickets", include_str!("../../queries/staging/zendesk/ticket.sql"), &tickets);
    assert_eq!(
        (&rows[0]["ticket_id"], &rows[0]["created_at"]),
        (&json!("9223372036854775807"), &json!("2026-01-05 08:00:00.5"))
    );
    assert_eq!((&rows[1]["created_at"], &rows[1]["priority"]), (&Value::Null, &Value::Null));

    let call = json!({"id": 2, "type": "VoiceComment", "event_type": "VoiceComment", "public": true, "author_id": 7});
    let change =
        json!({"id": 3, "type": "Change", "field_name": "status", "value": "solved", "previous_value": "open"});
    let audit = json!({"id": 1, "ticket_id": 5, "created_at": "2026-01-05T10:00:00Z", "author_id": 6, "events": [call, change]});
    let rows =
        staged("zendesk_ticket_events", include_str!("../../queries/staging/zendesk/ticket_event.sql"), &[audit]);
    assert_eq!((&rows[0]["event_type"], &rows[0]["author_id"]), (&json!("Comment"), &json!("7")));
    assert_eq!((&rows[1]["status"], &rows[1]["author_id"]), (&json!("solved"), &json!("6")));

    let closing = json!({"status": "resolved", "display_at": "2026-01-05T12:00:00.007-06:00"});
    let incident = json!({
        "id": "i", "status": "postmortem", "impact": null, "created_at": "2026-01-05T10:00:00Z", "resolved_at": null,
        "incident_updates": [closing]
    });
    let rows =
        staged("statuspage_incidents", include_str!("../../queries/staging/statuspage/incident.sql"), &[incident]);
    assert_eq!(
        (&rows[0]["resolved_at"], &rows[0]["is_maintenance"]),
        (&json!("2026-01-05 18:00:00.007"), &json!(false))
    );
}
