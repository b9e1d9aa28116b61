//! Numbers, money and durations as people read them. Templates print what this module returns and format nothing.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use rust_decimal::{Decimal, RoundingStrategy};

use super::text::clean;
use super::words::{Words, args};
use crate::review::model::{ColumnUnit, Unit};

/// No line break between a number and its unit.
#[cfg(test)]
pub(super) const NBSP: char = '\u{a0}';
/// The minus sign, not a hyphen.
const MINUS: char = '−';

/// Formats values of one review: its language and its currency.
#[derive(Debug, Clone)]
pub(super) struct Format {
    pub(super) words: Arc<Words>,
    /// Between thousands, and before decimals.
    group: String,
    point: String,
    /// A symbol, or the code.
    currency: String,
    currency_kind: &'static str,
    currency_digits: u32,
}

impl Format {
    /// For a language, an ISO 4217 code and that currency's digits.
    pub(super) fn new(words: Arc<Words>, currency: &str, currency_digits: u32) -> Format {
        let none = FluentArgs::new();
        let (group, point) = (words.say("number-group", &none), words.say("number-point", &none));
        let symbol = currency_symbol(currency);
        Format {
            words,
            group,
            point,
            currency: symbol.unwrap_or(currency).to_owned(),
            currency_kind: if symbol.is_some() { "symbol" } else { "code" },
            currency_digits,
        }
    }

    /// A sentence of the language by its id.
    pub(super) fn say(&self, id: &str, args: &FluentArgs<'_>) -> String {
        self.words.say(id, args)
    }

    /// A word of the language by its id.
    pub(super) fn word(&self, id: &str) -> String {
        self.words.say(id, &FluentArgs::new())
    }

    /// What comes with the data in English (a reason, a column's title), in the reader's language where it has it, and harmless.
    pub(super) fn term(&self, text: &str) -> String {
        clean(&self.words.term("term", text))
    }

    /// A metric's title.
    pub(super) fn metric_title(&self, metric: &str, title: &str) -> String {
        let name = metric.rsplit('/').next().unwrap_or(metric);
        self.words.find(&format!("metric-{name}"), &FluentArgs::new()).unwrap_or_else(|| title.to_owned())
    }

    /// What a metric means.
    pub(super) fn metric_definition(&self, metric: &str, text: &str) -> String {
        let name = metric.rsplit('/').next().unwrap_or(metric);
        self.words.attribute(&format!("metric-{name}"), "definition").unwrap_or_else(|| text.to_owned())
    }

    /// A list's title.
    pub(super) fn list_title(&self, list: &str, title: &str) -> String {
        self.words.find(&format!("list-{list}"), &FluentArgs::new()).unwrap_or_else(|| title.to_owned())
    }

    /// "n/a".
    pub(super) fn not_available(&self) -> String {
        self.word("not-available")
    }

    /// A figure at reading precision.
    pub(super) fn value(&self, unit: Unit, value: Decimal) -> String {
        self.precise(unit, value, 0)
    }

    /// A figure with as many digits as it takes to differ from `other`: 89.96 % is not "90.0 %" beside a target of 90 %.
    pub(super) fn beside(&self, unit: Unit, value: Decimal, other: Option<Decimal>) -> String {
        let Some(other) = other.filter(|o| *o != value) else { return self.value(unit, value) };
        let differs = |extra: &u32| self.precise(unit, value, *extra) != self.precise(unit, other, *extra);
        self.precise(unit, value, (0..4).find(differs).unwrap_or(3))
    }

    /// A round figure such as a target, without needless zeros: "90 %", "4 h".
    pub(super) fn plain(&self, unit: Unit, value: Decimal) -> String {
        match unit {
            Unit::Percent => self.percent((value * Decimal::ONE_HUNDRED).round_dp(2).normalize()),
            Unit::Number => self.decimal(value.round_dp(2).normalize()),
            Unit::Money if value.fract().is_zero() => self.money(value, 0),
            _ => self.value(unit, value),
        }
    }

