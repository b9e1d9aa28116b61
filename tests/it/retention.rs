//! How long a stream is kept: its history goes from landing and tables when it is older, and who knew it says so.

use bizreview::extract::Outcome;
use bizreview::ledger::copy::listed;
use serde_json::json;

use crate::support::company::{Desk, said};
use crate::support::lone::Lone;
use crate::support::wire::{Reply, Wire};

const EDITION: &str = "support/2026-W46/1";

/// The company keeps a stream of its helpdesk for a time of its own.
fn keeping(desk: Desk, lines: &str) -> Desk {
    desk.edit(
        "[sources.support.budget]  # sandbox",
        &format!("[sources.support.retain]\n{lines}\n\n[sources.support.budget]"),
    )
}

#[track_caller]
fn asked(desk: &Desk, sql: &str) -> Vec<String> {
    let out = desk.run(&["query", sql, "--format", "csv"]).exits(0).out;
    out.lines().nth(1).unwrap().split(',').map(str::to_owned).collect()
}

#[test]
fn what_a_stream_no_longer_keeps_goes_from_landing_and_tables_and_replays_say_so() {
    let events = "select count(*), min(event_at)::varchar from staging.zendesk_ticket_event";
    let other =
        "select (select count(*) from staging.zendesk_ticket), (select count(*) from staging.stripe_subscription)";
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]);
    let (before, others) = (asked(&desk, events), asked(&desk, other));
    assert!(before[1].as_str() < "2026-07-01", "{before:?}");

    // the newest batch of the stream is in the file that is written anew
    let desk = keeping(desk, "ticket_events = \"60d\"");
    let look = desk.run(&["clean", "--dry-run"]).exits(0);
    look.prints(&["landing/support/ticket_events/", "records, kept 60 days", "1 editions knew records", "expired"]);
    assert_eq!(asked(&desk, events), before, "a look removes nothing");
    desk.run(&["clean"]).exits(0).prints(&["expired"]);
    let after = asked(&desk, events);
    let count = |row: &[String]| row[0].parse::<u64>().unwrap();
    assert!(after[1].as_str() >= "2026-09-17" && count(&after) > 0 && count(&after) < count(&before), "{after:?}");
    assert_eq!(asked(&desk, other), others, "other streams are as they were");
    desk.run(&["clean"]).exits(0).prints(&["nothing is old enough"]);

    // the ledger lists what is there, and it is enough to make everything again
    for (path, _) in listed(&desk.join("store/ledger.sqlite")).unwrap() {
        assert!(desk.join("store").join(&path).exists(), "{path}");
    }
    desk.run(&["backup", "copy"]).exits(0).prints(&["verified"]);
    std::fs::remove_file(desk.join("store/warehouse.duckdb")).unwrap();
    assert_eq!(asked(&desk, events), after);
    desk.run(&["run", "--as-known-in", EDITION]).explains(&["support/ticket_events it knew are gone, kept 60 days"]);

    // a year later nothing is left; the next pull is a batch of its own
    let late = "2027-11-16T09:00:00Z";
    desk.run_at(late, &["clean"]).exits(0).prints(&["expired"]);
    let sql = "select count(*) from staging.zendesk_ticket_event";
    let left = desk.run_at(late, &["query", sql, "--format", "csv"]).exits(0).out;
    assert_eq!(left.lines().nth(1), Some("0"));
    let last = |desk: &Desk| {
        let db = rusqlite::Connection::open(desk.join("store/ledger.sqlite")).unwrap();
        db.query_row("select max(batch_id) from batch where stream = 'ticket_events'", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let newest = last(&desk);
    desk.run(&["pull", "support", "--full"]);
    assert!(last(&desk) > newest);
    assert_eq!(count(&asked(&desk, sql)), count(&after), "nothing is asked for that would go again");
}

#[test]
fn what_still_holds_is_kept_however_old_it_is() {
    let desk = keeping(Desk::pulled(), "tickets = \"1d\"\nsla_policies = \"1d\"\nusers = \"1d\"");
    let sql = "select (select count(*) from staging.zendesk_ticket), (select count(*) from staging.zendesk_user)";
    let before = asked(&desk, sql);
    let late = "2028-11-16T09:00:00Z";
    desk.run_at(late, &["clean"]);
    std::fs::remove_file(desk.join("store/warehouse.duckdb")).unwrap();
    assert_eq!(asked(&desk, sql), before);
    desk.run(&["sources", "support"]).exits(0).prints(&["kept      1 days"]);
}

#[test]
fn streams_of_a_source_that_is_called_as_what_was_kept_are_kept_apart() {
    let wire = Wire::serve(|asked| {
        let name = &asked.path[1..];
        let record = |nth: u8, at: &str| json!({"id": format!("{name}{nth}"), "at": at});
        Reply::json(json!([record(1, "2026-01-01"), record(2, "2026-03-09")]))
    });
    let stream = "[[streams]]\nname = \"NAME\"\npath = \"/NAME\"\nkey = [\"/id\"]\nwrite = \"append\"\n\
                  retain_days = 30\nretain_by = \"/at\"\n";
    let lone = Lone::new(&wire.url(), "", &["a", "b"].map(|name| stream.replace("NAME", name)).concat());
    lone.edit("bizreview.toml", "[sources.s]", "[sources.s-kept]");
    assert_eq!(lone.pull().result, Outcome::Ok);
    said(&mut lone.command(&["clean"])).exits(0).prints(&["expired"]);
    for name in ["a", "b"] {
        let batches = lone.ledger().batches("m", name).unwrap();
        let (folder, file) = batches[0].path.rsplit_once('/').unwrap();
        assert!(folder == format!("landing/s-kept/{name}") && file.contains("-kept"), "{batches:?}");
        let keys: Vec<String> = lone.landed(name).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, [format!("{name}2")]);
    }
}

#[test]
fn a_time_that_cannot_be_is_refused_with_its_line() {
    let desk = keeping(Desk::pulled(), "ticket_event = \"60d\"");
    desk.run(&["check"]).exits(2).explains(&["ticket_event = \"60d\"", "no such stream", "ticket_events"]);
    desk.run(&["pull", "support"]).exits(2).explains(&["no such stream"]);
    let manifest = "name = \"m\"\n\n[[streams]]\nname = \"letters\"\npath = \"/letters\"\nkey = [\"/id\"]\nwrite = \"append\"\n\
                    drop = [\"/sent\"]\nretain_days = 0\nretain_by = \"/sent/at\"\n";
    let desk = Desk::pulled()
        .write("own/m.toml", manifest)
        .edit("path = \"store\" ", "path = \"store\"\nmanifests = \"own\" ")
        .edit("# ---- Mail", "[sources.own]\nmanifest = \"m\"\nbase_url = \"https://api.example.com\"\n\n# ---- Mail");
    desk.run(&["check"]).exits(2).explains(&[
        "m.toml:9:15: at least one day",
        "9 | retain_days = 0\n  |               ^\n",
        "m.toml:10:13: /sent/at says how old a record is, and is dropped",
    ]);
}
