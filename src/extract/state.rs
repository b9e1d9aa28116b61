//! Where the next pull of a stream starts: the engine's own JSON, kept by the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A stream's cursor. Which fields are used depends on its incremental kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct State {
    /// The API's own cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
    /// Largest time seen in the records, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<i64>,
    /// Records (key and hash) near `newest` or `mark`: looking back must not land them again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) recent: Vec<String>,
    /// Day up to which windows are read, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) through: Option<Date>,
    /// Month whose long look back is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) month: Option<String>,
    /// Time of the newest change seen in the feed, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<i64>,
    /// When the feed was last read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checked_at: Option<Timestamp>,
    /// When the whole list was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) listed_at: Option<Timestamp>,
    /// Hash of what a full list or file last landed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
    /// Files that have landed, by name or address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) files: BTreeMap<String, Seen>,
    /// What decided what its records hold, as a hash; see [`super::asked`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<String>,
    /// Records that were set aside since the last full pull and not kept, as they were too many: nobody lands them any more. Those of a
    /// backfill and of a tap, and those that leave a stream's ten thousand for newer ones, are not counted.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) unkept: u64,
    /// A walk that was interrupted; what it found becomes the cursor only at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) walk: Option<Interrupted>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A file that has landed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Seen {
    /// Of its bytes.
    pub(super) hash: String,
    /// What its server said, to ask whether it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<String>,
}

/// A walk between two checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Interrupted {
    /// The page after this is next.
    pub(super) resume: String,
    /// What the finished walk sets.
    pub(super) newest: Option<i64>,
    pub(super) recent: Vec<String>,
    pub(super) mark: Option<i64>,
    pub(super) started_at: Option<Timestamp>,
    /// Of what a whole list held so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
}

impl State {
    /// Reads the stored text; what cannot be read is an error, as guessing a cursor loses data.
    pub(super) fn parse(text: Option<&str>) -> serde_json::Result<State> {
        text.map_or_else(|| Ok(State::default()), serde_json::from_str)
    }

    pub(super) fn to_text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::State;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_stored_text_is_a_cursor_or_an_error(
            text in prop_oneof![
                "\\PC{0,40}",
                "\\{(\"(at|newest|recent|walk|through|mark|resume|x)\":|null|-?[0-9]{1,25}|\"[a-z0-9-]{0,9}\"|\\[|\\]|\\{|\\}|,){0,9}\\}",
            ],
        ) {
            if let Ok(state) = State::parse(Some(&text)) {
                prop_assert_eq!(&State::parse(Some(&state.to_text().unwrap())).unwrap(), &state);
            }
        }
    }
}
