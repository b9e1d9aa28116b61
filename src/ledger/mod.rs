//! The ledger: what was pulled, run, published and delivered. SQLite, durable, read and written by service and CLI alike.
//!
//! [`pulls`]: cursors, batches, quarantine · [`runs`]: runs and editions · [`deliveries`]: the outbox · [`approvals`] and
//! [`suppressions`]: who may be sent a report, and who wants no more of it · [`corrections`]: which
//! edition was mailed to correct which · [`judgements`]: baselines, published figures, owners' reasons · [`voices`]: comments,
//! promises, and who was asked · [`access`]: sessions and links of the web · [`notices`]: what the operator was told, and [`facts`]
//! it is derived from.
//! Every write is one transaction with `synchronous=FULL`; times are RFC 3339 UTC text given by the caller.

pub mod access;
pub mod approvals;
pub mod browse;
pub mod corrections;
pub mod deliveries;
pub mod facts;
pub mod judgements;
pub mod notices;
pub mod occurrences;
pub mod pulls;
pub mod runs;
pub mod suppressions;
pub mod voices;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use rusqlite::Connection;

/// Steps from an empty file to today's, by the version each leads to. A step that was released is never edited: a change is a new
/// one. A file of a newer version is refused.
const STEPS: [(i64, &str); 6] = [
    (4, include_str!("schema/4_reviews.sql")),
    (5, include_str!("schema/5_schedule.sql")),
    (6, include_str!("schema/6_outbox.sql")),
    (7, include_str!("schema/7_operator.sql")),
    (8, include_str!("schema/8_access.sql")),
    (9, include_str!("schema/9_housekeeping.sql")),
];

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
        Ledger::prepare(&connection).with_context(|| format!("in the ledger {}", path.display()))?;
        Ok(Ledger { connection: Mutex::new(connection), path })
    }

    fn prepare(connection: &Connection) -> Result<()> {
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        let version = || connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        let newest = STEPS.iter().map(|(to, _)| *to).max().unwrap_or_default();
        let found = version()?;
        if found > newest {
            bail!("it was written by a newer bizreview (schema {found}, this one knows {newest}); install that one");
        }
        if found == newest {
            return Ok(());
        }
        connection.execute_batch("begin immediate")?;
        // another process may have been faster
        let found = version()?;
        for (to, sql) in STEPS.iter().filter(|(to, _)| *to > found) {
            if let Err(error) = connection.execute_batch(&format!("{sql}\npragma user_version = {to};")) {
                connection.execute_batch("rollback")?;
                return Err(error).with_context(|| format!("bringing it from schema {found} to {to}"));
            }
        }
        Ok(connection.execute_batch("commit")?)
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The connection; a panic elsewhere does not make the ledger unreadable.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
