//! Reviews become editions, editions become mail.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lettre::message::Mailbox;

use super::behind::Inputs;
use super::correct::{self, Correcting};
use super::{Environment, Run, envelope};
use crate::deliver::archive::{EditionFiles, publish as archive, sole_publisher, to_read};
use crate::deliver::message::{Letter, address_of};
use crate::deliver::outbox::{DeliveryOutcome, enqueue};
use crate::deliver::transport::Transport;
use crate::ledger::deliveries::{DeliveryRow, DeliveryState};
use crate::render::{Logo, PDF, Renderer, audit};
use crate::review::edition::{DataFile, Enclose, Rendered};
use crate::review::model::{Problem, Review};

/// What became of one report.
#[derive(Debug)]
pub struct Sent {
    pub report: String,
    pub period: String,
    pub subject: String,
    /// The edition's folder (a dry run's files); `None` if it could not be made.
    pub folder: Option<PathBuf>,
    pub is_provisional: bool,
    pub state: SentState,
    pub deliveries: Vec<DeliveryOutcome>,
    /// What the operator should know that is no problem.
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentState {
    /// Every recipient has it.
    Sent,
    /// Some have.
    Partly,
    /// Nobody has.
    Failed,
    /// This period was mailed before: archived, not mailed again.
    AlreadySent,
    /// In the archive, and mailed to nobody because nobody was named.
    Archived,
    /// A correction that the policy does not have mailed.
    Held,
    /// Its recipients wait for the operator's approval.
    Waiting,
    /// Rendered for a look.
    DryRun,
}

impl SentState {
    /// Whether anybody got it.
    pub fn is_out(&self) -> bool {
        matches!(self, SentState::Sent | SentState::Partly)
    }

    /// Whether it was to be mailed now.
    pub fn was_tried(&self) -> bool {
        !matches!(self, SentState::AlreadySent | SentState::Archived | SentState::Held | SentState::Waiting)
    }

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            SentState::Sent => "sent",
            SentState::Partly => "sent to some",
            SentState::Failed => "not sent",
            SentState::AlreadySent => "mailed before",
            SentState::Archived => "archived, not mailed",
            SentState::Held => "not mailed",
            SentState::Waiting => "waits for approval",
            SentState::DryRun => "dry run",
        }
    }
}

/// Renders, audits, archives and sends every review; without a transport it renders only. One report's failure does not stop the others.
pub async fn publish(
    environment: &Environment,
    run: &Run,
    run_id: i64,
    reviews: &[Review],
    inputs: &[Inputs],
    corrections: &[Vec<Correcting>],
    transport: Option<&Transport>,
) -> Result<(Vec<Sent>, Option<PathBuf>)> {
    let config = &environment.config;
    let (logo, unread) = match config.company.logo.as_ref().map(|p| Logo::read(&config.resolve(p))).transpose() {
        Ok(logo) => (logo, None),
        Err(error) => (None, Some(format!("[company] logo: {error:#}; the report goes without it"))),
    };
    let renderer =
        Renderer::new(config.store.templates.as_ref().map(|p| config.resolve(p)).as_deref())?.with_logo(logo);
    let dry_run = config.store().join("dry-run");
    let mut sent = Vec::new();
    for (index, (review, inputs)) in reviews.iter().zip(inputs).enumerate() {
        let mut one = Sent {
            report: review.head.report.clone(),
            period: review.period.id.clone(),
            subject: String::new(),
            folder: None,
            is_provisional: !review.provisional.is_empty(),
            state: SentState::Failed,
            deliveries: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
        };
        let result = match transport {
            _ if run.correct => {
                let cases = corrections.get(index).map_or(&[][..], Vec::as_slice);
                correct::publish(environment, run, run_id, &renderer, transport, review, inputs, cases, &mut one).await
            }
            None => preview(environment, run, &renderer, review, inputs, &dry_run, &mut one),
            Some(transport) => {
                publish_one(environment, run, run_id, &renderer, transport, review, inputs, &mut one).await
            }
        };
        if let Err(error) = result {
            let error = environment.ledger.named_in(error);
            one.problems.push(Problem { subject: format!("report {}", one.report), message: format!("{error:#}") });
        }
        if let Some(message) = &unread {
            one.problems.push(Problem { subject: format!("report {}", one.report), message: message.clone() });
        }
        sent.push(one);
    }
    Ok((sent, run.dry_run.then_some(dry_run)))
}

fn render(renderer: &Renderer, review: &Review, enclose: &Enclose) -> Result<Rendered> {
    let rendered = renderer.render_with(review, enclose)?;
    let findings = audit(&rendered, review.head.link.as_deref());
    anyhow::ensure!(findings.is_empty(), "the mail did not pass its audit and was not sent: {}", findings.join("; "));
    Ok(rendered)
}

