//! Hundreds of random tickets, pulled in the middle of their life and again later: what had been decided stays decided, and
//! every clock is what counting its minutes gives.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::support::conversation::{Conversation, Minute, State, conversation};
use crate::support::minutes::{Clock, Decision, Hours, Promise, clocks};
use crate::support::store::{Books, Store, rows};

const TICKETS: i64 = 300;
/// Berlin's clocks go back on 25 October, New York's on 1 November.
const BEGIN: &str = "2026-10-05T00:00:00Z";
const HALFWAY: &str = "2026-11-02T06:00:00Z";
const END: &str = "2026-11-16T06:00:00Z";

const OFFICE: [(i64, i64, i64); 5] = [(1, 540, 1020), (2, 540, 1020), (3, 540, 1020), (4, 540, 1020), (5, 540, 900)];
const NEW_YORK: [(i64, i64, i64); 7] =
    [(1, 510, 720), (1, 780, 1080), (2, 510, 1080), (3, 510, 1080), (4, 510, 1080), (5, 510, 1080), (6, 600, 840)];
/// Sunday, Tuesday and Saturday evening until the next morning.
const NIGHTS: [(i64, i64, i64); 6] =
    [(0, 1320, 1440), (1, 0, 360), (2, 1320, 1440), (3, 0, 360), (6, 1320, 1440), (0, 0, 360)];
const HOLIDAYS: [Date; 2] = [date(2026, 10, 14), date(2026, 10, 26)];

const SETTINGS: &str = r#"
[support]
bots = ["9100"]
default_schedule = "7"
[support.schedules.nights]
timezone = "Europe/Berlin"
hours = { sunday = ["00:00-06:00", "22:00-24:00"], monday = ["00:00-06:00"], tuesday = ["22:00-24:00"], wednesday = ["00:00-06:00"], saturday = ["22:00-24:00"] }
holidays = ["2026-10-26"]
"#;

/// Own targets: clock, priority, minutes, whether of business time.
const TARGETS: [(&str, Option<&str>, i64, bool); 9] = [
    ("first_reply", None, 240, true),
    ("first_reply", Some("urgent"), 60, true),
    ("first_reply", Some("high"), 90, false),
    ("next_reply", Some("urgent"), 60, true),
    ("next_reply", Some("normal"), 480, true),
    ("resolution", None, 1440, true),
    ("resolution", Some("urgent"), 2880, false),
    ("requester_wait_time", None, 600, true),
    ("agent_work_time", Some("high"), 120, true),
];

fn minute(at: &str) -> Minute {
    at.parse::<jiff::Timestamp>().unwrap().as_second() / 60
}

fn settings() -> String {
    let mut text = SETTINGS.to_owned();
    // the rule for New York goes before the one for nights
    text += "[[support.schedule_rules]]\nschedule = \"8\"\ngroup = [\"20\"]\n";
    text += "[[support.schedule_rules]]\nschedule = \"nights\"\ntag = [\"night\"]\n";
    for (clock, priority, minutes, is_business) in TARGETS {
        text +=
            &format!("[[support.targets]]\nclock = \"{clock}\"\nminutes = {minutes}\nbusiness_hours = {is_business}\n");
        text += &priority.map(|priority| format!("priority = \"{priority}\"\n")).unwrap_or_default();
    }
    text
}

fn books(tickets: &[Conversation], until: &str) -> Books {
    let weekly = |hours: &[(i64, i64, i64)]| -> Vec<Value> {
        hours.iter().map(|(day, a, b)| json!({"start_time": day * 1440 + a, "end_time": day * 1440 + b})).collect()
    };
    let mut books = Books::default();
    books.people().settings(&settings());
    books.schedule_in(7, "Berlin", weekly(&OFFICE)).holiday_of(7, "2026-10-14");
    books.schedule_in(8, "Eastern Time (US & Canada)", weekly(&NEW_YORK)).holiday_of(8, "2026-10-26");
    for ticket in tickets {
        ticket.file(minute(until), &mut books);
    }
    books
}

/// The clocks of the warehouse.
fn found(store: &Store) -> Vec<Clock> {
    let sql = "select ticket_id, clock, instance, business_s / 60 as business, calendar_s / 60 as calendar, \
        epoch_us(decided_at) / 60000000 as decided, is_breached, target_s / 60 as target, priority, \
        breach_at is null or breach_at = decided_at as is_consistent from marts.ticket_clock";
    let text = store.ok(&["query", sql, "--format", "csv"]);
    let whole = |text: &str| -> i64 {
        let number: f64 = text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"));
        assert!(number.fract() == 0.0, "{text} is not a whole minute");
        number as i64
    };
    let names = ["first_reply", "next_reply", "resolution", "requester_wait_time", "agent_work_time"];
    let clock = |row: &std::collections::HashMap<String, String>| {
        assert_eq!(row["is_consistent"], "true", "{row:?}");
        Clock {
            ticket: row["ticket_id"].parse().unwrap(),
            kind: names.into_iter().find(|name| *name == row["clock"]).unwrap(),
            instance: row["instance"].parse().unwrap(),
            business: whole(&row["business"]),
            calendar: whole(&row["calendar"]),
            decision: (!row["decided"].is_empty()).then(|| Decision {
                at: whole(&row["decided"]),
                is_breached: row["is_breached"] == "true",
                target: whole(&row["target"]),
                priority: row["priority"].clone(),
            }),
        }
    };
    let mut clocks: Vec<Clock> = rows(&text).iter().map(clock).collect();
    clocks.sort();
    clocks
}

