//! What a tap says it has, and what of it is wanted.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::super::manifest::{Handed, Stream};

/// A catalogue in which exactly the wanted streams are selected.
#[derive(Debug)]
pub(super) struct Chosen {
    /// As the tap is handed it.
    pub(super) text: String,
    /// Of each wanted stream, the tap's ids for it; none where it has it not.
    pub(super) ids: Vec<Vec<String>>,
    /// All the tap has.
    pub(super) known: Vec<String>,
}

/// Selects the streams of a manifest in what `--discover` printed.
pub(super) fn choose(discovered: &str, streams: &[Stream], handed: Handed) -> Result<Chosen> {
    // Some taps print before they answer.
    let begin = discovered.find('{').context("--discover printed no catalogue")?;
    let mut catalog: Value =
        serde_json::from_str(&discovered[begin..]).context("what --discover printed is no catalogue")?;
    let Some(entries) = catalog.get_mut("streams").and_then(Value::as_array_mut) else {
        bail!("what --discover printed is no catalogue: it has no list of streams");
    };
    let names: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            ["tap_stream_id", "stream"].iter().filter_map(|key| entry.get(*key)?.as_str().map(str::to_owned)).collect()
        })
        .collect();
    let mut ids = vec![Vec::new(); streams.len()];
    let mut wanted = vec![None; names.len()];
    for (at, stream) in streams.iter().enumerate() {
        if let Some(entry) = place(&names, stream.tap_name())? {
            ids[at].clone_from(&names[entry]);
            wanted[entry] = Some(stream);
        }
    }
    for (entry, wanted) in entries.iter_mut().zip(wanted) {
        select(entry, wanted, handed);
    }
    let known = names.into_iter().filter_map(|names| names.into_iter().next()).collect();
    Ok(Chosen { text: catalog.to_string(), ids, known })
}

/// The entry of a name: the one whose id it is, else the only one that is called so. Databases have tables of one name in several
/// schemas.
fn place(entries: &[Vec<String>], name: &str) -> Result<Option<usize>> {
    let of =
        |is_it: &dyn Fn(&Vec<String>) -> bool| (0..entries.len()).filter(|at| is_it(&entries[*at])).collect::<Vec<_>>();
    let by_id = of(&|names| names.first().is_some_and(|id| id == name));
    let found = if by_id.is_empty() { of(&|names| names.iter().any(|one| one == name)) } else { by_id };
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        several => {
            let ids: Vec<&str> = several.iter().filter_map(|at| entries[*at].first()).map(String::as_str).collect();
            bail!(
                "the tap has several streams called {name:?}: name one by its id, with tap = {{ stream = \"…\" }}: {}",
                ids.join(", ")
            )
        }
    }
}

