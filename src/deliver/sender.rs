//! What the world knows of the domain mail is from: SPF, DKIM and DMARC, as DNS has them. Without them much of a review's mail
//! ends as spam, and nobody here is told. Everything is a hint: what DNS does not answer is no mistake of the configuration.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

use crate::config::Config;

/// For each question.
const PATIENCE: Duration = Duration::from_secs(5);

/// What one of the three says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `SPF`, `DKIM` or `DMARC`.
    pub name: &'static str,
    /// Nothing to do.
    pub is_fine: bool,
    /// One sentence.
    pub words: String,
}

/// Asks DNS about the domain of `[mail] from`: the system's servers, or the one given.
pub async fn look_up(config: &Config, server: Option<SocketAddr>) -> Result<Vec<Finding>> {
    let from = super::message::sender(config)?;
    let domain = from.email.domain().to_lowercase();
    let resolver = resolver(server)?;
    let mut findings = match text(&resolver, &domain).await {
        Ok(records) => vec![spf(&domain, &records)],
        // it does not answer the others either
        Err(error) => return Ok(["SPF", "DKIM", "DMARC"].map(|name| unanswered(name, &error)).into()),
    };
    findings.push(match &config.mail.dkim_selector {
        None => Finding {
            name: "DKIM",
            is_fine: false,
            words: "not looked at: set [mail] dkim_selector to your relay's selector".into(),
        },
        Some(selector) => match text(&resolver, &format!("{selector}._domainkey.{domain}")).await {
            Ok(records) => dkim(selector, &domain, &records),
            Err(error) => unanswered("DKIM", &error),
        },
    });
    findings.push(policy(&resolver, &domain).await);
    Ok(findings)
}

/// The policy of the domain, or of the nearest one above it that has any; a top-level domain's own is nobody's.
async fn policy(resolver: &TokioResolver, domain: &str) -> Finding {
    let mut of = domain;
    loop {
        match text(resolver, &format!("_dmarc.{of}")).await {
            Err(error) => return unanswered("DMARC", &error),
            Ok(records) if records.iter().any(|record| is_version(record, "v=DMARC1")) => {
                return dmarc(of, domain, &records);
            }
            Ok(_) => match of.split_once('.').filter(|(_, parent)| parent.contains('.')) {
                Some((_, parent)) => of = parent,
                None => return dmarc(domain, domain, &[]),
            },
        }
    }
}

fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio().context("the system's DNS servers cannot be read")?,
        Some(address) => {
            let mut udp = ConnectionConfig::udp();
            udp.port = address.port();
            let servers = vec![NameServerConfig::new(address.ip(), true, vec![udp])];
            let config = ResolverConfig::from_name_servers(servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.timeout = PATIENCE / 2;
    options.attempts = 1;
    builder.build().context("DNS cannot be asked")
}

/// The TXT records of a name, each in one piece; none where there are none.
async fn text(resolver: &TokioResolver, name: &str) -> Result<Vec<String>> {
    let asked = resolver.lookup(format!("{name}."), RecordType::TXT);
    let answer = match tokio::time::timeout(PATIENCE, asked).await {
        Err(_) => anyhow::bail!("DNS does not answer"),
        Ok(Err(error)) if error.is_no_records_found() => return Ok(Vec::new()),
        Ok(Err(error)) => return Err(error).context("DNS does not answer"),
        Ok(Ok(answer)) => answer,
    };
    let pieces = answer.answers().iter().filter_map(|record| match &record.data {
        RData::TXT(text) => Some(text.txt_data.concat()),
        _ => None,
    });
    Ok(pieces.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
}

fn unanswered(name: &'static str, error: &anyhow::Error) -> Finding {
    Finding { name, is_fine: false, words: format!("unknown: {error:#}") }
}

/// Whether a record begins with its version tag, and nothing is glued to it.
fn is_version(record: &str, version: &str) -> bool {
    let (start, rest) = (record.get(..version.len()), record.get(version.len()..).unwrap_or_default());
    start.is_some_and(|start| start.eq_ignore_ascii_case(version)) && !rest.starts_with(|c: char| c.is_alphanumeric())
}

/// The value of a tag of a record `a=1; b=2`.
fn tag<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    let pairs = record.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v)
}

