//! What housekeeping may remove, as facts, and its removal. Rows go before files: what is not listed does not exist.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::params;

use super::Ledger;
use super::runs::stamp;

/// A landing file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "columns of table batch")]
pub struct BatchFact {
    pub batch_id: i64,
    pub source: String,
    pub manifest: String,
    pub stream: String,
    pub path: String,
    pub write_mode: String,
    pub window: Option<(String, String)>,
    pub pull_id: i64,
    pub extracted_at: Timestamp,
    pub rows: u64,
}

/// An edition, and what of it others rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four reasons to keep it, each on its own")]
pub struct EditionFact {
    /// Its row.
    pub edition_id: i64,
    /// Key of `[reports]`, or a customer's.
    pub report: String,
    /// Period id.
    pub period: String,
    /// Counted within report and period.
    pub number: u32,
    /// Folder relative to the store.
    pub path: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Size of its files.
    pub bytes: u64,
    /// Mailed, or to be mailed, to its readers: they hold it, and it says who has been mailed.
    pub is_mailed: bool,
    /// Some mail of it, be it a test, has not reached its end.
    pub is_unsettled: bool,
    /// Later editions are held against what it published.
    pub is_published: bool,
    /// It corrects another, or was corrected.
    pub is_correction: bool,
}

/// A mail whose bytes are still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFact {
    /// Its row.
    pub delivery_id: i64,
    /// `pending`, `sending`, `sent`, `failed` or `uncertain`.
    pub state: String,
    /// When it came into that state.
    pub updated_at: Timestamp,
    /// Size.
    pub bytes: u64,
}

/// A row that is history and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFact {
    /// Its number.
    pub id: i64,
    /// When it came about.
    pub at: Timestamp,
    /// Something else rests on it: the newest of its kind, or what an edition refers to.
    pub is_needed: bool,
    /// What it weighs, where that is much.
    pub bytes: u64,
}

/// Kinds of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Runs, but those that made an edition.
    Runs,
    /// Pulls, but the newest and the newest good one of every stream.
    Pulls,
    /// Moments of schedules, but the newest of every report and phase.
    Occurrences,
    /// Records that were set aside.
    Quarantine,
}

impl History {
    /// Table and key: an occurrence has no number of its own.
    fn table(self) -> (&'static str, &'static str) {
        match self {
            History::Runs => ("run", "run_id"),
            History::Pulls => ("pull", "pull_id"),
            History::Occurrences => ("occurrence", "rowid"),
            History::Quarantine => ("quarantine", "quarantine_id"),
        }
    }

    fn facts(self) -> &'static str {
        match self {
            History::Runs => {
                "select run_id, started_at, finished_at is null or run_id in (select run_id from edition where run_id is not null) \
                   or run_id = (select max(run_id) from run), 0 from run"
            }
            History::Pulls => {
                "select pull_id, started_at, pull_id in (select max(pull_id) from pull group by source, stream) \
                   or pull_id in (select max(pull_id) from pull where outcome = 'ok' group by source, stream), 0 from pull"
            }
            History::Occurrences => {
                "select rowid, due_at, state = 'started' or due_at = (select max(due_at) from occurrence as latest \
                   where latest.report = occurrence.report and latest.phase = occurrence.phase) \
                   or due_at = (select max(due_at) from occurrence as served \
                   where served.report = occurrence.report and served.phase = occurrence.phase and served.state = 'done'), 0 \
                 from occurrence"
            }
            History::Quarantine => "select quarantine_id, seen_at, 0, length(record) from quarantine",
        }
    }
}

