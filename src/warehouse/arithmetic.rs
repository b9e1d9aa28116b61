//! Tests of the arithmetic that every figure in money rests on: rounding, minor units, and what is live at an end.

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use super::Warehouse;
use super::catalog::Catalog;
use super::inputs::Horizon;
use crate::calendar::Calendar;
use crate::config::Config;

const CONFIG: &str = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n";

/// Every model made without data.
fn made() -> (Warehouse, Catalog) {
    let config = Config::parse(CONFIG, std::path::Path::new("/")).unwrap();
    let calendar = Calendar::new(&config.company).unwrap();
    let warehouse = Warehouse::empty().unwrap();
    let catalog = Catalog::load(warehouse.connection(), None).unwrap();
    let horizon = Horizon::new(Vec::new(), "2026-11-16T08:00:00Z".parse().unwrap());
    warehouse.load_nothing(&catalog).unwrap();
    warehouse.build(&catalog, &config, &calendar, &horizon).unwrap();
    (warehouse, catalog)
}

/// One column of a query, as text.
fn column(warehouse: &Warehouse, sql: &str) -> Vec<String> {
    warehouse.query(sql).unwrap().rows.into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

/// Operands of a division: any, and near the halves where rounding turns.
fn operands() -> impl Strategy<Value = (i128, i128)> {
    let denominator = prop_oneof![1_i128..100, 1_i128..1_000_000_000_000];
    let near_half = (denominator.clone(), -1_000_000_000_i128..1_000_000_000, -1_i128..=1)
        .prop_map(|(denominator, whole, beside)| ((2 * whole + 1) * denominator / 2 + beside, denominator));
    prop_oneof![near_half, (-1_000_000_000_000_000_000_i128..1_000_000_000_000_000_000, denominator)]
}

#[test]
fn division_rounds_half_away_from_zero_as_decimals_do() {
    let warehouse = Warehouse::empty().unwrap();
    proptest!(ProptestConfig::with_cases(16), |(pairs in prop::collection::vec(operands(), 200))| {
        let values: Vec<String> = pairs.iter().map(|(n, d)| format!("({n}::hugeint, {d}::hugeint)")).collect();
        let sql = format!("select divide_half_up(n, d) from (values {}) as pair (n, d)", values.join(", "));
        for ((numerator, denominator), rounded) in pairs.iter().zip(column(&warehouse, &sql)) {
            let exact = Decimal::from_i128_with_scale(*numerator, 0) / Decimal::from_i128_with_scale(*denominator, 0);
            let expected = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
            prop_assert_eq!(rounded, expected.normalize().to_string(), "{} / {}", numerator, denominator);
        }
    });
}

#[test]
fn an_amount_is_what_its_text_says_whichever_way_it_is_read() {
    let warehouse = Warehouse::empty().unwrap();
    // its error shows the value as a text, by which its place in the record is found
    let told = |sql: &str| -> Result<Option<String>, bool> {
        let table = warehouse.query(&format!("select cast({sql} as varchar)"));
        table.map(|table| table.rows[0][0].clone()).map_err(|error| format!("{error:#}").contains("convert string \""))
    };
    let whole = ["0", "-0", "007", "1", "-12345", "999999999999999", "9999999999999999", "-999999999999999"];
    let other = ["1.5", ".5", "5.", " 5", "+5", "1e3", "1e30", "1_000", "0x10", "abc", "12 EUR"];
    let large = ["12345678901234567", "-9223372036854775808", "9223372036854775807", "92233720368547758080"];
    for text in whole.iter().chain(&other).chain(&large) {
        let straight = told(&format!("cast('{text}' as decimal(28, 12))"));
        assert_ne!(straight, Err(false), "{text:?}");
        assert_eq!(told(&format!("amount_of_text('{text}')")), straight, "{text:?}");
    }
    assert_eq!(told("amount_of_text('')"), Ok(None));
    assert_eq!(told("amount_of_text('1250')"), Ok(Some("1250.000000000000".into())));
    assert_eq!(told("amount_of_text('12345678901234567')"), Err(true));
}

#[test]
fn every_currency_has_the_same_digits_in_sql_as_in_figures() {
    let (warehouse, catalog) = made();
    // all codes of three letters, those of tomorrow too
    let letters = "(select chr(cast(65 + n as integer)) as letter from range(26) as code (n))";
    let codes = format!("select a.letter || b.letter || c.letter from {letters} as a, {letters} as b, {letters} as c");
    let query = catalog.relation("core.currency").unwrap();
    let told = catalog.relation("core.source_subscription").unwrap();
    let staged = told.reads.tables.iter().find(|table| table.starts_with("staging.")).unwrap();
    warehouse.transaction(&format!("insert into {staged} (currency) {codes};")).unwrap();
    let rows = warehouse.query(&query.sql).unwrap().rows;
    assert_eq!(rows.len(), 26 * 26 * 26);
    for row in rows {
        let [currency, digits] = row.try_into().unwrap();
        let expected = crate::review::money::digits(currency.as_deref().unwrap()).to_string();
        assert_eq!(digits, Some(expected), "{currency:?}");
    }
}

#[test]
fn what_is_live_at_an_end_began_before_it_and_lasts_until_it_or_longer() {
    let (warehouse, catalog) = made();
    // hours stand for instants: few of them, so that spans touch each other and the ends of periods
    let span = (0_u8..4, 0_u8..3, 0_u32..24, 1_u32..12, 1_i64..5, 0_u8..2);
    let period = (0_u32..24, 1_u32..12);
    let some = (prop::collection::vec(span, 1..20), prop::collection::vec(period, 1..8));
    proptest!(ProptestConfig::with_cases(24), |((spans, periods) in some)| {
        let at = |hour: u32| format!("timestamp '2026-01-01' + to_hours({hour})");
        let mut sql = String::from("delete from period; delete from core.subscription_span;");
        for (number, (start, length)) in periods.iter().enumerate() {
            let (start, end) = (at(*start), at(start + length));
            sql += &format!("insert into period values ('p{number}', 'week', 'period', {start}, {end}, '2026-01-01', '2026-01-02');");
        }
        for (number, (account, product, from, length, mrr, currency)) in spans.iter().enumerate() {
            let currency = ["USD", "EUR"][usize::from(*currency)];
            sql += &format!(
                "insert into core.subscription_span by name select 'a{account}' as account_id, 'i{number:02}' as item_id, \
                 'p{product}' as product_id, '{currency}' as currency, {mrr} as mrr_minor, {} as from_at, {} as to_at;",
                at(*from), at(from + length)
            );
        }
        warehouse.transaction(&sql).unwrap();
        for model in ["marts.period_edge", "marts.account_step"] {
            let body = &catalog.relation(model).unwrap().sql;
            warehouse.transaction(&format!("create or replace table {model} as {body};")).unwrap();
        }
        // the definition, written out
        let live = "from (select period_id, 'opening' as edge, start_at as e from period union all select period_id, 'closing', end_at from period) \
            as ends join core.subscription_span as span on span.from_at < e and e <= span.to_at";
        let expected = column(&warehouse, &format!(
            "select period_id || edge || account_id || currency || sum(mrr_minor) {live} group by period_id, edge, account_id, currency order by 1"
        ));
        let got = column(&warehouse, "select period_id || edge || account_id || currency || mrr_minor from marts.account_mrr_at order by 1");
        prop_assert_eq!(got, expected);
        // no rate of the euro is known: dollars are the larger, then the amount, then the first item
        let expected = column(&warehouse, &format!(
            "select period_id || edge || account_id || product_id from (select *, row_number() over (partition by period_id, edge, account_id \
             order by currency = 'USD' desc, mrr_minor desc, item_id) as size_rank {live}) as ranked where size_rank = 1 order by 1"
        ));
        let got = column(&warehouse, "select period_id || edge || account_id || plan from marts.account_plan_at order by 1");
        prop_assert_eq!(got, expected);
    });
}
