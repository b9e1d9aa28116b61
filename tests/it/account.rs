//! The review of one customer, against what truly happened to it; and every figure of a page opened to its rows.

use bizreview::sandbox::{CustomerTruth, Grain, customers};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::company::{COMPANY, Desk};
use crate::support::store::Books;
use crate::support::stripe::{monthly, price, subscription};

fn truth() -> Vec<CustomerTruth> {
    customers(&COMPANY, Grain::Month, "2026-10")
}

/// The review of a customer of the simulated company, as its edition keeps it.
fn review(desk: &Desk, customer: &str) -> Value {
    desk.run(&["run", "account", "--customer", customer, "--no-pull"]).exits(0);
    let newest = desk.names(&format!("store/archive/account.{customer}/2026-10")).pop().unwrap();
    serde_json::from_str(&desk.read(&format!("store/archive/account.{customer}/2026-10/{newest}/report.json"))).unwrap()
}

/// The body of a section; null where the review has none of this name.
fn section<'a>(review: &'a Value, name: &str) -> &'a Value {
    let sections = review["sections"].as_array().unwrap();
    sections.iter().find(|s| s["name"] == name).map_or(&Value::Null, |s| &s["body"])
}

/// A fact's value and whole, as numbers; `None` where it is unknown.
fn fact(review: &Value, name: &str, label: &str) -> Option<(Decimal, Option<Decimal>)> {
    let facts = section(review, name)["facts"].as_array()?;
    let fact = facts.iter().find(|fact| fact["label"] == label).unwrap_or_else(|| panic!("{name} has no {label}"));
    let number = |value: &Value| {
        let (_, value) = value.as_object()?.iter().next()?;
        value.as_str()?.parse::<Decimal>().ok()
    };
    Some((number(&fact["value"])?, number(&fact["whole"])))
}

/// A part of nothing is no figure.
fn share((part, whole): (usize, usize)) -> Option<(Decimal, Option<Decimal>)> {
    (whole > 0).then(|| (Decimal::from(part), Some(Decimal::from(whole))))
}

#[test]
fn a_customers_review_tells_what_happened_to_it() {
    let all = truth();
    let pick = |what: &str, is_it: &dyn Fn(&CustomerTruth) -> bool| {
        all.iter()
            .find(|one| is_it(one))
            .unwrap_or_else(|| panic!("the simulation has no customer that {what}"))
            .clone()
    };
    let chosen = [
        pick("had tickets decided", &|c| c.first_replies.1 > 0 && c.resolutions.1 > 0 && c.is_known_to_support),
        pick("rated", &|c| c.ratings.1 > 0 && c.is_known_to_support),
        pick("pays in euro", &|c| c.currency == "eur" && !c.closing_mrr.is_zero()),
        pick("left", &|c| !c.opening_mrr.is_zero() && c.closing_mrr.is_zero()),
        pick("was active", &|c| c.active_people > 1 && c.is_known_to_product && !c.closing_mrr.is_zero()),
        pick("asked nothing", &|c| {
            c.tickets_opened + c.tickets_open == 0 && c.is_known_to_support && !c.closing_mrr.is_zero()
        }),
    ];
    let desk = Desk::pulled();
    for true_one in &chosen {
        compare(&review(&desk, &true_one.customer), true_one);
    }
}

