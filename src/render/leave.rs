//! The page by which a reader leaves a report.

use anyhow::Result;
use serde::Serialize;
use tera::Context;

use super::text::clean;
use super::{Renderer, compact};

/// Who leaves what.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    pub company: &'a str,
    /// The report's title.
    pub report: &'a str,
    pub address: &'a str,
    /// They have left; else they are asked.
    pub is_done: bool,
}

#[derive(Serialize)]
struct View {
    lang: String,
    company: String,
    report: String,
    address: String,
    is_done: bool,
}

impl Renderer {
    /// The page in a locale.
    pub fn leaving(&self, locale: &str, leaving: &Leaving<'_>) -> Result<String> {
        let language = self.language(locale)?;
        let view = View {
            lang: language.words.say("lang", &fluent_bundle::FluentArgs::new()),
            company: clean(leaving.company),
            report: clean(leaving.report),
            address: clean(leaving.address),
            is_done: leaving.is_done,
        };
        let mut context = Context::new();
        context.insert("v", &view);
        Ok(compact(&self.fill(&language.tera, "web/unsubscribe.html", &context)?))
    }
}
