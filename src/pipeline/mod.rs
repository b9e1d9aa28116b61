//! The straight line: pull → load → build → measure → assemble → render → archive → send.
//!
//! A failed source, check, metric or section becomes a problem, printed in the review and in the exit code; the rest goes out.

mod account;
mod answer;
mod ask;
mod backtest;
mod backup;
mod behind;
mod causes;
mod correct;
mod details;
mod envelope;
mod explain;
mod forget;
mod identity;
mod infos;
mod keeping;
mod known;
mod material;
mod measure;
mod operator;
mod pictures;
mod ping;
mod promise;
mod promised;
mod publish;
mod refused;
mod replay;
mod resend;
mod restate;
mod rows;
mod sources;
mod values;
mod voices;
mod volume;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use crate::calendar::{Calendar, Period};
use crate::config::{Config, Report, Secrets, Usage, nearest};
use crate::deliver::Stop;
use crate::deliver::transport::Transport;
use crate::extract::backfill::{Planned, Stretch};
use crate::extract::{self, Outcome, Progress, StreamOutcome};
use crate::ledger::Ledger;
use crate::ledger::occurrences::OccurrenceKey;
use crate::render::pdf::Browser;
use crate::review::model::{Problem, Review};
use crate::schedule::Phase;
use crate::warehouse::Offer;
use crate::warehouse::inputs::Horizon;

pub use account::{AccountRun, NAME as ACCOUNT, account};
pub use answer::{Answered, Refused, answer, comment_file, known_metrics, note, team_of_metric};
pub use ask::{Ask, AskLetter, Asked, Random, ask};
pub use backtest::{Told, backtest};
pub use backup::{Manifest, backup, restore, verify};
pub use causes::{Cause, Severity, causes, free_space, moment, size};
pub use correct::has_readers;
pub use envelope::{Approved, approve, send_due, unapproved, unapproved_in, unread};
pub use explain::{Chart, Explain, Explained, charts, explain, try_baseline};
pub use forget::{Forget, Forgotten, Words, forget};
pub use identity::{Identity, Unmatched, identity};
pub use keeping::{Housekept, housekeep, housekeep_nightly, would_go};
pub use known::Known;
pub use measure::{Measured, Warehoused};
pub use operator::{tell_operator, test_notice};
pub use promise::{kept, promise};
pub use promised::{MAIL_OVERDUE, overdue, settle_late};
pub use publish::{Sent, SentState, was_mailed};
pub use refused::{Reread, reread};
pub use replay::{Replayed, replay};
pub use resend::{Plan, Resend, Step, Which, resend};
pub use sources::{SourceStanding, StreamStanding, catalog, sources};
pub use values::{Values, values};
pub use voices::{is_shown_in, owner_promise};

/// What a run works with; built by the command line and the service, the only places that read the surroundings.
#[derive(Clone)]
pub struct Environment {
    pub config: Arc<Config>,
    pub secrets: Secrets,
    pub ledger: Arc<Ledger>,
    /// Time is an argument.
    pub now: Timestamp,
    /// What the next process is told while this one holds the warehouse: "run, since 2026-11-16T07:00:00Z".
    pub who: String,
    /// How long to wait for another process's warehouse.
    pub patience: Duration,
    /// Raised when the process is to end.
    pub stop: Stop,
}

impl Environment {
    /// The same so much later: time is an argument, and what has passed since is measured, in whole minutes.
    #[must_use]
    pub fn after(&self, passed: Duration) -> Environment {
        Environment { now: self.now + Duration::from_mins(passed.as_secs() / 60), ..self.clone() }
    }
}

/// The sources whose ids begin with their name, as there is another of their system before them.
fn qualified(config: &Config) -> Result<std::collections::BTreeSet<String>> {
    let folder = config.store.manifests.as_ref().map(|path| config.resolve(path));
    Ok(extract::qualify::qualified(config, &extract::Catalog::load(folder.as_deref())?))
}

