//! Other systems of the same kinds, each speaking its own wire format, and the same company told in each of them.
//!
//! Every answer is cut into pages of three, whatever was asked for: a page short of its limit is not an end. A parameter an API
//! does not know is refused, so that what a manifest asks for is what the API's documentation offers.

pub mod chargebee;
pub mod hubspot;
pub mod intercom;
pub mod pagerduty;

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::api::Lists;

/// Records on a page.
const PAGE: usize = 3;

/// A request as an API sees it.
pub struct Asked<'a> {
    pub is_post: bool,
    /// Below the API's own folder.
    pub path: &'a [&'a str],
    pub params: &'a [(String, String)],
    pub headers: &'a HeaderMap,
    pub body: &'a str,
}

/// What it answers; a refusal has its status and says why.
pub type Answer = Result<Value, (StatusCode, Value)>;

impl Asked<'_> {
    fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.param(name).map(|text| text.parse().expect("a number"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Refuses parameters that are not among these.
    fn only(&self, known: &[&str]) -> Result<(), (StatusCode, Value)> {
        match self.params.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => refused(&format!("{name}: unknown parameter")),
            None => Ok(()),
        }
    }
}

fn refused<T>(why: &str) -> Result<T, (StatusCode, Value)> {
    Err((StatusCode::BAD_REQUEST, json!({"message": why})))
}

fn unknown<T>() -> Result<T, (StatusCode, Value)> {
    Err((StatusCode::NOT_FOUND, json!({"message": "no such path"})))
}

/// The page that begins at a record, and where the next one begins.
fn page<T>(all: Vec<T>, from: usize, limit: usize) -> (Vec<T>, Option<usize>) {
    let size = limit.min(PAGE);
    let next = (from + size < all.len()).then_some(from + size);
    (all.into_iter().skip(from).take(size).collect(), next)
}

/// Answers for one of these APIs, if it is one.
pub fn answer(lists: &Lists, api: &str, asked: &Asked<'_>) -> Option<Answer> {
    Some(match api {
        "chargebee" => chargebee::answer(lists, asked),
        "intercom" => intercom::answer(lists, asked),
        "pagerduty" => pagerduty::answer(lists, asked),
        "hubspot" => hubspot::answer(lists, asked),
        _ => return None,
    })
}

/// The objects of a list, if there are any.
fn list<'a>(lists: &'a Lists, name: &str) -> &'a [Value] {
    lists.get(name).map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn whole(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

/// Seconds of an instant as helpdesks and status pages write it.
fn seconds(value: &Value) -> i64 {
    text(value).parse::<jiff::Timestamp>().expect("an instant").as_second()
}
