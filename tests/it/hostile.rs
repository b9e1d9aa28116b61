//! Answers nobody hopes for. Each ends in a clear problem or with its record set aside; what else came lands, and the load and
//! the metrics after it go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bizreview::extract::Outcome;

use crate::support::company::said;
use crate::support::lone::{LIMITS, Lone};
use crate::support::wire::{Body, Reply, Wire};

const STREAM: &str = "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
                      required = { \"/n\" = \"integer\" }\ndrop = [\"/secret\"]\n";

/// A company whose API answers this, and what it makes of it in the warehouse.
fn company(reply: Reply, manifest: &str) -> (Wire, Lone) {
    let wire = Wire::serve(move |_| reply.clone());
    let lone = Lone::new(&wire.url(), "", manifest);
    lone.edit("manifests/m.toml", "body_bytes = 1000000", "body_bytes = 2097152");
    lone.write(
        "queries/staging/m/list.sql",
        "select source_name, record_key, extracted_at, batch,\n  json_extract_string(record, '$.id') as id,\n  \
         cast(json_extract_string(record, '$.n') as bigint) as n,\n  json_extract_string(record, '$.t') as t\nfrom landing.m_list\n",
    );
    (wire, lone)
}

fn record(id: &str, rest: &str) -> String {
    format!("{{\"id\":\"{id}\",\"n\":1{rest}}}")
}

fn deep(levels: usize) -> String {
    format!(",\"d\":{}1{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn hostile_records_are_set_aside_or_land_and_the_load_goes_on() {
    let mega = "k".repeat(1 << 20);
    let records = [
        record("good", ",\"t\":\"x\""),
        // land as they are
        record("deep10", &deep(10)),
        record("deep10000", &deep(10_000)),
        record("nul", ",\"t\":\"a\\u0000b\""),
        record("infinite", ",\"x\":1e999,\"y\":-1e-999,\"z\":123456789012345678901234567890.123456789"),
        record("pair", ",\"t\":\"\\ud83d\\ude00\""),
        record("escaped", ",\"t\":\"\\\\ud800\""),
        record("name", &format!(",\"{mega}\":1")),
        format!("{{\"id\":\"{mega}\",\"n\":1}}"),
        record("dropped", ",\"secret\":{\"a\":[\"}\",\"\\\"\"]}"),
        record("control", ",\"t\":\"\\u001b[2J\\u202e\""),
        // are set aside
        record("half", ",\"t\":\"\\ud800\""),
        record("half_name", ",\"\\udc00\":1"),
        record("twice", ",\"n\":2"),
        "{\"id\":\"a\",\"id\":\"b\",\"n\":1}".to_owned(),
        "{\"id\":\"huge\",\"n\":123456789012345678901234567890}".to_owned(),
        "{\"id\":\"power\",\"n\":1e3}".to_owned(),
        "{\"id\":\"\",\"n\":1}".to_owned(),
        "{\"id\":{},\"n\":1}".to_owned(),
        "\"text\"".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "17".to_owned(),
        "{}".to_owned(),
    ];
    let body = format!("\u{feff}{{\"data\":[{}]}}", records.join(",\n"));
    let (_wire, lone) = company(Reply::bytes(body), STREAM);
    lone.edit("manifests/m.toml", "body_bytes = 2097152", "body_bytes = 10000000");
    let outcome = lone.pull();
    assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 11, 13));
    let reasons: Vec<(String, String)> =
        lone.ledger().quarantined(50).unwrap().into_iter().map(|q| (q.key.unwrap_or_default(), q.reason)).collect();
    for (key, why) in [
        ("half", "holds \\ud800, which is half of a character"),
        ("twice", "is there twice"),
        ("huge", "is not a whole number of at most 18 digits but 123456789012345678901234567890"),
        ("power", "is not a whole number but 1e3"),
        ("", "is not an object"),
        ("", "has no key"),
    ] {
        assert!(reasons.iter().any(|(k, reason)| k == key && reason == why), "{key}: {why} in {reasons:?}");
    }
    // what is dropped is nowhere, also of what was set aside
    assert!(!format!("{:?}", lone.landed("list")).contains("secret"));
    let rows = said(&mut lone.command(&[
        "query",
        "select count(*) as n, count(t) as t, max(length(id)) as longest from staging.m_list",
        "--format",
        "csv",
    ]));
    rows.exits(0).prints(&["11,5,1048576"]);
    // and a metric on top of it all
    let values = said(&mut lone.command(&["values", "mrr", "--format", "csv"])).exits(1);
    assert_eq!(values.err.lines().count(), 1, "{}", values.err);
    values.explains(&["mrr: not measured: billing data is not connected"]);
    said(&mut lone.command(&["quarantine"])).exits(0).prints(&["13 records"]);
}

