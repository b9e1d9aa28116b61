use proptest::prelude::*;

use super::*;

fn schedule(cron: &str, zone: &str) -> ReportSchedule {
    ReportSchedule {
        report: "r".into(),
        cron: parse_cron(cron).unwrap(),
        zone: TimeZone::get(zone).unwrap(),
        catch_up: CATCH_UP,
        pull_before: Span::new(),
        draft_before: None,
        deadline: DEADLINE,
    }
}

/// What a ledger knows that recorded `last` as the report's last send.
fn facts(last: Option<Timestamp>) -> Facts {
    let last = last.map(|at| (("r".to_owned(), Phase::Send), at));
    Facts { last: last.into_iter().collect(), ..Facts::default() }
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
        ("61 0 * * *", "field 1, the minute, is \"61\"; write 0 to 59"),
        ("0 8 * * MOM", "field 5, the day of week, is \"MOM\""),
        ("0 25 * * *", "field 2, the hour"),
        ("0 8 * 13 *", "for example \"0 8 * * MON\""),
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
    assert!(due(std::slice::from_ref(&monday), &facts(None), start, start).is_empty());
    let later = due(&[monday], &facts(None), start, time("2026-11-23T07:00:00Z"));
    assert_eq!(later.len(), 1);
    assert_eq!((later[0].due_at, later[0].action), (time("2026-11-23T07:00:00Z"), Action::Run));
}

#[test]
fn the_latest_missed_one_is_sent_once_and_older_ones_are_told() {
    let daily = [schedule("0 8 * * *", "UTC")];
    let last = time("2026-11-16T08:00:00Z");
    let found = due(&daily, &facts(Some(last)), last, time("2026-11-19T20:00:00Z"));
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
    let found = due(&weekly, &facts(Some(last)), last, time("2026-11-24T20:00:01Z"));
    assert_eq!(found.iter().map(|o| o.action).collect::<Vec<_>>(), [Action::Miss], "36 hours are over");
}

#[test]
fn years_asleep_are_bounded() {
    let often = [schedule("* * * * *", "Europe/Berlin")];
    let last = time("2026-01-01T00:00:00Z");
    let found = due(&often, &facts(Some(last)), last, time("2026-03-01T00:00:00Z"));
    assert_eq!(found.len(), due::MISSED_LISTED);
    assert_eq!(found.last().unwrap().action, Action::Run);
}

/// A review on Tuesdays at 8:00 whose owners are asked on Monday, and whose data is pulled an hour before.
fn executive(zone: &str) -> ReportSchedule {
    let (pull_before, draft_before) = (Span::new().hours(1), Some(Span::new().days(1)));
    ReportSchedule { pull_before, draft_before, ..schedule("0 8 * * TUE", zone) }
}

fn found(schedule: &ReportSchedule, facts: &Facts, now: &str) -> Vec<(Phase, String)> {
    let found = due(std::slice::from_ref(schedule), facts, time("2026-01-01T00:00:00Z"), time(now));
    found.into_iter().filter(|o| o.action == Action::Run).map(|o| (o.phase, o.due_at.to_string())).collect()
}

#[test]
fn owners_are_asked_the_day_before_at_the_same_wall_clock_time() {
    // clocks go back on Sunday 25 October; a draft a day before Monday's review is made at 8:00, not at 7:00
    let weekly = ReportSchedule { cron: parse_cron("0 8 * * MON").unwrap(), ..executive("Europe/Berlin") };
    let promised = time("2026-10-26T07:00:00Z");
    assert_eq!(weekly.begins(Phase::Draft, promised), Some(time("2026-10-25T07:00:00Z")));
    let weekly = ReportSchedule { cron: parse_cron("0 8 * * SUN").unwrap(), ..executive("Europe/Berlin") };
    let promised = time("2026-10-25T07:00:00Z");
    assert_eq!(weekly.begins(Phase::Draft, promised), Some(time("2026-10-24T06:00:00Z")), "8:00 in summer time");
    assert_eq!(weekly.begins(Phase::Pull, promised), Some(time("2026-10-25T06:00:00Z")));
}

#[test]
fn phases_come_in_their_order_and_not_after_the_promised_moment() {
    let review = executive("Europe/Berlin");
    let promised = "2026-11-24T07:00:00Z";
    let mut facts = facts(Some(time("2026-11-17T07:00:00Z")));
    assert_eq!(found(&review, &facts, "2026-11-23T06:59:00Z"), []);
    assert_eq!(found(&review, &facts, "2026-11-23T07:00:00Z"), [(Phase::Draft, promised.into())]);
    facts.last.insert(("r".into(), Phase::Draft), time(promised));
    assert_eq!(found(&review, &facts, "2026-11-24T05:59:00Z"), []);
    assert_eq!(found(&review, &facts, "2026-11-24T06:00:00Z"), [(Phase::Pull, promised.into())]);
    // a service that slept until then sends, and neither asks nor pulls in advance
    facts.last.remove(&("r".into(), Phase::Draft));
    assert_eq!(found(&review, &facts, "2026-11-24T07:00:00Z"), [(Phase::Send, promised.into())]);
}