    /// A short figure for the subject line: no decimals where they do not matter.
    pub(super) fn short(&self, unit: Unit, value: Decimal, apart_from: &[Decimal]) -> String {
        let brief = |v: Decimal| {
            let percent = v * Decimal::ONE_HUNDRED;
            (unit == Unit::Percent && percent.abs() >= Decimal::TEN).then(|| self.percent(round(percent, 0)))
        };
        match brief(value) {
            Some(text) if apart_from.iter().all(|o| brief(*o).as_ref() != Some(&text)) => text,
            _ => self.beside(unit, value, apart_from.first().copied()),
        }
    }

    /// The size of a difference, without sign: percentage points for percents.
    pub(super) fn difference(&self, unit: Unit, change: Decimal, beside: Option<Decimal>) -> String {
        let size = change.abs();
        if unit != Unit::Percent {
            return self.value(unit, size);
        }
        // beside nothing at all, the change has its own digits
        let dp = percent_digits(beside.map(|b| b.abs()).filter(|b| !b.is_zero()).unwrap_or(size));
        let points = round(size * Decimal::ONE_HUNDRED, dp);
        if points.is_zero() && !size.is_zero() {
            return self.under(self.points(Decimal::new(1, dp)));
        }
        self.points(points)
    }

    /// The size of a relative change, without sign.
    pub(super) fn relative(&self, fraction: Decimal) -> String {
        let percent = fraction.abs() * Decimal::ONE_HUNDRED;
        let dp = u32::from(percent < Decimal::TEN);
        let shown = round(percent, dp);
        if shown.is_zero() && !percent.is_zero() {
            return self.under(self.percent(Decimal::new(1, 1)));
        }
        self.percent(shown)
    }

    fn percent(&self, number: Decimal) -> String {
        self.say("percent", &args!["number" => self.decimal(number)])
    }

    fn points(&self, number: Decimal) -> String {
        self.say("points", &args!["number" => self.decimal(number)])
    }

    fn under(&self, size: String) -> String {
        self.say("under", &args!["size" => size])
    }

    /// Money to the last digit of its currency.
    pub(super) fn exact(&self, amount: Decimal) -> String {
        self.money(amount, self.currency_digits)
    }

    /// Money of another currency, exact, by code.
    pub(super) fn foreign(&self, code: &str, amount: Decimal) -> String {
        let amount = self.decimal(amount.normalize());
        self.say("money", &args!["sign" => "", "kind" => "code", "currency" => code, "amount" => amount])
    }

    /// A whole number.
    pub(super) fn count(&self, n: u64) -> String {
        self.decimal(Decimal::from(n))
    }

    /// "3 of 11 (10–57 %)"; "$1,092.00 of $1,726.51" where money is what was counted.
    pub(super) fn counted(
        &self,
        (part, whole): (Decimal, Decimal),
        is_money: bool,
        interval: Option<(Decimal, Decimal)>,
    ) -> String {
        let shown = |v: Decimal| if is_money { self.exact(v) } else { self.decimal(v.normalize()) };
        let percent = |v: Decimal| self.decimal(round(v * Decimal::ONE_HUNDRED, 0));
        let mut args = args!["part" => shown(part), "whole" => shown(whole)];
        let Some((low, high)) = interval else { return self.say("counted", &args) };
        args.set("low", percent(low));
        args.set("high", percent(high));
        self.say("counted-interval", &args)
    }

    /// A number in a list's column.
    pub(super) fn column(&self, unit: ColumnUnit, value: Decimal) -> String {
        match unit {
            ColumnUnit::Money => self.exact(value),
            ColumnUnit::Percent => self.value(Unit::Percent, value),
            ColumnUnit::Duration | ColumnUnit::BusinessDuration => self.value(Unit::Duration, value),
            ColumnUnit::Text | ColumnUnit::Word | ColumnUnit::Count | ColumnUnit::Date => {
                self.decimal(value.normalize())
            }
        }
    }

    fn precise(&self, unit: Unit, value: Decimal, extra: u32) -> String {
        match unit {
            Unit::Money if extra == 0 && value.abs() >= Decimal::ONE_THOUSAND => self.money(value, 0),
            Unit::Money => self.money(value, self.currency_digits),
            Unit::Percent => {
                let digits = percent_digits(value) + extra;
                self.percent(round(value * Decimal::ONE_HUNDRED, digits))
            }
            Unit::Count => self.decimal(round(value, if value.fract().is_zero() { 0 } else { 1 + extra })),
            Unit::Number if value.fract().is_zero() => self.decimal(value.trunc()),
            Unit::Number => self.decimal(round(value, number_digits(value) + extra)),
            Unit::Duration => self.duration(value, true, extra),
            Unit::BusinessDuration => self.duration(value, false, extra),
        }
    }

