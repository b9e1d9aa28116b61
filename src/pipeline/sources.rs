//! What `sources` says of every source and stream: from the configuration, the manifests and the ledger, without network.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;

use super::Environment;
use crate::config::{Config, Source};
use crate::extract::{Catalog, Manifest, Stream, words};
use crate::ledger::pulls::LastPull;
use crate::ledger::sources::StreamFact;

/// One source of the configuration.
#[derive(Debug, Serialize)]
pub struct SourceStanding {
    /// Key of `[sources]`.
    pub source: String,
    pub manifest: String,
    pub is_enabled: bool,
    /// What its manifest was held against.
    pub verified: Option<String>,
    pub streams: Vec<StreamStanding>,
}

/// One of its streams.
#[derive(Debug, Serialize)]
pub struct StreamStanding {
    pub stream: String,
    /// How it is read on, in words.
    pub reading: String,
    /// Where the next pull goes on, in words.
    pub cursor: String,
    /// When it was last pulled well, RFC 3339.
    pub last_ok_at: Option<String>,
    /// Rows of that pull, and of all.
    pub rows: u64,
    pub rows_total: u64,
    /// Records set aside.
    pub quarantined: u64,
    /// Pulls that failed since.
    pub failures: u64,
    /// Why the last one failed or was left out.
    pub message: Option<String>,
    /// How far back it reaches, in words.
    pub history: String,
    /// Permission the key needs.
    pub scope: Option<String>,
    /// What a batch does to what was there.
    pub write: &'static str,
    /// Days after which its history goes; `None`: never.
    pub retain_days: Option<u32>,
    /// Fields that are removed, and fields that are hashed, before landing.
    pub drop: Vec<String>,
    pub hash: Vec<String>,
}

/// The sources of the configuration, in name order.
pub fn sources(environment: &Environment) -> Result<Vec<SourceStanding>> {
    let Environment { config, ledger, .. } = environment;
    let catalog = catalog(config)?;
    let pulls: BTreeMap<(String, String), LastPull> =
        ledger.last_pulls()?.into_iter().map(|pull| ((pull.source.clone(), pull.stream.clone()), pull)).collect();
    let facts: BTreeMap<(String, String), StreamFact> =
        ledger.stream_facts()?.into_iter().map(|fact| ((fact.source.clone(), fact.stream.clone()), fact)).collect();
    let mut standings = Vec::new();
    for (name, source) in &config.sources {
        let manifest = catalog.get(&source.manifest).with_context(|| format!("[sources.{name}]"))?;
        let streams = manifest.streams.iter().map(|stream| {
            let of = (name.clone(), stream.name.clone());
            standing(manifest, source, stream, pulls.get(&of), facts.get(&of))
        });
        standings.push(SourceStanding {
            source: name.clone(),
            manifest: manifest.name.clone(),
            is_enabled: source.enabled,
            verified: manifest.verified.as_ref().map(ToString::to_string),
            streams: streams.collect(),
        });
    }
    Ok(standings)
}

fn standing(
    manifest: &Manifest,
    source: &Source,
    stream: &Stream,
    pull: Option<&LastPull>,
    fact: Option<&StreamFact>,
) -> StreamStanding {
    let start = source.settings.get("start_date").map(String::as_str);
    StreamStanding {
        stream: stream.name.clone(),
        reading: words::reading(manifest, stream),
        cursor: words::cursor(stream, fact.and_then(|fact| fact.cursor.as_deref())),
        last_ok_at: pull.and_then(|pull| pull.last_ok_at.clone()),
        rows: pull.map_or(0, |pull| pull.rows),
        rows_total: pull.map_or(0, |pull| pull.rows_total),
        quarantined: fact.map_or(0, |fact| fact.quarantined),
        failures: fact.map_or(0, |fact| fact.failures),
        message: pull.and_then(|pull| pull.message.clone()),
        history: words::history(manifest, stream, start),
        scope: stream.scope.clone(),
        write: stream.write.as_str(),
        retain_days: crate::extract::retain::days(source, stream),
        drop: stream.drop.clone(),
        hash: stream.hash.clone(),
    }
}

/// The manifests of a configuration: the shipped ones and its own.
pub fn catalog(config: &Config) -> Result<Catalog> {
    Catalog::load(config.store.manifests.as_ref().map(|path| config.resolve(path)).as_deref())
}
