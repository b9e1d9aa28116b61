//! JSON that is none for a record's sake: bytes that are not UTF-8, and NaN, as some libraries write it. What is wrong is marked
//! where it stands, so that the text can be split and every record but those that hold a mark lands. Only what fails the check of a
//! whole body or line comes here.

use std::io::{self, BufRead, Read};

use anyhow::{Result, ensure};

use super::lens;

/// Two halves of characters that never make a whole one, whatever escape stands before or after them: by its grammar JSON, by its
/// meaning no text. Nobody writes digits so.
const MARK: &str = r"\uDbfF\uDbfF";

/// The same for what is no number, with what it was.
const NO_NUMBERS: [(&str, &str); 3] =
    [("-Infinity", r#""\uDbfE\uDbfE""#), ("Infinity", r#""\uDbfE\uDbfF""#), ("NaN", r#""\uDbfF\uDbfE""#)];

/// Marks what is not UTF-8, piece by piece.
#[derive(Default)]
struct Marking {
    /// An odd number of backslashes came last: what follows is escaped.
    is_escaped: bool,
    /// A mark came last; one stands for all bytes in a row.
    is_marked: bool,
}

impl Marking {
    /// Appends a piece of text; how much of it was taken. The beginning of a character waits for its rest unless nothing follows.
    fn push(&mut self, bytes: &[u8], is_last: bool, out: &mut Vec<u8>) -> usize {
        let mut taken = 0;
        for chunk in bytes.utf8_chunks() {
            let valid = chunk.valid().as_bytes();
            if !valid.is_empty() {
                let slashes = valid.iter().rev().take_while(|byte| **byte == b'\\').count();
                let is_on = slashes == valid.len() && self.is_escaped;
                self.is_escaped = slashes.is_multiple_of(2) == is_on;
                self.is_marked = false;
                out.extend_from_slice(valid);
            }
            taken += valid.len() + chunk.invalid().len();
            if chunk.invalid().is_empty() {
                continue;
            }
            if !is_last && taken == bytes.len() && is_beginning(chunk.invalid()) {
                return taken - chunk.invalid().len();
            }
            // an escape of such a byte is no JSON, and must not turn the mark into text
            if !self.is_marked {
                out.extend_from_slice(if self.is_escaped { b"\x01" } else { MARK.as_bytes() });
            }
            (self.is_marked, self.is_escaped) = (true, false);
        }
        taken
    }
}

/// Whether more bytes could make a character of these.
fn is_beginning(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// JSON text with what is not UTF-8 marked.
///
/// # Errors
/// Most of it is not, so that its records cannot be told apart.
pub(super) fn marked(bytes: &[u8]) -> Result<String> {
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    Marking::default().push(bytes, true, &mut out);
    ensure!(out.len() <= 2 * bytes.len() + 1024, "with bytes of which too many are not UTF-8");
    Ok(String::from_utf8(out)?)
}

/// JSON text with what is no number marked; nothing where there is none.
pub(super) fn numbers_marked(text: &str) -> Option<String> {
    let (bytes, mut out, mut from, mut at) = (text.as_bytes(), String::new(), 0, 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'"' {
            (at, _) = lens::string_end(bytes, at)?;
            continue;
        }
        match NO_NUMBERS.iter().find(|(word, _)| bytes[at..].starts_with(word.as_bytes())) {
            Some((word, mark)) => {
                out.push_str(text.get(from..at)?);
                out.push_str(mark);
                at += word.len();
                from = at;
            }
            None => at += 1,
        }
    }
    (from > 0).then(|| out + &text[from..])
}

/// Whether a record holds bytes that were not UTF-8.
pub(super) fn is_marked(record: &str) -> bool {
    record.contains(MARK)
}

/// What is wrong with a record that holds a mark, and the pointer to the innermost value with the first: of a mark in a name, the
/// object with it.
pub(super) fn wrong(record: &str) -> Option<(String, String)> {
    let (mark, reason) = if is_marked(record) {
        (MARK, "holds bytes that are not UTF-8".to_owned())
    } else {
        let (word, mark) = NO_NUMBERS.iter().find(|(_, mark)| record.contains(mark))?;
        (*mark, format!("is {word}, which is no number"))
    };
    let (mut here, mut path) = (record.trim(), String::new());
    while let Some((name, value)) =
        lens::parts(here).and_then(|parts| parts.into_iter().find(|(_, value)| value.contains(mark)))
    {
        path.push('/');
        path.push_str(&name.replace('~', "~0").replace('/', "~1"));
        here = value;
    }
    Some((path, reason))
}

/// The record as it can be kept and shown.
pub(super) fn shown(record: &str) -> String {
    let shown = record.replace(MARK, "\u{fffd}");
    NO_NUMBERS.iter().fold(shown, |shown, (word, mark)| shown.replace(mark, word))
}

/// A reader of JSON whose bytes are all UTF-8: what is not comes marked.
pub(super) struct Reader<R> {
    inner: R,
    marking: Marking,
    /// The beginning of a character at the end of what was read.
    cut: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    is_done: bool,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(inner: R) -> Reader<R> {
        let (cut, ready) = (Vec::new(), Vec::new());
        Reader { inner, marking: Marking::default(), cut, ready, at: 0, is_done: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.at == self.ready.len() && !self.is_done {
            let bytes = self.inner.fill_buf()?;
            self.is_done = bytes.is_empty();
            let read = bytes.len();
            self.ready.clear();
            self.at = 0;
            if self.cut.is_empty() {
                let taken = self.marking.push(bytes, self.is_done, &mut self.ready);
                self.cut.extend_from_slice(&bytes[taken..]);
            } else {
                self.cut.extend_from_slice(bytes);
                let taken = self.marking.push(&self.cut, self.is_done, &mut self.ready);
                self.cut.drain(..taken);
            }
            self.inner.consume(read);
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mark_is_never_text_whatever_stands_around_it() {
        for bytes in [
            &b"\"a\xffb\""[..],
            b"\"\xff\xfe\xff\"",
            b"\"\\\\\xff\"",
            b"\"\\ud83d\xff\"",
            b"\"\xff\\ude00\"",
            b"\"\\ud83d\xff\\ude00\"",
            b"\"cut \xe2\x82\"",
        ] {
            let text = marked(bytes).unwrap();
            assert!(is_marked(&text), "{text}");
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{text}");
            assert!(serde_json::from_str::<String>(&text).is_err(), "{text}");
            assert_eq!(shown(&text).matches('\u{fffd}').count(), 1, "{text}");
        }
        let escaped = marked(b"\"\\\xff\"").unwrap();
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(&escaped).is_err(), "an escape of it is no JSON");
        assert!(marked(&b"\xffa".repeat(2000)).is_err(), "no text is made six times as long");
    }

    #[test]
    fn the_place_is_told() {
        let text = marked(b"{\"a\":1,\"b/c\":[{\"d\":\"x\"},{\"d\":\"\xff\"}]}").unwrap();
        assert_eq!(wrong(&text).unwrap().0, "/b~1c/1/d");
        assert_eq!(wrong(&marked(b"{\"a\":{\"\xff\":1}}").unwrap()).unwrap().0, "/a");
        assert_eq!(wrong("{}"), None);
    }

    #[test]
    fn what_is_no_number_is_marked_outside_of_text() {
        let text = r#"{"NaN":"NaN \"NaN","a":[NaN, -Infinity,Infinity],"b":1}"#;
        let marked = numbers_marked(text).unwrap();
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(&marked).is_ok(), "{marked}");
        assert_eq!(shown(&marked), text);
        assert_eq!(wrong(&marked).unwrap(), ("/a/1".into(), "is -Infinity, which is no number".into()));
        assert_eq!(numbers_marked(r#"{"a":"NaN"}"#), None);
        assert_eq!(numbers_marked("NaN\""), None, "text without an end");
    }

    proptest! {
        #[test]
        fn a_reader_says_what_the_whole_says_however_it_is_cut(
            pieces in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\\'), Just(0xe2), Just(0x82), Just(0xac)], 0..6), 0..8),
            size in 1_usize..9,
        ) {
            let whole = pieces.concat();
            let mut out = Vec::new();
            Marking::default().push(&whole, true, &mut out);
            let mut read = String::new();
            Reader::new(io::BufReader::with_capacity(size, &whole[..])).read_to_string(&mut read).unwrap();
            prop_assert_eq!(read.as_bytes(), &out[..]);
            if std::str::from_utf8(&whole).is_ok() {
                prop_assert_eq!(read.as_bytes(), &whole[..]);
            }
        }
    }
}