/// What is not UTF-8 in each of these records is set aside with it, or dropped with its field.
const NOT_UTF8: &[u8] = b"{\"id\":\"good\",\"n\":1}\n{\"id\":\"field\",\"n\":1,\"a\":{\"t/u\":[\"x\",\"M\xfcller\"]}}\n\
    {\"id\":\"paired\",\"n\":1,\"t\":\"\\ud83d\xff\\ude00\"}\n{\"id\":\"name\",\"n\":1,\"\xff\":2}\n{\"id\":\"dropped\",\"n\":1,\"secret\":\"\xff\"}\n\
    {\"id\":\"key \xff\",\"n\":1}\n{\"id\":\"cut\",\"n\":1,\"t\":\"\xe2\x82\"}\n{\"id\":\"last\",\"n\":1,\"t\":\"\xe2\x82\xac\"}";

#[test]
fn a_record_whose_bytes_are_not_utf8_is_set_aside_alone() {
    let records =
        [&b"{\"data\":["[..], &NOT_UTF8.split(|b| *b == b'\n').collect::<Vec<_>>().join(&b','), b"]}"].concat();
    let (_wire, lone) = company(Reply::bytes(records), STREAM);
    let outcome = lone.pull();
    assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 3, 5));
    let keys: Vec<String> = lone.known("list").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["dropped", "good", "last"]);
    let aside = lone.ledger().quarantined(9).unwrap();
    for (key, path, shown) in [
        (Some("field"), "/a/t~1u/1", "M\u{fffd}ller"),
        (Some("paired"), "/t", "\\ud83d\u{fffd}\\ude00"),
        (Some("name"), "", "\"\u{fffd}\":2"),
        (None, "/id", "key \u{fffd}"),
        (Some("cut"), "/t", "\"t\":\"\u{fffd}\""),
    ] {
        let found = aside.iter().any(|record| {
            record.key.as_deref() == key
                && record.json_path == path
                && record.record.contains(shown)
                && record.reason.starts_with("holds bytes that are not UTF-8")
        });
        assert!(found, "{key:?} {path} {shown} in {aside:?}");
    }
    // what is kept for people to read is not what the API has
    said(&mut lone.command(&["quarantine", "retry"]))
        .exits(1)
        .prints(&["s list: 0 landed", "holds bytes that are not UTF-8; only reading it anew mends that"]);
    assert_eq!(lone.known("list").len(), 3);
}

#[test]
fn a_record_with_what_is_no_number_is_set_aside_alone() {
    let body = b"{\"data\":[{\"id\":\"a\",\"n\":1,\"t\":\"NaN\"},{\"id\":\"b\",\"n\":NaN},{\"id\":\"c\",\"n\":1,\"x\":{\"y\":[-Infinity]}},\
        {\"id\":\"d\",\"n\":1,\"secret\":Infinity}],\"mean\":NaN}";
    let (_wire, lone) = company(Reply::bytes(body), STREAM);
    let outcome = lone.pull();
    assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 2, 2));
    let aside: Vec<(String, String)> = lone
        .ledger()
        .quarantined(9)
        .unwrap()
        .into_iter()
        .map(|one| (one.json_path + " " + &one.reason, one.record))
        .collect();
    let again = "; only reading it anew mends that";
    assert_eq!(aside[1], (format!("/n is NaN, which is no number{again}"), "{\"id\":\"b\",\"n\":NaN}".into()));
    assert_eq!(aside[0].0, format!("/x/y/0 is -Infinity, which is no number{again}"));
    said(&mut lone.command(&["quarantine", "retry"])).exits(1).prints(&["s list: 0 landed"]);
    let keys: Vec<String> = lone.known("list").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a", "d"]);
}

