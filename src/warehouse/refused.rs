//! Records in landing that a table's query cannot read: found by halving, left out, and known from then on.
//!
//! One value that a query's casts refuse stops the whole statement. So when a load fails over a record, its records are tried
//! apart until those that fail alone are known; the rest is loaded without them. What fails without any record, or for
//! another reason than what a record says, is the query's or the machine's fault and fails the table.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::Value;

use super::catalog::Query;
use super::landed::{Group, empty_view, manifest_and_stream, relations, rows, view};
use super::{Warehouse, quote};
use crate::ledger::pulls::Batch;
use crate::ledger::refused::Refusal;

/// Records nobody knew of that a load may leave out of a table; more are no accident of theirs.
const AT_MOST: u64 = 1000;
/// Where many are looked at, one in so many may be left out.
const ONE_IN: u64 = 100;
/// Records tried before many are looked at: where none of them can be read, the query is wrong.
const TRIED: i64 = 20;
/// Records copied out of their files to be tried apart.
const COPIED: i64 = 1000;
/// Characters of a message that are kept: some bring the whole record.
const MESSAGE: usize = 300;

/// Records that are left out of a load.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// With the relation that holds them.
    records: Vec<(String, Refusal)>,
}

impl LeftOut {
    /// A condition on batches and places of a relation, for what is left in; empty where all of it is.
    pub(super) fn condition(&self, landing: &str) -> String {
        let of_relation = self.records.iter().filter(|(of, _)| of == landing);
        let places: Vec<String> =
            of_relation.map(|(_, refusal)| format!("({}, {})", refusal.batch_id, refusal.seq)).collect();
        if places.is_empty() {
            return String::new();
        }
        format!(" where (batch, seq) not in (values {})", places.join(", "))
    }
}

/// What a load leaves out of a table that nobody knew of. A table made anew meets in one load all that came before: what another
/// query could not read either, or what was left out in another state of the same record, says nothing against this one.
#[derive(Debug)]
pub(super) struct Count {
    /// Source, stream and key.
    known: BTreeSet<(String, String, String)>,
    new: u64,
    /// Records of the groups that are loaded.
    loaded: u64,
}

impl Count {
    pub(super) fn beside<'a>(known: impl Iterator<Item = &'a Refusal>) -> Count {
        Count { known: known.map(identity).collect(), new: 0, loaded: 0 }
    }

    /// One more, after so many records of a group were looked at.
    fn add(&mut self, refusal: &Refusal, looked_at: u64) -> Result<()> {
        self.new += u64::from(self.known.insert(identity(refusal)));
        let most = AT_MOST.max((self.loaded + looked_at) / ONE_IN);
        ensure!(self.new <= most, "more than {most} records cannot be read, so that the table is left as it was");
        Ok(())
    }
}

/// Source, stream and key; the place of what has no key.
fn identity(refusal: &Refusal) -> (String, String, String) {
    let key = refusal.key.clone().unwrap_or_else(|| format!("{} {}", refusal.batch_id, refusal.seq));
    (refusal.source.clone(), refusal.stream.clone(), key)
}

impl Warehouse {
    /// Loads what of a group can be read: `load` without what cannot. What is `known` to be unreadable is left out at once.
    /// `count` is of this load of the table.
    pub(super) fn load_readable(
        &self,
        query: &Query,
        group: &Group,
        known: &[Refusal],
        count: &mut Count,
        load: impl Fn(&LeftOut) -> Result<()>,
    ) -> Result<()> {
        let mut left_out = LeftOut::default();
        for (landing, batches) in group {
            let is_here = |refusal: &&Refusal| batches.iter().any(|batch| batch.batch_id == refusal.batch_id);
            let here = known.iter().filter(is_here);
            left_out.records.extend(here.map(|refusal| (landing.clone(), refusal.clone())));
        }
        loop {
            let Err(error) = load(&left_out) else {
                count.loaded += rows(group);
                return Ok(());
            };
            if !is_of_a_record(&error.to_string()) {
                return Err(error);
            }
            let before = left_out.records.len();
            let found = Search::over(self, query, group, &left_out).and_then(|search| search.run(count));
            left_out.records.extend(found.with_context(|| error.to_string())?);
            if left_out.records.len() == before {
                return Err(error);
            }
        }
    }

