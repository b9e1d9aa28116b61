//! The pages of the service over real HTTP: what they show to whom, what they never show, and what no client may take.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bizreview::ledger::deliveries::{DeliveryState, Settlement};
use bizreview::ledger::occurrences::{OccurrenceKey, OccurrenceState};
use bizreview::ledger::voices::NewPromise;
use bizreview::schedule::Phase;
use bizreview::serve::{Limits, Role, Visitor, router};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::site::{Answer, Company, NOW, Served, at, links, somebody};

fn send(due_at: jiff::Timestamp) -> OccurrenceKey<'static> {
    OccurrenceKey { report: "support", phase: Phase::Send, due_at }
}

fn reader() -> Visitor {
    somebody(&[("support", Role::Viewer)])
}

pub fn operator() -> Visitor {
    somebody(&[("support", Role::Operator), ("finance", Role::Operator)])
}

/// Two reports, three weeks, a correction, a comment, a promise, and mails in three states.
pub fn company() -> Company {
    let company = Company::new();
    for (period, at) in [("2026-W44", "2026-11-02T07:00:00Z"), ("2026-W45", "2026-11-09T07:00:00Z")] {
        company.publish(&Company::review("full", "support", period), at);
    }
    let mut first = Company::review("full", "support", "2026-W46");
    first.sections[0].rows[0].value = Some("0.75".parse().unwrap());
    let wrong = company.publish(&first, "2026-11-16T07:00:00Z");
    let right = company.publish(&Company::review("full", "support", "2026-W46"), "2026-11-16T08:00:00Z");
    company.ledger.record_correction(right, wrong, at("2026-11-16T08:00:00Z")).unwrap();
    company.publish(&Company::review("monthly", "finance", "2026-10"), "2026-11-02T07:00:00Z");
    company.comment("sla_first_reply", "2026-W46", "Ada", "Two were ill. See https://wiki.acme.example/x", NOW);
    let promise = NewPromise {
        text: "Hire two".into(),
        owner: "Ada".into(),
        team: Some("support".into()),
        report: None,
        metric: None,
        due_on: "2026-11-10".parse().unwrap(),
    };
    company.ledger.make_promise(&promise, at(NOW)).unwrap();
    for (recipient, state) in [
        ("ann@acme.example", DeliveryState::Sent),
        ("bob@acme.example", DeliveryState::Uncertain),
        ("eve@acme.example", DeliveryState::Failed),
    ] {
        let id = company.mail(right, recipient, "2026-11-16T08:00:00Z");
        let response = Some("550 no <b>such</b> mailbox".to_owned());
        let settled = Settlement { state, response, next_attempt_at: None, counts: true };
        company.ledger.settle_delivery(id, &settled, at("2026-11-16T08:01:00Z")).unwrap();
    }
    company
}

