//! Landing files into staging tables: only batches not loaded yet, one transaction per table.
//!
//! What a batch replaces follows from its stream's write mode: `merge` and `append` replace rows of the same key,
//! `versions` adds, `replace` replaces everything of its source, `replace_window` the days of its window (column `day`).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::Warehouse;
use super::catalog::{Catalog, Layer, Query, hex};
use crate::ledger::Ledger;
use crate::ledger::pulls::Batch;

/// What a load did.
#[derive(Debug, Default)]
pub struct Loaded {
    pub batches: usize,
    /// Query file and error of each table that could not be loaded.
    pub failed: Vec<(String, String)>,
}

impl Warehouse {
    /// Loads what has landed since the last load. A table that cannot be loaded keeps what it had; the others go on.
    /// Only `sources` are kept: what a source brought that is no longer configured, or is disabled, is taken out. Batches
    /// after `last_batch` are left for later: all tables then stand at one moment, which a replay can name. The ids of
    /// `qualified` sources begin with their source's name.
    pub fn load(
        &self,
        catalog: &Catalog,
        ledger: &Ledger,
        sources: &BTreeSet<&str>,
        qualified: &BTreeSet<String>,
        last_batch: i64,
    ) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        let qualified = self.qualify(qualified)?;
        for query in catalog.layer(Layer::Staging) {
            self.ensure_table(query, &qualified).with_context(|| format!("queries/{}", query.file))?;
            match self.load_table(query, ledger, sources, last_batch) {
                Ok(batches) => loaded.batches += batches,
                Err(error) => loaded.failed.push((query.file.clone(), format!("{error:#}"))),
            }
        }
        Ok(loaded)
    }

    /// Staging tables without data, as `check` needs them.
    pub fn load_nothing(&self, catalog: &Catalog) -> Result<()> {
        for query in catalog.layer(Layer::Staging) {
            self.ensure_table(query, "").with_context(|| format!("queries/{}", query.file))?;
        }
        Ok(())
    }

    /// Makes `qualified_id` say `NAME:id` for these sources; the text that says so, empty where there are none.
    fn qualify(&self, qualified: &BTreeSet<String>) -> Result<String> {
        let names: Vec<String> = qualified.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
        if names.is_empty() {
            return Ok(String::new());
        }
        let names = names.join(", ");
        self.connection().execute_batch(&format!(
            "create or replace macro qualified_id(source, id) as case when source in ({names}) then source || ':' || id else id end"
        ))?;
        Ok(names)
    }

    fn load_table(&self, query: &Query, ledger: &Ledger, sources: &BTreeSet<&str>, last_batch: i64) -> Result<usize> {
        let loaded = self.loaded(&query.relation)?;
        let mut pending: BTreeMap<String, Vec<Batch>> = BTreeMap::new();
        let mut gone: Vec<i64> = Vec::new();
        for landing in query.reads.tables.iter().filter(|t| t.starts_with("landing.")) {
            let (manifest, stream) = manifest_and_stream(query, landing)?;
            let landed = ledger.batches(manifest, stream)?.into_iter();
            let (wanted, others): (Vec<Batch>, Vec<Batch>) = landed.partition(|b| sources.contains(b.source.as_str()));
            gone.extend(others.iter().map(|b| b.batch_id).filter(|id| loaded.contains(id)));
            let new =
                wanted.into_iter().filter(|b| b.batch_id <= last_batch && !loaded.contains(&b.batch_id)).collect();
            pending.insert(landing.clone(), new);
        }
        self.forget(&query.relation, &gone, sources)?;
        let count = pending.values().map(Vec::len).sum();
        if count == 0 {
            return Ok(0);
        }
        for group in groups(pending) {
            self.load_group(query, &group)?;
        }
        Ok(count)
    }

    /// Takes out what came from other sources than these; their batches count as not loaded.
    fn forget(&self, table: &str, gone: &[i64], sources: &BTreeSet<&str>) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let gone: Vec<String> = gone.iter().map(i64::to_string).collect();
        let kept: Vec<String> = sources.iter().map(|s| format!("'{}'", s.replace('\'', "''"))).collect();
        self.transaction(&format!(
            "delete from {table} where source_name not in ({kept});
             delete from meta.loaded where table_name = '{table}' and batch_id in ({gone});",
            kept = if kept.is_empty() { "''".to_owned() } else { kept.join(", ") },
            gone = gone.join(", "),
        ))
    }

    /// One transaction: rows out, rows in, batches recorded.
    fn load_group(&self, query: &Query, group: &BTreeMap<String, Vec<Batch>>) -> Result<()> {
        let table = &query.relation;
        let mut sql = String::new();
        for (landing, batches) in group {
            sql += &self.view(landing, batches)?;
        }
        // The query decides what of a batch counts: a tombstone it leaves out does not take away what was known.
        sql += &format!("create or replace temp table incoming as\n{};\n", query.body());
        for batches in group.values() {
            sql += &removal(table, batches)?;
        }
        sql += &format!("insert into {table} by name select * from incoming;\ndrop table incoming;\n");
        for batch in group.values().flatten() {
            sql += &format!("insert into meta.loaded values ('{table}', {});\n", batch.batch_id);
        }
        self.transaction(&sql)
    }

    /// `landing.<manifest>_<stream>` as a view over exactly the files to load.
    fn view(&self, landing: &str, batches: &[Batch]) -> Result<String> {
        if batches.is_empty() {
            return Ok(empty_view(landing));
        }
        let mut selects = Vec::new();
        for batch in batches {
            let path = self.store.join(&batch.path);
            let path = path.to_str().context("the store's path is not UTF-8")?.replace('\'', "''");
            selects.push(format!(
                "select '{}' as source_name, key as record_key, record, extracted_at, {} as batch, seq from read_parquet('{path}')",
                batch.source.replace('\'', "''"),
                batch.batch_id
            ));
        }
        let latest = match batches[0].write_mode.as_str() {
            "merge" | "append" => {
                "\nqualify row_number() over (partition by source_name, record_key order by batch desc, seq desc) = 1"
            }
            _ => "",
        };
        Ok(format!(
            "create or replace view {landing} as select * from (\n{}\n) as files{latest};\n",
            selects.join("\nunion all ")
        ))
    }

    /// Creates the table from the query's own columns; a changed query starts its table anew, and so do other sources whose
    /// ids are qualified.
    fn ensure_table(&self, query: &Query, qualified: &str) -> Result<()> {
        use sha2::Digest;
        let table = &query.relation;
        let hash = hex(&sha2::Sha256::digest(format!("{}{qualified}", query.sql)));
        let known: Option<String> = self
            .connection()
            .query_row("select hash from meta.staging_definition where table_name = ?", [table], |row| row.get(0))
            .ok();
        if known.as_ref() == Some(&hash) {
            return Ok(());
        }
        let mut sql = String::new();
        for landing in query.reads.tables.iter().filter(|t| t.starts_with("landing.")) {
            sql += &empty_view(landing);
        }
        let body = query.body();
        sql += &format!(
            "create or replace table {table} as select * from (\n{body}\n) as query where false;
             delete from meta.loaded where table_name = '{table}';
             insert or replace into meta.staging_definition values ('{table}', '{hash}');"
        );
        self.transaction(&sql)
    }

    fn loaded(&self, table: &str) -> Result<BTreeSet<i64>> {
        let mut statement = self.connection().prepare("select batch_id from meta.loaded where table_name = ?")?;
        let ids = statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }
}