/// Every figure that the simulation's log tells too.
fn compare(found: &Value, true_one: &CustomerTruth) {
    let who = &true_one.customer;
    assert_eq!(found["name"], json!(true_one.name), "{who}");
    assert_eq!(fact(found, "profile", "MRR at the end"), Some((true_one.closing_mrr, None)), "{who}");
    assert_eq!(fact(found, "profile", "Seats"), Some((Decimal::from(true_one.seats), None)), "{who}");
    let points = section(found, "mrr")["trend"]["points"].as_array().unwrap();
    let last: Vec<Decimal> =
        points.iter().rev().take(2).map(|p| p["value"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!((points.len(), &last[..]), (12, &[true_one.closing_mrr, true_one.opening_mrr][..]), "{who}");
    if true_one.is_known_to_support {
        let count = |label: &str| fact(found, "tickets", label).unwrap().0;
        assert_eq!(count("Opened in the period"), Decimal::from(true_one.tickets_opened), "{who}");
        assert_eq!(count("Solved"), Decimal::from(true_one.tickets_solved), "{who}");
        assert_eq!(count("Open tickets at the end"), Decimal::from(true_one.tickets_open), "{who}");
        assert_eq!(fact(found, "tickets", "First replies within the target"), share(true_one.first_replies), "{who}");
        assert_eq!(fact(found, "tickets", "Solved within the target"), share(true_one.resolutions), "{who}");
        assert_eq!(fact(found, "tickets", "Satisfied, of those who said"), share(true_one.ratings), "{who}");
        let open = &section(found, "open_tickets")["table"]["total_rows"];
        assert_eq!(*open, json!(true_one.tickets_open), "{who}");
    } else {
        assert!(section(found, "tickets").is_null(), "{who} is a stranger to the helpdesk");
    }
    if true_one.is_known_to_product {
        let (people, seats) = fact(found, "adoption", "Active people, of seats paid for").unwrap();
        assert_eq!(people, Decimal::from(true_one.active_people), "{who}");
        assert_eq!(seats, (true_one.seats > 0).then(|| Decimal::from(true_one.seats)), "{who}");
    }
}

#[test]
fn what_a_system_does_not_know_is_unknown_and_named_once() {
    let desk = Desk::pulled();
    let known = truth().into_iter().find(|c| c.is_known_to_support && !c.closing_mrr.is_zero()).unwrap().customer;
    // the company says that the helpdesk's organisation is another's
    let ids = desk.run(&[
        "query",
        &format!("select external_id from core.account_link where system = 'support' and account_id = '{known}'"),
        "--format",
        "csv",
    ]);
    let organization = ids.exits(0).out.lines().nth(1).unwrap().to_owned();
    let map = desk.read("files/account_map.csv");
    let desk = desk.write("files/account_map.csv", &format!("{map}nobody,support,{organization},2020-01-01\n"));
    desk.run(&["pull", "files"]);
    desk.run(&["run", "account", "--customer", &known, "--no-pull", "--dry-run"]).exits(0);
    let text = desk.read(&format!("store/dry-run/account.{known}/2026-10/email.txt"));
    assert!(text.contains("Not everything is known of this customer: support does not know it"), "{text}");
    assert_eq!(text.matches("no id of support is matched to this customer").count(), 1, "{text}");
    assert!(!text.contains("Open tickets at the end: 0"), "nothing known is not nothing: {text}");
}

#[test]
fn a_customer_is_found_by_any_id_or_its_exact_name_and_nearly_found_is_not() {
    let desk = Desk::pulled();
    let one = truth().into_iter().find(|c| c.is_known_to_support).unwrap();
    let dry = |customer: &str| desk.run(&["run", "account", "--customer", customer, "--no-pull", "--dry-run"]);
    dry(&one.name).exits(0).prints(&[&format!("account.{}", one.customer)]);
    let mistyped = one.name.replacen("GmbH", "Gmbh", 1).replacen("AG", "Ag", 1);
    dry(&mistyped).exits(2).explains(&["is no account; did you mean", &one.name]);
    dry("Nobody at all").exits(2).explains(&["is no account", "bizreview accounts"]);
    desk.run(&["run", "account", "--no-pull"]).exits(2).explains(&["run account: whose? Add --customer ID"]);
    desk.run(&["run", "support", "--customer", &one.customer])
        .exits(2)
        .explains(&["--customer belongs to one report alone"]);
    let colliding = desk.edit("[reports.executive]", "[reports.account]");
    colliding.run(&["check"]).exits(2).explains(&["[reports.account]", "give this report another name"]);
}

#[test]
fn nobody_gets_a_customers_review_but_one_named_person_of_the_company() {
    let desk = Desk::pulled();
    let customer = truth().into_iter().find(|c| !c.closing_mrr.is_zero()).unwrap().customer;
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", "account", "--customer", customer.as_str(), "--no-pull"];
        arguments.extend(more);
        desk.run(&arguments)
    };
    run(&[]).exits(0).prints(&["archived, not mailed", "internal, not for the customer as it stands"]);
    assert!(desk.mails().is_empty(), "nothing is mailed unless somebody is named");
    run(&["--to", "boss@elsewhere.example"]).exits(2).explains(&["allowed_domains"]);
    run(&["--to", "mara@northwind-reports.example"]).exits(0).prints(&["sent"]);
    let mails = desk.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].1.to.contains("mara@northwind-reports.example"), "{}", mails[0].1.to);
    assert!(mails[0].1.text.contains("INTERNAL: NOT FOR THE CUSTOMER AS IT STANDS"), "{}", mails[0].1.text);
    run(&["--again"]).exits(2);
    desk.run(&["run", "--as-known-in", &format!("account.{customer}/2026-10/1")])
        .exits(2)
        .explains(&["only reports are replayed"]);
    let open = desk.edit("allowed_domains = [\"northwind-reports.example\"]", "allowed_domains = []");
    let open = open.run(&["run", "account", "--customer", &customer, "--no-pull", "--to", "a@b.example"]);
    open.exits(2).explains(&["set [mail] allowed_domains"]);
}

