//! Judgements in words: signals, what moved a figure, promises by segment, restatements and windows.

use fluent_bundle::FluentArgs;
use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::trend::nearly_nothing;
use super::format::Format;
use super::row::RowWriter;
use super::text::{clean, title};
use super::words::args;
use crate::review::driver;
use crate::review::model::{
    AccountPart, Better, Comparison, Exception, Factor, GuardrailFigure, Judgement, Pattern, PromiseFigure,
    Restatement, Review, Row, SegmentPromise, Side, Signal, Unit, WindowFigure,
};

/// From this share on a customer is named.
const PARTICULAR: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

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
    pub state: String,
}

/// Published figures that are different today, in a sentence each.
pub(super) fn restatement(f: &Format, r: &Restatement, timezone: &str) -> String {
    let shown = |value: Option<Decimal>, other: Option<Decimal>| {
        value.map_or_else(|| f.word("no-figure"), |v| f.beside(r.unit, v, other))
    };
    f.say(
        "restated",
        &args![
            "title" => title(&f.metric_title(&r.metric, &r.title)),
            "period" => f.period_name(&r.period),
            "old" => shown(r.old, r.new),
            "new" => shown(r.new, r.old),
            "number" => r.edition.number,
            "edition" => f.period_name(&r.edition.period),
            "cause" => f.phrase(&r.cause, timezone),
        ],
    )
}

/// "plan Scale"
pub(super) fn segment(f: &Format, name: &str, value: &str) -> String {
    f.say("segment", &args!["name" => f.term(name), "value" => f.segment_value(name, value)])
}

/// "3 weeks in a row, since W44 2026".
pub(super) fn since(writer: &RowWriter<'_>, periods: u32, since: &str) -> String {
    writer.f.say("in-a-row-since", &args!["periods" => writer.periods(periods), "since" => named(writer, since)])
}

/// A period's name, with the year where a week is not of the reviewed one's.
pub(super) fn named(writer: &RowWriter<'_>, id: &str) -> String {
    let year = |id: &str| id.split_once("-W").map(|(year, _)| year.to_owned());
    let name = writer.f.period_name(id);
    match year(id) {
        Some(of) if year(&writer.period.id).as_ref() != Some(&of) => {
            writer.f.say("period-with-year", &args!["name" => name, "year" => of])
        }
        _ => name,
    }
}

/// What the process chart says: "above its upper limit of 110 (routine is 60 to 110, W12–W31)".
pub(super) fn signal(writer: &RowWriter<'_>, row: &Row, signal: &Signal) -> String {
    let Some(process) = &row.judgement.process else { return String::new() };
    let f = writer.f;
    let of = |value: Decimal| limit(f, row, value);
    let edge = if signal.side == Side::Above { process.upper } else { process.lower };
    let id = match (row.judgement.is_of_changes, signal.patterns.first()) {
        (false, Some(Pattern::Outside)) => "signal-outside",
        (false, Some(Pattern::Run)) => "signal-run",
        (false, _) => "signal-near",
        (true, Some(Pattern::Outside)) => "signal-change-outside",
        (true, Some(Pattern::Run)) => "signal-change-run",
        (true, _) => "signal-change-near",
    };
    let text = f.say(
        id,
        &args![
            "side" => side(signal),
            "edge" => of(edge),
            "mean" => of(process.mean),
            "periods" => writer.periods(signal.periods),
            "grain" => writer.grain(),
            "low" => of(bounded(row, process.lower)),
            "high" => of(bounded(row, process.upper)),
            "from" => named(writer, &process.from),
            "to" => named(writer, &process.to),
        ],
    );
    if signal.periods > 1 && signal.patterns.first() != Some(&Pattern::Run) {
        let since = since(writer, signal.periods, &signal.since);
        return format!("{text} {}", f.say("signal-since", &args!["since" => since]));
    }
    text
}

