//! The customer in editions, mails and the ledger's own text: found, and taken out where an erasure is at work.

use std::collections::{BTreeSet, HashSet};

use anyhow::Result;

use super::aside::SetAside;
use super::landed::is_known;
use super::terms::Terms;
use super::{Forgotten, Whom, editions};
use crate::deliver::archive;
use crate::ledger::pulls::Quarantined;
use crate::ledger::runs::EditionRow;
use crate::pipeline::Environment;
use crate::pipeline::account::{PREFIX, report_of};
use crate::render::Renderer;

/// Editions, mails and the ledger's text: searched, and rewritten where an erasure is at work.
pub(super) fn search(
    environment: &Environment,
    whom: &Whom,
    erasure_id: Option<i64>,
    done: &mut Forgotten,
) -> Result<()> {
    let (ledger, store) = (&environment.ledger, environment.config.store());
    let none = HashSet::new();
    let accounts = whom.ids.get("account").unwrap_or(&none);
    let reports: Vec<String> = accounts.iter().map(|id| report_of(id)).collect();
    let templates = environment.config.store.templates.as_ref().map(|path| environment.config.resolve(path));
    let renderer = Renderer::new(templates.as_deref())?;
    let (mut own, mut touched): (Vec<EditionRow>, BTreeSet<i64>) = Default::default();
    for edition in ledger.editions(None)? {
        if edition.report.starts_with(PREFIX) && reports.contains(&edition.report) {
            own.push(edition);
            continue;
        }
        let differing = match erasure_id {
            Some(_) => archive::differing(&store, ledger, &edition)?,
            None => Vec::new(),
        };
        let is_theirs = |account: &str| accounts.contains(account);
        let redacted = editions::redact(environment, &renderer, &edition, &whom.named.terms, &is_theirs, differing)?;
        done.problems.extend(redacted.unsearched.iter().map(|file| format!("{file} is no text and was not searched")));
        if !redacted.files.is_empty() {
            let gone = redacted.files.values().filter(|bytes| bytes.is_none()).count();
            let without = if gone > 0 { format!(", {gone} removed (make the print again)") } else { String::new() };
            done.touch(edition.path.clone(), format!("{} files rewritten{without}", redacted.files.len() - gone));
            touched.insert(edition.edition_id);
            if let Some(erasure_id) = erasure_id {
                editions::put(environment, &edition, &redacted, erasure_id)?;
            }
        }
    }
    mails(environment, whom, &own, &touched, erasure_id.is_some(), done)?;
    // counted only: what they are called names the customer
    if !own.is_empty() {
        done.touch("reviews of this customer alone", format!("{} removed", own.len()));
    }
    if erasure_id.is_some() {
        ledger.forget_editions(&own.iter().map(|edition| edition.edition_id).collect::<Vec<_>>())?;
        for report in &reports {
            let folder = store.join("archive").join(report);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
        }
    }
    let is_dry = erasure_id.is_none();
    // what was set aside has ids as its source has them; of whose it is a short number tells too, which is no name in a text
    let set_aside = SetAside::of(environment)?;
    let is_theirs = |record: &Quarantined| {
        let names = |text: &str| whom.named.within(&record.source).names(text);
        set_aside.owned(record).is_some_and(|owned| is_known(&whom.ids, owned.whose.as_ref()))
            || record.key.as_deref().is_some_and(names)
            || names(&record.record)
            || names(&record.reason)
    };
    let (reasons, records) = ledger.erase_rows(accounts, &is_theirs, is_dry)?;
    done.touch("ledger", format!("{reasons} reasons of churn, {records} quarantined records removed"));
    for (column, cells) in ledger.redact_texts(&|text| whom.named.terms.redact(text), is_dry)? {
        done.touch(format!("ledger {column}"), format!("{cells} redacted"));
    }
    done.touch("warehouse, dry runs", "removed: made again from landing");
    Ok(())
}

/// Mails whose bytes name the customer: of editions that do, and any other that does.
fn mails(
    environment: &Environment,
    whom: &Whom,
    own: &[EditionRow],
    touched: &BTreeSet<i64>,
    is_erased: bool,
    done: &mut Forgotten,
) -> Result<()> {
    let ledger = &environment.ledger;
    let mut naming = Vec::new();
    for (delivery_id, edition_id) in ledger.mails_with_bytes()? {
        let is_of = touched.contains(&edition_id) || own.iter().any(|edition| edition.edition_id == edition_id);
        if is_of || ledger.delivery_bytes(delivery_id)?.is_some_and(|bytes| is_named(&bytes, &whom.named.terms)) {
            naming.push(delivery_id);
        }
    }
    if !naming.is_empty() {
        done.touch("mails in the ledger", format!("bytes of {} removed", naming.len()));
    }
    if is_erased { ledger.erase_mail_bytes(&naming, environment.now) } else { Ok(()) }
}

/// Whether a message names the customer in a header or a part of text.
fn is_named(bytes: &[u8], terms: &Terms) -> bool {
    let Ok(mail) = mailparse::parse_mail(bytes) else { return true };
    let mut parts = vec![&mail];
    while let Some(part) = parts.pop() {
        let headers = part.headers.iter().any(|header| terms.names(&header.get_value()));
        let is_text = part.ctype.mimetype.starts_with("text/");
        if headers || (is_text && part.get_body().is_ok_and(|body| terms.names(&body))) {
            return true;
        }
        parts.extend(&part.subparts);
    }
    false
}
