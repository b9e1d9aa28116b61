//! Intercom's searches (a cursor inside the body), a conversation with its parts, and lists by page.

use serde_json::{Value, json};

use super::{Answer, Asked, list, page, refused, seconds, text, unknown, whole};
use crate::support::api::Lists;
use crate::support::zendesk::BOT;

pub fn answer(lists: &Lists, asked: &Asked<'_>) -> Answer {
    if asked.header("authorization") != "Bearer sandbox" || asked.header("intercom-version") != "2.11" {
        return refused("no token or version");
    }
    match (asked.is_post, asked.path) {
        (true, ["conversations", "search"]) => {
            search(asked, list(lists, "intercom/conversations"), "conversations", &without_parts)
        }
        (true, ["contacts", "search"]) => search(asked, list(lists, "intercom/contacts"), "data", &Value::clone),
        (true, ["companies", "list"]) => {
            asked.only(&["page", "per_page"])?;
            let number = asked.number("page").unwrap_or(1) as usize;
            let (data, next) = page(list(lists, "intercom/companies").to_vec(), (number - 1) * super::PAGE, 60);
            Ok(json!({"type": "list", "data": data, "total_count": 0, "pages": {
                "type": "pages", "page": number, "per_page": 60, "total_pages": 1, "next": next.map(|_| json!({"page": number + 1}))}}))
        }
        (false, ["conversations", id]) => {
            let found = list(lists, "intercom/conversations").iter().find(|conversation| conversation["id"] == **id);
            found.cloned().map_or_else(unknown, Ok)
        }
        (false, ["teams"]) => Ok(json!({"type": "team.list", "teams": list(lists, "intercom/teams")})),
        _ => unknown(),
    }
}

fn without_parts(conversation: &Value) -> Value {
    let mut conversation = conversation.clone();
    conversation.as_object_mut().expect("an object").remove("conversation_parts");
    conversation
}

fn search(asked: &Asked<'_>, all: &[Value], records: &str, show: &dyn Fn(&Value) -> Value) -> Answer {
    let body: Value = serde_json::from_str(asked.body).expect("a JSON body");
    let query = &body["query"];
    if query["field"] != "updated_at"
        || query["operator"] != ">"
        || body["sort"] != json!({"field": "updated_at", "order": "ascending"})
    {
        return refused("not a search of ours");
    }
    let after = query["value"].as_i64().or_else(|| query["value"].as_str().and_then(|text| text.parse().ok()));
    let Some(after) = after else { return refused("value: not a time") };
    let per_page = whole(&body["pagination"]["per_page"]);
    if per_page > 150 {
        return refused("per_page: at most 150");
    }
    let mut found: Vec<&Value> = all.iter().filter(|object| whole(&object["updated_at"]) > after).collect();
    found.sort_by_key(|object| whole(&object["updated_at"]));
    let from = body["pagination"]["starting_after"]
        .as_str()
        .map_or(0, |cursor| cursor.strip_prefix("after-").expect("a cursor of ours").parse().expect("a number"));
    let total = found.len();
    let (found, next) = page(found, from, per_page as usize);
    let mut pages = json!({"type": "pages", "page": from / super::PAGE + 1, "per_page": per_page, "total_pages": total.div_ceil(super::PAGE)});
    if let Some(next) = next {
        pages["next"] = json!({"page": next / super::PAGE + 1, "starting_after": format!("after-{next}")});
    }
    let shown: Vec<Value> = found.into_iter().map(show).collect();
    Ok(json!({"type": "list", "total_count": total, "pages": pages, records: shown}))
}

/// The customers' questions of a helpdesk that keeps them as Zendesk does, as this one keeps them.
pub fn told(from: &Lists) -> Lists {
    let mut lists = Lists::new();
    let ratings = list(from, "satisfaction_ratings");
    let conversations = list(from, "tickets").iter().map(|ticket| conversation(from, ticket, ratings)).collect();
    lists.insert("intercom/conversations".into(), conversations);
    let people = list(from, "users").iter().filter(|user| user["role"] == "end-user");
    lists.insert("intercom/contacts".into(), people.map(contact).collect());
    lists.insert("intercom/companies".into(), list(from, "organizations").iter().map(company).collect());
    lists
}

fn contact(user: &Value) -> Value {
    let companies: Vec<Value> = user["organization_id"]
        .as_i64()
        .map(|id| json!({"id": format!("co{id}"), "type": "company"}))
        .into_iter()
        .collect();
    json!({
        "type": "contact", "id": format!("contact{}", user["id"]), "role": "user", "email": "secret@customer.example",
        "name": "Personal Secret", "phone": "+49 30 1", "updated_at": seconds(&user["updated_at"]), "created_at": seconds(&user["updated_at"]),
        "companies": {"type": "list", "data": companies, "url": "/contacts/x/companies", "total_count": companies.len(), "has_more": false},
    })
}

