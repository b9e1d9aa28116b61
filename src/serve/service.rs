//! The loop: beat → what is due → claim → run → record. Runs are strictly one after another.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::desk::{Desk, Wish};
use super::site::Site;
use super::{GRACE, shown};
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::runs::OccurrenceState;
use crate::schedule::{Action, Occurrence, ReportSchedule, due};

/// Tells the time; the service reads it nowhere else.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Something that runs to its end.
pub type Work = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// Runs reports when they are due.
pub struct Service {
    schedules: Vec<ReportSchedule>,
    ledger: Arc<Ledger>,
    clock: Clock,
    run_report: Arc<dyn Fn(Occurrence) -> Work + Send + Sync>,
    retry: Option<Arc<dyn Fn() -> Work + Send + Sync>>,
    beat: watch::Sender<Option<Timestamp>>,
    desk: Desk,
    wishes: mpsc::Receiver<Wish>,
    waiting: VecDeque<Occurrence>,
    in_hand: Option<InHand>,
}

struct InHand {
    /// `None`: mail is being retried.
    occurrence: Option<Occurrence>,
    task: JoinHandle<Result<()>>,
}

impl Service {
    /// Prepares a service. `run_report` runs one report for one occurrence, from extraction to delivery.
    pub fn new<R, F>(config: &Config, ledger: Arc<Ledger>, clock: Clock, run_report: R) -> Result<Service>
    where
        R: Fn(String, Occurrence) -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (desk, wishes) = Desk::open();
        Ok(Service {
            desk,
            wishes,
            schedules: ReportSchedule::all(config)?,
            ledger,
            clock,
            run_report: Arc::new(move |o: Occurrence| Box::pin(run_report(o.report.clone(), o))),
            retry: None,
            beat: watch::Sender::new(None),
            waiting: VecDeque::new(),
            in_hand: None,
        })
    }

    /// Adds what is done at a beat with nothing to run: mail whose time has come is tried again.
    #[must_use]
    pub fn retry<R, F>(mut self, retry: R) -> Service
    where
        R: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.retry = Some(Arc::new(move || Box::pin(retry())));
        self
    }

    /// How many reports have a schedule.
    pub fn reports(&self) -> usize {
        self.schedules.len()
    }

    pub(super) fn site(&self, config: watch::Receiver<Arc<Config>>) -> Site {
        Site::new(config, self.ledger.clone(), self.clock.clone(), self.beat.subscribe(), self.desk.clone())
    }

    /// Runs until `stop` turns true, then finishes the run in hand for at most [`GRACE`].
    pub async fn run(mut self, mut beats: mpsc::Receiver<()>, mut stop: watch::Receiver<bool>) -> Result<()> {
        self.take_up()?;
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                ended = finished(&mut self.in_hand) => {
                    self.record(ended);
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

    /// At the start: reports seen for the first time owe nothing; interrupted runs are taken up.
    fn take_up(&mut self) -> Result<()> {
        let now = (self.clock)();
        let seen = self.ledger.last_occurrences()?;
        for schedule in self.schedules.iter().filter(|s| !seen.contains_key(&s.report)) {
            self.ledger.record_occurrence(&schedule.report, now, OccurrenceState::FirstSeen, now)?;
        }
        for row in self.ledger.occurrences(OccurrenceState::Started)? {
            let known = self.schedules.iter().find(|s| s.report == row.report);
            let in_time = known.is_some_and(|s| now.duration_since(row.due_at) <= s.catch_up);
            if in_time {
                tracing::warn!(report = row.report, due_at = shown(row.due_at), "taking up an interrupted run");
                let resumed = Occurrence { report: row.report, due_at: row.due_at, action: Action::Resume };
                self.waiting.push_back(resumed);
            } else {
                tracing::error!(
                    report = row.report,
                    due_at = shown(row.due_at),
                    "interrupted run is too old to finish"
                );
                self.ledger.settle_occurrence(&row.report, row.due_at, OccurrenceState::Failed, now)?;
            }
        }
        Ok(())
    }

    /// A failing ledger is tried again at the next beat: nothing was claimed.
    fn on_beat(&mut self) {
        let now = (self.clock)();
        if let Err(error) = self.collect(now) {
            tracing::error!(error = format!("{error:#}"), "cannot tell what is due; trying again in a minute");
        } else {
            self.beat.send_replace(Some(now));
        }
        self.start_next();
        if self.in_hand.is_none()
            && let Some(retry) = &self.retry
        {
            self.in_hand = Some(InHand { occurrence: None, task: tokio::spawn(retry()) });
        }
    }

    /// Claims what is due and records what was missed.
    fn collect(&mut self, now: Timestamp) -> Result<()> {
        let recorded = self.ledger.last_occurrences().context("reading the ledger")?;
        for occurrence in due(&self.schedules, &|report| recorded.get(report).copied(), now, now) {
            let Occurrence { report, due_at, action } = &occurrence;
            if *action == Action::Miss {
                if self.ledger.record_occurrence(report, *due_at, OccurrenceState::Missed, now)? {
                    tracing::error!(report, due_at = shown(*due_at), "missed: nothing was running then");
                }
            } else if self.ledger.claim_occurrence(report, *due_at, now)? {
                self.waiting.push_back(occurrence);
            }
        }
        Ok(())
    }

    fn start_next(&mut self) {
        if self.in_hand.is_some() {
            return;
        }
        if let Some(occurrence) = self.waiting.pop_front() {
            tracing::info!(report = occurrence.report, due_at = shown(occurrence.due_at), "run starts");
            let task = tokio::spawn((self.run_report)(occurrence.clone()));
            self.in_hand = Some(InHand { occurrence: Some(occurrence), task });
        }
    }

    fn record(&self, (occurrence, ended): (Option<Occurrence>, Result<()>)) {
        let now = (self.clock)();
        let state = if ended.is_ok() { OccurrenceState::Done } else { OccurrenceState::Failed };
        if let Err(error) = &ended {
            let report = occurrence.as_ref().map(|o| o.report.as_str());
            tracing::error!(report, error = format!("{error:#}"), "failed");
        }
        let Some(Occurrence { report, due_at, .. }) = occurrence else { return };
        if let Err(error) = self.ledger.settle_occurrence(&report, due_at, state, now) {
            tracing::error!(report, error = format!("{error:#}"), "cannot record how the run ended");
        }
    }

    /// After the stop signal. What does not end in time stays *started* in the ledger and is taken up next time, as is
    /// what was claimed and not begun.
    async fn finish(&mut self) {
        if self.in_hand.is_none() {
            return;
        }
        match tokio::time::timeout(GRACE, finished(&mut self.in_hand)).await {
            Ok(ended) => self.record(ended),
            Err(_) => {
                if let Some(InHand { task, occurrence }) = self.in_hand.take() {
                    task.abort();
                    let report = occurrence.map(|o| o.report);
                    tracing::warn!(report, "stopped in the middle of a run; it is taken up at the next start");
                }
            }
        }
    }
}

/// Waits for the run in hand, for ever without one. Cancelled, it leaves the run in hand.
async fn finished(in_hand: &mut Option<InHand>) -> (Option<Occurrence>, Result<()>) {
    let Some(current) = in_hand else { return std::future::pending().await };
    let joined = (&mut current.task).await;
    let occurrence = current.occurrence.take();
    *in_hand = None;
    (occurrence, joined.unwrap_or_else(|error| Err(anyhow::anyhow!("the run panicked: {error}"))))
}
