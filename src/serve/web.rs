//! The archive on a local port: only what the ledger lists, and only to whom it is addressed.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::site::Site;
use super::visitor::Visitor;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The routes. On loopback only requests for this machine's names or `public_url` are answered: a web page elsewhere
/// could otherwise read the archive by pointing its own name here.
pub fn router(site: Site, address: SocketAddr) -> Router {
    let site = Arc::new(site);
    let guarded = Guarded { site: site.clone(), address };
    Router::new().merge(super::pages::routes()).layer(middleware::from_fn_with_state(guarded, guard)).with_state(site)
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

async fn guard(State(guarded): State<Guarded>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Visitor::local());
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let mut response = match &guarded.hosts() {
        Some(hosts) if !hosts.iter().any(|h| h.eq_ignore_ascii_case(name)) => {
            (StatusCode::MISDIRECTED_REQUEST, "not served under this name\n").into_response()
        }
        _ => next.run(request).await,
    };
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
