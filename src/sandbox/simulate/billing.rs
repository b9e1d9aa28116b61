//! Invoices, payments and what went wrong with them, cycle by cycle.

use fastrand::Rng;

use super::{
    super::{
        catalog::{Catalog, Duration},
        random,
        time::{DAY, HOUR, Secs},
    },
    World,
    accounts::{Account, Role},
    subscriptions::{State, Status, Subscription},
};

/// Everything billed.
#[derive(Debug, Default)]
pub struct Billing {
    pub invoices: Vec<Invoice>,
    pub charges: Vec<Charge>,
    pub refunds: Vec<Refund>,
    pub credit_notes: Vec<CreditNote>,
}

/// An invoice and the instants at which its status changed.
#[derive(Debug)]
pub struct Invoice {
    pub id: String,
    pub number: String,
    pub subscription: usize,
    pub created: Secs,
    pub finalized: Secs,
    pub due: Option<Secs>,
    pub paid: Option<Secs>,
    pub voided: Option<Secs>,
    pub uncollectible: Option<Secs>,
    /// Failed payment attempts.
    pub failures: Vec<Secs>,
    pub reason: &'static str,
    pub lines: Vec<Line>,
    pub period: (Secs, Secs),
    pub subtotal: i64,
    pub discount: i64,
    /// Positions of its charges.
    pub charges: Vec<usize>,
}

impl Invoice {
    /// What is owed.
    pub fn total(&self) -> i64 {
        self.subtotal - self.discount
    }
}

/// A line of an invoice.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: String,
    pub item: usize,
    pub price: usize,
    pub quantity: u32,
    pub amount: i64,
    pub discount: i64,
    pub period: (Secs, Secs),
    pub proration: bool,
}

/// An attempt to take money.
#[derive(Debug)]
pub struct Charge {
    pub id: String,
    pub invoice: usize,
    pub created: Secs,
    pub succeeded: bool,
}

/// Money given back.
#[derive(Debug)]
pub struct Refund {
    pub id: String,
    pub charge: usize,
    pub created: Secs,
    pub amount: i64,
    pub reason: &'static str,
}

/// An invoice corrected after it was issued.
#[derive(Debug)]
pub struct CreditNote {
    pub id: String,
    pub number: String,
    pub invoice: usize,
    pub created: Secs,
    pub amount: i64,
    pub reason: &'static str,
    pub refund: Option<usize>,
}

/// Bills every subscription; a payment that fails for good ends it.
pub fn simulate(world: &World, catalog: &Catalog, accounts: &[Account], subscriptions: &mut [Subscription]) -> Billing {
    let mut biller = Biller { world, catalog, billing: Billing::default(), lines: 0 };
    for (position, subscription) in subscriptions.iter_mut().enumerate() {
        biller.bill(position, &accounts[subscription.account], subscription);
    }
    biller.billing
}

struct Biller<'a> {
    world: &'a World,
    catalog: &'a Catalog,
    billing: Billing,
    lines: u64,
}

