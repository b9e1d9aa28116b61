//! What was answered so far. Kept beside the configuration until that is written, so that an interrupted conversation goes on; secrets
//! are never in it, only where they are.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::config::Usage;

/// In the folder of the configuration.
pub const FILE: &str = ".init-answers.toml";

/// Everything `init` asks for; `--answers FILE` is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// The company, its e-mail domain, zone and currency.
    pub name: Option<String>,
    pub domain: Option<String>,
    pub timezone: Option<String>,
    pub currency: Option<String>,
    /// Folder with manifests of the company's own.
    pub manifests: Option<String>,
    /// `dir:PATH`, `smtp://HOST:587`, `smtps://HOST:465`; user name, and the variable that holds the password.
    pub transport: Option<String>,
    pub mail_username: Option<String>,
    pub mail_password_env: Option<String>,
    /// Who is told when something fails, and gets the test mail.
    pub operator: Option<String>,
    /// `[product]`: events that are real work; empty where none was chosen.
    pub meaningful_events: Option<Vec<String>>,
    pub activation_event: Option<String>,
    /// `[support]`: id of the helpdesk's schedule that tickets follow; empty for its first.
    pub default_schedule: Option<String>,
    /// Whether customers were read and matched.
    pub matched: Option<bool>,
    /// Whether the test mail went out.
    pub mailed: Option<bool>,
    /// No other source is to be connected.
    pub no_more_sources: Option<bool>,
    /// By the name a source is to have.
    pub sources: BTreeMap<String, SourceAnswer>,
}

/// One source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceAnswer {
    pub manifest: String,
    pub base_url: Option<String>,
    pub username: Option<String>,
    /// Where the key is: a variable, or a file.
    pub token_env: Option<String>,
    pub token_file: Option<PathBuf>,
    /// Folder of files.
    pub directory: Option<PathBuf>,
    /// Driver of a database: a name it is installed under, or the path of a library.
    pub driver: Option<String>,
    /// Program of a tap, in place of its manifest's.
    pub tap: Option<String>,
    /// What the tap's own configuration says besides: a text, `env:VARIABLE` or `file:PATH`.
    pub tap_config: BTreeMap<String, String>,
    pub settings: BTreeMap<String, String>,
    /// Requests a minute by budget group.
    pub budget: BTreeMap<String, u32>,
    /// Its streams were asked, and it is kept as it is.
    pub verified: Option<bool>,
    /// What was wrong then: whoever goes on is told, too.
    pub lacking: Vec<String>,
}

impl Answers {
    /// A file of answers.
    pub fn read(path: &Path) -> Result<Answers> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        match toml::from_str(&text) {
            Ok(answers) => Ok(answers),
            Err(error) => bail!(Usage(format!("in {}: {}", path.display(), error.to_string().trim_end()))),
        }
    }

    /// What was answered before in this folder.
    pub fn resume(folder: &Path) -> Result<Option<Answers>> {
        let path = folder.join(FILE);
        if path.exists() { Answers::read(&path).map(Some) } else { Ok(None) }
    }

    /// Keeps them, whole or not at all.
    pub fn keep(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let temporary = path.with_extension("tmp");
        let text =
            format!("# Answers to `bizreview init`, until the configuration is written.\n{}", toml::to_string(self)?);
        let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary);
        file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&temporary, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// They are in the configuration now.
    pub fn discard(folder: &Path) {
        let _ = std::fs::remove_file(folder.join(FILE));
    }

    /// These where they are given, else the others.
    #[must_use]
    pub fn over(self, other: Answers) -> Answers {
        let mut sources = other.sources;
        for (name, answer) in self.sources {
            let merged = match sources.remove(&name) {
                Some(before) if before.manifest == answer.manifest || answer.manifest.is_empty() => answer.over(before),
                _ => answer,
            };
            sources.insert(name, merged);
        }
        Answers {
            name: self.name.or(other.name),
            domain: self.domain.or(other.domain),
            timezone: self.timezone.or(other.timezone),
            currency: self.currency.or(other.currency),
            manifests: self.manifests.or(other.manifests),
            transport: self.transport.or(other.transport),
            mail_username: self.mail_username.or(other.mail_username),
            mail_password_env: self.mail_password_env.or(other.mail_password_env),
            operator: self.operator.or(other.operator),
            meaningful_events: self.meaningful_events.or(other.meaningful_events),
            activation_event: self.activation_event.or(other.activation_event),
            default_schedule: self.default_schedule.or(other.default_schedule),
            matched: self.matched.or(other.matched),
            mailed: self.mailed.or(other.mailed),
            no_more_sources: self.no_more_sources.or(other.no_more_sources),
            sources,
        }
    }
}

