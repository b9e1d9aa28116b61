//! Signing in with a token instead of a password: where it is issued, how long it is kept, and how it is shown (XOAUTH2).

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::phase::{Fault, phase, told};
use crate::config::{Config, OAuth as Settings, Secrets};
use crate::http;

const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(30);

/// More is no token.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A token is not used in the last minute of its life, and lives five where nobody says how long.
const MARGIN: Duration = Duration::from_mins(1);
const SHORT_LIFE: u64 = 300;

/// A mailbox that signs in with tokens.
pub struct OAuth {
    user: String,
    token_url: Url,
    client_id: String,
    client_secret: Option<SecretString>,
    refresh_token: Option<SecretString>,
    scope: Option<String>,
    http: reqwest::Client,
    cached: Mutex<Option<Token>>,
}

struct Token {
    secret: SecretString,
    good_until: Instant,
}

/// What a token server answers.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    /// Seconds; some servers write it as text.
    expires_in: Option<serde_json::Value>,
    error: Option<String>,
    error_description: Option<String>,
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuth").field("user", &self.user).finish_non_exhaustive()
    }
}

impl OAuth {
    /// Reads `[mail.oauth]`; nothing is asked for yet.
    pub fn open(config: &Config, settings: &Settings, secrets: &Secrets) -> Result<OAuth> {
        let token_url =
            Url::parse(&settings.token_url).with_context(|| format!("token_url {:?}", settings.token_url))?;
        ensure!(
            http::is_private(&token_url),
            "token_url {} must be https (plain http is for loopback only)",
            settings.token_url
        );
        ensure!(
            token_url.username().is_empty() && token_url.password().is_none(),
            "token_url: the client's secret belongs in client_secret = {{ env = \"NAME\" }}"
        );
        let resolve = |reference| secrets.resolve(reference, "[mail.oauth]", &config.folder);
        let client_secret = settings.client_secret.as_ref().map(resolve).transpose()?;
        let refresh_token = settings.refresh_token.as_ref().map(resolve).transpose()?;
        ensure!(
            client_secret.is_some() || refresh_token.is_some(),
            "client_secret is missing: without a refresh_token the client signs in with its own credentials"
        );
        let http = http::client(&token_url)?
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .build()
            .context("cannot set up the HTTP client")?;
        Ok(OAuth {
            user: settings.user.clone(),
            token_url,
            client_id: settings.client_id.clone(),
            client_secret,
            refresh_token,
            scope: settings.scope.clone(),
            http,
            cached: Mutex::new(None),
        })
    }

    /// Signs in on an open connection. A token that was kept and is refused is renewed once: it may have been revoked.
    pub(super) async fn sign_in(&self, connection: &mut AsyncSmtpConnection, patience: Duration) -> Result<()> {
        ensure!(
            connection.server_info().supports_auth_mechanism(Mechanism::Xoauth2),
            "it does not offer XOAUTH2; [mail.oauth] is for servers that do"
        );
        let (token, was_kept) = self.token().await?;
        let refused = match self.present(connection, &token, patience).await {
            Ok(()) => return Ok(()),
            Err(fault) => fault,
        };
        self.cached.lock().await.take();
        if !was_kept || !matches!(refused, Fault::Permanent(_)) {
            return Err(told(refused));
        }
        let (token, _) = self.token().await?;
        self.present(connection, &token, patience).await.map_err(told)
    }

    async fn present(
        &self,
        connection: &mut AsyncSmtpConnection,
        token: &SecretString,
        patience: Duration,
    ) -> Result<(), Fault> {
        let words = format!("user={}\u{1}auth=Bearer {}\u{1}\u{1}", self.user, token.expose_secret());
        let line = format!("AUTH XOAUTH2 {}\r\n", STANDARD.encode(words));
        let answer = phase("AUTH", patience, connection.command(line)).await?;
        if !answer.has_code(334) {
            return Ok(());
        }
        // The server says why in a challenge, and refuses once that was answered with nothing.
        let why = answer.first_word().map(reason).unwrap_or_default();
        match phase("AUTH", patience, connection.command("\r\n")).await {
            Err(Fault::Permanent(text)) => Err(Fault::Permanent(format!("{text}{why}"))),
            Err(other) => Err(other),
            Ok(answer) if answer.has_code(334) => Err(Fault::Broken("AUTH: it keeps asking".into())),
            Ok(_) => Ok(()),
        }
    }

