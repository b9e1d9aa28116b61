//! What must be true of a message before it leaves. A finding blocks the send.

mod clients;
mod contrast;
mod html;

use std::collections::BTreeSet;

use self::html::{Piece, Tag};
use super::logo;
use crate::review::edition::Rendered;

pub use self::clients::{DEGRADES, PROPERTIES};

/// Gmail clips at 102 kB.
const MAX_HTML: usize = 95_000;
const MAX_IMAGES: usize = 1_000_000;
const MAX_IMAGE_COUNT: usize = 6;
/// Rows of the scorecard in the mail: cells of the class `metric`.
const MAX_METRICS: usize = 12;
/// Entries of one list in the mail: cells of the class `item`.
const MAX_ITEMS: usize = 10;

/// Blocking findings about an edition, empty when it may be sent. `link` is where the edition is on the web: its mail links
/// nowhere else.
#[must_use]
pub fn audit(rendered: &Rendered, link: Option<&str>) -> Vec<String> {
    let mut findings = Vec::new();
    let subject = rendered.subject.as_str();
    // a correction answers with the whole subject it answers
    let own = subject.strip_prefix(super::correction::REPLY).unwrap_or(subject);
    if own.trim().is_empty() || own.chars().count() > 200 || subject.chars().any(char::is_control) {
        findings.push("the subject is empty, longer than 200 characters or more than one line".to_owned());
    }
    if rendered.text.trim().is_empty() {
        findings.push("the text part is empty".to_owned());
    }
    if rendered.html.len() > MAX_HTML {
        findings.push(format!("the HTML is {} bytes, more than {MAX_HTML}", rendered.html.len()));
    }
    let parts =
        [("subject", subject), ("mail", &rendered.html), ("text part", &rendered.text), ("page", &rendered.page)];
    for (name, text) in parts {
        if let Some(at) = ["{{", "{%"].iter().find_map(|mark| text.find(mark)) {
            let excerpt: String = text[at..].chars().take(40).collect();
            findings.push(format!("the {name} holds unrendered template syntax: {excerpt}"));
        }
    }
    let pieces = html::pieces(&rendered.html);
    mail(&pieces, link, &mut findings);
    images(rendered, &pieces, &mut findings);
    page(&rendered.page, &mut findings);
    findings
}

fn mail(pieces: &[Piece<'_>], link: Option<&str>, findings: &mut Vec<String>) {
    let host = link.and_then(host);
    let (mut metrics, mut items) = (0, 0);
    for piece in pieces {
        let within;
        let (tags, is_for_word) = match piece {
            Piece::Start(tag) => (std::slice::from_ref(tag), false),
            Piece::Comment(content) => {
                within = html::tags(content);
                (within.as_slice(), true)
            }
            Piece::End(_) | Piece::Text(_) => continue,
        };
        for tag in tags {
            clients::element(tag, is_for_word, findings);
            common(tag, "mail", findings);
            let leads_away = tag.attribute("href").filter(|href| href.starts_with("http"));
            if let Some(href) = leads_away.filter(|href| self::host(href) != host) {
                findings.push(format!("the mail links to {href}, which is not where public_url points"));
            }
            if tag.name == "h2" {
                items = 0;
            }
            let has = |class: &str| tag.attribute("class").is_some_and(|c| c.split_whitespace().any(|c| c == class));
            metrics += usize::from(has("metric"));
            items += usize::from(has("item"));
            if items == MAX_ITEMS + 1 && has("item") {
                findings.push(format!("the mail has a list of more than {MAX_ITEMS} entries"));
            }
        }
    }
    if metrics > MAX_METRICS {
        findings.push(format!("the mail's scorecard has {metrics} rows, more than {MAX_METRICS}"));
    }
    let sheets = html::style_sheets(pieces);
    if ["url(", "@import"].iter().any(|s| sheets.contains(s)) {
        findings.push("the mail's style sheet loads something".to_owned());
    }
    clients::style_sheets(&sheets, findings);
    for faint in contrast::faint(pieces, &sheets) {
        findings.push(format!("words of the mail are too faint: {faint}, less than 4.5"));
    }
}

/// Every picture is attached, shown, described, and its figures are in words too.
fn images(rendered: &Rendered, pieces: &[Piece<'_>], findings: &mut Vec<String>) {
    let bytes: usize = rendered.images.iter().map(|i| i.png.len()).sum();
    if bytes > MAX_IMAGES {
        findings.push(format!("the images are {bytes} bytes together, more than {MAX_IMAGES}"));
    }
    let charts: Vec<_> = rendered.images.iter().filter(|i| i.cid != logo::CID).collect();
    if charts.len() > MAX_IMAGE_COUNT {
        findings.push(format!("the mail has {} images, more than {MAX_IMAGE_COUNT}", charts.len()));
    }
    let mut words = rendered.text.clone();
    let mut shown = BTreeSet::new();
    for piece in pieces {
        match piece {
            Piece::Start(tag) if tag.name == "img" => image(tag, &mut shown, findings),
            Piece::Text(text) => words.push_str(text),
            _ => {}
        }
    }
    let told = figures(&words);
    for image in charts.iter().filter(|i| figures(&i.alt).is_disjoint(&told)) {
        findings.push(format!("image {} shows figures that no words tell: {}", image.cid, image.alt));
    }
    let attached: BTreeSet<&str> = rendered.images.iter().map(|i| i.cid.as_str()).collect();
    if attached.len() != rendered.images.len() {
        findings.push("two images share a content id".to_owned());
    }
    for cid in shown.iter().filter(|c| !attached.contains(c.as_str())) {
        findings.push(format!("the mail shows image {cid}, which is not attached"));
    }
    for cid in attached.iter().filter(|c| !shown.contains(**c)) {
        findings.push(format!("image {cid} is attached, and the mail does not show it"));
    }
}

/// Runs of digits with the separators between them.
fn figures(text: &str) -> BTreeSet<&str> {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '’' | '\'')));
    runs.map(|r| r.trim_matches(|c: char| !c.is_ascii_digit())).filter(|r| !r.is_empty()).collect()
}

