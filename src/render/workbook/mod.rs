//! A review as data: a workbook with typed cells, and tidy CSV files, made from the review's unformatted numbers.
//!
//! [`sheets`], [`front`] and [`tail`] turn a review into tables, [`xlsx`] writes them, [`csv`] writes the scorecard and the
//! lists; [`table`] decides what a cell can hold. Text is always text: in XLSX by the cell's type (and the mark that keeps it so when it is edited), in
//! CSV by an apostrophe where a spreadsheet would take it for a formula. Numbers are never touched.

mod csv;
mod front;
mod sheets;
mod table;

pub use self::table::is_formula_like;
mod tail;
mod words;
mod xlsx;

use anyhow::{Context, Result};
use serde::Serialize;

use super::format::Format;
use super::words::{Words, args};
use crate::review::edition::{DataFile, Enclose, attachment_name};
use crate::review::model::{List, Review};

/// Names of the files of every edition.
const WORKBOOK: &str = "data.xlsx";
const SCORECARD: &str = "data.csv";
/// The page, printed.
pub const PDF: &str = "index.pdf";

/// A file beside the page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FileLink {
    pub name: String,
    pub title: String,
}

/// The files that lie beside a review's page.
pub(super) fn links(review: &Review, f: &Format) -> Vec<FileLink> {
    let link = |name: &str, title: String| FileLink { name: name.to_owned(), title };
    let mut links = vec![link(WORKBOOK, f.word("file-workbook")), link(SCORECARD, f.word("file-scorecard"))];
    let title = |list: &List| f.say("file-list", &args!["title" => list_title(f, list)]);
    links.extend(review.lists.iter().map(|l| link(&list_file(l), title(l))));
    links
}

/// A list's name in print.
fn list_title(f: &Format, list: &List) -> String {
    super::text::clean(&f.list_title(&list.name, &list.title))
}

/// The page's print, where there is one.
pub(super) fn pdf_link(words: &Words) -> FileLink {
    FileLink { name: PDF.to_owned(), title: words.say("file-print", &args![]) }
}

/// Makes the files of [`links`], and decides which of them the mail takes along.
pub(super) fn data(review: &Review, f: &Format, enclose: &Enclose) -> Result<Vec<DataFile>> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push(DataFile { name, bytes, is_attached: false });
    add(WORKBOOK.to_owned(), xlsx::workbook(&review.head, &sheets::tables(review, f))?);
    add(SCORECARD.to_owned(), csv::scorecard(review, f)?);
    for list in &review.lists {
        add(list_file(list), csv::list(review, list).with_context(|| format!("list {}", list.name))?);
    }
    enclose.choose(&mut files);
    Ok(files)
}

/// What the mail says of its attachments; empty where none are wanted.
pub(super) fn enclosed(review: &Review, f: &Format, files: &[DataFile], enclose: &Enclose) -> String {
    let (attached, left_out): (Vec<&DataFile>, Vec<&DataFile>) =
        files.iter().filter(|file| enclose.wants(&file.name)).partition(|file| file.is_attached);
    let names = |files: &[&DataFile]| -> Vec<String> {
        files.iter().map(|file| attachment_name(&review.head.report, &review.period.id, &file.name)).collect()
    };
    let (attached, left_out) = (names(&attached), names(&left_out));
    words::enclosed(f, &attached, &left_out, enclose.limit, review.head.link.as_deref())
}

fn list_file(list: &List) -> String {
    format!("list-{}.csv", super::text::slug(&list.name))
}
