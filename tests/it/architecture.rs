//! Rules of the repository, read from its files: what may import what, and what appears nowhere.

use std::path::{Path, PathBuf};

use bizreview::calendar::Calendar;
use bizreview::config::{Config, Grain};
use bizreview::warehouse::Warehouse;
use bizreview::warehouse::inputs::Horizon;

use crate::support::company::SHIPPED;

/// Module → the modules it may import. Upwards there is nothing; the same layer only where it says so.
///
/// 1. Words, of which all others speak and which import each other's types: calendar, review and schedule are pure (no
///    file, no network, no surroundings); config is what a company wrote; http is how other machines are called at all.
/// 2. The ledger, which every adapter records into, and which knows nobody but the words of schedules.
/// 3. Adapters, each the only one to touch its part of the world. They never import each other: what passes between them is
///    words and the ledger. Rendering knows reviews alone; the sandbox is a world of its own and knows nothing of ours.
/// 4. The pipeline, which strings them together.
/// 5. The top: serve decides when, and shows the archive on the web; cli builds the surroundings and may use everything.
const LAYERS: &[(&str, &[&str])] = &[
    ("calendar", &["config"]),
    ("review", &["calendar", "config"]),
    ("schedule", &["config"]),
    ("http", &[]),
    ("config", &["http", "review", "schedule"]),
    ("ledger", &["schedule"]),
    ("extract", &["config", "http", "ledger"]),
    ("warehouse", &["calendar", "config", "ledger", "review"]),
    ("render", &["http", "review"]),
    ("deliver", &["config", "http", "ledger", "review"]),
    ("sandbox", &[]),
    ("pipeline", &["calendar", "config", "deliver", "extract", "ledger", "render", "review", "schedule", "warehouse"]),
    (
        "serve",
        &[
            "calendar",
            "config",
            "deliver",
            "extract",
            "ledger",
            "pipeline",
            "render",
            "review",
            "schedule",
            "warehouse",
        ],
    ),
    (
        "cli",
        &[
            "calendar",
            "config",
            "deliver",
            "extract",
            "ledger",
            "pipeline",
            "render",
            "review",
            "sandbox",
            "schedule",
            "serve",
            "warehouse",
        ],
    ),
];

