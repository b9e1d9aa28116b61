//! Records that went for their age: with the file they were in, and remembered for tables and editions that knew them.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::params;

use super::Ledger;
use super::joins::list_anew;

/// What of one landing file went.
#[derive(Debug, Clone, Copy)]
pub struct Expiry<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// Name of the manifest.
    pub manifest: &'a str,
    /// Name of the stream.
    pub stream: &'a str,
    /// The first batch that lost records.
    pub batch_id: i64,
    /// Records that went.
    pub rows: u64,
    /// How many days the stream is kept.
    pub days: u32,
    /// Tables show rows of them.
    pub is_shown: bool,
}

/// What takes a landing file's place: its path, the records left of each batch, its hash.
pub type Left<'a> = (&'a str, &'a BTreeMap<i64, u64>, &'a str);

impl Ledger {
    /// A landing file lost records, or, without `left`, is no longer listed.
    pub fn expire(&self, expiry: &Expiry<'_>, from: &str, left: Option<Left<'_>>, expired_at: &str) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        match left {
            Some((to, rows, sha256)) => list_anew(&transaction, from, to, rows, sha256)?,
            None => drop(transaction.execute("delete from batch where path = ?", [from])?),
        }
        transaction.execute(
            "insert into expired (source, manifest, stream, batch_id, rows, days, is_shown, expired_at) \
             values (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                expiry.source,
                expiry.manifest,
                expiry.stream,
                expiry.batch_id,
                expiry.rows as i64,
                expiry.days,
                expiry.is_shown,
                expired_at
            ],
        )?;
        Ok(transaction.commit()?)
    }

    /// The last time that rows of a manifest's stream went from tables, as a number that grows; `None`: never.
    pub fn expired_mark(&self, manifest: &str, stream: &str) -> Result<Option<i64>> {
        let db = self.lock();
        let mut query = db
            .prepare_cached("select max(expired_id) from expired where manifest = ? and stream = ? and is_shown = 1")?;
        Ok(query.query_row([manifest, stream], |row| row.get(0))?)
    }

    /// What went, after a moment, of the batches up to one: `source/stream`, records and days, in that order.
    pub fn expired_since(&self, moment: &str, last_batch: i64) -> Result<Vec<(String, u64, u32)>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select source || '/' || stream, sum(rows), max(days) from expired \
             where expired_at >= ? and batch_id <= ? group by 1 order by 1",
        )?;
        let rows = query.query_map(params![moment, last_batch], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)? as u64, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
