//! History asked for again: a pull of a stretch of days with a state of its own, so that the stream's cursor stays where it is.
//!
//! It writes as the stream always does: windows replace their days, records of a key merge, what never changes is known again. What
//! can be asked from a date on is asked so; a stream that cannot says why. An interrupted stretch goes on where it stopped.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::landing::{self, Landing};
use super::manifest::{Format, Incremental, Kind, Manifest, Order, Stream};
use super::progress::{Board, Meter};
use super::rising::Rising;
use super::since::Bound;
use super::sink::{Names, Sink};
use super::source::{self, Counts, Open};
use super::state::State;
use super::stream::Reader;
use super::windows::Seen;
use super::{Chosen, Outcome, Request, StreamOutcome, chosen};
use crate::ledger::backfills::BackfillRow;

/// The days of history to read, both included; without a last one, up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First day, in the company's zone.
    pub from: Date,
    /// Last day.
    pub to: Option<Date>,
}

/// What would be asked of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Name of the source.
    pub source: String,
    /// Name of the stream.
    pub stream: String,
    /// What is asked, in words; or why it cannot be.
    pub what: Result<String, String>,
    /// Where an interrupted one goes on.
    pub goes_on: Option<String>,
}

/// How a stream's past can be asked for.
enum Way<'a> {
    /// Days in steps.
    Windows { step_days: i32 },
    /// A list with a lower bound.
    List { param: &'a str, field: &'a str, format: Format, field_format: Format, order: Order },
    /// An export from a time on, to the present.
    Export { start_param: &'a str },
}

fn way<'a>(manifest: &'a Manifest, stream: &'a Stream) -> Result<Way<'a>, String> {
    if manifest.kind == Kind::Sql && !matches!(stream.incremental, Incremental::Full) {
        return Err("`pull SOURCE --full` asks its query again from the start of history".into());
    }
    if manifest.kind == Kind::Singer {
        return Err(
            "the tap keeps its own place; `pull SOURCE --full` begins anew, from the source's start_date".into()
        );
    }
    if manifest.kind != Kind::Rest {
        let files = "it is read whole with every pull: nothing older is to be had";
        let others = "where it begins is its own affair: `pull SOURCE --full` reads all of it";
        return Err(if manifest.kind == Kind::Files { files } else { others }.into());
    }
    let leading = manifest.leading(stream).map_err(|error| error.to_string())?;
    match &leading.incremental {
        Incremental::Window { step_days, .. } => Ok(Way::Windows { step_days: *step_days }),
        Incremental::Since { param, field, format, field_format, order, .. } => {
            let field_format = field_format.unwrap_or(*format);
            Ok(Way::List { param, field, format: *format, field_format, order: *order })
        }
        Incremental::Cursor { start_param, .. } => Ok(Way::Export { start_param }),
        Incremental::ChangeFeed(changes) => match &changes.list_since {
            Some(list) => Ok(Way::List {
                param: &list.param,
                field: &list.field,
                format: Format::Unix,
                field_format: Format::Unix,
                order: Order::NewestFirst,
            }),
            None => Err("its list cannot be asked for from a date on; `pull SOURCE --full` reads all of it".into()),
        },
        Incremental::Full | Incremental::Column(_) => {
            Err("every pull reads the whole list: nothing older is to be had".into())
        }
    }
}

/// The stretch as moments and days.
#[derive(Clone, Copy)]
struct Days {
    from: Date,
    /// The day after the last.
    end: Date,
}

impl Days {
    fn of(stretch: Stretch, now: Timestamp, zone: &TimeZone) -> Result<Days> {
        let today = now.to_zoned(zone.clone()).date();
        Ok(Days { from: stretch.from, end: stretch.to.unwrap_or(today).min(today).tomorrow()? })
    }

    fn windows(self, step_days: i32) -> u64 {
        let days = self.from.until(self.end).map_or(0, |span| span.get_days());
        u64::try_from((days + step_days - 1) / step_days).unwrap_or(0)
    }
}

