//! Business hours: weekly opening hours of a schedule, expanded per date by the zone's rules.

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::config::Schedule;

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
    /// The opening hours of a configured schedule.
    pub fn of(name: &str, schedule: &Schedule) -> Result<OpeningHours> {
        let zone = TimeZone::get(&schedule.timezone)
            .with_context(|| format!("{:?} is not an IANA time zone", schedule.timezone))?;
        let holidays = schedule.closed_on()?.into_iter().map(|day| (day, day)).collect();
        Ok(OpeningHours { schedule: name.to_owned(), zone, weekly: schedule.weekly_minutes()?, holidays })
    }

    /// How long it was open between two instants.
    pub fn open_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let day = |at: Timestamp| at.to_zoned(self.zone.clone()).date();
        let open = self.expand(day(from), day(to)).into_iter();
        open.map(|(start, end)| end.min(to).duration_since(start.max(from))).filter(SignedDuration::is_positive).sum()
    }

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
        // what is open twice is open once
        let mut apart: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(open.len());
        for (start, end) in open {
            match apart.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ => apart.push((start, end)),
            }
        }
        apart
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
    use jiff::civil::date;

    use super::*;

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
    fn a_weekend_lies_between_friday_afternoon_and_monday_morning() {
        let hours = OpeningHours {
            schedule: "office".into(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            weekly: (1..=5).map(|d| (d * 1440 + 540, d * 1440 + 1020)).collect(),
            holidays: vec![(date(2026, 11, 16), date(2026, 11, 16))],
        };
        let minutes = |from: &str, to: &str| hours.open_between(from.parse().unwrap(), to.parse().unwrap()).as_mins();
        // Friday 13 Nov 15:30 to Tuesday 17 Nov 9:45, the Monday being a holiday
        assert_eq!(minutes("2026-11-13T14:30:00Z", "2026-11-17T08:45:00Z"), 90 + 45);
        assert_eq!(minutes("2026-11-13T10:00:00Z", "2026-11-13T10:10:00Z"), 10, "within one stretch");
        assert_eq!(minutes("2026-11-14T10:00:00Z", "2026-11-15T10:00:00Z"), 0);
        assert_eq!(minutes("2026-11-13T14:30:00Z", "2026-11-12T08:45:00Z"), 0, "the wrong way round");
    }

    #[test]
    fn hours_that_overlap_count_once() {
        let hours = OpeningHours {
            schedule: "desk".into(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            weekly: vec![
                (1440 + 540, 1440 + 720),
                (1440 + 660, 1440 + 780),
                (1440 + 1200, 2 * 1440),
                (2 * 1440, 2 * 1440 + 60),
            ],
            holidays: vec![],
        };
        let open = hours.expand(date(2026, 5, 11), date(2026, 5, 12));
        let minutes: Vec<i64> = open.iter().map(|(a, b)| (b.as_second() - a.as_second()) / 60).collect();
        assert_eq!(minutes, [240, 300], "9:00 to 13:00, and 20:00 to 1:00 of the next day");
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
}
