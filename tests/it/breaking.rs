//! A store that is killed, filled up, locked away, raced for and sent through time: nobody is mailed twice, nothing is lost, and what
//! went wrong is said. `cargo bench --bench soak` does the same for longer.

use std::time::Duration;

use crate::support::company::{Desk, NOW, soon};
use crate::support::inspect::{self, Mail};
use crate::support::island::{Told, on_full_disk, on_read_only_disk};
use crate::support::kills::{Reference, told};
use crate::support::month::{live, status_of};
use crate::support::sink::Stage;
use crate::support::victim::{Plant, REPORT, Running, Sign, ask, is_writable};

const READERS: usize = 12;
const RUN: [&str; 3] = ["-v", "run", REPORT];

#[test]
fn a_run_that_is_killed_at_any_instant_ends_with_everybody_served_once_or_listed_as_uncertain() {
    let plant = Plant::new(READERS);
    let reference = Reference::new(&plant);
    let mut hits = 0;
    for (nth, kill) in reference.one_each(7, READERS).iter().enumerate() {
        let outcome = reference.kill(&plant, kill, nth == 8);
        assert!(outcome.faults.is_empty(), "{}: {:#?}", told(kill), outcome.faults);
        hits += usize::from(outcome.hit);
        if kill.phase != "DATA to its reply" {
            assert!(outcome.mail.uncertain <= 1, "{}: {:?}", told(kill), outcome.mail);
        }
    }
    // those that wait a while after a sign may come after the end on a machine that has become faster
    assert!(hits >= 7, "{hits} kills hit");
}

/// A store that nothing happened to yet, and its own mail server.
struct Fresh {
    plant: Plant,
    desk: Desk,
}

impl Fresh {
    fn new(readers: usize) -> Fresh {
        let plant = Plant::new(readers);
        let desk = plant.copy();
        Fresh { plant, desk }
    }

    fn store(&self) -> std::path::PathBuf {
        self.desk.join("store")
    }

    /// Everybody has one mail, and ledger, archive and landing are as they should be.
    #[track_caller]
    fn is_well(&self) {
        let (store, readers) = (self.store(), self.plant.readers);
        let (mail, mut faults) = inspect::mail(&store, readers, &self.plant.sink.accepted());
        faults.extend(inspect::ledger(&store));
        faults.extend(inspect::archive(&store));
        faults.extend(inspect::landing(&store));
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(mail, Mail { readers, delivered: readers, ..Mail::default() });
    }
}

/// What was said of it names the part that failed and the cause, and afterwards all is well.
#[track_caller]
fn recovers(fresh: &Fresh, told: Option<Told>, codes: &[i32], cause: &str, place: &str) {
    let Some(Told { then, after }) = told else { return };
    assert!(then.code.is_some_and(|code| codes.contains(&code)), "{:?}: {}", then.code, then.err);
    let then = then.explains(&[cause, place]);
    assert!(!then.err.contains("panicked"), "{}", then.err);
    after.exits(0);
    fresh.is_well();
}

#[test]
fn a_full_disk_is_told_with_its_place_and_loses_nothing() {
    let fresh = Fresh::new(READERS);
    let told = on_full_disk(&fresh.desk, 100, "true", &RUN);
    recovers(&fresh, told, &[1], "disk is full", "ledger.sqlite");
}

#[test]
fn a_disk_that_fills_up_before_the_mail_is_in_the_outbox_loses_nothing() {
    let fresh = Fresh::new(100);
    let told = on_full_disk(&fresh.desk, 64, &format!("[ -e store/archive/{REPORT}/2026-W46/1 ]"), &RUN);
    recovers(&fresh, told, &[1, 4], "disk is full", "ledger.sqlite");
}

#[test]
fn a_store_that_cannot_be_written_is_told_with_its_place() {
    let fresh = Fresh::new(READERS);
    let told = on_read_only_disk(&fresh.desk, &RUN);
    recovers(&fresh, told, &[1], "must be a folder this user can write to", "ledger.sqlite");
}

#[test]
fn a_source_whose_name_cannot_be_resolved_is_named_and_the_review_goes_out() {
    let Fresh { plant, desk } = Fresh::new(READERS);
    let desk = desk.edit(&format!("http://{}/zendesk", plant.apis.address), "http://helpdesk.invalid/zendesk");
    desk.run(&RUN).exits(1).explains(&["support", "helpdesk.invalid"]);
    assert_eq!(plant.sink.accepted().len(), READERS);
}

