//! What must be true of a store after whatever happened to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use bizreview::ledger::Ledger;
use bizreview::ledger::deliveries::DeliveryState;
use sha2::{Digest, Sha256};

use super::sink::Accepted;
use super::victim::{PERIOD, REPORT, ask};

/// Where the readers' mail is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Mail {
    pub readers: usize,
    /// Readers the server has a mail for.
    pub delivered: usize,
    /// Mails beyond the first to one reader.
    pub duplicates: usize,
    /// Readers whose mail is held as uncertain, delivered or not.
    pub uncertain: usize,
    /// Readers without mail whom nothing tells of.
    pub lost: usize,
}

impl std::ops::AddAssign for Mail {
    fn add_assign(&mut self, other: Mail) {
        self.readers += other.readers;
        self.delivered += other.delivered;
        self.duplicates += other.duplicates;
        self.uncertain += other.uncertain;
        self.lost += other.lost;
    }
}

/// Holds the ledger against what the server has. The second part is what must not be.
pub fn mail(store: &Path, readers: usize, accepted: &[Accepted]) -> (Mail, Vec<String>) {
    let ledger = Ledger::open(store).unwrap();
    let mut faults = Vec::new();
    let mut rows = Vec::new();
    for edition in ledger.editions(Some(REPORT)).unwrap().iter().filter(|e| e.period == PERIOD) {
        rows.extend(ledger.deliveries(edition.edition_id).unwrap());
    }
    let mut mail = Mail { readers, ..Mail::default() };
    for n in 1..=readers {
        let reader = format!("reader{n}@northwind-reports.example");
        let has = accepted.iter().filter(|a| a.recipient == reader).count();
        let of_reader: Vec<_> = rows.iter().filter(|row| row.recipient == reader).collect();
        let is = |state| of_reader.iter().any(|row| row.state == state);
        let (is_sent, is_uncertain) = (is(DeliveryState::Sent), is(DeliveryState::Uncertain));
        mail.delivered += usize::from(has > 0);
        mail.duplicates += has.saturating_sub(1);
        mail.uncertain += usize::from(is_uncertain);
        mail.lost += usize::from(has == 0 && !is_uncertain);
        if is_sent && has == 0 {
            faults.push(format!("{reader} is listed as sent and has nothing"));
        }
        if of_reader.len() > 1 {
            faults.push(format!("{reader} is in the outbox {} times", of_reader.len()));
        }
        if !is_sent && !is_uncertain {
            faults.push(format!("{reader} is neither served nor uncertain: {of_reader:?}"));
        }
    }
    let mut bodies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for message in accepted {
        bodies.entry(&message.message_id).or_default().insert(&message.sha256);
    }
    faults.extend(bodies.iter().filter(|(_, all)| all.len() > 1).map(|(id, _)| format!("{id} has two bodies")));
    (mail, faults)
}

/// Editions: every listed file is there as listed, and nothing else is.
pub fn archive(store: &Path) -> Vec<String> {
    let ledger = Ledger::open(store).unwrap();
    let mut faults = Vec::new();
    let mut listed = BTreeSet::new();
    let editions = ledger.editions(None).unwrap();
    let index = std::fs::read_to_string(store.join("archive/index.html")).unwrap_or_default();
    for edition in &editions {
        for file in ledger.edition_files(edition.edition_id).unwrap() {
            let path = store.join(&edition.path).join(&file.name);
            if !std::fs::read(&path).is_ok_and(|bytes| hex(&bytes) == file.sha256) {
                faults.push(format!("{} is not as listed", path.display()));
            }
            listed.insert(path);
        }
        if !index.contains(&format!("{}/{}/{}/index.html", edition.report, edition.period, edition.number)) {
            faults.push(format!("the archive's list does not have {}", edition.path));
        }
    }
    if index.matches("<li>").count() != editions.len() {
        faults.push("the archive's list has what the ledger does not list".into());
    }
    let own = ["index.html", ".lock"].map(|name| store.join("archive").join(name));
    faults.extend(
        files(&store.join("archive"))
            .into_iter()
            .filter(|path| !listed.contains(path) && !own.contains(path))
            .map(|path| format!("{} is listed nowhere", path.display())),
    );
    faults
}

