//! One process at a time: an advisory lock in the store that says who holds it and since when.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The lock; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Another process has it.
#[derive(Debug, thiserror::Error)]
#[error("{what} {holder}; wait for it to finish, or stop that process")]
pub struct Busy {
    /// "the warehouse is in use by".
    pub what: &'static str,
    /// "process 4711 (run) since 2026-11-16T07:00:00Z".
    pub holder: String,
}

impl Busy {
    /// Whether an error comes of another process's having it.
    pub fn is_behind(error: &anyhow::Error) -> bool {
        error.is::<Busy>() || error.chain().any(<dyn std::error::Error>::is::<Busy>)
    }
}

impl Lock {
    /// Takes the lock, waiting up to `patience`; `what` begins the message to whoever finds it taken, `who` is what the next one is
    /// told. Its error's root is [`Busy`] if another process still holds it.
    pub fn take(path: &Path, what: &'static str, who: &str, patience: Duration) -> Result<Lock> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let started = Instant::now();
        let mut told = false;
        while let Err(error) = file.try_lock() {
            if let std::fs::TryLockError::Error(error) = error {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
            let mut holder = String::new();
            file.seek(SeekFrom::Start(0))?;
            file.read_to_string(&mut holder)?;
            if started.elapsed() >= patience {
                return Err(Busy { what, holder }.into());
            }
            if !told {
                tracing::warn!("waiting: {what} {holder}");
                told = true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        // at no moment is it empty: who waits reads who holds it, the last one at worst
        let holder = format!("process {} ({who})", std::process::id());
        file.seek(SeekFrom::Start(0))?;
        file.write_all(holder.as_bytes())?;
        file.set_len(holder.len() as u64)?;
        Ok(Lock { _file: file })
    }

    /// What the last one to take it said of itself, and whether it still has it; `None` if nobody ever took it.
    pub fn look(path: &Path) -> Result<Option<(String, bool)>> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.with_context(|| format!("cannot open {}", path.display()))?,
        };
        let is_held = matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock));
        let mut holder = String::new();
        file.read_to_string(&mut holder)?;
        Ok(Some((holder, is_held)))
    }
}
