//! Pages of the web part: put together elsewhere, in words and in the language given, by templates of `web/service/`.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use tera::Context;

use anyhow::Result;

use super::format::Format;
use super::pictures::Pictured;
use super::row::{RowView, RowWriter};
use super::story::Story;
use super::text::{clean, plain_spaces};
use super::view::{self, DefinitionView};
use super::voice::{self, OwnerPromiseView, Piece};
use super::{Language, Renderer, chart::Chart, compact};
use crate::review::model::{OwnerPromise, Point, Review};

/// What every page of the service has: templates see it as `page`.
#[derive(Debug, Serialize)]
pub struct Frame {
    /// Its language, for `lang`.
    pub lang: String,
    /// Whose reviews they are.
    pub company: String,
    pub title: String,
    /// Where this is, without its query: what a sign-in leads back to. Empty where none is offered.
    pub path: String,
    /// Whoever sees it is signed in.
    pub has_session: bool,
    /// And sees every run and delivery.
    pub is_operator: bool,
}

/// One language, for pages that are put together elsewhere.
pub struct Speech {
    pub(super) language: Arc<Language>,
    f: Format,
}

impl Renderer {
    /// The words of a locale.
    pub fn speech(&self, locale: &str) -> Result<Speech> {
        let language = self.language(locale)?;
        let f = Format::new(language.words.clone(), "", 2);
        Ok(Speech { language, f })
    }

    /// A page of the service: `web/service/NAME.html`, which sees `page` (what every page has) and `v` (its own).
    pub fn service(&self, name: &str, speech: &Speech, page: &Frame, v: &impl Serialize) -> Result<String> {
        let mut context = Context::new();
        context.insert("page", page);
        context.insert("v", v);
        Ok(compact(&self.fill(&speech.language.tera, &format!("web/service/{name}.html"), &context)?))
    }

    /// What a review says of one metric; `None` where it does not show it. `points` of earlier editions, oldest first, take the
    /// place of the review's own history in the chart where they reach further; `values` are put into words as the review would.
    pub fn metric(
        &self,
        review: &Review,
        metric: &str,
        points: &[Point],
        values: &[Option<Decimal>],
    ) -> Result<Option<MetricPage>> {
        let language = self.language(&review.head.locale)?;
        let f = Format::new(language.words.clone(), &review.head.currency, review.head.currency_digits);
        let Some(row) = review.sections.iter().flat_map(|s| &s.rows).find(|row| row.metric == metric) else {
            return Ok(None);
        };
        let story = Story { review, writer: RowWriter { f: &f, period: &review.period } };
        let mut drawn = row.clone();
        if points.len() > row.history.len() {
            drawn.history = points.to_vec();
            drawn.history_year_ago = Vec::new();
        }
        let Pictured { chart, missing, .. } = story.trend(&drawn);
        Ok(Some(MetricPage {
            chart,
            no_chart: missing,
            row: RowView { pictures: story.pictures(row), ..story.writer.row(row) },
            definition: view::definition_of(review, metric, &f),
            figures: values
                .iter()
                .map(|value| value.map_or_else(|| f.not_available(), |value| f.value(row.unit, value)))
                .collect(),
        }))
    }
}

/// One metric of a review, in words.
#[derive(Debug, Serialize)]
pub struct MetricPage {
    chart: Option<Chart>,
    no_chart: String,
    row: RowView,
    definition: Option<DefinitionView>,
    /// The values given, in words.
    pub figures: Vec<String>,
}

impl MetricPage {
    /// Its title.
    pub fn title(&self) -> &str {
        &self.row.title
    }

    /// The file of its rows beside the page; empty without one.
    pub fn rows(&self) -> &str {
        self.definition.as_ref().map_or("", |d| &d.rows)
    }
}

impl Speech {
    /// A sentence by its id, with the arguments it names. Whole numbers choose plurals.
    pub fn say(&self, id: &str, args: &[(&str, &str)]) -> String {
        let mut given = FluentArgs::new();
        for (name, value) in args {
            match value.parse::<i64>() {
                Ok(number) => given.set((*name).to_owned(), number),
                Err(_) => given.set((*name).to_owned(), (*value).to_owned()),
            }
        }
        self.f.say(id, &given)
    }

    /// The language's own tag, for `lang`.
    pub fn lang(&self) -> String {
        self.f.word("lang")
    }

    /// "W46 (9–15 Nov 2026)".
    pub fn period(&self, id: &str, first: Date, last: Date) -> String {
        self.f.period_label(id, first, last)
    }

    /// "W46".
    pub fn period_name(&self, id: &str) -> String {
        self.f.period_name(id)
    }

    /// An RFC 3339 instant in a zone: "16 Nov 2026, 07:12".
    pub fn moment(&self, rfc3339: &str, zone: &str) -> String {
        self.f.moment(rfc3339, zone)
    }

    /// "16 Nov 2026".
    pub fn day(&self, day: Date) -> String {
        self.f.day(day)
    }

    /// A count with the language's separators.
    pub fn count(&self, n: u64) -> String {
        self.f.count(n)
    }

    /// A number of no known unit.
    pub fn decimal(&self, value: Decimal) -> String {
        self.f.decimal(value)
    }

    /// A metric's title in the language, where it has one.
    pub fn metric_title(&self, metric: &str, title: &str) -> String {
        clean(&self.f.metric_title(metric, title))
    }

    /// Somebody's words as paragraphs of text and links.
    pub fn paragraphs(&self, text: &str) -> Vec<Vec<Piece>> {
        voice::paragraphs(text)
    }

    /// A promise as reviews print it.
    pub fn promise(&self, promise: &OwnerPromise) -> OwnerPromiseView {
        voice::promise_alone(promise, &self.f)
    }
}

/// One line of other people's words, harmless to print and with plain spaces.
pub fn one_line(text: &str) -> String {
    plain_spaces(&clean(text))
}
