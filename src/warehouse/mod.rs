//! The warehouse: DuckDB, holding only what can be rebuilt from landing.
//!
//! [`catalog`] finds the SQL of `queries/` and the order it runs in; [`load`] takes landing files into staging, [`refused`] finds what of them cannot be read;
//! [`inputs`] makes the tables Rust owns (`period`, `day`, `period_day`, `setting`, `business_hours`); [`build`] runs
//! core and marts; [`metrics`] aggregates each metric's entity rows, [`entities`] shows them; [`checks`] and [`lists`] read
//! the result, and [`account`] tells of one customer.
//! One process at a time: [`lock`] says who holds it.

pub mod account;
mod aggregate;
#[cfg(test)]
mod arithmetic;
pub mod ast;
pub mod build;
pub mod catalog;
pub mod checks;
pub mod directory;
pub mod entities;
pub mod header;
pub mod inputs;
mod inspected;
mod landed;
pub mod lists;
pub mod load;
pub mod lock;
mod macros;
pub mod metrics;
mod offer;
mod order;
mod refused;
mod spread;
pub mod table;
mod threads;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use duckdb::Connection;

pub use catalog::Catalog;
pub use lock::{Busy, Lock};
pub use offer::Offer;

/// An open warehouse. Only one exists per process and file.
pub struct Warehouse {
    connection: Connection,
    /// The store's folder: landing paths in the ledger are relative to it.
    store: PathBuf,
    /// Held as long as the file is open; `None` in memory.
    lock: Option<lock::Lock>,
}

impl Warehouse {
    /// Opens `warehouse.duckdb` in the store, waiting `patience` for another process to finish.
    ///
    /// # Errors
    /// [`Busy`] (as the error's root) if another process still holds it.
    pub fn open(store: &Path, memory_limit: &str, who: &str, patience: std::time::Duration) -> Result<Warehouse> {
        let lock = Lock::take(&store.join("warehouse.lock"), "the warehouse is in use by", who, patience)?;
        let file = store.join("warehouse.duckdb");
        let connection = attach(&file, memory_limit).map_err(|error| {
            // an internal error of DuckDB brings its stack along
            let text = error.to_string();
            anyhow::anyhow!(
                "cannot open the warehouse {}; if it is damaged, delete it: it is rebuilt from landing: {}",
                file.display(),
                text.lines().next().unwrap_or_default()
            )
        })?;
        let warehouse = Warehouse { connection, store: store.to_path_buf(), lock: Some(lock) };
        warehouse.confine()?;
        warehouse.prepare()?;
        Ok(warehouse)
    }

    /// A warehouse without data, in memory: `check` binds every query against it.
    pub fn empty() -> Result<Warehouse> {
        let connection = Connection::open_in_memory_with_flags(options("512MB")?)?;
        let warehouse = Warehouse { connection, store: PathBuf::new(), lock: None };
        warehouse.connection.execute_batch("set enable_external_access = false")?;
        warehouse.prepare()?;
        warehouse.use_threads(1)?;
        Ok(warehouse)
    }

    /// A warehouse in memory that reads the store's landing files: a replay builds its past there, beside the real one.
    pub fn scratch(store: &Path, memory_limit: &str) -> Result<Warehouse> {
        let connection = Connection::open_in_memory_with_flags(options(memory_limit)?)?;
        let warehouse = Warehouse { connection, store: store.to_path_buf(), lock: None };
        warehouse.confine()?;
        warehouse.prepare()?;
        Ok(warehouse)
    }

    /// Queries may read landing and the archive's rows, write and spill to the temporary folder, and nothing else of this machine.
    fn confine(&self) -> Result<()> {
        let quote = |path: PathBuf| quote(&path.display().to_string());
        let landing = self.store.join("landing");
        let archive = self.store.join("archive");
        let spill = self.spill();
        self.connection
            .execute_batch(&format!(
                "set temp_directory = {spill}; set max_temp_directory_size = '20GB';
                 set allowed_directories = [{landing}, {archive}, {spill}];
                 set enable_external_access = false;",
                spill = quote(spill),
                landing = quote(landing),
                archive = quote(archive),
            ))
            .context("cannot confine the warehouse to its folders")
    }

    /// The folder for what is written on the way.
    pub(crate) fn spill(&self) -> PathBuf {
        self.store.join("spill")
    }

    fn prepare(&self) -> Result<()> {
        self.connection.execute_batch(macros::PREPARE).context("cannot prepare the warehouse")?;
        // Text packed by symbols makes a file a sixth smaller, and filling a table takes a sixth longer; of an opened database only,
        // as what is said of it before is not heard. DuckDB itself sets the first of those that may be set, when a statement expands
        // to several inside a transaction.
        self.connection.execute_batch(
            "set disabled_compression_methods = 'fsst';
             set allowed_configs = ['current_transaction_invalidation_policy', 'threads', 'preserve_insertion_order']; set lock_configuration = true;",
        )?;
        Ok(())
    }

    /// Whether this is the store's own, and not a replay's beside it.
    pub fn is_lasting(&self) -> bool {
        self.lock.is_some()
    }

    /// The connection, for the modules of this folder.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The queries of this warehouse: shipped ones, and the user's from a folder.
    pub fn catalog(&self, user: Option<&Path>) -> Result<Catalog> {
        Catalog::load(&self.connection, user)
    }

    /// Runs statements as one transaction: all of them, or none.
    pub(crate) fn transaction(&self, statements: &str) -> Result<()> {
        if let Err(error) = self.connection.execute_batch(&format!("begin;\n{statements}\ncommit;")) {
            let _ = self.connection.execute_batch("rollback");
            anyhow::bail!("{}", table::first_lines(&error.to_string()));
        }
        Ok(())
    }

    /// Runs one read-only SELECT and returns its rows as text, as the command line prints them.
    pub fn query(&self, sql: &str) -> Result<table::Table> {
        let sql = sql.trim().trim_end_matches(';');
        ast::inspect(&self.connection, sql)?;
        table::read(&self.connection, sql)
    }
}

/// Rows of a group: what one thread takes at once, and what it holds until it is full while a table is being filled. A quarter of
/// what is usual, as rows with lists in them are large, and a company's tables are read by more than one thread then.
const GROUP_ROWS: u32 = 30_720;

/// Opens a database file. It is attached, as only that can say how its tables are grouped.
fn attach(file: &Path, memory_limit: &str) -> Result<Connection> {
    let connection = Connection::open_in_memory_with_flags(options(memory_limit)?)?;
    let path = quote(&file.display().to_string());
    connection.execute_batch(&format!("attach {path} as warehouse (row_group_size {GROUP_ROWS}); use warehouse"))?;
    Ok(connection)
}

/// Text as SQL has it.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn options(memory_limit: &str) -> Result<duckdb::Config> {
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
    Ok(duckdb::Config::default()
        .max_memory(memory_limit)?
        .threads(threads as i64)?
        .with("autoinstall_known_extensions", "false")?
        .with("autoload_known_extensions", "false")?)
}
