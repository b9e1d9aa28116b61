//! Which account is meant: by its id, by an id of any system, or by its exact name.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::config::{Usage, nearest};
use crate::warehouse::directory::Directory;

/// The account that is meant.
pub fn find(directory: &Directory, wanted: &str) -> Result<String> {
    let wanted = wanted.trim();
    if directory.names.contains_key(wanted) {
        return Ok(wanted.to_owned());
    }
    let linked = directory.links.iter().filter(|(_, id, ..)| id == wanted).map(|(_, _, account, _)| account);
    let mut found: BTreeSet<&String> = linked.collect();
    if found.is_empty() {
        found = directory.names.iter().filter(|(_, name)| *name == wanted).map(|(id, _)| id).collect();
    }
    match found.len() {
        1 => Ok(found.into_iter().next().cloned().unwrap_or_default()),
        0 => bail!(Usage(unknown(directory, wanted))),
        _ => {
            let ids: Vec<&str> = found.into_iter().map(String::as_str).collect();
            bail!(Usage(format!("--customer {wanted:?} is more than one: use the id, {}", ids.join(" or "))))
        }
    }
}

fn unknown(directory: &Directory, wanted: &str) -> String {
    if let Some((system, id)) = directory.unlinked.iter().find(|(_, id)| id == wanted) {
        return format!(
            "{id} of {system} belongs to no account; say whose it is with `bizreview accounts link {system} {id} ACCOUNT`"
        );
    }
    let names = directory.names.values().map(String::as_str);
    let ids = directory.names.keys().map(String::as_str);
    let known: Vec<&str> = names.chain(ids).chain(directory.links.iter().map(|(_, id, ..)| id.as_str())).collect();
    let mut known: Vec<&str> = known.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    // a short list would be printed whole: every customer's name
    if nearest(wanted, &known).starts_with("; known") {
        known.clear();
    }
    let near = if known.is_empty() { String::new() } else { nearest(wanted, &known) };
    format!("--customer {wanted:?} is no account{near}; `bizreview accounts` lists them")
}
