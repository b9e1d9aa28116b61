//! The same company told by other systems of the same kinds gives the same figures: what a metric means does not depend on who
//! was asked. The company's figures are worked out by hand beside it; then everything else is compared, cell by cell.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::api::Lists;
use crate::support::store::{Books, HERE, Rows, Store, rows, source};
use crate::support::stripe::{Line, Subscription, at, coupon, monthly, price, subscription, tiered};
use crate::support::wide::{chargebee, intercom, pagerduty};
use crate::support::zendesk::{AGENT, BOT, ticket};

/// A Monday, eight in the morning in Berlin.
const NOW: &str = "2026-07-06T06:00:00Z";

const SUPPORT: &str = "[support]\nbots = [\"9100\"]\ndefault_schedule = \"office\"\n\
    [support.schedules.office]\ntimezone = \"Europe/Berlin\"\nhours = { monday = [\"09:00-17:00\"], \
    tuesday = [\"09:00-17:00\"], wednesday = [\"09:00-17:00\"], thursday = [\"09:00-17:00\"], friday = [\"09:00-17:00\"] }\n\
    [[support.targets]]\nclock = \"first_reply\"\nminutes = 240\n\
    [[support.targets]]\nclock = \"next_reply\"\nminutes = 240\n\
    [[support.targets]]\nclock = \"resolution\"\nminutes = 1440\n";

fn usual() -> String {
    source("billing", "stripe", HERE, "") + &source("support", "zendesk", HERE, "") + &status()
}

fn status() -> String {
    source("status", "statuspage", HERE, "page = \"1\"")
}

fn by_chargebee() -> String {
    source("subscriptions", "chargebee", HERE, "site = \"acme\"")
}

fn by_intercom() -> String {
    source("chat", "intercom", HERE, "")
}

fn by_pagerduty() -> String {
    source("pager", "pagerduty", HERE, "")
}

fn of(case: &str, minor: i64, quantity: i64, start: &str) -> Subscription {
    subscription(&format!("sub_{case}"), &format!("cus_{case}"), &monthly(minor), quantity, start)
}

/// Nine customers, each there for a reason.
fn customers(books: &mut Books) {
    books.add(
        "products",
        json!({"id": "prod_basic", "object": "product", "name": "Basic", "active": true, "created": 1}),
    );
    let steady = of("steady", 10000, 1, "2026-01-01");
    books.one(&steady).month(&steady, 1, 1, "2026-01-01", "2026-02-01");
    let gone = of("gone", 5000, 2, "2026-01-15").ended("2026-04-15");
    books.one(&gone).month(&gone, 1, 2, "2026-01-15", "2026-02-15").month(&gone, 2, 2, "2026-03-15", "2026-04-15");
    // three seats at first, five from the tenth of March on
    let grows = of("grows", 2000, 5, "2026-02-10");
    books.one(&grows).month(&grows, 1, 3, "2026-02-10", "2026-03-10").event(&grows, "2026-03-10");
    let yearly = price(120_000, "year", 1, "usd");
    let year = subscription("sub_year", "cus_year", &yearly, 1, "2026-02-01");
    let off = coupon("LOYAL", "forever", Some(20.0), None);
    books.add("coupons", off.clone());
    books.one(&year.coupon(off, "2026-02-01", None));
    let trial = of("trial", 3000, 1, "2026-05-01");
    books.one(&trial.set("trial_start", json!(at("2026-05-01"))).set("trial_end", json!(at("2026-05-15"))));
    let steps = tiered("price_steps", "graduated", &[(Some(5), "100", "0"), (None, "50", "0")]);
    books.one(&subscription("sub_steps", "cus_steps", &steps, 10, "2026-03-01"));
    let (small, large) = (monthly(1000), monthly(3000));
    // from a small to a large plan in the middle of April, long before the first pull
    let upgrade = subscription("sub_upgrade", "cus_upgrade", &large, 1, "2026-04-01");
    let line =
        |amount, price, from, is_proration| Line { amount, quantity: 1, price, from, to: "2026-05-01", is_proration };
    books.one(&upgrade).invoice(&upgrade, 1, &[line(1000, &small, "2026-04-01", false)]).invoice(
        &upgrade,
        2,
        &[line(-500, &small, "2026-04-16", true), line(1500, &large, "2026-04-16", true)],
    );
    let ends = of("ends", 2000, 1, "2026-01-10")
        .set("cancel_at_period_end", json!(true))
        .set("cancel_at", json!(at("2026-08-10")));
    books.one(&ends.set("canceled_at", json!(at("2026-06-20"))));
    let paused = of("paused", 700, 1, "2026-06-01").set("pause_collection", json!({"behavior": "void"}));
    books.one(&paused);
    payments(books);
}

