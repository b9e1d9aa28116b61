//! The ledger: what was pulled, run, published and delivered. SQLite, durable, read and written by service and CLI alike.
//!
//! [`pulls`]: cursors, batches · [`joins`]: batches that share a file · [`parts`]: whole lists under way ·
//! [`quarantine`]: records set aside · [`refused`]: records that a table cannot read · [`fields`]: what records are known to hold · [`runs`]: runs and editions ·
//! [`deliveries`]: the outbox · [`approvals`] and
//! [`suppressions`]: who may be sent a report, and who wants no more of it · [`corrections`]: which
//! edition was mailed to correct which · [`judgements`]: baselines, published figures, owners' reasons · [`voices`]: comments,
//! promises, and who was asked · [`access`]: sessions and links of the web · [`notices`]: what the operator was told, and [`facts`]
//! it is derived from · [`keeping`]: what housekeeping may remove · [`erasures`]: who was forgotten · [`expired`]: what went for its age · [`hold`]: sending held back ·
//! [`copy`]: copies of the file · [`keys`]: the store's own secrets.
//! Every write is one transaction with `synchronous=FULL`; times are RFC 3339 UTC text given by the caller.

pub mod access;
pub mod approvals;
pub mod backfills;
pub mod browse;
pub mod copy;
pub mod corrections;
pub mod deliveries;
pub mod erasures;
pub mod expired;
pub mod facts;
pub mod fields;
pub mod hold;
pub mod joins;
pub mod judgements;
pub mod keeping;
pub mod keys;
pub mod notices;
pub mod occurrences;
pub mod parts;
pub mod pulls;
pub mod quarantine;
pub mod refused;
pub mod runs;
pub mod sources;
pub mod suppressions;
pub mod voices;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use rusqlite::Connection;

/// Steps from an empty file to today's, by the version each leads to. A step that was released is never edited: a change is a new
/// one. A file of a newer version is refused.
const STEPS: [(i64, &str); 13] = [
    (4, include_str!("schema/4_reviews.sql")),
    (5, include_str!("schema/5_schedule.sql")),
    (6, include_str!("schema/6_outbox.sql")),
    (7, include_str!("schema/7_operator.sql")),
    (8, include_str!("schema/8_access.sql")),
    (9, include_str!("schema/9_housekeeping.sql")),
    (10, include_str!("schema/10_quarantine.sql")),
    (11, include_str!("schema/11_compaction.sql")),
    (12, include_str!("schema/12_drift.sql")),
    (13, include_str!("schema/13_first_contact.sql")),
    (14, include_str!("schema/14_refused.sql")),
    (15, include_str!("schema/15_retention.sql")),
    (16, include_str!("schema/16_manifest_of_cursor.sql")),
];

/// The schema this version writes.
pub const SCHEMA: i64 = STEPS[STEPS.len() - 1].0;

/// The file was written by a newer version.
#[derive(Debug, thiserror::Error)]
#[error("it was written by a newer bizreview (schema {found}, this one knows {SCHEMA}); install that one")]
pub struct Newer {
    /// The file's schema.
    pub found: i64,
}

/// A handle to the ledger; cheap to share by reference between threads.
#[derive(Debug)]
pub struct Ledger {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Ledger {
    /// Opens or creates `ledger.sqlite` in the store's folder.
    pub fn open(store: &Path) -> Result<Ledger> {
        crate::ledger::private_folder(store)?;
        let path = store.join("ledger.sqlite");
        let connection =
            Connection::open(&path).with_context(|| format!("cannot open the ledger {}", path.display()))?;
        set_private(&path)?;
        prepare(&connection, &path, &STEPS).with_context(|| format!("in the ledger {}", path.display()))?;
        Ok(Ledger { connection: Mutex::new(connection), path })
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An error with the ledger's file named, if it came from there: a full disk says no more than that it is full.
    #[must_use]
    pub fn named_in(&self, error: anyhow::Error) -> anyhow::Error {
        if error.chain().any(<dyn std::error::Error>::is::<rusqlite::Error>) {
            return error.context(format!("in the ledger {}", self.path.display()));
        }
        error
    }

    /// The connection; a panic elsewhere does not make the ledger unreadable.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets a connection up and brings the file to the last step, all steps or none; what it was before is kept beside it.
fn prepare(connection: &Connection, path: &Path, steps: &[(i64, &str)]) -> Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    let version = || connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    let newest = steps.iter().map(|(to, _)| *to).max().unwrap_or_default();
    // before anything is changed, the journal mode included
    let found = version()?;
    if found > newest {
        return Err(Newer { found }.into());
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    if found == newest {
        return Ok(());
    }
    connection.execute_batch("begin immediate")?;
    let stepped = steps_from(connection, path, version()?, steps);
    connection.execute_batch(if stepped.is_ok() { "commit" } else { "rollback" })?;
    stepped
}

/// The steps after `found`, which is the newest already where another process was faster. Nobody else writes meanwhile.
fn steps_from(connection: &Connection, path: &Path, found: i64, steps: &[(i64, &str)]) -> Result<()> {
    let newest = steps.iter().map(|(to, _)| *to).max().unwrap_or_default();
    if found > 0 && found < newest {
        copy::keep(path, newest)?;
    }
    for (to, sql) in steps.iter().filter(|(to, _)| *to > found) {
        connection
            .execute_batch(&format!("{sql}\npragma user_version = {to};"))
            .with_context(|| format!("bringing it from schema {found} to {to}"))?;
    }
    Ok(())
}

/// Creates a folder that only its owner can enter.
pub fn private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    if !path.is_dir() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot create the folder {}", path.display()))?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn set_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot make {} private", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("bizreview-ledger-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_ledger_as_it_was() {
        let folder = Folder::new("failing");
        let path = folder.0.join("ledger.sqlite");
        let open = || Connection::open(&path).unwrap();
        let first = [(4, "create table a (x text); insert into a values ('kept');")];
        prepare(&open(), &path, &first).unwrap();
        let broken =
            [first[0], (5, "alter table a add column y text; delete from a;"), (6, "insert into nowhere values (1)")];
        let error = format!("{:#}", prepare(&open(), &path, &broken).unwrap_err());
        assert!(error.contains("from schema 4 to 6") && error.contains("nowhere"), "{error}");
        let db = open();
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let columns: i64 = db.query_row("select count(*) from pragma_table_info('a')", [], |row| row.get(0)).unwrap();
        let x: String = db.query_row("select x from a", [], |row| row.get(0)).unwrap();
        assert_eq!((version, columns, x.as_str()), (4, 1, "kept"));
        // what it was is kept all the same, and a version that mends the step goes on from there
        assert_eq!(copy::examine(&copy::before(&path, 6)).unwrap(), (4, vec![]));
        let mended = [broken[0], broken[1], (6, "insert into a values ('new', 'y');")];
        prepare(&open(), &path, &mended).unwrap();
        assert_eq!(copy::examine(&path).unwrap(), (6, vec![]));
    }
}
