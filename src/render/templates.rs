//! Where templates come from: the shipped ones, embedded, and the user's, which replace them by name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use fluent_bundle::FluentArgs;
use include_dir::{Dir, include_dir};
use tera::{Kwargs, State, Tera, TeraResult};

use super::chart::Chart;
use super::words::{self, Locale, Words};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

pub(super) const EMAIL: &str = "email/body.html";
pub(super) const TEXT: &str = "text/body.txt";
pub(super) const ASK: &str = "email/ask.html";
pub(super) const ASK_TEXT: &str = "text/ask.txt";
pub(super) const NOTICE: &str = "email/notice.html";
pub(super) const NOTICE_TEXT: &str = "text/notice.txt";
pub(super) const PAGE: &str = "web/page.html";
pub(super) const ACCOUNT_EMAIL: &str = "email/account.html";
pub(super) const ACCOUNT_TEXT: &str = "text/account.txt";
pub(super) const ACCOUNT_PAGE: &str = "web/account.html";
pub(super) const CORRECTION_EMAIL: &str = "email/correction.html";
pub(super) const CORRECTION_TEXT: &str = "text/correction.txt";
/// What people meet beside reviews: signing in, and the forms of owners.
pub(super) const DOOR: &str = "web/access/door.html";
pub(super) const LINK: &str = "email/link.html";
pub(super) const LINK_TEXT: &str = "text/link.txt";
const TREND: &str = "chart/trend.xml";
const PROCESS: &str = "chart/process.xml";
pub(super) const WATERFALL: &str = "chart/waterfall.xml";

/// The template of a chart's picture.
pub(super) fn of(chart: &Chart) -> &'static str {
    match chart {
        Chart::Trend(_) => TREND,
        Chart::Process(_) => PROCESS,
    }
}

/// Templates by name and files of words: the shipped ones with the user's laid over them.
#[derive(Debug, Default)]
pub(super) struct Sources {
    templates: BTreeMap<String, String>,
    /// Where a user's own template is, by name.
    places: BTreeMap<String, String>,
    pub(super) locales: Vec<Locale>,
}

impl Sources {
    /// The shipped ones, replaced by name by those in a user's folder. A user's file of words lies over the shipped one of its
    /// name, or brings a language of its own.
    pub(super) fn load(user: Option<&Path>) -> Result<Sources> {
        let mut sources = Sources::shipped()?;
        if let Some(folder) = user {
            sources.overlay(folder)?;
        }
        for (name, source) in &sources.templates {
            ensure_escaped(name, source)?;
        }
        words::check(&sources.locales)?;
        Ok(sources)
    }

    /// The embedded ones.
    pub(super) fn shipped() -> Result<Sources> {
        let mut sources = Sources::default();
        let mut folders = vec![&SHIPPED];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            if folder.path() == Path::new("fonts") {
                continue;
            }
            for file in folder.files() {
                let name = file.path().to_string_lossy().replace('\\', "/");
                let text = file.contents_utf8().with_context(|| format!("template {name} is not UTF-8"))?;
                match locale(&name) {
                    Some(locale) => {
                        sources.locales.push(Locale {
                            name: locale.to_owned(),
                            place: name.clone(),
                            source: text.to_owned(),
                        });
                    }
                    None => drop(sources.templates.insert(name, text.to_owned())),
                }
            }
        }
        Ok(sources)
    }

    fn overlay(&mut self, folder: &Path) -> Result<()> {
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
                let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
                if let Some(locale) = locale(&name) {
                    let place = path.display().to_string();
                    self.locales.push(Locale { name: locale.to_owned(), place, source: text });
                    continue;
                }
                if !self.templates.contains_key(&name) {
                    let known: Vec<&str> = self.templates.keys().map(String::as_str).collect();
                    bail!("{}: there is no template {name} to replace; there are {}", path.display(), known.join(", "));
                }
                self.places.insert(name.clone(), path.display().to_string());
                self.templates.insert(name, text);
            }
        }
        Ok(())
    }

    /// Tera's account of a mistake, with line and caret; a user's template by the path it has on disk.
    pub(super) fn account(&self, error: &tera::Error) -> anyhow::Error {
        let mut text = error.to_string();
        for (name, place) in &self.places {
            text = text.replace(&format!("--> {name}:"), &format!("--> {place}:"));
        }
        anyhow::anyhow!("{text}")
    }

    /// The templates, ready to print in one language: `say(id="…", name=…)` is a sentence of it.
    pub(super) fn tera(&self, words: &Arc<Words>) -> Result<Tera> {
        let mut tera = Tera::default();
        let words = words.clone();
        tera.register_function("say", move |kwargs: Kwargs, _: &State| say(&words, &kwargs));
        tera.add_raw_templates(self.templates.iter().map(|(name, source)| (name.as_str(), source.as_str())))
            .map_err(|e| self.account(&e))
            .context("parsing the templates")?;
        Ok(tera)
    }
}

/// `locales/de.ftl` is the file of `de`.
fn locale(name: &str) -> Option<&str> {
    name.strip_prefix("locales/")?.strip_suffix(".ftl")
}

fn say(words: &Words, kwargs: &Kwargs) -> TeraResult<String> {
    let mut args = FluentArgs::new();
    let mut id = String::new();
    for (name, value) in kwargs.iter() {
        let text = value.to_string();
        match (name.to_string().as_str(), text.parse::<f64>()) {
            ("id", _) => id = text,
            (name, Ok(number)) if value.is_number() => args.set(name.to_owned(), number),
            (name, _) => args.set(name.to_owned(), text),
        }
    }
    words.try_say(&id, &args).map_err(|error| tera::Error::message(format!("{error:#}")))
}

/// The embedded fonts of the charts.
pub(super) fn fonts() -> impl Iterator<Item = &'static [u8]> {
    let files = SHIPPED.get_dir("fonts").into_iter().flat_map(Dir::files);
    files.filter(|f| f.path().extension().is_some_and(|e| e == "ttf")).map(include_dir::File::contents)
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
        for (name, source) in Sources::shipped().unwrap().templates {
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
