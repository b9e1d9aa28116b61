//! Chargebee's lists: entries wrap their record, `next_offset` is opaque, `updated_at[after]` excludes its own second.

use base64::Engine;
use serde_json::{Value, json};

use super::{Answer, Asked, list, page, refused, text, unknown, whole};
use crate::support::api::Lists;

/// Lists, the records they wrap, and how they may be sorted.
const RECORDS: [(&str, &str, &str); 9] = [
    ("customers", "customer", "updated_at"),
    ("subscriptions", "subscription", "updated_at"),
    ("invoices", "invoice", "updated_at"),
    ("credit_notes", "credit_note", "date"),
    ("transactions", "transaction", "updated_at"),
    ("items", "item", "updated_at"),
    ("item_prices", "item_price", "updated_at"),
    ("coupons", "coupon", "created_at"),
    ("events", "event", "occurred_at"),
];

pub fn answer(lists: &Lists, asked: &Asked<'_>) -> Answer {
    let key = base64::engine::general_purpose::STANDARD.encode("sandbox:");
    if asked.header("authorization") != format!("Basic {key}") {
        return refused("the key is the user name of an empty password");
    }
    let ["api", "v2", name] = asked.path else { return unknown() };
    let Some((_, record, sorted)) = RECORDS.iter().find(|(list, ..)| list == name) else { return unknown() };
    let time = if *record == "event" { "occurred_at" } else { "updated_at" };
    let after = format!("{time}[after]");
    asked.only(&["limit", "offset", "include_deleted", "sort_by[asc]", &after, "event_type[in]"])?;
    if asked.param("sort_by[asc]").is_some_and(|by| by != *sorted) {
        return refused("sort_by: not supported");
    }
    let limit = asked.number("limit").unwrap_or(10);
    if limit > 100 {
        return refused("limit: at most 100");
    }
    let mut all: Vec<&Value> = list(lists, &format!("chargebee/{name}")).iter().collect();
    if let Some(after) = asked.number(&after) {
        all.retain(|object| whole(&object[time]) > after);
    }
    if let Some(types) = asked.param("event_type[in]") {
        let types: Vec<String> = serde_json::from_str(types).expect("a list");
        all.retain(|object| types.iter().any(|kind| object["event_type"] == **kind));
    }
    all.sort_by_key(|object| object[*sorted].as_i64());
    let from = match asked.param("offset") {
        Some(offset) => {
            serde_json::from_str::<Vec<String>>(offset).expect("an offset of ours")[0].parse().expect("a number")
        }
        None => 0,
    };
    let (records, next) = page(all, from, limit as usize);
    let entries: Vec<Value> = records.into_iter().map(|object| wrapped(record, object)).collect();
    let mut body = json!({"list": entries});
    if let Some(next) = next {
        body["next_offset"] = json!(json!([next.to_string(), "310000"]).to_string());
    }
    Ok(body)
}

/// An entry: the record among others that belong to it.
fn wrapped(record: &str, object: &Value) -> Value {
    let card = json!({"customer_id": "x", "last4": "4242", "object": "card"});
    match record {
        "subscription" => json!({
            "subscription": object, "card": card,
            "customer": {"id": object["customer_id"], "first_name": "Personal", "object": "customer"},
        }),
        "customer" => json!({"customer": object, "card": card}),
        "event" => {
            let mut event = object.clone();
            event["content"]["customer"] = json!({"id": "x", "first_name": "Personal"});
            json!({"event": event})
        }
        _ => json!({record: object}),
    }
}

/// The company of a billing system that keeps it as Stripe does, as this one keeps it.
pub fn told(from: &Lists) -> Lists {
    let mut lists = Lists::new();
    let mut add = |name: &str, objects: Vec<Value>| drop(lists.insert(format!("chargebee/{name}"), objects));
    let each = |name: &str, tell: fn(&Value) -> Value| list(from, name).iter().map(tell).collect::<Vec<_>>();
    add("customers", each("customers", customer));
    add("subscriptions", each("subscriptions", subscription));
    add("item_prices", each("prices", item_price));
    add(
        "items",
        each(
            "products",
            |p| json!({"id": p["id"], "name": p["name"], "type": "plan", "updated_at": 1, "object": "item"}),
        ),
    );
    add("coupons", each("coupons", coupon));
    add("transactions", each("charges", transaction));
    add("events", each("events", event));
    let invoices = list(from, "invoices");
    add("invoices", invoices.iter().map(invoice).collect());
    let mut credits = each("credit_notes", credit_note);
    credits.extend(invoices.iter().flat_map(cut_short));
    add("credit_notes", credits);
    lists
}

