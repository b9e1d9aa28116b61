//! The mail itself: headers and MIME parts. The same edition to the same person always gives the same bytes.
//!
//! `multipart/alternative(text/plain, multipart/related(text/html, inline PNG …))`, in a `multipart/mixed` with the files that
//! are attached, where a report attaches any. Nothing is loaded from anywhere.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};

use super::link::Signer;
use super::unsubscribe::Leave;
use super::{Edition, files};
use crate::config::Config;
use crate::review::edition::{Rendered, attachment_name};

/// An edition addressed to people.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// What is sent.
    pub edition: &'a Edition,
    /// Its texts and pictures.
    pub rendered: &'a Rendered,
    /// One message each.
    pub recipients: Vec<Mailbox>,
    /// Sender.
    pub from: Mailbox,
    /// Where answers go: the owner's discussion address.
    pub reply_to: Option<Mailbox>,
    /// Printed before the subject of a test.
    pub subject_mark: Option<&'a str>,
    /// Address → Message-ID of the mail that is answered, for a correction.
    pub answers: BTreeMap<String, String>,
    /// For a look: it does not count as the readers' mail.
    pub is_test: bool,
    /// Addresses whose mail waits for the operator's approval.
    pub waiting: BTreeSet<String>,
    /// How readers leave; `None`: not by a link.
    pub leave: Option<Leave>,
    /// Makes the mail's link the reader's own; `None` where mails have no links.
    pub links: Option<Signer>,
    /// Zone of the Date header.
    pub zone: TimeZone,
    /// The Date header.
    pub date: Timestamp,
}

/// A finished message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// With angle brackets.
    pub message_id: String,
    /// RFC 5322, CRLF line ends, pure ASCII.
    pub bytes: Vec<u8>,
}