#[tokio::test]
async fn the_archive_lists_what_its_visitor_may_read_by_report_and_by_period() {
    let company = company();
    let served = company.served_to(reader()).await;
    let page = served.get("/").await.is(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let page = page
        .says(&["Support review", "/reports/support/2026-W46/2/", "/reports/support/2026-W44/1/", "correction"])
        .silent_of(&["Finance", "finance", "<script", "bob@acme.example"]);
    assert!(page.body.find("2026-W46").unwrap() < page.body.find("2026-W45").unwrap(), "the latest first");
    served.get("/?by=period").await.is(200).says(&["W46 (9", "W45 (2"]).silent_of(&["2026-10"]);
    served.get("/?report=support&year=2026&period=2026-w45").await.is(200).says(&["2026-W45/1/"]).silent_of(&["W46/2"]);
    served.get("/?report=finance").await.is(200).says(&["Nothing found"]).silent_of(&["2026-10"]);

    let both = company.served_to(operator()).await;
    both.get("/").await.is(200).says(&["Finance review", "Support review", "href=\"/runs\""]);
    let nobody = company.served_to(Visitor::stranger()).await;
    nobody.get("/").await.is(200).says(&["No review yet"]).silent_of(&["Support review", "W46"]);
}

#[tokio::test]
async fn an_empty_archive_says_what_to_do() {
    let served = Company::new().served_to(operator()).await;
    served.get("/").await.is(200).says(&["No review yet", "bizreview run", "cron line"]);
    served.get("/reports/support/").await.is(200).says(&["Next due", "Goes to 2 recipients"]);
    for path in ["/runs", "/status", "/?q=x", "/?by=period&page=999"] {
        served.get(path).await.is(200);
    }
}

#[tokio::test]
async fn search_finds_words_of_subject_and_text_and_shows_where() {
    let company = company();
    let mut odd = Company::review("full", "support", "2026-W43");
    odd.sections[1].rows[1].title = "Größe of <i>backlog</i>".into();
    company.publish(&odd, "2026-10-26T07:00:00Z");
    let served = company.served_to(reader()).await;
    let found = served.get("/?q=GR%C3%96%C3%9FE+backlog").await.is(200);
    found.says(&["2026-W43/1/", "<mark>Größe</mark>", "&lt;i&gt;"]).silent_of(&["2026-W45", "<i>"]);
    served.get("/?q=2026-w44").await.is(200).says(&["2026-W44/1/"]).silent_of(&["2026-W45/1"]);
    served.get("/?q=first+reply").await.is(200).says(&["href=\"/metric/sla_first_reply\"", "2026-W46/2/"]);
    served.get("/?q=nothing-like-this").await.is(200).says(&["Nothing found"]);
    served.get("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await.is(200).silent_of(&["<script"]);
    served.get(&format!("/?q={}&report=%ff%fe&page=-1", "x".repeat(5000))).await.is(200);
    // what a visitor may not read is not found either
    served.get("/?q=finance").await.is(200).says(&["Nothing found"]);
}

#[tokio::test]
async fn long_lists_have_pages() {
    let company = Company::new();
    for week in 1..=53 {
        company.publish(&Company::review("quiet", "support", &format!("2026-W{week:02}")), NOW);
    }
    company.publish(&Company::review("quiet", "support", "2025-W52"), NOW);
    let served = company.served_to(reader()).await;
    let first = served.get("/?by=period").await.is(200);
    assert_eq!(first.body.matches("/reports/support/2026-W").count(), 50);
    let next = links(&first.body).into_iter().find(|href| href.contains("page=2")).unwrap();
    let second = served.get(&next).await.is(200).says(&["2026-W03/1", "2025-W52/1", "Newer"]).silent_of(&["W04/1"]);
    assert!(!second.body.contains("page=3"));
    served.get("/?q=support&year=2026&page=2").await.is(200).says(&["2026-W03/1"]).silent_of(&["2025-W52/1"]);
    served.get("/reports/support/?page=2").await.is(200).says(&["2025-W52/1"]);
    served.get("/").await.is(200).says(&["49 more reviews"]);
}

#[tokio::test]
async fn a_report_page_tells_counts_to_readers_and_addresses_to_operators_only() {
    let company = company();
    let addresses = ["ann@acme.example", "bob@acme.example", "eve@acme.example"];
    let served = company.served_to(somebody(&[("support", Role::Owner)])).await;
    let page = served.get("/reports/support/").await.is(200);
    let page =
        page.says(&["Next due", "delivered to 1 of 3", "Overdue by 6 days", "Hire two", "/metric/sla_first_reply"]);
    // their own is in nobody's way
    page.silent_of(&addresses[1..]);
    served.get("/reports/finance/").await.is(404);
    served.get("/reports/nothing/").await.is(404);
    served.get("/reports/support").await.is(308);
    let served = company.served_to(operator()).await;
    served.get("/reports/support/").await.is(200).says(&addresses).says(&["550 no &lt;b&gt;such"]);
}

#[tokio::test]
async fn a_period_leads_to_its_edition_or_lists_them() {
    let company = company();
    let served = company.served_to(reader()).await;
    let one = served.get("/reports/support/2026-W45/").await.is(303);
    assert_eq!(one.header("location"), Some("/reports/support/2026-w45/1/"));
    served.get("/reports/support/2026-W46/").await.is(200).says(&["W46/1/", "W46/2/", "edition 1", "correction"]);
    served.get("/reports/support/2026-W47/").await.is(404);
    served.get("/reports/finance/2026-10/").await.is(404);
}

#[tokio::test]
async fn an_edition_is_shown_as_published_with_what_came_since_around_it() {
    let company = company();
    let served = company.served_to(reader()).await;
    let file = served.get("/reports/support/2026-W46/2/index.html").await.is(200);
    let stored = std::fs::read_to_string(company.scratch.join("archive/support/2026-W46/2/index.html")).unwrap();
    assert_eq!(file.body, stored, "the file is untouched");
    let view = served.get("/reports/support/2026-W46/2/").await.is(200);
    let inner = stored.split_once("<body>").unwrap().1.rsplit_once("</body>").unwrap().0;
    let view = view.says(&[
        inner,
        "Two were ill.",
        "href=\"https://wiki.acme.example/x\"",
        "Overdue by 6 days",
        "2026-W45/1/",
        "/metric/sla_first_reply?report=support",
        "rows/sample.csv",
        "data.xlsx",
    ]);
    view.silent_of(&["bob@acme.example", "config.toml", "A newer edition"]);
    // of its own period only, and of the first edition the newer one is told
    served.get("/reports/support/2026-W46/1/").await.is(200).says(&["A newer edition", "W46/2/"]);
    served.get("/reports/support/2026-W45/1/").await.is(200).says(&["W44/1/", "W46/2/"]).silent_of(&["were ill"]);
    let served = company.served_to(operator()).await;
    served.get("/reports/support/2026-W46/2/").await.is(200).says(&["bob@acme.example", "uncertain"]);
}

#[tokio::test]
async fn files_of_an_edition_are_served_once_exactly_and_only_to_whom_they_are_for() {
    let company = company();
    let served = company.served_to(reader()).await;
    let path = "/reports/support/2026-W46/2";
    let page = served.get(&format!("{path}/index.html")).await.is(200);
    let tag = page.header("etag").unwrap().to_owned();
    let length = page.header("content-length").unwrap().to_owned();
    let digest = company.ledger.file_digest("support", "2026-W46", 2, "index.html").unwrap().unwrap();
    assert_eq!(tag, format!("\"{digest}\""));
    let again = served.ask("GET", &format!("{path}/index.html"), &[("If-None-Match", &tag)], b"").await.is(304);
    assert!(again.body.is_empty());
    served.ask("GET", &format!("{path}/index.html"), &[("If-None-Match", "\"other\"")], b"").await.is(200);
    let head = served.ask("HEAD", &format!("{path}/index.html"), &[], b"").await.is(200);
    assert!(head.body.is_empty() && head.header("content-length") == Some(&*length), "{}", head.head);
    for (name, kind) in [
        ("report.json", "application/json"),
        ("email.txt", "text/plain; charset=utf-8"),
        ("data.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("rows/sample.csv", "text/csv; charset=utf-8"),
    ] {
        assert_eq!(served.get(&format!("{path}/{name}")).await.is(200).header("content-type"), Some(kind));
    }
    served.get(&format!("{path}/config.toml")).await.is(404);
    served.get("/reports/finance/2026-10/1/index.html").await.is(404);

    // a reading link opens the edition and no rows
    let roles = [("support".to_owned(), Role::Viewer)].into();
    let by_link = company.served_to(Visitor::with_roles(Some("ann@acme.example".into()), false, roles)).await;
    by_link.get(&format!("{path}/rows/sample.csv")).await.is(403).says(&["sign in"]).silent_of(&["Big Customer"]);
    let view = by_link.get(&format!("{path}/")).await.is(200);
    let after = view.body.split("id=\"bz-after\"").nth(1).unwrap();
    assert!(after.contains("data.xlsx") && !after.contains("rows/sample.csv"), "{after}");
    by_link.get(&format!("{path}/index.html")).await.is(200);
}

#[tokio::test]
async fn no_path_leads_out_of_the_archive() {
    let company = company();
    std::fs::write(company.scratch.join("archive/secret.txt"), "SECRET").unwrap();
    let served = company.served_to(operator()).await;
    for path in [
        "/reports/support/2026-W46/2/../../../../ledger.sqlite",
        "/reports/support/2026-W46/2/..%2f..%2f..%2f..%2fledger.sqlite",
        "/reports/support/2026-W46/2/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/reports/support/2026-W46/2/%2fetc%2fpasswd",
        "/reports/support/2026-W46/2/..\\..\\..\\secret.txt",
        "/reports/support/2026-W46/2/%00",
        "/reports/support/2026-W46/2/index.html%00.png",
        "/reports/support/2026-W46/+2/index.html",
        "/reports/support/2026-W46/02/index.html",
        "/reports/support/2026-W46/-1/",
        "/reports/support/2026-W46/99999999999999999999/",
        "/reports/support/../2/",
        "/reports/%2e%2e/secret.txt/1/",
        "/reports/%ff/%fe/%fd/",
        "/reports/..%2f/",
        "/reports/support/2026-W46/%32%2f..%2f1/index.html",
        "/metric/..%2f..%2fledger.sqlite",
        "/metric/%ff",
        "/runs/1%20or%201=1",
        "/runs/-1",
        "//etc/passwd",
        "/ledger.sqlite",
        "/archive/secret.txt",
    ] {
        let answer = served.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert!(answer.body.contains("There is no such page"), "{path}: {}", answer.body);
        answer.silent_of(&["SECRET", "SQLite", "/tmp", "Invalid"]);
    }
}

#[tokio::test]
async fn a_metric_page_has_its_figures_as_published_and_as_corrected() {
    let company = company();
    company.comment("sla_first_reply", "2026-W45", "Ada <b>L</b>", "Week 45 <img src=x onerror=alert(1)>", NOW);
    let served = company.served_to(reader()).await;
    let page = served.get("/metric/sla_first_reply").await.is(200);
    let page = page.says(&[
        "was 75.0\u{a0}% in an earlier edition",
        "W44 (26 Oct",
        "class=\"now-line\"",
        "core.ticket",
        "Two were ill.",
        "Ada &lt;b&gt;L",
        "Support",
        "/reports/support/2026-W46/2/rows/sample.csv",
    ]);
    page.silent_of(&["<img", "<b>L", "finance"]);
    served.get("/metric/unknown").await.is(404);
    // a figure that only another report shows
    let other = Company::review("monthly", "finance", "2026-10");
    let own = other.sections.iter().flat_map(|s| &s.rows).map(|r| r.metric.clone()).next().unwrap();
    let finance = company.served_to(somebody(&[("finance", Role::Viewer)])).await;
    finance.get(&format!("/metric/{own}")).await.is(200).says(&["Finance review"]).silent_of(&["Support review"]);
    let nobody = company.served_to(Visitor::stranger()).await;
    nobody.get("/metric/sla_first_reply").await.is(404);
    let roles = [("support".to_owned(), Role::Viewer)].into();
    let by_link = company.served_to(Visitor::with_roles(None, false, roles)).await;
    by_link.get("/metric/sla_first_reply").await.is(200).says(&["for those who sign in"]).silent_of(&["sample.csv"]);
}

#[tokio::test]
async fn an_edition_whose_data_is_gone_still_has_its_page_and_its_figures() {
    let company = company();
    std::fs::write(company.scratch.join("archive/support/2026-W46/2/report.json"), "{").unwrap();
    let served = company.served_to(reader()).await;
    served.get("/reports/support/2026-W46/2/").await.is(200).says(&["Overdue by 6 days"]);
    served.get("/metric/sla_first_reply").await.is(200).says(&["cannot be read any more", "W44"]);
    served.get("/reports/support/").await.is(200);
    std::fs::remove_file(company.scratch.join("archive/support/2026-W46/2/index.html")).unwrap();
    let failed = served.get("/reports/support/2026-W46/2/").await.is(500).says(&["Something went wrong"]);
    failed.silent_of(&["archive/support", "No such file", "index.html"]);
}

#[tokio::test]
async fn runs_and_status_are_for_operators() {
    let company = company();
    let readers = [reader(), somebody(&[("support", Role::Owner)]), Visitor::stranger(), Visitor::local()];
    for visitor in readers {
        let served = company.served_to(visitor).await;
        for path in ["/runs", "/runs/4", "/runs/999", "/status"] {
            let answer = served.get(path).await.is(403).says(&["This page is for operators"]);
            answer.silent_of(&["bob@", "eve@", "manual"]);
        }
    }
    let run = company.ledger.start_run("schedule", at("2026-11-16T08:30:00Z")).unwrap();
    let pull = company.ledger.start_pull("billing", "invoices", "2026-11-16T08:30:01Z").unwrap();
    company.ledger.finish_pull(pull, "2026-11-16T08:31:04Z", 1204, 13, "failed", Some("<i>timeout</i>")).unwrap();
    let problems = ["billing: <script>alert(1)</script>".to_owned()];
    company.ledger.finish_run(run, 1, &problems, at("2026-11-16T08:32:05Z")).unwrap();
    let served = company.served_to(operator()).await;
    served.get("/runs").await.is(200).says(&["schedule", "2\u{a0}min 5\u{a0}s", "done with problems (1)"]);
    let page = served.get(&format!("/runs/{run}")).await.is(200);
    page.says(&["1,204", "1\u{a0}min 3\u{a0}s", "&lt;i&gt;timeout", "&lt;script&gt;"]).silent_of(&["<script", "<i>"]);
    served.get("/runs/4").await.is(200).says(&["bob@acme.example", "uncertain", "Support review"]);
    served.get("/runs/999").await.is(404);
    let page = served.get("/status").await.is(200).says(&["bob@acme.example", "eve@acme.example", "resend", "stale"]);
    page.silent_of(&["ann@acme.example</th>"]);

    // an operator of one report sees the mails of that one
    let finance = company.served_to(somebody(&[("finance", Role::Operator)])).await;
    for path in ["/runs/4", "/status", "/runs"] {
        finance.get(path).await.is(200).silent_of(&["bob@acme.example", "Support review"]);
    }
}

#[tokio::test]
async fn other_peoples_words_are_never_markup_on_any_page() {
    let evil = "<script>alert('x')</script>\\\" onload=\\\"x";
    let company = Company::with("title = \"Support review\"", &format!("title = \"{evil}\""));
    let id = company.publish(&Company::review("hostile-text", "support", "2026-W46"), "2026-11-16T07:00:00Z");
    company.mail(id, "\"<script>alert(1)</script>\"@acme.example", NOW);
    let text = "<script>alert(1)</script> javascript:alert(1) https://evil.example/\"onclick=\"x";
    company.comment("sla_first_reply", "2026-W46", "<script>alert(1)</script>", text, NOW);
    let promise = NewPromise {
        text: "<script>alert(1)</script>".into(),
        owner: "\"><script>".into(),
        team: Some("support".into()),
        report: None,
        metric: Some("<script>".into()),
        due_on: "2026-11-10".parse().unwrap(),
    };
    company.ledger.make_promise(&promise, at(NOW)).unwrap();
    let roles = [("support".to_owned(), Role::Operator)].into();
    let served = company.served_to(Visitor::with_roles(Some("<script>@evil.example".into()), true, roles)).await;
    let mut seen = BTreeSet::new();
    for path in [
        "/",
        "/?by=period",
        "/?q=script",
        "/?q=%3Cscript%3E&report=%3Cscript%3E&period=%22%3E%3Cscript%3E&year=%3Cb%3E",
        "/reports/support/",
        "/reports/support/2026-W46/1/",
        "/metric/sla_first_reply",
        "/metric/%3Cscript%3E",
        "/%3Cscript%3E",
        "/runs",
        "/runs/1",
        "/status",
    ] {
        let page = served.get(path).await;
        assert!([200, 404].contains(&page.status), "{path}: {}", page.status);
        let lower = page.body.to_lowercase();
        for markup in ["<script", "<img", "onload=\"x", "onclick=\"x", "href=\"javascript"] {
            assert!(!lower.contains(markup), "{path} has {markup}:\n{}", page.body);
        }
        seen.insert(lower.contains("&lt;script"));
    }
    assert!(seen.contains(&true), "the words are printed");
}

#[tokio::test]
async fn every_link_leads_to_a_page() {
    let company = company();
    for visitor in [reader(), operator()] {
        let served = company.served_to(visitor).await;
        let (mut todo, mut seen) = (vec!["/".to_owned()], BTreeSet::new());
        while let Some(path) = todo.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let page = served.get(&path).await;
            assert!([200, 303].contains(&page.status), "{path}: {}", page.status);
            let is_page = page.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            for href in links(&page.body).into_iter().filter(|_| is_page) {
                let href = href.split('#').next().unwrap_or_default().to_owned();
                // forms are not these pages' own
                let is_form = ["sign-", "/comment", "/promises", "/run"].iter().any(|part| href.contains(part));
                let is_form = is_form && !href.starts_with("/runs");
                if href.is_empty() || href.contains(':') || is_form {
                    continue;
                }
                let folder = path.split('?').next().unwrap().rsplit_once('/').unwrap().0;
                // the sample's page names a file for every metric, and there is one
                todo.push(if href.starts_with('/') { href } else { format!("{folder}/{href}") });
            }
        }
        assert!(seen.len() > 25, "{seen:?}");
        assert!(
            seen.iter().any(|p| p.contains("/metric/")) && seen.iter().any(|p| p.ends_with("data.xlsx")),
            "{seen:?}"
        );
    }
}

#[tokio::test]
async fn pages_speak_the_language_of_the_company_and_of_the_report() {
    let company = Company::with("currency = \"USD\"", "currency = \"USD\"\nlocale = \"de\"");
    let mut review = Company::review("full", "support", "2026-W46");
    review.head.locale = "de".into();
    company.publish(&review, "2026-11-16T07:00:00Z");
    let served = company.served_to(operator()).await;
    let english = include_str!("../../templates/locales/en.ftl").split("## Pages of the service").nth(1).unwrap();
    let german = include_str!("../../templates/locales/de.ftl").split("## Seiten des Dienstes").nth(1).unwrap();
    let texts = |file: &str| -> BTreeSet<String> {
        let lines = file.lines().filter_map(|line| line.split_once(" = ")).map(|(_, text)| text.to_owned());
        lines.filter(|text| text.len() > 9 && !text.contains('{')).collect()
    };
    let english: Vec<String> = texts(english).difference(&texts(german)).cloned().collect();
    assert!(english.len() > 30);
    for path in [
        "/",
        "/?q=x",
        "/?by=period",
        "/reports/support/",
        "/reports/support/2026-W46/1/",
        "/metric/sla_first_reply",
        "/nichts",
    ] {
        let page = served.get(path).await;
        assert!(page.body.contains("<html lang=\"de\""), "{path}");
        let found: Vec<&String> = english.iter().filter(|text| page.body.contains(&***text)).collect();
        assert!(found.is_empty(), "{path} says {found:?}");
    }
    served.get("/reports/support/").await.says(&["Nächster Termin", "KW\u{a0}46"]);
}

#[tokio::test]
async fn metrics_are_read_line_by_line_and_name_nobody() {
    let company = company();
    company.ledger.record_occurrence(send(at("2026-11-01T00:00:00Z")), OccurrenceState::FirstSeen, at(NOW)).unwrap();
    let served = company.served_to(Visitor::stranger()).await;
    let answer = served.get("/metrics").await.is(200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let open = served.ask("GET", "/metrics", &[("Accept", "application/openmetrics-text")], b"").await.is(200);
    assert!(open.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let mut family = String::new();
    let mut families = BTreeSet::new();
    let lines: Vec<&str> = answer.body.lines().collect();
    assert_eq!(lines.last(), Some(&"# EOF"));
    for line in &lines[..lines.len() - 1] {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split(' ').next().unwrap().to_owned();
            assert!(families.insert(family.clone()), "{family} is there twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{family} gauge"));
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next(), Some(&*family), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(!name.contains('{') || name.ends_with("\"}"), "{line}");
        }
    }
    let answer = answer.says(&[
        "bizreview_up 1",
        "bizreview_ready 1",
        "bizreview_heartbeat_age_seconds 0",
        "bizreview_deliveries{report=\"support\",state=\"sent\"} 1",
        "bizreview_report_last_sent_timestamp_seconds{report=\"support\"} 1794816060",
        "bizreview_report_next_due_timestamp_seconds{report=\"support\"} 1795417200",
        "bizreview_source_stale{source=\"billing\"} 1",
        "bizreview_runs{trigger=\"manual\",exit_code=\"0\"} 5",
        "bizreview_store_bytes{part=\"archive\"}",
        "process_resident_memory_bytes",
    ]);
    answer.silent_of(&["@", "Customer", "Ada"]);
    served.ask("GET", "/metrics", &[("X-Forwarded-For", "192.0.2.7")], b"").await.is(403);
}

#[tokio::test]
async fn readiness_fails_on_a_promise_that_was_not_kept_and_says_which() {
    let company = Company::new();
    let seen = at("2026-11-10T00:00:00Z");
    company.ledger.record_occurrence(send(seen), OccurrenceState::FirstSeen, seen).unwrap();
    let due_at = at("2026-11-16T07:00:00Z");
    let ready = async |now: &str| company.served_at(now, Visitor::stranger()).await.get("/readyz").await;
    ready("2026-11-16T07:30:00Z").await.is(200);
    ready("2026-11-16T08:30:00Z").await.is(503).says(&["report support, due 2026-11-16T07:00:00Z, has not gone out"]);
    company.ledger.record_occurrence(send(due_at), OccurrenceState::Failed, due_at).unwrap();
    ready("2026-11-16T08:30:00Z").await.is(503);
    // sent by hand meanwhile
    let id = company.publish(&Company::review("full", "support", "2026-W46"), "2026-11-16T08:35:00Z");
    let mail = company.mail(id, "ann@acme.example", "2026-11-16T08:35:00Z");
    let sent = Settlement { state: DeliveryState::Sent, response: None, next_attempt_at: None, counts: true };
    ready("2026-11-16T09:45:00Z").await.is(503).says(&["1 mails are overdue", "report support"]);
    company.ledger.settle_delivery(mail, &sent, at("2026-11-16T08:36:00Z")).unwrap();
    ready("2026-11-16T09:45:00Z").await.is(200);
    // too old to be sent: it was told as missed
    ready("2026-11-29T09:00:00Z").await.is(200);
    company.served_to(Visitor::stranger()).await.get("/healthz").await.is(200);
}

#[tokio::test]
async fn what_is_not_a_page_is_answered_in_the_house_style_and_nothing_changes_by_asking() {
    let company = company();
    let served = company.served_to(operator()).await;
    served.get("/nothing").await.is(404).says(&["There is no such page", "<!DOCTYPE html>", "href=\"/\""]);
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        for path in ["/", "/runs", "/reports/support/2026-W46/2/index.html"] {
            assert_eq!(served.ask(method, path, &[], b"").await.status, 405, "{method} {path}");
        }
    }
    // through the whole router, with its headers
    let site = company.site(NOW);
    let whole = Served::start(router(site, "127.0.0.1:1".parse().unwrap()), Limits::default()).await;
    for path in ["/", "/nothing", "/reports/support/2026-W46/2/"] {
        let answer = whole.get(path).await;
        for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff", "no-store"] {
            assert!(answer.head.contains(header), "{path}: {}", answer.head);
        }
        assert!(!answer.body.contains("<script") && !answer.body.contains(" style="), "{path}");
    }
}