const PURE: [&str; 3] = ["calendar", "review", "schedule"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file below a folder of the repository, by its path there.
fn texts(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push((path.strip_prefix(root()).unwrap().display().to_string(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// Lines that are not comments, with file and number.
fn code(folder: &str, comment: &str) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (file, text) in texts(folder) {
        let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(comment));
        lines.extend(numbered.map(|(number, line)| (format!("{file}:{}", number + 1), line.to_owned())));
    }
    lines
}

#[track_caller]
fn nowhere(lines: impl IntoIterator<Item = (String, String)>, words: &[&str], why: &str) {
    let found = lines.into_iter().filter(|(_, line)| {
        let line = line.to_lowercase();
        words.iter().any(|word| line.contains(word))
    });
    let found: Vec<String> = found.map(|(place, line)| format!("{place}: {}", line.trim())).collect();
    assert!(found.is_empty(), "{why}\n{}", found.join("\n"));
}

/// The module of `src/` a file belongs to; none for `lib.rs` and `main.rs`.
fn module(place: &str) -> Option<&str> {
    let path = place.strip_prefix("src/")?.split(':').next()?;
    let name = path.split(['/', '.']).next()?;
    (name != "lib" && name != "main").then_some(name)
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for (place, line) in code("src", "//") {
        let Some(module) = module(&place) else { continue };
        let allowed = LAYERS.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("{module} is in no layer: add it to LAYERS"));
        for import in line.split("crate::").skip(1) {
            // `$crate` and `crate::{a, b}` do not occur: one module per line
            let import = import.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
            if import != module && !allowed.contains(&import) {
                wrong.push(format!("{place}: {module} imports {import:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the layer rule:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_pure_touches_nothing() {
    let outside = ["std::fs", "std::env", "std::net", "std::process", "tokio", "reqwest", "rusqlite", "duckdb"];
    let pure = code("src", "//").into_iter().filter(|(place, _)| module(place).is_some_and(|m| PURE.contains(&m)));
    nowhere(pure, &outside, "calendar, review and schedule are functions of their arguments");
}

#[test]
fn no_code_knows_a_provider() {
    // the sandbox imitates them
    let lines = code("src", "no comment").into_iter().filter(|(place, _)| !place.starts_with("src/sandbox/"));
    let catalog = bizreview::extract::Catalog::load(None).unwrap();
    let providers: Vec<&str> = catalog.names().into_iter().filter(|name| *name != "files").collect();
    nowhere(lines, &providers, "what one API does differently belongs to its manifest and its staging SQL");
}

#[test]
fn queries_do_not_read_the_clock() {
    let clocks = [
        "now()",
        "today()",
        "current_date",
        "current_time",
        "localtime",
        "get_current_",
        "transaction_timestamp",
        "random()",
        "uuid()",
    ];
    nowhere(our_sql(), &clocks, "time comes from the tables period and setting");
}

/// The queries that run in the warehouse: rollups run where the events live, in that system's language.
fn our_sql() -> Vec<(String, String)> {
    code("queries", "--").into_iter().filter(|(place, _)| !place.starts_with("queries/rollups/")).collect()
}

#[test]
fn templates_escape_everything() {
    let filter = |(place, line): (String, String)| (place, line.replace(' ', ""));
    nowhere(code("templates", "//").into_iter().map(filter), &["|safe"], "customers write what templates print");
}

#[test]
fn nothing_is_left_to_do_later() {
    let marks = [concat!("to", "do"), concat!("fix", "me")].map(|mark| (mark.to_uppercase(), mark));
    for folder in ["src", "queries", "config", "templates", "tests"] {
        for (file, text) in texts(folder) {
            for (upper, _) in &marks {
                let mut words = text.split(|c: char| !c.is_alphanumeric());
                assert!(!words.any(|word| word == upper), "{file} has a {upper}: do it, or write down why not");
            }
        }
    }
}

#[test]
fn every_metric_has_an_accountable_team_a_definition_and_a_real_guardrail() {
    let config = Config::parse(SHIPPED, Path::new("/")).unwrap();
    let warehouse = Warehouse::empty().unwrap();
    let catalog = warehouse.catalog(None).unwrap();
    let files = texts("queries/metrics");
    assert_eq!(catalog.metrics.len(), files.len());
    let names: Vec<&str> = catalog.metrics.iter().map(|(header, _)| header.metric.as_str()).collect();
    for (header, index) in &catalog.metrics {
        let file = &catalog.queries[*index].file;
        assert_eq!(*file, format!("metrics/{}/{}.sql", header.dimension, header.metric));
        assert!(
            config.teams.contains_key(&header.team),
            "{file}: team {} is not in config/bizreview.toml",
            header.team
        );
        assert!(header.definition.split_whitespace().count() > 5, "{file}: a definition says what counts");
        if let Some(guardrail) = &header.guardrail {
            assert!(names.contains(&guardrail.as_str()), "{file}: guardrail {guardrail} is no metric");
            assert_ne!(*guardrail, header.metric, "{file}: a metric does not guard itself");
        }
    }
}

#[test]
fn the_top_of_the_repository_holds_what_was_agreed() {
    let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('/')).collect();
    let names = std::fs::read_dir(root()).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|n| !n.starts_with('.') && !ignored.contains(&n.as_str())).collect();
    names.sort();
    let agreed = ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "config", "queries", "src", "templates", "tests"];
    assert_eq!(names, agreed);
}

/// In a build without the ICU extension (the shipped one) the whole suite is the proof that no query needs it: every one is
/// bound and run. Where a DuckDB with ICU is linked, a query could slip in that only works there; so no column is a
/// TIMESTAMPTZ, and none of its spellings is written but the cast of text that `utc_from_iso` takes.
#[test]
fn no_query_needs_icu() {
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let icu = "select count(*) from duckdb_extensions() where extension_name = 'icu' and loaded";
    let is_loaded = connection.query_row(icu, [], |row| row.get::<_, i64>(0)).unwrap() > 0;
    println!("ICU is {}loaded in this build", if is_loaded { "" } else { "not " });

    let words = ["at time zone", "timezone(", "timestamptz", "timestamp with time zone"];
    // Text with an offset is cast by DuckDB's core; the cast is written inside the macro that makes a plain TIMESTAMP of it.
    let outside_macro = |(place, line): (String, String)| {
        let line = line.to_lowercase();
        let plain = if line.contains("utc_from_iso(try_cast(") { line.replace(" as timestamptz)", ")") } else { line };
        (place, plain)
    };
    nowhere(our_sql().into_iter().map(outside_macro), &words, "times are plain TIMESTAMP in UTC, made so in staging");

    let config = Config::parse(SHIPPED, Path::new("/")).unwrap();
    let calendar = Calendar::new(&config.company).unwrap();
    let now: jiff::Timestamp = crate::support::company::NOW.parse().unwrap();
    let warehouse = Warehouse::empty().unwrap();
    let catalog = warehouse.catalog(None).unwrap();
    let periods = vec![calendar.last_complete(Grain::Week, now)];
    warehouse.bind_all(&catalog, &config, &calendar, &Horizon::new(periods, now)).unwrap();
    let columns = "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal";
    let columns = warehouse.query(columns).unwrap().rows;
    let tables = |schema: &str| columns.iter().filter(|row| row[0].as_deref() == Some(schema)).count();
    assert!(tables("staging") > 100 && tables("core") > 100 && tables("marts") > 50, "all layers are made");
    let zoned = columns.iter().filter(|row| row[3].as_deref().is_some_and(|t| t.contains("TIME ZONE")));
    let zoned: Vec<_> = zoned.collect();
    assert!(zoned.is_empty(), "{zoned:?}");
}

#[test]
fn no_file_knows_this_machine() {
    let homes = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/"), env!("CARGO_MANIFEST_DIR")];
    let top = std::fs::read_dir(root()).unwrap().map(|e| e.unwrap().path()).filter(|path| path.is_file());
    let top = top.map(|path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap_or_default())
    });
    let below = ["src", "queries", "config", "templates", "tests"].into_iter().flat_map(texts);
    // a worktree's `.git` is a file that points home, and is no part of the repository
    for (file, text) in top.chain(below).filter(|(file, _)| file != ".git") {
        for home in homes {
            assert!(!text.contains(home), "{file} mentions {home}");
        }
    }
}