/// What to run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Keys of `[reports]`; empty for all.
    pub reports: Vec<String>,
    /// `None`: the last complete period of each report's grain.
    pub period: Option<String>,
    /// Send there instead, the subject marked.
    pub to: Option<String>,
    /// Render, archive nothing, send nothing.
    pub dry_run: bool,
    /// Mail it although this period was mailed before.
    pub again: bool,
    /// Correct what was mailed: mail the changes only, where the policy has them mailed.
    pub correct: bool,
    /// Print what checks withhold.
    pub force: Option<Force>,
    /// Print every page, too: with what, or what is missing for it.
    pub pdf: Option<Result<Browser, String>>,
    pub pull: Pull,
    pub progress: Progress,
    /// `schedule`, `manual`, `web` or `demo`.
    pub trigger: &'static str,
    /// The phase and promised moment this run answers.
    pub occurrence: Option<(Phase, Timestamp)>,
}

impl Run {
    /// Every report, its last complete period, with what is new; mailed to its readers.
    pub fn plain(trigger: &'static str) -> Run {
        Run {
            reports: Vec::new(),
            period: None,
            to: None,
            dry_run: false,
            again: false,
            correct: false,
            force: None,
            pdf: None,
            pull: Pull::New,
            progress: Progress::Quiet,
            trigger,
            occurrence: None,
        }
    }
}

/// Where a run has its data from.
#[derive(Debug, Clone)]
pub enum Pull {
    /// What is there.
    Nothing,
    /// What is new at every source is fetched first.
    New,
    /// It was fetched just before, with that outcome.
    Done(Vec<StreamOutcome>),
}