impl Biller<'_> {
    fn bill(&mut self, position: usize, account: &Account, subscription: &mut Subscription) {
        let mut rng = random::rng(self.world.seed, "billing", position as u64);
        let reliable = account.role != Role::Ordinary;
        if let Some(end) = subscription.trial_end {
            let state = subscription.states[0].clone();
            let mut lines = self.cycle_lines(&state, (subscription.created, end));
            for line in &mut lines {
                line.amount = 0;
            }
            self.invoice(position, subscription, subscription.created, "subscription_create", lines);
        }
        let mut pending: Vec<Line> = Vec::new();
        for cycle in 0..subscription.bounds.len().saturating_sub(1) {
            let (from, to) = (subscription.bounds[cycle], subscription.bounds[cycle + 1]);
            if from > self.world.horizon || subscription.ended().is_some_and(|end| end <= from) {
                return;
            }
            let Some(state) = subscription.state(from).cloned() else { return };
            let mut lines = self.cycle_lines(&state, (from, to));
            lines.append(&mut pending);
            let first = from == subscription.created;
            let reason = if first { "subscription_create" } else { "subscription_cycle" };
            let invoice = self.invoice(position, subscription, from, reason, lines);
            let ends = self.settle(invoice, account, subscription, reliable, &mut rng);
            match ends {
                Some(end) => subscription.cut(end, "payment_failed", None),
                None => self.passer_by(invoice, account, subscription),
            }
            // What changes inside the period is prorated: yearly at once, monthly with the next invoice.
            for change in 1..subscription.states.len() {
                let (before, after) = (subscription.states[change - 1].clone(), subscription.states[change].clone());
                if after.prorated && from < after.at && after.at < to {
                    let prorations = self.prorations(&before, &after, (from, to));
                    if subscription.months == 12 {
                        let invoice = self.invoice(position, subscription, after.at, "subscription_update", prorations);
                        self.settle(invoice, account, subscription, true, &mut rng);
                    } else {
                        pending.extend(prorations);
                    }
                }
            }
            // A subscription that ends is billed for what is still owed (Stripe's `invoice_now`).
            if let Some(end) = subscription.ended().filter(|end| *end <= to && !pending.is_empty()) {
                let lines = std::mem::take(&mut pending);
                let invoice = self.invoice(position, subscription, end, "subscription_update", lines);
                self.settle(invoice, account, subscription, true, &mut rng);
            }
            if ends.is_some() {
                return;
            }
        }
    }

    fn cycle_lines(&mut self, state: &State, period: (Secs, Secs)) -> Vec<Line> {
        let lines = state.lines.iter().enumerate();
        lines
            .map(|(item, (price, quantity))| {
                let amount = self.catalog.prices[*price].amount(*quantity);
                self.line(item, *price, *quantity, amount, period, false)
            })
            .collect()
    }

    /// The unused rest of what was paid for, back, and the rest of the period at what is in force now.
    fn prorations(&mut self, before: &State, after: &State, (from, to): (Secs, Secs)) -> Vec<Line> {
        let mut lines = Vec::new();
        for (item, (old, new)) in before.lines.iter().zip(&after.lines).enumerate() {
            if old != new {
                for (sign, (price, quantity)) in [(-1, *old), (1, *new)] {
                    let full = self.catalog.prices[price].amount(quantity);
                    let rest = (2 * full * (to - after.at) + (to - from)).div_euclid(2 * (to - from));
                    lines.push(self.line(item, price, quantity, sign * rest, (after.at, to), true));
                }
            }
        }
        lines
    }

    fn line(
        &mut self,
        item: usize,
        price: usize,
        quantity: u32,
        amount: i64,
        period: (Secs, Secs),
        proration: bool,
    ) -> Line {
        self.lines += 1;
        let id = random::id(self.world.seed, "il_1", self.lines, 23);
        Line { id, item, price, quantity, amount, discount: 0, period, proration }
    }

    fn invoice(
        &mut self,
        position: usize,
        subscription: &Subscription,
        created: Secs,
        reason: &'static str,
        mut lines: Vec<Line>,
    ) -> usize {
        let serial = self.billing.invoices.len();
        let discount = subscription.discount_at(created);
        let once = discount.is_some_and(|held| self.catalog.coupons[held.coupon].duration == Duration::Once);
        if discount.is_some() && (!once || created <= subscription.bounds[0]) {
            let percent = subscription.percent(self.catalog, created);
            for line in &mut lines {
                line.discount = (2 * line.amount * percent + 100).div_euclid(200);
            }
        }
        let subtotal = lines.iter().map(|line| line.amount).sum();
        let discount = lines.iter().map(|line| line.discount).sum();
        let start = lines.iter().map(|line| line.period.0).min().unwrap_or(created);
        let end = lines.iter().map(|line| line.period.1).max().unwrap_or(created);
        // A first or in-between invoice is final at once; a cycle's stays a draft for an hour.
        let finalized = if reason == "subscription_cycle" { created + HOUR + 7 } else { created };
        self.billing.invoices.push(Invoice {
            id: random::id(self.world.seed, "in_1", serial as u64, 23),
            number: format!("{}-{:04}", random::id(self.world.seed, "", position as u64, 8).to_uppercase(), serial),
            subscription: position,
            created,
            finalized,
            due: None,
            paid: (subtotal - discount <= 0).then_some(finalized),
            voided: None,
            uncollectible: None,
            failures: Vec::new(),
            reason,
            lines,
            period: (start, end),
            subtotal,
            discount,
            charges: Vec::new(),
        });
        serial
    }

    /// Pays an invoice, sooner, later or never; never gives the instant the subscription ends over it.
    fn settle(
        &mut self,
        invoice: usize,
        account: &Account,
        subscription: &mut Subscription,
        reliable: bool,
        rng: &mut Rng,
    ) -> Option<Secs> {
        let draw = rng.u32(0..10_000);
        let finalized = self.billing.invoices[invoice].finalized;
        if self.billing.invoices[invoice].total() <= 0 {
            return None;
        }
        if account.invoiced {
            let due = finalized + 30 * DAY;
            let record = &mut self.billing.invoices[invoice];
            record.due = Some(due);
            if (100..200).contains(&draw) && !reliable {
                record.voided = Some(finalized + 2 * DAY + 3 * HOUR);
                return None;
            }
            let days = random::around(rng, 19.0, 0.35).min(75.0);
            self.pay(invoice, finalized + (days * DAY as f64) as Secs);
        } else if draw < 190 && !reliable && self.billing.invoices[invoice].reason == "subscription_cycle" {
            let retries = [0, 3 * DAY, 8 * DAY, 15 * DAY].map(|wait| finalized + wait + 40);
            let recovers = rng.usize(1..=5);
            let failed = recovers.min(4);
            for at in &retries[..failed] {
                if subscription.ended().is_some_and(|end| end <= *at) {
                    return None;
                }
                self.charge(invoice, *at, false);
            }
            // One in five never recovers.
            let until = if failed < 4 { retries[failed] } else { retries[3] + 2 * HOUR };
            subscription.change(retries[0], |state| state.status = Status::PastDue);
            let overlaid =
                |state: &&mut State| retries[0] < state.at && state.at < until && state.status == Status::Active;
            subscription.states.iter_mut().filter(overlaid).for_each(|state| state.status = Status::PastDue);
            if subscription.ended().is_some_and(|end| end <= until) {
                return None;
            }
            if failed == 4 {
                self.billing.invoices[invoice].uncollectible = Some(until);
                return Some(until);
            }
            self.pay(invoice, until);
            subscription.change(until, |state| state.status = Status::Active);
        } else {
            self.pay(invoice, finalized + 20);
        }
        if (9_900..9_960).contains(&draw) && !reliable {
            self.credit(invoice, rng);
        }
        None
    }

    fn pay(&mut self, invoice: usize, at: Secs) {
        self.charge(invoice, at, true);
        self.billing.invoices[invoice].paid = Some(at);
    }

    fn charge(&mut self, invoice: usize, created: Secs, succeeded: bool) {
        let serial = self.billing.charges.len();
        let id = random::id(self.world.seed, "ch_3", serial as u64, 23);
        self.billing.charges.push(Charge { id, invoice, created, succeeded });
        self.billing.invoices[invoice].charges.push(serial);
        if !succeeded {
            self.billing.invoices[invoice].failures.push(created);
        }
    }

    fn refund(&mut self, invoice: usize, created: Secs, amount: i64) -> Option<usize> {
        let charge = *self.billing.invoices[invoice].charges.last()?;
        let serial = self.billing.refunds.len();
        let id = random::id(self.world.seed, "re_3", serial as u64, 23);
        let reason = "requested_by_customer";
        self.billing.refunds.push(Refund { id, charge, created, amount, reason });
        Some(serial)
    }

    /// A mistake found days later: credited, and the money sent back.
    fn credit(&mut self, invoice: usize, rng: &mut Rng) {
        let Some(paid) = self.billing.invoices[invoice].paid else { return };
        let at = paid + rng.i64(DAY..9 * DAY);
        let amount = (self.billing.invoices[invoice].total() * rng.i64(10..60) / 100).max(1);
        let refund = self.refund(invoice, at, amount);
        let serial = self.billing.credit_notes.len();
        self.billing.credit_notes.push(CreditNote {
            id: random::id(self.world.seed, "cn_1", serial as u64, 23),
            number: format!("{}-CN-01", self.billing.invoices[invoice].number),
            invoice,
            created: at,
            amount,
            reason: ["order_change", "duplicate", "product_unsatisfactory"][rng.usize(0..3)],
            refund,
        });
    }

    fn passer_by(&mut self, invoice: usize, account: &Account, subscription: &Subscription) {
        if account.role == Role::PasserBy
            && let Some(end) = subscription.ended()
        {
            let total = self.billing.invoices[invoice].total();
            self.refund(invoice, end + 60, total);
        }
    }
}
