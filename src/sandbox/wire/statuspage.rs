//! Statuspage: incidents with their updates, and components.

use serde_json::{Value, json};

use super::{
    super::{
        STATUS_PAGE, random,
        simulate::{
            Company,
            status::{COMPONENTS, Impact, Incident},
        },
        time::{Secs, iso},
    },
    Reply, Request, join,
};

/// Answers a request.
pub fn answer(company: &Company, request: &Request) -> Reply {
    let parts = request.parts();
    if parts.get(2).is_some_and(|page| *page != STATUS_PAGE) {
        return failure(404);
    }
    match parts.as_slice() {
        ["v1", "pages"] => Reply::ok(json!([page(company)])),
        ["v1", "pages", _] => Reply::ok(page(company)),
        ["v1", "pages", _, "components"] => {
            let (size, page) = paging(request);
            let all = (0..COMPONENTS.len()).skip((page - 1) * size).take(size);
            Reply::ok(all.map(|at| component(company, at, request.now)).collect())
        }
        ["v1", "pages", _, "incidents"] => incidents(company, request),
        ["v1", "pages", _, "incidents", id] => {
            let found = company.incidents.iter().find(|incident| incident_id(company, incident) == *id);
            match found.filter(|incident| incident.started <= request.now) {
                Some(found) => Reply::ok(incident(company, found, request.now)),
                None => failure(404),
            }
        }
        _ => failure(404),
    }
}

/// Statuspage writes milliseconds.
fn stamp(at: Secs) -> String {
    iso(at).replace('Z', ".000Z")
}

fn id(company: &Company, kind: &str, number: u64) -> String {
    random::id(company.world.seed, kind, number, 12)[kind.len()..].to_lowercase()
}

fn incident_id(company: &Company, incident: &Incident) -> String {
    id(company, "incident", incident.serial)
}

fn page(company: &Company) -> Value {
    let born = stamp(company.world.born);
    json!({
        "id": STATUS_PAGE, "created_at": born, "updated_at": born, "name": "Northwind Reports",
        "page_description": null, "headline": null, "branding": "basic", "subdomain": "northwind", "domain": null, "url": null,
        "support_url": null, "hidden_from_search": false, "allow_page_subscribers": true,
        "time_zone": company.world.zone.iana_name().unwrap_or("UTC")
    })
}

fn component(company: &Company, at: usize, now: Secs) -> Value {
    let open = company
        .incidents
        .iter()
        .find(|incident| incident.component == at && incident.started <= now && now < incident.resolved);
    json!({
        "id": id(company, "component", at as u64), "page_id": STATUS_PAGE, "group_id": null, "created_at": stamp(company.world.born),
        "updated_at": stamp(company.world.born), "group": false, "name": COMPONENTS[at], "description": null, "position": at + 1,
        "status": open.map_or("operational", |incident| affected(incident.impact)), "showcase": true,
        "only_show_if_degraded": false, "automation_email": "", "start_date": null
    })
}

fn affected(impact: Impact) -> &'static str {
    match impact {
        Impact::Minor => "degraded_performance",
        Impact::Major => "partial_outage",
        Impact::Critical => "major_outage",
        Impact::Maintenance => "under_maintenance",
    }
}

/// Page size and number.
fn paging(request: &Request) -> (usize, usize) {
    let size = request.number("per_page").or(request.number("limit")).unwrap_or(100).clamp(1, 100) as usize;
    (size, request.number("page").unwrap_or(1).max(1) as usize)
}

fn incidents(company: &Company, request: &Request) -> Reply {
    let (size, page) = paging(request);
    let seen = company.incidents.iter().rev().filter(|incident| incident.started <= request.now);
    let rows: Value =
        seen.skip((page - 1) * size).take(size).map(|found| incident(company, found, request.now)).collect();
    Reply::ok(rows)
}

