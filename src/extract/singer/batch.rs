//! Files that a BATCH message names: newline-delimited JSON in a folder of ours, gone once they are read.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;
use tokio::time::Instant;

use super::lines::{Line, Lines};

/// What one file may hold, decompressed.
const FILE_BYTES: u64 = 16 << 30;

/// How the files of a message are read.
pub(super) struct Reading<'a> {
    /// The one folder where they may be.
    pub(super) folder: &'a Path,
    pub(super) line_bytes: usize,
    pub(super) deadline: Instant,
}

impl Reading<'_> {
    /// Hands on every line of a file that is not empty.
    pub(super) fn each(&self, address: &str, is_gzip: bool, mut told: impl FnMut(&Line) -> Result<()>) -> Result<()> {
        let path = self.place(address)?;
        let name = path.display();
        let file = File::open(&path).with_context(|| format!("cannot read {name}"))?;
        let mut reader: Box<dyn Read> = if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let (mut lines, mut chunk, mut bytes) = (Lines::new(self.line_bytes), vec![0; 64 << 10], 0_u64);
        loop {
            let read = reader.read(&mut chunk).with_context(|| format!("cannot read {name}"))?;
            bytes += read as u64;
            ensure!(bytes <= FILE_BYTES, "{name} holds more than {} GB", FILE_BYTES >> 30);
            ensure!(Instant::now() < self.deadline, "there was no time left to read {name}");
            lines.feed(&chunk[..read]);
            while let Some(line) = lines.pop().or_else(|| if read == 0 { lines.rest() } else { None }) {
                if !matches!(&line, Line::Whole(text) if text.iter().all(u8::is_ascii_whitespace)) {
                    told(&line)?;
                }
            }
            if read == 0 {
                break;
            }
        }
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {name}"))
    }

    /// The file of an address, which no link leads out of the folder.
    fn place(&self, address: &str) -> Result<PathBuf> {
        let path = match url::Url::parse(address) {
            Ok(url) if url.scheme() == "file" => url.to_file_path().ok(),
            Ok(_) => bail!("the tap's BATCH is at {address:?}; only files in {} are read", self.folder.display()),
            Err(_) => Some(PathBuf::from(address)),
        };
        let path = path.with_context(|| format!("the tap's BATCH is at {address:?}, which is no file"))?;
        let folder = self.folder.canonicalize().with_context(|| format!("{} is gone", self.folder.display()))?;
        let path =
            path.canonicalize().with_context(|| format!("the tap's BATCH file {} is not there", path.display()))?;
        ensure!(
            path.starts_with(&folder) && path.is_file(),
            "the tap's BATCH file {} is outside {}, the only folder it is read from: write \"file://{{batch}}\" in the tap's \
             batch_config",
            path.display(),
            folder.display()
        );
        Ok(path)
    }
}
