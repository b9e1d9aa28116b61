//! Who asks: the secret goes into a header marked sensitive, or a query parameter, and nowhere else.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use base64::Engine;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::manifest::{Auth, GrantType};
use super::oauth::{OAuth, Refresh};
use super::template::Values;
use crate::config::{Config, SecretRef, Secrets, Source};
use crate::http::token::TokenServer;

/// What is added to each request of a source.
pub(super) struct Credential {
    headers: HeaderMap,
    pub(super) query: Option<(String, SecretString)>,
    oauth: Option<Arc<OAuth>>,
    /// Forms of the secrets that must not appear in a message.
    hidden: Mutex<Vec<SecretString>>,
    /// Where the operator finds it: "environment variable X".
    pub(super) place: Option<String>,
}

/// Whose secrets are looked up.
pub(super) struct Owner<'a> {
    pub(super) name: &'a str,
    pub(super) source: &'a Source,
    /// "source NAME (MANIFEST)".
    pub(super) words: &'a str,
    pub(super) config: &'a Config,
    pub(super) secrets: &'a Secrets,
}

impl Owner<'_> {
    fn resolve(&self, reference: &SecretRef) -> Result<SecretString> {
        self.secrets.resolve(reference, self.words, &self.config.folder)
    }
}

impl Credential {
    /// Resolves the secrets; nothing is asked for yet.
    pub(super) fn new(auth: &Auth, values: &Values, owner: &Owner<'_>) -> Result<Credential> {
        let mut credential =
            Credential { headers: HeaderMap::new(), query: None, oauth: None, hidden: Mutex::default(), place: None };
        if matches!(auth, Auth::None) {
            return Ok(credential);
        }
        let Owner { source, words, .. } = owner;
        let reference = source
            .token
            .as_ref()
            .with_context(|| format!("{words} needs a secret: set token = {{ env = \"VARIABLE\" }}"))?;
        credential.place = Some(match reference {
            SecretRef::Env(name) => format!("environment variable {name}"),
            SecretRef::File(path) => format!("file {}", path.display()),
        });
        let secret = owner.resolve(reference)?;
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
                        let name = source.username.as_deref().with_context(|| format!("{words} needs username"))?;
                        values.set("username", name);
                        format!("{}:{token}", values.fill(username)?)
                    }
                    None => format!("{token}:"),
                };
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                credential.header(AUTHORIZATION, &format!("Basic {pair}"))?;
                credential.hide(pair.into());
            }
            Auth::Header { header, prefix } => {
                let name = HeaderName::try_from(header.as_str()).context("auth header")?;
                credential.header(name, &format!("{prefix}{token}"))?;
            }
            Auth::Headers { headers } => {
                let mut values = values.clone();
                values.set("token", token);
                for (name, reference) in &source.secrets {
                    let secret = owner.resolve(reference)?;
                    values.set(name, secret.expose_secret());
                    credential.hide(secret);
                }
                for (name, text) in headers {
                    let name = HeaderName::try_from(name.as_str()).context("auth headers")?;
                    let filled = values.fill(text).with_context(|| {
                        format!("{words}: a secret besides the token is named in secrets = {{ NAME = {{ env = \"VARIABLE\" }} }}")
                    })?;
                    credential.header(name, &filled)?;
                }
            }
            Auth::Query { param } => credential.query = Some((param.clone(), secret.clone())),
            Auth::Oauth2 { .. } => {
                credential.oauth = Some(Arc::new(sign_in(auth, secret.clone(), values, owner, &credential)?));
            }
        }
        credential.hide(secret);
        Ok(credential)
    }

    fn header(&mut self, name: HeaderName, value: &str) -> Result<()> {
        self.headers.insert(name, sensitive(value)?);
        Ok(())
    }

    /// The headers of one request, with a token where a token server gives them.
    pub(super) async fn headers(&self) -> Result<HeaderMap> {
        let mut headers = self.headers.clone();
        if let Some(oauth) = &self.oauth {
            let token = oauth.token().await?;
            headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {}", token.expose_secret()))?);
            self.hide(token);
        }
        Ok(headers)
    }

    /// After a refusal of a request that was signed so: whether the next one signs in anew.
    pub(super) async fn renew(&self, signed: Option<&HeaderValue>) -> bool {
        match &self.oauth {
            Some(oauth) => {
                let is_it = |token: &SecretString| {
                    let sent = signed.and_then(|signed| signed.as_bytes().strip_prefix(b"Bearer "));
                    sent == Some(token.expose_secret().as_bytes())
                };
                oauth.forget(is_it).await;
                true
            }
            None => false,
        }
    }

    fn hide(&self, secret: SecretString) {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        if !hidden.iter().any(|known| known.expose_secret() == secret.expose_secret()) {
            hidden.push(secret);
        }
    }

    /// A message without the secrets, whoever echoed them.
    pub(super) fn redact(&self, text: &str) -> String {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.iter().fold(text.to_owned(), |text, secret| match secret.expose_secret() {
            "" => text,
            secret => text.replace(secret, "***"),
        })
    }
}

fn sensitive(value: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| anyhow::anyhow!("the secret holds characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A token server's client, as the manifest and the company's secrets say.
fn sign_in(
    auth: &Auth,
    token: SecretString,
    values: &Values,
    owner: &Owner<'_>,
    credential: &Credential,
) -> Result<OAuth> {
    let Auth::Oauth2 { token_url, grant, client_id, scope, client_basic } = auth else {
        anyhow::bail!("no token server is named");
    };
    let named = owner.source.secrets.get("client_secret").map(|reference| owner.resolve(reference)).transpose()?;
    if let Some(secret) = &named {
        credential.hide(secret.clone());
    }
    let (client_secret, refresh) = match grant {
        GrantType::ClientCredentials => (Some(token), None),
        GrantType::RefreshToken => (named, Some(Refresh::new(token, &owner.config.keys(), owner.name))),
    };
    Ok(OAuth {
        server: TokenServer::open(&values.fill(token_url)?)?,
        client_id: values.fill(client_id)?,
        client_secret,
        refresh,
        scope: scope.as_ref().map(|scope| values.fill(scope)).transpose()?,
        is_basic: *client_basic,
        cached: tokio::sync::Mutex::default(),
    })
}
