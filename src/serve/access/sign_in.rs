//! Signing in with a mailed link that works once, and out again.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use jiff::{SignedDuration, Timestamp};

use super::cookies::{self, Names};
use super::letter::{self, Letter};
use super::limits::{FAILURES, MAILS_FROM_PEER, MAILS_TO_ADDRESS};
use super::{Access, Caller, Form};
use crate::config::{Config, Usage};
use crate::deliver::reply::token_hash;
use crate::ledger::Ledger;
use crate::render::{Door, DoorField, DoorForm, DoorSection};
use crate::serve::visitor::has_any_role;
use crate::serve::web::failed;

/// How long a link to sign in is good.
pub(super) const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);

pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new()
        .route("/sign-in", get(ask).post(mail))
        .route("/sign-in/sent", get(sent))
        .route("/sign-in/{token}", get(enter).post(consume))
        .route("/sign-out", get(leave).post(sign_out))
}

/// The page to sign in at before one goes on.
pub(in crate::serve) fn path_to(path: &str) -> String {
    match local(path) {
        "/" => "/sign-in".into(),
        path => format!("/sign-in?to={path}"),
    }
}

/// The link of a mail.
pub(super) fn link(base: &str, token: &str, to: &str) -> String {
    match local(to) {
        "/" => format!("{base}/sign-in/{token}"),
        to => format!("{base}/sign-in/{token}?to={to}"),
    }
}

/// A link to sign in, for whoever is at the keyboard of a machine that cannot mail one.
pub fn link_for(config: &Config, ledger: &Ledger, address: &str, base: &str, now: Timestamp) -> Result<String> {
    let bare: lettre::Address =
        address.parse().map_err(|e| Usage(format!("{address:?} is not a bare e-mail address: {e}")))?;
    if !has_any_role(config, &bare.to_string()) {
        return Err(Usage(format!(
            "{address} may not see anything: add it to the recipients or viewers of a report, as the owner of a team, or to [web]"
        ))
        .into());
    }
    let token = letter::offer(ledger, &bare.to_string(), now)?;
    Ok(link(base.trim_end_matches('/'), &token, "/"))
}

/// A path of this service, else the start: never another host.
fn local(path: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '@' | '+');
    let is_local = path.starts_with('/') && !path.starts_with("//") && path.len() <= 300 && path.chars().all(is_plain);
    if is_local { path } else { "/" }
}

/// The form that asks for an address, with what was typed before.
fn form(access: &Access, to: &str, typed: &str) -> Result<Door> {
    let sentences = access.sentences()?;
    let field = DoorField {
        kind: "email",
        name: "address",
        label: sentences.say("door-address", &[]),
        value: typed.to_owned(),
        most: 254,
        ..DoorField::default()
    };
    let form = DoorForm {
        action: "/sign-in".into(),
        hidden: vec![("to".into(), local(to).to_owned())],
        fields: vec![field],
        button: sentences.say("door-sign-in-button", &[]),
        ..DoorForm::default()
    };
    let section = DoorSection {
        paragraphs: vec![sentences.say("door-sign-in-intro", &[])],
        form: Some(form),
        ..DoorSection::default()
    };
    Ok(Door { title: sentences.say("door-sign-in", &[]), sections: vec![section], ..Door::default() })
}

async fn ask(
    State(access): State<Arc<Access>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    match form(&access, query.get("to").map_or("/", String::as_str), "") {
        Ok(door) => access.page(&caller, StatusCode::OK, door, None),
        Err(error) => failed(&error),
    }
}

/// Mails a link. Whatever there is to find out about the address is found out after the answer.
async fn mail(State(access): State<Arc<Access>>, form: Form) -> Response {
    let (now, config) = (access.site.now(), access.site.config());
    let (typed, to) = (form.field("address"), form.field("to"));
    let Ok(address) = typed.parse::<lettre::Address>() else {
        return match self::form(&access, &to, &typed) {
            Ok(door) => {
                let alert = access.sentences().map(|s| s.say("door-bad-address", &[("address", &typed)]));
                let door = Door { alert: alert.unwrap_or_default(), ..door };
                access.page(&form.caller, StatusCode::UNPROCESSABLE_ENTITY, door, None)
            }
            Err(error) => failed(&error),
        };
    };
    if !access.limits.allow_peer(MAILS_FROM_PEER, form.caller.peer, now) {
        tracing::warn!(peer = %form.caller.peer, "too many links to sign in were asked for");
        return access.too_many(&form.caller);
    }
    let background = access.clone();
    tokio::spawn(async move {
        let address = address.to_string();
        background.send(&config, Letter::SignIn { address: &address, to: &to }, now).await;
    });
    Redirect::to("/sign-in/sent").into_response()
}

