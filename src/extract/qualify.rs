//! Two sources of a system may use the same ids for different things: whose ids are read with their source's name before them.

use std::collections::BTreeSet;

use super::Catalog;
use super::manifest::{Kind, Manifest};
use crate::config::Config;

/// What stands between a source's name and an id.
pub const BETWEEN: char = ':';

/// The sources whose ids read `NAME:id`. Of several sources of one system (billing, support, product; of one manifest, where
/// no record is a customer's) the first in the configuration keeps its ids as they are, all others' are qualified: whoever
/// adds a source changes no id that was known before. A disabled source keeps its place.
pub fn qualified(config: &Config, catalog: &Catalog) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    let mut qualified = BTreeSet::new();
    for name in &config.source_order {
        let Some(manifest) = config.sources.get(name).and_then(|source| catalog.get(&source.manifest).ok()) else {
            continue;
        };
        let systems = systems(manifest);
        if systems.iter().any(|system| taken.contains(system)) {
            qualified.insert(name.clone());
        }
        taken.extend(systems);
    }
    qualified
}

/// The systems whose ids a manifest's records have. The company's own files name accounts, which are no source's.
pub fn systems(manifest: &Manifest) -> BTreeSet<String> {
    let links = || manifest.streams.iter().flat_map(|stream| &stream.whose);
    let systems: BTreeSet<String> =
        links().filter_map(|link| link.system.clone()).filter(|system| system != "account").collect();
    let is_of_nobody = manifest.kind == Kind::Rest && links().next().is_none();
    if is_of_nobody { BTreeSet::from([format!("manifest {}", manifest.name)]) } else { systems }
}

/// An id as it is known outside its source.
pub fn known_as(qualifier: Option<&str>, id: &str) -> String {
    qualifier.map_or_else(|| id.to_owned(), |name| format!("{name}{BETWEEN}{id}"))
}
