//! Files as a source: CSV, JSON, newline-delimited JSON and Parquet, in a folder or behind an address, landed as objects of
//! text, and only when their bytes have changed.
//!
//! With `write = "replace"` a stream is what its files hold: when one of them changes all are read again, and one that
//! disappears is an error. Otherwise each file is read when it is new or has changed, and what it once held stays.

mod csv;
mod find;
mod json;
mod parquet;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use url::Url;

use super::client::{Call, Caller, Client, Validators};
use super::feed::{self, Bounds, Item, Out};
use super::manifest::{Dialect, FileFormat, Manifest, Method, Stream, Type, Write};
use super::sink::Sink;
use super::state::{Seen, State};
use super::template::Values;
use super::{landing, lens};
use crate::config::Source;

/// Files of a stream whose beginnings are read to see that they can be.
const LOOKED_AT: usize = 5;

/// One stream's pull.
pub(super) struct Job<'a> {
    pub(super) stream: &'a Stream,
    pub(super) values: &'a Values,
    /// The source's directory, as far as it has one.
    pub(super) folder: Option<PathBuf>,
    pub(super) bounds: Bounds,
}

/// A file behind an address.
pub(super) struct Remote<'a> {
    pub(super) client: &'a Client,
    pub(super) url: Url,
    pub(super) caller: Caller<'a>,
    /// Where it is kept meanwhile.
    pub(super) temporary: PathBuf,
    pub(super) first_page_only: bool,
}

/// A file to be read.
struct Found {
    /// Path below the folder, or the address: what the cursor knows it by.
    name: String,
    path: PathBuf,
    seen: Seen,
}

/// The columns a stream relies on.
struct Wanted {
    columns: Vec<String>,
    kinds: BTreeMap<String, Type>,
}

/// The address of a stream's file, if it has one: written out in `path`, or below `base_url`.
pub(super) fn address(manifest: &Manifest, stream: &Stream, source: &Source, values: &Values) -> Result<Option<Url>> {
    if stream.path.is_empty() {
        return Ok(None);
    }
    let path = values.fill(&stream.path)?;
    let base = source.base_url.as_deref().or(manifest.base_url.as_deref());
    let text = match base {
        _ if path.contains("://") => path,
        Some(base) => format!("{}/{}", values.fill(base)?.trim_end_matches('/'), path.trim_start_matches('/')),
        None => return Ok(None),
    };
    Url::parse(&text).map(Some).with_context(|| format!("path {:?} is no address", stream.path))
}

