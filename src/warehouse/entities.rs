//! The entity rows behind a figure: printed for a reader, kept beside an edition, and set against what an edition kept.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use rust_decimal::Decimal;

use super::catalog::{Catalog, Query};
use super::header::{Header, Shape};
use super::table::{Table, first_lines, read};
use super::{Warehouse, quote};
use crate::review::model::{Better, Unit};

/// How the rows behind a published figure differ from today's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Entities that are there today and were not.
    pub added: u64,
    /// Entities that were there and are not.
    pub removed: u64,
    /// Entities whose figures changed.
    pub changed: u64,
    /// Entities that belong to another account.
    pub moved: u64,
    /// Kept rows of customers who were forgotten since: whose they were is no longer known.
    pub erased: u64,
    /// One of them, for a reader to look up.
    pub sample: Option<String>,
}

/// How much of a figure one account carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountShare {
    pub account: String,
    pub name: String,
    /// In the company's currency for money, else in the unit of the metric's numerators.
    pub part: Decimal,
    /// Fraction of what all accounts carry.
    pub share: Option<Decimal>,
}

impl Warehouse {
    /// The rows behind one figure: account, its name, entity and parts, as text; those that carry most first. `segment` keeps
    /// those of one value of a segment.
    pub fn rows_behind(
        &self,
        header: &Header,
        query: &Query,
        period: &str,
        segment: Option<(&str, &str)>,
    ) -> Result<Table> {
        let parts = match &header.shape {
            Shape::Custom => return self.finished_rows(query, period),
            Shape::Ratio | Shape::Proportion => "numerator, denominator",
            Shape::Split(_) => "category",
            Shape::Distinct => "1 as counted",
            Shape::Sum | Shape::Level | Shape::Quantile(_) => "value",
        };
        let member = segment.map_or_else(String::new, |(name, value)| {
            format!(
                "where coalesce((select membership.value from marts.account_period_segment as membership
                   where membership.period_id = rows.period_id and membership.account_id = rows.account_id
                     and membership.name = {name} and membership.way = '{way}'), '(none)') = {value}",
                name = quote(name),
                value = quote(value),
                way = way(header),
            )
        });
        read(
            self.connection(),
            &format!(
                "select rows.account_id, account.name as account, {entity} as entity_id, {parts}
                 from ({rows}) as rows
                 left join core.account as account on account.account_id = rows.account_id
                 {member}
                 order by {harm} desc nulls last, rows.account_id, {entity}",
                rows = of_period(query, period),
                harm = harm(header),
                // the distribution, and nobody's own figure
                entity = if header.is_of_people { "cast(null as varchar)" } else { "rows.entity_id" },
            ),
        )
    }

    fn finished_rows(&self, query: &Query, period: &str) -> Result<Table> {
        read(self.connection(), &of_period(query, period))
    }

    /// The accounts that carry most of a figure, largest first: those that lost, waited or failed where less is better.
    /// Money in major units of the company's currency.
    pub fn account_parts(
        &self,
        header: &Header,
        query: &Query,
        period: &str,
        digits: u32,
        most: usize,
    ) -> Result<Vec<AccountShare>> {
        // those who bring most of what there should be more of have nothing to do with there being less
        let is_gain =
            header.better == Better::Higher && matches!(header.shape, Shape::Sum | Shape::Level | Shape::Distinct);
        if is_gain || matches!(header.shape, Shape::Custom | Shape::Quantile(_) | Shape::Split(_)) {
            return Ok(Vec::new());
        }
        let table = read(
            self.connection(),
            &format!(
                "with part as (
                   -- also of what no account is known for: it belongs to the whole
                   select account_id, sum({harm}) as part from ({rows}) as rows group by account_id having sum({harm}) > 0
                 ),
                 shared as (select *, sum(part) over () as total from part)
                 select shared.account_id, coalesce(account.name, shared.account_id) as name, shared.part, shared.total
                 from shared
                 left join core.account as account on account.account_id = shared.account_id
                 where shared.account_id is not null
                 order by shared.part desc, shared.account_id limit {most}",
                rows = of_period(query, period),
                harm = harm(header),
            ),
        )?;
        let money = header.unit == Unit::Money || header.has_money_parts;
        let mut parts = Vec::new();
        for row in table.rows {
            let [Some(account), Some(name), Some(part), Some(total)] = row.as_slice() else { continue };
            let number = |text: &str| text.parse::<Decimal>().with_context(|| format!("{text:?} is not a number"));
            let (part, total) = (number(part)?, number(total)?);
            let scale = if money { Decimal::new(1, digits) } else { Decimal::ONE };
            parts.push(AccountShare {
                account: account.clone(),
                name: name.clone(),
                part: (part * scale).normalize(),
                share: part.checked_div(total),
            });
        }
        Ok(parts)
    }

    /// Every account's own figure of a metric in a period, by value of a segment: what the spread of a promise is made of.
    /// Only for figures that an account has of its own: shares, quotients, sums and medians.
    pub fn account_values(
        &self,
        header: &Header,
        query: &Query,
        period: &str,
        segment: &str,
    ) -> Result<BTreeMap<String, Vec<Decimal>>> {
        let value = match header.shape {
            Shape::Ratio | Shape::Proportion => {
                "cast(sum(numerator) as decimal(38, 6)) / nullif(cast(sum(denominator) as decimal(38, 6)), 0)"
            }
            Shape::Quantile(_) => "median(value)",
            _ => return Ok(BTreeMap::new()),
        };
        let table = read(
            self.connection(),
            &format!(
                "select membership.value as segment, cast({value} as decimal(28, 9)) as own
                 from ({rows}) as rows
                 join marts.account_period_segment as membership
                   on membership.period_id = rows.period_id and membership.account_id = rows.account_id
                   and membership.name = {segment} and membership.way = '{way}'
                 group by membership.value, rows.account_id
                 having {value} is not null",
                rows = of_period(query, period),
                segment = quote(segment),
                way = way(header),
            ),
        )?;
        let mut values: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
        for row in table.rows {
            if let [Some(segment), Some(value)] = row.as_slice() {
                values.entry(segment.clone()).or_default().push(value.parse::<Decimal>()?.normalize());
            }
        }
        Ok(values)
    }

    /// Writes the entity rows of several metrics and periods as one zstd Parquet file below the spill folder; columns `metric,
    /// period_id, account_id, entity_id, content`, where `content` holds the parts of an entity's rows as text.
    pub fn save_rows(&self, catalog: &Catalog, figures: &[(&Header, &str)], file: &Path) -> Result<bool> {
        let selects: Vec<String> = figures
            .iter()
            .filter(|(header, _)| header.shape != Shape::Custom)
            .filter_map(|(header, period)| Some(contents(header, catalog.relation(&relation(header))?, period)))
            .collect();
        if selects.is_empty() {
            return Ok(false);
        }
        let path = file.to_str().context("the store's path is not UTF-8")?;
        let sql = format!(
            "copy (\n{}\n) to {} (format parquet, compression zstd)",
            selects.join("\nunion all\n"),
            quote(path)
        );
        self.connection().execute_batch(&sql).map_err(|e| anyhow::anyhow!(first_lines(&e.to_string())))?;
        Ok(true)
    }

    /// Sets the rows that an edition kept against today's.
    pub fn compare_rows(&self, header: &Header, query: &Query, period: &str, kept: &Path) -> Result<Difference> {
        if header.shape == Shape::Custom {
            return Ok(Difference::default());
        }
        let path = kept.to_str().context("the store's path is not UTF-8")?;
        let sql = format!(
            "with kept as (
               select account_id, entity_id, content from read_parquet({path})
               where metric = {metric} and period_id = {period_id} and entity_id is distinct from '[erased]'
             ),
             today as ({today}),
             paired as (
               select coalesce(today.entity_id, kept.entity_id) as entity_id,
                 kept.entity_id is null as is_added,
                 today.entity_id is null as is_removed,
                 kept.entity_id is not null and today.entity_id is not null and kept.content <> today.content as is_changed,
                 kept.entity_id is not null and today.entity_id is not null
                   and kept.account_id is distinct from today.account_id as is_moved
               from kept full join today on today.entity_id = kept.entity_id
             )
             select count(*) filter (where is_added) as added, count(*) filter (where is_removed) as removed,
               count(*) filter (where is_changed) as changed, count(*) filter (where is_moved) as moved,
               min(entity_id) filter (where is_added or is_removed or is_changed or is_moved) as sample,
               (select count(*) from read_parquet({path})
                 where metric = {metric} and period_id = {period_id} and entity_id = '[erased]') as erased
             from paired",
            path = quote(path),
            metric = quote(&header.metric),
            period_id = quote(period),
            today = contents(header, query, period),
        );
        let table = read(self.connection(), &sql)?;
        let row = table.rows.first().context("no result")?;
        let count = |i: usize| row[i].as_deref().unwrap_or("0").parse::<u64>();
        Ok(Difference {
            added: count(0)?,
            removed: count(1)?,
            changed: count(2)?,
            moved: count(3)?,
            erased: count(5)?,
            sample: row[4].clone(),
        })
    }
}

