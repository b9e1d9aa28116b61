//! Charts of rows: which one shows what, their titles and what they say in words, for the page and the mail alike.

use std::fmt::Write as _;

use serde::Serialize;

use super::chart::process::{Process, process};
use super::chart::spread::{Bin, Spread, bins, spread};
use super::chart::trend::{Frame, trend};
use super::chart::{Chart, no_trend};
use super::dates;
use super::judged;
use super::story::Story;
use super::text::{clean, title};
use crate::review::model::{Distribution, Exception, Row, Rule};
use crate::review::picture::LEAST_SPREAD;

/// Latest judged figures that a process chart's words repeat.
const REPEATED: usize = 6;

/// Pictures of a row on the page.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RowPictures {
    pub process: Option<Chart>,
    /// Every judged point, latest first.
    pub judged: Vec<JudgedView>,
    /// Why there are no limits; empty where there are, or nothing is judged.
    pub unjudged: String,
    pub spread: Option<SpreadView>,
}

/// A judged point in words.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedView {
    pub period: String,
    pub value: String,
    pub is_signal: bool,
}

/// A distribution: picture and table, or why it is hidden.
#[derive(Debug, Clone, Serialize)]
pub struct SpreadView {
    pub caption: String,
    pub chart: Option<Spread>,
    pub bins: Vec<BinView>,
    /// Why it is hidden; empty where it is shown.
    pub hidden: String,
}

/// One bin in words.
#[derive(Debug, Clone, Serialize)]
pub struct BinView {
    /// "4 h to under 8 h".
    pub range: String,
    pub count: String,
}

/// A chart with what it shows in words.
pub(super) struct Pictured {
    pub(super) chart: Option<Chart>,
    pub(super) alt: String,
    /// Why there is none.
    pub(super) missing: String,
}

