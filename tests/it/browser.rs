//! Mail and page as their readers see them: in a browser (tests/e2e/look.mjs), and against what is known of mail programs
//! (tests/e2e/mail.mjs).
//!
//! Both need programs that Rust does not bring: Chromium, Node.js, and npm packages that `.ci/run` installs. Where they are
//! missing a test says so and does nothing; with `BIZREVIEW_E2E=required` that is a failure. `BIZREVIEW_SHOTS=DIR` keeps
//! pictures and PDFs of every view.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use bizreview::render::{DEGRADES, PROPERTIES, Renderer, sample};
use serde::Deserialize;

use crate::support::company::{Desk, REPORTS};
use crate::support::scratch::Scratch;

/// Programs and packages of these tests.
pub struct Tools {
    pub chromium: PathBuf,
    node: PathBuf,
    modules: PathBuf,
}

impl Tools {
    /// `None`, said aloud, where something is missing.
    pub fn find(test: &str) -> Option<Tools> {
        match Tools::look() {
            Ok(tools) => Some(tools),
            Err(missing) => {
                assert!(std::env::var("BIZREVIEW_E2E").as_deref() != Ok("required"), "{test}: {missing}");
                println!("skipped {test}: {missing}");
                None
            }
        }
    }

    fn look() -> Result<Tools, String> {
        let program = |names: &[&str], package: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
            let found = names.iter().find_map(|n| places.iter().map(|p| p.join(n)).find(|p| p.is_file()));
            found.ok_or(format!("{} is missing (Debian package {package})", names[0]))
        };
        let chromium = program(&["chromium", "chromium-browser", "google-chrome"], "chromium")?;
        let node = program(&["node", "nodejs"], "nodejs")?;
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"), PathBuf::from);
        let modules =
            std::env::var_os("BIZREVIEW_E2E_MODULES").map_or_else(|| cache.join("bizreview/e2e"), PathBuf::from);
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/package-lock.json");
        let installed = std::fs::read(modules.join("package-lock.json")).ok();
        if !modules.join("node_modules").is_dir() || installed != std::fs::read(here).ok() {
            return Err(format!(
                "the npm packages of tests/e2e are not in {} (.ci/run installs them)",
                modules.display()
            ));
        }
        Ok(Tools { chromium, node, modules })
    }

    pub fn node<T: for<'a> Deserialize<'a>>(&self, script: &str, arguments: &[&Path]) -> T {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e").join(script);
        let mut command = Command::new(&self.node);
        let output = command.arg(&script).arg(&self.modules).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// A mail or page on disk.
#[derive(Clone, serde::Serialize)]
struct Document {
    name: String,
    kind: &'static str,
    file: PathBuf,
}

/// Every default report of a small company, and the reviews that are hard on a layout.
static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let (desk, folder) = (Desk::pulled(), Scratch::shared("browser"));
    desk.run(&["run", "--no-pull"]);
    let mut documents = Vec::new();
    for report in REPORTS.iter() {
        let from = desk.join(format!("store/archive/{}/{}/1", report.name, report.period));
        let to = folder.join(&report.name);
        std::fs::create_dir_all(to.join("charts")).unwrap();
        for file in ["email.html", "email.txt", "index.html"] {
            std::fs::copy(from.join(file), to.join(file)).unwrap();
        }
        for chart in std::fs::read_dir(from.join("charts")).into_iter().flatten().flatten() {
            std::fs::copy(chart.path(), to.join("charts").join(chart.file_name())).unwrap();
        }
        documents.extend(pair(&report.name, &to));
    }
    let renderer = Renderer::new(None).unwrap();
    let hard = ["full", "no-data", "small-numbers", "hostile-text", "sixty-metrics", "judged"];
    for (name, review) in sample::all().into_iter().filter(|(name, _)| hard.contains(name)) {
        let (to, rendered) = (folder.join(name), renderer.render(&review).unwrap());
        std::fs::create_dir_all(to.join("charts")).unwrap();
        let html = rendered.images.iter().fold(rendered.html, |html, image| {
            std::fs::write(to.join("charts").join(&image.file_name), &image.png).unwrap();
            html.replace(&format!("cid:{}", image.cid), &format!("charts/{}", image.file_name))
        });
        std::fs::write(to.join("email.html"), html).unwrap();
        std::fs::write(to.join("email.txt"), &rendered.text).unwrap();
        std::fs::write(to.join("index.html"), &rendered.page).unwrap();
        documents.extend(pair(name, &to));
    }
    std::mem::forget(folder);
    documents
});

