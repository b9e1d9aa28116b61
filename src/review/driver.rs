//! What moved a figure: its change split over the values of a segment, exactly.
//!
//! For a ratio with weights w (share of the denominator), rates r and total R, each segment's part is its rate effect
//! ½(w0+w1)(r1−r0) and its mix effect ½((r0−R0)+(r1−R1))(w1−w0): the midpoint split, the mix centred on the total so that a
//! growing segment that is better than the whole counts as better. Parts sum to the change exactly. A segment with weight 0 on
//! one side takes the other side's rate: all of it is mix. Additive figures split into each segment's difference.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Numerator and denominator of one segment value at both ends of a comparison; `None` where it was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub segment: String,
    pub before: Option<(Decimal, Decimal)>,
    pub now: Option<(Decimal, Decimal)>,
}

/// A change, split over one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// `plan`, `size`, …
    pub segment_name: String,
    /// Now − before.
    pub change: Decimal,
    /// What changed inside segments, and what changed between them. For additive figures all is rate.
    pub rate: Decimal,
    pub mix: Decimal,
    /// Largest part first, by size.
    pub parts: Vec<Contribution>,
}

/// One segment's part of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    pub segment: String,
    pub rate: Decimal,
    pub mix: Decimal,
    /// The segment's own figure before and now.
    pub before: Option<Decimal>,
    pub now: Option<Decimal>,
}

impl Contribution {
    /// Its part of the change.
    pub fn total(&self) -> Decimal {
        self.rate + self.mix
    }
}

