//! How long a stream is kept, and which of its landed records are older. Retention is of history: an event or a day goes by its own
//! age; what a key was goes when what it became is that old; what it last was stays, until its deletion is that old. Of lists that
//! are read whole, the newest stays.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Result, bail};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::erase::{Fate, Rewritten, column, open, rewrite, text};
use super::landing::BATCH;
use super::lens;
use super::manifest::{Incremental, Manifest, Stream, Write};
use crate::config::{Age, Config, Source, Usage, nearest};
use crate::ledger::keeping::BatchFact;

/// Whole days that a source's stream is kept; `None`: for ever.
pub fn days(source: &Source, stream: &Stream) -> Option<u32> {
    match source.retain.get(&stream.name) {
        Some(Age::Forever) => None,
        Some(Age::Days(days)) => Some(*days),
        None => stream.retain_days,
    }
}

/// Refuses a block that names a stream there is not.
pub fn check(config: &Config, name: &str, manifest: &Manifest) -> Result<()> {
    let known: Vec<&str> = manifest.streams.iter().map(|stream| stream.name.as_str()).collect();
    let retain = config.sources.get(name).map(|source| &source.retain);
    match retain.into_iter().flat_map(BTreeMap::keys).find(|stream| !known.contains(&stream.as_str())) {
        None => Ok(()),
        Some(stream) => bail!(Usage(config.located(&format!(
            "[sources.{name}.retain] {stream}: manifest {} has no such stream{}",
            manifest.name,
            nearest(stream, &known)
        )))),
    }
}

/// A landing file some of whose records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Relative to the store.
    pub path: String,
    /// Its batches.
    pub batches: Vec<i64>,
    /// The first batch that loses records.
    pub first: i64,
    /// Of every record in its order: whether it goes.
    goes: Vec<bool>,
    /// Records that go, and their length in bytes.
    pub rows: u64,
    pub bytes: u64,
    /// Tables show some of them: not only what later records replaced.
    pub is_shown: bool,
}

impl Expired {
    /// Nothing of the file stays.
    pub fn is_whole(&self) -> bool {
        self.rows == self.goes.len() as u64
    }

    /// Records of the file.
    pub fn of(&self) -> usize {
        self.goes.len()
    }

    /// Writes what stays under another name, complete and durable before it has it.
    pub fn leave_out(&self, from: &Path, to: &Path) -> Result<Rewritten> {
        let mut goes = self.goes.iter();
        rewrite(from, to, |_, _| if goes.next() == Some(&true) { Fate::Drop } else { Fate::Keep })
    }
}

/// The records of one source's stream that are older than `limit`, by file. `batches` are all of the stream, oldest first.
pub fn expired(store: &Path, stream: &Stream, batches: &[&BatchFact], limit: Timestamp) -> Result<Vec<Expired>> {
    let mut files: Vec<(&str, Vec<&BatchFact>)> = Vec::new();
    for batch in batches {
        match files.iter_mut().find(|(path, _)| *path == batch.path) {
            Some((_, sharing)) => sharing.push(batch),
            None => files.push((&batch.path, vec![batch])),
        }
    }
    let mut later =
        Later { limit, is_of_days: stream.write == Write::ReplaceWindow, whole: None, of_key: HashMap::new() };
    let mut found = Vec::new();
    // what came later says whether a record still holds
    for (path, sharing) in files.into_iter().rev() {
        let records = read(&store.join(path), stream, &sharing)?;
        let batch_of: BTreeMap<i64, &BatchFact> = sharing.iter().map(|batch| (batch.batch_id, *batch)).collect();
        let mut file = Expired {
            path: path.to_owned(),
            batches: batch_of.keys().copied().collect(),
            first: i64::MAX,
            goes: vec![false; records.len()],
            rows: 0,
            bytes: 0,
            is_shown: false,
        };
        for (row, record) in records.into_iter().enumerate().rev() {
            let Some(batch) = batch_of.get(&record.batch) else { continue };
            let bytes = record.bytes;
            if let Some(is_shown) = later.judge(batch, record) {
                file.goes[row] = true;
                file.first = file.first.min(batch.batch_id);
                file.rows += 1;
                file.bytes += bytes;
                file.is_shown |= is_shown;
            }
        }
        if file.rows > 0 {
            found.push(file);
        }
    }
    found.reverse();
    Ok(found)
}

struct Record {
    batch: i64,
    key: String,
    bytes: u64,
    /// Its own time, else when it was pulled.
    at: Timestamp,
    extracted_at: Timestamp,
    is_gone: bool,
}

