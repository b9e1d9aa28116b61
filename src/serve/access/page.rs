//! Pages with forms, each with the token of whom it is shown to.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::cookies::{self, Names};
use super::{Access, Caller, form};
use crate::config::Report;
use crate::deliver::key::unguessable;
use crate::render::{Door, DoorLink, DoorSection, Speech};
use crate::serve::pages::frame;

/// Marks a response whose forms may be sent to this service: `form-action` of its policy allows that.
#[derive(Debug, Clone, Copy)]
pub(in crate::serve) struct HasForms;

impl Access {
    /// The language of the company's language.
    pub fn speech(&self) -> anyhow::Result<Speech> {
        self.renderer()?.speech(&self.site.config().company.locale)
    }

    /// The language of a report's language.
    pub fn speech_of(&self, report: &Report) -> anyhow::Result<Speech> {
        self.renderer()?.speech(self.site.config().locale(report))
    }

    /// A page, in the company's language unless a report's is given.
    pub fn page(&self, caller: &Caller, status: StatusCode, door: Door, report: Option<&Report>) -> Response {
        let config = self.site.config();
        let locale = report.map_or(config.company.locale.as_str(), |report| config.locale(report));
        self.page_in(locale, caller, status, door)
    }

    /// A page in a language.
    pub fn page_in(&self, locale: &str, caller: &Caller, status: StatusCode, door: Door) -> Response {
        self.try_page(locale, caller, status, door).unwrap_or_else(|error| crate::serve::web::failed(&error))
    }

    fn try_page(&self, locale: &str, caller: &Caller, status: StatusCode, mut door: Door) -> anyhow::Result<Response> {
        let config = self.site.config();
        let renderer = self.renderer()?;
        let speech = renderer.speech(locale)?;
        // a page without forms needs nothing to bind them to
        let has_forms = door.sections.iter().any(|section| section.form.is_some());
        if let Some(address) = caller.visitor.address.as_ref().filter(|_| caller.visitor.has_session) {
            door.who = speech.say("door-signed-in", &[("address", address)]);
        }
        let secret = match &caller.secret {
            Some(secret) => secret.clone(),
            None if has_forms => form::token(&unguessable::<32>()?.map(|b| format!("{b:02x}")).concat()),
            None => String::new(),
        };
        // somebody in the middle of signing in, say, is not led elsewhere to do so
        let path = if has_forms { "" } else { "/" };
        let frame = frame(&config, &caller.visitor, &speech, &door.title, path);
        let html = renderer.door(&speech, &frame, &door, &form::token(&secret))?;
        let mut response = (status, Html(html)).into_response();
        response.extensions_mut().insert(HasForms);
        if has_forms && caller.secret.is_none() {
            let names = Names::of(caller.is_https);
            response = cookies::with(response, [cookies::set(names.form, &secret, "/", caller.is_https, None)]);
        }
        Ok(response)
    }

    /// A page that only says something.
    pub fn told(&self, caller: &Caller, status: StatusCode, title: &str, words: &[&str]) -> Response {
        let speech = match self.speech() {
            Ok(speech) => speech,
            Err(error) => return crate::serve::web::failed(&error),
        };
        let section =
            DoorSection { paragraphs: words.iter().map(|id| speech.say(id, &[])).collect(), ..DoorSection::default() };
        let door = Door { title: speech.say(title, &[]), sections: vec![section], ..Door::default() };
        self.page(caller, status, door, None)
    }

    /// A form that nobody here sent, or too late.
    pub fn refused(&self, caller: &Caller) -> Response {
        self.told(caller, StatusCode::FORBIDDEN, "door-refused", &["door-refused-intro"])
    }

    /// Too many attempts.
    pub fn too_many(&self, caller: &Caller) -> Response {
        self.told(caller, StatusCode::TOO_MANY_REQUESTS, "door-too-many", &["door-too-many-intro"])
    }
}

pub(in crate::serve) fn link(href: &str, text: String) -> DoorLink {
    DoorLink { href: href.to_owned(), text }
}
