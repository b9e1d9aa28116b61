//! What every page and form of the web part works with.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use super::desk::Desk;
use super::pages::kept::Kept;
use super::service::Clock;
use crate::config::Config;
use crate::ledger::Ledger;

/// The service as the web part sees it.
#[derive(Clone)]
pub struct Site {
    config: watch::Receiver<Arc<Config>>,
    pub ledger: Arc<Ledger>,
    pub clock: Clock,
    /// When the heart last beat.
    pub last_beat: watch::Receiver<Option<Timestamp>>,
    /// Where runs are asked for.
    pub desk: Desk,
    /// What pages keep between requests.
    pub kept: Arc<Kept>,
}

impl Site {
    /// A site without a service behind it, for its pages alone, has a desk nobody looks at.
    pub fn new(
        config: watch::Receiver<Arc<Config>>,
        ledger: Arc<Ledger>,
        clock: Clock,
        last_beat: watch::Receiver<Option<Timestamp>>,
        desk: Desk,
    ) -> Site {
        Site { config, ledger, clock, last_beat, desk, kept: Arc::default() }
    }

    /// The configuration in force now: a reload replaces it, so ask for each request.
    pub fn config(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    /// Folder of landing, ledger, warehouse and archive.
    pub fn store(&self) -> PathBuf {
        self.config().store()
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}
