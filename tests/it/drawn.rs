//! Charts: what is drawn of a review, for strange series too, and what reaches them from the company's files and figures.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use bizreview::render::{Renderer, sample};
use bizreview::review::model::{Event, Review};

use crate::judged::{chart_of, ok};
use crate::support::company::Desk;

fn page(review: &Review) -> String {
    Renderer::new(None).unwrap().render(review).unwrap().page
}

/// A text of a drawing: class, place, anchor and words.
#[derive(Debug)]
struct Text {
    class: String,
    x: f64,
    y: f64,
    anchor: String,
    words: String,
}

impl Text {
    /// Left, right, top and bottom, in a font of usual width.
    fn area(&self) -> [f64; 4] {
        let size = if self.class.ends_with("now") { 16.0 } else { 14.0 };
        let narrow = |c: char| matches!(c, 'i' | 'l' | '.' | ',' | ' ' | '\u{a0}' | ':');
        let width = self.words.chars().map(|c| if narrow(c) { 0.28 } else { 0.57 }).sum::<f64>() * size;
        let left = match self.anchor.as_str() {
            "end" => self.x - width,
            "middle" => self.x - width / 2.0,
            _ => self.x,
        };
        [left, left + width, self.y - 10.0, self.y + 3.0]
    }

    fn touches(&self, other: &Text) -> bool {
        let ([l1, r1, t1, b1], [l2, r2, t2, b2]) = (self.area(), other.area());
        l1 < r2 && l2 < r1 && t1 < b2 && t2 < b1
    }
}

/// Every chart of a page: its width, and the words it draws.
fn charts(page: &str) -> Vec<(f64, Vec<Text>)> {
    let attribute = |tag: &str, name: &str| -> String {
        tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    };
    let drawings = page.split("<svg class=\"chart\"").skip(1).map(|s| s.split("</svg>").next().unwrap());
    drawings
        .map(|svg| {
            let width = attribute(svg, "viewBox").split(' ').nth(2).unwrap().parse().unwrap();
            let drawn = svg.split("<g class=\"pt\"").next().unwrap();
            let texts = drawn.split("<text ").skip(1).map(|rest| {
                let (tag, rest) = rest.split_once('>').unwrap();
                Text {
                    class: attribute(tag, "class"),
                    x: attribute(tag, "x").parse().unwrap(),
                    y: attribute(tag, "y").parse().unwrap(),
                    anchor: attribute(tag, "text-anchor"),
                    words: rest.split("</text>").next().unwrap().replace("&lt;", "<").replace("&gt;", ">"),
                }
            });
            (width, texts.collect())
        })
        .collect()
}

#[test]
fn words_on_charts_stay_inside_and_keep_apart() {
    for (name, review) in sample::all() {
        for (width, texts) in charts(&page(&review)) {
            for (i, text) in texts.iter().enumerate() {
                let [left, right, top, _] = text.area();
                assert!(left >= -1.0 && right <= width + 1.0 && top >= 0.0, "{name}: {text:?} leaves the drawing");
                for other in &texts[i + 1..] {
                    assert!(!text.touches(other), "{name}: {text:?} touches {other:?}");
                }
            }
        }
    }
}

/// What each strange series becomes: the sentence, the picture's words, or why there is none.
#[test]
fn strange_series_have_a_sane_picture_and_sentence_each() {
    let all = sample::strange_series();
    let renderer = Renderer::new(None).unwrap();
    let mut told = String::new();
    for exception in &all.exceptions {
        let mut review = all.clone();
        review.exceptions = vec![exception.clone()];
        review.walk = None;
        let rendered = renderer.render(&review).unwrap();
        assert_eq!(
            bizreview::render::audit(&rendered, review.head.link.as_deref()),
            Vec::<String>::new(),
            "{}",
            exception.metric
        );
        told += &format!("## {}\n", exception.metric);
        let start = rendered.text.find("1. ").unwrap();
        let end = rendered.text[start..].find("SCORECARD").unwrap() + start;
        told += &format!("{}\n", rendered.text[start..end].trim());
        for image in &rendered.images {
            assert!(image.png.len() > 2000, "an empty picture");
        }
        let drawn = charts(&rendered.page).into_iter().next().filter(|_| !rendered.images.is_empty());
        for text in drawn.into_iter().flat_map(|(_, texts)| texts) {
            told += &format!("   [{}] {}\n", text.class, text.words);
        }
        if let Some(why) = rendered.page.split("<p class=\"mute\">No chart").nth(1) {
            told += &format!("   No chart{}\n", why.split("</p>").next().unwrap());
        }
    }
    insta::assert_snapshot!("strange_charts", told.replace('\u{a0}', " "));
}

