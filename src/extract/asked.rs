//! What a stream's records are made of: where a manifest or a setting has come to ask for something else, what is stored is another
//! thing than what comes. Where all of it can be read again and nothing is lost by that, it is; else it is said, until somebody has it
//! read again.

use std::collections::BTreeMap;

use anyhow::Result;
use sha2::{Digest, Sha256};

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
/// and the settings they use. What is a number in a parameter is how large a page is, and not of it.
pub(super) fn asked(manifest: &Manifest, stream: &Stream, sql: Option<&str>, values: &Values) -> Result<String> {
    let list = |of: &Stream| {
        let asks = (of.method, &of.path, words(&of.params), &of.body, &of.records, &of.columns, &of.key);
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
    let keeps = (nested, drop, &stream.drop_where, hash, stream.file, cells);
    let source = (&manifest.base_url, &manifest.headers);
    let query = sql.or(stream.query.as_deref());
    let mut text = format!("{source:?}\n{}\n{parent:?}\n{query:?}\n{keeps:?}", list(stream));
    for name in manifest.settings.keys().map(String::as_str).chain(["timezone"]) {
        let placeholder = format!("{{{name}}}");
        if text.contains(&placeholder) {
            text += &format!("\n{name}={}", values.fill(&placeholder)?);
        }
    }
    Ok(format!("{WAY}{}", super::landing::hex(&Sha256::digest(text))))
}

/// Parameters that say what a record is.
fn words(params: &BTreeMap<String, Param>) -> Vec<(&String, Vec<String>)> {
    let is_word = |param: &Param| !matches!(param, Param::Number(_));
    params.iter().filter(|(_, param)| is_word(param)).map(|(name, param)| (name, param.values())).collect()
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
        let mut said = Vec::new();
        match (manifest.kind, &manifest.leading(stream)?.incremental) {
            // one file, or all that there is: of others the newest stands, which need not be the last by name
            (Kind::Files, _) if is_other && (stream.write == Write::Replace || !stream.is_pattern()) => {
                self.files.values_mut().for_each(|seen| *seen = Seen::default());
                self.unkept = 0;
            }
            (_, Incremental::ChangeFeed(_)) if is_other => {
                // only the place in the list: what was deleted since is named after the mark
                self.listed_at = None;
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
        if said.is_empty() {
            self.asked = Some(asked);
        }
        said.push((UNKEPT, self.unkept));
        Ok(said)
    }
}
