//! The loop: beat → what is due → claim → work → record.
//!
//! Two lanes. Runs need the warehouse and go strictly one after another; chores (mail whose time has come, what the operator must
//! be told, housekeeping) need only the ledger and go on while a long run is in hand.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::desk::{Desk, Wish};
use super::site::Site;
use super::{GRACE, shown, systemd};
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::occurrences::{OccurrenceKey, OccurrenceState};
use crate::schedule::{Action, Occurrence, Phase, ReportSchedule, due};

/// How long work that must wait for a source waits before it tries again.
pub const RETRY: SignedDuration = SignedDuration::from_mins(5);

/// Tells the time; the service reads it nowhere else.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Something that runs to its end.
pub type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// What the runs' lane carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// A phase of a promised moment.
    Scheduled(Occurrence),
    /// A run somebody asked for.
    Wished(Wish),
}

/// How a job ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// It must wait, for this reason: it is tried again after [`RETRY`].
    Hold(String),
}

/// Does what is due when it is due.
pub struct Service {
    config: watch::Receiver<Arc<Config>>,
    schedules: Vec<ReportSchedule>,
    ledger: Arc<Ledger>,
    clock: Clock,
    work: Arc<dyn Fn(Job) -> Work<Ended> + Send + Sync>,
    chores: Arc<dyn Fn() -> Work<()> + Send + Sync>,
    beat: watch::Sender<Option<Timestamp>>,
    desk: Desk,
    wishes: mpsc::Receiver<Wish>,
    waiting: VecDeque<Job>,
    /// Jobs that wait for a source, until then.
    held: Vec<(Timestamp, Job)>,
    /// How jobs ended that the ledger could not be told of: it is told at the next beat.
    unrecorded: Vec<(Occurrence, OccurrenceState, Option<String>)>,
    in_hand: Option<(Job, JoinHandle<Result<Ended>>)>,
    chore: Option<JoinHandle<Result<()>>>,
}

impl Service {
    /// Prepares a service. `work` does one job from its start to its end; `chores` is called at every beat and after every job, and
    /// never while it is still at it.
    pub fn new<W, F, C, G>(
        config: watch::Receiver<Arc<Config>>,
        ledger: Arc<Ledger>,
        clock: Clock,
        work: W,
        chores: C,
    ) -> Result<Service>
    where
        W: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Ended>> + Send + 'static,
        C: Fn() -> G + Send + Sync + 'static,
        G: Future<Output = Result<()>> + Send + 'static,
    {
        let (desk, wishes) = Desk::open();
        let schedules = ReportSchedule::all(&config.borrow())?;
        Ok(Service {
            config,
            schedules,
            ledger,
            clock,
            work: Arc::new(move |job| Box::pin(work(job))),
            chores: Arc::new(move || Box::pin(chores())),
            beat: watch::Sender::new(None),
            desk,
            wishes,
            waiting: VecDeque::new(),
            held: Vec::new(),
            unrecorded: Vec::new(),
            in_hand: None,
            chore: None,
        })
    }

    /// How many reports have a schedule.
    pub fn reports(&self) -> usize {
        self.schedules.len()
    }

    /// What the web part sees of it.
    pub fn site(&self) -> Site {
        Site::new(
            self.config.clone(),
            self.ledger.clone(),
            self.clock.clone(),
            self.beat.subscribe(),
            self.desk.clone(),
        )
    }

