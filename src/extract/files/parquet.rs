//! Parquet, batch by batch.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::super::arrow::{self, Values};
use super::super::feed::Out;
use super::Wanted;

const BATCH_ROWS: usize = 1024;

pub(super) fn read(path: &Path, wanted: &Wanted, more: &str, out: &mut Out) -> Result<()> {
    let file = File::open(path).context("cannot be read")?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).context("is not a Parquet file")?;
    let needed: Vec<&str> = wanted.columns.iter().map(String::as_str).collect();
    arrow::check(builder.schema(), &needed)?;
    let reader = builder.with_batch_size(BATCH_ROWS).build()?;
    for batch in reader {
        arrow::write(&batch.context("a part of it cannot be read")?, Values::Text, more, out)?;
    }
    Ok(())
}
