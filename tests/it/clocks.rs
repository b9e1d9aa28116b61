//! Support clocks, each worked out by hand from the times beside it. All times are Berlin's.
//!
//! The office is open Monday to Friday, 9 to 17. Targets: first and next reply four business hours, resolution three days
//! of eight. A clock reads `business minutes, calendar minutes, how it was decided, when`.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::store::{Books, Store, rows};
use crate::support::stripe::{monthly, subscription};
use crate::support::zendesk::{AGENT, BOT, CUSTOMER, opened_by, ticket};

/// A Monday, seven in the morning in Berlin.
const NOW: &str = "2026-11-09T06:00:00Z";

const OFFICE: [(i64, i64, i64); 5] = [(1, 9, 17), (2, 9, 17), (3, 9, 17), (4, 9, 17), (5, 9, 17)];

const TARGETS: &str = "[support]\nbots = [\"9100\"]\n\
    [[support.targets]]\nclock = \"first_reply\"\nminutes = 240\n\
    [[support.targets]]\nclock = \"first_reply\"\npriority = \"urgent\"\nminutes = 60\n\
    [[support.targets]]\nclock = \"next_reply\"\nminutes = 240\n\
    [[support.targets]]\nclock = \"resolution\"\nminutes = 1440\n";

const CLOCKS: &str = "select ticket_id || ' ' || clock as name, business_s // 60, calendar_s // 60, \
    case when decided_at is null then 'open' when is_breached then 'breached' else 'met' end, \
    coalesce(strftime(decided_at, '%Y-%m-%dT%H:%MZ'), '') from marts.ticket_clock order by cast(ticket_id as int), clock, instance";

fn of(lines: &[String], ticket: i64, clock: &str) -> Vec<String> {
    let start = format!("{ticket} {clock} ");
    lines.iter().filter_map(|line| line.strip_prefix(&start).map(|rest| rest.trim_end().to_owned())).collect()
}

fn clock(ticket: i64, clock: &str) -> Vec<String> {
    static LINES: OnceLock<Vec<String>> = OnceLock::new();
    of(LINES.get_or_init(|| office().lines(CLOCKS)), ticket, clock)
}

fn office() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut books = Books::default();
        books.people().schedule(&OFFICE).holiday("2026-05-14").settings(TARGETS);
        first_replies(&mut books);
        conversations(&mut books);
        states(&mut books);
        whose(&mut books);
        books.rating(1, 1, "good", "2026-04-07 10:00").rating(2, 2, "badwithcomment", "2026-04-08 10:00");
        books.rating(3, 3, "offered", "2026-04-08 11:00");
        // the customer changed their mind, and the last word counts
        books.rating(4, 4, "bad", "2026-04-09 10:00").rating(5, 4, "goodwithcomment", "2026-04-09 12:00");
        books.settings("[accounts]\nexcluded = [\"cus_partner\"]\n");
        books.pull("office", NOW)
    })
}

fn first_replies(books: &mut Books) {
    // Friday 16:00, answered Monday 10:00
    ticket(1, "2026-03-06 16:00").says("2026-03-09 10:00", AGENT).file(books);
    // Wednesday 16:30, answered Friday 9:45; Thursday is a holiday
    ticket(2, "2026-05-13 16:30").says("2026-05-15 09:45", AGENT).file(books);
    // Friday 10:00, answered on Tuesday of the next week
    ticket(3, "2026-03-13 10:00").says("2026-03-17 09:30", AGENT).file(books);
    // answered when exactly four hours had passed; and, over a closed weekend, at the last and after the last moment
    ticket(4, "2026-03-16 09:00").says("2026-03-16 13:00", AGENT).file(books);
    ticket(5, "2026-03-20 13:00").says("2026-03-23 09:00", AGENT).file(books);
    ticket(6, "2026-03-20 13:00").says("2026-03-23 09:01", AGENT).file(books);
    // nobody has answered: half an hour of Friday is gone; or all of last week
    ticket(7, "2026-11-06 16:30").file(books);
    ticket(8, "2026-11-02 10:00").file(books);
    // outside hours: before opening, on Saturday
    ticket(9, "2026-04-18 11:00").says("2026-04-18 12:00", AGENT).file(books);
    ticket(10, "2026-04-13 09:00").says("2026-04-13 09:01", BOT).says("2026-04-13 11:00", AGENT).file(books);
    ticket(11, "2026-04-13 09:00").notes("2026-04-13 09:10", AGENT).says("2026-04-13 12:00", AGENT).file(books);
    let urgent = ticket(12, "2026-04-15 09:00").with("priority", json!("urgent"));
    urgent.says("2026-04-15 10:30", AGENT).file(books);
    // the helpdesk's own policy goes before ours: half an hour
    ticket(13, "2026-05-04 09:00").says("2026-05-04 10:00", AGENT).file(books);
    books.applies(13, "reply_time", 1, "2026-05-04 09:00", 30);
}

