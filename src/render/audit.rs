//! What must be true of a message before it leaves. A finding blocks the send.

use std::collections::BTreeSet;

use crate::review::edition::Rendered;

/// Gmail clips at 102 kB.
const MAX_HTML: usize = 95_000;
const MAX_IMAGES: usize = 1_000_000;
/// Nothing a mail program would block, strip or run.
const FORBIDDEN: [&str; 12] =
    ["script", "svg", "link", "iframe", "object", "embed", "form", "input", "video", "audio", "base", "canvas"];

/// Blocking findings, empty when the message may be sent.
#[must_use]
pub fn audit(rendered: &Rendered) -> Vec<String> {
    let mut findings = Vec::new();
    let subject = rendered.subject.as_str();
    // a reply has the whole subject it replies to
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
    let bytes: usize = rendered.images.iter().map(|i| i.png.len()).sum();
    if bytes > MAX_IMAGES {
        findings.push(format!("the images are {bytes} bytes together, more than {MAX_IMAGES}"));
    }
    let parts =
        [("subject", subject), ("mail", &rendered.html), ("text part", &rendered.text), ("page", &rendered.page)];
    for (name, text) in parts {
        if let Some(at) = ["{{", "{%"].iter().find_map(|mark| text.find(mark)) {
            let excerpt: String = text[at..].chars().take(40).collect();
            findings.push(format!("the {name} holds unrendered template syntax: {excerpt}"));
        }
    }
    mail(rendered, &mut findings);
    page(&rendered.page, &mut findings);
    findings
}

/// Properties that Gmail, Outlook or Apple Mail drop or mistreat.
const UNSUPPORTED_CSS: [&str; 12] = [
    "display:flex",
    "display:grid",
    "position:",
    "float:",
    "transform:",
    "animation",
    "filter:",
    "gap:",
    "var(",
    "object-fit",
    "clip-path",
    "background-image",
];

fn mail(rendered: &Rendered, findings: &mut Vec<String>) {
    let mut used = BTreeSet::new();
    for tag in tags(&rendered.html) {
        if FORBIDDEN.contains(&tag.name.as_str()) {
            findings.push(format!("the mail has a <{}> element", tag.name));
        }
        if tag.name == "img" {
            image(&tag, &mut used, findings);
        }
        common(&tag, "mail", findings);
    }
    if ["url(", "@import"].iter().any(|s| styles(&rendered.html).contains(s)) {
        findings.push("the mail's style sheet loads something".to_owned());
    }
    let css = css(&rendered.html);
    for property in UNSUPPORTED_CSS.iter().filter(|p| css.contains(**p)) {
        findings.push(format!("the mail uses {property}, which mail programs do not support alike"));
    }
    let attached: BTreeSet<&str> = rendered.images.iter().map(|i| i.cid.as_str()).collect();
    if attached.len() != rendered.images.len() {
        findings.push("two images share a content id".to_owned());
    }
    for cid in used.iter().filter(|c| !attached.contains(c.as_str())) {
        findings.push(format!("the mail shows image {cid}, which is not attached"));
    }
    for cid in attached.iter().filter(|c| !used.contains(**c)) {
        findings.push(format!("image {cid} is attached, and the mail does not show it"));
    }
}

fn image(tag: &Tag, used: &mut BTreeSet<String>, findings: &mut Vec<String>) {
    let src = tag.attribute("src").unwrap_or_default();
    match src.strip_prefix("cid:") {
        Some(cid) => {
            used.insert(cid.to_owned());
        }
        None => findings.push(format!("the mail has an image that is not attached: {src}")),
    }
    if tag.attribute("alt").is_none_or(|a| a.trim().is_empty()) {
        findings.push(format!("image {src} has no alt text"));
    } else if !tag.attribute("alt").unwrap_or_default().contains(|c: char| c.is_ascii_digit()) {
        findings.push(format!("the alt text of image {src} states no figure"));
    }
    if tag.attribute("width").is_none() || tag.attribute("height").is_none() {
        findings.push(format!("image {src} has no width or height"));
    }
}

fn page(page: &str, findings: &mut Vec<String>) {
    for tag in tags(page) {
        let loads = matches!(tag.name.as_str(), "script" | "iframe" | "object" | "embed" | "link" | "base" | "form");
        if loads || (tag.name == "img" && !tag.attribute("src").is_some_and(|s| s.starts_with("data:image/"))) {
            findings.push(format!("the page has a <{}> element: it must be complete in itself", tag.name));
        }
        common(&tag, "page", findings);
    }
    if ["url(", "@import"].iter().any(|s| styles(page).contains(s)) {
        findings.push("the page's style sheet loads something".to_owned());
    }
}

