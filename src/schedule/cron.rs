//! Cron lines as people write them: five fields, in a zone of their own.

use anyhow::{Result, bail, ensure};
use croner::Cron;
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a line consists of, with what may stand there.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of month", "1 to 31, or L for the last"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of week", "0 to 7 (Sunday is both), or MON to SUN"),
];

const EXAMPLE: &str = "for example \"0 8 * * MON\": Mondays at 8:00";

/// A five-field cron line.
pub fn parse_cron(line: &str) -> Result<Cron> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    ensure!(
        fields.len() == 5,
        "{line:?} has {} fields; a schedule has five: minute hour day-of-month month day-of-week, {EXAMPLE}",
        fields.len()
    );
    for (index, (field, (name, accepted))) in fields.iter().zip(FIELDS).enumerate() {
        // alone with stars around it, a field that cannot be read is found out
        let mut alone = ["*"; 5];
        alone[index] = field;
        if alone.join(" ").parse::<Cron>().is_err() {
            bail!("{line:?}: field {}, the {name}, is {field:?}; write {accepted}, {EXAMPLE}", index + 1);
        }
    }
    if fields[2] != "*" && fields[4] != "*" {
        bail!("{line:?} sets day-of-month and day-of-week both; implementations disagree on what that means: set one");
    }
    let cron: Cron = line.parse().map_err(|e| anyhow::anyhow!("{line:?}: {e}; {EXAMPLE}"))?;
    ensure!(next_wall_time(&cron, jiff::civil::datetime(2000, 1, 1, 0, 0, 0, 0)).is_some(), "{line:?} never comes");
    Ok(cron)
}

/// The next wall-clock time a line names. Counted in UTC, which has no clock changes.
pub(super) fn next_wall_time(cron: &Cron, after: DateTime) -> Option<DateTime> {
    let utc: Zoned = after.to_zoned(TimeZone::UTC).ok()?;
    cron.find_next_occurrence(&utc, false).ok().map(|z| z.datetime())
}
