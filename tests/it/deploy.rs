//! What is shipped to run the binary elsewhere (unit, image, compose file, workflows) speaks of what the binary has.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::company::{Killed, bizreview, free_port, said};
use crate::support::scratch::Scratch;

const FILES: [&str; 8] = [
    ".ci/run",
    ".github/release-notes.sh",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    "README.md",
    "config/deploy/Dockerfile",
    "config/deploy/bizreview.service",
    "config/deploy/compose.yaml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The items of `[a, "b c", d]`, as JSON and YAML write a list on one line.
fn items(list: &str) -> Vec<String> {
    let inner = list.trim().trim_start_matches('[').trim_end_matches(']');
    inner.split(", ").map(|item| item.trim().trim_matches('"').to_owned()).collect()
}

/// Every call of the binary in the files of this folder and in the README: where, and its arguments.
fn calls() -> Vec<(&'static str, Vec<String>)> {
    let mut calls = Vec::new();
    for file in FILES {
        for line in text(file).lines() {
            let line = line.trim();
            let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
            if let Some(command) = line.strip_prefix("ExecStart=/usr/local/bin/bizreview ") {
                calls.push((file, words(command)));
            } else if let Some(list) = line.strip_prefix("CMD [") {
                calls.push((file, items(list)));
            } else if let Some(list) = line.strip_prefix("command: ") {
                calls.push((file, items(list)));
            } else if let Some(list) = line.strip_prefix("test: [CMD, ") {
                calls.push((file, items(list)));
            } else if let Some(command) = line.strip_prefix("\"$binary\" ") {
                calls.push((file, words(&command.replace("\"$RUNNER_TEMP/demo\"", "demo"))));
            } else if file == "README.md"
                && let Some((_, command)) =
                    line.split_once("bizreview bizreview ").or(line.split_once("owner/bizreview "))
            {
                calls.push((file, words(command.split('`').next().unwrap_or(command))));
            }
        }
    }
    for (_, call) in &mut calls {
        call.retain(|word| word != "/usr/local/bin/bizreview");
    }
    calls
}

#[test]
fn what_is_deployed_calls_the_binary_as_it_is() {
    let calls = calls();
    for file in ["bizreview.service", "Dockerfile", "compose.yaml", "release.yml", "README.md"] {
        assert!(calls.iter().any(|(place, _)| place.ends_with(file)), "no call found in {file}: {calls:?}");
    }
    for (file, call) in &calls {
        // flags and their values are read before --help is acted upon
        let said = said(bizreview().args(call).arg("--help"));
        assert_eq!(said.code, Some(0), "{file} calls bizreview {call:?}:\n{}", said.err);
    }
    assert!(said(bizreview().args(["serve", "--no-such-flag", "--help"])).code == Some(2), "the check above checks");
}

#[test]
fn what_is_deployed_names_variables_and_paths_that_exist() {
    let known: String = crate::support::texts("src") + &crate::support::texts("tests");
    for file in FILES {
        let text = text(file);
        for name in text.split(|c: char| !c.is_ascii_uppercase() && c != '_' && !c.is_ascii_digit()) {
            let is_composes_own = name == "BIZREVIEW_IMAGE";
            assert!(!name.starts_with("BIZREVIEW_") || is_composes_own || known.contains(name), "{file} names {name}");
        }
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && !"._/-".contains(c)) {
            let is_ours = ["config/deploy/", ".github/", "./.github/"].iter().any(|folder| word.starts_with(folder));
            let path = word.trim_end_matches('.');
            assert!(!is_ours || root().join(path).exists(), "{file} names {path}, which does not exist");
        }
    }
    // relative to the file that names it
    assert!(text("config/deploy/compose.yaml").contains("- ../bizreview.toml:/shipped.toml:ro"));
    let shipped = text("config/bizreview.toml");
    assert_eq!(
        shipped.lines().filter(|line| line.starts_with("transport = ")).count(),
        1,
        "what compose.yaml replaces"
    );
}

#[test]
fn an_image_is_built_from_all_that_the_build_reads() {
    let ignored = text(".dockerignore");
    let allowed: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for path in &allowed {
        assert!(root().join(path).exists(), ".dockerignore lets through {path}, which does not exist");
    }
    let manifest = text("Cargo.toml");
    let targets =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"")).map(|path| path.trim_end_matches('"'));
    let included = crate::support::texts("src");
    let embedded = included.split("$CARGO_MANIFEST_DIR/").skip(1).filter_map(|rest| rest.split('"').next());
    let wanted: Vec<&str> =
        targets.chain(embedded).chain(["Cargo.toml", "Cargo.lock", "src", "config/bizreview.toml"]).collect();
    assert!(wanted.len() > 6, "{wanted:?}");
    for path in wanted {
        assert!(allowed.iter().any(|allowed| Path::new(path).starts_with(allowed)), ".dockerignore leaves out {path}");
    }
}

#[test]
fn a_release_has_its_notes() {
    let notes = |tag: &str| said(Command::new("bash").arg(root().join(".github/release-notes.sh")).arg(tag));
    let version = env!("CARGO_PKG_VERSION");
    let released = notes(&format!("v{version}")).exits(0);
    assert!(released.out.lines().count() > 2 && !released.out.contains("\n## "), "{}", released.out);
    assert_eq!(
        notes(&format!("v{version}-rc.1")).exits(0).out,
        released.out,
        "a candidate has those of what it will be"
    );
    notes("v987.6.5").exits(1).explains(&["987.6.5", version]);
}

