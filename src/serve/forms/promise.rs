//! Promises of a report: what is due, a new one, and what was done.

use std::sync::Arc;

use anyhow::Result;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jiff::civil::Date;
use serde::Deserialize;

use super::{complaint, entitled, environment, metrics_of, name_of};
use crate::calendar::Calendar;
use crate::config::Report;
use crate::ledger::voices::{NewPromise, PromiseRow};
use crate::pipeline;
use crate::render::{Door, DoorField, DoorForm, DoorSection, Speech};
use crate::review::model::{OwnerPromise, Standing};
use crate::review::voice::{LONGEST_COMMENT, LONGEST_NAME, LONGEST_PROMISE, sort};
use crate::serve::access::{Access, Caller, Form, link};
use crate::serve::visitor::Role;
use crate::serve::web::{failed, not_found};

/// Kept promises shown below the open ones.
const KEPT: usize = 10;

pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new()
        .route("/reports/{report}/promises", get(show).post(make))
        .route("/reports/{report}/promises/{id}/done", post(done))
}

fn path(report: &str) -> String {
    format!("/reports/{report}/promises")
}

#[derive(Deserialize)]
struct Asked {
    /// What came of the form before: `made` or `kept`.
    now: Option<String>,
}

/// What was typed and what was wrong with it.
#[derive(Default)]
struct Typed {
    text: String,
    owner: String,
    due: String,
    metric: String,
    made_for: String,
    /// Promise and words, of the form that says it was done.
    note: Option<(i64, String)>,
    alert: String,
    done: &'static str,
}

async fn show(
    State(access): State<Arc<Access>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let report = match entitled(&access, &caller, &name, Role::Viewer, &path(&name)) {
        Ok(report) => report,
        Err(response) => return *response,
    };
    let done = match asked.now.as_deref() {
        Some("made") => "door-promise-made",
        Some("kept") => "door-promise-kept",
        _ => "",
    };
    let owner = name_of(&access.site.config(), caller.visitor.address.as_deref().unwrap_or_default());
    let typed = Typed { owner, done, ..Typed::default() };
    page(&access, &caller, &name, &report, typed, StatusCode::OK).unwrap_or_else(|error| failed(&error))
}

async fn make(State(access): State<Arc<Access>>, Path(name): Path<String>, form: Form) -> Response {
    match entitled(&access, &form.caller, &name, Role::Owner, &path(&name)) {
        Ok(report) => made(&access, &name, &report, &form).unwrap_or_else(|error| failed(&error)),
        Err(response) => *response,
    }
}