    /// Statements that note what a load leaves out, and forget what it brings anew. After the load's own: they read its views.
    pub(super) fn note_refused(&self, query: &Query, group: &Group, left_out: &LeftOut) -> Result<String> {
        let table = &query.relation;
        let sql = format!("select exists (select 1 from meta.refused where table_name = '{table}')");
        let has_some: bool = self.connection().query_row(&sql, [], |row| row.get(0))?;
        if !has_some && left_out.records.is_empty() {
            return Ok(String::new());
        }
        let mut sql = String::new();
        for (landing, refusal) in &left_out.records {
            let batch = group.get(landing).and_then(|all| all.iter().find(|batch| batch.batch_id == refusal.batch_id));
            let window = |text: Option<&String>| text.map_or_else(|| "null".to_owned(), |text| quote(text));
            sql += &format!(
                "insert into meta.refused select '{table}', {}, hash, '{landing}', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
                 from meta.staging_definition where table_name = '{table}';\n",
                quote(&refusal.file),
                quote(&refusal.source),
                quote(&refusal.stream),
                refusal.batch_id,
                refusal.seq,
                refusal.key.as_deref().map_or_else(|| "null".to_owned(), quote),
                quote(&refusal.json_path),
                quote(&refusal.reason),
                quote(&refusal.message),
                window(batch.and_then(|batch| batch.window_from.as_ref())),
                window(batch.and_then(|batch| batch.window_to.as_ref())),
            );
        }
        sql.extend(group.iter().map(|(landing, batches)| superseded(table, landing, batches)));
        Ok(sql)
    }

    /// Everything that tables leave out.
    pub(super) fn refused(&self) -> Result<Vec<Refusal>> {
        let mut statement = self.connection().prepare(
            "select table_name, file, definition, source_name, stream, batch, seq, record_key, json_path, reason, message
             from meta.refused order by all",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Refusal {
                table: row.get(0)?,
                file: row.get(1)?,
                definition: row.get(2)?,
                source: row.get(3)?,
                stream: row.get(4)?,
                batch_id: row.get(5)?,
                seq: row.get(6)?,
                key: row.get(7)?,
                json_path: row.get(8)?,
                reason: row.get(9)?,
                message: row.get(10)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The next load makes these tables anew and tries every record of theirs.
    ///
    /// # Errors
    /// A warehouse that cannot be written.
    pub fn make_anew(&self, tables: &[&str]) -> Result<()> {
        let sql =
            tables.iter().map(|table| format!("delete from meta.staging_definition where table_name = '{table}';\n"));
        self.transaction(&sql.collect::<Vec<String>>().concat())
    }
}

/// What a batch brings anew is no longer missing: a later record of the same key, all of a list that is replaced, the days of a
/// window. A version that is kept beside others is missing whatever comes after it, until another query reads it or it is no longer kept.
fn superseded(table: &str, landing: &str, batches: &[Batch]) -> String {
    if batches.first().is_some_and(|batch| batch.write_mode == "versions") {
        return String::new();
    }
    let ids: Vec<String> = batches.iter().map(|batch| batch.batch_id.to_string()).collect();
    let older = format!("table_name = '{table}' and landing = '{landing}' and batch not in ({})", ids.join(", "));
    let mut sql = String::new();
    for batch in batches {
        let source = quote(&batch.source);
        match (batch.write_mode.as_str(), &batch.window_from, &batch.window_to) {
            ("replace", ..) => sql += &format!("delete from meta.refused where {older} and source_name = {source};\n"),
            ("replace_window", Some(from), Some(to)) => {
                sql += &format!(
                    "delete from meta.refused where {older} and source_name = {source} and window_from >= {} and window_to <= {};\n",
                    quote(from),
                    quote(to)
                );
            }
            _ => {}
        }
    }
    sql + &format!(
        "delete from meta.refused as old using {landing} as new
         where old.table_name = '{table}' and old.landing = '{landing}' and old.source_name = new.source_name
           and old.record_key = new.record_key and old.record_key <> ''
           and (new.batch > old.batch or (new.batch = old.batch and new.seq > old.seq));\n"
    )
}

/// Whether an error can come of what a record says.
fn is_of_a_record(error: &str) -> bool {
    ["Conversion Error:", "Invalid Input Error:", "Out of Range Error:"].iter().any(|kind| error.starts_with(kind))
}

/// The records of a group, numbered, to be tried apart.
struct Search<'a> {
    warehouse: &'a Warehouse,
    query: &'a Query,
    landings: Vec<&'a String>,
    rows: i64,
}

impl<'a> Search<'a> {
    fn over(warehouse: &'a Warehouse, query: &'a Query, group: &Group, left_out: &LeftOut) -> Result<Search<'a>> {
        let landings: Vec<&String> = relations(query).collect();
        let (mut sql, mut places) = (String::new(), Vec::new());
        for (number, landing) in landings.iter().enumerate() {
            // every record for itself, be it the latest of its key or not
            let apart = |batch: &Batch| Batch { write_mode: "versions".to_owned(), ..batch.clone() };
            let batches: Vec<Batch> = group.get(*landing).into_iter().flatten().map(apart).collect();
            let all = format!("landing.all_{number}");
            sql += &view(&warehouse.store, &all, &batches, false, "")?;
            places.push(format!("select {number} as relation, batch, seq from {all}{}", left_out.condition(landing)));
        }
        sql += &format!(
            "create or replace temp table place as
             select *, row_number() over (order by relation, batch, seq) as number from ({});",
            places.join(" union all ")
        );
        warehouse.transaction(&sql)?;
        let rows = warehouse.connection().query_row("select count(*) from place", [], |row| row.get(0))?;
        Ok(Search { warehouse, query, landings, rows })
    }

