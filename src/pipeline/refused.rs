//! Records that a staging query cannot read: told as problems, and tried again.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::{Environment, measure};
use crate::ledger::Ledger;
use crate::ledger::quarantine::Of;
use crate::ledger::refused::Refusal;
use crate::review::model::Problem;
use crate::warehouse::Warehouse;

/// What came of trying a table's records again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reread {
    /// Key of `[sources]`.
    pub source: String,
    /// Its stream.
    pub stream: String,
    /// The table.
    pub table: String,
    /// Records read now, or not there any more.
    pub read: u64,
    /// Records that still cannot be read.
    pub still: u64,
}

/// Tells the ledger what a load has left out, and readers that something is missing. A replay tells nobody but its reader.
pub(super) fn told(warehouse: &Warehouse, ledger: &Ledger, refused: Vec<Refusal>) -> Result<Vec<Problem>> {
    let refused = if warehouse.is_lasting() {
        ledger.set_refused(&refused)?;
        ledger.refused(Of::default())?.into_iter().map(|one| one.refusal).collect()
    } else {
        refused
    };
    Ok(problems(&refused))
}

fn problems(refused: &[Refusal]) -> Vec<Problem> {
    let mut by_table: BTreeMap<(&str, &str, &str), Vec<&Refusal>> = BTreeMap::new();
    for one in refused {
        by_table.entry((&one.source, &one.stream, &one.table)).or_default().push(one);
    }
    let problem = |((source, stream, table), all): ((&str, &str, &str), Vec<&Refusal>)| {
        let first = all.first().map_or_else(String::new, |one| {
            let place = if one.json_path.is_empty() { String::new() } else { format!("{}: ", one.json_path) };
            format!(" ({place}{})", one.reason)
        });
        let records = if all.len() == 1 { "1 record is".to_owned() } else { format!("{} records are", all.len()) };
        let file = all.first().map(|one| one.file.as_str()).unwrap_or_default();
        let message = format!("{records} left out of {table}: queries/{file} cannot read them{first}");
        Problem { subject: format!("{source} {stream}"), message }
    };
    by_table.into_iter().map(problem).collect()
}

/// Makes the tables anew that leave records out, and says what is still left out of them.
///
/// # Errors
/// [`crate::warehouse::Busy`] where another process holds the warehouse; a table that could not be loaded.
pub fn reread(environment: &Environment, of: Of<'_>) -> Result<Vec<Reread>> {
    let ledger = &environment.ledger;
    let count = |ledger: &Ledger| -> Result<BTreeMap<(String, String, String), u64>> {
        let mut counts = BTreeMap::new();
        for one in ledger.refused(of)? {
            let Refusal { source, stream, table, .. } = one.refusal;
            *counts.entry((source, stream, table)).or_default() += 1;
        }
        Ok(counts)
    };
    let files: BTreeSet<String> =
        ledger.refused(of)?.into_iter().map(|one| format!("queries/{}", one.refusal.file)).collect();
    let before = count(ledger)?;
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let opened = super::open(environment)?;
    let tables: Vec<&str> = before.keys().map(|(.., table)| table.as_str()).collect();
    opened.warehouse.make_anew(&tables)?;
    // what is known to be unreadable is not tried; the load tells it anew
    ledger.try_refused_again()?;
    let problems = measure::load(&opened, environment, ledger.last_batch()?)?;
    // nothing is left out of a table that is not there
    if let Some(Problem { subject, message }) = problems.into_iter().find(|problem| files.contains(&problem.subject)) {
        bail!("{subject}: {message}");
    }
    let after = count(ledger)?;
    Ok(before
        .into_iter()
        .map(|(of, were)| {
            let still = after.get(&of).copied().unwrap_or_default();
            let (source, stream, table) = of;
            Reread { source, stream, table, read: were.saturating_sub(still), still }
        })
        .collect())
}