    /// Runs until `stop` turns true, then finishes what is in hand for at most [`GRACE`].
    pub async fn run(mut self, mut beats: mpsc::Receiver<()>, mut stop: watch::Receiver<bool>) -> Result<()> {
        self.take_up()?;
        let mut config = self.config.clone();
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                ended = ended(&mut self.in_hand) => {
                    self.record(ended);
                    self.start_next();
                    self.start_chores();
                }
                result = chore_ended(&mut self.chore) => {
                    if let Err(error) = result {
                        tracing::error!(error = format!("{error:#}"), "a chore failed; it is tried again at the next beat");
                    }
                }
                Ok(()) = config.changed() => self.follow(&config.borrow_and_update().clone()),
                Some(wish) = self.wishes.recv() => {
                    self.waiting.push_back(Job::Wished(wish));
                    self.start_next();
                }
                beat = beats.recv() => {
                    if beat.is_none() { break }
                    self.on_beat();
                }
            }
        }
        self.finish().await;
        Ok(())
    }

    /// At the start: reports seen for the first time owe nothing; interrupted work is taken up.
    fn take_up(&mut self) -> Result<()> {
        let now = (self.clock)();
        self.ledger.close_runs_left_open(now)?;
        self.notice_new(now)?;
        for row in self.ledger.occurrences(OccurrenceState::Started)? {
            let key = OccurrenceKey { report: &row.report, phase: row.phase, due_at: row.due_at };
            let schedule = self.schedules.iter().find(|s| s.report == row.report);
            let is_of_use = schedule.is_some_and(|schedule| schedule.is_of_use(row.phase, row.due_at, now));
            let (report, phase, due_at) = (&row.report, row.phase.as_str(), shown(row.due_at));
            if is_of_use {
                tracing::warn!(report, phase, due_at, "taking up what was interrupted");
                let (report, phase, due_at) = (row.report.clone(), row.phase, row.due_at);
                self.waiting.push_back(Job::Scheduled(Occurrence { report, phase, due_at, action: Action::Resume }));
            } else {
                tracing::error!(report, phase, due_at, "what was interrupted is not finished any more");
                let why = match schedule {
                    Some(_) => "the service stopped in the middle of it, and started again too late to finish it",
                    None => "the service stopped in the middle of it, and the report has no schedule any more",
                };
                self.ledger.settle_occurrence(key, OccurrenceState::Failed, Some(why), now)?;
            }
        }
        Ok(())
    }

    /// Of a report that is seen for the first time nothing up to now is owed. One that was seen only later than now, by a clock that
    /// was ahead, is seen for the first time.
    fn notice_new(&self, now: Timestamp) -> Result<()> {
        let facts = self.ledger.schedule_facts(now).context("reading the ledger")?;
        for schedule in &self.schedules {
            if !facts.last.contains_key(&(schedule.report.clone(), Phase::Send)) {
                let key = OccurrenceKey { report: &schedule.report, phase: Phase::Send, due_at: now };
                self.ledger.record_occurrence(key, OccurrenceState::FirstSeen, now)?;
            }
        }
        Ok(())
    }

    /// Takes over a new configuration, which was checked by whoever put it in force.
    fn follow(&mut self, config: &Config) {
        let taken = ReportSchedule::all(config).and_then(|schedules| {
            self.schedules = schedules;
            self.notice_new((self.clock)())
        });
        match taken {
            Ok(()) => tracing::info!(reports = self.schedules.len(), "the new configuration is in force"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "the new schedules cannot be followed"),
        }
    }

    /// A failing ledger is tried again at the next beat: nothing was claimed.
    fn on_beat(&mut self) {
        let now = (self.clock)();
        if let Err(error) = self.collect(now) {
            tracing::error!(error = format!("{error:#}"), "cannot tell what is due; trying again in a minute");
        } else {
            // only a service that can do its work feeds the watchdog
            self.beat.send_replace(Some(now));
            systemd::alive();
        }
        self.start_next();
        self.start_chores();
    }

    /// Claims what is due and records what was missed.
    fn collect(&mut self, now: Timestamp) -> Result<()> {
        // a clock that was set back makes nobody wait for longer
        let is_ready = |(until, _): &(Timestamp, Job)| *until <= now || *until > now + RETRY;
        let (ready, held) = std::mem::take(&mut self.held).into_iter().partition(is_ready);
        self.held = held;
        self.waiting.extend(Vec::into_iter(ready).map(|(_, job): (_, Job)| job));
        for (occurrence, state, why) in std::mem::take(&mut self.unrecorded) {
            self.settle(occurrence, state, why, now);
        }
        self.notice_new(now)?;
        let facts = self.ledger.schedule_facts(now).context("reading the ledger")?;
        for occurrence in due(&self.schedules, &facts, now, now) {
            let Occurrence { report, phase, due_at, action } = &occurrence;
            let key = OccurrenceKey { report, phase: *phase, due_at: *due_at };
            if *action == Action::Miss {
                if self.ledger.record_occurrence(key, OccurrenceState::Missed, now)? {
                    tracing::error!(report, due_at = shown(*due_at), "missed: nothing was running then");
                }
            } else if self.ledger.claim_occurrence(key, now)? {
                self.waiting.push_back(Job::Scheduled(occurrence));
            }
        }
        Ok(())
    }

    fn start_next(&mut self) {
        if self.in_hand.is_some() {
            return;
        }
        if let Some(job) = self.waiting.pop_front() {
            tracing::info!(job = job.name(), "starts");
            let task = tokio::spawn((self.work)(job.clone()));
            self.in_hand = Some((job, task));
        }
    }

    fn start_chores(&mut self) {
        if self.chore.is_none() {
            self.chore = Some(tokio::spawn((self.chores)()));
        }
    }

    fn record(&mut self, (job, ended): (Job, Result<Ended>)) {
        let now = (self.clock)();
        let (state, why) = match ended {
            Ok(Ended::Done) => (OccurrenceState::Done, None),
            Ok(Ended::Hold(why)) => {
                tracing::warn!(job = job.name(), why, "waits");
                self.settle_other_pulls(&job, OccurrenceState::Done, now);
                if let Job::Scheduled(Occurrence { report, phase, due_at, .. }) = &job {
                    let key = OccurrenceKey { report, phase: *phase, due_at: *due_at };
                    if let Err(error) = self.ledger.note_waiting(key, &why) {
                        tracing::error!(report, error = format!("{error:#}"), "cannot note why it waits");
                    }
                }
                self.held.push((now + RETRY, job));
                return;
            }
            Err(error) => {
                tracing::error!(job = job.name(), error = format!("{error:#}"), "failed");
                (OccurrenceState::Failed, Some(format!("{error:#}")))
            }
        };
        self.settle_other_pulls(&job, state, now);
        if let Job::Scheduled(occurrence) = job {
            self.settle(occurrence, state, why, now);
        }
    }

    /// A pull is of all sources: what other reports wait to pull was pulled with it.
    fn settle_other_pulls(&mut self, job: &Job, state: OccurrenceState, now: Timestamp) {
        let is_pull = |job: &Job| matches!(job, Job::Scheduled(Occurrence { phase: Phase::Pull, .. }));
        if !is_pull(job) {
            return;
        }
        let (pulls, rest): (VecDeque<Job>, VecDeque<Job>) = self.waiting.drain(..).partition(is_pull);
        self.waiting = rest;
        for pull in pulls {
            if let Job::Scheduled(occurrence) = pull {
                self.settle(occurrence, state, Some("pulled together with another report's".into()), now);
            }
        }
    }

    fn settle(&mut self, occurrence: Occurrence, state: OccurrenceState, why: Option<String>, now: Timestamp) {
        let Occurrence { report, phase, due_at, .. } = &occurrence;
        let key = OccurrenceKey { report, phase: *phase, due_at: *due_at };
        if let Err(error) = self.ledger.settle_occurrence(key, state, why.as_deref(), now) {
            tracing::error!(
                report,
                error = format!("{error:#}"),
                "cannot record how it ended; trying again in a minute"
            );
            self.unrecorded.push((occurrence, state, why));
        }
    }

    /// After the stop signal. What does not end in time stays *started* in the ledger and is taken up next time, as is what was
    /// claimed and not begun. A wish that nobody began is forgotten: whoever asked sees no run.
    async fn finish(&mut self) {
        let patience = tokio::time::Instant::now() + GRACE;
        if self.in_hand.is_some() {
            match tokio::time::timeout_at(patience, ended(&mut self.in_hand)).await {
                Ok(ended) => self.record(ended),
                Err(_) => {
                    if let Some((job, task)) = self.in_hand.take() {
                        task.abort();
                        tracing::warn!(
                            job = job.name(),
                            "stopped in the middle of it; it is taken up at the next start"
                        );
                    }
                }
            }
        }
        if let Some(chore) = self.chore.take() {
            let abort = chore.abort_handle();
            if tokio::time::timeout_at(patience, chore).await.is_err() {
                abort.abort();
            }
        }
    }
}

