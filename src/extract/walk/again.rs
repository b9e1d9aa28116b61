//! A walk that begins again: where its place in the list is gone, and where a list by number may have slid under its reader.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::{Walk, fingerprint};
use crate::extract::contract::Record;
use crate::extract::lens;
use crate::extract::manifest::Paginate;
use crate::extract::paginate::Said;
use crate::extract::problem::status_of;

/// How often a walk starts over because its place is gone.
const RESTARTS: u32 = 3;
/// How often a list by number is read until two readings agree.
const READINGS: u32 = 3;

/// The list never stood still.
const UNSETTLED: &str = "the list changed each time it was read: records may have slipped from page to page unseen";

/// What one reading of a list by number was.
#[derive(Default)]
pub(super) struct Reading {
    /// Keys in their order.
    order: std::hash::DefaultHasher,
    /// Pages that had records.
    full_pages: u32,
    /// Readings that have ended, and the last one's order.
    ended: u32,
    before: Option<u64>,
}

impl Walk<'_> {
    /// Whether an error says that the place a walk goes on from is gone, and it may begin again.
    pub(super) fn starts_over(&self, error: &anyhow::Error) -> bool {
        let is_gone = matches!(status_of(error), Some(400 | 404 | 410));
        is_gone && !self.is_numbered() && (self.is_resumed || self.pages > 1) && self.restarts < RESTARTS
    }

    /// How often it began again.
    pub(in crate::extract) fn restarts(&self) -> u32 {
        self.restarts
    }

    pub(super) fn begin_again(&mut self) {
        tracing::warn!(path = self.first.url.path(), "the place in the list is gone: it is read from its beginning");
        self.restarts += 1;
        self.rewind();
    }

    /// Notes a page.
    pub(super) fn note(&mut self, records: &[Record]) {
        if !self.is_numbered() || records.is_empty() {
            return;
        }
        self.reading.full_pages += 1;
        for record in records {
            for pointer in self.shape.key {
                lens::at(record, pointer).hash(&mut self.reading.order);
            }
        }
    }

    /// The list has ended: by number it is read again until two readings agree, and its length is held against the API's own count.
    pub(super) fn ended(&mut self, said: &Said<'_>) {
        let order = self.reading.order.finish();
        self.reading.ended += 1;
        // one page is of one moment; without keys nothing tells whether two readings agree
        let is_sure = !self.is_numbered()
            || self.shape.key.is_empty()
            || self.reading.full_pages < 2
            || self.reading.before == Some(order);
        if !is_sure && self.reading.ended < READINGS {
            self.reading.before = Some(order);
            self.rewind();
            return;
        }
        if !is_sure {
            self.caller.warn(UNSETTLED);
        }
        let counted = self.shape.total.and_then(|total| said.plain_at(total)?.parse::<u64>().ok());
        if let Some(counted) = counted.filter(|counted| !self.is_resumed && *counted != self.records) {
            self.caller.warn(&format!("the API counts {counted} records and gave {}", self.records));
        }
    }

    fn rewind(&mut self) {
        self.next = Some(self.first.clone());
        self.values = self.first_values.clone();
        self.is_resumed = false;
        (self.pages, self.records) = (0, 0);
        self.seen.clear();
        self.reading.full_pages = 0;
        self.reading.order = std::hash::DefaultHasher::new();
    }

    fn is_numbered(&self) -> bool {
        is_numbered(self.shape.paginate)
    }
}

/// Whether pages are asked for by number, so that what comes or goes before them moves their records.
pub(in crate::extract) fn is_numbered(paginate: &Paginate) -> bool {
    matches!(paginate, Paginate::Page { .. } | Paginate::Offset { .. })
}

/// Records of which each is taken once, each with what it last was where that is asked.
#[derive(Default)]
pub(in crate::extract) struct Once(HashMap<u64, u64>);

impl Once {
    /// Whether it was not there before.
    pub(in crate::extract) fn add(&mut self, key: &str) -> bool {
        self.0.insert(fingerprint(&key), 0).is_none()
    }

    /// Whether it was not there before, or was another one: a record that changes while its list is read comes again.
    pub(in crate::extract) fn add_version(&mut self, key: &str, record: &str) -> bool {
        let version = fingerprint(&record);
        self.0.insert(fingerprint(&key), version) != Some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::Once;

    #[test]
    fn what_changes_while_its_list_is_read_is_taken_again() {
        let mut once = Once::default();
        let taken = ["1", "1", "2", "1", "1"].map(|record| once.add_version("a", record));
        assert_eq!(taken, [true, false, true, true, false]);
        assert!(!once.add("a") && once.add("b"));
    }
}
