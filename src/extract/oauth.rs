//! Signing in with tokens that a token server gives: each kept until it expires. A refresh token that the server replaces is kept
//! in a private file of the store before the token it came with is used: the one it replaces is worth nothing any more.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::landing::hex;
use crate::http::token::{Grant, Token, TokenServer};
use crate::ledger::private_folder;

/// Another process signs in within seconds.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Who is signing in, in all of this process: its end waits for them, see [`signed_in`].
static SIGNING_IN: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// The process is about to end: nobody begins to sign in.
static ENDING: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

/// At the end of the process: waits so long for those who have asked for a token. With the process a refresh token that is about to
/// come would be lost, as the one it was asked with is used up.
pub async fn signed_in(patience: Duration) {
    ENDING.cancel();
    SIGNING_IN.close();
    drop(tokio::time::timeout(patience, SIGNING_IN.wait()).await);
}

/// A source that signs in with tokens.
pub(super) struct OAuth {
    pub(super) server: TokenServer,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    pub(super) refresh: Option<Refresh>,
    pub(super) scope: Option<String>,
    pub(super) is_basic: bool,
    pub(super) cached: Mutex<Option<Token>>,
}

/// A refresh token and the file of those that replaced it.
pub(super) struct Refresh {
    configured: SecretString,
    file: PathBuf,
}

/// What replaced the refresh token of a company's configuration. A company that sets another there means that one.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// SHA-256 of the configured token.
    configured: String,
    refresh_token: String,
}

impl OAuth {
    /// A token; a failure is the token server's, in its words. One that is asked for is kept also where nobody waits for it any
    /// more (a stream's time is over, another of its requests failed): the refresh token it is asked with may be used up by then.
    pub(super) async fn token(self: &Arc<Self>) -> Result<SecretString> {
        if let Some(token) = self.cached.lock().await.as_ref().filter(|token| Instant::now() < token.good_until) {
            return Ok(token.secret.clone());
        }
        let this = Arc::clone(self);
        SIGNING_IN.spawn(async move { this.sign_in().await }).await?
    }

    async fn sign_in(&self) -> Result<SecretString> {
        let its_turn = async {
            let cached = self.cached.lock().await;
            let is_good = cached.as_ref().is_some_and(|token| Instant::now() < token.good_until);
            let alone = match &self.refresh {
                Some(refresh) if !is_good => Some(refresh.alone().await?),
                _ => None,
            };
            anyhow::Ok((cached, alone))
        };
        let its_turn = ENDING.run_until_cancelled(its_turn).await.context("nobody signs in at the end of a command")?;
        let (mut cached, _alone) = its_turn?;
        if let Some(token) = cached.as_ref().filter(|token| Instant::now() < token.good_until) {
            return Ok(token.secret.clone());
        }
        let refresh_token = self.refresh.as_ref().map(Refresh::current).transpose()?;
        let grant = Grant {
            client_id: &self.client_id,
            client_secret: self.client_secret.as_ref(),
            refresh_token: refresh_token.as_ref(),
            scope: self.scope.as_deref(),
            is_basic: self.is_basic,
        };
        let token = self.server.ask(&grant).await?;
        if let (Some(refresh), Some(new)) = (&self.refresh, &token.next_refresh) {
            refresh.keep(new).map_err(|error| {
                let error = error.context(format!("cannot keep the new refresh token in {}", refresh.file.display()));
                // maybe nobody waits for it any more
                tracing::error!("{error:#}");
                error
            })?;
        }
        let secret = token.secret.clone();
        *cached = Some(token);
        Ok(secret)
    }

    /// Forgets the token that was refused, unless another has taken its place meanwhile.
    pub(super) async fn forget(&self, is_refused: impl Fn(&SecretString) -> bool) {
        self.cached.lock().await.take_if(|token| is_refused(&token.secret));
    }
}

impl Refresh {
    pub(super) fn new(configured: SecretString, folder: &Path, source: &str) -> Refresh {
        Refresh { configured, file: folder.join(format!("oauth-{source}")) }
    }

    /// Keeps other processes (a check while a pull runs) from using up the token that is about to be used.
    async fn alone(&self) -> Result<File> {
        let path = self.file.with_extension("lock");
        private_folder(path.parent().unwrap_or(Path::new(".")))?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(BETWEEN_TRIES).await,
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
        }
    }

    fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.configured.expose_secret()))
    }

    fn current(&self) -> Result<SecretString> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(self.configured.clone()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.file.display())),
        };
        // What the file holds is not quoted by the error.
        let kept: Option<Kept> = serde_json::from_str(text.expose_secret()).ok();
        let kept = kept.with_context(|| format!("{} is damaged; remove it and sign in again", self.file.display()))?;
        let is_ours = kept.configured == self.fingerprint();
        Ok(if is_ours { kept.refresh_token.into() } else { self.configured.clone() })
    }

    fn keep(&self, new: &SecretString) -> Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        private_folder(folder)?;
        let kept = Kept { configured: self.fingerprint(), refresh_token: new.expose_secret().to_owned() };
        let temporary = self.file.with_extension("tmp");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(serde_json::to_string(&kept)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.file)?;
        std::fs::File::open(folder)?.sync_all()?;
        Ok(())
    }
}