#[test]
fn nothing_of_a_workflow_moves_by_itself() {
    for file in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        for line in text(file).lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let pinned = line.split_once('@').and_then(|(_, commit)| commit.split_whitespace().next());
            let is_hash = pinned.is_some_and(|c| c.len() == 40 && c.bytes().all(|b| b.is_ascii_hexdigit()));
            assert!(line.starts_with("./") || is_hash, "{file}: {line} is not pinned to a commit");
        }
        assert!(text(file).contains("\npermissions: {}\n"), "{file}: nothing is allowed but what a job asks for");
    }
    for file in ["config/deploy/Dockerfile", "config/deploy/compose.yaml"] {
        let images = text(file);
        let images = images.lines().filter(|line| line.starts_with("FROM ") || line.trim().starts_with("image: "));
        let others = images.filter(|line| !line.starts_with("FROM scratch") && !line.contains("BIZREVIEW_IMAGE"));
        others.for_each(|line| assert!(line.contains("@sha256:"), "{file}: {line} is not pinned"));
    }
}

/// Answers one request for /readyz with this; its address.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let read = stream.read(&mut request).unwrap();
        let asked = String::from_utf8_lossy(&request[..read]).into_owned();
        let is_right = asked.starts_with("GET /readyz HTTP/1.0\r\nHost: 127.0.0.1:") && asked.ends_with("\r\n\r\n");
        let answer = if is_right { answer } else { "HTTP/1.1 400 Bad Request\r\n\r\nnot what a check asks" };
        stream.write_all(answer.as_bytes()).unwrap();
    });
    format!("http://{address}/readyz")
}

#[test]
fn a_container_can_ask_whether_the_service_is_ready() {
    let ask = |url: &str| said(bizreview().args(["healthcheck", "--url", url]));
    ask(&answering("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nready\n")).exits(0).prints(&["200 ready"]);
    let overdue = "HTTP/1.1 503 Service Unavailable\r\n\r\n3 mails are overdue\n";
    ask(&answering(overdue)).exits(1).prints(&["503 3 mails are overdue"]);
    ask(&answering("SSH-2.0-OpenSSH_9.2\r\n")).exits(1);
    ask(&answering("")).exits(1);
    ask(&format!("http://127.0.0.1:{}/readyz", free_port())).exits(1).explains(&["does not answer"]);
    ask("https://127.0.0.1/readyz").exits(2).explains(&["only http://"]);
}

/// As process 1 of a container it would be killed after ten seconds otherwise.
#[test]
fn the_sandbox_stops_when_told() {
    let mut command = bizreview();
    command.args(["sandbox", "--port", "0", "--accounts", "5", "--weeks", "12"]).stdout(Stdio::piped());
    let mut sandbox = Killed(command.spawn().unwrap());
    let mut line = String::new();
    // kept to the end: it has more to say
    let mut said = BufReader::new(sandbox.0.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on"), "{line}");
    assert!(Command::new("kill").args(["-TERM", &sandbox.0.id().to_string()]).status().unwrap().success());
    assert_eq!(sandbox.0.wait().unwrap().code(), Some(0));
}

/// A tool's finding fails; a tool that is not installed is named and skipped.
#[track_caller]
fn lint(tool: &str, arguments: &[&str]) {
    match Command::new(tool).args(arguments).current_dir(root()).output() {
        Err(_) => println!("skipped: {tool} is not installed"),
        Ok(output) => {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            assert!(output.status.success(), "{tool} {arguments:?}:\n{}{}", text(&output.stdout), text(&output.stderr));
        }
    }
}

#[test]
fn linters_have_nothing_to_say() {
    lint("hadolint", &["config/deploy/Dockerfile"]);
    lint("shellcheck", &[".ci/run", ".github/release-notes.sh"]);
    lint("zizmor", &["--offline", "--persona", "pedantic", ".github/workflows"]);
    lint("actionlint", &[".github/workflows/ci.yml", ".github/workflows/release.yml"]);
    let workflows = [".github/workflows/ci.yml", ".github/workflows/release.yml"];
    lint("check-jsonschema", &["--builtin-schema", "vendor.github-workflows", workflows[0], workflows[1]]);
    lint("check-jsonschema", &["--builtin-schema", "vendor.compose-spec", "config/deploy/compose.yaml"]);
    lint("cargo-deny", &["--offline", "check", "licenses", "bans", "sources"]);
}

#[test]
fn the_unit_is_valid_and_hardened() {
    // it is verified where the binary is, not where it will be installed
    let scratch = Scratch::new("unit");
    let unit: PathBuf = scratch.join("bizreview.service");
    let shipped = text("config/deploy/bizreview.service");
    std::fs::write(&unit, shipped.replace("/usr/local/bin/bizreview", env!("CARGO_BIN_EXE_bizreview"))).unwrap();
    let unit = unit.to_str().unwrap();
    lint("systemd-analyze", &["verify", "--recursive-errors=no", "--man=no", unit]);
    lint("systemd-analyze", &["security", "--offline=true", "--threshold=15", "--no-pager", unit]);

    let help = said(bizreview().arg("--help")).exits(0).out.replace('\n', " ");
    assert!(help.contains("2 bad usage or configuration"), "{help}");
    assert!(shipped.contains("\nRestartPreventExitStatus=2\n"), "a mistake is not repeated");
    let setting = |name: &str| shipped.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    assert!(setting("WatchdogSec=").unwrap().parse::<u64>().unwrap() > 2 * 60, "the heart beats once a minute");
    assert!(setting("TimeoutStopSec=").unwrap().parse::<u64>().unwrap() > bizreview::serve::GRACE.as_secs());
}
