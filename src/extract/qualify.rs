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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sources: &[(&str, &str)], expected: &[&str]) {
        let head = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n";
        let blocks = sources.iter().map(|(name, manifest)| format!("[sources.{name}]\nmanifest = '{manifest}'\n"));
        let text = blocks.fold(head.to_owned(), |text, block| text + &block);
        let config = Config::parse(&text, std::path::Path::new("/")).unwrap();
        let qualified = qualified(&config, &Catalog::load(None).unwrap());
        assert_eq!(qualified.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{sources:?}");
    }

    #[test]
    fn of_several_sources_of_a_system_the_first_in_the_file_keeps_its_ids() {
        check(&[("billing", "stripe"), ("support", "zendesk"), ("product", "posthog"), ("status", "statuspage")], &[]);
        check(&[("billing", "stripe"), ("accounts", "stripe"), ("third", "stripe")], &["accounts", "third"]);
        check(&[("b", "zendesk"), ("a", "zendesk"), ("billing", "stripe")], &["a"]);
        check(&[("one", "statuspage"), ("two", "statuspage")], &["two"]);
        check(&[("files", "files"), ("more", "files"), ("billing", "stripe")], &[]);
    }

    #[test]
    fn a_disabled_source_keeps_its_place() {
        let text = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n\
            [sources.old]\nmanifest = 'stripe'\nenabled = false\n[sources.new]\nmanifest = 'stripe'\n";
        let config = Config::parse(text, std::path::Path::new("/")).unwrap();
        assert_eq!(qualified(&config, &Catalog::load(None).unwrap()), BTreeSet::from(["new".to_owned()]));
    }
}
