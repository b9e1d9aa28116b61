//! What names a customer, found and replaced in text: ids as whole words, names and addresses in every way they are written.

use std::collections::{BTreeSet, HashSet};

/// What stands in its place.
pub const ERASED: &str = "[erased]";

/// Fewest digits of a number that is an id wherever it stands; a shorter one is an id only beside the customer.
const DIGITS: usize = 6;

/// What is looked for.
#[derive(Debug, Default)]
pub struct Terms {
    /// Ids that cannot be anything else.
    ids: HashSet<String>,
    /// Ids that could be: short numbers, and numbers of records.
    weak: HashSet<String>,
    /// Names, addresses, and ids made of more than letters, digits, `_` and `-`, as they are written in text, HTML and JSON.
    phrases: Vec<String>,
    /// What stands before an id that is another source's: the same id after it is somebody else's.
    others: Vec<String>,
}

impl Terms {
    /// Names and e-mail addresses, ids of the customer, and keys of its records.
    pub fn new<'a>(
        words: impl IntoIterator<Item = &'a str>,
        ids: impl IntoIterator<Item = &'a str>,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Terms {
        let mut terms = Terms::default();
        let mut phrases = BTreeSet::new();
        for word in words.into_iter().map(str::trim).filter(|word| !word.is_empty()) {
            phrases.extend(written(word));
        }
        for id in ids {
            match id {
                "" => {}
                id if is_number(id) && id.len() < DIGITS => drop(terms.weak.insert(id.to_owned())),
                id if id.bytes().all(is_part) => drop(terms.ids.insert(id.to_owned())),
                id => phrases.extend(written(id)),
            }
        }
        for key in keys {
            match key {
                "" => {}
                key if is_number(key) || key.len() < 4 => drop(terms.weak.insert(key.to_owned())),
                key if key.bytes().all(is_part) => drop(terms.ids.insert(key.to_owned())),
                // a key of several fields says nothing that its fields do not say
                key if key.starts_with('[') => {}
                key => phrases.extend(written(key)),
            }
        }
        terms.phrases = phrases.into_iter().collect();
        // the longest first: a name may begin like another
        terms.phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        terms
    }

    /// Ids right after the name of one of these sources are its own, and not the ones looked for.
    #[must_use]
    pub fn apart_from<'a>(mut self, sources: impl IntoIterator<Item = &'a str>) -> Terms {
        // as it stands before an id, and in the name of a folder
        self.others = sources.into_iter().flat_map(|name| [format!("{name}:"), format!("{name}-")]).collect();
        self
    }

    /// Whether what begins here is the id of another source.
    fn is_anothers(&self, text: &str, at: usize) -> bool {
        self.others.iter().any(|name| {
            text[..at].strip_suffix(name.as_str()).is_some_and(|before| !is_word(before.chars().next_back()))
        })
    }

    /// Whether a text names the customer.
    pub fn names(&self, text: &str) -> bool {
        self.redact(text).is_some()
    }

    /// The text without what names the customer; `None` where nothing does.
    pub fn redact(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let (mut done, mut at) = (0, 0);
        let bytes = text.as_bytes();
        while at < text.len() {
            if !text.is_char_boundary(at) {
                at += 1;
                continue;
            }
            let is_start = at == 0 || !is_word(text[..at].chars().next_back());
            if let Some(phrase) = self.phrase_at(text, at, is_start).filter(|_| !self.is_anothers(text, at)) {
                out.push_str(&text[done..at]);
                out.push_str(ERASED);
                at += phrase;
                done = at;
            } else if is_part(bytes[at]) && is_start {
                let end = at + bytes[at..].iter().take_while(|byte| is_part(**byte)).count();
                for (from, to) in self.ids_in(text, at, end) {
                    out.push_str(&text[done..from]);
                    out.push_str(ERASED);
                    done = to;
                }
                // a name may begin after a `-` or `_`, so only what was replaced is passed over
                at = done.max(at + 1);
            } else {
                at += 1;
            }
        }
        if done == 0 && out.is_empty() {
            return None;
        }
        out.push_str(&text[done..]);
        Some(out)
    }

    /// The length of a name that begins here.
    fn phrase_at(&self, text: &str, at: usize, is_start: bool) -> Option<usize> {
        let rest = &text[at..];
        self.phrases.iter().find_map(|phrase| {
            let begins_a_word = phrase.chars().next().is_none_or(|first| !first.is_alphanumeric());
            let is_whole = |end: &str| {
                !phrase.chars().next_back().is_some_and(char::is_alphanumeric) || !is_word(end.chars().next())
            };
            (rest.starts_with(phrase.as_str()) && (is_start || begins_a_word) && is_whole(&rest[phrase.len()..]))
                .then_some(phrase.len())
        })
    }

    /// Ids in a run of letters, digits, `_` and `-`: all of it, or what stands between two `-`.
    fn ids_in(&self, text: &str, from: usize, to: usize) -> Vec<(usize, usize)> {
        if self.ids.is_empty() || is_decimal(text, from, to) {
            return Vec::new();
        }
        let mut starts = vec![from];
        starts.extend(text[from..to].match_indices('-').map(|(at, _)| from + at + 1));
        let mut ends: Vec<usize> = text[from..to].match_indices('-').map(|(at, _)| from + at).collect();
        ends.push(to);
        let mut found: Vec<(usize, usize)> = Vec::new();
        for start in starts {
            if found.last().is_some_and(|(_, end)| start < *end) {
                continue;
            }
            if self.is_anothers(text, start) {
                continue;
            }
            let end = ends.iter().rev().find(|end| **end > start && self.ids.contains(&text[start..**end]));
            found.extend(end.map(|end| (start, *end)));
        }
        found
    }

    /// The text of a JSON document. A bare number is an id only as the value of a member that is called so.
    pub fn redact_json(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut is_changed = false;
        let mut last = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with('"') {
                // what is cut off in a string is no JSON; it is searched as text
                let Some(end) = string_end(rest) else {
                    let redacted = self.redact(rest);
                    is_changed |= redacted.is_some();
                    out.push_str(redacted.as_deref().unwrap_or(rest));
                    rest = "";
                    break;
                };
                let inner = &rest[1..end - 1];
                let is_name = rest[end..].trim_start().starts_with(':');
                if is_name {
                    inner.clone_into(&mut last);
                }
                match self.redact(inner) {
                    Some(redacted) => {
                        is_changed = true;
                        out.push('"');
                        out.push_str(&redacted);
                        out.push('"');
                    }
                    None => out.push_str(&rest[..end]),
                }
                rest = &rest[end..];
            } else {
                let end =
                    rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
                let number = &rest[..end];
                let is_id = last.ends_with("id") || last.ends_with("ids");
                if is_id && (self.ids.contains(number) || self.weak.contains(number)) {
                    is_changed = true;
                    out.push_str("null");
                } else {
                    out.push_str(number);
                }
                rest = &rest[end..];
            }
        }
        out.push_str(rest);
        is_changed.then_some(out)
    }

    /// Short ids in a part of a text that names the customer: whole between any two of the marks given.
    pub fn redact_weak(&self, part: &str, before: &[char], after: &[char]) -> String {
        let mut out = String::with_capacity(part.len());
        let mut rest = part;
        while let Some(at) = rest.find(|c: char| c.is_ascii() && is_part(c as u8)) {
            out.push_str(&rest[..at]);
            let is_after = out.chars().next_back().is_none_or(|c| before.contains(&c));
            rest = &rest[at..];
            let end = rest.find(|c: char| !(c.is_ascii() && is_part(c as u8))).unwrap_or(rest.len());
            let is_before = rest[end..].chars().next().is_none_or(|c| after.contains(&c));
            let token = &rest[..end];
            out.push_str(if is_after && is_before && self.weak.contains(token) { ERASED } else { token });
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }

    /// [`Terms::redact_weak`] in every line that names the customer already.
    pub fn redact_lines(&self, text: &str) -> String {
        const BEFORE: [char; 9] = [',', ';', '"', '\t', '\n', '\r', ' ', '#', '|'];
        const AFTER: [char; 8] = [',', ';', '"', '\t', '\n', '\r', ' ', '|'];
        text.split_inclusive('\n')
            .map(|line| if line.contains(ERASED) { self.redact_weak(line, &BEFORE, &AFTER) } else { line.to_owned() })
            .collect()
    }

    /// [`Terms::redact_weak`] between every two marks with the customer named between them: rows of a table, lists of JSON.
    pub fn redact_between(&self, text: &str, open: &str, close: &str, before: &[char], after: &[char]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(open) {
            let Some(end) = rest[start..].find(close).map(|end| start + end) else { break };
            // the innermost
            let start = rest[..end].rfind(open).unwrap_or(start);
            out.push_str(&rest[..start]);
            let part = &rest[start..end];
            if part.contains(ERASED) {
                out.push_str(&self.redact_weak(part, before, after));
            } else {
                out.push_str(part);
            }
            rest = &rest[end..];
            if let Some(after_close) = rest.strip_prefix(close) {
                out.push_str(close);
                rest = after_close;
            }
        }
        out.push_str(rest);
        out
    }
}