#[expect(clippy::too_many_arguments, reason = "the end of the line: everything meets here")]
async fn publish_one(
    environment: &Environment,
    run: &Run,
    run_id: i64,
    renderer: &Renderer,
    transport: &Transport,
    review: &Review,
    inputs: &Inputs,
    one: &mut Sent,
) -> Result<()> {
    let Environment { config, ledger, now, .. } = environment;
    let rendered = rendered(environment, run, renderer, review, one)?;
    let files = EditionFiles { review, rendered: &rendered, extra: &inputs.files };
    let edition = archive(&config.store(), ledger, &files, run_id, *now)?;
    // a test to one address publishes nothing, and a look at another grain judges nothing for good
    if run.to.is_none() && config.reports[&review.head.report].grain.name() == review.period.grain {
        for baseline in &inputs.locks {
            ledger.lock_baseline(baseline)?;
        }
    }
    one.folder = Some(edition.path.clone());
    // two runs at once: whoever comes second sees what the first has put in the outbox
    let sole = sole_publisher(&config.store())?;
    let mut letter = Letter::of_report(config, &edition, &rendered, *now)?;
    let mut editions = vec![edition.edition_id];
    let mut has_readers = true;
    if let Some(address) = &run.to {
        letter = letter.as_test(config, address)?;
    } else {
        has_readers = envelope::leave_out(environment, &mut letter, one)?;
        envelope::approve_or_hold(environment, run.trigger, transport, &mut letter)?;
    }
    if run.to.is_none() && !run.again {
        // what an earlier run left in the outbox is sent as it was fixed then, if its time has come
        let earlier = mail_of_period(environment, &review.head.report, &review.period.id)?;
        letter.recipients.retain(|reader| !earlier.iter().any(|mail| is_out_to(mail, reader)));
        editions.extend(earlier.iter().map(|mail| mail.edition_id));
        editions.sort_unstable();
        editions.dedup();
    }
    // what nobody was mailed was not published: a later edition still tells what changed since the one people have; recorded first,
    // so that no crash leaves mail in the outbox whose figures nobody knows
    if run.to.is_none() && !letter.recipients.is_empty() {
        ledger.record_published(edition.edition_id, &inputs.published)?;
    }
    enqueue(ledger, &letter, transport, *now)?;
    drop(sole);
    one.deliveries = envelope::send(environment, transport, &editions).await?;
    one.state = match state_of(&one.deliveries) {
        _ if one.deliveries.is_empty() && !has_readers => SentState::Archived,
        _ if one.deliveries.is_empty() => SentState::AlreadySent,
        state => state,
    };
    report_unsent(environment, &editions, one)
}

/// The edition's words, audited, with its print where one is asked for.
pub fn rendered(
    environment: &Environment,
    run: &Run,
    renderer: &Renderer,
    review: &Review,
    one: &mut Sent,
) -> Result<Rendered> {
    let mut rendered = render(renderer, review, &environment.config.enclose(&review.head.report))?;
    one.subject.clone_from(&rendered.subject);
    ensure!(
        run.dry_run || review.sections.is_empty() || review.sections.iter().any(|section| section.withheld.is_none()),
        "every section is withheld, so nothing was sent: {}; --force REASON sends it all the same",
        withheld(review)
    );
    print(environment, run, renderer, review, &mut rendered, one);
    Ok(rendered)
}

/// A problem for every mail that was refused now, or that waits for somebody or something.
pub fn report_unsent(environment: &Environment, editions: &[i64], one: &mut Sent) -> Result<()> {
    let report = one.report.clone();
    let problem = |recipient: &str, state, response: Option<&str>| unsent_problem(&report, recipient, state, response);
    let refused = one.deliveries.iter().filter(|d| d.state == DeliveryState::Failed);
    one.problems.extend(refused.map(|d| problem(&d.recipient, d.state, d.response.as_deref())));
    let mut held = 0;
    for edition_id in editions {
        let mail = environment.ledger.deliveries(*edition_id)?;
        held += mail.iter().filter(|d| d.state == DeliveryState::Held).count();
        let is_over =
            |d: &&DeliveryRow| matches!(d.state, DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Held);
        one.problems
            .extend(mail.iter().filter(|d| !is_over(d)).map(|d| problem(&d.recipient, d.state, d.response.as_deref())));
    }
    if held > 0 {
        one.state = match one.state {
            SentState::Sent | SentState::Partly => SentState::Partly,
            SentState::Failed => SentState::Failed,
            _ => SentState::Waiting,
        };
        one.problems.push(Problem {
            subject: format!("report {report}"),
            message: format!(
                "{held} of its mails {}, to recipients it was never sent to, for approval: bizreview approve {report}",
                if held == 1 { "waits" } else { "wait" }
            ),
        });
    }
    Ok(())
}

