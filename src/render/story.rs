//! The sentences of a review: verdict, subject, preheader and exceptions. Every adjective here follows a stated rule.

use std::fmt::Write as _;

use serde::Serialize;

use super::chart::{self, Trend};
use super::dates;
use super::judged;
use super::row::{RowView, RowWriter, is_small_ratio};
use super::text::{clean, shorten, slug, title};
use super::voice::{self, OwnerView};
use crate::review::model::{Comparison, Exception, Review, Row, Rule, Status, Unit};

/// An exception told in sentences.
#[derive(Debug, Clone, Serialize)]
pub struct ExceptionView {
    pub in_mail: bool,
    pub anchor: String,
    /// "First-reply SLA: 81.0 %, target at least 90 %".
    pub headline: String,
    /// How far off, since when.
    pub what: String,
    /// Both comparisons with their bases.
    pub against: String,
    /// `bad`, `good` or `quiet`: the colour that goes with the words.
    pub tone: &'static str,
    /// The segment that moved it most and the guardrail; empty where neither is known.
    pub moved: String,
    /// Reasons of churn and the customers that carry most of it; empty where neither is known.
    pub behind: String,
    /// What its owner says of it, or that they said nothing; empty where nobody was asked.
    pub owner: Vec<OwnerView>,
    pub chart: Option<Trend>,
    /// Content-ID of the picture in the mail; empty without one.
    pub cid: String,
    pub alt: String,
}

/// Finds rows and writes about them.
pub(super) struct Story<'a> {
    pub(super) review: &'a Review,
    pub(super) writer: RowWriter<'a>,
}

