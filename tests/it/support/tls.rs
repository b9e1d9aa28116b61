//! Certificates made at test time, and a mail server that shows one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A private authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// What a server shows.
pub struct Shown {
    chain: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = named(name);
        params.subject_alt_names.clear();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn certificate(&self, name: &str) -> Shown {
        self.signed(&named(name))
    }

    pub fn expired(&self, name: &str) -> Shown {
        let mut params = named(name);
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
        self.signed(&params)
    }

    fn signed(&self, params: &CertificateParams) -> Shown {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Shown { chain: certificate.der().clone(), key: PrivateKeyDer::Pkcs8(key.serialize_der().into()) }
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

pub fn self_signed(name: &str, by: &str) -> Shown {
    let key = KeyPair::generate().unwrap();
    let mut params = named(name);
    params.distinguished_name.push(DnType::CommonName, by);
    let certificate = params.self_signed(&key).unwrap();
    Shown { chain: certificate.der().clone(), key: PrivateKeyDer::Pkcs8(key.serialize_der().into()) }
}

/// A polite server on loopback that speaks TLS at once, or after STARTTLS.
pub struct TlsServer {
    pub port: u16,
    commands: Arc<Mutex<Vec<String>>>,
}

impl TlsServer {
    pub fn start(shown: Shown, is_implicit: bool) -> TlsServer {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![shown.chain], shown.key)
            .unwrap();
        let (config, commands) = (Arc::new(config), Arc::<Mutex<Vec<String>>>::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, noted) = (listener.local_addr().unwrap().port(), commands.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, noted) = (config.clone(), noted.clone());
                std::thread::spawn(move || serve(stream, config, is_implicit, &noted));
            }
        });
        TlsServer { port, commands }
    }

    /// Every line that was said to it, before TLS or within.
    pub fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    pub fn accepted(&self) -> usize {
        self.commands().iter().filter(|line| *line == ".").count()
    }
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    is_implicit: bool,
    noted: &Mutex<Vec<String>>,
) -> Option<()> {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).ok()?;
    if !is_implicit {
        stream.write_all(b"220 test ready\r\n").ok()?;
        loop {
            let line = plain_line(&mut stream)?;
            noted.lock().unwrap().push(line.clone());
            match line.split(' ').next()? {
                "EHLO" => stream.write_all(b"250-test\r\n250 STARTTLS\r\n").ok()?,
                "STARTTLS" => break stream.write_all(b"220 go on\r\n").ok()?,
                _ => stream.write_all(b"530 STARTTLS first\r\n").ok()?,
            }
        }
    }
    let mut tls = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, stream));
    if is_implicit {
        tls.get_mut().write_all(b"220 test ready\r\n").ok()?;
    }
    let mut is_message = false;
    loop {
        let mut line = String::new();
        if tls.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if is_message && line != "." {
            continue;
        }
        noted.lock().unwrap().push(line.to_owned());
        let answer = match line.split(' ').next()? {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "DATA" => "354 go on",
            _ => "250 ok",
        };
        is_message = answer.starts_with("354");
        tls.get_mut().write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
}

/// Byte by byte: what follows is not text.
fn plain_line(stream: &mut TcpStream) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        line.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}
