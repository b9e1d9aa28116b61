//! A file from an address: asked for only if it has changed, written to a file of our own as it comes.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{FutureExt, StreamExt};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use tokio::time::Instant;
use url::{Host, Url};

use super::super::lens;
use super::super::manifest::Action;
use super::super::problem::Problem;
use super::super::retry::{is_transient, retry_after};
use super::exchange::read;
use super::{Call, Caller, Client, Failed, name};
use crate::http;

/// Redirects of one download.
const HOPS: usize = 5;

/// What a server said of a file, to ask for it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Validators {
    pub(in super::super) etag: Option<String>,
    pub(in super::super) modified: Option<String>,
}

impl Client {
    /// Fetches a file into `target`, which must not be there; `None` if it is the one that the validators are of. Without a
    /// target only the answer's beginning is waited for.
    pub(in super::super) async fn download<'a>(
        &'a self,
        call: &'a Call,
        caller: Caller<'a>,
        known: &'a Validators,
        target: Option<&'a Path>,
    ) -> Result<Option<Validators>> {
        self.tried(call, caller, || self.fetch(call, caller, known, target).boxed()).await
    }

    async fn fetch(
        &self,
        call: &Call,
        caller: Caller<'_>,
        known: &Validators,
        target: Option<&Path>,
    ) -> Result<Option<Validators>, Failed> {
        let mut url = None;
        for _ in 0..=HOPS {
            let (response, signed) = self.ask(call, url.as_ref(), caller, known).await?;
            let status = response.status().as_u16();
            let header = |name: HeaderName| {
                response.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok()).map(str::to_owned)
            };
            match status {
                304 if *known != Validators::default() => return Ok(None),
                301 | 302 | 303 | 307 | 308 => {
                    let from = url.as_ref().unwrap_or(&call.url);
                    let to = header(LOCATION).unwrap_or_default();
                    let next = redirect(from, &to)
                        .map_err(|e| Failed::for_good(Problem::other(format!("{}: {e:#}", name(call)))))?;
                    url = Some(next);
                }
                200..=299 => {
                    let validators = Validators { etag: header(ETAG), modified: header(LAST_MODIFIED) };
                    if let Some(target) = target {
                        self.save(response, call, target).await?;
                    }
                    return Ok(Some(validators));
                }
                _ => {
                    let wait = header(reqwest::header::RETRY_AFTER)
                        .and_then(|wait| retry_after(&wait, header(reqwest::header::DATE).as_deref(), self.now));
                    // what a refusal says beside its status may be missing
                    let body = read(response, self.limits.body_bytes).await.unwrap_or_default();
                    let text = String::from_utf8_lossy(&body);
                    let action = caller.manifest.action(caller.stream, status, |at| lens::plain_at(&text, at));
                    let problem = self.refused(call, status, &body, None).meaning(action);
                    let is_transient = action.map_or(is_transient(status), |action| action == Action::Retry);
                    return Err(Failed { problem, is_transient, wait, signed });
                }
            }
        }
        Err(Failed::for_good(Problem::other(format!("{} is redirected more than {HOPS} times", name(call)))))
    }

    /// The request: with the credential to the source's own host, without to another one.
    async fn ask(
        &self,
        call: &Call,
        url: Option<&Url>,
        caller: Caller<'_>,
        known: &Validators,
    ) -> Result<(reqwest::Response, Option<HeaderValue>), Failed> {
        let is_ours = url.is_none_or(|url| url.origin() == self.base.origin());
        let signed = self.credential.headers().await.map_err(|error| self.unsigned(call, &error))?;
        let token = signed.get(AUTHORIZATION).cloned();
        let request = match url {
            None => self.build(call, signed),
            Some(url) if is_ours => self.build(&Call { url: url.clone(), query: Vec::new(), ..call.clone() }, signed),
            Some(url) => self.http.get(url.clone()),
        };
        let condition = |request: reqwest::RequestBuilder, name, value: &Option<String>| match value {
            Some(value) => request.header(name, value),
            None => request,
        };
        // The strong sign alone where there is one: a date has only seconds.
        let request = match &known.etag {
            Some(_) => condition(request, IF_NONE_MATCH, &known.etag),
            None => condition(request, IF_MODIFIED_SINCE, &known.modified),
        };
        let mut request =
            request.timeout(caller.deadline.saturating_duration_since(Instant::now())).build().map_err(|e| {
                Failed::for_good(Problem::other(self.redact(&format!("{}: {}", name(call), e.without_url()))))
            })?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
        let response = self.http.execute(request).await.map_err(|e| self.broken(call, e))?;
        Ok((response, token))
    }

    async fn save(&self, response: reqwest::Response, call: &Call, target: &Path) -> Result<(), Failed> {
        let local = |error: std::io::Error| {
            Failed::for_good(Problem::other(format!("cannot write {}: {error}", target.display())))
        };
        let mut file = private(target).map_err(local)?;
        let (mut chunks, mut bytes) = (response.bytes_stream(), 0);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|e| self.broken(call, e))?;
            bytes += chunk.len() as u64;
            if bytes > self.limits.download_bytes {
                return Err(Failed::for_good(Problem::other(format!(
                    "{} answered with more than {bytes} bytes (limits: download_bytes)",
                    name(call)
                ))));
            }
            file.write_all(&chunk).map_err(local)?;
        }
        Ok(())
    }
}

fn private(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Where a redirect leads, if one may follow: never from https to http, never from outside into this machine or its network.
fn redirect(from: &Url, location: &str) -> Result<Url> {
    let to = from.join(location).with_context(|| "is redirected to what is no address".to_owned())?;
    let place = to.origin().ascii_serialization();
    ensure!(http::is_private(&to), "is redirected to {place}, which is not https; refused");
    ensure!(
        to.username().is_empty() && to.password().is_none(),
        "is redirected to an address with a password; refused"
    );
    if is_inside(&to) && !is_inside(from) {
        bail!("is redirected from outside to {place}; refused");
    }
    ensure!(from.scheme() == to.scheme(), "is redirected from {} to {place}; refused", from.scheme());
    Ok(to)
}

/// An address of this machine or of a network that is not public, as far as the address itself says.
fn is_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => {
            let mapped =
                ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback() || ip.is_private() || ip.is_link_local());
            mapped || ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || !name.contains('.')
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leads_inside_or_to_plain_http() {
        let check = |from: &str, to: &str| {
            redirect(&Url::parse(from).unwrap(), to).map(String::from).map_err(|e| e.to_string())
        };
        assert_eq!(check("https://a.example/x", "/y").unwrap(), "https://a.example/y");
        assert_eq!(check("https://a.example/x", "https://b.example/y?s=1").unwrap(), "https://b.example/y?s=1");
        for to in [
            "http://a.example/",
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://localhost/",
            "https://intranet/",
            "file:///etc/passwd",
            "https://u:p@b.example/",
            "http://127.0.0.1/",
        ] {
            assert!(check("https://a.example/x", to).is_err(), "{to}");
        }
    }
}
