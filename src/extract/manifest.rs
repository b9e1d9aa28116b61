//! What a source is: a manifest's vocabulary, parsed and checked. The engine knows these words and no provider's name.
//!
//! Every text of a request may hold `{placeholders}`: settings of the source, `{timezone}`, `{start}`, `{parent}`, and
//! what the stream's own way of reading provides (`{from}`, `{to}`, `{keyset}`, `{limit}`, `{sql}`, `{id}`).

mod check;
mod reading;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

pub use reading::{ChangeFeed, Changed, Feed, Format, Incremental, KeyColumn, Paginate};

/// A source as data: how to authenticate, what to ask, how often, and what its streams are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Same as its file name.
    pub name: String,
    #[serde(default)]
    pub kind: Kind,
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
    /// The secret is the password.
    Basic {
        username: String,
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

/// One kind of record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub name: String,
    #[serde(default)]
    pub method: Method,
    #[serde(default)]
    pub path: String,
    /// Query parameters, added to the manifest's defaults.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// JSON body.
    #[serde(default)]
    pub body: Option<serde_json::Value>,
    /// File under `queries/rollups/` whose text is `{sql}`.
    #[serde(default)]
    pub sql: Option<String>,
    /// Pointer to the list of records; absent: the answer itself.
    #[serde(default)]
    pub records: Option<String>,
    /// Pointer to column names, where records are arrays of values.
    #[serde(default)]
    pub columns: Option<String>,
    /// Pointers to what identifies a record.
    #[serde(default)]
    pub key: Vec<String>,
    pub write: Write,
    #[serde(default)]
    pub paginate: Option<Paginate>,
    #[serde(default)]
    pub incremental: Incremental,
    /// Lists inside a record that have pages of their own.
    #[serde(default)]
    pub nested: Vec<Nested>,
    /// Fields removed before landing; `*` stands for every element.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Fields that must be there, with their type; `integer?` may be absent or null but not of another type.
    #[serde(default)]
    pub required: BTreeMap<String, Type>,
    /// Budget group.
    #[serde(default)]
    pub group: Option<String>,
    /// One walk per record of another stream, whose key is `{parent}`.
    #[serde(default)]
    pub parent: Option<Parent>,
    /// Not everybody has it: being skipped is no warning.
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub errors: BTreeMap<String, Action>,
}

/// What a batch does to what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// The newest record of a key stands.
    Merge,
    /// Every distinct record of a key stands.
    Versions,
    /// Records never change; a key seen twice is the same record.
    Append,
    /// The batches of the newest pull are all there is.
    Replace,
    /// Like replace, for the batch's window only.
    ReplaceWindow,
}

impl Write {
    /// As the ledger stores it.
    pub fn as_str(self) -> &'static str {
        match self {
            Write::Merge => "merge",
            Write::Versions => "versions",
            Write::Append => "append",
            Write::Replace => "replace",
            Write::ReplaceWindow => "replace_window",
        }
    }
}

/// HTTP method; both are used for reading only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
}

/// A query parameter: one value or several of the same name.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Param {
    One(String),
    Number(i64),
    Many(Vec<String>),
}

impl Param {
    /// Its values as text.
    pub fn values(&self) -> Vec<String> {
        match self {
            Param::One(text) => vec![text.clone()],
            Param::Number(number) => vec![number.to_string()],
            Param::Many(list) => list.clone(),
        }
    }
}

/// A list inside a record: `{data: [...], has_more, url}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// Pointer to the list object.
    pub at: String,
    /// Inside it: the elements, whether there are more, and where.
    #[serde(default = "data")]
    pub records: String,
    #[serde(default = "has_more")]
    pub more: String,
    #[serde(default = "url")]
    pub url: String,
    /// Parameters of the pages.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// Parameter that takes the last element's id.
    pub param: String,
    #[serde(default = "id")]
    pub field: String,
}

/// The stream a child is read for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    pub stream: String,
    /// Pointer to the parent's key.
    #[serde(default = "id")]
    pub field: String,
}

/// Type of a required field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    pub name: TypeName,
    pub nullable: bool,
}

/// JSON types, with whole numbers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeName {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
    Any,
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (name, nullable) = text.strip_suffix('?').map_or((text.as_str(), false), |name| (name, true));
        let name = match name {
            "string" => TypeName::String,
            "integer" => TypeName::Integer,
            "number" => TypeName::Number,
            "boolean" => TypeName::Boolean,
            "object" => TypeName::Object,
            "array" => TypeName::Array,
            "any" => TypeName::Any,
            _ => {
                return Err(serde::de::Error::custom(format!(
                    "{text:?} is not a type; use string, integer, number, boolean, object, array or any, with ? where \
                     it may be null"
                )));
            }
        };
        Ok(Type { name, nullable })
    }
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
fn data() -> String {
    "/data".into()
}
fn has_more() -> String {
    "/has_more".into()
}
fn url() -> String {
    "/url".into()
}
fn id() -> String {
    "/id".into()
}
