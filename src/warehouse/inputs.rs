//! The tables Rust makes for SQL: periods, days, settings, and business hours expanded by the zone's rules.

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::{Warehouse, quote};
use crate::calendar::{Calendar, OpeningHours, Period};
use crate::config::{Config, FitCriterion, ScheduleRule, UptimeCommitment};
use crate::ledger::judgements::ChurnReason;

/// What metrics are computed for.
#[derive(Debug, Clone)]
pub struct Horizon {
    /// Complete periods and windows that end with one, each once.
    pub periods: Vec<Period>,
    /// Further complete periods that only show where data begin.
    pub probes: Vec<Period>,
    /// When the data were last pulled: nothing after it is known.
    pub as_of: Timestamp,
    /// Why accounts left, as their owners noted in the ledger.
    pub churn_reasons: Vec<ChurnReason>,
}

impl Warehouse {
    /// Makes `period`, `day`, `period_day` and the `setting…` tables.
    pub fn make_inputs(&self, config: &Config, calendar: &Calendar, horizon: &Horizon) -> Result<()> {
        let mut sql = String::new();
        sql += &period_tables(calendar, horizon)?;
        sql += &all_settings(config, horizon)?;
        self.transaction(&sql).context("cannot make the input tables")
    }

    /// Makes `business_hours` from the schedules that core found.
    pub fn make_business_hours(&self, calendar: &Calendar, horizon: &Horizon) -> Result<()> {
        let (from, to) = horizon.days(calendar);
        let from = self.first_ticket_on(calendar)?.map_or(from, |first| from.min(first));
        let mut rows = Vec::new();
        for hours in self.opening_hours()? {
            let mut before = 0;
            for (start, end) in hours.expand(from, to) {
                let seconds = end.as_second() - start.as_second();
                rows.push(format!("({}, {}, {}, {before})", quote(&hours.schedule), instant(start), instant(end)));
                before += seconds;
            }
        }
        let mut sql = String::from(
            "create or replace table business_hours (schedule_id varchar, start_at timestamp, end_at timestamp, \
             opened_before_s bigint);\n",
        );
        insert(&mut sql, "business_hours", &rows);
        self.transaction(&sql).context("cannot make business_hours")
    }

    /// The day before the first ticket: a clock is measured from its beginning, however old, whatever periods are asked for.
    fn first_ticket_on(&self, calendar: &Calendar) -> Result<Option<Date>> {
        let first: Option<i64> =
            self.connection().query_row("select epoch_us(min(created_at)) from core.ticket", [], |row| row.get(0))?;
        let first = first.map(Timestamp::from_microsecond).transpose()?;
        // a schedule's own day may have begun while it is still yesterday here
        Ok(first.map(|at| calendar.local_date(at).saturating_sub(2.days())))
    }

    fn opening_hours(&self) -> Result<Vec<OpeningHours>> {
        let mut schedules: Vec<OpeningHours> = Vec::new();
        let connection = self.connection();
        let mut statement = connection.prepare(
            "select schedule_id, timezone, start_minute, end_minute from core.schedule_interval order by all",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })?;
        for row in rows {
            let (schedule, zone, start, end) = row?;
            if schedules.last().is_none_or(|last| last.schedule != schedule) {
                let zone =
                    TimeZone::get(&zone).with_context(|| format!("schedule {schedule}: unknown time zone {zone:?}"))?;
                schedules.push(OpeningHours { schedule, zone, weekly: vec![], holidays: vec![] });
            }
            if let Some(last) = schedules.last_mut() {
                last.weekly.push((start as u32, end as u32));
            }
        }
        let mut statement = connection.prepare(
            "select schedule_id, cast(first_on as varchar), cast(last_on as varchar) from core.schedule_holiday order by all",
        )?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
        for row in rows {
            let (schedule, first, last) = row?;
            if let Some(hours) = schedules.iter_mut().find(|s| s.schedule == schedule) {
                hours.holidays.push((first.parse()?, last.parse()?));
            }
        }
        Ok(schedules)
    }
}

impl Horizon {
    /// Periods and the time of the last pull, with nothing further known.
    pub fn new(periods: Vec<Period>, as_of: Timestamp) -> Horizon {
        Horizon { periods, probes: Vec::new(), as_of, churn_reasons: Vec::new() }
    }

    /// Every row of the table `period`, each once.
    fn rows(&self) -> impl Iterator<Item = &Period> {
        let known: std::collections::BTreeSet<&str> = self.periods.iter().map(|p| p.id.as_str()).collect();
        let mut probes: Vec<&Period> = self.probes.iter().filter(|p| !known.contains(p.id.as_str())).collect();
        probes.sort();
        probes.dedup();
        self.periods.iter().chain(probes)
    }

