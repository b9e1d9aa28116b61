//! Answers that look right and are not: repeated cursors, endless lists, wrong types.

use serde_json::{Value, json};

use super::super::{
    fault::FaultKind,
    wire::{Body, Reply, Request},
};

const CURSORS: [&str; 4] = ["starting_after", "cursor", "page[after]", "page"];

/// What the fault changes in the request before it is answered.
pub fn before(kind: FaultKind, request: &mut Request) {
    // An endless list is its first page again and again; a repeated one for vendors whose cursor is an id, too.
    let repeats = kind == FaultKind::RepeatCursor && !request.path.contains("/api/v2/");
    if kind == FaultKind::Endless || repeats {
        request.without(&CURSORS);
    }
}

/// What the fault changes in the answer.
pub fn after(kind: FaultKind, request: &Request, mut reply: Reply) -> Reply {
    if let Body::Json(body) = &mut reply.body {
        match kind {
            FaultKind::WrongType => wrong_type(body),
            FaultKind::RepeatCursor => repeat(body, request),
            FaultKind::Endless => endless(body, request),
            _ => {}
        }
    }
    reply
}

/// The records of a page, whatever the vendor calls them.
fn records(body: &mut Value) -> Option<&mut Vec<Value>> {
    if body.is_array() {
        return body.as_array_mut();
    }
    let body = body.as_object_mut()?;
    let ours =
        ["data", "results", "tickets", "users", "ticket_events", "ticket_metric_events", "organizations", "groups"];
    let more = ["satisfaction_ratings", "sla_policies", "schedules", "holidays"];
    let name = ours.into_iter().chain(more).find(|name| body.get(*name).is_some_and(Value::is_array))?;
    body.get_mut(name)?.as_array_mut()
}

fn wrong_type(body: &mut Value) {
    let Some(first) = records(body).and_then(|records| records.first_mut()) else { return };
    match first {
        Value::Object(record) => {
            let fields = ["created", "created_at", "timestamp", "time", "id"];
            let Some(field) = fields.into_iter().find(|field| record.contains_key(*field)) else { return };
            let wrong = if record[field].is_number() { json!("not a number") } else { json!({"not": "a string"}) };
            record.insert(field.to_owned(), wrong);
        }
        Value::Array(row) => {
            if let Some(last) = row.last_mut() {
                *last = json!({"not": "a number"});
            }
        }
        _ => {}
    }
}

fn set(body: &mut Value, field: &str, value: Value) {
    if let Some(old) = body.get_mut(field) {
        *old = value;
    }
}

fn repeat(body: &mut Value, request: &Request) {
    let same = format!("{}{}?{}", request.base, request.path, encode(&request.query));
    set(body, "has_more", json!(true));
    set(body, "end_of_stream", json!(false));
    for field in ["next_page", "next", "after_url"] {
        set(body, field, json!(same));
    }
    if let Some(start) = request.number("start_time") {
        set(body, "end_time", json!(start));
    }
    if let Some(cursor) = request.param("cursor") {
        set(body, "after_cursor", json!(cursor));
    }
    if let Some(meta) = body.get_mut("meta") {
        set(meta, "has_more", json!(true));
        if let Some(cursor) = request.param("page[after]") {
            set(meta, "after_cursor", json!(cursor));
        }
    }
    if let Some(links) = body.get_mut("links") {
        set(links, "next", json!(same));
    }
}

fn endless(body: &mut Value, request: &Request) {
    // Each page is asked for with the cursor the last one gave, so pages can be told apart without a counter.
    let asked = CURSORS.iter().find_map(|name| request.param(name)).unwrap_or_default();
    let digits: String = asked.chars().skip_while(|next| !next.is_ascii_digit()).collect();
    let fresh = digits.parse::<u64>().unwrap_or(0) % 1_000_000_000 / 1000 + 1;
    if let Some(records) = records(body) {
        for (number, record) in records.iter_mut().enumerate() {
            if let Some(id) = record.get_mut("id") {
                *id = match &*id {
                    Value::String(id) => {
                        json!(format!("{}_{fresh}{number:03}", id.split('_').next().unwrap_or_default()))
                    }
                    _ => json!(fresh * 1000 + number as u64),
                };
            }
        }
    }
    set(body, "has_more", json!(true));
    set(body, "end_of_stream", json!(false));
    set(body, "after_cursor", json!(format!("c{fresh}000")));
    let next = format!("{}{}?cursor=c{fresh}000", request.base, request.path);
    for field in ["next_page", "next", "after_url"] {
        set(body, field, json!(next));
    }
    if let Some(start) = request.number("start_time") {
        set(body, "end_time", json!(start + 1));
    }
    if let Some(meta) = body.get_mut("meta") {
        set(meta, "has_more", json!(true));
        set(meta, "after_cursor", json!(format!("c{fresh}000")));
    }
    if let Some(links) = body.get_mut("links") {
        set(links, "next", json!(next));
    }
}

fn encode(query: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish()
}