impl SourceAnswer {
    fn over(self, other: SourceAnswer) -> SourceAnswer {
        let has_token = self.token_env.is_some() || self.token_file.is_some();
        let is_same = self == SourceAnswer { manifest: self.manifest.clone(), ..SourceAnswer::default() };
        SourceAnswer {
            manifest: if self.manifest.is_empty() { other.manifest } else { self.manifest },
            base_url: self.base_url.or(other.base_url),
            username: self.username.or(other.username),
            token_env: if has_token { self.token_env } else { other.token_env },
            token_file: if has_token { self.token_file } else { other.token_file },
            directory: self.directory.or(other.directory),
            driver: self.driver.or(other.driver),
            tap: self.tap.or(other.tap),
            tap_config: other.tap_config.into_iter().chain(self.tap_config).collect(),
            settings: other.settings.into_iter().chain(self.settings).collect(),
            budget: other.budget.into_iter().chain(self.budget).collect(),
            // what changed is asked again
            verified: if is_same { other.verified } else { self.verified },
            lacking: if is_same { other.lacking } else { self.lacking },
        }
    }
}

/// `NAME=MANIFEST`, as `--source` takes it.
pub fn source(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, manifest)) if is_name(name) && !manifest.is_empty() => Ok((name.to_owned(), manifest.to_owned())),
        _ => Err(format!(
            "{text:?}: write NAME=MANIFEST, for example billing=MANIFEST; `bizreview sources --available` lists them"
        )),
    }
}

/// Whether a source may be called so.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `SOURCE.KEY=VALUE`, as `--set` takes it.
pub fn setting(text: &str) -> Result<(String, String, String), String> {
    let parts = text.split_once('=').and_then(|(place, value)| Some((place.split_once('.')?, value)));
    match parts {
        Some(((source, key), value)) if is_name(source) && !key.is_empty() => {
            Ok((source.to_owned(), key.to_owned(), value.to_owned()))
        }
        _ => Err(format!("{text:?}: write SOURCE.KEY=VALUE, for example billing.token_file=secrets/billing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_now_goes_before_what_was_answered() {
        let before = Answers {
            name: Some("Acme".into()),
            sources: [(
                "billing".to_owned(),
                SourceAnswer {
                    manifest: "m".into(),
                    token_env: Some("A".into()),
                    verified: Some(true),
                    ..SourceAnswer::default()
                },
            )]
            .into(),
            ..Answers::default()
        };
        let same = SourceAnswer { manifest: "m".into(), ..SourceAnswer::default() };
        let merged =
            Answers { sources: [("billing".to_owned(), same)].into(), ..Answers::default() }.over(before.clone());
        assert_eq!(merged, before);
        let other = SourceAnswer { manifest: "m".into(), token_file: Some("f".into()), ..SourceAnswer::default() };
        let merged = Answers { sources: [("billing".to_owned(), other)].into(), ..Answers::default() }.over(before);
        let billing = &merged.sources["billing"];
        assert_eq!((&billing.token_env, billing.token_file.is_some(), billing.verified), (&None, true, None));
    }

    #[test]
    fn flags_are_names_with_values() {
        assert_eq!(source("billing=x"), Ok(("billing".into(), "x".into())));
        assert_eq!(setting("a.base_url=http://x/?a=b").map(|s| s.2), Ok("http://x/?a=b".into()));
        for text in ["billing", "=x", "Bill=x", "a="] {
            assert!(source(text).is_err(), "{text}");
        }
        assert!(setting("a=b").is_err());
    }
}
