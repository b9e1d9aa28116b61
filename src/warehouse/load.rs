//! Landing files into staging tables: only batches not loaded yet, one transaction per table.
//!
//! What a batch replaces follows from its stream's write mode: `merge` and `append` replace rows of the same key,
//! `versions` adds, `replace` replaces everything of its source, `replace_window` the days of its window (column `day`).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::catalog::{Catalog, Layer, Query, hex};
use super::landed::{Group, empty_view, gone_view, groups, manifest_and_stream, relations, rows, view};
use super::refused::{Count, LeftOut};
use super::{Warehouse, macros, quote};

use crate::ledger::Ledger;
use crate::ledger::pulls::Batch;
use crate::ledger::quarantine::Of;
use crate::ledger::refused::Refusal;

/// Part of every table's definition: what another way of loading made is made anew.
const WAY: &str = "3";

/// Columns of a landing relation that every staging query hands on: a load replaces rows by them.
const HANDED_ON: &str = "source_name, record_key, batch";

/// What a load did.
#[derive(Debug, Default)]
pub struct Loaded {
    pub batches: usize,
    /// Query file and error of each table that could not be loaded.
    pub failed: Vec<(String, String)>,
    /// Records that tables leave out, as their queries cannot read them: of this load, and still of earlier ones.
    pub refused: Vec<Refusal>,
}

