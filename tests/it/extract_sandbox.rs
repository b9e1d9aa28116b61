//! The shipped manifests against the sandbox's APIs: everything lands, and the next pull takes only what is new.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bizreview::config::{Config, Secrets};
use bizreview::extract::{Outcome, Progress, Request, StreamOutcome, pull};
use bizreview::ledger::Ledger;
use bizreview::sandbox::{Company, Options, STATUS_PAGE, Server, write_files};
use jiff::{Timestamp, ToSpan};

struct Connected {
    folder: PathBuf,
    config: Config,
    ledger: Ledger,
}

impl Connected {
    fn new(test: &str, address: &str) -> Connected {
        let folder = std::env::temp_dir().join(format!("bizreview-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
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

impl Drop for Connected {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
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
