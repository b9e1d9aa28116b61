//! A company of a test: its APIs, its files and its configuration, pulled once and then asked through the command line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use bizreview::calendar::{Calendar, Period};
use bizreview::config::{Config, Secrets};
use bizreview::deliver::Stop;
use bizreview::ledger::Ledger;
use bizreview::pipeline::{Environment, up_to_date};
use serde_json::Value;

use super::api::{Api, Lists};
use super::scratch::Scratch;

/// Where the company's own APIs are.
pub const HERE: &str = "ADDRESS";

/// A source's block of the configuration; the API is at `address` ([`HERE`], unless it is a second one), and `settings` are
/// those of its manifest, as `page = "1"`.
pub fn source(name: &str, manifest: &str, address: &str, settings: &str) -> String {
    let (user, budget) = match manifest {
        "zendesk" => ("username = \"a@acme.example\"\n", ", incremental = 60000"),
        _ => ("", ""),
    };
    format!(
        "[sources.{name}]\nmanifest = \"{manifest}\"\nbase_url = \"http://{address}/{manifest}\"\n{user}\
         token = {{ env = \"TEST_TOKEN\" }}\nbudget = {{ default = 60000{budget} }}\nsettings = {{ {settings} }}\n"
    )
}

/// Billing and support, unless a test says otherwise.
fn usual() -> String {
    source("billing", "stripe", HERE, "") + &source("support", "zendesk", HERE, "")
}

/// What a test's company has, before it is pulled.
#[derive(Default)]
pub struct Books {
    lists: Lists,
    files: Vec<(String, String)>,
    settings: String,
    /// In place of the usual billing and support.
    sources: Option<String>,
}

impl Books {
    /// Adds an object to a list of billing (`subscriptions`) or the helpdesk (`tickets`).
    pub fn add(&mut self, list: &str, object: Value) {
        self.lists.entry(list.to_owned()).or_default().push(object);
    }

    /// How many objects a list has.
    pub fn count(&self, list: &str) -> usize {
        self.lists.get(list).map_or(0, Vec::len)
    }

    /// Whether a list has an object of this id.
    pub fn has(&self, list: &str, id: &Value) -> bool {
        self.lists.get(list).is_some_and(|all| all.iter().any(|object| object["id"] == *id))
    }

    /// One of the company's own files.
    pub fn file(&mut self, name: &str, text: &str) {
        self.files.push((name.to_owned(), text.to_owned()));
    }

    /// Connects product analytics and a status page too, the former from a day on.
    pub fn connect_product(&mut self, from: &str) {
        let settings = format!("project = \"1\", latency_property = \"latency_ms\", start_date = \"{from}\"");
        self.settings(&source("product", "posthog", HERE, &settings));
        self.settings(&source("status", "statuspage", HERE, "page = \"1\""));
    }

    /// Connects these, and not the usual billing and support; `ADDRESS` is the API's.
    pub fn connect_only(&mut self, toml: &str) {
        self.sources = Some(toml.to_owned());
    }

    /// Blocks of the configuration: `[billing]`, `[support]`, …
    pub fn settings(&mut self, toml: &str) {
        self.settings += toml;
    }

    /// Serves the objects, pulls them at `now` with the binary, and stops serving. The name is the test company's own.
    pub fn pull(self, name: &str, now: &str) -> Store {
        let (store, _api) = self.serve(name, now);
        store.ok(&["pull"]);
        store
    }

    /// What the APIs hold, for [`Api::replace`].
    pub fn into_lists(self) -> Lists {
        self.lists
    }

    /// Serves the objects until the API is dropped; nothing is pulled yet.
    pub fn serve(self, name: &str, now: &str) -> (Store, Api) {
        let folder = Scratch::shared(name);
        std::fs::create_dir(folder.join("files")).expect("a folder for files");
        for (file, text) in &self.files {
            std::fs::write(folder.join("files").join(file), text).expect("a file");
        }
        let api = Api::serve(self.lists);
        let addr = api.addr;
        let config = format!(
            r#"
[company]
name = "Acme"
timezone = "Europe/Berlin"
currency = "usd"
[store]
path = "store"
threads = 1
{}
[sources.files]
manifest = "files"
directory = "files"
[mail]
from = "Reviews <reviews@acme.example>"
[teams.finance]
name = "Finance"
[reports.finance]
title = "Finance review"
team = "finance"
to = ["finance@acme.example"]
grain = "month"
metrics = ["growth/*"]
{}
"#,
            self.sources.unwrap_or_else(usual).replace(HERE, &addr.to_string()),
            self.settings.replace(HERE, &addr.to_string())
        );
        std::fs::write(folder.join("bizreview.toml"), config).expect("a configuration");
        (Store { config: folder.join("bizreview.toml"), folder, now: now.to_owned() }, api)
    }

