//! Files: one or many, in a folder or behind an address, in whatever dialect; only what changed is read.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DictionaryArray, Float64Array,
    Int64Array, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    UInt64Array, types::Int32Type,
};
use arrow_schema::{DataType, Field};
use bizreview::extract::{Manifest, Outcome};
use wiremock::matchers::{header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::pull::{Company, NOW, failure, landed};

const FOLDER: &str = "directory = \"data\"\n";

fn company(test: &str, stream: &str) -> Company {
    company_of(test, stream, FOLDER)
}

fn company_of(test: &str, stream: &str, source: &str) -> Company {
    let head = "kind = \"files\"\nlimits = { tries = 2, backoff_seconds = 0.01, download_bytes = 100000 }\n";
    let company = Company::new(test, &format!("{head}{stream}"), source);
    std::fs::create_dir_all(company.folder.join("data")).unwrap();
    company
}

fn stream(words: &str) -> String {
    format!("[[streams]]\nname = \"rows\"\nkey = [\"/id\"]\n{words}")
}

fn gz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes.as_ref()).unwrap();
    writer.finish().unwrap()
}

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let bytes = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

#[tokio::test]
async fn a_stream_is_what_the_files_of_its_pattern_hold() {
    let company = company("pattern", &stream("path = \"exports/*.csv\"\nwrite = \"replace\"\n"));
    let none = company.pull().await;
    assert!(failure(&none.result).contains("exports/*.csv is not there"), "{none:?}");
    company.write("data/exports/b.csv", "id\n3\n");
    company.write("data/exports/a.csv", "id\n1\n2\n");
    company.write("data/exports/.half.csv", "id\n9\n");
    company.write("data/exports/old/c.csv", "id\n8\n");
    let rows = landed(company.pull().await);
    assert_eq!(rows, 3);
    let first = ["{\"id\":\"1\",\"_file\":\"exports/a.csv\"}", "{\"id\":\"2\",\"_file\":\"exports/a.csv\"}"];
    assert_eq!(company.records("rows")[..2], first, "in the order of names, each with its file");
    assert_eq!(company.pull().await.rows, 0, "the same bytes are not landed again");

    company.write("data/exports/b.csv", "id\n3\n4\n");
    assert_eq!(company.pull().await.rows, 4, "the stream is replaced by all of its files");
    company.remove("data/exports/a.csv");
    let gone = failure(&company.pull().await.result);
    assert!(gone.contains("exports/a.csv is gone, what it last held is still used"), "{gone}");
    assert!(gone.contains("--full"), "{gone}");
    let outcome = company.try_pull(NOW, true, false).await.unwrap().remove(0);
    assert_eq!(landed(outcome), 2, "what is there is all there is");
    assert_eq!(company.pull().await.result, Outcome::Ok);
}

#[tokio::test]
async fn files_that_are_merged_are_read_once_each_and_may_go() {
    let company = company("merged", &stream("path = \"*/rows-*.ndjson\"\nwrite = \"merge\"\n"));
    company.write("data/2026/rows-1.ndjson", "{\"id\":1}\n");
    company.write("data/2026/rows-2.ndjson", "{\"id\":2}\n");
    assert_eq!(company.pull().await.rows, 2);
    company.write("data/2026/rows-3.ndjson", "{\"id\":3}\n{\"id\":4}\n");
    company.remove("data/2026/rows-1.ndjson");
    let outcome = company.pull().await;
    assert_eq!(outcome.warnings, ["2026/rows-1.ndjson is gone; what it held stays"]);
    assert_eq!(landed(outcome), 2, "only the new file is read");
    company.remove("data/2026/rows-3.ndjson");
    assert_eq!(company.pull().await.warnings, ["2026/rows-3.ndjson is gone; what it held stays"]);
    assert_eq!(company.pull().await.warnings, Vec::<String>::new(), "which is said once");
    company.write("data/2026/rows-2.ndjson", "{\"id\":2,\"v\":1}\n");
    std::fs::create_dir(company.folder.join("data/2026/rows-4.ndjson")).unwrap();
    std::os::unix::fs::symlink("rows-2.ndjson", company.folder.join("data/2026/rows-0.ndjson")).unwrap();
    assert_eq!(landed(company.pull().await), 2, "links within the folder are files, folders are none");
    assert_eq!(company.keys("rows"), ["1", "2", "3", "4", "2", "2"]);
}

