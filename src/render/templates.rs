//! Where templates come from: the shipped ones, embedded, and the user's, which replace them by name.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use include_dir::{Dir, include_dir};
use tera::Tera;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

pub(super) const EMAIL: &str = "email/body.html";
pub(super) const TEXT: &str = "text/body.txt";
pub(super) const PAGE: &str = "web/page.html";
pub(super) const ACCOUNT_EMAIL: &str = "email/account.html";
pub(super) const ACCOUNT_TEXT: &str = "text/account.txt";
pub(super) const ACCOUNT_PAGE: &str = "web/account.html";
pub(super) const TREND: &str = "chart/trend.xml";
pub(super) const WATERFALL: &str = "chart/waterfall.xml";

/// Parses the shipped templates with the user's laid over them.
pub(super) fn load(user: Option<&Path>) -> Result<Tera> {
    let mut sources = shipped()?;
    if let Some(folder) = user {
        overlay(folder, &mut sources)?;
    }
    for (name, source) in &sources {
        ensure_escaped(name, source)?;
    }
    let mut tera = Tera::default();
    tera.add_raw_templates(sources.iter().map(|(name, source)| (name.as_str(), source.as_str())))
        .map_err(|e| anyhow::anyhow!("{e}"))
        .context("parsing the templates")?;
    Ok(tera)
}

/// The embedded fonts of the charts.
pub(super) fn fonts() -> impl Iterator<Item = &'static [u8]> {
    let files = SHIPPED.get_dir("fonts").into_iter().flat_map(Dir::files);
    files.filter(|f| f.path().extension().is_some_and(|e| e == "ttf")).map(include_dir::File::contents)
}

/// Name and text of every embedded template.
pub(super) fn shipped() -> Result<BTreeMap<String, String>> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![&SHIPPED];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        if folder.path() == Path::new("fonts") {
            continue;
        }
        for file in folder.files() {
            let name = file.path().to_string_lossy().replace('\\', "/");
            let text = file.contents_utf8().with_context(|| format!("template {name} is not UTF-8"))?;
            sources.insert(name, text.to_owned());
        }
    }
    Ok(sources)
}

fn overlay(folder: &Path, sources: &mut BTreeMap<String, String>) -> Result<()> {
    ensure!(folder.is_dir(), "templates folder {} does not exist", folder.display());
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = std::fs::read_dir(&current).with_context(|| format!("reading {}", current.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("reading {}", current.display()))?.path();
            let is_hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            if is_hidden {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if !sources.contains_key(&name) {
                let known: Vec<&str> = sources.keys().map(String::as_str).collect();
                bail!("{}: there is no template {name} to replace; there are {}", path.display(), known.join(", "));
            }
            let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            sources.insert(name, text);
        }
    }
    Ok(())
}

/// Tera escapes only what ends in exactly these suffixes, and `safe` would switch that off for customers' words.
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "Tera compares exactly")]
fn ensure_escaped(name: &str, source: &str) -> Result<()> {
    let is_markup = name.ends_with(".html") || name.ends_with(".xml");
    ensure!(
        is_markup || (name.starts_with("text/") && name.ends_with(".txt")),
        "template {name}: a name must end in .html or .xml, or in .txt under text/, or nothing in it is escaped"
    );
    for (number, line) in source.lines().enumerate() {
        ensure!(!is_unescaping(line), "template {name}, line {}: the filter `safe` is not allowed", number + 1);
    }
    Ok(())
}

fn is_unescaping(line: &str) -> bool {
    line.split('|').skip(1).any(|rest| {
        let word: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        word == "safe"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_templates_are_all_escaped() {
        for (name, source) in shipped().unwrap() {
            ensure_escaped(&name, &source).unwrap();
        }
    }

    #[test]
    fn names_that_tera_would_not_escape_and_the_safe_filter_are_refused() {
        assert!(ensure_escaped("email/body.html.tera", "").is_err());
        assert!(ensure_escaped("email/body.txt", "").is_err());
        let error = ensure_escaped("web/page.html", "a\n{{ name|safe }}").unwrap_err();
        assert!(error.to_string().contains("web/page.html, line 2"), "{error}");
        assert!(ensure_escaped("web/page.html", "{{ name | upper }} is safe").is_ok());
    }
}
