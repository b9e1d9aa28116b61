//! The customer's records in landing: found by whose they are, and left out of files that are written anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use anyhow::Result;

use super::apart::Everywhere;
use super::aside::SetAside;
use crate::extract::erase::{Fate, each_record, is_own, names, referred, rewrite, whose};
use crate::extract::hash::Hasher;
use crate::extract::qualify::{known_as, qualified};
use crate::extract::{Catalog, Stream};
use crate::ledger::Ledger;
use crate::ledger::keeping::BatchFact;
use crate::pipeline::Environment;
use crate::pipeline::keeping::remove;

/// Ids by kind: a system's, an account's, or keys of a manifest's stream.
pub type Ids = HashMap<String, HashSet<String>>;

/// What landing has of the customer.
#[derive(Debug, Default)]
pub struct Found {
    /// Records by `source/stream`: the customer's own, and others that name it.
    pub counts: BTreeMap<String, (u64, u64)>,
    /// Names and addresses that the customer's own records give it.
    pub words: BTreeSet<String>,
    /// Keys of the customer's records, by `manifest/stream`.
    pub keys: BTreeMap<String, BTreeSet<String>>,
}

/// A landing file with its stream, where a manifest still knows it.
struct Landed<'a> {
    batch: &'a BatchFact,
    stream: Option<&'a Stream>,
    /// What the source's ids begin with outside it, where they do.
    qualifier: Option<&'a str>,
}

impl Landed<'_> {
    fn whose(&self, record: &str) -> Option<(String, String)> {
        self.stream.and_then(|stream| whose(&self.batch.manifest, self.qualifier, stream, record))
    }

    fn is_theirs(&self, ids: &Ids, record: &str) -> bool {
        is_known(ids, self.whose(record).as_ref())
    }
}

/// Whether what says whose a record is is one of these ids.
pub fn is_known(ids: &Ids, whose: Option<&(String, String)>) -> bool {
    whose.is_some_and(|(kind, id)| ids.get(kind).is_some_and(|known| known.contains(id)))
}