impl Warehouse {
    /// Loads what has landed since the last load. A table that cannot be loaded keeps what it had; the others go on.
    /// Of `sources` each has its manifest, and only what they bring by it is kept: what a source brought that is no longer
    /// configured, or is disabled, or has another manifest now, is taken out. Batches after `last_batch` are left for later: all tables then
    /// stand at one moment, which a replay can name. The ids of `qualified` sources begin with their source's name.
    pub fn load(
        &self,
        catalog: &Catalog,
        ledger: &Ledger,
        sources: &BTreeMap<&str, &str>,
        qualified: &BTreeSet<String>,
        last_batch: i64,
    ) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        let qualified = self.qualify(qualified)?;
        let through = last_batch.min(ledger.last_batch()?);
        let known = self.definitions()?;
        for query in catalog.layer(Layer::Staging) {
            let of = format!("{qualified}{}", expired(query, ledger)?);
            self.ensure_table(query, &of, &known).with_context(|| format!("queries/{}", query.file))?;
        }
        let marks = self.marks()?;
        let (none, mut failed) = (BTreeMap::new(), BTreeSet::new());
        let refused: Vec<Refusal> = ledger.refused(Of::default())?.into_iter().map(|one| one.refusal).collect();
        for query in catalog.layer(Layer::Staging) {
            let marks = marks.get(&query.relation).unwrap_or(&none);
            let of_manifest = sources.iter().filter(|(_, manifest)| **manifest == query.manifest());
            let own = of_manifest.map(|(source, _)| *source).collect();
            match self.load_table(query, ledger, &own, marks, through, &refused) {
                Ok(batches) => loaded.batches += batches,
                Err(error) => {
                    loaded.failed.push((query.file.clone(), format!("{error:#}")));
                    failed.insert(query.relation.as_str());
                }
            }
        }
        loaded.refused = self.refused()?;
        // what was known of a table that failed stays known: the load that goes well does not take it for new
        let place = |refusal: &Refusal| (refusal.table.clone(), refusal.batch_id, refusal.seq);
        let told: BTreeSet<_> = loaded.refused.iter().map(place).collect();
        let is_lost = |one: &Refusal| failed.contains(one.table.as_str()) && !told.contains(&place(one));
        loaded.refused.extend(refused.into_iter().filter(is_lost));
        // a table whose query is no longer there is nobody's
        loaded.refused.retain(|refusal| catalog.layer(Layer::Staging).any(|query| query.relation == refusal.table));
        Ok(loaded)
    }

    /// What of `refused` a table's query, as it is now, cannot read.
    fn known_refused(&self, table: &str, refused: &[Refusal]) -> Result<Vec<Refusal>> {
        let mut known: Vec<Refusal> = refused.iter().filter(|refusal| refusal.table == table).cloned().collect();
        if !known.is_empty() {
            let definitions = self.definitions()?;
            known.retain(|refusal| definitions.get(table) == Some(&refusal.definition));
        }
        Ok(known)
    }

    /// Staging tables without data, as `check` needs them.
    pub fn load_nothing(&self, catalog: &Catalog) -> Result<()> {
        let known = self.definitions()?;
        for query in catalog.layer(Layer::Staging) {
            self.ensure_table(query, "", &known).with_context(|| format!("queries/{}", query.file))?;
        }
        Ok(())
    }

    /// Makes `qualified_id` say `NAME:id` for these sources; the text that says so, empty where there are none.
    fn qualify(&self, qualified: &BTreeSet<String>) -> Result<String> {
        let names: Vec<String> = qualified.iter().map(|name| quote(name)).collect();
        if names.is_empty() {
            return Ok(String::new());
        }
        let names = names.join(", ");
        self.connection().execute_batch(&format!(
            "create or replace macro qualified_id(source, id) as case when source in ({names}) then source || ':' || id else id end"
        ))?;
        Ok(names)
    }

    /// What of a table's batches is not loaded yet, of `sources`, which have its manifest. `marks` say up to which batch it is,
    /// by source: batches are numbered in the order they became true, so that what was loaded before is never looked at again.
    /// `refused` is what the ledger knows to be unreadable, be it by other queries.
    fn load_table(
        &self,
        query: &Query,
        ledger: &Ledger,
        sources: &BTreeSet<&str>,
        marks: &BTreeMap<String, i64>,
        through: i64,
        refused: &[Refusal],
    ) -> Result<usize> {
        if marks.keys().any(|source| !sources.contains(source.as_str())) {
            self.forget(&query.relation, sources)?;
        }
        if sources.is_empty() {
            return Ok(0);
        }
        let mark = |source: &str| marks.get(source).copied().unwrap_or_default();
        let after = sources.iter().map(|source| mark(source)).min().unwrap_or_default();
        let (mut pending, mut modes) = (Vec::new(), Vec::new());
        for landing in relations(query) {
            let (manifest, stream) = manifest_and_stream(query, landing)?;
            let landed = ledger.batches_between(manifest, stream, after, through)?.into_iter();
            let is_new =
                |batch: &Batch| sources.contains(batch.source.as_str()) && batch.batch_id > mark(&batch.source);
            pending.extend(landed.filter(is_new).map(|batch| (landing.clone(), batch)));
            modes.push((manifest, stream));
        }
        let pending_count = pending.len();
        if pending_count == 0 {
            return Ok(0);
        }
        let removes = match modes.as_slice() {
            [_] => Removes::Of(None),
            several => {
                let modes = several.iter().map(|(manifest, stream)| ledger.write_mode(manifest, stream));
                let modes: Vec<Option<String>> = modes.collect::<Result<_>>()?;
                let adds = modes.iter().flatten().any(|mode| mode == "versions");
                if adds { Removes::Nothing } else { Removes::Of(Some(&query.relation)) }
            }
        };
        let known = self.known_refused(&query.relation, refused)?;
        let mut count = Count::beside(refused.iter().filter(|refusal| refusal.table == query.relation));
        for (group, up_to) in groups(pending, through) {
            self.load_readable(query, &group, &known, &mut count, |left_out| {
                self.filling(rows(&group), || self.load_group(query, &group, sources, up_to, removes, left_out))
            })?;
        }
        Ok(pending_count)
    }

    /// Takes out what came from other sources than these; their batches count as not loaded.
    fn forget(&self, table: &str, sources: &BTreeSet<&str>) -> Result<()> {
        let kept: Vec<String> = sources.iter().map(|source| quote(source)).collect();
        let kept = if kept.is_empty() { "''".to_owned() } else { kept.join(", ") };
        self.transaction(&format!(
            "delete from {table} where source_name not in ({kept});
             delete from meta.refused where table_name = '{table}' and source_name not in ({kept});
             delete from meta.loaded_through where table_name = '{table}' and source_name not in ({kept});"
        ))
    }

    /// One transaction: rows out, rows in, and up to where.
    fn load_group(
        &self,
        query: &Query,
        group: &Group,
        sources: &BTreeSet<&str>,
        up_to: Option<i64>,
        removes: Removes<'_>,
        left_out: &LeftOut,
    ) -> Result<()> {
        let table = &query.relation;
        let is_gone_left_out = self.leaves_gone_out(query, group)?;
        let mut sql = String::new();
        for landing in relations(query) {
            let batches = group.get(landing).map_or(&[][..], Vec::as_slice);
            sql += &view(&self.store, landing, batches, is_gone_left_out, &left_out.condition(landing))?;
        }
        let new: Vec<String> = group.values().flatten().map(|batch| batch.batch_id.to_string()).collect();
        let new = new.join(", ");
        let has_rows = self.has_rows(table)?;
        let (mut before, mut after) = (String::new(), String::new());
        if up_to.is_none() {
            // it is loaded again where a later one fails, and counts once
            before += &format!(
                "delete from {table} where batch in ({new});
                 delete from meta.refused where table_name = '{table}' and batch in ({new});\n"
            );
        }
        for (landing, batches) in group.iter().filter(|_| has_rows) {
            match removal(table, landing, batches, &new, removes)? {
                Removal::Nothing => {}
                Removal::Before(statements) => before += &statements,
                // The query decides what of a batch counts: a tombstone it leaves out does not take away what was known.
                Removal::ByKey(statement) => after += &statement,
            }
        }
        sql += &before;
        sql += &format!("insert into {table} by name select * from (\n{}\n) as query;\n", query.body());
        sql += &after;
        if matches!(removes, Removes::Of(Some(_))) {
            for (landing, batches) in group {
                let ids: Vec<String> =
                    batches.iter().map(|b| format!("('{table}', '{landing}', {})", b.batch_id)).collect();
                sql += &format!("insert into meta.batch_of values {};\n", ids.join(", "));
            }
        }
        sql += &self.note_refused(query, group, left_out)?;
        // counted too: something has changed, even where it is not yet known how far
        let marks: Vec<String> = sources
            .iter()
            .map(|source| format!("('{table}', {}, {}, 1)", quote(source), up_to.unwrap_or_default()))
            .collect();
        sql += &format!(
            "insert into meta.loaded_through values {} on conflict do update set
               batch_id = greatest(batch_id, excluded.batch_id), loads = loads + 1;\n",
            marks.join(", ")
        );
        self.transaction(&sql)
    }

    /// Whether a query has no row for a record that says only that it was deleted. What was known of it then stays, also where
    /// that is loaded together with the deletion.
    fn leaves_gone_out(&self, query: &Query, group: &Group) -> Result<bool> {
        if group.values().map(Vec::len).sum::<usize>() < 2 || !query.sql.contains("deleted") {
            return Ok(false);
        }
        let views: String = relations(query).map(|landing| gone_view(landing)).collect();
        self.transaction(&views)?;
        let sql = format!("select count(*) = 0 from (\n{}\n) as query", query.body());
        // a query that fails here fails in the load, which says why
        Ok(self.connection().query_row(&sql, [], |row| row.get(0)).unwrap_or(false))
    }

    fn has_rows(&self, table: &str) -> Result<bool> {
        let sql = format!("select exists (select 1 from {table})");
        Ok(self.connection().query_row(&sql, [], |row| row.get(0))?)
    }

    /// Creates the table from the query's own columns; a changed query or macro starts its table anew, and so do other sources
    /// whose ids are qualified.
    fn ensure_table(&self, query: &Query, qualified: &str, known: &BTreeMap<String, String>) -> Result<()> {
        let table = &query.relation;
        let hash = definition(macros::PREPARE, &query.sql, qualified);
        if known.get(table) == Some(&hash) {
            return Ok(());
        }
        let mut sql: String = relations(query).map(|landing| empty_view(landing)).collect();
        let body = query.body();
        sql += &format!(
            "create or replace table {table} as select * from (\n{body}\n) as query where false;
             select {HANDED_ON} from {table} where false;
             delete from meta.loaded_through where table_name = '{table}';
             delete from meta.batch_of where table_name = '{table}';
             delete from meta.refused where table_name = '{table}';
             insert or replace into meta.staging_definition values ('{table}', '{hash}');"
        );
        self.transaction(&sql)
    }

    /// What every table was made of, as a hash.
    fn definitions(&self) -> Result<BTreeMap<String, String>> {
        let mut statement = self.connection().prepare("select table_name, hash from meta.staging_definition")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Up to which batch every table is loaded, by source.
    fn marks(&self) -> Result<BTreeMap<String, BTreeMap<String, i64>>> {
        let mut statement =
            self.connection().prepare("select table_name, source_name, batch_id from meta.loaded_through")?;
        let mut rows = statement.query([])?;
        let mut marks: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            marks.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get(2)?);
        }
        Ok(marks)
    }
}

