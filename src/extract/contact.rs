//! First contact with a source: does each stream answer, what does the key lack, and what is there to choose by. Nothing lands but
//! what `pull_customers` says.

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::erase::is_own;
use super::manifest::{Kind, Stream};
use super::problem::status_of;
use super::progress::{Board, Meter};
use super::source::{self, Open};
use super::{Chosen, Outcome, Progress, Request, StreamOutcome, Throwaway, chosen, pull_all};

/// Pages of a list that is only shown.
const SHOWN_PAGES: usize = 5;

/// How one stream answered its first request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Name of the stream.
    pub stream: String,
    /// Permission it needs.
    pub scope: Option<String>,
    /// Not everybody has it.
    pub is_optional: bool,
    pub answer: Answer,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Ok,
    /// The key itself is refused.
    BadKey(String),
    /// The key is known and may not read this.
    Forbidden(String),
    /// Anything else, explained.
    Failed(String),
}

/// Asks each stream of a source for its first page. An error means that nothing could be asked: a missing setting or secret.
pub async fn verify(request: &Request<'_>, name: &str) -> Result<Vec<Answered>> {
    let source = one(request, name)?;
    let manifest = &source.manifest;
    if manifest.kind != Kind::Rest {
        return ask(request, &source).await;
    }
    let open = source::open(request, &source)?;
    let meter = Meter::quiet();
    let answers = manifest.streams.iter().map(|stream| verify_one(&open, stream, &meter));
    futures_util::future::join_all(answers).await.into_iter().collect()
}

/// Files, databases and taps are asked as a pull asks first: the first records are read, a query is prepared, a tap says what it has.
/// Nothing of that is noted in the company's store.
async fn ask(request: &Request<'_>, source: &Chosen<'_>) -> Result<Vec<Answered>> {
    let store = Throwaway::new(request.config, source.name)?;
    let request =
        Request { config: &store.config, ledger: store.ledger()?, first_page_only: true, sources: &[], ..*request };
    let outcomes = source::pull(&request, source, &Board::new(Progress::Quiet)).await?;
    let answered = outcomes.into_iter().zip(&source.manifest.streams).map(|(outcome, stream)| Answered {
        stream: outcome.stream,
        scope: stream.scope.clone(),
        is_optional: stream.optional,
        answer: match outcome.result {
            Outcome::Ok => Answer::Ok,
            Outcome::Failed(why) | Outcome::Skipped(why) => Answer::Failed(why),
        },
    });
    Ok(answered.collect())
}

async fn verify_one(open: &Open<'_>, stream: &Stream, meter: &Meter) -> Result<Answered> {
    let mut answered = Answered {
        stream: stream.name.clone(),
        scope: stream.scope.clone(),
        is_optional: stream.optional,
        answer: Answer::Ok,
    };
    let Some(client) = &open.client else { return Ok(answered) };
    if let Err(error) = open.reader(client, stream, meter)?.first_page().await {
        let why = open.explain(stream, &format!("{error:#}"));
        answered.answer = match status_of(&error) {
            Some(401) => Answer::BadKey(why),
            Some(403) => Answer::Forbidden(why),
            _ => Answer::Failed(why),
        };
    }
    Ok(answered)
}

/// Records of a stream, or of one that only first contact reads, over the last days; a few pages of them at most.
pub async fn look(request: &Request<'_>, name: &str, stream: &str, days: i32) -> Result<Vec<serde_json::Value>> {
    let source = one(request, name)?;
    let manifest = &source.manifest;
    let open = source::open(request, &source)?;
    let stream = manifest.discovered(stream)?;
    let client = open.client.as_ref().with_context(|| format!("source {name} cannot be asked"))?;
    let meter = Meter::quiet();
    let reader = open.reader(client, stream, &meter)?;
    let zone = TimeZone::get(&request.config.company.timezone)?;
    let tomorrow = request.now.to_zoned(zone).date().tomorrow()?;
    let mut values = reader.values.clone();
    values.set("from", tomorrow.checked_sub(days.days())?.to_string());
    values.set("to", tomorrow.to_string());
    let read = async {
        let mut records = Vec::new();
        let mut walk = reader.walk(values)?;
        for _ in 0..SHOWN_PAGES {
            let Some(page) = walk.next().await? else { break };
            for record in page.records {
                records.push(serde_json::from_str(&record)?);
            }
        }
        anyhow::Ok(records)
    };
    read.await.map_err(|error| anyhow::anyhow!(open.explain(stream, &format!("{error:#}"))))
}

/// Pulls of every source what its customers are called: the records that are a customer's own. They land, and the next pull goes
/// on from them.
pub async fn pull_customers(request: &Request<'_>) -> Result<Vec<StreamOutcome>> {
    let mut sources = chosen(request)?;
    for source in &mut sources {
        source.manifest.streams.retain(|stream| is_own(stream) && stream.parent.is_none());
    }
    pull_all(request, &sources).await
}

/// The values at a pointer, where `*` stands for every element, as plain text.
pub fn at(record: &serde_json::Value, pointer: &str) -> Vec<String> {
    let mut here = vec![record];
    for step in pointer.split('/').skip(1) {
        here = here
            .into_iter()
            .flat_map(|value| match value {
                serde_json::Value::Array(list) if step == "*" => list.iter().collect(),
                serde_json::Value::Object(members) if step == "*" => members.values().collect(),
                value => value.pointer(&format!("/{step}")).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    here.into_iter()
        .filter_map(|value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        })
        .collect()
}

/// The source of this name, whatever others were asked for.
fn one<'a>(request: &Request<'a>, name: &str) -> Result<Chosen<'a>> {
    let all = Request { sources: &[], ..*request };
    let found = chosen(&all)?.into_iter().find(|source| source.name == name);
    found.with_context(|| format!("there is no source {name} in [sources], or it is disabled"))
}
