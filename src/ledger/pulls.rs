//! What was pulled: cursors, batches, pulls, quarantine.

use anyhow::Result;

use super::Ledger;

/// A landing file.
#[derive(Debug, Clone)]
pub struct Batch {
    pub batch_id: i64,
    pub source: String,
    pub manifest: String,
    pub stream: String,
    /// Relative to the store.
    pub path: String,
    pub rows: u64,
    pub write_mode: String,
    pub window_from: Option<String>,
    pub window_to: Option<String>,
    pub pull_id: i64,
    pub extracted_at: String,
}

impl Ledger {
    /// Batches of one stream, oldest first.
    pub fn batches(&self, _manifest: &str, _stream: &str) -> Result<Vec<Batch>> {
        Ok(vec![])
    }
}
