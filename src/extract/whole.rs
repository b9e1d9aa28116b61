//! A whole list to its end. A long walk that can resume leaves its files with the ledger as parts of a list; they count once the walk
//! has ended, so that a list that replaces another never replaces it by half.

use anyhow::Result;
use jiff::ToSpan;
use sha2::{Digest, Sha256};

use super::landing::hex;
use super::sink::Sink;
use super::state::{Interrupted, State};
use super::stream::Reader;

/// A walk that was interrupted longer ago starts over: what it would end in never was the list.
const RESUMES_WITHIN_HOURS: i64 = 24;

impl Reader<'_> {
    /// Reads the stream's own list; the hash of what it holds.
    pub(super) async fn list(&self, state: &mut State, sink: &mut Sink<'_>) -> Result<String> {
        let oldest = self.now - RESUMES_WITHIN_HOURS.hours();
        let has_parts = sink.has_parts()?;
        state.walk.take_if(|walk| !has_parts || walk.started_at.is_none_or(|at| at < oldest));
        let mut walk = self.walk(self.values.clone())?;
        let (mut before, mut started_at) = (String::new(), Some(self.now));
        match state.walk.take() {
            Some(interrupted) if walk.resume(&interrupted.resume) => {
                sink.know_parts()?;
                before = interrupted.hash.unwrap_or_default();
                started_at = interrupted.started_at;
                sink.list_since = started_at.unwrap_or(self.now);
            }
            _ => sink.drop_parts()?,
        }
        let mut restarts = 0;
        while let Some(page) = walk.next().await? {
            // of records without a key nobody can tell which were taken before
            if self.stream.key.is_empty() && walk.restarts() > restarts {
                restarts = walk.restarts();
                sink.discard();
                sink.drop_parts()?;
                (before, started_at) = (String::new(), Some(self.now));
                sink.list_since = self.now;
            }
            walk.meanwhile(self.receive(page.records, sink)).await?;
            sink.page();
            if let Some(resume) = page.resume.filter(|_| sink.is_due()) {
                let hash = Some(chained(&before, &sink.landing.content_hash()));
                let walk = Some(Interrupted { resume, started_at, hash, ..Interrupted::default() });
                sink.commit_part(&State { walk, ..state.clone() })?;
            }
        }
        Ok(chained(&before, &sink.landing.content_hash()))
    }
}

/// The hash of what came before and what came since.
fn chained(before: &str, since: &str) -> String {
    if before.is_empty() {
        return since.to_owned();
    }
    hex(&Sha256::digest(format!("{before}\n{since}")))
}
