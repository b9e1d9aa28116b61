//! Whether the service does its work: the heart beats, no mail waits too long, and what was promised has gone out.

use std::net::SocketAddr;

use anyhow::Result;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};

use super::Asked;
use crate::config::Config;
use crate::ledger::deliveries::DeliveryState;
use crate::pipeline::{MAIL_OVERDUE, overdue};
use crate::schedule::ReportSchedule;
use crate::serve::site::Site;
use crate::serve::web::is_from_here;

/// Without a beat for this long the service is not doing its work.
const SILENT: SignedDuration = SignedDuration::from_mins(3);

/// Ready, or why not: the reasons name reports, and are for this machine and for operators.
pub(super) async fn ready(asked: Asked, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let is_told_why = is_from_here(peer, request.headers()) || asked.visitor.is_operator();
    asked
        .answer(move |asked| {
            Ok(Some(match unready(&asked.site, &asked.config) {
                Ok(reasons) if reasons.is_empty() => "ready\n".into_response(),
                Ok(reasons) => {
                    let why = if is_told_why { reasons.join("\n") } else { "not ready".into() };
                    (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "cannot tell whether the service is ready");
                    (StatusCode::INTERNAL_SERVER_ERROR, "the ledger cannot be read; the log says why\n").into_response()
                }
            }))
        })
        .await
}

/// Everything that is wrong, without addresses.
pub(super) fn unready(site: &Site, config: &Config) -> Result<Vec<String>> {
    let mut reasons = Vec::new();
    if heartbeat_age(site).is_none_or(|age| age > SILENT) {
        reasons.push("no heartbeat".to_owned());
    }
    let waiting = overdue_mails(site)?;
    if waiting > 0 {
        reasons.push(format!("{waiting} mails are overdue"));
    }
    let overdue = promised(site, config)?.into_iter().filter_map(|p| Some((p.report, p.overdue?)));
    reasons.extend(overdue.map(|(report, due_at)| format!("report {report}, due {due_at}, has not gone out")));
    Ok(reasons)
}

/// `None` before the first beat.
pub(super) fn heartbeat_age(site: &Site) -> Option<SignedDuration> {
    let last = *site.last_beat.borrow();
    last.map(|beat| site.now().duration_since(beat))
}

/// Mails that wait for more than an hour.
pub(super) fn overdue_mails(site: &Site) -> Result<usize> {
    let now = site.now();
    let waiting = site.ledger.deliveries_in(DeliveryState::Pending)?;
    let is_overdue = |created: &str| created.parse::<Timestamp>().is_ok_and(|at| at + MAIL_OVERDUE < now);
    Ok(waiting.iter().filter(|d| is_overdue(&d.created_at)).count())
}

/// What a report's readers were promised.
pub(super) struct Promised {
    pub report: String,
    pub next: Option<Timestamp>,
    /// When readers last got one.
    pub last_sent: Option<Timestamp>,
    /// The latest moment whose deadline is over and for which nothing has gone out. One too old to be caught up is missed: it was
    /// told, and will never go out.
    pub overdue: Option<Timestamp>,
}

/// Every report with a schedule.
pub(super) fn promised(site: &Site, config: &Config) -> Result<Vec<Promised>> {
    let now = site.now();
    let (last_sent, mut overdue) = (site.ledger.last_sent()?, overdue(config, &site.ledger, now)?);
    let promised = |schedule: ReportSchedule| {
        let (next, last_sent) = (schedule.next_after(now), last_sent.get(&schedule.report).copied());
        Promised { next, last_sent, overdue: overdue.remove(&schedule.report), report: schedule.report }
    };
    Ok(ReportSchedule::all(config)?.into_iter().map(promised).collect())
}
