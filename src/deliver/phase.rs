//! One phase of a conversation: it succeeds, or it says why not, within its time.

use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;

use super::message::one_line;
use super::smtp::Attempt;

/// Why a phase did not succeed.
pub(super) enum Fault {
    Permanent(String),
    Transient(String),
    /// 421: the server hangs up. A verdict only where it answers the message itself.
    Closing(String),
    Broken(String),
}

impl Fault {
    pub(super) fn before_dot(self) -> Attempt {
        match self {
            Fault::Permanent(text) => Attempt::Refused(text),
            Fault::Transient(text) => Attempt::Deferred(text),
            Fault::Closing(text) | Fault::Broken(text) => Attempt::Broken(text),
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Fault::Permanent(text) | Fault::Transient(text) | Fault::Closing(text) | Fault::Broken(text) => text,
        }
    }
}

pub(super) fn told(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{}", fault.text())
}

/// Runs one phase with a time limit.
pub(super) async fn phase<T>(
    name: &str,
    limit: Duration,
    work: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            let text = explained(&error);
            Err(match error.status().map(|code| code.to_string()) {
                Some(code) if code == "421" => Fault::Closing(text),
                Some(_) if error.is_permanent() => Fault::Permanent(text),
                Some(_) => Fault::Transient(text),
                None => Fault::Broken(format!("{name}: {text}")),
            })
        }
        Err(_) => Err(Fault::Broken(format!("{name}: no answer within {} s", limit.as_secs_f32()))),
    }
}

fn explained(error: &SmtpError) -> String {
    use std::error::Error;
    let text = match (error.status(), error.source()) {
        (Some(code), Some(text)) => format!("{code} {text}"),
        _ => error.to_string().replace("response error: incomplete response", "the server hung up"),
    };
    let private = if text.contains("UnknownIssuer") || text.contains("CaUsedAsEndEntity") {
        "; a private authority is named by [mail] root_certificate"
    } else {
        ""
    };
    // a greeting that is none is quoted, line end and all
    one_line(&text) + private
}
