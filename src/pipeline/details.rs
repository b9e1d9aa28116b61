//! What is particular to one report and its period: lists, the money walk, churn factors, coverage.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use rust_decimal::Decimal;

use super::infos::team_of;
use super::is_listed;
use super::measure::Warehoused;
use super::pictures::pictures;
use crate::calendar::Period;
use crate::config::{Config, Report};
use crate::review::assemble::Pictures;
use crate::review::model::{Coverage, Factor, List, Problem, Unit, Walk};
use crate::review::promise::AccountValues;
use crate::review::series::TargetFrom;
use crate::warehouse::Warehouse;
use crate::warehouse::catalog::Need;

/// Of one report and its period.
#[derive(Debug, Default)]
pub struct Details {
    pub lists: Vec<List>,
    /// Names and titles of lists left out, with what each needs.
    pub unmet_lists: Vec<(String, String, Need)>,
    pub walk: Option<Walk>,
    pub factors: Vec<Factor>,
    pub coverage: Vec<Coverage>,
    pub pictures: Pictures,
    /// Customers' own figures where a segment was promised something.
    pub account_values: AccountValues,
    pub problems: Vec<Problem>,
}

/// Reads them.
pub fn details(
    opened: &Warehoused,
    config: &Config,
    report: &Report,
    period: &Period,
    met: &BTreeSet<String>,
    targets: &[TargetFrom],
    factors: &BTreeMap<String, Vec<Factor>>,
) -> Result<Details> {
    let Warehoused { warehouse, catalog } = opened;
    let digits = crate::review::money::digits(&config.currency());
    let mut details = Details::default();
    for name in &report.lists {
        if let Ok(Some((title, need))) = warehouse.unmet_list(catalog, name, met) {
            details.unmet_lists.push((name.clone(), title, need.clone()));
            continue;
        }
        match warehouse.list(catalog, name, &period.id, report.customers, digits) {
            Ok(list) => details.lists.push(list),
            Err(error) => {
                details.problems.push(Problem { subject: format!("list {name}"), message: format!("{error:#}") });
            }
        }
    }
    let shows_walk = ["mrr", "churned_mrr"].iter().any(|m| {
        let header = catalog.metrics.iter().map(|(h, _)| h).find(|h| h.metric == *m && h.unit == Unit::Money);
        header.is_some_and(|h| is_listed(report, team_of(h, config), &h.dimension, m))
    });
    if shows_walk {
        details.walk = walk(warehouse, period, digits)?;
        details.factors = factors.get(&period.id).cloned().unwrap_or_default();
    }
    match account_values(opened, targets, period) {
        Ok(values) => details.account_values = values,
        Err(error) => {
            let problem = Problem { subject: "promises to segments".into(), message: format!("{error:#}") };
            details.problems.push(problem);
        }
    }
    details.pictures = pictures(opened, config, report, period, &mut details.problems);
    details.coverage = coverage(warehouse, period)?;
    Ok(details)
}

fn walk(warehouse: &Warehouse, period: &Period, digits: u32) -> Result<Option<Walk>> {
    let table = warehouse.query(&format!("select * from marts.walk where period_id = '{}'", period.id))?;
    let Some(row) = table.rows.first() else { return Ok(None) };
    let cell = |name: &str| -> Result<i64> {
        let index =
            table.columns.iter().position(|c| c == name).with_context(|| format!("marts.walk has no {name}"))?;
        Ok(row[index].as_deref().unwrap_or("0").parse()?)
    };
    let money = |name: &str| Ok::<_, anyhow::Error>(Decimal::new(cell(name)?, digits));
    let unvalued = warehouse.query(&format!(
        "select movement.currency, sum(greatest(movement.closing_local, movement.opening_local)), max(currency.digits) from marts.mrr_movement as movement
         join core.currency on currency.currency = movement.currency
         where movement.period_id = '{}' and movement.closing_minor is null
         group by movement.currency order by 1",
        period.id
    ))?;
    let unvalued = unvalued.rows.iter().filter_map(|r| {
        let minor: i64 = r[1].as_deref()?.parse().ok()?;
        Some((r[0].clone()?, Decimal::new(minor, r[2].as_deref()?.parse().ok()?)))
    });
    Ok(Some(Walk {
        opening: money("opening_minor")?,
        new: money("new_minor")?,
        reactivation: money("reactivation_minor")?,
        expansion: money("expansion_minor")?,
        contraction: money("contraction_minor")?,
        churn: money("churn_minor")?,
        transfer: money("transfer_minor")?,
        fx: money("fx_minor")?,
        closing: money("closing_minor")?,
        accounts_opening: cell("accounts_opening")? as u64,
        accounts_new: cell("accounts_new")? as u64,
        accounts_churned: cell("accounts_churned")? as u64,
        accounts_closing: cell("accounts_closing")? as u64,
        unvalued: unvalued.collect(),
    }))
}

