//! What was known besides the records: written beside every edition, and read again by a replay of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Environment;
use crate::calendar::{Calendar, Period, Window};
use crate::config::Grain;
use crate::ledger::judgements::ChurnReason;
use crate::review::row::shown as shown_periods;
use crate::review::signal::Baseline;
use crate::warehouse::inputs::Horizon;

/// Everything a run's figures and judgements depend on that is neither configuration, query nor landed record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The latest pull, at most now: what a clock still running had reached by then is all that is known.
    pub as_of: Timestamp,
    /// Landing batches up to this one were known.
    pub last_batch: i64,
    /// Report and period of everything that was measured together.
    pub reports: Vec<(String, String)>,
    /// Grain → metric → where its baseline lies.
    pub baselines: BTreeMap<String, BTreeMap<String, Baseline>>,
    /// Owners' words on churn.
    pub churn_reasons: Vec<ChurnReason>,
}

impl Known {
    /// What is known now.
    pub fn now(environment: &Environment, reports: &[(String, Period)]) -> Result<Known> {
        let ledger = &environment.ledger;
        let mut baselines: BTreeMap<String, BTreeMap<String, Baseline>> = BTreeMap::new();
        for ((grain, metric), row) in ledger.baselines()? {
            let baseline = Baseline { from: row.from_period, to: row.to_period };
            baselines.entry(grain).or_default().insert(metric, baseline);
        }
        Ok(Known {
            as_of: as_of(environment)?,
            last_batch: ledger.last_batch()?,
            reports: reports.iter().map(|(name, period)| (name.clone(), period.id.clone())).collect(),
            baselines,
            churn_reasons: ledger.churn_reasons()?,
        })
    }

    /// Baselines of one grain.
    pub fn baselines_of(&self, grain: Grain) -> BTreeMap<String, Baseline> {
        self.baselines.get(grain.name()).cloned().unwrap_or_default()
    }

    /// What metrics are computed for: the periods asked for, all that comparisons, histories and baselines need before them, and
    /// the windows that end with them.
    pub fn horizon(&self, calendar: &Calendar, reports: &[(String, Period)]) -> Result<Horizon> {
        let mut periods: BTreeSet<Period> = BTreeSet::new();
        for (_, last) in reports {
            let back = match last.grain {
                Grain::Week => 60.weeks(),
                Grain::Month => 36.months(),
                // a baseline is twenty of them
                Grain::Quarter => 7.years(),
                Grain::Year => 6.years(),
            };
            // the first period needs the one before it, which shows whether its own days are complete
            let from = calendar.previous(&calendar.containing(last.grain, last.start_on.checked_sub(back)?)).start_on;
            periods.extend(calendar.series(last.grain, from, last.start_on));
            periods.extend(calendar.windows(last));
            // a headline over twelve months has a history of its own
            let shown = std::iter::successors(Some(last.clone()), |p| Some(calendar.previous(p)));
            periods.extend(shown.take(shown_periods(last.grain)).map(|p| calendar.window(&p, Window::Trailing12)));
            for baseline in self.baselines_of(last.grain).values() {
                let (Ok(from), Ok(to)) = (calendar.parse(&baseline.from), calendar.parse(&baseline.to)) else {
                    continue;
                };
                // changes of its first period need the one before
                let from = calendar.previous(&from).start_on;
                periods.extend(calendar.series(last.grain, from, to.start_on));
            }
        }
        let probes = calendar.probes(&periods);
        Ok(Horizon { probes, ..self.horizon_of(periods.into_iter().collect()) })
    }

    /// The same for periods that are named one by one.
    pub fn horizon_of(&self, periods: Vec<Period>) -> Horizon {
        Horizon { churn_reasons: self.churn_reasons.clone(), ..Horizon::new(periods, self.as_of) }
    }
}

/// The latest pull, at most now.
fn as_of(environment: &Environment) -> Result<Timestamp> {
    let pulled = environment.ledger.last_extraction()?;
    Ok(pulled.map_or(environment.now, |at| at.min(environment.now)))
}
