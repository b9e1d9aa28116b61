//! Landing files of a whole list that is not read to its end: nothing reads them until they become batches together.

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

use super::Ledger;
use super::pulls::{Commit, NewBatch};

impl Ledger {
    /// A checkpoint of a whole list: files that wait for its end, the cursor that goes with them, and what was set aside.
    pub fn commit_part(&self, commit: &Commit<'_>) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction().context("cannot write to the ledger")?;
        let write = || -> rusqlite::Result<()> {
            for batch in commit.batches {
                transaction.execute(
                    "insert into part (source, stream, path, rows, sha256, extracted_at) values (?, ?, ?, ?, ?, ?)",
                    params![
                        commit.source,
                        commit.stream,
                        batch.path,
                        batch.rows as i64,
                        batch.sha256,
                        commit.extracted_at
                    ],
                )?;
            }
            super::pulls::write_commit(&transaction, &Commit { batches: &[], ..*commit })
        };
        write().context("cannot write to the ledger")?;
        transaction.commit().context("cannot write to the ledger")
    }

    /// The parts of a stream's list, in order.
    pub fn parts(&self, source: &str, stream: &str) -> Result<Vec<NewBatch>> {
        let db = self.lock();
        let mut query =
            db.prepare("select path, rows, sha256 from part where source = ? and stream = ? order by part_id")?;
        let rows = query.query_map([source, stream], |row| {
            Ok(NewBatch {
                path: row.get(0)?,
                rows: row.get::<_, i64>(1)? as u64,
                sha256: row.get(2)?,
                window_from: None,
                window_to: None,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The parts of a list that starts over go; the files are swept when its next pull starts.
    pub fn drop_parts(&self, source: &str, stream: &str) -> Result<()> {
        drop_parts(&self.lock(), source, stream).context("cannot write to the ledger")
    }

    /// Lists that are under way start over.
    pub fn drop_all_parts(&self) -> Result<()> {
        self.lock().execute("delete from part", []).context("cannot write to the ledger")?;
        Ok(())
    }
}

pub(super) fn drop_parts(db: &Connection, source: &str, stream: &str) -> rusqlite::Result<()> {
    db.execute("delete from part where source = ? and stream = ?", [source, stream])?;
    Ok(())
}
