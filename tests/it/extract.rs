//! Pulling: pages, cursors, failures and what is kept of them, through the library's face.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

use std::path::Path;

use bizreview::extract::{Catalog, Outcome};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::pull::{Company, NOW, SECRET};

fn ids(list: &[i64]) -> Vec<Value> {
    list.iter().map(|id| json!({"id": id})).collect()
}

async fn page(server: &MockServer, param: Option<(&str, &str)>, body: Value) {
    let mock = Mock::given(method("GET")).and(path("/list"));
    let mock = match param {
        Some((name, value)) => mock.and(query_param(name, value)),
        None => mock.and(query_param_is_missing("after")).and(query_param_is_missing("since")),
    };
    mock.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(server).await;
}

fn stream(rest: &str) -> String {
    format!(
        "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n{rest}"
    )
}

const LAST_ID: &str = "paginate = { kind = \"last_id\", param = \"after\", more = \"/more\" }\n";

async fn answered(test: &str, answer: ResponseTemplate, rest: &str) -> (MockServer, Company) {
    let server = MockServer::start().await;
    Mock::given(path("/list")).respond_with(answer).mount(&server).await;
    let company = Company::asking(test, &server.uri(), &stream(rest));
    (server, company)
}

#[tokio::test]
async fn pages_by_last_id_are_landed_as_received() {
    let server = MockServer::start().await;
    let body = r#"{"data": [ {"id": 1, "amount": 12345678901234567890.10, "secret": {"x": 1}, "keep": [1,2]} ], "more": true}"#;
    Mock::given(path("/list"))
        .and(query_param_is_missing("after"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        .mount(&server)
        .await;
    page(&server, Some(("after", "1")), json!({"data": ids(&[2]), "more": false})).await;
    let company = Company::asking("last_id", &server.uri(), &stream(&format!("{LAST_ID}drop = [\"/secret\"]")));
    let outcomes = company.pulled().await;
    assert_eq!((outcomes[0].rows, outcomes[0].requests, &outcomes[0].result), (2, 2, &Outcome::Ok));
    assert_eq!(company.keys("list"), ["1", "2"]);
    let landed = company.landed_of("m", "list");
    assert_eq!(
        landed[0].1,
        serde_json::from_str::<Value>(r#"{"id":1,"amount":12345678901234567890.10,"keep":[1,2]}"#).unwrap()
    );
    let asked = server.received_requests().await.unwrap();
    assert!(asked.iter().all(|r| r.headers["authorization"] == format!("Bearer {SECRET}").as_str()));
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&company.files("list")[0]), 0o600);
    assert_eq!(mode(company.files("list")[0].parent().unwrap()), 0o700);
}

#[tokio::test]
async fn a_repeated_cursor_is_an_error_and_what_came_before_is_not_half_landed() {
    let server = MockServer::start().await;
    let rest = "paginate = { kind = \"cursor\", param = \"after\", at = \"/next\" }";
    page(&server, None, json!({"data": ids(&[1]), "next": "a"})).await;
    page(&server, Some(("after", "a")), json!({"data": ids(&[2]), "next": "a"})).await;
    let company = Company::asking("repeated", &server.uri(), &stream(rest));
    assert!(company.failure().await.contains("given before"));
    assert!(company.keys("list").is_empty());
    assert!(company.files("list").is_empty());
}

#[tokio::test]
async fn endless_pages_are_bounded_and_a_page_short_of_its_limit_is_no_end() {
    let server = MockServer::start().await;
    Mock::given(path("/list"))
        .respond_with(|request: &wiremock::Request| {
            let after =
                request.url.query_pairs().find(|(n, _)| n == "after").map_or(0, |(_, v)| v.parse::<i64>().unwrap());
            ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[after + 1]), "more": true}))
        })
        .mount(&server)
        .await;
    let company = Company::asking("endless", &server.uri(), &stream(LAST_ID));
    assert!(company.failure().await.contains("still no end after 20 pages"));
    assert_eq!(server.received_requests().await.unwrap().len(), 20);
}

#[tokio::test]
async fn counted_pages_end_at_an_empty_one_and_an_ignored_counter_is_seen() {
    let server = MockServer::start().await;
    page(&server, Some(("page", "1")), json!({"data": ids(&[1, 2])})).await;
    page(&server, Some(("page", "2")), json!({"data": ids(&[3])})).await;
    page(&server, Some(("page", "3")), json!({"data": []})).await;
    let company =
        Company::asking("counted", &server.uri(), &stream("paginate = { kind = \"page\", param = \"page\" }"));
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert_eq!(company.keys("list"), ["1", "2", "3"]);
    let answer = ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[1])}));
    let (_server, company) = answered("ignored", answer, "paginate = { kind = \"page\", param = \"page\" }").await;
    assert!(company.failure().await.contains("same page twice"));
}

