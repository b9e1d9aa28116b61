//! Zendesk: incremental exports and cursor lists.

mod metric_events;
mod objects;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::{
        simulate::Company,
        time::{Secs, iso},
    },
    Reply, Request,
};
use metric_events::MetricEvent;
use objects::{Render, User};

/// Exports leave out what happened within the last minute.
const HOLDBACK: Secs = 60;

/// The help desk in the orders its exports need.
#[derive(Debug)]
pub struct Index {
    /// Updates: instant, id, ticket and position on it.
    audits: Vec<(Secs, i64, usize, usize)>,
    metric_events: Vec<MetricEvent>,
    users: Vec<(Secs, i64, User)>,
}

impl Index {
    /// Sorts the log.
    pub fn new(company: &Company) -> Index {
        let tickets = company.support.tickets.iter().enumerate();
        let mut audits: Vec<(Secs, i64, usize, usize)> = tickets
            .flat_map(|(number, ticket)| {
                ticket.audits.iter().enumerate().map(move |(position, audit)| (audit.at, audit.id, number, position))
            })
            .collect();
        audits.sort_unstable();
        let users = Render { company, base: "", now: 0 }.users();
        Index { audits, metric_events: metric_events::all(company), users }
    }
}

/// Answers a request.
pub fn answer(company: &Company, index: &Index, request: &Request) -> Reply {
    let render = Render { company, base: &request.base, now: request.now };
    let parts = request.parts();
    let ["api", "v2", path @ ..] = parts.as_slice() else { return failure(404) };
    if request.method != "GET" {
        return failure(404);
    }
    match path {
        ["incremental", "tickets", "cursor"] => tickets(render, request),
        ["incremental", "users", "cursor"] => users(render, index, request),
        ["incremental", "ticket_events"] => ticket_events(render, index, request),
        ["incremental", "ticket_metric_events"] => ticket_metric_events(render, index, request),
        ["users", "me"] => match index.users.first() {
            Some((at, id, user)) => Reply::ok(json!({"user": render.user(*at, *id, *user)})),
            None => failure(404),
        },
        ["users", id] => {
            let found = index.users.iter().find(|(at, user, _)| *at <= request.now && user.to_string() == *id);
            single("user", found.map(|(at, id, user)| render.user(*at, *id, *user)))
        }
        ["tickets", id] => {
            let found = company.support.tickets.iter().find(|ticket| ticket.id.to_string() == *id);
            let shown = found.and_then(|ticket| render.ticket(ticket, false));
            single("ticket", shown.filter(|ticket| ticket["status"] != "deleted"))
        }
        ["organizations", id] => {
            let mut known = company.accounts.iter().map(|account| account.joined <= request.now && account.org_id.to_string() == *id);
            single("organization", known.position(|found| found).map(|account| render.organization(account)))
        }
        ["groups", id] => {
            let mut groups = (0..2).map(|group| render.group(group));
            single("group", groups.find(|group| has_id(group, id)))
        }
        ["organizations"] => {
            let known = |account: &usize| company.accounts[*account].joined <= request.now;
            let rows = (0..company.accounts.len()).filter(known).map(|account| render.organization(account)).collect();
            list(request, "organizations", rows)
        }
        ["groups"] => list(request, "groups", (0..2).map(|group| render.group(group)).collect()),
        ["brands"] => list(request, "brands", (0..2).map(|brand| {
            let id = 41_000_000 + brand;
            json!({"id": id, "url": format!("{}/api/v2/brands/{id}.json", request.base), "name": (["Northwind", "Northwind Lite"][brand]), "subdomain": "northwind", "active": true, "default": brand == 0, "created_at": iso(company.world.born), "updated_at": iso(company.world.born)})
        }).collect()),
        ["satisfaction_ratings"] => satisfaction_ratings(render, index, request),
        ["slas", "policies"] => list(request, "sla_policies", vec![render.policy()]),
        ["slas", "policies", id] => {
            single("sla_policy", Some(render.policy()).filter(|policy| has_id(policy, id)))
        }
        ["business_hours", "schedules", id] => {
            single("schedule", Some(render.schedule()).filter(|schedule| has_id(schedule, id)))
        }
        ["business_hours", "schedules"] => whole(request, "schedules", vec![render.schedule()]),
        ["business_hours", "schedules", id, "holidays"] if *id == objects::SCHEDULE.to_string() => {
            whole(request, "holidays", render.holidays())
        }
        _ => failure(404),
    }
}

