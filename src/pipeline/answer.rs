//! Comments as they come in: typed, from a Markdown file, or as an answer by mail.

use anyhow::{Context, Result, bail, ensure};

use super::{Environment, parse_period};
use crate::calendar::Calendar;
use crate::config::{Config, Team, Usage, is_meant, nearest};
use crate::deliver::message::address_of;
use crate::deliver::reply::{self, NoReply};
use crate::ledger::Ledger;
use crate::ledger::voices::{AskRow, CommentRow};
use crate::review::voice::{LONGEST_COMMENT, LONGEST_NAME, words};
use crate::warehouse::Warehouse;

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is a comment now.
    Noted(CommentRow),
    /// It was one before.
    Again,
    /// A machine sent it; why that is known.
    Ignored(String),
}

/// A mail that is not taken, in words that may be sent back.
#[derive(Debug, thiserror::Error)]
#[error("the mail is not taken as a comment: {0}")]
pub struct Refused(pub String);

/// Notes what an owner answered by mail. Whom the question was put to, and who may speak for them, decides whether it is taken.
pub fn answer(environment: &Environment, bytes: &[u8]) -> Result<Answered> {
    let Environment { config, ledger, now, .. } = environment;
    let Some(reply_address) = &config.mail.reply_address else {
        bail!(Usage("[mail] reply_address is not set: no mail can say which figure it is about".into()));
    };
    let reply = match reply::read(bytes, reply_address) {
        Ok(reply) => reply,
        Err(NoReply::Automatic(why)) => return Ok(Answered::Ignored(why)),
        Err(NoReply::Refused(why)) => bail!(Refused(why)),
    };
    let ask = match &reply.tokens[..] {
        [] => bail!(Refused(format!(
            "it was not sent to an address such as {}, which says what it is about",
            reply::address_with(reply_address, "…")
        ))),
        [token] => ledger.ask_of_token(&reply::token_hash(token))?,
        tokens => bail!(Refused(format!(
            "it was sent to {} addresses at once: each figure has an answer of its own",
            tokens.len()
        ))),
    };
    let Some(ask) = ask else {
        bail!(Refused("nobody was asked at the address it was sent to; copy it whole from the question".into()))
    };
    ensure!(
        may_answer(config, &team_of_metric(config, &ask.metric)?, &ask, &reply.from),
        Refused(format!(
            "{} was not asked, and does not answer for those who were",
            crate::deliver::masked(&reply.from)
        ))
    );
    let text = words(&reply.text, LONGEST_COMMENT)
        .map_err(|why| Refused(format!("{why} (quoted text and signatures are left out)")))?;
    let comment = CommentRow {
        metric: ask.metric.clone(),
        period: ask.period.clone(),
        author: author(config, &reply),
        text,
        noted_at: Ledger::stamp(*now),
        source: "mail".into(),
        reference: Some(reply.message_id.unwrap_or_else(|| reply::token_hash(&String::from_utf8_lossy(bytes)))),
    };
    Ok(if ledger.note_comment(&comment)? { Answered::Noted(comment) } else { Answered::Again })
}

/// Whoever was asked; and the owner, the list, the members and the readers of the team that answers for the metric.
fn may_answer(config: &Config, team_key: &str, ask: &AskRow, from: &str) -> bool {
    let answers_for_it = |team: &Team| {
        let readers = config.reports.values().filter(|r| r.team == team_key).flat_map(|r| &r.to);
        let mut entries = team.owner.iter().chain(&team.discussion).chain(readers).chain(&team.commenters);
        entries.any(|entry| is_meant(entry, from))
    };
    ask.recipient.eq_ignore_ascii_case(from) || config.teams.get(team_key).is_some_and(answers_for_it)
}

/// The address without the name before it.
pub(super) fn bare(address: &str) -> Result<String> {
    Ok(address_of(&address.parse()?))
}

/// The name the configuration knows an owner by, else the one the mail is sent under, else the part before the @.
fn author(config: &Config, reply: &reply::Reply) -> String {
    let owners = config.teams.values().filter_map(|team| team.owner.as_ref());
    let known = owners
        .filter(|owner| bare(owner).is_ok_and(|a| a.eq_ignore_ascii_case(&reply.from)))
        .find_map(|owner| owner.parse::<lettre::message::Mailbox>().ok()?.name);
    let local = reply.from.split('@').next().unwrap_or_default();
    let names = [known.as_deref(), reply.name.as_deref(), Some(local)];
    let name = names.into_iter().flatten().find_map(|name| words(name, LONGEST_NAME).ok());
    name.unwrap_or_else(|| "an owner".into()).replace('\n', " ")
}

/// Every metric there is, by the names of its series.
pub fn known_metrics(config: &Config) -> Result<Vec<String>> {
    let user = config.store.queries.as_ref().map(|p| config.resolve(p));
    let catalog = Warehouse::empty()?.catalog(user.as_deref())?;
    Ok(catalog.metrics.iter().flat_map(|(header, _)| header.series()).map(|(name, ..)| name).collect())
}

