//! What owners say and promise, in words: beside the exception it explains, in a list of its own, and as promises that are
//! kept, due or overdue. Their own words are text: only links to https become links, and only on the page.

use jiff::civil::Date;
use serde::Serialize;

use super::format::Format;
use super::text::{clean, clean_whole, sentence_case, shorten, slug};
use super::words::args;
use crate::review::model::{Comment, Exception, MetricComments, OwnerPromise, Review, Row, Standing};
use crate::review::voice::metrics_of;

/// Characters of a comment in the mail; the page has all of it.
const MAIL_CHARS: usize = 300;
/// Comments on one figure told in the mail, other figures commented on, and promises; the rest is counted.
const MAIL_AUTHORS: usize = 2;
const MAIL_COMMENTS: usize = 4;
const MAIL_PROMISES: usize = 6;
/// Overdue promises named at the top.
const NAMED_OVERDUE: usize = 2;

/// An owner's words with who said them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerView {
    /// "Owner (Ada, 14 Nov):"; empty for silence.
    pub who: String,
    /// In one line, for mail and text; empty for what only the page has.
    pub line: String,
    /// For the page: paragraphs of text and links; none for what only the mail says.
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
}

/// What the owner of an exception says: now, else the last time; or that they say nothing.
pub(super) fn of_exception(review: &Review, exception: &Exception, f: &Format) -> Vec<OwnerView> {
    let own: Vec<&MetricComments> =
        review.comments.iter().filter(|c| metrics_of(exception).any(|m| m == c.metric)).collect();
    let writer = Writer { review, f };
    let said: Vec<OwnerView> = own.iter().flat_map(|c| &c.said).map(|c| writer.view("owner-said", c)).collect();
    if !said.is_empty() {
        return writer.within_mail(said);
    }
    let silence = own.iter().find_map(|c| c.silence).map(|silence| {
        let id = if silence.had_time { "owner-silent" } else { "owner-not-in-time" };
        let line = f.say(id, &args!["day" => writer.day(silence.asked_on)]);
        let paragraphs = vec![vec![Piece { text: line.clone(), href: String::new() }]];
        OwnerView { who: String::new(), line, paragraphs }
    });
    let last = own.iter().filter_map(|c| c.last.as_ref()).max_by_key(|c| c.noted_at);
    silence.into_iter().chain(last.map(|c| writer.view("owner-last", c))).collect()
}

/// The words of earlier periods on an exception, for who is asked about it again.
pub(super) fn last_words(review: &Review, exception: &Exception, f: &Format) -> Option<OwnerView> {
    of_exception(review, exception, f).into_iter().rfind(|words| !words.who.is_empty())
}

/// Writes of one review in one language.
struct Writer<'a> {
    review: &'a Review,
    f: &'a Format,
}

impl Writer<'_> {
    /// "14 Nov", with its year where that is not the reviewed one.
    fn day(&self, day: Date) -> String {
        if day.year() == self.review.period.last_day.year() { self.f.day_of_month(day) } else { self.f.day(day) }
    }

    /// A comment, introduced by the message `id`.
    fn view(&self, id: &str, comment: &Comment) -> OwnerView {
        let period = self.f.period_name(&comment.period);
        let who = args!["name" => clean(&comment.author), "day" => self.day(comment.said_on), "period" => period];
        view(comment, &self.f.say(id, &who))
    }

    /// Takes the lines of all but the latest out of the mail, and counts them there.
    fn within_mail(&self, mut words: Vec<OwnerView>) -> Vec<OwnerView> {
        let hidden = words.len().saturating_sub(MAIL_AUTHORS);
        words.iter_mut().take(hidden).for_each(|w| w.line.clear());
        if hidden > 0 {
            let line = self.f.say("owner-more", &args!["count" => hidden]);
            words.push(OwnerView { who: String::new(), line, paragraphs: Vec::new() });
        }
        words
    }

    fn title(&self, row: &Row) -> String {
        self.f.metric_title(&row.metric, &row.title)
    }
}

fn split(text: &str) -> Vec<String> {
    text.split("\n\n").flat_map(joined).filter(|p| !p.is_empty()).collect()
}

/// Somebody's words as paragraphs of text and links.
pub(super) fn paragraphs(text: &str) -> Vec<Vec<Piece>> {
    split(text).iter().map(|p| pieces(p)).collect()
}

