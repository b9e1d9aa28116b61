//! Rendering: the mail, its text part and the page, for the reviews a company will really have.
//!
//! Every rendered sample is also written to `target/tmp/render/<name>/`, to be looked at in a browser.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use bizreview::render::{Renderer, audit, sample};
use bizreview::review::edition::Rendered;
use bizreview::review::model::{Cell, Review};

fn render(name: &str, review: &Review) -> Rendered {
    let rendered = Renderer::new(None).unwrap().render(review).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("render").join(name);
    fs::create_dir_all(&folder).unwrap();
    let mut html = rendered.html.clone();
    for image in &rendered.images {
        html = html.replace(&format!("cid:{}", image.cid), &image.file_name);
        fs::write(folder.join(&image.file_name), &image.png).unwrap();
    }
    fs::write(folder.join("mail.html"), html).unwrap();
    fs::write(folder.join("page.html"), &rendered.page).unwrap();
    fs::write(folder.join("mail.txt"), format!("{}\n\n{}", rendered.subject, rendered.text)).unwrap();
    rendered
}

fn visible_text(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    text
}

#[test]
fn every_sample_renders_and_passes_its_audit() {
    for (name, review) in sample::all() {
        let rendered = render(name, &review);
        assert_eq!(audit(&rendered, review.head.link.as_deref()), Vec::<String>::new(), "{name}");
        assert!(rendered.images.len() <= 6, "{name}");
        assert!(!rendered.preheader.is_empty(), "{name}");
    }
    Renderer::new(None).unwrap().check().unwrap();
}

#[test]
fn a_full_week() {
    let rendered = render("full", &sample::full());
    insta::assert_snapshot!("full_subject", rendered.subject);
    insta::assert_snapshot!("full_text", rendered.text);
    insta::assert_snapshot!("full_mail", rendered.html);
    insta::assert_snapshot!("full_page", rendered.page);
}

#[test]
fn other_weeks_in_text() {
    for (name, review) in sample::all().into_iter().filter(|(name, _)| *name != "full") {
        let rendered = render(name, &review);
        insta::assert_snapshot!(format!("{name}_text"), format!("{}\n\n{}", rendered.subject, rendered.text));
    }
}

#[test]
fn the_same_review_renders_to_the_same_bytes() {
    let (one, two) = (render("full", &sample::full()), render("full", &sample::full()));
    assert_eq!((one.html, one.text, one.page, one.subject), (two.html, two.text, two.page, two.subject));
    assert!(one.images.iter().zip(&two.images).all(|(a, b)| a.png == b.png));
}

#[test]
fn customers_words_stay_words() {
    let rendered = render("hostile-text", &sample::hostile_text());
    for (part, html) in [("mail", &rendered.html), ("page", &rendered.page)] {
        assert!(!html.contains("<script"), "{part}");
        assert!(!html.contains("<img src=x"), "{part}");
        assert!(!html.contains("<b>Evil"), "{part}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{part}");
        assert!(html.contains("🚀 Ünïcode 株式会社"), "{part}");
        assert!(!html.contains('\u{202e}'), "{part}");
    }
    assert!(rendered.text.contains("- <script>alert(1)</script>: "), "the text part escapes nothing");
    assert!(rendered.text.contains("at <b>Evil</b> & Söhne."), "{}", rendered.text);
    assert!(rendered.text.contains("=cmd()|'/c calc'!A0"));
}

/// An improvement is news once; after that it waits for its owner among the exceptions, and the targets make the subject.
#[test]
fn an_old_improvement_does_not_make_the_subject_and_a_signal_names_its_limit_there() {
    let mut review = sample::all().into_iter().find(|(name, _)| *name == "judged").unwrap().1;
    review.exceptions.truncate(1);
    assert_eq!(
        render("signal", &review).subject,
        "Gross MRR churn 0.27 %, routine up to 1.30 % · Support W46 (9–15 Nov)"
    );
    review.exceptions[0].is_better = Some(true);
    let old = render("old-improvement", &review);
    assert_eq!(old.subject, "2 of 4 targets missed · Support W46 (9–15 Nov)");
    assert!(old.text.contains("1. Gross MRR churn: 0.27 %, better than its routine"));
    assert_eq!(old.preheader, "Also: Gross MRR churn: 0.27 %, better than its routine.");
    review.exceptions[0].periods = 1;
    assert!(render("new-improvement", &review).subject.starts_with("Gross MRR churn 0.27 %, routine up to"));
}

