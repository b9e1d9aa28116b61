//! History asked for again: a pull of a stretch of days with a state of its own, so that the stream's cursor stays where it is.
//!
//! It writes as the stream always does: windows replace their days, records of a key merge, what never changes is known again. What
//! can be asked from a date on is asked so; a stream that cannot says why. An interrupted stretch goes on where it stopped.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::landing::{self, Landing};
use super::manifest::{Format, Incremental, Kind, Manifest, Stream};
use super::progress::{Board, Meter};
use super::since::Bound;
use super::sink::{Names, Sink};
use super::source::{self, Open};
use super::state::State;
use super::stream::Reader;
use super::{Catalog, Outcome, Request, StreamOutcome, wanted};
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
    List { param: &'a str, field: &'a str, format: Format, field_format: Format },
    /// An export from a time on, to the present.
    Export { start_param: &'a str, format: Format, margin_seconds: i64 },
}

fn way<'a>(manifest: &Manifest, stream: &'a Stream) -> Result<Way<'a>, String> {
    if manifest.kind != Kind::Rest {
        return Err("it is read whole with every pull: nothing older is to be had".into());
    }
    match &stream.incremental {
        Incremental::Window { step_days, .. } => Ok(Way::Windows { step_days: *step_days }),
        Incremental::Since { param, field, format, field_format, .. } => {
            Ok(Way::List { param, field, format: *format, field_format: field_format.unwrap_or(*format) })
        }
        Incremental::Cursor { start_param, format, margin_seconds, .. } => {
            Ok(Way::Export { start_param, format: *format, margin_seconds: *margin_seconds })
        }
        Incremental::ChangeFeed(changes) => match &changes.list_since {
            Some(list) => Ok(Way::List {
                param: &list.param,
                field: &list.field,
                format: Format::Unix,
                field_format: Format::Unix,
            }),
            None => Err("its list cannot be asked for from a date on; `pull SOURCE --full` reads all of it".into()),
        },
        Incremental::Full => Err("every pull reads the whole list: nothing older is to be had".into()),
        #[allow(unreachable_patterns, reason = "kinds that only some manifests have")]
        _ => Err("its history cannot be asked for by date".into()),
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
    for (name, manifest) in sources(request)?.iter() {
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
                Way::Export { start_param, .. } => format!("its export with {start_param} = {from}, on to the present"),
            });
            let goes_on = known.filter(|_| what.is_ok()).map(|row| goes_on(&row));
            planned.push(Planned { source: (*name).clone(), stream: stream.name.clone(), what, goes_on });
        }
    }
    Ok(planned)
}

fn goes_on(row: &BackfillRow) -> String {
    let state = State::parse(row.state.as_deref()).unwrap_or_default();
    let done = match (state.through, &state.at, &state.walk) {
        (Some(through), ..) => format!("windows before {through} are done"),
        (None, Some(_), _) | (None, None, Some(_)) => "after the last page that was kept".to_owned(),
        _ => "at its beginning".to_owned(),
    };
    format!("begun {}: {done}", row.started_at.get(..10).unwrap_or_default())
}

/// Reads the stretch, source by source side by side. Streams that cannot are left out with the reason.
pub async fn backfill(request: &Request<'_>, stretch: Stretch) -> Result<Vec<StreamOutcome>> {
    let catalog_sources = sources(request)?;
    let board = Board::new(request.progress);
    let pulls = catalog_sources.iter().map(|(name, manifest)| one_source(request, name, manifest, stretch, &board));
    let outcomes = futures_util::future::join_all(pulls).await;
    Ok(outcomes.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn sources<'a>(request: &Request<'a>) -> Result<BTreeMap<&'a String, Manifest>> {
    let config = request.config;
    let catalog = Catalog::load(config.store.manifests.as_ref().map(|path| config.resolve(path)).as_deref())?;
    let mut found = BTreeMap::new();
    for name in wanted(request)? {
        let manifest = catalog.get(&config.sources[name].manifest).with_context(|| format!("[sources.{name}]"))?;
        found.insert(name, manifest.clone());
    }
    Ok(found)
}

