//! Numbers, money and durations as people read them. Templates print what this module returns and format nothing.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::review::model::{ColumnUnit, Unit};

/// No line break between a number and its unit.
pub(super) const NBSP: char = '\u{a0}';
/// The minus sign, not a hyphen.
const MINUS: char = '−';

/// Separators of a language. Sentences are English in this version, so `lang` is what the text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    /// Language of the words, for `<html lang>`.
    pub lang: &'static str,
    /// Between thousands.
    pub group: char,
    /// Before decimals.
    pub point: char,
}

const ENGLISH: Locale = Locale { lang: "en", group: ',', point: '.' };
/// BCP 47 language or language-region, with separators; the first match of the longest tag wins.
const LOCALES: [(&str, Locale); 9] = [
    ("en", ENGLISH),
    ("de-CH", Locale { group: '’', ..ENGLISH }),
    ("de", Locale { group: '.', point: ',', ..ENGLISH }),
    ("es", Locale { group: '.', point: ',', ..ENGLISH }),
    ("fr", Locale { group: NBSP, point: ',', ..ENGLISH }),
    ("it", Locale { group: '.', point: ',', ..ENGLISH }),
    ("nl", Locale { group: '.', point: ',', ..ENGLISH }),
    ("pt", Locale { group: '.', point: ',', ..ENGLISH }),
    ("sv", Locale { group: NBSP, point: ',', ..ENGLISH }),
];

impl Locale {
    /// Separators of a BCP 47 tag; English ones for a language not listed.
    #[must_use]
    pub fn of(tag: &str) -> Locale {
        let find = |wanted: &str| LOCALES.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, l)| *l);
        find(tag).or_else(|| find(tag.split(['-', '_']).next().unwrap_or(""))).unwrap_or(ENGLISH)
    }
}

/// Formats values of one review: its locale and its currency.
#[derive(Debug, Clone)]
pub struct Format {
    locale: Locale,
    /// Before the number: a symbol, or the code and a space.
    currency: String,
    currency_digits: u32,
}

impl Format {
    /// For a locale tag, an ISO 4217 code and that currency's digits.
    #[must_use]
    pub fn new(locale: &str, currency: &str, currency_digits: u32) -> Format {
        Format { locale: Locale::of(locale), currency: currency_sign(currency), currency_digits }
    }

