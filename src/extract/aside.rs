//! Records that were set aside, looked at again: what fulfils its stream's contract by now is landed.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use jiff::Timestamp;

use super::catalog::Catalog;
use super::contract::{ANEW, Checked, Contract, Record};
use super::drift::{Drift, Judged};
use super::erase::Erased;
use super::landing::Landing;
use super::lens;
use super::manifest::{Manifest, Stream};
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::pulls::Commit;
use crate::ledger::quarantine::{Aside, Of};

/// Records looked at at once.
const AT_ONCE: u32 = 500;

/// What came of looking at a stream's records again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retried {
    /// Key of `[sources]`.
    pub source: String,
    /// Its stream.
    pub stream: String,
    /// Records landed.
    pub landed: u64,
    /// Path and reason of those that are still not what was agreed, with how many.
    pub still: BTreeMap<(String, String), u64>,
    /// Why the stream's records were left alone.
    pub left: Option<String>,
}

/// Looks again at what is set aside.
///
/// # Errors
/// A broken manifest, or a store that cannot be written.
pub fn retry(config: &Config, ledger: &Ledger, now: Timestamp, of: Of<'_>) -> Result<Vec<Retried>> {
    let folder = config.store.manifests.as_ref().map(|path| config.resolve(path));
    let catalog = Catalog::load(folder.as_deref())?;
    let mut streams: Vec<(String, String)> =
        ledger.aside(of)?.into_iter().map(|group| (group.source, group.stream)).collect();
    streams.dedup();
    let mut all = Vec::new();
    for (source, stream) in streams {
        let mut retried = Retried { source, stream, ..Retried::default() };
        if let Err(why) = retry_stream(config, ledger, &catalog, now, &mut retried) {
            retried.left = Some(format!("{why:#}"));
        }
        all.push(retried);
    }
    Ok(all)
}

fn retry_stream(config: &Config, ledger: &Ledger, catalog: &Catalog, now: Timestamp, told: &mut Retried) -> Result<()> {
    let Some(source) = config.sources.get(&told.source) else {
        anyhow::bail!("there is no source {} in [sources] any more", told.source);
    };
    let manifest = catalog.get(&source.manifest)?;
    let stream = manifest.stream(&told.stream)?;
    ensure!(
        !stream.key.is_empty(),
        "its records have no key: what is good of them by now comes with a pull of the source with --full"
    );
    let lock = super::source::lock(&config.store(), &told.source)?;
    ensure!(lock.is_some(), "a pull of this source is running; try again when it is done");
    let is_anothers = ledger.cursor(&told.source, &told.stream)?.is_some()
        && ledger.cursor_of(&told.source, &manifest.name, &told.stream)?.is_none();
    ensure!(!is_anothers, "its records were set aside under another manifest than {}", manifest.name);
    let contract = Contract::new(stream, &config.store())?;
    let drift = Drift::new(stream, &manifest.name, &told.source, ledger)?;
    let mut again = Again { config, ledger, manifest, stream, contract, drift, now };
    let is_qualified = super::qualify::qualified(config, catalog).contains(&told.source);
    let mut erased = Erased::load(ledger, is_qualified.then_some(told.source.as_str()))?;
    let mut after = (String::new(), 0);
    loop {
        let records = ledger.aside_of(&told.source, &told.stream, (&after.0, after.1), AT_ONCE)?;
        let Some(last) = records.last() else { return Ok(()) };
        after = (last.record.seen_at.clone(), last.id);
        // What is no JSON would keep out of the warehouse all that is loaded with it; and what its reader could not say is kept as
        // text, which its column is not.
        let is_whole = |aside: &Aside| {
            !aside.record.reason.ends_with(ANEW)
                && serde_json::from_str::<serde::de::IgnoredAny>(&aside.record.record).is_ok()
        };
        let (records, broken): (Vec<Aside>, Vec<Aside>) = records.into_iter().partition(is_whole);
        for Aside { record, .. } in broken {
            *told.still.entry((record.json_path, record.reason)).or_default() += 1;
        }
        // a batch is of the moment its records came at, which says what they are older and newer than
        for of_a_pull in records.chunk_by(|a, b| a.record.seen_at == b.record.seen_at) {
            again.take(of_a_pull, &mut erased, told)?;
        }
    }
}

/// A stream that is looked at again.
struct Again<'a> {
    config: &'a Config,
    ledger: &'a Ledger,
    manifest: &'a Manifest,
    stream: &'a Stream,
    /// A field may be hashed only since the record came.
    contract: Contract,
    drift: Drift,
    now: Timestamp,
}

impl Again<'_> {
    fn take(&mut self, records: &[Aside], erased: &mut Erased, told: &mut Retried) -> Result<()> {
        let (source, stream) = (told.source.as_str(), told.stream.as_str());
        let mut good = Vec::new();
        for aside in records {
            match self.contract.check(&Record::from(aside.record.record.as_str())) {
                Checked::Good { key, record, shape } => match self.drift.judge(record, shape) {
                    Judged::Kept(record) => {
                        if !erased.has(self.manifest, self.stream, Some(&key), &record) {
                            good.push((aside.id, key, record));
                        }
                    }
                    Judged::Refused { field, reason, .. } => {
                        *told.still.entry((lens::pointer(&field), reason.to_owned())).or_default() += 1;
                    }
                },
                Checked::Bad { path, reason, .. } => {
                    let reason = reason.split(" but ").next().unwrap_or_default().to_owned();
                    *told.still.entry((path, reason)).or_default() += 1;
                }
            }
        }
        erased.keep(self.ledger)?;
        let Some(first) = records.first().filter(|_| !good.is_empty()) else { return Ok(()) };
        let seen_at: Timestamp = first.record.seen_at.parse()?;
        let pull_id = self.ledger.start_retry(source, stream, &self.now.to_string())?;
        let store = self.config.store();
        let mut landing = Landing::new(&store, source, stream, pull_id, seen_at, &self.manifest.limits)?;
        let ids: Vec<i64> = good.iter().map(|(id, ..)| *id).collect();
        told.landed += ids.len() as u64;
        for (_, key, record) in good {
            landing.append(&key, &record)?;
        }
        // a few records of a list do not replace the list: they are added by their keys, until the list comes whole again
        let write_mode = self.stream.write.as_str();
        let write_mode = if write_mode.starts_with("replace") { "merge" } else { write_mode };
        let batches = landing.seal()?;
        self.ledger.commit_retried(
            &Commit {
                pull_id,
                source,
                manifest: &self.manifest.name,
                stream,
                write_mode,
                extracted_at: &first.record.seen_at,
                batches: &batches,
                cursor: None,
                quarantined: &[],
            },
            &ids,
            &self.now.to_string(),
        )
    }
}
