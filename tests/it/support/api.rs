//! Billing and helpdesk APIs on loopback that hold exactly the objects a test gave them; every other list is empty.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::Json;
use serde_json::{Value, json};

/// Objects by the name of their list: `subscriptions`, `ticket_events`, …
pub type Lists = BTreeMap<String, Vec<Value>>;

/// Serves until dropped.
pub struct Api {
    pub addr: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Api {
    pub fn serve(lists: Lists) -> Api {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let app = Router::new().fallback(answer).with_state(Arc::new(lists));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Api { addr, _runtime: runtime }
    }
}

async fn answer(
    State(lists): State<Arc<Lists>>,
    uri: Uri,
    Query(params): Query<Vec<(String, String)>>,
) -> (StatusCode, Json<Value>) {
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let body = match path.as_slice() {
        ["stripe", "v1", list] => Some(stripe_page(lists.get(*list), &params)),
        ["stripe", "v1", list, id] => {
            lists.get(*list).and_then(|all| all.iter().find(|object| object["id"] == **id)).cloned()
        }
        ["zendesk", "api", "v2", .., list] => Some(zendesk_list(&lists, &path, list)),
        _ => None,
    };
    match body {
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
    let all = lists.get(name).cloned().unwrap_or_default();
    json!({
        name: all, "count": all.len(), "end_of_stream": true, "after_cursor": "end", "end_time": 1,
        "next_page": null, "meta": {"has_more": false, "after_cursor": null},
    })
}
