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
use super::walk::{STUCK, WhenFull, is_numbered};

/// Seconds of a day, as dates are written.
const DAY: i64 = 86_400;

/// The lower bound of such a list.
pub(super) struct Rising<'a> {
    pub(super) param: &'a str,
    pub(super) format: Format,
    pub(super) field: &'a str,
    pub(super) field_format: Format,
    /// Seconds.
    pub(super) lookback: i64,
    /// Records of this time or later are left out, and the list is read no further. Unix seconds.
    pub(super) before: Option<i64>,
}

impl Rising<'_> {
    fn written(&self, second: i64) -> Result<String> {
        Ok(self.format.write(Timestamp::from_second(second)?))
    }
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
            from = Some(later(from, state.newest, rising, sink)?);
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
            walk.set(rising.param, &rising.written(from)?);
        }
        let mut newest = Newest::new(state.newest, &state.recent, rising.lookback);
        // a list by number is read again to see that nothing slid from page to page
        let is_by_number = self.leading()?.paginate.as_ref().is_some_and(is_numbered);
        let mut is_past = false;
        while let Some(page) = walk.next().await? {
            let mut fresh = Vec::with_capacity(page.records.len());
            for record in page.records {
                let time = lens::plain_at(&record, rising.field).and_then(|text| rising.field_format.read(&text));
                if rising.before.zip(time).is_some_and(|(before, time)| time >= before) {
                    is_past = true;
                    continue;
                }
                let mark = mark_of(&sink.key_of(&record).unwrap_or_default(), &record);
                if let Some(time) = time {
                    newest.see(time, mark.clone());
                }
                if !known.contains(&mark) {
                    fresh.push(record);
                }
            }
            self.receive(fresh, sink).await?;
            sink.page();
            if is_past && !is_by_number {
                break;
            }
            if sink.is_due() {
                newest = keep(state, newest, rising.lookback);
                sink.commit(state)?;
            }
        }
        keep(state, newest, rising.lookback);
        known.clone_from(&state.recent.iter().cloned().collect());
        Ok(walk.is_full() && !is_past)
    }
}

/// What a walk has seen becomes the cursor; it goes on from the same.
fn keep(state: &mut State, newest: Newest, lookback: i64) -> Newest {
    state.newest = newest.time;
    state.recent = newest.recent();
    Newest::new(state.newest, &state.recent, lookback)
}

/// Where a list that was too long is asked for again: a lookback before its last time, else at that time, else, where one second
/// (or one day, where days are asked for) holds more than the API gives, after it, with a counted warning. It must not be asked the
/// same again.
fn later(from: Option<i64>, newest: Option<i64>, rising: &Rising<'_>, sink: &mut Sink<'_>) -> Result<i64> {
    let newest = newest.unwrap_or_default();
    let Some(before) = from else { return Ok(newest - rising.lookback) };
    let asked = rising.written(before)?;
    for second in [newest - rising.lookback, newest] {
        if second > before && rising.written(second)? != asked {
            return Ok(second);
        }
    }
    if rising.format != Format::Date {
        sink.warnings.add(STUCK);
        return Ok(before + 1);
    }
    sink.warnings.add(&STUCK.replace("second", "day"));
    Ok(before - before.rem_euclid(DAY) + DAY)
}