fn payments(books: &mut Books) {
    for (id, status, day) in
        [("ch_1", "succeeded", "2026-05-02"), ("ch_2", "failed", "2026-05-03"), ("ch_3", "succeeded", "2026-06-02")]
    {
        books.add("charges", json!({
            "id": id, "object": "charge", "customer": "cus_steady", "created": at(day), "status": status, "amount": 10000,
            "amount_refunded": 0, "currency": "usd", "livemode": true,
        }));
    }
    books.add("credit_notes", json!({
        "id": "cn_1", "object": "credit_note", "customer": "cus_steady", "invoice": "in_sub_steady_1", "created": at("2026-03-02"),
        "status": "issued", "amount": 1000, "total": 1000, "currency": "usd", "livemode": true, "lines": {"data": [], "has_more": false},
    }));
}

fn questions(books: &mut Books) {
    for (id, role, organization) in
        [(AGENT, "agent", None), (BOT, "agent", None), (501, "end-user", Some(71)), (502, "end-user", Some(72))]
    {
        books.add(
            "users",
            json!({"id": id, "role": role, "organization_id": organization, "updated_at": "2025-01-01T00:00:00Z"}),
        );
    }
    // one is known by the customer's id, the other by its domain
    books.add("organizations", json!({"id": 71, "name": "Steady", "external_id": "cus_steady", "domain_names": []}));
    books.add(
        "organizations",
        json!({"id": 72, "name": "Gone", "external_id": null, "domain_names": ["cus-gone.example"]}),
    );
    let asked = |id, local: &str, organization: i64| {
        ticket(id, local).set("organization_id", json!(organization)).set("requester_id", json!(organization + 430))
    };
    asked(1, "2026-03-06 16:00", 71)
        .says("2026-03-09 10:00", AGENT)
        .becomes("2026-03-09 11:00", "solved")
        .becomes("2026-03-10 09:00", "open")
        .becomes("2026-03-10 12:00", "solved")
        .file(books);
    asked(2, "2026-03-13 10:00", 72)
        .says("2026-03-13 10:01", BOT)
        .notes("2026-03-13 11:00", AGENT)
        .says("2026-03-17 09:30", AGENT)
        .becomes("2026-03-17 09:31", "pending")
        .says("2026-03-18 10:00", 501)
        .becomes("2026-03-18 10:01", "open")
        .says("2026-03-18 15:00", AGENT)
        .becomes("2026-03-18 15:30", "solved")
        .file(books);
    asked(3, "2026-04-20 10:00", 71).says("2026-04-20 12:00", AGENT).becomes("2026-04-20 12:30", "solved").file(books);
    asked(4, "2026-06-01 10:00", 71).file(books);
    books.rating(1, 1, "good", "2026-03-10 14:00").rating(2, 2, "bad", "2026-03-19 10:00");
}

fn incident(id: &str, impact: &str, started: &str, resolved: Option<&str>) -> Value {
    let utc = |local: &str| jiff::Timestamp::from_second(at(local)).unwrap().to_string();
    json!({
        "id": id, "name": id, "status": resolved.map_or("investigating", |_| "resolved"), "impact": impact,
        "created_at": utc(started), "updated_at": utc(started), "started_at": utc(started),
        "resolved_at": resolved.map(utc), "scheduled_for": null, "incident_updates": [],
    })
}

fn outages(books: &mut Books) {
    books.add("incidents", incident("i1", "critical", "2026-04-30 23:00", Some("2026-05-01 01:00")));
    books.add("incidents", incident("i2", "major", "2026-04-30 23:30", Some("2026-05-01 03:00")));
    books.add("incidents", incident("i3", "minor", "2026-05-03 10:00", Some("2026-05-03 20:00")));
    books.add("incidents", incident("i4", "maintenance", "2026-05-04 02:00", Some("2026-05-04 04:00")));
    // an hour of the day on which clocks went forward, and one that began before the company's midnight, not the zone's
    books.add("incidents", incident("i5", "critical", "2026-03-29 00:30", Some("2026-03-29 03:30")));
    books.add("incidents", incident("i6", "major", "2025-12-31 23:30", Some("2026-01-01 00:30")));
}