fn coverage(warehouse: &Warehouse, period: &Period) -> Result<Vec<Coverage>> {
    let table = warehouse.query(&format!(
        "select system, matched_minor, total_minor, accounts_matched, accounts_total from marts.coverage
         where period_id = '{}' and exists (select 1 from core.account_link as link where link.system = coverage.system)
         order by system desc",
        period.id
    ))?;
    let mut coverage = Vec::new();
    for row in table.rows {
        let number = |i: usize| row[i].as_deref().unwrap_or("0").parse::<i64>();
        let share = Decimal::from(number(1)?).checked_div(Decimal::from(number(2)?));
        coverage.push(Coverage {
            system: row[0].clone().unwrap_or_default(),
            mrr_share: share.map(|s| s.round_dp(6)),
            accounts_matched: number(3)? as u64,
            accounts_total: number(4)? as u64,
        });
    }
    Ok(coverage)
}

/// Churned MRR by reason and the function that answers for it, of every period, largest first.
pub fn factors(warehouse: &Warehouse, digits: u32) -> Result<BTreeMap<String, Vec<Factor>>> {
    let table = warehouse.query(
        "select period_id, reason, function_name, cast(sum(churn_minor) as bigint) as churned_minor, count(*) as accounts
         from marts.churned_account
         group by period_id, reason, function_name order by period_id, churned_minor desc, reason",
    )?;
    let mut by_period: BTreeMap<String, Vec<Factor>> = BTreeMap::new();
    for row in &table.rows {
        let number = |i: usize| row[i].as_deref().unwrap_or("0").parse::<i64>();
        by_period.entry(row[0].clone().unwrap_or_default()).or_default().push(Factor {
            reason: row[1].clone(),
            function: row[2].clone().unwrap_or_default(),
            churned: Decimal::new(number(3)?, digits),
            accounts: number(4)? as u64,
            share: None,
        });
    }
    for factors in by_period.values_mut() {
        let all: Decimal = factors.iter().map(|f| f.churned).sum();
        for factor in factors {
            factor.share = factor.churned.checked_div(all).map(|s| s.round_dp(6));
        }
    }
    Ok(by_period)
}

/// Customers' own figures of every metric that a segment has a target for.
fn account_values(opened: &Warehoused, targets: &[TargetFrom], period: &Period) -> Result<AccountValues> {
    let Warehoused { warehouse, catalog } = opened;
    let mut values = AccountValues::new();
    let wanted: BTreeMap<(&str, &str), BTreeSet<&str>> =
        targets.iter().filter_map(|t| Some((t, t.segment.as_ref()?))).fold(BTreeMap::new(), |mut wanted, (t, s)| {
            wanted.entry((t.metric.as_str(), s.0.as_str())).or_default().insert(s.1.as_str());
            wanted
        });
    for ((metric, segment), names) in wanted {
        let Some((header, index)) = catalog.metrics.iter().find(|(h, _)| h.metric == metric) else { continue };
        let of = header.headline_id(&period.id);
        let own = warehouse.account_values(header, &catalog.queries[*index], &of, segment)?;
        for (name, own) in own.into_iter().filter(|(name, _)| names.contains(name.as_str())) {
            values.insert((metric.to_owned(), (segment.to_owned(), name)), own);
        }
    }
    Ok(values)
}
