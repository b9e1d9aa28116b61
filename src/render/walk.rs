//! The money walk: opening to closing MRR, exact, as lines of a table and steps of a chart.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::{BOLD, WIDTH, number, text_width, tidy};
use super::format::Format;
use super::text::clean;
use super::words::args;
use crate::review::model::{Unit, Walk};

/// Opening to closing MRR.
#[derive(Debug, Clone, Serialize)]
pub struct WalkView {
    pub lines: Vec<WalkLine>,
    pub chart: Waterfall,
    pub cid: String,
    pub alt: String,
    /// MRR in currencies without a rate; empty when there is none.
    pub unvalued: String,
}

/// One line of the walk, exact.
#[derive(Debug, Clone, Serialize)]
pub struct WalkLine {
    pub label: String,
    pub amount: String,
    /// "212 customers"; empty where not counted.
    pub accounts: String,
    pub is_total: bool,
}

/// One step of the money walk.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    /// `total`, `up` or `down`.
    pub class: &'static str,
    pub label: String,
    pub amount: String,
}

/// Opening to closing, step by step, downwards.
#[derive(Debug, Clone, Serialize)]
pub struct Waterfall {
    pub width: f64,
    pub height: f64,
    pub bar_height: f64,
    pub label_x: f64,
    pub steps: Vec<Step>,
    /// Where the axis is cut, in words; empty when it starts at zero.
    pub note: String,
    pub title: String,
    pub description: String,
}

/// Lines that are zero are left out, churn never: no churn is news.
pub(super) fn build(walk: &Walk, f: &Format, period: &str) -> WalkView {
    let people = |n: u64| f.say("customers", &args!["count" => n, "n" => f.count(n)]);
    let all: [(&'static str, Decimal, bool, Option<u64>); 9] = [
        ("walk-opening", walk.opening, true, Some(walk.accounts_opening)),
        ("walk-new", walk.new, false, Some(walk.accounts_new)),
        ("walk-reactivation", walk.reactivation, false, None),
        ("walk-expansion", walk.expansion, false, None),
        ("walk-contraction", -walk.contraction, false, None),
        ("walk-churn", -walk.churn, false, Some(walk.accounts_churned)),
        ("walk-transfer", walk.transfer, false, None),
        ("walk-fx", walk.fx, false, None),
        ("walk-closing", walk.closing, true, Some(walk.accounts_closing)),
    ];
    let shown: Vec<_> =
        all.into_iter().filter(|(label, v, is_total, _)| *is_total || !v.is_zero() || *label == "walk-churn").collect();
    let amount = |v: Decimal, is_total: bool| {
        if is_total || v.is_zero() || v.is_sign_negative() {
            f.exact(v.normalize())
        } else {
            format!("+{}", f.exact(v))
        }
    };
    let lines: Vec<WalkLine> = shown
        .iter()
        .map(|(label, v, is_total, accounts)| WalkLine {
            label: f.word(label),
            amount: amount(*v, *is_total),
            accounts: accounts.map(people).unwrap_or_default(),
            is_total: *is_total,
        })
        .collect();
    let bars: Vec<_> = shown.iter().map(|(label, v, t, _)| (f.word(label), *v, amount(*v, *t), *t)).collect();
    let told: Vec<String> = lines.iter().map(|l| format!("{} {}", l.label, l.amount)).collect();
    let alt = f.say("walk-figures", &args!["period" => period, "lines" => told.join(", ")]);
    let unvalued: Vec<String> = walk.unvalued.iter().map(|(code, amount)| f.foreign(&clean(code), *amount)).collect();
    WalkView {
        chart: waterfall(&bars, f, &f.word("walk-title"), &alt),
        cid: "walk@bizreview".to_owned(),
        lines,
        alt,
        unvalued: unvalued.join(", "),
    }
}

/// Lines of the walk as (label, signed amount, printed amount, is a total).
fn waterfall(lines: &[(String, Decimal, String, bool)], f: &Format, title: &str, description: &str) -> Waterfall {
    const ROW: f64 = 27.0;
    // bars between the widest name and the widest amount; amounts too long for that are in the table only
    let wide = |text: &str, is_total: bool| text_width(text, 14.0) * if is_total { BOLD } else { 1.0 };
    let left = lines.iter().map(|l| wide(&l.0, l.3)).fold(0.0, f64::max) + 14.0;
    let amounts = lines.iter().map(|l| wide(&l.2, l.3)).fold(0.0, f64::max) + 14.0;
    let has_amounts = WIDTH - left - amounts >= 70.0;
    let right = if has_amounts { WIDTH - amounts } else { WIDTH - 6.0 };
    let mut level = 0.0;
    let mut spans = Vec::with_capacity(lines.len());
    for (_, amount, _, is_total) in lines {
        let amount = number(Some(*amount)).unwrap_or_default();
        let (from, to) = if *is_total { (0.0, amount) } else { (level, level + amount) };
        spans.push((from, to, *is_total));
        level = to;
    }
    let ends = || spans.iter().flat_map(|(from, to, is_total)| if *is_total { vec![*to] } else { vec![*from, *to] });
    let (low, high) = ends().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    // Movements are small beside the stock: a bar chart from zero would show none of them, so the axis is cut and says so.
    let cut = if low > 0.0 && low > 0.6 * high { round_down(low - (high - low) * 0.25) } else { low.min(0.0) };
    let width = if high > cut { (right - left) / (high - cut) } else { 0.0 };
    let x = |v: f64| left + (v.max(cut) - cut) * width;
    let steps = lines.iter().zip(&spans).enumerate().map(|(i, ((label, _, amount, is_total), (from, to, _)))| Step {
        x: tidy(x(from.min(*to))),
        y: ROW * i as f64 + 4.0,
        width: tidy((x(*to) - x(*from)).abs()).max(1.5),
        class: if *is_total {
            "total"
        } else if to >= from {
            "up"
        } else {
            "down"
        },
        label: label.clone(),
        amount: if has_amounts { amount.clone() } else { String::new() },
    });
    let steps: Vec<Step> = steps.collect();
    let note = if cut > 0.0 {
        let from = f.plain(Unit::Money, Decimal::from_f64_retain(cut).unwrap_or_default().round_dp(0));
        f.say("walk-axis", &args!["from" => from])
    } else {
        String::new()
    };
    Waterfall {
        width: WIDTH,
        height: ROW * steps.len() as f64 + 4.0,
        bar_height: 18.0,
        label_x: tidy(left - 10.0),
        steps,
        note,
        title: title.to_owned(),
        description: description.to_owned(),
    }
}

fn round_down(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let magnitude = 10f64.powf(value.log10().floor() - 1.0);
    (value / magnitude).floor() * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_steps_from_total_to_total_and_says_where_the_axis_is_cut() {
        let words = std::sync::Arc::new(super::super::words::Words::shipped("en"));
        let f = Format::new(words, "EUR", 2);
        let line =
            |label: &str, amount: i64, is_total| (label.to_owned(), Decimal::from(amount), String::new(), is_total);
        let walk =
            waterfall(&[line("Opening", 1000, true), line("New", 50, false), line("Closing", 1050, true)], &f, "", "");
        assert!(walk.note.contains("starts at €980"), "{}", walk.note);
        let (open, new, close) = (&walk.steps[0], &walk.steps[1], &walk.steps[2]);
        assert!((new.x - (open.x + open.width)).abs() < 0.2, "the step starts where the total ends");
        assert!((new.x + new.width - (close.x + close.width)).abs() < 0.2);
    }
}
