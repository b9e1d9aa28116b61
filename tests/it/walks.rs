//! From page to page and from list to list: what each request says, and what none says twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::company::said;
use crate::support::lone::Lone;
use crate::support::wire::{Asked, Reply, Wire};

fn body(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap_or_default()
}

#[test]
fn where_a_walk_starts_is_said_once_also_in_a_body() {
    let wire = Wire::serve(|asked| {
        let after = body(asked)["page"]["after"].as_str().map(str::to_owned);
        let (id, next) = if after.is_none() { (1, json!("x")) } else { (2, Value::Null) };
        Reply::json(json!({"data": [{"id": id}], "after": next}))
    });
    let lone = Lone::new(
        &wire.url(),
        "",
        "[[streams]]\nname = \"list\"\nmethod = \"POST\"\npath = \"/list\"\nbody = { limit = 1, page = { size = 1 } }\nrecords = \"/data\"\n\
         key = [\"/id\"]\nwrite = \"merge\"\npaginate = { kind = \"cursor\", param = \"/page/after\", at = \"/after\" }\n\
         incremental = { kind = \"cursor\", start_param = \"/page/since\" }\n",
    );
    assert_eq!(lone.pull().rows, 2);
    let asked: Vec<Value> = wire.asked().iter().map(body).collect();
    assert_eq!(asked[0], json!({"limit": 1, "page": {"size": 1, "since": "1767225600"}}));
    assert_eq!(asked[1], json!({"limit": 1, "page": {"size": 1, "after": "x"}}));
}

#[test]
fn a_keyset_asks_within_its_window_to_the_end() {
    let wire = Wire::serve(|asked| {
        let rows = match body(asked)["sql"].as_str().unwrap() {
            sql if sql.contains("1 = 1") => json!([["a"], ["b"]]),
            _ => json!([]),
        };
        Reply::json(json!({"data": rows, "columns": ["id"]}))
    });
    let lone = Lone::new(
        &wire.url(),
        "",
        "[[streams]]\nname = \"list\"\nmethod = \"POST\"\npath = \"/list\"\nbody = { sql = \"where {keyset} limit {limit}\" }\nrecords = \"/data\"\n\
         columns = \"/columns\"\nkey = [\"/id\"]\nwrite = \"merge\"\npaginate = { kind = \"keyset\", limit = 2, columns = [{ name = \"id\" }] }\n\
         incremental = { kind = \"window\", since_param = \"since\", until_param = \"/until\", format = \"date\", step_days = 200, lookback_days = 1 }\n",
    );
    assert_eq!(lone.pull().rows, 2);
    let asked = wire.asked();
    assert_eq!(asked.len(), 2);
    for (asked, keyset) in asked.iter().zip(["1 = 1", "(id) > ('b')"]) {
        assert_eq!(asked.param("since"), Some("2026-01-01"));
        assert_eq!(body(asked), json!({"sql": format!("where {keyset} limit 2"), "until": "2026-03-11"}));
    }
}

