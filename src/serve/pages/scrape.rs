//! `/metrics` for Prometheus: figures about the service itself, none about the business; no addresses, no customers.
//!
//! Everything is a gauge, also what is counted: the ledger forgets old rows, and a counter may not. So the text is valid in both
//! formats, the old one and OpenMetrics.

use std::fmt::{Display, Write};
use std::net::SocketAddr;

use anyhow::Result;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::{health, status};
use crate::config::Config;
use crate::ledger::browse::Tally;
use crate::serve::site::Site;
use crate::serve::web::is_from_here;

const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn metrics(State(site): State<std::sync::Arc<Site>>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    if !is_from_here(peer, request.headers()) {
        return (StatusCode::FORBIDDEN, "metrics are for this machine\n").into_response();
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = if accept.contains("application/openmetrics-text") { OPEN } else { PLAIN };
    let config = site.config();
    let place = site.kept.pages.clone().acquire_owned().await;
    let text = tokio::task::spawn_blocking(move || {
        let text = text(&site, &config);
        drop(place);
        text
    });
    match text.await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Ok(Err(error)) => {
            tracing::error!(error = format!("{error:#}"), "metrics failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Families of one sample or more.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(key, text)| format!("{key}=\"{}\"", label(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, help);
        self.sample(name, &[], value);
    }

    fn many<'a, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        keys: &[&str],
        samples: impl IntoIterator<Item = (Vec<&'a str>, V)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        self.family(name, help);
        for (values, value) in samples {
            let labels: Vec<(&str, &str)> = keys.iter().copied().zip(values).collect();
            self.sample(name, &labels, value);
        }
    }
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn text(site: &Site, config: &Config) -> Result<String> {
    let mut page = Page::default();
    page.one("bizreview_up", "Always 1.", 1);
    page.family("bizreview_build_info", "The version that runs.");
    page.sample("bizreview_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    if let Some(age) = health::heartbeat_age(site) {
        page.one("bizreview_heartbeat_age_seconds", "Since the scheduler last woke up.", age.as_secs());
    }
    page.one("bizreview_ready", "1 while /readyz says so.", u8::from(health::unready(site, config)?.is_empty()));
    reports(&mut page, site, config)?;
    for (tally, name, help, keys) in [
        (Tally::Runs, "bizreview_runs", "Runs in the ledger by how they ended.", &["trigger", "exit_code"][..]),
        (
            Tally::Moments,
            "bizreview_schedule_moments",
            "Moments of schedules in the ledger by what became of them.",
            &["report", "phase", "state"],
        ),
        (Tally::Deliveries, "bizreview_deliveries", "Mails in the ledger by state.", &["report", "state"]),
        (Tally::Pulls, "bizreview_pulls", "Pulls of streams in the ledger by how they ended.", &["source", "outcome"]),
        (Tally::Rows, "bizreview_pull_rows", "Rows landed by the pulls in the ledger.", &["source"]),
    ] {
        let counted = site.ledger.tally(tally)?;
        page.many(name, help, keys, counted.iter().map(|(l, n)| (l.iter().map(String::as_str).collect(), *n)));
    }
    page.one("bizreview_deliveries_overdue", "Mails that wait for more than an hour.", health::overdue_mails(site)?);
    sources(&mut page, site, config)?;
    let sizes = site.kept.sizes(&site.store(), site.now());
    page.many(
        "bizreview_store_bytes",
        "Size of the store's parts.",
        &["part"],
        sizes.iter().map(|(part, bytes)| (vec![&**part], *bytes)),
    );
    if let Some(bytes) = resident() {
        page.one("process_resident_memory_bytes", "Memory of the process.", bytes);
    }
    page.0.push_str("# EOF\n");
    Ok(page.0)
}

fn reports(page: &mut Page, site: &Site, config: &Config) -> Result<()> {
    let promised = health::promised(site, config)?;
    let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_second);
    page.many(
        "bizreview_report_last_sent_timestamp_seconds",
        "When readers last got the report.",
        &["report"],
        promised.iter().filter_map(|p| Some((vec![&*p.report], seconds(p.last_sent)?))),
    );
    page.many(
        "bizreview_report_next_due_timestamp_seconds",
        "When the report is next promised.",
        &["report"],
        promised.iter().filter_map(|p| Some((vec![&*p.report], seconds(p.next)?))),
    );
    page.many(
        "bizreview_report_overdue",
        "1 while a promised report has not gone out by its deadline.",
        &["report"],
        promised.iter().map(|p| (vec![&*p.report], u8::from(p.overdue.is_some()))),
    );
    Ok(())
}

fn sources(page: &mut Page, site: &Site, config: &Config) -> Result<()> {
    let (freshness, now) = (status::freshness(site, config)?, site.now());
    page.many(
        "bizreview_source_staleness_seconds",
        "Since the stalest stream of the source was last pulled.",
        &["source"],
        freshness.iter().filter_map(|f| Some((vec![&*f.source], now.duration_since(f.last_ok?).as_secs()))),
    );
    page.many(
        "bizreview_source_stale",
        "1 while the source is older than it may be, or was never pulled.",
        &["source"],
        freshness.iter().map(|f| (vec![&*f.source], u8::from(f.is_stale))),
    );
    page.many(
        "bizreview_source_failing_streams",
        "Streams of the source whose last pull failed.",
        &["source"],
        freshness.iter().map(|f| (vec![&*f.source], f.failures.len())),
    );
    Ok(())
}

/// Where the system says it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_line() {
        let mut page = Page::default();
        page.sample("x", &[("report", "a\"} 1\nevil 2 \\")], 3);
        assert_eq!(page.0, "x{report=\"a\\\"} 1\\nevil 2 \\\\\"} 3\n");
    }
}