fn customer(c: &Value) -> Value {
    json!({
        "id": c["id"], "first_name": "Personal", "last_name": "Secret", "email": c["email"], "company": c["name"],
        "phone": "+49 30 1", "auto_collection": "on", "net_term_days": 0, "allow_direct_debit": false,
        "created_at": c["created"], "taxability": "taxable", "updated_at": c["created"], "pii_cleared": "active",
        "resource_version": 1_517_505_731_000_i64, "deleted": false, "object": "customer", "card_status": "valid",
        "billing_address": {"first_name": "Personal", "line1": "Secret Street 1", "object": "billing_address"},
        "promotional_credits": 0, "refundable_credits": 0, "excess_payments": 0, "unbilled_charges": 0,
        "preferred_currency_code": text(&c["currency"]).to_uppercase(), "meta_data": c["metadata"],
    })
}

fn subscription(s: &Value) -> Value {
    let items = s["items"]["data"].as_array().expect("items");
    let first = &items[0];
    let price = &first["price"];
    let is_canceled = !s["ended_at"].is_null();
    let status = match text(&s["status"]) {
        "trialing" => "in_trial",
        "canceled" => "cancelled",
        _ if s["cancel_at_period_end"] == true => "non_renewing",
        _ if !s["pause_collection"].is_null() => "paused",
        _ => "active",
    };
    let coupons: Vec<Value> = s["discounts"].as_array().expect("discounts").iter().map(|discount| {
        json!({"coupon_id": discount["source"]["coupon"]["id"], "apply_till": discount["end"], "applied_count": 1, "object": "coupon"})
    }).collect();
    let mut tiers = Vec::new();
    let told: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(i, item)| {
            tiers.extend(tiers_of(&item["price"]).into_iter().map(|mut tier| {
                tier["item_price_id"] = item["price"]["id"].clone();
                tier["object"] = json!("item_tier");
                tier
            }));
            let mut told = json!({
                "item_price_id": item["price"]["id"], "item_type": if i == 0 { "plan" } else { "addon" },
                "quantity": item["quantity"], "billing_cycles": 1, "free_quantity": 0, "object": "subscription_item",
            });
            if let Some(unit) = item["price"]["unit_amount"].as_i64() {
                told["unit_price"] = json!(unit);
                told["amount"] = json!(unit * whole(&item["quantity"]));
            }
            told
        })
        .collect();
    let ended = if is_canceled { s["ended_at"].clone() } else { s["cancel_at"].clone() };
    without_nulls(json!({
        "id": s["id"], "customer_id": s["customer"], "status": status, "currency_code": text(&s["currency"]).to_uppercase(),
        "billing_period": price["recurring"]["interval_count"], "billing_period_unit": price["recurring"]["interval"],
        "created_at": s["created"], "started_at": s["start_date"], "activated_at": s["start_date"],
        "trial_start": s["trial_start"], "trial_end": s["trial_end"], "updated_at": s["ended_at"].as_i64().unwrap_or_else(|| whole(&s["created"])),
        "current_term_start": first["current_period_start"], "current_term_end": first["current_period_end"],
        "cancelled_at": ended, "cancel_schedule_created_at": if is_canceled { Value::Null } else { s["canceled_at"].clone() },
        "has_scheduled_changes": false, "channel": "web", "deleted": false, "object": "subscription", "mrr": 0,
        "created_from_ip": "203.0.113.7", "due_invoices_count": 0, "subscription_items": told, "coupons": coupons, "item_tiers": tiers,
    }))
}

/// Tiers with both their ends; the last one is open.
fn tiers_of(price: &Value) -> Vec<Value> {
    let mut starts = 1;
    let tiers = price["tiers"].as_array().map_or(&[][..], Vec::as_slice);
    tiers.iter().map(|tier| {
        let told = without_nulls(json!({
            "starting_unit": starts, "ending_unit": tier["up_to"], "price": tier["unit_amount"], "pricing_type": "per_unit",
        }));
        starts = tier["up_to"].as_i64().unwrap_or(0) + 1;
        told
    }).collect()
}

fn item_price(p: &Value) -> Value {
    let model = match p["tiers_mode"].as_str() {
        Some("graduated") => "tiered",
        Some(mode) => mode,
        None => "per_unit",
    };
    without_nulls(json!({
        "id": p["id"], "name": p["id"], "item_id": p["product"], "item_family_id": "family", "item_type": "plan", "status": "active",
        "pricing_model": model, "price": p["unit_amount"], "period": p["recurring"]["interval_count"],
        "period_unit": p["recurring"]["interval"], "currency_code": text(&p["currency"]).to_uppercase(), "free_quantity": 0,
        "created_at": p["created"], "updated_at": p["created"], "is_taxable": true, "object": "item_price", "tiers": tiers_of(p),
    }))
}

fn coupon(c: &Value) -> Value {
    let duration = match text(&c["duration"]) {
        "once" => "one_time",
        "repeating" => "limited_period",
        forever => forever,
    };
    without_nulls(json!({
        "id": c["id"], "name": c["id"], "discount_type": if c["percent_off"].is_null() { "fixed_amount" } else { "percentage" },
        "discount_percentage": c["percent_off"], "discount_amount": c["amount_off"], "currency_code": "USD",
        "duration_type": duration, "apply_on": "invoice_amount", "status": "active", "created_at": c["created"],
        "updated_at": c["created"], "object": "coupon",
    }))
}

