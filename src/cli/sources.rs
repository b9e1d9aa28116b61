//! `sources`: what is pulled, how fresh it is, where the next pull goes on; and which manifests there are.

use anyhow::Result;
use serde::Serialize;

use super::print::{self, Rows};
use super::{Cli, config, environment};
use crate::config::{Usage, nearest};
use crate::extract::{Catalog, Manifest, words};
use crate::pipeline::{self, SourceStanding, StreamStanding};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the ledger only: it answers without network and while a run is at work.\n\nExamples:\n  bizreview sources\n  \
    bizreview sources billing              every stream: cursor, history, scope, what is dropped or hashed\n  bizreview sources --available\n  \
    bizreview sources --available NAME     what a key must be allowed, before there is one"
)]
pub struct Args {
    /// One source of the configuration in detail; with --available, one manifest.
    name: Option<String>,
    /// The manifests there are, what each gives, and the scopes of its key.
    #[arg(long)]
    available: bool,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub fn run(cli: &Cli, args: &Args, now: jiff::Timestamp) -> Result<u8> {
    if args.available {
        return available(cli, args);
    }
    let standings = pipeline::sources(&environment(cli, "sources", now)?)?;
    let standings = only(standings, args.name.as_deref(), |standing| &standing.source, "source", "[sources]")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&standings)?);
        return Ok(0);
    }
    match (&args.name, standings.as_slice()) {
        (Some(_), [one]) => detail(one),
        _ => print!("{}", overview(&standings)),
    }
    Ok(0)
}

/// All, or the one of that name.
fn only<T>(all: Vec<T>, name: Option<&str>, name_of: fn(&T) -> &String, what: &str, place: &str) -> Result<Vec<T>> {
    let Some(name) = name else { return Ok(all) };
    let known: Vec<String> = all.iter().map(|one| name_of(one).clone()).collect();
    let found: Vec<T> = all.into_iter().filter(|one| name_of(one) == name).collect();
    if found.is_empty() {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(Usage(format!("{what} {name:?} is not in {place}{}", nearest(name, &known))).into());
    }
    Ok(found)
}

/// One line per stream.
fn overview(standings: &[SourceStanding]) -> String {
    let mut rows = Rows::new();
    for source in standings {
        for stream in &source.streams {
            rows.push(vec![
                Some(source.source.clone()),
                Some(stream.stream.clone()),
                Some(stream.reading.clone()),
                Some(state(source, stream)),
                stream.last_ok_at.as_deref().map(minute),
                Some(stream.rows.to_string()),
                Some(stream.rows_total.to_string()),
                Some(stream.quarantined.to_string()),
                Some(stream.cursor.clone()),
            ]);
        }
    }
    let columns = ["source", "stream", "reads", "state", "last ok", "rows", "total", "set aside", "goes on"];
    let mut text = print::table(&columns, &rows);
    for source in standings {
        let verified = source.verified.as_deref().unwrap_or("nothing yet");
        text += &format!("\n{} ({}): held against {verified}", source.source, source.manifest);
    }
    text.push('\n');
    text
}

fn state(source: &SourceStanding, stream: &StreamStanding) -> String {
    match (stream.failures, &stream.last_ok_at, &stream.message) {
        _ if !source.is_enabled => "off".into(),
        (1, ..) => "failed".into(),
        (failures, ..) if failures > 1 => format!("failed {failures} times"),
        // the newest pull says why, however well those before it went
        (_, _, Some(_)) => "left out".into(),
        (_, None, None) => "never pulled".into(),
        _ => "ok".into(),
    }
}

/// `2026-11-16 09:00`, UTC.
fn minute(at: &str) -> String {
    at.get(..16).map_or_else(|| at.to_owned(), |text| text.replace('T', " "))
}

