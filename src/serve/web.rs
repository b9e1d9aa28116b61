//! The archive on the web: only what the ledger lists, and only to those whose it is.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::access::{self, Access, HasForms};
use super::site::Site;

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
        .merge(super::pages::routes())
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

/// What is not there, or not for whoever asks: they are not told which.
pub(super) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "no such file in the archive\n").into_response()
}

pub(super) fn failed(error: &anyhow::Error) -> Response {
    tracing::error!(error = format!("{error:#}"), "request failed");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong; the log says what\n").into_response()
}