/// Who has withheld sections printed all the same, and why.
#[derive(Debug, Clone)]
pub struct Force {
    pub by: String,
    pub reason: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Summary {
    pub pulled: Vec<StreamOutcome>,
    pub sent: Vec<Sent>,
    pub problems: Vec<Problem>,
    /// 0 fine, 1 done with problems, 4 nothing could be sent.
    pub exit_code: i32,
    /// Where a dry run put its files.
    pub dry_run_folder: Option<PathBuf>,
}

/// Runs the whole line.
pub async fn run(environment: &Environment, run: &Run) -> Result<Summary> {
    let calendar = Calendar::new(&environment.config.company)?;
    let reports = wanted(environment, &calendar, run)?;
    if run.correct {
        correct::ensure_mailed(environment, &reports)?;
    }
    let transport = if run.dry_run { None } else { Some(transport(environment)?) };
    let started = Instant::now();
    let begun = environment.ledger.start_run(run.trigger, environment.now);
    let run_id = begun.map_err(|error| environment.ledger.named_in(error))?;
    if let Some((phase, due_at)) = run.occurrence {
        for (report, _) in &reports {
            environment.ledger.link_occurrence(OccurrenceKey { report, phase, due_at }, run_id)?;
        }
    }
    let result = line(environment, run, run_id, &calendar, &reports, transport.as_ref(), started).await;
    let result = result.map_err(|error| environment.ledger.named_in(error));
    let (exit_code, problems) = match &result {
        Ok(summary) => {
            (summary.exit_code, summary.problems.iter().map(|p| format!("{}: {}", p.subject, p.message)).collect())
        }
        Err(error) => (1, vec![format!("{error:#}")]),
    };
    // the clock is an argument; what has passed since is measured
    let finished = environment.now + started.elapsed();
    let recorded = environment.ledger.finish_run(run_id, exit_code, &problems, finished);
    let Err(error) = recorded.map_err(|error| environment.ledger.named_in(error)) else { return result };
    // what went wrong first says more, and what was sent was sent
    result.map(|mut summary| {
        let message = format!("the end of the run could not be recorded: {error:#}");
        summary.problems.push(Problem { subject: "ledger".into(), message });
        summary.exit_code = summary.exit_code.max(1);
        summary
    })
}

async fn line(
    environment: &Environment,
    run: &Run,
    run_id: i64,
    calendar: &Calendar,
    reports: &[(String, Period)],
    transport: Option<&Transport>,
    started: Instant,
) -> Result<Summary> {
    let pulled = match &run.pull {
        Pull::Nothing => Vec::new(),
        Pull::New => pull(environment, &[], false, run.progress).await?,
        Pull::Done(outcomes) => outcomes.clone(),
    };
    let problems = pull_problems(&pulled);
    let made = tokio::task::block_in_place(|| {
        let opened = open(environment)?;
        let known = Known::now(environment, reports)?;
        let mut made = make(environment, &opened, calendar, reports, &known, problems, run.force.as_ref())?;
        let mut corrections = Vec::new();
        for review in made.reviews.iter_mut().filter(|_| run.correct) {
            corrections.push(correct::prepare(environment, &opened, &made.measured, review)?);
        }
        let common = behind::common(environment, &known)?;
        let keep = |(review, rows): (&Review, &Vec<(String, Vec<u8>)>)| {
            let mut inputs = behind::inputs(&opened, environment, review, &made.measured, &known, &common)?;
            inputs.files.extend(rows.iter().cloned());
            Ok(inputs)
        };
        let inputs = made.reviews.iter().zip(&made.rows).map(keep).collect::<Result<Vec<_>>>()?;
        Ok::<_, anyhow::Error>((made, inputs, corrections))
    })?;
    let (Made { measured, reviews, mut problems, .. }, inputs, corrections) = made;
    // what concerns one report only, once where it concerns several
    for problem in measured.details.values().flat_map(|details| &details.problems) {
        if !problems.iter().any(|p| p.subject == problem.subject && p.message == problem.message) {
            problems.push(problem.clone());
        }
    }
    // a run that waited or worked for long does not say that its mail went out when it began
    let later = &environment.after(started.elapsed());
    let (sent, dry_run_folder) =
        publish::publish(later, run, run_id, &reviews, &inputs, &corrections, transport).await?;
    for problem in sent.iter().flat_map(|s| &s.problems) {
        if !problems.iter().any(|p| p.subject == problem.subject && p.message == problem.message) {
            problems.push(problem.clone());
        }
    }
    let mails = |state: fn(&SentState) -> bool| sent.iter().filter(|s| state(&s.state)).count();
    let exit_code = match (mails(SentState::is_out), problems.is_empty()) {
        (0, _) if !run.dry_run && mails(SentState::was_tried) > 0 => 4,
        (_, false) => 1,
        _ => 0,
    };
    Ok(Summary { pulled, sent, problems, exit_code, dry_run_folder })
}

/// Reviews with the figures they were made of.
struct Made {
    measured: Measured,
    reviews: Vec<Review>,
    /// Of each review, the files of the rows behind its figures.
    rows: Vec<Vec<(String, Vec<u8>)>>,
    problems: Vec<Problem>,
}

/// The part of the line that holds the warehouse: figures, judgement, and the rows behind them; then it is let go.
fn make(
    environment: &Environment,
    opened: &Warehoused,
    calendar: &Calendar,
    reports: &[(String, Period)],
    known: &Known,
    mut problems: Vec<Problem>,
    force: Option<&Force>,
) -> Result<Made> {
    let measured = measure::measure(environment, opened, calendar, reports, known)?;
    problems.extend(measured.problems.iter().cloned());
    let sources = environment.config.sources.iter().filter(|(_, s)| s.enabled).map(|(name, _)| name.as_str());
    let anomalies = volume::anomalies(&environment.ledger.volumes()?, &sources.collect());
    let shared =
        material::Shared { anomalies, environment, calendar, measured: &measured, known, problems: &problems, force };
    let restated =
        |name: &str, period: &Period| restate::restated(environment, opened, &measured, calendar, name, period);
    let mut reviews = material::reviews(&shared, reports, restated)?;
    let heard = voices::Heard::now(environment, calendar)?;
    let (mut cache, mut rows) = (rows::Cache::new(), Vec::new());
    for (review, (_, period)) in reviews.iter_mut().zip(reports) {
        behind::accounts(opened, environment, review)?;
        heard.attach(environment, calendar, period, review)?;
        rows.push(rows::open(opened, review, &mut cache)?);
    }
    Ok(Made { measured, reviews, rows, problems })
}

/// Where mail will go. What is wrong with it is a mistake of the configuration, known before anything is pulled.
fn transport(environment: &Environment) -> Result<Transport> {
    Transport::open(&environment.config, &environment.secrets).map_err(|error| Usage(format!("{error:#}")).into())
}

/// Pulls the named sources, or all.
pub async fn pull(
    environment: &Environment,
    sources: &[String],
    full: bool,
    progress: Progress,
) -> Result<Vec<StreamOutcome>> {
    let request = extract::Request { full, ..request(environment, sources, progress) };
    extract::pull(&request).await
}

/// What a backfill of the named sources, or all, would ask.
pub fn plan_backfill(environment: &Environment, sources: &[String], stretch: Stretch) -> Result<Vec<Planned>> {
    extract::backfill::plan(&request(environment, sources, Progress::Quiet), stretch)
}

/// Reads a stretch of history of the named sources, or all.
pub async fn backfill(
    environment: &Environment,
    sources: &[String],
    stretch: Stretch,
    progress: Progress,
) -> Result<Vec<StreamOutcome>> {
    extract::backfill::backfill(&request(environment, sources, progress), stretch).await
}

fn request<'a>(environment: &'a Environment, sources: &'a [String], progress: Progress) -> extract::Request<'a> {
    let Environment { config, secrets, ledger, now, .. } = environment;
    extract::Request { config, secrets, ledger, now: *now, sources, full: false, first_page_only: false, progress }
}

/// What of a pull readers must know: one problem per source and cause.
pub fn pull_problems(pulled: &[StreamOutcome]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for outcome in pulled {
        let subject = format!("{} {}", outcome.source, outcome.stream);
        match &outcome.result {
            Outcome::Failed(message) => problems.push(Problem { subject, message: message.clone() }),
            Outcome::Skipped(message) if !outcome.optional => {
                problems.push(Problem { subject, message: format!("left out: {message}") });
            }
            _ => {}
        }
        for message in &outcome.warnings {
            let subject = format!("{} {}", outcome.source, outcome.stream);
            problems.push(Problem { subject, message: message.clone() });
        }
        if outcome.quarantined > 0 {
            problems.push(Problem {
                subject: format!("{} {}", outcome.source, outcome.stream),
                message: set_aside(outcome.quarantined),
            });
        }
    }
    merge_alike(problems)
}

/// How many records were set aside; beyond a bound they are only counted.
fn set_aside(records: u64) -> String {
    let kept = extract::KEPT_PER_PULL;
    let bound = if records > kept { format!(" (the first {kept} are kept)") } else { String::new() };
    format!("{records} records were set aside{bound}: they are not what was agreed")
}

/// A source whose streams all fail for one reason is one problem, not ten.
fn merge_alike(problems: Vec<Problem>) -> Vec<Problem> {
    let mut merged: Vec<(Problem, usize)> = Vec::new();
    for problem in problems {
        let source = |p: &Problem| p.subject.split(' ').next().unwrap_or_default().to_owned();
        let cause = |p: &Problem| p.message.rsplit(": ").next().unwrap_or_default().to_owned();
        match merged.iter_mut().find(|(m, _)| source(m) == source(&problem) && cause(m) == cause(&problem)) {
            Some((_, others)) => *others += 1,
            None => merged.push((problem, 0)),
        }
    }
    merged
        .into_iter()
        .map(|(mut problem, others)| {
            if others > 0 {
                problem.subject += &format!(" and {others} more");
            }
            problem
        })
        .collect()
}

/// The reports to run, each with its period.
fn wanted(environment: &Environment, calendar: &Calendar, run: &Run) -> Result<Vec<(String, Period)>> {
    let reports = &environment.config.reports;
    let known: Vec<&str> = reports.keys().map(String::as_str).collect();
    if reports.is_empty() {
        bail!(Usage("no report is configured: add a [reports.NAME] block".into()));
    }
    for name in &run.reports {
        if !reports.contains_key(name) {
            bail!(Usage(format!("report {name:?} is not in [reports]{}", nearest(name, &known))));
        }
    }
    if let Some(address) = &run.to {
        environment.config.check_recipient(address).map_err(|e| Usage(format!("--to: {e:#}")))?;
    }
    let period = run.period.as_deref().map(|p| parse_period(calendar, p)).transpose()?;
    let mut chosen = Vec::new();
    for (name, report) in reports.iter().filter(|(name, _)| run.reports.is_empty() || run.reports.contains(name)) {
        let period = match &period {
            Some(period) => period.clone(),
            None => calendar.last_complete(report.grain, environment.now),
        };
        ensure_over(environment, calendar, &period)?;
        chosen.push((name.clone(), period));
    }
    Ok(chosen)
}

/// Refuses a period that is not over: it has no figures yet.
fn ensure_over(environment: &Environment, calendar: &Calendar, period: &Period) -> Result<()> {
    if calendar.start_of(period.end_on)? > environment.now {
        bail!(Usage(format!(
            "{} is not over yet: its last day is {}; the last complete one is {}",
            period.id,
            period.last_day(),
            calendar.last_complete(period.grain, environment.now).id
        )));
    }
    Ok(())
}

/// A period as written on the command line.
pub fn parse_period(calendar: &Calendar, text: &str) -> Result<Period> {
    calendar.parse(text).map_err(|e| Usage(format!("{e:#}")).into())
}

/// Whether a report shows a metric: by name, or by a glob, which brings its own team's only, unless it is for all teams.
fn is_listed(report: &Report, team: &str, dimension: &str, metric: &str) -> bool {
    report.metrics.iter().any(|pattern| is_named(report, pattern, team, dimension, metric))
}

/// The same for one of its patterns.
fn is_named(report: &Report, pattern: &str, team: &str, dimension: &str, metric: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(folder) => folder == dimension && (report.all_teams || team == report.team),
        None => pattern == metric || pattern.rsplit('/').next() == Some(metric),
    }
}

