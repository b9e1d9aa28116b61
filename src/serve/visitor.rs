//! Who asks, and what they may see and do.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Config, is_meant};

/// What somebody may do with a report, each including the former.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing: the report does not exist for them.
    None,
    /// Read its editions.
    Viewer,
    /// Comment on its figures and promise.
    Owner,
    /// Run it, and see every delivery.
    Operator,
}

/// Somebody's request, as far as it is known whose it is.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Bare address; `None`: nobody signed in.
    pub address: Option<String>,
    /// Signed in, not merely holding a reading link: only then may they change anything or take rows away.
    pub has_session: bool,
    roles: Roles,
    /// Report, period and number of the edition whose link they hold.
    edition: Option<(String, String, u32)>,
}

#[derive(Debug, Clone)]
enum Roles {
    /// None for any report.
    Nowhere,
    /// Those of the address, as configured; at least the given one for everything.
    Configured(Arc<Config>, Role),
    /// The same for every report.
    Everywhere(Role),
    /// By report; nothing elsewhere.
    Listed(BTreeMap<String, Role>),
}

impl Visitor {
    /// Whoever reaches a service that is open to this machine only.
    pub fn local() -> Visitor {
        Visitor { address: None, has_session: false, roles: Roles::Everywhere(Role::Viewer), edition: None }
    }

    /// Whoever is not known and may see nothing.
    pub fn stranger() -> Visitor {
        Visitor { address: None, has_session: false, roles: Roles::Nowhere, edition: None }
    }

    /// Whoever is signed in. `least`: what this machine's own people may do anyway.
    pub fn signed_in(address: String, config: Arc<Config>, least: Role) -> Visitor {
        Visitor { address: Some(address), has_session: true, roles: Roles::Configured(config, least), edition: None }
    }

    /// The same, holding the link that opens one edition to `recipient`.
    #[must_use]
    pub fn holding(self, recipient: String, report: String, period: String, number: u32) -> Visitor {
        Visitor { address: self.address.or(Some(recipient)), edition: Some((report, period, number)), ..self }
    }

    /// Somebody with a role in each of some reports.
    pub fn with_roles(address: Option<String>, has_session: bool, roles: BTreeMap<String, Role>) -> Visitor {
        Visitor { address, has_session, roles: Roles::Listed(roles), edition: None }
    }

    /// What they may do with a report as a whole.
    pub fn role(&self, report: &str) -> Role {
        match (&self.roles, &self.address) {
            (Roles::Everywhere(role), _) => *role,
            (Roles::Listed(roles), _) => roles.get(report).copied().unwrap_or(Role::None),
            (Roles::Configured(config, least), Some(address)) => role_of(config, address, report).max(*least),
            _ => Role::None,
        }
    }

    /// Whether a report exists for them.
    pub fn may_read(&self, report: &str) -> bool {
        self.role(report) >= Role::Viewer
    }

    /// Whether an edition does: whoever holds its link reads that one without the report.
    pub fn may_read_edition(&self, report: &str, period: &str, number: u32) -> bool {
        let own = self.edition.as_ref().map(|(report, period, number)| (report.as_str(), period.as_str(), *number));
        own == Some((report, period, number)) || self.may_read(report)
    }

    /// Whether they may take the rows behind a report's figures away: not with a mere link.
    pub fn may_take_rows(&self, report: &str) -> bool {
        self.may_read(report) && (self.has_session || matches!(self.roles, Roles::Everywhere(_)))
    }

    /// Whether they see what is no report's own: every run and every delivery.
    pub fn is_operator(&self) -> bool {
        match (&self.roles, &self.address) {
            (Roles::Everywhere(role), _) => *role == Role::Operator,
            (Roles::Listed(roles), _) => roles.values().any(|role| *role == Role::Operator),
            (Roles::Configured(config, _), Some(address)) => is_operator(config, address),
            _ => false,
        }
    }

    /// Whether there is anything they may see beyond a single edition.
    pub fn is_known(&self) -> bool {
        match (&self.roles, &self.address) {
            (Roles::Everywhere(role), _) => *role >= Role::Viewer,
            (Roles::Listed(roles), _) => roles.values().any(|role| *role >= Role::Viewer),
            (Roles::Configured(config, least), Some(address)) => {
                *least >= Role::Viewer || has_any_role(config, address)
            }
            _ => false,
        }
    }
}