/// A word in every way files write it: as it is, in HTML, in JSON, and in JSON without letters beyond ASCII.
fn written(word: &str) -> BTreeSet<String> {
    let html = |apostrophe: &str, slash: &str| {
        word.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', apostrophe)
            .replace('/', slash)
    };
    let json = serde_json::Value::from(word).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let ascii = |is_upper: bool| {
        let mut units = [0; 2];
        json.chars().fold(String::new(), |mut out, c| {
            if c.is_ascii() {
                out.push(c);
            } else {
                for unit in c.encode_utf16(&mut units) {
                    out += &if is_upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                }
            }
            out
        })
    };
    let mut ways = BTreeSet::from([
        word.to_owned(),
        html("&#39;", "/"),
        html("&#x27;", "&#x2F;"),
        html("&#x27;", "/"),
        html("'", "/"),
        ascii(false),
        ascii(true),
        json.clone(),
        // CSV doubles its quotes
        word.replace('"', "\"\""),
    ]);
    if word.contains('@') {
        ways.insert(word.to_lowercase());
    }
    ways
}

/// The length of the string that begins a text, both quotes included.
fn string_end(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Whether a run of digits is part of a number with a point or separators.
fn is_decimal(text: &str, from: usize, to: usize) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let is_mark = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|b| matches!(b, b'.' | b','));
    is_number(&text[from..to])
        && ((is_mark(from.checked_sub(1)) && is_digit(from.checked_sub(2)))
            || (is_mark(Some(to)) && is_digit(Some(to + 1))))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms() -> Terms {
        Terms::new(
            ["Müller & Söhne", "Acme", "ceo@acme.example"],
            ["cus_Nff", "360001234567", "42", "acme corp/7", "0b1c-22"],
            ["4711", "sub_9", "[\"2026-01-01\",\"cus_Nff\"]"],
        )
    }

    #[test]
    fn names_and_ids_are_replaced_as_whole_words() {
        let redact = |text: &str| terms().redact(text).unwrap_or_else(|| text.to_owned());
        assert_eq!(redact("Acme, Acmeton and Acme's cus_Nff"), "[erased], Acmeton and [erased]'s [erased]");
        assert_eq!(redact("<td>Müller &amp; Söhne</td>"), "<td>[erased]</td>");
        assert_eq!(redact(r#"{"a":"M\u00fcller & S\u00f6hne"}"#), r#"{"a":"[erased]"}"#);
        assert_eq!(redact("id=account-cus_Nff-x xcus_Nff cus_Nff2"), "id=account-[erased]-x xcus_Nff cus_Nff2");
        assert_eq!(redact("0b1c-22 and 360001234567"), "[erased] and [erased]");
        assert_eq!(redact("360001234567.5 or 1,360001234567"), "360001234567.5 or 1,360001234567");
        assert_eq!(redact("write to CEO@ACME.example or ceo@acme.example"), "write to CEO@ACME.example or [erased]");
        assert_eq!(redact("42 of 4711"), "42 of 4711");
        assert!(!terms().names("nothing of it, not even sub_91"));
    }

    #[test]
    fn numbers_of_json_are_ids_only_where_they_are_called_so() {
        let redact = |text: &str| terms().redact_json(text).unwrap_or_else(|| text.to_owned());
        assert_eq!(
            redact(
                r#"{"organization_id":360001234567,"amount":360001234567,"n":42,"user_ids":[42, 7],"x":"\"Acme\""}"#
            ),
            r#"{"organization_id":null,"amount":360001234567,"n":42,"user_ids":[null, 7],"x":"\"[erased]\""}"#
        );
        assert_eq!(terms().redact_json(r#"{"a":[1.50,-2e3,"b"]}"#), None);
    }

    #[test]
    fn short_ids_are_replaced_beside_the_customer_only() {
        let html = "<tr><td>[erased]</td><td width=\"42\">4711</td></tr><tr><td>Other</td><td>4711</td></tr>";
        assert_eq!(
            terms().redact_between(html, "<tr", "</tr>", &['>', '#'], &['<']),
            html.replacen(">4711<", ">[erased]<", 1)
        );
        assert_eq!(terms().redact_lines("[erased],4711,3\nOther,4711,3\n"), "[erased],[erased],3\nOther,4711,3\n");
    }

    #[test]
    fn the_same_id_of_another_source_is_somebody_elses() {
        let terms = terms().apart_from(["eu"]);
        let text = "cus_Nff eu:cus_Nff,neu:cus_Nff account.eu-cus_Nff.0a 0b1c-22 eu:acme corp/7 acme corp/7";
        let redacted = terms.redact(text).unwrap();
        assert_eq!(redacted, "[erased] eu:cus_Nff,neu:[erased] account.eu-cus_Nff.0a [erased] eu:acme corp/7 [erased]");
        let theirs = Terms::new([], ["eu:cus_Nff"], ["eu:4711"]).apart_from(["eu"]);
        assert_eq!(theirs.redact("cus_Nff eu:cus_Nff eu:4711 4711").unwrap(), "cus_Nff [erased] [erased] 4711");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_nothing_is_named_afterwards(text in "([ -~äöü]|Acme|cus_Nff|sub_9|Müller & Söhne|\"){0,30}") {
            if let Some(redacted) = terms().redact(&text) {
                prop_assert!(!terms().names(&redacted), "{}", redacted);
            }
            let _ = terms().redact_json(&text);
            let _ = terms().redact_lines(&text);
            let _ = terms().redact_between(&text, "<", ">", &['>'], &['<']);
        }
    }
}