/// A signal in the few words of a subject: "…, routine up to 8.02 %"; `None` where it is one of changes, or of several points.
pub(super) fn subject(writer: &RowWriter<'_>, row: &Row, signal: &Signal, mut args: FluentArgs<'_>) -> Option<String> {
    let process = row.judgement.process.as_ref().filter(|_| !row.judgement.is_of_changes)?;
    let (id, line) = match (signal.patterns.first()?, signal.side) {
        (Pattern::Outside, Side::Above) => ("subject-above", process.upper),
        (Pattern::Outside, Side::Below) => ("subject-below", process.lower),
        (Pattern::Run, _) => ("subject-run", process.mean),
        (Pattern::NearLimit, _) => return None,
    };
    args.set("line", limit(writer.f, row, line));
    args.set("side", side(signal));
    Some(writer.f.say(id, &args))
}

fn side(signal: &Signal) -> &'static str {
    match signal.side {
        Side::Above => "above",
        Side::Below => "below",
    }
}

/// A limit in the figure's unit; changes of percentages are percentage points.
pub(super) fn limit(f: &Format, row: &Row, value: Decimal) -> String {
    if row.judgement.is_of_changes {
        let sign = if value.is_sign_negative() { "−" } else { "+" };
        return format!("{sign}{}", f.difference(row.unit, value.abs(), row.value));
    }
    f.beside(row.unit, value.round_dp(6), row.value)
}

/// A judged figure: as the scorecard prints it, or a change with its sign.
pub(super) fn point(f: &Format, row: &Row, value: Decimal) -> String {
    if row.judgement.is_of_changes {
        limit(f, row, value)
    } else {
        f.beside(row.unit, value, Some(nearly_nothing(value)))
    }
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
    let id = match (judgement.is_of_changes, signal.patterns.first()) {
        (false, Some(Pattern::Outside)) => "signal-short",
        (false, Some(Pattern::Run)) => "signal-short-run",
        (false, _) => "signal-short-near",
        (true, Some(Pattern::Outside)) => "signal-short-change",
        (true, Some(Pattern::Run)) => "signal-short-change-run",
        (true, _) => "signal-short-change-near",
    };
    writer.f.say(id, &args!["side" => side(signal), "periods" => writer.periods(signal.periods)])
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
        |value: Option<Decimal>, other| value.map_or_else(|| f.word("nothing"), |v| f.beside(row.unit, v, other));
    let text = f.say(
        "moved-part",
        &args![
            "against" => if exception.signal.is_some() { "baseline" } else { "previous" },
            "segment" => segment(f, &split.segment_name, &largest.segment),
            "part" => part(largest.total()),
            "change" => part(split.change),
            "now" => shown(largest.now, largest.before),
            "before" => shown(largest.before, largest.now),
        ],
    );
    if !split.mix.is_zero() && split.mix.abs() * Decimal::TWO > split.change.abs() {
        return Some(format!("{text} {}", f.say("moved-mix", &args!["mix" => part(split.mix)])));
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
        _ => f.counted((part, all), false, None),
    };
    let mut known: Vec<&Factor> = factors.iter().filter(|x| x.function != "unattributed").collect();
    known.sort_by_key(|x| std::cmp::Reverse(size(x)));
    let named: Vec<String> = known
        .iter()
        .take(3)
        .map(|x| {
            let reason = match &x.reason {
                Some(reason) => f.term(&reason.replace('_', " ")),
                None => f.word("reason-not-recorded"),
            };
            let function = f.term(&x.function);
            f.say("reason-share", &args!["reason" => reason, "function" => function, "share" => share(size(x))])
        })
        .collect();
    let attributed = share(known.iter().map(|x| size(x)).sum());
    let args = args!["reasons" => named.join(", "), "share" => attributed];
    Some(match (named.is_empty(), by_money) {
        (true, true) => f.word("reasons-none-money"),
        (true, false) => f.word("reasons-none"),
        (false, true) => f.say("reasons-money", &args),
        (false, false) => f.say("reasons", &args),
    })
}

