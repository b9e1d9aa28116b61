//! Tidy CSV (RFC 4180, UTF-8): the scorecard as one file, and one per list. Figures are exact and in base units: money in
//! major units, percentages as fractions, durations in seconds.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rust_decimal::Decimal;

use super::table::is_formula_like;
use crate::render::format::Format;
use crate::render::text;
use crate::review::model::{Cell, Column, ColumnUnit, List, Point, Review, Row, SegmentFigure};

const MAX_TEXT: usize = 32_000;

/// Columns of `data.csv`.
const COLUMNS: [&str; 20] = [
    "report",
    "dimension",
    "metric",
    "title",
    "team",
    "unit",
    "currency",
    "period",
    "window",
    "segment",
    "segment_value",
    "value",
    "n",
    "numerator",
    "denominator",
    "interval_low",
    "interval_high",
    "target",
    "status",
    "reason",
];

/// One figure per line: every metric in every period, window and segment that the review knows.
pub(super) fn scorecard(review: &Review, f: &Format) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for section in &review.sections {
        for row in &section.rows {
            let of = Metric { review, words: f, dimension: &section.dimension, row };
            lines.push(of.total());
            lines.extend(of.windows());
            lines.extend(of.periods());
            lines.extend(of.segments());
        }
    }
    write(&COLUMNS.map(str::to_owned), &lines)
}

/// A list as it is on the page, all its rows.
pub(super) fn list(review: &Review, list: &List) -> Result<Vec<u8>> {
    let heading = |column: &Column| match column.unit {
        ColumnUnit::Money => format!("{}_{}", column.name, review.head.currency.to_lowercase()),
        ColumnUnit::Percent => format!("{}_share", column.name),
        ColumnUnit::Duration => format!("{}_seconds", column.name),
        ColumnUnit::BusinessDuration => format!("{}_business_seconds", column.name),
        ColumnUnit::Text | ColumnUnit::Word | ColumnUnit::Count | ColumnUnit::Date => column.name.clone(),
    };
    let cell = |cell: &Cell| match cell {
        Cell::Empty => String::new(),
        Cell::Number(number) => number.normalize().to_string(),
        Cell::Date(day) => day.to_string(),
        Cell::Text(words) => safe(words),
    };
    let headings: Vec<String> = list.columns.iter().map(heading).collect();
    let rows: Vec<Vec<String>> = list.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    write(&headings, &rows)
}

struct Metric<'a> {
    review: &'a Review,
    words: &'a Format,
    dimension: &'a str,
    row: &'a Row,
}

/// The part of a line that is not the same for all figures of a metric.
#[derive(Default)]
struct Figure<'a> {
    period: &'a str,
    window: &'a str,
    segment: Option<&'a SegmentFigure>,
    value: Option<Decimal>,
    n: Option<u64>,
    numerator: Option<Decimal>,
    denominator: Option<Decimal>,
    interval: Option<(Decimal, Decimal)>,
    is_headline: bool,
    reason: &'a str,
}

impl<'a> Metric<'a> {
    fn line(&self, f: &Figure<'_>) -> Vec<String> {
        let Metric { review, words, dimension, row } = self;
        let exact = |value: Option<Decimal>| value.map(|v| v.normalize().to_string()).unwrap_or_default();
        let target = row.target.as_ref().filter(|_| f.is_headline);
        vec![
            safe(&review.head.report),
            safe(dimension),
            safe(&row.metric),
            safe(&words.metric_title(&row.metric, &row.title)),
            safe(&row.team),
            word(&row.unit),
            if row.is_money { safe(&review.head.currency) } else { String::new() },
            safe(f.period),
            safe(f.window),
            f.segment.map_or_else(|| "total".to_owned(), |s| safe(&s.name)),
            f.segment.map(|s| safe(&s.value_name)).unwrap_or_default(),
            exact(f.value),
            f.n.map(|n| n.to_string()).unwrap_or_default(),
            exact(f.numerator),
            exact(f.denominator),
            exact(f.interval.map(|(low, _)| low)),
            exact(f.interval.map(|(_, high)| high)),
            exact(target.map(|t| t.value)),
            if f.is_headline { word(&row.status) } else { String::new() },
            safe(&words.term(f.reason)),
        ]
    }

    fn own_window(&self) -> &'a str {
        self.row.headline.as_deref().unwrap_or("period")
    }

    fn total(&self) -> Vec<String> {
        let row = self.row;
        self.line(&Figure {
            period: &self.review.period.id,
            window: self.own_window(),
            value: row.value,
            n: row.n,
            numerator: row.numerator,
            denominator: row.denominator,
            interval: row.interval,
            is_headline: true,
            reason: row.withheld.as_deref().unwrap_or_default(),
            ..Figure::default()
        })
    }

    fn windows(&self) -> Vec<Vec<String>> {
        let others = self.row.windows.iter().filter(|w| w.window != self.own_window());
        let line = |w: &crate::review::model::WindowFigure| {
            self.line(&Figure {
                period: &self.review.period.id,
                window: &w.window,
                value: w.value,
                n: w.n,
                numerator: w.numerator,
                denominator: w.denominator,
                ..Figure::default()
            })
        };
        others.map(line).collect()
    }

    /// Earlier periods, those of the year before among them, each once.
    fn periods(&self) -> Vec<Vec<String>> {
        let mut seen = BTreeSet::from([self.review.period.id.as_str()]);
        let all = self.row.history_year_ago.iter().chain(&self.row.history);
        let earlier: Vec<&Point> = all.filter(|point| seen.insert(point.period.as_str())).collect();
        let line = |point: &&Point| {
            let figure =
                Figure { period: &point.period, window: self.own_window(), value: point.value, ..Figure::default() };
            self.line(&figure)
        };
        earlier.iter().map(line).collect()
    }

    fn segments(&self) -> Vec<Vec<String>> {
        let mut lines = Vec::new();
        for segment in &self.row.segments {
            let (window, segment) = (self.own_window(), Some(segment));
            lines.extend(segment.map(|s| {
                self.line(&Figure {
                    period: &self.review.period.id,
                    window,
                    segment,
                    value: s.value,
                    n: Some(s.n),
                    numerator: s.numerator,
                    denominator: s.denominator,
                    ..Figure::default()
                })
            }));
            let before = self.row.previous.period.as_deref();
            if let (Some(period), Some(value)) = (before, segment.and_then(|s| s.previous)) {
                let value = Some(value);
                lines.push(self.line(&Figure { period, window, segment, value, ..Figure::default() }));
            }
        }
        lines
    }
}

/// An enumeration's word, as `report.json` has it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A text that a spreadsheet would take for a formula begins with an apostrophe; numbers never come here.
fn safe(words: &str) -> String {
    let plain = text::clean_to(words, MAX_TEXT);
    if is_formula_like(&plain) { format!("'{plain}") } else { plain }
}

fn write(headings: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(headings)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().context("writing CSV")
}
