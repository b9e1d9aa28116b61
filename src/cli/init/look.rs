//! What sources offer to choose from: the commonest product events, policies, schedules; and how customers match.

use std::fmt::Write;

use anyhow::Result;

use super::talk::{Talk, request};
use crate::cli::print::{self, Rows};
use crate::config::Secrets;
use crate::extract::contact;
use crate::extract::manifest::{Choice, Common, Shown};
use crate::pipeline::{Identity, Unmatched};

/// Events proposed as meaningful at most.
const PROPOSED: usize = 8;
/// An event is proposed from this share of accounts on, in per cent: rarer ones say little of most.
const LEAST_COVERAGE: u64 = 5;
/// Parts of names of what happens by itself, by looking, or by signing in: not work.
const NOT_WORK: [&str; 26] = [
    "login",
    "logout",
    "logged",
    "log",
    "sign",
    "signed",
    "signin",
    "signup",
    "session",
    "page",
    "pageview",
    "view",
    "viewed",
    "views",
    "open",
    "opened",
    "visit",
    "visited",
    "click",
    "clicked",
    "identify",
    "help",
    "request",
    "ping",
    "exception",
    "error",
];
/// Parts of names of what happens once, when somebody has begun: that is activation.
const BEGINNING: [&str; 4] = ["first", "activated", "onboarded", "activation"];

/// A product event and how many do it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    name: String,
    count: u64,
    accounts: u64,
    all: u64,
}

/// Shows and chooses, source by source.
pub async fn look(talk: &mut Talk<'_>) -> Result<()> {
    let names: Vec<String> = talk.answers.sources.keys().cloned().collect();
    for name in names {
        let discover = talk.catalog.get(&talk.answers.sources[&name].manifest)?.discover.clone();
        if let Some(common) = &discover.events {
            events(talk, &name, common).await?;
        }
        for shown in &discover.show {
            show(talk, &name, shown).await?;
        }
        talk.keep()?;
    }
    Ok(())
}

async fn read(talk: &mut Talk<'_>, name: &str, stream: &str, days: i32) -> Result<Option<Vec<serde_json::Value>>> {
    let environment = talk.environment()?;
    let secrets = Secrets::default();
    match contact::look(&request(&environment, &secrets, &[]), name, stream, days).await {
        Ok(records) => Ok(Some(records)),
        Err(error) => {
            println!("! {error:#}");
            Ok(None)
        }
    }
}

async fn events(talk: &mut Talk<'_>, name: &str, common: &Common) -> Result<()> {
    if talk.answers.meaningful_events.is_some() {
        return Ok(());
    }
    let Some(records) = read(talk, name, &common.stream, common.days).await? else { return Ok(()) };
    let events: Vec<Event> = records.iter().filter_map(|record| event(record, common)).collect();
    let proposed = proposed(&events, &common.automatic);
    let rows: Rows = events
        .iter()
        .map(|event| {
            let mark = if proposed.contains(&event.name) { "proposed" } else { "" };
            [event.name.clone(), event.count.to_string(), event.accounts.to_string(), coverage(event), mark.to_owned()]
                .map(Some)
                .to_vec()
        })
        .collect();
    println!("\n{name}: the commonest events of the last {} days", common.days);
    print!("{}", print::table(&["event", "seen", "accounts", "% of accounts", "meaningful"], &rows));
    let offered: Vec<(String, bool)> = events.iter().map(|e| (e.name.clone(), proposed.contains(&e.name))).collect();
    let chosen = talk.asker.several("Which mean that a customer did real work?", &offered)?;
    talk.answers.meaningful_events = Some(chosen.into_iter().map(|index| events[index].name.clone()).collect());
    let begin =
        events.iter().find(|event| !is_automatic(&event.name, &common.automatic) && has(&event.name, &BEGINNING));
    if let Some(event) = begin.filter(|_| talk.answers.activation_event.is_none())
        && talk.asker.confirm(&format!("Does {} mean that an account is activated?", event.name), true)?
    {
        talk.answers.activation_event = Some(event.name.clone());
    }
    talk.keep()
}

fn event(record: &serde_json::Value, common: &Common) -> Option<Event> {
    let number = |pointer: &str| contact::at(record, pointer).first().and_then(|text| text.parse::<u64>().ok());
    Some(Event {
        name: contact::at(record, &common.event).into_iter().next()?,
        count: number(&common.count)?,
        accounts: number(&common.accounts)?,
        all: number(&common.all_accounts)?,
    })
}

fn coverage(event: &Event) -> String {
    (event.accounts * 100).checked_div(event.all).unwrap_or(0).to_string()
}

