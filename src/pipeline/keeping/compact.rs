//! Compaction: small landing files of a stream into larger ones, so that neither a pull nor a load nor a rebuild grows with the number
//! of pulls there were. Batches keep their number, pull and time, so that editions still name what they knew.
//!
//! What is listed stays as it is, as nobody else is at work on the store's files meanwhile; so files are joined while others load
//! and pull. Only for the moment in which the new one takes their place do loads, and pulls of its source, wait. The new file is
//! durable, then has its name, then the ledger's transaction makes it true, then the old ones go; what a crash leaves in between is
//! listed nowhere and swept by the next pull, or, before it has its name, by the next compaction.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use anyhow::Result;

use super::{hold_warehouse, remove};
use crate::extract::erase::keep_out;
use crate::extract::join::{JOINING, join};
use crate::ledger::keeping::BatchFact;
use crate::pipeline::Environment;
use crate::warehouse::lock::{Busy, Lock};

/// Files with as many records are large.
const LARGE: u64 = 25_000;
/// So many small files in a row are worth writing anew.
const WORTH: usize = 8;

/// What becomes one file.
#[derive(Debug, PartialEq, Eq)]
struct Run<'a> {
    /// Oldest first.
    batches: Vec<&'a BatchFact>,
    files: usize,
    rows: u64,
}

/// Joins what is small. Returns how many files went and how many came in their place. What somebody is at work on is left: the next
/// night is as good.
pub(super) fn compact(environment: &Environment) -> Result<(usize, usize)> {
    remove(&environment.config.store().join(JOINING))?;
    let batches = environment.ledger.batch_facts()?;
    let (mut went, mut came) = (0, 0);
    for run in runs(&batches) {
        match compact_run(environment, &run) {
            Ok(files) => {
                went += files;
                came += 1;
            }
            // others would wait for it as long
            Err(error) if Busy::is_behind(&error) => return Err(error),
            Err(error) => tracing::info!("small landing files are left for another night: {error:#}"),
        }
    }
    if came > 0 {
        tracing::info!(files = went, into = came, "small landing files were joined");
    }
    Ok((went, came))
}

/// How many files went.
fn compact_run(environment: &Environment, run: &Run<'_>) -> Result<usize> {
    let (Some(first), Some(last)) = (run.batches.first(), run.batches.last()) else { return Ok(0) };
    let store = environment.config.store();
    // nothing is written for nothing
    drop(hold(environment, &first.source)?);
    let path = format!("landing/{}/{}/joined-{}-{}.parquet", first.source, first.stream, first.batch_id, last.batch_id);
    let parts: Vec<(i64, &str)> = run.batches.iter().map(|batch| (batch.batch_id, batch.path.as_str())).collect();
    let joined = join(&store, &parts, &path)?;
    let _held = hold(environment, &first.source)?;
    joined.take_name()?;
    environment.ledger.join_batches(&parts, &path, &joined.sha256)?;
    let old: BTreeSet<&str> = parts.iter().map(|(_, path)| *path).collect();
    for path in &old {
        remove(&store.join(path))?;
    }
    Ok(old.len())
}

/// Keeps loads and a source's pulls out: a load in hand has read the list and is about to read the files, a pull sweeps what is not
/// listed yet.
fn hold(environment: &Environment, source: &str) -> Result<(Lock, Vec<File>)> {
    let store = environment.config.store();
    let warehouse = hold_warehouse(environment)?;
    Ok((warehouse, keep_out(&store, [source])?))
}

/// Files of a stream, oldest first, each with the batches it holds.
type Files<'a> = Vec<(&'a str, Vec<&'a BatchFact>)>;

/// Neighbours that are small, of one source, stream and way of writing. What is replaced as a whole goes by itself.
fn runs(batches: &[BatchFact]) -> Vec<Run<'_>> {
    let mut files: BTreeMap<(&str, &str, &str), Files<'_>> = BTreeMap::new();
    for batch in batches.iter().filter(|batch| !batch.write_mode.starts_with("replace")) {
        let of_stream = files.entry((&batch.source, &batch.manifest, &batch.stream)).or_default();
        match of_stream.iter_mut().find(|(path, _)| *path == batch.path) {
            Some((_, sharing)) => sharing.push(batch),
            None => of_stream.push((&batch.path, vec![batch])),
        }
    }
    let mut runs = Vec::new();
    for of_stream in files.into_values() {
        let mut run = Run { batches: Vec::new(), files: 0, rows: 0 };
        for (_, sharing) in of_stream {
            let rows: u64 = sharing.iter().map(|batch| batch.rows).sum();
            let is_alike = run.batches.first().is_none_or(|first| first.write_mode == sharing[0].write_mode);
            if rows >= LARGE || !is_alike || run.rows >= LARGE {
                runs.push(std::mem::replace(&mut run, Run { batches: Vec::new(), files: 0, rows: 0 }));
            }
            if rows < LARGE {
                run.files += 1;
                run.rows += rows;
                run.batches.extend(sharing);
            }
        }
        runs.push(run);
    }
    runs.retain(|run| run.files >= WORTH || (run.files > 1 && run.rows >= LARGE));
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landed(sizes: &[(&str, u64)]) -> Vec<BatchFact> {
        let facts = sizes.iter().enumerate().map(|(number, (path, rows))| BatchFact {
            batch_id: number as i64 + 1,
            source: "billing".into(),
            manifest: "m".into(),
            stream: "customers".into(),
            path: (*path).to_owned(),
            write_mode: "merge".into(),
            window: None,
            pull_id: number as i64 + 1,
            extracted_at: jiff::Timestamp::UNIX_EPOCH,
            rows: *rows,
        });
        facts.collect()
    }

    #[track_caller]
    fn check(sizes: &[(&str, u64)], expected: &[(i64, i64, usize)]) {
        let batches = landed(sizes);
        let found = runs(&batches);
        let found: Vec<(i64, i64, usize)> = found
            .iter()
            .map(|run| (run.batches[0].batch_id, run.batches[run.batches.len() - 1].batch_id, run.files))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn small_neighbours_are_joined_when_they_are_many() {
        let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let small = |count: usize| names.iter().take(count).map(|name| (name.as_str(), 100)).collect::<Vec<_>>();
        check(&small(7), &[]);
        check(&small(8), &[(1, 8, 8)]);
        // a large file stays, and parts what is before it from what is after it
        let mut parted = small(16);
        parted[8].1 = LARGE;
        check(&parted, &[(1, 8, 8)]);
        // a joined file that is still small is joined with those after it; its batches count as one file
        let mut again = vec![("joined", 100); 8];
        again.extend(small(7));
        check(&again, &[(1, 15, 8)]);
        // what has become large is closed
        check(&[("a", LARGE - 1), ("b", 1), ("c", 1)], &[(1, 2, 2)]);
    }
}