fn incident(company: &Company, incident: &Incident, now: Secs) -> Value {
    let id = incident_id(company, incident);
    let maintenance = incident.impact == Impact::Maintenance;
    let steps = if maintenance {
        vec![("in_progress", incident.started), ("completed", incident.resolved)]
    } else {
        vec![
            ("investigating", incident.started),
            ("identified", incident.identified),
            ("monitoring", incident.monitoring),
            ("resolved", incident.resolved),
        ]
    };
    let steps: Vec<(usize, (&str, Secs))> = steps.into_iter().enumerate().filter(|(_, (_, at))| *at <= now).collect();
    let code = self::id(company, "component", incident.component as u64);
    let updates: Vec<Value> = steps
        .iter()
        .rev()
        .map(|(number, (status, at))| {
            let before = match number {
                0 => "operational",
                _ => affected(incident.impact),
            };
            let over = matches!(*status, "resolved" | "completed");
            let after = if over { "operational" } else { affected(incident.impact) };
            json!({
                "id": self::id(company, "update", incident.serial * 10 + *number as u64), "incident_id": id,
                "affected_components": [{
                    "code": code, "name": COMPONENTS[incident.component], "old_status": before, "new_status": after
                }],
                "body": format!("{}: {status}", incident.name), "created_at": stamp(*at), "custom_tweet": null,
                "deliver_notifications": true, "display_at": stamp(*at), "status": status, "tweet_id": null,
                "twitter_updated_at": null, "updated_at": stamp(*at), "wants_twitter_update": false
            })
        })
        .collect();
    let (status, updated) = steps.last().map_or(("investigating", incident.started), |(_, step)| *step);
    let impact = match incident.impact {
        Impact::Minor => "minor",
        Impact::Major => "major",
        Impact::Critical => "critical",
        Impact::Maintenance => "maintenance",
    };
    let resolved = (incident.resolved <= now).then(|| stamp(incident.resolved));
    join(
        json!({
        "id": id, "page_id": STATUS_PAGE, "name": incident.name, "status": status, "impact": impact, "impact_override": null,
        "created_at": stamp(incident.started), "updated_at": stamp(updated), "started_at": stamp(incident.started), "resolved_at": resolved,
        "monitoring_at": (!maintenance && incident.monitoring <= now).then(|| stamp(incident.monitoring)),
        "scheduled_for": maintenance.then(|| stamp(incident.started)), "scheduled_until": maintenance.then(|| stamp(incident.resolved)),
        "scheduled_remind_prior": false, "scheduled_reminded_at": null, "scheduled_auto_in_progress": false,
        "scheduled_auto_completed": false, "auto_transition_deliver_notifications_at_start": false,
        "auto_transition_deliver_notifications_at_end": false, "auto_transition_to_maintenance_state": false
        }),
        json!({
                "auto_transition_to_operational_state": false, "auto_tweet_at_beginning": false, "auto_tweet_on_completion": false,
            "auto_tweet_on_creation": false, "auto_tweet_one_hour_before": false, "backfill_date": null, "backfilled": false,
            "components": [component(company, incident.component, now)], "incident_updates": updates,
            "metadata": {}, "postmortem_body": null, "postmortem_body_last_updated_at": null,
            "postmortem_ignored": false, "postmortem_notified_subscribers": false, "postmortem_notified_twitter": false,
            "postmortem_published_at": null, "reminder_intervals": null, "shortlink": format!("https://stspg.io/{id}")
        }),
    )
}

/// Statuspage's answer to a wrong key, and to none.
pub fn unauthorized() -> Reply {
    Reply::status(401, json!({"error": "Could not authenticate"}))
}

/// Statuspage's answer when something goes wrong.
pub fn failure(status: u16) -> Reply {
    let message = match status {
        404 => "Resource not found",
        403 => "You are not authorized to access this resource.",
        420 | 429 => "Enhance Your Calm: the rate limit was exceeded.",
        _ => "An unexpected error occurred.",
    };
    Reply::status(status, json!({"error": message}))
}
