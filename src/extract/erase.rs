//! Whose a record is, and landing files without somebody's: the one rewrite that landing knows.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use arrow_array::RecordBatchReader;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::landing::{self, BATCH};
use super::lens;
use super::manifest::{Manifest, Stream};
use super::qualify::known_as;
use crate::ledger::Ledger;
use crate::ledger::erasures::erased_hash;

/// What becomes of a landed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// Key and record become these.
    Replace(String, String),
}

/// A rewritten file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Records left.
    pub rows: u64,
    /// The same by batch, where the file has several.
    pub rows_of: BTreeMap<i64, u64>,
    /// Hex digest.
    pub sha256: String,
}

/// Whose a record is: the kind of id that says so, and the id as it is known outside its source. The first of the stream's
/// `whose` that says something decides.
pub fn whose(manifest: &str, qualifier: Option<&str>, stream: &Stream, record: &str) -> Option<(String, String)> {
    stream.whose.iter().find_map(|link| {
        let id = lens::plain_at(record, &link.at).filter(|id| !id.is_empty())?;
        Some((link.kind(manifest), known_as(qualifier, &id)))
    })
}

/// Whether a record is the customer's own in that system, and not merely about it.
pub fn is_own(stream: &Stream) -> bool {
    stream.whose.first().is_some_and(|link| link.system.is_some() && stream.key.first() == Some(&link.at))
}

/// The streams of a manifest by whose records those of others are known.
pub fn referred(manifest: &Manifest) -> BTreeSet<&str> {
    manifest.streams.iter().flat_map(|stream| &stream.whose).filter_map(|link| link.stream.as_deref()).collect()
}

/// Names a customer's own record has for it: text called `name` in it or in one of its objects.
pub fn names(record: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str(record) else { return Vec::new() };
    let own = members.get("name");
    let inner = members.values().filter_map(|value| value.as_object()?.get("name"));
    own.into_iter().chain(inner).filter_map(|name| name.as_str()).map(str::to_owned).collect()
}

/// Records of a landing file that are in memory at once.
const READ_AT_ONCE: usize = 256;

/// Every record of a landing file.
pub fn each_record(path: &Path, mut told: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
    for batch in open(path)? {
        let batch = batch?;
        let (keys, records) = (text(&batch, "key")?, text(&batch, "record")?);
        for row in 0..batch.num_rows() {
            told(keys.value(row), records.value(row))?;
        }
    }
    Ok(())
}

/// One record of a landing file, by its batch and its place there.
pub fn record_at(path: &Path, batch_id: i64, seq: i64) -> Result<Option<String>> {
    for batch in open(path)? {
        let batch = batch?;
        let places = column(&batch, "seq")?.as_primitive::<Int64Type>();
        let of = batch.column_by_name(BATCH).map(AsArray::as_primitive::<Int64Type>);
        let is_it = |row: &usize| places.value(*row) == seq && of.is_none_or(|of| of.value(*row) == batch_id);
        if let Some(row) = (0..batch.num_rows()).find(is_it) {
            return Ok(Some(text(&batch, "record")?.value(row).to_owned()));
        }
    }
    Ok(None)
}

/// Writes a landing file anew under another name, complete and durable before it has it.
pub fn rewrite(from: &Path, to: &Path, mut fate: impl FnMut(&str, &str) -> Fate) -> Result<Rewritten> {
    let temporary = to.with_extension("tmp");
    let reader = open(from)?;
    let is_joined = reader.schema().column_with_name(BATCH).is_some();
    let mut writer = landing::Writer::create(&temporary, is_joined)?;
    let (mut rows, mut rows_of) = (0, BTreeMap::new());
    for batch in reader {
        let batch = batch?;
        let (keys, records) = (text(&batch, "key")?, text(&batch, "record")?);
        let extracted = column(&batch, "extracted_at")?.as_primitive::<TimestampMicrosecondType>().clone();
        let seq = column(&batch, "seq")?.as_primitive::<Int64Type>().clone();
        let of = if is_joined { Some(column(&batch, BATCH)?.as_primitive::<Int64Type>().clone()) } else { None };
        let mut kept: (Vec<String>, Vec<String>, Vec<i64>, Vec<i64>) = Default::default();
        let mut kept_of: Vec<i64> = Vec::new();
        for row in 0..batch.num_rows() {
            let (key, record) = match fate(keys.value(row), records.value(row)) {
                Fate::Keep => (keys.value(row).to_owned(), records.value(row).to_owned()),
                Fate::Drop => continue,
                Fate::Replace(key, record) => (key, record),
            };
            kept.0.push(key);
            kept.1.push(record);
            kept.2.push(extracted.value(row));
            kept.3.push(seq.value(row));
            if let Some(of) = &of {
                kept_of.push(of.value(row));
                *rows_of.entry(of.value(row)).or_default() += 1;
            }
        }
        rows += kept.0.len() as u64;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(kept.0)),
            Arc::new(StringArray::from(kept.1)),
            Arc::new(TimestampMicrosecondArray::from(kept.2)),
            Arc::new(Int64Array::from(kept.3)),
        ];
        if is_joined {
            columns.push(Arc::new(Int64Array::from(kept_of)));
        }
        writer.write(&RecordBatch::try_new(landing::schema_of(is_joined), columns)?)?;
    }
    let sha256 = writer.end(&temporary)?;
    take_name(&temporary, to)?;
    Ok(Rewritten { rows, rows_of, sha256 })
}

