//! The sections of a one-account review: `queries/account/*.sql`, run for the account and period in the table `asked`.
//!
//! A section is one file. Its header says how it is shown; `asked` (one row) and `asked_month` (the twelve months up to the
//! period) say of whom and when, so that a query joins what it needs and nothing is put into its text.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::catalog::{Catalog, Layer, Need, Query};
use super::entities::{of_period, way};
use super::{Warehouse, quote};

use super::header::{self, Header, Shape};
use super::table::read;
use crate::calendar::Period;
use crate::review::account::{Audience, Body, Fact, Table, Value};
use crate::review::model::{Point, Unit};

/// Most rows of a table that a review keeps.
const KEPT: usize = 200;

/// What a file of `queries/account/` says in its header.
#[derive(Debug)]
pub struct Section<'a> {
    pub name: String,
    pub title: String,
    pub note: String,
    /// Whose figures it is about: withheld with them.
    pub dimension: String,
    pub audience: Audience,
    /// The system that must know the account: `support`, `product`.
    pub matched: Option<String>,
    /// Names in `queries/needs.toml`.
    pub needs: Vec<String>,
    place: i64,
    shape: SectionShape,
    query: &'a Query,
}

#[derive(Debug)]
enum SectionShape {
    Facts,
    Trend(Unit),
    Table { columns: Vec<(String, String, String)>, order: String, empty: String },
}

/// Of whom and when.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub account: &'a str,
    pub period: &'a str,
    pub previous: &'a str,
    /// Twelve months that end with the period.
    pub year: &'a str,
    /// Oldest first.
    pub months: &'a [Period],
}

const KEYS: &[&str] = &[
    "section",
    "title",
    "place",
    "dimension",
    "needs",
    "matched",
    "shape",
    "unit",
    "show",
    "columns",
    "order",
    "empty",
    "note",
];

/// The units a fact or a column may have.
const UNITS: [&str; 11] = [
    "text",
    "word",
    "segment",
    "money",
    "amount",
    "count",
    "percent",
    "date",
    "period",
    "duration",
    "business_duration",
];

/// What every query of facts returns.
const FACT: [&str; 9] = ["place", "label", "unit", "value", "whole", "before", "before_whole", "note", "is_headline"];

