//! A correction in words: only what changed, old and new, with the cause.

use rust_decimal::Decimal;
use serde::Serialize;

use super::format::Format;
use super::text::{clean, plain_spaces};
use super::words::args;
use crate::review::model::{Change, Changed, Correction, Review, Status};

/// What readers are told of a correction.
#[derive(Debug, Clone, Serialize)]
pub struct CorrectionView {
    /// "Re: " and the subject of the mail it corrects, exactly.
    pub subject: String,
    /// "3 figures of the mail of 16 Nov 2026, 08:00 are different now. The rest of its scorecard stands."
    pub intro: String,
    pub changes: Vec<ChangeView>,
    /// Why it was provisional; nothing of that is left.
    pub completed: Vec<String>,
}

/// One figure that is not what it was.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    pub title: String,
    pub old: String,
    pub new: String,
    /// "Met → Missed. It needs attention now."; empty where neither changed.
    pub flip: String,
    pub cause: String,
    /// `bad`, `good` or `quiet`.
    pub tone: &'static str,
}

/// What a reply's subject begins with, in every language.
pub(super) const REPLY: &str = "Re: ";

pub(super) fn build(review: &Review, correction: &Correction, f: &Format) -> CorrectionView {
    let at = f.moment(&correction.mailed_at, &review.head.timezone);
    let number = f.count(correction.of.number.into());
    let intro = match correction.changes.len() {
        0 => f.say("correction-complete", &args!["at" => at, "number" => number]),
        n => f.say("correction-intro", &args!["count" => n, "n" => f.count(n as u64), "at" => at, "number" => number]),
    };
    CorrectionView {
        subject: plain_spaces(&format!("{REPLY}{}", correction.subject)),
        intro,
        changes: correction.changes.iter().map(|c| change(c, &review.head.timezone, f)).collect(),
        completed: correction.completed.iter().map(|reason| f.phrase(reason, &review.head.timezone)).collect(),
    }
}

fn change(change: &Change, timezone: &str, f: &Format) -> ChangeView {
    // the walk adds up to the cent, and is printed so
    let shown = |value: Option<Decimal>, other: Option<Decimal>| match (value, &change.what) {
        (None, _) => f.word("no-figure"),
        (Some(value), Changed::Walk(_)) => f.exact(value),
        (Some(value), Changed::Metric(_)) => f.beside(change.unit, value, other),
    };
    let title = match &change.what {
        Changed::Metric(metric) => super::text::title(&f.metric_title(metric, &change.title)),
        Changed::Walk(line) => f.say("correction-walk", &args!["line" => f.word(&format!("walk-{}", clean(line)))]),
    };
    let mut flip = Vec::new();
    if change.old_status != change.new_status {
        let args = args!["old" => f.word(super::row::status(change.old_status)), "new" => f.word(super::row::status(change.new_status))];
        flip.push(f.say("correction-status", &args));
    }
    match (change.was_told, change.is_told) {
        (false, true) => flip.push(f.word("correction-told")),
        (true, false) => flip.push(f.word("correction-untold")),
        _ => {}
    }
    ChangeView {
        title,
        old: shown(change.old, change.new),
        new: shown(change.new, change.old),
        flip: flip.join(" "),
        cause: f.phrase(&change.cause, timezone),
        tone: tone(change),
    }
}

fn tone(change: &Change) -> &'static str {
    match (change.new_status, change.is_told && !change.was_told) {
        (Status::TargetMissed, _) if change.old_status != Status::TargetMissed => "bad",
        (_, true) => "bad",
        (Status::TargetMet, _) if change.old_status == Status::TargetMissed => "good",
        _ => "quiet",
    }
}
