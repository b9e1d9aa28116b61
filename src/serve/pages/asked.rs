//! A request for a page: whose it is, and how it is answered.

use std::sync::Arc;

use anyhow::Result;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::access::HasForms;
use super::super::site::Site;
use super::super::visitor::Visitor;
use crate::config::Config;
use crate::render::{Frame, Renderer, Speech, one_line};

/// A request for a page.
#[derive(Clone)]
pub struct Asked {
    pub site: Arc<Site>,
    /// The configuration in force when it came.
    pub config: Arc<Config>,
    pub visitor: Visitor,
    pub uri: Uri,
}

impl FromRequestParts<Arc<Site>> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Asked, Self::Rejection> {
        // without anybody having said who asks, it is nobody
        let visitor = parts.extensions.get::<Visitor>().cloned().unwrap_or_else(Visitor::stranger);
        Ok(Asked { config: site.config(), site: site.clone(), visitor, uri: parts.uri.clone() })
    }
}

/// The names of a path; one that no text can be is a page that does not exist.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Site>> for Named<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Named<T>, Response> {
        if let Ok(Path(names)) = Path::<T>::from_request_parts(parts, site).await {
            return Ok(Named(names));
        }
        let Ok(asked) = Asked::from_request_parts(parts, site).await;
        Err(missing(asked).await)
    }
}

impl Asked {
    /// Makes a page away from the network's threads, few at a time. `Ok(None)` is a page that does not exist, for this visitor at
    /// least; an error is told to the log only.
    pub async fn answer(self, make: impl FnOnce(&Asked) -> Result<Option<Response>> + Send + 'static) -> Response {
        let place = self.site.kept.pages.clone().acquire_owned().await;
        let made = tokio::task::spawn_blocking(move || {
            let made = make(&self);
            drop(place);
            match made {
                Ok(Some(response)) => response,
                Ok(None) => self.told(StatusCode::NOT_FOUND, "missing"),
                Err(error) => {
                    tracing::error!(path = self.uri.path(), error = format!("{error:#}"), "page failed");
                    self.told(StatusCode::INTERNAL_SERVER_ERROR, "failed")
                }
            }
        });
        made.await.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
    }

    /// Templates and words.
    pub fn renderer(&self) -> Result<Arc<Renderer>> {
        self.site.kept.renderer(&self.config)
    }

    /// The language of a report, or the company's.
    pub fn speech(&self, report: Option<&str>) -> Result<Speech> {
        let of_report = report.and_then(|name| self.config.reports.get(name)).map(|r| self.config.locale(r));
        self.renderer()?.speech(of_report.unwrap_or(&self.config.company.locale))
    }

    /// A page: the template `web/service/NAME.html` with `page`, and its own figures as `v`.
    pub fn page(&self, name: &str, speech: &Speech, title: &str, v: &impl Serialize) -> Result<String> {
        self.renderer()?.service(name, speech, &self.frame(speech, title), v)
    }

    /// The same as an answer.
    pub fn html(&self, name: &str, speech: &Speech, title: &str, v: &impl Serialize) -> Result<Option<Response>> {
        let mut response = Html(self.page(name, speech, title, v)?).into_response();
        // what it searches and filters by is sent here
        response.extensions_mut().insert(HasForms);
        Ok(Some(response))
    }

    /// What every page has.
    fn frame(&self, speech: &Speech, title: &str) -> Frame {
        frame(&self.config, &self.visitor, speech, title, self.uri.path())
    }

    /// A page that says why there is none: `missing`, `refused`, `rows` or `failed`.
    pub fn told(&self, status: StatusCode, why: &str) -> Response {
        let page = self.speech(None).and_then(|speech| {
            let title = speech.say(&format!("web-{why}"), &[]);
            let text = speech.say(&format!("web-{why}-what"), &[]);
            self.page("told", &speech, &title, &serde_json::json!({ "text": text, "why": why }))
        });
        match page {
            Ok(page) => (status, Html(page)).into_response(),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "page failed");
                plain(status)
            }
        }
    }

    /// The value of a parameter, at most 200 characters of it.
    pub fn parameter(&self, name: &str) -> String {
        let query = self.uri.query().unwrap_or_default();
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| one_line(&value).chars().take(200).collect()).unwrap_or_default()
    }
}

/// What every page has.
pub(in crate::serve) fn frame(config: &Config, visitor: &Visitor, speech: &Speech, title: &str, path: &str) -> Frame {
    Frame {
        lang: speech.lang(),
        company: one_line(&config.company.name),
        title: title.to_owned(),
        path: path.to_owned(),
        has_session: visitor.has_session,
        is_operator: visitor.is_operator(),
    }
}

/// No such page.
pub(super) async fn missing(asked: Asked) -> Response {
    asked.answer(|_| Ok(None)).await
}

fn plain(status: StatusCode) -> Response {
    (status, format!("{status}\n")).into_response()
}
