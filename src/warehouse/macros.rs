//! The macros of `prepare.sql`: which of them a query's rows come from, as they are part of what it says.

/// What every warehouse begins with.
pub(super) const PREPARE: &str = include_str!("prepare.sql");

/// The definitions of the macros that a text calls, directly or through others, in their order in `prepare`.
pub(super) fn called<'a>(prepare: &'a str, sql: &str) -> Vec<&'a str> {
    let macros = defined(prepare);
    let mut is_called: Vec<bool> = macros.iter().map(|(name, _)| names(sql, name)).collect();
    // a macro can call only those that are there already, or itself
    for (at, (_, text)) in macros.iter().enumerate().rev() {
        for before in 0..at {
            is_called[before] |= is_called[at] && names(text, macros[before].0);
        }
    }
    macros.into_iter().zip(is_called).filter(|(_, is_called)| *is_called).map(|((_, text), _)| text).collect()
}

/// Name and definition of every macro.
fn defined(prepare: &str) -> Vec<(&str, &str)> {
    let texts = prepare.split("create or replace macro ").skip(1);
    let texts = texts.map(|text| text.split_once(";\n").map_or(text, |(text, _)| text));
    texts.filter_map(|text| Some((text.split_once('(')?.0.trim(), text))).collect()
}

/// Whether a text has a name as a word of its own.
fn names(sql: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    sql.match_indices(name).any(|(at, _)| !sql[..at].ends_with(is_part) && !sql[at + name.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_the_macros_it_calls_and_those_they_call() {
        let prepare = "create table x (y int);\n-- half\ncreate or replace macro half(n) as n / 2;\n\
            create or replace macro quarter(n) as\n  half(half(n));\n-- other\ncreate or replace macro other(n) as n;\n";
        let half = "half(n) as n / 2";
        let quarter = "quarter(n) as\n  half(half(n))";
        assert_eq!(called(prepare, "select half(a) from b"), [half]);
        assert_eq!(called(prepare, "select quarter (a), other_thing from b"), [half, quarter]);
        assert_eq!(called(prepare, "select behalf, another from b"), Vec::<&str>::new());
    }

    #[test]
    fn every_macro_of_a_warehouse_is_known_by_its_text() {
        let warehouse = super::super::Warehouse::empty().unwrap();
        let sql = "select distinct function_name from duckdb_functions() \
                   where function_type like '%macro' and not internal order by 1";
        let mut statement = warehouse.connection().prepare(sql).unwrap();
        let made: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut known: Vec<&str> = defined(PREPARE).into_iter().map(|(name, _)| name).collect();
        known.sort_unstable();
        assert_eq!(made, known);
    }
}
