//! One stream's pull: which walks it makes, and when what they found becomes the cursor.

use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::time::Instant;

use super::client::{Caller, Client};
use super::manifest::{Format, Incremental, Manifest, Parent, Stream, Write};
use super::sink::Sink;
use super::state::State;
use super::template::Values;
use super::walk::{Shape, Template, Walk};
use super::{lens, nested};

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
}

impl Reader<'_> {
    /// Pulls what is new since `state` into the sink.
    pub(super) async fn pull(&self, state: State, sink: &mut Sink<'_>) -> Result<()> {
        match &self.stream.incremental {
            Incremental::Full => self.full(state, sink).await,
            Incremental::Cursor { start_param, format, margin_seconds, whole_history } => {
                let latest = self.now - margin_seconds.seconds();
                let start = if *whole_history { Timestamp::UNIX_EPOCH } else { self.start.min(latest) };
                self.cursor(state, sink, start_param, *format, start, latest).await
            }
            Incremental::Since { .. } => self.since(state, sink).await,
            Incremental::Window { .. } => self.windows(state, sink).await,
            Incremental::ChangeFeed(feed) => self.change_feed(state, sink, feed).await,
            Incremental::Column(_) => bail!("incremental column is for queries"),
        }
    }

    /// Asks for one page as a first pull would, and lets it go; of a change feed, also for its newest changes.
    pub(super) async fn first_page(&self) -> Result<()> {
        let mut values = self.values.clone();
        if let Some(parent) = &self.stream.parent {
            let mut walk = self.walk_of(self.manifest.stream(&parent.stream)?, values.clone())?;
            let records = walk.next().await?.map(|page| page.records).unwrap_or_default();
            let Some(key) = records.first().and_then(|record| lens::plain_at(record, &parent.field)) else {
                return Ok(());
            };
            values.set("parent", key);
        }
        if matches!(self.stream.incremental, Incremental::Window { .. }) {
            let today = self.now.to_zoned(self.zone.clone()).date();
            values.set("from", today.to_string());
            values.set("to", today.tomorrow()?.to_string());
        }
        let mut walk = self.walk(values)?;
        match &self.stream.incremental {
            Incremental::Cursor { start_param, format, margin_seconds, .. } => {
                walk.start(start_param, &format.write(self.now - margin_seconds.seconds()));
            }
            Incremental::Since { param, format, from_start: true, .. } => walk.set(param, &format.write(self.start)),
            Incremental::ChangeFeed(changes) => {
                if let Some(feed) = &self.manifest.feed {
                    self.newest_change(feed, changes).await?;
                }
            }
            _ => {}
        }
        walk.next().await.map(|_| ())
    }

    pub(super) fn caller(&self) -> Caller<'_> {
        Caller {
            manifest: self.manifest,
            stream: self.stream,
            group: self.stream.group.as_deref(),
            deadline: self.deadline,
            requests: &self.requests,
        }
    }

    pub(super) fn walk(&self, values: Values) -> Result<Walk<'_>> {
        self.walk_of(self.stream, values)
    }

    fn walk_of<'b>(&'b self, stream: &'b Stream, values: Values) -> Result<Walk<'b>> {
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
    pub(super) async fn complete(&self, record: String) -> Result<String> {
        nested::complete(self.client, self.caller(), &self.stream.nested, record).await
    }

    /// Everything, landed only if it differs from the last time.
    async fn full(&self, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        match &self.stream.parent {
            None => self.all(self.values.clone(), None, sink).await?,
            Some(parent) => {
                for key in self.parent_keys(parent).await? {
                    let mut values = self.values.clone();
                    values.set("parent", lens::plain(&key).unwrap_or_default());
                    self.all(values, Some(&key), sink).await?;
                }
            }
        }
        let hash = format!("{}/{}", sink.landing.content_hash(), sink.quarantined);
        if state.hash.as_deref() == Some(&hash) {
            sink.discard();
        } else if self.stream.write == Write::Replace {
            sink.landing.append_nothing()?;
        }
        state.hash = Some(hash);
        state.listed_at = Some(self.now);
        sink.commit(&state)
    }

    async fn all(&self, values: Values, parent: Option<&str>, sink: &mut Sink<'_>) -> Result<()> {
        let mut walk = self.walk(values)?;
        while let Some(page) = walk.next().await? {
            for record in page.records {
                let record = self.complete(record).await?;
                match parent {
                    Some(key) => sink.take(&lens::with_member(&record, "_parent", key))?,
                    None => sink.take(&record)?,
                }
            }
            sink.page();
        }
        Ok(())
    }

    /// Keys of the parent stream's records, as JSON.
    async fn parent_keys(&self, parent: &Parent) -> Result<Vec<String>> {
        let stream = self.manifest.stream(&parent.stream)?;
        let mut walk = self.walk_of(stream, self.values.clone())?;
        let mut keys = Vec::new();
        while let Some(page) = walk.next().await? {
            for record in page.records {
                let key = lens::at(&record, &parent.field)
                    .filter(|key| lens::plain(key).is_some())
                    .with_context(|| format!("a record of {} has no {}", parent.stream, parent.field))?;
                keys.push(key.to_owned());
            }
        }
        Ok(keys)
    }

    /// On from the API's own cursor, which is oldest first: every page may become the cursor.
    async fn cursor(
        &self,
        mut state: State,
        sink: &mut Sink<'_>,
        start_param: &str,
        format: Format,
        start: Timestamp,
        latest: Timestamp,
    ) -> Result<()> {
        let mut walk = self.walk(self.values.clone())?;
        match &state.at {
            // Where the cursor is a time itself, it too must keep its distance from now.
            Some(at) if walk.is_cursor(start_param) => walk.set(start_param, &not_after(at, latest)),
            Some(at) => {
                walk.resume(at);
            }
            None => walk.start(start_param, &format.write(start)),
        }
        let result = async {
            while let Some(page) = walk.next().await? {
                for record in page.records {
                    let record = self.complete(record).await?;
                    sink.take(&record)?;
                }
                sink.page();
                state.at = page.resume.or(state.at.take());
                if sink.is_due() {
                    sink.commit(&state)?;
                }
            }
            Ok(())
        }
        .await;
        // What came before a failure is kept: the next pull goes on from there.
        sink.commit(&state)?;
        result
    }

    /// Windows of days, each replaced as a whole.
    async fn windows(&self, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let Incremental::Window { step_days, lookback_days, monthly_lookback_days } = self.stream.incremental else {
            return Ok(());
        };
        let today = self.now.to_zoned(self.zone.clone()).date();
        let first = self.start.to_zoned(self.zone.clone()).date();
        let month = today.strftime("%Y-%m").to_string();
        let days = if state.month.as_deref() == Some(&month) {
            lookback_days
        } else {
            lookback_days.max(monthly_lookback_days)
        };
        let mut from = match state.through {
            Some(through) => through.min(today).checked_sub(days.days())?.max(first),
            None => first,
        };
        let end = today.tomorrow()?;
        while from < end {
            let to = from.checked_add(step_days.days())?.min(end);
            self.window(from, to, sink).await?;
            state.through = Some(state.through.map_or(to, |through| through.max(to)).min(today));
            if to == end {
                state.month = Some(month.clone());
            }
            sink.commit(&state)?;
            from = to;
        }
        Ok(())
    }

    async fn window(&self, from: Date, to: Date, sink: &mut Sink<'_>) -> Result<()> {
        let mut values = self.values.clone();
        values.set("from", from.to_string());
        values.set("to", to.to_string());
        sink.landing.set_window(from.to_string(), to.to_string());
        self.all(values, None, sink).await?;
        sink.landing.append_nothing()
    }
}

impl Format {
    pub(super) fn write(self, time: Timestamp) -> String {
        match self {
            Format::Unix => time.as_second().to_string(),
            Format::Rfc3339 => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Format::Date => time.strftime("%Y-%m-%d").to_string(),
        }
    }

    /// Unix seconds of a field's text.
    pub(super) fn read(self, text: &str) -> Option<i64> {
        match self {
            Format::Unix => text.split('.').next()?.parse().ok(),
            Format::Rfc3339 => Some(text.parse::<Timestamp>().ok()?.as_second()),
            Format::Date => Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second()),
        }
    }
}

/// A cursor in Unix seconds, held back to a latest time; any other text is left alone.
fn not_after(cursor: &str, latest: Timestamp) -> String {
    cursor.parse::<i64>().map_or_else(|_| cursor.to_owned(), |at| at.min(latest.as_second()).to_string())
}
