//! `{placeholders}` that a manifest's texts hold, against what provides them.

use std::collections::BTreeMap;

use super::mistakes::Mistakes;
use super::{Auth, Incremental, Manifest, Paginate, Param, Stream};
use crate::config::nearest;
use crate::extract::template::names;

pub(super) fn check(manifest: &Manifest, mistakes: &mut Mistakes<'_>) {
    let of_source: Vec<&str> = manifest.settings.keys().map(String::as_str).chain(["timezone"]).collect();
    if let Some(base) = &manifest.base_url {
        text(base, &of_source, &["base_url"], mistakes);
    }
    for (name, value) in &manifest.headers {
        text(value, &of_source, &["headers", name], mistakes);
    }
    match &manifest.auth {
        Auth::Basic { username: Some(username), .. } => {
            text(username, &[&of_source[..], &["username"]].concat(), &["auth", "username"], mistakes);
        }
        Auth::Oauth2 { token_url, client_id, scope, .. } => {
            text(token_url, &of_source, &["auth", "token_url"], mistakes);
            text(client_id, &of_source, &["auth", "client_id"], mistakes);
            text(scope.as_deref().unwrap_or_default(), &of_source, &["auth", "scope"], mistakes);
        }
        _ => {}
    }
    if let Some(feed) = &manifest.feed {
        text(&feed.path, &of_source, &["feed", "path"], mistakes);
        params(&feed.params, &of_source, &["feed", "params"], mistakes);
    }
}

/// The texts of one stream's requests.
pub(super) fn check_stream(manifest: &Manifest, stream: &Stream, number: &str, mistakes: &mut Mistakes<'_>) {
    let mut known: Vec<&str> = manifest.settings.keys().map(String::as_str).chain(["timezone"]).collect();
    if let Incremental::ChangeFeed(changes) = &stream.incremental {
        let with_id = [&known[..], &["id"]].concat();
        text(&changes.get, &with_id, &["streams", number, "incremental", "get"], mistakes);
        params(&changes.get_params, &with_id, &["streams", number, "incremental", "get_params"], mistakes);
    }
    known.extend(stream.parent.iter().map(|_| "parent"));
    known.extend(stream.sql.iter().map(|_| "sql"));
    if matches!(stream.incremental, Incremental::Window { .. }) {
        known.extend(["from", "to"]);
    }
    if matches!(stream.paginate, Some(Paginate::Keyset { .. })) {
        known.extend(["limit", "keyset"]);
    }
    text(&stream.path, &known, &["streams", number, "path"], mistakes);
    params(&stream.params, &known, &["streams", number, "params"], mistakes);
    let used = used(stream);
    for name in used.iter().filter(|name| !is_in_path_or_params(stream, name)) {
        if !known.contains(&name.as_str()) {
            mistakes.at(&["streams", number, "body"], unknown(name, &known));
        }
    }
    if let Some(parent) = stream.parent.as_ref().filter(|_| !used.iter().any(|name| name == "parent")) {
        let words = format!("nothing of the request says which of {} it is for: {{parent}} is missing", parent.stream);
        mistakes.at(&["streams", number, "path"], words);
    }
    if stream.sql.is_some() && !used.iter().any(|name| name == "sql") {
        mistakes.at(&["streams", number, "sql"], "nothing of the request holds it: {sql} is missing in body or params");
    }
}

/// All placeholders of a stream's request.
fn used(stream: &Stream) -> Vec<String> {
    let mut used = names(&stream.path);
    used.extend(stream.params.values().flat_map(Param::values).flat_map(|value| names(&value)));
    used.extend(stream.body.iter().flat_map(|body| names(&body.to_string())));
    used
}

fn is_in_path_or_params(stream: &Stream, name: &str) -> bool {
    let in_params = stream.params.values().flat_map(Param::values).any(|value| names(&value).iter().any(|n| n == name));
    in_params || names(&stream.path).iter().any(|n| n == name)
}

fn params(params: &BTreeMap<String, Param>, known: &[&str], path: &[&str], mistakes: &mut Mistakes<'_>) {
    for (name, param) in params {
        for value in param.values() {
            text(&value, known, &[path, &[name.as_str()]].concat(), mistakes);
        }
    }
}

fn text(text: &str, known: &[&str], path: &[&str], mistakes: &mut Mistakes<'_>) {
    for name in names(text).iter().filter(|name| !known.contains(&name.as_str())) {
        mistakes.at(path, unknown(name, known));
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    let why = match name {
        "parent" => "; it needs `parent`".to_owned(),
        "from" | "to" => "; it needs incremental window".to_owned(),
        "limit" | "keyset" => "; it needs paginate keyset".to_owned(),
        "sql" => "; it needs `sql`".to_owned(),
        _ => nearest(name, known),
    };
    format!("nothing provides the placeholder {{{name}}}{why}")
}
