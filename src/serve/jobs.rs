//! What a job does, from its beginning to its end: the pipeline's functions, in the order of the phases.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::desk::Wish;
use super::service::{Clock, Ended, Job};
use crate::calendar::Calendar;
use crate::config::{Config, Secrets};
use crate::deliver::{Stop, masked};
use crate::extract::{Outcome, Progress, StreamOutcome};
use crate::ledger::Ledger;
use crate::pipeline::{self, Ask, Environment, Pull, Run};
use crate::schedule::{Action, Occurrence, Phase, ReportSchedule};
use crate::warehouse::Busy;

/// How long a job waits for a warehouse that somebody else's run holds.
const PATIENCE: Duration = Duration::from_hours(1);

/// For how long an owner whose mail is not taken is asked again.
const ASKING: SignedDuration = SignedDuration::from_hours(2);

/// How often the operator is told while mail is on its way.
const MINUTE: Duration = Duration::from_mins(1);

/// What jobs are done with. The configuration is the one in force when a job begins.
#[derive(Clone)]
pub struct Surroundings {
    pub config: watch::Receiver<Arc<Config>>,
    pub secrets: Secrets,
    pub ledger: Arc<Ledger>,
    pub clock: Clock,
    /// Raised when the service is to end.
    pub stop: Stop,
    /// 128 bits that nobody can guess.
    pub random: fn() -> Result<[u8; 16]>,
}

impl Surroundings {
    fn environment(&self, who: &str) -> Environment {
        let now = (self.clock)();
        Environment {
            config: self.config.borrow().clone(),
            secrets: self.secrets.clone(),
            ledger: self.ledger.clone(),
            now,
            who: format!("serve, {who}, since {now:.0}"),
            patience: PATIENCE,
            stop: self.stop.clone(),
        }
    }
}

/// Does one job.
pub async fn work(surroundings: Surroundings, job: Job) -> Result<Ended> {
    let environment = surroundings.environment(&job.name());
    let occurrence = match job {
        Job::Wished(wish) => return wished(&environment, wish).await,
        Job::Scheduled(occurrence) => occurrence,
    };
    let schedule = ReportSchedule::of(&environment.config, &occurrence.report)?;
    let is_before = matches!(occurrence.phase, Phase::Pull | Phase::Draft);
    ensure!(is_before || schedule.is_some(), "it has no schedule any more");
    let is_of_use = |now| match &schedule {
        Some(schedule) => schedule.is_of_use(occurrence.phase, occurrence.due_at, now),
        None => now < occurrence.due_at,
    };
    let ended = match occurrence.phase {
        Phase::Pull => pull(&environment, &occurrence).await,
        Phase::Draft => draft(&surroundings, environment, &occurrence).await,
        Phase::Send => send(&surroundings, environment, &occurrence).await,
        Phase::Correct => correct(&environment, &occurrence).await,
    };
    match ended {
        // somebody's long run keeps it waiting, and fails nothing
        Err(error) if Busy::is_behind(&error) && is_of_use((surroundings.clock)()) => {
            Ok(Ended::Hold(format!("{error:#}")))
        }
        ended => ended,
    }
}

/// What is done besides: mail whose time has come, what the operator must know, and once a night what is old goes. A mail server
/// that hangs keeps nobody in the dark: the operator is told every minute meanwhile.
pub async fn chores(surroundings: Surroundings) -> Result<()> {
    let environment = surroundings.environment("chores");
    let (over, mut is_over) = tokio::sync::oneshot::channel::<()>();
    let sending = async {
        let sent = pipeline::send_due(&environment).await;
        let settled = pipeline::settle_late(&environment);
        drop(over);
        sent.and(settled)
    };
    let telling = async {
        loop {
            let is_last = tokio::time::timeout(MINUTE, &mut is_over).await.is_ok();
            let told = pipeline::tell_operator(&surroundings.environment("notices")).await;
            match told {
                told if is_last => return told,
                Ok(()) => {}
                Err(error) => tracing::error!(error = format!("{error:#}"), "the operator was not told; trying again"),
            }
        }
    };
    let (sent, told) = tokio::join!(sending, telling);
    let kept = tokio::task::spawn_blocking(move || pipeline::housekeep_nightly(&environment)).await??;
    for problem in kept.into_iter().flat_map(|kept| kept.problems) {
        tracing::warn!("housekeeping: {problem}");
    }
    told.context("telling the operator")?;
    sent
}

/// Fetches what is new; sources that cannot be reached are tried again until the review is due.
async fn pull(environment: &Environment, occurrence: &Occurrence) -> Result<Ended> {
    let pulled = pipeline::pull(environment, &[], false, Progress::Quiet).await?;
    Ok(match late(&pulled) {
        Some(why) if environment.now < occurrence.due_at => Ended::Hold(why),
        // the send tells its readers
        _ => Ended::Done,
    })
}

