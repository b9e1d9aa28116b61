//! What broke and was mended, and what was promised of it.

use std::collections::{BTreeMap, HashSet};

use jiff::Span;
use rust_decimal::Decimal;

use super::{
    super::{
        Company, catalog,
        simulate::{accounts::OrgLink, product::Kind, status::Impact},
        time::{self, DAY, Secs},
    },
    Period, TruthRow, money, quantile,
    rest::{level, lost, share, tickets},
};

/// The uptime promised to the plan Scale in the shipped configuration, in thousandths.
const PROMISED: i64 = 999;

/// The rows of a period.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    defects(company, period, rows);
    sessions(company, period, rows);
    repairs(company, period, rows);
    commitments(company, period, rows);
    deliveries(company, period, rows);
}

fn defects(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let paying = money::standing(company, period.end - 1);
    let (mut defects, mut regressions, mut of_paying) = (0, 0, 0);
    for ticket in tickets(company).filter(|ticket| period.holds(ticket.created) && ticket.tags.contains(&"bug")) {
        defects += 1;
        regressions += usize::from(ticket.tags.contains(&"regression"));
        let known = ticket.account.filter(|account| company.accounts[*account].org != OrgLink::Unmatched);
        of_paying += usize::from(known.is_some_and(|account| paying.contains_key(&account)));
    }
    rows.push(share("regression_share", period, regressions, defects));
    let (above, below) = (Decimal::from(100 * of_paying), Decimal::from(paying.len()));
    rows.push(TruthRow::ratio("bug_tickets_per_100_accounts", period, above, below, paying.len()));
}

/// To two significant digits, half up.
fn rounded(milliseconds: i64) -> i64 {
    let mut unit = 1;
    while milliseconds * 10 >= 995 * unit {
        unit *= 10;
    }
    (2 * milliseconds + unit).div_euclid(2 * unit) * unit
}

fn sessions(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let (mut all, mut broken) = (HashSet::new(), HashSet::new());
    let mut requests: BTreeMap<i64, usize> = BTreeMap::new();
    for event in company.product.events.iter().filter(|event| period.holds(event.at)) {
        let session = (event.account, event.session);
        all.insert(session);
        if event.kind == Kind::Exception {
            broken.insert(session);
        }
        if event.kind == Kind::ApiRequest {
            *requests.entry(rounded(i64::from(event.value))).or_default() += 1;
        }
    }
    rows.push(share("error_free_sessions", period, all.len() - broken.len(), all.len()));
    let whole: usize = requests.values().sum();
    let mut so_far = 0;
    let slow = requests.into_iter().find(|(_, count)| {
        so_far += count;
        so_far * 100 >= whole * 95
    });
    rows.push(TruthRow { value: slow.map(|(time, _)| Decimal::from(time)), ..level("latency_p95", period, whole) });
}

fn repairs(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let outages =
        company.incidents.iter().filter(|incident| matches!(incident.impact, Impact::Critical | Impact::Major));
    let mut lengths: Vec<Secs> = outages
        .filter(|incident| period.holds(incident.resolved))
        .map(|incident| incident.resolved - incident.started)
        .collect();
    rows.push(TruthRow { value: quantile(&mut lengths, 500), ..level("mttr", period, lengths.len()) });
    let fixes = || company.work.fixes.iter().filter(|fix| period.first <= fix.on && fix.on < period.until);
    let preventions = fixes().filter(|fix| fix.is_prevention).count();
    rows.push(share("prevention_share", period, preventions, fixes().count()));
}

/// Each account on the plan for each month that ends in the period.
fn commitments(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let zone = &company.world.zone;
    let (mut met, mut all) = (0, 0);
    let mut day = time::plus_days(period.first, 1);
    while day <= period.until {
        if day.day() == 1 {
            let (start, end) =
                (time::midnight(day.saturating_sub(Span::new().months(1)), zone), time::midnight(day, zone));
            let plan = company.catalog.products[catalog::SCALE].name;
            let on_plan = money::standing(company, end - 1).values().filter(|standing| standing.plan == plan).count();
            // lost time is in tenths of a second
            let is_met = 1000 * (10 * (end - start) - lost(company, start, end)) >= PROMISED * 10 * (end - start);
            all += on_plan;
            met += if is_met { on_plan } else { 0 };
        }
        day = time::plus_days(day, 1);
    }
    rows.push(share("commitments_met", period, met, all));
}

fn deliveries(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let mut lengths: Vec<Secs> = company
        .promises
        .commitments
        .iter()
        .filter_map(|promise| {
            let delivered = promise.delivered.filter(|day| period.first <= *day && *day < period.until)?;
            Some(i64::from((delivered - promise.promised).get_days()) * DAY)
        })
        .collect();
    rows.push(TruthRow { value: quantile(&mut lengths, 500), ..level("time_to_live", period, lengths.len()) });
}
