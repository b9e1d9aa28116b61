//! How the streams of sources stand, as far as the ledger knows: what `sources` lists.

use anyhow::Result;

use super::Ledger;

/// A stream's cursor, and what went wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFact {
    /// Name of the source.
    pub source: String,
    /// Name of the stream.
    pub stream: String,
    /// The engine's JSON; absent before the first commit.
    pub cursor: Option<String>,
    /// Records set aside.
    pub quarantined: u64,
    /// Pulls that failed since the last that went well.
    pub failures: u64,
}

impl Ledger {
    /// Every stream that was ever pulled.
    pub fn stream_facts(&self) -> Result<Vec<StreamFact>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select pulled.source, pulled.stream, cursor.state,
                    (select count(*) from quarantine q where q.became is null and q.source = pulled.source and q.stream = pulled.stream)
                      + (select count(distinct r.batch_id || ' ' || r.seq) from refused r join batch using (batch_id)
                         where r.source = pulled.source and r.stream = pulled.stream),
                    (select count(*) from pull p where p.source = pulled.source and p.stream = pulled.stream
                       and p.outcome = 'failed' and p.pull_id > coalesce(pulled.ok_id, 0))
             from (
               select source, stream, max(case when outcome = 'ok' then pull_id end) as ok_id
               from pull group by source, stream
             ) pulled
             left join cursor on cursor.source = pulled.source and cursor.stream in (pulled.stream, '*')
             order by 1, 2",
        )?;
        let rows = query.query_map([], |row| {
            Ok(StreamFact {
                source: row.get(0)?,
                stream: row.get(1)?,
                cursor: row.get(2)?,
                quarantined: row.get::<_, i64>(3)? as u64,
                failures: row.get::<_, i64>(4)? as u64,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
