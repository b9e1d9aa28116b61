//! Corrections: what readers were mailed and is otherwise known now, and the mail that tells them, where the policy has one.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lettre::message::Mailbox;

use super::behind::Inputs;
use super::measure::{Measured, Warehoused};
use super::publish::{self, Sent, SentState};
use super::{Environment, Run, envelope, restate};
use crate::calendar::Period;
use crate::config::Usage;
use crate::deliver::archive::{EditionFiles, publish as archive, sole_publisher};
use crate::deliver::message::{Letter, address_of};
use crate::deliver::outbox::enqueue;
use crate::deliver::transport::Transport;
use crate::ledger::deliveries::{DeliveryRow, DeliveryState};
use crate::ledger::runs::EditionRow;
use crate::render::{Renderer, audit};
use crate::review::correction::{Case, Decision, Hold, changes, completed, decide};
use crate::review::edition::Rendered;
use crate::review::model::{Change, Changed, Correction, Edition, Review};
use crate::review::phrase::Phrase;
use crate::review::restate::Published;

/// What was told instead of a cause.
const NOT_KNOWN_THEN: &str = "it was not known then";
const JUDGED_OTHERWISE: &str = "what it is judged by changed";
const RECORDS: &str = "the records behind it changed";

/// Readers of one edition, and what they are to be told.
#[derive(Debug)]
pub struct Correcting {
    /// The ordinary mails that were sent to them, one each.
    pub mails: Vec<DeliveryRow>,
    /// The edition those carried.
    pub original: EditionRow,
    pub correction: Correction,
    pub decision: Decision,
}

/// Refuses to correct what nobody was mailed; known before anything is pulled.
pub fn ensure_mailed(environment: &Environment, reports: &[(String, Period)]) -> Result<()> {
    for (report, period) in reports {
        if readers(environment, report, &period.id)?.is_empty() {
            bail!(Usage(format!(
                "{report} {} was not mailed to anybody: there is nothing to correct; run it without --correct",
                period.id
            )));
        }
    }
    Ok(())
}

/// Whether anybody was mailed an edition of that period.
pub fn has_readers(environment: &Environment, report: &str, period: &str) -> Result<bool> {
    Ok(!readers(environment, report, period)?.is_empty())
}

/// The last ordinary edition each reader was sent, with those mails; the earliest edition first.
fn readers(environment: &Environment, report: &str, period: &str) -> Result<Vec<(EditionRow, Vec<DeliveryRow>)>> {
    let ledger = &environment.ledger;
    let corrections: BTreeSet<i64> = ledger.corrections(report, period)?.into_iter().map(|(by, _)| by).collect();
    let mut editions = ledger.editions(Some(report))?;
    editions.retain(|e| e.period == period && !corrections.contains(&e.edition_id));
    editions.sort_by_key(|e| e.number);
    let mut latest: BTreeMap<String, DeliveryRow> = BTreeMap::new();
    for edition in &editions {
        for mail in ledger.deliveries(edition.edition_id)? {
            if !mail.is_test && mail.state == DeliveryState::Sent {
                latest.insert(mail.recipient.to_lowercase(), mail);
            }
        }
    }
    let of = |edition: &EditionRow| -> Vec<DeliveryRow> {
        latest.values().filter(|mail| mail.edition_id == edition.edition_id).cloned().collect()
    };
    Ok(editions.into_iter().map(|e| (of(&e), e)).filter(|(mails, _)| !mails.is_empty()).map(|(m, e)| (e, m)).collect())
}

/// Compares a review with what its readers were mailed, and decides about each edition they have. The review then says what
/// it corrects, and what it says of its own period so is no restatement any more.
pub fn prepare(
    environment: &Environment,
    opened: &Warehoused,
    measured: &Measured,
    review: &mut Review,
) -> Result<Vec<Correcting>> {
    let (report, period) = (review.head.report.clone(), review.period.id.clone());
    let corrections = environment.ledger.corrections(&report, &period)?;
    let mut cases = Vec::new();
    for (original, mails) in readers(environment, &report, &period)? {
        let corrected = corrections.iter().rev().find(|(_, of)| *of == original.edition_id).map(|(by, _)| *by);
        let editions = environment.ledger.editions(Some(&report))?;
        let corrected_by = editions.into_iter().find(|e| Some(e.edition_id) == corrected);
        // what readers know is what they were told last
        let known = corrected_by.as_ref().unwrap_or(&original);
        let mailed_at = mails.iter().map(|m| m.updated_at.as_str()).min().unwrap_or(&original.created_at);
        let correction = compare(environment, opened, measured, review, known, mailed_at)?;
        let decision = decide(&Case {
            changes: &correction.changes,
            completed: &correction.completed,
            mailed_at: mailed_at.parse::<Timestamp>()?,
            corrected_by: corrected_by.map(|e| e.number),
            // by hand: the operator has waited as long as seemed right
            first_seen: None,
            now: environment.now,
        });
        let correction = Correction { subject: original.subject.clone(), ..correction };
        cases.push(Correcting { mails, original, correction, decision });
    }
    review.correction =
        cases.iter().rev().find(|c| c.decision != Decision::Hold(Hold::Nothing)).map(|c| c.correction.clone());
    if review.correction.is_some() {
        review.restatements.retain(|r| r.edition.period != period);
    }
    Ok(cases)
}

