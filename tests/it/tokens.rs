//! Signing in where the token server has its own faults.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bizreview::extract::Outcome;

use crate::support::company::said;
use crate::support::lone::Lone;
use crate::support::wire::{Asked, Body, Reply, Wire};

/// A company whose API takes any token, and whose token server answers so, with the number of its answers before.
fn company(token: impl Fn(usize) -> Reply + Send + Sync + 'static) -> (Wire, Lone) {
    let asked = AtomicUsize::new(0);
    company_of(
        move |_| token(asked.fetch_add(1, Ordering::Relaxed)),
        |_| Reply::json("{\"data\":[{\"id\":1}]}"),
        "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n",
    )
}

fn company_of(
    token: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    api: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    streams: &str,
) -> (Wire, Lone) {
    let wire = Wire::serve(move |asked| if asked.path == "/token" { token(asked) } else { api(asked) });
    let lone = Lone::new(&wire.url(), "", streams);
    let auth = format!(
        "{{ kind = \"oauth2\", token_url = \"{}/token\", grant = \"client_credentials\", client_id = \"us\" }}",
        wire.url()
    );
    lone.edit("manifests/m.toml", "{ kind = \"bearer\" }", &auth);
    (wire, lone)
}

fn good(seconds: u64) -> Reply {
    Reply::json(format!("{{\"access_token\":\"good\",\"expires_in\":{seconds}}}"))
}

fn signed_in(wire: &Wire) -> usize {
    wire.asked().iter().filter(|asked| asked.path == "/token").count()
}

#[test]
fn a_token_server_that_stumbles_is_asked_again() {
    for (name, fault) in [
        ("503", Reply { body: Body::Whole(b"<h1>Down".to_vec()), ..Reply::status(503) }),
        ("429", Reply::status(429)),
        ("cut", good(3600).cut()),
        ("hang up", Reply { body: Body::HangUp, ..Reply::status(200) }),
    ] {
        let (wire, lone) = company(move |nth| if nth < 2 { fault.clone() } else { good(3600) });
        assert_eq!(lone.pull().result, Outcome::Ok, "{name}");
        assert_eq!(signed_in(&wire), 3, "{name}");
    }
    // as long as it says
    let (_wire, lone) = company(|nth| if nth == 0 { Reply::status(429).with("retry-after", "1") } else { good(3600) });
    let began = Instant::now();
    assert_eq!(lone.pull().result, Outcome::Ok);
    assert!(began.elapsed() >= Duration::from_secs(1));
    // and not for ever
    let (wire, lone) = company(|_| Reply::status(503));
    let why = lone.failure();
    assert!(why.contains("it answers 503") && why.contains("tried 3 times"), "{why}");
    assert_eq!(signed_in(&wire), 3);
    let (wire, lone) = company(|_| Reply::status(429).with("retry-after", "3600"));
    let why = lone.failure();
    assert!(why.contains("it asks to wait 3600 s, which is too long"), "{why}");
    assert_eq!(signed_in(&wire), 1);
}

/// A company whose token server uses a refresh token up when it is asked, and says what replaces it when it may.
fn slow_to_sign_in(may_say: impl Fn() + Send + Sync + 'static) -> (Wire, Lone) {
    let is_used = AtomicBool::new(false);
    let token = move |asked: &Asked| {
        if !is_used.swap(true, Ordering::Relaxed) {
            may_say();
        } else if !asked.body.contains("refresh_token=next&") {
            return Reply::status(400);
        }
        Reply::json("{\"access_token\":\"good\",\"expires_in\":3600,\"refresh_token\":\"next\"}")
    };
    let stream =
        "[[streams]]\nname = \"list\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let (wire, lone) = company_of(token, |_| Reply::json("{\"data\":[{\"id\":1}]}"), stream);
    lone.edit("manifests/m.toml", "client_credentials", "refresh_token");
    (wire, lone)
}

#[test]
fn a_refresh_token_that_comes_when_the_streams_time_is_over_is_kept() {
    let (wire, lone) = slow_to_sign_in(|| std::thread::sleep(Duration::from_secs(3)));
    lone.edit("manifests/m.toml", "wait_seconds = 5", "stream_seconds = 1.5");
    said(&mut lone.command(&["pull"])).exits(1).explains(&["the stream's time is over (1.5 s)"]);
    assert_eq!(signed_in(&wire), 1);
    lone.edit("manifests/m.toml", "stream_seconds = 1.5", "wait_seconds = 5");
    said(&mut lone.command(&["pull"])).exits(0);
}

