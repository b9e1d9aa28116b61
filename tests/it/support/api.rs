//! Billing, helpdesk, product and status APIs on loopback that hold exactly the objects a test gave them; every other list is empty.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Json;
use serde_json::{Value, json};

use super::wide;

/// Objects by the name of their list: `subscriptions`, `ticket_events`, …
pub type Lists = BTreeMap<String, Vec<Value>>;

/// Serves until dropped.
pub struct Api {
    pub addr: SocketAddr,
    lists: Arc<RwLock<Lists>>,
    _runtime: tokio::runtime::Runtime,
}

impl Api {
    pub fn serve(lists: Lists) -> Api {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let lists = Arc::new(RwLock::new(lists));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&lists));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Api { addr, lists, _runtime: runtime }
    }

    /// From now on it holds these.
    pub fn replace(&self, lists: Lists) {
        *self.lists.write().expect("the lists") = lists;
    }
}

async fn answer(
    State(lists): State<Arc<RwLock<Lists>>>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    Query(params): Query<Vec<(String, String)>>,
    body: String,
) -> (StatusCode, Json<Value>) {
    let lists = lists.read().expect("the lists");
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    if let [api, rest @ ..] = path.as_slice() {
        let asked = wide::Asked {
            is_post: method == Method::POST,
            path: rest,
            params: &params,
            headers: &headers,
            body: &body,
        };
        match wide::answer(&lists, api, &asked) {
            Some(Ok(body)) => return (StatusCode::OK, Json(body)),
            Some(Err((status, body))) => return (status, Json(body)),
            None => {}
        }
    }
    let answer = match path.as_slice() {
        ["stripe", "v1", list] => Some(stripe_page(lists.get(*list), &params)),
        ["stripe", "v1", list, id] => {
            lists.get(*list).and_then(|all| all.iter().find(|object| object["id"] == **id)).cloned()
        }
        ["zendesk", "api", "v2", .., list] => Some(zendesk_list(&lists, &path, list)),
        ["posthog", "api", "projects", _, "query"] => Some(counted(&lists, &body)),
        ["posthog", "api", "projects", _, list] => Some(
            json!({"next": null, "previous": null, "results": lists.get(&format!("product_{list}")).cloned().unwrap_or_default()}),
        ),
        ["statuspage", "v1", "pages", _, list] => {
            let is_first = params.iter().any(|(name, value)| name == "page" && value == "1");
            Some(json!(lists.get(*list).filter(|_| is_first).cloned().unwrap_or_default()))
        }
        _ => None,
    };
    match answer {
        Some(body) => (StatusCode::OK, Json(body)),
        None => (StatusCode::NOT_FOUND, Json(json!({"error": {"message": "No such object"}}))),
    }
}

/// Newest first, `limit` at a time after `starting_after`, from `created[gte]` on, of the asked event types.
fn stripe_page(list: Option<&Vec<Value>>, params: &[(String, String)]) -> Value {
    let param = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let types: Vec<&str> = params.iter().filter(|(key, _)| key == "types[]").map(|(_, value)| value.as_str()).collect();
    let since: i64 = param("created[gte]").map_or(i64::MIN, |text| text.parse().expect("a time"));
    let limit: usize = param("limit").map_or(10, |text| text.parse().expect("a number"));
    let created = |object: &Value| object["created"].as_i64().unwrap_or_default();
    let mut all: Vec<&Value> = list.into_iter().flatten().collect();
    all.retain(|object| created(object) >= since);
    all.retain(|object| types.is_empty() || types.iter().any(|kind| object["type"] == **kind));
    all.sort_by_cached_key(|object| (-created(object), object["id"].to_string()));
    let from = param("starting_after").map_or(0, |last| {
        1 + all.iter().position(|object| object["id"] == *last).expect("starting_after names a listed object")
    });
    let has_more = from + limit < all.len();
    let data: Vec<Value> = all.into_iter().skip(from).take(limit).cloned().collect();
    json!({"object": "list", "url": "/v1", "has_more": has_more, "data": data})
}

/// Everything on one page. Holidays are those of the schedule in the path.
fn zendesk_list(lists: &Lists, path: &[&str], last: &str) -> Value {
    let name = match (last, path) {
        ("cursor.json", [.., name, _]) => name,
        ("policies.json", _) => "sla_policies",
        (file, _) => file.trim_end_matches(".json"),
    };
    let mut all = lists.get(name).cloned().unwrap_or_default();
    if let ["zendesk", "api", "v2", "business_hours", "schedules", schedule, _] = path {
        all.retain(|holiday| holiday["schedule_id"].as_i64() == schedule.parse().ok());
    }
    json!({
        name: all, "count": all.len(), "end_of_stream": true, "after_cursor": "end", "end_time": 1,
        "next_page": null, "meta": {"has_more": false, "after_cursor": null},
    })
}

/// The rows of a rollup of product events, told by what it asks for, whose day lies in the days asked for.
fn counted(lists: &Lists, body: &str) -> Value {
    let asked: Value = serde_json::from_str(body).expect("a query");
    let sql = asked["query"]["query"].as_str().expect("its text");
    let marks = [
        ("'survey shown'", "survey_shown_day"),
        ("'survey sent'", "survey_answers"),
        ("as latency_ms", "latency_day"),
        ("error_sessions", "quality_day"),
        ("person", "usage_day"),
    ];
    let (_, list) = marks.iter().find(|(mark, _)| sql.contains(mark)).expect("a rollup of ours");
    let mut days = sql.split("toDateTime('").skip(1).map(|rest| &rest[..10]);
    let (from, to) = (days.next().expect("the first day"), days.next().expect("the day after the last"));
    let all = lists.get(*list).into_iter().flatten();
    let mut rows: Vec<&serde_json::Map<String, Value>> = all.map(|row| row.as_object().expect("a row")).collect();
    rows.retain(|row| row["day"].as_str().is_some_and(|day| from <= day && day < to));
    // everything is on the first page; the next one is asked for after the last row
    rows.retain(|_| !sql.contains(") > ("));
    let columns: Vec<&String> = rows.first().map_or_else(Vec::new, |row| row.keys().collect());
    let results: Vec<Vec<&Value>> = rows.iter().map(|row| row.values().collect()).collect();
    json!({"columns": columns, "results": results, "hasMore": false})
}
