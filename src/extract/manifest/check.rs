//! What a manifest must be beyond its syntax: names that exist, pointers that are pointers, bounds above zero.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};

use super::{Incremental, Kind, Manifest, Paginate, Stream, Write, tap};
use crate::config::nearest;

/// What ids of customers are ids of.
const SYSTEMS: [&str; 4] = ["billing", "support", "product", "account"];

pub(super) fn check(manifest: &Manifest) -> Result<()> {
    name(&manifest.name).context("name")?;
    ensure!(!manifest.streams.is_empty(), "streams: at least one is needed");
    ensure!(manifest.concurrency > 0, "concurrency must be at least 1");
    for (group, budget) in &manifest.budget {
        ensure!(
            budget.requests >= 1.0 && budget.seconds > 0.0,
            "budget {group}: at least one request in a time above zero"
        );
    }
    ensure!(manifest.limits.tries > 0, "limits: tries must be at least 1");
    tap::check(manifest)?;
    statuses(manifest.errors.keys())?;
    let mut seen = BTreeSet::new();
    for stream in &manifest.streams {
        name(&stream.name).context("stream name")?;
        ensure!(seen.insert(&stream.name), "stream {} is there twice", stream.name);
        check_stream(manifest, stream).with_context(|| format!("stream {}", stream.name))?;
    }
    super::discover::check(manifest)
}

pub(super) fn check_stream(manifest: &Manifest, stream: &Stream) -> Result<()> {
    statuses(stream.errors.keys())?;
    for link in &stream.whose {
        ensure!(link.at.starts_with('/'), "whose: {:?} is no JSON pointer: it starts with /", link.at);
        match (&link.system, &link.stream) {
            (Some(system), None) => ensure!(
                SYSTEMS.contains(&system.as_str()),
                "whose: system {system:?} is unknown{}",
                nearest(system, &SYSTEMS)
            ),
            (None, Some(other)) => {
                manifest.stream(other).context("whose")?;
            }
            _ => bail!("whose: give a system ({}) or a stream", SYSTEMS.join(", ")),
        }
    }
    if manifest.kind == Kind::Files {
        ensure!(stream.write == Write::Replace, "files are landed whole: write = \"replace\"");
        return Ok(());
    }
    if manifest.kind == Kind::Singer {
        return tap::check_stream(stream);
    }
    ensure!(stream.path.starts_with('/'), "path {:?} must start with /", stream.path);
    super::discover::check_hashes(stream)?;
    let pointers =
        stream.key.iter().chain(&stream.drop).chain(&stream.hash).chain(stream.required.keys()).chain(&stream.records);
    for pointer in pointers.chain(&stream.columns).chain(stream.nested.iter().map(|n| &n.at)) {
        ensure!(pointer.is_empty() || pointer.starts_with('/'), "{pointer:?} is no JSON pointer: it starts with /");
    }
    ensure!(
        !stream.key.is_empty() || matches!(stream.write, Write::Replace | Write::ReplaceWindow),
        "key: write = {:?} needs one",
        stream.write.as_str()
    );
    if let Some(group) = &stream.group
        && !manifest.budget.contains_key(group)
    {
        let known: Vec<&str> = manifest.budget.keys().map(String::as_str).collect();
        bail!("group {group:?} is not in [budget]{}", nearest(group, &known));
    }
    if let Some(parent) = &stream.parent {
        manifest.stream(&parent.stream)?;
        ensure!(parent.stream != stream.name, "parent: a stream cannot be its own");
        ensure!(
            matches!(stream.incremental, Incremental::Full),
            "parent: only full streams have one; `changed = true` reads it for the parents that their own `incremental` says are new"
        );
        if parent.changed {
            ensure!(
                matches!(
                    manifest.stream(&parent.stream)?.incremental,
                    Incremental::Since { .. } | Incremental::Window { .. } | Incremental::Cursor { .. }
                ),
                "parent: changed needs a parent with incremental since, window or cursor"
            );
            ensure!(
                !matches!(stream.write, Write::Replace | Write::ReplaceWindow),
                "parent: lists of changed parents replace nothing: write = \"merge\", \"versions\" or \"append\""
            );
        }
    }
    match &stream.incremental {
        Incremental::Cursor { .. } => ensure!(
            matches!(stream.paginate, Some(Paginate::Cursor { .. })),
            "incremental cursor needs paginate cursor"
        ),
        Incremental::ChangeFeed(_) => ensure!(manifest.feed.is_some(), "incremental change_feed needs [feed]"),
        Incremental::Window { step_days, .. } => {
            ensure!(*step_days > 0, "step_days must be at least 1");
            ensure!(
                stream.write != Write::Replace,
                "a window is not all there is: write = \"replace_window\" or by key"
            );
        }
        _ => {}
    }
    ensure!(
        stream.write != Write::ReplaceWindow || matches!(stream.incremental, Incremental::Window { .. }),
        "write = \"replace_window\" needs incremental window"
    );
    Ok(())
}

fn name(text: &str) -> Result<()> {
    ensure!(
        !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
        "{text:?}: lower-case letters, digits and _ only"
    );
    Ok(())
}

fn statuses<'a>(keys: impl Iterator<Item = &'a String>) -> Result<()> {
    for key in keys {
        ensure!(
            key.parse::<u16>().is_ok_and(|s| (400..600).contains(&s)),
            "errors: {key:?} is not a status (400 to 599)"
        );
    }
    Ok(())
}
