//! The page on paper: printed to PDF by a Chromium that is installed, since nothing else lays it out as a reader's browser does.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Names it is installed under.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// A page takes a second or two; a browser that hangs must not hold a report.
const PATIENCE: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(50);

/// A browser that prints.
#[derive(Debug, Clone)]
pub struct Browser {
    program: PathBuf,
    patience: Duration,
}

impl Browser {
    /// The configured one, or the first on `path` (as `PATH` is written). What is missing is said with how to get it.
    pub fn find(configured: Option<&Path>, path: &OsStr) -> Result<Browser> {
        if let Some(program) = configured {
            ensure!(is_program(program), "no PDF: the browser {} is not there, or is not a program", program.display());
            return Ok(Browser { program: program.to_owned(), patience: PATIENCE });
        }
        let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
        let found = NAMES.iter().flat_map(|name| folders.iter().map(move |f| f.join(name))).find(|p| is_program(p));
        let program = found.with_context(|| {
            format!(
                "no PDF: it needs Chromium, and none of {} is on the PATH. Install it (Debian: apt install chromium; Fedora: \
                 dnf install chromium), or name one: [render] chromium = \"/path/to/chromium\"",
                NAMES.join(", ")
            )
        })?;
        Ok(Browser { program, patience: PATIENCE })
    }

    /// Prints a page that is complete in itself. `folder` is where a temporary folder may be made, with a profile that is
    /// thrown away.
    pub fn print(&self, page: &str, folder: &Path) -> Result<Vec<u8>> {
        let work = Work::new(folder)?;
        std::fs::write(work.0.join("page.html"), page).context("cannot write the page to print")?;
        let mut child = self.start(&work.0)?;
        let ended = wait(&mut child, self.patience)?;
        let said = || last_lines(&work.0.join("said"));
        let Some(status) = ended else {
            stop(&mut child);
            bail!("no PDF: {} did not finish within {} s", self.program.display(), self.patience.as_secs());
        };
        let pdf = std::fs::read(work.0.join("page.pdf")).unwrap_or_default();
        ensure!(
            status.success() && pdf.starts_with(b"%PDF-"),
            "no PDF: {} ended with {status}{}",
            self.program.display(),
            said()
        );
        Ok(pdf)
    }

    fn start(&self, work: &Path) -> Result<Child> {
        let page = url::Url::from_file_path(work.join("page.html"));
        let page = page.ok().context("the store has no absolute path")?;
        let mut command = Command::new(&self.program);
        command
            .args(["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"])
            .args([
                "--disable-background-networking",
                "--disable-sync",
                "--disable-extensions",
                "--no-pdf-header-footer",
            ])
            // the page loads nothing, as its audit has seen to; this makes sure of it
            .arg("--host-resolver-rules=MAP * ~NOTFOUND")
            .arg(format!("--user-data-dir={}", work.join("profile").display()))
            .arg(format!("--print-to-pdf={}", work.join("page.pdf").display()));
        // its own sandbox refuses to work for root, as whom containers run
        if std::fs::metadata(work).is_ok_and(|m| m.uid() == 0) {
            command.arg("--no-sandbox");
        }
        command.arg(page.as_str());
        command.env("XDG_CONFIG_HOME", work).env("XDG_CACHE_HOME", work).current_dir(work);
        let said = File::create(work.join("said")).context("cannot write beside the page to print")?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).process_group(0);
        command.spawn().with_context(|| format!("no PDF: cannot start {}", self.program.display()))
    }
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.mode() & 0o111 != 0)
}

/// `None`: it is still running.
fn wait(child: &mut Child, patience: Duration) -> Result<Option<ExitStatus>> {
    let mut left = patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if left.is_zero() {
            return Ok(None);
        }
        std::thread::sleep(TICK);
        left = left.saturating_sub(TICK);
    }
}

/// Ends a browser with the processes it has started: they are a group of their own.
fn stop(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.kill();
    let _ = child.wait();
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(2)..].join(" / ");
    if last.is_empty() { String::new() } else { format!(": {}", super::text::clean(&last)) }
}

/// A folder that goes when it is no longer needed.
struct Work(PathBuf);

impl Work {
    fn new(folder: &Path) -> Result<Work> {
        let path = std::path::absolute(folder)?.join(format!("print-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Work(path))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_browser_that_hangs_is_ended_with_what_it_started() {
        let folder = std::env::temp_dir().join(format!("bizreview-pdf-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let program = folder.join("hangs");
        std::fs::write(&program, "#!/bin/sh\nsleep 300 &\necho $! > \"$XDG_CONFIG_HOME/../child\"\nsleep 300\n")
            .unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let browser = Browser { program, patience: Duration::from_millis(500) };
        let error = browser.print("<p>", &folder).unwrap_err().to_string();
        assert!(error.contains("did not finish within"), "{error}");
        let child = std::fs::read_to_string(folder.join("child")).unwrap();
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        let is_alive = || !stat().is_empty() && !stat().contains(") Z ");
        for _ in 0..50 {
            if is_alive() {
                std::thread::sleep(TICK);
            }
        }
        assert!(!is_alive(), "{}", stat());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
