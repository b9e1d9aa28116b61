//! What a line of a tap says. A record that cannot be read is set aside under the stream it names; a message that is lost for
//! good is an error, as the state after it would pass over it; anything else that is no message is counted.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::contract::excerpt;
use super::super::lens;
use super::super::mend;
use super::lines::Line;

/// One line, understood.
#[derive(Debug)]
pub(super) enum Message<'a> {
    /// The stream's records follow; these fields identify one.
    Schema {
        stream: Cow<'a, str>,
        key: Vec<String>,
    },
    /// As received. When the tap read it (`time_extracted`) is not kept: all records of a pull have the pull's time.
    Record {
        stream: Cow<'a, str>,
        record: &'a RawValue,
        version: Option<i64>,
    },
    /// A record that holds bytes that are not UTF-8, which are marked.
    Marked {
        stream: String,
        record: String,
        version: Option<i64>,
    },
    /// Everything before it need not be sent again.
    State(&'a RawValue),
    /// Records of other versions of the stream are gone.
    Activate {
        stream: Cow<'a, str>,
        version: i64,
    },
    /// Records are in these files.
    Batch {
        stream: Cow<'a, str>,
        files: Vec<String>,
        is_gzip: bool,
    },
    /// A type that Singer does not know.
    Unknown(String),
    /// A record of this stream that cannot be read.
    Broken {
        stream: String,
        why: String,
        text: String,
    },
    /// A message that cannot be read, and says not of what.
    Lost(String),
    /// No message: a print, a traceback.
    Stray(String),
    Blank,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    record: Option<&'a RawValue>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(default)]
    version: Option<i64>,
    #[serde(default)]
    key_properties: Option<Vec<String>>,
    #[serde(default)]
    encoding: Option<Encoding>,
    #[serde(default)]
    manifest: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Encoding {
    format: String,
    #[serde(default)]
    compression: Option<String>,
}

/// Reads one line.
pub(super) fn read(line: &Line) -> Message<'_> {
    let bytes = match line {
        Line::Whole(bytes) => bytes,
        Line::TooLong(beginning) => return unreadable(beginning, "is longer than line_bytes allows"),
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Message::Blank;
    }
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Message::Stray(String::from_utf8_lossy(bytes).into_owned());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return marked(bytes) };
    match serde_json::from_str::<Raw<'_>>(text) {
        Ok(raw) => understood(raw, text),
        Err(error) => unreadable(bytes, &format!("is no message: {error}")),
    }
}

fn understood<'a>(raw: Raw<'a>, text: &'a str) -> Message<'a> {
    let lost = |what: &str| Message::Lost(format!("{what}: {}", excerpt(text)));
    let kind = raw.kind.to_ascii_uppercase();
    if kind == "STATE" {
        return raw.value.map_or_else(|| lost("a STATE without value"), Message::State);
    }
    if !["SCHEMA", "RECORD", "ACTIVATE_VERSION", "BATCH"].contains(&kind.as_str()) {
        return Message::Unknown(raw.kind.into_owned());
    }
    let Some(stream) = raw.stream else { return lost(&format!("a {kind} without stream")) };
    match kind.as_str() {
        "SCHEMA" => Message::Schema { stream, key: raw.key_properties.unwrap_or_default() },
        "RECORD" => match raw.record {
            Some(record) => Message::Record { stream, record, version: raw.version },
            None => Message::Broken { stream: stream.into_owned(), why: "has no record".into(), text: text.to_owned() },
        },
        "BATCH" => match (raw.encoding, raw.manifest) {
            (Some(encoding), Some(files)) if encoding.format.eq_ignore_ascii_case("jsonl") => {
                match encoding.compression.as_deref() {
                    None | Some("none" | "") => Message::Batch { stream, files, is_gzip: false },
                    Some("gzip") => Message::Batch { stream, files, is_gzip: true },
                    Some(other) => {
                        lost(&format!("a BATCH compressed with {other:?}, where gzip or none is understood"))
                    }
                }
            }
            (Some(encoding), Some(_)) => {
                lost(&format!("a BATCH of format {:?}, where jsonl is understood", encoding.format))
            }
            _ => lost("a BATCH without encoding and manifest"),
        },
        _ => match raw.version {
            Some(version) => Message::Activate { stream, version },
            None => lost("an ACTIVATE_VERSION without version"),
        },
    }
}

/// A line that is not all UTF-8: what is not may be nothing of the record's, which its contract will see.
fn marked(bytes: &[u8]) -> Message<'static> {
    let text = mend::marked(bytes).unwrap_or_default();
    match serde_json::from_str::<Raw<'_>>(&text) {
        Ok(Raw { kind, stream: Some(stream), record: Some(record), version, .. })
            if kind.eq_ignore_ascii_case("RECORD") =>
        {
            Message::Marked { stream: stream.into_owned(), record: record.get().to_owned(), version }
        }
        _ => unreadable(bytes, "is not UTF-8"),
    }
}

/// What a line that cannot be parsed was meant to be.
fn unreadable(bytes: &[u8], why: &str) -> Message<'static> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let is_object = text.trim_start().starts_with('{');
    match named(&text, "type").as_deref() {
        Some("RECORD") if is_object => match named(&text, "stream") {
            Some(stream) => Message::Broken { stream, why: why.to_owned(), text },
            None => Message::Lost(format!("a RECORD that {why}: {}", excerpt(&text))),
        },
        Some(kind @ ("SCHEMA" | "STATE" | "ACTIVATE_VERSION" | "BATCH")) if is_object => {
            Message::Lost(format!("a {kind} that {why}: {}", excerpt(&text)))
        }
        _ => Message::Stray(text),
    }
}

