//! What the operator must know now, derived from the ledger, the configuration and the disk: one cause for what has one reason,
//! however many recipients or reports it touches. Nothing is remembered here, so that nothing can be forgotten.

mod mail;
mod runs;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;

use super::Environment;
use crate::calendar::Calendar;
use crate::deliver::masked;
use crate::ledger::facts::{MailFact, OccurrenceFact, RunFact};

/// How far back occurrences count.
const HORIZON: SignedDuration = SignedDuration::from_hours(40 * 24);
/// How long what happened once is kept before the operator's eyes.
const OF_LATE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A route that fails for less is not worth a word.
const BLIP: SignedDuration = SignedDuration::from_mins(10);
/// Below this much free space, or this share of the disk if that is less, it is nearly full.
const LITTLE: u64 = 1 << 30;
const LITTLE_SHARE: u64 = 20;

/// How bad a cause is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Readers do not have what was promised.
    Unsent,
    /// Nobody knows whether they have it.
    Uncertain,
    /// Some have it not.
    Refused,
    /// It waits.
    Waiting,
    /// It will go wrong next.
    Ahead,
    /// It went out, and something about it was wrong.
    Flawed,
}

/// Something the operator must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// What makes it the same cause the next time.
    pub key: String,
    pub severity: Severity,
    /// One sentence: what failed. Recipients are masked.
    pub what: String,
    /// When it began.
    pub since: Timestamp,
    /// How bad it is: what grows is told again.
    pub weight: i64,
    /// What went out all the same; may be empty.
    pub anyway: String,
    /// What to do, in words.
    pub todo: String,
    /// What to type.
    pub commands: Vec<String>,
    /// It lasts, and is told again each day; what merely happened is told once.
    pub lasts: bool,
    /// More of it may come in a moment: it is told when what is in hand has ended.
    pub is_settling: bool,
}

/// What the causes are derived from.
struct Look<'a> {
    environment: &'a Environment,
    calendar: Calendar,
    zone: TimeZone,
    mail: Vec<MailFact>,
    occurrences: Vec<OccurrenceFact>,
    runs: Vec<RunFact>,
    /// The service's process, if there is one.
    service: Option<u32>,
    /// Causes that were there before.
    open: BTreeSet<String>,
}

/// Everything the operator must know now, the worst first. `service` is the process that runs reports by their schedule.
pub fn causes(environment: &Environment, service: Option<u32>) -> Result<Vec<Cause>> {
    let Environment { config, ledger, now, .. } = environment;
    let since = now.checked_sub(HORIZON).unwrap_or(Timestamp::MIN);
    let open = ledger.notices(*now)?.into_iter().filter(|n| n.resolved_at.is_none()).map(|n| n.cause).collect();
    let look = Look {
        environment,
        calendar: Calendar::new(&config.company)?,
        zone: TimeZone::get(&config.company.timezone).context("[company] timezone")?,
        mail: ledger.unsettled_mail()?,
        occurrences: ledger.occurrences_since(since)?,
        runs: ledger.run_facts(None, now.checked_sub(OF_LATE * 2).unwrap_or(Timestamp::MIN), 500)?,
        service,
        open,
    };
    let mut causes = Vec::new();
    look.held(&mut causes)?;
    look.faults(&mut causes)?;
    look.mail(&mut causes)?;
    look.sends(&mut causes)?;
    look.stale(&mut causes)?;
    look.problems(&mut causes);
    look.disk(&mut causes);
    look.routes(&mut causes)?;
    causes.sort_by(|a, b| (a.severity, a.since, &a.key).cmp(&(b.severity, b.since, &b.key)));
    Ok(causes)
}

