//! A company with one source, pulled through the library's face, and what landed of it.

use std::path::{Path, PathBuf};

use bizreview::config::{Config, Secrets};
use bizreview::extract::{Outcome, Progress, Request, StreamOutcome, pull};
use bizreview::ledger::Ledger;
use bizreview::ledger::pulls::Quarantined;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use super::scratch::Scratch;

pub const NOW: &str = "2026-03-10T12:00:00Z";
pub const SECRET: &str = "sk_very_secret";

/// Small bounds, and a token.
const HEAD: &str = "auth = { kind = \"bearer\" }\n\
    limits = { backoff_seconds = 0.01, connect_seconds = 1, read_seconds = 0.3, request_seconds = 1, tries = 3, pages = 20, \
    body_bytes = 1000000, wait_seconds = 5 }\n";

/// A company with one source `s` that uses the manifest `m`.
pub struct Company {
    pub folder: Scratch,
    pub source: String,
    pub secrets: Secrets,
}

impl Company {
    pub fn new(test: &str, manifest: &str, source: &str) -> Company {
        let folder = Scratch::new(test);
        std::fs::create_dir_all(folder.join("manifests")).unwrap();
        let company = Company { folder, source: format!("manifest = \"m\"\n{source}"), secrets: Secrets::default() };
        company.manifest(manifest);
        company
    }

    /// One that asks an API, with small bounds and a token.
    pub fn asking(test: &str, base: &str, streams: &str) -> Company {
        let source = format!("base_url = \"{base}\"\ntoken = {{ env = \"M_TOKEN\" }}\n");
        Company::new(test, &format!("{HEAD}{streams}"), &source).with_secret("M_TOKEN", SECRET)
    }

    /// One that uses a shipped manifest.
    pub fn shipped(test: &str, source: &str) -> Company {
        let mut company = Company::asking(test, "", "");
        company.remove("manifests/m.toml");
        source.clone_into(&mut company.source);
        company
    }

    /// Replaces the manifest.
    pub fn manifest(&self, text: &str) {
        self.write("manifests/m.toml", format!("name = \"m\"\n{text}"));
    }

    pub fn with_secret(mut self, name: &str, value: &str) -> Company {
        self.secrets = self.secrets.clone().with(name, value);
        self
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.folder.join(path)).unwrap();
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::open(&self.folder.join("store")).unwrap()
    }

    fn config(&self) -> Config {
        let text = format!(
            "[company]\nname = \"A\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"eur\"\n\
             [store]\npath = \"store\"\nmanifests = \"manifests\"\nqueries = \"queries\"\n[sources.s]\n{}",
            self.source
        );
        Config::parse(&text, &self.folder).unwrap()
    }

    pub async fn try_pull(&self, now: &str, full: bool, first_page_only: bool) -> anyhow::Result<Vec<StreamOutcome>> {
        let (config, ledger) = (self.config(), self.ledger());
        let request = Request {
            config: &config,
            secrets: &self.secrets,
            ledger: &ledger,
            now: now.parse().unwrap(),
            sources: &[],
            full,
            first_page_only,
            progress: Progress::Quiet,
        };
        pull(&request).await
    }

    pub async fn try_pull_at(&self, now: &str, full: bool) -> anyhow::Result<Vec<StreamOutcome>> {
        self.try_pull(now, full, false).await
    }

    /// The outcomes of all streams.
    pub async fn pulled(&self) -> Vec<StreamOutcome> {
        self.try_pull(NOW, false, false).await.unwrap()
    }

    /// The failure or the reason for leaving out of the only stream; it tells no secret.
    pub async fn failure(&self) -> String {
        let outcome = self.pull().await;
        assert!(!format!("{outcome:?}").contains(&SECRET[..8]), "{outcome:?}");
        failure(&outcome.result)
    }

    /// The outcome of the only stream.
    pub async fn pull(&self) -> StreamOutcome {
        self.pulled().await.remove(0)
    }

    /// As `check --online` does.
    pub async fn check(&self) -> Outcome {
        self.try_pull(NOW, false, true).await.unwrap().remove(0).result
    }

    /// Keys and records of a stream, as text, in the order of landing.
    pub fn landed(&self, stream: &str) -> Vec<(String, String)> {
        self.texts("m", stream)
    }

    /// The same of any manifest's stream, with records as JSON.
    pub fn landed_of(&self, manifest: &str, stream: &str) -> Vec<(String, Value)> {
        let json = |(key, record): (String, String)| (key, serde_json::from_str(&record).unwrap());
        self.texts(manifest, stream).into_iter().map(json).collect()
    }

    fn texts(&self, manifest: &str, stream: &str) -> Vec<(String, String)> {
        let mut records = Vec::new();
        for batch in self.ledger().batches(manifest, stream).unwrap() {
            let rows = rows_of(&self.folder.join("store").join(&batch.path));
            assert_eq!(rows.len() as u64, batch.rows);
            records.extend(rows);
        }
        records
    }

    /// Files of a stream's landing folder, whether or not the ledger lists them.
    pub fn files(&self, stream: &str) -> Vec<PathBuf> {
        let folder = self.folder.join("store/landing/s").join(stream);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        files
    }

    pub fn keys(&self, stream: &str) -> Vec<String> {
        self.landed(stream).into_iter().map(|(key, _)| key).collect()
    }

    pub fn records(&self, stream: &str) -> Vec<String> {
        self.landed(stream).into_iter().map(|(_, record)| record).collect()
    }

    pub fn quarantined(&self) -> Vec<Quarantined> {
        self.ledger().quarantined(100).unwrap()
    }
}

/// Why a stream was not pulled well.
#[track_caller]
pub fn failure(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(why) | Outcome::Skipped(why) => why.clone(),
        Outcome::Ok => panic!("it went well"),
    }
}

fn rows_of(path: &Path) -> Vec<(String, String)> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let text = |row: &parquet::record::Row, at: usize| match row.get_column_iter().nth(at).unwrap().1 {
        Field::Str(text) => text.clone(),
        other => other.to_string(),
    };
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).map(|row| (text(&row, 0), text(&row, 1))).collect()
}

/// Rows landed by a pull that goes well.
#[track_caller]
pub fn landed(outcome: StreamOutcome) -> u64 {
    assert_eq!(outcome.result, Outcome::Ok);
    outcome.rows
}
