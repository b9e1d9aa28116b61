//! What in an answer is the sender's own: without the mail it answers, in the forms that Gmail, Outlook, Apple Mail and
//! Thunderbird quote it in, and without the signature.
//!
//! Where in doubt a line is kept: a comment with a line too many is read, one with a line too few is wrong.

/// The lines of a message that its sender wrote, never more than there were.
pub fn answer(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if *line == "--" || is_divider(line) || is_header_block(&lines[at..]) {
            break;
        }
        if let Some(length) = attribution(&lines[at..]) {
            at += length;
            let next = lines[at..].iter().find(|l| !l.trim().is_empty());
            // an answer may stand under or between lines that are marked; below a quote without marks nobody writes
            if next.is_none_or(|l| !is_quote(l)) {
                break;
            }
            continue;
        }
        if !is_quote(line) && !is_advertisement(line) {
            kept.push(line);
        }
        at += 1;
    }
    let end = farewell(&kept).unwrap_or(kept.len());
    kept[..end].join("\n").trim().to_owned()
}

/// Joins what the sender's program wrapped (RFC 3676). Quoted lines stay as they are.
pub fn unflowed(text: &str, deletes_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let is_soft = line.ends_with(' ') && line != "-- " && !line.starts_with('>');
        let line = if line.starts_with('>') { line } else { line.strip_prefix(' ').unwrap_or(line) };
        out.push_str(if is_soft && deletes_space { line.strip_suffix(' ').unwrap_or(line) } else { line });
        if !is_soft {
            out.push('\n');
        }
    }
    out.truncate(text.len());
    out
}

fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// "-----Original Message-----", "---------- Forwarded message ---------", or the line Outlook draws.
fn is_divider(line: &str) -> bool {
    const WORDS: [&str; 9] = [
        "original message",
        "originalnachricht",
        "ursprüngliche nachricht",
        "original-nachricht",
        "message d'origine",
        "mensaje original",
        "oorspronkelijk bericht",
        "forwarded message",
        "weitergeleitete nachricht",
    ];
    let line = line.trim();
    if line.len() >= 20 && line.bytes().all(|b| b == b'_') {
        return true;
    }
    let inner = line.trim_matches('-').trim().to_lowercase();
    line.starts_with("--") && WORDS.contains(&inner.as_str())
}

/// The head of the answered mail as Outlook copies it: From, and two more of its lines.
fn is_header_block(lines: &[&str]) -> bool {
    const FROM: [&str; 7] = ["from:", "von:", "de:", "da:", "van:", "fra:", "från:"];
    const OTHERS: [&str; 22] = [
        "sent:",
        "date:",
        "to:",
        "cc:",
        "subject:",
        "gesendet:",
        "datum:",
        "an:",
        "betreff:",
        "envoyé:",
        "à:",
        "objet:",
        "enviado:",
        "para:",
        "asunto:",
        "verzonden:",
        "aan:",
        "onderwerp:",
        "inviato:",
        "a:",
        "oggetto:",
        "skickat:",
    ];
    let label = |line: &str| line.trim().trim_matches('*').trim_start().to_lowercase().replace('*', "");
    let starts = |line: &str, with: &[&str]| {
        let line = label(line);
        with.iter().any(|w| line.starts_with(w))
    };
    let Some((first, rest)) = lines.split_first() else { return false };
    first.len() < 300
        && starts(first, &FROM)
        && rest.iter().take(6).filter(|line| line.len() < 1000 && starts(line, &OTHERS)).count() >= 2
}

/// "On Mon, 16 Nov 2026 at 09:00, Reviews <…> wrote:", wrapped or not: how many lines it takes.
fn attribution(lines: &[&str]) -> Option<usize> {
    const BEGINS: [&str; 9] = ["On ", "Am ", "Le ", "El ", "Em ", "Op ", "Il ", "Den ", "Dne "];
    const ENDS: [&str; 6] = ["wrote:", "a écrit :", "a écrit:", "escribió:", "escreveu:", "ha scritto:"];
    const VERBS: [&str; 4] = [" schrieb ", " schreef ", " skrev ", " napsal"];
    let first = lines.first()?.trim_start();
    if !BEGINS.iter().any(|b| first.starts_with(b)) {
        return None;
    }
    let mut joined = String::new();
    for (index, line) in lines.iter().take(4).enumerate() {
        if line.trim().is_empty() || line.len() > 300 {
            return None;
        }
        joined.push_str(line.trim());
        joined.push(' ');
        let said = joined.trim_end().replace(['\u{a0}', '\u{202f}'], " ");
        let is_told =
            ENDS.iter().any(|e| said.ends_with(e)) || (said.ends_with(':') && VERBS.iter().any(|v| said.contains(v)));
        if is_told {
            return (said.contains('@') || has_time(&said)).then_some(index + 1);
        }
    }
    None
}

/// A time of day, 9:00: what tells an attribution from a sentence.
fn has_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .windows(4)
        .any(|w| w[0].is_ascii_digit() && matches!(w[1], b':' | b'.') && w[2].is_ascii_digit() && w[3].is_ascii_digit())
}