/// What is somebody's work, as far as names and spread tell.
fn proposed(events: &[Event], automatic: &[String]) -> Vec<String> {
    events
        .iter()
        .filter(|event| event.accounts * 100 >= event.all * LEAST_COVERAGE && event.accounts > 0)
        .map(|event| &event.name)
        .filter(|name| !is_automatic(name, automatic) && !has(name, &NOT_WORK) && !has(name, &BEGINNING))
        .take(PROPOSED)
        .cloned()
        .collect()
}

fn is_automatic(name: &str, globs: &[String]) -> bool {
    globs.iter().any(|pattern| glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(name)))
}

/// Whether one of the words is part of a name: `dashboard_viewed`, `Dashboard Viewed` and `dashboardViewed` alike.
fn has(name: &str, words: &[&str]) -> bool {
    let mut parts = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            parts.push(' ');
        }
        parts.push(c.to_ascii_lowercase());
    }
    parts.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part))
}

async fn show(talk: &mut Talk<'_>, name: &str, shown: &Shown) -> Result<()> {
    let is_settled = shown.choose == Some(Choice::DefaultSchedule) && talk.answers.default_schedule.is_some();
    let Some(records) = read(talk, name, &shown.stream, 1).await? else { return Ok(()) };
    if records.is_empty() {
        println!("\n{name}: no {}", shown.what);
        return Ok(());
    }
    let columns: Vec<&str> = shown.columns.iter().map(|(name, _)| name.as_str()).collect();
    let cells = |record: &serde_json::Value| {
        let cell = |pointer: &String| {
            let mut values = contact::at(record, pointer);
            values.dedup();
            Some(values.join(", "))
        };
        shown.columns.iter().map(|(_, pointer)| cell(pointer)).collect::<Vec<_>>()
    };
    let rows: Rows = records.iter().map(cells).collect();
    println!("\n{name}: {}", shown.what);
    print!("{}", print::table(&columns, &rows));
    if let Some(Choice::DefaultSchedule) = shown.choose.filter(|_| !is_settled) {
        let lines: Vec<String> =
            rows.iter().map(|row| row.iter().flatten().cloned().collect::<Vec<_>>().join("  ")).collect();
        let chosen = talk.asker.one("Which do tickets follow unless a rule says otherwise?", &lines)?;
        // the first is what holds without a word of the configuration
        let id =
            records.get(chosen).filter(|_| chosen > 0).and_then(|record| contact::at(record, "/id").into_iter().next());
        talk.answers.default_schedule = Some(id.unwrap_or_default());
    }
    Ok(())
}

/// The match rate, examples of what does not match, and what would.
pub fn identity_words(identity: &Identity) -> String {
    let Identity { accounts, with_support, with_product, unmatched, unknown } = identity;
    let share =
        |count: u64| (count * 100).checked_div(*accounts).map_or_else(String::new, |share| format!(" ({share} %)"));
    let mut text = format!(
        "identity: of {accounts} customers {with_support}{} are known to support, {with_product}{} to product\n",
        share(*with_support),
        share(*with_product)
    );
    for Unmatched { system, id, name, alike } in unmatched {
        let called = name.as_ref().map(|name| format!(" {name:?}")).unwrap_or_default();
        let rule = match alike {
            Some(account) => format!("one customer has that name: bizreview accounts link {system} {id} {account}"),
            None => format!(
                "give it a domain or an external id of its customer, or: bizreview accounts link {system} {id} ACCOUNT"
            ),
        };
        let _ = writeln!(text, "  {system} {id}{called} belongs to no customer; {rule}");
    }
    for (account, name, system) in unknown {
        let rule = match system.as_str() {
            "support" => "an organisation with its e-mail domain or with its id as external id would match",
            _ => "a group whose key is its id, or an id in its metadata, would match",
        };
        let _ = writeln!(text, "  {account} {name:?} is not known to {system}; {rule}");
    }
    if !unmatched.is_empty() || !unknown.is_empty() {
        text += "  (files/account_map.csv says what no rule finds; `bizreview accounts unmatched` lists all of them)\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_proposed_and_looking_is_not() {
        let event = |name: &str, accounts| Event { name: name.into(), count: 100, accounts, all: 100 };
        let events = [
            event("$pageview", 100),
            event("Dashboard Viewed", 99),
            event("login", 98),
            event("report_created", 80),
            event("automationRun", 6),
            event("first_report_shared", 50),
            event("rare_thing", 2),
            event("survey sent", 70),
        ];
        let automatic = ["$*".to_owned(), "survey *".to_owned()];
        assert_eq!(proposed(&events, &automatic), ["report_created", "automationRun"]);
    }

    #[test]
    fn without_customers_there_is_no_rate() {
        assert!(
            identity_words(&Identity::default()).starts_with("identity: of 0 customers 0 are known to support, 0 to")
        );
    }
}