    fn money(&self, amount: Decimal, digits: u32) -> String {
        let rounded = round(amount, digits);
        let sign = if rounded.is_sign_negative() && !rounded.is_zero() { MINUS.to_string() } else { String::new() };
        let (currency, kind) = (self.currency.as_str(), self.currency_kind);
        let amount = self.decimal(rounded.abs());
        self.say("money", &args!["sign" => sign, "kind" => kind, "currency" => currency, "amount" => amount])
    }

    /// Money whose figure is already in words: "€1.23tn".
    pub(super) fn money_in_words(&self, figure: &str) -> String {
        let (sign, amount) = figure.strip_prefix(MINUS).map_or(("", figure), |amount| ("−", amount));
        let (currency, kind) = (self.currency.as_str(), self.currency_kind);
        self.say("money", &args!["sign" => sign, "kind" => kind, "currency" => currency, "amount" => amount])
    }

    /// Seconds as the two largest units. Business time never turns into days: a business day has no fixed length.
    fn duration(&self, seconds: Decimal, has_days: bool, extra: u32) -> String {
        let sign = if seconds.is_sign_negative() && !seconds.is_zero() { MINUS.to_string() } else { String::new() };
        let seconds = seconds.abs();
        let (minute, hour, day) = (Decimal::from(60), Decimal::from(3600), Decimal::from(86_400));
        let say = |id: &str, h: Decimal, min: Decimal, s: Decimal| {
            self.say(id, &args!["h" => self.decimal(h), "min" => self.decimal(min), "s" => self.decimal(s)])
        };
        let none = Decimal::ZERO;
        let text = if seconds < minute {
            say("seconds", none, none, round(seconds, extra))
        } else if has_days && seconds >= day {
            let days = seconds / day;
            let digits = u32::from(days < Decimal::ONE_HUNDRED) + extra;
            self.say("days", &args!["d" => self.decimal(round(days, digits))])
        } else if seconds >= hour * Decimal::ONE_HUNDRED {
            say("hours", round(seconds / hour, extra), none, none)
        } else if extra > 0 {
            let whole = round(seconds, 0);
            let (h, m, s) = ((whole / hour).trunc(), (whole % hour / minute).trunc(), whole % minute);
            say(if h.is_zero() { "minutes-seconds" } else { "hours-minutes-seconds" }, h, m, s)
        } else {
            let minutes = round(seconds / minute, 0);
            match ((minutes / minute).trunc(), minutes % minute) {
                (h, m) if h.is_zero() => say("minutes", h, m, none),
                (h, m) if m.is_zero() => say("hours", h, m, none),
                (h, m) => say("hours-minutes", h, m, none),
            }
        };
        format!("{sign}{text}")
    }

