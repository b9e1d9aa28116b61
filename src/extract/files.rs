//! Files as a source: CSV, Parquet and newline-delimited JSON in one folder, landed whole as objects of text, and only when
//! their bytes have changed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::lens;
use super::manifest::Stream;
use super::sink::Sink;
use super::state::State;

const EXTENSIONS: [&str; 5] = ["csv", "parquet", "ndjson", "jsonl", "json"];
/// One line of newline-delimited JSON.
const LINE_BYTES: u64 = 16 << 20;

/// The stream's file; `None` where there is none.
pub(super) fn find(folder: &Path, stream: &str) -> Result<Option<PathBuf>> {
    let found: Vec<PathBuf> =
        EXTENSIONS.iter().map(|e| folder.join(format!("{stream}.{e}"))).filter(|p| p.is_file()).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        [one, other, ..] => {
            bail!("{} and {} are both there; keep one", one.display(), other.display())
        }
    }
}

/// Lands a file, unless it is the one landed last.
pub(super) fn pull(path: &Path, stream: &Stream, mut state: State, sink: &mut Sink<'_>) -> Result<()> {
    let hash = super::landing::file_hash(path)?;
    if state.hash.as_deref() == Some(&hash) {
        return Ok(());
    }
    let name = path.display();
    match path.extension().and_then(|e| e.to_str()) {
        Some("csv") => csv(path, stream, sink),
        Some("parquet") => parquet(path, sink),
        _ => json_lines(path, sink),
    }
    .with_context(|| format!("in {name}"))?;
    ensure!(super::landing::file_hash(path)? == hash, "{name} changed while it was read; the next pull reads it again");
    sink.landing.append_nothing()?;
    state.hash = Some(hash);
    sink.commit(&state)
}

fn csv(path: &Path, stream: &Stream, sink: &mut Sink<'_>) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(path)?)
        .trim(csv::Trim::All)
        .from_reader(without_mark(open(path)?)?);
    let header = reader.headers().context("the header line cannot be read")?.clone();
    let mut names = std::collections::BTreeSet::new();
    for name in &header {
        ensure!(!name.is_empty(), "line 1: a column has no name");
        ensure!(names.insert(name), "line 1: the column {name} is there twice");
    }
    let needed = stream.required.keys().chain(&stream.key).filter_map(|pointer| pointer.strip_prefix('/'));
    for column in needed {
        let is_optional = stream.required.get(&format!("/{column}")).is_some_and(|kind| kind.nullable);
        let known: Vec<&str> = header.iter().collect();
        ensure!(
            is_optional || names.contains(column),
            "line 1: the column {column} is missing{}",
            crate::config::nearest(column, &known)
        );
    }
    let mut row = csv::ByteRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_byte_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                if let Some(record) = object(&header, &row) {
                    sink.take(&record)?;
                } else {
                    let line = row.position().map_or(line, csv::Position::line);
                    sink.quarantine(None, String::new(), format!("line {line} is not UTF-8"), cells(&row));
                }
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                let reason = match error.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("line {line} has {len} cells, the header {expected_len}")
                    }
                    csv::ErrorKind::Io(_) => return Err(error.into()),
                    _ => format!("line {line}: {error}"),
                };
                sink.quarantine(None, String::new(), reason, cells(&row));
            }
        }
    }
}

/// A row's cells as they can be shown.
fn cells(row: &csv::ByteRecord) -> String {
    row.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")
}

/// Cells stay text; an empty one is null.
fn object(header: &csv::StringRecord, row: &csv::ByteRecord) -> Option<String> {
    let mut members = Vec::with_capacity(header.len());
    for (name, cell) in header.iter().zip(row) {
        let cell = std::str::from_utf8(cell).ok()?;
        let value = if cell.is_empty() { "null".to_owned() } else { lens::quote(cell) };
        members.push(format!("{}:{value}", lens::quote(name)));
    }
    Some(format!("{{{}}}", members.join(",")))
}

/// Spreadsheets of half the world write semicolons.
fn delimiter(path: &Path) -> Result<u8> {
    let mut first = String::new();
    let _ = BufReader::new(open(path)?.take(64 << 10)).read_line(&mut first);
    let count = |c: char| first.matches(c).count();
    Ok(match (count(','), count(';'), count('\t')) {
        (0, semicolons, _) if semicolons > 0 => b';',
        (0, 0, tabs) if tabs > 0 => b'\t',
        _ => b',',
    })
}

fn json_lines(path: &Path, sink: &mut Sink<'_>) -> Result<()> {
    let mut reader = without_mark(open(path)?)?;
    let (mut bytes, mut line) = (Vec::new(), 0);
    loop {
        bytes.clear();
        line += 1;
        if reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        ensure!((bytes.len() as u64) < LINE_BYTES, "line {line} is longer than {} MB", LINE_BYTES >> 20);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => sink.take(text)?,
            Err(error) => sink.quarantine(None, String::new(), format!("line {line}: {error}"), text.to_owned()),
        }
    }
}

fn parquet(path: &Path, sink: &mut Sink<'_>) -> Result<()> {
    let reader = SerializedFileReader::new(open(path)?).context("is not a Parquet file")?;
    for row in reader.get_row_iter(None)? {
        let row = row?;
        let members: Vec<String> = row
            .get_column_iter()
            .map(|(name, field)| {
                let value = cell(field).map_or_else(|| "null".to_owned(), |text| lens::quote(&text));
                format!("{}:{value}", lens::quote(name))
            })
            .collect();
        sink.take(&format!("{{{}}}", members.join(",")))?;
    }
    Ok(())
}

/// A value as the text a CSV cell would have.
fn cell(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => return None,
        Field::Str(text) => text.clone(),
        Field::Date(days) => (jiff::civil::date(1970, 1, 1) + jiff::Span::new().try_days(*days).ok()?).to_string(),
        Field::TimestampMillis(time) => jiff::Timestamp::from_millisecond(*time).ok()?.to_string(),
        Field::TimestampMicros(time) => jiff::Timestamp::from_microsecond(*time).ok()?.to_string(),
        other => other.to_string(),
    })
}

fn open(path: &Path) -> Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The reader after a byte order mark.
fn without_mark(file: File) -> Result<BufReader<File>> {
    let mut reader = BufReader::new(file);
    if reader.fill_buf()?.starts_with(&[0xEF, 0xBB, 0xBF]) {
        reader.consume(3);
    }
    Ok(reader)
}
