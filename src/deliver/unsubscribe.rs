//! The link by which a reader leaves a report (RFC 8058). Its token says nothing to anybody else: it is a keyed digest of report
//! and address, and is found again by making it for everybody mail was made for.

use std::path::Path;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::Config;
use crate::ledger::key::Key;

/// Part of the key's digest that goes into a link: 160 bits.
const LENGTH: usize = 20;

/// How readers of this company's reports leave them.
#[derive(Debug, Clone)]
pub struct Leave {
    key: Key,
    base: String,
}

impl Leave {
    /// `None` without `[mail] public_url`: there is nothing a link could lead to. The key is made when it is first needed.
    pub fn of(config: &Config) -> Result<Option<Leave>> {
        let Some(url) = &config.mail.public_url else { return Ok(None) };
        let base = url.trim_end_matches('/').to_owned();
        Ok(Some(Leave { key: key(&config.store())?, base }))
    }

    /// Where somebody leaves a report.
    pub(super) fn link(&self, report: &str, address: &str) -> Result<String> {
        Ok(format!("{}/unsubscribe/{}", self.base, token(&self.key, report, address)?))
    }
}

/// The key of a store's links.
pub fn key(store: &Path) -> Result<Key> {
    Key::of_store(store, "unsubscribe")
}

/// The token of one reader of one report, always the same.
pub fn token(key: &Key, report: &str, address: &str) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(&key.sign(signed(report, address).as_bytes())?[..LENGTH]))
}

/// Whose token it is among those who may have one, as report and address.
pub fn verify(
    key: &Key,
    token: &str,
    candidates: impl IntoIterator<Item = (String, String)>,
) -> Option<(String, String)> {
    let signature = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == LENGTH)?;
    candidates.into_iter().find(|(report, address)| key.verify(signed(report, address).as_bytes(), &signature))
}

/// Mailboxes that differ in case only are one.
fn signed(report: &str, address: &str) -> String {
    format!("unsubscribe\n{report}\n{}", address.to_lowercase())
}
