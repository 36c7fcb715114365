//! The body of a reply on its way out: whole, or broken off in the middle.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::progress::Untaken;

/// Bytes, after which all is well or the connection breaks.
#[derive(Debug)]
pub(super) struct ReplyBody {
    bytes: Bytes,
    end: BodyEnd,
    /// The number of bytes that are handed over at once.
    piece: usize,
    untaken: Option<Untaken>,
}

#[derive(Debug, PartialEq, Eq)]
enum BodyEnd {
    /// The body is complete.
    Complete,
    /// The body breaks off, but what is there goes out first.
    Flush,
    /// The body breaks off now.
    Break,
}

/// The body breaks off because it is meant to.
#[derive(Debug, thiserror::Error)]
#[error("the body ends early on purpose")]
pub(super) struct BrokenOff;

impl ReplyBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { bytes, end: BodyEnd::Complete, piece: usize::MAX, untaken: None }
    }

    /// Handed over in pieces of so many bytes, each when the client had room for the one before, and counted until there
    /// was room for the last.
    pub(super) fn watched(mut self, piece: usize, untaken: Untaken) -> Self {
        (self.piece, self.untaken) = (piece, Some(untaken));
        self
    }

    /// The first half, and then a broken connection.
    pub(super) fn halved(mut self) -> Self {
        self.bytes.truncate(self.bytes.len() / 2);
        self.end = BodyEnd::Flush;
        self
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if !self.bytes.is_empty() {
            let length = self.bytes.len().min(self.piece);
            let piece = self.bytes.split_to(length);
            if let Some(untaken) = &self.untaken {
                untaken.part();
            }
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.end {
            BodyEnd::Complete => {
                // HTTP/2 comes here once there was room for the last piece.
                if let Some(untaken) = self.untaken.take() {
                    untaken.last();
                }
                Poll::Ready(None)
            }
            BodyEnd::Flush => {
                // hyper writes out what it has when the body makes it wait, and drops it when the body fails.
                self.end = BodyEnd::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            BodyEnd::Break => Poll::Ready(Some(Err(BrokenOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.end == BodyEnd::Complete && self.untaken.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            BodyEnd::Complete => SizeHint::with_exact(self.bytes.len() as u64),
            BodyEnd::Flush | BodyEnd::Break => SizeHint::default(),
        }
    }
}
