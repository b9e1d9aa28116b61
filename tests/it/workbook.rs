//! The figures as data: the workbook read back by a reader that is not the writer's, and the CSV files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use bizreview::render::{Renderer, sample};
use bizreview::review::edition::{Attachment, Enclose, Rendered};
use bizreview::review::model::{Cell, Review};
use calamine::{Data, DataType, Reader, Xlsx};
use rust_decimal::Decimal;

use crate::support::company::Desk;

fn render(review: &Review) -> Rendered {
    Renderer::new(None).unwrap().render(review).unwrap()
}

fn file<'a>(rendered: &'a Rendered, name: &str) -> &'a [u8] {
    &rendered.data.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("no {name}")).bytes
}

type Sheet = Vec<Vec<Data>>;

fn sheets(review: &Review) -> Vec<(String, Sheet)> {
    let rendered = render(review);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file(&rendered, "data.xlsx").to_vec())).unwrap();
    let sheets = book.worksheets();
    assert!(
        sheets.iter().all(|(name, _)| {
            book.worksheet_formula(name).map_or(true, |formulas| formulas.used_cells().count() == 0)
        })
    );
    sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

fn sheet(review: &Review, name: &str) -> Sheet {
    let all = sheets(review);
    let names: Vec<&String> = all.iter().map(|(name, _)| name).collect();
    all.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no sheet {name} in {names:?}")).1.clone()
}

/// The cell of a column in the row that begins so.
#[track_caller]
fn cell(sheet: &Sheet, row: &str, column: &str) -> Data {
    let index =
        sheet[0].iter().position(|c| c.get_string() == Some(column)).unwrap_or_else(|| panic!("{:?}", sheet[0]));
    let found = sheet.iter().find(|cells| cells[0].get_string() == Some(row));
    found.unwrap_or_else(|| panic!("no row {row}"))[index].clone()
}

fn csv(rendered: &Rendered, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(file(rendered, name));
    let columns = reader.headers().unwrap().clone();
    let record = |r: Result<csv::StringRecord, csv::Error>| {
        columns.iter().map(str::to_owned).zip(r.unwrap().iter().map(str::to_owned)).collect()
    };
    reader.records().map(record).collect()
}

#[test]
fn every_part_of_a_review_is_a_sheet_and_every_figure_a_number() {
    let review = sample::full();
    let names: Vec<String> = sheets(&review).into_iter().map(|(name, _)| name).collect();
    for name in [
        "Read me",
        "Needs attention",
        "Service levels",
        "Churn",
        "Growth",
        "Segments",
        "Periods",
        "Money walk",
        "Definitions",
    ] {
        assert!(names.iter().any(|n| n == name), "{name} is not in {names:?}");
    }
    assert_eq!(names[0], "Read me");
    let growth = sheet(&review, "Growth");
    let mrr = review.sections.iter().flat_map(|s| &s.rows).find(|r| r.metric == "growth/mrr").unwrap();
    let value: f64 = mrr.value.unwrap().to_string().parse().unwrap();
    assert_eq!(cell(&growth, &mrr.title, "Figure"), Data::Float(value));
    assert_eq!(cell(&growth, &mrr.title, "Unit"), Data::String("EUR".into()));
    let levels = sheet(&review, "Service levels");
    let title = levels[1][0].get_string().unwrap().to_owned();
    let figure = cell(&levels, &title, "Figure").get_float().unwrap();
    assert!((0.0..=1.0).contains(&figure), "a percentage is its fraction: {figure}");

    // opening and movements are closing, to the cent, in the cells as on the page
    let walk = sheet(&review, "Money walk");
    let amounts: Vec<Decimal> =
        walk[1..].iter().map(|row| row[1].get_float().unwrap().to_string().parse().unwrap()).collect();
    let closing = amounts.iter().take(8).sum::<Decimal>();
    assert_eq!(closing, amounts[8]);
    let periods = sheet(&review, "Periods");
    assert!(periods[1][3].is_datetime(), "a day is a date: {:?}", periods[1]);
}