#[test]
fn the_process_chart_tells_signals_by_shape_and_word_in_mail_and_page_alike() {
    let rendered = Renderer::new(None).unwrap().render(&sample::drawn()).unwrap();
    let image = &rendered.images[0];
    assert!(image.cid.contains("churn"), "{}", image.cid);
    let alt = image.alt.replace('\u{a0}', " ");
    assert!(alt.contains("routine is 0 % to 0.68 %, mean 0.31 % (judged by W01 to W21)"), "{alt}");
    assert!(alt.contains("W44 0.71 % (signal), W45 0.78 % (signal), W46 0.92 % (signal)"), "{alt}");
    let marked = "1 – Automations &lt;b&gt;released&lt;/b&gt; (20 Jan 2026)";
    for part in [&rendered.html, &rendered.page] {
        assert!(part.replace('\u{a0}', " ").contains(marked));
    }
    let described = alt.replace('<', "&lt;").replace('>', "&gt;");
    assert!(rendered.page.replace('\u{a0}', " ").contains(&described), "the page says the same");
    let first = rendered.page.split("<svg class=\"chart\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert_eq!(first.matches("class=\"diamond\"").count(), 3);
    let words: Vec<String> = charts(&rendered.page).remove(0).1.into_iter().map(|t| t.words).collect();
    for word in ["signal", "W44", "baseline W01–W21", "limit 0.68\u{a0}%", "mean 0.31\u{a0}%", "0.92\u{a0}%"] {
        assert!(words.iter().any(|w| w == word), "{word}: {words:?}");
    }
    // no lower limit where a share cannot be below it
    assert_eq!(first.matches("class=\"limit-line\"").count(), 1);
    assert!(rendered.images.len() <= 6);
}

#[test]
fn every_point_of_a_trend_answers_to_the_keyboard_without_a_script() {
    let page = page(&sample::full());
    let first = page.split("<svg class=\"chart\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(
        first.contains("role=\"group\" aria-label=\"First-reply SLA, 6\u{a0}weeks"),
        "a group keeps what is in it reachable"
    );
    let points: Vec<&str> = first.split("<g class=\"pt\" ").skip(1).collect();
    assert_eq!(points.len(), 6);
    for point in &points {
        assert!(point.starts_with("role=\"img\" tabindex=\"0\" aria-label=\"W4"), "{point}");
    }
    let last = points[5].replace('\u{a0}', " ");
    assert!(last.contains("aria-label=\"W46: 81.0 %, year ago 90.1 %\""), "{last}");
    assert!(
        page.contains(".pt:focus .tip{visibility:visible}") && page.contains(".pt:hover .tip"),
        "shown by the style sheet"
    );
    assert!(!page.contains("<script"));
}

