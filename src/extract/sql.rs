//! Queries on a database, through an ADBC driver: run where the data is, their rows landed as they come.
//!
//! A driver blocks, so that it works on a thread of its own (`feed`); what takes too long is cancelled there. Nothing is ever
//! written to the database, and a value is bound to the query, never written into it.

mod address;
mod by_column;
mod driver;
mod position;
mod query;

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::sync::SemaphorePermit;

pub(super) use self::driver::Database;
use self::driver::{Cancel, Session};
use self::query::Query;
use super::arrow::{self, Values as Written};
use super::feed::{self, Bounds, Feed, Item, Out};
use super::manifest::{ByColumn, Incremental, Stream, Write, check_placeholders};
use super::sink::Sink;
use super::state::State;
use super::template::Values;

/// One stream's pull.
pub(super) struct Job<'a> {
    pub(super) database: &'a Database,
    pub(super) stream: &'a Stream,
    /// The query as it was written.
    pub(super) text: String,
    pub(super) values: &'a Values,
    /// First moment of history.
    pub(super) start: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
    pub(super) bounds: Bounds,
}

/// A query under way. What is given up is cancelled.
struct Running<'a> {
    feed: Feed<()>,
    cancel: Cancel,
    is_over: bool,
    /// One of the source's connections at once.
    _slot: SemaphorePermit<'a>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.cancel.stop();
        }
    }
}

