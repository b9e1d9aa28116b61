//! What first contact asks besides whether each stream answers: what to choose by, shown before anything is configured.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{Auth, Incremental, Kind, Manifest, Stream, Tap, TypeName};

/// `[discover]`: read by `init` alone, landed nowhere.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Discover {
    /// Streams that only first contact reads. Windows of days are filled with the last [`Common::days`].
    pub streams: Vec<Stream>,
    /// The commonest product events.
    pub events: Option<Common>,
    /// Lists that are shown as they are.
    pub show: Vec<Shown>,
}

/// The list of product events that people or programs cause, with how many accounts do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// A stream of the manifest or of `[[discover.streams]]`, the commonest first.
    pub stream: String,
    /// Days before now that are looked at: `{from}` to `{to}`.
    #[serde(default = "four_weeks")]
    pub days: i32,
    /// Pointers into its records: the event's name, how often it was seen, in how many accounts, and how many accounts there are.
    pub event: String,
    pub count: String,
    pub accounts: String,
    pub all_accounts: String,
    /// Names that software makes, and nobody's work: never proposed as meaningful. `*` stands for any text.
    #[serde(default)]
    pub automatic: Vec<String>,
}

/// A list to be shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// What it is a list of: "SLA policies".
    pub what: String,
    pub stream: String,
    /// What its columns are called, each with its pointer; `*` stands for every element of a list.
    pub columns: Vec<(String, String)>,
    /// What the company chooses of it.
    #[serde(default)]
    pub choose: Option<Choice>,
}

/// A key of the configuration whose value is the id of one of the list's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// `[support] default_schedule`.
    DefaultSchedule,
}

/// Whether something must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Always,
    Maybe,
}

fn four_weeks() -> i32 {
    28
}

/// Every stream that is named is there.
pub(super) fn check(manifest: &Manifest) -> Result<()> {
    let discover = &manifest.discover;
    let named =
        discover.events.iter().map(|common| &common.stream).chain(discover.show.iter().map(|shown| &shown.stream));
    for name in named {
        manifest.discovered(name).context("discover")?;
    }
    Ok(())
}

/// A field is dropped or hashed, what is hashed is text, and what others know a record by is hashed for all of them or for none.
pub(super) fn check_hashes(manifest: &Manifest, stream: &Stream) -> Result<()> {
    for pointer in &stream.hash {
        ensure!(!stream.drop.contains(pointer), "hash: {pointer} is in drop, too: nothing of it lands");
        ensure!(
            !stream.key.contains(pointer) || !matches!(stream.incremental, Incremental::ChangeFeed(_)),
            "hash: {pointer} is the key by which changes name the record; it cannot be hashed"
        );
        let kind = stream.required.get(pointer).map(|kind| kind.name);
        ensure!(
            matches!(kind, None | Some(TypeName::String | TypeName::Object | TypeName::Array | TypeName::Any)),
            "hash: {pointer} lands as text: it cannot be required as a number, a date or a truth value"
        );
    }
    for link in &stream.whose {
        let Some(of) = link.stream.as_ref().and_then(|name| manifest.stream(name).ok()) else { continue };
        let is_hashed = of.key.iter().any(|pointer| of.hash.contains(pointer));
        ensure!(
            is_hashed == stream.hash.contains(&link.at),
            "hash: {} says whose a record is by the key of {}: hash both or neither",
            link.at,
            of.name
        );
    }
    Ok(())
}

impl Manifest {
    /// Whether a request proves who asks.
    pub fn needs_secret(&self) -> bool {
        match self.kind {
            Kind::Sql => true,
            Kind::Singer => self.tap.as_ref().is_some_and(Tap::needs_token),
            Kind::Rest | Kind::Files => !matches!(self.auth, Auth::None),
        }
    }

    /// Whether the company says in whose name, beside the key; nothing where no user name is sent.
    pub fn username(&self) -> Option<Need> {
        match &self.auth {
            Auth::Basic { username: Some(username), or_bearer } if username.contains("{username}") => {
                Some(if *or_bearer { Need::Maybe } else { Need::Always })
            }
            _ => None,
        }
    }

    /// Permissions its streams need, each once, in the order of the streams.
    pub fn scopes(&self) -> Vec<&str> {
        let mut scopes: Vec<&str> = Vec::new();
        for scope in self.streams.iter().chain(&self.discover.streams).filter_map(|stream| stream.scope.as_deref()) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }

    /// A stream by name, one of `[[discover.streams]]` first.
    pub fn discovered(&self, name: &str) -> Result<&Stream> {
        match self.discover.streams.iter().find(|stream| stream.name == name) {
            Some(stream) => Ok(stream),
            None => self.stream(name),
        }
    }
}
