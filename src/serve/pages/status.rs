//! What an operator looks at first: what is due, what is stale, what was not delivered.

use std::collections::BTreeMap;

use anyhow::Result;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::runs::{DeliveryView, deliveries, for_operator};
use super::{Asked, health, title};
use crate::config::Config;
use crate::ledger::deliveries::DeliveryState;
use crate::render::{Speech, one_line};
use crate::serve::site::Site;
use crate::serve::visitor::Role;

/// Mails listed.
const MAILS: usize = 200;
/// Moments of schedules listed, and how far back.
const MOMENTS: usize = 30;
const BACK: SignedDuration = SignedDuration::from_hours(24 * 14);

#[derive(Debug, Serialize)]
struct StatusView {
    /// What /readyz says; empty while all is well.
    unready: Vec<String>,
    /// What is wrong with the service itself: a configuration it refused.
    faults: Vec<String>,
    heartbeat: String,
    reports: Vec<ReportLine>,
    sources: Vec<SourceLine>,
    undelivered: Vec<DeliveryView>,
    more_undelivered: usize,
    moments: Vec<MomentLine>,
}

#[derive(Debug, Serialize)]
struct ReportLine {
    title: String,
    href: String,
    next: String,
    last_sent: String,
    overdue: String,
}

#[derive(Debug, Serialize)]
struct SourceLine {
    name: String,
    last_ok: String,
    is_stale: bool,
    /// Streams whose last pull failed, and why.
    failures: Vec<String>,
}

#[derive(Debug, Serialize)]
struct MomentLine {
    due: String,
    report: String,
    phase: String,
    state: String,
    tone: &'static str,
    note: String,
}

/// How fresh a source is.
pub(super) struct Freshness {
    pub source: String,
    /// When its stalest stream last went well; `None`: never.
    pub last_ok: Option<Timestamp>,
    pub is_stale: bool,
    /// Streams whose last pull failed, and why.
    pub failures: Vec<String>,
}

/// Every source in use: as fresh as its stalest stream.
pub(super) fn freshness(site: &Site, config: &Config) -> Result<Vec<Freshness>> {
    let now = site.now();
    let mut streams: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for pull in site.ledger.last_pulls()? {
        streams.entry(pull.source.clone()).or_default().push(pull);
    }
    let of = |(name, source): (&String, &crate::config::Source)| {
        let own = streams.get(name).map_or(&[][..], Vec::as_slice);
        let oks: Option<Vec<Timestamp>> =
            own.iter().map(|p| p.last_ok_at.as_ref().and_then(|at| at.parse().ok())).collect();
        let last_ok = oks.and_then(|all| all.into_iter().min());
        let limit = SignedDuration::from_hours(i64::from(source.stale_after_hours));
        let failed = own.iter().filter(|p| p.outcome.as_deref() == Some("failed"));
        Freshness {
            source: name.clone(),
            is_stale: last_ok.is_none_or(|at| at + limit < now),
            last_ok,
            failures: failed
                .map(|p| format!("{}: {}", p.stream, p.message.as_deref().unwrap_or("no reason recorded")))
                .collect(),
        }
    };
    Ok(config.sources.iter().filter(|(_, source)| source.enabled).map(of).collect())
}

pub(super) async fn status(asked: Asked) -> Response {
    for_operator(asked, show).await
}

fn show(asked: &Asked, speech: &Speech) -> Result<Option<Response>> {
    let (site, config) = (&asked.site, &asked.config);
    let zone = &config.company.timezone;
    let moment = |at: Timestamp| speech.moment(&at.to_string(), zone);
    let operates = |report: &str| asked.visitor.role(report) >= Role::Operator;
    let mut undelivered = Vec::new();
    for state in [
        DeliveryState::Uncertain,
        DeliveryState::Held,
        DeliveryState::Failed,
        DeliveryState::Pending,
        DeliveryState::Sending,
    ] {
        undelivered.extend(site.ledger.deliveries_in(state)?.into_iter().rev().filter(|d| operates(&d.report)));
    }
    let more_undelivered = undelivered.len().saturating_sub(MAILS);
    undelivered.truncate(MAILS);
    let report = |p: health::Promised| ReportLine {
        title: title(config, &p.report),
        href: format!("/reports/{}/", p.report),
        next: p.next.map(moment).unwrap_or_default(),
        last_sent: p.last_sent.map(moment).unwrap_or_default(),
        overdue: p.overdue.map(moment).unwrap_or_default(),
    };
    let source = |f: Freshness| SourceLine {
        name: one_line(&f.source),
        last_ok: f.last_ok.map(moment).unwrap_or_default(),
        is_stale: f.is_stale,
        failures: f.failures.iter().map(|text| one_line(text)).collect(),
    };
    let moments = site.ledger.moments_since(site.now() - BACK)?;
    let moments = moments.into_iter().filter(|m| m.state != "first_seen" && operates(&m.report)).take(MOMENTS);
    let view = StatusView {
        unready: health::unready(site, config)?,
        faults: site
            .ledger
            .faults()?
            .into_iter()
            .map(|(fault, why, since)| told(speech, zone, &fault, &why, &since))
            .collect(),
        heartbeat: health::heartbeat_age(site).map(|age| format!("{} s ago", age.as_secs())).unwrap_or_default(),
        reports: health::promised(site, config)?.into_iter().filter(|p| operates(&p.report)).map(report).collect(),
        sources: freshness(site, config)?.into_iter().map(source).collect(),
        undelivered: deliveries(asked, speech, &undelivered),
        more_undelivered,
        moments: moments
            .map(|m| MomentLine {
                due: speech.moment(&m.due_at, zone),
                report: title(config, &m.report),
                tone: if matches!(&*m.state, "failed" | "missed") { "bad" } else { "quiet" },
                phase: m.phase,
                state: m.state,
                note: m.note.as_deref().map(one_line).unwrap_or_default(),
            })
            .collect(),
    };
    asked.html("status", speech, "Status", &view)
}

fn told(speech: &Speech, zone: &str, fault: &str, why: &str, since: &str) -> String {
    format!("{} since {}: {}", one_line(fault), speech.moment(since, zone), one_line(why))
}
