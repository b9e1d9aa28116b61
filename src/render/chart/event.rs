//! Events on charts: a number at the period an event falls into, and the words to the numbers below the chart.

use jiff::civil::Date;
use serde::Serialize;

use super::super::format::Format;
use super::super::text::{clean, shorten};
use super::super::words::args;
use super::tidy;
use crate::review::model::Event;

/// Marks drawn on one chart; earlier events are counted.
const MOST: usize = 6;
/// Room between two marks.
const APART: f64 = 22.0;
/// Height taken by a row of marks.
pub(super) const STRIP: f64 = 24.0;

/// A numbered mark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventMark {
    pub x: f64,
    pub y: f64,
    pub bottom: f64,
    pub label: String,
}

/// Marks of a chart and their words.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) marks: Vec<EventMark>,
    pub(super) text: String,
}

/// Events among the periods of a chart: `places` are their first days and where they stand, `last_day` is the last one's end.
/// Events too near each other to be told apart share a mark.
pub(super) fn marks<'a>(
    f: &Format,
    events: impl Iterator<Item = &'a Event>,
    places: &[(Date, f64)],
    last_day: Date,
    bottom: f64,
) -> Events {
    let Some((first_day, _)) = places.first() else { return Events::default() };
    // where a group begins, where its mark stands, and what happened: the newest is what a reader looks for
    let mut groups: Vec<(f64, f64, Vec<&Event>)> = Vec::new();
    for event in events.filter(|e| e.day >= *first_day && e.day <= last_day) {
        let Some((_, x)) = places.iter().rev().find(|(day, _)| *day <= event.day) else { continue };
        match groups.last_mut().filter(|(start, ..)| x - start < APART) {
            Some((_, at, together)) => {
                *at = *x;
                together.push(event);
            }
            None => groups.push((*x, *x, vec![event])),
        }
    }
    let left_out: usize = groups.iter().rev().skip(MOST).map(|(.., together)| together.len()).sum();
    let shown = &groups[groups.len().saturating_sub(MOST)..];
    let marks = shown.iter().enumerate().map(|(i, (_, x, _))| EventMark {
        x: tidy(*x),
        y: 11.0,
        bottom,
        label: (i + 1).to_string(),
    });
    Events { marks: marks.collect(), text: words(f, shown, left_out) }
}

/// "Marked: 1 – Price rise (1 Sep 2026); 2 – Outage (3 Oct 2026). 2 earlier events are not marked."
fn words(f: &Format, shown: &[(f64, f64, Vec<&Event>)], left_out: usize) -> String {
    if shown.is_empty() {
        return String::new();
    }
    let tell =
        |event: &&Event| f.say("event", &args!["text" => shorten(&clean(&event.text), 80), "day" => f.day(event.day)]);
    let listed: Vec<String> = shown
        .iter()
        .enumerate()
        .map(|(i, (.., events))| {
            let told: Vec<String> = events.iter().map(tell).collect();
            f.say("event-mark", &args!["mark" => (i + 1).to_string(), "events" => told.join(", ")])
        })
        .collect();
    let marked = f.say("events-marked", &args!["events" => listed.join("; ")]);
    if left_out == 0 { marked } else { format!("{marked} {}", f.say("events-earlier", &args!["count" => left_out])) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn event(day: Date, text: &str) -> Event {
        Event { day, text: text.into(), team: None, metric: None }
    }

    #[test]
    fn events_stand_at_the_period_they_fall_into_and_share_a_mark_where_there_is_no_room() {
        let places: Vec<(Date, f64)> = (0..4).map(|i| (date(2026, 9, 7 + 7 * i), 15.0 * f64::from(i))).collect();
        let events = [
            event(date(2026, 9, 6), "before the chart"),
            event(date(2026, 9, 13), "a Sunday"),
            event(date(2026, 9, 14), "the next Monday"),
            event(date(2026, 10, 4), "the last day"),
            event(date(2026, 10, 5), "after the chart"),
        ];
        let words = std::sync::Arc::new(super::super::super::words::Words::shipped("en"));
        let drawn = marks(&Format::new(words, "EUR", 2), events.iter(), &places, date(2026, 10, 4), 100.0);
        let at: Vec<(f64, &str)> = drawn.marks.iter().map(|m| (m.x, m.label.as_str())).collect();
        assert_eq!(at, [(15.0, "1"), (45.0, "2")]);
        let text = drawn.text.replace('\u{a0}', " ");
        assert_eq!(
            text,
            "Marked: 1 – a Sunday (13 Sep 2026), the next Monday (14 Sep 2026); 2 – the last day (4 Oct 2026)."
        );
    }
}
