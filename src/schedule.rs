//! When reports are due: pure functions of cron lines, zones, the ledger's facts and a given now.

use anyhow::{Result, bail, ensure};

/// A five-field cron line.
pub fn parse_cron(line: &str) -> Result<croner::Cron> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    ensure!(
        fields.len() == 5,
        "{line:?} has {} fields; a schedule has five: minute hour day-of-month month day-of-week, \
         for example \"0 8 * * MON\"",
        fields.len()
    );
    if fields[2] != "*" && fields[4] != "*" {
        bail!("{line:?} sets day-of-month and day-of-week both; implementations disagree on what that means: set one");
    }
    line.parse().map_err(|e| anyhow::anyhow!("{line:?}: {e}"))
}
