//! Billing objects as Stripe's list endpoints send them, in the few fields that matter and the usual ones around them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::store::Books;

/// Seconds of a local time in Berlin: `2026-03-01` or `2026-03-01 14:30`.
pub fn at(local: &str) -> i64 {
    let text = if local.len() == 10 { format!("{local} 00:00") } else { local.to_owned() };
    let civil: DateTime = format!("{}:00", text.replace(' ', "T")).parse().expect("a local time");
    civil.to_zoned(TimeZone::get("Europe/Berlin").expect("a zone")).expect("an instant").timestamp().as_second()
}

/// A monthly price in dollar cents unless changed.
#[derive(Clone)]
pub struct Price {
    pub json: Value,
}

pub fn monthly(minor: i64) -> Price {
    price(minor, "month", 1, "usd")
}

pub fn price(minor: i64, interval: &str, count: i64, currency: &str) -> Price {
    let id = format!("price_{minor}_{count}{interval}_{currency}");
    Price {
        json: json!({
            "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": at("2025-01-01"),
            "currency": currency, "livemode": true, "metadata": {}, "product": "prod_basic", "type": "recurring",
            "recurring": {"interval": interval, "interval_count": count, "usage_type": "licensed"},
            "unit_amount": minor, "unit_amount_decimal": minor.to_string(), "tiers_mode": null,
            "transform_quantity": null,
        }),
    }
}

/// A tiered monthly price: tiers as (up to, unit amount, flat amount), amounts in minor units, maybe below one.
pub fn tiered(id: &str, mode: &str, tiers: &[(Option<i64>, &str, &str)]) -> Price {
    let tiers: Vec<Value> = tiers
        .iter()
        .map(|(up_to, unit, flat)| {
            let whole = |text: &str| text.parse::<i64>().ok();
            json!({
                "up_to": up_to, "unit_amount": whole(unit), "unit_amount_decimal": unit,
                "flat_amount": if *flat == "0" { None } else { whole(flat) },
                "flat_amount_decimal": if *flat == "0" { None } else { Some(flat) },
            })
        })
        .collect();
    let mut price = monthly(0).with(id, "/billing_scheme", json!("tiered"));
    for (field, value) in [("tiers", json!(tiers)), ("tiers_mode", json!(mode)), ("unit_amount", json!(null))] {
        price.json[field] = value;
    }
    price.with(id, "/unit_amount_decimal", json!(null))
}

impl Price {
    /// The same price under another id, one field changed.
    pub fn with(mut self, id: &str, field: &str, value: Value) -> Price {
        self.json["id"] = json!(id);
        *self.json.pointer_mut(field).expect("a field of a price") = value;
        self
    }

    pub fn id(&self) -> &str {
        self.json["id"].as_str().expect("an id")
    }
}

/// A live subscription of one item; its ids follow from the subscription's.
#[derive(Clone)]
pub struct Subscription {
    pub json: Value,
    pub price: Price,
}

pub fn subscription(id: &str, customer: &str, price: &Price, quantity: i64, start: &str) -> Subscription {
    let from = at(start);
    Subscription {
        price: price.clone(),
        json: json!({
            "id": id, "object": "subscription", "created": from, "start_date": from, "customer": customer,
            "currency": price.json["currency"], "status": "active", "livemode": true, "metadata": {},
            "items": {"object": "list", "has_more": false, "url": "/v1/subscription_items", "data": [{
                "id": format!("si_{id}"), "object": "subscription_item", "created": from, "discounts": [],
                "price": price.json, "quantity": quantity, "subscription": id,
                "current_period_start": from, "current_period_end": from + 30 * 86400,
            }]},
            "canceled_at": null, "ended_at": null, "cancel_at": null, "cancel_at_period_end": false,
            "cancellation_details": {"comment": null, "feedback": null, "reason": null}, "discounts": [],
            "trial_start": null, "trial_end": null, "pause_collection": null, "billing_cycle_anchor": from,
        }),
    }
}

impl Subscription {
    pub fn set(mut self, field: &str, value: Value) -> Subscription {
        self.json[field] = value;
        self
    }

    pub fn ended(self, local: &str) -> Subscription {
        let end = at(local);
        self.set("status", json!("canceled")).set("canceled_at", json!(end)).set("ended_at", json!(end))
    }

    pub fn quantity(mut self, quantity: i64) -> Subscription {
        self.json["items"]["data"][0]["quantity"] = json!(quantity);
        self
    }

    /// A coupon in force from `start`, to `end` if given.
    pub fn coupon(self, coupon: Value, start: &str, end: Option<&str>) -> Subscription {
        let id = format!("di_{}", self.json["id"].as_str().expect("an id"));
        let discount = json!({
            "id": id, "object": "discount", "start": at(start), "end": end.map(at),
            "source": {"type": "coupon", "coupon": coupon}, "subscription": self.json["id"],
        });
        self.set("discounts", json!([discount]))
    }

    fn id(&self) -> &str {
        self.json["id"].as_str().expect("an id")
    }
}

