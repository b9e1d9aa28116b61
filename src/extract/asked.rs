//! What a stream's records are made of: where a manifest or a setting has come to ask for something else, what is stored is another
//! thing than what comes. Where all of it can be read again and nothing is lost by that, it is; else it is said, until somebody has it
//! read again.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::landing::hex;
use super::manifest::{ByColumn, ChangeFeed, DecimalMark, Incremental, Kind, Manifest, Param, Stream, Write};
use super::state::{Interrupted, Seen, State};
use super::template::Values;

/// The way the hash is made: one that was made in another way says nothing.
const WAY: &str = "1:";

/// Said where what comes is not of a kind with what is there.
const MIXED: &str = "a new release, its manifest or a setting asks for other records than before: older ones are as they were asked \
                     for then, and figures mix both; `bizreview pull SOURCE --full` reads again what the source still gives";

/// Said of what was set aside and not kept: landing it takes another pull.
const UNKEPT: &str = "{n} records set aside earlier were too many to be kept: once source or manifest is mended, \
                      `bizreview pull SOURCE --full` reads them again";

/// What decides which records there are and what they hold, as a hash: a stream's words, those of its parent, the text of its query,
/// and the settings they use. What is a number in a request is how large a page is, and not of it; a key decides neither.
pub(super) fn asked(manifest: &Manifest, stream: &Stream, sql: Option<&str>, values: &Values) -> Result<String> {
    let list = |of: &Stream| {
        let asks = (of.method, &of.path, words(&of.params), of.body.as_ref().map(shown), &of.records, &of.columns);
        format!("{asks:?}\n{}", read_on(&of.incremental))
    };
    let parent = match &stream.parent {
        Some(parent) => Some((list(manifest.stream(&parent.stream)?), &parent.field, parent.changed)),
        None => None,
    };
    let nested: Vec<_> = stream.nested.iter().map(|one| (&one.at, &one.records, words(&one.params))).collect();
    let (mut drop, mut hash) = (stream.drop.clone(), stream.hash.clone());
    drop.sort_unstable();
    hash.sort_unstable();
    // only with commas is a cell made what it is required to be
    let cells = (stream.file.decimal == DecimalMark::Comma).then_some(&stream.required);
    let file = (manifest.kind == Kind::Files).then_some((stream.file, cells));
    let keeps = (nested, drop, &stream.drop_where, hash, file);
    let source = (&manifest.base_url, &manifest.headers);
    let query = sql.or(stream.query.as_deref());
    let mut text = format!("{source:?}\n{}\n{parent:?}\n{query:?}\n{keeps:?}", list(stream));
    for name in manifest.settings.keys().map(String::as_str).chain(["timezone"]) {
        let placeholder = format!("{{{name}}}");
        if text.contains(&placeholder) {
            text += &format!("\n{name}={}", values.fill(&placeholder)?);
        }
    }
    Ok(format!("{WAY}{}", hex(&Sha256::digest(text))))
}

/// Parameters that say what a record is.
fn words(params: &BTreeMap<String, Param>) -> Vec<(&String, Vec<String>)> {
    let is_word = |param: &Param| !matches!(param, Param::Number(_));
    params.iter().filter(|(_, param)| is_word(param)).map(|(name, param)| (name, param.values())).collect()
}

/// A body without its numbers.
fn shown(body: &Value) -> Value {
    match body {
        Value::Number(_) => Value::Null,
        Value::Array(list) => list.iter().map(shown).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
        other => other.clone(),
    }
}

/// What a place in a list is a place of.
fn read_on(incremental: &Incremental) -> String {
    match incremental {
        Incremental::Full => String::new(),
        Incremental::Cursor { start_param, .. } => start_param.clone(),
        Incremental::Since { param, field, .. } => format!("{param} {field}"),
        // days are those of the company's zone
        Incremental::Window { since_param, until_param, .. } => format!("{since_param:?} {until_param:?} {{timezone}}"),
        Incremental::ChangeFeed(ChangeFeed { changes, get, get_params, deleted, .. }) => {
            format!("{:?}", (changes, get, words(get_params), deleted))
        }
        Incremental::Column(ByColumn { column, .. }) => column.clone(),
    }
}

