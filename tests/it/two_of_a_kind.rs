//! Two billing accounts, two helpdesks and two products that give the same ids to different things. Every figure is worked
//! out by hand from both. All times are Berlin's.

use std::sync::OnceLock;

use bizreview::config::Config;
use bizreview::extract::{Catalog, qualify};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::store::{Books, Store, rows, source};
use crate::support::stripe::{at, monthly, subscription};
use crate::support::zendesk::{AGENT, CUSTOMER, opened_by, ticket};

/// A Monday, eight in the morning in Berlin: W27 and June are the last complete periods.
const NOW: &str = "2026-07-06T06:00:00Z";

/// The second of each, after the first in the file.
fn second_sources(address: &str) -> String {
    source("billing_eu", "stripe", address, "")
        + &source("support_eu", "zendesk", address, "")
        + &source("product_eu", "posthog", address, "project = \"2\", start_date = \"2026-06-01\"")
        + &source("status_eu", "statuspage", address, "page = \"2\"")
        + "[product]\nmeaningful_events = [\"work\"]\n[[support.targets]]\nclock = \"first_reply\"\nminutes = 90\n"
}

/// One customer of both billing accounts, and the names of all others.
const MAP: &str = "account,system,external_id,valid_from\n\
    umbrella,billing,cus_shared,\n\
    umbrella,billing,billing_eu:cus_shared,\n\
    cus_2,support,79,\n\
    billing_eu:cus_2,support,support_eu:79,\n";

fn customer(books: &mut Books, id: &str, name: &str, since: &str, hint: Option<&str>) {
    books.add(
        "customers",
        json!({
            "id": id, "object": "customer", "created": at(since), "currency": "usd", "livemode": true, "name": name,
            "email": format!("billing@{name}.example"), "metadata": hint.map_or(json!({}), |hint| json!({"account_id": hint})),
        }),
    );
}

/// A paid subscription; its ids are the same in both billing accounts.
fn pays(books: &mut Books, case: &str, minor: i64, ended: Option<&str>) {
    let mut of = subscription(&format!("sub_{case}"), &format!("cus_{case}"), &monthly(minor), 1, "2026-01-10");
    books.month(&of, 1, 1, "2026-01-10", "2026-02-10");
    if let Some(end) = ended {
        of = of.ended(end);
    }
    books.subscribe(&of);
}

fn organization(books: &mut Books, id: i64, external_id: Value, domain: &str) {
    books.add("organizations", json!({"id": id, "name": domain, "external_id": external_id, "domain_names": [domain]}));
}

fn used(books: &mut Books, day: &str, account: &str, person: &str) {
    books.add("usage_day", json!({"day": day, "account": account, "person": person, "event": "work", "events": 3}));
}

fn user(books: &mut Books, id: i64, role: &str) {
    books.add("users", json!({"id": id, "role": role, "organization_id": null}));
}

fn outage(books: &mut Books, from: &str, to: &str) {
    let time = |local: &str| json!(jiff::Timestamp::from_second(at(local)).unwrap().to_string());
    books.add(
        "incidents",
        json!({
            "id": "inc_1", "name": "Down", "status": "resolved", "impact": "critical", "created_at": time(from),
            "started_at": time(from), "resolved_at": time(to), "incident_updates": [],
        }),
    );
}

fn first() -> Books {
    let mut books = Books::default();
    books.connect_product("2026-06-01");
    customer(&mut books, "cus_1", "alpha", "2025-01-01", Some("acct_a"));
    customer(&mut books, "cus_2", "beta", "2025-01-02", None);
    customer(&mut books, "cus_shared", "umbrella-us", "2025-01-03", None);
    pays(&mut books, "1", 10_000, None);
    pays(&mut books, "2", 20_000, None);
    pays(&mut books, "shared", 5_000, None);
    user(&mut books, AGENT, "agent");
    user(&mut books, CUSTOMER, "end-user");
    books.schedule(&[(1, 9, 17), (2, 9, 17), (3, 9, 17), (4, 9, 17), (5, 9, 17)]);
    organization(&mut books, 77, json!(null), "alpha.example");
    organization(&mut books, 78, json!("cus_2"), "nobody.example");
    organization(&mut books, 79, json!(null), "nowhere.example");
    // so that June is known from its beginning
    ticket(9, "2026-05-20 09:00")
        .set("organization_id", json!(77))
        .says("2026-05-20 09:10", AGENT)
        .becomes("2026-05-20 10:00", "solved")
        .file(&mut books);
    // Wednesday, answered after an hour, solved the day after
    ticket(1, "2026-06-10 09:00")
        .set("organization_id", json!(77))
        .says("2026-06-10 10:00", AGENT)
        .becomes("2026-06-11 09:00", "solved")
        .file(&mut books);
    ticket(2, "2026-06-17 09:00").set("organization_id", json!(79)).says("2026-06-17 09:30", AGENT).file(&mut books);
    books.rating(1, 1, "good", "2026-06-12 10:00");
    used(&mut books, "2026-06-15", "acct_a", "p0");
    used(&mut books, "2026-06-30", "acct_a", "p1");
    used(&mut books, "2026-06-30", "cus_2", "p2");
    outage(&mut books, "2026-06-20 10:00", "2026-06-20 11:00");
    books.file("account_map.csv", MAP);
    books
}

