//! Stripe: lists newest first, single objects, events of the last thirty days.

mod events;
mod index;
mod objects;

use serde_json::{Value, json};

use super::{
    super::{
        simulate::{Company, subscriptions::Status},
        time::{DAY, Secs},
    },
    Reply, Request,
};
pub use index::Index;
use index::{Entry, List};
use objects::{Expand, Render};

/// How long Stripe keeps events.
const RETENTION: Secs = 30 * DAY;

const RESOURCES: [(&str, &str, &[&str]); 10] = [
    ("customers", "customer", &["email", "test_clock"]),
    (
        "subscriptions",
        "subscription",
        &[
            "customer",
            "status",
            "price",
            "collection_method",
            "current_period_start",
            "current_period_end",
            "plan",
            "test_clock",
            "automatic_tax",
        ],
    ),
    ("subscription_items", "subscription item", &["subscription"]),
    ("invoices", "invoice", &["customer", "subscription", "status", "collection_method", "due_date"]),
    ("prices", "price", &["active", "currency", "product", "type", "lookup_keys", "recurring"]),
    ("products", "product", &["active", "ids", "shippable", "url"]),
    ("coupons", "coupon", &[]),
    ("charges", "charge", &["customer", "payment_intent", "transfer_group"]),
    ("refunds", "refund", &["charge", "payment_intent"]),
    ("credit_notes", "credit note", &["customer", "invoice"]),
];

/// Answers a request.
pub fn answer(company: &Company, index: &Index, request: &Request) -> Reply {
    let reply = route(company, index, request).unwrap_or_else(|refused| *refused);
    let version = request.version.as_deref().unwrap_or("2025-09-30.clover").to_owned();
    reply.header("request-id", "req_sandbox").header("stripe-version", version)
}

/// A refusal is boxed: it is rare, and larger than the answer it replaces.
type Answer<T = Reply> = Result<T, Box<Reply>>;

fn route(company: &Company, index: &Index, request: &Request) -> Answer {
    let parts = request.parts();
    if request.method != "GET" {
        return Err(unrecognized(request));
    }
    let render = Render { company, index, expand: Expand::default(), now: request.now };
    match parts.as_slice() {
        ["v1", "account"] => Ok(Reply::ok(
            json!({"id": "acct_1Sandbox", "object": "account", "country": "DE", "default_currency": "usd"}),
        )),
        ["v1", "events"] => list_events(render, request),
        ["v1", "events", id] => {
            let found = render.index.events.iter().enumerate().find(|(serial, event)| {
                event.at <= request.now && event.at > request.now - RETENTION && events::id(company, *serial) == *id
            });
            let (serial, event) = found.ok_or_else(|| missing("event", id, "id", 404))?;
            Ok(Reply::ok(events::render(render, serial, event)))
        }
        ["v1", "invoices", id, "lines"] => invoice_lines(render, request, id),
        ["v1", resource] => list(render, request, known(request, resource)?),
        ["v1", resource, id] => {
            let resource = known(request, resource)?;
            let expand = expansions(request, "")?;
            let list = render.index.lists.get(resource.0);
            let entry = list.and_then(|list| list.by_id.get(*id).map(|place| &list.entries[*place]));
            match entry.filter(|entry| entry.created <= request.now) {
                Some(entry) if entry.gone.is_some_and(|gone| gone <= request.now) => {
                    Ok(Reply::ok(json!({"id": id, "object": resource.1, "deleted": true})))
                }
                Some(entry) => {
                    Ok(Reply::ok(Render { expand, ..render }.object(resource.0, entry.position).unwrap_or(Value::Null)))
                }
                None => Err(missing(resource.1, id, "id", 404)),
            }
        }
        _ => Err(unrecognized(request)),
    }
}

type Resource = (&'static str, &'static str, &'static [&'static str]);

fn known(request: &Request, name: &str) -> Answer<Resource> {
    RESOURCES.into_iter().find(|(resource, ..)| *resource == name).ok_or_else(|| unrecognized(request))
}

