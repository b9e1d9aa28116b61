//! An edition on the web: its page exactly as it was published, between a bar to find one's way and what came after it. The file
//! itself is served too, untouched.

use anyhow::{Context, Result};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use tokio::io::AsyncReadExt;

use super::archive::{Link, shelf};
use super::metric::period_name;
use super::report::role_name;
use super::runs::{DeliveryView, deliveries};
use super::voices::{self, Said, Which};
use super::{Asked, Named, encoded, title};
use crate::calendar::Calendar;
use crate::deliver::archive::{is_for_readers, listed_file};
use crate::ledger::runs::{EditionFile, EditionRow};
use crate::render::{OwnerPromiseView, Speech};
use crate::serve::visitor::Role;

/// Comments shown below an edition.
const COMMENTS: usize = 50;
/// Bytes of a file held at once for one reader.
const PIECE: usize = 64 * 1024;

#[derive(Debug, Serialize)]
struct EditionView {
    report: Link,
    /// Keys, for forms.
    report_key: String,
    period_key: String,
    number: u32,
    period: String,
    /// The neighbours, where there are any.
    earlier: Option<Link>,
    later: Option<Link>,
    /// The other editions of the period.
    editions: Vec<Link>,
    /// The newest of the period where this one is not.
    newest: Option<Link>,
    is_provisional: bool,
    is_correction: bool,
    created: String,
    /// First digits of the digest over all files.
    digest: String,
    files: Vec<FileView>,
    metrics: Vec<Choice>,
    comments: Vec<Said>,
    promises: Vec<OwnerPromiseView>,
    deliveries: Vec<DeliveryView>,
    role: &'static str,
    /// The visitor may read the report, not this edition alone.
    is_whole: bool,
}

#[derive(Debug, Serialize)]
struct FileView {
    name: String,
    size: String,
}

/// A metric of the edition, to read on or to speak of.
#[derive(Debug, Serialize)]
struct Choice {
    metric: String,
    title: String,
    href: String,
}

pub(super) async fn view(asked: Asked, Named((report, period, number)): Named<(String, String, String)>) -> Response {
    asked.answer(move |asked| show(asked, &report, &period, &number)).await
}

fn show(asked: &Asked, report: &str, period: &str, number: &str) -> Result<Option<Response>> {
    let site = &asked.site;
    let Some(path) = readable(asked, report, period, number, "index.html")? else { return Ok(None) };
    let editions = site.ledger.editions_of(report, period)?;
    let Some(at) = editions.iter().position(|(e, _)| e.number.to_string() == number) else { return Ok(None) };
    let page = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let speech = asked.speech(Some(report))?;
    let view = edition_view(asked, &speech, &editions, at)?;
    let name = title(&asked.config, report);
    let bar = asked.page("edition-bar", &speech, &name, &view)?;
    let after = asked.page("edition-after", &speech, &name, &view)?;
    Ok(Some(Html(between(&page, &bar, &after)).into_response()))
}

/// A page with something before and after what it says. Whatever is not like a page is left as it is, between the two.
fn between(page: &str, bar: &str, after: &str) -> String {
    let body = page.find("<body").and_then(|at| Some(at + page[at..].find('>')? + 1)).unwrap_or(0);
    let end = page.rfind("</body>").filter(|end| *end >= body).unwrap_or(page.len());
    [&page[..body], bar, &page[body..end], after, &page[end..]].concat()
}

fn edition_view(asked: &Asked, speech: &Speech, editions: &[(EditionRow, bool)], at: usize) -> Result<EditionView> {
    let site = &asked.site;
    let (edition, is_correction) = &editions[at];
    let EditionRow { report, period, .. } = edition;
    let role = asked.visitor.role(report);
    let shelf = shelf(asked, speech, Some(report))?;
    let place = shelf.iter().position(|s| s.newest.edition.period == *period);
    let beside = |place: Option<usize>| {
        let edition = shelf.get(place?).map(|s| (&s.newest.edition, &s.period))?;
        let href = format!("/reports/{report}/{}/{}/", edition.0.period, edition.0.number);
        Some(Link { href, title: edition.1.clone() })
    };
    let link = |edition: &EditionRow| Link {
        href: format!("/reports/{report}/{period}/{}/", edition.number),
        title: speech.say("web-edition", &[("number", &edition.number.to_string())]),
    };
    let titles = site.kept.titles(&site.store(), edition);
    // a mail's link opens this edition and lists no others, but nobody reads what was replaced without being told
    let may_read_on = asked.visitor.may_read(report);
    let is_open = |e: &EditionRow| asked.visitor.may_read_edition(report, period, e.number);
    let which = Which { metrics: &titles, period: Some(period), after: edition.created_at.parse().ok() };
    let mails = if role >= Role::Operator { site.ledger.deliveries(edition.edition_id)? } else { Vec::new() };
    Ok(EditionView {
        report: Link { href: format!("/reports/{report}/"), title: title(&asked.config, report) },
        report_key: report.clone(),
        period_key: period.clone(),
        number: edition.number,
        period: period_name(speech, &Calendar::new(&asked.config.company)?, period),
        earlier: beside(place.map(|place| place + 1)),
        later: beside(place.and_then(|place| place.checked_sub(1))),
        newest: editions.first().filter(|(newest, _)| newest.number != edition.number).map(|(newest, _)| link(newest)),
        editions: editions
            .iter()
            .filter(|(e, _)| e.number != edition.number && is_open(e))
            .map(|(e, _)| link(e))
            .collect(),
        is_provisional: edition.is_provisional,
        is_correction: *is_correction,
        created: speech.moment(&edition.created_at, &asked.config.company.timezone),
        digest: edition.sha256.chars().take(12).collect(),
        files: files(asked, report, speech, &site.ledger.edition_files(edition.edition_id)?),
        metrics: titles
            .iter()
            .filter(|_| may_read_on)
            .map(|(metric, title)| choice(speech, report, metric, title))
            .collect(),
        comments: if may_read_on { voices::comments(asked, speech, &which, COMMENTS)? } else { Vec::new() },
        promises: if may_read_on { voices::promises(asked, speech, report)? } else { Vec::new() },
        is_whole: may_read_on,
        deliveries: deliveries(asked, speech, &mails),
        role: role_name(role),
    })
}

