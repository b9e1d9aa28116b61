//! What queries read, kept from one opening of a warehouse to the next: DuckDB's parser tells it, which for all of them takes
//! longer than most commands do.

use std::collections::BTreeMap;

use anyhow::Result;
use duckdb::Connection;
use sha2::{Digest, Sha256};

use super::ast::{self, Reads};
use super::catalog::hex;
use super::quote;

/// The rules by which queries are refused: what was inspected by others is inspected anew.
const RULES: &str = include_str!("ast.rs");

/// Queries inspected before, and those of now.
pub(super) struct Inspected<'a> {
    connection: &'a Connection,
    rules: Sha256,
    known: BTreeMap<String, String>,
    now: BTreeMap<String, String>,
}

impl<'a> Inspected<'a> {
    /// What the connection's warehouse knows.
    pub(super) fn load(connection: &'a Connection) -> Result<Inspected<'a>> {
        let rules = Sha256::new().chain_update(RULES).chain_update(connection.version()?);
        let mut statement = connection.prepare("select hash, reads from meta.inspected")?;
        let known = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Inspected { connection, rules, known: known.collect::<Result<_, _>>()?, now: BTreeMap::new() })
    }

    /// What a query reads.
    ///
    /// # Errors
    /// As [`ast::inspect`]; what is refused is not kept.
    pub(super) fn reads(&mut self, sql: &str) -> Result<Reads> {
        let hash = hex(&self.rules.clone().chain_update(sql).finalize());
        if let Some(known) = self.known.get(&hash)
            && let Ok(reads) = serde_json::from_str(known)
        {
            self.now.insert(hash, known.clone());
            return Ok(reads);
        }
        let reads = ast::inspect(self.connection, sql)?;
        self.now.insert(hash, serde_json::to_string(&reads)?);
        Ok(reads)
    }

    /// Keeps what these queries read, and nothing else.
    pub(super) fn keep(self) -> Result<()> {
        if self.now == self.known {
            return Ok(());
        }
        let rows: Vec<String> = self.now.iter().map(|row| format!("({}, {})", quote(row.0), quote(row.1))).collect();
        let rows = rows.join(", ");
        let insert = if rows.is_empty() { String::new() } else { format!("insert into meta.inspected values {rows};") };
        let kept = self.connection.execute_batch(&format!("begin; delete from meta.inspected; {insert} commit;"));
        if kept.is_err() {
            let _ = self.connection.execute_batch("rollback");
        }
        Ok(kept?)
    }
}
