//! Editions without the customer: names and ids replaced where there is text, the workbook made again, everything else of the
//! edition as it was, and a note that says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::terms::{ERASED, Terms};
use crate::deliver::archive;
use crate::ledger::runs::EditionRow;
use crate::pipeline::Environment;
use crate::render::Renderer;
use crate::review::edition::Enclose;
use crate::review::model::Review;

/// The note in an edition's folder.
pub const NOTE: &str = "erased.txt";

/// What becomes of an edition.
#[derive(Debug, Default)]
pub struct Redacted {
    /// Files that are another now, with what they hold; nothing where a file goes.
    pub files: BTreeMap<String, Option<Vec<u8>>>,
    /// What cannot be searched.
    pub unsearched: Vec<String>,
}

/// Searches an edition. `is_theirs` knows the accounts of rows behind figures; `differing` are files that an interrupted erasure
/// has put in place without the ledger knowing.
pub fn redact(
    environment: &Environment,
    renderer: &Renderer,
    edition: &EditionRow,
    terms: &Terms,
    is_theirs: &dyn Fn(&str) -> bool,
    differing: Vec<(String, Vec<u8>)>,
) -> Result<Redacted> {
    let folder = environment.config.store().join(&edition.path);
    let mut done = Redacted::default();
    done.files.extend(differing.into_iter().map(|(name, bytes)| (name, Some(bytes))));
    let listed = environment.ledger.edition_files(edition.edition_id)?;
    for file in &listed {
        let path = folder.join(&file.name);
        if !path.exists() {
            // an interrupted erasure removed it: a print
            done.files.insert(file.name.clone(), None);
            continue;
        }
        match extension(&file.name) {
            "parquet" => {
                let rows = rows(&path, terms, is_theirs).with_context(|| format!("in {}", path.display()))?;
                done.files.extend(rows.map(|bytes| (file.name.clone(), Some(bytes))));
            }
            // drawn: figures, and names of metrics and periods; made again below; printed from the page
            "png" | "xlsx" | "pdf" => {}
            kind => {
                let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                match String::from_utf8(bytes) {
                    Ok(text) => done
                        .files
                        .extend(text_of(kind, &text, terms).map(|text| (file.name.clone(), Some(text.into_bytes())))),
                    Err(_) => done.unsearched.push(format!("{}/{}", edition.path, file.name)),
                }
            }
        }
    }
    if done.files.is_empty() {
        return Ok(done);
    }
    let review = match done.files.get("report.json") {
        Some(Some(bytes)) => bytes.clone(),
        _ => std::fs::read(folder.join("report.json")).unwrap_or_default(),
    };
    let review: Option<Review> = serde_json::from_slice(&review).ok();
    for file in listed {
        let bytes = match extension(&file.name) {
            // one that cannot be made again goes: it may name the customer
            "xlsx" => review.as_ref().and_then(|review| {
                let made = renderer.render_with(review, &Enclose::default()).ok()?;
                made.data.into_iter().find(|data| data.name == file.name).map(|data| data.bytes)
            }),
            "pdf" => None,
            _ => continue,
        };
        done.files.insert(file.name, bytes);
    }
    let locale = review.as_ref().map_or(environment.config.company.locale.as_str(), |review| &review.head.locale);
    let note = renderer.say(locale, "erasure-note")?;
    announce(&folder, &note, &mut done)?;
    done.files.insert(NOTE.to_owned(), Some(format!("{note}\n").into_bytes()));
    Ok(done)
}

fn extension(name: &str) -> &str {
    Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// A text file without the customer.
fn text_of(kind: &str, text: &str, terms: &Terms) -> Option<String> {
    match kind {
        "json" => terms.redact_json(text).map(|text| terms.redact_between(&text, "[", "]", &['"'], &['"'])),
        "html" | "xml" | "svg" => {
            terms.redact(text).map(|text| terms.redact_between(&text, "<tr", "</tr>", &['>', '#'], &['<']))
        }
        _ => terms.redact(text).map(|text| terms.redact_lines(&text)),
    }
}

/// The page says what happened to it, once.
fn announce(folder: &Path, note: &str, done: &mut Redacted) -> Result<()> {
    const CLASS: &str = "<p class=\"erased\">";
    let text = match done.files.get("index.html") {
        Some(Some(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => match std::fs::read_to_string(folder.join("index.html")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot read the page in {}", folder.display())),
        },
    };
    if text.contains(CLASS) {
        return Ok(());
    }
    let escaped = note.replace('&', "&amp;").replace('<', "&lt;");
    let at = text.find("<body").and_then(|body| Some(body + text[body..].find('>')? + 1)).unwrap_or(0);
    let text = format!("{}\n{CLASS}<strong>{escaped}</strong></p>{}", &text[..at], &text[at..]);
    done.files.insert("index.html".to_owned(), Some(text.into_bytes()));
    Ok(())
}

/// The rows behind an edition's figures: they keep their figures, which add up to what was published, and lose whose they are.
fn rows(path: &Path, terms: &Terms, is_theirs: &dyn Fn(&str) -> bool) -> Result<Option<Vec<u8>>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?.build()?;
    let schema = arrow_array::RecordBatchReader::schema(&reader);
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))?;
    let mut is_changed = false;
    for batch in reader {
        let batch = batch?;
        let texts: Vec<Option<&StringArray>> = batch.columns().iter().map(|c| c.as_string_opt::<i32>()).collect();
        let place = |name: &str| schema.index_of(name).ok().and_then(|at| texts[at]);
        let (accounts, entities) = (place("account_id"), place("entity_id"));
        let value = |of: Option<&StringArray>, row: usize| {
            of.filter(|of| !arrow_array::Array::is_null(*of, row)).map(|of| of.value(row).to_owned())
        };
        let is_erased: Vec<bool> = (0..batch.num_rows())
            .map(|row| {
                let account = value(accounts, row).is_some_and(|account| is_theirs(&account));
                account || value(entities, row).is_some_and(|entity| is_theirs(&entity) || terms.names(&entity))
            })
            .collect();
        let columns: Vec<ArrayRef> = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .zip(&texts)
            .map(|((field, column), text)| {
                let Some(text) = text else { return Arc::clone(column) };
                let is_whose = matches!(field.name().as_str(), "account_id" | "entity_id");
                let cell = |row: usize| {
                    let said = value(Some(text), row)?;
                    if is_whose && is_erased[row] {
                        return Some(ERASED.to_owned());
                    }
                    Some(terms.redact(&said).unwrap_or(said))
                };
                Arc::new((0..batch.num_rows()).map(cell).collect::<StringArray>()) as ArrayRef
            })
            .collect();
        let new = RecordBatch::try_new(schema.clone(), columns)?;
        is_changed = is_changed || new != batch;
        writer.write(&new)?;
    }
    Ok(if is_changed { Some(writer.into_inner()?) } else { None })
}

/// Puts the changed files in place, one by one, each whole; then the ledger lists what is there.
pub fn put(environment: &Environment, edition: &EditionRow, redacted: &Redacted, erasure_id: i64) -> Result<()> {
    let changes: Vec<_> = redacted.files.clone().into_iter().collect();
    archive::rewrite(&environment.config.store(), &environment.ledger, edition, &changes, erasure_id)
}
