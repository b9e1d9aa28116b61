//! Landing files: records as received, in private zstd Parquet, each of which exists entirely or not at all.
//!
//! Records are written to a temporary file; [`Landing::seal`] makes the finished files durable under their names, and only
//! the ledger's transaction makes them true. What the ledger does not list is swept when the next pull starts.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use super::manifest::Limits;
use crate::ledger::pulls::NewBatch;
use crate::ledger::{Ledger, private_folder};

/// Records are handed to the Parquet writer in chunks of this size.
const CHUNK_BYTES: usize = 4 << 20;

/// The landing files of one pull of one stream.
pub(super) struct Landing {
    store: PathBuf,
    /// Relative to the store.
    folder: String,
    pull_id: i64,
    extracted_at: Timestamp,
    window: Option<(String, String)>,
    file_bytes: usize,
    file_rows: u64,
    files: u32,
    seq: i64,
    open: Option<OpenFile>,
    closed: Vec<ClosedFile>,
    content: Sha256,
}

struct OpenFile {
    writer: ArrowWriter<File>,
    temporary: PathBuf,
    keys: Vec<String>,
    records: Vec<String>,
    first_seq: i64,
    chunk_bytes: usize,
    bytes: usize,
    rows: u64,
}

struct ClosedFile {
    temporary: PathBuf,
    batch: NewBatch,
}

impl Landing {
    pub(super) fn new(
        store: &Path,
        source: &str,
        stream: &str,
        pull_id: i64,
        extracted_at: Timestamp,
        limits: &Limits,
    ) -> Result<Landing> {
        let folder = folder(source, stream);
        private_folder(&store.join("landing"))?;
        private_folder(&store.join("landing").join(source))?;
        private_folder(&store.join(&folder))?;
        Ok(Landing {
            store: store.to_path_buf(),
            folder,
            pull_id,
            extracted_at,
            window: None,
            file_bytes: limits.file_bytes,
            file_rows: limits.file_rows,
            files: 0,
            seq: 0,
            open: None,
            closed: Vec::new(),
            content: Sha256::new(),
        })
    }

    pub(super) fn store(&self) -> &Path {
        &self.store
    }

    /// The days that the following records replace: from, and the day after the last.
    pub(super) fn set_window(&mut self, from: String, to: String) {
        self.window = Some((from, to));
    }

    pub(super) fn append(&mut self, key: String, record: String) -> Result<()> {
        self.content.update(key.as_bytes());
        self.content.update([0]);
        self.content.update(record.as_bytes());
        self.content.update([0]);
        if self.open.is_none() {
            self.open = Some(self.create()?);
        }
        let Some(file) = self.open.as_mut() else { return Ok(()) };
        file.chunk_bytes += key.len() + record.len();
        file.rows += 1;
        file.keys.push(key);
        file.records.push(record);
        self.seq += 1;
        if file.chunk_bytes >= CHUNK_BYTES {
            file.flush(self.extracted_at)?;
        }
        if file.bytes >= self.file_bytes || file.rows >= self.file_rows {
            self.close()?;
        }
        Ok(())
    }

    /// Rows of files that are full: time for a checkpoint where the walk allows one.
    pub(super) fn is_due(&self) -> bool {
        !self.closed.is_empty()
    }

    /// A hash of everything appended, to see whether a full list differs from the last.
    pub(super) fn content_hash(&self) -> String {
        hex(&self.content.clone().finalize())
    }

    /// Makes an empty file, so that "nothing" can replace something.
    pub(super) fn append_nothing(&mut self) -> Result<()> {
        if self.open.is_none() && self.closed.is_empty() {
            self.open = Some(self.create()?);
        }
        Ok(())
    }

