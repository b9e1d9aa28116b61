//! Who may be sent a report by its schedule: whoever the operator approved, and whoever was mailed it before.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::params;

use super::Ledger;
use super::runs::stamp;

impl Ledger {
    /// Addresses, in lower case, that a report may be sent to. Mail in a folder was sent to nobody.
    pub fn approved(&self, report: &str) -> Result<BTreeSet<String>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select address from approval where report = ?1 union \
             select lower(d.recipient) from delivery d join edition e using (edition_id) \
             where e.report = ?1 and d.state = 'sent' and d.is_test = 0 and d.transport not like 'dir:%'",
        )?;
        let rows = query.query_map([report], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Approves bare addresses; `how` is `approve` or `run`. One that is approved stays as it is.
    pub fn approve(&self, report: &str, addresses: &[String], how: &str, now: Timestamp) -> Result<()> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        for address in addresses {
            transaction.execute(
                "insert into approval (report, address, how, approved_at) values (?, ?, ?, ?) on conflict do nothing",
                params![report, address.to_lowercase(), how, stamp(now)],
            )?;
        }
        Ok(transaction.commit()?)
    }
}
