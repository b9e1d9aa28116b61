//! Corrections: what is different between the edition that people were mailed and what is known now, and whether that is
//! worth a mail of its own.
//!
//! The policy: a correction is mailed if a status or a verdict flips, a figure of the scorecard moves by more than 1 %, or what
//! was provisional is complete; once per mailed edition, within seven days of it. Whatever is not mailed waits for the next
//! edition, whose restatements list it.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{Edition, Review, Row, Status, Unit, Walk};
use super::phrase::{Arg, Phrase};

/// How long after a mail it may be corrected by another.
pub const WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long changes are gathered before they are mailed, where nobody asks by hand.
pub const BATCH: SignedDuration = SignedDuration::from_hours(24);

/// What an edition says otherwise than the one its readers have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The edition they have.
    pub of: Edition,
    /// Subject of its mail.
    pub subject: String,
    /// When that was sent, RFC 3339.
    pub mailed_at: String,
    /// What flipped first, then what moved most, then the rest; each in print order.
    pub changes: Vec<Change>,
    /// Why it was provisional, where nothing of that is left now.
    pub completed: Vec<Phrase>,
}

/// One figure that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub what: Changed,
    /// A metric's title; empty for lines of the money walk.
    pub title: String,
    pub unit: Unit,
    /// `None`: no figure.
    pub old: Option<Decimal>,
    pub new: Option<Decimal>,
    pub old_status: Status,
    pub new_status: Status,
    /// Whether it was, and is, told as an exception.
    pub was_told: bool,
    pub is_told: bool,
    /// Why it changed, in words.
    pub cause: Phrase,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// A row of the scorecard, by its metric.
    Metric(String),
    /// A line of the money walk: `opening`, `new`, …
    Walk(String),
}

impl Change {
    /// Whether its status or its verdict is another one.
    pub fn is_flip(&self) -> bool {
        self.old_status != self.new_status || self.was_told != self.is_told
    }

    /// Whether it moved by more than 1 % of what it was; from nothing to something always.
    pub fn is_move(&self) -> bool {
        match (self.old, self.new) {
            (Some(old), Some(new)) => (new - old).abs() * Decimal::ONE_HUNDRED > old.abs(),
            (old, new) => old.is_some() != new.is_some(),
        }
    }

    fn weight(&self) -> u8 {
        match (self.is_flip(), self.is_move()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        }
    }
}

/// What is different between two reviews of one period, each change with what `cause` says of it.
pub fn changes(old: &Review, new: &Review, mut cause: impl FnMut(&Change) -> Phrase) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for now in rows(new) {
        let before = rows(old).find(|row| row.metric == now.metric);
        let (was_told, is_told) = (is_told(old, &now.metric), is_told(new, &now.metric));
        // a metric that the edition did not have is news, and corrects nothing
        let Some(before) = before else { continue };
        let change = Change {
            what: Changed::Metric(now.metric.clone()),
            title: now.title.clone(),
            unit: now.unit,
            old: before.value,
            new: now.value,
            old_status: before.status,
            new_status: now.status,
            was_told,
            is_told,
            cause: Phrase::Plain(String::new()),
        };
        if change.old != change.new || change.is_flip() {
            changes.push(change);
        }
    }
    if let (Some(before), Some(now)) = (&old.walk, &new.walk) {
        changes.extend(walk(before, now));
    }
    for change in &mut changes {
        change.cause = cause(change);
    }
    changes.sort_by_key(Change::weight);
    changes
}

/// Why the old review was provisional, where the new one has fewer reasons to be.
pub fn completed(old: &Review, new: &Review) -> Vec<Phrase> {
    if new.provisional.len() >= old.provisional.len() {
        return Vec::new();
    }
    let still: Vec<_> = new.provisional.iter().map(subject).collect();
    old.provisional.iter().filter(|reason| !still.contains(&subject(reason))).cloned().collect()
}

/// What a reason is about, whenever it was and however many: a source that is late again is still late.
fn subject(reason: &Phrase) -> (&str, Vec<(&String, &Arg)>) {
    match reason {
        Phrase::Plain(text) => (text, Vec::new()),
        Phrase::Said { id, args } => (id, args.iter().filter(|(_, arg)| matches!(arg, Arg::Text(_))).collect()),
    }
}

fn rows(review: &Review) -> impl Iterator<Item = &Row> {
    review.sections.iter().flat_map(|s| &s.rows)
}