/// Finds the customer's records; `ids` grows by the keys that records of other streams name, and by what ids are where they
/// land hashed.
pub fn find(environment: &Environment, batches: &[BatchFact], ids: &mut Ids, hasher: Option<&Hasher>) -> Result<Found> {
    let catalog = catalog(environment)?;
    let store = environment.config.store();
    let landed = landed(environment, &catalog, batches);
    let qualified = qualified(&environment.config, &catalog);
    add_hashes(ids, hasher, &qualified);
    if let Some(hasher) = hasher {
        add_clear(ids, hasher, &qualified, &landed, &store)?;
    }
    let mut set_aside = Vec::new();
    let reader = SetAside::of(environment)?;
    environment.ledger.each_set_aside(&mut |record| {
        set_aside.extend(reader.owned(record).map(|owned| (owned, record.record.clone())));
    })?;
    // until no more is found: what refers to records is known by their keys
    loop {
        let before: usize = ids.values().map(HashSet::len).sum();
        for one in &landed {
            let Some(stream) = one.stream else { continue };
            let Ok(manifest) = catalog.get(&one.batch.manifest) else { continue };
            if !referred(manifest).contains(stream.name.as_str()) {
                continue;
            }
            let mut keys = Vec::new();
            each_record(&store.join(&one.batch.path), |key, record| {
                if one.is_theirs(ids, record) {
                    keys.push(known_as(one.qualifier, key));
                }
                Ok(())
            })?;
            ids.entry(format!("{}/{}", one.batch.manifest, one.batch.stream)).or_default().extend(keys);
        }
        for (owned, _) in set_aside.iter().filter(|(owned, _)| owned.is_referred) {
            if is_known(ids, owned.whose.as_ref()) {
                ids.entry(owned.key.0.clone()).or_default().extend(owned.key.1.clone());
            }
        }
        add_hashes(ids, hasher, &qualified);
        if ids.values().map(HashSet::len).sum::<usize>() == before {
            break;
        }
    }
    let mut found = Found::default();
    for (owned, record) in &set_aside {
        if is_known(ids, owned.whose.as_ref()) {
            found.keys.entry(owned.key.0.clone()).or_default().extend(owned.key.1.clone());
            if owned.is_own {
                found.words.extend(names(record));
                found.words.extend(addresses(record));
            }
        }
    }
    for one in &landed {
        let place = format!("{}/{}", one.batch.source, one.batch.stream);
        let kind = format!("{}/{}", one.batch.manifest, one.batch.stream);
        each_record(&store.join(&one.batch.path), |key, record| {
            if one.is_theirs(ids, record) {
                found.counts.entry(place.clone()).or_default().0 += 1;
                found.keys.entry(kind.clone()).or_default().insert(known_as(one.qualifier, key));
                if one.stream.is_some_and(is_own) {
                    found.words.extend(names(record));
                    found.words.extend(addresses(record));
                }
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// A file of the company's own may hash such an id as a whole.
fn add_hashes(ids: &mut Ids, hasher: Option<&Hasher>, qualified: &BTreeSet<String>) {
    let Some(hasher) = hasher else { return };
    for (_, of_kind) in ids.iter_mut().filter(|(kind, _)| *kind != "name") {
        let hashed: Vec<String> =
            of_kind.iter().flat_map(|id| [hasher.hash_known(id, qualified), hasher.hash(id)]).collect();
        of_kind.extend(hashed);
    }
}

/// What landed before its owner's id was hashed has it as it is.
fn add_clear(
    ids: &mut Ids,
    hasher: &Hasher,
    qualified: &BTreeSet<String>,
    landed: &[Landed<'_>],
    store: &Path,
) -> Result<()> {
    let mut clear = Vec::new();
    for one in landed {
        each_record(&store.join(&one.batch.path), |_, record| {
            clear.extend(one.whose(record).filter(|(kind, id)| {
                let hashed =
                    |known: &HashSet<String>| !known.contains(id) && known.contains(&hasher.hash_known(id, qualified));
                ids.get(kind).is_some_and(hashed)
            }));
            Ok(())
        })?;
    }
    for (kind, id) in clear {
        ids.entry(kind).or_default().insert(id);
    }
    Ok(())
}

/// Counts records of others that name the customer.
pub fn count_mentions(
    environment: &Environment,
    batches: &[BatchFact],
    ids: &Ids,
    terms: &Everywhere,
    found: &mut Found,
) -> Result<()> {
    let catalog = catalog(environment)?;
    let store = environment.config.store();
    for one in landed(environment, &catalog, batches) {
        let terms = terms.within(&one.batch.source);
        let place = format!("{}/{}", one.batch.source, one.batch.stream);
        each_record(&store.join(&one.batch.path), |key, record| {
            if !one.is_theirs(ids, record) && (terms.names(key) || terms.redact_json(record).is_some()) {
                found.counts.entry(place.clone()).or_default().1 += 1;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Leaves the customer out of every landing file: the new file is durable, then the ledger lists it, then the old one goes.
pub fn leave_out(
    environment: &Environment,
    batches: &[BatchFact],
    ids: &Ids,
    terms: &Everywhere,
    erasure_id: i64,
) -> Result<u64> {
    let catalog = catalog(environment)?;
    let (store, ledger): (_, &Ledger) = (environment.config.store(), &environment.ledger);
    let mut rewritten = 0;
    for one in landed(environment, &catalog, batches) {
        let terms = terms.within(&one.batch.source);
        let from = store.join(&one.batch.path);
        let fate = |key: &str, record: &str| {
            if one.is_theirs(ids, record) {
                return Fate::Drop;
            }
            match (terms.redact(key), terms.redact_json(record)) {
                (None, None) => Fate::Keep,
                (new_key, new_record) => Fate::Replace(
                    new_key.unwrap_or_else(|| key.to_owned()),
                    new_record.unwrap_or_else(|| record.to_owned()),
                ),
            }
        };
        let mut is_touched = false;
        each_record(&from, |key, record| {
            is_touched = is_touched || fate(key, record) != Fate::Keep;
            Ok(())
        })?;
        if !is_touched {
            continue;
        }
        let stem = one.batch.path.trim_end_matches(".parquet");
        let path = format!("{stem}-e{erasure_id}.parquet");
        let new = rewrite(&from, &store.join(&path), fate)?;
        let mut rows = new.rows_of;
        if rows.is_empty() {
            rows.insert(one.batch.batch_id, new.rows);
        }
        ledger.replace_file(&one.batch.path, &path, &rows, &new.sha256)?;
        remove(&from)?;
        rewritten += 1;
    }
    Ok(rewritten)
}

/// The manifests that say whose a record is.
pub fn catalog(environment: &Environment) -> Result<Catalog> {
    let config = &environment.config;
    Catalog::load(config.store.manifests.as_ref().map(|path| config.resolve(path)).as_deref())
}

fn landed<'a>(environment: &Environment, catalog: &'a Catalog, batches: &'a [BatchFact]) -> Vec<Landed<'a>> {
    let qualified = qualified(&environment.config, catalog);
    let stream =
        |batch: &BatchFact| catalog.get(&batch.manifest).ok().and_then(|manifest| manifest.stream(&batch.stream).ok());
    let qualifier = |batch: &'a BatchFact| Some(batch.source.as_str()).filter(|source| qualified.contains(*source));
    // batches that share a file are of one source and stream
    let mut files = BTreeSet::new();
    let each = batches.iter().filter(|batch| files.insert(batch.path.as_str()));
    each.map(|batch| Landed { batch, stream: stream(batch), qualifier: qualifier(batch) }).collect()
}

/// E-mail addresses in a text.
fn addresses(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '@');
    text.split(|c: char| !is_part(c))
        .map(|word| word.trim_matches('.'))
        .filter(|word| {
            word.split_once('@')
                .is_some_and(|(user, domain)| !user.is_empty() && domain.contains('.') && !domain.contains('@'))
        })
        .map(str::to_owned)
        .collect()
}
