//! `promise`: what owners will do, and whether they did.

use anyhow::{Result, bail, ensure};
use jiff::civil::Date;

use super::print::{self, Format, Rows};
use crate::calendar::Calendar;
use crate::config::{Config, Usage, nearest};
use crate::ledger::voices::NewPromise;
use crate::pipeline::{self, Environment};
use crate::review::model::OwnerPromise;
use crate::review::voice::{LONGEST_COMMENT, LONGEST_NAME, LONGEST_PROMISE, sort, words};

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
            let config = &environment.config;
            let usage = |error: anyhow::Error| Usage(format!("{error:#}"));
            let metric = metric.as_deref();
            let promise = NewPromise {
                text: words(text, LONGEST_PROMISE).map_err(usage)?.replace('\n', " "),
                owner: words(owner, LONGEST_NAME)
                    .map_err(|e| Usage(format!("--owner must say who: {e:#}")))?
                    .replace('\n', " "),
                team: named("team", "teams", team.as_deref(), config.teams.keys())?,
                report: named("report", "reports", report.as_deref(), config.reports.keys())?,
                metric: metric.map(|m| m.rsplit('/').next().unwrap_or(m).to_owned()),
                due_on: *due,
            };
            add(environment, promise)
        }
    }
}

/// A key of the configuration that exists.
fn named<'a>(
    what: &str,
    block: &str,
    name: Option<&str>,
    known: impl Iterator<Item = &'a String>,
) -> Result<Option<String>> {
    let known: Vec<&str> = known.map(String::as_str).collect();
    match name {
        Some(name) if !known.contains(&name) => {
            bail!(Usage(format!("{what} {name:?} is not in [{block}]{}", nearest(name, &known))))
        }
        name => Ok(name.map(str::to_owned)),
    }
}

fn add(environment: &Environment, mut promise: NewPromise) -> Result<u8> {
    let today = today(environment)?;
    ensure!(promise.due_on >= today, Usage(format!("--due {} is past: today is {today}", promise.due_on)));
    if let Some(metric) = &promise.metric {
        let team = pipeline::team_of_metric(&environment.config, metric)?;
        if promise.team.is_none() && promise.report.is_none() {
            promise.team = Some(team);
        }
    }
    ensure!(
        promise.team.is_some() || promise.report.is_some(),
        Usage("--team, --report or --metric must say whose reviews show it".into())
    );
    let id = environment.ledger.make_promise(&promise, environment.now)?;
    println!("promise {id}: {} will do it by {}", promise.owner, promise.due_on);
    Ok(0)
}

fn done(environment: &Environment, id: i64, note: Option<&str>, on: Option<Date>) -> Result<u8> {
    let today = today(environment)?;
    let promises = environment.ledger.promises()?;
    let Some(promise) = promises.iter().find(|p| p.promise_id == id) else {
        bail!(Usage(format!("there is no promise {id} (bizreview promise list)")));
    };
    if let Some(day) = promise.done_on {
        bail!(Usage(format!("promise {id} was kept on {day} already")));
    }
    let made_on = pipeline::owner_promise(&environment.config, promise, today).made_on;
    let on = on.unwrap_or(today);
    ensure!(
        (made_on..=today).contains(&on),
        Usage(format!("--on {on} must be from {made_on}, when it was made, to today"))
    );
    let note = note.map(|n| words(n, LONGEST_COMMENT)).transpose().map_err(|e| Usage(format!("--note: {e:#}")))?;
    environment.ledger.keep_promise(id, on, note.as_deref(), environment.now)?;
    println!("promise {id}: kept on {on}");
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
