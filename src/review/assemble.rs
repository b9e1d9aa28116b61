//! From figures to a review: sections of rows, exceptions ranked, the rest carried along.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::model::{
    Coverage, Definition, Exception, Freshness, Head, Kind, List, NotMeasured, Problem, Review, ReviewPeriod, Row,
    Rule, Section, Status, Walk,
};
use super::row::{Context, misses, row, worst_segment};
use super::series::MetricInfo;

/// Everything a review is made of besides its figures.
pub struct Material {
    pub head: Head,
    /// In print order.
    pub metrics: Vec<MetricInfo>,
    /// Dimension → why its sections are withheld.
    pub withheld: BTreeMap<String, String>,
    pub provisional: Vec<String>,
    pub walk: Option<Walk>,
    pub lists: Vec<List>,
    pub not_measured: Vec<NotMeasured>,
    pub problems: Vec<Problem>,
    pub freshness: Vec<Freshness>,
    pub coverage: Vec<Coverage>,
}

/// Assembles a review. Pure: the same figures and material give the same review.
pub fn assemble(context: &Context<'_>, material: Material) -> Review {
    let mut sections: Vec<Section> = Vec::new();
    for info in &material.metrics {
        let row = row(context, info, material.withheld.get(&info.dimension).cloned());
        match sections.iter_mut().find(|s| s.dimension == info.dimension) {
            Some(section) => section.rows.push(row),
            None => sections.push(Section { dimension: info.dimension.clone(), rows: vec![row] }),
        }
    }
    let exceptions = exceptions(context, &material.metrics, &sections);
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
        walk: material.walk,
        sections,
        lists: material.lists,
        not_measured: material.not_measured,
        problems: material.problems,
        freshness: material.freshness,
        coverage: material.coverage,
        definitions,
    }
}

fn definition(info: &MetricInfo) -> Definition {
    Definition {
        metric: info.metric.clone(),
        title: info.title.clone(),
        text: info.definition.clone(),
        hash: info.hash.chars().take(12).collect(),
    }
}

/// Missed targets, outcomes before drivers, the largest miss (relative to its target) first; and met targets whose guardrail
/// was missed, ranked with them.
fn exceptions(context: &Context<'_>, metrics: &[MetricInfo], sections: &[Section]) -> Vec<Exception> {
    let rows: Vec<&Row> = sections.iter().flat_map(|s| &s.rows).collect();
    let mut ranked: Vec<(u8, Decimal, Exception)> = Vec::new();
    for row in &rows {
        let Some(info) = metrics.iter().find(|m| m.metric == row.metric) else { continue };
        let Some(target) = &row.target else { continue };
        let rule = match row.status {
            Status::TargetMissed => Rule::TargetMissed,
            Status::TargetMet if guardrail_missed(&rows, target.guardrail.as_deref()) => Rule::GuardrailMissed,
            _ => continue,
        };
        let run = misses(context, info);
        let miss = target.variance.and_then(|v| v.checked_div(target.value)).unwrap_or_default().abs();
        ranked.push((
            u8::from(row.kind == Kind::Driver),
            -miss,
            Exception {
                metric: row.metric.clone(),
                rule,
                periods: (run.len() as u32).max(1),
                since: run.last().unwrap_or(&context.period.id).clone(),
                segment: worst_segment(context, info),
            },
        ));
    }
    ranked.sort_by(|a, b| (a.0, a.1, &a.2.metric).cmp(&(b.0, b.1, &b.2.metric)));
    ranked.into_iter().map(|(_, _, exception)| exception).collect()
}

fn guardrail_missed(rows: &[&Row], guardrail: Option<&str>) -> bool {
    rows.iter().any(|r| Some(r.metric.as_str()) == guardrail && r.status == Status::TargetMissed)
}
