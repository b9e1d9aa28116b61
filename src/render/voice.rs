//! What owners say and promise, in words: beside the exception it explains, in a list of its own, and as promises that are
//! kept, due or overdue. Their own words are text: only links to https become links, and only on the page.

use jiff::civil::Date;
use serde::Serialize;

use super::dates;
use super::format::NBSP;
use super::text::{clean, clean_whole, sentence_case, shorten, title};
use crate::review::model::{Comment, Exception, MetricComments, OwnerPromise, Review, Row, Standing};
use crate::review::voice::metrics_of;

/// Characters of a comment in the mail; the page has all of it.
const MAIL_CHARS: usize = 400;
/// Comments on other figures told in the mail, and promises; the rest is counted.
const MAIL_COMMENTS: usize = 5;
const MAIL_PROMISES: usize = 8;
/// Overdue promises named at the top.
const NAMED_OVERDUE: usize = 2;

/// An owner's words with who said them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerView {
    /// "Owner (Ada, 14 Nov):"; empty for silence.
    pub who: String,
    /// In one line, for mail and text.
    pub line: String,
    /// For the page: paragraphs of text and links.
    pub paragraphs: Vec<Vec<Piece>>,
}

/// A stretch of text; with an address it is a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    pub text: String,
    /// Empty, or `https://…`.
    pub href: String,
}

/// A figure that is no exception and was commented on.
#[derive(Debug, Clone, Serialize)]
pub struct CommentedView {
    pub title: String,
    /// Of its row on the page.
    pub anchor: String,
    pub in_mail: bool,
    pub words: Vec<OwnerView>,
}

/// A promise of an owner.
#[derive(Debug, Clone, Serialize)]
pub struct OwnerPromiseView {
    /// "Overdue by 12 days", "Kept".
    pub state: String,
    /// `bad`, `good` or `quiet`.
    pub tone: &'static str,
    pub text: String,
    /// "Ada Lindqvist, due 3 Nov 2026".
    pub details: String,
    pub in_mail: bool,
}

/// Everything owners have to do with, beside what stands with exceptions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VoicesView {
    /// For the first screen: "Overdue: …"; empty where nothing is.
    pub overdue: String,
    pub promises: Vec<OwnerPromiseView>,
    /// "3 more promises …"; empty when the mail holds all.
    pub more_promises: String,
    pub comments: Vec<CommentedView>,
    pub more_comments: String,
    pub promises_heading: &'static str,
    pub comments_heading: &'static str,
}

/// The words of this module, in one place.
mod say {
    use super::NBSP;

    pub const PROMISES: &str = "Promises";
    pub const COMMENTS: &str = "What owners say";
    pub const SILENT: &str = "No comment from the owner";
    pub const NOT_IN_TIME: &str = "The owner was not asked in time to comment";

    pub fn owner(name: &str, day: &str) -> String {
        format!("Owner ({name}, {day}):")
    }

    pub fn last(name: &str, day: &str, period: &str) -> String {
        format!("Last explanation ({name}, {day}, for {period}):")
    }

    pub fn late(name: &str, day: &str, period: &str) -> String {
        format!("On {period}, after its edition ({name}, {day}):")
    }

    pub fn silent(day: &str) -> String {
        format!("{SILENT} (asked {day}).")
    }

    pub fn not_in_time(day: &str) -> String {
        format!("{NOT_IN_TIME} (asked {day}).")
    }

    pub fn days(n: u32) -> String {
        if n == 1 { format!("1{NBSP}day") } else { format!("{n}{NBSP}days") }
    }

    pub fn overdue(n: u32) -> String {
        format!("Overdue by {}", days(n))
    }

    pub fn due(n: u32) -> String {
        match n {
            0 => "Due today".to_owned(),
            n => format!("Due in {}", days(n)),
        }
    }

    pub fn kept(late: u32) -> String {
        if late == 0 { "Kept".to_owned() } else { format!("Kept {} late", days(late)) }
    }

    pub fn due_on(owner: &str, day: &str) -> String {
        format!("{owner}, due {day}")
    }

    pub fn done_on(owner: &str, due: &str, done: &str) -> String {
        format!("{owner}, due {due}, done {done}")
    }

    /// "Overdue: hire a second team (Ada), 12 days; …".
    pub fn all_overdue(named: &[String], count: usize) -> String {
        let more = count - named.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        match count {
            1 => format!("Overdue promise: {}{more}.", named.join("; ")),
            n => format!("{n} overdue promises: {}{more}.", named.join("; ")),
        }
    }

