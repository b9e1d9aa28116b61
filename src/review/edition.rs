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
    /// The figures as data: workbook and CSV, kept beside the page.
    pub data: Vec<DataFile>,
}

/// A file of figures that belongs to an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its name beside the page: `data.xlsx`, `list-mrr_movers.csv`.
    pub name: String,
    pub bytes: Vec<u8>,
    /// The mail takes it along.
    pub is_attached: bool,
}

/// What a report's mail takes along beside its words.
#[derive(Debug, Clone, Default)]
pub struct Enclose {
    pub kinds: Vec<Attachment>,
    /// Most bytes of all attachments of a mail together.
    pub limit: u64,
}

impl Enclose {
    /// Whether the mail should take a file along.
    pub fn wants(&self, name: &str) -> bool {
        let kind = if name.rsplit_once('.').is_some_and(|(_, ending)| ending == "xlsx") {
            Attachment::Xlsx
        } else {
            Attachment::Csv
        };
        self.kinds.contains(&kind)
    }

    /// Decides which of these the mail takes along: in their order, as long as they fit.
    pub fn choose(&self, files: &mut [DataFile]) {
        let mut left = self.limit;
        for file in files.iter_mut().filter(|file| self.wants(&file.name)) {
            if let Some(rest) = left.checked_sub(file.bytes.len() as u64) {
                (file.is_attached, left) = (true, rest);
            }
        }
    }
}

/// A kind of attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attachment {
    Xlsx,
    Csv,
}

/// What a file of an edition is called in somebody's download folder: `support-2026-W46-data.xlsx`.
pub fn attachment_name(report: &str, period: &str, name: &str) -> String {
    format!("{report}-{period}-{name}")
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
