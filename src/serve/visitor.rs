//! Who asks, and what they may see and do.

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
}

impl Visitor {
    /// Whoever reaches a service that is open to this machine only.
    pub fn local() -> Visitor {
        Visitor { address: None, has_session: false, roles: Roles::Everywhere(Role::Viewer) }
    }

    /// What they may do with a report.
    pub fn role(&self, _report: &str) -> Role {
        match self.roles {
            Roles::Everywhere(role) => role,
        }
    }

    /// Whether a report exists for them.
    pub fn may_read(&self, report: &str) -> bool {
        self.role(report) >= Role::Viewer
    }
}