    /// The records that cannot be read, as many as may be.
    fn run(self, count: &mut Count) -> Result<Vec<(String, Refusal)>> {
        let found = self.look(count);
        let views = (0..self.landings.len()).map(|number| format!("drop view if exists landing.all_{number};\n"));
        let views = views.collect::<Vec<String>>().concat();
        let dropped = self
            .warehouse
            .transaction(&format!("{views}drop table if exists temp.place;\ndrop table if exists temp.tried;\n"));
        let found = found?;
        dropped?;
        Ok(found)
    }

    fn look(&self, count: &mut Count) -> Result<Vec<(String, Refusal)>> {
        let mut found = Vec::new();
        if self.rows == 0 || self.fails(1, 0)?.is_some() {
            return Ok(found);
        }
        if self.rows > TRIED {
            self.ensure_some_can_be_read()?;
        }
        let mut ranges = vec![(1, self.rows)];
        while let Some((first, last)) = ranges.pop() {
            let Some(error) = self.fails(first, last)? else { continue };
            if first == last {
                let (landing, refusal) = self.refusal(first, &error)?;
                count.add(&refusal, first as u64)?;
                found.push((landing, refusal));
                continue;
            }
            let middle = first + (last - first) / 2;
            ranges.extend([(middle + 1, last), (first, middle)]);
        }
        Ok(found)
    }

    /// A query that reads none of its records is wrong, not they.
    fn ensure_some_can_be_read(&self) -> Result<()> {
        for nth in 0..TRIED {
            let number = 1 + nth * (self.rows - 1) / (TRIED - 1);
            if self.fails(number, number)?.is_none() {
                return Ok(());
            }
        }
        bail!("none of {TRIED} records that were tried can be read")
    }

