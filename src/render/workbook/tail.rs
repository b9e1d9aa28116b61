//! The sheets behind the figures: lists, the money walk, why MRR was lost, and promises to segments.

use super::super::words::args;
use super::sheets::Book;
use super::table::{Table, Value};
use super::words;
use crate::render::text;
use crate::review::model::{Cell, Column, ColumnUnit, List, Walk};

impl Book<'_> {
    pub fn list(&self, list: &List) -> Table {
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
    pub fn walk(&self, walk: &Walk) -> Table {
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

    pub fn factors(&self) -> Table {
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

    pub fn promises(&self) -> Table {
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
}