#[test]
fn markup_in_any_word_of_the_review_is_escaped() {
    // Every string of the model, wherever a template prints it.
    let json = serde_json::to_value(sample::full()).unwrap();
    let keys = [
        "title",
        "team",
        "team_name",
        "company",
        "text",
        "how",
        "why",
        "message",
        "subject",
        "source",
        "system",
        "value_name",
        "name",
        "hash",
    ];
    let marked: Review = serde_json::from_value(mark(json, &keys)).unwrap();
    let rendered = render("marked", &marked);
    for (part, html) in [("mail", &rendered.html), ("page", &rendered.page)] {
        assert!(html.contains("&lt;i&gt;"), "{part}");
        assert!(!html.contains("<i>"), "{part}");
    }
}

fn mark(value: serde_json::Value, keys: &[&str]) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| match value {
                Value::String(text) if keys.contains(&key.as_str()) => (key, Value::String(format!("<i>{text}"))),
                other => (key, mark(other, keys)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| mark(item, keys)).collect(),
        other => other,
    }
}

#[test]
fn a_provisional_edition_says_so_at_the_top_and_in_the_subject() {
    let rendered = render("provisional", &sample::provisional());
    assert!(rendered.subject.ends_with("provisional"), "{}", rendered.subject);
    for part in [&rendered.html, &rendered.text, &rendered.page] {
        let notice = part.find("tickets of 15 Nov are missing").unwrap();
        assert!(notice < part.find("What needs attention").or_else(|| part.find("WHAT NEEDS")).unwrap());
    }
}

#[test]
fn a_week_without_figures_says_why_and_compares_nothing() {
    let rendered = render("no-data", &sample::no_data());
    assert!(rendered.text.contains("No figures for this period."));
    assert!(rendered.text.contains("n/a, no tickets in this period"));
    assert!(!rendered.text.contains('▲') && !rendered.text.contains('▼'));
}

#[test]
fn a_handful_of_cases_is_counted_and_not_compared_in_percent() {
    let rendered = render("small-numbers", &sample::small_numbers());
    assert!(rendered.text.contains("3 of 11 (10–57 %)"), "{}", rendered.text);
    assert!(rendered.text.contains("too few to compare"));
    assert!(!rendered.text.contains("missed by"));
    let ratio = rendered.text.lines().find(|l| l.starts_with("- First-reply SLA")).unwrap();
    assert!(!ratio.contains('▲') && !ratio.contains('▼') && !ratio.contains("weeks:"), "{ratio}");
    assert!(rendered.text.contains("- Customers lost: 3 (n = 11); ▲ 2, worse"), "{}", rendered.text);
}

#[test]
fn sixty_metrics_stay_under_the_clipping_size_and_the_rest_is_counted() {
    let rendered = render("sixty-metrics", &sample::sixty_metrics());
    assert!(rendered.html.len() < 95_000, "{}", rendered.html.len());
    assert!(rendered.text.contains("56 more metrics"), "{}", rendered.text);
    assert_eq!(rendered.text.matches("\n- ").count(), 12 + 10, "scorecard rows and list rows");
    let pixels: usize = rendered.images.iter().map(|i| i.png.len()).sum();
    assert!(pixels < 300_000, "{pixels}");
    let on_page = (0..60).filter(|i| rendered.page.contains(&format!("of team {i}<"))).count();
    assert_eq!(on_page, 60);
}

#[test]
fn the_worst_mail_still_fits() {
    let mut review = sample::sixty_metrics();
    let long = "Donaudampfschifffahrtsgesellschaft & <Co> ".repeat(12);
    for row in review.sections.iter_mut().flat_map(|s| &mut s.rows) {
        row.title = format!("{} {long}", row.title);
    }
    let list = review.lists[0].clone();
    for _ in 0..3 {
        review.lists.push(list.clone());
    }
    for row in review.lists.iter_mut().flat_map(|l| &mut l.rows) {
        row[0] = Cell::Text(long.clone());
        row[3] = Cell::Text(long.clone());
    }
    let rendered = render("worst", &review);
    assert_eq!(audit(&rendered, review.head.link.as_deref()), Vec::<String>::new());
}

#[test]
fn without_a_link_the_mail_carries_its_definitions() {
    let mut review = sample::full();
    review.head.link = None;
    let rendered = render("no-link", &review);
    assert!(rendered.text.contains("DEFINITIONS"));
    assert!(rendered.html.contains("what is counted, of which accounts"));
    assert!(!rendered.html.contains("https://"));
}

#[test]
fn a_link_with_another_scheme_is_caught() {
    let mut review = sample::full();
    review.head.link = Some("javascript:alert(1)".to_owned());
    let findings = audit(&render("bad-link", &review), review.head.link.as_deref());
    assert!(findings.iter().any(|f| f.contains("javascript:alert(1)")), "{findings:?}");
}

