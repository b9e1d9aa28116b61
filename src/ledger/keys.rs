//! Secrets of the store: private files, each made when it is first needed.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::private_folder;

/// What a key has: as many as the digest that it keys.
pub const BYTES: usize = 32;

/// The key in a file of the store (`keys/web`), made if there is none. `lost` says what happens to one who removes it.
pub fn of(store: &Path, file: &str, lost: &str) -> Result<[u8; BYTES]> {
    let path = store.join(file);
    if !path.exists() {
        private_folder(store)?;
        private_folder(path.parent().unwrap_or(&path))?;
        make(&path).with_context(|| format!("cannot make the key {}", path.display()))?;
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read the key {}", path.display()))?;
    let found = bytes.len();
    bytes.try_into().ok().with_context(|| {
        format!(
            "the key {} is damaged ({found} bytes instead of {BYTES}); remove it: a new one is made, and {lost}",
            path.display()
        )
    })
}

/// Whoever is first makes it; the others find it whole.
fn make(path: &Path) -> Result<()> {
    let bytes: [u8; BYTES] = unguessable()?;
    let suffix: [u8; 4] = unguessable()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}-{:08x}.tmp", u32::from_be_bytes(suffix)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let linked = file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| {
        match std::fs::hard_link(&temporary, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    });
    let _ = std::fs::remove_file(&temporary);
    Ok(linked?)
}

/// Random bytes that cryptography relies on.
pub fn unguessable<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).ok().context("the system gives no random numbers")?;
    Ok(bytes)
}
