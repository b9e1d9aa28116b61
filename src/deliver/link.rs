//! Links that mails carry: each opens one edition to one reader for some days, and nothing else. Nothing is kept of them: what
//! a link may do is in it, signed.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::Edition;
use super::key::Key;
use crate::config::Config;

const PURPOSE: &str = "bizreview reading link 1";

/// No token is longer.
const LONGEST: usize = 1_000;

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Bare address of the one it was made for.
    pub recipient: String,
    /// Key of `[reports]`.
    pub report: String,
    /// Period id.
    pub period: String,
    /// Of the edition.
    pub number: u32,
    /// Links made before their reader's were called back are void. Whole seconds, as is the next.
    pub made_at: Timestamp,
    /// From then on it opens nothing.
    pub expires_at: Timestamp,
}

impl Reading {
    /// As it stands in an address.
    pub fn token(&self, key: &Key) -> String {
        let text = self.text();
        let signature = URL_SAFE_NO_PAD.encode(key.sign(PURPOSE, &text));
        format!("{}.{signature}", URL_SAFE_NO_PAD.encode(text))
    }

    /// What a token says, expired or not; `None` when it was not made with this key.
    pub fn of_token(key: &Key, token: &str) -> Option<Reading> {
        let (text, signature) = token.split_once('.').filter(|_| token.len() <= LONGEST)?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !key.is_signed(PURPOSE, &text, &signature) {
            return None;
        }
        let [recipient, report, period, number, made_at, expires_at] = text.split('\n').collect::<Vec<_>>()[..] else {
            return None;
        };
        let second = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
        Some(Reading {
            recipient: recipient.to_owned(),
            report: report.to_owned(),
            period: period.to_owned(),
            number: number.parse().ok()?,
            made_at: second(made_at)?,
            expires_at: second(expires_at)?,
        })
    }

    /// Addresses and names of reports and periods have no line breaks.
    fn text(&self) -> String {
        let Reading { recipient, report, period, number, made_at, expires_at } = self;
        let (made_at, expires_at) = (made_at.as_second(), expires_at.as_second());
        format!("{recipient}\n{report}\n{period}\n{number}\n{made_at}\n{expires_at}")
    }

    /// The same reading from now on.
    #[must_use]
    pub fn renewed(self, days: u32, now: Timestamp) -> Reading {
        Reading { made_at: now, expires_at: expiry(days, now), ..self }
    }
}

/// Writes a mail's links.
#[derive(Debug, Clone)]
pub struct Signer {
    key: Key,
    base: String,
    days: u32,
}

impl Signer {
    /// `None` without `public_url`: then mails have no links.
    pub fn of(config: &Config) -> Result<Option<Signer>> {
        let Some(url) = &config.mail.public_url else { return Ok(None) };
        let base = url.trim_end_matches('/').to_owned();
        Ok(Some(Signer { key: Key::of(config)?, base, days: config.web.link_days }))
    }

    /// A text with the address of its edition replaced by one for this reader, made at the time of the mail: the same mail to
    /// the same reader has the same link.
    pub fn signed(&self, text: &str, edition: &Edition, recipient: &str, date: Timestamp) -> String {
        let Edition { report, period, number, .. } = edition;
        let plain = format!("{}/reports/{report}/{period}/{number}/index.html", self.base);
        let reading = Reading {
            recipient: recipient.to_owned(),
            report: report.clone(),
            period: period.clone(),
            number: *number,
            made_at: date,
            expires_at: expiry(self.days, date),
        };
        text.replace(&plain, &address(&self.base, &reading.token(&self.key)))
    }
}

/// Where a token is redeemed.
pub fn address(base: &str, token: &str) -> String {
    format!("{}/r/{token}", base.trim_end_matches('/'))
}

fn expiry(days: u32, from: Timestamp) -> Timestamp {
    from.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        let made_at: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        Reading {
            recipient: "ann@acme.example".into(),
            report: "support".into(),
            period: "2026-W47".into(),
            number: 2,
            made_at,
            expires_at: expiry(14, made_at),
        }
    }

    #[test]
    fn a_token_says_what_it_was_made_for_and_no_byte_of_it_can_be_changed() {
        let key = Key::from_secret("0123456789abcdef0123456789abcdef");
        let token = reading().token(&key);
        assert_eq!(token, reading().token(&key));
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')), "{token}");
        assert_eq!(Reading::of_token(&key, &token), Some(reading()));
        assert_eq!(Reading::of_token(&Key::from_secret("another"), &token), None);
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(bytes).unwrap();
            // the last letter carries bits beyond the last byte
            if other != token {
                assert_eq!(Reading::of_token(&key, &other), None, "{index}");
            }
        }
        for forged in ["", ".", "a.b", &token[1..], &format!("{token}."), &"x".repeat(5_000)] {
            assert_eq!(Reading::of_token(&key, forged), None, "{forged}");
        }
    }
}
