//! `query`: read-only SQL on the warehouse.

use anyhow::Result;

use super::print::{self, Format};
use crate::calendar::Calendar;
use crate::config::{Grain, Usage};
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview query 'select * from marts.walk order by period_id desc limit 3'
  bizreview query \"select table_schema, table_name from information_schema.tables\" --format csv

Tables: staging.* (one per stream), core.* (one meaning each), marts.* (derived), period, day, setting.
Periods are the last 60 weeks and 36 months.")]
pub struct Args {
    /// One SELECT statement.
    sql: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let calendar = Calendar::new(&environment.config.company)?;
    let mut periods = Vec::new();
    for (grain, back) in [(Grain::Week, 60), (Grain::Month, 36)] {
        let last = calendar.last_complete(grain, environment.now);
        let first = (0..back).fold(last.clone(), |p, _| calendar.previous(&p));
        periods.extend(calendar.series(grain, first.start_on, last.start_on));
    }
    let (opened, problems) = pipeline::up_to_date(environment, &calendar, periods)?;
    let table = opened.warehouse.query(&args.sql).map_err(|e| Usage(format!("{e:#}")))?;
    let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
    print::rows(&columns, &table.rows, args.format)?;
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}
