//! Who asks, and what they may see and do.

use std::collections::BTreeMap;

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
}

#[derive(Debug, Clone)]
enum Roles {
    /// The same for every report.
    Everywhere(Role),
    /// By report; nothing elsewhere.
    Listed(BTreeMap<String, Role>),
}

impl Visitor {
    /// Whoever reaches a service that is open to this machine only.
    pub fn local() -> Visitor {
        Visitor { address: None, has_session: false, roles: Roles::Everywhere(Role::Viewer) }
    }

    /// Somebody who may see nothing.
    pub fn nobody() -> Visitor {
        Visitor { address: None, has_session: false, roles: Roles::Everywhere(Role::None) }
    }

    /// Somebody with a role in each of some reports.
    pub fn with_roles(address: Option<String>, has_session: bool, roles: BTreeMap<String, Role>) -> Visitor {
        Visitor { address, has_session, roles: Roles::Listed(roles) }
    }

    /// What they may do with a report.
    pub fn role(&self, report: &str) -> Role {
        match &self.roles {
            Roles::Everywhere(role) => *role,
            Roles::Listed(roles) => roles.get(report).copied().unwrap_or(Role::None),
        }
    }

    /// Whether a report exists for them.
    pub fn may_read(&self, report: &str) -> bool {
        self.role(report) >= Role::Viewer
    }
}