    /// What the query says of these records alone, where it cannot read them.
    fn fails(&self, first: i64, last: i64) -> Result<Option<String>> {
        self.show(first, last)?;
        // all of its columns: a cast that nobody asks for is not made
        let sql = format!("select bit_xor(hash(whole_row)) from (\n{}\n) as whole_row", self.query.body());
        let Err(error) = self.warehouse.connection().query_row(&sql, [], |_| Ok(())) else { return Ok(None) };
        let error = error.to_string();
        if is_of_a_record(&error) { Ok(Some(error)) } else { Err(anyhow!("{}", super::table::first_lines(&error))) }
    }

    /// Makes the query's relations these records; few of them are copied out of their files, as they are tried again and again.
    fn show(&self, first: i64, last: i64) -> Result<()> {
        let (mut sql, mut copied) = (String::new(), String::new());
        let is_copied = last - first < COPIED;
        for (number, landing) in self.landings.iter().enumerate() {
            if first > last {
                sql += &empty_view(landing);
                continue;
            }
            let these = format!("temp.place where relation = {number} and number between {first} and {last}");
            let from = format!(
                "(select * from landing.all_{number} as landed semi join (select batch, seq from {these}) as place
                  on landed.batch = place.batch and landed.seq = place.seq) as landed"
            );
            let columns = "source_name, record_key, record, extracted_at, batch, seq";
            if is_copied {
                let union = if copied.is_empty() { "" } else { "union all " };
                copied += &format!("{union}select {number} as relation, {columns} from {from}\n");
                sql += &format!(
                    "create or replace view {landing} as select {columns} from temp.tried where relation = {number};\n"
                );
            } else {
                sql += &format!("create or replace view {landing} as select {columns} from {from};\n");
            }
        }
        if !copied.is_empty() {
            sql = format!("create or replace temp table tried as {copied};\n{sql}");
        }
        self.warehouse.transaction(&sql)
    }

    /// A record that fails alone, which is the one shown.
    fn refusal(&self, number: i64, error: &str) -> Result<(String, Refusal)> {
        type Row = (i64, String, Option<String>, i64, i64, String);
        let row = self.warehouse.connection().query_row(
            "select relation, source_name, record_key, batch, seq, record from temp.tried",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
        );
        let (relation, source, key, batch_id, seq, record): Row =
            row.with_context(|| format!("record {number} of those tried"))?;
        let landing = self.landings[usize::try_from(relation)?];
        let (_, stream) = manifest_and_stream(self.query, landing)?;
        let told = told(error, &record);
        let refusal = Refusal {
            table: self.query.relation.clone(),
            file: self.query.file.clone(),
            definition: String::new(),
            source,
            stream: stream.to_owned(),
            batch_id,
            seq,
            key: key.filter(|key| !key.is_empty()),
            json_path: told.path,
            reason: told.reason,
            message: told.message,
        };
        Ok((landing.clone(), refusal))
    }
}

/// What an error tells of a record.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    path: String,
    reason: String,
    message: String,
}

fn told(error: &str, record: &str) -> Told {
    let line = error.lines().next().unwrap_or_default();
    let message: String = line.chars().take(MESSAGE).collect();
    let plain = line.split_once(": ").map_or(line, |(_, rest)| rest);
    // has_shape names the place itself
    if plain.starts_with('/') {
        let (path, reason) = plain.split_once(" is not ").unwrap_or((plain, ""));
        let reason = reason.split(" but ").next().unwrap_or_default();
        return Told { path: path.to_owned(), reason: format!("is not {reason}"), message };
    }
    let Some((start, end)) = quoted(plain) else {
        return Told { path: String::new(), reason: plain.chars().take(MESSAGE).collect(), message };
    };
    let path = serde_json::from_str(record).ok().and_then(|record| only_place(&record, &plain[start..end]));
    let reason = format!("{}…{}", &plain[..start], &plain[end..]).chars().take(MESSAGE).collect();
    Told { path: path.unwrap_or_default(), reason, message }
}

/// Where in a message its value stands: between the first quotation mark and the last of its kind, or an object's braces.
fn quoted(message: &str) -> Option<(usize, usize)> {
    if message.starts_with("Object {") {
        return Some(("Object ".len(), message.rfind('}')? + 1));
    }
    let start = message.find(['\'', '"'])?;
    let end = message.rfind(message[start..].chars().next()?)?;
    (end > start).then_some((start + 1, end))
}

