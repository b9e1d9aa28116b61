//! Who is signed in on the web, with which links, and whose links were called back. Tokens are never kept, only their hashes;
//! addresses are kept in lower case.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::Ledger;
use super::runs::stamp;

/// A link to sign in or a session, without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassRow {
    /// Bare address, lower case.
    pub address: String,
    /// `session` or `sign-in link`.
    pub kind: String,
    /// RFC 3339.
    pub made_at: String,
    /// RFC 3339.
    pub expires_at: String,
}

impl Ledger {
    /// Keeps a link to sign in, and forgets those whose time is over.
    pub fn offer_sign_in(&self, token_hash: &str, address: &str, now: Timestamp, expires: Timestamp) -> Result<()> {
        let db = self.lock();
        db.execute("delete from sign_in where expires_at <= ?", [stamp(now)])?;
        db.execute(
            "insert into sign_in (token_hash, address, made_at, expires_at) values (?, ?, ?, ?)",
            params![token_hash, address.to_lowercase(), stamp(now), stamp(expires)],
        )?;
        Ok(())
    }

    /// Uses a link up and opens a session in its place, in one step: whose it is, or `None` when the link is unknown, used or
    /// over.
    pub fn sign_in(
        &self,
        token_hash: &str,
        session_hash: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<Option<String>> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let address: Option<String> = transaction
            .query_row(
                "update sign_in set used_at = ?1 where token_hash = ?2 and used_at is null and expires_at > ?1 \
                 returning address",
                params![stamp(now), token_hash],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(address) = &address {
            transaction.execute("delete from session where expires_at <= ?", [stamp(now)])?;
            transaction.execute(
                "insert into session (token_hash, address, made_at, expires_at) values (?, ?, ?, ?)",
                params![session_hash, address, stamp(now), stamp(expires)],
            )?;
        }
        transaction.commit()?;
        Ok(address)
    }

    /// Whose session it is; `None` when it is unknown or over.
    pub fn session(&self, session_hash: &str, now: Timestamp) -> Result<Option<String>> {
        let sql = "select address from session where token_hash = ? and expires_at > ?";
        Ok(self.lock().query_row(sql, params![session_hash, stamp(now)], |row| row.get(0)).optional()?)
    }

    /// Ends a session.
    pub fn sign_out(&self, session_hash: &str) -> Result<()> {
        self.lock().execute("delete from session where token_hash = ?", [session_hash])?;
        Ok(())
    }

    /// Calls back whatever an address was given until now: its links open nothing and its sessions end, as many as returned.
    pub fn revoke(&self, address: &str, now: Timestamp) -> Result<usize> {
        let address = address.to_lowercase();
        let mut db = self.lock();
        let transaction = db.transaction()?;
        transaction.execute(
            "insert into revocation (address, revoked_at) values (?1, ?2) \
             on conflict (address) do update set revoked_at = max(revoked_at, ?2)",
            params![address, stamp(now)],
        )?;
        transaction.execute("delete from sign_in where address = ?", [&address])?;
        let ended = transaction.execute("delete from session where address = ?", [&address])?;
        transaction.commit()?;
        Ok(ended)
    }

    /// When an address's links were called back last.
    pub fn revoked_at(&self, address: &str) -> Result<Option<Timestamp>> {
        let sql = "select revoked_at from revocation where address = ?";
        let found: Option<String> =
            self.lock().query_row(sql, [address.to_lowercase()], |row| row.get(0)).optional()?;
        Ok(found.map(|at| at.parse()).transpose()?)
    }

    /// Sessions and unused links to sign in that are good now, by address.
    pub fn passes(&self, now: Timestamp) -> Result<Vec<PassRow>> {
        let db = self.lock();
        let mut query = db.prepare(
            "select address, 'session', made_at, expires_at from session where expires_at > ?1 \
             union all select address, 'sign-in link', made_at, expires_at from sign_in \
             where expires_at > ?1 and used_at is null order by 1, 3, 2",
        )?;
        let rows = query.query_map([stamp(now)], |row| {
            Ok(PassRow { address: row.get(0)?, kind: row.get(1)?, made_at: row.get(2)?, expires_at: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Addresses whose links were called back, and when.
    pub fn revocations(&self) -> Result<Vec<(String, String)>> {
        let db = self.lock();
        let mut query = db.prepare("select address, revoked_at from revocation order by address")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