fn pair(name: &str, folder: &Path) -> [Document; 2] {
    let document = |kind, file| Document { name: name.to_owned(), kind, file: folder.join(file) };
    [document("mail", "email.html"), document("page", "index.html")]
}

/// What look.mjs measured of one view.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    document: String,
    kind: String,
    #[serde(rename = "view")]
    label: String,
    scroll_width: f64,
    inner_width: f64,
    small: Vec<String>,
    faint: Vec<String>,
    clipped: Vec<String>,
    scrolling: Vec<String>,
    #[serde(default)]
    violations: Option<Vec<String>>,
    #[serde(default)]
    first: Option<FirstScreen>,
    #[serde(default)]
    sheet: Option<Sheet>,
    #[serde(default)]
    pages: usize,
}

/// How far down the first things end, in pixels.
#[derive(Deserialize)]
struct FirstScreen {
    verdict: Option<f64>,
    exception: Option<f64>,
    told: Option<f64>,
}

/// Computed styles on paper.
#[derive(Deserialize)]
struct Sheet {
    heads: Vec<String>,
    charts: Vec<String>,
    closed: usize,
}

/// A phone's screen, as pixels down.
const PHONE: f64 = 667.0;
/// Pages of the longest review on paper: sixty metrics and all their figures are many.
const PAGES: usize = 60;

impl View {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |is: bool, words: String| {
            if is {
                faults.push(format!("{} {} {}: {words}", self.document, self.kind, self.label));
            }
        };
        let (wide, room) = (self.scroll_width, self.inner_width);
        fault(wide > room, format!("scrolls sideways: {wide} px in {room} px"));
        fault(!self.small.is_empty(), format!("text under 12 px: {}", self.small.join("; ")));
        fault(!self.faint.is_empty(), format!("contrast under 4.5:1: {}", self.faint.join("; ")));
        fault(!self.clipped.is_empty(), format!("cut off: {}", self.clipped.join("; ")));
        let violations = self.violations.as_deref().unwrap_or_default();
        fault(!violations.is_empty(), format!("axe: {}", violations.join("; ")));
        if let Some(first) = &self.first {
            fault(first.verdict.is_none_or(|y| y > PHONE), "the verdict is not on the first phone screen".to_owned());
            fault(first.exception.is_some_and(|y| y > PHONE), "the exception is not on the first phone screen".into());
            let told = first.told.is_some_and(|y| y > PHONE) && self.kind == "mail";
            fault(told, "what the exception is about is not on the first phone screen".into());
        }
        if let Some(sheet) = &self.sheet {
            fault(!self.scrolling.is_empty(), format!("cut on paper: {}", self.scrolling.join("; ")));
            fault(sheet.heads.iter().any(|d| d != "table-header-group"), format!("heads: {:?}", sheet.heads));
            fault(sheet.charts.iter().any(|b| b != "avoid"), format!("charts break over pages: {:?}", sheet.charts));
            fault(sheet.closed > 0, format!("{} details are folded on paper", sheet.closed));
            fault(self.pages == 0 || self.pages > PAGES, format!("{} pages", self.pages));
        }
        faults
    }
}

