//! Money is right for any data: generated billing histories, pulled twice over HTTP, against the specification in plain Rust.
//!
//! `BIZREVIEW_HISTORIES=10000 cargo test --test it -- histories` walks that many accounts; `BIZREVIEW_SEED` begins elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use bizreview::calendar::{Calendar, Period};
use bizreview::config::{Config, Grain};
use jiff::Timestamp;

use crate::support::histories::oracle::{Row, Span, Values, walk};
use crate::support::histories::{Account, FIRST_PULL, SECOND_PULL, World, generate, midnight, seconds, wire};
use crate::support::store::Store;

/// Accounts of one company: what is held in memory at a time.
const COMPANY: usize = 250;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn every_generated_history_gives_the_movements_of_the_specification() {
    let (accounts, seed) = (setting("BIZREVIEW_HISTORIES", 400) as usize, setting("BIZREVIEW_SEED", 1));
    let mut moved: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for company in 0..accounts.div_ceil(COMPANY) {
        let world = generate::world(seed + company as u64, COMPANY.min(accounts - company * COMPANY));
        wrong.extend(compare(&world, seed + company as u64, &mut moved));
        if accounts > COMPANY {
            println!("{} accounts, {} wrong", ((company + 1) * COMPANY).min(accounts), wrong.len());
        }
    }
    println!("{moved:?}");
    assert!(wrong.is_empty(), "{} accounts are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    for movement in ["new", "expansion", "contraction", "churn", "reactivation", "transfer", "unchanged"] {
        assert!(moved.contains_key(movement), "no history has a {movement}");
    }
}

fn pulled(world: &World) -> Store {
    let mut books = wire::books(world, seconds(FIRST_PULL));
    books.settings(&format!("[billing]\ndiscounts = \"{}\"\npaused = {}\n", world.discounts, world.is_paused_counted));
    let rates = world
        .rates
        .iter()
        .map(|(day, currency, e8)| format!("{day},{currency},{}.{:08}\n", e8 / 100_000_000, e8 % 100_000_000));
    books.file("fx_rate.csv", &("date,currency,rate\n".to_owned() + &rates.collect::<String>()));
    books.file("account_map.csv", &format!("account,system,external_id,valid_from\n{}\n", world.map.join("\n")));
    let mut store = books.pull("histories", FIRST_PULL);
    wire::books(world, seconds(SECOND_PULL)).pull_into(&mut store, SECOND_PULL);
    store
}

/// Weeks, months, quarters, and the windows of the last of each and of some before.
fn periods() -> Vec<Period> {
    let text = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n";
    let company = Config::parse(text, std::path::Path::new("/")).unwrap().company;
    let calendar = Calendar::new(&company).unwrap();
    let now: Timestamp = SECOND_PULL.parse().unwrap();
    let mut periods = BTreeSet::new();
    for (grain, back) in [(Grain::Week, 60), (Grain::Month, 26), (Grain::Quarter, 9), (Grain::Year, 2)] {
        let last = calendar.last_complete(grain, now);
        let first = (1..back).fold(last.clone(), |period, _| calendar.previous(&period));
        let series = calendar.series(grain, first.start_on, last.start_on);
        for ended in [series.len() - 1, series.len() / 2] {
            periods.extend(calendar.windows(&series[ended]));
        }
        periods.extend(series);
    }
    periods.into_iter().collect()
}

const MOVEMENTS: &str = "select account_id, period_id, lower(currency), movement, opening_local, closing_local, opening_minor, \
    new_minor, reactivation_minor, expansion_minor, contraction_minor, churn_minor, transfer_minor, fx_minor, closing_minor, \
    closing_constant_minor from marts.mrr_movement";
const PLANS: &str = "select account_id, period_id, way, value from marts.account_period_segment where name = 'plan'";

type Key = (String, String);

