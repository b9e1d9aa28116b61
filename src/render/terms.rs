//! What comes with the data and not from a template, in the reader's language: words that queries make, segments' values,
//! what a metric needs, and sentences put together where a review was.

use fluent_bundle::FluentArgs;
use rust_decimal::Decimal;

use super::format::Format;
use super::text::{clean, slug};
use super::words::{args, term_id};
use crate::review::model::NotMeasured;
use crate::review::phrase::{Arg, Phrase};

/// Where queries write something in place of a name.
const PLACEHOLDERS: [&str; 3] = ["(none)", "(other)", "(no account)"];
/// What queries call what they computed: `MRR 100 to under 1000`.
const SIZE: &str = "size";

impl Format {
    /// A sentence of the review in the reader's language; moments in this zone. `$count` comes with `$n`, its figure in words.
    pub(super) fn phrase(&self, phrase: &Phrase, timezone: &str) -> String {
        let Phrase::Said { id, args } = phrase else {
            let Phrase::Plain(text) = phrase else { return String::new() };
            return self.term(text);
        };
        let mut given = FluentArgs::new();
        for (name, arg) in args {
            match arg {
                Arg::Count(count) if name == "count" => {
                    given.set("count", *count);
                    given.set("n", self.count(*count));
                }
                Arg::Count(count) => given.set(name.clone(), self.count(*count)),
                Arg::Text(text) => given.set(name.clone(), clean(text)),
                Arg::Moment { moment } => given.set(name.clone(), self.moment(moment, timezone)),
                Arg::Phrase(phrase) => given.set(name.clone(), self.phrase(phrase, timezone)),
            }
        }
        clean(&self.say(id, &given))
    }

    /// Words a query wrote: as a whole, else several after commas, a remark in brackets or what it is about after a colon:
    /// `too expensive (support)`, `2 missed SLA targets`, `no exchange rate: CHF`. A part the language has no
    /// words for stays as it is.
    pub(super) fn own_words(&self, text: &str) -> String {
        if let Some(whole) = self.counted_term(text) {
            return clean(&whole);
        }
        let parts: Vec<String> = text.split(", ").map(|part| self.own_word(part)).collect();
        clean(&parts.join(", "))
    }

    fn own_word(&self, text: &str) -> String {
        if let Some(found) = self.counted_term(text) {
            return found;
        }
        if let Some((word, remark)) = text.strip_suffix(')').and_then(|t| t.split_once(" (")) {
            return format!("{} ({})", self.own_word(word), self.own_word(remark));
        }
        let head = text.split_once(": ").and_then(|(head, rest)| Some((self.counted_term(head)?, rest)));
        if let Some((head, rest)) = head {
            return format!("{head}: {}", self.own_word(rest));
        }
        match text.strip_suffix(" %").map(str::parse) {
            Some(Ok(percent)) => self.exact_percent(percent),
            _ => text.to_owned(),
        }
    }

    /// The term of a text, its numbers and days apart: `from 3 to 9 active people` is `term-from-n-to-n-active-people`.
    fn counted_term(&self, text: &str) -> Option<String> {
        let mut args = FluentArgs::new();
        let mut numbers = 0;
        let words: Vec<&str> = text
            .split(' ')
            .map(|word| {
                let name = || format!("n{}", numbers + 1);
                if let Ok(number) = word.parse::<u64>() {
                    args.set(name(), self.count(number));
                } else if let Ok(day) = word.parse::<jiff::civil::Date>() {
                    args.set(name(), self.day(day));
                } else {
                    return word;
                }
                numbers += 1;
                "n"
            })
            .collect();
        self.words.find(&term_id("term", &words.join(" ")), &args)
    }

    /// A segment's value: what queries put in its place, or computed, in words; the company's own as it is unless the language
    /// has `term-NAME-VALUE` for it.
    pub(super) fn segment_value(&self, name: &str, value: &str) -> String {
        let text = match value {
            _ if PLACEHOLDERS.contains(&value) => return self.placeholder(value),
            _ if name == SIZE => self.counted_term(&format!("{name} {value}")),
            _ => self.words.find(&format!("term-{}", slug(&format!("{name} {value}"))), &args![]),
        };
        clean(text.as_deref().unwrap_or(value))
    }