#[tokio::test]
async fn a_next_address_is_followed_on_the_same_host_only() {
    let server = MockServer::start().await;
    let next = format!("{}/list?after=1", server.uri());
    page(&server, None, json!({"data": ids(&[1]), "next": next})).await;
    page(&server, Some(("after", "1")), json!({"data": ids(&[2]), "next": null})).await;
    let rest = "paginate = { kind = \"next_url\", at = \"/next\" }";
    let company = Company::asking("next_url", &server.uri(), &stream(rest));
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert_eq!(company.keys("list"), ["1", "2"]);
    for foreign in ["https://evil.example/list", "//evil.example/list", "http://user@127.0.0.1/x"] {
        let answer = ResponseTemplate::new(200).set_body_json(json!({"data": [], "next": foreign}));
        let (_server, company) = answered("foreign", answer, rest).await;
        assert!(company.failure().await.contains("refused"), "{foreign}");
    }
}

#[tokio::test]
async fn link_headers_and_offsets() {
    let server = MockServer::start().await;
    let first = ResponseTemplate::new(200)
        .insert_header("link", format!("<{}/list?after=1>; rel=\"next\"", server.uri()).as_str())
        .set_body_json(json!({"data": ids(&[1])}));
    Mock::given(query_param_is_missing("after")).respond_with(first).mount(&server).await;
    page(&server, Some(("after", "1")), json!({"data": ids(&[2])})).await;
    let company = Company::asking("link", &server.uri(), &stream("paginate = { kind = \"link_header\" }"));
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert_eq!(company.keys("list"), ["1", "2"]);

    let server = MockServer::start().await;
    page(&server, None, json!({"data": ids(&[1, 2]), "more": true})).await;
    let company = Company::asking(
        "offset",
        &server.uri(),
        &stream("paginate = { kind = \"offset\", param = \"after\", more = \"/more\" }"),
    );
    assert!(company.failure().await.contains("404"), "the second page is not mocked");
    page(&server, Some(("after", "2")), json!({"data": ids(&[3]), "more": false})).await;
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert_eq!(company.keys("list"), ["1", "2", "3"]);
}

#[tokio::test]
async fn statuses_are_explained_and_only_transient_ones_tried_again() {
    for (status, tries, words) in [
        (401, 1, "check the token (environment variable M_TOKEN)"),
        (403, 1, "may not read this"),
        (404, 1, "check base_url"),
        (500, 3, "tried 3 times"),
        (302, 1, "redirects are not followed"),
    ] {
        let answer = ResponseTemplate::new(status)
            .insert_header("location", "https://elsewhere.example/x")
            .set_body_json(json!({"error": {"message": format!("no {SECRET} here {}{SECRET}", "x".repeat(55))}}));
        let (server, company) = answered(&format!("status{status}"), answer, "").await;
        let why = company.failure().await;
        assert!(why.starts_with("source s (m), stream list: GET /list answered"), "{why}");
        assert!(why.contains(words) && why.contains(&status.to_string()) && why.contains("no *** here"), "{why}");
        assert_eq!(server.received_requests().await.unwrap().len(), tries, "{status}");
    }
}

#[tokio::test]
async fn a_limited_request_waits_as_long_as_it_is_told() {
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(path("/list")).respond_with(limited).up_to_n_times(1).mount(&server).await;
    page(&server, None, json!({"data": ids(&[1])})).await;
    let company = Company::asking("limited", &server.uri(), &stream(""));
    let began = std::time::Instant::now();
    let outcomes = company.pulled().await;
    assert_eq!((&outcomes[0].result, outcomes[0].requests), (&Outcome::Ok, 2));
    assert!(began.elapsed() >= std::time::Duration::from_secs(1));

    let answer = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    let (_server, company) = answered("too_long", answer, "").await;
    assert!(company.failure().await.contains("too long"));
}

#[tokio::test]
async fn answers_that_are_not_json_say_what_they_are() {
    let json = |body: &str| ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json");
    let html = ResponseTemplate::new(200).set_body_raw("<html><title>Maintenance</title>", "text/html");
    for (name, answer, words) in [
        ("html", html, "HTML instead of JSON, beginning \"<html><title>Maintenance"),
        ("empty", json(""), "answered with nothing"),
        ("cut", json("{\"data\": [{\"id\": 1}, {\"i"), "JSON that ends too early"),
        ("broken", json("{\"data\": nonsense}"), "broken JSON"),
        ("other", json("{\"error\": \"x\"}"), "no list at \"/data\""),
    ] {
        let (_server, company) = answered(name, answer, "").await;
        let why = company.failure().await;
        assert!(why.contains(words), "{why}");
        assert!(company.keys("list").is_empty());
    }
}

