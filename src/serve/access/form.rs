//! What is sent here, and that it was meant: a form carries a token that only a page of ours could have given it, and the browser
//! says where it was sent from.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Access, Caller};
use crate::deliver::key::Key;

const PURPOSE: &str = "bizreview form 1";

/// The fields of a form that was meant to be sent, and who sent it.
pub(in crate::serve) struct Form {
    pub caller: Caller,
    fields: BTreeMap<String, String>,
}

impl Form {
    /// A field without the space around it; empty when it was not sent. Line ends are those of text here.
    pub fn field(&self, name: &str) -> String {
        self.fields.get(name).map(|text| text.replace("\r\n", "\n").trim().to_owned()).unwrap_or_default()
    }
}

impl FromRequest<Arc<Access>> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, access: &Arc<Access>) -> Result<Form, Response> {
        let Some(caller) = request.extensions().get::<Caller>().cloned() else {
            return Err(StatusCode::FORBIDDEN.into_response());
        };
        let is_ours = is_sent_from_here(request.headers());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let body = Bytes::from_request(request, access).await.map_err(IntoResponse::into_response)?;
        let fields: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
        let sent = fields.get("token").and_then(|token| URL_SAFE_NO_PAD.decode(token).ok()).unwrap_or_default();
        let is_meant =
            caller.secret.as_deref().is_some_and(|secret| Key::from_secret(secret).is_signed(PURPOSE, "", &sent));
        if !is_ours || !is_meant {
            tracing::warn!(is_ours, "a form was refused");
            return Err(access.refused(&caller));
        }
        Ok(Form { caller, fields })
    }
}

/// The token of the forms that are bound to a secret.
pub(super) fn token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Key::from_secret(secret).sign(PURPOSE, ""))
}

/// What the browser says of where a form was sent from. Programs say nothing; the token has to do then.
fn is_sent_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN) {
        // browsers write null where a page keeps to itself where it sends from, as ours do
        None | Some("null") => true,
        Some(origin) => {
            let host = text(header::HOST).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
    }
}
