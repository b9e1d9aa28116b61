//! Editions on disk: `archive/<report>/<period>/<n>/`, complete and immutable, readable without this program.
//!
//! An edition is written to a temporary sibling, forced to disk, renamed, and only then listed in the ledger. Whatever
//! stops it on the way leaves either nothing or a folder the ledger does not list, which the next one sweeps.

use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use super::{Edition, files};
use crate::ledger::runs::{EditionFile, EditionRow, NewEdition};
use crate::ledger::{Ledger, private_folder};
use crate::review::edition::{DataFile, Enclose, Image, Rendered};
use crate::review::model::Review;

/// What an edition consists of.
#[derive(Debug, Clone, Copy)]
pub struct EditionFiles<'a> {
    /// Saved as `report.json`.
    pub review: &'a Review,
    /// Saved as `index.html`, `email.html`, `email.txt`, `charts/`, `data.xlsx` and CSV files.
    pub rendered: &'a Rendered,
    /// Relative names and bytes of whatever else belongs to it: configuration, queries, CSV.
    pub extra: &'a [(String, Vec<u8>)],
}

/// Puts an edition in the archive, under the next number of its report and period.
pub fn publish(
    store: &Path,
    ledger: &Ledger,
    files: &EditionFiles<'_>,
    run_id: i64,
    now: Timestamp,
) -> Result<Edition> {
    let contents = contents(serde_json::to_vec_pretty(files.review)?, files.rendered, files.extra)?;
    let named = Named {
        report: &files.review.head.report,
        period: &files.review.period.id,
        is_provisional: !files.review.provisional.is_empty(),
        subject: &files.rendered.subject,
    };
    publish_files(store, ledger, &named, &contents, run_id, now)
}

/// What an edition is listed as.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Safe as one part of a path: letters, digits and `-_.@+`.
    pub report: &'a str,
    /// Period id.
    pub period: &'a str,
    pub is_provisional: bool,
    pub subject: &'a str,
}

/// The same for files gathered by [`contents`].
pub fn publish_files(
    store: &Path,
    ledger: &Ledger,
    named: &Named<'_>,
    contents: &[(String, Vec<u8>)],
    run_id: i64,
    now: Timestamp,
) -> Result<Edition> {
    let Named { report, period, is_provisional, subject } = *named;
    ensure!(is_plain_name(report) && is_plain_name(period), "{report:?} {period:?} cannot be folder names");

    let folder = store.join("archive").join(report).join(period);
    private_folder(&folder)?;
    // One publisher at a time: numbers follow each other, and an unlisted folder is nobody's work in progress.
    let _sole = sole_publisher(store)?;

    let number = ledger.next_edition_number(report, period)?;
    sweep(&folder, number)?;
    let path = folder.join(number.to_string());
    let listed = write_edition(&folder, &path, contents)
        .with_context(|| format!("edition {report} {period} was not published; nothing was changed"))?;

    let edition_id = ledger.record_edition(
        &NewEdition {
            report,
            period,
            number,
            path: &format!("archive/{report}/{period}/{number}"),
            run_id,
            is_provisional,
            subject,
            sha256: &digest(&listed),
        },
        &listed,
        now,
    )?;
    if let Err(error) = write_index(store, ledger) {
        tracing::warn!(
            error = format!("{error:#}"),
            "the archive's list could not be renewed; the edition is complete"
        );
    }
    tracing::info!(report, period, number, files = listed.len(), "edition archived");
    Ok(Edition { edition_id, report: report.into(), period: period.into(), number, path, subject: subject.to_owned() })
}

/// Waits until nobody else publishes in this store, and keeps others waiting until it is dropped.
pub fn sole_publisher(store: &Path) -> Result<File> {
    let lock = files::lock_file(&store.join("archive").join(".lock"))?;
    lock.lock().context("cannot lock the archive")?;
    Ok(lock)
}

