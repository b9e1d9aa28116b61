//! `[web]`: who may see and do what on the pages of `serve`, and how it is known who asks.

use std::net::IpAddr;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{Config, SecretRef};

/// `[web]`. Without it the recipients of a report are its viewers, a team's `owner` and `commenters` own its reports, and
/// `[operator]` operates all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Read every report of `[reports]`: addresses, or `@domain` for a whole one.
    #[serde(default)]
    pub viewers: Vec<String>,
    /// Comment and promise in every report, too.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Run every report and see every delivery, too.
    #[serde(default)]
    pub operators: Vec<String>,
    /// What stands before the service and is believed.
    #[serde(default)]
    pub proxy: Option<Proxy>,
    /// How long somebody stays signed in.
    #[serde(default = "twelve")]
    pub session_hours: u32,
    /// How long the link of a mail opens its edition.
    #[serde(default = "fourteen")]
    pub link_days: u32,
    /// Signs the links, at least 32 bytes; a file of the store unless given.
    #[serde(default)]
    pub key: Option<SecretRef>,
}

impl Default for Web {
    fn default() -> Web {
        Web {
            viewers: Vec::new(),
            owners: Vec::new(),
            operators: Vec::new(),
            proxy: None,
            session_hours: twelve(),
            link_days: fourteen(),
            key: None,
        }
    }
}

/// `[web.proxy]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Addresses it connects from. Nobody else's headers are read.
    pub peers: Vec<IpAddr>,
    /// Header that carries the bare e-mail address of whoever it let in, and that it never passes on from outside. Absent: it
    /// lets everybody through, and people sign in here.
    #[serde(default)]
    pub header: Option<String>,
}

impl Config {
    /// Refuses entries of `[web]` and `[reports.NAME] viewers` that name nobody.
    pub(super) fn validate_web(&self) -> Result<()> {
        let web = &self.web;
        for (key, entries) in [("viewers", &web.viewers), ("owners", &web.owners), ("operators", &web.operators)] {
            self.check_people(entries).with_context(|| format!("[web] {key}"))?;
        }
        for (name, report) in &self.reports {
            self.check_people(&report.viewers).with_context(|| format!("[reports.{name}] viewers"))?;
        }
        ensure!((1..=720).contains(&web.session_hours), "[web] session_hours is {}: 1 to 720", web.session_hours);
        ensure!((1..=366).contains(&web.link_days), "[web] link_days is {}: 1 to 366", web.link_days);
        if let Some(proxy) = &web.proxy {
            ensure!(
                !proxy.peers.is_empty(),
                "[web.proxy] peers: name the addresses the proxy connects from, for example [\"10.0.0.5\"]"
            );
            let is_name = |name: &String| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            };
            ensure!(
                proxy.header.as_ref().is_none_or(is_name),
                "[web.proxy] header {:?} is not the name of a header",
                proxy.header.as_deref().unwrap_or_default()
            );
        }
        self.validate_public_url()
    }

    /// Signed links and the name of the cookie follow from it.
    fn validate_public_url(&self) -> Result<()> {
        let Some(text) = &self.mail.public_url else { return Ok(()) };
        let url = url::Url::parse(text).with_context(|| format!("[mail] public_url {text:?} is not a URL"))?;
        ensure!(
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none(),
            "[mail] public_url {text:?}: write https://HOST and nothing after it"
        );
        ensure!(
            crate::http::is_private(&url),
            "[mail] public_url {text:?}: links in mails are https, or what they open could be read on the way"
        );
        ensure!(
            url.path() == "/",
            "[mail] public_url {text:?}: the archive is served at the top of a host, not under {}",
            url.path()
        );
        Ok(())
    }

    fn check_people(&self, entries: &[String]) -> Result<()> {
        for entry in entries {
            let Some(domain) = entry.strip_prefix('@') else {
                self.check_recipient(entry)?;
                continue;
            };
            ensure!(
                domain.contains('.') && !domain.contains(|c: char| c == '@' || c.is_whitespace()),
                "{entry:?} is neither an e-mail address nor @domain"
            );
            let allowed = &self.mail.allowed_domains;
            ensure!(
                allowed.is_empty() || allowed.iter().any(|d| d.eq_ignore_ascii_case(domain)),
                "{entry} is outside [mail] allowed_domains ({})",
                allowed.join(", ")
            );
        }
        Ok(())
    }
}

/// Whether an entry of a list of people means a bare address: the same one, with or without a name, or `@domain`. Mailboxes
/// that differ in case only are one.
pub fn is_meant(entry: &str, address: &str) -> bool {
    if let Some(domain) = entry.strip_prefix('@') {
        return address.rsplit_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain));
    }
    let bare = entry.parse::<lettre::message::Mailbox>();
    bare.is_ok_and(|mailbox| mailbox.email.to_string().eq_ignore_ascii_case(address))
}

fn twelve() -> u32 {
    12
}
fn fourteen() -> u32 {
    14
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn a_list_of_people_means_whole_addresses_and_whole_domains_only() {
        for entry in ["ann@acme.example", "Ann <ANN@acme.example>", "@acme.example", "@ACME.example"] {
            assert!(is_meant(entry, "Ann@Acme.example"), "{entry}");
        }
        for entry in ["nn@acme.example", "@cme.example", "@example", "ann@acme.example.evil", "ann", "@", ""] {
            assert!(!is_meant(entry, "ann@acme.example"), "{entry}");
        }
        assert!(!is_meant("@acme.example", "acme.example"));
    }
}
