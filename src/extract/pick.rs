//! Everything a stream wants to know of a record, and what it leaves out of it, in one walk.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use super::lens::{each_element, each_member, steps, value_end};

/// Pointers as a tree, so that a record is walked once.
#[derive(Debug, Clone, Default)]
struct Tree {
    /// By name; so few that looking through them is the shortest way.
    children: Vec<(String, Tree)>,
    /// Which of the pointers end here.
    ends: Vec<usize>,
    /// Its child `*` stands for every name and element that is not among the others.
    has_any: bool,
}

impl Tree {
    fn new<'a>(pointers: impl IntoIterator<Item = &'a String>) -> Tree {
        let mut root = Tree::default();
        for (index, pointer) in pointers.into_iter().enumerate() {
            let node = steps(pointer).fold(&mut root, |node, step| node.child_or_new(&step));
            node.ends.push(index);
        }
        root
    }

    /// The same with `*` as every name and element: what is named beside it has its own and that of all.
    fn with_any(mut self) -> Tree {
        if let Some(all) = self.child("*").cloned() {
            self.has_any = true;
            for (_, child) in self.children.iter_mut().filter(|(name, _)| name != "*") {
                child.add(&all);
            }
        }
        self.children = self.children.into_iter().map(|(name, child)| (name, child.with_any())).collect();
        self
    }

    fn add(&mut self, other: &Tree) {
        self.ends.extend(&other.ends);
        for (name, child) in &other.children {
            self.child_or_new(name).add(child);
        }
    }

    fn child_or_new(&mut self, step: &str) -> &mut Tree {
        let found = self.children.iter().position(|(name, _)| name == step);
        let place = found.unwrap_or_else(|| {
            self.children.push((step.to_owned(), Tree::default()));
            self.children.len() - 1
        });
        &mut self.children[place].1
    }

    fn child(&self, step: &str) -> Option<&Tree> {
        let named = |step: &str| self.children.iter().find(|(name, _)| name == step).map(|(_, tree)| tree);
        named(step).or_else(|| if self.has_any { named("*") } else { None })
    }
}

/// What is removed from a record and what is looked up in it, so that both take one walk.
#[derive(Debug, Clone, Default)]
pub(super) struct Picker {
    removed: Tree,
    wanted: Tree,
    count: usize,
}

/// A record walked through.
pub(super) struct Picked<'a> {
    /// What is at each wanted pointer, unless it is removed.
    pub(super) values: Vec<Option<&'a str>>,
    /// The first of the wanted pointers whose name was there twice: nobody can say which value is meant.
    pub(super) repeated: Option<usize>,
    holes: Vec<Range<usize>>,
    /// Over the names of its own members that stay.
    names: DefaultHasher,
    text: &'a str,
}

impl Picker {
    /// `*` in a pointer to remove is every name and every element.
    pub(super) fn new<'a>(
        removed: impl IntoIterator<Item = &'a String>,
        wanted: impl IntoIterator<Item = &'a String>,
    ) -> Picker {
        let wanted: Vec<&String> = wanted.into_iter().collect();
        let count = wanted.len();
        Picker { removed: Tree::new(removed).with_any(), wanted: Tree::new(wanted), count }
    }

    /// One that only removes, and takes `*` as a name like any other.
    pub(super) fn without<'a>(removed: impl IntoIterator<Item = &'a String>) -> Picker {
        Picker { removed: Tree::new(removed), ..Picker::default() }
    }

    /// Walks through a record.
    pub(super) fn pick<'a>(&self, text: &'a str) -> Picked<'a> {
        let text = text.trim();
        let mut picked = Picked {
            values: vec![None; self.count],
            repeated: None,
            holes: Vec::new(),
            names: DefaultHasher::new(),
            text,
        };
        for end in &self.wanted.ends {
            picked.values[*end] = Some(text);
        }
        if matches!(text.as_bytes().first(), Some(b'{' | b'[')) {
            picked.walk(0, true, Some(&self.removed), Some(&self.wanted));
        }
        picked
    }
}

