//! Secrets: named by environment variable or file, never written in the configuration, never printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

const HELP: &str = "a secret is named, not written here: { env = \"VARIABLE\" } or { file = \"PATH\" }";

/// Where a secret is kept: `{ env = "NAME" }` or `{ file = "PATH" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    Env(String),
    File(PathBuf),
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Inline(#[expect(dead_code, reason = "an inline secret is refused, its text never used")] String),
            Table(BTreeMap<String, String>),
        }
        let Raw::Table(table) = Raw::deserialize(deserializer).map_err(|_| D::Error::custom(HELP))? else {
            return Err(D::Error::custom(HELP));
        };
        match table.iter().next() {
            Some((key, value)) if table.len() == 1 && key == "env" => Ok(SecretRef::Env(value.clone())),
            Some((key, value)) if table.len() == 1 && key == "file" => Ok(SecretRef::File(value.into())),
            _ => Err(D::Error::custom(HELP)),
        }
    }
}

/// The environment secrets are looked up in: the process's own, with additions (the demo has no real keys).
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    added: BTreeMap<String, String>,
}

impl Secrets {
    /// Adds or replaces one variable for this process only.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Secrets {
        self.added.insert(name.into(), value.into());
        self
    }

    /// Resolves a reference. `owner` says what needs it, for the error: "source billing".
    pub fn resolve(&self, reference: &SecretRef, owner: &str, folder: &Path) -> Result<SecretString> {
        let text = match reference {
            SecretRef::Env(name) => match self.added.get(name).cloned().or_else(|| std::env::var(name).ok()) {
                Some(value) => value,
                None => bail!("{owner} needs a secret: set the environment variable {name}"),
            },
            SecretRef::File(path) => {
                let path = folder.join(path);
                std::fs::read_to_string(&path)
                    .with_context(|| format!("{owner} needs a secret: cannot read the file {}", path.display()))?
            }
        };
        let text = text.trim();
        if text.is_empty() {
            bail!("{owner} needs a secret: {} is empty", reference.describe());
        }
        Ok(SecretString::from(text.to_owned()))
    }
}

/// A parser's message quotes the line it is about: where that line names a secret, its values are blanked.
pub(super) fn blank(message: &str) -> String {
    let is_about_one = message.contains(HELP);
    let lines = message.lines().map(|line| blank_if(line, is_about_one));
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn blank_line(line: &str) -> String {
    blank_if(line, false)
}

/// The line with its value blanked, where its key names a secret or the value certainly is one.
fn blank_if(line: &str, is_secret: bool) -> String {
    const KEYS: [&str; 6] = ["token", "password", "secret", "api_key", "webhook", "ping"];
    let quoted = line.split_once(" | ").filter(|(number, _)| number.trim().parse::<u32>().is_ok());
    let Some((number, (key, value))) = quoted.and_then(|(number, text)| Some((number, text.split_once('=')?))) else {
        return line.to_owned();
    };
    // a mistyped key is what the message may be about
    let is_key = is_secret || key.trim() == "key";
    if !is_key && !KEYS.iter().any(|name| key.contains(name) || strsim::damerau_levenshtein(key.trim(), name) <= 2) {
        return line.to_owned();
    }
    let value: String = value.chars().map(|c| if c.is_alphanumeric() { '*' } else { c }).collect();
    format!("{number} | {key}={value}")
}

impl SecretRef {
    fn describe(&self) -> String {
        match self {
            SecretRef::Env(name) => format!("the environment variable {name}"),
            SecretRef::File(path) => format!("the file {}", path.display()),
        }
    }
}
