//! Process-behaviour charts (XmR): which points of a series are signals, and which are only its routine variation.
//!
//! Limits are mean ± 2.66 × mean moving range of the baseline, the range limit 3.268 × mean moving range (Wheeler,
//! *Understanding Variation*, 1993; Shewhart's constants for ranges of two). The baseline is the first twenty complete points,
//! locked: only an owner's reasoned acceptance moves it, so that a sustained shift stays a signal. With fewer, but eight at
//! least, limits are drawn from what there is.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Points of a full baseline.
pub const BASELINE: usize = 20;
/// Fewest points from which limits are drawn.
pub const LEAST: usize = 8;
/// Fewest different values a baseline must hold: with fewer the steps of the scale, not the process, make the range
/// (Wheeler's "chunky data").
const LEAST_DISTINCT: usize = 4;
/// Mean moving ranges from the mean to a limit.
const REACH: Decimal = Decimal::from_parts(266, 0, 0, false, 2);
/// Points in a row on one side of the mean that are a shift.
const RUN: usize = 8;

/// One period of a series: `None` where there is no complete figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub period: String,
    pub value: Option<Decimal>,
}

/// The limits a series is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// First and last period of the baseline.
    pub from: String,
    pub to: String,
    /// Complete points in it.
    pub points: u32,
    /// Twenty points, or accepted by an owner: it does not move by itself any more.
    pub is_locked: bool,
    pub mean: Decimal,
    pub lower: Decimal,
    pub upper: Decimal,
    /// Mean moving range, and the largest that is routine.
    pub mean_range: Decimal,
    pub range_limit: Decimal,
}

impl Process {
    /// From the mean to either limit.
    fn reach(&self) -> Decimal {
        REACH * self.mean_range
    }
}

/// Which rule a point broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Outside a limit.
    Outside,
    /// The eighth or later in a row on one side of the mean.
    Run,
    /// The third of four nearer a limit than the mean, on one side.
    NearLimit,
}

/// Which side of the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Above,
    Below,
}

/// A judged point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub period: String,
    pub value: Decimal,
    /// Difference from the point before; `None` for the first and after a gap.
    pub range: Option<Decimal>,
    /// Broken rules; empty for routine variation.
    pub patterns: Vec<Pattern>,
    /// `None` exactly on the mean.
    pub side: Option<Side>,
}

impl Mark {
    /// Whether it is a signal.
    pub fn is_signal(&self) -> bool {
        !self.patterns.is_empty()
    }
}

/// Where a baseline lies: period ids, both included. Ids of one grain sort as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    pub from: String,
    pub to: String,
}

/// Changes from point to point, for series that trend by nature. A gap has no change, nor has what follows it.
pub fn changes(series: &[Observation]) -> Vec<Observation> {
    let pairs = series.iter().zip(series.iter().skip(1));
    pairs
        .map(|(before, now)| Observation {
            period: now.period.clone(),
            value: now.value.zip(before.value).map(|(now, before)| now - before),
        })
        .collect()
}

/// The limits of a series, from an accepted baseline or from its first complete points.
///
/// # Errors
/// Why no limits can be drawn, in words for a reader.
pub fn process(series: &[Observation], accepted: Option<&Baseline>) -> Result<Process, &'static str> {
    let known: Vec<(&str, Decimal)> = series.iter().filter_map(|o| Some((o.period.as_str(), o.value?))).collect();
    let base: Vec<(&str, Decimal)> = match accepted {
        Some(range) => {
            known.into_iter().filter(|(period, _)| (range.from.as_str()..=range.to.as_str()).contains(period)).collect()
        }
        None => known.into_iter().take(BASELINE).collect(),
    };
    let (Some(first), Some(last)) = (base.first(), base.last()) else { return Err("no complete figures yet") };
    if base.len() < LEAST {
        return Err("fewer than eight complete figures");
    }
    let mut distinct: Vec<Decimal> = base.iter().map(|(_, value)| *value).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < LEAST_DISTINCT {
        return Err("too few different values to tell signals from routine variation");
    }
    let count = Decimal::from(base.len());
    let mean = base.iter().map(|(_, value)| *value).sum::<Decimal>() / count;
    let ranges = base.iter().zip(base.iter().skip(1)).map(|((_, a), (_, b))| (*b - *a).abs());
    let mean_range = ranges.sum::<Decimal>() / (count - Decimal::ONE);
    let reach = REACH * mean_range;
    Ok(Process {
        from: first.0.to_owned(),
        to: last.0.to_owned(),
        points: base.len() as u32,
        is_locked: accepted.is_some() || base.len() == BASELINE,
        mean,
        lower: mean - reach,
        upper: mean + reach,
        mean_range,
        range_limit: Decimal::new(3268, 3) * mean_range,
    })
}

