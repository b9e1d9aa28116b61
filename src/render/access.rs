//! Pages that people meet before and beside reviews: signing in, and the forms to comment, promise and run. And the mail that
//! carries a link.

use serde::Serialize;
use tera::Context;

use anyhow::Result;

use super::text::plain_spaces;
use super::{Frame, Renderer, Speech, compact, templates, tidy};
use crate::review::edition::Rendered;

/// A page of one or more sections, each perhaps with a form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Door {
    /// Of the page's [`Frame`], too.
    pub title: String,
    /// What went wrong, and what to do.
    pub alert: String,
    /// What was done.
    pub done: String,
    pub sections: Vec<DoorSection>,
    /// Where one may go from here, besides where every page leads.
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

impl Renderer {
    /// A page with forms. `token` is sent along with each.
    pub fn door(&self, speech: &Speech, page: &Frame, door: &Door, token: &str) -> Result<String> {
        let mut context = Context::new();
        context.insert("page", page);
        context.insert("v", door);
        context.insert("token", token);
        // not compacted: what somebody typed stays as they typed it
        self.fill(&speech.language.tera, templates::DOOR, &context)
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