/// Names and bytes of every file of an edition: the review as JSON, what was rendered of it, and whatever else belongs to it.
pub fn contents(report: Vec<u8>, rendered: &Rendered, extra: &[(String, Vec<u8>)]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut contents = vec![("report.json".to_owned(), report)];
    contents.extend(to_read(rendered));
    contents.extend(extra.iter().cloned());
    let mut seen = std::collections::BTreeSet::new();
    for (name, _) in &contents {
        ensure!(name.split('/').all(is_plain_name), "{name:?} cannot be a file of an edition");
        ensure!(seen.insert(name.as_str()), "two files of the edition are called {name:?}");
    }
    Ok(contents)
}

/// Names and bytes of what people read: page, mail with its pictures beside it, and the figures as data.
pub fn to_read(rendered: &Rendered) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("index.html".to_owned(), rendered.page.clone().into_bytes()),
        ("email.html".to_owned(), standalone(rendered).into_bytes()),
        ("email.txt".to_owned(), rendered.text.clone().into_bytes()),
    ];
    let charts = rendered.images.iter().map(|image| (format!("charts/{}", image.file_name), image.png.clone()));
    files.extend(charts);
    files.extend(rendered.data.iter().map(|file| (file.name.clone(), file.bytes.clone())));
    files
}

/// The mail's HTML with its pictures beside it instead of attached to it.
fn standalone(rendered: &Rendered) -> String {
    rendered.images.iter().fold(rendered.html.clone(), |html, image| {
        ['"', '\''].into_iter().fold(html, |html, quote| {
            let (from, to) = (format!("cid:{}{quote}", image.cid), format!("charts/{}{quote}", image.file_name));
            html.replace(&from, &to)
        })
    })
}

/// The mail of an archived edition, as it was put there; what it takes along is decided as it is today. An edition whose files are
/// not what was listed is not mailed.
pub fn read_back(store: &Path, ledger: &Ledger, row: &EditionRow, enclose: &Enclose) -> Result<(Edition, Rendered)> {
    let folder = store.join(&row.path);
    let listed = ledger.edition_files(row.edition_id)?;
    let read = |file: &EditionFile| -> Result<Vec<u8>> {
        let path = folder.join(&file.name);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(files::sha256(&bytes) == file.sha256, "{} is not what was archived", path.display());
        Ok(bytes)
    };
    let text = |name: &str| -> Result<String> {
        let file = listed.iter().find(|file| file.name == name);
        let file = file.with_context(|| format!("the edition in {} has no {name}", folder.display()))?;
        String::from_utf8(read(file)?).with_context(|| format!("{name} is not UTF-8"))
    };
    let mut html = text("email.html")?;
    let mut images = Vec::new();
    for file in &listed {
        let Some(file_name) = file.name.strip_prefix("charts/") else { continue };
        let cid = format!("{}@archive", file_name.trim_end_matches(".png"));
        for quote in ['"', '\''] {
            html = html.replace(&format!("charts/{file_name}{quote}"), &format!("cid:{cid}{quote}"));
        }
        images.push(Image { cid, file_name: file_name.to_owned(), png: read(file)?, alt: String::new() });
    }
    let is_data = |file: &&EditionFile| {
        let ending = file.name.rsplit_once('.').map(|(_, ending)| ending);
        matches!(ending, Some("xlsx" | "csv")) && !file.name.contains('/') && !OWN_FILES.contains(&file.name.as_str())
    };
    let mut data = Vec::new();
    for file in listed.iter().filter(is_data).filter(|file| enclose.wants(&file.name)) {
        data.push(DataFile { name: file.name.clone(), bytes: read(file)?, is_attached: false });
    }
    // the workbook first, as when it was made
    data.sort_by_key(|file| file.name.rsplit_once('.').is_none_or(|(_, ending)| ending != "xlsx"));
    enclose.choose(&mut data);
    let EditionRow { edition_id, report, period, number, subject, .. } = row.clone();
    let rendered = Rendered {
        subject: subject.clone(),
        preheader: String::new(),
        html,
        text: text("email.txt")?,
        page: String::new(),
        images,
        data,
    };
    Ok((Edition { edition_id, report, period, number, path: folder, subject }, rendered))
}

