//! The shipped manifests against the sandbox's APIs: everything lands, and the next pull takes only what is new.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use bizreview::config::{Config, Secrets};
use bizreview::extract::{Outcome, Progress, Request, StreamOutcome, pull};
use bizreview::ledger::Ledger;
use bizreview::sandbox::{Company, Options, STATUS_PAGE, Server, write_files};
use jiff::{Timestamp, ToSpan};

use crate::support::company::{Killed, bizreview};
use crate::support::pull::Company as PullingCompany;
use crate::support::scratch::Scratch;

struct Connected {
    folder: Scratch,
    config: Config,
    ledger: Ledger,
}

impl Connected {
    fn new(test: &str, address: &str) -> Connected {
        let folder = Scratch::new(test);
        let rest = |name: &str, manifest: &str, more: &str| {
            format!(
                "[sources.{name}]\nmanifest = \"{manifest}\"\nbase_url = \"http://{address}/{manifest}\"\n\
                 token = {{ env = \"T\" }}\n{more}\n"
            )
        };
        let text = [
            "[company]\nname = \"N\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"usd\"\n[store]\npath = \"store\"\n"
                .into(),
            rest("billing", "stripe", "budget = { default = 60000 }"),
            rest("support", "zendesk", "username = \"a@b.example\"\nbudget = { default = 60000, incremental = 60000 }"),
            rest("product", "posthog", "settings = { project = \"1\", latency_property = \"latency_ms\" }"),
            rest(
                "status",
                "statuspage",
                &format!("settings = {{ page = \"{STATUS_PAGE}\" }}\nbudget = {{ default = 6000 }}"),
            ),
            "[sources.own]\nmanifest = \"files\"\ndirectory = \"data\"\n".into(),
        ]
        .concat();
        let config = Config::parse(&text, &folder).unwrap();
        let ledger = Ledger::open(&folder.join("store")).unwrap();
        Connected { folder, config, ledger }
    }

    async fn pull(&self, now: Timestamp) -> BTreeMap<String, StreamOutcome> {
        let secrets = Secrets::default().with("T", "sandbox");
        let request = Request {
            config: &self.config,
            secrets: &secrets,
            ledger: &self.ledger,
            now,
            sources: &[],
            full: false,
            first_page_only: false,
            progress: Progress::Quiet,
        };
        let outcomes = pull(&request).await.unwrap();
        outcomes.into_iter().map(|o| (format!("{}.{}", o.source, o.stream), o)).collect()
    }
}

#[tokio::test]
async fn every_shipped_stream_lands_and_the_next_pull_takes_what_is_new() {
    let end: Timestamp = "2026-03-09T06:00:00Z".parse().unwrap();
    let options = Options { weeks: 26, accounts: 40, ..Options::new(end) };
    let company = Arc::new(Company::simulate(&options));
    let server = Server::start(Arc::clone(&company), &options, 0).await.unwrap();
    let connected = Connected::new("extract-sandbox", &server.addr.to_string());
    write_files(&company, &connected.folder.join("data")).unwrap();

    let first = connected.pull(end).await;
    for (stream, outcome) in &first {
        assert_eq!((&outcome.result, outcome.quarantined), (&Outcome::Ok, 0), "{stream}");
    }
    for stream in
        ["billing.subscriptions", "support.ticket_events", "product.usage_day", "status.incidents", "own.targets"]
    {
        assert!(first[stream].rows > 0, "{stream}");
    }
    let again = connected.pull(end).await;
    for stream in ["billing.subscriptions", "billing.invoices", "billing.events", "support.tickets", "own.targets"] {
        assert_eq!(again[stream].rows, 0, "{stream}");
        assert!(again[stream].requests <= 2, "{stream}");
    }
    let week = end + (7 * 24).hours();
    server.set_clock(week);
    let next = connected.pull(week).await;
    for stream in ["billing.invoices", "billing.events", "support.tickets", "support.ticket_events"] {
        let (new, all) = (next[stream].rows, first[stream].rows);
        assert!(new > 0 && new < all / 2, "{stream}: {new} of {all}");
    }
    server.stop().await;
}

/// Pages that are made before anybody asks, to measure against: a first pull takes them all, the next one only what changed.
#[tokio::test]
async fn the_bench_gives_as_many_subscriptions_as_asked_for() {
    let mut command = bizreview();
    command.args(["sandbox", "--bench", "250", "--port", "0"]).stdout(Stdio::piped());
    let mut bench = Killed(command.spawn().unwrap());
    let mut said = BufReader::new(bench.0.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap();
    let source = format!("manifest = \"stripe\"\nbase_url = \"{address}/stripe\"\ntoken = {{ env = \"M_TOKEN\" }}\n");
    let company = PullingCompany::shipped("bench", &source);
    let now = "2026-11-16T09:00:00Z";
    for rows in [250, 0] {
        for outcome in company.try_pull_at(now, false).await.unwrap() {
            assert_eq!(outcome.result, Outcome::Ok, "{}", outcome.stream);
            if outcome.stream == "subscriptions" {
                assert_eq!(outcome.rows, rows);
            }
        }
    }
    let landed = company.landed_of("stripe", "subscriptions");
    let items = |record: &serde_json::Value| record["items"]["data"].as_array().map_or(0, Vec::len);
    assert_eq!(landed.iter().map(|(_, record)| items(record)).sum::<usize>(), 250 + 39);
    let _ = rustls::crypto::ring::default_provider().install_default();
    // what is no id of its own is no page, and no end of the server
    let asked = reqwest::get(format!("{address}/v1/subscriptions?starting_after=sub_x")).await.unwrap();
    assert_eq!(asked.json::<serde_json::Value>().await.unwrap()["data"], serde_json::json!([]));
}