impl<'a> Picked<'a> {
    /// The record without what is removed, else as received.
    pub(super) fn rest(&self) -> Cow<'a, str> {
        if self.holes.is_empty() {
            return Cow::Borrowed(self.text);
        }
        let mut out = String::with_capacity(self.text.len());
        let mut from = 0;
        for hole in &self.holes {
            out.push_str(self.text.get(from..hole.start).unwrap_or_default());
            from = from.max(hole.end);
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// The same for records whose own members that stay have the same names in the same order.
    pub(super) fn shape(&self) -> u64 {
        self.names.finish()
    }

    /// Walks through the object or array at `at`, which may be the record itself; returns its end.
    fn walk(&mut self, at: usize, is_whole: bool, removed: Option<&Tree>, wanted: Option<&Tree>) -> Option<usize> {
        let text = self.text;
        // where the last value that stays ended: a hole behind it takes the comma before it along
        let mut kept = None;
        // a hole at the beginning waits for what follows it: it takes the comma after it along
        let mut open: Option<usize> = None;
        let mut each = |this: &mut Picked<'a>, step: &str, begin: usize, value: usize| {
            let gone = removed.and_then(|tree| tree.child(step));
            if let Some(from) = open.take_if(|_| gone.is_none_or(|tree| tree.ends.is_empty())) {
                this.holes.push(from..begin);
            }
            if gone.is_some_and(|tree| !tree.ends.is_empty()) {
                let end = value_end(text.as_bytes(), value)?;
                match (kept, open) {
                    (Some(kept), _) => this.holes.push(kept..end),
                    (None, None) => open = Some(begin),
                    (None, Some(_)) => {}
                }
                return Some(end);
            }
            if is_whole {
                this.names.write(step.as_bytes());
                this.names.write_u8(0xff);
            }
            let end = this.value(value, gone, wanted.and_then(|tree| tree.child(step)))?;
            kept = Some(end);
            Some(end)
        };
        let end = if text.as_bytes().get(at) == Some(&b'{') {
            each_member(text, at, |name, begin, value| each(self, &name, begin, value))
        } else {
            each_element(text, at, |index, value| {
                // nobody asks for the elements of most lists
                let is_asked = |tree: Option<&Tree>| tree.is_some_and(|tree| !tree.children.is_empty());
                let step = if is_asked(removed) || is_asked(wanted) { index.to_string() } else { String::new() };
                each(self, &step, value, value)
            })
        }?;
        if let Some(from) = open {
            self.holes.push(from..end - 1);
        }
        Some(end)
    }

