//! Lists by a lower bound in time. A newest-first walk cannot make its newest time the cursor before its end: what
//! an interrupted walk found waits beside the cursor.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::Result;
use jiff::Timestamp;

use super::lens;
use super::manifest::{Format, Incremental, Order};
use super::rising::Rising;
use super::sink::Sink;
use super::state::{Interrupted, State};
use super::stream::Reader;
use super::walk::Page;

/// The newest time of a walk, and the records near it.
pub(super) struct Newest {
    pub(super) time: Option<i64>,
    lookback: i64,
    near: Vec<(i64, String)>,
}

impl Newest {
    pub(super) fn new(time: Option<i64>, recent: &[String], lookback: i64) -> Newest {
        // How old the remembered ones are is not stored: they stay for as long as the newest time does not move on.
        let near = recent.iter().map(|mark| (time.unwrap_or_default(), mark.clone())).collect();
        Newest { time, lookback, near }
    }

    pub(super) fn see(&mut self, time: i64, mark: String) {
        self.time = self.time.max(Some(time));
        self.near.push((time, mark));
        if self.near.len() > 4096 {
            self.trim();
        }
    }

    /// Whether a record of that time is one to remember, as far as is known.
    fn is_near(&self, time: i64) -> bool {
        self.time.is_none_or(|newest| time >= newest - self.lookback)
    }

    /// Sees a record of a walk; whether it is to be taken: neither past the bound nor known from before.
    fn takes(&mut self, record: &str, bound: &Bound<'_>, known: &HashSet<String>, sink: &Sink<'_>) -> bool {
        let time = lens::first(record, bound.field).and_then(lens::plain);
        let time = time.and_then(|text| bound.format.read(&text));
        if bound.before.zip(time).is_some_and(|(before, time)| time >= before) {
            return false;
        }
        // a mark costs as much as a record: it is made where it may be asked for
        if known.is_empty() && !time.is_some_and(|time| self.is_near(time)) {
            return true;
        }
        let mark = mark_of(&sink.key_of(record).unwrap_or_default(), record);
        let is_known = known.contains(&mark);
        if let Some(time) = time {
            self.see(time, mark);
        }
        !is_known
    }

    fn trim(&mut self) {
        let from = self.time.unwrap_or_default() - self.lookback;
        self.near.retain(|(time, _)| *time >= from);
        self.near.sort_unstable();
        self.near.dedup_by(|a, b| a.1 == b.1);
    }

    /// Marks of the records within the lookback.
    pub(super) fn recent(mut self) -> Vec<String> {
        self.trim();
        let mut marks: Vec<String> = self.near.into_iter().map(|(_, mark)| mark).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

/// A record's key and content in short.
pub(super) fn mark_of(key: &str, record: &str) -> String {
    let mut hasher = DefaultHasher::new();
    record.hash(&mut hasher);
    format!("{key}#{:016x}", hasher.finish())
}

/// The lower bound of a walk and where it is written.
pub(super) struct Bound<'a> {
    pub(super) param: Option<(&'a str, String)>,
    pub(super) field: &'a str,
    pub(super) format: Format,
    pub(super) lookback: i64,
    /// Records of this time or later are left out, Unix seconds.
    pub(super) before: Option<i64>,
}

impl Reader<'_> {
    /// Records since the newest one seen.
    pub(super) async fn since(&self, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let leading = self.leading()?;
        let Incremental::Since { param, field, format, field_format, lookback_seconds, from_start, order } =
            &leading.incremental
        else {
            return Ok(());
        };
        let from = match state.newest {
            Some(newest) => Some(newest - lookback_seconds),
            None => from_start.then(|| self.start.as_second()),
        };
        let field_format = field_format.unwrap_or(*format);
        if *order == Order::OldestFirst {
            let rising =
                Rising { param, format: *format, field, field_format, lookback: *lookback_seconds, before: None };
            return self.oldest_first(state, sink, &rising, from).await;
        }
        let from = from.map(|second| Timestamp::from_second(second).map(|time| format.write(time))).transpose()?;
        let bound = Bound {
            param: from.map(|from| (param.as_str(), from)),
            field,
            format: field_format,
            lookback: *lookback_seconds,
            before: None,
        };
        let is_resumed = state.walk.is_some();
        self.newest_first(&mut state, sink, &bound).await?;
        sink.commit(&state)?;
        // what is newer than the start of a walk that was interrupted, maybe long ago
        if is_resumed { Box::pin(self.since(state, sink)).await } else { Ok(()) }
    }

    /// Walks the list down to its bound, with checkpoints.
    pub(super) async fn newest_first(&self, state: &mut State, sink: &mut Sink<'_>, bound: &Bound<'_>) -> Result<()> {
        let mut walk = self.walk(self.values.clone())?;
        if let Some((param, value)) = &bound.param {
            walk.set(param, value);
        }
        let known: HashSet<String> = state.recent.iter().cloned().collect();
        let mut newest = match &state.walk {
            Some(before) => Newest::new(before.newest, &before.recent, bound.lookback),
            None => Newest::new(state.newest, &state.recent, bound.lookback),
        };
        let mut interrupted = state.walk.clone().unwrap_or_default();
        if !interrupted.resume.is_empty() {
            walk.resume(&interrupted.resume);
        }
        while let Some(page) = walk.next().await? {
            let Page { mut records, resume, .. } = page;
            let work = async {
                records.retain(|record| newest.takes(record, bound, &known, sink));
                self.receive(records, sink).await
            };
            walk.meanwhile(work).await?;
            sink.page();
            if let Some(resume) = resume.filter(|_| sink.is_due()) {
                let recent = Newest::new(newest.time, &[], bound.lookback);
                let near = std::mem::replace(&mut newest, recent).recent();
                newest = Newest::new(newest.time, &near, bound.lookback);
                interrupted = Interrupted { resume, newest: newest.time, recent: near, ..interrupted };
                state.walk = Some(interrupted.clone());
                sink.commit(state)?;
            }
        }
        state.newest = newest.time;
        state.recent = newest.recent();
        state.walk = None;
        Ok(())
    }
}
