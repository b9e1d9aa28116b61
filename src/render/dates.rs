//! Days, periods and instants as people read them, saying no more than needed.

use jiff::civil::Date;

use super::format::NBSP;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LONG_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// "Nov".
pub fn month(day: Date) -> &'static str {
    MONTHS[usize::from(day.month().unsigned_abs()).saturating_sub(1) % 12]
}

/// "9 Nov 2026".
pub fn day(day: Date) -> String {
    format!("{}{NBSP}{} {}", day.day(), month(day), day.year())
}

/// "9–15 Nov 2026", "2 Nov – 1 Dec 2026", "28 Dec 2026 – 3 Jan 2027".
pub fn range(first: Date, last: Date) -> String {
    format!("{} {}", range_without_year(first, last), last.year())
}

fn range_without_year(first: Date, last: Date) -> String {
    if first == last {
        format!("{}{NBSP}{}", first.day(), month(first))
    } else if first.year() != last.year() {
        format!("{} – {}{NBSP}{}", day(first), last.day(), month(last))
    } else if first.month() != last.month() {
        format!("{}{NBSP}{} – {}{NBSP}{}", first.day(), month(first), last.day(), month(last))
    } else {
        format!("{}–{}{NBSP}{}", first.day(), last.day(), month(last))
    }
}

/// What a period is called, from its id: "W46", "October 2026", "Q3 2026", "2026"; a window of it by both: "W46, 12 months".
pub fn period_name(id: &str) -> String {
    if let Some((period, window)) = id.split_once('/') {
        let name = match window.split('/').next().unwrap_or_default() {
            "mtd" => "month to date",
            "qtd" => "quarter to date",
            "ytd" => "year to date",
            _ => "12 months",
        };
        return format!("{}, {name}", period_name(period));
    }
    match id.split_once('-') {
        Some((_, rest)) if rest.starts_with('W') => rest.to_owned(),
        Some((year, rest)) if rest.starts_with('Q') => format!("{rest}{NBSP}{year}"),
        Some((year, rest)) => match rest.parse::<usize>() {
            Ok(n) if (1..=12).contains(&n) => format!("{}{NBSP}{year}", LONG_MONTHS[n - 1]),
            _ => id.to_owned(),
        },
        None => id.to_owned(),
    }
}

/// "W46 (9–15 Nov 2026)", "October 2026".
pub fn period_label(id: &str, first: Date, last: Date) -> String {
    if id.contains("-W") { format!("{} ({})", period_name(id), range(first, last)) } else { period_name(id) }
}

/// As [`period_label`], the year left out where the subject line is short of room: "W46 (9–15 Nov)".
pub fn period_short(id: &str, first: Date, last: Date) -> String {
    if id.contains("-W") {
        format!("{} ({})", period_name(id), range_without_year(first, last))
    } else {
        period_name(id)
    }
}

/// An RFC 3339 instant in the business's zone: "16 Nov 2026, 07:12". What cannot be read is printed as it is.
pub fn moment(rfc3339: &str, timezone: &str) -> String {
    let zoned = rfc3339.parse::<jiff::Timestamp>().and_then(|t| t.in_tz(timezone));
    zoned.map_or_else(|_| rfc3339.to_owned(), |z| format!("{}, {:02}:{:02}", day(z.date()), z.hour(), z.minute()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_say_no_more_than_needed() {
        let plain = |s: String| s.replace(NBSP, " ");
        assert_eq!(plain(range(date(2026, 11, 9), date(2026, 11, 15))), "9–15 Nov 2026");
        assert_eq!(plain(range(date(2026, 11, 2), date(2026, 12, 1))), "2 Nov – 1 Dec 2026");
        assert_eq!(plain(range(date(2026, 12, 28), date(2027, 1, 3))), "28 Dec 2026 – 3 Jan 2027");
        assert_eq!(plain(period_label("2026-W46", date(2026, 11, 9), date(2026, 11, 15))), "W46 (9–15 Nov 2026)");
        assert_eq!(plain(period_label("2026-10", date(2026, 10, 1), date(2026, 10, 31))), "October 2026");
        assert_eq!(plain(period_label("2026-Q3", date(2026, 7, 1), date(2026, 9, 30))), "Q3 2026");
        assert_eq!(period_label("2026", date(2026, 1, 1), date(2026, 12, 31)), "2026");
        assert_eq!(plain(moment("2026-11-16T06:12:30Z", "Europe/Berlin")), "16 Nov 2026, 07:12");
    }
}
