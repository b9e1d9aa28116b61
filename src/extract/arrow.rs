//! Arrow batches as records: JSON text that says every value exactly. What cannot be said so is never made up.

use std::fmt::Write;

use anyhow::{Result, bail, ensure};
use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, IntervalUnit, Schema};
use base64::Engine;

use super::feed::Out;
use super::landing::hex;
use super::{lens, moment};

/// How a record's own values are written; within lists and structures they are always typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// As text, like a CSV cell.
    Text,
    /// Numbers and truth values as JSON's own.
    Typed,
}

const EXTENSION: &str = "ARROW:extension:name";
const EXTENSION_WORDS: &str = "ARROW:extension:metadata";
/// How deep lists and structures may lie in each other.
const DEPTH: usize = 32;

/// Whether every column can be said; columns the stream needs must be there.
pub(super) fn check(schema: &Schema, needed: &[&str]) -> Result<()> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    for (index, field) in schema.fields().iter().enumerate() {
        let name = field.name();
        ensure!(!name.is_empty(), "column {} has no name", index + 1);
        ensure!(!names[..index].contains(&name.as_str()), "the column {name} is there twice");
        check_field(field, 0).map_err(|error| error.context(format!("column {name}")))?;
    }
    for column in needed {
        ensure!(names.contains(column), "the column {column} is missing{}", crate::config::nearest(column, &names));
    }
    Ok(())
}

fn check_field(field: &Field, depth: usize) -> Result<()> {
    ensure!(depth < DEPTH, "lists and structures lie more than {DEPTH} deep");
    if let Some(name) = opaque(field) {
        bail!("is of the type {name}, of which only raw bytes come: make it text in the query (cast it as text)");
    }
    match field.data_type() {
        DataType::List(inner)
        | DataType::LargeList(inner)
        | DataType::FixedSizeList(inner, _)
        | DataType::Map(inner, _) => check_field(inner, depth + 1),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check_field(field, depth + 1)),
        DataType::Dictionary(_, values) => check_field(&Field::new("", values.as_ref().clone(), true), depth + 1),
        DataType::Union(..) | DataType::RunEndEncoded(..) | DataType::ListView(_) | DataType::LargeListView(_) => {
            bail!("is of the type {}, which is not supported: make it text in the query", field.data_type())
        }
        _ => Ok(()),
    }
}

