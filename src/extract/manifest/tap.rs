//! The words of a source that is a Singer tap: a program whose standard output is records. `config/reference/singer.toml`
//! shows them all.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Kind, Manifest, Stream, Write};
use crate::config::written_secret;

/// The program and how it is spoken to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tap {
    /// Its name on the PATH, or its path, relative to the folder of the configuration. No shell takes part.
    pub command: String,
    /// Arguments before those of Singer.
    #[serde(default)]
    pub args: Vec<String>,
    /// What `--config` gives it, as JSON. Texts may hold `{placeholders}`: settings, `{timezone}`, `{start}` (the first moment of
    /// history, RFC 3339), `{token}` (the source's secret) and `{batch}` (the folder where files of BATCH messages may be).
    #[serde(default)]
    pub config: toml::Table,
    #[serde(default)]
    pub catalog: Handed,
    /// Until its first line.
    #[serde(default = "two_minutes")]
    pub start_seconds: f64,
    /// Between two lines, of its log or its messages.
    #[serde(default = "ten_minutes")]
    pub silence_seconds: f64,
    /// How long it may take to end when it is asked to; then it is killed with all its children.
    #[serde(default = "ten")]
    pub stop_seconds: f64,
    /// Length of one message.
    #[serde(default = "sixteen_megabytes")]
    pub line_bytes: usize,
    /// Lines that are no message; one more is an error.
    #[serde(default = "hundred")]
    pub stray_lines: u64,
}

impl Tap {
    /// Whether its configuration holds the source's secret.
    pub fn needs_token(&self) -> bool {
        fn names(value: &toml::Value) -> bool {
            match value {
                toml::Value::String(text) => text.contains("{token}"),
                toml::Value::Array(list) => list.iter().any(names),
                toml::Value::Table(table) => table.values().any(names),
                _ => false,
            }
        }
        self.config.values().any(names)
    }
}

/// How the tap is told which streams are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handed {
    /// `--catalog`: what `--discover` lists, with the wanted streams selected.
    #[default]
    Catalog,
    /// The same as `--properties`, as the oldest taps have it.
    Properties,
    /// The tap has no discovery and always sends all it has.
    None,
}

/// What a stream is to the tap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TapStream {
    /// Its name there, where it is not this stream's own.
    #[serde(default)]
    pub stream: Option<String>,
    /// Written into the catalogue for taps that leave the choice: `full_table`, `incremental` or `log_based`.
    #[serde(default)]
    pub replication: Option<Replication>,
    /// The field that incremental replication goes by.
    #[serde(default)]
    pub replication_key: Option<String>,
}

/// How a tap reads a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replication {
    FullTable,
    Incremental,
    LogBased,
}

impl Replication {
    /// As catalogues spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Replication::FullTable => "FULL_TABLE",
            Replication::Incremental => "INCREMENTAL",
            Replication::LogBased => "LOG_BASED",
        }
    }
}

impl Stream {
    /// The stream's name in the tap.
    pub fn tap_name(&self) -> &str {
        self.tap.stream.as_deref().unwrap_or(&self.name)
    }
}

/// What a manifest with or without a tap must be.
pub(super) fn check(manifest: &Manifest) -> Result<()> {
    let Some(tap) = &manifest.tap else {
        ensure!(manifest.kind != Kind::Singer, "tap: kind = \"singer\" needs a [tap] with its command");
        let stream = manifest.streams.iter().find(|stream| stream.tap != TapStream::default());
        return stream
            .map_or(Ok(()), |stream| bail!("stream {}: tap has a meaning in a tap's manifest only", stream.name));
    };
    ensure!(manifest.kind == Kind::Singer, "tap: [tap] needs kind = \"singer\"");
    ensure!(!tap.command.trim().is_empty(), "tap: command is empty");
    let times = [
        ("start_seconds", tap.start_seconds),
        ("silence_seconds", tap.silence_seconds),
        ("stop_seconds", tap.stop_seconds),
    ];
    for (name, seconds) in times {
        ensure!(seconds > 0.0 && seconds <= 1e6, "tap: {name} must be above zero, and not beyond a million");
    }
    ensure!(tap.line_bytes >= 1024, "tap: line_bytes must be at least 1024");
    if let Some(key) = written_secret(&tap.config) {
        bail!(
            "tap.config.{key}: a manifest holds no secret: write {key} = \"{{token}}\", and token = {{ env = \"VARIABLE\" }} in the \
             source's block"
        );
    }
    let mut names = BTreeSet::new();
    for stream in &manifest.streams {
        let name = stream.tap_name();
        ensure!(names.insert(name), "stream {}: the tap's stream {name:?} is there twice", stream.name);
    }
    Ok(())
}

/// What a tap's stream must be: how the records come is the tap's business.
pub(super) fn check_stream(stream: &Stream) -> Result<()> {
    let foreign = [
        ("path", !stream.path.is_empty()),
        ("params", !stream.params.is_empty()),
        ("records", stream.records.is_some()),
        ("paginate", stream.paginate.is_some()),
        ("nested", !stream.nested.is_empty()),
        ("parent", stream.parent.is_some()),
    ];
    for (word, is_there) in foreign {
        ensure!(!is_there, "{word} has no meaning here: the tap reads by itself");
    }
    for pointer in stream.key.iter().chain(&stream.drop).chain(stream.required.keys()) {
        ensure!(pointer.starts_with('/'), "{pointer:?} is no JSON pointer: it starts with /");
    }
    // A tap repeats records at its bookmarks: of these modes, none keeps one twice.
    ensure!(
        matches!(stream.write, Write::Merge | Write::Append | Write::Replace),
        "write = {:?}: a tap's records are kept by merge, append or replace",
        stream.write.as_str()
    );
    if stream.tap.replication == Some(Replication::Incremental) {
        stream.tap.replication_key.as_ref().context("tap: replication = \"incremental\" needs a replication_key")?;
        ensure!(
            stream.write != Write::Replace,
            "write = \"replace\" would forget what an incremental pull does not bring"
        );
    }
    Ok(())
}

fn two_minutes() -> f64 {
    120.0
}
fn ten_minutes() -> f64 {
    600.0
}
fn ten() -> f64 {
    10.0
}
fn sixteen_megabytes() -> usize {
    16 << 20
}
fn hundred() -> u64 {
    100
}
