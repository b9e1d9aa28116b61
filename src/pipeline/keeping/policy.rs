//! What may go: a pure function of what there is, the rules, and the time.
//!
//! Age alone removes nothing that is still needed: the latest edition of a period, one that readers were mailed or that others
//! are held against; landed records that the warehouse would be rebuilt from, or that the replay of a kept edition reads; the
//! bytes of a mail that may still be sent. For what there is at a moment, more goes the later it is asked, and never less.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::Keep;
use crate::ledger::keeping::{BatchFact, EditionFact, History, MailFact, RowFact};

/// What there is.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Every landing file, oldest first.
    pub batches: Vec<BatchFact>,
    /// Every edition, with the last batch it knew; `None` where it keeps nothing to be replayed from.
    pub editions: Vec<(EditionFact, Option<i64>)>,
    /// Mails that still have their bytes.
    pub mails: Vec<MailFact>,
    /// Rows that are history.
    pub history: Vec<(History, Vec<RowFact>)>,
    /// Folders of dry runs: path below `dry-run/`, newest change, bytes.
    pub dry_runs: Vec<(String, Timestamp, u64)>,
}

/// What goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Going {
    /// Batch ids.
    pub batches: BTreeSet<i64>,
    /// Edition ids.
    pub editions: BTreeSet<i64>,
    /// Delivery ids whose bytes go.
    pub mails: BTreeSet<i64>,
    /// Numbers of rows, in the inventory's order of kinds.
    pub history: Vec<BTreeSet<i64>>,
    /// Paths below `dry-run/`.
    pub dry_runs: BTreeSet<String>,
}

/// Decides.
pub fn going(there: &Inventory, keep: &Keep, now: Timestamp) -> Going {
    let editions = editions(there, keep, now);
    let kept = there.editions.iter().filter(|(edition, _)| !editions.contains(&edition.edition_id));
    let replayed: BTreeSet<i64> = kept.filter_map(|(_, last_batch)| *last_batch).collect();
    let old = |rows: &[RowFact], age: crate::config::Age| {
        rows.iter().filter(|row| !row.is_needed && age.is_over(row.at, now)).map(|row| row.id).collect()
    };
    let is_settled = |mail: &&MailFact| matches!(mail.state.as_str(), "sent" | "failed");
    Going {
        batches: landing(&there.batches, &replayed, keep, now),
        mails: there
            .mails
            .iter()
            .filter(is_settled)
            .filter(|mail| keep.mail_bytes.is_over(mail.updated_at, now))
            .map(|mail| mail.delivery_id)
            .collect(),
        history: there
            .history
            .iter()
            .map(|(of, rows)| old(rows, if *of == History::Quarantine { keep.quarantine } else { keep.runs }))
            .collect(),
        dry_runs: there
            .dry_runs
            .iter()
            .filter(|(_, at, _)| keep.dry_runs.is_over(*at, now))
            .map(|(path, ..)| path.clone())
            .collect(),
        editions,
    }
}

fn editions(there: &Inventory, keep: &Keep, now: Timestamp) -> BTreeSet<i64> {
    let mut latest: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (edition, _) in &there.editions {
        let number = latest.entry((&edition.report, &edition.period)).or_default();
        *number = edition.number.max(*number);
    }
    let is_needed = |edition: &EditionFact| {
        latest.get(&(edition.report.as_str(), edition.period.as_str())) == Some(&edition.number)
            || edition.is_mailed
            || edition.is_unsettled
            || edition.is_published
            || edition.is_correction
    };
    there
        .editions
        .iter()
        .map(|(edition, _)| edition)
        .filter(|edition| !is_needed(edition) && keep.editions.is_over(edition.created_at, now))
        .map(|edition| edition.edition_id)
        .collect()
}

/// Landed files whose records later ones replaced, long enough ago, and that no replay reads.
fn landing(batches: &[BatchFact], replayed: &BTreeSet<i64>, keep: &Keep, now: Timestamp) -> BTreeSet<i64> {
    let mut streams: BTreeMap<(&str, &str, &str), Vec<&BatchFact>> = BTreeMap::new();
    for batch in batches {
        streams.entry((&batch.source, &batch.manifest, &batch.stream)).or_default().push(batch);
    }
    let mut going = BTreeSet::new();
    for of_stream in streams.values() {
        for (index, batch) in of_stream.iter().enumerate() {
            let Some(by) = replaced_by(batch, &of_stream[index + 1..]) else { continue };
            // an edition reads it that knew it and did not know what replaced it
            let is_read = replayed.range(batch.batch_id..by.batch_id).next().is_some();
            if !is_read && keep.landing.is_over(by.extracted_at, now) {
                going.insert(batch.batch_id);
            }
        }
    }
    going
}

/// The batch with which nothing of this one counts any longer; `None` while something does.
fn replaced_by<'a>(batch: &BatchFact, later: &[&'a BatchFact]) -> Option<&'a BatchFact> {
    let mut others =
        later.iter().filter(|other| other.pull_id != batch.pull_id && other.write_mode == batch.write_mode);
    match batch.write_mode.as_str() {
        "replace" => others.next().copied(),
        // A table that is merged may be replaced by a new version of the whole.
        "merge" | "append" => {
            later.iter().find(|other| other.pull_id > batch.pull_id && other.write_mode == "replace").copied()
        }
        "replace_window" => {
            let (from, to) = batch.window.as_ref()?;
            // what of the window is still uncovered; days as text compare like days
            let mut open = vec![(from.clone(), to.clone())];
            others
                .find(|other| {
                    if let Some((from, to)) = &other.window {
                        open = open.drain(..).flat_map(|part| without(part, from, to)).collect();
                    }
                    open.is_empty()
                })
                .copied()
        }
        _ => None,
    }
}

/// What is left of a window of days without another.
fn without((from, to): (String, String), other_from: &str, other_to: &str) -> Vec<(String, String)> {
    let before = (from.clone(), to.clone().min(other_from.to_owned()));
    let after = (from.max(other_to.to_owned()), to);
    [before, after].into_iter().filter(|(from, to)| from < to).collect()
}

#[cfg(test)]
mod tests;