    /// First and last local day that facts of these periods can fall on, with a margin for clocks that began earlier and for
    /// what is due within ninety days.
    fn days(&self, calendar: &Calendar) -> (Date, Date) {
        let today = calendar.local_date(self.as_of);
        let first = self.rows().map(|p| p.start_on).min().unwrap_or(today);
        let last = self.periods.iter().map(|p| p.end_on).max().unwrap_or(today).max(today);
        (first.saturating_sub(400.days()), last.saturating_add(100.days()))
    }
}

fn period_tables(calendar: &Calendar, horizon: &Horizon) -> Result<String> {
    let mut sql = String::from(
        "create or replace table period (period_id varchar, grain varchar, window_name varchar, start_at timestamp, \
         end_at timestamp, start_on date, end_on date);
         create or replace table period_day (period_id varchar, local_date date);
         create or replace table day (local_date date, start_at timestamp, end_at timestamp);\n",
    );
    let mut periods = Vec::new();
    let mut period_days = Vec::new();
    for period in horizon.rows() {
        periods.push(format!(
            "({}, '{}', '{}', {}, {}, '{}', '{}')",
            quote(&period.id),
            period.grain.name(),
            period.window.name(),
            instant(calendar.start_of(period.start_on)?),
            instant(calendar.start_of(period.end_on)?),
            period.start_on,
            period.end_on
        ));
        let mut day = period.start_on;
        while day < period.end_on {
            period_days.push(format!("({}, '{day}')", quote(&period.id)));
            day = day.saturating_add(1.day());
        }
    }
    let mut days = Vec::new();
    // every fact has its day, however old
    let (_, last) = horizon.days(calendar);
    let mut day = jiff::civil::date(2000, 1, 1);
    while day <= last {
        let next = day.saturating_add(1.day());
        days.push(format!("('{day}', {}, {})", instant(calendar.start_of(day)?), instant(calendar.start_of(next)?)));
        day = next;
    }
    insert(&mut sql, "period", &periods);
    insert(&mut sql, "period_day", &period_days);
    insert(&mut sql, "day", &days);
    Ok(sql)
}

/// The `setting…` tables, as SQL.
pub fn all_settings(config: &Config, horizon: &Horizon) -> Result<String> {
    // in one statement: DuckDB cannot replay a computed default of an added column after the process was killed
    let mut sql = format!(
        "create or replace table setting as select\n{},\n{} as as_of_at;\n",
        settings(config)?.join(",\n"),
        instant(horizon.as_of)
    );
    sql += &setting_tables(config)?;
    sql += "create or replace table noted_churn_reason (account varchar, churned_on date, reason varchar, author varchar, \
            noted bigint);\n";
    let reasons: Vec<String> = horizon
        .churn_reasons
        .iter()
        .enumerate()
        .map(|(i, r)| {
            format!("({}, '{}', {}, {}, {i})", quote(&r.account), r.churned_on, quote(&r.reason), quote(&r.author))
        })
        .collect();
    insert(&mut sql, "noted_churn_reason", &reasons);
    Ok(sql)
}

/// Everything in the configuration that says what a metric means: what a definition hash covers.
pub fn defining_settings(config: &Config) -> Result<String> {
    Ok(settings(config)?.join("\n") + "\n" + &setting_tables(config)?)
}

/// The `setting_…` tables of the configuration's lists, as SQL.
fn setting_tables(config: &Config) -> Result<String> {
    let mut sql = String::from(
        "create or replace table setting_sla_target (clock varchar, priority varchar, target_s bigint, is_business_hours boolean);
        create or replace table setting_churn_function (reason varchar, function_name varchar);
        create or replace table setting_schedule (schedule_id varchar, timezone varchar, start_minute bigint, end_minute bigint);
        create or replace table setting_schedule_rule (position bigint, schedule_id varchar, attribute varchar, value varchar);
        create or replace table setting_holiday (schedule_id varchar, holiday_on date);
        create or replace table setting_fit_criterion (attribute varchar, any_of varchar[], at_least bigint, weight bigint);
        create or replace table setting_uptime_commitment (plan varchar, period varchar, uptime_e9 bigint, credit_e9 bigint);
        create or replace table setting_segment (name varchar);\n",
    );
    let segments = ["plan", "size"].into_iter().chain(config.accounts.segments.iter().map(String::as_str));
    let segments: Vec<String> = segments.map(|name| format!("({})", quote(name))).collect();
    insert(&mut sql, "setting_segment", &segments);
    let targets: Vec<String> = config
        .support
        .targets
        .iter()
        .map(|t| {
            let priority = t.priority.as_deref().map_or("null".into(), quote);
            format!("({}, {priority}, {}, {})", quote(&t.clock), u64::from(t.minutes) * 60, t.business_hours)
        })
        .collect();
    insert(&mut sql, "setting_sla_target", &targets);
    let functions: Vec<String> =
        config.billing.churn_functions.iter().map(|(reason, f)| format!("({}, {})", quote(reason), quote(f))).collect();
    insert(&mut sql, "setting_churn_function", &functions);
    let criteria: Vec<String> = config.fit.criteria.iter().map(fit_criterion).collect();
    insert(&mut sql, "setting_fit_criterion", &criteria);
    let promised: Vec<String> = config.operations.commitments.iter().map(uptime_commitment).collect();
    insert(&mut sql, "setting_uptime_commitment", &promised);
    let (mut intervals, mut holidays) = (Vec::new(), Vec::new());
    for (name, schedule) in &config.support.schedules {
        for (start, end) in schedule.weekly_minutes().with_context(|| format!("[support.schedules.{name}]"))? {
            intervals.push(format!("({}, {}, {start}, {end})", quote(name), quote(&schedule.timezone)));
        }
        for day in &schedule.holidays {
            let day: Date = day.parse().with_context(|| format!("[support.schedules.{name}] holidays: {day:?}"))?;
            holidays.push(format!("({}, '{day}')", quote(name)));
        }
    }
    insert(&mut sql, "setting_schedule", &intervals);
    insert(&mut sql, "setting_schedule_rule", &schedule_rules(&config.support.schedule_rules));
    insert(&mut sql, "setting_holiday", &holidays);
    Ok(sql)
}

