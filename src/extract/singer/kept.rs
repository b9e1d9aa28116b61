//! What the ledger keeps of a tap between two runs: its own state, and what of each stream must not change unseen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One cursor for the whole source: a tap's state is about all its streams at once. No stream has this name.
pub(super) const CURSOR: &str = "*";

/// The cursor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Kept {
    /// The value of the tap's last STATE, as it wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) streams: BTreeMap<String, KeptStream>,
}

/// What of a stream is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct KeptStream {
    /// The version whose records stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i64>,
    /// Pointers of the key that its SCHEMA named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) key: Vec<String>,
    /// Hash of the whole table that landed last, if nothing came after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
}

impl Kept {
    /// Reads the stored text; what cannot be read is an error, as guessing a cursor loses data.
    pub(super) fn parse(text: Option<&str>) -> serde_json::Result<Kept> {
        text.map_or_else(|| Ok(Kept::default()), serde_json::from_str)
    }

    /// The state for the next run: without the bookmarks of streams that are read whole each time.
    pub(super) fn state_without(&self, replaced: &[&str]) -> Option<String> {
        let state = self.state.as_ref()?;
        if replaced.is_empty() {
            return Some(state.get().to_owned());
        }
        let mut value: serde_json::Value = serde_json::from_str(state.get()).ok()?;
        if let Some(bookmarks) = value.get_mut("bookmarks").and_then(serde_json::Value::as_object_mut) {
            bookmarks.retain(|stream, _| !replaced.contains(&stream.as_str()));
        }
        Some(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_handed_back_as_it_came_without_the_bookmarks_of_replaced_streams() {
        let state = r#"{"bookmarks": {"a": {"at": 1.50}, "b": {}}, "x": 1}"#;
        let kept = Kept::parse(Some(&format!("{{\"state\":{state},\"streams\":{{}}}}"))).unwrap();
        assert_eq!(kept.state_without(&[]).unwrap(), state);
        assert_eq!(kept.state_without(&["a"]).unwrap(), r#"{"bookmarks":{"b":{}},"x":1}"#);
        assert_eq!(Kept::default().state_without(&["a"]), None);
        assert!(Kept::parse(Some("{\"at\":\"x\"}")).is_err());
    }
}