/// The database's own name of a type that the driver does not know, but for the one whose bytes are known.
fn opaque(field: &Field) -> Option<String> {
    let is_bytes = matches!(
        field.data_type(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
    );
    let is_opaque = is_bytes && extension(field) == Some("arrow.opaque");
    is_opaque.then(|| type_name(field).unwrap_or_else(|| "unknown".into())).filter(|name| name != "uuid")
}

fn extension(field: &Field) -> Option<&str> {
    field.metadata().get(EXTENSION).map(String::as_str)
}

/// The database's own name of a type that Arrow has not.
fn type_name(field: &Field) -> Option<String> {
    let words = field.metadata().get(EXTENSION_WORDS)?;
    lens::plain_at(words, "/type_name")
}

fn is_uuid(field: &Field) -> bool {
    extension(field) == Some("arrow.uuid") || type_name(field).as_deref() == Some("uuid")
}

/// Every row of a batch; `more` are members that each record has besides.
pub(super) fn write(batch: &RecordBatch, values: Values, more: &str, out: &mut Out) -> Result<()> {
    let schema = batch.schema();
    let names: Vec<String> = schema.fields().iter().map(|field| lens::quote(field.name())).collect();
    let mut length = 64;
    for row in 0..batch.num_rows() {
        let mut writer = Writer { text: String::with_capacity(length), problem: None, path: Vec::new() };
        writer.text.push('{');
        for (index, field) in schema.fields().iter().enumerate() {
            if index > 0 {
                writer.text.push(',');
            }
            writer.text.push_str(&names[index]);
            writer.text.push(':');
            writer.path.push(field.name().clone());
            writer.cell(batch.column(index), field, row, values);
            writer.path.pop();
        }
        writer.text.push_str(more);
        writer.text.push('}');
        length = writer.text.len() + 16;
        match writer.problem {
            None => out.row(writer.text)?,
            Some((path, reason)) => out.bad(path, reason, writer.text)?,
        }
    }
    Ok(())
}

/// One value as plain text; null is none.
pub(super) fn text(batch: &RecordBatch, column: usize, row: usize) -> Option<String> {
    let mut writer = Writer { text: String::new(), problem: None, path: Vec::new() };
    writer.value(batch.column(column), batch.schema().field(column), row);
    lens::plain(&writer.text)
}

struct Writer {
    text: String,
    /// Pointer and reason of the first value that cannot be said.
    problem: Option<(String, String)>,
    path: Vec<String>,
}

impl Writer {
    /// A value at the top of the record.
    fn cell(&mut self, array: &ArrayRef, field: &Field, row: usize, values: Values) {
        let start = self.text.len();
        self.value(array, field, row);
        let is_scalar = !self.text[start..].starts_with(['"', '{', '[']) && &self.text[start..] != "null";
        if values == Values::Text && is_scalar {
            self.text.insert(start, '"');
            self.text.push('"');
        }
    }

    fn value(&mut self, array: &dyn Array, field: &Field, row: usize) {
        if array.is_null(row) {
            self.text.push_str("null");
            return;
        }
        match array.data_type() {
            DataType::Null => self.text.push_str("null"),
            DataType::Boolean => self.raw(array.as_boolean().value(row)),
            DataType::Int8 => self.raw(array.as_primitive::<t::Int8Type>().value(row)),
            DataType::Int16 => self.raw(array.as_primitive::<t::Int16Type>().value(row)),
            DataType::Int32 => self.raw(array.as_primitive::<t::Int32Type>().value(row)),
            DataType::Int64 => self.raw(array.as_primitive::<t::Int64Type>().value(row)),
            DataType::UInt8 => self.raw(array.as_primitive::<t::UInt8Type>().value(row)),
            DataType::UInt16 => self.raw(array.as_primitive::<t::UInt16Type>().value(row)),
            DataType::UInt32 => self.raw(array.as_primitive::<t::UInt32Type>().value(row)),
            DataType::UInt64 => self.raw(array.as_primitive::<t::UInt64Type>().value(row)),
            DataType::Float16 => {
                let value = array.as_primitive::<t::Float16Type>().value(row).to_f32();
                self.float(value, value.is_finite());
            }
            DataType::Float32 => {
                let value = array.as_primitive::<t::Float32Type>().value(row);
                self.float(value, value.is_finite());
            }
            DataType::Float64 => {
                let value = array.as_primitive::<t::Float64Type>().value(row);
                self.float(value, value.is_finite());
            }
            DataType::Decimal32(..) => self.quoted(&array.as_primitive::<t::Decimal32Type>().value_as_string(row)),
            DataType::Decimal64(..) => self.quoted(&array.as_primitive::<t::Decimal64Type>().value_as_string(row)),
            DataType::Decimal128(..) => self.quoted(&array.as_primitive::<t::Decimal128Type>().value_as_string(row)),
            DataType::Decimal256(..) => self.quoted(&array.as_primitive::<t::Decimal256Type>().value_as_string(row)),
            DataType::Utf8 => self.string(array.as_string::<i32>().value(row), field),
            DataType::LargeUtf8 => self.string(array.as_string::<i64>().value(row), field),
            DataType::Utf8View => self.string(array.as_string_view().value(row), field),
            DataType::Binary => self.bytes(array.as_binary::<i32>().value(row), field),
            DataType::LargeBinary => self.bytes(array.as_binary::<i64>().value(row), field),
            DataType::BinaryView => self.bytes(array.as_binary_view().value(row), field),
            DataType::FixedSizeBinary(_) => self.bytes(array.as_fixed_size_binary().value(row), field),
            DataType::Interval(unit) => self.interval(array, *unit, row),
            DataType::List(_) => self.list(&array.as_list::<i32>().value(row), field),
            DataType::LargeList(_) => self.list(&array.as_list::<i64>().value(row), field),
            DataType::FixedSizeList(..) => self.list(&array.as_fixed_size_list().value(row), field),
            DataType::Struct(_) => self.structure(array, row),
            DataType::Map(..) => self.map(array, row),
            DataType::Dictionary(..) => self.entry(array, field, row),
            _ => match moment::text(array, row) {
                Some(Ok(text)) => self.quoted(&text),
                Some(Err(text)) => self.refuse(&text, "lies outside the years 1 to 9999".into()),
                None => self.refuse("", format!("is of the type {}, which is not supported", array.data_type())),
            },
        }
    }

    fn raw(&mut self, value: impl std::fmt::Display) {
        let _ = write!(self.text, "{value}");
    }

    fn float(&mut self, value: impl std::fmt::Display, is_finite: bool) {
        if is_finite {
            self.raw(value);
        } else {
            self.refuse(&value.to_string(), format!("is {value}, which is no number"));
        }
    }

    /// Text that needs no escape.
    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
    }

    /// What there is stands as text, and the record is set aside.
    fn refuse(&mut self, text: &str, reason: String) {
        self.text.push_str(&lens::quote(text));
        if self.problem.is_none() {
            let pointer = |step: &String| format!("/{}", step.replace('~', "~0").replace('/', "~1"));
            self.problem = Some((self.path.iter().map(pointer).collect(), reason));
        }
    }

    /// Text, or JSON as it is: a line break in JSON is only ever between its parts.
    fn string(&mut self, text: &str, field: &Field) {
        let is_json = extension(field) == Some("arrow.json");
        // A number may come as text because no type of Arrow holds it: it ends in a digit, or is none.
        let is_none = !text.ends_with(|c: char| c.is_ascii_digit());
        if is_none && type_name(field).as_deref() == Some("numeric") {
            return self.refuse(text, format!("is {text}, which is no number"));
        }
        if is_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            self.text.extend(text.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
        } else {
            self.text.push_str(&lens::quote(text));
        }
    }

    fn bytes(&mut self, bytes: &[u8], field: &Field) {
        if is_uuid(field) && bytes.len() == 16 {
            let hex = hex(bytes);
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            self.quoted(&parts.join("-"));
        } else {
            self.quoted(&base64::engine::general_purpose::STANDARD.encode(bytes));
        }
    }

    fn interval(&mut self, array: &dyn Array, unit: IntervalUnit, row: usize) {
        let (months, days, nanos) = match unit {
            IntervalUnit::YearMonth => (array.as_primitive::<t::IntervalYearMonthType>().value(row), 0, 0),
            IntervalUnit::DayTime => {
                let value = array.as_primitive::<t::IntervalDayTimeType>().value(row);
                (0, value.days, i64::from(value.milliseconds) * 1_000_000)
            }
            IntervalUnit::MonthDayNano => {
                let value = array.as_primitive::<t::IntervalMonthDayNanoType>().value(row);
                (value.months, value.days, value.nanoseconds)
            }
        };
        self.quoted(&moment::interval(months, days, i128::from(nanos)));
    }

    fn list(&mut self, elements: &ArrayRef, field: &Field) {
        let (DataType::List(inner) | DataType::LargeList(inner) | DataType::FixedSizeList(inner, _)) =
            field.data_type()
        else {
            return self.refuse("", "is no list".into());
        };
        self.text.push('[');
        for index in 0..elements.len() {
            if index > 0 {
                self.text.push(',');
            }
            self.path.push(index.to_string());
            self.value(elements, inner, index);
            self.path.pop();
        }
        self.text.push(']');
    }

    fn structure(&mut self, array: &dyn Array, row: usize) {
        let array = array.as_struct();
        self.text.push('{');
        for (index, field) in array.fields().iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.text.push_str(&lens::quote(field.name()));
            self.text.push(':');
            self.path.push(field.name().clone());
            self.value(array.column(index), field, row);
            self.path.pop();
        }
        self.text.push('}');
    }

    /// An object: keys that are not text are written as text.
    fn map(&mut self, array: &dyn Array, row: usize) {
        let entries = array.as_map().value(row);
        let fields = entries.fields().clone();
        self.text.push('{');
        for index in 0..entries.len() {
            if index > 0 {
                self.text.push(',');
            }
            self.cell(entries.column(0), &fields[0], index, Values::Text);
            self.text.push(':');
            self.path.push(index.to_string());
            self.value(entries.column(1), &fields[1], index);
            self.path.pop();
        }
        self.text.push('}');
    }

    fn entry(&mut self, array: &dyn Array, field: &Field, row: usize) {
        let dictionary = array.as_any_dictionary();
        let mut key = Writer { text: String::new(), problem: None, path: Vec::new() };
        key.value(dictionary.keys(), field, row);
        match key.text.parse::<usize>() {
            Ok(index) => self.value(dictionary.values(), field, index),
            Err(_) => self.refuse(&key.text, "is no entry of its dictionary".into()),
        }
    }
}
