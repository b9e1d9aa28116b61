//! Records that were set aside, and what became of them.

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Ledger;
use super::pulls::Quarantined;

/// Records still set aside that are kept per stream: beyond it the oldest go.
pub const KEPT_PER_STREAM: u64 = 10_000;

/// A record that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Its number.
    pub id: i64,
    /// What was wrong the last time, with the record as it came then, less what the manifest drops.
    pub record: Quarantined,
    /// When it was set aside first, RFC 3339.
    pub first_at: String,
    /// How many pulls set it aside.
    pub times: u64,
    /// `retried`, `superseded`, or `gone` from the list; `None` while it is set aside.
    pub became: Option<String>,
    /// When it became that.
    pub became_at: Option<String>,
}

/// Records of a stream that are set aside for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideGroup {
    /// Key of `[sources]`.
    pub source: String,
    /// Its stream.
    pub stream: String,
    /// Pointer to what is wrong; empty for the record itself.
    pub json_path: String,
    /// Why, without the value.
    pub reason: String,
    /// How many records.
    pub records: u64,
    /// When the first of them was set aside, RFC 3339.
    pub first_at: String,
    /// When the last of them was seen.
    pub seen_at: String,
    /// The newest of them.
    pub example: i64,
}

/// Whose records are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of<'a> {
    /// Of one source only.
    pub source: Option<&'a str>,
    /// And of one of its streams.
    pub stream: Option<&'a str>,
}

const OPEN: &str =
    "from quarantine where became is null and (?1 is null or source = ?1) and (?2 is null or stream = ?2)";

