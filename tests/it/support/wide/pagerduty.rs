//! PagerDuty's incidents: a window of at most six months, pages by offset up to 10 000, times in the zone asked for.

use serde_json::{Value, json};

use super::{Answer, Asked, list, page, refused, seconds, unknown};
use crate::support::api::Lists;

pub fn answer(lists: &Lists, asked: &Asked<'_>) -> Answer {
    if asked.header("authorization") != "Token token=sandbox" {
        return refused("no token");
    }
    let ["incidents"] = asked.path else { return unknown() };
    asked.only(&["limit", "offset", "since", "until", "time_zone", "sort_by"])?;
    let time =
        |name: &str| asked.param(name).map(|text| text.parse::<jiff::Timestamp>().expect("an instant").as_second());
    let (Some(since), Some(until)) = (time("since"), time("until")) else { return refused("a month is the default") };
    if until - since > 184 * 86400 {
        return refused("the range is at most six months");
    }
    let (limit, offset) = (asked.number("limit").unwrap_or(25), asked.number("offset").unwrap_or(0));
    if limit > 100 || offset + limit > 10_000 {
        return refused("limit and offset are at most 10 000 together");
    }
    let zone = jiff::tz::TimeZone::get(asked.param("time_zone").unwrap_or("UTC")).expect("a zone");
    let local = |value: &Value| match value {
        Value::Null => Value::Null,
        time => {
            let time = jiff::Timestamp::from_second(seconds(time)).expect("a time").to_zoned(zone.clone());
            json!(time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        }
    };
    let mut found: Vec<&Value> = list(lists, "pagerduty/incidents").iter().collect();
    found.retain(|incident| (since..until).contains(&seconds(&incident["created_at"])));
    found.sort_by_key(|incident| seconds(&incident["created_at"]));
    let (found, next) = page(found, offset as usize, limit as usize);
    let shown: Vec<Value> = found
        .into_iter()
        .map(|incident| {
            let mut shown = incident.clone();
            for field in ["created_at", "updated_at", "last_status_change_at", "resolved_at"] {
                shown[field] = local(&incident[field]);
            }
            shown
        })
        .collect();
    Ok(json!({"incidents": shown, "limit": limit, "offset": offset, "total": null, "more": next.is_some()}))
}

/// The incidents of a status page, as people were paged for them.
pub fn told(from: &Lists) -> Lists {
    let paged = list(from, "incidents").iter().filter(|incident| incident["impact"] != "maintenance");
    Lists::from([("pagerduty/incidents".into(), paged.map(incident).collect())])
}

fn incident(i: &Value) -> Value {
    let priority = match i["impact"].as_str() {
        Some("critical") => "P1",
        Some("major") => "SEV-2",
        _ => "P3",
    };
    let is_over = !i["resolved_at"].is_null();
    json!({
        "id": i["id"], "type": "incident", "summary": i["name"], "self": "https://api.pagerduty.com/incidents/X", "incident_number": 1234,
        "title": i["name"], "created_at": i["started_at"], "updated_at": i["started_at"], "status": if is_over { "resolved" } else { "triggered" },
        "incident_key": "baf7cf21b1da41b4b0221008339ff357", "service": {"id": "PIJ90N7", "type": "service_reference", "summary": "API"},
        "assignments": [], "assigned_via": "escalation_policy", "last_status_change_at": if is_over { &i["resolved_at"] } else { &i["started_at"] },
        "resolved_at": i["resolved_at"], "urgency": "high", "teams": [], "alert_counts": {"all": 1, "triggered": 0, "resolved": 1},
        "first_trigger_log_entry": {"id": "Q02JTSNZWHSEKV", "summary": "Secret"}, "acknowledgements": [],
        "last_status_change_by": {"id": "PXPGF42", "type": "user_reference", "summary": "Personal Secret"},
        "priority": {"id": "P53ZZH5", "type": "priority", "summary": priority, "name": priority, "color": "a8171c", "description": null},
    })
}