/// What programs add: "Sent from my iPhone".
fn is_advertisement(line: &str) -> bool {
    const BEGINS: [&str; 12] = [
        "sent from my ",
        "sent with proton",
        "sent from outlook",
        "sent from yahoo",
        "sent from mail for",
        "get outlook for ",
        "gesendet von outlook",
        "gesendet von mail für",
        "holen sie sich outlook",
        "laden sie outlook für",
        "envoyé de mon ",
        "enviado desde mi ",
    ];
    let line = line.trim().to_lowercase();
    let line = line.trim_start_matches(['<', '[']);
    line.len() < 120
        && (BEGINS.iter().any(|b| line.starts_with(b))
            || (line.starts_with("von meinem ") && line.ends_with(" gesendet")))
}

/// Where the farewell begins, if what follows looks like no more than names and numbers.
fn farewell(lines: &[&str]) -> Option<usize> {
    const WORDS: [&str; 29] = [
        "best",
        "best regards",
        "best wishes",
        "kind regards",
        "warm regards",
        "regards",
        "many thanks",
        "thanks",
        "thank you",
        "cheers",
        "sincerely",
        "yours sincerely",
        "yours",
        "viele grüße",
        "viele grüsse",
        "beste grüße",
        "liebe grüße",
        "schöne grüße",
        "freundliche grüße",
        "mit freundlichen grüßen",
        "mit besten grüßen",
        "mfg",
        "vg",
        "lg",
        "danke",
        "cordialement",
        "bien à vous",
        "saludos",
        "met vriendelijke groet",
    ];
    let is_farewell = |line: &str| {
        line.len() < 60 && WORDS.contains(&line.trim().trim_end_matches([',', '!', '.']).to_lowercase().as_str())
    };
    let found = lines.iter().rposition(|line| is_farewell(line))?;
    let after: Vec<&&str> = lines[found + 1..].iter().filter(|l| !l.trim().is_empty()).collect();
    let is_signature = after.len() <= 8 && after.iter().all(|l| l.chars().count() <= 60 && !is_sentence(l));
    let says_something = lines[..found].iter().any(|l| !l.trim().is_empty());
    (is_signature && says_something).then_some(found)
}

/// Ends like one, and is longer than a name or a title.
fn is_sentence(line: &str) -> bool {
    line.trim_end().ends_with(['.', '!', '?']) && line.split_whitespace().count() > 3
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_above_below_and_between_is_found() {
        let quote = "> Resolution SLA: 93.2 %\n> Why?";
        let asked = "On Mon, Nov 16, 2026 at 8:00 AM Reviews <\nreviews+abc@acme.example> wrote:";
        assert_eq!(answer(&format!("Two were ill.\n\n{asked}\n\n{quote}\n")), "Two were ill.");
        assert_eq!(answer(&format!("{asked}\n{quote}\n\nTwo were ill.\n-- \nAda")), "Two were ill.");
        assert_eq!(answer(&format!("{asked}\n> one\nfirst\n> two\nsecond")), "first\nsecond");
        assert_eq!(
            answer(&format!("Top.\n\nSent with Proton Mail\n\n-------- Originalnachricht --------\n{quote}")),
            "Top."
        );
        assert_eq!(answer(&format!("Top.\n\n{asked}\n\nResolution SLA: 93.2 %\nWhy?")), "Top.");
    }

    #[test]
    fn a_sentence_is_no_attribution_and_a_colon_no_header() {
        for own in [
            "On Monday we wrote:\nsorry to all.",
            "From: 40 tickets a day\nit went to 90.",
            "Am Montag fehlten zwei:\nAda und Ben.",
            "Thanks to Ada it is over.",
            "--- three dashes",
            "5 > 4 is what we saw",
        ] {
            assert_eq!(answer(own), own);
        }
        assert_eq!(answer("Thanks"), "Thanks", "a farewell needs something to end");
        assert_eq!(answer("It is over.\n\nThanks,\nAda\n+49 30 1234"), "It is over.");
        let own = "It was the outage.\n\nThanks!\nWe will fix it by Friday.";
        assert_eq!(answer(own), own, "what comes after thanks is still said");
    }

    #[test]
    fn wrapped_lines_are_joined() {
        assert_eq!(
            unflowed("Two agents \nwere ill.\n\n Ada\n> a \n> b\n", false),
            "Two agents were ill.\n\nAda\n> a \n> b\n"
        );
        assert_eq!(unflowed("株式 \n会社\n", true), "株式会社\n");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_and_never_grows(
            lines in proptest::collection::vec(
                prop_oneof![
                    ".{0,40}", Just(String::new()), Just("> quoted ".to_owned()), Just("-- ".to_owned()),
                    Just("On 1.1. at 9:00 x wrote:".to_owned()), Just("Von: x".to_owned()), Just("An: y".to_owned()),
                    Just("Betreff: z".to_owned()), Just("Best regards,".to_owned()), Just("________________________".to_owned()),
                ],
                0..30,
            ),
            deletes_space: bool,
        ) {
            let text = lines.join("\n");
            prop_assert!(answer(&text).len() <= text.len());
            prop_assert!(unflowed(&text, deletes_space).len() <= text.len());
            let own = answer(&text);
            prop_assert!(own.lines().all(|line| lines.iter().any(|l| l.trim_end().ends_with(line.trim_start()))), "nothing is invented");
        }
    }
}
