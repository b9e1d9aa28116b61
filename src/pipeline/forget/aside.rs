//! Whose the records are that were set aside: they never landed, and are somebody's all the same.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::landed::catalog;
use crate::extract::erase::{is_own, referred, whose};
use crate::extract::qualify::{known_as, qualified};
use crate::extract::{Catalog, Manifest, Stream};
use crate::ledger::pulls::Quarantined;
use crate::pipeline::Environment;

/// What says whose a record is that was set aside.
pub struct SetAside {
    catalog: Catalog,
    qualified: BTreeSet<String>,
    /// Source and manifest.
    sources: BTreeMap<String, String>,
}

/// Such a record, as its manifest has it.
pub struct Owned {
    /// The kind of id that says whose it is, and the id.
    pub whose: Option<(String, String)>,
    /// `manifest/stream`, and its key as it is known outside its source.
    pub key: (String, Option<String>),
    /// Records of other streams are known by its key.
    pub is_referred: bool,
    /// It is the customer's own record, which says what it is called.
    pub is_own: bool,
}

impl SetAside {
    pub fn of(environment: &Environment) -> Result<SetAside> {
        let catalog = catalog(environment)?;
        let config = &environment.config;
        let sources = config.sources.iter().map(|(name, source)| (name.clone(), source.manifest.clone()));
        Ok(SetAside { qualified: qualified(config, &catalog), sources: sources.collect(), catalog })
    }

    /// `None` of a text that is no record, and of one whose source or stream is no longer known.
    pub fn owned(&self, record: &Quarantined) -> Option<Owned> {
        serde_json::from_str::<serde::de::IgnoredAny>(&record.record).ok()?;
        let manifest: &Manifest = self.catalog.get(self.sources.get(&record.source)?).ok()?;
        let stream: &Stream = manifest.stream(&record.stream).ok()?;
        let qualifier = Some(record.source.as_str()).filter(|source| self.qualified.contains(*source));
        Some(Owned {
            whose: whose(&manifest.name, qualifier, stream, &record.record),
            key: (
                format!("{}/{}", manifest.name, stream.name),
                record.key.as_deref().map(|key| known_as(qualifier, key)),
            ),
            is_referred: referred(manifest).contains(stream.name.as_str()),
            is_own: is_own(stream),
        })
    }
}
