//! The outbox through its commands: what waits, failed or may have arrived, who was never sent a report, and who wants no more.

use std::collections::BTreeSet;

use bizreview::deliver::key::Key;
use bizreview::deliver::transport::Transport;
use bizreview::deliver::unsubscribe;
use bizreview::ledger::deliveries::DeliveryState::{Failed, Held, Pending, Sending, Sent, Uncertain};
use bizreview::ledger::deliveries::Settlement;
use bizreview::pipeline::{send_due, unapproved};
use bizreview::serve::{Ended, Service, router};
use jiff::SignedDuration;
use mailparse::MailHeaderMap;

use crate::support::company::Desk;
use crate::support::mail::{Act, Server, now};
use crate::support::post::Post;

const ANN: &str = "ann@acme.example";
const BOB: &str = "bob@acme.example";
const CY: &str = "cy@acme.example";
const THREE: [&str; 3] = [ANN, BOB, CY];

fn over(port: u16, more: &str) -> String {
    format!("transport = \"smtp://127.0.0.1:{port}\"\n{more}")
}

/// Everything in the outbox, its first round gone out.
async fn posted(to: &[&str], server: &Server, more: &str) -> Post {
    let post = Post::new(to, &over(server.port, more));
    post.enqueue(|_| false);
    send_due(&post.environment(0)).await.unwrap();
    post
}