    pub fn one_overdue(text: &str, owner: &str, days_over: u32) -> String {
        format!("{text} ({owner}), {}", days(days_over))
    }

    pub fn more(count: usize, noun: &str, has_link: bool) -> String {
        let place = if has_link { "on the page" } else { "not printed here" };
        let noun = if count == 1 { noun.to_owned() } else { format!("{noun}s") };
        format!("{count} more {noun} {place}.")
    }
}

/// What the owner of an exception says: now, else the last time; or that they say nothing.
pub(super) fn of_exception(review: &Review, exception: &Exception) -> Vec<OwnerView> {
    let own: Vec<&MetricComments> =
        review.comments.iter().filter(|c| metrics_of(exception).any(|m| m == c.metric)).collect();
    let year = review.period.last_day.year();
    let said: Vec<OwnerView> = own.iter().flat_map(|c| &c.said).map(|c| view(c, &said(c, year))).collect();
    if !said.is_empty() {
        return said;
    }
    let silence = own.iter().find_map(|c| c.silence).map(|silence| {
        let day = short_day(silence.asked_on, year);
        let line = if silence.had_time { say::silent(&day) } else { say::not_in_time(&day) };
        let paragraphs = vec![vec![Piece { text: line.clone(), href: String::new() }]];
        OwnerView { who: String::new(), line, paragraphs }
    });
    let last =
        own.iter().filter_map(|c| c.last.as_ref()).max_by_key(|c| c.noted_at).map(|c| {
            view(c, &say::last(&clean(&c.author), &short_day(c.said_on, year), &dates::period_name(&c.period)))
        });
    silence.into_iter().chain(last).collect()
}

/// The words of earlier periods on an exception, for who is asked about it again.
pub(super) fn last_words(review: &Review, exception: &Exception) -> Option<OwnerView> {
    of_exception(review, exception).into_iter().rfind(|words| !words.who.is_empty())
}

/// "14 Nov", with its year where that is not the reviewed one.
fn short_day(day: Date, year: i16) -> String {
    if day.year() == year { format!("{}{NBSP}{}", day.day(), dates::month(day)) } else { dates::day(day) }
}

/// "Owner (Ada, 14 Nov):".
fn said(comment: &Comment, year: i16) -> String {
    say::owner(&clean(&comment.author), &short_day(comment.said_on, year))
}

fn view(comment: &Comment, who: &str) -> OwnerView {
    let paragraphs: Vec<String> = comment.text.split("\n\n").flat_map(joined).filter(|p| !p.is_empty()).collect();
    OwnerView {
        who: who.to_owned(),
        line: shorten(&paragraphs.join(" "), MAIL_CHARS),
        paragraphs: paragraphs.iter().map(|p| pieces(p)).collect(),
    }
}

/// A paragraph's lines were wrapped by whoever typed them; items of a list were not.
fn joined(paragraph: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in paragraph.lines().map(clean_whole) {
        let is_item = ["- ", "* ", "• "].iter().any(|mark| line.starts_with(mark));
        match lines.last_mut() {
            Some(last) if !is_item => {
                last.push(' ');
                last.push_str(&line);
            }
            _ => lines.push(line),
        }
    }
    lines
}

/// Text with its links: `https://` and nothing else, without a name or password in it.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("https://") {
        let candidate: &str =
            rest[at..].split(|c: char| c.is_whitespace() || "<>\"'`{}|\\^".contains(c)).next().unwrap_or_default();
        let candidate = candidate.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '…']);
        let is_safe = url::Url::parse(candidate).is_ok_and(|url| {
            url.scheme() == "https" && url.host_str().is_some() && url.username().is_empty() && url.password().is_none()
        });
        let end = at + candidate.len().max("https://".len());
        if is_safe {
            push(&mut pieces, &rest[..at], "");
            push(&mut pieces, candidate, candidate);
        } else {
            push(&mut pieces, &rest[..end], "");
        }
        rest = &rest[end..];
    }
    push(&mut pieces, rest, "");
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, href: &str) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), href: href.to_owned() });
    }
}

/// What stands in sections of its own.
pub(super) fn build(review: &Review) -> VoicesView {
    let has_link = review.head.link.is_some();
    let promises: Vec<OwnerPromiseView> =
        review.promises.iter().enumerate().map(|(index, p)| promise(review, p, index < MAIL_PROMISES)).collect();
    let comments = commented(review);
    let hidden = |count: usize, noun: &str| if count > 0 { say::more(count, noun, has_link) } else { String::new() };
    VoicesView {
        overdue: overdue(&review.promises),
        more_promises: hidden(promises.iter().filter(|p| !p.in_mail).count(), "promise"),
        promises,
        more_comments: hidden(comments.iter().filter(|c| !c.in_mail).count(), "comment"),
        comments,
        promises_heading: say::PROMISES,
        comments_heading: say::COMMENTS,
    }
}

