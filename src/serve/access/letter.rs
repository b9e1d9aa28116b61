//! The mails that carry a link to sign in or to read.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::limits::{MAILS, MAILS_TO_ADDRESS};
use super::{Access, sign_in};
use crate::calendar::Calendar;
use crate::config::{Config, Secrets};
use crate::deliver::key::{Key, unguessable};
use crate::deliver::link::{self, Reading};
use crate::deliver::masked;
use crate::deliver::note::{Handed, Note};
use crate::deliver::reply;
use crate::deliver::transport::Transport;
use crate::ledger::Ledger;
use crate::render::{LinkLetter, audit};
use crate::serve::visitor::has_any_role;

/// What is sent.
pub(super) enum Letter<'a> {
    /// To whom, and where to go then.
    SignIn {
        address: &'a str,
        to: &'a str,
    },
    Fresh(&'a Reading),
}

impl Letter<'_> {
    fn recipient(&self) -> &str {
        match self {
            Letter::SignIn { address, .. } => address,
            Letter::Fresh(reading) => &reading.recipient,
        }
    }
}

impl Access {
    /// Mails a link. Nobody waits for this, and nobody but the log is told how it went: what was asked must not show who is known.
    pub(super) async fn send(&self, config: &Config, letter: Letter<'_>, now: Timestamp) {
        let recipient = masked(letter.recipient());
        match self.try_send(config, &letter, now).await {
            Ok(Handed::Accepted) => tracing::info!(recipient, "a link was mailed"),
            Ok(Handed::Not(why)) => tracing::warn!(recipient, why, "no link was mailed"),
            Err(error) => tracing::error!(recipient, error = format!("{error:#}"), "no link could be mailed"),
        }
    }

    async fn try_send(&self, config: &Config, letter: &Letter<'_>, now: Timestamp) -> Result<Handed> {
        let recipient = letter.recipient();
        if let Letter::SignIn { address, .. } = letter
            && !has_any_role(config, address)
        {
            return Ok(Handed::Not("this address may not sign in".into()));
        }
        let is_allowed =
            self.limits.allow(MAILS_TO_ADDRESS, &recipient.to_lowercase(), now) && self.limits.allow(MAILS, "", now);
        if !is_allowed {
            return Ok(Handed::Not("too many within an hour".into()));
        }
        let (link, words, locale) = match letter {
            Letter::SignIn { address, to } => {
                let token = offer(&self.site.ledger, address, now)?;
                let link = sign_in::link(&self.base(config), &token, to);
                (link, self.sign_in_words(config, address)?, config.company.locale.clone())
            }
            Letter::Fresh(reading) => {
                let link = link::address(&self.base(config), &reading.token(&Key::of(config)?));
                let locale = config.reports.get(&reading.report).map_or(&*config.company.locale, |r| config.locale(r));
                (link, self.fresh_words(config, reading, locale)?, locale.to_owned())
            }
        };
        let rendered = self.renderer()?.link_letter(&locale, &LinkLetter { link: link.clone(), ..words })?;
        let findings = audit(&rendered, Some(&link));
        ensure!(findings.is_empty(), "the mail did not pass its audit: {}", findings.join("; "));
        let note = Note {
            rendered: &rendered,
            recipient,
            reply_to: config.mail.reply_to.clone(),
            key: format!("link\n{}", reply::token_hash(&link)),
            name: "link".into(),
            zone: TimeZone::get(&config.company.timezone)?,
            date: now,
        };
        note.hand_over(config, &Transport::open(config, &Secrets::default())?).await
    }

    fn sign_in_words(&self, config: &Config, address: &str) -> Result<LinkLetter> {
        let sentences = self.sentences()?;
        let minutes = sign_in::GOOD_FOR.as_mins().to_string();
        Ok(LinkLetter {
            company: config.company.name.clone(),
            subject: sentences.say("link-sign-in-subject", &[("company", &config.company.name)]),
            title: sentences.say("door-sign-in", &[]),
            intro: sentences.say("link-sign-in-intro", &[("address", address)]),
            action: sentences.say("link-sign-in-action", &[]),
            small: sentences.say("link-sign-in-small", &[("minutes", &minutes)]),
            link: String::new(),
        })
    }

    fn fresh_words(&self, config: &Config, reading: &Reading, locale: &str) -> Result<LinkLetter> {
        let sentences = self.renderer()?.sentences(locale)?;
        let title = config.reports.get(&reading.report).map_or(&reading.report, |report| &report.title);
        let period = Calendar::new(&config.company)?.parse(&reading.period).map_or(reading.period.clone(), |p| p.id);
        let subject = sentences.say("link-fresh-subject", &[("title", title), ("period", &period)]);
        Ok(LinkLetter {
            company: config.company.name.clone(),
            title: format!("{title} · {period}"),
            intro: sentences.say("link-fresh-intro", &[("address", &reading.recipient)]),
            action: sentences.say("link-fresh-action", &[]),
            small: sentences.say("link-fresh-small", &[("days", &config.web.link_days.to_string())]),
            link: String::new(),
            subject,
        })
    }
}

/// Keeps a new link to sign in, and returns its token.
pub(super) fn offer(ledger: &Ledger, address: &str, now: Timestamp) -> Result<String> {
    let token = token()?;
    let expires = now.checked_add(sign_in::GOOD_FOR).context("the end of time")?;
    ledger.offer_sign_in(&reply::token_hash(&token), address, now, expires)?;
    Ok(token)
}

/// 256 bits that nobody can guess, as letters and digits.
pub(super) fn token() -> Result<String> {
    Ok(unguessable::<32>()?.map(|byte| format!("{byte:02x}")).concat())
}
