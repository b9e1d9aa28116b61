//! The wire formats: the log as each vendor's API would show it at an instant.

pub mod posthog;
pub mod statuspage;
pub mod stripe;
pub mod zendesk;

use serde_json::Value;

use super::time::Secs;

/// A request, past authentication and limits, with the path after the system's prefix.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The simulated present.
    pub now: Secs,
    /// Where this system is served, for links in answers.
    pub base: String,
    /// `Stripe-Version`, if sent.
    pub version: Option<String>,
}

impl Request {
    /// The last value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a repeated parameter: `name[]` and `name[0]` alike.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let is = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'));
        self.query.iter().filter(|(key, _)| is(key)).map(|(_, value)| value.as_str()).collect()
    }

    /// A number, if the parameter is one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.param(name)?.parse().ok()
    }

    /// The path in its parts, without a `.json` ending.
    pub fn parts(&self) -> Vec<&str> {
        let path = self.path.strip_suffix(".json").unwrap_or(&self.path);
        path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Forgets parameters.
    pub fn without(&mut self, names: &[&str]) {
        self.query.retain(|(key, _)| !names.contains(&key.as_str()));
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// What an answer carries.
#[derive(Debug)]
pub enum Body {
    Json(Value),
    Html(String),
}

impl Reply {
    /// 200 with JSON.
    pub fn ok(body: Value) -> Reply {
        Reply::status(200, body)
    }

    /// JSON with a status.
    pub fn status(status: u16, body: Value) -> Reply {
        Reply { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl ToString) -> Reply {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// One object of the fields of two: the widest objects are longer than `json!` may recurse.
fn join(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut fields), Value::Object(more)) => {
            fields.extend(more);
            Value::Object(fields)
        }
        (first, _) => first,
    }
}
