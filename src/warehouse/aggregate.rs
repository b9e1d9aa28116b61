//! The one wrapper around every metric's entity rows: total and segments per period, by shape, as SQL.
//!
//! Every statement returns `period_id, segment_name, segment_value, numerator, denominator, n, value`; numbers but `n` as text,
//! so that no digit is lost on the way out.

use super::header::{Header, Shape};
use crate::review::model::Unit;

/// From when on a metric's data can be trusted.
pub(super) struct History {
    /// Periods that begin earlier have no value.
    pub complete_from: Option<String>,
    /// Sums are 0 from the period of this day on.
    pub begins: Option<String>,
}

/// The statement that gives a metric's points, or one of its quantiles (`level`, in permille).
pub(super) fn aggregate(header: &Header, body: &str, level: Option<u32>, currency: &str, history: &History) -> String {
    match &header.shape {
        Shape::Custom => finished(header, body, currency, history),
        Shape::Split(name) => format!("{}\n{}", entities(header, body, history), split(name)),
        _ => {
            let [numerator, denominator, n, value] = expressions(header, body, level, currency);
            format!(
                "{entities}
                 select period_id, segment_name, segment_value, cast({numerator} as varchar), cast({denominator} as varchar),
                   cast({n} as bigint), cast({value} as varchar)
                 from (select * from total union all by name select * from segmented) as rows
                 group by period_id, segment_name, segment_value
                 order by period_id, segment_name = 'total' desc, segment_name, segment_value",
                entities = entities(header, body, history),
            )
        }
    }
}

/// Common table expressions `total` and `segmented` over the entity rows. Sums and levels are 0 in a period without rows once
/// the data begin; ratios are unknown there. Periods and windows that begin before the data are complete are left out.
fn entities(header: &Header, body: &str, history: &History) -> String {
    format!(
        "with entity as (
           select rows.*{first} from (\n{body}\n) as rows
           join period on period.period_id = rows.period_id and period.start_on >= {from}
         ),
         first_data as (
           -- of each grain by itself: a month in which data begin says nothing of its first weeks
           select period.grain, min(period.start_at) as start_at
           from period
           left join (select distinct period_id from entity) as seen on seen.period_id = period.period_id
           where period.window_name = 'period' and period.start_on >= {from}
             and (seen.period_id is not null or period.end_on > {begins})
           group by period.grain
         ),
         shown as (
           select period.*
           from period
           join first_data on first_data.grain = period.grain and period.start_at >= first_data.start_at
         ),
         total as (
           select shown.period_id, 'total' as segment_name, '' as segment_value, entity.* exclude (period_id)
           from shown
           left join entity on entity.period_id = shown.period_id
         ),
         segmented as (
           select entity.period_id, setting_segment.name as segment_name, coalesce(membership.value, '(none)') as segment_value,
             entity.* exclude (period_id)
           from entity
           join shown on shown.period_id = entity.period_id
           cross join setting_segment
           left join marts.account_period_segment as membership
             on membership.period_id = entity.period_id and membership.account_id = entity.account_id
             and membership.name = setting_segment.name and membership.way = '{way}'
         )",
        first = counted(header, body).map(first_of_account).unwrap_or_default(),
        way = if header.is_level { "level" } else { "flow" },
        from = date(history.complete_from.as_deref(), "1900-01-01"),
        begins = date(history.begins.as_deref(), "9999-12-31"),
    )
}

/// Which rows count towards n, where the entities are accounts: each of them is in one segment only.
fn counted(header: &Header, body: &str) -> Option<&'static str> {
    let mentions = body.matches("entity_id").count();
    let is_by_account = mentions > 0 && mentions == body.matches("account_id as entity_id").count();
    match header.shape {
        Shape::Ratio if is_by_account => Some("denominator <> 0"),
        Shape::Sum | Shape::Level if is_by_account => Some("value <> 0"),
        _ => None,
    }
}

/// Marks one row of each account and period. To count marks takes half the time of counting distinct ids, at many accounts.
fn first_of_account(counted: &str) -> String {
    format!(", {counted} and row_number() over (partition by rows.period_id, account_id, {counted}) = 1 as is_first")
}

