//! A landing file in the making: its columns are filled here, and encoded, compressed and written on a thread of its own, so that
//! the next page is split meanwhile. What waits between the two is bounded.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::file_hash;

/// Records are handed to the writer in chunks of this size.
const CHUNK_BYTES: usize = 1 << 20;
/// Chunks that may wait for the writer.
const WAITING: usize = 2;
/// A group of rows is what a reader's thread takes at once, and parsing one costs it a multiple in memory: it is bounded in bytes,
/// however large the records are, and in rows where they are small.
const GROUP_BYTES: usize = CHUNK_BYTES;
const GROUP_ROWS: usize = 8192;
/// What is compressed at once, looked at every few records: blocks that are no larger are used again, and larger ones are asked of
/// the system each time.
const PAGE_BYTES: usize = 1 << 17;
const PAGE_ROWS: usize = 8;
/// Levels above make files of records hardly smaller and take much longer.
const ZSTD: i32 = 1;

/// A file that takes records.
pub(super) struct Making {
    temporary: PathBuf,
    extracted_at: Timestamp,
    keys: StringBuilder,
    records: StringBuilder,
    chunk_rows: usize,
    chunk_bytes: usize,
    first_seq: i64,
    pub(super) bytes: usize,
    pub(super) rows: u64,
    writing: Writing,
}

/// A file that is being written to its end.
pub(super) struct Writing {
    chunks: Option<SyncSender<RecordBatch>>,
    /// Ends with the file durable, and its hash.
    thread: Option<JoinHandle<Result<String>>>,
}

impl Making {
    pub(super) fn create(temporary: PathBuf, extracted_at: Timestamp, first_seq: i64) -> Result<Making> {
        let writer = Writer::create(&temporary, false)?;
        let (chunks, waiting) = sync_channel(WAITING);
        let path = temporary.clone();
        let thread =
            std::thread::Builder::new().name("landing".into()).spawn(move || write(writer, &waiting, &path))?;
        Ok(Making {
            temporary,
            extracted_at,
            keys: keys(),
            records: records(),
            chunk_rows: 0,
            chunk_bytes: 0,
            first_seq,
            bytes: 0,
            rows: 0,
            writing: Writing { chunks: Some(chunks), thread: Some(thread) },
        })
    }

    pub(super) fn append(&mut self, key: &str, record: &str) -> Result<()> {
        self.keys.append_value(key);
        self.records.append_value(record);
        self.chunk_rows += 1;
        self.chunk_bytes += key.len() + record.len();
        self.bytes += key.len() + record.len();
        self.rows += 1;
        if self.chunk_bytes >= CHUNK_BYTES { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<()> {
        let rows = self.chunk_rows;
        if rows == 0 {
            return Ok(());
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(std::mem::replace(&mut self.keys, keys()).finish()),
            Arc::new(std::mem::replace(&mut self.records, records()).finish()),
            Arc::new(TimestampMicrosecondArray::from_value(self.extracted_at.as_microsecond(), rows)),
            Arc::new(Int64Array::from_iter_values(self.first_seq..self.first_seq + rows as i64)),
        ];
        self.first_seq += rows as i64;
        (self.chunk_rows, self.chunk_bytes) = (0, 0);
        self.writing.take(RecordBatch::try_new(schema_of(false), columns)?).with_context(|| cannot(&self.temporary))
    }

    /// No more records come; the temporary file is being finished.
    pub(super) fn close(mut self) -> Result<Writing> {
        self.hand_over()?;
        self.writing.chunks = None;
        Ok(self.writing)
    }
}

impl Writing {
    fn take(&mut self, chunk: RecordBatch) -> Result<()> {
        let sent = self.chunks.as_ref().is_some_and(|chunks| chunks.send(chunk).is_ok());
        if sent { Ok(()) } else { self.end().and(Err(anyhow!("its writer has ended"))) }
    }

    /// Waits until the file is durable; its hash.
    pub(super) fn end(&mut self) -> Result<String> {
        self.chunks = None;
        let thread = self.thread.take().context("its writer has ended before")?;
        thread.join().map_err(|_| anyhow!("its writer has panicked"))?
    }
}

impl Drop for Writing {
    /// Whoever removes the file must not be overtaken by its writer.
    fn drop(&mut self) {
        if self.thread.is_some() {
            let _ = self.end();
        }
    }
}

fn write(mut writer: Writer, chunks: &Receiver<RecordBatch>, path: &Path) -> Result<String> {
    for chunk in chunks {
        writer.write(&chunk)?;
    }
    writer.end(path)
}

pub(super) fn cannot(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Writes a private landing file of one batch, or of several.
pub(in crate::extract) struct Writer {
    file: ArrowWriter<File>,
    /// Of keys and records in the group that is being written, about.
    bytes: usize,
}

impl Writer {
    pub(in crate::extract) fn create(path: &Path, is_joined: bool) -> Result<Writer> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .with_context(|| cannot(path))?;
        // hardly a key or a record is there twice, and nobody asks for the smallest
        let mut properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_write_batch_size(PAGE_ROWS)
            .set_dictionary_enabled(false);
        for column in ["key", "record"].map(ColumnPath::from) {
            properties = properties
                .set_column_compression(column.clone(), Compression::ZSTD(ZstdLevel::try_new(ZSTD)?))
                .set_column_statistics_enabled(column, EnabledStatistics::None);
        }
        // what is the same or one more each time is next to nothing when packed
        for column in ["extracted_at", "seq", BATCH].map(ColumnPath::from) {
            properties = properties.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
        let file = ArrowWriter::try_new(file, schema_of(is_joined), Some(properties.build()))?;
        Ok(Writer { file, bytes: 0 })
    }

    /// Appends records so that their groups are bounded.
    pub(in crate::extract) fn write(&mut self, records: &RecordBatch) -> Result<()> {
        self.file.write(records)?;
        let texts = records.columns().iter().filter_map(|column| column.as_string_opt::<i32>());
        let ends = texts.filter_map(|text| text.value_offsets().first().zip(text.value_offsets().last()));
        self.bytes += ends.map(|(first, last)| (last - first) as usize).sum::<usize>();
        if self.bytes >= GROUP_BYTES {
            self.file.flush()?;
        }
        // one that was full of rows has been written by itself
        if self.file.in_progress_rows() < records.num_rows() {
            self.bytes = 0;
        }
        Ok(())
    }

    /// Makes the file durable; its hash.
    pub(in crate::extract) fn end(self, path: &Path) -> Result<String> {
        self.file.into_inner()?.sync_all()?;
        file_hash(path)
    }
}

/// A chunk's keys, and its records, which need not grow.
fn keys() -> StringBuilder {
    StringBuilder::with_capacity(1024, 32 * 1024)
}

fn records() -> StringBuilder {
    StringBuilder::with_capacity(1024, CHUNK_BYTES + CHUNK_BYTES / 8)
}

/// The column that says to which batch a record belongs, in a file of several.
pub(in crate::extract) const BATCH: &str = "batch";

pub(in crate::extract) fn schema_of(is_joined: bool) -> Arc<Schema> {
    let mut fields = vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("record", DataType::Utf8, false),
        Field::new("extracted_at", DataType::Timestamp(TimeUnit::Microsecond, None), false),
        Field::new("seq", DataType::Int64, false),
    ];
    if is_joined {
        fields.push(Field::new(BATCH, DataType::Int64, false));
    }
    Arc::new(Schema::new(fields))
}