/// Key of the team that answers for a metric.
pub fn team_of_metric(config: &Config, name: &str) -> Result<String> {
    let user = config.store.queries.as_ref().map(|p| config.resolve(p));
    let catalog = Warehouse::empty()?.catalog(user.as_deref())?;
    let own = catalog.metrics.iter().find(|(header, _)| header.series().iter().any(|(series, ..)| series == name));
    if let Some((header, _)) = own {
        return Ok(super::infos::team_of(header, config).to_owned());
    }
    let known: Vec<String> = catalog.metrics.iter().flat_map(|(h, _)| h.series()).map(|(name, ..)| name).collect();
    bail!(no_such_metric(&known, name))
}

/// Checks a comment and notes it. `false`: its author said the same of this figure before.
pub fn note(environment: &Environment, known: &[String], mut comment: CommentRow) -> Result<bool> {
    comment.metric = metric(known, &comment.metric)?;
    comment.period = period(environment, &comment.period)?;
    let usage = |what: &str, error: anyhow::Error| Usage(format!("{what}: {error:#}"));
    comment.author =
        words(&comment.author, LONGEST_NAME).map_err(|e| usage("--author must say who", e))?.replace('\n', " ");
    comment.text = words(&comment.text, LONGEST_COMMENT).map_err(|e| usage("the comment", e))?;
    let is_same = |row: &CommentRow| {
        (&row.metric, &row.period, &row.author) == (&comment.metric, &comment.period, &comment.author)
    };
    let earlier = environment.ledger.comments()?;
    if earlier.iter().rev().find(|row| is_same(row)).is_some_and(|row| row.text == comment.text) {
        return Ok(false);
    }
    environment.ledger.note_comment(&comment)
}

/// A metric that exists.
pub(super) fn metric(known: &[String], name: &str) -> Result<String> {
    let name = name.rsplit('/').next().unwrap_or(name);
    if known.iter().any(|k| k == name) {
        return Ok(name.to_owned());
    }
    bail!(no_such_metric(known, name))
}

fn no_such_metric(known: &[String], name: &str) -> Usage {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Usage(format!("metric {name:?} does not exist{}", nearest(name, &known)))
}

/// A period that has begun.
fn period(environment: &Environment, text: &str) -> Result<String> {
    let calendar = Calendar::new(&environment.config.company)?;
    let period = parse_period(&calendar, text)?;
    ensure!(
        period.start_on <= calendar.local_date(environment.now),
        Usage(format!("{} has not begun: nothing can be said of it yet", period.id))
    );
    Ok(period.id)
}

/// Reads comments of a Markdown file: a heading `## METRIC · PERIOD`, perhaps `· AUTHOR`, and the text under it. What is wrong
/// is an error with its line; then none is taken.
pub fn comment_file(
    environment: &Environment,
    known: &[String],
    name: &str,
    text: &str,
    author: &str,
) -> Result<Vec<CommentRow>> {
    let mut found: Vec<(usize, CommentRow)> = Vec::new();
    let mut errors: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let mut complain = |error: &anyhow::Error| errors.push(format!("{name}:{number}: {error:#}"));
        if let Some(heading) = line.strip_prefix("## ") {
            match self::heading(environment, known, heading, author) {
                Ok(mut comment) => {
                    comment.reference = Some(format!("{name}:{number}"));
                    comment.noted_at = Ledger::stamp(environment.now);
                    found.push((number, comment));
                }
                Err(error) => {
                    complain(&error);
                    // its text belongs to it, not to the comment before
                    found.push((0, CommentRow { text: ".".into(), ..blank(author) }));
                }
            }
        } else if let Some((_, comment)) = found.last_mut() {
            comment.text += line;
            comment.text.push('\n');
        } else if !line.trim().is_empty() && !line.starts_with("# ") {
            complain(&anyhow::anyhow!("text before the first heading; write \"## METRIC · PERIOD\" above it"));
        }
    }
    for (number, comment) in &mut found {
        match words(&comment.text, LONGEST_COMMENT) {
            Ok(text) => comment.text = text,
            Err(error) => errors.push(format!("{name}:{number}: {error:#}")),
        }
    }
    if found.is_empty() && errors.is_empty() {
        errors.push(format!("{name}: no heading \"## METRIC · PERIOD\" is in it"));
    }
    ensure!(errors.is_empty(), Usage(errors.join("\nerror: ")));
    Ok(found.into_iter().map(|(_, comment)| comment).collect())
}

fn heading(environment: &Environment, known: &[String], heading: &str, author: &str) -> Result<CommentRow> {
    let parts: Vec<&str> = heading.split(['·', '|']).map(str::trim).collect();
    let (name, of, by) = match parts[..] {
        [name, of] => (name, of, author),
        [name, of, by] => (name, of, by),
        _ => bail!("{heading:?} is not METRIC · PERIOD or METRIC · PERIOD · AUTHOR"),
    };
    let by = words(by, LONGEST_NAME).context("the author")?.replace('\n', " ");
    Ok(CommentRow { metric: metric(known, name)?, period: period(environment, of)?, ..blank(&by) })
}

fn blank(author: &str) -> CommentRow {
    CommentRow {
        metric: String::new(),
        period: String::new(),
        author: author.to_owned(),
        text: String::new(),
        noted_at: String::new(),
        source: "file".into(),
        reference: None,
    }
}