/// What a table's rows come from, as a hash: its query, the macros that calls, whose ids are qualified, and the way of loading.
fn definition(prepare: &str, sql: &str, qualified: &str) -> String {
    use sha2::Digest;
    let parts = [sql, qualified, WAY].into_iter().chain(macros::called(prepare, sql));
    hex(&sha2::Sha256::digest(parts.collect::<Vec<_>>().join("\0")))
}

/// What a table had and landing no longer has: where that is new, the table is loaded anew.
fn expired(query: &Query, ledger: &Ledger) -> Result<String> {
    let mut marks = String::new();
    for landing in relations(query) {
        let (manifest, stream) = manifest_and_stream(query, landing)?;
        if let Some(mark) = ledger.expired_mark(manifest, stream)? {
            marks += &format!(" {landing} {mark}");
        }
    }
    Ok(marks)
}

/// What batches may take out of a table before their rows come in.
#[derive(Debug, Clone, Copy)]
enum Removes<'a> {
    /// The table has versions from one of several streams: what another brings is one more.
    Nothing,
    /// What their own stream brought; where the table has several streams, it is known from which each batch came.
    Of(Option<&'a str>),
}

/// Statements that take out what is replaced.
enum Removal {
    Nothing,
    Before(String),
    /// After the new rows are in: what else is there of their keys.
    ByKey(String),
}