/// The longest overdue, for the first screen of a phone.
fn overdue(promises: &[OwnerPromise]) -> String {
    let overdue: Vec<&OwnerPromise> = promises.iter().filter(|p| p.standing == Standing::Overdue).collect();
    let name = |p: &&OwnerPromise| say::one_overdue(&shorten(&clean(&p.text), 80), &clean(&p.owner), p.days);
    let named: Vec<String> = overdue.iter().take(NAMED_OVERDUE).map(name).collect();
    if named.is_empty() { String::new() } else { say::all_overdue(&named, overdue.len()) }
}

fn promise(review: &Review, p: &OwnerPromise, in_mail: bool) -> OwnerPromiseView {
    let (state, tone) = match p.standing {
        Standing::Overdue => (say::overdue(p.days), "bad"),
        Standing::Due => (say::due(p.days), "quiet"),
        Standing::Kept => (say::kept(p.days), "good"),
    };
    let (owner, due) = (clean(&p.owner), dates::day(p.due_on));
    let mut details = match p.done_on {
        Some(done) => say::done_on(&owner, &due, &dates::day(done)),
        None => say::due_on(&owner, &due),
    };
    let metric = p
        .metric
        .as_deref()
        .map(|m| row(review, m).map_or_else(|| sentence_case(&clean(&m.replace('_', " "))), |r| title(&r.title)));
    let team = Some(clean(&p.made_for)).filter(|t| *t != clean(&review.head.team_name) && !t.is_empty());
    for part in metric.into_iter().chain(team).chain(p.note.as_deref().map(|n| shorten(&clean(n), 200))) {
        details.push_str(" · ");
        details.push_str(&part);
    }
    OwnerPromiseView { state, tone, text: clean(&p.text), details, in_mail }
}

/// Figures that owners spoke of without being an exception, and late words on the period before.
fn commented(review: &Review) -> Vec<CommentedView> {
    let year = review.period.last_day.year();
    let is_told = |metric: &str| review.exceptions.iter().any(|e| metrics_of(e).any(|m| m == metric));
    let mut views: Vec<CommentedView> = Vec::new();
    for own in &review.comments {
        let said = own.said.iter().filter(|_| !is_told(&own.metric)).map(|c| view(c, &said(c, year)));
        let late = own.late.iter().map(|c| {
            let period = dates::period_name(&c.period);
            view(c, &say::late(&clean(&c.author), &short_day(c.said_on, year), &period))
        });
        let words: Vec<OwnerView> = said.chain(late).collect();
        if let (Some(row), false) = (row(review, &own.metric), words.is_empty()) {
            let in_mail = views.len() < MAIL_COMMENTS;
            views.push(CommentedView {
                title: title(&row.title),
                anchor: super::text::slug(&row.metric),
                in_mail,
                words,
            });
        }
    }
    views
}

fn row<'a>(review: &'a Review, metric: &str) -> Option<&'a Row> {
    review.sections.iter().flat_map(|s| &s.rows).find(|r| r.metric == metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<String> {
        let linked = pieces(text).into_iter().filter(|p| !p.href.is_empty());
        linked.map(|p| p.href).collect()
    }

    #[test]
    fn only_plain_https_addresses_become_links() {
        assert_eq!(
            links("see https://acme.example/a?b=1 (and https://x.example/c)."),
            ["https://acme.example/a?b=1", "https://x.example/c"]
        );
        for text in [
            "http://acme.example",
            "javascript:alert(1)",
            "https://",
            "https://ada@evil.example/",
            "https:// x",
            "HTTPS://x",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
        assert_eq!(links("<a href=\"https://acme.example/\" onclick=x>"), ["https://acme.example/"]);
        for text in ["a https://x.example/ b https://ada@evil.example c", "https://https://https://"] {
            assert_eq!(pieces(text).into_iter().map(|p| p.text).collect::<String>(), text, "nothing is lost");
        }
    }

    #[test]
    fn wrapped_lines_are_paragraphs_and_items_stay_apart() {
        assert_eq!(
            joined("Two agents\nwere ill:\n- Ada\n- Ben,\n  until Friday"),
            ["Two agents were ill:", "- Ada", "- Ben, until Friday"]
        );
        let long = "word ".repeat(300);
        assert_eq!(joined(&long), [long.trim_end()], "cut nowhere");
    }
}
