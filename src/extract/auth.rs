//! Who asks: the secret goes into a header marked sensitive, or a query parameter, and nowhere else.

use anyhow::{Context, Result};
use base64::Engine;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::manifest::Auth;
use super::template::Values;
use crate::config::{SecretRef, Secrets, Source};

/// What is added to each request of a source.
pub(super) struct Credential {
    pub(super) headers: HeaderMap,
    pub(super) query: Option<(String, SecretString)>,
    /// Forms of the secret that must not appear in a message.
    hidden: Vec<SecretString>,
    /// Where the operator finds it: "environment variable X".
    pub(super) place: Option<String>,
}

impl Credential {
    /// Resolves the secret; `owner` is "source NAME (MANIFEST)".
    pub(super) fn new(
        auth: &Auth,
        source: &Source,
        values: &Values,
        secrets: &Secrets,
        owner: &str,
        folder: &std::path::Path,
    ) -> Result<Credential> {
        let mut credential = Credential { headers: HeaderMap::new(), query: None, hidden: Vec::new(), place: None };
        if matches!(auth, Auth::None) {
            return Ok(credential);
        }
        let reference = source
            .token
            .as_ref()
            .with_context(|| format!("{owner} needs a secret: set token = {{ env = \"VARIABLE\" }}"))?;
        credential.place = Some(match reference {
            SecretRef::Env(name) => format!("environment variable {name}"),
            SecretRef::File(path) => format!("file {}", path.display()),
        });
        let secret = secrets.resolve(reference, owner, folder)?;
        let token = secret.expose_secret();
        match auth {
            Auth::None => {}
            Auth::Bearer => credential.header(AUTHORIZATION, &format!("Bearer {token}"))?,
            Auth::Basic { or_bearer: true, .. } if source.username.is_none() => {
                credential.header(AUTHORIZATION, &format!("Bearer {token}"))?;
            }
            Auth::Basic { username, .. } => {
                let pair = match username {
                    Some(username) => {
                        let mut values = values.clone();
                        let name = source.username.as_deref().with_context(|| format!("{owner} needs username"))?;
                        values.set("username", name);
                        format!("{}:{token}", values.fill(username)?)
                    }
                    None => format!("{token}:"),
                };
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                credential.header(AUTHORIZATION, &format!("Basic {pair}"))?;
                credential.hidden.push(pair.into());
            }
            Auth::Header { header, prefix } => {
                let name = HeaderName::try_from(header.as_str()).context("auth header")?;
                credential.header(name, &format!("{prefix}{token}"))?;
            }
            Auth::Query { param } => credential.query = Some((param.clone(), secret.clone())),
        }
        credential.hidden.push(secret);
        Ok(credential)
    }

    fn header(&mut self, name: HeaderName, value: &str) -> Result<()> {
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| anyhow::anyhow!("the secret holds characters that no header can carry"))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    /// A message without the secret, whoever echoed it.
    pub(super) fn redact(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| match secret.expose_secret() {
            "" => text,
            secret => text.replace(secret, "***"),
        })
    }
}
