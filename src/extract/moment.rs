//! Dates, times and durations of Arrow as exact text: no rounding, no zone made up.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_schema::{DataType, TimeUnit};
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

const DAY: i64 = 86_400;

/// ISO 8601 text of a date, a time or a duration; the bare number where no calendar reaches; `None` for other types.
pub(super) fn text(array: &dyn Array, row: usize) -> Option<Result<String, String>> {
    let (value, text) = match array.data_type() {
        DataType::Date32 => {
            let days = i64::from(array.as_primitive::<t::Date32Type>().value(row));
            (days, civil(i128::from(days) * i128::from(DAY) * 1_000_000_000).map(|moment| moment.date().to_string()))
        }
        DataType::Date64 => {
            let millis = array.as_primitive::<t::Date64Type>().value(row);
            let moment = civil(i128::from(millis) * 1_000_000);
            // A date by its type; what has a time of day keeps it.
            let text = moment.map(|m| if m.time() == Time::midnight() { m.date().to_string() } else { m.to_string() });
            (millis, text)
        }
        DataType::Timestamp(unit, zone) => {
            let value = match unit {
                TimeUnit::Second => array.as_primitive::<t::TimestampSecondType>().value(row),
                TimeUnit::Millisecond => array.as_primitive::<t::TimestampMillisecondType>().value(row),
                TimeUnit::Microsecond => array.as_primitive::<t::TimestampMicrosecondType>().value(row),
                TimeUnit::Nanosecond => array.as_primitive::<t::TimestampNanosecondType>().value(row),
            };
            let nanos = i128::from(value) * i128::from(nanos_of(*unit));
            // A zone says that the value is an instant; it is written in UTC whatever the zone's name is.
            let text = match zone {
                Some(_) => Timestamp::from_nanosecond(nanos).ok().map(|moment| moment.to_string()),
                None => civil(nanos).map(|moment| moment.to_string()),
            };
            (value, text)
        }
        DataType::Time32(unit) => {
            let value = match unit {
                TimeUnit::Second => array.as_primitive::<t::Time32SecondType>().value(row),
                _ => array.as_primitive::<t::Time32MillisecondType>().value(row),
            };
            (i64::from(value), time(i64::from(value).checked_mul(nanos_of(*unit))))
        }
        DataType::Time64(unit) => {
            let value = match unit {
                TimeUnit::Nanosecond => array.as_primitive::<t::Time64NanosecondType>().value(row),
                _ => array.as_primitive::<t::Time64MicrosecondType>().value(row),
            };
            (value, time(value.checked_mul(nanos_of(*unit))))
        }
        DataType::Duration(unit) => {
            let value = match unit {
                TimeUnit::Second => array.as_primitive::<t::DurationSecondType>().value(row),
                TimeUnit::Millisecond => array.as_primitive::<t::DurationMillisecondType>().value(row),
                TimeUnit::Microsecond => array.as_primitive::<t::DurationMicrosecondType>().value(row),
                TimeUnit::Nanosecond => array.as_primitive::<t::DurationNanosecondType>().value(row),
            };
            (value, Some(interval(0, 0, i128::from(value) * i128::from(nanos_of(*unit)))))
        }
        _ => return None,
    };
    Some(text.ok_or_else(|| value.to_string()))
}

fn nanos_of(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// A moment by nobody's clock in particular.
pub(super) fn civil(nanos: i128) -> Option<DateTime> {
    let second = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let fraction = i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let span = SignedDuration::new(second, fraction);
    Date::constant(1970, 1, 1).at(0, 0, 0, 0).checked_add(span).ok().filter(|moment| moment.year() >= 1)
}

/// A time of day; midnight at the day's end has a name of its own.
fn time(nanos: Option<i64>) -> Option<String> {
    match nanos? {
        nanos if nanos == DAY * 1_000_000_000 => Some("24:00:00".into()),
        nanos if nanos < 0 => None,
        nanos => Time::midnight().checked_add(SignedDuration::from_nanos(nanos)).ok().map(|time| time.to_string()),
    }
}

/// An ISO 8601 duration whose parts keep their own sign: a month is no number of days.
pub(super) fn interval(months: i32, days: i32, nanos: i128) -> String {
    let mut text = String::from("P");
    if months != 0 {
        text += &format!("{months}M");
    }
    if days != 0 {
        text += &format!("{days}D");
    }
    if nanos != 0 {
        let sign = if nanos < 0 { "-" } else { "" };
        let (seconds, fraction) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
        let fraction = format!("{fraction:09}");
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        text += &format!("T{sign}{seconds}{point}{fraction}S");
    }
    if text.len() == 1 { "P0D".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_their_parts_and_signs() {
        assert_eq!(interval(0, 0, 0), "P0D");
        assert_eq!(interval(14, -3, 4_500_000_000), "P14M-3DT4.5S");
        assert_eq!(interval(0, 0, -1_000), "PT-0.000001S");
    }

    #[test]
    fn moments_outside_the_calendar_are_none() {
        assert_eq!(civil(0).unwrap().to_string(), "1970-01-01T00:00:00");
        assert_eq!(civil(-1).unwrap().to_string(), "1969-12-31T23:59:59.999999999");
        assert!(civil(i128::from(i64::MAX) * 1_000_000).is_none());
        assert!(civil(i128::MAX).is_none());
        assert_eq!(time(Some(DAY * 1_000_000_000)).unwrap(), "24:00:00");
        assert!(time(Some(i64::MAX)).is_none_or(|text| text.len() <= 18));
        assert!(time(Some(-1)).is_none());
    }
}
