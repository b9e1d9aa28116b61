//! The words of a manifest, each against an API on loopback that behaves as the word says.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

use std::sync::{Arc, Mutex};

use bizreview::extract::Outcome;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::extract::Company;

fn second(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn param(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

fn json(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// A server that answers with a function of a world that a test changes between pulls.
async fn world<W: Send + 'static>(
    world: W,
    answer: impl Fn(&mut W, &Request) -> ResponseTemplate + Send + Sync + 'static,
) -> (MockServer, Arc<Mutex<W>>) {
    let server = MockServer::start().await;
    let world = Arc::new(Mutex::new(world));
    let shared = Arc::clone(&world);
    Mock::given(any()).respond_with(move |r: &Request| answer(&mut shared.lock().unwrap(), r)).mount(&server).await;
    (server, world)
}

#[track_caller]
fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}

/// Incidents by the moment they began, in pages of 2, of which the API gives 6 of one list.
fn incidents(all: &mut Vec<Value>, request: &Request) -> ResponseTemplate {
    let (since, until) = (second(&param(request, "since").unwrap()), second(&param(request, "until").unwrap()));
    let offset: usize = param(request, "offset").map_or(0, |offset| offset.parse().unwrap());
    if offset + 2 > 6 {
        return ResponseTemplate::new(400);
    }
    let within: Vec<&Value> =
        all.iter().filter(|i| (since..until).contains(&second(i["created_at"].as_str().unwrap()))).collect();
    let page: Vec<&&Value> = within.iter().skip(offset).take(2).collect();
    json(json!({"incidents": page, "more": within.len() > offset + 2, "total": null}))
}

const INCIDENTS: &str = r#"
[[streams]]
name = "list"
path = "/incidents"
records = "/incidents"
key = ["/id"]
write = "merge"
paginate = { kind = "offset", param = "offset", more = "/more", at_most = 6 }
incremental = { kind = "window", since_param = "since", until_param = "until", format = "rfc3339", step_days = 30, lookback_days = 14 }
"#;

fn incident(id: usize, at: &str) -> Value {
    json!({"id": format!("i{id:02}"), "created_at": at, "status": "triggered"})
}

#[tokio::test]
async fn windows_are_asked_for_by_parameters_and_halved_where_the_api_gives_too_little() {
    // 20 within two days, the others one a week
    let crowd = (0..20).map(|n| incident(n, &format!("2026-02-0{}T{:02}:30:00Z", 1 + n / 10, n % 10)));
    let others = (0..6).map(|n| incident(50 + n, &format!("2026-0{}-15T00:00:00Z", 1 + n % 3)));
    let (server, all) = world(crowd.chain(others).collect::<Vec<_>>(), incidents).await;
    let mut company = Company::new("vocabulary-windows", &server.uri(), INCIDENTS);
    company.source.push_str("settings = { start_date = \"2026-01-01\" }\n");
    let outcome = company.pull().await.remove(0);
    assert_eq!(outcome.result, Outcome::Ok);
    let known = all.lock().unwrap().iter().filter(|i| i["created_at"].as_str() < Some("2026-03-11")).count();
    assert_eq!(
        (outcome.rows, company.keys("list").len()),
        (known as u64, known),
        "each landed once, in spite of halves"
    );
    let first = &server.received_requests().await.unwrap()[0];
    assert_eq!(param(first, "since").as_deref(), Some("2025-12-31T23:00:00Z"), "midnight of the company's zone");

    // looking back brings what changed, and nothing twice
    let outcome = company.try_pull_at("2026-03-10T13:00:00Z", false).await.unwrap().remove(0);
    assert_eq!((outcome.rows, outcome.requests), (0, 1));
    let late = json!({"id": "i99", "created_at": "2026-03-01T00:00:00Z", "status": "resolved"});
    all.lock().unwrap().push(late.clone());
    company.try_pull_at("2026-03-10T14:00:00Z", false).await.unwrap();
    all.lock().unwrap().last_mut().unwrap()["status"] = json!("reopened");
    company.try_pull_at("2026-03-10T15:00:00Z", false).await.unwrap();
    assert_eq!(company.keys("list").iter().filter(|key| *key == "i99").count(), 2);
    let asked = server.received_requests().await.unwrap();
    assert_eq!(param(asked.last().unwrap(), "since").as_deref(), Some("2026-02-23T23:00:00Z"));
}

#[tokio::test]
async fn one_second_with_more_than_the_api_gives_is_an_error_not_a_loss() {
    let all = (0..7).map(|n| incident(n, "2026-02-01T00:00:00Z")).collect::<Vec<_>>();
    let (server, _) = world(all, incidents).await;
    let mut company = Company::new("vocabulary-crowded", &server.uri(), INCIDENTS);
    company.source.push_str("settings = { start_date = \"2026-01-31\" }\n");
    let why = company.failure().await;
    assert!(
        why.contains("between 2026-01-31T23:59:59Z and 2026-02-01T00:00:01Z") || why.contains("no shorter window"),
        "{why}"
    );
}

#[tokio::test]
async fn a_list_longer_than_the_api_gives_is_never_cut_short() {
    let (server, _) = world((), |(), r| {
        let offset: u64 = param(r, "offset").map_or(0, |offset| offset.parse().unwrap());
        json(json!({"data": [{"id": offset}, {"id": offset + 1}], "more": true, "total": 9}))
    })
    .await;
    let manifest = "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
                    paginate = { kind = \"offset\", param = \"offset\", more = \"/more\", at_most = 6 }\n";
    let company = Company::new("vocabulary-long", &server.uri(), manifest);
    assert!(company.failure().await.contains("longer than the 6 records"));
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    let company = Company::new("vocabulary-total", &server.uri(), &format!("{manifest}total = \"/total\"\n"));
    assert!(company.failure().await.contains("longer than the 6 records"));
    assert_eq!(server.received_requests().await.unwrap().len(), 4, "its total tells at once");
}

/// Companies changed since a time, oldest first, in pages of 2 after a cursor in the body; 6 of one search.
fn search(all: &mut Vec<(i64, i64)>, request: &Request) -> ResponseTemplate {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((&body["limit"], &body["filters"][0]["property"]), (&json!(2), &json!("modified")));
    let since = body["filters"][0]["value"].as_str().unwrap().parse::<i64>().unwrap() / 1000;
    let after: usize = body["after"].as_str().map_or(0, |after| after.parse().unwrap());
    if after + 2 > 6 {
        return ResponseTemplate::new(400);
    }
    let mut found: Vec<&(i64, i64)> = all.iter().filter(|(_, modified)| *modified >= since).collect();
    found.sort_by_key(|(_, modified)| *modified);
    let page: Vec<Value> = found.iter().skip(after).take(2).map(|(id, m)| json!({"id": id, "modified": m})).collect();
    let mut answer = json!({"results": page, "total": found.len()});
    if found.len() > after + 2 {
        answer["paging"] = json!({"next": {"after": (after + 2).to_string()}});
    }
    json(answer)
}

const SEARCH: &str = r#"
[[streams]]
name = "list"
method = "POST"
path = "/search"
body = { limit = 2, filters = [{ property = "modified", operator = "GTE", value = "0" }], sorts = ["modified"] }
records = "/results"
total = "/total"
key = ["/id"]
write = "merge"
paginate = { kind = "cursor", param = "/after", at = "/paging/next/after", at_most = 6 }
incremental = { kind = "since", order = "oldest_first", param = "/filters/0/value", format = "unix_ms", field = "/modified", field_format = "unix", from_start = true }
"#;

#[tokio::test]
async fn a_search_goes_on_from_the_last_time_where_it_gives_no_more() {
    let start = second("2026-03-01T00:00:00Z");
    let (server, all) = world((0..20).map(|n| (n, start + n / 2)).collect::<Vec<_>>(), search).await;
    let company = Company::new("vocabulary-search", &server.uri(), SEARCH);
    let outcome = company.pull().await.remove(0);
    assert_eq!((&outcome.result, outcome.rows, outcome.warnings.len()), (&Outcome::Ok, 20, 0));
    assert_eq!(company.keys("list").len(), 20, "what two searches share is landed once");

    all.lock().unwrap()[3].1 = start + 100;
    let outcome = company.pull().await.remove(0);
    assert_eq!((outcome.rows, outcome.requests), (1, 2), "only what changed");

    // more in one second than a search gives: gone past, and said
    all.lock().unwrap().extend((100..110).map(|id| (id, start + 200)));
    all.lock().unwrap().push((200, start + 300));
    let outcome = company.pull().await.remove(0);
    assert_eq!(outcome.result, Outcome::Ok);
    assert!(outcome.warnings[0].starts_with("1 times more records shared one second"), "{:?}", outcome.warnings);
    assert!(company.keys("list").contains(&"200".to_owned()));
}

#[tokio::test]
async fn an_export_by_time_that_stands_still_is_stepped_with_a_warning() {
    // pages of 2; three records share second 1000
    let (server, _) = world(vec![(1, 998), (2, 1000), (3, 1000), (4, 1000), (5, 1003)], |all, r| {
        let start: i64 = param(r, "start_time").unwrap().parse().unwrap();
        let rest: Vec<&(i64, i64)> = all.iter().filter(|(_, at)| *at >= start).collect();
        let page: Vec<Value> = rest.iter().take(2).map(|(id, at)| json!({"id": id, "at": at})).collect();
        let end = rest.iter().take(2).next_back().map_or(start, |(_, at)| *at);
        json(json!({"data": page, "end_time": end, "end": rest.len() <= 2}))
    })
    .await;
    let manifest = |more: &str| {
        format!(
            "history_days = 30000\n[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"append\"\n\
             paginate = {{ kind = \"cursor\", param = \"start_time\", at = \"/end_time\", end = \"/end\" }}\n\
             incremental = {{ kind = \"cursor\", start_param = \"start_time\", whole_history = true{more} }}\n"
        )
    };
    let company = Company::new("vocabulary-loop", &server.uri(), &manifest(""));
    assert!(company.failure().await.contains("given before"));
    let company = Company::new("vocabulary-step", &server.uri(), &manifest(", step_seconds = 1"));
    let outcome = company.pull().await.remove(0);
    assert_eq!(outcome.result, Outcome::Ok);
    let mut keys = sorted(company.keys("list"));
    keys.dedup();
    assert_eq!(keys, ["1", "2", "3", "5"]);
    assert!(outcome.warnings[0].starts_with("1 times more records shared one second"), "{:?}", outcome.warnings);
}

#[tokio::test]
async fn lists_of_parents_are_read_for_those_that_changed() {
    let (server, parents) = world(vec![("a", 100), ("b", 200)], |parents, r| {
        if let Some(parent) = r.url.path().strip_prefix("/parents/") {
            let name = parent.strip_suffix("/list").unwrap();
            return json(json!({"data": [{"id": format!("{name}1")}, {"id": format!("{name}2")}]}));
        }
        let since = param(r, "since").map_or(0, |since| since.parse().unwrap());
        let changed: Vec<Value> =
            parents.iter().filter(|(_, at)| *at >= since).map(|(id, at)| json!({"id": id, "updated": at})).collect();
        json(json!({"data": changed}))
    })
    .await;
    let manifest = "[defaults]\nrecords = \"/data\"\nkey = [\"/id\"]\n\
         [[streams]]\nname = \"parents\"\npath = \"/parents\"\nwrite = \"merge\"\n\
         incremental = { kind = \"since\", param = \"since\", field = \"/updated\" }\n\
         [[streams]]\nname = \"list\"\npath = \"/parents/{parent}/list\"\nparent = { stream = \"parents\", changed = true }\n\
         key = [\"/_parent\", \"/id\"]\nwrite = \"merge\"\n";
    let company = Company::new("vocabulary-children", &server.uri(), manifest);
    let counts = async || {
        let outcomes = company.pull().await;
        assert!(outcomes.iter().all(|o| o.result == Outcome::Ok), "{outcomes:?}");
        (outcomes[1].rows, outcomes[1].requests)
    };
    assert_eq!(counts().await, (4, 3), "the parents' list, and one list for each");
    assert_eq!(counts().await, (0, 1), "nothing changed");
    parents.lock().unwrap()[0].1 = 300;
    assert_eq!(counts().await, (2, 2));
    assert_eq!(company.keys("list")[4..], [r#"["a","a1"]"#, r#"["a","a2"]"#]);
}
