//! Days, periods and instants as people read them, saying no more than needed.

use jiff::civil::Date;

use super::format::Format;
use super::words::args;

impl Format {
    /// "Nov".
    pub(super) fn month(&self, day: Date) -> String {
        self.named_month("months-short", i64::from(day.month()))
    }

    fn named_month(&self, list: &str, month: i64) -> String {
        let names = self.word(list);
        let index = usize::try_from(month - 1).unwrap_or_default();
        names.split_whitespace().nth(index).unwrap_or_default().to_owned()
    }

    /// "9 Nov".
    pub(super) fn day_of_month(&self, day: Date) -> String {
        self.say("day-of-month", &args!["day" => day.day().to_string(), "month" => self.month(day)])
    }

    fn with_year(&self, days: String, day: Date) -> String {
        self.say("with-year", &args!["days" => days, "year" => day.year().to_string()])
    }

    /// "9 Nov 2026".
    pub(super) fn day(&self, day: Date) -> String {
        self.with_year(self.day_of_month(day), day)
    }

    /// "9–15 Nov 2026", "2 Nov – 1 Dec 2026", "28 Dec 2026 – 3 Jan 2027".
    pub(super) fn range(&self, first: Date, last: Date) -> String {
        self.with_year(self.range_without_year(first, last), last)
    }

    fn range_without_year(&self, first: Date, last: Date) -> String {
        let span = |from: String| self.say("span", &args!["from" => from, "to" => self.day_of_month(last)]);
        if first == last {
            self.day_of_month(first)
        } else if first.year() != last.year() {
            span(self.day(first))
        } else if first.month() != last.month() {
            span(self.day_of_month(first))
        } else {
            let (from, to) = (first.day().to_string(), last.day().to_string());
            self.say("days-of-month", &args!["from" => from, "to" => to, "month" => self.month(last)])
        }
    }

    /// What a period is called, from its id: "W46", "October 2026", "Q3 2026", "2026"; a window of it by both: "W46, 12 months".
    pub(super) fn period_name(&self, id: &str) -> String {
        if let Some((period, window)) = id.split_once('/') {
            let window = window.split('/').next().unwrap_or_default().to_owned();
            return self.say("period-window", &args!["period" => self.period_name(period), "window" => window]);
        }
        self.named_period(id, "")
    }

    /// The name of a week or quarter in the room of an axis, "W46", and a month's by itself, "Nov".
    pub(super) fn period_tick(&self, id: &str) -> String {
        match id.split_once('-').and_then(|(_, month)| month.parse().ok()) {
            Some(month) => self.named_month("months-short", month),
            None => self.named_period(id, "-tick"),
        }
    }

    fn named_period(&self, id: &str, room: &str) -> String {
        let Some((year, rest)) = id.split_once('-') else { return id.to_owned() };
        let (kind, number) = rest.split_at(rest.len().min(1));
        let number = number.trim_start_matches('0').to_owned();
        match (kind, rest.parse::<i64>()) {
            ("W", _) => self.say(&format!("period-week{room}"), &args!["n" => rest[1..].to_owned(), "year" => year]),
            ("Q", _) => self.say(&format!("period-quarter{room}"), &args!["n" => number, "year" => year]),
            (_, Ok(month @ 1..=12)) => {
                self.say("period-month", &args!["month" => self.named_month("months", month), "year" => year])
            }
            _ => id.to_owned(),
        }
    }

    /// "W46 (9–15 Nov 2026)", "October 2026".
    pub(super) fn period_label(&self, id: &str, first: Date, last: Date) -> String {
        self.with_days(id, || self.range(first, last))
    }

    /// As [`Format::period_label`], the year left out where the subject line is short of room: "W46 (9–15 Nov)".
    pub(super) fn period_short(&self, id: &str, first: Date, last: Date) -> String {
        self.with_days(id, || self.range_without_year(first, last))
    }

    fn with_days(&self, id: &str, days: impl FnOnce() -> String) -> String {
        let name = self.period_name(id);
        if !id.contains("-W") {
            return name;
        }
        self.say("period-with-days", &args!["name" => name, "days" => days()])
    }

    /// "3 weeks".
    pub(super) fn periods(&self, grain: &str, count: u32) -> String {
        self.say("periods", &args!["grain" => grain, "count" => count])
    }

    /// An RFC 3339 instant in the business's zone: "16 Nov 2026, 07:12". What cannot be read is printed as it is.
    pub(super) fn moment(&self, rfc3339: &str, timezone: &str) -> String {
        let zoned = rfc3339.parse::<jiff::Timestamp>().and_then(|t| t.in_tz(timezone));
        zoned.map_or_else(
            |_| rfc3339.to_owned(),
            |z| {
                let time = format!("{:02}:{:02}", z.hour(), z.minute());
                self.say("moment", &args!["day" => self.day(z.date()), "time" => time])
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_say_no_more_than_needed() {
        let f = Format::new(std::sync::Arc::new(super::super::words::Words::shipped("en")), "EUR", 2);
        let plain = |s: String| s.replace('\u{a0}', " ");
        assert_eq!(plain(f.range(date(2026, 11, 9), date(2026, 11, 15))), "9–15 Nov 2026");
        assert_eq!(plain(f.range(date(2026, 11, 2), date(2026, 12, 1))), "2 Nov – 1 Dec 2026");
        assert_eq!(plain(f.range(date(2026, 12, 28), date(2027, 1, 3))), "28 Dec 2026 – 3 Jan 2027");
        assert_eq!(plain(f.period_label("2026-W46", date(2026, 11, 9), date(2026, 11, 15))), "W46 (9–15 Nov 2026)");
        assert_eq!(plain(f.period_label("2026-10", date(2026, 10, 1), date(2026, 10, 31))), "October 2026");
        assert_eq!(plain(f.period_label("2026-Q3", date(2026, 7, 1), date(2026, 9, 30))), "Q3 2026");
        assert_eq!(f.period_label("2026", date(2026, 1, 1), date(2026, 12, 31)), "2026");
        assert_eq!(
            (f.period_tick("2026-W46"), f.period_tick("2026-10"), f.period_tick("2026-Q3"), f.period_tick("2026")),
            ("W46".into(), "Oct".into(), "Q3".into(), "2026".into())
        );
        assert_eq!(plain(f.moment("2026-11-16T06:12:30Z", "Europe/Berlin")), "16 Nov 2026, 07:12");
    }
}
