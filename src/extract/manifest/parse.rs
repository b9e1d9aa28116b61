//! From text to a manifest. A word that is wrong is noted, taken out of the tree, and the rest is read all the same: so every
//! mistake of a file is found at once.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistakes::{Entry, Mistakes, entries};
use super::{Manifest, check};
use crate::config::nearest;

/// Mistakes of syntax after which the rest is not looked at.
const MOST: usize = 50;

/// Reads and checks a manifest; the error tells all that is wrong with it, with its places.
pub(super) fn parse(text: &str, file: &str) -> Result<Manifest, String> {
    let (tree, broken) = DeTable::parse_recoverable(text);
    let mut tree = tree.into_inner();
    let mut mistakes = Mistakes::new(text, tree.clone());
    for error in broken {
        mistakes.at_bytes(error.span().unwrap_or(0..0), error.message().replace('\n', ", "));
    }
    if !mistakes.is_empty() {
        return Err(mistakes.render(file));
    }
    let Some(mut manifest) = read(&mut tree, &mut mistakes) else { return Err(mistakes.render(file)) };
    manifest.apply_defaults();
    // Streams that were taken out have shifted the places of the others.
    let mut checked = Mistakes::new(text, tree);
    std::mem::swap(&mut checked.spoilt, &mut mistakes.spoilt);
    mistakes.take_over(&mut checked);
    check::check(&manifest, &mut checked);
    if checked.is_empty() { Ok(manifest) } else { Err(checked.render(file)) }
}

/// The manifest that is left once every wrong word is taken out; nothing where none is left.
fn read(tree: &mut DeTable<'_>, mistakes: &mut Mistakes<'_>) -> Option<Manifest> {
    let mut taken_out: Vec<Vec<String>> = Vec::new();
    for _ in 0..MOST {
        let whole = Spanned::new(0..0, tree.clone());
        let error = match Manifest::deserialize(toml::Deserializer::from(whole)) {
            Ok(manifest) => return Some(manifest),
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let known = entries(tree);
        let entry = known.iter().rev().find(|entry| entry.value == span || entry.key.as_ref() == Some(&span));
        let (path, place) = match entry {
            Some(entry) => meant(error.message(), entry, &known),
            None => (Vec::new(), span),
        };
        // What is missing where a word was taken out is what that word was meant to be.
        let follows = taken_out.iter().any(|gone| !path.is_empty() && gone.starts_with(&path));
        if !(follows && error.message().starts_with("missing field")) {
            mistakes.at_bytes(place, words(error.message()));
        }
        if let [first, number, ..] = path.as_slice()
            && first == "streams"
        {
            let name = known.iter().find(|entry| entry.path == ["streams", number.as_str(), "name"]);
            mistakes.spoilt.extend(name.and_then(|entry| entry.text.clone()));
        }
        if path.is_empty() || !remove(tree, &path) {
            return None;
        }
        // The places of what follows in a list have shifted.
        if path.last().is_some_and(|step| step.parse::<usize>().is_ok()) {
            taken_out.clear();
        } else {
            taken_out.push(path);
        }
    }
    None
}

/// The word that an error is about: the deserialiser often knows only the table that holds it.
fn meant(message: &str, entry: &Entry, known: &[Entry]) -> (Vec<String>, Range<usize>) {
    let whole = (entry.path.clone(), entry.key.clone().unwrap_or(entry.value.clone()));
    let Some(word) = message.split('`').nth(1) else { return (whole.0, entry.value.clone()) };
    let below = || known.iter().filter(|other| other.path.starts_with(&entry.path));
    if message.starts_with("unknown field") {
        let named = below().find(|other| other.path.last().is_some_and(|key| key == word) && other.key.is_some());
        return named.map_or(whole, |named| (named.path.clone(), named.key.clone().unwrap_or(named.value.clone())));
    }
    if message.starts_with("unknown variant") {
        let valued = below().find(|other| other.text.as_deref() == Some(word));
        // What is left of a table without its kind would be misread.
        return valued.map_or((whole.0, entry.value.clone()), |valued| (entry.path.clone(), valued.value.clone()));
    }
    if message.starts_with("missing field") { whole } else { (whole.0, entry.value.clone()) }
}

/// The deserialiser's message, with the nearest right word.
fn words(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if message.contains("untagged enum") {
        return "is neither a text, nor a whole number, nor a list of texts".into();
    }
    let Some((said, expected)) = message.split_once(", expected ") else { return message.to_owned() };
    let Some(word) = said.split('`').nth(1) else { return message.to_owned() };
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    match nearest(word, &known) {
        hint if hint.is_empty() || known.is_empty() => message.to_owned(),
        hint => format!("{said}{hint}"),
    }
}

fn remove(tree: &mut DeTable<'_>, path: &[String]) -> bool {
    let [first, rest @ ..] = path else { return false };
    if rest.is_empty() {
        return tree.remove(first.as_str()).is_some();
    }
    tree.get_mut(first.as_str()).is_some_and(|value| remove_below(value.get_mut(), rest))
}

fn remove_below(value: &mut DeValue<'_>, path: &[String]) -> bool {
    match value {
        DeValue::Table(table) => remove(table, path),
        DeValue::Array(list) => {
            let [first, rest @ ..] = path else { return false };
            let Ok(at) = first.parse::<usize>() else { return false };
            if !rest.is_empty() {
                return list.get_mut(at).is_some_and(|value| remove_below(value.get_mut(), rest));
            }
            let kept = list.clone().into_iter().enumerate().filter(|(number, _)| *number != at);
            *list = kept.map(|(_, value)| value).collect();
            true
        }
        _ => false,
    }
}
