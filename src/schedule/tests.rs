use proptest::prelude::*;

use super::*;

fn schedule(cron: &str, zone: &str) -> ReportSchedule {
    ReportSchedule {
        report: "r".into(),
        cron: parse_cron(cron).unwrap(),
        zone: TimeZone::get(zone).unwrap(),
        catch_up: CATCH_UP,
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn check_next(cron: &str, zone: &str, after: &str, expected: &[&str]) {
    let schedule = schedule(cron, zone);
    let mut at = time(after);
    for expected in expected {
        at = schedule.next_after(at).unwrap();
        assert_eq!(at, time(expected), "{cron} in {zone} after {after}");
    }
}

#[test]
fn refuses_what_cannot_be_meant() {
    for (line, part) in [
        ("0 8 * *", "4 fields"),
        ("0 0 8 * * MON", "6 fields"),
        ("0 8 1 * MON", "set one"),
        ("0 0 31 2 *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        ("61 0 * * *", "61 0"),
    ] {
        let error = parse_cron(line).unwrap_err().to_string();
        assert!(error.contains(part), "{line}: {error}");
    }
    parse_cron("0 0 29 2 *").unwrap();
}

#[test]
fn skipped_hour_fires_at_the_first_valid_instant() {
    let next = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    check_next("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", &next);
    // Lord Howe moves by half an hour: 02:00 to 02:30.
    check_next("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", &["2026-10-03T15:30:00Z"]);
    // Samoa had no 30 December 2011: the day's review goes out as the 31st begins, together with the 31st's at 00:00.
    let next = ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"];
    check_next("0 0 * * *", "Pacific/Apia", "2011-12-28T11:00:00Z", &next);
}

#[test]
fn repeated_hour_fires_once() {
    let next = ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    check_next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", &next);
    // From within the second pass nothing of the repeated hour is left.
    check_next("30 2 * * *", "Europe/Berlin", "2026-10-25T01:05:00Z", &["2026-10-26T01:30:00Z"]);
}

#[test]
fn a_new_report_owes_nothing_of_the_past() {
    let monday = schedule("0 8 * * MON", "Europe/Berlin");
    let start = time("2026-11-17T09:00:00Z");
    assert!(due(std::slice::from_ref(&monday), &|_| None, start, start).is_empty());
    let later = due(&[monday], &|_| None, start, time("2026-11-23T07:00:00Z"));
    assert_eq!(later.len(), 1);
    assert_eq!((later[0].due_at, later[0].action), (time("2026-11-23T07:00:00Z"), Action::Run));
}

#[test]
fn the_latest_missed_one_is_sent_once_and_older_ones_are_told() {
    let daily = [schedule("0 8 * * *", "UTC")];
    let last = time("2026-11-16T08:00:00Z");
    let found = due(&daily, &|_| Some(last), last, time("2026-11-19T20:00:00Z"));
    let told: Vec<_> = found.iter().map(|o| (o.due_at.to_string(), o.action)).collect();
    assert_eq!(
        told,
        [
            ("2026-11-17T08:00:00Z".into(), Action::Miss),
            ("2026-11-18T08:00:00Z".into(), Action::Miss),
            ("2026-11-19T08:00:00Z".into(), Action::Run),
        ]
    );
    let weekly = [schedule("0 8 * * MON", "UTC")];
    let found = due(&weekly, &|_| Some(last), last, time("2026-11-24T20:00:01Z"));
    assert_eq!(found.iter().map(|o| o.action).collect::<Vec<_>>(), [Action::Miss], "36 hours are over");
}

#[test]
fn years_asleep_are_bounded() {
    let often = [schedule("*/5 * * * *", "Europe/Berlin")];
    let last = time("2026-01-01T00:00:00Z");
    let found = due(&often, &|_| Some(last), last, time("2026-03-01T00:00:00Z"));
    assert_eq!(found.len(), MISSED_LISTED);
    assert_eq!(found.last().unwrap().action, Action::Run);
}

/// Around a clock change of each zone, chosen for odd ones: half hours, a whole day, negative DST, midnight changes.
const TRANSITIONS: [(&str, &str); 12] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("Africa/Cairo", "2026-10-29T21:00:00Z"),
    ("Europe/Dublin", "2026-10-25T01:00:00Z"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    ("America/St_Johns", "2026-03-08T05:30:00Z"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Stepping the clock by any minutes, every wall-clock time of the cron line fires exactly once.
    #[test]
    fn each_occurrence_fires_exactly_once(
        which in 0..TRANSITIONS.len(),
        minute in 0_i8..60,
        hour in prop_oneof![Just("*".to_owned()), (0..24).prop_map(|h: i32| h.to_string()), Just("*/2".to_owned())],
        steps in prop::collection::vec(1_i64..600, 1..40),
    ) {
        let (zone, change) = TRANSITIONS[which];
        let schedule = schedule(&format!("{minute} {hour} * * *"), zone);
        let start = time(change) - SignedDuration::from_hours(48);
        let mut now = start;
        let mut last: Option<Timestamp> = None;
        let mut seen: Vec<Timestamp> = Vec::new();
        for step in steps {
            now += SignedDuration::from_mins(step);
            let found = due(std::slice::from_ref(&schedule), &|_| last, start, now);
            prop_assert!(found.iter().rev().skip(1).all(|o| o.action == Action::Miss));
            prop_assert!(found.iter().all(|o| o.due_at <= now));
            last = found.last().map(|o| o.due_at).or(last);
            seen.extend(found.iter().map(|o| o.due_at));
        }
        prop_assert!(seen.is_sorted_by(|a, b| a < b), "an instant fired twice: {seen:?}");
        prop_assert_eq!(seen, expected(&schedule, minute, &hour, start, now));
    }
}

/// The same, counted the slow way: every wall-clock minute of the days around, kept if the line names it.
fn expected(schedule: &ReportSchedule, minute: i8, hour: &str, start: Timestamp, now: Timestamp) -> Vec<Timestamp> {
    let named = |wall: DateTime| {
        wall.minute() == minute
            && match hour {
                "*" => true,
                "*/2" => wall.hour() % 2 == 0,
                exact => exact == wall.hour().to_string(),
            }
    };
    let day = SignedDuration::from_hours(48);
    let last = (now + day).to_zoned(schedule.zone.clone()).datetime();
    let mut wall = (start - day).to_zoned(schedule.zone.clone()).datetime().with().second(0).build().unwrap();
    let mut instants = Vec::new();
    while wall <= last {
        if named(wall) {
            instants.push(brute_instant(&schedule.zone, wall));
        }
        wall += SignedDuration::from_mins(1);
    }
    instants.dedup();
    instants.retain(|i| *i > start && *i <= now);
    instants
}

/// The first instant whose wall clock reads `wall` or, where none does, the first that reads later.
fn brute_instant(zone: &TimeZone, wall: DateTime) -> Timestamp {
    let guess = Offset::UTC.to_timestamp(wall).unwrap();
    let mut at = guess - SignedDuration::from_hours(26);
    loop {
        if at.to_zoned(zone.clone()).datetime() >= wall {
            return at;
        }
        at += SignedDuration::from_mins(1);
    }
}