impl Ledger {
    /// Every landing file, oldest first.
    pub fn batch_facts(&self) -> Result<Vec<BatchFact>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select batch_id, source, manifest, stream, path, write_mode, window_from, window_to, pull_id, extracted_at, rows \
             from batch order by batch_id",
        )?;
        let mut rows = query.query([])?;
        let mut facts = Vec::new();
        while let Some(row) = rows.next()? {
            let window: (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
            facts.push(BatchFact {
                batch_id: row.get(0)?,
                source: row.get(1)?,
                manifest: row.get(2)?,
                stream: row.get(3)?,
                path: row.get(4)?,
                write_mode: row.get(5)?,
                window: window.0.zip(window.1),
                pull_id: row.get(8)?,
                extracted_at: row.get::<_, String>(9)?.parse()?,
                rows: row.get::<_, i64>(10)? as u64,
            });
        }
        Ok(facts)
    }

    /// Every edition.
    pub fn edition_facts(&self) -> Result<Vec<EditionFact>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select edition_id, report, period, number, path, created_at, \
               coalesce((select sum(bytes) from edition_file as file where file.edition_id = edition.edition_id), 0), \
               exists (select 1 from delivery where delivery.edition_id = edition.edition_id and is_test = 0), \
               exists (select 1 from delivery where delivery.edition_id = edition.edition_id and state not in ('sent', 'failed')), \
               exists (select 1 from published where published.edition_id = edition.edition_id), \
               exists (select 1 from correction where edition.edition_id in (correction.edition_id, corrected_edition_id)) \
             from edition order by edition_id",
        )?;
        let mut rows = query.query([])?;
        let mut facts = Vec::new();
        while let Some(row) = rows.next()? {
            facts.push(EditionFact {
                edition_id: row.get(0)?,
                report: row.get(1)?,
                period: row.get(2)?,
                number: row.get(3)?,
                path: row.get(4)?,
                created_at: row.get::<_, String>(5)?.parse()?,
                bytes: row.get::<_, i64>(6)? as u64,
                is_mailed: row.get(7)?,
                is_unsettled: row.get(8)?,
                is_published: row.get(9)?,
                is_correction: row.get(10)?,
            });
        }
        Ok(facts)
    }

    /// Every mail that still has its bytes.
    pub fn mail_facts(&self) -> Result<Vec<MailFact>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select delivery_id, state, updated_at, length(mime) from delivery where mime is not null order by delivery_id",
        )?;
        let mut rows = query.query([])?;
        let mut facts = Vec::new();
        while let Some(row) = rows.next()? {
            facts.push(MailFact {
                delivery_id: row.get(0)?,
                state: row.get(1)?,
                updated_at: row.get::<_, String>(2)?.parse()?,
                bytes: row.get::<_, i64>(3)? as u64,
            });
        }
        Ok(facts)
    }

    /// The rows of one kind of history.
    pub fn history(&self, of: History) -> Result<Vec<RowFact>> {
        let db = self.lock();
        let mut query = db.prepare(of.facts())?;
        let mut rows = query.query([])?;
        let mut facts = Vec::new();
        while let Some(row) = rows.next()? {
            facts.push(RowFact {
                id: row.get(0)?,
                at: row.get::<_, String>(1)?.parse()?,
                is_needed: row.get(2)?,
                bytes: row.get::<_, i64>(3)? as u64,
            });
        }
        Ok(facts)
    }

    /// Landing files are no longer listed.
    pub fn drop_batches(&self, batch_ids: &[i64]) -> Result<()> {
        self.each("delete from batch where batch_id = ?", batch_ids)
    }

    /// Editions that were not mailed to their readers are no longer listed, nor the tests of them.
    pub fn drop_editions(&self, edition_ids: &[i64]) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for edition_id in edition_ids {
            for table in ["edition_file", "delivery", "published", "erased_edition", "edition"] {
                transaction.execute(&format!("delete from {table} where edition_id = ?"), [edition_id])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Mails lose their bytes; hash and state stay. Those that have not reached their end keep them.
    pub fn drop_mail_bytes(&self, delivery_ids: &[i64]) -> Result<()> {
        self.each("update delivery set mime = null where delivery_id = ? and state in ('sent', 'failed')", delivery_ids)
    }

    /// Rows of history go.
    pub fn drop_history(&self, of: History, ids: &[i64]) -> Result<()> {
        let (table, key) = of.table();
        self.each(&format!("delete from {table} where {key} = ?"), ids)
    }

    fn each(&self, sql: &str, ids: &[i64]) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for id in ids {
            transaction.execute(sql, [id])?;
        }
        Ok(transaction.commit()?)
    }

    /// When housekeeping last ran.
    pub fn last_removal(&self) -> Result<Option<Timestamp>> {
        let at: Option<String> = self.lock().query_row("select max(removed_at) from removal", [], |row| row.get(0))?;
        Ok(at.map(|at| at.parse()).transpose()?)
    }

    /// Notes what housekeeping removed: kind, count and bytes; that it ran, where nothing was.
    pub fn note_removals(&self, removed: &[(&str, u64, u64)], now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for (kind, count, bytes) in removed {
            transaction.execute(
                "insert into removal (removed_at, kind, count, bytes) values (?, ?, ?, ?)",
                params![stamp(now), kind, *count as i64, *bytes as i64],
            )?;
        }
        Ok(transaction.commit()?)
    }
}
