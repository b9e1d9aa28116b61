//! A review as tables, one per sheet, in the order of the page.

use rust_decimal::Decimal;

use super::super::words::args;
use super::table::{Table, Value};
use super::words;
use crate::render::format::Format;
use crate::render::{text, view};
use crate::review::model::{
    Cell, Column, ColumnUnit, Comparison, Exception, List, Review, Row, Section, SegmentFigure, Unit, Walk,
};

/// Every sheet of a review's workbook; what it has nothing of has no sheet.
pub(super) fn tables(review: &Review, f: &Format) -> Vec<Table> {
    let book = Book { review, f };
    let mut tables = vec![book.read_me(), book.attention()];
    tables.extend(review.sections.iter().map(|s| book.section(s)));
    tables.extend([book.segments(), book.periods(), book.windows()]);
    tables.retain(|table| !table.rows.is_empty());
    // a list without rows says that there were none
    tables.extend(review.lists.iter().map(|list| book.list(list)));
    tables.extend(review.walk.as_ref().map(|walk| book.walk(walk)));
    let last = [book.factors(), book.promises(), book.restatements(), book.definitions()];
    tables.extend(last.into_iter().filter(|table| !table.rows.is_empty()));
    tables
}

/// What every sheet is made of.
struct Book<'a> {
    review: &'a Review,
    f: &'a Format,
}