#[test]
fn what_is_unknown_is_empty_with_its_reason() {
    let levels = sheet(&sample::no_data(), "Service levels");
    let title = levels[1][0].get_string().unwrap().to_owned();
    assert_eq!(cell(&levels, &title, "Figure"), Data::Empty);
    assert_eq!(cell(&levels, &title, "Why there is none"), Data::String("no tickets in this period".into()));
    let data = csv(&render(&sample::no_data()), "data.csv");
    assert!(data.iter().any(|r| r["value"].is_empty() && r["reason"] == "no tickets in this period"), "{data:?}");
    // few cases are counts, not a percentage
    let small = sample::small_numbers();
    let few = small.sections.iter().flat_map(|s| &s.rows).find(|r| r.is_small).unwrap();
    let (_, of_few) = sheets(&small)
        .into_iter()
        .find(|(_, sheet)| {
            sheet[0].len() == 25 && sheet.iter().any(|row| row[0].get_string() == Some(few.title.as_str()))
        })
        .unwrap();
    assert_eq!(cell(&of_few, &few.title, "Figure"), Data::Empty);
    assert!(cell(&of_few, &few.title, "Numerator").get_float().is_some());
}

#[test]
fn customers_words_are_text_and_never_formulas() {
    let mut review = sample::hostile_text();
    let list = &mut review.lists[0];
    let text = list.columns.iter().position(|c| c.name == "account").unwrap_or(0);
    let number = list.rows[0].iter().position(|c| matches!(c, Cell::Number(_))).unwrap();
    let words = ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "＝1", "\t=1", "Ünïcode 🚀", "a,\"b\"\r\nc", "_x0041_"];
    let row = list.rows[0].clone();
    list.rows = words
        .iter()
        .map(|word| {
            let mut row = row.clone();
            row[text] = Cell::Text((*word).to_owned());
            row[number] = Cell::Number(Decimal::new(-250, 2));
            row
        })
        .collect();
    let (name, title) = (list.name.clone(), list.title.clone());
    let all = sheets(&review);
    let is_list = |sheet: &Sheet| sheet.iter().any(|row| row[text].get_string() == Some("@SUM(A1)"));
    let (_, sheet) = all.iter().find(|(_, s)| is_list(s)).unwrap_or_else(|| panic!("no sheet of {title}"));
    let told: Vec<&str> = sheet[1..].iter().map(|row| row[text].get_string().unwrap()).collect();
    let plain = ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "＝1", "=1", "Ünïcode 🚀", "a,\"b\" c", "_x0041_"];
    assert_eq!(told, plain, "as they are, in cells of text");
    assert_eq!(sheet[1][number], Data::Float(-2.5), "a negative number is one");

    let rendered = render(&review);
    let lines = csv(&rendered, &format!("list-{}.csv", name.replace('_', "-")));
    let keys: Vec<&String> = lines[0].keys().collect();
    let told: BTreeSet<&str> = lines.iter().flat_map(|line| line.values().map(String::as_str)).collect();
    for word in ["'=1+1", "'+49 30 1", "'-2+3", "'@SUM(A1)", "'＝1", "'=1", "-2.5", "a,\"b\" c"] {
        assert!(told.contains(word), "{word} is not in {told:?} of {keys:?}");
    }
    let text = String::from_utf8(file(&rendered, "data.csv").to_vec()).unwrap();
    assert!(
        text.lines().count() > 1 && text.matches("\r\n").count() == text.matches('\n').count(),
        "RFC 4180 line ends"
    );
    for line in text.lines().skip(1) {
        let begins = line.split(',').find(|field| field.starts_with(['=', '+', '@']));
        assert_eq!(begins, None, "{line}");
    }
}

#[test]
fn the_same_review_is_the_same_file_and_names_of_sheets_are_allowed_ones() {
    for (name, review) in sample::all() {
        let (one, two) = (render(&review), render(&review));
        assert_eq!(one.data, two.data, "{name}");
        let mut seen = BTreeSet::new();
        for (sheet, rows) in sheets(&review) {
            assert!(
                sheet.encode_utf16().count() <= 31 && !sheet.contains(['[', ']', ':', '*', '?', '/', '\\']),
                "{sheet}"
            );
            assert!(seen.insert(sheet.to_lowercase()), "{name}: two sheets {sheet}");
            assert!(rows[0].iter().all(DataType::is_string), "{name}, {sheet}: headings");
        }
    }
}

#[test]
fn what_a_cell_cannot_hold_is_written_out() {
    let mut review = sample::full();
    let walk = review.walk.as_mut().unwrap();
    walk.opening = "123456789012345678.91".parse().unwrap();
    let walk = sheet(&review, "Money walk");
    assert_eq!(cell(&walk, "Opening MRR", "Amount"), Data::String("123456789012345678.91".into()));
    for (currency, digits, amount) in [("JPY", 0, "120000"), ("BHD", 3, "120.125")] {
        let mut review = sample::full();
        (review.head.currency, review.head.currency_digits) = (currency.into(), digits);
        review.walk.as_mut().unwrap().new = amount.parse().unwrap();
        assert_eq!(cell(&sheet(&review, "Money walk"), "New", "Amount"), Data::Float(amount.parse().unwrap()));
    }
}

