//! What was pulled: cursors, batches, pulls, quarantine.
