//! The rendered review: the bytes people read, before they are wrapped into mail and archived.

/// One report for one period, rendered. Immutable once written to the archive.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Mail subject, the verdict first, at most 200 characters, no line breaks.
    pub subject: String,
    /// The line mail clients show beside the subject.
    pub preheader: String,
    /// Mail body, HTML; refers to `images` as `cid:<cid>`.
    pub html: String,
    /// Mail body, plain text: written for reading, not derived from the HTML.
    pub text: String,
    /// The archive page: complete in itself, charts as inline SVG.
    pub page: String,
    /// Charts of the mail.
    pub images: Vec<Image>,
}

/// An inline picture of the mail.
#[derive(Debug, Clone)]
pub struct Image {
    /// Content-ID without angle brackets, unique in the mail, stable between runs.
    pub cid: String,
    /// File name, ending in `.png`.
    pub file_name: String,
    /// PNG bytes at twice the shown size.
    pub png: Vec<u8>,
    /// The number the picture shows, in words.
    pub alt: String,
}
