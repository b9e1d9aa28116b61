//! Support clocks when what they depend on changes on the way, each worked out by hand. All times are Berlin's.
//!
//! The office in Berlin is open Monday to Friday, 9 to 17; tickets of group 20 follow New York's hours, 9 to 17 there, and
//! those with the tag `vip` are served around the clock. Targets in business minutes: first reply 240 (urgent: 60), next reply
//! 240, requester wait 120, agent work 60, resolution 300.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::store::{Books, Store};
use crate::support::zendesk::{AGENT, CUSTOMER, Ticket, ticket};

const NOW: &str = "2026-11-09T06:00:00Z";

const SETTINGS: &str = r#"
[support]
default_schedule = "7"
[support.schedules.always]
timezone = "Europe/Berlin"
[support.schedules.always.hours]
monday = ["00:00-24:00"]
tuesday = ["00:00-24:00"]
wednesday = ["00:00-24:00"]
thursday = ["00:00-24:00"]
friday = ["00:00-24:00"]
saturday = ["00:00-24:00"]
sunday = ["00:00-24:00"]
[[support.schedule_rules]]
schedule = "8"
group = ["20", "21"]
[[support.schedule_rules]]
schedule = "always"
tag = ["vip"]
[[support.targets]]
clock = "first_reply"
minutes = 240
[[support.targets]]
clock = "first_reply"
priority = "urgent"
minutes = 60
[[support.targets]]
clock = "next_reply"
minutes = 240
[[support.targets]]
clock = "requester_wait_time"
minutes = 120
[[support.targets]]
clock = "agent_work_time"
minutes = 60
[[support.targets]]
clock = "resolution"
minutes = 300
[teams.support]
name = "Support"
[reports.support]
title = "Support review"
team = "support"
to = ["support@acme.example"]
metrics = ["sla/*"]
"#;

const CLOCKS: &str = "select ticket_id || ' ' || clock as name, business_s // 60, calendar_s // 60, \
    case when decided_at is null then 'open' when is_breached then 'breached' else 'met' end, \
    coalesce(strftime(decided_at, '%Y-%m-%dT%H:%MZ'), '') from marts.ticket_clock order by cast(ticket_id as int), clock, instance";

fn clock(ticket: i64, clock: &str) -> Vec<String> {
    static LINES: OnceLock<Vec<String>> = OnceLock::new();
    let start = format!("{ticket} {clock} ");
    let lines = LINES.get_or_init(|| company().lines(CLOCKS)).iter();
    lines.filter_map(|line| line.strip_prefix(&start).map(|rest| rest.trim_end().to_owned())).collect()
}

fn company() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        let week: Vec<Value> =
            (1..=5).map(|day| json!({"start_time": day * 1440 + 540, "end_time": day * 1440 + 1020})).collect();
        books.people().settings(SETTINGS);
        books.schedule_in(7, "Berlin", week.clone()).holiday_of(7, "2026-05-14");
        books.schedule_in(8, "Eastern Time (US & Canada)", week).holiday_of(8, "2026-05-25");
        two_offices(&mut books);
        moved(&mut books);
        priorities(&mut books);
        applied(&mut books);
        states(&mut books);
        books.pull("clock-changes", NOW)
    })
}

fn new_york(id: i64, local: &str) -> Ticket {
    ticket(id, local).with("group_id", json!(20))
}

fn two_offices(books: &mut Books) {
    // New York puts its clocks on over the first weekend, Berlin over the second
    new_york(1, "2026-03-06 21:00").says("2026-03-09 15:00", AGENT).file(books);
    ticket(2, "2026-03-06 21:00").says("2026-03-09 15:00", AGENT).file(books);
    new_york(3, "2026-03-27 22:00").says("2026-03-30 16:00", AGENT).file(books);
    // Ascension Day, and Memorial Day
    new_york(4, "2026-05-13 16:30").says("2026-05-15 09:45", AGENT).file(books);
    ticket(5, "2026-05-13 16:30").says("2026-05-15 09:45", AGENT).file(books);
    new_york(6, "2026-05-22 22:00").says("2026-05-26 16:00", AGENT).file(books);
}

fn moved(books: &mut Books) {
    ticket(10, "2026-06-02 15:00")
        .with("group_id", json!(10))
        .changes("2026-06-02 16:00", "group_id", json!(20))
        .says("2026-06-02 22:00", AGENT)
        .becomes("2026-06-02 22:00", "solved")
        .file(books);
    // the group is known, but not since when
    ticket(11, "2026-06-02 15:00").set("group_id", json!(20)).says("2026-06-02 22:00", AGENT).file(books);
    // on a Saturday
    let vip = |id| ticket(id, "2026-06-13 10:00").with("tags", json!(["vip", "paid"]));
    vip(12).says("2026-06-13 12:00", AGENT).file(books);
    vip(13).with("group_id", json!(21)).says("2026-06-13 12:00", AGENT).file(books);
    ticket(14, "2026-06-13 10:00")
        .with("tags", json!(["paid"]))
        .changes("2026-06-13 11:00", "tags", json!(["paid", "vip"]))
        .says("2026-06-13 12:00", AGENT)
        .becomes("2026-06-13 12:00", "solved")
        .file(books);
}