/// Prints the page where that is asked for. A report goes out without its print rather than not at all.
fn print(
    environment: &Environment,
    run: &Run,
    renderer: &Renderer,
    review: &Review,
    rendered: &mut Rendered,
    one: &mut Sent,
) {
    let Some(browser) = &run.pdf else { return };
    let printed = browser.as_ref().map_err(|missing| anyhow::anyhow!("{missing}")).and_then(|browser| {
        let pdf = tokio::task::block_in_place(|| browser.print(&rendered.page, &environment.config.store()))?;
        Ok((pdf, renderer.page_with_pdf(review)?))
    });
    match printed {
        Ok((bytes, page)) => {
            rendered.page = page;
            rendered.data.push(DataFile { name: PDF.to_owned(), bytes, is_attached: false });
        }
        Err(error) => one.problems.push(Problem { subject: "--pdf".into(), message: format!("{error:#}") }),
    }
}

/// How far a report's mail came.
pub fn state_of(deliveries: &[DeliveryOutcome]) -> SentState {
    match deliveries.iter().filter(|d| d.state == DeliveryState::Sent).count() {
        0 => SentState::Failed,
        n if n == deliveries.len() => SentState::Sent,
        _ => SentState::Partly,
    }
}

pub(super) fn unsent_problem(report: &str, recipient: &str, state: DeliveryState, response: Option<&str>) -> Problem {
    Problem {
        subject: format!("report {report}"),
        message: format!(
            "mail to {} is {}: {}",
            crate::deliver::masked(recipient),
            state.as_str(),
            response.unwrap_or("no answer")
        ),
    }
}

/// Whether the mail of this report and period is out to every reader, or in the outbox on its way.
pub fn was_mailed(environment: &Environment, report: &str, period: &str) -> Result<bool> {
    let mail = mail_of_period(environment, report, period)?;
    let mut readers: Vec<Mailbox> =
        environment.config.reports[report].to.iter().map(|reader| Ok(reader.parse()?)).collect::<Result<_>>()?;
    let suppressed = environment.ledger.suppressed(report)?;
    readers.retain(|reader| !suppressed.contains(&address_of(reader).to_lowercase()));
    Ok(readers.iter().all(|reader| mail.iter().any(|mail| is_out_to(mail, reader))))
}

/// Every mail of a report and period that was meant for its readers, whatever became of it.
fn mail_of_period(environment: &Environment, report: &str, period: &str) -> Result<Vec<DeliveryRow>> {
    let mut mail = Vec::new();
    for edition in environment.ledger.editions(Some(report))?.iter().filter(|e| e.period == period) {
        mail.extend(environment.ledger.deliveries(edition.edition_id)?.into_iter().filter(|d| !d.is_test));
    }
    Ok(mail)
}

/// Whether a reader has this mail, may have it, or will get it. Mailboxes that differ in case only are one.
fn is_out_to(mail: &DeliveryRow, reader: &Mailbox) -> bool {
    mail.state != DeliveryState::Failed && mail.recipient.eq_ignore_ascii_case(&address_of(reader))
}

/// Renders a review into a folder for a look.
fn preview(
    environment: &Environment,
    run: &Run,
    renderer: &Renderer,
    review: &Review,
    inputs: &Inputs,
    folder: &Path,
    one: &mut Sent,
) -> Result<()> {
    let rendered = rendered(environment, run, renderer, review, one)?;
    // what the page links to
    let linked: Vec<_> = inputs.files.iter().filter(|(name, _)| name.starts_with("rows/")).cloned().collect();
    one.folder = Some(write_preview(&rendered, &linked, folder, &one.report, &one.period)?);
    one.state = SentState::DryRun;
    Ok(())
}

/// Writes what people would read below a folder of dry runs, and says where.
pub(super) fn write_preview(
    rendered: &Rendered,
    extra: &[(String, Vec<u8>)],
    folder: &Path,
    report: &str,
    period: &str,
) -> Result<PathBuf> {
    let folder = folder.join(report).join(period);
    for (name, bytes) in to_read(rendered).iter().chain(extra) {
        let path = folder.join(name);
        crate::ledger::private_folder(path.parent().unwrap_or(&folder))?;
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder)
}

/// Why there is nothing to send, each reason once.
fn withheld(review: &Review) -> String {
    let mut reasons: Vec<&str> = review.sections.iter().filter_map(|s| s.withheld.as_deref()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons.join("; ")
}
