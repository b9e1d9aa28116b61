//! Small landing files into one: every record as it landed, and beside it the batch it came with.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchReader};

use super::erase::{column, complete, open};
use super::landing::{BATCH, schema_of, write_bounded, writer_of};

/// Writes the records of these batches into one file, which is complete and durable before it has its name. Each batch is given
/// with its file, relative to the store, in the order they are to have; returns the new file's hash.
pub fn join(store: &Path, batches: &[(i64, &str)], to: &str) -> Result<String> {
    let to = store.join(to);
    let temporary = to.with_extension("tmp");
    let mut writer = writer_of(&temporary, true)?;
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
            write_bounded(&mut writer, &RecordBatch::try_new(schema_of(true), columns)?)?;
        }
    }
    complete(writer, &temporary, &to)
}