fn priorities(books: &mut Books) {
    let urgent = || json!("urgent");
    let raised = |id, at: &str| ticket(id, "2026-06-08 09:00").changes(at, "priority", urgent());
    raised(20, "2026-06-08 09:30").says("2026-06-08 10:30", AGENT).file(books);
    raised(21, "2026-06-08 10:30").says("2026-06-08 11:00", AGENT).file(books);
    let lowered = |id, at: &str| {
        ticket(id, "2026-06-08 09:00").with("priority", urgent()).changes(at, "priority", json!("normal"))
    };
    lowered(22, "2026-06-08 09:45").says("2026-06-08 12:00", AGENT).file(books);
    lowered(23, "2026-06-08 10:30").says("2026-06-08 12:00", AGENT).file(books);
    ticket(24, "2026-06-08 09:00")
        .says("2026-06-08 10:30", AGENT)
        .changes("2026-06-08 11:00", "priority", urgent())
        .file(books);
    // raised on Saturday, when two hours of Friday were gone
    ticket(25, "2026-06-05 15:00")
        .changes("2026-06-06 12:00", "priority", urgent())
        .says("2026-06-08 09:30", AGENT)
        .file(books);
}

fn applied(books: &mut Books) {
    ticket(30, "2026-06-09 09:00").says("2026-06-09 10:30", AGENT).file(books);
    books.applies(30, "reply_time", 1, "2026-06-09 09:00", 240).applies(30, "reply_time", 1, "2026-06-09 09:30", 60);
    ticket(31, "2026-06-09 09:00").says("2026-06-09 09:45", AGENT).file(books);
    books.applies(31, "reply_time", 1, "2026-06-09 09:00", 30).applies(31, "reply_time", 1, "2026-06-09 10:00", 480);
    ticket(32, "2026-06-09 09:00")
        .says("2026-06-09 10:00", AGENT)
        .says("2026-06-09 11:00", CUSTOMER)
        .says("2026-06-09 12:00", AGENT)
        .says("2026-06-09 13:00", CUSTOMER)
        .says("2026-06-09 14:00", AGENT)
        .file(books);
    books.applies(32, "reply_time", 2, "2026-06-09 11:00", 30).applies(32, "reply_time", 3, "2026-06-09 13:00", 120);
    // the helpdesk saw no answer, and announces a breach of what is answered
    books.add(
        "ticket_metric_events",
        json!({
            "id": 97, "ticket_id": 30, "metric": "reply_time", "instance_id": 1, "type": "breach",
            "time": "2026-06-09T08:00:00Z",
        }),
    );
    books.add(
        "ticket_metric_events",
        json!({
            "id": 98, "ticket_id": 22, "metric": "reply_time", "instance_id": 1, "type": "breach",
            "time": "2026-12-09T08:00:00Z",
        }),
    );
    // the helpdesk saw the first answer ten minutes late
    books.add(
        "ticket_metric_events",
        json!({
            "id": 99, "ticket_id": 32, "metric": "reply_time", "instance_id": 1, "type": "fulfill",
            "time": "2026-06-09T08:10:00Z",
        }),
    );
}

fn states(books: &mut Books) {
    ticket(40, "2026-06-09 09:00")
        .becomes("2026-06-09 09:30", "open")
        .becomes("2026-06-09 10:00", "pending")
        .becomes("2026-06-09 14:00", "open")
        .becomes("2026-06-09 15:00", "hold")
        .becomes("2026-06-09 16:00", "solved")
        .file(books);
    ticket(41, "2026-06-09 09:00").becomes("2026-06-09 10:00", "solved").file(books);
    ticket(42, "2026-06-09 16:30")
        .becomes("2026-06-09 17:30", "pending")
        .becomes("2026-06-10 08:00", "open")
        .becomes("2026-06-10 09:45", "solved")
        .file(books);
    // merged into another
    ticket(43, "2026-06-09 09:00").becomes("2026-06-09 10:00", "closed").file(books);
}

#[test]
fn two_offices_keep_their_own_hours_over_each_others_clock_changes() {
    // Friday 15 to 17 and Monday 9 to 10 in New York, where it was 20:00Z and is 14:00Z
    assert_eq!(clock(1, "first_reply"), ["180 3960 met 2026-03-09T14:00Z"]);
    // Monday 9 to 15 in Berlin; the four hours were over at 13
    assert_eq!(clock(2, "first_reply"), ["360 3960 breached 2026-03-09T12:00Z"]);
    // after hours on Friday in both; Monday 9 to 10 in New York; an hour of the weekend is missing
    assert_eq!(clock(3, "first_reply"), ["60 3900 met 2026-03-30T14:00Z"]);
}

#[test]
fn a_holiday_closes_one_office_only() {
    // New York: Wednesday 10:30 to 17 and all of Thursday; the four hours were over at 14:30
    assert_eq!(clock(4, "first_reply"), ["870 2475 breached 2026-05-13T18:30Z"]);
    assert_eq!(clock(5, "first_reply"), ["75 2475 met 2026-05-15T07:45Z"]);
    // Friday 16 to 17, Tuesday 9 to 10
    assert_eq!(clock(6, "first_reply"), ["120 5400 met 2026-05-26T14:00Z"]);
}

