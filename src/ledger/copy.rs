//! Copies of the ledger as a file: before a migration, and for a backup while others write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};

use super::Ledger;

/// Pages copied before others get their turn.
const PAGES: i32 = 256;

impl Ledger {
    /// Copies the ledger, consistent at one moment although others write meanwhile, to a file that must not be there.
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        ensure!(!path.exists(), "{} is there already", path.display());
        copy(&self.lock(), path)
    }
}

/// Copies a database by SQLite's own online backup into one private file without a journal beside it.
pub(super) fn copy(from: &Connection, path: &Path) -> Result<()> {
    let describe = || format!("cannot copy the ledger to {}", path.display());
    let mut to = Connection::open(path).with_context(describe)?;
    super::set_private(path)?;
    {
        let backup = rusqlite::backup::Backup::new(from, &mut to).with_context(describe)?;
        backup.run_to_completion(PAGES, Duration::from_millis(1), None).with_context(describe)?;
    }
    to.pragma_update(None, "journal_mode", "DELETE").with_context(describe)?;
    to.close().map_err(|(_, error)| error).with_context(describe)?;
    std::fs::File::open(path).and_then(|file| file.sync_all()).with_context(describe)
}

/// The copy that is kept of a ledger before it is brought to a newer schema.
pub fn before(path: &Path, schema: i64) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.before-{schema}"))
}

/// Keeps the file as it is, before it is changed by whoever holds it for writing. What an earlier attempt kept is replaced: it
/// changed nothing.
pub(super) fn keep(path: &Path, schema: i64) -> Result<()> {
    let kept = before(path, schema);
    let temporary = kept.with_extension(format!("before-{schema}.{}.tmp", std::process::id()));
    let _ = std::fs::remove_file(&temporary);
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot read {}", path.display()))?;
    copy(&reader, &temporary)?;
    std::fs::rename(&temporary, &kept).with_context(|| format!("cannot keep {}", kept.display()))
}

/// What a ledger's file says of itself, without changing it: schema version, and what SQLite finds wrong with it.
pub fn examine(path: &Path) -> Result<(i64, Vec<String>)> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", path.display()))?;
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let mut findings: Vec<String> = Vec::new();
    connection.pragma_query(None, "integrity_check", |row| {
        findings.push(row.get(0)?);
        Ok(())
    })?;
    findings.retain(|finding| finding != "ok");
    connection.pragma_query(None, "foreign_key_check", |row| {
        findings.push(format!("a row of {} refers to nothing", row.get::<_, String>(0)?));
        Ok(())
    })?;
    Ok((version, findings))
}

/// Every file that a ledger lists, relative to its store, with its hash: landing, then editions.
pub fn listed(path: &Path) -> Result<Vec<(String, String)>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", path.display()))?;
    let mut query = connection.prepare(
        "select distinct path, sha256 from batch \
         union all select edition.path || '/' || edition_file.name, edition_file.sha256 \
         from edition_file join edition using (edition_id)",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
