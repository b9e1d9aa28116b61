//! Landing files that hold several batches, and those that were written anew.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};

use super::Ledger;

impl Ledger {
    /// Batches, each given with the file it was in, are in one file now, each with its number, pull and time; all of them, or none
    /// where one of them is in another file by now.
    pub fn join_batches(&self, batches: &[(i64, &str)], path: &str, sha256: &str) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for (batch_id, from) in batches {
            let moved = transaction.execute(
                "update batch set path = ?, sha256 = ?, is_joined = 1 where batch_id = ? and path = ?",
                params![path, sha256, batch_id, from],
            )?;
            ensure!(moved == 1, "batch {batch_id} is no longer in {from}");
        }
        Ok(transaction.commit()?)
    }

    /// A landing file was rewritten under another name. `rows` says how many are left of each of its batches; of a batch that is not
    /// in it none are.
    pub fn replace_file(&self, from: &str, to: &str, rows: &BTreeMap<i64, u64>, sha256: &str) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        list_anew(&transaction, from, to, rows, sha256)?;
        Ok(transaction.commit()?)
    }
}

pub(super) fn list_anew(
    db: &Connection,
    from: &str,
    to: &str,
    rows: &BTreeMap<i64, u64>,
    sha256: &str,
) -> rusqlite::Result<()> {
    let mut query = db.prepare("select batch_id from batch where path = ?")?;
    let ids: Vec<i64> = query.query_map([from], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for batch_id in ids {
        let left = rows.get(&batch_id).copied().unwrap_or_default();
        db.execute(
            "update batch set path = ?, rows = ?, sha256 = ? where batch_id = ?",
            params![to, left as i64, sha256, batch_id],
        )?;
    }
    Ok(())
}