impl State {
    /// Takes note of what is asked from now on. Where it was something else, what is known is not gone on from. Words to be said, with
    /// their counts, of what only a full pull mends.
    pub(super) fn ask(
        &mut self,
        asked: String,
        manifest: &Manifest,
        stream: &Stream,
    ) -> Result<Vec<(&'static str, u64)>> {
        let has_read = State { asked: None, unkept: 0, ..self.clone() } != State::default();
        let before = self.asked.as_ref().filter(|before| has_read && before.starts_with(WAY));
        let is_other = before.is_some_and(|before| *before != asked);
        let is_many = stream.is_pattern() && !stream.path.contains("://");
        let mut said = Vec::new();
        match (manifest.kind, &manifest.leading(stream)?.incremental) {
            // one file, or all that there is: of others the newest stands, which need not be the last by name
            (Kind::Files, _) if is_other && (stream.write == Write::Replace || !is_many) => {
                self.files.values_mut().for_each(|seen| *seen = Seen::default());
                self.unkept = 0;
            }
            (_, Incremental::ChangeFeed(_)) if is_other => {
                // only the place in the list: what was deleted since is named after the mark
                (self.listed_at, self.unkept) = (None, 0);
                let begun = self.walk.take();
                self.walk = begun.map(|Interrupted { mark, started_at, .. }| Interrupted {
                    mark,
                    started_at,
                    ..Interrupted::default()
                });
            }
            (Kind::Rest | Kind::Sql, Incremental::Full) => {
                // every pull reads all of it; one that was interrupted begins again
                self.walk.take_if(|_| is_other);
                self.unkept = 0;
            }
            _ if is_other => said.push((MIXED, 1)),
            _ => {}
        }
        // what is mixed stays so, also where the same is asked again as before
        self.asked = Some(if said.is_empty() { asked } else { format!("{WAY}mixed") });
        said.push((UNKEPT, self.unkept));
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(manifest: &str) -> String {
        let manifest = Manifest::parse(manifest, "m.toml").unwrap();
        let mut values = Values::default();
        values.set("timezone", "Europe/Berlin");
        values.set("unit", "seats");
        asked(&manifest, manifest.streams.last().unwrap(), Some("select 1"), &values).unwrap()
    }

    const API: &str = "name = \"m\"\nbase_url = \"https://api.example\"\nauth = { kind = \"bearer\" }\nheaders = { V = \"2\" }\n\
        [settings.unit]\nabout = \"what\"\n\
        [[streams]]\nname = \"parents\"\npath = \"/parents\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
        [streams.incremental]\nkind = \"since\"\nparam = \"since\"\nfield = \"/at\"\n\
        [[streams]]\nname = \"list\"\nmethod = \"POST\"\npath = \"/{parent}/list\"\nparent = { stream = \"parents\", changed = true }\n\
        params = { unit = \"{unit}\", limit = 50 }\nbody = { size = 50, filter = \"open\" }\nrecords = \"/data\"\nkey = [\"/id\"]\n\
        write = \"merge\"\ndrop = [\"/b\", \"/a\"]\nhash = [\"/d\", \"/c\"]\n\
        nested = [{ at = \"/items\", param = \"after\", params = { limit = 9 } }]\n\
        drop_where = [{ each = \"/x\", has = [\"/y\"], drop = [\"/z\"] }]\n";
    const FILE: &str = "name = \"m\"\nkind = \"files\"\n[[streams]]\nname = \"rows\"\npath = \"a.csv\"\nkey = [\"/id\"]\n\
        write = \"merge\"\nfile = { decimal = \",\" }\nrequired = { \"/amount\" = \"decimal\" }\n";

    /// What is stored is compared with what a later release makes of the same manifest.
    #[test]
    fn the_same_manifest_has_the_same_hash_in_every_release() {
        for (manifest, expected) in [
            (API, "1:a13bee5562a97345c564963cb1e985267441a0c89806187109688bbb88b22d29"),
            (FILE, "1:919df1a2fd235f85e812830555e33a4efbd06e1697ba65a9fe5a7a91cac2e89d"),
        ] {
            assert_eq!(
                hash(manifest),
                expected,
                "another way of hashing needs another WAY: else every company is told of a change"
            );
        }
    }

    #[test]
    fn sizes_and_the_order_of_fields_change_nothing_and_words_do() {
        for (from, to) in [
            ("limit = 50", "limit = 100"),
            ("limit = 9", "limit = 10"),
            ("size = 50", "size = 100"),
            ("\"/b\", \"/a\"", "\"/a\", \"/b\""),
            ("\"/d\", \"/c\"", "\"/c\", \"/d\""),
        ] {
            assert!(API.contains(from));
            assert_eq!(hash(API), hash(&API.replace(from, to)), "{to}");
        }
        for (from, to) in [
            ("V = \"2\"", "V = \"3\""),
            ("api.example", "eu.example"),
            ("\"/parents\"", "\"/others\""),
            ("field = \"/at\"", "field = \"/updated\""),
            ("\"{unit}\"", "\"seats\""),
            ("\"open\"", "\"closed\""),
            ("/data", "/items"),
            ("\"/b\", ", ""),
            ("\"/c\"", "\"/e\""),
            ("at = \"/items\"", "at = \"/lines\""),
        ] {
            assert!(API.contains(from));
            assert_ne!(hash(API), hash(&API.replace(from, to)), "{to}");
        }
        assert_ne!(hash(FILE), hash(&FILE.replace("\"decimal\"", "\"number\"")));
    }
}
