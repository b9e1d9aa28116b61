//! The outbox: one row per mail and person.