/// The one place that holds a value, or begins with it where the query has cut it; `None` where there are several.
fn only_place(record: &Value, value: &str) -> Option<String> {
    let mut places = BTreeMap::new();
    add_places(record, String::new(), &mut places);
    let is_value: [&dyn Fn(&str) -> bool; 2] =
        [&|text| text == value, &|text| !value.is_empty() && text.starts_with(value)];
    for is_meant in is_value {
        let mut meant = places.iter().filter(|(_, text)| is_meant(text)).map(|(place, _)| place);
        match (meant.next(), meant.next()) {
            (Some(place), None) => return Some(place.clone()),
            (Some(_), Some(_)) => return None,
            _ => {}
        }
    }
    None
}

fn add_places(value: &Value, here: String, places: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                add_places(inner, format!("{here}/{name}"), places);
            }
        }
        Value::Array(elements) => {
            for (index, inner) in elements.iter().enumerate() {
                add_places(inner, format!("{here}/{index}"), places);
            }
        }
        _ => {}
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    places.insert(here, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_before_does_not_count_and_of_many_more_may_be() {
        let refusal = |number: i64| Refusal {
            table: "staging.m_s".into(),
            file: "staging/m/s.sql".into(),
            definition: "of another query".into(),
            source: "s".into(),
            stream: "list".into(),
            batch_id: 1,
            seq: number,
            key: (number % 2 == 0).then(|| format!("k{number}")),
            json_path: String::new(),
            reason: String::new(),
            message: String::new(),
        };
        let known: Vec<Refusal> = (0..5000).map(refusal).collect();
        let mut count = Count::beside(known.iter());
        (0..6000).for_each(|number| count.add(&refusal(number), 7000).unwrap());
        // the same record once more, in another state
        count.add(&Refusal { batch_id: 2, seq: 1, ..refusal(5998) }, 7000).unwrap();
        let error = count.add(&refusal(6000), 7000).unwrap_err().to_string();
        assert!(error.starts_with("more than 1000 records cannot be read"), "{error}");
        count.loaded = 150_000;
        (6001..6500).for_each(|number| count.add(&refusal(number), 7000).unwrap());
        assert!((6500..6600).any(|number| count.add(&refusal(number), 7000).is_err()));
    }

    #[test]
    fn an_error_tells_place_and_reason_apart_from_the_value() {
        let record = r#"{"id":"a","amount":"12 EUR","on":"2026-02-30T00:00:00Z","same":["x","x"],"o":{"n":9223372036854775808}}"#;
        let of = |error: &str| {
            let Told { path, reason, .. } = told(error, record);
            (path, reason)
        };
        let pair = |path: &str, reason: &str| (path.to_owned(), reason.to_owned());
        assert_eq!(
            of("Conversion Error: Could not convert string '12 EUR' to INT64\n\nLINE 1: …"),
            pair("/amount", "Could not convert string '…' to INT64")
        );
        assert_eq!(
            of("Conversion Error: date field value out of range: \"2026-02-30\""),
            pair("/on", "date field value out of range: \"…\"")
        );
        assert_eq!(
            of("Conversion Error: Could not convert string 'x' to INT64"),
            pair("", "Could not convert string '…' to INT64")
        );
        assert_eq!(
            of("Conversion Error: Could not convert string '9223372036854775808' to INT64"),
            pair("/o/n", "Could not convert string '…' to INT64")
        );
        assert_eq!(of("Invalid Input Error: /o is not a list but {\"n\":1}"), pair("/o", "is not a list"));
        assert_eq!(
            of("Invalid Input Error: Object {\"n\":1,\"n\":2} has duplicate key \"n\""),
            pair("", "Object … has duplicate key \"n\"")
        );
        assert_eq!(of("Out of Range Error: Overflow in multiplication"), pair("", "Overflow in multiplication"));
    }
}
