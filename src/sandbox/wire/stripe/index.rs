//! Where Stripe's objects are found: each resource newest first, and by id.

use std::collections::HashMap;

use super::{
    super::super::{simulate::Company, time::Secs},
    events::{self, Event},
};

/// Where each object is found.
#[derive(Debug)]
pub struct Index {
    pub(super) lists: HashMap<&'static str, List>,
    pub(super) events: Vec<Event>,
    pub(super) of_account: Vec<Vec<usize>>,
    pub(super) of_subscription: Vec<Vec<usize>>,
    pub(super) notes_of: HashMap<usize, Vec<usize>>,
    pub(super) refunds_of: HashMap<usize, Vec<usize>>,
}

/// The objects of one resource, newest first.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) entries: Vec<Entry>,
    pub(super) by_id: HashMap<String, usize>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) created: Secs,
    pub(super) gone: Option<Secs>,
    id: String,
    pub(super) position: usize,
}

impl Index {
    /// Sorts the log into lists.
    pub fn new(company: &Company) -> Index {
        let mut lists: HashMap<&'static str, Vec<Entry>> = HashMap::new();
        let mut add = |resource, created, gone, id: &str, position| {
            lists.entry(resource).or_default().push(Entry { created, gone, id: id.to_owned(), position });
        };
        let mut of_account = vec![Vec::new(); company.accounts.len()];
        let mut of_subscription = vec![Vec::new(); company.subscriptions.len()];
        let (mut notes_of, mut refunds_of) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (position, account) in company.accounts.iter().enumerate() {
            add("customers", account.joined, company.deleted_at(position), &account.customer, position);
        }
        for (position, subscription) in company.subscriptions.iter().enumerate() {
            of_account[subscription.account].push(position);
            add("subscriptions", subscription.created, None, &subscription.id, position);
            for (item, id) in subscription.items.iter().enumerate() {
                add("subscription_items", subscription.created, None, id, position * 100 + item);
            }
        }
        for (position, invoice) in company.billing.invoices.iter().enumerate() {
            of_subscription[invoice.subscription].push(position);
            add("invoices", invoice.created, None, &invoice.id, position);
        }
        for (position, price) in company.catalog.prices.iter().enumerate() {
            add("prices", price.created, None, &price.id, position);
        }
        for (position, product) in company.catalog.products.iter().enumerate() {
            add("products", product.created, None, &product.id, position);
        }
        for (position, coupon) in company.catalog.coupons.iter().enumerate() {
            add("coupons", coupon.created, None, coupon.id, position);
        }
        for (position, charge) in company.billing.charges.iter().enumerate() {
            add("charges", charge.created, None, &charge.id, position);
        }
        for (position, refund) in company.billing.refunds.iter().enumerate() {
            refunds_of.entry(refund.charge).or_default().push(position);
            add("refunds", refund.created, None, &refund.id, position);
        }
        for (position, note) in company.billing.credit_notes.iter().enumerate() {
            notes_of.entry(note.invoice).or_default().push(position);
            add("credit_notes", note.created, None, &note.id, position);
        }
        let sorted = |(resource, mut entries): (&'static str, Vec<Entry>)| {
            if resource == "subscription_items" {
                // the same list as the one nested in the subscription: in its order
                entries.sort_by_key(|e| (std::cmp::Reverse((e.created, e.position / 100)), e.position % 100));
            } else {
                entries.sort_by_key(|entry| std::cmp::Reverse((entry.created, entry.position)));
            }
            let by_id = entries.iter().enumerate().map(|(place, entry)| (entry.id.clone(), place)).collect();
            (resource, List { entries, by_id })
        };
        Index {
            lists: lists.into_iter().map(sorted).collect(),
            events: events::events(company),
            of_account,
            of_subscription,
            notes_of,
            refunds_of,
        }
    }
}
