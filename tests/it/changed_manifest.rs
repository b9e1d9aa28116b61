//! A source gets another manifest and keeps its name: what the one before brought is not known any more, and the other one is
//! asked from the beginning. Or its manifest asks for something else: what is stored is then another thing than what comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bizreview::ledger::quarantine::Of;
use serde_json::json;

use crate::support::lone::Lone;
use crate::support::pull::{Company, NOW, failure, landed};
use crate::support::store::Books;
use crate::support::stripe::{monthly, subscription};
use crate::support::wide::chargebee;
use crate::support::wire::{Reply, Wire};

const BEFORE: &str = r#"
[sources.billing]
manifest = "stripe"
base_url = "http://ADDRESS/stripe"
token = { env = "TEST_TOKEN" }
budget = { default = 60000 }
"#;

#[test]
fn what_a_source_brought_under_another_manifest_is_neither_counted_nor_gone_on_from() {
    let pays = |customer: &str, minor: i64| {
        subscription(&format!("sub_{customer}"), customer, &monthly(minor), 1, "2026-01-10")
    };
    let mut after = Books::default();
    after.one(&pays("new_1", 3000)).one(&pays("new_2", 4000));
    let mut books = Books::default();
    books.one(&pays("old_1", 1000)).one(&pays("old_2", 2000));
    for (list, objects) in chargebee::told(&after.into_lists()) {
        for object in objects {
            books.add(&list, object);
        }
    }
    books.connect_only(BEFORE);
    let (mut store, _api) = books.serve("changed_manifest", "2026-07-06T06:00:00Z");
    store.ok(&["pull"]);
    let mrr = "select account_id, closing_local from marts.mrr_movement where period_id = '2026-06' order by all";
    assert_eq!(store.lines(mrr), ["old_1 1000", "old_2 2000"]);
    let path = store.folder.join("bizreview.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let moved = text.replace("manifest = \"stripe\"", "manifest = \"chargebee\"\nsettings = { site = \"acme\" }");
    std::fs::write(&path, moved.replace("/stripe\"", "/chargebee\"")).unwrap();
    // nothing was pulled yet, and nothing is known
    assert_eq!(store.lines(mrr), Vec::<String>::new());
    store.later("2026-07-06T08:00:00Z");
    store.ok(&["pull"]);
    assert_eq!(store.lines(mrr), ["new_1 3000", "new_2 4000"]);
    assert_eq!(store.lines("select count(*) from staging.stripe_customer"), ["0"]);
    // and back again: what the first brought is there still
    std::fs::write(&path, text).unwrap();
    assert_eq!(store.lines(mrr), ["old_1 1000", "old_2 2000"]);
}

#[test]
fn what_was_learned_and_set_aside_under_another_manifest_is_not_this_ones() {
    let wire = Wire::serve(|asked| {
        Reply::json(if asked.path == "/old" {
            json!([{"id": 1, "a": 1}, {"a": 3}])
        } else {
            json!([{"id": 2, "b": 2}])
        })
    });
    let stream =
        "[[streams]]\nname = \"list\"\npath = \"/old\"\nkey = [\"/id\"]\nwrite = \"merge\"\ncontract = \"freeze\"\n";
    let lone = Lone::new(&wire.url(), "", stream);
    let outcome = lone.pull();
    assert_eq!((outcome.rows, outcome.quarantined), (1, 1));
    let before = std::fs::read_to_string(lone.folder.join("manifests/m.toml")).unwrap();
    lone.write("manifests/n.toml", &before.replacen("name = \"m\"", "name = \"n\"", 1).replace("/old", "/new"));
    lone.edit("bizreview.toml", "manifest = \"m\"", "manifest = \"n\"");
    let outcome = lone.pull_at("2026-03-11T12:00:00Z", false).remove(0);
    assert_eq!((outcome.rows, outcome.quarantined), (1, 0), "{outcome:?}");
    assert!(lone.ledger().aside(Of { source: None, stream: None }).unwrap().is_empty());
}