fn conversations(books: &mut Books) {
    opened_by(20, "2026-04-14 09:00", AGENT)
        .says("2026-04-14 10:00", CUSTOMER)
        .says("2026-04-14 10:30", AGENT)
        .file(books);
    ticket(21, "2026-04-21 09:00")
        .says("2026-04-21 10:00", AGENT)
        .says("2026-04-21 11:00", CUSTOMER)
        .says("2026-04-21 11:30", CUSTOMER)
        .says("2026-04-21 11:31", BOT)
        .says("2026-04-21 13:00", AGENT)
        .says("2026-04-21 14:00", CUSTOMER)
        .notes("2026-04-21 14:05", AGENT)
        .says("2026-04-21 14:20", AGENT)
        .says("2026-04-21 16:00", CUSTOMER)
        .file(books);
}

fn states(books: &mut Books) {
    ticket(30, "2026-04-22 09:00")
        .becomes("2026-04-22 09:30", "open")
        .becomes("2026-04-22 10:00", "pending")
        .becomes("2026-04-22 14:00", "open")
        .becomes("2026-04-22 15:00", "hold")
        .becomes("2026-04-22 16:00", "solved")
        .file(books);
    ticket(31, "2026-04-27 09:00")
        .becomes("2026-04-27 10:00", "solved")
        .becomes("2026-04-28 09:00", "open")
        .becomes("2026-04-28 11:00", "solved")
        .becomes("2026-05-02 11:00", "closed")
        .file(books);
    ticket(32, "2026-11-05 09:00")
        .becomes("2026-11-05 10:00", "solved")
        .becomes("2026-11-06 09:00", "open")
        .file(books);
}

fn whose(books: &mut Books) {
    let answered = |id: i64| ticket(id, "2026-06-10 09:00").says("2026-06-10 10:00", AGENT);
    answered(40).set("status", json!("deleted")).file(books);
    books.one(&subscription("sub_partner", "cus_partner", &monthly(5000), 1, "2026-01-10"));
    books.one(&subscription("sub_buyer", "cus_buyer", &monthly(5000), 1, "2026-01-10"));
    for (id, name) in [(77, "partner"), (78, "buyer"), (79, "stranger")] {
        let domain = format!("{}{name}.example", if name == "stranger" { "" } else { "cus-" });
        books.add("organizations", json!({"id": id, "name": name, "external_id": null, "domain_names": [domain]}));
    }
    answered(41).set("organization_id", json!(77)).file(books);
    answered(42).set("organization_id", json!(78)).file(books);
    answered(43).set("organization_id", json!(79)).file(books);
}

/// A metric's total of a week: what is counted, of how many.
fn share(metric: &str, week: &str) -> String {
    let text = office().ok(&["values", metric, "--from", week, "--to", week, "--format", "csv"]);
    let row = &rows(&text)[0];
    format!("{} of {}", row["numerator"], row["denominator"])
}

#[test]
fn closed_hours_weekends_and_holidays_do_not_count() {
    // 16 to 17 on Friday, 9 to 10 on Monday
    assert_eq!(clock(1, "first_reply"), ["120 3960 met 2026-03-09T09:00Z"]);
    // 16:30 to 17 on Wednesday, 9 to 9:45 on Friday
    assert_eq!(clock(2, "first_reply"), ["75 2475 met 2026-05-15T07:45Z"]);
    // asked and answered on a Saturday: no business time at all
    assert_eq!(clock(9, "first_reply"), ["0 60 met 2026-04-18T10:00Z"]);
}

#[test]
fn a_breach_is_decided_when_the_target_passes_not_at_the_late_answer() {
    // the four hours were over on Friday 13 March at 14:00 (week 11); it was answered in week 12.
    // Until then: 7 hours of Friday, 8 of Monday, half an hour of Tuesday
    assert_eq!(clock(3, "first_reply"), ["930 5730 breached 2026-03-13T13:00Z"]);
    assert_eq!(share("first_reply_sla", "2026-W11"), "1 of 2"); // tickets 1 and 3
    assert_eq!(share("first_reply_sla", "2026-W12"), "1 of 1"); // ticket 4
    assert_eq!(share("first_reply_sla", "2026-W13"), "1 of 2"); // ticket 5 in the last moment, 6 after it
}

#[test]
fn only_more_than_the_target_is_a_breach() {
    assert_eq!(clock(4, "first_reply"), ["240 240 met 2026-03-16T12:00Z"]);
    assert_eq!(clock(5, "first_reply"), ["240 4080 met 2026-03-23T08:00Z"]);
    // used up on Friday evening, and passed as the office opens: until then an answer would have been in time
    assert_eq!(clock(6, "first_reply"), ["241 4081 breached 2026-03-23T08:00Z"]);
}

#[test]
fn a_clock_that_still_runs_is_in_no_figure_until_its_target_passes() {
    assert_eq!(clock(7, "first_reply"), ["30 3750 open"]);
    // on Monday 2 November at 14:00 it was too late, answered or not; so far 7 hours of Monday and 8 of each day after it
    assert_eq!(clock(8, "first_reply"), ["2340 9900 breached 2026-11-02T13:00Z"]);
    assert_eq!(share("first_reply_sla", "2026-W45"), "0 of 2"); // ticket 8, and 32, late on Thursday; 7 is not in it
}

