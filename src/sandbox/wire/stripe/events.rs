//! Stripe's events: that an object changed, with a snapshot of it and what it was before.

use serde_json::{Map, Value, json};

use super::{
    super::super::{
        random,
        simulate::{Company, subscriptions::Status},
        time::{DAY, Secs},
    },
    objects::Render,
};

/// An event, as a pointer to the object that changed.
#[derive(Debug)]
pub struct Event {
    pub at: Secs,
    pub kind: &'static str,
    pub resource: &'static str,
    pub position: usize,
}

/// Every event of the log, oldest first.
pub fn events(company: &Company) -> Vec<Event> {
    let mut events = Vec::new();
    let mut add = |at, kind, resource, position| events.push(Event { at, kind, resource, position });
    for (position, account) in company.accounts.iter().enumerate() {
        add(account.joined, "customer.created", "customers", position);
        if let Some(at) = company.deleted_at(position) {
            add(at, "customer.deleted", "customers", position);
        }
    }
    for (position, price) in company.catalog.prices.iter().enumerate() {
        add(price.created, "price.created", "prices", position);
    }
    for (position, subscription) in company.subscriptions.iter().enumerate() {
        let end = subscription.ended();
        add(subscription.created, "customer.subscription.created", "subscriptions", position);
        if let Some(trial_end) = subscription.trial_end {
            add(trial_end - 3 * DAY, "customer.subscription.trial_will_end", "subscriptions", position);
        }
        for (before, state) in subscription.states.iter().zip(subscription.states.iter().skip(1)) {
            let kind = match state.status {
                Status::Canceled => "customer.subscription.deleted",
                _ => "customer.subscription.updated",
            };
            add(state.at, kind, "subscriptions", position);
            if (before.status == Status::PastDue) != (state.status == Status::PastDue) {
                add(state.at, "customer.updated", "customers", subscription.account);
            }
        }
        let renewals = subscription.bounds.iter().filter(|at| **at > subscription.created);
        let changed = |at: Secs| subscription.states.iter().any(|state| state.at == at);
        for at in renewals.filter(|at| end.is_none_or(|end| **at < end) && !changed(**at)) {
            add(*at, "customer.subscription.updated", "subscriptions", position);
        }
    }
    for (position, invoice) in company.billing.invoices.iter().enumerate() {
        add(invoice.created, "invoice.created", "invoices", position);
        add(invoice.finalized, "invoice.finalized", "invoices", position);
        invoice.failures.iter().for_each(|at| add(*at, "invoice.payment_failed", "invoices", position));
        invoice.failures.iter().for_each(|at| add(*at, "invoice.updated", "invoices", position));
        if let Some(at) = invoice.paid {
            add(at, "invoice.updated", "invoices", position);
            add(at, "invoice.paid", "invoices", position);
            add(at, "invoice.payment_succeeded", "invoices", position);
        }
        if let Some(at) = invoice.voided {
            add(at, "invoice.voided", "invoices", position);
        }
        if let Some(at) = invoice.uncollectible {
            add(at, "invoice.marked_uncollectible", "invoices", position);
        }
    }
    for (position, charge) in company.billing.charges.iter().enumerate() {
        let kind = if charge.succeeded { "charge.succeeded" } else { "charge.failed" };
        add(charge.created, kind, "charges", position);
    }
    for (position, refund) in company.billing.refunds.iter().enumerate() {
        add(refund.created, "refund.created", "refunds", position);
        add(refund.created, "charge.refunded", "charges", refund.charge);
    }
    for (position, note) in company.billing.credit_notes.iter().enumerate() {
        add(note.created, "credit_note.created", "credit_notes", position);
        add(note.created, "invoice.updated", "invoices", note.invoice);
    }
    events.sort_by_key(|event| event.at);
    events
}

/// The id of the `serial`th event.
pub fn id(company: &Company, serial: usize) -> String {
    random::id(company.world.seed, "evt_1", serial as u64, 23)
}

/// An event with the snapshot of its object.
pub fn render(render: Render<'_>, serial: usize, event: &Event) -> Value {
    let as_of = |now| Render { now, ..render }.object(event.resource, event.position).unwrap_or(Value::Null);
    let now = as_of(event.at);
    let livemode = now.get("livemode").cloned().unwrap_or(json!(true));
    let mut data = Map::new();
    if event.kind.ends_with("updated") || event.kind == "charge.refunded" {
        data.insert("previous_attributes".to_owned(), previous(&as_of(event.at - 1), &now));
    }
    data.insert("object".to_owned(), now);
    json!({
        "id": id(render.company, serial), "object": "event", "api_version": "2025-09-30.clover", "created": event.at, "data": data,
        "livemode": livemode, "pending_webhooks": 0, "request": {"id": null, "idempotency_key": null}, "type": event.kind
    })
}

/// What the changed top-level fields were before; of nested objects only the changed fields.
fn previous(before: &Value, now: &Value) -> Value {
    let (Value::Object(before), Value::Object(now)) = (before, now) else { return json!({}) };
    let mut changed = Map::new();
    for (key, old) in before {
        let new = now.get(key).unwrap_or(&Value::Null);
        if old == new {
            continue;
        }
        let old = match (old, new) {
            (Value::Object(_), Value::Object(_)) if key != "items" => previous(old, new),
            _ => old.clone(),
        };
        changed.insert(key.clone(), old);
    }
    Value::Object(changed)
}
