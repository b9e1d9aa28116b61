//! Periods, windows ([`window`]) and business hours ([`hours`]): pure calendar arithmetic in the company's own zone.
//!
//! A period is half-open, `[start, end)`, and made of whole local days. Weeks start on the configured weekday and carry
//! the ISO number of their fourth day, so that Monday weeks are exactly ISO 8601 weeks (53-week years included).
//! Quarters and years follow the fiscal start month; a fiscal year is named by the calendar year in which it ends.

mod hours;
mod window;

use anyhow::{Context, Result, bail, ensure};
use jiff::civil::{Date, ISOWeekDate, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use crate::config::{Company, Grain, WeekStart};

pub use hours::OpeningHours;
pub use window::Window;

/// The company's calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub zone: TimeZone,
    pub week_start: Weekday,
    pub fiscal_start: i8,
}

/// One period, or a window that ends with it: an id, a grain and its local days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// `2026-W46`, `2026-10`, `2026-Q3` or `2026`; a window of it is `2026-W46/ytd`, the one a year before `2026-W46/ytd/1y`.
    pub id: String,
    /// Of the period itself, or of the one that the window belongs to.
    pub grain: Grain,
    pub window: Window,
    /// First local day.
    pub start_on: Date,
    /// First local day after it.
    pub end_on: Date,
}

impl Period {
    /// Whole days covered.
    pub fn days(&self) -> u32 {
        self.start_on.until(self.end_on).map_or(0, |span| span.get_days().unsigned_abs())
    }

    /// Last local day.
    pub fn last_day(&self) -> Date {
        self.end_on.saturating_sub(1.day())
    }
}

impl PartialOrd for Grain {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Grain {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self as u8).cmp(&(*other as u8))
    }
}

impl Grain {
    /// As written in periods, queries and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
        }
    }
}

impl Calendar {
    /// The calendar of a configured company.
    pub fn new(company: &Company) -> Result<Calendar> {
        let zone = TimeZone::get(&company.timezone)
            .with_context(|| format!("{:?} is not an IANA time zone", company.timezone))?;
        let week_start = match company.week_start {
            WeekStart::Monday => Weekday::Monday,
            WeekStart::Tuesday => Weekday::Tuesday,
            WeekStart::Wednesday => Weekday::Wednesday,
            WeekStart::Thursday => Weekday::Thursday,
            WeekStart::Friday => Weekday::Friday,
            WeekStart::Saturday => Weekday::Saturday,
            WeekStart::Sunday => Weekday::Sunday,
        };
        Ok(Calendar { zone, week_start, fiscal_start: company.fiscal_year_start_month })
    }

    /// The local day of an instant.
    pub fn local_date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The first instant of a local day. Where midnight does not exist, the first instant after the gap.
    pub fn start_of(&self, day: Date) -> Result<Timestamp> {
        let zoned = day.to_zoned(self.zone.clone()).with_context(|| format!("{day} is outside the calendar"))?;
        Ok(zoned.start_of_day()?.timestamp())
    }

    /// The period of that grain in which a local day lies.
    pub fn containing(&self, grain: Grain, day: Date) -> Period {
        match grain {
            Grain::Week => {
                let back = day.weekday().since(self.week_start);
                week(day.saturating_sub(i64::from(back).days()))
            }
            Grain::Month => month(day.year(), day.month(), 1, grain),
            Grain::Quarter => {
                let offset = (day.month() - self.fiscal_start).rem_euclid(12) % 3;
                let first = day.first_of_month().saturating_sub(i64::from(offset).months());
                self.fiscal(first, 3, Grain::Quarter)
            }
            Grain::Year => {
                let offset = (day.month() - self.fiscal_start).rem_euclid(12);
                let first = day.first_of_month().saturating_sub(i64::from(offset).months());
                self.fiscal(first, 12, Grain::Year)
            }
        }
    }

    /// The period directly before.
    pub fn previous(&self, period: &Period) -> Period {
        self.containing(period.grain, period.start_on.saturating_sub(1.day()))
    }

    /// The period directly after.
    pub fn next(&self, period: &Period) -> Period {
        self.containing(period.grain, period.end_on)
    }

    /// A week: 364 days before (same weekdays); other grains: the same calendar dates a year before.
    pub fn year_ago(&self, period: &Period) -> Period {
        let back: Span = if period.grain == Grain::Week { 364.days() } else { 1.year() };
        self.containing(period.grain, period.start_on.saturating_sub(back))
    }

    /// The latest period that is over at `now`.
    pub fn last_complete(&self, grain: Grain, now: Timestamp) -> Period {
        self.previous(&self.containing(grain, self.local_date(now)))
    }

    /// All periods of a grain from the one containing `from` to the one containing `to`.
    pub fn series(&self, grain: Grain, from: Date, to: Date) -> Vec<Period> {
        let mut periods = vec![self.containing(grain, from)];
        while let Some(last) = periods.last()
            && last.end_on <= to
        {
            let next = self.next(last);
            periods.push(next);
        }
        periods
    }

