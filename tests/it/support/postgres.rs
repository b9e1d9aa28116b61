//! A PostgreSQL server of the tests' own, from the system's package, on a socket in a folder of its own. It ends with this
//! process: its parent is a shell that reads from us until we are gone.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// One for all tests.
pub struct Server {
    folder: PathBuf,
    bin: PathBuf,
    _shell: Child,
}

/// What the user `reader` signs in with.
pub const PASSWORD: &str = "very/secret:word";

const SCRIPT: &str = r#"
set -e
cd "$1" && bin=$2
umask 077
printf 'initdb…\n' >log
"$bin/initdb" -D data -U postgres --auth=trust --no-sync --no-instructions -E UTF8 --locale=C >>log 2>&1
printf 'local all reader scram-sha-256\nlocal all all trust\n' >data/pg_hba.conf
"$bin/postgres" -D data -k "$1" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
  -c shared_buffers=32MB -c max_connections=40 -c timezone=Europe/Berlin >>log 2>&1 </dev/null &
server=$!
until "$bin/pg_isready" -q -h "$1"; do kill -0 $server; sleep 0.05; done
echo ready
read -r _ || true
kill -INT $server
wait $server || true
cd / && rm -rf "$1"
"#;

/// Whether what is missing is an error or a reason to skip.
fn missing(what: &str) -> Option<&'static Server> {
    assert!(std::env::var("BIZREVIEW_PEERS").as_deref() != Ok("required"), "{what}");
    eprintln!("skipped: {what}");
    None
}

/// The driver's library, of the packages that `tests/peers` names.
pub fn driver() -> PathBuf {
    let home = || PathBuf::from(std::env::var("HOME").unwrap()).join(".cache/bizreview/peers");
    let venv = std::env::var("BIZREVIEW_PEERS_VENV").map_or_else(|_| home(), PathBuf::from);
    let library = "lib/python3*/site-packages/adbc_driver_postgresql/libadbc_driver_postgresql.so";
    let found = glob::glob(venv.join(library).to_str().unwrap()).unwrap().find_map(Result::ok);
    found.unwrap_or_else(|| venv.join(library))
}

/// The server; none where it or its driver is not installed and may be missing.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    if !driver().is_file() {
        return missing("the driver is not installed: see tests/peers");
    }
    SERVER.get_or_init(Server::start).as_ref().or_else(|| missing("PostgreSQL is not installed"))
}

impl Server {
    fn start() -> Option<Server> {
        let initdb = glob::glob("/usr/lib/postgresql/*/bin/initdb").unwrap().filter_map(Result::ok).last()?;
        let bin = initdb.parent().unwrap().to_owned();
        let folder = std::env::temp_dir().join(format!("bizreview-pg-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        let mut command = if is_root {
            assert!(Command::new("chown").arg("postgres").arg(&folder).status().unwrap().success());
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", SCRIPT, "sh"]).arg(&folder).arg(&bin);
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "{}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
        let server = Server { folder, bin, _shell: shell };
        server.run(&format!("create role reader login password '{PASSWORD}'; grant pg_read_all_data to reader;"));
        Some(server)
    }

    /// Runs statements as the server's owner.
    pub fn run(&self, sql: &str) -> String {
        let output = Command::new(self.bin.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "postgres",
                "-d",
                "postgres",
                "-c",
                sql,
                "-h",
            ])
            .arg(&self.folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Where the user `reader` signs in.
    pub fn address(&self, password: &str) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let host = encode(self.folder.to_str().unwrap());
        format!("postgresql://reader:{}@/postgres?host={host}", encode(password))
    }
}