/// Gives a durable file its name.
pub(super) fn take_name(temporary: &Path, to: &Path) -> Result<()> {
    std::fs::rename(temporary, to).with_context(|| format!("cannot write {}", to.display()))?;
    let folder = to.parent().context("a landing file has a folder")?;
    File::open(folder).and_then(|f| f.sync_all()).with_context(|| format!("cannot sync {}", folder.display()))
}

pub(super) fn open(path: &Path) -> Result<ParquetRecordBatchReader> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file);
    let reader = builder.and_then(|builder| builder.with_batch_size(READ_AT_ONCE).build());
    reader.with_context(|| format!("{} is damaged", path.display()))
}

pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch.column_by_name(name).with_context(|| format!("it has no column {name}"))
}

pub(super) fn text<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray> {
    column(batch, name)?.as_string_opt::<i32>().with_context(|| format!("its column {name} is no text"))
}

/// Those who were forgotten, while a stream is pulled: what is theirs does not land.
pub(super) struct Erased {
    hashes: HashSet<String>,
    /// What the source's ids begin with outside it, where they do.
    qualifier: Option<String>,
    more: Vec<String>,
    /// Records dropped.
    pub(super) dropped: u64,
}

impl Erased {
    pub(super) fn load(ledger: &Ledger, qualifier: Option<&str>) -> Result<Erased> {
        Ok(Erased {
            hashes: ledger.erased_ids()?,
            qualifier: qualifier.map(str::to_owned),
            more: Vec::new(),
            dropped: 0,
        })
    }

    /// Whether a record is somebody's who was forgotten. Its key is remembered where other records are known by it.
    pub(super) fn has(&mut self, manifest: &Manifest, stream: &Stream, key: Option<&str>, record: &str) -> bool {
        if self.hashes.is_empty() || stream.whose.is_empty() {
            return false;
        }
        let qualifier = self.qualifier.as_deref();
        let Some((kind, id)) = whose(&manifest.name, qualifier, stream, record) else { return false };
        if !self.hashes.contains(&erased_hash(&kind, &id)) {
            return false;
        }
        self.dropped += 1;
        if let Some(key) = key.filter(|_| referred(manifest).contains(stream.name.as_str())) {
            let hash = erased_hash(&format!("{}/{}", manifest.name, stream.name), &known_as(qualifier, key));
            if self.hashes.insert(hash.clone()) {
                self.more.push(hash);
            }
        }
        true
    }

    /// Makes what was learned durable.
    pub(super) fn keep(&mut self, ledger: &Ledger) -> Result<()> {
        if !self.more.is_empty() {
            ledger.erase_more(&self.more)?;
            self.more.clear();
        }
        Ok(())
    }
}

/// Keeps pulls of these sources out as long as it lives.
pub fn keep_out<'a>(store: &Path, sources: impl IntoIterator<Item = &'a str>) -> Result<Vec<File>> {
    let mut locks = Vec::new();
    for source in sources {
        let lock = super::source::lock(store, source)?;
        ensure!(lock.is_some(), "a pull of source {source} is running; try again when it is done");
        locks.extend(lock);
    }
    Ok(locks)
}