fn company() -> Books {
    let mut books = Books::default();
    customers(&mut books);
    questions(&mut books);
    outages(&mut books);
    books.settings(SUPPORT);
    books
}

/// Every figure of every month, in total and by plan.
fn figures(store: &Store) -> Rows {
    let args =
        ["values", "--grain", "month", "--from", "2026-01", "--to", "2026-06", "--segment", "all", "--format", "csv"];
    // exit code 1: product analytics are not connected
    rows(&String::from_utf8(store.run(&args).stdout).unwrap())
}

fn here() -> &'static (Store, Rows) {
    static STORE: OnceLock<(Store, Rows)> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = company();
        books.connect_only(&usual());
        let store = books.pull("wide-here", NOW);
        let figures = figures(&store);
        (store, figures)
    })
}

fn elsewhere() -> &'static (Store, Rows) {
    static STORE: OnceLock<(Store, Rows)> = OnceLock::new();
    STORE.get_or_init(|| {
        let told = company().into_lists();
        let lists = [chargebee::told(&told), intercom::told(&told), pagerduty::told(&told)];
        let store = serve("wide-elsewhere", lists, &(by_chargebee() + &by_intercom() + &by_pagerduty()));
        let figures = figures(&store);
        (store, figures)
    })
}

/// A company whose APIs hold these lists and no others.
fn serve(name: &str, lists: impl IntoIterator<Item = Lists>, sources: &str) -> Store {
    let mut books = Books::default();
    for (list, objects) in lists.into_iter().flatten() {
        for object in objects {
            books.add(&list, object);
        }
    }
    books.settings(SUPPORT);
    books.connect_only(sources);
    books.pull(name, NOW)
}

fn figure(figures: &Rows, metric: &str, month: &str) -> String {
    let is_it = |row: &&std::collections::HashMap<String, String>| {
        row["metric"] == metric && row["period"] == month && row["segment_name"] == "total"
    };
    figures.iter().find(is_it).map_or_else(|| "unknown".into(), |row| row["value"].clone())
}

/// A metric in each month.
#[track_caller]
fn months(metric: &str, expected: [&str; 6]) {
    for (place, figures) in [("here", &here().1), ("elsewhere", &elsewhere().1)] {
        let found: Vec<String> = (1..=6).map(|month| figure(figures, metric, &format!("2026-{month:02}"))).collect();
        assert_eq!(found, expected, "{metric} {place}");
    }
}

#[test]
fn money_is_what_it_is_whichever_billing_system_tells_it() {
    // January: 100 + 100 + 20; then 60 and a year of 1200 less a fifth; March: 40 more, and 7.50; April: 100 gone, and 30 (10 at
    // first, which no period end saw); May: 30
    months("mrr", ["220", "360", "407.5", "337.5", "367.5", "367.5"]);
    months("churned_mrr", ["0", "0", "0", "100", "0", "0"]);
    months("new_mrr", ["220", "140", "7.5", "30", "30", "0"]);
    months("expansion_mrr", ["0", "0", "40", "0", "0", "0"]);
    months("paying_accounts", ["3", "5", "6", "6", "7", "7"]);
}

#[test]
fn questions_are_answered_as_fast_whichever_helpdesk_tells_it() {
    // ticket 1: an hour on Friday and one on Monday; ticket 2: from Friday ten to Tuesday half past nine; ticket 3: two hours
    months("tickets_created", ["unknown", "unknown", "unknown", "1", "0", "1"]);
    let clocks = "select ticket_id, clock, instance, business_s // 60, calendar_s // 60, is_breached, decided_at \
        from marts.ticket_clock order by all";
    let first_replies = "select ticket_id, business_s // 60, is_breached from marts.ticket_clock where clock = 'first_reply' order by all";
    for (store, _) in [here(), elsewhere()] {
        assert_eq!(store.lines(first_replies)[..3], ["1 120 false", "2 930 true", "3 120 false"]);
    }
    assert_eq!(here().0.lines(clocks), elsewhere().0.lines(clocks));
    let solved = "select ticket_id, solved_at, reopened_at from core.ticket_solution order by all";
    assert_eq!(here().0.lines(solved), elsewhere().0.lines(solved));
    assert_eq!(here().0.lines(solved).len(), 4);
    let whose = "select ticket_id, account_id, priority, channel, local_date from core.ticket order by all";
    assert_eq!(here().0.lines(whose), elsewhere().0.lines(whose));
    let said = "select ticket_id, commented_at, author, is_public from core.ticket_comment order by all";
    assert_eq!(here().0.lines(said), elsewhere().0.lines(said));
}

