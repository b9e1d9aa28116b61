//! One scorecard row in words: value, change, year ago, target, status, mini-trend and segments.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::spark::{self, Bar, Spark};
use super::format::Format;
use super::judged::{self, WindowView};
use super::pictures::RowPictures;
use super::text::{self, clean, slug};
use super::words::args;
use crate::review::model::{Better, Comparison, Kind, ReviewPeriod, Row, SegmentFigure, Status, Target, Unit};

/// A row as templates print it: nothing is left to format, and an absent thing is an empty string.
#[derive(Debug, Clone, Serialize)]
pub struct RowView {
    pub anchor: String,
    pub title: String,
    pub team: String,
    pub kind: String,
    /// Whether the mail has room for it.
    pub in_mail: bool,
    pub value: String,
    /// "business hours", "n = 41".
    pub note: String,
    /// Cases behind the figure, for the page; empty where unknown or already printed.
    pub n: String,
    /// Why there is no value.
    pub withheld: String,
    pub status: String,
    /// The same within a sentence.
    pub status_inside: String,
    /// `good`, `bad` or `quiet`: the colour that goes with the word, never instead of it.
    pub tone: &'static str,
    /// "at least 90 %".
    pub target: String,
    /// "missed by 9.0 pp, 3 weeks in a row".
    pub variance: String,
    /// "signal: above its limits"; empty for routine variation.
    pub signal: String,
    /// Figures to date and over twelve months, for the page.
    pub windows: Vec<WindowView>,
    /// The period's own figure where the headline is another: "the week by itself 98.7 %".
    pub own: String,
    pub previous: Change,
    pub year_ago: Change,
    pub bars: Vec<Bar>,
    /// The bars in words: "6 weeks: between 81.0 % and 93.0 %".
    pub range: String,
    pub spark: Option<Spark>,
    pub segments: Vec<SegmentView>,
    /// Every period of the series, for the page.
    pub history: Vec<HistoryView>,
    /// For the page.
    pub pictures: RowPictures,
}

/// A comparison in words.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// "▼ 11.0 pp, worse", "unchanged", or empty.
    pub phrase: String,
    /// The same without the absolute change beside the relative one.
    pub short: String,
    pub tone: &'static str,
    /// The other period's value.
    pub was: String,
    /// "W45 (2–8 Nov 2026, 7 of 7 days)".
    pub basis: String,
    /// Printed with this row only where it differs from the scorecard's.
    pub own_basis: String,
    /// Why it is withheld.
    pub withheld: String,
}

/// A segment's line on the page.
#[derive(Debug, Clone, Serialize)]
pub struct SegmentView {
    pub group: String,
    pub name: String,
    pub value: String,
    pub previous: String,
    pub n: String,
}

/// One period of a series on the page.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryView {
    pub period: String,
    pub value: String,
    pub year_ago: String,
}

/// Writes rows of one review.
pub(super) struct RowWriter<'a> {
    pub(super) f: &'a Format,
    pub(super) period: &'a ReviewPeriod,
}

