//! Tokens of a token server (OAuth 2): asked for with a form, bounded in time and size, and never shown.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(30);

/// More is no token.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A token is not used in the last minute of its life, or the last quarter of a short one, and lives five minutes where nobody
/// says how long.
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

/// Why there is no token, and whether asking again may help. Found in an error of [`TokenServer::ask`].
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Refusal {
    words: String,
    /// `None` where nothing was answered, or half of it.
    pub status: Option<u16>,
    /// The answer's `Retry-After` and `Date`, as they are.
    pub retry_after: Option<String>,
    pub date: Option<String>,
}

/// What a token server answers; some write numbers as text and errors as objects.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    /// Seconds.
    expires_in: Option<Value>,
    refresh_token: Option<String>,
    error: Option<Value>,
    error_description: Option<Value>,
    message: Option<Value>,
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
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| told(&error, grant))? {
            ensure!(body.len() + chunk.len() <= LONGEST_ANSWER, "its answer is longer than any token");
            body.extend_from_slice(&chunk);
        }
        let answer: Option<Answer> = serde_json::from_slice(&body).ok();
        let refused = |words: &str| {
            let words = format!("it answers {status}{words}");
            let header = |name: HeaderName| text_of(&headers, &name);
            Refusal { words, status: Some(status.as_u16()), retry_after: header(RETRY_AFTER), date: header(DATE) }
        };
        let Some(answer) = answer else {
            return Err(refused(if status.is_success() { ", and not in JSON" } else { "" }).into());
        };
        if let Some(words) = answer.refusal(status.is_success()) {
            let hint = hint(&words, grant);
            return Err(refused(&format!(": {}{hint}", scrubbed(&words, grant))).into());
        }
        let secret = answer.access_token.filter(|token| status.is_success() && !token.is_empty());
        let secret = secret.ok_or_else(|| refused(" without an access_token"))?;
        ensure!(!secret.chars().any(char::is_control), "its access_token is not one");
        let life = life(answer.expires_in.as_ref());
        let next_refresh = answer.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from);
        Ok(Token { secret: secret.into(), good_until: asked + life, next_refresh })
    }
}

impl Answer {
    /// What it says of an error: a code and words, or an object with either.
    fn refusal(&self, is_success: bool) -> Option<String> {
        let error = self.error.as_ref().filter(|error| !error.is_null());
        let more = [&self.error_description, &self.message].into_iter().flatten();
        let mut parts = Vec::new();
        match error {
            Some(Value::Object(error)) => {
                let names = ["code", "type", "error", "message", "description", "error_description"];
                parts.extend(names.iter().filter_map(|name| error.get(*name)).map(plain));
            }
            Some(error) => parts.push(plain(error)),
            None if is_success => return None,
            None => {}
        }
        parts.extend(more.map(plain));
        parts.retain(|part| !part.is_empty());
        (error.is_some() || !parts.is_empty()).then(|| parts.join(" "))
    }
}

/// A value's first line as people read it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.lines().next().unwrap_or_default().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What to do about an error that stays.
fn hint(words: &str, grant: &Grant<'_>) -> &'static str {
    let has = |code: &str| words.contains(code);
    match grant.refresh_token {
        Some(_) if has("invalid_grant") => {
            "; the refresh token has expired, or was used or taken back: sign in anew and set the new one"
        }
        _ if has("invalid_client") || has("unauthorized_client") => "; check the client's id and secret",
        _ if has("invalid_scope") => "; check the scope",
        _ if has("unsupported_grant_type") => "; this client may not sign in so",
        _ => "",
    }
}

/// How long a token is used. It says nothing to be good for no time at all.
fn life(expires_in: Option<&Value>) -> Duration {
    let seconds = expires_in.and_then(|value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()));
    let seconds = seconds.filter(|seconds: &f64| *seconds >= 1.0).map_or(SHORT_LIFE, |seconds| seconds as u64);
    let whole = Duration::from_secs(seconds.min(86_400));
    whole.saturating_sub(MARGIN.min(whole / 4))
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// An error's causes without the address, which may hold more than people should see.
fn told(error: &reqwest::Error, grant: &Grant<'_>) -> Refusal {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let kind = if error.is_timeout() { "no answer in time" } else { "it cannot be reached" };
    let words = scrubbed(&format!("{kind}: {}", causes.join(": ")), grant);
    Refusal { words, status: None, retry_after: None, date: None }
}

/// The same text on one line, without this client's secrets, should the other side repeat them.
fn scrubbed(text: &str, grant: &Grant<'_>) -> String {
    let secrets = [grant.client_secret, grant.refresh_token].into_iter().flatten().map(ExposeSecret::expose_secret);
    let text =
        secrets.filter(|secret| !secret.is_empty()).fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
    let text = text.replace(char::is_control, " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_a_short_life_is_used_for_most_of_it() {
        let millis = |text: &str| life(Some(&serde_json::from_str(text).unwrap())).as_millis();
        assert_eq!((millis("3600"), millis("\"3600\""), millis("3599.9")), (3_540_000, 3_540_000, 3_539_000));
        assert_eq!((millis("60"), millis("30"), millis("1")), (45_000, 22_500, 750));
        for unknown in ["0", "-1", "\"soon\"", "null"] {
            assert_eq!(millis(unknown), 240_000, "{unknown}");
        }
        assert_eq!(life(None).as_secs(), 240);
        assert_eq!(millis("1e300"), 86_340_000);
    }
}