fn is_told(review: &Review, metric: &str) -> bool {
    review.exceptions.iter().any(|e| e.metric == metric)
}

fn walk(old: &Walk, new: &Walk) -> Vec<Change> {
    let lines = [
        ("opening", old.opening, new.opening),
        ("new", old.new, new.new),
        ("reactivation", old.reactivation, new.reactivation),
        ("expansion", old.expansion, new.expansion),
        ("contraction", -old.contraction, -new.contraction),
        ("churn", -old.churn, -new.churn),
        ("transfer", old.transfer, new.transfer),
        ("fx", old.fx, new.fx),
        ("closing", old.closing, new.closing),
    ];
    let changed = lines.into_iter().filter(|(_, old, new)| old != new);
    let change = |(line, old, new): (&str, Decimal, Decimal)| Change {
        what: Changed::Walk(line.to_owned()),
        title: String::new(),
        unit: Unit::Money,
        old: Some(old),
        new: Some(new),
        old_status: Status::NoTarget,
        new_status: Status::NoTarget,
        was_told: false,
        is_told: false,
        cause: Phrase::Plain(String::new()),
    };
    changed.map(change).collect()
}

/// What the policy is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub changes: &'a [Change],
    pub completed: &'a [Phrase],
    /// When the edition was mailed.
    pub mailed_at: Timestamp,
    /// The number of the edition whose mail corrected it already.
    pub corrected_by: Option<u32>,
    /// When the first of the changes was seen, to gather those that follow; `None`: asked by hand, nothing is waited for.
    pub first_seen: Option<Timestamp>,
    pub now: Timestamp,
}

/// What the policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A correction is mailed, for these reasons.
    Mail(Vec<Reason>),
    /// It is not.
    Hold(Hold),
}

/// Why a correction is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A status or a verdict flipped.
    Flip,
    /// A figure moved by more than 1 %.
    Move,
    /// What was provisional is complete.
    Complete,
}

/// Why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The edition still says what is known.
    Nothing,
    /// It was corrected before, by the edition of that number.
    Corrected(u32),
    /// It was mailed more than [`WITHIN`] ago.
    TooLate,
    /// No status flipped and no figure moved by more than 1 %.
    Small,
    /// Changes are gathered until then.
    Gathering(Timestamp),
}

