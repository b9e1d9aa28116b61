//! Windows of time, each asked for by itself: days in steps, the last ones again with each pull. A window of which the API would
//! not give all is halved.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::contract::Record;
use super::manifest::{Format, Incremental, Write};
use super::since::mark_of;
use super::sink::Sink;
use super::state::State;
use super::stream::Reader;
use super::template::Values;
use super::walk::WhenFull;

/// Records remembered so that looking back does not land them again; those beyond it land twice, which their key undoes.
const REMEMBERED: usize = 50_000;

/// How a window is written into a request.
struct Asked<'a> {
    since: Option<&'a str>,
    until: Option<&'a str>,
    format: Format,
}

/// What is known of records that windows may bring again.
#[derive(Default)]
pub(super) struct Seen {
    /// By the pull before.
    before: HashSet<String>,
    known: HashSet<String>,
    /// Seen in windows that the next pull reads again.
    recent: Vec<String>,
}

impl Reader<'_> {
    /// Reads the days since the last pull, and those it looks back.
    pub(super) async fn windows(&self, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let Incremental::Window { step_days, lookback_days, monthly_lookback_days, .. } = &self.leading()?.incremental
        else {
            return Ok(());
        };
        let today = self.now.to_zoned(self.zone.clone()).date();
        let first = self.start.to_zoned(self.zone.clone()).date();
        let month = today.strftime("%Y-%m").to_string();
        let is_long_done = state.month.as_deref() == Some(&month);
        let longest = (*lookback_days).max(*monthly_lookback_days);
        let days = if is_long_done { *lookback_days } else { longest };
        let mut from = match state.through {
            Some(through) => through.min(today).checked_sub(days.days())?.max(first),
            None => first,
        };
        let end = today.tomorrow()?;
        let read_again = today.checked_sub(longest.days())?;
        let mut seen = Seen { before: state.recent.drain(..).collect(), ..Seen::default() };
        while from < end {
            let to = from.checked_add(step_days.days())?.min(end);
            self.window(from, to, &mut seen, sink).await?;
            seen.forget(to <= read_again);
            state.recent.clone_from(&seen.recent);
            state.through = Some(state.through.map_or(to, |through| through.max(to)).min(today));
            if to == end {
                state.month = Some(month.clone());
            }
            sink.commit(&state)?;
            from = to;
        }
        Ok(())
    }

    /// One window, written as the stream is: replaced as a whole, or what of it was not seen before.
    pub(super) async fn window(&self, from: Date, to: Date, seen: &mut Seen, sink: &mut Sink<'_>) -> Result<()> {
        let Incremental::Window { since_param, until_param, format, .. } = &self.leading()?.incremental else {
            return Ok(());
        };
        let asked = Asked { since: since_param.as_deref(), until: until_param.as_deref(), format: *format };
        if self.stream.write != Write::ReplaceWindow {
            return self.parts(from, to, &asked, Some(seen), sink).await;
        }
        sink.landing.set_window(from.to_string(), to.to_string());
        self.parts(from, to, &asked, None, sink).await?;
        sink.landing.append_nothing()
    }

    /// One window, in halves where it is too full.
    async fn parts(
        &self,
        from: Date,
        to: Date,
        asked: &Asked<'_>,
        mut seen: Option<&mut Seen>,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let mut values = self.values.clone();
        values.set("from", from.to_string());
        values.set("to", to.to_string());
        let mut parts = vec![(self.midnight(from)?, self.midnight(to)?)];
        while let Some((from, to)) = parts.pop() {
            if self.part(from, to, asked, &values, seen.as_deref_mut(), sink).await? {
                continue;
            }
            let middle = self.middle(from, to, asked)?;
            parts.push((middle, to));
            parts.push((from, middle));
        }
        Ok(())
    }

    /// Reads one part; `false` if the API does not give all of it, and nothing of it was kept that is not seen again.
    async fn part(
        &self,
        from: Timestamp,
        to: Timestamp,
        asked: &Asked<'_>,
        values: &Values,
        mut seen: Option<&mut Seen>,
        sink: &mut Sink<'_>,
    ) -> Result<bool> {
        let mut walk = self.walk(values.clone())?;
        if asked.since.is_some() {
            walk.when_full(WhenFull::End);
        }
        for (param, time) in [(asked.since, from), (asked.until, to)] {
            if let Some(param) = param {
                walk.set(param, &asked.format.write_in(time, &self.zone));
            }
        }
        // Replaced windows have no memory of what was landed: a part that turns out too full must leave nothing behind.
        let mut held = Vec::new();
        while let Some(page) = walk.next().await? {
            sink.page();
            match seen.as_deref_mut() {
                Some(seen) => {
                    let fresh = seen.fresh(page.records, sink);
                    self.receive(fresh, sink).await?;
                }
                None if asked.since.is_some() && self.leading()?.at_most().is_some() => held.extend(page.records),
                None => self.receive(page.records, sink).await?,
            }
        }
        if walk.is_full() {
            return Ok(false);
        }
        self.receive(held, sink).await?;
        Ok(true)
    }

    /// Where a window is cut: at a time that its parameters can say.
    fn middle(&self, from: Timestamp, to: Timestamp, asked: &Asked<'_>) -> Result<Timestamp> {
        let half = Timestamp::from_second(i64::midpoint(from.as_second(), to.as_second()))?;
        let middle = match asked.format {
            Format::Date => self.midnight(half.to_zoned(self.zone.clone()).date())?,
            _ => half,
        };
        ensure!(
            from < middle && middle < to,
            "more records between {from} and {to} than the API gives of one list, and no shorter window can be asked for"
        );
        Ok(middle)
    }

    pub(super) fn midnight(&self, day: Date) -> Result<Timestamp> {
        Ok(day.to_zoned(self.zone.clone())?.timestamp())
    }
}

impl Seen {
    /// What no window brings again, and what is too much to remember.
    fn forget(&mut self, all: bool) {
        if all {
            self.known.clear();
            self.recent.clear();
        }
        self.recent.sort_unstable();
        self.recent.dedup();
        self.recent.truncate(REMEMBERED);
    }

    /// The records of a page that were not seen before, as they are now.
    fn fresh(&mut self, records: Vec<Record>, sink: &Sink<'_>) -> Vec<Record> {
        let mut fresh = Vec::with_capacity(records.len());
        for record in records {
            let mark = mark_of(&sink.key_of(&record).unwrap_or_default(), &record);
            if !self.before.contains(&mark) && self.known.insert(mark.clone()) {
                fresh.push(record);
            }
            self.recent.push(mark);
        }
        fresh
    }
}