/// Zendesk names zones as Rails does, not as IANA does.
fn rails_zone(company: &Company) -> String {
    match company.world.zone.iana_name().unwrap_or("UTC") {
        "America/New_York" => "Eastern Time (US & Canada)".to_owned(),
        "America/Chicago" => "Central Time (US & Canada)".to_owned(),
        "America/Denver" => "Mountain Time (US & Canada)".to_owned(),
        "America/Los_Angeles" => "Pacific Time (US & Canada)".to_owned(),
        zone => zone.rsplit('/').next().unwrap_or(zone).replace('_', " "),
    }
}

fn refused(error: &str, description: &str) -> Reply {
    Reply::status(400, json!({"error": error, "description": description}))
}

/// The `start_time` of an export, refused when missing or too recent.
fn start_time(request: &Request) -> Result<Secs, Box<Reply>> {
    let Some(start) = request.param("start_time") else {
        return Err(Box::new(refused("InvalidValue", "Missing or invalid start_time parameter")));
    };
    let start: Secs =
        start.parse().map_err(|_| Box::new(refused("InvalidValue", "Missing or invalid start_time parameter")))?;
    if start > request.now - HOLDBACK {
        return Err(Box::new(refused("InvalidValue", "Too recent start_time. Use a start_time older than 60 seconds")));
    }
    Ok(start)
}

fn page_size(request: &Request) -> usize {
    request.number("per_page").unwrap_or(1000).clamp(1, 1000) as usize
}

fn cursor(at: Secs, id: i64) -> String {
    STANDARD.encode(format!("{at}.0||{id}"))
}

/// Where a cursor export resumes: after this instant and id.
fn resume(request: &Request) -> Result<(Secs, i64), Box<Reply>> {
    let Some(text) = request.param("cursor") else { return start_time(request).map(|start| (start, i64::MIN)) };
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parsed = decoded.as_deref().and_then(|text| {
        let (at, id) = text.split_once(".0||")?;
        Some((at.parse().ok()?, id.parse().ok()?))
    });
    parsed.ok_or_else(|| Box::new(refused("InvalidPaginationParameter", "The cursor is invalid")))
}

/// A page of a cursor export over rows in order of (instant, id).
fn export<T>(
    request: &Request,
    path: &str,
    name: &str,
    rows: &[(Secs, i64, T)],
    render: impl Fn(&(Secs, i64, T)) -> Option<Value>,
) -> Reply {
    let after = match resume(request) {
        Ok(after) => after,
        Err(refused) => return *refused,
    };
    let first = rows.partition_point(|(at, id, _)| (*at, *id) <= after);
    let page: Vec<&(Secs, i64, T)> = rows[first..].iter().take(page_size(request)).collect();
    let (at, id) = page.last().map_or((after.0, after.1.max(0)), |(at, id, _)| (*at, *id));
    let next = match (page.is_empty(), request.param("cursor")) {
        (true, Some(same)) => same.to_owned(),
        (true, None) => cursor(at - 1, 0),
        _ => cursor(at, id),
    };
    let url = format!(
        "{}/api/v2/incremental/{path}/cursor.json?cursor={}",
        request.base,
        url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>()
    );
    let end = first + page.len() >= rows.len();
    let records: Vec<Value> = page.into_iter().filter_map(render).collect();
    Reply::ok(json!({
        name: records, "after_url": url, "after_cursor": next, "before_url": null, "before_cursor": null, "end_of_stream": end
    }))
}

