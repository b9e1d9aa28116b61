//! One stream's pull: which walks it makes, and when what they found becomes the cursor.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::time::Instant;

use super::client::{Caller, Client};
use super::contract::Record;
use super::manifest::{Format, Incremental, Manifest, Stream, Write};
use super::progress::Meter;
use super::sink::Sink;
use super::state::State;
use super::template::Values;
use super::walk::{Once, STUCK, Shape, Template, Walk, is_numbered};
use super::warnings::Warnings;
use super::{lens, nested};

/// Records that wait, their nested lists read, until they are taken together.
const COMPLETE_BYTES: usize = 1 << 20;

/// Everything a stream's pull needs to know.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) manifest: &'a Manifest,
    pub(super) stream: &'a Stream,
    /// Text of the stream's `sql` file.
    pub(super) sql: Option<String>,
    pub(super) values: Values,
    /// First moment of history.
    pub(super) start: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
    pub(super) deadline: Instant,
    pub(super) requests: AtomicU64,
    pub(super) meter: &'a Meter,
    pub(super) warnings: Mutex<Warnings>,
    /// Records of a list by number whose lists were read.
    pub(super) once: Mutex<Once>,
}

impl Reader<'_> {
    /// Pulls what is new since `state` into the sink.
    pub(super) async fn pull(&self, state: State, sink: &mut Sink<'_>) -> Result<()> {
        match &self.leading()?.incremental {
            Incremental::Full => self.full(state, sink).await,
            Incremental::Cursor { .. } => self.cursor(state, sink, None).await,
            Incremental::Since { .. } => self.since(state, sink).await,
            Incremental::Window { .. } => self.windows(state, sink).await,
            Incremental::ChangeFeed(feed) => self.change_feed(state, sink, feed).await,
            Incremental::Column(_) => bail!("incremental column is for queries"),
        }
    }

    /// Hands on what must be said although it went well.
    pub(super) fn say_warnings(&self, sink: &mut Sink<'_>) {
        let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        warnings.words().iter().for_each(|words| sink.warnings.add(words));
    }

    /// Asks for one page as a first pull would, and lets it go; of a change feed, also for its newest changes.
    pub(super) async fn first_page(&self) -> Result<()> {
        let mut values = self.values.clone();
        if let Some(parent) = &self.stream.parent {
            let of = self.manifest.stream(&parent.stream)?;
            let mut walk = self.first_walk(of, values.clone())?;
            let records = walk.next().await?.map(|page| page.records).unwrap_or_default();
            let Some(key) = records.first().and_then(|record| lens::plain_at(record, &parent.field)) else {
                return Ok(());
            };
            values.set("parent", key);
        }
        if let (Incremental::ChangeFeed(changes), Some(feed)) = (&self.stream.incremental, &self.manifest.feed) {
            self.newest_change(feed, changes).await?;
        }
        self.first_walk(self.stream, values)?.next().await.map(|_| ())
    }

    /// A list as a first pull asks for it; of windows, today's.
    fn first_walk<'b>(&'b self, stream: &'b Stream, mut values: Values) -> Result<Walk<'b>> {
        let today = self.now.to_zoned(self.zone.clone()).date();
        let (from, to) = (self.midnight(today)?, self.midnight(today.tomorrow()?)?);
        if matches!(stream.incremental, Incremental::Window { .. }) {
            values.set("from", today.to_string());
            values.set("to", today.tomorrow()?.to_string());
        }
        let mut walk = self.walk_of(stream, values)?;
        match &stream.incremental {
            Incremental::Cursor { start_param, format, margin_seconds, .. } => {
                walk.start(start_param, &format.write(self.now - margin_seconds.seconds()));
            }
            Incremental::Since { param, format, from_start: true, .. } => walk.set(param, &format.write(self.start)),
            Incremental::Window { since_param, until_param, format, .. } => {
                for (param, time) in [(since_param, from), (until_param, to)] {
                    if let Some(param) = param {
                        walk.set(param, &format.write_in(time, &self.zone));
                    }
                }
            }
            _ => {}
        }
        Ok(walk)
    }

    pub(super) fn caller(&self) -> Caller<'_> {
        Caller {
            manifest: self.manifest,
            stream: self.stream,
            group: self.stream.group.as_deref(),
            deadline: self.deadline,
            requests: &self.requests,
            meter: self.meter,
            warnings: &self.warnings,
        }
    }

    /// The stream whose list says what is new.
    pub(super) fn leading(&self) -> Result<&Stream> {
        self.manifest.leading(self.stream)
    }

    /// A walk through the list that says what is new.
    pub(super) fn walk(&self, values: Values) -> Result<Walk<'_>> {
        self.walk_of(self.leading()?, values)
    }

    pub(super) fn walk_of<'b>(&'b self, stream: &'b Stream, values: Values) -> Result<Walk<'b>> {
        let template = Template {
            method: stream.method,
            path: &stream.path,
            params: &stream.params,
            body: stream.body.as_ref(),
            sql: self.sql.as_deref(),
        };
        Walk::new(self.client, self.caller(), template, Shape::of(stream), values)
    }

    /// The record with its nested lists read to their ends.
    pub(super) async fn complete(&self, record: Record) -> Result<Record> {
        nested::complete(self.client, self.caller(), &self.stream.nested, record).await
    }

    /// Everything, landed only if it differs from the last time.
    async fn full(&self, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let content = match &self.stream.parent {
            None => self.list(&mut state, sink).await?,
            Some(parent) => {
                self.all_children(parent, sink).await?;
                sink.landing.content_hash()
            }
        };
        let hash = format!("{content}/{}", sink.refused());
        if state.hash.as_deref() == Some(&hash) {
            sink.discard();
            sink.drop_parts()?;
        } else if self.stream.write == Write::Replace {
            sink.landing.append_nothing()?;
        }
        state.hash = Some(hash);
        state.listed_at = Some(self.now);
        sink.commit_whole(&state)
    }

    /// Takes records of the list that says what is new: themselves, completed, or the lists of which they are the parents.
    pub(super) async fn receive(&self, mut records: Vec<Record>, sink: &mut Sink<'_>) -> Result<()> {
        self.leave_known(&mut records)?;
        if let Some(parent) = self.stream.parent.as_ref().filter(|parent| parent.changed) {
            return self.children_of(parent, &records, sink).await;
        }
        if self.stream.nested.is_empty() {
            return sink.take_page(records).await;
        }
        // with its lists a record may be many times what it was: not all of a page wait for each other
        let (mut complete, mut bytes) = (Vec::new(), 0);
        for record in records {
            let record = self.complete(record).await?;
            bytes += record.len();
            complete.push(record);
            if bytes >= COMPLETE_BYTES {
                sink.take_page(std::mem::take(&mut complete)).await?;
                bytes = 0;
            }
        }
        sink.take_page(complete).await
    }

    /// A list by number is read more than once: what hangs on its records is asked for once.
    fn leave_known(&self, records: &mut Vec<Record>) -> Result<()> {
        let leading = self.leading()?;
        let is_asked = !self.stream.nested.is_empty() || self.stream.parent.is_some();
        if is_asked && !leading.key.is_empty() && leading.paginate.as_ref().is_some_and(is_numbered) {
            let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
            records.retain(|record| once.add(record));
        }
        Ok(())
    }

    /// On from the API's own cursor, which is oldest first: every page may become the cursor. Without one it starts at `from`, or
    /// where the stream's history does.
    pub(super) async fn cursor(&self, mut state: State, sink: &mut Sink<'_>, from: Option<Timestamp>) -> Result<()> {
        let leading = self.leading()?;
        let Incremental::Cursor { start_param, format, margin_seconds, whole_history, step_seconds } =
            &leading.incremental
        else {
            return Ok(());
        };
        let latest = self.now - margin_seconds.seconds();
        let start = match from {
            Some(from) => from.min(latest),
            None if *whole_history => Timestamp::UNIX_EPOCH,
            None => self.start.min(latest),
        };
        let mut walk = self.walk(self.values.clone())?;
        walk.step_when_stuck(*step_seconds);
        match &state.at {
            // Where the cursor is a time itself, it too must keep its distance from now.
            Some(at) if walk.is_cursor(start_param) => walk.set(start_param, &not_after(at, latest)),
            at => {
                walk.start(start_param, &format.write(start));
                if let Some(at) = at {
                    walk.resume(at);
                }
            }
        }
        let result = async {
            while let Some(page) = walk.next().await? {
                walk.meanwhile(self.receive(page.records, sink)).await?;
                sink.page();
                state.at = page.resume.or(state.at.take());
                if sink.is_due() {
                    sink.commit(&state)?;
                }
            }
            Ok(())
        }
        .await;
        sink.warnings.count(STUCK, walk.stuck);
        // What came before a failure is kept: the next pull goes on from there.
        sink.commit(&state)?;
        result
    }
}

