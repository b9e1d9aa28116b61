//! Which of several sources of a system have their ids read with their names, by the shipped manifests.

use std::collections::BTreeSet;

use bizreview::config::Config;
use bizreview::extract::Catalog;
use bizreview::extract::qualify::qualified;

#[track_caller]
fn check(sources: &[(&str, &str)], expected: &[&str]) {
    let head = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n";
    let blocks = sources.iter().map(|(name, manifest)| format!("[sources.{name}]\nmanifest = '{manifest}'\n"));
    let text = blocks.fold(head.to_owned(), |text, block| text + &block);
    let config = Config::parse(&text, std::path::Path::new("/")).unwrap();
    let qualified = qualified(&config, &Catalog::load(None).unwrap());
    assert_eq!(qualified.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{sources:?}");
}

#[test]
fn of_several_sources_of_a_system_the_first_in_the_file_keeps_its_ids() {
    check(&[("billing", "stripe"), ("support", "zendesk"), ("product", "posthog"), ("status", "statuspage")], &[]);
    check(&[("billing", "stripe"), ("accounts", "stripe"), ("third", "stripe")], &["accounts", "third"]);
    check(&[("b", "zendesk"), ("a", "zendesk"), ("billing", "stripe")], &["a"]);
    check(&[("one", "statuspage"), ("two", "statuspage")], &["two"]);
    check(&[("files", "files"), ("more", "files"), ("billing", "stripe")], &[]);
}

#[test]
fn a_disabled_source_keeps_its_place() {
    let text = "[company]\nname = 'A'\ntimezone = 'Europe/Berlin'\ncurrency = 'usd'\n[store]\npath = 'x'\n\
        [sources.old]\nmanifest = 'stripe'\nenabled = false\n[sources.new]\nmanifest = 'stripe'\n";
    let config = Config::parse(text, std::path::Path::new("/")).unwrap();
    assert_eq!(qualified(&config, &Catalog::load(None).unwrap()), BTreeSet::from(["new".to_owned()]));
}
