//! A history in the objects of the billing API, as of an instant: what a pull then would get.

use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Discount, EVENTS_FROM, Item, PRODUCTS, Price, State, Subscription, World, seconds};
use crate::support::store::Books;

pub fn books(world: &World, as_of: i64) -> Books {
    let mut books = Books::default();
    for (id, name) in PRODUCTS.iter().enumerate() {
        books.add(
            "products",
            json!({"id": format!("prod_{id}"), "object": "product", "created": 1, "name": name, "active": true}),
        );
    }
    for price in &world.prices {
        books.add("prices", price_json(price));
    }
    for at in 0..world.coupons.len() {
        books.add("coupons", coupon(world, at));
    }
    for customer in &world.customers {
        books.customer(customer);
    }
    for subscription in world.accounts.iter().flat_map(|account| &account.subscriptions) {
        if subscription.created <= as_of {
            books.add("subscriptions", snapshot(world, subscription, as_of));
            events(world, subscription, as_of, &mut books);
            if subscription.has_invoices {
                invoices(world, subscription, as_of, &mut books);
            }
        }
    }
    books
}

/// Millionths as a decimal fraction, as the API writes it.
fn decimal(unit_e6: i128) -> String {
    let text = format!("{}.{:06}", unit_e6 / 1_000_000, unit_e6 % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn price_json(price: &Price) -> Value {
    let (interval, count) = price.interval;
    let whole = (price.unit_e6 % 1_000_000 == 0).then_some(price.unit_e6 / 1_000_000);
    let package = price.package.map(|(size, up)| json!({"divide_by": size, "round": if up { "up" } else { "down" }}));
    json!({
        "id": price.id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": 1, "type": "recurring",
        "currency": price.currency, "livemode": true, "metadata": {}, "product": format!("prod_{}", price.product),
        "recurring": {"interval": interval, "interval_count": count,
            "usage_type": if price.is_metered { "metered" } else { "licensed" }},
        "unit_amount": whole.map(|whole| whole as i64), "unit_amount_decimal": decimal(price.unit_e6), "tiers_mode": null,
        "transform_quantity": package,
    })
}

fn coupon(world: &World, at: usize) -> Value {
    let coupon = &world.coupons[at];
    json!({
        "id": coupon.id, "object": "coupon", "created": 1, "duration": coupon.duration, "livemode": true, "valid": true,
        "percent_off": coupon.percent_e2.map(|percent| percent as f64 / 100.0), "amount_off": coupon.off_minor,
        "currency": coupon.off_minor.map(|_| coupon.currency),
    })
}

fn discounts(world: &World, all: &[Discount], at: i64) -> Value {
    let shown = all.iter().filter(|discount| discount.end.is_none_or(|end| at < end)).map(|discount| {
        // expanded, or as the coupon's id
        let of = if discount.start % 2 == 0 {
            coupon(world, discount.coupon)
        } else {
            json!(world.coupons[discount.coupon].id)
        };
        json!({"id": discount.id, "object": "discount", "start": discount.start, "end": discount.end,
            "source": {"type": "coupon", "coupon": of}})
    });
    shown.collect()
}

fn item(world: &World, of: &Subscription, item: &Item, at: i64) -> Value {
    let price = &world.prices[item.price];
    let quantity = if price.is_metered { Value::Null } else { json!(item.quantity) };
    json!({
        "id": item.id, "object": "subscription_item", "created": of.created, "discounts": discounts(world, &item.discounts, at),
        "price": price_json(price), "quantity": quantity, "subscription": of.id,
        "current_period_start": at, "current_period_end": at + 30 * 86_400,
    })
}

fn object(world: &World, of: &Subscription, state: &State, at: i64, ended: Option<i64>) -> Value {
    let items: Vec<Value> = state.items.iter().map(|one| item(world, of, one, at)).collect();
    let status = if ended.is_some() { "canceled" } else { state.status };
    json!({
        "id": of.id, "object": "subscription", "created": of.created, "start_date": of.start, "customer": of.customer,
        "currency": of.currency, "status": status, "livemode": true, "metadata": {},
        "items": {"object": "list", "has_more": false, "url": "/v1/subscription_items", "data": items},
        "canceled_at": ended, "ended_at": ended, "cancel_at": null, "cancel_at_period_end": state.is_leaving,
        "cancellation_details": {"comment": null, "feedback": null, "reason": null},
        "discounts": discounts(world, &state.discounts, at),
        "trial_start": state.trial.map(|(from, _)| from), "trial_end": state.trial.map(|(_, to)| to),
        "pause_collection": state.is_paused.then(|| json!({"behavior": "void", "resumes_at": null})),
    })
}

fn snapshot(world: &World, of: &Subscription, as_of: i64) -> Value {
    let ended = of.ended.filter(|(_, told)| *told <= as_of).map(|(ended, _)| ended);
    object(world, of, of.at(as_of), as_of, ended)
}

fn events(world: &World, of: &Subscription, as_of: i64, books: &mut Books) {
    let mut told: Vec<(i64, &str, Value)> = Vec::new();
    for (number, state) in of.states.iter().enumerate() {
        let kind = if number == 0 { "created" } else { "updated" };
        told.push((state.at.max(of.created), kind, object(world, of, state, state.at.max(of.created), None)));
    }
    if let Some((ended, at)) = of.ended {
        told.push((at, "deleted", object(world, of, of.at(at), at, Some(ended))));
    }
    let mut before = Value::Null;
    for (number, (at, kind, object)) in told.into_iter().enumerate() {
        let previous = std::mem::replace(&mut before, object["items"].clone());
        if at > as_of || (!of.is_documented && at < seconds(EVENTS_FROM)) {
            continue;
        }
        // of events of one second the latest is listed first
        books.add(
            "events",
            json!({
                "id": format!("evt_{}_{:03}", of.id, 999 - number), "object": "event", "created": at, "livemode": true,
                "type": format!("customer.subscription.{kind}"), "api_version": "2025-09-30.clover",
                "data": {"object": object, "previous_attributes": {"items": previous}},
            }),
        );
    }
}

/// A line before it is on an invoice.
struct Line<'a> {
    invoiced: i64,
    item: &'a str,
    price: &'a Price,
    quantity: i64,
    amount: i64,
    from: i64,
    to: i64,
    is_proration: bool,
}

fn invoices(world: &World, of: &Subscription, as_of: i64, books: &mut Books) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut ids: Vec<&str> = of.states.iter().flat_map(|state| &state.items).map(|item| item.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        bill(world, of, id, as_of, &mut lines);
    }
    lines.retain(|line| line.invoiced <= as_of);
    lines.sort_by_key(|line| (line.invoiced, line.item, line.amount));
    for (number, group) in lines.chunk_by(|a, b| a.invoiced == b.invoiced).enumerate() {
        let id = format!("in_{}_{number}", of.id);
        let data: Vec<Value> =
            group.iter().enumerate().map(|(at, line)| line_json(of, &format!("il_{id}_{at}"), line)).collect();
        let total: i64 = group.iter().map(|line| line.amount).sum();
        let made = group[0].invoiced;
        let status = ["paid", "paid", "open", "uncollectible", "void"][number % 5];
        books.add("invoices", json!({
            "id": id, "object": "invoice", "created": made, "customer": of.customer, "currency": of.currency,
            "status": status, "billing_reason": "subscription_cycle",
            "livemode": true, "metadata": {}, "total": total, "amount_due": total, "amount_paid": total, "amount_remaining": 0,
            "attempt_count": 1, "due_date": null,
            "status_transitions": {"finalized_at": made, "paid_at": made, "voided_at": null, "marked_uncollectible_at": null},
            "parent": {"type": "subscription_details", "subscription_details": {"subscription": of.id}},
            "lines": {"object": "list", "has_more": false, "url": format!("/v1/invoices/{id}/lines"), "data": data},
        }));
    }
}

