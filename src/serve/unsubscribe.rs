//! One click and a reader gets no more mail of a report (RFC 8058): a mail program posts to the link without cookie or session.
//! What fetches the link only (a scanner, a browser) is shown a button, and nothing changes.

use std::sync::Arc;

use anyhow::Result;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::access::HasForms;
use super::site::Site;
use super::web::{failed, not_found};
use crate::config::Config;
use crate::deliver::key::Key;
use crate::deliver::{masked, unsubscribe};
use crate::render::leave::Leaving;

/// `List-Unsubscribe=One-Click` is all that is posted.
const BODY: usize = 4096;

/// Open to whoever holds a link.
pub fn routes() -> Router<Arc<Site>> {
    Router::new().route("/unsubscribe/{token}", get(ask).post(leave)).layer(DefaultBodyLimit::max(BODY))
}

async fn ask(State(site): State<Arc<Site>>, Path(token): Path<String>) -> Response {
    answer(site, token, false).await
}

/// Whatever is posted: the link itself says all, and saying it twice changes nothing.
async fn leave(State(site): State<Arc<Site>>, Path(token): Path<String>, _posted: axum::body::Bytes) -> Response {
    answer(site, token, true).await
}

async fn answer(site: Arc<Site>, token: String, is_leaving: bool) -> Response {
    // the ledger and the templates are files
    let answered = tokio::task::spawn_blocking(move || answered(&site, &token, is_leaving)).await;
    match answered.map_err(anyhow::Error::from).and_then(|answered| answered) {
        Ok(Some(page)) => (Extension(HasForms), Html(page)).into_response(),
        Ok(None) => not_found(),
        Err(error) => failed(&error),
    }
}

/// `None`: nobody's token.
fn answered(site: &Site, token: &str, is_leaving: bool) -> Result<Option<String>> {
    let config = site.config();
    let key = Key::of(&config)?;
    let Some((name, address)) = unsubscribe::verify(&key, token, site.ledger.addressees()?) else { return Ok(None) };
    if is_leaving && site.ledger.suppress(&name, &address, "unsubscribed", site.now())? {
        tracing::warn!(report = name, address = masked(&address), "a reader unsubscribed");
    }
    page(site, &config, &name, &address, is_leaving).map(Some)
}

fn page(site: &Site, config: &Arc<Config>, name: &str, address: &str, is_done: bool) -> Result<String> {
    let report = config.reports.get(name);
    let locale = report.map_or(config.company.locale.as_str(), |report| config.locale(report));
    let leaving = Leaving {
        company: &config.company.name,
        report: report.map_or(name, |report| &report.title),
        address,
        is_done,
    };
    site.kept.renderer(config)?.leaving(locale, &leaving)
}
