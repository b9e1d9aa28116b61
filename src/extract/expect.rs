//! What a stream must hold after a pull that went well.

use anyhow::Result;
use jiff::Timestamp;

use super::manifest::Expect;
use crate::ledger::Ledger;

/// What is not as expected, in words.
pub(super) fn unmet(
    expect: &Expect,
    ledger: &Ledger,
    source: &str,
    stream: &str,
    now: Timestamp,
) -> Result<Vec<String>> {
    let landed = ledger.landed(source, stream)?;
    let mut words = Vec::new();
    if let Some(rows) = expect.rows.filter(|rows| landed.rows < *rows) {
        words.push(format!("holds {} records, at least {rows} are expected", landed.rows));
    }
    if let Some(hours) = expect.fresh_hours {
        let last = landed.last_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        match last.map(|last| now.duration_since(last).as_hours()) {
            None => words.push(format!("has never brought a record, one is expected every {hours} h")),
            Some(age) if age >= i64::from(hours) => {
                words.push(format!("brought no record for {age} h, one is expected every {hours} h"));
            }
            Some(_) => {}
        }
    }
    Ok(words)
}
