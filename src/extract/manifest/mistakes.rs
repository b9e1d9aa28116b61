//! Mistakes of a manifest, each with its place: all of a file are told at once, in the order of the file.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The way to a value: keys, and positions in lists.
pub(super) type Path<'a> = &'a [&'a str];

/// What is wrong with a file.
pub(super) struct Mistakes<'a> {
    text: &'a str,
    tree: DeTable<'a>,
    /// Streams that hold a mistake of syntax: what follows from it is not told as well.
    pub(super) spoilt: BTreeSet<String>,
    /// Where paths start: the root, or a table that has streams of its own.
    base: &'static [&'static str],
    found: Vec<(Range<usize>, String)>,
}

/// One entry of the tree: where its key and its value are.
pub(super) struct Entry {
    pub(super) path: Vec<String>,
    pub(super) key: Option<Range<usize>>,
    pub(super) value: Range<usize>,
    pub(super) text: Option<String>,
}

impl<'a> Mistakes<'a> {
    pub(super) fn new(text: &'a str, tree: DeTable<'a>) -> Mistakes<'a> {
        Mistakes { text, tree, spoilt: BTreeSet::new(), base: &[], found: Vec::new() }
    }

    /// From now on paths start at a table.
    pub(super) fn start_at(&mut self, base: &'static [&'static str]) {
        self.base = base;
    }

    /// A mistake at bytes of the file.
    pub(super) fn at_bytes(&mut self, place: Range<usize>, message: String) {
        self.found.push((place, message));
    }

    /// A mistake at a value; where that is not there, at the nearest thing that is: the default it comes from, the stream's name.
    pub(super) fn at(&mut self, path: Path<'_>, message: impl Into<String>) {
        let place = self.place(path);
        self.found.push((place, message.into()));
    }

    /// A mistake at a key.
    pub(super) fn at_key(&mut self, path: Path<'_>, message: impl Into<String>) {
        let full = [self.base, path].concat();
        let key = self.entries().into_iter().find(|entry| entry.path == full).and_then(|entry| entry.key);
        let place = key.unwrap_or_else(|| self.place(path));
        self.found.push((place, message.into()));
    }

    /// A check that knows no place: the word that its message quotes is looked for below a path.
    pub(super) fn adopt(&mut self, path: Path<'_>, result: anyhow::Result<()>) {
        let Err(error) = result else { return };
        let message = format!("{error:#}");
        let quoted: Vec<&str> = message.split(['"', '`']).skip(1).step_by(2).collect();
        let first = message.split([':', ' ']).next().unwrap_or_default();
        let full = [self.base, path].concat();
        let below: Vec<Entry> =
            self.entries().into_iter().filter(|entry| full.iter().zip(&entry.path).all(|(a, b)| a == b)).collect();
        let is_meant = |entry: &&Entry| entry.path.len() > full.len();
        let by_text = |word: &str| {
            below.iter().filter(is_meant).find(|e| e.text.as_deref() == Some(word)).map(|e| e.value.clone())
        };
        let by_key = |word: &str| {
            let named = below.iter().filter(is_meant).find(|e| e.path.last().is_some_and(|key| key == word));
            named.map(|e| e.key.clone().unwrap_or(e.value.clone()))
        };
        let place = quoted.iter().find_map(|word| by_text(word)).or_else(|| by_key(first));
        let place = place.or_else(|| quoted.iter().find_map(|word| by_key(word))).unwrap_or_else(|| self.place(path));
        self.found.push((place, message));
    }

    /// Those of another look at the same file become these.
    pub(super) fn take_over(&mut self, into: &mut Mistakes<'_>) {
        into.found.append(&mut self.found);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them as an operator reads them: file, line, column, the line itself and a caret under the word.
    pub(super) fn render(mut self, file: &str) -> String {
        self.found.sort_by_key(|(place, _)| place.start);
        self.found.dedup();
        let told: Vec<String> =
            self.found.iter().map(|(place, message)| told(self.text, file, place, message)).collect();
        told.join("\n")
    }

    fn place(&self, path: Path<'_>) -> Range<usize> {
        let entries = self.entries();
        let find = |path: &[&str]| {
            let full = [self.base, path].concat();
            entries.iter().find(|entry| entry.path == full)
        };
        if let Some(entry) = find(path) {
            return entry.value.clone();
        }
        if let ["streams", _, rest @ ..] = path
            && let Some(entry) = find(&[&["defaults"], rest].concat())
        {
            return entry.value.clone();
        }
        for length in (1..path.len()).rev() {
            if let ["streams", number] = path[..length] {
                let name = find(&["streams", number, "name"]);
                return name.or_else(|| find(&path[..length])).map_or(0..0, |entry| entry.value.clone());
            }
            if let Some(entry) = find(&path[..length]) {
                return entry.key.clone().unwrap_or(entry.value.clone());
            }
        }
        0..0
    }

    fn entries(&self) -> Vec<Entry> {
        entries(&self.tree)
    }
}

/// Every entry of a table, those above before those below.
pub(super) fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let mut found = Vec::new();
    below(table, &mut Vec::new(), &mut found);
    found
}

fn below(table: &DeTable<'_>, path: &mut Vec<String>, found: &mut Vec<Entry>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        enter(Some(key.span()), value, path, found);
        path.pop();
    }
}

fn enter(key: Option<Range<usize>>, value: &Spanned<DeValue<'_>>, path: &mut Vec<String>, found: &mut Vec<Entry>) {
    let text = value.get_ref().as_str().map(str::to_owned);
    found.push(Entry { path: path.clone(), key, value: value.span(), text });
    match value.get_ref() {
        DeValue::Table(table) => below(table, path, found),
        DeValue::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                path.push(number.to_string());
                enter(None, value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// `FILE:LINE:COLUMN: MESSAGE`, the line, and a caret under what is meant of it.
fn told(text: &str, file: &str, place: &Range<usize>, message: &str) -> String {
    let start = place.start.min(text.len());
    let before = text.get(..start).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let column = text.get(line_start..start).unwrap_or_default().chars().count();
    let end = place.end.clamp(start, line_start + line.len());
    let width = text.get(start..end).map_or(1, |meant| meant.trim_end().chars().count()).max(1);
    let pad = " ".repeat(number.to_string().len());
    format!(
        "{file}:{number}:{}: {message}\n{pad} |\n{number} | {line}\n{pad} | {}{}",
        column + 1,
        " ".repeat(column),
        "^".repeat(width)
    )
}