/// Opens the warehouse and its queries, up to date with what has landed, for one or more periods.
pub fn up_to_date(
    environment: &Environment,
    calendar: &Calendar,
    periods: Vec<Period>,
) -> Result<(Warehoused, Vec<Problem>)> {
    let opened = open(environment)?;
    let known = Known::now(environment, &[])?;
    let horizon = Horizon { probes: calendar.probes(&periods), ..known.horizon_of(periods) };
    let problems = measure::prepare(&opened, environment, calendar, &horizon, known.last_batch)?;
    Ok((opened, problems))
}

/// Opens the warehouse and its queries.
pub fn open(environment: &Environment) -> Result<Warehoused> {
    measure::open(environment).context("opening the warehouse")
}

/// Refuses metric patterns and lists of the named reports that name nothing, offering near names.
pub fn check_reports<'a>(config: &Config, offer: &Offer, names: impl IntoIterator<Item = &'a String>) -> Result<()> {
    // a metric that is off is a metric all the same
    let mut all: Vec<(&str, &str, String)> = Vec::new();
    for header in &offer.metrics {
        let of_team = infos::team_of(header, config);
        all.extend(header.series().into_iter().map(|(metric, ..)| (of_team, header.dimension.as_str(), metric)));
    }
    let lists: Vec<&str> = offer.lists.iter().map(String::as_str).collect();
    for name in names {
        let report = &config.reports[name];
        for pattern in &report.metrics {
            if !all.iter().any(|(team, dimension, metric)| is_named(report, pattern, team, dimension, metric)) {
                let mut known: Vec<String> = all.iter().map(|(_, _, metric)| metric.clone()).collect();
                known.extend(all.iter().map(|(_, dimension, _)| format!("{dimension}/*")));
                known.dedup();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                bail!(Usage(format!(
                    "[reports.{name}] metrics: {pattern:?} names no metric of team {}{}",
                    report.team,
                    nearest(pattern, &known)
                )));
            }
        }
        for list in &report.lists {
            if !lists.contains(&list.as_str()) {
                bail!(Usage(format!("[reports.{name}] lists: {list:?} does not exist{}", nearest(list, &lists))));
            }
        }
    }
    Ok(())
}
