//! What a tap is told: its configuration with the secrets in it, handed over in a private file that is gone afterwards.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::super::manifest::Tap;
use super::super::template::Values;
use crate::config::{Secrets, Source, named_secret};
use crate::ledger::private_folder;

/// Shorter texts would mask half of every log.
const SHORTEST: usize = 4;

/// Where a tap's configuration is from.
pub(super) struct Origin<'a> {
    pub(super) tap: &'a Tap,
    pub(super) source: &'a Source,
    pub(super) secrets: &'a Secrets,
    pub(super) values: &'a Values,
    /// "source NAME (MANIFEST)".
    pub(super) owner: &'a str,
    /// The configuration's, where relative paths of secrets start.
    pub(super) folder: &'a Path,
}

/// Texts that appear in no log and no message.
#[derive(Default)]
pub(super) struct Hidden(Vec<SecretString>);

impl Hidden {
    fn add(&mut self, secret: &str) {
        // A secret of several lines is logged a line at a time, and JSON escapes what is not plain.
        let escaped = super::super::lens::quote(secret);
        let forms = secret.lines().chain([secret, escaped.trim_matches('"')]);
        self.0.extend(forms.map(str::trim).filter(|form| form.len() >= SHORTEST).map(|form| form.to_owned().into()));
    }

    /// A text without the secrets.
    pub(super) fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            let secret = secret.expose_secret();
            if text.contains(secret) { text.replace(secret, "***") } else { text }
        })
    }
}

/// The tap's configuration as JSON, and what of it is secret.
pub(super) fn settings(origin: &Origin<'_>) -> Result<(Value, Hidden)> {
    let mut hidden = Hidden::default();
    let mut values = origin.values.clone();
    if origin.tap.needs_token() {
        let token = origin
            .source
            .token
            .as_ref()
            .with_context(|| format!("{} needs a secret: set token = {{ env = \"VARIABLE\" }}", origin.owner))?;
        let token = origin.secrets.resolve(token, origin.owner, origin.folder)?;
        hidden.add(token.expose_secret());
        values.set("token", token.expose_secret());
    }
    let mut members = Map::new();
    for (key, value) in &origin.tap.config {
        members.insert(key.clone(), json(value, &mut |text| values.fill(text), origin, &mut hidden)?);
    }
    // The company's own texts are no templates.
    for (key, value) in origin.source.tap.iter().flat_map(|tap| &tap.config) {
        members.insert(key.clone(), json(value, &mut |text| Ok(text.to_owned()), origin, &mut hidden)?);
    }
    Ok((Value::Object(members), hidden))
}

fn json(
    value: &toml::Value,
    text: &mut impl FnMut(&str) -> Result<String>,
    origin: &Origin<'_>,
    hidden: &mut Hidden,
) -> Result<Value> {
    if let Some(secret) = named_secret(value) {
        let secret = origin.secrets.resolve(&secret, origin.owner, origin.folder)?;
        hidden.add(secret.expose_secret());
        return Ok(Value::from(secret.expose_secret()));
    }
    let mut again = |value: &toml::Value| json(value, text, origin, hidden);
    Ok(match value {
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| Ok((key.clone(), again(value)?))).collect::<Result<_>>()?)
        }
        toml::Value::Array(list) => Value::Array(list.iter().map(again).collect::<Result<_>>()?),
        toml::Value::String(string) => Value::from(text(string)?),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(is_so) => Value::from(*is_so),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
    })
}

/// The folder of one run, below the landing of its source, where nobody else reads; it goes with this.
pub(super) struct Private(PathBuf);

impl Private {
    /// Makes it anew: what a crash left there goes first.
    pub(super) fn new(store: &Path, source: &str) -> Result<Private> {
        let path = Private::of(store, source);
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
        let private = Private(path);
        private_folder(&private.0)?;
        private_folder(&private.batch())?;
        Ok(private)
    }

    /// Where it is.
    pub(super) fn of(store: &Path, source: &str) -> PathBuf {
        store.join("landing").join(source).join(".tap")
    }

    /// Where files of BATCH messages may be.
    pub(super) fn batch(&self) -> PathBuf {
        self.0.join("batch")
    }

    /// Writes a file that only this user reads.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.0.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(&path)
            .and_then(|mut file: File| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program, found as a shell would find it, or refused with what to do.
pub(super) fn program(tap: &Tap, source: &Source, folder: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let command = source.tap.as_ref().and_then(|tap| tap.command.as_deref()).unwrap_or(&tap.command);
    let is_program =
        |path: &Path| path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
    if command.contains('/') {
        let path = folder.join(command);
        ensure!(is_program(&path), "the tap {} is not there, or is no program", path.display());
        return Ok(path);
    }
    let found = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|folder| folder.join(command)).find(|path| is_program(path)));
    found.with_context(|| {
        format!(
            "the tap {command} is not on the PATH: install it (for example with `pipx install {command}`), or name its path with \
             [sources.NAME.tap] command"
        )
    })
}
