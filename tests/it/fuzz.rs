//! Whatever comes in is answered: no panic, no hang, no unbounded memory. `PROPTEST_CASES=10000` looks longer.
//!
//! Parsers alone take microseconds a case, for hours of them: the page splitter (`extract::lens`), `Link` (`extract::paginate`),
//! `Retry-After` (`extract::retry`) and Singer's lines (`extract::singer`) are `cargo test --lib extract::`, the manifest's is
//! here. The others here are whole pulls.

use std::sync::{Arc, LazyLock, Mutex};

use bizreview::extract::{Manifest, Outcome};
use proptest::prelude::*;
use proptest::test_runner::Config as Cases;

use crate::support::lone::Lone;
use crate::support::wire::{Reply, Wire};

/// So many cases, unless the surroundings ask for another number.
fn cases(few: u32) -> Cases {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Cases { cases: wanted.unwrap_or(few), failure_persistence: None, ..Cases::default() }
}

/// The manifests that are shipped: name and text.
static SHIPPED: LazyLock<Vec<(String, String)>> = LazyLock::new(shipped);

fn shipped() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sources");
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    all.sort();
    all
}

/// One thing done to a text.
#[derive(Debug, Clone)]
enum Edit {
    DropLine(usize),
    RepeatLine(usize),
    SwapLines(usize, usize),
    Cut(usize),
    Insert(usize, String),
    Replace(usize, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "\"\"",
            "[]",
            "{}",
            "-1",
            "0",
            "1e999",
            "nan",
            "true",
            "\"/\"",
            "'",
            "\"",
            "[[",
            "]]",
            "=",
            "{",
            "}",
            ",",
            "\n",
            "\0",
            "99999999999999999999",
            "\"\\ud800\"",
            "{ kind = \"page\" }",
            "kind = \"cursor\"",
            "[streams.incremental]",
            "\"{parent}\"",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ];
    prop_oneof![
        any::<usize>().prop_map(Edit::DropLine),
        any::<usize>().prop_map(Edit::RepeatLine),
        any::<(usize, usize)>().prop_map(|(a, b)| Edit::SwapLines(a, b)),
        any::<usize>().prop_map(Edit::Cut),
        (any::<usize>(), word.clone()).prop_map(|(at, word)| Edit::Insert(at, word)),
        (any::<usize>(), word).prop_map(|(at, word)| Edit::Replace(at, word)),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let count = lines.len().max(1);
    if lines.is_empty() {
        lines.push("");
    }
    let boundary = |at: usize| (0..=at % (text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    match edit {
        Edit::DropLine(at) => drop(lines.remove(at % count)),
        Edit::RepeatLine(at) => lines.insert(at % count, lines[at % count]),
        Edit::SwapLines(a, b) => lines.swap(a % count, b % count),
        Edit::Cut(at) => return text[..boundary(*at)].to_owned(),
        Edit::Insert(at, word) => {
            let at = boundary(*at);
            return format!("{}{word}{}", &text[..at], &text[at..]);
        }
        // a value after its equals sign
        Edit::Replace(at, word) => {
            let line = lines[at % count];
            if let Some((name, _)) = line.split_once('=') {
                let mut all: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
                all[at % count] = format!("{name}= {word}");
                return all.join("\n");
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_change_of_a_manifest_is_read_or_refused_with_its_place(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..4),
    ) {
        let (file, text) = which.get(&SHIPPED);
        let text = edits.iter().fold(text.clone(), |text, edit| apply(&text, edit));
        if let Err(error) = Manifest::parse(&text, file) {
            let told = format!("{error:#}");
            prop_assert!(told.contains(file), "{}", told);
            // what is no TOML or no word of ours has a line and a caret; what is against a rule names its stream or key
            prop_assert!(told.contains("line ") || told.len() > file.len() + 8, "{}", told);
        }
    }
}

/// Text that looks like an answer, and is none, or nearly.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"{"[..],
        b"}",
        b"[",
        b"]",
        b"\"data\":",
        b"\"id\":",
        b"\"n\":",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\\u0000",
        b"\\ud83d",
        b"1",
        b"-",
        b"1e9",
        b"null",
        b"true",
        b"\"a\"",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"<",
        b" ",
        b"\n",
        b"\"more\":true",
        b"\"next\":\"x\"",
        b"{\"data\":[{\"id\":1,\"n\":1}],\"more\":false,\"next\":null}",
        b"{\"id\":\"b\",\"n\":2}",
    ]);
    prop_oneof![
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<u8>(), 0..64),
        "\\PC{0,40}".prop_map(String::into_bytes),
        // a whole answer, cut or spoiled in one place
        (any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(|(at, byte, is_cut)| {
            let mut whole = b"{\"data\":[{\"id\":\"a\",\"n\":1,\"x\":{\"y\":[1,2.50,\"z\\u00e4\"]}},{\"id\":\"b\",\"n\":null}],\"more\":false}".to_vec();
            let at = at.index(whole.len());
            if is_cut { whole.truncate(at) } else { whole[at] = byte }
            whole
        }),
    ]
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn any_answer_is_an_outcome(bodies in prop::collection::vec((answer(), "[<>;=\", a-z/?]{0,30}", "[0-9a-zA-Z:, .-]{0,12}"), 1..4), kind in 0..4_usize) {
        let paginate = [
            "paginate = { kind = \"last_id\", param = \"after\", more = \"/more\" }",
            "paginate = { kind = \"next_url\", at = \"/next\" }",
            "paginate = { kind = \"link_header\" }",
            "paginate = { kind = \"page\", param = \"page\" }\ntotal = \"/n\"",
        ][kind];
        let shared = Arc::new(Mutex::new(bodies.into_iter().cycle()));
        let wire = Wire::serve(move |asked| {
            let (body, link, wait) = shared.lock().unwrap().next().unwrap();
            let status = if asked.nth % 5 == 4 { 429 } else { 200 };
            // a header may carry what it may
            Reply { status, ..Reply::bytes(body) }.with("link", link.trim()).with("retry-after", if wait.parse::<f64>().is_ok() { "0" } else { wait.trim() })
        });
        let manifest = format!(
            "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
             required = {{ \"/n\" = \"integer?\" }}\ndrop = [\"/x/y\"]\n{paginate}\n"
        );
        let outcome = Lone::new(&wire.url(), "", &manifest).pull();
        if let Outcome::Failed(why) = &outcome.result {
            prop_assert!(why.starts_with("source s (m), stream list: "), "{}", why);
        }
    }

    #[test]
    fn any_file_is_an_outcome(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        "(date|,|;|\t|currency|rate|\"|\n|\r|2026-01-01|usd|1\\.5|\u{feff}|\u{0}){0,30}".prop_map(String::into_bytes),
        answer(),
    ], is_lines: bool) {
        let lone = Lone::new("http://127.0.0.1:9", "", "[[streams]]\nname = \"list\"\npath = \"/\"\nwrite = \"replace\"\n");
        lone.edit("bizreview.toml", "manifest = \"m\"", "manifest = \"files\"\ndirectory = \"data\"");
        let text = std::fs::read_to_string(lone.folder.join("bizreview.toml")).unwrap();
        let kept: Vec<&str> = text.lines().filter(|l| !l.starts_with("base_url") && !l.starts_with("token") && !l.starts_with("settings")).collect();
        lone.write("bizreview.toml", &kept.join("\n"));
        lone.write("data/.keep", "");
        let name = if is_lines { "data/fx_rate.ndjson" } else { "data/fx_rate.csv" };
        std::fs::write(lone.folder.join(name), &bytes).unwrap();
        let outcomes = lone.pull_at(crate::support::lone::NOW, false);
        let outcome = outcomes.iter().find(|outcome| outcome.stream == "fx_rate").unwrap();
        if let Outcome::Failed(why) = &outcome.result {
            prop_assert!(why.contains("fx_rate"), "{}", why);
        }
    }
}
