//! Languages: a review in German from subject to page, words for the whole catalogue, and languages of one's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bizreview::render::{Renderer, sample};
use bizreview::review::account::{Body, Value};
use bizreview::warehouse::catalog::Layer;
use bizreview::warehouse::{Catalog, Warehouse};

use crate::support::company::{Desk, REPORTS};

const ENGLISH: &str = include_str!("../../templates/locales/en.ftl");
const GERMAN: &str = include_str!("../../templates/locales/de.ftl");
/// Shorter pieces of sentences are part of German words too.
const TELLING: usize = 12;

/// The company in German and in euros, each report as a dry run wrote it.
fn german() -> &'static BTreeMap<String, [String; 4]> {
    static PRINTED: LazyLock<BTreeMap<String, [String; 4]>> = LazyLock::new(|| {
        let rates = "date,currency,rate\n2023-01-01,usd,0.92\n2023-01-01,gbp,1.17\n";
        let desk = Desk::pulled()
            .edit("locale = \"en\"", "locale = \"de\"")
            .edit("currency = \"usd\"", "currency = \"eur\"")
            .write("files/fx_rate.csv", rates);
        desk.run(&["pull", "files"]).exits(0);
        let said = desk.run(&["run", "--dry-run", "--no-pull"]).exits(0).out;
        let printed = |name: &str, period: &str| {
            let read = |file: &str| desk.read(&format!("store/dry-run/{name}/{period}/{file}"));
            let subject = said.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_default();
            [subject.to_owned(), read("email.txt"), read("email.html"), read("index.html")]
        };
        REPORTS.iter().map(|report| (report.name.clone(), printed(&report.name, report.period))).collect()
    });
    &PRINTED
}

/// One line, plain spaces.
fn flat(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A language file's literal text between its placeables, where it is long enough to tell the language.
fn literals(file: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let text = match line.trim_start().strip_prefix('*').unwrap_or(line.trim_start()).split_once("] ") {
            Some((key, text)) if key.starts_with('[') => text,
            _ => line.split_once(" = ").map_or("", |(_, text)| text),
        };
        let mut rest = text.replace("{\"\\u00A0\"}", " ");
        while let Some((before, after)) = rest.split_once('{') {
            found.insert(before.trim().to_owned());
            rest = after.split_once('}').map_or(String::new(), |(_, after)| after.to_owned());
        }
        found.insert(rest.trim().to_owned());
    }
    found.retain(|text| text.chars().count() > TELLING);
    found
}

/// A page without the queries it shows as they were run.
fn without_sql(page: &str) -> String {
    let mut parts = page.split("<pre");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once("</pre>").map_or(part, |(_, rest)| rest))
}

#[test]
fn a_german_review_has_no_english_sentence_anywhere() {
    let german_literals = literals(GERMAN);
    let catalog = catalog();
    let titles = catalog.metrics.iter().flat_map(|(h, _)| h.series()).map(|(_, title, _)| title);
    let definitions = catalog.metrics.iter().map(|(h, _)| h.definition.chars().take(40).collect());
    let lists = catalog.layer(Layer::Lists).filter_map(|q| Some(field(&q.sql, "title")?.to_owned()));
    let needs = catalog.needs.values().flat_map(|need| [need.why.clone(), need.how.clone()]);
    let words = ["no reason recorded", "missed SLA target", "answered late", "solved late", "still open", "came back"];
    let english: BTreeSet<String> = literals(ENGLISH)
        .into_iter()
        .chain(titles.chain(definitions).chain(lists).chain(needs).filter(|text: &String| text.len() > TELLING))
        .chain(words.map(str::to_owned))
        .filter(|text| !german_literals.contains(text))
        .collect();
    assert!(english.len() > 200 && english.contains("What needs attention"), "{english:?}");
    for (report, [subject, text, mail, page]) in german() {
        for (part, printed) in [("subject", subject), ("text", text), ("mail", mail), ("page", page)] {
            let printed =
                flat(&without_sql(printed).replace("&quot;", "\"").replace("&amp;", "&").replace("&#x27;", "'"));
            let found: Vec<&String> = english.iter().filter(|text| printed.contains(text.as_str())).collect();
            assert!(found.is_empty(), "the {part} of {report} says {found:?}");
        }
        assert!(mail.contains("<html lang=\"de\"") && page.contains("<html lang=\"de\""), "{report}");
    }
}

