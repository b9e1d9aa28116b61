//! The SQL of `queries/`: shipped files embedded in the binary, a user's folder overriding or adding by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use duckdb::Connection;
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::ast;
use super::header::Header;
use super::inspected::Inspected;

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// Folders of `queries/`, in the order data flows through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Staging,
    Core,
    Marts,
    Metrics,
    Lists,
    Account,
    Checks,
}

/// Tables made by Rust, readable from every layer after staging.
const INPUTS: &[&str] = &[
    "period",
    "day",
    "period_day",
    "setting",
    "setting_sla_target",
    "setting_churn_function",
    "setting_schedule",
    "setting_schedule_rule",
    "setting_holiday",
    "setting_segment",
    "setting_fit_criterion",
    "setting_uptime_commitment",
    "noted_churn_reason",
];

/// Made by Rust from `core.schedule_interval` and `core.schedule_holiday`: readable from marts on.
const BUSINESS_HOURS: &str = "business_hours";

/// Made by Rust for the sections of a one-account review: of whom and when.
const ASKED: &[&str] = &["asked", "asked_month"];

/// One SQL file.
#[derive(Debug, Clone)]
pub struct Query {
    pub layer: Layer,
    /// `staging.<manifest>_<name>`, `core.account`, `metrics.nrr`, …
    pub relation: String,
    /// Path below `queries/`, for messages.
    pub file: String,
    pub sql: String,
    pub reads: ast::Reads,
}

impl Query {
    /// Whose landing a query of staging reads: `staging/<manifest>/….sql`.
    pub fn manifest(&self) -> &str {
        self.file.split('/').nth(1).unwrap_or_default()
    }

    /// The statement without its end, to stand in another one.
    pub fn body(&self) -> &str {
        self.sql.trim().trim_end_matches(';')
    }
}

/// What a metric requires before it is shown at all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Its key.
    #[serde(skip)]
    pub name: String,
    /// A table that must have rows.
    #[serde(default)]
    pub table: Option<String>,
    /// A condition those rows must meet.
    #[serde(default, rename = "where")]
    pub filter: Option<String>,
    /// A column of `setting` that must be neither NULL nor empty.
    #[serde(default)]
    pub setting: Option<String>,
    /// A SELECT of one date: the first day from which the data are complete. Periods that begin earlier have no value.
    #[serde(default)]
    pub history_from: Option<String>,
    /// A SELECT of one date: the first day with any data, where history is complete from its beginning. Sums are 0 from the
    /// period of that day on.
    #[serde(default)]
    pub begins: Option<String>,
    pub why: String,
    pub how: String,
}

/// All queries, in an order in which each reads only what is before it.
#[derive(Debug)]
pub struct Catalog {
    pub queries: Vec<Query>,
    /// One per metric file, in file order.
    pub metrics: Vec<(Header, usize)>,
    pub needs: BTreeMap<String, Need>,
}

impl Catalog {
    /// Reads the shipped queries and the user's, parses them with DuckDB's parser and orders them.
    ///
    /// # Errors
    /// Names the file, line and column of the first query that is not one readable SELECT, reads a later layer, reads a
    /// table nobody makes, or takes part in a cycle.
    pub fn load(connection: &Connection, user: Option<&Path>) -> Result<Catalog> {
        Catalog::of_files(connection, files(user)?)
    }

    /// The catalogue of exactly these files, by path below `queries/`: what an edition was made with.
    ///
    /// # Errors
    /// As [`Catalog::load`].
    pub fn of_files(connection: &Connection, mut files: BTreeMap<String, String>) -> Result<Catalog> {
        let needs = files.remove("needs.toml").context("queries/needs.toml is missing")?;
        let mut needs: BTreeMap<String, Need> =
            toml::from_str(&needs).map_err(|e| anyhow::anyhow!("queries/needs.toml: {e}"))?;
        for (name, need) in &mut needs {
            need.name.clone_from(name);
        }
        let mut queries = Vec::new();
        let mut inspected = Inspected::load(connection)?;
        for (file, sql) in files {
            if let Some(query) = parse(&mut inspected, &file, sql)? {
                queries.push(query);
            }
        }
        inspected.keep()?;
        let queries = order(queries)?;
        let mut catalog = Catalog { queries, metrics: Vec::new(), needs };
        catalog.read_headers()?;
        Ok(catalog)
    }