fn relation(header: &Header) -> String {
    format!("metrics.{}", header.metric)
}

/// The rows of a metric in one period, as a SELECT.
pub(super) fn of_period(query: &Query, period: &str) -> String {
    format!("select * from (\n{}\n) as every_row where period_id = {}", query.body(), quote(period))
}

/// One row an entity, whatever the shape, its parts in a text.
fn contents(header: &Header, query: &Query, period: &str) -> String {
    let listed = |part: &str| format!("string_agg(coalesce({part}, ''), ' ' order by {part})");
    let content = match header.shape {
        Shape::Ratio | Shape::Proportion => listed("numerator || '/' || denominator"),
        Shape::Split(_) => listed("category"),
        Shape::Sum | Shape::Level | Shape::Quantile(_) => listed("cast(value as varchar)"),
        Shape::Distinct | Shape::Custom => "'counted'".to_owned(),
    };
    format!(
        "select {metric} as metric, period_id, cast(any_value(account_id) as varchar) as account_id,
           cast(entity_id as varchar) as entity_id, {content} as content
         from ({rows}) as rows group by period_id, entity_id",
        metric = quote(&header.metric),
        rows = of_period(query, period),
    )
}

/// What a row has to do with a figure being worse: a failure where more is better, the figure's own part otherwise.
fn harm(header: &Header) -> &'static str {
    match (&header.shape, header.better) {
        (Shape::Ratio | Shape::Proportion, Better::Higher) => "(denominator - numerator)",
        (Shape::Ratio | Shape::Proportion, _) => "numerator",
        (Shape::Sum | Shape::Level | Shape::Quantile(_), _) => "value",
        (Shape::Distinct | Shape::Split(_) | Shape::Custom, _) => "1",
    }
}

pub(super) fn way(header: &Header) -> &'static str {
    if header.is_level { "level" } else { "flow" }
}
