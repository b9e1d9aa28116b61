//! A source gets another manifest and keeps its name: what the one before brought is not known any more, and the other one is
//! asked from the beginning.

use bizreview::ledger::quarantine::Of;
use serde_json::json;

use crate::support::lone::Lone;
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