fn company(organization: &Value) -> Value {
    let website = organization["domain_names"][0].as_str().map(|domain| format!("https://www.{domain}/about"));
    json!({
        "type": "company", "id": format!("co{}", organization["id"]), "company_id": organization["external_id"].as_str().unwrap_or_default(),
        "name": organization["name"], "website": website, "created_at": 1, "updated_at": 1, "monthly_spend": 0, "session_count": 0,
        "user_count": 1, "plan": {}, "custom_attributes": {"secret": "Secret"},
    })
}

fn author(id: &Value) -> Value {
    let id = whole(id);
    match id {
        BOT => json!({"type": "bot", "id": id.to_string(), "name": "Operator", "email": "operator@intercom.io"}),
        9000.. => {
            json!({"type": "admin", "id": id.to_string(), "name": "Personal Secret", "email": "secret@acme.example"})
        }
        _ => {
            json!({"type": "user", "id": format!("contact{id}"), "name": "Personal Secret", "email": "secret@customer.example"})
        }
    }
}

fn conversation(from: &Lists, ticket: &Value, ratings: &[Value]) -> Value {
    let audits = list(from, "ticket_events").iter().filter(|audit| audit["ticket_id"] == ticket["id"]);
    let mut steps: Vec<(&Value, &Value)> = audits
        .flat_map(|audit| audit["child_events"].as_array().expect("events").iter().map(move |child| (audit, child)))
        .collect();
    steps.retain(|(_, child)| child["event_type"] != "Create");
    let first = steps.remove(0).1;
    let parts: Vec<Value> = steps.into_iter().map(|(audit, child)| part(audit, child)).collect();
    let rating =
        ratings.iter().filter(|rating| rating["ticket_id"] == ticket["id"]).max_by_key(|rating| whole(&rating["id"]));
    let state = match text(&ticket["status"]) {
        "solved" | "closed" => "closed",
        "pending" => "snoozed",
        _ => "open",
    };
    json!({
        "type": "conversation", "id": ticket["id"].to_string(), "created_at": seconds(&ticket["created_at"]),
        "updated_at": seconds(&ticket["updated_at"]), "title": "Secret", "state": state, "open": state == "open", "read": true,
        "priority": if ticket["priority"] == "high" { "priority" } else { "not_priority" }, "admin_assignee_id": 9001,
        "team_assignee_id": null, "waiting_since": null, "snoozed_until": null,
        "source": {"type": ticket["via"]["channel"], "id": "1", "delivered_as": "customer_initiated", "subject": "Secret", "body": "<p>Secret</p>",
            "author": author(&first["author_id"]), "attachments": [], "url": null, "redacted": false},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": format!("contact{}", ticket["requester_id"])}]},
        "tags": {"type": "tag.list", "tags": []}, "teammates": null, "custom_attributes": {}, "sla_applied": null,
        "conversation_rating": rating.map(|rating| json!({
            "rating": if text(&rating["score"]).starts_with("good") { 5 } else { 2 }, "remark": "Secret",
            "created_at": seconds(&rating["created_at"]), "updated_at": seconds(&rating["updated_at"]),
            "contact": {"type": "contact", "id": "x"}, "teammate": {"type": "admin", "id": 9001}})),
        "conversation_parts": {"type": "conversation_part.list", "total_count": parts.len(), "conversation_parts": parts},
    })
}

fn part(audit: &Value, child: &Value) -> Value {
    let (kind, by, body) = match (child["event_type"].as_str(), child["public"].as_bool(), child["status"].as_str()) {
        (Some("Comment"), Some(false), _) => ("note", &child["author_id"], Some("<p>Secret</p>")),
        (Some("Comment"), ..) => ("comment", &child["author_id"], Some("<p>Secret</p>")),
        (_, _, Some("solved" | "closed")) => ("close", &audit["updater_id"], None),
        (_, _, Some("pending")) => ("snoozed", &audit["updater_id"], None),
        _ => ("open", &audit["updater_id"], None),
    };
    json!({
        "type": "conversation_part", "id": child["id"].to_string(), "part_type": kind, "body": body, "created_at": audit["timestamp"],
        "updated_at": audit["timestamp"], "notified_at": audit["timestamp"], "assigned_to": null, "author": author(by),
        "attachments": [], "external_id": null, "redacted": false,
    })
}
