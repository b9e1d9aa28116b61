//! Who may see and do what on the web.
//!
//! [`admit`] stands before every route: it finds out who asks and turns away what is not theirs, so that a page only has to
//! leave out what it would list. [`reading`]: the links of mails · [`sign_in`]: mailed links that sign in once, sessions ·
//! [`form`]: what is sent here, and that it was meant · [`limits`]: how often · [`letter`]: the mails of it.
//! No GET changes anything that lasts: programs that look through mail fetch every link.

mod binding;
mod cookies;
mod form;
mod letter;
mod limits;
mod page;
mod reading;
mod sign_in;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use self::cookies::Names;
use self::limits::Limits;
use super::site::Site;
use super::visitor::{Role, Visitor};
use super::web::{Missing, is_from_here};
use crate::config::Config;
use crate::deliver::link::Reading;
use crate::deliver::reply::token_hash;
use crate::render::Renderer;

pub use self::binding::ensure_guarded;
pub(super) use self::form::Form;
pub(super) use self::page::{HasForms, link};
pub use self::sign_in::link_for;
pub(super) use self::sign_in::path_to;

/// Most that a form may weigh, in bytes.
const LARGEST_FORM: usize = 64 * 1024;

/// What the access part keeps between requests.
pub(super) struct Access {
    pub site: Arc<Site>,
    address: SocketAddr,
    limits: Limits,
}

/// A request, as far as it is known whose it is.
#[derive(Clone)]
pub(super) struct Caller {
    pub visitor: Visitor,
    /// Whom to count its attempts for.
    peer: IpAddr,
    /// It came over `public_url`, and that is https.
    pub is_https: bool,
    /// What forms it is sent are bound to: its session, or a cookie for the purpose.
    secret: Option<String>,
}

/// Pages to sign in, links of mails, and the forms of owners and operators.
pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new()
        .merge(reading::routes())
        .merge(sign_in::routes())
        .merge(super::forms::routes())
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
}

impl Access {
    pub fn new(site: Arc<Site>, address: SocketAddr) -> Access {
        Access { site, address, limits: Limits::default() }
    }

    /// Only programs of this machine reach it, and nothing says that they pass others' requests on.
    fn is_local(&self, config: &Config, peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
        self.address.ip().is_loopback()
            && config.mail.public_url.is_none()
            && config.web.proxy.is_none()
            && is_from_here(peer, headers)
    }

    /// Where links lead. Never what a request says of itself.
    fn base(&self, config: &Config) -> String {
        match &config.mail.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if self.address.ip().is_unspecified() => format!("http://127.0.0.1:{}", self.address.port()),
            None => format!("http://{}", self.address),
        }
    }

    /// Templates and words of the configuration in force.
    fn renderer(&self) -> Result<Arc<Renderer>> {
        self.site.kept.renderer(&self.site.config())
    }

    /// A visitor, with what the link opens whose token they hold: signing in takes nothing away.
    fn with_link(&self, visitor: Visitor, config: &Config, token: Option<String>) -> Result<Visitor> {
        let Some(token) = token else { return Ok(visitor) };
        Ok(match self.reading(config, &token)? {
            Some((reading, reading::Standing::Good)) => {
                let Reading { recipient, report, period, number, .. } = reading;
                visitor.holding(recipient, report, period, number)
            }
            _ => visitor,
        })
    }

    /// Who asks. A proxy's word counts before a session, a session before a reading link.
    fn caller(&self, request: &Request) -> Result<Caller> {
        let (site, config, headers) = (&self.site, self.site.config(), request.headers());
        let is_https = is_https(&config, headers);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        let is_local = self.is_local(&config, peer, headers);
        let connected = peer.map(|peer| peer.ip().to_canonical());
        let proxy = config.web.proxy.as_ref().filter(|p| connected.is_some_and(|peer| p.peers.contains(&peer)));
        let forwarded = proxy.and_then(|_| forwarded_for(headers));
        let peer = forwarded.or(connected).unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let jar = CookieJar::from_headers(headers);
        let names = Names::of(is_https);
        let value = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned()).filter(|v| !v.is_empty());
        let least = if is_local { Role::Viewer } else { Role::None };

        let named = proxy.and_then(|p| p.header.as_deref()).and_then(|name| only(headers, name));
        if let Some(address) = named.filter(|address| address.parse::<lettre::Address>().is_ok()) {
            let visitor = Visitor::signed_in(address.to_lowercase(), config.clone(), least);
            let visitor = self.with_link(visitor, &config, value(names.reading))?;
            return Ok(Caller { visitor, peer, is_https, secret: value(names.form) });
        }
        if let Some(cookie) = value(names.session)
            && let Some(address) = site.ledger.session(&token_hash(&cookie), site.now())?
        {
            let visitor = Visitor::signed_in(address, config.clone(), least);
            let visitor = self.with_link(visitor, &config, value(names.reading))?;
            return Ok(Caller { visitor, peer, is_https, secret: Some(cookie) });
        }
        let visitor = if is_local { Visitor::local() } else { Visitor::stranger() };
        let visitor = self.with_link(visitor, &config, value(names.reading))?;
        Ok(Caller { visitor, peer, is_https, secret: value(names.form) })
    }
}

