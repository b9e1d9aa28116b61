//! Who was forgotten, and what the ledger itself says of them. Ids are kept as hashes; in clear only until an erasure is done.

use std::collections::HashSet;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::Ledger;
use super::pulls::Quarantined;
use super::quarantine::quarantined;
use super::runs::{EditionFile, stamp};

/// How an id of a kind is remembered: a kind is a system (`billing`) or a manifest's stream (`helpdesk/users`).
pub fn erased_hash(kind: &str, id: &str) -> String {
    let digest = Sha256::digest(format!("bizreview erased\n{kind}\n{id}").as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// An erasure that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRow {
    /// When it ended, RFC 3339.
    pub finished_at: String,
    /// Who did it.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
    /// Counts, as JSON.
    pub touched: String,
}

/// What is looked for: its kind (`name`, `email`, a system, `key MANIFEST/STREAM`) and the term.
pub type Term = (String, String);

/// Free text of people that may name a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeText {
    /// `comment` or `promise`.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub id: i64,
    /// What it says.
    pub text: String,
}

/// Columns that hold people's words: nothing in them is replaced unless somebody has read them.
const WORDS: [(&str, &str, &str); 3] =
    [("comment", "comment_id", "text"), ("promise", "promise_id", "text"), ("promise", "promise_id", "done_note")];
/// Tables whose text is not searched: they hold what is looked for, nothing but hashes, or records that were searched by source.
const OWN: [&str; 5] = ["erasure_term", "erased_id", "erased_edition", "hold", "quarantine"];

impl Ledger {
    /// An erasure that was begun and not finished.
    pub fn unfinished_erasure(&self) -> Result<Option<i64>> {
        let sql = "select erasure_id from erasure where finished_at is null order by erasure_id limit 1";
        Ok(self.lock().query_row(sql, [], |row| row.get(0)).optional()?)
    }