fn detail(source: &SourceStanding) {
    println!(
        "{}: manifest {}, held against {}",
        source.source,
        source.manifest,
        source.verified.as_deref().unwrap_or("nothing yet")
    );
    for stream in &source.streams {
        let last = stream.last_ok_at.as_deref().map_or_else(|| "never".to_owned(), minute);
        println!("\n{} ({}, {})", stream.stream, stream.reading, stream.write);
        println!(
            "  state     {}; last ok {last}, {} rows then, {} in all",
            state(source, stream),
            stream.rows,
            stream.rows_total
        );
        println!("  goes on   {}", stream.cursor);
        println!("  history   {}", stream.history);
        if let Some(days) = stream.retain_days {
            println!("  kept      {days} days, what still holds longer");
        }
        println!("  scope     {}", stream.scope.as_deref().unwrap_or("none of its own"));
        for (word, fields) in [("dropped", &stream.drop), ("hashed", &stream.hash)] {
            if !fields.is_empty() {
                println!("  {word:<9} {}", fields.join(" "));
            }
        }
        if stream.quarantined > 0 {
            println!("  set aside {} records", stream.quarantined);
        }
        if let Some(message) = stream.message.as_ref().filter(|_| state(source, stream) != "ok") {
            println!("  why       {message}");
        }
    }
}

/// A manifest there is.
#[derive(Debug, Serialize)]
struct Available {
    manifest: String,
    about: String,
    verified: Option<String>,
    key: String,
    scopes: Vec<String>,
    streams: Vec<AvailableStream>,
}

#[derive(Debug, Serialize)]
struct AvailableStream {
    stream: String,
    reading: String,
    scope: Option<String>,
    history: String,
    drop: Vec<String>,
    hash: Vec<String>,
}

/// Needs no configuration; one that is there may have manifests of its own.
fn available(cli: &Cli, args: &Args) -> Result<u8> {
    let catalog = if cli.config.exists() { pipeline::catalog(&config(cli)?)? } else { Catalog::load(None)? };
    let manifests = catalog.names().into_iter().map(|name| catalog.get(name)).collect::<Result<Vec<_>>>()?;
    let all: Vec<Available> = manifests.into_iter().map(available_of).collect();
    let all = only(all, args.name.as_deref(), |one| &one.manifest, "manifest", "the catalog")?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(0);
    }
    if let (Some(_), [one]) = (&args.name, all.as_slice()) {
        println!("{}: {}; held against {}", one.manifest, one.about, one.verified.as_deref().unwrap_or("nothing yet"));
        println!("needs {}\n", one.key);
        let row = |s: &AvailableStream| {
            vec![Some(s.stream.clone()), Some(s.reading.clone()), s.scope.clone(), Some(s.history.clone())]
        };
        print!("{}", print::table(&["stream", "reads", "scope", "history"], &one.streams.iter().map(row).collect()));
        return Ok(0);
    }
    let row = |one: &Available| {
        let streams: Vec<&str> = one.streams.iter().map(|stream| stream.stream.as_str()).collect();
        vec![
            Some(one.manifest.clone()),
            Some(one.about.clone()),
            Some(one.verified.clone().unwrap_or_else(|| "nothing yet".into())),
            Some(streams.len().to_string()),
            Some(if one.scopes.is_empty() {
                one.key.clone()
            } else {
                format!("{}: {}", one.key, one.scopes.join(", "))
            }),
        ]
    };
    let columns = ["manifest", "gives", "held against", "streams", "needs"];
    print!("{}", print::table(&columns, &all.iter().map(row).collect()));
    Ok(0)
}

fn available_of(manifest: &Manifest) -> Available {
    let stream = |stream: &crate::extract::Stream| AvailableStream {
        stream: stream.name.clone(),
        reading: words::reading(manifest, stream),
        scope: stream.scope.clone(),
        history: words::history(manifest, stream, None),
        drop: stream.drop.clone(),
        hash: stream.hash.clone(),
    };
    Available {
        manifest: manifest.name.clone(),
        about: manifest.about.clone(),
        verified: manifest.verified.as_ref().map(ToString::to_string),
        key: if manifest.key_kind.is_empty() { "no key".into() } else { manifest.key_kind.clone() },
        scopes: manifest.scopes().into_iter().map(str::to_owned).collect(),
        streams: manifest.streams.iter().map(stream).collect(),
    }
}