/// Numerator, denominator, n and value of a shape.
fn expressions(header: &Header, body: &str, level: Option<u32>, currency: &str) -> [String; 4] {
    let scaled = |column: &str| scaled(header, &format!("sum({column})"), currency);
    let null = || "null".to_owned();
    let count = |counts: &str| match counted(header, body) {
        Some(_) => "count(*) filter (where is_first)".to_owned(),
        None => format!("count(distinct entity_id) filter (where {counts})"),
    };
    match &header.shape {
        Shape::Ratio => [
            scaled("numerator"),
            if header.has_money_parts { scaled("denominator") } else { "sum(denominator)".to_owned() },
            count("denominator <> 0"),
            null(),
        ],
        Shape::Proportion => [
            "sum(numerator)".to_owned(),
            "sum(denominator)".to_owned(),
            "coalesce(sum(denominator), 0)".to_owned(),
            null(),
        ],
        Shape::Sum | Shape::Level => [null(), null(), count("value <> 0"), format!("coalesce({}, 0)", scaled("value"))],
        // entities without a value (not converted yet) are counted: "9 of 14"
        Shape::Quantile(_) => [
            "case when count(value) < count(entity_id) then count(value) end".to_owned(),
            "case when count(value) < count(entity_id) then count(entity_id) end".to_owned(),
            "count(value)".to_owned(),
            format!(
                "cast(percentile_cont({}) within group (order by value) as decimal(20, 3))",
                f64::from(level.unwrap_or(500)) / 1000.0
            ),
        ],
        Shape::Distinct => {
            [null(), null(), "count(distinct entity_id)".to_owned(), "count(distinct entity_id)".to_owned()]
        }
        Shape::Split(_) | Shape::Custom => [null(), null(), null(), null()],
    }
}

/// A total of entities, and each category's count of them all.
fn split(name: &str) -> String {
    format!(
        "select period_id, 'total', '', cast(null as varchar), cast(null as varchar), count(distinct entity_id),
           cast(count(distinct entity_id) as varchar)
         from total join period using (period_id) group by period_id
         -- a window for which the query gives nothing is unknown, not empty
         having any_value(period.window_name) = 'period' or count(entity_id) > 0
         union all
         select period_id, '{name}', coalesce(category, '(none)'), cast(count(distinct entity_id) as varchar),
           cast(any_value(whole) as varchar), count(distinct entity_id), cast(count(distinct entity_id) as varchar)
         from (select *, (select count(distinct entity_id) from entity as everyone where everyone.period_id = entity.period_id) as whole
           from entity) as counted
         group by period_id, coalesce(category, '(none)')
         order by 1, 2 desc, 3",
    )
}

/// Rows that the query has finished itself: only periods without complete data are left out, and money is brought to major units.
fn finished(header: &Header, body: &str, currency: &str, history: &History) -> String {
    let part = |column: &str| if header.has_money_parts { scaled(header, column, currency) } else { column.to_owned() };
    format!(
        "select rows.period_id, segment_name, segment_value, cast({numerator} as varchar), cast({denominator} as varchar),
           cast(n as bigint), cast({value} as varchar)
         from (\n{body}\n) as rows
         join period on period.period_id = rows.period_id and period.start_on >= {from}
         order by rows.period_id, segment_name = 'total' desc, segment_name, segment_value",
        numerator = part("numerator"),
        denominator = part("denominator"),
        value = if header.unit == Unit::Money { scaled(header, "value", currency) } else { "value".to_owned() },
        from = date(history.complete_from.as_deref(), "1900-01-01"),
    )
}

/// Minor units to major ones, for metrics in money.
fn scaled(header: &Header, sum: &str, currency: &str) -> String {
    let is_money = header.unit == Unit::Money || header.has_money_parts;
    match (is_money, crate::review::money::digits(currency)) {
        (true, 2) => format!("({sum})::decimal(30, 0) * 0.01::decimal(4, 2)"),
        (true, 3) => format!("({sum})::decimal(30, 0) * 0.001::decimal(5, 3)"),
        _ => sum.to_owned(),
    }
}

fn date(day: Option<&str>, otherwise: &str) -> String {
    format!("date '{}'", day.unwrap_or(otherwise))
}
