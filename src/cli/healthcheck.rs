//! `healthcheck`: asks a running `serve` whether it is ready; for containers, which have no other program to ask with.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use url::Url;

use crate::config::Usage;

#[derive(Debug, clap::Args)]
#[command(after_help = "Prints the answer. Exit code 0: ready; 1: not ready, or nobody answers within 3 seconds.\n\
    /readyz is not ready while the heart does not beat or mail is overdue; /healthz only says that somebody answers.")]
pub struct Args {
    /// What to ask.
    #[arg(long, default_value = "http://127.0.0.1:8090/readyz")]
    url: Url,
}

/// Of connecting, and of every wait for more of the answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The answer is a line; whatever sends more is not the service.
const ANSWER_BYTES: u64 = 16 << 10;

/// Asks once. The code is 0 only for the status 200.
pub fn run(args: &Args) -> Result<u8> {
    let Some(host) = args.url.host_str().filter(|_| args.url.scheme() == "http") else {
        bail!(Usage(format!("{}: only http:// on this machine is asked", args.url)));
    };
    let answer = ask(&args.url, host).with_context(|| format!("{} does not answer", args.url))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).unwrap_or("no status");
    println!("{status} {}", body.trim());
    Ok(u8::from(status != "200"))
}

/// The whole answer to a GET, head and body. HTTP/1.0, so that it ends where the connection ends.
fn ask(url: &Url, host: &str) -> Result<String> {
    let (port, authority) = (url.port_or_known_default().unwrap_or(80), host.trim_matches(['[', ']']));
    let mut refused = None;
    for address in (authority, port).to_socket_addrs().with_context(|| format!("no address of {host}"))? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return get(stream, url, host, port),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.map_or_else(|| anyhow::anyhow!("{host} has no address"), anyhow::Error::new))
}

fn get(mut stream: TcpStream, url: &Url, host: &str, port: u16) -> Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n", url.path()).as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