impl Format {
    pub(super) fn write(self, time: Timestamp) -> String {
        match self {
            Format::Unix => time.as_second().to_string(),
            Format::UnixMs => time.as_millisecond().to_string(),
            Format::Rfc3339 => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Format::Date => time.strftime("%Y-%m-%d").to_string(),
        }
    }

    /// The same, for whom days are those of a zone.
    pub(super) fn write_in(self, time: Timestamp, zone: &TimeZone) -> String {
        match self {
            Format::Date => time.to_zoned(zone.clone()).date().to_string(),
            other => other.write(time),
        }
    }

    /// Unix seconds of a field's text.
    pub(super) fn read(self, text: &str) -> Option<i64> {
        match self {
            Format::Unix => text.split('.').next()?.parse().ok(),
            Format::UnixMs => Some(text.split('.').next()?.parse::<i64>().ok()? / 1000),
            Format::Rfc3339 => Some(text.parse::<Timestamp>().ok()?.as_second()),
            Format::Date => Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second()),
        }
    }
}

/// A cursor in Unix seconds, held back to a latest time; any other text is left alone.
fn not_after(cursor: &str, latest: Timestamp) -> String {
    cursor.parse::<i64>().map_or_else(|_| cursor.to_owned(), |at| at.min(latest.as_second()).to_string())
}
