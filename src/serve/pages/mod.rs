//! The pages of the web part. Each sees what its visitor may see, is made of the ledger and the archive alone, and changes nothing.
//!
//! [`archive`]: list and search · [`report`]: one report, its periods · [`edition`]: an edition as it was published, with what came
//! after · [`metric`]: one figure over all editions · [`runs`], [`status`]: for operators · [`scrape`]: for Prometheus ·
//! [`health`]: for whoever restarts it. [`Asked`] is a request, [`kept`] what is kept between two.

mod archive;
mod asked;
mod edition;
mod health;
pub mod kept;
mod metric;
mod report;
mod runs;
mod scrape;
mod search;
mod status;
mod voices;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::site::Site;
use super::visitor::Visitor;
use crate::config::Config;

pub(super) use asked::frame;
pub use asked::{Asked, Named};

/// Every page.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(archive::archive))
        .route("/reports/{report}/", get(report::report))
        .route("/reports/{report}/{period}/", get(report::period))
        .route("/reports/{report}/{period}/{number}/", get(edition::view))
        .route("/reports/{report}/{period}/{number}/{*file}", get(edition::file))
        .route("/reports/{report}", get(with_slash))
        .route("/reports/{report}/{period}", get(with_slash))
        .route("/reports/{report}/{period}/{number}", get(with_slash))
        .route("/metric/{metric}", get(metric::metric))
        .route("/runs", get(runs::runs))
        .route("/runs/{run}", get(runs::run))
        .route("/status", get(status::status))
        .route("/metrics", get(scrape::metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        // browsers ask for it on every page
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .fallback(asked::missing)
}

/// The page that says there is nothing.
pub(super) async fn nothing(site: Arc<Site>, visitor: Visitor, uri: Uri) -> Response {
    asked::missing(Asked { config: site.config(), site, visitor, uri }).await
}

async fn with_slash(request: Request) -> Response {
    let to = format!("{}/", request.uri().path());
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response()
}

/// What a report is called; one that is no longer configured by its key.
fn title(config: &Config, report: &str) -> String {
    crate::render::one_line(config.reports.get(report).map_or(report, |r| &r.title))
}

/// A link's parameter.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
