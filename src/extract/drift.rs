//! Fields that are new: known is what a stream's records had before. The first pull learns it and says nothing, however often it
//! begins: with the records of a part it learns their fields.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use anyhow::Result;

use super::contract::Record;
use super::lens::{self, pointer};
use super::manifest::{Stream, Terms};
use super::pick::Picker;
use crate::ledger::Ledger;

/// What is wrong with a record that holds one where none is to be.
const UNAGREED: &str = "is a field that was not agreed";

/// What is wrong with a record that says a field twice: some readers take the first, others the last.
pub(super) const TWICE: &str = "is there twice";

/// New fields that a message names.
const NAMED: usize = 8;
/// More different fields than this are no fields but values: the rest is not learned.
const MOST: usize = 5000;

/// What one pull sees of a stream's fields.
pub(super) struct Drift {
    terms: Terms,
    is_first: bool,
    known: HashSet<String>,
    /// Shapes of records that hold nothing new.
    shapes: HashSet<u64>,
    fresh: BTreeMap<String, u64>,
    /// How many of these a first pull has told the ledger.
    learned: usize,
}

/// A record after the look at its fields.
pub(super) enum Judged {
    Kept(Record),
    /// It holds a field that was not agreed, or one that is there twice.
    Refused {
        field: String,
        reason: &'static str,
        record: Record,
    },
}

impl Drift {
    /// What another manifest's stream of the same name had says nothing of what this one's must have.
    pub(super) fn new(stream: &Stream, manifest: &str, source: &str, ledger: &Ledger) -> Result<Drift> {
        let known: HashSet<String> = ledger.known_fields(source, &stream.name)?.into_iter().collect();
        let is_first = known.is_empty() || !ledger.has_pulled(source, manifest, &stream.name)?;
        Ok(Drift {
            terms: stream.contract,
            is_first,
            known,
            shapes: HashSet::new(),
            fresh: BTreeMap::new(),
            learned: 0,
        })
    }

    /// What a first pull has learned so far: before the records that have these fields land.
    pub(super) fn learn(&mut self, ledger: &Ledger, source: &str, stream: &str, now: &str) -> Result<()> {
        if self.is_first && self.learned < self.fresh.len() {
            let fields: Vec<&str> = self.fresh.keys().map(String::as_str).collect();
            ledger.learn_fields(source, stream, &fields, now)?;
            self.learned = fields.len();
        }
        Ok(())
    }

    /// Looks at a record's own members; what is below them is theirs. Records of one shape have members of the same names.
    pub(super) fn judge(&mut self, record: Record, shape: u64) -> Judged {
        if self.shapes.contains(&shape) {
            return Judged::Kept(record);
        }
        let names = lens::names(&record);
        if let Some(field) = twice(&names) {
            return Judged::Refused { field, reason: TWICE, record };
        }
        let fresh: Vec<String> = names
            .iter()
            .filter(|name| !self.known.contains(name.as_ref()))
            .map(|name| name.clone().into_owned())
            .collect();
        let is_full = self.terms == Terms::Evolve && self.known.len() >= MOST;
        if self.is_first || is_full || fresh.is_empty() {
            let room = MOST.saturating_sub(self.known.len());
            for name in fresh.into_iter().take(room) {
                self.fresh.insert(name.clone(), 0);
                self.known.insert(name);
            }
            if self.shapes.len() < MOST {
                self.shapes.insert(shape);
            }
            return Judged::Kept(record);
        }
        for name in &fresh {
            if self.fresh.len() < MOST || self.fresh.contains_key(name) {
                *self.fresh.entry(name.clone()).or_default() += 1;
            }
        }
        match self.terms {
            Terms::Evolve => Judged::Kept(record),
            Terms::Freeze => {
                Judged::Refused { field: fresh.into_iter().next().unwrap_or_default(), reason: UNAGREED, record }
            }
            Terms::Discard => {
                let pointers: Vec<String> = fresh.iter().map(|name| pointer(name)).collect();
                let kept = Picker::without(&pointers).pick(&record).rest().into_owned();
                Judged::Kept(kept.into())
            }
        }
    }

    /// At the end of a pull that went well: what is known from now on, and what is to be said.
    pub(super) fn close(self, ledger: &Ledger, source: &str, stream: &str, now: &str) -> Result<Option<String>> {
        if self.is_first || self.terms == Terms::Evolve {
            let fields: Vec<&str> = self.fresh.keys().map(String::as_str).collect();
            if !fields.is_empty() {
                ledger.learn_fields(source, stream, &fields, now)?;
            }
        }
        if self.is_first || self.fresh.is_empty() {
            return Ok(None);
        }
        let count = self.fresh.len();
        let named = self.fresh.iter().take(NAMED).map(|(name, records)| match self.terms {
            Terms::Evolve => pointer(name),
            _ => format!("{} in {records}", pointer(name)),
        });
        let mut named = named.collect::<Vec<_>>().join(", ");
        if count > NAMED {
            named.push_str(", …");
        }
        let done = match self.terms {
            Terms::Evolve => "kept as they came, and known from now on",
            Terms::Freeze => "the records were set aside (contract = \"freeze\")",
            Terms::Discard => "left out (contract = \"discard\")",
        };
        Ok(Some(format!("fields that are new: {named}; {done}")))
    }
}

/// The first name that is there twice.
fn twice(names: &[Cow<'_, str>]) -> Option<String> {
    let mut seen = HashSet::with_capacity(names.len());
    for name in names {
        if !seen.insert(name.as_ref()) {
            return Some(name.clone().into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_values_are_not_learned_for_ever() {
        let known = (0..MOST).map(|name| name.to_string()).collect();
        let (shapes, fresh) = (HashSet::new(), BTreeMap::new());
        let mut drift = Drift { terms: Terms::Evolve, is_first: false, known, shapes, fresh, learned: 0 };
        assert!(matches!(drift.judge(r#"{"one more":1}"#.into(), 1), Judged::Kept(_)));
        assert!(drift.fresh.is_empty());
    }
}
