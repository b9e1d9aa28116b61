//! Whole lists, read so that they are whole although they change meanwhile: what exists throughout is taken, once.
//!
//! - A place in the list that is gone (the last record of a page was deleted) starts the walk over.
//! - A list by number (pages, offsets) slides under the reader when records come and go: it is read until two readings
//!   name the same records in the same order.
//! - A long walk that can resume leaves its files with the ledger as parts of a list; they count once the walk has ended, so a
//!   list that replaces another never replaces it by half.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Result, bail};
use jiff::ToSpan;
use sha2::{Digest, Sha256};

use super::lens;
use super::manifest::{Paginate, Write};
use super::problem::status_of;
use super::sink::Sink;
use super::state::{Interrupted, State};
use super::stream::Reader;
use super::template::Values;
use super::walk::Walk;

/// How often a walk starts over because its place is gone.
pub(super) const RESTARTS: u32 = 3;
/// How often a list by number is read until two readings agree.
const READINGS: u32 = 5;
/// A walk that was interrupted longer ago starts over: what it would end in never was the list.
const RESUMES_WITHIN_HOURS: i64 = 24;

/// The records of a walk, by what identifies them.
#[derive(Default)]
pub(super) struct Seen {
    keys: HashSet<u64>,
    /// Beyond the first reading nothing is taken twice, whatever the stream's way of writing.
    is_again: bool,
}

impl Seen {
    fn add(&mut self, key: &str) -> bool {
        self.keys.insert(fingerprint(key))
    }
}

/// How a reading went.
struct Reading {
    /// Of keys, in order.
    order: u64,
    /// Pages that had records.
    pages: u32,
}

/// Whether an error says that the place a walk went on from is not there any more.
pub(super) fn is_gone(error: &anyhow::Error) -> bool {
    matches!(status_of(error), Some(400 | 404 | 410))
}

impl Reader<'_> {
    /// Every record of a list, however many readings that takes.
    pub(super) async fn all(
        &self,
        values: &Values,
        parent: Option<&str>,
        seen: &mut Seen,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let mut before = None;
        for _ in 0..READINGS {
            let reading = self.reading(values, parent, seen, sink).await?;
            seen.is_again = true;
            // one page is of one moment; without keys nothing tells whether two readings agree
            if !self.is_numbered() || reading.pages < 2 || self.stream.key.is_empty() || before == Some(reading.order) {
                seen.is_again = false;
                return Ok(());
            }
            before = Some(reading.order);
        }
        bail!(
            "the list changed each of the {READINGS} times it was read: records may have slipped from page to page unseen"
        )
    }

    /// One reading; it starts over where its place is gone.
    async fn reading(
        &self,
        values: &Values,
        parent: Option<&str>,
        seen: &mut Seen,
        sink: &mut Sink<'_>,
    ) -> Result<Reading> {
        let mut restarts = 0;
        loop {
            let mut walk = self.walk(values.clone())?;
            match self.read_on(&mut walk, parent, seen, sink).await {
                Err(error)
                    if is_gone(&error)
                        && walk.is_beyond_first()
                        && restarts < RESTARTS
                        && !self.stream.key.is_empty() =>
                {
                    restarts += 1;
                    seen.is_again = true;
                }
                result => return result,
            }
        }
    }

    async fn read_on(
        &self,
        walk: &mut Walk<'_>,
        parent: Option<&str>,
        seen: &mut Seen,
        sink: &mut Sink<'_>,
    ) -> Result<Reading> {
        let (mut order, mut pages) = (DefaultHasher::new(), 0);
        while let Some(page) = walk.next().await? {
            pages += u32::from(!page.records.is_empty());
            self.take(page.records, parent, seen, &mut order, sink).await?;
            sink.page();
        }
        Ok(Reading { order: order.finish(), pages })
    }

    /// Takes a page's records that are to be taken.
    async fn take(
        &self,
        records: Vec<String>,
        parent: Option<&str>,
        seen: &mut Seen,
        order: &mut DefaultHasher,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let is_once = matches!(self.stream.write, Write::Replace | Write::ReplaceWindow) && !self.stream.key.is_empty();
        for mut record in records {
            if let Some(key) = parent {
                record = lens::with_member(&record, "_parent", key);
            }
            // what has no key is told by its content
            let key = sink.key_of(&record);
            let key = key.as_deref().filter(|key| !key.is_empty()).unwrap_or(&record);
            key.hash(order);
            let is_new = seen.add(key);
            if is_new || !(is_once || seen.is_again) {
                sink.take(&self.complete(record).await?)?;
            }
        }
        Ok(())
    }

    /// A list that is the stream's own; the hash of what it holds.
    pub(super) async fn list(&self, state: &mut State, sink: &mut Sink<'_>) -> Result<String> {
        if self.is_numbered() {
            state.walk = None;
            self.all(&self.values, None, &mut Seen::default(), sink).await?;
            return Ok(sink.landing.content_hash());
        }
        let oldest = self.now - RESUMES_WITHIN_HOURS.hours();
        let has_parts = sink.has_parts()?;
        state.walk.take_if(|walk| !has_parts || walk.started_at.is_none_or(|at| at < oldest));
        let mut restarts = 0;
        loop {
            let mut walk = self.walk(self.values.clone())?;
            let is_resumed = state.walk.as_ref().is_some_and(|interrupted| walk.resume(&interrupted.resume));
            match self.list_on(&mut walk, is_resumed, state, sink).await {
                Err(error) if is_gone(&error) && (is_resumed || walk.is_beyond_first()) && restarts < RESTARTS => {
                    restarts += 1;
                    state.walk = None;
                    sink.start_over();
                }
                result => return result,
            }
        }
    }

    /// The walk to its end, with checkpoints.
    async fn list_on(
        &self,
        walk: &mut Walk<'_>,
        is_resumed: bool,
        state: &mut State,
        sink: &mut Sink<'_>,
    ) -> Result<String> {
        let (mut seen, mut order, mut before) = (Seen::default(), DefaultHasher::new(), String::new());
        let mut started_at = Some(self.now);
        if let Some(interrupted) = state.walk.take().filter(|_| is_resumed) {
            started_at = interrupted.started_at;
            before = interrupted.hash.unwrap_or_default();
            sink.each_part_key(|key| {
                seen.add(key);
            })?;
        } else {
            sink.drop_parts()?;
        }
        while let Some(page) = walk.next().await? {
            self.take(page.records, None, &mut seen, &mut order, sink).await?;
            sink.page();
            if let Some(resume) = page.resume.filter(|_| sink.is_due()) {
                let hash = Some(chained(&before, &sink.landing.content_hash()));
                let walk = Some(Interrupted { resume, started_at, hash, ..Interrupted::default() });
                sink.commit_part(&State { walk, ..state.clone() })?;
            }
        }
        Ok(chained(&before, &sink.landing.content_hash()))
    }

    fn is_numbered(&self) -> bool {
        matches!(self.stream.paginate, Some(Paginate::Page { .. } | Paginate::Offset { .. }))
    }
}

fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The hash of what came before and what came since.
fn chained(before: &str, since: &str) -> String {
    if before.is_empty() {
        return since.to_owned();
    }
    let digest = Sha256::digest(format!("{before}\n{since}").as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
