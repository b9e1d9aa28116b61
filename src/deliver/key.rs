//! The secret that signs links: a file of the store, made when it is first needed, or one the company keeps itself.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::config::{Config, Secrets};
use crate::ledger::private_folder;

/// The store's own key, relative to the store.
pub const FILE: &str = "keys/web";

/// Bytes a key must have at least: as many as the digest.
const LEAST: usize = 32;

/// Signs and checks. Never printed.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// `[web] key`, else the store's own, which is made if there is none.
    pub fn of(config: &Config) -> Result<Key> {
        if let Some(reference) = &config.web.key {
            let secret = Secrets::default().resolve(reference, "[web] key", &config.folder)?;
            let bytes = secret.expose_secret().as_bytes().to_vec();
            ensure!(
                bytes.len() >= LEAST,
                "[web] key has {} bytes and must have {LEAST} or more, or links could be forged; make one with `openssl rand \
                 -hex 32`, or leave it out: the store then has its own",
                bytes.len()
            );
            return Ok(Key(bytes));
        }
        let path = config.store().join(FILE);
        if !path.exists() {
            private_folder(&config.store())?;
            private_folder(path.parent().unwrap_or(&path))?;
            make(&path).with_context(|| format!("cannot make the key {}", path.display()))?;
        }
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read the key {}", path.display()))?;
        ensure!(
            bytes.len() == LEAST,
            "the key {} is damaged ({} bytes instead of {LEAST}); remove it: a new one is made, and links that were mailed open \
             nothing any more",
            path.display(),
            bytes.len()
        );
        Ok(Key(bytes))
    }

    /// A key for a purpose of its own from secret bytes that are none themselves: a cookie.
    pub fn from_secret(secret: &str) -> Key {
        Key(secret.as_bytes().to_vec())
    }

    /// The signature of what is said for a purpose. No two purposes share one.
    pub fn sign(&self, purpose: &str, what: &str) -> [u8; 32] {
        self.mac(purpose, what).finalize().into_bytes().into()
    }

    /// Whether a signature is right; takes as long whatever is wrong with it.
    pub fn is_signed(&self, purpose: &str, what: &str, signature: &[u8]) -> bool {
        self.mac(purpose, what).verify_slice(signature).is_ok()
    }

    fn mac(&self, purpose: &str, what: &str) -> Hmac<Sha256> {
        // a key of any length is taken
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(what.as_bytes());
        mac
    }
}

/// Whoever is first makes it; the others find it whole.
fn make(path: &Path) -> Result<()> {
    let bytes: [u8; LEAST] = unguessable()?;
    let suffix: [u8; 4] = unguessable()?;
    let temporary = path.with_file_name(format!(".web-{:08x}.tmp", u32::from_be_bytes(suffix)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_key_one_purpose_and_one_text() {
        let key = Key(vec![7; 32]);
        let signature = key.sign("link", "a");
        assert!(key.is_signed("link", "a", &signature));
        assert!(!key.is_signed("link", "b", &signature) && !key.is_signed("csrf", "a", &signature));
        assert!(!Key(vec![8; 32]).is_signed("link", "a", &signature));
        assert!(!key.is_signed("link", "a", &signature[..31]) && !key.is_signed("link", "a", &[]));
        assert_ne!(key.sign("a", "b"), key.sign("ab", ""));
    }
}
