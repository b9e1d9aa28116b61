//! What names the customer, place by place: the records of a source whose ids begin with its name have them without it, and the
//! ids of the first source of its system mean others there.

use std::collections::{BTreeMap, BTreeSet};

use super::SYSTEMS;
use super::landed::{Found, Ids};
use super::terms::Terms;
use crate::config::Config;
use crate::extract::Catalog;
use crate::extract::qualify::{BETWEEN, qualified, systems};

/// What is looked for everywhere, and within each source that has names of its own for it.
pub struct Everywhere {
    /// Outside landing.
    pub terms: Terms,
    sources: BTreeMap<String, Terms>,
}

impl Everywhere {
    /// From the customer's ids, and what landing has of it.
    pub fn new(config: &Config, catalog: &Catalog, ids: &Ids, found: &Found) -> Everywhere {
        let qualified = qualified(config, catalog);
        let own: BTreeSet<&str> =
            SYSTEMS.iter().filter_map(|system| ids.get(*system)).flatten().map(String::as_str).collect();
        let keys = found.keys.values().flatten().map(String::as_str).filter(|key| !own.contains(key));
        let words = || found.words.iter().map(String::as_str);
        let terms = Terms::new(words(), own.iter().copied(), keys).apart_from(qualified.iter().map(String::as_str));
        let within = |name: &String| {
            let manifest = catalog.get(&config.sources.get(name)?.manifest).ok()?;
            let systems = systems(manifest);
            let inner = |id: &'_ str| id.strip_prefix(name.as_str())?.strip_prefix(BETWEEN).map(str::to_owned);
            // the same ids without the name are another source's
            let of_system = systems.iter().filter_map(|system| ids.get(system)).flatten();
            let of_others: BTreeSet<&str> = of_system.map(String::as_str).filter(|id| inner(id).is_none()).collect();
            let shown = own.iter().filter(|id| !of_others.contains(*id));
            let own: BTreeSet<String> = shown.map(|id| inner(id).unwrap_or_else(|| (*id).to_owned())).collect();
            let prefix = format!("{}/", manifest.name);
            let keys: BTreeSet<String> = found
                .keys
                .iter()
                .flat_map(|(kind, keys)| keys.iter().map(move |key| (kind, key)))
                .filter_map(|(kind, key)| inner(key).or_else(|| (!kind.starts_with(&prefix)).then(|| key.clone())))
                .filter(|key| !own.contains(key))
                .collect();
            let terms = Terms::new(words(), own.iter().map(String::as_str), keys.iter().map(String::as_str));
            Some((name.clone(), terms))
        };
        let sources = qualified.iter().filter_map(within).collect();
        Everywhere { terms, sources }
    }

    /// What is looked for in a source's records.
    pub fn within(&self, source: &str) -> &Terms {
        self.sources.get(source).unwrap_or(&self.terms)
    }
}
