//! Fields that land as keyed hashes: what was there can be recognised and joined, and not read.
//!
//! HMAC-SHA256 with a key of the store, cut to 128 bits, so that the same value is the same text in every stream and pull, and in no
//! other store. Of an e-mail address the domain stays: it says which company, not who.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::Sha256;

use super::landing::hex;
use super::lens;
use super::mend;
use super::qualify::{BETWEEN, known_as};
use crate::ledger::keys;

/// The store's key, relative to the store.
pub const FILE: &str = "keys/hash";

const PREFIX: &str = "h_";
/// Characters of a hash after its prefix.
const DIGITS: usize = 32;

/// Hashes values with the key of a store. Never printed.
pub struct Hasher([u8; keys::BYTES]);

impl Hasher {
    /// With the store's key, made if there is none.
    pub fn of(store: &Path) -> Result<Hasher> {
        let lost = "what was hashed before no longer equals what is hashed then: pull those sources again with --full";
        Ok(Hasher(keys::of(store, FILE, lost)?))
    }

    /// The same where something was hashed before.
    pub fn existing(store: &Path) -> Result<Option<Hasher>> {
        if store.join(FILE).exists() { Hasher::of(store).map(Some) } else { Ok(None) }
    }

    /// What lands in place of a value; a hash stays what it is.
    pub fn hash(&self, value: &str) -> String {
        if is_hash(value) {
            return value.to_owned();
        }
        match value.trim().split_once('@') {
            Some((user, domain)) if is_address(user, domain) => {
                let address = value.trim().to_lowercase();
                format!("{}@{}", self.digest(&address), domain.to_lowercase())
            }
            _ => self.digest(value),
        }
    }

    /// An id as it is known outside its source, where it lands hashed: the source's name before it is not.
    pub fn hash_known(&self, id: &str, qualified: &BTreeSet<String>) -> String {
        match id.split_once(BETWEEN).filter(|(source, _)| qualified.contains(*source)) {
            Some((source, id)) => known_as(Some(source), &self.hash(id)),
            None => self.hash(id),
        }
    }

    fn digest(&self, value: &str) -> String {
        // a key of any length is taken
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!());
        mac.update(value.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        format!("{PREFIX}{}", hex(&digest[..DIGITS / 2]))
    }
}

/// Whether this is one address and nothing else: of a sentence with an address in it nothing may stay.
fn is_address(user: &str, domain: &str) -> bool {
    let is_domain = domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    is_domain && domain.contains('.') && !user.is_empty() && !user.contains(|c: char| c.is_whitespace() || c == '<')
}

/// Whether a value is one of ours: a record that was set aside is taken again.
fn is_hash(value: &str) -> bool {
    let digest = value.split('@').next().and_then(|text| text.strip_prefix(PREFIX));
    digest.is_some_and(|text| {
        text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// A stream's hashed fields.
pub(super) struct Hashing(Option<(Hasher, Fields)>);

impl Hashing {
    pub(super) fn new(pointers: &[String], store: &Path) -> Result<Hashing> {
        if pointers.is_empty() {
            return Ok(Hashing(None));
        }
        Ok(Hashing(Some((Hasher::of(store)?, Fields::new(pointers)))))
    }

    pub(super) fn is_any(&self) -> bool {
        self.0.is_some()
    }

    /// The record with its fields hashed; all else as received.
    pub(super) fn apply<'a>(&self, record: &'a str) -> Cow<'a, str> {
        let Some((hasher, fields)) = &self.0 else { return Cow::Borrowed(record) };
        let mut out = String::with_capacity(record.len() + 64);
        fields.write(hasher, record.trim(), &mut out);
        Cow::Owned(out)
    }
}

/// Pointers as a tree, so that a record is walked once.
#[derive(Clone, Default)]
struct Fields {
    children: BTreeMap<String, Fields>,
    is_leaf: bool,
}

impl Fields {
    fn new(pointers: &[String]) -> Fields {
        let mut root = Fields::default();
        for pointer in pointers {
            let mut node = &mut root;
            for step in pointer.split('/').skip(1) {
                node = node.children.entry(step.replace("~1", "/").replace("~0", "~")).or_default();
            }
            node.is_leaf = true;
        }
        root.spread();
        root
    }

    /// What is named beside `*` has its own and that of all.
    fn spread(&mut self) {
        if let Some(all) = self.children.get("*").cloned() {
            for (_, child) in self.children.iter_mut().filter(|(name, _)| *name != "*") {
                child.add(&all);
            }
        }
        self.children.values_mut().for_each(Fields::spread);
    }

    fn add(&mut self, other: &Fields) {
        self.is_leaf |= other.is_leaf;
        for (name, child) in &other.children {
            self.children.entry(name.clone()).or_default().add(child);
        }
    }

    fn write(&self, hasher: &Hasher, text: &str, out: &mut String) {
        if !self.is_leaf && self.children.is_empty() {
            out.push_str(text);
            return;
        }
        match text.as_bytes().first() {
            Some(b'{') => {
                let Ok(Members(members)) = serde_json::from_str(text) else { return out.push_str(unreadable(text)) };
                between('{', '}', members.into_iter(), out, |(name, value), out| {
                    out.push_str(&lens::quote(&name));
                    out.push(':');
                    self.child(hasher, &name, value.get(), out);
                });
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
                between('[', ']', elements.into_iter().enumerate(), out, |(index, value), out| {
                    self.child(hasher, &index.to_string(), value.get(), out);
                });
            }
            _ if self.is_leaf => match lens::plain(text) {
                Some(value) if !value.is_empty() => out.push_str(&lens::quote(&hasher.hash(&value))),
                None if text.starts_with('"') => out.push_str(unreadable(text)),
                _ => out.push_str(text),
            },
            _ => out.push_str(text),
        }
    }

    /// Below a hashed field everything is hashed.
    fn child(&self, hasher: &Hasher, step: &str, text: &str, out: &mut String) {
        if self.is_leaf {
            return self.write(hasher, text, out);
        }
        match self.children.get(step).or_else(|| self.children.get("*")) {
            Some(fields) => fields.write(hasher, text, out),
            None => out.push_str(text),
        }
    }
}

/// In place of what holds half of a character, which is no text to hash: it is not shown, and its record not taken.
fn unreadable(text: &str) -> &'static str {
    if mend::is_marked(text) { r#""\uDbfF\uDbfF""# } else { r#""\ud800""# }
}

fn between<T>(
    open: char,
    close: char,
    parts: impl Iterator<Item = T>,
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push(open);
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(part, out);
    }
    out.push(close);
}

