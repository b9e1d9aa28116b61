//! An HTTP server that does to its clients what real ones do: answers late, half, twice, or not at all. Every request is told to
//! the test's own function, one connection each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Counted from 1 over the server's life.
    pub nth: usize,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Debug, Clone)]
pub enum Body {
    Whole(Vec<u8>),
    /// So much of it, then the connection breaks.
    Cut(Vec<u8>, usize),
    /// The same again and again until the client has enough; how much was sent is counted.
    Endless(Vec<u8>, Arc<AtomicU64>),
    /// Not even a head.
    HangUp,
    /// The head, and then silence until the server goes.
    Silence,
}

impl Reply {
    pub fn json(body: impl std::fmt::Display) -> Reply {
        Reply { status: 200, headers: Vec::new(), body: Body::Whole(body.to_string().into_bytes()) }
    }

    pub fn bytes(body: impl Into<Vec<u8>>) -> Reply {
        Reply { status: 200, headers: Vec::new(), body: Body::Whole(body.into()) }
    }

    pub fn status(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Body::Whole(b"{\"message\":\"no\"}".to_vec()) }
    }

    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The connection breaks in the middle of the body.
    pub fn cut(mut self) -> Reply {
        if let Body::Whole(body) = self.body {
            let half = body.len() / 2;
            self.body = Body::Cut(body, half);
        }
        self
    }
}

/// Serves until dropped.
pub struct Wire {
    pub addr: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

impl Wire {
    pub fn serve(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (asked, is_over) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::new(AtomicBool::new(false)));
        let (log, over, answer) = (Arc::clone(&asked), Arc::clone(&is_over), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (log, over, answer) = (Arc::clone(&log), Arc::clone(&over), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Some(mut asked) = read(&stream) else { return };
                    {
                        let mut log = log.lock().unwrap();
                        asked.nth = log.len() + 1;
                        log.push(asked.clone());
                    }
                    let _ = write(stream, answer(&asked), &over);
                });
            }
        });
        Wire { addr, asked, is_over }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.addr);
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let url = url::Url::parse(&format!("http://x{target}")).ok()?;
    let mut asked = Asked {
        path: url.path().to_owned(),
        query: url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect(),
        ..Asked::default()
    };
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        asked.headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = asked.headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

fn write(mut stream: TcpStream, reply: Reply, is_over: &AtomicBool) -> std::io::Result<()> {
    if matches!(reply.body, Body::HangUp) {
        return Ok(());
    }
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let (body, length) = match &reply.body {
        Body::Whole(body) => (body.as_slice(), Some(body.len())),
        Body::Cut(body, at) => (&body[..*at], Some(body.len())),
        Body::Endless(..) | Body::Silence | Body::HangUp => (&[][..], None),
    };
    if let Some(length) = length {
        head += &format!("content-length: {length}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    match reply.body {
        Body::Endless(chunk, sent) => loop {
            stream.write_all(&chunk)?;
            sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        },
        Body::Silence => {
            while !is_over.load(Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            Ok(())
        }
        Body::Whole(_) | Body::Cut(..) | Body::HangUp => Ok(()),
    }
}
