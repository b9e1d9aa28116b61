//! A mail server that keeps what it says yes to, and can be stopped at an exact point of a conversation.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use sha2::{Digest, Sha256};

/// Points of a conversation, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The client has greeted.
    Hello,
    /// The recipient is named and not answered.
    Rcpt,
    /// DATA is said and not answered.
    Data,
    /// The server waits for the message.
    Open,
    /// Some of the message has come.
    Body,
    /// All of it, the final dot too.
    Dot,
    /// The server's yes is out.
    Answered,
}

/// A message the server said yes to, or meant to.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub recipient: String,
    pub message_id: String,
    pub sha256: String,
}

pub struct Sink {
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    accepted: Mutex<Vec<Accepted>>,
    trap: Mutex<Option<Trap>>,
    first_contact: Mutex<Option<Instant>>,
}

struct Trap {
    stage: Stage,
    /// How often the stage passes before.
    passes: usize,
    keeps: bool,
    reached: Sender<()>,
    released: Receiver<()>,
}

/// A trap that was set; dropped, it lets the conversation go on.
pub struct Held {
    pub reached: Receiver<()>,
    _release: Sender<()>,
}

impl Sink {
    pub fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let ours = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                ours.first_contact.lock().unwrap().get_or_insert_with(Instant::now);
                let ours = ours.clone();
                std::thread::spawn(move || converse(stream, &ours));
            }
        });
        Sink { port, shared }
    }

    /// Stops the conversation the `nth` time (from 0) it comes to a stage. A message in hand is kept when it goes on, or not.
    pub fn trap(&self, stage: Stage, nth: usize, keeps: bool) -> Held {
        let (reached, told) = channel();
        let (release, released) = channel();
        *self.shared.trap.lock().unwrap() = Some(Trap { stage, passes: nth, keeps, reached, released });
        Held { reached: told, _release: release }
    }

    /// No trap, as the next sender finds it.
    pub fn disarm(&self) {
        *self.shared.trap.lock().unwrap() = None;
    }

    pub fn accepted(&self) -> Vec<Accepted> {
        self.shared.accepted.lock().unwrap().clone()
    }

    pub fn forget(&self) {
        self.disarm();
        self.shared.accepted.lock().unwrap().clear();
        *self.shared.first_contact.lock().unwrap() = None;
    }

    pub fn first_contact(&self) -> Option<Instant> {
        *self.shared.first_contact.lock().unwrap()
    }
}

impl Shared {
    /// Waits at a trap set for this stage. Whether a message in hand is kept.
    fn at(&self, stage: Stage) -> bool {
        let trap = {
            let mut trap = self.trap.lock().unwrap();
            match trap.as_mut() {
                Some(set) if set.stage == stage && set.passes > 0 => {
                    set.passes -= 1;
                    None
                }
                Some(set) if set.stage == stage => trap.take(),
                _ => None,
            }
        };
        let Some(trap) = trap else { return true };
        let _ = trap.reached.send(());
        let _ = trap.released.recv();
        trap.keeps
    }
}

fn converse(stream: TcpStream, shared: &Shared) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut answer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream);
    let mut recipient = String::new();
    let mut say = move |text: &str| answer.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 sink ready")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let command = line.trim_end();
        match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                shared.at(Stage::Hello);
                say("250-sink\r\n250 8BITMIME")?;
            }
            "RCPT" => {
                command.trim_start_matches("RCPT TO:").trim_matches(['<', '>']).clone_into(&mut recipient);
                shared.at(Stage::Rcpt);
                say("250 ok")?;
            }
            "DATA" => {
                shared.at(Stage::Data);
                say("354 go on")?;
                shared.at(Stage::Open);
                let message = read_message(&mut lines, shared)?;
                if shared.at(Stage::Dot) {
                    shared.accepted.lock().unwrap().push(accepted(&recipient, &message));
                    say("250 kept")?;
                    shared.at(Stage::Answered);
                }
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

/// What a server stored, by recipient, id and bytes.
pub fn accepted(recipient: &str, message: &[u8]) -> Accepted {
    use mailparse::MailHeaderMap;
    let (headers, _) = mailparse::parse_headers(message).unwrap();
    let sha256 = Sha256::digest(message).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let message_id = headers.get_first_value("Message-ID").unwrap_or_default();
    Accepted { recipient: recipient.to_owned(), message_id, sha256 }
}

/// Up to the final dot; without it there is no message.
fn read_message(lines: &mut impl BufRead, shared: &Shared) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut told = false;
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        if !told && message.len() > 2000 {
            told = true;
            shared.at(Stage::Body);
        }
    }
}
