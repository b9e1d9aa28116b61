//! Charts of rows: which one shows what, their titles and what they say in words, for the page and the mail alike.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::process::{Process, process};
use super::chart::spread::{Bin, Spread, bins, spread};
use super::chart::trend::{Frame, trend};
use super::chart::{Chart, no_trend};
use super::judged;
use super::story::Story;
use super::words::args;
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
    /// Without the events: they are told beside it.
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
            let title = self.process_title(row);
            let alt = self.process_words(row, &title).unwrap_or_default();
            return Pictured { chart: Some(Chart::Process(process)), alt, missing: String::new() };
        }
        self.trend(row)
    }

    /// A row's trend and what it shows in words.
    pub(super) fn trend(&self, row: &Row) -> Pictured {
        let (title, words) = self.trend_words(row);
        let chart = trend(row, &self.frame(title, words.clone()));
        let missing = if chart.is_none() { no_trend(self.writer.f, row) } else { String::new() };
        Pictured { chart: chart.map(Chart::Trend), alt: words, missing }
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
            period: judged::named(&self.writer, &point.period),
            value: judged::point(self.writer.f, row, point.value),
            is_signal: point.is_signal,
        });
        RowPictures {
            process: self.process(row).map(Chart::Process),
            judged: if judgement.process.is_some() { judged.collect() } else { Vec::new() },
            unjudged: judgement.unjudged.as_deref().map(|why| self.unjudged(why)).unwrap_or_default(),
            spread: distribution.map(|d| self.spread(row, d)),
        }
    }

    fn unjudged(&self, why: &str) -> String {
        let f = self.writer.f;
        f.say("unjudged", &args!["why" => f.term(why)])
    }

    /// "MRR, change from week to week".
    fn process_title(&self, row: &Row) -> String {
        let id = match (row.judgement.is_of_changes, &row.headline) {
            (true, _) => "process-title-changes",
            (false, Some(_)) => "process-title-own",
            (false, None) => "process-title",
        };
        self.writer.f.say(id, &args!["title" => self.writer.title(row), "grain" => self.writer.grain()])
    }

    fn process_words(&self, row: &Row, title: &str) -> Option<String> {
        let f = self.writer.f;
        let limits = row.judgement.process.as_ref()?;
        let points = &row.judgement.points;
        let (first, last) = (points.first()?, points.last()?);
        let of = |value| judged::limit(f, row, value);
        let latest: Vec<String> = points[points.len().saturating_sub(REPEATED)..]
            .iter()
            .map(|p| {
                let id = if p.is_signal { "process-point-signal" } else { "process-point" };
                f.say(id, &args!["period" => f.period_name(&p.period), "value" => judged::point(f, row, p.value)])
            })
            .collect();
        Some(f.say(
            "process-words",
            &args![
                "title" => title,
                "first" => judged::named(&self.writer, &first.period),
                "last" => judged::named(&self.writer, &last.period),
                "low" => of(judged::bounded(row, limits.lower)),
                "high" => of(judged::bounded(row, limits.upper)),
                "mean" => of(limits.mean),
                "from" => judged::named(&self.writer, &limits.from),
                "to" => judged::named(&self.writer, &limits.to),
                "latest" => latest.join(", "),
            ],
        ))
    }

    fn spread(&self, row: &Row, distribution: &Distribution) -> SpreadView {
        let f = self.writer.f;
        let n = f.count(distribution.n);
        let caption = f.say("spread-title", &args!["title" => self.writer.title(row), "n" => n.as_str()]);
        if distribution.counts.is_empty() {
            let hidden = f.say("spread-hidden", &args!["n" => n, "least" => LEAST_SPREAD.to_string()]);
            return SpreadView { caption, chart: None, bins: Vec::new(), hidden };
        }
        let range = |bin: &Bin| {
            let bound = |value: Option<Decimal>| value.map(|v| f.plain(row.unit, v)).unwrap_or_default();
            let id = match (bin.from, bin.to) {
                (None, _) => "spread-under",
                (Some(_), None) => "spread-over",
                (Some(_), Some(_)) => "spread-between",
            };
            f.say(id, &args!["from" => bound(bin.from), "to" => bound(bin.to)])
        };
        let tell = |bin: &Bin| f.say("chart-point", &args!["period" => range(bin), "value" => f.count(bin.count)]);
        let bins = bins(distribution);
        let listed: Vec<String> = bins.iter().map(tell).collect();
        let value = |value: Option<Decimal>| value.map_or_else(|| f.not_available(), |v| f.value(row.unit, v));
        let words = f.say(
            "spread-words",
            &args![
                "title" => caption.as_str(),
                "bins" => listed.join("; "),
                "median" => value(distribution.median),
                "p90" => value(distribution.p90),
            ],
        );
        SpreadView {
            chart: spread(f, row.unit, distribution, tell, &caption, &words),
            bins: bins.iter().map(|b| BinView { range: range(b), count: f.count(b.count) }).collect(),
            caption,
            hidden: String::new(),
        }
    }

    /// What a trend shows.
    fn trend_words(&self, row: &Row) -> (String, String) {
        let f = self.writer.f;
        let p = &self.review.period;
        let series: Vec<String> =
            row.history.iter().map(|h| h.value.map_or_else(|| f.not_available(), |v| f.value(row.unit, v))).collect();
        let title = f.say(
            "chart-title",
            &args![
                "title" => self.writer.title(row),
                "periods" => self.writer.periods(row.history.len() as u32),
                "period" => f.period_label(&p.id, p.first_day, p.last_day),
            ],
        );
        let mut told = vec![f.say("chart-figures", &args!["title" => title.as_str(), "figures" => series.join(", ")])];
        if let Some(target) = &row.target {
            told.push(f.say("chart-target", &args!["target" => self.writer.target(row, target)]));
        }
        if let Some(value) = row.year_ago.value.filter(|_| row.year_ago.withheld.is_none()) {
            told.push(f.say("chart-year-ago", &args!["value" => f.value(row.unit, value)]));
        }
        (title, told.join(" "))
    }
}
