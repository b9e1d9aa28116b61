//! Landing files as the relations that staging queries read: `landing.<manifest>_<stream>`, over exactly the batches to load.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use super::catalog::Query;
use super::quote;
use crate::ledger::pulls::Batch;

/// Batches loaded together: of each relation, in their order.
pub(super) type Group = BTreeMap<String, Vec<Batch>>;

/// Its records.
pub(super) fn rows(group: &Group) -> u64 {
    group.values().flatten().map(|batch| batch.rows).sum()
}

/// Records of one transaction, about. What it removes and replaces by key waits in memory or beside it; smaller ones would
/// leave groups of rows half full, which costs more.
const GROUP_ROWS: u64 = 250_000;

/// `landing.<manifest>_<stream>`, read by `staging/<manifest>/….sql`.
pub(super) fn manifest_and_stream<'a>(query: &'a Query, landing: &'a str) -> Result<(&'a str, &'a str)> {
    let manifest = query.manifest();
    let stream =
        landing.strip_prefix("landing.").and_then(|l| l.strip_prefix(manifest)).and_then(|l| l.strip_prefix('_'));
    let stream = stream.with_context(|| format!("{landing} is not named landing.{manifest}_<stream>"))?;
    Ok((manifest, stream))
}

/// The relations a query reads.
pub(super) fn relations(query: &Query) -> impl Iterator<Item = &String> {
    query.reads.tables.iter().filter(|table| table.starts_with("landing."))
}

/// Batches in the order they are loaded in, some at once, each with the batch up to which everything is loaded by then. Where
/// something is replaced as a whole, that takes effect pull by pull, and only the last of them says how far it is.
pub(super) fn groups(pending: Vec<(String, Batch)>, through: i64) -> Vec<(Group, Option<i64>)> {
    let mut groups: Vec<(Group, Option<i64>)> = Vec::new();
    if pending.iter().any(|(_, batch)| batch.write_mode.starts_with("replace")) {
        let mut by_pull: BTreeMap<i64, Group> = BTreeMap::new();
        for (landing, batch) in pending {
            by_pull.entry(batch.pull_id).or_default().entry(landing).or_default().push(batch);
        }
        groups.extend(by_pull.into_values().map(|group| (group, None)));
    } else {
        let mut pending = pending;
        pending.sort_by_key(|(_, batch)| batch.batch_id);
        let mut rows = GROUP_ROWS;
        for (landing, batch) in pending {
            // a stream that is written in another way from here on is loaded in that way from here on
            let is_other = |(group, _): &(Group, Option<i64>)| {
                group.get(&landing).and_then(|of| of.first()).is_some_and(|first| first.write_mode != batch.write_mode)
            };
            if rows >= GROUP_ROWS || groups.last().is_some_and(is_other) {
                groups.push((Group::new(), None));
                rows = 0;
            }
            rows += batch.rows;
            if let Some((group, up_to)) = groups.last_mut() {
                *up_to = Some(batch.batch_id);
                group.entry(landing).or_default().push(batch);
            }
        }
    }
    if let Some((_, up_to)) = groups.last_mut() {
        *up_to = Some(through);
    }
    groups
}

