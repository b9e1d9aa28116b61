//! A backup: the ledger as of one moment, every file it lists, and a manifest with their hashes. The warehouse is not in it: it
//! is rebuilt from landing. Restored, a store sends nothing until the operator has said what was sent since.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Environment;
use super::keeping::{files_below, sole_keeper};
use crate::config::Usage;
use crate::deliver::key;
use crate::extract;
use crate::ledger::{Ledger, Newer, SCHEMA, copy, private_folder};

const MANIFEST: &str = "manifest.json";
const LEDGER: &str = "ledger.sqlite";
/// The layout of a backup.
const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout of the folder.
    pub format: u32,
    /// The version that made it.
    pub bizreview: String,
    /// When the ledger was copied.
    pub made_at: Timestamp,
    /// The ledger's schema.
    pub schema: i64,
    /// Every file but this one, relative to the folder, sorted.
    pub files: Vec<ManifestFile>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Relative to the folder.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// Hex digest.
    pub sha256: String,
}

impl Manifest {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Backs a store up into a folder that is empty or not there. `told` hears of progress: files done, and files in all.
/// Others may read and write the store meanwhile; what they add after the ledger was copied is not in it.
pub fn backup(environment: &Environment, folder: &Path, mut told: impl FnMut(usize, usize)) -> Result<Manifest> {
    let store = environment.config.store();
    ensure_empty(folder)?;
    ensure!(
        !absolute(folder)?.starts_with(absolute(&store)?),
        Usage(format!("{} is inside the store: a backup belongs elsewhere", folder.display()))
    );
    let _lock = sole_keeper(&store)?;
    let temporary = beside(folder)?;
    let made = write(environment, &store, &temporary, &mut told).and_then(|manifest| {
        // it is a backup once it was opened and every hash is right
        verify(&temporary)?;
        put_in_place(&temporary, folder)?;
        Ok(manifest)
    });
    if made.is_err() {
        let _ = std::fs::remove_dir_all(&temporary);
    }
    made
}

fn write(environment: &Environment, store: &Path, to: &Path, told: &mut impl FnMut(usize, usize)) -> Result<Manifest> {
    private_folder(to)?;
    environment.ledger.copy_to(&to.join(LEDGER))?;
    let listed = copy::listed(&to.join(LEDGER))?;
    let mut files = vec![about(to, LEDGER)?];
    let count = listed.len();
    for (index, (path, sha256)) in listed.into_iter().enumerate() {
        told(index, count);
        let target = to.join(&path);
        private_folder(target.parent().unwrap_or(to))?;
        copy_file(&store.join(&path), &target)?;
        let file = about(to, &path)?;
        ensure!(
            file.sha256 == sha256,
            "{} is not what the ledger says it is: it was changed or damaged; nothing was backed up",
            store.join(&path).display()
        );
        files.push(file);
    }
    told(count, count);
    // without them links that were mailed would open nothing after a restore, and hashes would equal none from before
    for key in [key::FILE, extract::hash::FILE].into_iter().filter(|key| store.join(key).exists()) {
        let target = to.join(key);
        private_folder(target.parent().unwrap_or(to))?;
        copy_file(&store.join(key), &target)?;
        files.push(about(to, key)?);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let manifest = Manifest {
        format: FORMAT,
        bizreview: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: environment.now,
        schema: SCHEMA,
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    write_private(&to.join(MANIFEST), &text)?;
    Ok(manifest)
}

/// Opens a backup and looks at all of it.
///
/// # Errors
/// [`Usage`] where it is none, or of a newer version; otherwise what is damaged.
pub fn verify(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(Usage(format!("{} is no backup: it has no {MANIFEST}", folder.display())))
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let manifest: Manifest =
        serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))?;
    ensure!(
        manifest.format <= FORMAT,
        Usage(format!("{} was made by a newer bizreview ({})", folder.display(), manifest.bizreview))
    );
    let listed: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    for file in &manifest.files {
        let is_inside = Path::new(&file.path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        ensure!(is_inside, "{}: {:?} is no path of a backup", path.display(), file.path);
        let there = about(folder, &file.path)?;
        ensure!(there == *file, "{} is damaged: its hash is not the manifest's", folder.join(&file.path).display());
    }
    let ledger = folder.join(LEDGER);
    ensure!(listed.contains(LEDGER), "{} has no ledger", folder.display());
    let (found, findings) = copy::examine(&ledger)?;
    if found > SCHEMA {
        return Err(Newer { found }).with_context(|| format!("the ledger in {}", folder.display()));
    }
    ensure!(findings.is_empty(), "{} is damaged: {}", ledger.display(), findings.join("; "));
    ensure!(found == manifest.schema, "{}: its schema is {found}, not {}", ledger.display(), manifest.schema);
    for (path, sha256) in copy::listed(&ledger)? {
        let is_there = manifest.files.iter().any(|file| file.path == path && file.sha256 == sha256);
        ensure!(is_there, "the backup lacks {path}, or has another file of that name than its ledger lists");
    }
    Ok(manifest)
}

/// Restores a backup into a store that is empty or not there, with sending held.
pub fn restore(folder: &Path, store: &Path, now: Timestamp, mut told: impl FnMut(usize, usize)) -> Result<Manifest> {
    ensure_empty(store)?;
    let manifest = verify(folder)?;
    let temporary = beside(store)?;
    let restored = fill(folder, &temporary, &manifest, now, &mut told).and_then(|()| put_in_place(&temporary, store));
    if restored.is_err() {
        let _ = std::fs::remove_dir_all(&temporary);
    }
    restored.map(|()| manifest)
}

fn fill(
    folder: &Path,
    to: &Path,
    manifest: &Manifest,
    now: Timestamp,
    told: &mut impl FnMut(usize, usize),
) -> Result<()> {
    private_folder(to)?;
    for (index, file) in manifest.files.iter().enumerate() {
        told(index, manifest.files.len());
        let target = to.join(&file.path);
        private_folder(target.parent().unwrap_or(to))?;
        copy_file(&folder.join(&file.path), &target)?;
        ensure!(about(to, &file.path)? == *file, "{} was not copied whole", target.display());
    }
    told(manifest.files.len(), manifest.files.len());
    // held before anybody can find the store: there is no moment in which it would send
    let ledger = Ledger::open(to)?;
    let reason =
        format!("the store was restored from a backup of {:.0}: what was sent since is not known", manifest.made_at);
    ledger.hold_sending(&reason, manifest.made_at, now)
}

/// Refuses a folder with something in it.
fn ensure_empty(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => {
            ensure!(
                entries.next().is_none(),
                Usage(format!("{} is not empty: name an empty folder, or one that is not there", folder.display()))
            );
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", folder.display())),
    }
}

/// The name under which a folder is made, beside the one it gets; what an interrupted attempt left there goes.
fn beside(folder: &Path) -> Result<PathBuf> {
    let folder = absolute(folder)?;
    let name = folder.file_name().context("the folder has no name")?.to_string_lossy().into_owned();
    let temporary = folder.with_file_name(format!("{name}.tmp"));
    if temporary.exists() {
        std::fs::remove_dir_all(&temporary).with_context(|| format!("cannot remove {}", temporary.display()))?;
    }
    Ok(temporary)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(path)?.components().collect())
}

/// Everything durable, then the name.
fn put_in_place(temporary: &Path, folder: &Path) -> Result<()> {
    let mut folders: BTreeSet<PathBuf> = BTreeSet::from([temporary.to_path_buf()]);
    for file in files_below(temporary)? {
        folders.extend(file.ancestors().skip(1).take_while(|f| f.starts_with(temporary)).map(Path::to_path_buf));
    }
    for folder in &folders {
        sync(folder)?;
    }
    std::fs::rename(temporary, folder).with_context(|| format!("cannot put {} in place", folder.display()))?;
    sync(absolute(folder)?.parent().unwrap_or(Path::new("/")))
}

fn sync(path: &Path) -> Result<()> {
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .with_context(|| format!("cannot sync {}", path.display()))
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    sync(to)
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

fn about(folder: &Path, path: &str) -> Result<ManifestFile> {
    let full = folder.join(path);
    let bytes = std::fs::metadata(&full).with_context(|| format!("cannot read {}", full.display()))?.len();
    Ok(ManifestFile { path: path.to_owned(), bytes, sha256: crate::extract::file_hash(&full)? })
}