#[tokio::test]
async fn a_file_is_read_again_when_the_manifest_reads_it_otherwise() {
    for (path, write, is_read) in [("a.csv", "merge", true), ("*.csv", "replace", true), ("*.csv", "merge", false)] {
        let words = |file: &str, kind: &str| {
            let words = format!("file = {{ {file} }}\nrequired = {{ \"/amount\" = \"{kind}\" }}\n");
            stream(&format!("path = \"{path}\"\nwrite = \"{write}\"\n{words}"))
        };
        let company = company("otherwise", &words("", "any"));
        company.write("data/a.csv", "id;amount\n1;1.234,50\n");
        assert_eq!(landed(company.pull().await), 1);
        company.manifest(&format!("kind = \"files\"\n{}", words("", "string")));
        let outcome = company.pull().await;
        assert_eq!((outcome.rows, outcome.warnings.len()), (0, 0), "{outcome:?}");
        company.manifest(&format!("kind = \"files\"\n{}", words("decimal = \",\"", "decimal")));
        let outcome = company.pull().await;
        assert_eq!((outcome.rows, outcome.warnings.len()), if is_read { (1, 0) } else { (0, 1) }, "{path} {outcome:?}");
        let last = company.records("rows").pop().unwrap();
        assert_eq!(last.contains("\"amount\":\"1234.50\""), is_read, "{last}");
        assert_eq!(company.pull().await.rows, 0);
    }
}

#[tokio::test]
async fn a_broken_file_among_others_is_said_and_the_others_land() {
    let company = company("broken", &stream("path = \"*.json\"\nwrite = \"merge\"\n"));
    company.write("data/a.json", "[{\"id\":1},{\"id\":");
    company.write("data/b.json", "[{\"id\":2}]");
    let why = failure(&company.pull().await.result);
    assert!(why.contains("a.json") && why.contains("is not a JSON array"), "{why}");
    assert_eq!(company.keys("rows"), ["2"], "of a file that broke off, nothing");
    company.write("data/a.json", "[{\"id\":1}]");
    assert_eq!(landed(company.pull().await), 1);
}