#[test]
fn what_was_sent_is_looked_at_daily_for_a_week() {
    let review = executive("UTC");
    let sent = time("2026-11-17T08:00:00Z");
    let mut known = facts(Some(sent));
    known.sent.insert("r".into(), sent);
    let look = |known: &Facts, now: &str| {
        let looks = found(&review, known, now).into_iter().filter(|(phase, _)| *phase == Phase::Correct);
        looks.map(|(_, at)| at).collect::<Vec<_>>()
    };
    assert_eq!(look(&known, "2026-11-18T07:59:00Z"), [""; 0]);
    assert_eq!(look(&known, "2026-11-18T08:00:00Z"), ["2026-11-18T08:00:00Z"]);
    // three days asleep: one look, not three
    assert_eq!(look(&known, "2026-11-20T09:00:00Z"), ["2026-11-20T08:00:00Z"]);
    known.last.insert(("r".into(), Phase::Correct), time("2026-11-20T08:00:00Z"));
    assert_eq!(look(&known, "2026-11-20T10:00:00Z"), [""; 0]);
    assert_eq!(look(&known, "2026-11-24T08:00:00Z"), ["2026-11-24T08:00:00Z"]);
    assert_eq!(look(&known, "2026-11-26T08:00:00Z"), [""; 0], "after a week nothing is corrected by mail");
}

/// A service's nights: it sleeps, its clock jumps; every promised moment is claimed once or recorded as missed.
#[derive(Debug, Clone)]
enum Event {
    /// Asleep or awake, this many minutes pass.
    Pass(i64),
    /// The clock is set this many minutes ahead or back.
    Set(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let pass = prop_oneof![1_i64..3, 1_i64..600, 600_i64..24_000].prop_map(Event::Pass);
    let set = (-3000_i64..3000).prop_map(Event::Set);
    prop::collection::vec(prop_oneof![8 => pass, 1 => set], 1..40)
}

fn lines() -> impl Strategy<Value = String> {
    let day = prop_oneof![
        Just("* * *"),
        Just("* * MON"),
        Just("29 2 *"),
        Just("31 * *"),
        Just("L * *"),
        Just("1 1 *"),
        Just("* * SUN,WED"),
        Just("28-31 12 *"),
    ];
    (0_i8..60, 0_i8..24, day).prop_map(|(minute, hour, day)| format!("{minute} {hour} {day}"))
}

/// Moments at which calendars are odd: clock changes, leap days, the turn of a year of 53 weeks.
const ODD: [&str; 9] = [
    "2026-03-27T00:00:00Z",
    "2026-10-23T00:00:00Z",
    "2028-02-27T00:00:00Z",
    "2027-02-27T00:00:00Z",
    "2026-12-27T00:00:00Z",
    "2020-12-30T00:00:00Z",
    "2026-03-06T00:00:00Z",
    "2026-10-30T00:00:00Z",
    "2011-12-28T00:00:00Z",
];

/// Every zone the database knows, in name order.
fn zones() -> Vec<String> {
    let mut zones: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    zones.sort_unstable();
    zones
}

#[test]
fn the_zone_database_is_there() {
    assert!(zones().len() > 400, "{}", zones().len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the sleep, up to 400 hours of it, and however the clock is set: no promised moment up to the present is neither run
    /// nor recorded as missed, and none is run twice.
    #[test]
    fn nothing_is_lost_and_nothing_doubled(
        zone in 0_usize..10_000,
        line in lines(),
        odd in 0..ODD.len(),
        events in events(),
    ) {
        let zones = zones();
        let review = schedule(&line, &zones[zone % zones.len()]);
        let start = time(ODD[odd]);
        let mut ledger: std::collections::BTreeMap<Timestamp, Action> = std::collections::BTreeMap::new();
        let mut now = start;
        for event in events {
            now += SignedDuration::from_mins(match event { Event::Pass(minutes) | Event::Set(minutes) => minutes });
            let last = ledger.range(..=now).next_back().map(|(at, _)| *at);
            let found = due(std::slice::from_ref(&review), &facts(Some(last.unwrap_or(start))), start, now);
            prop_assert!(found.iter().filter(|o| o.action == Action::Run).count() <= 1);
            for Occurrence { due_at, action, .. } in found {
                prop_assert!(due_at <= now);
                prop_assert!(action == Action::Miss || now.duration_since(due_at) <= CATCH_UP);
                // the ledger's key: what is recorded stays
                ledger.entry(due_at).or_insert(action);
            }
        }
        let (mut at, mut promised) = (start, Vec::new());
        while let Some(next) = review.next_after(at).filter(|next| *next <= now) {
            promised.push(next);
            at = next;
        }
        for moment in promised {
            prop_assert!(ledger.contains_key(&moment), "{moment} is neither run nor missed");
        }
    }

    /// Each transition of every zone from 2000 to 2037: a day's line fires once a day, at the wall-clock time or as soon as it
    /// exists, counted the slow way.
    #[test]
    fn every_transition_of_every_zone(zone in 0_usize..10_000, pick in 0_usize..200, minute in 0_i8..60, hour in 0_i8..24) {
        let zones = zones();
        let name = &zones[zone % zones.len()];
        let tz = TimeZone::get(name).unwrap();
        let years = time("2000-01-01T00:00:00Z");
        let changes: Vec<Timestamp> = tz
            .following(years)
            .map(|t| t.timestamp())
            .take_while(|t| *t < time("2037-12-31T00:00:00Z"))
            .collect();
        prop_assume!(!changes.is_empty());
        let change = changes[pick % changes.len()];
        let review = schedule(&format!("{minute} {hour} * * *"), name);
        let (start, end) = (change - SignedDuration::from_hours(60), change + SignedDuration::from_hours(60));
        let (mut at, mut fired) = (start, Vec::new());
        while let Some(next) = review.next_after(at).filter(|next| *next <= end) {
            fired.push(next);
            at = next;
        }
        prop_assert_eq!(fired, expected(&review, minute, &hour.to_string(), start, end), "{}", name);
    }
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
            let found = due(std::slice::from_ref(&schedule), &facts(last), start, now);
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
