//! A page as the texts of its records: that it is JSON, and where its records are, are found in one reading.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::lens;

/// Where the records of a text are, if there is a list of them.
pub(super) type List = Option<Vec<Range<usize>>>;

/// Where the elements of the list at a pointer are; the text is trimmed.
///
/// # Errors
/// It is not JSON.
pub(super) fn divide(text: &str, pointer: &str) -> Result<List, serde_json::Error> {
    let steps: Vec<Cow<'_, str>> = lens::steps(pointer).collect();
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Below(&steps).deserialize(&mut reader).and_then(|list| reader.end().map(|()| list));
    let list = if let Ok(list) = read {
        list
    } else {
        // a name that is no text, or a number that is none of ours, where nobody looks is JSON all the same
        serde_json::from_str::<IgnoredAny>(text)?;
        lens::list(text, pointer)
    };
    let begin = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    Ok(list.map(|list| list.into_iter().map(|part| begin(part)..begin(part) + part.len()).collect()))
}

/// Reads a value for the list that so many steps lead to.
struct Below<'s>(&'s [Cow<'s, str>]);

impl<'de> DeserializeSeed<'de> for Below<'_> {
    type Value = Option<Vec<&'de str>>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Below<'_> {
    type Value = Option<Vec<&'de str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Name(name)) = members.next_key()? {
            match self.0.split_first().filter(|(step, _)| **step == name) {
                // of a name that is there twice the last counts
                Some((_, rest)) => found = members.next_value_seed(Below(rest))?,
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let Some((step, rest)) = self.0.split_first() else {
            let mut list = Vec::new();
            while let Some(element) = elements.next_element::<&RawValue>()? {
                list.push(element.get());
            }
            return Ok(Some(list));
        };
        let (wanted, mut found) = (step.parse::<usize>().ok(), None);
        for index in 0.. {
            let is_there = if Some(index) == wanted {
                elements.next_element_seed(Below(rest))?.map(|list| found = list).is_some()
            } else {
                elements.next_element::<IgnoredAny>()?.is_some()
            };
            if !is_there {
                break;
            }
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A member's name, which is hardly ever escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts<'t>(text: &'t str, pointer: &str) -> Result<Option<Vec<&'t str>>, serde_json::Error> {
        Ok(divide(text, pointer)?.map(|list| list.into_iter().map(|part| &text[part]).collect()))
    }

    #[test]
    fn a_list_is_found_where_a_pointer_says() {
        let text = r#"{"a":[ {"b":[1 , "x",{"c":[]}]},7],"a\u0062":[2],"n":{"n":null},"e":1e999}"#;
        for (pointer, expected) in [
            ("/a", Some(vec![r#"{"b":[1 , "x",{"c":[]}]}"#, "7"])),
            ("/a/0/b", Some(vec!["1", r#""x""#, r#"{"c":[]}"#])),
            ("/a/0/b/2/c", Some(vec![])),
            ("/ab", Some(vec!["2"])),
            ("/n/n", None),
            ("/e", None),
            ("/a/1/b", None),
            ("/a/9", None),
            ("", None),
        ] {
            assert_eq!(parts(text, pointer).unwrap(), expected, "{pointer}");
        }
        assert_eq!(parts("[1,[2]]", "").unwrap(), Some(vec!["1", "[2]"]));
        assert_eq!(parts(r#"{"\ud800":1,"a":[1]}"#, "/a").unwrap(), Some(vec!["1"]), "a name that is no text");
        for broken in ["", "{", r#"{"a":[1,]}"#, r#"{"a":[1]} x"#, r#"{"a":[NaN]}"#, r#"{"a":[1]"#] {
            assert!(parts(broken, "/a").is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn a_page_is_divided_as_a_lens_divides_it(
            text in "(\\{|\\}|\\[|\\]|,|:|\"a\"|\"b\"|\"\\\\u0061\"|\"\\\\ud800\"|1|-2e9999|null|true| ){0,24}",
            nested in "(\"[ab]\":(\\[(1|\"a\"|\\{\"b\":\\[2\\]\\})?\\]|\\{\"a\":\\[3,4\\]\\}|1e999)(,\"c\":0)?,){0,4}",
            pointer in "(/[ab0]){0,3}",
        ) {
            for text in [text.trim().to_owned(), format!("{{{nested}\"z\":0}}")] {
                match serde_json::from_str::<IgnoredAny>(&text) {
                    Ok(_) => prop_assert_eq!(parts(&text, &pointer).unwrap(), lens::list(&text, &pointer), "{}", text),
                    Err(_) => prop_assert!(parts(&text, &pointer).is_err(), "{}", text),
                }
            }
        }
    }
}
