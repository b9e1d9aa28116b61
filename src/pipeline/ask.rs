//! Owners are asked before a review goes out: a short mail with the exceptions of its draft and, per figure, an address to
//! answer to. Nothing counts as asked before the mail was accepted.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::tz::TimeZone;

use super::answer::bare;
use super::measure::Measured;
use super::voices::Heard;
use super::{Environment, Known, Made, Pull, Run, make, open, transport, wanted};
use crate::calendar::{Calendar, Period};
use crate::config::Config;
use crate::deliver::note::{Handed, Note};
use crate::deliver::reply;
use crate::deliver::transport::Transport;
use crate::ledger::voices::AskRow;
use crate::render::{Question, Renderer, audit};
use crate::review::model::{Exception, Problem, Review};
use crate::review::voice::{asked_metric, metrics_of};

/// Questions in one mail; the review itself tells three.
const QUESTIONS: usize = 10;

/// Whose draft, and how far to go.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Key of `[reports]`.
    pub report: String,
    /// `None`: the last complete period.
    pub period: Option<String>,
    /// What the pull before it said.
    pub problems: Vec<Problem>,
    /// Write the mails and stop: nothing is sent, nobody counts as asked.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Asked {
    pub period: String,
    /// One per mail.
    pub letters: Vec<AskLetter>,
    pub problems: Vec<Problem>,
}

/// A mail with questions.
#[derive(Debug)]
pub struct AskLetter {
    /// Bare address.
    pub recipient: String,
    /// Metrics asked about.
    pub metrics: Vec<String>,
    /// Its text part.
    pub text: String,
    /// Whether it was accepted.
    pub is_sent: bool,
}

/// 128 bits that nobody can guess.
pub type Random<'a> = &'a mut (dyn FnMut() -> Result<[u8; 16]> + Send);

/// Makes the draft and asks those who answer for its exceptions: the owner of the metric's team, else its discussion address,
/// else the recipients of the team's reports. Nobody is asked twice about a figure, or about one that was commented on already.
pub async fn ask(environment: &Environment, ask: &Ask, random: Random<'_>) -> Result<Asked> {
    let calendar = Calendar::new(&environment.config.company)?;
    let reports = wanted(environment, &calendar, &run_of(ask))?;
    if let Some(why) = environment.ledger.sending_frozen()?.filter(|_| !ask.dry_run) {
        anyhow::bail!("nobody is asked: {why}");
    }
    let open_transport = if ask.dry_run { None } else { Some(transport(environment)?) };
    let problems = ask.problems.clone();
    let Made { measured, reviews, mut problems, .. } = tokio::task::block_in_place(|| {
        let opened = open(environment)?;
        let known = Known::now(environment, &reports)?;
        make(environment, &opened, &calendar, &reports, &known, problems, None)
    })?;
    let [(_, period)] = &reports[..] else { anyhow::bail!("one report is asked for at a time") };
    let review = reviews.first().ok_or_else(|| anyhow::anyhow!("there is no draft"))?;
    let heard = Heard::now(environment, &calendar)?;
    let questions = questions(environment, review, &measured, &heard, period, &mut problems);
    let templates = environment.config.store.templates.as_ref().map(|p| environment.config.resolve(p));
    let renderer = Renderer::new(templates.as_deref())?;
    let mut letters = Vec::new();
    for (recipient, exceptions) in &questions {
        let writer = Writer { environment, renderer: &renderer, review, recipient };
        let sent = writer.send(exceptions, open_transport.as_ref(), random).await;
        match sent {
            Ok((letter, None)) => letters.push(letter),
            Ok((letter, Some(why))) => {
                letters.push(letter);
                problems.push(unsent(recipient, &why));
            }
            Err(error) => problems.push(unsent(recipient, &format!("{error:#}"))),
        }
    }
    Ok(Asked { period: period.id.clone(), letters, problems })
}

fn unsent(recipient: &str, why: &str) -> Problem {
    let recipient = crate::deliver::masked(recipient);
    Problem { subject: "ask".into(), message: format!("{recipient} was not asked: {why}") }
}

fn run_of(ask: &Ask) -> Run {
    Run {
        reports: vec![ask.report.clone()],
        period: ask.period.clone(),
        dry_run: ask.dry_run,
        pull: Pull::Nothing,
        ..Run::plain("manual")
    }
}

/// The exceptions to ask each address about, the worst first.
fn questions<'a>(
    environment: &Environment,
    review: &'a Review,
    measured: &Measured,
    heard: &Heard,
    period: &Period,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Vec<&'a Exception>> {
    let config = &environment.config;
    let mut questions: BTreeMap<String, Vec<&Exception>> = BTreeMap::new();
    for exception in &review.exceptions {
        let is_about = |metric: &str, of: &str| of == period.id && metrics_of(exception).any(|m| m == metric);
        if heard.comments.iter().any(|(metric, comment)| is_about(metric, &comment.period)) {
            continue;
        }
        let metric = asked_metric(exception);
        let recipients = owners(config, measured, metric).unwrap_or_else(|error| {
            problems.push(Problem { subject: "ask".into(), message: format!("{error:#}") });
            Vec::new()
        });
        for recipient in recipients {
            let address = match config.check_recipient(&recipient).and_then(|()| bare(&recipient)) {
                Ok(address) => address,
                Err(error) => {
                    let problem = unsent(&recipient, &format!("{error:#}"));
                    if !problems.iter().any(|p| p.message == problem.message) {
                        problems.push(problem);
                    }
                    continue;
                }
            };
            let is_asked = |ask: &AskRow| {
                ask.metric == metric && ask.period == period.id && ask.recipient.eq_ignore_ascii_case(&address)
            };
            let own = questions.entry(address.clone()).or_default();
            // one guardrail may be told with several metrics
            let is_new = !own.iter().any(|e| asked_metric(e) == metric) && !heard.asks.iter().any(is_asked);
            if is_new && own.len() < QUESTIONS {
                own.push(exception);
            }
        }
    }
    questions.retain(|_, own| !own.is_empty());
    questions
}

