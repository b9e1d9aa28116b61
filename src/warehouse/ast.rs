//! What a query reads, from DuckDB's own parser: its tables give the order of models, its functions are checked.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use duckdb::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tables read by a query, as `schema.table`; unqualified names that are no CTE are input tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    pub tables: BTreeSet<String>,
    pub inputs: BTreeSet<String>,
}

/// Functions that tell the time, read files or settings, or reach outside: refused in queries by name.
const REFUSED: &[&str] = &[
    "now",
    "current_date",
    "get_current_time",
    "get_current_timestamp",
    "current_timestamp",
    "today",
    "random",
    "uuid",
    "gen_random_uuid",
    "getenv",
    "current_setting",
    "getvariable",
    "transaction_timestamp",
    "current_localtimestamp",
    "current_localtime",
];

/// Clocks written without parentheses: to the parser they look like columns.
const CLOCKS: &[&str] =
    &["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "get_current_time"];

/// Parses one SELECT statement; anything else is refused with line and column.
pub fn inspect(connection: &Connection, sql: &str) -> Result<Reads> {
    let json: String =
        connection.query_row("select json_serialize_sql(cast(? as varchar))", [sql], |row| row.get(0))?;
    let tree: Value = serde_json::from_str(&json)?;
    if tree["error"] == Value::Bool(true) {
        let message = tree["error_message"].as_str().unwrap_or("cannot be parsed");
        if message.starts_with("Only SELECT statements") {
            bail!("only SELECT is allowed: a query reads, and changes nothing");
        }
        let position = tree["position"].as_str().and_then(|p| p.parse::<usize>().ok());
        bail!("{}{message}", position.map(|p| place(sql, p)).unwrap_or_default());
    }
    let statements = tree["statements"].as_array().context("no statement")?;
    if statements.len() != 1 {
        bail!("a query is one SELECT statement; this has {}", statements.len());
    }
    let mut ctes = BTreeSet::new();
    collect_ctes(&statements[0], &mut ctes);
    let mut reads = Reads::default();
    collect(&statements[0], sql, &ctes, &mut reads)?;
    Ok(reads)
}

/// `line 3, column 7: `
pub fn place(sql: &str, position: usize) -> String {
    let before = sql.get(..position.min(sql.len())).unwrap_or(sql);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |i| i + 1) + 1;
    format!("line {line}, column {column}: ")
}

fn collect_ctes(node: &Value, names: &mut BTreeSet<String>) {
    if let Some(map) = node["cte_map"]["map"].as_array() {
        names.extend(map.iter().filter_map(|entry| entry["key"].as_str().map(str::to_lowercase)));
    }
    children(node, &mut |child| collect_ctes(child, names));
}

fn collect(node: &Value, sql: &str, ctes: &BTreeSet<String>, reads: &mut Reads) -> Result<()> {
    let at = || place(sql, node["query_location"].as_u64().unwrap_or(0) as usize);
    match node["type"].as_str() {
        Some("BASE_TABLE") => {
            let schema = node["schema_name"].as_str().unwrap_or("");
            let table = node["table_name"].as_str().unwrap_or("").to_lowercase();
            if !schema.is_empty() {
                reads.tables.insert(format!("{}.{table}", schema.to_lowercase()));
            } else if table.contains(['/', '.', '*']) {
                bail!("{}a query may not read files ({table:?}): use the files source", at());
            } else if !ctes.contains(&table) {
                reads.inputs.insert(table);
            }
        }
        Some("TABLE_FUNCTION") => {
            let name = node["function"]["function_name"].as_str().unwrap_or("");
            if !["unnest", "generate_series", "range", "duckdb_tables", "duckdb_columns"].contains(&name) {
                bail!("{}table function {name} is not allowed in a query", at());
            }
        }
        Some("FUNCTION") => {
            let name = node["function_name"].as_str().unwrap_or("");
            if REFUSED.contains(&name) || name.starts_with("read_") {
                bail!(
                    "{}function {name} is not allowed in a query: time and settings come from the tables period and setting",
                    at()
                );
            }
        }
        Some("COLUMN_REF") => {
            let names = node["column_names"].as_array().map_or(&[][..], Vec::as_slice);
            if let [Value::String(name)] = names
                && CLOCKS.contains(&name.to_lowercase().as_str())
            {
                bail!("{}{name} is not allowed in a query: time comes from the tables period and setting", at());
            }
        }
        _ => {}
    }
    let mut result = Ok(());
    children(node, &mut |child| {
        if result.is_ok() {
            result = collect(child, sql, ctes, reads);
        }
    });
    result
}

fn children(node: &Value, visit: &mut dyn FnMut(&Value)) {
    match node {
        Value::Array(items) => items.iter().for_each(visit),
        Value::Object(fields) => fields.values().for_each(visit),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Result<Reads> {
        inspect(&Connection::open_in_memory().unwrap(), sql)
    }

    #[test]
    fn tables_and_inputs_are_told_apart_from_ctes() {
        let reads =
            read("with a as (select * from core.x) select * from a join staging.y using (id) join period using (id)");
        let reads = reads.unwrap();
        assert_eq!(reads.tables.into_iter().collect::<Vec<_>>(), ["core.x", "staging.y"]);
        assert_eq!(reads.inputs.into_iter().collect::<Vec<_>>(), ["period"]);
    }

    #[test]
    fn files_clocks_and_writes_are_refused_with_the_place() {
        for (sql, word) in [
            ("select *\nfrom 'secrets.csv'", "line 2"),
            ("select * from read_csv('x')", "read_csv"),
            ("select now()", "now"),
            ("select current_date", "current_date"),
            ("create table x (i int)", "SELECT"),
            ("select 1; select 2", "one SELECT"),
            ("select getenv('HOME')", "getenv"),
        ] {
            let error = read(sql).unwrap_err().to_string();
            assert!(error.contains(word), "{sql}: {error}");
        }
    }
}