#[test]
fn outages_last_as_long_whether_told_by_the_status_page_or_the_pager() {
    let outages =
        "select incident_id, impact, weight_e2, started_at, resolved_at, local_date from core.incident order by all";
    assert_eq!(here().0.lines(outages), elsewhere().0.lines(outages));
    // May: an hour of i1 and, after it, two hours of i2 at 30 %
    months("incidents", ["0", "0", "1", "2", "1", "0"]);
}

#[test]
fn every_figure_of_the_same_company_is_the_same_in_other_systems() {
    let (ours, theirs) = (&here().1, &elsewhere().1);
    let line = |row: &std::collections::HashMap<String, String>| {
        let mut cells: Vec<String> = row.iter().map(|(name, cell)| format!("{name}={cell}")).collect();
        cells.sort();
        cells.join(" ")
    };
    let (mut ours, mut theirs): (Vec<String>, Vec<String>) =
        (ours.iter().map(line).collect(), theirs.iter().map(line).collect());
    ours.sort();
    theirs.sort();
    let missing: Vec<&String> = ours.iter().filter(|row| !theirs.contains(row)).collect();
    let more: Vec<&String> = theirs.iter().filter(|row| !ours.contains(row)).collect();
    assert!(missing.is_empty() && more.is_empty(), "only here: {missing:#?}\nonly elsewhere: {more:#?}");
    let metrics: std::collections::BTreeSet<&str> = here().1.iter().map(|row| row["metric"].as_str()).collect();
    assert!(metrics.len() > 30, "{metrics:?}");
}

#[test]
fn a_company_that_moves_from_one_billing_system_to_another_counts_each_customer_once() {
    let mut before = Books::default();
    let moved = of("moved", 5000, 1, "2026-01-01").ended("2026-04-01");
    before.one(&moved).month(&moved, 1, 1, "2026-01-01", "2026-02-01").one(&of("stays", 1000, 1, "2026-01-01"));
    let mut after = Books::default();
    // the same ids in the new system: one is the same customer, as the map says, the other another one
    after.one(&of("moved", 6000, 1, "2026-04-01")).one(&of("stays", 2000, 1, "2026-05-01"));
    let told = chargebee::told(&after.into_lists());
    for (list, objects) in told {
        for object in objects {
            before.add(&list, object);
        }
    }
    before.settings(&by_chargebee());
    before
        .file("account_map.csv", "account,system,external_id,valid_from\ncus_moved,billing,subscriptions:cus_moved,\n");
    let store = before.pull("wide-moves", NOW);
    let figures = figures(&store);
    let of =
        |metric: &str| (1..=6).map(|month| figure(&figures, metric, &format!("2026-{month:02}"))).collect::<Vec<_>>();
    assert_eq!(of("mrr"), ["60", "60", "60", "70", "90", "90"]);
    assert_eq!(of("paying_accounts"), ["2", "2", "2", "2", "3", "3"]);
    assert_eq!(of("churned_mrr"), ["0", "0", "0", "0", "0", "0"]);
    assert_eq!(of("expansion_mrr"), ["0", "0", "0", "10", "0", "0"]);
    assert_eq!(
        store.lines("select system, external_id, account_id, method from core.account_link order by all"),
        [
            "billing cus_moved cus_moved id",
            "billing cus_stays cus_stays id",
            "billing subscriptions:cus_moved cus_moved map",
            "billing subscriptions:cus_stays subscriptions:cus_stays id",
        ]
    );
}

#[test]
fn a_subscription_that_is_cancelled_and_begins_anew_is_not_paid_in_between() {
    let mut books = Books::default();
    let again = of("again", 4000, 1, "2026-01-01");
    books.one(&again);
    let mut lists = chargebee::told(&books.into_lists());
    let event = |kind: &str, day: &str, subscription: Value| json!({"id": format!("ev_{day}"), "occurred_at": at(day), "event_type": kind, "content": {"subscription": subscription}});
    let active = lists["chargebee/subscriptions"][0].clone();
    let mut ended = active.clone();
    ended["status"] = json!("cancelled");
    ended["cancelled_at"] = json!(at("2026-03-10"));
    let events = vec![
        event("subscription_cancelled", "2026-03-10", ended),
        event("subscription_reactivated", "2026-05-20", active),
    ];
    lists.insert("chargebee/events".into(), events);
    let store = serve("wide-again", [lists], &by_chargebee());
    let spans = "select from_at, to_at, mrr_minor from core.subscription_span order by all";
    assert_eq!(
        store.lines(spans),
        ["2025-12-31 23:00:00 2026-03-09 23:00:00 4000", "2026-05-19 22:00:00 9999-12-31 00:00:00 4000"]
    );
}

