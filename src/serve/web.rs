//! The archive on the web: only what the ledger lists, and only to those whose it is.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use jiff::{SignedDuration, Timestamp};

use super::access::{self, Access, HasForms};
use super::site::Site;
use super::visitor::Visitor;
use crate::deliver::archive::{index_page, listed_file};
use crate::ledger::deliveries::DeliveryState;

/// Without a beat for this long the service is not doing its work.
const SILENT: SignedDuration = SignedDuration::from_mins(3);

/// A mail that waits longer is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The same where there are forms.
const POLICY_OF_FORMS: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The routes. On loopback only requests for this machine's names or `public_url` are answered: a web page elsewhere
/// could otherwise read the archive by pointing its own name here.
pub fn router(site: Site, address: SocketAddr) -> Router {
    let site = Arc::new(site);
    let guarded = Guarded { site: site.clone(), address };
    let access = Arc::new(Access::new(site.clone(), address));
    Router::new()
        .route("/", get(index))
        .route("/reports/{report}/{period}/{number}/{*file}", get(file))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .merge(super::unsubscribe::routes())
        .with_state(site)
        .merge(access::routes().with_state(access.clone()))
        .layer(middleware::from_fn_with_state(access, access::admit))
        .layer(middleware::from_fn_with_state(guarded, guard))
}

#[derive(Clone)]
struct Guarded {
    site: Arc<Site>,
    address: SocketAddr,
}

impl Guarded {
    /// Names it answers to; `None`: any.
    fn hosts(&self) -> Option<Vec<String>> {
        self.address.ip().is_loopback().then(|| {
            let ip = self.address.ip();
            let mut hosts = vec!["localhost".to_owned(), ip.to_string(), format!("[{ip}]")];
            let public = self.site.config().mail.public_url.as_ref().and_then(|u| url::Url::parse(u).ok());
            hosts.extend(public.and_then(|u| u.host_str().map(str::to_owned)));
            hosts
        })
    }
}

async fn guard(State(guarded): State<Guarded>, request: Request, next: Next) -> Response {
    let is_https = access::is_strictly_https(&guarded.site, request.headers());
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let mut response = match &guarded.hosts() {
        Some(hosts) if !hosts.iter().any(|h| h.eq_ignore_ascii_case(name)) => {
            (StatusCode::MISDIRECTED_REQUEST, "not served under this name\n").into_response()
        }
        _ => next.run(request).await,
    };
    let has_forms = response.extensions().get::<HasForms>().is_some();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, if has_forms { POLICY_OF_FORMS } else { POLICY }),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        // a page with a form has a policy of its own
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_https {
        let always = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, always);
    }
    response
}

async fn index(State(site): State<Arc<Site>>, Extension(visitor): Extension<Visitor>) -> Response {
    match site.ledger.editions(None) {
        Ok(mut editions) => {
            editions.retain(|edition| visitor.may_read(&edition.report));
            Html(index_page(&editions, "reports/")).into_response()
        }
        Err(error) => failed(&error),
    }
}

async fn file(
    State(site): State<Arc<Site>>,
    Path((report, period, number, name)): Path<(String, String, u32, String)>,
) -> Response {
    let path = match listed_file(&site.store(), &site.ledger, &report, &period, number, &name) {
        Ok(Some(path)) => path,
        Ok(None) => return not_found(),
        Err(error) => return failed(&error),
    };
    match tokio::fs::read(&path).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, content_type(&name))], bytes).into_response(),
        Err(error) => failed(&anyhow::Error::new(error).context(format!("cannot read {}", path.display()))),
    }
}

/// Ready: the ledger answers, the heart beats, and no mail is overdue.
async fn ready(State(site): State<Arc<Site>>) -> Response {
    match unready(&site) {
        Ok(None) => "ready\n".into_response(),
        Ok(Some(reason)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
        Err(error) => failed(&error),
    }
}

fn unready(health: &Site) -> anyhow::Result<Option<String>> {
    let now = health.now();
    let last = *health.last_beat.borrow();
    if last.is_none_or(|beat| now.duration_since(beat) > SILENT) {
        return Ok(Some("no heartbeat".into()));
    }
    let overdue = health.ledger.deliveries_in(DeliveryState::Pending)?;
    let overdue = overdue.iter().filter(|d| d.created_at.parse::<Timestamp>().is_ok_and(|t| t + OVERDUE < now)).count();
    Ok((overdue > 0).then(|| format!("{overdue} mails are overdue")))
}

/// What is not there, or not for whoever asks: they are not told which.
pub(super) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "no such file in the archive\n").into_response()
}

pub(super) fn failed(error: &anyhow::Error) -> Response {
    tracing::error!(error = format!("{error:#}"), "request failed");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong; the log says what\n").into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("csv") => "text/csv; charset=utf-8",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("txt" | "toml" | "sql") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
