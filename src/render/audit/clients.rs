//! What the named mail programs support: Outlook classic (Word), the new Outlook, Outlook on phones, Gmail on the web, in its
//! apps and with other accounts, Apple Mail.
//!
//! The facts are caniemail.com's of May 2026; a test (`tests/it/browser.rs`) holds these tables against them. What is not
//! listed here is blocked: a fault in one program is a fault.

use super::html::{self, Tag};

/// Elements that every named client shows.
const ELEMENTS: [&str; 37] = [
    "a",
    "b",
    "blockquote",
    "body",
    "br",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "i",
    "img",
    "li",
    "meta",
    "ol",
    "p",
    "pre",
    "small",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "title",
    "tr",
    "u",
    "ul",
];

/// Elements of the parts that only Word reads.
const WORD_ELEMENTS: [&str; 2] = ["noscript", "xml"];

/// Properties that every named client understands, or loses without harm: those are in [`DEGRADES`]. Also `mso-*`.
pub const PROPERTIES: [&str; 55] = [
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-width",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "color",
    "color-scheme",
    "direction",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "supported-color-schemes",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "-webkit-text-size-adjust",
];

/// Features, by their titles at caniemail, that some named client lacks and that the mail uses all the same, with what is
/// seen there.
pub const DEGRADES: [(&str, &str); 8] = [
    ("@media", "Word shows the wide, light mail; Gmail with other accounts drops all style sheets: both read well"),
    (
        "@media (prefers-color-scheme)",
        "Gmail and Word invert colours by themselves or stay light: both keep the contrast",
    ),
    ("color-scheme CSS property", "only says that there is a dark mail: without it programs invert, as above"),
    ("color-scheme meta tag", "as the property"),
    ("white-space", "Word wraps amounts in narrow columns; the cells also have `nowrap`, which it knows"),
    ("border-radius", "Word draws square corners"),
    ("<body> element", "webmail puts the mail into a division of its own: the ground beside the cards is white there"),
    ("HTML5 doctype", "Word reads every document its own way"),
];

/// Gmail drops style sheets that are larger.
const MAX_STYLE: usize = 16_000;

/// Findings about one tag of a mail; `is_for_word` for those in conditional comments.
pub(super) fn element(tag: &Tag, is_for_word: bool, findings: &mut Vec<String>) {
    let name = tag.name.as_str();
    let is_known = ELEMENTS.contains(&name)
        || (is_for_word && (WORD_ELEMENTS.contains(&name) || name.starts_with("o:") || name.starts_with("v:")));
    if !is_known {
        findings.push(format!("the mail has a <{name}> element, which mail programs do not support alike"));
    }
    let Some(style) = tag.attribute("style") else { return };
    for (property, value) in html::declarations(style) {
        declaration(&property, &value, findings);
        // Word knows padding on cells alone
        let is_cell = matches!(name, "td" | "th");
        if property.starts_with("padding")
            && !is_cell
            && name != "body"
            && value.chars().any(|c| ('1'..='9').contains(&c))
        {
            findings.push(format!("the mail has padding on <{name}>: Outlook knows it on table cells only"));
        }
    }
}

/// Findings about the mail's style sheets.
pub(super) fn style_sheets(sheets: &str, findings: &mut Vec<String>) {
    if sheets.len() > MAX_STYLE {
        findings.push(format!("the mail's style sheets are {} bytes: Gmail drops more than {MAX_STYLE}", sheets.len()));
    }
    for rule in sheets.split('@').skip(1) {
        let head = rule.split(['{', ';']).next().unwrap_or(rule).trim();
        let condition = head.strip_prefix("media").map(|c| c.split_whitespace().collect::<String>());
        let is_known = condition.is_some_and(|c| {
            ["(max-width:", "(min-width:", "(prefers-color-scheme:", "onlyscreenand(max-width:", "screenand(max-width:"]
                .iter()
                .any(|known| c.starts_with(known))
        });
        if !is_known {
            findings.push(format!("the mail's style sheet uses @{head}, which mail programs do not support alike"));
        }
    }
    for (selector, declarations) in html::rules(sheets) {
        if selector.replace(":root", "").contains([':', '[', '>', '+', '~', '*', '&']) {
            findings
                .push(format!("the mail's style sheet selects {selector}, which mail programs do not support alike"));
        }
        for (property, value) in declarations {
            declaration(&property, &value, findings);
        }
    }
}

fn declaration(property: &str, value: &str, findings: &mut Vec<String>) {
    let mut finding = |what: String| {
        let text = format!("the mail uses {what}, which mail programs do not support alike");
        if !findings.contains(&text) {
            findings.push(text);
        }
    };
    if !PROPERTIES.contains(&property) && !property.starts_with("mso-") {
        finding(property.to_owned());
        return;
    }
    let words = || value.split([' ', ',']).map(str::trim).filter(|w| !w.is_empty());
    let simple = ["none", "block", "inline", "inline-block", "table", "table-row", "table-cell"];
    if property == "display" && !simple.contains(&value.trim_end_matches("!important").trim()) {
        finding(format!("display:{value}"));
    }
    // calc(), var(), gradients and the newer colours
    if value.contains('(') && !value.starts_with("rgb(") {
        finding(format!("{property}:{value}"));
    }
    let is_length = |w: &str, unit: &str| w.strip_suffix(unit).is_some_and(|n| n.parse::<f64>().is_ok());
    if let Some(word) = words().find(|w| ["rem", "vw", "vh", "vmin", "vmax", "ch"].iter().any(|u| is_length(w, u))) {
        finding(format!("the length {word}"));
    }
    if property.starts_with("margin") && words().any(|w| w.starts_with('-')) {
        finding(format!("the negative {property}"));
    }
}
