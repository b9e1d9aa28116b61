//! Keys that what this store gives out is signed with: a private file each, made when it is first needed. Whoever restores a
//! store without its keys makes new ones, and what was signed with the old ones is worth nothing any more.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::private_folder;

/// 256 random bits for one purpose.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(***)")
    }
}

impl Key {
    /// The key of a purpose (letters only), `keys/PURPOSE` in the store.
    pub fn of_store(store: &Path, purpose: &str) -> Result<Key> {
        let path = store.join("keys").join(purpose);
        Key::read_or_make(&path).with_context(|| format!("the key {}", path.display()))
    }

    fn read_or_make(path: &Path) -> Result<Key> {
        match std::fs::read(path) {
            Ok(bytes) => return Key::from_bytes(&bytes),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).context("cannot be read"),
            Err(_) => {}
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        private_folder(folder)?;
        let mut bytes = [0; 32];
        let provider = rustls::crypto::ring::default_provider();
        provider.secure_random.fill(&mut bytes).ok().context("the system gives no random numbers")?;
        // Whole or not at all, and the first of two processes wins: a link fails where the name is taken.
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let made = (|| {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            match std::fs::hard_link(&temporary, path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                linked => linked,
            }?;
            std::fs::File::open(folder)?.sync_all()
        })();
        let _ = std::fs::remove_file(&temporary);
        made.context("cannot be made")?;
        Key::from_bytes(&std::fs::read(path).context("cannot be read")?)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Key> {
        ensure!(
            bytes.len() == 32,
            "it is not 32 bytes long; restore it from a backup, or remove it to have a new one made"
        );
        let mut key = [0; 32];
        key.copy_from_slice(bytes);
        Ok(Key(key))
    }

    /// HMAC-SHA256 of a message.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 32]> {
        Ok(self.mac(message)?.finalize().into_bytes().into())
    }

    /// Whether `signature` is the start of a message's, at least 16 bytes of it. Takes the same time whatever differs.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() >= 16 && self.mac(message).is_ok_and(|mac| mac.verify_truncated_left(signature).is_ok())
    }

    fn mac(&self, message: &[u8]) -> Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok().context("a key of the wrong length")?;
        mac.update(message);
        Ok(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let store = std::env::temp_dir().join(format!("bizreview-key-{}", std::process::id()));
        let made = Key::of_store(&store, "links").unwrap();
        let read = Key::of_store(&store, "links").unwrap();
        let signature = made.sign(b"text").unwrap();
        assert!(read.verify(b"text", &signature) && read.verify(b"text", &signature[..16]));
        assert!(!read.verify(b"text", &signature[..15]) && !read.verify(b"other", &signature));
        assert!(!Key::of_store(&store, "others").unwrap().verify(b"text", &signature));
        let mode = std::fs::metadata(store.join("keys/links")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(store.join("keys")).unwrap().count(), 2, "no temporary file is left");
        std::fs::write(store.join("keys/links"), "short").unwrap();
        let error = format!("{:#}", Key::of_store(&store, "links").unwrap_err());
        assert!(error.contains("keys/links") && error.contains("backup"), "{error}");
        std::fs::remove_dir_all(&store).unwrap();
    }
}
