//! Why a stream failed, in words for the report, with the status where a caller decides by it.

use super::manifest::Action;

/// The failure of a request.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct Problem {
    pub(super) status: Option<u16>,
    /// What the manifest says of such an answer.
    action: Option<Action>,
    text: String,
}

impl Problem {
    pub(super) fn status(status: u16, text: String) -> Problem {
        Problem { status: Some(status), action: None, text }
    }

    pub(super) fn other(text: String) -> Problem {
        Problem { status: None, action: None, text }
    }

    pub(super) fn meaning(self, action: Option<Action>) -> Problem {
        Problem { action, ..self }
    }

    pub(super) fn after(self, tries: u32) -> Problem {
        if tries < 2 { self } else { Problem { text: format!("{} (tried {tries} times)", self.text), ..self } }
    }

    pub(super) fn and(self, more: &str) -> Problem {
        Problem { text: format!("{}; {more}", self.text), ..self }
    }
}

/// The HTTP status behind an error, if that is what it was.
pub(super) fn status_of(error: &anyhow::Error) -> Option<u16> {
    error.downcast_ref::<Problem>()?.status
}

/// What the manifest says of the answer behind an error, if that is what it was.
pub(super) fn action_of(error: &anyhow::Error) -> Option<Action> {
    error.downcast_ref::<Problem>()?.action
}