    /// Language of the words.
    #[must_use]
    pub fn lang(&self) -> &'static str {
        self.locale.lang
    }

    /// A figure at reading precision.
    #[must_use]
    pub fn value(&self, unit: Unit, value: Decimal) -> String {
        self.precise(unit, value, 0)
    }

    /// A figure with as many digits as it takes to differ from `other`: 89.96 % is not "90.0 %" beside a target of 90 %.
    #[must_use]
    pub fn beside(&self, unit: Unit, value: Decimal, other: Option<Decimal>) -> String {
        let Some(other) = other.filter(|o| *o != value) else { return self.value(unit, value) };
        let differs = |extra: &u32| self.precise(unit, value, *extra) != self.precise(unit, other, *extra);
        self.precise(unit, value, (0..4).find(differs).unwrap_or(3))
    }

    /// A round figure such as a target, without needless zeros: "90 %", "4 h".
    #[must_use]
    pub fn plain(&self, unit: Unit, value: Decimal) -> String {
        match unit {
            Unit::Percent => format!("{}{NBSP}%", self.decimal((value * Decimal::ONE_HUNDRED).round_dp(2).normalize())),
            Unit::Number => self.decimal(value.round_dp(2).normalize()),
            Unit::Money if value.fract().is_zero() => self.money(value, 0),
            _ => self.value(unit, value),
        }
    }

    /// A short figure for the subject line: no decimals where they do not matter.
    #[must_use]
    pub fn short(&self, unit: Unit, value: Decimal, apart_from: &[Decimal]) -> String {
        let brief = |v: Decimal| {
            let percent = v * Decimal::ONE_HUNDRED;
            (unit == Unit::Percent && percent.abs() >= Decimal::TEN)
                .then(|| format!("{}{NBSP}%", self.decimal(round(percent, 0))))
        };
        match brief(value) {
            Some(text) if apart_from.iter().all(|o| brief(*o).as_ref() != Some(&text)) => text,
            _ => self.beside(unit, value, apart_from.first().copied()),
        }
    }

    /// The size of a difference, without sign: percentage points for percents.
    #[must_use]
    pub fn difference(&self, unit: Unit, change: Decimal, beside: Option<Decimal>) -> String {
        let size = change.abs();
        if unit != Unit::Percent {
            return self.value(unit, size);
        }
        let dp = percent_digits(beside.map_or(size, |b| b.abs()));
        let points = round(size * Decimal::ONE_HUNDRED, dp);
        if points.is_zero() && !size.is_zero() {
            return format!("under {}{NBSP}pp", self.decimal(Decimal::new(1, dp)));
        }
        format!("{}{NBSP}pp", self.decimal(points))
    }

    /// The size of a relative change, without sign.
    #[must_use]
    pub fn relative(&self, fraction: Decimal) -> String {
        let percent = fraction.abs() * Decimal::ONE_HUNDRED;
        let dp = u32::from(percent < Decimal::TEN);
        let shown = round(percent, dp);
        if shown.is_zero() && !percent.is_zero() {
            return format!("under {}{NBSP}%", self.decimal(Decimal::new(1, 1)));
        }
        format!("{}{NBSP}%", self.decimal(shown))
    }

    /// Money to the last digit of its currency.
    #[must_use]
    pub fn exact(&self, amount: Decimal) -> String {
        self.money(amount, self.currency_digits)
    }

    /// Money of another currency, exact, by code.
    #[must_use]
    pub fn foreign(&self, code: &str, amount: Decimal) -> String {
        format!("{code}{NBSP}{}", self.decimal(amount.normalize()))
    }

    /// A whole number.
    #[must_use]
    pub fn count(&self, n: u64) -> String {
        self.decimal(Decimal::from(n))
    }

    /// "3 of 11 (10–57 %)".
    #[must_use]
    pub fn counted(&self, part: Decimal, whole: Decimal, interval: Option<(Decimal, Decimal)>) -> String {
        let base = format!("{} of {}", self.decimal(part.normalize()), self.decimal(whole.normalize()));
        let percent = |v: Decimal| self.decimal(round(v * Decimal::ONE_HUNDRED, 0));
        interval.map_or(base.clone(), |(low, high)| format!("{base} ({}–{}{NBSP}%)", percent(low), percent(high)))
    }

    /// A number in a list's column.
    #[must_use]
    pub fn column(&self, unit: ColumnUnit, value: Decimal) -> String {
        match unit {
            ColumnUnit::Money => self.exact(value),
            ColumnUnit::Percent => self.value(Unit::Percent, value),
            ColumnUnit::Duration | ColumnUnit::BusinessDuration => self.value(Unit::Duration, value),
            ColumnUnit::Text | ColumnUnit::Count | ColumnUnit::Date => self.decimal(value.normalize()),
        }
    }

    fn precise(&self, unit: Unit, value: Decimal, extra: u32) -> String {
        match unit {
            Unit::Money if extra == 0 && value.abs() >= Decimal::ONE_THOUSAND => self.money(value, 0),
            Unit::Money => self.money(value, self.currency_digits),
            Unit::Percent => {
                let digits = percent_digits(value) + extra;
                format!("{}{NBSP}%", self.decimal(round(value * Decimal::ONE_HUNDRED, digits)))
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
        format!("{sign}{}{}", self.currency, self.decimal(rounded.abs()))
    }

    /// Seconds as the two largest units. Business time never turns into days: a business day has no fixed length.
    fn duration(&self, seconds: Decimal, has_days: bool, extra: u32) -> String {
        let sign = if seconds.is_sign_negative() && !seconds.is_zero() { MINUS.to_string() } else { String::new() };
        let seconds = seconds.abs();
        let (minute, hour, day) = (Decimal::from(60), Decimal::from(3600), Decimal::from(86_400));
        let text = if seconds < minute {
            format!("{}{NBSP}s", self.decimal(round(seconds, extra)))
        } else if has_days && seconds >= day {
            let days = seconds / day;
            let digits = u32::from(days < Decimal::ONE_HUNDRED) + extra;
            format!("{}{NBSP}d", self.decimal(round(days, digits)))
        } else if seconds >= hour * Decimal::ONE_HUNDRED {
            format!("{}{NBSP}h", self.decimal(round(seconds / hour, extra)))
        } else if extra > 0 {
            let whole = round(seconds, 0);
            let (h, m, s) = ((whole / hour).trunc(), (whole % hour / minute).trunc(), whole % minute);
            if h.is_zero() {
                format!("{m}{NBSP}min{NBSP}{s}{NBSP}s")
            } else {
                format!("{h}{NBSP}h{NBSP}{m}{NBSP}min{NBSP}{s}{NBSP}s")
            }
        } else {
            let minutes = round(seconds / minute, 0);
            match ((minutes / minute).trunc(), minutes % minute) {
                (h, m) if h.is_zero() => format!("{m}{NBSP}min"),
                (h, m) if m.is_zero() => format!("{h}{NBSP}h"),
                (h, m) => format!("{h}{NBSP}h{NBSP}{m}{NBSP}min"),
            }
        };
        format!("{sign}{text}")
    }

    /// A number with the locale's separators and a true minus sign.
    fn decimal(&self, value: Decimal) -> String {
        let text = value.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut out = String::with_capacity(text.len() + 4);
        if value.is_sign_negative() && !value.is_zero() {
            out.push(MINUS);
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                out.push(self.locale.group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(self.locale.point);
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
fn currency_sign(code: &str) -> String {
    match code {
        "EUR" => "€".to_owned(),
        "USD" => "$".to_owned(),
        "GBP" => "£".to_owned(),
        other => format!("{other}{NBSP}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn show(unit: Unit, value: &str) -> String {
        Format::new("en", "EUR", 2).value(unit, dec(value)).replace(NBSP, " ")
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
        let f = Format::new("en", "EUR", 2);
        assert_eq!(f.beside(Unit::Percent, dec("0.8996"), Some(dec("0.9"))), "89.96\u{a0}%");
        assert_eq!(f.beside(Unit::Duration, dec("14420"), Some(dec("14400"))).replace(NBSP, " "), "4 h 0 min 20 s");
        assert_eq!(f.short(Unit::Percent, dec("0.896"), &[dec("0.9"), dec("0.92")]), "89.6\u{a0}%");
        assert_eq!(f.short(Unit::Percent, dec("0.81"), &[dec("0.9"), dec("0.92")]), "81\u{a0}%");
    }

    #[test]
    fn changes_keep_their_unit() {
        let f = Format::new("en", "EUR", 2);
        assert_eq!(f.difference(Unit::Percent, dec("-0.11"), Some(dec("0.81"))), "11.0\u{a0}pp");
        assert_eq!(f.difference(Unit::Percent, dec("0.0001"), Some(dec("0.81"))), "under 0.1\u{a0}pp");
        assert_eq!(f.relative(dec("-0.0123")), "1.2\u{a0}%");
        assert_eq!(f.relative(dec("0.00001")), "under 0.1\u{a0}%");
    }

    #[test]
    fn targets_drop_needless_zeros() {
        let f = Format::new("en", "USD", 2);
        assert_eq!(f.plain(Unit::Percent, dec("0.90")), "90\u{a0}%");
        assert_eq!(f.plain(Unit::Duration, dec("14400")), "4\u{a0}h");
        assert_eq!(f.plain(Unit::Money, dec("5000")), "$5,000");
    }

    #[test]
    fn small_numbers_are_counts_with_an_interval() {
        let f = Format::new("en", "EUR", 2);
        assert_eq!(f.counted(dec("3"), dec("11"), Some((dec("0.0975"), dec("0.5656")))), "3 of 11 (10–57\u{a0}%)");
    }

    #[test]
    fn separators_follow_the_locale_and_codes_stand_where_symbols_mislead() {
        assert_eq!(Format::new("de-DE", "EUR", 2).exact(dec("1234567.8")), "€1.234.567,80");
        assert_eq!(Format::new("de-CH", "CHF", 2).exact(dec("1234.50")), "CHF\u{a0}1’234.50");
        assert_eq!(Format::new("ja", "JPY", 0).exact(dec("120000")), "JPY\u{a0}120,000");
        assert_eq!(Format::new("xx", "EUR", 2).exact(dec("-0.001")), "€0.00");
    }
}
