//! The links of mails: `/r/TOKEN`.

use std::sync::Arc;

use anyhow::Result;
use axum::Extension;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::cookies::{self, Names};
use super::letter::Letter;
use super::limits::{FAILURES, MAILS_FROM_PEER};
use super::{Access, Caller, Form};
use crate::config::Config;
use crate::deliver::key::Key;
use crate::deliver::link::Reading;
use crate::render::{Door, DoorForm, DoorSection};
use crate::serve::visitor::{Role, role_of};
use crate::serve::web::failed;

/// Where a link that is genuine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Its time is over.
    Expired,
    /// Called back, its reader no longer listed, or its edition gone.
    Void,
}

pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new().route("/r/{token}", get(open).post(renew))
}

impl Access {
    /// What a token says and where it stands; `None` for what was not signed here.
    pub(super) fn reading(&self, config: &Config, token: &str) -> Result<Option<(Reading, Standing)>> {
        let Some(reading) = Reading::of_token(&Key::of(config)?, token) else { return Ok(None) };
        let standing = if reading.expires_at <= self.site.now() {
            Standing::Expired
        } else if self.is_void(config, &reading)? {
            Standing::Void
        } else {
            Standing::Good
        };
        Ok(Some((reading, standing)))
    }

    fn is_void(&self, config: &Config, reading: &Reading) -> Result<bool> {
        let Reading { recipient, report, period, number, made_at, .. } = reading;
        let ledger = &self.site.ledger;
        // the review of one customer has no listed readers: whom it was sent to decides
        let is_reader = !config.reports.contains_key(report) && report.contains('.')
            || role_of(config, recipient, report) >= Role::Viewer;
        Ok(!is_reader
            || ledger.revoked_at(recipient)?.is_some_and(|at| *made_at <= at)
            || ledger.edition(report, period, *number)?.is_none())
    }
}

fn edition_path(reading: &Reading) -> String {
    format!("/reports/{}/{}/{}", reading.report, reading.period, reading.number)
}

/// Turns the token of a link into a cookie for its edition, so that it leaves the address. Changes nothing that lasts: programs
/// that look through mail come here first.
async fn open(
    State(access): State<Arc<Access>>,
    Extension(caller): Extension<Caller>,
    Path(token): Path<String>,
) -> Response {
    let (site, config) = (&access.site, access.site.config());
    let found = match access.reading(&config, &token) {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    match found {
        Some((reading, Standing::Good)) => {
            let path = edition_path(&reading);
            let left = reading.expires_at.duration_since(site.now()).as_secs();
            let lasting = left.min(i64::from(config.web.session_hours) * 3600);
            let name = Names::of(caller.is_https).reading;
            let to = Redirect::to(&format!("{path}/index.html")).into_response();
            cookies::with(to, [cookies::set(name, &token, &path, caller.is_https, Some(lasting))])
        }
        Some((_, Standing::Expired)) => expired(&access, &caller, &config, &token),
        Some((_, Standing::Void)) | None => {
            if access.limits.allow_peer(FAILURES, caller.peer, site.now()) {
                access.told(&caller, StatusCode::NOT_FOUND, "door-unknown", &["door-unknown-intro"])
            } else {
                access.too_many(&caller)
            }
        }
    }
}

fn expired(access: &Access, caller: &Caller, config: &Config, token: &str) -> Response {
    let sentences = match access.sentences() {
        Ok(sentences) => sentences,
        Err(error) => return failed(&error),
    };
    let form = DoorForm {
        action: format!("/r/{token}"),
        button: sentences.say("door-expired-button", &[]),
        ..DoorForm::default()
    };
    let section = DoorSection {
        paragraphs: vec![sentences.say("door-expired-intro", &[("days", &config.web.link_days.to_string())])],
        form: Some(form),
        ..DoorSection::default()
    };
    let door = Door { title: sentences.say("door-expired", &[]), sections: vec![section], ..Door::default() };
    access.page(caller, StatusCode::GONE, door, None)
}

/// Mails a fresh link to whom the old one was made for, if they are still listed. The answer is the same if they are not.
async fn renew(State(access): State<Arc<Access>>, Path(token): Path<String>, form: Form) -> Response {
    let (now, config) = (access.site.now(), access.site.config());
    if !access.limits.allow_peer(MAILS_FROM_PEER, form.caller.peer, now) {
        return access.too_many(&form.caller);
    }
    let reading = match access.reading(&config, &token) {
        Ok(found) => found.map(|(reading, _)| reading),
        Err(error) => return failed(&error),
    };
    if let Some(reading) = reading {
        let access = access.clone();
        tokio::spawn(async move {
            match access.is_void(&config, &reading) {
                Ok(false) => {
                    let fresh = reading.renewed(config.web.link_days, now);
                    access.send(&config, Letter::Fresh(&fresh), now).await;
                }
                Ok(true) => tracing::info!(
                    recipient = crate::deliver::masked(&reading.recipient),
                    "no fresh link: the old one is void"
                ),
                Err(error) => tracing::error!(error = format!("{error:#}"), "no fresh link"),
            }
        });
    }
    access.told(&form.caller, StatusCode::OK, "door-sent", &["door-expired-sent"])
}
