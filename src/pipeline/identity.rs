//! How well the systems know each other's customers: billing customers with a support organisation and a product group.

use anyhow::Result;

use super::{Environment, up_to_date};
use crate::calendar::Calendar;
use crate::config::Grain;

/// Examples shown of each kind.
const EXAMPLES: usize = 5;

/// How many customers are known elsewhere, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Accounts with a billing customer.
    pub accounts: u64,
    /// Of them, those with an id of support, and of product.
    pub with_support: u64,
    pub with_product: u64,
    /// Ids that belong to nobody, with the rule that would match them.
    pub unmatched: Vec<Unmatched>,
    /// Customers that another system does not know: account, name, system.
    pub unknown: Vec<(String, String, String)>,
}

/// An id of support or product that belongs to no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    pub system: String,
    pub id: String,
    pub name: Option<String>,
    /// The one account of the same name.
    pub alike: Option<String>,
}

/// Counts what has landed so far.
pub fn identity(environment: &Environment) -> Result<Identity> {
    let calendar = Calendar::new(&environment.config.company)?;
    let periods = vec![calendar.last_complete(Grain::Week, environment.now)];
    let (opened, _) = up_to_date(environment, &calendar, periods)?;
    let rows = |sql: &str| anyhow::Ok(opened.warehouse.query(sql)?.rows);
    let known = "select account.account_id, account.name,
           bool_or(link.system = 'support') as has_support, bool_or(link.system = 'product') as has_product
         from core.account left join core.account_link as link on link.account_id = account.account_id
         group by account.account_id, account.name";
    let counts = rows(&format!(
        "select count(*), count(*) filter (where has_support), count(*) filter (where has_product) from ({known}) as known"
    ))?;
    let count = |column: usize| {
        counts.first().and_then(|row| row[column].as_deref()).and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let unmatched = rows(&format!(
        "select id.system, id.external_id, id.name,
           (select case when count(*) = 1 then min(account_id) end from core.account where lower(trim(account.name)) = lower(trim(id.name)))
         from core.unlinked_id as id order by id.seen desc, id.system, id.external_id limit {EXAMPLES}"
    ))?;
    let mut unknown = Vec::new();
    for system in ["support", "product"] {
        let sql = format!(
            "select account_id, name from ({known}) as known where not coalesce(has_{system}, false) order by 1 limit {EXAMPLES}"
        );
        for row in rows(&sql)? {
            if let [Some(account), Some(name)] = row.as_slice() {
                unknown.push((account.clone(), name.clone(), system.to_owned()));
            }
        }
    }
    let unmatched = unmatched.into_iter().filter_map(|row| match row.as_slice() {
        [Some(system), Some(id), name, alike] => {
            Some(Unmatched { system: system.clone(), id: id.clone(), name: name.clone(), alike: alike.clone() })
        }
        _ => None,
    });
    Ok(Identity {
        accounts: count(0),
        with_support: count(1),
        with_product: count(2),
        unmatched: unmatched.collect(),
        unknown,
    })
}