/// Letters, digits and `-_.@+`, not hidden: safe as one part of a path and in a URL.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+'))
}

fn write_edition(folder: &Path, path: &Path, contents: &[(String, Vec<u8>)]) -> Result<Vec<EditionFile>> {
    let temporary = folder.join(format!(".tmp-{}", std::process::id()));
    let written = write_files(&temporary, contents).and_then(|listed| {
        std::fs::rename(&temporary, path).with_context(|| format!("cannot put {} in place", path.display()))?;
        files::sync_folder(folder)?;
        Ok(listed)
    });
    if written.is_err() {
        let _ = std::fs::remove_dir_all(&temporary);
    }
    written
}

fn write_files(folder: &Path, contents: &[(String, Vec<u8>)]) -> Result<Vec<EditionFile>> {
    private_folder(folder)?;
    let mut folders = std::collections::BTreeSet::from([folder.to_path_buf()]);
    let mut listed = Vec::with_capacity(contents.len());
    for (name, bytes) in contents {
        let path = folder.join(name);
        for parent in path.ancestors().skip(1).take_while(|p| p.starts_with(folder)) {
            private_folder(parent)?;
            folders.insert(parent.to_path_buf());
        }
        files::write_private(&path, bytes)?;
        listed.push(EditionFile { name: name.clone(), sha256: files::sha256(bytes), bytes: bytes.len() as u64 });
    }
    folders.iter().try_for_each(|f| files::sync_folder(f))?;
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listed)
}

