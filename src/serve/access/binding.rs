//! Where the service may listen.

use std::net::SocketAddr;

use anyhow::Result;

use crate::config::{Config, Usage};
use crate::deliver::key::Key;

/// Refuses to be reached from elsewhere where what people send could be read on the way, and a key that can be guessed.
///
/// # Errors
/// Says why, and what to set.
pub fn ensure_guarded(config: &Config, bind: SocketAddr, is_insecure: bool) -> Result<()> {
    Key::of(config).map_err(|error| Usage(format!("{error:#}")))?;
    let is_https = config.mail.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    if bind.ip().is_loopback() || is_https || config.web.proxy.is_some() || is_insecure {
        return Ok(());
    }
    Err(Usage(format!(
        "--bind {bind} is reached from other machines, and links, sessions and figures would cross the network in the clear. Bind to \
         127.0.0.1 and let a proxy with a certificate stand before it ([mail] public_url = \"https://…\"), name a proxy that does \
         ([web.proxy] peers = [\"…\"]), or take the risk with --insecure"
    ))
    .into())
}
