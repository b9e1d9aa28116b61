//! A value of a growing column: an instant, a moment by nobody's clock, a date or a whole number, exact to the last digit.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::super::moment;

/// Values of one kind are ordered; those of different kinds are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    kind: Kind,
    at: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nanoseconds.
    Instant,
    Moment,
    /// Days.
    Date,
    Number,
}

const SECOND: i128 = 1_000_000_000;
/// Databases keep microseconds, and a few of them less or more.
const MICROSECOND: i128 = 1_000;

impl Position {
    /// Reads the text that a record holds.
    pub(super) fn parse(text: &str) -> Option<Position> {
        let of = |kind, at| Some(Position { kind, at });
        if let Ok(number) = text.parse::<i128>() {
            return of(Kind::Number, number);
        }
        if text.len() == 10
            && let Ok(date) = text.parse::<Date>()
        {
            let days = date.since(Date::constant(1970, 1, 1)).ok()?.get_days();
            return of(Kind::Date, i128::from(days));
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return of(Kind::Instant, instant.as_nanosecond());
        }
        let moment = text.parse::<DateTime>().ok()?;
        of(Kind::Moment, moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_nanosecond())
    }

    /// As a record holds it.
    pub(super) fn text(self) -> Option<String> {
        match self.kind {
            Kind::Number => Some(self.at.to_string()),
            Kind::Date => moment::civil(self.at.checked_mul(86_400 * SECOND)?).map(|moment| moment.date().to_string()),
            Kind::Moment => moment::civil(self.at).map(|moment| moment.to_string()),
            Kind::Instant => Timestamp::from_nanosecond(self.at).ok().map(|instant| instant.to_string()),
        }
    }

    /// So many seconds, days or numbers earlier, and in any case so much that "after this" includes this one.
    pub(super) fn back(self, lookback: u32) -> Position {
        let lookback = i128::from(lookback);
        let step = match self.kind {
            Kind::Instant | Kind::Moment => (lookback * SECOND).max(MICROSECOND),
            Kind::Date | Kind::Number => lookback.max(1),
        };
        Position { at: self.at - step, ..self }
    }

    /// Whether it comes before another of its kind; `None` for different kinds.
    pub(super) fn is_before(self, other: Position) -> Option<bool> {
        (self.kind == other.kind).then_some(self.at < other.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_and_step_back_exactly() {
        for (text, back) in [
            ("2026-03-01T10:00:00.123457Z", "2026-03-01T10:00:00.123456Z"),
            ("2026-03-01T00:00:00", "2026-02-28T23:59:59.999999"),
            ("2026-03-01", "2026-02-28"),
            ("9223372036854775807", "9223372036854775806"),
            ("-1", "-2"),
        ] {
            let position = Position::parse(text).unwrap();
            assert_eq!(position.text().as_deref(), Some(text));
            assert_eq!(position.back(0).text().as_deref(), Some(back));
        }
        assert_eq!(Position::parse("2026-03-01T10:00:00Z").unwrap().back(60).text().unwrap(), "2026-03-01T09:59:00Z");
    }

    #[test]
    fn kinds_are_not_compared_and_other_text_is_no_position() {
        let position = |text| Position::parse(text).unwrap();
        assert_eq!(position("2").is_before(position("10")), Some(true));
        assert_eq!(position("2026-01-01").is_before(position("2026-01-01T00:00:00Z")), None);
        for text in ["", "abc", "1.5", "2026-13-01", "NaN"] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }
}
