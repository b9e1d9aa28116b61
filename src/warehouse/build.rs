//! Core and marts, rebuilt from staging in the derived order.

use anyhow::{Context, Result, bail, ensure};

use super::Warehouse;
use super::catalog::{Catalog, Layer, Query};
use super::inputs::Horizon;
use crate::calendar::Calendar;
use crate::config::Config;

impl Warehouse {
    /// Makes the inputs, core, business hours and marts for a horizon.
    pub fn build(&self, catalog: &Catalog, config: &Config, calendar: &Calendar, horizon: &Horizon) -> Result<()> {
        self.make_inputs(config, calendar, horizon)?;
        for query in catalog.layer(Layer::Core) {
            self.make(query)?;
        }
        self.make_business_hours(calendar, horizon)?;
        for query in catalog.layer(Layer::Marts) {
            self.make(query)?;
        }
        Ok(())
    }

    fn make(&self, query: &Query) -> Result<()> {
        let started = std::time::Instant::now();
        let body = query.sql.trim().trim_end_matches(';');
        let sql = format!("create or replace table {} as\n{body}", query.relation);
        if let Err(error) = self.connection().execute_batch(&sql) {
            bail!("queries/{}: {}", query.file, relocate(&error.to_string()));
        }
        tracing::debug!(model = query.relation, duration_ms = started.elapsed().as_millis() as u64, "built");
        self.refuse_floating_money(query)
    }

    /// Money columns are exact: a DOUBLE named like money is an error.
    fn refuse_floating_money(&self, query: &Query) -> Result<()> {
        let (schema, table) = query.relation.split_once('.').context("a relation has a schema")?;
        let mut statement = self.connection().prepare(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?
             and data_type in ('DOUBLE', 'FLOAT') and regexp_matches(column_name, '(_minor|amount|mrr)$')",
        )?;
        let columns: Vec<String> = statement.query_map([schema, table], |row| row.get(0))?.collect::<Result<_, _>>()?;
        ensure!(
            columns.is_empty(),
            "queries/{}: {} is floating point, and money may not be: use BIGINT minor units, DECIMAL or divide_half_up",
            query.file,
            columns.join(", ")
        );
        Ok(())
    }
}

/// DuckDB counts lines from our `create table` line; people count from the file's first.
fn relocate(message: &str) -> String {
    let mut text = super::table::first_lines(message);
    if let Some(at) = text.find("LINE ") {
        let digits: String = text[at + 5..].chars().take_while(char::is_ascii_digit).collect();
        if let Ok(line) = digits.parse::<usize>() {
            text = text.replacen(&format!("LINE {digits}"), &format!("LINE {}", line.saturating_sub(1)), 1);
        }
    }
    text
}