    /// What `queries/needs.toml` says of a need that a file names.
    pub fn need(&self, name: &str, file: &str) -> Result<&Need> {
        self.needs.get(name).with_context(|| {
            let known: Vec<&str> = self.needs.keys().map(String::as_str).collect();
            let near = crate::config::nearest(name, &known);
            format!("queries/{file}: needs {name:?}, which queries/needs.toml does not describe{near}")
        })
    }

    fn read_headers(&mut self) -> Result<()> {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (index, query) in self.queries.iter().enumerate().filter(|(_, q)| q.layer == Layer::Metrics) {
            let header = Header::parse(&query.sql).with_context(|| format!("queries/{}", query.file))?;
            for need in &header.needs {
                self.need(need, &query.file)?;
            }
            for (name, ..) in header.series() {
                if let Some(other) = seen.insert(name.clone(), query.file.clone()) {
                    bail!("queries/{}: metric {name} is already defined in queries/{other}", query.file);
                }
            }
            self.metrics.push((header, index));
        }
        for (header, index) in &self.metrics {
            let Some(guard) = header.guardrail.as_ref().filter(|guard| !seen.contains_key(*guard)) else { continue };
            let known: Vec<&str> = seen.keys().map(String::as_str).collect();
            let near = crate::config::nearest(guard, &known);
            bail!("queries/{}: guardrail {guard:?} is no metric{near}", self.queries[*index].file);
        }
        self.metrics.sort_by(|a, b| self.queries[a.1].file.cmp(&self.queries[b.1].file));
        Ok(())
    }

    /// The query of a relation.
    pub fn relation(&self, relation: &str) -> Option<&Query> {
        self.queries.iter().find(|q| q.relation == relation)
    }

    /// Queries of one layer, in order.
    pub fn layer(&self, layer: Layer) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(move |q| q.layer == layer)
    }

    /// SHA-256 over a query's SQL without its header, its ancestors' SQL, and `settings` if any of them reads settings; and the
    /// same without the settings.
    pub fn definition_hash(&self, query: &Query, settings: &str) -> (String, String) {
        let mut seen = BTreeSet::new();
        let mut todo = vec![query];
        let mut texts = BTreeSet::new();
        let mut reads_settings = false;
        while let Some(query) = todo.pop() {
            if !seen.insert(query.relation.clone()) {
                continue;
            }
            texts.insert(strip_comments(&query.sql));
            reads_settings |= query.reads.inputs.iter().any(|i| i.starts_with("setting"));
            todo.extend(query.reads.tables.iter().filter_map(|t| self.relation(t)));
        }
        let mut hash = Sha256::new();
        for text in texts {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        let sql_hash = hex(&hash.clone().finalize());
        if reads_settings {
            hash.update(settings.as_bytes());
        }
        (hex(&hash.finalize()), sql_hash)
    }

    /// SHA-256 over every query: changes when any file does.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for query in &self.queries {
            hash.update(query.relation.as_bytes());
            hash.update(query.sql.as_bytes());
        }
        hex(&hash.finalize())
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn strip_comments(sql: &str) -> String {
    sql.lines().filter(|line| !line.trim_start().starts_with("--")).map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Every file of `queries/`, shipped ones and the user's, by path below it.
pub fn files(user: Option<&Path>) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    collect_shipped(&SHIPPED, &mut files)?;
    if let Some(folder) = user {
        collect_user(folder, folder, &mut files)?;
    }
    Ok(files)
}

