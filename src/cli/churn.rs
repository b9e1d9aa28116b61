//! `churn`: why accounts left, in their owners' words.

use anyhow::{Result, bail, ensure};
use jiff::civil::Date;

use super::print::{self, Format};
use crate::calendar::Calendar;
use crate::config::{Grain, Usage, nearest};
use crate::ledger::Ledger;
use crate::ledger::judgements::ChurnReason;
use crate::pipeline::{self, Environment};
use crate::warehouse::Warehouse;
use crate::warehouse::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "An owner's reason counts before the billing system's field, which is mostly empty.

Examples:
  bizreview churn
  bizreview churn reason cus_NffrFeUfNV2Hib missing_features --author 'Mara Lindqvist'")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Accounts that left, with the reason and who answers for it; without a reason first (the default)
    List,
    /// Note why an account left
    Reason {
        /// Account id, or a billing customer id of it
        account: String,
        /// too_expensive, missing_features, …; `churn reason ACCOUNT ?` lists them
        reason: String,
        /// The day it left (default: its last one)
        #[arg(long, value_name = "DAY")]
        on: Option<Date>,
        /// Who says so (default: your user name)
        #[arg(long, default_value_t = super::person(), hide_default_value = true)]
        author: String,
    },
}

/// Accounts that have left and not come back by the last pull, with the closest reason.
const LEFT: &str = "with gone as (
    select span.account_id, max(span.to_at) as to_at
    from core.subscription_span as span group by span.account_id
  ),
  dated as (
    select gone.account_id, day.local_date as left_on
    from gone cross join setting asof join day on gone.to_at >= day.start_at
    where gone.to_at <= setting.as_of_at
  ),
  reasoned as (
    select dated.*, reason.reason, reason.author,
      row_number() over (partition by dated.account_id order by reason.rank nulls last, reason.noted desc, reason.churned_on desc) as preference
    from dated left join core.churn_reason as reason
      on reason.account_id = dated.account_id and abs(date_diff('day', reason.churned_on, dated.left_on)) <= 31
  )
  select reasoned.account_id, account.name as account, reasoned.left_on, reasoned.reason,
    coalesce(answering.function_name, 'unattributed') as answers_for_it, reasoned.author
  from reasoned
  join core.account on account.account_id = reasoned.account_id
  left join core.churn_function as answering on answering.reason = reasoned.reason
  where preference = 1
  order by reasoned.reason is not null, reasoned.left_on desc, reasoned.account_id";

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let calendar = Calendar::new(&environment.config.company)?;
    let periods = vec![calendar.last_complete(Grain::Week, environment.now)];
    let (opened, problems) = pipeline::up_to_date(environment, &calendar, periods)?;
    let left = opened.warehouse.query(LEFT)?;
    if let Some(Command::Reason { account, reason, on, author }) = &args.command {
        let known = opened.warehouse.query("select reason from core.churn_function order by reason")?;
        let account = &account_of(&opened.warehouse, account)?;
        let noted = ChurnReason {
            account: account.clone(),
            churned_on: on.map_or_else(|| last_day(&left, account), Ok)?,
            reason: reason_of(&known, reason)?,
            author: author.clone(),
            noted_at: Ledger::stamp(environment.now),
        };
        ensure!(!noted.author.trim().is_empty(), Usage("--author must say who".into()));
        environment.ledger.note_churn_reason(&noted)?;
        println!("{account} left on {} for {}, says {author}", noted.churned_on, noted.reason);
        return Ok(0);
    }
    let columns: Vec<&str> = left.columns.iter().map(String::as_str).collect();
    print::rows(&columns, &left.rows, args.format)?;
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}

/// The account of an id: its own, or one of its billing customers'.
fn account_of(warehouse: &Warehouse, id: &str) -> Result<String> {
    let linked = warehouse.query("select external_id, account_id from core.account_link where system = 'billing'")?;
    let is_meant = |row: &&Vec<Option<String>>| row.iter().any(|cell| cell.as_deref() == Some(id));
    let found = linked.rows.iter().find(is_meant).and_then(|row| row[1].clone());
    found.ok_or_else(|| {
        Usage(format!("{id:?} is no account, as far as billing knows (bizreview accounts lists them)")).into()
    })
}

fn reason_of(known: &Table, reason: &str) -> Result<String> {
    let known: Vec<&str> = known.rows.iter().filter_map(|row| row[0].as_deref()).collect();
    if reason != "other" && !known.contains(&reason) {
        let near = nearest(reason, &known);
        let near = if near.is_empty() { format!("; known: {}, other", known.join(", ")) } else { near };
        bail!(Usage(format!(
            "{reason:?} is not a churn reason{near} ([billing.churn_functions] adds reasons and says who answers for them)"
        )));
    }
    Ok(reason.to_owned())
}

fn last_day(left: &Table, account: &str) -> Result<Date> {
    let row = left.rows.iter().find(|row| row[0].as_deref() == Some(account));
    let day = row.and_then(|row| row[2].as_deref()).and_then(|day| day.parse().ok());
    day.ok_or_else(|| {
        Usage(format!(
            "{account} has not left, as far as billing knows; say when with --on DAY (bizreview churn lists who left)"
        ))
        .into()
    })
}
