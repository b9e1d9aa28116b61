//! JSON: one object on each line, one array of objects, objects one after another, or a list within one object. A record is
//! its own text; only one is in memory at a time.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::feed::Out;
use super::super::lens;
use super::super::manifest::Dialect;
use super::super::mend;
use super::text::{self, Bound, ROW_BYTES};

/// One object on each line. A line that is none is set aside.
pub(super) fn lines(path: &Path, dialect: Dialect, more: &str, out: &mut Out) -> Result<()> {
    let (file, bound) = text::open(path, dialect.encoding)?;
    each_line(file, &bound, more, out)
}

/// Whatever a `.json` file holds. `records` points to the list within one object.
pub(super) fn read(path: &Path, dialect: Dialect, records: Option<&str>, more: &str, out: &mut Out) -> Result<()> {
    let (file, bound) = text::open(path, dialect.encoding)?;
    let file: Box<dyn BufRead> = Box::new(BufReader::new(mend::Reader::new(file)));
    if let Some(pointer) = records.filter(|pointer| !pointer.is_empty()) {
        return within(file, pointer, more, out);
    }
    let (line, file) = text::first_line(file)?;
    bound.reset();
    let start = line.trim_ascii();
    if start.starts_with(b"[") {
        return array(file, &bound, more, out);
    }
    if serde_json::from_slice::<serde::de::IgnoredAny>(start).is_ok() {
        return each_line(file, &bound, more, out);
    }
    let values = serde_json::Deserializer::from_reader(std::io::BufReader::new(file)).into_iter::<Box<RawValue>>();
    for value in values {
        take(value.context("is not JSON")?.get(), more, out)?;
        bound.reset();
    }
    Ok(())
}

fn each_line(mut file: Box<dyn BufRead>, bound: &Bound, more: &str, out: &mut Out) -> Result<()> {
    let (mut bytes, mut line) = (Vec::new(), 0);
    loop {
        bytes.clear();
        line += 1;
        bound.reset();
        if file.read_until(b'\n', &mut bytes).with_context(|| format!("line {line}"))? == 0 {
            return Ok(());
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let shown = String::from_utf8_lossy(&bytes).trim().to_owned();
            out.bad(String::new(), format!("line {line} is not UTF-8"), shown)?;
            continue;
        };
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => take(text, more, out)?,
            Err(error) => out.bad(String::new(), format!("line {line}: {error}"), text.to_owned())?,
        }
    }
}

/// A list within one object, which is read whole.
fn within(mut file: Box<dyn BufRead>, pointer: &str, more: &str, out: &mut Out) -> Result<()> {
    let mut text = String::new();
    file.read_to_string(&mut text).context("cannot be read whole")?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text).context("is not JSON")?;
    let Some(list) = lens::list(&text, pointer) else { bail!("has no list at {pointer:?}") };
    list.into_iter().try_for_each(|record| take(record, more, out))
}

/// An array's elements, one after another.
fn array(file: Box<dyn BufRead>, bound: &Bound, more: &str, out: &mut Out) -> Result<()> {
    let mut failure = None;
    let mut reader = serde_json::Deserializer::from_reader(std::io::BufReader::new(file));
    let result = Elements { bound, more, out, failure: &mut failure }.deserialize(&mut reader);
    if let Some(error) = failure {
        return Err(error);
    }
    result.and_then(|()| reader.end()).context("is not a JSON array")
}

struct Elements<'a> {
    bound: &'a Bound,
    more: &'a str,
    out: &'a mut Out,
    failure: &'a mut Option<anyhow::Error>,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            if let Err(error) = take(element.get(), self.more, self.out) {
                *self.failure = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
            self.bound.reset();
        }
        Ok(())
    }
}

/// One record on one line: a line break in JSON is only ever between its parts.
fn take(text: &str, more: &str, out: &mut Out) -> Result<()> {
    ensure!((text.len() as u64) < ROW_BYTES, "a record is longer than {} MB", ROW_BYTES >> 20);
    let text = if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text.to_owned() };
    let record = match (more, text.strip_suffix('}')) {
        ("", _) | (_, None) => text,
        (more, Some(body)) if body.trim_end().ends_with('{') => format!("{body}{}}}", more.trim_start_matches(',')),
        (more, Some(body)) => format!("{body}{more}}}"),
    };
    out.row(record)
}
