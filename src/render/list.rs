//! Lists of accounts, tickets or renewals: a table on the page, two lines an entry in the mail.

use serde::Serialize;

use super::format::Format;
use super::text::{clean, shorten};
use super::words::args;
use crate::review::model::{Cell, Column, ColumnUnit, List};

/// Rows of a list in the mail.
const MAIL_ROWS: usize = 10;

/// A table of accounts, tickets or renewals.
#[derive(Debug, Clone, Serialize)]
pub struct ListView {
    pub title: String,
    pub columns: Vec<ColumnView>,
    pub rows: Vec<ListRow>,
    /// "10 of 34", for the mail; empty when it shows all.
    pub mail_count: String,
    /// The same for the page.
    pub page_count: String,
}

/// A column's heading.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnView {
    pub title: String,
    pub is_number: bool,
}

/// One row: the first cell names it, on a phone the others follow on a second line.
#[derive(Debug, Clone, Serialize)]
pub struct ListRow {
    pub in_mail: bool,
    /// The first cell, shortened for the mail.
    pub name: String,
    pub cells: Vec<CellView>,
    /// "MRR €1,200.00 · Reason price".
    pub details: String,
}

/// A list's cell.
#[derive(Debug, Clone, Serialize)]
pub struct CellView {
    pub text: String,
    pub is_number: bool,
}

/// A list in words.
pub(super) fn build(list: &List, f: &Format) -> ListView {
    let columns: Vec<ColumnView> =
        list.columns.iter().map(|c| ColumnView { title: f.term(&c.title), is_number: is_number(c) }).collect();
    let rows: Vec<ListRow> = list
        .rows
        .iter()
        .enumerate()
        .map(|(i, cells)| {
            let cells: Vec<CellView> = list.columns.iter().zip(cells).map(|(c, cell)| cell_text(c, cell, f)).collect();
            let rest = list.columns.iter().zip(&columns).zip(&cells).skip(1).filter(|(_, c)| !c.text.is_empty());
            let details: Vec<String> = rest
                .map(|((column, view), c)| {
                    let text = shorten(&c.text, 80);
                    // one of a few words says what it is
                    if column.unit == ColumnUnit::Word { text } else { detail(f, &view.title, &text) }
                })
                .collect();
            let name = cells.first().map(|c| shorten(&c.text, 80)).filter(|n| !n.is_empty());
            ListRow {
                in_mail: i < MAIL_ROWS,
                name: name.unwrap_or_else(|| f.word("no-name")),
                details: details.join(" · "),
                cells,
            }
        })
        .collect();
    let count = |shown: usize| {
        if shown as u64 >= list.total_rows {
            return String::new();
        }
        f.say("shown-of", &args!["shown" => f.count(shown as u64), "total" => f.count(list.total_rows)])
    };
    ListView {
        title: clean(&f.list_title(&list.name, &list.title)),
        mail_count: count(rows.len().min(MAIL_ROWS)),
        page_count: count(rows.len()),
        columns,
        rows,
    }
}

fn detail(f: &Format, column: &str, value: &str) -> String {
    f.say("detail", &args!["column" => column, "value" => value])
}

fn is_number(column: &Column) -> bool {
    use ColumnUnit as U;
    matches!(column.unit, U::Money | U::Percent | U::Count | U::Duration | U::BusinessDuration)
}

fn cell_text(column: &Column, cell: &Cell, f: &Format) -> CellView {
    let text = match cell {
        Cell::Empty => String::new(),
        Cell::Number(n) => f.column(column.unit, *n),
        Cell::Date(d) => f.day(*d),
        Cell::Text(t) if column.unit == ColumnUnit::Word => f.own_words(t),
        Cell::Text(t) => f.placeholder(t),
    };
    CellView { text, is_number: is_number(column) }
}
