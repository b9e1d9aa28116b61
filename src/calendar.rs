//! Periods and business hours: pure calendar arithmetic in the company's own zone.
//!
//! A period is half-open, `[start, end)`, and made of whole local days. Weeks start on the configured weekday and carry
//! the ISO number of their fourth day, so that Monday weeks are exactly ISO 8601 weeks (53-week years included).
//! Quarters and years follow the fiscal start month; a fiscal year is named by the calendar year in which it ends.

use anyhow::{Context, Result, bail, ensure};
use jiff::civil::{Date, ISOWeekDate, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use crate::config::{Company, Grain, WeekStart};

/// The company's calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub zone: TimeZone,
    pub week_start: Weekday,
    pub fiscal_start: i8,
}

/// One period: an id, a grain and its local days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// `2026-W46`, `2026-10`, `2026-Q3` or `2026`.
    pub id: String,
    pub grain: Grain,
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
        Period { id, grain, start_on, end_on }
    }
}

fn week(start_on: Date) -> Period {
    let iso = start_on.saturating_add(3.days()).iso_week_date();
    Period {
        id: format!("{}-W{:02}", iso.year(), iso.week()),
        grain: Grain::Week,
        start_on,
        end_on: start_on.saturating_add(7.days()),
    }
}

fn month(year: i16, number: i8, months: i64, grain: Grain) -> Period {
    let start_on = date(year, number, 1);
    Period { id: format!("{year}-{number:02}"), grain, start_on, end_on: start_on.saturating_add(months.months()) }
}

/// Weekly local opening hours of one schedule.
#[derive(Debug, Clone)]
pub struct OpeningHours {
    pub schedule: String,
    pub zone: TimeZone,
    /// `(from, to)` in minutes since Sunday 00:00 local time, `to` at most 7 × 1440.
    pub weekly: Vec<(u32, u32)>,
    /// Local days without service, inclusive on both ends.
    pub holidays: Vec<(Date, Date)>,
}

impl OpeningHours {
    /// The open stretches that start on a local day from `from` up to and including `to`, as instants. Clock changes follow
    /// the zone's rules: an hour that does not exist is not open, an hour that comes twice counts twice.
    pub fn expand(&self, from: Date, to: Date) -> Vec<(Timestamp, Timestamp)> {
        let mut open = Vec::new();
        let mut day = from;
        while day <= to {
            if !self.holidays.iter().any(|(first, last)| (*first..=*last).contains(&day)) {
                let base = u32::from(day.weekday().to_sunday_zero_offset().unsigned_abs()) * 1440;
                for (start, end) in self.weekly.iter().filter_map(|(s, e)| clip(*s, *e, base)) {
                    if let (Some(start), Some(end)) = (self.instant(day, start), self.instant(day, end))
                        && start < end
                    {
                        open.push((start, end));
                    }
                }
            }
            day = day.saturating_add(1.day());
        }
        open.sort_unstable();
        open
    }

    fn instant(&self, day: Date, minute: u32) -> Option<Timestamp> {
        let midnight = day.at(0, 0, 0, 0);
        let local = midnight.checked_add(i64::from(minute).minutes()).ok()?;
        local.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

/// The part of a weekly stretch that lies on the day starting at minute `base` of the week, in minutes of that day.
fn clip(start: u32, end: u32, base: u32) -> Option<(u32, u32)> {
    let (from, to) = (start.max(base), end.min(base + 1440));
    (from < to).then(|| (from - base, to - base))
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

    #[test]
    fn business_hours_follow_the_clock_changes() {
        let hours = OpeningHours {
            schedule: "night".into(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            weekly: vec![(0, 300)], // Sunday 00:00 to 05:00
            holidays: vec![],
        };
        let length = |day| {
            let open = hours.expand(day, day);
            open.iter().map(|(a, b)| b.as_second() - a.as_second()).sum::<i64>() / 3600
        };
        assert_eq!(length(date(2026, 3, 22)), 5);
        assert_eq!(length(date(2026, 3, 29)), 4, "02:00 to 03:00 does not exist");
        assert_eq!(length(date(2026, 10, 25)), 6, "02:00 to 03:00 comes twice");
    }

    #[test]
    fn a_holiday_is_closed_all_local_day() {
        let hours = OpeningHours {
            schedule: "office".into(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            weekly: (1..=5).map(|d| (d * 1440 + 540, d * 1440 + 1020)).collect(),
            holidays: vec![(date(2026, 5, 14), date(2026, 5, 14))],
        };
        assert_eq!(hours.expand(date(2026, 5, 11), date(2026, 5, 17)).len(), 4);
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