#[test]
fn a_clock_that_jumps_sends_nothing_twice() {
    let fresh = Fresh::new(READERS);
    let serve = |now: &str| {
        let mut service = Running::start_at(&fresh.desk, now, &["serve", "--bind", "127.0.0.1:0"]);
        assert!(service.comes_to(&Sign::Line("serving", 0)));
        // its first beat comes at once
        std::thread::sleep(Duration::from_secs(1));
        let settled = "select (select count(*) from occurrence where state = 'started') \
             + not exists (select 1 from occurrence where phase = 'send' and state = 'done')";
        service.end_when(|| ask(&fresh.store(), settled) == ["0"]);
    };
    serve(NOW);
    fresh.is_well();
    // back to before it was due, to when it is due, a day on, and back again
    for now in ["2026-11-16T05:30:00Z", "2026-11-16T07:00:00Z", "2026-11-17T09:00:00Z", NOW] {
        serve(now);
        fresh.is_well();
    }
    fresh.desk.run_at("2026-11-15T23:30:00Z", &RUN).exits(0);
    fresh.desk.run(&RUN).exits(0);
    fresh.is_well();
}

#[test]
fn of_two_runs_at_once_the_second_waits_or_says_who_has_the_warehouse_since_when() {
    let fresh = Fresh::new(READERS);
    let mut first = Running::start(&fresh.desk, &RUN);
    assert!(first.comes_to(&Sign::Lock));
    first.pause();
    let mut impatient = fresh.desk.command(&RUN);
    let impatient = crate::support::company::said(impatient.env("BIZREVIEW_WAIT_SECONDS", "0"));
    let holder = format!("process {}", first.id());
    impatient.exits(3).explains(&[&holder, "run, since 2026-11-16T09:00:00Z"]);
    let second = Running::start(&fresh.desk, &RUN);
    first.resume();
    assert_eq!((first.end().code, second.end().code), (Some(0), Some(0)));
    fresh.is_well();
}

#[test]
fn two_runs_that_reach_the_outbox_together_mail_everybody_once() {
    let fresh = Fresh::new(100);
    let mut first = Running::start(&fresh.desk, &RUN);
    // between its edition and its mails, and not in the middle of a transaction that would keep everybody waiting
    assert!(first.comes_to(&Sign::Line("edition archived", 0)));
    first.pause();
    while !is_writable(&fresh.store()) {
        first.resume();
        std::thread::sleep(Duration::from_millis(2));
        first.pause();
    }
    let second = Running::start(&fresh.desk, &RUN);
    let is_waiting = || {
        let archived = ask(&fresh.store(), "select count(*) from edition") == ["2"];
        archived || fresh.plant.sink.accepted().len() == 100
    };
    soon(10, is_waiting);
    first.resume();
    let (first, second) = (first.end(), second.end());
    assert_eq!((first.code, second.code), (Some(0), Some(0)), "{}\n{}", first.text(), second.text());
    fresh.is_well();
}

#[test]
fn a_second_service_is_told_whose_store_it_is() {
    let fresh = Fresh::new(READERS);
    let first = Running::start(&fresh.desk, &["serve", "--bind", "127.0.0.1:0"]);
    let holder = format!("process {}", first.id());
    let lock = fresh.store().join("serve.lock");
    assert!(soon(20, || std::fs::read_to_string(&lock).is_ok_and(|text| text.starts_with(&holder))));
    let second = fresh.desk.run(&["serve", "--bind", "127.0.0.1:0"]);
    second.exits(3).explains(&[&holder, "since 2026-11-16T09:00"]);
    let is_done = || {
        ask(&fresh.store(), "select state from occurrence where phase = 'send' order by 1") == ["done", "first_seen"]
    };
    first.end_when(is_done);
    fresh.is_well();
}

#[test]
fn a_thousand_readers_are_served_in_bounded_memory_and_a_kill_among_them_repeats_nobody() {
    let fresh = Fresh::new(1000);
    let first = Running::start(&fresh.desk, &RUN);
    let held = fresh.plant.sink.trap(Stage::Answered, 500, true);
    held.reached.recv_timeout(Duration::from_mins(2)).unwrap();
    let peak = status_of(first.id(), "VmHWM:") / 1024;
    drop(first);
    drop(held);
    let again = fresh.desk.run(&RUN);
    assert_eq!(again.code, Some(i32::from(uncertain(&fresh) > 0)), "{}", again.err);
    let (mail, faults) = inspect::mail(&fresh.store(), 1000, &fresh.plant.sink.accepted());
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!((mail.delivered, mail.duplicates, mail.lost), (1000, 0, 0), "{mail:?}");
    assert!(mail.uncertain <= 1 && peak < 400, "{mail:?}, {peak} MB");
}

fn uncertain(fresh: &Fresh) -> usize {
    ask(&fresh.store(), "select 1 from delivery where state = 'uncertain'").len()
}

#[test]
fn three_days_of_twenty_reports_across_a_clock_change_lose_and_double_nothing() {
    let month = live("2026-10-24T00:00:00Z", 3, 10, 3);
    assert_eq!(month.faults, Vec::<String>::new());
    assert!(month.promised >= 60 && month.restarts + month.kills > 0, "{month:?}");
}