fn is_operator(config: &Config, address: &str) -> bool {
    let told = config.operator.as_ref().map(|operator| &operator.email);
    told.into_iter().chain(&config.web.operators).any(|entry| is_meant(entry, address))
}

/// What an address may do with a report. A report that is not configured, such as the review of one customer, is for operators.
pub fn role_of(config: &Config, address: &str, name: &str) -> Role {
    if is_operator(config, address) {
        return Role::Operator;
    }
    let Some(report) = config.reports.get(name) else { return Role::None };
    let is_any = |entries: &[String]| entries.iter().any(|entry| is_meant(entry, address));
    let answers_for_it = config
        .teams
        .get(&report.team)
        .is_some_and(|team| team.owner.iter().chain(&team.commenters).any(|entry| is_meant(entry, address)));
    if answers_for_it || is_any(&config.web.owners) {
        Role::Owner
    } else if is_any(&report.to) || is_any(&report.viewers) || is_any(&config.web.viewers) {
        Role::Viewer
    } else {
        Role::None
    }
}

/// Whether an address may see anything at all.
pub fn has_any_role(config: &Config, address: &str) -> bool {
    is_operator(config, address) || config.reports.keys().any(|name| role_of(config, address, name) >= Role::Viewer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let text = r#"
[company]
name = "Acme"
timezone = "Europe/Berlin"
currency = "EUR"
[store]
path = "store"
[operator]
email = "Ops <ops@acme.example>"
[web]
viewers = ["@board.example"]
owners = ["coo@acme.example"]
operators = ["root@acme.example"]
[teams.support]
name = "Support"
owner = "Ada <ada@acme.example>"
commenters = ["@support.example"]
[teams.sales]
name = "Sales"
[reports.support]
title = "Support"
team = "support"
to = ["Ann <ann@acme.example>"]
viewers = ["guest@acme.example"]
metrics = ["sla/*"]
[reports.sales]
title = "Sales"
team = "sales"
to = ["sam@acme.example"]
metrics = ["growth/*"]
"#;
        Config::parse(text, std::path::Path::new("/conf")).unwrap()
    }

    #[test]
    fn who_is_what_follows_from_recipients_teams_operator_and_web() {
        let config = config();
        for (address, support, sales, account) in [
            ("ann@acme.example", Role::Viewer, Role::None, Role::None),
            ("ANN@ACME.example", Role::Viewer, Role::None, Role::None),
            ("guest@acme.example", Role::Viewer, Role::None, Role::None),
            ("sam@acme.example", Role::None, Role::Viewer, Role::None),
            ("ada@acme.example", Role::Owner, Role::None, Role::None),
            ("x@support.example", Role::Owner, Role::None, Role::None),
            ("x@board.example", Role::Viewer, Role::Viewer, Role::None),
            ("coo@acme.example", Role::Owner, Role::Owner, Role::None),
            ("ops@acme.example", Role::Operator, Role::Operator, Role::Operator),
            ("root@acme.example", Role::Operator, Role::Operator, Role::Operator),
            ("eve@acme.example", Role::None, Role::None, Role::None),
            ("", Role::None, Role::None, Role::None),
        ] {
            let roles = ["support", "sales", "account.cus_1"].map(|report| role_of(&config, address, report));
            assert_eq!(roles, [support, sales, account], "{address}");
            assert_eq!(has_any_role(&config, address), support.max(sales).max(account) > Role::None, "{address}");
        }
    }

    #[test]
    fn a_reading_link_opens_its_edition_and_neither_the_report_nor_its_rows() {
        let reader = Visitor::stranger().holding("ann@acme.example".into(), "support".into(), "2026-W47".into(), 1);
        assert!(reader.may_read_edition("support", "2026-W47", 1));
        for (report, period, number) in
            [("support", "2026-W47", 2), ("support", "2026-W46", 1), ("sales", "2026-W47", 1)]
        {
            assert!(!reader.may_read_edition(report, period, number));
        }
        assert!(!reader.may_read("support") && !reader.may_take_rows("support") && !reader.is_known());
        let ann = Visitor::signed_in("ann@acme.example".into(), Arc::new(config()), Role::None);
        assert!(ann.may_take_rows("support") && !ann.may_read("sales") && ann.is_known() && !ann.is_operator());
        let eve = Visitor::signed_in("eve@acme.example".into(), Arc::new(config()), Role::None);
        assert!(!eve.is_known());
        assert!(Visitor::local().may_take_rows("support") && !Visitor::local().is_operator());
    }
}
