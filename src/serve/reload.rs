//! SIGHUP: the configuration is read again, and what is wrong with it changes nothing.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::{mpsc, watch};

use super::systemd;
use crate::config::Config;

/// SIGHUPs, one at a time.
pub fn hangups() -> Result<mpsc::Receiver<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    let (sender, hangups) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() && !sender.is_closed() {
            // more while one is waiting are one
            let _ = sender.try_send(());
        }
    });
    Ok(hangups)
}

/// Reads the configuration whenever asked to. `load` reads and checks it as a start would; `refused` is told why one was not taken,
/// or that all is well again.
pub async fn reload_on(
    mut asked: mpsc::Receiver<()>,
    current: watch::Sender<Arc<Config>>,
    load: impl Fn() -> Result<Config>,
    refused: impl Fn(Option<&str>),
) {
    while asked.recv().await.is_some() {
        systemd::reloading();
        let loaded = load().and_then(|config| {
            anyhow::ensure!(
                config.store() == current.borrow().store(),
                "[store] path cannot change while the service runs: restart it for that"
            );
            Ok(config)
        });
        match loaded {
            Ok(config) => {
                current.send_replace(Arc::new(config));
                refused(None);
                systemd::ready("the configuration was read again");
            }
            Err(error) => {
                let why = format!("{error:#}");
                tracing::error!(error = why, "the new configuration is refused; the old one stays in force");
                refused(Some(&why));
                systemd::ready("the new configuration is refused; the old one stays in force");
            }
        }
    }
}