/// An object's members, each one: a name that is there twice hides nothing.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    members.push((name, map.next_value::<&'de RawValue>()?));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashing(pointers: &[&str]) -> Hashing {
        let pointers: Vec<String> = pointers.iter().map(|p| (*p).to_owned()).collect();
        Hashing(Some((Hasher([7; 32]), Fields::new(&pointers))))
    }

    #[test]
    fn of_an_address_the_domain_stays_and_case_says_nothing() {
        let hasher = Hasher([7; 32]);
        let hash = hasher.hash("Ada@Acme.example");
        assert!(hash.starts_with("h_") && hash.ends_with("@acme.example") && hash.len() == 2 + 32 + 13, "{hash}");
        assert_eq!(hash, hasher.hash(" ada@acme.example "));
        assert_eq!(hash, hasher.hash(&hash), "a hash is not hashed again");
        assert_ne!(hash, Hasher([8; 32]).hash("ada@acme.example"));
        assert_eq!(hasher.hash("cus_1").len(), 2 + 32);
    }

    #[test]
    fn of_a_text_with_an_address_in_it_nothing_stays() {
        let hasher = Hasher([7; 32]);
        for text in ["write to me@acme.example", "<p>me@acme.example</p>", "me@acme.example,today", "a@b@acme.example"]
        {
            assert_eq!(hasher.hash(text).len(), 2 + 32, "{text}");
        }
    }

    #[test]
    fn an_id_of_a_source_with_a_name_before_its_ids_is_hashed_without_the_name() {
        let (hasher, qualified) = (Hasher([7; 32]), BTreeSet::from(["eu".to_owned()]));
        let known = hasher.hash_known("eu:cus_1", &qualified);
        assert_eq!(known, format!("eu:{}", hasher.hash("cus_1")));
        assert_eq!(known, hasher.hash_known(&known, &qualified), "a hash is not hashed again");
        assert_eq!(hasher.hash_known("us:cus_1", &qualified), hasher.hash("us:cus_1"));
    }

    #[test]
    fn what_is_not_hashed_stays_as_written() {
        let record = r#"{ "email": "a@b.example", "n": 1.10, "list": [{"x": "s", "y": 12345678901234567890}, {"x": null}], "email": "c@d.example" }"#;
        let hashed = hashing(&["/email", "/list/*/x", "/absent"]).apply(record).into_owned();
        assert!(hashed.contains(r#""n":1.10"#) && hashed.contains(r#""y":12345678901234567890"#), "{hashed}");
        assert!(hashed.contains(r#"{"x":null}"#), "{hashed}");
        for clear in ["a@b", "c@d", "\"s\""] {
            assert!(!hashed.contains(clear), "{clear} in {hashed}");
        }
        let both = hashing(&["/list/0/x", "/list/*/y"]).apply(r#"{"list":[{"x":"p","y":"q"},{"x":"r","y":"s"}]}"#);
        let is_clear = ["p", "q", "r", "s"].map(|text| both.contains(&format!("\"{text}\"")));
        assert_eq!(is_clear, [false, false, true, false], "what is named beside * is of all, too: {both}");
        let below = hashing(&["/who"]).apply(r#"{"who":{"name":"N","ids":[1,true]}}"#).into_owned();
        assert!(!below.contains("\"N\"") && !below.contains("[1"), "{below}");
    }
}
