//! The manifests there are: shipped ones inside the binary, the company's own in a folder, which win by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use include_dir::{Dir, include_dir};

use super::manifest::Manifest;
use crate::config::{Usage, nearest};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/config/sources");
static ROLLUPS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries/rollups");

/// All known manifests, by name.
#[derive(Debug, Clone)]
pub struct Catalog {
    manifests: BTreeMap<String, Manifest>,
}

impl Catalog {
    /// The shipped manifests, and those of a folder if one is given.
    pub fn load(user_folder: Option<&Path>) -> Result<Catalog> {
        let mut manifests = BTreeMap::new();
        for file in SHIPPED.files() {
            let path = file.path().display().to_string();
            let text = file.contents_utf8().with_context(|| format!("{path} is not UTF-8"))?;
            add(&mut manifests, &path, text)?;
        }
        let mut mistakes = Vec::new();
        for path in user_folder.map(toml_files).transpose()?.unwrap_or_default() {
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if let Err(error) = add(&mut manifests, &path.display().to_string(), &text) {
                mistakes.push(format!("{error:#}"));
            }
        }
        if !mistakes.is_empty() {
            bail!("{}", mistakes.join("\n"));
        }
        Ok(Catalog { manifests })
    }

    /// A manifest by name.
    pub fn get(&self, name: &str) -> Result<&Manifest> {
        match self.manifests.get(name) {
            Some(manifest) => Ok(manifest),
            None => bail!(Usage(format!("there is no manifest {name:?}{}", nearest(name, &self.names())))),
        }
    }

    /// All names, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.manifests.keys().map(String::as_str).collect()
    }
}

/// Text of a query that runs where the data lives: the company's `rollups/NAME`, else the shipped one.
pub(super) fn rollup(user_queries: Option<&Path>, name: &str) -> Result<String> {
    if let Some(path) = user_queries.map(|folder| folder.join("rollups").join(name))
        && path.is_file()
    {
        return std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()));
    }
    match ROLLUPS.get_file(name).and_then(include_dir::File::contents_utf8) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("there is no query rollups/{name}"),
    }
}

fn add(manifests: &mut BTreeMap<String, Manifest>, path: &str, text: &str) -> Result<()> {
    let manifest = Manifest::parse(text, path)?;
    let stem = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    if stem != manifest.name {
        bail!("in {path}: name = {:?}, but the file is {stem}.toml", manifest.name);
    }
    manifests.insert(manifest.name.clone(), manifest);
    Ok(())
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read the manifests in {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