/// What came after the record at hand.
struct Later {
    limit: Timestamp,
    /// The stream brings days, and by key only what a retry lands of them.
    is_of_days: bool,
    /// The pull that replaced everything, when, and when the next one did, where there is one.
    whole: Option<(i64, Timestamp, Option<Timestamp>)>,
    of_key: HashMap<String, Next>,
}

/// The next version of a key.
struct Next {
    at: Timestamp,
    extracted_at: Timestamp,
    /// It, or one after it, says more than that the key is gone.
    is_known: bool,
}

impl Later {
    /// Whether a record goes, and if so whether tables show it.
    fn judge(&mut self, batch: &BatchFact, record: Record) -> Option<bool> {
        let mode = batch.write_mode.as_str();
        if mode == "replace" && self.whole.is_none_or(|(pull_id, ..)| pull_id != batch.pull_id) {
            self.whole = Some((batch.pull_id, batch.extracted_at, self.whole.map(|(_, at, _)| at)));
        }
        // what came after it may be in the file of what came before
        if let Some((pull_id, at, next)) = self.whole.filter(|(pull_id, ..)| batch.pull_id <= *pull_id) {
            let replaced_at = if batch.pull_id == pull_id { next } else { Some(at) };
            return replaced_at.filter(|at| *at < self.limit).map(|_| false);
        }
        if matches!(mode, "append" | "replace_window") || (self.is_of_days && mode == "merge") {
            return (record.at < self.limit).then_some(true);
        }
        let next = self.of_key.get(&record.key);
        let ended_at = match next {
            // a time that moves says when; one of creation does not
            Some(next) => Some(if next.at > record.at { next.at } else { next.extracted_at }),
            // nor does it say when a key went, and what it was before may not outlast that
            None => record.is_gone.then_some(record.at.max(record.extracted_at)),
        };
        let is_replaced = next.is_some_and(|next| next.is_known);
        let version =
            Next { at: record.at, extracted_at: record.extracted_at, is_known: is_replaced || !record.is_gone };
        self.of_key.insert(record.key, version);
        ended_at.filter(|at| *at < self.limit).map(|_| mode == "versions" || !is_replaced)
    }
}

fn read(path: &Path, stream: &Stream, sharing: &[&BatchFact]) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    for batch in open(path)? {
        let batch = batch?;
        let (keys, records) = (text(&batch, "key")?, text(&batch, "record")?);
        let extracted = column(&batch, "extracted_at")?.as_primitive::<TimestampMicrosecondType>();
        let of = batch.column_by_name(BATCH).map(AsArray::as_primitive::<Int64Type>);
        for row in 0..batch.num_rows() {
            let record = records.value(row);
            let extracted_at = Timestamp::from_microsecond(extracted.value(row))?;
            let batch = of.map_or_else(|| sharing.first().map_or(0, |batch| batch.batch_id), |of| of.value(row));
            let window =
                || sharing.iter().find(|fact| fact.batch_id == batch)?.window.as_ref().and_then(|(_, to)| moment(to));
            found.push(Record {
                batch,
                key: keys.value(row).to_owned(),
                bytes: record.len() as u64,
                at: own_time(stream, record).or_else(window).unwrap_or(extracted_at),
                extracted_at,
                is_gone: lens::is_true(record, "/deleted"),
            });
        }
    }
    Ok(found)
}

fn own_time(stream: &Stream, record: &str) -> Option<Timestamp> {
    let column;
    let pointer = match (&stream.retain_by, &stream.incremental) {
        (Some(pointer), _) | (None, Incremental::Since { field: pointer, .. }) => pointer,
        (None, Incremental::Column(by)) => {
            column = lens::pointer(&by.column);
            &column
        }
        _ => return None,
    };
    let text = lens::plain_at(record, pointer)?;
    // a column that grows may number the rows: only retain_by says that a number is a time
    let is_counted = stream.retain_by.is_none()
        && matches!(stream.incremental, Incremental::Column(_))
        && text.parse::<f64>().is_ok();
    if is_counted { None } else { moment(&text) }
}

/// Numbers below are no seconds of a time that anybody keeps: ids, years, or days written as 20260131.
const SECONDS: i64 = 100_000_000;

/// Numbers from here on are milliseconds: as seconds they were the year 5138.
const MILLIS: i64 = 100_000_000_000;