    /// Serves these objects to a company that was pulled before, and pulls them at a later `now`.
    pub fn pull_into(self, store: &mut Store, now: &str) {
        let api = Api::serve(self.lists);
        let text = std::fs::read_to_string(&store.config).expect("the configuration");
        let lines =
            text.lines().map(|line| match line.strip_prefix("base_url = ").and_then(|url| url.rsplit_once('/')) {
                Some((_, path)) => format!("base_url = \"http://{}/{path}\n", api.addr),
                None => format!("{line}\n"),
            });
        std::fs::write(&store.config, lines.collect::<String>()).expect("a configuration");
        now.clone_into(&mut store.now);
        store.ok(&["pull"]);
    }
}

/// A pulled company.
pub struct Store {
    pub folder: Scratch,
    config: PathBuf,
    now: String,
}

/// Rows of the CSV a command printed, by column name.
pub type Rows = Vec<std::collections::HashMap<String, String>>;

impl Store {
    /// Goes on at another time.
    pub fn later(&mut self, now: &str) {
        now.clone_into(&mut self.now);
    }

    /// Runs `bizreview` on this company, whatever comes of it.
    pub fn run(&self, args: &[&str]) -> Output {
        bizreview(&self.config, &self.now, args)
    }

    /// Runs it and expects exit code 0.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "bizreview {args:?}: {}\n{said}", output.status);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// One row a line, cells separated by spaces: what a test compares.
    pub fn lines(&self, sql: &str) -> Vec<String> {
        let text = self.ok(&["query", sql, "--format", "csv"]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.records().map(|row| row.expect("a row").iter().collect::<Vec<_>>().join(" ")).collect()
    }

    /// Rows of a query over any periods, windows among them: what `query` does, which takes the latest weeks and months.
    pub fn over(&self, periods: Vec<Period>, queries: &[&str]) -> Vec<Vec<Vec<Option<String>>>> {
        let config = Config::load(&self.config).expect("the configuration");
        let ledger = Ledger::open(&config.store()).expect("a ledger");
        let calendar = Calendar::new(&config.company).expect("a calendar");
        let environment = Environment {
            config: Arc::new(config),
            secrets: Secrets::default(),
            ledger: Arc::new(ledger),
            now: self.now.parse().expect("an instant"),
            who: "a test".into(),
            patience: Duration::from_mins(1),
            stop: Stop::default(),
        };
        let (opened, problems) = up_to_date(&environment, &calendar, periods).expect("a warehouse");
        assert!(problems.is_empty(), "{problems:?}");
        queries.iter().map(|sql| opened.warehouse.query(sql).expect("rows").rows).collect()
    }

    /// A metric's total in a period: `value`, as printed.
    pub fn value(&self, metric: &str, grain: &str, period: &str) -> String {
        let rows =
            rows(&self.ok(&["values", metric, "--grain", grain, "--from", period, "--to", period, "--format", "csv"]));
        let row = rows.iter().find(|row| row["metric"] == metric);
        row.unwrap_or_else(|| panic!("{metric} has no value in {period}"))["value"].clone()
    }

    /// The same company under other settings: its configuration with one text replaced.
    pub fn with(&self, from: &str, to: &str, sql: &str) -> Vec<String> {
        let text = std::fs::read_to_string(&self.config).expect("the configuration");
        assert!(text.contains(from), "the configuration has no {from:?}");
        let other = self.folder.join("other.toml");
        std::fs::write(&other, text.replace(from, to)).expect("a configuration");
        let output = bizreview(&other, &self.now, &["query", sql, "--format", "csv"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
        reader.records().map(|row| row.expect("a row").iter().collect::<Vec<_>>().join(" ")).collect()
    }
}

/// The binary, with a credential for every source and nothing of this machine's settings.
pub fn bizreview(config: &Path, now: &str, args: &[&str]) -> Output {
    command(config, now, args).output().expect("the binary runs")
}

/// The same, not yet run.
pub fn command(config: &Path, now: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bizreview"));
    command
        .arg("--config")
        .arg(config)
        .args(["--now", now])
        .args(args)
        .envs(
            ["TEST_TOKEN", "BILLING_TOKEN", "SUPPORT_TOKEN", "PRODUCT_TOKEN", "STATUS_TOKEN"]
                .map(|name| (name, "sandbox")),
        )
        .env_remove("BIZREVIEW_NOW")
        .env_remove("BIZREVIEW_CONFIG");
    command
}

pub fn rows(csv: &str) -> Rows {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}