impl Look<'_> {
    fn now(&self) -> Timestamp {
        self.environment.now
    }

    /// A moment as the operator reads it, in the company's zone, which is named.
    fn moment(&self, time: Timestamp) -> String {
        moment(time, &self.zone)
    }

    /// Sending that is held back since a restore.
    fn held(&self, causes: &mut Vec<Cause>) -> Result<()> {
        if let Some(hold) = self.environment.ledger.hold()? {
            causes.push(Cause {
                key: "held".into(),
                severity: Severity::Unsent,
                what: format!("Nothing is sent: {}.", hold.reason),
                since: hold.held_at,
                weight: 1,
                anyway: String::new(),
                todo: "Say what readers got after the backup was made:".into(),
                commands: vec!["bizreview thaw".into()],
                lasts: true,
                is_settling: false,
            });
        }
        Ok(())
    }

    /// What is wrong with the service itself.
    fn faults(&self, causes: &mut Vec<Cause>) -> Result<()> {
        for (fault, why, since) in self.environment.ledger.faults()? {
            causes.push(Cause {
                key: format!("fault {fault}"),
                severity: Severity::Ahead,
                what: format!(
                    "A new {fault} was refused, the one before is in force: {}",
                    why.lines().next().unwrap_or_default()
                ),
                since: since.parse()?,
                weight: 1,
                anyway: String::new(),
                todo: "Mend it, then have it read again:".into(),
                commands: vec!["bizreview check".into(), "systemctl reload bizreview".into()],
                lasts: true,
                is_settling: false,
            });
        }
        Ok(())
    }

    /// The period a promised moment is about; `None` for a report that is no longer configured.
    fn period(&self, report: &str, due_at: Timestamp) -> Option<String> {
        let grain = self.environment.config.reports.get(report)?.grain;
        Some(self.calendar.last_complete(grain, due_at).id)
    }

    /// Something scheduled is being worked at; what waits for a source is not.
    fn is_busy(&self) -> bool {
        let half_an_hour = SignedDuration::from_mins(30);
        let is_recent = |o: &&OccurrenceFact| self.now().duration_since(o.recorded_at) < half_an_hour;
        self.occurrences.iter().filter(|o| o.state == "started" && o.note.is_none()).any(|o| is_recent(&o))
    }

    /// Sources whose last pull failed, and that were not pulled well for longer than they may. One that nobody tried to pull since is
    /// not stale: it is pulled when the next review needs it.
    fn stale(&self, causes: &mut Vec<Cause>) -> Result<()> {
        let config = &self.environment.config;
        let pulls = self.environment.ledger.last_pulls()?;
        for (name, source) in config.sources.iter().filter(|(_, source)| source.enabled) {
            let limit = i64::from(source.stale_after_hours).hours();
            let mut worst: Option<(Option<Timestamp>, Timestamp, &str)> = None;
            for pull in pulls.iter().filter(|p| p.source == *name && p.outcome.as_deref() == Some("failed")) {
                let well: Option<Timestamp> = pull.last_ok_at.as_deref().and_then(|at| at.parse().ok());
                let tried: Timestamp = pull.started_at.parse()?;
                let is_stale = well.is_none_or(|at| at + limit < self.now());
                if is_stale && worst.is_none_or(|(at, ..)| well < at) {
                    worst = Some((well, tried, pull.message.as_deref().unwrap_or("no reason known")));
                }
            }
            let Some((well, tried, why)) = worst else { continue };
            let last = well.map_or("has never been pulled well".to_owned(), |at| {
                format!("was last pulled well {}", self.moment(at))
            });
            causes.push(Cause {
                key: format!("stale {name}"),
                severity: Severity::Ahead,
                what: format!("Source {name} {last}: {}", scrubbed(why)),
                since: well.unwrap_or(tried),
                weight: 1,
                anyway: "Reviews go out at their deadline, and mark as provisional what is late.".into(),
                todo: "Mend what it says, then:".into(),
                commands: vec![format!("bizreview pull {name}")],
                lasts: true,
                is_settling: false,
            });
        }
        Ok(())
    }

    /// Ways to the operator that do not work: the others tell of it, and it is tried until it tells of it itself.
    fn routes(&self, causes: &mut Vec<Cause>) -> Result<()> {
        for route in self.environment.ledger.routes()? {
            let Some(since) = route.failed_at else { continue };
            let is_ping = route.route == super::operator::PING;
            let what = if is_ping {
                "The ping that editions are out was".into()
            } else {
                format!("Notices by {} were", route.route)
            };
            causes.push(Cause {
                key: format!("route {}", route.route),
                severity: Severity::Ahead,
                what: format!("{what} not taken: {}", scrubbed(route.error.as_deref().unwrap_or("no reason known"))),
                since,
                weight: 1,
                anyway: String::new(),
                todo: "It is tried every minute while there is something to say. To try it now:".into(),
                commands: vec!["bizreview check --online --notice".into()],
                lasts: !is_ping,
                is_settling: self.now().duration_since(since) < BLIP,
            });
        }
        Ok(())
    }

    /// A store that is about to be unable to write anything down.
    fn disk(&self, causes: &mut Vec<Cause>) {
        let store = self.environment.config.store();
        let Some((free, total)) = free_space(&store) else { return };
        let key = "disk";
        let little = LITTLE.min(total / LITTLE_SHARE);
        // it ends only when there is clearly more again
        let bound = if self.open.contains(key) { little + little / 2 } else { little };
        if free >= bound {
            return;
        }
        causes.push(Cause {
            key: key.into(),
            severity: Severity::Ahead,
            what: format!("The disk of the store is nearly full: {} of {} left", size(free), size(total)),
            since: self.now(),
            weight: if free < little / 8 {
                3
            } else if free < little / 2 {
                2
            } else {
                1
            },
            anyway: String::new(),
            todo: "Make room. A full disk stops every run; nothing that was written is lost by it.".into(),
            commands: vec![format!("df -h {}", store.display())],
            lasts: true,
            is_settling: false,
        });
    }
}

