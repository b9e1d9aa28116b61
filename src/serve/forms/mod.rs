//! What people say and ask for on the web: [`comment`]s and [`promise`]s of owners, and [`run`]s of operators. Checked as at the
//! command line. Each form answers with a page that shows what came of it, so that a page loaded again sends nothing again; what
//! is wrong with it is said above what was typed.

mod comment;
mod promise;
mod run;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::access::{Access, Caller};
use super::visitor::Role;
use super::web::not_found;
use crate::config::{Config, Report, Secrets, is_meant};
use crate::deliver::Stop;
use crate::pipeline::Environment;
use crate::render::Speech;

pub(super) fn routes() -> Router<Arc<Access>> {
    Router::new().merge(comment::routes()).merge(promise::routes()).merge(run::routes())
}

/// The report, if whoever asks may do this much with it; else the answer that sends them to sign in, or away.
fn entitled(access: &Access, caller: &Caller, name: &str, least: Role, path: &str) -> Result<Report, Box<Response>> {
    let role = caller.visitor.role(name);
    let needs_session = least > Role::Viewer;
    if needs_session && !caller.visitor.has_session {
        return Err(Box::new(Redirect::to(&super::access::path_to(path)).into_response()));
    }
    let config = access.site.config();
    let Some(report) = config.reports.get(name).filter(|_| role >= Role::Viewer) else {
        return Err(Box::new(not_found()));
    };
    if role < least {
        let (title, words) = match least {
            Role::Operator => ("door-not-run", "door-not-run-intro"),
            _ => ("door-not-yours", "door-not-yours-intro"),
        };
        let told = access.told(caller, StatusCode::FORBIDDEN, title, &[words]);
        return Err(Box::new(told));
    }
    Ok(report.clone())
}

fn environment(access: &Access) -> Environment {
    Environment {
        config: access.site.config(),
        secrets: Secrets::default(),
        ledger: access.site.ledger.clone(),
        now: access.site.now(),
        who: "serve, web".into(),
        patience: Duration::ZERO,
        stop: Stop::default(),
    }
}

/// The name the configuration knows an address by, else the part before the @.
fn name_of(config: &Config, address: &str) -> String {
    let owners = config.teams.values().flat_map(|team| team.owner.iter().chain(&team.commenters));
    let readers = config.reports.values().flat_map(|report| report.to.iter().chain(&report.viewers));
    let web = config.web.viewers.iter().chain(&config.web.owners).chain(&config.web.operators);
    let known = owners.chain(readers).chain(web).chain(config.operator.iter().map(|operator| &operator.email));
    let mut named = known
        .filter(|entry| is_meant(entry, address))
        .filter_map(|entry| entry.parse::<lettre::message::Mailbox>().ok()?.name);
    named.next().unwrap_or_else(|| address.split('@').next().unwrap_or_default().to_owned())
}

/// The metrics an edition shows and their titles, in its order; `None` where there is no such edition, or nothing to speak of.
fn metrics_of(
    access: &Access,
    speech: &Speech,
    (report, period, number): (&str, &str, u32),
) -> Result<Option<Vec<(String, String)>>> {
    let site = &access.site;
    let Some(edition) = site.ledger.edition(report, period, number)? else { return Ok(None) };
    let titles = site.kept.titles(&site.store(), &edition);
    let titled = titles.iter().map(|(metric, title)| (metric.clone(), speech.metric_title(metric, title)));
    Ok(Some(titled.collect()).filter(|all: &Vec<_>| !all.is_empty()))
}

/// What is wrong with what was sent, in words for the page; an error that is not about it is passed on.
fn complaint<T>(result: Result<T>) -> Result<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is::<crate::config::Usage>() => Ok(Err(format!("{error:#}"))),
        Err(error) => Err(error),
    }
}