/// The text of the first member of this name, however broken what follows is.
fn named(text: &str, name: &str) -> Option<String> {
    let quoted = lens::quote(name);
    let rest = text[text.find(&quoted)? + quoted.len()..].trim_start().strip_prefix(':')?.trim_start();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &[u8]) -> String {
        match read(&Line::Whole(text.to_vec())) {
            Message::Schema { stream, key } => format!("schema {stream} {key:?}"),
            Message::Record { stream, record, version } => format!("record {stream} {} {version:?}", record.get()),
            Message::Marked { stream, record, version } => {
                format!("marked {stream} {} {version:?}", mend::shown(&record))
            }
            Message::State(value) => format!("state {}", value.get()),
            Message::Activate { stream, version } => format!("activate {stream} {version}"),
            Message::Batch { stream, files, is_gzip } => format!("batch {stream} {files:?} {is_gzip}"),
            Message::Unknown(kind) => format!("unknown {kind}"),
            Message::Broken { stream, why, .. } => format!("broken {stream}: {why}"),
            Message::Lost(what) => format!("lost: {what}"),
            Message::Stray(text) => format!("stray {text}"),
            Message::Blank => "blank".into(),
        }
    }

    #[test]
    fn messages_are_read_as_they_are() {
        for (line, expected) in [
            (r#"{"type":"SCHEMA","stream":"a\n","schema":{},"key_properties":["id"]}"#, "schema a\n [\"id\"]"),
            (r#"{"type": "SCHEMA", "stream": "a", "schema": {}, "bookmark_properties": null}"#, "schema a []"),
            (
                r#"{"type":"RECORD","stream":"a","record":{"n":12345678901234567890.10},"time_extracted":"2026-01-01T00:00:00Z","version":7}"#,
                "record a {\"n\":12345678901234567890.10} Some(7)",
            ),
            (r#"{"type":"STATE","value":{"bookmarks":{}}}"#, "state {\"bookmarks\":{}}"),
            (r#"{"type":"ACTIVATE_VERSION","stream":"a","version":7}"#, "activate a 7"),
            (
                r#"{"type":"BATCH","stream":"a","encoding":{"format":"jsonl","compression":"gzip"},"manifest":["file:///x"]}"#,
                "batch a [\"file:///x\"] true",
            ),
            (r#"{"type":"METRIC","value":1}"#, "unknown METRIC"),
            ("INFO starting", "stray INFO starting"),
            (r#"{"progress": 1}"#, "stray {\"progress\": 1}"),
            ("  ", "blank"),
        ] {
            assert_eq!(shown(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn a_broken_record_is_its_streams_and_a_broken_state_is_lost() {
        let nan = r#"{"type": "RECORD", "stream": "a", "record": {"x": NaN}}"#;
        assert!(shown(nan.as_bytes()).starts_with("broken a: is no message"), "{}", shown(nan.as_bytes()));
        assert_eq!(
            shown(b"{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"x\":\"\xff\"}}"),
            "marked a {\"x\":\"\u{fffd}\"} None"
        );
        assert!(shown(b"{\"type\":\"RECORD\",\"stream\":\"a\",\"x\":\xff}").starts_with("broken a: is not UTF-8"));
        assert!(shown(b"{\"type\":\"STATE\",\"value\":\"\xff\"}").starts_with("lost: a STATE that is not UTF-8"));
        assert!(shown(br#"{"type":"RECORD","stream":"a"}"#).starts_with("broken a: has no record"));
        assert!(shown(br#"{"type":"STATE","value":{"a":"#).starts_with("lost: a STATE that is no message"));
        assert!(shown(br#"{"type":"STATE"}"#).starts_with("lost: a STATE without value"));
        assert!(shown(br#"{"type":"RECORD","record":{}}"#).starts_with("lost: a RECORD without stream"));
        assert!(
            shown(br#"{"type":"BATCH","stream":"a","encoding":{"format":"parquet"},"manifest":[]}"#)
                .contains("parquet")
        );
        let huge = Line::TooLong(br#"{"type": "RECORD", "stream": "a", "record": {"x": "yyyyyyyyyy"#.to_vec());
        assert!(matches!(read(&huge), Message::Broken { stream, .. } if stream == "a"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = shown(&bytes);
            let _ = read(&Line::TooLong(bytes));
        }

        /// A message with a byte changed or cut off is read as something, and a record never turns into another stream's.
        #[test]
        fn mutilated_messages_are_never_a_panic(
            which in 0_usize..5, at in 0_usize..120, byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let messages = [
                r#"{"type":"SCHEMA","stream":"orders","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}"#,
                r#"{"type":"RECORD","stream":"orders","record":{"id":1,"text":"ab\ud83d\ude00","n":1.50},"version":1}"#,
                r#"{"type":"STATE","value":{"bookmarks":{"orders":{"updated_at":"2026-01-01T00:00:00Z"}}}}"#,
                r#"{"type":"ACTIVATE_VERSION","stream":"orders","version":1700000000000}"#,
                r#"{"type":"BATCH","stream":"orders","encoding":{"format":"jsonl","compression":"gzip"},"manifest":["file:///b/1"]}"#,
            ];
            let mut bytes = messages[which].as_bytes().to_vec();
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let _ = shown(&bytes);
        }

        /// Nesting has no depth at which the reader gives up its stack.
        #[test]
        fn nesting_is_no_recursion(depth in 1_usize..20_000) {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            let line = format!(r#"{{"type":"RECORD","stream":"a","record":{{"x":{open}{close}}}}}"#);
            let is_read = matches!(read(&Line::Whole(line.into_bytes())), Message::Record { .. } | Message::Broken { .. });
            prop_assert!(is_read);
        }
    }
}