#[test]
fn the_mail_reads_without_style_sheets_and_says_every_status_in_words() {
    let html = render("full", &sample::full()).html;
    let text = visible_text(&html);
    for word in [
        "Missed",
        "Met",
        "No target",
        "▼",
        "worse",
        "better",
        "at least 90",
        "against W45",
        "Problem, check unmatched_accounts",
    ] {
        assert!(text.contains(word), "{word}");
    }
    for tag in html.split('<').filter(|t| t.starts_with("table") && !t.contains("<th")) {
        assert!(tag.contains("role=\"presentation\"") || tag.contains("cellspacing=\"0\""), "{tag}");
    }
    for size in
        html.split("font-size:").skip(1).filter_map(|s| s.split("px").next()).filter_map(|s| s.parse::<u32>().ok())
    {
        assert!(size >= 12, "{size} px");
    }
}

#[test]
fn every_figure_of_a_chart_is_in_the_text_part() {
    let figures = |text: &str| -> std::collections::BTreeSet<String> {
        let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
        runs.map(|r| r.trim_matches(['.', ',']).to_owned()).filter(|r| !r.is_empty()).collect()
    };
    for (name, review) in sample::all() {
        let rendered = render(name, &review);
        let told = figures(&rendered.text);
        for image in &rendered.images {
            let untold: Vec<String> = figures(&image.alt).difference(&told).cloned().collect();
            assert!(untold.is_empty(), "{name}, {}: {untold:?}", image.cid);
        }
    }
}

#[test]
fn one_renderer_serves_all_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Renderer>();
}

#[test]
fn headings_are_in_order() {
    for (name, review) in sample::all() {
        let rendered = render(name, &review);
        for html in [&rendered.html, &rendered.page] {
            let levels: Vec<u32> = html
                .split("<h")
                .skip(1)
                .filter_map(|t| {
                    t.chars().next().filter(|_| t[1..].starts_with([' ', '>'])).and_then(|c| c.to_digit(10))
                })
                .collect();
            assert_eq!(levels[0], 1, "{name}");
            assert!(levels.windows(2).all(|w| w[1] <= w[0] + 1), "{name}: {levels:?}");
        }
    }
}

/// WCAG relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let channel = |i: usize| {
        let value = f64::from(u8::from_str_radix(&colour[i..i + 2], 16).unwrap()) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn text_stands_out_from_its_ground() {
    let light = (["#1b2230", "#566072", "#a63c00", "#0b5c94"], ["#ffffff", "#eef1f5", "#fdf3ec"]);
    let dark = (["#eef1f5", "#b4bcc9", "#ffab78", "#7cc0f0"], ["#1b212b", "#11151c", "#2a211b"]);
    let html = render("full", &sample::full()).html;
    for (inks, grounds) in [light, dark] {
        for (ink, ground) in inks.iter().flat_map(|i| grounds.map(|g| (*i, g))) {
            let (a, b) = (luminance(ink), luminance(ground));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{ink} on {ground}: {contrast:.2}");
        }
        assert!(inks.iter().all(|ink| html.contains(ink)), "the mail uses the colours tested here");
    }
}

#[test]
fn a_users_template_replaces_the_shipped_one() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("render-user");
    fs::create_dir_all(folder.join("text")).unwrap();
    fs::write(folder.join("text/body.txt"), "Ours: {{ v.verdict }}\n").unwrap();
    let renderer = Renderer::new(Some(&folder)).unwrap();
    renderer.check().unwrap();
    assert!(renderer.render(&sample::full()).unwrap().text.starts_with("Ours: "));
}

#[test]
fn figures_stand_out_from_every_shade_of_a_heat_table() {
    let page = render("drawn", &sample::drawn()).page;
    let variables = |block: &str| -> std::collections::BTreeMap<String, String> {
        let pairs = block.split(';').filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(':'));
        // #fff is #ffffff
        let full =
            |c: &str| if c.len() == 4 { c.chars().skip(1).flat_map(|d| [d, d]).collect() } else { c[1..].to_owned() };
        pairs.map(|(name, colour)| (name.to_owned(), format!("#{}", full(colour)))).collect()
    };
    let mut schemes = page.split(":root{").skip(1).map(|rest| variables(rest.split('}').next().unwrap()));
    let (light, dark, print) = (schemes.next().unwrap(), schemes.next().unwrap(), schemes.next().unwrap());
    for scheme in [light, dark, print] {
        for (ink, ground) in ["s1", "s2", "s3", "s4", "s5", "band", "card"].map(|g| ("ink", g)).into_iter().chain([
            ("bad", "card"),
            ("bad", "band"),
            ("mute", "band"),
        ]) {
            let (a, b) = (luminance(&scheme[ink]), luminance(&scheme[ground]));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{ink} on {ground}: {contrast:.2}");
        }
    }
}