/// `new` are the batches whose rows come in, of all streams of the table.
fn removal(table: &str, landing: &str, batches: &[Batch], new: &str, removes: Removes<'_>) -> Result<Removal> {
    let (Some(first), Removes::Of(of)) = (batches.first(), removes) else { return Ok(Removal::Nothing) };
    let own = of.map_or_else(String::new, |table| {
        format!(
            " and batch in (select batch_id from meta.batch_of where table_name = '{table}' and landing = '{landing}')"
        )
    });
    Ok(match first.write_mode.as_str() {
        "versions" => Removal::Nothing,
        "merge" | "append" => Removal::ByKey(format!(
            "delete from {table} where batch not in ({new}){own} and (source_name, record_key) in
               (select source_name, record_key from {table} where batch in ({new}));\n"
        )),
        "replace" => {
            let sources: BTreeSet<&String> = batches.iter().map(|batch| &batch.source).collect();
            let delete =
                |source: &&String| format!("delete from {table} where source_name = {}{own};\n", quote(source));
            Removal::Before(sources.iter().map(delete).collect())
        }
        "replace_window" => {
            let mut sql = String::new();
            let windows: BTreeSet<_> = batches.iter().map(|b| (&b.source, &b.window_from, &b.window_to)).collect();
            for (source, from, to) in windows {
                let (Some(from), Some(to)) = (from, to) else { bail!("batch {} has no window", first.batch_id) };
                sql += &format!(
                    "delete from {table} where source_name = {} and day >= {}::date and day < {}::date{own};\n",
                    quote(source),
                    quote(from),
                    quote(to)
                );
            }
            Removal::Before(sql)
        }
        other => bail!("batch {} has the unknown write mode {other}", first.batch_id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table made with one macro is not that which another would make, and is nobody else's business.
    #[test]
    fn a_changed_macro_makes_the_tables_anew_whose_queries_call_it() {
        let sql = "select price_tiers(record) from landing.m_s";
        let (shipped, other) = (macros::PREPARE, macros::PREPARE.replace("tier.flat_amount_decimal", "tier.flat"));
        assert_ne!(definition(shipped, sql, ""), definition(&other, sql, ""));
        let sql = "select minor_units(record) from landing.m_s";
        assert_eq!(definition(shipped, sql, ""), definition(&other, sql, ""));
        assert_ne!(definition(shipped, sql, ""), definition(shipped, sql, "'second'"));
    }
}
