//! Where mail goes: a folder of `.eml` files, or an SMTP server.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use secrecy::ExposeSecret;

use super::files;
use super::oauth::OAuth;
use super::smtp::{Security, Session, SmtpSettings, Timeouts};
use crate::config::{Config, Secrets};
use crate::ledger::deliveries::DeliveryRow;
use crate::ledger::private_folder;

/// A way to deliver.
#[derive(Debug)]
pub enum Transport {
    /// One `.eml` per recipient in this folder.
    Directory(PathBuf),
    /// A relay or mail server.
    Smtp(SmtpSettings),
}

impl Transport {
    /// Reads `[mail]`, so that nothing of it can stop mail later; the password is resolved here and nowhere else.
    pub fn open(config: &Config, secrets: &Secrets) -> Result<Transport> {
        super::message::sender(config)?;
        let text = config.mail.transport.trim();
        let opened = match text.split_once(':') {
            Some(("dir", path)) if !path.is_empty() => Ok(Transport::Directory(config.resolve(Path::new(path)))),
            Some((scheme @ ("smtp" | "smtps"), _)) => smtp(config, secrets, scheme, text).map(Transport::Smtp),
            _ => Err(anyhow::anyhow!(
                "use dir:PATH, smtp://HOST[:PORT] (STARTTLS) or smtps://HOST[:PORT] (TLS from the start)"
            )),
        };
        opened.with_context(|| format!("[mail] transport {}", without_credentials(text)))
    }

    /// Gets as far as the server being ready for a mail, and says goodbye. A folder needs no greeting.
    pub async fn greet(&self) -> Result<()> {
        if let Transport::Smtp(settings) = self {
            Session::open(settings).await?.close().await;
        }
        Ok(())
    }

    /// Whether people get what is sent; a folder keeps it.
    pub fn reaches_people(&self) -> bool {
        matches!(self, Transport::Smtp(_))
    }

    /// Names the destination in the ledger, without credentials.
    pub fn label(&self) -> String {
        match self {
            Transport::Directory(folder) => format!("dir:{}", folder.display()),
            Transport::Smtp(settings) => settings.label(),
        }
    }
}

fn without_credentials(text: &str) -> String {
    match (text.split_once("//"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//***@{host}"),
        _ => text.to_owned(),
    }
}

fn smtp(config: &Config, secrets: &Secrets, scheme: &str, text: &str) -> Result<SmtpSettings> {
    let url = url::Url::parse(text)?;
    ensure!(
        url.username().is_empty() && url.password().is_none(),
        "the user belongs in [mail] username, the password in [mail] password = {{ env = \"NAME\" }}"
    );
    ensure!(
        matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none(),
        "nothing may follow HOST:PORT"
    );
    let host = url.host_str().filter(|h| !h.is_empty()).context("the host is missing")?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (security, port) = match scheme {
        "smtps" => (Security::Tls, 465),
        _ if is_loopback(&host) => (Security::Plain, 25),
        _ => (Security::StartTls, 587),
    };
    let credentials = match (&config.mail.username, &config.mail.password) {
        (Some(user), Some(reference)) => {
            let password = secrets.resolve(reference, "[mail]", &config.folder)?;
            Some(Credentials::new(user.clone(), password.expose_secret().to_owned()))
        }
        (None, None) => None,
        _ => bail!("[mail] username and password go together; one of them is missing"),
    };
    ensure!(
        credentials.is_none() || config.mail.oauth.is_none(),
        "[mail] password and [mail.oauth] exclude each other: the server takes one or the other"
    );
    let oauth = config.mail.oauth.as_ref();
    let oauth = oauth.map(|oauth| OAuth::open(config, oauth, secrets).context("[mail.oauth]")).transpose()?;
    let root_certificate = config.mail.root_certificate.as_ref().map(|path| root_certificate(&config.resolve(path)));
    let from: Option<Mailbox> = config.mail.from.parse().ok();
    Ok(SmtpSettings {
        port: url.port().unwrap_or(port),
        host,
        security,
        credentials,
        hello: from.map(|f| f.email.domain().to_owned()),
        oauth,
        root_certificate: root_certificate.transpose()?,
        timeouts: Timeouts::default(),
    })
}

/// A private authority's certificate, which must be one.
fn root_certificate(path: &Path) -> Result<Vec<u8>> {
    let read = || {
        let pem = std::fs::read(path)?;
        lettre::transport::smtp::client::Certificate::from_pem(&pem)?;
        ensure!(pem.windows(15).any(|part| part == b"-----BEGIN CERT"), "it holds no certificate in PEM");
        Ok(pem)
    };
    read().with_context(|| format!("[mail] root_certificate {}", path.display()))
}

/// This machine itself: the only place plaintext may go.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Puts one mail into the folder, whole or not at all. Doing it twice changes nothing.
pub(super) fn write_eml(folder: &Path, row: &DeliveryRow, bytes: &[u8]) -> Result<PathBuf> {
    private_folder(folder)?;
    let path = folder.join(eml_name(row));
    files::replace(&path, bytes)?;
    Ok(path)
}

/// `support-2026-W47-ann@example.com.eml`; later editions carry their number.
fn eml_name(row: &DeliveryRow) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
    let mut recipient: String = row.recipient.chars().map(|c| if keep(c) { c } else { '_' }).collect();
    recipient.truncate(150);
    if recipient != row.recipient {
        // Two addresses must not become one file.
        recipient = format!("{recipient}-{}", &files::sha256(row.recipient.as_bytes())[..8]);
    }
    let number = if row.number > 1 { format!("-{}", row.number) } else { String::new() };
    format!("{}-{}{number}-{recipient}.eml", row.report, row.period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(transport: &str, mail: &str) -> Result<Transport> {
        let text = format!(
            "[company]\nname = \"x\"\ntimezone = \"UTC\"\ncurrency = \"EUR\"\n[store]\npath = \"s\"\n\
             [mail]\nfrom = \"r@acme.example\"\ntransport = \"{transport}\"\n{mail}"
        );
        let config = Config::parse(&text, Path::new("/conf")).unwrap();
        Transport::open(&config, &Secrets::default().with("PW", "hunter2"))
    }

    #[test]
    fn transports_are_told_apart() {
        for (text, label) in [
            ("dir:out", "dir:/conf/out"),
            ("dir:/abs", "dir:/abs"),
            ("smtp://mail.example", "smtp://mail.example:587"),
            ("smtp://localhost", "smtp+plain://localhost:25"),
            ("smtp://[::1]:2525", "smtp+plain://[::1]:2525"),
            ("smtps://mail.example", "smtps://mail.example:465"),
        ] {
            assert_eq!(open(text, "").unwrap().label(), label);
        }
    }

    #[test]
    fn bad_transports_say_what_to_write() {
        for (text, mail, part) in [
            ("mail.example", "", "use dir:PATH"),
            ("http://mail.example", "", "use dir:PATH"),
            ("dir:", "", "use dir:PATH"),
            ("smtp://", "", ""),
            ("smtp://mail.example/x", "", "nothing may follow"),
            ("smtp://u:hunter2@mail.example", "", "[mail] username"),
            ("smtp://mail.example", "username = \"u\"", "go together"),
            ("smtp://mail.example", "username = \"u\"\npassword = { env = \"NO_SUCH\" }", "NO_SUCH"),
        ] {
            let error = format!("{:#}", open(text, mail).unwrap_err());
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_password_is_never_printed() {
        let transport = open("smtp://mail.example", "username = \"u\"\npassword = { env = \"PW\" }").unwrap();
        assert!(!format!("{transport:?}").contains("hunter2"));
    }
}