pub fn coupon(id: &str, duration: &str, percent_off: Option<f64>, amount_off: Option<i64>) -> Value {
    json!({
        "id": id, "object": "coupon", "created": at("2025-01-01"), "duration": duration, "livemode": true,
        "percent_off": percent_off, "amount_off": amount_off, "currency": amount_off.map(|_| "usd"), "valid": true,
    })
}

/// A line of an invoice for a subscription's item.
pub struct Line<'a> {
    pub amount: i64,
    pub quantity: i64,
    pub price: &'a Price,
    pub from: &'a str,
    pub to: &'a str,
    pub is_proration: bool,
}

impl Books {
    /// A customer with an address of its own domain.
    pub fn customer(&mut self, id: &str) -> &mut Books {
        self.customer_as(id, "livemode", json!(true))
    }

    /// A customer, one field changed.
    pub fn customer_as(&mut self, id: &str, field: &str, value: Value) -> &mut Books {
        let mut customer = json!({
            "id": id, "object": "customer", "created": at("2025-01-01"), "currency": "usd", "livemode": true,
            "email": format!("billing@{}.example", id.replace('_', "-")), "name": id, "metadata": {}, "delinquent": false,
        });
        customer[field] = value;
        self.add("customers", customer);
        self
    }

    /// A subscription with its price; the customer if it is not there yet.
    pub fn subscribe(&mut self, subscription: &Subscription) -> &mut Books {
        let price = &subscription.price;
        self.add_once("prices", &price.json);
        self.add("subscriptions", subscription.json.clone());
        self
    }

    /// A customer with one subscription.
    pub fn one(&mut self, subscription: &Subscription) -> &mut Books {
        let customer = subscription.json["customer"].as_str().expect("a customer").to_owned();
        self.customer(&customer).subscribe(subscription)
    }

    /// A paid invoice of a subscription, made at the first line's start or as prorations are.
    pub fn invoice(&mut self, of: &Subscription, number: u32, lines: &[Line<'_>]) -> &mut Books {
        let id = format!("in_{}_{number}", of.id());
        let made = lines.iter().map(|line| at(line.from)).max().expect("a line");
        let lines: Vec<Value> =
            lines.iter().enumerate().map(|(i, line)| line_json(of, &format!("{id}_{i}"), line)).collect();
        let total: i64 = lines.iter().map(|line| line["amount"].as_i64().expect("an amount")).sum();
        for line in &lines {
            let price = &line["price"];
            self.add_once("prices", price);
        }
        self.add("invoices", json!({
            "id": id, "object": "invoice", "created": made, "customer": of.json["customer"], "currency": of.json["currency"],
            "status": "paid", "billing_reason": "subscription_cycle", "livemode": true, "metadata": {}, "total": total,
            "amount_due": total, "amount_paid": total, "amount_remaining": 0, "attempt_count": 1, "due_date": null,
            "status_transitions": {"finalized_at": made, "paid_at": made, "voided_at": null, "marked_uncollectible_at": null},
            "parent": {"type": "subscription_details", "subscription_details": {"subscription": of.json["id"]}},
            "lines": {"object": "list", "has_more": false, "url": format!("/v1/invoices/{id}/lines"), "data": lines},
        }));
        self
    }

    /// An invoice for a whole month from a day on, at the subscription's price.
    pub fn month(&mut self, of: &Subscription, number: u32, quantity: i64, from: &str, to: &str) -> &mut Books {
        let amount = of.price.json["unit_amount"].as_i64().expect("an amount") * quantity;
        self.invoice(of, number, &[Line { amount, quantity, price: &of.price, from, to, is_proration: false }])
    }

    /// `customer.subscription.updated`, as the subscription was after it.
    pub fn event(&mut self, snapshot: &Subscription, local: &str) -> &mut Books {
        let created = at(local);
        self.add("events", json!({
            "id": format!("evt_{}_{created}", snapshot.id()), "object": "event", "created": created, "livemode": true,
            "type": "customer.subscription.updated", "api_version": "2025-09-30.clover",
            "data": {"object": snapshot.json, "previous_attributes": {}},
        }));
        self
    }

    fn add_once(&mut self, list: &str, object: &Value) {
        if !self.has(list, &object["id"]) {
            self.add(list, object.clone());
        }
    }
}

fn line_json(of: &Subscription, id: &str, line: &Line<'_>) -> Value {
    json!({
        "id": format!("il_{id}"), "object": "line_item", "amount": line.amount, "currency": of.json["currency"],
        "quantity": line.quantity, "period": {"start": at(line.from), "end": at(line.to)}, "livemode": true,
        "parent": {"type": "subscription_item_details", "subscription_item_details": {
            "subscription": of.json["id"], "subscription_item": of.json["items"]["data"][0]["id"],
            "proration": line.is_proration}},
        "pricing": {"type": "price_details", "price_details": {"price": line.price.id(), "product": "prod_basic"},
            "unit_amount_decimal": line.price.json["unit_amount_decimal"]},
        "price": line.price.json,
    })
}
