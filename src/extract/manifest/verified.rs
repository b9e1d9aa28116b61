//! What a manifest was held against: nobody should take documentation read for an API seen.

use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;

/// What a manifest, its required fields and its staging were checked with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    pub against: Against,
    /// Which of them: the API's version, or where the recordings or the documentation are from.
    pub version: String,
    pub on: Date,
}

/// From the most to the least that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The API itself, with an account of somebody.
    Live,
    /// Answers of the API, or samples that its maker publishes, run through contract and staging in this project's tests.
    Recordings,
    /// What its maker writes about it, and nothing else.
    Documentation,
}

impl fmt::Display for Verified {
    /// `recordings (2025-09-30.clover), 2026-11-26`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let against = match self.against {
            Against::Live => "live API",
            Against::Recordings => "recordings",
            Against::Documentation => "documentation only",
        };
        write!(f, "{against} ({}), {}", self.version, self.on)
    }
}
