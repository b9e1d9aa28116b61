//! The events in an in-memory DuckDB, queried as PostHog's ClickHouse would be.

use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use duckdb::{
    Connection, params,
    types::{TimeUnit, Value as Cell},
};
use serde_json::{Value, json};

use super::{
    super::super::{
        simulate::{Company, product::Kind},
        time::{Secs, iso},
    },
    hogql, survey_id, timestamp,
};

/// The event store.
pub struct Store {
    connection: Mutex<Connection>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Store")
    }
}

/// A result page.
#[derive(Debug)]
pub struct Answer {
    pub columns: Vec<String>,
    pub types: Vec<(String, String)>,
    pub rows: Vec<Vec<Value>>,
    pub more: bool,
    pub limit: usize,
    pub offset: usize,
}

impl Store {
    /// Loads the log's events.
    pub fn load(company: &Company) -> anyhow::Result<Store> {
        let connection = Connection::open_in_memory().context("cannot open the event store")?;
        connection
            .execute_batch(
                "create table event_log(uuid varchar, event varchar, timestamp timestamp, distinct_id varchar, \
                 person_id varchar, properties varchar, \"$group_0\" varchar, \"$session_id\" varchar);
                 create table group_log(index integer, key varchar, created_at timestamp, properties varchar);",
            )
            .context("cannot create the event store")?;
        {
            let mut groups = connection.appender("group_log")?;
            for account in &company.accounts {
                let properties = json!({"name": account.name, "domain": account.domain}).to_string();
                groups.append_row(params![0, account.group_key, timestamp_value(account.joined), properties])?;
            }
            groups.flush()?;
            let survey = survey_id(company);
            let mut events = connection.appender("event_log")?;
            for (serial, event) in company.product.events.iter().chain(&company.product.shown).enumerate() {
                let account = &company.accounts[event.account as usize];
                let person = u64::from(event.account) * 1000 + u64::from(event.person);
                let session = format!("{:x}-{:x}", event.account, event.session);
                let properties = match event.kind {
                    Kind::ApiRequest => format!(r#"{{"$session_id":"{session}","latency_ms":{}}}"#, event.value),
                    Kind::Exception => {
                        format!(r#"{{"$session_id":"{session}","$exception_type":"TypeError"}}"#)
                    }
                    Kind::SurveySent => format!(
                        r#"{{"$session_id":"{session}","$survey_id":"{survey}","$survey_response":{}}}"#,
                        event.value
                    ),
                    Kind::SurveyShown => {
                        format!(r#"{{"$session_id":"{session}","$survey_id":"{survey}"}}"#)
                    }
                    _ => format!(r#"{{"$session_id":"{session}"}}"#),
                };
                events.append_row(params![
                    // Unique is enough: nobody reads more into it, and hashing each one would take a second.
                    format!("0196a1b2-0000-7000-8000-{serial:012x}"),
                    event.kind.name(),
                    timestamp_value(event.at),
                    format!("user-{person}"),
                    format!("0190b3c4-0000-5000-8000-{person:012x}"),
                    properties,
                    account.group_key,
                    session
                ])?;
            }
            events.flush()?;
        }
        Ok(Store { connection: Mutex::new(connection) })
    }

    /// Runs HogQL as of an instant; the error is what PostHog would say.
    pub fn query(&self, text: &str, now: Secs) -> Result<Answer, String> {
        let (sql, limit, offset) = hogql::translate(text, now)?;
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let views = format!(
            "create or replace view events as select * from event_log where timestamp <= '{now}';
             create or replace view groups as select * from group_log where created_at <= '{now}';",
            now = timestamp(now)
        );
        let run = || -> duckdb::Result<Answer> {
            connection.execute_batch(&views)?;
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut found: Vec<Vec<Value>> = Vec::new();
            let mut columns: Option<Vec<String>> = None;
            while let Some(row) = rows.next()? {
                let width = columns.get_or_insert_with(|| row.as_ref().column_names()).len();
                let cells: duckdb::Result<Vec<Value>> = (0..width).map(|at| row.get(at).map(cell)).collect();
                found.push(cells?);
            }
            drop(rows);
            let columns = columns.unwrap_or_else(|| statement.column_names());
            let types = (0..columns.len()).map(|at| (columns[at].clone(), kind(&statement.column_type(at)))).collect();
            let more = found.len() > limit;
            found.truncate(limit);
            Ok(Answer { columns, types, rows: found, more, limit, offset })
        };
        run().map_err(|error| first_line(&error.to_string()))
    }
}

fn timestamp_value(at: Secs) -> Cell {
    Cell::Timestamp(TimeUnit::Second, at)
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

fn cell(value: Cell) -> Value {
    match value {
        Cell::Boolean(value) => json!(value),
        Cell::TinyInt(value) => json!(value),
        Cell::SmallInt(value) => json!(value),
        Cell::Int(value) => json!(value),
        Cell::BigInt(value) => json!(value),
        Cell::HugeInt(value) => i64::try_from(value).map_or_else(|_| json!(value.to_string()), |value| json!(value)),
        Cell::UTinyInt(value) => json!(value),
        Cell::USmallInt(value) => json!(value),
        Cell::UInt(value) => json!(value),
        Cell::UBigInt(value) => json!(value),
        Cell::Float(value) => json!(value),
        Cell::Double(value) => json!(value),
        Cell::Decimal(value) => json!(value.to_string()),
        Cell::Text(value) => json!(value),
        Cell::Date32(days) => json!(iso(i64::from(days) * 86_400)[..10]),
        Cell::Timestamp(unit, value) => json!(iso(match unit {
            TimeUnit::Second => value,
            TimeUnit::Millisecond => value / 1_000,
            TimeUnit::Microsecond => value / 1_000_000,
            TimeUnit::Nanosecond => value / 1_000_000_000,
        })),
        Cell::List(values) | Cell::Array(values) => values.into_iter().map(cell).collect(),
        _ => Value::Null,
    }
}

/// ClickHouse's name of a type.
fn kind(kind: &impl std::fmt::Debug) -> String {
    let name = format!("{kind:?}");
    match name.as_str() {
        "Int64" => "UInt64".to_owned(),
        "Int32" | "Int16" | "Int8" => "Int32".to_owned(),
        "Utf8" => "Nullable(String)".to_owned(),
        "Date32" => "Date".to_owned(),
        "Boolean" => "Bool".to_owned(),
        name if name.starts_with("Timestamp") => "DateTime64(6, 'UTC')".to_owned(),
        name if name.starts_with("Decimal") => "Int64".to_owned(),
        other => other.to_owned(),
    }
}