fn image(tag: &Tag, shown: &mut BTreeSet<String>, findings: &mut Vec<String>) {
    let src = tag.attribute("src").unwrap_or_default();
    match src.strip_prefix("cid:") {
        Some(cid) => {
            shown.insert(cid.to_owned());
        }
        None => findings.push(format!("the mail has an image that is not attached: {src}")),
    }
    if tag.attribute("alt").is_none_or(|a| a.trim().is_empty()) {
        findings.push(format!("image {src} has no alt text"));
    } else if src != format!("cid:{}", logo::CID)
        && !tag.attribute("alt").unwrap_or_default().contains(|c: char| c.is_ascii_digit())
    {
        findings.push(format!("the alt text of image {src} states no figure"));
    }
    if tag.attribute("width").is_none() || tag.attribute("height").is_none() {
        findings.push(format!("image {src} has no width or height"));
    }
}

fn page(page: &str, findings: &mut Vec<String>) {
    let pieces = html::pieces(page);
    let tags = pieces.iter().filter_map(|p| if let Piece::Start(tag) = p { Some(tag) } else { None });
    for tag in tags {
        let loads = matches!(tag.name.as_str(), "script" | "iframe" | "object" | "embed" | "link" | "base" | "form");
        if loads || (tag.name == "img" && !tag.attribute("src").is_some_and(|s| s.starts_with("data:image/"))) {
            findings.push(format!("the page has a <{}> element: it must be complete in itself", tag.name));
        }
        common(tag, "page", findings);
    }
    let sheets = html::style_sheets(&pieces);
    if ["url(", "@import"].iter().any(|s| sheets.contains(s)) {
        findings.push("the page's style sheet loads something".to_owned());
    }
}

/// Link schemes, event handlers and `data:`, for mail and page alike.
fn common(tag: &Tag, part: &str, findings: &mut Vec<String>) {
    for (name, value) in &tag.attributes {
        if name.starts_with("on") {
            findings.push(format!("the {part} has an event handler: {name}"));
        }
        let is_link = matches!(name.as_str(), "href" | "action" | "xlink:href");
        if is_link && !is_safe_link(value) && !(part == "page" && is_beside(value)) {
            findings.push(format!("the {part} links to {value}: only https, mailto and loopback http are allowed"));
        }
        let is_data = value.trim_start().to_ascii_lowercase().starts_with("data:");
        if part == "mail"
            && ((is_data && matches!(name.as_str(), "src" | "background")) || value.contains("url("))
            && name != "alt"
        {
            findings.push(format!("the mail has a data: or url() reference in {name}"));
        }
        if part == "mail" && matches!(name.as_str(), "background" | "srcset") {
            findings.push(format!("the mail has the attribute {name}"));
        }
    }
}

/// A file of the same edition.
fn is_beside(href: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    href.starts_with(|c: char| c.is_ascii_alphanumeric()) && href.chars().all(is_plain) && !href.contains("..")
}