impl Ledger {
    /// What is set aside, by source, stream and reason, the most first.
    pub fn aside(&self, of: Of<'_>) -> Result<Vec<AsideGroup>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select source, stream, json_path, substr(reason, 1, instr(reason || ' but ', ' but ') - 1) as why, count(*), \
             min(first_at), max(seen_at), max(quarantine_id) {OPEN} group by 1, 2, 3, 4 order by 1, 2, 5 desc, 3, 4"
        ))?;
        let rows = query.query_map(params![of.source, of.stream], |row| {
            Ok(AsideGroup {
                source: row.get(0)?,
                stream: row.get(1)?,
                json_path: row.get(2)?,
                reason: row.get(3)?,
                records: row.get::<_, i64>(4)? as u64,
                first_at: row.get(5)?,
                seen_at: row.get(6)?,
                example: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many records are set aside, by source: before landing, and by queries.
    pub fn aside_counts(&self) -> Result<std::collections::BTreeMap<String, u64>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select source, sum(records) from (select source, count(*) as records from quarantine where became is null group by 1 \
             union all select refused.source, count(distinct refused.batch_id || ' ' || seq) from refused \
             join batch using (batch_id) group by 1) group by 1",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One record, whatever became of it.
    pub fn aside_one(&self, id: i64) -> Result<Option<Aside>> {
        let sql = format!("select {COLUMNS} from quarantine where quarantine_id = ?");
        Ok(self.lock().query_row(&sql, [id], aside).optional()?)
    }

    /// The records of a stream that are set aside, by when they were last seen, after one of them (that time and its number) and so
    /// many at a time. One keeps its number when it comes again: a lower one may be the newer state of a key.
    pub fn aside_of(&self, source: &str, stream: &str, after: (&str, i64), limit: u32) -> Result<Vec<Aside>> {
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "select {COLUMNS} from quarantine where became is null and source = ? and stream = ? \
             and (seen_at, quarantine_id) > (?, ?) order by seen_at, quarantine_id limit ?"
        ))?;
        let rows = query.query_map(params![source, stream, after.0, after.1, limit], aside)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keys of the records of a stream that are set aside.
    pub fn aside_keys(&self, source: &str, stream: &str) -> Result<std::collections::HashSet<String>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select distinct record_key from quarantine where became is null and source = ? and stream = ? \
             and record_key is not null",
        )?;
        let rows = query.query_map([source, stream], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes that a stream's records of these keys came again and were taken.
    pub fn supersede(&self, source: &str, stream: &str, keys: &[String], at: &str) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for key in keys {
            transaction.execute(
                "update quarantine set became = 'superseded', became_at = ? \
                 where became is null and source = ? and stream = ? and record_key = ?",
                params![at, source, stream, key],
            )?;
        }
        Ok(transaction.commit()?)
    }

    /// Notes that a stream's list, whose reading began then, has no more of what was set aside before.
    pub fn gone(&self, source: &str, stream: &str, before: &str, at: &str) -> Result<()> {
        self.lock().execute(
            "update quarantine set became = 'gone', became_at = ? \
             where became is null and source = ? and stream = ? and seen_at < ?",
            params![at, source, stream, before],
        )?;
        Ok(())
    }

    /// The number of a retry: like a pull's, and no pull of its own.
    pub fn start_retry(&self, source: &str, stream: &str, at: &str) -> Result<i64> {
        let db = self.lock();
        db.execute(
            "insert into pull (source, stream, started_at, finished_at, outcome) values (?1, ?2, ?3, ?3, 'retried')",
            [source, stream, at],
        )
        .context("cannot write to the ledger")?;
        Ok(db.last_insert_rowid())
    }
}

/// Sets a record aside. One that is set aside already is the same row.
pub(super) fn set_aside(db: &Connection, record: &Quarantined) -> rusqlite::Result<()> {
    let Quarantined { source, stream, key, json_path, reason, record, seen_at } = record;
    let known = db.execute(
        "update quarantine set reason = ?5, record = ?6, seen_at = ?7, times = times + 1 where quarantine_id = \
         (select quarantine_id from quarantine where became is null and source = ?1 and stream = ?2 and record_key is ?3 \
            and json_path = ?4 and (?3 is not null or record = ?6) order by quarantine_id limit 1)",
        params![source, stream, key, json_path, reason, record, seen_at],
    )?;
    if known == 0 {
        db.execute(
            "insert into quarantine (source, stream, record_key, json_path, reason, record, seen_at, first_at) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
            params![source, stream, key, json_path, reason, record, seen_at],
        )?;
    }
    Ok(())
}

/// Lets the oldest go of what is more than is kept.
pub(super) fn bound(db: &Connection, source: &str, stream: &str) -> rusqlite::Result<()> {
    db.execute(
        "delete from quarantine where quarantine_id in (select quarantine_id from quarantine \
         where became is null and source = ? and stream = ? order by quarantine_id desc limit -1 offset ?)",
        params![source, stream, KEPT_PER_STREAM as i64],
    )?;
    Ok(())
}

/// Notes that records were taken after all, with the batches that hold them.
pub(super) fn retried(db: &Connection, ids: &[i64], at: &str) -> rusqlite::Result<()> {
    let mut update = db.prepare("update quarantine set became = 'retried', became_at = ? where quarantine_id = ?")?;
    for id in ids {
        update.execute(params![at, id])?;
    }
    Ok(())
}

const COLUMNS: &str = "quarantine_id, source, stream, record_key, json_path, reason, record, seen_at, coalesce(first_at, seen_at), times, \
                       became, became_at";

/// A record of a row that begins with its number and then says these, in this order.
pub(super) fn quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        source: row.get(1)?,
        stream: row.get(2)?,
        key: row.get(3)?,
        json_path: row.get(4)?,
        reason: row.get(5)?,
        record: row.get(6)?,
        seen_at: row.get(7)?,
    })
}

fn aside(row: &Row<'_>) -> rusqlite::Result<Aside> {
    Ok(Aside {
        id: row.get(0)?,
        record: quarantined(row)?,
        first_at: row.get(8)?,
        times: row.get::<_, i64>(9)? as u64,
        became: row.get(10)?,
        became_at: row.get(11)?,
    })
}
