//! Tables as an XLSX file: the same tables give the same bytes.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use super::table::{Held, Table, Value, held, hours, is_formula_like};
use crate::review::model::Head;

/// Widths in characters.
const NARROWEST: usize = 9;
const WIDEST: usize = 60;
const SHEET_NAME: usize = 31;
const FORBIDDEN: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];
/// Decimal places kept exact where a unit has no digits of its own.
const PLACES: u32 = 6;
const A4: u8 = 9;

/// Writes a workbook.
pub(super) fn workbook(head: &Head, tables: &[Table]) -> Result<Vec<u8>> {
    let formats = Formats::new(head);
    let mut book = Workbook::new();
    let mut properties = DocProperties::new().set_title(&head.title).set_company(&head.company);
    // a file that says when it was written would be another one each time
    if let Some(created) = created(&head.generated_at) {
        properties = properties.set_creation_datetime(&created);
    }
    book.set_properties(&properties);
    let mut taken = BTreeSet::new();
    for (index, table) in tables.iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(&table.name, &mut taken))?;
        fill(sheet, table, &formats).with_context(|| format!("sheet {}", table.name))?;
        if index == 0 {
            sheet.set_active(true);
        }
    }
    book.save_to_buffer().context("the workbook")
}

fn created(rfc3339: &str) -> Option<ExcelDateTime> {
    let at: Timestamp = rfc3339.parse().ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let date = excel_date(at.date())?;
    date.and_hms(at.hour().unsigned_abs().into(), at.minute().unsigned_abs(), f64::from(at.second())).ok()
}

/// `None` before 1900: spreadsheets know no such day.
fn excel_date(day: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| *year >= 1900)?;
    ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs()).ok()
}

