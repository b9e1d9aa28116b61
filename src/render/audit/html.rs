//! Reading HTML as far as the audit must. Enough for HTML that our templates wrote; anything odd only makes the audit stricter.

/// A piece of a document, in order.
pub(super) enum Piece<'a> {
    Start(Tag),
    /// Name of the element, lower case.
    End(String),
    Text(&'a str),
    /// What stands between `<!--` and `-->`: Word reads conditional ones.
    Comment(&'a str),
}

/// A start tag: name and attributes in lower case, values as a reader of the document gets them.
pub(super) struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Elements without content.
    pub fn is_void(&self) -> bool {
        matches!(self.name.as_str(), "img" | "br" | "hr" | "meta" | "link" | "input" | "col" | "base" | "wbr")
    }
}

pub(super) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let (content, after) = comment.split_once("-->").unwrap_or((comment, ""));
            pieces.push(Piece::Comment(content));
            rest = after;
        } else if let Some(end) = rest.strip_prefix('/') {
            let (name, after) = end.split_once('>').unwrap_or((end, ""));
            pieces.push(Piece::End(name.trim().to_ascii_lowercase()));
            rest = after;
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, after) = tag(rest);
            pieces.push(Piece::Start(tag));
            rest = after.strip_prefix('>').unwrap_or(after);
        } else if rest.starts_with(['!', '?']) {
            rest = rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Every start tag, those in conditional comments included.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for piece in pieces(html) {
        match piece {
            Piece::Start(tag) => tags.push(tag),
            Piece::Comment(content) => tags.extend(self::tags(content)),
            Piece::End(_) | Piece::Text(_) => {}
        }
    }
    tags
}

/// Contents of the style elements, lower case, those for Word alone not included.
pub(super) fn style_sheets(pieces: &[Piece<'_>]) -> String {
    let mut sheets = String::new();
    let mut is_style = false;
    for piece in pieces {
        match piece {
            Piece::Start(tag) => is_style = tag.name == "style",
            Piece::Text(text) if is_style => sheets.push_str(&text.to_ascii_lowercase()),
            _ => is_style = false,
        }
    }
    sheets
}

/// `property: value` pairs of a style, lower case and trimmed.
pub(super) fn declarations(style: &str) -> Vec<(String, String)> {
    let pairs = style.split(';').filter_map(|d| d.split_once(':'));
    pairs.map(|(p, v)| (p.trim().to_ascii_lowercase(), v.trim().to_ascii_lowercase())).collect()
}

/// Selector and declarations of every rule of a style sheet, those within `@media` among them.
pub(super) fn rules(sheet: &str) -> Vec<(&str, Vec<(String, String)>)> {
    let mut rules = Vec::new();
    for block in sheet.split('}') {
        let Some((head, body)) = block.rsplit_once('{') else { continue };
        let selector = head.rsplit('{').next().unwrap_or(head).trim();
        rules.push((selector, declarations(body)));
    }
    rules
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
        attributes.push((key.to_ascii_lowercase(), value.replace("&amp;", "&").replace("&#x27;", "'")));
    }
}
