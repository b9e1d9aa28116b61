//! What was pulled: cursors, batches, pulls, quarantine.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Ledger;

/// A landing file that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub batch_id: i64,
    pub source: String,
    pub manifest: String,
    pub stream: String,
    /// Relative to the store.
    pub path: String,
    pub rows: u64,
    /// `merge`, `versions`, `append`, `replace` or `replace_window`.
    pub write_mode: String,
    /// First day of what a `replace_window` replaces, and the day after its last.
    pub window_from: Option<String>,
    pub window_to: Option<String>,
    /// All batches of one pull and window replace together.
    pub pull_id: i64,
    pub extracted_at: String,
    /// Its file holds other batches too, and says of every record to which it belongs.
    pub is_joined: bool,
}

/// A landing file about to exist.
#[derive(Debug, Clone)]
pub struct NewBatch {
    pub path: String,
    pub rows: u64,
    pub sha256: String,
    pub window_from: Option<String>,
    pub window_to: Option<String>,
}

/// A record that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub source: String,
    pub stream: String,
    pub key: Option<String>,
    pub json_path: String,
    pub reason: String,
    pub record: String,
    pub seen_at: String,
}

/// What belongs to one commit: files, the cursor that goes with them, and what was set aside on the way.
#[derive(Debug, Clone, Copy)]
pub struct Commit<'a> {
    pub pull_id: i64,
    pub source: &'a str,
    pub manifest: &'a str,
    pub stream: &'a str,
    pub write_mode: &'a str,
    pub extracted_at: &'a str,
    pub batches: &'a [NewBatch],
    /// The engine's JSON; `None` leaves the stored one.
    pub cursor: Option<&'a str>,
    pub quarantined: &'a [Quarantined],
}

/// The state of one source's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPull {
    pub source: String,
    pub stream: String,
    pub started_at: String,
    pub finished_at: Option<String>,
    /// `ok`, `failed` or `skipped`; absent while it runs or when it was interrupted.
    pub outcome: Option<String>,
    pub message: Option<String>,
    /// When it last went well.
    pub last_ok_at: Option<String>,
    /// Rows landed by that last good pull, and by all.
    pub rows: u64,
    pub rows_total: u64,
}

/// What one pull of a stream brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Name of the source.
    pub source: String,
    /// Name of the stream.
    pub stream: String,
    /// RFC 3339.
    pub started_at: String,
    /// Records landed.
    pub rows: u64,
    /// It replaced everything that was known before. A list that had not changed lands nothing and is not marked.
    pub is_whole_list: bool,
}

impl Ledger {
    /// Notes that a pull of a stream begins.
    pub fn start_pull(&self, source: &str, stream: &str, started_at: &str) -> Result<i64> {
        let connection = self.lock();
        connection
            .execute(
                "insert into pull (source, stream, started_at) values (?, ?, ?)",
                params![source, stream, started_at],
            )
            .context("cannot write to the ledger")?;
        Ok(connection.last_insert_rowid())
    }

    /// Notes how a pull ended: `ok`, `failed` or `skipped`.
    pub fn finish_pull(
        &self,
        pull_id: i64,
        finished_at: &str,
        rows: u64,
        requests: u64,
        outcome: &str,
        message: Option<&str>,
    ) -> Result<()> {
        self.lock()
            .execute(
                "update pull set finished_at = ?, rows = ?, requests = ?, outcome = ?, message = ? where pull_id = ?",
                params![finished_at, rows as i64, requests as i64, outcome, message, pull_id],
            )
            .context("cannot write to the ledger")?;
        Ok(())
    }

    /// Where the next pull of a stream starts.
    pub fn cursor(&self, source: &str, stream: &str) -> Result<Option<String>> {
        Ok(self
            .lock()
            .query_row("select state from cursor where source = ? and stream = ?", [source, stream], |row| row.get(0))
            .optional()?)
    }

