//! The six-dimension scorecard: one line each with its leading figure; a dimension without data says so and why.

use serde::Serialize;

use super::row::RowView;
use super::story::Story;
use super::view::dimension;
use super::words::args;
use crate::review::model::DimensionLine;

/// One dimension in a line.
#[derive(Debug, Clone, Serialize)]
pub struct DimensionView {
    pub name: String,
    pub row: Option<RowView>,
    /// Why there is no figure, and what would change that; empty where there is one.
    pub why: String,
}

/// The lines in words; what a change is measured against is told with it where it is not the scorecard's own basis.
pub(super) fn build(story: &Story<'_>, basis: &str) -> Vec<DimensionView> {
    story.review.dimensions.iter().map(|line| view(story, line, basis)).collect()
}

fn view(story: &Story<'_>, line: &DimensionLine, basis: &str) -> DimensionView {
    let f = story.writer.f;
    let name = dimension(&line.dimension, f);
    let row = line.row.as_deref().map(|row| {
        let mut view = story.writer.row(row);
        if view.previous.basis != basis && view.previous.withheld.is_empty() {
            view.previous.own_basis.clone_from(&view.previous.basis);
        }
        view
    });
    let unknown = row
        .as_ref()
        .filter(|row| row.value.is_empty())
        .map(|row| f.say("dimension-no-figure", &args!["title" => row.title.as_str(), "why" => row.withheld.as_str()]));
    let why = match (&row, unknown) {
        (None, _) => not_measured(story, line),
        (Some(_), why) => why.unwrap_or_default(),
    };
    DimensionView { name, row: row.filter(|row| !row.value.is_empty()), why }
}

/// What would change it is told here only where the review does not tell it of its own metrics.
fn not_measured(story: &Story<'_>, line: &DimensionLine) -> String {
    let f = story.writer.f;
    let why = line.why.as_deref().unwrap_or_default();
    let is_told = story.review.not_measured.iter().any(|group| group.why == why);
    match line.how.as_deref().filter(|_| !is_told) {
        Some(how) => f.say("dimension-not-measured-how", &args!["why" => f.term(why), "how" => f.term(how)]),
        None => f.say("dimension-not-measured", &args!["why" => f.term(why)]),
    }
}
