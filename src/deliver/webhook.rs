//! A small request to an address that is a secret: a notice posted to a chat, a ping to whoever watches.
//!
//! The address is never printed, not even by what goes wrong: an error says what happened, and to which key of the configuration.
//! Nothing is followed, nothing of the answer but its status is read, and every wait is bounded.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::{Config, SecretRef, Secrets};
use crate::http;

/// Tries of one call.
const TRIES: u32 = 3;
/// Longest text of a message; chats cut or refuse longer ones.
const LONGEST: usize = 6_000;

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// One try, from the connection to the answer's status.
    pub request: Duration,
    /// Between two tries.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { request: Duration::from_secs(10), pause: Duration::from_secs(1) }
    }
}

/// An address to call.
pub struct Webhook {
    url: SecretString,
    http: reqwest::Client,
    patience: Patience,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

impl Webhook {
    /// Resolves the address of a key, `[operator] webhook` for example, and refuses one that is not https (http on loopback).
    pub fn open(reference: &SecretRef, key: &str, config: &Config, secrets: &Secrets) -> Result<Webhook> {
        let text = secrets.resolve(reference, key, &config.folder)?;
        Webhook::to(text, Patience::default()).with_context(|| key.to_owned())
    }

    /// The same for an address at hand.
    pub fn to(url: SecretString, patience: Patience) -> Result<Webhook> {
        // a parser's error may quote the address
        let Ok(parsed) = Url::parse(url.expose_secret()) else { bail!("its secret is not an address (https://…)") };
        ensure!(http::is_private(&parsed), "its address must be https (plain http is for loopback only)");
        let http = http::client(&parsed)?
            .connect_timeout(patience.request)
            .timeout(patience.request)
            .build()
            .map_err(reqwest::Error::without_url)?;
        Ok(Webhook { url, http, patience })
    }

    /// Posts a message, `{"text": …}`.
    pub async fn post(&self, text: &str) -> Result<()> {
        let body = serde_json::json!({ "text": escaped(text) });
        self.call(|http, url| http.post(url).json(&body)).await
    }

    /// Fetches the address; what it answers does not matter, as long as it is a success.
    pub async fn get(&self) -> Result<()> {
        self.call(|http, url| http.get(url)).await
    }

    async fn call(&self, request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder) -> Result<()> {
        let mut tried = 1;
        loop {
            let answer = request(&self.http, self.url.expose_secret()).send().await;
            let (problem, is_final) = match answer.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => return Ok(()),
                Ok(status) if status.is_redirection() => (format!("it leads elsewhere ({status})"), true),
                Ok(status) => (format!("it answered {status}"), status.is_client_error() && !is_patient(status)),
                Err(error) => (words(error), false),
            };
            if is_final || tried == TRIES {
                let tries = if tried == 1 { String::new() } else { format!(", {tried} times") };
                bail!("{problem}{tries}");
            }
            tried += 1;
            tokio::time::sleep(self.patience.pause).await;
        }
    }
}

/// Whether a refusal is of this moment only.
fn is_patient(status: reqwest::StatusCode) -> bool {
    matches!(status, reqwest::StatusCode::REQUEST_TIMEOUT | reqwest::StatusCode::TOO_MANY_REQUESTS)
}

/// What went wrong, without the address.
fn words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!("it cannot be reached: {cause}")
}

/// Chats read `&`, `<` and `>` as their own signs: mentions and links.
fn escaped(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST).collect();
    let end = if cut.len() < text.len() { "…" } else { "" };
    cut.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(url: &str) -> String {
        format!("{:#}", Webhook::to(SecretString::from(url.to_owned()), Patience::default()).unwrap_err())
    }

    #[test]
    fn addresses_that_would_be_read_on_the_way_are_refused_and_never_quoted() {
        for url in ["http://chat.example/hunter2", "chat.example/hunter2", "ftp://chat.example/hunter2", "https://"] {
            let error = error(url);
            assert!(error.contains("https") && !error.contains("hunter2"), "{url}: {error}");
        }
        for url in ["https://chat.example/hunter2", "http://127.0.0.1:1/hunter2", "http://[::1]/x", "http://localhost/"]
        {
            let hook = Webhook::to(SecretString::from(url.to_owned()), Patience::default()).unwrap();
            assert!(!format!("{hook:?}").contains("hunter2"));
        }
    }

    #[test]
    fn words_of_others_mention_nobody() {
        assert_eq!(escaped("<!channel> & co"), "&lt;!channel&gt; &amp; co");
        assert_eq!(escaped(&"ä".repeat(LONGEST + 1)).chars().count(), LONGEST + 1);
    }
}