/// Link schemes, event handlers and `data:`, for mail and page alike.
fn common(tag: &Tag, part: &str, findings: &mut Vec<String>) {
    for (name, value) in &tag.attributes {
        if name.starts_with("on") {
            findings.push(format!("the {part} has an event handler: {name}"));
        }
        let is_file = part == "page" && name == "href" && is_beside(value);
        if matches!(name.as_str(), "href" | "action" | "xlink:href") && !is_file && !is_safe_link(value) {
            findings.push(format!("the {part} links to {value}: only https, mailto and loopback http are allowed"));
        }
        let is_data = value.trim_start().to_ascii_lowercase().starts_with("data:");
        if part == "mail"
            && ((is_data && matches!(name.as_str(), "src" | "background")) || value.contains("url("))
            && name != "alt"
        {
            findings.push(format!("the mail has a data: or url() reference in {name}"));
        }
        if part == "mail" && name == "background" {
            findings.push("the mail has a background image".to_owned());
        }
    }
}

/// A file of the same edition: a plain relative path that goes down only.
fn is_beside(href: &str) -> bool {
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    href.split('/').all(is_plain)
}

fn is_safe_link(href: &str) -> bool {
    if href.starts_with('#') || href.starts_with("mailto:") {
        return true;
    }
    url::Url::parse(href).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        },
        _ => false,
    })
}

/// Contents of every style element, lower case.
fn styles(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    lower.split("<style").skip(1).filter_map(|s| s.split("</style").next()).collect()
}

/// All styles of the mail, in attributes and in the head, without spaces.
fn css(html: &str) -> String {
    let inline = tags(html).into_iter().flat_map(|t| t.attributes).filter(|(name, _)| name == "style");
    let all = inline.fold(styles(html), |mut all, (_, value)| {
        all.push(';');
        all.push_str(&value.to_ascii_lowercase());
        all
    });
    all.split_whitespace().collect()
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Every start tag, those in conditional comments included. Enough for HTML that our templates wrote; anything odd only
/// makes the audit stricter.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, after) = tag(rest);
            tags.push(tag);
            rest = after;
        }
    }
    tags
}

fn tag(text: &str) -> (Tag, &str) {
    let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (Tag { name: name.to_ascii_lowercase(), attributes }, rest);
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end.max(1));
        rest = after.trim_start();
        let mut value = "";
        if let Some(assigned) = rest.strip_prefix('=') {
            let assigned = assigned.trim_start();
            (value, rest) = match assigned.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => assigned[1..].split_once(quote).unwrap_or((&assigned[1..], "")),
                None => {
                    assigned.split_at(assigned.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(assigned.len()))
                }
            };
        }
        attributes.push((key.to_ascii_lowercase(), value.replace("&amp;", "&")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::edition::Image;

    fn finds(html: &str, expected: &str) {
        let image = Image { cid: "a@b".into(), file_name: "a.png".into(), png: vec![0], alt: "a".into() };
        let rendered = Rendered {
            subject: "s".into(),
            preheader: String::new(),
            html: format!("<img src=\"cid:a@b\" alt=\"a 1\" width=\"1\" height=\"1\">{html}"),
            text: "t".into(),
            page: "<p>".into(),
            images: vec![image],
            data: Vec::new(),
        };
        let findings = audit(&rendered);
        if expected.is_empty() {
            assert!(findings.is_empty(), "{findings:?}");
        } else {
            assert!(findings.iter().any(|f| f.contains(expected)), "{html}: {findings:?}");
        }
    }

    #[test]
    fn each_fault_is_found() {
        finds("<p style=\"color:red\"><a href=\"https://x.example/\">x</a> <a href=mailto:a@b.c>y</a>", "");
        finds("<a href=\"http://127.0.0.1:8080/x\">x</a>", "");
        finds("<img src=\"cid:c@d\" alt=\"x\" width=1 height=1>", "not attached");
        finds("<img src=\"cid:a@b\" width=1 height=1>", "no alt");
        finds("<img src=\"https://x.example/a.png\" alt=x width=1 height=1>", "not attached");
        finds("<script>", "<script>");
        finds("<SVG viewBox=\"0\">", "<svg>");
        finds("<a href=\"javascript:alert(1)\">", "javascript:");
        finds("<a href=\"http://x.example/\">", "http://x.example/");
        finds("<td background=\"data:image/png;base64,AA\">", "data:");
        finds("<style>@import 'x';</style>", "style sheet");
        finds("<p onclick=\"x()\">", "onclick");
        finds("<p style=\"display: flex\">", "display:flex");
        finds("<img src=\"cid:a@b\" alt=\"a chart\" width=1 height=1>", "states no figure");
        finds("{{ title }}", "unrendered");
        finds(&"x".repeat(96_000), "95000");
    }

    #[test]
    fn missing_text_stray_images_and_heavy_images_are_found() {
        let image = Image { cid: "a@b".into(), file_name: "a.png".into(), png: vec![0; 1_000_001], alt: "a".into() };
        let rendered = Rendered {
            subject: "a\nb".into(),
            preheader: String::new(),
            html: "<p>".into(),
            text: " ".into(),
            page: "<link rel=stylesheet href=https://x.example/>".into(),
            images: vec![image],
            data: Vec::new(),
        };
        let findings = audit(&rendered).join("\n");
        for part in ["subject", "text part is empty", "does not show it", "1000001 bytes", "<link>"] {
            assert!(findings.contains(part), "{part}: {findings}");
        }
    }
}
