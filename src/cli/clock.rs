//! The clock, read here and in the heartbeat only.

use jiff::Timestamp;

/// The given instant, else the present.
#[expect(clippy::disallowed_methods, reason = "one of the two places that read the clock")]
pub fn now(given: Option<Timestamp>) -> Timestamp {
    given.unwrap_or_else(Timestamp::now)
}

/// A clock for the service: the real one, or one that runs on from the given instant.
pub fn running_from(given: Option<Timestamp>) -> impl Fn() -> Timestamp + Send + Sync {
    let started = std::time::Instant::now();
    move || match given {
        Some(instant) => instant + started.elapsed(),
        None => now(None),
    }
}
