//! One SMTP conversation, phase by phase, each with its own timeout.
//!
//! The one question that matters is whether the server may have the message. Before the final dot it has not, whatever
//! went wrong; after it, only an answer tells. lettre's own `send` and its pool hide that moment, so MAIL, RCPT and DATA
//! are spoken here. A connection that timed out or fell silent is dropped, never used again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::net::TcpStream;

use super::oauth::OAuth;
use super::phase::{Fault, phase, told};

/// A server is asked for its limit before a message of more bytes than every server takes.
const LARGE: usize = 1_000_000;

/// A message goes out in parts of this many bytes, so that it is not copied as a whole.
const PART: usize = 64 * 1024;

/// How a server is reached.
pub struct SmtpSettings {
    /// Name or address, IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// When TLS starts.
    pub security: Security,
    /// PLAIN or LOGIN, as the server offers.
    pub credentials: Option<Credentials>,
    /// XOAUTH2, in place of a password.
    pub oauth: Option<OAuth>,
    /// Name in EHLO; the address of this end unless given.
    pub hello: Option<String>,
    /// PEM of an authority trusted besides the system's.
    pub root_certificate: Option<Vec<u8>>,
    /// Patience.
    pub timeouts: Timeouts,
}

/// When TLS starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Never: loopback only.
    Plain,
    /// After STARTTLS, which the server must offer.
    StartTls,
    /// At once.
    Tls,
}

/// Patience for each phase.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "phases of RFC 5321")]
pub struct Timeouts {
    pub connect: Duration,
    /// Greeting, EHLO, TLS and AUTH, each.
    pub greeting: Duration,
    /// MAIL and RCPT, each.
    pub command: Duration,
    /// Until the server is ready for the message.
    pub data: Duration,
    /// The message and the answer to its final dot.
    pub final_dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timeouts {
            connect: seconds(10),
            greeting: seconds(30),
            command: seconds(60),
            data: seconds(60),
            final_dot: seconds(300),
        }
    }
}

impl std::fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSettings").field("server", &self.label()).finish_non_exhaustive()
    }
}

/// How an attempt to hand over one message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The server has it.
    Accepted(String),
    /// The server will never take it (5xx).
    Refused(String),
    /// Not now (4xx).
    Deferred(String),
    /// The conversation broke before the final dot: nothing was sent.
    Broken(String),
    /// The conversation broke after the final dot: nobody here knows.
    Unknown(String),
    /// Somebody else took it first: nothing was sent.
    Taken,
}

impl SmtpSettings {
    /// Names the server, without credentials.
    pub fn label(&self) -> String {
        let scheme = match self.security {
            Security::Plain => "smtp+plain",
            Security::StartTls => "smtp",
            Security::Tls => "smtps",
        };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{host}:{}", self.port)
    }

    fn client_id(&self) -> ClientId {
        self.hello.clone().map_or_else(ClientId::default, ClientId::Domain)
    }

    /// A connection that sends at once: the final dot is a small part of its own, and would wait for the other side to confirm the
    /// message, which it is in no hurry to do (40 ms a mail).
    async fn dial(&self) -> Result<TcpStream> {
        let patience = self.timeouts.connect;
        let within = |what: &str| format!("{what}: no answer within {} s", patience.as_secs_f32());
        let addresses = tokio::time::timeout(patience, tokio::net::lookup_host((self.host.as_str(), self.port)));
        let addresses = addresses.await.with_context(|| within("looking up the name"))??;
        let mut failed = anyhow::anyhow!("the name has no address");
        for address in addresses {
            match tokio::time::timeout(patience, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failed = error.into(),
                Err(_) => failed = anyhow::anyhow!("{}", within(&address.to_string())),
            }
        }
        Err(failed)
    }

    fn tls(&self) -> Result<TlsParameters> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(pem) = &self.root_certificate {
            let certificate = Certificate::from_pem(pem).context("[mail] root_certificate")?;
            builder = builder.add_root_certificate(certificate);
        }
        Ok(builder.build_rustls()?)
    }
}

/// An open, greeted, encrypted and authenticated connection.
pub struct Session<'a> {
    connection: AsyncSmtpConnection,
    settings: &'a SmtpSettings,
    /// Once it was asked: what the server says of SIZE.
    size: Option<Size>,
}

/// The extension SIZE (RFC 1870).
#[derive(Debug, Clone, Copy)]
enum Size {
    NotOffered,
    /// Most bytes of a message; `None`: no limit is told.
    Offered(Option<u64>),
}

