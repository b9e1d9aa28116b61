//! Small landing files into one: every record as it landed, and beside it the batch it came with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchReader};

use super::erase::{column, open, take_name};
use super::landing::{BATCH, Writer, schema_of};

/// Where a file is joined, relative to the store: on the landing files' file system, and in no stream's folder, which a pull that
/// begins meanwhile would sweep.
pub const JOINING: &str = "landing/joining.tmp";

/// A joined file, complete and durable, that has no name yet; without one it goes with this.
#[derive(Debug)]
pub struct Joined {
    temporary: PathBuf,
    to: PathBuf,
    /// Hex digest.
    pub sha256: String,
}

impl Joined {
    /// Gives it its name. Until the ledger lists it a pull that begins would sweep it: none may begin meanwhile.
    pub fn take_name(&self) -> Result<()> {
        take_name(&self.temporary, &self.to)
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// Writes the records of these batches into one file. Each batch is given with its file, relative to the store, in the order they
/// are to have; `to` is where the new file will be. One at a time in a store.
pub fn join(store: &Path, batches: &[(i64, &str)], to: &str) -> Result<Joined> {
    let (temporary, to) = (store.join(JOINING), store.join(to));
    // whatever becomes of it, nothing is left
    let mut joined = Joined { temporary, to, sha256: String::new() };
    let mut writer = Writer::create(&joined.temporary, true)?;
    let mut read = BTreeSet::new();
    for (batch_id, path) in batches {
        // a file of several batches is read once, and says itself which they are
        if !read.insert(*path) {
            continue;
        }
        let reader = open(&store.join(path))?;
        let is_joined = reader.schema().column_with_name(BATCH).is_some();
        for records in reader {
            let records = records?;
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(5);
            for name in ["key", "record", "extracted_at", "seq"] {
                columns.push(Arc::clone(column(&records, name)?));
            }
            columns.push(if is_joined {
                Arc::clone(column(&records, BATCH)?)
            } else {
                Arc::new(Int64Array::from_value(*batch_id, records.num_rows()))
            });
            writer.write(&RecordBatch::try_new(schema_of(true), columns)?)?;
        }
    }
    joined.sha256 = writer.end(&joined.temporary)?;
    Ok(joined)
}