impl<'a> Letter<'a> {
    /// A report's letter to the recipients its block lists; each is checked against `allowed_domains` again.
    pub fn of_report(
        config: &Config,
        edition: &'a Edition,
        rendered: &'a Rendered,
        date: Timestamp,
    ) -> Result<Letter<'a>> {
        let report = config.reports.get(&edition.report);
        let report = report.with_context(|| format!("report {:?} is no longer configured", edition.report))?;
        let zone = report.timezone.as_deref().unwrap_or(&config.company.timezone);
        let discussion = config.teams.get(&report.team).and_then(|team| team.discussion.as_ref());
        let reply_to = discussion.or(config.mail.reply_to.as_ref());
        let letter = Letter {
            edition,
            rendered,
            recipients: Vec::new(),
            from: sender(config)?,
            reply_to: reply_to.map(|a| mailbox(a)).transpose().context("Reply-To")?,
            subject_mark: None,
            answers: BTreeMap::new(),
            is_test: false,
            waiting: BTreeSet::new(),
            leave: Leave::of(config)?,
            links: Signer::of(config)?,
            zone: TimeZone::get(zone)?,
            date,
        };
        letter.to(config, &report.to)
    }

    /// The letter of an edition that no report of the configuration lists readers for, to one address of the company's own.
    pub fn to_one(
        config: &Config,
        edition: &'a Edition,
        rendered: &'a Rendered,
        address: &str,
        date: Timestamp,
    ) -> Result<Letter<'a>> {
        let letter = Letter {
            edition,
            rendered,
            recipients: Vec::new(),
            from: sender(config)?,
            reply_to: config.mail.reply_to.as_ref().map(|a| mailbox(a)).transpose().context("Reply-To")?,
            subject_mark: None,
            answers: BTreeMap::new(),
            is_test: false,
            waiting: BTreeSet::new(),
            leave: None,
            links: Signer::of(config)?,
            zone: TimeZone::get(&config.company.timezone)?,
            date,
        };
        letter.to(config, &[address.to_owned()])
    }

    /// The same letter to others.
    pub fn to(mut self, config: &Config, recipients: &[String]) -> Result<Letter<'a>> {
        self.recipients.clear();
        for address in recipients {
            config.check_recipient(address)?;
            self.recipients.push(mailbox(address)?);
        }
        Ok(self)
    }

    /// The same letter for a look, to one address, its subject marked.
    pub fn as_test(self, config: &Config, recipient: &str) -> Result<Letter<'a>> {
        let letter = self.to(config, &[recipient.to_owned()])?;
        Ok(Letter { subject_mark: Some("[only to you]"), is_test: true, ..letter })
    }

    /// Builds the message for one recipient.
    pub fn compose(&self, recipient: &Mailbox) -> Result<Composed> {
        let message_id = self.message_id(recipient);
        let subject = match self.subject_mark {
            Some(mark) => format!("{mark} {}", self.edition.subject),
            None => self.edition.subject.clone(),
        };
        let mut builder = Message::builder()
            .from(clean(&self.from))
            .to(clean(recipient))
            .subject(one_line(&subject))
            .message_id(Some(message_id.clone()))
            .date(self.date.into());
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(clean(reply_to));
        }
        if let Some(answered) = self.answers.get(&address_of(recipient)) {
            builder = builder.in_reply_to(answered.clone()).references(answered.clone());
        }
        let mut message = builder.multipart(self.whole(&message_id, recipient)?).context("cannot build the message")?;
        let date = jiff::fmt::rfc2822::to_string(&self.date.to_zoned(self.zone.clone()))?;
        let list = format!("<{}.reviews.{}>", self.edition.report, self.from.email.domain());
        let mut headers = vec![("Date", date), ("List-Id", list), ("Auto-Submitted", "auto-generated".to_owned())];
        // a look is nothing to unsubscribe from
        if let Some(leave) = self.leave.as_ref().filter(|_| !self.is_test) {
            let link = leave.link(&self.edition.report, &address_of(recipient));
            headers.push(("List-Unsubscribe", format!("<{link}>")));
            // one click is for https alone
            if link.starts_with("https:") {
                headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
            }
        }
        for (name, value) in headers {
            message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii(name.into())?, value));
        }
        Ok(Composed { message_id, bytes: message.formatted() })
    }

    /// Depends on edition and recipient only: a mail sent twice is one mail to a store that knows Message-IDs.
    fn message_id(&self, recipient: &Mailbox) -> String {
        let Edition { report, period, number, .. } = self.edition;
        let key = format!("{report}\n{period}\n{number}\n{}", address_of(recipient));
        format!("<{}@{}>", &files::sha256(key.as_bytes())[..32], self.from.email.domain())
    }

    /// The reader's own link in place of the edition's address.
    fn linked(&self, words: &str, recipient: &Mailbox) -> String {
        match &self.links {
            Some(links) => links.signed(words, self.edition, &address_of(recipient), self.date),
            None => words.to_owned(),
        }
    }

    fn body(&self, message_id: &str, recipient: &Mailbox) -> Result<MultiPart> {
        let text = SinglePart::plain(self.linked(&self.rendered.text, recipient));
        let html = SinglePart::html(self.linked(&self.rendered.html, recipient));
        let alternative = MultiPart::alternative().boundary(boundary("alternative", message_id)).singlepart(text);
        if self.rendered.images.is_empty() {
            return Ok(alternative.singlepart(html));
        }
        let mut related = MultiPart::related().boundary(boundary("related", message_id)).singlepart(html);
        let png = ContentType::parse("image/png")?;
        for image in &self.rendered.images {
            let inline = Attachment::new_inline_with_name(one_line(&image.cid), one_line(&image.file_name));
            related = related.singlepart(inline.body(image.png.clone(), png.clone()));
        }
        Ok(alternative.multipart(related))
    }

    /// The words alone, or with the files that go along.
    fn whole(&self, message_id: &str, recipient: &Mailbox) -> Result<MultiPart> {
        let words = self.body(message_id, recipient)?;
        let mut files = self.rendered.data.iter().filter(|file| file.is_attached).peekable();
        if files.peek().is_none() {
            return Ok(words);
        }
        let mut mixed = MultiPart::mixed().boundary(boundary("mixed", message_id)).multipart(words);
        for file in files {
            let name = attachment_name(&self.edition.report, &self.edition.period, &file.name);
            let part = Attachment::new(one_line(&name)).body(file.bytes.clone(), ContentType::parse(kind(&file.name))?);
            mixed = mixed.singlepart(part);
        }
        Ok(mixed)
    }
}

/// The same for the same part of the same mail.
fn boundary(part: &str, message_id: &str) -> String {
    files::sha256(format!("{part} {message_id}").as_bytes())[..40].to_owned()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("csv") => "text/csv; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The bare address, its domain in lower case: what makes a recipient the same recipient.
pub fn address_of(mailbox: &Mailbox) -> String {
    format!("{}@{}", mailbox.email.user(), mailbox.email.domain().to_lowercase())
}

/// `[mail] from`; a folder of files needs none.
pub(super) fn sender(config: &Config) -> Result<Mailbox> {
    match config.mail.from.trim() {
        "" if config.mail.transport.starts_with("dir:") => Ok("bizreview@localhost".parse()?),
        "" => anyhow::bail!("[mail] from is missing: the address reviews are sent from"),
        from => mailbox(from).context("[mail] from"),
    }
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox> {
    one_line(text).parse().map_err(|e| anyhow::anyhow!("{text:?} is not an e-mail address: {e}"))
}

pub(super) fn clean(mailbox: &Mailbox) -> Mailbox {
    let name = mailbox.name.as_deref().map(one_line).filter(|n| !n.is_empty());
    Mailbox::new(name, mailbox.email.clone())
}

/// Without control characters, and without those that only look like line breaks or turn text around: what is left
/// cannot start a header of its own.
pub(super) fn one_line(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let spaced: String = text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