impl<'a> Session<'a> {
    /// Connects and gets ready to send.
    pub async fn open(settings: &'a SmtpSettings) -> Result<Session<'a>> {
        Session::prepare(settings).await.with_context(|| format!("cannot use the mail server {}", settings.label()))
    }

    async fn prepare(settings: &'a SmtpSettings) -> Result<Session<'a>> {
        let patience = settings.timeouts;
        let hello = settings.client_id();
        let mut connection = if settings.security == Security::Tls {
            let server = (settings.host.as_str(), settings.port);
            let tls = Some(settings.tls()?);
            let connecting = AsyncSmtpConnection::connect_tokio1(server, Some(patience.connect), &hello, tls, None);
            phase("connecting", patience.connect + patience.greeting, connecting).await.map_err(told)?
        } else {
            let stream = settings.dial().await.context("connecting")?;
            let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
            phase("greeting", patience.greeting, greeting).await.map_err(told)?
        };
        if settings.security == Security::StartTls {
            anyhow::ensure!(
                connection.can_starttls(),
                "it does not offer STARTTLS, and mail is not sent in clear to another machine"
            );
            let upgrade = connection.starttls(settings.tls()?, &hello);
            phase("STARTTLS", patience.greeting, upgrade).await.map_err(told)?;
        }
        if let Some(credentials) = &settings.credentials {
            let login = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            phase("AUTH", patience.greeting, login).await.map_err(told).context("signing in")?;
        }
        if let Some(oauth) = &settings.oauth {
            oauth.sign_in(&mut connection, patience.greeting).await.context("signing in")?;
        }
        Ok(Session { connection, settings, size: None })
    }

    /// Hands over one message. `claim` is called when the server is ready for it, and only its `true` lets a byte go out.
    pub async fn deliver(
        &mut self,
        from: &Address,
        to: &Address,
        message: &[u8],
        claim: impl FnOnce() -> Result<bool>,
    ) -> Result<Attempt> {
        if let Err(attempt) = self.announce(from, to, message.len()).await {
            return Ok(attempt);
        }
        if !claim()? {
            // The server waits for a message; without its final dot the caller's hanging up discards it.
            return Ok(Attempt::Taken);
        }
        Ok(self.transmit(message).await)
    }

    /// Forgets a transaction that was refused; `false` when the connection is of no more use.
    pub async fn reset(&mut self) -> bool {
        phase("RSET", self.settings.timeouts.command, self.connection.command(Rset)).await.is_ok()
    }

    /// Says goodbye; the answer does not matter any more.
    pub async fn close(mut self) {
        let _ = phase("QUIT", Duration::from_secs(2), self.connection.quit()).await;
    }

    async fn announce(&mut self, from: &Address, to: &Address, bytes: usize) -> Result<(), Attempt> {
        let patience = self.settings.timeouts;
        let mut parameters = Vec::new();
        if bytes > LARGE {
            match self.size().await.map_err(Fault::before_dot)? {
                Size::NotOffered => {}
                Size::Offered(Some(most)) if bytes as u64 > most => {
                    let mb = |bytes: f64| format!("{:.1} MB", bytes / 1e6);
                    return Err(Attempt::Refused(format!(
                        "the message has {} and the server takes {} at most (SIZE): attach less, see [mail] attachment_limit",
                        mb(bytes as f64),
                        mb(most as f64)
                    )));
                }
                Size::Offered(_) => parameters.push(MailParameter::Size(bytes)),
            }
        }
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !ascii(from) || !ascii(to) {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Attempt::Refused("the server does not take addresses beyond ASCII (SMTPUTF8)".into()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let mail = self.connection.command(Mail::new(Some(from.clone()), parameters));
        phase("MAIL", patience.command, mail).await.map_err(Fault::before_dot)?;
        let rcpt = self.connection.command(Rcpt::new(to.clone(), Vec::new()));
        phase("RCPT", patience.command, rcpt).await.map_err(Fault::before_dot)?;
        phase("DATA", patience.data, self.connection.command(Data)).await.map_err(Fault::before_dot)?;
        Ok(())
    }

    /// What the server says of SIZE, which lettre does not keep: it is greeted once more.
    async fn size(&mut self) -> Result<Size, Fault> {
        if let Some(size) = self.size {
            return Ok(size);
        }
        let hello = Ehlo::new(self.settings.client_id());
        let response = phase("EHLO", self.settings.timeouts.greeting, self.connection.command(hello)).await?;
        let mut offered = response.message().skip(1).filter_map(|line| {
            let mut words = line.split_whitespace();
            let is_size = words.next().is_some_and(|word| word.eq_ignore_ascii_case("SIZE"));
            is_size.then(|| words.next().and_then(|most| most.parse().ok()).filter(|most| *most > 0))
        });
        let size = offered.next().map_or(Size::NotOffered, Size::Offered);
        self.size = Some(size);
        Ok(size)
    }

    async fn transmit(&mut self, message: &[u8]) -> Attempt {
        // lettre ends the message with CRLF, dot, CRLF: the message's own last line end would become an empty line.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        // It asks for the next part only after the last one went out whole, and writes the dot after there is none.
        let dot_is_next = AtomicBool::new(false);
        let mut parts = message.chunks(PART);
        let parts = std::iter::from_fn(|| {
            let part = parts.next();
            dot_is_next.store(part.is_none(), Ordering::Relaxed);
            part
        });
        let sending = self.connection.message_iter(parts);
        match phase("the message", self.settings.timeouts.final_dot, sending).await {
            Ok(response) => {
                let lines: Vec<&str> = response.message().collect();
                Attempt::Accepted(format!("{} {}", response.code(), lines.join(" ")))
            }
            Err(Fault::Broken(text)) if dot_is_next.load(Ordering::Relaxed) => Attempt::Unknown(text),
            Err(Fault::Closing(text)) => Attempt::Deferred(text),
            Err(fault) => fault.before_dot(),
        }
    }
}
