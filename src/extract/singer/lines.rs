//! Bytes into lines, whatever comes: memory is bounded by the longest line that is allowed.

/// How much of a line that is too long is kept, to say what it was.
const BEGINNING: usize = 4096;

/// One line, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Vec<u8>),
    /// The beginning of one that was longer than allowed.
    TooLong(Vec<u8>),
}

/// Lines of a stream of bytes.
pub(super) struct Lines {
    bound: usize,
    buffer: Vec<u8>,
    /// Before it, lines were taken.
    start: usize,
    /// Before it, there is no end of a line.
    scanned: usize,
    /// The beginning of the line that is being passed over.
    passing: Option<Vec<u8>>,
}

impl Lines {
    pub(super) fn new(bound: usize) -> Lines {
        Lines { bound, buffer: Vec::new(), start: 0, scanned: 0, passing: None }
    }

    /// Takes the next bytes. All lines they complete must be popped before more is fed.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        let is_passing = self.passing.is_some();
        match memchr::memchr(b'\n', bytes) {
            None if is_passing => {}
            Some(end) if is_passing => self.buffer.extend_from_slice(&bytes[end..]),
            _ => self.buffer.extend_from_slice(bytes),
        }
    }

    /// The next line that is complete.
    pub(super) fn pop(&mut self) -> Option<Line> {
        if let Some(end) = memchr::memchr(b'\n', &self.buffer[self.scanned..]) {
            let (start, end) = (self.start, self.scanned + end);
            self.start = end + 1;
            self.scanned = self.start;
            return Some(self.line(start, end));
        }
        self.scanned = self.buffer.len();
        if self.buffer.len() - self.start > self.bound {
            let beginning = &self.buffer[self.start..self.start + self.bound.min(BEGINNING)];
            self.passing.get_or_insert_with(|| beginning.to_vec());
            self.buffer.clear();
            (self.start, self.scanned) = (0, 0);
        }
        None
    }

    /// What is left when no more comes: a last line without its end.
    pub(super) fn rest(&mut self) -> Option<Line> {
        let (start, end) = (self.start, self.buffer.len());
        (self.start, self.scanned) = (end, end);
        (start < end || self.passing.is_some()).then(|| self.line(start, end))
    }

    fn line(&mut self, start: usize, end: usize) -> Line {
        if let Some(beginning) = self.passing.take() {
            return Line::TooLong(beginning);
        }
        let line = &self.buffer[start..end];
        if line.len() > self.bound {
            return Line::TooLong(line[..self.bound.min(BEGINNING)].to_vec());
        }
        Line::Whole(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
    }

    #[cfg(test)]
    fn memory(&self) -> usize {
        self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(bound: usize, chunks: &[Vec<u8>]) -> Vec<Line> {
        let mut lines = Lines::new(bound);
        let mut found = Vec::new();
        for chunk in chunks {
            lines.feed(chunk);
            assert!(lines.memory() <= bound + chunk.len() + 1, "{} bytes are held", lines.memory());
            while let Some(line) = lines.pop() {
                found.push(line);
            }
        }
        found.extend(lines.rest());
        found
    }

    #[test]
    fn a_line_beyond_the_bound_is_passed_over_and_the_next_is_whole() {
        let whole = |text: &str| Line::Whole(text.into());
        let chunks: Vec<Vec<u8>> =
            ["a\r\nbb", "b\n", "0123456789", "0123", "\nc"].map(|c| c.as_bytes().to_vec()).into();
        assert_eq!(lines(8, &chunks), [whole("a"), whole("bbb"), Line::TooLong(b"01234567".to_vec()), whole("c")]);
        assert_eq!(lines(8, &[b"0123456789".to_vec()]), [Line::TooLong(b"01234567".to_vec())]);
        assert_eq!(lines(8, &[b"0123456789\nx\n".to_vec()]), [Line::TooLong(b"01234567".to_vec()), whole("x")]);
    }

    proptest! {
        /// However the bytes are cut, the lines are those of the whole; memory stays within the bound.
        #[test]
        fn cuts_make_no_difference(
            chunks in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..40), 0..20),
            bound in 1_usize..30,
        ) {
            let whole = chunks.concat();
            let pieces: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
            let expected: Vec<Line> = pieces
                .iter()
                .enumerate()
                .filter(|(at, piece)| at + 1 < pieces.len() || !piece.is_empty())
                .map(|(_, piece)| {
                    if piece.len() > bound {
                        Line::TooLong(piece[..bound].to_vec())
                    } else {
                        Line::Whole(piece.strip_suffix(b"\r").unwrap_or(piece).to_vec())
                    }
                })
                .collect();
            prop_assert_eq!(lines(bound, &chunks), expected);
        }
    }
}