/// "Most of it: Acme (€1,200, 41 %), Foo (€900, 31 %)", or "Largest parts" where those named carry half or less. Who carries
/// less than a twentieth is nobody in particular.
pub(super) fn accounts(f: &Format, parts: &[AccountPart]) -> Option<String> {
    let particular: Vec<_> =
        parts.iter().filter_map(|p| p.share.map(|s| (p, s))).filter(|(_, s)| *s >= PARTICULAR).collect();
    let carried: Decimal = particular.iter().map(|(_, share)| *share).sum();
    let named: Vec<String> = particular
        .iter()
        .map(|(p, share)| {
            let share = f.relative(*share);
            let part = if p.is_money { format!("{}, {share}", f.exact(p.part)) } else { share };
            f.say("account-part", &args!["account" => clean(&p.account), "part" => part])
        })
        .collect();
    let id = if carried > Decimal::new(5, 1) { "most-of-it" } else { "largest-parts" };
    (!named.is_empty()).then(|| f.say(id, &args!["accounts" => named.join(", ")]))
}

/// A guardrail that went the other way.
pub(super) fn conflict(writer: &RowWriter<'_>, guard: &GuardrailFigure) -> String {
    let f = writer.f;
    let better = match guard.better {
        Better::Higher => "higher",
        Better::Lower => "lower",
        Better::Neutral => "neutral",
    };
    let value = guard.value.map_or_else(|| f.word("no-figure"), |v| f.beside(guard.unit, v, guard.previous));
    let title = writer.metric_title(&guard.metric, &guard.title);
    let mut args = args!["title" => title, "better" => better, "value" => value];
    let Some(before) = guard.previous else { return f.say("guardrail-worse", &args) };
    args.set("before", f.beside(guard.unit, before, guard.value));
    f.say("guardrail-worse-was", &args)
}

/// Windows of a row.
pub(super) fn windows(writer: &RowWriter<'_>, row: &Row) -> Vec<WindowView> {
    row.windows.iter().map(|w| window(writer, row, w)).collect()
}

fn window(writer: &RowWriter<'_>, row: &Row, window: &WindowFigure) -> WindowView {
    let f = writer.f;
    let kind = window.window.as_str();
    let days = |first, last| {
        let count = jiff::civil::Date::until(first, last).map_or(0, |s| s.get_days()) + 1;
        f.say("window-days", &args!["days" => f.range(first, last), "count" => count])
    };
    let change =
        writer.change(row, &Comparison { relative: relative(row, &window.year_ago), ..window.year_ago.clone() });
    let year_ago = match (window.year_ago.first_day, window.year_ago.last_day) {
        _ if change.phrase.is_empty() => change.withheld,
        (Some(first), Some(last)) => f.say(
            "window-year-ago",
            &args!["change" => change.phrase, "was" => change.was, "days" => days(first, last)],
        ),
        _ => change.phrase,
    };
    WindowView {
        name: f.say("window-name", &args!["window" => kind, "grain" => writer.grain()]),
        days: days(window.first_day, window.last_day),
        value: window.value.map_or_else(|| f.not_available(), |v| f.value(row.unit, v)),
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
    let segment = segment(f, &promise.segment_name, &promise.segment_value);
    let headline = match &promise.text {
        Some(text) => f.say("promise-headline", &args!["segment" => segment, "text" => clean(text)]),
        None => segment,
    };
    PromiseView {
        headline: super::text::sentence_case(&headline),
        lines: promise.figures.iter().map(|figure| promise_line(figure, f)).collect(),
    }
}

fn promise_line(figure: &PromiseFigure, f: &Format) -> PromiseLine {
    let (state, tone) = match figure.is_kept {
        Some(true) => ("promise-kept", "good"),
        Some(false) => ("promise-broken", "bad"),
        None => ("promise-too-few", "quiet"),
    };
    let bound = if figure.better == Better::Lower { "promise-at-most" } else { "promise-at-least" };
    let value = figure.value.map_or_else(|| f.word("no-figure"), |v| f.beside(figure.unit, v, Some(figure.target)));
    let mut args = args![
        "title" => title(&f.metric_title(&figure.metric, &figure.title)),
        "value" => value,
        "target" => f.plain(figure.unit, figure.target),
    ];
    let text = match &figure.spread {
        None => f.say(bound, &args),
        Some(spread) => {
            args.set("kept", f.count(spread.kept));
            args.set("accounts", f.count(spread.accounts));
            args.set("p10", f.value(figure.unit, spread.p10));
            args.set("p90", f.value(figure.unit, spread.p90));
            f.say(&format!("{bound}-spread"), &args)
        }
    };
    PromiseLine { text, tone, state: f.word(state) }
}