#[expect(clippy::unnecessary_box_returns, reason = "it is the error of an `Answer`")]
fn error(status: u16, code: Option<&str>, message: &str, param: Option<&str>) -> Box<Reply> {
    let mut error = json!({"message": message, "type": "invalid_request_error"});
    if let Some(code) = code {
        error["code"] = json!(code);
        error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
    }
    if let Some(param) = param {
        error["param"] = json!(param);
    }
    error["request_log_url"] = json!("https://dashboard.stripe.com/logs/req_sandbox");
    Box::new(Reply::status(status, json!({"error": error})))
}

#[expect(clippy::unnecessary_box_returns, reason = "it is the error of an `Answer`")]
fn missing(object: &str, id: &str, param: &str, status: u16) -> Box<Reply> {
    error(status, Some("resource_missing"), &format!("No such {object}: '{id}'"), Some(param))
}

#[expect(clippy::unnecessary_box_returns, reason = "it is the error of an `Answer`")]
fn unrecognized(request: &Request) -> Box<Reply> {
    let message = format!(
        "Unrecognized request URL ({}: {}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
        request.method, request.path
    );
    error(404, None, &message, None)
}

const PAGING: [&str; 3] = ["limit", "starting_after", "ending_before"];

/// Refuses parameters the endpoint does not have.
fn check_parameters(request: &Request, allowed: &[&str]) -> Answer<()> {
    for (key, _) in &request.query {
        let name = key.split('[').next().unwrap_or(key);
        if !(PAGING.contains(&name) || name == "expand" || name == "created" || allowed.contains(&name)) {
            let message = format!("Received unknown parameter: {name}");
            return Err(error(400, Some("parameter_unknown"), &message, Some(name)));
        }
    }
    Ok(())
}

fn expansions(request: &Request, prefix: &str) -> Answer<Expand> {
    let mut expand = Expand::default();
    for path in request.list("expand") {
        let inner = path.strip_prefix(prefix).unwrap_or_default();
        match inner {
            "discounts" | "source.coupon" => expand.discounts = true,
            "discounts.source.coupon" => (expand.discounts, expand.coupon) = (true, true),
            // no simulated customer has a discount of its own
            "discount.source.coupon" => expand.coupon = true,
            "lines.data.discounts" => expand.line_discounts = true,
            "lines.data.discounts.source.coupon" => (expand.line_discounts, expand.coupon) = (true, true),
            "customer" => expand.customer = true,
            "latest_invoice" => expand.latest_invoice = true,
            // no simulated coupon is for certain products
            "applies_to"
            | "items.data.discounts"
            | "tiers"
            | "items.data.price"
            | "items"
            | "lines"
            | "default_price"
            | "items.data"
            | "lines.data"
            | "data"
            | "customer.subscriptions"
            | "charge"
            | "payment_intent" => {}
            _ => {
                let message = format!(
                    "This property cannot be expanded ({path}). You may want to try expanding an individual property."
                );
                return Err(error(400, None, &message, None));
            }
        }
    }
    Ok(expand)
}

fn limit(request: &Request) -> Answer<usize> {
    let Some(text) = request.param("limit") else { return Ok(10) };
    match text.parse::<i64>() {
        Ok(limit @ 1..=100) => Ok(limit as usize),
        Ok(limit) if limit < 1 => Err(error(
            400,
            Some("parameter_invalid_integer"),
            "This value must be greater than or equal to 1.",
            Some("limit"),
        )),
        Ok(_) => Err(error(
            400,
            Some("parameter_invalid_integer"),
            "This value must be less than or equal to 100.",
            Some("limit"),
        )),
        Err(_) => {
            Err(error(400, Some("parameter_invalid_integer"), &format!("Invalid integer: {text}"), Some("limit")))
        }
    }
}

/// The bounds `created[gte]` and its like set, both ends included.
fn created(request: &Request) -> Answer<(Secs, Secs)> {
    let (mut from, mut to) = (Secs::MIN, Secs::MAX);
    for (key, value) in &request.query {
        let Some(bound) = key.strip_prefix("created") else { continue };
        let at: Secs = value.parse().map_err(|_| error(400, None, &format!("Invalid integer: {value}"), Some(key)))?;
        match bound {
            "[gte]" => from = from.max(at),
            "[gt]" => from = from.max(at + 1),
            "[lte]" => to = to.min(at),
            "[lt]" => to = to.min(at - 1),
            _ => (from, to) = (at, at),
        }
    }
    Ok((from, to))
}

