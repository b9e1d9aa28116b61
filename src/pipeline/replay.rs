//! A past edition made again from what was known when it was sent: its landed batches, configuration, queries and judgements.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::Value;

use super::behind::{self, CONFIG, KNOWN, NEEDS, QUERIES};
use super::keeping::hold_files;
use super::known::Known;
use super::measure::Warehoused;
use super::{Environment, Force, Made, make, parse_period};
use crate::calendar::Calendar;
use crate::config::{Config, Usage};
use crate::ledger::runs::EditionRow;
use crate::review::model::Review;
use crate::warehouse::{Catalog, Warehouse};

/// What of a review a replay must reproduce: all of its figures and judgements. Freshness, problems and restatements tell of
/// the day it was made.
const REPRODUCED: [&str; 11] = [
    "period",
    "exceptions",
    "comments",
    "promises",
    "segment_promises",
    "factors",
    "walk",
    "sections",
    "lists",
    "not_measured",
    "definitions",
];

/// What came of a replay.
#[derive(Debug)]
pub struct Replayed {
    pub edition: EditionRow,
    pub review: Review,
    /// Values compared.
    pub compared: usize,
    /// Where the replay differs: place in the review, then, now.
    pub differences: Vec<(String, String, String)>,
    /// When customers were forgotten since: what their records carried is not reproduced.
    pub erased: Vec<String>,
    /// Records it knew that went since for their age: stream, how many, and the days it is kept.
    pub expired: Vec<(String, u64, u32)>,
}

/// Makes an edition again and compares it with what it said. Nothing is archived or sent.
pub fn replay(environment: &Environment, name: &str) -> Result<Replayed> {
    let edition = find(environment, name)?;
    if edition.report.starts_with(super::account::PREFIX) {
        bail!(Usage(format!(
            "{name} is one customer's review: what it said is in its report.json; only reports are replayed"
        )));
    }
    let folder = environment.config.store().join(&edition.path);
    let read = |file: &str| {
        std::fs::read_to_string(folder.join(file))
            .with_context(|| format!("edition {name} cannot be replayed: it does not keep {file}"))
    };
    let known: Known = serde_json::from_str(&read(KNOWN)?)?;
    let config = Config::parse(&read(CONFIG)?, &environment.config.folder).context("the edition's configuration")?;
    let store = environment.config.store();
    // it loads beside the warehouse: what is listed is to stay where it is until it has been read
    let _files = hold_files(environment)?;
    let warehouse = Warehouse::scratch(&store, &environment.config.store.memory_limit)?;
    let mut queries = behind::parted(&read(QUERIES)?);
    queries.insert(NEEDS.to_owned(), read(NEEDS)?);
    let catalog = Catalog::of_files(warehouse.connection(), queries)?;
    let then = Environment {
        config: Arc::new(config),
        secrets: environment.secrets.clone(),
        ledger: Arc::clone(&environment.ledger),
        now: edition.created_at.parse::<Timestamp>()?,
        who: environment.who.clone(),
        patience: environment.patience,
        stop: environment.stop.clone(),
    };
    let calendar = Calendar::new(&then.config.company)?;
    let mut reports = Vec::new();
    for (report, period) in &known.reports {
        reports.push((report.clone(), parse_period(&calendar, period)?));
    }
    let said: Value = serde_json::from_str(&read("report.json")?)?;
    let before: Review = serde_json::from_value(said.clone()).context("the edition's review")?;
    let force = before.forced.as_ref().map(|f| Force { by: f.by.clone(), reason: f.reason.clone() });
    let opened = Warehoused { warehouse, catalog };
    let Made { reviews, .. } = make(&then, &opened, &calendar, &reports, &known, Vec::new(), force.as_ref())?;
    let review = reviews
        .into_iter()
        .find(|r| r.head.report == edition.report && r.period.id == edition.period)
        .context("the edition's own report was not among those it was made with")?;
    let now = serde_json::to_value(&review)?;
    let (mut compared, mut differences) = (0, Vec::new());
    // an edition of an earlier version has no part that came later
    for part in REPRODUCED.into_iter().filter(|part| said.get(part).is_some()) {
        compare(part, &said[part], &now[part], &mut compared, &mut differences);
    }
    let erased = environment.ledger.erasures_since(&edition.created_at)?;
    let expired = environment.ledger.expired_since(&edition.created_at, known.last_batch)?;
    Ok(Replayed { edition, review, compared, differences, erased, expired })
}

/// `support/2026-W46/1`; without the number the latest.
fn find(environment: &Environment, name: &str) -> Result<EditionRow> {
    let parts: Vec<&str> = name.split('/').collect();
    let editions = environment.ledger.editions(parts.first().copied())?;
    let number = parts.get(2).map(|n| n.parse::<u32>()).transpose();
    let wanted = |e: &&EditionRow| {
        Some(&e.period.as_str()) == parts.get(1) && number.as_ref().is_ok_and(|n| n.is_none_or(|n| n == e.number))
    };
    let found = editions.iter().find(wanted).cloned();
    if let Some(edition) = found.filter(|_| (2..=3).contains(&parts.len())) {
        return Ok(edition);
    }
    let all = environment.ledger.editions(None)?;
    let known: Vec<String> = all.iter().map(|e| format!("{}/{}/{}", e.report, e.period, e.number)).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    bail!(Usage(format!(
        "{name:?} is not an edition; write REPORT/PERIOD/NUMBER{}",
        crate::config::nearest(name, &known)
    )))
}

fn compare(
    place: &str,
    then: &Value,
    now: &Value,
    compared: &mut usize,
    differences: &mut Vec<(String, String, String)>,
) {
    match (then, now) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                compare(&format!("{place}.{key}"), a, b, compared, differences);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let (a, b) = (a.get(index).unwrap_or(&Value::Null), b.get(index).unwrap_or(&Value::Null));
                compare(&format!("{place}[{index}]"), a, b, compared, differences);
            }
        }
        _ => {
            *compared += 1;
            if then != now {
                differences.push((place.to_owned(), then.to_string(), now.to_string()));
            }
        }
    }
}