/// Removes what an interrupted publication left: temporary folders, and the unlisted one that has the next number.
fn sweep(folder: &Path, next: u32) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(".tmp-") || *name == *next.to_string() {
            std::fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove the unfinished {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn digest(listed: &[EditionFile]) -> String {
    let lines: String = listed.iter().fold(String::new(), |mut lines, file| {
        let _ = writeln!(lines, "{}  {}", file.sha256, file.name);
        lines
    });
    files::sha256(lines.as_bytes())
}

/// Gives files of an edition other bytes (none: the file goes), each in one step, and has the ledger list what is then there. The
/// one change that an edition knows: somebody was forgotten.
pub fn rewrite(
    store: &Path,
    ledger: &Ledger,
    edition: &EditionRow,
    changes: &[(String, Option<Vec<u8>>)],
    erasure_id: i64,
) -> Result<()> {
    let folder = store.join(&edition.path);
    let mut listed = ledger.edition_files(edition.edition_id)?;
    for (name, bytes) in changes {
        ensure!(name.split('/').all(is_plain_name), "{name:?} cannot be a file of an edition");
        let path = folder.join(name);
        listed.retain(|file| file.name != *name);
        match bytes {
            Some(bytes) => {
                files::replace(&path, bytes)?;
                let (name, bytes, sha256) = (name.clone(), bytes.len() as u64, files::sha256(bytes));
                listed.push(EditionFile { name, sha256, bytes });
            }
            None => std::fs::remove_file(&path)
                .or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
                .with_context(|| format!("cannot remove {}", path.display()))?,
        }
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    ledger.replace_edition_files(edition.edition_id, erasure_id, &listed, &digest(&listed))
}

/// Files of an edition that are not what the ledger lists: an erasure was interrupted between them and it.
pub fn differing(store: &Path, ledger: &Ledger, edition: &EditionRow) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = store.join(&edition.path);
    let mut found = Vec::new();
    for file in ledger.edition_files(edition.edition_id)? {
        match std::fs::read(folder.join(&file.name)) {
            Ok(bytes) if files::sha256(&bytes) != file.sha256 => found.push((file.name, bytes)),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", folder.join(&file.name).display()));
            }
        }
    }
    Ok(found)
}

/// Removes folders of editions that the ledger does not list: what an interrupted publication, housekeeping or forgetting left.
/// A publisher holds the archive's lock until its edition is listed.
pub fn remove_unlisted(store: &Path, ledger: &Ledger) -> Result<()> {
    let archive = store.join("archive");
    if !archive.is_dir() {
        return Ok(());
    }
    let lock = files::lock_file(&archive.join(".lock"))?;
    lock.lock().context("cannot lock the archive")?;
    let listed: std::collections::BTreeSet<String> = ledger.editions(None)?.into_iter().map(|e| e.path).collect();
    for report in folders(&archive)? {
        for period in folders(&report)? {
            for number in folders(&period)? {
                let relative = number.strip_prefix(store).unwrap_or(&number).to_string_lossy().into_owned();
                if !listed.contains(&relative) {
                    std::fs::remove_dir_all(&number).with_context(|| format!("cannot remove {}", number.display()))?;
                }
            }
        }
    }
    Ok(())
}

fn folders(of: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(of).with_context(|| format!("cannot read {}", of.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Rewrites `archive/index.html` from the ledger, for a caller that holds the archive's lock.
pub fn write_index(store: &Path, ledger: &Ledger) -> Result<()> {
    let page = index_page(&ledger.editions(None)?, "");
    let path = store.join("archive").join("index.html");
    files::remove_halves(&path)?;
    files::replace(&path, page.as_bytes())
}

/// A plain list of editions by report and period, newest first. `base` precedes every link.
pub fn index_page(editions: &[EditionRow], base: &str) -> String {
    let mut body = String::new();
    // the review of one customer is for whoever asked for it
    let is_listed = |of_report: &&[EditionRow]| !of_report[0].report.contains('.');
    for of_report in editions.chunk_by(|a, b| a.report == b.report).filter(is_listed) {
        let _ = write!(body, "<h2>{}</h2>\n<ul>\n", escaped(&of_report[0].report));
        for edition in of_report {
            let EditionRow { report, period, number, subject, created_at, .. } = edition;
            let again = if *number > 1 { format!(", edition {number}") } else { String::new() };
            let mark = if edition.is_provisional { " <em>provisional</em>" } else { "" };
            let _ = writeln!(
                body,
                "<li><a href=\"{base}{report}/{period}/{number}/index.html\">{}{again}</a>{mark} {} <small>{}</small></li>",
                escaped(period),
                escaped(subject),
                escaped(created_at),
            );
        }
        body.push_str("</ul>\n");
    }
    if editions.is_empty() {
        body.push_str("<p>No edition yet.</p>\n");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Business reviews</title>\
         <style>body{{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}}\
         small,em{{color:#555}}</style></head>\n<body><h1>Business reviews</h1>\n{body}</body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// What an edition keeps for replaying it, with every id and recipient: nobody reads it on the web.
const OWN_FILES: [&str; 4] = ["rows.parquet", "known.json", "config.toml", "batches.csv"];

/// Whether people may read a file of an edition, if they may read the edition.
pub fn is_for_readers(name: &str) -> bool {
    !OWN_FILES.contains(&name)
}

/// Where a listed file of an edition lies; `None` for whatever the ledger does not list, and for what is not for readers.
pub fn listed_file(
    store: &Path,
    ledger: &Ledger,
    report: &str,
    period: &str,
    number: u32,
    name: &str,
) -> Result<Option<PathBuf>> {
    if !is_for_readers(name) {
        return Ok(None);
    }
    let Some(edition) = ledger.edition(report, period, number)? else { return Ok(None) };
    let listed = ledger.edition_files(edition.edition_id)?;
    Ok(listed.iter().find(|f| f.name == name).map(|f| store.join(&edition.path).join(&f.name)))
}