#[test]
fn a_refresh_token_that_comes_after_ctrl_c_is_kept() {
    let is_ended = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_ended);
    let (wire, lone) = slow_to_sign_in(move || {
        while !told.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(300));
    });
    let mut pull = lone.command(&["pull"]).spawn().unwrap();
    let began = Instant::now();
    while signed_in(&wire) == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not sign in");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &pull.id().to_string()]).status().unwrap().success());
    is_ended.store(true, Ordering::Relaxed);
    assert_eq!(pull.wait().unwrap().code(), Some(130));
    said(&mut lone.command(&["pull"])).exits(0);
}

#[test]
fn an_end_does_not_wait_for_another_process_that_signs_in() {
    let (wire, lone) = slow_to_sign_in(|| {});
    std::fs::create_dir_all(lone.folder.join("store/keys")).unwrap();
    let other = std::fs::File::create(lone.folder.join("store/keys/oauth-s.lock")).unwrap();
    other.lock().unwrap();
    lone.edit("manifests/m.toml", "wait_seconds = 5", "stream_seconds = 0.3");
    let began = Instant::now();
    said(&mut lone.command(&["pull"])).exits(1).explains(&["the stream's time is over (0.3 s)"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(signed_in(&wire), 0);
}

#[test]
fn a_refusal_for_good_is_told_at_once_with_what_to_do() {
    for (status, body, words) in [
        (
            400,
            r#"{"error":"invalid_scope","error_description":"no such scope"}"#,
            "invalid_scope no such scope; check the scope",
        ),
        (401, r#"{"error":"invalid_client"}"#, "401 X: invalid_client; check the client's id and secret"),
        (
            400,
            r#"{"error":{"type":"invalid_client","message":"who are you, sk_very_secret?"}}"#,
            "invalid_client who are you, ***?",
        ),
        (403, r#"{"message":"blocked"}"#, "403 X: blocked"),
        (200, r#"{"error":{"message":"not today"}}"#, "200 X: not today"),
        (200, r#"{"token":"x"}"#, "without an access_token"),
        (200, "<html>", "not in JSON"),
    ] {
        let reply = Reply { body: Body::Whole(body.as_bytes().to_vec()), ..Reply::status(status) };
        let (wire, lone) = company(move |_| reply.clone());
        // the status' words are the client's own
        let why = lone
            .failure()
            .replace("Bad Request", "X")
            .replace("Unauthorized", "X")
            .replace("Forbidden", "X")
            .replace("OK", "X");
        assert!(why.contains(words) && why.contains("no token from 127.0.0.1"), "{why}");
        assert_eq!(signed_in(&wire), 1, "{why}");
    }
}

#[test]
fn a_token_that_is_good_for_a_minute_is_used_for_most_of_it() {
    let stream =
        "[[streams]]\nname = \"NAME\"\npath = \"/list\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n";
    let streams = ["a", "b", "c", "d"].map(|name| stream.replace("NAME", name)).concat();
    let (wire, lone) = company_of(|_| good(60), |_| Reply::json("{\"data\":[{\"id\":1}]}"), &streams);
    assert!(lone.pull_at(crate::support::lone::NOW, false).iter().all(|stream| stream.result == Outcome::Ok));
    assert_eq!(signed_in(&wire), 1);
}

#[test]
fn a_late_refusal_of_an_old_token_does_not_forget_the_new_one() {
    let (issued, is_renewed) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(false)));
    let renewed = Arc::clone(&is_renewed);
    let token = move |_: &Asked| {
        let nth = issued.fetch_add(1, Ordering::Relaxed);
        is_renewed.fetch_or(nth > 0, Ordering::Relaxed);
        Reply::json(format!("{{\"access_token\":\"token{nth}\",\"expires_in\":3600}}"))
    };
    // both streams ask with the first token; one is refused at once, the other once the first has signed in anew
    let api = move |asked: &Asked| {
        let is_old = asked.headers.iter().any(|(name, value)| name == "authorization" && value == "Bearer token0");
        if is_old && asked.path == "/slow" {
            let began = Instant::now();
            while !renewed.load(Ordering::Relaxed) && began.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        if is_old { Reply::status(401) } else { Reply::json("{\"data\":[{\"id\":1}]}") }
    };
    let streams: String = ["fast", "slow"]
        .map(|n| format!("[[streams]]\nname = \"{n}\"\npath = \"/{n}\"\nrecords = \"/data\"\nkey = [\"/id\"]\nwrite = \"merge\"\n"))
        .concat();
    let (wire, lone) = company_of(token, api, &streams);
    assert!(lone.pull_at(crate::support::lone::NOW, false).iter().all(|stream| stream.result == Outcome::Ok));
    assert_eq!(signed_in(&wire), 2, "one token for both that were refused");
}
