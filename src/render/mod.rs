//! Rendering: a [`Review`] becomes mail, text part, archive page and charts.
//!
//! [`view`] puts every figure into the words of the review's language ([`words`]), templates lay them out, [`chart`] computes where lines go and [`raster`] turns
//! drawings into pictures. [`audit`] says what must stop a send. Nothing here reads a clock, so the same review always
//! renders to the same bytes.

mod access;
mod account;
mod ask;
mod audit;
mod chart;
mod cohort;
mod correction;
mod dates;
mod dimension;
mod format;
mod judged;
pub mod leave;
mod list;
mod logo;
mod notice;
pub mod pdf;
mod pictures;
mod raster;
mod row;
pub mod sample;
mod service;
mod story;
mod templates;
mod terms;
mod text;
mod view;
mod voice;
mod walk;
mod words;
mod workbook;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tera::{Context, Tera};

pub use self::access::{Door, DoorField, DoorForm, DoorLink, DoorSection, LinkLetter};
pub use self::ask::Question;
pub use self::audit::{DEGRADES, PROPERTIES, audit};
use self::format::Format;
pub use self::logo::Logo;
pub use self::notice::{Notice, NoticeItem};
use self::raster::Raster;
pub use self::service::{Frame, MetricPage, Speech, one_line};
use self::templates::Sources;
use self::view::View;
pub use self::voice::{OwnerPromiseView, Piece};
use self::words::Words;
pub use self::workbook::{PDF, is_formula_like};
use crate::review::account::AccountReview;
use crate::review::edition::{Enclose, Image, Rendered};
use crate::review::model::{Correction, Review};

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

    /// Refuses a locale of whose language there is no file.
    ///
    /// # Errors
    /// Names the languages there are.
    pub fn check_locale(&self, locale: &str) -> Result<()> {
        words::ensure_known(locale, &self.sources.locales)
    }

    /// A sentence of a language's file that nothing stands in.
    pub fn say(&self, locale: &str, id: &str) -> Result<String> {
        Ok(self.language(locale)?.words.say(id, &words::args![]))
    }

    /// Renders one review in its locale: subject, mail, text part, page, the mail's pictures, and the data beside the page.
    pub fn render(&self, review: &Review) -> Result<Rendered> {
        self.render_with(review, &Enclose::default())
    }

    /// The same, with attachments.
    pub fn render_with(&self, review: &Review, enclose: &Enclose) -> Result<Rendered> {
        let language = self.language(&review.head.locale)?;
        let f = Format::new(language.words.clone(), &review.head.currency, review.head.currency_digits);
        let data = workbook::data(review, &f, enclose)?;
        let mut view = self.view(review, &language);
        view.enclosed = workbook::enclosed(review, &f, &data, enclose);
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
            data,
        })
    }

    /// Renders the review of one account in its locale.
    pub fn render_account(&self, review: &AccountReview) -> Result<Rendered> {
        let language = self.language(&review.locale)?;
        let view = account::build(review, &language.words);
        let mut context = Context::new();
        context.insert("v", &view);
        let fill = |template| self.fill(&language.tera, template, &context);
        let mut images = Vec::new();
        for trend in view.sections.iter().filter_map(|s| s.trend.as_ref()) {
            if let Some(chart) = &trend.chart {
                images.push(self.image(&language.tera, templates::of(chart), chart, &trend.cid, &trend.alt)?);
            }
        }
        Ok(Rendered {
            images,
            data: Vec::new(),
            html: compact(&fill(templates::ACCOUNT_EMAIL)?),
            text: tidy(&text::plain_spaces(&fill(templates::ACCOUNT_TEXT)?)),
            page: compact(&fill(templates::ACCOUNT_PAGE)?),
            preheader: text::plain_spaces(&view.preheader),
            subject: view.subject,
        })
    }

    /// A correction's mail: only what changed, in reply to the mail it corrects. The page is the whole edition's.
    pub fn correction(&self, review: &Review, correction: &Correction, page: &str) -> Result<Rendered> {
        let language = self.language(&review.head.locale)?;
        let f = Format::new(language.words.clone(), &review.head.currency, review.head.currency_digits);
        let mut context = Context::new();
        let told = correction::build(review, correction, &f);
        context.insert("v", &view::build(review, &language.words));
        context.insert("c", &told);
        let fill = |template| self.fill(&language.tera, template, &context);
        Ok(Rendered {
            html: compact(&fill(templates::CORRECTION_EMAIL)?),
            text: tidy(&text::plain_spaces(&fill(templates::CORRECTION_TEXT)?)),
            page: page.to_owned(),
            images: Vec::new(),
            data: Vec::new(),
            preheader: text::plain_spaces(&told.intro),
            subject: told.subject,
        })
    }

    /// The page of an edition that has a print of it beside it.
    pub fn page_with_pdf(&self, review: &Review) -> Result<String> {
        let language = self.language(&review.head.locale)?;
        let mut view = self.view(review, &language);
        view.files.push(workbook::pdf_link(&language.words));
        let mut context = Context::new();
        context.insert("v", &view);
        Ok(compact(&self.fill(&language.tera, templates::PAGE, &context)?))
    }

    /// The review in words, under the company's letterhead.
    fn view(&self, review: &Review, language: &Language) -> View {
        View { logo: self.logo.as_ref().map(Logo::view), ..view::build(review, &language.words) }
    }

    fn language(&self, locale: &str) -> Result<Arc<Language>> {
        let mut languages = self.languages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(language) = languages.get(locale) {
            return Ok(language.clone());
        }
        self.check_locale(locale)?;
        let words = Arc::new(Words::of(locale, &self.sources.locales)?);
        let tera = self.sources.tera(&words)?;
        let language = Arc::new(Language { words, tera });
        languages.insert(locale.to_owned(), language.clone());
        Ok(language)
    }

    /// Renders every template against sample data of each kind, in every language there are words for, and audits the results.
    pub fn check(&self) -> Result<()> {
        let findings = audit(&self.check_notice().context("rendering the operator's notice")?, None);
        ensure!(findings.is_empty(), "the operator's notice fails the audit: {}", findings.join("; "));
        let has_words = |l: &&words::Locale| l.source.lines().any(|line| line.starts_with("lang ="));
        let others: BTreeSet<&str> = self.sources.locales.iter().filter(has_words).map(|l| l.name.as_str()).collect();
        let others = others.into_iter().filter(|name| *name != words::BASE);
        for locale in std::iter::once(words::BASE).chain(others) {
            let what = |name: &str| match locale {
                words::BASE => format!("the {name} sample"),
                other => format!("the {name} sample in {other}"),
            };
            let audited = |name: &str, link: &Option<String>, rendered: Result<Rendered>| {
                let findings = audit(&rendered.with_context(|| format!("rendering {}", what(name)))?, link.as_deref());
                ensure!(findings.is_empty(), "{} fails the audit: {}", what(name), findings.join("; "));
                Ok(())
            };
            for (name, mut review) in sample::all() {
                locale.clone_into(&mut review.head.locale);
                let rendered = self.render(&review);
                let page = rendered.as_ref().map(|r| r.page.clone()).unwrap_or_default();
                audited(name, &review.head.link, rendered)?;
                audited(&format!("{name} question of the"), &review.head.link, self.check_ask(&review))?;
                if let Some(correction) = &review.correction {
                    audited(
                        &format!("correction of the {name}"),
                        &review.head.link,
                        self.correction(&review, correction, &page),
                    )?;
                }
            }
            for is_done in [false, true] {
                let address = "ann@example.com";
                self.leaving(locale, &leave::Leaving { company: "Acme", report: "Support review", address, is_done })
                    .with_context(|| format!("rendering {}", what("unsubscribe page's")))?;
            }
            for (name, mut review) in sample::accounts() {
                locale.clone_into(&mut review.locale);
                audited(name, &review.link, self.render_account(&review))?;
            }
            let letter = sample::link_letter();
            audited("link", &Some(letter.link.clone()), self.link_letter(locale, &letter))?;
            let page = Frame {
                lang: locale.to_owned(),
                company: letter.company,
                title: "Promises".into(),
                path: "/".into(),
                has_session: true,
                is_operator: true,
            };
            self.door(&self.speech(locale)?, &page, &sample::door(), "token")
                .with_context(|| format!("rendering {}", what("form")))?;
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

/// Drops indentation and empty lines: mail programs cut long messages. What is preformatted stays as it is.
fn compact(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut is_preformatted = false;
    for line in html.lines() {
        let kept = if is_preformatted { line } else { line.trim() };
        if kept.is_empty() && !is_preformatted {
            continue;
        }
        is_preformatted = match (line.rfind("<pre"), line.rfind("</pre>")) {
            (None, None) => is_preformatted,
            (opened, closed) => opened > closed,
        };
        out.push_str(kept);
        out.push('\n');
    }
    out
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
