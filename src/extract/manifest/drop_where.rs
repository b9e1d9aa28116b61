//! Fields whose meaning another field beside them tells: the text before a change, where it is the text that changed.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Removes fields before landing from each element of a list that has another field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropWhere {
    /// Pointer to the list.
    pub each: String,
    /// Pointers into an element: where one of them is there and not null,
    pub has: Vec<String>,
    /// these are removed.
    pub drop: Vec<String>,
}

impl DropWhere {
    /// Pointers must be pointers, and something must be said.
    pub(super) fn check(&self) -> Result<()> {
        for pointer in [&self.each].into_iter().chain(&self.has).chain(&self.drop) {
            ensure!(pointer.starts_with('/'), "drop_where: {pointer:?} is no JSON pointer: it starts with /");
        }
        ensure!(!self.has.is_empty() && !self.drop.is_empty(), "drop_where: has and drop name at least one field each");
        Ok(())
    }
}
