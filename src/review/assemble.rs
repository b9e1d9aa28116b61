//! From figures to a review: sections of rows, exceptions ranked, the rest carried along.

use std::collections::BTreeMap;

use super::exception::{Judged, exceptions};
use super::model::{
    Cohorts, Coverage, Definition, DimensionLine, Distribution, Event, Factor, Forced, Freshness, Head, List,
    NotMeasured, Problem, Restatement, Review, ReviewPeriod, Row, Section, Walk,
};
use super::phrase::Phrase;
use super::promise::{AccountValues, Segment, promises};
use super::row::{Context, row};
use super::series::MetricInfo;

/// Everything a review is made of besides its figures.
pub struct Material {
    pub head: Head,
    /// In print order.
    pub metrics: Vec<MetricInfo>,
    /// Dimension → why its sections are withheld.
    pub withheld: BTreeMap<String, String>,
    pub provisional: Vec<Phrase>,
    /// Guardrails of the metrics, also those that are not on the report.
    pub guardrails: Vec<MetricInfo>,
    /// Promises to segments in words, and customers' own figures for their spread.
    pub promise_texts: BTreeMap<Segment, String>,
    pub account_values: AccountValues,
    pub factors: Vec<Factor>,
    pub restatements: Vec<Restatement>,
    pub forced: Option<Forced>,
    pub walk: Option<Walk>,
    pub pictures: Pictures,
    /// The leading metric of each of the six dimensions, where the report asks for them.
    pub leads: Vec<Lead>,
    pub lists: Vec<List>,
    pub not_measured: Vec<NotMeasured>,
    pub problems: Vec<Problem>,
    pub freshness: Vec<Freshness>,
    pub coverage: Vec<Coverage>,
}

/// What a review draws besides its series.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    pub events: Vec<Event>,
    pub cohorts: Option<Cohorts>,
    pub distributions: Vec<Distribution>,
}

/// The leading metric of a dimension, or why there is none.
#[derive(Debug, Clone)]
pub struct Lead {
    pub dimension: String,
    pub metric: Option<MetricInfo>,
    pub why: Option<String>,
    pub how: Option<String>,
}

/// Assembles a review. Pure: the same figures and material give the same review.
pub fn assemble(context: &Context<'_>, material: Material) -> Review {
    let mut sections: Vec<Section> = Vec::new();
    for info in &material.metrics {
        let row = row(context, info, material.withheld.get(&info.dimension).cloned());
        match sections.iter_mut().find(|s| s.dimension == info.dimension) {
            Some(section) => section.rows.push(row),
            None => sections.push(Section {
                dimension: info.dimension.clone(),
                rows: vec![row],
                withheld: material.withheld.get(&info.dimension).cloned(),
            }),
        }
    }
    let guards: Vec<Row> = material
        .guardrails
        .iter()
        .map(|info| row(context, info, material.withheld.get(&info.dimension).cloned()))
        .collect();
    let guards: Vec<Judged<'_>> =
        material.guardrails.iter().zip(&guards).map(|(info, row)| Judged { info, row }).collect();
    let rows = sections.iter().flat_map(|s| &s.rows);
    let judged: Vec<Judged<'_>> = rows
        .filter_map(|row| Some(Judged { info: material.metrics.iter().find(|m| m.metric == row.metric)?, row }))
        .collect();
    let hidden: Vec<String> = judged
        .iter()
        .filter(|one| material.withheld.contains_key(&one.info.dimension))
        .map(|one| one.info.metric.clone())
        .collect();
    let exceptions = exceptions(context, &judged, &guards);
    let is_printed = |info: &&MetricInfo| !material.withheld.contains_key(&info.dimension);
    let printed: Vec<MetricInfo> = material.metrics.iter().filter(is_printed).cloned().collect();
    let restatements = material.restatements.into_iter().filter(|r| !hidden.contains(&r.metric)).collect();
    let segment_promises = promises(context, &printed, &material.promise_texts, &material.account_values);
    let withheld = &material.withheld;
    let dimensions = material.leads.into_iter().map(|lead| line(context, lead, withheld)).collect();
    let pictures = material.pictures;
    let is_row =
        |d: &Distribution| sections.iter().flat_map(|s| &s.rows).any(|r| r.metric == d.metric && r.value.is_some());
    let distributions = pictures.distributions.into_iter().filter(is_row).collect();
    let definitions = material.metrics.iter().map(definition).collect();
    Review {
        head: material.head,
        period: ReviewPeriod {
            id: context.period.id.clone(),
            grain: context.period.grain.name().to_owned(),
            first_day: context.period.start_on,
            last_day: context.period.last_day(),
        },
        provisional: material.provisional,
        exceptions,
        comments: Vec::new(),
        promises: Vec::new(),
        segment_promises,
        factors: material.factors,
        restatements,
        correction: None,
        forced: material.forced,
        walk: material.walk,
        events: pictures.events,
        dimensions,
        cohorts: pictures.cohorts.filter(|_| !material.withheld.contains_key("churn")),
        distributions,
        sections,
        lists: material.lists,
        not_measured: material.not_measured,
        problems: material.problems,
        freshness: material.freshness,
        coverage: material.coverage,
        definitions,
    }
}

fn line(context: &Context<'_>, lead: Lead, withheld: &BTreeMap<String, String>) -> DimensionLine {
    let row = lead.metric.map(|info| Box::new(row(context, &info, withheld.get(&info.dimension).cloned())));
    DimensionLine { dimension: lead.dimension, row, why: lead.why, how: lead.how }
}

fn definition(info: &MetricInfo) -> Definition {
    Definition {
        metric: info.metric.clone(),
        title: info.title.clone(),
        text: info.definition.clone(),
        hash: info.hash.chars().take(12).collect(),
        ..Definition::default()
    }
}
