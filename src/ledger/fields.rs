//! What records of a stream are known to hold, and what is known of how many there are.

use anyhow::{Context, Result};
use rusqlite::params;

use super::Ledger;

/// What has landed of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landed {
    /// Records; of a list that is replaced, those of the newest one and what came since.
    pub rows: u64,
    /// When a record last came, RFC 3339.
    pub last_at: Option<String>,
}

impl Ledger {
    /// The fields of a stream's records; empty before its first pull.
    pub fn known_fields(&self, source: &str, stream: &str) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut query = connection.prepare("select field from known_field where source = ? and stream = ?")?;
        let fields = query.query_map([source, stream], |row| row.get(0))?;
        Ok(fields.collect::<rusqlite::Result<_>>()?)
    }

    /// Adds to them; those that are known keep their time.
    pub fn learn_fields(&self, source: &str, stream: &str, fields: &[&str], at: &str) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction().context("cannot write to the ledger")?;
        for field in fields {
            transaction
                .execute(
                    "insert into known_field (source, stream, field, first_seen_at) values (?, ?, ?, ?)
                     on conflict do nothing",
                    params![source, stream, field, at],
                )
                .context("cannot write to the ledger")?;
        }
        transaction.commit().context("cannot write to the ledger")
    }

    /// Whether a pull of a stream has ever ended well, and the last cursor (of the stream, or of all of a tap's) is this manifest's.
    pub fn has_pulled(&self, source: &str, manifest: &str, stream: &str) -> Result<bool> {
        let sql = "select exists (select 1 from pull where source = ?1 and stream = ?2 and outcome = 'ok')
                   and coalesce((select manifest from cursor where source = ?1 and stream in (?2, '*')
                                 order by updated_at desc limit 1), ?3) = ?3";
        Ok(self.lock().query_row(sql, [source, stream, manifest], |row| row.get(0))?)
    }

    /// How many records of a stream there are, and when one last came.
    pub fn landed(&self, source: &str, stream: &str) -> Result<Landed> {
        let landed = self.lock().query_row(
            "select coalesce(sum(rows) filter (where pull_id >= whole), 0), max(extracted_at) filter (where rows > 0)
             from batch, (select coalesce(max(pull_id), 0) as whole from batch
                          where source = ?1 and stream = ?2 and write_mode = 'replace')
             where source = ?1 and stream = ?2",
            [source, stream],
            |row| Ok(Landed { rows: row.get::<_, i64>(0)? as u64, last_at: row.get(1)? }),
        )?;
        Ok(landed)
    }
}