    /// Begins an erasure: from here on none of these ids lands, and an interrupted one can be finished.
    pub fn start_erasure(
        &self,
        customer_hash: &str,
        author: &str,
        reason: Option<&str>,
        terms: &[Term],
        hashes: &[String],
        now: Timestamp,
    ) -> Result<i64> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        transaction.execute(
            "insert into erasure (customer_hash, started_at, author, reason) values (?, ?, ?, ?)",
            params![customer_hash, stamp(now), author, reason],
        )?;
        let erasure_id = transaction.last_insert_rowid();
        add_terms(&transaction, erasure_id, terms)?;
        add_hashes(&transaction, erasure_id, hashes)?;
        transaction.commit()?;
        Ok(erasure_id)
    }

    /// What an unfinished erasure looks for.
    pub fn erasure_terms(&self, erasure_id: i64) -> Result<Vec<Term>> {
        let db = self.lock();
        let mut query = db.prepare("select kind, term from erasure_term where erasure_id = ? order by kind, term")?;
        let rows = query.query_map([erasure_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ends an erasure: what was looked for is no longer known.
    pub fn finish_erasure(&self, erasure_id: i64, touched: &str, now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        transaction.execute("delete from erasure_term where erasure_id = ?", [erasure_id])?;
        transaction.execute(
            "update erasure set finished_at = ?, touched = ? where erasure_id = ?",
            params![stamp(now), touched, erasure_id],
        )?;
        Ok(transaction.commit()?)
    }

    /// Hashes of everything that does not land again.
    pub fn erased_ids(&self) -> Result<HashSet<String>> {
        let db = self.lock();
        let mut query = db.prepare("select hash from erased_id")?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// More ids of somebody who was forgotten: keys of records that a later pull brought and that were dropped.
    pub fn erase_more(&self, hashes: &[String]) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let latest: Option<i64> = transaction.query_row("select max(erasure_id) from erasure", [], |row| row.get(0))?;
        add_hashes(&transaction, latest.context("nobody was forgotten")?, hashes)?;
        Ok(transaction.commit()?)
    }

    /// The erasure an id fell to.
    pub fn erasure_of(&self, hash: &str) -> Result<Option<ErasureRow>> {
        let sql = "select finished_at, author, reason, coalesce(touched, '{}') from erasure \
                   where finished_at is not null and erasure_id = (select erasure_id from erased_id where hash = ?)";
        let row = |row: &rusqlite::Row<'_>| {
            Ok(ErasureRow { finished_at: row.get(0)?, author: row.get(1)?, reason: row.get(2)?, touched: row.get(3)? })
        };
        Ok(self.lock().query_row(sql, [hash], row).optional()?)
    }

    /// When customers were forgotten since a moment, RFC 3339, oldest first.
    pub fn erasures_since(&self, moment: &str) -> Result<Vec<String>> {
        let db = self.lock();
        let mut query =
            db.prepare("select coalesce(finished_at, started_at) from erasure where started_at >= ? order by 1")?;
        let rows = query.query_map([moment], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// An edition's files as they are after an erasure, and that it is one it touched.
    pub fn replace_edition_files(
        &self,
        edition_id: i64,
        erasure_id: i64,
        files: &[EditionFile],
        sha256: &str,
    ) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        transaction.execute("delete from edition_file where edition_id = ?", [edition_id])?;
        for file in files {
            transaction.execute(
                "insert into edition_file (edition_id, name, sha256, bytes) values (?, ?, ?, ?)",
                params![edition_id, file.name, file.sha256, file.bytes as i64],
            )?;
        }
        transaction.execute("update edition set sha256 = ? where edition_id = ?", params![sha256, edition_id])?;
        transaction.execute(
            "insert or ignore into erased_edition (edition_id, erasure_id) values (?, ?)",
            params![edition_id, erasure_id],
        )?;
        Ok(transaction.commit()?)
    }

    /// Editions that were about one customer alone, with their mails.
    pub fn forget_editions(&self, edition_ids: &[i64]) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for edition_id in edition_ids {
            for table in ["edition_file", "delivery", "published", "erased_edition", "correction", "edition"] {
                transaction.execute(&format!("delete from {table} where edition_id = ?"), [edition_id])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Mails whose bytes are still there: delivery, edition, bytes.
    pub fn mails_with_bytes(&self) -> Result<Vec<(i64, i64)>> {
        let db = self.lock();
        let mut query =
            db.prepare("select delivery_id, edition_id from delivery where mime is not null order by delivery_id")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Mails lose their bytes; those that were still to be sent cannot be any longer.
    pub fn erase_mail_bytes(&self, delivery_ids: &[i64], now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for delivery_id in delivery_ids {
            transaction.execute(
                "update delivery set state = 'failed', next_attempt_at = null, updated_at = ?, \
                 response = 'it named a customer who was forgotten; run the report again' \
                 where delivery_id = ? and state in ('held', 'pending', 'sending')",
                params![stamp(now), delivery_id],
            )?;
            transaction.execute("update delivery set mime = null where delivery_id = ?", [delivery_id])?;
        }
        Ok(transaction.commit()?)
    }

    /// Every record that was set aside, whatever became of it.
    pub fn each_set_aside(&self, told: &mut dyn FnMut(&Quarantined)) -> Result<()> {
        set_aside_in(&self.lock(), &mut |_, record| told(record))
    }

    /// Removes reasons of churn of these accounts, and the quarantined records that are theirs; counts of both.
    pub fn erase_rows(
        &self,
        accounts: &HashSet<String>,
        is_theirs: &dyn Fn(&Quarantined) -> bool,
        is_dry: bool,
    ) -> Result<(u64, u64)> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let reasons: Vec<(i64, String)> = pairs(&transaction, "select churn_reason_id, account from churn_reason")?;
        let gone: Vec<i64> = reasons.into_iter().filter(|(_, a)| accounts.contains(a)).map(|(id, _)| id).collect();
        let mut set_aside = Vec::new();
        set_aside_in(&transaction, &mut |id, record| set_aside.extend(is_theirs(record).then_some(id)))?;
        for id in &gone {
            transaction.execute("delete from churn_reason where churn_reason_id = ?", [id])?;
        }
        for id in &set_aside {
            transaction.execute("delete from quarantine where quarantine_id = ?", [id])?;
        }
        if is_dry {
            transaction.rollback()?;
        } else {
            transaction.commit()?;
        }
        Ok((gone.len() as u64, set_aside.len() as u64))
    }

    /// Replaces what `redact` finds in every text of every table, people's words apart; how many cells of which column.
    pub fn redact_texts(&self, redact: &dyn Fn(&str) -> Option<String>, is_dry: bool) -> Result<Vec<(String, u64)>> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let mut touched = Vec::new();
        for (table, column) in text_columns(&transaction)? {
            if OWN.contains(&table.as_str()) || WORDS.iter().any(|(t, _, c)| *t == table && *c == column) {
                continue;
            }
            let sql = format!("select rowid, \"{column}\" from \"{table}\" where \"{column}\" is not null");
            let cells: Vec<(i64, String)> = pairs(&transaction, &sql)?;
            let mut count = 0;
            for (rowid, text) in cells {
                let Some(redacted) = redact(&text) else { continue };
                count += 1;
                transaction
                    .execute(
                        &format!("update or replace \"{table}\" set \"{column}\" = ? where rowid = ?"),
                        params![redacted, rowid],
                    )
                    .with_context(|| format!("column {column} of table {table}"))?;
            }
            if count > 0 {
                touched.push((format!("{table}.{column}"), count));
            }
        }
        if is_dry {
            transaction.rollback()?;
        } else {
            transaction.commit()?;
        }
        Ok(touched)
    }

    /// People's words in which `names` finds somebody.
    pub fn words_naming(&self, names: &dyn Fn(&str) -> bool) -> Result<Vec<FreeText>> {
        let db = self.lock();
        let mut found = Vec::new();
        for (table, key, column) in WORDS {
            let sql = format!("select {key}, {column} from {table} where {column} is not null order by 1");
            let rows = pairs(&db, &sql)?.into_iter().filter(|(_, text)| names(text));
            found.extend(rows.map(|(id, text)| FreeText { table, column, id, text }));
        }
        Ok(found)
    }

    /// Replaces people's words.
    pub fn redact_words(&self, words: &[FreeText], redact: &dyn Fn(&str) -> Option<String>) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for FreeText { table, column, id, text } in words {
            let Some(redacted) = redact(text) else { continue };
            let sql = format!("update {table} set {column} = ? where {table}_id = ?");
            transaction.execute(&sql, params![redacted, id])?;
        }
        Ok(transaction.commit()?)
    }

    /// Leaves nothing in the file of what is no longer in it: free pages and journal included.
    ///
    /// # Errors
    /// Where another process reads or writes at the same time.
    pub fn scrub(&self) -> Result<()> {
        let db = self.lock();
        db.execute_batch("vacuum").context("cannot rewrite the ledger while others use it")?;
        let is_busy: bool = db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
        anyhow::ensure!(!is_busy, "cannot empty the ledger's journal while others use it");
        Ok(())
    }

    /// Runs of which the process may still be at work: number and process. A process has one run in hand at a time: what is
    /// followed by another of the same number was interrupted (in a container every service is process 1).
    pub fn runs_in_hand(&self) -> Result<Vec<(i64, u32)>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select run_id, pid from run where finished_at is null \
               and not exists (select 1 from run as later where later.pid = run.pid and later.run_id > run.run_id) \
             order by run_id",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn add_terms(db: &Connection, erasure_id: i64, terms: &[Term]) -> Result<()> {
    let mut insert = db.prepare("insert or ignore into erasure_term (erasure_id, kind, term) values (?, ?, ?)")?;
    for (kind, term) in terms {
        insert.execute(params![erasure_id, kind, term])?;
    }
    Ok(())
}

fn add_hashes(db: &Connection, erasure_id: i64, hashes: &[String]) -> Result<()> {
    let mut insert = db.prepare("insert or ignore into erased_id (hash, erasure_id) values (?, ?)")?;
    for hash in hashes {
        insert.execute(params![hash, erasure_id])?;
    }
    Ok(())
}

fn set_aside_in(db: &Connection, told: &mut dyn FnMut(i64, &Quarantined)) -> Result<()> {
    let mut query = db.prepare(
        "select quarantine_id, source, stream, record_key, json_path, reason, record, seen_at from quarantine order by 1",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        told(row.get(0)?, &quarantined(row)?);
    }
    Ok(())
}

fn pairs(db: &Connection, sql: &str) -> Result<Vec<(i64, String)>> {
    let mut query = db.prepare(sql)?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every column of text of every table that has row numbers.
fn text_columns(db: &Connection) -> Result<Vec<(String, String)>> {
    let mut query = db.prepare(
        "select list.name, info.name from pragma_table_list as list join pragma_table_info(list.name) as info \
         where list.schema = 'main' and list.type = 'table' and list.wr = 0 and list.name not like 'sqlite_%' \
           and upper(info.type) = 'TEXT' order by 1, 2",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
