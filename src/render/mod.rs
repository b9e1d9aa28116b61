//! Rendering: a [`Review`] becomes mail, text part, archive page and charts.
//!
//! [`view`] puts every figure into words, templates lay them out, [`chart`] computes where lines go and [`raster`] turns
//! drawings into pictures. [`audit`] says what must stop a send. Nothing here reads a clock, so the same review always
//! renders to the same bytes.

mod audit;
mod chart;
mod dates;
mod format;
mod judged;
mod list;
pub mod pdf;
mod raster;
mod row;
pub mod sample;
mod story;
mod templates;
mod text;
mod view;
mod walk;
mod words;
mod workbook;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tera::{Context, Tera};

pub use self::audit::audit;
use self::raster::Raster;
use self::view::View;
pub use self::workbook::PDF;
use crate::review::edition::{Enclose, Image, Rendered};
use crate::review::model::Review;

/// Templates and fonts, loaded once.
pub struct Renderer {
    tera: Tera,
    raster: Raster,
}

impl Renderer {
    /// Loads the shipped templates, replaced by name by those in `user_templates`.
    pub fn new(user_templates: Option<&Path>) -> Result<Renderer> {
        Ok(Renderer { tera: templates::load(user_templates)?, raster: Raster::new() })
    }

    /// Renders one review: subject, mail, text part, page, the mail's pictures, and the data beside the page.
    pub fn render(&self, review: &Review) -> Result<Rendered> {
        self.render_with(review, &Enclose::default())
    }

    /// The same, with attachments.
    pub fn render_with(&self, review: &Review, enclose: &Enclose) -> Result<Rendered> {
        let data = workbook::data(review, enclose)?;
        let mut view = view::build(review);
        view.enclosed = workbook::enclosed(review, &data, enclose);
        let mut context = Context::new();
        context.insert("v", &view);
        Ok(Rendered {
            images: self.images(&view)?,
            html: compact(&self.fill(templates::EMAIL, &context)?),
            text: tidy(&text::plain_spaces(&self.fill(templates::TEXT, &context)?)),
            page: compact(&self.fill(templates::PAGE, &context)?),
            preheader: text::plain_spaces(&view.preheader),
            subject: view.subject,
            data,
        })
    }

    /// The page of an edition that has a print of it beside it.
    pub fn page_with_pdf(&self, review: &Review) -> Result<String> {
        let mut view = view::build(review);
        view.files.push(workbook::pdf_link());
        let mut context = Context::new();
        context.insert("v", &view);
        Ok(compact(&self.fill(templates::PAGE, &context)?))
    }

    /// Renders every template against sample data of each kind, and audits the results.
    pub fn check(&self) -> Result<()> {
        for (name, review) in sample::all() {
            let rendered = self.render(&review).with_context(|| format!("rendering the {name} sample"))?;
            let findings = audit(&rendered);
            ensure!(findings.is_empty(), "the {name} sample fails the audit: {}", findings.join("; "));
        }
        Ok(())
    }

    fn fill(&self, template: &str, context: &Context) -> Result<String> {
        self.tera
            .render(template, context)
            .map_err(|e| anyhow::anyhow!("{e}"))
            .with_context(|| format!("template {template}"))
    }

    fn images(&self, view: &View) -> Result<Vec<Image>> {
        let mut images = Vec::new();
        for exception in view.exceptions.iter().filter(|e| e.in_mail) {
            if let Some(chart) = &exception.chart {
                images.push(self.image(templates::TREND, chart, &exception.cid, &exception.alt)?);
            }
        }
        if let Some(leading) = &view.leading {
            images.push(self.image(templates::TREND, &leading.chart, &leading.cid, &leading.alt)?);
        }
        if let Some(walk) = &view.walk {
            images.push(self.image(templates::WATERFALL, &walk.chart, &walk.cid, &walk.alt)?);
        }
        Ok(images)
    }

    fn image(&self, template: &str, chart: &impl Serialize, cid: &str, alt: &str) -> Result<Image> {
        let mut context = Context::new();
        context.insert("chart", chart);
        let png = self.raster.png(&self.fill(template, &context)?).with_context(|| format!("chart {cid}"))?;
        let name = cid.split('@').next().unwrap_or(cid);
        Ok(Image { cid: cid.to_owned(), file_name: format!("{name}.png"), png, alt: alt.to_owned() })
    }
}

/// Drops indentation and empty lines: mail programs cut long messages.
fn compact(html: &str) -> String {
    let lines = html.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.fold(String::with_capacity(html.len()), |mut out, line| {
        out.push_str(line);
        out.push('\n');
        out
    })
}

/// At most one empty line in a row, none at the ends, no trailing spaces.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_after_gap = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() && is_after_gap {
            continue;
        }
        is_after_gap = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
