//! What a review draws besides its series: events of the calendar, cohorts, distributions and the six dimensions.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{Row, Unit};

/// The six dimensions of a customer base, in the order they are told. Usage and value are two of them and share no figure: a
/// metric belongs to one dimension.
pub const DIMENSIONS: [&str; 6] = ["fit", "churn", "growth", "advocacy", "adoption", "value"];

/// Fewest entities of which a distribution is shown: with fewer, a bar could be read as a person.
pub const LEAST_SPREAD: u64 = 5;

/// A day worth remembering when a series is read: a launch, a change of prices, a holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub day: Date,
    /// What happened, in the company's words.
    pub text: String,
    /// Name (not key) of the team whose metrics it concerns; `None`: everybody's.
    #[serde(default)]
    pub team: Option<String>,
    /// The one metric it concerns; `None`: all of them.
    #[serde(default)]
    pub metric: Option<String>,
}

impl Event {
    /// Whether it belongs on a row's charts.
    #[must_use]
    pub fn concerns(&self, row: &Row) -> bool {
        self.team.as_ref().is_none_or(|team| *team == row.team)
            && self.metric.as_ref().is_none_or(|metric| *metric == row.metric)
    }
}

/// What became of the accounts that first paid in the same month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohorts {
    /// Oldest first.
    pub rows: Vec<Cohort>,
    /// Below this many accounts a cohort's cells are counts, not percentages.
    pub small_number: u32,
}

/// One month's new accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// First day of the month in which they first paid.
    pub first_day: Date,
    pub accounts: u64,
    /// At the end of each month since, that month itself first.
    pub kept: Vec<Kept>,
}

/// What is left of a cohort at the end of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub accounts: u64,
    /// Major units at the rate of the cohort's own month; `None`: a rate is not known.
    pub mrr: Option<Decimal>,
}

/// Several cohorts taken together, as many months after their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooled {
    /// Accounts of the cohorts that are that old, and how many of them still pay.
    pub accounts: u64,
    pub paying: u64,
    /// MRR kept, of that at the end of the cohorts' own months; `None`: nothing to compare.
    pub mrr_share: Option<Decimal>,
}

impl Cohorts {
    /// All cohorts together.
    #[must_use]
    pub fn pooled(&self) -> Vec<Pooled> {
        pooled(&self.rows.iter().collect::<Vec<_>>())
    }

    /// Those of each calendar year together, oldest first.
    #[must_use]
    pub fn by_year(&self) -> Vec<(i16, Vec<&Cohort>)> {
        let mut years: Vec<(i16, Vec<&Cohort>)> = Vec::new();
        for cohort in &self.rows {
            let year = cohort.first_day.year();
            match years.last_mut().filter(|(last, _)| *last == year) {
                Some((_, together)) => together.push(cohort),
                None => years.push((year, vec![cohort])),
            }
        }
        years
    }
}

/// The cohorts that reached each month, recomputed from their counts: a mean of their percentages would let three accounts weigh
/// as much as three hundred.
#[must_use]
pub fn pooled(cohorts: &[&Cohort]) -> Vec<Pooled> {
    let months = cohorts.iter().map(|cohort| cohort.kept.len()).max().unwrap_or_default();
    (0..months)
        .map(|month| {
            let reached = || cohorts.iter().filter_map(|cohort| Some((cohort, cohort.kept.get(month)?)));
            let valued = reached().filter_map(|(cohort, kept)| Some((cohort.kept.first()?.mrr?, kept.mrr?)));
            let (began, left) = valued.fold((Decimal::ZERO, Decimal::ZERO), |(b, l), (x, y)| (b + x, l + y));
            Pooled {
                accounts: reached().map(|(cohort, _)| cohort.accounts).sum(),
                paying: reached().map(|(_, kept)| kept.accounts).sum(),
                mrr_share: left.checked_div(began),
            }
        })
        .collect()
}

