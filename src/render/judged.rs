//! Judgements in words: signals, what moved a figure, promises by segment, restatements and windows.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde::Serialize;

use super::dates;
use super::format::Format;
use super::row::RowWriter;
use super::text::{clean, title};
use crate::review::driver;
use crate::review::model::{
    AccountPart, Better, Comparison, Exception, Factor, GuardrailFigure, Judgement, Pattern, PromiseFigure,
    Restatement, Review, Row, SegmentPromise, Side, Signal, Unit, WindowFigure,
};

/// A window's figure beside the period's own.
#[derive(Debug, Clone, Serialize)]
pub struct WindowView {
    /// "Month to date".
    pub name: String,
    /// "1–15 Nov 2026, 15 days".
    pub days: String,
    pub value: String,
    /// "▲ 3.1 % against 1–15 Nov 2025, 15 days", or why there is none.
    pub year_ago: String,
}

/// What the customers of a segment were promised.
#[derive(Debug, Clone, Serialize)]
pub struct PromiseView {
    /// "Plan Scale: answered within the hour".
    pub headline: String,
    pub lines: Vec<PromiseLine>,
}

/// One figure of a promise.
#[derive(Debug, Clone, Serialize)]
pub struct PromiseLine {
    pub text: String,
    /// `good`, `bad` or `quiet`.
    pub tone: &'static str,
    pub state: &'static str,
}

/// Published figures that are different today, in a sentence each.
pub(super) fn restatement(f: &Format, r: &Restatement) -> String {
    let shown = |value: Option<Decimal>, other: Option<Decimal>| {
        value.map_or_else(|| "no figure".to_owned(), |v| f.beside(r.unit, v, other))
    };
    let period = dates::period_name(&r.period);
    format!(
        "{}, {period}: {} → {}. Published in edition {} of {}; {}.",
        title(&r.title),
        shown(r.old, r.new),
        shown(r.new, r.old),
        r.edition.number,
        dates::period_name(&r.edition.period),
        clean(&r.cause)
    )
}

/// "3 weeks in a row, since W44 2026".
pub(super) fn since(writer: &RowWriter<'_>, periods: u32, since: &str) -> String {
    format!("{} in a row, since {}", writer.periods(periods), named(writer, since))
}

/// A period's name, with the year where a week is not of the reviewed one's.
fn named(writer: &RowWriter<'_>, id: &str) -> String {
    let year = |id: &str| id.split_once("-W").map(|(year, _)| year.to_owned());
    let name = dates::period_name(id);
    match year(id) {
        Some(of) if year(&writer.period.id).as_ref() != Some(&of) => format!("{name} of {of}"),
        _ => name,
    }
}

/// What the process chart says: "above its upper limit of 110 (routine is 60 to 110, W12–W31)".
pub(super) fn signal(writer: &RowWriter<'_>, row: &Row, signal: &Signal) -> String {
    let Some(process) = &row.judgement.process else { return String::new() };
    let f = writer.f;
    let of = |value: Decimal| limit(f, row, value);
    let what = if row.judgement.is_of_changes { "Its change from period to period is" } else { "It is" };
    let side = if signal.side == Side::Above { "above" } else { "below" };
    let edge = if signal.side == Side::Above { process.upper } else { process.lower };
    let reason = match signal.patterns.first() {
        Some(Pattern::Outside) => format!("{side} its limit of {}", of(edge)),
        Some(Pattern::Run) => format!("{side} its mean of {} for {}", of(process.mean), writer.periods(signal.periods)),
        _ => format!("near its limit of {} in three of four {}s", of(edge), writer.period.grain),
    };
    let base = format!("{} to {}", named(writer, &process.from), named(writer, &process.to));
    let mut text = format!(
        "{what} {reason}; routine is {} to {} (judged by {base}).",
        of(bounded(row, process.lower)),
        of(bounded(row, process.upper))
    );
    if signal.periods > 1 && signal.patterns.first() != Some(&Pattern::Run) {
        let _ = write!(text, " A signal {}.", since(writer, signal.periods, &signal.since));
    }
    text
}

/// A limit in the figure's unit; changes of percentages are percentage points.
pub(super) fn limit(f: &Format, row: &Row, value: Decimal) -> String {
    if row.judgement.is_of_changes {
        let sign = if value.is_sign_negative() { "−" } else { "+" };
        return format!("{sign}{}", f.difference(row.unit, value.abs(), row.value));
    }
    f.beside(row.unit, value.round_dp(6), row.value)
}

