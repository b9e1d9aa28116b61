//! Other people's words, made harmless to print: they come from customers' systems.

/// Longest title or name printed; more is cut with an ellipsis.
const MAX_CHARS: usize = 400;

/// One line without control characters or direction overrides. A brace pair is split, so that a name cannot look like an
/// unrendered template.
pub(super) fn clean(text: &str) -> String {
    clean_to(text, MAX_CHARS)
}

/// The same however long it is.
pub(super) fn clean_whole(text: &str) -> String {
    clean_to(text, usize::MAX)
}

/// The same, cut at `max` characters.
pub(super) fn clean_to(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    for c in text.chars().take(max) {
        let c = if c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}' { ' ' } else { c };
        let is_override =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || is_override || (c == ' ' && out.ends_with(' ')) {
            continue;
        }
        if out.ends_with('{') && matches!(c, '{' | '%') {
            out.push(' ');
        }
        out.push(c);
    }
    if text.chars().nth(max).is_some() {
        out.push('…');
    }
    out.trim().to_owned()
}

/// At most `chars` characters, the cut shown.
pub(super) fn shorten(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let cut: String = text.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// The first sentences that fit, or as many words as do, the cut shown.
pub(super) fn first_sentences(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let cut: String = text.chars().take(chars).collect();
    if let Some(end) = cut.rfind(". ").filter(|end| *end > 0) {
        return cut[..=end].to_owned();
    }
    let words = cut.rfind(' ').map_or(cut.as_str(), |end| &cut[..end]);
    format!("{}…", words.trim_end_matches([',', ':', ';']))
}

/// A metric's title as sentences and rows print it.
pub(super) fn title(text: &str) -> String {
    shorten(&clean(text), 90)
}

/// For anchors and content ids: lower-case ASCII letters, digits and hyphens.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let slug = out.trim_end_matches('-');
    if slug.is_empty() { "x".to_owned() } else { slug.to_owned() }
}

/// No-break spaces as plain ones, for the text part and the subject.
pub(super) fn plain_spaces(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ")
}

/// First letter upper case.
pub(super) fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// First letter lower case, as within a sentence: nouns keep theirs in languages that write them with a capital.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_become_one_plain_line() {
        assert_eq!(clean("a\r\nBcc: x\u{202e}y\0"), "a Bcc: xy");
        assert_eq!(clean("{{ 7 }} {% if %}"), "{ { 7 }} { % if %}");
        assert_eq!(clean("=cmd() 🚀"), "=cmd() 🚀");
        assert_eq!(clean(&"x".repeat(500)).chars().count(), 401);
        assert_eq!(slug("sla/first_reply <b>"), "sla-first-reply-b");
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(first_sentences("One. Two three. Four", 18), "One. Two three.");
        assert_eq!(first_sentences("One, two three", 6), "One…");
        assert_eq!(first_sentences("One", 6), "One");
    }
}