const HEAD: &str = "auth = { kind = \"bearer\" }\nlimits = { backoff_seconds = 0.01, tries = 2 }\n";
const SINCE: &str =
    "[streams.incremental]\nkind = \"since\"\nparam = \"since\"\nfield = \"/at\"\norder = \"oldest_first\"\n";
const FOLLOWS: &str = "[streams.incremental]\nkind = \"change_feed\"\nobject = \"thing\"\nget = \"/list/{id}\"\n\
                       deleted = [\"thing.deleted\"]\nchanges = [{ types = [\"thing.updated\", \"thing.deleted\"], id = \"/data/id\" }]\n";
const FEED: &str = "[feed]\npath = \"/events\"\nrecords = \"/data\"\ntypes_param = \"types[]\"\ntypes_per_request = 20\n\
                    kind_field = \"/type\"\ntime_field = \"/created\"\nsince_param = \"since\"\nlookback_seconds = 600\n\
                    max_age_days = 29\n[feed.paginate]\nkind = \"single\"\n";

/// An API whose list shows of each record as much as it is asked for, and what became of `b`.
fn expanding(is_gone: &Arc<AtomicBool>) -> Wire {
    let is_gone = Arc::clone(is_gone);
    Wire::serve(move |asked| {
        let of = |id: &str| match asked.param("expand") {
            Some(expand) => json!({"id": id, "at": 1_772_000_000, "more": expand}),
            None => json!({"id": id, "at": 1_772_000_000}),
        };
        let change = |id: &str, kind: &str, at: i64| json!({"id": format!("e{at}"), "type": kind, "created": at, "data": {"id": id}});
        let is_gone = is_gone.load(Ordering::SeqCst);
        match asked.path.as_str() {
            "/events" if is_gone => {
                Reply::json(json!({"data": [change("b", "thing.deleted", 9000), change("a", "thing.updated", 1)]}))
            }
            "/events" => Reply::json(json!({"data": [change("a", "thing.updated", 1)]})),
            // nothing is newer than the newest that was seen
            "/list" if asked.param("since").is_some() => Reply::json(json!({"data": []})),
            "/list" if is_gone => Reply::json(json!({"data": [of("a")]})),
            "/list" => Reply::json(json!({"data": [of("a"), of("b")]})),
            "/list/a" => Reply::json(of("a")),
            _ => Reply::status(404),
        }
    })
}

fn list(words: &str, incremental: &str) -> String {
    format!(
        "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n{words}{incremental}"
    )
}

#[tokio::test]
async fn a_list_whose_changes_are_followed_is_read_anew_when_it_is_asked_for_otherwise() {
    let is_gone = Arc::default();
    let wire = expanding(&is_gone);
    let manifest = |words: &str, get: &str| format!("{HEAD}{FEED}{}{get}", list(words, FOLLOWS));
    let company = Company::asking("asked_otherwise", &wire.url(), "");
    company.manifest(&manifest("", ""));
    assert_eq!(landed(company.pull().await), 2);
    assert_eq!(landed(company.pull().await), 0);
    for (words, get, shown) in [
        ("params = { expand = \"owner\" }\n", "", "owner"),
        ("params = { expand = \"owner\" }\n", "get_params = { expand = \"owner\" }\n", "owner"),
        ("drop = [\"/at\"]\nparams = { expand = \"plan\" }\n", "get_params = { expand = \"plan\" }\n", "plan"),
    ] {
        company.manifest(&manifest(words, get));
        let outcome = company.pull().await;
        assert_eq!((outcome.rows, outcome.warnings.len()), (2, 0), "{words}{get}: {outcome:?}");
        let (_, last) = company.landed_of("m", "list").pop().unwrap();
        assert_eq!(last["more"], shown);
        assert_eq!(landed(company.pull().await), 0, "once");
    }
    // what is required and how large a page is change no record
    let words = "drop = [\"/at\"]\nparams = { limit = 50, expand = \"plan\" }\nrequired = { \"/id\" = \"string\" }\n";
    company.manifest(&manifest(words, "get_params = { expand = \"plan\" }\n"));
    assert_eq!(landed(company.pull().await), 0);
    // what is deleted before it is read anew is not in the list: only the changes since the last pull say so
    is_gone.store(true, Ordering::SeqCst);
    company.manifest(&manifest("", ""));
    assert_eq!(landed(company.pull().await), 1);
    company.pull().await;
    let known: Vec<_> = company.landed_of("m", "list").into_iter().filter(|(key, _)| key == "b").collect();
    assert_eq!(known.last().unwrap().1["deleted"], true, "{known:?}");
}