#[test]
fn what_hangs_on_a_list_by_number_is_asked_for_once_however_often_the_list_is_read() {
    let wire = Wire::serve(|asked| match asked.path.as_str() {
        "/parents" => {
            let page: i64 = asked.param("page").unwrap().parse().unwrap();
            let more = json!({"data": [{"id": page}], "more": true, "url": format!("/more/{page}")});
            let record = json!({"id": page, "at": 1_770_000_000 + page, "items": more});
            Reply::json(json!({"data": if page <= 3 { vec![record] } else { vec![] }}))
        }
        path if path.starts_with("/more/") => Reply::json(json!({"data": [{"id": path}], "more": false})),
        path => Reply::json(json!({"data": [{"id": path}]})),
    });
    let lone = Lone::new(
        &wire.url(),
        "",
        "[[streams]]\nname = \"parents\"\npath = \"/parents\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
         paginate = { kind = \"page\", param = \"page\" }\nincremental = { kind = \"since\", param = \"since\", field = \"/at\" }\n\
         nested = [{ at = \"/items\", records = \"/data\", more = \"/more\", url = \"/url\", param = \"after\", field = \"/id\" }]\n\
         [[streams]]\nname = \"children\"\npath = \"/of/{parent}\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
         parent = { stream = \"parents\", field = \"/id\", changed = true }\n",
    );
    let outcomes = lone.pull_at(crate::support::lone::NOW, false);
    assert_eq!((outcomes[0].rows, outcomes[1].rows), (3, 3), "{outcomes:?}");
    for path in ["/of/1", "/of/2", "/of/3", "/more/1", "/more/2", "/more/3"] {
        assert_eq!(wire.asked().iter().filter(|asked| asked.path == path).count(), 1, "{path}");
    }
}

#[test]
fn pages_are_read_ahead_of_slow_work_as_far_as_they_need_little_room() {
    // six pages; what hangs on the first one's record is answered when so many pages were asked for, and no more come
    let asked_by_then = |padding: usize, expected: usize| {
        let (pages, by_then) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (log, noted) = (Arc::clone(&pages), Arc::clone(&by_then));
        let wire = Wire::serve(move |asked| {
            if asked.path != "/list" {
                let begun = Instant::now();
                while log.load(Ordering::SeqCst) < expected && begun.elapsed() < Duration::from_secs(4) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                std::thread::sleep(Duration::from_millis(100));
                noted.store(log.load(Ordering::SeqCst), Ordering::SeqCst);
                return Reply::json(json!({"data": [{"id": 2}], "more": false}));
            }
            log.fetch_add(1, Ordering::SeqCst);
            let page: usize = asked.param("after").map_or(1, |after| after.parse::<usize>().unwrap() + 1);
            let lines = json!({"data": [{"id": 1}], "more": page == 1, "url": "/more"});
            let record = json!({"id": page, "lines": lines});
            Reply::json(json!({"data": [record], "has_more": page < 6, "padding": "x".repeat(padding)}))
        });
        let lone = Lone::new(
            &wire.url(),
            "",
            "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
             paginate = { kind = \"last_id\", param = \"after\", field = \"/id\", more = \"/has_more\" }\n\
             nested = [{ at = \"/lines\", more = \"/more\", param = \"after\" }]\n",
        );
        assert_eq!(lone.pull().rows, 6);
        assert_eq!(pages.load(Ordering::SeqCst), 6, "each once");
        by_then.load(Ordering::SeqCst)
    };
    assert_eq!(asked_by_then(0, 6), 6);
    // a record keeps the text of its page: two of these wait, and the third is not asked for
    assert_eq!(asked_by_then(700_000, 3), 3);
}

#[test]
fn one_that_is_too_long_to_be_kept_takes_no_room_from_the_others() {
    let long = "x".repeat(33 << 20);
    let reply = Reply::json(format!("{{\"data\":[{{\"id\":1,\"x\":\"{long}\"}},{{\"id\":2}},{{\"id\":3,\"n\":1}}]}}"));
    let wire = Wire::serve(move |_| reply.clone());
    let stream = "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
                  required = { \"/n\" = \"integer\" }\n";
    let lone = Lone::new(&wire.url(), "", stream);
    lone.edit("manifests/m.toml", "body_bytes = 1000000", "body_bytes = 40000000");
    let outcome = lone.pull();
    assert_eq!((outcome.rows, outcome.quarantined), (1, 2));
    let kept: Vec<Option<String>> = lone.ledger().quarantined(9).unwrap().into_iter().map(|one| one.key).collect();
    assert_eq!(kept, [Some("2".to_owned())]);
}

/// An API that gives at most six records of a list, three a page, oldest first, of what is not before `since`.
fn bounded(times: &'static [(i64, &'static str)]) -> Wire {
    Wire::serve(move |asked| {
        let since = asked.param("since").unwrap_or_default().to_owned();
        let offset: usize = asked.param("offset").map_or(0, |offset| offset.parse().unwrap());
        assert!(offset < 6, "nobody asks beyond the bound");
        let all: Vec<Value> = times
            .iter()
            .filter(|(_, day)| *day >= since.as_str())
            .map(|(id, day)| json!({"id": id, "day": day}))
            .collect();
        let page: Vec<&Value> = all.iter().skip(offset).take(3).collect();
        Reply::json(json!({"data": page, "more": offset + 3 < all.len()}))
    })
}

const BY_DAY: &str = "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
                      paginate = { kind = \"offset\", param = \"offset\", more = \"/more\", at_most = 6 }\n\
                      incremental = { kind = \"since\", order = \"oldest_first\", param = \"since\", field = \"/day\", format = \"date\", from_start = true }\n";

fn ids(lone: &Lone) -> Vec<String> {
    let mut ids: Vec<String> = lone.known("list").into_iter().map(|(key, _)| key).collect();
    ids.sort_by_key(|id| id.parse::<i64>().unwrap());
    ids
}

#[test]
fn a_day_that_is_too_full_is_gone_past_by_the_day() {
    static TIMES: [(i64, &str); 9] = [
        (1, "2026-02-01"),
        (2, "2026-02-02"),
        (3, "2026-02-02"),
        (4, "2026-02-02"),
        (5, "2026-02-02"),
        (6, "2026-02-02"),
        (7, "2026-02-02"),
        (8, "2026-02-02"),
        (9, "2026-02-03"),
    ];
    let wire = bounded(&TIMES);
    let lone = Lone::new(&wire.url(), "", BY_DAY);
    let outcome = lone.pull();
    assert_eq!(ids(&lone), ["1", "2", "3", "4", "5", "6", "7", "9"], "{outcome:?}");
    assert_eq!(outcome.warnings.len(), 1, "{outcome:?}");
    assert!(outcome.warnings[0].contains("shared one day"), "{outcome:?}");
    let mut asked: Vec<String> = wire.asked().iter().map(|asked| asked.param("since").unwrap().to_owned()).collect();
    asked.dedup();
    assert_eq!(asked, ["2026-01-01", "2026-02-02", "2026-02-03"]);
}

#[test]
fn a_stretch_of_a_bounded_list_that_comes_oldest_first_is_read_in_parts() {
    static TIMES: [(i64, &str); 14] = [
        (0, "2026-01-30"),
        (1, "2026-02-01"),
        (2, "2026-02-02"),
        (3, "2026-02-03"),
        (4, "2026-02-04"),
        (5, "2026-02-05"),
        (6, "2026-02-06"),
        (7, "2026-02-07"),
        (8, "2026-02-08"),
        (9, "2026-02-09"),
        (10, "2026-02-10"),
        (11, "2026-02-11"),
        (12, "2026-03-01"),
        (13, "2026-03-02"),
    ];
    let wire = bounded(&TIMES);
    let lone = Lone::new(&wire.url(), "", BY_DAY);
    said(&mut lone.command(&["pull", "s", "--from", "2026-02-01", "--to", "2026-02-28"])).exits(0);
    assert_eq!(ids(&lone), (1..=11).map(|id| id.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_first_pull_that_stops_halfway_knows_the_fields_of_what_has_landed() {
    let is_down = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let down = std::sync::Arc::clone(&is_down);
    let wire = Wire::serve(move |asked| match asked.param("cursor") {
        None => Reply::json(json!({"data": [{"id": 1, "a": 1}], "next": "x", "end": false})),
        Some("x") if down.load(std::sync::atomic::Ordering::Relaxed) => Reply::status(400),
        Some("x") => Reply::json(json!({"data": [{"id": 2, "b": 1}], "next": "y", "end": true})),
        Some(_) => {
            Reply::json(json!({"data": [{"id": 3, "a": 2, "b": 2}, {"id": 4, "c": 1}], "next": "z", "end": true}))
        }
    });
    let stream = "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\ncontract = \"freeze\"\n\
                  paginate = { kind = \"cursor\", param = \"cursor\", at = \"/next\", end = \"/end\" }\n\
                  incremental = { kind = \"cursor\", start_param = \"since\" }\n";
    let lone = Lone::new(&wire.url(), ", file_rows = 1", stream);
    assert!(lone.failure().contains("answered 400"));
    assert_eq!(lone.known("list").len(), 1);
    is_down.store(false, std::sync::atomic::Ordering::Relaxed);
    let second = lone.pull();
    assert_eq!((second.rows, second.quarantined), (1, 0), "it is still the first: {second:?}");
    let third = lone.pull();
    assert_eq!((third.rows, third.quarantined), (1, 1), "{third:?}");
    assert_eq!(ids(&lone), ["1", "2", "3"]);
}
#[test]
fn of_one_key_that_was_set_aside_twice_a_retry_lands_the_newer_state_last() {
    let list = std::sync::Arc::new(std::sync::Mutex::new(json!([])));
    let served = std::sync::Arc::clone(&list);
    let wire = Wire::serve(move |_| Reply::json(json!({"data": *served.lock().unwrap()})));
    let required = "required = { \"/amount\" = \"integer\", \"/name\" = \"string\" }";
    let stream =
        "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let lone = Lone::new(&wire.url(), "", &format!("{stream}{required}\n"));
    for (day, record) in [
        ("10", json!({"id": "a", "amount": "first", "name": "x"})),
        ("11", json!({"id": "a", "amount": 2, "name": 2})),
        ("12", json!({"id": "a", "amount": "third", "name": "x"})),
    ] {
        *list.lock().unwrap() = json!([record]);
        assert_eq!(lone.pull_at(&format!("2026-03-{day}T12:00:00Z"), false)[0].quarantined, 1);
    }
    lone.edit("manifests/m.toml", required, "required = { \"/amount\" = \"any\", \"/name\" = \"any\" }");
    said(&mut lone.command(&["quarantine", "retry"])).exits(0).prints(&["s list: 2 landed"]);
    assert_eq!(lone.known("list")[0].1["amount"], "third");
}

#[test]
fn what_changes_while_a_list_by_number_is_read_again_is_not_passed_by_the_cursor() {
    let readings = AtomicUsize::new(0);
    let wire = Wire::serve(move |asked| {
        let page: usize = asked.param("page").unwrap().parse().unwrap();
        if page == 1 {
            readings.fetch_add(1, Ordering::SeqCst);
        }
        let record = |id: i64, at: i64| json!({"id": id, "at": 1_770_000_000 + at});
        let pages = match readings.load(Ordering::SeqCst) {
            1 => [vec![record(1, 1), record(2, 2)], vec![record(3, 3)]],
            _ => [vec![record(2, 2), record(3, 3)], vec![record(1, 9)]],
        };
        Reply::json(json!({"data": pages.get(page - 1).cloned().unwrap_or_default()}))
    });
    let lone = Lone::new(
        &wire.url(),
        "",
        "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
         paginate = { kind = \"page\", param = \"page\" }\nincremental = { kind = \"since\", param = \"since\", field = \"/at\" }\n",
    );
    assert_eq!(lone.pull().rows, 4);
    assert_eq!(lone.known("list")[0], ("1".to_owned(), json!({"id": 1, "at": 1_770_000_009})));
}