/// The n-th boundary of an interval after an anchor.
fn boundary(anchor: i64, (unit, count): (&str, i64), n: i64) -> i64 {
    let months = match unit {
        "day" => return anchor + 86_400 * count * n,
        "week" => return anchor + 7 * 86_400 * count * n,
        "month" => count * n,
        _ => 12 * count * n,
    };
    let from = jiff::Timestamp::from_second(anchor).expect("an instant").to_zoned(TimeZone::UTC);
    from.saturating_add(months.months()).timestamp().as_second()
}

/// All lines of an item: whole periods, and at every change within one the rest of it credited and charged anew.
fn bill<'a>(world: &'a World, of: &'a Subscription, id: &str, as_of: i64, lines: &mut Vec<Line<'a>>) {
    let found = |state: &'a State| (state.at, state.items.iter().find(|item| item.id == id));
    let steps: Vec<(i64, Option<&'a Item>)> = of.states.iter().map(found).collect();
    let in_force = |at: i64| steps.iter().rev().find(|(from, _)| *from <= at).and_then(|(_, item)| *item);
    let Some((begin, Some(item))) = steps.iter().find(|(_, item)| item.is_some()) else { return };
    if world.prices[item.price].is_metered {
        return;
    }
    if let Some((from, to)) = of.states[0].trial.filter(|_| *begin == of.start) {
        // the trial, for nothing
        lines.push(Line { amount: 0, ..line(world, item, from, to, None) });
    }
    let Some(paid_from) = of.states.iter().find(|state| !["trialing", "incomplete"].contains(&state.status)) else {
        return;
    };
    let until = of.ended.map_or(i64::MAX, |(_, told)| told).min(as_of + 1);
    let mut at = paid_from.at.max(*begin);
    // an item that comes later joins the cycle
    let mut anchor = paid_from.at;
    while at < until
        && let Some(mut item) = in_force(at)
    {
        let interval = world.prices[item.price].interval;
        let end = next_boundary(anchor, interval, at);
        let is_whole = is_boundary(anchor, interval, at);
        lines.push(line(world, item, at, end, (!is_whole).then_some((1, end - at, full(interval)))));
        let mut renewed = None;
        for (change, after) in steps.iter().filter(|(change, _)| at < *change && *change < end.min(until)) {
            let same = after.is_some_and(|after| after.price == item.price && after.quantity == item.quantity);
            if same {
                continue;
            }
            let part = end - change;
            lines.push(line(world, item, *change, end, Some((-1, part, full(interval)))));
            let Some(after) = after else {
                renewed = Some(i64::MAX);
                break;
            };
            item = after;
            if world.prices[item.price].interval != interval {
                // another interval starts a cycle of its own
                (anchor, renewed) = (*change, Some(*change));
                break;
            }
            lines.push(line(world, item, *change, end, Some((1, part, full(interval)))));
        }
        at = renewed.unwrap_or(end);
    }
    if let Some((ended, told)) = of.ended.filter(|(ended, told)| of.is_credited_at_end && ended < &at && *told <= as_of)
        && let Some(item) = in_force(ended)
    {
        let credit = line(world, item, ended, at.min(ended + 400 * 86_400), Some((-1, 1, 2)));
        lines.push(Line { invoiced: told, ..credit });
    }
}

/// No history has more boundaries: there are not as many weeks in it.
const LAST: i64 = 1000;

fn is_boundary(anchor: i64, interval: (&str, i64), at: i64) -> bool {
    (0..LAST).map(|n| boundary(anchor, interval, n)).find(|boundary| *boundary >= at) == Some(at)
}

fn next_boundary(anchor: i64, interval: (&str, i64), at: i64) -> i64 {
    (0..LAST).map(|n| boundary(anchor, interval, n)).find(|boundary| *boundary > at).expect("a boundary")
}

/// About the length of an interval.
fn full((unit, count): (&str, i64)) -> i64 {
    86_400
        * count
        * match unit {
            "day" => 1,
            "week" => 7,
            "month" => 30,
            _ => 365,
        }
}

/// A line at once; with a share (sign, part, whole) it is a proration.
fn line<'a>(world: &'a World, item: &'a Item, from: i64, to: i64, share: Option<(i64, i64, i64)>) -> Line<'a> {
    let price = &world.prices[item.price];
    let units = match price.package {
        Some((size, true)) => (item.quantity + size - 1) / size,
        Some((size, false)) => item.quantity / size,
        None => item.quantity,
    };
    let whole = price.unit_e6 * i128::from(units) / 1_000_000;
    let amount = share.map_or(whole, |(sign, part, period)| {
        // a proration that rounds to nothing would tell nothing
        let part = (whole * i128::from(part) / i128::from(period)).max(i128::from(whole > 0));
        i128::from(sign) * part
    });
    Line {
        invoiced: from,
        item: &item.id,
        price,
        quantity: item.quantity,
        amount: amount as i64,
        from,
        to,
        is_proration: share.is_some(),
    }
}

fn line_json(of: &Subscription, id: &str, line: &Line<'_>) -> Value {
    let mut json = json!({
        "id": id, "object": "line_item", "amount": line.amount, "currency": of.currency, "quantity": line.quantity,
        "period": {"start": line.from, "end": line.to}, "livemode": true,
    });
    if of.is_old_version {
        json["type"] = json!("subscription");
        json["subscription"] = json!(of.id);
        json["subscription_item"] = json!(line.item);
        json["proration"] = json!(line.is_proration);
        json["price"] = price_json(line.price);
    } else {
        json["parent"] = json!({"type": "subscription_item_details", "subscription_item_details": {
            "subscription": of.id, "subscription_item": line.item, "proration": line.is_proration}});
        json["pricing"] = json!({"type": "price_details", "unit_amount_decimal": decimal(line.price.unit_e6),
            "price_details": {"price": line.price.id, "product": format!("prod_{}", line.price.product)}});
    }
    json
}