impl<'a> Section<'a> {
    /// Every section of the catalogue, in print order.
    pub fn all(catalog: &'a Catalog) -> Result<Vec<Section<'a>>> {
        let parsed = catalog
            .layer(Layer::Account)
            .map(|query| Section::parse(catalog, query).with_context(|| format!("queries/{}", query.file)));
        let mut sections = parsed.collect::<Result<Vec<_>>>()?;
        sections.sort_by(|a, b| (a.place, &a.name).cmp(&(b.place, &b.name)));
        Ok(sections)
    }

    fn parse(catalog: &Catalog, query: &'a Query) -> Result<Section<'a>> {
        let fields = header::fields(&query.sql, KEYS)?;
        let get = |key: &str| fields.get(key).cloned().with_context(|| format!("the header has no `-- {key}: …`"));
        let needs = header::split(fields.get("needs").map_or("", String::as_str));
        for need in &needs {
            catalog.need(need, &query.file)?;
        }
        let shape = match get("shape")?.as_str() {
            "facts" => SectionShape::Facts,
            "trend" => SectionShape::Trend(header::word("unit", &get("unit")?)?),
            "table" => {
                SectionShape::Table { columns: columns(&get("columns")?)?, order: get("order")?, empty: get("empty")? }
            }
            other => bail!("header `shape: {other}`: use facts, trend or table"),
        };
        let place = get("place")?;
        let matched = fields.get("matched").cloned();
        if let Some(system) = &matched {
            ensure!(
                ["support", "product"].contains(&system.as_str()),
                "header `matched: {system}`: use support or product"
            );
        }
        Ok(Section {
            name: get("section")?,
            title: get("title")?,
            note: fields.get("note").cloned().unwrap_or_default(),
            dimension: get("dimension")?,
            audience: header::word("show", &get("show")?)?,
            matched,
            needs,
            place: place.parse().with_context(|| format!("header `place: {place}`: a whole number"))?,
            shape,
            query,
        })
    }

    /// The first of its needs that is not there.
    pub fn unmet(&self, catalog: &'a Catalog, met: &BTreeSet<String>) -> Option<&'a Need> {
        self.needs.iter().find(|need| !met.contains(*need)).and_then(|need| catalog.needs.get(need))
    }
}

impl Warehouse {
    /// Says of whom the sections are to tell, and when.
    pub fn ask(&self, asked: &Asked<'_>) -> Result<()> {
        let months: Vec<String> = asked.months.iter().map(|month| quote(&month.id)).collect();
        let months = if months.is_empty() { "null".to_owned() } else { months.join(", ") };
        self.connection()
            .execute_batch(&format!(
                "create or replace temp table asked as
                   select {account} as account_id, period.period_id, period.grain, period.start_at, period.end_at,
                     period.start_on, period.end_on, previous.period_id as previous_id,
                     previous.start_at as previous_start_at, previous.start_on as previous_start_on, {year} as year_id
                   from main.period
                   join main.period as previous on previous.period_id = {previous}
                   where period.period_id = {period};
                 create or replace temp table asked_month as
                   select period_id, start_at, end_at, start_on, end_on from main.period where period_id in ({months});",
                account = quote(asked.account),
                year = quote(asked.year),
                previous = quote(asked.previous),
                period = quote(asked.period),
            ))
            .context("cannot say which account is asked for")
    }

    /// Runs one section for what [`Warehouse::ask`] said. Money in minor units becomes major ones of `digits`.
    pub fn section(&self, section: &Section<'_>, digits: u32) -> Result<Body> {
        self.read_section(section, digits).with_context(|| format!("queries/{}", section.query.file))
    }

    fn read_section(&self, section: &Section<'_>, digits: u32) -> Result<Body> {
        let body = section.query.body();
        match &section.shape {
            SectionShape::Facts => {
                let names = FACT.join(", ");
                let table = read(
                    self.connection(),
                    &format!("select {names} from (\n{body}\n) as fact order by place, label"),
                )?;
                Ok(Body::Facts(table.rows.into_iter().map(|row| fact(row, digits)).collect::<Result<_>>()?))
            }
            SectionShape::Trend(unit) => {
                let sql = format!("select period_id, first_on, value from (\n{body}\n) as trend order by first_on");
                let points = read(self.connection(), &sql)?.rows.into_iter().map(|row| point(&row, *unit, digits));
                Ok(Body::Trend { unit: *unit, points: points.collect::<Result<_>>()? })
            }
            SectionShape::Table { columns, order, empty } => {
                let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
                let sql = format!("select {} from (\n{body}\n) as listed order by {order}", names.join(", "));
                let table = read(self.connection(), &sql)?;
                let total_rows = table.rows.len() as u64;
                let rows = table.rows.into_iter().take(KEPT).map(|row| cells(columns, row, digits));
                Ok(Body::Table(Table {
                    columns: columns.iter().map(|(_, _, title)| title.clone()).collect(),
                    rows: rows.collect::<Result<_>>()?,
                    total_rows,
                    empty: empty.clone(),
                }))
            }
        }
    }

    /// Binds every section against tables without rows.
    pub fn bind_account(&self, catalog: &Catalog) -> Result<()> {
        self.ask(&Asked { account: "", period: "", previous: "", year: "", months: &[] })?;
        for section in Section::all(catalog)? {
            self.section(&section, 2)?;
        }
        Ok(())
    }

    /// An account's own figure of a metric: value, numerator, denominator and how many entities stand behind it; money in
    /// minor units. `None` for figures an account has not of its own.
    pub fn own_figure(
        &self,
        header: &Header,
        query: &Query,
        series: &str,
        period: &str,
        account: &str,
    ) -> Result<Option<Own>> {
        let (value, parts) = match &header.shape {
            Shape::Ratio | Shape::Proportion => (
                quotient().to_owned(),
                "cast(sum(numerator) as decimal(38, 6)), cast(sum(denominator) as decimal(38, 6))",
            ),
            Shape::Quantile(_) => {
                let level = header.series().into_iter().find(|(name, ..)| name == series).and_then(|(.., level)| level);
                let level = Decimal::new(i64::from(level.unwrap_or(500)), 3);
                (format!("percentile_cont({level}) within group (order by value)"), "null, null")
            }
            Shape::Sum | Shape::Level => ("sum(value)".to_owned(), "null, null"),
            Shape::Distinct | Shape::Split(_) | Shape::Custom => return Ok(None),
        };
        let sql = format!(
            "select cast({value} as decimal(28, 9)), {parts}, count(distinct entity_id) from ({rows}) as rows
             where account_id = {account}",
            rows = of_period(query, period),
            account = quote(account),
        );
        let table =
            read(self.connection(), &format!("select * from ({sql}) as own(value, numerator, denominator, n)"))?;
        let row = table.rows.first().context("no result")?;
        let number = |i: usize| row[i].as_deref().map(Decimal::from_str).transpose();
        let n = row[3].as_deref().unwrap_or("0").parse()?;
        Ok(Some(Own { value: number(0)?, numerator: number(1)?, denominator: number(2)?, n }))
    }

    /// The value of every segment an account is in, as a metric of this header assigns it.
    pub fn segment_of(&self, header: &Header, period: &str, account: &str, segment: &str) -> Result<Option<String>> {
        let table = read(
            self.connection(),
            &format!(
                "select value from marts.account_period_segment
                 where period_id = {} and account_id = {} and name = {} and way = '{}'",
                quote(period),
                quote(account),
                quote(segment),
                way(header)
            ),
        )?;
        Ok(table.rows.into_iter().next().and_then(|mut row| row.pop().flatten()))
    }
}

/// An account's own figure, as SQL gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    pub value: Option<Decimal>,
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    /// Entities behind it.
    pub n: u64,
}

fn quotient() -> &'static str {
    "cast(sum(numerator) as decimal(38, 6)) / nullif(cast(sum(denominator) as decimal(38, 6)), 0)"
}

/// `name unit "Title", …`
fn columns(text: &str) -> Result<Vec<(String, String, String)>> {
    let column = |part: &str| {
        let mut words = part.trim().splitn(3, ' ');
        let (Some(name), Some(unit), Some(title)) = (words.next(), words.next(), words.next()) else {
            bail!("column {part:?}: write name unit \"Title\"")
        };
        ensure!(UNITS.contains(&unit), "column {name}: unit {unit:?}{}", crate::config::nearest(unit, &UNITS));
        Ok((name.to_owned(), unit.to_owned(), title.trim_matches('"').to_owned()))
    };
    // a comma within a title is none between columns
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(',') {
        match parts.last_mut().filter(|last| last.matches('"').count() == 1) {
            Some(last) => *last += &format!(",{part}"),
            None => parts.push(part.to_owned()),
        }
    }
    parts.iter().map(|part| column(part)).collect()
}

fn fact(row: Vec<Option<String>>, digits: u32) -> Result<Fact> {
    let [_, label, unit, value, whole, before, before_whole, note, is_headline]: [Option<String>; 9] =
        row.try_into().map_err(|_| anyhow::anyhow!("a fact has nine columns"))?;
    let (label, unit) = (label.context("a fact has no label")?, unit.context("a fact has no unit")?);
    let read = |text: Option<String>| {
        text.map(|text| value_of(&unit, text, digits)).transpose().with_context(|| format!("fact {label:?}"))
    };
    let (value, whole) = part(read(value)?, read(whole)?);
    let (before, before_whole) = part(read(before)?, read(before_whole)?);
    Ok(Fact { value, whole, before, before_whole, note, is_headline: is_headline.as_deref() == Some("true"), label })
}

/// A part of nothing is no figure.
fn part(value: Option<Value>, whole: Option<Value>) -> (Option<Value>, Option<Value>) {
    match whole {
        Some(Value::Count(whole)) if whole.is_zero() => (None, None),
        whole => (value, whole),
    }
}

fn point(row: &[Option<String>], unit: Unit, digits: u32) -> Result<Point> {
    let [Some(period), Some(first), value] = row else { bail!("a point has a period and its first day") };
    let value = value.as_deref().map(number).transpose()?;
    let scale = if unit == Unit::Money { Decimal::new(1, digits) } else { Decimal::ONE };
    Ok(Point { period: period.clone(), first_day: day(first)?, value: value.map(|v| v * scale) })
}

fn cells(columns: &[(String, String, String)], row: Vec<Option<String>>, digits: u32) -> Result<Vec<Option<Value>>> {
    let cell = |((name, unit, _), text): (&(String, String, String), Option<String>)| {
        text.map(|text| value_of(unit, text, digits)).transpose().with_context(|| format!("column {name}"))
    };
    columns.iter().zip(row).map(cell).collect()
}

fn value_of(unit: &str, text: String, digits: u32) -> Result<Value> {
    Ok(match unit {
        "text" => Value::Text(text),
        "word" => Value::Word(text),
        "segment" => {
            let (name, value) = text.split_once('=').with_context(|| format!("{text:?}: write NAME=VALUE"))?;
            Value::Segment { name: name.to_owned(), value: value.to_owned() }
        }
        "period" => Value::Period(text),
        "date" => Value::Date(day(&text)?),
        "money" => {
            let minor = i64::from_str(&text).with_context(|| format!("{text:?} is not in minor units"))?;
            Value::Money(Decimal::new(minor, digits))
        }
        "amount" => {
            let (currency, amount) = text.split_once(' ').with_context(|| format!("{text:?}: write CODE AMOUNT"))?;
            Value::Amount { currency: currency.to_uppercase(), amount: number(amount)?.normalize() }
        }
        "count" => Value::Count(number(&text)?.normalize()),
        "percent" => Value::Percent(number(&text)?.normalize()),
        "duration" => Value::Duration(number(&text)?.normalize()),
        "business_duration" => Value::BusinessDuration(number(&text)?.normalize()),
        other => bail!("unit {other:?}{}", crate::config::nearest(other, &UNITS)),
    })
}

fn number(text: &str) -> Result<Decimal> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .with_context(|| format!("{text:?} is not a number"))
}

fn day(text: &str) -> Result<Date> {
    text.get(..10).unwrap_or(text).parse().with_context(|| format!("{text:?} is not a date"))
}
