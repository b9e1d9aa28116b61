//! Retention of streams: what [`crate::extract::retain`] finds too old goes from landing, whatever replay would have read it. Tables
//! that had rows of it are loaded anew by the next load, and replays of editions that knew it say so.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{hold_warehouse, remove};
use crate::extract::erase::keep_out;
use crate::extract::retain::{Expired, days, expired};
use crate::ledger::Ledger;
use crate::ledger::expired::Expiry;
use crate::ledger::keeping::BatchFact;
use crate::pipeline::Environment;
use crate::pipeline::sources::catalog;

/// One stream of a source, and what of it goes.
pub(super) struct Aged {
    source: String,
    manifest: String,
    stream: String,
    days: u32,
    files: Vec<Expired>,
}

impl Aged {
    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The first batch that loses records.
    pub(super) fn first(&self) -> Option<i64> {
        self.files.iter().map(|file| file.first).min()
    }

    /// One line per file, for people.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let line =
            |file: &Expired| format!("{}: {} of {} records, kept {} days", file.path, file.rows, file.of(), self.days);
        self.files.iter().map(line)
    }
}

/// What is older than its stream is kept. `batches` are those that stay otherwise; only streams that are kept for a time are read.
pub(super) fn aged(environment: &Environment, batches: &[BatchFact]) -> Result<Vec<Aged>> {
    let config = &environment.config;
    let catalog = catalog(config)?;
    let store = config.store();
    let mut aged = Vec::new();
    for (name, source) in &config.sources {
        let Ok(manifest) = catalog.get(&source.manifest) else { continue };
        for stream in &manifest.streams {
            let Some(days) = days(source, stream) else { continue };
            let limit = environment.now - jiff::SignedDuration::from_hours(i64::from(days) * 24);
            let own = |batch: &&BatchFact| {
                batch.source == *name && batch.manifest == manifest.name && batch.stream == stream.name
            };
            let files = expired(&store, stream, &batches.iter().filter(own).collect::<Vec<_>>(), limit)?;
            if !files.is_empty() {
                let (manifest, stream) = (manifest.name.clone(), stream.name.clone());
                aged.push(Aged { source: name.clone(), manifest, stream, days, files });
            }
        }
    }
    Ok(aged)
}

/// Removes what is too old; returns what it was.
pub(super) fn retain(environment: &Environment) -> Result<Vec<Aged>> {
    // looked for before anybody has to wait
    let first = aged(environment, &environment.ledger.batch_facts()?)?;
    if first.is_empty() {
        return Ok(Vec::new());
    }
    let sources: BTreeSet<&str> = first.iter().map(|aged| aged.source.as_str()).collect();
    let store = environment.config.store();
    // a load in hand has read the list and is about to read the files; a pull sweeps what is not listed yet
    let _lock = hold_warehouse(environment)?;
    let _pulls = keep_out(&store, sources.iter().copied())?;
    let mut batches = environment.ledger.batch_facts()?;
    batches.retain(|batch| sources.contains(batch.source.as_str()));
    let aged = aged(environment, &batches)?;
    for of_stream in &aged {
        let own = |batch: &&BatchFact| batch.manifest == of_stream.manifest && batch.stream == of_stream.stream;
        let newest = batches.iter().filter(own).map(|batch| batch.batch_id).max();
        for file in &of_stream.files {
            leave_out(environment, of_stream, file, newest.is_some_and(|newest| file.batches.contains(&newest)))?;
        }
    }
    Ok(aged)
}

/// The new file is durable, then the ledger lists it, then the old one goes. A stream's newest batch stays, be it empty: its number
/// is not to be given again.
fn leave_out(environment: &Environment, of: &Aged, file: &Expired, is_newest: bool) -> Result<()> {
    let (store, ledger): (_, &Ledger) = (environment.config.store(), &environment.ledger);
    let expiry = Expiry {
        source: &of.source,
        manifest: &of.manifest,
        stream: &of.stream,
        batch_id: file.first,
        rows: file.rows,
        days: of.days,
        is_shown: file.is_shown,
    };
    let from = store.join(&file.path);
    let at = Ledger::stamp(environment.now);
    if file.is_whole() && !is_newest {
        ledger.expire(&expiry, &file.path, None, &at)?;
    } else {
        let stem = file.path.trim_end_matches(".parquet");
        // a source or a stream may be named so, too
        let before = stem.rsplit_once("-kept").filter(|(_, rest)| !rest.contains('/'));
        let stem = before.map_or(stem, |(stem, _)| stem);
        let path = format!("{stem}-kept{}.parquet", environment.now.as_millisecond());
        let left = file.leave_out(&from, &store.join(&path))?;
        let mut rows = left.rows_of;
        if let (true, [batch_id]) = (rows.is_empty(), file.batches.as_slice()) {
            rows.insert(*batch_id, left.rows);
        }
        ledger.expire(&expiry, &file.path, Some((&path, &rows, &left.sha256)), &at)?;
    }
    remove(&from)
}
