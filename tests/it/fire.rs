//! Every kind of pagination under fire: the list changes while it is read, the API repeats itself, stumbles or hangs up, the
//! process is killed. What existed throughout is there, nothing is there twice, and the pull after the next is as if nothing
//! had been.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bizreview::extract::Outcome;

use crate::support::lone::{Lone, NOW};
use crate::support::wire::{Reply, Wire};
use crate::support::world::{CHANGES, Change, KINDS, Kind, Scene, World};

/// Faults of all cases at once: one look shows the pattern.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, is_so: bool, told: impl FnOnce() -> String) {
        if !is_so {
            self.0.push(told());
        }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{} faults:\n{}", self.0.len(), self.0.join("\n"));
        }
    }
}

#[test]
fn what_exists_throughout_is_there_once_whatever_moves_meanwhile() {
    let mut faults = Faults::default();
    for kind in KINDS {
        for change in CHANGES {
            for at in 2..=3 {
                let scene = Scene::new(kind, 7, "");
                scene.world.lock().unwrap().change = Some((at, change));
                let before = scene.truth();
                let outcome = scene.pull();
                let case = format!("{kind:?}, {change:?} before request {at}");
                faults.check(outcome.result == Outcome::Ok, || format!("{case}: {:?}", outcome.result));
                let (known, after): (Vec<_>, BTreeMap<_, _>) = (scene.known(), scene.truth().into_iter().collect());
                let ids: BTreeSet<&String> = known.iter().map(|(id, _)| id).collect();
                faults.check(ids.len() == known.len(), || format!("{case}: twice: {known:?}"));
                let lost = before.iter().map(|(id, _)| id).find(|id| after.contains_key(*id) && !ids.contains(id));
                faults.check(lost.is_none(), || format!("{case}: {lost:?} is lost: {known:?}"));
                scene.world.lock().unwrap().change = None;
                // windows look back over their last days only
                let again = scene.lone.pull_at(NOW, kind == Kind::Windows).pop().unwrap();
                faults.check(again.result == Outcome::Ok, || format!("{case}, again: {:?}", again.result));
                let (known, truth) = (scene.known(), scene.truth());
                if kind.is_full() || kind == Kind::Windows {
                    faults.check(known == truth, || format!("{case}, again: {known:?} is not {truth:?}"));
                } else {
                    // what is gone is told by the API in these kinds, which this one does not
                    let is_old = |row: &&(String, u64)| !kind.is_by_change() && row.1 > 0;
                    let missing = truth.iter().find(|row| !is_old(row) && !known.contains(row));
                    faults.check(missing.is_none(), || format!("{case}, again: {missing:?} is not in {known:?}"));
                }
            }
        }
    }
}

#[test]
fn errors_limits_and_broken_connections_in_the_middle_are_got_over() {
    let mut faults = Faults::default();
    for kind in KINDS {
        for (name, trouble) in [
            ("500", (|_: Reply| Reply::status(500)) as fn(Reply) -> Reply),
            ("429", |_| Reply::status(429).with("retry-after", "0")),
            ("a cut body", Reply::cut),
            ("a hung up line", |_| Reply { status: 200, headers: vec![], body: crate::support::wire::Body::HangUp }),
        ] {
            for at in [1, 2, 3] {
                let count = Arc::new(AtomicUsize::new(0));
                let mischief = move |_: &_, reply| {
                    let nth = count.fetch_add(1, Ordering::SeqCst) + 1;
                    // twice in a row: the third try goes well
                    if nth == at || nth == at + 1 { trouble(reply) } else { reply }
                };
                let scene = Scene::with(kind, World::of(7, 2), "", Box::new(mischief));
                let outcome = scene.pull();
                let case = format!("{kind:?}, {name} at request {at}");
                faults.check(outcome.result == Outcome::Ok, || format!("{case}: {:?}", outcome.result));
                let (known, truth) = (scene.known(), scene.truth());
                faults.check(known == truth, || format!("{case}: {known:?} is not {truth:?}"));
            }
        }
    }
}

