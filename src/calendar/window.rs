//! Windows that end with a period: to date, and trailing twelve months, each with its comparison a year before.

use jiff::ToSpan;

use super::{Calendar, Period};
use crate::config::Grain;

/// Which days a period row covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// The period itself.
    Period,
    /// From the first of the month in which the period's last day lies.
    MonthToDate,
    /// From the first day of that fiscal quarter.
    QuarterToDate,
    /// From the first day of that fiscal year.
    YearToDate,
    /// The twelve months that end with the period.
    Trailing12,
}

impl Window {
    /// Every window besides the period itself, shortest first.
    pub const TO_DATE: [Window; 4] =
        [Window::MonthToDate, Window::QuarterToDate, Window::YearToDate, Window::Trailing12];

    /// As in `period.window_name`, in period ids and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Window::Period => "period",
            Window::MonthToDate => "mtd",
            Window::QuarterToDate => "qtd",
            Window::YearToDate => "ytd",
            Window::Trailing12 => "t12m",
        }
    }

    /// The windows of a grain that say more than its periods do: a month is its own month to date.
    pub fn of(grain: Grain) -> &'static [Window] {
        let from = match grain {
            Grain::Week => 0,
            Grain::Month => 1,
            Grain::Quarter => 2,
            Grain::Year => 3,
        };
        &Window::TO_DATE[from..]
    }
}

impl Calendar {
    /// The window that ends with a period; the period itself for [`Window::Period`].
    pub fn window(&self, period: &Period, window: Window) -> Period {
        let last = period.last_day();
        let start_on = match window {
            Window::Period => return period.clone(),
            Window::MonthToDate => last.first_of_month(),
            Window::QuarterToDate => self.containing(Grain::Quarter, last).start_on,
            Window::YearToDate => self.containing(Grain::Year, last).start_on,
            Window::Trailing12 => period.end_on.saturating_sub(1.year()),
        };
        let id = format!("{}/{}", period.id, window.name());
        Period { id, grain: period.grain, window, start_on, end_on: period.end_on }
    }

    /// What a window is set against: the same calendar dates a year before, both day counts being printed. Trailing twelve
    /// months are set against the twelve months directly before them.
    pub fn window_year_ago(&self, window: &Period) -> Period {
        let (start_on, end_on) = match window.window {
            Window::Period => return self.year_ago(window),
            Window::Trailing12 => (window.start_on.saturating_sub(1.year()), window.start_on),
            _ => (
                window.start_on.saturating_sub(1.year()),
                window.last_day().saturating_sub(1.year()).saturating_add(1.day()),
            ),
        };
        Period { id: format!("{}/1y", window.id), start_on, end_on, ..window.clone() }
    }

    /// The periods in which windows begin, and those before them: where they have data, a window's history is complete.
    pub fn probes<'a>(&self, windows: impl IntoIterator<Item = &'a Period>) -> Vec<Period> {
        let probe = |window: &Period| {
            let first = self.containing(window.grain, window.start_on);
            [self.previous(&first), first]
        };
        windows.into_iter().filter(|w| w.window != Window::Period).flat_map(probe).collect()
    }

    /// Every window of a period, each followed by its comparison a year before.
    pub fn windows(&self, period: &Period) -> Vec<Period> {
        let both = |window: &Window| {
            let window = self.window(period, *window);
            let before = self.window_year_ago(&window);
            [window, before]
        };
        Window::of(period.grain).iter().flat_map(both).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn fiscal(start: i8) -> Calendar {
        Calendar { zone: TimeZone::UTC, week_start: Weekday::Monday, fiscal_start: start }
    }

    fn days(period: &Period) -> (String, String) {
        (period.start_on.to_string(), period.last_day().to_string())
    }

    #[test]
    fn to_date_windows_end_with_their_week_and_follow_the_fiscal_year() {
        let calendar = fiscal(4);
        let week = calendar.parse("2026-W46").unwrap(); // 9 to 15 November
        let window = |w| days(&calendar.window(&week, w)).0;
        assert_eq!(window(Window::MonthToDate), "2026-11-01");
        assert_eq!(window(Window::QuarterToDate), "2026-10-01");
        assert_eq!(window(Window::YearToDate), "2026-04-01");
        assert_eq!(window(Window::Trailing12), "2025-11-16");
        assert_eq!(calendar.window(&week, Window::YearToDate).id, "2026-W46/ytd");
    }

    #[test]
    fn a_leap_day_is_compared_with_as_many_dates_as_there_were() {
        let calendar = fiscal(1);
        let month = |text: &str| calendar.window(&calendar.parse(text).unwrap(), Window::QuarterToDate);
        let before = |text: &str| days(&calendar.window_year_ago(&month(text)));
        assert_eq!(before("2028-02"), ("2027-01-01".into(), "2027-02-28".into()));
        assert_eq!(before("2029-02"), ("2028-01-01".into(), "2028-02-28".into()), "the same dates: not the 29th");
    }

    #[test]
    fn trailing_twelve_months_touch_those_before_them() {
        let calendar = fiscal(1);
        let trailing = calendar.window(&calendar.parse("2028-02").unwrap(), Window::Trailing12);
        assert_eq!(days(&trailing), ("2027-03-01".into(), "2028-02-29".into()));
        assert_eq!(days(&calendar.window_year_ago(&trailing)), ("2026-03-01".into(), "2027-02-28".into()));
    }

    proptest! {
        #[test]
        fn a_window_holds_its_periods_last_day_and_ends_with_it(day in -20_000i64..40_000, fiscal_start in 1i8..=12, grain in 0usize..4) {
            let calendar = fiscal(fiscal_start);
            let grain = [Grain::Week, Grain::Month, Grain::Quarter, Grain::Year][grain];
            let period = calendar.containing(grain, date(2000, 1, 1).saturating_add(day.days()));
            for window in Window::of(grain) {
                let window = calendar.window(&period, *window);
                let before = calendar.window_year_ago(&window);
                prop_assert!(window.start_on <= period.last_day());
                prop_assert_eq!(window.end_on, period.end_on);
                prop_assert!(before.end_on <= window.start_on || window.days() <= 366);
                prop_assert!(before.days().abs_diff(window.days()) <= 1);
            }
        }
    }
}