#[test]
fn a_hashed_field_that_is_no_text_is_neither_shown_nor_taken() {
    let body = b"{\"data\":[{\"id\":\"a\",\"n\":1,\"mail\":\"ada\xff@acme.example\"},{\"id\":\"b\",\"n\":1,\"mail\":\"eve\\ud800\"},\
        {\"id\":\"c\",\"n\":1,\"who\":{\"mail\":\"x\",\"\\udc00\":1}},{\"id\":\"d\",\"n\":1,\"mail\":\"d@acme.example\"}]}";
    let (_wire, lone) = company(Reply::bytes(body), &format!("{STREAM}hash = [\"/mail\", \"/who/mail\"]\n"));
    let outcome = lone.pull();
    assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 1, 3));
    let aside = format!("{:?}", lone.ledger().quarantined(9).unwrap());
    assert!(!aside.contains("ada") && !aside.contains("eve"), "{aside}");
}

#[test]
fn what_is_wrong_in_one_record_of_a_file_is_set_aside_alone() {
    // the first two land as they are
    let odd: [&[u8]; 6] = [
        b"\"x\":{\"d\":[[[[[[[[[[1]]]]]]]]]]}",
        b"\"x\":1e400,\"y\":1234567890123456789012345678901234567890",
        b"\"x\":1,\"x\":2",
        b"\"n\":2",
        b"\"x\":NaN",
        b"\"t\":\"M\xfcller\"",
    ];
    let lines: Vec<Vec<u8>> = odd
        .iter()
        .enumerate()
        .map(|(id, text)| [format!("{{\"id\":\"{id}\",\"n\":1,").as_bytes(), *text, b"}"].concat())
        .collect();
    let manifest = "name = \"m\"\nkind = \"files\"\n[[streams]]\nname = \"list\"\npath = \"FILE\"\nkey = [\"/id\"]\nwrite = \"merge\"\n\
                    required = { \"/n\" = \"integer\" }\n";
    for (file, bytes, aside) in [
        ("list.ndjson", lines.join(&b'\n'), 4),
        // NaN is no JSON, so that no end of an array could be told after it
        ("list.json", [b"[", &[&lines[..4], &lines[5..]].concat().join(&b',')[..], b"]"].concat(), 3),
    ] {
        let lone = Lone::new("http://127.0.0.1:9", "", "");
        lone.write("manifests/m.toml", &manifest.replace("FILE", file));
        lone.edit(
            "bizreview.toml",
            "base_url = \"http://127.0.0.1:9\"\ntoken = { env = \"M_TOKEN\" }\n",
            "directory = \"data\"\n",
        );
        std::fs::create_dir_all(lone.folder.join("data")).unwrap();
        std::fs::write(lone.folder.join("data").join(file), bytes).unwrap();
        let outcome = lone.pull();
        assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 2, aside), "{file}");
        let kept = lone.landed("list").into_iter().map(|(_, record)| record).collect::<Vec<_>>().join("\n");
        assert!(kept.contains("1e400") && kept.contains("1234567890123456789012345678901234567890"), "{kept}");
    }
}

