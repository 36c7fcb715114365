//! The body of a reply on its way out: whole, or broken off in the middle.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// One piece of bytes, after which all is well or the connection breaks.
#[derive(Debug)]
pub(super) struct ReplyBody {
    bytes: Bytes,
    end: End,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The body is complete.
    Complete,
    /// The body breaks off, but what is there goes out first.
    Flush,
    /// The body breaks off now.
    Break,
}

/// The body breaks off because it is meant to.
#[derive(Debug, thiserror::Error)]
#[error("the body breaks off on purpose")]
pub(super) struct BrokenOff;

impl ReplyBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { bytes, end: End::Complete }
    }

    /// The first half, and then a broken connection.
    pub(super) fn halved(mut self) -> Self {
        self.bytes.truncate(self.bytes.len() / 2);
        self.end = End::Flush;
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
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        match self.end {
            End::Complete => Poll::Ready(None),
            End::Flush => {
                // hyper writes out what it has when the body makes it wait, and drops it when the body fails.
                self.end = End::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err(BrokenOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.end == End::Complete
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Complete => SizeHint::with_exact(self.bytes.len() as u64),
            End::Flush | End::Break => SizeHint::default(),
        }
    }
}