#[test]
fn figures_weeks_and_days_are_written_as_germans_do() {
    let [_, text, _, page] = &german()["executive"];
    let (text, page) = (flat(text), flat(page));
    assert!(text.contains("KW 46 (9.–15. Nov. 2026)"), "{text}");
    assert!(page.contains("KW 46") && !page.contains("W46 ("), "the page");
    // 1.234,56 €
    let is_money = |word: &str| {
        let (whole, cents) = word.split_once(',').unwrap_or_default();
        let digits = |t: &str, n| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        digits(cents, 2) && whole.rsplit_once('.').is_some_and(|(_, last)| digits(last, 3))
    };
    let words: Vec<&str> = page.split([' ', '>', '<', '(', '−']).collect();
    assert!(words.windows(2).any(|pair| is_money(pair[0]) && pair[1].starts_with('€')), "no 1.234,56 € on the page");
    assert!(!page.contains("€1") && !text.contains("€1"), "the symbol stands behind");
    let finance = flat(&german()["finance"][1]);
    assert!(finance.contains("Oktober 2026"), "{finance}");
}

#[test]
fn a_report_can_have_a_language_of_its_own_and_switzerland_its_separators() {
    let desk = Desk::pulled().edit("# locale = \"de\"", "locale = \"de-CH\"");
    let said = desk.run(&["run", "executive", "support", "--dry-run", "--no-pull"]).exits(0).out;
    let text = flat(&desk.read("store/dry-run/executive/2026-W46/email.txt"));
    assert!(text.contains("KW 46") && text.contains('’'), "{text}");
    let grouped = text.split(' ').any(|w| w.split_once('’').is_some_and(|(a, b)| a.len() < 4 && b.len() >= 3));
    assert!(grouped && text.contains('$'), "{text}");
    let english = desk.read("store/dry-run/support/2026-W46/email.txt");
    assert!(english.contains("W46") && !english.contains("KW"), "{said}");
}

#[test]
fn a_locale_without_words_is_refused_and_one_with_separators_only_is_not() {
    let desk = Desk::pulled().edit("# locale = \"de\"", "locale = \"tlh\"");
    desk.run(&["check"]).exits(2).explains(&["[reports.executive]", "\"tlh\"", "de, de-CH, en, es, fr"]);
    let desk =
        Desk::pulled().edit("locale = \"en\"", "locale = \"sv\"").edit("# locale = \"de\"", "locale = \"fr-FR\"");
    desk.run(&["check"]).exits(0);
}

#[test]
fn a_file_of_ones_own_brings_a_language_and_its_mistakes_are_told_by_check() {
    let with = |ftl: &str| {
        let desk = Desk::pulled().edit("# templates = \"templates\"", "templates = \"templates\"");
        desk.edit("# locale = \"de\"", "locale = \"fr\"").write("templates/locales/fr.ftl", ftl)
    };
    let desk = with("lang = fr\n\nheading-scorecard = Tableau de bord\nmetric-mrr = Revenu mensuel\n");
    desk.run(&["check"]).exits(0);
    desk.run(&["run", "executive", "--dry-run", "--no-pull"]).exits(0);
    let page = desk.read("store/dry-run/executive/2026-W46/index.html");
    for words in ["<html lang=\"fr\"", "Tableau de bord", "Revenu mensuel"] {
        assert!(page.contains(words), "{words}");
    }
    for (ftl, words) in [
        ("lang = fr\nheading-scorecard = { $\n", ["fr.ftl, line 2", "fr.ftl"]),
        ("lang = fr\n\nheading-scorecrad = Tableau\n", ["fr.ftl, line 3", "\"heading-scorecrad\""]),
        ("stale = { $why }\n", ["fr.ftl, line 1", "$why"]),
    ] {
        with(ftl).run(&["check"]).exits(2).explains(&words);
    }
}

