//! The comment header of a metric, list or check: `-- key: value`, continued by indented comment lines.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use crate::calendar::Window;
use crate::review::model::{Better, Kind, SignalOn, Unit};

/// How entity rows become a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// sum(numerator) ÷ sum(denominator)
    Ratio,
    /// As a ratio of 0/1 rows: gets a Wilson interval when small.
    Proportion,
    /// sum(value) of what happened in the period.
    Sum,
    /// sum(value) of what stood at the period's end.
    Level,
    /// A quantile of value, in permille; 900 as well as 500 gives a second metric named `…_p90`.
    Quantile(Vec<u32>),
    /// Number of distinct entities.
    Distinct,
    /// Number of distinct entities by `category`, a segment of the name given: `split(channel)`.
    Split(String),
    /// The query returns finished rows: `period_id, segment_name, segment_value, numerator, denominator, n, value`.
    Custom,
}

/// The header of a metric file (metrics.md, "A metric file").
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a file header")]
pub struct Header {
    pub metric: String,
    pub title: String,
    /// Key of the accountable team.
    pub team: String,
    pub dimension: String,
    pub kind: Kind,
    pub unit: Unit,
    pub better: Better,
    pub guardrail: Option<String>,
    /// Names in `queries/needs.toml`.
    pub needs: Vec<String>,
    pub shape: Shape,
    /// What a process chart watches.
    pub signal: SignalOn,
    pub definition: String,
    /// It stands at the period's end (`shape: level`, or `at: end`): segments are the closing ones, not the opening ones.
    pub is_level: bool,
    /// `history: latest`: only the latest period is known, the others are not 0 but unknown.
    pub is_latest_only: bool,
    /// `parts: money`: numerator and denominator of a quotient are money, in minor units in SQL, in major units outside.
    pub has_money_parts: bool,
    /// `headline: t12m`: the review shows the trailing twelve months, the period's own figure beside them.
    pub is_trailing: bool,
    /// `sample: all`: the figure rests on everything there is, not on a sample that could be small (uptime).
    pub is_census: bool,
    /// `leads: yes`: the figure by which its dimension is told in one line.
    pub is_leading: bool,
    /// `entities: people`: its rows are people, the company's or a customer's, who are never told apart: rows behind it have no ids.
    pub is_of_people: bool,
}

const KEYS: &[&str] = &[
    "metric",
    "title",
    "team",
    "dimension",
    "kind",
    "unit",
    "better",
    "guardrail",
    "needs",
    "shape",
    "signal",
    "sample",
    "parts",
    "history",
    "at",
    "headline",
    "leads",
    "entities",
    "definition",
];

/// Splits the leading comment block into keys and values. Unknown keys are errors with the accepted names.
pub fn fields(sql: &str, accepted: &[&str]) -> Result<BTreeMap<String, String>> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut last: Option<String> = None;
    for (number, line) in sql.lines().enumerate() {
        let Some(comment) = line.strip_prefix("--") else { break };
        if comment.starts_with("   ") {
            let key = last.as_ref().with_context(|| format!("line {}: continues nothing", number + 1))?;
            if let Some(value) = fields.get_mut(key) {
                value.push(' ');
                value.push_str(comment.trim());
            }
            continue;
        }
        let Some((key, value)) = comment.split_once(':') else {
            bail!("line {}: a header line is `-- key: value`", number + 1)
        };
        let key = key.trim();
        ensure!(
            accepted.contains(&key),
            "line {}: unknown key {key:?}{}",
            number + 1,
            crate::config::nearest(key, accepted)
        );
        ensure!(!fields.contains_key(key), "line {}: {key} is given twice", number + 1);
        fields.insert(key.to_owned(), value.trim().to_owned());
        last = Some(key.to_owned());
    }
    Ok(fields)
}

impl Header {
    /// Parses the header of a metric file.
    pub fn parse(sql: &str) -> Result<Header> {
        let fields = fields(sql, KEYS)?;
        ensure!(!fields.is_empty(), "a metric file begins with its header: `-- metric: name`, `-- title: …`");
        let get = |key: &str| {
            fields
                .get(key)
                .filter(|v| !v.is_empty())
                .cloned()
                .with_context(|| format!("the header has no `-- {key}: …`"))
        };
        let shape = shape(&get("shape")?)?;
        let is_level = match fields.get("at").map(String::as_str) {
            None => shape == Shape::Level,
            Some("end") => true,
            Some(other) => bail!("header `at: {other}`: use end, or leave it out"),
        };
        Ok(Header {
            metric: get("metric")?,
            title: get("title")?,
            team: get("team")?,
            dimension: get("dimension")?,
            kind: word("kind", &get("kind")?)?,
            unit: word("unit", &get("unit")?)?,
            better: word("better", &get("better")?)?,
            guardrail: fields.get("guardrail").cloned(),
            needs: fields.get("needs").map(|n| split(n)).unwrap_or_default(),
            shape,
            is_level,
            signal: fields.get("signal").map_or(Ok(SignalOn::Value), |s| word("signal", s))?,
            definition: get("definition")?,
            is_latest_only: match fields.get("history").map(String::as_str) {
                None => false,
                Some("latest") => true,
                Some(other) => bail!("header `history: {other}`: use latest, or leave it out"),
            },
            has_money_parts: match fields.get("parts").map(String::as_str) {
                None => false,
                Some("money") => true,
                Some(other) => bail!("header `parts: {other}`: use money, or leave it out"),
            },
            is_trailing: match fields.get("headline").map(String::as_str) {
                None => false,
                Some("t12m") => true,
                Some(other) => bail!("header `headline: {other}`: use t12m, or leave it out"),
            },
            is_leading: match fields.get("leads").map(String::as_str) {
                None => false,
                Some("yes") => true,
                Some(other) => bail!("header `leads: {other}`: use yes, or leave it out"),
            },
            is_census: match fields.get("sample").map(String::as_str) {
                None => false,
                Some("all") => true,
                Some(other) => bail!("header `sample: {other}`: use all, or leave it out"),
            },
            is_of_people: match fields.get("entities").map(String::as_str) {
                None => false,
                Some("people") => true,
                Some(other) => bail!("header `entities: {other}`: use people, or leave it out"),
            },
        })
    }