/// Free space for this user and size of the disk a folder is on, in bytes; `None` where the system does not say.
pub fn free_space(folder: &std::path::Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(bytes > 0 && value < 10.0);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// "Mon 23 Nov 2026 08:01 CET".
pub fn moment(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}

/// The first few of some names, the rest counted.
fn some(names: impl IntoIterator<Item = String>, most: usize) -> String {
    let names: Vec<String> = names.into_iter().collect();
    let rest = names.len().saturating_sub(most);
    let told = names[..names.len() - rest].join(", ");
    if rest > 0 { format!("{told} and {rest} more") } else { told }
}

/// "1 mail", "2 mails".
fn mails(count: usize) -> String {
    if count == 1 { "1 mail".into() } else { format!("{count} mails") }
}

/// A machine's words on one line, addresses in them masked, at most 300 characters.
fn scrubbed(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '%' | '+' | '-' | '*');
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(std::iter::once(' ')).take(301) {
        if is_part(c) {
            word.push(c);
            continue;
        }
        let is_address = word.contains('@') && !word.contains('*');
        out.push_str(&if is_address { masked(&word) } else { std::mem::take(&mut word) });
        word.clear();
        out.push(if c.is_control() { ' ' } else { c });
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_machines_words_are_masked_once() {
        assert_eq!(scrubbed("550 <bob@acme.example>: no such user"), "550 <b***@acme.example>: no such user");
        assert_eq!(scrubbed("mail to b***@acme.example is failed:\n no"), "mail to b***@acme.example is failed: no");
        assert_eq!(scrubbed("RCPT TO:<a.b+c@x-y.example>,"), "RCPT TO:<a***@x-y.example>,");
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(
            [size(0), size(1_500), size(999_999), size(12_000_000), size(1_610_000_000)],
            ["0 kB", "1.5 kB", "1000 kB", "12 MB", "1.6 GB"]
        );
    }

    #[test]
    fn many_names_are_counted() {
        let names = |n: u8| (0..n).map(|i| char::from(b'a' + i).to_string());
        assert_eq!(some(names(2), 3), "a, b");
        assert_eq!(some(names(5), 3), "a, b, c and 2 more");
    }
}
