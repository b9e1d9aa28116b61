//! What went wrong with a request, in the words an operator needs: what was asked, what came back, what to check.

use super::super::contract::excerpt;
use super::super::divide::List;
use super::super::lens;
use super::super::manifest::Method;
use super::super::mend;
use super::super::problem::Problem;
use super::exchange::{Body, Broken, bare, divided};
use super::{Call, Client, Failed};

impl Client {
    /// A success must be JSON; what it is instead is said.
    pub(super) fn json(&self, call: &Call, body: Body, records: Option<&str>) -> Result<(String, List), Failed> {
        let say = |what: String| Problem::other(format!("{} answered {what}", name(call)));
        // The secret goes before the text is cut: half of one would not be recognised.
        let beginning = |text: &str| excerpt(&self.redact(text));
        let Body { text, list } = body;
        let (text, damage) = match text {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = mend::marked(error.as_bytes()).map_err(|why| Failed::for_good(say(why.to_string())))?;
                (text, Some(at))
            }
        };
        let trimmed = bare(&text);
        if trimmed.is_empty() {
            return Err(Failed::for_good(say("with nothing".into())));
        }
        if trimmed.starts_with('<') {
            let what = format!("with HTML instead of JSON, beginning {:?}; check base_url", beginning(trimmed));
            return Err(Failed::for_good(say(what)));
        }
        let list = if damage.is_some() { divided(trimmed, records) } else { list };
        let error = match list {
            Ok(list) if trimmed.len() == text.len() => return Ok((text, list)),
            Ok(list) => return Ok((trimmed.to_owned(), list)),
            Err(error) => error,
        };
        if let Some(marked) = mend::numbers_marked(trimmed)
            && let Ok(list) = divided(&marked, records)
        {
            return Ok((marked, list));
        }
        let what = match damage {
            Some(at) => {
                format!("with bytes that are not UTF-8 (the first at {at}) where no text is, and broken JSON")
            }
            None if error.is_eof() => "with JSON that ends too early".to_owned(),
            None => "with broken JSON".to_owned(),
        };
        Err(Failed {
            problem: say(format!("{what} ({error}), beginning {:?}", beginning(trimmed))),
            is_transient: error.is_eof(),
            wait: None,
            signed: None,
        })
    }

    /// No answer, half of one, or more than anybody wants.
    pub(super) fn without_answer(&self, call: &Call, why: Broken) -> Failed {
        let what = match why {
            Broken::Http(error) => return self.broken(call, error),
            Broken::TooLarge => format!("with more than {} MB", self.limits.body_bytes >> 20),
            Broken::Unread(error) => {
                // a panic's words may be a part of what was answered
                tracing::error!(error = self.redact(&error.to_string()), "reading an answer failed");
                "what could not be read".to_owned()
            }
        };
        Failed::for_good(Problem::other(format!("{} answered {what}", name(call))))
    }

    /// No answer, or half of one.
    pub(super) fn broken(&self, call: &Call, error: reqwest::Error) -> Failed {
        let is_body = error.is_body() || error.is_decode() || error.is_request();
        let is_transient = error.is_timeout() || error.is_connect() || is_body;
        let what = if error.is_timeout() {
            "was not answered in time".to_owned()
        } else if error.is_connect() {
            format!("failed: cannot connect to {}{}", self.base.authority(), causes(error))
        } else {
            format!("failed: the connection broke{}", causes(error))
        };
        Failed {
            problem: Problem::other(self.redact(&format!("{} {what}", name(call)))),
            is_transient,
            wait: None,
            signed: None,
        }
    }

    pub(super) fn refused(&self, call: &Call, status: u16, body: &[u8], location: Option<&str>) -> Problem {
        let said = said(&self.redact(&String::from_utf8_lossy(body)));
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        let place = self.credential.place.as_deref();
        let hint = match status {
            300..=399 => {
                let to = location.and_then(|l| self.base.join(l).ok()).map(|url| url.origin().ascii_serialization());
                format!("; redirects are not followed, check base_url (it points to {})", to.unwrap_or_default())
            }
            401 => place.map(|place| format!("; check the token ({place})")).unwrap_or_default(),
            403 => place.map(|place| format!("; the token ({place}) may not read this")).unwrap_or_default(),
            404 | 410 => "; check base_url and the source's settings".into(),
            _ => String::new(),
        };
        Problem::status(status, self.redact(&format!("{} answered {status}{said}{hint}", name(call))))
    }
}

/// Method and path: queries may hold secrets and cursors.
pub(super) fn name(call: &Call) -> String {
    let method = match call.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    format!("{method} {}", call.url.path())
}

/// What an error body says, in the places where APIs put it.
fn said(body: &str) -> String {
    let body = body.trim();
    if body.starts_with('<') {
        return String::new();
    }
    for pointer in ["/error/message", "/message", "/error_description", "/detail", "/description", "/error", "/title"] {
        if let Some(text) = lens::plain_at(body, pointer) {
            return excerpt(&text);
        }
    }
    excerpt(body)
}

/// The innermost cause of a connection error, without the URL.
fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut source = std::error::Error::source(&error);
    let mut last = String::new();
    while let Some(cause) = source {
        last = format!(" ({cause})");
        source = cause.source();
    }
    last
}