impl RowWriter<'_> {
    pub(super) fn row(&self, row: &Row) -> RowView {
        let title = self.title(row);
        let range = self.range(row);
        RowView {
            anchor: slug(&row.metric),
            team: clean(&row.team),
            kind: match row.kind {
                Kind::Outcome => self.f.word("kind-outcome"),
                Kind::Driver => self.f.word("kind-driver"),
            },
            in_mail: true,
            value: self.value(row).unwrap_or_default(),
            note: self.note(row),
            n: row.n.filter(|_| row.value.is_some() && !row.is_small).map(|n| self.f.count(n)).unwrap_or_default(),
            withheld: self.withheld(row),
            status: self.f.word(status(row.status)),
            status_inside: text::lower_first(&self.f.word(status(row.status))),
            tone: tone(row.status),
            target: row.target.as_ref().map(|t| self.target(row, t)).unwrap_or_default(),
            variance: row.target.as_ref().map(|t| self.variance(row, t)).unwrap_or_default(),
            signal: judged::verdict(self, &row.judgement),
            own: self.own(row),
            windows: judged::windows(self, row),
            previous: self.change(row, &row.previous),
            year_ago: self.change(row, &row.year_ago),
            bars: if is_small_ratio(row) { Vec::new() } else { spark::bars(&row.history) },
            spark: spark::spark(
                row,
                &self.f.say("spark-title", &args!["title" => title.as_str(), "range" => range.as_str()]),
            )
            .filter(|_| !is_small_ratio(row)),
            range,
            segments: row.segments.iter().map(|s| self.segment(row, s)).collect(),
            history: self.history(row),
            pictures: RowPictures::default(),
            title,
        }
    }

    fn own(&self, row: &Row) -> String {
        let own = row.windows.iter().find(|w| w.window == "period").filter(|_| row.headline.is_some());
        let Some(value) = own.and_then(|w| w.value) else { return String::new() };
        self.f.say("own-period", &args!["grain" => self.grain(), "value" => self.f.value(row.unit, value)])
    }

    /// A metric's name in the reader's language.
    pub(super) fn title(&self, row: &Row) -> String {
        self.metric_title(&row.metric, &row.title)
    }

    /// The same from its key and its title as its file has it.
    pub(super) fn metric_title(&self, metric: &str, title: &str) -> String {
        text::title(&self.f.metric_title(metric, title))
    }

    /// `week`, for messages that choose their words by it.
    pub(super) fn grain(&self) -> &str {
        &self.period.grain
    }

    fn note(&self, row: &Row) -> String {
        let mut parts = Vec::new();
        if row.value.is_some() && row.headline.is_some() {
            parts.push(self.f.word("note-twelve-months"));
        }
        if row.value.is_some() && row.unit == Unit::BusinessDuration {
            parts.push(self.f.word("note-business-hours"));
        }
        if let (Some(n), true) = (row.n, row.is_small && row.unit != Unit::Percent) {
            parts.push(format!("n = {}", self.f.count(n)));
        }
        parts.join(", ")
    }

    fn withheld(&self, row: &Row) -> String {
        if row.value.is_some() {
            return String::new();
        }
        row.withheld.as_deref().map_or_else(|| self.f.word("no-figure"), |why| self.f.term(why))
    }

    /// The figure as the scorecard prints it; counts and an interval when few.
    pub(super) fn value(&self, row: &Row) -> Option<String> {
        let value = row.value?;
        if let (true, Unit::Percent, Some(part), Some(whole)) = (row.is_small, row.unit, row.numerator, row.denominator)
        {
            return Some(self.f.counted((part, whole), row.is_money, row.interval));
        }
        Some(self.f.beside(row.unit, value, row.target.as_ref().map(|t| t.value)))
    }

    /// "at least 90 %": the direction is part of the promise.
    pub(super) fn target(&self, row: &Row, target: &Target) -> String {
        let value = self.f.plain(row.unit, target.value);
        match row.better {
            Better::Higher => self.f.say("at-least", &args!["value" => value]),
            Better::Lower => self.f.say("at-most", &args!["value" => value]),
            Better::Neutral => value,
        }
    }

    fn variance(&self, row: &Row, target: &Target) -> String {
        let (Some(variance), Some(is_met)) = (target.variance, target.is_met) else { return String::new() };
        if is_met || row.status != Status::TargetMissed {
            return String::new();
        }
        let size = self.f.difference(row.unit, variance, row.value);
        if target.missed_in_a_row > 1 {
            let periods = self.periods(target.missed_in_a_row);
            return self.f.say("missed-by-run", &args!["size" => size, "periods" => periods]);
        }
        self.f.say("missed-by", &args!["size" => size])
    }

    /// "3 weeks".
    pub(super) fn periods(&self, count: u32) -> String {
        self.f.periods(&self.period.grain, count)
    }

    pub(super) fn change(&self, row: &Row, comparison: &Comparison) -> Change {
        let basis = self.basis(comparison);
        let withheld = |why: String| Change {
            phrase: String::new(),
            short: String::new(),
            tone: "quiet",
            was: String::new(),
            basis: basis.clone(),
            own_basis: String::new(),
            withheld: why,
        };
        match (comparison.value, comparison.change) {
            _ if comparison.withheld.is_some() => {
                withheld(comparison.withheld.as_deref().map_or_else(String::new, |why| self.f.term(why)))
            }
            _ if row.value.is_none() => withheld(self.f.term("no figure to compare")),
            _ if is_small_ratio(row) => withheld(self.f.term("too few to compare")),
            (Some(value), Some(difference)) => Change {
                phrase: self.phrase(row, comparison, difference, true),
                short: self.phrase(row, comparison, difference, false),
                tone: direction_tone(row.better, difference),
                was: self.f.beside(row.unit, value, row.value),
                ..withheld(String::new())
            },
            _ => withheld(self.f.term("insufficient history")),
        }
    }

    fn phrase(&self, row: &Row, comparison: &Comparison, difference: Decimal, is_long: bool) -> String {
        if difference.is_zero() {
            return self.f.word("unchanged");
        }
        let arrow = if difference.is_sign_positive() { '▲' } else { '▼' };
        let size = match comparison.relative {
            Some(relative) if !is_long && has_relative(row) => self.f.relative(relative),
            _ => self.size(row, comparison, difference),
        };
        let id = match direction_tone(row.better, difference) {
            "good" => "change-better",
            "bad" => "change-worse",
            _ => "change",
        };
        self.f.say(id, &args!["arrow" => arrow.to_string(), "size" => size])
    }

    /// "11.0 pp", or relative and absolute: "1.2 % (+€4,851)".
    pub(super) fn size(&self, row: &Row, comparison: &Comparison, difference: Decimal) -> String {
        let absolute = self.f.difference(row.unit, difference, row.value);
        match comparison.relative.filter(|_| has_relative(row)) {
            Some(relative) => {
                let sign = if difference.is_sign_positive() { '+' } else { '−' };
                let absolute = format!("{sign}{absolute}");
                self.f.say("size-both", &args!["relative" => self.f.relative(relative), "absolute" => absolute])
            }
            None => absolute,
        }
    }

    /// What a comparison is made with: "W45 (2–8 Nov 2026, 7 of 7 days)", the shift said for weeks a year ago.
    pub(super) fn basis(&self, comparison: &Comparison) -> String {
        let (Some(id), Some(first), Some(last)) = (&comparison.period, comparison.first_day, comparison.last_day)
        else {
            return String::new();
        };
        let length = (last - first).get_days() + 1;
        if id.contains('/') {
            return self.f.say("basis-window", &args!["days" => self.f.range(first, last), "count" => length]);
        }
        let is_week = self.period.grain == "week";
        let mut parts = Vec::new();
        if is_week {
            parts.push(self.f.range(first, last));
        }
        let shift = (self.period.first_day - first).get_days();
        if is_week && shift > 7 {
            parts.push(self.f.say("basis-shift", &args!["days" => shift]));
        }
        if let Some(days) = comparison.days {
            parts.push(self.f.say("basis-days", &args!["known" => days, "count" => length]));
        }
        let name = self.f.period_name(id);
        if parts.is_empty() {
            return name;
        }
        self.f.say("period-with-days", &args!["name" => name, "days" => parts.join(", ")])
    }

    fn range(&self, row: &Row) -> String {
        if is_small_ratio(row) {
            return String::new();
        }
        let mut known: Vec<Decimal> = row.history.iter().filter_map(|p| p.value).collect();
        known.sort_unstable();
        let (Some(low), Some(high), true) = (known.first(), known.last(), known.len() > 1) else {
            return String::new();
        };
        let periods = self.periods(u32::try_from(row.history.len()).unwrap_or(u32::MAX));
        let (low, high) = (self.f.beside(row.unit, *low, Some(*high)), self.f.beside(row.unit, *high, Some(*low)));
        if low == high {
            return self.f.say("range-always", &args!["periods" => periods, "value" => low]);
        }
        self.f.say("range-between", &args!["periods" => periods, "low" => low, "high" => high])
    }

    fn segment(&self, row: &Row, segment: &SegmentFigure) -> SegmentView {
        let show = |v: Option<Decimal>| v.map_or_else(|| self.f.not_available(), |v| self.f.value(row.unit, v));
        SegmentView {
            group: self.f.term(&segment.name),
            name: self.f.segment_value(&segment.name, &segment.value_name),
            value: show(segment.value),
            previous: show(segment.previous),
            n: self.f.count(segment.n),
        }
    }

    fn history(&self, row: &Row) -> Vec<HistoryView> {
        let show = |v: Option<Decimal>| v.map_or_else(|| self.f.not_available(), |v| self.f.value(row.unit, v));
        let points = row.history.iter().enumerate();
        points
            .map(|(i, p)| HistoryView {
                period: self.f.period_name(&p.period),
                value: show(p.value),
                year_ago: show(row.history_year_ago.get(i).and_then(|p| p.value)),
            })
            .collect()
    }
}

