//! A company of one source with a manifest of the test's own: pulled through the library or the binary, and asked what is
//! known after a load.

use std::collections::BTreeMap;
use std::process::Command;

use bizreview::config::{Config, Secrets};
use bizreview::extract::{Outcome, Progress, Request, StreamOutcome, pull};
use bizreview::ledger::Ledger;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use super::company::bizreview;
use super::scratch::Scratch;

pub const NOW: &str = "2026-03-10T12:00:00Z";
pub const SECRET: &str = "sk_very_secret";

/// Small bounds: a test waits for nothing.
pub const LIMITS: &str = "backoff_seconds = 0.001, connect_seconds = 5, read_seconds = 5, request_seconds = 10, tries = 3, \
                          pages = 40, body_bytes = 1000000, wait_seconds = 5";

/// The folder of a company with one source `s` that uses the manifest `m`.
pub struct Lone {
    pub folder: Scratch,
}

/// A landed record.
pub type Landed = (String, String);

impl Lone {
    /// A manifest with small bounds and whatever comes after its limits.
    pub fn new(base: &str, limits: &str, manifest: &str) -> Lone {
        let folder = Scratch::new("lone");
        for inner in ["manifests", "queries"] {
            std::fs::create_dir_all(folder.join(inner)).unwrap();
        }
        let lone = Lone { folder };
        let manifest = format!(
            "name = \"m\"\nauth = {{ kind = \"bearer\" }}\nbudget.default = {{ requests = 100000, seconds = 1 }}\n\
             limits = {{ {LIMITS}{limits} }}\n{manifest}"
        );
        lone.write("manifests/m.toml", &manifest);
        lone.write("bizreview.toml", &config(base));
        lone
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces a part of a file, which must be there.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap();
        assert!(text.contains(from), "{name} does not say {from:?}:\n{text}");
        self.write(name, &text.replace(from, to));
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::open(&self.folder.join("store")).unwrap()
    }

    pub fn pull(&self) -> StreamOutcome {
        self.pull_at(NOW, false).pop().unwrap()
    }

    /// All streams' outcomes; the last one is the stream of interest.
    pub fn pull_at(&self, now: &str, full: bool) -> Vec<StreamOutcome> {
        let config = Config::load(&self.folder.join("bizreview.toml")).unwrap();
        let (ledger, secrets) = (self.ledger(), Secrets::default().with("M_TOKEN", SECRET));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request = Request {
            config: &config,
            secrets: &secrets,
            ledger: &ledger,
            now: now.parse().unwrap(),
            sources: &[],
            full,
            first_page_only: false,
            progress: Progress::Quiet,
        };
        runtime.block_on(pull(&request)).unwrap()
    }

    /// Why the stream failed or was left out; the secret is in no outcome.
    #[track_caller]
    pub fn failure(&self) -> String {
        let outcome = self.pull();
        let (Outcome::Failed(why) | Outcome::Skipped(why)) = &outcome.result else {
            panic!("it went well: {outcome:?}")
        };
        assert!(!why.contains(&SECRET[..8]), "{why}");
        why.clone()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bizreview();
        command.args(["-c", "bizreview.toml"]).args(arguments).current_dir(&*self.folder);
        command.env("BIZREVIEW_NOW", NOW).env("M_TOKEN", SECRET);
        command
    }

    /// Key and record of every row of a stream that the ledger lists, with its batch's way of writing.
    pub fn landed(&self, stream: &str) -> Vec<Landed> {
        let batches = self.ledger().batches("m", stream).unwrap();
        batches.iter().flat_map(|batch| self.rows(&batch.path, batch.rows)).collect()
    }

    fn rows(&self, path: &str, rows: u64) -> Vec<Landed> {
        let file = std::fs::File::open(self.folder.join("store").join(path)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let text = |field: &Field| match field {
            Field::Str(text) => text.clone(),
            other => other.to_string(),
        };
        let landed: Vec<Landed> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                let row = row.unwrap();
                let mut columns = row.get_column_iter();
                let mut next = || text(columns.next().unwrap().1);
                (next(), next())
            })
            .collect();
        assert_eq!(landed.len() as u64, rows, "{path} has the rows the ledger says");
        landed
    }

    /// What a load makes of a stream's batches, by its way of writing: every row that is there, in order of its key.
    pub fn known(&self, stream: &str) -> Vec<(String, Value)> {
        let batches = self.ledger().batches("m", stream).unwrap();
        let mut known: Vec<(String, Value)> = Vec::new();
        let mut merged: BTreeMap<String, Value> = BTreeMap::new();
        let mut pull = None;
        for batch in &batches {
            let rows = self.rows(&batch.path, batch.rows);
            let rows = rows.into_iter().map(|(key, record)| (key, serde_json::from_str::<Value>(&record).unwrap()));
            match batch.write_mode.as_str() {
                "merge" | "append" => merged.extend(rows),
                "replace" => {
                    if pull.replace(batch.pull_id) != Some(batch.pull_id) {
                        known.clear();
                        merged.clear();
                    }
                    known.extend(rows);
                }
                "replace_window" => {
                    let (from, to) = (batch.window_from.clone().unwrap(), batch.window_to.clone().unwrap());
                    let is_first =
                        batches.iter().find(|b| b.pull_id == batch.pull_id && b.window_from == batch.window_from);
                    if is_first.map(|b| b.batch_id) == Some(batch.batch_id) {
                        known.retain(|(_, record)| {
                            let day = record["day"].as_str().unwrap();
                            day < from.as_str() || day >= to.as_str()
                        });
                    }
                    known.extend(rows);
                }
                other => panic!("{other}"),
            }
        }
        known.extend(merged);
        known.sort_by(|a, b| a.0.cmp(&b.0));
        known
    }
}

fn config(base: &str) -> String {
    format!(
        "[company]\nname = \"A\"\ntimezone = \"UTC\"\ncurrency = \"eur\"\n\
         [store]\npath = \"store\"\nmanifests = \"manifests\"\nqueries = \"queries\"\n\
         [sources.s]\nmanifest = \"m\"\nbase_url = \"{base}\"\ntoken = {{ env = \"M_TOKEN\" }}\n\
         settings = {{ start_date = \"2026-01-01\" }}\n"
    )
}