#[tokio::test]
async fn a_mark_that_was_kept_is_as_old_as_it_is() {
    let wire = expanding(&Arc::default());
    let company = Company::asking("asked_old", &wire.url(), "");
    let pull = async |at: &str| company.try_pull(at, false, false).await.unwrap().remove(0).rows;
    company.manifest(&format!("{HEAD}{FEED}{}", list("", FOLLOWS)));
    assert_eq!(pull("2026-03-10T12:00:00Z").await, 2);
    company.manifest(&format!("{HEAD}{FEED}{}", list("drop = [\"/more\"]\n", FOLLOWS)));
    assert_eq!(pull("2026-03-30T12:00:00Z").await, 2);
    assert_eq!(pull("2026-03-31T12:00:00Z").await, 0);
    company.manifest(&format!("{HEAD}{FEED}{}", list("", FOLLOWS)));
    assert_eq!(pull("2026-04-19T12:00:00Z").await, 2);
    // the feed, which keeps 29 days, was last read on March 31: what was deleted soon after is in no list and in no feed
    assert_eq!(pull("2026-05-01T12:00:00Z").await, 2, "all is listed, and the feed followed from now on");
    assert_eq!(pull("2026-05-02T12:00:00Z").await, 0);
}

#[tokio::test]
async fn what_cannot_be_read_again_by_itself_is_said_until_it_was_read_anew() {
    let wire = expanding(&Arc::default());
    let manifest = |path: &str| {
        let words = "params = { expand = \"{unit}\" }\n";
        let unit = "[settings.unit]\nabout = \"what\"\ndefault = \"seats\"\n";
        format!("{HEAD}{unit}{}", list(words, SINCE).replace("\"/list\"", path))
    };
    let mut company = Company::asking("asked_mixed", &wire.url(), "");
    // a mistake that brought nothing is nothing to be said of
    company.manifest(&manifest("\"/lost\""));
    failure(&company.pull().await.result);
    company.manifest(&manifest("\"/list\""));
    let first = company.pull().await;
    assert_eq!((first.rows, first.warnings.len()), (2, 0), "{first:?}");
    assert_eq!(company.pull().await.warnings, Vec::<String>::new());
    // a setting decides as much as the manifest does
    company.source += "settings = { unit = \"hours\" }\n";
    for _ in 0..2 {
        let said = company.pull().await.warnings.join(" ");
        assert!(said.contains("figures mix both") && said.contains("`bizreview pull s --full`"), "{said}");
    }
    company.source = company.source.replace("hours", "seats");
    assert!(
        company.pull().await.warnings.join(" ").contains("figures mix both"),
        "as before, and what came between stays"
    );
    company.source = company.source.replace("seats", "hours");
    assert!(company.landed_of("m", "list").iter().all(|(_, record)| record["more"] == "seats"));
    let anew = company.try_pull(NOW, true, false).await.unwrap().remove(0);
    assert_eq!((anew.rows, anew.warnings.len()), (2, 0), "{anew:?}");
    assert_eq!(company.pull().await.warnings, Vec::<String>::new());
    assert_eq!(company.landed_of("m", "list").pop().unwrap().1["more"], "hours");
}
