//! One stream of a run: where its records go, and which of them wait until a table is whole.

use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

use super::super::landing::Landing;
use super::super::manifest::{Stream, Write};
use super::super::progress::Meter;
use super::super::sink::{Names, Sink};
use super::super::source::Counts;
use super::Run;
use super::kept::KeptStream;
use crate::config::nearest;
use crate::ledger::pulls::NewBatch;

/// A stream's receiving end.
pub(super) struct Feed<'a> {
    run: &'a Run<'a>,
    /// As the manifest has it.
    pub(super) stream: &'a Stream,
    /// With the key that its SCHEMA named.
    keyed: &'a OnceLock<Stream>,
    meter: &'a Meter,
    /// The tap's names for it.
    ids: Vec<String>,
    pub(super) sink: Option<Sink<'a>>,
    pull_id: Option<i64>,
    /// Nothing is committed before the table is whole: half of it would stand for all.
    pub(super) is_held: bool,
    /// The pull whose empty batch takes away what the version replaces.
    wipe: Option<i64>,
    /// The tap has said that its version replaces what was there.
    is_activated: bool,
    pub(super) kept: KeptStream,
    /// Of sinks that are done with.
    counts: Counts,
}

/// What a feed adds to a commit, besides its sink.
pub(super) struct Wipe {
    pub(super) pull_id: i64,
    pub(super) batches: Vec<NewBatch>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(
        run: &'a Run<'a>,
        stream: &'a Stream,
        keyed: &'a OnceLock<Stream>,
        meter: &'a Meter,
        ids: Vec<String>,
        kept: KeptStream,
    ) -> Feed<'a> {
        Feed {
            run,
            stream,
            keyed,
            meter,
            ids,
            sink: None,
            pull_id: None,
            is_held: false,
            wipe: None,
            is_activated: false,
            kept,
            counts: Counts::default(),
        }
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        self.ids.iter().any(|id| id == name)
    }

    /// Whether its SCHEMA was read.
    pub(super) fn is_known(&self) -> bool {
        self.keyed.get().is_some()
    }

    /// Takes the key from its SCHEMA, unless the manifest names one.
    pub(super) fn schema(&mut self, properties: &[String]) -> Result<()> {
        let name = &self.stream.name;
        let mut stream = self.stream.clone();
        if stream.key.is_empty() && stream.write != Write::Replace {
            ensure!(
                !properties.is_empty(),
                "stream {name}: its SCHEMA names no key_properties: give the stream a key, or write = \"replace\""
            );
            stream.key = properties.iter().map(|p| format!("/{}", p.replace('~', "~0").replace('/', "~1"))).collect();
            ensure!(
                self.keyed.get().is_none_or(|known| known.key == stream.key),
                "stream {name}: the key changed within one run"
            );
            ensure!(
                self.kept.key.is_empty() || self.kept.key == stream.key,
                "stream {name}: its SCHEMA names the key {:?}, where it was {:?}: records would be there twice; give the stream \
                 the key that holds",
                stream.key,
                self.kept.key
            );
            self.kept.key.clone_from(&stream.key);
        }
        self.keyed.get_or_init(|| stream);
        Ok(())
    }

    /// Where records go; made when the first one comes.
    pub(super) fn sink(&mut self) -> Result<&mut Sink<'a>> {
        if self.sink.is_none() {
            let stream = self
                .keyed
                .get()
                .with_context(|| format!("stream {}: a RECORD came before its SCHEMA", self.stream.name))?;
            let pull_id = self.start_pull()?;
            let run = self.run;
            let (qualifier, now) = (run.qualifier, run.request.now);
            let names = Names { source: run.name, qualifier, manifest: run.manifest, stream, pull_id, now };
            self.pull_id = Some(pull_id);
            self.sink = Some(Sink::new(names, run.request.ledger, self.landing(pull_id)?, self.meter)?);
        }
        self.sink.as_mut().context("it was made above")
    }

    fn landing(&self, pull_id: i64) -> Result<Landing> {
        let Run { request, name, manifest, .. } = self.run;
        Landing::new(&request.config.store(), name, &self.stream.name, pull_id, request.now, &manifest.limits)
    }

    fn start_pull(&self) -> Result<i64> {
        self.run.request.ledger.start_pull(self.run.name, &self.stream.name, &self.run.request.now.to_string())
    }

    /// Whether anything of it has landed before this run.
    pub(super) fn has_landed(&self) -> Result<bool> {
        let batches = self.run.request.ledger.batches(&self.run.manifest.name, &self.stream.name)?;
        Ok(batches.iter().any(|batch| batch.source == self.run.name))
    }

    /// Records of another version follow: what was before goes when the tap says so. What came of it is committed.
    pub(super) fn begin(&mut self, version: i64, is_activated: bool) -> Result<()> {
        ensure!(!self.is_held, "stream {}: records of two versions came at once", self.stream.name);
        self.close("ok", None)?;
        self.wipe = Some(self.start_pull()?);
        self.kept.version = Some(version);
        (self.is_held, self.is_activated) = (true, is_activated);
        Ok(())
    }

    /// The tap says that the version it has sent is the one that stands.
    pub(super) fn activate(&mut self) {
        if self.is_held {
            (self.is_held, self.is_activated) = (false, true);
        }
    }

    /// The end of a run that went well: every table is whole.
    pub(super) fn complete(&mut self) -> Result<()> {
        self.is_held = false;
        if self.stream.write != Write::Replace || !self.is_known() {
            return Ok(());
        }
        let before = self.kept.hash.clone();
        let sink = self.sink()?;
        let hash = format!("{}/{}", sink.landing.content_hash(), sink.refused());
        if before.as_deref() == Some(&hash) {
            sink.discard();
        } else {
            sink.landing.append_nothing()?;
        }
        self.kept.hash = Some(hash);
        Ok(())
    }

    /// What makes a new version replace what was there, once its table is whole.
    pub(super) fn wipe(&mut self) -> Result<Option<Wipe>> {
        let Some(pull_id) = self.wipe.filter(|_| !self.is_held) else { return Ok(None) };
        self.wipe = None;
        let now = self.run.request.now.to_string();
        let version = self.kept.version.unwrap_or_default();
        let (hash, is_empty) = match &self.sink {
            Some(sink) => (format!("{}/{}", sink.landing.content_hash(), sink.refused()), sink.is_empty()),
            None => (String::new(), true),
        };
        let is_same = self.is_activated && !is_empty && self.kept.hash.as_ref() == Some(&hash);
        let why = match (self.is_activated, is_same) {
            (false, _) => format!("version {version} was never activated: it adds to what was there"),
            (true, true) => format!("version {version} is what was there"),
            (true, false) => format!("version {version} replaces what was there"),
        };
        self.run.request.ledger.finish_pull(pull_id, &now, 0, 0, "skipped", Some(&why))?;
        self.kept.hash = self.is_activated.then_some(hash);
        if is_same && let Some(sink) = &mut self.sink {
            sink.discard();
        }
        if !self.is_activated || is_same {
            return Ok(None);
        }
        let mut landing = self.landing(pull_id)?;
        landing.append_nothing()?;
        Ok(Some(Wipe { pull_id, batches: landing.seal()? }))
    }

    /// The end of a pull of this stream, and of its sink.
    pub(super) fn close(&mut self, word: &str, message: Option<&str>) -> Result<()> {
        let (Some(pull_id), sink) = (self.pull_id.take(), self.sink.take()) else { return Ok(()) };
        let rows = sink.as_ref().map_or(0, |sink| sink.rows);
        self.counts.rows += rows;
        if let Some(sink) = sink {
            self.counts.quarantined += sink.quarantined;
            self.counts.warnings.extend(sink.warnings.words());
            if word == "ok" {
                self.counts.notes.extend(sink.close()?);
            }
        }
        let finished = self.run.finished();
        self.run.request.ledger.finish_pull(pull_id, &finished, rows, 0, word, message)
    }

    /// The end of the run: what it counted in all.
    pub(super) fn finish(&mut self, word: &str, message: Option<&str>) -> Result<Counts> {
        if let Some(wipe) = self.wipe.take() {
            self.run.request.ledger.finish_pull(wipe, &self.run.finished(), 0, 0, "skipped", Some("not completed"))?;
        }
        if self.pull_id.is_none() {
            self.pull_id = Some(self.start_pull()?);
        }
        self.close(word, message)?;
        Ok(std::mem::take(&mut self.counts))
    }

    /// Lets go of what was held: the tap died before the table was whole.
    pub(super) fn abandon(&mut self) {
        if self.is_held
            && let Some(sink) = &mut self.sink
        {
            sink.discard();
        }
    }
}

/// Why a listed stream is not read.
pub(super) fn absent(name: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    format!("the tap has no stream {name:?}{}", nearest(name, &known))
}
