//! Signing in with a token instead of a password: where it is issued, how long it is kept, and how it is shown (XOAUTH2).

use std::time::Duration;

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::phase::{Fault, phase, told};
use crate::config::{Config, OAuth as Settings, Secrets};
use crate::http::token::{Grant, Token, TokenServer};

/// A mailbox that signs in with tokens.
pub struct OAuth {
    user: String,
    server: TokenServer,
    client_id: String,
    client_secret: Option<SecretString>,
    refresh_token: Option<SecretString>,
    scope: Option<String>,
    cached: Mutex<Option<Token>>,
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuth").field("user", &self.user).finish_non_exhaustive()
    }
}

impl OAuth {
    /// Reads `[mail.oauth]`; nothing is asked for yet.
    pub fn open(config: &Config, settings: &Settings, secrets: &Secrets) -> Result<OAuth> {
        let server = TokenServer::open(&settings.token_url)?;
        let resolve = |reference| secrets.resolve(reference, "[mail.oauth]", &config.folder);
        let client_secret = settings.client_secret.as_ref().map(resolve).transpose()?;
        let refresh_token = settings.refresh_token.as_ref().map(resolve).transpose()?;
        ensure!(
            client_secret.is_some() || refresh_token.is_some(),
            "client_secret is missing: without a refresh_token the client signs in with its own credentials"
        );
        Ok(OAuth {
            user: settings.user.clone(),
            server,
            client_id: settings.client_id.clone(),
            client_secret,
            refresh_token,
            scope: settings.scope.clone(),
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
            .server
            .ask(&Grant {
                client_id: &self.client_id,
                client_secret: self.client_secret.as_ref(),
                refresh_token: self.refresh_token.as_ref(),
                scope: self.scope.as_deref(),
                is_basic: false,
            })
            .await?;
        let secret = token.secret.clone();
        *cached = Some(token);
        Ok((secret, false))
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