/// Finds out who asks and turns away what is not theirs.
pub(super) async fn admit(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    let caller = match access.caller(&request) {
        Ok(caller) => caller,
        Err(error) => return super::web::failed(&error),
    };
    let uri = request.uri().clone();
    let response = if is_open(&caller.visitor, uri.path()) {
        request.extensions_mut().insert(caller.visitor.clone());
        request.extensions_mut().insert(caller.clone());
        next.run(request).await
    } else {
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
        match (caller.visitor.has_session || caller.visitor.is_known(), is_reading) {
            (true, _) => super::web::not_found(),
            (false, true) => Redirect::to(&sign_in::path_to(uri.path())).into_response(),
            (false, false) => (StatusCode::FORBIDDEN, "sign in first\n").into_response(),
        }
    };
    // what is not theirs looks like what is not there
    match response.extensions().get::<Missing>() {
        Some(_) => super::pages::nothing(access.site.clone(), caller.visitor, uri).await,
        None => response,
    }
}

/// Whether a path exists for a visitor. Names of reports, periods and files need no escapes: a path with one has none of them.
fn is_open(visitor: &Visitor, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts[..] {
        ["healthz" | "readyz" | "metrics" | "favicon.ico" | "sign-in" | "sign-out" | "r" | "unsubscribe", ..] => true,
        ["reports", ..] if path.contains('%') => false,
        ["reports", report, period, number, ref rest @ ..] if number.parse::<u32>().is_ok() => {
            let number = number.parse().unwrap_or_default();
            visitor.may_read_edition(report, period, number)
                && (rest.first() != Some(&"rows") || visitor.may_take_rows(report))
        }
        ["reports", report, ..] if !report.is_empty() => visitor.may_read(report),
        _ => visitor.is_known(),
    }
}

/// Whether a request came to `public_url`, and that is https.
fn is_https(config: &Config, headers: &HeaderMap) -> bool {
    let url = config.mail.public_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    url.zip(host).is_some_and(|(url, host)| {
        let name = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        url.scheme() == "https"
            && (host.eq_ignore_ascii_case(&name) || host.eq_ignore_ascii_case(&format!("{name}:443")))
    })
}

/// Over https: browsers are told to come back that way only.
pub(super) fn is_strictly_https(site: &Site, headers: &HeaderMap) -> bool {
    is_https(&site.config(), headers)
}

/// The value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok().map(str::trim) }
}

/// What the proxy itself added: the last entry. Those before it are hearsay.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_decides_whose_it_is_before_any_page_is_asked() {
        let reader = Visitor::stranger().holding("ann@acme.example".into(), "support".into(), "2026-W47".into(), 1);
        let of = |path: &str| is_open(&reader, path);
        assert!(of("/reports/support/2026-W47/1/index.html") && of("/reports/support/2026-W47/1/charts/a.png"));
        for path in [
            "/",
            "/reports",
            "/reports/",
            "/reports/support",
            "/reports/support/2026-W47",
            "/reports/support/2026-W47/2/index.html",
            "/reports/support/2026-W47/1/rows/csat.csv",
            "/reports/support/2026-W47/1/%2e%2e/2/index.html",
            "/reports/support/2026-W47/1%2f..%2f2/index.html",
            "//reports/support/2026-W47/1/index.html",
            "/reports/other/2026-W47/1/index.html",
            "/metric/csat",
            "/runs",
            "/anything",
        ] {
            assert!(!of(path), "{path}");
        }
        for path in ["/healthz", "/sign-in", "/sign-in/abc", "/r/abc", "/unsubscribe/abc"] {
            assert!(is_open(&Visitor::stranger(), path), "{path}");
        }
        assert!(!is_open(&Visitor::stranger(), "/") && is_open(&Visitor::local(), "/"));
        assert!(is_open(&Visitor::local(), "/reports/support/2026-W47/1/rows/csat.csv"));
    }
}