#[test]
fn a_reply_clock_keeps_the_schedule_it_began_with_and_a_resolution_follows_each() {
    // asked in Berlin at 15
    assert_eq!(clock(10, "first_reply"), ["120 420 met 2026-06-02T20:00Z"]);
    // 15 to 16 in Berlin, then 10 to 16 in New York: five hours were over there at 14
    assert_eq!(clock(10, "resolution"), ["420 420 breached 2026-06-02T18:00Z"]);
    assert_eq!(clock(11, "first_reply"), ["420 420 breached 2026-06-02T17:00Z"], "9 to 16 in New York");
}

#[test]
fn the_first_rule_that_is_true_of_a_ticket_says_its_schedule() {
    assert_eq!(clock(12, "first_reply"), ["120 120 met 2026-06-13T10:00Z"]);
    assert_eq!(clock(13, "first_reply"), ["0 120 met 2026-06-13T10:00Z"], "closed in New York");
    assert_eq!(clock(14, "first_reply"), ["0 120 met 2026-06-13T10:00Z"], "it became important later");
    assert_eq!(clock(14, "resolution"), ["60 120 met 2026-06-13T10:00Z"]);
}

#[test]
fn a_target_that_tightens_is_missed_at_once_if_it_is_exceeded_and_one_that_loosens_undoes_nothing() {
    assert_eq!(clock(20, "first_reply"), ["90 90 breached 2026-06-08T08:00Z"]);
    assert_eq!(clock(21, "first_reply"), ["120 120 breached 2026-06-08T08:30Z"]);
    assert_eq!(clock(22, "first_reply"), ["180 180 met 2026-06-08T10:00Z"], "lowered in time");
    assert_eq!(clock(23, "first_reply"), ["180 180 breached 2026-06-08T08:00Z"], "lowered too late");
    assert_eq!(clock(24, "first_reply"), ["90 90 met 2026-06-08T08:30Z"], "raised after the answer");
    assert_eq!(clock(25, "first_reply"), ["150 3990 breached 2026-06-06T10:00Z"], "decided while closed");
}

#[test]
fn the_helpdesks_targets_are_steps_in_time_for_each_reply_apart() {
    assert_eq!(clock(30, "first_reply"), ["90 90 breached 2026-06-09T08:00Z"]);
    assert_eq!(clock(31, "first_reply"), ["45 45 breached 2026-06-09T07:30Z"]);
    assert_eq!(
        clock(32, "next_reply"),
        ["60 60 breached 2026-06-09T09:30Z", "60 60 met 2026-06-09T12:00Z"],
        "half an hour, then two"
    );
}

#[test]
fn waiting_for_the_customer_stops_wait_and_work() {
    // 9 to 10, 14 to 15, on hold until 16: two hours were over at 15; one hour of work as it was taken up again at 14
    assert_eq!(clock(40, "requester_wait_time"), ["180 180 breached 2026-06-09T13:00Z"]);
    assert_eq!(clock(40, "agent_work_time"), ["120 120 breached 2026-06-09T12:00Z"]);
    assert_eq!(clock(41, "agent_work_time"), ["60 60 met 2026-06-09T08:00Z"]);
    // 16:30 to 17, 9 to 9:45
    assert_eq!(clock(42, "requester_wait_time"), ["75 165 met 2026-06-10T07:45Z"]);
    assert_eq!(clock(42, "agent_work_time"), ["75 165 breached 2026-06-10T07:30Z"]);
    assert_eq!(clock(42, "resolution"), ["75 1035 met 2026-06-10T07:45Z"]);
}

#[test]
fn a_ticket_closed_without_having_been_solved_is_resolved() {
    assert_eq!(clock(43, "resolution"), ["60 60 met 2026-06-09T08:00Z"]);
}

#[test]
fn a_helpdesk_that_times_replies_otherwise_is_told() {
    let output = company().run(&["run", "--dry-run", "--no-pull", "--period", "2026-W24"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("timed otherwise by the helpdesk") && said.contains("different 2"), "{said}");
}

#[test]
fn an_agent_who_leaves_takes_no_answer_along() {
    let mut books = Books::default();
    books.people().schedule(&[(1, 9, 17)]).settings(SETTINGS);
    ticket(1, "2026-06-08 09:00").says("2026-06-08 10:00", AGENT).file(&mut books);
    let mut store = books.pull("agent-leaves", "2026-06-15T06:00:00Z");
    let answered = "select business_s // 60, is_breached from marts.ticket_clock where clock = 'first_reply'";
    assert_eq!(store.lines(answered), ["60 false"]);
    let mut later = Books::default();
    later.schedule(&[(1, 9, 17)]);
    later.add(
        "users",
        json!({"id": AGENT, "role": "end-user", "organization_id": null, "updated_at": "2026-06-20T08:00:00Z"}),
    );
    later.pull_into(&mut store, "2026-06-22T06:00:00Z");
    assert_eq!(store.lines(answered), ["60 false"]);
}
