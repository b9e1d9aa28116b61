//! Why a stream failed, in words for the report, with the status where a caller decides by it.

/// The failure of a request.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct Problem {
    pub(super) status: Option<u16>,
    text: String,
}

impl Problem {
    pub(super) fn status(status: u16, text: String) -> Problem {
        Problem { status: Some(status), text }
    }

    pub(super) fn other(text: String) -> Problem {
        Problem { status: None, text }
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
