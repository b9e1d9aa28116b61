//! Occurrences of schedules: claimed once each, whatever restarts.

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::Ledger;
use super::runs::stamp;
use crate::schedule::{Facts, Phase};

/// What became of one occurrence of a report's schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OccurrenceState {
    /// Not an occurrence: the moment the service first saw the report. Nothing before it is owed.
    FirstSeen,
    /// Claimed; the run is in hand, or was interrupted.
    Started,
    /// The run ended well.
    Done,
    /// The run ended without a delivery.
    Failed,
    /// Passed while nothing was running and too old to be sent.
    Missed,
}

impl OccurrenceState {
    fn as_str(self) -> &'static str {
        match self {
            OccurrenceState::FirstSeen => "first_seen",
            OccurrenceState::Started => "started",
            OccurrenceState::Done => "done",
            OccurrenceState::Failed => "failed",
            OccurrenceState::Missed => "missed",
        }
    }

    fn parse(text: &str) -> Result<OccurrenceState> {
        let all = [Self::FirstSeen, Self::Started, Self::Done, Self::Failed, Self::Missed];
        all.into_iter().find(|s| s.as_str() == text).with_context(|| format!("unknown state of an occurrence {text:?}"))
    }
}

/// One phase of one promised moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OccurrenceRow {
    /// Key of `[reports]`.
    pub report: String,
    pub phase: Phase,
    /// The promised moment.
    pub due_at: Timestamp,
    pub state: OccurrenceState,
    /// When it came to that state.
    pub recorded_at: Timestamp,
    /// The run that served it.
    pub run_id: Option<i64>,
    /// Why it failed or was missed, or what it waits for.
    pub note: Option<String>,
}

/// Names an occurrence.
#[derive(Debug, Clone, Copy)]
pub struct OccurrenceKey<'a> {
    /// Key of `[reports]`.
    pub report: &'a str,
    pub phase: Phase,
    /// The promised moment.
    pub due_at: Timestamp,
}

impl Ledger {
    /// Claims an occurrence; `false` when somebody has it already.
    pub fn claim_occurrence(&self, key: OccurrenceKey<'_>, now: Timestamp) -> Result<bool> {
        self.record_occurrence(key, OccurrenceState::Started, now)
    }

    /// Records an occurrence that will not be run, or the moment a report was first seen; `false` when it was recorded before.
    pub fn record_occurrence(&self, key: OccurrenceKey<'_>, state: OccurrenceState, now: Timestamp) -> Result<bool> {
        let OccurrenceKey { report, phase, due_at } = key;
        let inserted = self.lock().execute(
            "insert into occurrence (report, phase, due_at, state, recorded_at) values (?, ?, ?, ?, ?) on conflict do nothing",
            params![report, phase.as_str(), stamp(due_at), state.as_str(), stamp(now)],
        )?;
        Ok(inserted == 1)
    }

    /// Says which run serves an occurrence, so that an interrupted one can be taken up where it stopped.
    pub fn link_occurrence(&self, key: OccurrenceKey<'_>, run_id: i64) -> Result<()> {
        let OccurrenceKey { report, phase, due_at } = key;
        self.lock().execute(
            "update occurrence set run_id = ? where report = ? and phase = ? and due_at = ?",
            params![run_id, report, phase.as_str(), stamp(due_at)],
        )?;
        Ok(())
    }

    /// Says why an occurrence that was claimed has to wait; when it was claimed stays as it is.
    pub fn note_waiting(&self, key: OccurrenceKey<'_>, why: &str) -> Result<()> {
        let OccurrenceKey { report, phase, due_at } = key;
        self.lock().execute(
            "update occurrence set note = ? where report = ? and phase = ? and due_at = ? and state = 'started'",
            params![why, report, phase.as_str(), stamp(due_at)],
        )?;
        Ok(())
    }

    /// What became of one occurrence; `None` when it was never recorded.
    pub fn occurrence_state(&self, key: OccurrenceKey<'_>) -> Result<Option<OccurrenceState>> {
        let OccurrenceKey { report, phase, due_at } = key;
        let found: Option<String> = self
            .lock()
            .query_row(
                "select state from occurrence where report = ? and phase = ? and due_at = ?",
                params![report, phase.as_str(), stamp(due_at)],
                |row| row.get(0),
            )
            .optional()?;
        found.map(|text| OccurrenceState::parse(&text)).transpose()
    }

    /// Records how an occurrence ended, and why if not well.
    pub fn settle_occurrence(
        &self,
        key: OccurrenceKey<'_>,
        state: OccurrenceState,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let OccurrenceKey { report, phase, due_at } = key;
        self.lock().execute(
            "update occurrence set state = ?, note = ?, recorded_at = ? where report = ? and phase = ? and due_at = ?",
            params![state.as_str(), note, stamp(now), report, phase.as_str(), stamp(due_at)],
        )?;
        Ok(())
    }

    /// What [`crate::schedule::due`] needs to know.
    pub fn schedule_facts(&self, now: Timestamp) -> Result<Facts> {
        let db = self.lock();
        let mut facts = Facts::default();
        let mut query = db.prepare_cached(
            "select report, phase, max(due_at) from occurrence where due_at <= ? group by report, phase",
        )?;
        let mut rows = query.query([stamp(now)])?;
        while let Some(row) = rows.next()? {
            let (report, phase, due_at): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            facts.last.insert((report, Phase::parse(&phase)?), due_at.parse()?);
        }
        let mut query = db.prepare_cached(
            "select report, max(due_at) from occurrence where phase = 'send' and state = 'done' and due_at <= ? group by report",
        )?;
        let mut rows = query.query([stamp(now)])?;
        while let Some(row) = rows.next()? {
            let (report, due_at): (String, String) = (row.get(0)?, row.get(1)?);
            facts.sent.insert(report, due_at.parse()?);
        }
        Ok(facts)
    }

    /// Recorded occurrences in the given state, oldest first.
    pub fn occurrences(&self, state: OccurrenceState) -> Result<Vec<OccurrenceRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select report, phase, due_at, recorded_at, run_id, note from occurrence where state = ? order by due_at, report, phase",
        )?;
        let mut rows = query.query([state.as_str()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (phase, due_at, recorded_at): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
            found.push(OccurrenceRow {
                report: row.get(0)?,
                phase: Phase::parse(&phase)?,
                due_at: due_at.parse()?,
                state,
                recorded_at: recorded_at.parse()?,
                run_id: row.get(4)?,
                note: row.get(5)?,
            });
        }
        Ok(found)
    }

    /// Notes what is wrong with the service itself, or that it is well again; the first moment of a fault is kept.
    pub fn note_fault(&self, fault: &str, why: Option<&str>, now: Timestamp) -> Result<()> {
        let db = self.lock();
        match why {
            Some(why) => db.execute(
                "insert into service_fault (fault, why, since) values (?, ?, ?) on conflict (fault) do update set why = excluded.why",
                params![fault, why, stamp(now)],
            )?,
            None => db.execute("delete from service_fault where fault = ?", [fault])?,
        };
        Ok(())
    }

    /// What is wrong with the service itself: fault, why, since when.
    pub fn faults(&self) -> Result<Vec<(String, String, String)>> {
        let db = self.lock();
        let mut query = db.prepare("select fault, why, since from service_fault order by since")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