/// One relation over its batches. Of what is merged, records that say only that they were deleted can be left out: what was known
/// before then stays. `readable` is a condition, or empty.
pub(super) fn view(
    store: &Path,
    landing: &str,
    batches: &[Batch],
    is_gone_left_out: bool,
    readable: &str,
) -> Result<String> {
    if batches.is_empty() {
        return Ok(empty_view(landing));
    }
    // a file of one batch says nothing of it, one of several has its batch beside every record
    let (joined, single): (Vec<&Batch>, Vec<&Batch>) = batches.iter().partition(|batch| batch.is_joined);
    let mut selects = Vec::new();
    for (batches, and_batch) in [(single, ""), (joined, " and landed.batch = file.batch")] {
        if batches.is_empty() {
            continue;
        }
        let mut files = BTreeSet::new();
        let mut values = Vec::new();
        for batch in batches {
            let path = store.join(&batch.path);
            let path = quote(path.to_str().context("the store's path is not UTF-8")?);
            values.push(format!("({path}, {}, {})", quote(&batch.source), batch.batch_id));
            files.insert(path);
        }
        selects.push(format!(
            "select file.source_name, landed.key as record_key, landed.record, landed.extracted_at, file.batch, landed.seq\n\
             from read_parquet([{}], filename = true) as landed\n\
             join (values {}) as file (name, source_name, batch) on landed.filename = file.name{and_batch}",
            files.into_iter().collect::<Vec<_>>().join(", "),
            values.join(", "),
        ));
    }
    let all = selects.join("\nunion all\n");
    let all = if readable.is_empty() { all } else { format!("select * from (\n{all}\n) as readable{readable}") };
    let is_of_latest = matches!(batches[0].write_mode.as_str(), "merge" | "append");
    if !is_of_latest {
        return Ok(format!("create or replace view {landing} as {all};\n"));
    }
    let condition = if is_gone_left_out { format!("record not like '{}'", gone("%")) } else { "true".to_owned() };
    // what is not the latest of its key is hardly ever anything, and found without the records, which then pass by once; a
    // join with all that is the latest would keep either side in memory
    let superseded = format!("temp.superseded_{}", landing.trim_start_matches("landing."));
    Ok(format!(
        "create or replace temp table {} as
         with landed as not materialized (
           select source_name, record_key, {PLACE} as place from (\n{all}\n) as files where {condition}
         ),
         several as (
           select source_name, record_key, max(place) as place from landed
           group by source_name, record_key having count(*) > 1
         )
         select landed.place from landed
         join several on landed.source_name = several.source_name and landed.record_key = several.record_key
           and landed.place < several.place;
         create or replace view {landing} as
         select * from (\n{all}\n) as files
         where {condition} and {PLACE} not in (select place from {superseded});\n",
        superseded.trim_start_matches("temp."),
    ))
}

/// Where a record stands among all that has landed, as one number.
const PLACE: &str = "cast(batch as hugeint) * 1000000000000 + seq";

/// One relation without records.
pub(super) fn empty_view(landing: &str) -> String {
    format!(
        "create or replace view {landing} as select null::varchar as source_name, null::varchar as record_key, \
         null::varchar as record, null::timestamp as extracted_at, null::bigint as batch, null::bigint as seq where false;\n"
    )
}

/// One relation with one record: one that was deleted.
pub(super) fn gone_view(landing: &str) -> String {
    format!(
        "create or replace view {landing} as select 'gone' as source_name, 'gone' as record_key, '{}' as record, \
         timestamp '1970-01-01' as extracted_at, 0::bigint as batch, 0::bigint as seq;\n",
        gone("\"gone\"")
    )
}

/// A record that says only that it was deleted, as one who follows a list of changes lands it.
fn gone(text: &str) -> String {
    format!("{{\"id\":{text},\"object\":{text},\"deleted\":true}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_that_are_written_in_different_ways_are_not_loaded_together() {
        let batch = |batch_id: i64, write_mode: &str| Batch {
            batch_id,
            source: "s".to_owned(),
            manifest: "m".to_owned(),
            stream: "t".to_owned(),
            path: String::new(),
            rows: 1,
            write_mode: write_mode.to_owned(),
            window_from: None,
            window_to: None,
            pull_id: batch_id,
            extracted_at: String::new(),
            is_joined: false,
        };
        let pending = [(1, "merge"), (2, "merge"), (3, "versions"), (4, "versions")];
        let pending = pending.map(|(id, mode)| ("landing.m_t".to_owned(), batch(id, mode))).to_vec();
        let found: Vec<_> =
            groups(pending, 9).into_iter().map(|(group, up_to)| (group["landing.m_t"].len(), up_to)).collect();
        assert_eq!(found, [(2, Some(2)), (2, Some(9))]);
    }
}
