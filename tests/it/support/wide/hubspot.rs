//! HubSpot's companies, with the properties that were named, and owners, with those who have left apart.

use serde_json::{Map, Value, json};

use super::{Answer, Asked, list, page, refused, unknown};
use crate::support::api::Lists;

pub fn answer(lists: &Lists, asked: &Asked<'_>) -> Answer {
    if asked.header("authorization") != "Bearer sandbox" {
        return refused("no token");
    }
    let is_archived = asked.param("archived") == Some("true");
    let limit = asked.number("limit").unwrap_or(10);
    let from = asked.number("after").unwrap_or(0) as usize;
    let (results, next) = match asked.path {
        ["crm", "v3", "objects", "companies"] => {
            asked.only(&["limit", "after", "properties", "archived"])?;
            let named: Vec<&str> = asked.param("properties").unwrap_or("name,domain").split(',').collect();
            let (found, next) = page(list(lists, "hubspot/companies").iter().collect(), from, limit.min(100) as usize);
            (found.into_iter().map(|company| with(company, &named)).collect::<Vec<_>>(), next)
        }
        ["crm", "v3", "owners"] => {
            asked.only(&["limit", "after", "archived"])?;
            let owners = list(lists, "hubspot/owners").iter().filter(|owner| owner["archived"] == is_archived);
            page(owners.cloned().collect(), from, limit.min(500) as usize)
        }
        _ => return unknown(),
    };
    let mut body = json!({"results": results});
    if let Some(next) = next {
        body["paging"] =
            json!({"next": {"after": next.to_string(), "link": format!("https://api.hubapi.com/?after={next}")}});
    }
    Ok(body)
}

/// A company with the properties asked for, and those that always come.
fn with(company: &Value, named: &[&str]) -> Value {
    let all = company["properties"].as_object().expect("properties");
    let mut shown: Map<String, Value> =
        named.iter().map(|name| ((*name).to_owned(), all.get(*name).cloned().unwrap_or_default())).collect();
    for (name, value) in [("createdate", "2025-01-01T00:00:00Z"), ("hs_lastmodifieddate", "2026-01-01T00:00:00.123Z")] {
        shown.insert(name.into(), json!(value));
    }
    shown.insert("hs_object_id".into(), company["id"].clone());
    json!({
        "id": company["id"], "properties": shown, "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00.123Z",
        "archived": false,
    })
}
