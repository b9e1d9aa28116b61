//! What a stream's records are made of: a manifest or a setting that now asks for something else makes what is stored another thing
//! than what comes. Where that can be read again without losing anything it is; else it is said, until somebody has it read anew.

use sha2::{Digest, Sha256};

use super::manifest::{ChangeFeed, Incremental, Kind, Manifest, Param, Stream};
use super::state::{Seen, State};
use super::template::Values;

/// Said of what is not read again by itself.
const MIXED: &str = "what is asked of it is not what it was: older records are as they were asked for then, and figures mix both; \
                     `bizreview pull SOURCE --full` reads all of it anew";

/// What decides what a stream's records hold, as a hash: its words, the texts it names, and the settings these use. How the list is
/// read on, what a page holds and what is required of a record are not of it.
pub(super) fn asked(manifest: &Manifest, stream: &Stream, sql: Option<&str>, values: &Values) -> String {
    let is_of_all = |name: &String| manifest.defaults.params.contains_key(name);
    let params: Vec<(&String, &Param)> = stream.params.iter().filter(|(name, _)| !is_of_all(name)).collect();
    let one = match &stream.incremental {
        Incremental::ChangeFeed(ChangeFeed { get, get_params, .. }) => Some((get, get_params)),
        _ => None,
    };
    // cells of a file are read as what is required of them
    let cells = (manifest.kind == Kind::Files).then_some((stream.file, &stream.required));
    let Stream { path, method, body, query, records, columns, nested, parent, drop, drop_where, hash, .. } = stream;
    let asks = (path, method, params, body, sql.or(query.as_deref()), one, parent.as_ref().map(|of| &of.stream));
    let keeps = (records, columns, nested, drop, drop_where, hash, cells);
    let mut text = format!("{asks:?}\n{keeps:?}");
    for name in manifest.settings.keys().map(String::as_str).chain(["timezone"]) {
        let placeholder = format!("{{{name}}}");
        if text.contains(&placeholder) {
            text += &format!("\n{name}={}", values.fill(&placeholder).unwrap_or_default());
        }
    }
    super::landing::hex(&Sha256::digest(text))
}

impl State {
    /// Takes note of what is asked from now on. Where it was something else, what is known is not gone on from; words to be said
    /// where only a full pull helps.
    pub(super) fn ask(&mut self, asked: String, kind: Kind, leading: &Stream, source: &str) -> Option<String> {
        let is_other = self.asked.as_ref().is_some_and(|before| *before != asked);
        if is_other {
            match (kind, &leading.incremental) {
                // not that they are there, but what they hold
                (Kind::Files, _) => {
                    self.hash = self.hash.as_ref().map(|_| String::new());
                    self.files.values_mut().for_each(|seen| *seen = Seen::default());
                }
                (_, Incremental::Full | Incremental::ChangeFeed(_)) => (self.walk, self.listed_at) = (None, None),
                _ => return Some(MIXED.replace("SOURCE", source)),
            }
        }
        self.asked = Some(asked);
        None
    }
}
