//! Rendering: a [`Review`] becomes mail, text part, archive page and charts.
//!
//! [`view`] puts every figure into the words of the review's language ([`words`]), templates lay them out, [`chart`] computes where lines go and [`raster`] turns
//! drawings into pictures. [`audit`] says what must stop a send. Nothing here reads a clock, so the same review always
//! renders to the same bytes.

mod ask;
mod audit;
mod chart;
mod cohort;
mod dates;
mod dimension;
mod format;
mod judged;
mod list;
mod logo;
mod pictures;
mod raster;
mod row;
pub mod sample;
mod story;
mod templates;
mod text;
mod view;
mod voice;
mod walk;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tera::{Context, Tera};

pub use self::ask::Question;
pub use self::audit::{DEGRADES, PROPERTIES, audit};
pub use self::logo::Logo;
use self::raster::Raster;
use self::templates::Sources;
use self::view::View;
use self::words::Words;
use crate::review::edition::{Image, Rendered};
use crate::review::model::Review;

/// Templates, words and fonts, loaded once.
pub struct Renderer {
    sources: Sources,
    raster: Raster,
    logo: Option<Logo>,
    /// By locale, made when the first review in it is rendered.
    languages: Mutex<BTreeMap<String, Arc<Language>>>,
}

/// Templates that speak one language.
struct Language {
    words: Arc<Words>,
    tera: Tera,
}

impl Renderer {
    /// Loads the shipped templates, replaced by name by those in `user_templates`.
    pub fn new(user_templates: Option<&Path>) -> Result<Renderer> {
        let sources = Sources::load(user_templates)?;
        let renderer = Renderer { sources, raster: Raster::new(), logo: None, languages: Mutex::default() };
        // a template that cannot be read is told now, not with the first review
        renderer.language(words::BASE)?;
        Ok(renderer)
    }

    /// The same with a letterhead.
    #[must_use]
    pub fn with_logo(self, logo: Option<Logo>) -> Renderer {
        Renderer { logo, ..self }
    }

    /// Renders one review in its locale: subject, mail, text part, page and the mail's pictures.
    pub fn render(&self, review: &Review) -> Result<Rendered> {
        let language = self.language(&review.head.locale)?;
        let mut view = view::build(review, &language.words);
        view.logo = self.logo.as_ref().map(Logo::view);
        let mut context = Context::new();
        context.insert("v", &view);
        let fill = |template| self.fill(&language.tera, template, &context);
        Ok(Rendered {
            images: self.images(&language.tera, &view)?,
            html: compact(&fill(templates::EMAIL)?),
            text: tidy(&text::plain_spaces(&fill(templates::TEXT)?)),
            page: compact(&fill(templates::PAGE)?),
            preheader: text::plain_spaces(&view.preheader),
            subject: view.subject,
        })
    }

    fn language(&self, locale: &str) -> Result<Arc<Language>> {
        let mut languages = self.languages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(language) = languages.get(locale) {
            return Ok(language.clone());
        }
        let words = Arc::new(Words::of(locale, &self.sources.locales)?);
        let tera = self.sources.tera(&words)?;
        let language = Arc::new(Language { words, tera });
        languages.insert(locale.to_owned(), language.clone());
        Ok(language)
    }

    /// Renders every template against sample data of each kind, in every language there are words for, and audits the results.
    pub fn check(&self) -> Result<()> {
        let others: BTreeSet<&str> =
            self.sources.locales.iter().map(|l| l.name.as_str()).filter(|l| *l != words::BASE).collect();
        for locale in std::iter::once(words::BASE).chain(others) {
            for (name, mut review) in sample::all() {
                locale.clone_into(&mut review.head.locale);
                let what = if locale == words::BASE {
                    format!("the {name} sample")
                } else {
                    format!("the {name} sample in {locale}")
                };
                let rendered = self.render(&review).with_context(|| format!("rendering {what}"))?;
                let findings = audit(&rendered, &review);
                ensure!(findings.is_empty(), "{what} fails the audit: {}", findings.join("; "));
                let asked = self.check_ask(&review).with_context(|| format!("asking about {what}"))?;
                let findings = audit(&asked, &review);
                ensure!(findings.is_empty(), "asking about {what} fails the audit: {}", findings.join("; "));
            }
        }
        Ok(())
    }

    fn images(&self, tera: &Tera, view: &View) -> Result<Vec<Image>> {
        let mut images: Vec<Image> = self.logo.iter().map(|logo| logo.image(&view.company)).collect();
        for exception in view.exceptions.iter().filter(|e| e.in_mail) {
            if let Some(chart) = &exception.chart {
                images.push(self.image(tera, templates::of(chart), chart, &exception.cid, &exception.alt)?);
            }
        }
        if let Some(leading) = &view.leading {
            images.push(self.image(tera, templates::of(&leading.chart), &leading.chart, &leading.cid, &leading.alt)?);
        }
        if let Some(walk) = &view.walk {
            images.push(self.image(tera, templates::WATERFALL, &walk.chart, &walk.cid, &walk.alt)?);
        }
        Ok(images)
    }

    fn fill(&self, tera: &Tera, template: &str, context: &Context) -> Result<String> {
        tera.render(template, context)
            .map_err(|e| self.sources.account(&e))
            .with_context(|| format!("template {template}"))
    }

    fn image(&self, tera: &Tera, template: &str, chart: &impl Serialize, cid: &str, alt: &str) -> Result<Image> {
        let mut context = Context::new();
        context.insert("chart", chart);
        let png = self.raster.png(&self.fill(tera, template, &context)?).with_context(|| format!("chart {cid}"))?;
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
