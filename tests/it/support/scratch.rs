//! A folder of its own for every test, removed at its end.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        Scratch::within(&std::env::temp_dir(), name)
    }

    /// Where forcing to disk costs nothing, if there is such a place: for tests of many writes that are not about disks.
    pub fn in_memory(name: &str) -> Scratch {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Scratch::within(memory, name) } else { Scratch::new(name) }
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