#[tokio::test]
async fn silence_and_absence_are_explained() {
    let answer = ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(5));
    let (server, company) = answered("silence", answer, "").await;
    let why = company.failure().await;
    assert!(why.contains("not answered in time") && why.contains("tried 3 times"), "{why}");
    drop(server);
    let company = Company::asking("absence", "http://127.0.0.1:9", &stream(""));
    assert!(company.failure().await.contains("cannot connect to 127.0.0.1:9"));
    let company = Company::asking("plain_http", "http://example.com", &stream(""));
    assert!(company.failure().await.contains("must be https"));
}

#[tokio::test]
async fn a_bomb_is_not_inflated() {
    // 4 MB of blanks in a few kB of gzip, made by hand: one stored header and a deflate stream of zero runs.
    let gzip = include_bytes!("fixtures/bomb.json.gz");
    let answer = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_raw(gzip.as_slice(), "application/json");
    let (_server, company) = answered("bomb", answer, "").await;
    assert!(company.failure().await.contains("more than 0 MB"));
}

#[tokio::test]
async fn a_wrong_record_is_set_aside_and_the_others_land() {
    let records =
        json!({"data": [{"id": 1, "n": 5}, {"id": 2, "n": "five"}, {"n": 6}, 7, {"id": 4}, {"id": 5, "n": null}]});
    let (_server, company) = answered(
        "quarantine",
        ResponseTemplate::new(200).set_body_json(records),
        "required = { \"/n\" = \"integer\" }",
    )
    .await;
    let outcomes = company.pulled().await;
    assert_eq!((&outcomes[0].result, outcomes[0].rows, outcomes[0].quarantined), (&Outcome::Ok, 1, 5));
    let aside = company.ledger().quarantined(10).unwrap();
    assert_eq!(aside.len(), 5);
    let wrong = aside.iter().find(|q| q.key.as_deref() == Some("2")).unwrap();
    assert_eq!((wrong.json_path.as_str(), wrong.reason.as_str()), ("/n", "is not a whole number but \"five\""));
}

#[tokio::test]
async fn one_sources_failure_leaves_the_others_alone() {
    let server = MockServer::start().await;
    page(&server, None, json!({"data": ids(&[1])})).await;
    let mut company = Company::asking("others", &server.uri(), &stream(""));
    let other =
        format!("[sources.t]\nmanifest = \"m\"\nbase_url = \"{}\"\ntoken = {{ env = \"T_TOKEN\" }}\n", server.uri());
    company.source.push_str(&other);
    let outcomes = company.pulled().await;
    assert_eq!(outcomes[0].result, Outcome::Ok);
    let Outcome::Failed(why) = &outcomes[1].result else { panic!() };
    assert_eq!(why, "source t (m) needs a secret: set the environment variable T_TOKEN");
}

#[tokio::test]
async fn usage_errors_stop_before_anything_is_asked() {
    let company = Company::asking("usage", "http://127.0.0.1:9", &stream("pagination = 1"));
    let why = format!("{:#}", company.try_pull_at(NOW, false).await.unwrap_err());
    assert!(why.contains("m.toml") && why.contains("unknown field `pagination`") && why.contains('^'), "{why}");
    let mut company = Company::asking("usage2", "http://127.0.0.1:9", &stream(""));
    company.source = company.source.replace("\"m\"", "\"stirpe\"");
    let why = format!("{:#}", company.try_pull_at(NOW, false).await.unwrap_err());
    assert!(why.contains("did you mean stripe"), "{why}");
}

#[tokio::test]
async fn a_full_list_is_landed_again_only_when_it_differs() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[1, 2])}));
    Mock::given(path("/list")).respond_with(answer).up_to_n_times(3).mount(&server).await;
    page(&server, None, json!({"data": []})).await;
    let company = Company::asking("full", &server.uri(), &stream("").replace("merge", "replace"));
    let pulls = || async { company.pulled().await[0].rows };
    assert_eq!((pulls().await, pulls().await), (2, 0));
    assert_eq!(company.try_pull_at(NOW, true).await.unwrap()[0].rows, 2);
    assert_eq!(pulls().await, 0);
    let last = company.ledger().batches("m", "list").unwrap().pop().unwrap();
    assert_eq!((last.rows, last.write_mode.as_str()), (0, "replace"), "nothing replaces what was there");
}

const CURSOR: &str = "paginate = { kind = \"cursor\", param = \"after\", at = \"/next\", end = \"/end\" }\n\
                      incremental = { kind = \"cursor\", start_param = \"since\", margin_seconds = 61 }\n";

