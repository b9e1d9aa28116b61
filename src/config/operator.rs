//! `[operator]`: who is told when something failed, and how.

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::SecretRef;

/// `[operator]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Address notices go to. It is named here on purpose, so that it may be outside `[mail] allowed_domains`.
    pub email: String,
    /// Where notices are posted too, as `{"text": …}` (Slack, Teams and whatever takes the same). The address is a secret.
    #[serde(default)]
    pub webhook: Option<SecretRef>,
    /// Fetched whenever editions were delivered on time; whoever watches it raises the alarm when it stops. A secret as well.
    #[serde(default)]
    pub ping: Option<SecretRef>,
}

impl Operator {
    pub(super) fn validate(&self) -> Result<()> {
        let is_address = self.email.parse::<lettre::message::Mailbox>().is_ok();
        ensure!(is_address, "[operator] email {:?} is not an e-mail address", self.email);
        Ok(())
    }
}
