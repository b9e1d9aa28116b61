//! PostHog: HogQL over the events, surveys and groups.

mod hogql;
mod store;

use serde_json::{Value, json};

use super::{
    super::{
        random,
        simulate::Company,
        time::{Secs, iso},
    },
    Reply, Request,
};
pub use store::Store;

/// The survey that asks for a score from 0 to 10.
pub fn survey_id(company: &Company) -> String {
    random::uuid(company.world.seed, "survey", 0)
}

/// Answers a request.
pub fn answer(company: &Company, store: &Store, request: &Request) -> Reply {
    let parts = request.parts();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["api", "projects"]) => {
            Reply::ok(json!({"count": 1, "next": null, "previous": null, "results": [project(company)]}))
        }
        ("GET", ["api", "projects", "1" | "@current"]) => Reply::ok(project(company)),
        ("POST", ["api", "projects", "1", "query"]) => query(store, request),
        ("GET", ["api", "projects", "1", "surveys"]) => {
            let rows = vec![survey(company)];
            Reply::ok(json!({"count": rows.len(), "next": null, "previous": null, "results": rows}))
        }
        ("GET", ["api", "projects", "1", "groups_types"]) => Reply::ok(json!([{
            "group_type": "company", "group_type_index": 0, "name_singular": "company", "name_plural": "companies",
            "detail_dashboard": null, "default_columns": null, "created_at": iso(company.world.born)
        }])),
        ("GET", ["api", "projects", "1", "groups"]) => groups(company, request),
        _ => failure(404),
    }
}

fn project(company: &Company) -> Value {
    json!({
        "id": 1, "uuid": random::uuid(company.world.seed, "project", 0), "name": "Northwind Reports", "timezone": "UTC",
        "created_at": iso(company.world.born), "is_demo": false
    })
}

fn survey(company: &Company) -> Value {
    let id = survey_id(company);
    json!({
        "id": id, "name": "How likely are you to recommend us?", "description": "", "type": "popover", "schedule": "recurring",
        "linked_flag": null, "linked_flag_id": null, "linked_insight_id": null, "targeting_flag": null, "internal_targeting_flag": null,
        "questions": [{
            "id": random::uuid(company.world.seed, "question", 0), "type": "rating", "scale": 10, "display": "number",
            "question": "How likely are you to recommend us?", "description": "", "lowerBoundLabel": "Not likely",
            "upperBoundLabel": "Very likely", "buttonText": "Submit"
        }],
        "conditions": null, "appearance": {}, "created_at": iso(company.world.born),
        "created_by": {"id": 1, "uuid": random::uuid(company.world.seed, "staff", 0), "distinct_id": "staff-1", "first_name": "Mara", "last_name": "Lindqvist", "email": "mara@northwind-reports.example", "is_email_verified": true, "hedgehog_config": null, "role_at_organization": null},
        "start_date": iso(company.world.born), "end_date": null, "archived": false, "responses_limit": null, "feature_flag_keys": [],
        "iteration_count": null, "iteration_frequency_days": null, "iteration_start_dates": [], "current_iteration": null,
        "current_iteration_start_date": null, "response_sampling_start_date": null, "response_sampling_interval_type": null,
        "response_sampling_interval": null, "response_sampling_limit": null, "response_sampling_daily_limits": null,
        "enable_partial_responses": false, "user_access_level": "editor"
    })
}

fn groups(company: &Company, request: &Request) -> Reply {
    if request.param("group_type_index") != Some("0") {
        return invalid("group_type_index is required and must be 0");
    }
    let after: usize = request.param("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let size = 100;
    let seen: Vec<(usize, &super::super::simulate::accounts::Account)> =
        company.accounts.iter().enumerate().filter(|(_, account)| account.joined <= request.now).collect();
    let from = seen.partition_point(|(number, _)| *number < after);
    let page = &seen[from..seen.len().min(from + size)];
    let rows: Vec<Value> = page
        .iter()
        .map(|(_, account)| {
            json!({
                "group_type_index": 0, "group_key": account.group_key, "created_at": iso(account.joined),
                "group_properties": {"name": account.name, "domain": account.domain, "region": account.region}
            })
        })
        .collect();
    let last = page.last().map_or(0, |(number, _)| number + 1);
    let next = (from + size < seen.len())
        .then(|| format!("{}/api/projects/1/groups/?group_type_index=0&cursor={last}", request.base));
    Reply::ok(json!({"next": next, "previous": null, "results": rows}))
}

fn query(store: &Store, request: &Request) -> Reply {
    let body: Value = match serde_json::from_slice(&request.body) {
        Ok(body) => body,
        Err(error) => return problem("parse_error", &format!("JSON parse error - {error}"), Value::Null),
    };
    if body["query"]["kind"] != "HogQLQuery" {
        return invalid("the sandbox answers queries of kind HogQLQuery only");
    }
    let Some(text) = body["query"]["query"].as_str() else {
        return problem("required", "This field is required.", json!("query"));
    };
    match store.query(text, request.now) {
        Err(message) => invalid(&message),
        Ok(answer) => Reply::ok(json!({
            "cache_key": format!("cache_1_{:x}", text.len()), "cache_target_age": null, "calculation_trigger": null,
            "clickhouse": null, "columns": answer.columns, "error": null, "explain": null, "hasMore": answer.more, "hogql": text,
            "is_cached": false, "last_refresh": iso(request.now), "limit": answer.limit, "metadata": null,
            "modifiers": {"personsOnEventsMode": "person_id_override_properties_on_events", "convertToProjectTimezone": true},
            "next_allowed_client_refresh": iso(request.now + 60), "offset": answer.offset, "query": text, "query_status": null,
            "results": answer.rows, "timezone": "UTC", "timings": [{"k": ".", "t": 0.012}], "types": answer.types
        })),
    }
}

fn invalid(detail: &str) -> Reply {
    problem("invalid_input", detail, Value::Null)
}

fn problem(code: &str, detail: &str, attr: Value) -> Reply {
    Reply::status(400, json!({"type": "validation_error", "code": code, "detail": detail, "attr": attr}))
}

/// PostHog's answer to a wrong key, and to none.
pub fn unauthorized(given: bool) -> Reply {
    let (code, detail) = if given {
        ("authentication_failed", "Personal API key found in request Authorization header is invalid.")
    } else {
        ("not_authenticated", "Authentication credentials were not provided.")
    };
    Reply::status(401, json!({"type": "authentication_error", "code": code, "detail": detail, "attr": null}))
        .header("www-authenticate", "Bearer")
}

/// PostHog's answer when something goes wrong.
pub fn failure(status: u16) -> Reply {
    let (kind, code, detail) = match status {
        404 => ("invalid_request", "not_found", "Not found."),
        403 => ("authentication_error", "permission_denied", "API key missing required scope 'query:read'"),
        429 => ("throttled_error", "throttled", "Request was throttled. Expected available in 27 seconds."),
        _ => ("server_error", "error", "A server error occurred."),
    };
    let reply = Reply::status(status, json!({"type": kind, "code": code, "detail": detail, "attr": null}));
    if status == 429 { reply.header("retry-after", 1) } else { reply }
}

/// The instant as PostHog stores it.
fn timestamp(at: Secs) -> String {
    iso(at).replace('T', " ").replace('Z', "")
}