/// Accounts that are not as the specification says, each with the first difference.
fn compare(world: &World, seed: u64, moved: &mut BTreeMap<&str, usize>) -> Vec<String> {
    let store = pulled(world);
    let periods = periods();
    let spans: Vec<Span> = periods.iter().map(span).collect();
    let mut tables = store.over(periods, &[MOVEMENTS, PLANS, IDENTITY, CHAIN, WALK]).into_iter();
    let mut table = || tables.next().unwrap();
    let mut found: BTreeMap<Key, BTreeMap<String, Vec<Option<String>>>> = BTreeMap::new();
    for mut row in table() {
        let rest = row.split_off(3);
        let [account, period, currency] =
            row.try_into().map(|key: [Option<String>; 3]| key.map(Option::unwrap)).unwrap();
        // the warehouse also has the periods in which windows begin
        if !spans.iter().any(|span| span.id == period) {
            continue;
        }
        found.entry((account, period)).or_default().insert(currency, rest);
    }
    let mut plans: BTreeMap<Key, BTreeMap<String, String>> = BTreeMap::new();
    for row in table() {
        let [account, period, way, value] =
            row.try_into().map(|row: [Option<String>; 4]| row.map(Option::unwrap)).unwrap();
        let twice = plans.entry((account, period)).or_default().insert(way, value);
        assert_eq!(twice, None, "an account is in one plan only");
    }
    for (check, rows) in [("identity", table()), ("chain", table()), ("walk", table())] {
        assert!(rows.is_empty(), "seed {seed}: {check} does not hold: {:?}", &rows[..rows.len().min(3)]);
    }
    let mut wrong = Vec::new();
    for account in &world.accounts {
        let mut differs = None;
        for (span, (rows, segments)) in spans.iter().zip(walk(world, account, &spans)) {
            for row in rows.values() {
                *moved.entry(row.movement).or_default() += 1;
            }
            let key = (account.id.clone(), span.id.clone());
            let got = found.remove(&key).unwrap_or_default();
            let expected: BTreeMap<String, Vec<Option<String>>> =
                rows.iter().map(|(currency, row)| ((*currency).to_owned(), cells(row))).collect();
            let plan = plans.remove(&key).unwrap_or_default();
            let expected_plan = segments.map(|[flow, level]| [("flow", flow), ("level", level)]).into_iter().flatten();
            let expected_plan: BTreeMap<String, String> =
                expected_plan.map(|(way, plan)| (way.to_owned(), plan.to_owned())).collect();
            if differs.is_none() && (got != expected || plan != expected_plan) {
                differs = Some(format!(
                    "seed {seed}, {}: {} from {} to {}: expected {expected:?} in {expected_plan:?}, got {got:?} in {plan:?}\n{}",
                    account.id,
                    span.id,
                    span.start,
                    span.end,
                    told(world, account)
                ));
            }
        }
        wrong.extend(differs);
    }
    assert!(found.is_empty(), "seed {seed}: movements of accounts that nobody generated: {:?}", found.keys().next());
    wrong
}

fn span(period: &Period) -> Span {
    Span {
        id: period.id.clone(),
        start: midnight(period.start_on),
        end: midnight(period.end_on),
        start_on: period.start_on,
        end_on: period.end_on,
    }
}

fn cells(row: &Row) -> Vec<Option<String>> {
    let values = row.values.map(|v| {
        let Values {
            opening,
            new,
            reactivation,
            expansion,
            contraction,
            churn,
            transfer,
            fx,
            closing,
            closing_constant,
        } = v;
        [opening, new, reactivation, expansion, contraction, churn, transfer, fx, closing, closing_constant]
    });
    let mut cells =
        vec![Some(row.movement.to_owned()), Some(row.opening_local.to_string()), Some(row.closing_local.to_string())];
    cells.extend((0..10).map(|at| values.map(|values| values[at].to_string())));
    cells
}

/// The whole history of an account, to find out who is wrong.
fn told(world: &World, account: &Account) -> String {
    let mut text = String::new();
    for of in &account.subscriptions {
        text += &format!(
            "  {} {} start {} created {} documented {} invoices {} ended {:?}\n",
            of.id, of.currency, of.start, of.created, of.is_documented, of.has_invoices, of.ended
        );
        for state in &of.states {
            let items = state.items.iter().map(|item| {
                format!("{} {}x{} {}", item.id, item.quantity, world.prices[item.price].id, item.discounts.len())
            });
            let discounts =
                state.discounts.iter().map(|d| format!("{} {}..{:?}", world.coupons[d.coupon].id, d.start, d.end));
            text += &format!(
                "    {} {} paused {} trial {:?} {:?} {:?}\n",
                state.at,
                state.status,
                state.is_paused,
                state.trial,
                items.collect::<Vec<_>>(),
                discounts.collect::<Vec<_>>()
            );
        }
    }
    text
}

/// The walk per period, currency and segment, from the accounts' rows.
const IDENTITY: &str = "select movement.period_id, movement.currency, segment.value, sum(opening_minor), sum(closing_minor) \
    from marts.mrr_movement as movement join marts.account_period_segment as segment \
      on segment.period_id = movement.period_id and segment.account_id = movement.account_id \
      and segment.name = 'plan' and segment.way = 'flow' \
    where closing_minor is not null \
    group by movement.period_id, movement.currency, segment.value \
    having sum(opening_minor + new_minor + reactivation_minor + expansion_minor - contraction_minor - churn_minor \
      + transfer_minor + fx_minor) <> sum(closing_minor)";
/// What one period closes with the next opens with: for every two that touch, of any grain, in local money and in dollars.
const CHAIN: &str = "with rows as (select period.*, movement.* exclude (period_id) from period \
      join marts.mrr_movement as movement on movement.period_id = period.period_id), \
    closing as (select period_id, end_at, currency, sum(closing_local) as local, sum(closing_minor) as minor from rows group by all), \
    opening as (select period_id, start_at, currency, sum(opening_local) as local, sum(opening_minor) as minor from rows group by all) \
    select closing.period_id, opening.period_id, closing.currency, closing.local, opening.local, closing.minor, opening.minor \
    from closing join opening on opening.start_at = closing.end_at and opening.currency = closing.currency \
    where closing.local <> opening.local or closing.minor <> opening.minor";
/// The company's walk is that of its accounts, and transfers within them cancel out.
const WALK: &str = "select * from marts.walk where opening_minor + new_minor + reactivation_minor + expansion_minor \
    - contraction_minor - churn_minor + transfer_minor + fx_minor <> closing_minor or transfer_minor <> 0";