    /// Names under which it yields values: one, or one per quantile.
    pub fn series(&self) -> Vec<(String, String, Option<u32>)> {
        match &self.shape {
            Shape::Quantile(levels) => levels.iter().enumerate().map(|(i, level)| self.quantile(i, *level)).collect(),
            _ => vec![(self.metric.clone(), self.title.clone(), None)],
        }
    }
}

impl Header {
    /// Id of the period or window that the metric's headline of a period covers.
    pub fn headline_id(&self, period: &str) -> String {
        let window = if self.is_trailing { Window::Trailing12 } else { Window::Period };
        if window == Window::Period { period.to_owned() } else { format!("{period}/{}", window.name()) }
    }

    /// The first level keeps the metric's name; a further one is named after its percentile.
    fn quantile(&self, place: usize, level: u32) -> (String, String, Option<u32>) {
        let percent = level / 10;
        if place == 0 {
            return (self.metric.clone(), self.title.clone(), Some(level));
        }
        (format!("{}_p{percent}", self.metric), format!("{}, {percent}th percentile", self.title), Some(level))
    }
}

pub fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

pub(super) fn word<T: serde::de::DeserializeOwned>(key: &str, value: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(value.to_owned()))
        .map_err(|e| anyhow::anyhow!("header `{key}: {value}`: {e}"))
}

fn shape(text: &str) -> Result<Shape> {
    Ok(match text {
        "ratio" => Shape::Ratio,
        "proportion" => Shape::Proportion,
        "sum" => Shape::Sum,
        "level" => Shape::Level,
        "distinct" => Shape::Distinct,
        "custom" => Shape::Custom,
        _ if text.starts_with("split(") => {
            let name = text.strip_prefix("split(").and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
            ensure!(
                !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "header `shape: {text}`: write split(name), the name of what it is split by"
            );
            Shape::Split(name.to_owned())
        }
        _ => {
            let levels = text.strip_prefix("quantile(").and_then(|rest| rest.strip_suffix(')')).with_context(|| {
                format!("header `shape: {text}`: use ratio, proportion, sum, level, distinct, quantile(0.5, 0.9), split(name) or custom")
            })?;
            let levels: Option<Vec<u32>> = split(levels)
                .iter()
                .map(|l| {
                    l.parse::<rust_decimal::Decimal>()
                        .ok()
                        .and_then(|d| u32::try_from(d * rust_decimal::Decimal::from(1000)).ok())
                })
                .collect();
            Shape::Quantile(
                levels.filter(|l| !l.is_empty()).context("header `shape: quantile(…)` holds numbers from 0 to 1")?,
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "-- metric: nrr\n-- title: NRR\n-- team: cs\n-- dimension: churn\n-- kind: outcome\n-- unit: percent\n\
        -- better: higher\n-- needs: billing\n-- shape: ratio\n-- definition: closing of accounts\n--   live at start\nselect 1";

    #[test]
    fn a_header_reads_back_with_continued_lines() {
        let header = Header::parse(GOOD).unwrap();
        assert_eq!(header.definition, "closing of accounts live at start");
        assert_eq!(header.shape, Shape::Ratio);
    }

    #[test]
    fn mistakes_in_a_header_name_the_line_and_the_accepted_words() {
        let error = |sql: String| format!("{:#}", Header::parse(&sql).unwrap_err());
        assert!(error(GOOD.replace("-- team", "-- taem")).contains("line 3: unknown key \"taem\"; did you mean team?"));
        assert!(error(GOOD.replace("-- title: NRR\n", "")).contains("no `-- title"));
        assert!(error(GOOD.replace("ratio", "rato")).contains("use ratio, proportion"));
        assert!(error(GOOD.replace("higher", "up")).contains("header `better: up`"));
        assert!(error("select 1".into()).contains("begins with its header"));
    }

    #[test]
    fn two_quantiles_are_two_series() {
        let header = Header::parse(&GOOD.replace("ratio", "quantile(0.5, 0.9)")).unwrap();
        let names: Vec<String> = header.series().into_iter().map(|s| s.0).collect();
        assert_eq!(names, ["nrr", "nrr_p90"]);
    }
}