fn transaction(c: &Value) -> Value {
    json!({
        "id": c["id"], "customer_id": c["customer"], "type": "payment", "date": c["created"], "amount": c["amount"],
        "status": if c["status"] == "succeeded" { "success" } else { "failure" }, "gateway": "chargebee", "payment_method": "card",
        "currency_code": text(&c["currency"]).to_uppercase(), "masked_card_number": "************4242", "iin": "424242", "last4": "4242",
        "updated_at": c["created"], "deleted": false, "object": "transaction", "exchange_rate": 1,
    })
}

fn event(e: &Value) -> Value {
    json!({
        "id": e["id"], "occurred_at": e["created"], "source": "admin_console", "object": "event", "api_version": "v2",
        "event_type": "subscription_changed", "content": {"subscription": subscription(&e["data"]["object"])}, "user": "secret@acme.example",
    })
}

/// Lines that take back are credit notes here.
fn invoice(i: &Value) -> Value {
    let made = &i["status_transitions"]["finalized_at"];
    let lines = i["lines"]["data"].as_array().expect("lines");
    let charged: Vec<&Value> = lines.iter().filter(|line| whole(&line["amount"]) >= 0).collect();
    let total: i64 = charged.iter().map(|line| whole(&line["amount"])).sum();
    let status = match text(&i["status"]) {
        "open" => "payment_due",
        "void" => "voided",
        paid => paid,
    };
    let told: Vec<Value> = charged.iter().map(|line| {
        let quantity = whole(&line["quantity"]);
        without_nulls(json!({
            "id": line["id"], "subscription_id": i["parent"]["subscription_details"]["subscription"], "customer_id": i["customer"],
            "date_from": line["period"]["start"], "date_to": line["period"]["end"], "amount": line["amount"], "quantity": quantity,
            // of the rest of a term, where it is a proration
            "unit_amount": whole(&line["amount"]) / quantity.max(1), "pricing_model": "per_unit", "is_taxed": false, "tax_amount": 0,
            "object": "line_item", "description": "Plan", "entity_type": "plan_item_price", "entity_id": line["price"]["id"],
            "discount_amount": 0, "item_level_discount_amount": 0, "tax_exempt_reason": "tax_not_configured",
        }))
    }).collect();
    without_nulls(json!({
        "id": i["id"], "customer_id": i["customer"], "subscription_id": i["parent"]["subscription_details"]["subscription"],
        "recurring": true, "status": status, "date": made, "due_date": i["due_date"].as_i64().or(made.as_i64()),
        "net_term_days": if i["due_date"].is_null() { 0 } else { 14 }, "price_type": "tax_exclusive",
        "total": total, "amount_paid": if status == "paid" { total } else { 0 }, "amount_adjusted": 0, "write_off_amount": 0,
        "credits_applied": 0, "amount_due": if status == "payment_due" { total } else { 0 }, "amount_to_collect": 0,
        "paid_at": i["status_transitions"]["paid_at"], "voided_at": i["status_transitions"]["voided_at"], "first_invoice": false,
        "generated_at": made, "updated_at": made, "deleted": false, "object": "invoice", "currency_code": text(&i["currency"]).to_uppercase(),
        "line_items": told, "linked_payments": [{"txn_id": "txn_1", "txn_status": "success"}], "applied_credits": [], "adjustment_credit_notes": [],
        "issued_credit_notes": [], "dunning_attempts": [], "billing_address": {"first_name": "Personal", "line1": "Secret Street 1"},
    }))
}

/// What a change of plan gives back.
fn cut_short(i: &Value) -> Vec<Value> {
    let lines = i["lines"]["data"].as_array().expect("lines");
    lines.iter().filter(|line| whole(&line["amount"]) < 0).map(|line| json!({
        "id": format!("cn_{}", text(&line["id"])), "customer_id": i["customer"], "reference_invoice_id": i["id"], "type": "refundable",
        "reason_code": "subscription_change", "status": "refund_due", "date": i["created"], "updated_at": i["created"],
        "total": -whole(&line["amount"]), "currency_code": "USD", "object": "credit_note", "deleted": false,
    })).collect()
}

fn credit_note(c: &Value) -> Value {
    json!({
        "id": c["id"], "customer_id": c["customer"], "reference_invoice_id": c["invoice"], "type": "refundable",
        "reason_code": "product_unsatisfactory", "status": if c["status"] == "void" { "voided" } else { "refunded" },
        "date": c["created"], "updated_at": c["created"], "total": c["amount"], "currency_code": "USD", "object": "credit_note",
        "deleted": false,
    })
}

/// Absent, as the API sends what is not there.
fn without_nulls(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}