impl Book<'_> {
    fn table(&self, name: &str, columns: &[&str]) -> Table {
        Table::new(self.f, words::heading(self.f, name), columns)
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.review.sections.iter().flat_map(|s| &s.rows)
    }

    fn unit(&self, unit: Unit) -> Value {
        Value::text(&words::unit(self.f, unit, &self.review.head.currency))
    }

    fn title(&self, metric: &str, title: &str) -> Value {
        Value::text(&self.f.metric_title(metric, title))
    }

    /// What comes with the data, in the reader's language where it has it.
    fn term(&self, text: Option<&String>) -> Value {
        text.map_or(Value::Empty, |text| Value::text(&self.f.term(text)))
    }

    /// Title and unit, which most tables begin with.
    fn named(&self, row: &Row) -> [Value; 2] {
        [self.title(&row.metric, &row.title), self.unit(row.unit)]
    }

    fn read_me(&self) -> Table {
        let Book { review, f } = self;
        let head = &review.head;
        let mut table = self.table("read-me", &words::READ_ME);
        let mut say = |what: &str, value: Value| table.rows.push(vec![Value::text(&words::heading(f, what)), value]);
        let word = |text: &str| Value::text(text);
        say("company", word(&head.company));
        say("report", word(&head.title));
        say("for", word(&head.team_name));
        say("period", word(&review.period.id));
        say("first-day", Value::Date(review.period.first_day));
        say("last-day", Value::Date(review.period.last_day));
        let at = f.moment(&head.generated_at, &head.timezone);
        say("computed", word(&f.say("book-computed-at", &args!["at" => at, "zone" => head.timezone.clone()])));
        say("currency", word(&head.currency));
        say("customers-are", word(&words::customers(f, head.customers)));
        self.caveats(&mut say);
        for (what, pick) in [("basis", previous as fn(&Row) -> &Comparison), ("year-basis", year_ago)] {
            let basis = view::most_frequent(self.rows().map(|r| self.basis(pick(r))).filter(|b| !b.is_empty()));
            if !basis.is_empty() {
                say(what, word(&basis));
            }
        }
        for source in view::freshness(review, f) {
            let stale = if source.is_stale { format!(" – {}", f.word("stale")) } else { String::new() };
            say("source", word(&format!("{}: {}{stale}", source.source, source.state)));
        }
        for coverage in view::coverage(review, f) {
            say("coverage", word(&coverage));
        }
        for list in review.lists.iter().filter(|l| l.total_rows > l.rows.len() as u64) {
            let (shown, total) = (f.count(list.rows.len() as u64), f.count(list.total_rows));
            let text = f.say("shown-of", &args!["shown" => shown, "total" => total]);
            say("cut", word(&format!("{}: {text}", super::list_title(f, list))));
        }
        for note in words::NOTES {
            say("how", word(&f.word(note)));
        }
        table
    }

    /// Why the figures are to be taken with care.
    fn caveats(&self, say: &mut impl FnMut(&str, Value)) {
        let Book { review, f } = self;
        for reason in &review.provisional {
            say("provisional", Value::text(&f.term(reason)));
        }
        if review.forced.is_some() {
            say("forced", Value::text(&view::forced(review, f)));
        }
        for (section, why) in review.sections.iter().filter_map(|s| Some((s, s.withheld.as_ref()?))) {
            let section = view::dimension(&section.dimension, f);
            say(
                "withheld",
                Value::text(&f.say("book-of-section", &args!["section" => section, "text" => f.term(why)])),
            );
        }
        for problem in &review.problems {
            say("problem", Value::text(&format!("{}: {}", problem.subject, problem.message)));
        }
        for missing in view::not_measured(review, f) {
            let args = args!["titles" => missing.titles, "why" => missing.why, "how" => missing.how];
            say("not-measured", Value::text(&f.say("not-measured-why", &args)));
        }
    }

    /// "2026-W45 (2–8 Nov 2026)".
    fn basis(&self, comparison: &Comparison) -> String {
        let Some(period) = comparison.period.as_ref().filter(|_| comparison.withheld.is_none()) else {
            return String::new();
        };
        match (comparison.first_day, comparison.last_day) {
            (Some(first), Some(last)) => format!("{period} ({})", text::plain_spaces(&self.f.range(first, last))),
            _ => period.clone(),
        }
    }

    fn section(&self, section: &Section) -> Table {
        let mut table = Table::new(self.f, view::dimension(&section.dimension, self.f), &words::SECTION);
        table.rows.extend(section.rows.iter().map(|row| self.metric(row)));
        table
    }

    fn metric(&self, row: &Row) -> Vec<Value> {
        let f = self.f;
        let (low, high) = row.interval.filter(|_| row.is_small).unzip();
        let [title, unit] = self.named(row);
        let is_hidden = row.value.is_some() && is_small_ratio(row);
        let reason = if is_hidden { Value::text(&f.word("book-too-few")) } else { self.term(row.withheld.as_ref()) };
        let mut cells = vec![
            title,
            Value::text(&row.team),
            Value::text(&words::kind(f, row.kind)),
            unit,
            row.headline.as_deref().map_or(Value::Empty, |window| Value::text(&words::window(f, window))),
            figure(row),
            reason,
            Value::count(row.n),
            Value::number(row.numerator),
            Value::number(row.denominator),
            Value::of(row.unit, low),
            Value::of(row.unit, high),
        ];
        for comparison in [&row.previous, &row.year_ago] {
            cells.extend([
                Value::of(row.unit, comparison.value.filter(|_| !is_small_ratio(row))),
                Value::change(row.unit, comparison.change),
                Value::share(comparison.relative),
                Value::text(&self.basis(comparison)),
                self.term(comparison.withheld.as_ref()),
            ]);
        }
        let target = row.target.as_ref();
        cells.extend([
            Value::of(row.unit, target.map(|t| t.value)),
            Value::change(row.unit, target.and_then(|t| t.variance).filter(|_| !row.is_small)),
            Value::text(&words::status(f, row.status)),
        ]);
        cells
    }

    fn segments(&self) -> Table {
        let mut table = self.table("segments", &words::SEGMENTS);
        for row in self.rows() {
            table.rows.extend(row.segments.iter().map(|s| {
                let [title, unit] = self.named(row);
                vec![
                    title,
                    unit,
                    Value::text(&s.name),
                    Value::text(&s.value_name),
                    Value::of(row.unit, s.value),
                    Value::of(row.unit, s.previous),
                    Value::count(Some(s.n)),
                    Value::number(s.numerator),
                    Value::number(s.denominator),
                ]
            }));
        }
        table
    }

    fn periods(&self) -> Table {
        let mut table = self.table("periods", &words::PERIODS);
        for row in self.rows() {
            for (index, point) in row.history.iter().enumerate() {
                let is_hidden = is_small_ratio(row) && point.period == self.review.period.id;
                let [title, unit] = self.named(row);
                table.rows.push(vec![
                    title,
                    unit,
                    Value::text(&point.period),
                    Value::Date(point.first_day),
                    Value::of(row.unit, point.value.filter(|_| !is_hidden)),
                    Value::of(row.unit, row.history_year_ago.get(index).and_then(|p| p.value)),
                ]);
            }
        }
        table
    }

    fn windows(&self) -> Table {
        let mut table = self.table("to-date", &words::WINDOWS);
        for row in self.rows() {
            table.rows.extend(row.windows.iter().map(|w| {
                let [title, unit] = self.named(row);
                vec![
                    title,
                    unit,
                    Value::text(&words::window(self.f, &w.window)),
                    Value::Date(w.first_day),
                    Value::Date(w.last_day),
                    Value::of(row.unit, w.value),
                    Value::count(w.n),
                    Value::of(row.unit, w.year_ago.value),
                    self.term(w.year_ago.withheld.as_ref()),
                ]
            }));
        }
        table
    }

    fn attention(&self) -> Table {
        let mut table = self.table("attention", &words::ATTENTION);
        table.rows.extend(self.review.exceptions.iter().map(|exception| {
            let row = self.rows().find(|r| r.metric == exception.metric);
            vec![
                self.title(&exception.metric, row.map_or(&exception.metric, |r| &r.title)),
                Value::text(&words::rule(self.f, exception.rule)),
                Value::text(&exception.since),
                Value::count(Some(exception.periods.into())),
                row.map_or(Value::Empty, figure),
                row.map_or(Value::Empty, |r| self.unit(r.unit)),
                exception.segment.as_ref().map_or(Value::Empty, segment),
                Value::text(&behind(exception, &self.review.head.currency)),
            ]
        }));
        table
    }

    fn list(&self, list: &List) -> Table {
        let heading = |column: &Column| {
            let title = self.f.term(&column.title);
            match column.unit {
                ColumnUnit::Duration => self.f.say("book-in-hours", &args!["title" => title]),
                ColumnUnit::BusinessDuration => self.f.say("book-in-business-hours", &args!["title" => title]),
                _ => title,
            }
        };
        let cell = |(column, cell): (&Column, &Cell)| match cell {
            Cell::Empty => Value::Empty,
            Cell::Number(number) => Value::column(column.unit, *number),
            Cell::Date(day) => Value::Date(*day),
            Cell::Text(word) if column.unit == ColumnUnit::Word => self.term(Some(word)),
            Cell::Text(words) => Value::text(words),
        };
        let rows = list.rows.iter().map(|row| list.columns.iter().zip(row).map(cell).collect()).collect();
        let name = super::list_title(self.f, list);
        Table { name, columns: list.columns.iter().map(heading).collect(), rows }
    }

    /// The lines of the walk as they add up, with the customers behind them.
    fn walk(&self, walk: &Walk) -> Table {
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
        let mut table = self.table("walk", &words::WALK);
        table.rows.extend(words::WALK_LINES.iter().zip(lines).map(|(label, (amount, customers))| {
            vec![Value::text(&self.f.word(label)), Value::Money(amount), Value::count(customers)]
        }));
        table.rows.extend(walk.unvalued.iter().map(|(currency, amount)| {
            let label = self.f.say("book-unvalued", &args!["currency" => text::clean(currency)]);
            vec![Value::text(&label), Value::Number(*amount), Value::Empty]
        }));
        table
    }

    fn factors(&self) -> Table {
        let mut table = self.table("factors", &words::FACTORS);
        let not_recorded = self.f.word("reason-not-recorded");
        table.rows.extend(self.review.factors.iter().map(|factor| {
            vec![
                factor.reason.as_ref().map_or_else(|| Value::text(&not_recorded), |reason| self.term(Some(reason))),
                self.term(Some(&factor.function)),
                Value::Money(factor.churned),
                Value::share(factor.share),
                Value::count(Some(factor.accounts)),
            ]
        }));
        table
    }

    fn promises(&self) -> Table {
        let mut table = self.table("promises", &words::PROMISES);
        for promise in &self.review.segment_promises {
            table.rows.extend(promise.figures.iter().map(|figure| {
                let spread = figure.spread.as_ref();
                vec![
                    Value::text(&promise.segment_name),
                    Value::text(&promise.segment_value),
                    Value::text(promise.text.as_deref().unwrap_or_default()),
                    self.title(&figure.metric, &figure.title),
                    self.unit(figure.unit),
                    Value::of(figure.unit, Some(figure.target)),
                    Value::of(figure.unit, figure.value),
                    Value::count(Some(figure.n)),
                    Value::text(&words::kept(self.f, figure.is_kept)),
                    Value::count(spread.map(|s| s.kept)),
                    Value::count(spread.map(|s| s.accounts)),
                ]
            }));
        }
        table
    }

    fn restatements(&self) -> Table {
        let mut table = self.table("restated", &words::RESTATEMENTS);
        table.rows.extend(self.review.restatements.iter().map(|r| {
            let args = args!["number" => r.edition.number.to_string(), "period" => r.edition.period.clone()];
            vec![
                self.title(&r.metric, &r.title),
                self.unit(r.unit),
                Value::text(&r.period),
                Value::of(r.unit, r.old),
                Value::of(r.unit, r.new),
                Value::text(&self.f.say("book-edition-of", &args)),
                self.term(Some(&r.cause)),
            ]
        }));
        table
    }

    fn definitions(&self) -> Table {
        let mut table = self.table("definitions", &words::DEFINITIONS);
        table.rows.extend(self.review.definitions.iter().map(|definition| {
            vec![
                self.title(&definition.metric, &definition.title),
                Value::text(&self.f.metric_definition(&definition.metric, &definition.text)),
                Value::text(&definition.metric),
                Value::text(&definition.hash),
            ]
        }));
        table
    }
}

fn previous(row: &Row) -> &Comparison {
    &row.previous
}

fn year_ago(row: &Row) -> &Comparison {
    &row.year_ago
}

/// A percentage of few: its counts and their interval are what may be printed.
fn is_small_ratio(row: &Row) -> bool {
    row.is_small && row.unit == Unit::Percent && row.numerator.is_some() && row.denominator.is_some()
}

fn figure(row: &Row) -> Value {
    let value: Option<Decimal> = row.value.filter(|_| !is_small_ratio(row));
    Value::of(row.unit, value)
}

fn segment(segment: &SegmentFigure) -> Value {
    Value::text(&format!("{} = {}", segment.name, segment.value_name))
}

fn behind(exception: &Exception, currency: &str) -> String {
    let parts = exception.accounts.iter().map(|a| {
        if a.is_money {
            format!("{} ({} {currency})", a.account, a.part)
        } else {
            format!("{} ({})", a.account, a.part)
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}