/// Asks owners; those whose mail did not go out are asked again for a while, then the operator is told, who can still ask them.
async fn draft(surroundings: &Surroundings, mut environment: Environment, occurrence: &Occurrence) -> Result<Ended> {
    let pulled = pipeline::pull(&environment, &[], false, Progress::Quiet).await?;
    // an owner's hours to answer begin when the mail goes, not before a long pull
    environment.now = (surroundings.clock)();
    let ask = Ask {
        report: occurrence.report.clone(),
        period: Some(period_at(&environment, &occurrence.report, occurrence.due_at)?),
        problems: pipeline::pull_problems(&pulled),
        dry_run: false,
    };
    let schedule = ReportSchedule::of(&environment.config, &occurrence.report)?;
    let began = schedule.and_then(|schedule| schedule.begins(Phase::Draft, occurrence.due_at));
    let until = began.map_or(occurrence.due_at, |began| occurrence.due_at.min(began + ASKING));
    let mut random = surroundings.random;
    let asked = pipeline::ask(&environment, &ask, &mut random).await?;
    let unsent = asked.problems.iter().find(|p| p.subject == "ask");
    match unsent {
        None => Ok(Ended::Done),
        Some(problem) if environment.now < until => Ok(Ended::Hold(problem.message.clone())),
        Some(problem) => bail!("{}", problem.message),
    }
}

/// Runs the report. A source that is late holds it until the deadline; then it goes out and says what is late. An interrupted one
/// whose mails are in the outbox already is finished by sending those.
async fn send(surroundings: &Surroundings, mut environment: Environment, occurrence: &Occurrence) -> Result<Ended> {
    let report = &occurrence.report;
    let period = period_at(&environment, report, occurrence.due_at)?;
    if occurrence.action == Action::Resume && pipeline::was_mailed(&environment, report, &period)? {
        pipeline::send_due(&environment).await?;
        return Ok(Ended::Done);
    }
    let pulled = pipeline::pull(&environment, &[], false, Progress::Quiet).await?;
    environment.now = (surroundings.clock)();
    let schedule = ReportSchedule::of(&environment.config, report)?.context("it has no schedule any more")?;
    if let Some(why) = late(&pulled)
        && environment.now < occurrence.due_at + schedule.deadline
    {
        return Ok(Ended::Hold(why));
    }
    let occurrence = (Phase::Send, occurrence.due_at);
    let run = Run { pull: Pull::Done(pulled), occurrence: Some(occurrence), ..run_of(report, period, "schedule") };
    finish(&environment, &run).await
}

/// Looks whether what was sent is otherwise known since, and mails that where the policy has it mailed.
async fn correct(environment: &Environment, occurrence: &Occurrence) -> Result<Ended> {
    let report = &occurrence.report;
    let before = occurrence.due_at - SignedDuration::from_hours(24);
    let facts = environment.ledger.schedule_facts(before)?;
    let promised = *facts.sent.get(report).context("nothing was sent that could be corrected")?;
    let period = period_at(environment, report, promised)?;
    if !pipeline::has_readers(environment, report, &period)? {
        return Ok(Ended::Done);
    }
    let occurrence = (Phase::Correct, occurrence.due_at);
    let run = Run { correct: true, occurrence: Some(occurrence), ..run_of(report, period, "schedule") };
    finish(environment, &run).await
}

async fn wished(environment: &Environment, Wish { report, period, by }: Wish) -> Result<Ended> {
    tracing::info!(report, by = masked(&by), "a run that was asked for");
    let period = match period {
        Some(period) => period,
        None => period_at(environment, &report, environment.now)?,
    };
    finish(environment, &run_of(&report, period, "web")).await
}

fn run_of(report: &str, period: String, trigger: &'static str) -> Run {
    Run { reports: vec![report.to_owned()], period: Some(period), ..Run::plain(trigger) }
}

async fn finish(environment: &Environment, run: &Run) -> Result<Ended> {
    let summary = pipeline::run(environment, run).await?;
    for problem in &summary.problems {
        tracing::warn!(report = run.reports.join(" "), subject = problem.subject, "{}", problem.message);
    }
    if summary.exit_code == 4 {
        let reasons: Vec<String> = summary.problems.iter().map(|p| format!("{}: {}", p.subject, p.message)).collect();
        bail!("nothing could be sent: {}", reasons.join("; "));
    }
    Ok(Ended::Done)
}

/// What could not be pulled, if anything.
fn late(pulled: &[StreamOutcome]) -> Option<String> {
    let mut failed = pulled.iter().filter_map(|outcome| match &outcome.result {
        Outcome::Failed(message) if !outcome.optional => {
            Some(format!("{} {}: {message}", outcome.source, outcome.stream))
        }
        _ => None,
    });
    let first = failed.next()?;
    Some(match failed.count() {
        0 => first,
        more => format!("{first}, and {more} more"),
    })
}

/// The period a review is about is the one that was complete when it was due, however late it runs.
fn period_at(environment: &Environment, report: &str, due_at: Timestamp) -> Result<String> {
    let calendar = Calendar::new(&environment.config.company)?;
    let report = environment.config.reports.get(report).context("the report is no longer configured")?;
    Ok(calendar.last_complete(report.grain, due_at).id)
}
