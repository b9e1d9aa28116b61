//! What a record must be before it lands: fields hashed and dropped, key found, required fields of their type. Everything else
//! is kept as received.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;

use super::drift::TWICE;
use super::hash::Hashing;
use super::lens;
use super::manifest::{Stream, Type, TypeName};
use super::mend;
use super::minimise::Minimise;
use super::pick::Picker;

/// Ends the reason of a record that its reader could not say truthfully: what is kept of it is not what the source has.
pub(super) const ANEW: &str = "; only reading it anew mends that";

/// A record's text, which may be a part of its page's: that is neither copied nor let go before its last record is.
pub(super) type Record = bytestring::ByteString;

/// A record after the contract.
pub(super) enum Checked {
    /// `shape` is that of [`super::pick::Picked::shape`].
    Good {
        key: String,
        record: Record,
        shape: u64,
    },
    Bad {
        key: Option<String>,
        path: String,
        reason: String,
        record: Record,
    },
}

impl Checked {
    /// The record's key, where it has one.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Checked::Good { key, .. } => Some(key),
            Checked::Bad { key, .. } => key.as_deref(),
        }
    }
}

/// A stream's contract, prepared once.
pub(super) struct Contract {
    hashing: Hashing,
    minimise: Minimise,
    /// Drops what is dropped and finds the required fields, then the fields of the key.
    picker: Picker,
    key: Vec<String>,
    required: Vec<(String, Type)>,
}

impl Contract {
    /// `store` has the key that fields are hashed with.
    pub(super) fn new(stream: &Stream, store: &Path) -> Result<Contract> {
        Ok(Contract {
            hashing: Hashing::new(&stream.hash, store)?,
            minimise: Minimise::new(&stream.drop_where),
            picker: Picker::new(&stream.drop, stream.required.keys().chain(&stream.key)),
            key: stream.key.clone(),
            required: stream.required.iter().map(|(path, kind)| (path.clone(), *kind)).collect(),
        })
    }

    /// Whether fields are hashed: what lands does not say what they held.
    pub(super) fn hashes(&self) -> bool {
        self.hashing.is_any()
    }

    /// Checks a record that is known to be JSON.
    pub(super) fn check(&self, received: &Record) -> Checked {
        let hashed = self.hashing.apply(received);
        let minimised = self.minimise.apply(&hashed);
        let picked = self.picker.pick(&minimised);
        let is_as_received = matches!((&hashed, &minimised), (Cow::Borrowed(_), Cow::Borrowed(_)));
        let record = match picked.rest() {
            Cow::Borrowed(rest) if is_as_received => received.slice_ref(rest),
            rest => Record::from(rest.into_owned()),
        };
        let shape = picked.shape();
        let (required, key) = picked.values.split_at(self.required.len());
        let key = self.joined(key.iter().map(|value| value.and_then(lens::plain)));
        if !record.starts_with('{') {
            return Checked::Bad { key, path: String::new(), reason: "is not an object".into(), record };
        }
        if let Some(escape) = half_character(&record) {
            if let Some((path, reason)) = mend::wrong(&record) {
                return Checked::Bad {
                    key,
                    path,
                    reason: format!("{reason}{ANEW}"),
                    record: mend::shown(&record).into(),
                };
            }
            let reason = format!("holds {escape}, which is half of a character");
            return Checked::Bad { key, path: String::new(), reason, record };
        }
        if let Some(index) = picked.repeated {
            let path =
                self.required.iter().map(|(path, _)| path).chain(&self.key).nth(index).cloned().unwrap_or_default();
            return Checked::Bad { key, path, reason: TWICE.into(), record };
        }
        for ((path, kind), value) in self.required.iter().zip(required) {
            if violation(*value, *kind).is_some() {
                // said of what is kept: a value is not shown with what was dropped from it
                let reason = violation(lens::at(&record, path), *kind).unwrap_or_default();
                return Checked::Bad { key, path: path.clone(), reason, record };
            }
        }
        match key {
            Some(key) => Checked::Good { key, record, shape },
            None => Checked::Bad { key: None, path: self.key.join(" "), reason: "has no key".into(), record },
        }
    }

    /// Key of a record, as it would be landed: one field's text, or several as a JSON array; empty where the stream has no key.
    pub(super) fn key_of(&self, record: &str) -> Option<String> {
        let hashed = self.hashing.apply(record);
        self.joined(self.key.iter().map(|pointer| lens::plain_at(&hashed, pointer)))
    }

