//! When to try again: exponential backoff with full jitter, and the API's own `Retry-After`.

use std::time::Duration;

use jiff::Timestamp;

use super::manifest::Limits;

/// Statuses after which the same request may succeed.
pub(super) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 420 | 429 | 500 | 502 | 503 | 504)
}

/// Waits of one request's tries. The generator is seeded, so that a test sees the same waits.
pub(super) struct Backoff {
    random: fastrand::Rng,
    first: f64,
    longest: f64,
    tries: u32,
}

impl Backoff {
    pub(super) fn new(limits: &Limits, seed: u64) -> Backoff {
        Backoff {
            random: fastrand::Rng::with_seed(seed),
            first: limits.backoff_seconds,
            longest: limits.wait_seconds.min(60.0),
            tries: 0,
        }
    }

    /// Tries made, once this one has failed.
    pub(super) fn failed(&mut self) -> u32 {
        self.tries += 1;
        self.tries
    }

    /// Full jitter: anything between nothing and the doubled wait.
    pub(super) fn wait(&mut self) -> Duration {
        let doubled = self.first * f64::from(2_u32.saturating_pow(self.tries.min(16)));
        Duration::from_secs_f64(doubled.min(self.longest) * self.random.f64())
    }
}

/// `Retry-After`: seconds, or an HTTP date measured against the answer's own `Date` (the two clocks need not agree) and
/// only without one against `now`.
pub(super) fn retry_after(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = date.and_then(|d| httpdate::parse_http_date(d).ok()).unwrap_or_else(|| now.into());
    Some(until.duration_since(from).unwrap_or_default())
}

/// When an API's limit is full again: seconds from now, or since 1970, by the answer's own `Date` where it has one.
pub(super) fn reset_after(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    /// No API counts seconds from now as large as this, nor seconds since 1970 as small.
    const SINCE_1970: f64 = 1e8;
    const MILLISECONDS: f64 = 1e11;
    let value = value.trim().parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)?;
    if value < SINCE_1970 {
        return Some(Duration::from_secs_f64(value));
    }
    let at = if value >= MILLISECONDS { value / 1000.0 } else { value };
    let from = date.and_then(|d| httpdate::parse_http_date(d).ok()).unwrap_or_else(|| now.into());
    let from = from.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    Some(Duration::from_secs_f64((at - from).clamp(0.0, 1e9)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn seconds_and_dates() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let wait = |value, date| retry_after(value, date, now);
        assert_eq!(wait("7", None), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 01 Mar 2026 00:00:30 GMT", None), Some(Duration::from_secs(30)));
        let date = Some("Sun, 01 Mar 2026 00:00:20 GMT");
        assert_eq!(wait("Sun, 01 Mar 2026 00:00:30 GMT", date), Some(Duration::from_secs(10)));
        assert_eq!(wait("Sat, 28 Feb 2026 00:00:00 GMT", None), Some(Duration::ZERO));
        assert_eq!(wait("soon", None), None);
        assert_eq!(wait("-1", None), None);
    }

    #[test]
    fn limits_are_full_again_in_seconds_or_at_a_time() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let wait = |value: &str, date| reset_after(value, date, now);
        assert_eq!(wait("7", None), Some(Duration::from_secs(7)));
        assert_eq!(wait(&(now.as_second() + 30).to_string(), None), Some(Duration::from_secs(30)));
        assert_eq!(wait(&(now.as_millisecond() + 30_000).to_string(), None), Some(Duration::from_secs(30)));
        let date = Some("Sun, 01 Mar 2026 00:00:20 GMT");
        assert_eq!(wait(&(now.as_second() + 30).to_string(), date), Some(Duration::from_secs(10)));
        assert_eq!(wait("1", date), Some(Duration::from_secs(1)));
        assert_eq!((wait("soon", None), wait("-1", None), wait("NaN", None)), (None, None, None));
    }

    #[test]
    fn backoff_stays_within_its_doubling_bounds() {
        let limits = Limits { backoff_seconds: 1.0, ..Limits::default() };
        let mut backoff = Backoff::new(&limits, 7);
        for doubled in [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
            backoff.failed();
            assert!(backoff.wait().as_secs_f64() <= doubled);
        }
    }

    /// Nearly a number, nearly a date, or anything.
    fn header() -> impl Strategy<Value = String> {
        prop_oneof![
            ".{0,40}",
            "-?[0-9]{0,24}(\\.[0-9]{0,6})?([eE][+-]?[0-9]{1,3})?",
            "(NaN|inf|-inf|infinity|0x10| 7 |\\+7|1_000)",
            "(Sun|Mon|day), [0-9]{1,2} (Jan|Feb|Mon) [0-9]{1,5} [0-9]{1,2}:[0-9]{2}:[0-9]{2} (GMT|UTC|\\+0100)",
            "(Sunday|Monday), [0-9]{2}-(Jan|Feb)-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
        ]
    }

    proptest! {
        #[test]
        fn any_header_is_answered(value in header(), date in prop::option::of(header()), now in 0_i64..4_000_000_000) {
            let now = Timestamp::from_second(now).unwrap();
            for wait in [retry_after(&value, date.as_deref(), now), reset_after(&value, date.as_deref(), now)] {
                // the year 9999 is as far as a date goes
                prop_assert!(wait.is_none_or(|wait| wait.as_secs() < 300_000_000_000), "{wait:?}");
            }
        }
    }
}