fn tickets(render: Render<'_>, request: &Request) -> Reply {
    let render = Render { now: request.now - HOLDBACK, ..render };
    let tickets = &render.company.support.tickets;
    let mut rows: Vec<(Secs, i64, usize)> = Vec::with_capacity(tickets.len());
    for (position, ticket) in tickets.iter().enumerate() {
        if let Some(last) = ticket.seen(render.now).last() {
            rows.push((last.at, ticket.id, position));
        }
    }
    rows.sort_unstable();
    let metrics = request.param("include").is_some_and(|include| include.split(',').any(|name| name == "metric_sets"));
    export(request, "tickets", "tickets", &rows, |(_, _, position)| render.ticket(&tickets[*position], metrics))
}

fn users(render: Render<'_>, index: &Index, request: &Request) -> Reply {
    let known = index.users.partition_point(|(at, ..)| *at <= request.now - HOLDBACK);
    export(request, "users", "users", &index.users[..known], |(at, id, user)| Some(render.user(*at, *id, *user)))
}

/// A page of a time-based export: from `start_time` on, the next page starting with this one's last second.
fn timed<T>(
    request: &Request,
    path: &str,
    name: &str,
    rows: &[T],
    at: impl Fn(&T) -> Secs,
    render: impl Fn(&T) -> Value,
) -> Reply {
    let start = match start_time(request) {
        Ok(start) => start,
        Err(refused) => return *refused,
    };
    let first = rows.partition_point(|row| at(row) < start);
    let last = rows.partition_point(|row| at(row) <= request.now - HOLDBACK);
    let mut to = last.min(first + page_size(request)).max(first);
    // Never a page within one second: it could not be left.
    while to < last && at(&rows[to]) == start {
        to += 1;
    }
    let page = &rows[first..to];
    let end = page.last().map_or(start, &at);
    let mut next = format!("{}/api/v2/incremental/{path}.json?start_time={end}", request.base);
    for (key, value) in request.query.iter().filter(|(key, _)| key != "start_time") {
        next = format!("{next}&{key}={}", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>());
    }
    let records: Vec<Value> = page.iter().map(render).collect();
    Reply::ok(json!({
        name: records, "count": to - first, "end_of_stream": to >= last, "end_time": end, "next_page": next
    }))
}

fn ticket_events(render: Render<'_>, index: &Index, request: &Request) -> Reply {
    let comments =
        request.param("include").is_some_and(|include| include.split(',').any(|name| name == "comment_events"));
    timed(
        request,
        "ticket_events",
        "ticket_events",
        &index.audits,
        |row| row.0,
        |(_, _, ticket, position)| render.ticket_event(&render.company.support.tickets[*ticket], *position, comments),
    )
}

fn ticket_metric_events(render: Render<'_>, index: &Index, request: &Request) -> Reply {
    if request.param("page[size]").is_none() {
        let row = |event: &MetricEvent| metric_events::render(render, event);
        return timed(
            request,
            "ticket_metric_events",
            "ticket_metric_events",
            &index.metric_events,
            |event| event.at,
            row,
        );
    }
    let start = match start_time(request) {
        Ok(start) => start,
        Err(refused) => return *refused,
    };
    let events = &index.metric_events;
    let first = events.partition_point(|event| event.at < start);
    let last = events.partition_point(|event| event.at <= request.now - HOLDBACK).max(first);
    cursor_page(
        request,
        "ticket_metric_events",
        &events[first..last],
        |event| event.id,
        |event| metric_events::render(render, event),
    )
}

fn satisfaction_ratings(render: Render<'_>, index: &Index, request: &Request) -> Reply {
    let tickets = &render.company.support.tickets;
    let from = request.number("start_time").unwrap_or(Secs::MIN);
    let to = request.number("end_time").unwrap_or(Secs::MAX).min(request.now);
    let wanted = |score: &str| match request.param("score") {
        Some("received") => score != "offered",
        Some(wanted) => wanted == score,
        None => true,
    };
    let seen = index.audits.iter().filter(|(at, ..)| from <= *at && *at <= to);
    let ratings = seen.filter_map(|(_, _, ticket, position)| {
        let ticket = &tickets[*ticket];
        render.rating(ticket, &ticket.audits[*position])
    });
    let rows = ratings.filter(|rating| wanted(rating["score"].as_str().unwrap_or_default())).collect();
    list(request, "satisfaction_ratings", rows)
}

