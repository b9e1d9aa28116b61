//! A company that connected billing and support six weeks ago: its reviews look finished, and what cannot be known yet is said once.

use crate::support::store::Books;
use crate::support::stripe::{monthly, subscription};
use crate::support::zendesk::{AGENT, ticket};

const NOW: &str = "2026-11-16T06:00:00Z";

const REPORTS: &str = "[teams.executive]
name = \"Executives\"
[teams.support]
name = \"Support\"
[teams.customer_success]
name = \"Customer success\"
[reports.executive]
title = \"Executive review\"
team = \"executive\"
all_teams = true
to = [\"board@acme.example\"]
metrics = [\"mrr\", \"nrr\", \"grr\", \"gross_mrr_churn\", \"first_reply_sla\", \"uptime\", \"active_accounts\", \"nps\"]
lists = [\"mrr_movers\"]
[reports.support]
title = \"Support review\"
team = \"support\"
to = [\"support@acme.example\"]
metrics = [\"sla/*\"]
lists = [\"sla_breaches\"]
[reports.customer_success]
title = \"Customer success review\"
team = \"customer_success\"
to = [\"success@acme.example\"]
metrics = [\"churn/*\", \"advocacy/*\", \"value/*\"]
lists = [\"churn_reasons\"]
[support]
[[support.targets]]
clock = \"first_reply\"
minutes = 240
business_hours = false
";

#[test]
fn six_weeks_of_billing_and_support_make_a_finished_review() {
    let mut books = Books::default();
    books.people().settings(REPORTS);
    let plan = monthly(4900);
    for number in 0..45 {
        let day = 5 + number % 26;
        let case = format!("young_{number}");
        let one = subscription(
            &format!("sub_{case}"),
            &format!("cus_{case}"),
            &plan,
            1 + number % 7,
            &format!("2026-10-{day:02}"),
        );
        books.one(&if number % 15 == 3 { one.ended("2026-11-11 10:00") } else { one });
    }
    for number in 0..84 {
        let (month, day) = if number < 54 { (10, 5 + number % 27) } else { (11, 1 + number % 15) };
        let hour = if number % 9 == 0 { 15 } else { 11 };
        ticket(1 + number, &format!("2026-{month}-{day:02} 10:00"))
            .says(&format!("2026-{month}-{day:02} {hour}:30"), AGENT)
            .becomes(&format!("2026-{month}-{day:02} 16:00"), "solved")
            .file(&mut books);
    }
    let store = books.pull("young", NOW);
    store.ok(&["run", "executive", "support", "customer_success", "--no-pull"]);
    let mail = |report: &str| {
        std::fs::read_to_string(store.folder.join(format!("store/archive/{report}/2026-W46/1/email.txt"))).unwrap()
    };
    for report in ["executive", "support", "customer_success"] {
        let text = mail(report);
        assert!(!text.contains("NaN") && !text.contains("{{") && text.contains("SCORECARD"), "{report}: {text}");
    }
    let executive = mail("executive");
    assert!(executive.contains("n/a, insufficient history for twelve months"), "{executive}");
    assert!(executive.contains("Gross MRR churn: ") && executive.contains("Churn: −$"), "{executive}");
    for missing in ["Uptime", "Active accounts", "Net promoter score"] {
        assert_eq!(executive.matches(missing).count(), 1, "{missing} is named once: {executive}");
    }
}
