//! A source gets another manifest and keeps its name: what the one before brought is not known any more, and the other one is
//! asked from the beginning.

use crate::support::store::Books;
use crate::support::stripe::{monthly, subscription};
use crate::support::wide::chargebee;

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