fn choice(speech: &Speech, report: &str, metric: &str, title: &str) -> Choice {
    Choice {
        metric: metric.to_owned(),
        title: speech.metric_title(metric, title),
        href: format!("/metric/{}?report={}", encoded(metric), encoded(report)),
    }
}

/// What readers may take along. Rows name customers: they are for people who signed in.
fn files(asked: &Asked, report: &str, speech: &Speech, listed: &[EditionFile]) -> Vec<FileView> {
    let has_rows = asked.visitor.may_take_rows(report);
    let is_shown = |name: &str| {
        is_for_readers(name)
            && !name.starts_with("charts/")
            && !name.starts_with("queries/")
            && name != "index.html"
            && (has_rows || !is_rows(name))
    };
    let file = |f: &EditionFile| FileView {
        name: f.name.clone(),
        size: format!("{}\u{a0}kB", speech.count(f.bytes.div_ceil(1000))),
    };
    listed.iter().filter(|f| is_shown(&f.name)).map(file).collect()
}

fn is_rows(name: &str) -> bool {
    name.starts_with("rows/")
}

/// Where a file lies that this visitor may have.
fn readable(asked: &Asked, report: &str, period: &str, number: &str, name: &str) -> Result<Option<std::path::PathBuf>> {
    // one name for one thing: not +1, not 01
    let number = number.parse::<u32>().ok().filter(|n| n.to_string() == number);
    let Some(number) = number.filter(|n| asked.visitor.may_read_edition(report, period, *n)) else { return Ok(None) };
    listed_file(&asked.site.store(), &asked.site.ledger, report, period, number, name)
}

/// A file of an edition, as it was published.
pub(super) async fn file(
    asked: Asked,
    Named((report, period, number, name)): Named<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let found = readable(&asked, &report, &period, &number, &name).and_then(|path| {
        let number = number.parse().unwrap_or_default();
        Ok(path.zip(asked.site.ledger.file_digest(&report, &period, number, &name)?))
    });
    let (path, digest) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return asked.answer(|_| Ok(None)).await,
        Err(error) => return asked.answer(|_| Err(error)).await,
    };
    if is_rows(&name) && !asked.visitor.may_take_rows(&report) {
        return asked.answer(|asked| Ok(Some(asked.told(StatusCode::FORBIDDEN, "rows")))).await;
    }
    let tag = format!("\"{digest}\"");
    if is_known(&headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    match stream(&path).await {
        Ok((length, body)) => {
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(&name)));
            headers.insert(header::CONTENT_LENGTH, length.into());
            if let Ok(tag) = tag.parse() {
                headers.insert(header::ETAG, tag);
            }
            response
        }
        Err(error) => asked.answer(|_| Err(error)).await,
    }
}

/// Whether the reader has this very file already.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

/// A file's length and bytes, read as they are taken.
async fn stream(path: &std::path::Path) -> Result<(u64, Body)> {
    let open =
        async { Ok::<_, std::io::Error>((tokio::fs::File::open(path).await?, tokio::fs::metadata(path).await?)) };
    let (file, metadata) = open.await.with_context(|| format!("cannot read {}", path.display()))?;
    let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    Ok((metadata.len(), Body::from_stream(pieces)))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("csv") => "text/csv; charset=utf-8",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("txt" | "toml" | "sql") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_page_keeps_every_byte_of_its_own() {
        let page = "<!DOCTYPE html><html><head></head><body class=\"x\"><p>&lt;/body&gt;</p></body></html>";
        assert_eq!(
            between(page, "[bar]", "[after]"),
            "<!DOCTYPE html><html><head></head><body class=\"x\">[bar]<p>&lt;/body&gt;</p>[after]</body></html>"
        );
        assert_eq!(between("plain", "[bar]", "[after]"), "[bar]plain[after]");
        assert_eq!(between("</body><body", "[bar]", "[after]"), "[bar][after]</body><body");
    }
}