/// Limits are arithmetic; what cannot be is not printed.
pub(super) fn bounded(row: &Row, value: Decimal) -> Decimal {
    if row.judgement.is_of_changes {
        return value;
    }
    let low = matches!(row.unit, Unit::Percent | Unit::Count | Unit::Money | Unit::Duration | Unit::BusinessDuration)
        && row.judgement.points.iter().all(|p| p.value >= Decimal::ZERO);
    let high = row.unit == Unit::Percent && row.judgement.points.iter().all(|p| p.value <= Decimal::ONE);
    let value = if low { value.max(Decimal::ZERO) } else { value };
    if high { value.min(Decimal::ONE) } else { value }
}

/// One word for the scorecard: whether the process chart says something.
pub(super) fn verdict(writer: &RowWriter<'_>, judgement: &Judgement) -> String {
    let Some(signal) = &judgement.signal else { return String::new() };
    let side = if signal.side == Side::Above { "above" } else { "below" };
    let what = if judgement.is_of_changes { "change " } else { "" };
    match signal.patterns.first() {
        Some(Pattern::Outside) => format!("signal: {what}{side} its limits"),
        Some(Pattern::Run) => format!("signal: {what}{side} its mean for {}", writer.periods(signal.periods)),
        _ => format!("signal: {what}near its limit, {side} its mean"),
    }
}

/// What a change is made of: the largest segment with its part, and how much of it is mix.
pub(super) fn moved(writer: &RowWriter<'_>, row: &Row, exception: &Exception) -> Option<String> {
    let split = exception.driver.as_ref()?;
    let largest = driver::largest(split)?;
    let f = writer.f;
    let part = |value: Decimal| {
        let sign = if value.is_sign_negative() { "−" } else { "+" };
        format!("{sign}{}", f.difference(row.unit, value.abs(), row.value))
    };
    let shown =
        |value: Option<Decimal>, other| value.map_or_else(|| "nothing".to_owned(), |v| f.beside(row.unit, v, other));
    let against = if exception.signal.is_some() { "its baseline" } else { "the period before" };
    let name = format!("{} {}", clean(&split.segment_name), clean(&largest.segment));
    let mut text = format!(
        "Against {against}, {name} explains {} of {}: {}, was {}.",
        part(largest.total()),
        part(split.change),
        shown(largest.now, largest.before),
        shown(largest.before, largest.now)
    );
    if !split.mix.is_zero() && split.mix.abs() * Decimal::TWO > split.change.abs() {
        let _ =
            write!(text, " More than half of the change ({}) is a change of mix between segments.", part(split.mix));
    }
    Some(text)
}

/// "Reasons: too expensive (marketing & sales) 62 %, …. 78 % of the MRR lost has one."; customers are counted where the figure
/// counts customers: "22 of 28, …. 25 of 28 customers who left gave one."
pub(super) fn factors(f: &Format, factors: &[Factor], by_money: bool) -> Option<String> {
    let size = |x: &Factor| if by_money { x.churned } else { Decimal::from(x.accounts) };
    let all: Decimal = factors.iter().map(size).sum();
    if all.is_zero() {
        return None;
    }
    let share = |part: Decimal| match part.checked_div(all) {
        Some(share) if by_money => f.value(Unit::Percent, share),
        _ => f.counted(part, all, None),
    };
    let mut known: Vec<&Factor> = factors.iter().filter(|x| x.function != "unattributed").collect();
    known.sort_by_key(|x| std::cmp::Reverse(size(x)));
    let named: Vec<String> = known
        .iter()
        .take(3)
        .map(|x| {
            let reason = x.reason.as_deref().unwrap_or("not recorded").replace('_', " ");
            format!("{} ({}) {}", clean(&reason), clean(&x.function), share(size(x)))
        })
        .collect();
    let attributed = share(known.iter().map(|x| size(x)).sum());
    Some(match (named.is_empty(), by_money) {
        (true, true) => "None of the MRR lost has a recorded reason.".to_owned(),
        (true, false) => "Of none of the customers who left is a reason recorded.".to_owned(),
        (false, true) => format!("Reasons: {}. {attributed} of the MRR lost has one.", named.join(", ")),
        (false, false) => format!("Reasons: {}. Known for {attributed} customers who left.", named.join(", ")),
    })
}

