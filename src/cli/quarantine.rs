//! `quarantine`: records that were set aside because they were not what was agreed, or because a staging query cannot read
//! them, and what becomes of them.

use std::collections::BTreeMap;

use anyhow::Result;

use super::print::{self, Format};
use crate::config::{Usage, nearest};
use crate::extract::{self, KEPT_PER_PULL};
use crate::ledger::quarantine::{Aside, KEPT_PER_STREAM, Of};
use crate::ledger::refused::{Refusal, RefusedRecord};
use crate::pipeline::{self, Environment};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A record that lacks a required field, or has one of another type, is set aside; the others land. Mend what is wrong at \
the source, or the manifest where it agrees on too much (a file of your own in [store] manifests wins by name), then retry. \
A record that comes again and is well is no longer counted here, nor is one that a list which replaces the one before it no longer has.

A record that has landed, but that the query of a staging table cannot read, is kept out of that table alone (kept_out_of says which). \
A changed query tries it again by itself, and so does retry; it is over, too, when the record comes again and can be read. \
Where a stream keeps every version, the unread one stays missing until a query reads it or it is no longer kept.

Examples:
  bizreview quarantine                     what is set aside, by stream and reason
  bizreview quarantine show 17             one record, the place marked
  bizreview quarantine retry billing       land what fulfils its contract now"
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// What is set aside, by source, stream and reason (the default)
    List {
        /// Of this source only
        source: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// One record, whole, with the place that is wrong marked
    Show {
        /// Number, as listed
        id: String,
    },
    /// Land the records that fulfil their contract by now, load those that can be read, and say what is still wrong
    Retry {
        /// Of this source only
        source: Option<String>,
        /// And of this stream of it
        #[arg(requires = "source")]
        stream: Option<String>,
    },
}

/// What is said where records were set aside.
pub fn hint(records: u64) {
    if records > 0 {
        eprintln!("hint: bizreview quarantine shows what was set aside, and why");
    }
}

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    match &args.action {
        None => list(environment, None, Format::default()),
        Some(Action::List { source, format }) => list(environment, source.as_deref(), *format),
        Some(Action::Show { id }) => show(environment, id),
        Some(Action::Retry { source, stream }) => {
            retry(environment, Of { source: source.as_deref(), stream: stream.as_deref() })
        }
    }
}

/// A source whose records may be set aside: also one that is not configured any more.
fn known(environment: &Environment, source: Option<&str>) -> Result<()> {
    let counts = environment.ledger.aside_counts()?;
    let configured = environment.config.sources.keys();
    let known: Vec<&str> = configured.chain(counts.keys()).map(String::as_str).collect();
    match source.filter(|source| !known.contains(source)) {
        Some(source) => {
            Err(Usage(format!("there is no source {source:?} in [sources]{}", nearest(source, &known))).into())
        }
        None => Ok(()),
    }
}

fn list(environment: &Environment, source: Option<&str>, format: Format) -> Result<u8> {
    known(environment, source)?;
    let groups = environment.ledger.aside(Of { source, stream: None })?;
    let refused = refused_rows(environment, source)?;
    if groups.is_empty() && refused.is_empty() && matches!(format, Format::Table) {
        println!("nothing is set aside");
        return Ok(0);
    }
    let total: u64 =
        groups.iter().map(|group| group.records).sum::<u64>() + refused.iter().map(|(n, _)| n).sum::<u64>();
    let is_full = groups.iter().any(|group| group.records >= KEPT_PER_STREAM.min(KEPT_PER_PULL));
    let mut rows: Vec<Vec<Option<String>>> = groups
        .into_iter()
        .map(|group| {
            vec![
                Some(group.source),
                Some(group.stream),
                Some(group.json_path),
                Some(group.reason),
                Some(group.records.to_string()),
                days_since(environment, &group.first_at),
                Some(group.seen_at),
                Some(group.example.to_string()),
                Some("landing".to_owned()),
            ]
        })
        .collect();
    rows.extend(refused.into_iter().map(|(_, row)| row));
    let columns = ["source", "stream", "path", "reason", "records", "days", "last_seen", "example", "kept_out_of"];
    print::rows(&columns, &rows, format)?;
    if matches!(format, Format::Table) {
        println!("\n{total} records; bizreview quarantine show NUMBER prints one, retry lands what is well by now");
        if is_full {
            println!(
                "At most {KEPT_PER_PULL} of a pull and {KEPT_PER_STREAM} of a stream are kept; what was more was counted and let go."
            );
        }
    }
    Ok(0)
}

fn days_since(environment: &Environment, at: &str) -> Option<String> {
    let at: jiff::Timestamp = at.parse().ok()?;
    Some((environment.now.duration_since(at).as_hours() / 24).to_string())
}

