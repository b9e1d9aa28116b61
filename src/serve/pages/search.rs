//! Search over what reviews say. Nothing is indexed: the text part of each review is read while looking, the latest first, within
//! a time. So there is no second copy of anybody's words, and nothing to renew when an edition is removed or redacted.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::archive::Shelved;

/// How long one search reads.
const PATIENCE: Duration = Duration::from_secs(3);
/// Of each review's text.
const LONGEST: u64 = 256 * 1024;
/// Words looked for; more are left out.
const WORDS: usize = 8;
/// Characters around what was found.
const AROUND: usize = 70;

/// What was found, latest first.
pub(super) struct Found<'a> {
    pub reviews: Vec<(&'a Shelved, Option<Excerpt>)>,
    /// The last review looked at, where time was up before the end.
    pub stopped_at: Option<&'a Shelved>,
}

/// The place of a review's text where the words are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Excerpt {
    pub before: String,
    pub found: String,
    pub after: String,
}

/// What to look for, in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split_whitespace().take(WORDS).map(str::to_owned).collect()
}

/// The first `limit` reviews in which each word is: in subject, title, period or text.
pub(super) fn search<'a>(
    store: &Path,
    text: &str,
    shelf: impl Iterator<Item = &'a Shelved>,
    limit: usize,
) -> Found<'a> {
    let words = words(text);
    let started = std::time::Instant::now();
    let mut reviews = Vec::new();
    for shelved in shelf {
        if reviews.len() >= limit {
            break;
        }
        if started.elapsed() > PATIENCE {
            return Found { reviews, stopped_at: Some(shelved) };
        }
        let edition = &shelved.newest.edition;
        let named = [&*edition.subject, &shelved.title, &shelved.period, &edition.period, &edition.report].join(" ");
        let named = named.to_lowercase();
        let missing: Vec<&String> = words.iter().filter(|word| !named.contains(word.as_str())).collect();
        if missing.is_empty() {
            reviews.push((shelved, None));
            continue;
        }
        let Some(text) = read(&store.join(&edition.path).join("email.txt")) else { continue };
        let lower = text.to_lowercase();
        if missing.iter().all(|word| lower.contains(word.as_str())) {
            reviews.push((shelved, missing.first().and_then(|word| excerpt(&text, word))));
        }
    }
    Found { reviews, stopped_at: None }
}

fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The line with the word, as it was written. Lower case may be longer or shorter than upper case: positions are of characters.
fn excerpt(text: &str, word: &str) -> Option<Excerpt> {
    let line = text.lines().find(|line| line.to_lowercase().contains(word))?;
    let chars: Vec<char> = line.trim().chars().collect();
    let wanted: Vec<char> = word.chars().collect();
    let lower = |c: &char| c.to_lowercase().next().unwrap_or(*c);
    let at = chars.windows(wanted.len()).position(|part| part.iter().map(lower).eq(wanted.iter().copied()))?;
    let end = at + wanted.len();
    let (from, to) = (at.saturating_sub(AROUND), (end + AROUND).min(chars.len()));
    let text = |part: &[char]| part.iter().collect::<String>();
    Some(Excerpt {
        before: if from > 0 { format!("…{}", text(&chars[from..at])) } else { text(&chars[..at]) },
        found: text(&chars[at..end]),
        after: if to < chars.len() { format!("{}…", text(&chars[end..to])) } else { text(&chars[end..]) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_the_words_as_they_were_written() {
        let text = "MRR 12\nKündigungen: GRÖSSE <b>und</b> İstanbul\nrest";
        assert_eq!(excerpt(text, "größe"), None, "another word");
        let found = excerpt(text, "grösse").unwrap();
        assert_eq!((found.before.as_str(), found.found.as_str()), ("Kündigungen: ", "GRÖSSE"));
        assert_eq!(found.after, " <b>und</b> İstanbul");
        let long = format!("{} needle {}", "a".repeat(200), "b".repeat(200));
        let found = excerpt(&long, "needle").unwrap();
        assert!(found.before.starts_with('…') && found.after.ends_with('…') && found.found == "needle");
    }
}