    /// A number with the locale's separators and a true minus sign.
    pub(super) fn decimal(&self, value: Decimal) -> String {
        let text = value.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut out = String::with_capacity(text.len() + 4);
        if value.is_sign_negative() && !value.is_zero() {
            out.push(MINUS);
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                out.push_str(&self.group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push_str(&self.point);
            out.push_str(fraction);
        }
        out
    }
}

fn round(value: Decimal, digits: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(digits);
    rounded
}

/// 1.23 %, 81.0 %, 100 %.
fn percent_digits(fraction: Decimal) -> u32 {
    let percent = fraction.abs() * Decimal::ONE_HUNDRED;
    if percent.is_zero() || percent == Decimal::ONE_HUNDRED {
        0
    } else if percent < Decimal::TEN {
        2
    } else {
        1
    }
}

fn number_digits(value: Decimal) -> u32 {
    match value.abs() {
        v if v < Decimal::TEN => 2,
        v if v < Decimal::ONE_HUNDRED => 1,
        _ => 0,
    }
}

/// Symbols only where they name one currency to most readers; the ISO code otherwise.
fn currency_symbol(code: &str) -> Option<&'static str> {
    match code {
        "EUR" => Some("€"),
        "USD" => Some("$"),
        "GBP" => Some("£"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(locale: &str, currency: &str, digits: u32) -> Format {
        Format::new(Arc::new(Words::shipped(locale)), currency, digits)
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn show(unit: Unit, value: &str) -> String {
        format("en", "EUR", 2).value(unit, dec(value)).replace(NBSP, " ")
    }

    #[test]
    fn figures_read_as_people_write_them() {
        let cases = [
            (Unit::Percent, "0.81", "81.0 %"),
            (Unit::Percent, "0.0123", "1.23 %"),
            (Unit::Percent, "1", "100 %"),
            (Unit::Percent, "0", "0 %"),
            (Unit::Percent, "-0.0523", "−5.23 %"),
            (Unit::Money, "412300.49", "€412,300"),
            (Unit::Money, "-12.5", "−€12.50"),
            (Unit::Count, "1234567", "1,234,567"),
            (Unit::Count, "3.25", "3.3"),
            (Unit::Number, "42", "42"),
            (Unit::Number, "3.239", "3.24"),
            (Unit::Duration, "45", "45 s"),
            (Unit::Duration, "3599", "1 h"),
            (Unit::Duration, "12000", "3 h 20 min"),
            (Unit::Duration, "181440", "2.1 d"),
            (Unit::BusinessDuration, "181440", "50 h 24 min"),
        ];
        for (unit, value, expected) in cases {
            assert_eq!(show(unit, value), expected, "{unit:?} {value}");
        }
    }

    #[test]
    fn a_figure_just_short_of_its_target_does_not_read_as_the_target() {
        let f = format("en", "EUR", 2);
        assert_eq!(f.beside(Unit::Percent, dec("0.8996"), Some(dec("0.9"))), "89.96\u{a0}%");
        assert_eq!(f.beside(Unit::Duration, dec("14420"), Some(dec("14400"))).replace(NBSP, " "), "4 h 0 min 20 s");
        assert_eq!(f.short(Unit::Percent, dec("0.896"), &[dec("0.9"), dec("0.92")]), "89.6\u{a0}%");
        assert_eq!(f.short(Unit::Percent, dec("0.81"), &[dec("0.9"), dec("0.92")]), "81\u{a0}%");
    }

    #[test]
    fn changes_keep_their_unit() {
        let f = format("en", "EUR", 2);
        assert_eq!(f.difference(Unit::Percent, dec("-0.11"), Some(dec("0.81"))), "11.0\u{a0}pp");
        assert_eq!(f.difference(Unit::Percent, dec("0.0001"), Some(dec("0.81"))), "under 0.1\u{a0}pp");
        assert_eq!(f.difference(Unit::Percent, dec("-0.0042"), Some(dec("0"))), "0.42\u{a0}pp");
        assert_eq!(f.relative(dec("-0.0123")), "1.2\u{a0}%");
        assert_eq!(f.relative(dec("0.00001")), "under 0.1\u{a0}%");
    }

    #[test]
    fn targets_drop_needless_zeros() {
        let f = format("en", "USD", 2);
        assert_eq!(f.plain(Unit::Percent, dec("0.90")), "90\u{a0}%");
        assert_eq!(f.plain(Unit::Duration, dec("14400")), "4\u{a0}h");
        assert_eq!(f.plain(Unit::Money, dec("5000")), "$5,000");
    }

    #[test]
    fn small_numbers_are_counts_with_an_interval() {
        let f = format("en", "EUR", 2);
        assert_eq!(
            f.counted((dec("3"), dec("11")), false, Some((dec("0.0975"), dec("0.5656")))),
            "3 of 11 (10–57\u{a0}%)"
        );
    }

    #[test]
    fn separators_follow_the_locale_and_codes_stand_where_symbols_mislead() {
        assert_eq!(format("de-DE", "EUR", 2).exact(dec("1234567.8")), "1.234.567,80\u{a0}€");
        assert_eq!(format("fr", "EUR", 2).exact(dec("-1234567.8")), "−€1\u{a0}234\u{a0}567,80");
        assert_eq!(format("de-CH", "CHF", 2).exact(dec("1234.50")), "CHF\u{a0}1’234.50");
        assert_eq!(format("ja", "JPY", 0).exact(dec("120000")), "JPY\u{a0}120,000");
        assert_eq!(format("xx", "EUR", 2).exact(dec("-0.001")), "€0.00");
    }
}