fn limits() -> Limits {
    let short = Duration::from_millis(600);
    Limits { connections: 40, head: short, request: short, read: short, grace: short, ..Limits::default() }
}

/// The pages within tight limits, and a route that never answers.
async fn tight(company: &Company) -> Served {
    let never = axum::routing::get(|| async {
        std::future::pending::<()>().await;
    });
    let large = axum::routing::get(|| async { vec![b'x'; 64 << 20] });
    let read = axum::routing::post(|body: String| async move { body.len().to_string() });
    let site = std::sync::Arc::new(company.site(NOW));
    let routes = bizreview::serve::pages::routes().with_state(site).layer(axum::Extension(operator()));
    let router = routes.route("/never", never).route("/large", large).route("/read", read);
    Served::start(router, limits()).await
}

#[tokio::test]
async fn five_hundred_at_once_are_all_served_in_turn() {
    let company = company();
    let served = std::sync::Arc::new(tight(&company).await);
    let asked = (0..500).map(|i| {
        let served = served.clone();
        tokio::spawn(async move {
            let path = ["/healthz", "/", "/reports/support/2026-W46/2/email.txt", "/nothing"][i % 4];
            served.get(path).await.status
        })
    });
    let mut counted = std::collections::BTreeMap::new();
    for task in asked.collect::<Vec<_>>() {
        *counted.entry(task.await.unwrap()).or_insert(0) += 1;
    }
    // a page that waits too long for its turn is a clean 503
    let busy = counted.remove(&503).unwrap_or(0);
    println!("500 at once within 40 places: {counted:?}, {busy} told to come back");
    assert_eq!(counted.values().sum::<i32>() + busy, 500);
    assert_eq!(counted.keys().copied().collect::<Vec<u16>>(), [200, 404]);
    assert!(counted[&200] >= 200, "{counted:?}");
}

