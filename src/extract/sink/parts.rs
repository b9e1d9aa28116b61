//! A whole list that is committed in parts, which count once all of it is there.

use anyhow::Result;

use super::Sink;
use crate::extract::erase::each_record;
use crate::extract::state::State;
use crate::ledger::Ledger;

impl Sink<'_> {
    /// A checkpoint of a whole list.
    pub(in crate::extract) fn commit_part(&mut self, state: &State) -> Result<()> {
        self.commit_by(state, Vec::new(), Ledger::commit_part)?;
        // they count with the list
        self.rows = 0;
        Ok(())
    }

    /// The end of a whole list: its parts become batches, together with what came last.
    pub(in crate::extract) fn commit_whole(&mut self, state: &State) -> Result<()> {
        let parts = self.ledger.parts(self.names.source, &self.names.stream.name)?;
        let before: u64 = parts.iter().map(|part| part.rows).sum();
        if self.commit_by(state, parts, Ledger::commit_batches)? {
            self.listed()?;
        }
        self.rows += before;
        Ok(())
    }

    /// The list starts over, or is what is there already.
    pub(in crate::extract) fn drop_parts(&mut self) -> Result<()> {
        self.ledger.drop_parts(self.names.source, &self.names.stream.name)
    }

    /// Whether a list that was interrupted can go on: an erasure takes its parts away, and a backup leaves them out.
    pub(in crate::extract) fn has_parts(&self) -> Result<bool> {
        let parts = self.ledger.parts(self.names.source, &self.names.stream.name)?;
        Ok(!parts.is_empty() && parts.iter().all(|part| self.landing.path_of(&part.path).is_file()))
    }

    /// What the parts hold is not taken again.
    pub(in crate::extract) fn know_parts(&mut self) -> Result<()> {
        let Some(once) = &mut self.once else { return Ok(()) };
        for part in self.ledger.parts(self.names.source, &self.names.stream.name)? {
            each_record(&self.landing.path_of(&part.path), |key, _| {
                once.add(key);
                Ok(())
            })?;
        }
        Ok(())
    }
}