#[test]
fn the_workbook_speaks_the_readers_language() {
    let mut review = sample::full();
    review.head.locale = "de".into();
    let names: Vec<String> = sheets(&review).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[0], "Lies mich");
    let words: Vec<String> =
        names.iter().flat_map(|name| sheet(&review, name)).flatten().map(|c| c.to_string()).collect();
    assert!(!words.iter().any(|w| w.starts_with("book-")), "an id without words: {words:?}");
}

#[test]
fn attachments_stay_within_their_limit_and_the_mail_says_what_does_not_fit() {
    let review = sample::full();
    let renderer = Renderer::new(None).unwrap();
    let kinds = vec![Attachment::Xlsx, Attachment::Csv];
    let with = |limit: u64| renderer.render_with(&review, &Enclose { kinds: kinds.clone(), limit }).unwrap();
    let all = with(5_000_000);
    assert!(all.data.iter().all(|f| f.is_attached));
    assert!(all.text.contains("Attached: support-2026-W46-data.xlsx"), "{}", all.text);
    assert!(all.html.contains("support-2026-W46-data.csv"));
    let workbook = file(&all, "data.xlsx").len() as u64;
    let some = with(workbook - 1);
    let attached: Vec<&str> = some.data.iter().filter(|f| f.is_attached).map(|f| f.name.as_str()).collect();
    assert!(!attached.is_empty() && !attached.contains(&"data.xlsx"), "{attached:?}");
    assert!(some.text.contains("Not attached, because attachments are limited"), "{}", some.text);
    assert_eq!(bizreview::render::audit(&some, review.head.link.as_deref()), Vec::<String>::new());
    let none = renderer.render(&review).unwrap();
    assert!(!none.text.contains("ttached") && none.data.iter().all(|f| !f.is_attached));
    // the page leads to each of them
    for file in &none.data {
        assert!(none.page.contains(&format!("href=\"{}\"", file.name)), "{}", file.name);
    }
}

/// Names of customers in a list of the edition that is looked at.
fn customers(desk: &Desk, list: &str) -> BTreeSet<String> {
    let text = desk.read(&format!("store/dry-run/customer_success/2026-W46/{list}"));
    let rows = crate::support::store::rows(&text);
    rows.iter().filter_map(|row| row.get("account").cloned()).filter(|name| !name.is_empty()).collect()
}

/// Every word of the workbook and the CSV files of the edition that is looked at.
fn all_words(desk: &Desk) -> String {
    let folder = "store/dry-run/customer_success/2026-W46";
    let mut words = String::new();
    for name in desk.names(folder).into_iter().filter(|name| name.rsplit('.').next() == Some("csv")) {
        words += &desk.read(&format!("{folder}/{name}"));
    }
    let bytes = std::fs::read(desk.join(folder).join("data.xlsx")).unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    for (_, range) in book.worksheets() {
        words.extend(range.used_cells().map(|(_, _, cell)| format!("\n{cell}")));
    }
    words
}

#[test]
fn customers_are_shown_in_data_as_they_are_in_print() {
    let look = ["run", "customer_success", "--no-pull", "--dry-run"];
    let desk = Desk::pulled();
    desk.run(&look).exits(0);
    let list = "list-accounts-at-risk.csv";
    let names = customers(&desk, list);
    assert!(names.len() > 3 && names.iter().all(|name| all_words(&desk).contains(name.as_str())), "{names:?}");

    let desk = desk.edit("customers = \"names\"", "customers = \"ids\"");
    desk.run(&look).exits(0);
    let ids = customers(&desk, list);
    let words = all_words(&desk);
    assert!(ids.len() == names.len() && ids.iter().all(|id| words.contains(id.as_str())), "{ids:?}");
    assert_eq!(names.iter().find(|name| words.contains(name.as_str())), None);

    let desk = desk.edit("customers = \"ids\"", "customers = \"none\"");
    desk.run(&look).exits(0);
    let words = all_words(&desk);
    assert_eq!(names.iter().chain(&ids).find(|name| words.contains(name.as_str())), None);
}

