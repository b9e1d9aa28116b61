//! The words of a manifest, each against an API on loopback that behaves as the word says.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

use std::sync::{Arc, Mutex};

use bizreview::extract::{Manifest, Outcome};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::pull::Company;
use crate::support::wire::{Reply, Wire};

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
fn incidents(all: &[Value], request: &Request) -> ResponseTemplate {
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
    let (server, all) = world(crowd.chain(others).collect::<Vec<_>>(), |all, r| incidents(all, r)).await;
    let mut company = Company::asking("vocabulary-windows", &server.uri(), INCIDENTS);
    company.source.push_str("settings = { start_date = \"2026-01-01\" }\n");
    let outcome = company.pulled().await.remove(0);
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
    let (server, _) = world(all, |all, r| incidents(all, r)).await;
    let mut company = Company::asking("vocabulary-crowded", &server.uri(), INCIDENTS);
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
    let company = Company::asking("vocabulary-long", &server.uri(), manifest);
    assert!(company.failure().await.contains("longer than the 6 records"));
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    let company = Company::asking("vocabulary-total", &server.uri(), &format!("{manifest}total = \"/total\"\n"));
    assert!(company.failure().await.contains("longer than the 6 records"));
    assert_eq!(server.received_requests().await.unwrap().len(), 4, "its total tells at once");
}

