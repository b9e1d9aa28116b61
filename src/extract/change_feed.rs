//! Streams that follow a list of changes: the changes name the records, the records are read again.
//!
//! - First pull, or a mark older than the feed remembers: the newest change is noted as the mark, then everything is listed.
//!   What changes during the list is in the feed after the mark, so nothing is missed.
//! - Later pulls: changes since the mark, less a lookback, each once; every record they name is read, gone ones become
//!   tombstones `{"id", "object", "deleted": true}`.
//! - A feed that has never shown a change proves nothing: then the list itself is asked for what was created since, and
//!   everything is listed again when the last full list is older than the feed's memory.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Result, ensure};
use futures_util::{StreamExt, TryStreamExt};
use jiff::{Timestamp, ToSpan};

use super::client::Caller;
use super::contract::Record;
use super::lens;
use super::manifest::{ChangeFeed, Feed, Format, Method};
use super::mend;
use super::problem::status_of;
use super::since::{Bound, Newest, mark_of};
use super::sink::Sink;
use super::state::{Interrupted, State};
use super::stream::Reader;
use super::walk::{Shape, Template, Walk};

/// Records read again at once; the source's budget bounds them further.
const AT_ONCE: usize = 8;

/// What the feed said about one record.
struct Change {
    time: i64,
    is_deleted: bool,
}

