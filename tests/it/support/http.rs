//! A browser without a window: cookies by path, no redirects followed unless asked.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{self:?}");
        self.header("location")
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub fn shows(self, parts: &[&str]) -> Answer {
        let body = self.body.replace(['\u{a0}', '\u{202f}'], " ");
        for part in parts {
            assert!(body.contains(part), "{part:?} is not in {body}");
        }
        self
    }

    /// The token of its forms.
    pub fn token(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"token\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// What does not change from request to request.
    pub fn lasting(mut self) -> Answer {
        self.headers.retain(|(name, _)| !["date", "set-cookie"].contains(&name.as_str()));
        self.headers.sort();
        self
    }
}

/// Somebody who looks at pages.
#[derive(Debug, Clone)]
pub struct Browser {
    server: SocketAddr,
    host: String,
    /// Name, value, path.
    pub cookies: Vec<(String, String, String)>,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
}

impl Browser {
    pub fn new(server: SocketAddr, host: &str) -> Browser {
        Browser { server, host: host.to_owned(), cookies: Vec::new(), headers: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Browser {
        self.headers.retain(|(n, _)| *n != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    /// Sends fields with the token of the form at `page`.
    pub async fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(page).await.is(200).token();
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("token", token.as_str())]).collect();
        self.post(action, &fields).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, &body).await
    }

    pub async fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|(_, _, of)| of == "/" || path == of || path.starts_with(&format!("{of}/")))
            .map(|(name, value, _)| format!("{name}={value}"))
            .collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        if !cookies.is_empty() {
            head += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "POST" {
            head += &format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect(self.server).await.unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        // a server that has heard enough closes before everything is said
        let _ = stream.write_all(body.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let answer = parse(&String::from_utf8_lossy(&bytes));
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let parts: Vec<&str> = line.split("; ").collect();
            let (name, value) = parts[0].split_once('=').unwrap();
            let path = parts.iter().find_map(|p| p.strip_prefix("Path=")).unwrap_or("/");
            self.cookies.retain(|(n, _, p)| (n.as_str(), p.as_str()) != (name, path));
            if !parts.contains(&"Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned(), path.to_owned()));
            }
        }
    }
}

fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or_default();
    let headers: Vec<(String, String)> =
        lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let is_chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v == "chunked");
    assert!(!is_chunked, "pages are sent whole");
    Answer { status, headers, body: body.to_owned() }
}
