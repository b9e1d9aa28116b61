//! Looking into and editing JSON text without parsing it into values: what is not touched stays as received, numbers
//! to the last digit.

use std::borrow::Cow;

/// The bytes of a word that equal `byte`, each by its highest bit; what is set above the lowest one may be wrong.
fn equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let zero = word ^ (ONES * u64::from(byte));
    zero.wrapping_sub(ONES) & !zero & (ONES << 7)
}

/// Where a string ends that begins at `at` with its quote: the byte after the closing one, and whether it holds an escape.
pub(super) fn string_end(text: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut is_escaped = false;
    at += 1;
    loop {
        // most strings are too short to be worth a call
        while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk()) {
            let word = u64::from_le_bytes(*bytes);
            let found = equal(word, b'"') | equal(word, b'\\');
            if found != 0 {
                at += found.trailing_zeros() as usize / 8;
                break;
            }
            at += 8;
        }
        match *text.get(at)? {
            b'"' => return Some((at + 1, is_escaped)),
            b'\\' => {
                is_escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// Where the value ends that begins at `at`. Whoever calls has parsed the text before: here it is only measured, so that what
/// is passed over costs next to nothing. Of text that is no JSON something is found or nothing, never a panic.
pub(super) fn value_end(text: &[u8], mut at: usize) -> Option<usize> {
    let first = *text.get(at)?;
    match first {
        b'"' => string_end(text, at).map(|(end, _)| end),
        b'{' | b'[' => {
            let mut depth = 0_usize;
            loop {
                match *text.get(at)? {
                    b'"' => {
                        (at, _) = string_end(text, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let is_over = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\r' | b'\t');
            let length = text[at..].iter().position(is_over).unwrap_or(text.len() - at);
            (length > 0).then_some(at + length)
        }
    }
}

fn after_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// After a value: where the next one begins, or `None` with the place of the closing bracket.
fn next_or_end(text: &[u8], at: usize, close: u8) -> Option<Result<usize, usize>> {
    let at = after_space(text, at);
    match *text.get(at)? {
        b',' => Some(Ok(after_space(text, at + 1))),
        byte if byte == close => Some(Err(at)),
        _ => None,
    }
}

/// Tells of every member of the object that begins at `at`: its name, where the name begins, and where its value is. What is
/// told may give back where the value ends, if it knows. Returns the object's end; `None` if the text is none.
pub(super) fn each_member<'a>(
    text: &'a str,
    at: usize,
    mut told: impl FnMut(Cow<'a, str>, usize, usize) -> Option<usize>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = after_space(bytes, at + 1);
    if bytes.get(at) == Some(&b'}') {
        return Some(at + 1);
    }
    loop {
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let (name_end, is_escaped) = string_end(bytes, at)?;
        let colon = after_space(bytes, name_end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = after_space(bytes, colon + 1);
        let end = told(name(text.get(at..name_end)?, is_escaped)?, at, value)?;
        match next_or_end(bytes, end, b'}')? {
            Ok(next) => at = next,
            Err(close) => return Some(close + 1),
        }
    }
}

/// Tells of every element of the array that begins at `at`: its number and where it is. The rest is as with members.
pub(super) fn each_element(
    text: &str,
    at: usize,
    mut told: impl FnMut(usize, usize) -> Option<usize>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = after_space(bytes, at + 1);
    if bytes.get(at) == Some(&b']') {
        return Some(at + 1);
    }
    for index in 0.. {
        match next_or_end(bytes, told(index, at)?, b']')? {
            Ok(next) => at = next,
            Err(close) => return Some(close + 1),
        }
    }
    None
}

/// A member's name, its escapes read. One that is no text (half of a character) is as it is written: what stands behind it is
/// seen all the same, and dropped where it is to be.
fn name(quoted: &str, is_escaped: bool) -> Option<Cow<'_, str>> {
    let read = if is_escaped { serde_json::from_str(quoted).ok().map(Cow::Owned) } else { None };
    read.or_else(|| quoted.get(1..quoted.len() - 1).map(Cow::Borrowed))
}

fn elements(text: &str, at: usize) -> Option<(Vec<&str>, usize)> {
    let mut found = Vec::new();
    let end = each_element(text, at, |_, value| {
        let end = value_end(text.as_bytes(), value)?;
        found.push(text.get(value..end)?);
        Some(end)
    })?;
    Some((found, end))
}

/// The names of an object's own members; none of what is no object.
pub(super) fn names(text: &str) -> Vec<Cow<'_, str>> {
    let mut names = Vec::new();
    if text.starts_with('{') {
        each_member(text, 0, |name, _, value| {
            names.push(name);
            value_end(text.as_bytes(), value)
        });
    }
    names
}

/// The steps of a JSON pointer.
pub(super) fn steps(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|step| {
        if step.contains('~') { Cow::Owned(step.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(step) }
    })
}

/// The pointer to an object's own member.
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// One step down; of a name that is there twice the last counts.
fn step_into<'a>(text: &'a str, step: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut found = None;
    match bytes.first()? {
        b'{' => each_member(text, 0, |name, _, value| {
            let end = value_end(bytes, value)?;
            if name == step {
                found = text.get(value..end);
            }
            Some(end)
        })?,
        b'[' => {
            let wanted = step.parse::<usize>().ok()?;
            each_element(text, 0, |index, value| {
                let end = value_end(bytes, value)?;
                if index == wanted {
                    found = text.get(value..end);
                }
                Some(end)
            })?
        }
        _ => return None,
    };
    found
}

/// The text at a pointer where names are not there twice: else the first of them, so that the rest need not be seen.
pub(super) fn first<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
    steps(pointer).try_fold(text.trim(), |here, step| {
        if !here.starts_with('{') {
            return step_into(here, &step);
        }
        let mut found = None;
        each_member(here, 0, |name, _, value| {
            let end = value_end(here.as_bytes(), value)?;
            if name != step {
                return Some(end);
            }
            found = here.get(value..end);
            None
        });
        found
    })
}

/// The text at a pointer; null is something, absence is not.
pub(super) fn at<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
    steps(pointer).try_fold(text.trim(), |here, step| step_into(here, &step))
}

/// The elements of the array at a pointer; `None` where there is none.
pub(super) fn list<'a>(text: &'a str, pointer: &str) -> Option<Vec<&'a str>> {
    let (parent, last) = match pointer.rfind('/') {
        Some(slash) => (at(text, &pointer[..slash])?, steps(&pointer[slash..]).next()?),
        None => (text.trim(), Cow::Borrowed("")),
    };
    let is_list = |at: usize| parent.as_bytes().get(at) == Some(&b'[');
    if pointer.is_empty() {
        return if is_list(0) { elements(parent, 0).map(|(found, _)| found) } else { None };
    }
    if !parent.starts_with('{') {
        let here = step_into(parent, &last)?;
        return if here.starts_with('[') { elements(here, 0).map(|(found, _)| found) } else { None };
    }
    // a page is nearly all list: it is measured and split at once
    let mut found = None;
    each_member(parent, 0, |name, _, value| {
        if name != last {
            return value_end(parent.as_bytes(), value);
        }
        if is_list(value) {
            let (list, end) = elements(parent, value)?;
            found = Some(list);
            return Some(end);
        }
        found = None;
        value_end(parent.as_bytes(), value)
    })?;
    found
}

/// The text around these elements of one of its lists: what else a page says, without its records.
pub(super) fn around(text: &str, elements: &[&str]) -> String {
    let place = |element: &str| element.as_ptr() as usize - text.as_ptr() as usize;
    match (elements.first(), elements.last()) {
        (Some(first), Some(last)) => {
            format!("{}{}", &text[..place(first)], &text[place(last) + last.len()..])
        }
        _ => text.to_owned(),
    }
}

/// Name (or number) and text of an object's members or an array's elements.
pub(super) fn parts(text: &str) -> Option<Vec<(String, &str)>> {
    let mut parts = Vec::new();
    match text.as_bytes().first()? {
        b'{' => each_member(text, 0, |name, _, value| {
            let end = value_end(text.as_bytes(), value)?;
            parts.push((name.into_owned(), text.get(value..end)?));
            Some(end)
        })?,
        b'[' => each_element(text, 0, |index, value| {
            let end = value_end(text.as_bytes(), value)?;
            parts.push((index.to_string(), text.get(value..end)?));
            Some(end)
        })?,
        _ => return None,
    };
    Some(parts)
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
    says_true(text, pointer) && at(text, pointer) == Some("true")
}

/// Whether `true` stands behind the pointer's last name anywhere in the text, which most texts answer at a glance.
fn says_true(text: &str, pointer: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(name) = steps(pointer).last().filter(|name| name.parse::<usize>().is_err()) else { return true };
    let name = format!("\"{name}\"");
    memchr::memchr(b'\\', bytes).is_some()
        || memchr::memmem::find_iter(bytes, name.as_bytes()).any(|found| {
            let colon = after_space(bytes, found + name.len());
            let value = after_space(bytes, colon + 1);
            bytes.get(colon) == Some(&b':') && bytes.get(value..).is_some_and(|rest| rest.starts_with(b"true"))
        })
}

/// A string as JSON.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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
    let row = row.trim();
    let (values, _) = if row.starts_with('[') { elements(row, 0)? } else { return None };
    if values.len() != columns.len() {
        return None;
    }
    let parts: Vec<String> = columns.iter().zip(values).map(|(c, v)| format!("{}:{v}", quote(c))).collect();
    Some(format!("{{{}}}", parts.join(",")))
}