/// One page of `candidates`, which are newest first; gives whether there is more.
fn page<T>(
    request: &Request,
    candidates: &[T],
    place: impl Fn(&str) -> Answer<usize>,
    fits: impl Fn(&T) -> bool,
) -> Answer<(Vec<usize>, bool)> {
    let limit = limit(request)?;
    if let Some(id) = request.param("ending_before") {
        let before = place(id)?;
        let mut found: Vec<usize> = (0..before).rev().filter(|at| fits(&candidates[*at])).take(limit + 1).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        found.reverse();
        return Ok((found, more));
    }
    let from = request.param("starting_after").map(&place).transpose()?.map_or(0, |place| place + 1);
    let mut found: Vec<usize> = (from..candidates.len()).filter(|at| fits(&candidates[*at])).take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

fn cursor_name(request: &Request) -> &'static str {
    if request.param("ending_before").is_some() { "ending_before" } else { "starting_after" }
}

fn list(render: Render<'_>, request: &Request, resource: Resource) -> Answer {
    let (name, object, allowed) = resource;
    check_parameters(request, allowed)?;
    if name == "subscription_items" && request.param("subscription").is_none() {
        return Err(error(
            400,
            Some("parameter_missing"),
            "Missing required param: subscription.",
            Some("subscription"),
        ));
    }
    let render = Render { expand: expansions(request, "data.")?, ..render };
    let (from, to) = created(request)?;
    let empty = List::default();
    let list = render.index.lists.get(name).unwrap_or(&empty);
    let place = |id: &str| {
        let found = list.by_id.get(id).copied().filter(|place| list.entries[*place].created <= request.now);
        found.ok_or_else(|| missing(object, id, cursor_name(request), 400))
    };
    let fits = |entry: &Entry| {
        let visible = entry.created <= request.now && entry.gone.is_none_or(|gone| gone > request.now);
        visible && from <= entry.created && entry.created <= to && matches(render, request, name, entry.position)
    };
    let (found, more) = page(request, &list.entries, place, fits)?;
    let data: Vec<Value> =
        found.iter().filter_map(|place| render.object(name, list.entries[*place].position)).collect();
    Ok(Reply::ok(json!({"object": "list", "data": data, "has_more": more, "url": format!("/v1/{name}")})))
}

/// The filters of a list, against an object's position.
fn matches(render: Render<'_>, request: &Request, resource: &str, position: usize) -> bool {
    let company = render.company;
    let is = |name: &str, value: &str| request.param(name).is_none_or(|wanted| wanted == value);
    let account_of = |invoice: usize| {
        let subscription = &company.subscriptions[company.billing.invoices[invoice].subscription];
        company.accounts[subscription.account].customer.as_str()
    };
    match resource {
        "customers" => is("email", &format!("billing@{}", company.accounts[position].domain)),
        "subscriptions" => {
            let subscription = &company.subscriptions[position];
            let status = subscription.state(request.now).map(|state| state.status);
            let status_fits = match (request.param("status"), status) {
                (Some("all"), _) => true,
                (None, status) => status != Some(Status::Canceled),
                (Some(wanted), Some(status)) => match wanted {
                    "canceled" | "ended" => status == Status::Canceled,
                    "active" => status == Status::Active,
                    "past_due" => status == Status::PastDue,
                    "trialing" => status == Status::Trialing,
                    _ => false,
                },
                (Some(_), None) => false,
            };
            status_fits && is("customer", &company.accounts[subscription.account].customer)
        }
        "subscription_items" => is("subscription", &company.subscriptions[position / 100].id),
        "invoices" => {
            let status = || render.invoice(position)["status"].as_str().unwrap_or_default().to_owned();
            is("customer", account_of(position))
                && is("subscription", &company.subscriptions[company.billing.invoices[position].subscription].id)
                && (request.param("status").is_none() || is("status", &status()))
        }
        "charges" => is("customer", account_of(company.billing.charges[position].invoice)),
        "refunds" => is("charge", &company.billing.charges[company.billing.refunds[position].charge].id),
        "credit_notes" => {
            let invoice = company.billing.credit_notes[position].invoice;
            is("invoice", &company.billing.invoices[invoice].id) && is("customer", account_of(invoice))
        }
        "prices" => {
            let price = &company.catalog.prices[position];
            is("currency", price.currency)
                && is("product", &company.catalog.products[price.product].id)
                && is("active", "true")
        }
        "products" => is("active", "true"),
        _ => true,
    }
}