#[test]
fn of_two_changes_in_one_second_the_later_one_counts() {
    let mut books = Books::default();
    books.one(&of("twice", 1000, 7, "2026-01-01"));
    let mut lists = chargebee::told(&books.into_lists());
    let listed = lists["chargebee/subscriptions"][0].clone();
    let event = |number: i64, day: &str, quantity: i64| {
        let mut subscription = listed.clone();
        subscription["subscription_items"][0]["quantity"] = json!(quantity);
        subscription["resource_version"] = json!(at(day) * 1000 + number);
        json!({"id": format!("ev_{number}"), "occurred_at": at(day), "event_type": "subscription_changed", "content": {"subscription": subscription}})
    };
    let events = vec![event(1, "2026-03-10", 3), event(2, "2026-03-10", 5), event(3, "2026-05-20", 7)];
    lists.insert("chargebee/events".into(), events);
    let store = serve("wide-same-second", [lists], &by_chargebee());
    let spans = "select from_at, quantity, mrr_minor from core.subscription_span order by all";
    assert_eq!(store.lines(spans), ["2025-12-31 23:00:00 5 5000", "2026-05-19 22:00:00 7 7000"]);
}

#[test]
fn a_coupon_that_does_not_say_since_when_holds_from_the_change_that_brought_it() {
    let mut books = Books::default();
    let off = coupon("LOYAL", "forever", Some(20.0), None);
    books.add("coupons", off.clone());
    books.one(&of("later", 4000, 1, "2026-01-01").coupon(off, "2026-03-10", None));
    let mut lists = chargebee::told(&books.into_lists());
    let event = |kind: &str, day: &str, subscription: Value| json!({"id": format!("ev_{day}"), "occurred_at": at(day), "event_type": kind, "content": {"subscription": subscription}});
    let reduced = lists["chargebee/subscriptions"][0].clone();
    let mut plain = reduced.clone();
    plain["coupons"] = json!([]);
    let events =
        vec![event("subscription_created", "2026-01-01", plain), event("subscription_changed", "2026-03-10", reduced)];
    lists.insert("chargebee/events".into(), events);
    let store = serve("wide-coupon", [lists], &by_chargebee());
    let spans = "select from_at, to_at, mrr_minor from core.subscription_span order by all";
    assert_eq!(
        store.lines(spans),
        ["2025-12-31 23:00:00 2026-03-09 23:00:00 4000", "2026-03-09 23:00:00 9999-12-31 00:00:00 3200"]
    );
}