#[test]
fn a_report_attaches_what_its_block_says_and_an_edition_keeps_it_all() {
    let title = "title = \"Product & engineering review\"";
    let desk = Desk::pulled().edit(title, &format!("{title}\nattachments = [\"xlsx\", \"csv\"]"));
    desk.run(&["run", "product", "operations", "--no-pull"]).exits(0);
    let names = desk.names("outbox");
    let mail = |report: &str| {
        let name = names.iter().find(|name| name.contains(report)).unwrap_or_else(|| panic!("{names:?}"));
        std::fs::read(desk.join("outbox").join(name)).unwrap()
    };
    let bytes = mail("product");
    let parsed = mailparse::parse_mail(&bytes).unwrap();
    let attached: Vec<String> =
        parsed.subparts[1..].iter().map(|part| part.get_content_disposition().params["filename"].clone()).collect();
    assert_eq!(attached[..2], ["product-2026-W46-data.xlsx", "product-2026-W46-data.csv"]);
    assert!(attached.contains(&"product-2026-W46-list-incidents.csv".to_owned()), "{attached:?}");
    let kept = std::fs::read(desk.join("store/archive/product/2026-W46/1/data.xlsx")).unwrap();
    assert_eq!(parsed.subparts[1].get_body_raw().unwrap(), kept, "the file of the archive");
    let bytes = mail("operations");
    assert_eq!(mailparse::parse_mail(&bytes).unwrap().ctype.mimetype, "multipart/alternative", "nothing by default");
    assert!(desk.names("store/archive/operations/2026-W46/1").contains(&"data.csv".to_owned()));

    let desk = desk.edit("# attachment_limit = \"5MB\"", "attachment_limit = \"5 gigs\"");
    desk.run(&["check"]).exits(2).explains(&["attachment_limit", "5 gigs", "5MB"]);
    let desk = desk.edit("attachment_limit = \"5 gigs\"", "attachment_limit = \"5MB\"");
    let desk = desk.edit("[\"xlsx\", \"csv\"]", "[\"pdf\"]");
    desk.run(&["check"]).exits(2).explains(&["attachments", "pdf", "xlsx"]);
}

// Print

/// Where Chromium is, as the program finds it.
fn chromium() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path).flat_map(|f| names.map(|name| f.join(name))).find(|p| p.is_file())
}

#[test]
fn pdf_is_the_page_printed_by_an_installed_browser() {
    if chromium().is_none() {
        println!(
            "skipped pdf_is_the_page_printed_by_an_installed_browser: no Chromium on the PATH (Debian package chromium)"
        );
        return;
    }
    let desk = Desk::pulled();
    desk.run(&["run", "operations", "--no-pull", "--pdf"]).exits(0);
    let folder = "store/archive/operations/2026-W46/1";
    let pdf = std::fs::read(desk.join(folder).join("index.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 10_000, "{} bytes", pdf.len());
    assert!(desk.read(&format!("{folder}/index.html")).contains("href=\"index.pdf\""));
    let left: Vec<String> = desk.names("store").into_iter().filter(|name| name.starts_with("print-")).collect();
    assert_eq!(left, Vec::<String>::new(), "profile and page are thrown away");
    desk.run(&["run", "support", "--no-pull", "--pdf", "--dry-run"]).exits(0);
    assert!(desk.join("store/dry-run/support/2026-W46/index.pdf").is_file());
}

#[test]
fn without_a_browser_a_report_goes_out_without_its_print() {
    let desk = Desk::pulled();
    let said = |configured: Option<&str>| {
        let mut command = desk.command(&["run", "operations", "--no-pull", "--pdf", "--again"]);
        command.env("PATH", "/nowhere");
        configured.map(|program| command.env("BIZREVIEW_CHROMIUM", program));
        crate::support::company::said(&mut command)
    };
    said(None).exits(1).prints(&["sent", "1 of 1"]).explains(&["--pdf", "needs Chromium", "apt install chromium"]);
    assert!(!desk.join("store/archive/operations/2026-W46/1/index.pdf").exists());
    said(Some("/nowhere/chromium")).exits(1).explains(&["/nowhere/chromium is not there"]);
    // one that ends without having printed
    said(Some("/bin/false")).exits(1).prints(&["1 of 1"]).explains(&["no PDF: /bin/false ended with"]);
    assert!(!desk.read("store/archive/operations/2026-W46/3/index.html").contains("index.pdf"));
}
