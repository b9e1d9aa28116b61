//! The clock, read here and in the heartbeat only.

use jiff::Timestamp;

/// The given instant, else the present.
#[expect(clippy::disallowed_methods, reason = "one of the two places that read the clock")]
pub fn now(given: Option<Timestamp>) -> Timestamp {
    given.unwrap_or_else(Timestamp::now)
}