    /// A token, and whether it was kept from before.
    async fn token(&self) -> Result<(SecretString, bool)> {
        let mut cached = self.cached.lock().await;
        if let Some(token) = cached.as_ref().filter(|token| Instant::now() < token.good_until) {
            return Ok((token.secret.clone(), true));
        }
        let token = self
            .fetch()
            .await
            .with_context(|| format!("no token from {}", self.token_url.host_str().unwrap_or("?")))?;
        let secret = token.secret.clone();
        *cached = Some(token);
        Ok((secret, false))
    }

    async fn fetch(&self) -> Result<Token> {
        let mut form = vec![("client_id", self.client_id.as_str())];
        match &self.refresh_token {
            Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]),
            None => form.push(("grant_type", "client_credentials")),
        }
        form.extend(self.client_secret.iter().map(|secret| ("client_secret", secret.expose_secret())));
        form.extend(self.scope.iter().map(|scope| ("scope", scope.as_str())));
        let asked = Instant::now();
        let request = self.http.post(self.token_url.clone()).header("accept", "application/json").form(&form);
        let mut response = request.send().await.map_err(|error| self.told(&error))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.told(&error))? {
            ensure!(body.len() + chunk.len() <= LONGEST_ANSWER, "its answer is longer than any token");
            body.extend_from_slice(&chunk);
        }
        let answer: Option<Answer> = serde_json::from_slice(&body).ok();
        let Some(answer) = answer else { bail!("it answers {status}, and not in JSON") };
        if let Some(error) = &answer.error {
            let words = answer.error_description.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
            bail!("it answers {status}: {}", self.scrubbed(&format!("{error} {words}")));
        }
        let secret = answer.access_token.filter(|token| status.is_success() && !token.is_empty());
        let Some(secret) = secret else { bail!("it answers {status} without an access_token") };
        ensure!(!secret.chars().any(char::is_control), "its access_token is not one");
        let seconds = answer.expires_in.and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
        let life = Duration::from_secs(seconds.unwrap_or(SHORT_LIFE).min(86_400)).saturating_sub(MARGIN);
        Ok(Token { secret: secret.into(), good_until: asked + life })
    }

    /// An error's causes without the address, which may hold more than people should see.
    fn told(&self, error: &reqwest::Error) -> anyhow::Error {
        let mut causes = Vec::new();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        let kind = if error.is_timeout() { "no answer in time" } else { "it cannot be reached" };
        anyhow::anyhow!("{}", self.scrubbed(&format!("{kind}: {}", causes.join(": "))))
    }

    /// The same text without this client's secrets, should the other side repeat them.
    fn scrubbed(&self, text: &str) -> String {
        let secrets = [&self.client_secret, &self.refresh_token].into_iter().flatten();
        let text = secrets.fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), "***"));
        super::message::one_line(&text).chars().take(300).collect()
    }
}

/// What a refusal's challenge says: base64 of `{"status":"401","schemes":"bearer","scope":"…"}`.
fn reason(challenge: &str) -> String {
    #[derive(Deserialize)]
    struct Challenge {
        status: serde_json::Value,
    }
    let decoded = STANDARD.decode(challenge).ok();
    let challenge = decoded.and_then(|bytes| serde_json::from_slice::<Challenge>(&bytes).ok());
    challenge.map(|c| format!(" (status {})", c.status.to_string().trim_matches('"'))).unwrap_or_default()
}