#[tokio::test]
async fn the_second_pull_starts_at_the_cursor_also_after_a_failure() {
    let server = MockServer::start().await;
    let start = (NOW.parse::<jiff::Timestamp>().unwrap().as_second() - 731 * 86400).to_string();
    page(&server, Some(("since", &start)), json!({"data": ids(&[1]), "next": "a", "end": false})).await;
    let company = Company::asking("cursor", &server.uri(), &stream(CURSOR));
    let down = Mock::given(path("/list")).and(query_param("after", "a")).respond_with(ResponseTemplate::new(500));
    let down = down.mount_as_scoped(&server).await;
    assert!(company.failure().await.contains("500"));
    drop(down);
    assert_eq!(company.keys("list"), ["1"], "what came before the failure is kept");
    page(&server, Some(("after", "a")), json!({"data": [], "next": "b", "end": false})).await;
    page(&server, Some(("after", "b")), json!({"data": ids(&[2]), "next": "c", "end": true})).await;
    assert_eq!(company.pulled().await[0].rows, 1);
    page(&server, Some(("after", "c")), json!({"data": [], "next": null, "end": true})).await;
    let outcomes = company.pulled().await;
    assert_eq!((outcomes[0].rows, outcomes[0].requests), (0, 1));
    assert_eq!(company.keys("list"), ["1", "2"]);
    let last = server.received_requests().await.unwrap().pop().unwrap();
    assert_eq!(last.url.query(), Some("after=c"), "the start is given once");
    let pulls = company.ledger().last_pulls().unwrap();
    assert_eq!((pulls[0].outcome.as_deref(), pulls[0].rows, pulls[0].rows_total), (Some("ok"), 0, 2));
}

#[tokio::test]
async fn a_file_without_its_ledger_entry_is_swept() {
    let (_server, company) =
        answered("sweep", ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[1])})), "").await;
    company.pulled().await;
    let kept = company.files("list");
    for name in ["9-0.parquet", "9-1.tmp"] {
        std::fs::write(kept[0].with_file_name(name), "half").unwrap();
    }
    company.pulled().await;
    assert_eq!(company.files("list"), kept);
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_said() {
    let company = Company::asking("unwritable", "http://127.0.0.1:9", &stream(""));
    drop(company.ledger());
    std::fs::write(company.folder.join("store/landing"), "a file in the way").unwrap();
    let why = format!("{:#}", company.try_pull_at(NOW, false).await.unwrap_err());
    assert!(why.contains("landing"), "{why}");
}

#[tokio::test]
async fn keyset_windows_ask_for_days_in_order_and_replace_them() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(|request: &wiremock::Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let text = body["q"].as_str().unwrap();
            let rows = if text.contains("1 = 1") { json!([["2026-03-01", "o'b", 3]]) } else { json!([]) };
            ResponseTemplate::new(200).set_body_json(json!({"data": rows, "columns": ["day", "who", "n"]}))
        })
        .mount(&server)
        .await;
    let manifest = "[[streams]]\nname = \"list\"\nmethod = \"POST\"\npath = \"/list\"\nrecords = \"/data\"\ncolumns = \"/columns\"\n\
         key = [\"/day\", \"/who\"]\nwrite = \"replace_window\"\nbody = { q = \"{from} {to} {timezone} {keyset} {limit}\" }\n\
         paginate = { kind = \"keyset\", limit = 7, columns = [{ name = \"day\", literal = \"toDate({})\" }, { name = \"who\" }] }\n\
         incremental = { kind = \"window\", step_days = 31, lookback_days = 7 }\n";
    let mut company = Company::asking("windows", &server.uri(), manifest);
    company.source.push_str("settings = { start_date = \"2026-01-15\" }\n");
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    let asked: Vec<String> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|r| serde_json::from_slice::<Value>(&r.body).unwrap()["q"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "2026-01-15 2026-02-15 Europe/Berlin 1 = 1 7",
            "2026-01-15 2026-02-15 Europe/Berlin (day, who) > (toDate('2026-03-01'), 'o\\'b') 7",
            "2026-02-15 2026-03-11 Europe/Berlin 1 = 1 7",
            "2026-02-15 2026-03-11 Europe/Berlin (day, who) > (toDate('2026-03-01'), 'o\\'b') 7",
        ]
    );
    let batches = company.ledger().batches("m", "list").unwrap();
    assert_eq!(batches[1].window_from.as_deref(), Some("2026-02-15"));
    assert_eq!(batches[1].window_to.as_deref(), Some("2026-03-11"));
    assert_eq!(
        company.landed_of("m", "list")[0],
        (r#"["2026-03-01","o'b"]"#.into(), json!({"day": "2026-03-01", "who": "o'b", "n": 3}))
    );
    company.try_pull_at("2026-03-11T12:00:00Z", false).await.unwrap();
    let batches = company.ledger().batches("m", "list").unwrap();
    assert_eq!(batches[2].window_from.as_deref(), Some("2026-03-03"));
}