/// What a backfill would ask, stream by stream.
pub fn plan(request: &Request<'_>, stretch: Stretch) -> Result<Vec<Planned>> {
    let zone = TimeZone::get(&request.config.company.timezone)?;
    let mut planned = Vec::new();
    for Chosen { name, manifest, .. } in &chosen(request)? {
        for stream in &manifest.streams {
            let known = request.ledger.unfinished_backfill(name, &stream.name, stretch.from, stretch.to)?;
            let to = known.as_ref().map_or(stretch.to, |row| Some(row.to_on));
            let days = Days::of(Stretch { to, ..stretch }, request.now, &zone)?;
            let (from, last) = (days.from, days.end.yesterday()?);
            let what = way(manifest, stream).map(|way| match way {
                Way::Windows { step_days } => {
                    format!("{} windows of {step_days} days, {from} to {last}", days.windows(step_days))
                }
                Way::List { param, .. } => format!("its list with {param} = {from}, records up to {last}"),
                Way::Export { start_param } => format!("its export with {start_param} = {from}, on to the present"),
            });
            let goes_on = known.filter(|_| what.is_ok()).map(|row| goes_on(&row));
            planned.push(Planned { source: (*name).into(), stream: stream.name.clone(), what, goes_on });
        }
    }
    Ok(planned)
}

fn goes_on(row: &BackfillRow) -> String {
    let state = State::parse(row.state.as_deref()).unwrap_or_default();
    let done = match (state.through, &state.at, &state.walk) {
        (Some(through), ..) => format!("windows before {through} are done"),
        (None, Some(_), _) | (None, None, Some(_)) => "after the last page that was kept".to_owned(),
        (None, None, None) if state.newest.is_some() => "after the last page that was kept".to_owned(),
        _ => "at its beginning".to_owned(),
    };
    format!("begun {}: {done}", row.started_at.get(..10).unwrap_or_default())
}

