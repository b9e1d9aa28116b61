//! How many processors DuckDB uses: a company whose tables are small is served with one, at three quarters of what several cost.

use anyhow::{Context, Result};

use super::Warehouse;

impl Warehouse {
    /// From now on so many, at least one.
    pub fn use_threads(&self, threads: u16) -> Result<()> {
        let threads = threads.max(1);
        self.connection()
            .execute_batch(&format!("set threads = {threads}"))
            .with_context(|| format!("cannot use {threads} threads"))
    }
}
