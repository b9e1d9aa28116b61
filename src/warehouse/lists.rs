//! Lists: tables of accounts, tickets or renewals for the reviewed period.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use rust_decimal::Decimal;

use super::Warehouse;
use super::catalog::{Catalog, Layer, Need, Query};
use super::header;
use crate::review::model::{Cell, Column, ColumnUnit, Customers, List};

/// Most rows of a list that an edition keeps.
const KEPT: usize = 500;

impl Warehouse {
    /// The title of a list and the first thing it needs that is not there (`-- needs: …`, as in a metric's header). Without
    /// anything to look into, "none in this period" would be untrue.
    pub fn unmet_list<'a>(
        &self,
        catalog: &'a Catalog,
        name: &str,
        met: &BTreeSet<String>,
    ) -> Result<Option<(String, &'a Need)>> {
        let (query, fields, title) = described(catalog, name)?;
        let needs = header::split(fields.get("needs").map_or("", String::as_str));
        let unmet = needs.iter().find(|need| !met.contains(*need));
        unmet.map(|need| Ok((title, catalog.need(need, &query.file)?))).transpose()
    }

    /// Runs one list for a period. `columns: account text "Account", change money "Change"` in its header names what is
    /// shown; the columns `account_id` and `account` are printed as the report's `customers` says.
    pub fn list(&self, catalog: &Catalog, name: &str, period: &str, customers: Customers, digits: u32) -> Result<List> {
        let (query, fields, title) = described(catalog, name)?;
        let file = &query.file;
        for need in header::split(fields.get("needs").map_or("", String::as_str)) {
            catalog.need(&need, file)?;
        }
        let columns =
            columns(fields.get("columns").map_or("", String::as_str)).with_context(|| format!("queries/{file}"))?;
        let order = fields.get("order").map_or("1", String::as_str);
        let shown: Vec<Column> =
            columns.into_iter().filter(|c| customers != Customers::None || c.name != "account").collect();
        let names: Vec<String> = shown.iter().map(|c| expression(c, customers)).collect();
        let body = query.body();
        let sql = format!(
            "select {} from (\n{body}\n) as list where period_id = {} order by {order}",
            names.join(", "),
            super::quote(period)
        );
        let table = super::table::read(self.connection(), &sql).with_context(|| format!("queries/{file}"))?;
        let total_rows = table.rows.len() as u64;
        let rows = table.rows.into_iter().take(KEPT).map(|row| {
            let shown = shown.iter().zip(row);
            shown.map(|(column, cell)| read_cell(column, cell, digits)).collect::<Result<Vec<_>>>()
        });
        let rows = rows.collect::<Result<_>>().with_context(|| format!("queries/{file}"))?;
        let dimension = fields.get("dimension").cloned().unwrap_or_default();
        Ok(List { name: name.to_owned(), dimension, title, columns: shown, rows, total_rows })
    }
}

/// A list's file, the fields of its header and its title.
fn described<'a>(catalog: &'a Catalog, name: &str) -> Result<(&'a Query, BTreeMap<String, String>, String)> {
    let known: Vec<&str> = catalog.layer(Layer::Lists).filter_map(|q| q.relation.strip_prefix("lists.")).collect();
    let query = catalog
        .relation(&format!("lists.{name}"))
        .with_context(|| format!("list {name:?} does not exist{}", crate::config::nearest(name, &known)))?;
    let fields = header::fields(&query.sql, &["list", "title", "dimension", "columns", "order", "needs"])
        .with_context(|| format!("queries/{}", query.file))?;
    let title = fields.get("title").cloned().with_context(|| format!("queries/{} has no `-- title: …`", query.file))?;
    Ok((query, fields, title))
}

/// `name unit "Title", …`
fn columns(text: &str) -> Result<Vec<Column>> {
    ensure!(!text.is_empty(), "the header has no `-- columns: name unit \"Title\", …`");
    text.split(',')
        .map(|part| {
            let mut words = part.trim().splitn(3, ' ');
            let (name, unit, title) = (words.next(), words.next(), words.next());
            let (Some(name), Some(unit), Some(title)) = (name, unit, title) else {
                anyhow::bail!("column {part:?}: write name unit \"Title\"")
            };
            let unit: ColumnUnit = serde_json::from_value(serde_json::Value::String(unit.to_owned()))
                .map_err(|e| anyhow::anyhow!("column {name}: {e}"))?;
            Ok(Column { name: name.to_owned(), title: title.trim_matches('"').to_owned(), unit })
        })
        .collect()
}

fn expression(column: &Column, customers: Customers) -> String {
    match (column.name.as_str(), customers) {
        ("account", Customers::Ids) => "account_id as account".to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn read_cell(column: &Column, text: Option<String>, digits: u32) -> Result<Cell> {
    let Some(text) = text else { return Ok(Cell::Empty) };
    Ok(match column.unit {
        ColumnUnit::Text | ColumnUnit::Word => Cell::Text(text),
        ColumnUnit::Date => {
            Cell::Date(text.parse().with_context(|| format!("{}: {text:?} is not a date", column.name))?)
        }
        ColumnUnit::Money => {
            let minor =
                i64::from_str(&text).with_context(|| format!("{}: {text:?} is not in minor units", column.name))?;
            Cell::Number(Decimal::new(minor, digits))
        }
        _ => Cell::Number(
            Decimal::from_str(&text)
                .or_else(|_| Decimal::from_scientific(&text))
                .with_context(|| format!("{}: {text:?} is not a number", column.name))?,
        ),
    })
}