impl Job<'_> {
    fn folder(&self) -> Result<&Path> {
        let folder = self.folder.as_ref().context("directory is missing")?;
        ensure!(folder.is_dir(), "the folder {} is not there", folder.display());
        Ok(folder)
    }

    /// The stream's files, each with the name the cursor knows it by, and what is missing where there are none.
    fn paths(&self, folder: &Path) -> Result<(Vec<(String, PathBuf)>, String)> {
        let stream = &self.stream.name;
        let pattern = self.values.fill(&self.stream.path)?;
        if !pattern.is_empty() {
            return Ok((find::by_pattern(folder, &pattern)?, folder.join(&pattern).display().to_string()));
        }
        let path = find::by_name(folder, stream)?;
        let missing = folder.join(format!("{stream}.csv")).display().to_string();
        Ok((path.map(|path| (stream.clone(), path)).into_iter().collect(), missing))
    }

    /// Reads the first records of what there is, however much it is, and keeps none; text if there is nothing.
    pub(super) async fn first(&self) -> Result<Option<String>> {
        let (paths, missing) = self.paths(self.folder()?)?;
        if paths.is_empty() {
            return Ok(Some(format!("{missing} is not there")));
        }
        for (name, path) in paths.into_iter().take(LOOKED_AT) {
            self.look(&path, &name).await.with_context(|| format!("in {}", path.display()))?;
        }
        Ok(None)
    }

    async fn look(&self, path: &Path, name: &str) -> Result<()> {
        let mut records = feed::feed(self.reading(path, name, self.format(&path.to_string_lossy())?))?;
        let first = records.next(&self.bounds).await?.unwrap_or_default();
        let is_all_bad = first.iter().all(|item| matches!(item, Item::Bad { .. }));
        if let Some(Item::Bad { reason, .. }) = first.first().filter(|_| is_all_bad) {
            bail!("no record can be read: {reason}");
        }
        // how it ended is known of what is read to its end; the reader of more stops when nobody takes it
        if records.next(&self.bounds).await?.is_none() { records.end().await } else { Ok(()) }
    }

    /// Lands the files of a folder that have changed; text if there is none.
    pub(super) async fn local(&self, mut state: State, sink: &mut Sink<'_>) -> Result<Option<String>> {
        let folder = self.folder()?;
        let stream = &self.stream.name;
        if let Some(hash) = state.hash.take() {
            state.files.insert(stream.clone(), Seen { hash, ..Seen::default() });
        }
        let (paths, missing) = self.paths(folder)?;
        self.gone(&mut state, &paths, &missing, sink)?;
        if paths.is_empty() {
            return Ok(Some(format!("{missing} is not there")));
        }
        let mut found = Vec::with_capacity(paths.len());
        for (name, path) in paths {
            let hash = hash(&path).await?;
            found.push(Found { name, path, seen: Seen { hash, ..Seen::default() } });
        }
        self.land(found, state, sink).await.map(|()| None)
    }

    /// What disappeared: an error where a stream is what its files hold.
    fn gone(&self, state: &mut State, paths: &[(String, PathBuf)], missing: &str, sink: &mut Sink<'_>) -> Result<()> {
        let there: BTreeSet<&str> = paths.iter().map(|(name, _)| name.as_str()).collect();
        let gone: Vec<String> = state.files.keys().filter(|name| !there.contains(name.as_str())).cloned().collect();
        let Some(first) = gone.first() else { return Ok(()) };
        if self.stream.write != Write::Replace {
            for name in &gone {
                sink.warnings.add(&format!("{name} is gone; what it held stays"));
                state.files.remove(name);
            }
            // said once
            return sink.commit(state);
        }
        // Emptying it silently would change figures; so would using it silently.
        let name = if self.stream.path.is_empty() { missing } else { first };
        let more = if gone.len() > 1 { format!(" (and {} more)", gone.len() - 1) } else { String::new() };
        bail!(
            "{name}{more} is gone, what it last held is still used; put a file with only its header there to remove that, \
             or pull with --full to take what is there for all there is"
        )
    }

    /// Lands a file from an address unless its server says that it has not changed.
    pub(super) async fn remote(
        &self,
        remote: &Remote<'_>,
        mut state: State,
        sink: &mut Sink<'_>,
    ) -> Result<Option<String>> {
        let name = self.stream.name.clone();
        let known = state.files.get(&name).cloned().unwrap_or_default();
        let known = Validators { etag: known.etag, modified: known.modified };
        let mut url = remote.url.clone();
        let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        url.set_query(None);
        let file = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
        let call = Call { method: Method::Get, url, query, body: None };
        let temporary = Temporary(remote.temporary.clone());
        let target = (!remote.first_page_only).then_some(temporary.0.as_path());
        let Some(validators) = remote.client.download(&call, remote.caller, &known, target).await? else {
            return if remote.first_page_only { Ok(None) } else { sink.commit(&state).map(|()| None) };
        };
        if remote.first_page_only {
            return Ok(None);
        }
        let seen = Seen { hash: hash(&temporary.0).await?, etag: validators.etag, modified: validators.modified };
        if state.files.get(&name).is_some_and(|known| known.hash == seen.hash) {
            state.files.insert(name, seen);
            return sink.commit(&state).map(|()| None);
        }
        (state.files, state.unkept) = (BTreeMap::new(), 0);
        let format = self.format(&file)?;
        self.read(&temporary.0, &file, format, sink).await?;
        if self.stream.write == Write::Replace {
            sink.landing.append_nothing()?;
        }
        state.files.insert(name, seen);
        sink.commit(&state).map(|()| None)
    }

    async fn land(&self, found: Vec<Found>, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let is_known = |state: &State, file: &Found| state.files.get(&file.name) == Some(&file.seen);
        if self.stream.write == Write::Replace {
            if found.iter().all(|file| is_known(&state, file)) {
                return sink.commit(&state);
            }
            state.unkept = 0;
            for file in &found {
                self.read_unchanging(file, sink).await?;
            }
            sink.landing.append_nothing()?;
            state.files = found.into_iter().map(|file| (file.name, file.seen)).collect();
            return sink.commit(&state);
        }
        let mut failed = Vec::new();
        for file in found {
            if is_known(&state, &file) {
                continue;
            }
            match self.read_unchanging(&file, sink).await {
                Ok(()) => {
                    if !self.stream.is_pattern() {
                        state.unkept = 0;
                    }
                    state.files.insert(file.name, file.seen);
                    sink.commit(&state)?;
                }
                Err(error) => {
                    sink.discard();
                    failed.push(error);
                }
            }
        }
        sink.commit(&state)?;
        let count = failed.len();
        match failed.into_iter().next() {
            None => Ok(()),
            Some(error) if count == 1 => Err(error),
            Some(error) => Err(anyhow!("{error:#} (and {} more files failed)", count - 1)),
        }
    }

    /// Reads a file that nobody writes meanwhile.
    async fn read_unchanging(&self, file: &Found, sink: &mut Sink<'_>) -> Result<()> {
        let shown = file.path.display();
        let format = self.format(&file.path.to_string_lossy())?;
        self.read(&file.path, &file.name, format, sink).await.with_context(|| format!("in {shown}"))?;
        let is_same = hash(&file.path).await.is_ok_and(|hash| hash == file.seen.hash);
        ensure!(is_same, "{shown} changed while it was read; the next pull reads it again");
        Ok(())
    }

    async fn read(&self, path: &Path, name: &str, format: FileFormat, sink: &mut Sink<'_>) -> Result<()> {
        feed::feed(self.reading(path, name, format))?.drain(sink, &self.bounds).await
    }

    /// What reads a file, for a thread of its own.
    fn reading(
        &self,
        path: &Path,
        name: &str,
        format: FileFormat,
    ) -> impl FnOnce(&mut Out) -> Result<()> + Send + use<> {
        let is_one_of_many = self.stream.is_pattern();
        let more = if is_one_of_many { format!(",\"_file\":{}", lens::quote(name)) } else { String::new() };
        let (path, dialect, wanted) = (path.to_owned(), self.stream.file, Wanted::of(self.stream));
        let records = self.stream.records.clone();
        move |out: &mut Out| match format {
            FileFormat::Csv => csv::read(&path, dialect, &wanted, &more, out),
            FileFormat::Parquet => parquet::read(&path, &wanted, &more, out),
            FileFormat::Ndjson => json::lines(&path, dialect, &more, out),
            FileFormat::Json => json::read(&path, dialect, records.as_deref(), &more, out),
        }
    }

    /// What a file is: as the manifest says, or as its name does.
    fn format(&self, name: &str) -> Result<FileFormat> {
        if let Dialect { format: Some(format), .. } = self.stream.file {
            return Ok(format);
        }
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Ok(match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "csv" | "tsv" | "txt" => FileFormat::Csv,
            "json" => FileFormat::Json,
            "ndjson" | "jsonl" => FileFormat::Ndjson,
            "parquet" => FileFormat::Parquet,
            _ => bail!("{name:?} does not tell what it is: say file = {{ format = \"csv\" }} (json, ndjson, parquet)"),
        })
    }
}

impl Wanted {
    fn of(stream: &Stream) -> Wanted {
        let is_optional = |pointer: &String| stream.required.get(pointer).is_some_and(|kind| kind.nullable);
        let pointers = stream.required.keys().chain(&stream.key).filter(|p| !is_optional(p) && *p != "/_file");
        let column = |pointer: &String| pointer.split('/').nth(1).map(|c| c.replace("~1", "/").replace("~0", "~"));
        let kinds = stream.required.iter().filter_map(|(pointer, kind)| Some((column(pointer)?, *kind)));
        Wanted { columns: pointers.filter_map(column).collect(), kinds: kinds.collect() }
    }
}

/// A file that goes when nobody needs it any more.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn hash(path: &Path) -> Result<String> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || landing::file_hash(&path)).await?
}