/// The columns of the one-row `setting` table, as SQL.
pub fn settings(config: &Config) -> Result<Vec<String>> {
    let list = |items: &[String]| {
        let items: Vec<String> = items.iter().map(|i| quote(i)).collect();
        format!("[{}]::varchar[]", items.join(", "))
    };
    let optional = |item: &Option<String>| item.as_deref().map_or("null::varchar".into(), quote);
    let currency = config.currency();
    Ok(vec![
        format!("{} as currency", quote(&currency)),
        format!("{} as currency_digits", crate::review::money::digits(&currency)),
        format!("{} as timezone", quote(&config.company.timezone)),
        format!("{} as discounts", quote(&config.billing.discounts)),
        format!("{} as is_metered_counted", config.billing.metered),
        format!("{} as is_paused_counted", config.billing.paused),
        format!("{:?}::bigint[] as size_bands", config.billing.size_bands),
        format!("{} as internal_domains", list(&config.accounts.internal_domains)),
        format!("{} as excluded_customers", list(&config.accounts.excluded)),
        format!("{} as free_mail_domains", list(&config.accounts.free_mail_domains)),
        format!("{} as owner_segment", optional(&config.accounts.owner_segment)),
        format!(
            "{}::decimal(18, 4) as hour_rate",
            config.value.hour_rate.map_or("null".into(), |rate| rate.to_string())
        ),
        format!("{} as meaningful_events", list(&config.product.meaningful_events)),
        format!("{} as feature_events", list(&config.product.features)),
        format!("{} as activation_event", optional(&config.product.activation_event)),
        format!("{} as activation_days", config.product.activation_days),
        format!("{} as is_quantity_seats", config.product.seats),
        format!("{} as help_events", list(&config.product.help_events)),
        format!("{} as fit_threshold", config.fit.threshold),
        format!("{} as bots", list(&config.support.bots)),
        format!("{} as bug_tag", optional(&config.support.bug_tag)),
        format!("{} as proactive_tag", optional(&config.support.proactive_tag)),
        format!("{} as regression_tag", optional(&config.support.regression_tag)),
        format!("{} as followup_tag", optional(&config.support.followup_tag)),
        format!("{} as default_schedule", optional(&config.support.default_schedule)),
    ])
}

/// A row per rule and value: its place in the order, the schedule, what must have the value.
fn schedule_rules(rules: &[ScheduleRule]) -> Vec<String> {
    let values = |(position, rule): (usize, &ScheduleRule)| -> Vec<String> {
        let row =
            |name: &str, value: &String| format!("({position}, {}, '{name}', {})", quote(&rule.schedule), quote(value));
        rule.lists().iter().flat_map(|(name, values)| values.iter().map(|value| row(name, value))).collect()
    };
    rules.iter().enumerate().flat_map(values).collect()
}

fn fit_criterion(criterion: &FitCriterion) -> String {
    let values: Vec<String> = criterion.any_of.iter().map(|v| quote(v)).collect();
    let least = criterion.at_least.map_or("null".into(), |n| n.to_string());
    format!(
        "({}, [{}]::varchar[], {least}, {})",
        quote(criterion.attribute.name()),
        values.join(", "),
        criterion.weight
    )
}

/// Shares in thousand millionths, for exact comparison.
fn uptime_commitment(promised: &UptimeCommitment) -> String {
    let e9 = |share: Decimal| (share * Decimal::from(1_000_000_000)).trunc().normalize();
    format!(
        "({}, {}, {}, {})",
        quote(&promised.plan),
        quote(&promised.period),
        e9(promised.uptime),
        e9(promised.credit)
    )
}

fn instant(at: Timestamp) -> String {
    format!("make_timestamp({})", at.as_microsecond())
}

fn insert(sql: &mut String, table: &str, rows: &[String]) {
    for chunk in rows.chunks(5000) {
        *sql += &format!("insert into {table} values {};\n", chunk.join(",\n"));
    }
}
