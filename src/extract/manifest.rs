//! What a source is: a manifest's vocabulary, parsed and checked. The engine knows these words and no provider's name.
//!
//! Every text of a request may hold `{placeholders}`: settings of the source, `{timezone}`, `{parent}`, and what the stream's own way of reading provides (`{from}`, `{to}`, `{keyset}`, `{limit}`, `{sql}`, `{id}`).

mod access;
mod check;
mod discover;
mod drop_where;
mod limits;
mod mistakes;
mod parse;
mod placeholders;
mod reading;
mod stream;
mod table;
mod tap;
mod terms;
mod verified;

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Deserialize;

pub use access::{Auth, GrantType};
pub use discover::{Choice, Common, Discover, Need, Shown};
pub use drop_where::DropWhere;
pub use limits::{Action, Budget, ErrorCode, Limits, RateHeaders};
pub use reading::{ChangeFeed, Changed, Feed, Format, Incremental, KeyColumn, Order, Paginate};
pub use stream::{Method, Nested, Param, Parent, Stream, Type, TypeName, Write};
pub(super) use table::check_placeholders;
pub use table::{ByColumn, Database, DecimalMark, Dialect, Encoding, FileFormat, Parameters};
pub use tap::{Handed, Replication, Tap, TapStream};
pub use terms::{Expect, Terms};
pub use verified::{Against, Verified};

/// A source as data: how to authenticate, what to ask, how often, and what its streams are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Same as its file name.
    pub name: String,
    /// What a company has it for, in a few words: "Billing".
    #[serde(default)]
    pub about: String,
    /// The key that reads it, in words: "a restricted key".
    #[serde(default)]
    pub key_kind: String,
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
    /// Where answers say how much of the API's own limit is left.
    #[serde(default)]
    pub rate: Option<RateHeaders>,
    #[serde(default)]
    pub limits: Limits,
    /// What a status means, where it is not the usual: `403 = "skip"`.
    #[serde(default)]
    pub errors: BTreeMap<String, Action>,
    /// The same for a code that the answer holds, whatever its status.
    #[serde(default)]
    pub error_codes: Vec<ErrorCode>,
    /// The list of changes that `change_feed` streams read.
    #[serde(default)]
    pub feed: Option<Feed>,
    /// The program of a `singer` manifest.
    #[serde(default)]
    pub tap: Option<Tap>,
    /// Where queries run, of a `sql` manifest.
    #[serde(default)]
    pub database: Database,
    #[serde(default)]
    pub defaults: Defaults,
    /// What first contact shows.
    #[serde(default)]
    pub discover: Discover,
    pub streams: Vec<Stream>,
}

/// Where records come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Rest,
    /// Files of rows, in a folder or behind an address.
    Files,
    /// A Singer tap, run as a child process.
    Singer,
    /// Queries on a database, through an ADBC driver.
    Sql,
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
    /// Parses and checks one manifest; `file` is for messages. The error tells every mistake with its line and a caret.
    pub fn parse(text: &str, file: &str) -> Result<Manifest> {
        parse::parse(text, file).map_err(|mistakes| anyhow::anyhow!("{mistakes}"))
    }

    /// A stream by name.
    pub fn stream(&self, name: &str) -> Result<&Stream> {
        match self.streams.iter().find(|s| s.name == name) {
            Some(stream) => Ok(stream),
            None => bail!("manifest {} has no stream {name}", self.name),
        }
    }

    /// The stream whose list says what is new of another: itself, or the parent whose changed records its lists are read for.
    pub fn leading<'a>(&'a self, stream: &'a Stream) -> Result<&'a Stream> {
        match &stream.parent {
            Some(parent) if parent.changed => self.stream(&parent.stream),
            _ => Ok(stream),
        }
    }

    /// Whether an answer of any status has to be looked into.
    pub fn has_error_codes(&self, stream: &Stream) -> bool {
        !self.error_codes.is_empty() || !stream.error_codes.is_empty()
    }

    /// What an answer means for a stream, where the manifest says so: by a code that it holds, else by its status.
    pub fn action(&self, stream: &Stream, status: u16, code: impl Fn(&str) -> Option<String>) -> Option<Action> {
        let coded = stream.error_codes.iter().chain(&self.error_codes).find(|known| known.is_meant(&code));
        if let Some(coded) = coded {
            return Some(coded.action);
        }
        let status = status.to_string();
        stream.errors.get(&status).or_else(|| self.errors.get(&status)).copied()
    }

    fn apply_defaults(&mut self) {
        let defaults = &self.defaults;
        for stream in self.streams.iter_mut().chain(&mut self.discover.streams) {
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
