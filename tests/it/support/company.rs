//! A small simulated company behind its APIs, and the binary run on it as an operator runs it.
//!
//! What is expensive is made once and shared: the company, its undisturbed APIs, and a store that has pulled them. A test
//! works on a copy.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use bizreview::config::Grain;
use bizreview::sandbox::{Company, Options, Server, write_files};
use tokio::runtime::Runtime;

use super::scratch::Scratch;

/// A Monday, ten o'clock in Berlin: W46 and October are the last complete periods.
pub const NOW: &str = "2026-11-16T09:00:00Z";
pub const SHIPPED: &str = include_str!("../../../config/bizreview.toml");

const SHIPPED_ADDRESS: &str = "127.0.0.1:4010";
const SECRETS: [&str; 4] = ["BILLING_TOKEN", "SUPPORT_TOKEN", "PRODUCT_TOKEN", "STATUS_TOKEN"];

/// A report of the shipped configuration, and the period it is about at [`NOW`].
pub struct Shipped {
    pub name: String,
    pub period: &'static str,
    pub to: Vec<String>,
}

/// In name order.
pub static REPORTS: LazyLock<Vec<Shipped>> = LazyLock::new(|| {
    let config = bizreview::config::Config::parse(SHIPPED, Path::new("/")).unwrap();
    let period = |grain| if grain == Grain::Week { "2026-W46" } else { "2026-10" };
    config.reports.into_iter().map(|(name, r)| Shipped { name, period: period(r.grain), to: r.to }).collect()
});

/// The simulated company of [`Desk`]s.
pub static COMPANY: LazyLock<Arc<Company>> = LazyLock::new(|| Arc::new(Company::simulate(&options(&[]))));
static APIS: LazyLock<Apis> = LazyLock::new(|| Apis::failing(&[]));
static PULLED: LazyLock<PathBuf> = LazyLock::new(|| {
    let desk = Desk::new(&APIS);
    desk.run(&["pull"]).exits(0);
    // staging is loaded once here, not by every test
    desk.run(&["values", "mrr"]).exits(0);
    let shared = shared_folder();
    copy_folder(&desk, &shared);
    shared
});

fn options(faults: &[&str]) -> Options {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Options { weeks: 30, accounts: 60, faults, ..Options::new(NOW.parse().unwrap()) }
}

/// Nothing runs at the end of a test binary: the next one removes what an earlier one left.
fn shared_folder() -> PathBuf {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(parent).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("company-");
        if owner.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    parent.join(format!("company-{}", std::process::id()))
}

/// The simulated APIs on a port of their own.
pub struct Apis {
    pub address: String,
    server: Server,
    _runtime: Runtime,
}

impl Apis {
    /// Faults as `sandbox --fault` takes them.
    pub fn failing(faults: &[&str]) -> Apis {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(Server::start(COMPANY.clone(), &options(faults), 0)).unwrap();
        Apis { address: server.addr.to_string(), server, _runtime: runtime }
    }
}

impl Apis {
    /// Moves the simulated present.
    pub fn set_clock(&self, now: &str) {
        self.server.set_clock(now.parse().unwrap());
    }
}

/// An operator's folder with the shipped configuration, the company's files, and a store.
pub struct Desk(Scratch);

impl Desk {
    /// Nothing pulled yet.
    pub fn new(apis: &Apis) -> Desk {
        let folder = Scratch::new("desk");
        // tests run side by side: one processor each is the least work for the same
        let config = SHIPPED.replace(SHIPPED_ADDRESS, &apis.address).replace("# threads = 1", "threads = 1");
        std::fs::write(folder.join("bizreview.toml"), config).unwrap();
        write_files(&COMPANY, &folder.join("files")).unwrap();
        Desk(folder)
    }

    /// Everything pulled; the APIs answer.
    pub fn pulled() -> Desk {
        let folder = Scratch::new("desk");
        copy_folder(&PULLED, &folder);
        Desk(folder)
    }

    /// The same folder again, for whoever may break it.
    pub fn copy_of(other: &Desk) -> Desk {
        let folder = Scratch::new("desk");
        copy_folder(other, &folder);
        Desk(folder)
    }

    /// Replaces a part of the configuration, which must be there.
    #[track_caller]
    pub fn edit(self, from: &str, to: &str) -> Desk {
        let path = self.join("bizreview.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the configuration does not say {from:?}");
        std::fs::write(path, text.replace(from, to)).unwrap();
        self
    }

    /// Writes a file of the folder.
    pub fn write(self, name: &str, text: &str) -> Desk {
        let path = self.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The binary with this configuration at [`NOW`], in this folder, every secret set.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bizreview();
        command.args(["-c", "bizreview.toml"]).args(arguments).current_dir(&*self.0);
        command.env("BIZREVIEW_NOW", NOW).envs(SECRETS.map(|name| (name, "sandbox")));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    /// The same at another time.
    pub fn run_at(&self, now: &str, arguments: &[&str]) -> Said {
        said(self.command(arguments).env("BIZREVIEW_NOW", now))
    }

    /// Names in a folder, sorted; none if it is not there.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.join(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Subject and text part of every mail in the outbox, by file name.
    pub fn mails(&self) -> Vec<(String, Mail)> {
        let names = self.names("outbox");
        names.into_iter().map(|name| (name.clone(), Mail::parse(self.join("outbox").join(name)))).collect()
    }

    /// Every file of the store but locks and databases, for "nothing was written".
    pub fn archived(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        files_below(&self.join("store/archive"), &mut found);
        found.sort();
        found
    }
}

impl std::ops::Deref for Desk {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

/// What of a message people see.
pub struct Mail {
    pub subject: String,
    pub to: String,
    pub text: String,
}

impl Mail {
    fn parse(path: PathBuf) -> Mail {
        use mailparse::MailHeaderMap;
        let bytes = std::fs::read(path).unwrap();
        let mail = mailparse::parse_mail(&bytes).unwrap();
        let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
        Mail { subject: header("Subject"), to: header("To"), text: mail.subparts[0].get_body().unwrap() }
    }
}

/// The binary alone: no secret, no configuration, no time from this process's own surroundings. `TESTED_BINARY` names another
/// one, a release for example.
pub fn bizreview() -> Command {
    let built = || env!("CARGO_BIN_EXE_bizreview").into();
    let mut command = Command::new(std::env::var_os("TESTED_BINARY").unwrap_or_else(built));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BIZREVIEW_")) {
        command.env_remove(name);
    }
    for name in SECRETS {
        command.env_remove(name);
    }
    command.env("BIZREVIEW_WAIT_SECONDS", "30").env("NO_COLOR", "1").env("COLUMNS", "100").stdin(Stdio::null());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Said {
    #[track_caller]
    pub fn exits(self, code: i32) -> Said {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Each part is on stderr.
    #[track_caller]
    pub fn explains(self, parts: &[&str]) -> Said {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in\n{}\nstdout:\n{}", self.err, self.out);
        }
        self
    }

    /// Each part is on stdout.
    #[track_caller]
    pub fn prints(self, parts: &[&str]) -> Said {
        for part in parts {
            assert!(self.out.contains(part), "{part:?} is not in\n{}\nstderr:\n{}", self.out, self.err);
        }
        self
    }
}

/// Ends a program with the test, however that ends.
pub struct Killed(pub std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether it became true within the seconds given.
pub fn soon(seconds: u64, mut is_true: impl FnMut() -> bool) -> bool {
    for _ in 0..seconds * 100 {
        if is_true() {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    false
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
