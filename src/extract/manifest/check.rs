//! What a manifest must be beyond its syntax: names that exist, pointers that are pointers, bounds above zero, ways of reading
//! that go together.

use std::collections::BTreeSet;

use super::mistakes::Mistakes;
use super::{Incremental, Kind, Manifest, Paginate, Stream, Write, discover, placeholders, table, tap};
use crate::config::nearest;

/// What ids of customers are ids of.
const SYSTEMS: [&str; 5] = ["billing", "support", "product", "crm", "account"];

/// Notes all that is wrong with a manifest.
pub(super) fn check(manifest: &Manifest, mistakes: &mut Mistakes<'_>) {
    name(&manifest.name, &["name"], mistakes);
    if manifest.streams.is_empty() && mistakes.spoilt.is_empty() {
        mistakes.at(&["streams"], "at least one stream is needed");
    }
    positive(manifest.concurrency as f64, &["concurrency"], mistakes);
    bounds(manifest, mistakes);
    statuses(manifest.errors.keys(), &["errors"], mistakes);
    placeholders::check(manifest, mistakes);
    if let Some(feed) = &manifest.feed {
        for (word, pointer) in
            [("records", &feed.records), ("kind_field", &feed.kind_field), ("time_field", &feed.time_field)]
        {
            pointed(pointer, &["feed", word], mistakes);
        }
        positive(feed.types_per_request as f64, &["feed", "types_per_request"], mistakes);
        group(manifest, feed.group.as_deref(), &["feed", "group"], mistakes);
    }
    let mut seen = BTreeSet::new();
    for (number, stream) in manifest.streams.iter().enumerate() {
        let number = number.to_string();
        name(&stream.name, &["streams", &number, "name"], mistakes);
        if !seen.insert(&stream.name) {
            mistakes.at(&["streams", &number, "name"], format!("stream {} is there twice", stream.name));
        }
        if !mistakes.spoilt.contains(&stream.name) {
            check_stream(manifest, stream, &number, mistakes);
        }
    }
    mistakes.start_at(&["discover"]);
    for (number, stream) in manifest.discover.streams.iter().enumerate() {
        if !mistakes.spoilt.contains(&stream.name) {
            check_stream(manifest, stream, &number.to_string(), mistakes);
        }
    }
    mistakes.start_at(&[]);
    mistakes.adopt(&["discover"], discover::check(manifest));
    mistakes.adopt(&[], tap::check(manifest));
    mistakes.adopt(&["database"], table::check_database(manifest));
}

fn bounds(manifest: &Manifest, mistakes: &mut Mistakes<'_>) {
    for (group, budget) in &manifest.budget {
        if budget.requests < 1.0 || budget.seconds <= 0.0 || budget.concurrency == Some(0) {
            mistakes.at(&["budget", group], "at least one request in a time above zero, at least one at once");
        }
    }
    let limits = &manifest.limits;
    let seconds = [
        ("connect_seconds", limits.connect_seconds),
        ("read_seconds", limits.read_seconds),
        ("request_seconds", limits.request_seconds),
        ("stream_seconds", limits.stream_seconds),
        ("backoff_seconds", limits.backoff_seconds),
        ("wait_seconds", limits.wait_seconds),
        ("tries", f64::from(limits.tries)),
        ("body_bytes", limits.body_bytes as f64),
        ("pages", limits.pages as f64),
        ("file_bytes", limits.file_bytes as f64),
        ("file_rows", limits.file_rows as f64),
    ];
    for (word, value) in seconds {
        positive(value, &["limits", word], mistakes);
    }
}

