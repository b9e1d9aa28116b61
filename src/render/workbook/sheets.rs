//! A review as tables, one per sheet, in the order of the page.

use rust_decimal::Decimal;

use super::table::{Table, Value};
use super::words;
use crate::render::{dates, text, view};
use crate::review::model::{
    Cell, Comparison, Exception, Factor, List, Review, Row, Section, SegmentFigure, SegmentPromise, Unit, Walk,
};

/// Every sheet of a review's workbook; what it has nothing of has no sheet.
pub(super) fn tables(review: &Review) -> Vec<Table> {
    let mut tables = vec![read_me(review), attention(review)];
    tables.extend(review.sections.iter().map(|s| section(review, s)));
    tables.extend([segments(review), periods(review), windows(review)]);
    tables.extend(review.lists.iter().map(list));
    tables.extend(review.walk.as_ref().map(walk));
    tables.extend([factors(&review.factors), promises(review), restatements(review), definitions(review)]);
    tables.retain(|table| !table.rows.is_empty() || review.lists.iter().any(|l| sheet_title(l) == table.name));
    tables
}

fn rows(review: &Review) -> impl Iterator<Item = &Row> {
    review.sections.iter().flat_map(|s| &s.rows)
}

fn unit(review: &Review, unit: Unit) -> Value {
    Value::text(&words::unit(unit, &review.head.currency))
}

fn read_me(review: &Review) -> Table {
    let head = &review.head;
    let mut table = Table::new(words::READ_ME, &words::READ_ME_COLUMNS);
    let mut say = |what: &str, value: Value| table.rows.push(vec![Value::text(what), value]);
    say(words::COMPANY, Value::text(&head.company));
    say(words::REPORT, Value::text(&head.title));
    say(words::FOR, Value::text(&head.team_name));
    say(words::PERIOD, Value::text(&review.period.id));
    say(words::FIRST_DAY, Value::Date(review.period.first_day));
    say(words::LAST_DAY, Value::Date(review.period.last_day));
    let computed = format!("{} ({})", dates::moment(&head.generated_at, &head.timezone), head.timezone);
    say(words::COMPUTED, Value::text(&computed));
    say(words::CURRENCY, Value::text(&head.currency));
    say(words::CUSTOMERS, Value::text(words::customers(head.customers)));
    for reason in &review.provisional {
        say(words::PROVISIONAL, Value::text(reason));
    }
    if let Some(forced) = &review.forced {
        say(words::FORCED, Value::text(&words::forced(&forced.by, &forced.reason, &forced.checks.join("; "))));
    }
    for (section, why) in review.sections.iter().filter_map(|s| Some((s, s.withheld.as_ref()?))) {
        say(words::WITHHELD, Value::text(&format!("{}: {why}", view::dimension(&section.dimension))));
    }
    for problem in &review.problems {
        say(words::PROBLEM, Value::text(&format!("{}: {}", problem.subject, problem.message)));
    }
    for missing in &review.not_measured {
        say(words::NOT_MEASURED, Value::text(&words::because(&missing.titles.join(", "), &missing.why, &missing.how)));
    }
    for (what, basis) in [
        (words::BASIS, view::most_frequent(rows(review).map(|r| basis(&r.previous)).filter(|b| !b.is_empty()))),
        (
            words::BASIS_YEAR_AGO,
            view::most_frequent(rows(review).map(|r| basis(&r.year_ago)).filter(|b| !b.is_empty())),
        ),
    ] {
        if !basis.is_empty() {
            say(what, Value::text(&basis));
        }
    }
    for source in &review.freshness {
        let state = source.pulled_at.as_ref().map_or_else(
            || words::NEVER_PULLED.to_owned(),
            |at| words::source(source.records, &dates::moment(at, &head.timezone), source.is_stale),
        );
        say(words::SOURCE, Value::text(&format!("{}: {state}", source.source)));
    }
    for coverage in &review.coverage {
        say(&format!("{}, {}", words::COVERAGE, coverage.system), Value::share(coverage.mrr_share));
    }
    for list in review.lists.iter().filter(|l| l.total_rows > l.rows.len() as u64) {
        say(words::LIST_CUT, Value::text(&words::cut(&list.title, list.rows.len(), list.total_rows)));
    }
    for note in words::NOTES {
        say(words::HOW, Value::text(note));
    }
    table
}

/// "2026-W45 (2–8 Nov 2026)".
fn basis(comparison: &Comparison) -> String {
    let Some(period) = comparison.period.as_ref().filter(|_| comparison.withheld.is_none()) else {
        return String::new();
    };
    match (comparison.first_day, comparison.last_day) {
        (Some(first), Some(last)) => format!("{period} ({})", text::plain_spaces(&dates::range(first, last))),
        _ => period.clone(),
    }
}