/// A ratio of a handful: its percentages would only be noise.
pub(super) fn is_small_ratio(row: &Row) -> bool {
    row.is_small && row.unit == Unit::Percent
}

/// A percentage of a percentage, or of a score, says nothing; nor does one of what can be below zero, such as a net change.
fn has_relative(row: &Row) -> bool {
    let figures = row.history.iter().chain(&row.history_year_ago).filter_map(|p| p.value).chain(row.value);
    !matches!(row.unit, Unit::Percent | Unit::Number) && !figures.into_iter().any(|v| v < Decimal::ZERO)
}

fn direction_tone(better: Better, difference: Decimal) -> &'static str {
    match better {
        _ if difference.is_zero() => "quiet",
        Better::Neutral => "quiet",
        Better::Higher if difference.is_sign_positive() => "good",
        Better::Lower if difference.is_sign_negative() => "good",
        Better::Higher | Better::Lower => "bad",
    }
}

/// The id of a status' word.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::TargetMet => "status-met",
        Status::TargetMissed => "status-missed",
        Status::NoTarget => "status-no-target",
        Status::TooFew => "status-too-few",
        Status::Unknown => "status-no-figure",
    }
}

fn tone(status: Status) -> &'static str {
    match status {
        Status::TargetMet => "good",
        Status::TargetMissed => "bad",
        Status::NoTarget | Status::TooFew | Status::Unknown => "quiet",
    }
}
