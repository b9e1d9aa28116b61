//! One report: its reviews, when the next comes, whom it goes to, what was promised; and the editions of one period.

use anyhow::Result;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::archive::{Entry, Link, entry, shelf};
use super::runs::{DeliveryView, deliveries};
use super::{Asked, Named, encoded, title};
use crate::ledger::deliveries::{DeliveryRow, DeliveryState};
use crate::render::{OwnerPromiseView, Speech, one_line};
use crate::schedule::ReportSchedule;
use crate::serve::visitor::Role;

/// Reviews on a page.
const PAGE: usize = 52;

#[derive(Debug, Serialize)]
struct ReportView {
    /// Key of `[reports]`.
    report: String,
    title: String,
    team: String,
    /// "Next: 16 Nov 2026, 08:00 (Europe/Berlin)", or that it is not sent by itself.
    schedule: String,
    recipients: String,
    /// How the latest mails went, counted: without addresses.
    delivered: String,
    /// With addresses: for operators.
    deliveries: Vec<DeliveryView>,
    promises: Vec<OwnerPromiseView>,
    metrics: Vec<Link>,
    entries: Vec<Entry>,
    previous: String,
    next: String,
    role: &'static str,
}

pub(super) async fn report(asked: Asked, Named(report): Named<String>) -> Response {
    asked.answer(move |asked| show(asked, &report)).await
}

fn show(asked: &Asked, report: &str) -> Result<Option<Response>> {
    let role = asked.visitor.role(report);
    if role < Role::Viewer {
        return Ok(None);
    }
    let speech = asked.speech(Some(report))?;
    let shelf = shelf(asked, &speech, Some(report))?;
    let configured = asked.config.reports.get(report);
    if shelf.is_empty() && configured.is_none() {
        return Ok(None);
    }
    let page = asked.parameter("page").parse().unwrap_or(1_usize).clamp(1, 10_000);
    let to = |page: usize| format!("/reports/{}/?page={page}", encoded(report));
    let latest = shelf.first().map(|s| s.newest.edition.clone());
    let mails = match &latest {
        Some(edition) => asked.site.ledger.deliveries(edition.edition_id)?,
        None => Vec::new(),
    };
    let store = asked.site.store();
    let metrics = latest.as_ref().map(|edition| asked.site.kept.titles(&store, edition));
    let metric = |(metric, title): &(String, String)| Link {
        href: format!("/metric/{}?report={}", encoded(metric), encoded(report)),
        title: speech.metric_title(metric, title),
    };
    let title = title(&asked.config, report);
    let view = ReportView {
        report: report.to_owned(),
        team: configured
            .and_then(|r| asked.config.teams.get(&r.team))
            .map(|team| one_line(&team.name))
            .unwrap_or_default(),
        schedule: schedule(asked, &speech, report)?,
        recipients: configured
            .map(|r| speech.say("web-recipients", &[("count", &r.to.len().to_string())]))
            .unwrap_or_default(),
        delivered: delivered(asked, &speech, &mails),
        deliveries: if role >= Role::Operator { deliveries(asked, &speech, &mails) } else { Vec::new() },
        promises: super::voices::promises(asked, &speech, report)?,
        metrics: metrics.iter().flat_map(|all| all.iter()).map(metric).collect(),
        entries: shelf.iter().skip((page - 1) * PAGE).take(PAGE).map(|s| entry(asked, &speech, s, None)).collect(),
        previous: if page > 1 { to(page - 1) } else { String::new() },
        next: if shelf.len() > page * PAGE { to(page + 1) } else { String::new() },
        role: role_name(role),
        title: title.clone(),
    };
    asked.html("report", &speech, &title, &view)
}

/// As templates compare it.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::None => "none",
        Role::Viewer => "viewer",
        Role::Owner => "owner",
        Role::Operator => "operator",
    }
}

fn schedule(asked: &Asked, speech: &Speech, report: &str) -> Result<String> {
    let schedules = ReportSchedule::all(&asked.config)?;
    let Some(schedule) = schedules.iter().find(|s| s.report == report) else {
        return Ok(speech.say("web-no-schedule", &[]));
    };
    let Some(next) = schedule.next_after(asked.site.now()) else { return Ok(speech.say("web-no-schedule", &[])) };
    let zone = schedule.zone.iana_name().unwrap_or("UTC");
    Ok(speech.say("web-next-due", &[("at", &speech.moment(&next.to_string(), zone)), ("zone", zone)]))
}

/// "Sent to 3 of 4, the last on 16 Nov 2026, 08:00".
fn delivered(asked: &Asked, speech: &Speech, mails: &[DeliveryRow]) -> String {
    let mails: Vec<&DeliveryRow> = mails.iter().filter(|d| !d.is_test).collect();
    let sent = mails.iter().filter(|d| d.state == DeliveryState::Sent);
    let (count, last) = (sent.clone().count(), sent.map(|d| &*d.updated_at).max());
    let total = mails.len().to_string();
    match last {
        _ if mails.is_empty() => speech.say("web-not-mailed", &[]),
        None => speech.say("web-none-delivered", &[("total", &total)]),
        Some(at) => {
            let at = speech.moment(at, &asked.config.company.timezone);
            speech.say("web-delivered", &[("sent", &count.to_string()), ("total", &total), ("at", &at)])
        }
    }
}

#[derive(Debug, Serialize)]
struct PeriodView {
    report: Link,
    period: String,
    editions: Vec<Entry>,
}

/// The editions of a period: of one alone the edition itself.
pub(super) async fn period(asked: Asked, Named((report, period)): Named<(String, String)>) -> Response {
    asked.answer(move |asked| editions(asked, &report, &period)).await
}

fn editions(asked: &Asked, report: &str, period: &str) -> Result<Option<Response>> {
    if !asked.visitor.may_read(report) {
        return Ok(None);
    }
    let editions = asked.site.ledger.editions_of(report, period)?;
    let Some((newest, _)) = editions.first() else { return Ok(None) };
    if editions.len() == 1 {
        let to = format!("/reports/{report}/{period}/{}/", newest.number);
        return Ok(Some((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()));
    }
    let speech = asked.speech(Some(report))?;
    let shelf = shelf(asked, &speech, Some(report))?;
    let period_name = shelf.iter().find(|s| s.newest.edition.period == period).map(|s| s.period.clone());
    let period_name = period_name.unwrap_or_else(|| one_line(period));
    let title = title(&asked.config, report);
    let entries = editions.iter().map(|(edition, is_correction)| Entry {
        href: format!("/reports/{report}/{period}/{}/", edition.number),
        subject: one_line(&edition.subject),
        report: String::new(),
        period: String::new(),
        at: speech.moment(&edition.created_at, &asked.config.company.timezone),
        is_provisional: edition.is_provisional,
        is_correction: *is_correction,
        edition: speech.say("web-edition", &[("number", &edition.number.to_string())]),
        excerpt: None,
    });
    let view = PeriodView {
        report: Link { href: format!("/reports/{report}/"), title: title.clone() },
        editions: entries.collect(),
        period: period_name.clone(),
    };
    asked.html("period", &speech, &format!("{title} · {period_name}"), &view)
}