impl Job<'_> {
    /// Lands what is new since `state`.
    pub(super) async fn pull(&self, state: State, sink: &mut Sink<'_>) -> Result<()> {
        check_placeholders(&self.text, &self.stream.incremental)?;
        match &self.stream.incremental {
            Incremental::Column(words) => self.by_column(words, state, sink).await,
            Incremental::Window { step_days, lookback_days, monthly_lookback_days, .. } => {
                self.windows([*step_days, *lookback_days, *monthly_lookback_days], state, sink).await
            }
            _ => self.full(state, sink).await,
        }
    }

    /// Connects and has the query prepared: whether it can be asked, and whether its columns are those that are needed.
    pub(super) async fn check(&self) -> Result<()> {
        check_placeholders(&self.text, &self.stream.incremental)?;
        let mut values = self.values();
        let today = self.now.to_zoned(self.zone.clone()).date().to_string();
        for (name, value) in [("from", today.as_str()), ("to", &today), ("limit", "0")] {
            values.set(name, value);
        }
        if let Incremental::Column(words) = &self.stream.incremental {
            values.set("after", words.first.clone().unwrap_or_else(|| self.start.to_string()));
        }
        let needed = self.needed();
        let running = self.run(move |session, query, _| {
            let schema = session.schema(query, &values)?;
            arrow::check(&schema, &needed.iter().map(String::as_str).collect::<Vec<_>>())
        });
        running.await?.drain(&self.bounds, |_| Ok(())).await
    }

    /// Everything, landed only if it differs from the last time.
    async fn full(&self, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let (values, needed) = (self.values(), self.needed());
        let running = self.run(move |session, query, out| whole(session, query, &values, &needed, out)).await?;
        let mut rows = 0;
        running.drain(&self.bounds, |item| self.count(&mut rows).and_then(|()| feed::take(item, sink))).await?;
        let hash = format!("{}/{}", sink.landing.content_hash(), sink.refused());
        if state.hash.as_deref() == Some(&hash) {
            sink.discard();
        } else if self.stream.write == Write::Replace {
            sink.landing.append_nothing()?;
        }
        state.hash = Some(hash);
        state.listed_at = Some(self.now);
        sink.commit(&state)
    }

    /// Days, each stretch of them replaced as a whole.
    async fn windows(&self, words: [i32; 3], mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let today = self.now.to_zoned(self.zone.clone()).date();
        let days = self.days(words, today, &state)?;
        let month = today.strftime("%Y-%m").to_string();
        let end = days.last().map(|(_, to)| to.to_string());
        let (values, needed) = (self.values(), self.needed());
        let running = self.run(move |session, query, out| {
            for (from, to) in days {
                let (from, to) = (from.to_string(), to.to_string());
                let mut values = values.clone();
                values.set("from", from.as_str());
                values.set("to", to.as_str());
                out.push(0, Item::Window { from, to: to.clone() })?;
                whole(session, query, &values, &needed, out)?;
                out.push(0, Item::Mark(to))?;
            }
            Ok(())
        });
        let mut rows = 0;
        let take = |item| {
            match item {
                Item::Window { from, to } => sink.landing.set_window(from, to),
                Item::Mark(to) => {
                    sink.landing.append_nothing()?;
                    if end.as_ref() == Some(&to) {
                        state.month = Some(month.clone());
                    }
                    let to: Date = to.parse()?;
                    state.through = Some(state.through.map_or(to, |through| through.max(to)).min(today));
                    sink.commit(&state)?;
                }
                item => {
                    self.count(&mut rows)?;
                    feed::take(item, sink)?;
                }
            }
            Ok(())
        };
        running.await?.drain(&self.bounds, take).await
    }

    /// The stretches to read: on from the last time less what is looked back, to the end of today.
    fn days(&self, [step, lookback, monthly]: [i32; 3], today: Date, state: &State) -> Result<Vec<(Date, Date)>> {
        let first = self.start.to_zoned(self.zone.clone()).date();
        let is_done = state.month.as_deref() == Some(today.strftime("%Y-%m").to_string().as_str());
        let back = if is_done { lookback } else { lookback.max(monthly) };
        let mut from = match state.through {
            Some(through) => through.min(today).checked_sub(back.days())?.max(first),
            None => first,
        };
        let (end, mut days) = (today.tomorrow()?, Vec::new());
        while from < end {
            let to = from.checked_add(step.days())?.min(end);
            days.push((from, to));
            from = to;
        }
        Ok(days)
    }

    fn values(&self) -> Values {
        let mut values = self.values.clone();
        values.set("start", self.start.to_string());
        values
    }

    /// Columns that the stream relies on.
    fn needed(&self) -> Vec<String> {
        let required = self.stream.required.iter().filter(|(_, kind)| !kind.nullable).map(|(pointer, _)| pointer);
        let columns = required.chain(&self.stream.key).filter_map(|pointer| pointer.split('/').nth(1));
        let by = match &self.stream.incremental {
            Incremental::Column(words) => Some(words.column.clone()),
            _ => None,
        };
        columns.map(|column| column.replace("~1", "/").replace("~0", "~")).chain(by).collect()
    }

    fn count(&self, rows: &mut u64) -> Result<()> {
        *rows += 1;
        anyhow::ensure!(*rows <= self.bounds.rows, "more than {} rows (limits: rows)", self.bounds.rows);
        Ok(())
    }

    /// Connects on a thread of its own and works there.
    async fn run(
        &self,
        work: impl FnOnce(&mut Session<'_>, &Query, &mut Out) -> Result<()> + Send + 'static,
    ) -> Result<Running<'_>> {
        let query = Query::parse(&self.text, self.database.access.parameters)?;
        // A name that is unknown is a mistake of the manifest: said before anything is asked.
        let mut values = self.values();
        for name in ["after", "from", "to", "limit"] {
            values.set(name, "0");
        }
        query.bind(&values)?;
        let slot = self.database.slots.acquire().await?;
        let (access, cancel) = (Arc::clone(&self.database.access), Cancel::default());
        let stop = cancel.clone();
        let mut feed = feed::feed(move |out| {
            let mut session = access.connect(stop)?;
            out.ready()?;
            work(&mut session, &query, out)
        })?;
        feed.ready(&self.bounds, self.database.connect).await.context("the database")?;
        Ok(Running { feed, cancel, is_over: false, _slot: slot })
    }
}

impl Running<'_> {
    /// Hands on what comes, to the end.
    async fn drain(mut self, bounds: &Bounds, mut each: impl FnMut(Item) -> Result<()>) -> Result<()> {
        while let Some(batch) = self.feed.next(bounds).await? {
            batch.into_iter().try_for_each(&mut each)?;
        }
        self.is_over = true;
        self.feed.end().await
    }
}

/// All rows of a query.
fn whole(session: &mut Session<'_>, query: &Query, values: &Values, needed: &[String], out: &mut Out) -> Result<()> {
    let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
    let mut is_checked = false;
    session.read(query, values, |batch| {
        if !is_checked {
            arrow::check(&batch.schema(), &needed)?;
            is_checked = true;
        }
        arrow::write(batch, Written::Typed, "", out)
    })
}
