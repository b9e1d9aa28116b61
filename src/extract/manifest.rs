//! What a source is: a manifest's vocabulary, parsed and checked. The engine knows these words and no provider's name.
//!
//! Every text of a request may hold `{placeholders}`: settings of the source, `{timezone}`, `{start}`, `{parent}`, and
//! what the stream's own way of reading provides (`{from}`, `{to}`, `{keyset}`, `{limit}`, `{sql}`, `{id}`).

mod check;
mod reading;
mod stream;
mod verified;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

pub use reading::{ChangeFeed, Changed, Feed, Format, Incremental, KeyColumn, Order, Paginate};
pub use stream::{Method, Nested, Param, Parent, Stream, Type, TypeName, Write};
pub use verified::{Against, Verified};

/// A source as data: how to authenticate, what to ask, how often, and what its streams are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Same as its file name.
    pub name: String,
    #[serde(default)]
    pub kind: Kind,
    /// What it was held against, and when; absent: nothing.
    #[serde(default)]
    pub verified: Option<Verified>,
    /// Where paths start; absent where every company has its own.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Requests under way at once.
    #[serde(default = "four")]
    pub concurrency: usize,
    #[serde(default)]
    pub auth: Auth,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Settings a company may or must give; each is a placeholder.
    #[serde(default)]
    pub settings: BTreeMap<String, Setting>,
    /// Days of history the first pull reads where the company sets no `start_date`.
    #[serde(default = "two_years")]
    pub history_days: i32,
    /// Requests per time, by group; a stream without `group` uses `default`.
    #[serde(default)]
    pub budget: BTreeMap<String, Budget>,
    #[serde(default)]
    pub limits: Limits,
    /// What a status means, where it is not the usual: `403 = "skip"`.
    #[serde(default)]
    pub errors: BTreeMap<String, Action>,
    /// The list of changes that `change_feed` streams read.
    #[serde(default)]
    pub feed: Option<Feed>,
    #[serde(default)]
    pub defaults: Defaults,
    pub streams: Vec<Stream>,
}

/// Where records come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Rest,
    Files,
}

/// How a request proves who asks. The secret itself comes from the company's configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    #[default]
    None,
    Bearer,
    /// The secret is the password; without a user name it is the user name of an empty one.
    Basic {
        #[serde(default)]
        username: Option<String>,
        /// Send the secret as a bearer token where the company gives no user name.
        #[serde(default)]
        or_bearer: bool,
    },
    Header {
        header: String,
        #[serde(default)]
        prefix: String,
    },
    Query {
        param: String,
    },
}

/// One setting of a source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    #[serde(default)]
    pub default: Option<String>,
    /// What it is, for the error that asks for it.
    pub about: String,
}

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub requests: f64,
    #[serde(default = "sixty")]
    pub seconds: f64,
}

/// Bounds; nothing the engine does is without one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub connect_seconds: f64,
    pub read_seconds: f64,
    /// One request, answer included.
    pub request_seconds: f64,
    /// One stream, waiting included.
    pub stream_seconds: f64,
    pub tries: u32,
    /// First wait of the backoff; it doubles.
    pub backoff_seconds: f64,
    /// Longest wait the engine accepts, also from `Retry-After`.
    pub wait_seconds: f64,
    /// Decompressed size of one answer.
    pub body_bytes: usize,
    /// Pages of one walk.
    pub pages: u64,
    /// A landing file is closed at this many bytes of records or this many records; a walk that can resume commits then.
    pub file_bytes: usize,
    pub file_rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_seconds: 10.0,
            read_seconds: 30.0,
            request_seconds: 120.0,
            stream_seconds: 6.0 * 3600.0,
            tries: 6,
            backoff_seconds: 0.5,
            wait_seconds: 900.0,
            body_bytes: 64 << 20,
            pages: 100_000,
            file_bytes: 64 << 20,
            file_rows: 50_000,
        }
    }
}

/// What to do with a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Retry,
    Fail,
    /// The stream is left out with a warning that reaches the report.
    Skip,
}

/// What streams share unless they say otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    #[serde(default)]
    pub records: Option<String>,
    #[serde(default)]
    pub key: Vec<String>,
    #[serde(default)]
    pub paginate: Option<Paginate>,
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
}

impl Manifest {
    /// Parses and checks one manifest; `file` is for messages.
    pub fn parse(text: &str, file: &str) -> Result<Manifest> {
        let mut manifest: Manifest =
            toml::from_str(text).map_err(|e| anyhow::anyhow!("in {file}: {}", e.to_string().trim_end()))?;
        manifest.apply_defaults();
        check::check(&manifest).with_context(|| format!("in {file}"))?;
        Ok(manifest)
    }

    /// A stream by name.
    pub fn stream(&self, name: &str) -> Result<&Stream> {
        match self.streams.iter().find(|s| s.name == name) {
            Some(stream) => Ok(stream),
            None => bail!("manifest {} has no stream {name}", self.name),
        }
    }

    /// What a status means for a stream, where the manifest says so.
    pub fn action(&self, stream: &Stream, status: u16) -> Option<Action> {
        let status = status.to_string();
        stream.errors.get(&status).or_else(|| self.errors.get(&status)).copied()
    }

    fn apply_defaults(&mut self) {
        let defaults = &self.defaults;
        for stream in &mut self.streams {
            stream.records = stream.records.take().or_else(|| defaults.records.clone());
            stream.paginate = stream.paginate.take().or_else(|| defaults.paginate.clone());
            if stream.key.is_empty() {
                stream.key.clone_from(&defaults.key);
            }
            for (name, value) in &defaults.params {
                stream.params.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

fn four() -> usize {
    4
}
fn two_years() -> i32 {
    731
}
fn sixty() -> f64 {
    60.0
}
