//! What was promised for a time and did not come, and runs that ended with problems.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::{Cause, Look, OF_LATE, Severity, scrubbed, some};
use crate::ledger::facts::{OccurrenceFact, RunFact};
use crate::pipeline::promised::{in_time, is_out, overdue};

/// Commands listed for what was missed.
const COMMANDS: usize = 5;

impl Look<'_> {
    /// Occurrences that failed, were missed, or hang.
    pub(super) fn sends(&self, causes: &mut Vec<Cause>) -> Result<()> {
        let (config, ledger) = (&self.environment.config, &self.environment.ledger);
        let mut failed: BTreeMap<String, Vec<&OccurrenceFact>> = BTreeMap::new();
        let mut missed = Vec::new();
        for occurrence in &self.occurrences {
            let OccurrenceFact { report, phase, due_at, state, note, .. } = occurrence;
            let Some(period) = self.period(report, *due_at) else { continue };
            let is_last = !self.occurrences.iter().any(|o| {
                o.report == *report
                    && o.phase == *phase
                    && o.due_at > *due_at
                    && matches!(o.state.as_str(), "done" | "failed")
            });
            match (phase.as_str(), state.as_str()) {
                ("send", "missed")
                    if self.now().duration_since(occurrence.recorded_at) <= OF_LATE
                        && self.environment.ledger.readers(report, &period)?.is_empty() =>
                {
                    missed.push((occurrence, period));
                }
                // of a period that has mail, the mail tells more
                ("send", "failed") if is_last && self.environment.ledger.readers(report, &period)?.is_empty() => {
                    let reason = note.as_deref().unwrap_or(report);
                    failed.entry(format!("unsent {}", scrubbed(reason))).or_default().push(occurrence);
                }
                ("pull" | "draft" | "correct", "failed") if is_last && !self.is_past(occurrence) => {
                    causes.push(self.phase_failed(occurrence));
                }
                ("send", "started")
                    if self.now() > in_time(config, report, *due_at)
                        && !is_out(config, ledger, &self.calendar, report, *due_at)? =>
                {
                    causes.push(self.hanging(report, *due_at, &period, note.as_deref()));
                }
                _ => {}
            }
        }
        // what no service even began
        for (report, due_at) in overdue(config, ledger, self.now())? {
            let is_its = |o: &&OccurrenceFact| o.phase == "send" && o.report == report && o.due_at == due_at;
            if let Some(period) = self.period(&report, due_at).filter(|_| !self.occurrences.iter().any(|o| is_its(&o)))
            {
                causes.push(self.hanging(&report, due_at, &period, None));
            }
        }
        causes.extend(failed.into_iter().map(|(key, of)| self.unsent(key, &of)));
        causes.extend(self.missed(&missed));
        causes.extend(self.interrupted());
        Ok(())
    }

    /// What comes before or after a send no longer matters once the next one was made, or some days later.
    fn is_past(&self, occurrence: &OccurrenceFact) -> bool {
        let is_later_send =
            |o: &&OccurrenceFact| o.phase == "send" && o.report == occurrence.report && o.due_at >= occurrence.due_at;
        let is_made = self.occurrences.iter().filter(is_later_send).any(|o| o.state == "done");
        is_made || self.now().duration_since(occurrence.recorded_at) > OF_LATE
    }

    /// Reports whose send of about the same time was done.
    fn out_with(&self, due_at: Timestamp) -> String {
        let half_a_day = SignedDuration::from_hours(12);
        let is_near = |o: &&OccurrenceFact| o.due_at.duration_since(due_at).abs() <= half_a_day;
        let done = self.occurrences.iter().filter(|o| o.phase == "send" && o.state == "done").filter(is_near);
        let done = some(done.map(|o| o.report.clone()), 8);
        if done.is_empty() { "Nothing else was due then.".into() } else { format!("Out all the same: {done}.") }
    }

    /// Reports that were not sent for one and the same reason.
    fn unsent(&self, key: String, of: &[&OccurrenceFact]) -> Cause {
        let name = |o: &&OccurrenceFact| match self.period(&o.report, o.due_at) {
            Some(period) => format!("{} {period}", o.report),
            None => o.report.clone(),
        };
        let (first, reason) = (of[0], of[0].note.as_deref().unwrap_or("no reason is known"));
        Cause {
            key,
            severity: Severity::Unsent,
            what: format!(
                "Not sent: {}, due {}: {}",
                some(of.iter().map(name), 8),
                self.moment(first.due_at),
                scrubbed(reason)
            ),
            since: first.due_at,
            weight: 1,
            anyway: self.out_with(first.due_at),
            todo: "Mend what it says, then:".into(),
            commands: of.iter().take(COMMANDS).map(|o| self.run_again(o)).collect(),
            lasts: true,
            is_settling: self.is_busy(),
        }
    }

    fn run_again(&self, o: &OccurrenceFact) -> String {
        let period = self.period(&o.report, o.due_at).map(|period| format!(" --period {period}")).unwrap_or_default();
        format!("bizreview run {}{period}", o.report)
    }

    fn missed(&self, missed: &[(&OccurrenceFact, String)]) -> Option<Cause> {
        let (first, _) = missed.first()?;
        let names = missed.iter().rev().map(|(o, period)| format!("{} {period}", o.report));
        Some(Cause {
            key: "missed".into(),
            severity: Severity::Unsent,
            what: format!(
                "Nothing was running when {} due, and it is too late to send by itself: {}",
                if missed.len() == 1 { "a review was".to_owned() } else { format!("{} reviews were", missed.len()) },
                some(names, 8)
            ),
            since: first.due_at,
            weight: missed.len() as i64,
            anyway: "Of each report the latest one is sent all the same, where it is no older than its catch_up."
                .into(),
            todo: "What is still wanted:".into(),
            commands: missed.iter().rev().take(COMMANDS).map(|(o, _)| self.run_again(o)).collect(),
            lasts: false,
            is_settling: false,
        })
    }

    fn phase_failed(&self, o: &OccurrenceFact) -> Cause {
        let OccurrenceFact { report, phase, due_at, note, .. } = o;
        let (what, command) = match phase.as_str() {
            "pull" => (format!("Data for {report} could not be pulled beforehand"), "bizreview pull".to_owned()),
            "draft" => {
                let period = self.period(report, *due_at).unwrap_or_default();
                let command = format!("bizreview ask {report} --period {period}");
                (format!("Not every owner was asked for comments on {report} {period}"), command)
            }
            _ => {
                // it looks at what was sent some days before
                let sent = self
                    .occurrences
                    .iter()
                    .rev()
                    .find(|s| s.report == *report && s.phase == "send" && s.state == "done" && s.due_at < o.due_at);
                let period = sent.and_then(|sent| self.period(report, sent.due_at)).unwrap_or_default();
                let command = format!("bizreview run {report} --period {period} --correct");
                (format!("What changed since {report} {period} was sent could not be looked for"), command)
            }
        };
        Cause {
            key: format!("{phase} {report}"),
            severity: Severity::Flawed,
            what: format!("{what}: {}", scrubbed(note.as_deref().unwrap_or("no reason is known"))),
            since: o.recorded_at,
            weight: 1,
            anyway: match phase.as_str() {
                "correct" => "The review itself is out.".into(),
                _ => "The review goes out at its time all the same, and says what is missing.".into(),
            },
            todo: "Mend what it says, then:".into(),
            commands: vec![command],
            lasts: false,
            is_settling: self.is_busy(),
        }
    }

    /// `waits`: for what, as far as it is known.
    fn hanging(&self, report: &str, due_at: Timestamp, period: &str, waits: Option<&str>) -> Cause {
        let waits = waits.map(|why| format!("; it waits: {}", scrubbed(why))).unwrap_or_default();
        Cause {
            key: format!("overdue {report} {due_at}"),
            severity: Severity::Unsent,
            what: format!("Still not out: {report} {period}, due {}{waits}", self.moment(due_at)),
            since: due_at,
            weight: 1,
            anyway: self.out_with(due_at),
            todo: "Its run was never begun, was interrupted, hangs, or waits for the warehouse. Who does what:".into(),
            commands: vec!["bizreview status".into(), "bizreview serve".into()]
                .into_iter()
                .take(if self.service.is_some() { 1 } else { 2 })
                .collect(),
            lasts: true,
            is_settling: false,
        }
    }

    /// Scheduled runs that nobody works at any more, and that nothing finished since.
    fn interrupted(&self) -> Vec<Cause> {
        let scheduled: Vec<&RunFact> = self.runs.iter().filter(|run| run.trigger == "schedule").collect();
        let is_left = |(index, run): &(usize, &&RunFact)| {
            let later = &scheduled[..*index];
            let is_over = later.iter().any(|l| l.finished_at.is_some());
            let is_settled = self.occurrences.iter().any(|o| o.run_id == Some(run.run_id) && o.state != "started");
            let is_alive = later.is_empty() && self.service == Some(run.pid);
            run.finished_at.is_none() && !is_over && !is_settled && !is_alive
        };
        let left = scheduled.iter().enumerate().filter(is_left).map(|(_, run)| run);
        left.map(|run| Cause {
            key: format!("interrupted {}", run.run_id),
            severity: Severity::Flawed,
            what: format!(
                "The run {} was interrupted: the program ended in the middle of it",
                if run.reports.is_empty() {
                    run.run_id.to_string()
                } else {
                    format!("of {}", some(run.reports.clone(), 8))
                }
            ),
            since: run.started_at,
            weight: 1,
            anyway: "The service takes it up where it stopped; no mail goes out twice.".into(),
            todo: "How it went on:".into(),
            commands: vec!["bizreview history".into()],
            lasts: false,
            is_settling: false,
        })
        .collect()
    }

    /// What the latest run of each report printed as a problem: one cause per problem, whatever reports it touched.
    pub(super) fn problems(&self, causes: &mut Vec<Cause>) {
        let stale: Vec<String> =
            causes.iter().filter_map(|c| c.key.strip_prefix("stale ")).map(|source| format!("{source} ")).collect();
        let mut problems: BTreeMap<String, Vec<(&str, &RunFact)>> = BTreeMap::new();
        for report in self.environment.config.reports.keys() {
            let Some(run) = self.runs.iter().find(|r| r.finished_at.is_some() && r.reports.contains(report)) else {
                continue;
            };
            let has_failed = self.occurrences.iter().any(|o| o.run_id == Some(run.run_id) && o.state == "failed");
            if run.trigger == "manual" || run.exit_code == Some(0) || has_failed {
                continue;
            }
            for problem in &run.problems {
                let is_told = problem.starts_with("report ") && problem.contains(": mail to ")
                    || stale.iter().any(|source| problem.starts_with(source));
                if !is_told {
                    problems.entry(scrubbed(problem)).or_default().push((report, run));
                }
            }
        }
        causes.extend(problems.into_iter().map(|(problem, of)| {
            let (_, first) = of[0];
            let reports = some(of.iter().map(|(report, _)| (*report).to_owned()), 8);
            let periods = of.iter().take(COMMANDS).filter_map(|(report, run)| {
                let sent = self.occurrences.iter().find(|o| o.run_id == Some(run.run_id) && o.report == **report)?;
                Some(format!("bizreview run {report} --period {} --correct", self.period(report, sent.due_at)?))
            });
            Cause {
                key: format!("problem {problem}"),
                severity: Severity::Flawed,
                since: first.started_at,
                weight: 1,
                anyway: format!("Sent all the same, with this printed in it: {reports}."),
                todo: "Mend what it says; what changes by that is told to those who were sent it with:".into(),
                commands: periods.collect(),
                what: format!("A review says: {problem}"),
                lasts: false,
                is_settling: self.is_busy(),
            }
        }));
    }
}
