//! Runs and deliveries, with addresses: for operators, and in English.

use std::collections::BTreeMap;

use anyhow::Result;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::archive::Link;
use super::{Asked, Named, title};
use crate::ledger::deliveries::{DeliveryRow, DeliveryState};
use crate::ledger::runs::{EditionRow, RunRow};
use crate::render::{Speech, one_line};
use crate::serve::visitor::Role;

/// Runs on a page.
const PAGE: u32 = 50;

/// A mail to somebody.
#[derive(Debug, Serialize)]
pub(super) struct DeliveryView {
    pub recipient: String,
    pub state: &'static str,
    /// `bad`, `good` or `quiet`.
    pub tone: &'static str,
    pub attempts: u32,
    pub at: String,
    /// When it is tried again; empty when it is not.
    pub next: String,
    /// What the server answered.
    pub response: String,
    pub is_test: bool,
    pub edition: Link,
}

#[derive(Debug, Serialize)]
struct RunView {
    id: i64,
    trigger: String,
    started: String,
    /// "2 min 5 s"; empty while it runs.
    took: String,
    /// What the exit code means.
    outcome: String,
    tone: &'static str,
    problems: Vec<String>,
    editions: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct RunsView {
    runs: Vec<RunView>,
    earlier: String,
}

#[derive(Debug, Serialize)]
struct RunPage {
    run: RunView,
    pulls: Vec<PullView>,
    deliveries: Vec<DeliveryView>,
}

#[derive(Debug, Serialize)]
struct PullView {
    source: String,
    stream: String,
    rows: String,
    requests: String,
    took: String,
    outcome: String,
    tone: &'static str,
    message: String,
}

/// The page made for an operator, or the one that says whom it is for.
pub(super) async fn for_operator(
    asked: Asked,
    make: impl FnOnce(&Asked, &Speech) -> Result<Option<Response>> + Send + 'static,
) -> Response {
    asked
        .answer(move |asked| {
            if !asked.visitor.is_operator() {
                return Ok(Some(asked.told(StatusCode::FORBIDDEN, "refused")));
            }
            make(asked, &asked.renderer()?.speech("en")?)
        })
        .await
}

pub(super) async fn runs(asked: Asked) -> Response {
    for_operator(asked, |asked, speech| {
        let before = asked.parameter("before").parse().ok();
        let mut runs = asked.site.ledger.runs_before(before, PAGE + 1)?;
        let has_more = runs.len() > PAGE as usize;
        runs.truncate(PAGE as usize);
        let earlier = runs.last().filter(|_| has_more).map(|run| format!("/runs?before={}", run.run_id));
        let mut editions: BTreeMap<i64, Vec<EditionRow>> = BTreeMap::new();
        if let (Some(first), Some(last)) = (runs.last(), runs.first()) {
            for edition in asked.site.ledger.editions_of_runs(first.run_id, last.run_id)? {
                editions.entry(edition.run_id.unwrap_or_default()).or_default().push(edition);
            }
        }
        let of = |run: &RunRow| run_view(asked, speech, run, editions.get(&run.run_id).map_or(&[], Vec::as_slice));
        let view = RunsView { runs: runs.iter().map(of).collect(), earlier: earlier.unwrap_or_default() };
        asked.html("runs", speech, "Runs", &view)
    })
    .await
}

pub(super) async fn run(asked: Asked, Named(id): Named<String>) -> Response {
    for_operator(asked, move |asked, speech| {
        let ledger = &asked.site.ledger;
        let Some(run) = id.parse().ok().map(|id| ledger.run(id)).transpose()?.flatten() else { return Ok(None) };
        let editions = ledger.editions_of_runs(run.run_id, run.run_id)?;
        let mut mails = Vec::new();
        for edition in editions.iter().filter(|e| asked.visitor.role(&e.report) >= Role::Operator) {
            mails.extend(ledger.deliveries(edition.edition_id)?);
        }
        let until = run.finished_at.clone().unwrap_or_else(|| asked.site.now().to_string());
        let pulls = ledger.pulls_between(&run.started_at, &until)?.into_iter().map(|pull| PullView {
            source: one_line(&pull.source),
            stream: one_line(&pull.stream),
            rows: speech.count(pull.rows),
            requests: speech.count(pull.requests),
            took: took(&pull.started_at, pull.finished_at.as_deref()),
            tone: if pull.outcome.as_deref() == Some("failed") { "bad" } else { "quiet" },
            outcome: pull.outcome.unwrap_or_else(|| "not finished".into()),
            message: pull.message.as_deref().map(one_line).unwrap_or_default(),
        });
        let view = RunPage {
            pulls: pulls.collect(),
            deliveries: deliveries(asked, speech, &mails),
            run: run_view(asked, speech, &run, &editions),
        };
        asked.html("run", speech, &format!("Run {}", run.run_id), &view)
    })
    .await
}

/// Mails with their addresses.
pub(super) fn deliveries(asked: &Asked, speech: &Speech, mails: &[DeliveryRow]) -> Vec<DeliveryView> {
    let zone = &asked.config.company.timezone;
    let view = |d: &DeliveryRow| DeliveryView {
        recipient: one_line(&d.recipient),
        state: d.state.as_str(),
        tone: match d.state {
            DeliveryState::Sent => "good",
            DeliveryState::Failed | DeliveryState::Uncertain | DeliveryState::Held => "bad",
            _ => "quiet",
        },
        attempts: d.attempts,
        at: speech.moment(&d.updated_at, zone),
        next: d
            .next_attempt_at
            .as_ref()
            .filter(|_| d.state == DeliveryState::Pending)
            .map(|at| speech.moment(at, zone))
            .unwrap_or_default(),
        response: d.response.as_deref().map(one_line).unwrap_or_default(),
        is_test: d.is_test,
        edition: Link {
            href: format!("/reports/{}/{}/{}/", d.report, d.period, d.number),
            title: format!("{} · {}", title(&asked.config, &d.report), speech.period_name(&d.period)),
        },
    };
    mails.iter().map(view).collect()
}

fn run_view(asked: &Asked, speech: &Speech, run: &RunRow, editions: &[EditionRow]) -> RunView {
    let (outcome, tone) = outcome(run);
    let link = |edition: &EditionRow| Link {
        href: format!("/reports/{}/{}/{}/", edition.report, edition.period, edition.number),
        title: format!("{} · {}", title(&asked.config, &edition.report), speech.period_name(&edition.period)),
    };
    RunView {
        id: run.run_id,
        trigger: one_line(&run.trigger),
        started: speech.moment(&run.started_at, &asked.config.company.timezone),
        took: took(&run.started_at, run.finished_at.as_deref()),
        outcome,
        tone,
        problems: run.problems.iter().map(|p| one_line(p)).collect(),
        editions: editions.iter().filter(|e| asked.visitor.may_read(&e.report)).map(link).collect(),
    }
}

/// What the exit code of a run means.
fn outcome(run: &RunRow) -> (String, &'static str) {
    let Some(code) = run.exit_code else { return ("running, or interrupted".into(), "quiet") };
    let (words, tone) = match code {
        0 => ("fine", "good"),
        1 => ("done with problems", "bad"),
        2 => ("bad usage or configuration", "bad"),
        3 => ("warehouse busy", "bad"),
        4 => ("nothing could be sent", "bad"),
        _ => ("failed", "bad"),
    };
    (format!("{words} ({code})"), tone)
}

/// How long something took; empty while it lasts.
fn took(from: &str, to: Option<&str>) -> String {
    let both = to.and_then(|to| Some((from.parse::<Timestamp>().ok()?, to.parse::<Timestamp>().ok()?)));
    let Some((from, to)) = both else { return String::new() };
    let seconds = to.duration_since(from).as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}\u{a0}s"),
        (0, min, s) => format!("{min}\u{a0}min {s}\u{a0}s"),
        (h, min, _) => format!("{h}\u{a0}h {min}\u{a0}min"),
    }
}
