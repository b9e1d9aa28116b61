//! What every call to another machine has in common: it is private on its way, follows nothing, and tells nobody where it comes from.

pub mod token;

use std::sync::Arc;

use anyhow::Result;
use url::{Host, Url};

/// Whether nobody can read on the way what is said to an address: https, or plain http that does not leave this machine.
pub fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A client for one address, which the caller gives its timeouts. It follows no redirect, repeats nothing by itself and sends no
/// referer; what is https stays so, and what stays on this machine passes no proxy.
pub fn client(url: &Url) -> Result<reqwest::ClientBuilder> {
    let builder = reqwest::Client::builder();
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    Ok(builder
        .tls_backend_preconfigured(tls()?)
        .https_only(url.scheme() == "https")
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("bizreview/", env!("CARGO_PKG_VERSION"))))
}

/// Certificates come with the binary: the machine may have none.
fn tls() -> Result<rustls::ClientConfig> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
