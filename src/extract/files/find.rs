//! Which files a stream is: one by its name, several by a pattern, in an order that does not change.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// What a stream by its name may end in.
const ENDINGS: [&str; 7] = ["csv", "csv.gz", "parquet", "ndjson", "ndjson.gz", "jsonl", "json"];
/// Files of one stream.
const FILES: usize = 10_000;

/// The file `STREAM.csv`, or of another kind; `None` where there is none.
pub(super) fn by_name(folder: &Path, stream: &str) -> Result<Option<PathBuf>> {
    let found: Vec<PathBuf> =
        ENDINGS.iter().map(|e| folder.join(format!("{stream}.{e}"))).filter(|p| p.is_file()).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        [one, other, ..] => {
            bail!("{} and {} are both there; keep one", one.display(), other.display())
        }
    }
}

/// The files below a folder that fit a pattern, sorted by name, each with its path from there. Hidden ones are left out:
/// programs write half-finished files under such names.
pub(super) fn by_pattern(folder: &Path, pattern: &str) -> Result<Vec<(String, PathBuf)>> {
    let home = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    let base = home.to_str().context("the folder's path is not UTF-8")?;
    let whole = format!("{}/{pattern}", glob::Pattern::escape(base));
    let options =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let mut files = Vec::new();
    for path in glob::glob_with(&whole, options).with_context(|| format!("the pattern {pattern:?}"))? {
        let path =
            path.map_err(|error| anyhow::anyhow!("cannot read {}: {}", error.path().display(), error.error()))?;
        let real = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(real.starts_with(&home), "{} leads out of {}; refused", path.display(), folder.display());
        if !real.is_file() {
            continue;
        }
        let name = path.strip_prefix(&home).unwrap_or(&path).to_str().context("a file's name is not UTF-8")?.to_owned();
        files.push((name, path));
        ensure!(files.len() <= FILES, "more than {FILES} files fit {pattern:?}");
    }
    files.sort();
    Ok(files)
}
