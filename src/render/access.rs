//! Pages that people meet before and beside reviews: signing in, and the forms to comment, promise and run. And the mail that
//! carries a link.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use jiff::civil::Date;
use serde::Serialize;
use tera::Context;

use anyhow::Result;

use super::format::Format;
use super::text::{clean, plain_spaces};
use super::{Language, Renderer, compact, templates, tidy};
use crate::review::edition::Rendered;

/// A page of one or more sections, each perhaps with a form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Door {
    pub title: String,
    /// What went wrong, and what to do.
    pub alert: String,
    /// What was done.
    pub done: String,
    pub sections: Vec<DoorSection>,
    /// Where one may go from here.
    pub links: Vec<DoorLink>,
    /// Who is signed in, in words; empty for nobody.
    pub who: String,
}

/// A part of a [`Door`]. What is empty is not printed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DoorSection {
    pub heading: String,
    pub paragraphs: Vec<String>,
    /// People's words, with who said them above.
    pub said: Vec<(String, String)>,
    pub form: Option<DoorForm>,
}

/// Something to fill in and send.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DoorForm {
    /// A path of this service.
    pub action: String,
    /// Name and value of what is sent along.
    pub hidden: Vec<(String, String)>,
    pub fields: Vec<DoorField>,
    pub button: String,
    /// Not what the page is for.
    pub is_secondary: bool,
}

/// One thing to fill in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DoorField {
    /// `text`, `email`, `date`, `area` or `select`.
    pub kind: &'static str,
    pub name: &'static str,
    pub label: String,
    pub value: String,
    pub hint: String,
    /// Characters; 0 for any number.
    pub most: usize,
    pub is_optional: bool,
    /// Value and label of what a `select` offers.
    pub options: Vec<(String, String)>,
}

/// Where one may go.
#[derive(Debug, Clone, Serialize)]
pub struct DoorLink {
    pub href: String,
    pub text: String,
}

/// A mail whose point is a link.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LinkLetter {
    pub company: String,
    pub subject: String,
    pub title: String,
    pub intro: String,
    pub link: String,
    /// What the link is called in HTML.
    pub action: String,
    /// How long it works, and what to do if nobody asked for it.
    pub small: String,
}

/// The sentences of one language, and how it writes days and names.
pub struct Sentences {
    language: Arc<Language>,
    f: Format,
}

impl Sentences {
    /// A sentence by its id, with the arguments it names. Whole numbers choose plurals.
    pub fn say(&self, id: &str, args: &[(&str, &str)]) -> String {
        let mut given = FluentArgs::new();
        for (name, value) in args {
            match value.parse::<i64>() {
                Ok(number) => given.set((*name).to_owned(), number),
                Err(_) => given.set((*name).to_owned(), clean(value)),
            }
        }
        self.language.words.say(id, &given)
    }

    /// "16 Nov 2026".
    pub fn day(&self, day: Date) -> String {
        self.f.day(day)
    }

    /// "W46".
    pub fn period(&self, id: &str) -> String {
        self.f.period_name(id)
    }

    /// A metric's title in the language, where it has one.
    pub fn metric_title(&self, metric: &str, title: &str) -> String {
        clean(&self.f.metric_title(metric, title))
    }
}

impl Renderer {
    /// The sentences of a locale.
    pub fn sentences(&self, locale: &str) -> Result<Sentences> {
        let language = self.language(locale)?;
        let f = Format::new(language.words.clone(), "", 2);
        Ok(Sentences { language, f })
    }

    /// A page with forms. `token` is sent along with each.
    pub fn door(&self, locale: &str, company: &str, door: &Door, token: &str) -> Result<String> {
        let language = self.language(locale)?;
        let mut context = Context::new();
        context.insert("company", &clean(company));
        context.insert("v", door);
        context.insert("token", token);
        // not compacted: what somebody typed stays as they typed it
        self.fill(&language.tera, templates::DOOR, &context)
    }

    /// A mail with a link.
    pub fn link_letter(&self, locale: &str, letter: &LinkLetter) -> Result<Rendered> {
        let language = self.language(locale)?;
        let mut context = Context::new();
        context.insert("v", letter);
        Ok(Rendered {
            data: Vec::new(),
            html: compact(&self.fill(&language.tera, templates::LINK, &context)?),
            text: tidy(&plain_spaces(&self.fill(&language.tera, templates::LINK_TEXT, &context)?)),
            page: String::new(),
            preheader: letter.intro.clone(),
            subject: plain_spaces(&letter.subject),
            images: Vec::new(),
        })
    }
}