#[test]
fn a_failure_in_the_middle_leaves_what_was_and_the_next_pull_makes_it_whole() {
    let mut faults = Faults::default();
    for kind in KINDS {
        for at in [2, 3, 4] {
            let count = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&count);
            let mischief = move |_: &_, reply| {
                let nth = counted.fetch_add(1, Ordering::SeqCst) + 1;
                if (at..100).contains(&nth) { Reply::status(500) } else { reply }
            };
            let scene = Scene::with(kind, World::of(7, 2), ", file_rows = 3", Box::new(mischief));
            let outcome = scene.pull();
            let case = format!("{kind:?}, failing at request {at}");
            let was_asked = count.load(Ordering::SeqCst) >= at;
            faults.check(!was_asked || outcome.result != Outcome::Ok, || format!("{case}: {:?}", outcome.result));
            let known = scene.known();
            faults.check(!was_asked || !kind.is_full() || known.is_empty(), || {
                format!("{case}: half a list replaced what was there: {known:?}")
            });
            scene.world.lock().unwrap().add();
            count.store(100, Ordering::SeqCst);
            let again = scene.pull();
            faults.check(again.result == Outcome::Ok, || format!("{case}, again: {:?}", again.result));
            scene.lone.pull_at(NOW, kind == Kind::Windows);
            let (known, truth) = (scene.known(), scene.truth());
            faults.check(known == truth, || format!("{case}: {known:?} is not {truth:?}"));
        }
    }
}

#[test]
fn an_api_that_repeats_itself_is_an_error_and_not_a_loop() {
    let mut faults = Faults::default();
    for kind in KINDS.into_iter().filter(|kind| kind.has_pages()) {
        for period in [1, 2] {
            // from some page on it gives the same pages again and again
            let kept: Arc<std::sync::Mutex<Vec<Reply>>> = Arc::default();
            let mischief = move |asked: &crate::support::wire::Asked, reply: Reply| {
                if ["/events", "/parents"].contains(&asked.path.as_str())
                    || (kind == Kind::Nested && asked.path == "/list")
                {
                    return reply;
                }
                let mut kept = kept.lock().unwrap();
                kept.push(reply);
                kept[(kept.len() - 1) % period].clone()
            };
            let scene = Scene::with(kind, World::of(200, 2), "", Box::new(mischief));
            let outcome = scene.pull();
            let asked = scene.wire.asked().len();
            let case = format!("{kind:?}, {period} pages repeated: {:?} after {asked} requests", outcome.result);
            let Outcome::Failed(why) = &outcome.result else {
                faults.check(false, || case);
                continue;
            };
            let is_told = why.contains("given before") || why.contains("same page twice");
            faults.check(is_told && asked <= 8, || case);
        }
    }
}

#[test]
fn a_short_page_is_no_end_and_neither_is_an_empty_one_that_says_there_are_more() {
    let mut faults = Faults::default();
    for kind in [Kind::Cursor, Kind::Incremental, Kind::NextUrl, Kind::LinkHeader, Kind::PageMore] {
        let pages = [vec![1, 2], vec![], vec![3], vec![], vec![], vec![4, 5]];
        let wire = Wire::serve(move |asked| {
            let number = asked.param("after").or(asked.param("page")).map_or(1, |at| at.parse().unwrap_or(1));
            let host = &asked.headers.iter().find(|(name, _)| name == "host").unwrap().1;
            let next = format!("http://{host}/list?after={}", number + 1);
            let is_last = number == pages.len();
            let data: Vec<_> = pages[number - 1].iter().map(|id| serde_json::json!({"id": id})).collect();
            let at = match kind {
                Kind::NextUrl if is_last => serde_json::Value::Null,
                Kind::NextUrl => next.clone().into(),
                _ => (number + 1).to_string().into(),
            };
            let reply = Reply::json(serde_json::json!({"data": data, "more": !is_last, "next": at}));
            if is_last { reply } else { reply.with("link", &format!("<{next}>; rel=\"next\"")) }
        });
        let lone = Lone::new(&wire.url(), "", &kind.manifest());
        let outcome = lone.pull();
        faults.check((outcome.result.clone(), outcome.rows) == (Outcome::Ok, 5), || format!("{kind:?}: {outcome:?}"));
    }
    // by its last id a walk cannot go on from nothing, and by offset from the same place
    for kind in [Kind::LastId, Kind::OffsetMore] {
        let wire = Wire::serve(|_| Reply::json("{\"data\":[],\"more\":true}"));
        let why = Lone::new(&wire.url(), "", &kind.manifest()).failure();
        faults.check(why.contains("says there are more"), || format!("{kind:?}: {why}"));
        faults.check(wire.asked().len() == 1, || format!("{kind:?}: {} requests", wire.asked().len()));
    }
}

