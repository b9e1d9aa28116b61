//! What every figure of a review is opened to: its SQL, what that is made from, and the rows behind it, as files of the edition.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::behind::header;
use super::explain::ancestors;
use super::measure::Warehoused;
use crate::render::is_formula_like;
use crate::review::model::{Customers, Review, RowsFile};
use crate::warehouse::table::Table;

/// Rows of a figure that an edition keeps as CSV; `explain --rows` has all.
const KEPT: usize = 1000;

/// Rows read for other reports of the same run, by metric and period.
pub type Cache = BTreeMap<(String, String), Table>;

/// Completes the definitions of a review and gives the files of the rows behind its figures.
pub fn open(opened: &Warehoused, review: &mut Review, cache: &mut Cache) -> Result<Vec<(String, Vec<u8>)>> {
    let Warehoused { warehouse, catalog } = opened;
    let customers = review.head.customers;
    let shown: BTreeMap<String, Option<String>> = review
        .sections
        .iter()
        .flat_map(|section| &section.rows)
        .filter(|row| row.value.is_some())
        .map(|row| (row.metric.clone(), row.headline.clone()))
        .collect();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut counted: BTreeMap<String, RowsFile> = BTreeMap::new();
    for definition in &mut review.definitions {
        let Some((header, index)) = header(catalog, &definition.metric) else { continue };
        let query = &catalog.queries[*index];
        definition.file.clone_from(&query.file);
        definition.sql.clone_from(&query.sql);
        definition.made_from = ancestors(catalog, &query.relation);
        let Some(headline) = shown.get(&definition.metric).filter(|_| customers != Customers::None) else { continue };
        let name = format!("rows/{}.csv", header.metric);
        if !files.contains_key(&name) && is_plain(&header.metric) {
            let period = headline.as_ref().map_or_else(String::new, |window| format!("/{window}"));
            let period = format!("{}{period}", review.period.id);
            let key = (header.metric.clone(), period.clone());
            if !cache.contains_key(&key) {
                let rows = warehouse.rows_behind(header, query, &period, None);
                cache.insert(key.clone(), rows.with_context(|| format!("the rows behind {}", header.metric))?);
            }
            let Some(table) = cache.get(&key) else { continue };
            let (total, kept) = (table.rows.len() as u64, table.rows.len().min(KEPT) as u64);
            files.insert(name.clone(), csv(table, customers)?);
            counted.insert(name.clone(), RowsFile { file: name.clone(), kept, total });
        }
        definition.rows = counted.get(&name).cloned();
    }
    Ok(files.into_iter().collect())
}

/// A name that is one part of a path.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Columns that hold numbers: nothing is done to them.
const NUMBERS: [&str; 5] = ["numerator", "denominator", "value", "n", "counted"];

/// As `explain --rows` prints them, the first that carry most, customers' names as the report prints customers.
fn csv(table: &Table, customers: Customers) -> Result<Vec<u8>> {
    let is_shown = |column: &str| customers == Customers::Names || column != "account";
    let shown: Vec<usize> = (0..table.columns.len()).filter(|i| is_shown(&table.columns[*i])).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(shown.iter().map(|i| table.columns[*i].as_str()))?;
    for row in table.rows.iter().take(KEPT) {
        writer.write_record(shown.iter().map(|i| {
            let cell = row[*i].as_deref().unwrap_or_default();
            if NUMBERS.contains(&table.columns[*i].as_str()) { cell.to_owned() } else { harmless(cell) }
        }))?;
    }
    Ok(writer.into_inner()?)
}

/// A text that a spreadsheet would take for a formula is made one that it prints.
fn harmless(text: &str) -> String {
    if is_formula_like(text) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_formula_is_printed_and_a_number_below_zero_stays_one() {
        let cell = |text: &str| Some(text.to_owned());
        let table = Table {
            columns: ["account_id", "account", "value"].map(str::to_owned).to_vec(),
            rows: vec![vec![cell("-1"), cell("=cmd()"), cell("-5")], vec![cell("a"), cell("Acme, Inc."), None]],
        };
        let text = |customers| String::from_utf8(csv(&table, customers).unwrap()).unwrap();
        assert_eq!(text(Customers::Names), "account_id,account,value\n'-1,'=cmd(),-5\na,\"Acme, Inc.\",\n");
        assert_eq!(text(Customers::Ids), "account_id,value\n'-1,-5\na,\n");
    }
}
