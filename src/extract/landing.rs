//! Landing files: records as received, in private zstd Parquet, each of which exists entirely or not at all.
//!
//! Records are written to a temporary file; [`Landing::seal`] makes the finished files durable under their names, and only
//! the ledger's transaction makes them true. What the ledger does not list is swept when the next pull starts.

mod file;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub(super) use self::file::{BATCH, Writer, schema_of};
use self::file::{Making, Writing, cannot};
use super::manifest::Limits;
use crate::ledger::pulls::NewBatch;
use crate::ledger::{Ledger, private_folder};

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
    open: Option<Open>,
    closed: Vec<Closed>,
    content: Option<Sha256>,
}

struct Open {
    file: Making,
    temporary: PathBuf,
}

struct Closed {
    file: Writing,
    temporary: PathBuf,
    /// Its hash is known when it is written.
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
            content: Some(Sha256::new()),
        })
    }

    pub(super) fn store(&self) -> &Path {
        &self.store
    }

    /// Where a listed file is.
    pub(super) fn path_of(&self, listed: &str) -> PathBuf {
        self.store.join(listed)
    }

    /// The days that the following records replace: from, and the day after the last.
    pub(super) fn set_window(&mut self, from: String, to: String) {
        self.window = Some((from, to));
    }

    /// Nobody will ask for the content's hash: it is not made.
    pub(super) fn without_content_hash(&mut self) {
        self.content = None;
    }

    pub(super) fn append(&mut self, key: &str, record: &str) -> Result<()> {
        if let Some(content) = &mut self.content {
            content.update(key.as_bytes());
            content.update([0]);
            content.update(record.as_bytes());
            content.update([0]);
        }
        let file = match &mut self.open {
            Some(open) => &mut open.file,
            None => &mut self.open.insert(self.create()?).file,
        };
        file.append(key, record)?;
        self.seq += 1;
        if file.bytes >= self.file_bytes || file.rows >= self.file_rows {
            self.close()?;
        }
        Ok(())
    }

    /// There are files that are full: time for a checkpoint where the walk allows one.
    pub(super) fn is_due(&self) -> bool {
        !self.closed.is_empty()
    }

    /// A hash of everything appended, to see whether a full list differs from the last.
    pub(super) fn content_hash(&self) -> String {
        hex(&self.content.clone().unwrap_or_default().finalize())
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
        for closed in &mut self.closed {
            closed.batch.sha256 = closed.file.end().with_context(|| cannot(&closed.temporary))?;
        }
        let mut batches = Vec::with_capacity(self.closed.len());
        for closed in self.closed.drain(..) {
            let target = self.store.join(&closed.batch.path);
            std::fs::rename(&closed.temporary, &target).with_context(|| cannot(&target))?;
            batches.push(closed.batch);
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
        let mut left = Vec::new();
        if let Some(open) = self.open.take() {
            drop(open.file);
            left.push(open.temporary);
        }
        for closed in self.closed.drain(..) {
            drop(closed.file);
            left.push(closed.temporary);
        }
        for path in left {
            let _ = std::fs::remove_file(path);
        }
    }

    fn create(&self) -> Result<Open> {
        let temporary = self.store.join(&self.folder).join(format!("{}-{}.tmp", self.pull_id, self.files));
        let file = Making::create(temporary.clone(), self.extracted_at, self.seq)?;
        Ok(Open { file, temporary })
    }

    fn close(&mut self) -> Result<()> {
        let Some(Open { file, temporary }) = self.open.take() else { return Ok(()) };
        let (window_from, window_to) = self.window.clone().unzip();
        let batch = NewBatch {
            path: format!("{}/{}-{}.parquet", self.folder, self.pull_id, self.files),
            rows: file.rows,
            sha256: String::new(),
            window_from,
            window_to,
        };
        let file = file.close();
        if file.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        self.files += 1;
        self.closed.push(Closed { file: file?, temporary, batch });
        Ok(())
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.discard();
    }
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

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
