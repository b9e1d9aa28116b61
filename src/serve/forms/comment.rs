//! A comment on a figure of an edition.

use std::sync::Arc;

use anyhow::Result;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;

use super::{complaint, entitled, environment, metrics_of, name_of};
use crate::calendar::Calendar;
use crate::config::Report;
use crate::ledger::Ledger;
use crate::ledger::voices::CommentRow;
use crate::pipeline;
use crate::render::{Door, DoorField, DoorForm, DoorSection};
use crate::review::voice::LONGEST_COMMENT;
use crate::serve::access::{Access, Caller, Form, link};
use crate::serve::visitor::Role;
use crate::serve::web::{failed, not_found};

pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new().route("/reports/{report}/{period}/{number}/comment", get(show).post(note))
}

type Edition = (String, String, u32);

#[derive(Deserialize)]
struct Asked {
    /// Which figure; the first unless given.
    metric: Option<String>,
    /// What came of the form before: `new` or `same`.
    noted: Option<String>,
}

/// What the page shows beside what is known.
#[derive(Default)]
struct Typed {
    metric: String,
    text: String,
    alert: String,
    done: &'static str,
}

fn path((report, period, number): &Edition) -> String {
    format!("/reports/{report}/{period}/{number}/comment")
}

async fn show(
    State(access): State<Arc<Access>>,
    Extension(caller): Extension<Caller>,
    Path(edition): Path<Edition>,
    Query(asked): Query<Asked>,
) -> Response {
    let report = match entitled(&access, &caller, &edition.0, Role::Owner, &path(&edition)) {
        Ok(report) => report,
        Err(response) => return response,
    };
    let done = match asked.noted.as_deref() {
        Some("new") => "door-comment-noted",
        Some("same") => "door-comment-same",
        _ => "",
    };
    let typed = Typed { metric: asked.metric.unwrap_or_default(), done, ..Typed::default() };
    answer(page(&access, &caller, &edition, &report, typed, StatusCode::OK))
}

async fn note(State(access): State<Arc<Access>>, Path(edition): Path<Edition>, form: Form) -> Response {
    match entitled(&access, &form.caller, &edition.0, Role::Owner, &path(&edition)) {
        Ok(report) => answer(noted(&access, &edition, &report, &form)),
        Err(response) => response,
    }
}

fn noted(access: &Access, edition: &Edition, report: &Report, form: &Form) -> Result<Option<Response>> {
    let (name, period, number) = edition;
    let Some(metrics) = metrics_of(access, &access.sentences_of(report)?, (name, period, *number))? else {
        return Ok(None);
    };
    let environment = environment(access);
    let address = form.caller.visitor.address.clone().unwrap_or_default();
    let (metric, text) = (form.field("metric").rsplit('/').next().unwrap_or_default().to_owned(), form.field("text"));
    let comment = CommentRow {
        metric: metric.clone(),
        period: period.clone(),
        author: name_of(&environment.config, &address),
        text: text.clone(),
        noted_at: Ledger::stamp(environment.now),
        source: "web".into(),
        reference: Some(address),
    };
    let known: Vec<String> = metrics.into_iter().map(|(metric, _)| metric).collect();
    match complaint(pipeline::note(&environment, &known, comment))? {
        Ok(is_new) => {
            let noted = if is_new { "new" } else { "same" };
            let to = format!("{}?metric={metric}&noted={noted}", path(edition));
            Ok(Some(Redirect::to(&to).into_response()))
        }
        Err(alert) => {
            let typed = Typed { metric, text, alert, done: "" };
            page(access, &form.caller, edition, report, typed, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

fn page(
    access: &Access,
    caller: &Caller,
    edition: &Edition,
    report: &Report,
    typed: Typed,
    status: StatusCode,
) -> Result<Option<Response>> {
    let (name, period, number) = edition;
    let sentences = access.sentences_of(report)?;
    let Some(metrics) = metrics_of(access, &sentences, (name, period, *number))? else { return Ok(None) };
    let chosen = metrics.iter().find(|(metric, _)| *metric == typed.metric).or(metrics.first());
    let most = LONGEST_COMMENT.to_string();
    let fields = vec![
        DoorField {
            kind: "select",
            name: "metric",
            label: sentences.say("door-comment-figure", &[]),
            value: chosen.map(|(metric, _)| metric.clone()).unwrap_or_default(),
            options: metrics.clone(),
            ..DoorField::default()
        },
        DoorField {
            kind: "area",
            name: "text",
            label: sentences.say("door-comment-text", &[]),
            hint: sentences.say("door-comment-hint", &[("most", &most)]),
            value: typed.text,
            most: LONGEST_COMMENT,
            ..DoorField::default()
        },
    ];
    let form = DoorForm {
        action: path(edition),
        fields,
        button: sentences.say("door-comment-button", &[]),
        ..DoorForm::default()
    };
    let mut sections = vec![DoorSection {
        paragraphs: vec![sentences.say("door-comment-intro", &[])],
        form: Some(form),
        ..DoorSection::default()
    }];
    if let Some((metric, title)) = chosen {
        let calendar = Calendar::new(&access.site.config().company)?;
        let mut said: Vec<(String, String)> = Vec::new();
        for row in access.site.ledger.comments()?.into_iter().filter(|r| r.metric == *metric && r.period == *period) {
            let day = sentences.day(calendar.local_date(row.noted_at.parse()?));
            said.push((sentences.say("door-said-by", &[("author", &row.author), ("day", &day)]), row.text));
        }
        if !said.is_empty() {
            said.reverse();
            let heading = sentences.say("door-comment-said", &[("title", title)]);
            sections.push(DoorSection { heading, said, ..DoorSection::default() });
        }
    }
    let period_name = sentences.period(period);
    let door = Door {
        title: sentences.say("door-comment", &[("title", &report.title), ("period", &period_name)]),
        alert: typed.alert,
        done: if typed.done.is_empty() { String::new() } else { sentences.say(typed.done, &[]) },
        sections,
        links: vec![link(&format!("/reports/{name}/{period}/{number}/index.html"), sentences.say("door-edition", &[]))],
        who: String::new(),
    };
    Ok(Some(access.page(caller, status, door, Some(report))))
}

fn answer(result: Result<Option<Response>>) -> Response {
    match result {
        Ok(Some(response)) => response,
        Ok(None) => not_found(),
        Err(error) => failed(&error),
    }
}
