//! A run that an operator asks for.

use std::sync::Arc;

use anyhow::{Result, ensure};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;

use super::{complaint, entitled};
use crate::calendar::Calendar;
use crate::config::{Report, Usage};
use crate::pipeline::parse_period;
use crate::render::{Door, DoorField, DoorForm, DoorSection};
use crate::serve::access::{Access, Caller, Form, link};
use crate::serve::desk::Wish;
use crate::serve::visitor::Role;
use crate::serve::web::failed;

pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new().route("/reports/{report}/run", get(show).post(ask))
}

fn path(report: &str) -> String {
    format!("/reports/{report}/run")
}

#[derive(Deserialize)]
struct Asked {
    /// The period that was asked for before.
    asked: Option<String>,
}

async fn show(
    State(access): State<Arc<Access>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let report = match entitled(&access, &caller, &name, Role::Operator, &path(&name)) {
        Ok(report) => report,
        Err(response) => return *response,
    };
    let done = match asked.asked {
        Some(_) => "It waits for its turn. Its edition is in the archive, and its mails go out, when it is done.",
        None => "",
    };
    let told = Told { done: done.into(), ..Told::default() };
    page(&access, &caller, &name, &report, told, StatusCode::OK).unwrap_or_else(|error| failed(&error))
}

async fn ask(State(access): State<Arc<Access>>, Path(name): Path<String>, form: Form) -> Response {
    match entitled(&access, &form.caller, &name, Role::Operator, &path(&name)) {
        Ok(report) => asked(&access, &name, &report, &form).unwrap_or_else(|error| failed(&error)),
        Err(response) => *response,
    }
}

fn asked(access: &Access, name: &str, report: &Report, form: &Form) -> Result<Response> {
    let typed = form.field("period");
    let by = form.caller.visitor.address.clone().unwrap_or_default();
    let again = |status, alert: String| {
        let told = Told { period: typed.clone(), alert, ..Told::default() };
        page(access, &form.caller, name, report, told, status)
    };
    let period = match complaint(period(access, &typed))? {
        Ok(period) => period,
        Err(alert) => return again(StatusCode::UNPROCESSABLE_ENTITY, alert),
    };
    let wish = Wish { report: name.to_owned(), period: period.clone(), by: by.clone() };
    if !access.site.desk.ask(wish) {
        let full = "Too many runs wait already, or the service is stopping. Try again when some are done.";
        return again(StatusCode::SERVICE_UNAVAILABLE, full.into());
    }
    tracing::info!(report = name, period, by = crate::deliver::masked(&by), "a run was asked for");
    Ok(Redirect::to(&format!("{}?asked={}", path(name), period.as_deref().unwrap_or("last"))).into_response())
}

/// A period that has begun; none for the last complete one.
fn period(access: &Access, typed: &str) -> Result<Option<String>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let calendar = Calendar::new(&access.site.config().company)?;
    let period = parse_period(&calendar, typed)?;
    let today = calendar.local_date(access.site.now());
    ensure!(period.start_on <= today, Usage(format!("{} has not begun: there is nothing to review yet", period.id)));
    Ok(Some(period.id))
}

#[derive(Default)]
struct Told {
    period: String,
    alert: String,
    done: String,
}

fn page(
    access: &Access,
    caller: &Caller,
    name: &str,
    report: &Report,
    told: Told,
    status: StatusCode,
) -> Result<Response> {
    let calendar = Calendar::new(&access.site.config().company)?;
    let last = calendar.last_complete(report.grain, access.site.now()).id;
    let readers = match report.to.len() {
        1 => "its reader, unless they have".to_owned(),
        count => format!("those of its {count} readers who do not have"),
    };
    let paragraphs = vec![
        format!(
            "Pulls what is new, makes an edition of the period, and mails it to {readers} that period's review already: nobody is \
             mailed twice. It takes its turn after the run in hand and what is due before it."
        ),
        format!("To send what was mailed anew, or to correct it: bizreview run {name} --again, or --correct."),
    ];
    let field = DoorField {
        kind: "text",
        name: "period",
        label: "Period".into(),
        hint: format!("Such as {last}, 2026-10 or 2026-Q3. Empty: the last complete one, {last}."),
        value: told.period,
        most: 20,
        is_optional: true,
        ..DoorField::default()
    };
    let form = DoorForm { action: path(name), fields: vec![field], button: "Run it now".into(), ..DoorForm::default() };
    let section = DoorSection { paragraphs, form: Some(form), ..DoorSection::default() };
    let door = Door {
        title: format!("Run {} now", report.title),
        alert: told.alert,
        done: told.done,
        sections: vec![section],
        links: vec![link(&format!("/reports/{name}/"), report.title.clone()), link("/runs", "Runs".into())],
        who: String::new(),
    };
    // for operators, who read English
    Ok(access.page_in("en", caller, status, door))
}
