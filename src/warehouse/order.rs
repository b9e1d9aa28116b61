//! Tables that are filled with many rows do not keep them in the order they come in.
//!
//! To keep it, DuckDB gathers what each thread makes, copies what does not fill a group of rows, and writes some of it twice: half of
//! the time of filling a table with the elements of lists. No query may rest on an order it does not ask for. Few rows keep
//! theirs, so that one who looks at a small table sees it as it came.

use anyhow::{Context, Result};

use super::{GROUP_ROWS, Warehouse};

impl Warehouse {
    /// Does work that fills tables from so many rows.
    pub(super) fn filling<T>(&self, rows: u64, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if rows <= u64::from(GROUP_ROWS) {
            return work();
        }
        self.keep_order(false)?;
        let done = work();
        self.keep_order(true)?;
        done
    }

    /// The rows of the longest staging table, about.
    pub(super) fn staged_rows(&self) -> Result<u64> {
        let sql = "select coalesce(max(estimated_size), 0) from duckdb_tables() where schema_name = 'staging'";
        Ok(self.connection().query_row(sql, [], |row| row.get(0))?)
    }

    fn keep_order(&self, is_kept: bool) -> Result<()> {
        let set = format!("set preserve_insertion_order = {is_kept}");
        self.connection().execute_batch(&set).context("cannot say whether rows keep their order")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_table_is_filled_without_its_order_and_the_next_one_with_it() {
        let warehouse = Warehouse::empty().unwrap();
        let keeps = || -> Result<bool> {
            let sql = "select current_setting('preserve_insertion_order')";
            Ok(warehouse.connection().query_row(sql, [], |row| row.get(0))?)
        };
        let fill = |rows: u64| {
            warehouse.filling(rows, || {
                let sql = format!("create or replace table meta.filled as select * from range({rows})");
                warehouse.connection().execute_batch(&sql)?;
                keeps()
            })
        };
        assert_eq!([fill(30_720).unwrap(), fill(30_721).unwrap(), keeps().unwrap()], [true, false, true]);
        assert!(warehouse.filling::<()>(1 << 20, || anyhow::bail!("no")).is_err());
        assert!(keeps().unwrap(), "after an error, too");
    }

    #[test]
    fn what_is_set_is_in_force() {
        let warehouse = Warehouse::empty().unwrap();
        let sql = "select current_setting('disabled_compression_methods')";
        let packed: String = warehouse.connection().query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(packed, "FSST");
    }
}