#[test]
fn a_record_whose_list_has_no_key_and_no_contract_is_still_readable_text() {
    let stream = STREAM
        .replace("key = [\"/id\"]\nwrite = \"merge\"\nrequired = { \"/n\" = \"integer\" }", "write = \"replace\"");
    let body = format!("{{\"data\":[{},{}]}}", record("good", ""), record("half", ",\"t\":\"\\udfff\""));
    let (_wire, lone) = company(Reply::bytes(body), &stream);
    let outcome = lone.pull();
    assert_eq!((outcome.rows, outcome.quarantined), (1, 1));
    said(&mut lone.command(&["query", "select count(*) as n from staging.m_list", "--format", "csv"]))
        .exits(0)
        .prints(&["n\n1"]);
}

#[test]
fn hostile_answers_are_clear_problems_and_leave_what_was() {
    let json = |body: &[u8]| Reply::bytes(body);
    let cases: Vec<(&str, Reply, &str)> = vec![
        ("no UTF-8 between texts", json(b"{\"data\":[{\"id\":\xff}]}"), "not UTF-8 (the first at 15) where no text is"),
        ("an escape of it", json(b"{\"data\":[{\"id\":\"\\\xff\"}]}"), "bytes that are not UTF-8"),
        (
            "another encoding",
            json(&[b"{\"data\":[\"", &b"\xe4a".repeat(5000)[..], b"\"]}"].concat()),
            "too many are not UTF-8",
        ),
        ("NaN and more", json(b"{\"data\":[{\"id\":1,\"n\":NaN,}]}"), "broken JSON"),
        ("no number at all", json(b"{\"data\":[{\"id\":1,\"n\":-NaN}]}"), "broken JSON"),
        ("nothing", json(b""), "answered with nothing"),
        ("blank", json(b" \r\n\t"), "answered with nothing"),
        ("a mark alone", json("\u{feff}".as_bytes()), "answered with nothing"),
        ("HTML", json(b"<!doctype html><p>Sign in"), "HTML instead of JSON"),
        ("two documents", json(b"{\"data\":[]}{\"data\":[]}"), "broken JSON"),
        ("a comment", json(b"/* x */ {\"data\":[]}"), "broken JSON"),
        ("a text", json(b"\"maintenance\""), "no list at \"/data\""),
        ("null", json(b"null"), "no list at \"/data\""),
        ("an object for a list", json(b"{\"data\":{\"0\":{}}}"), "no list at \"/data\""),
        ("open brackets", json("[".repeat(100_000).as_bytes()), "ends too early"),
        ("a raw NUL", json(b"{\"data\":[{\"id\":\"a\x00b\",\"n\":1}]}"), "broken JSON"),
    ];
    for (name, reply, words) in cases {
        let (_wire, lone) = company(reply, STREAM);
        let why = lone.failure();
        assert!(why.contains(words), "{name}: {why}");
        assert!(lone.known("list").is_empty(), "{name}");
    }
}

#[test]
fn a_body_without_end_is_cut_at_its_bound_and_not_kept() {
    let sent = Arc::new(AtomicU64::new(0));
    let chunk = b"{\"data\":[\"".iter().copied().chain(std::iter::repeat_n(b'x', 64 << 10)).collect::<Vec<u8>>();
    let reply = Reply { status: 200, headers: vec![], body: Body::Endless(chunk, Arc::clone(&sent)) };
    let (wire, lone) = company(reply, STREAM);
    let why = lone.failure();
    assert!(why.contains("answered with more than 2 MB"), "{why}");
    assert_eq!(wire.asked().len(), 1, "it is not asked for again");
    // what the kernel's buffers take on top is not ours
    assert!(sent.load(Ordering::Relaxed) < 16 << 20, "{} bytes were sent", sent.load(Ordering::Relaxed));
    // an error without end is cut too
    let endless = Arc::new(AtomicU64::new(0));
    let reply = Reply { status: 400, headers: vec![], body: Body::Endless(vec![b'x'; 64 << 10], Arc::clone(&endless)) };
    let (_wire, lone) = company(reply, STREAM);
    let why = lone.failure();
    assert!(why.contains("answered 400"), "{why}");
    assert!(endless.load(Ordering::Relaxed) < 16 << 20, "{} bytes were sent", endless.load(Ordering::Relaxed));
}

