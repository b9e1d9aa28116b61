//! Where records go: through the contract into landing files or quarantine, committed together with the cursor.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::Instant;

use super::contract::{Checked, Contract};
use super::drift::{Drift, Judged};
use super::erase::Erased;
use super::landing::Landing;
use super::manifest::{Manifest, Stream};
use super::progress::Meter;
use super::state::State;
use super::warnings::Warnings;
use crate::ledger::Ledger;
use crate::ledger::pulls::{Commit, Quarantined};

/// Quarantined records kept per pull; beyond it they are only counted.
const KEPT: u64 = 1000;
/// A walk that can resume commits at least this often.
const CHECKPOINT: Duration = Duration::from_mins(5);

/// Who a pull belongs to.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) source: &'a str,
    /// What the source's ids begin with outside it, where they do.
    pub(super) qualifier: Option<&'a str>,
    pub(super) manifest: &'a Manifest,
    pub(super) stream: &'a Stream,
    pub(super) pull_id: i64,
    pub(super) now: jiff::Timestamp,
}

/// The receiving end of one stream's pull.
pub(super) struct Sink<'a> {
    names: Names<'a>,
    ledger: &'a Ledger,
    contract: Contract,
    drift: Drift,
    erased: Erased,
    pub(super) landing: Landing,
    waiting: Vec<Quarantined>,
    meter: &'a Meter,
    committed_at: Instant,
    uncommitted: u64,
    /// Rows landed and committed.
    pub(super) rows: u64,
    pub(super) quarantined: u64,
    pub(super) warnings: Warnings,
}

impl<'a> Sink<'a> {
    pub(super) fn new(names: Names<'a>, ledger: &'a Ledger, landing: Landing, meter: &'a Meter) -> Result<Sink<'a>> {
        Ok(Sink {
            names,
            ledger,
            contract: Contract::new(names.stream),
            drift: Drift::new(names.stream, names.source, ledger)?,
            erased: Erased::load(ledger, names.qualifier)?,
            landing,
            waiting: Vec::new(),
            meter,
            committed_at: Instant::now(),
            uncommitted: 0,
            rows: 0,
            quarantined: 0,
            warnings: Warnings::default(),
        })
    }

    /// Key of a record, as it would be landed.
    pub(super) fn key_of(&self, record: &str) -> Option<String> {
        self.contract.key_of(record)
    }

    /// Takes one record as received.
    pub(super) fn take(&mut self, record: &str) -> Result<()> {
        match self.contract.check(record) {
            Checked::Good { key, record } => match self.drift.judge(record) {
                Judged::Kept(record) => self.land(key, record),
                Judged::Refused { field, record } => {
                    let Names { manifest, stream, .. } = self.names;
                    if !self.erased.has(manifest, stream, Some(&key), &record) {
                        self.quarantine(
                            Some(key),
                            format!("/{field}"),
                            "is a field that was not agreed".into(),
                            record,
                        );
                    }
                    Ok(())
                }
            },
            Checked::Bad { key, path, reason, record } => {
                let Names { manifest, stream, .. } = self.names;
                if self.erased.has(manifest, stream, key.as_deref(), &record) {
                    return Ok(());
                }
                self.quarantine(key, path, reason, record);
                Ok(())
            }
        }
    }

    /// Takes a record without the contract: a tombstone, or one that was checked elsewhere.
    pub(super) fn land(&mut self, key: String, record: String) -> Result<()> {
        let Names { manifest, stream, .. } = self.names;
        if self.erased.has(manifest, stream, Some(&key), &record) {
            return Ok(());
        }
        self.landing.append(key, record)?;
        self.uncommitted += 1;
        self.meter.rows(1);
        Ok(())
    }

    /// Sets a record aside.
    pub(super) fn quarantine(&mut self, key: Option<String>, json_path: String, reason: String, record: String) {
        self.quarantined += 1;
        if self.quarantined <= KEPT {
            self.waiting.push(Quarantined {
                source: self.names.source.into(),
                stream: self.names.stream.name.clone(),
                key,
                json_path,
                reason,
                record,
                seen_at: self.names.now.to_string(),
            });
        }
    }

    /// A page is done.
    pub(super) fn page(&self) {
        self.meter.page();
    }

    /// Whether a walk that can resume should commit now.
    pub(super) fn is_due(&self) -> bool {
        self.landing.is_due() || (self.uncommitted > 0 && self.committed_at.elapsed() >= CHECKPOINT)
    }

    /// Files, quarantine and cursor become true together.
    pub(super) fn commit(&mut self, state: &State) -> Result<()> {
        self.erased.keep(self.ledger)?;
        if self.erased.dropped > 0 {
            let (source, stream) = (self.names.source, &self.names.stream.name);
            tracing::info!(source, stream, records = self.erased.dropped, "left out: of customers who were forgotten");
            self.erased.dropped = 0;
        }
        let batches = self.landing.seal()?;
        let cursor = state.to_text().context("cannot write the cursor")?;
        self.ledger.commit_batches(&Commit {
            pull_id: self.names.pull_id,
            source: self.names.source,
            manifest: &self.names.manifest.name,
            stream: &self.names.stream.name,
            write_mode: self.names.stream.write.as_str(),
            extracted_at: &self.names.now.to_string(),
            batches: &batches,
            cursor: Some(&cursor),
            quarantined: &self.waiting,
        })?;
        self.waiting.clear();
        self.committed_at = Instant::now();
        self.rows += self.uncommitted;
        self.uncommitted = 0;
        Ok(())
    }

    /// At the end of a pull that went well: what is to be known of its fields.
    pub(super) fn close(self) -> Result<Option<String>> {
        self.drift.close(self.ledger, self.names.source, &self.names.stream.name, &self.names.now.to_string())
    }

    /// Forgets what was not committed: it is what is there already.
    pub(super) fn discard(&mut self) {
        self.landing.discard();
        self.waiting.clear();
        self.uncommitted = 0;
    }
}
