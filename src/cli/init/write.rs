//! The shipped configuration with a company's answers in place: every key stays explained where it was.

use std::fmt::Write;

use anyhow::{Context, Result};

use super::answers::{Answers, SourceAnswer};
use crate::extract::Catalog;

/// The section that is written anew, by the line it begins with, and the line the next one begins with.
const SOURCES: (&str, &str) = ("# ---- Sources", "# ---- Mail");

/// The file that these answers make.
pub fn config(shipped: &str, answers: &Answers, catalog: &Catalog) -> Result<String> {
    let mut text = with_sources(&super::live(shipped), answers, catalog)?;
    if let Some(name) = &answers.name {
        text = text.replace("Northwind Reports", &name.replace(['"', '\\', '\n'], " "));
    }
    if let Some(domain) = &answers.domain {
        text = text.replace("northwind-reports.example", &domain.replace(['"', '\\', '\n'], ""));
    }
    let mut lines = Lines(text.lines().map(str::to_owned).collect());
    let quoted = |value: &Option<String>| value.as_ref().map(|value| quote(value));
    let events = answers
        .meaningful_events
        .as_ref()
        .map(|events| format!("[{}]", events.iter().map(|event| quote(event)).collect::<Vec<_>>().join(", ")));
    for (table, key, value) in [
        ("company", "timezone", quoted(&answers.timezone)),
        ("company", "currency", quoted(&answers.currency)),
        ("store", "manifests", quoted(&answers.manifests)),
        ("mail", "transport", quoted(&answers.transport)),
        ("mail", "username", quoted(&answers.mail_username)),
        ("mail", "password", answers.mail_password_env.as_ref().map(|name| format!("{{ env = {} }}", quote(name)))),
        ("operator", "email", quoted(&answers.operator)),
        ("product", "meaningful_events", events),
        ("product", "activation_event", quoted(&answers.activation_event)),
        ("support", "default_schedule", quoted(&answers.default_schedule).filter(|value| value != "\"\"")),
    ] {
        if let Some(value) = value {
            lines.set(table, key, &value).with_context(|| format!("[{table}] {key}"))?;
        }
    }
    // the reports run in the company's own zone unless they say otherwise
    if let Some(zone) = &answers.timezone {
        for line in lines.0.iter_mut().filter(|line| line.starts_with("timezone = \"Europe/Berlin\"")) {
            *line = line.replace("\"Europe/Berlin\"", &quote(zone));
        }
    }
    Ok(lines.0.join("\n") + "\n")
}

/// The sources section with blocks for the answers in place of the example's; what is not about an API stays.
fn with_sources(text: &str, answers: &Answers, catalog: &Catalog) -> Result<String> {
    if answers.sources.is_empty() {
        return Ok(text.to_owned());
    }
    let begin = text.find(SOURCES.0).context("the shipped configuration has no section of sources")?;
    let end = begin + text[begin..].find(SOURCES.1).context("the shipped configuration has no section of mail")?;
    let mut kept = String::new();
    let mut own = String::new();
    for (name, answer) in &answers.sources {
        own += &block(name, answer, catalog)?;
        own.push('\n');
    }
    for (index, paragraph) in text[begin..end].split("\n\n").enumerate() {
        let first = paragraph.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        let is_api = first.starts_with("[sources.") && !paragraph.contains("\ndirectory = ");
        let commented = paragraph.lines().all(|line| line.starts_with('#') || line.is_empty())
            && paragraph.starts_with("# [sources.");
        if is_api || commented || paragraph.trim().is_empty() {
            continue;
        }
        kept += paragraph.trim_end();
        kept += "\n\n";
        if index == 0 {
            kept += &own;
        }
    }
    Ok(format!("{}{kept}{}", &text[..begin], &text[end..]))
}