async fn sent(State(access): State<Arc<Access>>, Extension(caller): Extension<Caller>) -> Response {
    let sentences = match access.sentences() {
        Ok(sentences) => sentences,
        Err(error) => return failed(&error),
    };
    let (minutes, most) = (GOOD_FOR.as_mins().to_string(), MAILS_TO_ADDRESS.most.to_string());
    let section = DoorSection {
        paragraphs: vec![
            sentences.say("door-sent-intro", &[("minutes", &minutes)]),
            sentences.say("door-sent-help", &[("most", &most)]),
        ],
        ..DoorSection::default()
    };
    let door = Door { title: sentences.say("door-sent", &[]), sections: vec![section], ..Door::default() };
    access.page(&caller, StatusCode::OK, door, None)
}

/// A page with a button, whatever the token is worth: a program that fetches it learns and changes nothing.
async fn enter(
    State(access): State<Arc<Access>>,
    Extension(caller): Extension<Caller>,
    Path(token): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let sentences = match access.sentences() {
        Ok(sentences) => sentences,
        Err(error) => return failed(&error),
    };
    if !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return access.told(&caller, StatusCode::NOT_FOUND, "door-unknown", &["door-unknown-intro"]);
    }
    let form = DoorForm {
        action: format!("/sign-in/{token}"),
        hidden: vec![("to".into(), local(query.get("to").map_or("/", String::as_str)).to_owned())],
        button: sentences.say("door-enter-button", &[]),
        ..DoorForm::default()
    };
    let section = DoorSection {
        paragraphs: vec![sentences.say("door-enter-intro", &[])],
        form: Some(form),
        ..DoorSection::default()
    };
    let door = Door { title: sentences.say("door-sign-in", &[]), sections: vec![section], ..Door::default() };
    access.page(&caller, StatusCode::OK, door, None)
}

/// Uses the link up and opens a session with a cookie of its own: what the browser sent before is worth nothing.
async fn consume(State(access): State<Arc<Access>>, Path(token): Path<String>, form: Form) -> Response {
    match opened(&access, &token, &form) {
        Ok(Some(response)) => response,
        Ok(None) if access.limits.allow_peer(FAILURES, form.caller.peer, access.site.now()) => {
            match self::form(&access, &form.field("to"), "") {
                Ok(door) => {
                    let alert = access.sentences().map(|s| s.say("door-used", &[])).unwrap_or_default();
                    access.page(&form.caller, StatusCode::FORBIDDEN, Door { alert, ..door }, None)
                }
                Err(error) => failed(&error),
            }
        }
        Ok(None) => access.too_many(&form.caller),
        Err(error) => failed(&error),
    }
}

fn opened(access: &Access, token: &str, form: &Form) -> Result<Option<Response>> {
    let (site, now, config) = (&access.site, access.site.now(), access.site.config());
    let hours = config.web.session_hours;
    let cookie = letter::token()?;
    let expires = now.checked_add(SignedDuration::from_hours(i64::from(hours))).context("the end of time")?;
    let Some(address) = site.ledger.sign_in(&token_hash(token), &token_hash(&cookie), now, expires)? else {
        tracing::warn!(peer = %form.caller.peer, "a link to sign in that is none, used or over");
        return Ok(None);
    };
    if let Some(before) = form.caller.secret.as_ref().filter(|_| form.caller.visitor.has_session) {
        site.ledger.sign_out(&token_hash(before))?;
    }
    tracing::info!(address = crate::deliver::masked(&address), "signed in");
    let (is_https, names) = (form.caller.is_https, Names::of(form.caller.is_https));
    let session = cookies::set(names.session, &cookie, "/", is_https, Some(i64::from(hours) * 3600));
    let to = Redirect::to(local(&form.field("to"))).into_response();
    Ok(Some(cookies::with(to, [session, cookies::end(names.form, is_https)])))
}

async fn leave(State(access): State<Arc<Access>>, Extension(caller): Extension<Caller>) -> Response {
    if !caller.visitor.has_session {
        return Redirect::to("/sign-in").into_response();
    }
    let sentences = match access.sentences() {
        Ok(sentences) => sentences,
        Err(error) => return failed(&error),
    };
    let form =
        DoorForm { action: "/sign-out".into(), button: sentences.say("door-sign-out", &[]), ..DoorForm::default() };
    let section = DoorSection { form: Some(form), ..DoorSection::default() };
    let door = Door { title: sentences.say("door-sign-out", &[]), sections: vec![section], ..Door::default() };
    access.page(&caller, StatusCode::OK, door, None)
}

async fn sign_out(State(access): State<Arc<Access>>, form: Form) -> Response {
    if let Some(cookie) = &form.caller.secret
        && let Err(error) = access.site.ledger.sign_out(&token_hash(cookie))
    {
        return failed(&error);
    }
    let (is_https, names) = (form.caller.is_https, Names::of(form.caller.is_https));
    let ended = [cookies::end(names.session, is_https), cookies::end(names.form, is_https)];
    cookies::with(Redirect::to("/sign-in").into_response(), ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_to_paths_of_this_service_only() {
        for path in ["/", "/reports/support/2026-W47/1/index.html", "/reports/account.cus_1/2026-W47/1/"] {
            assert_eq!(local(path), path);
        }
        for path in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a?b", "/a\r\nb", "/%2f", "evil"]
        {
            assert_eq!(local(path), "/", "{path}");
        }
    }
}
