//! The three cookies. None is readable by a script, and each comes along when somebody follows a link here (a stricter one
//! would not, so that whoever comes from their mail would seem a stranger).

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// Their names: over https such that a browser takes them over https and from this very host only.
pub(super) struct Names {
    pub session: &'static str,
    pub form: &'static str,
    pub reading: &'static str,
}

impl Names {
    pub fn of(is_https: bool) -> Names {
        if is_https {
            Names { session: "__Host-session", form: "__Host-form", reading: "__Secure-reading" }
        } else {
            Names { session: "session", form: "form", reading: "reading" }
        }
    }
}

/// What sets a cookie for a path and for some seconds; without them it goes with the browser. Name, value and path are made
/// here, of letters and digits mostly.
pub(super) fn set(name: &str, value: &str, path: &str, is_https: bool, seconds: Option<i64>) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let lasting = seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}{lasting}")).ok()
}

/// What ends a cookie.
pub(super) fn end(name: &str, is_https: bool) -> Option<HeaderValue> {
    set(name, "", "/", is_https, Some(0))
}

/// A response that also sets cookies.
pub(super) fn with(mut response: Response, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