/// Decides whether a correction is mailed now.
pub fn decide(case: &Case<'_>) -> Decision {
    let Case { changes, completed, mailed_at, corrected_by, first_seen, now } = *case;
    if changes.is_empty() && completed.is_empty() {
        return Decision::Hold(Hold::Nothing);
    }
    if let Some(number) = corrected_by {
        return Decision::Hold(Hold::Corrected(number));
    }
    let last = mailed_at + WITHIN;
    if now > last {
        return Decision::Hold(Hold::TooLate);
    }
    let is_metric = |c: &&Change| matches!(c.what, Changed::Metric(_));
    let mut reasons = Vec::new();
    if changes.iter().any(Change::is_flip) {
        reasons.push(Reason::Flip);
    }
    // the lines of the walk are told with the figures that they explain, and are no reason by themselves
    if changes.iter().filter(is_metric).any(Change::is_move) {
        reasons.push(Reason::Move);
    }
    if !completed.is_empty() {
        reasons.push(Reason::Complete);
    }
    if reasons.is_empty() {
        return Decision::Hold(Hold::Small);
    }
    // what is gathered at the end of the week goes out while it may
    match first_seen.map(|seen| (seen + BATCH).min(last)) {
        Some(until) if now < until => Decision::Hold(Hold::Gathering(until)),
        _ => Decision::Mail(reasons),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn change(old: &str, new: &str) -> Change {
        Change {
            what: Changed::Metric("csat".into()),
            title: "CSAT".into(),
            unit: Unit::Percent,
            old: old.parse().ok(),
            new: new.parse().ok(),
            old_status: Status::TargetMet,
            new_status: Status::TargetMet,
            was_told: false,
            is_told: false,
            cause: "1 record came late".into(),
        }
    }

    const MAILED: &str = "2026-11-16T07:00:00Z";

    #[track_caller]
    fn check(changes: &[Change], now: &str, expected: Decision) {
        let case =
            Case { changes, completed: &[], mailed_at: at(MAILED), corrected_by: None, first_seen: None, now: at(now) };
        assert_eq!(decide(&case), expected);
    }

    #[test]
    fn one_percent_is_the_threshold_and_a_flip_needs_none() {
        let soon = "2026-11-17T07:00:00Z";
        check(&[], soon, Decision::Hold(Hold::Nothing));
        check(&[change("0.9", "0.909")], soon, Decision::Hold(Hold::Small));
        check(&[change("0.9", "0.9091")], soon, Decision::Mail(vec![Reason::Move]));
        check(&[change("-100", "-98.9")], soon, Decision::Mail(vec![Reason::Move]));
        check(&[change("0", "0.0001")], soon, Decision::Mail(vec![Reason::Move]));
        check(&[change("none", "0.9")], soon, Decision::Mail(vec![Reason::Move]));
        let flipped = Change { new_status: Status::TargetMissed, ..change("0.9", "0.8999") };
        check(&[flipped], soon, Decision::Mail(vec![Reason::Flip]));
        let told = Change { is_told: true, ..change("0.9", "0.9") };
        check(&[told], soon, Decision::Mail(vec![Reason::Flip]));
        let line = Change { what: Changed::Walk("churn".into()), ..change("1", "2") };
        check(&[line], soon, Decision::Hold(Hold::Small));
    }

    #[test]
    fn within_seven_days_once_and_gathered_for_a_day() {
        let changes = [change("0.9", "0.5")];
        check(&changes, "2026-11-23T07:00:00Z", Decision::Mail(vec![Reason::Move]));
        check(&changes, "2026-11-23T07:00:01Z", Decision::Hold(Hold::TooLate));
        let case = |seen: &str, now: &str| Case {
            changes: &changes,
            completed: &[],
            mailed_at: at(MAILED),
            corrected_by: None,
            first_seen: Some(at(seen)),
            now: at(now),
        };
        let until = Decision::Hold(Hold::Gathering(at("2026-11-18T12:00:00Z")));
        assert_eq!(decide(&case("2026-11-17T12:00:00Z", "2026-11-18T11:59:59Z")), until);
        let mail = Decision::Mail(vec![Reason::Move]);
        assert_eq!(decide(&case("2026-11-17T12:00:00Z", "2026-11-18T12:00:00Z")), mail);
        assert_eq!(decide(&case("2026-11-23T01:00:00Z", "2026-11-23T07:00:00Z")), mail, "the last moment it may go");
        let corrected = Case { corrected_by: Some(2), ..case("2026-11-17T12:00:00Z", "2026-11-18T12:00:00Z") };
        assert_eq!(decide(&corrected), Decision::Hold(Hold::Corrected(2)));
        let complete: [Phrase; 1] = ["billing was late".into()];
        let complete =
            Case { changes: &[], completed: &complete, ..case("2026-11-17T12:00:00Z", "2026-11-18T12:00:00Z") };
        assert_eq!(decide(&complete), Decision::Mail(vec![Reason::Complete]));
    }

    proptest! {
        /// Whatever changes and whenever: nothing is mailed a second time, too late, without a change, or for a small one.
        #[test]
        fn what_is_mailed_is_allowed(
            olds in proptest::collection::vec((0_i64..1000, 0_i64..1000), 0..4),
            hours in 0_i64..400,
            seen in proptest::option::of(0_i64..400),
            corrected_by in proptest::option::of(2_u32..5),
            is_completed in any::<bool>(),
        ) {
            let changes: Vec<Change> = olds.iter().filter(|(a, b)| a != b).map(|(a, b)| change(&a.to_string(), &b.to_string())).collect();
            let completed: Vec<Phrase> = if is_completed { vec!["late".into()] } else { vec![] };
            let mailed_at = at(MAILED);
            let now = mailed_at + SignedDuration::from_hours(hours);
            let first_seen = seen.map(|h| mailed_at + SignedDuration::from_hours(h.min(hours)));
            let case = Case { changes: &changes, completed: &completed, mailed_at, corrected_by, first_seen, now };
            let decision = decide(&case);
            prop_assert_eq!(&decision, &decide(&case));
            let is_large = changes.iter().any(|c| c.is_move() || c.is_flip()) || is_completed;
            if let Decision::Mail(reasons) = &decision {
                prop_assert!(is_large && corrected_by.is_none() && hours <= 7 * 24 && !reasons.is_empty());
            } else if is_large && corrected_by.is_none() && hours <= 7 * 24 {
                prop_assert!(matches!(decision, Decision::Hold(Hold::Gathering(until)) if until > now && until <= mailed_at + WITHIN));
            }
        }
    }
}
