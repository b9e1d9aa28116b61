//! The archive on the web: only what the ledger lists, and only to those whose it is.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};

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
    let name = host_of(request.headers());
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
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_https {
        let always = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, always);
    }
    response
}

/// The name a request was sent to, without the port.
fn host_of(headers: &HeaderMap) -> &str {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name)
}

/// Whether a program of this machine asks, by a name of this machine, and for itself: what a proxy here hands on comes from
/// elsewhere.
pub(super) fn is_from_here(peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    let is_handed_on =
        ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    let host = host_of(headers);
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_own_name = host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.to_canonical().is_loopback());
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback()) && is_own_name && !is_handed_on
}

/// Marks an answer in whose place the page goes that says there is nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Missing;

/// What is not there, or not for whoever asks: they are not told which.
pub(super) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Extension(Missing)).into_response()
}

pub(super) fn failed(error: &anyhow::Error) -> Response {
    tracing::error!(error = format!("{error:#}"), "request failed");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong; the log says what\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_near_and_not_through_a_proxy() {
        let from = |text: &str| text.parse().ok();
        let to = |host: &str| HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        let local = to("127.0.0.1:8090");
        for peer in ["127.0.0.1:9000", "[::1]:9000", "[::ffff:127.0.0.1]:9000"] {
            assert!(is_from_here(from(peer), &local), "{peer}");
        }
        for host in ["localhost", "LOCALHOST:8090", "[::1]:8090", "[::1]", "127.0.0.1"] {
            assert!(is_from_here(from("127.0.0.1:9000"), &to(host)), "{host}");
        }
        assert!(!is_from_here(from("192.0.2.1:9000"), &local) && !is_from_here(None, &local));
        for host in ["reviews.acme.example", "reviews.acme.example:443", "192.0.2.1", ""] {
            assert!(!is_from_here(from("127.0.0.1:9000"), &to(host)), "{host}");
        }
        for name in ["forwarded", "x-forwarded-for", "x-real-ip", "via"] {
            let mut handed_on = local.clone();
            handed_on.insert(name, "192.0.2.1".parse().unwrap());
            assert!(!is_from_here(from("127.0.0.1:9000"), &handed_on), "{name}");
        }
    }
}
