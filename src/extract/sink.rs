//! Where records go: through the contract into landing files or quarantine, committed together with the cursor.

mod aside;
mod parts;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::Instant;

use self::aside::Aside;
pub use self::aside::KEPT_PER_PULL;
use super::contract::{Checked, Contract, Record};
use super::drift::{Drift, Judged};
use super::erase::Erased;
use super::landing::Landing;
use super::lens;
use super::manifest::{Incremental, Kind, Manifest, Stream, Write};
use super::progress::Meter;
use super::state::State;
use super::walk::{Once, breath, is_numbered};
use super::warnings::Warnings;
use crate::ledger::Ledger;
use crate::ledger::pulls::{Commit, NewBatch, Quarantined};

/// A walk that can resume commits at least this often.
const CHECKPOINT: Duration = Duration::from_mins(5);

/// Records of a page that are together this large are checked on another thread: most walks read on meanwhile.
const LARGE: usize = 1 << 16;

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
    contract: Arc<Contract>,
    drift: Drift,
    erased: Erased,
    pub(super) landing: Landing,
    waiting: Vec<Quarantined>,
    aside: Aside,
    /// Where a list may bring a record twice and its load would not undo that.
    once: Option<Once>,
    meter: &'a Meter,
    committed_at: Instant,
    uncommitted: u64,
    /// When the list began that is being read.
    pub(super) list_since: jiff::Timestamp,
    /// Its state is that of a stretch of history, not the stream's cursor.
    pub(super) backfill: Option<i64>,
    /// Rows landed and committed.
    pub(super) rows: u64,
    pub(super) quarantined: u64,
    pub(super) warnings: Warnings,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        names: Names<'a>,
        ledger: &'a Ledger,
        mut landing: Landing,
        meter: &'a Meter,
    ) -> Result<Sink<'a>> {
        // whoever is told what is new does not compare with what was there
        if matches!(names.stream.incremental, Incremental::ChangeFeed(_) | Incremental::Since { .. }) {
            landing.without_content_hash();
        }
        Ok(Sink {
            names,
            ledger,
            contract: Arc::new(Contract::new(names.stream, landing.store())?),
            drift: Drift::new(names.stream, &names.manifest.name, names.source, ledger)?,
            erased: Erased::load(ledger, names.qualifier)?,
            landing,
            waiting: Vec::new(),
            aside: Aside::load(ledger, &names)?,
            once: is_once(&names).then(Once::default),
            meter,
            committed_at: Instant::now(),
            uncommitted: 0,
            list_since: names.now,
            backfill: None,
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
    pub(super) fn take(&mut self, record: impl Into<Record>) -> Result<()> {
        let record = record.into();
        let received = self.contract.hashes().then_some(&*record);
        self.take_checked(received, self.contract.check(&record))
    }

    /// Takes the records of a page.
    pub(super) async fn take_page(&mut self, records: Vec<Record>) -> Result<()> {
        let is_large = records.iter().map(|record| record.len()).sum::<usize>() >= LARGE;
        let contract = Arc::clone(&self.contract);
        let check = move || -> Vec<(Option<Record>, Checked)> {
            let hashes = contract.hashes();
            let checked = records.into_iter().map(|record| (contract.check(&record), record));
            checked.map(|(checked, record)| (hashes.then_some(record), checked)).collect()
        };
        let checked = if is_large { tokio::task::spawn_blocking(check).await? } else { check() };
        for (index, (received, checked)) in checked.into_iter().enumerate() {
            self.take_checked(received.as_deref(), checked)?;
            if index % 16 == 15 {
                breath().await;
            }
        }
        Ok(())
    }

    /// `received` is what came, where what lands does not say it.
    fn take_checked(&mut self, received: Option<&str>, checked: Checked) -> Result<()> {
        // who was forgotten before a field was hashed is known by what it holds
        if let Some(received) = received {
            let Names { manifest, stream, .. } = self.names;
            if self.erased.has(manifest, stream, checked.key(), received) {
                return Ok(());
            }
        }
        match checked {
            Checked::Good { key, record, .. } if !self.is_new(&key, &record) => Ok(()),
            Checked::Good { key, record, shape } => match self.drift.judge(record, shape) {
                Judged::Kept(record) => self.land(key, record),
                Judged::Refused { field, reason, record } => {
                    let Names { manifest, stream, .. } = self.names;
                    if !self.erased.has(manifest, stream, Some(&key), &record) {
                        self.quarantine(Some(key), lens::pointer(&field), reason.into(), record.to_string());
                    }
                    Ok(())
                }
            },
            Checked::Bad { key, path, reason, record } => {
                if !self.is_new(key.as_deref().unwrap_or(&record), &record) {
                    return Ok(());
                }
                let Names { manifest, stream, .. } = self.names;
                if self.erased.has(manifest, stream, key.as_deref(), &record) {
                    return Ok(());
                }
                self.quarantine(key, path, reason, record.to_string());
                Ok(())
            }
        }
    }

    /// Of a list that replaces another each key is taken once. Elsewhere a load keeps what a key last was, and only what is the
    /// same is left out: a record that changed while its list was read again would else be passed by the cursor unseen.
    fn is_new(&mut self, key: &str, record: &str) -> bool {
        let is_replaced = matches!(self.names.stream.write, Write::Replace | Write::ReplaceWindow);
        let Some(once) = &mut self.once else { return true };
        if is_replaced { once.add(key) } else { once.add_version(key, record) }
    }

    /// Takes a record without the contract: a tombstone, or one that was checked elsewhere.
    pub(super) fn land(&mut self, key: String, record: Record) -> Result<()> {
        let Names { manifest, stream, .. } = self.names;
        if self.erased.has(manifest, stream, Some(&key), &record) {
            return Ok(());
        }
        self.aside.came(&key);
        self.landing.append(&key, &record)?;
        self.uncommitted += 1;
        self.meter.rows(1);
        Ok(())
    }

    /// Shows how far it is.
    pub(super) fn meter(&self) -> &'a Meter {
        self.meter
    }

    /// A page is done.
    pub(super) fn page(&self) {
        self.meter.page();
    }

    /// Whether a walk that can resume should commit now.
    pub(super) fn is_due(&self) -> bool {
        self.landing.is_due() || (self.uncommitted > 0 && self.committed_at.elapsed() >= CHECKPOINT)
    }

    /// Whether nothing has been landed since the last commit.
    pub(super) fn is_empty(&self) -> bool {
        self.uncommitted == 0
    }

    /// Files, quarantine and cursor become true together.
    pub(super) fn commit(&mut self, state: &State) -> Result<()> {
        let backfill = self.backfill;
        let has_landed = self.commit_by(state, Vec::new(), |ledger, commit| match backfill {
            None => ledger.commit_batches(commit),
            Some(backfill_id) => ledger.commit_backfill(backfill_id, commit),
        })?;
        if has_landed { self.listed() } else { Ok(()) }
    }

    /// The same, with files that were there before, and as the ledger is to write it. Whether there were any files.
    fn commit_by(
        &mut self,
        state: &State,
        mut batches: Vec<NewBatch>,
        write: impl FnOnce(&Ledger, &Commit<'_>) -> Result<()>,
    ) -> Result<bool> {
        let unkept = match self.names.stream.write {
            // the days that are read again bring the same once more
            Write::ReplaceWindow => state.unkept.max(self.aside.count.unkept),
            _ => state.unkept + self.aside.count.unkept,
        };
        let state = State { unkept, ..state.clone() };
        let cursor = state.to_text().context("cannot write the cursor")?;
        batches.extend(self.seal()?);
        let now = self.names.now.to_string();
        let part = self.part(&batches, &now);
        write(self.ledger, &Commit { cursor: Some(&cursor), ..part })?;
        let has_landed = !batches.is_empty();
        self.committed();
        Ok(has_landed)
    }

    /// The files of a commit, durable under their names.
    pub(super) fn seal(&mut self) -> Result<Vec<NewBatch>> {
        self.erased.keep(self.ledger)?;
        if self.erased.dropped > 0 {
            let (source, stream) = (self.names.source, &self.names.stream.name);
            tracing::info!(source, stream, records = self.erased.dropped, "left out: of customers who were forgotten");
            self.erased.dropped = 0;
        }
        self.aside.keep(self.ledger, &self.names)?;
        let Names { source, stream, now, .. } = self.names;
        self.drift.learn(self.ledger, source, &stream.name, &now.to_string())?;
        self.landing.seal()
    }

    /// What a commit says of this stream, without a cursor.
    pub(super) fn part<'b>(&'b self, batches: &'b [NewBatch], extracted_at: &'b str) -> Commit<'b> {
        Commit {
            pull_id: self.names.pull_id,
            source: self.names.source,
            manifest: &self.names.manifest.name,
            stream: &self.names.stream.name,
            write_mode: self.names.stream.write.as_str(),
            extracted_at,
            batches,
            cursor: None,
            quarantined: &self.waiting,
        }
    }

    /// The commit is done.
    pub(super) fn committed(&mut self) {
        self.waiting.clear();
        self.aside.committed();
        self.committed_at = Instant::now();
        self.rows += self.uncommitted;
        self.uncommitted = 0;
    }

    /// At the end of a pull that went well: what is to be known of its fields.
    pub(super) fn close(self) -> Result<Option<String>> {
        self.drift.close(self.ledger, self.names.source, &self.names.stream.name, &self.names.now.to_string())
    }

    /// Forgets what was not committed: it is what is there already.
    pub(super) fn discard(&mut self) {
        self.landing.discard();
        self.aside.discard();
        self.waiting.clear();
        self.uncommitted = 0;
    }
}

/// Lists that replace, and lists by number, which are read more than once. A file has what its owner wrote.
fn is_once(names: &Names<'_>) -> bool {
    let Names { manifest, stream, .. } = names;
    let is_replaced = matches!(stream.write, Write::Replace | Write::ReplaceWindow);
    manifest.kind == Kind::Rest
        && !stream.key.is_empty()
        && (is_replaced || stream.paginate.as_ref().is_some_and(is_numbered))
}
