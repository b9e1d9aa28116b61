//! `promise`: what owners will do, and whether they did.

use anyhow::Result;
use jiff::civil::Date;

use super::print::{self, Format, Rows};
use crate::calendar::Calendar;
use crate::config::Config;
use crate::ledger::voices::NewPromise;
use crate::pipeline::{self, Environment};
use crate::review::model::OwnerPromise;
use crate::review::voice::sort;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A promise is printed in the reviews of the team or report it was made for, and in those of all teams, until it is done: due, \
or overdue by so many days; what was kept is printed once more, in the period it was kept in. What the customers of a segment were \
promised is another thing ([promises] and targets.csv).

Examples:
  bizreview promise add 'Hire a second support team' --owner 'Ada Lindqvist' --due 2026-12-15 --metric first_reply_sla
  bizreview promise done 3 --note 'started on 7 December'
  bizreview promise list"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Promise something
    Add {
        /// What will be done, at most 300 characters
        text: String,
        /// Who does it (default: your user name)
        #[arg(long, default_value_t = super::person(), hide_default_value = true)]
        owner: String,
        /// The day by which it is done
        #[arg(long, value_name = "DAY")]
        due: Date,
        /// The metric it is meant to move
        #[arg(long)]
        metric: Option<String>,
        /// The team whose reviews show it (default: the one that answers for the metric)
        #[arg(long)]
        team: Option<String>,
        /// The one report that shows it
        #[arg(long, conflicts_with = "team")]
        report: Option<String>,
    },
    /// Say that a promise was kept
    Done {
        /// Its number in the list
        id: i64,
        /// What came of it
        #[arg(long)]
        note: Option<String>,
        /// The day it was done (default: today)
        #[arg(long, value_name = "DAY")]
        on: Option<Date>,
    },
    /// Every promise, the longest overdue first (the default)
    List,
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    match &args.command {
        None | Some(Command::List) => list(environment, args.format),
        Some(Command::Done { id, note, on }) => done(environment, *id, note.as_deref(), *on),
        Some(Command::Add { text, owner, due, metric, team, report }) => {
            let promise = NewPromise {
                text: text.clone(),
                owner: owner.clone(),
                team: team.clone(),
                report: report.clone(),
                metric: metric.clone(),
                due_on: *due,
            };
            let (id, made) = pipeline::promise(environment, promise, None)?;
            println!("promise {id}: {} will do it by {}", made.owner, made.due_on);
            Ok(0)
        }
    }
}

fn done(environment: &Environment, id: i64, note: Option<&str>, on: Option<Date>) -> Result<u8> {
    let day = pipeline::kept(environment, id, note, on)?;
    println!("promise {id}: kept on {day}");
    Ok(0)
}

fn today(environment: &Environment) -> Result<Date> {
    Ok(Calendar::new(&environment.config.company)?.local_date(environment.now))
}

const COLUMNS: [&str; 10] = ["id", "state", "due", "days", "owner", "for", "metric", "promise", "done", "note"];

fn list(environment: &Environment, format: Format) -> Result<u8> {
    let (config, today): (&Config, Date) = (&environment.config, today(environment)?);
    let mut promises: Vec<OwnerPromise> =
        environment.ledger.promises()?.iter().map(|p| pipeline::owner_promise(config, p, today)).collect();
    sort(&mut promises);
    let rows: Rows = promises
        .into_iter()
        .map(|p| {
            vec![
                Some(p.id.to_string()),
                Some(p.standing.word().to_owned()),
                Some(p.due_on.to_string()),
                Some(p.days.to_string()),
                Some(p.owner),
                Some(p.made_for),
                p.metric,
                Some(p.text),
                p.done_on.map(|day| day.to_string()),
                p.note,
            ]
        })
        .collect();
    print::rows(&COLUMNS, &rows, format)?;
    Ok(0)
}
