//! The HTTP face: credentials, limits, planned faults and the clock; on loopback only.

mod limits;
mod mischief;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::Context;
use axum::{
    Router,
    body::{Body as HttpBody, to_bytes},
    extract::{Request as HttpRequest, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{
    Company, Fault, Options, System,
    fault::FaultKind,
    wire::{Body, Reply, Request, posthog, statuspage, stripe, zendesk},
};
use limits::Limits;

/// No request of these APIs is larger.
const MAX_BODY: usize = 1 << 20;

/// The company's APIs, served until stopped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    company: Arc<Company>,
    connected: Vec<System>,
    token: String,
    clock: AtomicI64,
    base: String,
    limits: Option<Mutex<Limits>>,
    /// Each fault with the number of requests it matched.
    faults: Mutex<Vec<(Fault, u32)>>,
    stripe: OnceLock<stripe::Index>,
    zendesk: OnceLock<zendesk::Index>,
    posthog: OnceLock<Result<posthog::Store, String>>,
}

impl Server {
    /// Serves the company on a port of the loopback interface, any free one for 0.
    pub async fn start(company: Arc<Company>, options: &Options, port: u16) -> anyhow::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| format!("cannot listen on port {port}"))?;
        let addr = listener.local_addr().context("the listener has no address")?;
        let shared = Arc::new(Shared {
            company,
            connected: options.connected.clone(),
            token: options.token.clone(),
            clock: AtomicI64::new(options.end.as_second()),
            base: format!("http://{addr}"),
            limits: options.rate_limits.then(|| Mutex::new(Limits::default())),
            faults: Mutex::new(options.faults.iter().map(|fault| (fault.clone(), 0)).collect()),
            stripe: OnceLock::new(),
            zendesk: OnceLock::new(),
            posthog: OnceLock::new(),
        });
        let app = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let until = async {
                // A dropped server stops too.
                let _ = stopped.await;
            };
            axum::serve(listener, app).with_graceful_shutdown(until).await
        });
        Ok(Server { addr, shared, stop, task })
    }

    /// Moves the simulated present.
    pub fn set_clock(&self, now: Timestamp) {
        self.shared.clock.store(now.as_second(), Ordering::SeqCst);
    }

    /// Stops listening; connections still open are cut.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large").into_response();
    };
    let path = head.uri.path().to_owned();
    if path == "/_sandbox/clock" {
        return shared.clock(&head.method, &body);
    }
    let Some((system, prefix)) = system(&path) else {
        return (StatusCode::NOT_FOUND, "the sandbox serves /stripe, /zendesk, /posthog and /statuspage")
            .into_response();
    };
    let query = head.uri.query().unwrap_or_default();
    let request = Request {
        method: head.method.to_string(),
        path: path[prefix.len()..].to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        body: body.to_vec(),
        now: shared.clock.load(Ordering::SeqCst),
        base: format!("{}{prefix}", shared.base),
        version: text(&head.headers, "stripe-version").map(str::to_owned),
    };
    if let Err(refused) = shared.admit(system, &head.headers, &request) {
        return respond(*refused);
    }
    let fault = shared.fault(system, &format!("{path}?{query}"));
    match fault {
        None => respond(shared.answer(system, request).await),
        Some(FaultKind::Timeout) => std::future::pending().await,
        Some(FaultKind::Status(status)) => respond(failure(system, status)),
        Some(FaultKind::Empty) => StatusCode::OK.into_response(),
        Some(FaultKind::Html) => {
            let page =
                "<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon.</body></html>";
            respond(Reply { status: 200, headers: Vec::new(), body: Body::Html(page.to_owned()) })
        }
        Some(kind) => {
            let mut request = request;
            let asked = request.clone();
            mischief::before(kind, &mut request);
            let reply = mischief::after(kind, &asked, shared.answer(system, request).await);
            if kind == FaultKind::Truncate { truncated(&reply) } else { respond(reply) }
        }
    }
}