/// What staging queries cannot read, as rows of the list, each with how many records it is.
fn refused_rows(environment: &Environment, source: Option<&str>) -> Result<Vec<(u64, Vec<Option<String>>)>> {
    let mut groups: BTreeMap<(String, String, String, String, String), Vec<RefusedRecord>> = BTreeMap::new();
    for one in environment.ledger.refused(Of { source, stream: None })? {
        let Refusal { source, stream, table, json_path, reason, .. } = one.refusal.clone();
        groups.entry((source, stream, table, json_path, reason)).or_default().push(one);
    }
    let row = |((source, stream, table, json_path, reason), all): (_, Vec<RefusedRecord>)| {
        let first_at = all.iter().map(|one| one.extracted_at.as_str()).min().unwrap_or_default();
        let last_at = all.iter().map(|one| one.extracted_at.clone()).max();
        let records = all.len() as u64;
        let row = vec![
            Some(source),
            Some(stream),
            Some(json_path),
            Some(reason),
            Some(records.to_string()),
            days_since(environment, first_at),
            last_at,
            all.last().map(|one| format!("r{}", one.id)),
            Some(table),
        ];
        (records, row)
    };
    Ok(groups.into_iter().map(row).collect())
}

fn show(environment: &Environment, name: &str) -> Result<u8> {
    let unknown = || Usage(format!("no record {name} is set aside; see `bizreview quarantine list`"));
    if let Some(id) = name.strip_prefix('r') {
        let found = environment.ledger.refused_one(id.parse().map_err(|_| unknown())?)?;
        return show_refused(environment, &found.ok_or_else(unknown)?);
    }
    let id: i64 = name.parse().map_err(|_| unknown())?;
    let Some(Aside { record, first_at, times, became, became_at, .. }) = environment.ledger.aside_one(id)? else {
        return Err(unknown().into());
    };
    let key = record.key.as_deref().map_or_else(|| "without a key".to_owned(), |key| format!("key {key}"));
    let path = if record.json_path.is_empty() { "the record" } else { &record.json_path };
    println!("{} {}, {}: {path} {}", record.source, record.stream, plain(&key), plain(&record.reason));
    let again = if times > 1 { format!(", {times} times, last {}", record.seen_at) } else { String::new() };
    println!("set aside {first_at}{again}");
    if let (Some(became), Some(at)) = (became, became_at) {
        let what = match became.as_str() {
            "retried" => "landed by a retry",
            "gone" => "no longer in the list as it was read",
            _ => "came again and was taken",
        };
        println!("{what} {at}");
    }
    print!("\n{}", extract::shown(&record.record, &record.json_path));
    Ok(0)
}

fn show_refused(environment: &Environment, one: &RefusedRecord) -> Result<u8> {
    let Refusal { source, stream, table, file, key, json_path, message, batch_id, seq, .. } = &one.refusal;
    let key = key.as_deref().map_or_else(|| "without a key".to_owned(), |key| format!("key {key}"));
    let path = if json_path.is_empty() { "the record" } else { json_path };
    println!("{source} {stream}, {}: queries/{file} cannot read {path}: {}", plain(&key), plain(message));
    println!("landed {}, kept out of {table}", one.extracted_at);
    match extract::erase::record_at(&environment.config.store().join(&one.path), *batch_id, *seq)? {
        Some(record) => print!("\n{}", extract::shown(&record, json_path)),
        None => println!("it is not in {} any more", one.path),
    }
    Ok(0)
}

/// Without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn retry(environment: &Environment, of: Of<'_>) -> Result<u8> {
    known(environment, of.source)?;
    let Environment { config, ledger, now, .. } = environment;
    let mut code = 0;
    let all = extract::aside::retry(config, ledger, *now, of)?;
    let reread = pipeline::reread(environment, of)?;
    if all.is_empty() && reread.is_empty() {
        println!("nothing is set aside");
    }
    for one in &reread {
        println!("{} {}: {} read into {}", one.source, one.stream, one.read, one.table);
        if one.still > 0 {
            println!("  still kept out of it: {}", one.still);
            code = 1;
        }
    }
    for retried in &all {
        let name = format!("{} {}", retried.source, retried.stream);
        if let Some(why) = &retried.left {
            println!("{name}: left alone: {why}");
            code = 1;
            continue;
        }
        println!("{name}: {} landed", retried.landed);
        for ((path, reason), records) in &retried.still {
            let path = if path.is_empty() { "the record" } else { path };
            println!("  still set aside: {records} ({path} {reason})");
            code = 1;
        }
    }
    Ok(code)
}