/// Judges every complete point from the baseline's first on. A gap ends runs.
pub fn marks(series: &[Observation], process: &Process) -> Vec<Mark> {
    let mut marks = Vec::new();
    for stretch in series.split(|o| o.value.is_none()) {
        let points: Vec<(&str, Decimal)> = stretch
            .iter()
            .filter(|o| o.period >= process.from)
            .filter_map(|o| Some((o.period.as_str(), o.value?)))
            .collect();
        marks.extend((0..points.len()).map(|index| mark(&points, index, process)));
    }
    marks
}

fn mark(points: &[(&str, Decimal)], index: usize, process: &Process) -> Mark {
    let (period, value) = points[index];
    let side = side(value, process);
    let mut patterns = Vec::new();
    if is_beyond(value, process, process.reach()) {
        patterns.push(Pattern::Outside);
    }
    if side.is_some() && run(points, index, process) >= RUN {
        patterns.push(Pattern::Run);
    }
    if is_near(value, process) && near_of_four(points, index, process) >= 3 {
        patterns.push(Pattern::NearLimit);
    }
    let range = index.checked_sub(1).map(|before| (value - points[before].1).abs());
    Mark { period: period.to_owned(), value, range, patterns, side }
}

/// Farther from the mean than a distance, by more than the arithmetic rounds: a point exactly on a line is within it, wherever
/// the series has its origin.
fn is_beyond(value: Decimal, process: &Process, distance: Decimal) -> bool {
    let rounding = process.mean_range * Decimal::new(1, 18);
    (value - process.mean).abs() > distance + rounding
}

fn side(value: Decimal, process: &Process) -> Option<Side> {
    is_beyond(value, process, Decimal::ZERO).then(|| if value > process.mean { Side::Above } else { Side::Below })
}

/// Points up to and including this one that lie on its side of the mean without a break.
fn run(points: &[(&str, Decimal)], index: usize, process: &Process) -> usize {
    let here = side(points[index].1, process);
    points[..=index].iter().rev().take_while(|(_, value)| side(*value, process) == here).count()
}

/// Nearer a limit than the mean.
fn is_near(value: Decimal, process: &Process) -> bool {
    is_beyond(value, process, process.reach() / Decimal::TWO)
}

/// How many of the last four are nearer a limit than the mean, on this point's side.
fn near_of_four(points: &[(&str, Decimal)], index: usize, process: &Process) -> usize {
    let here = side(points[index].1, process);
    let last_four = &points[index.saturating_sub(3)..=index];
    last_four.iter().filter(|(_, v)| is_near(*v, process) && side(*v, process) == here).count()
}

/// What the last point of a series says, if it is a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    pub patterns: Vec<Pattern>,
    pub side: Side,
    /// Distance from the mean in distances from mean to limit: 1 is exactly at a limit.
    pub size: Decimal,
    /// First period of the stretch of signals on this side; of the run itself where it is a run.
    pub since: String,
    /// Periods from then to now.
    pub periods: u32,
}

