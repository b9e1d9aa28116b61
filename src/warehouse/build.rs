//! Core and marts, rebuilt from staging in the derived order.

use anyhow::{Context, Result, bail, ensure};

use super::Warehouse;
use super::catalog::{Catalog, Layer, Query};
use super::inputs::Horizon;
use crate::calendar::Calendar;
use crate::config::Config;

impl Warehouse {
    /// Makes the inputs, core, business hours and marts for a horizon, unless they are already made of exactly these queries,
    /// settings, periods and batches.
    pub fn build(&self, catalog: &Catalog, config: &Config, calendar: &Calendar, horizon: &Horizon) -> Result<()> {
        let fingerprint = self.fingerprint(catalog, config, horizon)?;
        let built: Option<String> =
            self.connection().query_row("select fingerprint from meta.built", [], |row| row.get(0)).ok();
        if built.as_ref() == Some(&fingerprint) {
            return Ok(());
        }
        // a build that is cut short leaves no fingerprint and is made again
        self.connection().execute_batch("delete from meta.built")?;
        self.build_all(catalog, config, calendar, horizon)?;
        self.connection().execute("insert into meta.built values (?)", [fingerprint])?;
        Ok(())
    }

    fn fingerprint(&self, catalog: &Catalog, config: &Config, horizon: &Horizon) -> Result<String> {
        use sha2::Digest;
        let batches: Option<String> = self.connection().query_row(
            "select string_agg(concat_ws(' ', table_name, source_name, batch_id, loads), ', ' order by table_name, source_name) from meta.loaded_through",
            [],
            |row| row.get(0),
        )?;
        // whose ids are qualified may change without a batch
        let staged: Option<String> = self.connection().query_row(
            "select string_agg(hash, '' order by table_name) from meta.staging_definition",
            [],
            |row| row.get(0),
        )?;
        let inputs = super::inputs::all_settings(config, horizon)?;
        let text =
            format!("{}\n{inputs}\n{horizon:?}\n{batches:?}\n{staged:?}\n{:?}", catalog.fingerprint(), config.company);
        let text = text + super::macros::PREPARE;
        Ok(super::catalog::hex(&sha2::Sha256::digest(text.as_bytes())))
    }

    fn build_all(&self, catalog: &Catalog, config: &Config, calendar: &Calendar, horizon: &Horizon) -> Result<()> {
        self.make_inputs(config, calendar, horizon)?;
        self.filling(self.staged_rows()?, || {
            for query in catalog.layer(Layer::Core) {
                self.make(query)?;
            }
            self.make_business_hours(calendar, horizon)?;
            for query in catalog.layer(Layer::Marts) {
                self.make(query)?;
            }
            Ok(())
        })
    }

    /// Binds every query against tables without rows: what `check` does, with no data and no network.
    pub fn bind_all(&self, catalog: &Catalog, config: &Config, calendar: &Calendar, horizon: &Horizon) -> Result<()> {
        self.load_nothing(catalog)?;
        self.build_all(catalog, config, calendar, horizon)?;
        for (header, index) in &catalog.metrics {
            self.bind_metric(header, &catalog.queries[*index])?;
        }
        let results = self.metrics(catalog, config, &std::collections::BTreeSet::new())?;
        if let Some((metric, error)) = results.failed.iter().next() {
            bail!("metric {metric}: {error}");
        }
        for query in catalog.layer(Layer::Lists) {
            let name = query.relation.trim_start_matches("lists.");
            self.list(catalog, name, "", crate::review::model::Customers::Names, 2)?;
        }
        self.bind_account(catalog)?;
        if let Some((file, error)) = self.checks(catalog).broken.first() {
            bail!("queries/{file}: {error}");
        }
        Ok(())
    }

    /// Makes one model of what is staged and made.
    ///
    /// # Errors
    /// The query's own, with its file and line; money in a floating-point column.
    pub fn model(&self, query: &Query) -> Result<()> {
        self.filling(self.staged_rows()?, || self.make(query))
    }

    fn make(&self, query: &Query) -> Result<()> {
        let started = std::time::Instant::now();
        let body = query.body();
        let sql = format!("{}create or replace {} {} as\n{body}", self.unlike(query)?, kind(query), query.relation);
        if let Err(error) = self.connection().execute_batch(&sql) {
            bail!("queries/{}: {}", query.file, relocate(&error.to_string()));
        }
        tracing::debug!(model = query.relation, duration_ms = started.elapsed().as_millis() as u64, "built");
        self.refuse_floating_money(query)
    }

    /// What takes away a table where a view is to be, or the other way round: neither replaces the other.
    fn unlike(&self, query: &Query) -> Result<String> {
        let (schema, name) = query.relation.split_once('.').context("a relation has a schema")?;
        let (list, other) = match kind(query) {
            "view" => ("duckdb_tables() where schema_name = ? and table_name", "table"),
            _ => ("duckdb_views() where schema_name = ? and view_name", "view"),
        };
        let sql = format!("select count(*) > 0 from {list} = ?");
        let is_there: bool = self.connection().query_row(&sql, [schema, name], |row| row.get(0))?;
        Ok(if is_there { format!("drop {other} {}; ", query.relation) } else { String::new() })
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

/// A model is a table, or a view where its first line says so: rows that are many, cheap to make and read once.
fn kind(query: &Query) -> &'static str {
    if query.sql.lines().next() == Some("-- view") { "view" } else { "table" }
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

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n";

    #[test]
    fn a_model_may_turn_from_a_table_into_a_view_and_back() {
        let warehouse = Warehouse::empty().unwrap();
        let mut query = Query {
            layer: Layer::Marts,
            relation: "marts.turning".into(),
            file: "marts/turning.sql".into(),
            sql: String::new(),
            reads: super::super::ast::Reads::default(),
        };
        for sql in ["select 1 as a", "-- view\nselect 2 as a", "-- view\nselect 3 as a", "select 4 as a"] {
            query.sql = sql.into();
            warehouse.make(&query).unwrap();
        }
        assert_eq!(warehouse.query("select a from marts.turning").unwrap().rows, [[Some("4".to_owned())]]);
    }

    #[test]
    fn every_shipped_query_binds_without_data() {
        let config = Config::parse(CONFIG, std::path::Path::new("/")).unwrap();
        let calendar = Calendar::new(&config.company).unwrap();
        let now: jiff::Timestamp = "2026-11-16T08:00:00Z".parse().unwrap();
        let warehouse = Warehouse::empty().unwrap();
        let catalog = Catalog::load(warehouse.connection(), None).unwrap();
        let periods = vec![calendar.parse("2026-W46").unwrap()];
        warehouse.bind_all(&catalog, &config, &calendar, &Horizon::new(periods, now)).unwrap();
    }
}