/// "Most of it: Acme (€1,200), Foo (€900)." One case each is nobody in particular.
pub(super) fn accounts(f: &Format, parts: &[AccountPart]) -> Option<String> {
    let named: Vec<String> = parts
        .iter()
        .filter(|p| p.is_money || p.part > Decimal::ONE)
        .map(|p| {
            let part = if p.is_money { f.exact(p.part) } else { f.plain(Unit::Number, p.part) };
            format!("{} ({part})", clean(&p.account))
        })
        .collect();
    (!named.is_empty()).then(|| format!("Most of it: {}.", named.join(", ")))
}

/// A guardrail that went the other way.
pub(super) fn conflict(f: &Format, guard: &GuardrailFigure) -> String {
    let value = guard.value.map_or_else(|| "no figure".to_owned(), |v| f.beside(guard.unit, v, guard.previous));
    let was = guard.previous.map(|v| format!(", was {}", f.beside(guard.unit, v, guard.value))).unwrap_or_default();
    let word = match guard.better {
        Better::Higher => "fell",
        Better::Lower => "rose",
        Better::Neutral => "moved",
    };
    format!("It improved while its guardrail, {}, {word} out of its routine: {value}{was}.", title(&guard.title))
}

/// Windows of a row.
pub(super) fn windows(writer: &RowWriter<'_>, row: &Row) -> Vec<WindowView> {
    row.windows.iter().map(|w| window(writer, row, w)).collect()
}

fn window(writer: &RowWriter<'_>, row: &Row, window: &WindowFigure) -> WindowView {
    let name = match window.window.as_str() {
        "mtd" => "Month to date".to_owned(),
        "qtd" => "Quarter to date".to_owned(),
        "ytd" => "Year to date".to_owned(),
        "t12m" => "Twelve months".to_owned(),
        _ => format!("The {} by itself", writer.period.grain),
    };
    let days = |first, last| {
        let count = jiff::civil::Date::until(first, last).map_or(0, |s| s.get_days()) + 1;
        format!("{}, {count} days", dates::range(first, last))
    };
    let change =
        writer.change(row, &Comparison { relative: relative(row, &window.year_ago), ..window.year_ago.clone() });
    let year_ago = match (window.year_ago.first_day, window.year_ago.last_day) {
        _ if change.phrase.is_empty() => change.withheld,
        (Some(first), Some(last)) => format!("{}, was {} in {}", change.phrase, change.was, days(first, last)),
        _ => change.phrase,
    };
    WindowView {
        name,
        days: days(window.first_day, window.last_day),
        value: window.value.map_or_else(|| "n/a".to_owned(), |v| writer.f.value(row.unit, v)),
        year_ago,
    }
}

fn relative(row: &Row, comparison: &Comparison) -> Option<Decimal> {
    comparison.relative.filter(|_| row.unit != Unit::Percent)
}

/// Promises of segments.
pub(super) fn promises(review: &Review, f: &Format) -> Vec<PromiseView> {
    review.segment_promises.iter().map(|p| promise(p, f)).collect()
}

fn promise(promise: &SegmentPromise, f: &Format) -> PromiseView {
    let name = format!("{} {}", clean(&promise.segment_name), clean(&promise.segment_value));
    let text = promise.text.as_ref().map(|t| format!(": {}", clean(t))).unwrap_or_default();
    PromiseView {
        headline: super::text::sentence_case(&format!("{name}{text}")),
        lines: promise.figures.iter().map(|figure| promise_line(figure, f)).collect(),
    }
}

fn promise_line(figure: &PromiseFigure, f: &Format) -> PromiseLine {
    let (state, tone) = match figure.is_kept {
        Some(true) => ("Kept", "good"),
        Some(false) => ("Broken", "bad"),
        None => ("Too few to judge", "quiet"),
    };
    let bound = if figure.better == Better::Lower { "at most" } else { "at least" };
    let value = figure.value.map_or_else(|| "no figure".to_owned(), |v| f.beside(figure.unit, v, Some(figure.target)));
    let mut text =
        format!("{} {value}, promised {bound} {}", title(&figure.title), f.plain(figure.unit, figure.target));
    if let Some(spread) = &figure.spread {
        let _ = write!(
            text,
            "; kept for {} of {} customers, from {} (10th percentile) to {} (90th)",
            f.count(spread.kept),
            f.count(spread.accounts),
            f.value(figure.unit, spread.p10),
            f.value(figure.unit, spread.p90)
        );
    }
    PromiseLine { text: text + ".", tone, state }
}
