//! A folder of its own for every test, removed at its end.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Memory that is a file system and has room for the stores of a few tests; else the usual place.
static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    const ROOM: u64 = 2 << 30;
    let told = Command::new("df").args(["--block-size=1", "--output=avail", "/dev/shm"]).output().ok();
    let told = told.and_then(|told| String::from_utf8(told.stdout).ok());
    let room = told.and_then(|text| text.lines().nth(1)?.trim().parse::<u64>().ok()).unwrap_or_default();
    let place = if room >= ROOM { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    // a test process that was killed left its folders
    for entry in std::fs::read_dir(&place).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("bizreview-").and_then(|name| name.rsplit('-').nth(1)?.parse::<u32>().ok());
        if owner.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    place
});

pub struct Scratch(PathBuf);

impl Scratch {
    /// Where forcing to disk costs nothing, if there is such a place: every command forces a hundred times, and no test can pull
    /// the plug.
    pub fn new(name: &str) -> Scratch {
        Scratch::within(&PLACE, name)
    }

    fn within(parent: &Path, name: &str) -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("bizreview-{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Scratch {
    /// A folder that several tests share through a static, which is never dropped: those of earlier test runs go now.
    pub fn shared(name: &str) -> Scratch {
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        for entry in std::fs::read_dir(temporary).unwrap().flatten() {
            let file_name = entry.file_name();
            let run = file_name.to_str().and_then(|text| text.strip_prefix(name)?.strip_prefix('-'));
            if run.is_some_and(|run| !Path::new("/proc").join(run).exists()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let path = temporary.join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl std::ops::Deref for Scratch {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