impl<'a> Story<'a> {
    pub(super) fn row(&self, metric: &str) -> Option<&'a Row> {
        self.review.sections.iter().flat_map(|s| &s.rows).find(|r| r.metric == metric)
    }

    fn rows(&self) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.review.sections.iter().flat_map(|s| &s.rows)
    }

    /// The guardrail's row, where an exception is about it.
    fn guardrail(&self, row: &Row) -> Option<&'a Row> {
        row.target.as_ref().and_then(|t| t.guardrail.as_deref()).and_then(|g| self.row(g))
    }

    /// The row whose figures an exception shows: the guardrail when that was missed.
    fn shown(&self, exception: &'a Exception) -> Option<&'a Row> {
        let row = self.row(&exception.metric)?;
        match exception.rule {
            Rule::GuardrailMissed => {
                let own = exception.guardrail.as_ref().and_then(|g| g.row.as_deref());
                own.or_else(|| self.guardrail(row)).or(Some(row))
            }
            Rule::TargetMissed | Rule::GuardrailConflict | Rule::Signal => Some(row),
        }
    }

    /// All six targets met, or how many missed and which.
    pub(super) fn verdict(&self) -> String {
        let with_target = self.rows().filter(|r| r.target.is_some()).count();
        let judged = self.rows().filter(|r| matches!(r.status, Status::TargetMet | Status::TargetMissed)).count();
        let missed = self.rows().filter(|r| r.status == Status::TargetMissed).count();
        let top = self.review.exceptions.first().and_then(|e| self.headline(e));
        if self.rows().all(|r| r.value.is_none()) {
            return "No figures for this period.".to_owned();
        }
        if with_target == 0 {
            let figure = self.leading_figure().map(|f| format!(" {f}.")).unwrap_or_default();
            let figure = top.map_or(figure, |t| format!(" {t}."));
            return format!("No targets are set.{figure}");
        }
        let unjudged = match with_target - judged {
            0 => String::new(),
            1 => " 1 target could not be judged.".to_owned(),
            n => format!(" {n} targets could not be judged."),
        };
        let score = if judged == 0 {
            String::new()
        } else if missed == 0 {
            all_met(judged)
        } else {
            format!("{missed} of {judged} {} missed.", if judged == 1 { "target" } else { "targets" })
        };
        let lead = top.map(|t| format!(" {t}.")).unwrap_or_default();
        format!("{score}{lead}{unjudged}").trim().to_owned()
    }

    /// "First-reply SLA 81 %, was 92 %": the first words a phone shows.
    fn subject_verdict(&self) -> String {
        let f = self.writer.f;
        if let Some((exception, row)) = self.review.exceptions.first().and_then(|e| self.shown(e).map(|r| (e, r))) {
            let title = shorten(&clean(&row.title), 60);
            let Some(value) = row.value.filter(|_| !row.is_small) else {
                return format!("{title} {}", self.writer.value(row).unwrap_or_else(|| "missed".to_owned()));
            };
            let target = row.target.as_ref().map(|t| t.value);
            let apart: Vec<_> = target.into_iter().chain(row.previous.value).collect();
            let now = f.short(row.unit, value, &apart);
            let before = row.previous.value.filter(|_| row.previous.withheld.is_none());
            return match (exception.rule, before, &row.target) {
                (Rule::Signal, None, _) => format!("{title} {now}, out of its routine"),
                (_, Some(before), _) if before != value => {
                    format!("{title} {now}, was {}", f.short(row.unit, before, &[value]))
                }
                (_, _, Some(t)) => format!("{title} {now}, target {}", f.plain(row.unit, t.value)),
                _ => format!("{title} {now}"),
            };
        }
        let judged = self.rows().filter(|r| matches!(r.status, Status::TargetMet | Status::TargetMissed)).count();
        let with_target = self.rows().filter(|r| r.target.is_some()).count();
        if judged > 0 && judged == with_target {
            all_met(judged).trim_end_matches('.').to_owned()
        } else if judged > 0 {
            format!("{judged} of {with_target} targets judged, all met")
        } else {
            self.leading_figure().unwrap_or_else(|| "No figures".to_owned())
        }
    }

    /// At most 200 characters, the verdict first.
    pub(super) fn subject(&self) -> String {
        let p = &self.review.period;
        let provisional = if self.review.provisional.is_empty() { "" } else { " · provisional" };
        let period = dates::period_short(&p.id, p.first_day, p.last_day);
        let title = shorten(&clean(&self.review.head.title), 50);
        format!("{} · {title} {period}{provisional}", shorten(&self.subject_verdict(), 110))
    }

    /// What comes second: how many more exceptions, or the leading figure.
    pub(super) fn preheader(&self) -> String {
        let next: Vec<String> =
            self.review.exceptions.iter().skip(1).take(2).filter_map(|e| self.headline(e)).collect();
        if next.is_empty() { self.verdict() } else { format!("Also: {}.", next.join("; ")) }
    }

    /// The first figure of the report with its change: "MRR €412,300, ▲ 1.2 %".
    fn leading_figure(&self) -> Option<String> {
        let row = self.rows().find(|r| r.value.is_some())?;
        let change = self.writer.change(row, &row.previous);
        let title = shorten(&clean(&row.title), 60);
        let value = self.writer.value(row)?;
        let moved = if change.phrase.is_empty() { String::new() } else { format!(", {}", change.phrase) };
        Some(format!("{title} {value}{moved}"))
    }

    /// The row charted where nothing is exceptional.
    pub(super) fn leading_row(&self) -> Option<&'a Row> {
        self.rows()
            .filter(|r| !is_small_ratio(r))
            .find(|r| r.value.is_some() && r.history.iter().filter(|p| p.value.is_some()).count() > 1)
    }

    fn headline(&self, exception: &'a Exception) -> Option<String> {
        let row = self.shown(exception)?;
        let value = self.writer.value(row).unwrap_or_else(|| "no figure".to_owned());
        let mut text = format!("{}: {value}", title(&row.title));
        match exception.rule {
            Rule::Signal => text.push_str(match exception.is_better {
                Some(true) => ", better than its routine",
                Some(false) => ", worse than its routine",
                None => ", out of its routine",
            }),
            Rule::GuardrailConflict => {
                let guard = exception.guardrail.as_ref().map(|g| title(&g.title)).unwrap_or_default();
                let _ = write!(text, ", better, while {guard} got worse");
            }
            Rule::TargetMissed | Rule::GuardrailMissed => {
                if let Some(target) = &row.target {
                    let _ = write!(text, ", target {}", self.writer.target(row, target));
                }
            }
        }
        Some(text)
    }

    /// An exception in full sentences, with its chart.
    pub(super) fn exception(&self, index: usize, exception: &'a Exception) -> Option<ExceptionView> {
        let row = self.shown(exception)?;
        let (chart, alt) = self.chart(row);
        Some(ExceptionView {
            in_mail: index < 3,
            anchor: slug(&row.metric),
            headline: self.headline(exception)?,
            what: self.what(exception, row),
            against: self.against(row),
            tone: match (exception.rule, exception.is_better) {
                (Rule::Signal, Some(true)) => "good",
                (Rule::Signal, None) => "quiet",
                _ => "bad",
            },
            moved: self.moved(exception, row),
            behind: self.behind(exception, row),
            owner: voice::of_exception(self.review, exception),
            cid: chart
                .as_ref()
                .map(|_| format!("exception-{}-{}@bizreview", index + 1, slug(&row.metric)))
                .unwrap_or_default(),
            chart,
            alt,
        })
    }

    /// A row's trend and what it shows in words.
    pub(super) fn chart(&self, row: &Row) -> (Option<Trend>, String) {
        let f = self.writer.f;
        let p = &self.review.period;
        let series: Vec<String> =
            row.history.iter().map(|h| h.value.map_or_else(|| "n/a".to_owned(), |v| f.value(row.unit, v))).collect();
        let title = format!(
            "{}, {} to {}",
            title(&row.title),
            self.writer.periods(row.history.len() as u32),
            dates::period_label(&p.id, p.first_day, p.last_day)
        );
        let mut alt = format!("{title}: {}.", series.join(", "));
        if let Some(target) = &row.target {
            let _ = write!(alt, " Target {}.", self.writer.target(row, target));
        }
        if let Some(value) = row.year_ago.value.filter(|_| row.year_ago.withheld.is_none()) {
            let _ = write!(alt, " A year ago {}.", f.value(row.unit, value));
        }
        (chart::trend(row, f, &title, &alt), alt)
    }

    fn what(&self, exception: &Exception, row: &Row) -> String {
        let f = self.writer.f;
        let p = &self.review.period;
        let period = dates::period_label(&p.id, p.first_day, p.last_day);
        let mut value = self.writer.value(row).unwrap_or_else(|| "without a figure".to_owned());
        match (row.unit, row.numerator, row.denominator) {
            (Unit::Percent, Some(part), Some(whole)) if !row.is_small => {
                let _ = write!(value, " ({})", f.counted(part, whole, None));
            }
            (Unit::BusinessDuration, ..) => value.push_str(" in business hours"),
            _ => {}
        }
        let variance = row.target.as_ref().and_then(|t| t.variance).filter(|v| !v.is_zero() && !row.is_small);
        let off = variance.map_or_else(String::new, |v| {
            let side = if v.is_sign_positive() { "above" } else { "below" };
            format!(", {} {side} the target", f.difference(row.unit, v, row.value))
        });
        let mut text = format!("{} was {value} in {period}{off}.", title(&row.title));
        if let (Rule::GuardrailMissed, Some(guarded)) = (exception.rule, self.row(&exception.metric))
            && guarded.metric != row.metric
        {
            let value = self.writer.value(guarded).unwrap_or_default();
            let target = guarded.target.as_ref().map(|t| self.writer.target(guarded, t)).unwrap_or_default();
            let name = title(&guarded.title);
            let _ = write!(text, " It is the guardrail of {name}, which met its target: {value}, target {target}.");
        }
        if let Some(signal) = &exception.signal {
            let _ = write!(text, " {}", judged::signal(&self.writer, row, signal));
            // an improvement is proposed, never taken silently
            if exception.is_better == Some(true) && signal.periods >= 8 {
                text.push_str(" If that is its level from now on, its owner can accept it as the new baseline.");
            }
        }
        if let Some(run) = self
            .run(exception, row)
            .filter(|_| exception.rule != Rule::Signal && exception.rule != Rule::GuardrailConflict)
        {
            let _ = write!(text, " {run}");
        }
        text
    }

    /// Both comparisons with their bases, or why they are withheld.
    fn against(&self, row: &Row) -> String {
        let tell = |comparison: &Comparison, what: &str| {
            let change = self.writer.change(row, comparison);
            let Some(difference) = comparison.change.filter(|_| change.withheld.is_empty()) else {
                return format!("No comparison with {what}: {}.", change.withheld);
            };
            let from = format!("{} in {}", change.was, change.basis);
            if difference.is_zero() {
                return format!("Unchanged from {from}.");
            }
            let direction = if difference.is_sign_positive() { "Up" } else { "Down" };
            format!("{direction} {} from {from}.", self.writer.size(row, comparison, difference))
        };
        let grain = &self.review.period.grain;
        format!("{} {}", tell(&row.previous, &format!("the {grain} before")), tell(&row.year_ago, "a year ago"))
    }

    fn run(&self, exception: &Exception, row: &Row) -> Option<String> {
        let grain = &self.review.period.grain;
        match exception.periods {
            1 if row.previous.value.is_some() && row.previous.withheld.is_none() => {
                Some(format!("The {grain} before, the target was met."))
            }
            0 | 1 => None,
            n => {
                let start = row.history.iter().find(|p| p.period == exception.since).map(|p| p.first_day);
                let start = start.filter(|_| grain == "week");
                let on = start.map(|d| format!(" (from {})", dates::day(d))).unwrap_or_default();
                let mut since = dates::period_name(&exception.since);
                if let (None, "week", Some((year, _))) = (start, grain.as_str(), exception.since.split_once('-')) {
                    since += &format!(" of {year}");
                }
                Some(format!("Missed {} in a row, since {since}{on}.", self.writer.periods(n)))
            }
        }
    }

    fn moved(&self, exception: &Exception, row: &Row) -> String {
        let guard = match exception.rule {
            Rule::GuardrailConflict => exception.guardrail.as_ref().map(|g| judged::conflict(self.writer.f, g)),
            Rule::TargetMissed => self.guardrail_state(row),
            Rule::GuardrailMissed | Rule::Signal => None,
        };
        let split = judged::moved(&self.writer, row, exception).or_else(|| self.segment(exception, row));
        let parts: Vec<String> = split.into_iter().chain(guard).collect();
        parts.join(" ")
    }

    /// Why MRR was lost, and which customers carry most of the figure.
    fn behind(&self, exception: &Exception, row: &Row) -> String {
        let is_churn = self
            .review
            .sections
            .iter()
            .any(|s| s.dimension == "churn" && s.rows.iter().any(|r| r.metric == row.metric));
        let reasons = judged::factors(self.writer.f, &self.review.factors, row.is_money).filter(|_| is_churn);
        let accounts = judged::accounts(self.writer.f, &exception.accounts);
        reasons.into_iter().chain(accounts).collect::<Vec<_>>().join(" ")
    }

    fn segment(&self, exception: &Exception, row: &Row) -> Option<String> {
        let segment = exception.segment.as_ref()?;
        let f = self.writer.f;
        let now = segment.value.map(|v| f.beside(row.unit, v, segment.previous))?;
        let was =
            segment.previous.map(|v| format!(", was {}", f.beside(row.unit, v, segment.value))).unwrap_or_default();
        let name = format!("{} {}", clean(&segment.name), clean(&segment.value_name));
        Some(format!("Moved most by {name}: {now}{was} (n\u{a0}=\u{a0}{}).", f.count(segment.n)))
    }

    fn guardrail_state(&self, row: &Row) -> Option<String> {
        let guard = self.guardrail(row)?;
        let value = self.writer.value(guard).unwrap_or_else(|| "no figure".to_owned());
        let name = title(&guard.title);
        Some(match guard.status {
            Status::TargetMet => format!("Its guardrail, {name}, met its target: {value}."),
            Status::TargetMissed => format!("Its guardrail, {name}, missed its target too: {value}."),
            Status::NoTarget | Status::TooFew | Status::Unknown => format!("Its guardrail, {name}: {value}."),
        })
    }
}

fn all_met(count: usize) -> String {
    match count {
        1 => "The target was met.".to_owned(),
        2 => "Both targets met.".to_owned(),
        n => format!("All {n} targets met."),
    }
}

/// Keeps at most `room` rows for the mail: missed ones first, then in the report's order.
pub(super) fn choose_for_mail(rows: &mut [&mut RowView], room: usize) {
    if rows.len() <= room {
        return;
    }
    let mut left = room;
    for wants_missed in [true, false] {
        for row in rows.iter_mut().filter(|r| (r.tone == "bad") == wants_missed) {
            row.in_mail = left > 0;
            left = left.saturating_sub(1);
        }
    }
}
