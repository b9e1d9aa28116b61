//! `[keep]`: how long things are kept.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// `[keep]`: ages after which housekeeping removes something; what is still needed stays however old it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Landed lists and windows that later ones replaced and no edition's replay needs.
    pub landing: Age,
    /// Editions that were not mailed to readers and that a later one of the same period follows.
    pub editions: Age,
    /// The exact bytes of mails that were sent or refused; their hashes stay.
    pub mail_bytes: Age,
    /// Runs, pulls and scheduled moments.
    pub runs: Age,
    /// Records that were set aside.
    pub quarantine: Age,
    /// Files of dry runs.
    pub dry_runs: Age,
}

impl Default for Keep {
    fn default() -> Keep {
        let days = |days| Age::Days(days);
        Keep {
            landing: days(30),
            editions: Age::Forever,
            mail_bytes: days(30),
            runs: days(730),
            quarantine: days(180),
            dry_runs: days(30),
        }
    }
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Age {
    /// It is never removed for its age.
    Forever,
    /// Whole days of 24 hours, at least one.
    Days(u32),
}

impl Age {
    /// Whether what came about at `at` has this age at `now`.
    pub fn is_over(self, at: Timestamp, now: Timestamp) -> bool {
        match self {
            Age::Forever => false,
            Age::Days(days) => now.duration_since(at) >= SignedDuration::from_hours(i64::from(days) * 24),
        }
    }
}

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Age, String> {
        text.parse()
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Age, String> {
        if text == "forever" {
            return Ok(Age::Forever);
        }
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let days = match unit.trim() {
            "d" => Some(1),
            "w" => Some(7),
            "y" => Some(365),
            _ => None,
        };
        let days = number.parse::<u32>().ok().zip(days).and_then(|(number, days)| number.checked_mul(days));
        days.filter(|days| (1..=36_500).contains(days))
            .map(Age::Days)
            .ok_or_else(|| format!("{text:?} is no age; write \"forever\", \"30d\", \"8w\" or \"2y\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_days_weeks_years_or_for_ever() {
        let age = |text: &str| text.parse::<Age>().ok();
        assert_eq!(age("30d"), Some(Age::Days(30)));
        assert_eq!(age("8w"), Some(Age::Days(56)));
        assert_eq!(age("2y"), Some(Age::Days(730)));
        assert_eq!(age("forever"), Some(Age::Forever));
        for text in ["", "0d", "30", "d", "-1d", "1.5y", "3m", "999999999y", "101y"] {
            assert_eq!(age(text), None, "{text}");
        }
    }
}