#[test]
fn mail_and_page_are_sound_in_a_browser_at_every_width_in_every_light_and_on_paper() {
    let test = "mail_and_page_are_sound_in_a_browser_at_every_width_in_every_light_and_on_paper";
    let Some(tools) = Tools::find(test) else { return };
    let shots = std::env::var_os("BIZREVIEW_SHOTS").map(PathBuf::from);
    if let Some(folder) = &shots {
        std::fs::create_dir_all(folder).unwrap();
    }
    let folder = Scratch::new("browser-manifest");
    let manifest = folder.join("manifest.json");
    let content = serde_json::json!({"chromium": tools.chromium, "shots": shots, "documents": *DOCUMENTS});
    std::fs::write(&manifest, content.to_string()).unwrap();
    let views: Vec<View> = tools.node("look.mjs", &[&manifest]);
    assert!(views.len() >= DOCUMENTS.len() * 8, "{} views", views.len());
    assert!(views.iter().filter(|v| v.violations.is_some()).count() >= DOCUMENTS.len() * 2, "axe ran");
    let faults: Vec<String> = views.iter().flat_map(View::faults).collect();
    assert!(faults.is_empty(), "{} faults in {} views:\n{}", faults.len(), views.len(), faults.join("\n"));
}

#[test]
fn every_page_of_the_service_is_sound_in_a_browser_at_every_width_in_every_light() {
    let test = "every_page_of_the_service_is_sound_in_a_browser_at_every_width_in_every_light";
    let Some(tools) = Tools::find(test) else { return };
    let shots = std::env::var_os("BIZREVIEW_SHOTS").map(PathBuf::from);
    if let Some(folder) = &shots {
        std::fs::create_dir_all(folder).unwrap();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let company = crate::pages::company();
    let served = runtime.block_on(company.served_to(crate::pages::operator()));
    let empty = crate::support::site::Company::new();
    let nothing = runtime.block_on(empty.served_to(crate::pages::operator()));
    let documents: Vec<serde_json::Value> = [
        ("archive", "/"),
        ("archive-by-period", "/?by=period"),
        ("search", "/?q=first+reply+tickets"),
        ("report", "/reports/support/"),
        ("period", "/reports/support/2026-W46/"),
        ("edition", "/reports/support/2026-W46/2/"),
        ("edition-superseded", "/reports/support/2026-W46/1/"),
        ("metric", "/metric/sla_first_reply"),
        ("runs", "/runs"),
        ("run", "/runs/4"),
        ("status", "/status"),
        ("missing", "/nothing"),
    ]
    .iter()
    .map(|(name, path)| serde_json::json!({"name": name, "kind": "site", "file": format!("http://{}{path}", served.address)}))
    .chain([serde_json::json!({"name": "archive-empty", "kind": "site", "file": format!("http://{}/", nothing.address)})])
    .collect();
    let folder = Scratch::new("browser-manifest");
    let manifest = folder.join("manifest.json");
    let content = serde_json::json!({"chromium": tools.chromium, "shots": shots, "documents": documents});
    std::fs::write(&manifest, content.to_string()).unwrap();
    let views: Vec<View> = tools.node("look.mjs", &[&manifest]);
    assert_eq!(views.len(), documents.len() * 6);
    let faults: Vec<String> = views.iter().flat_map(View::faults).collect();
    assert!(faults.is_empty(), "{} faults in {} views:\n{}", faults.len(), views.len(), faults.join("\n"));
}

/// What caniemail knows of a feature: the named clients that do not support it.
#[derive(Deserialize)]
struct Fact {
    category: String,
    without: Vec<String>,
}

#[derive(Deserialize)]
struct Facts {
    date: String,
    #[serde(rename = "facts")]
    features: BTreeMap<String, Fact>,
    used: BTreeMap<PathBuf, Used>,
}

/// Features of one mail that a named client lacks.
#[derive(Deserialize)]
struct Used {
    unsupported: BTreeMap<String, Vec<String>>,
    partial: Vec<String>,
}

/// Features that some named client knows in part only, and why that part is enough. Reviewed by hand.
const PARTIAL: [(&str, &str); 22] = [
    ("!important keyword", "Word takes the light colours: the dark ones need it and are not for Word"),
    ("<style> element", "Gmail with other accounts drops it: it only holds dark mode and phones"),
    ("align attribute", "Outlook on a Mac leaves the small bars at the left of their cell"),
    ("background", "Word knows background-color, and that is all there is"),
    ("border", "Word: at most 8 px and on cells"),
    ("dir attribute", "Word mistakes it on links: there is none on one"),
    ("display", "Word knows none, and not on images: the preheader is a division"),
    ("display:none", "Word does not hand it on to tables within: the preheader has none"),
    ("font-size", "Word: no rem"),
    ("font-weight", "Word: 600 and more is bold"),
    ("height attribute", "Word takes the attribute and not the style: both are there"),
    ("height property", "Word: not on divisions, whose spacers have a line height as well"),
    ("line-height", "Word spaces lines its own way"),
    ("margin", "no negative ones; Word ignores auto and the table around the mail is centred for it"),
    ("max-width", "Word: on tables only; a table of fixed width is around the mail for it"),
    ("mso-hide", "Word's own"),
    ("padding", "Word: on cells only, and the audit asks for that"),
    ("text-align", "no start, end or match-parent"),
    ("text-decoration", "one value, and links keep their colour"),
    ("width attribute", "Word at 120 dpi: PixelsPerInch is set"),
    ("width property", "Word: not on images and divisions, which have the attribute or the table around"),
    ("word-break", "breaks long names anywhere instead of nowhere"),
];

#[test]
fn the_mail_uses_nothing_that_a_named_mail_program_lacks_but_what_was_looked_at() {
    let test = "the_mail_uses_nothing_that_a_named_mail_program_lacks_but_what_was_looked_at";
    let Some(tools) = Tools::find(test) else { return };
    let mails: Vec<&Path> = DOCUMENTS.iter().filter(|d| d.kind == "mail").map(|d| d.file.as_path()).collect();
    let Facts { date, features, used } = tools.node("mail.mjs", &mails);
    assert_eq!(used.len(), mails.len());

    let listed = |table: &[(&str, &str)], title: &str| table.iter().any(|(t, _)| *t == title);
    let mut faults = BTreeSet::new();
    for (file, used) in &used {
        let mail = file.parent().unwrap().file_name().unwrap().to_string_lossy();
        let lacking = used.unsupported.iter().filter(|(title, _)| !listed(&DEGRADES, title));
        faults
            .extend(lacking.map(|(title, clients)| format!("{mail}: {title} is not known to {}", clients.join(", "))));
        let partial = used.partial.iter().filter(|title| !listed(&PARTIAL, title));
        faults.extend(partial.map(|title| format!("{title} is known in part only, and nobody looked at it")));
    }
    // the audit's own table says the same as the facts
    for (title, fact) in features.iter().filter(|(_, fact)| fact.category == "css") {
        let property = title.strip_suffix(" property").or(title.strip_suffix(" CSS property")).unwrap_or(title);
        if PROPERTIES.contains(&property) && !fact.without.is_empty() && !listed(&DEGRADES, title) {
            faults.insert(format!("the audit allows {property}, which {} lacks", fact.without.join(", ")));
        }
    }
    for (title, _) in DEGRADES {
        let is_lacking = features.get(title).is_some_and(|fact| !fact.without.is_empty());
        if !is_lacking {
            faults.insert(format!("{title} needs no exception: every named client knows it"));
        }
    }
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "caniemail of {date}:\n{}", faults.join("\n"));
}

#[test]
fn every_default_report_has_room_left_in_its_mail() {
    println!("{:<18} {:>9} {:>9} {:>7} {:>9} {:>9}", "mail", "HTML", "images", "", "text", "page");
    for document in DOCUMENTS.iter().filter(|d| d.kind == "mail") {
        let folder = document.file.parent().unwrap();
        let bytes = |path: &Path| std::fs::metadata(path).unwrap().len();
        let images: Vec<u64> =
            std::fs::read_dir(folder.join("charts")).unwrap().map(|e| bytes(&e.unwrap().path())).collect();
        let (html, pictures) = (bytes(&document.file), images.iter().sum::<u64>());
        let (text, page) = (bytes(&folder.join("email.txt")), bytes(&folder.join("index.html")));
        println!(
            "{:<18} {html:>9} {pictures:>9} {:>7} {text:>9} {page:>9}",
            document.name,
            format!("in {}", images.len())
        );
        assert!(html <= 95_000 && pictures <= 1_000_000 && images.len() <= 6, "{}", document.name);
    }
}
