//! Whether a connection gets anywhere, and its end if it does not.
//!
//! What a client sends must lead somewhere: to the body of a request, or to an answer that the client takes. A connection
//! that sends much besides (pings, settings, resets, headers without an end) or takes nothing is of no use to anybody.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::Limits;

/// The progress of one connection.
#[derive(Debug)]
pub(super) struct ConnectionProgress {
    /// Bytes that have come since the last answer was taken, without those of bodies.
    idle: AtomicU64,
    /// Whether there has been a request.
    asked: AtomicBool,
    /// Answers that the client has not taken whole.
    untaken: AtomicUsize,
    /// The time when the client took something last, or the first of several answers became ready.
    taken: Mutex<Instant>,
}

/// An answer that the client is to take. Dropped, it counts no longer.
#[derive(Debug)]
pub(super) struct Untaken(Arc<ConnectionProgress>);

impl ConnectionProgress {
    pub(super) fn new() -> Arc<Self> {
        let (idle, asked, untaken) = (AtomicU64::new(0), AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(Self { idle, asked, untaken, taken: Mutex::new(Instant::now()) })
    }

    /// Notes that so many of the bytes that came belong to the body of a request.
    pub(super) fn got_on(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let _ = self.idle.fetch_update(Relaxed, Relaxed, |idle| Some(idle.saturating_sub(bytes)));
    }

    /// There is a request.
    pub(super) fn asks(&self) {
        self.asked.store(true, Relaxed);
    }

    /// An answer is complete, and nothing of it is left to be taken.
    pub(super) fn answered(&self) {
        self.idle.store(0, Relaxed);
    }

    /// An answer waits for being taken.
    pub(super) fn answers(self: &Arc<Self>) -> Untaken {
        if self.untaken.fetch_add(1, Relaxed) == 0 {
            self.touch();
        }
        Untaken(Arc::clone(self))
    }

    fn touch(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns when the client has taken nothing for too long, or has never asked for anything.
    pub(super) async fn stalled(&self, limits: Limits) {
        let opened = Instant::now();
        loop {
            sleep(limits.sending.min(limits.headers) / 2).await;
            let taken = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let takes_nothing = self.untaken.load(Relaxed) > 0 && taken.elapsed() > limits.sending;
            let asks_nothing = !self.asked.load(Relaxed) && opened.elapsed() > limits.headers;
            if takes_nothing || asks_nothing {
                return;
            }
        }
    }
}

impl Untaken {
    /// The client takes a part of it.
    pub(super) fn part(&self) {
        self.0.touch();
    }

    /// The client takes the last of it.
    pub(super) fn last(&self) {
        self.0.touch();
        self.0.answered();
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.0.untaken.fetch_sub(1, Relaxed);
    }
}

/// A stream that ends when its connection gets nowhere.
pub(super) struct Watched<S> {
    stream: S,
    progress: Arc<ConnectionProgress>,
    /// The most bytes that may come without any progress.
    most: u64,
    /// The time for which the client may let the answers wait.
    patience: Duration,
    /// Set while the client reads nothing.
    impatience: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, progress: Arc<ConnectionProgress>, limits: Limits) -> Self {
        Self { stream, progress, most: limits.idle, patience: limits.sending, impatience: None }
    }

    /// The outcome of writing, or an error if the client has taken nothing for too long.
    fn patiently<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.impatience = None;
            return written;
        }
        let patience = self.patience;
        let timer = self.impatience.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads nothing")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, into))?;
        let came = u64::try_from(into.filled().len() - before).unwrap_or(u64::MAX);
        let idle = this.progress.idle.fetch_add(came, Relaxed);
        if idle.saturating_add(came) > this.most {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "too much was received without progress",
            )));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.patiently(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.patiently(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        this.patiently(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let shut = Pin::new(&mut this.stream).poll_shutdown(context);
        this.patiently(context, shut)
    }
}
