//! A stream in words: how it is read on, how deep its history goes, and where it stands.

use jiff::Timestamp;

use super::manifest::{Incremental, Kind, Manifest, Paginate, Stream};
use super::state::State;

/// How a stream is read on, in a few words.
pub fn reading(manifest: &Manifest, stream: &Stream) -> String {
    match &leading(manifest, stream).incremental {
        _ if manifest.kind == Kind::Singer => "by its tap".into(),
        _ if manifest.kind == Kind::Files => "whole".into(),
        Incremental::Full => "whole list".into(),
        Incremental::Cursor { .. } => "export by cursor".into(),
        Incremental::Since { .. } => "list since".into(),
        Incremental::Window { step_days, .. } => format!("windows of {step_days} days"),
        Incremental::ChangeFeed(_) => "change feed".into(),
        Incremental::Column(words) => format!("after the largest {}", words.column),
    }
}

/// How far back what a stream knows reaches. `start` is the company's `start_date`.
pub fn history(manifest: &Manifest, stream: &Stream, start: Option<&str>) -> String {
    let deepest = stream.history_days;
    let bounded = || match (start, deepest) {
        (Some(start), None) => format!("from {start}"),
        (Some(start), Some(days)) => format!("from {start}, at most {days} days before a pull"),
        (None, days) => {
            let days = days.map_or(manifest.history_days, |days| days.min(manifest.history_days));
            format!("{days} days before the first pull")
        }
    };
    match &leading(manifest, stream).incremental {
        _ if manifest.kind == Kind::Singer => "what its tap reads".into(),
        _ if manifest.kind != Kind::Rest => "what is there".into(),
        Incremental::Cursor { whole_history: false, .. }
        | Incremental::Since { from_start: true, .. }
        | Incremental::Window { .. } => bounded(),
        Incremental::ChangeFeed(_) => match &manifest.feed {
            Some(feed) => format!("all that is listed; changes of the last {} days", feed.max_age_days),
            None => "all that is listed".into(),
        },
        _ => "all that the API has".into(),
    }
}

/// The stream whose list says what is new.
fn leading<'a>(manifest: &'a Manifest, stream: &'a Stream) -> &'a Stream {
    manifest.leading(stream).unwrap_or(stream)
}

/// Where the next pull of a stream goes on, from what the ledger keeps.
pub fn cursor(stream: &Stream, state: Option<&str>) -> String {
    let Some(text) = state else { return "at the beginning".into() };
    if let Some(mark) = super::singer::mark(text) {
        return mark;
    }
    let Ok(state) = State::parse(Some(text)) else {
        return "cannot be read: pull it again with --full".into();
    };
    let mut words = Vec::new();
    if let Some(through) = state.through {
        words.push(format!("days through {}", through.yesterday().unwrap_or(through)));
    }
    if let Some(at) = &state.at {
        words.push(match at_time(stream, at) {
            Some(time) => format!("up to {time:.0}"),
            None => format!("at the API's own mark ({} characters)", at.chars().count()),
        });
    }
    match (state.mark.and_then(second), state.newest.and_then(second)) {
        (Some(mark), _) => words.push(format!("changes up to {mark:.0}")),
        (None, Some(newest)) => words.push(format!("records up to {newest:.0}")),
        (None, None) => {}
    }
    if let Some(at) = state.listed_at {
        words.push(format!("listed whole at {at:.0}"));
    }
    if state.walk.is_some() {
        words.push("a walk was interrupted: the next pull goes on with it".into());
    }
    if words.is_empty() { "read to the end".into() } else { words.join(", ") }
}

/// A cursor that is a time itself.
fn at_time(stream: &Stream, at: &str) -> Option<Timestamp> {
    let Incremental::Cursor { start_param, .. } = &stream.incremental else { return None };
    let is_time = matches!(&stream.paginate, Some(Paginate::Cursor { param, .. }) if param == start_param);
    if is_time { second(at.parse().ok()?) } else { None }
}

fn second(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