/// A time as APIs write it: seconds or milliseconds since 1970, an instant, or a date or a time of no zone, read as UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let whole = text.split('.').next().unwrap_or(text);
    if let Ok(number) = whole.parse::<i64>() {
        if number < SECONDS {
            return None;
        }
        let is_millis = number >= MILLIS;
        return if is_millis { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) }.ok();
    }
    text.parse().ok().or_else(|| Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    /// Of versions given oldest first as (key, own day, day pulled, gone), those that go where day 100 is the limit; `!` where
    /// tables show them.
    #[track_caller]
    fn check(mode: &str, versions: &[(&str, i64, i64, bool)], expected: &[&str]) {
        let mut later = Later { limit: day(100), is_of_days: false, whole: None, of_key: HashMap::new() };
        let mut found = Vec::new();
        for (index, (key, at, pulled, is_gone)) in versions.iter().enumerate().rev() {
            let batch = BatchFact {
                batch_id: index as i64,
                source: "s".into(),
                manifest: "m".into(),
                stream: "t".into(),
                path: String::new(),
                write_mode: mode.into(),
                window: None,
                pull_id: *pulled,
                extracted_at: day(*pulled),
                rows: 1,
            };
            let record = Record {
                batch: batch.batch_id,
                key: (*key).to_owned(),
                bytes: 1,
                at: day(*at),
                extracted_at: day(*pulled),
                is_gone: *is_gone,
            };
            if let Some(is_shown) = later.judge(&batch, record) {
                found.push(format!("{key}{index}{}", if is_shown { "!" } else { "" }));
            }
        }
        found.reverse();
        assert_eq!(found, expected, "{mode}");
    }

    #[test]
    fn history_goes_and_what_holds_stays() {
        check("append", &[("a", 50, 60, false), ("b", 100, 100, false), ("c", 99, 200, false)], &["a0!", "c2!"]);
        // one and the same key: what it was on day 100 is known from its version of day 60
        let moving = [("a", 10, 10, false), ("a", 60, 60, false), ("a", 150, 150, false), ("b", 5, 5, false)];
        check("versions", &moving, &["a0!"]);
        check("merge", &moving, &["a0"]);
        // a time of creation says nothing of when a version ended
        check("versions", &[("a", 10, 20, false), ("a", 10, 150, false)], &[]);
        check("versions", &[("a", 10, 20, false), ("a", 10, 90, false)], &["a0!"]);
        // what is gone goes a while after, with everything that it was
        check("merge", &[("a", 10, 10, false), ("a", 50, 50, true), ("b", 10, 10, false)], &["a0!", "a1!"]);
        check("merge", &[("a", 10, 10, false), ("a", 120, 120, true)], &[]);
        check("merge", &[("a", 10, 10, false), ("a", 10, 120, true)], &[]);
        check("merge", &[("a", 10, 10, false), ("a", 50, 50, true), ("a", 60, 60, false)], &["a0", "a1"]);
        // of whole lists the newest stays, and the one that was replaced only lately
        check("replace", &[("a", 10, 10, false), ("a", 60, 60, false)], &["a0"]);
        check("replace", &[("a", 10, 10, false), ("a", 120, 120, false)], &[]);
        // however often it is read since
        check("replace", &[("a", 10, 10, false), ("a", 60, 60, false), ("a", 120, 120, false)], &["a0"]);
    }

    #[test]
    fn a_column_that_numbers_the_rows_is_no_time() {
        let mut stream: Stream =
            toml::from_str("name='t'\nkey=['/id']\nwrite='append'\nincremental={ kind='column', column='id' }")
                .unwrap();
        assert_eq!(own_time(&stream, r#"{"id":1700000000}"#), None);
        assert_eq!(own_time(&stream, r#"{"id":"1970-01-02"}"#), Some(day(1)));
        let odd = toml::from_str("name='t'\nkey=['/id']\nwrite='append'\nincremental={ kind='column', column='~a/b' }");
        assert_eq!(own_time(&odd.unwrap(), r#"{"id":1,"~a/b":"1970-01-02"}"#), Some(day(1)));
        stream.retain_by = Some("/at".into());
        assert_eq!(own_time(&stream, r#"{"id":1,"at":864000000}"#), Some(day(10_000)));
    }

    #[test]
    fn times_are_read_as_apis_write_them() {
        let read = |text: &str| moment(text).map(|at| at.to_string());
        let noon = Some("2026-01-31T12:00:00Z".to_owned());
        for text in ["1769860800", "1769860800.25", "1769860800000", "2026-01-31T13:00:00+01:00", "2026-01-31 12:00:00"]
        {
            assert_eq!(read(text), noon, "{text}");
        }
        assert_eq!(read("2026-01-31"), Some("2026-01-31T00:00:00Z".to_owned()));
        // what is no time is never older than everything
        for text in ["", "soon", "99999999999999999999", "-9223372036854775808", "0", "4711", "20260131"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