    /// The same, as far as it was left by this manifest: what another one means by its cursor is not known.
    pub fn cursor_of(&self, source: &str, manifest: &str, stream: &str) -> Result<Option<String>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "select state from cursor where source = ? and stream = ? and coalesce(manifest, ?3) = ?3",
        )?;
        Ok(query.query_row([source, stream, manifest], |row| row.get(0)).optional()?)
    }

    /// Files, cursor and quarantine become true together, or not at all.
    pub fn commit_batches(&self, commit: &Commit<'_>) -> Result<()> {
        self.commit_and(std::slice::from_ref(commit), &[], "")
    }

    /// The same of several streams at once.
    pub fn commit_together(&self, commits: &[Commit<'_>]) -> Result<()> {
        self.commit_and(commits, &[], "")
    }

    /// The same, of records that were set aside until `at`, which is now.
    pub fn commit_retried(&self, commit: &Commit<'_>, retried: &[i64], at: &str) -> Result<()> {
        self.commit_and(std::slice::from_ref(commit), retried, at)
    }

    fn commit_and(&self, commits: &[Commit<'_>], retried: &[i64], at: &str) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction().context("cannot write to the ledger")?;
        let write = || -> rusqlite::Result<()> {
            for commit in commits {
                write_commit(&transaction, commit)?;
                if retried.is_empty() {
                    super::parts::drop_parts(&transaction, commit.source, commit.stream)?;
                }
                super::quarantine::retried(&transaction, retried, at)?;
            }
            Ok(())
        };
        write().context("cannot write to the ledger")?;
        transaction.commit().context("cannot write to the ledger")
    }

    /// The batches of a manifest's stream, from every source that uses it, oldest first.
    pub fn batches(&self, manifest: &str, stream: &str) -> Result<Vec<Batch>> {
        self.batches_between(manifest, stream, 0, i64::MAX)
    }

    /// The same of those after one batch, up to another.
    pub fn batches_between(&self, manifest: &str, stream: &str, after: i64, through: i64) -> Result<Vec<Batch>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select batch_id, source, manifest, stream, path, rows, write_mode, window_from, window_to, pull_id,
                    extracted_at, is_joined
             from batch where manifest = ? and stream = ? and batch_id > ? and batch_id <= ? order by batch_id",
        )?;
        let rows = statement.query_map(params![manifest, stream, after, through], batch)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The newest batch of a manifest's stream, up to one.
    pub fn newest_batch(&self, manifest: &str, stream: &str, through: i64) -> Result<Option<i64>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("select max(batch_id) from batch where manifest = ? and stream = ? and batch_id <= ?")?;
        Ok(statement.query_row(params![manifest, stream, through], |row| row.get(0))?)
    }

    /// How a manifest's stream was last written; nothing before its first batch.
    pub fn write_mode(&self, manifest: &str, stream: &str) -> Result<Option<String>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select write_mode from batch where manifest = ? and stream = ? order by batch_id desc limit 1",
        )?;
        Ok(statement.query_row([manifest, stream], |row| row.get(0)).optional()?)
    }

    /// Manifest and stream of everything that has landed.
    pub fn streams_landed(&self) -> Result<Vec<(String, String)>> {
        let connection = self.lock();
        let mut statement = connection.prepare("select distinct manifest, stream from batch order by 1, 2")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What every finished pull of a stream brought, oldest first: rows landed, and whether it was a whole list.
    pub fn volumes(&self) -> Result<Vec<Volume>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select pull.source, pull.stream, pull.started_at, coalesce(sum(batch.rows), 0), \
             coalesce(max(batch.write_mode = 'replace'), 0) \
             from pull left join batch on batch.pull_id = pull.pull_id \
               and batch.source = pull.source and batch.stream = pull.stream \
             where pull.outcome = 'ok' group by pull.pull_id order by pull.source, pull.stream, pull.pull_id",
        )?;
        let rows = query.query_map([], |row| {
            Ok(Volume {
                source: row.get(0)?,
                stream: row.get(1)?,
                started_at: row.get(2)?,
                rows: row.get::<_, i64>(3)? as u64,
                is_whole_list: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest landing batch; 0 before the first.
    pub fn last_batch(&self) -> Result<i64> {
        Ok(self.lock().query_row("select coalesce(max(batch_id), 0) from batch", [], |row| row.get(0))?)
    }

    /// When a stream was last pulled well.
    pub fn last_extraction(&self) -> Result<Option<Timestamp>> {
        let at: Option<String> =
            self.lock().query_row("select max(started_at) from pull where outcome = 'ok'", [], |row| row.get(0))?;
        at.map(|at| at.parse().with_context(|| format!("{at:?} in the ledger is no instant"))).transpose()
    }

    /// Whether a landing file is listed.
    pub fn lists_path(&self, path: &str) -> Result<bool> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select exists (select 1 from batch where path = ?1 union all select 1 from part where path = ?1)",
        )?;
        Ok(statement.query_row([path], |row| row.get(0))?)
    }

    /// The newest pull of every source and stream.
    pub fn last_pulls(&self) -> Result<Vec<LastPull>> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "select p.source, p.stream, p.started_at, p.finished_at, p.outcome, p.message,
                    (select ok.finished_at from pull ok where ok.pull_id = newest.ok_id),
                    coalesce((select ok.rows from pull ok where ok.pull_id = newest.ok_id), 0),
                    newest.rows_total
             from pull p
             join (
               select max(case when coalesce(outcome, '') <> 'backfill' then pull_id end) as pull_id, max(case when outcome = 'ok' then pull_id end) as ok_id,
                      sum(rows) as rows_total
               from pull where outcome is not 'retried' group by source, stream
             ) newest on newest.pull_id = p.pull_id
             order by p.source, p.stream",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(LastPull {
                source: row.get(0)?,
                stream: row.get(1)?,
                started_at: row.get(2)?,
                finished_at: row.get(3)?,
                outcome: row.get(4)?,
                message: row.get(5)?,
                last_ok_at: row.get(6)?,
                rows: row.get::<_, i64>(7)? as u64,
                rows_total: row.get::<_, i64>(8)? as u64,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The newest quarantined records, newest first.
    pub fn quarantined(&self, limit: u32) -> Result<Vec<Quarantined>> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "select source, stream, record_key, json_path, reason, record, seen_at from quarantine
             order by quarantine_id desc limit ?",
        )?;
        let rows = statement.query_map([limit], |row| {
            Ok(Quarantined {
                source: row.get(0)?,
                stream: row.get(1)?,
                key: row.get(2)?,
                json_path: row.get(3)?,
                reason: row.get(4)?,
                record: row.get(5)?,
                seen_at: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

pub(super) fn write_commit(connection: &Connection, commit: &Commit<'_>) -> rusqlite::Result<()> {
    for batch in commit.batches {
        connection.execute(
            "insert into batch (source, manifest, stream, path, rows, sha256, write_mode, window_from, window_to,
                                pull_id, extracted_at)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                commit.source,
                commit.manifest,
                commit.stream,
                batch.path,
                batch.rows as i64,
                batch.sha256,
                commit.write_mode,
                batch.window_from,
                batch.window_to,
                commit.pull_id,
                commit.extracted_at,
            ],
        )?;
    }
    if let Some(state) = commit.cursor {
        // what another manifest set aside is not this one's to land
        connection.execute(
            "update quarantine set became = 'gone', became_at = ?4 where became is null and source = ?1 and stream = ?2
             and exists (select 1 from cursor where source = ?1 and stream = ?2 and manifest <> ?3)",
            params![commit.source, commit.stream, commit.manifest, commit.extracted_at],
        )?;
        connection.execute(
            "insert into cursor (source, stream, state, updated_at, manifest) values (?1, ?2, ?3, ?4, ?5)
             on conflict (source, stream) do update set state = ?3, updated_at = ?4, manifest = ?5",
            params![commit.source, commit.stream, state, commit.extracted_at, commit.manifest],
        )?;
    }
    for record in commit.quarantined {
        super::quarantine::set_aside(connection, record)?;
    }
    if !commit.quarantined.is_empty() {
        super::quarantine::bound(connection, commit.source, commit.stream)?;
    }
    Ok(())
}

fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    Ok(Batch {
        batch_id: row.get(0)?,
        source: row.get(1)?,
        manifest: row.get(2)?,
        stream: row.get(3)?,
        path: row.get(4)?,
        rows: row.get::<_, i64>(5)? as u64,
        write_mode: row.get(6)?,
        window_from: row.get(7)?,
        window_to: row.get(8)?,
        pull_id: row.get(9)?,
        extracted_at: row.get(10)?,
        is_joined: row.get(11)?,
    })
}