/// Reads the stretch, source by source side by side. Streams that cannot are left out with the reason.
pub async fn backfill(request: &Request<'_>, stretch: Stretch) -> Result<Vec<StreamOutcome>> {
    let sources = chosen(request)?;
    let board = Board::new(request.progress);
    let pulls = sources.iter().map(|source| one_source(request, source, stretch, &board));
    let outcomes = futures_util::future::join_all(pulls).await;
    Ok(outcomes.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

async fn one_source(
    request: &Request<'_>,
    source: &Chosen<'_>,
    stretch: Stretch,
    board: &Board,
) -> Result<Vec<StreamOutcome>> {
    let (name, manifest) = (source.name, &source.manifest);
    let store = request.config.store();
    let able = manifest.streams.iter().filter(|stream| way(manifest, stream).is_ok());
    let all_fail = |why: &str| {
        let why = format!("source {name} ({}): {why}", manifest.name);
        able.clone().map(|stream| outcome(source, stream, &Counts::default(), Outcome::Failed(why.clone()))).collect()
    };
    let Some(_lock) = source::lock_soon(&store, name).await? else {
        return Ok(all_fail("another pull of this source is running"));
    };
    for stream in able.clone() {
        landing::sweep(&store, request.ledger, name, &stream.name)?;
    }
    let open = match source::open(request, source) {
        Ok(open) => open,
        Err(error) => return Ok(all_fail(&format!("{error:#}"))),
    };
    let streams = manifest.streams.iter().map(|stream| one_stream(&open, source, stream, stretch, board));
    let outcomes = futures_util::future::join_all(streams).await;
    outcomes.into_iter().collect()
}

async fn one_stream(
    open: &Open<'_>,
    source: &Chosen<'_>,
    stream: &Stream,
    stretch: Stretch,
    board: &Board,
) -> Result<StreamOutcome> {
    let (request, name, manifest) = (open.request, open.name, open.manifest);
    let (way, client) = match (way(manifest, stream), &open.client) {
        (Ok(way), Some(client)) => (way, client),
        (Err(why), _) => return Ok(outcome(source, stream, &Counts::default(), Outcome::Skipped(why))),
        (_, None) => anyhow::bail!("source {name} has no client"),
    };
    let (ledger, now) = (request.ledger, request.now);
    let row = ledger.open_backfill(name, &stream.name, stretch.from, stretch.to, today(open), now)?;
    let days = Days::of(Stretch { from: row.from_on, to: Some(row.to_on) }, now, &open.zone)?;
    let meter = board.meter(name, &stream.name);
    let began = Instant::now();
    let pull_id = ledger.start_backfill_pull(name, &stream.name, &now.to_string())?;
    let landing = Landing::new(&request.config.store(), name, &stream.name, pull_id, now, &manifest.limits)?;
    let names = Names { source: name, qualifier: open.qualifier, manifest, stream, pull_id, now };
    let mut sink = Sink::new(names, ledger, landing, &meter)?;
    sink.backfill = Some(row.backfill_id);
    let state = State::parse(row.state.as_deref()).context("a backfill's state cannot be read")?;
    let reader = open.reader(client, stream, &meter)?;
    let result = reader.stretch(&way, days, state, &mut sink, &meter).await;
    reader.say_warnings(&mut sink);
    let result = match result {
        Ok(()) => Outcome::Ok,
        Err(error) => Outcome::Failed(open.explain(stream, &format!("{error:#}"))),
    };
    let is_ok = result == Outcome::Ok;
    let requests = reader.requests.load(std::sync::atomic::Ordering::Relaxed);
    let message = if let Outcome::Failed(why) = &result { Some(why.as_str()) } else { None };
    let finished = now + Duration::from_millis(began.elapsed().as_millis() as u64);
    ledger.finish_backfill_pull(pull_id, &finished.to_string(), (sink.rows, requests), message)?;
    if is_ok {
        ledger.finish_backfill(row.backfill_id, now)?;
    }
    let counts = Counts {
        rows: sink.rows,
        quarantined: sink.quarantined,
        requests,
        warnings: sink.warnings.words(),
        notes: Vec::new(),
    };
    let outcome = outcome(source, stream, &counts, result);
    meter.done(&outcome);
    Ok(outcome)
}

fn today(open: &Open<'_>) -> Date {
    open.request.now.to_zoned(open.zone.clone()).date()
}

/// Being left out is not a failure of a backfill: it was said why.
fn outcome(source: &Chosen<'_>, stream: &Stream, counts: &Counts, result: Outcome) -> StreamOutcome {
    StreamOutcome { optional: true, ..source::outcome(source.name, &source.manifest, stream, counts, result) }
}

impl Reader<'_> {
    async fn stretch(
        &self,
        way: &Way<'_>,
        days: Days,
        mut state: State,
        sink: &mut Sink<'_>,
        meter: &Meter,
    ) -> Result<()> {
        let start = days.from.to_zoned(self.zone.clone())?.timestamp();
        match *way {
            Way::Windows { step_days } => {
                let all = days.windows(step_days);
                let mut from = state.through.unwrap_or(days.from);
                while from < days.end {
                    let to = from.checked_add(step_days.days())?.min(days.end);
                    self.window(from, to, &mut Seen::default(), sink).await?;
                    state.through = Some(to);
                    sink.commit(&state)?;
                    meter.parts(Days { end: to, ..days }.windows(step_days), all);
                    from = to;
                }
                Ok(())
            }
            Way::List { param, field, format, field_format, order } => {
                let end = days.end.to_zoned(self.zone.clone())?.timestamp();
                if order == Order::OldestFirst {
                    let before = Some(end.as_second());
                    let rising = Rising { param, format, field, field_format, lookback: 0, before };
                    let from = state.newest.unwrap_or(start.as_second());
                    return self.oldest_first(state, sink, &rising, Some(from)).await;
                }
                let bound = Bound {
                    param: Some((param, format.write(start))),
                    field,
                    format: field_format,
                    lookback: 0,
                    before: Some(end.as_second()),
                };
                self.newest_first(&mut state, sink, &bound).await?;
                sink.commit(&state)
            }
            Way::Export { .. } => self.cursor(state, sink, Some(start)).await,
        }
    }
}
