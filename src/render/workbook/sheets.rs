//! A review as tables, one per sheet, in the order of the page.

use rust_decimal::Decimal;

use super::super::words::args;
use super::table::{Table, Value};
use super::words;
use crate::render::format::Format;
use crate::render::view;
use crate::review::model::{Exception, Review, Row, Section, SegmentFigure, Unit};

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
pub(super) struct Book<'a> {
    pub review: &'a Review,
    pub f: &'a Format,
}

impl Book<'_> {
    pub fn table(&self, name: &str, columns: &[&str]) -> Table {
        Table::new(self.f, words::heading(self.f, name), columns)
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.review.sections.iter().flat_map(|s| &s.rows)
    }

    pub fn unit(&self, unit: Unit) -> Value {
        Value::text(&words::unit(self.f, unit, &self.review.head.currency))
    }

    pub fn title(&self, metric: &str, title: &str) -> Value {
        Value::text(&self.f.metric_title(metric, title))
    }

    /// What comes with the data, in the reader's language where it has it.
    pub fn term(&self, text: Option<&String>) -> Value {
        text.map_or(Value::Empty, |text| Value::text(&self.f.term(text)))
    }

    /// Title and unit, which most tables begin with.
    fn named(&self, row: &Row) -> [Value; 2] {
        [self.title(&row.metric, &row.title), self.unit(row.unit)]
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
                Value::text(&self.f.phrase(&r.cause, &self.review.head.timezone)),
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