fn has_id(record: &Value, id: &str) -> bool {
    id.parse().is_ok_and(|id: i64| record["id"] == id)
}

/// One record, below its name.
fn single(name: &str, found: Option<Value>) -> Reply {
    found.map_or_else(|| failure(404), |record| Reply::ok(json!({name: record})))
}

/// A list that comes in one piece: schedules and holidays know no pages.
fn whole(request: &Request, name: &str, rows: Vec<Value>) -> Reply {
    Reply::ok(json!({name: rows, "url": format!("{}{}", request.base, request.path)}))
}

fn list(request: &Request, name: &str, rows: Vec<Value>) -> Reply {
    if request.param("page[size]").is_some() || request.param("page[after]").is_some() {
        return cursor_page(request, name, &rows, |row| row["id"].as_i64().unwrap_or_default(), Value::clone);
    }
    let size = request.number("per_page").unwrap_or(100).clamp(1, 100) as usize;
    let page = request.number("page").unwrap_or(1).max(1) as usize;
    let count = rows.len();
    let link = |page: usize| format!("{}{}?page={page}&per_page={size}", request.base, request.path);
    let records: Vec<Value> = rows.into_iter().skip((page - 1) * size).take(size).collect();
    Reply::ok(json!({
        name: records, "count": count, "next_page": (page * size < count).then(|| link(page + 1)),
        "previous_page": (page > 1).then(|| link(page - 1))
    }))
}

/// A page of a cursor list; the cursor is the last id seen, so rows that appear meanwhile shift nothing.
fn cursor_page<T>(
    request: &Request,
    name: &str,
    rows: &[T],
    id: impl Fn(&T) -> i64,
    render: impl Fn(&T) -> Value,
) -> Reply {
    let Some(size) =
        request.param("page[size]").unwrap_or("100").parse().ok().filter(|size| (1..=100_usize).contains(size))
    else {
        return refused("InvalidPaginationParameter", "Please provide an integer between 1 and 100 for page[size]");
    };
    let from = match request.param("page[after]") {
        None => 0,
        Some(text) => {
            let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let last: Option<i64> = decoded.and_then(|text| text.strip_prefix("after-")?.parse().ok());
            let place = last.and_then(|last| rows.iter().position(|row| id(row) == last));
            let Some(place) = place else {
                return refused("InvalidPaginationParameter", "page[after] is not valid");
            };
            place + 1
        }
    };
    let page: Vec<&T> = rows[from..].iter().take(size).collect();
    let more = from + page.len() < rows.len();
    let mark = |row: &T| STANDARD.encode(format!("after-{}", id(row)));
    let (before, after) = (page.first().map(|row| mark(row)), page.last().map(|row| mark(row)));
    let link = |cursor: &Option<String>| {
        let kept = request.query.iter().filter(|(key, _)| key != "page[after]");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair("page[after]", cursor.as_deref().unwrap_or_default());
        format!("{}{}?{}", request.base, request.path, query.finish())
    };
    let next = more.then(|| link(&after));
    let records: Vec<Value> = page.into_iter().map(render).collect();
    Reply::ok(json!({
        name: records, "meta": {"has_more": more, "after_cursor": after, "before_cursor": before}, "links": {"next": next, "prev": null}
    }))
}

/// Zendesk's answer to a wrong credential, and to none.
pub fn unauthorized() -> Reply {
    Reply::status(401, json!({"error": "Couldn't authenticate you"}))
        .header("www-authenticate", "Basic realm=\"Web Password\"")
}

/// Zendesk's answer when something goes wrong.
pub fn failure(status: u16) -> Reply {
    let (error, description) = match status {
        404 => ("RecordNotFound", "Not found"),
        403 => (
            "Forbidden",
            "You do not have access to this page. Please contact the account owner of this help desk for further help.",
        ),
        429 => ("APIRateLimitExceeded", "Number of allowed API requests per minute exceeded"),
        _ => ("InternalError", "Internal server error"),
    };
    let reply = Reply::status(status, json!({"error": error, "description": description}));
    if status == 429 { reply.header("retry-after", 1) } else { reply }
}