/// What is different from an edition, with causes.
fn compare(
    environment: &Environment,
    opened: &Warehoused,
    measured: &Measured,
    review: &Review,
    known: &EditionRow,
    mailed_at: &str,
) -> Result<Correction> {
    let path = environment.config.store().join(&known.path).join("report.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let old: Review = serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))?;
    let rows = environment.ledger.published_by(known.edition_id)?;
    let published: Vec<Published> = rows.into_iter().map(|row| restate::published_of(&known.report, row)).collect();
    let told = |metric: &str| {
        let old = published.iter().find(|p| p.metric == metric)?;
        let info = measured.infos.iter().find(|info| info.metric == metric)?;
        Some(restate::told(environment, opened, old, info))
    };
    let mut walk: Option<Phrase> = None;
    let cause = |change: &Change| match &change.what {
        Changed::Metric(_) if change.old == change.new => JUDGED_OTHERWISE.into(),
        Changed::Metric(metric) if change.new.is_none() && withheld(review, metric).is_some() => {
            withheld(review, metric).unwrap_or_default().into()
        }
        Changed::Metric(metric) => told(metric).unwrap_or_else(|| NOT_KNOWN_THEN.into()),
        // the walk is made of the same rows
        Changed::Walk(_) => walk.get_or_insert_with(|| told("mrr").unwrap_or_else(|| RECORDS.into())).clone(),
    };
    Ok(Correction {
        of: Edition { report: known.report.clone(), period: known.period.clone(), number: known.number },
        subject: known.subject.clone(),
        mailed_at: mailed_at.to_owned(),
        changes: changes(&old, review, cause),
        completed: completed(&old, review),
    })
}

/// Makes the edition that corrects, and mails its changes to those whom the policy has told.
#[expect(clippy::too_many_arguments, reason = "the end of the line: everything meets here")]
pub async fn publish(
    environment: &Environment,
    run: &Run,
    run_id: i64,
    renderer: &Renderer,
    transport: Option<&Transport>,
    review: &Review,
    inputs: &Inputs,
    cases: &[Correcting],
    one: &mut Sent,
) -> Result<()> {
    let Environment { config, ledger, now, .. } = environment;
    one.notes = cases.iter().filter_map(|case| note(&case.decision, &case.original)).collect();
    one.state = SentState::Held;
    let is_mailed = cases.iter().any(|case| matches!(case.decision, Decision::Mail(_)));
    // by hand the operator sees what is different; the daily look leaves no edition that nobody is sent
    let is_daily = run.occurrence.is_some();
    if cases.iter().all(|case| case.decision == Decision::Hold(Hold::Nothing)) || (is_daily && !is_mailed) {
        return Ok(());
    }
    let rendered = publish::rendered(environment, run, renderer, review, one)?;
    let mut mails = Vec::new();
    for case in cases.iter().filter(|case| matches!(case.decision, Decision::Mail(_))) {
        mails.push((case, correction(renderer, review, &case.correction, &rendered.page)?));
    }
    if let Some((_, mail)) = mails.last() {
        one.subject.clone_from(&mail.subject);
    }
    let mut extra = inputs.files.clone();
    if let Some((_, mail)) = mails.last() {
        extra.push(("correction.html".into(), mail.html.clone().into_bytes()));
        extra.push(("correction.txt".into(), mail.text.clone().into_bytes()));
    }
    let Some(transport) = transport else {
        let folder = config.store().join("dry-run");
        one.folder = Some(publish::write_preview(&rendered, &extra, &folder, &one.report, &one.period)?);
        one.state = SentState::DryRun;
        one.notes.extend((!mails.is_empty()).then(|| "a correction would be mailed: correction.html".to_owned()));
        return Ok(());
    };
    let files = EditionFiles { review, rendered: &rendered, extra: &extra };
    let edition = archive(&config.store(), ledger, &files, run_id, *now)?;
    one.folder = Some(edition.path.clone());
    if mails.is_empty() {
        // its figures were published to nobody: the next edition still tells what changed since the one people have
        return Ok(());
    }
    // two at once: whoever comes second sees what the first has put in the outbox
    let sole = sole_publisher(&config.store())?;
    let corrected = ledger.corrections(&one.report, &one.period)?;
    mails.retain(|(case, _)| !corrected.iter().any(|(_, of)| *of == case.original.edition_id));
    if mails.is_empty() {
        one.notes.push("not mailed: another run has just mailed the same correction".into());
        return Ok(());
    }
    ledger.record_published(edition.edition_id, &inputs.published)?;
    for (case, mail) in &mails {
        ledger.record_correction(edition.edition_id, case.original.edition_id, *now)?;
        let edition = crate::deliver::Edition { subject: mail.subject.clone(), ..edition.clone() };
        let mut letter = letter(environment, &edition, mail, case, one)?;
        envelope::leave_out(environment, &mut letter, one)?;
        envelope::approve_or_hold(environment, run.trigger, transport, &mut letter)?;
        enqueue(ledger, &letter, transport, *now)?;
    }
    drop(sole);
    one.deliveries = envelope::send(environment, transport, &[edition.edition_id]).await?;
    one.state = if one.deliveries.is_empty() { SentState::Held } else { publish::state_of(&one.deliveries) };
    publish::report_unsent(environment, &[edition.edition_id], one)
}

/// Why a metric has no figure now.
fn withheld<'a>(review: &'a Review, metric: &str) -> Option<&'a str> {
    let row = review.sections.iter().flat_map(|s| &s.rows).find(|row| row.metric == metric)?;
    row.withheld.as_deref()
}