#[tokio::test]
async fn whatever_dialect_a_table_is_written_in_the_same_rows_come_of_it() {
    let rows = |delimiter: &str| ["id,name,amount", "1,Zoë,1.50", "2,\"a,b\",-3"].join("\r\n").replace(',', delimiter);
    let semicolons = rows(";").replace("a;b", "a,b");
    let expected =
        ["{\"id\":\"1\",\"name\":\"Zoë\",\"amount\":\"1.50\"}", "{\"id\":\"2\",\"name\":\"a,b\",\"amount\":\"-3\"}"];
    let latin: Vec<u8> = semicolons.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let mut cases: Vec<(&str, String, Vec<u8>)> = vec![
        ("plain.csv", String::new(), rows(",").into()),
        ("marked.csv", String::new(), format!("\u{feff}{semicolons}").into()),
        ("tabs.tsv", String::new(), semicolons.replace(';', "\t").into()),
        ("bars.txt", String::new(), semicolons.replace(';', "|").replace("\"a,b\"", "a,b").into()),
        ("spoken.csv", String::new(), format!("sep=;\r\n{semicolons}").into()),
        ("packed.csv.gz", String::new(), gz(rows(","))),
        ("export", "format = \"csv\"".into(), rows(",").into()),
        ("old.csv", "encoding = \"windows-1252\"".into(), latin),
        (
            "quotes.csv",
            "quote = \"'\", delimiter = \"~\"".into(),
            rows(",").replace('"', "'").replace("a,b", "a§b").replace(',', "~").replace('§', ",").into(),
        ),
        ("comma.csv", "decimal = \",\"".into(), semicolons.replace("1.50", "1,50").into()),
    ];
    for is_big in [false, true] {
        let marked = utf16(&format!("\u{feff}{}", semicolons.replace(';', "\t")), is_big);
        cases.push((if is_big { "big.csv" } else { "little.csv" }, String::new(), marked));
    }
    cases.push(("bare.csv", "encoding = \"utf-16le\"".into(), utf16(&semicolons, false)));
    let words = "write = \"replace\"\nrequired = { \"/amount\" = \"decimal\" }\n";
    for (file, dialect, bytes) in cases {
        let company = company(file, &stream(&format!("path = \"{file}\"\nfile = {{ {dialect} }}\n{words}")));
        company.write(&format!("data/{file}"), bytes);
        let outcome = company.pull().await;
        assert_eq!((outcome.result, outcome.quarantined), (Outcome::Ok, 0), "{file}: {:?}", company.quarantined());
        assert_eq!(company.records("rows"), expected, "{file}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_truly_is_refused_or_set_aside_with_what_to_do() {
    let words = "write = \"replace\"\nrequired = { \"/amount\" = \"decimal\" }\n";
    let endless = format!("id,amount\n1,\"{}", "x\n".repeat(9 << 20));
    for (file, dialect, bytes, said) in [
        ("zip.csv", "", b"PK\x03\x04rest".to_vec(), "save it as CSV"),
        ("bare16.csv", "", utf16("id,amount\n", false), "encoding = \"utf-16le\""),
        (
            "half16.csv",
            "encoding = \"utf-16le\"",
            [utf16("id,amount\n1,1\n", false), vec![0]].concat(),
            "is not UTF-16LE",
        ),
        ("latin.csv", "", b"id,amount,stra\xdfe\n".to_vec(), "windows-1252"),
        ("torn.csv.gz", "", gz("id,amount\n1,1\n")[..20].to_vec(), "torn.csv.gz"),
        ("open.csv", "", endless.clone().into(), "is a quote not closed?"),
        ("bomb.csv.gz", "", gz(endless), "is a quote not closed?"),
        ("table.parquet", "", b"PAR1 not".to_vec(), "is not a Parquet file"),
        ("what.dat", "", b"id,amount\n".to_vec(), "file = { format = \"csv\" }"),
        ("twice.csv", "", b"id,amount,id\n".to_vec(), "the column id is there twice"),
        ("less.csv", "", b"id,amnt\n".to_vec(), "the column amount is missing; did you mean amnt"),
    ] {
        let company = company(file, &stream(&format!("path = \"{file}\"\nfile = {{ {dialect} }}\n{words}")));
        company.write(&format!("data/{file}"), bytes);
        let why = failure(&company.pull().await.result);
        assert!(why.contains(said) && why.contains(file), "{file}: {why}");
        assert!(company.records("rows").is_empty());
    }
    for (file, dialect, text, said) in [
        ("comma.csv", "", "id;amount\n1;1,5\n", "is not a number like 1234.50 but \"1,5\""),
        (
            "point.csv",
            "decimal = \",\"",
            "id;amount\n1;1.5\n",
            "line 2 holds \"1.5\", which is no number like 1.234,50",
        ),
        ("umlaut.csv", "", "id,amount\n\u{e4},1\n", "windows-1252"),
    ] {
        let company = company(file, &stream(&format!("path = \"{file}\"\nfile = {{ {dialect} }}\n{words}")));
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        company.write(&format!("data/{file}"), bytes);
        let outcome = company.pull().await;
        assert_eq!((outcome.rows, outcome.quarantined), (0, 1), "{file}");
        assert!(company.quarantined()[0].reason.contains(said), "{:?}", company.quarantined());
    }
}

#[tokio::test]
async fn of_a_line_that_is_no_json_nothing_is_kept_where_fields_are_dropped() {
    for word in ["drop = [\"/email\"]", "hash = [\"/email\"]"] {
        let company = company("cut", &stream(&format!("path = \"rows.ndjson\"\nwrite = \"merge\"\n{word}\n")));
        company.write("data/rows.ndjson", "{\"id\":1 \"email\":\"ada@acme.example\"}\n{\"id\":2}\n");
        let outcome = company.pull().await;
        assert_eq!((outcome.rows, outcome.quarantined), (1, 1), "{word}");
        let aside = company.quarantined().remove(0);
        assert!(aside.reason.contains("line 1") && !aside.record.contains("ada"), "{word}: {aside:?}");
    }
}

#[tokio::test]
async fn json_is_read_as_it_is_written() {
    for (file, words, text) in [
        ("array.json", "", " [ {\"id\":1,\"v\":1.10},\n{\"id\":2,\n \"v\":12345678901234567890.5} ]"),
        ("lines.json", "", "{\"id\":1,\"v\":1.10}\n\n{\"id\":2,  \"v\":12345678901234567890.5}"),
        ("lines.jsonl", "", "\u{feff}{\"id\":1,\"v\":1.10}\r\n{\"id\":2,  \"v\":12345678901234567890.5}\r\n"),
        ("pretty.json", "", "{\n\"id\":1,\"v\":1.10}\n{\"id\":2,\n \"v\":12345678901234567890.5}\n"),
        (
            "within.json",
            "records = \"/a/b\"",
            "{\"a\":{\"b\":[{\"id\":1,\"v\":1.10},{\"id\":2,\n \"v\":12345678901234567890.5}]}}",
        ),
    ] {
        let company = company(file, &stream(&format!("path = \"{file}\"\nwrite = \"replace\"\n{words}\n")));
        company.write(&format!("data/{file}"), text);
        let outcome = company.pull().await;
        assert_eq!((&outcome.result, outcome.rows), (&Outcome::Ok, 2), "{file}");
        let records = company.records("rows");
        assert_eq!(records[0].replace(' ', ""), "{\"id\":1,\"v\":1.10}", "{file}");
        assert_eq!(records[1].replace(' ', ""), "{\"id\":2,\"v\":12345678901234567890.5}", "{file}");
        assert!(!records[1].contains('\n'), "one record is one line");
    }
    let company = company("bad-lines", &stream("write = \"replace\"\n"));
    company.write("data/rows.ndjson", b"{\"id\":1}\n{\"id\":\"\xff\"}\n[1]\n{\"id\":2}\n");
    let outcome = company.pull().await;
    assert_eq!((outcome.rows, outcome.quarantined), (2, 2));
    assert_eq!(company.quarantined().iter().filter(|q| q.reason.starts_with("line 2 is not UTF-8;")).count(), 1);
}

#[tokio::test]
async fn parquet_values_become_text_to_the_last_digit() {
    let utc = "+00:00";
    let mut list = ListBuilder::new(StructBuilder::new(
        vec![Field::new("sku", DataType::Utf8, true), Field::new("n", DataType::Int64, true)],
        vec![Box::new(StringBuilder::new()), Box::new(Int64Builder::new())],
    ));
    list.values().field_builder::<StringBuilder>(0).unwrap().append_value("a\"b");
    list.values().field_builder::<Int64Builder>(1).unwrap().append_value(i64::MAX);
    list.values().append(true);
    list.append(true);
    let money = Decimal128Array::from(vec![-12_345_678_901_234_567_890_i128]).with_precision_and_scale(38, 4).unwrap();
    let huge = Decimal256Array::from(vec![wide("9")]).with_precision_and_scale(60, 30).unwrap();
    let columns: Vec<(&str, ArrayRef, &str)> = vec![
        ("id", Arc::new(Int64Array::from(vec![9_007_199_254_740_993])), "\"9007199254740993\""),
        ("money", Arc::new(money), "\"-1234567890123456.7890\""),
        ("huge", Arc::new(huge), "\"0.000000000000000000000000000009\""),
        ("unsigned", Arc::new(UInt64Array::from(vec![u64::MAX])), "\"18446744073709551615\""),
        ("float", Arc::new(Float64Array::from(vec![0.1])), "\"0.1\""),
        ("yes", Arc::new(BooleanArray::from(vec![true])), "\"true\""),
        ("day", Arc::new(Date32Array::from(vec![20_454])), "\"2026-01-01\""),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![45_296_789_012])), "\"12:34:56.789012\""),
        (
            "local",
            Arc::new(TimestampMicrosecondArray::from(vec![1_767_225_600_000_001])),
            "\"2026-01-01T00:00:00.000001\"",
        ),
        (
            "instant",
            Arc::new(TimestampNanosecondArray::from(vec![1_767_225_600_000_000_001]).with_timezone(utc)),
            "\"2026-01-01T00:00:00.000000001Z\"",
        ),
        ("word", Arc::new(DictionaryArray::<Int32Type>::from_iter([Some("blue")])), "\"blue\""),
        ("bytes", Arc::new(BinaryArray::from_vec(vec![&[0, 255]])), "\"AP8=\""),
        ("items", Arc::new(list.finish()), "[{\"sku\":\"a\\\"b\",\"n\":9223372036854775807}]"),
        ("none", Arc::new(StringArray::from(vec![None::<&str>])), "null"),
    ];
    let batch = RecordBatch::try_from_iter(columns.iter().map(|(name, array, _)| (*name, array.clone()))).unwrap();
    for compression in [
        parquet::basic::Compression::SNAPPY,
        parquet::basic::Compression::GZIP(parquet::basic::GzipLevel::default()),
        parquet::basic::Compression::UNCOMPRESSED,
    ] {
        let company =
            company(&format!("exact-{compression}").replace(['(', ')'], ""), &stream("write = \"replace\"\n"));
        let file = std::fs::File::create(company.folder.join("data/rows.parquet")).unwrap();
        let properties = parquet::file::properties::WriterProperties::builder().set_compression(compression).build();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        landed(company.pull().await);
        let expected: Vec<String> = columns.iter().map(|(name, _, text)| format!("\"{name}\":{text}")).collect();
        assert_eq!(company.records("rows"), [format!("{{{}}}", expected.join(","))]);
    }
}