/// Marks an entry as wanted or not, in every way that taps have looked for it.
fn select(entry: &mut Value, wanted: Option<&Stream>, handed: Handed) {
    let Some(entry) = entry.as_object_mut() else { return };
    let is_wanted = wanted.is_some();
    if handed == Handed::Properties
        && let Some(schema) = entry.get_mut("schema").and_then(Value::as_object_mut)
    {
        schema.insert("selected".into(), is_wanted.into());
    }
    let metadata = entry.entry("metadata").or_insert_with(|| json!([]));
    if !metadata.is_array() {
        *metadata = json!([]);
    }
    let Some(metadata) = metadata.as_array_mut() else { return };
    if !metadata.iter().any(|one| one["breadcrumb"].as_array().is_some_and(Vec::is_empty)) {
        metadata.push(json!({"breadcrumb": [], "metadata": {}}));
    }
    for one in metadata.iter_mut() {
        let breadcrumb: Vec<String> = one["breadcrumb"]
            .as_array()
            .map(|path| path.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        let Some(about) = one.get_mut("metadata").and_then(Value::as_object_mut) else { continue };
        match (breadcrumb.as_slice(), wanted) {
            ([], Some(stream)) => {
                about.insert("selected".into(), true.into());
                if let Some(replication) = stream.tap.replication {
                    about.insert("replication-method".into(), replication.as_str().into());
                }
                if let Some(key) = &stream.tap.replication_key {
                    about.insert("replication-key".into(), key.as_str().into());
                }
            }
            ([], None) => {
                about.insert("selected".into(), false.into());
            }
            ([properties, field], Some(stream)) if properties == "properties" => {
                let inclusion = about.get("inclusion").and_then(Value::as_str).unwrap_or_default();
                // What is dropped before landing need not leave the API either.
                let is_dropped = stream.drop.iter().any(|pointer| pointer.strip_prefix('/') == Some(field.as_str()));
                let is_selected = inclusion == "automatic" || (inclusion != "unsupported" && !is_dropped);
                about.insert("selected".into(), is_selected.into());
            }
            _ => {}
        }
    }
    if let Some(stream) = wanted {
        if let Some(replication) = stream.tap.replication {
            entry.insert("replication_method".into(), replication.as_str().into());
        }
        if let Some(key) = &stream.tap.replication_key {
            entry.insert("replication_key".into(), key.as_str().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::manifest::Manifest;

    #[test]
    fn exactly_the_wanted_streams_are_selected_and_dropped_fields_are_not_asked_for() {
        let manifest = Manifest::parse(
            "name = \"t\"\nkind = \"singer\"\n[tap]\ncommand = \"tap\"\n\
             [[streams]]\nname = \"orders\"\nwrite = \"merge\"\ndrop = [\"/email\"]\n\
             tap = { stream = \"public-orders\", replication = \"incremental\", replication_key = \"at\" }\n\
             [[streams]]\nname = \"absent\"\nwrite = \"merge\"\n",
            "t.toml",
        )
        .unwrap();
        let discovered = r#"hello
            {"streams": [
              {"tap_stream_id": "public-orders", "stream": "orders", "schema": {"properties": {}}, "metadata": [
                {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}},
                {"breadcrumb": ["properties", "email"], "metadata": {"inclusion": "available"}},
                {"breadcrumb": ["properties", "at"], "metadata": {"inclusion": "available"}}]},
              {"tap_stream_id": "other", "stream": "other", "schema": {}, "metadata": [{"breadcrumb": [], "metadata": {"selected": true}}]}]}"#;
        let chosen = choose(discovered, &manifest.streams, Handed::Properties).unwrap();
        assert_eq!(chosen.ids, [vec!["public-orders".to_owned(), "orders".to_owned()], vec![]]);
        assert_eq!(chosen.known, ["public-orders", "other"]);
        let catalog: Value = serde_json::from_str(&chosen.text).unwrap();
        let selected = |stream: usize, at: usize| &catalog["streams"][stream]["metadata"][at]["metadata"]["selected"];
        assert_eq!([selected(0, 0), selected(0, 1), selected(0, 2), selected(0, 3)], [true, false, true, true]);
        assert_eq!(catalog["streams"][0]["metadata"][3]["metadata"]["replication-method"], "INCREMENTAL");
        assert_eq!(catalog["streams"][0]["replication_key"], "at");
        assert_eq!(catalog["streams"][0]["schema"]["selected"], true);
        assert_eq!((selected(1, 0), &catalog["streams"][1]["schema"]["selected"]), (&json!(false), &json!(false)));
        let twice = r#"{"streams": [{"tap_stream_id": "a-orders", "stream": "public-orders"}, {"tap_stream_id": "b-orders", "stream": "public-orders"}]}"#;
        let error = choose(twice, &manifest.streams, Handed::Catalog).unwrap_err().to_string();
        assert!(error.contains("a-orders, b-orders"), "{error}");
        for wrong in ["", "no", "{", "[]", "{\"streams\": 1}"] {
            assert!(choose(wrong, &manifest.streams, Handed::Catalog).is_err(), "{wrong}");
        }
    }
}