/// How the entities behind a figure are spread: counts between bounds that grow by about the same factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Key of the row it belongs to.
    pub metric: String,
    /// Entities with a value.
    pub n: u64,
    /// Bounds in the metric's unit, rising.
    pub bounds: Vec<Decimal>,
    /// One more than bounds: below the first, from each to below the next, from the last on. Empty where too few to show.
    pub counts: Vec<u64>,
    pub median: Option<Decimal>,
    pub p90: Option<Decimal>,
}

/// Bounds of a distribution's bins: about a doubling each, in round figures of the unit.
#[must_use]
pub fn bounds(unit: Unit) -> Vec<Decimal> {
    let whole = |values: &[i64]| values.iter().map(|v| Decimal::from(*v)).collect();
    let (minute, hour, day) = (60, 3600, 86_400);
    match unit {
        Unit::BusinessDuration => {
            let minutes = [1, 2, 4, 8, 15, 30].map(|m| m * minute);
            let hours = [1, 2, 4, 8, 16, 32, 64, 128, 256].map(|h| h * hour);
            whole(&[&minutes[..], &hours[..]].concat())
        }
        Unit::Duration => {
            let minutes = [5, 10, 20, 45, 90].map(|m| m * minute);
            let hours = [3, 6, 12].map(|h| h * hour);
            let days = [1, 2, 4, 8, 16, 32, 64, 128].map(|d| d * day);
            whole(&[&minutes[..], &hours[..], &days[..]].concat())
        }
        Unit::Percent => [1, 2, 5, 10, 20, 50, 100].map(|v| Decimal::new(v, 2)).to_vec(),
        Unit::Money | Unit::Count | Unit::Number => {
            let decade = |exponent: u32| [1, 2, 5].map(|v| Decimal::from(v * 10i64.pow(exponent)));
            (0..6).flat_map(decade).collect()
        }
    }
}

/// One line of the six-dimension scorecard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DimensionLine {
    /// One of [`DIMENSIONS`].
    pub dimension: String,
    /// Its leading metric; `None`: not measured.
    pub row: Option<Box<Row>>,
    /// Why it is not measured, and what would change that.
    #[serde(default)]
    pub why: Option<String>,
    #[serde(default)]
    pub how: Option<String>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn cohorts_taken_together_are_recomputed_and_never_averaged() {
        let kept = |accounts, mrr: Option<i64>| Kept { accounts, mrr: mrr.map(Decimal::from) };
        let cohorts = Cohorts {
            rows: vec![
                Cohort {
                    first_day: date(2026, 8, 1),
                    accounts: 90,
                    kept: vec![kept(90, Some(900)), kept(81, Some(810))],
                },
                Cohort { first_day: date(2026, 9, 1), accounts: 10, kept: vec![kept(10, Some(100)), kept(0, None)] },
                Cohort { first_day: date(2026, 10, 1), accounts: 50, kept: vec![kept(50, Some(500))] },
            ],
            small_number: 30,
        };
        let pooled = cohorts.pooled();
        assert_eq!((pooled[0].accounts, pooled[0].paying), (150, 150));
        // 81 of 100, not the mean of 90 % and 0 %; the month that October has not reached is not counted as lost
        assert_eq!((pooled[1].accounts, pooled[1].paying), (100, 81));
        assert_eq!(pooled[1].mrr_share, Some(Decimal::new(9, 1)), "what has no rate is in neither part");
    }

    #[test]
    fn bounds_rise_by_about_the_same_factor() {
        for unit in [Unit::Duration, Unit::BusinessDuration, Unit::Count, Unit::Percent] {
            let bounds = bounds(unit);
            for pair in bounds.windows(2) {
                let factor = pair[1] / pair[0];
                assert!(factor >= Decimal::new(18, 1) && factor <= Decimal::new(25, 1), "{unit:?}: {pair:?}");
            }
        }
    }
}
