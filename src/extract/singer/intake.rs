//! From messages to landing files. The tap's state is stored in the same transaction as the records before it, and never while a
//! table is half there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use super::super::contract::excerpt;
use super::super::manifest::Write;
use super::super::mend;
use super::super::sink::Sink;
use super::Run;
use super::batch::Reading;
use super::feed::Feed;
use super::kept::{CURSOR, Kept};
use super::lines::Line;
use super::log::readable;
use super::message::{Message, read};
use super::settings::Hidden;
use crate::ledger::pulls::Commit;

/// The receiving end of a run.
pub(super) struct Intake<'a> {
    run: &'a Run<'a>,
    pub(super) feeds: Vec<Feed<'a>>,
    /// As it will be stored with the next commit.
    kept: Kept,
    is_changed: bool,
    reading: Reading<'a>,
    hidden: &'a Hidden,
    /// Lines that are no message, and the first of them.
    stray: (u64, Option<String>),
    /// Types that Singer does not know, and records of streams that nobody wants.
    odd: BTreeMap<String, u64>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        run: &'a Run<'a>,
        feeds: Vec<Feed<'a>>,
        kept: Kept,
        reading: Reading<'a>,
        hidden: &'a Hidden,
    ) -> Intake<'a> {
        Intake { run, feeds, kept, is_changed: false, reading, hidden, stray: (0, None), odd: BTreeMap::new() }
    }

    /// Takes one line.
    pub(super) fn take(&mut self, line: &Line) -> Result<()> {
        match read(line) {
            Message::Record { stream, record, version } => match self.known(&stream, "RECORD")? {
                Some(at) => self.record(at, record.get(), version),
                None => Ok(()),
            },
            Message::Marked { stream, record, version } => match self.known(&stream, "RECORD")? {
                Some(at) => self.record(at, &record, version),
                None => Ok(()),
            },
            Message::State(value) => {
                self.kept.state = Some(value.to_owned());
                self.is_changed = true;
                self.feeds.iter().filter_map(|feed| feed.sink.as_ref()).for_each(Sink::page);
                // What is held waits for its whole table, however much it is.
                let mut free = self.feeds.iter().filter(|feed| !feed.is_held).filter_map(|feed| feed.sink.as_ref());
                if free.any(Sink::is_due) { self.commit() } else { Ok(()) }
            }
            Message::Schema { stream, key } => match self.find(&stream) {
                Some(at) => self.feeds[at].schema(&key),
                None => Ok(()),
            },
            Message::Activate { stream, version } => match self.known(&stream, "ACTIVATE_VERSION")? {
                Some(at) => self.version(at, version, true),
                None => Ok(()),
            },
            Message::Batch { stream, files, is_gzip } => match self.known(&stream, "BATCH")? {
                Some(at) => files.iter().try_for_each(|file| self.batch(at, file, is_gzip)),
                None => Ok(()),
            },
            Message::Broken { stream, why, text } => {
                if let Some(at) = self.known(&stream, "RECORD")? {
                    self.feeds[at].sink()?.refuse_text(String::new(), &why, text);
                }
                Ok(())
            }
            Message::Lost(what) => bail!("the tap sent {}", readable(&self.hidden.mask(&what))),
            Message::Unknown(kind) => {
                self.count(format!("messages of the unknown type {}", excerpt(&readable(&kind))));
                Ok(())
            }
            Message::Stray(text) => self.stray(&text),
            Message::Blank => Ok(()),
        }
    }

    fn find(&self, stream: &str) -> Option<usize> {
        self.feeds.iter().position(|feed| feed.is_called(stream))
    }

    /// The stream of a message that needs a SCHEMA before it; nothing where nobody wants the stream.
    fn known(&mut self, stream: &str, kind: &str) -> Result<Option<usize>> {
        let Some(at) = self.find(stream) else {
            self.count(format!("{kind} messages of the stream {}, which is not listed", excerpt(&readable(stream))));
            return Ok(None);
        };
        let feed = &self.feeds[at];
        ensure!(feed.is_known(), "stream {}: a {kind} came before its SCHEMA", feed.stream.name);
        Ok(Some(at))
    }

    fn count(&mut self, what: String) {
        // A tap that makes up names must not fill the memory.
        if self.odd.len() < 100 || self.odd.contains_key(&what) {
            *self.odd.entry(what).or_default() += 1;
        }
    }

    fn stray(&mut self, text: &str) -> Result<()> {
        let (count, first) = &mut self.stray;
        *count += 1;
        let first = first.get_or_insert_with(|| excerpt(&readable(&self.hidden.mask(text))));
        let bound = self.run.tap.stray_lines;
        ensure!(*count <= bound, "the tap printed more than {bound} lines that are no message; the first: {first}");
        Ok(())
    }

    fn record(&mut self, at: usize, record: &str, version: Option<i64>) -> Result<()> {
        if let Some(version) = version {
            self.version(at, version, false)?;
        }
        if self.feeds[at].stream.write == Write::Replace && !self.feeds[at].is_held {
            // What came before is stored with its state; from now on, state waits for the whole table.
            self.commit()?;
            self.feeds[at].is_held = true;
        }
        self.feeds[at].sink()?.take(record)
    }

    /// A record's version, or the one that is activated. One that is new replaces all others, once it is whole.
    fn version(&mut self, at: usize, version: i64, is_activated: bool) -> Result<()> {
        let feed = &mut self.feeds[at];
        // A table that is replaced with every run needs no version.
        if feed.stream.write == Write::Replace {
            return Ok(());
        }
        if feed.kept.version == Some(version) {
            if is_activated {
                feed.activate();
            }
            return Ok(());
        }
        if feed.kept.version.is_none() && feed.sink.is_none() && !feed.has_landed()? {
            feed.kept.version = Some(version);
            return Ok(());
        }
        self.commit()?;
        self.feeds[at].begin(version, is_activated)
    }

    fn batch(&mut self, at: usize, file: &str, is_gzip: bool) -> Result<()> {
        if self.feeds[at].stream.write == Write::Replace && !self.feeds[at].is_held {
            self.commit()?;
            self.feeds[at].is_held = true;
        }
        let sink = self.feeds[at].sink()?;
        self.reading.each(file, is_gzip, |line| {
            let (bytes, is_whole) = match line {
                Line::Whole(bytes) => (bytes, true),
                Line::TooLong(bytes) => (bytes, false),
            };
            let text = match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(_) => mend::marked(bytes).map(Cow::Owned),
            };
            let why = match text.map(|text| (serde_json::from_str::<serde::de::IgnoredAny>(&text).err(), text)) {
                _ if !is_whole => "is longer than line_bytes allows".to_owned(),
                Ok((None, text)) => return sink.take(&*text),
                Ok((Some(error), _)) => error.to_string(),
                Err(error) => format!("comes {error}"),
            };
            sink.refuse_text(String::new(), &why, String::from_utf8_lossy(bytes).into_owned());
            Ok(())
        })
    }

    /// Makes what may stand true: the records of whole tables and of streams that are merged, what was set aside, and the state
    /// if no table is half there.
    fn commit(&mut self) -> Result<()> {
        let run = self.run;
        let is_held = self.feeds.iter().any(|feed| feed.is_held);
        let (mut wipes, mut sealed) = (Vec::new(), Vec::new());
        for (at, feed) in self.feeds.iter_mut().enumerate().filter(|(_, feed)| !feed.is_held) {
            let is_new = feed.wipe()?.map(|wipe| wipes.push((at, wipe))).is_some();
            if let Some(sink) = &mut feed.sink {
                // Records after a whole table make its hash void.
                if !is_new && feed.stream.write != Write::Replace && !sink.is_empty() {
                    feed.kept.hash = None;
                }
                sealed.push((at, sink.seal()?));
            }
        }
        let cursor = self.cursor(is_held)?;
        let now = run.request.now.to_string();
        let nothing = Commit {
            pull_id: 0,
            source: run.name,
            manifest: &run.manifest.name,
            stream: CURSOR,
            write_mode: "replace",
            extracted_at: &now,
            batches: &[],
            cursor: None,
            quarantined: &[],
        };
        let mut parts = Vec::new();
        for (at, wipe) in &wipes {
            let stream = self.feeds[*at].stream.name.as_str();
            parts.push(Commit { pull_id: wipe.pull_id, stream, batches: &wipe.batches, ..nothing });
        }
        for (at, batches) in &sealed {
            parts.extend(self.feeds[*at].sink.as_ref().map(|sink| sink.part(batches, &now)));
        }
        parts.extend(cursor.as_deref().map(|cursor| Commit { cursor: Some(cursor), ..nothing }));
        run.request.ledger.commit_together(&parts)?;
        self.is_changed &= cursor.is_none();
        for (at, batches) in sealed {
            if let Some(sink) = &mut self.feeds[at].sink {
                sink.committed();
                if !batches.is_empty() {
                    sink.listed()?;
                }
            }
        }
        Ok(())
    }

    /// The cursor to store, unless a table is half there.
    fn cursor(&mut self, is_held: bool) -> Result<Option<String>> {
        let streams = self.feeds.iter().map(|feed| (feed.stream.name.clone(), feed.kept.clone()));
        for (name, kept) in streams.filter(|_| !is_held) {
            self.is_changed |= self.kept.streams.get(&name) != Some(&kept);
            self.kept.streams.insert(name, kept);
        }
        let is_due = self.is_changed && !is_held;
        is_due.then(|| serde_json::to_string(&self.kept)).transpose().context("cannot write the cursor")
    }

    /// The run went well: every table is whole, and all is stored.
    pub(super) fn complete(&mut self) -> Result<()> {
        self.feeds.iter_mut().try_for_each(Feed::complete)?;
        self.commit()
    }

    /// The run failed: what may stand is stored with the state before it, the rest comes again.
    pub(super) fn abandon(&mut self) -> Result<()> {
        self.feeds.iter_mut().for_each(Feed::abandon);
        self.commit()
    }

    /// What was odd, for the log.
    pub(super) fn remarks(&self) {
        let source = self.run.name;
        if let (count, Some(first)) = &self.stray {
            tracing::warn!(source, count, "the tap printed lines that are no message; the first: {first}");
        }
        for (what, count) in &self.odd {
            tracing::warn!(source, count, "the tap sent {what}");
        }
    }
}
