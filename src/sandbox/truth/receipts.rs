//! What was paid, what was not, and what serving customers cost.

use jiff::ToSpan;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    super::{Company, time},
    Period, TruthRow, money,
};

/// The rows of a period.
pub fn rows(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    overdue(company, period, rows);
    payments(company, period, rows);
    costs(company, period, rows);
}

fn overdue(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let is_later = |at: Option<_>| at.is_none_or(|at| at >= period.end);
    let owed = company.billing.invoices.iter().filter(|invoice| {
        let account = company.subscriptions[invoice.subscription].account;
        company.accounts[account].counts()
            && invoice.total() > 0
            && invoice.finalized < period.end
            && invoice.due.is_some_and(|due| due < period.end)
            && is_later(invoice.paid)
            && is_later(invoice.voided)
            && is_later(invoice.uncollectible)
    });
    let owed: Vec<Decimal> = owed
        .map(|invoice| {
            let currency = company.subscriptions[invoice.subscription].currency;
            money::valued(invoice.total(), money::rate(company, currency, period.end - 1))
        })
        .collect();
    rows.push(TruthRow::level("overdue_receivables", period, owed.iter().sum(), owed.len()));
}

fn payments(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let (mut failed, mut all) = (0, 0);
    for charge in company.billing.charges.iter().filter(|charge| period.holds(charge.created)) {
        let invoice = &company.billing.invoices[charge.invoice];
        if company.accounts[company.subscriptions[invoice.subscription].account].counts() {
            all += 1;
            failed += usize::from(!charge.succeeded);
        }
    }
    rows.push(TruthRow::ratio("payment_failure_rate", period, Decimal::from(failed), Decimal::from(all), all));
}

/// Every cost evenly over its days, at the rate of its first.
fn costs(company: &Company, period: &Period, rows: &mut Vec<TruthRow>) {
    let days = |from: jiff::civil::Date, until: jiff::civil::Date| Decimal::from((until - from).get_days());
    let mut total = Decimal::ZERO;
    for cost in &company.promises.costs {
        let until = cost.to.saturating_add(1.day());
        let (from, to) = (cost.from.max(period.first), until.min(period.until));
        if from < to {
            let rate = money::rate(company, cost.currency, time::midnight(cost.from, &company.world.zone));
            let part = Decimal::new(cost.amount, 2) * rate * days(from, to) / days(cost.from, until);
            total += part.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        }
    }
    let paying = money::ends(company, period).iter().filter(|ends| ends.closing > 0).count();
    let mut row = TruthRow::ratio("cost_to_serve", period, total, Decimal::from(paying), paying);
    row.value = row.value.map(|value| value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero));
    rows.push(row);
}