#[tokio::test]
async fn children_are_read_per_parent_and_nested_lists_to_their_ends() {
    let server = MockServer::start().await;
    let get = |at: &'static str, body: Value| {
        Mock::given(path(at)).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server)
    };
    get("/parents", json!({"data": [{"id": "a/b"}]})).await;
    let nested = json!({"data": [{"id": 1}], "more": true, "url": "/lines?x=1"});
    get("/parents/a%2Fb/list", json!({"data": [{"id": 7, "lines": nested}]})).await;
    Mock::given(path("/lines"))
        .and(query_param("x", "1"))
        .and(query_param("after", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": [{"id": 2}], "more": false})))
        .mount(&server)
        .await;
    let manifest = "[[streams]]\nname = \"parents\"\npath = \"/parents\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
         [[streams]]\nname = \"list\"\npath = \"/parents/{parent}/list\"\nparent = { stream = \"parents\" }\nrecords = \"/data\"\n\
         key = [\"/_parent\", \"/id\"]\nwrite = \"replace\"\nnested = [{ at = \"/lines\", more = \"/more\", param = \"after\" }]\n";
    let company = Company::asking("nested", &server.uri(), manifest);
    for outcome in company.pulled().await {
        assert_eq!(outcome.result, Outcome::Ok);
    }
    let (key, record) = company.landed_of("m", "list").remove(0);
    assert_eq!(key, r#"["a/b","7"]"#);
    assert_eq!(record["lines"]["data"], json!([{"id": 1}, {"id": 2}]));
    assert_eq!((&record["lines"]["more"], &record["_parent"]), (&json!(false), &json!("a/b")));
}

const FEED: &str = "[feed]\npath = \"/events\"\nrecords = \"/data\"\npaginate = { kind = \"last_id\", param = \"after\", more = \"/more\" }\n\
     types_param = \"types[]\"\ntypes_per_request = 20\nkind_field = \"/type\"\ntime_field = \"/created\"\n\
     since_param = \"created[gte]\"\nlookback_seconds = 600\nmax_age_days = 29\n";
const FOLLOWS: &str = "[streams.incremental]\nkind = \"change_feed\"\nobject = \"thing\"\nget = \"/list/{id}\"\ndeleted = [\"thing.deleted\"]\n\
     changes = [{ types = [\"thing.updated\", \"thing.deleted\"], id = \"/data/id\" }]\n\
     list_since = { param = \"created[gte]\", field = \"/created\" }\n";

/// A server whose objects and events a test changes between pulls.
#[derive(Clone, Default)]
struct Things {
    objects: Vec<Value>,
    events: Vec<Value>,
}

type Shared = std::sync::Arc<std::sync::Mutex<Things>>;

async fn things(test: &str) -> (MockServer, Company, Shared) {
    let server = MockServer::start().await;
    let shared = Shared::default();
    let world = shared.clone();
    Mock::given(method("GET"))
        .respond_with(move |request: &wiremock::Request| {
            let world = world.lock().unwrap();
            let param = |name: &str| request.url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
            let since = param("created[gte]").map_or(i64::MIN, |since| since.parse().unwrap());
            let listed = |all: &[Value]| -> Vec<Value> {
                let newest_first = all.iter().rev().filter(|o| o["created"].as_i64().unwrap() >= since);
                let after = param("after");
                let mut rest: Vec<Value> = newest_first.cloned().collect();
                if let Some(after) = after {
                    let at = rest.iter().position(|o| o["id"] == after.as_str()).unwrap();
                    rest.drain(..=at);
                }
                rest
            };
            let page = |rest: Vec<Value>| json!({"data": rest[..rest.len().min(2)], "more": rest.len() > 2});
            match request.url.path() {
                "/events" => ResponseTemplate::new(200).set_body_json(page(listed(&world.events))),
                "/list" => ResponseTemplate::new(200).set_body_json(page(listed(&world.objects))),
                one => match world.objects.iter().find(|o| one == format!("/list/{}", o["id"].as_str().unwrap())) {
                    Some(object) => ResponseTemplate::new(200).set_body_json(object),
                    None => ResponseTemplate::new(404),
                },
            }
        })
        .mount(&server)
        .await;
    let manifest =
        format!("{FEED}{}", stream(&format!("{LAST_ID}required = {{ \"/created\" = \"integer\" }}\n{FOLLOWS}")));
    let company = Company::asking(test, &server.uri(), &manifest);
    (server, company, shared)
}

fn seconds(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn thing(id: &str, created: &str, state: i64) -> Value {
    json!({"id": id, "created": seconds(created), "state": state})
}

fn event(id: &str, created: &str, kind: &str, of: &str) -> Value {
    json!({"id": id, "created": seconds(created), "type": kind, "data": {"id": of}})
}

#[tokio::test]
async fn changes_are_read_again_each_once_and_deletions_leave_tombstones() {
    let (_server, company, world) = things("feed").await;
    let rows = async |now: &str| {
        let outcome = company.try_pull_at(now, false).await.unwrap().remove(0);
        assert_eq!(outcome.result, Outcome::Ok);
        (outcome.rows, outcome.requests)
    };
    {
        let mut world = world.lock().unwrap();
        world.objects = ["a", "b", "c"].map(|id| thing(id, "2026-03-01T00:00:00Z", 0)).to_vec();
        world.events = vec![event("e1", "2026-03-09T00:00:00Z", "thing.updated", "a")];
    }
    assert_eq!(rows("2026-03-10T00:00:00Z").await, (3, 3), "the newest change, then two pages");
    assert_eq!(rows("2026-03-10T01:00:00Z").await, (0, 1), "nothing new is one request");
    {
        let mut world = world.lock().unwrap();
        world.objects[1]["state"] = json!(1);
        world.objects.remove(2);
        // The late one is older than the mark: the lookback finds it.
        world.events.insert(0, event("late", "2026-03-08T23:55:00Z", "thing.updated", "a"));
        for (id, kind, of) in [
            ("e2", "thing.updated", "b"),
            ("e3", "thing.updated", "b"),
            ("e4", "thing.deleted", "c"),
            ("e5", "thing.updated", "gone"),
        ] {
            world.events.push(event(id, "2026-03-10T02:00:00Z", kind, of));
        }
    }
    assert_eq!(rows("2026-03-10T03:00:00Z").await.0, 4);
    assert_eq!(rows("2026-03-10T04:00:00Z").await.0, 0);
    let landed = company.landed_of("m", "list");
    let newest = |key: &str| landed.iter().rfind(|(k, _)| k == key).unwrap().1.clone();
    assert_eq!(newest("b")["state"], 1);
    for gone in ["c", "gone"] {
        assert_eq!(newest(gone), json!({"id": gone, "object": "thing", "deleted": true}));
    }
    // The feed forgets after 30 days: a mark older than that forces a full list.
    assert_eq!(rows("2026-04-20T00:00:00Z").await.0, 2);
}

#[tokio::test]
async fn a_feed_that_never_spoke_is_not_trusted() {
    let (_server, company, world) = things("mute").await;
    let rows = async |now: &str| company.try_pull_at(now, false).await.unwrap()[0].rows;
    world.lock().unwrap().objects = vec![thing("a", "2026-03-01T00:00:00Z", 0)];
    assert_eq!(rows("2026-03-10T00:00:00Z").await, 1);
    assert_eq!(rows("2026-03-11T00:00:00Z").await, 0);
    world.lock().unwrap().objects.push(thing("b", "2026-03-11T05:00:00Z", 0));
    assert_eq!(rows("2026-03-12T00:00:00Z").await, 1);
    assert_eq!(company.keys("list"), ["a", "b"]);
    assert_eq!(rows("2026-04-20T00:00:00Z").await, 2, "listed again once the last list is old");
}

#[tokio::test]
async fn files_are_landed_when_they_change_and_bad_lines_set_aside() {
    let company = Company::shipped("files", "manifest = \"files\"\ndirectory = \"data\"\n");
    let data = company.folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    let outcome = async |stream: &str| company.pulled().await.into_iter().find(|o| o.stream == stream).unwrap();
    let absent = outcome("fx_rate").await;
    assert!(
        matches!(&absent.result, Outcome::Skipped(why) if why.contains("fx_rate.csv is not there")) && absent.optional
    );

    std::fs::write(
        data.join("fx_rate.csv"),
        "\u{feff}date;currency;rate\n2026-01-01;usd;0.90\n2026-01-02;usd\n2026-01-03;;1\n31.1.2026;usd;1\n2026-01-04;usd;1,5\n",
    )
    .unwrap();
    let first = outcome("fx_rate").await;
    assert_eq!((first.rows, first.quarantined, first.result), (1, 4, Outcome::Ok));
    let reasons: Vec<String> = company.ledger().quarantined(9).unwrap().into_iter().map(|q| q.reason).collect();
    assert!(reasons.iter().any(|reason| reason.starts_with("line 3 has 2 cells, the header 3")), "{reasons:?}");
    assert!(reasons.contains(&"is not a date like 2026-01-31 but \"31.1.2026\"".to_owned()), "{reasons:?}");
    let landed = company.landed_of("files", "fx_rate");
    assert_eq!(
        landed,
        [(r#"["2026-01-01","usd"]"#.into(), json!({"date": "2026-01-01", "currency": "usd", "rate": "0.90"}))]
    );
    assert_eq!(outcome("fx_rate").await.rows, 0, "the same bytes are not landed again");

    std::fs::remove_file(data.join("fx_rate.csv")).unwrap();
    let Outcome::Failed(why) = outcome("fx_rate").await.result else { panic!() };
    assert!(why.contains("is gone, what it last held is still used"), "{why}");
    std::fs::write(
        data.join("fx_rate.ndjson"),
        "{\"date\":\"2026-02-01\",\"currency\":\"usd\",\"rate\":\"1\"}\n\n{oops\n",
    )
    .unwrap();
    let lines = outcome("fx_rate").await;
    assert_eq!((lines.rows, lines.quarantined), (1, 1));
    std::fs::write(data.join("fx_rate.csv"), "date,currency,rats\n").unwrap();
    let Outcome::Failed(why) = outcome("fx_rate").await.result else { panic!() };
    assert!(why.contains("both there"), "{why}");
    std::fs::remove_file(data.join("fx_rate.ndjson")).unwrap();
    let Outcome::Failed(why) = outcome("fx_rate").await.result else { panic!() };
    assert!(why.contains("line 1: the column rate is missing") && why.contains("rats"), "{why}");
}

#[tokio::test]
async fn parquet_files_become_text_like_any_other() {
    use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
    use std::sync::Arc;
    let company = Company::shipped("parquet", "manifest = \"files\"\ndirectory = \".\"\n");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("date", Arc::new(Date32Array::from(vec![20454]))),
        ("currency", Arc::new(StringArray::from(vec!["usd"]))),
        ("rate", Arc::new(Float64Array::from(vec![0.5]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(company.folder.join("fx_rate.parquet")).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    company.pulled().await;
    let landed = company.landed_of("files", "fx_rate");
    assert_eq!(landed[0].1, json!({"date": "2026-01-01", "currency": "usd", "rate": "0.5"}));
}

#[tokio::test]
async fn an_interrupted_newest_first_walk_goes_on_where_it_stopped() {
    let server = MockServer::start().await;
    let record = |id: i64| json!({"id": id, "created": 1000 + id});
    let mount = async |param: Option<(&str, &str)>, status: u16, body: Value| {
        let mock = Mock::given(path("/list"));
        let mock = match param {
            Some((name, value)) => mock.and(query_param(name, value)),
            None => mock.and(query_param_is_missing("after")).and(query_param_is_missing("since")),
        };
        mock.respond_with(ResponseTemplate::new(status).set_body_json(body)).mount_as_scoped(&server).await
    };
    let rest = format!(
        "{LAST_ID}incremental = {{ kind = \"since\", param = \"since\", field = \"/created\", lookback_seconds = 5 }}\n"
    );
    let company = Company::asking("resume", &server.uri(), &stream(&rest).replace("[[streams]]", "[[streams]]\n"));
    let manifest = company.folder.join("manifests/m.toml");
    let text = std::fs::read_to_string(&manifest).unwrap().replace("tries = 3", "tries = 3, file_rows = 2");
    std::fs::write(&manifest, text).unwrap();

    let _first = mount(None, 200, json!({"data": [record(9), record(8)], "more": true})).await;
    let second = mount(Some(("after", "8")), 500, json!({})).await;
    assert!(company.failure().await.contains("500"));
    assert_eq!(company.keys("list"), ["9", "8"], "a full file is kept");
    drop(second);
    // The record the walk stopped at is gone: the API refuses it, the walk starts over.
    let gone = mount(Some(("after", "8")), 400, json!({})).await;
    assert!(company.failure().await.contains("400"));
    drop(gone);
    let _second = mount(Some(("after", "8")), 200, json!({"data": [record(7)], "more": false})).await;
    // Only when it has ended is the newest of the whole walk the bound, less the lookback: what came meanwhile is asked for at once,
    // and what that shows again is not landed again.
    let _since = mount(Some(("since", "1004")), 200, json!({"data": [record(10), record(9)], "more": false})).await;
    let asked = server.received_requests().await.unwrap().len();
    let outcomes = company.pulled().await;
    assert_eq!((&outcomes[0].result, outcomes[0].rows), (&Outcome::Ok, 2));
    assert_eq!(server.received_requests().await.unwrap().len(), asked + 2, "only the rest is asked for");
    let _since = mount(Some(("since", "1005")), 200, json!({"data": [record(10)], "more": false})).await;
    assert_eq!(company.pulled().await[0].rows, 0);
}

#[tokio::test]
async fn each_kind_of_credential_is_sent_and_never_said() {
    for (name, auth, username, sent) in [
        (
            "basic",
            "{ kind = \"basic\", username = \"{username}/token\" }",
            "username = \"me\"\n",
            "Basic bWUvdG9rZW46c2tfdmVyeV9zZWNyZXQ=",
        ),
        ("or_bearer", "{ kind = \"basic\", username = \"x\", or_bearer = true }", "", "Bearer sk_very_secret"),
        (
            "header",
            "{ kind = \"header\", header = \"Authorization\", prefix = \"OAuth \" }",
            "",
            "OAuth sk_very_secret",
        ),
        ("query", "{ kind = \"query\", param = \"key\" }", "", "?key=sk_very_secret"),
    ] {
        let server = MockServer::start().await;
        let echo = move |request: &wiremock::Request| {
            let header = request.headers.get("authorization").map_or("", |v| v.to_str().unwrap());
            let query = request.url.query().map(|q| format!("?{q}")).unwrap_or_default();
            let status = if format!("{header}{query}") == sent { 400 } else { 418 };
            ResponseTemplate::new(status).set_body_string(format!("you sent {header}{query}"))
        };
        Mock::given(path("/list")).respond_with(echo).mount(&server).await;
        let mut company = Company::asking(name, &server.uri(), &stream(""));
        company.source.push_str(username);
        let file = company.folder.join("manifests/m.toml");
        let text = std::fs::read_to_string(&file).unwrap().replace("{ kind = \"bearer\" }", auth);
        std::fs::write(&file, text).unwrap();
        let why = company.failure().await;
        assert!(
            why.contains("answered 400: you sent") && why.contains("***") && !why.contains("c2tfdmVyeV9z"),
            "{name}: {why}"
        );
        company.source = company.source.replace(&server.uri(), "http://127.0.0.1:9");
        assert!(company.failure().await.contains("cannot connect"));
    }
}

#[tokio::test]
async fn a_source_set_up_wrongly_says_what_is_missing() {
    let manifest = format!("[settings.project]\nabout = \"the number of the project\"\n{}", stream(""));
    let mut company = Company::asking("settings", "http://127.0.0.1:9", &manifest);
    assert!(company.failure().await.contains("settings: project is missing (the number of the project)"));
    company.source.push_str("settings = { project = \"1\", projekt = \"1\" }\n");
    assert!(company.failure().await.contains("\"projekt\" is unknown; did you mean project"));
    company.source = "manifest = \"m\"\ntoken = { env = \"M_TOKEN\" }\nsettings = { project = \"1\" }\n".into();
    assert!(company.failure().await.contains("base_url is missing"));
    company.source.push_str("base_url = \"http://127.0.0.1:9\"\nbudget = { incremantal = 5 }\n");
    assert!(company.failure().await.contains("budget: \"incremantal\" is unknown"));
}

#[tokio::test]
async fn two_pulls_of_one_source_do_not_meet() {
    let (_server, company) =
        answered("lock", ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[1])})), "").await;
    company.pulled().await;
    let lock = std::fs::File::open(company.folder.join("store/landing/s/.lock")).unwrap();
    lock.lock().unwrap();
    assert!(company.failure().await.contains("another pull of this source is running"));
    drop(lock);
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
}

#[tokio::test]
async fn a_stream_that_cannot_be_written_fails_alone() {
    let (_server, company) = answered(
        "alone",
        ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[1])})),
        "[[streams]]\nname = \"other\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n",
    )
    .await;
    std::fs::create_dir_all(company.folder.join("store/landing/s")).unwrap();
    std::fs::write(company.folder.join("store/landing/s/list"), "in the way").unwrap();
    let outcomes = company.pulled().await;
    assert!(
        matches!(&outcomes[0].result, Outcome::Failed(why) if why.contains("cannot create the folder")),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[1].result, Outcome::Ok);
}

