//! The first sheet: whose review it is, with what care to take its figures, and how to read them.

use super::super::words::args;
use super::sheets::Book;
use super::table::{Table, Value};
use super::words;
use crate::render::{text, view};
use crate::review::model::{Comparison, Row};

impl Book<'_> {
    pub fn read_me(&self) -> Table {
        let Book { review, f } = self;
        let head = &review.head;
        let mut table = self.table("read-me", &words::READ_ME);
        let mut say = |what: &str, value: Value| table.rows.push(vec![Value::text(&words::heading(f, what)), value]);
        let word = |text: &str| Value::text(text);
        say("company", word(&head.company));
        say("report", word(&head.title));
        say("for", word(&head.team_name));
        say("period", word(&review.period.id));
        say("first-day", Value::Date(review.period.first_day));
        say("last-day", Value::Date(review.period.last_day));
        let at = f.moment(&head.generated_at, &head.timezone);
        say("computed", word(&f.say("book-computed-at", &args!["at" => at, "zone" => head.timezone.clone()])));
        say("currency", word(&head.currency));
        say("customers-are", word(&words::customers(f, head.customers)));
        self.caveats(&mut say);
        for (what, pick) in [("basis", previous as fn(&Row) -> &Comparison), ("year-basis", year_ago)] {
            let basis = view::most_frequent(self.rows().map(|r| self.basis(pick(r))).filter(|b| !b.is_empty()));
            if !basis.is_empty() {
                say(what, word(&basis));
            }
        }
        for source in view::freshness(review, f) {
            let stale = if source.is_stale { format!(" – {}", f.word("stale")) } else { String::new() };
            say("source", word(&format!("{}: {}{stale}", source.source, source.state)));
        }
        for coverage in view::coverage(review, f) {
            say("coverage", word(&coverage));
        }
        for list in review.lists.iter().filter(|l| l.total_rows > l.rows.len() as u64) {
            let (shown, total) = (f.count(list.rows.len() as u64), f.count(list.total_rows));
            let text = f.say("shown-of", &args!["shown" => shown, "total" => total]);
            say("cut", word(&format!("{}: {text}", super::list_title(f, list))));
        }
        for note in words::NOTES {
            say("how", word(&f.word(note)));
        }
        table
    }

    /// Why the figures are to be taken with care.
    fn caveats(&self, say: &mut impl FnMut(&str, Value)) {
        let Book { review, f } = self;
        for reason in &review.provisional {
            say("provisional", Value::text(&f.phrase(reason, &review.head.timezone)));
        }
        if review.forced.is_some() {
            say("forced", Value::text(&view::forced(review, f)));
        }
        for (section, why) in review.sections.iter().filter_map(|s| Some((s, s.withheld.as_ref()?))) {
            let section = view::dimension(&section.dimension, f);
            say(
                "withheld",
                Value::text(&f.say("book-of-section", &args!["section" => section, "text" => f.term(why)])),
            );
        }
        for problem in &review.problems {
            say("problem", Value::text(&format!("{}: {}", problem.subject, problem.message)));
        }
        for missing in view::not_measured(&review.not_measured, f) {
            let args = args!["titles" => missing.titles, "why" => missing.why, "how" => missing.how];
            say("not-measured", Value::text(&f.say("not-measured-why", &args)));
        }
    }

    /// "2026-W45 (2–8 Nov 2026)".
    pub fn basis(&self, comparison: &Comparison) -> String {
        let Some(period) = comparison.period.as_ref().filter(|_| comparison.withheld.is_none()) else {
            return String::new();
        };
        match (comparison.first_day, comparison.last_day) {
            (Some(first), Some(last)) => format!("{period} ({})", text::plain_spaces(&self.f.range(first, last))),
            _ => period.clone(),
        }
    }
}

fn previous(row: &Row) -> &Comparison {
    &row.previous
}

fn year_ago(row: &Row) -> &Comparison {
    &row.year_ago
}