#[cfg(test)]
mod tests {
    use super::super::pick::Picker;
    use super::*;
    use proptest::prelude::*;

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
    fn what_is_around_a_list_and_first_of_a_name_are_found_without_the_rest() {
        let page = r#"{"more":true,"data":[{"a":1}, {"a":2}],"next":"x"}"#;
        assert_eq!(around(page, &list(page, "/data").unwrap()), r#"{"more":true,"data":[],"next":"x"}"#);
        assert_eq!(around(r#"{"data":[]}"#, &[]), r#"{"data":[]}"#);
        assert_eq!(around(r" [1,2] ", &list(" [1,2] ", "").unwrap()), " [] ");
        assert_eq!(first(r#" {"b":{"a":0},"a":"x","a":2"#, "/a"), Some("\"x\""));
        assert_eq!((first("[]", "/a"), first("{}", "/a"), first(r#"{"b":1,"#, "/a")), (None, None, None));
    }

    #[test]
    fn names_are_those_of_the_object_itself() {
        let text = r#"{"a":1,"b":{"c":[{"d":","}]},"e\"{":"x\\","f":[1,2]}"#;
        assert_eq!(names(text), ["a", "b", "e\"{", "f"]);
        assert_eq!((names("{}").len(), names("[\"a\"]").len(), names("{\"a").len()), (0, 0, 0));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            "[a-c\"\\\\{}\\[\\], :\u{e4}]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a-c\"\\\\]{1,2}", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// What pages are made of, and what is none.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "\"data\":",
            "\"data\":[",
            "\"a/b\":{",
            "\"id\":",
            ",",
            ":",
            "\"",
            "\\",
            "\\u0000",
            "\\ud83d",
            "1",
            "-",
            "1e999",
            "null",
            "true",
            "\"a\"",
            "\"]\"",
            "\"\\\"}\"",
            "\u{feff}",
            "\u{e4}",
            " ",
            "\n",
            "{\"id\":1}",
            "{\"data\":[{\"id\":1}]}",
            "[[[[[[[[[[",
            "]]]]]]]]]]",
        ])
    }

    proptest! {
        #[test]
        fn a_lens_sees_what_a_parser_sees(value in json(), pointer in "(/([a-c]{1,2}|[0-3])){0,3}", is_pretty: bool) {
            let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            let there = value.pointer(&pointer);
            prop_assert_eq!(at(&text, &pointer).map(read), there.cloned());
            let of_list = list(&text, &pointer).map(|all| all.into_iter().map(read).collect::<Vec<_>>());
            prop_assert_eq!(of_list.as_ref(), there.and_then(|there| there.as_array()));
            prop_assert_eq!(is_true(&text, &pointer), there == Some(&true.into()));
            let wanted = Picker::new([], [&pointer]);
            let picked = wanted.pick(&text);
            prop_assert_eq!(picked.values[0].map(read), there.cloned());
            prop_assert_eq!(picked.rest(), text.trim());
            let rest = Picker::new([&pointer], []).pick(&text).rest();
            let mut without = value.clone();
            let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
            match without.pointer_mut(parent) {
                Some(serde_json::Value::Object(members)) => drop(members.remove(last)),
                Some(serde_json::Value::Array(list)) => {
                    if let Some(index) = last.parse::<usize>().ok().filter(|index| *index < list.len()) {
                        list.remove(index);
                    }
                }
                _ => {}
            }
            if !pointer.is_empty() {
                prop_assert_eq!(read(&rest), without);
            }
        }

        #[test]
        fn a_page_that_is_nearly_one_is_split_or_refused(pieces in prop::collection::vec(piece(), 0..24), cut in any::<prop::sample::Index>()) {
            let text = pieces.concat();
            let text = &text[..(0..=cut.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)];
            for pointer in ["", "/data", "/data/0", "/a~1b/data"] {
                let found = list(text, pointer);
                if let (Ok(page), Some(found)) = (serde_json::from_str::<serde_json::Value>(text), &found) {
                    let records = page.pointer(pointer).and_then(|list| list.as_array()).map_or(0, Vec::len);
                    prop_assert_eq!(found.len(), records, "{} in {}", pointer, text);
                }
                prop_assert!(found.iter().flatten().map(|record| record.len()).sum::<usize>() <= text.len());
            }
        }

        #[test]
        fn arbitrary_text_is_never_a_panic(text in ".{0,40}", pointer in "(/[a-z0-9*~]{0,3}){0,3}") {
            let _ = at(&text, &pointer);
            let _ = list(&text, &pointer);
            let _ = Picker::new([&pointer], [&pointer]).pick(&text).rest();
            let _ = (is_true(&text, &pointer), first(&text, &pointer));
            let _ = replace(&text, &pointer, "1");
            let _ = with_member(&text, "a", "1");
            let _ = names(&format!("{{{text}"));
        }
    }
}