    /// Takes note of the value at `at`, and of what is in it.
    fn value(&mut self, at: usize, removed: Option<&Tree>, wanted: Option<&Tree>) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let has_more = |tree: Option<&Tree>| tree.is_some_and(|tree| !tree.children.is_empty());
        if let Some(tree) = wanted {
            // of a name that is there twice the last counts, with all that is in it
            self.repeated = self.repeated.or_else(|| self.known(tree));
            self.forget(tree);
        }
        let end = if matches!(bytes.get(at), Some(b'{' | b'[')) && (has_more(removed) || has_more(wanted)) {
            self.walk(at, false, removed, wanted)?
        } else {
            value_end(bytes, at)?
        };
        for index in wanted.map_or(&[][..], |tree| &tree.ends) {
            self.values[*index] = self.text.get(at..end);
        }
        Some(end)
    }

    fn known(&self, tree: &Tree) -> Option<usize> {
        let own = tree.ends.iter().copied().find(|index| self.values[*index].is_some());
        own.or_else(|| tree.children.iter().find_map(|(_, child)| self.known(child)))
    }

    fn forget(&mut self, tree: &Tree) {
        for index in &tree.ends {
            self.values[*index] = None;
        }
        tree.children.iter().for_each(|(_, child)| self.forget(child));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_removed_stays_as_written() {
        let without = |text: &str, removed: &[&str]| {
            let removed: Vec<String> = removed.iter().map(|&pointer| pointer.to_owned()).collect();
            Picker::new(&removed, &[]).pick(text).rest().into_owned()
        };
        let text = r#"{ "a": 1.10, "b": {"c": 12345678901234567890123, "d": 1e2}, "list": [{"x":1,"y":2},{"x":3}] }"#;
        assert_eq!(
            without(text, &["/b/d", "/list/*/x", "/absent/z"]),
            r#"{ "a": 1.10, "b": {"c": 12345678901234567890123}, "list": [{"y":2},{}] }"#
        );
        let list = r#"{"list":[{"x":1,"y":2,"z":3},{"x":4,"y":5,"z":6}],"*":{"x":7,"y":8}}"#;
        assert_eq!(
            without(list, &["/list/0/x", "/list/*/y", "/*/1/z"]),
            r#"{"list":[{"z":3},{"x":4}],"*":{"x":7,"y":8}}"#,
            "what is named beside * is of all, too"
        );
        assert_eq!(without(list, &["/list/*", "/list/0/x"]), r#"{"list":[],"*":{"x":7,"y":8}}"#);
        let literal = Picker::without(&["/*".to_owned()]).pick(list).rest();
        assert_eq!(literal, r#"{"list":[{"x":1,"y":2,"z":3},{"x":4,"y":5,"z":6}]}"#);
        let text = r#"{"a":1,"b":2 , "c":3,"d":4}"#;
        assert_eq!(without(text, &["/a"]), r#"{"b":2 , "c":3,"d":4}"#);
        assert_eq!(without(text, &["/a", "/b"]), r#"{"c":3,"d":4}"#);
        assert_eq!(without(text, &["/b", "/c", "/d"]), r#"{"a":1}"#);
        assert_eq!(without(text, &["/a", "/c"]), r#"{"b":2 ,"d":4}"#.replace(" ,", ","));
        assert_eq!(without(text, &["/a", "/b", "/c", "/d"]), "{}");
        assert_eq!(without(r#"{"a":1,"x":2,"a":3}"#, &["/a"]), r#"{"x":2}"#, "each of a name that is there twice");
        assert_eq!(without(r#"{"\u0061":1,"x":2}"#, &["/a"]), r#"{"x":2}"#, "an escaped name is no way past");
        let half = r#"{"\ud800":1,"a":2,"b":{"\ud800":3,"a":4}}"#;
        assert_eq!(without(half, &["/a", "/b/a"]), r#"{"\ud800":1,"b":{"\ud800":3}}"#, "nor one that is no text");
    }

    #[test]
    fn what_is_wanted_is_found_on_the_same_walk() {
        let text = r#" {"id":"x","items":{"data":[{"id":1}],"more":false},"id":null,"gone":{"a":1}} "#;
        let (removed, wanted) = (
            ["/gone".to_owned(), "/items/data/*/id".to_owned()],
            ["/id", "/items", "/items/more", "/items/data/0", "/gone/a", "", "/items/none"].map(str::to_owned),
        );
        let picked = Picker::new(&removed, &wanted).pick(text);
        let list = r#"{"data":[{"id":1}],"more":false}"#;
        assert_eq!(
            picked.values,
            [Some("null"), Some(list), Some("false"), Some(r#"{"id":1}"#), None, Some(text.trim()), None]
        );
        assert_eq!(picked.rest(), r#"{"id":"x","items":{"data":[{}],"more":false},"id":null}"#);
        let shape = |text: &str| Picker::new(&["/gone".to_owned()], &[]).pick(text).shape();
        assert_eq!(shape(r#"{"a":1,"gone":2,"b":{"c":3}}"#), shape(r#"{"\u0061":{}, "b":[]}"#), "of what stays");
        assert_ne!(shape(r#"{"a":1,"b":2}"#), shape(r#"{"b":1,"a":2}"#));
    }
}
