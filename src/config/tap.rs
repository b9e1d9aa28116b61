//! `[sources.NAME.tap]`: what a company says of a tap, and secrets inside a tap's own configuration.

use serde::Deserialize;
use toml::{Table, Value};

use super::SecretRef;

/// `[sources.NAME.tap]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TapSettings {
    /// The program, in place of the manifest's: a name on the PATH, or a path, relative to the configuration's folder.
    #[serde(default)]
    pub command: Option<String>,
    /// Added to the manifest's `[tap.config]`, in place of what is there under the same key. A value `{ env = "VARIABLE" }` or
    /// `{ file = "PATH" }`, at any depth, is a secret.
    #[serde(default)]
    pub config: Table,
}

/// The secret a value names, if it is one.
pub fn named_secret(value: &Value) -> Option<SecretRef> {
    let table = value.as_table().filter(|table| table.len() == 1)?;
    let (key, name) = table.iter().next()?;
    match (key.as_str(), name.as_str()?) {
        ("env", name) => Some(SecretRef::Env(name.to_owned())),
        ("file", name) => Some(SecretRef::File(name.into())),
        _ => None,
    }
}

/// Every secret that a table names.
pub fn named_secrets(table: &Table) -> Vec<SecretRef> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Value> = table.values().collect();
    while let Some(value) = waiting.pop() {
        match (named_secret(value), value) {
            (Some(secret), _) => found.push(secret),
            (None, Value::Table(table)) => waiting.extend(table.values()),
            (None, Value::Array(list)) => waiting.extend(list),
            _ => {}
        }
    }
    found
}

/// The key of a secret that stands in a table itself: by its name it is one, and its text is no placeholder.
pub fn written_secret(table: &Table) -> Option<String> {
    const NAMES: [&str; 8] =
        ["token", "password", "passwd", "secret", "api_key", "apikey", "private_key", "authorization"];
    table.iter().find_map(|(key, value)| {
        let name = key.to_ascii_lowercase().replace('-', "_");
        let inner = |inner: &Table| written_secret(inner).map(|below| format!("{key}.{below}"));
        match value {
            Value::String(text) => {
                let is_written = !text.is_empty() && !text.contains("{token}");
                (is_written && NAMES.iter().any(|word| name.ends_with(word))).then(|| key.clone())
            }
            Value::Table(table) => inner(table),
            Value::Array(list) => list.iter().filter_map(Value::as_table).find_map(inner),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names_at_any_depth() {
        let written = |text: &str| written_secret(&toml::from_str(text).unwrap());
        assert_eq!(written("auth_token = \"sk\"").unwrap(), "auth_token");
        assert_eq!(written("[headers]\nX-API-Key = \"k\"").unwrap(), "headers.X-API-Key");
        assert_eq!(written("[[accounts]]\npassword = \"k\"").unwrap(), "accounts.password");
        for fine in [
            "next_page_token_path = \"$.next\"",
            "auth_token = { env = \"X\" }",
            "[headers]\nAuthorization = \"Bearer {token}\"",
            "token = \"\"",
            "use_token = true",
        ] {
            assert_eq!(written(fine), None, "{fine}");
        }
    }

    #[test]
    fn a_table_of_env_or_file_alone_names_a_secret() {
        let table: Table =
            toml::from_str("a = { env = \"X\" }\nb = [{ c = { file = \"y\" } }]\nd = { env = \"X\", e = 1 }").unwrap();
        let mut found = named_secrets(&table);
        found.sort_by_key(|secret| format!("{secret:?}"));
        assert_eq!(found, [SecretRef::Env("X".into()), SecretRef::File("y".into())]);
    }
}