/// Two currencies, a name that is markup and one that is a formula, an account by a name of the company's own, and two accounts
/// of one name.
#[test]
fn names_that_mean_harm_and_two_currencies_make_a_sane_review() {
    let mut books = Books::default();
    books.people();
    let (usd, eur) = (monthly(4900), price(8000, "month", 1, "eur"));
    books.customer_as("cus_markup", "name", json!("<script>alert(1)</script> {{ 7 }}"));
    books.subscribe(&subscription("sub_usd", "cus_markup", &usd, 2, "2026-03-01"));
    books.subscribe(&subscription("sub_eur", "cus_markup", &eur, 1, "2026-05-01"));
    books.customer_as("cus_formula", "name", json!("=cmd()|' /C calc'!A0"));
    books.subscribe(&subscription("sub_formula", "cus_formula", &usd, 1, "2026-03-01"));
    for id in ["cus_twin_1", "cus_twin_2"] {
        books.customer_as(id, "name", json!("Twin Ltd"));
        books.subscribe(&subscription(&format!("sub_{id}"), id, &usd, 1, "2026-03-01"));
    }
    books.file("fx_rate.csv", "currency,date,rate\nEUR,2026-01-01,1.10\n");
    books.file(
        "account_map.csv",
        "account,system,external_id,valid_from\n../Our <b>Partner</b>,billing,cus_formula,2020-01-01\n",
    );
    let store = books.pull("account", "2026-11-16T06:00:00Z");
    let run = |customer: &str| store.run(&["run", "account", "--customer", customer, "--no-pull"]);

    assert!(run("cus_markup").status.success());
    let folder = store.folder.join("store/archive/account.cus_markup/2026-10/1");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let found: Value = serde_json::from_str(&read("report.json")).unwrap();
    // 2 x 49.00 USD, and 80.00 EUR at 1.10
    assert_eq!(fact(&found, "profile", "MRR at the end"), Some((Decimal::new(18_600, 2), None)));
    let facts = section(&found, "profile")["facts"].as_array().unwrap();
    let own = facts.iter().find(|fact| fact["label"] == "MRR at the end (EUR)").unwrap();
    assert_eq!(own["value"]["amount"], json!({"currency": "EUR", "amount": "80"}));
    for file in ["index.html", "email.html"] {
        let page = read(file);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;") && !page.contains("{{"), "{file}");
    }
    assert!(read("email.txt").contains("$186.00"), "{}", read("email.txt"));

    // the map's name is no path
    assert!(run("cus_formula").status.success());
    let archive = store.folder.join("store/archive");
    let names: Vec<String> =
        std::fs::read_dir(&archive).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("account.Our--b-Partner--b.")), "{names:?}");
    assert!(!store.folder.join("store/Our <b>Partner<").exists() && !store.folder.join("Our").exists());

    let twins = run("Twin Ltd");
    let said = String::from_utf8_lossy(&twins.stderr).into_owned();
    assert!(twins.status.code() == Some(2) && said.contains("use the id, cus_twin_1 or cus_twin_2"), "{said}");
}

#[test]
fn the_rows_beside_the_page_are_those_that_explain_prints() {
    let desk = Desk::pulled();
    desk.run(&["run", "support", "--no-pull"]).exits(0);
    let edition = "store/archive/support/2026-W46/1";
    let page = desk.read(&format!("{edition}/index.html"));
    let report: Value = serde_json::from_str(&desk.read(&format!("{edition}/report.json"))).unwrap();
    let mut opened = 0;
    for definition in report["definitions"].as_array().unwrap() {
        let metric = definition["metric"].as_str().unwrap();
        assert!(page.contains(&format!("bizreview explain {metric} --period 2026-W46")), "{metric}");
        assert!(definition["sql"].as_str().unwrap().contains("select"), "{metric}");
        let Some(file) = definition["rows"]["file"].as_str() else { continue };
        assert!(page.contains(&format!("href=\"{file}\"")), "{metric} links to its rows");
        if ["first_reply_sla", "first_reply_time_p90", "tickets_created", "agent_load"].contains(&metric) {
            let explained = desk.run(&["explain", metric, "--period", "2026-W46", "--rows"]).exits(0).out;
            assert_eq!(desk.read(&format!("{edition}/{file}")), explained, "{metric}");
            opened += 1;
        }
    }
    assert!(opened >= 3, "{opened}");
    let anchor = "<a class=\"def\" href=\"#d-first-reply-sla\">";
    assert!(page.contains(anchor) && page.contains("id=\"d-first-reply-sla\""), "the row leads to its definition");
    // SQL is printed as it was written, its indentation too
    assert!(page.contains("\n  period_day.period_id, clock.account_id"), "the SQL of the first-reply SLA");
    // a report that prints no names has none in its rows, and one that prints no customers has no rows
    desk.run(&["run", "product", "--no-pull"]).exits(0);
    let rows = desk.read("store/archive/product/2026-W46/1/rows/active_accounts.csv");
    assert!(rows.starts_with("account_id,entity_id,counted\n"), "{rows}");
    let none = desk.edit("customers = \"ids\"", "customers = \"none\"");
    none.run(&["run", "product", "--no-pull"]).exits(0);
    assert!(none.names("store/archive/product/2026-W46/2/rows").is_empty());
    assert!(!none.read("store/archive/product/2026-W46/2/index.html").contains("href=\"rows/"));
}