#[test]
fn an_event_is_marked_on_the_charts_it_concerns_and_told_below_them() {
    let mut review = sample::full();
    let event = |text: &str, team: Option<&str>, metric: Option<&str>| Event {
        day: jiff::civil::date(2026, 10, 20),
        text: text.into(),
        team: team.map(Into::into),
        metric: metric.map(Into::into),
    };
    review.events = vec![
        event("For everybody", None, None),
        event("For another team", Some("Sales"), None),
        event("For another metric", None, Some("quality/csat")),
        event("For this metric", Some("Customer Support"), Some("sla/first_reply")),
    ];
    let rendered = Renderer::new(None).unwrap().render(&review).unwrap();
    let alt = rendered.text.replace('\u{a0}', " ");
    assert!(
        alt.contains("Marked: 1 – For everybody (20 Oct 2026), For this metric (20 Oct 2026)."),
        "events of one week share a mark: {alt}"
    );
    assert!(rendered.html.contains("Marked: 1 – For everybody"), "below the picture in the mail");
    assert!(rendered.text.contains("Marked: 1 – For everybody"));
    assert!(!rendered.page.contains("For another"));
}

#[test]
fn a_calendar_file_marks_charts_and_a_name_it_has_wrong_is_a_problem_of_the_report() {
    let values = ["49.6", "47.6", "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1"];
    let folder = chart_of(&values);
    let events = "date,title,team,metric\n2026-02-17,Line two opened,,\n2026-02-24,Filter changed,product,flow_rate\n\
        2026-03-01,Nobody's,prodct,\n2026-03-02,Nothing's,,flow_rat\n2026-03-30,After the period,,\n";
    std::fs::write(folder.join("files/events.csv"), events).unwrap();
    ok(&folder, 10, &["pull"]);
    let (_, out, err) = crate::judged::run(&folder, 10, &["run", "--no-pull", "--dry-run"]);
    let page = std::fs::read_to_string(folder.join("store/dry-run/product/2026-W11/index.html"))
        .unwrap_or_else(|error| panic!("{error}\n{out}\n{err}"))
        .replace('\u{a0}', " ");
    assert!(page.contains("1 – Line two opened (17 Feb 2026); 2 – Filter changed (24 Feb 2026)"), "{page}");
    assert!(page.contains("2026-03-01: &quot;prodct&quot; is not in [teams]; did you mean product?"), "{page}");
    assert!(page.contains("no metric is called &quot;flow_rat&quot;; did you mean flow_rate?"), "{page}");
    assert!(!page.contains("After the period"));
}

#[test]
fn cohorts_dimensions_and_spreads_come_from_the_same_data_as_the_figures() {
    let desk = Desk::pulled();
    desk.run(&["run", "executive", "support", "--period", "2026-W44", "--no-pull", "--dry-run"]);
    let page = desk.read("store/dry-run/executive/2026-W44/index.html");
    for name in ["Customer fit", "Churn", "Growth", "Advocacy", "Adoption", "Value to the customer"] {
        assert!(page.contains(&format!("<tr><th scope=\"row\">{name}</th>")), "{name}");
    }
    // W44 ends on 1 November: October's customers have their own month and no other
    let heat = page.split("<table class=\"heat\">").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(heat.contains("Oct\u{a0}2026</th>") && !heat.contains("Nov\u{a0}2026"), "{heat}");
    let october = heat.split("Oct\u{a0}2026</th>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert_eq!(october.matches("<td").count(), 2, "their number and the end of their month: {october}");

    desk.run(&["run", "executive", "support", "--period", "2026-W44", "--no-pull"]);
    let review: Review = serde_json::from_str(&desk.read("store/archive/support/2026-W44/1/report.json")).unwrap();
    let rows: Vec<_> = review.sections.iter().flat_map(|s| &s.rows).collect();
    let mut compared = 0;
    for spread in review.distributions.iter().filter(|d| !d.counts.is_empty() && d.metric != "backlog_age_p90") {
        assert_eq!(spread.counts.iter().sum::<u64>(), spread.n);
        let row = rows.iter().find(|r| r.metric == spread.metric).unwrap();
        assert_eq!(row.value, spread.median, "{}", spread.metric);
        let tail = rows.iter().find(|r| r.metric == format!("{}_p90", spread.metric));
        assert!(tail.is_none_or(|r| r.value == spread.p90), "{}", spread.metric);
        compared += 1;
    }
    assert!(compared > 0, "{:?}", review.distributions);
}