fn view(comment: &Comment, who: &str) -> OwnerView {
    let paragraphs = split(&comment.text);
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
pub(super) fn build(review: &Review, f: &Format) -> VoicesView {
    let writer = Writer { review, f };
    let promises: Vec<OwnerPromiseView> =
        review.promises.iter().enumerate().map(|(index, p)| writer.promise(p, index < MAIL_PROMISES)).collect();
    let comments = writer.commented();
    let place = if review.head.link.is_some() { "page" } else { "not-printed" };
    let hidden = |count: usize, what: &str| match count {
        0 => String::new(),
        count => f.say(&format!("more-{what}-{place}"), &args!["count" => count]),
    };
    VoicesView {
        overdue: writer.overdue(),
        more_promises: hidden(promises.iter().filter(|p| !p.in_mail).count(), "promises"),
        promises,
        more_comments: hidden(comments.iter().filter(|c| !c.in_mail).count(), "comments"),
        comments,
    }
}

impl Writer<'_> {
    /// The longest overdue, for the first screen of a phone.
    fn overdue(&self) -> String {
        let overdue: Vec<&OwnerPromise> =
            self.review.promises.iter().filter(|p| p.standing == Standing::Overdue).collect();
        let name = |p: &&OwnerPromise| {
            let text = shorten(&clean(&p.text), 80);
            self.f.say("overdue-one", &args!["text" => text, "owner" => clean(&p.owner), "days" => p.days])
        };
        let named: Vec<String> = overdue.iter().take(NAMED_OVERDUE).map(name).collect();
        let (count, named) = (overdue.len(), named.join("; "));
        match count.saturating_sub(NAMED_OVERDUE) {
            _ if count == 0 => String::new(),
            0 => self.f.say("overdue", &args!["count" => count, "promises" => named]),
            more => self.f.say("overdue-and-more", &args!["count" => count, "promises" => named, "more" => more]),
        }
    }

    fn promise(&self, p: &OwnerPromise, in_mail: bool) -> OwnerPromiseView {
        let title = |metric: &str| row(self.review, metric).map(|row| self.title(row));
        OwnerPromiseView { in_mail, ..promise(p, self.f, title, &self.review.head.team_name) }
    }

    /// Figures that owners spoke of without being an exception, and late words on the period before.
    fn commented(&self) -> Vec<CommentedView> {
        let is_told = |metric: &str| self.review.exceptions.iter().any(|e| metrics_of(e).any(|m| m == metric));
        let mut views: Vec<CommentedView> = Vec::new();
        for own in &self.review.comments {
            let said = own.said.iter().filter(|_| !is_told(&own.metric)).map(|c| self.view("owner-said", c));
            let late = own.late.iter().map(|c| self.view("owner-late", c));
            let words = self.within_mail(late.chain(said).collect());
            if let (Some(row), false) = (row(self.review, &own.metric), words.is_empty()) {
                let in_mail = views.len() < MAIL_COMMENTS;
                views.push(CommentedView { title: self.title(row), anchor: slug(&row.metric), in_mail, words });
            }
        }
        views
    }
}

/// A promise by itself, outside a review.
pub(super) fn promise_alone(p: &OwnerPromise, f: &Format) -> OwnerPromiseView {
    promise(p, f, |_| None, "")
}

/// A promise in words; `title` knows metrics of the review, whose own team goes without saying.
fn promise(p: &OwnerPromise, f: &Format, title: impl Fn(&str) -> Option<String>, own_team: &str) -> OwnerPromiseView {
    let (id, tone) = match (p.standing, p.days) {
        (Standing::Overdue, _) => ("owner-promise-overdue", "bad"),
        (Standing::Due, 0) => ("owner-promise-due-today", "quiet"),
        (Standing::Due, _) => ("owner-promise-due", "quiet"),
        (Standing::Kept, 0) => ("owner-promise-kept", "good"),
        (Standing::Kept, _) => ("owner-promise-kept-late", "good"),
    };
    let state = f.say(id, &args!["days" => p.days]);
    let (owner, due) = (clean(&p.owner), f.day(p.due_on));
    let dates = match p.done_on {
        Some(done) => f.say("owner-promise-done-on", &args!["owner" => owner, "due" => due, "done" => f.day(done)]),
        None => f.say("owner-promise-due-on", &args!["owner" => owner, "due" => due]),
    };
    let metric = p.metric.as_deref().map(|metric| match title(metric) {
        Some(title) => title,
        None => f.metric_title(metric, &sentence_case(&clean(&metric.replace('_', " ")))),
    });
    let made_for = clean(&p.made_for);
    let team = Some(made_for).filter(|team| !team.is_empty() && *team != clean(own_team));
    let note = p.note.as_deref().map(|note| shorten(&clean(note), 200));
    let details: Vec<String> = std::iter::once(dates).chain(metric).chain(team).chain(note).collect();
    OwnerPromiseView { state, tone, text: shorten(&clean(&p.text), 200), details: details.join(" · "), in_mail: true }
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