fn second() -> Books {
    let mut books = Books::default();
    customer(&mut books, "cus_1", "gamma", "2025-02-01", None);
    customer(&mut books, "cus_2", "delta", "2025-02-02", None);
    customer(&mut books, "cus_shared", "umbrella-eu", "2025-02-03", None);
    pays(&mut books, "1", 30_000, None);
    pays(&mut books, "2", 40_000, Some("2026-03-15"));
    pays(&mut books, "shared", 7_000, None);
    // who is an agent there is a customer here, and the other way round
    user(&mut books, AGENT, "end-user");
    user(&mut books, CUSTOMER, "agent");
    books.schedule(&[(1, 11, 17), (2, 11, 17), (3, 11, 17), (4, 11, 17), (5, 11, 17)]);
    organization(&mut books, 77, json!(null), "gamma.example");
    organization(&mut books, 78, json!("billing_eu:cus_2"), "nobody.example");
    organization(&mut books, 79, json!(null), "nowhere.example");
    // the customer adds something after an hour; answered after four, two of them in this office's hours
    opened_by(1, "2026-06-10 09:00", AGENT)
        .set("requester_id", json!(AGENT))
        .set("organization_id", json!(77))
        .says("2026-06-10 10:00", AGENT)
        .says("2026-06-10 13:00", CUSTOMER)
        .file(&mut books);
    books.rating(1, 1, "bad", "2026-06-12 10:00");
    used(&mut books, "2026-06-30", "acct_a", "p1");
    used(&mut books, "2026-06-30", "cus_2", "p2");
    outage(&mut books, "2026-06-20 10:30", "2026-06-20 12:00");
    books
}

/// Both pulled; the APIs answer until they are dropped.
fn pulled(name: &str) -> (Store, [Api; 2]) {
    let api = Api::serve(second().into_lists());
    let mut books = first();
    books.settings(&second_sources(&api.addr.to_string()));
    let (store, other) = books.serve(name, NOW);
    store.ok(&["pull"]);
    (store, [api, other])
}

fn company() -> &'static Store {
    static STORE: OnceLock<(Store, [Api; 2])> = OnceLock::new();
    &STORE.get_or_init(|| pulled("two_of_a_kind")).0
}

/// A metric's total of June: what is counted, of how many.
fn share(metric: &str) -> String {
    let text = company()
        .ok(&["values", metric, "--grain", "month", "--from", "2026-06", "--to", "2026-06", "--format", "csv"]);
    let row = &rows(&text)[0];
    format!("{} of {}", row["numerator"], row["denominator"])
}

#[test]
fn the_same_customer_id_in_two_billing_accounts_is_two_customers() {
    let accounts = company().lines("select account_id, name from core.account order by account_id");
    assert_eq!(
        accounts,
        ["billing_eu:cus_1 gamma", "billing_eu:cus_2 delta", "cus_1 alpha", "cus_2 beta", "umbrella umbrella-us"]
    );
    // 100 + 200 + 50 and 300 + 70: cus_2 of the second left in March, the other one did not
    let walk = "select closing_minor, accounts_closing from marts.walk where period_id = '2026-06'";
    assert_eq!(company().lines(walk), ["72000 4"]);
    let left =
        "select account_id, churn_minor from marts.account_movement where period_id = '2026-03' and churn_minor > 0";
    assert_eq!(company().lines(left), ["billing_eu:cus_2 40000"]);
}

#[test]
fn a_customer_of_both_is_one_where_the_map_says_so() {
    let mrr =
        "select closing_minor from marts.account_movement where period_id = '2026-06' and account_id = 'umbrella'";
    assert_eq!(company().lines(mrr), ["12000"]);
}

#[test]
fn what_one_customer_has_is_not_the_other_ones() {
    // each paid 1 invoice, of the same id
    let invoices =
        "select account_id, total_minor from core.invoice where invoice_id like '%in_sub_1_1' order by account_id";
    assert_eq!(company().lines(invoices), ["billing_eu:cus_1 30000", "cus_1 10000"]);
    let subscriptions = "select subscription_id, account_id from core.subscription order by subscription_id";
    assert_eq!(
        company().lines(subscriptions),
        [
            "billing_eu:sub_1 billing_eu:cus_1",
            "billing_eu:sub_2 billing_eu:cus_2",
            "billing_eu:sub_shared umbrella",
            "sub_1 cus_1",
            "sub_2 cus_2",
            "sub_shared umbrella"
        ]
    );
}

