//! The words for tables: files of rows, and queries on a database.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Incremental, Manifest, Stream, Write};

/// How the files of a stream are written, where their names and first bytes do not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// What they are, whatever they are called.
    pub format: Option<FileFormat>,
    /// Between the cells of a CSV file; absent: whatever its first line is divided by.
    pub delimiter: Option<char>,
    /// Around cells that hold a delimiter; a double quote where nothing is said.
    pub quote: Option<char>,
    /// Absent: UTF-8, or what a byte order mark says.
    pub encoding: Option<Encoding>,
    /// What is before the fraction of a number. A comma is made a point in fields `required` as number or decimal.
    pub decimal: DecimalMark,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    Csv,
    /// One array of objects, or objects one after another.
    Json,
    /// One object on each line.
    Ndjson,
    Parquet,
}

/// How a text file's characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What is before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum DecimalMark {
    #[default]
    #[serde(rename = ".")]
    Point,
    #[serde(rename = ",")]
    Comma,
}

/// The database of a `sql` manifest. Its address is the source's `token`: it holds a password.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The ADBC driver: a name it is installed under, or the path of a library. The company's `driver` replaces it.
    pub driver: Option<String>,
    /// The driver's first function, where its name is not the usual one.
    pub entrypoint: Option<String>,
    /// How to get the driver, for the error that asks for it.
    pub install: Option<String>,
    /// How the database writes parameters.
    pub parameters: Parameters,
    /// Statements that begin each connection: read only, time limits, the time zone.
    pub session: Vec<String>,
    /// Options of the driver that are no secrets; those that are stand in the company's `options`.
    pub options: BTreeMap<String, String>,
}

/// How a database writes the parameters of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameters {
    /// `$1`, `$2`
    #[default]
    Numbered,
    /// `?`, in the order of the text.
    Question,
}

/// Rows by a column that grows: a time of change, a counter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByColumn {
    /// Name of the column in the result. The query asks for rows beyond `{after}`, ordered by it, `{limit}` at most.
    pub column: String,
    /// How far each pull looks back for rows that became visible late: seconds of a time, days of a date, else numbers.
    #[serde(default)]
    pub lookback: u32,
    /// `{limit}`: rows of one query. What one returned is kept before the next is asked.
    #[serde(default = "ten_thousand")]
    pub limit: u32,
    /// `{after}` of the first pull; absent: the history's start as an instant in UTC.
    #[serde(default)]
    pub first: Option<String>,
}

fn ten_thousand() -> u32 {
    10_000
}

/// What a stream of files must be.
pub(super) fn check_files(stream: &Stream) -> Result<()> {
    if stream.path.is_empty() {
        ensure!(stream.write == Write::Replace, "files are landed whole: write = \"replace\"");
    }
    ensure!(
        stream.write != Write::ReplaceWindow,
        "write = \"replace_window\": what a file held is not replaced by days; use replace, merge, append or versions"
    );
    ensure!(
        !stream.key.is_empty() || stream.write == Write::Replace,
        "key: write = {:?} needs one",
        stream.write.as_str()
    );
    let is_address = stream.path.contains("://");
    ensure!(
        is_address || !stream.path.split('/').any(|part| part == ".."),
        "path {:?} leads out of the source's directory",
        stream.path
    );
    if !is_address && !stream.path.is_empty() {
        glob::Pattern::new(&stream.path).with_context(|| format!("path {:?}", stream.path))?;
    }
    ensure!(
        matches!(stream.incremental, Incremental::Full),
        "incremental: files are read when they change, there is nothing to say"
    );
    let Dialect { delimiter, quote, .. } = stream.file;
    for (word, character) in [("delimiter", delimiter), ("quote", quote)] {
        ensure!(character.is_none_or(|c| c.is_ascii()), "file: {word} {character:?} must be an ASCII character");
    }
    ensure!(delimiter.is_none() || delimiter != quote, "file: delimiter and quote are the same");
    Ok(())
}

/// What a stream of queries must be.
pub(super) fn check_query(stream: &Stream) -> Result<()> {
    ensure!(
        stream.query.is_some() != stream.sql.is_some(),
        "give query = \"select …\", or sql = \"FILE\" under queries/rollups"
    );
    ensure!(
        stream.path.is_empty() && stream.paginate.is_none() && stream.parent.is_none(),
        "a query has no path, pages or parent"
    );
    if let Some(text) = &stream.query {
        check_placeholders(text, &stream.incremental)?;
    }
    match &stream.incremental {
        Incremental::Full => {}
        Incremental::Window { .. } => {
            ensure!(
                stream.write == Write::ReplaceWindow,
                "windows of a query are replaced: write = \"replace_window\""
            );
        }
        Incremental::Column(words) => {
            ensure!(words.limit > 0, "limit must be at least 1");
            ensure!(
                stream.write != Write::Replace,
                "write = \"replace\" would keep only what is new: use merge, versions or append"
            );
        }
        _ => bail!("incremental: a query is read full, by column or by window"),
    }
    Ok(())
}

/// The placeholders that a way of reading cannot do without.
pub(in super::super) fn check_placeholders(query: &str, incremental: &Incremental) -> Result<()> {
    let needed: &[&str] = match incremental {
        Incremental::Column(_) => &["{after}", "{limit}"],
        Incremental::Window { .. } => &["{from}", "{to}"],
        _ => &[],
    };
    for name in needed {
        ensure!(query.contains(name), "the query does not hold {name}: it would read everything each time");
    }
    Ok(())
}

/// What a manifest's database must be.
pub(super) fn check_database(manifest: &Manifest) -> Result<()> {
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "uri" || ["password", "secret", "token", "key", "credential"].iter().any(|word| name.contains(word))
    };
    if let Some(name) = manifest.database.options.keys().find(|name| secret(name)) {
        bail!(
            "database: {name} is a secret: it belongs in the company's [sources.NAME.options], as {{ env = \"VARIABLE\" }}"
        );
    }
    Ok(())
}
