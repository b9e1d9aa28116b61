//! A small result as text: what `query` and `values` print.

use anyhow::{Context, Result};
use duckdb::Connection;

/// Column names and rows; `None` is SQL NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

/// Runs a SELECT with every column cast to text.
pub(crate) fn read(connection: &Connection, sql: &str) -> Result<Table> {
    let wrapped = format!("select cast(columns(*) as varchar) from (\n{sql}\n) as result");
    let mut statement = connection.prepare(&wrapped).map_err(|e| anyhow::anyhow!(first_lines(&e.to_string())))?;
    let mut rows = statement.query([])?;
    let columns = rows.as_ref().map(duckdb::Statement::column_names).context("no result")?;
    let mut table = Table { columns, rows: Vec::new() };
    while let Some(row) = rows.next()? {
        table.rows.push((0..table.columns.len()).map(|i| row.get(i)).collect::<Result<_, _>>()?);
    }
    Ok(table)
}

/// DuckDB's message without the stack of hints below it.
pub(crate) fn first_lines(message: &str) -> String {
    message.lines().take(6).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