    /// Closes, syncs and names the files; they are true once the ledger lists them.
    pub(super) fn seal(&mut self) -> Result<Vec<NewBatch>> {
        self.close()?;
        let mut batches = Vec::with_capacity(self.closed.len());
        for file in self.closed.drain(..) {
            let target = self.store.join(&file.batch.path);
            std::fs::rename(&file.temporary, &target).with_context(|| format!("cannot write {}", target.display()))?;
            batches.push(file.batch);
        }
        if !batches.is_empty() {
            let folder = self.store.join(&self.folder);
            File::open(&folder)
                .and_then(|f| f.sync_all())
                .with_context(|| format!("cannot sync {}", folder.display()))?;
        }
        Ok(batches)
    }

    /// Forgets what was not sealed.
    pub(super) fn discard(&mut self) {
        let open = self.open.take().map(|file| file.temporary);
        for path in open.into_iter().chain(self.closed.drain(..).map(|file| file.temporary)) {
            let _ = std::fs::remove_file(path);
        }
    }

    fn create(&mut self) -> Result<OpenFile> {
        let temporary = self.store.join(&self.folder).join(format!("{}-{}.tmp", self.pull_id, self.files));
        let writer = writer(&temporary)?;
        Ok(OpenFile {
            writer,
            temporary,
            keys: Vec::new(),
            records: Vec::new(),
            first_seq: self.seq,
            chunk_bytes: 0,
            bytes: 0,
            rows: 0,
        })
    }

    fn close(&mut self) -> Result<()> {
        let Some(mut file) = self.open.take() else { return Ok(()) };
        let temporary = file.temporary.clone();
        let result = file.flush(self.extracted_at).and_then(|()| finish(file.writer));
        if result.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        result.with_context(|| format!("cannot write {}", temporary.display()))?;
        let (window_from, window_to) = self.window.clone().unzip();
        let batch = NewBatch {
            path: format!("{}/{}-{}.parquet", self.folder, self.pull_id, self.files),
            rows: file.rows,
            sha256: file_hash(&temporary)?,
            window_from,
            window_to,
        };
        self.files += 1;
        self.closed.push(ClosedFile { temporary, batch });
        Ok(())
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.discard();
    }
}

impl OpenFile {
    fn flush(&mut self, extracted_at: Timestamp) -> Result<()> {
        let rows = self.keys.len();
        if rows == 0 {
            return Ok(());
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(self.keys.drain(..))),
            Arc::new(StringArray::from_iter_values(self.records.drain(..))),
            Arc::new(TimestampMicrosecondArray::from_value(extracted_at.as_microsecond(), rows)),
            Arc::new(Int64Array::from_iter_values(self.first_seq..self.first_seq + rows as i64)),
        ];
        self.writer.write(&RecordBatch::try_new(schema(), columns)?)?;
        self.first_seq += rows as i64;
        self.bytes += self.chunk_bytes;
        self.chunk_bytes = 0;
        Ok(())
    }
}

/// Writes a private landing file.
pub(super) fn writer(path: &Path) -> Result<ArrowWriter<File>> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
    Ok(ArrowWriter::try_new(file, schema(), Some(properties))?)
}

fn finish(writer: ArrowWriter<File>) -> Result<()> {
    writer.into_inner()?.sync_all()?;
    Ok(())
}

pub(super) fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("record", DataType::Utf8, false),
        Field::new("extracted_at", DataType::Timestamp(TimeUnit::Microsecond, None), false),
        Field::new("seq", DataType::Int64, false),
    ]))
}

fn folder(source: &str, stream: &str) -> String {
    format!("landing/{source}/{stream}")
}

/// Removes files of a stream that the ledger does not list: a crash came between file and transaction.
pub(super) fn sweep(store: &Path, ledger: &Ledger, source: &str, stream: &str) -> Result<()> {
    let folder = folder(source, stream);
    let Ok(entries) = std::fs::read_dir(store.join(&folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_file() && !ledger.lists_path(&path)? {
            std::fs::remove_file(entry.path()).with_context(|| format!("cannot remove {path}"))?;
        }
    }
    Ok(())
}

/// SHA-256 of a file, in hex.
pub fn file_hash(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read =
            std::io::Read::read(&mut file, &mut buffer).with_context(|| format!("cannot read {}", path.display()))?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
