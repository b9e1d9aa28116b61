//! From a rendered review to somebody's mailbox: archived first, then put in the outbox, then sent.
//!
//! [`archive`]: an edition becomes an immutable folder · [`message`]: its MIME bytes · [`outbox`]: durable states around
//! every attempt · [`transport`]: where mail goes · [`smtp`]: one conversation, with a timeout per phase · [`oauth`]: signing in
//! with a token · [`sender`]: what the world knows of the address mail is from. [`note`] is a question to an owner, [`reply`] the
//! answer; or a notice to the operator, which is posted to a [`webhook`] too. [`link`]: what a mail opens on the web, and
//! [`unsubscribe`]: how its reader leaves, both signed with [`key`].

pub mod archive;
mod files;
pub mod key;
pub mod link;
pub mod message;
pub mod note;
pub mod oauth;
pub mod outbox;
mod phase;
pub mod reply;
pub mod sender;
pub mod smtp;
pub mod transport;
pub mod unsubscribe;
pub mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An edition in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Row of the ledger.
    pub edition_id: i64,
    /// Key of `[reports]`.
    pub report: String,
    /// Period id, `2026-W46`.
    pub period: String,
    /// 1 for the first edition of a period.
    pub number: u32,
    /// Its folder.
    pub path: std::path::PathBuf,
    /// Mail subject.
    pub subject: String,
}

/// Raised once, when the process is to end: whoever sends finishes the mail in hand and leaves the others for later.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on no new mail is begun.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An address as logs show it: `a***@example.com`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", local.chars().next().unwrap_or('?')),
        None => "***".into(),
    }
}
