//! What can go wrong on the wire, on purpose.

use std::str::FromStr;

use anyhow::{Context, bail};

use super::System;

/// A planned failure: `system:path-substring:kind[:times=N|every=N]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The API that fails.
    pub system: System,
    /// A part of the request path, with its query.
    pub path: String,
    /// How it fails.
    pub kind: FaultKind,
    /// How often.
    pub when: When,
}

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// This status, with the vendor's own error body and headers.
    Status(u16),
    /// No answer at all.
    Timeout,
    /// Half a JSON body.
    Truncate,
    /// 200 with an HTML page.
    Html,
    /// A required field of the first record has a wrong JSON type.
    WrongType,
    /// The next page is the page just asked for.
    RepeatCursor,
    /// There is always a next page, with fresh ids.
    Endless,
    /// 200 with an empty body.
    Empty,
}

/// How often a fault strikes among the requests it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Each time.
    Always,
    /// The first so many times.
    Times(u32),
    /// Each time the count of matching requests is a multiple.
    Every(u32),
}

impl FromStr for Fault {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Fault> {
        let mut parts = text.split(':');
        let (Some(system), Some(path), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
            bail!("fault '{text}' is not system:path:kind[:times=N|every=N]");
        };
        let kind = match kind {
            "timeout" => FaultKind::Timeout,
            "truncate" => FaultKind::Truncate,
            "html" => FaultKind::Html,
            "wrong_type" => FaultKind::WrongType,
            "repeat_cursor" => FaultKind::RepeatCursor,
            "endless" => FaultKind::Endless,
            "empty" => FaultKind::Empty,
            status => match status.parse() {
                Ok(status @ 400..=599) => FaultKind::Status(status),
                _ => bail!("unknown fault kind '{status}' in '{text}'"),
            },
        };
        let when = match parts.next() {
            None => When::Always,
            Some(rule) => {
                let (word, count) =
                    rule.split_once('=').with_context(|| format!("'{rule}' is not times=N or every=N"))?;
                let count = count.parse().with_context(|| format!("'{count}' in '{text}' is not a count"))?;
                match word {
                    "times" => When::Times(count),
                    "every" if count > 0 => When::Every(count),
                    _ => bail!("'{rule}' is not times=N or every=N"),
                }
            }
        };
        if let Some(rest) = parts.next() {
            bail!("'{rest}' is left over in fault '{text}'");
        }
        Ok(Fault { system: system.parse()?, path: path.to_owned(), kind, when })
    }
}

impl When {
    /// Whether the `count`th matching request, from 1, fails.
    pub fn strikes(self, count: u32) -> bool {
        match self {
            When::Always => true,
            When::Times(times) => count <= times,
            When::Every(every) => count.is_multiple_of(every),
        }
    }
}
