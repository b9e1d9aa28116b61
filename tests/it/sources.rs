//! `sources`, and what the README says of every manifest.

use bizreview::extract::{Catalog, Manifest};

use crate::support::company::{Desk, bizreview, said};
use crate::support::scratch::Scratch;

#[test]
fn sources_say_how_every_stream_stands_without_network() {
    // the APIs of this desk are gone: nobody listens there
    let desk = Desk::pulled().edit("base_url = \"http://", "base_url = \"https://nowhere.invalid/\" # ");
    let all = desk.run(&["sources"]).exits(0);
    all.prints(&[
        "source",
        "goes on",
        "billing",
        "change feed",
        "windows of 31 days",
        "changes up to 2026-",
        "held against",
    ]);
    let json = desk.run(&["sources", "--json"]).exits(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let billing = json.as_array().unwrap().iter().find(|source| source["source"] == "billing").unwrap();
    let streams = billing["streams"].as_array().unwrap();
    let customers = streams.iter().find(|stream| stream["stream"] == "customers").unwrap();
    assert!(customers["rows_total"].as_u64().unwrap() > 0 && customers["last_ok_at"].is_string(), "{customers}");
    assert_eq!((&customers["quarantined"], &customers["failures"]), (&0.into(), &0.into()));
    assert_eq!(customers["scope"], "Customers: Read");

    desk.run(&["sources", "product"]).exits(0).prints(&[
        "usage_day (windows of 31 days, replace_window)",
        "days through 2026-11-1",
        "scope     query:read",
        "history",
    ]);
    desk.run(&["sources", "billling"]).exits(2).explains(&["did you mean billing"]);

    // a pull that fails is counted until one goes well
    said(desk.command(&["pull", "status"]).env_remove("STATUS_TOKEN")).exits(1);
    desk.run(&["sources", "status"]).exits(0).prints(&["state     failed", "why       source status"]);
    said(desk.command(&["pull", "status"]).env_remove("STATUS_TOKEN")).exits(1);
    desk.run(&["sources", "status"]).exits(0).prints(&["failed 2 times"]);
}

#[test]
fn what_there_is_to_connect_needs_no_configuration() {
    let folder = Scratch::new("available");
    let run =
        |arguments: &[&str]| said(bizreview().args(["sources", "--available"]).args(arguments).current_dir(&*folder));
    run(&[]).exits(0).prints(&["stripe", "Billing", "a restricted key: Customers: Read", "zendesk", "posthog"]);
    run(&["posthog"]).exits(0).prints(&["personal API key", "survey:read", "usage_day"]);
    run(&["posthg"]).exits(2).explains(&["did you mean posthog"]);
    let json: serde_json::Value = serde_json::from_str(&run(&["--json"]).exits(0).out).unwrap();
    assert!(json.as_array().unwrap().iter().any(|one| one["manifest"] == "stripe" && one["scopes"].is_array()));
    assert!(!folder.join("store").exists());
}

fn manifests() -> Vec<Manifest> {
    let catalog = Catalog::load(None).unwrap();
    catalog.names().into_iter().map(|name| catalog.get(name).unwrap().clone()).collect()
}

#[test]
fn the_readme_names_the_scopes_each_key_needs() {
    let mut table = "| source | manifest | needs | with |\n|---|---|---|---|\n".to_owned();
    for manifest in manifests().iter().filter(|manifest| manifest.needs_secret() && !manifest.about.is_empty()) {
        let scopes = manifest.scopes().iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
        table += &format!("| {} | `{}` | {} | {scopes} |\n", manifest.about, manifest.name, manifest.key_kind);
    }
    is_in_readme("scopes", &table);
}

#[test]
fn the_readme_names_what_never_lands() {
    let mut table = "| manifest | removed before landing | lands hashed |\n|---|---|---|\n".to_owned();
    for manifest in manifests() {
        let fields = |of: fn(&bizreview::extract::Stream) -> &Vec<String>| {
            let mut names: Vec<&str> =
                manifest.streams.iter().flat_map(of).filter_map(|pointer| pointer.rsplit('/').next()).collect();
            names.sort_unstable();
            names.dedup();
            names.join(", ")
        };
        let (dropped, hashed) = (fields(|stream| &stream.drop), fields(|stream| &stream.hash));
        if !dropped.is_empty() || !hashed.is_empty() {
            table += &format!("| `{}` | {dropped} | {hashed} |\n", manifest.name);
        }
    }
    is_in_readme("privacy", &table);
}

/// Between the two marks of that name. `UPDATE_README=1` writes it there.
#[track_caller]
fn is_in_readme(mark: &str, table: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {mark}: made from the manifests -->\n"), format!("<!-- /{mark} -->"));
    let begin = text.find(&open).expect("its first mark") + open.len();
    let end = begin + text[begin..].find(&close).expect("its last mark");
    // the table may be indented, as in a list
    let plain: Vec<&str> = text[begin..end].lines().map(str::trim_start).collect();
    if plain.join("\n").trim() == table.trim() {
        return;
    }
    if std::env::var_os("UPDATE_README").is_some() {
        let indent: String = text[..begin].lines().last().unwrap().chars().take_while(|c| *c == ' ').collect();
        let table: Vec<String> = table.lines().map(|line| format!("{indent}{line}")).collect();
        let table = table.join("\n");
        std::fs::write(&path, format!("{}\n{table}\n\n{indent}{}", &text[..begin], &text[end..])).unwrap();
        return;
    }
    panic!(
        "README.md does not say of {mark} what the manifests do; UPDATE_README=1 cargo test the_readme writes it:\n{table}"
    );
}
