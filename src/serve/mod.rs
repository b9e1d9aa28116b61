//! The unattended service: a heartbeat that starts what is due, and the archive on a port.
//!
//! The heartbeat only wakes it up, once a minute; what is due is decided by [`crate::schedule::due`] from the ledger, so
//! that a late, lost or doubled beat changes nothing. One report runs at a time.

mod access;
mod desk;
mod forms;
mod heartbeat;
mod jobs;
mod listen;
pub mod pages;
mod reload;
mod service;
mod site;
mod systemd;
mod unsubscribe;
mod visitor;
mod web;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::config::{Config, Usage};
use crate::warehouse::Lock;

pub use access::{ensure_guarded, link_for};
pub use desk::{Desk, Wish};
pub use jobs::{Surroundings, chores, work};
pub use listen::{Limits, listen, listen_within};
pub use reload::{hangups, reload_on};
pub use service::{Clock, Ended, Job, RETRY, Service, Work};
pub use site::Site;
pub use visitor::{Role, Visitor, role_of};
pub use web::router;

/// How long what is in hand may still take after SIGTERM.
pub const GRACE: Duration = Duration::from_secs(8);

/// Serves until `stop` resolves.
pub async fn serve_until(
    service: Service,
    bind: SocketAddr,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let site = service.site();
    ensure_operator(&site.config())?;
    let _sole = sole_service(&site.store(), site.now())?;
    let listener = tokio::net::TcpListener::bind(bind)
        .await
        .with_context(|| format!("cannot listen on {bind}; --bind chooses another address or port"))?;
    let address = listener.local_addr()?;
    let (stopping, stopped) = watch::channel(false);
    tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping: what is in hand is finished first");
        systemd::stopping();
        let _ = stopping.send(true);
    });

    let app = web::router(site, address);
    let mut web_stopped = stopped.clone();
    let web = tokio::spawn(async move {
        let until = async move { drop(web_stopped.wait_for(|stop| *stop).await) };
        listen(listener, app, until).await
    });
    tracing::info!(%address, reports = service.reports(), "serving");

    let (beats, mut heartbeat) = heartbeat::start().await?;
    systemd::ready(&format!("{} reports are scheduled; the archive is on http://{address}", service.reports()));
    let ended = service.run(beats, stopped).await;
    heartbeat.stop().await;
    // An open browser connection must not hold the exit.
    let _ = tokio::time::timeout(Duration::from_millis(500), web).await;
    ended
}

/// Refuses a configuration that names nobody to tell.
pub fn ensure_operator(config: &Config) -> Result<()> {
    if config.operator.is_none() {
        bail!(Usage(
            "[operator] is missing: an unattended service needs somebody to tell when it fails, for example\n\n\
             [operator]\nemail = \"ops@example.com\""
                .into()
        ));
    }
    Ok(())
}

/// The lock that makes this the only service of a store; a second one is told whose it is.
fn sole_service(store: &Path, now: Timestamp) -> Result<Lock> {
    let who = format!("serve, since {}", shown(now));
    // `status` holds it for a moment, to see who has it
    Lock::take(&store.join("serve.lock"), "this store is served already by", &who, Duration::from_secs(1))
}

/// Resolves on SIGTERM or Ctrl-C.
pub fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    })
}

/// Never more than what a log line needs of a moment.
fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
