//! What a record must be before it lands: fields dropped, key found, required fields of their type. Everything else is
//! kept as received.

use super::lens::{self, Removal};
use super::manifest::{Stream, Type, TypeName};
use super::minimise::Minimise;

/// A record after the contract.
pub(super) enum Checked {
    Good { key: String, record: String },
    Bad { key: Option<String>, path: String, reason: String, record: String },
}

/// A stream's contract, prepared once.
pub(super) struct Contract {
    minimise: Minimise,
    removal: Removal,
    key: Vec<String>,
    required: Vec<(String, Type)>,
}

impl Contract {
    pub(super) fn new(stream: &Stream) -> Contract {
        Contract {
            minimise: Minimise::new(&stream.drop_where),
            removal: Removal::new(&stream.drop),
            key: stream.key.clone(),
            required: stream.required.iter().map(|(path, kind)| (path.clone(), *kind)).collect(),
        }
    }

    pub(super) fn check(&self, record: &str) -> Checked {
        let record = self.removal.apply(&self.minimise.apply(record));
        let key = self.key_of(&record);
        if !record.starts_with('{') {
            return Checked::Bad { key, path: String::new(), reason: "is not an object".into(), record };
        }
        for (path, kind) in &self.required {
            if let Some(reason) = violation(lens::at(&record, path), *kind) {
                return Checked::Bad { key, path: path.clone(), reason, record };
            }
        }
        match key {
            Some(key) => Checked::Good { key, record },
            None => Checked::Bad { key: None, path: self.key.join(" "), reason: "has no key".into(), record },
        }
    }

    /// One field's text, or several as a JSON array; empty where the stream has no key.
    pub(super) fn key_of(&self, record: &str) -> Option<String> {
        match self.key.as_slice() {
            [] => Some(String::new()),
            [one] => lens::plain_at(record, one).filter(|key| !key.is_empty()),
            many => {
                let parts: Vec<Option<String>> = many.iter().map(|p| lens::plain_at(record, p)).collect();
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
        TypeName::Integer => (is_number && !value.contains(['.', 'e', 'E']), "a whole number"),
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