impl Reader<'_> {
    pub(super) async fn change_feed(&self, state: State, sink: &mut Sink<'_>, changes: &ChangeFeed) -> Result<()> {
        let Some(feed) = &self.manifest.feed else { return Ok(()) };
        let limit = i64::from(feed.max_age_days) * 24;
        let oldest = self.now - limit.hours();
        let is_young = |time: Option<Timestamp>| time.is_some_and(|time| time >= oldest);
        if state.listed_at.is_none() || state.walk.is_some() || !is_young(state.checked_at) {
            return self.list_all(state, sink, feed, changes, oldest).await;
        }
        let followed = self.follow(state, sink, feed, changes).await?;
        match followed {
            Followed::Done => Ok(()),
            Followed::NeverSpoke(state) if is_young(state.listed_at) => self.list_new(*state, sink, changes).await,
            Followed::NeverSpoke(state) => self.list_all(*state, sink, feed, changes, oldest).await,
        }
    }

    /// Notes the mark, then lists everything.
    async fn list_all(
        &self,
        mut state: State,
        sink: &mut Sink<'_>,
        feed: &Feed,
        changes: &ChangeFeed,
        oldest: Timestamp,
    ) -> Result<()> {
        // a feed that reaches back to where it was last read is followed from there: only it says what was deleted since
        let is_followed = state.checked_at.is_some_and(|at| at >= oldest);
        if !is_followed {
            let newest = self.newest_change(feed, changes).await?;
            state.mark = newest.time;
            state.recent = newest.recent();
            state.checked_at = Some(self.now);
        }
        if state.walk.is_none() || !is_followed {
            state.walk = Some(Interrupted { mark: state.mark, started_at: Some(self.now), ..Interrupted::default() });
            state.unkept = 0;
        }
        let (mark, started_at) = state.walk.as_ref().map_or((None, None), |walk| (walk.mark, walk.started_at));
        let recent = std::mem::take(&mut state.recent);
        let field = changes.list_since.as_ref().map_or("", |list| list.field.as_str());
        let bound = Bound { param: None, field, format: Format::Unix, lookback: 0, before: None };
        self.newest_first(&mut state, sink, &bound).await?;
        if mark.is_some() {
            state.recent = recent;
        }
        state.mark = mark;
        state.listed_at = started_at;
        sink.commit(&state)
    }

    /// Reads what the feed names since the mark.
    async fn follow(&self, mut state: State, sink: &mut Sink<'_>, feed: &Feed, of: &ChangeFeed) -> Result<Followed> {
        let known: HashSet<&String> = if state.mark.is_some() { state.recent.iter().collect() } else { HashSet::new() };
        let recent = if state.mark.is_some() { state.recent.as_slice() } else { &[] };
        let mut newest = Newest::new(state.mark, recent, feed.lookback_seconds);
        let mut named: BTreeMap<String, Change> = BTreeMap::new();
        for changed in &of.changes {
            for types in changed.types.chunks(feed.types_per_request.max(1)) {
                let mut walk = self.feed_walk(feed, types)?;
                if let Some(mark) = state.mark {
                    walk.set(&feed.since_param, &(mark - feed.lookback_seconds).to_string());
                }
                while let Some(page) = walk.next().await? {
                    for change in page.records {
                        ensure!(
                            !mend::is_marked(&change)
                                || lens::plain_at(&change, &changed.id).is_some()
                                    && time_and_mark(feed, &change).is_some(),
                            "a change of the feed holds bytes that are not UTF-8, so that nobody can tell of what and when it is"
                        );
                        let Some((time, mark)) = time_and_mark(feed, &change) else { continue };
                        newest.see(time, mark.clone());
                        if !known.contains(&mark)
                            && let Some(id) = lens::plain_at(&change, &changed.id)
                        {
                            let kind = lens::plain_at(&change, &feed.kind_field).unwrap_or_default();
                            note(&mut named, id, Change { time, is_deleted: of.deleted.contains(&kind) });
                        }
                    }
                    sink.page();
                }
            }
        }
        state.checked_at = Some(self.now);
        if newest.time.is_none() {
            return Ok(Followed::NeverSpoke(Box::new(state)));
        }
        self.read_again(named, sink, of).await?;
        state.mark = newest.time;
        state.recent = newest.recent();
        sink.commit(&state)?;
        Ok(Followed::Done)
    }

    async fn read_again(&self, named: BTreeMap<String, Change>, sink: &mut Sink<'_>, of: &ChangeFeed) -> Result<()> {
        let reads = named.into_iter().map(|(id, change)| async move {
            let record = if change.is_deleted { None } else { self.read_one(&id, of).await? };
            anyhow::Ok((id, record))
        });
        let mut records = futures_util::stream::iter(reads).buffered(AT_ONCE);
        while let Some((id, record)) = records.try_next().await? {
            match record {
                Some(record) if !lens::is_true(&record, "/deleted") => sink.take(record)?,
                _ => {
                    let (id_json, object) = (lens::quote(&id), lens::quote(&of.object));
                    let tombstone = format!("{{\"id\":{id_json},\"object\":{object},\"deleted\":true}}");
                    sink.land(id, tombstone.into())?;
                }
            }
        }
        Ok(())
    }

    /// One record as it is now; nothing if it is gone.
    async fn read_one(&self, id: &str, of: &ChangeFeed) -> Result<Option<Record>> {
        let mut values = self.values.clone();
        values.set("id", id);
        let template = Template { method: Method::Get, path: &of.get, params: &of.get_params, body: None, sql: None };
        let call = template.call(self.client, &values)?;
        match self.client.send(&call, self.caller(), None).await {
            Ok(answer) => Ok(Some(self.complete(answer.text).await?)),
            Err(error) if status_of(&error) == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The newest change, from the feed's first page, and those shortly before it.
    pub(super) async fn newest_change(&self, feed: &Feed, of: &ChangeFeed) -> Result<Newest> {
        let mut newest = Newest::new(None, &[], feed.lookback_seconds);
        for changed in &of.changes {
            for types in changed.types.chunks(feed.types_per_request.max(1)) {
                if let Some(page) = self.feed_walk(feed, types)?.next().await? {
                    for (time, mark) in page.records.iter().filter_map(|change| time_and_mark(feed, change)) {
                        newest.see(time, mark);
                    }
                }
            }
        }
        Ok(newest)
    }

    /// What the list says was created since the newest record.
    async fn list_new(&self, mut state: State, sink: &mut Sink<'_>, of: &ChangeFeed) -> Result<()> {
        if let (Some(list), Some(newest)) = (&of.list_since, state.newest) {
            let param = Some((list.param.as_str(), newest.to_string()));
            let bound = Bound { param, field: &list.field, format: Format::Unix, lookback: 0, before: None };
            self.newest_first(&mut state, sink, &bound).await?;
        }
        sink.commit(&state)
    }

    fn feed_walk<'b>(&'b self, feed: &'b Feed, types: &[String]) -> Result<Walk<'b>> {
        let template = Template { method: Method::Get, path: &feed.path, params: &feed.params, body: None, sql: None };
        let shape =
            Shape { records: Some(&feed.records), columns: None, total: None, key: &[], paginate: &feed.paginate };
        let caller = Caller { group: feed.group.as_deref(), ..self.caller() };
        let mut walk = Walk::new(self.client, caller, template, shape, self.values.clone())?;
        walk.add(&feed.types_param, types);
        Ok(walk)
    }
}

/// How following the feed ended.
enum Followed {
    Done,
    /// The feed is empty and always was.
    NeverSpoke(Box<State>),
}

fn time_and_mark(feed: &Feed, change: &str) -> Option<(i64, String)> {
    let time = Format::Unix.read(&lens::plain_at(change, &feed.time_field)?)?;
    Some((time, mark_of(&lens::plain_at(change, "/id").unwrap_or_default(), "")))
}

/// The latest word on a record stands; a deletion in the same second is the later one.
fn note(named: &mut BTreeMap<String, Change>, id: String, change: Change) {
    let known = named.entry(id).or_insert(Change { time: i64::MIN, is_deleted: false });
    if (change.time, change.is_deleted) > (known.time, known.is_deleted) {
        *known = change;
    }
}
