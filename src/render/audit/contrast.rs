//! Whether words stand out from their ground (WCAG: 4.5 to 1), in the mail's own colours and in its dark ones.

use std::collections::{BTreeMap, BTreeSet};

use super::html::{self, Piece, Tag};

/// Red, green and blue, 0 to 255.
type Colour = [u8; 3];

const ENOUGH: f64 = 4.5;

/// What a class sets in dark mode.
#[derive(Default, Clone, Copy)]
struct Look {
    ink: Option<Colour>,
    ground: Option<Colour>,
}

/// Every pair of colours, by excerpt, in which words of the mail are hard to read.
pub(super) fn faint(mail: &[Piece<'_>], sheets: &str) -> Vec<String> {
    let mut found = walk(mail, &BTreeMap::new(), [0, 0, 0], [255, 255, 255], "");
    let dark = dark_classes(sheets);
    if !dark.is_empty() {
        found.extend(walk(mail, &dark, [255, 255, 255], [18, 18, 18], " in dark mode"));
    }
    found
}

fn walk(mail: &[Piece<'_>], classes: &BTreeMap<String, Look>, ink: Colour, ground: Colour, mode: &str) -> Vec<String> {
    let mut stack: Vec<(&str, Colour, Colour, bool)> = vec![("", ink, ground, true)];
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for piece in mail {
        match piece {
            Piece::Start(tag) if !tag.is_void() => {
                let Some((_, ink, ground, is_shown)) = stack.last().copied() else { break };
                let look = look(tag, classes);
                let is_shown = is_shown && !is_hidden(tag);
                stack.push((tag.name.as_str(), look.ink.unwrap_or(ink), look.ground.unwrap_or(ground), is_shown));
            }
            Piece::End(name) => {
                if let Some(at) = stack.iter().rposition(|(n, ..)| n == name).filter(|at| *at > 0) {
                    stack.truncate(at);
                }
            }
            Piece::Text(text) if !text.trim().is_empty() => {
                let Some((_, ink, ground, true)) = stack.last().copied() else { continue };
                let ratio = contrast(ink, ground);
                if ratio < ENOUGH && seen.insert((ink, ground)) {
                    let excerpt: String = text.trim().chars().take(40).collect();
                    found.push(format!("{excerpt:?}{mode}: {} on {}, {ratio:.1} to 1", hex(ink), hex(ground)));
                }
            }
            _ => {}
        }
    }
    found
}

fn is_hidden(tag: &Tag) -> bool {
    let is_none = |style: &str| html::declarations(style).iter().any(|(p, v)| p == "display" && v == "none");
    matches!(tag.name.as_str(), "head" | "style" | "title") || tag.attribute("style").is_some_and(is_none)
}

/// Colours of an element: its style's, then its attribute's; in dark mode those of its classes first, because they are
/// `!important`.
fn look(tag: &Tag, classes: &BTreeMap<String, Look>) -> Look {
    let mut look = Look::default();
    for class in tag.attribute("class").unwrap_or_default().split_whitespace() {
        if let Some(set) = classes.get(class) {
            look = Look { ink: set.ink.or(look.ink), ground: set.ground.or(look.ground) };
        }
    }
    let own = of(&html::declarations(tag.attribute("style").unwrap_or_default()));
    let attribute = tag.attribute("bgcolor").and_then(colour);
    Look { ink: look.ink.or(own.ink), ground: look.ground.or(own.ground).or(attribute) }
}

fn of(declarations: &[(String, String)]) -> Look {
    let find = |names: [&str; 2]| {
        declarations.iter().rev().find(|(p, _)| names.contains(&p.as_str())).and_then(|(_, v)| colour(v))
    };
    Look { ink: find(["color", "color"]), ground: find(["background-color", "background"]) }
}

/// Colours that the dark style sheet gives to classes.
fn dark_classes(sheets: &str) -> BTreeMap<String, Look> {
    let mut classes: BTreeMap<String, Look> = BTreeMap::new();
    for block in sheets.split('@').filter(|b| b.contains("prefers-color-scheme") && b.contains("dark")) {
        for (selector, declarations) in html::rules(block) {
            let set = of(&declarations);
            for class in selector.split(',').filter_map(|s| s.trim().strip_prefix('.')) {
                let look = classes.entry(class.to_owned()).or_default();
                *look = Look { ink: set.ink.or(look.ink), ground: set.ground.or(look.ground) };
            }
        }
    }
    classes
}

/// `#rgb` and `#rrggbb`; other notations are not judged.
fn colour(value: &str) -> Option<Colour> {
    let digits = value.trim().trim_end_matches("!important").trim().strip_prefix('#')?;
    let digit = |i: usize, n: usize| u8::from_str_radix(digits.get(i..i + n)?, 16).ok();
    match digits.len() {
        3 => Some([digit(0, 1)? * 17, digit(1, 1)? * 17, digit(2, 1)? * 17]),
        6 => Some([digit(0, 2)?, digit(2, 2)?, digit(4, 2)?]),
        _ => None,
    }
}

fn hex([r, g, b]: Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// WCAG relative luminance.
fn luminance(colour: Colour) -> f64 {
    let [r, g, b] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faint(mail: &str) -> Vec<String> {
        let pieces = html::pieces(mail);
        super::faint(&pieces, &html::style_sheets(&pieces))
    }

    #[test]
    fn faint_words_are_found_by_the_ground_they_stand_on() {
        assert!(faint("<td style=\"background-color:#ffffff\"><p style=\"color:#566072\">ok</p></td>").is_empty());
        assert_eq!(faint("<td bgcolor=\"#eee\"><p style=\"color:#999\">dim</p></td>").len(), 1);
        assert!(faint("<p style=\"color:#999999\"> </p><div style=\"display:none;color:#999\">x</div>").is_empty());
        let dark = "<style>@media (prefers-color-scheme:dark){.card{background-color:#1b212b!important}}</style>";
        let found = faint(&format!("{dark}<div class=\"card\" style=\"background-color:#fff;color:#1b2230\">a</div>"));
        assert!(found.len() == 1 && found[0].contains("in dark mode"), "{found:?}");
    }
}