/// A 256-bit number, as its builder reads it.
fn wide(text: &str) -> <arrow_array::types::Decimal256Type as arrow_array::ArrowPrimitiveType>::Native {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_number_that_is_none_is_set_aside() {
    let company = company("nan", &stream("write = \"replace\"\n"));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("v", Arc::new(Float64Array::from(vec![f64::NAN, 1.0, f64::NEG_INFINITY]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(company.folder.join("data/rows.parquet")).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let outcome = company.pull().await;
    assert_eq!((outcome.rows, outcome.quarantined), (1, 2));
    let bad = company.quarantined().into_iter().find(|q| q.key.as_deref() == Some("1")).unwrap();
    assert_eq!(
        (bad.json_path.as_str(), bad.reason.as_str()),
        ("/v", "is NaN, which is no number; only reading it anew mends that")
    );
    assert_eq!(bad.record, "{\"id\":\"1\",\"v\":\"NaN\"}", "what there is stays to be seen");
}

#[tokio::test]
async fn links_out_of_the_folder_and_patterns_out_of_it_are_refused() {
    let company = company("links", &stream("path = \"*.csv\"\nwrite = \"replace\"\n"));
    company.write("secret.csv", "id\n1\n");
    std::os::unix::fs::symlink("../secret.csv", company.folder.join("data/a.csv")).unwrap();
    let why = failure(&company.pull().await.result);
    assert!(why.contains("a.csv leads out of") && why.contains("refused"), "{why}");
    for (words, said) in [
        ("path = \"../*.csv\"\nwrite = \"replace\"\n", "leads out of the source's directory"),
        ("path = \"a[.csv\"\nwrite = \"replace\"\n", "a[.csv"),
        ("path = \"*.csv\"\nwrite = \"replace_window\"\n", "replace_window"),
        ("write = \"merge\"\n", "files are landed whole"),
        ("path = \"*.csv\"\nwrite = \"replace\"\nfile = { delimiter = \"ß\" }\n", "delimiter"),
        ("path = \"*.csv\"\nwrite = \"replace\"\nfile = { encoding = \"latin-1\" }\n", "windows-1252"),
        (
            "path = \"*.csv\"\nwrite = \"replace\"\nincremental = { kind = \"window\", step_days = 1, lookback_days = 1 }\n",
            "read when they change",
        ),
    ] {
        let error =
            Manifest::parse(&format!("name = \"m\"\nkind = \"files\"\n{}", stream(words)), "m.toml").unwrap_err();
        assert!(format!("{error:#}").contains(said), "{words}: {error:#}");
    }
}

#[tokio::test]
async fn a_file_that_is_being_written_is_left_for_the_next_pull() {
    let company = company("busy", &stream("write = \"replace\"\n"));
    let file = company.folder.join("data/rows.csv");
    company.write("data/rows.csv", format!("id\n{}", "1\n".repeat(200_000)));
    let (is_over, started) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let writer = std::thread::spawn({
        let (is_over, started, file) = (is_over.clone(), started.clone(), file.clone());
        move || {
            let mut file = std::fs::File::options().append(true).open(file).unwrap();
            while !is_over.load(Ordering::Relaxed) {
                file.write_all(b"2\n").unwrap();
                started.store(true, Ordering::Relaxed);
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
    });
    while !started.load(Ordering::Relaxed) {
        tokio::task::yield_now().await;
    }
    let outcome = company.pull().await;
    is_over.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert!(
        failure(&outcome.result).contains("changed while it was read; the next pull reads it again"),
        "{outcome:?}"
    );
    assert!(company.records("rows").is_empty(), "half of a file is nothing");
    assert!(landed(company.pull().await) > 200_000);
}

fn remote(test: &str, url: &str, auth: &str) -> Company {
    let words = format!("path = \"{url}\"\nwrite = \"replace\"\n");
    let source = if auth.is_empty() { "" } else { "token = { env = \"TOKEN\" }\n" };
    let auth = if auth.is_empty() { String::new() } else { format!("auth = {auth}\n") };
    company_of(test, &format!("{auth}{}", stream(&words)), source).with_secret("TOKEN", "very_secret")
}

#[tokio::test]
async fn a_file_behind_an_address_that_has_not_changed_costs_one_request() {
    let server = MockServer::start().await;
    let answer = |body: &str| ResponseTemplate::new(200).set_body_raw(gz(body), "application/gzip");
    let first = Mock::given(method("GET")).and(path("/rows.csv.gz")).and(header("authorization", "Bearer very_secret"));
    let first = first.respond_with(
        answer("id\n1\n")
            .insert_header("etag", "\"one\"")
            .insert_header("last-modified", "Mon, 02 Mar 2026 00:00:00 GMT"),
    );
    let first = first.mount_as_scoped(&server).await;
    let company = remote("etag", &format!("{}/rows.csv.gz", server.uri()), "{ kind = \"bearer\" }");
    assert_eq!(company.check().await, Outcome::Ok);
    let outcome = company.pull().await;
    assert_eq!((outcome.result, outcome.rows, outcome.requests), (Outcome::Ok, 1, 1));
    drop(first);
    let same = Mock::given(path("/rows.csv.gz"))
        .and(header("if-none-match", "\"one\""))
        .respond_with(ResponseTemplate::new(304));
    let same = same.mount_as_scoped(&server).await;
    let outcome = company.pull().await;
    assert_eq!((outcome.result, outcome.rows, outcome.requests), (Outcome::Ok, 0, 1));
    drop(same);
    // Another sign and the same bytes: nothing lands, and the new sign is what is asked with.
    let again = Mock::given(path("/rows.csv.gz"))
        .respond_with(answer("id\n1\n").insert_header("last-modified", "Tue, 03 Mar 2026 00:00:00 GMT"));
    let again = again.mount_as_scoped(&server).await;
    assert_eq!(landed(company.pull().await), 0);
    drop(again);
    let is_since = |request: &Request| {
        request.headers.get("if-modified-since").is_some_and(|date| date == "Tue, 03 Mar 2026 00:00:00 GMT")
    };
    let since = Mock::given(is_since).respond_with(answer("id\n1\n2\n"));
    since.mount(&server).await;
    assert_eq!(landed(company.pull().await), 2);
    let left = company.folder.join("store/landing/s/rows/download.tmp");
    assert!(!left.exists(), "what was fetched is not left lying about");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_followed_without_the_credential() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    let away = ResponseTemplate::new(307).insert_header("location", format!("{}/store/x.csv?signed=1", other.uri()));
    Mock::given(path("/rows.csv")).and(header("x-key", "very_secret")).respond_with(away).mount(&server).await;
    let bare = |request: &Request| !request.headers.contains_key("x-key") && !request.headers.contains_key("referer");
    let answer = ResponseTemplate::new(200).set_body_string("id\n1\n");
    Mock::given(path("/store/x.csv"))
        .and(query_param("signed", "1"))
        .and(bare)
        .respond_with(answer)
        .mount(&other)
        .await;
    let company = remote("away", &format!("{}/rows.csv", server.uri()), "{ kind = \"header\", header = \"x-key\" }");
    assert_eq!(landed(company.pull().await), 1);

    let round = ResponseTemplate::new(302).insert_header("location", "/round.csv");
    Mock::given(path("/round.csv")).and(header_exists("x-key")).respond_with(round).mount(&server).await;
    let company = remote("round", &format!("{}/round.csv", server.uri()), "{ kind = \"header\", header = \"x-key\" }");
    let why = failure(&company.pull().await.result);
    assert!(why.contains("redirected more than 5 times"), "{why}");
}

#[tokio::test]
async fn what_goes_wrong_behind_an_address_is_said_without_secrets_and_changes_nothing() {
    let server = MockServer::start().await;
    let big = ResponseTemplate::new(200).set_body_string(format!("id\n{}", "1\n".repeat(60_000)));
    Mock::given(path("/big.csv")).respond_with(big).mount(&server).await;
    let echo = ResponseTemplate::new(403).set_body_string("no access with very_secret");
    Mock::given(path("/no.csv")).respond_with(echo).mount(&server).await;
    let busy = Mock::given(path("/busy.csv")).respond_with(ResponseTemplate::new(503)).up_to_n_times(1);
    busy.mount(&server).await;
    Mock::given(path("/busy.csv"))
        .respond_with(ResponseTemplate::new(200).set_body_string("id\n1\n"))
        .mount(&server)
        .await;
    for (file, said) in [
        ("big.csv", "download_bytes"),
        ("no.csv", "answered 403: no access with ***"),
        ("none.csv", "answered 404"),
        ("what", "does not tell what it is"),
    ] {
        Mock::given(path("/what"))
            .respond_with(ResponseTemplate::new(200).set_body_string("id\n"))
            .mount(&server)
            .await;
        let company = remote(file, &format!("{}/{file}", server.uri()), "{ kind = \"query\", param = \"key\" }");
        let why = failure(&company.pull().await.result);
        assert!(why.contains(said) && !why.contains("very_secret"), "{file}: {why}");
        assert!(company.records("rows").is_empty());
    }
    let company = remote("busy", &format!("{}/busy.csv", server.uri()), "");
    let outcome = company.pull().await;
    assert_eq!((outcome.result, outcome.rows, outcome.requests), (Outcome::Ok, 1, 2), "a busy server is asked again");
    let company = remote("plain", "http://files.example/rows.csv", "");
    let why = failure(&company.pull().await.result);
    assert!(why.contains("must be https"), "{why}");
}

#[test]
fn the_reference_manifests_are_read_and_name_every_word() {
    for (name, words) in [
        ("files", &["path", "format", "delimiter", "quote", "encoding", "decimal", "download_bytes", "records"][..]),
        (
            "sql",
            &["driver", "entrypoint", "install", "parameters", "session", "options", "query", "lookback", "first"][..],
        ),
    ] {
        let file = format!("{}/config/reference/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).unwrap();
        Manifest::parse(&text, &file).unwrap();
        for word in words {
            assert!(text.contains(word), "{name}.toml says nothing of {word}");
        }
    }
}