    fn joined(&self, mut parts: impl Iterator<Item = Option<String>>) -> Option<String> {
        match self.key.len() {
            0 => Some(String::new()),
            1 => parts.next()?.filter(|key| !key.is_empty()),
            _ => {
                let parts: Vec<Option<String>> = parts.collect();
                let is_known = parts.iter().any(Option::is_some);
                let parts: Vec<String> =
                    parts.iter().map(|p| p.as_ref().map_or_else(|| "null".to_owned(), |p| lens::quote(p))).collect();
                is_known.then(|| format!("[{}]", parts.join(",")))
            }
        }
    }
}

fn violation(value: Option<&str>, kind: Type) -> Option<String> {
    let value = match value {
        Some("null") | None if kind.nullable => return None,
        Some("null") => return Some("is null".into()),
        None => return Some("is missing".into()),
        Some(value) => value,
    };
    let is_number = value.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let (fits, wanted) = match kind.name {
        TypeName::String => (value.starts_with('"'), "a string"),
        TypeName::Integer if is_number && !value.contains(['.', 'e', 'E']) => {
            (value.parse::<i64>().is_ok(), "a whole number of at most 18 digits")
        }
        TypeName::Integer => (false, "a whole number"),
        TypeName::Number => (is_number, "a number"),
        TypeName::Boolean => (value == "true" || value == "false", "true or false"),
        TypeName::Object => (value.starts_with('{'), "an object"),
        TypeName::Array => (value.starts_with('['), "a list"),
        TypeName::Date => (is_date(value), "a date like 2026-01-31"),
        TypeName::Decimal => (is_decimal(value), "a number like 1234.50"),
        TypeName::Any => (true, ""),
    };
    (!fits).then(|| format!("is not {wanted} but {}", excerpt(value)))
}

/// The first escape that stands for half of a surrogate pair without the other: JSON by its grammar, but no text, and the
/// warehouse refuses it with all that is loaded at once.
fn half_character(record: &str) -> Option<&str> {
    let bytes = record.as_bytes();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..], b"\\u").map(|at| from + at) {
        // an even number of backslashes before it makes it an escape
        let is_escape = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count().is_multiple_of(2);
        let unit = |at: usize| {
            let digits = record.get(at..at + 6)?.strip_prefix("\\u")?;
            u16::from_str_radix(digits, 16).ok()
        };
        from = at + 2;
        match unit(at).filter(|_| is_escape) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => from = at + 12,
            Some(0xD800..=0xDFFF) => return record.get(at..at + 6),
            _ => {}
        }
    }
    None
}

fn is_date(value: &str) -> bool {
    lens::plain(value).is_some_and(|text| {
        let day = text.get(..10).unwrap_or_default();
        day.as_bytes().get(4) == Some(&b'-') && day.parse::<jiff::civil::Date>().is_ok()
    })
}

fn is_decimal(value: &str) -> bool {
    lens::plain(value).is_some_and(|text| text.parse::<rust_decimal::Decimal>().is_ok())
}

/// The first characters of a text on one line.
pub(super) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::half_character;
    use proptest::prelude::*;

    #[test]
    fn halves_of_characters_are_found_and_whole_ones_are_not() {
        assert_eq!(half_character(r#"{"a":"\ud800"}"#), Some(r"\ud800"));
        assert_eq!(half_character(r#"{"a":"\uD83D\uDE00 \u00e4 \u0000"}"#), None);
        assert_eq!(half_character(r#"{"a":"\uDE00\uD83D"}"#), Some(r"\uDE00"));
        assert_eq!(half_character(r#"{"a":"\uD83D\u0041"}"#), Some(r"\uD83D"));
        assert_eq!(half_character(r#"{"a":"\\ud800"}"#), None, "a backslash and text");
        assert_eq!(half_character(r#"{"a":"\\\ud800"}"#), Some(r"\ud800"));
    }

    proptest! {
        #[test]
        fn whatever_a_parser_takes_for_text_is_whole(text in any::<String>(), tail in "(\\\\|\\\\u[dD][89abcdefF0-7]{3}|u00e4|x){0,8}") {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(half_character(&written), None);
            let odd = format!("\"{tail}\"");
            if let Ok(text) = serde_json::from_str::<String>(&odd) {
                prop_assert_eq!(half_character(&odd), None, "{}", text);
            } else if serde_json::from_str::<serde::de::IgnoredAny>(&odd).is_ok() {
                prop_assert!(half_character(&odd).is_some(), "{}", odd);
            }
        }
    }
}
