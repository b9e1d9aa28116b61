//! Records in landing that a staging query cannot read, as the last load left them.

use std::collections::BTreeSet;

use anyhow::Result;
use rusqlite::{OptionalExtension, Row, params};

use super::Ledger;
use super::quarantine::Of;

/// A record that is left out of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The table, `staging.…`.
    pub table: String,
    /// Its query, below `queries/`.
    pub file: String,
    /// Hash of what the table is made of.
    pub definition: String,
    /// Key of `[sources]`.
    pub source: String,
    /// Its stream.
    pub stream: String,
    /// Where it landed.
    pub batch_id: i64,
    /// Its place there.
    pub seq: i64,
    /// Its key, where it has one.
    pub key: Option<String>,
    /// Pointer to what cannot be read, where that is known; else empty.
    pub json_path: String,
    /// Why, without the value.
    pub reason: String,
    /// The database's own words, one line.
    pub message: String,
}

/// The same with what the ledger knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRecord {
    /// Its number.
    pub id: i64,
    /// What is wrong.
    pub refusal: Refusal,
    /// When it came, RFC 3339.
    pub extracted_at: String,
    /// The landing file that has it, relative to the store.
    pub path: String,
}

const FROM: &str = "from refused join batch using (batch_id)";
const COLUMNS: &str = "refused_id, table_name, file, definition, refused.source, refused.stream, refused.batch_id, seq, record_key, \
                       json_path, reason, message, batch.extracted_at, batch.path";

impl Ledger {
    /// What staging queries cannot read, by number.
    pub fn refused(&self, of: Of<'_>) -> Result<Vec<RefusedRecord>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select {COLUMNS} {FROM} where (?1 is null or refused.source = ?1) and (?2 is null or refused.stream = ?2) \
             order by refused_id"
        ))?;
        let rows = query.query_map(params![of.source, of.stream], refused)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One of them.
    pub fn refused_one(&self, id: i64) -> Result<Option<RefusedRecord>> {
        let sql = format!("select {COLUMNS} {FROM} where refused_id = ?");
        Ok(self.lock().query_row(&sql, [id], refused).optional()?)
    }

    /// How many they are, by source and stream.
    pub fn refused_counts(&self) -> Result<std::collections::BTreeMap<(String, String), u64>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select refused.source, refused.stream, count(distinct refused.batch_id || ' ' || seq) {FROM} group by 1, 2"
        ))?;
        let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)? as u64)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes them what a load has left out. Those that stay keep their numbers.
    pub fn set_refused(&self, now: &[Refusal]) -> Result<()> {
        let mut db = self.lock();
        let before: Vec<(i64, Refusal)> = {
            let mut query = db.prepare(
                "select refused_id, table_name, file, definition, source, stream, batch_id, seq, record_key, json_path, reason, \
                 message, '', '' from refused",
            )?;
            let rows = query.query_map([], |row| refused(row).map(|known| (known.id, known.refusal)))?;
            rows.collect::<Result<_, _>>()?
        };
        let (new, known): (BTreeSet<&Refusal>, BTreeSet<&Refusal>) =
            (now.iter().collect(), before.iter().map(|(_, refusal)| refusal).collect());
        if new == known {
            return Ok(());
        }
        let transaction = db.transaction()?;
        for (id, _) in before.iter().filter(|(_, refusal)| !new.contains(refusal)) {
            transaction.execute("delete from refused where refused_id = ?", [id])?;
        }
        for refusal in new.difference(&known) {
            transaction.execute(
                "insert into refused (table_name, file, definition, source, stream, batch_id, seq, record_key, json_path, reason, \
                 message) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    refusal.table,
                    refusal.file,
                    refusal.definition,
                    refusal.source,
                    refusal.stream,
                    refusal.batch_id,
                    refusal.seq,
                    refusal.key,
                    refusal.json_path,
                    refusal.reason,
                    refusal.message
                ],
            )?;
        }
        Ok(transaction.commit()?)
    }

    /// The next load tries them again. That they could not be read before stays known.
    pub fn try_refused_again(&self) -> Result<()> {
        self.lock().execute("update refused set definition = ''", [])?;
        Ok(())
    }

    /// Forgets them all: the next load finds them again. How many they were.
    pub fn drop_refused(&self) -> Result<u64> {
        Ok(self.lock().execute("delete from refused", [])? as u64)
    }
}

fn refused(row: &Row<'_>) -> rusqlite::Result<RefusedRecord> {
    Ok(RefusedRecord {
        id: row.get(0)?,
        refusal: Refusal {
            table: row.get(1)?,
            file: row.get(2)?,
            definition: row.get(3)?,
            source: row.get(4)?,
            stream: row.get(5)?,
            batch_id: row.get(6)?,
            seq: row.get(7)?,
            key: row.get(8)?,
            json_path: row.get(9)?,
            reason: row.get(10)?,
            message: row.get(11)?,
        },
        extracted_at: row.get(12)?,
        path: row.get(13)?,
    })
}