/// Landing: every batch is there as listed, and no other file is.
pub fn landing(store: &Path) -> Vec<String> {
    let batches = ask(store, "select path || ' ' || sha256 from batch");
    let mut listed = BTreeSet::new();
    let mut faults = Vec::new();
    for batch in &batches {
        let (path, sha256) = batch.split_once(' ').unwrap();
        let path = store.join(path);
        if !std::fs::read(&path).is_ok_and(|bytes| hex(&bytes) == sha256) {
            faults.push(format!("{} is not as listed", path.display()));
        }
        listed.insert(path);
    }
    let all = files(&store.join("landing"));
    faults.extend(
        all.iter()
            .filter(|p| !p.ends_with(".lock") && !listed.contains(*p))
            .map(|p| format!("{} is listed nowhere", p.display())),
    );
    faults
}

/// What was pulled, in a form that says only what: per stream the distinct records, however often they came.
pub fn records(store: &Path) -> Vec<String> {
    let files = ask(store, "select source || '/' || stream || ' ' || path from batch order by 1");
    let mut streams: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in &files {
        let (stream, path) = line.split_once(' ').unwrap();
        streams.entry(stream).or_default().push(format!("'{}'", store.join(path).display()));
    }
    let duckdb = duckdb::Connection::open_in_memory().unwrap();
    let mut found = Vec::new();
    for (stream, paths) in streams {
        let sql = format!(
            "select count(*) || ' ' || bit_xor(hash(key, record)) \
             from (select distinct key, record from read_parquet([{}])) as records",
            paths.join(", ")
        );
        let content: Option<String> = duckdb.query_row(&sql, [], |row| row.get(0)).unwrap();
        found.push(format!("{stream} {}", content.unwrap_or_default()));
    }
    found
}

/// Where every stream's next pull starts.
pub fn cursors(store: &Path) -> Vec<String> {
    ask(store, "select source || '/' || stream || ' ' || state from cursor order by 1")
}

/// Rows of every staging table of the warehouse, which nobody may hold.
pub fn staging(store: &Path) -> Vec<String> {
    let warehouse = duckdb::Connection::open(store.join("warehouse.duckdb")).unwrap();
    let mut query = warehouse
        .prepare(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name = 'staging' order by 1",
        )
        .unwrap();
    let tables: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(!tables.is_empty(), "the warehouse is empty");
    let count = |table: &String| -> String {
        let sql = format!("select count(*)::varchar from {table}");
        warehouse.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    tables.iter().map(|table| format!("{table} {}", count(table))).collect()
}

/// The words of the latest edition.
pub fn words(store: &Path) -> String {
    let ledger = Ledger::open(store).unwrap();
    let editions = ledger.editions(Some(REPORT)).unwrap();
    let latest = editions.iter().max_by_key(|edition| edition.edition_id).unwrap();
    std::fs::read_to_string(store.join(&latest.path).join("email.txt")).unwrap()
}

/// The figures of what was mailed: what later editions are held against.
pub fn published(store: &Path) -> Vec<String> {
    ask(
        store,
        "select distinct metric || ' ' || period || ' ' || coalesce(value, 'unknown') from published \
         where edition_id in (select edition_id from delivery) order by 1",
    )
}

/// The ledger as a database.
pub fn ledger(store: &Path) -> Vec<String> {
    let found = ask(store, "pragma integrity_check");
    let strays = ask(store, "pragma foreign_key_check");
    found.into_iter().filter(|line| line != "ok").chain(strays).collect()
}

/// Lines that one text has and the other has not; how many records two pulls landed is no figure of the business.
pub fn different_lines(expected: &str, found: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().filter(|l| !l.contains(": pulled ")).map(str::to_owned).collect::<Vec<_>>();
    differences("words", &lines(expected), &lines(found))
}

/// What differs of two lists that should be alike.
pub fn differences(what: &str, expected: &[String], found: &[String]) -> Vec<String> {
    let (one, other): (BTreeSet<_>, BTreeSet<_>) = (expected.iter().collect(), found.iter().collect());
    let short = |text: &String| text.chars().take(300).collect::<String>();
    let missing = one.difference(&other).map(|line| format!("{what}: expected {}", short(line)));
    missing.chain(other.difference(&one).map(|line| format!("{what}: found {}", short(line)))).collect()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