/// Splits a ratio. `None` where either side has no denominator.
pub fn ratio(segment_name: &str, parts: &[Part]) -> Option<Driver> {
    let sum = |side: fn(&Part) -> Option<(Decimal, Decimal)>| {
        let all = parts.iter().filter_map(side);
        all.fold((Decimal::ZERO, Decimal::ZERO), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    };
    let (before, now) = (sum(|p| p.before), sum(|p| p.now));
    let (total0, total1) = (before.0.checked_div(before.1)?, now.0.checked_div(now.1)?);
    let half = Decimal::new(5, 1);
    let contribution = |part: &Part| {
        let rate = |side: Option<(Decimal, Decimal)>| side.and_then(|(n, d)| n.checked_div(d));
        let weight = |side: Option<(Decimal, Decimal)>, whole: Decimal| {
            side.map_or(Decimal::ZERO, |(_, d)| d.checked_div(whole).unwrap_or_default())
        };
        let (own0, own1) = (rate(part.before), rate(part.now));
        let (w0, w1) = (weight(part.before, before.1), weight(part.now, now.1));
        // without a denominator there is no rate of its own, and nothing that weighs
        let r0 = own0.or(own1).unwrap_or_default();
        let r1 = own1.or(own0).unwrap_or_default();
        Contribution {
            segment: part.segment.clone(),
            rate: half * (w0 + w1) * (r1 - r0),
            mix: half * ((r0 - total0) + (r1 - total1)) * (w1 - w0),
            before: own0,
            now: own1,
        }
    };
    Some(driver(segment_name, total1 - total0, parts.iter().map(contribution).collect()))
}

/// Splits an additive figure: the first of each pair is the segment's value.
pub fn additive(segment_name: &str, parts: &[Part]) -> Driver {
    let value = |side: Option<(Decimal, Decimal)>| side.map(|(value, _)| value);
    let contributions: Vec<Contribution> = parts
        .iter()
        .map(|part| {
            let (before, now) = (value(part.before), value(part.now));
            let rate = now.unwrap_or_default() - before.unwrap_or_default();
            Contribution { segment: part.segment.clone(), rate, mix: Decimal::ZERO, before, now }
        })
        .collect();
    let change = contributions.iter().map(|c| c.rate).sum();
    driver(segment_name, change, contributions)
}

fn driver(segment_name: &str, change: Decimal, mut parts: Vec<Contribution>) -> Driver {
    parts.sort_by(|a, b| b.total().abs().cmp(&a.total().abs()).then_with(|| a.segment.cmp(&b.segment)));
    Driver {
        segment_name: segment_name.to_owned(),
        change,
        rate: parts.iter().map(|p| p.rate).sum(),
        mix: parts.iter().map(|p| p.mix).sum(),
        parts,
    }
}

/// Of several splits of one change, the one whose largest part (in the direction of the change) says most; the unknown
/// segment `(none)` explains nothing.
pub fn most_telling(drivers: Vec<Driver>) -> Option<Driver> {
    let says = |driver: &Driver| largest(driver).map_or(Decimal::ZERO, |part| part.total().abs());
    drivers.into_iter().fold(None, |best: Option<Driver>, driver| match best {
        Some(best) if says(&best) >= says(&driver) => Some(best),
        _ => Some(driver),
    })
}

/// The segment that moved the total most in the direction it went; `None` where nothing moved or only the unknown did.
pub fn largest(driver: &Driver) -> Option<&Contribution> {
    let same_way = |part: &&Contribution| {
        let total = part.total();
        !total.is_zero() && (total > Decimal::ZERO) == (driver.change > Decimal::ZERO) && part.segment != "(none)"
    };
    driver.parts.iter().find(same_way).filter(|_| !driver.change.is_zero())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(segment: &str, before: Option<(i64, i64)>, now: Option<(i64, i64)>) -> Part {
        let decimal = |pair: Option<(i64, i64)>| pair.map(|(n, d)| (Decimal::from(n), Decimal::from(d)));
        Part { segment: segment.into(), before: decimal(before), now: decimal(now) }
    }

    fn text(value: Decimal) -> String {
        value.round_dp(12).normalize().to_string()
    }

    #[test]
    fn simpsons_paradox_is_all_mix() {
        // both segments get better (50 → 52 %, 90 → 92 %), the total gets worse because the weak one grew
        let parts = [part("weak", Some((50, 100)), Some((156, 300))), part("strong", Some((90, 100)), Some((92, 100)))];
        let split = ratio("plan", &parts).unwrap();
        // 0.62 − 0.70; rate ½(0.5+0.75)·0.02 + ½(0.5+0.25)·0.02; mix = the rest
        assert_eq!(
            (text(split.change), text(split.rate), text(split.mix)),
            ("-0.08".into(), "0.02".into(), "-0.1".into())
        );
        // weak: ½((0.50−0.70)+(0.52−0.62))·0.25 = −0.0375, strong: ½((0.90−0.70)+(0.92−0.62))·(−0.25) = −0.0625
        let mixes: Vec<(String, String)> = split.parts.iter().map(|p| (p.segment.clone(), text(p.mix))).collect();
        assert_eq!(mixes, [("strong".into(), "-0.0625".into()), ("weak".into(), "-0.0375".into())]);
        assert_eq!(largest(&split).unwrap().segment, "strong");
    }

    #[test]
    fn a_segment_that_came_or_went_is_mix() {
        let parts = [part("old", Some((10, 100)), Some((10, 100))), part("came", None, Some((50, 100)))];
        let split = ratio("plan", &parts).unwrap();
        assert_eq!((text(split.change), text(split.rate), text(split.mix)), ("0.2".into(), "0".into(), "0.2".into()));
    }

    #[test]
    fn additive_parts_are_differences() {
        let parts =
            [part("a", Some((100, 0)), Some((70, 0))), part("b", Some((5, 0)), None), part("c", None, Some((9, 0)))];
        let split = additive("plan", &parts);
        assert_eq!(text(split.change), "-26");
        assert_eq!(largest(&split).unwrap().segment, "a");
    }

    #[test]
    fn what_is_unknown_explains_nothing() {
        let parts = [part("(none)", Some((0, 0)), Some((50, 0))), part("a", Some((0, 0)), Some((2, 0)))];
        assert_eq!(largest(&additive("plan", &parts)).unwrap().segment, "a");
    }

    type Pair = Option<(i64, i64)>;

    fn side() -> impl Strategy<Value = Pair> {
        prop::option::weighted(0.8, (0i64..1000, 0i64..1000)).prop_map(|p| p.map(|(a, b)| (a.min(b), b)))
    }

    proptest! {
        /// The parts are the change, whatever the data: zero denominators, segments that come and go.
        #[test]
        fn parts_sum_to_the_change(sides in prop::collection::vec((side(), side()), 1..8)) {
            let parts: Vec<Part> =
                sides.iter().enumerate().map(|(i, (before, now))| part(&i.to_string(), *before, *now)).collect();
            if let Some(split) = ratio("s", &parts) {
                let sum: Decimal = split.parts.iter().map(Contribution::total).sum();
                prop_assert!((sum - split.change).abs() < Decimal::new(1, 20), "{} {}", sum, split.change);
                prop_assert_eq!(split.rate + split.mix, sum);
            }
            let split = additive("s", &parts);
            prop_assert_eq!(split.parts.iter().map(Contribution::total).sum::<Decimal>(), split.change);
        }

        /// A segment better than the whole at both ends that grows makes the whole better.
        #[test]
        fn a_growing_better_segment_counts_as_better(w0 in 1i64..50, grow in 1i64..49, good in 51i64..100, bad in 0i64..49) {
            let pair = |share: i64, percent: i64| Some((share * percent, share * 100));
            let parts = [
                part("good", pair(w0, good), pair(w0 + grow, good)),
                part("bad", pair(100 - w0, bad), pair(100 - w0 - grow, bad)),
            ];
            let split = ratio("s", &parts).unwrap();
            prop_assert!(split.parts.iter().all(|p| p.mix > Decimal::ZERO));
        }
    }
}
