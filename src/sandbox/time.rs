//! Instants as whole Unix seconds, the company's weeks, and its business hours.

use jiff::{
    Span, Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

/// A Unix time in seconds; every instant of the log is one.
pub type Secs = i64;

/// An hour.
pub const HOUR: Secs = 3600;
/// A day of 24 hours.
pub const DAY: Secs = 24 * HOUR;
/// A week of 168 hours.
pub const WEEK: Secs = 7 * DAY;

fn timestamp(at: Secs) -> Timestamp {
    Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2026-01-31T09:30:00Z`.
pub fn iso(at: Secs) -> String {
    timestamp(at).to_string()
}

/// The local date of an instant.
pub fn date(at: Secs, zone: &TimeZone) -> Date {
    timestamp(at).to_zoned(zone.clone()).date()
}

/// The first instant of a local date.
pub fn midnight(date: Date, zone: &TimeZone) -> Secs {
    at_hour(date, 0, zone)
}

/// A local hour of a date.
pub fn at_hour(date: Date, hour: i8, zone: &TimeZone) -> Secs {
    zone.to_timestamp(date.at(hour, 0, 0, 0)).map_or(0, Timestamp::as_second)
}

/// The Monday on or before a date.
pub fn monday(date: Date) -> Date {
    plus_days(date, -i64::from(date.weekday().to_monday_zero_offset()))
}

/// A date some days later.
pub fn plus_days(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

/// Billing cycles are counted from their anchor in UTC, the 31st becoming the last day of a short month.
pub fn plus_months(at: Secs, months: i64) -> Secs {
    let zoned = timestamp(at).to_zoned(TimeZone::UTC);
    zoned.checked_add(Span::new().months(months)).map_or(at, |later| later.timestamp().as_second())
}

/// Business hours over the simulated time, as intervals with the seconds open before each.
#[derive(Debug, Clone)]
pub struct BusinessHours {
    open: Vec<(Secs, Secs, Secs)>,
}

impl BusinessHours {
    /// Monday to Friday, 09:00 to 17:00 in `zone`, without the holidays.
    pub fn new(from: Secs, to: Secs, zone: &TimeZone, holidays: &[(Date, Date)]) -> BusinessHours {
        let mut open = Vec::new();
        let (mut day, last, mut before) = (date(from, zone), date(to, zone), 0);
        while day <= last {
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            if !weekend && !holidays.iter().any(|(first, until)| *first <= day && day <= *until) {
                let (start, end) = (at_hour(day, 9, zone), at_hour(day, 17, zone));
                open.push((start, end, before));
                before += end - start;
            }
            day = day.saturating_add(1.day());
        }
        BusinessHours { open }
    }

    /// Open seconds before an instant.
    fn until(&self, at: Secs) -> Secs {
        let next = self.open.partition_point(|(start, _, _)| *start <= at);
        match next.checked_sub(1).map(|last| self.open[last]) {
            Some((start, end, before)) => before + at.min(end) - start,
            None => 0,
        }
    }

    /// Open seconds between two instants.
    pub fn elapsed(&self, from: Secs, to: Secs) -> Secs {
        self.until(to) - self.until(from)
    }

    /// The first instant at which more than `open` business seconds have passed: later than [`Self::after`] only where those
    /// are used up at closing time.
    pub fn passes(&self, from: Secs, open: Secs) -> Secs {
        let wanted = self.until(from) + open;
        let next = self.open.partition_point(|(_, _, before)| *before <= wanted);
        match next.checked_sub(1).map(|last| self.open[last]) {
            Some((start, _, before)) => from.max(start + wanted - before),
            None => from,
        }
    }

    /// When it opens next; `None` while it is open.
    pub fn opens(&self, at: Secs) -> Option<Secs> {
        let next = self.open.partition_point(|(start, _, _)| *start <= at);
        let is_open = next.checked_sub(1).is_some_and(|last| at < self.open[last].1);
        self.open.get(next).filter(|_| !is_open).map(|(start, _, _)| *start)
    }

    /// The instant at which `open` more business seconds have passed.
    pub fn after(&self, from: Secs, open: Secs) -> Secs {
        let wanted = self.until(from) + open;
        let next = self.open.partition_point(|(_, _, before)| *before < wanted);
        match next.checked_sub(1).map(|last| self.open[last]) {
            Some((start, _, before)) => from.max(start + wanted - before),
            None => from,
        }
    }
}