#[test]
fn a_resume_point_that_is_gone_starts_the_walk_over() {
    for kind in [Kind::LastId, Kind::Since, Kind::Feed] {
        for change in [Change::DeleteLastServed, Change::DeleteNewest] {
            let count = Arc::new(AtomicUsize::new(0));
            let mischief = move |asked: &crate::support::wire::Asked, reply| {
                let is_page = asked.path == "/list";
                let nth = count.fetch_add(usize::from(is_page), Ordering::SeqCst) + 1;
                if is_page && (3..6).contains(&nth) { Reply::status(500) } else { reply }
            };
            let scene = Scene::with(kind, World::of(9, 2), ", file_rows = 2", Box::new(mischief));
            let outcome = scene.pull();
            assert!(matches!(outcome.result, Outcome::Failed(_)), "{kind:?}: {outcome:?}");
            let asked = scene.wire.asked().len();
            scene.world.lock().unwrap().apply(change, false);
            let again = scene.pull();
            assert_eq!(again.result, Outcome::Ok, "{kind:?}, {change:?}");
            scene.pull();
            let (known, truth) = (scene.known(), scene.truth());
            if kind.is_full() {
                assert_eq!(known, truth, "{kind:?}, {change:?}");
            } else {
                assert!(truth.iter().all(|row| known.contains(row)), "{kind:?}, {change:?}: {known:?} {truth:?}");
            }
            let resumed = scene.wire.asked()[asked].param("after").map(str::to_owned);
            if kind != Kind::Feed {
                assert!(resumed.is_some(), "{kind:?}: the walk goes on where it stopped");
            }
        }
    }
}

#[test]
fn looking_back_lands_nothing_again_on_another_day() {
    let wire = Wire::serve(|asked| Reply::json(serde_json::json!([{"id": asked.param("from")}])));
    let manifest = "[[streams]]\nname = \"list\"\npath = \"/list\"\nparams = { from = \"{from}\" }\nkey = [\"/id\"]\nwrite = \"merge\"\n\
                    history_days = 5\nincremental = { kind = \"window\", step_days = 1, lookback_days = 2 }\n";
    let lone = Lone::new(&wire.url(), "", manifest);
    assert!(lone.pull().rows > 3);
    assert_eq!(lone.pull_at("2026-03-11T12:00:00Z", false)[0].rows, 1, "the new day");
}

#[test]
fn what_the_api_counts_and_what_came_are_both_said_where_they_differ() {
    for (counted, came) in [(5, 5), (7, 5)] {
        for rest in [
            "paginate = { kind = \"page\", param = \"page\" }",
            "paginate = { kind = \"offset\", param = \"offset\", more = \"/more\" }",
            "",
        ] {
            let wire = Wire::serve(move |asked| {
                let page = asked.param("page").map_or(0, |page| page.parse::<usize>().unwrap() - 1);
                let from = asked.param("offset").map_or(page * 3, |offset| offset.parse().unwrap());
                let size = if asked.query.is_empty() && !rest.contains("offset") { came } else { 3 };
                let data: Vec<_> = (from..came.min(from + size)).map(|id| serde_json::json!({"id": id})).collect();
                Reply::json(serde_json::json!({"data": data, "more": from + size < came, "meta": {"total": counted}}))
            });
            let manifest = format!(
                "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"replace\"\n\
                 total = \"/meta/total\"\n{rest}"
            );
            let outcome = Lone::new(&wire.url(), "", &manifest).pull();
            assert_eq!((&outcome.result, outcome.rows), (&Outcome::Ok, came as u64), "{rest}");
            let told = outcome.warnings.join("; ");
            assert_eq!(told.contains("the API counts 7 records and gave 5"), counted != came, "{rest}: {told}");
        }
    }
}

#[test]
fn a_list_that_never_stands_still_is_taken_and_that_is_said() {
    let world = World::of(7, 2);
    let moving = Arc::clone(&world);
    let scene = Scene::with(
        Kind::Page,
        world,
        "",
        Box::new(move |_, reply| {
            moving.lock().unwrap().apply(Change::Add, true);
            reply
        }),
    );
    let outcome = scene.pull();
    assert_eq!(outcome.result, Outcome::Ok);
    assert!(outcome.warnings.iter().any(|warning| warning.contains("changed each time it was read")), "{outcome:?}");
}

