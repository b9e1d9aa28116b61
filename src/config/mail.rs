//! `[mail.oauth]`, and what becomes of mail that may have arrived.

use serde::Deserialize;

use super::{Mail, SecretRef};

/// What is done with a mail that was handed over without an answer: its recipient may have it, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUncertain {
    /// It waits for the operator's `resend`.
    #[default]
    Hold,
    /// It is sent once more, with the same Message-ID.
    Resend,
}

/// `[mail.oauth]`: the server takes a token instead of a password (XOAUTH2).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Where tokens are issued; https, except on loopback.
    pub token_url: String,
    pub client_id: String,
    /// Public clients have none.
    #[serde(default)]
    pub client_secret: Option<SecretRef>,
    /// Of somebody who consented; absent: the client's own credentials.
    #[serde(default)]
    pub refresh_token: Option<SecretRef>,
    #[serde(default)]
    pub scope: Option<String>,
    /// The mailbox that signs in.
    pub user: String,
}

impl Mail {
    /// Whether new recipients of a scheduled report wait for the operator's approval. A folder mails nobody.
    pub fn asks_approval(&self) -> bool {
        self.approve_recipients.unwrap_or(true) && !self.transport.trim().starts_with("dir:")
    }
}