    /// Text of a list: somebody's own, or what a query wrote for want of it.
    pub(super) fn placeholder(&self, text: &str) -> String {
        match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            Some(word) if PLACEHOLDERS.contains(&text) => format!("({})", self.term(word)),
            _ => clean(text),
        }
    }

    /// Titles of what is not measured.
    pub(super) fn unmeasured_titles(&self, group: &NotMeasured) -> String {
        let titles = group.titles.iter().enumerate().map(|(i, title)| {
            let own = group.ids.get(i).and_then(|id| self.words.find(id, &args![]));
            own.map_or_else(|| self.term(title), |title| clean(&title))
        });
        titles.collect::<Vec<_>>().join(", ")
    }

    /// Why it is not, and what would change that.
    pub(super) fn need(&self, group: &NotMeasured) -> (String, String) {
        let id = format!("need-{}", group.need);
        let why = self.words.find(&id, &args![]).unwrap_or_else(|| self.term(&group.why));
        let how = self.words.attribute(&id, "how").unwrap_or_else(|| self.term(&group.how));
        (clean(&why), clean(&how))
    }

    /// A percentage with the digits it was given with.
    fn exact_percent(&self, percent: Decimal) -> String {
        self.say("percent", &args!["number" => self.decimal(percent)])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::render::format::NBSP;
    use crate::render::words::Words;

    fn format(locale: &str) -> Format {
        Format::new(Arc::new(Words::shipped(locale)), "EUR", 2)
    }

    fn german(text: &str) -> String {
        format("de").own_words(text).replace(NBSP, " ")
    }

    #[test]
    fn words_of_queries_are_translated_part_by_part_and_nobodys_own_words_are() {
        assert_eq!(german("came back"), "zurückgekommen");
        assert_eq!(
            german("days of use in four weeks down from 12 to 3, 1 missed SLA target, set to end on 2026-12-01"),
            "Nutzungstage in vier Wochen von 12 auf 3 gesunken, 1 verfehltes SLA-Ziel, Ende vorgemerkt zum 1. Dez. 2026"
        );
        assert_eq!(german("too expensive (marketing & sales)"), "zu teuer (Marketing und Vertrieb)");
        assert_eq!(german("4 h (business hours)"), "4 h (Geschäftszeit)");
        assert_eq!(german("99.860 %"), "99,860 %");
        assert_eq!(german("no exchange rate: CHF, GBP"), "kein Wechselkurs: CHF, GBP");
        assert_eq!(german("because: too expensive (support)"), "weil: zu teuer (Support)");
        assert_eq!(german("Fit with the customer profile, of 100"), "Passung zum Kundenprofil, von 100");
        assert_eq!(german("their new boss, Ms. Low (sic)"), "their new boss, Ms. Low (sic)");
        assert_eq!(format("en").own_words("too expensive (marketing & sales)"), "too expensive (marketing & sales)");
    }

    #[test]
    fn segments_keep_the_companys_names_and_translate_what_was_computed() {
        let f = format("de");
        assert_eq!(f.segment_value("size", "MRR 100 to under 1000"), "MRR 100 bis unter 1.000");
        assert_eq!(f.segment_value("plan", "(none)"), "(ohne)");
        assert_eq!(f.segment_value("lifecycle", "dormant"), "verstummt");
        assert_eq!(f.segment_value("plan", "new"), "new");
        assert_eq!(format("en").segment_value("size", "MRR 1000 and more"), "MRR 1000 and more");
    }

    #[test]
    fn phrases_are_said_with_their_parts_and_old_ones_as_they_were() {
        let f = format("de");
        let of = |id: &str, n: u64| Phrase::of(id).with("count", n);
        let both = Phrase::of("cause-and").with("one", of("cause-added", 1)).with("other", of("cause-changed", 1200));
        let cause = Phrase::of("cause-example").with("cause", both).with("example", "sub_1");
        assert_eq!(
            f.phrase(&cause, "UTC"),
            "1 Datensatz kam später hinzu, 1.200 Datensätze haben sich geändert (sub_1)"
        );
        let late = Phrase::of("late-source")
            .with("source", "billing")
            .with("at", Arg::Moment { moment: "2026-11-15T06:00:00Z".into() });
        assert_eq!(
            f.phrase(&late, "Europe/Berlin").replace(NBSP, " "),
            "billing: zuletzt abgerufen am 15. Nov. 2026, 07:00, vor dem Ende des Zeitraums"
        );
        assert_eq!(f.phrase(&"2 records came late (sub_1)".into(), "UTC"), "2 records came late (sub_1)");
        assert_eq!(format("en").phrase(&cause, "UTC"), "1 record came late, 1,200 records changed (sub_1)");
    }
}