fn made(access: &Access, name: &str, report: &Report, form: &Form) -> Result<Response> {
    let mut typed = Typed {
        text: form.field("text"),
        owner: form.field("owner"),
        due: form.field("due"),
        metric: form.field("metric"),
        made_for: form.field("for"),
        ..Typed::default()
    };
    let speech = access.speech_of(report)?;
    let known: Vec<String> = latest_metrics(access, &speech, name)?.into_iter().map(|(metric, _)| metric).collect();
    let Ok(due_on) = typed.due.parse::<Date>() else {
        typed.alert = speech.say("door-promise-bad-day", &[("day", &typed.due)]);
        return page(access, &form.caller, name, report, typed, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let is_for_report = typed.made_for == "report";
    let promise = NewPromise {
        text: typed.text.clone(),
        owner: typed.owner.clone(),
        team: (!is_for_report).then(|| report.team.clone()),
        report: is_for_report.then(|| name.to_owned()),
        metric: Some(typed.metric.clone()).filter(|metric| !metric.is_empty()),
        due_on,
    };
    match complaint(pipeline::promise(&environment(access), promise, Some(&known)))? {
        Ok((promise_id, _)) => {
            let by = crate::deliver::masked(form.caller.visitor.address.as_deref().unwrap_or_default());
            tracing::info!(promise_id, by, "promised on the web");
            Ok(Redirect::to(&format!("{}?now=made", path(name))).into_response())
        }
        Err(alert) => {
            typed.alert = alert;
            page(access, &form.caller, name, report, typed, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

async fn done(State(access): State<Arc<Access>>, Path((name, id)): Path<(String, i64)>, form: Form) -> Response {
    match entitled(&access, &form.caller, &name, Role::Owner, &path(&name)) {
        Ok(report) => kept(&access, &name, &report, id, &form).unwrap_or_else(|error| failed(&error)),
        Err(response) => *response,
    }
}

fn kept(access: &Access, name: &str, report: &Report, id: i64, form: &Form) -> Result<Response> {
    let promises = access.site.ledger.promises()?;
    // a promise of others does not exist here
    if !promises.iter().any(|promise| promise.promise_id == id && is_own(promise, name, report)) {
        return Ok(not_found());
    }
    let note = form.field("note");
    let words = Some(note.as_str()).filter(|note| !note.is_empty());
    match complaint(pipeline::kept(&environment(access), id, words, None))? {
        Ok(_) => {
            let by = crate::deliver::masked(form.caller.visitor.address.as_deref().unwrap_or_default());
            tracing::info!(promise_id = id, by, "kept, as said on the web");
            Ok(Redirect::to(&format!("{}?now=kept", path(name))).into_response())
        }
        Err(alert) => {
            let typed = Typed { note: Some((id, note)), alert, ..Typed::default() };
            page(access, &form.caller, name, report, typed, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// Made for the report or for its team.
fn is_own(promise: &PromiseRow, name: &str, report: &Report) -> bool {
    match (&promise.made.report, &promise.made.team) {
        (Some(of), _) => of == name,
        (None, team) => team.as_ref() == Some(&report.team),
    }
}

/// The metrics of the newest edition; none before the first.
fn latest_metrics(access: &Access, speech: &Speech, name: &str) -> Result<Vec<(String, String)>> {
    let editions = access.site.ledger.editions(Some(name))?;
    let Some(newest) = editions.first() else { return Ok(Vec::new()) };
    Ok(metrics_of(access, speech, (name, &newest.period, newest.number))?.unwrap_or_default())
}

fn page(
    access: &Access,
    caller: &Caller,
    name: &str,
    report: &Report,
    typed: Typed,
    status: StatusCode,
) -> Result<Response> {
    let config = access.site.config();
    let speech = access.speech_of(report)?;
    let today = Calendar::new(&config.company)?.local_date(access.site.now());
    let is_owner = caller.visitor.has_session && caller.visitor.role(name) >= Role::Owner;
    let metrics = latest_metrics(access, &speech, name)?;
    let own = access.site.ledger.promises()?;
    let own = own.iter().filter(|promise| is_own(promise, name, report));
    let mut promises: Vec<OwnerPromise> = own.map(|p| pipeline::owner_promise(&config, p, today)).collect();
    sort(&mut promises);
    let (kept, open): (Vec<_>, Vec<_>) = promises.into_iter().partition(|p| p.standing == Standing::Kept);
    let mut sections = Vec::new();
    for promise in open {
        let mut section = told(&speech, &promise, &metrics);
        section.form = is_owner.then(|| done_form(&speech, name, &promise, &typed));
        sections.push(section);
    }
    if is_owner {
        sections.insert(0, new_form(&speech, &config.teams[&report.team].name, name, report, metrics.clone(), &typed));
    } else if !caller.visitor.has_session {
        let paragraphs = vec![speech.say("door-sign-in-first", &[])];
        sections.push(DoorSection { paragraphs, ..DoorSection::default() });
    }
    sections.extend(kept.iter().rev().take(KEPT).map(|promise| told(&speech, promise, &metrics)));
    let door = Door {
        title: speech.say("door-promises", &[("title", &report.title)]),
        alert: typed.alert,
        done: if typed.done.is_empty() { String::new() } else { speech.say(typed.done, &[]) },
        sections,
        links: vec![link(&format!("/reports/{name}/"), report.title.clone())],
        who: String::new(),
    };
    Ok(access.page(caller, status, door, Some(report)))
}

/// A promise, where it stands, and what came of it.
fn told(speech: &Speech, promise: &OwnerPromise, metrics: &[(String, String)]) -> DoorSection {
    let days = promise.days.to_string();
    let state = match promise.standing {
        Standing::Overdue => speech.say("door-promise-state-overdue", &[("days", &days)]),
        Standing::Due => speech.say("door-promise-state-due", &[("days", &days)]),
        Standing::Kept => speech.say("door-promise-state-kept", &[]),
    };
    let due = speech.day(promise.done_on.unwrap_or(promise.due_on));
    let line = speech.say("door-promise-line", &[("state", &state), ("owner", &promise.owner), ("due", &due)]);
    let metric = promise.metric.as_ref().map(|name| {
        metrics.iter().find(|(metric, _)| metric == name).map_or_else(|| name.clone(), |(_, title)| title.clone())
    });
    let paragraphs = std::iter::once(line).chain(metric).collect();
    let said = promise.note.iter().map(|note| (promise.owner.clone(), note.clone())).collect();
    DoorSection { heading: promise.text.clone(), paragraphs, said, form: None }
}

fn done_form(speech: &Speech, name: &str, promise: &OwnerPromise, typed: &Typed) -> DoorForm {
    let note = typed.note.as_ref().filter(|(id, _)| *id == promise.id).map(|(_, note)| note.clone());
    let field = DoorField {
        kind: "text",
        name: "note",
        label: speech.say("door-promise-note", &[]),
        hint: speech.say("door-promise-optional", &[]),
        value: note.unwrap_or_default(),
        most: LONGEST_COMMENT,
        is_optional: true,
        ..DoorField::default()
    };
    DoorForm {
        action: format!("{}/{}/done", path(name), promise.id),
        fields: vec![field],
        button: speech.say("door-promise-done-button", &[]),
        is_secondary: true,
        ..DoorForm::default()
    }
}

fn new_form(
    speech: &Speech,
    team: &str,
    name: &str,
    report: &Report,
    metrics: Vec<(String, String)>,
    typed: &Typed,
) -> DoorSection {
    let none = (String::new(), speech.say("door-promise-no-metric", &[]));
    let choices = [
        ("team".to_owned(), speech.say("door-promise-for-team", &[("team", team)])),
        ("report".to_owned(), speech.say("door-promise-for-report", &[("title", &report.title)])),
    ];
    let field = |kind, name, label: &str, value: &str, most: usize| DoorField {
        kind,
        name,
        label: speech.say(label, &[]),
        value: value.to_owned(),
        most,
        ..DoorField::default()
    };
    let at_most = speech.say("door-at-most", &[("most", &speech.count(LONGEST_PROMISE as u64))]);
    let fields = vec![
        DoorField { hint: at_most, ..field("text", "text", "door-promise-text", &typed.text, LONGEST_PROMISE) },
        field("text", "owner", "door-promise-owner", &typed.owner, LONGEST_NAME),
        field("date", "due", "door-promise-due", &typed.due, 0),
        DoorField {
            options: std::iter::once(none).chain(metrics).collect(),
            ..field("select", "metric", "door-promise-metric", &typed.metric, 0)
        },
        DoorField { options: choices.to_vec(), ..field("select", "for", "door-promise-for", &typed.made_for, 0) },
    ];
    let form =
        DoorForm { action: path(name), fields, button: speech.say("door-promise-button", &[]), ..DoorForm::default() };
    DoorSection {
        heading: speech.say("door-promise-new", &[]),
        paragraphs: vec![speech.say("door-promise-intro", &[])],
        said: Vec::new(),
        form: Some(form),
    }
}