#[test]
fn an_id_that_two_customers_have_matches_neither_unless_it_says_which() {
    let links =
        "select system, external_id, account_id, method from core.account_link where system <> 'billing' order by all";
    assert_eq!(
        company().lines(links),
        [
            // the company's own id for alpha, in both products
            "product acct_a cus_1 id",
            "product product_eu:acct_a cus_1 id",
            "support 77 cus_1 domain",
            "support 79 cus_2 map",
            "support support_eu:77 billing_eu:cus_1 domain",
            "support support_eu:78 billing_eu:cus_2 id",
            "support support_eu:79 billing_eu:cus_2 map",
        ]
    );
    let unlinked = "select system, external_id from core.unlinked_id order by all";
    assert_eq!(company().lines(unlinked), ["product cus_2", "product product_eu:cus_2", "support 78"]);
}

#[test]
fn the_same_ticket_id_in_two_helpdesks_is_two_tickets() {
    let tickets = "select ticket_id, account_id, status from core.ticket order by ticket_id";
    assert_eq!(
        company().lines(tickets),
        ["1 cus_1 solved", "2 cus_2 new", "9 cus_1 solved", "support_eu:1 billing_eu:cus_1 new"]
    );
    // an hour; half an hour; two hours of the second office, which opens at eleven, and by an agent of its own
    let replies = "select ticket_id, business_s // 60, is_breached from marts.ticket_clock where clock = 'first_reply' order by 1";
    assert_eq!(company().lines(replies), ["1 60 false", "2 30 false", "9 10 false", "support_eu:1 120 true"]);
    assert_eq!(share("first_reply_sla"), "2 of 3");
    assert_eq!(share("csat"), "1 of 2");
    let created = company().value("tickets_created", "month", "2026-06");
    assert_eq!(created, "3");
    let open = "select span.ticket_id from core.ticket_status_span as span where span.to_at is null and status <> 'solved' order by 1";
    assert_eq!(company().lines(open), ["2", "support_eu:1"]);
}

#[test]
fn people_of_two_products_and_outages_of_two_pages_are_apart() {
    // p1 of each; p2's customer could be either
    let people = company().ok(&["values", "wau", "--from", "2026-W27", "--to", "2026-W27", "--format", "csv"]);
    assert_eq!(rows(&people)[0]["value"], "2");
    // from ten to noon at least one was down
    let down = "select sum(epoch(to_at) - epoch(from_at)) // 60 from marts.incident_interval";
    assert_eq!(company().lines(down), ["120.0"]);
    assert_eq!(company().lines("select incident_id from core.incident order by 1"), ["inc_1", "status_eu:inc_1"]);
}

#[test]
fn a_figure_is_explained_by_ids_that_say_whose_they_are() {
    let text = company().run(&["explain", "tickets_created", "--period", "2026-06", "--rows"]);
    let text = String::from_utf8(text.stdout).unwrap();
    for id in ["support_eu:1", "billing_eu:cus_1"] {
        assert!(text.contains(id), "{id} is not in\n{text}");
    }
}

#[test]
fn a_page_of_one_account_tells_of_that_one_only() {
    let (store, _apis) = pulled("two_of_a_kind_page");
    store.run(&["run", "account", "--customer", "billing_eu:cus_1", "--no-pull"]);
    let folder = std::fs::read_dir(store.folder.join("store/archive")).unwrap();
    let folder = folder.flatten().find(|e| e.file_name().to_string_lossy().starts_with("account.billing_eu-cus_1."));
    let mut page = None;
    for period in std::fs::read_dir(folder.expect("its folder").path()).unwrap().flatten() {
        page = std::fs::read_to_string(period.path().join("1/index.html")).ok().or(page);
    }
    let page = page.expect("a page");
    assert!(page.contains("gamma") && page.contains("support_eu:1"));
    assert!(!page.contains("alpha"));
}