impl Story<'_> {
    /// The chart of an exception: what is routine where it is a signal, the trend otherwise.
    pub(super) fn picture(&self, exception: &Exception, row: &Row) -> Pictured {
        if exception.rule == Rule::Signal
            && let Some(process) = self.process(row)
        {
            let alt = process.description.clone();
            return Pictured { chart: Some(Chart::Process(process)), alt, missing: String::new() };
        }
        self.trend(row)
    }

    /// A row's trend and what it shows in words.
    pub(super) fn trend(&self, row: &Row) -> Pictured {
        let (title, words) = self.trend_words(row);
        let chart = trend(row, &self.frame(title, words.clone()));
        let missing = if chart.is_none() { no_trend(self.writer.f, row) } else { String::new() };
        let alt = chart.as_ref().map_or(words, |c| c.description.clone());
        Pictured { chart: chart.map(Chart::Trend), alt, missing }
    }

    fn frame(&self, title: String, description: String) -> Frame<'_> {
        Frame { f: self.writer.f, events: &self.review.events, period: &self.review.period, title, description }
    }

    fn process(&self, row: &Row) -> Option<Process> {
        let title = self.process_title(row);
        let words = self.process_words(row, &title)?;
        process(row, &self.frame(title, words))
    }

    /// The page's pictures of a row.
    pub(super) fn pictures(&self, row: &Row) -> RowPictures {
        let judgement = &row.judgement;
        let distribution = self.review.distributions.iter().find(|d| d.metric == row.metric);
        let judged = judgement.points.iter().rev().map(|point| JudgedView {
            period: dates::period_name(&point.period),
            value: judged::limit(self.writer.f, row, point.value),
            is_signal: point.is_signal,
        });
        RowPictures {
            process: self.process(row).map(Chart::Process),
            judged: if judgement.process.is_some() { judged.collect() } else { Vec::new() },
            unjudged: judgement.unjudged.as_deref().map(unjudged).unwrap_or_default(),
            spread: distribution.map(|d| self.spread(row, d)),
        }
    }

    /// "MRR, change from week to week, W40 to W46".
    fn process_title(&self, row: &Row) -> String {
        let grain = &self.review.period.grain;
        let what = match (row.judgement.is_of_changes, &row.headline) {
            (true, _) => format!(", change from {grain} to {grain}"),
            (false, Some(_)) => format!(", each {grain} by itself"),
            (false, None) => format!(", {grain} by {grain}"),
        };
        format!("{}{what}", title(&row.title))
    }

    fn process_words(&self, row: &Row, title: &str) -> Option<String> {
        let f = self.writer.f;
        let limits = row.judgement.process.as_ref()?;
        let points = &row.judgement.points;
        let (first, last) = (points.first()?, points.last()?);
        let of = |value| judged::limit(f, row, value);
        let mut text = format!(
            "{title}, {} to {}: routine is {} to {}, mean {}, judged by {} to {}.",
            dates::period_name(&first.period),
            dates::period_name(&last.period),
            of(judged::bounded(row, limits.lower)),
            of(judged::bounded(row, limits.upper)),
            of(limits.mean),
            dates::period_name(&limits.from),
            dates::period_name(&limits.to),
        );
        let recent = &points[points.len().saturating_sub(REPEATED)..];
        let told: Vec<String> = recent
            .iter()
            .map(|p| {
                let mark = if p.is_signal { " (signal)" } else { "" };
                format!("{} {}{mark}", dates::period_name(&p.period), of(p.value))
            })
            .collect();
        let _ = write!(text, " Latest: {}.", told.join(", "));
        Some(text)
    }

    fn spread(&self, row: &Row, distribution: &Distribution) -> SpreadView {
        let f = self.writer.f;
        let n = f.count(distribution.n);
        let caption = format!("How {} is spread (n\u{a0}=\u{a0}{n})", title(&row.title));
        if distribution.counts.is_empty() {
            let hidden = format!("Not shown: {n} cases, fewer than {LEAST_SPREAD}.");
            return SpreadView { caption, chart: None, bins: Vec::new(), hidden };
        }
        let range = |bin: &Bin| {
            let bound = |value| f.plain(row.unit, value);
            match (bin.from, bin.to) {
                (None, Some(to)) => format!("under {}", bound(to)),
                (Some(from), None) => format!("{} and more", bound(from)),
                (Some(from), Some(to)) => format!("{} to under {}", bound(from), bound(to)),
                (None, None) => "any".to_owned(),
            }
        };
        let views: Vec<BinView> =
            bins(distribution).iter().map(|b| BinView { range: range(b), count: f.count(b.count) }).collect();
        let listed: Vec<String> = views.iter().map(|b| format!("{}: {}", b.range, b.count)).collect();
        let mut words = format!("{caption}. {}.", listed.join("; "));
        for (name, value) in [("Median", distribution.median), ("90th percentile", distribution.p90)] {
            if let Some(value) = value {
                let _ = write!(words, " {name} {}.", f.value(row.unit, value));
            }
        }
        let tell = |bin: &Bin| format!("{}: {}", range(bin), f.count(bin.count));
        SpreadView {
            chart: spread(f, row.unit, distribution, tell, &caption, &words),
            bins: views,
            caption,
            hidden: String::new(),
        }
    }

    /// What a trend shows.
    fn trend_words(&self, row: &Row) -> (String, String) {
        let f = self.writer.f;
        let p = &self.review.period;
        let series: Vec<String> =
            row.history.iter().map(|h| h.value.map_or_else(|| "n/a".to_owned(), |v| f.value(row.unit, v))).collect();
        let title = format!(
            "{}, {} to {}",
            title(&row.title),
            self.writer.periods(row.history.len() as u32),
            dates::period_label(&p.id, p.first_day, p.last_day)
        );
        let mut words = format!("{title}: {}.", series.join(", "));
        if let Some(target) = &row.target {
            let _ = write!(words, " Target {}.", self.writer.target(row, target));
        }
        if let Some(value) = row.year_ago.value.filter(|_| row.year_ago.withheld.is_none()) {
            let _ = write!(words, " A year ago {}.", f.value(row.unit, value));
        }
        (title, words)
    }
}

fn unjudged(why: &str) -> String {
    format!("No limits are drawn: {}.", clean(why))
}
