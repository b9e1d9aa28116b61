//! A mail that is no edition: a question to an owner, a notice to the operator. It is handed over at once or not at all, and counts only once it was
//! accepted; a note that may have arrived twice has one Message-ID.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Message, MultiPart, SinglePart};

use super::files;
use super::message::{address_of, clean, mailbox, one_line, sender};
use super::smtp::{Attempt, Session};
use super::transport::Transport;
use crate::config::Config;
use crate::ledger::private_folder;
use crate::review::edition::Rendered;

/// A mail to one person.
pub struct Note<'a> {
    pub rendered: &'a Rendered,
    /// Bare address.
    pub recipient: &'a str,
    pub reply_to: Option<String>,
    /// What makes it the same mail when it is sent again.
    pub key: String,
    /// Of its file, where mail goes to a folder.
    pub name: String,
    /// Zone and instant of the Date header.
    pub zone: TimeZone,
    pub date: Timestamp,
}

/// Whether the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    Accepted,
    /// Refused, put off, or unknown, with the reason.
    Not(String),
}

impl Note<'_> {
    /// Sends it.
    pub async fn hand_over(&self, config: &Config, transport: &Transport) -> Result<Handed> {
        config.check_recipient(self.recipient)?;
        self.send(config, transport).await
    }

    /// Sends it to the operator, whose address is named on purpose and may be outside `allowed_domains`.
    pub async fn to_operator(&self, config: &Config, transport: &Transport) -> Result<Handed> {
        let operator = config.operator.as_ref().map(|operator| mailbox(&operator.email)).transpose()?;
        ensure!(operator.is_some_and(|o| address_of(&o) == self.recipient), "this is for the operator only");
        self.send(config, transport).await
    }

    async fn send(&self, config: &Config, transport: &Transport) -> Result<Handed> {
        let (digest, bytes) = self.compose(config)?;
        match transport {
            Transport::Directory(folder) => {
                private_folder(folder)?;
                let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
                let recipient: String =
                    self.recipient.chars().map(|c| if keep(c) { c } else { '_' }).take(150).collect();
                files::replace(&folder.join(format!("{}-{recipient}-{}.eml", self.name, &digest[..8])), &bytes)?;
                Ok(Handed::Accepted)
            }
            Transport::Smtp(settings) => {
                let (from, to) = (sender(config)?.email, self.recipient.parse().context("the recipient's address")?);
                let mut session = match Session::open(settings).await {
                    Ok(session) => session,
                    Err(error) => return Ok(Handed::Not(format!("{error:#}"))),
                };
                let attempt = session.deliver(&from, &to, &bytes, || Ok(true)).await?;
                session.close().await;
                Ok(match attempt {
                    Attempt::Accepted(_) => Handed::Accepted,
                    Attempt::Refused(why) | Attempt::Deferred(why) | Attempt::Broken(why) | Attempt::Unknown(why) => {
                        Handed::Not(why)
                    }
                    Attempt::Taken => Handed::Not("taken by another sender".into()),
                })
            }
        }
    }

    /// What makes its Message-ID, and its bytes.
    fn compose(&self, config: &Config) -> Result<(String, Vec<u8>)> {
        let from = sender(config)?;
        let digest = files::sha256(format!("{}\n{}", self.key, self.recipient).as_bytes());
        let message_id = format!("<{}@{}>", &digest[..32], from.email.domain());
        let mut builder = Message::builder()
            .from(clean(&from))
            .to(clean(&mailbox(self.recipient)?))
            .subject(one_line(&self.rendered.subject))
            .message_id(Some(message_id))
            .date(self.date.into());
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(clean(&mailbox(reply_to).context("Reply-To")?));
        }
        let body = MultiPart::alternative()
            .boundary(digest[..40].to_owned())
            .singlepart(SinglePart::plain(self.rendered.text.clone()))
            .singlepart(SinglePart::html(self.rendered.html.clone()));
        let mut message = builder.multipart(body).context("cannot build the message")?;
        let date = jiff::fmt::rfc2822::to_string(&self.date.to_zoned(self.zone.clone()))?;
        for (name, value) in [("Date", date), ("Auto-Submitted", "auto-generated".to_owned())] {
            message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii(name.into())?, value));
        }
        Ok((digest, message.formatted()))
    }
}