#[test]
fn bots_and_private_comments_do_not_answer() {
    assert_eq!(clock(10, "first_reply"), ["120 120 met 2026-04-13T09:00Z"]);
    assert_eq!(clock(11, "first_reply"), ["180 180 met 2026-04-13T10:00Z"]);
}

#[test]
fn targets_follow_the_priority_and_the_helpdesks_own_policy() {
    assert_eq!(clock(12, "first_reply"), ["90 90 breached 2026-04-15T08:00Z"]); // an hour
    assert_eq!(clock(13, "first_reply"), ["60 60 breached 2026-05-04T07:30Z"]); // half an hour
}

#[test]
fn a_ticket_an_agent_opened_is_answered_by_the_second_public_comment() {
    assert_eq!(clock(20, "first_reply"), ["90 90 met 2026-04-14T08:30Z"]);
    assert_eq!(clock(20, "next_reply"), ["30 30 met 2026-04-14T08:30Z"]);
}

#[test]
fn every_question_after_an_answer_has_a_clock_of_its_own() {
    assert_eq!(clock(21, "first_reply"), ["60 60 met 2026-04-21T08:00Z"]);
    let next = clock(21, "next_reply");
    // 11:00 to 13:00 from the older of two comments; 14:00 to 14:20; the last is never answered: late after an hour of
    // Tuesday and three of Wednesday, at 12:00
    assert_eq!(next[..2], ["120 120 met 2026-04-21T11:00Z", "20 20 met 2026-04-21T12:20Z"]);
    assert!(next[2].ends_with("breached 2026-04-22T10:00Z"), "{next:?}");
    assert_eq!(next.len(), 3);
}

#[test]
fn pending_time_is_the_customers_own() {
    // new and open 9 to 10, open 14 to 15, on hold 15 to 16
    assert_eq!(clock(30, "requester_wait_time"), ["180 180 open"]);
    assert_eq!(clock(30, "agent_work_time"), ["120 120 open"]);
    assert_eq!(clock(30, "resolution"), ["420 420 met 2026-04-22T14:00Z"]);
}

#[test]
fn a_reopened_ticket_took_until_it_was_last_solved_but_was_in_time_when_it_first_was() {
    // Monday 9 to 17 and Tuesday 9 to 11; the closing later changes nothing; decided on Monday at 10
    assert_eq!(clock(31, "resolution"), ["600 1560 met 2026-04-27T08:00Z"]);
    assert_eq!(clock(31, "requester_wait_time"), ["180 180 open"]); // 9 to 10 and 9 to 11
    assert_eq!(share("reopen_rate", "2026-W18"), "1 of 2");
    // solved in time and open again: 8 hours of Thursday and of Friday so far
    assert_eq!(clock(32, "resolution"), ["960 5640 met 2026-11-05T09:00Z"]);
    assert_eq!(share("resolution_sla", "2026-W45"), "1 of 2"); // and ticket 8, three days old on Thursday
}

#[test]
fn deleted_tickets_and_those_of_excluded_customers_count_nowhere() {
    let counted = office().lines(
        "select ticket_id, coalesce(account_id, '-') from core.ticket where cast(ticket_id as int) >= 40 order by 1",
    );
    assert_eq!(counted, ["42 cus_buyer", "43 -"], "a stranger's tickets count, for no account");
    assert!(clock(40, "first_reply").is_empty() && clock(41, "first_reply").is_empty());
    assert_eq!(share("first_reply_sla", "2026-W24"), "2 of 2");
}

#[test]
fn satisfaction_is_good_of_good_and_bad_and_the_last_word_counts() {
    assert_eq!(share("csat", "2026-W15"), "2 of 3");
}

#[test]
fn open_hours_follow_both_clock_changes() {
    let mut books = Books::default();
    books.people().settings(
        "[support.schedules.night]\ntimezone = \"Europe/Berlin\"\nhours = { sunday = [\"01:00-05:00\"] }\n\
         [[support.targets]]\nclock = \"first_reply\"\nminutes = 120\n",
    );
    // 29 March: from 2:00 it is 3:00. 25 October: 3:00 is 2:00 once more. And a Sunday between
    for (id, day, before) in
        [(1, "2026-03-29", "2026-03-28"), (2, "2026-10-25", "2026-10-24"), (3, "2026-06-14", "2026-06-13")]
    {
        ticket(id, &format!("{before} 22:00")).says(&format!("{day} 04:30"), AGENT).file(&mut books);
    }
    let lines = books.pull("night", NOW).lines(CLOCKS);
    // open 1:00 to 4:30: 150 minutes less or more by the hour; two hours are up at 4:00 summer time,
    // at 2:00 the second time, and at 3:00 on a usual Sunday
    assert_eq!(of(&lines, 1, "first_reply"), ["150 330 breached 2026-03-29T02:00Z"]);
    assert_eq!(of(&lines, 2, "first_reply"), ["270 450 breached 2026-10-25T01:00Z"]);
    assert_eq!(of(&lines, 3, "first_reply"), ["210 390 breached 2026-06-14T01:00Z"]);
}