fn block(name: &str, answer: &SourceAnswer, catalog: &Catalog) -> Result<String> {
    let manifest = catalog.get(&answer.manifest)?;
    let mut text = format!("[sources.{name}]\n");
    line(&mut text, &format!("manifest = {}", quote(&answer.manifest)), &manifest.about);
    if let Some(url) = &answer.base_url {
        line(&mut text, &format!("base_url = {}", quote(url)), "");
    }
    if let Some(user) = &answer.username {
        line(&mut text, &format!("username = {}", quote(user)), "");
    }
    let token = match (&answer.token_env, &answer.token_file) {
        (Some(variable), _) => Some(format!("token = {{ env = {} }}", quote(variable))),
        (None, Some(path)) => Some(format!("token = {{ file = {} }}", quote(&path.to_string_lossy()))),
        (None, None) => None,
    };
    if let Some(token) = token {
        let scopes = manifest.scopes().join(", ");
        let needs =
            if scopes.is_empty() { manifest.key_kind.clone() } else { format!("{}: {scopes}", manifest.key_kind) };
        line(&mut text, &token, &needs);
    }
    if let Some(folder) = &answer.directory {
        line(&mut text, &format!("directory = {}", quote(&folder.to_string_lossy())), "of its files");
    }
    if let Some(driver) = &answer.driver {
        line(&mut text, &format!("driver = {}", quote(driver)), "ADBC");
    }
    line(&mut text, "enabled = true", "");
    line(&mut text, "stale_after_hours = 30", "older data counts as stale");
    if let Some(command) = &answer.tap {
        let _ = writeln!(text, "\n[sources.{name}.tap]\ncommand = {}", quote(command));
    }
    if !answer.tap_config.is_empty() {
        let _ = writeln!(text, "\n[sources.{name}.tap.config]");
        for (key, value) in &answer.tap_config {
            let value = match value.split_once(':') {
                Some((place @ ("env" | "file"), name)) => format!("{{ {place} = {} }}", quote(name)),
                _ => quote(value),
            };
            let _ = writeln!(text, "{} = {value}", quote(key));
        }
    }
    if !answer.settings.is_empty() {
        let _ = writeln!(text, "\n[sources.{name}.settings]");
        for (key, value) in &answer.settings {
            let about = manifest.settings.get(key).map_or("", |setting| setting.about.as_str());
            line(&mut text, &format!("{key} = {}", quote(value)), about);
        }
    }
    if !answer.budget.is_empty() {
        let _ = writeln!(text, "\n[sources.{name}.budget]");
        for (group, requests) in &answer.budget {
            line(&mut text, &format!("{group} = {requests}"), "requests a minute");
        }
    }
    Ok(text)
}

fn line(text: &mut String, assignment: &str, about: &str) {
    if about.is_empty() {
        text.push_str(assignment);
    } else {
        let _ = write!(text, "{assignment:<33} # {about}");
    }
    text.push('\n');
}

/// Text as TOML.
fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A TOML file as lines, edited in place.
struct Lines(Vec<String>);

impl Lines {
    /// Sets a key of one line: where it stands, where it stands commented out, or after the table's header.
    fn set(&mut self, table: &str, key: &str, value: &str) -> Result<()> {
        let header = format!("[{table}]");
        let is_header = |line: &String| line.split('#').next().unwrap_or_default().trim() == header;
        let at =
            self.0.iter().position(is_header).with_context(|| format!("the shipped configuration has no {header}"))?;
        let is_next = |line: &String| line.starts_with('[');
        let end = self.0[at + 1..].iter().position(is_next).map_or(self.0.len(), |offset| at + 1 + offset);
        let assigns = |line: &String, comment: &str| {
            line.strip_prefix(comment).and_then(|rest| rest.split_once('=')).is_some_and(|(name, _)| name.trim() == key)
        };
        let body = at + 1..end;
        let found = body.clone().find(|i| assigns(&self.0[*i], ""));
        let found = found.or_else(|| body.clone().find(|i| assigns(&self.0[*i], "# ")));
        let assignment = format!("{key} = {value}");
        match found {
            Some(index) => {
                let comment = comment_of(self.0[index].trim_start_matches("# "));
                self.0[index] = match comment {
                    Some(comment) => format!("{assignment:<33} {comment}"),
                    None => assignment,
                };
            }
            None => self.0.insert(at + 1, assignment),
        }
        Ok(())
    }
}

/// The comment at the end of a line: `#` outside quotes begins it.
fn comment_of(line: &str) -> Option<&str> {
    let (mut in_text, mut escaped) = (false, false);
    for (index, c) in line.char_indices() {
        match c {
            '"' if !escaped => in_text = !in_text,
            '#' if !in_text => return Some(&line[index..]),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_set_where_it_stands_and_its_comment_stays() {
        let text = "[a]\nx = \"1 # no comment\" # why\n# y = 2  # other\n[b]\nx = 3\n";
        let mut lines = Lines(text.lines().map(str::to_owned).collect());
        lines.set("a", "x", "\"new\"").unwrap();
        lines.set("a", "y", "5").unwrap();
        lines.set("b", "z", "6").unwrap();
        assert!(lines.set("c", "z", "6").is_err());
        let set: Vec<String> =
            lines.0.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(set, ["[a]", "x = \"new\" # why", "y = 5 # other", "[b]", "z = 6", "x = 3"]);
    }
}
