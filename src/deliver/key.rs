//! The secret that signs links: a file of the store, made when it is first needed, or one the company keeps itself.

use anyhow::{Result, ensure};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::config::{Config, Secrets};
use crate::ledger::keys;

pub use crate::ledger::keys::unguessable;

/// The store's own key, relative to the store.
pub const FILE: &str = "keys/web";

/// Bytes a key must have at least: as many as the digest.
const LEAST: usize = keys::BYTES;

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
        let lost = "links that were mailed open nothing any more";
        Ok(Key(keys::of(&config.store(), FILE, lost)?.to_vec()))
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