fn correction(renderer: &Renderer, review: &Review, correction: &Correction, page: &str) -> Result<Rendered> {
    let mail = renderer.correction(review, correction, page)?;
    let findings = audit(&mail, review.head.link.as_deref());
    anyhow::ensure!(
        findings.is_empty(),
        "the correction did not pass its audit and was not sent: {}",
        findings.join("; ")
    );
    Ok(mail)
}

/// To those who were sent the edition and are still its readers, each in reply to their own mail.
fn letter<'a>(
    environment: &Environment,
    edition: &'a crate::deliver::Edition,
    mail: &'a Rendered,
    case: &Correcting,
    one: &mut Sent,
) -> Result<Letter<'a>> {
    let mut letter = Letter::of_report(&environment.config, edition, mail, environment.now)?;
    let sent_to = |reader: &Mailbox| {
        let address = address_of(reader);
        case.mails.iter().find(|mail| mail.recipient.eq_ignore_ascii_case(&address))
    };
    letter.recipients.retain(|reader| sent_to(reader).is_some());
    letter.answers = letter
        .recipients
        .iter()
        .filter_map(|reader| Some((address_of(reader), sent_to(reader)?.message_id.clone())))
        .collect();
    match case.mails.len().saturating_sub(letter.recipients.len()) {
        0 => {}
        1 => one.notes.push("one who was sent the edition is no longer a reader, and is sent no correction".into()),
        n => one.notes.push(format!("{n} who were sent the edition are no longer readers, and are sent no correction")),
    }
    Ok(letter)
}

/// Why nothing is mailed, for the operator.
fn note(decision: &Decision, original: &EditionRow) -> Option<String> {
    let Decision::Hold(hold) = decision else { return None };
    let number = original.number;
    let later = "; the next edition lists what changed among its restatements";
    Some(match hold {
        Hold::Nothing => format!("edition {number} still says what is known: there is nothing to correct"),
        Hold::Corrected(by) => format!(
            "not mailed: edition {number} was corrected by mail before (edition {by}), and an edition is corrected once{later}"
        ),
        Hold::TooLate => format!("not mailed: edition {number} was mailed more than seven days ago{later}"),
        Hold::Small => {
            format!("not mailed: no status flipped and no figure of edition {number} moved by more than 1 %{later}")
        }
        Hold::Gathering(until) => format!("not mailed yet: changes are gathered until {until}"),
    })
}
