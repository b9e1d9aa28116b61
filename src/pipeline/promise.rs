//! Promises as they come in: typed at the command line or in a form of the web.

use anyhow::{Result, bail, ensure};
use jiff::civil::Date;

use super::{Environment, owner_promise};
use crate::calendar::Calendar;
use crate::config::{Usage, nearest};
use crate::ledger::voices::{NewPromise, PromiseRow};
use crate::review::voice::{LONGEST_COMMENT, LONGEST_NAME, LONGEST_PROMISE, words};

/// Checks a promise and makes it: its number, and the promise as it was made. Without team and report it is its metric's team's.
/// `known`: the metrics it may be about; those of the catalogue unless given.
pub fn promise(environment: &Environment, promise: NewPromise, known: Option<&[String]>) -> Result<(i64, NewPromise)> {
    let config = &environment.config;
    let usage = |error: anyhow::Error| Usage(format!("{error:#}"));
    let mut promise = NewPromise {
        text: words(&promise.text, LONGEST_PROMISE).map_err(usage)?.replace('\n', " "),
        owner: words(&promise.owner, LONGEST_NAME)
            .map_err(|e| Usage(format!("the owner must say who: {e:#}")))?
            .replace('\n', " "),
        team: named("team", "teams", promise.team, config.teams.keys())?,
        report: named("report", "reports", promise.report, config.reports.keys())?,
        metric: promise.metric.map(|m| m.rsplit('/').next().unwrap_or(&m).to_owned()),
        due_on: promise.due_on,
    };
    let today = today(environment)?;
    ensure!(promise.due_on >= today, Usage(format!("due on {} is past: today is {today}", promise.due_on)));
    let team = match (&promise.metric, known) {
        (Some(metric), Some(known)) => {
            super::answer::metric(known, metric)?;
            None
        }
        (Some(metric), None) => Some(super::team_of_metric(config, metric)?),
        (None, _) => None,
    };
    if promise.team.is_none() && promise.report.is_none() {
        promise.team = team;
    }
    ensure!(
        promise.team.is_some() || promise.report.is_some(),
        Usage("--team, --report or --metric must say whose reviews show it".into())
    );
    let id = environment.ledger.make_promise(&promise, environment.now)?;
    Ok((id, promise))
}

/// Checks and records that a promise was kept: the day.
pub fn kept(environment: &Environment, id: i64, note: Option<&str>, on: Option<Date>) -> Result<Date> {
    let today = today(environment)?;
    let promises = environment.ledger.promises()?;
    let Some(promise) = promises.iter().find(|p: &&PromiseRow| p.promise_id == id) else {
        bail!(Usage(format!("there is no promise {id} (bizreview promise list)")));
    };
    let kept_before = |day: Date| Usage(format!("promise {id} was kept on {day} already"));
    if let Some(day) = promise.done_on {
        bail!(kept_before(day));
    }
    let made_on = owner_promise(&environment.config, promise, today).made_on;
    let on = on.unwrap_or(today);
    ensure!((made_on..=today).contains(&on), Usage(format!("{on} must be from {made_on}, when it was made, to today")));
    let note = note.map(|n| words(n, LONGEST_COMMENT)).transpose().map_err(|e| Usage(format!("the note: {e:#}")))?;
    // somebody else may have been faster
    ensure!(environment.ledger.keep_promise(id, on, note.as_deref(), environment.now)?, kept_before(on));
    Ok(on)
}

/// A key of the configuration that exists.
fn named<'a>(
    what: &str,
    block: &str,
    name: Option<String>,
    known: impl Iterator<Item = &'a String>,
) -> Result<Option<String>> {
    let known: Vec<&str> = known.map(String::as_str).collect();
    match &name {
        Some(wanted) if !known.contains(&wanted.as_str()) => {
            bail!(Usage(format!("{what} {wanted:?} is not in [{block}]{}", nearest(wanted, &known))))
        }
        _ => Ok(name),
    }
}

fn today(environment: &Environment) -> Result<Date> {
    Ok(Calendar::new(&environment.config.company)?.local_date(environment.now))
}
