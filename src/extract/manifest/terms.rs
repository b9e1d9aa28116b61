//! The words for what is agreed of a stream's records: what happens to fields that are new, and how many and how new they must be.

use serde::Deserialize;

/// What becomes of fields that the stream's records did not have when they were first pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// They are kept, and each is said once.
    #[default]
    Evolve,
    /// A record that has one is set aside.
    Freeze,
    /// They are removed before landing, and counted.
    Discard,
}

/// What must be true after a pull that went well; otherwise it is a problem.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Records there are, at least.
    #[serde(default)]
    pub rows: Option<u64>,
    /// Hours within which a record must have come.
    #[serde(default)]
    pub fresh_hours: Option<u32>,
}