/// A name that a sheet may have and no other has: at most 31 characters, none of `[]:*?/\`, no quote at the ends, and not
/// "History", which spreadsheets keep for themselves.
fn sheet_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String =
        wanted.chars().map(|c| if FORBIDDEN.contains(&c) || c.is_control() { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.trim_matches('\'').trim();
    let plain = if plain.is_empty() || plain.eq_ignore_ascii_case("history") { "Sheet" } else { plain };
    let mut number = 1;
    loop {
        let suffix = if number == 1 { String::new() } else { format!(" ({number})") };
        let name = cut(plain, SHEET_NAME - suffix.len()) + &suffix;
        if taken.insert(name.to_lowercase()) {
            return name;
        }
        number += 1;
    }
}

/// At most so many UTF-16 units, which is how sheets count.
fn cut(text: &str, units: usize) -> String {
    let mut left = units;
    let fits = |c: &char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    text.chars().take_while(fits).collect::<String>().trim_end_matches([' ', '\'']).to_owned()
}

/// The looks of cells.
struct Formats {
    currency_digits: u32,
    head: Format,
    text: Format,
    /// Marked as text, so that editing the cell does not make a formula of it.
    quoted: Format,
    date: Format,
    money: Format,
    share: Format,
    points: Format,
    whole: Format,
    number: Format,
}

impl Formats {
    fn new(head: &Head) -> Formats {
        let top = || Format::new().set_align(FormatAlign::Top);
        let text = top().set_text_wrap();
        let number = |pattern: &str| top().set_num_format(pattern);
        let code: String = head.currency.chars().filter(char::is_ascii_alphabetic).collect();
        let digits = "0".repeat(head.currency_digits as usize);
        let amount = if digits.is_empty() { "#,##0".to_owned() } else { format!("#,##0.{digits}") };
        Formats {
            currency_digits: head.currency_digits,
            head: text.clone().set_bold().set_background_color("EEF1F5").set_border_bottom(FormatBorder::Thin),
            quoted: text.clone().set_quote_prefix(),
            text,
            date: number("yyyy-mm-dd"),
            money: number(&format!("[${code}] {amount};-[${code}] {amount}")),
            share: number("0.00%"),
            points: number("+0.00\" pp\";-0.00\" pp\";0.00\" pp\""),
            whole: number("#,##0"),
            number: number("#,##0.00"),
        }
    }
}

fn fill(sheet: &mut Worksheet, table: &Table, formats: &Formats) -> Result<()> {
    for (column, title) in (0_u16..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, title, &formats.head)?;
    }
    let mut widths: Vec<usize> = table.columns.iter().map(|c| longest_word(c).max(NARROWEST)).collect();
    for (row, cells) in (1_u32..).zip(&table.rows) {
        for (column, value) in (0_u16..).zip(cells) {
            write(sheet, row, column, value, formats)?;
            if let Some(width) = widths.get_mut(usize::from(column)) {
                *width = (*width).max(shown(value));
            }
        }
    }
    for (column, width) in (0_u16..).zip(&widths) {
        sheet.set_column_width(column, (*width).min(WIDEST) as f64 + 2.0)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    let (last_row, last_column) = (table.rows.len() as u32, table.columns.len().saturating_sub(1) as u16);
    sheet.autofilter(0, 0, last_row, last_column)?;
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, value: &Value, formats: &Formats) -> Result<()> {
    let hundred = Decimal::ONE_HUNDRED;
    match value {
        Value::Empty => {}
        Value::Text(text) => {
            let format = if is_formula_like(text) { &formats.quoted } else { &formats.text };
            sheet.write_string_with_format(row, column, text, format)?;
        }
        Value::Date(day) => match excel_date(*day) {
            Some(date) => {
                sheet.write_datetime_with_format(row, column, &date, &formats.date)?;
            }
            None => {
                sheet.write_string_with_format(row, column, day.to_string(), &formats.text)?;
            }
        },
        Value::Money(v) => number(sheet, row, column, *v, formats.currency_digits, &formats.money, formats)?,
        Value::Share(v) => number(sheet, row, column, *v, PLACES, &formats.share, formats)?,
        Value::Points(v) => number(sheet, row, column, *v * hundred, PLACES, &formats.points, formats)?,
        Value::Count(v) if v.fract().is_zero() => number(sheet, row, column, *v, 0, &formats.whole, formats)?,
        Value::Count(v) | Value::Number(v) => {
            let format = if v.fract().is_zero() { &formats.whole } else { &formats.number };
            number(sheet, row, column, *v, PLACES, format, formats)?;
        }
        Value::Hours(v) => number(sheet, row, column, hours(*v), PLACES, &formats.number, formats)?,
    }
    Ok(())
}

fn number(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: Decimal,
    places: u32,
    format: &Format,
    formats: &Formats,
) -> Result<()> {
    match held(value, places) {
        Held::Number(number) => sheet.write_number_with_format(row, column, number, format)?,
        // a minus sign at its beginning is not to be taken for a formula either
        Held::Digits(digits) => sheet.write_string_with_format(row, column, digits, &formats.quoted)?,
    };
    Ok(())
}

/// Headings wrap between words.
fn longest_word(heading: &str) -> usize {
    heading.split_whitespace().map(|word| word.chars().count() + 3).max().unwrap_or(0)
}

/// About how many characters a value takes.
fn shown(value: &Value) -> usize {
    match value {
        Value::Empty => 0,
        Value::Text(text) => text.chars().count(),
        Value::Money(v) => v.trunc().to_string().len() * 4 / 3 + 8,
        Value::Date(_) | Value::Share(_) | Value::Points(_) => 10,
        Value::Count(v) | Value::Number(v) | Value::Hours(v) => v.trunc().to_string().len() * 4 / 3 + 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_spreadsheets_take() {
        let mut taken = BTreeSet::new();
        let mut name = |wanted: &str| sheet_name(wanted, &mut taken);
        assert_eq!(name("Growth"), "Growth");
        assert_eq!(name("growth"), "growth (2)", "case makes no other name");
        assert_eq!(name("a[b]:c*d?e/f\\g"), "a b c d e f g");
        assert_eq!(name("History"), "Sheet");
        assert_eq!(name("''"), "Sheet (2)");
        assert_eq!(name(&"x".repeat(40)), "x".repeat(31));
        assert_eq!(name(&"x".repeat(40)), format!("{} (2)", "x".repeat(27)));
        let wide = name(&"🚀".repeat(20));
        assert_eq!(wide.encode_utf16().count(), 30, "a pair is not cut in half");
    }
}