/// The binary, killed when its server has been asked for the nth page, and then pulled to the end.
fn killed_at(kind: Kind, nth: usize, case: &str, faults: &mut Faults) {
    let reached = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (seen, count) = (Arc::clone(&reached), AtomicUsize::new(0));
    let mischief = move |_: &_, reply| {
        if count.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            seen.store(true, Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(400));
        }
        reply
    };
    let scene = Scene::with(kind, World::of(9, 2), ", file_rows = 2", Box::new(mischief));
    let mut command = scene.lone.command(&["pull"]);
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let is_hit =
        crate::support::company::soon(20, || reached.load(Ordering::SeqCst) || child.try_wait().unwrap().is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    faults.check(is_hit, || format!("{case}: nothing was asked"));
    let half = scene.known();
    faults.check(!kind.is_full() || half.is_empty() || half == scene.truth(), || {
        format!("{case}: half a list counts: {half:?}")
    });
    let again = scene.pull();
    faults.check(again.result == Outcome::Ok, || format!("{case}, again: {:?}", again.result));
    let (known, truth) = (scene.known(), scene.truth());
    faults.check(known == truth, || format!("{case}: {known:?} is not {truth:?}"));
    let unlisted = crate::support::inspect::landing(&scene.lone.folder.join("store"));
    faults.check(unlisted.is_empty(), || format!("{case}: {unlisted:?}"));
}

#[test]
fn after_a_kill_at_any_page_the_next_pull_has_everything_once() {
    let mut faults = Faults::default();
    for (kind, moments) in [
        (Kind::LastId, &[1, 2, 3, 5][..]),
        (Kind::Since, &[2, 3, 5]),
        (Kind::Incremental, &[2, 4]),
        (Kind::Cursor, &[3, 5]),
        (Kind::NextUrl, &[3]),
        (Kind::LinkHeader, &[3]),
        (Kind::Page, &[3, 7]),
        (Kind::Offset, &[3]),
        (Kind::Keyset, &[3]),
        (Kind::Windows, &[4]),
        (Kind::Feed, &[3, 5]),
        (Kind::Nested, &[2]),
        (Kind::Parents, &[4]),
        (Kind::Single, &[1]),
    ] {
        for nth in moments {
            killed_at(kind, *nth, &format!("{kind:?}, killed at request {nth}"), &mut faults);
        }
    }
}

#[test]
fn a_long_whole_list_goes_on_from_its_checkpoint_and_counts_at_its_end() {
    for kind in [Kind::LastId, Kind::Cursor, Kind::NextUrl, Kind::LinkHeader] {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let mischief = move |_: &_, reply| {
            if (6..9).contains(&(counted.fetch_add(1, Ordering::SeqCst) + 1)) { Reply::status(500) } else { reply }
        };
        let scene = Scene::with(kind, World::of(20, 2), ", file_rows = 3", Box::new(mischief));
        assert!(matches!(scene.pull().result, Outcome::Failed(_)));
        assert!(scene.known().is_empty(), "{kind:?}: nothing counts yet");
        let asked = count.load(Ordering::SeqCst);
        let again = scene.pull();
        assert_eq!(again.result, Outcome::Ok, "{kind:?}");
        assert_eq!(scene.known(), scene.truth(), "{kind:?}");
        let more = count.load(Ordering::SeqCst) - asked;
        assert!(more <= 7, "{kind:?}: {more} requests for what was left of 10 pages");
        assert_eq!(scene.lone.ledger().parts("s", "list").unwrap().len(), 0);
        // what was read whole without a break is known as such
        scene.pull();
        assert_eq!(scene.pull().rows, 0, "{kind:?}: nothing new is nothing landed");
        // and one that was broken off too long ago starts over
    }
}

#[test]
fn a_list_without_a_key_that_is_read_again_is_there_once() {
    let count = AtomicUsize::new(0);
    let wire = Wire::serve(move |asked| match (asked.param("after"), count.fetch_add(1, Ordering::SeqCst)) {
        (None, _) => Reply::json(serde_json::json!({"data": [{"v": 1}], "next": "b"})),
        (Some(_), 1) => Reply::status(410),
        (Some(_), _) => Reply::json(serde_json::json!({"data": [{"v": 2}], "next": null})),
    });
    let manifest = "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nwrite = \"replace\"\n\
                    paginate = { kind = \"cursor\", param = \"after\", at = \"/next\" }\n";
    let outcome = Lone::new(&wire.url(), "", manifest).pull();
    assert_eq!((outcome.result, outcome.rows), (Outcome::Ok, 2));
}
