//! A query's text with its placeholders as parameters of the database: values are bound, never written into it.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use super::super::manifest::Parameters;
use super::super::template::Values;

/// The name that is bound as a number; all others are text, which the query casts to what it needs.
const LIMIT: &str = "limit";

/// A query that a database can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) text: String,
    /// What is bound, in the parameters' order.
    names: Vec<String>,
}

impl Query {
    /// Replaces every `{name}` outside of quotes and comments. Only a query can be asked.
    pub(super) fn parse(text: &str, parameters: Parameters) -> Result<Query> {
        let mut query = Query { text: String::with_capacity(text.len()), names: Vec::new() };
        let mut rest = text.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace());
        let mut first_word = None;
        while let Some(c) = rest.chars().next() {
            let length = match skipped(rest) {
                Some(length) => length,
                None if c == '{' && name(rest).is_some() => {
                    let name = name(rest).unwrap_or_default();
                    query.parameter(name, parameters);
                    rest = &rest[name.len() + 2..];
                    continue;
                }
                None if c == ';' => bail!("the query is more than one statement"),
                None => {
                    if first_word.is_none() && !c.is_whitespace() && c != '(' {
                        first_word = Some(rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default());
                    }
                    c.len_utf8()
                }
            };
            query.text.push_str(&rest[..length]);
            rest = &rest[length..];
        }
        let word = first_word.context("the query is empty")?.to_ascii_lowercase();
        ensure!(
            ["select", "with", "values", "from", "table"].contains(&word.as_str()),
            "the query begins with {word:?}: only select and with … select are read"
        );
        Ok(query)
    }

    fn parameter(&mut self, name: &str, parameters: Parameters) {
        match parameters {
            Parameters::Question => {
                self.names.push(name.to_owned());
                self.text.push('?');
            }
            Parameters::Numbered => {
                let known = self.names.iter().position(|known| known == name);
                let index = known.unwrap_or_else(|| {
                    self.names.push(name.to_owned());
                    self.names.len() - 1
                });
                self.text.push_str(&format!("${}", index + 1));
            }
        }
    }

    /// One row of values to bind; `None` where the query has no placeholder.
    pub(super) fn bind(&self, values: &Values) -> Result<Option<RecordBatch>> {
        if self.names.is_empty() {
            return Ok(None);
        }
        let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        for (index, name) in self.names.iter().enumerate() {
            let value = values.fill(&format!("{{{name}}}"))?;
            if name == LIMIT {
                columns.push(Arc::new(Int64Array::from(vec![value.parse::<i64>()?])));
                fields.push(Field::new(index.to_string(), DataType::Int64, false));
            } else {
                columns.push(Arc::new(StringArray::from(vec![value])));
                fields.push(Field::new(index.to_string(), DataType::Utf8, false));
            }
        }
        Ok(Some(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?))
    }
}

/// The name in braces that a text begins with.
fn name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_name.then_some(name)
}

/// Length of the quoted text or comment that a text begins with.
fn skipped(text: &str) -> Option<usize> {
    let until = |from: usize, end: &str| {
        text.get(from..).and_then(|rest| rest.find(end)).map_or(text.len(), |at| from + at + end.len())
    };
    match text.as_bytes() {
        [b'-', b'-', ..] => Some(until(2, "\n")),
        [b'/', b'*', ..] => Some(until(2, "*/")),
        [b'\'', ..] => Some(until(1, "'")),
        [b'"', ..] => Some(until(1, "\"")),
        [b'`', ..] => Some(until(1, "`")),
        [b'$', ..] => {
            let tag = &text[..=text[1..].find('$')? + 1];
            let is_tag = tag[1..tag.len() - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !tag[1..].starts_with(|c: char| c.is_ascii_digit());
            is_tag.then(|| until(tag.len(), tag))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn placeholders_become_parameters_but_not_in_quotes_and_comments() {
        let text = "select '{after}', \"{x}\", $a${y}$a$, '{1,2}'::int[] -- {z}\nfrom t /* {w} */ where a > {after} and b > {after} limit {limit};\n";
        let query = Query::parse(text, Parameters::Numbered).unwrap();
        assert_eq!(
            query.text,
            "select '{after}', \"{x}\", $a${y}$a$, '{1,2}'::int[] -- {z}\nfrom t /* {w} */ where a > $1 and b > $1 limit $2"
        );
        assert_eq!(query.names, ["after", "limit"]);
        let query = Query::parse(text, Parameters::Question).unwrap();
        assert!(query.text.ends_with("a > ? and b > ? limit ?") && query.names == ["after", "after", "limit"]);
    }

    #[test]
    fn only_one_statement_that_reads_is_a_query() {
        for text in [
            "delete from t",
            "select 1; drop table t",
            "",
            " ; ",
            "-- only this",
            "copy t to '/x'",
            "explain analyze delete from t",
        ] {
            assert!(Query::parse(text, Parameters::Numbered).is_err(), "{text}");
        }
        for text in ["select ';'", "with a as (select 1) select * from a;", "-- why\n(select 1)", "VALUES (1)"] {
            assert!(Query::parse(text, Parameters::Numbered).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_never_a_panic(text in ".{0,60}", sql in "select [-$'\"{}a1ä/*;\n ]{0,40}") {
            let _ = Query::parse(&text, Parameters::Numbered);
            let _ = Query::parse(&sql, Parameters::Question);
        }
    }
}
