//! Looking into and editing JSON text without parsing it into values: what is not touched stays as received, numbers
//! to the last digit.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An object's members in order, duplicates included.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Collect<'a> {
            type Value = Members<'a>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
                let mut members = Vec::new();
                while let Some(Key(name)) = map.next_key::<Key<'a>>()? {
                    members.push((name, map.next_value::<&'a RawValue>()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect(std::marker::PhantomData))
    }
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    serde_json::from_str::<Members<'_>>(text).ok().map(|m| m.0)
}

fn elements(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(text).ok()
}

/// The names of an object's own members as written, in one pass that looks at nothing below them; none of what is no object.
pub(super) fn names(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut names = Vec::new();
    let (mut at, mut depth, mut is_name) = (0, 0_u32, false);
    if !text.starts_with('{') {
        return names;
    }
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let start = at + 1;
                at = end_of_text(bytes, start);
                if is_name && depth == 1 {
                    names.extend(text.get(start..at));
                    is_name = false;
                }
            }
            b'{' | b'[' => {
                depth += 1;
                is_name = depth == 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => is_name = depth == 1,
            _ => {}
        }
        at += 1;
    }
    names
}

/// Where a text's closing quote is.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if bytes[at + found] == b'"' {
            return at + found;
        }
        at += found + 2;
    }
    bytes.len()
}

/// The steps of a JSON pointer.
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// The text at a pointer; null is something, absence is not.
pub(super) fn at<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
    let mut here = text.trim();
    for step in steps(pointer) {
        here = match here.as_bytes().first()? {
            b'{' => members(here)?.into_iter().rev().find(|(name, _)| *name == step)?.1.get(),
            b'[' => elements(here)?.get(step.parse::<usize>().ok()?)?.get(),
            _ => return None,
        };
    }
    Some(here)
}

/// The elements of the array at a pointer; `None` where there is none.
pub(super) fn list<'a>(text: &'a str, pointer: &str) -> Option<Vec<&'a str>> {
    let here = at(text, pointer)?;
    Some(elements(here)?.into_iter().map(RawValue::get).collect())
}

/// A scalar as plain text: strings unquoted, numbers and booleans as written, null as nothing.
pub(super) fn plain(text: &str) -> Option<String> {
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(text.to_owned()),
    }
}

/// The scalar at a pointer as plain text.
pub(super) fn plain_at(text: &str, pointer: &str) -> Option<String> {
    at(text, pointer).and_then(plain)
}

/// Whether the value at a pointer is `true`.
pub(super) fn is_true(text: &str, pointer: &str) -> bool {
    at(text, pointer) == Some("true")
}

/// A string as JSON.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Pointers to remove, as a tree so that a record is walked once.
#[derive(Debug, Clone, Default)]
pub(super) struct Removal {
    children: BTreeMap<String, Removal>,
    is_leaf: bool,
}

impl Removal {
    pub(super) fn new<'a>(pointers: impl IntoIterator<Item = &'a String>) -> Removal {
        let mut root = Removal::default();
        for pointer in pointers {
            let mut node = &mut root;
            for step in steps(pointer) {
                node = node.children.entry(step).or_default();
            }
            node.is_leaf = true;
        }
        root
    }

    /// The text without the removed members.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        self.write(text.trim(), &mut out);
        out
    }

    fn write(&self, text: &str, out: &mut String) {
        if self.children.is_empty() {
            out.push_str(text);
            return;
        }
        match text.as_bytes().first() {
            Some(b'{') => {
                let kept = members(text).unwrap_or_default();
                let kept = kept.into_iter().map(|(name, value)| (self.child(&name), Some(name), value));
                write_all('{', '}', kept, out);
            }
            Some(b'[') => {
                let kept = elements(text).unwrap_or_default();
                let kept = kept.into_iter().enumerate().map(|(i, value)| (self.child(&i.to_string()), None, value));
                write_all('[', ']', kept, out);
            }
            _ => out.push_str(text),
        }
    }

    fn child(&self, step: &str) -> Option<&Removal> {
        self.children.get(step).or_else(|| self.children.get("*"))
    }
}