fn host(href: &str) -> Option<String> {
    let url = url::Url::parse(href).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

fn is_safe_link(href: &str) -> bool {
    if href.starts_with('#') || href.starts_with("mailto:") {
        return true;
    }
    url::Url::parse(href).is_ok_and(|url| crate::http::is_private(&url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::edition::Image;

    fn finds(html: &str, expected: &str) {
        let image = Image { cid: "a@b".into(), file_name: "a.png".into(), png: vec![0], alt: "a 1".into() };
        let rendered = Rendered {
            data: Vec::new(),
            subject: "s".into(),
            preheader: String::new(),
            html: format!("<img src=\"cid:a@b\" alt=\"a 1\" width=\"1\" height=\"1\">{html}"),
            text: "t 1".into(),
            page: "<p>".into(),
            images: vec![image],
        };
        let findings = audit(&rendered, Some("https://x.example/support"));
        if expected.is_empty() {
            assert!(findings.is_empty(), "{findings:?}");
        } else {
            assert!(findings.iter().any(|f| f.contains(expected)), "{html}: {findings:?}");
        }
    }

    #[test]
    fn each_fault_is_found() {
        finds("<p style=\"color:red\"><a href=\"https://x.example/\">x</a> <a href=mailto:a@b.c>y</a>", "");
        finds("<img src=\"cid:c@d\" alt=\"x\" width=1 height=1>", "not attached");
        finds("<img src=\"cid:a@b\" width=1 height=1>", "no alt");
        finds("<img src=\"https://x.example/a.png\" alt=x width=1 height=1>", "not attached");
        finds("<script>", "<script>");
        finds("<SVG viewBox=\"0\">", "<svg>");
        finds("<a href=\"javascript:alert(1)\">", "javascript:");
        finds("<a href=\"http://x.example/\">", "http://x.example/");
        finds("<a href=\"https://elsewhere.example/\">", "not where public_url points");
        finds("<a href=\"report.csv\">", "report.csv");
        finds("<td background=\"data:image/png;base64,AA\">", "data:");
        finds("<style>@import 'x';</style>", "style sheet");
        finds("<p onclick=\"x()\">", "onclick");
        finds("<img src=\"cid:a@b\" alt=\"a chart\" width=1 height=1>", "states no figure");
        finds("{{ title }}", "unrendered");
        finds("<p style=\"color:#999999\">dim", "too faint");
        finds(&"x".repeat(96_000), "95000");
        finds(&"<td class=\"ln metric\">".repeat(13), "13 rows");
        finds(&"<td class=\"item\">".repeat(11), "more than 10 entries");
        finds(&format!("{0}<h2>next</h2>{0}", "<td class=\"item\">".repeat(10)), "");
    }

    #[test]
    fn what_a_named_mail_program_lacks_is_found() {
        finds("<td style=\"padding:4px;mso-line-height-rule:exactly\">", "");
        finds("<!--[if mso]><noscript><xml><o:AllowPNG/></xml></noscript><![endif]-->", "");
        finds("<noscript>", "<noscript>");
        finds("<p style=\"display: flex\">", "display:flex");
        finds("<p style=\"padding:4px\">", "padding on <p>");
        finds("<p style=\"margin:-4px 0\">", "negative margin");
        finds("<p style=\"width:calc(100% - 2px)\">", "calc(");
        finds("<p style=\"font-size:1.2rem\">", "1.2rem");
        finds("<p style=\"opacity:0.5\">", "opacity");
        finds("<details>", "<details>");
        finds("<style>@supports (x:y){p{color:red}}</style>", "@supports");
        finds("<style>@media (hover){p{color:red}}</style>", "@media (hover)");
        finds("<style>a:hover{color:red}</style>", "a:hover");
        finds("<style>@media (max-width:480px){.a{gap:1px}}</style>", "gap");
        finds(&format!("<style>{}</style>", ".a{color:red}".repeat(1300)), "Gmail drops");
    }

    #[test]
    fn missing_text_stray_images_and_heavy_images_are_found() {
        let image =
            Image { cid: "a@b".into(), file_name: "a.png".into(), png: vec![0; 1_000_001], alt: "a 81.0".into() };
        let rendered = Rendered {
            data: Vec::new(),
            subject: "a\nb".into(),
            preheader: String::new(),
            html: "<p>".into(),
            text: " ".into(),
            page: "<link rel=stylesheet href=https://x.example/><a href=\"../../etc\">".into(),
            images: vec![image; 7],
        };
        let findings = audit(&rendered, Some("https://x.example/")).join("\n");
        let parts = [
            "subject",
            "text part is empty",
            "does not show it",
            "7000007 bytes",
            "<link>",
            "7 images",
            "tell: a 81.0",
            "../..",
        ];
        for part in parts {
            assert!(findings.contains(part), "{part}: {findings}");
        }
    }

    #[test]
    fn a_service_on_this_machine_may_be_linked_to_without_encryption() {
        let rendered = Rendered {
            data: Vec::new(),
            subject: "s".into(),
            preheader: String::new(),
            html: "<a href=\"http://127.0.0.1:8080/x\">x</a>".into(),
            text: "t".into(),
            page: "<a href=\"rows/mrr.csv\">".into(),
            images: Vec::new(),
        };
        assert_eq!(audit(&rendered, Some("http://127.0.0.1:8080/support")), Vec::<String>::new());
        assert_eq!(audit(&rendered, Some("http://127.0.0.1:9090/support")).len(), 1);
    }
}
