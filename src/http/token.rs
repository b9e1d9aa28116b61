//! Tokens of a token server (OAuth 2): asked for with a form, bounded in time and size, and never shown.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(30);

/// More is no token.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A token is not used in the last minute of its life, and lives five where nobody says how long.
const MARGIN: Duration = Duration::from_mins(1);
const SHORT_LIFE: u64 = 300;

/// Where tokens are issued.
pub struct TokenServer {
    url: Url,
    http: reqwest::Client,
}

/// Who asks: each part is sent as it is given.
pub struct Grant<'a> {
    pub client_id: &'a str,
    pub client_secret: Option<&'a SecretString>,
    /// Without one the client signs in with its own credentials.
    pub refresh_token: Option<&'a SecretString>,
    pub scope: Option<&'a str>,
    /// The client's id and secret go into a header rather than the form.
    pub is_basic: bool,
}

/// A token, for as long as it is good.
pub struct Token {
    pub secret: SecretString,
    pub good_until: Instant,
    /// The refresh token that stands from now on, where the server gave another.
    pub next_refresh: Option<SecretString>,
}

/// What a token server answers.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    /// Seconds; some servers write it as text.
    expires_in: Option<serde_json::Value>,
    refresh_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl TokenServer {
    /// Checks the address; nothing is asked for yet. Errors say what is wrong with `token_url`.
    pub fn open(address: &str) -> Result<TokenServer> {
        let url = Url::parse(address).with_context(|| format!("token_url {address:?}"))?;
        ensure!(super::is_private(&url), "token_url {address} must be https (plain http is for loopback only)");
        ensure!(
            url.username().is_empty() && url.password().is_none(),
            "token_url: the client's secret belongs in client_secret = {{ env = \"NAME\" }}"
        );
        let http = super::client(&url)?
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .build()
            .context("cannot set up the HTTP client")?;
        Ok(TokenServer { url, http })
    }

    /// Asks for a token. Errors hold none of what was sent.
    pub async fn ask(&self, grant: &Grant<'_>) -> Result<Token> {
        self.fetch(grant).await.with_context(|| format!("no token from {}", self.url.host_str().unwrap_or("?")))
    }

    async fn fetch(&self, grant: &Grant<'_>) -> Result<Token> {
        let mut form = Vec::new();
        match grant.refresh_token {
            Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]),
            None => form.push(("grant_type", "client_credentials")),
        }
        let mut request = self.http.post(self.url.clone()).header("accept", "application/json");
        if grant.is_basic {
            request = request.basic_auth(grant.client_id, grant.client_secret.map(ExposeSecret::expose_secret));
        } else {
            form.push(("client_id", grant.client_id));
            form.extend(grant.client_secret.iter().map(|secret| ("client_secret", secret.expose_secret())));
        }
        form.extend(grant.scope.iter().map(|scope| ("scope", *scope)));
        let asked = Instant::now();
        let mut response = request.form(&form).send().await.map_err(|error| told(&error, grant))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| told(&error, grant))? {
            ensure!(body.len() + chunk.len() <= LONGEST_ANSWER, "its answer is longer than any token");
            body.extend_from_slice(&chunk);
        }
        let answer: Option<Answer> = serde_json::from_slice(&body).ok();
        let Some(answer) = answer else { bail!("it answers {status}, and not in JSON") };
        if let Some(error) = &answer.error {
            let words = answer.error_description.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
            bail!("it answers {status}: {}", scrubbed(&format!("{error} {words}"), grant));
        }
        let secret = answer.access_token.filter(|token| status.is_success() && !token.is_empty());
        let Some(secret) = secret else { bail!("it answers {status} without an access_token") };
        ensure!(!secret.chars().any(char::is_control), "its access_token is not one");
        let seconds = answer.expires_in.and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
        let life = Duration::from_secs(seconds.unwrap_or(SHORT_LIFE).min(86_400)).saturating_sub(MARGIN);
        let next_refresh = answer.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from);
        Ok(Token { secret: secret.into(), good_until: asked + life, next_refresh })
    }
}

/// An error's causes without the address, which may hold more than people should see.
fn told(error: &reqwest::Error, grant: &Grant<'_>) -> anyhow::Error {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let kind = if error.is_timeout() { "no answer in time" } else { "it cannot be reached" };
    anyhow::anyhow!("{}", scrubbed(&format!("{kind}: {}", causes.join(": ")), grant))
}

/// The same text on one line, without this client's secrets, should the other side repeat them.
fn scrubbed(text: &str, grant: &Grant<'_>) -> String {
    let secrets = [grant.client_secret, grant.refresh_token].into_iter().flatten().map(ExposeSecret::expose_secret);
    let text =
        secrets.filter(|secret| !secret.is_empty()).fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
    let text = text.replace(char::is_control, " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