fn catalog() -> Catalog {
    Warehouse::empty().unwrap().catalog(None).unwrap()
}

/// A line of a query's header.
fn field<'a>(sql: &'a str, key: &str) -> Option<&'a str> {
    sql.lines().find_map(|line| line.strip_prefix("-- ")?.strip_prefix(key)?.strip_prefix(": "))
}

/// The id of a word that comes with the data.
fn term(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_end_matches('-').chars().take(60).collect();
    format!("term-{}", slug.trim_end_matches('-'))
}

/// What stands between quotes.
fn quoted(text: &str, quote: char) -> impl Iterator<Item = String> + '_ {
    text.split(quote).skip(1).step_by(2).map(str::to_owned)
}

/// What the queries of an account put together from pieces; n stands for a number or a day.
const ASSEMBLED: [&str; 26] = [
    "set to end on n",
    "n invoice overdue",
    "n invoices overdue",
    "n payment failed and not made good",
    "n payments failed and not made good",
    "n missed support target",
    "n missed support targets",
    "n detractor nobody got back to",
    "n detractors nobody got back to",
    "answers of n to n in ninety days, the last on n",
    "use down from n to n days",
    "n promise overdue",
    "n promises overdue",
    "n promise kept late",
    "n promises kept late",
    "term ends on n",
    "use is known from n on",
    "no exchange rate",
    "because",
    "segment",
    "of n ticket",
    "of n tickets",
    "from n record",
    "from n records",
    "n of n recorded benefits cannot be valued in the company's currency",
    "n of n",
];

/// Labels, notes and states that a query of an account writes as a whole, their numbers as n.
fn account_words(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let code = code.join(" ");
    let parts: Vec<&str> = code.split('\'').collect();
    let units = ["text", "word", "segment", "money", "amount", "count", "date", "business_duration"];
    let mut found = Vec::new();
    for (i, literal) in parts.iter().enumerate().skip(1).step_by(2) {
        let (before, after) = (parts[i - 1].trim(), parts.get(i + 1).map_or("", |text| text.trim()));
        let is_label = after.ends_with(',') && parts.get(i + 2).is_some_and(|unit| units.contains(unit));
        let is_word = before.ends_with("then") || before.ends_with("else") || after.starts_with("from ") || is_label;
        let is_piece =
            literal.starts_with(' ') || literal.ends_with(' ') || literal.ends_with('(') || after.starts_with("||");
        let is_telling = literal.contains(char::is_alphabetic) && !units.contains(literal);
        if is_word && !is_piece && is_telling {
            found.push(numbers_as_n(literal));
        }
    }
    found
}