/// Companies changed since a time, oldest first, in pages of 2 after a cursor in the body; 6 of one search.
fn search(all: &[(i64, i64)], request: &Request) -> ResponseTemplate {
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
    let (server, all) = world((0..20).map(|n| (n, start + n / 2)).collect::<Vec<_>>(), |all, r| search(all, r)).await;
    let company = Company::asking("vocabulary-search", &server.uri(), SEARCH);
    let outcome = company.pulled().await.remove(0);
    assert_eq!((&outcome.result, outcome.rows, outcome.warnings.len()), (&Outcome::Ok, 20, 0));
    assert_eq!(company.keys("list").len(), 20, "what two searches share is landed once");

    all.lock().unwrap()[3].1 = start + 100;
    let outcome = company.pulled().await.remove(0);
    assert_eq!((outcome.rows, outcome.requests), (1, 2), "only what changed");

    // more in one second than a search gives: gone past, and said
    all.lock().unwrap().extend((100..110).map(|id| (id, start + 200)));
    all.lock().unwrap().push((200, start + 300));
    let outcome = company.pulled().await.remove(0);
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
    let company = Company::asking("vocabulary-loop", &server.uri(), &manifest(""));
    assert!(company.failure().await.contains("given before"));
    let company = Company::asking("vocabulary-step", &server.uri(), &manifest(", step_seconds = 1"));
    let outcome = company.pulled().await.remove(0);
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
    let company = Company::asking("vocabulary-children", &server.uri(), manifest);
    let counts = async || {
        let outcomes = company.pulled().await;
        assert!(outcomes.iter().all(|o| o.result == Outcome::Ok), "{outcomes:?}");
        (outcomes[1].rows, outcomes[1].requests)
    };
    assert_eq!(counts().await, (4, 3), "the parents' list, and one list for each");
    assert_eq!(counts().await, (0, 1), "nothing changed");
    parents.lock().unwrap()[0].1 = 300;
    assert_eq!(counts().await, (2, 2));
    assert_eq!(company.keys("list")[4..], [r#"["a","a1"]"#, r#"["a","a2"]"#]);
}

/// What a token server and the API behind it know.
#[derive(Default)]
struct SignIn {
    /// Refresh token that is good now; without one the client signs in with its own credentials.
    refresh: Option<String>,
    issued: u32,
    /// Tokens taken back before they expired.
    revoked: Vec<String>,
    forms: Vec<String>,
}

fn signed_in(state: &mut SignIn, request: &Request) -> ResponseTemplate {
    if request.url.path() == "/token" {
        let form = String::from_utf8(request.body.clone()).unwrap();
        state.forms.push(form.clone());
        if state.refresh.as_ref().is_some_and(|good| !form.contains(&format!("refresh_token={good}&"))) {
            return ResponseTemplate::new(400)
                .set_body_json(json!({"error": "invalid_grant", "error_description": format!("bad {form}")}));
        }
        state.issued += 1;
        let mut answer = json!({"access_token": format!("access-{}", state.issued), "expires_in": 3600});
        if state.refresh.is_some() {
            state.refresh = Some(format!("refresh-{}", state.issued));
            answer["refresh_token"] = json!(state.refresh);
        }
        return json(answer);
    }
    let token = request.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    if state.revoked.contains(&token) {
        return ResponseTemplate::new(401).set_body_json(json!({"message": format!("{token} was revoked")}));
    }
    let after: i64 = param(request, "after").map_or(0, |after| after.parse().unwrap());
    json(json!({"data": [{"id": after + 1}], "more": after < 2}))
}

fn one_list(head: &str) -> String {
    format!(
        "{head}[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
         paginate = {{ kind = \"last_id\", param = \"after\", more = \"/more\" }}\n"
    )
}

/// A company whose manifest has an `auth` of its own.
fn signing(test: &str, base: &str, auth: &str, source: &str) -> Company {
    let mut company = Company::asking(test, base, &one_list(""));
    let path = company.folder.join("manifests/m.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("auth = { kind = \"bearer\" }", auth)).unwrap();
    company.source.push_str(source);
    company
}

#[tokio::test]
async fn a_client_signs_in_once_and_once_more_when_its_token_is_refused() {
    let (server, state) = world(SignIn::default(), signed_in).await;
    let auth = format!(
        "auth = {{ kind = \"oauth2\", token_url = \"{}/token\", grant = \"client_credentials\", scope = \"read\" }}\n\
         settings.client_id = {{ about = \"the client\" }}",
        server.uri()
    );
    let company = signing("vocabulary-client", &server.uri(), &auth, "settings = { client_id = \"us\" }\n");
    let outcome = company.pulled().await.remove(0);
    assert_eq!((outcome.result, outcome.rows), (Outcome::Ok, 3));
    assert_eq!(
        state.lock().unwrap().forms,
        ["grant_type=client_credentials&client_id=us&client_secret=sk_very_secret&scope=read"]
    );
    // the next pull's first token has been taken back: one more is asked for, and no third
    state.lock().unwrap().revoked = vec!["access-2".into()];
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert_eq!(state.lock().unwrap().issued, 3);
    state.lock().unwrap().revoked = (4..9).map(|n| format!("access-{n}")).collect();
    let why = company.failure().await;
    assert!(why.contains("answered 401") && !why.contains("access-"), "{why}");
    assert_eq!(state.lock().unwrap().issued, 5);
}

#[tokio::test]
async fn a_refresh_token_that_is_replaced_is_kept_until_the_company_names_another() {
    use std::os::unix::fs::PermissionsExt;
    let (server, state) =
        world(SignIn { refresh: Some("sk_very_secret".into()), ..SignIn::default() }, signed_in).await;
    let auth = format!(
        "auth = {{ kind = \"oauth2\", token_url = \"{}/token\", grant = \"refresh_token\", client_id = \"us\" }}",
        server.uri()
    );
    let more = "secrets = { client_secret = { env = \"CLIENT\" } }\n";
    let mut company = signing("vocabulary-refresh", &server.uri(), &auth, more);
    company.secrets = company.secrets.clone().with("CLIENT", "hush");
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert!(state.lock().unwrap().forms[1].contains("refresh_token=refresh-1&client_id=us&client_secret=hush"));
    let file = company.folder.join("store/keys/oauth-s");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    // signed in elsewhere meanwhile: what we kept is worth nothing, and the error shows no secret
    state.lock().unwrap().refresh = Some("fresh".into());
    let outcome = company.pulled().await.remove(0);
    let Outcome::Failed(why) = outcome.result else { panic!() };
    assert!(why.contains("no token from 127.0.0.1: it answers 400 Bad Request: invalid_grant"), "{why}");
    assert!(!["sk_very", "refresh-2", "hush"].iter().any(|secret| why.contains(secret)), "{why}");
    company.secrets = company.secrets.clone().with("M_TOKEN", "fresh");
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
}

#[tokio::test]
async fn a_key_and_an_application_go_into_headers_of_their_own() {
    let (server, _) = world((), |(), _| json(json!({"data": [{"id": 1}], "more": false}))).await;
    let auth = "auth = { kind = \"headers\", headers = { X-Api-Key = \"{token}\", X-App-Key = \"k={application_key}\", X-Org = \"{org}\" } }\n\
                settings.org = { about = \"the organisation\" }";
    let company = signing("vocabulary-headers", &server.uri(), auth, "settings = { org = \"7\" }\n");
    assert!(company.failure().await.contains("secrets = { NAME = { env"));
    let more = "settings = { org = \"7\" }\nsecrets = { application_key = { env = \"APP\" } }\n";
    let mut company = signing("vocabulary-headers2", &server.uri(), auth, more);
    company.secrets = company.secrets.clone().with("APP", "app_secret");
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    let asked = server.received_requests().await.unwrap().pop().unwrap();
    let sent = ["x-api-key", "x-app-key", "x-org"].map(|name| asked.headers[name].to_str().unwrap().to_owned());
    assert_eq!(sent, ["sk_very_secret", "k=app_secret", "7"]);
}

#[test]
fn a_secret_written_into_the_configuration_is_refused_and_not_repeated() {
    let text = "[company]\nname = \"A\"\ntimezone = \"UTC\"\ncurrency = \"eur\"\n[store]\npath = \"s\"\n\
                [sources.s]\nmanifest = \"m\"\n[sources.s.secrets]\nanything = \"hunter2\"\n";
    let why = format!("{:#}", bizreview::config::Config::parse(text, std::path::Path::new("/")).unwrap_err());
    assert!(why.contains("a secret is named, not written here") && !why.contains("hunter2"), "{why}");
}

#[tokio::test]
async fn a_code_in_the_body_decides_before_the_status_does() {
    let (server, answers) = world(Vec::<(u16, &str)>::new(), |answers, _| {
        let (status, code) = answers.pop().unwrap_or((200, "fine"));
        ResponseTemplate::new(status)
            .set_body_json(json!({"code": code, "message": "said", "data": [{"id": 1}], "more": false}))
    })
    .await;
    let codes = "error_codes = [{ at = \"/code\", values = [\"busy\"], action = \"retry\" }, { at = \"/code\", values = [\"plan\", \"beta\"], \
                 action = \"skip\" }, { at = \"/code\", values = [\"broken\"], action = \"fail\" }]\n";
    let company = Company::asking("vocabulary-codes", &server.uri(), &one_list(codes));
    for (given, fine, requests) in [
        (vec![(200, "busy"), (400, "busy")], "ok", 3),
        (vec![(200, "plan")], "skipped", 1),
        (vec![(500, "beta")], "skipped", 1),
        (vec![(500, "broken")], "failed", 1),
        (vec![(200, "broken")], "failed", 1),
        (vec![(400, "unknown")], "failed", 1),
    ] {
        answers.lock().unwrap().clone_from(&given);
        let outcome = company.pulled().await.remove(0);
        let found = match &outcome.result {
            Outcome::Ok => "ok",
            Outcome::Skipped(why) if why.contains("said") => "skipped",
            Outcome::Failed(why) if why.contains("said") => "failed",
            other => panic!("{other:?}"),
        };
        assert_eq!((found, outcome.requests), (fine, requests), "{given:?}");
        answers.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn a_limit_that_headers_tell_is_waited_for_before_it_is_passed() {
    let times = Arc::new(Mutex::new(Vec::<std::time::Instant>::new()));
    let noted = Arc::clone(&times);
    let server = Wire::serve(move |asked| {
        noted.lock().unwrap().push(std::time::Instant::now());
        let answer = match asked.nth {
            1 => Reply::json(json!({"data": [{"id": 1}], "more": true})),
            2 => Reply::status(429),
            // its head counts although nobody gets its body
            3 => Reply::json(json!({"data": [{"id": 2}], "more": false})).cut(),
            _ => Reply::json(json!({"data": [{"id": 2}], "more": false})),
        };
        answer.with("x-left", if asked.nth < 4 { "0" } else { "9" }).with("x-full-again", "1")
    });
    let rate = "rate = { remaining = \"X-Left\", reset = \"X-Full-Again\" }\n";
    let company = Company::asking("vocabulary-rate", &server.url(), &one_list(rate));
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    let asked = times.lock().unwrap();
    assert_eq!(asked.len(), 4);
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= std::time::Duration::from_millis(950)), "{asked:?}");
}

#[tokio::test]
async fn a_refusal_counts_although_its_body_breaks() {
    let server = Wire::serve(|asked| match asked.nth {
        1 => Reply::status(429).with("retry-after", "1").cut(),
        2 => Reply::json(json!({"data": [{"id": 1}], "more": false})),
        _ => Reply::status(403).cut(),
    });
    let company = Company::asking("vocabulary-refusal", &server.url(), &one_list(""));
    let began = std::time::Instant::now();
    assert_eq!(company.pulled().await[0].result, Outcome::Ok);
    assert!(began.elapsed() >= std::time::Duration::from_millis(950), "{:?}", began.elapsed());
    let outcome = company.pulled().await.remove(0);
    assert!(matches!(&outcome.result, Outcome::Failed(why) if why.contains("answered 403")), "{outcome:?}");
    assert_eq!(outcome.requests, 1, "it is not tried again");
}

#[tokio::test]
async fn a_group_has_fewer_requests_under_way_than_its_source() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
    let app = axum::Router::new().fallback(move || {
        let (now, most) = (Arc::clone(&counted), Arc::clone(&highest));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            axum::Json(json!({"data": [{"id": 1}], "more": false}))
        }
    });
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let streams: Vec<String> = (0..6).map(|n| {
        format!("[[streams]]\nname = \"s{n}\"\ngroup = \"slow\"\npath = \"/{n}\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n")
    }).collect();
    let manifest = format!("budget.slow = {{ requests = 600, concurrency = 2 }}\n{}", streams.concat());
    let company = Company::asking("vocabulary-group", &address, &manifest);
    assert!(company.pulled().await.iter().all(|o| o.result == Outcome::Ok));
    assert_eq!(most.load(Ordering::SeqCst), 2);
    server.abort();
}

/// A list that a test changes between pulls.
async fn given(records: Value) -> (MockServer, Arc<Mutex<Value>>) {
    world(records, |records, _| json(json!({"data": records, "more": false}))).await
}

#[tokio::test]
async fn fields_that_are_new_are_kept_and_said_once() {
    let (server, records) = given(json!([{"id": 1, "a": null}, {"id": 2, "b": {"inner": 1}}])).await;
    let company = Company::asking("vocabulary-evolve", &server.uri(), &one_list(""));
    let outcome = company.pulled().await.remove(0);
    assert_eq!((outcome.rows, outcome.notes.len()), (2, 0), "the first pull learns");
    *records.lock().unwrap() =
        json!([{"id": 1, "b": {"other": 2}}, {"id": 3, "new/1": 5, "a": 1}, {"id": 4, "new/1": 6, "late": true}]);
    let outcome = company.pulled().await.remove(0);
    assert_eq!(outcome.notes, ["fields that are new: /late, /new~11; kept as they came, and known from now on"]);
    assert_eq!((outcome.rows, outcome.warnings.len(), outcome.quarantined), (3, 0, 0));
    assert_eq!(company.landed_of("m", "list").last().unwrap().1, json!({"id": 4, "new/1": 6, "late": true}));
    records.lock().unwrap().as_array_mut().unwrap().push(json!({"id": 5, "late": 1}));
    assert_eq!(company.pulled().await.remove(0).notes, Vec::<String>::new());
}

#[tokio::test]
async fn a_frozen_stream_sets_aside_what_was_not_agreed_and_another_leaves_the_field_out() {
    for (contract, rows, aside, last, said) in [
        ("freeze", 1, 1, json!({"id": 2, "a": 2}), "/x in 1; the records were set aside"),
        ("discard", 2, 0, json!({"id": 3, "a": 3}), "/x in 1; left out"),
    ] {
        let (server, records) = given(json!([{"id": 1, "a": 1}])).await;
        let manifest = one_list("") + &format!("contract = \"{contract}\"\n");
        let company = Company::asking(&format!("vocabulary-{contract}"), &server.uri(), &manifest);
        company.pulled().await;
        *records.lock().unwrap() = json!([{"id": 2, "a": 2}, {"id": 3, "x": {"secret": 1}, "a": 3}]);
        for _ in 0..2 {
            let outcome = company.try_pull_at("2026-03-10T12:00:00Z", true).await.unwrap().remove(0);
            assert_eq!((outcome.rows, outcome.quarantined), (rows, aside), "{contract}");
            assert!(outcome.notes[0].contains(said), "{:?}", outcome.notes);
            assert_eq!(company.landed_of("m", "list").last().unwrap().1, last);
        }
    }
}

#[tokio::test]
async fn a_new_field_that_is_called_as_all_of_them_is_left_out_alone() {
    let (server, records) = given(json!([{"id": 1, "a": 1}])).await;
    let manifest = one_list("") + "contract = \"discard\"\n";
    let company = Company::asking("vocabulary-asterisk", &server.uri(), &manifest);
    company.pulled().await;
    *records.lock().unwrap() = json!([{"id": 2, "*": {"secret": 1}, "a": 2}]);
    let outcome = company.pulled().await.remove(0);
    assert!(outcome.notes[0].contains("/* in 1; left out"), "{:?}", outcome.notes);
    assert_eq!(company.landed_of("m", "list").last().unwrap().1, json!({"id": 2, "a": 2}));
}

#[tokio::test]
async fn what_is_expected_of_a_stream_and_is_not_so_is_a_problem() {
    let (server, records) = given(json!([{"id": 1}, {"id": 2}])).await;
    let manifest = one_list("").replace("merge", "replace") + "expect = { rows = 2, fresh_hours = 48 }\n";
    let company = Company::asking("vocabulary-expect", &server.uri(), &manifest);
    let at = async |now: &str| company.try_pull_at(now, false).await.unwrap().remove(0).warnings;
    assert_eq!(at("2026-03-10T12:00:00Z").await, Vec::<String>::new());
    assert_eq!(at("2026-03-12T11:00:00Z").await, Vec::<String>::new());
    assert_eq!(at("2026-03-12T13:00:00Z").await, ["brought no record for 49 h, one is expected every 48 h"]);
    *records.lock().unwrap() = json!([{"id": 1}]);
    assert_eq!(at("2026-03-12T14:00:00Z").await, ["holds 1 records, at least 2 are expected"]);
    let outcomes = company.try_pull_at("2026-03-12T15:00:00Z", false).await.unwrap();
    let problems = bizreview::pipeline::pull_problems(&outcomes);
    assert_eq!((problems[0].subject.as_str(), problems.len()), ("s list", 1));
}

#[tokio::test]
async fn a_streams_history_goes_no_deeper_than_it_says() {
    let (server, _) = world((), |(), _| json(json!({"data": [], "more": false}))).await;
    let since = "incremental = { kind = \"since\", param = \"since\", field = \"/at\", from_start = true }\nhistory_days = 90\n";
    for (start, asked) in [("2020-01-01", "2025-12-10T12:00:00Z"), ("2026-03-01", "2026-02-28T23:00:00Z")] {
        let mut company = Company::asking("vocabulary-history", &server.uri(), &(one_list("") + since));
        company.source.push_str(&format!("settings = {{ start_date = \"{start}\" }}\n"));
        assert_eq!(company.pulled().await[0].result, Outcome::Ok);
        let last = server.received_requests().await.unwrap().pop().unwrap();
        assert_eq!(param(&last, "since"), Some(second(asked).to_string()));
    }
}

/// What `check` says of a manifest's text.
fn mistakes(text: &str) -> String {
    format!("{:#}", Manifest::parse(text, "m.toml").unwrap_err())
}

#[test]
fn every_mistake_of_a_manifest_is_told_with_its_line_and_a_caret() {
    let text = r#"name = "m"
concurency = 2
errors = { 999 = "skip" }
headers = { X-Org = "{organsation}" }

[settings]
organisation = { about = "the id" }

[budget]
default = { requests = 10, seconds = 0 }

[[streams]]
name = "parents"
path = "/parents"
key = ["/id"]
write = "merge"
paginate = { kind = "last_id", parm = "after", more = "/more" }

[[streams]]
name = "list"
path = "/list/{parent}"
key = ["id"]
write = "mrege"

[[streams]]
name = "children"
path = "/children"
group = "defualt"
key = ["/id"]
drop = ["/id"]
write = "merge"
parent = { stream = "parets" }
incremental = { kind = "cursor", start_param = "since" }

[[streams]]
name = "others"
path = "/others/{from}"
key = ["/id"]
write = "append"
records = "data"
paginate = { kind = "page", param = "/page" }
"#;
    let found = mistakes(text);
    insta::assert_snapshot!(found);
}

#[test]
fn what_is_hashed_is_text_and_hashed_for_all_that_know_a_record_by_it() {
    let text = r#"name = "m"
[[streams]]
name = "people"
path = "/people"
key = ["/id"]
write = "merge"
hash = ["/id"]
required = { "/id" = "integer" }
[[streams]]
name = "notes"
path = "/notes"
key = ["/id"]
write = "merge"
whose = [{ at = "/person", stream = "people" }]
"#;
    let found = mistakes(text);
    assert!(found.contains("/id lands as text") && found.contains("by the key of people"), "{found}");
    let mended = text.replace("integer", "string").replace("whose =", "hash = [\"/person\"]\nwhose =");
    Manifest::parse(&mended, "m.toml").unwrap();
}

#[test]
fn a_manifest_that_is_no_toml_tells_where() {
    let found = mistakes("name = \"m\"\nstreams = [\n[budget]\nx = = 1\n");
    assert!(found.contains("m.toml:") && found.contains('^'), "{found}");
    let found = mistakes("name = \"m\"\n");
    assert!(found.contains("missing field `streams`"), "{found}");
    let found = mistakes("name = \"m\"\n[[streams]]\npath = \"/x\"\nwrite = \"merge\"\n");
    assert!(found.contains("m.toml:2:") && found.contains("missing field `name`"), "{found}");
}

#[test]
fn check_shows_the_mistakes_of_every_manifest_of_the_company() {
    let company = Company::asking("vocabulary-check", "http://127.0.0.1:9", &one_list("").replace("merge", "mrege"));
    let more = company.folder.join("manifests/other.toml");
    std::fs::write(&more, "name = \"other\"\nauth = { kind = \"beerer\" }\n[[streams]]\nname = \"x\"\npath = \"x\"\nwrite = \"replace\"\n").unwrap();
    let text = format!(
        "[company]\nname = \"A\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"eur\"\n[store]\npath = \"store\"\nmanifests = \"manifests\"\n[sources.s]\n{}",
        company.source
    );
    std::fs::write(company.folder.join("bizreview.toml"), text).unwrap();
    let mut check = crate::support::company::bizreview();
    check.arg("--config").arg(company.folder.join("bizreview.toml")).arg("check").env("M_TOKEN", "x");
    crate::support::company::said(&mut check).exits(2).explains(&[
        "m.toml:9:9: unknown variant `mrege`; did you mean merge",
        "write = \"mrege\"",
        "        ^^^^^^^",
        "other.toml:2:17: unknown variant `beerer`; did you mean bearer",
        "other.toml:5:8: path \"x\" must start with /",
    ]);
}

/// The words that a table accepts, from what the parser says of one it does not know.
fn accepted(text: &str) -> Vec<String> {
    let said = mistakes(text);
    let line = said.lines().find(|line| line.contains("unknown")).unwrap_or_else(|| panic!("{text}\n{said}"));
    let (_, list) =
        line.split_once("known: ").or_else(|| line.split_once("expected")).unwrap_or_else(|| panic!("{line}"));
    let words = list.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    words.filter(|word| !word.is_empty() && !["one", "of", "or"].contains(word)).map(str::to_owned).collect()
}

#[test]
fn the_reference_manifest_shows_every_word_and_is_right_itself() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/reference");
    let mut reference = String::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        Manifest::parse(&text, &path.display().to_string()).unwrap();
        reference.push_str(&text);
    }
    // a key nobody knows, in every table there is
    const WRONG: &str = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1";
    let stream =
        |rest: &str| format!("name = \"m\"\n[[streams]]\nname = \"list\"\npath = \"/x\"\nwrite = \"merge\"\n{rest}\n");
    let source = |rest: &str| format!("name = \"m\"\n{rest}\nstreams = []\n");
    let mut texts = vec![
        source(WRONG),
        stream(WRONG),
        source(&format!("budget = {{ x = {{ requests = 1, {WRONG} }} }}")),
        source(&format!("limits = {{ {WRONG} }}")),
        source(&format!("rate = {{ {WRONG} }}")),
        source(&format!("settings = {{ x = {{ {WRONG} }} }}")),
        source(&format!("feed = {{ {WRONG} }}")),
        source(&format!("defaults = {{ {WRONG} }}")),
        source(&format!("verified = {{ {WRONG} }}")),
        source(&format!("error_codes = [{{ {WRONG} }}]")),
        stream(&format!("nested = [{{ {WRONG} }}]")),
        stream(&format!("parent = {{ {WRONG} }}")),
        stream(&format!("whose = [{{ {WRONG} }}]")),
        stream(&format!("expect = {{ {WRONG} }}")),
    ];
    let unknown = "\"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\"";
    for (word, text) in [
        ("auth", source(&format!("auth = {{ kind = {unknown} }}"))),
        ("paginate", stream(&format!("paginate = {{ kind = {unknown} }}"))),
        ("incremental", stream(&format!("incremental = {{ kind = {unknown} }}"))),
    ] {
        for kind in accepted(&text) {
            assert!(
                reference.contains(&format!("kind = \"{kind}\"")) || reference.contains(&format!("{kind} (")),
                "{word} {kind}"
            );
            let inside = format!("{word} = {{ kind = \"{kind}\", {WRONG} }}");
            let text = if word == "auth" { source(&inside) } else { stream(&inside) };
            // a kind without words of its own accepts any: there is nothing to show
            if format!("{:?}", Manifest::parse(&text, "m.toml").err()).contains("unknown field")
                && mistakes(&text).contains("known: ")
            {
                texts.push(text);
            }
        }
    }
    for (word, at) in [("kind", ""), ("write", "stream"), ("contract", "stream"), ("method", "stream")] {
        let inside = format!("{word} = {unknown}");
        let text = match at {
            "" => source(&inside),
            _ if word == "write" => stream("").replace("write = \"merge\"", &inside),
            _ => stream(&inside),
        };
        for value in accepted(&text) {
            assert!(reference.contains(&value), "{word} = {value}");
        }
    }
    let words: std::collections::BTreeSet<String> = texts.iter().flat_map(|text| accepted(text)).collect();
    let is_shown = |word: &String| {
        let pieces = reference.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        pieces.into_iter().any(|piece| piece == word)
    };
    let missing: Vec<&String> = words.iter().filter(|word| !is_shown(word)).collect();
    assert!(words.len() > 100 && missing.is_empty(), "{} words, not shown: {missing:?}", words.len());
}