/// The clocks by counting.
fn counted(tickets: &[Conversation], now: &str) -> Vec<Clock> {
    let (from, to) = (minute(BEGIN), minute(END) + 1);
    let office = Hours::new("Europe/Berlin", &OFFICE, &HOLIDAYS[..1], from, to);
    let new_york = Hours::new("America/New_York", &NEW_YORK, &HOLIDAYS[1..], from, to);
    let nights = Hours::new("Europe/Berlin", &NIGHTS, &HOLIDAYS[1..], from, to);
    let schedule = |state: &State| match state {
        State { group: 20, .. } => &new_york,
        State { tags, .. } if tags.contains(&"night") => &nights,
        _ => &office,
    };
    let target = |clock: &str, priority: &str| {
        let own = |wanted: Option<&str>| {
            TARGETS
                .iter()
                .find(|(of, at, ..)| *of == clock && *at == wanted)
                .map(|(.., minutes, business)| (*minutes, *business))
        };
        own(Some(priority)).or_else(|| own(None))
    };
    let promise = Promise { schedule: &schedule, target: &target };
    let mut all: Vec<Clock> = tickets.iter().flat_map(|ticket| clocks(ticket, &promise, minute(now))).collect();
    all.sort();
    all
}

/// Met and decided by clock and week, of the weeks that ended before `until`.
fn by_week(clocks: &[Clock], until: Minute) -> BTreeMap<(String, String), (usize, usize)> {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let mut weeks: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    let last = zone.to_datetime(jiff::Timestamp::from_second(until * 60).unwrap()).date().iso_week_date();
    for clock in clocks.iter().filter(|clock| ["first_reply", "next_reply", "resolution"].contains(&clock.kind)) {
        let Some(decision) = &clock.decision else { continue };
        let week = zone.to_datetime(jiff::Timestamp::from_second(decision.at * 60).unwrap()).date().iso_week_date();
        if (week.year(), week.week()) < (last.year(), last.week()) {
            let name = (format!("{}_sla", clock.kind), format!("{}-W{:02}", week.year(), week.week()));
            let share = weeks.entry(name).or_default();
            share.0 += usize::from(!decision.is_breached);
            share.1 += 1;
        }
    }
    weeks
}

/// What `values` says of the same.
fn published(store: &Store, last: &str) -> BTreeMap<(String, String), (usize, usize)> {
    let metrics = ["first_reply_sla", "next_reply_sla", "resolution_sla"];
    let one = |metric: &str| {
        let text = store.ok(&["values", metric, "--from", "2026-W41", "--to", last, "--format", "csv"]);
        rows(&text).into_iter().filter(|row| !row["denominator"].is_empty())
    };
    let share = |row: std::collections::HashMap<String, String>| {
        let parts = (row["numerator"].parse().unwrap(), row["denominator"].parse().unwrap());
        ((row["metric"].clone(), row["period"].clone()), parts)
    };
    metrics.iter().flat_map(|metric| one(metric)).map(share).collect()
}

fn decided_before(clocks: &[Clock], at: Minute) -> Vec<(i64, &'static str, usize, Decision)> {
    let decided = clocks.iter().filter_map(|clock| Some((clock, clock.decision.clone()?)));
    decided
        .filter(|(_, decision)| decision.at < at)
        .map(|(clock, decision)| (clock.ticket, clock.kind, clock.instance, decision))
        .collect()
}

fn assert_same(found: &[Clock], counted: &[Clock], tickets: &[Conversation]) {
    let wrong = found.iter().zip(counted).find(|(found, counted)| found != counted);
    if let Some((found, counted)) = wrong {
        let ticket = tickets.iter().find(|ticket| ticket.id == found.ticket).unwrap();
        let steps: Vec<String> = ticket
            .steps
            .iter()
            .map(|(at, step)| format!("{} {step:?}", jiff::Timestamp::from_second(at * 60).unwrap()))
            .collect();
        panic!("measured {found:#?}\ncounted {counted:#?}\n{}", steps.join("\n"));
    }
    assert_eq!(found.len(), counted.len());
}

#[test]
fn what_is_decided_stays_decided_and_every_clock_is_what_its_minutes_say() {
    let tickets: Vec<Conversation> =
        (1..=TICKETS).map(|id| conversation(id, minute(BEGIN), minute(END) - 3 * 1440)).collect();
    let (mut store, api) = books(&tickets, HALFWAY).serve("clock-replay", HALFWAY);
    store.ok(&["pull"]);
    let (first, first_weeks) = (found(&store), published(&store, "2026-W44"));
    assert_same(&first, &counted(&tickets, HALFWAY), &tickets);

    api.replace(books(&tickets, END).into_lists());
    store.later(END);
    store.ok(&["pull"]);
    let (second, second_weeks) = (found(&store), published(&store, "2026-W46"));
    let truth = counted(&tickets, END);
    assert_same(&second, &truth, &tickets);

    let halfway = minute(HALFWAY);
    assert_eq!(decided_before(&first, halfway), decided_before(&second, halfway));
    assert!(decided_before(&first, halfway).len() > 400, "{}", decided_before(&first, halfway).len());
    let mut old = second_weeks.clone();
    old.retain(|(_, week), _| week.as_str() <= "2026-W44");
    assert_eq!(first_weeks, old, "a week that is over has moved");
    assert_eq!(second_weeks, by_week(&truth, minute(END)));

    let twice = "select grain, count(*), count(distinct (ticket_id, clock, instance)) from marts.ticket_clock \
        join period_day on period_day.local_date = decided_on join period on period.period_id = period_day.period_id \
        where window_name = 'period' and decided_at < '2026-11-01' and grain in ('week', 'month') group by all order by all";
    for line in store.lines(twice) {
        let cells: Vec<&str> = line.split(' ').collect();
        assert_eq!(cells[1], cells[2], "a clock is in one {} only", cells[0]);
    }
}
