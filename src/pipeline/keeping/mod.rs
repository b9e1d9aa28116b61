//! Housekeeping: what [`policy`] lets go is removed, rows of the ledger first and files after them.
//!
//! A file that the ledger does not list does not exist; a listed file that is not there would break a rebuild. So a row goes
//! in a transaction before its file is unlinked, and what a crash leaves in between is swept by the next pull (landing) or the
//! next housekeeping (archive).

mod compact;
pub mod policy;
mod retain;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};

use self::policy::{Going, Inventory};
use self::retain::Aged;
use super::Environment;
use super::behind::KNOWN;
use super::known::Known;
use crate::calendar::Calendar;
use crate::deliver::archive;
use crate::ledger::keeping::{BatchFact, EditionFact, History};
use crate::warehouse::lock::Lock;

/// What was removed, or would be.
#[derive(Debug, Default)]
pub struct Housekept {
    /// Kind, count, bytes; kinds of which nothing goes are left out.
    pub removed: Vec<(&'static str, u64, u64)>,
    /// What goes, one line each, for people.
    pub listed: Vec<String>,
    /// What could not be done.
    pub problems: Vec<String>,
}

/// Local hour after which the service cleans.
const HOUR: i64 = 3;

/// Longest wait for the warehouse: landing can be cleaned another night.
const PATIENCE: Duration = Duration::from_secs(5);

/// One at a time of what removes or rewrites files of a store, or copies them: housekeeping, forgetting and backups.
pub fn sole_keeper(store: &Path) -> Result<File> {
    keeper(store)?.with_context(|| {
        format!("a backup, clean, forget or replay is at work on {}; try again when it is done", store.display())
    })
}

/// Keeps them out of who reads landing beside the warehouse and holds no lock of that: a replay. Several may.
pub(super) fn hold_files(environment: &Environment) -> Result<File> {
    let store = environment.config.store();
    let file = lock_file(&store)?;
    let started = Instant::now();
    while !is_had(file.try_lock_shared(), &store)? {
        ensure!(
            started.elapsed() < environment.patience,
            "a backup, clean or forget is at work on {}; try again when it is done",
            store.display()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(file)
}

/// `None` while another is at work.
fn keeper(store: &Path) -> Result<Option<File>> {
    let file = lock_file(store)?;
    Ok(is_had(file.try_lock(), store)?.then_some(file))
}

fn lock_file(store: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = store.join("keeping.lock");
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Whether a lock was to be had.
fn is_had(tried: Result<(), TryLockError>, store: &Path) -> Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", store.join("keeping.lock").display()))
        }
    }
}

/// What the service calls whenever it has nothing else to do: cleans once a night, in the company's zone. `None`: not now.
pub fn housekeep_nightly(environment: &Environment) -> Result<Option<Housekept>> {
    let (ledger, now) = (&environment.ledger, environment.now);
    let calendar = Calendar::new(&environment.config.company)?;
    let today = calendar.local_date(now);
    let night = |day| Ok::<_, anyhow::Error>(calendar.start_of(day)? + SignedDuration::from_hours(HOUR));
    let latest = night(today)?;
    let latest = if latest <= now { latest } else { night(today.yesterday()?)? };
    if ledger.last_removal()?.is_some_and(|at| at >= latest) {
        return Ok(None);
    }
    let Some(_lock) = keeper(&environment.config.store())? else { return Ok(None) };
    // whatever comes of it: once a night
    ledger.note_removals(&[NOTHING], now)?;
    clean(environment).map(Some)
}

/// That housekeeping ran.
const NOTHING: (&str, u64, u64) = ("none", 0, 0);

/// Removes what `[keep]` lets go.
pub fn housekeep(environment: &Environment) -> Result<Housekept> {
    let _lock = sole_keeper(&environment.config.store())?;
    clean(environment)
}

fn clean(environment: &Environment) -> Result<Housekept> {
    let store = environment.config.store();
    let there = inventory(environment)?;
    let going = policy::going(&there, &environment.config.keep, environment.now);
    let mut kept = described(&there, &going, &store);
    if let Err(error) = landing(environment, &there, &going) {
        kept.problems.push(format!("landing was left as it is: {error:#}"));
        kept.removed.retain(|(kind, ..)| *kind != "landing");
    }
    match retain::retain(environment) {
        Ok(aged) => kept.expire(environment, &aged, &there)?,
        Err(error) => kept.problems.push(format!("what streams no longer keep is still there: {error:#}")),
    }
    if let Err(error) = compact::compact(environment) {
        tracing::info!("small landing files are left for another night: {error:#}");
    }
    editions(environment, &there, &going)?;
    let ledger = &environment.ledger;
    if ledger.unfinished_erasure()?.is_some() {
        let what = "an erasure is not finished: `bizreview forget --resume` finishes it, or says what it waits for";
        kept.problems.push(what.to_owned());
    }
    ledger.drop_mail_bytes(&going.mails.iter().copied().collect::<Vec<_>>())?;
    for ((of, _), ids) in there.history.iter().zip(&going.history) {
        ledger.drop_history(*of, &ids.iter().copied().collect::<Vec<_>>())?;
    }
    for path in &going.dry_runs {
        let folder = store.join("dry-run").join(path);
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    ledger.note_removals(if kept.removed.is_empty() { &[NOTHING] } else { &kept.removed }, environment.now)?;
    tracing::info!(removed = ?kept.removed, "housekeeping");
    Ok(kept)
}

/// What [`housekeep`] would remove.
pub fn would_go(environment: &Environment) -> Result<Housekept> {
    let there = inventory(environment)?;
    let going = policy::going(&there, &environment.config.keep, environment.now);
    let mut kept = described(&there, &going, &environment.config.store());
    let stay: Vec<BatchFact> =
        there.batches.iter().filter(|batch| !going.batches.contains(&batch.batch_id)).cloned().collect();
    kept.expire(environment, &retain::aged(environment, &stay)?, &there)?;
    Ok(kept)
}

impl Housekept {
    /// Adds what streams no longer keep, and the editions that knew it.
    fn expire(&mut self, environment: &Environment, aged: &[Aged], there: &Inventory) -> Result<()> {
        let Some(first) = aged.iter().filter_map(Aged::first).min() else { return Ok(()) };
        self.removed.push(("expired", aged.iter().map(Aged::rows).sum(), aged.iter().map(Aged::bytes).sum()));
        self.listed.extend(aged.iter().flat_map(Aged::lines));
        let listed = environment.ledger.edition_facts()?;
        let is_there = |edition: &EditionFact| listed.iter().any(|other| other.edition_id == edition.edition_id);
        let knew =
            there.editions.iter().filter(|(edition, last)| last.is_some_and(|last| last >= first) && is_there(edition));
        let count = knew.count();
        if count > 0 {
            self.listed
                .push(format!("{count} editions knew records of these: a replay of one says so where it differs"));
        }
        Ok(())
    }
}

fn inventory(environment: &Environment) -> Result<Inventory> {
    let (ledger, store) = (&environment.ledger, environment.config.store());
    let mut editions = Vec::new();
    for edition in ledger.edition_facts()? {
        let known = store.join(&edition.path).join(KNOWN);
        let last_batch = match std::fs::read(&known) {
            Ok(bytes) => {
                let known: Known = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{} cannot be read, so nothing can be removed", known.display()))?;
                Some(known.last_batch)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", known.display())),
        };
        editions.push((edition, last_batch));
    }
    let kinds = [History::Runs, History::Pulls, History::Occurrences, History::Quarantine];
    let history = kinds.into_iter().map(|of| Ok((of, ledger.history(of)?))).collect::<Result<Vec<_>>>()?;
    Ok(Inventory {
        batches: ledger.batch_facts()?,
        editions,
        mails: ledger.mail_facts()?,
        history,
        dry_runs: dry_runs(&store.join("dry-run"))?,
    })
}

/// Folders `report/period` of dry runs, with their newest change and size.
fn dry_runs(folder: &Path) -> Result<Vec<(String, Timestamp, u64)>> {
    let mut found: BTreeMap<String, (Timestamp, u64)> = BTreeMap::new();
    for file in files_below(folder)? {
        let Ok(relative) = file.strip_prefix(folder) else { continue };
        let parts: Vec<String> = relative.iter().take(2).map(|part| part.to_string_lossy().into_owned()).collect();
        let about = std::fs::metadata(&file)?;
        let at = Timestamp::try_from(about.modified()?)?;
        let (newest, bytes) = found.entry(parts.join("/")).or_insert((at, 0));
        *newest = at.max(*newest);
        *bytes += about.len();
    }
    Ok(found.into_iter().map(|(path, (at, bytes))| (path, at, bytes)).collect())
}

/// Every file below a folder, sorted; none where there is no folder.
pub(super) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found.sort();
    Ok(found)
}

fn described(there: &Inventory, going: &Going, store: &Path) -> Housekept {
    let mut kept = Housekept::default();
    let mut count = |kind: &'static str, bytes: Vec<u64>| {
        if !bytes.is_empty() {
            kept.removed.push((kind, bytes.len() as u64, bytes.iter().sum()));
        }
    };
    let mut listed = Vec::new();
    let batches = there.batches.iter().filter(|b| going.batches.contains(&b.batch_id)).map(|batch| {
        listed.push(format!("{}: replaced by later pulls", batch.path));
        std::fs::metadata(store.join(&batch.path)).map_or(0, |about| about.len())
    });
    count("landing", batches.collect());
    let editions = there.editions.iter().map(|(e, _)| e).filter(|e| going.editions.contains(&e.edition_id)).map(|e| {
        listed.push(format!("{}: never mailed to its readers, and not the latest", e.path));
        e.bytes
    });
    count("edition", editions.collect());
    count("mail_bytes", there.mails.iter().filter(|m| going.mails.contains(&m.delivery_id)).map(|m| m.bytes).collect());
    for ((of, rows), ids) in there.history.iter().zip(&going.history) {
        let kind = match of {
            History::Runs => "run",
            History::Pulls => "pull",
            History::Occurrences => "occurrence",
            History::Quarantine => "quarantine",
        };
        count(kind, rows.iter().filter(|row| ids.contains(&row.id)).map(|row| row.bytes).collect());
    }
    let dry_runs = there.dry_runs.iter().filter(|(path, ..)| going.dry_runs.contains(path)).map(|(path, _, bytes)| {
        listed.push(format!("dry-run/{path}: a dry run"));
        *bytes
    });
    count("dry_run", dry_runs.collect());
    kept.listed = listed;
    kept
}

/// The store's warehouse, kept from everybody else until dropped.
fn hold_warehouse(environment: &Environment) -> Result<Lock> {
    let file = environment.config.store().join("warehouse.lock");
    Lock::take(&file, "the warehouse", &environment.who, environment.patience.min(PATIENCE))
}

/// Under the warehouse's lock: a load in hand has read the list and is about to read the files.
fn landing(environment: &Environment, there: &Inventory, going: &Going) -> Result<()> {
    if going.batches.is_empty() {
        return Ok(());
    }
    let store = environment.config.store();
    let _lock = hold_warehouse(environment)?;
    environment.ledger.drop_batches(&going.batches.iter().copied().collect::<Vec<_>>())?;
    for batch in there.batches.iter().filter(|b| going.batches.contains(&b.batch_id)) {
        // others may share it
        if !environment.ledger.lists_path(&batch.path)? {
            remove(&store.join(&batch.path))?;
        }
    }
    Ok(())
}

fn editions(environment: &Environment, there: &Inventory, going: &Going) -> Result<()> {
    let store = environment.config.store();
    environment.ledger.drop_editions(&going.editions.iter().copied().collect::<Vec<_>>())?;
    for (edition, _) in there.editions.iter().filter(|(e, _)| going.editions.contains(&e.edition_id)) {
        let folder = store.join(&edition.path);
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    archive::remove_unlisted(&store, &environment.ledger)?;
    if going.editions.is_empty() { Ok(()) } else { archive::write_index(&store, &environment.ledger) }
}

/// Removes a file; one that is gone is as it should be.
pub(super) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
