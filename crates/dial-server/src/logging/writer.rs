//! A writer that masks each log line on its way out.
//!
//! It must not know what is masked; it only sees that a line is whole, for the log writes one
//! event with one call.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::Redactor;

/// Makes writers that mask what they are given.
pub(super) struct Redacting<M> {
    redactor: Redactor,
    inner: M,
}

impl<M> Redacting<M> {
    pub(super) fn new(redactor: Redactor, inner: M) -> Self {
        Self { redactor, inner }
    }
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for Redacting<M> {
    type Writer = RedactingWriter<'w, M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        RedactingWriter { redactor: &self.redactor, inner: self.inner.make_writer() }
    }
}

/// Masks each line before it writes it.
pub(super) struct RedactingWriter<'w, W> {
    redactor: &'w Redactor,
    inner: W,
}

impl<W: Write> Write for RedactingWriter<'_, W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let masked = self.redactor.redact(&String::from_utf8_lossy(line)).into_owned();
        self.inner.write_all(masked.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A log in memory.
#[cfg(test)]
#[derive(Clone, Default)]
pub(super) struct Memory(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

#[cfg(test)]
impl Memory {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panics")).into_owned()
    }
}

#[cfg(test)]
impl Write for Memory {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
impl<'w> MakeWriter<'w> for Memory {
    type Writer = Self;
    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}