#[test]
fn the_crm_says_what_an_account_is_called_and_who_looks_after_it() {
    let mut books = Books::default();
    books.one(&of("a", 1000, 1, "2026-01-01")).one(&of("b", 1000, 1, "2026-01-01")).one(&of(
        "c",
        1000,
        1,
        "2026-01-01",
    ));
    books.customer_as("cus_nameless", "name", Value::Null);
    books.subscribe(&of("nameless", 1000, 1, "2026-01-01"));
    let company = |id: &str, properties: Value| json!({"id": id, "properties": properties});
    for (id, properties) in [
        // known by a property, by its domain, by the map; and one that is no customer yet
        (
            "901",
            json!({"name": "A", "account_id": "cus_a", "hubspot_owner_id": "1", "industry": "TOYS", "hs_phone": "Secret"}),
        ),
        ("902", json!({"name": "B", "domain": "cus-b.example", "hubspot_owner_id": "2", "industry": "BANKING"})),
        ("903", json!({"name": "C", "hubspot_owner_id": null})),
        ("904", json!({"name": "Prospect", "domain": "prospect.example", "hubspot_owner_id": "1"})),
        ("905", json!({"name": "Nameless & Sons", "billing_customer_id": "cus_nameless"})),
    ] {
        books.add("hubspot/companies", company(id, properties));
    }
    // one who was still there when the list was read, and had left when that of the others was
    for (id, first, is_archived) in [("1", "Ann", false), ("2", "Ben", false), ("2", "Ben", true)] {
        books.add("hubspot/owners", json!({
            "id": id, "email": "secret@acme.example", "firstName": first, "lastName": "Lee", "userId": 7, "archived": is_archived,
        }));
    }
    books.file("account_map.csv", "account,system,external_id,valid_from\ncus_c,crm,903,\n");
    books.settings(&source("crm", "hubspot", HERE, ""));
    books.settings("[accounts]\nsegments = [\"industry\"]\nowner_segment = \"owner\"\n");
    let store = books.pull("wide-crm", NOW);
    assert_eq!(
        store.lines("select external_id, account_id, method from core.account_link where system = 'crm' order by all"),
        ["901 cus_a id", "902 cus_b domain", "903 cus_c map", "905 cus_nameless id"]
    );
    // who has left is still named
    assert_eq!(
        store.lines("select account_id, name, value from core.account_segment order by all"),
        ["cus_a industry TOYS", "cus_a owner Ann Lee", "cus_b industry BANKING", "cus_b owner Ben Lee"]
    );
    assert_eq!(store.lines("select name from core.account where account_id = 'cus_nameless'"), ["Nameless & Sons"]);
    let figures = figures(&store);
    assert_eq!(figure(&figures, "accounts_without_owner", "2026-06"), "0.5");
}

#[test]
fn a_second_pull_of_what_did_not_change_lands_nothing() {
    let told = company().into_lists();
    let lists = [chargebee::told(&told), intercom::told(&told), pagerduty::told(&told)];
    let mut books = Books::default();
    for (list, objects) in lists.into_iter().flatten() {
        for object in objects {
            books.add(&list, object);
        }
    }
    books.settings(SUPPORT);
    books.connect_only(&(by_chargebee() + &by_intercom() + &by_pagerduty()));
    let (mut store, _api) = books.serve("wide-twice", NOW);
    store.ok(&["pull"]);
    let before = landed(&store);
    assert!(before.len() > 12, "{before:?}");
    store.later("2026-07-06T08:00:00Z");
    store.ok(&["pull"]);
    let after: Vec<String> = landed(&store).into_iter().filter(|file| !before.contains(file)).collect();
    // a window is read again whole
    assert!(after.iter().all(|file| file.contains("pager/incidents")), "{after:?}");
}

fn landed(store: &Store) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![store.folder.join("store/landing")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "parquet") {
                files.push(path.display().to_string());
            }
        }
    }
    files
}

#[test]
fn nothing_personal_is_landed() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let (store, _) = elsewhere();
    for file in landed(store) {
        let reader = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
        for row in reader.get_row_iter(None).unwrap() {
            let text = row.unwrap().to_string();
            for word in ["Personal", "Secret", "secret@", "4242", "203.0.113", "+49"] {
                assert!(!text.contains(word), "{file}: {text}");
            }
        }
    }
}

/// The lists of a file of samples in the shape the API's documentation has.
fn samples(api: &str) -> Lists {
    samples_of(api, "unusual")
}

