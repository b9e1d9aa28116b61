//! Extraction: one engine pulls every source that a manifest describes, into landing files and the ledger.
//!
//! [`Catalog`] knows the manifests · `manifest` is their vocabulary · `source` opens a source and runs its streams ·
//! `stream`, `since`, `rising`, `windows`, `change_feed`, `children`, `files`, `sql` read one stream · `walk`, `paginate`, `nested`
//! go from page to page, `whole` a list to its end · `client`, `auth`, `oauth`, `budget`, `retry` make one request · `singer` runs a
//! tap · `contract`, `drift`, `sink`, `landing`, `state`, `expect` keep what came · `erase`, `join`,
//! `retain` rewrite what has landed.
//!
//! Extraction never opens the warehouse. A failing stream is an outcome, not an error: the others still load.

mod arrow;
pub mod aside;
mod asked;
mod auth;
pub mod backfill;
mod budget;
mod catalog;
mod change_feed;
mod children;
mod client;
pub mod contact;
mod contract;
mod divide;
mod drift;
pub mod erase;
mod expect;
mod feed;
mod files;
pub mod hash;
pub mod join;
mod landing;
mod lens;
pub mod manifest;
mod mend;
mod minimise;
mod moment;
mod nested;
mod oauth;
mod paginate;
mod pick;
mod problem;
mod progress;
pub mod qualify;
pub mod retain;
mod retry;
mod rising;
mod shown;
mod since;
mod singer;
mod sink;
mod source;
mod sql;
mod state;
mod stream;
mod template;
mod throwaway;
mod walk;
mod warnings;
mod whole;
mod windows;
pub mod words;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

pub use catalog::Catalog;
pub use landing::file_hash;
pub use manifest::{Manifest, Stream, Write};
pub use oauth::signed_in;
pub use progress::Progress;
pub use shown::shown;
pub use singer::check_tap;
pub use sink::KEPT_PER_PULL;
pub use throwaway::Throwaway;

use crate::config::{Config, Secrets, Usage, nearest};
use crate::ledger::{Ledger, private_folder};

/// What to pull.
pub struct Request<'a> {
    pub config: &'a Config,
    pub secrets: &'a Secrets,
    pub ledger: &'a Ledger,
    /// The moment of the pull: every record's extraction time.
    pub now: Timestamp,
    /// Names under `[sources]`; empty for all that are enabled.
    pub sources: &'a [String],
    /// Forget the cursors and read everything again.
    pub full: bool,
    /// Only ask each stream for its first page, to see that it answers: nothing nested, nothing kept.
    pub first_page_only: bool,
    pub progress: Progress,
}

/// How the pull of one stream went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamOutcome {
    pub source: String,
    pub manifest: String,
    pub stream: String,
    /// Rows landed, also by a pull that failed later.
    pub rows: u64,
    pub requests: u64,
    /// Records set aside.
    pub quarantined: u64,
    /// What is wrong although it went well: an expectation that failed, records that could not be reached.
    pub warnings: Vec<String>,
    /// What is to be known and not wrong: fields that are new.
    pub notes: Vec<String>,
    /// Not everybody has this stream: being skipped is no warning.
    pub optional: bool,
    pub result: Outcome,
}

/// The end of a stream's pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// Why, in plain words, naming source and stream.
    Failed(String),
    /// Left out as the manifest says: a counted warning unless the stream is optional.
    Skipped(String),
}

/// A source that was asked for.
struct Chosen<'a> {
    name: &'a str,
    manifest: Manifest,
    /// Its ids begin with its name wherever sources meet.
    is_qualified: bool,
}

/// Pulls sources side by side. An error means that nothing could be tried: an unknown source, a broken manifest, a store that
/// cannot be written.
pub async fn pull(request: &Request<'_>) -> Result<Vec<StreamOutcome>> {
    pull_all(request, &chosen(request)?).await
}

async fn pull_all(request: &Request<'_>, sources: &[Chosen<'_>]) -> Result<Vec<StreamOutcome>> {
    private_folder(&request.config.store().join("landing"))?;
    let board = progress::Board::new(request.progress);
    let pulls = sources.iter().map(|source| source::pull(request, source, &board));
    let outcomes = futures_util::future::join_all(pulls).await;
    Ok(outcomes.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The sources that are asked for, with their manifests.
fn chosen<'a>(request: &Request<'a>) -> Result<Vec<Chosen<'a>>> {
    let config = request.config;
    let folder = config.store.manifests.as_ref().map(|path| config.resolve(path));
    let catalog = Catalog::load(folder.as_deref())?;
    let qualified = qualify::qualified(config, &catalog);
    let mut sources = Vec::new();
    for name in wanted(request)? {
        let manifest = catalog.get(&config.sources[name].manifest).with_context(|| format!("[sources.{name}]"))?;
        retain::check(config, name, manifest)?;
        sources.push(Chosen { name, manifest: manifest.clone(), is_qualified: qualified.contains(name) });
    }
    Ok(sources)
}

fn wanted<'a>(request: &Request<'a>) -> Result<Vec<&'a String>> {
    let sources = &request.config.sources;
    if request.sources.is_empty() {
        return Ok(sources.iter().filter(|(_, source)| source.enabled).map(|(name, _)| name).collect());
    }
    let mut names = Vec::new();
    for wanted in request.sources {
        match sources.get_key_value(wanted) {
            Some((name, _)) if names.contains(&name) => {}
            Some((name, _)) => names.push(name),
            None => {
                let known: Vec<&str> = sources.keys().map(String::as_str).collect();
                bail!(Usage(format!("there is no source {wanted:?} in [sources]{}", nearest(wanted, &known))));
            }
        }
    }
    Ok(names)
}