#[test]
fn forgetting_one_leaves_the_other_with_the_same_id() {
    let (store, _apis) = pulled("two_of_a_kind_forget");
    store.run(&["run", "finance", "--no-pull"]);
    store.run(&["run", "account", "--customer", "cus_1", "--no-pull"]);
    let page = || std::fs::read_to_string(store.folder.join("store/archive/account.cus_1/2026-06/1/index.html"));
    let before = page().expect("a page of the other customer");
    // what never landed is somebody's too: by an organisation's short number, and by a ticket that is not there either
    let ledger = || rusqlite::Connection::open(store.folder.join("store/ledger.sqlite")).expect("a ledger");
    for (source, stream, key, record) in [
        ("support_eu", "tickets", "50", r#"{"id":50,"organization_id":77,"status":7}"#),
        ("support_eu", "ticket_events", "900", r#"{"id":900,"ticket_id":50}"#),
        ("support_eu", "tickets", "52", r#"{"id":52,"organization_id":78}"#),
        ("billing_eu", "invoices", "in_x", r#"{"id":"in_x","customer":"cus_1"}"#),
        ("support", "tickets", "50", r#"{"id":50,"organization_id":77,"status":7}"#),
        ("support", "ticket_events", "900", r#"{"id":900,"ticket_id":50}"#),
        ("billing", "invoices", "in_x", r#"{"id":"in_x","customer":"cus_1"}"#),
        ("billing", "invoices", "in_y", "no record at all"),
    ] {
        let sql = "insert into quarantine (source, stream, record_key, json_path, reason, record, seen_at, first_at) \
                   values (?1, ?2, ?3, '', 'a test', ?4, ?5, ?5)";
        ledger().execute(sql, [source, stream, key, record, NOW]).expect("a record set aside");
    }
    store.ok(&["forget", "--customer", "billing_eu:cus_1", "--author", "Ops", "--reason", "asked"]);
    let left = |store: &Store| {
        let accounts = store.lines("select account_id, name from core.account order by 1").join(", ");
        let mrr = store.lines("select closing_minor from marts.walk where period_id = '2026-06'").join("");
        let tickets = store.lines("select ticket_id from core.ticket order by 1").join(" ");
        format!("{accounts}; {mrr}; {tickets}")
    };
    assert_eq!(page().expect("it is still there"), before);
    let aside: Vec<String> = ledger()
        .prepare("select source || ' ' || stream || ' ' || record_key from quarantine order by 1")
        .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
        .expect("what is set aside");
    assert_eq!(
        aside,
        [
            "billing invoices in_x",
            "billing invoices in_y",
            "support ticket_events 900",
            "support tickets 50",
            "support_eu tickets 52"
        ]
    );
    let expected = "billing_eu:cus_2 delta, cus_1 alpha, cus_2 beta, umbrella umbrella-us; 42000; 1 2 9";
    assert_eq!(left(&store), expected);
    // both billing accounts still list their cus_1; the forgotten one does not land again
    store.ok(&["pull", "--full"]);
    assert_eq!(left(&store), expected);
    let other = store.lines("select count(*) from staging.stripe_invoice where customer_id = 'cus_1'");
    assert_eq!(other, ["1"]);
}

#[test]
fn who_adds_a_second_source_changes_no_id_that_was_known() {
    let store = first().pull("two_of_a_kind_alone", NOW);
    let accounts = store.lines("select account_id from core.account order by 1");
    assert_eq!(accounts, ["cus_1", "cus_2", "umbrella"]);
    // alone, an id that only one customer has says whose it is
    let link = store.lines("select account_id from core.account_link where system = 'support' and external_id = '78'");
    assert_eq!(link, ["cus_2"]);
}

/// Whose ids are qualified: blocks of `[sources]` in the order of the file, as `name manifest`.
#[track_caller]
fn qualifies(sources: &[&str], expected: &[&str]) {
    let head = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n";
    let block = |source: &&str| {
        let (name, manifest) = source.split_once(' ').unwrap();
        let (manifest, off) = manifest.strip_suffix(" off").map_or((manifest, false), |manifest| (manifest, true));
        format!("[sources.{name}]\nmanifest = '{manifest}'\nenabled = {}\n", !off)
    };
    let text = head.to_owned() + &sources.iter().map(block).collect::<String>();
    let config = Config::parse(&text, std::path::Path::new("/")).unwrap();
    let qualified = qualify::qualified(&config, &Catalog::load(None).unwrap());
    assert_eq!(qualified.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{sources:?}");
}

#[test]
fn of_several_sources_of_a_system_the_first_in_the_file_keeps_its_ids() {
    qualifies(&["billing stripe", "support zendesk", "product posthog", "status statuspage"], &[]);
    qualifies(&["billing stripe", "accounts stripe", "third stripe"], &["accounts", "third"]);
    qualifies(&["b zendesk", "a zendesk", "billing stripe"], &["a"]);
    qualifies(&["one statuspage", "two statuspage"], &["two"]);
    // the company's own files name accounts, which are no source's
    qualifies(&["files files", "more files", "billing stripe"], &[]);
    // a disabled one keeps its place
    qualifies(&["old stripe off", "new stripe"], &["new"]);
}