/// Whom a metric's exceptions are asked of: never the readers of another team's review, who would be silent in its owner's name.
fn owners(config: &Config, measured: &Measured, metric: &str) -> Result<Vec<String>> {
    let info = measured.infos.iter().find(|info| info.metric == metric).context("it has no team")?;
    let team = config.teams.get(&info.team);
    if let Some(address) = team.and_then(|t| t.owner.as_ref().or(t.discussion.as_ref())) {
        return Ok(vec![address.clone()]);
    }
    let mut readers: Vec<String> =
        config.reports.values().filter(|r| r.team == info.team).flat_map(|r| r.to.clone()).collect();
    readers.sort();
    readers.dedup();
    ensure!(
        !readers.is_empty(),
        "nobody can be asked about {metric}: give [teams.{}] an owner, a discussion address or a report",
        info.team
    );
    Ok(readers)
}

/// Writes and sends one mail.
struct Writer<'a> {
    environment: &'a Environment,
    renderer: &'a Renderer,
    review: &'a Review,
    recipient: &'a str,
}

impl Writer<'_> {
    /// An exception as this recipient may read it: who is no reader of the report learns of no customer from it.
    fn told(&self, exception: &Exception) -> Exception {
        let readers = self.environment.config.reports.get(&self.review.head.report).map(|report| &report.to);
        let is_reader = readers.is_some_and(|to| to.iter().any(|a| bare(a).is_ok_and(|a| a == self.recipient)));
        let accounts = if is_reader { exception.accounts.clone() } else { Vec::new() };
        Exception { accounts, ..exception.clone() }
    }

    /// The letter, and why it did not go out where it should have.
    async fn send(
        &self,
        exceptions: &[&Exception],
        transport: Option<&Transport>,
        random: Random<'_>,
    ) -> Result<(AskLetter, Option<String>)> {
        let Environment { config, ledger, now, .. } = self.environment;
        let (report, period) = (&self.review.head.report, &self.review.period.id);
        let metrics: Vec<String> = exceptions.iter().map(|e| asked_metric(e).to_owned()).collect();
        let mut tokens: Vec<Option<String>> = Vec::new();
        for _ in exceptions {
            tokens.push(match (&config.mail.reply_address, transport) {
                (None, _) => None,
                (Some(_), None) => Some("TOKEN".to_owned()),
                (Some(_), Some(_)) => Some(reply::token(random()?)),
            });
        }
        let address = |token: &String| config.mail.reply_address.as_ref().map(|to| reply::address_with(to, token));
        let addresses: Vec<Option<String>> = tokens.iter().map(|t| t.as_ref().and_then(address)).collect();
        let told: Vec<Exception> = exceptions.iter().map(|exception| self.told(exception)).collect();
        let asked: Vec<Question<'_>> = told
            .iter()
            .zip(&addresses)
            .map(|(exception, answer_to)| Question { exception, answer_to: answer_to.as_deref() })
            .collect();
        let rendered = self.renderer.ask(self.review, &asked, self.recipient)?;
        let findings = audit(&rendered, self.review.head.link.as_deref());
        ensure!(findings.is_empty(), "the mail did not pass its audit: {}", findings.join("; "));
        let letter = |is_sent| AskLetter {
            recipient: self.recipient.to_owned(),
            metrics: metrics.clone(),
            text: rendered.text.clone(),
            is_sent,
        };
        let Some(transport) = transport else { return Ok((letter(false), None)) };
        let mut rows = Vec::new();
        for (metric, token) in metrics.iter().zip(&tokens) {
            let row = AskRow {
                report: report.clone(),
                period: period.clone(),
                metric: metric.clone(),
                recipient: self.recipient.to_owned(),
                asked_at: None,
            };
            rows.push(ledger.prepare_ask(&row, token.as_deref().map(reply::token_hash).as_deref())?);
        }
        let zone = config.reports[report].timezone.as_deref().unwrap_or(&config.company.timezone);
        // a plain answer to a mail with one question is an answer to it
        let only = if let [only] = &addresses[..] { only.clone() } else { None };
        let note = Note {
            rendered: &rendered,
            recipient: self.recipient,
            reply_to: only.or_else(|| self.review.head.reply_to.clone()),
            // asked again after a crash it has other addresses to answer to: another mail, under another Message-ID
            key: format!(
                "ask\n{report}\n{period}\n{}\n{}",
                metrics.join("\n"),
                addresses.iter().flatten().cloned().collect::<Vec<_>>().join("\n")
            ),
            name: format!("ask-{report}-{period}"),
            zone: TimeZone::get(zone)?,
            date: *now,
        };
        match note.hand_over(config, transport).await? {
            Handed::Accepted => {
                ledger.settle_asks(&rows, *now)?;
                Ok((letter(true), None))
            }
            Handed::Not(why) => Ok((letter(false), Some(why))),
        }
    }
}
