//! Text of HTML, for mails that have no text part: enough to find an answer in it, line by line. What a `blockquote` holds
//! gets a `>`, as in text.

/// Elements whose content is not text.
const SILENT: [&str; 4] = ["style", "script", "head", "title"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 18] = [
    "br",
    "div",
    "tr",
    "li",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "pre",
    "section",
    "article",
];
/// Marks of what mail programs put under an answer: a signature, or the mail that is answered.
const ENDS: [&str; 8] = [
    "gmail_signature",
    "moz-signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
    "id=\"signature\"",
    "divrplyfwdmsg",
    "appendonsend",
    "yahoo_quoted",
];

/// The text of a page, never longer than it.
pub fn of_html(html: &str) -> String {
    // the same bytes at the same places
    let lower = html.to_ascii_lowercase();
    let mut page = Page::default();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        page.words(&html[at..at + found]);
        let start = at + found;
        let is_comment = lower[start..].starts_with("<!--");
        let (end, length) = if is_comment { ("-->", 3) } else { (">", 1) };
        let Some(close) = lower[start..].find(end) else { return page.text };
        at = start + close + length;
        if is_comment {
            continue;
        }
        let tag = &lower[start + 1..start + close];
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let is_closing = tag.starts_with('/');
        if !is_closing && ENDS.iter().any(|mark| tag.contains(mark)) {
            return page.text;
        }
        if !is_closing && SILENT.contains(&name.as_str()) {
            match lower[at..].find(&format!("</{name}")) {
                Some(skipped) => at += skipped,
                None => return page.text,
            }
            continue;
        }
        page.element(&name, is_closing);
    }
    page.words(&html[at..]);
    page.text
}

/// The text so far, and where in it we are.
#[derive(Default)]
struct Page {
    text: String,
    quotes: usize,
    is_pre: bool,
    /// A space is owed before the next word of the line.
    owes_space: bool,
}

impl Page {
    fn element(&mut self, name: &str, is_closing: bool) {
        match (name, is_closing) {
            ("blockquote", false) => self.quotes += 1,
            ("blockquote", true) => self.quotes = self.quotes.saturating_sub(1),
            ("pre", _) => self.is_pre = !is_closing,
            ("p", _) => {
                // a paragraph's own line, and a gap before the next
                self.line();
                if is_closing && !self.text.is_empty() && !self.text.ends_with("\n\n") {
                    self.text.push('\n');
                }
                return;
            }
            ("br", _) => {
                self.owes_space = false;
                if !self.text.is_empty() && !self.text.ends_with("\n\n") {
                    self.text.push('\n');
                }
                return;
            }
            _ => {}
        }
        if BLOCKS.contains(&name) {
            self.line();
        }
        if name == "li" && !is_closing {
            self.begin();
            self.text.push_str("- ");
        }
    }

    /// Ends the line that was begun.
    fn line(&mut self) {
        self.owes_space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Begins a line with its quotation mark, unless one is begun.
    fn begin(&mut self) {
        if self.quotes > 0 && (self.text.is_empty() || self.text.ends_with('\n')) {
            self.text.push_str("> ");
        }
    }

    fn words(&mut self, raw: &str) {
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            let (c, length) = if c == '&' { entity(rest) } else { (c, c.len_utf8()) };
            rest = &rest[length..];
            if self.is_pre && c == '\n' {
                self.text.push('\n');
            } else if c.is_whitespace() {
                self.owes_space = true;
            } else {
                self.begin();
                let is_within = !self.text.is_empty() && !self.text.ends_with(['\n', ' ']);
                if std::mem::take(&mut self.owes_space) && is_within {
                    self.text.push(' ');
                }
                self.text.push(c);
            }
        }
    }
}

/// The character that a text beginning with `&` stands for, and how many bytes say so.
fn entity(text: &str) -> (char, usize) {
    let plain = ('&', 1);
    let Some(end) = text.bytes().take(10).position(|b| b == b';') else { return plain };
    let name = &text[1..end];
    let code = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        },
        None => None,
    };
    let named = NAMED.iter().find(|(n, _)| *n == name).map(|(_, c)| *c);
    code.and_then(char::from_u32).or(named).map_or(plain, |c| (c, end + 1))
}

/// Those that mail programs write in Western languages.
const NAMED: [(&str, char); 34] = [
    ("nbsp", ' '),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("ccedil", 'ç'),
    ("iacute", 'í'),
    ("oacute", 'ó'),
    ("uacute", 'ú'),
    ("ntilde", 'ñ'),
    ("aring", 'å'),
    ("oslash", 'ø'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("euro", '€'),
    ("percnt", '%'),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paragraphs_lists_and_quotes_become_lines() {
        let html = "<html><head><title>x</title><style>p{color:red}</style></head><body><!-- a > b --><p>Zwei\n waren \
            <b>krank</b>&nbsp;&#8211; gr&uuml;&szlig;e &lt;b&gt;.</p><div>Second<br>line</div><ul><li>one</li><li>two</li></ul>\
            <blockquote type=cite>asked <i>this</i><br>twice</blockquote>after";
        let text = "Zwei waren krank – grüße <b>.\n\nSecond\nline\n- one\n- two\n> asked this\n> twice\nafter";
        assert_eq!(of_html(html), text);
        assert_eq!(of_html("one<div id=\"divRplyFwdMsg\">two"), "one\n".trim_end());
        assert_eq!(of_html("a &bogus; & b <"), "a &bogus; & b");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_and_never_grows(html in "(?s).{0,300}") {
            prop_assert!(of_html(&html).len() <= html.len());
        }

        #[test]
        fn tags_in_any_order_are_read_and_never_grow(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[a-zä<>&;#/! \n]{0,6}", Just("<p>".to_owned()), Just("</p>".to_owned()), Just("<br>".to_owned()),
                    Just("<blockquote>".to_owned()), Just("</blockquote>".to_owned()), Just("<li>".to_owned()),
                    Just("<style>".to_owned()), Just("<!--".to_owned()), Just("&nbsp;".to_owned()), Just("<pre>".to_owned()),
                ],
                0..60,
            ),
        ) {
            let html = parts.concat();
            prop_assert!(of_html(&html).len() <= html.len());
        }
    }
}