async fn one_source(
    request: &Request<'_>,
    name: &str,
    manifest: &Manifest,
    stretch: Stretch,
    board: &Board,
) -> Result<Vec<StreamOutcome>> {
    let store = request.config.store();
    let able = manifest.streams.iter().filter(|stream| way(manifest, stream).is_ok());
    let all_fail = |why: &str| {
        let why = format!("source {name} ({}): {why}", manifest.name);
        able.clone().map(|stream| outcome(name, manifest, stream, (0, 0, 0), Outcome::Failed(why.clone()))).collect()
    };
    let Some(_lock) = source::lock(&store, name)? else {
        return Ok(all_fail("another pull of this source is running"));
    };
    for stream in able.clone() {
        landing::sweep(&store, request.ledger, name, &stream.name)?;
    }
    let open = match source::open(request, name, manifest) {
        Ok(open) => open,
        Err(error) => return Ok(all_fail(&format!("{error:#}"))),
    };
    let streams = manifest.streams.iter().map(|stream| one_stream(&open, stream, stretch, board));
    futures_util::future::join_all(streams).await.into_iter().collect()
}

async fn one_stream(open: &Open<'_>, stream: &Stream, stretch: Stretch, board: &Board) -> Result<StreamOutcome> {
    let (request, name, manifest) = (open.request, open.name, open.manifest);
    let (way, client) = match (way(manifest, stream), &open.client) {
        (Ok(way), Some(client)) => (way, client),
        (Err(why), _) => return Ok(outcome(name, manifest, stream, (0, 0, 0), Outcome::Skipped(why))),
        (_, None) => anyhow::bail!("source {name} has no client"),
    };
    let (ledger, now) = (request.ledger, request.now);
    let row = ledger.open_backfill(name, &stream.name, stretch.from, stretch.to, today(open), now)?;
    let days = Days::of(Stretch { from: row.from_on, to: Some(row.to_on) }, now, &open.zone)?;
    let meter = board.meter(name, &stream.name);
    let began = Instant::now();
    let pull_id = ledger.start_backfill_pull(name, &stream.name, &now.to_string())?;
    let landing = Landing::new(&request.config.store(), name, &stream.name, pull_id, now, &manifest.limits)?;
    let mut sink = Sink::new(Names { source: name, manifest, stream, pull_id, now }, ledger, landing, &meter)?;
    sink.backfill = Some(row.backfill_id);
    let state = State::parse(row.state.as_deref()).context("a backfill's state cannot be read")?;
    let reader = open.reader(client, stream, &meter)?;
    let result = reader.stretch(&way, days, state, &mut sink, &meter).await;
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
    let outcome = outcome(name, manifest, stream, (sink.rows, requests, sink.quarantined), result);
    board.done(&meter, &outcome);
    Ok(outcome)
}

fn today(open: &Open<'_>) -> Date {
    open.request.now.to_zoned(open.zone.clone()).date()
}

fn outcome(
    name: &str,
    manifest: &Manifest,
    stream: &Stream,
    (rows, requests, quarantined): (u64, u64, u64),
    result: Outcome,
) -> StreamOutcome {
    StreamOutcome {
        source: name.into(),
        manifest: manifest.name.clone(),
        stream: stream.name.clone(),
        rows,
        requests,
        quarantined,
        // being left out is not a failure of a backfill: it was said why
        optional: true,
        result,
    }
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
                    self.window(from, to, sink).await?;
                    state.through = Some(to);
                    sink.commit(&state)?;
                    meter.parts(Days { end: to, ..days }.windows(step_days), all);
                    from = to;
                }
                Ok(())
            }
            Way::List { param, field, format, field_format } => {
                let end = days.end.to_zoned(self.zone.clone())?.timestamp();
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
            Way::Export { start_param, format, margin_seconds } => {
                let latest = self.now - margin_seconds.seconds();
                self.cursor(state, sink, start_param, format, start.min(latest), latest).await
            }
        }
    }
}