fn header(bytes: &[u8], name: &str) -> String {
    mailparse::parse_mail(bytes).unwrap().headers.get_first_value(name).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn resend_settles_what_may_have_arrived_and_what_failed_with_the_same_bytes() {
    let rules = vec![(".", 1, Act::HangUp), ("RCPT TO:<cy", 0, Act::Say("550 5.1.1 no such user"))];
    let server = Server::start(rules).await;
    let post = posted(&THREE, &server, "").await;
    post.check(&[Sent, Uncertain, Failed]);
    let bytes = post.ledger.delivery_bytes(post.rows()[1].delivery_id).unwrap().unwrap();

    let (code, said) = post.run(&["resend", "support", "2026-W47", "--dry-run"]);
    assert_eq!(code, 0, "{said}");
    for part in ["bob@acme.example", "uncertain", "send again, it may have arrived", "cy@acme.example", "failed"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("ann@"), "{said}");
    post.check(&[Sent, Uncertain, Failed]);

    let (code, said) = post.run(&["resend", "support", "2026-W47", "--uncertain"]);
    assert!(code == 0 && said.contains("1 of 1 sent"), "{said}");
    post.check(&[Sent, Sent, Failed]);
    assert_eq!(post.rows()[1].released_by.as_deref(), Some("operator"));
    let again = server.accepted().into_iter().find(|(to, _)| to == BOB).unwrap().1;
    assert_eq!(again, bytes, "the same bytes, and so the same Message-ID");

    let (code, said) = post.run(&["resend", "support", "2026-W47", "--only-failed"]);
    assert!(code == 0 && said.contains("1 of 1 sent"), "{said}");
    post.check(&[Sent, Sent, Sent]);
    let (code, said) = post.run(&["resend", "support", "2026-W47"]);
    assert!(code == 0 && said.contains("nothing to send"), "{said}");
    assert_eq!(server.accepted().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn resend_says_what_it_could_not_do() {
    let refusals = (0..9).map(|nth| ("RCPT TO:<bob", nth, Act::Say("550 5.1.1 no such user"))).collect();
    let server = Server::start(refusals).await;
    let post = posted(&THREE[..2], &server, "").await;
    post.check(&[Sent, Failed]);
    let (code, said) = post.run(&["resend", "support", "2026-W47"]);
    assert!(
        code == 4 && said.contains("failed: 550 5.1.1 no such user") && said.contains("0 of 1 sent"),
        "{code}: {said}"
    );

    for (arguments, parts) in [
        (&["resend", "suport", "2026-W47"][..], &["\"suport\" is not in [reports]", "support"][..]),
        (
            &["resend", "support", "2026-W40"],
            &["no edition of support 2026-W40", "bizreview run support --period 2026-W40"],
        ),
        (&["resend", "support", "last week"], &["last week"]),
        (&["resend", "support", "2026-W47", "--to", "nobody"], &["--to", "nobody"]),
    ] {
        let (code, said) = post.run(arguments);
        assert!(code == 2 && parts.iter().all(|part| said.contains(part)), "{code}: {said}");
    }

    // retention dropped the bytes
    let db = rusqlite::Connection::open(post.scratch.join("store/ledger.sqlite")).unwrap();
    db.execute("update delivery set mime = null", []).unwrap();
    let (code, said) = post.run(&["resend", "support", "2026-W47"]);
    assert_eq!(code, 4, "{said}");
    for part in ["bytes were dropped", "bizreview run support --period 2026-W47 --to bob@acme.example"] {
        assert!(said.contains(part), "{said}");
    }
    post.check(&[Sent, Failed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_arrived_stays_so_while_sending_is_held_back() {
    let server = Server::start(vec![(".", 0, Act::HangUp)]).await;
    let post = posted(&[ANN], &server, "").await;
    post.ledger.hold_sending("restored from a backup", now(), now()).unwrap();
    let (code, said) = post.run(&["resend", "support", "2026-W47"]);
    assert!(code == 1 && said.contains("nothing is sent: restored from a backup") && said.contains("thaw"), "{said}");
    post.check(&[Uncertain]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_is_sent_the_archived_edition() {
    let server = Server::start(vec![]).await;
    let mut post = posted(&[ANN], &server, "allowed_domains = [\"acme.example\"]").await;
    post.check(&[Sent]);
    let resend = ["resend", "support", "2026-W47", "--to"];
    let to = |address: &'static str| [&resend[..], &[address]].concat();

    let (code, said) = post.run(&to("eve@evil.example"));
    assert!(code == 2 && said.contains("allowed_domains"), "{said}");
    let (code, said) = post.run(&to(ANN));
    assert!(code == 2 && said.contains("was sent edition 1"), "{said}");

    // a look, as often as one likes
    for _ in 0..2 {
        let (code, said) = post.run(&to(CY));
        assert!(code == 0 && said.contains("1 of 1 sent"), "{said}");
    }
    let looks: Vec<Vec<u8>> = server.accepted().into_iter().filter(|(to, _)| to == CY).map(|(_, mail)| mail).collect();
    assert_eq!(looks.len(), 2);
    assert!(header(&looks[0], "Subject").starts_with("[only to you] First-reply SLA 81 %"));

    // a reader who joined later gets their own, once, with the pictures
    post.reconfigured(&[ANN, BOB], &over(server.port, ""));
    let (code, said) = post.run(&to(BOB));
    assert!(code == 0 && said.contains("send the archived edition"), "{said}");
    let own = server.accepted().into_iter().find(|(to, _)| to == BOB).unwrap().1;
    assert!(header(&own, "Subject").starts_with("First-reply SLA 81 %"));
    let mail = mailparse::parse_mail(&own).unwrap();
    let related = &mail.subparts[1];
    let html = related.subparts[0].get_body().unwrap();
    assert_eq!(related.subparts.len(), 3, "two pictures");
    for picture in &related.subparts[1..] {
        let id = picture.headers.get_first_value("Content-ID").unwrap();
        assert!(html.contains(&format!("cid:{}", id.trim_matches(['<', '>']))), "{html}");
    }
    post.check(&[Sent, Sent, Sent]);
    let (code, said) = post.run(&to(BOB));
    assert!(code == 2 && said.contains("was sent edition 1"), "{said}");

    // what is not as it was archived is not mailed
    std::fs::write(post.edition.path.join("email.txt"), "something else").unwrap();
    let (code, said) = post.run(&to("dee@acme.example"));
    assert!(code == 1 && said.contains("is not what was archived"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_sends_what_may_have_arrived_once_more_and_only_once() {
    let server = Server::start(vec![(".", 0, Act::HangUp), (".", 1, Act::HangUp)]).await;
    let post = posted(&[ANN], &server, "on_uncertain = \"resend\"").await;
    post.check(&[Uncertain]);
    send_due(&post.environment(1)).await.unwrap();
    post.check(&[Uncertain]);
    assert_eq!(post.rows()[0].released_by.as_deref(), Some("policy"));
    let commands = server.commands().len();
    for minutes in 2..5 {
        assert!(send_due(&post.environment(minutes)).await.unwrap().is_empty(), "held from here on");
    }
    post.check(&[Uncertain]);
    assert_eq!(server.commands().len(), commands, "no connection is opened for nothing");

    // by default it is held at once
    let server = Server::start(vec![(".", 0, Act::HangUp)]).await;
    let post = posted(&[ANN], &server, "").await;
    assert!(send_due(&post.environment(1)).await.unwrap().is_empty());
    post.check(&[Uncertain]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_sender_left_is_told_with_nothing_else_to_send() {
    let server = Server::start(vec![]).await;
    let post = Post::new(&[ANN], &over(server.port, ""));
    post.enqueue(|_| false);
    assert!(post.ledger.claim_delivery(post.rows()[0].delivery_id, now()).unwrap());
    post.check(&[Sending]);
    assert!(send_due(&post.environment(1)).await.unwrap().is_empty());
    post.check(&[Uncertain]);
    assert_eq!(server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_mail_follows_a_change_of_transport_and_uncertain_mail_does_not() {
    let first = Server::start(vec![("RCPT TO:<ann", 0, Act::Say("451 later")), (".", 0, Act::HangUp)]).await;
    let mut post = posted(&THREE, &first, "").await;
    post.check(&[Pending, Uncertain, Sent]);
    let old = post.rows()[0].transport.clone();

    let second = Server::start(vec![]).await;
    post.reconfigured(&THREE, &over(second.port, ""));
    send_due(&post.environment(1)).await.unwrap();
    post.check(&[Sent, Uncertain, Sent]);
    let rows = post.rows();
    assert_eq!(second.accepted().len(), 1);
    assert_ne!(rows[0].transport, old, "where it went");
    assert_eq!([&rows[1].transport, &rows[2].transport], [&old, &old], "where they went, or may have gone");

    // nor does it go out twice when the same letter is put in the outbox again
    post.enqueue(|_| false);
    assert!(send_due(&post.environment(2)).await.unwrap().is_empty());
    assert_eq!(post.rows().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mail_whose_bytes_are_not_what_they_were_keeps_no_other_waiting() {
    let server = Server::start(vec![]).await;
    let post = Post::new(&THREE, &over(server.port, ""));
    post.enqueue(|_| false);
    let db = rusqlite::Connection::open(post.ledger.path()).unwrap();
    db.execute("update delivery set mime = x'00' where recipient = ?", [ANN]).unwrap();
    send_due(&post.environment(0)).await.unwrap();
    post.check(&[Failed, Sent, Sent]);
    assert!(post.rows()[0].response.as_ref().unwrap().contains("have changed in the ledger"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_put_off_by_a_clock_that_was_ahead_does_not_wait_for_that_time() {
    let server = Server::start(vec![]).await;
    let post = Post::new(&[ANN], &over(server.port, ""));
    post.enqueue(|_| false);
    let put_off = |hours| Settlement {
        state: Pending,
        response: None,
        next_attempt_at: Some(now() + SignedDuration::from_hours(hours)),
        counts: true,
    };
    let id = post.rows()[0].delivery_id;
    post.ledger.settle_delivery(id, &put_off(10), now()).unwrap();
    assert!(send_due(&post.environment(0)).await.unwrap().is_empty(), "the longest pause there is");
    post.ledger.settle_delivery(id, &put_off(24 * 365), now()).unwrap();
    send_due(&post.environment(0)).await.unwrap();
    post.check(&[Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_of_those_who_left_is_not_sent() {
    let server = Server::start(vec![]).await;
    let mut post = Post::new(&THREE, &over(server.port, ""));
    post.enqueue(|_| false);
    post.ledger.suppress("support", "ANN@acme.example", "unsubscribed", now()).unwrap();
    post.reconfigured(&[ANN, CY], &over(server.port, ""));
    send_due(&post.environment(0)).await.unwrap();
    post.check(&[Failed, Failed, Sent]);
    let reasons: Vec<String> = post.rows().into_iter().filter_map(|row| row.response).collect();
    assert_eq!(reasons[..2], ["unsubscribed from this report", "no longer in [reports.support] to"]);
    assert_eq!(server.accepted().len(), 1);
    let (code, said) = post.run(&["resend", "support", "2026-W47"]);
    assert!(code == 4 && said.contains("leave: unsubscribed") && said.contains("leave: no longer in"), "{said}");

    // the report became another team's between edition and envelope
    let post = Post::new(&[ANN], &over(server.port, ""));
    post.enqueue(|_| false);
    let mut config = post.config();
    config.reports.get_mut("support").unwrap().team = "finance".into();
    send_due(&post.environment_of(config, 0)).await.unwrap();
    post.check(&[Failed]);
    assert!(post.rows()[0].response.as_ref().unwrap().contains("made for team support"));
}

// Approval

#[tokio::test(flavor = "multi_thread")]
async fn held_mail_waits_for_the_operator_and_then_goes_out() {
    let server = Server::start(vec![]).await;
    let post = Post::new(&THREE, &over(server.port, ""));
    post.enqueue(|address| address != ANN);
    send_due(&post.environment(0)).await.unwrap();
    post.check(&[Sent, Held, Held]);
    assert!(send_due(&post.environment(10_000)).await.unwrap().is_empty(), "however long");
    let waiting = |post: &Post| unapproved(&post.environment(0)).unwrap();
    assert_eq!(waiting(&post), [("support".to_owned(), BOB.to_owned()), ("support".to_owned(), CY.to_owned())]);

    let (code, said) = post.run(&["approve"]);
    assert!(
        code == 0 && said.contains("bob@acme.example") && said.contains("2026-W47") && !said.contains("ann@"),
        "{said}"
    );
    let (code, said) = post.run(&["resend", "support", "2026-W47"]);
    assert!(code == 4 && said.contains("bizreview approve support"), "{said}");
    let (code, said) = post.run(&["approve", "support", "eve@acme.example"]);
    assert!(code == 2 && said.contains("not in [reports.support] to"), "{said}");
    let (code, said) = post.run(&["approve", "support", BOB]);
    assert!(
        code == 0 && said.contains("approved: support to bob@acme.example") && said.contains("1 of 1 mails"),
        "{said}"
    );
    post.check(&[Sent, Sent, Held]);
    let (code, said) = post.run(&["approve", "--all"]);
    assert!(code == 0 && said.contains("cy@acme.example"), "{said}");
    post.check(&[Sent, Sent, Sent]);
    assert!(waiting(&post).is_empty());
    let (_, said) = post.run(&["approve"]);
    assert!(said.contains("nobody waits for approval"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn approval_can_be_switched_off_and_a_folder_needs_none() {
    let server = Server::start(vec![]).await;
    let mut post = Post::new(&[ANN, BOB], &over(server.port, ""));
    post.enqueue(|_| true);
    post.check(&[Held, Held]);
    post.reconfigured(&[ANN, BOB], "transport = \"dir:out\"");
    assert!(unapproved(&post.environment(0)).unwrap().is_empty());
    post.reconfigured(&[ANN, BOB], &over(server.port, "approve_recipients = false"));
    assert!(unapproved(&post.environment(0)).unwrap().is_empty());
    send_due(&post.environment(0)).await.unwrap();
    post.check(&[Sent, Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_made_for_a_folder_goes_to_people_only_when_they_are_approved() {
    let server = Server::start(vec![]).await;
    let mut post = Post::new(&[ANN, BOB], "transport = \"dir:out\"");
    post.enqueue(|_| false);
    post.ledger.approve("support", &[ANN.to_owned()], "approve", now()).unwrap();
    post.reconfigured(&[ANN, BOB], &over(server.port, ""));
    send_due(&post.environment(0)).await.unwrap();
    post.check(&[Sent, Held]);
    let (code, said) = post.run(&["approve", "support"]);
    assert!(code == 0 && said.contains("1 of 1 mails"), "{said}");
    post.check(&[Sent, Sent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_who_waits_for_a_first_mail() {
    let post = Post::new(&[ANN, BOB], "transport = \"smtp://127.0.0.1:9\"");
    // its metrics do not exist, which is another matter
    let (_, said) = post.run(&["check"]);
    assert!(said.contains("2 recipients of scheduled reports wait for approval: bizreview approve"), "{said}");
    post.ledger.approve("support", &[ANN.to_owned(), BOB.to_owned()], "approve", now()).unwrap();
    let (_, said) = post.run(&["check"]);
    assert!(!said.contains("approval"), "{said}");
}

// Leaving

#[tokio::test(flavor = "multi_thread")]
async fn every_reader_has_a_link_of_their_own_to_leave_by() {
    let server = Server::start(vec![]).await;
    let post = posted(&THREE, &server, "public_url = \"https://reviews.acme.example/\"").await;
    let mails = server.accepted();
    let links: BTreeSet<String> = mails.iter().map(|(_, mail)| header(mail, "List-Unsubscribe")).collect();
    assert_eq!(links.len(), 3, "{links:?}");
    let key = Key::of(&post.config()).unwrap();
    for (to, mail) in &mails {
        assert_eq!(header(mail, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let link = header(mail, "List-Unsubscribe");
        let token = link.strip_prefix("<https://reviews.acme.example/unsubscribe/").unwrap().strip_suffix('>').unwrap();
        assert!(!token.contains('/') && !link.contains(to), "{link}");
        let found = unsubscribe::verify(&key, token, post.ledger.addressees().unwrap());
        assert_eq!(found, Some(("support".to_owned(), to.clone())));
        for forged in [&token[1..], "", "AAAA", &token.to_uppercase()] {
            assert_eq!(unsubscribe::verify(&key, forged, post.ledger.addressees().unwrap()), None, "{forged}");
        }
    }
    // a look is nothing to unsubscribe from, and without a page there is no link
    post.run(&["resend", "support", "2026-W47", "--to", "dee@acme.example"]);
    let look = server.accepted().into_iter().find(|(to, _)| to.starts_with("dee")).unwrap().1;
    assert_eq!(header(&look, "List-Unsubscribe"), "");
    let server = Server::start(vec![]).await;
    posted(&[ANN], &server, "").await;
    assert_eq!(header(&server.accepted()[0].1, "List-Unsubscribe"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sees_and_keeps_the_list_of_those_who_left() {
    let server = Server::start(vec![]).await;
    let post = Post::new(&[ANN, BOB], &over(server.port, ""));
    let (code, said) = post.run(&["suppress", "add", "support", "Ann@acme.example"]);
    assert!(code == 0 && said.contains("sent no more mail of support"), "{said}");
    post.ledger.suppress("support", BOB, "unsubscribed", now()).unwrap();
    let (_, said) = post.run(&["suppress", "list", "--format", "csv"]);
    assert!(said.contains("support,ann@acme.example,operator,2026-11-24T07:00:00Z"), "{said}");
    assert!(said.contains("support,bob@acme.example,unsubscribed,"), "{said}");
    let (code, said) = post.run(&["resend", "support", "2026-W47", "--to", BOB]);
    assert!(code == 2 && said.contains("bizreview suppress lift support bob@acme.example"), "{said}");
    let (code, said) = post.run(&["suppress", "lift", "support", BOB]);
    assert!(code == 0 && said.contains("again"), "{said}");
    for (arguments, part) in [
        (["suppress", "lift", "support", BOB], "not suppressed"),
        (["suppress", "add", "sport", BOB], "not in [reports]"),
        (["suppress", "add", "support", "bob"], "not an e-mail address"),
    ] {
        let (code, said) = post.run(&arguments);
        assert!(code == 2 && said.contains(part), "{said}");
    }
}

/// Who leaves is told of by the run, and a report that nobody reads any more is a problem.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_who_left_and_when_nobody_is_left() {
    let server = Server::start(vec![]).await;
    let (ann, bob) = ("ann@northwind-reports.example", "bob@northwind-reports.example");
    tokio::task::block_in_place(|| {
        let desk = Desk::pulled().edit("dir:outbox", &format!("smtp://127.0.0.1:{}", server.port)).edit(
            "team = \"operations\"\nto = [\"operations@northwind-reports.example\"]",
            &format!("team = \"operations\"\nto = [\"{ann}\", \"{bob}\"]"),
        );
        desk.run(&["suppress", "add", "operations", ann]).exits(0);
        let said = desk.run(&["run", "operations", "--no-pull"]);
        said.prints(&["1 of 1"]).explains(&["not mailed to a***@northwind-reports.example, who unsubscribed"]);
        let sent: Vec<String> = server.accepted().into_iter().map(|(to, _)| to).collect();
        assert_eq!(sent, [bob]);
        desk.run(&["suppress", "add", "operations", bob]).exits(0);
        let said = desk.run(&["run", "operations", "--period", "2026-W45", "--no-pull"]).exits(1);
        said.prints(&["archived, not mailed"]).explains(&["nobody receives it", "[reports.operations] to"]);
        assert_eq!(server.accepted().len(), 1);
        desk.run(&["check"]).explains(&["nobody receives operations"]);
    });
}

/// What the service answers, without a network.
async fn answered(post: &Post, verb: &str, path: &str, body: &str) -> (u16, String, String) {
    use tower::ServiceExt;
    let (_, config) = tokio::sync::watch::channel(std::sync::Arc::new(post.config()));
    let nothing = |_| async { Ok(Ended::Done) };
    let service =
        Service::new(config, post.ledger.clone(), std::sync::Arc::new(now), nothing, || async { Ok(()) }).unwrap();
    let request = axum::http::Request::builder()
        .method(verb)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(body.to_owned()))
        .unwrap();
    let answer = router(service.site(), "127.0.0.1:8090".parse().unwrap()).oneshot(request).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    (status, policy, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_takes_a_reader_off_and_a_scanner_changes_nothing() {
    let server = Server::start(vec![]).await;
    let post = posted(&[ANN, BOB], &server, "public_url = \"https://reviews.acme.example\"").await;
    let link = header(&server.accepted()[0].1, "List-Unsubscribe");
    let path = link.trim_matches(['<', '>']).strip_prefix("https://reviews.acme.example").unwrap().to_owned();

    for _ in 0..2 {
        let (status, policy, page) = answered(&post, "GET", &path, "").await;
        assert_eq!(status, 200);
        assert!(page.contains("<form method=\"post\">") && page.contains("ann@acme.example"), "{page}");
        assert!(page.contains("Support review of Acme") && policy.contains("form-action 'self'"), "{policy} {page}");
    }
    assert!(post.ledger.suppressions().unwrap().is_empty(), "nothing changes by looking");

    let said = answered(&post, "POST", &path, "List-Unsubscribe=One-Click").await;
    assert!(said.0 == 200 && said.2.contains("No more mails of this report"), "{said:?}");
    assert_eq!(answered(&post, "POST", &path, "List-Unsubscribe=One-Click").await, said, "a second time says the same");
    let left = post.ledger.suppressions().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(
        (left[0].report.as_str(), left[0].address.as_str(), left[0].how.as_str()),
        ("support", ANN, "unsubscribed")
    );

    let forged = format!("{}x", &path[..path.len() - 1]);
    for (path, status) in [(forged.as_str(), 404), ("/unsubscribe/x", 404), ("/unsubscribe/..%2f..", 404)] {
        assert_eq!(answered(&post, "POST", path, "").await.0, status, "{path}");
    }
    assert_eq!(answered(&post, "POST", &path, &"x".repeat(100_000)).await.0, 413);
    assert_eq!(post.ledger.suppressions().unwrap().len(), 1);
    assert_eq!(post.ledger.suppressed("support").unwrap().into_iter().collect::<Vec<_>>(), [ANN]);
}

#[test]
fn a_transport_that_asks_nothing_of_the_store_makes_no_key() {
    let post = Post::new(&[ANN], "transport = \"dir:out\"");
    post.enqueue(|_| false);
    assert!(!post.scratch.join("store/keys").exists());
    assert!(!Transport::open(&post.config(), &post.secrets).unwrap().reaches_people());
}
