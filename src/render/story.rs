//! The sentences of a review: verdict, subject, preheader and exceptions. Every adjective here follows a stated rule.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::Chart;
use super::format::Format;
use super::judged;
use super::pictures::Pictured;
use super::row::{RowView, RowWriter, is_small_ratio};
use super::text::{clean, shorten, slug};
use super::voice::{self, OwnerView};
use super::words::args;
use crate::review::model::{Better, Comparison, Exception, Review, Row, Rule, Status, Unit};

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
    pub chart: Option<Chart>,
    /// Why there is no chart; empty where there is one.
    pub no_chart: String,
    /// What its owner says of it, or that they said nothing; empty where nobody was asked.
    pub owner: Vec<OwnerView>,
    /// Content-ID of the picture in the mail; empty without one.
    pub cid: String,
    pub alt: String,
    /// What the events marked on its chart are, for mail and text; not again where the one before has the same.
    pub events: String,
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

    fn f(&self) -> &'a Format {
        self.writer.f
    }

    /// Targets judged, missed, and set.
    fn targets(&self) -> (usize, usize, usize) {
        let count = |is: fn(&Row) -> bool| self.rows().filter(|row| is(row)).count();
        let missed = count(|r| r.status == Status::TargetMissed);
        (missed + count(|r| r.status == Status::TargetMet), missed, count(|r| r.target.is_some()))
    }

    /// The first exception that is news. An improvement is news in the period it first shows in; from then on it waits for its
    /// owner to accept it, and is told where exceptions are told.
    fn news(&self) -> Option<&'a Exception> {
        let is_old_improvement = |e: &Exception| e.rule == Rule::Signal && e.is_better == Some(true) && e.periods > 1;
        self.review.exceptions.iter().find(|e| !is_old_improvement(e))
    }

    /// All six targets met, or how many missed and which.
    pub(super) fn verdict(&self) -> String {
        let f = self.f();
        let (judged, missed, set) = self.targets();
        if self.rows().all(|r| r.value.is_none()) {
            return f.word("verdict-no-figures");
        }
        let top = self.news().and_then(|e| self.headline(e));
        let mut sentences = Vec::new();
        if set == 0 {
            sentences.push(f.word("verdict-no-targets"));
        } else if judged > 0 && missed == 0 && judged < set {
            let args = args!["met" => judged, "count" => set, "rest" => set - judged];
            sentences.push(f.say("verdict-met-some", &args));
        } else if judged > 0 && missed == 0 {
            sentences.push(f.say("verdict-met", &args!["count" => judged]));
        } else if judged > 0 {
            sentences.push(f.say("verdict-missed", &args!["missed" => missed, "judged" => judged]));
        }
        let leading = top.or_else(|| self.leading_figure().filter(|_| set == 0));
        let is_guardrail = self.news().is_some_and(|e| e.rule == Rule::GuardrailMissed);
        let id = if is_guardrail { "verdict-guardrail" } else { "sentence" };
        sentences.extend(leading.map(|text| f.say(id, &args!["text" => text])));
        if set > judged && (judged == 0 || missed > 0) {
            sentences.push(f.say("verdict-not-judged", &args!["count" => set - judged]));
        }
        sentences.join(" ")
    }

    /// "First-reply SLA 81 %, was 92 %": the first words a phone shows.
    fn subject_verdict(&self) -> String {
        let f = self.f();
        if let Some((exception, row)) = self.news().and_then(|e| self.shown(e).map(|r| (e, r))) {
            return self.subject_exception(exception, row);
        }
        let (judged, missed, set) = self.targets();
        if missed > 0 {
            f.say("subject-missed-some", &args!["missed" => missed, "judged" => judged])
        } else if judged > 0 && judged == set {
            f.say("subject-met", &args!["count" => judged])
        } else if judged > 0 {
            f.say("subject-met-some", &args!["met" => judged, "count" => set, "rest" => set - judged])
        } else {
            self.leading_figure().unwrap_or_else(|| f.word("subject-no-figures"))
        }
    }

    fn subject_exception(&self, exception: &Exception, row: &Row) -> String {
        let f = self.f();
        let title = shorten(&self.writer.title(row), 60);
        let Some(value) = row.value.filter(|_| !row.is_small) else {
            return match self.writer.value(row) {
                Some(now) => f.say("subject-figure", &args!["title" => title, "now" => now]),
                None => f.say("subject-missed", &args!["title" => title]),
            };
        };
        let target = row.target.as_ref().map(|t| t.value);
        let apart: Vec<_> = target.into_iter().chain(row.previous.value).collect();
        let now = f.short(row.unit, value, &apart);
        if let Some(text) = exception.signal.as_ref().filter(|_| exception.rule == Rule::Signal).and_then(|signal| {
            judged::subject(&self.writer, row, signal, args!["title" => title.as_str(), "now" => now.as_str()])
        }) {
            return text;
        }
        let before = row.previous.value.filter(|_| row.previous.withheld.is_none());
        match (exception.rule, before, &row.target) {
            (Rule::Signal, None, _) => f.say("subject-unusual", &args!["title" => title, "now" => now]),
            // what is missed still is told by its target, even if it was worse before
            (Rule::TargetMissed | Rule::GuardrailMissed, Some(before), Some(_)) if has_improved(row, before, value) => {
                let target = f.plain(row.unit, row.target.as_ref().map_or(value, |t| t.value));
                f.say("subject-target", &args!["title" => title, "now" => now, "target" => target])
            }
            (_, Some(before), _) if before != value => {
                let before = f.short(row.unit, before, &[value]);
                f.say("subject-was", &args!["title" => title, "now" => now, "before" => before])
            }
            (_, _, Some(t)) => {
                let target = f.plain(row.unit, t.value);
                f.say("subject-target", &args!["title" => title, "now" => now, "target" => target])
            }
            _ => f.say("subject-figure", &args!["title" => title, "now" => now]),
        }
    }

    /// At most 200 characters, the verdict first.
    pub(super) fn subject(&self) -> String {
        let p = &self.review.period;
        let id = if self.review.provisional.is_empty() { "subject" } else { "subject-provisional" };
        let period = self.f().period_short(&p.id, p.first_day, p.last_day);
        let title = shorten(&clean(&self.review.head.title), 50);
        let verdict = shorten(&self.subject_verdict(), 110);
        self.f().say(id, &args!["verdict" => verdict, "title" => title, "period" => period])
    }

    /// What comes second: how many more exceptions, or the leading figure.
    pub(super) fn preheader(&self) -> String {
        let news = self.news().map(|e| &e.metric);
        let others = self.review.exceptions.iter().filter(|e| Some(&e.metric) != news);
        let next: Vec<String> = others.take(2).filter_map(|e| self.headline(e)).collect();
        if next.is_empty() {
            return self.verdict();
        }
        self.f().say("preheader-also", &args!["headlines" => next.join("; ")])
    }

    /// The first figure of the report with its change: "MRR €412,300, ▲ 1.2 %".
    fn leading_figure(&self) -> Option<String> {
        let row = self.rows().find(|r| r.value.is_some())?;
        let title = shorten(&self.writer.title(row), 60);
        let figure = self.f().say("subject-figure", &args!["title" => title, "now" => self.writer.value(row)?]);
        let change = self.writer.change(row, &row.previous).phrase;
        if change.is_empty() {
            return Some(figure);
        }
        Some(self.f().say("figure-changed", &args!["figure" => figure, "change" => change]))
    }

    /// The row charted where nothing is exceptional.
    pub(super) fn leading_row(&self) -> Option<&'a Row> {
        self.rows()
            .filter(|r| !is_small_ratio(r))
            .find(|r| r.value.is_some() && r.history.iter().filter(|p| p.value.is_some()).count() > 1)
    }

    fn headline(&self, exception: &'a Exception) -> Option<String> {
        let row = self.shown(exception)?;
        let mut args = args!["title" => self.writer.title(row), "value" => self.value_or(row, "no-figure")];
        let id = match (exception.rule, exception.is_better) {
            (Rule::Signal, Some(true)) => "headline-better",
            (Rule::Signal, Some(false)) => "headline-worse",
            (Rule::Signal, None) => "headline-unusual",
            (Rule::GuardrailConflict, _) => {
                let guard = exception.guardrail.as_ref().map(|g| self.writer.metric_title(&g.metric, &g.title));
                args.set("guardrail", guard.unwrap_or_default());
                "headline-conflict"
            }
            (Rule::TargetMissed | Rule::GuardrailMissed, _) => match &row.target {
                Some(target) => {
                    args.set("target", self.writer.target(row, target));
                    "headline-target"
                }
                None => "headline",
            },
        };
        Some(self.f().say(id, &args))
    }

    fn value_or(&self, row: &Row, otherwise: &str) -> String {
        self.writer.value(row).unwrap_or_else(|| self.f().word(otherwise))
    }

    /// An exception in full sentences, with its chart.
    pub(super) fn exception(&self, index: usize, exception: &'a Exception) -> Option<ExceptionView> {
        let row = self.shown(exception)?;
        let Pictured { chart, alt, missing } = self.picture(exception, row);
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
            owner: voice::of_exception(self.review, exception, self.writer.f),
            cid: chart
                .as_ref()
                .map(|_| format!("exception-{}-{}@bizreview", index + 1, slug(&row.metric)))
                .unwrap_or_default(),
            events: chart.as_ref().map(|c| c.events().to_owned()).unwrap_or_default(),
            chart,
            no_chart: missing,
            alt,
        })
    }

    fn what(&self, exception: &Exception, row: &Row) -> String {
        let f = self.f();
        let mut sentences = vec![self.told(row)];
        if let (Rule::GuardrailMissed, Some(guarded)) = (exception.rule, self.row(&exception.metric))
            && guarded.metric != row.metric
        {
            let target = guarded.target.as_ref().map(|t| self.writer.target(guarded, t)).unwrap_or_default();
            let value = self.writer.value(guarded).unwrap_or_default();
            sentences.push(f.say(
                "told-guardrail-of",
                &args!["title" => self.writer.title(guarded), "value" => value, "target" => target],
            ));
        }
        if let Some(signal) = &exception.signal {
            sentences.push(judged::signal(&self.writer, row, signal));
            // an improvement is proposed, never taken silently
            if exception.is_better == Some(true) && signal.periods >= 8 {
                sentences.push(f.word("told-new-level"));
            }
        }
        if !matches!(exception.rule, Rule::Signal | Rule::GuardrailConflict) {
            sentences.extend(self.run(exception, row));
        }
        sentences.retain(|sentence| !sentence.is_empty());
        sentences.join(" ")
    }

    /// "First-reply SLA was 81.0 % (34 of 42) in W46 (9–15 Nov 2026), 9.0 pp below the target."
    fn told(&self, row: &Row) -> String {
        let f = self.f();
        let p = &self.review.period;
        let mut value = self.value_or(row, "without-figure");
        match (row.unit, row.numerator, row.denominator) {
            // of money, or of cases: other parts (the milliseconds of an uptime) say nothing to a reader
            (Unit::Percent, Some(part), Some(whole))
                if !row.is_small && (row.is_money || row.n.map(Decimal::from) == Some(whole)) =>
            {
                value = f.say(
                    "value-counted",
                    &args!["value" => value, "counted" => f.counted((part, whole), row.is_money, None)],
                );
            }
            (Unit::BusinessDuration, ..) => value = f.say("value-business-hours", &args!["value" => value]),
            _ => {}
        }
        let period = f.period_label(&p.id, p.first_day, p.last_day);
        let mut args = args!["title" => self.writer.title(row), "value" => value, "period" => period];
        let variance = row.target.as_ref().and_then(|t| t.variance).filter(|v| !v.is_zero() && !row.is_small);
        let Some(variance) = variance else { return f.say("told", &args) };
        args.set("size", f.difference(row.unit, variance, row.value));
        f.say(if variance.is_sign_positive() { "told-above-target" } else { "told-below-target" }, &args)
    }

    /// Both comparisons with their bases, or why they are withheld.
    fn against(&self, row: &Row) -> String {
        let f = self.f();
        let grain = self.writer.grain();
        let tell = |comparison: &Comparison, with: &str| {
            let change = self.writer.change(row, comparison);
            let Some(difference) = comparison.change.filter(|_| change.withheld.is_empty()) else {
                return f.say("compared-none", &args!["with" => with, "grain" => grain, "why" => change.withheld]);
            };
            let mut args = args!["was" => change.was, "basis" => change.basis];
            if difference.is_zero() {
                return f.say("compared-unchanged", &args);
            }
            args.set("size", self.writer.size(row, comparison, difference));
            f.say(if difference.is_sign_positive() { "compared-up" } else { "compared-down" }, &args)
        };
        format!("{} {}", tell(&row.previous, "previous"), tell(&row.year_ago, "year"))
    }

    fn run(&self, exception: &Exception, row: &Row) -> Option<String> {
        let f = self.f();
        let grain = self.writer.grain();
        match exception.periods {
            1 if row.previous.value.is_some() && row.previous.withheld.is_none() => {
                Some(f.say("run-met-before", &args!["grain" => grain]))
            }
            0 | 1 => None,
            n => {
                let start = row.history.iter().find(|p| p.period == exception.since).map(|p| p.first_day);
                let name = f.period_name(&exception.since);
                let since = match (start, exception.since.split_once("-W")) {
                    (Some(day), _) if grain == "week" => {
                        f.say("period-from", &args!["name" => name, "day" => f.day(day)])
                    }
                    (None, Some((year, _))) => f.say("period-with-year", &args!["name" => name, "year" => year]),
                    _ => name,
                };
                Some(f.say("run-missed", &args!["periods" => self.writer.periods(n), "since" => since]))
            }
        }
    }

    fn moved(&self, exception: &Exception, row: &Row) -> String {
        let guard = match exception.rule {
            Rule::GuardrailConflict => exception.guardrail.as_ref().map(|g| judged::conflict(&self.writer, g)),
            Rule::TargetMissed => self.guardrail_state(row),
            Rule::GuardrailMissed | Rule::Signal => None,
        };
        let split = judged::moved(&self.writer, row, exception).or_else(|| self.segment(exception, row));
        let parts: Vec<String> = split.into_iter().chain(guard).collect();
        parts.join(" ")
    }

    /// Why MRR was lost, and which customers carry most of the figure.
    fn behind(&self, exception: &Exception, row: &Row) -> String {
        let guard = exception.guardrail.as_ref().filter(|g| g.metric == row.metric);
        let mut churn = self.review.sections.iter().filter(|s| s.dimension == "churn").flat_map(|s| &s.rows);
        let is_churn = guard.is_some_and(|g| g.dimension == "churn") || churn.any(|r| r.metric == row.metric);
        let reasons = judged::factors(self.writer.f, &self.review.factors, row.is_money).filter(|_| is_churn);
        let accounts = judged::accounts(self.writer.f, &exception.accounts);
        reasons.into_iter().chain(accounts).collect::<Vec<_>>().join(" ")
    }

    fn segment(&self, exception: &Exception, row: &Row) -> Option<String> {
        let segment = exception.segment.as_ref()?;
        let f = self.f();
        let now = segment.value.map(|v| f.beside(row.unit, v, segment.previous))?;
        let name = judged::segment(f, &segment.name, &segment.value_name);
        let mut args = args!["segment" => name, "now" => now, "n" => f.count(segment.n)];
        let Some(before) = segment.previous else { return Some(f.say("moved-segment", &args)) };
        args.set("before", f.beside(row.unit, before, segment.value));
        Some(f.say("moved-segment-was", &args))
    }

    fn guardrail_state(&self, row: &Row) -> Option<String> {
        let guard = self.guardrail(row)?;
        let id = match guard.status {
            Status::TargetMet => "guardrail-met",
            Status::TargetMissed => "guardrail-missed",
            Status::NoTarget | Status::TooFew | Status::Unknown => "guardrail-is",
        };
        let value = self.value_or(guard, "no-figure");
        let mut args = args!["title" => self.writer.title(guard), "value" => value];
        let before = guard.previous.value.filter(|_| guard.previous.withheld.is_none() && !is_small_ratio(guard));
        match before {
            Some(before) if id == "guardrail-is" => {
                args.set("before", self.f().beside(guard.unit, before, guard.value));
                Some(self.f().say("guardrail-was", &args))
            }
            _ => Some(self.f().say(id, &args)),
        }
    }
}

fn has_improved(row: &Row, before: Decimal, now: Decimal) -> bool {
    match row.better {
        Better::Higher => now > before,
        Better::Lower => now < before,
        Better::Neutral => false,
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
