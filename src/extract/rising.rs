//! Lists by a lower bound in time, oldest first: each page may become the cursor. Where the API gives only so many records of one
//! list, the list is asked for again from the last time it showed.

use std::collections::HashSet;

use anyhow::Result;
use jiff::Timestamp;

use super::lens;
use super::manifest::Format;
use super::since::{Newest, mark_of};
use super::sink::Sink;
use super::state::State;
use super::stream::Reader;
use super::walk::{STUCK, WhenFull};

/// The lower bound of such a list.
pub(super) struct Rising<'a> {
    pub(super) param: &'a str,
    pub(super) format: Format,
    pub(super) field: &'a str,
    pub(super) field_format: Format,
    /// Seconds.
    pub(super) lookback: i64,
}

impl Reader<'_> {
    /// Reads from a second on, to the end.
    pub(super) async fn oldest_first(
        &self,
        mut state: State,
        sink: &mut Sink<'_>,
        rising: &Rising<'_>,
        mut from: Option<i64>,
    ) -> Result<()> {
        let mut known: HashSet<String> = state.recent.iter().cloned().collect();
        loop {
            let is_full = self.rise(&mut state, sink, rising, from, &mut known).await?;
            sink.commit(&state)?;
            if !is_full {
                return Ok(());
            }
            from = Some(later(from, state.newest, rising, sink));
        }
    }

    /// One list; whether it was longer than the API gives.
    async fn rise(
        &self,
        state: &mut State,
        sink: &mut Sink<'_>,
        rising: &Rising<'_>,
        from: Option<i64>,
        known: &mut HashSet<String>,
    ) -> Result<bool> {
        let mut walk = self.walk(self.values.clone())?;
        walk.when_full(WhenFull::EndAtBound);
        if let Some(from) = from {
            walk.set(rising.param, &rising.format.write(Timestamp::from_second(from)?));
        }
        let mut newest = Newest::new(state.newest, &state.recent, rising.lookback);
        while let Some(page) = walk.next().await? {
            let mut fresh = Vec::with_capacity(page.records.len());
            for record in page.records {
                let mark = mark_of(&sink.key_of(&record).unwrap_or_default(), &record);
                let time = lens::plain_at(&record, rising.field).and_then(|text| rising.field_format.read(&text));
                if let Some(time) = time {
                    newest.see(time, mark.clone());
                }
                if !known.contains(&mark) {
                    fresh.push(record);
                }
            }
            self.receive(fresh, sink).await?;
            sink.page();
            if sink.is_due() {
                newest = keep(state, newest, rising.lookback);
                sink.commit(state)?;
            }
        }
        keep(state, newest, rising.lookback);
        known.clone_from(&state.recent.iter().cloned().collect());
        Ok(walk.is_full())
    }
}

/// What a walk has seen becomes the cursor; it goes on from the same.
fn keep(state: &mut State, newest: Newest, lookback: i64) -> Newest {
    state.newest = newest.time;
    state.recent = newest.recent();
    Newest::new(state.newest, &state.recent, lookback)
}

/// Where a list that was too long is asked for again: a lookback before its last time, else at that time, else, where one
/// second holds more than the API gives, after it, with a counted warning.
fn later(from: Option<i64>, newest: Option<i64>, rising: &Rising<'_>, sink: &mut Sink<'_>) -> i64 {
    let before = from.unwrap_or(i64::MIN);
    let newest = newest.unwrap_or_default();
    let found = [newest - rising.lookback, newest].into_iter().find(|second| *second > before);
    found.unwrap_or_else(|| {
        sink.warnings.add(STUCK);
        before + 1
    })
}
