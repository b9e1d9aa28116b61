//! A table of typed cells, and what a cell of a spreadsheet can hold of an exact number.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::render::format::Format;
use crate::render::text;
use crate::review::model::{ColumnUnit, Unit};

/// Significant digits of a spreadsheet's number.
const DIGITS: u32 = 15;
/// What a cell takes of a text, with room for a mark.
const MAX_TEXT: usize = 32_000;
const SECONDS_PER_HOUR: i64 = 3600;

/// One sheet: a heading per column, and rows of as many values.
#[derive(Debug)]
pub(super) struct Table {
    /// Made fit for a sheet's name by the writer.
    pub name: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table with headings by their ids.
    pub fn new(f: &Format, name: String, columns: &[&str]) -> Table {
        let columns = columns.iter().map(|id| super::words::heading(f, id)).collect();
        Table { name, columns, rows: Vec::new() }
    }
}

/// A cell, not yet formatted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Empty,
    Text(String),
    /// Major units of the company's currency.
    Money(Decimal),
    /// A fraction, shown as a percentage.
    Share(Decimal),
    /// A difference of fractions, shown in percentage points.
    Points(Decimal),
    Count(Decimal),
    Number(Decimal),
    /// Seconds, shown as hours with decimals: a negative time of day is no time of day to a spreadsheet.
    Hours(Decimal),
    Date(Date),
}

impl Value {
    /// Somebody's words: one line, without control characters and direction overrides.
    pub fn text(words: &str) -> Value {
        match text::plain_spaces(&text::clean_to(words, MAX_TEXT)) {
            words if words.is_empty() => Value::Empty,
            words => Value::Text(words),
        }
    }

    /// A figure of a unit.
    pub fn of(unit: Unit, value: Option<Decimal>) -> Value {
        value.map_or(Value::Empty, |value| match unit {
            Unit::Money => Value::Money(value),
            Unit::Percent => Value::Share(value),
            Unit::Count => Value::Count(value),
            Unit::Number => Value::Number(value),
            Unit::Duration | Unit::BusinessDuration => Value::Hours(value),
        })
    }

    /// A difference of two figures of a unit.
    pub fn change(unit: Unit, change: Option<Decimal>) -> Value {
        match (unit, change) {
            (Unit::Percent, Some(change)) => Value::Points(change),
            _ => Value::of(unit, change),
        }
    }

    /// A number of a list's column.
    pub fn column(unit: ColumnUnit, value: Decimal) -> Value {
        match unit {
            ColumnUnit::Money => Value::Money(value),
            ColumnUnit::Percent => Value::Share(value),
            ColumnUnit::Duration | ColumnUnit::BusinessDuration => Value::Hours(value),
            ColumnUnit::Text | ColumnUnit::Word | ColumnUnit::Count | ColumnUnit::Date => Value::Count(value),
        }
    }

    pub fn share(value: Option<Decimal>) -> Value {
        value.map_or(Value::Empty, Value::Share)
    }

    pub fn number(value: Option<Decimal>) -> Value {
        value.map_or(Value::Empty, Value::Number)
    }

    pub fn count(n: Option<u64>) -> Value {
        n.map_or(Value::Empty, |n| Value::Count(n.into()))
    }
}

/// What a cell holds of a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    /// At most fifteen significant digits: read back, they are the same.
    Number(f64),
    /// More than a cell holds, digit by digit, as text.
    Digits(String),
}

/// Puts a decimal into a cell. Digits beyond the fifteenth are rounded away where they are behind `places` decimal places (a
/// mean's endless fraction); a number that would lose others is written out as text.
pub(super) fn held(value: Decimal, places: u32) -> Held {
    let exact = value.normalize();
    let rounded = exact.round_sf(DIGITS).unwrap_or(exact).normalize();
    if rounded.round_dp(places) == exact.round_dp(places)
        && let Ok(number) = rounded.to_string().parse()
    {
        return Held::Number(number);
    }
    Held::Digits(exact.to_string())
}

/// Seconds as hours.
pub(super) fn hours(seconds: Decimal) -> Decimal {
    seconds / Decimal::from(SECONDS_PER_HOUR)
}

/// Whether a spreadsheet may take a text for a formula: the characters that begin one, in full width too.
pub fn is_formula_like(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_fifteen_digits_and_what_is_longer_becomes_text() {
        let number = |text: &str, places| match held(text.parse().unwrap(), places) {
            Held::Number(number) => number.to_string(),
            Held::Digits(digits) => format!("text {digits}"),
        };
        assert_eq!(number("412300.49", 2), "412300.49");
        assert_eq!(number("-0.10", 2), "-0.1");
        assert_eq!(number("9999999999999.99", 2), "9999999999999.99", "fifteen digits");
        assert_eq!(number("99999999999999.99", 2), "text 99999999999999.99", "a cent would be lost");
        assert_eq!(number("1000000000000000000", 0), "1000000000000000000", "zeros are no digits to lose");
        assert_eq!(number("0.3333333333333333333333333333", 6), "0.333333333333333", "a ratio's endless fraction");
        assert_eq!(number("1234567890123456789", 0), "text 1234567890123456789");
        assert_eq!(number("0", 2), "0");
    }

    #[test]
    fn what_begins_like_a_formula_is_known() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\r=x", "＝1"] {
            assert!(is_formula_like(text), "{text:?}");
        }
        for text in ["a=1", "", "1-1", "'=1", "Ä"] {
            assert!(!is_formula_like(text), "{text:?}");
        }
    }
}