/// Who may send for the domain.
fn spf(domain: &str, records: &[String]) -> Finding {
    let found: Vec<&String> = records.iter().filter(|record| is_version(record, "v=spf1")).collect();
    let (is_fine, words) = match found.as_slice() {
        [] => (
            false,
            format!("{domain} has no record v=spf1: say which servers send for it, your relay's manual has the line"),
        ),
        [record] => {
            let last = record.split_whitespace().last().unwrap_or_default().to_lowercase();
            match last.as_str() {
                "+all" | "all" => {
                    (false, format!("{domain} allows everybody to send for it ({last}): end it with -all or ~all"))
                }
                _ => (true, format!("{domain} says who sends for it ({record})")),
            }
        }
        several => (
            false,
            format!("{domain} has {} records v=spf1; more than one is as good as none: join them", several.len()),
        ),
    };
    Finding { name: "SPF", is_fine, words }
}

/// Whether the relay's key is there.
fn dkim(selector: &str, domain: &str, records: &[String]) -> Finding {
    let keys: Vec<&str> = records.iter().filter_map(|record| tag(record, "p")).collect();
    let (is_fine, words) = match keys.as_slice() {
        [] => (false, format!("{selector}._domainkey.{domain} has no key: publish the one your relay gives you")),
        [""] => (false, format!("{selector}._domainkey.{domain} is revoked (p= is empty): use another selector")),
        [_] => (true, format!("{selector}._domainkey.{domain} has a key")),
        _ => (
            false,
            format!("{selector}._domainkey.{domain} has several keys; which one counts is not defined: keep one"),
        ),
    };
    Finding { name: "DKIM", is_fine, words }
}

/// What receivers are asked to do with mail that proves neither.
fn dmarc(of: &str, domain: &str, records: &[String]) -> Finding {
    let found: Vec<&String> = records.iter().filter(|record| is_version(record, "v=DMARC1")).collect();
    let (is_fine, words) = match found.as_slice() {
        [] => (false, format!("{domain} has no policy (_dmarc.{domain}): Gmail and Yahoo ask bulk senders for one")),
        [record] => {
            let own = tag(record, "p");
            let policy = if of == domain { own } else { tag(record, "sp").or(own) };
            match policy.map(str::to_lowercase).as_deref() {
                Some("none") => {
                    (true, format!("{of} only watches (p=none): forged mail in its name is not stopped yet"))
                }
                Some(policy @ ("quarantine" | "reject")) => {
                    (true, format!("{of} asks to {policy} what proves to be nobody's"))
                }
                _ => (false, format!("the policy of {of} has no p=none, p=quarantine or p=reject: {record}")),
            }
        }
        several => (false, format!("{of} has {} policies; more than one is as good as none: keep one", several.len())),
    };
    Finding { name: "DMARC", is_fine, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(finding: &Finding, is_fine: bool, part: &str) {
        assert!(finding.is_fine == is_fine && finding.words.contains(part), "{finding:?}");
    }

    fn records(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|t| (*t).to_owned()).collect()
    }

    #[test]
    fn senders_are_named_once_and_not_everybody() {
        let of = |texts: &[&str]| spf("acme.example", &records(texts));
        check(&of(&["google-site=1", "v=spf1 include:relay.example -all"]), true, "include:relay.example");
        check(&of(&["V=SPF1 mx ~all"]), true, "mx");
        check(&of(&["v=spf1"]), true, "v=spf1");
        check(&of(&[]), false, "no record");
        check(&of(&["v=spf10 mx", "spf1"]), false, "no record");
        check(&of(&["v=spf1 -all", "v=spf1 mx -all"]), false, "2 records");
        check(&of(&["v=spf1 mx +all"]), false, "everybody");
    }

    #[test]
    fn a_key_is_there_or_revoked() {
        let of = |texts: &[&str]| dkim("s1", "acme.example", &records(texts));
        check(&of(&["v=DKIM1; k=rsa; p=MIGf"]), true, "has a key");
        check(&of(&["v=DKIM1; p="]), false, "revoked");
        check(&of(&["nothing of the kind"]), false, "no key");
        check(&of(&["p=a", "p=b"]), false, "several");
    }

    #[test]
    fn a_policy_says_what_becomes_of_forged_mail() {
        let of = |at: &str, texts: &[&str]| dmarc(at, "mail.acme.example", &records(texts));
        check(&of("mail.acme.example", &["v=DMARC1; p=reject; rua=mailto:a@acme.example"]), true, "reject");
        check(&of("mail.acme.example", &["v=DMARC1;p=none"]), true, "p=none");
        check(&of("acme.example", &["v=DMARC1; p=reject; sp=none"]), true, "acme.example only watches");
        check(&of("acme.example", &["v=DMARC1; p=quarantine"]), true, "quarantine");
        check(&of("mail.acme.example", &["v=DMARC1; rua=mailto:a@b"]), false, "has no p=");
        check(&of("mail.acme.example", &[]), false, "no policy");
        check(&of("mail.acme.example", &["v=DMARC1; p=none", "v=DMARC1; p=reject"]), false, "2 policies");
    }
}