fn write_all<'a>(
    open: char,
    close: char,
    parts: impl Iterator<Item = (Option<&'a Removal>, Option<Cow<'a, str>>, &'a RawValue)>,
    out: &mut String,
) {
    out.push(open);
    let mut is_first = true;
    for (removal, name, value) in parts {
        if removal.is_some_and(|r| r.is_leaf) {
            continue;
        }
        if !is_first {
            out.push(',');
        }
        is_first = false;
        if let Some(name) = name {
            out.push_str(&quote(&name));
            out.push(':');
        }
        match removal {
            Some(removal) => removal.write(value.get(), out),
            None => out.push_str(value.get()),
        }
    }
    out.push(close);
}

/// The text with the value at an existing pointer replaced.
pub(super) fn replace(text: &str, pointer: &str, json: &str) -> String {
    let Some(old) = at(text, pointer) else { return text.to_owned() };
    // `at` returns a slice of `text`, so its place is known.
    let start = old.as_ptr() as usize - text.as_ptr() as usize;
    format!("{}{json}{}", &text[..start], &text[start + old.len()..])
}

/// The object with one more member at its end.
pub(super) fn with_member(text: &str, name: &str, json: &str) -> String {
    let body = text.trim().strip_suffix('}').unwrap_or(text).trim_end();
    let comma = if body.ends_with('{') { "" } else { "," };
    format!("{body}{comma}{}:{json}}}", quote(name))
}

/// An object of column names and an array's values.
pub(super) fn zip(columns: &[String], row: &str) -> Option<String> {
    let values = elements(row)?;
    if values.len() != columns.len() {
        return None;
    }
    let parts: Vec<String> = columns.iter().zip(values).map(|(c, v)| format!("{}:{}", quote(c), v.get())).collect();
    Some(format!("{{{}}}", parts.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_removed_stays_as_written() {
        let text = r#"{ "a": 1.10, "b": {"c": 12345678901234567890123, "d": 1e2}, "list": [{"x":1,"y":2},{"x":3}] }"#;
        let removal = Removal::new(&["/b/d".into(), "/list/*/x".into(), "/absent/z".into()]);
        assert_eq!(removal.apply(text), r#"{"a":1.10,"b":{"c":12345678901234567890123},"list":[{"y":2},{}]}"#);
    }

    #[test]
    fn values_are_found_replaced_and_added() {
        let text = r#"{"items":{"data":[1,2],"has_more":true},"n":null}"#;
        assert_eq!(at(text, "/items/data/1"), Some("2"));
        assert_eq!(at(text, "/n"), Some("null"));
        assert_eq!(at(text, "/m"), None);
        assert_eq!(replace(text, "/items/data", "[9]"), r#"{"items":{"data":[9],"has_more":true},"n":null}"#);
        assert_eq!(with_member("{}", "_parent", "7"), r#"{"_parent":7}"#);
        assert_eq!(with_member("{\"a\":1 }", "b", "2"), r#"{"a":1,"b":2}"#);
        assert_eq!(zip(&["a".into(), "b".into()], "[1.0,\"x\"]").unwrap(), r#"{"a":1.0,"b":"x"}"#);
    }

    #[test]
    fn names_are_those_of_the_object_itself() {
        assert_eq!(names(r#"{"a":1,"b":{"c":[{"d":","}]},"e\"{":"x\\","f":[1,2]}"#), ["a", "b", r#"e\"{"#, "f"]);
        assert_eq!((names("{}").len(), names("[\"a\"]").len(), names("{\"a").len()), (0, 0, 1));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_never_a_panic(text in ".{0,40}", pointer in "(/[a-z0-9*~]{0,3}){0,3}") {
            let _ = at(&text, &pointer);
            let _ = Removal::new([&pointer]).apply(&text);
            let _ = replace(&text, &pointer, "1");
            let _ = with_member(&text, "a", "1");
            let _ = names(&format!("{{{text}"));
        }
    }
}