/// A percentage of few: its counts and their interval are what may be printed.
fn is_small_ratio(row: &Row) -> bool {
    row.is_small && row.unit == Unit::Percent && row.numerator.is_some() && row.denominator.is_some()
}

fn figure(row: &Row) -> Value {
    Value::of(row.unit, row.value.filter(|_| !is_small_ratio(row)))
}

fn reason(row: &Row) -> Value {
    if row.value.is_some() && is_small_ratio(row) {
        return Value::text(words::TOO_FEW);
    }
    row.withheld.as_deref().map_or(Value::Empty, Value::text)
}

fn section(review: &Review, section: &Section) -> Table {
    let mut table = Table::new(view::dimension(&section.dimension), &words::SECTION_COLUMNS);
    table.rows.extend(section.rows.iter().map(|row| metric(review, row)));
    table
}

fn metric(review: &Review, row: &Row) -> Vec<Value> {
    let (low, high) = row.interval.map_or((None, None), |(low, high)| (Some(low), Some(high)));
    let bound = |bound: Option<Decimal>| Value::of(row.unit, bound.filter(|_| row.is_small));
    let mut cells = vec![
        Value::text(&row.title),
        Value::text(&row.team),
        Value::text(words::kind(row.kind)),
        unit(review, row.unit),
        row.headline.as_deref().map_or(Value::Empty, |window| Value::text(words::window(window))),
        figure(row),
        reason(row),
        row.n.map_or(Value::Empty, Value::count),
        Value::number(row.numerator),
        Value::number(row.denominator),
        bound(low),
        bound(high),
    ];
    for comparison in [&row.previous, &row.year_ago] {
        cells.extend([
            Value::of(row.unit, comparison.value),
            Value::change(row.unit, comparison.change),
            Value::share(comparison.relative),
            Value::text(&basis(comparison)),
            comparison.withheld.as_deref().map_or(Value::Empty, Value::text),
        ]);
    }
    let target = row.target.as_ref();
    cells.extend([
        Value::of(row.unit, target.map(|t| t.value)),
        Value::change(row.unit, target.and_then(|t| t.variance).filter(|_| !row.is_small)),
        Value::text(words::status(row.status)),
    ]);
    cells
}

fn segments(review: &Review) -> Table {
    let mut table = Table::new(words::SEGMENTS, &words::SEGMENT_COLUMNS);
    for row in rows(review) {
        table.rows.extend(row.segments.iter().map(|s| {
            let why = if s.value.is_some() {
                Value::Empty
            } else {
                Value::text(words::status(crate::review::model::Status::Unknown))
            };
            vec![
                Value::text(&row.title),
                unit(review, row.unit),
                Value::text(&s.name),
                Value::text(&s.value_name),
                Value::of(row.unit, s.value),
                why,
                Value::of(row.unit, s.previous),
                Value::count(s.n),
                Value::number(s.numerator),
                Value::number(s.denominator),
            ]
        }));
    }
    table
}

fn periods(review: &Review) -> Table {
    let mut table = Table::new(words::PERIODS, &words::PERIOD_COLUMNS);
    for row in rows(review) {
        for (index, point) in row.history.iter().enumerate() {
            let is_hidden = is_small_ratio(row) && point.period == review.period.id;
            table.rows.push(vec![
                Value::text(&row.title),
                unit(review, row.unit),
                Value::text(&point.period),
                Value::Date(point.first_day),
                Value::of(row.unit, point.value.filter(|_| !is_hidden)),
                Value::of(row.unit, row.history_year_ago.get(index).and_then(|p| p.value)),
            ]);
        }
    }
    table
}

fn windows(review: &Review) -> Table {
    let mut table = Table::new(words::WINDOWS, &words::WINDOW_COLUMNS);
    for row in rows(review) {
        table.rows.extend(row.windows.iter().map(|w| {
            vec![
                Value::text(&row.title),
                unit(review, row.unit),
                Value::text(words::window(&w.window)),
                Value::Date(w.first_day),
                Value::Date(w.last_day),
                Value::of(row.unit, w.value),
                w.n.map_or(Value::Empty, Value::count),
                Value::of(row.unit, w.year_ago.value),
                w.year_ago.withheld.as_deref().map_or(Value::Empty, Value::text),
            ]
        }));
    }
    table
}

fn attention(review: &Review) -> Table {
    let mut table = Table::new(words::ATTENTION, &words::ATTENTION_COLUMNS);
    table.rows.extend(review.exceptions.iter().map(|exception| {
        let row = rows(review).find(|r| r.metric == exception.metric);
        vec![
            Value::text(row.map_or(&exception.metric, |r| &r.title)),
            Value::text(words::rule(exception.rule)),
            Value::text(&exception.since),
            Value::count(exception.periods),
            row.map_or(Value::Empty, figure),
            row.map_or(Value::Empty, |r| unit(review, r.unit)),
            exception.segment.as_ref().map_or(Value::Empty, named),
            Value::text(&behind(exception, &review.head.currency)),
        ]
    }));
    table
}