fn samples_of(api: &str, file: &str) -> Lists {
    let path = format!("{}/tests/it/fixtures/api/{api}/{file}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn what_a_billing_system_does_otherwise_comes_to_the_right_money() {
    let store = serve("wide-billing", [samples("chargebee")], &by_chargebee());
    assert_eq!(
        store.lines("select item_id, currency, quantity, mrr_minor, to_at from core.subscription_span order by all"),
        [
            "decimals-plan USD 1 2525 9999-12-31 00:00:00",
            // a tenth off everything; then 5.00 off the addon; the half price of the first month does not last
            "discounted-plan USD 1 9000 9999-12-31 00:00:00",
            "discounted-support-USD-Monthly USD 2 3100 9999-12-31 00:00:00",
            "free_units-plan USD 3 900 9999-12-31 00:00:00",
            // fifteen fall into the second step, 900.00 a year
            "steps-plan USD 15 7500 9999-12-31 00:00:00",
            "unpaid-plan USD 1 10000 2026-02-28 23:00:00",
            "yen-plan JPY 10 9805 9999-12-31 00:00:00",
        ]
    );
    assert_eq!(
        store.lines("select invoice_id, status, due_at, remaining_minor, written_off_at, voided_at from core.invoice order by all"),
        [
            "due open 2026-01-30 23:00:00 6000  ",
            "no_longer void  0  2026-01-01 23:00:00",
            "written_off uncollectible  0 2026-02-28 23:00:00 ",
        ]
    );
    let ends = "select subscription_id, scheduled_end_at, cancel_reason, cancel_feedback from core.subscription \
        where coalesce(scheduled_end_at, ended_at) is not null order by all";
    assert_eq!(store.lines(ends), ["free_units 2026-07-31 22:00:00  Too expensive", "unpaid  payment_failed "]);
    assert_eq!(store.lines("select charge_id, is_paid from core.payment"), ["t1 false"]);
    assert_eq!(store.lines("select count(*) from core.credit_note"), ["0"]);
    let fields = "select metadata->>'cf_region', metadata->>'tier', account_hint from core.billing_customer where customer_id = 'c1'";
    assert_eq!(store.lines(fields), ["EMEA gold acct-1"]);
}

/// A base for 100.00, three seats at 10.00 and care for 40.00, each with a coupon of its own; and prices in tiers, listed in any
/// order.
#[test]
fn a_coupon_lowers_the_items_it_is_for_and_tiers_cost_what_they_say() {
    let store = serve("wide-items", [samples_of("chargebee", "items")], &by_chargebee());
    assert_eq!(
        store.lines("select item_id, quantity, mrr_minor from core.subscription_span order by all"),
        [
            // half off the addons
            "limits_addons-care-USD-Monthly 1 2000",
            "limits_addons-plan 1 10000",
            "limits_addons-seats-USD-Monthly 3 1500",
            // a tenth off everything
            "limits_all-care-USD-Monthly 1 3600",
            "limits_all-plan 1 9000",
            "limits_all-seats-USD-Monthly 3 2700",
            // a quarter off plans in EUR, and off addons of one family in USD
            "limits_family-care-USD-Monthly 1 4000",
            "limits_family-plan 1 10000",
            "limits_family-seats-USD-Monthly 3 2250",
            // one of three seats free
            "limits_free-care-USD-Monthly 1 4000",
            "limits_free-plan 1 10000",
            "limits_free-seats-USD-Monthly 3 2000",
            // 7.00 off the care
            "limits_one-care-USD-Monthly 1 3300",
            "limits_one-plan 1 10000",
            "limits_one-seats-USD-Monthly 3 3000",
            // 2.00 off each of three seats
            "limits_seat-care-USD-Monthly 1 4000",
            "limits_seat-plan 1 10000",
            "limits_seat-seats-USD-Monthly 3 2400",
            // 100 in packages of 50 at 200.00, 150 in packages of 100 at 150.00, 51 at 1.00
            "p_tiered-plan 301 75100",
            // a year: three packages of 100 at 120.00; up to a hundred 900.00
            "p_volume-plan 250 3000",
            "p_volume_flat-plan 100 7500",
            // the second step; what the subscription itself says it is; and a quantity that is broken
            "stairs_11-plan 11 5000",
            "stairs_broken-plan 1 525",
            "stairs_own-plan 11 4500",
            // ten at 1.25, twelve at 0.50
            "v_few-plan 10 1250",
            "v_units-plan 12 600",
        ]
    );
}

#[test]
fn what_a_helpdesk_does_otherwise_is_told_by_who_said_what() {
    let store = serve("wide-chat", [samples("chargebee"), samples("intercom")], &(by_chargebee() + &by_intercom()));
    assert_eq!(
        store.lines("select ticket_id, commented_at, author, is_public from core.ticket_comment order by all"),
        [
            "10 2026-06-01 08:00:00 requester true",
            "10 2026-06-01 08:01:00 bot true",
            "10 2026-06-01 08:03:20 agent false",
            // the reply that closed it
            "10 2026-06-01 08:20:00 agent true",
            "10 2026-06-01 08:53:20 agent false",
            "11 2026-06-01 08:00:00 agent true",
        ]
    );
    assert_eq!(
        store.lines("select ticket_id, status, from_at from core.ticket_status_span order by all"),
        [
            "10 open 2026-06-01 08:00:00",
            "10 solved 2026-06-01 08:20:00",
            "11 open 2026-06-01 08:00:00",
            "11 pending 2026-06-01 10:33:20",
        ]
    );
    assert_eq!(
        store.lines("select ticket_id, group_id, from_at from core.ticket_state_span order by ticket_id, from_at"),
        ["10  2026-06-01 08:00:00", "10 814865 2026-06-01 08:01:01", "11  2026-06-01 08:00:00"]
    );
    assert_eq!(
        store.lines("select ticket_id, account_id, priority, tags from core.ticket order by all"),
        ["10 c1 high [bug, customer_initiated]", "11  normal [admin_initiated]"]
    );
    assert_eq!(store.lines("select count(*) from core.ticket_rating"), ["0"]);
}

/// A helpdesk that does not say of a question whose it is says it of who asked.
#[test]
fn what_strangers_ask_is_counted_where_only_the_asking_person_has_a_company() {
    let store = serve("wide-strangers", [samples("intercom")], &by_intercom());
    let unlinked = "select system, external_id, seen from core.unlinked_id order by all";
    assert_eq!(store.lines(unlinked), ["support co1 1", "support co2 0"]);
    assert_eq!(
        store.lines("select ticket_id, organization_id from core.ticket_state_span where to_at is null order by all"),
        ["10 co1", "11 "]
    );
}

/// Closed with a reply, opened by the answer, closed with another, snoozed with one; the same text beside a close is one reply, and
/// a close without a text is none. What a part does says more than the state it was made in.
#[test]
fn a_reply_that_closes_or_snoozes_is_a_reply_wherever_it_stands() {
    let store = serve("wide-replies", [samples_of("intercom", "replies")], &by_intercom());
    let minute = "strftime(%AT%, '%H:%M')";
    let comments = format!(
        "select {}, author, is_public from core.ticket_comment order by all",
        minute.replace("%AT%", "commented_at")
    );
    assert_eq!(
        store.lines(&comments),
        [
            "08:00 requester true",
            "08:01 agent true",
            "08:02 requester true",
            "08:03 agent true",
            "08:04 requester true",
            "08:05 agent true",
            "08:07 agent true",
            "08:10 agent false",
        ]
    );
    let spans =
        format!("select {}, status from core.ticket_status_span order by all", minute.replace("%AT%", "from_at"));
    assert_eq!(
        store.lines(&spans),
        [
            "08:00 open",
            "08:01 solved",
            "08:02 open",
            "08:03 solved",
            "08:04 open",
            "08:05 pending",
            "08:06 open",
            "08:07 solved",
            "08:08 open",
            "08:09 solved",
            "08:10 open",
        ]
    );
}

#[test]
fn only_an_incident_that_somebody_ranked_is_an_outage() {
    let store = serve("wide-pager", [samples("pagerduty")], &by_pagerduty());
    assert_eq!(
        store.lines(
            "select incident_id, weight_e2, started_at, resolved_at, local_date from core.incident order by all"
        ),
        [
            "p10 0 2026-06-05 10:00:00 2026-06-05 11:00:00 2026-06-05",
            "sev1 100 2026-06-02 22:30:00 2026-06-02 23:30:00 2026-06-03",
            "unranked 0 2026-06-03 10:00:00  2026-06-03",
        ]
    );
}

#[test]
fn where_a_status_page_tells_of_incidents_the_pager_is_not_counted_beside_it() {
    let mut books = Books::default();
    outages(&mut books);
    let mut lists = vec![samples("pagerduty")];
    lists.push(books.into_lists());
    let store = serve("wide-both", lists, &(by_pagerduty() + &status()));
    assert_eq!(store.lines("select incident_id from core.incident order by all"), ["i1", "i2", "i3", "i5", "i6"]);
}

#[test]
fn a_status_page_silences_the_pager_from_its_first_incident_on_and_maintenance_is_none() {
    let with = |name: &str, told: &[Value]| {
        let mut books = Books::default();
        for incident in told {
            books.add("incidents", incident.clone());
        }
        let store = serve(name, [samples("pagerduty"), books.into_lists()], &(by_pagerduty() + &status()));
        store.lines("select incident_id from core.incident order by all")
    };
    let maintenance = incident("m", "maintenance", "2026-05-04 02:00", Some("2026-05-04 04:00"));
    let notice = incident("n", "none", "2026-05-04 02:00", Some("2026-05-04 04:00"));
    assert_eq!(with("wide-maintenance", &[maintenance, notice]), ["p10", "sev1", "unranked"]);
    // of those before it, what was over by then
    let first = incident("i", "minor", "2026-06-04 10:00", None);
    assert_eq!(with("wide-from-then-on", &[first]), ["i", "sev1"]);
}
