//! `{placeholders}` in a manifest's texts. An unknown one is an error, never an empty string.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail};

use crate::config::nearest;

/// Values by placeholder.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Replaces every `{name}`; braces around anything else stay.
    pub(super) fn fill(&self, text: &str) -> Result<String> {
        self.fill_with(text, str::to_owned)
    }

    /// The same for a URL path: values cannot add segments, queries or fragments.
    pub(super) fn fill_path(&self, text: &str) -> Result<String> {
        self.fill_with(text, |value| {
            let mut out = String::new();
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric()
                    || b"-_~@:".contains(&byte)
                    || (byte == b'.' && value != "." && value != "..")
                {
                    out.push(char::from(byte));
                } else {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
            out
        })
    }

    /// Every text of a JSON body.
    pub(super) fn fill_json(&self, value: &serde_json::Value) -> Result<serde_json::Value> {
        use serde_json::Value;
        Ok(match value {
            Value::String(text) => Value::String(self.fill(text)?),
            Value::Array(list) => Value::Array(list.iter().map(|v| self.fill_json(v)).collect::<Result<_>>()?),
            Value::Object(map) => {
                Value::Object(map.iter().map(|(k, v)| Ok((k.clone(), self.fill_json(v)?))).collect::<Result<_>>()?)
            }
            other => other.clone(),
        })
    }

    fn fill_with(&self, text: &str, escape: impl Fn(&str) -> String) -> Result<String> {
        let mut out = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Name(name) => {
                    let Some(value) = self.0.get(name) else {
                        let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
                        bail!("the placeholder {{{name}}} has no value{}", nearest(name, &known));
                    };
                    out.push_str(&escape(value));
                }
            }
        }
        Ok(out)
    }
}

/// A piece of a text: what stands there, or the name of a placeholder.
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        parts.push(Part::Text(&rest[..open]));
        rest = &rest[open..];
        let name = rest[1..].split('}').next().unwrap_or_default();
        let is_name = !name.is_empty()
            && rest.len() > name.len() + 1
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if is_name {
            parts.push(Part::Name(name));
            rest = &rest[name.len() + 2..];
        } else {
            parts.push(Part::Text("{"));
            rest = &rest[1..];
        }
    }
    parts.push(Part::Text(rest));
    parts
}

/// The placeholders of a text.
pub(super) fn names(text: &str) -> Vec<String> {
    let names = parts(text).into_iter().filter_map(|part| match part {
        Part::Name(name) => Some(name.to_owned()),
        Part::Text(_) => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn names_are_filled_and_other_braces_stay() {
        let mut values = Values::default();
        values.set("page", "a/../b");
        assert_eq!(values.fill("x {page} {} {A} {").unwrap(), "x a/../b {} {A} {");
        assert_eq!(values.fill_path("/pages/{page}/x").unwrap(), "/pages/a%2F..%2Fb/x");
        assert!(values.fill("{pge}").unwrap_err().to_string().contains("did you mean page"));
    }
}
