//! Runs, occurrences and editions.