/// `landing.<manifest>_<stream>`, read by `staging/<manifest>/….sql`.
fn manifest_and_stream<'a>(query: &'a Query, landing: &'a str) -> Result<(&'a str, &'a str)> {
    let manifest = query.file.split('/').nth(1).unwrap_or_default();
    let stream =
        landing.strip_prefix("landing.").and_then(|l| l.strip_prefix(manifest)).and_then(|l| l.strip_prefix('_'));
    let stream = stream.with_context(|| format!("{landing} is not named landing.{manifest}_<stream>"))?;
    Ok((manifest, stream))
}

/// Batches that may be loaded together: all of them, unless a window or a replacement has to take effect pull by pull.
fn groups(pending: BTreeMap<String, Vec<Batch>>) -> Vec<BTreeMap<String, Vec<Batch>>> {
    let stepwise = pending.values().flatten().any(|b| b.write_mode.starts_with("replace"));
    if !stepwise {
        return vec![pending];
    }
    let mut by_pull: BTreeMap<i64, BTreeMap<String, Vec<Batch>>> = BTreeMap::new();
    for (landing, batches) in pending {
        for batch in batches {
            by_pull.entry(batch.pull_id).or_default().entry(landing.clone()).or_default().push(batch);
        }
    }
    by_pull.into_values().collect()
}

fn removal(table: &str, batches: &[Batch]) -> Result<String> {
    let Some(first) = batches.first() else { return Ok(String::new()) };
    let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
    Ok(match first.write_mode.as_str() {
        "versions" => String::new(),
        "merge" | "append" => format!(
            "delete from {table} where (source_name, record_key) in (select source_name, record_key from incoming);\n"
        ),
        "replace" => format!("delete from {table} where source_name = {};\n", quote(&first.source)),
        "replace_window" => {
            let mut sql = String::new();
            let windows: BTreeSet<_> = batches.iter().map(|b| (&b.source, &b.window_from, &b.window_to)).collect();
            for (source, from, to) in windows {
                let (Some(from), Some(to)) = (from, to) else { bail!("batch {} has no window", first.batch_id) };
                sql += &format!(
                    "delete from {table} where source_name = {} and day >= {}::date and day < {}::date;\n",
                    quote(source),
                    quote(from),
                    quote(to)
                );
            }
            sql
        }
        other => bail!("batch {} has the unknown write mode {other}", first.batch_id),
    })
}

fn empty_view(landing: &str) -> String {
    format!(
        "create or replace view {landing} as select null::varchar as source_name, null::varchar as record_key, \
         null::varchar as record, null::timestamp as extracted_at, null::bigint as batch, null::bigint as seq where false;\n"
    )
}
