//! Rows by a column that grows, in its order: every query that is over may become the cursor, and the next one starts so far
//! back that rows of the same value are never left out. What was landed already is not landed again.

use std::collections::{HashSet, VecDeque};

use anyhow::{Context, Result, bail, ensure};
use arrow_array::RecordBatch;

use super::super::arrow::{self, Values as Written};
use super::super::feed::{self, Item, Out};
use super::super::lens;
use super::super::since::mark_of;
use super::super::sink::Sink;
use super::super::state::State;
use super::super::template::Values;
use super::driver::Session;
use super::position::Position;
use super::query::Query;
use super::{ByColumn, Job};

/// Rows that are remembered so as not to land them again; where more lie within the lookback, some do, which changes nothing.
const REMEMBERED: usize = 10_000;
/// A query may be asked for so many times its limit where all its rows have one value.
const TIMES: u32 = 1_000;

impl Job<'_> {
    pub(super) async fn by_column(&self, words: &ByColumn, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
        let after = match &state.at {
            Some(at) => {
                let at =
                    Position::parse(at).with_context(|| format!("its cursor {at:?} cannot be read; use --full"))?;
                at.back(words.lookback).text().context("its cursor lies at the beginning of time; use --full")?
            }
            None => words.first.clone().unwrap_or_else(|| self.start.to_string()),
        };
        let pages =
            Pages { words: words.clone(), values: self.values(), needed: self.needed(), rows: self.bounds.rows };
        let running = self.run(move |session, query, out| pages.read(session, query, after, out)).await?;
        let mut near = Near::new(&state, words.lookback);
        let pointer = format!("/{}", words.column.replace('~', "~0").replace('/', "~1"));
        let take = |item| {
            match item {
                Item::Row(record) => {
                    let mark = mark_of(&sink.key_of(&record).unwrap_or_default(), &record);
                    let position = lens::plain_at(&record, &pointer).and_then(|text| Position::parse(&text));
                    if near.is_new(position, mark) {
                        sink.take(record)?;
                    }
                }
                Item::Mark(at) => {
                    state.at = Some(at);
                    state.recent = near.marks();
                    sink.page();
                    if sink.is_due() {
                        sink.commit(&state)?;
                    }
                }
                item => feed::take(item, sink)?,
            }
            Ok(())
        };
        let result = running.drain(&self.bounds, take).await;
        // What came before a failure is kept: the next pull goes on from there.
        sink.commit(&state)?;
        result
    }
}

/// Query after query, each from where the last one ended.
struct Pages {
    words: ByColumn,
    values: Values,
    needed: Vec<String>,
    /// No further query is asked once so many rows came: the next pull goes on.
    rows: u64,
}

impl Pages {
    fn read(&self, session: &mut Session<'_>, query: &Query, mut after: String, out: &mut Out) -> Result<()> {
        let mut limit = self.words.limit;
        loop {
            let mut page = Page { column: &self.words.column, needed: &self.needed, last: None, rows: 0 };
            let mut values = self.values.clone();
            values.set("after", after.as_str());
            values.set("limit", limit.to_string());
            session.read(query, &values, |batch| page.take(batch, out))?;
            let Some(last) = page.last else {
                ensure!(page.rows == 0, "the column {} is null in every row", self.words.column);
                return Ok(());
            };
            let at = last.text().with_context(|| format!("{}: a value out of bounds", self.words.column))?;
            if page.rows < u64::from(limit) {
                return out.push(0, Item::Mark(at));
            }
            let next = last.back(0);
            let text = next.text().with_context(|| format!("{}: a value out of bounds", self.words.column))?;
            if text == after {
                // All rows have one value: only a larger query gets beyond it.
                limit = limit.saturating_mul(2);
                if limit / TIMES > self.words.limit {
                    bail!("more than {limit} rows have {} = {at}: they cannot be read in parts", self.words.column);
                }
                continue;
            }
            out.push(0, Item::Mark(at))?;
            if out.rows >= self.rows {
                return Ok(());
            }
            after = text;
            limit = self.words.limit;
        }
    }
}

/// One query's rows.
struct Page<'a> {
    column: &'a str,
    needed: &'a [String],
    last: Option<Position>,
    rows: u64,
}

impl Page<'_> {
    fn take(&mut self, batch: &RecordBatch, out: &mut Out) -> Result<()> {
        if self.rows == 0 {
            arrow::check(&batch.schema(), &self.needed.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        let column = batch.schema().index_of(self.column)?;
        for row in 0..batch.num_rows() {
            let text = arrow::text(batch, column, row);
            let Some(text) = text else { continue };
            let position = Position::parse(&text).with_context(|| {
                format!("{}: {text:?} is no time, date or whole number; cast it in the query", self.column)
            })?;
            if let Some(last) = self.last {
                match position.is_before(last) {
                    Some(false) => {}
                    Some(true) => bail!(
                        "the rows are not in the order of {0}: end the query with order by {0} limit …",
                        self.column
                    ),
                    None => bail!("{} holds values of different kinds", self.column),
                }
            }
            self.last = Some(position);
        }
        self.rows += batch.num_rows() as u64;
        arrow::write(batch, Written::Typed, "", out)
    }
}

/// The rows around the cursor that have landed.
struct Near {
    known: HashSet<String>,
    order: VecDeque<(Option<Position>, String)>,
    lookback: u32,
}

impl Near {
    fn new(state: &State, lookback: u32) -> Near {
        // How old the remembered ones are is not stored: they stay for as long as the newest value does not move on.
        let at = state.at.as_deref().and_then(Position::parse);
        Near {
            known: state.recent.iter().cloned().collect(),
            order: state.recent.iter().map(|mark| (at, mark.clone())).collect(),
            lookback,
        }
    }

    /// Whether a row has not landed; from now on it has.
    fn is_new(&mut self, position: Option<Position>, mark: String) -> bool {
        if !self.known.insert(mark.clone()) {
            return false;
        }
        self.order.push_back((position, mark));
        let from = position.map(|position| position.back(self.lookback));
        while let Some((oldest, mark)) = self.order.front() {
            let is_old = matches!((oldest, from), (Some(oldest), Some(from)) if oldest.is_before(from) == Some(true));
            if !is_old && self.order.len() <= REMEMBERED {
                break;
            }
            self.known.remove(mark);
            self.order.pop_front();
        }
        true
    }

    fn marks(&self) -> Vec<String> {
        self.order.iter().map(|(_, mark)| mark.clone()).collect()
    }
}