fn numbers_as_n(text: &str) -> String {
    text.split(' ').map(|word| if word.parse::<u64>().is_ok() { "n" } else { word }).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_german_account_review_has_no_english_title_note_or_word() {
    let catalog = catalog();
    let mut english: BTreeSet<String> = BTreeSet::new();
    for query in catalog.layer(Layer::Account) {
        let header = ["title", "note", "empty"].into_iter().filter_map(|key| field(&query.sql, key));
        english.extend(header.map(str::to_owned));
        english.extend(quoted(field(&query.sql, "columns").unwrap_or_default(), '"'));
        english.extend(account_words(query.body()));
    }
    // words that German has too
    let german = literals(GERMAN);
    english.retain(|text| text.len() > TELLING && !german.contains(text));
    assert!(english.len() > 80, "{}", english.len());
    let mut checked = 0;
    for (name, mut review) in sample::accounts() {
        if name == "hostile account" {
            continue;
        }
        review.locale = "de".into();
        let owner = review.sections.iter_mut().find_map(|section| match &mut section.body {
            Body::Facts(facts) => facts.iter_mut().find(|fact| fact.label == "Owner"),
            _ => None,
        });
        let has_owner = owner.map(|owner| owner.value = Some(Value::Text("Overdue".into()))).is_some();
        let printed = Renderer::new(None).unwrap().render_account(&review).unwrap();
        for (part, text) in
            [("subject", printed.subject), ("text", printed.text), ("mail", printed.html), ("page", printed.page)]
        {
            let text = flat(&text);
            let found: Vec<&String> = english.iter().filter(|words| text.contains(words.as_str())).collect();
            assert!(found.is_empty(), "the {part} of {name} says {found:?}");
            // what a company wrote stays, though the language has a word for it
            assert!(!has_owner || part == "subject" || text.contains("Overdue"), "the {part} of {name}");
            checked += 1;
        }
    }
    assert!(checked >= 8);
}

#[test]
fn every_metric_list_column_need_check_and_reason_of_the_catalogue_has_its_german_words() {
    let mut messages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut last = "";
    for line in GERMAN.lines() {
        if let Some((name, _)) = line.trim_start().strip_prefix('.').and_then(|l| l.split_once(" =")) {
            messages.entry(last).or_default().insert(name);
        } else if let Some((id, _)) = line.split_once(" =").filter(|(id, _)| !id.starts_with([' ', '#'])) {
            assert!(!messages.contains_key(id), "{id} is there twice");
            messages.entry(id).or_default();
            last = id;
        }
    }
    let catalog = catalog();
    let mut wanted: Vec<(String, Option<&str>)> = Vec::new();
    for (name, ..) in catalog.metrics.iter().flat_map(|(header, _)| header.series()) {
        wanted.push((format!("metric-{name}"), Some("definition")));
    }
    wanted.extend(catalog.needs.keys().map(|need| (format!("need-{need}"), Some("how"))));
    let mut terms: Vec<String> = Vec::new();
    for query in catalog.layer(Layer::Account) {
        let id = query.relation.replace("account.", "section-");
        wanted.push((id.clone(), None));
        let told = ["note", "empty"].into_iter().filter(|key| field(&query.sql, key).is_some());
        wanted.extend(told.map(|key| (id.clone(), Some(key))));
        terms.extend(quoted(field(&query.sql, "columns").unwrap_or_default(), '"'));
        terms.extend(account_words(query.body()));
    }
    terms.extend(ASSEMBLED.map(str::to_owned));
    for query in catalog.layer(Layer::Lists) {
        wanted.push((query.relation.replace("lists.", "list-"), None));
        terms.extend(quoted(field(&query.sql, "columns").unwrap(), '"'));
    }
    let titles = catalog.layer(Layer::Checks).map(|query| field(&query.sql, "title").unwrap().to_owned());
    terms.extend(titles);
    let functions = &catalog.relation("core.churn_function").unwrap().sql;
    let pairs = functions.split("values").nth(1).unwrap().split("select").next().unwrap();
    terms.extend(quoted(pairs, '\'').map(|word| word.replace('_', " ")));
    for source in [include_str!("../../src/review/compare.rs"), include_str!("../../src/review/row.rs")] {
        let reasons = source.split("\".into()").filter_map(|before| Some(before.rsplit_once('"')?.1.to_owned()));
        terms.extend(reasons.filter(|reason| reason.contains(' ') && !reason.contains('\n')));
    }
    terms.extend(
        ["plan", "size", "lifecycle", "channel", "feature", "billing", "support", "product", "unattributed"]
            .map(str::to_owned),
    );
    assert!(wanted.len() > 120 && terms.len() > 80, "{} and {}", wanted.len(), terms.len());
    wanted.extend(terms.iter().map(|text| (term(text), None)));
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(id, attribute)| {
            messages.get(id.as_str()).is_none_or(|has| attribute.is_some_and(|name| !has.contains(name)))
        })
        .map(|(id, _)| id.as_str())
        .collect();
    assert!(missing.is_empty(), "templates/locales/de.ftl has no words for {missing:#?}");
    // a metric that is gone leaves no words behind
    let known: BTreeSet<&str> = wanted.iter().map(|(id, _)| id.as_str()).collect();
    let stale: Vec<&&str> = messages
        .keys()
        .filter(|id| {
            ["metric-", "list-", "need-", "section-"].iter().any(|kind| id.starts_with(kind)) && !known.contains(**id)
        })
        .collect();
    assert!(stale.is_empty(), "templates/locales/de.ftl has words for what is not there: {stale:?}");
}
