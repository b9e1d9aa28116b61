//! The binary at a terminal of its own, as far as this machine can make one.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::company::{NOW, bizreview};

/// Runs `bizreview ARGUMENTS` in a folder and answers each question once it stands on the screen, Enter included. What stood there in
/// the end; nothing where there is no `script` to make a terminal with.
pub fn at_a_terminal(folder: &Path, arguments: &str, answers: &[(&str, &str)]) -> Option<String> {
    if Command::new("script").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        println!("skipped: there is no `script` to make a terminal with");
        return None;
    }
    let line = format!("{} {arguments}", bizreview().get_program().to_string_lossy());
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(folder)
        .env("BIZREVIEW_NOW", NOW)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut keys, mut out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut screen = String::new();
    for (question, answer) in answers {
        let mut bytes = [0; 4096];
        while !screen.contains(question) {
            let read = out.read(&mut bytes).unwrap();
            assert!(read > 0, "{question} is not asked: {screen}");
            screen += &String::from_utf8_lossy(&bytes[..read]);
        }
        keys.write_all(answer.as_bytes()).unwrap();
    }
    let mut rest = Vec::new();
    out.read_to_end(&mut rest).unwrap();
    screen += &String::from_utf8_lossy(&rest);
    assert!(child.wait().unwrap().success(), "{screen}");
    Some(screen)
}
