//! The cohort table: how many of each month's new accounts still pay, month by month. A number in every cell; the shade behind
//! it only repeats it.

use rust_decimal::Decimal;
use serde::Serialize;

use super::format::Format;
use super::words::args;
use crate::review::model::{Cohort, Cohorts, Unit};
use crate::review::picture::{Pooled, pooled};

/// Shares from which a cell is shaded one step darker.
const SHADES: [i64; 5] = [50, 70, 80, 90, 95];

/// Cohorts shown one by one, and years.
const SHOWN: usize = 13;
const YEARS: usize = 5;

/// A heat table.
#[derive(Debug, Clone, Serialize)]
pub struct CohortView {
    /// Months since the first one: "0", "1", ….
    pub months: Vec<String>,
    pub rows: Vec<CohortRow>,
    /// Cohorts of a year and all of them together, recomputed: customers, and the MRR they pay.
    pub totals: Vec<CohortRow>,
    pub note: String,
}

/// One line of it.
#[derive(Debug, Clone, Serialize)]
pub struct CohortRow {
    pub name: String,
    /// Customers who began; empty for a line of money.
    pub accounts: String,
    pub cells: Vec<CohortCell>,
}

/// A figure with its shade.
#[derive(Debug, Clone, Serialize)]
pub struct CohortCell {
    pub text: String,
    /// 0 (none) to 5 (darkest).
    pub shade: usize,
}

/// The table in words: the last cohorts one by one, those of each year together, and all of them.
pub(super) fn build(cohorts: &Cohorts, f: &Format) -> CohortView {
    let small = u64::from(cohorts.small_number);
    let months = cohorts.rows.iter().map(|c| c.kept.len()).max().unwrap_or_default();
    let all = cohorts.pooled();
    let years = cohorts.by_year();
    let mut totals: Vec<CohortRow> = Vec::new();
    if years.len() > 1 {
        let shown = years.len().saturating_sub(YEARS);
        totals.extend(years[shown..].iter().map(|(year, of)| together(f, year.to_string(), of, &pooled(of), small)));
    }
    totals.push(together(f, f.word("cohorts-all"), &cohorts.rows.iter().collect::<Vec<_>>(), &all, small));
    totals.push(CohortRow {
        name: f.word("cohorts-money"),
        accounts: String::new(),
        cells: all.iter().map(|p| share(f, p.mrr_share, p.accounts < small)).collect(),
    });
    let shown = cohorts.rows.len().saturating_sub(SHOWN);
    CohortView {
        months: (0..months).map(|m| m.to_string()).collect(),
        rows: cohorts.rows[shown..].iter().map(|cohort| row(cohort, f, small)).collect(),
        totals,
        note: note(f, small),
    }
}

fn together(f: &Format, name: String, cohorts: &[&Cohort], pooled: &[Pooled], small: u64) -> CohortRow {
    CohortRow {
        name,
        accounts: f.count(cohorts.iter().map(|c| c.accounts).sum()),
        cells: pooled.iter().map(|p| cell(f, p.paying, p.accounts, small)).collect(),
    }
}

fn note(f: &Format, small: u64) -> String {
    let steps: Vec<String> = SHADES.iter().map(|s| f.plain(Unit::Percent, Decimal::new(*s, 2))).collect();
    f.say("cohorts-note", &args!["small" => f.count(small), "steps" => steps.join(", ")])
}

fn row(cohort: &Cohort, f: &Format, small: u64) -> CohortRow {
    CohortRow {
        name: f.say(
            "cohort-month",
            &args!["month" => f.month(cohort.first_day), "year" => cohort.first_day.year().to_string()],
        ),
        accounts: f.count(cohort.accounts),
        cells: cohort.kept.iter().map(|k| cell(f, k.accounts, cohort.accounts, small)).collect(),
    }
}

fn cell(f: &Format, paying: u64, accounts: u64, small: u64) -> CohortCell {
    let (paying, of) = (Decimal::from(paying), Decimal::from(accounts));
    if accounts < small {
        let text = f.counted((paying, of), false, None);
        return CohortCell { text, shade: 0 };
    }
    share(f, paying.checked_div(of), false)
}

fn share(f: &Format, share: Option<Decimal>, is_small: bool) -> CohortCell {
    let Some(share) = share.filter(|_| !is_small) else {
        return CohortCell { text: if is_small { f.word("cohort-too-few") } else { f.not_available() }, shade: 0 };
    };
    let percent = share * Decimal::ONE_HUNDRED;
    CohortCell {
        text: f.plain(Unit::Percent, share.round_dp(2)),
        shade: SHADES.iter().filter(|step| percent >= Decimal::from(**step)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handful_is_counted_and_the_rest_is_shaded_by_its_share() {
        let f = Format::new(std::sync::Arc::new(super::super::words::Words::shipped("en")), "EUR", 2);
        let few = cell(&f, 7, 9, 30);
        assert_eq!((few.text.as_str(), few.shade), ("7 of 9", 0));
        let many = cell(&f, 81, 90, 30);
        assert_eq!((many.text.as_str(), many.shade), ("90\u{a0}%", 4));
        assert_eq!(cell(&f, 0, 90, 30).shade, 0);
        assert_eq!(share(&f, None, false).text, "n/a");
    }
}
