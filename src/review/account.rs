//! The one-account review: everything known of one customer in a period, for those who are about to meet it. Plain data with
//! unformatted figures; its sections are `queries/account/*.sql`.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{Better, Freshness, NotMeasured, Point, Problem, ReviewPeriod, Unit};
use super::target::is_met;

/// One account in one period; saved as `report.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountReview {
    /// What it is archived under: `account.` and a safe form of the id.
    pub report: String,
    pub company: String,
    /// ISO 4217, upper case: the currency of [`Value::Money`].
    pub currency: String,
    pub currency_digits: u32,
    /// BCP 47.
    pub locale: String,
    /// IANA.
    pub timezone: String,
    /// RFC 3339, UTC.
    pub generated_at: String,
    /// Link to the edition on the web, where `public_url` is set and it is archived.
    pub link: Option<String>,
    pub account_id: String,
    /// As billing knows it; the id where it has no name.
    pub name: String,
    pub period: ReviewPeriod,
    /// The period that `before` of a fact is about.
    pub previous: ReviewPeriod,
    pub provisional: Vec<super::phrase::Phrase>,
    pub sections: Vec<Section>,
    /// Promises to the segments the account is in, held against its own figures.
    pub promises: Vec<OwnPromise>,
    /// Which systems know it, and how its ids were matched.
    pub matches: Vec<Match>,
    /// Sections left out because a source or a setting is absent.
    pub not_measured: Vec<NotMeasured>,
    pub problems: Vec<Problem>,
    pub freshness: Vec<Freshness>,
}

/// One file of `queries/account/`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    pub name: String,
    pub title: String,
    /// What readers must know to read it right; empty for nothing.
    pub note: String,
    pub audience: Audience,
    pub body: Body,
}

/// Who may see a section as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Estimates, judgements and what others said: not for the customer.
    Internal,
    /// The customer's own data, which it knows or may ask for.
    Customer,
}

/// What a section holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    Facts(Vec<Fact>),
    Table(Table),
    /// Oldest first.
    Trend {
        unit: Unit,
        points: Vec<Point>,
    },
    /// Not printed, for this reason: a check failed, or no id of the system is matched to the account.
    Unknown(String),
}

/// One named figure or word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    /// `None`: unknown, `note` saying why.
    pub value: Option<Value>,
    /// What the value is a part of: "3 of 4".
    pub whole: Option<Value>,
    /// The same in the period before.
    pub before: Option<Value>,
    pub before_whole: Option<Value>,
    /// What it rests on, or why it is unknown.
    pub note: Option<String>,
    /// Told at the top.
    pub is_headline: bool,
}

/// Rows of what happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    pub columns: Vec<String>,
    /// At most what is kept; `total_rows` counts all.
    pub rows: Vec<Vec<Option<Value>>>,
    pub total_rows: u64,
    /// What to say where there is none.
    pub empty: String,
}

/// A figure with its unit, or words: never markup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Somebody's own words, printed as they are.
    Text(String),
    /// Words of the query, printed in the reader's language.
    Word(String),
    /// What a segment of this name says of the account: the company's own word, or a query's in its place.
    Segment {
        name: String,
        value: String,
    },
    /// Major units of the company's currency.
    Money(Decimal),
    /// Major units of a currency of its own.
    Amount {
        currency: String,
        amount: Decimal,
    },
    Count(Decimal),
    /// A fraction.
    Percent(Decimal),
    Date(Date),
    /// Period id.
    Period(String),
    /// Seconds.
    Duration(Decimal),
    /// Seconds of opening hours.
    BusinessDuration(Decimal),
}

/// How a system knows the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Match {
    /// `billing`, `support` or `product`.
    pub system: String,
    /// Each id with what matched it: `id`, `map` or `domain`. Empty: the system does not know the account.
    pub ids: Vec<(String, String)>,
    /// The system is connected at all.
    pub is_connected: bool,
}

/// A promise to a segment, held against one account of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnPromise {
    pub segment_name: String,
    pub segment_value: String,
    /// In words, if the configuration says it.
    pub text: Option<String>,
    pub figures: Vec<OwnFigure>,
}

/// One target of a promise and the account's own figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnFigure {
    pub metric: String,
    pub title: String,
    pub unit: Unit,
    pub better: Better,
    pub target: Decimal,
    /// `None`: nothing of the account stands behind the metric in the period.
    pub value: Option<Decimal>,
    /// Parts of a quotient.
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    /// Entities behind the figure.
    pub n: u64,
}

impl OwnFigure {
    /// Whether the account got what was promised, however few its cases: to a customer each counts. `None` without any.
    pub fn is_kept(&self) -> Option<bool> {
        self.value.map(|value| is_met(self.better, value, self.target))
    }
}

impl AccountReview {
    /// The facts to tell at the top.
    pub fn headlines(&self) -> impl Iterator<Item = &Fact> {
        self.sections.iter().flat_map(|section| match &section.body {
            Body::Facts(facts) => facts.iter().filter(|f| f.is_headline).collect(),
            _ => Vec::new(),
        })
    }
}

/// A folder's name for an account: its id where that is safe, else what is left of it and a digest, so that no two accounts
/// share one. `digest` is the id's, in hexadecimal.
pub fn safe_name(id: &str, digest: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !id.is_empty() && id.len() <= 64 && id.chars().all(is_safe) {
        return id.to_owned();
    }
    let kept: String = id.chars().map(|c| if is_safe(c) { c } else { '-' }).take(40).collect();
    let digest: String = digest.chars().take(12).collect();
    // a dot occurs in no safe id
    format!("{}.{digest}", kept.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_accounts_share_a_folder_and_none_leaves_the_archive() {
        assert_eq!(safe_name("cus_AbC9", "ffff"), "cus_AbC9");
        assert_eq!(safe_name("../../etc", "0123456789abcdef"), "etc.0123456789ab");
        assert_ne!(safe_name("a b", "11"), safe_name("a/b", "22"));
        assert_eq!(safe_name("", "33"), ".33");
    }
}