fn collect_shipped(dir: &Dir<'_>, files: &mut BTreeMap<String, String>) -> Result<()> {
    for file in dir.files() {
        let name = file.path().display().to_string();
        files
            .insert(name.clone(), file.contents_utf8().with_context(|| format!("queries/{name} is not UTF-8"))?.into());
    }
    dir.dirs().try_for_each(|dir| collect_shipped(dir, files))
}

fn collect_user(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read the queries folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect_user(root, &path, files)?;
        } else if path.extension().is_some_and(|e| e == "sql") {
            let name = path.strip_prefix(root)?.display().to_string();
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(name, text);
        }
    }
    Ok(())
}

fn parse(inspected: &mut Inspected<'_>, file: &str, sql: String) -> Result<Option<Query>> {
    let Some(path) = file.strip_suffix(".sql") else { return Ok(None) };
    let parts: Vec<&str> = path.split('/').collect();
    let (layer, relation) = match parts.as_slice() {
        ["staging", manifest, name] => (Layer::Staging, format!("staging.{manifest}_{name}")),
        ["core", name] => (Layer::Core, format!("core.{name}")),
        ["marts", name] => (Layer::Marts, format!("marts.{name}")),
        ["metrics", _, name] => (Layer::Metrics, format!("metrics.{name}")),
        ["lists", name] => (Layer::Lists, format!("lists.{name}")),
        ["account", name] => (Layer::Account, format!("account.{name}")),
        ["checks", name] => (Layer::Checks, format!("checks.{name}")),
        ["rollups", ..] => return Ok(None),
        _ => {
            bail!(
                "queries/{file}: not in staging/<manifest>/, core/, marts/, metrics/<dimension>/, lists/, account/ or checks/"
            )
        }
    };
    let reads = inspected.reads(&sql).with_context(|| format!("queries/{file}"))?;
    Ok(Some(Query { layer, relation, file: file.to_owned(), sql, reads }))
}

fn order(mut waiting: Vec<Query>) -> Result<Vec<Query>> {
    let made: BTreeMap<String, Layer> = waiting.iter().map(|q| (q.relation.clone(), q.layer)).collect();
    for query in &waiting {
        check_reads(query, &made)?;
    }
    waiting.sort_by(|a, b| (a.layer, &a.file).cmp(&(b.layer, &b.file)));
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let ready =
            waiting.iter().position(|q| q.reads.tables.iter().all(|t| done.contains(t) || t.starts_with("landing.")));
        let Some(ready) = ready else {
            let files: Vec<&str> = waiting.iter().map(|q| q.file.as_str()).collect();
            bail!("these queries read each other in a circle: {}", files.join(", "));
        };
        let query = waiting.remove(ready);
        done.insert(query.relation.clone());
        ordered.push(query);
    }
    Ok(ordered)
}

fn check_reads(query: &Query, made: &BTreeMap<String, Layer>) -> Result<()> {
    let file = &query.file;
    for table in &query.reads.tables {
        if table.starts_with("landing.") {
            ensure!(query.layer == Layer::Staging, "queries/{file}: only staging reads landing ({table})");
            continue;
        }
        match made.get(table) {
            None => {
                let known: Vec<&str> = made.keys().map(String::as_str).collect();
                bail!("queries/{file}: reads {table}, which no query makes{}", crate::config::nearest(table, &known));
            }
            Some(layer) => ensure!(
                *layer <= query.layer && (*layer < query.layer || query.layer <= Layer::Marts),
                "queries/{file}: reads {table}, which is made in a later layer or beside it"
            ),
        }
    }
    for input in &query.reads.inputs {
        let known = INPUTS.contains(&input.as_str()) && query.layer > Layer::Staging;
        let hours = input == BUSINESS_HOURS && query.layer >= Layer::Marts;
        let asked = ASKED.contains(&input.as_str()) && query.layer == Layer::Account;
        ensure!(
            known || hours || asked,
            "queries/{file}: reads {input}; write core.{input} or marts.{input}, or one of {}",
            INPUTS.join(", ")
        );
    }
    Ok(())
}