/// One stream; `number` is its place among them.
fn check_stream(manifest: &Manifest, stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    let at = ["streams", number];
    statuses(stream.errors.keys(), &["streams", number, "errors"], mistakes);
    whose(manifest, stream, number, mistakes);
    records(stream, number, mistakes);
    mistakes.adopt(&at, discover::check_hashes(manifest, stream));
    for rule in &stream.drop_where {
        mistakes.adopt(&["streams", number, "drop_where"], rule.check());
    }
    if stream.history_days.is_some_and(|days| days < 1) {
        mistakes.at(&["streams", number, "history_days"], "at least one day");
    }
    retained(stream, number, mistakes);
    match manifest.kind {
        Kind::Files => mistakes.adopt(&at, table::check_files(stream)),
        Kind::Sql => {
            mistakes.adopt(&at, table::check_query(stream));
            keyed(stream, number, mistakes);
            reading(manifest, stream, number, mistakes);
        }
        Kind::Singer => mistakes.adopt(&at, tap::check_stream(stream)),
        Kind::Rest => {
            if !stream.path.starts_with('/') {
                mistakes.at(&["streams", number, "path"], format!("path {:?} must start with /", stream.path));
            }
            keyed(stream, number, mistakes);
            group(manifest, stream.group.as_deref(), &["streams", number, "group"], mistakes);
            placeholders::check_stream(manifest, stream, number, mistakes);
            parent(manifest, stream, number, mistakes);
            pages(stream, number, mistakes);
            reading(manifest, stream, number, mistakes);
        }
    }
}

fn retained(stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    if stream.retain_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
        let words = "at least one day, and 36500 at most; what is never to be kept is in drop";
        mistakes.at(&["streams", number, "retain_days"], words);
    }
    let Some(pointer) = &stream.retain_by else { return };
    let at = ["streams", number, "retain_by"];
    pointed(pointer, &at, mistakes);
    if stream.drop.iter().any(|dropped| covers(dropped, pointer)) {
        mistakes.at(&at, format!("{pointer} says how old a record is, and is dropped"));
    }
    if stream.hash.iter().any(|hashed| covers(hashed, pointer)) {
        mistakes.at(&at, format!("{pointer} says how old a record is, and is hashed"));
    }
}

fn keyed(stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    if stream.key.is_empty() && !matches!(stream.write, Write::Replace | Write::ReplaceWindow) {
        mistakes.at(&["streams", number], format!("key: write = {:?} needs one", stream.write.as_str()));
    }
}

fn whose(manifest: &Manifest, stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    for (link_number, link) in stream.whose.iter().enumerate() {
        let link_number = link_number.to_string();
        let at = |word| ["streams", number, "whose", &link_number, word].map(str::to_owned);
        let mut wrong = |word, message: String| {
            let path = at(word);
            mistakes.at(&path.each_ref().map(String::as_str), message);
        };
        if !is_pointer(&link.at) {
            wrong("at", no_pointer(&link.at));
        }
        match (&link.system, &link.stream) {
            (Some(system), None) if !SYSTEMS.contains(&system.as_str()) => {
                wrong("system", format!("system {system:?} is unknown{}", nearest(system, &SYSTEMS)));
            }
            (Some(_), None) => {}
            (None, Some(other)) => {
                let path = at("stream");
                known_stream(manifest, other, &path.each_ref().map(String::as_str), mistakes);
            }
            _ => wrong("at", format!("give a system ({}) or a stream", SYSTEMS.join(", "))),
        }
    }
}

/// Where records and their fields are, and what is left of them.
fn records(stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    let single = [("records", &stream.records), ("columns", &stream.columns), ("total", &stream.total)];
    for (word, pointer) in single.into_iter().filter_map(|(word, pointer)| Some((word, pointer.as_ref()?))) {
        if !pointer.is_empty() {
            pointed(pointer, &["streams", number, word], mistakes);
        }
    }
    for (word, pointers) in [("key", &stream.key), ("drop", &stream.drop), ("hash", &stream.hash)] {
        for (index, pointer) in pointers.iter().enumerate() {
            pointed(pointer, &["streams", number, word, &index.to_string()], mistakes);
        }
    }
    for pointer in stream.required.keys() {
        if !is_pointer(pointer) {
            mistakes.at_key(&["streams", number, "required", pointer], no_pointer(pointer));
        }
    }
    for (index, list) in stream.nested.iter().enumerate() {
        pointed(&list.at, &["streams", number, "nested", &index.to_string(), "at"], mistakes);
    }
    for (index, code) in stream.error_codes.iter().enumerate() {
        pointed(&code.at, &["streams", number, "error_codes", &index.to_string(), "at"], mistakes);
    }
    let whose = stream.whose.iter().map(|link| (&link.at, "says whose a record is"));
    let key = stream.key.iter().map(|pointer| (pointer, "is of the key"));
    let needed = stream.required.keys().map(|pointer| (pointer, "is required"));
    for (pointer, why) in key.chain(needed).chain(whose) {
        if let Some(index) = stream.drop.iter().position(|dropped| covers(dropped, pointer)) {
            mistakes.at(&["streams", number, "drop", &index.to_string()], format!("{pointer} {why}, and is dropped"));
        }
    }
}