#[test]
fn a_bomb_is_cut_at_what_it_unpacks_to() {
    // a gigabyte of blanks as gzip: members of 4 MB one after another
    let packed = include_bytes!("fixtures/bomb.json.gz").repeat(256);
    let reply = Reply::bytes(packed).with("content-encoding", "gzip");
    let (_wire, lone) = company(reply, STREAM);
    let before = memory();
    let why = lone.failure();
    assert!(why.contains("more than 2 MB"), "{why}");
    assert!(memory().saturating_sub(before) < 200 << 10, "{} kB before, {} kB after", before, memory());
}

/// The largest resident set so far, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn silence_in_the_middle_of_a_body_is_an_end_in_time() {
    let reply = Reply { status: 200, headers: vec![], body: Body::Silence };
    let (wire, lone) = company(reply, STREAM);
    lone.edit("manifests/m.toml", "read_seconds = 5", "read_seconds = 0.3");
    let began = std::time::Instant::now();
    let why = lone.failure();
    assert!(why.contains("not answered in time") && why.contains("tried 3 times"), "{why}");
    assert!(began.elapsed().as_secs() < 20 && wire.asked().len() == 3, "{LIMITS}");
}

#[test]
fn credentials_go_to_the_sources_own_host_only() {
    let other = Wire::serve(|_| Reply::json("{\"data\":[]}"));
    let elsewhere = other.url();
    for (reply, rest) in [
        (Reply::status(302).with("location", &format!("{elsewhere}/list")), ""),
        (Reply::status(307).with("location", &format!("{elsewhere}/list")), ""),
        (
            Reply::json(format!("{{\"data\":[],\"next\":\"{elsewhere}/list\"}}")),
            "paginate = { kind = \"next_url\", at = \"/next\" }",
        ),
        (
            Reply::json("{\"data\":[]}").with("link", &format!("<{elsewhere}/list>; rel=\"next\"")),
            "paginate = { kind = \"link_header\" }",
        ),
        (
            Reply::json(format!(
                "{{\"data\":[{{\"id\":1,\"n\":1,\"lines\":{{\"data\":[{{\"id\":1}}],\"more\":true,\"url\":\"{elsewhere}/lines\"}}}}]}}"
            )),
            "nested = [{ at = \"/lines\", more = \"/more\", param = \"after\" }]",
        ),
    ] {
        let (_wire, lone) = company(reply, &format!("{STREAM}{rest}\n"));
        let why = lone.failure();
        assert!(why.contains("redirects are not followed") || why.contains("refused"), "{why}");
    }
    assert_eq!(other.asked().len(), 0, "another host is asked nothing");
}

#[test]
fn an_address_that_carries_the_secret_is_not_kept() {
    let wire = Wire::serve(|asked| {
        let page: u64 = asked.param("page").map_or(1, |page| page.parse().unwrap());
        let host = &asked.headers.iter().find(|(name, _)| name == "host").unwrap().1;
        let key = asked.param("key").unwrap();
        let next = (page < 6).then(|| format!("http://{host}/list?page={}&key={key}", page + 1));
        if page == 5 {
            return Reply::status(400);
        }
        Reply::json(serde_json::json!({"data": [{"id": page, "n": 1}], "next": next}))
    });
    let lone = Lone::new(
        &wire.url(),
        ", file_rows = 1",
        &format!("{STREAM}paginate = {{ kind = \"next_url\", at = \"/next\" }}\n"),
    );
    lone.edit("manifests/m.toml", "{ kind = \"bearer\" }", "{ kind = \"query\", param = \"key\" }");
    assert!(lone.failure().contains("answered 400"));
    let ledger = std::fs::read(lone.folder.join("store/ledger.sqlite")).unwrap();
    let journal = std::fs::read(lone.folder.join("store/ledger.sqlite-wal")).unwrap_or_default();
    for bytes in [ledger, journal] {
        assert!(!String::from_utf8_lossy(&bytes).contains(crate::support::lone::SECRET));
    }
}