#[tokio::test]
async fn a_budget_spreads_requests_and_concurrency_is_bounded() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({"data": ids(&[1])}));
    Mock::given(path("/list")).respond_with(answer).mount(&server).await;
    let streams: String = (0..5).map(|n| stream("").replace("\"list\"", &format!("\"list{n}\""))).collect();
    let manifest = format!("budget.default = {{ requests = 2, seconds = 0.4 }}\n{streams}");
    let company = Company::asking("budget", &server.uri(), &manifest);
    let began = std::time::Instant::now();
    assert!(company.pulled().await.iter().all(|o| o.result == Outcome::Ok));
    assert!(began.elapsed() >= std::time::Duration::from_millis(800), "five requests are three windows");
}

#[tokio::test]
async fn a_status_may_leave_a_stream_out() {
    let answer = ResponseTemplate::new(403).set_body_json(json!({"message": "no such permission"}));
    let (_server, company) = answered("skip", answer, "errors = { 403 = \"skip\" }").await;
    let outcome = company.pulled().await.remove(0);
    assert!(
        matches!(&outcome.result, Outcome::Skipped(why) if why.contains("no such permission")) && !outcome.optional
    );
    assert_eq!(company.ledger().last_pulls().unwrap()[0].outcome.as_deref(), Some("skipped"));
}

#[test]
fn shipped_manifests_are_read_and_a_companys_own_win() {
    let shipped = Catalog::load(None).unwrap();
    let names =
        ["chargebee", "files", "hubspot", "intercom", "pagerduty", "posthog", "statuspage", "stripe", "zendesk"];
    assert_eq!(shipped.names(), names);
    let company = Company::shipped("own", "");
    let text = format!("name = \"statuspage\"\n{}", stream(""));
    std::fs::write(company.folder.join("manifests/statuspage.toml"), text).unwrap();
    let own = Catalog::load(Some(&company.folder.join("manifests"))).unwrap();
    assert_eq!(own.get("statuspage").unwrap().streams[0].name, "list");
    assert_eq!(own.names(), shipped.names());
    assert!(own.get("zendsk").unwrap_err().to_string().contains("did you mean zendesk"));
}
