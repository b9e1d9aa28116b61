//! Records set aside: bounded, and over once the same record comes again and is taken.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::Result;

use super::{Checked, Names, Sink};
use crate::extract::contract::{ANEW, Record};
use crate::extract::manifest::Write;
use crate::ledger::Ledger;
use crate::ledger::pulls::Quarantined;

/// Records set aside that are kept per pull, and their bytes; beyond it they are only counted.
pub const KEPT_PER_PULL: u64 = 1000;
const KEPT_BYTES: usize = 32 << 20;

/// What a stream had set aside before this pull, and what of it came again since the last commit.
pub(super) struct Aside {
    keys: HashSet<String>,
    came: Vec<String>,
    pub(super) count: Count,
    /// At the last commit.
    before: Count,
    /// Of all that was set aside.
    content: DefaultHasher,
}

/// Of what this pull has set aside.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// Records that are kept, and their bytes.
    kept: u64,
    bytes: usize,
    /// Those that are not.
    pub(super) unkept: u64,
}

impl Aside {
    pub(super) fn load(ledger: &Ledger, names: &Names<'_>) -> Result<Aside> {
        let keys = ledger.aside_keys(names.source, &names.stream.name)?;
        Ok(Aside {
            keys,
            came: Vec::new(),
            count: Count::default(),
            before: Count::default(),
            content: DefaultHasher::new(),
        })
    }

    /// A record of this key is taken.
    pub(super) fn came(&mut self, key: &str) {
        if !self.keys.is_empty()
            && let Some(key) = self.keys.take(key)
        {
            self.came.push(key);
        }
    }

    /// What came again is not landed after all, and what was set aside will come again.
    pub(super) fn discard(&mut self) {
        self.keys.extend(self.came.drain(..));
        self.count = self.before;
    }

    /// What was set aside is so for good.
    pub(super) fn committed(&mut self) {
        self.before = self.count;
    }

    /// Makes durable what came again; before the records are, which after a crash in between come once more: an old record must
    /// never be landed after a newer one.
    pub(super) fn keep(&mut self, ledger: &Ledger, names: &Names<'_>) -> Result<()> {
        if self.came.is_empty() {
            return Ok(());
        }
        ledger.supersede(names.source, &names.stream.name, &self.came, &names.now.to_string())?;
        self.came.clear();
        Ok(())
    }
}

impl Sink<'_> {
    /// Sets aside what its reader could not say truthfully; what is dropped, hashed or forgotten is so here too.
    pub(in crate::extract) fn refuse(&mut self, json_path: String, reason: &str, record: String) {
        let Names { manifest, stream, .. } = self.names;
        if !record.starts_with('{') || serde_json::from_str::<serde::de::IgnoredAny>(&record).is_err() {
            return self.refuse_text(json_path, reason, record);
        }
        let (key, record) = match self.contract.check(&Record::from(record)) {
            Checked::Good { key, record, .. } => (Some(key), record),
            Checked::Bad { key, record, .. } => (key, record),
        };
        if !self.erased.has(manifest, stream, key.as_deref(), &record) {
            self.quarantine(key, json_path, format!("{reason}{ANEW}"), record.to_string());
        }
    }

    /// Sets aside a text that is no record: where some of its fields would not land, none of it is kept.
    pub(in crate::extract) fn refuse_text(&mut self, json_path: String, reason: &str, text: String) {
        let stream = self.names.stream;
        let is_kept = stream.drop.is_empty() && stream.drop_where.is_empty() && stream.hash.is_empty();
        let text = if is_kept { text } else { "(not kept: its fields cannot be told apart)".into() };
        self.quarantine(None, json_path, format!("{reason}{ANEW}"), text);
    }

    /// What was set aside, in short: a list of the same records in which others are wrong is another list.
    pub(in crate::extract) fn refused(&self) -> String {
        match self.quarantined {
            0 => "0".to_owned(),
            records => format!("{records}-{:016x}", self.aside.content.finish()),
        }
    }

    /// A whole list has landed: what was set aside of it and did not come again is not in it any more.
    pub(in crate::extract) fn listed(&self) -> Result<()> {
        let Names { source, stream, now, .. } = self.names;
        if stream.write != Write::Replace || self.backfill.is_some() {
            return Ok(());
        }
        self.ledger.gone(source, &stream.name, &self.list_since.to_string(), &now.to_string())
    }

    /// Sets a record aside.
    pub(in crate::extract) fn quarantine(
        &mut self,
        key: Option<String>,
        json_path: String,
        reason: String,
        record: String,
    ) {
        self.quarantined += 1;
        (&key, &json_path, &record).hash(&mut self.aside.content);
        // one that is too long to be kept takes no room from the others
        if self.aside.count.kept < KEPT_PER_PULL && self.aside.count.bytes + record.len() <= KEPT_BYTES {
            self.aside.count.kept += 1;
            self.aside.count.bytes += record.len();
            self.waiting.push(Quarantined {
                source: self.names.source.into(),
                stream: self.names.stream.name.clone(),
                key,
                json_path,
                reason,
                record,
                seen_at: self.names.now.to_string(),
            });
        } else {
            self.aside.count.unkept += 1;
        }
    }
}
