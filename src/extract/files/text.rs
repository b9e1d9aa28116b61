//! A file's bytes as UTF-8 text: decompressed, its byte order mark gone, other encodings converted.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::super::manifest::Encoding;

/// One row, whatever the format.
pub(super) const ROW_BYTES: u64 = 16 << 20;

/// A text file from its beginning, and the bound of what is read before the next row.
pub(super) fn open(path: &Path, encoding: Option<Encoding>) -> Result<(Box<dyn BufRead>, Bound)> {
    let mut file = BufReader::new(File::open(path).context("cannot be read")?);
    let start = file.fill_buf().context("cannot be read")?.to_vec();
    let plain: Box<dyn Read> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut plain = BufReader::new(plain);
    let start = plain.fill_buf().context("cannot be decompressed")?.to_vec();
    if start.starts_with(b"PK\x03\x04") {
        bail!("is a spreadsheet or an archive, not text: save it as CSV");
    }
    let (mark, encoding) = match (start.as_slice(), encoding) {
        ([0xEF, 0xBB, 0xBF, ..], None | Some(Encoding::Utf8)) => (3, Encoding::Utf8),
        ([0xFF, 0xFE, ..], None | Some(Encoding::Utf16Le)) => (2, Encoding::Utf16Le),
        ([0xFE, 0xFF, ..], None | Some(Encoding::Utf16Be)) => (2, Encoding::Utf16Be),
        (_, Some(encoding)) => (0, encoding),
        (start, None) if start.iter().take(64).any(|byte| *byte == 0) => {
            bail!("holds zero bytes: UTF-16 without a mark needs file = {{ encoding = \"utf-16le\" }}");
        }
        _ => (0, Encoding::Utf8),
    };
    plain.consume(mark);
    let bound = Bound(Rc::new(Cell::new(ROW_BYTES)));
    let text: Box<dyn BufRead> = match encoding {
        Encoding::Utf8 => Box::new(plain),
        Encoding::Utf16Le => Box::new(BufReader::new(Decoded::new(plain, UTF_16LE))),
        Encoding::Utf16Be => Box::new(BufReader::new(Decoded::new(plain, UTF_16BE))),
        Encoding::Windows1252 => Box::new(BufReader::new(Decoded::new(plain, WINDOWS_1252))),
    };
    Ok((Box::new(Bounded { inner: text, bound: bound.clone() }), bound))
}

/// What may still be read before the row ends.
#[derive(Clone)]
pub(super) struct Bound(Rc<Cell<u64>>);

impl Bound {
    /// A row has ended.
    pub(super) fn reset(&self) {
        self.0.set(ROW_BYTES);
    }

    fn spend(&self, bytes: usize) {
        self.0.set(self.0.get().saturating_sub(bytes as u64));
    }

    fn check(&self) -> io::Result<()> {
        if self.0.get() > 0 {
            return Ok(());
        }
        Err(io::Error::other(format!("a row is longer than {} MB (is a quote not closed?)", ROW_BYTES >> 20)))
    }
}

struct Bounded {
    inner: Box<dyn BufRead>,
    bound: Bound,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bound.check()?;
        let read = self.inner.read(buffer)?;
        self.bound.spend(read);
        Ok(read)
    }
}

impl BufRead for Bounded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bound.check()?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bound.spend(amount);
        self.inner.consume(amount);
    }
}

/// Another encoding as UTF-8; what is not in it is an error, never a question mark.
struct Decoded<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    name: &'static str,
    ready: Vec<u8>,
    at: usize,
    is_done: bool,
}

impl<R: BufRead> Decoded<R> {
    fn new(inner: R, encoding: &'static encoding_rs::Encoding) -> Decoded<R> {
        Decoded {
            inner,
            decoder: encoding.new_decoder_without_bom_handling(),
            name: encoding.name(),
            ready: Vec::new(),
            at: 0,
            is_done: false,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        let source = self.inner.fill_buf()?;
        let is_last = source.is_empty();
        let needed = self.decoder.max_utf8_buffer_length_without_replacement(source.len());
        self.ready.resize(needed.unwrap_or(source.len() * 3 + 16), 0);
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(source, &mut self.ready, is_last);
        self.inner.consume(read);
        self.ready.truncate(written);
        self.at = 0;
        self.is_done = is_last && result == DecoderResult::InputEmpty;
        match result {
            DecoderResult::Malformed(..) => Err(io::Error::other(format!("is not {}", self.name))),
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.is_done {
            self.decode()?;
        }
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Up to so many bytes of the beginning's first line, and everything again from the beginning.
pub(super) fn first_line(mut text: Box<dyn BufRead>) -> Result<(Vec<u8>, Box<dyn BufRead>)> {
    const ENOUGH: u64 = 64 << 10;
    let mut line = Vec::new();
    text.by_ref().take(ENOUGH).read_until(b'\n', &mut line)?;
    let again = io::Cursor::new(line.clone()).chain(text);
    Ok((line, Box::new(again)))
}