#[tokio::test]
async fn slow_clients_do_not_keep_their_places() {
    let company = company();
    let served = tight(&company).await;
    let mut slow = Vec::new();
    for i in 0..40 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        // a head that never ends, nothing at all, an answer nobody takes, a body that does not come
        let start: &[u8] = match i % 4 {
            0 => b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
            1 => b"",
            2 => b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
            _ => b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx",
        };
        stream.write_all(start).await.unwrap();
        slow.push(stream);
    }
    let started = Instant::now();
    let answer = tokio::time::timeout(Duration::from_secs(10), served.get("/healthz")).await.unwrap();
    assert_eq!(answer.status, 200);
    println!("a place was free after {} ms", started.elapsed().as_millis());
    // and each of them is gone
    for mut stream in slow {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "still open after {} bytes", rest.len());
    }
    assert_eq!(served.get("/never").await.status, 503);
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let company = company();
    let served = tight(&company).await;
    let large = vec![b'x'; 10 << 20];
    let answer = served.ask("POST", "/read", &[("Content-Type", "text/plain")], &large).await;
    assert_eq!(answer.status, 413, "{}", answer.head);
    assert_eq!(served.ask("POST", "/read", &[], &large[..60_000]).await.is(200).body, "60000");
    // also one that does not say how long it is
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = b"POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head).await.unwrap();
    for _ in 0..200 {
        let chunk = [b"1000\r\n".as_slice(), &large[..4096], b"\r\n"].concat();
        if stream.write_all(&chunk).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let long = format!("GET /?{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000));
    let _ = stream.write_all(long.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let said = String::from_utf8_lossy(&answer);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
}

#[tokio::test]
async fn stopping_answers_what_is_in_hand_and_waits_for_nobody_else() {
    let company = company();
    let mut served = tight(&company).await;
    let mut slow = TcpStream::connect(served.address).await.unwrap();
    slow.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let started = Instant::now();
    served.stop();
    tokio::time::timeout(Duration::from_secs(5), &mut served.task).await.unwrap().unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens");
}

#[test]
#[ignore = "a measurement: cargo test --test it -- --ignored --nocapture pages::search_over"]
fn search_over_five_thousand_editions() {
    let company = Company::new();
    let template = company.publish(&Company::review("full", "support", "2020-W01"), NOW);
    let text = std::fs::read(company.scratch.join("archive/support/2020-W01/1/email.txt")).unwrap();
    let db = rusqlite::Connection::open(company.ledger.path()).unwrap();
    db.execute_batch("begin").unwrap();
    for i in 0..5000 {
        let (report, year, week) = (format!("r{}", i / 500), 2010 + i % 500 / 50, i % 50 + 1);
        let path = format!("archive/{report}/{year}-W{week:02}/1");
        std::fs::create_dir_all(company.scratch.join(&path)).unwrap();
        let mut text = text.clone();
        text.extend(format!("\nneedle{i}\n").bytes());
        std::fs::write(company.scratch.join(&path).join("email.txt"), text).unwrap();
        db.execute(
            "insert into edition (report, period, number, path, created_at, run_id, subject, sha256) \
             select ?, ?, 1, ?, created_at, run_id, subject, sha256 from edition where edition_id = ?",
            rusqlite::params![report, format!("{year}-W{week:02}"), path, template],
        )
        .unwrap();
    }
    db.execute_batch("commit").unwrap();
    let roles = (0..10).map(|i| (format!("r{i}"), Role::Operator)).chain([("support".into(), Role::Operator)]);
    let visitor = Visitor::with_roles(None, true, roles.collect());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let served = company.served_to(visitor).await;
        for path in [
            "/",
            "/",
            "/?by=period",
            "/?by=period&page=100",
            "/?q=support",
            "/?q=needle3",
            "/?q=needle4999",
            "/?q=zzz",
            "/reports/r3/",
            "/metrics",
        ] {
            let started = Instant::now();
            let answer: Answer = served.get(path).await.is(200);
            println!("{path:<24} {:>5} ms {:>7} bytes", started.elapsed().as_millis(), answer.body.len());
        }
    });
}
