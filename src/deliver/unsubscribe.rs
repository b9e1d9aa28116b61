//! The link by which a reader leaves a report (RFC 8058). Its token says nothing to anybody else: it is a keyed digest of report
//! and address, and is found again by making it for everybody mail was made for.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::key::Key;
use crate::config::Config;

const PURPOSE: &str = "bizreview unsubscribe 1";

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
        Ok(Some(Leave { key: Key::of(config)?, base }))
    }

    /// Where somebody leaves a report.
    pub(super) fn link(&self, report: &str, address: &str) -> String {
        format!("{}/unsubscribe/{}", self.base, token(&self.key, report, address))
    }
}

/// The token of one reader of one report, always the same.
pub fn token(key: &Key, report: &str, address: &str) -> String {
    URL_SAFE_NO_PAD.encode(key.sign(PURPOSE, &signed(report, address)))
}

/// Whose token it is among those who may have one, as report and address.
pub fn verify(
    key: &Key,
    token: &str,
    candidates: impl IntoIterator<Item = (String, String)>,
) -> Option<(String, String)> {
    let signature = URL_SAFE_NO_PAD.decode(token).ok()?;
    candidates.into_iter().find(|(report, address)| key.is_signed(PURPOSE, &signed(report, address), &signature))
}

/// Mailboxes that differ in case only are one.
fn signed(report: &str, address: &str) -> String {
    format!("{report}\n{}", address.to_lowercase())
}
