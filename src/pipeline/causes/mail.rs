//! Mail that is not where it belongs.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::{Cause, Look, OF_LATE, Severity, mails, scrubbed, some};
use crate::deliver::masked;
use crate::ledger::facts::MailFact;
use crate::pipeline::promised::MAIL_OVERDUE;

/// The longest a mail can be on its way: what is there after that was left by a sender that died.
const SENDING: SignedDuration = SignedDuration::from_mins(15);
/// Recipients named.
const NAMED: usize = 5;

impl Look<'_> {
    /// One cause per report, period and trouble; mail that waits has one reason for all.
    pub(super) fn mail(&self, causes: &mut Vec<Cause>) -> Result<()> {
        let mut uncertain: BTreeMap<(&str, &str), Vec<&MailFact>> = BTreeMap::new();
        let (mut failed, mut held) = (uncertain.clone(), uncertain.clone());
        let mut waiting: Vec<&MailFact> = Vec::new();
        for mail in &self.mail {
            let of = (mail.report.as_str(), mail.period.as_str());
            let age = |since: Timestamp| self.now().duration_since(since);
            match mail.state.as_str() {
                "uncertain" => uncertain.entry(of).or_default().push(mail),
                "sending" if age(mail.updated_at) > SENDING => uncertain.entry(of).or_default().push(mail),
                // what was never tried was given up on purpose: its reader left, or is no longer listed
                "failed" if mail.attempts > 0 && age(mail.updated_at) <= OF_LATE => {
                    failed.entry(of).or_default().push(mail);
                }
                "held" => held.entry(of).or_default().push(mail),
                "pending" if age(mail.created_at) > MAIL_OVERDUE || self.has_failed(mail) => waiting.push(mail),
                _ => {}
            }
        }
        for ((report, period), mail) in uncertain {
            causes.push(Cause {
                key: format!("uncertain {report} {period}"),
                severity: Severity::Uncertain,
                what: format!("{} of {report} {period} may or may not have arrived: {}", mails(mail.len()), whose(&mail)),
                todo: "The connection broke after the mail was handed over. Ask a reader, then send it again; it is the same mail, \
                       with the same Message-ID:"
                    .into(),
                commands: vec![format!("bizreview resend {report} {period} --uncertain")],
                ..self.mail_cause(report, period, &mail)?
            });
        }
        for ((report, period), mail) in failed {
            causes.push(Cause {
                key: format!("refused {report} {period}"),
                severity: Severity::Refused,
                what: format!(
                    "{} of {report} {period} could not be delivered, and {} not tried again: {}: {}",
                    mails(mail.len()),
                    if mail.len() == 1 { "is" } else { "are" },
                    whose(&mail),
                    answer(&mail)
                ),
                todo: format!("Correct the address ([reports.{report}] to) or what the server says, then:"),
                commands: vec![format!("bizreview resend {report} {period} --only-failed")],
                is_settling: self.is_busy(),
                ..self.mail_cause(report, period, &mail)?
            });
        }
        for ((report, period), mail) in held {
            causes.push(Cause {
                key: format!("held {report}"),
                severity: Severity::Waiting,
                what: format!(
                    "{} of {report} {period} {} for your approval of who gets {}: {}",
                    mails(mail.len()),
                    if mail.len() == 1 { "waits" } else { "wait" },
                    if mail.len() == 1 { "it" } else { "them" },
                    whose(&mail)
                ),
                todo: "They are new in the recipient list. If that is right:".into(),
                commands: vec![format!("bizreview approve {report}")],
                is_settling: self.is_busy(),
                ..self.mail_cause(report, period, &mail)?
            });
        }
        causes.extend(self.waiting(&waiting));
        Ok(())
    }

    /// The run that made this mail ended without any of it going out.
    fn has_failed(&self, mail: &MailFact) -> bool {
        self.occurrences.iter().any(|o| {
            o.state == "failed"
                && o.phase == "send"
                && o.report == mail.report
                && self.period(&o.report, o.due_at).as_deref() == Some(mail.period.as_str())
        })
    }

    fn waiting(&self, mail: &[&MailFact]) -> Option<Cause> {
        let since = mail.iter().map(|m| m.created_at).min()?;
        let mut of: BTreeMap<String, usize> = BTreeMap::new();
        for mail in mail {
            *of.entry(format!("{} {}", mail.report, mail.period)).or_default() += 1;
        }
        let of = of.into_iter().map(|(edition, count)| format!("{edition} ({count})"));
        Some(Cause {
            key: "waiting".into(),
            severity: Severity::Waiting,
            what: format!("{} cannot be handed over: {}: {}", mails(mail.len()), some(of, NAMED), answer(mail)),
            since,
            weight: 1,
            anyway: String::new(),
            todo: "They are tried again by themselves, for a day and a half. Whether the mail server answers:".into(),
            commands: vec!["bizreview check --online".into()],
            lasts: true,
            is_settling: self.is_busy(),
        })
    }

    /// What the causes of one edition's mail have in common.
    fn mail_cause(&self, report: &str, period: &str, mail: &[&MailFact]) -> Result<Cause> {
        let readers = self.environment.ledger.readers(report, period)?;
        let out = readers.values().filter(|(state, _)| state == "sent").count();
        let anyway = match out {
            0 => "Nobody has it for certain.".to_owned(),
            out => format!("{out} of {} readers have it.", readers.len()),
        };
        Ok(Cause {
            key: String::new(),
            severity: Severity::Refused,
            what: String::new(),
            since: mail.iter().map(|m| m.updated_at).min().unwrap_or(self.now()),
            weight: mail.len() as i64,
            anyway,
            todo: String::new(),
            commands: Vec::new(),
            lasts: true,
            is_settling: false,
        })
    }
}

/// To whom, masked.
fn whose(mail: &[&MailFact]) -> String {
    some(mail.iter().map(|m| masked(&m.recipient)), NAMED)
}

/// What the server said to the first of them.
fn answer(mail: &[&MailFact]) -> String {
    scrubbed(mail.iter().find_map(|m| m.response.as_deref()).unwrap_or("no answer"))
}