/// Whether what is at a pointer goes with what is dropped.
fn covers(dropped: &str, pointer: &str) -> bool {
    pointer.strip_prefix(dropped).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parent(manifest: &Manifest, stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    let Some(parent) = &stream.parent else {
        if let Some(index) = stream.key.iter().position(|pointer| pointer == "/_parent") {
            mistakes.at(&["streams", number, "key", &index.to_string()], "/_parent is there with `parent` only");
        }
        return;
    };
    let at = ["streams", number, "parent", "stream"];
    pointed(&parent.field, &["streams", number, "parent", "field"], mistakes);
    if parent.stream == stream.name {
        mistakes.at(&at, "parent: a stream cannot be its own");
        return;
    }
    if !matches!(stream.incremental, Incremental::Full) {
        mistakes.at(
            &["streams", number, "incremental", "kind"],
            "parent: only full streams have one; `changed = true` reads it for the parents that their own `incremental` says are new",
        );
    }
    let Some(of) = known_stream(manifest, &parent.stream, &at, mistakes) else { return };
    if of.parent.is_some() {
        mistakes.at(&at, format!("{} has a parent itself; lists of lists of lists are not read", of.name));
    }
    if parent.changed {
        let kinds = matches!(
            of.incremental,
            Incremental::Since { .. } | Incremental::Window { .. } | Incremental::Cursor { .. }
        );
        if !kinds {
            mistakes.at(
                &at,
                format!("changed needs a parent with incremental since, window or cursor; {} has none", of.name),
            );
        }
        if matches!(stream.write, Write::Replace | Write::ReplaceWindow) {
            mistakes.at(
                &["streams", number, "write"],
                "lists of changed parents replace nothing: write = \"merge\", \"versions\" or \"append\"",
            );
        }
    }
}

/// Parameters that go into a body need one; pointers into answers are pointers.
fn pages(stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    let at = |word| ["streams", number, "paginate", word];
    let Some(paginate) = &stream.paginate else { return };
    let (param, pointers) = match paginate {
        Paginate::LastId { param, field, more } => (Some(param), vec![("field", field), ("more", more)]),
        Paginate::Cursor { param, at, end, more, .. } => {
            let ends = [("end", end), ("more", more)].into_iter().filter_map(|(word, p)| Some((word, p.as_ref()?)));
            (Some(param), std::iter::once(("at", at)).chain(ends).collect())
        }
        Paginate::NextUrl { at } => (None, vec![("at", at)]),
        Paginate::Page { param, more, .. } | Paginate::Offset { param, more, .. } => {
            (Some(param), more.iter().map(|more| ("more", more)).collect())
        }
        Paginate::Single | Paginate::LinkHeader => (None, Vec::new()),
        Paginate::Keyset { columns, limit } => {
            positive(*limit as f64, &at("limit"), mistakes);
            if columns.is_empty() {
                mistakes.at(&at("columns"), "a keyset needs columns");
            }
            (None, Vec::new())
        }
    };
    for (word, pointer) in pointers {
        pointed(pointer, &at(word), mistakes);
    }
    if let Some(param) = param {
        in_body(stream, param, &at("param"), mistakes);
    }
    if let Some(bound) = paginate.at_most() {
        positive(bound as f64, &at("at_most"), mistakes);
    }
}

fn reading(manifest: &Manifest, stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    let at = |word| ["streams", number, "incremental", word];
    match &stream.incremental {
        Incremental::Cursor { start_param, step_seconds, .. } => {
            in_body(stream, start_param, &at("start_param"), mistakes);
            match &stream.paginate {
                Some(Paginate::Cursor { param, .. }) => {
                    if *step_seconds > 0 && param != start_param {
                        mistakes.at(
                            &at("step_seconds"),
                            "a cursor is stepped where it is a time: paginate param = start_param",
                        );
                    }
                }
                _ => mistakes.at(&at("kind"), "incremental cursor needs paginate cursor"),
            }
        }
        Incremental::ChangeFeed(_) if manifest.feed.is_none() && !mistakes.spoilt.contains("[feed]") => {
            mistakes.at(&at("kind"), "incremental change_feed needs [feed]");
        }
        Incremental::Since { param, field, .. } => {
            in_body(stream, param, &at("param"), mistakes);
            pointed(field, &at("field"), mistakes);
        }
        Incremental::Window { step_days, since_param, until_param, .. } => {
            positive(f64::from(*step_days), &at("step_days"), mistakes);
            for (word, param) in [("since_param", since_param), ("until_param", until_param)] {
                if let Some(param) = param {
                    in_body(stream, param, &at(word), mistakes);
                }
            }
        }
        Incremental::Column(_) if manifest.kind != Kind::Sql => {
            mistakes.at(&at("kind"), "incremental column is for kind = \"sql\"");
        }
        _ => {}
    }
    let is_all = matches!(stream.incremental, Incremental::Full);
    if stream.write == Write::Replace && !is_all {
        mistakes.at(
            &["streams", number, "write"],
            "write = \"replace\" takes what a pull brings for all there is, and an incremental pull brings what is new",
        );
    }
    if stream.write == Write::ReplaceWindow && !matches!(stream.incremental, Incremental::Window { .. }) {
        mistakes.at(&["streams", number, "write"], "write = \"replace_window\" needs incremental window");
    }
}

fn in_body(stream: &Stream, param: &str, at: &[&str], mistakes: &mut Mistakes<'_>) {
    if param.starts_with('/') && stream.method == super::Method::Get {
        mistakes.at(at, format!("{param:?} points into a body, which method = \"POST\" has"));
    }
}

fn known_stream<'a>(
    manifest: &'a Manifest,
    wanted: &str,
    at: &[&str],
    mistakes: &mut Mistakes<'_>,
) -> Option<&'a Stream> {
    let found = manifest.streams.iter().find(|stream| stream.name == wanted);
    if found.is_none() && !mistakes.spoilt.contains(wanted) {
        let known: Vec<&str> = manifest.streams.iter().map(|stream| stream.name.as_str()).collect();
        mistakes.at(at, format!("manifest {} has no stream {wanted:?}{}", manifest.name, nearest(wanted, &known)));
    }
    found
}