fn invoice_lines(render: Render<'_>, request: &Request, id: &str) -> Answer {
    check_parameters(request, &[])?;
    let place =
        render.index.lists.get("invoices").and_then(|list| list.by_id.get(id).map(|place| &list.entries[*place]));
    let entry =
        place.filter(|entry| entry.created <= request.now).ok_or_else(|| missing("invoice", id, "invoice", 404))?;
    let render = Render {
        expand: Expand { line_discounts: expansions(request, "data.")?.discounts, ..expansions(request, "data.")? },
        ..render
    };
    let lines = &render.company.billing.invoices[entry.position].lines;
    let place = |id: &str| {
        let found = lines.iter().position(|line| line.id == id);
        found.ok_or_else(|| missing("line item", id, cursor_name(request), 400))
    };
    let (found, more) = page(request, lines, place, |_| true)?;
    let data: Vec<Value> = found.into_iter().map(|line| render.line(entry.position, line)).collect();
    Ok(Reply::ok(json!({
        "object": "list", "data": data, "has_more": more, "total_count": lines.len(), "url": format!("/v1/invoices/{id}/lines")
    })))
}

fn list_events(render: Render<'_>, request: &Request) -> Answer {
    check_parameters(request, &["type", "types", "delivery_success"])?;
    let types = request.list("types");
    if types.len() > 20 {
        return Err(error(400, None, "You may specify at most 20 values for `types`.", Some("types")));
    }
    if !types.is_empty() && request.param("type").is_some() {
        return Err(error(400, None, "You may pass only one of `type` and `types`.", Some("types")));
    }
    let (from, to) = created(request)?;
    let all = &render.index.events;
    let kept = all.partition_point(|event| event.at <= request.now - RETENTION)
        ..all.partition_point(|event| event.at <= request.now);
    let serials: Vec<usize> = kept.rev().collect();
    let wanted = |kind: &str| {
        let one = |pattern: &str| {
            pattern == "*" || pattern == kind || pattern.strip_suffix('*').is_some_and(|start| kind.starts_with(start))
        };
        (types.is_empty() || types.contains(&kind)) && request.param("type").is_none_or(one)
    };
    let place = |id: &str| {
        let found = serials.iter().position(|serial| events::id(render.company, *serial) == id);
        found.ok_or_else(|| missing("event", id, cursor_name(request), 400))
    };
    let fits = |serial: &usize| from <= all[*serial].at && all[*serial].at <= to && wanted(all[*serial].kind);
    let (found, more) = page(request, &serials, place, fits)?;
    let data: Vec<Value> = found.into_iter().map(|at| events::render(render, serials[at], &all[serials[at]])).collect();
    Ok(Reply::ok(json!({"object": "list", "data": data, "has_more": more, "url": "/v1/events"})))
}

/// Stripe's answer to a wrong key, and to none.
pub fn unauthorized(given: bool) -> Reply {
    let message = if given {
        "Invalid API Key provided: sk_live_****"
    } else {
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/."
    };
    let reply = Reply::status(401, json!({"error": {"message": message, "type": "invalid_request_error"}}));
    reply.header("www-authenticate", "Basic realm=\"Stripe\"")
}

/// Stripe's answer when something goes wrong on its side, or on ours.
pub fn failure(status: u16) -> Reply {
    let (kind, message) = match status {
        429 => (
            "invalid_request_error",
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        ),
        403 => (
            "invalid_request_error",
            "The provided key 'rk_live_****' does not have the required permissions for this endpoint.",
        ),
        _ => {
            ("api_error", "Sorry! There was an error while talking to one of our backends. Support has been notified.")
        }
    };
    let mut body = json!({"error": {"message": message, "type": kind}});
    if status == 429 {
        body["error"]["code"] = json!("rate_limit");
        return Reply::status(429, body).header("stripe-rate-limited-reason", "endpoint-rate");
    }
    Reply::status(status, body)
}
