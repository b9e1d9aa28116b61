//! CSV: cells stay text, an empty one is null, and a line that is no row of the table is set aside with its number.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::super::feed::Out;
use super::super::lens;
use super::super::manifest::{DecimalMark, Dialect, TypeName};
use super::Wanted;
use super::text::{self, Bound};

const NOT_UTF8: &str = "is not UTF-8; of a file from an older spreadsheet say file = { encoding = \"windows-1252\" }";

pub(super) fn read(path: &Path, dialect: Dialect, wanted: &Wanted, more: &str, out: &mut Out) -> Result<()> {
    let (file, bound) = text::open(path, dialect.encoding)?;
    let (line, mut file) = text::first_line(file)?;
    let said = spoken_delimiter(&line);
    if said.is_some() {
        std::io::BufRead::read_until(&mut file, b'\n', &mut Vec::new())?;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter.map(|c| c as u8).or(said).unwrap_or_else(|| delimiter(&line)))
        .quote(dialect.quote.map_or(b'"', |c| c as u8))
        .trim(csv::Trim::All)
        .from_reader(file);
    let header = header(&mut reader, wanted)?;
    let commas = commas(&header, dialect, wanted);
    rows(reader, &header, &commas, &bound, more, out)
}

fn header<R: std::io::Read>(reader: &mut csv::Reader<R>, wanted: &Wanted) -> Result<Vec<String>> {
    let header = reader.byte_headers().context("the header line cannot be read")?.clone();
    let mut names = BTreeSet::new();
    let mut columns = Vec::with_capacity(header.len());
    for cell in &header {
        let name = std::str::from_utf8(cell).ok().with_context(|| format!("line 1 {NOT_UTF8}"))?;
        ensure!(!name.is_empty(), "line 1: a column has no name");
        ensure!(names.insert(name), "line 1: the column {name} is there twice");
        columns.push(name.to_owned());
    }
    for column in &wanted.columns {
        let known: Vec<&str> = names.iter().copied().collect();
        ensure!(
            names.contains(column.as_str()),
            "line 1: the column {column} is missing{}",
            crate::config::nearest(column, &known)
        );
    }
    Ok(columns)
}

/// Which columns hold numbers with a decimal comma.
fn commas(header: &[String], dialect: Dialect, wanted: &Wanted) -> Vec<bool> {
    let is_number = |name: &String| {
        let kind = wanted.kinds.get(name);
        kind.is_some_and(|kind| matches!(kind.name, TypeName::Decimal | TypeName::Number | TypeName::Integer))
    };
    header.iter().map(|name| dialect.decimal == DecimalMark::Comma && is_number(name)).collect()
}

fn rows<R: std::io::Read>(
    mut reader: csv::Reader<R>,
    header: &[String],
    commas: &[bool],
    bound: &Bound,
    more: &str,
    out: &mut Out,
) -> Result<()> {
    let names: Vec<String> = header.iter().map(|name| lens::quote(name)).collect();
    let mut row = csv::ByteRecord::new();
    loop {
        bound.reset();
        let line = reader.position().line();
        match reader.read_byte_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let line = row.position().map_or(line, csv::Position::line);
                match object(&names, commas, &row, more) {
                    Ok(record) => out.row(record)?,
                    Err((column, why)) => {
                        let at = column.map(|index| lens::pointer(&header[index])).unwrap_or_default();
                        out.bad(at, format!("line {line} {why}"), cells(&row))?;
                    }
                }
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                let reason = match error.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("line {line} has {len} cells, the header {expected_len}")
                    }
                    csv::ErrorKind::Io(_) => return Err(error).with_context(|| format!("line {line}")),
                    _ => format!("line {line}: {error}"),
                };
                out.bad(String::new(), reason, cells(&row))?;
            }
        }
    }
}

/// A row's cells as they can be shown.
fn cells(row: &csv::ByteRecord) -> String {
    row.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")
}

fn object(
    names: &[String],
    commas: &[bool],
    row: &csv::ByteRecord,
    more: &str,
) -> Result<String, (Option<usize>, String)> {
    let mut record = String::with_capacity(row.as_slice().len() * 2);
    record.push('{');
    for (index, cell) in row.iter().enumerate() {
        let cell = std::str::from_utf8(cell).map_err(|_| (Some(index), NOT_UTF8.to_owned()))?;
        if index > 0 {
            record.push(',');
        }
        record.push_str(&names[index]);
        record.push(':');
        if cell.is_empty() {
            record.push_str("null");
        } else if commas[index] {
            let number = with_point(cell)
                .ok_or_else(|| (Some(index), format!("holds {cell:?}, which is no number like 1.234,50")))?;
            record.push_str(&lens::quote(&number));
        } else {
            record.push_str(&lens::quote(cell));
        }
    }
    record.push_str(more);
    record.push('}');
    Ok(record)
}

/// `1.234,50` as `1234.50`. Points must stand where thousands end: 1.5 would be another number than it looks.
fn with_point(cell: &str) -> Option<String> {
    let (whole, fraction) = cell.split_once(',').map_or((cell, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let mut groups = digits.split('.');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let is_grouped =
        rest.iter().all(|group| group.len() == 3 && is_digits(group)) && (rest.is_empty() || first.len() < 4);
    if !is_digits(first) || !is_grouped || !fraction.is_none_or(is_digits) {
        return None;
    }
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let point = fraction.map(|fraction| format!(".{fraction}")).unwrap_or_default();
    Some(format!("{sign}{first}{}{point}", rest.concat()))
}

/// Spreadsheets of half the world write semicolons.
fn delimiter(line: &[u8]) -> u8 {
    let count = |byte: u8| memchr::memchr_iter(byte, line).count();
    match (count(b','), count(b';'), count(b'\t'), count(b'|')) {
        (0, semicolons, _, _) if semicolons > 0 => b';',
        (0, 0, tabs, _) if tabs > 0 => b'\t',
        (0, 0, 0, bars) if bars > 0 => b'|',
        _ => b',',
    }
}

/// A first line `sep=;` is for the spreadsheet.
fn spoken_delimiter(line: &[u8]) -> Option<u8> {
    match line.trim_ascii() {
        [b's', b'e', b'p', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_becomes_a_point_only_where_it_is_one() {
        for (cell, number) in [("1,5", "1.5"), ("-1.234.567,00", "-1234567.00"), ("1234", "1234"), ("+0,10", "0.10")] {
            assert_eq!(with_point(cell).as_deref(), Some(number), "{cell}");
        }
        for cell in ["1.5", "1,5,5", "1.2345,0", "1234.567", "a", "", ",5", "1,", "1 234,5", "NaN"] {
            assert_eq!(with_point(cell), None, "{cell}");
        }
    }
}
