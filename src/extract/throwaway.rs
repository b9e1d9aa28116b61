//! A store for the time of a question: what is written down while it is asked goes with it, also where the asking is given up.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::config::Config;
use crate::ledger::{Ledger, keys};

/// A configuration whose store is thrown away. The keys are the company's own.
pub struct Throwaway {
    /// The company's, but for the store.
    pub config: Config,
    ledger: Option<Ledger>,
    path: PathBuf,
}

impl Throwaway {
    /// Makes the store in the system's folder for temporary files, under a name of its own that nobody can guess: others write
    /// there, too, and what they made is not used.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn new(config: &Config, purpose: &str) -> Result<Throwaway> {
        let unguessable = u128::from_be_bytes(keys::unguessable()?);
        let path = std::env::temp_dir().join(format!("bizreview-{purpose}-{unguessable:032x}"));
        // one that is there already is an error
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("cannot create the folder {}", path.display()))?;
        let mut config = config.clone();
        config.keys = Some(config.keys());
        config.store.path.clone_from(&path);
        // whatever fails from here on leaves nothing behind
        let mut throwaway = Throwaway { config, ledger: None, path };
        throwaway.ledger = Some(Ledger::open(&throwaway.path)?);
        Ok(throwaway)
    }

    /// Its ledger.
    ///
    /// # Errors
    /// None: it is there as long as the store is.
    pub fn ledger(&self) -> Result<&Ledger> {
        self.ledger.as_ref().context("the store was thrown away")
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        self.ledger = None;
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
