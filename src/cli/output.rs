//! Standard output whose reader may go away.

use std::io::{self, ErrorKind, Write};

/// A stream that takes everything and drops it once its reader has closed the pipe: `graphwalk run | head` still runs to
/// its end, writes its report files and exits with its verdict.
pub struct PipeTolerant<W: Write> {
    out: io::BufWriter<W>,
    closed: bool,
}

impl<W: Write> PipeTolerant<W> {
    /// Wraps a stream.
    pub fn new(out: W) -> Self {
        Self { out: io::BufWriter::new(out), closed: false }
    }

    fn tolerate<T>(&mut self, result: io::Result<T>, dropped: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(dropped)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for PipeTolerant<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.out.write(bytes);
        self.tolerate(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.out.flush();
        self.tolerate(result, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let mut out = PipeTolerant::new(Closed);
        for _ in 0..3 {
            out.write_all(&[b'x'; 10_000]).unwrap();
            out.flush().unwrap();
        }
    }
}
