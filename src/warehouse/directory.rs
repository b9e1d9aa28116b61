//! Who the accounts are, by every id they have in any system.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Warehouse;
use super::table::read;

/// How the accounts of a company are found: the account's id and name, and every id it has anywhere.
#[derive(Debug, Default)]
pub struct Directory {
    /// Account → name.
    pub names: BTreeMap<String, String>,
    /// System, id there, account, what matched it.
    pub links: Vec<(String, String, String, String)>,
    /// System and id of what belongs to no account.
    pub unlinked: Vec<(String, String)>,
}

impl Warehouse {
    /// Every account with its ids.
    pub fn directory(&self) -> Result<Directory> {
        let rows = |sql: &str| -> Result<Vec<Vec<String>>> {
            let table = read(self.connection(), sql)?;
            Ok(table.rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect())
        };
        let mut directory = Directory::default();
        for mut row in rows("select account_id, name from core.account order by all")? {
            let name = row.pop().unwrap_or_default();
            directory.names.insert(row.pop().unwrap_or_default(), name);
        }
        for row in rows("select system, external_id, account_id, method from core.account_link order by all")? {
            if let [system, id, account, method] = row.as_slice() {
                directory.links.push((system.clone(), id.clone(), account.clone(), method.clone()));
            }
        }
        for row in rows("select system, external_id from core.unlinked_id order by all")? {
            if let [system, id] = row.as_slice() {
                directory.unlinked.push((system.clone(), id.clone()));
            }
        }
        Ok(directory)
    }
}