    /// Reads `2026-W46`, `2026-10`, `2026-Q3` or `2026`.
    pub fn parse(&self, text: &str) -> Result<Period> {
        let bad = || format!("{text:?} is not a period; write 2026-W46, 2026-10, 2026-Q3 or 2026");
        let (year, rest) = text.split_once('-').unwrap_or((text, ""));
        ensure!(year.len() == 4, bad());
        let year: i16 = year.parse().with_context(bad)?;
        if rest.is_empty() {
            let first = date(year, 1, 1).first_of_month();
            let back = if self.fiscal_start == 1 { 0 } else { 13 - i64::from(self.fiscal_start) };
            return Ok(self.fiscal(first.saturating_sub(back.months()), 12, Grain::Year));
        }
        if let Some(number) = rest.strip_prefix(['W', 'w']) {
            let number: i8 = number.parse().with_context(bad)?;
            let monday = ISOWeekDate::new(year, number, Weekday::Monday)
                .with_context(|| format!("{text}: {year} has no ISO week {number}"))?;
            let earliest = monday.date().saturating_sub(3.days());
            let ahead = self.week_start.since(earliest.weekday());
            return Ok(week(earliest.saturating_add(i64::from(ahead).days())));
        }
        if let Some(quarter) = rest.strip_prefix(['Q', 'q']) {
            let number: i64 = quarter.parse().with_context(bad)?;
            ensure!((1..=4).contains(&number), bad());
            let start = self.parse(&year.to_string())?.start_on;
            return Ok(self.fiscal(start.saturating_add(((number - 1) * 3).months()), 3, Grain::Quarter));
        }
        let number: i8 = rest.parse().with_context(bad)?;
        if !(1..=12).contains(&number) || rest.len() != 2 {
            bail!(bad());
        }
        Ok(month(year, number, 1, Grain::Month))
    }

    fn fiscal(&self, start_on: Date, months: i64, grain: Grain) -> Period {
        let end_on = start_on.saturating_add(months.months());
        let offset = i64::from((start_on.month() - self.fiscal_start).rem_euclid(12));
        let year_end = start_on.saturating_sub(offset.months()).saturating_add(12.months()).saturating_sub(1.day());
        let id = match grain {
            Grain::Quarter => format!("{}-Q{}", year_end.year(), offset / 3 + 1),
            _ => format!("{}", year_end.year()),
        };
        Period { id, grain, window: Window::Period, start_on, end_on }
    }
}

fn week(start_on: Date) -> Period {
    let iso = start_on.saturating_add(3.days()).iso_week_date();
    Period {
        id: format!("{}-W{:02}", iso.year(), iso.week()),
        grain: Grain::Week,
        window: Window::Period,
        start_on,
        end_on: start_on.saturating_add(7.days()),
    }
}

fn month(year: i16, number: i8, months: i64, grain: Grain) -> Period {
    let start_on = date(year, number, 1);
    let end_on = start_on.saturating_add(months.months());
    Period { id: format!("{year}-{number:02}"), grain, window: Window::Period, start_on, end_on }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn calendar(zone: &str, week_start: Weekday, fiscal_start: i8) -> Calendar {
        Calendar { zone: TimeZone::get(zone).unwrap(), week_start, fiscal_start }
    }

    fn berlin() -> Calendar {
        calendar("Europe/Berlin", Weekday::Monday, 1)
    }

    #[test]
    fn a_53_week_year_has_its_53rd_week() {
        let week = berlin().parse("2026-W53").unwrap();
        assert_eq!((week.start_on, week.last_day()), (date(2026, 12, 28), date(2027, 1, 3)));
        assert_eq!(berlin().next(&week).id, "2027-W01");
        assert!(berlin().parse("2025-W53").is_err());
        assert_eq!(berlin().year_ago(&week).id, "2026-W01", "364 days before, not the same number");
    }

    #[test]
    fn fiscal_years_are_named_by_the_year_they_end_in() {
        let april = calendar("UTC", Weekday::Monday, 4);
        let year = april.parse("2026").unwrap();
        assert_eq!((year.start_on, year.end_on), (date(2025, 4, 1), date(2026, 4, 1)));
        assert_eq!(april.parse("2026-Q1").unwrap().start_on, date(2025, 4, 1));
        assert_eq!(april.containing(Grain::Quarter, date(2026, 3, 31)).id, "2026-Q4");
    }

    proptest! {
        #[test]
        fn every_period_reads_back_and_neighbours_touch(
            days in -20_000i64..40_000, start in 0i8..7, fiscal in 1i8..=12, grain in 0usize..4,
        ) {
            let calendar = calendar("America/New_York", Weekday::from_monday_zero_offset(start).unwrap(), fiscal);
            let grain = [Grain::Week, Grain::Month, Grain::Quarter, Grain::Year][grain];
            let day = date(2000, 1, 1).saturating_add(days.days());
            let period = calendar.containing(grain, day);
            prop_assert!(period.start_on <= day && day < period.end_on);
            prop_assert_eq!(&calendar.parse(&period.id).unwrap(), &period);
            prop_assert_eq!(calendar.next(&period).start_on, period.end_on);
            prop_assert_eq!(calendar.previous(&period).end_on, period.start_on);
            if grain == Grain::Week {
                prop_assert_eq!(period.start_on.weekday(), calendar.week_start);
            }
        }
    }
}