fn named(segment: &SegmentFigure) -> Value {
    Value::text(&format!("{} = {}", segment.name, segment.value_name))
}

fn behind(exception: &Exception, currency: &str) -> String {
    let parts = exception.accounts.iter().map(|a| match a.is_money {
        true => format!("{} ({} {currency})", a.account, a.part),
        false => format!("{} ({})", a.account, a.part),
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// The sheet of a list is called as the list is.
fn sheet_title(list: &List) -> String {
    text::clean(&list.title)
}

fn list(list: &List) -> Table {
    use crate::review::model::ColumnUnit as U;
    let heading = |c: &crate::review::model::Column| match c.unit {
        U::Duration => format!("{} (hours)", text::clean(&c.title)),
        U::BusinessDuration => format!("{} (business hours)", text::clean(&c.title)),
        _ => text::clean(&c.title),
    };
    let cell = |(column, cell): (&crate::review::model::Column, &Cell)| match cell {
        Cell::Empty => Value::Empty,
        Cell::Number(number) => Value::column(column.unit, *number),
        Cell::Date(day) => Value::Date(*day),
        Cell::Text(words) => Value::text(words),
    };
    let rows = list.rows.iter().map(|row| list.columns.iter().zip(row).map(cell).collect()).collect();
    Table { name: sheet_title(list), columns: list.columns.iter().map(heading).collect(), rows }
}

/// The lines of the walk as they add up, with the customers behind them.
fn walk(walk: &Walk) -> Table {
    let lines = [
        (walk.opening, Some(walk.accounts_opening)),
        (walk.new, Some(walk.accounts_new)),
        (walk.reactivation, None),
        (walk.expansion, None),
        (-walk.contraction, None),
        (-walk.churn, Some(walk.accounts_churned)),
        (walk.transfer, None),
        (walk.fx, None),
        (walk.closing, Some(walk.accounts_closing)),
    ];
    let mut table = Table::new(words::WALK, &words::WALK_COLUMNS);
    table.rows.extend(words::WALK_LINES.iter().zip(lines).map(|(label, (amount, customers))| {
        vec![Value::text(label), Value::Money(amount), customers.map_or(Value::Empty, Value::count)]
    }));
    table.rows.extend(
        walk.unvalued.iter().map(|(currency, amount)| {
            vec![Value::text(&words::unvalued(currency)), Value::Number(*amount), Value::Empty]
        }),
    );
    table
}

fn factors(factors: &[Factor]) -> Table {
    let mut table = Table::new(words::FACTORS, &words::FACTOR_COLUMNS);
    table.rows.extend(factors.iter().map(|factor| {
        vec![
            Value::text(factor.reason.as_deref().unwrap_or(words::NOT_RECORDED)),
            Value::text(&factor.function),
            Value::Money(factor.churned),
            Value::share(factor.share),
            Value::count(factor.accounts),
        ]
    }));
    table
}

fn promises(review: &Review) -> Table {
    let mut table = Table::new(words::PROMISES, &words::PROMISE_COLUMNS);
    let lines = |promise: &SegmentPromise| -> Vec<Vec<Value>> {
        let figures = promise.figures.iter().map(|figure| {
            let spread = figure.spread.as_ref();
            vec![
                Value::text(&promise.segment_name),
                Value::text(&promise.segment_value),
                promise.text.as_deref().map_or(Value::Empty, Value::text),
                Value::text(&figure.title),
                unit(review, figure.unit),
                Value::of(figure.unit, Some(figure.target)),
                Value::of(figure.unit, figure.value),
                Value::count(figure.n),
                Value::text(words::kept(figure.is_kept)),
                spread.map_or(Value::Empty, |s| Value::count(s.kept)),
                spread.map_or(Value::Empty, |s| Value::count(s.accounts)),
            ]
        });
        figures.collect()
    };
    table.rows.extend(review.segment_promises.iter().flat_map(lines));
    table
}

fn restatements(review: &Review) -> Table {
    let mut table = Table::new(words::RESTATEMENTS, &words::RESTATEMENT_COLUMNS);
    table.rows.extend(review.restatements.iter().map(|r| {
        vec![
            Value::text(&r.title),
            unit(review, r.unit),
            Value::text(&r.period),
            Value::of(r.unit, r.old),
            Value::of(r.unit, r.new),
            Value::text(&words::edition(r.edition.number, &r.edition.period)),
            Value::text(&r.cause),
        ]
    }));
    table
}

fn definitions(review: &Review) -> Table {
    let mut table = Table::new(words::DEFINITIONS, &words::DEFINITION_COLUMNS);
    table.rows.extend(review.definitions.iter().map(|definition| {
        vec![
            Value::text(&definition.title),
            Value::text(&definition.text),
            Value::text(&definition.metric),
            Value::text(&definition.hash),
        ]
    }));
    table
}