fn system(path: &str) -> Option<(System, &'static str)> {
    let prefixes = [
        ("/stripe", System::Billing),
        ("/zendesk", System::Support),
        ("/posthog", System::Product),
        ("/statuspage", System::Status),
    ];
    let fits = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
    prefixes.into_iter().find(|(prefix, _)| fits(prefix)).map(|(prefix, system)| (system, prefix))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unauthorized(system: System, given: bool) -> Reply {
    match system {
        System::Billing => stripe::unauthorized(given),
        System::Support => zendesk::unauthorized(),
        System::Product => posthog::unauthorized(given),
        System::Status => statuspage::unauthorized(),
    }
}

/// A vendor's own way of failing with a status.
fn failure(system: System, status: u16) -> Reply {
    match (system, status) {
        (_, 401) => unauthorized(system, true),
        (System::Billing, _) => stripe::failure(status),
        (System::Support, _) => zendesk::failure(status),
        (System::Product, _) => posthog::failure(status),
        (System::Status, _) => statuspage::failure(status),
    }
}

impl Shared {
    fn clock(&self, method: &axum::http::Method, body: &[u8]) -> Response {
        if method == axum::http::Method::POST {
            let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let Some(now) = body["now"].as_str().and_then(|text| text.parse::<Timestamp>().ok()) else {
                return (StatusCode::BAD_REQUEST, "expected {\"now\": \"2026-01-31T09:30:00Z\"}").into_response();
            };
            self.clock.store(now.as_second(), Ordering::SeqCst);
        }
        let now = super::time::iso(self.clock.load(Ordering::SeqCst));
        respond(Reply::ok(json!({"now": now})))
    }

    /// Checks the credential and the rate limit.
    fn admit(&self, system: System, headers: &HeaderMap, request: &Request) -> Result<(), Box<Reply>> {
        let given = text(headers, "authorization");
        if !self.connected.contains(&system) || !given.is_some_and(|given| self.credential_fits(system, given)) {
            return Err(Box::new(unauthorized(system, given.is_some())));
        }
        if let Some(limits) = &self.limits {
            let wait = limits.lock().unwrap_or_else(PoisonError::into_inner).take(system, &request.path);
            if let Some(wait) = wait {
                let status = if system == System::Status { 420 } else { 429 };
                let mut reply = failure(system, status);
                reply.headers.retain(|(name, _)| *name != "retry-after");
                // Stripe mostly leaves it to the caller.
                let reply = if system == System::Billing { reply } else { reply.header("retry-after", wait) };
                return Err(Box::new(reply));
            }
        }
        Ok(())
    }

    fn credential_fits(&self, system: System, given: &str) -> bool {
        let (scheme, rest) = given.split_once(' ').unwrap_or((given, ""));
        let basic =
            || STANDARD.decode(rest.trim()).ok().and_then(|pair| String::from_utf8(pair).ok()).unwrap_or_default();
        match (system, scheme.to_ascii_lowercase().as_str()) {
            (System::Billing, "basic") => basic().split(':').next() == Some(&self.token),
            (System::Support, "basic") => {
                basic().split_once("/token:").is_some_and(|(email, token)| email.contains('@') && token == self.token)
            }
            (System::Billing | System::Support | System::Product, "bearer") | (System::Status, "oauth") => {
                rest.trim() == self.token
            }
            _ => false,
        }
    }

    fn fault(&self, system: System, path: &str) -> Option<FaultKind> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let mut struck = None;
        for (fault, count) in faults.iter_mut() {
            if fault.system == system && path.contains(&fault.path) {
                *count += 1;
                if struck.is_none() && fault.when.strikes(*count) {
                    struck = Some(fault.kind);
                }
            }
        }
        struck
    }

    async fn answer(self: &Arc<Shared>, system: System, request: Request) -> Reply {
        let shared = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            let company = &shared.company;
            match system {
                System::Billing => {
                    stripe::answer(company, shared.stripe.get_or_init(|| stripe::Index::new(company)), &request)
                }
                System::Support => {
                    zendesk::answer(company, shared.zendesk.get_or_init(|| zendesk::Index::new(company)), &request)
                }
                System::Product => {
                    let store = shared
                        .posthog
                        .get_or_init(|| posthog::Store::load(company).map_err(|error| format!("{error:#}")));
                    match store {
                        Ok(store) => posthog::answer(company, store, &request),
                        Err(error) => Reply::status(
                            500,
                            json!({"type": "server_error", "code": "error", "detail": error, "attr": null}),
                        ),
                    }
                }
                System::Status => statuspage::answer(company, &request),
            }
        });
        work.await.unwrap_or_else(|error| Reply::status(500, json!({"error": error.to_string()})))
    }
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, body) = match reply.body {
        Body::Json(value) => ("application/json; charset=utf-8", value.to_string()),
        Body::Html(page) => ("text/html; charset=utf-8", page),
    };
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(HttpBody::from(body)).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The first half of an answer, as a whole body: the connection survives, the JSON does not.
fn truncated(reply: &Reply) -> Response {
    let text = match &reply.body {
        Body::Json(value) => value.to_string(),
        Body::Html(page) => page.clone(),
    };
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], half).into_response()
}