impl Job {
    /// For the log: "send of support due 2026-11-23T07:00:00Z".
    pub fn name(&self) -> String {
        match self {
            Job::Scheduled(Occurrence { report, phase, due_at, .. }) => {
                format!("{} of {report} due {}", phase.as_str(), shown(*due_at))
            }
            Job::Wished(Wish { report, by, .. }) => format!("run of {report} for {}", crate::deliver::masked(by)),
        }
    }
}

/// Waits for the job in hand, for ever without one. Cancelled, it leaves the job in hand.
async fn ended(in_hand: &mut Option<(Job, JoinHandle<Result<Ended>>)>) -> (Job, Result<Ended>) {
    let Some((_, task)) = in_hand else { return std::future::pending().await };
    let joined = task.await;
    let Some((job, _)) = in_hand.take() else { return std::future::pending().await };
    (job, joined.unwrap_or_else(|error| Err(anyhow::anyhow!("the run panicked: {error}"))))
}

/// The same for chores.
async fn chore_ended(chore: &mut Option<JoinHandle<Result<()>>>) -> Result<()> {
    let Some(task) = chore else { return std::future::pending().await };
    let joined = task.await;
    *chore = None;
    joined.unwrap_or_else(|error| Err(anyhow::anyhow!("it panicked: {error}")))
}