fn group(manifest: &Manifest, group: Option<&str>, at: &[&str], mistakes: &mut Mistakes<'_>) {
    if let Some(group) = group.filter(|group| !manifest.budget.contains_key(*group)) {
        let known: Vec<&str> = manifest.budget.keys().map(String::as_str).collect();
        mistakes.at(at, format!("group {group:?} is not in [budget]{}", nearest(group, &known)));
    }
}

fn name(text: &str, at: &[&str], mistakes: &mut Mistakes<'_>) {
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        mistakes.at(at, format!("{text:?}: lower-case letters, digits and _ only"));
    }
}

fn statuses<'a>(keys: impl Iterator<Item = &'a String>, at: &[&str], mistakes: &mut Mistakes<'_>) {
    for key in keys {
        if !key.parse::<u16>().is_ok_and(|status| (400..600).contains(&status)) {
            let message = format!("errors: {key:?} is not a status (400 to 599)");
            mistakes.at_key(&[at, &[key.as_str()]].concat(), message);
        }
    }
}

fn positive(value: f64, at: &[&str], mistakes: &mut Mistakes<'_>) {
    if value.is_nan() || value <= 0.0 {
        let word = at.last().copied().unwrap_or_default();
        mistakes.at(at, format!("{word} must be above zero"));
    }
}

fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
}

fn no_pointer(text: &str) -> String {
    format!("{text:?} is no JSON pointer: it starts with /")
}

fn pointed(text: &str, at: &[&str], mistakes: &mut Mistakes<'_>) {
    if !is_pointer(text) {
        mistakes.at(at, no_pointer(text));
    }
}