/// The signal of the last mark; `None` where it is routine variation.
pub fn last_signal(marks: &[Mark], process: &Process) -> Option<Signal> {
    let last = marks.last().filter(|mark| mark.is_signal())?;
    let side = last.side?;
    // a gap ends runs: nothing before the first point after it counts
    let stretch = marks.iter().rposition(|mark| mark.range.is_none()).unwrap_or(0);
    let on_side = |mark: &&Mark| mark.side == Some(side);
    let run = marks[stretch..].iter().rev().take_while(on_side).count();
    let signalled = marks[stretch..].iter().rev().take_while(on_side).take_while(|mark| mark.is_signal()).count();
    let periods = if last.patterns.contains(&Pattern::Run) { run } else { signalled };
    let reach = process.upper - process.mean;
    Some(Signal {
        patterns: last.patterns.clone(),
        side,
        size: (last.value - process.mean).abs().checked_div(reach).unwrap_or_default().round_dp(6),
        since: marks[marks.len() - periods].period.clone(),
        periods: periods as u32,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(values: &[i64]) -> Vec<Observation> {
        let point = |(i, v): (usize, &i64)| Observation { period: format!("{i:03}"), value: Some(Decimal::from(*v)) };
        values.iter().enumerate().map(point).collect()
    }

    fn signals(values: &[i64]) -> Vec<(usize, Vec<Pattern>)> {
        let series = series(values);
        let process = process(&series, None).unwrap();
        let marks = marks(&series, &process).into_iter().enumerate();
        marks.filter(|(_, m)| m.is_signal()).map(|(i, m)| (i, m.patterns)).collect()
    }

    /// Mean 10, moving ranges 2, 4, 6, 4 …: chosen so that limits come out even.
    const STABLE: [i64; 20] = [9, 11, 8, 12, 9, 11, 8, 12, 9, 11, 8, 12, 9, 11, 8, 12, 9, 11, 8, 12];

    #[test]
    fn limits_are_mean_and_2_66_mean_moving_ranges() {
        // ranges: 2 3 4 3 repeating, 19 of them: 2 3 4 3 ×4 = 48, then 2 3 4 = 57 in all; mean 3
        let process = process(&series(&STABLE), None).unwrap();
        let text = |d: Decimal| d.normalize().to_string();
        assert_eq!((text(process.mean), text(process.mean_range)), ("10".into(), "3".into()));
        assert_eq!((text(process.lower), text(process.upper)), ("2.02".into(), "17.98".into()));
        assert_eq!(text(process.range_limit), "9.804");
        assert!(process.is_locked);
    }

    #[test]
    fn limits_of_individuals_as_published() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, flow rates of ten batches: mean 50.81, mean moving range
        // 1.8778, limits 45.8159 and 55.8041 with 3/1.128 = 2.6596 for the rounded 2.66
        let values = [496, 476, 499, 513, 478, 512, 526, 524, 536, 521];
        let process = process(&series(&values), None).unwrap();
        let tenth = |d: Decimal, digits| (d / Decimal::TEN).round_dp(digits).to_string();
        assert_eq!((tenth(process.mean, 2), tenth(process.mean_range, 4)), ("50.81".into(), "1.8778".into()));
        assert_eq!((tenth(process.lower, 2), tenth(process.upper, 2)), ("45.82".into(), "55.80".into()));
        assert!(!process.is_locked, "ten points only");
    }

    #[test]
    fn a_point_outside_is_a_signal_and_one_at_the_limit_is_not() {
        assert!(signals(&STABLE).is_empty());
        let with = |value| signals(&[&STABLE[..], &[value]].concat());
        assert!(with(17).is_empty());
        assert_eq!(with(18), [(20, vec![Pattern::Outside])]);
        assert_eq!(with(2), [(20, vec![Pattern::Outside])]);
    }

    #[test]
    fn eight_in_a_row_are_a_shift_and_a_point_on_the_mean_breaks_the_run() {
        // the baseline ends above the mean: that point is the first of the run
        let run = [&STABLE[..], &[11, 12, 11, 12, 11, 12, 11]].concat();
        assert_eq!(signals(&run), [(26, vec![Pattern::Run])]);
        let broken = [&STABLE[..], &[11, 12, 11, 10, 12, 11, 12, 11, 12, 11, 12]].concat();
        assert!(signals(&broken).is_empty(), "seven since the one on the mean");
    }

    #[test]
    fn three_of_four_near_a_limit_are_a_signal() {
        // nearer the limit than the mean: beyond 10 ± 3.99
        let near = [&STABLE[..], &[15, 15, 9, 15]].concat();
        assert_eq!(signals(&near), [(23, vec![Pattern::NearLimit])]);
        assert!(signals(&[&STABLE[..], &[15, 15, 9, 11, 15]].concat()).is_empty(), "two of the last four");
        assert!(signals(&[&STABLE[..], &[15, 15, 9, 5]].concat()).is_empty(), "not on one side");
    }

    #[test]
    fn a_sustained_shift_stays_a_signal_until_a_baseline_is_accepted() {
        let shifted: Vec<i64> = STABLE.iter().map(|v| v + 9).collect();
        let series = series(&[&STABLE[..], &shifted].concat());
        let locked = process(&series, None).unwrap();
        let signal = last_signal(&marks(&series, &locked), &locked).unwrap();
        assert_eq!((signal.side, signal.since.as_str()), (Side::Above, "019"), "the run began with the last 12");
        let accepted = Baseline { from: "020".into(), to: "039".into() };
        let moved = process(&series, Some(&accepted)).unwrap();
        assert_eq!(last_signal(&marks(&series, &moved), &moved), None);
    }

    #[test]
    fn a_gap_ends_a_run_and_has_no_change() {
        let mut series = series(&[&STABLE[..], &[11, 12, 11, 12, 11, 12, 11]].concat());
        series[23].value = None;
        let process = process(&series, None).unwrap();
        assert!(marks(&series, &process).iter().all(|m| !m.is_signal()));
        let eight = [&STABLE[..], &[12, 11, 12, 0, 11, 12, 11, 12, 11, 12, 11, 12]].concat();
        let mut eight: Vec<Observation> = self::series(&eight);
        eight[23].value = None;
        let signal = last_signal(&self::marks(&eight, &process), &process).unwrap();
        assert_eq!((signal.since.as_str(), signal.periods), ("024", 8), "what lies before the gap is no part of it");
        let changes = changes(&series);
        assert_eq!(
            (changes[21].value, changes[22].value, changes[23].value.is_some()),
            (Some(Decimal::NEGATIVE_ONE), None, false)
        );
    }

    #[test]
    fn coarse_or_short_series_are_not_judged_and_say_why() {
        assert!(process(&series(&[1, 2, 3, 4, 5, 6, 7]), None).unwrap_err().contains("eight"));
        assert!(process(&series(&[0, 0, 1, 0, 0, 2, 0, 0, 0, 1]), None).unwrap_err().contains("different values"));
    }

    /// The last point lies exactly half way to the lower limit; 19 ranges do not divide into a decimal without rounding.
    #[test]
    fn a_point_on_a_line_is_within_it_from_either_side() {
        let values = [
            -358, -446, 247, -298, 102, -161, -262, -375, -221, -197, -385, 419, 273, 12, 46, -1, 85, -122, 406, -182,
            298, 298,
        ];
        for sign in [1, -1] {
            let series = series(&values.map(|value| value * sign));
            let process = process(&series, None).unwrap();
            assert_eq!(marks(&series, &process).last().unwrap().patterns, []);
        }
    }

    proptest! {
        /// Adding a constant or turning the series upside down changes no verdict.
        #[test]
        fn verdicts_do_not_depend_on_origin_or_direction(values in prop::collection::vec(-500i64..500, 20..60), shift in -1000i64..1000) {
            let judged = |values: &[i64]| -> Option<Vec<Vec<Pattern>>> {
                let series = series(values);
                let process = process(&series, None).ok()?;
                Some(marks(&series, &process).into_iter().map(|m| m.patterns).collect())
            };
            let moved: Vec<i64> = values.iter().map(|v| v + shift).collect();
            let turned: Vec<i64> = values.iter().map(|v| -v).collect();
            prop_assert_eq!(judged(&values), judged(&moved));
            prop_assert_eq!(judged(&values), judged(&turned));
        }

        /// What comes later never changes what a locked baseline said of earlier points.
        #[test]
        fn later_points_do_not_move_earlier_verdicts(values in prop::collection::vec(0i64..100, 30..60), cut in 20usize..30) {
            let judged = |values: &[i64]| {
                let series = series(values);
                process(&series, None).ok().map(|p| marks(&series, &p))
            };
            if let (Some(all), Some(early)) = (judged(&values), judged(&values[..cut])) {
                prop_assert_eq!(&all[..cut], &early[..]);
            }
        }
    }
}
